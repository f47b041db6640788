"""Location paths: fixed climbs and descents over a form's instance, step-by-step evaluation for everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.survey.xpath import axes, lookup, syntax
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.syntax import Call, Expression, Filter, KindTest, NameTest, Path, Step
from desktop.survey.xpath.tree import Node, in_document_order
from desktop.survey.xpath.values import Value

if TYPE_CHECKING:
    from desktop.survey.xpath.compiler import Compiler, Names

CURRENT = Call("current", ())


@dataclass(frozen=True, slots=True)
class Route:
    """A path without predicates over the form's instance: start, climb `up` levels, descend by `names`.

    `target` is the whole path of what is reached, None when the start lies outside the form's instance.
    """

    origin: str  # "node" | "current" | "root"
    up: int
    names: tuple[str, ...]
    target: Names | None


def step_name(step: Step) -> str | None:
    """The qualified name of a plain child (or `@attribute`) step, predicates aside."""
    if step.axis in ("child", "attribute") and isinstance(step.test, NameTest) and step.test.local != "*":
        name = f"{step.test.prefix}:{step.test.local}" if step.test.prefix else step.test.local
        return name if step.axis == "child" else f"@{name}"
    return None


def route_of(compiler: Compiler, path: Path, *, bind_last: bool = False) -> Route | None:
    """The fixed route of a path, None when it needs step-by-step evaluation."""
    if not compiler.scope.forms or any(step.predicates for step in path.steps):
        return None
    here = compiler.scope.path
    if path.start is None:
        return _relative_route("node", here, path.steps)
    if path.start == CURRENT:
        return _relative_route("current", compiler.scope.current or here, path.steps)
    if path.start != "/":
        return None
    names: list[str] = []
    for step in path.steps:
        name = step_name(step)
        if name is None:
            return None
        names.append(name)
    if not names:
        return None
    names[0] = compiler.scope.root or names[0]
    target = tuple(names)
    anchor, origin = here, "node"
    if anchor is None:
        # inside a filter over a list: the instances that hold the question count, not the list's items
        anchor, origin = compiler.scope.current or (), "current"
    shared = shared_prefix(anchor, target, len(target) if bind_last else len(target) - 1)
    if shared == 0:
        return Route("root", 0, target, target)
    return Route(origin, len(anchor) - shared, target[shared:], target)


def shared_prefix(here: Names, target: Names, limit: int) -> int:
    """How many leading names two paths have in common, at most `limit`."""
    count = 0
    while count < limit and count < len(here) and here[count] == target[count]:
        count += 1
    return count


def _relative_route(origin: str, here: Names | None, steps: tuple[Step, ...]) -> Route | None:
    up = 0
    names: list[str] = []
    for step in steps:
        if step.axis in ("self", "parent") and isinstance(step.test, KindTest) and step.test.kind == "node":
            if step.axis == "parent":
                if names:
                    return None
                up += 1
            continue
        name = step_name(step)
        if name is None:
            return None
        names.append(name)
    if here is None:
        return Route(origin, up, tuple(names), None) if up == 0 else None
    if up > len(here):
        return None
    return Route(origin, up, tuple(names), (*here[: len(here) - up], *names))


def main_instance(compiler: Compiler, path: Path) -> bool:
    """Whether the path certainly stays in the form's own, typed instance."""
    route = route_of(compiler, path)
    return route is not None and route.target is not None


def compile_single(compiler: Compiler, path: Path) -> Closure | None:
    """The value of the one node a path can reach, or None when it may reach several."""
    route = route_of(compiler, path)
    if route is None:
        return None
    if route.target is not None:
        base = len(route.target) - len(route.names)
        for depth in range(base + 1, len(route.target) + 1):
            if compiler.scope.is_repeat(route.target[:depth]):
                return None
    elif len(route.names) > 1:
        return None
    reach = _one_node(route)

    def single(context: Context) -> object:
        node = reach(context)
        return "" if node is None else node.atom()

    if route.names or route.up or route.origin != "node":
        return single
    return lambda context: context.node.atom()


def _origin(route: Route) -> Callable[[Context], Node | None]:
    if route.origin == "root":
        return lambda context: context.env.root
    if route.origin == "current":
        return lambda context: context.current
    return lambda context: context.node


def _one_node(route: Route) -> Callable[[Context], Node | None]:
    """The first node along a route."""
    names, up = route.names, route.up
    if route.origin == "node" and up == 1 and len(names) == 1:
        name = names[0]

        def sibling(context: Context) -> Node | None:
            parent = context.node.parent
            return None if parent is None else parent.first_named(name)

        return sibling
    origin = _origin(route)

    def walk(context: Context) -> Node | None:
        node = origin(context)
        for _ in range(up):
            if node is None:
                return None
            node = node.parent
        for name in names:
            if node is None:
                return None
            node = node.first_named(name)
        return node

    return walk


def route_nodes(route: Route) -> Closure:
    names, up = route.names, route.up
    origin = _origin(route)

    def reach(context: Context) -> list[Node]:
        node = origin(context)
        for _ in range(up):
            node = None if node is None else node.parent
        if node is None:
            return []
        found = [node]
        for name in names:
            if len(found) == 1:
                found = found[0].all_named(name)
            else:
                found = [child for parent in found for child in parent.all_named(name)]
        return [node for node in found if node.relevant]

    return reach


@dataclass(frozen=True, slots=True)
class _CompiledStep:
    move: Callable[[Node], list[Node]]
    predicates: tuple[Closure, ...]
    lookup: lookup.Lookup | None
    sorts: bool


