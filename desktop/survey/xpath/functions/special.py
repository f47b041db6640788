"""Functions that do not evaluate all their arguments, or that speak about the form and the device."""

from __future__ import annotations

import uuid as uuid_module

from desktop.survey.xpath import paths
from desktop.survey.xpath.compiler import Compiler
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.functions.registry import MANY, special
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.syntax import Call, Path
from desktop.survey.xpath.tree import Node
from desktop.survey.xpath.values import Atom, Value, first_atom, index_of


@special("if", 3, 3)
def if_(compiler: Compiler, call: Call) -> Closure:
    """The second or third argument; the other one is never evaluated."""
    condition = compiler.truth(call.arguments[0])
    when_true, when_false = compiler.value(call.arguments[1]), compiler.value(call.arguments[2])
    return lambda context: when_true(context) if condition(context) else when_false(context)


def _is_blank(value: Value) -> bool:
    atom: Atom = first_atom(value) if isinstance(value, list) else value
    return atom == "" or (isinstance(atom, float) and atom != atom)


@special("coalesce", 2, MANY)
def coalesce(compiler: Compiler, call: Call) -> Closure:
    """The first argument that is not empty."""
    arguments = [compiler.value(argument) for argument in call.arguments]

    def choose(context: Context) -> Value:
        found: Value = ""
        for argument in arguments:
            found = argument(context)
            if not _is_blank(found):
                return found
        return found

    return choose


@special("once", 1, 1)
def once(compiler: Compiler, call: Call) -> Closure:
    """The argument while the node itself is empty, afterwards the node's own value."""
    argument = compiler.value(call.arguments[0])

    def keep(context: Context) -> Value:
        own: Atom = context.current.atom()  # type: ignore[assignment]
        return argument(context) if _is_blank(own) else own

    return keep


@special("depend", 1, MANY)
def depend(compiler: Compiler, call: Call) -> Closure:
    """The first argument; the others only make it depend on them."""
    return compiler.value(call.arguments[0])


@special("uuid", 0, 1)
def uuid(compiler: Compiler, call: Call) -> Closure:
    """A random identifier, or that many random characters."""
    if not call.arguments:
        return lambda context: str(uuid_module.UUID(int=context.env.random.getrandbits(128), version=4))
    length = compiler.number(call.arguments[0])
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    def draw(context: Context) -> str:
        count = index_of(length(context))
        if not 0 <= count <= 1000:
            raise ExpressionError("uuid() 的长度要在 0 到 1000 之间。")
        return "".join(context.env.random.choice(alphabet) for _ in range(count))

    return draw


@special("version", 0, 0)
def version(_compiler: Compiler, _call: Call) -> Closure:
    """The form's version."""
    return lambda context: context.env.version


@special("property", 1, 1)
def property_(compiler: Compiler, call: Call) -> Closure:
    """A property of the device or user, empty when unknown."""
    name = compiler.text(call.arguments[0])
    return lambda context: context.env.properties.get(name(context), "")


@special("indexed-repeat", 3, 15)
def indexed_repeat(compiler: Compiler, call: Call) -> Closure:
    """A field inside numbered repeat instances: indexed-repeat(field, repeat, n [, inner repeat, n]…)."""
    if len(call.arguments) % 2 == 0:
        raise ExpressionError(f"函数 indexed-repeat() 需要 3、5、7… 个参数，写了 {len(call.arguments)} 个。")
    target = paths.require_path(call.arguments[0], "indexed-repeat", 1)
    if not compiler.scope.forms or compiler.scope.path is None:
        return _indexed_generic(compiler, call, target)
    route = paths.route_of(compiler, target, bind_last=True)
    if route is None or route.target is None:
        return _indexed_generic(compiler, call, target)
    whole = route.target
    indices: dict[int, Closure] = {}
    for position in range(1, len(call.arguments), 2):
        group = paths.route_of(compiler, paths.require_path(call.arguments[position], "indexed-repeat", position + 1))
        if group is None or group.target is None or group.target != whole[: len(group.target)]:
            raise ExpressionError(f"函数 indexed-repeat() 的第 {position + 1} 个参数要是字段所在的重复组。")
        indices[len(group.target)] = compiler.number(call.arguments[position + 1])
    # instances that enclose both the expression and the field stay bound, like in any absolute path
    here = compiler.scope.path
    bound = paths.shared_prefix(here, whole, min([len(whole) - 1, *(depth - 1 for depth in indices)]))
    climb = len(here) - bound

    def find(context: Context) -> list[Node]:
        node: Node | None = context.node
        for _ in range(climb):
            node = None if node is None else node.parent
        found = [] if node is None else [node]
        for depth in range(bound + 1, len(whole) + 1):
            found = [child for parent in found for child in parent.all_named(whole[depth - 1])]
            if depth in indices:
                wanted = max(index_of(indices[depth](context)), 1)
                found = [child for child in found if _ordinal(child) == wanted]
        return [node for node in found if node.relevant]

    return find


def _ordinal(node: Node) -> int:
    if node.parent is None:
        return 1
    for place, sibling in enumerate(node.parent.all_named(node.qualified_name), 1):
        if sibling is node:
            return place
    return 0


def _indexed_generic(compiler: Compiler, call: Call, target: Path) -> Closure:
    """Outside a form: the field's nodes that lie below the numbered instances of each group."""
    fields = compiler.nodes(target)
    groups = [
        (
            compiler.nodes(paths.require_path(call.arguments[position], "indexed-repeat", position + 1)),
            compiler.number(call.arguments[position + 1]),
        )
        for position in range(1, len(call.arguments), 2)
    ]

    def find(context: Context) -> list[Node]:
        found: list[Node] = fields(context)
        for nodes, index in groups:
            wanted = index_of(index(context))
            chosen = {node for node in nodes(context) if _ordinal(node) == wanted}
            found = [node for node in found if _below(node, chosen)]
        return found

    return find


def _below(node: Node | None, ancestors: set[Node]) -> bool:
    while node is not None:
        if node in ancestors:
            return True
        node = node.parent
    return False
