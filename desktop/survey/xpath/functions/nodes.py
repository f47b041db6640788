"""Functions on nodes: names, positions, other instances, shuffling."""

from __future__ import annotations

import hashlib
import math

from desktop.survey.xpath import paths
from desktop.survey.xpath.compiler import Compiler
from desktop.survey.xpath.context import Closure, Context
from desktop.survey.xpath.functions.registry import function, special
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.syntax import Call, Path
from desktop.survey.xpath.tree import ATTRIBUTE, DOCUMENT, ELEMENT, PI, XML_NAMESPACE, Node, in_document_order
from desktop.survey.xpath.values import Value, index_of, to_text

_NAMED = (ELEMENT, ATTRIBUTE, PI)


def _about_node(name: str, answer: str) -> None:
    @special(name, 0, 1)
    def build(compiler: Compiler, call: Call) -> Closure:
        if not call.arguments:
            return lambda context: _describe(context.node, answer)
        nodes = compiler.nodes(call.arguments[0])

        def first(context: Context) -> str:
            found = nodes(context)
            return _describe(found[0], answer) if found else ""

        return first


def _describe(node: Node, answer: str) -> str:
    if node.kind not in _NAMED:
        return ""
    if answer == "uri":
        return node.uri
    return node.name if answer == "local" else node.qualified_name


_about_node("name", "name")
_about_node("local-name", "local")
_about_node("namespace-uri", "uri")


@special("position", 0, 1)
def position(compiler: Compiler, call: Call) -> Closure:
    """Position in the set being filtered; with a path, which repeat instance a node is."""
    if not call.arguments:
        return lambda context: float(context.position)
    argument = call.arguments[0]
    if isinstance(argument, Path):
        route = paths.route_of(compiler, argument, bind_last=True)
        if route is not None:
            reach = paths.route_nodes(route)
            return lambda context: _place(reach(context))
    nodes = compiler.nodes(argument)
    return lambda context: _place(nodes(context))


def _place(found: list[Node]) -> float:
    if not found or found[0].parent is None:
        return 0.0 if not found else 1.0
    node = found[0]
    assert node.parent is not None
    place = 1
    for sibling in node.parent.all_named(node.qualified_name):
        if sibling is node:
            break
        place += 1
    return float(place)


@function("last", least=0)
def last(context: Context) -> float:
    """Size of the set being filtered."""
    return float(context.size)


@special("current", 0, 0)
def current(_compiler: Compiler, _call: Call) -> Closure:
    """The node the whole expression stands at, also inside predicates."""
    return lambda context: [context.current]


@special("instance", 1, 1)
def instance(compiler: Compiler, call: Call) -> Closure:
    """A choice list or attached table by name."""
    name = compiler.text(call.arguments[0])
    return lambda context: context.env.instance(name(context))


@special("lang", 1, 1)
def lang(compiler: Compiler, call: Call) -> Closure:
    """Whether the node's xml:lang is the given language or a part of it."""
    wanted = compiler.text(call.arguments[0])

    def check(context: Context) -> bool:
        node: Node | None = context.node
        while node is not None and node.kind != DOCUMENT:
            found = node.attribute("lang", XML_NAMESPACE)
            if found is not None:
                language = wanted(context).lower()
                return found.lower() == language or found.lower().startswith(language + "-")
            node = node.parent
        return False

    return check


@function("id", least=1)
def id_(context: Context, value: Value) -> list[Node]:
    """The elements with these identifiers (attributes `id` and `xml:id`)."""
    texts = [node.string_value() for node in value] if isinstance(value, list) else [to_text(value)]
    wanted = {name for text in texts for name in text.split()}
    root = context.node.root()
    found: dict[str, Node] = {}
    for node in root.descendants():
        if node.kind == ELEMENT:
            name = node.attribute("id")
            if name in wanted and name is not None:
                found.setdefault(name, node)
    return in_document_order(list(found.values()))


@special("randomize", 1, 2)
def randomize(compiler: Compiler, call: Call) -> Closure:
    """The nodes in an order decided by a seed (ODK's Park–Miller shuffle), or by chance without one."""
    nodes = compiler.nodes(call.arguments[0])
    if len(call.arguments) == 1:

        def shuffle(context: Context) -> list[Node]:
            found = list(nodes(context))
            context.env.random.shuffle(found)
            return found

        return shuffle
    seed = compiler.scalar(call.arguments[1])
    number = compiler.number(call.arguments[1])
    forms = compiler.scope.forms

    def shuffle_by_seed(context: Context) -> list[Node]:
        value = number(context)
        if value != value:
            given = seed(context)
            text = given if isinstance(given, str) else ""
            if not forms and text:
                raise ExpressionError("randomize() 的种子要是整数。")
            return shuffled(list(nodes(context)), _seed_of_text(text) if text else 0)
        return shuffled(list(nodes(context)), index_of(value) if math.isfinite(value) else 0)

    return shuffle_by_seed


def _seed_of_text(text: str) -> int:
    """A seed from any text, so that an identifier can seed an order: the first eight bytes of its SHA-256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def shuffled(items: list[Node], seed: int) -> list[Node]:
    """Fisher–Yates driven by Park and Miller's generator with multiplier 16807 (ODK XForms, `randomize()`)."""
    modulus = 2147483647
    state = int(math.fmod(seed, modulus))
    if state <= 0:
        state += modulus - 1
    for index in range(len(items) - 1, 0, -1):
        state = state * 16807 % modulus
        chosen = int((state - 1) / (modulus - 1) * (index + 1))
        items[index], items[chosen] = items[chosen], items[index]
    return items


@special("pulldata", 4, 4)
def pulldata(compiler: Compiler, call: Call) -> Closure:
    """One cell of an attached table: pulldata('table', 'column', 'key column', key)."""
    table, column, key_column, key = (compiler.text(argument) for argument in call.arguments)

    def find(context: Context) -> str:
        root = context.env.instance(table(context))[0]
        wanted = key(context)
        names = (column(context), key_column(context))
        top = root.elements()[0] if root.elements() else None
        look_up = getattr(top, "find", None)
        if look_up is not None:
            met = look_up((names[1],), (wanted,))
            cell = met[0].first_named(names[0]) if met else None
            return "" if cell is None else cell.string_value()
        handle = ("pulldata", id(root), names[1])
        entry = context.env.indexes.get(handle)
        if entry is None:
            index: dict[str, Node] = {}
            for item in [] if top is None else top.elements():
                cell = item.first_named(names[1])
                if cell is not None:
                    index.setdefault(cell.string_value(), item)
            entry = (root, index)
            context.env.indexes[handle] = entry
        row: Node | None = entry[1].get(wanted)
        answer = None if row is None else row.first_named(names[0])
        return "" if answer is None else answer.string_value()

    return find
