"""Finished visits: of a household, an asset or a village; their answers; who changed what afterwards."""

from __future__ import annotations

import itertools
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desktop.app.records.attaching import ANSWERS as SUBMISSION
from desktop.app.records.details import history_lines
from desktop.app.records.survey_records import CORRECTION
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError, XiangceError
from desktop.registry.labels import table_label
from desktop.registry.survey_identity import SURVEY_RECORDS
from desktop.registry.visit import Visit
from desktop.store.database import Sql
from desktop.store.operations import INSERT
from desktop.store.provenance import units_by_id
from desktop.survey.session.entities import row_identity
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import AnswerRefused, Session
from desktop.survey.xform import reader

LIVE = "removed=0 AND canonical_id IS NULL"
XML_MIME, STATE_MIME = "application/xml", "application/json"
COLUMN_OF_SUBJECT = {"household": "household_id", "asset": "asset_id", "division": "division_code"}


@dataclass(frozen=True)
class PastVisit:
    """A finished visit in a list. `finished_at` is local; `corrections` counts the corrections since."""

    id: str
    form_id: str
    title: str
    form_version: str
    visited_at: str
    mode: str
    visitors: str
    result: str
    who: str
    finished_at: datetime | None
    corrections: int
    in_conflict: bool


@dataclass(frozen=True)
class AuditLine:
    """One change that a visit or its correction made: of a record's field, or of an answer (`table` is `answer`)."""

    when: datetime
    who: str
    reason: str
    table: str
    record: str
    record_id: str
    field: str
    before: str
    after: str
    unit_id: str


@dataclass(frozen=True)
class Submission:
    """The answers of a finished visit as they were attached: XML for the world, the state for going on."""

    xml: str
    state: Mapping[str, Any]
    digest: str


def past_visits(ws: Workspace, table: str, row_id: str) -> list[PastVisit]:
    """The finished visits of a household, an asset or a village (by division id), newest first."""
    column = COLUMN_OF_SUBJECT.get(table)
    if column is None:
        raise UsageError(f"{table_label(table)}没有走访记录。")
    with ws.register.reading() as sql:
        where = f"{column}=?"
        if table == "division":
            row_id = str(sql.scalar("SELECT code FROM division WHERE id=?", (row_id,)) or row_id)
            where += " AND household_id IS NULL AND asset_id IS NULL"
        rows = sql.rows(
            "SELECT id,form_id,title,form_version,visited_at,mode,visitors,result,in_conflict FROM visit "
            f"WHERE {where} AND {LIVE} ORDER BY visited_at DESC,id DESC",
            (row_id,),
        )
        out = []
        for r in rows:
            units = _units(sql, r[0])
            first = units[0] if units else None
            out.append(
                PastVisit(
                    id=r[0],
                    form_id=r[1] or "",
                    title=r[2] or "",
                    form_version=r[3] or "",
                    visited_at=r[4] or "",
                    mode=r[5] or "",
                    visitors=r[6] or "",
                    result=r[7] or "",
                    who=first[1] if first else "",
                    finished_at=_local(first[3]) if first else None,
                    corrections=max(0, len(units) - 1),
                    in_conflict=bool(r[8]),
                )
            )
        return out


def visit_audit(ws: Workspace, visit_id: str) -> list[AuditLine]:
    """Everything a visit and its corrections wrote, in order: who, when, why, which field, before and after."""
    with ws.register.reading() as sql:
        units = {bytes(u[0]).hex(): u for u in _units(sql, visit_id)}
        touched = dict.fromkeys(
            (tbl, row) for unit in units.values() for _, tbl, row in _operations(sql, unit[0])
        )
    if not units:
        raise UsageError("没有这次走访，或它的经过不在本册。")
    out: list[AuditLine] = []
    by_id = ws.register.schema.by_id
    by_hand = _corrections_by_hand(ws, visit_id, touched)
    for number, row in touched:
        spec = by_id.get(number)
        if spec is None or spec.name == "attachment":
            continue
        values = ws.register.row(spec.name, row.hex()) or {}
        record = str(values.get("name") or values.get("head_name") or values.get("period") or values.get("title") or "")
        for line in history_lines(ws, spec.name, row.hex()):
            if line.unit_id in units or line.unit_id in by_hand:
                out.append(
                    AuditLine(line.when, line.who, line.reason, spec.name, record, row.hex(), line.what, line.old,
                              line.new, line.unit_id)
                )
    out += _answer_changes(ws, visit_id)
    out += _left_out(ws, visit_id)
    return sorted(out, key=lambda line: line.when)


def _corrections_by_hand(ws: Workspace, visit_id: str, rows: Iterable[tuple[int, bytes]]) -> set[str]:
    """Units of work that changed at the desk what this visit had written."""
    by_id = ws.register.schema.by_id
    said = {
        bytes.fromhex(entry.unit_id)
        for number, row in rows
        if number in by_id and by_id[number].name in SURVEY_RECORDS
        for entry in ws.register.history(by_id[number].name, row.hex())
    }
    with ws.register.reading() as sql:
        units = units_by_id(sql, said)
    return {unit.hex() for unit, found in units.items() if found.source == f"{CORRECTION}{visit_id}"}


