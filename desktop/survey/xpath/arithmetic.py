"""Operators: comparison of single values and node-sets, and the five arithmetic operators."""

from __future__ import annotations

import math
import operator as op
from collections.abc import Callable

from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.tree import Node
from desktop.survey.xpath.values import (
    NAN,
    Atom,
    Value,
    atom_to_number,
    equal_atoms,
    node_to_number,
    to_boolean,
)  # fmt: skip

COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_ORDER: dict[str, Callable[[float, float], bool]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}


def divide(left: float, right: float) -> float:
    """IEEE division: x div 0 is an infinity, 0 div 0 is NaN."""
    if right == 0:
        if left == 0 or left != left:
            return NAN
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def remainder(left: float, right: float) -> float:
    """`mod`: the sign of the dividend, as XPath says."""
    if right == 0 or math.isinf(left) or left != left or right != right:
        return NAN
    return math.fmod(left, right)


def compile_arithmetic(operator: str, left: Closure, right: Closure) -> Closure:
    """A closure for * div mod over numbers."""
    if operator == "*":
        return lambda context: left(context) * right(context)
    if operator == "div":
        return lambda context: divide(left(context), right(context))
    return lambda context: remainder(left(context), right(context))


def compile_logic(operator: str, operands: list[Closure]) -> Closure:
    """`and` or `or` over truth values; what decides first ends it."""
    if len(operands) == 2:
        first, second = operands
        if operator == "and":
            return lambda context: first(context) and second(context)
        return lambda context: first(context) or second(context)
    if operator == "and":
        return lambda context: all(operand(context) for operand in operands)
    return lambda context: any(operand(context) for operand in operands)


def compile_equality(operator: str, left: Closure, right: Closure) -> Closure:
    """`=` or `!=` between single values."""
    if operator == "=":
        return lambda context: equal_atoms(left(context), right(context))
    return lambda context: not equal_atoms(left(context), right(context))


def compile_order(operator: str, left: Closure, right: Closure) -> Closure:
    """`< <= > >=` between numbers."""
    compare = _ORDER[operator]
    return lambda context: compare(left(context), right(context))


def compile_any(operator: str, left: Closure, right: Closure, forms: bool) -> Closure:
    """A comparison where a side may be a node-set: true when it holds for some node (XPath 1.0 §3.4)."""

    def compare(context: Context) -> bool:
        return compare_values(operator, left(context), right(context), context, forms)

    return compare


def compare_values(operator: str, left: Value, right: Value, context: Context, forms: bool) -> bool:
    """Compare any two values; in forms an empty node-set is the empty string."""
    if forms:
        left = "" if isinstance(left, list) and not left else left
        right = "" if isinstance(right, list) and not right else right
    if operator in ("=", "!=") and (isinstance(left, bool) or isinstance(right, bool)):
        # a truth value on either side turns the whole other side into one; order compares numbers, node by node
        return _compare_atoms(operator, to_boolean(left), to_boolean(right), context)
    if isinstance(left, list):
        if isinstance(right, list):
            return any(_compare_atoms(operator, a, b, context) for a in left for b in right)
        return any(_compare_atoms(operator, a, right, context) for a in left)
    if isinstance(right, list):
        return any(_compare_atoms(operator, left, b, context) for b in right)
    return _compare_atoms(operator, left, right, context)


def _compare_atoms(operator: str, left: Atom | Node, right: Atom | Node, context: Context) -> bool:
    if operator in ("=", "!="):
        first: Atom = left.atom() if isinstance(left, Node) else left  # type: ignore[assignment]
        second: Atom = right.atom() if isinstance(right, Node) else right  # type: ignore[assignment]
        if isinstance(left, Node) and isinstance(second, float):
            first = node_to_number(left, context.env.zone)
        if isinstance(right, Node) and isinstance(first, float):
            second = node_to_number(right, context.env.zone)
        return equal_atoms(first, second) == (operator == "=")
    return _ORDER[operator](_number(left, context), _number(right, context))


def _number(value: Atom | Node, context: Context) -> float:
    if isinstance(value, Node):
        return node_to_number(value, context.env.zone)
    return atom_to_number(value)
