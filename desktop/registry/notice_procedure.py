"""How a notice goes: draft, hanging on the board, result written down; or taken off, with the reason (DOMAIN §2.16).

The last day counts, weekends too; the result is written down on a later day. What hangs on a board is not edited.
"""

from __future__ import annotations

from datetime import date, timedelta

from desktop.registry.case_days import approval_of, not_yet_due
from desktop.registry.codelists import find
from desktop.registry.notice_privacy import doubts_of, privacy_bars
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.store.database import Sql
from desktop.store.register import WriteScope


def min_days(sql: Sql, kind: str | None) -> int:
    """The fewest days a notice of this kind hangs: the county's, else the code list's; 0 for an announcement 公告."""
    own = policy(sql, "notice.min_days")
    if isinstance(own, dict) and kind in own:
        return int(own[kind])
    item = find("notice_type", kind)
    return int((item.more.get("min_days") if item else "") or 0)


def announces_only(kind: str | None) -> bool:
    """Whether the kind is a 公告, which reports a result and invites no objection."""
    item = find("notice_type", kind)
    return bool(item and item.name.endswith("公告"))


def days_between(start: str, end: str) -> int:
    """How many days a notice hangs: first and last both count."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days + 1


def last_day(start: str, days: int) -> str:
    """The last day of a notice that hangs so many days from `start`."""
    return (date.fromisoformat(start) + timedelta(days=days - 1)).isoformat()


def opens_on(end: str) -> str:
    """The first day on which the next step may be taken."""
    return (date.fromisoformat(end) + timedelta(days=1)).isoformat()


def _whole(sql: Sql, facts: CaseFacts) -> list[str]:
    row = facts.row
    bars = []
    if not announces_only(str(row.get("kind") or "")):
        if not row.get("end_date"):
            bars.append("没有填结束日期")
        if not row.get("contact_phone") and not row.get("contact_address"):
            bars.append("没有写向谁提异议（联系电话或地址）")
    if not str(row.get("body") or "").strip():
        bars.append("没有写正文")
    return bars


def _long_enough(sql: Sql, facts: CaseFacts) -> list[str]:
    row = facts.row
    start, end, kind = row.get("start_date"), row.get("end_date"), row.get("kind")
    if not start or not end:
        return []
    needed, days = min_days(sql, kind), days_between(str(start), str(end))
    return [f"公示期 {days} 天，不能少于 {needed} 天"] if days < needed else []


def _not_late(sql: Sql, facts: CaseFacts) -> list[str]:
    """The first day cannot lie before the day it is posted, or it would not have hung for its whole period."""
    start = facts.row.get("start_date")
    return [f"开始日期 {start} 早于张贴日期 {facts.on}"] if start and str(start) < facts.on else []


def _after_its_case(sql: Sql, facts: CaseFacts) -> list[str]:
    """It does not hang before what it publishes was approved: nothing could rest on such a notice."""
    from desktop.registry.procedures import PROCEDURES  # of all cases, which know this one

    row = facts.row
    about, subject, kind = (str(row.get(c) or "") for c in ("subject_table", "subject_id", "kind"))
    waits = not_yet_due(sql, PROCEDURES, about, subject, kind)
    if waits:
        return [waits]
    case = approval_of(sql, PROCEDURES, about, subject, kind)
    start = str(facts.row.get("start_date") or "")
    if case is None or not start or start >= case.day:
        return []
    return [f"开始日期 {start} 早于{case.words} {case.day}"]


def _clean(sql: Sql, facts: CaseFacts) -> list[str]:
    return privacy_bars(doubts_of(sql, facts.row))


def _over(sql: Sql, facts: CaseFacts) -> list[str]:
    end = facts.row.get("end_date")
    if not end or min(facts.on, facts.day or facts.on) > str(end):
        return []
    return [f"公示到 {end} 期满，{opens_on(str(end))} 起才能登记结果"]


def _settled(sql: Sql, facts: CaseFacts) -> list[str]:
    open_ones = int(
        sql.scalar(
            "SELECT COUNT(*) FROM objection WHERE notice_id=? AND handled_date IS NULL AND removed=0 "
            "AND canonical_id IS NULL",
            (facts.id,),
        )
        or 0
    )
    return [f"还有 {open_ones} 条异议没有处理"] if open_ones else []


def _photographed(sql: Sql, facts: CaseFacts) -> list[str]:
    if not policy(sql, "notice.photo_needed") or announces_only(str(facts.row.get("kind") or "")):
        return []
    there = sql.scalar(
        "SELECT 1 FROM attachment WHERE record_id=? AND kind IN ('photo_posted','photo_expired') "
        "AND removed=0 AND canonical_id IS NULL LIMIT 1",
        (facts.id,),
    )
    return [] if there else ["缺张贴照或期满照"]


def _date_of_result(scope: WriteScope, facts: CaseFacts) -> None:
    if not facts.row.get("result_date"):
        scope.change("notice", facts.id, {"result_date": facts.on})


_FROZEN = (
    "kind", "title", "subject_table", "subject_id", "division_id", "division_code", "basis", "places", "start_date",
    "end_date", "body", "contact", "contact_phone", "contact_address", "supervise_phone", "body_columns", "issuer",
)  # fmt: skip

NOTICE = Procedure(
    table="notice",
    initial="draft",
    states={"draft": "草稿", "running": "公示中", "ended": "已结束", "cancelled": "已撤下"},
    track=("draft", "running", "ended"),
    steps=(
        Step(
            "post", "张贴", ("draft",), "running", needs=("kind", "title", "places", "start_date"),
            offers=("end_date", "contact", "contact_phone", "contact_address", "supervise_phone", "issuer"),
            guards=(_whole, _long_enough, _not_late, _after_its_case, _clean),
        ),
        Step(
            "end", "登记结果", ("running",), "ended", needs=("result",), offers=("result_date",), day="result_date",
            guards=(_over, _settled, _photographed), effects=(_date_of_result,),
        ),
        Step("cancel", "撤下", ("draft", "running"), "cancelled", reason_needed=True),
    ),
    frozen_after={
        **dict.fromkeys(_FROZEN, ("draft",)), **dict.fromkeys(("result", "result_date"), ("draft", "running")),
    },
)  # fmt: skip
