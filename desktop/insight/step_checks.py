"""What `check` proves about what steps fixed: papers, approvals and sums say today what they said when they were made.

Each laptop is held to it as it writes (`edit_rules`, `removal_rules`); what two of them make of one another's records,
or an older program left, is found here. Words carry no personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from desktop.common.money import format_yuan
from desktop.registry.case_papers import papers_taken
from desktop.registry.disposal import DISPOSAL_DONE, IN_HAND
from desktop.registry.disposal_procedure import LEVELS, deciding_value, level_within
from desktop.registry.invariants import Invariant
from desktop.registry.labels import label
from desktop.registry.policies import policy
from desktop.registry.procedure import Procedure
from desktop.registry.procedures import PROCEDURES
from desktop.registry.step import StepTaken
from desktop.registry.tables import SCHEMA
from desktop.store.database import Sql
from desktop.store.operations import FIELD, INSERT

LIVE = "removed=0 AND canonical_id IS NULL"
_C = "c.removed=0 AND c.canonical_id IS NULL"
Taken = tuple[bytes, int, str, bytes]
"""A step as the journal has it: operation, arrival, the state it led to, unit of work."""


def _changed_after_step(sql: Sql) -> Iterator[Invariant]:
    """A draft that one laptop edited while another approved it: what was approved is not what stands there.

    Steps write such columns themselves, in their own unit of work; a decision between two statements is a person's.
    """
    for table, procedure in PROCEDURES.items():
        spec = SCHEMA.by_name[table]
        cells = {c.id for n in procedure.frozen_after if (c := spec.by_column.get(n) or spec.by_name.get(n))}
        said: dict[str, list[tuple[int, bytes, int, bytes]]] = {}
        for row, cell, op, seq, unit in sql.rows(
            "SELECT o.row_id,o.cell,o.op_id,o.seq,o.unit FROM op o JOIN unit u ON u.unit_id=o.unit WHERE o.tbl=? "
            f"AND o.kind={FIELD} AND o.void=0 AND o.admitted=1 AND COALESCE(u.source,'')<>'resolve' "
            f"AND o.cell IN ({','.join(map(str, sorted(cells)))})",
            (spec.id,),
        ):
            said.setdefault(bytes(row).hex(), []).append((int(cell), bytes(op), int(seq), bytes(unit)))
        if not said:
            continue
        taken = _steps_of(sql, sorted(said))
        states = dict(sql.in_chunks(f"SELECT id,state FROM {table} WHERE {LIVE} AND id IN (*)", sorted(said)))
        for row, edits in sorted(said.items()):
            state = str(states.get(row) or "")
            steps = taken.get(row, [])
            own = {unit for _, _, _, unit in steps}
            late: set[str] = set()
            for cell, op, seq, unit in edits:
                if unit in own:
                    continue
                known = spec.by_id[cell]
                names = (known.name,) if known.child_table is not None else known.columns
                late.update(n for n in names if _after(procedure, n, state, steps, op, seq))
            if late:
                told = "、".join(sorted({label(table, c) for c in late}))
                reached = procedure.states.get(state, state)
                what = f"已到“{reached}”，{told}却在这之后改过，请核对；不该改的撤回那次修改"
                yield Invariant("changed_after_step", table, row, what)


def _after(procedure: Procedure, column: str, state: str, steps: list[Taken], op: bytes, seq: int) -> bool:
    """Whether an edit of a column was made, or came here, after the step since which it is fixed.

    One that is older and was here before counts as seen by whoever took the step: nothing tells otherwise.
    """
    if not state or not procedure.frozen(column, state):
        return False
    fixing: Taken | None = None
    for step in reversed(steps):
        if not procedure.frozen(column, step[2]):
            break
        fixing = step
    return fixing is not None and (op > fixing[0] or seq > fixing[1])


def _steps_of(sql: Sql, cases: list[str]) -> dict[str, list[Taken]]:
    """The steps of cases that count, in the order they were taken."""
    of: dict[bytes, tuple[str, str]] = {
        bytes.fromhex(step): (str(case), str(to or ""))
        for step, case, to in sql.in_chunks(
            f"SELECT id,case_id,to_state FROM step_taken WHERE {LIVE} AND case_id IN (*)", cases
        )
    }
    out: dict[str, list[Taken]] = {}
    for row, op, seq, unit in sql.in_chunks(
        f"SELECT row_id,op_id,seq,unit FROM op WHERE tbl={StepTaken.register_id} AND kind={INSERT} AND void=0 "
        "AND row_id IN (*)", list(of),
    ):  # fmt: skip
        case, to = of[bytes(row)]
        out.setdefault(case, []).append((bytes(op), int(seq), to, bytes(unit)))
    for steps in out.values():
        steps.sort()
    return out


def _certificates(sql: Sql) -> Iterator[Invariant]:
    """A certificate is of one registration, says what the asset says, and of rights that are there."""
    seen: set[str] = set()
    numbers: dict[str, str] = {}
    for case, asset, number, document, cert, doc in sql.rows(
        "SELECT c.id,x.asset_id,a.cert_no,a.confirm_doc_no,c.cert_no,c.doc_no FROM registration c "
        "JOIN registration_asset x ON x.registration_id=c.id JOIN asset a ON a.id=x.asset_id AND a.removed=0 "
        f"WHERE {_C} AND c.state='certified' ORDER BY c.id,x.position"
    ):
        if asset in seen:
            yield Invariant("registered_twice", "registration", case, "清单中有资产已在另一件确权里发过证，请核对")
        elif (cert and not str(number or "").startswith(str(cert))) or (doc and document != doc):
            yield Invariant("certificate_differs", "asset", asset, "证书号或确权文号与发证的确权登记不一致，请核对")
        seen.add(asset)
    for asset, number in sql.rows(
        f"SELECT id,cert_no FROM asset WHERE {LIVE} AND COALESCE(cert_no,'')<>'' ORDER BY id"
    ):
        if number in numbers:
            yield Invariant("certificate_twice", "asset", asset, "证书号在册中出现不止一次，请核对")
        numbers.setdefault(number, asset)
    for kind in policy(sql, "registration.rights_needed"):
        for (asset,) in sql.rows(
            "SELECT DISTINCT x.asset_id FROM registration c JOIN registration_asset x ON x.registration_id=c.id "
            f"JOIN asset a ON a.id=x.asset_id AND a.removed=0 WHERE {_C} AND c.state='certified' AND NOT EXISTS ("
            'SELECT 1 FROM "right" r WHERE r.asset_id=x.asset_id AND r.kind=? AND r.removed=0 '
            "AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0) ORDER BY 1",
            (kind,),
        ):
            named = {"ownership": "所有权", "income": "收益权"}.get(kind, "一项权利")
            yield Invariant("certified_without_right", "asset", asset, f"已经发证，册中却没有{named}，请恢复或更正")


def _disposals(sql: Sql) -> Iterator[Invariant]:
    """One disposal of an asset runs at a time; the asset says so; and whoever approved might."""
    seen: set[str] = set()
    for case, asset, status in sql.rows(
        f"SELECT c.id,c.asset_id,a.status FROM disposal c JOIN asset a ON a.id=c.asset_id AND a.removed=0 WHERE {_C} "
        f"AND {IN_HAND} ORDER BY c.id"
    ):
        if asset in seen:
            yield Invariant("disposals_at_once", "disposal", case, "同一项资产还有另一件处置在办，请终止一件")
        elif status not in ("disposing", "disposed"):
            yield Invariant("disposing_status", "asset", asset, "正在处置，状态却不是“处置中”，请核对")
        seen.add(asset)
    for (asset,) in sql.rows(
        f"SELECT id FROM asset WHERE {LIVE} AND status='disposing' AND id NOT IN (SELECT c.asset_id FROM disposal c "
        f"WHERE {_C} AND c.asset_id IS NOT NULL AND COALESCE(c.state,'applied') NOT IN {DISPOSAL_DONE}) ORDER BY id"
    ):
        yield Invariant(
            "disposing_status", "asset", asset, "状态是“处置中”，没有在办的处置，请补办或改正状态", "warning"
        )
    order, limits = list(LEVELS), policy(sql, "disposal.limits")
    for case, level, *values in sql.rows(
        "SELECT c.id,c.approval_level,c.appraised_fen,a.net_value_fen,a.original_value_fen FROM disposal c "
        f"LEFT JOIN asset a ON a.id=c.asset_id WHERE {_C} AND c.state IN "
        "('approved','noticed','traded','settled','written_off','handed_on') AND c.approval_level IS NOT NULL "
        "ORDER BY c.id"
    ):
        value = deciding_value(*values)
        needed = level_within(limits, value)
        if level in LEVELS and order.index(level) < order.index(needed):
            worth = "价值不明" if value is None else f"现在价值 {format_yuan(value)} 元"
            said = f"{LEVELS[level]}级批准的，{worth}，按规定要由{LEVELS[needed]}级审批，请核对"
            yield Invariant("approval_level", "disposal", case, said, "warning")


def _open_under_closed(sql: Sql) -> Iterator[Invariant]:
    for (case,) in sql.rows(
        f"SELECT c.id FROM assessment c WHERE {_C} AND c.state='closed' AND EXISTS (SELECT 1 FROM finding f WHERE "
        "f.assessment_id=c.id AND f.removed=0 AND f.canonical_id IS NULL AND COALESCE(f.state,'found') NOT IN "
        "('closed','void')) ORDER BY c.id"
    ):
        yield Invariant("open_under_closed", "assessment", case, "已归档，评估发现的问题却没有全部销号")
    for (case,) in sql.rows(
        f"SELECT c.id FROM complaint c JOIN finding f ON f.id=c.finding_id AND f.removed=0 WHERE {_C} AND "
        "c.state='answered' AND COALESCE(f.state,'found') NOT IN ('closed','void') ORDER BY c.id"
    ):
        yield Invariant("open_under_closed", "complaint", case, "已答复，转办的问题却没有销号")


def _papers(sql: Sql) -> Iterator[Invariant]:
    for table, case, what in papers_taken(sql):
        yield Invariant("paper_removed", table, case, f"{what}已移除，而已办的步骤以它为依据，请恢复或补上")


def _accounts(sql: Sql) -> Iterator[Invariant]:
    """Money that waits goes to the account its household gave, unless somebody is named who takes it."""
    for payment, account, own in sql.rows(
        f"SELECT c.id,c.bank_account,h.bank_account FROM payment c LEFT JOIN person p ON c.recipient_kind='person' "
        "AND p.id=c.recipient_id JOIN household h ON h.id=COALESCE(p.household_id,c.recipient_id) "
        f"WHERE {_C} AND COALESCE(c.state,'waiting')='waiting' AND COALESCE(c.payee,'')='' "
        "AND COALESCE(c.bank_account,'')<>'' AND COALESCE(h.bank_account,'')<>'' ORDER BY c.id"
    ):
        if account != own:
            said = f"待发的账号（尾号 {str(account)[-4:]}）不是这户登记的（尾号 {str(own)[-4:]}），没有写代领人，请核实"
            yield Invariant("payment_account", "payment", payment, said, "warning")


def _money(sql: Sql) -> Iterator[Invariant]:
    """Vouchers that reverse what has a way of its own, a balance below nothing, receipts of another's asset or year."""
    for (voucher,) in sql.rows(
        f"SELECT c.id FROM voucher c JOIN voucher o ON o.id=c.reversal_of WHERE {_C} AND o.source_id IS NOT NULL "
        "AND c.source_id IS NULL ORDER BY c.id"
    ):
        said = "单独冲销了收款、分配或发放的凭证，请用相反的凭证冲回，再冲销那一笔"
        yield Invariant("voucher_reversal_alone", "voucher", voucher, said)
    for voucher, total in sql.rows(
        f"SELECT MAX(c.id),SUM(l.amount_fen) FROM voucher c JOIN voucher_line l ON l.voucher_id=c.id WHERE {_C} "
        "AND l.account='carried_over' GROUP BY COALESCE(c.division_code,'') HAVING SUM(l.amount_fen)>0 ORDER BY 1"
    ):
        said = f"所在村的收益结余是负数（-{format_yuan(int(total))} 元），请核对结余凭证和用了上期结余的方案"
        yield Invariant("carried_over_negative", "voucher", voucher, said)
    for (receipt,) in sql.rows(
        "SELECT c.id FROM receipt c JOIN contract k ON k.id=c.contract_id AND k.removed=0 WHERE "
        f"{_C} AND c.asset_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contract_asset x WHERE x.contract_id=k.id "
        "AND x.asset_id=c.asset_id) ORDER BY c.id"
    ):
        yield Invariant("receipt_asset", "receipt", receipt, "所记的资产不在这份合同里，请核对")
    for receipt, year, first, last in sql.rows(
        "SELECT c.id,c.income_year,SUBSTR(k.term_start,1,4),SUBSTR(COALESCE(k.term_end,'9999'),1,4) FROM receipt c "
        f"JOIN contract k ON k.id=c.contract_id AND k.removed=0 WHERE {_C} AND c.income_year IS NOT NULL "
        "AND k.term_start IS NOT NULL AND c.kind IN ('rent','dividend') AND c.reversal_of IS NULL ORDER BY c.id"
    ):
        if not int(first) <= int(year) <= int(last):
            said = f"记作 {year} 年的收益，合同却是 {first} 年到 {'长期' if last == '9999' else f'{last} 年'}的，请核对"
            yield Invariant("receipt_year", "receipt", receipt, said, "warning")


