"""Turns expression trees into closures; paths over a form's own instance become fixed climbs and descents.

`Scope.path` is where in the form the expression stands. An absolute path that shares a prefix with it is bound to the
same repeat instances as the context (JavaRosa's rule), except its last step; a relative path never is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from desktop.survey.xpath import arithmetic, paths
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.parser import ExpressionError, parse
from desktop.survey.xpath.syntax import (
    Binary,
    Call,
    Expression,
    Filter,
    Literal,
    Negate,
    Number,
    Path,
    Variable,
)
from desktop.survey.xpath.tree import Node
from desktop.survey.xpath.values import (
    Atom,
    Value,
    atom_to_number,
    first_atom,
    to_boolean,
    to_number,
    to_text,
)  # fmt: skip

Names = tuple[str, ...]


def _never(_path: Names) -> bool:
    return False


@dataclass(frozen=True)
class Scope:
    """Where an expression is compiled for.

    `path`: qualified names from the root of the form's instance to the context node, None outside a form.
    `is_repeat`, `is_known`: what the form says of a path. `forms`: JavaRosa's reading of nodes (see Environment).
    """

    path: Names | None = None
    is_repeat: Callable[[Names], bool] = _never
    is_known: Callable[[Names], bool] = _never
    forms: bool = False
    namespaces: dict[str, str] = field(default_factory=dict)
    current: Names | None = None
    root: str = ""
    """Name of the form's root element; absolute paths may call it otherwise (JavaRosa never looks at it)."""

    def at(self, path: Names | None) -> Scope:
        """The same form, another context node (inside a predicate); `current()` stays."""
        return replace(self, path=path, current=self.path if self.current is None else self.current)


GENERIC = Scope()