def submissions_of(ws: Workspace, visit_id: str) -> list[Submission]:
    """The answers of a visit, those of the first finishing first, the latest correction's last."""
    read = ws.register.read_attachment
    if read is None:
        return []
    with ws.register.reading() as sql:
        rows = sql.rows(
            f"SELECT sha256,mime FROM attachment WHERE record_id=? AND kind=? AND {LIVE} ORDER BY id",
            (visit_id, SUBMISSION),
        )
    found: list[Submission] = []
    state: Mapping[str, Any] = {}
    for digest, mime in rows:
        data = read(str(digest))
        if mime == STATE_MIME:
            state = json.loads(data)
        else:
            found.append(Submission(data.decode("utf-8"), state, str(digest)))
            state = {}
    return found


def made_by(ws: Workspace, visit_id: str) -> set[tuple[str, str]]:
    """(table, id) of the records that a visit and its corrections made."""
    with ws.register.reading() as sql:
        by_id = ws.register.schema.by_id
        return {
            (by_id[tbl].name, row.hex())
            for unit, *_ in _units(sql, visit_id)
            for kind, tbl, row in _operations(sql, unit)
            if kind == INSERT and tbl in by_id
        }


class PreviousAnswers(Mapping[str, str]):
    """Answers of the last finished visit with the same form and subject, by path of the question as it stands now.

    Rows of a repeat are matched by the record they are about, not by their place. Read when first asked.
    """

    def __init__(self, ws: Workspace, session: Session, form_id: str, before: str = "") -> None:
        self._ws = ws
        self._session = session
        self._form_id = form_id
        self._before = before
        self._subject: tuple[str, str] | None = None
        self._old: dict[tuple[str, ...], str] | None = None
        self.visit_id = ""
        """The visit they come from; '' when there is none (known after the first look)."""
        self._visit: PastVisit | None = None

    def about(self, table: str | None, row_id: str | None) -> None:
        """Whom the visit is about, when that becomes known."""
        self._subject = (table, row_id) if table and row_id else None
        self._old = None

    def source(self) -> PastVisit | None:
        """The visit they come from, None when there is none."""
        self._answers()
        return self._visit

    def __getitem__(self, path: str) -> str:
        try:
            node = self._session.node(path)
        except AnswerRefused:
            raise KeyError(path) from None
        return self._answers()[_key(self._session, node)]

    def __iter__(self) -> Iterator[str]:
        old = self._answers()
        if not old:
            return
        for node in self._session.root.subtree():
            if not node.definition.children and _key(self._session, node) in old:
                yield node.path()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _answers(self) -> dict[tuple[str, ...], str]:
        if self._old is None:
            self._old = self._read()
        return self._old

    def _read(self) -> dict[tuple[str, ...], str]:
        self.visit_id, self._visit = "", None
        if self._subject is None:
            return {}
        for visit in past_visits(self._ws, *self._subject):
            if visit.form_id != self._form_id or visit.id == self._before:
                continue
            try:
                found = submissions_of(self._ws, visit.id)
            except XiangceError:
                continue  # the file is not on this machine; an older visit's may be
            if found:
                self.visit_id, self._visit = visit.id, visit
                return answers_of(found[-1].xml)
        return {}


def previous_answers(ws: Workspace, session: Session, form_id: str, subject: tuple[str | None, str | None],
                     before: str = "") -> PreviousAnswers:  # fmt: skip
    """The answers of the last visit about a subject (`before`: leave this visit out)."""
    found = PreviousAnswers(ws, session, form_id, before)
    found.about(*subject)
    return found


def answers_of(xml: str) -> dict[tuple[str, ...], str]:
    """The answers of a submission by names; a repeat row's name carries the record it is about, or its place."""
    root, _ = reader.read_xml(xml)
    found: dict[tuple[str, ...], str] = {}
    _collect(root, (reader.local_name(root),), found)
    return found


def _collect(element: ET.Element, here: tuple[str, ...], found: dict[tuple[str, ...], str]) -> None:
    inner = reader.elements(element)
    if not inner:
        if element.text:
            found[here] = element.text
        return
    places: dict[str, int] = {}
    for child in inner:
        name = reader.local_name(child)
        if name == "meta":
            continue
        places[name] = places.get(name, 0) + 1
        identity = _identity(child)
        _collect(child, (*here, f"{name}#{identity}" if identity else f"{name}[{places[name]}]"), found)


def _identity(element: ET.Element) -> str:
    for meta in reader.elements(element):
        if reader.local_name(meta) == "meta":
            for entity in reader.elements(meta):
                if reader.local_name(entity) == "entity":
                    return entity.get("id", "").replace("-", "")
    return ""


