"""Choice lists and attached tables as instances: from the form itself, from CSV, XML or GeoJSON.

A flat list is kept as rows of text; nodes are made only for the rows that an expression really reaches.
"""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from desktop.survey.xform import reader
from desktop.survey.xform.model import FormError
from desktop.survey.xpath.tree import ATTRIBUTE, DOCUMENT, ELEMENT, TEXT, Node

ROW_LIMIT = 500_000


class ItemTable(Node):
    """The element that holds the items of a flat list: `<root><item><name>…</name>…</item>…</root>`."""

    __slots__ = ("_made", "fields", "item_name", "rows")

    def __init__(self, name: str, item_name: str, fields: tuple[str, ...], rows: list[tuple[str | None, ...]]) -> None:
        self._made: dict[int, Node] = {}
        self.fields = fields
        self.item_name = item_name
        self.rows = rows
        super().__init__(ELEMENT, name)

    @property
    def children(self) -> list[Node]:
        """All items as nodes (made now, kept)."""
        return [self.row(index) for index in range(len(self.rows))]

    @children.setter
    def children(self, _nodes: list[Node]) -> None:
        """Rows are the children; Node's own constructor sets an empty list."""

    def row(self, index: int) -> Node:
        """The node of one row."""
        node = self._made.get(index)
        if node is None:
            node = Node(ELEMENT, self.item_name, self)
            for name, value in zip(self.fields, self.rows[index], strict=True):
                if value is not None:
                    node.children.append(leaf(name, value, node))
            self._made[index] = node
        return node

    def all_named(self, qualified: str) -> list[Node]:
        """The items, when that is their name."""
        return self.children if qualified == self.item_name else []

    def column(self, name: str) -> list[str] | None:
        """All values of a field in row order ('' where absent), None when no item has it."""
        if name not in self.fields:
            return None
        at = self.fields.index(name)
        return [row[at] or "" for row in self.rows]


LentRows = list[tuple[str, Mapping[str, str]]]
"""Rows of a lent list: (key, text by field)."""


class LentRow(Node):
    """A row of a lent list; its fields become nodes when an expression reads them."""

    __slots__ = ("_made", "values")

    def __init__(self, item_name: str, parent: Node, values: Mapping[str, str]) -> None:
        self._made: dict[str, Node] = {}
        self.values = values
        super().__init__(ELEMENT, item_name, parent)

    @property
    def children(self) -> list[Node]:
        """All fields as nodes."""
        return [self._field(name) for name in self.values]

    @children.setter
    def children(self, _nodes: list[Node]) -> None:
        """Fields are the children; Node's own constructor sets an empty list."""

    def _field(self, name: str) -> Node:
        node = self._made.get(name)
        if node is None:
            node = self._made[name] = leaf(name, self.values[name], self)
        return node

    def first_named(self, qualified: str) -> Node | None:
        """The field of that name."""
        return self._field(qualified) if qualified in self.values else None

    def all_named(self, qualified: str) -> list[Node]:
        """The field of that name, in a list."""
        return [self._field(qualified)] if qualified in self.values else []


class LentTable(Node):
    """A list that stays where it is (in a register): rows are looked up when an expression asks for them.

    `find` answers equalities, `everything` gives all rows; a row once met stays as it was met, so that one filling
    sees one state of it.
    """

    __slots__ = ("_everything", "_find", "_found", "_met", "_whole", "item_name")

    def __init__(
        self,
        find: Callable[[tuple[str, ...], tuple[str, ...]], LentRows],
        everything: Callable[[], LentRows],
        item_name: str = "item",
    ) -> None:
        self._find = find
        self._everything = everything
        self._found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Node]] = {}
        self._met: dict[str, LentRow] = {}
        self._whole: list[Node] | None = None
        self.item_name = item_name
        super().__init__(ELEMENT, "root")

    @property
    def children(self) -> list[Node]:
        """The rows met so far: enough to put nodes in order."""
        return list(self._met.values())

    @children.setter
    def children(self, _nodes: list[Node]) -> None:
        """Rows are the children; Node's own constructor sets an empty list."""

    def find(self, fields: tuple[str, ...], values: tuple[str, ...]) -> list[Node]:
        """The rows whose fields have these values, in the list's order."""
        handle = (fields, values)
        found = self._found.get(handle)
        if found is None:
            found = self._found[handle] = [self._row(key, row) for key, row in self._find(fields, values)]
        return found

    def all_named(self, qualified: str) -> list[Node]:
        """All rows, when that is their name."""
        if qualified != self.item_name:
            return []
        if self._whole is None:
            self._whole = [self._row(key, row) for key, row in self._everything()]
        return self._whole

    def elements(self) -> list[Node]:
        """All rows."""
        return self.all_named(self.item_name)

    def _row(self, key: str, values: Mapping[str, str]) -> LentRow:
        row = self._met.get(key)
        if row is None:
            row = self._met[key] = LentRow(self.item_name, self, values)
        return row


def lent(
    name: str,
    find: Callable[[tuple[str, ...], tuple[str, ...]], LentRows],
    everything: Callable[[], LentRows],
) -> Node:
    """A list that is looked up where it lies, as `instance('name')`."""
    return instance_node(name, LentTable(find, everything))


def leaf(qualified: str, text: str, parent: Node | None = None) -> Node:
    """An element with text and no children."""
    prefix, _, local = qualified.rpartition(":")
    node = Node(ELEMENT, local, parent, text)
    node.prefix = prefix
    return node


