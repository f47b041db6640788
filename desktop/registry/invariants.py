"""Facts that must hold over several records but that two laptops may each break unknowingly: cases for a person.

They are not enforced on writing (each laptop may be right alone) but looked for after a merge and by `check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from desktop.registry.books import book_problems
from desktop.registry.case_days import day_problems
from desktop.registry.case_invariants import case_problems
from desktop.registry.procedures import PROCEDURES
from desktop.registry.reference_checks import reference_problems
from desktop.registry.removal_rules import removal_problems
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class Invariant:
    """One broken fact: the rule's name, the record it is shown at, and what to do, in words without personal data."""

    rule: str
    table: str
    row_id: str
    message: str
    severity: str = "error"
    """`error`: it cannot stand; `warning`: a person looks whether it is so; `alert`: it is about the family, not about
    its data (`validation_rule.csv`)."""


def invariant_problems(sql: Sql) -> list[Invariant]:
    """All of them, by rule."""
    return [found for piece in PIECES for found in piece(sql)]


def _one_head(sql: Sql) -> list[Invariant]:
    """R-HH-01/02: exactly one head in a household that has members."""
    rows = sql.rows(
        "SELECT h.id,SUM(CASE WHEN p.relation='head' THEN 1 ELSE 0 END) FROM household h JOIN person p "
        "ON p.household_id=h.id AND p.removed=0 AND p.canonical_id IS NULL "
        "WHERE h.removed=0 AND h.canonical_id IS NULL GROUP BY h.id "
        "HAVING SUM(CASE WHEN p.relation='head' THEN 1 ELSE 0 END)<>1"
    )
    return [
        Invariant("one_head", "household", r, "没有户主，请指定一人" if not n else f"有 {n} 个户主，请保留一人")
        for r, n in rows
    ]


def _twice(sql: Sql, table: str, column: str, rule: str, what: str) -> list[Invariant]:
    seen: set[str] = set()
    again: dict[str, None] = {}
    # grouped by the database, every number's row would be read in the order of the numbers: five times as long
    for value in sql.values(f"SELECT {column} FROM {table} WHERE {LIVE} AND {column} IS NOT NULL"):
        again.update({value: None} if value in seen else {})
        seen.add(value)
    rows = sql.in_chunks(
        f"SELECT id FROM {table} WHERE {LIVE} AND {column} IN (*) ORDER BY {column},id", sorted(again)
    )
    return [
        Invariant(rule, table, r, f"{what}，请判断是否同一{'人' if table == 'person' else '资产'}") for (r,) in rows
    ]


def _orphans(sql: Sql) -> list[Invariant]:
    """Members whose household, rights whose asset is not (or no longer) in the register."""
    out = []
    for table, column, parent, word in (
        ("person", "household_id", "household", "所属住户"), ("right", "asset_id", "asset", "所属资产"),
    ):  # fmt: skip
        rows = sql.rows(
            f'SELECT c.id FROM "{table}" c LEFT JOIN {parent} p ON p.id=c.{column} AND p.removed=0 '
            f"WHERE c.removed=0 AND c.canonical_id IS NULL AND c.{column} IS NOT NULL AND p.id IS NULL"
        )
        out += [Invariant("orphan", table, r, f"{word}不在册中，请另行归属或移除") for (r,) in rows]
        rows = sql.rows(f'SELECT id FROM "{table}" WHERE {LIVE} AND {column} IS NULL')
        out += [Invariant("orphan", table, r, f"没有填{word}，请补填或移除") for (r,) in rows]
    return out


def _fund_sums(sql: Sql) -> list[Invariant]:
    """R-AS-01: the fund parts add to the original value, to the 分."""
    rows = sql.rows(
        "SELECT a.id FROM asset a JOIN asset_fund_part f ON f.asset_id=a.id "
        "WHERE a.removed=0 AND a.canonical_id IS NULL GROUP BY a.id,a.original_value_fen "
        "HAVING SUM(f.amount_fen)<>COALESCE(a.original_value_fen,0)"
    )
    return [Invariant("fund_parts_sum", "asset", r, "各资金来源之和不等于原始价值") for (r,) in rows]