def _key(session: Session, node: FormNode) -> tuple[str, ...]:
    parts: list[str] = []
    current: FormNode | None = node
    while current is not None and current.definition.path:
        name = current.definition.name.rpartition(":")[2]
        if current.definition.parent is None:
            parts.append(name)
        elif current.definition.children:
            identity = row_identity(session, current).replace("-", "")
            parts.append(f"{name}#{identity}" if identity else f"{name}[{current.position}]")
        else:
            parts.append(f"{name}[{current.position if current.definition.repeat is not None else 1}]")
        current = current.parent
    return tuple(reversed(parts))


def _units(sql: Sql, visit_id: str) -> list[tuple[bytes, str, str, int]]:
    """(unit, who, reason, at ms) of a visit's finishing and corrections, oldest first: each wrote to its row."""
    return [
        (bytes(unit), who, reason, int(at))
        for unit, who, reason, at in sql.rows(
            "SELECT DISTINCT u.unit_id,u.who,u.reason,u.at_ms FROM op o JOIN unit u ON u.unit_id=o.unit "
            "WHERE o.tbl=? AND o.row_id=? AND u.source=? ORDER BY u.at_ms,u.unit_id",
            (Visit.register_id, bytes.fromhex(visit_id), f"visit:{visit_id}"),
        )
    ]


def _operations(sql: Sql, unit: bytes) -> list[tuple[int, int, bytes]]:
    """(kind, table, row) of a unit's operations: they lie between two arrivals, so only that stretch is read."""
    first = sql.scalar("SELECT first_seq FROM unit WHERE unit_id=?", (unit,)) or 0
    start = sql.scalar("SELECT COALESCE(MAX(first_seq),0) FROM arrival WHERE first_seq<=?", (first,))
    end = sql.scalar("SELECT COALESCE(MIN(first_seq),9223372036854775807) FROM arrival WHERE first_seq>?", (first,))
    rows = sql.rows(
        "SELECT kind,tbl,row_id FROM op WHERE seq>=? AND seq<? AND unit=? ORDER BY op_id", (start, end, unit)
    )
    return [(int(kind), int(tbl), bytes(row)) for kind, tbl, row in rows]


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()


def _answer_changes(ws: Workspace, visit_id: str) -> list[AuditLine]:
    """What corrections changed of the answers that no record holds."""
    try:
        found = submissions_of(ws, visit_id)
    except XiangceError:
        return []
    if len(found) < 2:
        return []
    with ws.register.reading() as sql:
        units = _units_of_files(ws, sql, visit_id)
    out: list[AuditLine] = []
    for earlier, later in itertools.pairwise(found):
        unit = units.get(later.digest)
        if unit is None:
            continue
        labels = later.state.get("labels") or {}
        before, after = answers_of(earlier.xml), answers_of(later.xml)
        for key in dict.fromkeys((*before, *after)):
            if before.get(key, "") != after.get(key, ""):
                name = key[-1].partition("[")[0]
                out.append(
                    AuditLine(
                        _local(unit[3]), unit[1], unit[2], "answer", "", visit_id, labels.get(name, name),
                        before.get(key, ""), after.get(key, ""), unit[0].hex(),
                    )
                )
    return out


def _left_out(ws: Workspace, visit_id: str) -> list[AuditLine]:
    """The answers given and not written, because a condition hid their question when the visit was finished."""
    try:
        found = submissions_of(ws, visit_id)
    except XiangceError:
        return []
    if not any(each.state.get("left_out") for each in found):
        return []
    with ws.register.reading() as sql:
        units = _units_of_files(ws, sql, visit_id)
    out: list[AuditLine] = []
    said: set[tuple[str, str, str]] = set()
    for each in found:
        unit = units.get(each.digest)
        lines = {(str(label), str(answer), str(why)) for label, answer, why in each.state.get("left_out") or ()}
        for label, answer, why in sorted(lines - said) if unit is not None else ():
            assert unit is not None
            after = f"不再适用，没有写入（因为改了“{why}”）" if why else "不再适用，没有写入"
            out.append(
                AuditLine(_local(unit[3]), unit[1], unit[2], "answer", "", visit_id, label, answer, after,
                          unit[0].hex())
            )
        said = lines
    return out


def _units_of_files(ws: Workspace, sql: Sql, visit_id: str) -> dict[str, tuple[bytes, str, str, int]]:
    """The unit of work that attached each file of a visit, by digest."""
    spec = ws.register.table("attachment")
    found: dict[str, tuple[bytes, str, str, int]] = {}
    for row_id, digest in sql.rows(f"SELECT id,sha256 FROM attachment WHERE record_id=? AND {LIVE}", (visit_id,)):
        row = sql.one(
            "SELECT u.unit_id,u.who,u.reason,u.at_ms FROM op o JOIN unit u ON u.unit_id=o.unit "
            "WHERE o.tbl=? AND o.row_id=? ORDER BY o.op_id LIMIT 1",
            (spec.id, bytes.fromhex(row_id)),
        )
        if row is not None:
            found[str(digest)] = (bytes(row[0]), row[1], row[2], int(row[3]))
    return found
