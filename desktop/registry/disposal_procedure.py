"""How a disposal goes: 申请 → 评估 → 会议 → 审批 → 公示 → 交易 → 收入去向 → 核销 (DOMAIN §2.12, design 15).

Guards say what is missing in words; limits on who approves come from the county. Writing off ends the rights on the
asset on that day and sets its status; nothing is ever deleted. 转产 and 报停 keep the rights; what 置换 and 无偿划转 do
besides stands in `disposal_exchange`.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from desktop.common.money import format_yuan, largest_remainder
from desktop.registry.case_papers import has_file, list_rows
from desktop.registry.codelists import find
from desktop.registry.decision import cited_decision_bars
from desktop.registry.disposal_exchange import (
    between_two,
    free_of_charge,
    hand_on,
    is_free,
    is_swap,
    not_free,
    receive_in_exchange,
    receiver_named,
    swapped,
    transferable,
)
from desktop.registry.notice import hung_out
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.store.database import Sql
from desktop.store.register import WriteScope

LEVELS = {"village": "村", "town": "镇", "county": "县"}
TRADED = ("transfer", "auction", "swap")
"""Types that bring a buyer and a price."""
KEEPS_RIGHTS = {"convert": "normal", "stop": "idle"}
"""Types after which the asset stays, with the status it then has."""
DEDUCTION = ("kind", "amount_fen", "note")
DESTINATION = ("party_id", "use", "amount_fen", "note")


def needs_appraisal(kind: str | None) -> bool:
    """Whether this type of disposal is appraised first (disposal_type.csv)."""
    item = find("disposal_type", kind)
    return bool(item and item.more.get("needs_appraisal") == "1")


def disposal_value(sql: Sql, row: Any) -> int | None:
    """The value that decides who approves, in 分: appraised, else net, else original; None when all are unknown."""
    asked = "SELECT net_value_fen,original_value_fen FROM asset WHERE id=?"
    return deciding_value(row.get("appraised_fen"), *(sql.one(asked, (row.get("asset_id") or "",)) or ()))


def deciding_value(*values_fen: int | None) -> int | None:
    """Of the appraised, net and original value (分) the first that is known."""
    return next((int(value) for value in values_fen if value is not None), None)


def level_needed(sql: Sql, value_fen: int | None) -> str:
    """The lowest level that may approve a disposal of this value; an unknown value goes to the county."""
    return level_within(policy(sql, "disposal.limits"), value_fen)


def level_within(limits: Any, value_fen: int | None) -> str:
    """The same by limits that were read already: level → the highest value (分) it may approve."""
    for level in ("village", "town"):
        limit = limits.get(level) if isinstance(limits, dict) else None
        if value_fen is not None and limit and value_fen <= int(limit):
            return level
    return "county"


def owner_parts(sql: Sql, asset: str, net_fen: int, on: str) -> dict[str, int]:
    """Each owner's part of the net proceeds by his fraction on a day: largest remainder, in the order of the rows."""
    shares = {
        str(party): Fraction(numerator, denominator)
        for party, numerator, denominator in sql.rows(
            'SELECT s.party_id,s.numerator,s.denominator FROM right_share s JOIN "right" r ON r.id=s.right_id '
            "WHERE r.asset_id=? AND r.kind='ownership' AND r.removed=0 AND r.canonical_id IS NULL "
            "AND COALESCE(r.withdrawn,0)=0 AND COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR ?<r.valid_to) "
            "ORDER BY s.position",
            (asset, on, on),
        )
        if party and denominator
    }
    return largest_remainder(net_fen, shares) if shares and sum(shares.values()) == 1 else {}


def sums_problem(row: Any) -> str:
    """What does not close between the proceeds, what is taken off and where the rest went; "" when all does."""
    proceeds = row.get("proceeds_fen")
    deducted = sum(int(r.get("amount_fen") or 0) for r in list_rows(row.get("deductions"), DEDUCTION))
    placed = sum(int(r.get("amount_fen") or 0) for r in list_rows(row.get("destinations"), DESTINATION))
    rest = int(proceeds or 0) - deducted - placed
    if not rest:
        return ""
    return f"去向合计{'还差' if rest > 0 else '多出'} {format_yuan(abs(rest))} 元"


