"""Who may stand in a distribution: in the register, alive, not twice, within the cap; receipts not given out twice.

Two laptops may each be right alone, so the same rules are asked when a plan is made, at each step, and by `check`.
Messages carry no names; the line's index says whom they are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from desktop.common.money import format_yuan
from desktop.registry.codelists import word
from desktop.registry.distribution import listed
from desktop.registry.distribution_plan import DISTRIBUTED_KINDS, PlanProblem, plan_problems
from desktop.registry.policies import policy
from desktop.store.database import Sql

DEPARTED = frozenset(("死亡", "婚出", "迁出", "其他减少"))
"""Words of a member's change (`person.change_kind`) after which he no longer belongs to the household."""
OFF = ("dropped", "reversed", "reversal")
"""States of a distribution that no longer gives anything to anybody."""
RECIPIENT_TABLES = ("household", "person", "party")


def departed(change: str | None) -> bool:
    """Whether a member's change says that he died or left the household."""
    return change in DEPARTED


def problems_of(sql: Sql, row_id: str, row: Mapping[str, Any]) -> list[PlanProblem]:
    """Everything that is not right with a plan, errors first as they bar, then what to look at."""
    found = [*plan_problems(sql, row), *receipt_problems(sql, row_id, row), *recipient_problems(sql, row_id, row)]
    return sorted(found, key=lambda p: p.severity != "error")


def bars_of(sql: Sql, row_id: str, row: Mapping[str, Any]) -> list[str]:
    """The errors as short clauses, equal ones counted."""
    counted: dict[str, int] = {}
    for problem in problems_of(sql, row_id, row):
        if problem.severity == "error":
            counted[problem.message] = counted.get(problem.message, 0) + 1
    return [message if n == 1 else f"{message}（{n} 处）" for message, n in counted.items()]


def receipt_problems(sql: Sql, row_id: str, row: Mapping[str, Any]) -> list[PlanProblem]:
    """Receipts that are not there, not distributable, or taken beyond their amount by all plans together."""
    if row.get("reversal_of"):
        return []
    found: list[PlanProblem] = []
    wanted: dict[str, int] = {}
    for receipt, fen in listed(row, "receipts"):
        if receipt in wanted:
            found.append(PlanProblem("receipt_twice", "error", "同一笔收款选了两次"))
        wanted[receipt] = wanted.get(receipt, 0) + (fen or 0)
    left = receipts_left(sql, wanted, without=row_id)
    for receipt, fen in wanted.items():
        if receipt not in left:
            found.append(PlanProblem("receipt_gone", "error", "有收款不在册中，或不能分配"))
        elif fen > left[receipt]:
            over = format_yuan(fen - max(left[receipt], 0))
            found.append(PlanProblem("receipt_over", "error", f"有收款已在别的方案中分配，多用了 {over} 元"))
        elif fen <= 0:
            found.append(PlanProblem("receipt_amount", "error", "有收款没有写用多少"))
    return found


def receipts_left(sql: Sql, ids: Iterable[str] = (), *, without: str = "", division: str = "") -> dict[str, int]:
    """What of each distributable receipt is not yet in a plan, in 分; all receipts of a division when none is named.

    A reversed receipt counts with its reversal, a refunded one with what went back; `without` leaves one plan out.
    """
    wanted = list(ids)
    kinds = ",".join(f"'{k}'" for k in DISTRIBUTED_KINDS)
    base = (
        "SELECT id,amount_fen FROM receipt WHERE removed=0 AND canonical_id IS NULL AND reversal_of IS NULL "
        f"AND refund_of IS NULL AND COALESCE(kind,'other') IN ({kinds}) AND amount_fen IS NOT NULL"
    )
    if wanted:
        rows = list(sql.in_chunks(f"{base} AND id IN (*)", wanted))
    else:
        rows = sql.rows(f"{base} AND COALESCE(division_code,'') LIKE ?", (division + "%",))
    left = {str(i): int(fen) for i, fen in rows}
    if not left:
        return left
    for reversed_id, fen in sql.rows(
        "SELECT COALESCE(refund_of,reversal_of),amount_fen FROM receipt WHERE (reversal_of IS NOT NULL "
        "OR refund_of IS NOT NULL) AND removed=0 AND canonical_id IS NULL"
    ):
        if reversed_id in left:
            left[reversed_id] += int(fen or 0)
    off = ",".join(f"'{s}'" for s in OFF)
    for receipt, fen in sql.rows(
        "SELECT r.receipt_id,SUM(r.amount_fen) FROM distribution_receipt r JOIN distribution d "
        "ON d.id=r.distribution_id WHERE d.removed=0 AND d.canonical_id IS NULL "
        f"AND COALESCE(d.state,'draft') NOT IN ({off}) AND d.id<>? GROUP BY r.receipt_id",
        (without,),
    ):
        if receipt in left:
            left[receipt] -= int(fen or 0)
    return left


