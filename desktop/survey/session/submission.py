"""The instance as XML: the submission other ODK tools read, and the snapshot a saved visit is opened from again."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session
from desktop.survey.xform import reader
from desktop.survey.xform.model import Form, FormError, NodeDef, Seed


def submission_xml(session: Session) -> str:
    """XForms instance XML of what is relevant, on one line, namespaces declared at the root."""
    return "".join(_element(session, session.root, relevant_only=True, root=True))


def snapshot_xml(session: Session) -> str:
    """The whole instance, irrelevant answers included."""
    return "".join(_element(session, session.root, relevant_only=False, root=True))


def _element(session: Session, node: FormNode, *, relevant_only: bool, root: bool = False) -> Iterable[str]:
    name = node.definition.name
    yield f"<{name}"
    if root:
        yield from _namespaces(session, node)
    ruled = {attribute.definition.name.lstrip("@"): attribute for attribute in node.ruled_attributes()}
    for key, uri, value in node.extra_attributes:
        if uri == reader.JAVAROSA and key.endswith("template"):
            continue
        attribute = ruled.pop(key, None)
        yield f" {key}={quoteattr(value if attribute is None else attribute.text)}"
    for key, attribute in ruled.items():
        yield f" {key}={quoteattr(attribute.text)}"
    children = [child for child in node.form_children() if child.relevant or not relevant_only]
    if children:
        yield ">"
        for child in children:
            yield from _element(session, child, relevant_only=relevant_only)
        yield f"</{name}>"
    elif node.text and (node.relevant or not relevant_only):
        yield f">{escape(unicodedata.normalize('NFC', node.text))}</{name}>"
    else:
        yield "/>"


def _namespaces(session: Session, root: FormNode) -> Iterable[str]:
    used: dict[str, str] = {}
    for node in root.subtree():
        prefix = node.definition.name.lstrip("@").partition(":")[0] if ":" in node.definition.name else ""
        if prefix:
            used[prefix] = node.uri or session.form.namespaces.get(prefix, "")
        for key, uri, _ in node.extra_attributes:
            if ":" in key and uri != reader.JAVAROSA:
                used[key.partition(":")[0]] = uri
    known = {"orx": reader.OPENROSA}
    for prefix, uri in used.items():
        uri = uri or session.form.namespaces.get(prefix) or known.get(prefix, "")
        yield f" xmlns:{prefix}={quoteattr(uri)}"
    own = session.form.seed.definition.uri
    if own and own != reader.XFORMS:
        yield f" xmlns={quoteattr(own)}"


def seed_from_xml(form: Form, xml: str) -> Seed:
    """A saved instance as a seed for a session of this form.

    Nodes the form no longer has are left out; nodes the instance lacks are added from the form. Raises FormError
    when it belongs to another form.
    """
    element, prefixes = reader.read_xml(xml)
    prefixes = {**{uri: prefix for prefix, uri in form.namespaces.items()}, **prefixes}
    prefixes[form.root.uri] = ""
    if reader.local_name(element) != form.root.name.rpartition(":")[2]:
        raise FormError(f"这份答案属于另一张表单（{reader.local_name(element)}），不能用 {form.root.name} 打开。")
    return _seed(form.root, form.seed, element, prefixes)


def _seed(definition: NodeDef, original: Seed | None, element: object, prefixes: dict[str, str]) -> Seed:
    from xml.etree.ElementTree import Element

    assert isinstance(element, Element)
    attributes = tuple(
        (reader.qualified(key, prefixes), reader.split_tag(key)[0], value) for key, value in element.attrib.items()
    )
    seed = Seed(definition, attributes=attributes)
    if not definition.children:
        seed.text = element.text or ""
        return seed
    given: dict[tuple[str, str], list[Element]] = {}
    for inner in reader.elements(element):
        given.setdefault(_key(*reader.split_tag(inner.tag)), []).append(inner)
    originals: dict[NodeDef, Seed] = {}
    for child in original.children if original is not None else []:
        originals.setdefault(child.definition, child)
    for child_definition in definition.children:
        found = given.get(_key(child_definition.uri, child_definition.name.rpartition(":")[2]), [])
        template = originals.get(child_definition)
        if template is None and child_definition.repeat is not None:
            template = child_definition.repeat.template
        if child_definition.repeat is not None:
            seed.children.extend(_seed(child_definition, template, inner, prefixes) for inner in found)
        elif found:
            # a form may write one name twice without repeating it; nothing of that is lost
            seed.children.extend(_seed(child_definition, template, inner, prefixes) for inner in found)
        elif template is not None:
            seed.children.append(template)
    return seed


def _key(uri: str, name: str) -> tuple[str, str]:
    """A name for comparing nodes; saved answers may lack the default namespace of the form."""
    return (uri if uri in (reader.OPENROSA, reader.ENTITIES, reader.ODK) else "", name)


def edited_seed(form: Form, xml: str) -> Seed:
    """A finalised instance opened for correction: a new instanceID, the old one as deprecatedID (OpenRosa)."""
    seed = seed_from_xml(form, xml)
    meta = next((c for c in seed.children if c.definition.name.rpartition(":")[2] == "meta"), None)
    if meta is None:
        return seed
    identifier = next((c for c in meta.children if c.definition.name.rpartition(":")[2] == "instanceID"), None)
    if identifier is None or not identifier.text:
        return seed
    prefix = meta.definition.name.rpartition(":")[0]
    name = f"{prefix}:deprecatedID" if prefix else "deprecatedID"
    path = (*meta.definition.path, name)
    definition = form.nodes.get(path)
    if definition is None:
        definition = NodeDef(path, meta.definition, uri=meta.definition.uri, order=len(form.nodes))
        form.nodes[path] = definition
        meta.definition.children.append(definition)
    meta.children = [child for child in meta.children if child.definition is not definition]
    meta.children.append(Seed(definition, identifier.text))
    if identifier.definition.bind.preload == "uid" or identifier.definition.bind.calculate is not None:
        identifier.text = ""
    return seed


def mark_edited(session: Session) -> None:
    """Make a finished filling that was opened again a corrected one: a new instanceID, the old one as deprecatedID."""
    form = session.form
    identifier = next((n for n in session.root.subtree() if n.definition.name.rpartition(":")[2] == "instanceID"), None)
    if identifier is None or not identifier.text or identifier.parent is None:
        return
    meta = identifier.parent
    prefix = meta.definition.name.rpartition(":")[0]
    name = f"{prefix}:deprecatedID" if prefix else "deprecatedID"
    path = (*meta.definition.path, name)
    definition = form.nodes.get(path)
    if definition is None:
        definition = NodeDef(path, meta.definition, uri=meta.definition.uri, order=len(form.nodes))
        form.nodes[path] = definition
        meta.definition.children.append(definition)
    for old in list(meta.instances(name)):
        meta.remove(old)
    made = FormNode(definition, meta)
    made.text = identifier.text
    made.typed = identifier.text
    meta.add(made)
    identifier.text = f"uuid:{uuid.uuid4()}"
    identifier.typed = identifier.text