def compile_path(compiler: Compiler, path: Path) -> Closure:
    """A closure that returns the nodes of any path, in document order."""
    route = route_of(compiler, path)
    if route is not None:
        return route_nodes(route)
    scope = compiler.scope
    here: Names | None = scope.path
    up = 0
    steps = path.steps
    start: Closure
    if path.start is None:
        start = _context_node
    elif path.start == "/":
        plain = 0
        names: list[str] = []
        for step in steps:
            name = step_name(step)
            if name is None:
                break
            names.append(name)
            plain += 1
            if step.predicates:
                plain -= 1
                break
        bound = 0 if here is None or not scope.forms else shared_prefix(here, tuple(names), min(plain, len(steps) - 1))
        if bound:
            assert here is not None
            up = len(here) - bound
            start = _climb(up)
            steps = steps[bound:]
            here = here[:bound]
        else:
            start = _document_node
            here = () if scope.forms else None
    elif path.start == CURRENT:
        start = _current_node
        here = scope.current or scope.path
    else:
        assert not isinstance(path.start, str)
        start = compiler.nodes(path.start)
        here = None
    compiled: list[_CompiledStep] = []
    static_source = isinstance(path.start, Call) and path.start.name == "instance"
    for step in steps:
        here = after(here, step)
        inner = compiler.inside(here)
        found = lookup.plan(inner, step) if static_source and step.predicates else None
        predicates = step.predicates[1:] if found is not None else step.predicates
        compiled.append(
            _CompiledStep(
                _mover(compiler, step),
                tuple(inner.value(predicate) for predicate in predicates),
                found,
                step.axis in syntax.REVERSE_AXES
                or step.axis in ("following", "descendant", "descendant-or-self", "parent"),
            )
        )
    return _run_steps(start, tuple(compiled), scope.forms)


def after(here: Names | None, step: Step) -> Names | None:
    """The static path after a step, None when it cannot be told."""
    if here is None:
        return None
    if isinstance(step.test, KindTest):
        if step.test.kind == "node" and step.axis == "self":
            return here
        if step.test.kind == "node" and step.axis == "parent" and here:
            return here[:-1]
        return None
    name = step_name(step)
    return None if name is None else (*here, name)


def _mover(compiler: Compiler, step: Step) -> Callable[[Node], list[Node]]:
    name = step_name(step)
    scope = compiler.scope
    if scope.forms and name is not None:
        return lambda node: node.all_named(name)
    axis = axes.AXES[step.axis]
    passes = axes.test_for(step.axis, step.test, scope.namespaces, scope.forms)
    if passes is None:
        return lambda node: list(axis(node))
    return lambda node: [found for found in axis(node) if passes(found)]


def _run_steps(start: Closure, steps: tuple[_CompiledStep, ...], forms: bool) -> Closure:
    def run(context: Context) -> list[Node]:
        nodes: list[Node] = start(context)
        for step in steps:
            found: list[Node] = []
            for node in nodes:
                batch = step.lookup.find(node, context) if step.lookup is not None else None
                if batch is None:
                    batch = step.move(node)
                    if step.lookup is not None:
                        batch = keep(batch, step.lookup.predicate, context)
                for predicate in step.predicates:
                    batch = keep(batch, predicate, context)
                found.extend(batch)
            nodes = in_document_order(found) if len(nodes) > 1 or step.sorts else found
        if forms:
            return [node for node in nodes if node.relevant]
        return nodes

    return run


def keep(nodes: list[Node], predicate: Closure, outer: Context) -> list[Node]:
    """The nodes for which a predicate holds; a number means the position."""
    kept: list[Node] = []
    size = len(nodes)
    inner = Context(outer.env, outer.node, outer.current, 1, size)
    for position, node in enumerate(nodes, 1):
        inner.node = node
        inner.position = position
        result = predicate(inner)
        if result is True or (result is not False and _passes(result, position)):
            kept.append(node)
    return kept


def _passes(result: Value, position: int) -> bool:
    if isinstance(result, float):
        return result == position
    return len(result) > 0 if isinstance(result, (str, list)) else bool(result)


def compile_filter(compiler: Compiler, expression: Filter) -> Closure:
    """`(nodes)[predicate]`: positions count over the whole set."""
    source = compiler.nodes(expression.primary)
    inner = compiler.inside(None)
    predicates = [inner.value(predicate) for predicate in expression.predicates]

    def run(context: Context) -> list[Node]:
        nodes: list[Node] = source(context)
        for predicate in predicates:
            nodes = keep(nodes, predicate, context)
        return nodes

    return run


def compile_union(compiler: Compiler, left: Expression, right: Expression) -> Closure:
    """`a | b`."""
    first, second = compiler.nodes(left), compiler.nodes(right)
    return lambda context: in_document_order([*first(context), *second(context)])


def _context_node(context: Context) -> list[Node]:
    return [context.node]


def _current_node(context: Context) -> list[Node]:
    return [context.current]


def _document_node(context: Context) -> list[Node]:
    root = context.env.root
    return [context.node.root() if root is None else root]


def _climb(levels: int) -> Closure:
    def climb(context: Context) -> list[Node]:
        node: Node | None = context.node
        for _ in range(levels):
            node = None if node is None else node.parent
        return [] if node is None else [node]

    return climb


def require_path(expression: Expression, function: str, ordinal: int) -> Path:
    """The argument as a path, or an error that names the function."""
    if isinstance(expression, Path):
        return expression
    raise ExpressionError(f"函数 {function}() 的第 {ordinal} 个参数要写字段的路径。")
