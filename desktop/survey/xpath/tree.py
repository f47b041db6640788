"""XML as a small tree of nodes that expressions walk; parsed by expat without entities, DTDs or network.

Form instances and choice lists use the same nodes. A *compact* element keeps its text in `text` and has no text
child; the axes make one on demand, so that 4,000 choices do not need 20,000 extra objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from desktop.common.errors import FileDamaged

DOCUMENT, ELEMENT, ATTRIBUTE, TEXT, COMMENT, PI, DOCTYPE = range(7)

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
DEPTH_LIMIT = 200
"""Nesting beyond this is refused: no form needs it, and recursion must stay safe."""


class Node:
    """One node of an XML tree. `name` is the local name, `uri` its namespace, `text` the value of a leaf."""

    __slots__ = (
        "attributes",
        "cdata",
        "children",
        "kind",
        "name",
        "namespaces",
        "parent",
        "prefix",
        "text",
        "uri",
    )

    relevant = True
    """Only nodes of a form's own instance can be irrelevant."""

    def __init__(self, kind: int, name: str = "", parent: Node | None = None, text: str = "") -> None:
        self.kind = kind
        self.name = name
        self.parent = parent
        self.text = text
        self.uri = ""
        self.prefix = ""
        self.children: list[Node] = []
        self.attributes: list[Node] = []
        self.namespaces: dict[str, str] | None = None
        self.cdata = False

    def __repr__(self) -> str:
        return f"<Node {self.kind} {self.qualified_name}>"

    @property
    def qualified_name(self) -> str:
        """The name with its prefix, as written."""
        return f"{self.prefix}:{self.name}" if self.prefix else self.name

    def string_value(self) -> str:
        """XPath 1.0 §5: an element's string is all the text below it."""
        if self.kind > ELEMENT or not self.children:
            return self.text
        parts: list[str] = []
        _collect_text(self, parts)
        return "".join(parts)

    def atom(self) -> object:
        """The value as expressions see it; typed for nodes of a form's instance, text for all others."""
        return self.string_value()

    def child(self, name: str) -> Node | None:
        """The first child element of that local name."""
        for node in self.children:
            if node.name == name and node.kind == ELEMENT:
                return node
        return None

    def first_named(self, qualified: str) -> Node | None:
        """The first child element of that name as written (prefix included), or the attribute for `@name`."""
        if qualified[:1] == "@":
            return next((node for node in self.attributes if node.qualified_name == qualified[1:]), None)
        for node in self.children:
            if node.kind == ELEMENT and node.qualified_name == qualified:
                return node
        return None

    def all_named(self, qualified: str) -> list[Node]:
        """All child elements of that name as written (prefix included), or the attribute for `@name`."""
        if qualified[:1] == "@":
            return [node for node in self.attributes if node.qualified_name == qualified[1:]]
        return [node for node in self.children if node.kind == ELEMENT and node.qualified_name == qualified]

    def elements(self) -> list[Node]:
        """The child elements in order."""
        return [node for node in self.children if node.kind == ELEMENT]

    def attribute(self, name: str, uri: str | None = None) -> str | None:
        """The value of an attribute by local name (and namespace when given), or None."""
        for node in self.attributes:
            if node.name == name and (uri is None or node.uri == uri):
                return node.text
        return None

    def append(self, node: Node) -> None:
        """Add a child and make this its parent."""
        node.parent = self
        self.children.append(node)

    def root(self) -> Node:
        """The topmost node."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def descendants(self) -> Iterator[Node]:
        """All nodes below, in document order, attributes left out."""
        for node in self.children:
            yield node
            if node.children:
                yield from node.descendants()

    def scope(self) -> dict[str, str]:
        """Prefixes and namespaces in force here ('' is the default namespace)."""
        merged: dict[str, str] = {}
        node: Node | None = self
        while node is not None:
            if node.namespaces:
                merged = {**node.namespaces, **merged}
            node = node.parent
        return merged


def _collect_text(node: Node, parts: list[str]) -> None:
    for child in node.children:
        if child.kind == TEXT:
            parts.append(child.text)
        elif child.kind == ELEMENT:
            if child.children:
                _collect_text(child, parts)
            else:
                parts.append(child.text)


def order_key(node: Node) -> tuple[int, ...]:
    """A key that sorts nodes of one tree in document order; attributes follow their element, before its children."""
    keys: list[int] = []
    while node.parent is not None:
        parent = node.parent
        if node.kind == ATTRIBUTE:
            keys.append(_index(parent.attributes, node) - 1_000_000)
        else:
            keys.append(_index(parent.children, node))
        node = parent
    keys.reverse()
    return tuple(keys)


def _index(nodes: list[Node], wanted: Node) -> int:
    for position, node in enumerate(nodes):
        if node is wanted:
            return position
    return 0


def in_document_order(nodes: list[Node]) -> list[Node]:
    """The nodes once each, in document order."""
    if len(nodes) < 2:
        return nodes
    unique = list(dict.fromkeys(nodes))
    return sorted(unique, key=order_key) if len(unique) > 1 else unique


class _Builder:
    """Turns expat's events into nodes; `compact` drops blank text around elements and folds a leaf's text into it."""

    def __init__(self, compact: bool) -> None:
        self.document = Node(DOCUMENT)
        self.current = self.document
        self.compact = compact
        self.scopes: list[dict[str, str]] = [{"xml": XML_NAMESPACE}]
        self.depth = 0
        self.pending: list[str] = []
        self.in_cdata = False

    def start(self, qualified: str, pairs: list[str]) -> None:
        self.flush()
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise FileDamaged("文件的嵌套层级过深，不像表单文件，未读入。")
        scope = self.scopes[-1]
        declared: dict[str, str] | None = None
        for position in range(0, len(pairs), 2):
            key = pairs[position]
            if key == "xmlns" or key.startswith("xmlns:"):
                if declared is None:
                    declared = {}
                declared[key[6:]] = pairs[position + 1]
        if declared is not None:
            scope = {**scope, **declared}
        self.scopes.append(scope)
        prefix, _, local = qualified.rpartition(":")
        node = Node(ELEMENT, local, self.current)
        node.prefix = prefix
        node.uri = scope.get(prefix, "")
        node.namespaces = declared
        for position in range(0, len(pairs), 2):
            key = pairs[position]
            if key == "xmlns" or key.startswith("xmlns:"):
                continue
            prefix, _, local = key.rpartition(":")
            attribute = Node(ATTRIBUTE, local, node, pairs[position + 1])
            if prefix:
                attribute.prefix = prefix
                attribute.uri = scope.get(prefix, "")
            node.attributes.append(attribute)
        self.current.children.append(node)
        self.current = node

    def end(self, _qualified: str) -> None:
        node = self.current
        if self.compact and not node.children:
            node.text = "".join(self.pending)
            self.pending.clear()
        else:
            self.flush()
        self.depth -= 1
        self.scopes.pop()
        assert node.parent is not None
        self.current = node.parent

    def characters(self, data: str) -> None:
        self.pending.append(data)

    def flush(self) -> None:
        if not self.pending:
            return
        data = "".join(self.pending)
        self.pending.clear()
        if self.current is self.document or (self.compact and not data.strip()):
            return
        node = Node(TEXT, "", self.current, data)
        node.cdata = self.in_cdata
        self.current.children.append(node)

    def start_cdata(self) -> None:
        if not self.compact:
            self.flush()
            self.in_cdata = True

    def end_cdata(self) -> None:
        if not self.compact:
            self.flush()
            self.in_cdata = False

    def comment(self, data: str) -> None:
        if not self.compact:
            self.flush()
            self.current.children.append(Node(COMMENT, "", self.current, data))

    def doctype(self, name: str, *_identifiers: object) -> None:
        # not a node of XPath 1.0, but one of the DOM that the reference engines walk
        if not self.compact:
            self.current.children.append(Node(DOCTYPE, name, self.current))

    def instruction(self, target: str, data: str) -> None:
        if not self.compact:
            self.flush()
            self.current.children.append(Node(PI, target, self.current, data))


def parse_xml(source: str | bytes, *, compact: bool = False) -> Node:
    """Parse XML text into a document node. Raises FileDamaged for broken XML, entities or absurd nesting."""
    # decoded text no longer has the encoding that its declaration may name
    parser = expat.ParserCreate("utf-8" if isinstance(source, str) else None)
    parser.buffer_text = True
    parser.buffer_size = 65536
    parser.ordered_attributes = True
    builder = _Builder(compact)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.CommentHandler = builder.comment
    parser.ProcessingInstructionHandler = builder.instruction
    parser.StartCdataSectionHandler = builder.start_cdata
    parser.EndCdataSectionHandler = builder.end_cdata
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.EntityDeclHandler = _refuse_entity
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    try:
        parser.Parse(source.lstrip(), True)
    except expat.ExpatError as error:
        raise FileDamaged(
            f"XML 在第 {error.lineno} 行第 {error.offset + 1} 列处写错，未读入。", hint="请检查文件是否完整。"
        ) from error
    return builder.document


def _refuse_entity(*_arguments: object) -> None:
    raise FileDamaged("文件里声明了 XML 实体，出于安全不读入。")
