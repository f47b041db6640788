"""The answers of a form's finished visits as tables: one row a visit, a table for each repeat, as ODK lays them out.

Numbers of people are masked unless asked: the fields that are saved to such columns, and whatever has the form of an
ID number in any other text.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from desktop.app.records.attaching import ANSWERS
from desktop.app.records.masking import PERSONAL
from desktop.app.visits.forms import FormInfo, load_form_of
from desktop.app.visits.lending import ORDER
from desktop.app.visits.past_visits import XML_MIME
from desktop.app.workspace import Workspace
from desktop.common.errors import XiangceError
from desktop.common.idnumber import mask_id, mask_text
from desktop.survey.session.choices import item_label
from desktop.survey.session.session import Session
from desktop.survey.xform import reader
from desktop.survey.xform.model import Control, Form, Names, NodeDef

LIVE = "removed=0 AND canonical_id IS NULL"
ABOUT = ("SubmissionDate", "SubmitterName", "FormVersion")
"""Columns before the answers, with the names ODK Central gives them."""
KEY, PARENT_KEY = "KEY", "PARENT_KEY"
_IDENTIFIER = re.compile(r"(uuid:)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AnswerColumn:
    """One question or formula. `name` is ODK's (`group-field`), `short` fits statistics programs."""

    name: str
    short: str
    path: Names
    label: str
    data_type: str
    kind: str
    """`text`, `integer`, `decimal`, `date`, `datetime`, `select`, `multiple`."""
    choices: tuple[tuple[str, str], ...] = ()
    """(code, word) of the choices the form itself lists."""
    personal: bool = False


@dataclass
class AnswerTable:
    """A table of answers: the visits (`repeat` empty), or the instances of a repeat."""

    repeat: Names
    columns: list[AnswerColumn]
    rows: list[dict[Names, str]] = field(default_factory=list)
    about: list[tuple[str, ...]] = field(default_factory=list)
    """For visits date, who, version, key; for a repeat the parent's key and its own."""

    @property
    def name(self) -> str:
        """The repeat's name, '' for the visits."""
        return self.repeat[-1] if self.repeat else ""

    @property
    def about_columns(self) -> tuple[str, ...]:
        """Names of the columns that say where a row belongs."""
        return (PARENT_KEY, KEY) if self.repeat else (*ABOUT, KEY)


@dataclass(frozen=True)
class Answered:
    """A finished visit with its answers."""

    visit_id: str
    xml: str
    who: str
    at: str
    """When it was finished, UTC, ISO 8601."""
    version: str


def answered_visits(ws: Workspace, form_id: str, progress: Progress | None = None) -> Iterator[Answered]:
    """The finished visits of a form in order, each with its latest answers; those whose answers are not here are left
    out.
    """
    read = ws.register.read_attachment
    if read is None:
        return
    with ws.register.reading() as sql:
        latest: dict[str, str] = dict(
            sql.rows(
                "SELECT a.record_id,a.sha256 FROM attachment a JOIN visit v ON v.id=a.record_id "
                "WHERE v.form_id=? AND v.removed=0 AND v.canonical_id IS NULL AND a.kind=? AND a.mime=? "
                "AND a.removed=0 AND a.canonical_id IS NULL ORDER BY a.id",
                (form_id, ANSWERS, XML_MIME),
            )
        )
        rows = sql.rows(
            f"SELECT id,visitors,ended_at,form_version FROM visit WHERE form_id=? AND {LIVE} "
            "ORDER BY visited_at,ended_at,id",
            (form_id,),
        )
    for done, (visit, who, at, version) in enumerate(rows, 1):
        digest = latest.get(visit)
        if digest is not None:
            try:
                content = read(digest)
            except XiangceError:
                content = b""
            if content:
                yield Answered(visit, content.decode("utf-8"), who or "", at or "", version or "")
        if progress is not None and done % 50 == 0:
            progress(done, len(rows))


def answer_tables(
    ws: Workspace, info: FormInfo, *, with_id: bool = False, progress: Progress | None = None
) -> list[AnswerTable]:
    """All finished visits of a form as tables, the visits first."""
    form = load_form_of(ws, info)
    tables = empty_tables(form)
    by_repeat = {table.repeat: table for table in tables}
    columns = {column.path: column for table in tables for column in table.columns}
    for answered in answered_visits(ws, info.form_id, progress):
        root, _ = reader.read_xml(answered.xml)
        key = _instance_id(root) or answered.visit_id
        main = by_repeat[()]
        row: dict[Names, str] = {}
        main.rows.append(row)
        main.about.append((answered.at, answered.who, answered.version, key))
        _read(root, (form.root.path[0],), row, key, by_repeat, columns, with_id)
    return tables