def recipient_problems(sql: Sql, row_id: str, row: Mapping[str, Any]) -> list[PlanProblem]:
    """Lines whose recipient is not in the register, dead or gone, twice in a use, over the cap, or served before."""
    lines = listed(row, "lines")
    if not lines or row.get("reversal_of"):
        return []
    found: list[PlanProblem] = []

    def say(code: str, message: str, at: int, severity: str = "error") -> None:
        found.append(PlanProblem(code, severity, message, lines[at][0] or "", at))

    known = {
        kind: _standing(sql, kind, {line[2] for line in lines if line[1] == kind and line[2]})
        for kind in RECIPIENT_TABLES
    }
    home = {p: h for p, (_, h) in known["person"].items()}
    cap = policy(sql, "distribution.household_cap_fen")
    sums: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    homes: dict[tuple[str, str], set[str]] = {}
    for at, (use, kind, recipient, _, _, fen, _) in enumerate(lines):
        if kind not in RECIPIENT_TABLES or recipient not in known[kind]:
            say("not_in_register", "领款对象不在册中", at)
        else:
            problem = known[kind][recipient][0]
            if problem:
                say("gone", problem, at)
        if (use, recipient) in seen:
            say("twice", "同一用途里出现两次", at)
        seen.add((use, recipient))
        homes.setdefault((use, home.get(recipient, recipient)), set()).add(kind)
        if not fen or fen <= 0:
            say("no_amount", "没有金额", at)
        sums[recipient] = sums.get(recipient, 0) + (fen or 0)
    for at, line in enumerate(lines):
        if line[1] == "person" and "household" in homes[(line[0], home.get(line[2], line[2]))]:
            say("person_and_household", "本人和他所在的户都在同一用途里", at)
        if isinstance(cap, int) and sums[line[2]] > cap:
            say("over_cap", f"合计超过每户（人）上限 {format_yuan(cap)} 元", at)
    served = _served_this_year(sql, row_id, row, [line[2] for line in lines if line[2]])
    severity = "error" if policy(sql, "distribution.same_year_use") == "refuse" else "warning"
    for at, line in enumerate(lines):
        if (line[0], line[2]) in served:
            say("same_year_use", f"本年度已从{word('income_use', line[0])}领过", at, severity)
    return found


def _standing(sql: Sql, kind: str, ids: set[str]) -> dict[str, tuple[str, str]]:
    """Recipients that are in the register → (what is wrong with them or "", the household of a person)."""
    if not ids:
        return {}
    wanted = sorted(ids)
    if kind == "party":
        found = sql.in_chunks("SELECT id FROM party WHERE removed=0 AND canonical_id IS NULL AND id IN (*)", wanted)
        return {i: ("", "") for (i,) in found}
    if kind == "person":
        return {
            i: (_gone_words(change) if departed(change) else "", home or "")
            for i, change, home in sql.in_chunks(
                "SELECT id,change_kind,household_id FROM person WHERE removed=0 AND canonical_id IS NULL "
                "AND id IN (*)",
                wanted,
            )
        }
    live_households = "SELECT id,head_person_id FROM household WHERE removed=0 AND canonical_id IS NULL AND id IN (*)"
    heads = dict(sql.in_chunks(live_households, wanted))
    members: dict[str, list[tuple[str, str | None, str | None]]] = {}
    for person, home, change, relation in sql.in_chunks(
        "SELECT id,household_id,change_kind,relation FROM person WHERE removed=0 AND canonical_id IS NULL "
        "AND household_id IN (*)",
        list(heads),
    ):
        members.setdefault(home, []).append((person, change, relation))
    out = {}
    for i, head in heads.items():
        family = members.get(i, [])
        problem = ""
        if family and all(departed(change) for _, change, _ in family):
            problem = "户内已没有在册的成员"
        else:
            chiefs = [m for m in family if m[0] == head] or [m for m in family if m[2] == "head"]
            gone = [change for _, change, _ in chiefs if departed(change)]
            if gone and len(gone) == len(chiefs):
                problem = f"户主已登记{gone[0]}，请变更户主、改领款人或去掉"
        out[i] = (problem, "")
    return out


def _gone_words(change: str | None) -> str:
    return f"已登记{change}"


def _served_this_year(sql: Sql, row_id: str, row: Mapping[str, Any], ids: list[str]) -> set[tuple[str, str]]:
    """(use, recipient) pairs that another plan of the same year gives something to."""
    if not row.get("year"):
        return set()
    off = ",".join(f"'{s}'" for s in OFF)
    others = sql.rows(
        f"SELECT id FROM distribution WHERE year=? AND id<>? AND removed=0 AND canonical_id IS NULL "
        f"AND COALESCE(state,'draft') NOT IN ({off})",
        (row["year"], row_id),
    )
    served: set[tuple[str, str]] = set()
    for (other,) in others:
        served |= {
            (use, recipient)
            for use, recipient in sql.rows(
                "SELECT use,recipient_id FROM distribution_line WHERE distribution_id=?", (other,)
            )
        }
    wanted = set(ids)
    return {(use, recipient) for use, recipient in served if recipient in wanted}
