"""Functions on numbers and truth values."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from desktop.survey.xpath.compiler import Compiler
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.functions.registry import MANY, function, special
from desktop.survey.xpath.syntax import Call
from desktop.survey.xpath.values import (
    NAN,
    Value,
    first_atom,
    index_of,
    node_to_number,
    nodes_of,
    to_boolean,
    to_exact_number,
    to_int,
    to_number,
)  # fmt: skip


@special("number", 0, 1)
def number(compiler: Compiler, call: Call) -> Closure:
    """number(x), of the context node without an argument."""
    if call.arguments:
        return compiler.number(call.arguments[0])
    return lambda context: node_to_number(context.node, context.env.zone)


@special("boolean", 1, 1)
def boolean(compiler: Compiler, call: Call) -> Closure:
    """boolean(x)."""
    return compiler.truth(call.arguments[0])


@special("not", 1, 1)
def not_(compiler: Compiler, call: Call) -> Closure:
    """The opposite truth."""
    truth = compiler.truth(call.arguments[0])
    return lambda context: not truth(context)


@special("true", 0, 0)
def true(_compiler: Compiler, _call: Call) -> Closure:
    """true()."""
    return lambda context: True


@special("false", 0, 0)
def false(_compiler: Compiler, _call: Call) -> Closure:
    """false()."""
    return lambda context: False


@special("int", 1, 1)
def int_(compiler: Compiler, call: Call) -> Closure:
    """Truncated towards zero."""
    value = compiler.number(call.arguments[0])
    return lambda context: to_int(value(context))


@function("floor", least=1, take="number")
def floor(_context: Context, value: float) -> float:
    """The next whole number downwards."""
    return value if value != value or math.isinf(value) else float(math.floor(value))


@function("ceiling", least=1, take="number")
def ceiling(_context: Context, value: float) -> float:
    """The next whole number upwards."""
    return value if value != value or math.isinf(value) else float(math.ceil(value))


@function("round", least=1, most=2, take="number")
def round_(_context: Context, value: float, places: float = 0.0) -> float:
    """Rounded to decimal places; halves go up (towards positive infinity), as XPath says, in decimal arithmetic."""
    if value != value or math.isinf(value):
        return value
    digits = index_of(places)
    if abs(digits) > 30:
        return NAN
    exact = Decimal(repr(value))
    if digits >= 0:
        return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_DOWN if value < 0 else ROUND_HALF_UP))
    scaled = float(exact.scaleb(digits))
    return float(Decimal(math.trunc(scaled + 0.5)).scaleb(-digits))


def _guarded(run: Callable[[float], float]) -> Callable[[Context, float], float]:
    def guarded(context: Context, value: Value) -> float:
        try:
            return run(to_exact_number(value, context.env.zone))
        except (ValueError, OverflowError):
            return NAN

    return guarded


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _log(run: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else run(value)


def power(base: float, exponent: float) -> float:
    """base to the exponent, by IEEE rules."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else NAN


_PLAIN: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": _exp,
    "exp10": lambda value: power(10.0, value),
    "log": _log(math.log),
    "log10": _log(math.log10),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
}
for _name, _run in _PLAIN.items():
    function(_name, least=1)(_guarded(_run))


@function("atan2", least=2)
def atan2(context: Context, first: Value, second: Value) -> float:
    """The angle of a point."""
    return math.atan2(to_exact_number(first, context.env.zone), to_exact_number(second, context.env.zone))


@function("pow", least=2)
def pow_(context: Context, base: Value, exponent: Value) -> float:
    """base to the exponent."""
    return power(to_exact_number(base, context.env.zone), to_exact_number(exponent, context.env.zone))


@function("pi", least=0)
def pi(_context: Context) -> float:
    """π."""
    return math.pi


@function("random", least=0)
def random(context: Context) -> float:
    """A number from 0 to 1, another one at each evaluation."""
    return context.env.random.random()


def numbers_of(context: Context, arguments: tuple[Value, ...]) -> list[float]:
    """Numbers of all arguments; a node-set gives one for each node."""
    found: list[float] = []
    for argument in arguments:
        if isinstance(argument, list):
            found.extend(node_to_number(node, context.env.zone) for node in argument)
        else:
            found.append(to_number(argument, context.env.zone))
    return found


@function("sum", least=1)
def sum_(context: Context, value: Value) -> float:
    """The sum over a node-set; forms leave out what is no number (JavaRosa)."""
    found = numbers_of(context, (nodes_of(value, "sum"),))
    if context.env.forms:
        return math.fsum(number for number in found if number == number)
    return NAN if any(number != number for number in found) else math.fsum(found)


def _extreme(name: str, choose: Callable[[list[float]], float]) -> None:
    def run(context: Context, *arguments: Value) -> float:
        found = numbers_of(context, arguments)
        # outside forms the standard holds: one node that is no number makes it all none
        of_nodes = not context.env.forms and any(isinstance(argument, list) for argument in arguments)
        if of_nodes and any(number != number for number in found):
            return NAN
        found = [number for number in found if number == number]
        return choose(found) if found else NAN

    function(name, least=1, most=MANY)(run)


_extreme("max", max)
_extreme("min", min)


@function("count", least=1)
def count(_context: Context, value: Value) -> float:
    """Number of nodes."""
    return float(len(nodes_of(value, "count")))


@function("count-non-empty", least=1)
def count_non_empty(_context: Context, value: Value) -> float:
    """Number of nodes that hold something."""
    found = nodes_of(value, "count-non-empty")
    return float(
        sum(1 for node in found if node.string_value() != "" or any(child.kind == 1 for child in node.children))
    )


def _truths(arguments: tuple[Value, ...]) -> list[bool]:
    found: list[bool] = []
    for argument in arguments:
        if isinstance(argument, list):
            found.extend(to_boolean(node.atom()) for node in argument)  # type: ignore[arg-type]
        else:
            found.append(to_boolean(argument))
    return found


@function("checklist", least=2, most=MANY)
def checklist(context: Context, least: Value, most: Value, *flags: Value) -> bool:
    """Whether the number of true flags lies between least and most (-1: no limit)."""
    low, high = index_of(to_number(least, context.env.zone)), index_of(to_number(most, context.env.zone))
    true_flags = sum(_truths(flags))
    return (low < 0 or true_flags >= low) and (high < 0 or true_flags <= high)


@function("weighted-checklist", least=2, most=MANY)
def weighted_checklist(context: Context, least: Value, most: Value, *pairs: Value) -> bool:
    """Whether the weights of the true flags add up to between least and most."""
    zone = context.env.zone
    if len(pairs) == 2 and isinstance(pairs[0], list) and isinstance(pairs[1], list):
        flags, weights = _truths(pairs[:1]), numbers_of(context, pairs[1:])
    else:
        flags = [to_boolean(first_atom(flag) if isinstance(flag, list) else flag) for flag in pairs[::2]]
        weights = [to_number(weight, zone) for weight in pairs[1::2]]
    total = sum(weight for flag, weight in zip(flags, weights, strict=False) if flag)
    return to_number(least, zone) <= total <= to_number(most, zone)
