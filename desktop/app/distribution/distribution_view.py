"""A distribution as a screen, a paper or the command line shows it: receipts, sums, recipients, what is not right.

Sums are those of `distribution_plan`, to the 分.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.records.editing import OpenRecord, open_record
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.insight.interest_conflicts import recipient_hints
from desktop.insight.lessor_book import owners_of_receipts
from desktop.insight.recipients import Recipient, facts_of
from desktop.registry.codelists import word
from desktop.registry.distribution import listed
from desktop.registry.distribution_checks import problems_of, receipts_left
from desktop.registry.distribution_plan import PlanBalance, PlanProblem, balance_of
from desktop.registry.distribution_steps import OPEN
from desktop.registry.labels import record_word
from desktop.registry.posting import carried_over_balance
from desktop.store.database import Sql

TABLE = "distribution"

_INTEREST_WORDS = {
    "same_person": "本人是村镇干部，请核实", "same_name": "与村镇干部同名，请核实",
    "same_household": "与村镇干部同户，请核实", "kin_name": "与村镇干部的家人同名，请核实",
}  # fmt: skip


@dataclass(frozen=True)
class ReceiptChoice:
    """A receipt that can be distributed: what of it is left, 分."""

    id: str
    on_date: str
    asset: str
    kind: str
    payer: str
    amount_fen: int
    left_fen: int
    taken_fen: int = 0
    owners: tuple[tuple[str, int], ...] = ()
    """Whose income it is, by the lessor or owner of its days: (name, 分)."""

    @property
    def title(self) -> str:
        """The asset, else the payer or the kind."""
        return self.asset or self.payer or self.kind


@dataclass(frozen=True)
class PlanLine:
    """One recipient's line as a screen or paper shows it."""

    at: int
    use: str
    recipient: Recipient
    weight: str
    amount_fen: int
    basis: str
    account_tail: str
    problems: tuple[PlanProblem, ...]


@dataclass(frozen=True)
class PlanView:
    """A plan with its sums, lines and what is not right."""

    id: str
    row: Mapping[str, Any]
    village: str
    state: str
    balance: PlanBalance
    receipts: tuple[ReceiptChoice, ...]
    lines: tuple[PlanLine, ...]
    problems: tuple[PlanProblem, ...]
    criteria: Mapping[str, Any]

    @property
    def editable(self) -> bool:
        """Whether amounts and recipients may still be changed."""
        return self.state in OPEN

    def lines_of(self, use: str) -> tuple[PlanLine, ...]:
        """The lines of one use."""
        return tuple(line for line in self.lines if line.use == use)

    @property
    def interests(self) -> tuple[PlanProblem, ...]:
        """Recipients who are officials or their kin: for the office to look at, never a bar, never on a notice."""
        return tuple(p for p in self.problems if p.code == "interest")

    @property
    def errors(self) -> tuple[PlanProblem, ...]:
        """What bars the plan."""
        return tuple(p for p in self.problems if p.severity == "error")


def plan_view(ws: Workspace, plan: str) -> PlanView:
    """The plan as a screen shows it; UsageError when there is none."""
    record = open_record(ws, TABLE, plan)
    row = record.values
    lines = listed(row, "lines")
    with ws.register.reading() as sql:
        problems = problems_of(sql, plan, row)
        problems += _conflict_hints(sql, lines)
        people = facts_of(sql, lines)
        tails = _account_tails(sql, lines)
        receipts = _receipt_rows(sql, {r: int(fen or 0) for r, fen in listed(row, "receipts")}, plan)
        problems += _several_owners(receipts)
        village = place_name(sql, row.get("division_code"))
    by_line: dict[int, list[PlanProblem]] = {}
    for problem in problems:
        if problem.line is not None:
            by_line.setdefault(problem.line, []).append(problem)
    shown = tuple(
        PlanLine(at, line[0] or "", people[line[2]], line[4] or "", int(line[5] or 0), line[6] or "",
                 tails.get(line[2], ""), tuple(by_line.get(at, ())))
        for at, line in enumerate(lines)
    )  # fmt: skip
    return PlanView(
        plan, row, village, str(row.get("state") or "draft"), balance_of(row), tuple(receipts), shown, tuple(problems),
        criteria_of(row),
    )  # fmt: skip