def empty_tables(form: Form) -> list[AnswerTable]:
    """The tables of a form without rows: which columns, in the form's order."""
    session = Session(form)
    found: dict[Names, AnswerTable] = {(): AnswerTable((), [])}
    for definition in form.nodes.values():
        if definition.repeat is not None:
            found.setdefault(definition.path, AnswerTable(definition.path, []))
    for definition in form.nodes.values():
        if definition.children or definition.name.startswith("@") or _is_meta(definition):
            continue
        control = form.questions.get(definition.path)
        if control is None and definition.bind.calculate is None and not definition.bind.preload:
            continue
        shown_only = control is not None and control.kind == "input" and definition.bind.readonly is True
        if shown_only and definition.bind.calculate is None:
            continue  # a note says something and asks nothing
        repeat = definition.path[: definition.depth_of_repeat()]
        table = found[repeat]
        table.columns.append(_column(session, definition, control, len(repeat) or 1))
    tables = list(found.values())
    for table in tables:
        _name_short(table.columns)
    return [table for table in tables if table.columns or not table.repeat]


def masked_answer(column: AnswerColumn | None, text: str) -> str:
    """An answer as it may leave: numbers of people masked, identifiers of records left."""
    if column is not None and column.personal:
        return mask_id(text)
    return text if _IDENTIFIER.fullmatch(text) else mask_text(text)


def _read(
    element: ET.Element, here: Names, row: dict[Names, str], key: str, tables: Mapping[Names, AnswerTable],
    columns: Mapping[Names, AnswerColumn], with_id: bool,
) -> None:  # fmt: skip
    counts: dict[str, int] = {}
    for child in reader.elements(element):
        name = reader.local_name(child)
        path = (*here, name)
        table = tables.get(path)
        if table is not None:
            counts[name] = counts.get(name, 0) + 1
            own = f"{key}/{name}[{counts[name]}]"
            inner: dict[Names, str] = {}
            table.rows.append(inner)
            table.about.append((key, own))
            _read(child, path, inner, own, tables, columns, with_id)
        elif len(reader.elements(child)):
            if name != "meta":
                _read(child, path, row, key, tables, columns, with_id)
        elif child.text and path in columns:
            row[path] = child.text if with_id else masked_answer(columns[path], child.text)


def _instance_id(root: ET.Element) -> str:
    for meta in reader.elements(root):
        if reader.local_name(meta) == "meta":
            for inner in reader.elements(meta):
                if reader.local_name(inner) == "instanceID":
                    return inner.text or ""
    return ""


def _is_meta(definition: NodeDef) -> bool:
    return any(name.rpartition(":")[2] == "meta" for name in definition.path)


def _column(session: Session, definition: NodeDef, control: Control | None, below: int) -> AnswerColumn:
    node = next((n for n in session.root.subtree() if n.definition is definition), session.root)
    label = session.texts.shown(control.label, node) if control is not None else None
    kind = {"int": "integer", "integer": "integer", "decimal": "decimal", "date": "date", "dateTime": "datetime"}.get(
        definition.bind.data_type, "text"
    )
    choices: tuple[tuple[str, str], ...] = ()
    if control is not None and control.kind in ("select1", "select", "rank"):
        kind = "select" if control.kind == "select1" else "multiple"
        choices = listed_choices(session, control)
    words = set(control.appearance.split()) if control is not None else set()
    personal = definition.bind.saveto in PERSONAL or "id-number" in words or definition.name in PERSONAL
    return AnswerColumn(
        "-".join(part.rpartition(":")[2] for part in definition.path[below:]), "", definition.path,
        " ".join((label or "").split()), definition.bind.data_type, kind, choices, personal,
    )  # fmt: skip


def listed_choices(session: Session, control: Control) -> tuple[tuple[str, str], ...]:
    """(code, word) of all choices that the form itself lists for a question; none for those of the register."""
    if control.itemset is None:
        return tuple((c.value, session.texts.shown(c.label, session.root) or c.value) for c in control.choices)
    source = control.itemset.nodes.source.replace('"', "'")
    found = re.search(r"instance\('([^']+)'\)", source)
    if found is None or found[1] in ORDER or found[1] not in session.form.instances:
        return ()
    holder = session.form.instances[found[1]].elements()
    items = holder[0].elements() if holder else []
    out = []
    for item in items:
        value = item.first_named(control.itemset.value)
        if value is not None:
            label, _ = item_label(session, control.itemset, item, session.root)
            out.append((value.string_value(), label or value.string_value()))
    return tuple(dict.fromkeys(out))


def _name_short(columns: list[AnswerColumn]) -> None:
    """Names for statistics programs: ASCII, at most 32 characters, unique whatever the case."""
    used: set[str] = {name.lower() for name in (*ABOUT, KEY, PARENT_KEY)}
    for at, column in enumerate(columns):
        base = re.sub(r"[^A-Za-z0-9_]", "_", column.path[-1].rpartition(":")[2])
        base = (base if base[:1].isalpha() else f"v_{base}")[:28]
        name, number = base, 1
        while name.lower() in used:
            number += 1
            name = f"{base}_{number}"
        used.add(name.lower())
        columns[at] = AnswerColumn(
            column.name, name, column.path, column.label, column.data_type, column.kind, column.choices,
            column.personal,
        )  # fmt: skip
