"""Payments: by batch, by the bank's file and its answer, returned, paid again; books and lists agree at each step."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app.cases.procedures import take_step
from desktop.app.distribution import amount_matching, bank_payments, distributing, distribution_view, paying
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.common.errors import InputRefused, NotAllowed
from desktop.registry.invariants import invariant_problems
from desktop.registry.posting import balances
from tests.app.conftest import Said
from tests.app.distribution.distribution_cases import (
    ON,
    VILLAGE,
    Case,
    balanced,
    decide,
    fill,
    receive,
    step,
    to_paying,
    village,
)
from tests.exchange.conftest import make  # noqa: F401
from tests.exchange.laptops import Make, enrol, send


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = village(tmp_path)
    with made.ws:
        receive(made, 100_000)
        balanced(made)
        to_paying(made)
        yield made


def broken(case: Case) -> list[str]:
    with case.ws.register.reading() as sql:
        return [f"{p.rule}: {p.message}" for p in invariant_problems(sql)]


def books(case: Case) -> dict[str, int]:
    with case.ws.register.reading() as sql:
        return {b.account: b.balance_fen for b in balances(sql, VILLAGE)}


def test_everybody_and_every_use_is_paid_once_and_the_file_closes(case: Case) -> None:
    lines = paying.payments_of(case.ws, case.plan)
    assert [(p.kind, p.amount_fen) for p in lines if p.kind == "use"] == [("use", 10_000)]
    assert sum(p.amount_fen for p in lines) == 62_000 and {p.state_word for p in lines} == {"待发"}
    with pytest.raises(InputRefused, match="还有 5 笔没有发放"):
        step(case, "close")
    paying.pay_batch(case.ws, [p.id for p in lines], on=ON, doc="签领表")
    assert books(case)["bank"] == 38_000 and books(case)["payable_household"] == 0 and not broken(case)
    with pytest.raises(InputRefused, match="现在是“已发”（5 条）"):
        paying.pay_batch(case.ws, [p.id for p in lines], on=ON)
    with pytest.raises(InputRefused, match="现在是“已发”，不能移除.*登记退回"):
        remove_record(case.ws, open_record(case.ws, "payment", lines[0].id))
    with pytest.raises(InputRefused, match="不能再改"):
        save_record(case.ws, open_record(case.ws, "payment", lines[0].id), {"amount_fen": 1})
    with pytest.raises(InputRefused, match="领款人不能再改"):
        save_record(case.ws, open_record(case.ws, "payment", lines[0].id), {"payee": "样某"})
    row = case.ws.register.row("payment", lines[0].id) or {}
    more = {c: row[c] for c in ("distribution_id", "recipient_kind", "recipient_id", "amount_fen")}
    with pytest.raises(InputRefused, match="不另外新建"):
        new_record(case.ws, "payment", more)
    with pytest.raises(InputRefused, match="不能移除"):
        remove_record(case.ws, open_record(case.ws, "distribution", case.plan))
    with case.ws.register.reading() as sql:
        taken = str(sql.scalar("SELECT MIN(id) FROM step_taken WHERE case_id=?", (case.plan,)))
    for act in (
        lambda: save_record(case.ws, open_record(case.ws, "step_taken", taken), {"taken_by": "另一人"}),
        lambda: remove_record(case.ws, open_record(case.ws, "step_taken", taken)),
        lambda: new_record(case.ws, "step_taken", {"case_table": "distribution", "case_id": case.plan}),
    ):
        with pytest.raises(InputRefused, match="办理经过由办理的步骤记下"):
            act()
    step(case, "close")
    assert not broken(case)


def test_what_came_back_is_owed_again_and_paid_again(case: Case) -> None:
    lines = paying.payments_of(case.ws, case.plan)
    done = paying.pay_batch(case.ws, [p.id for p in lines], on=ON)
    paying.return_payments(case.ws, {lines[0].id: "账号已销户"}, on=ON)
    assert books(case)["payable_household"] == -lines[0].amount_fen and not broken(case)
    paying.repay(case.ws, lines[0].id, {"bank_account": "6200000000099999"}, on=ON)
    again = [p for p in paying.payments_of(case.ws, case.plan) if p.repays]
    assert [(p.state_word, p.amount_fen, p.account_tail) for p in again] == [
        ("补发·待发", lines[0].amount_fen, "9999")
    ]
    with pytest.raises(InputRefused, match="还有 1 笔没有发放"):
        step(case, "close")
    paying.pay_batch(case.ws, [again[0].id], on=ON)
    step(case, "close")
    assert books(case)["payable_household"] == 0 and not broken(case)
    del done


def test_after_the_notice_a_plan_is_reversed_not_edited(case: Case) -> None:
    lines = paying.payments_of(case.ws, case.plan)
    paying.pay_batch(case.ws, [lines[0].id], on=ON)
    with pytest.raises(InputRefused, match="没有写原因"):
        step(case, "reverse")
    with pytest.raises(InputRefused, match="已发 1 笔，先收回"):
        step(case, "reverse", note="名单有误")
    paying.return_payments(case.ws, {lines[0].id: "收回"}, on=ON)
    step(case, "reverse", note="名单有误")
    assert case.row()["state"] == "reversed"
    assert books(case) == {
        "bank": 100_000, "operating_income": -100_000, "distributable": 0, "payable_household": 0, "payable_use": 0,
        "carried_over": 0,
    }  # fmt: skip
    with case.ws.register.reading() as sql:
        (opposite,) = sql.rows("SELECT id,title,kept_fen,state FROM distribution WHERE reversal_of=?", (case.plan,))
    assert opposite[1].startswith("冲销：") and opposite[2:] == (-38_000, "reversal")
    assert {p.state for p in paying.payments_of(case.ws, case.plan)} == {"cancelled", "returned"}
    assert not broken(case)
    fresh = distributing.copy_as_draft(case.ws, case.plan)
    view = distribution_view.plan_view(case.ws, fresh)
    assert view.balance.balanced and view.state == "draft" and len(view.lines) == 4


def test_the_banks_file_and_its_answer(case: Case, tmp_path: Path) -> None:
    lines = [p for p in paying.payments_of(case.ws, case.plan) if p.kind == "household"]
    target = tmp_path / "代发.xlsx"
    done = bank_payments.write_payment_file(case.ws, case.plan, target)
    assert (done.rows, done.total_fen, done.without_account) == (4, 52_000, 0)
    sheet = openpyxl.load_workbook(target)["代发明细"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("序号", "户名", "账号", "开户行", "金额", "备注")
    assert rows[1][1] == lines[0].name and rows[1][2].startswith("62000000000") and rows[1][4] == "111.43"
    assert all(cell.data_type == "s" for row in sheet.iter_rows(min_row=2) for cell in row)
    with case.ws.register.reading() as sql:
        (logged,) = sql.rows("SELECT what,rows,columns FROM plain_export")
    assert logged == ("bank payment file", 4, "序号,户名,账号,开户行,金额,备注")

    answer = openpyxl.Workbook()
    page = answer.active
    assert page is not None
    page.append(["样例农商行批量代付结果"])
    page.append(["户名", "账号", "交易金额（元）", "处理结果", "失败原因"])
    for n, row in enumerate(rows[1:]):
        failed = n == 1
        page.append([row[1], row[2], float(row[4]), "失败" if failed else "成功", "账户状态异常" if failed else ""])
    page.append(["样外人", "6200009999", 1.0, "成功", ""])
    page.append(["合计", "", 520.0, "", ""])
    answer.save(tmp_path / "回盘.xlsx")
    found = bank_payments.look_at_return(case.ws, case.plan, tmp_path / "回盘.xlsx")
    assert len(found.paid) == 3 and list(found.failed.values()) == ["账户状态异常"]
    assert [f.row for f in found.findings] == [7], "a sum below is no row"
    bank_payments.take_return(case.ws, found, on=ON, doc="回盘.xlsx")
    states = {p.recipient_id: (p.state, p.return_reason) for p in paying.payments_of(case.ws, case.plan)}
    assert states[lines[1].recipient_id] == ("returned", "账户状态异常")
    assert books(case)["bank"] == 100_000 - 52_000 + lines[1].amount_fen and not broken(case)
    case.ws.register.role = "surveyor"
    with pytest.raises(NotAllowed):
        bank_payments.write_payment_file(case.ws, case.plan, tmp_path / "again.xlsx")


def test_the_banks_own_workbook_is_filled_where_its_columns_are(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = openpyxl.Workbook()
    page = given.active
    assert page is not None
    page["A1"] = "样例农商行代发模板（勿改表头）"
    page.append([])
    page.append(["备注", "账 号", "户名", "金额(元)"])
    given.save(tmp_path / "模板.xlsx")
    with monkeypatch.context() as no_temporary_files:  # names and accounts would lie there in clear
        no_temporary_files.setattr(tempfile, "tempdir", str(tmp_path / "none"))
        bank_payments.write_payment_file(
            case.ws, case.plan, tmp_path / "填好.xlsx", template=tmp_path / "模板.xlsx"
        )
    filled = openpyxl.load_workbook(tmp_path / "填好.xlsx").active
    assert filled is not None and filled["A1"].value == "样例农商行代发模板（勿改表头）"
    assert filled["B4"].value.startswith("62000000000") and filled["D4"].value == "111.43"
    page["B3"] = "证件"
    given.save(tmp_path / "别的.xlsx")
    with pytest.raises(InputRefused, match="没有找到账号和金额"):
        bank_payments.write_payment_file(case.ws, case.plan, tmp_path / "x.xlsx", template=tmp_path / "别的.xlsx")
    assert not (tmp_path / "x.xlsx").exists()


def test_amounts_come_from_a_sheet_or_the_clipboard_with_findings(tmp_path: Path) -> None:
    case = village(tmp_path, (4, 2, 5))
    with case.ws:
        receive(case, 100_000)
        balanced(case)
        first, second, third = case.homes
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.append(["样例村分红表"])
        page.append(["序号", "户主", "金额（元）"])
        for row in ([1, first, 200.5], [2, second, "约100"], [3, third, 219.5], [4, "样外人", 5], ["合计", "", 520]):
            page.append(row)
        book.save(tmp_path / "分红.xlsx")
        found = amount_matching.match_file(case.ws, case.plan, "risk_people", tmp_path / "分红.xlsx")
        assert sorted(found.amounts.values()) == [20_050, 21_950] and found.unnamed == 1
        assert [(f.row, f.code) for f in found.findings] == [(4, "amount_not_exact"), (6, "amount_not_in_plan")]
        with pytest.raises(InputRefused, match="还有 2 处要处理"):
            amount_matching.take_amounts(case.ws, case.plan, found)
        cells = f"{first}\t200.50\n{second}\t100\n{third}\t219.50"
        pasted = amount_matching.match_pasted(case.ws, case.plan, "risk_people", cells)
        amount_matching.take_amounts(case.ws, case.plan, pasted)
        view = distribution_view.plan_view(case.ws, case.plan)
        assert view.balance.balanced and view.row["method"] == "amount"


def test_two_laptops_step_and_pay_at_once(make: Make, tmp_path: Path) -> None:  # noqa: F811
    """The same step on both is one voucher and one set of payments; different ones are a conflict, shown."""
    county = make("county", level="county", division="440705")
    a, b = make("a"), make("b")
    for laptop in (a, b):
        enrol(county, laptop, tmp_path, "440705104")
    case = Case(a)
    fill(case, (4, 2))
    receive(case, 100_000)
    balanced(case)
    case.as_user("村样例")
    step(case, "submit")
    send(a, county, tmp_path / "1.xcp")
    send(county, b, tmp_path / "2.xcp")
    other = Case(b, plan=case.plan)
    step(case, "back_to_draft", note="名单要改")
    step(other, "report", decision_id=decide(other))
    send(a, county, tmp_path / "3.xcp")
    send(b, county, tmp_path / "4.xcp")
    (conflict,) = [c for c in county.register.conflicts() if c.table == "distribution"]
    assert {str(choice.value) for choice in conflict.choices} == {"draft", "town_review"}


def test_two_laptops_confirm_alike_and_one_voucher_stands(make: Make, tmp_path: Path) -> None:  # noqa: F811
    county = make("county", level="county", division="440705")
    a, b = make("a"), make("b")
    for laptop in (a, b):
        enrol(county, laptop, tmp_path, "440705104")
    case = Case(a)
    fill(case, (4, 2))
    receive(case, 100_000)
    balanced(case)
    to_paying(case)
    send(a, county, tmp_path / "1.xcp")
    send(county, b, tmp_path / "2.xcp")
    other = Case(b, plan=case.plan)
    payments = [p.id for p in paying.payments_of(a, case.plan)]
    paying.pay_batch(a, payments, on=ON)
    paying.pay_batch(b, payments, on=ON)
    for n, laptop in enumerate((a, b)):
        send(laptop, county, tmp_path / f"{3 + n}.xcp")
    there = Case(county, plan=case.plan)
    assert books(there)["bank"] == 38_000, "paid once, whoever wrote it down"
    assert not broken(there) and not broken(other)


def test_a_step_is_taken_back_whole(case: Case) -> None:
    lines = paying.payments_of(case.ws, case.plan)
    done = paying.pay_batch(case.ws, [p.id for p in lines], on=ON)
    take_back_unit(case.ws, done.unit_id)
    assert {p.state for p in paying.payments_of(case.ws, case.plan)} == {"waiting"} and books(case)["bank"] == 100_000
    assert not broken(case)
    take_step(case.ws, "payment", lines[0].id, "pay", {"paid_date": ON}, on=ON)
    assert books(case)["bank"] == 100_000 - lines[0].amount_fen and not broken(case)


def test_a_step_under_later_ones_is_not_taken_back(case: Case) -> None:
    """Undoing the confirmation would leave payments without the voucher they rest on."""
    units = {u.source: u.unit_id.hex() for u in case.ws.register.units() if u.source}
    paying.pay_batch(case.ws, [p.id for p in paying.payments_of(case.ws, case.plan)], on=ON)
    for source in ("step:distribution:confirm", "step:distribution:start_paying"):
        with pytest.raises(InputRefused, match="之后已经办了别的步骤"):
            take_back_unit(case.ws, units[source])
    assert not broken(case)


def test_the_commands_go_the_whole_way(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    case = village(tmp_path)
    with case.ws:
        receive(case, 100_000)
    place = tmp_path / "册"
    plan = xiangce(
        "distribution", place, "new", "--year", "2026", "--division", VILLAGE, "--all-receipts"
    ).out.strip()
    assert "超" not in xiangce("distribution", place, "receipts").out
    said = xiangce("distribution", place, "uses", plan, "risk_people=520", "项目运营管护=10%:电站清洗", "结余=余下").out
    assert "已安排 620.00 + 未安排 0.00 + 结余 380.00" in said
    refused = xiangce("distribution", place, "uses", plan, "津贴补贴和福利补助=1", code=3).err
    assert "收益不能用于津贴补贴和福利补助" in refused
    assert "选出 3 户" in xiangce(
        "distribution", place, "recipients", plan, "--use", "risk_people", "--where", "monitored_type=*"
    ).out
    shown = xiangce("distribution", place, "show", plan, "--json").json
    assert shown["balanced"] and [ln["amount_fen"] for ln in shown["lines"]] == [13_000, 17_333, 21_667]
    xiangce("distribution", place, "split", plan, "--use", "risk_people", "--method", "equal")
    xiangce("distribution", place, "drop", plan, "--use", "risk_people", shown["lines"][0]["recipient"])
    assert "还差" in xiangce("distribution", place, "show", plan, code=1).out
    assert "借贷平衡" in xiangce("books", place, "--division", VILLAGE, "--until", "2026-12-31").out
    assert xiangce("distribution", place, "pay", plan, code=3).err
    assert "要改正" not in xiangce("check", place, code=None).out, "its people have no numbers, which is asked about"
