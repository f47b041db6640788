"""Facts on which others rest stay: not removed, not undone from under them, and named by `check` when a merge does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.app.cases.notices import handle_objection, make_notice, receive_objection
from desktop.app.cases.procedures import take_step
from desktop.app.distribution import distributing
from desktop.app.exchange import exchanging
from desktop.app.keeping.self_check import check_register
from desktop.app.money.contracts import new_contract
from desktop.app.records.bulk_editing import plan_bulk
from desktop.app.records.editing import new_record, open_record, remove_record, restore_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, NotAllowed
from desktop.registry.removal_rules import RULES
from desktop.registry.rent_schedule import RentRule
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    VILLAGE,
    add_asset,
    add_party,
    add_right,
    mark_checked,
    town_register,
)
from tests.app.conftest import Said
from tests.app.distribution.distribution_cases import balanced, decide, hang_notice, receive, step, village
from tests.exchange.laptops import Make, enrol, send

Given = Callable[[Any, "Workspace"], str]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with town_register(tmp_path_factory.mktemp("册")) as made:
        yield made


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        yield made


def last_unit(ws: Workspace) -> str:
    return ws.register.units(1)[0].unit_id.hex()


def case_in(table: str, state: str, **values: object) -> Given:
    """A case in a state, with the step that led there."""
    def given(scope: Any, ws: Workspace) -> str:
        row = scope.insert(table, {"state": state, **values})
        scope.insert("step_taken", {"case_table": table, "case_id": row, "step": "x", "to_state": state})
        return str(row)

    return given


def rested_on(table: str, values: dict[str, object], by: str, column: str, **more: object) -> Given:
    """A record and another that names it (in a list cell when the column holds lines)."""
    def given(scope: Any, ws: Workspace) -> str:
        row = scope.insert(table, values)
        lists = {cell.name for cell in ws.register.table(by).cells if cell.child_table}
        scope.insert(by, {column: [[row, *([1, 1] if by == "right" else [])]] if column in lists else row, **more})
        return str(row)

    return given


def cited(scope: Any, ws: Workspace) -> str:
    row = scope.insert("decision", {"title": "租赁"})
    scope.insert("contract", {"contract_no": "引-1", "state": "active", "term_start": "2024-01-01", "decision_id": row})
    return str(row)


def certified_right(scope: Any, ws: Workspace) -> str:
    asset = scope.insert("asset", {"name": "冷库", "division_code": VILLAGE})
    scope.insert("registration", {"title": "确权", "state": "certified", "assets": [[asset]]})
    return str(scope.insert("right", {"asset_id": asset, "kind": "income", "valid_from": "2024-01-01"}))


ASSET = {"name": "样例仓库", "division_code": VILLAGE}
STAYS: list[tuple[str, Given, str]] = [
    ("contract", case_in("contract", "active"), "合同现在是“履行中”，不能移除.*“终止”"),
    ("contract", case_in("contract", "terminated"), "合同现在是“已终止”，不能移除.*留在册里"),
    ("contract", rested_on("contract", {"contract_no": "收-1"}, "receipt", "contract_id"),
     "有 1 笔收款记在它名下，不能移除.*冲销收款"),
    ("registration", case_in("registration", "certified"), "现在是“发证”，不能移除.*撤回“发证”那一步.*“更正”"),
    ("handover", case_in("handover", "done"), "现在是“已移交”，不能移除.*撤回“移交”那一步"),
    ("notice", case_in("notice", "running"), "现在是“公示中”，不能移除.*“撤下”，写明原因"),
    ("notice", case_in("notice", "ended"), "现在是“已结束”，不能移除.*另发公告"),
    ("disposal", case_in("disposal", "approved"), "现在是“审批”，不能移除.*“终止”，写明原因"),
    ("disposal", case_in("disposal", "written_off"), "现在是“核销”，不能移除.*撤回那一次操作"),
    ("disposal", case_in("disposal", "applied", status_before="normal"), "资产已记为处置中，不能移除.*“终止”"),
    ("distribution", case_in("distribution", "noticing"), "现在是“公示”，不能移除.*“冲销”"),
    ("distribution", case_in("distribution", "reversal"), "现在是“冲销单”，不能移除"),
    ("voucher", lambda scope, ws: scope.insert("voucher", {"lines": [["bank", 5, None, None]]}),
     "凭证记账后不能改，不能移除.*相反的凭证冲销"),
    ("payment", case_in("payment", "paid"), "现在是“已发”，不能移除.*登记退回"),
    ("inspection_plan", rested_on("inspection_plan", {"title": "年检"}, "inspection", "plan_id",
                                  on_date="2024-05-01"), "已有 1 项检查结果，不能移除.*逐条更正"),
    ("inspection", rested_on("inspection", {"on_date": "2024-05-01"}, "finding", "inspection_id"),
     "查出的 1 个问题在整改，不能移除.*记为不属实"),
    ("finding", case_in("finding", "closed"), "现在是“已销号”，不能移除"),
    ("complaint", case_in("complaint", "answered"), "现在是“已答复”，不能移除"),
    ("assessment", case_in("assessment", "decided"), "现在是“已评定”，不能移除.*撤回“县评”"),
    ("objection", lambda scope, ws: scope.insert("objection", {"what": "写大了", "handled_date": "2024-05-01"}),
     "不能移除.*撤回那一次操作"),
    ("decision", cited, "有 1 份合同引用它，不能移除.*退回修改"),
    ("asset", rested_on("asset", ASSET, "contract", "assets", state="active", term_start="2024-01-01"),
     "有 1 份合同用到它，不能移除.*“处置”"),
    ("asset", rested_on("asset", ASSET, "registration", "assets", state="certified"), "已经确权，不能移除"),
    ("right", certified_right, "已经写进确权证书，不能移除.*“变更”.*“更正”.*“终止”"),
    ("party", rested_on("party", {"name": "虚拟合作社"}, "right", "shares"), "是 1 项权利的权利人，不能移除.*更正"),
    ("project", rested_on("project", {"name": "样例项目"}, "asset", "project_id", **ASSET), "有 1 项资产由它形成"),
    ("household", rested_on("household", {"head_name": "陈样", "division_code": VILLAGE}, "payment", "recipient_id",
                            state="paid"), "有 1 笔发放记录，不能移除.*去向"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "given", "said"), STAYS, ids=[f"{n}-{s[0]}" for n, s in enumerate(STAYS)])
def test_what_others_rest_on_is_not_removed_and_the_way_is_said(
    shared: Workspace, table: str, given: Given, said: str
) -> None:
    with shared.write("立", right="admin") as scope:
        row = given(scope, shared)
    with pytest.raises(InputRefused, match=said):
        remove_record(shared, open_record(shared, table, row))
    assert not (shared.register.row(table, row) or {})["removed"]
    with shared.write("越过", right="admin") as scope:  # as an older program's package brings it
        scope.remove(table, row)
    found = [p for p in check_register(shared) if p.rule == "removed_fact" and p.row_id == row]
    assert len(found) == 1 and "请恢复" in found[0].message and found[0].kind == "归属和引用"
    restore_record(shared, table, row)


def test_every_rule_names_tables_and_states_that_are_there(shared: Workspace) -> None:
    from desktop.registry.procedures import PROCEDURES

    for table, rule in RULES.items():
        assert table in shared.register.schema.by_name
        assert set(rule.stays_in) <= set(PROCEDURES[table].states if table in PROCEDURES else ())
    assert {t for t, _, _ in STAYS} >= set(RULES) - {"person", "receipt"}, "a person's as a household's; see below"


def lease(ws: Workspace, no: str = "租-1", **more: object) -> str:
    owner, firm = add_party(ws, COLLECTIVE), add_party(ws, "样例商贸", "enterprise", "enterprise")
    shop = add_asset(ws, f"商铺 {no}")
    add_right(ws, shop, "ownership", [(owner, 1, 1)])
    return new_contract(ws, {
        "contract_no": no, "mode": "lease", "lessor_party_id": owner, "operator_party_id": firm, "assets": [[shop]],
        "signed_date": "2023-12-20", "term_start": "2024-01-01", "term_end": "2026-12-31", **more,
    }, RentRule("year", "2024-01-10", amount_fen=1_200_000))  # fmt: skip


def test_a_record_is_taken_back_while_nothing_rests_on_it(ws: Workspace) -> None:
    made = lease(ws)
    unit = last_unit(ws)
    take_step(ws, "contract", made, "activate", on="2024-01-01")
    activated = last_unit(ws)
    new_record(ws, "receipt", {"contract_id": made, "on_date": "2024-03-01", "amount_fen": 1_200_000, "kind": "rent"})
    received = last_unit(ws)
    with pytest.raises(InputRefused, match="撤回会移除合同，而它现在是“履行中”，没有撤回.*“终止”"):
        take_back_unit(ws, unit)
    take_back_unit(ws, activated)
    with pytest.raises(InputRefused, match="撤回会移除合同，而它有 1 笔收款记在它名下"):
        take_back_unit(ws, unit)
    assert (ws.register.row("contract", made) or {})["state"] is None
    take_back_unit(ws, received)  # the receipt with its voucher: nothing rests on them
    take_back_unit(ws, unit)
    assert ws.register.row("contract", made) is None and not [p for p in check_register(ws) if p.severity == "error"]


def test_a_step_and_what_it_rests_on_are_taken_back_from_the_last(ws: Workspace) -> None:
    made = lease(ws)
    take_step(ws, "contract", made, "activate", on="2024-01-01")
    first = last_unit(ws)
    take_step(ws, "contract", made, "terminate", {"ended_date": "2024-06-30", "end_reason": "退租"}, on="2024-06-30")
    with pytest.raises(InputRefused, match="之后已经办了别的步骤“终止”，没有撤回.*先撤回后面的步骤"):
        take_back_unit(ws, first)
    take_back_unit(ws, last_unit(ws))
    take_back_unit(ws, first)


def test_a_plan_stays_as_it_was_approved(tmp_path: Path) -> None:
    """An old edit of the draft, or of a receipt it takes, is not undone from under the approval."""
    case = village(tmp_path)
    with case.ws as ws:
        receive(case, 100_000)
        received = ws.register.units(1)[0].unit_id.hex()
        balanced(case)
        distributing.set_uses(ws, case.plan, [("risk_people", "520.00", ""), ("maintenance", "20%", "")], kept="rest")
        edited = last_unit(ws)
        take_back_unit(ws, edited)  # a draft may be mended
        take_back_unit(ws, last_unit(ws))
        case.as_user("村样例")
        step(case, "submit")
        step(case, "report", decision_id=decide(case))
        case.as_user("镇样例")
        step(case, "approve")
        with pytest.raises(InputRefused, match="收益分配现在是“公示”，.*不能再改；没有撤回"):
            take_back_unit(ws, edited)
        with pytest.raises(InputRefused, match="撤回会移除收款，而它已列入 1 份收益分配方案"):
            take_back_unit(ws, received)
        ws.register.role = "asset-manager"
        with pytest.raises(NotAllowed, match="不能审核"):
            take_back_unit(ws, last_unit(ws))  # what the town reviewed
        ws.register.role = "county-admin"
        hang_notice(case)
        hung = last_unit(ws)
        step(case, "confirm")
        with pytest.raises(InputRefused, match="已经凭这份公示往下办了，没有撤回"):
            take_back_unit(ws, hung)
        assert not [p for p in check_register(ws) if p.severity == "error"]


def test_a_notice_and_its_objections_are_not_undone_past_one_another(ws: Workspace) -> None:
    with ws.write("县里不要照片", right="admin") as scope:
        scope.insert("setting", {"key": "notice.photo_needed", "value": "false"})
    case = mark_checked(ws, new_record(ws, "registration", {"title": "确权", "division_code": VILLAGE}))
    notice = make_notice(ws, "registration", case, start="2024-03-01",
                         values={"places": [["村口"]], "contact_address": "镇政府"})  # fmt: skip
    made = last_unit(ws)
    take_step(ws, "notice", notice, "post", on="2024-03-01")
    posted = last_unit(ws)
    objection = receive_objection(ws, notice, "面积写大了", on="2024-03-03")
    received = last_unit(ws)
    with pytest.raises(InputRefused, match="已经收到异议，没有撤回.*“撤下”"):
        take_back_unit(ws, posted)
    handle_objection(ws, objection, "量过，无误", on="2024-03-05", upheld=False)
    handled = last_unit(ws)
    with pytest.raises(InputRefused, match="后来已登记处理，没有撤回"):
        take_back_unit(ws, received)
    take_back_unit(ws, handled)
    take_back_unit(ws, received)
    take_back_unit(ws, posted)
    take_back_unit(ws, made)
    assert ws.register.row("notice", notice) is None


def test_an_import_goes_only_as_far_as_nothing_rests_on_it(ws: Workspace) -> None:
    with ws.write("导入资产台账", right="import", source="import:样") as scope:
        assets = scope.insert_many("asset", [{**ASSET, "name": f"仓库 {n}"} for n in range(40)])
    unit = last_unit(ws)
    with ws.write("合同", right="edit-assets") as scope:
        for asset in assets[:2]:
            scope.insert("contract", {"state": "active", "term_start": "2024-01-01", "assets": [[asset]]})
    with pytest.raises(InputRefused, match="撤回会移除资产，而它有 1 份合同用到它（这样的有 2 条），没有撤回"):
        take_back_unit(ws, unit)
    take_back_unit(ws, last_unit(ws))
    take_back_unit(ws, unit)
    assert ws.register.row("asset", assets[0]) is None


def test_a_merge_refuses_nothing_and_check_names_it(make: Make, tmp_path: Path) -> None:
    county, laptop = make("county", level="county", division="440705"), make("a")
    enrol(county, laptop, tmp_path, "440705104")
    made = lease(laptop)
    take_step(laptop, "contract", made, "activate", on="2024-01-01")
    with laptop.write("越过", right="admin") as scope:
        scope.remove("contract", made)
    assert send(laptop, county, tmp_path / "a.xcp").fresh
    (found,) = [p for p in check_register(county) if p.rule == "removed_fact"]
    assert found.message == "已被移除，而它现在是“履行中”，请恢复"
    restore_record(county, "contract", made)
    assert not [p for p in check_register(county) if p.rule == "removed_fact"]
    # a removal that met an edit is decided by a person, and not for a removal either
    send(county, laptop, tmp_path / "b.xcp")
    with county.write("越过", right="admin") as scope:
        scope.remove("contract", made)
    save_record(laptop, open_record(laptop, "contract", made), {"note": "在租"})
    send(laptop, county, tmp_path / "c.xcp")
    (case,) = [c for c in county.register.conflicts() if c.table == "contract"]
    with pytest.raises(InputRefused, match="合同现在是“履行中”，不能移除"):
        exchanging.resolve(county, case.case, value="移除")
    exchanging.resolve(county, case.case, value="保留")
    assert not county.register.conflicts()


def test_the_command_line_is_told_the_same(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    with town_register(tmp_path) as ws:
        made = lease(ws)
        unit = last_unit(ws)
        take_step(ws, "contract", made, "activate", on="2024-01-01")
    place = tmp_path / "册.xcr"
    said = xiangce("remove", place, "contract", made, code=3).err
    assert "合同现在是“履行中”，不能移除，没有改变。" in said and "提前结束的用“终止”" in said
    said = xiangce("undo", place, unit, "--yes", code=3).err
    assert "撤回会移除合同" in said and "Traceback" not in said
    xiangce("step", place, "contract", made, "terminate", "ended_date=2024-05-01", "end_reason=退租", "--on",
            "2024-05-01")  # fmt: skip


def test_no_edit_is_a_way_round_a_step(shared: Workspace) -> None:
    """What steps wrote, by the sentence that says the way: an unkind clerk has only `set` and `add`."""
    ws = shared
    with ws.write("立", right="admin") as scope:
        shop, other = (scope.insert("asset", {**ASSET, "name": n, "status": "normal"}) for n in ("甲铺", "乙铺"))
        cold = scope.insert("asset", {**ASSET, "name": "冷库", "status": "disposing", "cert_no": "Z-1"})
        scope.insert("registration", {"state": "certified", "assets": [[cold]], "cert_no": "Z-1"})
        right = scope.insert("right", {"asset_id": cold, "kind": "income", "valid_from": "2024-01-01"})
        scope.insert("disposal", {"asset_id": cold, "state": "met", "status_before": "normal"})
        lease_, second = (scope.insert("contract", {"contract_no": n, "state": s, "assets": [[shop]]})
                          for n, s in (("甲", "terminated"), ("乙", "draft")))  # fmt: skip
        notice = scope.insert("notice", {"state": "ended", "result": "没有异议"})
        told = scope.insert("complaint", {"state": "answered", "answer": "已修"})
        check = scope.insert("inspection", {"asset_id": shop, "on_date": "2024-05-01"})
    paid = new_record(ws, "receipt", {"contract_id": second, "on_date": "2024-03-01", "amount_fen": 5, "kind": "rent"})
    books = "SELECT id FROM voucher WHERE source_id=?"
    with ws.register.reading() as sql:
        posted = str(sql.scalar(books, (paid,)))
    for table, row, values, said in (
        ("receipt", paid, {"contract_id": lease_}, "合同不能再改.*先冲销"),
        ("receipt", paid, {"asset_id": other}, "资产不能再改.*先冲销"),
        ("asset", shop, {"status": "disposing"}, "“处置中”由处置的步骤写入"),
        ("asset", cold, {"status": "normal"}, "正在处置，状态不能再改.*先在“处置”里终止"),
        ("asset", cold, {"cert_no": "假"}, "已经发证，证书号不能再改.*“发证”那一步"),
        ("right", right, {"withdrawn": 1}, "已经写进确权证书.*“变更”.*“更正”.*“终止”"),
        ("contract", lease_, {"ended_date": "2020-01-01"}, "现在是“已终止”，终止日期不能再改"),
        ("notice", notice, {"result": "全体反对"}, "现在是“已结束”，公示结果不能再改"),
        ("complaint", told, {"answer": "没修"}, "现在是“已答复”，答复不能再改"),
        ("inspection", check, {"asset_id": other}, "已经有结果，资产不能再改"),
        ("inspection", check, {"on_date": None}, "已经有结果，检查日期不能再改"),
    ):
        with pytest.raises(InputRefused, match=said):
            save_record(ws, open_record(ws, table, row), values)
    plan = plan_bulk(ws, "asset", [shop, cold], {"status": "disposing"})
    assert [line.why for line in plan.lines] == ["“处置中”由处置的步骤写入", "已经是这样"]
    plan = plan_bulk(ws, "asset", [cold, other], {"status": "normal"})
    assert [line.why for line in plan.lines] == ["这项资产正在处置，状态不能再改", "已经是这样"]
    lines = [["bank", -5], ["operating_income", 5]]
    for more, said in (
        ({"source_table": "receipt", "source_id": paid}, "凭证的来源由收款、分配和发放记账时写下"),
        ({"reversal_of": posted}, "随它们一起冲销，不能单冲凭证"),
    ):
        with pytest.raises(InputRefused, match=said):
            new_record(ws, "voucher", {"on_date": "2024-05-01", "lines": lines, **more})
    own = new_record(ws, "voucher", {"on_date": "2024-05-01", "lines": lines})
    with pytest.raises(InputRefused, match="逐科目相反"):
        new_record(ws, "voucher", {"on_date": "2024-05-02", "lines": [["bank", 5], ["carried_over", -5]],
                                   "reversal_of": own})  # fmt: skip
    opposite = {"on_date": "2024-05-02", "lines": [["bank", 5], ["operating_income", -5]], "reversal_of": own}
    new_record(ws, "voucher", opposite)
    with pytest.raises(InputRefused, match="已经冲销过"):
        new_record(ws, "voucher", opposite)
    with pytest.raises(InputRefused, match="有 1 笔收款记在它名下，不能作废"):
        take_step(ws, "contract", second, "cancel", note="不租了")


def test_a_contract_ends_within_its_term(ws: Workspace) -> None:
    made = lease(ws)
    take_step(ws, "contract", made, "activate", on="2024-01-01")
    for day, said in (("2023-12-31", "早于合同开始日期"), ("2027-01-01", "晚于合同结束日期")):
        with pytest.raises(InputRefused, match=said):
            take_step(ws, "contract", made, "terminate", {"ended_date": day, "end_reason": "退租"}, on="2024-06-30")