def _described(sql: Sql, facts: CaseFacts) -> list[str]:
    row = facts.row
    bars = [
        f"没有填{word}"
        for column, word in (
            ("asset_id", "资产"), ("kind", "处置方式"), ("reason", "处置原因"), ("applicant", "申请单位"),
            ("applied_date", "申请日期"),
        )
        if not row.get(column)
    ]  # fmt: skip
    if row.get("reason") == "other" and not row.get("reason_text"):
        bars.append("原因是“其他”的，要写说明")
    return bars


def _not_running_elsewhere(sql: Sql, facts: CaseFacts) -> list[str]:
    other = sql.scalar(
        "SELECT 1 FROM disposal WHERE asset_id=? AND id<>? AND COALESCE(state,'applied') NOT IN "
        "('stopped','rejected','handed_on') AND removed=0 AND canonical_id IS NULL LIMIT 1",
        (facts.row.get("asset_id") or "", facts.id),
    )
    return ["这项资产已有另一件处置"] if other else []


def _reported(sql: Sql, facts: CaseFacts) -> list[str]:
    if policy(sql, "disposal.report_needed") and not has_file(sql, facts.id, ("appraisal",)):
        return ["缺评估报告"]
    return []


def _appraised(sql: Sql, facts: CaseFacts) -> list[str]:
    row = facts.row
    if needs_appraisal(row.get("kind")) and row.get("appraised_fen") is None:
        return ["这种处置方式要先评估"]
    return []


def _decided(sql: Sql, facts: CaseFacts) -> list[str]:
    cited = facts.row.get("decision_id")
    # none cited: the step names it among what is not filled in
    return cited_decision_bars(sql, cited, "disposal", facts.day or facts.on) if cited else []


def _high_enough(sql: Sql, facts: CaseFacts) -> list[str]:
    level = facts.row.get("approval_level")
    if not level:
        return []
    if level not in LEVELS:
        return ["审批层级应是 village、town 或 county"]
    value = disposal_value(sql, facts.row)
    needed = level_needed(sql, value)
    order = list(LEVELS)
    if order.index(level) < order.index(needed):
        worth = "价值不明" if value is None else f"价值 {format_yuan(value)} 元"
        return [f"{worth}，要由{LEVELS[needed]}级审批"]
    return []


def _noticed(sql: Sql, facts: CaseFacts) -> list[str]:
    if facts.row.get("kind") in policy(sql, "disposal.without_notice"):
        return []
    return hung_out(sql, facts, "disposal")


def _in_time(sql: Sql, facts: CaseFacts) -> list[str]:
    """The trade is made while the appraisal still holds, at a price."""
    bars = []
    row = facts.row
    received = row.get("proceeds_date")
    appraised = row.get("appraised_date")
    if appraised and received and received > _months_later(appraised, int(policy(sql, "disposal.appraisal_months"))):
        bars.append("评估已过期，要重新评估")
    if row.get("proceeds_fen") is not None and int(row["proceeds_fen"]) < 0:
        bars.append("成交价不能小于 0")
    return bars