def instance_node(name: str, content: Node) -> Node:
    """What `instance('name')` gives: an element around the list's root."""
    holder = Node(ELEMENT, "instance")
    identifier = Node(ATTRIBUTE, "id", holder, name)
    holder.attributes.append(identifier)
    holder.append(content)
    document = Node(DOCUMENT)
    document.append(holder)
    return holder


def from_element(root: ET.Element, prefixes: dict[str, str]) -> Node:
    """A list's root element as a table when it is flat, as plain nodes otherwise."""
    table = _flat_table(root, prefixes)
    return table if table is not None else to_node(root, prefixes, None)


def _flat_table(root: ET.Element, prefixes: dict[str, str]) -> ItemTable | None:
    items = reader.elements(root)
    if len(items) < 2 or root.attrib:
        return None
    tag = items[0].tag
    fields: dict[str, int] = {}
    rows: list[tuple[str | None, ...]] = []
    for item in items:
        if item.tag != tag or item.attrib or (item.text and item.text.strip()):
            return None
        row: dict[int, str] = {}
        for cell in item:
            if not reader.is_element(cell):
                continue
            if len(cell) or cell.attrib:
                return None
            at = fields.setdefault(cell.tag, len(fields))
            if at in row:
                return None
            row[at] = cell.text or ""
        rows.append(tuple(row.get(at) for at in range(len(fields))))
    width = len(fields)
    rows = [row if len(row) == width else row + (None,) * (width - len(row)) for row in rows]
    names = tuple(reader.qualified(field, prefixes) for field in fields)
    table = ItemTable(reader.local_name(root), reader.qualified(tag, prefixes), names, rows)
    table.uri = reader.split_tag(root.tag)[0]
    return table


def to_node(element: ET.Element, prefixes: dict[str, str], parent: Node | None) -> Node:
    """Any element as nodes; blank text between elements is dropped."""
    uri, local = reader.split_tag(element.tag)
    node = Node(ELEMENT, local, parent)
    node.uri = uri
    node.prefix = prefixes.get(uri, "") if uri else ""
    for key, value in element.attrib.items():
        attribute_uri, name = reader.split_tag(key)
        found = Node(ATTRIBUTE, name, node, value)
        found.uri = attribute_uri
        found.prefix = prefixes.get(attribute_uri, "") if attribute_uri else ""
        node.attributes.append(found)
    inner = reader.elements(element)
    if not inner:
        node.text = element.text or ""
        return node
    if element.text and element.text.strip():
        node.append(Node(TEXT, "", node, element.text))
    for found_element in inner:
        node.append(to_node(found_element, prefixes, node))
        if found_element.tail and found_element.tail.strip():
            node.append(Node(TEXT, "", node, found_element.tail))
    return node


def from_attachment(file_name: str, content: str) -> Node:
    """An attached CSV, XML or GeoJSON file as a list's root. Raises FormError when it cannot be read."""
    lowered = file_name.lower()
    if lowered.endswith(".csv"):
        return from_csv(content, file_name)
    if lowered.endswith((".geojson", ".json")):
        return from_geojson(content, file_name)
    root, prefixes = reader.read_xml(content)
    return from_element(root, prefixes)


def from_csv(content: str, file_name: str) -> ItemTable:
    """A CSV table; the first line names the columns, the separator is a comma, semicolon or tab."""
    text = content.removeprefix("\ufeff")
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first_line.count) if first_line else ","
    csv.field_size_limit(10_000_000)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(lines, [])
        rows: list[tuple[str | None, ...]] = []
        for line in lines:
            if len(rows) >= ROW_LIMIT:
                raise FormError(f"附表 {file_name} 超过 {ROW_LIMIT} 行，未读入。")
            rows.append(tuple(line[at] if at < len(line) else "" for at in range(len(header))))
    except csv.Error as error:
        raise FormError(f"附表 {file_name} 不是完好的 CSV 文件：第 {lines.line_num} 行读不出。") from error
    return ItemTable("root", "item", tuple(header), rows)


def from_rows(name: str, fields: Sequence[str], rows: Iterable[Sequence[str]]) -> Node:
    """A list given by the program (households, persons, villages of the register) as `instance('name')`."""
    table = ItemTable("root", "item", tuple(fields), [tuple(row) for row in rows])
    return instance_node(name, table)


def from_geojson(content: str, file_name: str) -> Node:
    """A GeoJSON feature collection: one item a feature, its properties and `geometry` as OpenRosa text."""
    try:
        data = json.loads(content)
        features = data["features"]
        if data.get("type") != "FeatureCollection" or not isinstance(features, list):
            raise KeyError("features")
    except (ValueError, KeyError, TypeError) as error:
        raise FormError(f"附表 {file_name} 不是完好的 GeoJSON 要素集。") from error
    root = Node(ELEMENT, "root")
    for feature in features:
        item = Node(ELEMENT, "item", root)
        item.append(leaf("geometry", _geometry_text(feature.get("geometry") or {})))
        properties: dict[str, Any] = dict(feature.get("properties") or {})
        if "id" not in properties and feature.get("id") is not None:
            properties["id"] = feature["id"]
        for name, value in properties.items():
            item.append(leaf(name, "" if value is None else str(value)))
        root.append(item)
    return root


def _geometry_text(geometry: dict[str, Any]) -> str:
    coordinates = geometry.get("coordinates") or []
    kind = geometry.get("type")
    if kind == "Point":
        return _point_text(coordinates)
    line = coordinates[0] if kind == "Polygon" and coordinates else coordinates
    return "; ".join(_point_text(point) for point in line)


def _point_text(point: list[float]) -> str:
    return f"{point[1]} {point[0]} 0 0" if len(point) >= 2 else ""
