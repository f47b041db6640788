"""Who lets an asset under a contract, told by day, and changed by hand where people must say.

When ownership passes on (变更, 置换, 无偿划转) the new owner succeeds by himself (`registry.lessor`); here a person
says it where owners are joint, where a contract spans assets of several, or where it was forgotten.
"""

from __future__ import annotations

from desktop.app.money.money_books import checked_day, checked_division
from desktop.app.past_reading import reading_at
from desktop.app.records.records import day, today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.contract_book import CONTRACT_TABLES
from desktop.insight.lessor_book import LessorLine, lessor_lines
from desktop.registry.lessor import Lessor, lessor_on, lessors_of, succeed, successor
from desktop.store.unit_of_work import Committed, Seen


def receivables_by_lessor(
    ws: Workspace, division: str = "", as_of: str | None = None, known_at: str | None = None
) -> list[LessorLine]:
    """Every lessor with what is due, received and owed on a day; UsageError for a day or place that is none."""
    place = checked_division(division)
    with reading_at(ws, CONTRACT_TABLES, known_at) as sql:
        return lessor_lines(sql, checked_day(as_of), place)


def change_lessor(
    ws: Workspace, contract: str, since: str, source_doc: str, party: str = "", *, seen: Seen | None = None
) -> Committed:
    """From `since` on (ISO) another party lets the assets; without `party` the one who owns them then.

    Raises InputRefused (no paper, ahead, outside the term, the same party, nobody owns all of it), UsageError.
    """
    begins = day(since)
    row = ws.register.row("contract", contract)
    if row is None or row.get("removed"):
        raise UsageError("没有这份合同，可能已被移除或撤回。")
    problems = []
    if not source_doc.strip():
        problems.append("没有写依据文件")
    if begins > today():
        problems.append(f"{begins} 还没到")
    if (row.get("state") or "draft") in ("draft", "cancelled"):
        problems.append("合同没有生效，直接改出租（发包）方")
    if begins <= str(row.get("term_start") or ""):
        problems.append(f"日期要在合同开始日 {row.get('term_start')} 之后")
    last = row.get("ended_date") or row.get("term_end")
    if last and begins > str(last):
        problems.append(f"合同到 {last} 为止")
    with ws.register.reading() as sql:
        letting = lessors_of(sql, [contract])[contract]
        chosen = party or successor(sql, contract, letting, begins) or ""
        if party and not sql.scalar("SELECT 1 FROM party WHERE id=? AND removed=0", (party,)):
            problems.append("接任的单位不在册中")
    if not chosen:
        problems.append("那一天没有一个单位拥有合同里全部资产，请写明接任的是谁")
    elif chosen == lessor_on(letting, begins).party:
        problems.append("那一天的出租（发包）方已经是它")
    if problems:
        raise InputRefused("；".join(problems) + "。没有保存。")
    if seen is not None and seen.heads != ws.register.seen("contract", contract).heads:
        raise InputRefused("这份合同刚刚改过，没有保存；请看过再办。")
    with ws.write(f"合同换出租（发包）方：{begins} 起", table="contract") as scope:
        succeed(scope, contract, letting, Lessor(begins, chosen, source_doc.strip()))
    assert scope.result is not None
    return scope.result


def take_back_lessor(ws: Workspace, contract: str, since: str, reason: str) -> Committed:
    """没有这回事: a successor entered wrongly is taken out again. Raises InputRefused, UsageError."""
    if not reason.strip():
        raise InputRefused("没有写原因，没有改变。")
    with ws.register.reading() as sql:
        letting = lessors_of(sql, [contract]).get(contract)
    if letting is None:
        raise UsageError("没有这份合同，可能已被移除或撤回。")
    if since not in {x.since for x in letting if x.since}:
        raise InputRefused(f"{since} 没有换过出租（发包）方，没有改变。")
    lines = [[x.since, x.party, x.source_doc or None] for x in letting if x.since and x.since != since]
    with ws.write(f"撤掉记错的接任出租方：{reason.strip()}", table="contract") as scope:
        scope.change("contract", contract, {"lessors": lines})
    assert scope.result is not None
    return scope.result
