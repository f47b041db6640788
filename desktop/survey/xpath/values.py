"""Conversions between text, numbers, truth values and dates, by XPath 1.0 with JavaRosa's deviations.

A value is str, float, bool, Moment or a list of nodes. Deviations kept on purpose: zero within 1e-12 is false, `1,5`
reads as 1.5, equal within 1e-12 is equal, a date counts as whole days. Ours: an untyped node whose text has the form
of a date counts as that date in arithmetic (Web Forms), whole numbers up to 1e15 never print an exponent.
"""

from __future__ import annotations

import math
from datetime import tzinfo
from decimal import Decimal
from typing import TypeAlias

from desktop.survey.xpath.moments import DAY_MS, Moment, looks_like_date, parse_moment
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.tree import Node

Atom: TypeAlias = str | float | bool | Moment
Value: TypeAlias = str | float | bool | Moment | list[Node]

NAN = math.nan
_NUMERIC = frozenset("0123456789.-")


def number_of_text(text: str) -> float:
    """XPath's number(string): digits, one point, one leading minus; anything else is NaN."""
    stripped = text.strip()
    if "," in stripped:
        stripped = stripped.replace(",", ".")
    if not stripped or not _NUMERIC.issuperset(stripped):
        return NAN
    try:
        return float(stripped)
    except ValueError:
        return NAN


def text_of_number(number: float) -> str:
    """XPath's string(number), without exponents for whole numbers."""
    if number != number:
        return "NaN"
    if abs(number) < 1e-12:
        return "0"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    whole = round(number)
    if abs(number - whole) < 1e-12 or (number == whole and abs(number) < 1e21):
        return str(whole)
    shown = repr(number)
    if "e" in shown:
        shown = format(Decimal(shown), "f") if abs(number) >= 1e-7 else _exponent(shown)
    return shown


def _exponent(shown: str) -> str:
    mantissa, _, exponent = shown.partition("e")
    return f"{mantissa}e{int(exponent)}"


def first_atom(nodes: list[Node]) -> Atom:
    """The value of a node-set used as one value: its first node in document order, or the empty string."""
    return nodes[0].atom() if nodes else ""  # type: ignore[return-value]


def to_text(value: Value) -> str:
    """string(value)."""
    if type(value) is str:
        return value
    if type(value) is float:
        return text_of_number(value)
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, Moment):
        return value.iso_date()
    if isinstance(value, list):
        return to_text(first_atom(value))
    if isinstance(value, str):
        return value
    return text_of_number(float(value))


def to_boolean(value: Value) -> bool:
    """boolean(value); a node-set is true when it is not empty."""
    if value is True or value is False:
        return value
    if isinstance(value, float):
        return abs(value) > 1e-12
    if isinstance(value, (str, list)):
        return len(value) > 0
    return True


def atom_to_number(value: Atom) -> float:
    """number(value) of anything but a node-set."""
    if type(value) is float:
        return value
    if type(value) is str:
        return number_of_text(value)
    if value is True:
        return 1.0
    if value is False:
        return 0.0
    if isinstance(value, Moment):
        return float(value.days())
    return float(value)


def node_to_number(node: Node, zone: tzinfo) -> float:
    """number(node); text of an untyped node in the form of a date counts as that date."""
    atom: Atom = node.atom()  # type: ignore[assignment]
    if type(atom) is str:
        number = number_of_text(atom)
        if number != number and looks_like_date(atom):
            moment = parse_moment(atom, zone)
            if moment is not None:
                return moment.ms / DAY_MS if "T" in atom else float(moment.days())
        return number
    return atom_to_number(atom)


def to_number(value: Value, zone: tzinfo) -> float:
    """number(value)."""
    if type(value) is float:
        return value
    if isinstance(value, list):
        return node_to_number(value[0], zone) if value else NAN
    return atom_to_number(value)


def to_exact_number(value: Value, zone: tzinfo) -> float:
    """number(value), but a date-time keeps its part of the day (JavaRosa's mathematical functions)."""
    if isinstance(value, list):
        value = first_atom(value)
    return value.exact_days() if isinstance(value, Moment) else to_number(value, zone)


def to_int(number: float) -> float:
    """Truncated towards zero; NaN and infinities stay."""
    return number if number != number or math.isinf(number) else float(math.trunc(number))


def index_of(number: float) -> int:
    """A number used as a position or count: NaN is 0, infinities saturate."""
    if number != number:
        return 0
    if math.isinf(number):
        return 2**31 - 1 if number > 0 else -(2**31)
    return math.trunc(number)


def equal_atoms(left: Atom, right: Atom) -> bool:
    """`=` between two single values."""
    if type(left) is str and type(right) is str:
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        first, second = atom_to_number(left), atom_to_number(right)
        return first == second or abs(first - second) < 1e-12
    return to_text(left) == to_text(right)


def nodes_of(value: Value, function: str) -> list[Node]:
    """The node-set, or an error that names the function."""
    if isinstance(value, list):
        return value
    raise ExpressionError(f"函数 {function}() 需要节点（字段的路径），这里给了别的值。")
