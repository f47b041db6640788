"""Survey records by hand: income, safeguards, leads and measures added, edited and removed at the desk.

What a visit wrote is marked with the visit; changing or removing it is a correction of that visit and needs a reason,
as the correction at the door does, and stands in the visit's course. The command line and the window ask here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.insight.household_records import period_word
from desktop.registry.income import figures_of
from desktop.registry.labels import label, table_label
from desktop.registry.survey_identity import KEYS, PERIOD_WORDS, SURVEY_RECORDS, read_period, survey_record_id
from desktop.store.operations import FIELD, INSERT, unpack
from desktop.store.register import WriteScope

CORRECTION = "correction:"
"""Source of a unit of work that corrected by hand what a visit had written; the visit's id follows."""
VISIT = "visit:"
MOST_EQUAL_LINES = 99
"""Equal lines of help for one household, year and person that can be told apart."""


@dataclass(frozen=True)
class VisitMark:
    """The visit a value came from; `corrected` when it was changed by hand since."""

    visit_id: str
    day: str
    title: str
    corrected: bool = False

    @property
    def words(self) -> str:
        """2026-05-18 走访."""
        said = f"{self.day} 走访" if self.day else "走访"
        return f"{said}，后来更正过" if self.corrected else said


def visit_marks(ws: Workspace, table: str, row_id: str) -> dict[str, VisitMark]:
    """Which columns of a survey record hold what a visit wrote, and which visit; {} for other records."""
    return visit_marks_of(ws, table, [row_id]).get(row_id, {})


def visit_marks_of(ws: Workspace, table: str, row_ids: Sequence[str]) -> dict[str, dict[str, VisitMark]]:
    """`visit_marks` of many records, asked together; records without any are left out."""
    if table not in SURVEY_RECORDS:
        return {}
    spec = ws.register.table(table)
    owners: dict[bytes, dict[int, str]] = {}
    """Record → cell → source of the unit of work that wrote it last."""
    with ws.register.reading() as sql:
        classes = ws.register.journal.classes(sql, spec.id, map(bytes.fromhex, row_ids))
        said: dict[bytes, list[tuple[bytes, int, int, bytes, str]]] = {}
        for row, *more in sql.in_chunks(
            "SELECT o.row_id,o.op_id,o.kind,o.cell,o.value,u.source FROM op o JOIN unit u ON u.unit_id=o.unit "
            f"WHERE o.tbl=? AND o.row_id IN (*) AND o.void=0 AND o.kind IN ({INSERT},{FIELD})",
            [m for members in classes.values() for m in members], (spec.id,),
        ):  # fmt: skip
            op_id, kind, cell, value, source = more
            said.setdefault(bytes(row), []).append((bytes(op_id), kind, cell, bytes(value), str(source or "")))
        for members in classes.values():
            owner: dict[int, str] = {}
            for _, kind, cell, value, source in sorted(op for m in members for op in said.get(m, ())):
                owner.update(dict.fromkeys(unpack(value) if kind == INSERT else (cell,), source))
            owners.update(dict.fromkeys(members, owner))
        visits = {s.partition(":")[2] for owner in owners.values() for s in owner.values() if _of_visit(s)}
        titled = {
            str(row): (str(day or ""), str(title or ""))
            for row, day, title in sql.in_chunks("SELECT id,visited_at,title FROM visit WHERE id IN (*)", visits)
        }
    marks = {}
    for source in {s for owner in owners.values() for s in owner.values() if _of_visit(s)}:
        visit = source.partition(":")[2]
        marks[source] = VisitMark(visit, *titled.get(visit, ("", "")), corrected=source.startswith(CORRECTION))
    out = {}
    for row_id in row_ids:
        owner = owners.get(bytes.fromhex(row_id), {})
        found = {
            column: marks[owner[cell.id]]
            for cell in spec.cells if owner.get(cell.id) in marks for column in cell.columns
        }  # fmt: skip
        if found:
            out[row_id] = found
    return out


def _of_visit(source: str) -> bool:
    return source.startswith((VISIT, CORRECTION))


def origin_words(ws: Workspace, table: str, row_id: str) -> str:
    """Where a survey record comes from, for people: 2026-05-18 走访; 手工登记; both where both wrote."""
    marks = visit_marks(ws, table, row_id)
    visits = dict.fromkeys(mark.words for column, mark in marks.items() if column not in KEYS[table])
    if not visits:
        visits = dict.fromkeys(mark.words for mark in marks.values())
    return "；".join(visits) or "手工登记"