def undistributed(ws: Workspace, division: str = "", plan: str = "") -> list[ReceiptChoice]:
    """Receipts with something left to distribute in a division (code prefix), and those the plan took."""
    taken: dict[str, int] = {}
    if plan:
        row = open_record(ws, TABLE, plan).values
        division = division or str(row.get("division_code") or "")
        taken = {r: int(fen or 0) for r, fen in listed(row, "receipts")}
    with ws.register.reading() as sql:
        left = receipts_left(sql, division=division, without=plan)
        wanted = {r: taken.get(r, 0) for r, fen in left.items() if fen > 0 or r in taken}
        return _receipt_rows(sql, wanted, plan)


def books_carry(ws: Workspace, division_code: str) -> int:
    """收益结余 in the books of this place, 分."""
    with ws.register.reading() as sql:
        return carried_over_balance(sql, division_code)


def open_plan(ws: Workspace, plan: str) -> OpenRecord:
    """The plan as it is, to be changed; UsageError when there is none or it was removed."""
    record = open_record(ws, TABLE, plan)
    if record.values.get("removed"):
        raise UsageError(f"没有这条{record_word(TABLE)}，可能已被移除。")
    return record


def place_name(sql: Sql, code: Any) -> str:
    """The short name of a village or town, "" when the code is unknown."""
    row = sql.one("SELECT COALESCE(short_name,name) FROM division WHERE code=? AND removed=0", (str(code or ""),))
    return str(row[0]) if row else ""


def criteria_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """How each use drew its recipients (use → method, conditions, amounts by class), as kept with the plan."""
    try:
        found = json.loads(str(row.get("criteria") or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _receipt_rows(sql: Sql, taken: Mapping[str, int], plan: str) -> list[ReceiptChoice]:
    if not taken:
        return []
    left = receipts_left(sql, taken, without=plan)
    rows = {
        r[0]: r
        for r in sql.in_chunks(
            "SELECT r.id,r.on_date,a.name,r.kind,r.payer,r.amount_fen,r.contract_id FROM receipt r LEFT JOIN asset a "
            "ON a.id=r.asset_id WHERE r.id IN (*)",
            list(taken),
        )
    }
    of_contract = dict(
        sql.in_chunks(
            "SELECT c.contract_id,MIN(a.name) FROM contract_asset c JOIN asset a ON a.id=c.asset_id "
            "WHERE c.contract_id IN (*) GROUP BY c.contract_id",
            sorted({r[6] for r in rows.values() if r[6]}),
        )
    )
    whose = owners_of_receipts(sql, rows)
    parties = {p for w in whose.values() for p in w if p}
    names = dict(sql.in_chunks("SELECT id,name FROM party WHERE id IN (*)", parties))
    found = [
        ReceiptChoice(
            i, r[1] or "", r[2] or of_contract.get(r[6]) or "", word("receipt_kind", r[3] or "other"), r[4] or "",
            int(r[5] or 0), left.get(i, 0), taken[i],
            tuple((names.get(p, ""), fen) for p, fen in whose.get(i, {}).items() if p and fen),
        )
        for i, r in rows.items()
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c.on_date, c.title, c.id))


def _several_owners(receipts: Sequence[ReceiptChoice]) -> list[PlanProblem]:
    """Income of several parties in one plan (an asset changed hands meanwhile): each distributes his own."""
    sums: dict[str, int] = {}
    for receipt in receipts:
        for name, fen in receipt.owners:
            sums[name] = sums.get(name, 0) + fen
    if len(sums) < 2:
        return []
    said = "、".join(f"{name} {format_yuan(fen)} 元" for name, fen in sums.items())
    return [PlanProblem("receipt_owners", "warning", f"这些收款分属 {said}，请核对是否应分开分配")]


def _account_tails(sql: Sql, lines: Sequence[Sequence[Any]]) -> dict[str, str]:
    """The last four digits of each recipient's account: enough to compare, no account on the screen."""
    homes = {line[2]: line[2] for line in lines if line[1] == "household"}
    people = [line[2] for line in lines if line[1] == "person"]
    homes |= dict(sql.in_chunks("SELECT id,household_id FROM person WHERE id IN (*)", people))
    accounts = dict(
        sql.in_chunks("SELECT id,bank_account FROM household WHERE id IN (*)", sorted({h for h in homes.values() if h}))
    )
    return {r: str(accounts[h])[-4:] for r, h in homes.items() if accounts.get(h)}


def _conflict_hints(sql: Sql, lines: Sequence[Sequence[Any]]) -> list[PlanProblem]:
    """Officials and their kin among the recipients, as hints; the rule itself lives with contracts and tenants."""
    hints = recipient_hints(sql, [(line[1] or "", line[2] or "", line[3] or "") for line in lines])
    return [
        PlanProblem("interest", "warning", _INTEREST_WORDS[how], lines[at][0] or "", at) for at, how in hints
    ]
