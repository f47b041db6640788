"""The papers of a distribution read back: rows add up to the printed sums to the 分, nothing personal is on them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app.distribution import distributing, distribution_recipients, paying
from desktop.app.distribution.distribution_paper import prepare, preview
from desktop.common.errors import InputRefused
from desktop.reports.preview import Preview
from tests.app.conftest import Said
from tests.app.distribution.distribution_cases import ON, Case, balanced, receive, to_paying, village

HOUSEHOLDS = tuple(2 + n % 5 for n in range(75))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """A village of 75 households whose plan is being paid; the first came back."""
    made = village(tmp_path_factory.mktemp("paper"), HOUSEHOLDS)
    with made.ws:
        receive(made, 60_000_01, 40_000_00)
        balanced(made)
        distributing.set_uses(
            made.ws, made.plan, [("risk_people", "52000.03", ""), ("maintenance", "10%", "电站清洗")], kept="rest"
        )
        distribution_recipients.split_again(made.ws, made.plan, "risk_people", "people")
        to_paying(made)
        payments = [p.id for p in paying.payments_of(made.ws, made.plan)]
        paying.pay_batch(made.ws, payments[:40], on=ON)
        paying.return_payments(made.ws, {payments[0]: "账号已销户"}, on=ON)
        yield made


def text_of(data: bytes) -> list[str]:
    with Preview(data) as shown:
        return [shown.text(i) for i in range(shown.page_count)]


def fens(text: str) -> list[int]:
    """Amounts of 元 with two decimals in a page's text, 分."""
    return [int(m.replace(",", "").replace(".", "")) for m in re.findall(r"\d[\d,]*\.\d\d(?!\d)", text)]


def test_the_plan_adds_up_on_paper_and_prints_what_is_kept(case: Case) -> None:
    data, summary = preview(prepare(case.ws, "distribution", case.plan))
    pages = text_of(data)
    assert len(pages) == summary.pages >= 3 and summary.total_fen == 52_000_03
    first = pages[0]
    assert "结余，转下次" in first and "收益来源 小计" in first and "用途安排 小计" in first
    amounts = fens(first)
    assert amounts.count(10_000_001) == 2, "what came in equals what is arranged and kept"
    lines = [fen for page in pages[1:] for fen in fens(page)]
    assert sum(lines) == 3 * 52_000_03, "rows, the use's 小计 and 合计 say the same"
    whole = "".join(pages)
    assert "伍万贰仟元零叁分" in whole and "6200000000" not in whole and "农商行" not in whole


def test_the_sign_off_sheet_sums_each_page(case: Case) -> None:
    data, summary = preview(prepare(case.ws, "sign-off", case.plan))
    pages = text_of(data)
    assert summary.rows == 74, "who sent it back does not sign until it is paid again"
    total = 0
    for number, page in enumerate(pages):
        amounts = fens(page)
        assert page.count("本页合计") == 1 and "领款人签名（手印）" in page
        sums = 2 if number == len(pages) - 1 else 1
        rows, page_sum = amounts[:-sums], amounts[-sums]
        assert sum(rows) == page_sum
        total += page_sum
    assert total == amounts[-1] == summary.total_fen
    assert "6200000000" not in "".join(pages)


def test_the_result_says_what_was_paid_and_what_was_not(case: Case) -> None:
    data, _ = preview(prepare(case.ws, "distribution-result", case.plan))
    pages = text_of(data)
    amounts = fens(pages[0])
    planned, paid, unpaid = amounts[-3:]
    assert planned == 10_000_001 and paid + unpaid == 62_000_03
    assert "退回" in "".join(pages[1:]) and ON in "".join(pages[1:])


def test_the_year_by_use(case: Case, tmp_path: Path) -> None:
    data, _ = preview(prepare(case.ws, "distribution-year", "2026"))
    (page,) = text_of(data)
    amounts = fens(page)
    assert amounts[:4] == [10_000_001, 5_200_003, 1_000_000, 3_799_998]
    assert amounts[-4:] == amounts[:4] and "项目运营管护" in page.replace("\n", "")
    with pytest.raises(InputRefused, match="2020 年没有已确认"):
        prepare(case.ws, "distribution-year", "2020")


def test_each_paper_is_a_workbook_too(case: Case) -> None:
    from desktop.reports.table_workbook import write_workbook

    stream = io.BytesIO()
    write_workbook(prepare(case.ws, "distribution", case.plan).tables, stream)
    book = openpyxl.load_workbook(stream)
    assert book.sheetnames == ["收益和用途", "分配明细"]
    rows = list(book["分配明细"].iter_rows(values_only=True))
    amounts = [round(float(r[6]) * 100) for r in rows if isinstance(r[0], int)]
    total = next(r for r in rows if str(r[0]).startswith("合计"))
    assert len(amounts) == 75 and sum(amounts) == round(float(total[6]) * 100) == 52_000_03
    assert not any(str(c.value).startswith("=") for row in book["分配明细"].iter_rows() for c in row)


def test_the_commands_write_pdf_and_workbook(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    made = village(tmp_path, (3, 2))
    with made.ws:
        receive(made, 100_000)
        balanced(made)
    place = tmp_path / "册"
    assert "合计 520.00 元" in xiangce("print", place, "distribution", made.plan, "-o", tmp_path / "方案.pdf").out
    xiangce("print", place, "sign-off", made.plan, "-o", tmp_path / "签领.xlsx")
    assert (tmp_path / "方案.pdf").read_bytes().startswith(b"%PDF") and (tmp_path / "签领.xlsx").stat().st_size
    unpaid = xiangce("print", place, "distribution-result", made.plan, "-o", tmp_path / "x.pdf", code=3)
    assert "还没有发放" in unpaid.err
    assert xiangce("print", place, "distribution-year", "去年", "-o", tmp_path / "x.pdf", code=2).err