def _contracts(sql: Sql) -> Iterator[Invariant]:
    """Numbers are given once; the ledger of an asset shows the contract that is in force on all of it."""
    seen: set[str] = set()
    for contract, number in sql.rows(
        f"SELECT id,contract_no FROM contract WHERE {LIVE} AND COALESCE(contract_no,'')<>'' "
        "AND COALESCE(state,'draft')<>'cancelled' ORDER BY id"
    ):
        if number in seen:
            said = "合同编号在册中出现不止一次，请核实是否重复登记"
            yield Invariant("contract_number_twice", "contract", contract, said, "warning")
        seen.add(number)
    for asset, *values in sql.rows(
        "SELECT a.id,a.contract_no,c.contract_no,a.contract_start,c.term_start,a.contract_end,c.term_end FROM asset a "
        f"JOIN contract_asset x ON x.asset_id=a.id JOIN contract c ON c.id=x.contract_id WHERE {_C} AND a.removed=0 "
        "AND a.canonical_id IS NULL AND c.state='active' AND COALESCE(x.part,'')='' AND NOT EXISTS (SELECT 1 FROM "
        "contract_asset y JOIN contract o ON o.id=y.contract_id WHERE y.asset_id=a.id AND o.id<>c.id AND o.removed=0 "
        "AND o.canonical_id IS NULL AND o.state='active') ORDER BY a.id"
    ):
        columns = ("contract_no", "contract_start", "contract_end")
        wrong = [c for n, c in enumerate(columns) if values[2 * n] and values[2 * n] != values[2 * n + 1]]
        if wrong:
            names = "、".join(label("asset", c) for c in wrong)
            yield Invariant("ledger_contract", "asset", asset, f"台账的{names}与履行中的合同不一致，请核对", "warning")


PIECES: tuple[Callable[[Sql], Iterable[Invariant]], ...] = (
    _changed_after_step, _certificates, _disposals, _open_under_closed, _papers, _accounts, _money, _contracts,
)
"""The rules in pieces: each is asked of the register by itself."""
