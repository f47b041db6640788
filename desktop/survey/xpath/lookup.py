"""Choice filters by index: `item[county = x and town = y]` becomes one dictionary access instead of 4,000 tests.

Only over lists that never change (secondary instances), only for equality of a child with a value that does not
depend on the item, and only while all values are text; anything else falls back to the scan with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.syntax import (
    Binary,
    Call,
    Expression,
    Filter,
    Literal,
    NameTest,
    Path,
    Step,
    children,
)
from desktop.survey.xpath.tree import Node

if TYPE_CHECKING:
    from desktop.survey.xpath.compiler import Compiler


@dataclass(frozen=True, slots=True)
class Lookup:
    """A predicate that can be answered by an index over the children `name` of a node."""

    name: str
    fields: tuple[str, ...]
    values: tuple[Closure, ...]
    predicate: Closure

    def find(self, parent: Node, context: Context) -> list[Node] | None:
        """The matching children in order, None when this time only a scan gives the answer."""
        inner = Context(context.env, parent, context.current)
        key: list[str] = []
        for value in self.values:
            atom = value(inner)
            if type(atom) is not str:
                return None
            key.append(atom)
        find = getattr(parent, "find", None)
        if find is not None and self.name == getattr(parent, "item_name", ""):
            looked_up: list[Node] = find(self.fields, tuple(key))
            return looked_up
        indexes = context.env.indexes
        handle = (id(parent), self.name, self.fields)
        entry = indexes.get(handle)
        if entry is None:
            entry = (parent, self._build(parent))
            indexes[handle] = entry
        found: list[Node] = entry[1].get(tuple(key), [])
        return found

    def _build(self, parent: Node) -> dict[tuple[str, ...], list[Node]]:
        index: dict[tuple[str, ...], list[Node]] = {}
        # a list that is looked up where it lies (`tables.LentTable`) never comes here
        for node in parent.all_named(self.name):
            key: list[str] = []
            for field in self.fields:
                child = node.first_named(field)
                key.append("" if child is None else child.string_value())
            index.setdefault(tuple(key), []).append(node)
        return index


def plan(inner: Compiler, step: Step) -> Lookup | None:
    """The lookup for a step's first predicate, None when it has another form."""
    if step.axis != "child" or not isinstance(step.test, NameTest) or step.test.local == "*":
        return None
    if not inner.scope.forms:
        return None
    equalities = _equalities(step.predicates[0])
    if not equalities:
        return None
    name = f"{step.test.prefix}:{step.test.local}" if step.test.prefix else step.test.local
    fields = tuple(field for field, _ in equalities)
    values = tuple(inner.scalar(value) for _, value in equalities)
    return Lookup(name, fields, values, inner.value(step.predicates[0]))


def _equalities(predicate: Expression) -> list[tuple[str, Expression]]:
    if isinstance(predicate, Binary) and predicate.operator == "and":
        left, right = _equalities(predicate.left), _equalities(predicate.right)
        return left + right if left and right else []
    if isinstance(predicate, Binary) and predicate.operator == "=":
        for child, value in ((predicate.left, predicate.right), (predicate.right, predicate.left)):
            name = _child_name(child)
            if name is not None and _independent(value):
                return [(name, value)]
    return []


def _child_name(expression: Expression) -> str | None:
    if not isinstance(expression, Path) or expression.start is not None or len(expression.steps) != 1:
        return None
    step = expression.steps[0]
    if step.axis != "child" or step.predicates or not isinstance(step.test, NameTest) or step.test.local == "*":
        return None
    return f"{step.test.prefix}:{step.test.local}" if step.test.prefix else step.test.local


def _independent(expression: Expression) -> bool:
    """Whether the value is the same for every item, and cheap to tell."""
    if isinstance(expression, Literal):
        return True
    if isinstance(expression, Path):
        fixed_start = expression.start == "/" or expression.start == Call("current", ())
        return fixed_start and not any(step.predicates for step in expression.steps)
    if isinstance(expression, (Call, Filter)):
        return False
    return bool(children(expression)) and all(_independent(child) for child in children(expression))
