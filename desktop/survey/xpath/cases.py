"""`xiangce eval`: evaluates expressions over XML, one JSON line in, one out; thousands in one process.

In: {id, xml, context, namespaces, expression, resultType, tz [, root, language]}.
Out: {id, type, value} or {id, error}.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable
from functools import lru_cache
from typing import IO, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.common.errors import XiangceError
from desktop.survey.xpath.compiler import Compiler, Scope
from desktop.survey.xpath.context import Context, Environment
from desktop.survey.xpath.parser import ExpressionError, parse
from desktop.survey.xpath.tree import (
    ATTRIBUTE,
    COMMENT,
    DOCTYPE,
    DOCUMENT,
    ELEMENT,
    PI,
    TEXT,
    Node,
    parse_xml,
)
from desktop.survey.xpath.values import Value, to_boolean, to_number, to_text

XFORMS_URI = "http://www.w3.org/2002/xforms"
"""The namespace of XForms elements, which unprefixed names in their expressions mean."""


def run_eval_cases(source: Iterable[str], target: IO[str]) -> int:
    """Evaluate every case of `source`, write one line each, and return how many there were."""
    count = 0
    for line in source:
        if not line.strip():
            continue
        target.write(json.dumps(evaluate_case(json.loads(line)), ensure_ascii=False) + "\n")
        count += 1
    return count


def evaluate_case(case: dict[str, Any]) -> dict[str, Any]:
    """The answer to one case; an expression that cannot be read or evaluated gives `error`."""
    name = case.get("id", "")
    try:
        value, root = _evaluate(case)
        return {"id": name, **_result(value, case.get("resultType") or "any", _zone(case.get("tz")), root)}
    except (XiangceError, RecursionError) as error:
        return {"id": name, "error": str(error) or type(error).__name__}


@lru_cache(maxsize=16)
def _document(xml: str) -> Node:
    return parse_xml(xml)


@lru_cache(maxsize=64)
def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ExpressionError(f"不认识时区“{name}”。") from error


def _evaluate(case: dict[str, Any]) -> tuple[Value, Node]:
    document = _document(case["xml"])
    namespaces: dict[str, str] = dict(case.get("namespaces") or {})
    node = _locate(document, case.get("context") or "/", namespaces)
    owner = node
    while owner.kind not in (ELEMENT, DOCUMENT) and owner.parent is not None:
        owner = owner.parent
    # what is in force at the context node stands before what the caller supposes, that before the rest of the document
    scope = {**_declared(document), **namespaces, **{key: uri for key, uri in owner.scope().items() if key}}
    root_path = case.get("root")
    root = _locate(document, root_path, namespaces) if root_path else None
    environment = Environment(
        zone=_zone(case.get("tz")),
        root=root,
        instances=_instances(document),
        namespaces=scope,
        random=random.Random(),
    )
    environment.itext = _itext(document, case.get("language"))
    expression = parse(case["expression"])
    compiler = Compiler(Scope(namespaces={**scope, "": XFORMS_URI}))
    closure = compiler.value(expression)
    return closure(Context(environment, node)), document


def _declared(document: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in document.descendants():
        for prefix, uri in (node.namespaces or {}).items():
            if prefix:
                found.setdefault(prefix, uri)
    return found


def _locate(document: Node, path: str, namespaces: dict[str, str]) -> Node:
    found = Compiler(Scope(namespaces=namespaces)).value(parse(path))(Context(Environment(), document))
    if not isinstance(found, list) or not found:
        raise ExpressionError(f"没有上下文节点：{path}")
    first: Node = found[0]
    return first


def _instances(document: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in document.descendants():
        if node.kind == ELEMENT and node.name == "instance":
            name = node.attribute("id")
            if name:
                found.setdefault(name, node)
    return found


def _itext(document: Node, language: str | None) -> Any:
    def find(name: str, _context: Context) -> list[Node]:
        translations = [n for n in document.descendants() if n.kind == ELEMENT and n.name == "translation"]
        chosen = [n for n in translations if n.attribute("lang") == language]
        if not chosen:
            chosen = [n for n in translations if n.attribute("default") is not None] or translations[:1]
        for translation in chosen[:1]:
            for text in translation.elements():
                if text.attribute("id") == name:
                    return [value for value in text.elements() if value.attribute("form") is None]
        return []

    return find


def _result(value: Value, wanted: str, zone: ZoneInfo, root: Node) -> dict[str, Any]:
    if wanted == "number":
        return {"type": "number", "value": _json_number(to_number(value, zone))}
    if wanted == "string":
        return {"type": "string", "value": to_text(value)}
    if wanted == "boolean":
        return {"type": "boolean", "value": to_boolean(value)}
    if wanted in ("nodeset", "first") and not isinstance(value, list):
        raise ExpressionError("表达式的值不是节点集。")
    if isinstance(value, list):
        nodes = value[:1] if wanted == "first" else value
        return {"type": "nodeset", "value": [_describe(node) for node in nodes], "ordered": True}
    if value is True or value is False:
        return {"type": "boolean", "value": value}
    if isinstance(value, float):
        return {"type": "number", "value": _json_number(value)}
    return {"type": "string", "value": to_text(value)}


def _json_number(value: float) -> float | int | str:
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value == int(value) and abs(value) < 2**53 else value


_KIND_NAMES = {DOCUMENT: "#document", TEXT: "#text", COMMENT: "#comment"}


def _describe(node: Node) -> dict[str, Any]:
    name = "#cdata-section" if node.kind == TEXT and node.cdata else _KIND_NAMES.get(node.kind, node.qualified_name)
    return {
        "path": node_path(node),
        "name": name,
        "value": None if node.kind in (DOCUMENT, DOCTYPE) else node.string_value(),
    }


def node_path(node: Node) -> str:
    """Where a node stands, as an XPath of positions: `/*[1]/*[2]/@id`."""
    parts: list[str] = []
    while node.parent is not None:
        parent = node.parent
        if node.kind == ATTRIBUTE:
            parts.append(f"@{node.qualified_name}")
        elif node.kind == DOCTYPE:
            parts.append(f"node()[{parent.children.index(node) + 1}]")
        else:
            test = {ELEMENT: "*", TEXT: "text()", COMMENT: "comment()", PI: "processing-instruction()"}[node.kind]
            place = 0
            for sibling in parent.children:
                if sibling.kind == node.kind:
                    place += 1
                if sibling is node:
                    break
            parts.append(f"{test}[{place}]")
        node = parent
    return "/" + "/".join(reversed(parts))