def _closed_sums(sql: Sql, facts: CaseFacts) -> list[str]:
    row = facts.row
    problem = sums_problem(row)
    if problem:
        return [problem]
    destinations = list_rows(row.get("destinations"), DESTINATION)
    deductions = list_rows(row.get("deductions"), DEDUCTION)
    if any(int(r.get("amount_fen") or 0) <= 0 for r in (*destinations, *deductions)):
        return ["每一行金额都要大于 0"]
    if any(not r.get("party_id") or not r.get("use") for r in destinations):
        return ["有的去向没有写归谁、做什么用"]
    net = sum(int(r["amount_fen"]) for r in destinations)
    day = str(row.get("proceeds_date") or facts.on)
    parts = owner_parts(sql, str(row.get("asset_id") or ""), net, day)
    if not parts:
        return ["成交日没有份额合计为 1 的所有权"]
    given: dict[str, int] = {}
    for line in destinations:
        given[line["party_id"]] = given.get(line["party_id"], 0) + int(line["amount_fen"])
    wrong = [p for p in {**parts, **given} if parts.get(p, 0) != given.get(p, 0)]
    names = {p: sql.scalar("SELECT name FROM party WHERE id=?", (p,)) or "（不在册）" for p in wrong}
    return [
        f"{names[p]}按份额应得 {format_yuan(parts.get(p, 0))} 元，现在是 {format_yuan(given.get(p, 0))} 元"
        for p in wrong
    ]


def _traded_first(sql: Sql, facts: CaseFacts) -> list[str]:
    row = facts.row
    if row.get("state") == "settled":
        return []
    if row.get("kind") in TRADED:
        return ["还没有成交"]
    return ["有处置收入的，要先登记成交和收入去向"] if row.get("proceeds_fen") else []


def _free(sql: Sql, facts: CaseFacts) -> list[str]:
    """No contract runs on, and every right began before it is ended."""
    row = facts.row
    if row.get("kind") in KEEPS_RIGHTS:
        return []
    bars = []
    day = str(row.get("write_off_date") or facts.on)
    running = int(sql.scalar(
        "SELECT COUNT(*) FROM contract c JOIN contract_asset a ON a.contract_id=c.id WHERE a.asset_id=? "
        "AND c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'active')='active' "
        "AND (c.term_end IS NULL OR c.term_end>=?)",
        (row.get("asset_id") or "", day),
    ) or 0)  # fmt: skip
    if running:
        bars.append(f"还有 {running} 份合同没有终止")
    later = sql.scalar(
        'SELECT MAX(valid_from) FROM "right" WHERE asset_id=? AND valid_to IS NULL AND COALESCE(withdrawn,0)=0 '
        "AND removed=0 AND canonical_id IS NULL",
        (row.get("asset_id") or "",),
    )
    if later and later >= day:
        bars.append(f"有权利 {later} 才开始，核销日期要在它之后")
    return bars


def _signed(sql: Sql, facts: CaseFacts) -> list[str]:
    if facts.row.get("kind") not in (*TRADED, "donate") or not policy(sql, "disposal.signed_list_needed"):
        return []
    return [] if has_file(sql, facts.id, ("signed",)) else ["缺三方签字的移交清单"]


def _mark_disposing(scope: WriteScope, facts: CaseFacts) -> None:
    asset = str(facts.row.get("asset_id") or "")
    status = scope.sql.scalar("SELECT status FROM asset WHERE id=?", (asset,))
    if status != "disposing":
        scope.change("disposal", facts.id, {"status_before": status or "normal"})
        scope.change("asset", asset, {"status": "disposing"})


def _restore_status(scope: WriteScope, facts: CaseFacts) -> None:
    before = facts.row.get("status_before")
    if before:
        scope.change("asset", str(facts.row["asset_id"]), {"status": before})


def _write_off(scope: WriteScope, facts: CaseFacts) -> None:
    """The rights end on the day of writing off, the asset stays in the register as disposed."""
    asset, kind = str(facts.row["asset_id"]), facts.row.get("kind")
    if kind in KEEPS_RIGHTS:
        scope.change("asset", asset, {"status": KEEPS_RIGHTS[str(kind)]})
        return
    day = str(facts.row["write_off_date"])
    for (right,) in scope.sql.rows(
        "SELECT id FROM \"right\" WHERE asset_id=? AND (valid_to IS NULL OR valid_to>?) AND COALESCE(withdrawn,0)=0 "
        "AND removed=0 AND canonical_id IS NULL ORDER BY id",
        (asset, day),
    ):
        scope.change("right", right, {"valid_to": day})
    scope.change("asset", asset, {"status": "disposed"})


