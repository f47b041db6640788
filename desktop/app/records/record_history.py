"""变更记录 of a record with what belongs to it: every change in words, and what it looked like on any day.

A household's history holds its members', an asset's its rights'. Two kinds of past (ARCHITECTURE §2): by the day things
happened, with today's knowledge; or by what this register knew on a day, in the order things arrived here. When a thing
happened is, where the record says so, its own date (the interval of a right, a member's birth, leaving or coming), else
the day its author wrote it down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from desktop.app.records.details import UNKNOWN_DEVICE, change_words, device_names, what_changed
from desktop.app.records.masking import masked_value
from desktop.app.records.record_names import RecordNames
from desktop.app.records.record_words import says_nothing
from desktop.app.workspace import Workspace
from desktop.registry import codelists
from desktop.registry.asset_status import periods_of
from desktop.registry.distribution_checks import DEPARTED
from desktop.registry.labels import label, table_label
from desktop.registry.survey_identity import SURVEY_RECORDS
from desktop.store.database import Sql, quoted
from desktop.store.past_states import Said, statements, states_arrived_by, states_said_by
from desktop.store.provenance import HistoryEntry
from desktop.store.unit_of_work import shown_row

Mode = Literal["happened", "recorded"]
RELATED: dict[str, tuple[tuple[str, str], ...]] = {
    "household": (("person", "household_id"),),
    "asset": (("right", "asset_id"), ("status_change", "asset_id")),
}
"""What belongs to a record: tables and the column that names it."""
TOLD_ALONG = {"household": tuple((table, "household_id") for table in SURVEY_RECORDS)}
"""Records whose changes are told with a record's own, and that then-and-now leaves to their own tabs."""
SOURCE_WORDS = {
    "import": "导入", "resolve": "定冲突", "undo": "撤回", "undo-merge": "撤回合并", "bulk": "批量修改",
    "visit": "入户走访", "correction": "更正走访",
    "config": "配置", "scope": "范围外变更", "step": "办理", "table": "表格导回",
}  # fmt: skip
NOT_SHOWN = {"division_id", "head_person_id", "household_id", "asset_id", "missing_reasons", "source_file",
             "source_sheet", "source_row", "birth_precision", "built_precision", "confirm_precision",
             "head_name_initials", "name_initials", "name_pinyin"}  # fmt: skip
"""Columns that say nothing to a person, or stand with another."""


@dataclass(frozen=True)
class Change:
    """One change in words: when (local), whose (`about`: the member or right, "" for the record itself), what, from
    what to what, who, on which machine, where it came from, why; `void` when it was withdrawn."""

    when: datetime
    table: str
    about: str
    what: str
    old: str
    new: str
    who: str
    device: str
    source: str
    reason: str
    unit_id: str
    void: bool


@dataclass(frozen=True)
class Fact:
    """One line of then and now, in words; `about` as in `Change`."""

    about: str
    name: str
    then: str
    now: str
    differs: bool
    """Whether it has changed since; two masked numbers may look alike."""


@dataclass(frozen=True)
class Comparison:
    """A record on a day beside today; `existed` False before it was entered."""

    day: str
    existed: bool
    facts: tuple[Fact, ...]
    differences: int
    title: str


@dataclass(frozen=True)
class RecordHistory:
    """Title, all changes newest first, and the days on which something changed, by mode (ISO, local)."""

    title: str
    changes: tuple[Change, ...]
    days: Mapping[Mode, tuple[str, ...]]


def record_history(ws: Workspace, table: str, row_id: str) -> RecordHistory:
    """Everything that was ever said about a record and what belongs to it; numbers of people are masked."""
    names = device_names(ws)
    changes: list[Change] = []
    days: dict[Mode, set[str]] = {"happened": set(), "recorded": set()}
    with ws.register.reading() as sql:
        rows = _with_related(sql, table, row_id)
        for name, ids in rows.items():
            spec = ws.register.table(name)
            for said in statements(sql, ws.register.journal, spec.id, [bytes.fromhex(i) for i in ids]):
                days["recorded"].add(_day_of(said.arrived_ms))
                if said.live:
                    days["happened"].add(_day_of(said.said_ms))
        days["happened"] |= _own_dates(sql, table, row_id)
        rows |= _belonging(sql, TOLD_ALONG.get(table, ()), row_id)
    everything = [(name, one) for name, ids in rows.items() for one in ids]
    with ws.register.reading() as sql:
        kinds = {r[0]: codelists.word("rights", r[1]) for r in sql.in_chunks(
            'SELECT id,kind FROM "right" WHERE id IN (*)', rows.get("right", ()))}  # fmt: skip
    entries = [(name, one, entry) for name, one in everything for entry in ws.register.history(name, one)]
    with ws.register.reading() as sql:
        sources = _sources(sql, {entry.unit_id for _name, _one, entry in entries})
    known = RecordNames(ws)
    titles = {one: kinds.get(one) or known.title(name, one) for name, one in everything}
    row = ws.register.row(table, row_id)
    title = titles[row_id]
    for name, one, entry in entries:
        about = "" if name == table else titles[one]
        own = row if name == table else None
        changes.append(_change(known, name, about, entry, own, names, sources.get(entry.unit_id, "")))
    changes.sort(key=lambda c: c.when, reverse=True)
    today = date.today().isoformat()  # noqa: DTZ011  (as the clock on the wall)
    return RecordHistory(
        title, tuple(changes), {mode: tuple(sorted(d for d in found if d <= today)) for mode, found in days.items()}
    )


