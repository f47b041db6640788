"""OpenRosa metadata: every submission has `meta/instanceID`, also when the form forgot it."""

from __future__ import annotations

from desktop.survey.xform import reader
from desktop.survey.xform.model import Bind, Form, NodeDef, Seed


def ensure_meta(form: Form) -> None:
    """Give the form `orx:meta/orx:instanceID` when it has no instance id of its own."""
    root = form.root
    for child in root.children:
        if child.name.rpartition(":")[2] == "meta":
            if any(inner.name.rpartition(":")[2] == "instanceID" for inner in child.children):
                return
            _add_instance_id(form, child, child.name.rpartition(":")[0], form.seed)
            return
    prefix = "orx" if form.namespaces.get("orx") == reader.OPENROSA else ""
    name, uri = ("orx:meta", reader.OPENROSA) if prefix else ("meta", root.uri)
    meta = NodeDef((*root.path, name), root, uri=uri, order=len(form.nodes))
    form.nodes[meta.path] = meta
    root.children.append(meta)
    form.seed.children.append(Seed(meta))
    _add_instance_id(form, meta, prefix, form.seed)


def _add_instance_id(form: Form, meta: NodeDef, prefix: str, seed: Seed) -> None:
    name = f"{prefix}:instanceID" if prefix else "instanceID"
    node = NodeDef((*meta.path, name), meta, uri=meta.uri, order=len(form.nodes))
    node.bind = Bind(preload="uid")
    form.nodes[node.path] = node
    meta.children.append(node)
    for child in seed.children:
        if child.definition is meta:
            child.children.append(Seed(node))