def _months_later(iso: str, months: int) -> str:
    """The same day so many months later, or the last day of that month."""
    day = date.fromisoformat(iso)
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last).isoformat()
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


_BEFORE_TRADE = ("applied", "appraised", "met", "approved", "noticed")

DISPOSAL = Procedure(
    table="disposal",
    initial="applied",
    opened="applied_date",
    states={
        "applied": "申请", "appraised": "评估", "met": "会议", "approved": "审批", "noticed": "公示", "traded": "交易",
        "settled": "收入去向", "written_off": "核销", "handed_on": "已划转", "rejected": "不予处置",
        "stopped": "已终止",
    },
    track=("applied", "appraised", "met", "approved", "noticed", "traded", "settled", "written_off"),
    steps=(
        Step(
            "appraise", "登记评估", ("applied",), "appraised", needs=("appraiser", "appraised_fen", "appraised_date"),
            guards=(_described, _not_running_elsewhere, _reported), effects=(_mark_disposing,),
        ),
        Step(
            "meet", "登记会议", ("applied", "appraised"), "met", needs=("decision_id",),
            guards=(_described, _not_running_elsewhere, _appraised, _decided),
            effects=(_mark_disposing,),
        ),
        Step(
            "approve", "批准", ("met",), "approved", needs=("approval_level", "approval_doc_no"),
            guards=(_high_enough,), right="review",
        ),
        Step("notice", "公示期满", ("approved",), "noticed", guards=(_noticed,)),
        Step(
            "trade", "登记成交", ("noticed",), "traded", needs=("buyer", "proceeds_fen", "proceeds_date"),
            offers=("trade_platform", "receiver_party_id", "received_asset_id", "paid_fen"), day="proceeds_date",
            guards=(_in_time, swapped), applies=not_free,
        ),
        Step(
            "settle", "收入去向定了", ("traded",), "settled", offers=("deductions", "destinations", "voucher_no"),
            guards=(_closed_sums,),
        ),
        Step(
            "write_off", "核销", ("noticed", "settled"), "written_off", needs=("write_off_date", "voucher_no"),
            offers=("receiver_party_id",), day="write_off_date",
            guards=(_traded_first, free_of_charge, receiver_named, _free, _signed),
            effects=(receive_in_exchange, _write_off),
        ),
        Step(
            "hand_on", "划转办结，留在本册", ("noticed",), "handed_on", needs=("receiver_party_id",),
            guards=(free_of_charge, transferable, _signed), effects=(hand_on,), applies=is_free,
        ),
        Step("back", "退回", ("appraised", "met", "approved"), "applied", reason_needed=True),
        Step(
            "reject", "不予批准", ("met",), "rejected", right="review", reason_needed=True, effects=(_restore_status,)
        ),
        Step("stop", "终止", _BEFORE_TRADE, "stopped", reason_needed=True, effects=(_restore_status,)),
    ),
    frozen_after={
        **dict.fromkeys(("asset_id", "kind", "reason", "reason_text", "applicant", "applied_date"), ("applied",)),
        **dict.fromkeys(("appraiser", "appraised_fen", "appraised_date"), ("applied",)),
        "decision_id": ("applied", "appraised"),
        **dict.fromkeys(("approval_level", "approval_doc_no"), ("applied", "appraised", "met")),
        **dict.fromkeys(("buyer", "proceeds_fen", "proceeds_date", "trade_platform"), (*_BEFORE_TRADE, "traded")),
        **dict.fromkeys(("deductions", "destinations"), ("traded",)),
        **dict.fromkeys(("voucher_no", "write_off_date"), (*_BEFORE_TRADE, "traded", "settled")),
        "status_before": (),
        **dict.fromkeys(("received_asset_id", "paid_fen"), _BEFORE_TRADE),
        "receiver_party_id": (*_BEFORE_TRADE, "traded", "settled"),
    },
    asked_when={
        "receiver_party_id": between_two, "received_asset_id": is_swap, "paid_fen": is_swap,
    },
)  # fmt: skip