def compare(ws: Workspace, table: str, row_id: str, day: str, mode: Mode) -> Comparison:
    """The record at the end of a local day beside what it is today; numbers of people are masked.

    Raises UsageError for an unknown table, ValueError for a text that is no day.
    """
    try:
        at_ms = int(datetime.fromisoformat(day).replace(hour=23, minute=59, second=59).astimezone().timestamp() * 1000)
    except OverflowError:  # the first day of the calendar
        raise ValueError(day) from None
    with ws.register.reading() as sql:
        rows = _with_related(sql, table, row_id)
        dated: dict[str, Any] = {}
        then: dict[str, dict[str, dict[str, Any]]] = {}
        now: dict[str, dict[str, dict[str, Any]]] = {}
        for name, ids in rows.items():
            then[name] = _rows_then(ws, sql, name, ids, at_ms, mode)
            now[name] = _rows_then(ws, sql, name, ids, (1 << 62), "happened")
        if mode == "happened":
            then = {name: _by_own_dates(name, found, now[name], day) for name, found in then.items()}
            if table == "asset":
                dated = _status_on(sql, row_id, day)
                if row_id in then[table]:
                    then[table][row_id] |= dated
        today = date.today().isoformat()  # noqa: DTZ011
        now = {name: {i: r for i, r in found.items() if _held(name, r, today)} for name, found in now.items()}
    before, after = then[table].get(row_id), now[table].get(row_id)
    names = RecordNames(ws)
    facts = _own_facts(table, before or dated, after or {}, names)
    for name, _column in RELATED.get(table, ()):
        facts += _related_facts(name, then[name], now[name], names)
    title = str((after or before or {}).get("name") or (after or before or {}).get("head_name") or "")
    differing = sum(fact.differs for fact in facts)
    return Comparison(day, before is not None, tuple(facts), differing, title)


# --- rows -------------------------------------------------------------------------------------------------------


def _with_related(sql: Sql, table: str, row_id: str) -> dict[str, list[str]]:
    """The record and what belongs to it today, removed rows included: table → ids."""
    return {table: [row_id], **_belonging(sql, RELATED.get(table, ()), row_id)}


def _belonging(sql: Sql, tables: Sequence[tuple[str, str]], row_id: str) -> dict[str, list[str]]:
    return {
        name: sql.column(f"SELECT id FROM {quoted(name)} WHERE {quoted(column)}=? ORDER BY id", (row_id,))
        for name, column in tables
    }


def _rows_then(
    ws: Workspace, sql: Sql, name: str, ids: Sequence[str], at_ms: int, mode: Mode
) -> dict[str, dict[str, Any]]:
    spec, journal = ws.register.table(name), ws.register.journal
    asked = [bytes.fromhex(i) for i in ids]
    said: list[Said] = statements(sql, journal, spec.id, asked)
    members = journal.classes(sql, spec.id, asked)
    if mode == "happened":
        states = states_said_by(journal, said, members, at_ms)
    else:
        states = states_arrived_by(sql, said, members, at_ms)
    out = {}
    for representative, rows in members.items():
        state = states[representative]
        if state.exists and not state.removed:
            shown = next((r.hex() for r in asked if r in rows), representative.hex())
            out[shown] = {"id": shown, **shown_row(spec, state)}
    return out


def _by_own_dates(
    table: str, said: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]], day: str
) -> dict[str, dict[str, Any]]:
    """What held on a day by what is known today: a fact that carries its own dates holds by them, whenever it was
    written down; any other from the day it was written down."""
    if table == "right":
        return {i: row for i, row in now.items() if _held(table, row, day)}
    out = {i: row for i, row in said.items() if _held(table, now.get(i, row), day)}
    if table == "person":
        for i, row in now.items():
            came = bool(row.get("change_date")) and row.get("change_kind") not in (None, *DEPARTED)
            if came and i not in out and _held(table, row, day):
                out[i] = row
    return out


def _held(table: str, row: Mapping[str, Any], day: str) -> bool:
    """Whether a row held on a day by its own dates."""
    if table == "right":
        start, end = row.get("valid_from") or "", row.get("valid_to")
        return not row.get("withdrawn") and start <= day and (not end or day < end)
    if table == "person":
        born, changed = row.get("birth_date") or "", row.get("change_date") or ""
        if born and born > day:
            return False
        if changed and row.get("change_kind"):
            left = row["change_kind"] in DEPARTED
            return changed > day if left else changed <= day
    return True


