"""Everything the wizard of a distribution shows at once: sums, receipts, lines, steps with their bars, payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.app.cases.procedures import StepLine, StepView, TrackState, steps_of, steps_taken, track_of
from desktop.app.distribution.distribution_view import PlanView, ReceiptChoice, plan_view, undistributed
from desktop.app.distribution.paying import PaymentLine, payments_of
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.insight.recipients import Recipient, clean_criteria, find_recipients
from desktop.registry.codelists import items, word
from desktop.registry.distribution import listed
from desktop.registry.distribution_plan import PlanBalance, balance_of, use_order
from desktop.registry.distribution_steps import NOTICE_KIND
from desktop.registry.posting import carried_over_balance

LIVE = "removed=0 AND canonical_id IS NULL"
EDIT_STATES = ("draft", "village_meeting")


@dataclass(frozen=True)
class NoticeLine:
    """A notice of the plan."""

    id: str
    title: str
    state: str
    start: str
    end: str


@dataclass(frozen=True)
class PlanCase:
    """One distribution as its wizard shows it."""

    view: PlanView
    choices: tuple[ReceiptChoice, ...]
    carry_fen: int
    """收益结余 in the books of the village."""
    uses: tuple[tuple[str, str], ...]
    """The uses that may be chosen today, and those of the plan, in the county's order: code, word."""
    payments: tuple[PaymentLine, ...]
    steps: tuple[StepView, ...]
    track: tuple[TrackState, ...]
    taken: tuple[StepLine, ...]
    decisions: tuple[tuple[str, str], ...]
    notices: tuple[NoticeLine, ...]


def plan_case(ws: Workspace, plan: str) -> PlanCase:
    """Ask for all of it; UsageError when there is no such plan."""
    view = plan_view(ws, plan)
    place = str(view.row.get("division_code") or "")
    editable = view.state in EDIT_STATES
    choices = undistributed(ws, plan=plan) if editable else list(view.receipts)
    with ws.register.reading() as sql:
        carry = carried_over_balance(sql, place, plan)
        planned = {use.use for use in view.balance.uses}
        offered = planned | {item.code for item in items("income_use")}
        uses = [(code, word("income_use", code)) for code in use_order(sql) if code in offered]
        decisions = sql.rows(
            f"SELECT id,title,resolved_date FROM decision WHERE {LIVE} AND COALESCE(kind,'distribution') IN "
            "('distribution','other') AND (division_code=? OR id=?) ORDER BY COALESCE(resolved_date,'') DESC,id",
            (place, view.row.get("decision_id") or ""),
        )
        notices = sql.rows(
            f"SELECT id,title,COALESCE(state,'draft'),start_date,end_date FROM notice WHERE {LIVE} AND "
            "subject_table='distribution' AND subject_id=? AND kind=? ORDER BY COALESCE(start_date,'') DESC,id",
            (plan, NOTICE_KIND),
        )
    return PlanCase(
        view, tuple(choices), carry, tuple(uses), tuple(payments_of(ws, plan)),
        tuple(steps_of(ws, "distribution", plan)), tuple(track_of(ws, "distribution", plan)),
        tuple(steps_taken(ws, "distribution", plan)),
        tuple((i, f"{title or ''} {day or ''}".strip()) for i, title, day in decisions),
        tuple(NoticeLine(i, t or "", s, a or "", b or "") for i, t, s, a, b in notices),
    )  # fmt: skip


def preview_recipients(ws: Workspace, plan: str, criteria: Mapping[str, Any], on: str) -> list[Recipient]:
    """Who would be drawn by these conditions; nothing is written. InputRefused for unknown conditions."""
    row = ws.register.row("distribution", plan) or {}
    with ws.register.reading() as sql:
        return find_recipients(
            sql, str(row.get("level") or "household"), clean_criteria(criteria), on, str(row.get("division_code") or "")
        )  # fmt: skip


def with_amounts(view: PlanView, use: str, typed: Mapping[str, int]) -> PlanBalance:
    """The plan's sums as if typed amounts of a use were saved: what the balance bar shows while one types."""
    lines = [
        [*line[:5], typed.get(line[2], line[5]), line[6]] if line[0] == use else line
        for line in listed(view.row, "lines")
    ]
    return balance_of({**view.row, "lines": lines})


def with_uses(balance: PlanBalance, amounts: Mapping[str, int], kept_fen: int) -> PlanBalance:
    """The same for typed uses and 结余; uses without an amount are left out."""
    known = {u.use: u for u in balance.uses}
    empty = next(iter(known.values()), None)
    uses = []
    for code, fen in amounts.items():
        if code in known:
            uses.append(replace(known[code], amount_fen=fen))
        elif fen:
            blank = replace(empty, use=code, amount_fen=fen, note="", lines=0, lined_fen=0) if empty else None
            uses.append(blank or balance_of({"uses": [[code, fen, None]]}).uses[0])
    return replace(balance, uses=tuple(uses), kept_fen=kept_fen)


def new_decision(ws: Workspace, plan: str, values: Mapping[str, Any]) -> str:
    """Write down how the village decided this plan; its id. InputRefused, NotAllowed."""
    row = ws.register.row("distribution", plan) or {}
    return new_record(
        ws, "decision",
        {"title": row.get("title"), "kind": "distribution", "division_code": row.get("division_code"), **values},
        "登记决策记录",
    )  # fmt: skip


def find_households(ws: Workspace, text: str, division: str, limit: int = 30) -> Sequence[Recipient]:
    """Households of a place whose head's name or initials hold the text: those to be added by hand."""
    wanted = text.strip().lower()
    with ws.register.reading() as sql:
        everybody = find_recipients(sql, "household", {}, "", division)
        initials = dict(
            sql.rows(
                f"SELECT id,head_name_initials FROM household WHERE {LIVE} AND division_code LIKE ?", (division + "%",)
            )
        )
    hits = [r for r in everybody if wanted in r.name.lower() or wanted in str(initials.get(r.id) or "")]
    return hits[:limit]


def assets_of_receipts(ws: Workspace, receipts: Sequence[str]) -> list[str]:
    """The assets that brought these receipts, themselves or through their contract."""
    with ws.register.reading() as sql:
        rows = sql.in_chunks(
            "SELECT DISTINCT COALESCE(r.asset_id,c.asset_id) FROM receipt r LEFT JOIN contract_asset c "
            "ON c.contract_id=r.contract_id WHERE r.id IN (*)",
            list(receipts),
        )
        return [a for (a,) in rows if a]
