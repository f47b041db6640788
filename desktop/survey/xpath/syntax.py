"""The expression tree: what an XPath expression says, as plain immutable records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal."""

    value: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A `$name` reference; parsed so that the error can name it, never bound."""

    name: str


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """`or and = != < <= > >= + - * div mod |` between two expressions."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; `name` as written, with its prefix."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class NameTest:
    """A name, `*` or `prefix:*`; local '*' matches any."""

    prefix: str
    local: str


@dataclass(frozen=True, slots=True)
class KindTest:
    """`node() text() comment() processing-instruction('target')`."""

    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: axis, test, predicates."""

    axis: str
    test: NameTest | KindTest
    predicates: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A location path. `start` is None for a relative path, "/" for an absolute one, or an expression."""

    start: Expression | str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression with predicates, e.g. `instance('x')[1]`."""

    primary: Expression
    predicates: tuple[Expression, ...]


Expression = Number | Literal | Variable | Negate | Binary | Call | Path | Filter

SELF = Step("self", KindTest("node"))
PARENT = Step("parent", KindTest("node"))
ANY_DEPTH = Step("descendant-or-self", KindTest("node"))

AXES = frozenset(
    (
        "ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following",
        "following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self",
    )
)  # fmt: skip
REVERSE_AXES = frozenset(("ancestor", "ancestor-or-self", "preceding", "preceding-sibling"))
KIND_TESTS = frozenset(("node", "text", "comment", "processing-instruction"))


def walk(expression: Expression) -> list[Expression]:
    """The expression and all expressions inside it, outermost first."""
    found: list[Expression] = [expression]
    for node in found:
        found.extend(children(node))
    return found


def children(node: Expression) -> list[Expression]:
    """The expressions directly inside this one."""
    match node:
        case Negate(operand):
            return [operand]
        case Binary(_, left, right):
            return [left, right]
        case Call(_, arguments):
            return list(arguments)
        case Filter(primary, predicates):
            return [primary, *predicates]
        case Path(start, steps):
            inner: list[Expression] = [] if start is None or isinstance(start, str) else [start]
            for step in steps:
                inner.extend(step.predicates)
            return inner
        case _:
            return []
