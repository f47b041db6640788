"""The instance of a form being filled: one node for each element, with its answer and computed state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from desktop.survey.session import answers
from desktop.survey.xform.model import NodeDef, Seed
from desktop.survey.xpath.tree import ATTRIBUTE, DOCUMENT, ELEMENT, Node


class FormNode(Node):
    """An element (or ruled attribute) of the instance: `text` is the answer, `typed` what expressions see."""

    __slots__ = (
        "alive",
        "chosen",
        "definition",
        "extra_attributes",
        "named",
        "own_readonly",
        "own_relevant",
        "readonly",
        "relevant",
        "required",
        "typed",
    )

    parent: FormNode | None
    relevant: bool
    readonly: bool
    own_readonly: bool
    own_relevant: bool
    required: bool

    def __init__(self, definition: NodeDef, parent: FormNode | None, kind: int = ELEMENT) -> None:
        self.kind = kind
        prefix, _, self.name = definition.path[-1].rpartition(":") if definition.path else ("", "", "")
        self.prefix = prefix.lstrip("@")
        self.name = self.name.lstrip("@")
        self.uri = definition.uri
        self.parent = parent
        self.text = ""
        self.typed: answers.Atom = ""
        self.children = []
        self.attributes = []
        self.namespaces = None
        self.cdata = False
        self.definition = definition
        self.named: dict[str, list[FormNode]] = {}
        self.alive = True
        self.chosen: str | None = None
        """What a person chose, while a filter hides part of it; `text` is then what is left."""
        self.extra_attributes: tuple[tuple[str, str, str], ...] = ()
        bind = definition.bind
        self.own_relevant = bind.relevant is not False
        self.own_readonly = bind.readonly is True
        self.required = bind.required is True
        self.relevant = self.own_relevant and (parent is None or parent.relevant)
        self.readonly = self.own_readonly or (parent is not None and parent.readonly)

    def __repr__(self) -> str:
        return f"<{self.path()} = {self.text!r}>"

    def atom(self) -> answers.Atom:
        """The typed answer; the empty string while the node is irrelevant."""
        if self.children:
            return self.string_value()
        return self.typed if self.relevant else ""

    def string_value(self) -> str:
        """The text of a relevant leaf, or of everything relevant below."""
        if not self.relevant:
            return ""
        if not self.children:
            return self.text
        return "".join(child.string_value() for child in self.children)

    def first_named(self, qualified: str) -> Node | None:
        """The first child of that definition name."""
        found = self.named.get(qualified)
        if found:
            return found[0]
        return self._plain_attribute(qualified[1:]) if qualified[:1] == "@" else None

    def all_named(self, qualified: str) -> list[Node]:
        """All children of that definition name, in order."""
        found = self.named.get(qualified)
        if found is not None:
            return list(found)
        attribute = self._plain_attribute(qualified[1:]) if qualified[:1] == "@" else None
        return [] if attribute is None else [attribute]

    def _plain_attribute(self, name: str) -> Node | None:
        """An attribute that the form writes and no rule computes."""
        for key, uri, value in self.extra_attributes:
            if key == name:
                node = Node(ATTRIBUTE, key.rpartition(":")[2], self, value)
                node.prefix, node.uri = key.rpartition(":")[0], uri
                return node
        return None

    def instances(self, qualified: str) -> list[FormNode]:
        """The repeat instances of that name (the live list; do not change it)."""
        return self.named.get(qualified, [])

    @property
    def position(self) -> int:
        """Which instance of its repeat it is, from 1."""
        if self.parent is None:
            return 1
        for place, node in enumerate(self.parent.named.get(self.definition.name, ()), 1):
            if node is self:
                return place
        return 0

    def path(self) -> str:
        """The path with positions of repeat instances: `/data/member[2]/age`."""
        parts: list[str] = []
        node: FormNode | None = self
        while node is not None and node.definition.path:
            name = node.definition.name
            parts.append(f"{name}[{node.position}]" if node.definition.repeat is not None else name)
            node = node.parent
        return "/" + "/".join(reversed(parts))

    def add(self, node: FormNode, place: int | None = None) -> None:
        """Add a child at the end, or as repeat instance number `place` (from 0) among its likes."""
        likes = self.named.setdefault(node.definition.name, [])
        if place is None and not likes and node.definition.repeat is None:
            self.children.append(node)
            likes.append(node)
            return
        place = len(likes) if place is None else place
        if likes:
            before = likes[place - 1] if place else likes[0]
            at = self.children.index(before) + (1 if place else 0)
        else:
            at = self._place_of(node.definition)
        self.children.insert(at, node)
        likes.insert(place, node)

    def _place_of(self, definition: NodeDef) -> int:
        """Where the first instance of a definition belongs among the children."""
        earlier: set[str] = set()
        for sibling in self.definition.children:
            if sibling is definition:
                break
            earlier.add(sibling.name)
        at = 0
        for index, child in enumerate(self.form_children()):
            if child.definition.name in earlier:
                at = index + 1
        return at

    def remove(self, node: FormNode) -> None:
        """Take a child out; it keeps its link to this parent, so that who depended on it can be found."""
        self.children.remove(node)
        self.named[node.definition.name].remove(node)
        for below in node.subtree():
            below.alive = False

    def form_children(self) -> list[FormNode]:
        """The child elements."""
        return self.children  # type: ignore[return-value]

    def ruled_attributes(self) -> list[FormNode]:
        """The attributes that rules compute."""
        return self.attributes  # type: ignore[return-value]

    def subtree(self) -> Iterator[FormNode]:
        """This node and everything below, ruled attributes included, in document order."""
        yield self
        yield from self.ruled_attributes()
        for child in self.form_children():
            if child.children or child.attributes:
                yield from child.subtree()
            else:
                yield child


def document_node() -> FormNode:
    """The node above the root element, so that absolute paths have a start."""
    return FormNode(NodeDef((), None), None, DOCUMENT)


def build(seed: Seed, parent: FormNode, zone: tzinfo) -> FormNode:
    """Make the nodes of a seed below a parent (not yet added to it)."""
    definition = seed.definition
    node = FormNode(definition, parent)
    node.extra_attributes = seed.attributes
    if seed.text:
        node.text, node.typed = answers.read(seed.text, definition.bind.data_type, zone)
    for attribute in definition.attributes:
        built = FormNode(attribute, node, ATTRIBUTE)
        wanted = attribute.name.lstrip("@")
        for name, _, value in seed.attributes:
            if name == wanted:
                built.text = value
                built.typed = value
        node.attributes.append(built)
        node.named[attribute.name] = [built]
    named = node.named
    children = node.children
    for child in seed.children:
        made = build(child, node, zone)
        children.append(made)
        name = made.definition.path[-1]
        if name in named:
            named[name].append(made)
        else:
            named[name] = [made]
    return node
