"""How functions are declared: by name and number of arguments, eager on values or as compilers of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.syntax import Call

if TYPE_CHECKING:
    from desktop.survey.xpath.compiler import Compiler

MANY = 1_000
"""No upper limit on arguments."""

JAVAROSA_URI = "http://openrosa.org/javarosa"

Builder = Callable[["Compiler", Call], Closure]


@dataclass(frozen=True, slots=True)
class _Entry:
    least: int
    most: int
    build: Builder


_ENTRIES: dict[str, _Entry] = {}


def special(name: str, least: int, most: int) -> Callable[[Builder], Builder]:
    """Declare a function that compiles its own arguments (lazy, or needing paths rather than values)."""

    def declare(build: Builder) -> Builder:
        _ENTRIES[name] = _Entry(least, most, build)
        return build

    return declare


def function(
    *names: str, least: int, most: int | None = None, take: str = "value"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an eager function of (context, *arguments).

    `take` is how arguments arrive: "value" as they are, "scalar", "text", "number", or a comma list, one each.
    """

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        kinds = take.split(",")

        def build(compiler: Compiler, call: Call) -> Closure:
            arguments: list[Closure] = []
            for position, argument in enumerate(call.arguments):
                kind = kinds[min(position, len(kinds) - 1)]
                arguments.append(getattr(compiler, kind)(argument))
            return _apply(run, arguments)

        for name in names:
            _ENTRIES[name] = _Entry(least, least if most is None else most, build)
        return run

    return declare


def _apply(run: Callable[..., Any], arguments: list[Closure]) -> Closure:
    if not arguments:
        return lambda context: run(context)
    if len(arguments) == 1:
        only = arguments[0]
        return lambda context: run(context, only(context))
    if len(arguments) == 2:
        first, second = arguments
        return lambda context: run(context, first(context), second(context))

    def apply(context: Context) -> Any:
        return run(context, *[argument(context) for argument in arguments])

    return apply


def call_problem(call: Call, namespaces: dict[str, str]) -> str | None:
    """What is wrong with a call as written, in words: an unknown name, a wrong number of arguments. None when fine."""
    prefix, separator, _ = call.name.partition(":")
    if separator and namespaces.get(prefix, JAVAROSA_URI) != JAVAROSA_URI:
        return f"没有名为 {call.name}() 的函数（前缀“{prefix}”不是 JavaRosa 的）。"
    entry = _ENTRIES.get(_known_name(call.name, namespaces))
    if entry is None:
        return f"没有名为 {call.name}() 的函数。"
    count = len(call.arguments)
    if not entry.least <= count <= entry.most:
        return f"函数 {call.name}() 需要 {_span(entry)} 个参数，写了 {count} 个。"
    return None


def _known_name(name: str, namespaces: dict[str, str]) -> str:
    prefix, separator, local = name.partition(":")
    return f"jr:{local}" if separator and namespaces.get(prefix) == JAVAROSA_URI else name


def compile_call(compiler: Compiler, call: Call) -> Closure:
    """The closure of a function call; a wrong call is an error only once it is evaluated, as in JavaRosa."""
    problem = call_problem(call, compiler.scope.namespaces)
    if problem is not None:
        message = problem

        def refuse(_context: Context) -> Any:
            raise ExpressionError(message)

        return refuse
    return _ENTRIES[_known_name(call.name, compiler.scope.namespaces)].build(compiler, call)


def _span(entry: _Entry) -> str:
    if entry.least == entry.most:
        return str(entry.least)
    return f"至少 {entry.least}" if entry.most >= MANY else f"{entry.least}–{entry.most}"


def known_functions() -> frozenset[str]:
    """The names of all functions."""
    return frozenset(_ENTRIES)