def refuse_unexplained(ws: Workspace, table: str, row_id: str, columns: Iterable[str], reason: str) -> str:
    """InputRefused when one of the columns holds what a visit wrote and no reason is given.

    Gives the source of the unit of work that changes them: a correction of the latest of these visits, or "".
    """
    return _explained(table, visit_marks(ws, table, row_id), columns, reason)


def refuse_unexplained_many(
    ws: Workspace, table: str, changes: Mapping[str, Iterable[str]], reason: str
) -> None:
    """The same of many records: `changes` are the columns that change, by record."""
    if reason.strip():
        return
    marks = visit_marks_of(ws, table, list(changes))
    for row_id, columns in changes.items():
        _explained(table, marks.get(row_id, {}), columns, reason)


def _explained(table: str, marks: Mapping[str, VisitMark], columns: Iterable[str], reason: str) -> str:
    hit = {column: marks[column] for column in columns if column in marks}
    if not hit:
        return ""
    mark = max(hit.values(), key=lambda m: (m.day, m.visit_id))
    if not reason.strip():
        names = "、".join(dict.fromkeys(label(table, column) for column in hit))
        raise InputRefused(
            f"{names}是 {mark.words}填的，改它要写明原因；没有保存。",
            hint="写明为什么更正，就记在这次走访的经过里（命令行用 --reason）。",
        )
    return f"{CORRECTION}{mark.visit_id}"


def refuse_other_record(table: str, before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """InputRefused for a change that would make the record another one: its period, whose it is."""
    moved = [c for c in KEYS.get(table, ()) if c in values and (values[c] or None) != (before.get(c) or None)]
    if moved:
        names = "、".join(label(table, column) for column in moved)
        raise InputRefused(f"{names}定了就不能改；没有保存。", hint="填错了的，移除这一条，另建一条。")


def check_survey_values(ws: Workspace, table: str, values: dict[str, Any]) -> None:
    """Bring the period and the person into the stored form; InputRefused for what no such record can hold."""
    if table not in SURVEY_RECORDS:
        return
    if values.get("period") and table in PERIOD_WORDS:
        try:
            values["period"] = read_period(table, str(values["period"]))
        except ValueError as error:
            raise InputRefused(f"{error}；没有保存。") from None
    below = [c for c, v in values.items() if isinstance(v, int) and v < 0]
    if below:
        raise InputRefused(f"{'、'.join(label(table, c) for c in below)}不能是负数。没有保存。")
    if table == "measure" and values.get("for_whom") and values.get("household_id") and not values.get("person_id"):
        with ws.register.reading() as sql:
            found = sql.column(
                "SELECT id FROM person WHERE household_id=? AND name=? AND removed=0 AND canonical_id IS NULL",
                (values["household_id"], values["for_whom"]),
            )
        if len(found) == 1:  # a member of the household is named: the record is the member's
            values["person_id"], values["for_whom"] = str(found[0]), None


def insert_survey_record(ws: Workspace, scope: WriteScope, table: str, values: Mapping[str, Any]) -> str:
    """Add a survey record under the id every laptop gives it; one that was taken out before is brought back.

    InputRefused when the household has that record already.
    """
    for ordinal in range(1, MOST_EQUAL_LINES + 1):
        row_id = survey_record_id(table, values, ordinal)
        here = ws.register.row(table, row_id) if row_id is not None else None
        if here is None:
            return str(scope.insert(table, dict(values), row_id))
        assert row_id is not None
        if here["removed"]:
            kept = {c: None for c in ws.register.table(table).value_columns if here.get(c) is not None}
            scope.restore(table, row_id)
            scope.change(table, row_id, {**kept, **values})
            return row_id
        if table != "measure":
            break
    period = period_word(str(values.get("period") or ""))
    raise InputRefused(f"这一户{period}已经有{table_label(table)}，没有另建。", hint="请在那一条上修改。")


def follow_household(ws: Workspace, scope: WriteScope, record: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Where the household says the income of this very record, it goes on saying it after the record was changed.

    A visit writes both; a household whose figure differs (stated, or of another year) is left alone.
    """
    household = ws.register.row("household", str(record.get("household_id") or ""))
    if household is None or household["removed"]:
        return
    old, new = figures_of(record), figures_of({**record, **values})
    said = (household["net_income_fen"], household["per_capita_income_fen"])
    if None not in said and said == (old.net_income, old.per_capita) and said != (new.net_income, new.per_capita):
        scope.change(
            "household", str(record["household_id"]),
            {"net_income_fen": new.net_income, "per_capita_income_fen": new.per_capita},
        )  # fmt: skip
