"""What a filled form writes to the registry: ODK entities, one record for each declaration and repeat instance.

Irrelevant answers are never written; a cleared answer and a formula without a result are None; what nobody touched
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session
from desktop.survey.xform.dependencies import CALCULATE
from desktop.survey.xform.model import EntityTarget, Names

_TRUE = frozenset(("1", "true", "true()"))


@dataclass(frozen=True, slots=True)
class EntityWrite:
    """One record to create or update. `source` is the path of the form part it comes from."""

    dataset: str
    entity_id: str
    action: str
    """"create" or "update"."""
    label: str
    source: str
    values: dict[str, str | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a value is missing, by property."""


def entity_writes(session: Session) -> list[EntityWrite]:
    """All records the filling writes now, in the order of the form."""
    found: list[EntityWrite] = []
    containers = {target.path[:-2] for target in session.form.entities}
    for target in session.form.entities:
        for node in _nodes(session.document, target.path):
            write = _write(session, target, node, containers)
            if write is not None:
                found.append(write)
    return found


def _reason_behind(session: Session, node: FormNode) -> str:
    """Why a formula that only carries an answer on gives nothing: the reason given at the question it reads."""
    if node.text or node.definition.bind.calculate is None or not session.reasons:
        return ""
    for names in _reads(session).get(node.definition.path, ()):
        if names not in session.form.questions:
            continue
        for question in session.actions.related(names, node):
            if not question.text and question.relevant and question.path() in session.reasons:
                return session.reasons[question.path()]
    return ""


def _reads(session: Session) -> dict[Names, tuple[Names, ...]]:
    """Formula → the fields it reads, the other way round than the plan has it."""
    form = session.form
    if form.reads is None:
        found: dict[Names, dict[Names, None]] = {}
        for definition, walks in form.plan.routes.items():
            for rule, _, _ in walks:
                if rule.kind == CALCULATE:
                    found.setdefault(rule.target.path, {})[definition.path] = None
        form.reads = {path: tuple(read) for path, read in found.items()}
    return form.reads


def row_identity(session: Session, node: FormNode) -> str:
    """The record a repeat instance (or the form) is about: the id its entity declaration gives, '' without one."""
    for target in session.form.entities:
        if target.path[:-2] == node.definition.path:
            for found in _nodes(node, target.path[-2:]):
                for attribute in found.ruled_attributes():
                    if attribute.definition.name.lstrip("@").rpartition(":")[2] == "id":
                        return attribute.text
    return ""


def _nodes(top: FormNode, names: Names) -> list[FormNode]:
    nodes = [top]
    for name in names:
        nodes = [child for node in nodes for child in node.instances(name)]
    return nodes


def _write(session: Session, target: EntityTarget, node: FormNode, containers: set[Names]) -> EntityWrite | None:
    if not node.relevant or node.parent is None or node.parent.parent is None:
        return None
    attributes = {name.rpartition(":")[2]: value for name, _, value in node.extra_attributes}
    attributes.update({a.definition.name.lstrip("@").rpartition(":")[2]: a.text for a in node.ruled_attributes()})
    creates = attributes.get("create", "").strip().lower() in _TRUE
    updates = attributes.get("update", "").strip().lower() in _TRUE
    if not creates and not updates:
        return None
    container = node.parent.parent
    values: dict[str, str | None] = {}
    reasons: dict[str, str] = {}
    for field_node in container.subtree():
        name = field_node.definition.bind.saveto
        if not name or not field_node.relevant or _owner(field_node, containers) is not container:
            continue
        path = field_node.path()
        reason = session.reasons.get(path) or _reason_behind(session, field_node)
        if reason:
            reasons[name] = reason
        if field_node.text:
            values[name] = field_node.text
        elif path in session.touched or field_node.definition.bind.calculate is not None:
            # a formula that now gives nothing says so: who left school has no student status any more
            values[name] = None
    label = node.first_named("label")
    return EntityWrite(
        dataset=target.dataset,
        entity_id=attributes.get("id", ""),
        action="update" if updates else "create",
        label="" if label is None else label.string_value(),
        source=container.path(),
        values=values,
        reasons=reasons,
    )


def _owner(node: FormNode, containers: set[Names]) -> FormNode | None:
    """The innermost part of the form that declares an entity around a field."""
    current: FormNode | None = node.parent
    while current is not None:
        if current.definition.path in containers:
            return current
        current = current.parent
    return None
