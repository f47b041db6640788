"""Functions on multiple answers, which are choice names with blanks between them."""

from __future__ import annotations

from desktop.survey.xpath.compiler import Compiler
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.functions.registry import function, special
from desktop.survey.xpath.syntax import Call
from desktop.survey.xpath.values import index_of


@function("selected", "is-selected", least=2, take="text")
def selected(_context: Context, answer: str, choice: str) -> bool:
    """Whether a choice is among the answers."""
    return f" {choice.strip()} " in f" {' '.join(answer.split())} "


@function("count-selected", least=1, take="text")
def count_selected(_context: Context, answer: str) -> float:
    """Number of answers."""
    return float(len(answer.split()))


@function("selected-at", least=2, take="text,number")
def selected_at(_context: Context, answer: str, position: float) -> str:
    """The answer at a position from 0, empty outside."""
    chosen = answer.split()
    index = index_of(position)
    return chosen[index] if 0 <= index < len(chosen) else ""


@special("jr:choice-name", 2, 2)
def choice_name(compiler: Compiler, call: Call) -> Closure:
    """The label, in the present language, of a choice of the question at a path (given as text)."""
    value, path = compiler.text(call.arguments[0]), compiler.text(call.arguments[1])

    def find(context: Context) -> str:
        lookup = context.env.choice_name
        return "" if lookup is None else lookup(value(context), path(context), context)

    return find


@special("jr:itext", 1, 1)
def itext(compiler: Compiler, call: Call) -> Closure:
    """The text of an itext entry in the present language."""
    name = compiler.text(call.arguments[0])

    def find(context: Context) -> object:
        lookup = context.env.itext
        return f"[itext:{name(context)}]" if lookup is None else lookup(name(context), context)

    return find
