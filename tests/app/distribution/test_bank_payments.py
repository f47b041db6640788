"""The bank's answer as banks send it: every row's fate is said, doubt writes nothing, and accounts arrive late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app.distribution import bank_payments, paying
from desktop.app.records.editing import open_record, save_record
from desktop.common.errors import InputRefused
from desktop.exchange.workbook.bank_file import account_text, outcome_of, read_bank_return
from desktop.registry.invariants import invariant_problems
from desktop.registry.policies import POLICIES
from desktop.registry.posting import balances
from tests.app.conftest import Said
from tests.app.distribution.distribution_cases import ON, VILLAGE, Case, balanced, receive, to_paying, village

LAYOUT = POLICIES["distribution.bank_return"].default


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = village(tmp_path, (4, 2, 5, 3, 1, 6))
    with made.ws:
        receive(made, 100_000)
        balanced(made)
        to_paying(made)
        yield made


def households(case: Case) -> list[paying.PaymentLine]:
    return [p for p in paying.payments_of(case.ws, case.plan) if p.kind == "household"]


def csv_of(path: Path, rows: list[list[object]]) -> Path:
    path.write_bytes("\r\n".join(",".join(map(str, row)) for row in rows).encode("gbk"))
    return path


def yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def account(case: Case, p: paying.PaymentLine) -> str:
    row = case.ws.register.row("payment", p.id)
    assert row is not None
    return str(row["bank_account"])


def test_each_row_of_a_banks_answer_has_its_fate(case: Case, tmp_path: Path) -> None:
    one, two, three, four, five, six = households(case)
    acc = {p.id: account(case, p) for p in (one, two, three, four, five, six)}
    hidden = acc[two.id][:4] + "****" + acc[two.id][-4:]
    head = ["流水号", "付款账号", "收款人账号", "收款人户名", "发放金额（元）", "交易状态", "返回信息"]
    rows: list[list[object]] = [
        ["样例农商行代发结果清单"], head,
        ["1", "9988", acc[one.id], one.name, yuan(one.amount_fen), "交易成功", ""],
        ["2", "9988", hidden, two.name, yuan(two.amount_fen), "交易失败", "户名不符"],
        ["3", "9988", acc[three.id][:-1] + "9", three.name, yuan(three.amount_fen), "交易成功", ""],
        ["4", "9988", acc[four.id], four.name, yuan(four.amount_fen + 1), "交易成功", ""],
        ["5", "9988", acc[one.id], one.name, yuan(one.amount_fen), "交易成功", ""],
        ["6", "9988", "6200009999", "样外人", "1.00", "交易成功", ""],
        ["7", "9988", acc[five.id], five.name, yuan(five.amount_fen), "处理中", ""],
        ["合计", "", "", "", "520.00", "", ""],
    ]  # fmt: skip
    found = bank_payments.look_at_return(case.ws, case.plan, csv_of(tmp_path / "回盘.csv", rows))
    assert [(f.row, f.fate) for f in found.fates] == [
        (3, "paid"), (4, "returned"), (5, "open"), (6, "open"), (7, "open"), (8, "open"), (9, "open"),
    ]  # fmt: skip
    words = {f.row: f.words for f in found.fates}
    assert "户名不符" in words[4] and "尾号" in words[5] and "相差 0.01 元" in words[6] and "第 3 行重复" in words[7]
    assert "不在这个方案的名单里" in words[8] and "“处理中”看不出成功还是失败" in words[9]
    assert found.paid == (one.id,) and dict(found.failed) == {two.id: "户名不符"}
    assert found.silent == 4 and not any(acc[p.id] in f.message for p in (three, four) for f in found.findings)
    bank_payments.take_return(case.ws, found, on=ON, doc="回盘.csv")
    states = {p.id: p.state for p in households(case)}
    assert [states[p.id] for p in (one, two, three, four, five, six)] == ["paid", "returned", *["waiting"] * 4]
    with case.ws.register.reading() as sql:
        assert {b.account: b.balance_fen for b in balances(sql, VILLAGE)}["bank"] == 100_000 - one.amount_fen
        assert not invariant_problems(sql)
    again = bank_payments.look_at_return(case.ws, case.plan, tmp_path / "回盘.csv")
    assert again.known == 2 and not again.paid and not again.failed, "the same answer read twice writes nothing"
    with pytest.raises(InputRefused, match="没有要登记的"):
        bank_payments.take_return(case.ws, again)


def test_two_rows_of_one_payment_that_disagree_write_neither(case: Case, tmp_path: Path) -> None:
    one = households(case)[0]
    rows: list[list[object]] = [["户名", "账号", "金额", "处理结果"]]
    rows += [[one.name, account(case, one), yuan(one.amount_fen), said] for said in ("成功", "失败")]
    found = bank_payments.look_at_return(case.ws, case.plan, csv_of(tmp_path / "r.csv", rows))
    assert [f.fate for f in found.fates] == ["open", "open"] and not found.paid and not found.failed


def test_an_account_registered_late_reaches_the_file_and_a_dead_one_is_replaced(case: Case, tmp_path: Path) -> None:
    one, two = households(case)[:2]
    for p in (one, two):
        save_record(case.ws, open_record(case.ws, "payment", p.id), {"bank_account": ""})
    home = open_record(case.ws, "household", two.recipient_id)
    save_record(case.ws, home, {"bank_account": ""})
    save_record(case.ws, open_record(case.ws, "household", one.recipient_id), {"bank_account": "6217 0000 0000 0777"})
    done = bank_payments.write_payment_file(case.ws, case.plan, tmp_path / "代发.xlsx")
    assert (done.rows, done.filled, done.without_account, done.earlier) == (5, 1, 1, "")
    sheet = openpyxl.load_workbook(tmp_path / "代发.xlsx").active
    assert sheet is not None and "6217000000000777" in [c.value for c in sheet["C"]]
    assert bank_payments.write_payment_file(case.ws, case.plan, tmp_path / "二.xlsx").earlier, "a second file is said"
    with pytest.raises(InputRefused, match="账号只能写数字"):
        save_record(case.ws, open_record(case.ws, "household", two.recipient_id), {"bank_account": "62170000000l"})

    paying.pay_batch(case.ws, [one.id], on=ON)
    paying.return_payments(case.ws, {one.id: "账号已销户"}, on=ON)
    save_record(case.ws, open_record(case.ws, "household", one.recipient_id), {"bank_account": "6217000000000888"})
    paying.repay(case.ws, one.id, on=ON)
    (second,) = [p for p in households(case) if p.repays]
    assert account(case, second) == "6217000000000888", "paid again to the account of now, not to the closed one"
    assert bank_payments.written_before(case.ws, case.plan)
    paying.pay_batch(case.ws, [p.id for p in households(case) if p.state == "waiting" and not p.repays], on=ON)
    paying.pay_batch(case.ws, [p.id for p in paying.payments_of(case.ws, case.plan) if p.kind == "use"], on=ON)
    assert bank_payments.written_before(case.ws, case.plan) == "", "what is paid again was in no file yet"


def test_what_a_spreadsheet_or_the_bank_hides_of_an_account() -> None:
    assert account_text(6.217000000000123e18) == "621700000000012*"
    assert account_text(6200000001.0) == "6200000001" and account_text("6217 **** 1234") == "6217*1234"


def test_a_result_in_other_words_is_read_and_a_strange_table_named(tmp_path: Path) -> None:
    head: list[object] = ["姓名", "银行卡号", "代发金额", "处理状态", "失败信息"]
    rows: list[list[object]] = [head, ["样一", "62", "3.00", "已入账", ""]]
    (row,) = read_bank_return(csv_of(tmp_path / "a.csv", rows), LAYOUT)
    assert (row.name, row.account, row.amount_fen, row.outcome) == ("样一", "62", 300, "paid")
    with pytest.raises(InputRefused) as refused:
        read_bank_return(csv_of(tmp_path / "b.csv", [["编号", "钱数", "结论"], ["1", "3", "好"]]), LAYOUT)
    assert "编号、钱数、结论" in refused.value.hint


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("成功", "paid"), ("交易成功", "paid"), ("代发成功，已入账", "paid"), ("交易不成功", "failed"), ("", ""),
        ("未能成功", ""), ("没有成功", ""), ("受理成功", ""), ("提交成功，待处理", ""), ("部分成功", ""),
    ],
)  # fmt: skip
def test_success_is_taken_for_success_alone(result: str, outcome: str) -> None:
    assert outcome_of(result, LAYOUT) == outcome
    assert outcome_of("受理成功", {**LAYOUT, "succeeded": ["受理成功"]}) == "paid", "what a county's bank calls so"


def test_the_bank_commands_say_every_row(xiangce: Callable[..., Said], case: Case, tmp_path: Path) -> None:
    one, two = households(case)[:2]
    rows: list[list[object]] = [
        ["户名", "账号", "金额", "处理结果", "失败原因"],
        [one.name, account(case, one), yuan(one.amount_fen), "成功", ""],
        [two.name, account(case, two), yuan(two.amount_fen), "失败", "账号已销户"],
    ]
    answer = csv_of(tmp_path / "回盘.csv", rows)
    place = tmp_path / "册"
    case.ws.close()
    said = xiangce("distribution", place, "bank-return", case.plan, answer, "--dry-run").out
    assert "第 2 行" in said and "登记退回：账号已销户" in said and "另有 4 笔待发的有账号" in said
    assert "已发 1 笔，退回 1 笔" in xiangce("distribution", place, "bank-return", case.plan, answer, "--on", ON).out
    made = xiangce("distribution", place, "repay", two.id, "--account", "6217000000000999").out.strip()
    assert xiangce("show", place, "payment", made, "--json").json[0]["repays_id"] == two.id
    assert xiangce("distribution", place, "repay", two.id, code=3).err