def _worn_out(sql: Sql) -> list[Invariant]:
    rows = sql.rows(f"SELECT id FROM asset WHERE {LIVE} AND depreciation_fen>original_value_fen")
    return [Invariant("depreciation_over_original", "asset", r, "累计折旧大于原始价值") for (r,) in rows]


def _share_sums(sql: Sql) -> list[Invariant]:
    """Shares of ownership and income add to exactly 1 in every right, and rights of one kind do not overlap."""
    totals: dict[str, Fraction] = {}
    for right, numerator, denominator in sql.rows(
        'SELECT s.right_id,s.numerator,s.denominator FROM right_share s JOIN "right" r ON r.id=s.right_id '
        "WHERE r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 "
        "AND r.kind IN ('ownership','income')"
    ):
        if not denominator:
            totals[right] = Fraction(-1)
            continue
        totals[right] = totals.get(right, Fraction(0)) + Fraction(numerator or 0, denominator)
    out = [
        Invariant("shares_sum", "right", r, f"份额合计为 {total}，应恰好为 1")
        for r, total in sorted(totals.items())
        if total != 1
    ]
    previous: tuple[str, str, str] | None = None
    for right, asset, kind, start, end in sql.rows(
        "SELECT id,asset_id,kind,COALESCE(valid_from,''),COALESCE(valid_to,'9999-12-31') FROM \"right\" "
        f"WHERE {LIVE} AND COALESCE(withdrawn,0)=0 AND kind IN ('ownership','income') ORDER BY asset_id,kind,4,id"
    ):
        if previous is not None and previous[:2] == (asset, kind) and start < previous[2]:
            out.append(Invariant("rights_overlap", "right", right, "与同类权利的起止时间重叠，请变更或更正其中一条"))
        previous = (asset, kind, max(end, previous[2] if previous and previous[:2] == (asset, kind) else ""))
    return out


def _states(sql: Sql) -> list[Invariant]:
    """A case stands in a state of its procedure to which a step that still counts has led."""
    out = []
    for table, procedure in PROCEDURES.items():
        known = ",".join("?" * len(procedure.states))
        rows = sql.rows(
            f"SELECT id FROM {table} WHERE {LIVE} AND state IS NOT NULL AND state NOT IN ({known}) ORDER BY id",
            tuple(procedure.states),
        )
        out += [Invariant("unknown_state", table, r, "办理状态不是流程中的状态，请重新办理这一步") for (r,) in rows]
        rows = sql.rows(
            f"SELECT c.id FROM {table} c WHERE c.removed=0 AND c.canonical_id IS NULL AND c.state IS NOT NULL "
            f"AND c.state<>? AND c.state IN ({known}) AND NOT EXISTS (SELECT 1 FROM step_taken s WHERE s.case_id=c.id "
            "AND s.to_state=c.state AND s.removed=0 AND s.canonical_id IS NULL) ORDER BY c.id",
            (procedure.initial, *procedure.states),
        )
        out += [Invariant("state_without_step", table, r, "办理状态没有对应的办理步骤，请补办或撤回") for (r,) in rows]
    return out


PIECES: tuple[Callable[[Sql], Iterable[Invariant]], ...] = (
    _one_head,
    lambda sql: _twice(sql, "person", "id_no", "id_number_twice", "证件号码在册中出现不止一次"),
    lambda sql: _twice(sql, "asset", "asset_no", "asset_number_twice", "资产编号在册中出现不止一次"),
    _orphans,
    lambda sql: [Invariant(*found) for found in reference_problems(sql)],
    _fund_sums, _share_sums, _worn_out, _states,
    lambda sql: [Invariant(*found) for found in book_problems(sql)],
    lambda sql: [Invariant(*broken) for broken in case_problems(sql)],
    lambda sql: [Invariant(*broken) for broken in day_problems(sql, PROCEDURES)],
    lambda sql: [Invariant(*found) for found in removal_problems(sql)],
)  # fmt: skip
"""The rules in pieces: each is asked of the register by itself."""