class Compiler:
    """Compiles expressions of one scope; the methods differ in what the closure returns."""

    def __init__(self, scope: Scope = GENERIC) -> None:
        self.scope = scope

    def inside(self, path: Names | None) -> Compiler:
        """A compiler for predicates over nodes at `path`."""
        return Compiler(self.scope.at(path))

    def value(self, expression: Expression) -> Closure:
        """Any value; a path gives a list of nodes."""
        match expression:
            case Number(value) | Literal(value):
                constant: Value = value
                return lambda context: constant
            case Path():
                return self.nodes(expression)
            case Negate(operand):
                number = self.number(operand)
                return lambda context: -number(context)
            case Filter():
                return paths.compile_filter(self, expression)
            case Binary(operator, left, right):
                if operator == "|":
                    return paths.compile_union(self, left, right)
                return self._binary(operator, left, right)
            case Call():
                from desktop.survey.xpath import functions

                return functions.compile_call(self, expression)
            case Variable(name):
                raise ExpressionError(f"表达式里的变量“${name}”没有定义；引用字段请写 ${{{name}}}。")

    def nodes(self, expression: Expression) -> Closure:
        """A closure that returns a list of nodes. Raises ExpressionError when it cannot be one."""
        if isinstance(expression, Path):
            return paths.compile_path(self, expression)
        if isinstance(expression, (Filter, Call)) or (isinstance(expression, Binary) and expression.operator == "|"):
            value = self.value(expression)

            def checked(context: Context) -> list[Node]:
                found = value(context)
                if not isinstance(found, list):
                    raise ExpressionError("这里需要节点（字段的路径），得到的是别的值。")
                return found

            return checked
        raise ExpressionError("这里需要节点（字段的路径），写的是别的表达式。")

    def scalar(self, expression: Expression) -> Closure:
        """One value: str, float, bool or Moment; of a node-set its first node's, '' when it is empty."""
        if isinstance(expression, Path):
            single = paths.compile_single(self, expression)
            if single is not None:
                return single
        value = self.value(expression)
        if is_atomic(expression):
            return value

        def unpack(context: Context) -> Atom:
            found = value(context)
            return first_atom(found) if type(found) is list else found

        return unpack

    def number(self, expression: Expression) -> Closure:
        """number(expression)."""
        if isinstance(expression, Number):
            return self.value(expression)
        if self.scope.forms and isinstance(expression, Path):
            scalar = self.scalar(expression)

            def from_atom(context: Context) -> float:
                found = scalar(context)
                return found if type(found) is float else atom_to_number(found)

            if paths.main_instance(self, expression):
                return from_atom
        value = self.value(expression)

        def convert(context: Context) -> float:
            found = value(context)
            return found if type(found) is float else to_number(found, context.env.zone)

        return convert

    def text(self, expression: Expression) -> Closure:
        """string(expression)."""
        scalar = self.scalar(expression)

        def convert(context: Context) -> str:
            found = scalar(context)
            return found if type(found) is str else to_text(found)

        return convert

    def truth(self, expression: Expression) -> Closure:
        """boolean(expression); in forms a field's truth is that of its value."""
        value = self.scalar(expression) if self.scope.forms else self.value(expression)

        def convert(context: Context) -> bool:
            found = value(context)
            return found if found is True or found is False else to_boolean(found)

        return convert

    def _binary(self, operator: str, left: Expression, right: Expression) -> Closure:
        if operator in ("and", "or"):
            return arithmetic.compile_logic(
                operator, [self.truth(operand) for operand in _chain(operator, left, right)]
            )
        if operator in arithmetic.COMPARISONS:
            return self._comparison(operator, left, right)
        if operator in ("+", "-"):
            return self._sum(operator, left, right)
        return arithmetic.compile_arithmetic(operator, self.number(left), self.number(right))

    def _sum(self, operator: str, left: Expression, right: Expression) -> Closure:
        """A chain of + and -, however long, without recursion."""
        terms: list[tuple[str, Expression]] = [(operator, right)]
        while isinstance(left, Binary) and left.operator in ("+", "-"):
            terms.append((left.operator, left.right))
            left = left.left
        closures = [(self.number(term) if sign == "+" else _minus(self.number(term))) for sign, term in reversed(terms)]
        first = self.number(left)
        if len(closures) == 1:
            only = closures[0]
            return lambda context: first(context) + only(context)

        def add(context: Context) -> float:
            total: float = first(context)
            for closure in closures:
                total += closure(context)
            return total

        return add

    def _comparison(self, operator: str, left: Expression, right: Expression) -> Closure:
        if self.is_single(left) and self.is_single(right):
            if operator in ("=", "!="):
                return arithmetic.compile_equality(operator, self.scalar(left), self.scalar(right))
            return arithmetic.compile_order(operator, self.number(left), self.number(right))
        return arithmetic.compile_any(operator, self.value(left), self.value(right), self.scope.forms)

    def is_single(self, expression: Expression) -> bool:
        """Whether the expression can be compared as one value, without looking through a node-set."""
        if isinstance(expression, Path):
            return self.scope.forms and paths.compile_single(self, expression) is not None
        return is_atomic(expression)


def _minus(number: Closure) -> Closure:
    return lambda context: -number(context)


def _chain(operator: str, left: Expression, right: Expression) -> list[Expression]:
    """The operands of `a and b and c …` in order."""
    operands = [right]
    while isinstance(left, Binary) and left.operator == operator:
        operands.append(left.right)
        left = left.left
    operands.append(left)
    operands.reverse()
    return operands


_NODE_FUNCTIONS = frozenset(
    (
        "instance",
        "current",
        "randomize",
        "id",
        "indexed-repeat",
        "if",
        "coalesce",
        "once",
        "jr:itext",
        "depend",
    )
)


def is_atomic(expression: Expression) -> bool:
    """Whether the expression can never give a node-set."""
    if isinstance(expression, Call):
        return expression.name not in _NODE_FUNCTIONS
    if isinstance(expression, Binary):
        return expression.operator != "|"
    return isinstance(expression, (Number, Literal, Negate))


def compile_text(text: str, scope: Scope = GENERIC) -> Closure:
    """Parse and compile an expression to a closure that gives any value."""
    return Compiler(scope).value(parse(text))


__all__ = ["GENERIC", "Compiler", "Scope", "compile_text", "is_atomic"]
