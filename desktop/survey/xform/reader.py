"""Reads XForm text quickly and safely, and keeps the prefixes that expressions use."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from desktop.survey.xform.model import FormError

XFORMS = "http://www.w3.org/2002/xforms"
XHTML = "http://www.w3.org/1999/xhtml"
JAVAROSA = "http://openrosa.org/javarosa"
ODK = "http://www.opendatakit.org/xforms"
OPENROSA = "http://openrosa.org/xforms"
ENTITIES = "http://www.opendatakit.org/xforms/entities"

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes of XForm text; the largest real ones have about 20 MB."""

_DECLARED = re.compile(r"""\sxmlns(?::([\w.\-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def read_xml(source: str) -> tuple[ET.Element, dict[str, str]]:
    """The root element, and prefixes by namespace. Raises FormError for broken or dangerous XML."""
    if len(source) > SIZE_LIMIT:
        raise FormError(f"表单文件有 {len(source) // 1_000_000} MB，超过 64 MB，未读入。")
    if "<!ENTITY" in source:
        raise FormError("表单文件里声明了 XML 实体，出于安全不读入。")
    text = source.lstrip("\ufeff \t\r\n")
    if text.startswith("<?xml"):
        # the text is decoded already; an encoding it names would be wrong
        text = text[text.index("?>") + 2 :] if "?>" in text else text
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        line, column = error.position
        raise FormError(f"表单文件的 XML 在第 {line} 行第 {column + 1} 列处写错，未读入。") from error
    prefixes: dict[str, str] = {}
    for prefix, double, single in _DECLARED.findall(text):
        uri = double or single
        # the first prefix wins, but a real prefix stands before the default namespace
        if uri not in prefixes or (prefixes[uri] == "" and prefix and uri != XFORMS):
            prefixes[uri] = prefix
    prefixes[XFORMS] = ""
    return root, prefixes


def split_tag(tag: str) -> tuple[str, str]:
    """(namespace, local name) of ElementTree's `{uri}local`."""
    if tag[:1] == "{":
        uri, _, local = tag[1:].partition("}")
        return uri, local
    return "", tag


def is_element(node: ET.Element) -> bool:
    """Whether a node is an element; comments and instructions carry a function where elements carry their name."""
    tag: object = node.tag
    return isinstance(tag, str)


def local_name(element: ET.Element) -> str:
    """The name without namespace; '' for comments."""
    return split_tag(element.tag)[1] if is_element(element) else ""


def qualified(tag: str, prefixes: dict[str, str]) -> str:
    """The name as expressions write it."""
    uri, local = split_tag(tag)
    prefix = prefixes.get(uri, "") if uri else ""
    return f"{prefix}:{local}" if prefix else local


def child(element: ET.Element | None, name: str) -> ET.Element | None:
    """The first child of that local name."""
    if element is not None:
        for found in element:
            if local_name(found) == name:
                return found
    return None


def elements(element: ET.Element) -> list[ET.Element]:
    """Child elements, comments left out."""
    return [found for found in element if is_element(found)]


def attribute(element: ET.Element, name: str, uri: str = JAVAROSA) -> str | None:
    """An attribute by local name and namespace."""
    return element.get(f"{{{uri}}}{name}")
