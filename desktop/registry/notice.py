"""Public notices 公示公告 and objections (DOMAIN §2.16, §3.2). 公示 precedes a decision, 公告 announces a result."""

from __future__ import annotations

from typing import ClassVar

from sqlmodel import Field, SQLModel

from desktop.registry.procedure import CaseFacts, Milestone
from desktop.registry.rows import RegisterRow, cell
from desktop.store.database import Sql


class Notice(RegisterRow, table=True):
    """One notice on the board: what about, from when to when (both ends counted), where, with what result."""

    __tablename__ = "notice"
    register_id: ClassVar[int] = 58
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        6: ("places", "notice_place", ("place",)),
    }

    kind: str | None = cell(1)
    """Code of `notice_type.csv`."""
    title: str | None = cell(2)
    subject_table: str | None = cell(3, name="subject")
    subject_id: str | None = cell(3, max_length=32, index=True)
    """The case it is about: a registration, distribution, disposal …"""
    division_id: str | None = cell(4, name="division", max_length=32)
    division_code: str | None = cell(4, max_length=17)
    basis: str | None = cell(5)
    start_date: str | None = cell(7, name="period", max_length=10)
    end_date: str | None = cell(7, max_length=10)
    """Last day of the notice; start and end both count, weekends too (DOMAIN §2.7 [S16])."""
    body: str | None = cell(8)
    contact: str | None = cell(9, name="contact")
    contact_phone: str | None = cell(9)
    contact_address: str | None = cell(9)
    """Where to object: the unit's own telephone, never a person's of the list."""
    supervise_phone: str | None = cell(10)
    body_columns: str | None = cell(11)
    """The printed tables with their rows, as JSON (`notice_table.py`): kept as they hung on the board."""
    result: str | None = cell(12)
    result_date: str | None = cell(13, max_length=10)
    state: str | None = cell(14)
    """`draft`, `running`, `ended`, `cancelled`."""
    note: str | None = cell(15)
    issuer: str | None = cell(16)
    """落款单位."""


class NoticePlace(SQLModel, table=True):
    """A place where a notice hangs; written only by the journal."""

    __tablename__ = "notice_place"

    notice_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    place: str | None = None


class Objection(RegisterRow, table=True):
    """An objection 异议 to a notice and how it was settled."""

    __tablename__ = "objection"
    register_id: ClassVar[int] = 59
    parent_columns: ClassVar[tuple[str, ...]] = ("notice_id",)

    notice_id: str | None = cell(1, max_length=32, index=True)
    received_date: str | None = cell(2, max_length=10)
    who: str | None = cell(3, name="caller")
    phone: str | None = cell(3)
    what: str | None = cell(4)
    handled_date: str | None = cell(5, name="handling", max_length=10)
    handling: str | None = cell(5)
    upheld: int | None = cell(6)
    """1 when the objection was right."""
    note: str | None = cell(7)


RESTS_ON_NOTICE = {
    ("registration", "asset_register"): "notice", ("distribution", "income_plan"): "confirm",
    ("disposal", "disposal"): "notice",
}  # fmt: skip
"""(table of the case, kind of the notice) → the step that rests on the notice: it hangs in the state before that."""


def hung_out(sql: Sql, facts: CaseFacts, kind: str) -> list[str]:
    """A guard's answer: the notice of this case hung its days after what it publishes, and nobody still objects."""
    return notice_bars(sql, facts.table, facts.id, kind, facts.day or facts.on, facts.since)


def notice_bars(
    sql: Sql, subject_table: str, subject_id: str, kind: str, on: str, since: Milestone | None = None
) -> list[str]:
    """What about the notice of a case still bars its next step, in words; empty when it hung out and was not disputed.

    The step after a notice opens on the day after its last day (design 22), and not while an objection is open. `on` is
    the day of that step, `since` what the notice publishes (an approval): a notice that began before it counts nothing.
    """
    bars = period_bars(sql, subject_table, subject_id, kind, on, since)
    found = _standing(sql, subject_table, subject_id, kind)
    if found is None:
        return bars
    open_objections = int(
        sql.scalar(
            "SELECT COUNT(*) FROM objection WHERE notice_id=? AND handled_date IS NULL AND removed=0 "
            "AND canonical_id IS NULL",
            (found[0],),
        )
        or 0
    )
    return [*bars, f"还有 {open_objections} 条异议没有处理"] if open_objections else bars


def period_bars(
    sql: Sql, subject_table: str, subject_id: str, kind: str, on: str, since: Milestone | None = None
) -> list[str]:
    """As `notice_bars`, of the days alone: whether it hung at all, from when to when."""
    found = _standing(sql, subject_table, subject_id, kind)
    if found is None:
        return ["还没有公示"]
    _, state, start, end = found
    bars = []
    if start and since is not None and start < since.day:
        bars.append(f"公示 {start} 开始，早于{since.words} {since.day}，要重新公示")
    if (state or "draft") == "draft":
        bars.append("公示还没有张贴")
    elif end and on <= end:
        bars.append(f"公示到 {end} 期满")
    elif state != "ended":
        bars.append("公示结果还没有登记")
    return bars


def _standing(sql: Sql, subject_table: str, subject_id: str, kind: str) -> tuple[str, str | None, str, str] | None:
    """The notice that counts: the last one that was not taken off. (id, state, first day, last day)."""
    row = sql.one(
        "SELECT id,state,start_date,end_date FROM notice WHERE subject_table=? AND subject_id=? AND kind=? "
        "AND removed=0 AND canonical_id IS NULL AND COALESCE(state,'draft')<>'cancelled' "
        "ORDER BY COALESCE(end_date,'') DESC,id",
        (subject_table, subject_id, kind),
    )
    return None if row is None else (row[0], row[1], row[2] or "", row[3] or "")
