"""What may be taken out of the register, and when: one table of rules for removals, decisions on them and undoings.

A fact on which others rest stays: a contract in force, a certificate, what hung on a board, money that was booked.
Each refusal names what rests on it and the way that is right instead (终止, 冲销, 更正, 撤回 …). A merge asks nothing
of this and refuses nothing: what is gone then and should not be is found by `check` (`removal_problems`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from desktop.common.errors import InputRefused
from desktop.registry.contract_procedure import EFFECTIVE
from desktop.registry.labels import table_label
from desktop.registry.procedures import PROCEDURES
from desktop.store.database import Sql, quoted

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class Ground:
    """Why a record stays, and the right way instead; both in words without personal data."""

    why: str
    way: str


@dataclass(frozen=True)
class Rests:
    """Living records that rest on others: `query` selects the ids of those among `(*)` they rest on, once for each."""

    query: str
    what: str
    """Said of how many: `{n}` 笔收款记在它名下."""
    way: str


@dataclass(frozen=True)
class Rule:
    """When records of a table stay."""

    stays_in: Mapping[str, str] = field(default_factory=dict)
    """State of a case → the right way instead; in its other states a case may go."""
    rests: tuple[Rests, ...] = ()
    always: Ground | None = None
    """Records that are never removed at all; the unit of work that wrote one may be taken back while nothing rests."""


def _naming(table: str, column: str, what: str, way: str, where: str = "") -> Rests:
    """Living records of a table whose column names the record."""
    more = f" AND {where}" if where else ""
    return Rests(f"SELECT {column} FROM {quoted(table)} c WHERE {LIVE}{more} AND {column} IN (*)", what, way)


def _listing(table: str, lines: str, column: str, what: str, way: str, where: str) -> Rests:
    """Living records of a table with the record in a list cell."""
    return Rests(
        f"SELECT DISTINCT x.{column},c.id FROM {lines} x JOIN {quoted(table)} c ON c.id=x.{table}_id "
        f"WHERE {where} AND x.{column} IN (*)",
        what, way,
    )  # fmt: skip


_PAID_TO = "COALESCE(state,'waiting')<>'cancelled'"
_CITED = "COALESCE(state,'{}') NOT IN ({})"
_CERTIFIED = "c.removed=0 AND c.canonical_id IS NULL AND c.state IN ('approved','certified')"
_HANDED_OVER = "c.removed=0 AND c.canonical_id IS NULL AND c.state='done'"
_DISPOSING = "COALESCE(state,'applied') NOT IN ('applied','stopped','rejected')"
_PLANNED = (
    "c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'draft') NOT IN ('dropped','reversed','reversal')"
)
_GIVEN_TO = "c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'applied') NOT IN ('stopped','rejected')"
_HUNG = Rests(
    f"SELECT subject_id FROM notice WHERE {LIVE} AND state IN ('running','ended') AND subject_id IN (*)",
    "有 {n} 份公示贴出过", "在公示的先“撤下”；公示过的事项留在册里",
)  # fmt: skip
_STOP, _DISPOSED = "不再处置的用“终止”，写明原因", "办错的一步，撤回那一次操作再重办"
_REVERSE = "公示之后要改的用“冲销”"
_DISPOSE = "不再有的资产走“处置”，留在册里"
_CANCEL_ASSESSMENT, _ASSESSED = "做错的用“作废”，写明原因", "评定有误的，撤回“县评”那一步再重评"
_SETTLED = "销号有误的，撤回那一次操作；再有问题另记一条"

RULES: dict[str, Rule] = {
    "contract": Rule(
        {
            "active": "提前结束的用“终止”，写错的“退回修改”", "ended": "办结的合同留在册里",
            "terminated": "终止的合同留在册里",
        },
        (
            _naming("receipt", "contract_id", "有 {n} 笔收款记在它名下", "收错的冲销收款，合同留在册里"),
            _naming("contract", "renewal_of", "有 {n} 份合同续签自它", "先作废续签的合同",
                    "COALESCE(state,'draft')<>'cancelled'"),
        ),
    ),
    "registration": Rule(
        {
            "approved": "批错的，撤回“批准”那一步再重办",
            "certified": "发错证的，撤回“发证”那一步再重办；权利变了的用“变更”，写错的用“更正”",
        },
        (_HUNG,),
    ),
    "handover": Rule({
        "signed": "不移交了的用“取消”，写明原因",
        "done": "移交有误的，撤回“移交”那一步再重办",
    }),
    "notice": Rule(
        {"running": "不该再挂的用“撤下”，写明原因", "ended": "公示过的留在册里；结果有误的另发公告"},
        (
            Rests(
                f"SELECT case_id FROM step_taken WHERE {LIVE} AND case_table='notice' AND step='post' "
                "AND case_id IN (*)", "已经张贴过", "张贴过的留在册里",
            ),
            _naming("objection", "notice_id", "收到过 {n} 条异议", "异议和公示都留在册里"),
        ),
    ),
    "objection": Rule(always=Ground("是公示结果的依据", "登记处理结果；记错的，撤回那一次操作")),
    "disposal": Rule(
        {
            **dict.fromkeys(("appraised", "met", "approved", "noticed"), _STOP),
            **dict.fromkeys(("traded", "settled", "written_off", "handed_on"), _DISPOSED),
        },
        (
            _HUNG,
            Rests(
                "SELECT id FROM disposal WHERE canonical_id IS NULL AND status_before IS NOT NULL "
                "AND COALESCE(state,'applied')='applied' AND id IN (*)", "资产已记为处置中", _STOP,
            ),
        ),
    ),
    "distribution": Rule(
        {
            "town_review": "先“退回修改”，再“作废”",
            **dict.fromkeys(("noticing", "confirmed", "paying", "closed"), _REVERSE),
            **dict.fromkeys(("reversed", "reversal"), "冲销过的方案和它的冲销单都留在册里"),
        },
        (
            _HUNG,
            _naming("payment", "distribution_id", "有 {n} 笔发放记录", _REVERSE, _PAID_TO),
            _naming("voucher", "source_id", "有 {n} 张凭证", _REVERSE),
        ),
    ),
    "payment": Rule(
        dict.fromkeys(("waiting", "paid", "returned", "repaid"), "发错的登记退回；方案有错的冲销方案"),
        (
            _naming("voucher", "source_id", "有 {n} 张凭证", "发错的登记退回"),
            _naming("payment", "repays_id", "已经补发", "补发的那一笔先登记退回"),
        ),
    ),
    "receipt": Rule(rests=(
        _naming("voucher", "source_id", "已经记账", "记错的，先冲销，再重新登记"),
        _naming("receipt", "reversal_of", "已经冲销过", "冲销的两笔都留在册里"),
        _naming("receipt", "refund_of", "退过款", "退款和收款都留在册里"),
        _listing("distribution", "distribution_receipt", "receipt_id", "已列入 {n} 份收益分配方案",
                 "先在方案里去掉这笔收款；公示之后的冲销方案", _PLANNED),
    )),
    "voucher": Rule(
        rests=(_naming("voucher", "reversal_of", "已经冲销过", "冲销的两张都留在册里"),),
        always=Ground("记账后不能改", "记错的，用一张相反的凭证冲销"),
    ),
    "inspection_plan": Rule(rests=(
        _naming("inspection", "plan_id", "已有 {n} 项检查结果", "计划留在册里；填错的结果逐条更正",
                "on_date IS NOT NULL"),
    )),
    "inspection": Rule(rests=(
        _naming("finding", "inspection_id", "查出的 {n} 个问题在整改", "不属实的问题先“记为不属实”",
                "COALESCE(state,'found')<>'void'"),
    )),
    "finding": Rule(
        {
            "assigned": "不属实的用“记为不属实”，写明原因",
            "done": "不属实的先“退回再改”，再“记为不属实”",
            "closed": _SETTLED,
        },
        (_naming("complaint", "finding_id", "有 {n} 件投诉转办到这里", "先答复投诉", "state='passed'"),),
    ),
    "complaint": Rule(dict.fromkeys(("passed", "answered"), "转办、答复过的投诉留在册里；办错的一步，撤回那一次操作")),
    "assessment": Rule(
        {
            "reviewing": _CANCEL_ASSESSMENT, "reviewed": _CANCEL_ASSESSMENT, "decided": _ASSESSED,
            "closed": "归档的评估留在册里",
        },
        (_naming("finding", "assessment_id", "发现的 {n} 个问题在整改", "不属实的问题先“记为不属实”",
                 "COALESCE(state,'found')<>'void'"),),
    ),
    "decision": Rule(rests=(
        _naming("distribution", "decision_id", "有 {n} 份分配方案引用它", "引用它的方案先退回，另引一份",
                _CITED.format("draft", "'draft','village_meeting','dropped','reversed','reversal'")),
        _naming("disposal", "decision_id", "有 {n} 件处置引用它", "引用它的处置先退回，另引一份",
                _CITED.format("applied", "'applied','appraised','rejected','stopped'")),
        _naming("registration", "decision_id", "有 {n} 件确权引用它", "引用它的确权先退回，另引一份",
                _CITED.format("applied", "'applied','rejected'")),
        _naming("contract", "decision_id", "有 {n} 份合同引用它", "引用它的合同先退回修改，另引一份",
                "state IN ('active','ended','terminated')"),
    )),
    "asset": Rule(rests=(
        _listing("contract", "contract_asset", "asset_id", "有 {n} 份合同用到它", _DISPOSE, EFFECTIVE),
        _naming("receipt", "asset_id", "有 {n} 笔收款记在它名下", _DISPOSE),
        _listing("registration", "registration_asset", "asset_id", "已经确权", _DISPOSE, _CERTIFIED),
        _listing("handover", "handover_asset", "asset_id", "已经移交", _DISPOSE, _HANDED_OVER),
        _naming("disposal", "asset_id", "正在处置或已处置", "处置有误的用“终止”；办结的资产留在册里", _DISPOSING),
        _naming("inspection", "asset_id", "有 {n} 次检查结果", _DISPOSE, "on_date IS NOT NULL"),
        _naming("finding", "asset_id", "有 {n} 个问题在整改", "不属实的问题先“记为不属实”",
                "COALESCE(state,'found')<>'void'"),
    )),
    "right": Rule(rests=(
        Rests(
            'SELECT r.id FROM "right" r JOIN registration_asset x ON x.asset_id=r.asset_id JOIN registration c '
            f"ON c.id=x.registration_id WHERE {_CERTIFIED} AND COALESCE(r.withdrawn,0)=0 AND r.id IN (*)",
            "已经写进确权证书", "真的变了用“变更”，写错的用“更正”，不再有的用“终止”",
        ),
    )),
    "party": Rule(rests=(
        _listing("right", "right_share", "party_id", "是 {n} 项权利的权利人", "先变更或更正这些权利",
                 "c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.withdrawn,0)=0"),
        _naming("contract", "lessor_party_id", "是 {n} 份合同的出租（发包）方", "合同签过的，这个单位留在册里",
                "COALESCE(state,'draft')<>'cancelled'"),
        _listing("contract", "contract_lessor", "party_id", "是 {n} 份合同接任的出租（发包）方",
                 "合同签过的，这个单位留在册里", "c.removed=0 AND c.canonical_id IS NULL"),
        _naming("contract", "operator_party_id", "是 {n} 份合同的承租（承包）方", "合同签过的，这个单位留在册里",
                "COALESCE(state,'draft')<>'cancelled'"),
        _listing("disposal", "disposal_destination", "party_id", "收到 {n} 件处置的收入",
                 "处置办过的，这个单位留在册里", _GIVEN_TO),
        _naming("handover", "from_party_id", "是 {n} 次移交的移交方", "移交过的，这个单位留在册里", "state='done'"),
        _naming("handover", "to_party_id", "是 {n} 次移交的接收方", "移交过的，这个单位留在册里", "state='done'"),
        _naming("payment", "recipient_id", "有 {n} 笔发放记录", "领过款的留在册里", _PAID_TO),
    )),
    "project": Rule(rests=(
        _naming("asset", "project_id", "有 {n} 项资产由它形成", "先改这些资产的项目"),
        _naming("distribution", "project_id", "有 {n} 份分配方案按它分", "分配过的项目留在册里",
                "COALESCE(state,'draft')<>'dropped'"),
    )),
    "household": Rule(rests=(
        _naming("payment", "recipient_id", "有 {n} 笔发放记录", "领过款的户留在册里；成员的去向逐人登记", _PAID_TO),
    )),
    "person": Rule(rests=(
        _naming("payment", "recipient_id", "有 {n} 笔发放记录", "领过款的人留在册里；他的去向在成员里登记", _PAID_TO),
    )),
}  # fmt: skip
"""Table → what of it stays. Tables that are not here hold nothing that others rest on."""


def grounds(sql: Sql, table: str, ids: Sequence[str]) -> dict[str, Ground]:
    """Record → why it may not be removed; those that may are left out."""
    rule = RULES.get(table)
    if rule is None:
        return {}
    found: dict[str, Ground] = {}
    if rule.stays_in:
        procedure = PROCEDURES[table]
        states = sql.in_chunks(f"SELECT id,COALESCE(state,'{procedure.initial}') FROM {table} WHERE id IN (*)", ids)
        found = _by_state(table, states)
    return _resting(sql, rule, ids) | found | (dict.fromkeys(ids, rule.always) if rule.always else {})


def left_behind(sql: Sql, table: str, ids: Sequence[str]) -> dict[str, Ground]:
    """Record that an undoing took away → what it left behind: steps others took with it, records that rest on it.

    Asked after the undoing, in its transaction: what the same unit of work wrote is gone, too, and bars nothing.
    """
    rule = RULES.get(table)
    if rule is None:
        return {}
    found: dict[str, Ground] = {}
    if rule.stays_in:
        taken = sql.in_chunks(
            f"SELECT case_id,to_state FROM step_taken WHERE {LIVE} AND case_id IN (*) ORDER BY id", ids
        )
        found = _by_state(table, taken)
    return _resting(sql, rule, ids) | found


def refuse_removal(sql: Sql, table: str, ids: Sequence[str]) -> None:
    """InputRefused when one of the records stays, with the reason and the way that is right."""
    for ground in grounds(sql, table, ids).values():
        raise InputRefused(f"{table_label(table)}{ground.why}，不能移除，没有改变。", hint=f"{ground.way}。")


def removal_problems(sql: Sql) -> Iterator[tuple[str, str, str, str]]:
    """What a merge (or an older program) took out although others rest on it: (rule, table, record, words)."""
    for table in RULES:
        gone = sql.column(f"SELECT id FROM {quoted(table)} WHERE removed=1 AND canonical_id IS NULL ORDER BY id")
        found = grounds(sql, table, gone) if gone else {}
        for row in gone:
            if row in found:
                yield "removed_fact", table, row, f"已被移除，而它{found[row].why}，请恢复"
    for table in PROCEDURES:
        for (step,) in sql.rows(
            f"SELECT s.id FROM step_taken s LEFT JOIN {table} c ON c.id=s.case_id WHERE s.removed=0 "
            "AND s.canonical_id IS NULL AND s.case_table=? AND c.id IS NULL ORDER BY s.id",
            (table,),
        ):
            said = f"所办的{table_label(table)}已不在册中，请撤回使它离册的那一次操作"
            yield "removed_fact", "step_taken", step, said
    for table in ("distribution", "payment"):  # of receipts see `books`
        for (voucher,) in sql.rows(
            f"SELECT v.id FROM voucher v LEFT JOIN {table} c ON c.id=v.source_id AND c.removed=0 WHERE v.removed=0 "
            "AND v.canonical_id IS NULL AND v.source_table=? AND c.id IS NULL ORDER BY v.id",
            (table,),
        ):
            yield "voucher_source", "voucher", voucher, f"凭证所记的{table_label(table)}已不在册中"


def _by_state(table: str, states: Iterable[Sequence[str]]) -> dict[str, Ground]:
    rule, words = RULES[table], PROCEDURES[table].states
    last = {str(row): str(state) for row, state in states}
    return {
        row: Ground(f"现在是“{words.get(state, state)}”", rule.stays_in[state])
        for row, state in last.items()
        if state in rule.stays_in
    }


def _resting(sql: Sql, rule: Rule, ids: Sequence[str]) -> dict[str, Ground]:
    found: dict[str, Ground] = {}
    for rests in rule.rests:
        counted: dict[str, int] = {}
        for row, *_ in sql.in_chunks(rests.query, ids):
            counted[str(row)] = counted.get(str(row), 0) + 1
        for row, number in counted.items():
            found.setdefault(row, Ground(rests.what.format(n=number), rests.way))
    return found