def _own_dates(sql: Sql, table: str, row_id: str) -> set[str]:
    """Days on which something began or ended by its own date."""
    found: set[str] = set()
    if table == "asset":
        rows = sql.rows('SELECT valid_from,valid_to FROM "right" WHERE asset_id=? AND removed=0', (row_id,))
        found = {str(d) for row in rows for d in row if d}
        found |= {p.start for p in periods_of(sql, row_id)}
    if table == "household":
        rows = sql.rows("SELECT birth_date,change_date FROM person WHERE household_id=? AND removed=0", (row_id,))
        found = {str(r[1]) for r in rows if r[1]}  # births of forty years ago would stretch the slider to nothing
    return {d for d in found if len(d) == 10}


def _status_on(sql: Sql, asset: str, day: str) -> dict[str, Any]:
    """The status of an asset by the days of its entries, whenever they were written; {} where none has a day."""
    periods = [p for p in periods_of(sql, asset) if p.id]
    if not any(p.start for p in periods):
        return {}
    return next((p for p in reversed(periods) if p.start <= day), periods[0]).values()


# --- words ------------------------------------------------------------------------------------------------------


def _own_facts(
    table: str, then: Mapping[str, Any], now: Mapping[str, Any], names: RecordNames
) -> list[Fact]:
    """Fields that are filled in then or now, in the order of the table."""
    facts = []
    for column in dict.fromkeys([*now, *then]):
        if column in NOT_SHOWN or column in ("id", "removed") or label(table, column) == column:
            continue
        before, after = (_said(names, table, column, side) for side in (then, now))
        if before or after:
            differs = then.get(column) != now.get(column)
            name = label(table, column)
            if column == "division_code":
                name = label(table, "division")
            facts.append(Fact("", name, before or "未填", after or "未填", differs))
    return facts


def _related_facts(
    name: str, then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]], names: RecordNames
) -> list[Fact]:
    """One line per member with what differs below it; one per kind of right with its holders."""
    if name == "right":
        kinds = [item.code for item in codelists.items("rights")]
        facts = []
        for kind in kinds:
            words = [
                "；".join(_right_words(r, names) for r in side.values() if r.get("kind") == kind)
                for side in (then, now)
            ]
            if any(words):
                differs = words[0] != words[1]
                word = codelists.word("rights", kind)
                facts.append(Fact("权属", word, words[0] or "没有", words[1] or "没有", differs))
        return facts
    if name == "status_change":
        return []  # said by the asset's own status
    facts = [Fact("成员", "人口", f"{len(then)} 人", f"{len(now)} 人", len(then) != len(now))] if then or now else []
    for one in dict.fromkeys([*now, *then]):
        before, after = then.get(one), now.get(one)
        some = after or before or {}
        relation = codelists.word("relation_to_head", some.get("relation"))
        who = f"{some.get('name') or '（未填姓名）'}{f'（{relation}）' if relation else ''}"
        words = ["在户" if side else "不在户" for side in (before, after)]
        facts.append(Fact("成员", who, words[0], words[1], words[0] != words[1]))
        if before and after:
            facts += [
                Fact(str(some.get("name") or ""), f.name, f.then, f.now, True)
                for f in _own_facts(name, before, after, names)
                if f.differs
            ]
    return facts


def _right_words(right: Mapping[str, Any], names: RecordNames) -> str:
    holders = [names.said("right", "shares", [share]) for share in right.get("shares") or []]
    since = f"（{right['valid_from']} 起）" if right.get("valid_from") else ""
    return "、".join(holders) + since


def _said(names: RecordNames, table: str, column: str, row: Mapping[str, Any]) -> str:
    value = row.get(column)
    if value is None or value in ("", []) or (column != "division_code" and says_nothing(table, column, row)):
        return ""
    if column == "division_code":
        return names.village(str(value)) or str(value)
    return names.said(table, column, masked_value(column, value), row)


def _change(
    known: RecordNames, table: str, about: str, entry: HistoryEntry, row: Mapping[str, Any] | None,
    names: Mapping[str, str], source: str,
) -> Change:  # fmt: skip
    kind, _, _rest = source.partition(":")
    own = entry.device == known.ws.register.device.hex()
    device = names.get(entry.device, UNKNOWN_DEVICE)
    came = SOURCE_WORDS.get(kind, "手改")
    what = what_changed(table, entry)
    if entry.kind in ("insert", "attach"):
        what += table_label(table)
    words = change_words(known, table, entry, row, masked=True)
    return Change(
        datetime.fromtimestamp(entry.at_ms / 1000).astimezone(), table, about, what,
        words["old"], words["new"],
        entry.who, device, came if own else f"合并 · {device}", entry.reason, entry.unit_id, entry.void,
    )  # fmt: skip


def _sources(sql: Sql, units: set[str]) -> dict[str, str]:
    rows = sql.in_chunks("SELECT unit_id,source FROM unit WHERE unit_id IN (*)", [bytes.fromhex(u) for u in units])
    return {bytes(unit).hex(): source or "" for unit, source in rows}


def _day_of(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).date().isoformat()  # noqa: DTZ006  (the local day)
