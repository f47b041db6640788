"""Over-paid rent goes back in part, and a deposit is kept in part for arrears: books, arrears and lists agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from desktop.app.distribution.distributing import new_plan, take_receipts
from desktop.app.keeping.self_check import check_register
from desktop.app.money.contracts import contract_detail
from desktop.app.money.receipts import reverse_receipt
from desktop.app.money.refunds import deposit_split, refund_receipt, refundable, settle_deposit
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.asset_income import received
from desktop.insight.contract_book import account_of, contract_lines
from desktop.registry.distribution_checks import receipts_left
from desktop.registry.posting import balances
from desktop.registry.receivables import Due, Paid, allocate
from tests.app.conftest import Said
from tests.app.money.books import VILLAGE, register_at
from tests.app.money.test_contracts import leased


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def paid(ws: Workspace, contract: str, fen: int, on: str, kind: str = "rent") -> str:
    return new_record(ws, "receipt", {"contract_id": contract, "on_date": on, "amount_fen": fen, "kind": kind})


def book(ws: Workspace) -> dict[str, int]:
    with ws.register.reading() as sql:
        return {b.account: b.balance_fen for b in balances(sql)}


def owed(ws: Workspace, contract: str, day: str) -> tuple[int, int, int]:
    """Received, arrears and advance of a contract on a day."""
    with ws.register.reading() as sql:
        account = account_of(sql, contract, day)
        (line,) = contract_lines(sql, day, [contract])
    assert account is not None and (line.received_fen, line.arrears_fen) == (account.received, account.arrears)
    return account.received, account.arrears, account.advance


def problems(ws: Workspace) -> set[str]:
    return {p.rule for p in check_register(ws)} - {"receipts_over_schedule", "contract_missing", "contract_expired"}


def test_an_overpaid_rent_goes_back_and_everything_is_less_by_it(ws: Workspace) -> None:
    lease = leased(ws)
    rent = paid(ws, lease, 1_500_000, "2024-01-15")
    assert refundable(ws, rent, "2024-02-01").fen == 300_000
    with pytest.raises(InputRefused, match=r"最多退 3,000.00 元（2024-02-01 为止应收 12,000.00 元，收到 15,000.00 元"):
        refund_receipt(ws, rent, 300_001, "多收", on="2024-02-01")
    for fen, reason, day, words in (
        (0, "多收", "2024-02-01", "大于零"), (100, " ", "2024-02-01", "没有写退款原因"),
        (100, "多收", "2024-01-14", "早于收款日期"), (100, "多收", "2999-01-01", "在今天之后"),
    ):  # fmt: skip
        with pytest.raises(InputRefused, match=words):
            refund_receipt(ws, rent, fen, reason, on=day)
    first = refund_receipt(ws, rent, 100_000, "多收了一个月", on="2024-02-01", voucher_no="记-8")
    assert refundable(ws, rent, "2024-02-01").fen == 200_000
    assert book(ws) == {"bank": 1_400_000, "operating_income": -1_400_000}
    assert owed(ws, lease, "2024-01-31") == (1_500_000, 0, 0)  # what was known on a day before is as it was
    assert owed(ws, lease, "2024-02-01") == (1_400_000, 0, 0)
    # what stays of it goes on to the next due, and the refund is missing there
    assert owed(ws, lease, "2025-01-11") == (1_400_000, 1_000_000, 0)
    with ws.register.reading() as sql:
        (shop,) = sql.column("SELECT asset_id FROM contract_asset WHERE contract_id=?", (lease,))
        assert received(sql, ids=[shop])[shop] == {2024: 1_400_000}
        assert receipts_left(sql) == {rent: 1_400_000}
    rows = list_rows(ws, LISTS["receipts"], ListChoice(), "2026-11-28")
    at = {c.name: i for i, c in enumerate(LISTS["receipts"].columns)}
    assert sum(int(r.cells[at["amount_fen"]] or 0) for r in rows) == 1_400_000
    assert any("退款：多收了一个月" in str(r.cells[at["note"]]) for r in rows)
    detail = contract_detail(ws, lease, "2024-03-01")
    assert detail is not None
    lines = {r.id: r for r in detail.receipts}
    assert lines[rent].refunded_fen == 100_000 and lines[first].refund_of == rent
    assert lines[first].amount_fen == -100_000
    assert problems(ws) == set()
    # a refund entered late for an earlier day does not go twice, and a true one for the past can still be entered
    refund_receipt(ws, rent, 200_000, "其余多收的", on="2024-03-01")
    with pytest.raises(InputRefused, match=r"最多退 0.00 元"):
        refund_receipt(ws, rent, 1, "再退", on="2024-02-15")
    with pytest.raises(InputRefused, match="先冲销退款"):
        reverse_receipt(ws, rent, "记错", "2024-04-01")
    with pytest.raises(InputRefused, match="本身是退款"):
        refund_receipt(ws, first, 1, "再退", on="2024-02-15")
    reverse_receipt(ws, first, "没有退成", "2024-04-01")
    assert book(ws)["bank"] == 1_300_000 and owed(ws, lease, "2024-04-01")[0] == 1_300_000
    assert owed(ws, lease, "2024-03-31")[0] == 1_200_000
    with ws.register.reading() as sql:
        assert receipts_left(sql) == {rent: 1_300_000}
    assert problems(ws) == set()


def test_as_known_before_and_only_by_its_own_way(ws: Workspace) -> None:
    lease = leased(ws)
    rent = paid(ws, lease, 1_500_000, "2024-01-15")
    time.sleep(0.003)
    before = datetime.now().astimezone().isoformat()
    time.sleep(0.003)
    refund_receipt(ws, rent, 100_000, "多收", on="2024-02-01")
    choice = ListChoice(as_of="2024-03-01", known_at=before)
    assert len(list_rows(ws, LISTS["receipts"], choice, "2026-11-28")) == 1
    with pytest.raises(InputRefused, match="用“退款”办"):
        new_record(ws, "receipt", {"contract_id": lease, "on_date": "2024-02-01", "amount_fen": 5, "kind": "rent",
                                   "refund_of": rent})  # fmt: skip
    deposit = paid(ws, lease, 200_000, "2024-01-15", "deposit")
    with pytest.raises(InputRefused, match="押金退还"):
        refund_receipt(ws, deposit, 1, "退", on="2024-02-01")
    with pytest.raises(UsageError):
        refund_receipt(ws, "0" * 32, 1, "退")


def test_what_is_given_out_does_not_go_back(ws: Workspace) -> None:
    lease = leased(ws)
    rent = paid(ws, lease, 1_500_000, "2024-01-15")
    plan = new_plan(ws, year=2024, division_code=VILLAGE)
    take_receipts(ws, plan, {rent: 1_400_000})
    with pytest.raises(InputRefused, match=r"最多退 1,000.00 元（14,000.00 元已列入收益分配"):
        refund_receipt(ws, rent, 100_001, "多收", on="2024-02-01")
    refund_receipt(ws, rent, 100_000, "多收", on="2024-02-01")
    with pytest.raises(InputRefused):
        take_receipts(ws, plan, {rent: 1_400_001})
    with ws.register.reading() as sql:
        assert receipts_left(sql) == {rent: 0}


def test_two_laptops_give_back_more_than_came_in(ws: Workspace) -> None:
    lease = leased(ws)
    rent = paid(ws, lease, 1_500_000, "2024-01-15")
    with ws.register.write("合并") as scope:
        for fen in (-900_000, -700_000):
            scope.insert("receipt", {"contract_id": lease, "kind": "rent", "on_date": "2024-02-01", "amount_fen": fen,
                                     "refund_of": rent})  # fmt: skip
        scope.insert("receipt", {"kind": "rent", "on_date": "2024-02-01", "amount_fen": -1, "refund_of": "0" * 32})
        scope.insert("receipt", {"kind": "rent", "on_date": "2023-02-01", "amount_fen": -1, "refund_of": rent})
    told = {p.rule: p.message for p in check_register(ws)}
    assert "退款比收到的多 1,000.01 元" in told["refund_too_much"]
    assert {"refund_without", "refund_elsewhere", "receipts_negative"} <= set(told)


def test_refunds_settle_exactly_for_any_receipts() -> None:
    dues = [Due("2024-01-10", 1_000), Due("2025-01-10", 1_000)]
    money = [Paid("a", "2024-01-01", 1_500), Paid("b", "2024-02-01", 300), Paid("c", "2024-03-01", -200, None, "a"),
             Paid("d", "2024-04-01", -100, None, "b"), Paid("e", "2024-05-01", 100, "d", "b")]  # fmt: skip
    for day, total in (("2024-02-01", 1_800), ("2024-03-01", 1_600), ("2024-04-01", 1_500), ("2024-05-01", 1_600)):
        account = allocate(dues, money, day)
        assert account.received == total and sum(p.amount for p in account.parts) == total and account.advance == 0
    lost = allocate(dues, [Paid("c", "2024-03-01", -200, None, "gone")], "2024-05-01")
    assert lost.received == lost.advance == -200


def test_a_deposit_is_kept_in_part_and_the_rest_returned(ws: Workspace) -> None:
    lease = leased(ws)
    paid(ws, lease, 2_000_000, "2024-01-15")
    paid(ws, lease, 1_000_001, "2024-01-05", "deposit")
    day = "2025-06-30"
    split = deposit_split(ws, lease, on=day)
    assert (split.held_fen, split.arrears_fen, split.kept_fen, split.returned_fen) == (
        1_000_001, 400_000, 400_000, 600_001,
    )  # fmt: skip
    for keep, back, words in (
        (400_001, 0, "抵 4,000.01 元多了"), (400_000, 600_002, "一共 10,000.02 元"), (-1, 0, "不能小于零"),
        (0, 0, "没有写抵多少"),
    ):  # fmt: skip
        with pytest.raises(InputRefused, match=words):
            settle_deposit(ws, lease, keep_fen=keep, return_fen=back, on=day)
    done = settle_deposit(ws, lease, keep_fen=400_000, return_fen=600_000, on=day, reason="退租")
    assert done.left_fen == 1 and owed(ws, lease, day) == (2_400_000, 0, 0)
    assert book(ws) == {"bank": 2_400_001, "operating_income": -2_400_000, "deposit": -1}
    with ws.register.reading() as sql:
        (line,) = contract_lines(sql, day, [lease])
    assert line.deposit_fen == 1
    settle_deposit(ws, lease, on=day)
    assert book(ws) == {"bank": 2_400_000, "operating_income": -2_400_000, "deposit": 0}
    with pytest.raises(InputRefused, match="没有押金可退"):
        settle_deposit(ws, lease, on=day)
    assert problems(ws) == set()


def test_the_commands(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    with register_at(tmp_path) as made:
        lease = leased(made)
        rent = paid(made, lease, 1_500_000, "2024-01-15")
        paid(made, lease, 500_000, "2024-01-15", "deposit")
    place = tmp_path / "册.xcr"
    assert "最多能退 3,000.00 元" in xiangce("contract", place, "refund", rent, "--on", "2024-02-01").out
    xiangce("contract", place, "refund", rent, "--amount-fen", "100000", "--on", "2024-02-01", code=3)
    made_id = xiangce("contract", place, "refund", rent, "--amount-fen", "100000", "--reason", "多收", "--on",
                      "2024-02-01").out.strip()  # fmt: skip
    (row,) = xiangce("show", place, "receipt", made_id, "--json").json
    assert row["amount_fen"] == -100_000 and row["refund_of"] == rent
    owed = xiangce("arrears", place, "--as-of", "2025-06-30", "--json").json
    assert owed["arrears_fen"] == 1_000_000
    said = xiangce("contract", place, "deposit", lease, "--on", "2025-06-30", "--preview").out
    assert "抵欠款 5,000.00 元，退还 0.00 元，还留 0.00 元" in said
    xiangce("contract", place, "deposit", lease, "--on", "2025-06-30", "--keep-fen", "123456")
    assert xiangce("arrears", place, "--as-of", "2025-06-30", "--json").json["arrears_fen"] == 876_544
