"""What must hold in notices, findings, disposals and certificates, and may break where two laptops worked alone.

Each line tells the record and what to do, without personal data; `invariants.invariant_problems` calls this.
"""

from __future__ import annotations

from collections.abc import Iterator

from desktop.common.money import format_yuan
from desktop.registry.decision import cited_decision_bars
from desktop.registry.disposal_procedure import KEEPS_RIGHTS
from desktop.registry.distribution_checks import recipient_problems
from desktop.registry.notice_procedure import announces_only, days_between, min_days
from desktop.registry.objection_rules import objection_problems
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
_STANDS = "COALESCE({}.state,'draft')<>'cancelled'"
Broken = tuple[str, str, str, str]
"""Rule, table, row, words."""


def case_problems(sql: Sql) -> Iterator[Broken]:
    """All of them, by rule."""
    yield from _short_notices(sql)
    yield from objection_problems(sql)
    yield from _findings(sql)
    yield from _disposal_sums(sql)
    yield from _open_rights(sql)
    yield from _assessed_twice(sql)
    yield from _decisions(sql)
    yield from _recipients(sql)


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


_CITING = (
    # table, kind of decision, the step that rests on it, states that lie before it or off the way
    ("distribution", "distribution", "report", ("draft", "village_meeting", "dropped", "reversal")),
    ("disposal", "disposal", "meet", ("applied", "appraised", "rejected", "stopped")),
    ("registration", "registration", "check", ("applied", "rejected")),
)


def _decisions(sql: Sql) -> Iterator[Broken]:
    """What rests on a decision of the village rests on a whole one: asked again, as the decision may have changed."""
    for table, kind, step, before in _CITING:
        off = ",".join(f"'{state}'" for state in before)
        day = "MAX(COALESCE(c.checked_date,s.on_date))" if table == "registration" else "MAX(s.on_date)"
        for case, decision, on in sql.rows(
            f"SELECT c.id,c.decision_id,{day} FROM {table} c LEFT JOIN step_taken s ON s.case_id=c.id "
            "AND s.step=? AND s.removed=0 AND s.canonical_id IS NULL WHERE c.removed=0 AND c.canonical_id IS NULL "
            f"AND c.state IS NOT NULL AND c.state NOT IN ({off}) GROUP BY c.id,c.decision_id ORDER BY c.id",
            (step,),
        ):
            if decision is None and table == "registration":
                continue
            said = cited_decision_bars(sql, decision, kind, str(on or ""))
            if said:
                yield "decision_of_case", table, case, "；".join(said)
    for contract, decision, signed in sql.rows(
        f"SELECT id,decision_id,signed_date FROM contract WHERE {LIVE} AND decision_id IS NOT NULL "
        "AND state IN ('active','ended','terminated') ORDER BY id"
    ):
        said = cited_decision_bars(sql, decision, on=str(signed or ""), act="签订日期")
        if said:
            yield "decision_of_case", "contract", contract, "；".join(said)


def _recipients(sql: Sql) -> Iterator[Broken]:
    """R-AS-10: who stands in a plan is in the register, alive, once; who still waits for money, too."""
    for plan, year, state in sql.rows(
        f"SELECT id,year,state FROM distribution WHERE {LIVE} AND reversal_of IS NULL "
        "AND state IN ('village_meeting','town_review','noticing','confirmed','paying') ORDER BY id"
    ):
        lines = [list(line) for line in sql.rows(
            "SELECT use,recipient_kind,recipient_id,name,weight,amount_fen,basis FROM distribution_line "
            "WHERE distribution_id=? ORDER BY position", (plan,)
        )]  # fmt: skip
        if state == "paying":
            waiting = set(sql.column(
                f"SELECT recipient_id FROM payment WHERE distribution_id=? AND {LIVE} "
                "AND COALESCE(state,'waiting')='waiting'", (plan,)
            ))  # fmt: skip
            lines = [line for line in lines if line[2] in waiting]
        counted: dict[str, int] = {}
        for problem in recipient_problems(sql, plan, {"year": year, "lines": lines}):
            if problem.severity == "error":
                counted[problem.message] = counted.get(problem.message, 0) + 1
        for message, number in counted.items():
            yield "recipients", "distribution", plan, f"领款名单中有 {number} 处：{message}"
