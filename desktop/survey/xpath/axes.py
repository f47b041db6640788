"""The thirteen axes and the node tests of XPath 1.0, over the tree of `tree.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from desktop.survey.xpath.syntax import KindTest, NameTest
from desktop.survey.xpath.tree import (
    ATTRIBUTE,
    COMMENT,
    ELEMENT,
    PI,
    TEXT,
    Node,
)  # fmt: skip

NodeFilter = Callable[[Node], bool]


def child_nodes(node: Node) -> list[Node]:
    """Children; a compact leaf shows its text as a text node."""
    if not node.children and node.text and node.kind == ELEMENT:
        return [Node(TEXT, "", node, node.text)]
    return node.children


def _descendants(node: Node) -> Iterator[Node]:
    for child in child_nodes(node):
        yield child
        if child.kind == ELEMENT:
            yield from _descendants(child)


def _descendants_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from _descendants(node)


def _ancestors(node: Node) -> Iterator[Node]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _ancestors_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from _ancestors(node)


def _siblings(node: Node) -> tuple[list[Node], int]:
    if node.parent is None or node.kind == ATTRIBUTE:
        return [], 0
    nodes = node.parent.children
    for position, sibling in enumerate(nodes):
        if sibling is node:
            return nodes, position
    return [], 0


def _following_siblings(node: Node) -> Iterable[Node]:
    nodes, position = _siblings(node)
    return nodes[position + 1 :]


def _preceding_siblings(node: Node) -> Iterable[Node]:
    nodes, position = _siblings(node)
    return reversed(nodes[:position])


def _following(node: Node) -> Iterator[Node]:
    if node.kind == ATTRIBUTE and node.parent is not None:
        yield from _descendants(node.parent)
        node = node.parent
    current: Node | None = node
    while current is not None:
        for sibling in _following_siblings(current):
            yield from _descendants_or_self(sibling)
        current = current.parent


def _preceding(node: Node) -> Iterator[Node]:
    current: Node | None = node.parent if node.kind == ATTRIBUTE else node
    while current is not None:
        for sibling in _preceding_siblings(current):
            yield from reversed(list(_descendants_or_self(sibling)))
        current = current.parent


def _attributes(node: Node) -> Iterable[Node]:
    return node.attributes


def _parent(node: Node) -> Iterable[Node]:
    return () if node.parent is None else (node.parent,)


def _self(node: Node) -> Iterable[Node]:
    return (node,)


def _namespaces(_node: Node) -> Iterable[Node]:
    """Always empty, as in browsers and the reference engines."""
    return ()


AXES: dict[str, Callable[[Node], Iterable[Node]]] = {
    "self": _self,
    "child": child_nodes,
    "parent": _parent,
    "attribute": _attributes,
    "descendant": _descendants,
    "descendant-or-self": _descendants_or_self,
    "ancestor": _ancestors,
    "ancestor-or-self": _ancestors_or_self,
    "following-sibling": _following_siblings,
    "preceding-sibling": _preceding_siblings,
    "following": _following,
    "preceding": _preceding,
    "namespace": _namespaces,
}

_PRINCIPAL = {"attribute": ATTRIBUTE}
_KINDS = {"text": TEXT, "comment": COMMENT, "processing-instruction": PI}


def test_for(axis: str, test: NameTest | KindTest, namespaces: dict[str, str], qualified: bool) -> NodeFilter | None:
    """A predicate for the node test, None when every node passes.

    `qualified` compares names as written, prefix and all, as form engines do; otherwise prefixes are looked up in
    `namespaces` and an unprefixed name matches elements of no namespace or of the one mapped to "".
    """
    if isinstance(test, KindTest):
        if test.kind == "node":
            return None
        kind = _KINDS[test.kind]
        target = test.target
        if target:
            return lambda node: node.kind == kind and node.name == target
        return lambda node: node.kind == kind
    principal = _PRINCIPAL.get(axis, ELEMENT)
    local, prefix = test.local, test.prefix
    if local == "*" and not prefix:
        return lambda node: node.kind == principal
    if qualified:
        if local == "*":
            return lambda node: node.kind == principal and node.prefix == prefix
        return lambda node: node.name == local and node.kind == principal and node.prefix == prefix
    uri = namespaces.get(prefix, "")
    if local == "*":
        return lambda node: node.kind == principal and node.uri == uri
    if not prefix:
        default = namespaces.get("", "")
        return lambda node: (
            node.name == local
            and node.kind == principal
            and (not node.prefix)
            and (not node.uri or node.uri == default)
        )
    return lambda node: node.name == local and node.kind == principal and node.uri == uri
