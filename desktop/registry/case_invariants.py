"""What must hold in notices, findings, disposals and certificates, and may break where two laptops worked alone.

Each line tells the record and what to do, without personal data; `invariants.invariant_problems` calls this.
"""

from __future__ import annotations

from collections.abc import Iterator

from desktop.common.money import format_yuan
from desktop.registry.disposal_procedure import KEEPS_RIGHTS
from desktop.registry.notice_procedure import announces_only, days_between, min_days
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
_STANDS = "COALESCE({}.state,'draft')<>'cancelled'"
Broken = tuple[str, str, str, str]
"""Rule, table, row, words."""


def case_problems(sql: Sql) -> Iterator[Broken]:
    """All of them, by rule."""
    yield from _short_notices(sql)
    yield from _findings(sql)
    yield from _disposal_sums(sql)
    yield from _open_rights(sql)
    yield from _assessed_twice(sql)


def _short_notices(sql: Sql) -> Iterator[Broken]:
    """R-NT: a posted notice hung as many days as its kind needs."""
    least: dict[str, int] = {}
    for row, kind, start, end, state in sql.rows(
        f"SELECT id,kind,start_date,end_date,state FROM notice WHERE {LIVE} AND state IN ('running','ended') "
        "ORDER BY id"
    ):
        if announces_only(kind):
            continue
        if not start or not end:
            yield "notice_period", "notice", row, "已张贴，但没有写公示期"
            continue
        if kind not in least:
            least[kind] = min_days(sql, kind)
        days = days_between(start, end)
        if days < least[kind]:
            yield "notice_period", "notice", row, f"公示期 {days} 天，少于 {least[kind]} 天，要重新公示"
        objections = int(sql.scalar(
            f"SELECT COUNT(*) FROM objection WHERE notice_id=? AND handled_date IS NULL AND {LIVE}", (row,)
        ) or 0) if state == "ended" else 0  # fmt: skip
        if objections:
            yield "notice_objections", "notice", row, f"公示已结束，还有 {objections} 条异议没有处理"


def _findings(sql: Sql) -> Iterator[Broken]:
    for (row,) in sql.rows(
        f"SELECT id FROM finding WHERE {LIVE} AND state IN ('assigned','done') AND due_date IS NULL ORDER BY id"
    ):
        yield "finding_deadline", "finding", row, "问题在整改，但没有期限，请补填"
    for (row,) in sql.rows(
        f"SELECT id FROM finding WHERE {LIVE} AND state IN ('assigned','done') AND COALESCE(responsible,'')='' "
        "ORDER BY id"
    ):
        yield "finding_responsible", "finding", row, "问题在整改，但没有责任人，请补填"
    for (row,) in sql.rows(
        f"SELECT id FROM finding WHERE {LIVE} AND state='closed' AND (COALESCE(rechecked_by,'')='' "
        "OR rechecked_by=responsible) ORDER BY id"
    ):
        yield "finding_recheck", "finding", row, "已销号，但没有复查人，或复查人就是责任人，请重新复查"


def _disposal_sums(sql: Sql) -> Iterator[Broken]:
    """Where the proceeds went adds up to the proceeds, to the 分."""
    rows = sql.rows(
        "SELECT d.id,COALESCE(d.proceeds_fen,0),"
        "(SELECT COALESCE(SUM(x.amount_fen),0) FROM disposal_deduction x WHERE x.disposal_id=d.id)"
        "+(SELECT COALESCE(SUM(y.amount_fen),0) FROM disposal_destination y WHERE y.disposal_id=d.id) "
        "FROM disposal d WHERE d.removed=0 AND d.canonical_id IS NULL AND d.state IN ('settled','written_off') "
        "ORDER BY d.id"
    )
    for row, proceeds, placed in rows:
        rest = int(proceeds) - int(placed)
        if rest:
            word = "还差" if rest > 0 else "多出"
            yield "disposal_sum", "disposal", row, f"处置收入的去向合计{word} {format_yuan(abs(rest))} 元，要改正"


def _assessed_twice(sql: Sql) -> Iterator[Broken]:
    """One place is assessed once a year (一年一评估); two laptops may each have entered one."""
    for (row,) in sql.rows(
        f"SELECT a.id FROM assessment a WHERE a.removed=0 AND a.canonical_id IS NULL AND {_STANDS.format('a')} "
        "AND EXISTS (SELECT 1 FROM assessment b WHERE b.id<>a.id AND b.removed=0 AND b.canonical_id IS NULL "
        f"AND b.division_code=a.division_code AND b.year=a.year AND {_STANDS.format('b')} "
        "AND COALESCE(b.kind,'annual')=COALESCE(a.kind,'annual')) ORDER BY a.id"
    ):
        yield "assessment_twice", "assessment", row, "同一个地方同一年度有两份评估，请作废一份"


def _open_rights(sql: Sql) -> Iterator[Broken]:
    """Rights that are still open, or end later, after the asset was written off."""
    kept = ",".join(f"'{kind}'" for kind in KEEPS_RIGHTS)
    for (row,) in sql.rows(
        'SELECT r.id FROM "right" r JOIN disposal d ON d.asset_id=r.asset_id AND d.removed=0 '
        "AND d.canonical_id IS NULL AND d.state='written_off' WHERE r.removed=0 AND r.canonical_id IS NULL "
        f"AND COALESCE(r.withdrawn,0)=0 AND COALESCE(d.kind,'') NOT IN ({kept}) "
        "AND (r.valid_to IS NULL OR r.valid_to>d.write_off_date) ORDER BY r.id"
    ):
        yield "right_after_disposal", "right", row, "资产已核销，这项权利还没有终止，请终止到核销日"
    for (row,) in sql.rows(
        f"SELECT id FROM asset WHERE {LIVE} AND status='disposed' AND id NOT IN (SELECT asset_id FROM disposal "
        f"WHERE {LIVE} AND state='written_off' AND asset_id IS NOT NULL) AND EXISTS (SELECT 1 FROM \"right\" r "
        "WHERE r.asset_id=asset.id AND r.valid_to IS NULL AND COALESCE(r.withdrawn,0)=0 AND r.removed=0 "
        "AND r.canonical_id IS NULL) ORDER BY id"
    ):
        yield "disposed_with_rights", "asset", row, "状态是已处置，但没有核销记录，权利也没有终止，请补办处置"
