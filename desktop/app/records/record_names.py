"""What records are called for people: a name, a head, an asset's number and name, a decision's title and day.

Names are read once each and kept for as long as the object lives: one for a list, a page, a history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from desktop.app.records.record_words import NOTHING, says_nothing, value_words
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.insight.lists import place_names
from desktop.registry.codelists import word
from desktop.registry.labels import label, table_label
from desktop.registry.procedures import PROCEDURES
from desktop.registry.references import REFERENCES, target_of
from desktop.registry.tables import SCHEMA
from desktop.store.database import quoted

Name = tuple[str, str]
"""What a record is called, and what tells it from others of that name ("" when nothing does)."""


class RecordNames:
    """`RecordNames(ws)`: `title` and `reference` of records, `said` for values, `facts` for a whole record."""

    def __init__(self, ws: Workspace) -> None:
        self.ws = ws
        self._known: dict[tuple[str, str], Name] = {}
        self._places: dict[str, str] | None = None

    # -- names -------------------------------------------------------------------------------------------------

    def title(self, table: str, row_id: str) -> str:
        """What a record is called as the heading of its own page or line."""
        return self._name(table, row_id)[0]

    def reference(self, table: str, row_id: str) -> str:
        """What a record is called where another points at it: 横坡村（440799101206）."""
        name, more = self._name(table, row_id)
        return f"{name}（{more}）" if more else name

    def there(self, table: str, row_id: str) -> bool:
        """Whether the record is in the register's tables."""
        return self._name(table, row_id) != _absent(table)

    def place(self, code: str) -> str:
        """A division by its code: its name with the code; the code alone when it is not in the register."""
        name = self.village(code)
        return f"{name}（{code}）" if name else code

    def village(self, code: str | None) -> str:
        """The short name of a division, "" when it is not in the register."""
        if self._places is None:
            with self.ws.register.reading() as sql:
                self._places = place_names(sql)
        return self._places.get(code or "", "")

    def prepare(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Read the names of everything these rows point at, a query for each table instead of one for each row."""
        wanted: dict[str, set[str]] = {}
        for row in rows:
            for line in (row, *(part for value in row.values() if isinstance(value, list) for part in value)):
                for column in REFERENCES.intersection(line):
                    value, target = line[column], target_of(table, column, line)
                    if value and target:
                        wanted.setdefault(target, set()).update(str(value).split(","))
        for target, ids in wanted.items():
            self._read(target, sorted(i for i in ids if (target, i) not in self._known))

    def learn(self, records: Iterable[tuple[str, str]]) -> None:
        """Read the names of these records (table, id), a query for each table instead of one for each record."""
        wanted: dict[str, set[str]] = {}
        for table, row_id in records:
            if (table, row_id) not in self._known:
                wanted.setdefault(table, set()).add(row_id)
        for table, ids in wanted.items():
            self._read(table, sorted(ids))

    # -- values ------------------------------------------------------------------------------------------------

    def said(self, table: str, cell: str, value: Any, row: Mapping[str, Any] | None = None) -> str:
        """A value in words, references by name; see `value_words`."""
        return value_words(table, cell, value, self, row)

    def facts(self, table: str, row: Mapping[str, Any]) -> dict[str, str]:
        """Column or list cell → words, for everything that is filled in and says something to a reader."""
        out = {}
        for column, value in row.items():
            if column == "id" or (column in ("removed", "in_conflict") and not value):
                continue
            if value in (None, "", []) or says_nothing(table, column, row):
                continue
            words = self.said(table, column, value, row)
            if words and words != NOTHING:
                out[column] = words
        return out

    def lines(self, table: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        """A whole record as (label, words) lines; its name first where no field says it."""
        facts = self.facts(table, row)
        title = self.title(table, str(row["id"]))
        out = [] if title in facts.values() else [(table_label(table), title)]
        for column, words in facts.items():
            name = label(table, "division" if column == "division_code" else column)
            out.append((name.removesuffix("（元）"), words))
        return out

    # -- inside ------------------------------------------------------------------------------------------------

    def _name(self, table: str, row_id: str) -> Name:
        if table not in SCHEMA.by_name:
            return "新版程序的记录", ""
        if (table, row_id) not in self._known:
            self._read(table, [row_id])
        return self._known[table, row_id]

    def _read(self, table: str, ids: Sequence[str]) -> None:
        if table not in SCHEMA.by_name or not ids:
            return
        columns, joins, said = _SOURCES.get(table, (("t.name",), "", lambda _n, r: (r[0], "")))
        statement = f"SELECT t.id,{','.join(columns)} FROM {quoted(table)} t {joins} WHERE t.id IN (*)"
        with self.ws.register.reading() as sql:
            rows = list(sql.in_chunks(statement, list(ids)))
        if table in _NAMED_AFTER:  # read together what the names are made of
            self.learn((str(row[1]), str(row[2])) for row in rows if row[1] in SCHEMA.by_name and row[2])
        for row in rows:
            name, more = said(self, [part if part is not None else "" for part in row[1:]])
            self._known[table, row[0]] = (" ".join(name.split()) or f"未填名称的{table_label(table)}", more)
        for one in ids:
            self._known.setdefault((table, one), _absent(table))


def _absent(table: str) -> Name:
    return f"册中没有的{table_label(table)}", ""


def record_title(ws: Workspace, table: str, row_id: str) -> str:
    """What one record is called on screen; for several keep a `RecordNames`."""
    return RecordNames(ws).title(table, row_id)


Row = list[Any]
_NAMED_AFTER = frozenset(("payment", "step_taken"))
"""Tables whose records are called after another one, named by the first two columns of their source."""
_ASSET = "LEFT JOIN asset a ON a.id=t.asset_id"
_HOME = "LEFT JOIN household h ON h.id=t.household_id"


def _of_asset(what: Callable[[Row], str]) -> Callable[[RecordNames, Row], Name]:
    """Named after its asset (first column) and what it is."""
    return lambda _n, r: (f"{r[0]} {what(r)}", "")


def _of_home(what: Callable[[Row], str]) -> Callable[[RecordNames, Row], Name]:
    """Named after the head of its household (first column) and what it is."""
    return lambda _n, r: (f"{r[0]} {what(r)}", "")


def _dated(_names: RecordNames, r: Row) -> Name:
    """A title and the day that tells it from others."""
    return str(r[0]), str(r[1])


def _step(names: RecordNames, r: Row) -> Name:
    procedure = PROCEDURES.get(r[0])
    step = procedure.step(r[2]) if procedure is not None else None
    return f"{names.title(r[0], r[1])} {step.word if step else ''}", ""


def _receipt(_names: RecordNames, r: Row) -> Name:
    return f"{r[0]} {r[1] or r[2]} {word('receipt_kind', r[3])}", ""


_SOURCES: Mapping[str, tuple[tuple[str, ...], str, Callable[[RecordNames, Row], Name]]] = {
    "division": (("t.code", "COALESCE(t.short_name,t.name)"), "", lambda n, r: (n.village(r[0]) or r[1], r[0])),
    "household": (("t.head_name", "t.division_code"), "", lambda n, r: (r[0], n.village(r[1]))),
    "asset": (("t.name", "t.asset_no"), "", lambda _n, r: (r[0] or r[1], r[1] if r[0] else "")),
    "right": (("a.name", "t.kind"), _ASSET, _of_asset(lambda r: word("rights", r[1]))),
    "status_change": (
        ("a.name", "t.status", "t.from_date"), _ASSET,
        _of_asset(lambda r: f"{r[2]} {word('asset_status', r[1]) or '状态未填'}".strip()),
    ),
    "setting": (("t.key",), "", lambda n, r: (n.said("setting", "key", r[0]), "")),
    "visit": (("t.title", "t.visited_at"), "", _dated),
    "income_record": (("h.head_name", "t.period"), _HOME, _of_home(lambda r: f"{r[1]} 年收入")),
    "safeguard_check": (("h.head_name", "t.period"), _HOME, _of_home(lambda r: f"{r[1]} 三保障核对")),
    "lead": (("h.head_name", "t.found_date"), _HOME, _of_home(lambda r: f"{r[1]} 线索")),
    "measure": (
        ("h.head_name", "t.period", "t.measure_code"), _HOME,
        _of_home(lambda r: f"{r[1]} {word('assistance_measure', r[2])}"),
    ),
    "village_profile": (("t.division_code", "t.period"), "", lambda n, r: (f"{n.village(r[0])} {r[1]} 年村情", "")),
    "survey_form": (("t.title", "t.version"), "", _dated),
    "assessment": (
        ("t.division_code", "t.year", "t.kind"), "",
        lambda n, r: (f"{n.village(r[0])} {r[1]} 年{word('assessment_kind', r[2] or 'annual').removeprefix('年')}", ""),
    ),
    "project": (("t.name", "t.project_no"), "", _dated),
    "value_change": (
        ("a.name", "t.on_date", "t.kind"), _ASSET, _of_asset(lambda r: f"{r[1]} {word('value_change_kind', r[2])}"),
    ),
    "contract": (
        ("t.contract_no", "t.term_start", "p.name"), "LEFT JOIN party p ON p.id=t.operator_party_id",
        lambda _n, r: (r[0], "") if r[0] else (f"{r[2]} 未编号的合同", r[1]),
    ),
    "receipt": (("t.on_date", "a.name", "t.payer", "t.kind"), _ASSET, _receipt),
    "decision": (("t.title", "t.resolved_date"), "", _dated),
    "registration": (("t.title",), "", lambda _n, r: (r[0], "")),
    "handover": (("t.title",), "", lambda _n, r: (r[0], "")),
    "asset_income": (("a.name", "t.year"), _ASSET, _of_asset(lambda r: f"{r[1]} 年收益")),
    "voucher": (("t.summary", "t.on_date"), "", _dated),
    "distribution": (("t.title",), "", lambda _n, r: (r[0], "")),
    "payment": (
        ("t.recipient_kind", "t.recipient_id", "t.amount_fen"), "",
        lambda n, r: (
            f"{n.title(r[0], r[1]) if r[0] != 'use' else word('income_use', r[1])} "
            f"{f'{format_yuan(r[2])} 元' if r[2] != '' else ''}", "",
        ),
    ),
    "disposal": (("a.name", "t.kind"), _ASSET, _of_asset(lambda r: word("disposal_type", r[1]) or "处置")),
    "inspection_plan": (("t.title",), "", lambda _n, r: (r[0], "")),
    "inspection": (("a.name", "COALESCE(t.on_date,t.due_date)"), _ASSET, _of_asset(lambda r: f"{r[1]} 检查")),
    "finding": (
        ("a.name", "t.kind", "t.found_date"), _ASSET, lambda _n, r: (f"{r[0]} {word('finding_kind', r[1])}", r[2]),
    ),
    "maintenance_round": (("a.name", "t.on_date"), _ASSET, _of_asset(lambda r: f"{r[1]} 管护")),
    "complaint": (("a.name", "t.received_date"), _ASSET, _of_asset(lambda r: f"{r[1]} 投诉举报")),
    "notice": (("t.title",), "", lambda _n, r: (r[0], "")),
    "objection": (
        ("n.title", "t.received_date"), "LEFT JOIN notice n ON n.id=t.notice_id", lambda _n, r: (f"{r[0]} 异议", r[1]),
    ),
    "step_taken": (("t.case_table", "t.case_id", "t.step"), "", _step),
    "linkage": (("h.head_name", "t.mode"), _HOME, _of_home(lambda r: word("linkage_mode", r[1]) or "利益联结")),
}  # fmt: skip
"""Table → the columns a name is made of (`t` is the record itself), what they are joined from, and how; else `name`."""
