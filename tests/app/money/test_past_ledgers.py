"""Ledgers and lists for any day and as known at any moment, on the screen of a terminal and on paper."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from desktop.app.assets.ownership import ShareOf, correct_shares
from desktop.app.money.ledger_papers import LEDGERS, LedgerChoice, print_ledger, save_ledger
from desktop.app.money.money_books import contracts, total_ledger, value_lines
from desktop.app.papers.list_papers import print_standard_list
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.printing import RegisterPrint, print_assets
from desktop.app.papers.standard_lists import LISTS
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.insight.value_ledger import CUTS, differences
from desktop.reports.table_model import NothingToPrint
from tests.app.conftest import Said
from tests.app.money.books import TOWN, VILLAGE, asset, party, register_at


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def text_of(path: Path) -> str:
    return "".join("".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(path))


def moment() -> str:
    """This moment, and no later one of this test within it."""
    time.sleep(0.003)
    now = datetime.now().astimezone().isoformat()
    time.sleep(0.003)
    return now


def corrected(ws: Workspace) -> tuple[str, str, str]:
    """A register in which a value, a depreciation and a right were put right later; moments before and after, the
    asset."""
    town = party(ws, "双水镇人民政府", "government", ownership_level="state_town")
    village = party(ws, "双水村联合社", "collective", ownership_level="collective_village")
    shop = asset(
        ws, "样例铺面", owner=town, built_date="2020-01-15", original_value_fen=1_000_000, asset_no="YL-1",
        fund_parts=[["central", 1_000_000]], depreciation_method="straight_line", useful_life_months=100,
        residual_rate="0", status="idle",
    )  # fmt: skip
    asset(ws, "样例冷库", owner=village, built_date="2021-06-01", original_value_fen=300_000, asset_no="YL-2")
    change = new_record(ws, "value_change", {"asset_id": shop, "on_date": "2022-03-01", "kind": "addition",
                                             "amount_fen": 50_000})  # fmt: skip
    before = moment()
    save_record(ws, open_record(ws, "asset", shop), {"original_value_fen": 1_200_000, "useful_life_months": 200})
    save_record(ws, open_record(ws, "value_change", change), {"amount_fen": 80_000})
    detail = asset_detail(ws, shop)
    assert detail is not None
    (right,) = [r for r in detail.rights if r.kind == "ownership"]
    correct_shares(ws, shop, right, [ShareOf(village, "双水村联合社", Fraction(1))], source_doc="更正说明 1 号")
    return before, moment(), shop


def test_the_same_day_as_known_before_and_after_a_correction(ws: Workspace) -> None:
    before, after, shop = corrected(ws)
    old = total_ledger(ws, "level", "2022-12-31", known_at=before)
    new = total_ledger(ws, "level", "2022-12-31", known_at=after)
    assert {line.key: line.original_fen for line in old.lines} == {
        "state_town": 1_050_000, "collective_village": 300_000,
    }  # fmt: skip
    assert {line.key: line.original_fen for line in new.lines} == {"collective_village": 1_580_000}
    then = {v.id: v.values for v in value_lines(ws, "2022-12-31", known_at=before)}
    now = {v.id: v.values for v in value_lines(ws, "2022-12-31", known_at=after)}
    assert then[shop].original == 1_050_000 and now[shop].original == 1_280_000
    assert (then[shop].depreciation or 0) > (now[shop].depreciation or 0) > 0
    for at in (before, after):
        found = [total_ledger(ws, by, "2022-12-31", known_at=at) for by in CUTS]
        assert len({f.total.sums() for f in found}) == 1 and not any(differences(f) for f in found)
        assert sum(v.net or 0 for v in (then if at == before else now).values()) == found[0].total.net_fen
    assert total_ledger(ws, "level", "2022-12-31").total.sums() == new.total.sums()
    # before the second asset was built, and before anything was known
    assert total_ledger(ws, "category", "2020-12-31", known_at=before).total.count == 1
    assert total_ledger(ws, "category", "2022-12-31", known_at="2020-01-01").total.count == 0


def test_every_paper_says_both_days_and_the_fingerprint(ws: Workspace, tmp_path: Path) -> None:
    before, _, _ = corrected(ws)
    printed_at = datetime.fromisoformat(before).strftime("%Y-%m-%d%H:%M")
    mark = f"数据指纹{ws.register.digest()[:16]}"
    for name in CUTS:
        target = tmp_path / f"{name}.pdf"
        print_ledger(ws, LEDGERS[name], LedgerChoice(as_of="2022-12-31", known_at=before), target, unit="yuan")
        text = text_of(target)
        assert f"数据截至2022-12-31含{printed_at}前的变更{mark}" in text, text
        assert "13,500.00" in text and "双水镇扶贫（帮扶）项目资产总台账" in text, text
    target = tmp_path / "今.pdf"
    print_ledger(ws, LEDGERS["category"], LedgerChoice(as_of="2022-12-31", division=VILLAGE), target, unit="yuan")
    assert "15,800.00" in text_of(target) and "明细台账" in text_of(target)
    print_assets(ws, tmp_path / "a.pdf", RegisterPrint(as_of="2022-12-31", known_at=before, money_unit="yuan"))
    text = text_of(tmp_path / "a.pdf")
    assert "10,500.00" in text and "双水镇人民政府" in text and f"含{printed_at}前的变更" in text
    print_standard_list(ws, LISTS["idle"], ListChoice(as_of="2022-12-31", known_at=before), tmp_path / "i.pdf")
    text = text_of(tmp_path / "i.pdf")
    assert "10,500.00" in text and f"含{printed_at}前的变更{mark}" in text
    (row,) = list_rows(ws, LISTS["idle"], ListChoice(as_of="2022-12-31"), "2026-11-28")
    assert 1_280_000 in row.cells
    save_ledger(ws, LEDGERS["level"], LedgerChoice(as_of="2022-12-31", known_at=before), tmp_path / "l.xlsx")
    book = openpyxl.load_workbook(tmp_path / "l.xlsx")
    rows = list(book.worksheets[0].values)[1:]
    assert sorted(round(float(r[3]) * 100) for r in rows) == [300_000, 1_050_000]
    said = {str(r[0]): str(r[1]) for r in book.worksheets[1].values}
    assert said["数据截至"] == "2022-12-31" and said["数据指纹"] == ws.register.digest()[:16]


def test_an_asset_of_the_town_itself_has_its_own_line_beside_the_villages(ws: Workspace, tmp_path: Path) -> None:
    asset(ws, "镇里的泵站", division_code=TOWN, original_value_fen=700, built_date="2020-01-01")
    asset(ws, "村里的泵站", original_value_fen=800, built_date="2020-01-01")
    found = total_ledger(ws, "division")
    assert differences(found) == [] and found.total.original_fen == 1500
    town = found.lines[0].children[0]
    assert sorted((c.name == "本级", c.original_fen) for c in town.children) == [(False, 800), (True, 700)]
    print_ledger(ws, LEDGERS["division"], LedgerChoice(), tmp_path / "d.pdf", unit="yuan")
    assert "本级" in text_of(tmp_path / "d.pdf") and "15.00" in text_of(tmp_path / "d.pdf")


def test_cases_stand_on_paper_as_they_stood_on_the_day(ws: Workspace) -> None:
    shop = asset(ws, "样例车间", original_value_fen=500, status="disposed", built_date="2019-01-01")
    with ws.write("样例", right="edit-assets") as scope:
        case = scope.insert("disposal", {
            "asset_id": shop, "kind": "transfer", "applied_date": "2024-01-05", "buyer": "样例公司",
            "proceeds_fen": 900, "proceeds_date": "2024-06-01", "write_off_date": "2024-07-01",
            "state": "written_off", "status_before": "idle",
        })  # fmt: skip
        for step, start, end, on in (
            ("meet", "applied", "met", "2024-02-01"), ("approve", "met", "approved", "2024-03-01"),
            ("notice", "approved", "noticed", "2024-04-01"), ("trade", "noticed", "traded", "2024-06-01"),
            ("settle", "traded", "settled", "2024-06-02"), ("write_off", "settled", "written_off", "2024-07-01"),
        ):  # fmt: skip
            scope.insert("step_taken", {"case_table": "disposal", "case_id": case, "step": step, "from_state": start,
                                        "to_state": end, "on_date": on})  # fmt: skip

    def shown(day: str | None) -> list[object]:
        (row,) = list_rows(ws, LISTS["disposals"], ListChoice(as_of=day), "2026-11-28")
        return [row.cells[i] for i in (8, 7, 10, 11)]

    assert shown("2024-05-01") == [None, None, None, "公示"]
    assert shown("2024-06-01") == [900, "样例公司", None, "交易"]
    assert shown(None) == [900, "样例公司", "2024-07-01", "核销"]
    assert list_rows(ws, LISTS["disposals"], ListChoice(as_of="2023-12-31"), "2026-11-28") == []
    idle = LISTS["idle"]
    assert [r.cells[1] for r in list_rows(ws, idle, ListChoice(as_of="2024-01-31"), "2026-11-28")] == ["样例车间"]
    assert list_rows(ws, idle, ListChoice(as_of="2024-05-01"), "2026-11-28") == []


def test_arrears_of_a_day_as_known_then(ws: Workspace, tmp_path: Path) -> None:
    shop, firm = asset(ws, "样例铺面", original_value_fen=1), party(ws, "仿例公司")
    contract = new_record(ws, "contract", {
        "contract_no": "HT-1", "mode": "lease", "operator_party_id": firm, "assets": [[shop]],
        "division_code": VILLAGE, "term_start": "2024-01-01", "term_end": "2027-12-31",
        "rent_dues": [["2024-01-01", 5_000, None], ["2025-01-01", 5_000, None]],
    })  # fmt: skip
    with ws.write("履行", right="edit-assets") as scope:
        scope.change("contract", contract, {"state": "active"})
    before = moment()
    new_record(ws, "receipt", {"contract_id": contract, "on_date": "2024-02-01", "amount_fen": 3_000, "kind": "rent"})

    def owed(known: str | None) -> list[int]:
        return [c.arrears_fen for c in contracts(ws, view="owing", as_of="2024-06-30", known_at=known)]

    assert owed(before) == [5_000] and owed(None) == [2_000]
    choice = LedgerChoice(as_of="2024-06-30", known_at=before)
    print_ledger(ws, LEDGERS["arrears"], choice, tmp_path / "q.pdf")
    text = text_of(tmp_path / "q.pdf")
    assert "合同欠款账龄表" in text and "50.00" in text and "仿例公司" in text and "20.00" not in text
    with pytest.raises(NothingToPrint):
        print_ledger(ws, LEDGERS["arrears"], LedgerChoice(as_of="2023-12-31"), tmp_path / "n.pdf")
    assert not (tmp_path / "n.pdf").exists()


def test_the_books_of_a_day_as_known_then(ws: Workspace, tmp_path: Path) -> None:
    shop = asset(ws, "样例铺面", original_value_fen=1)
    new_record(ws, "receipt", {"asset_id": shop, "on_date": "2024-02-01", "amount_fen": 3_000, "kind": "dividend"})
    before = moment()
    new_record(ws, "receipt", {"asset_id": shop, "on_date": "2024-02-02", "amount_fen": 700, "kind": "other"})
    choice = LedgerChoice(as_of="2024-12-31", known_at=before)
    print_ledger(ws, LEDGERS["books"], choice, tmp_path / "b.pdf")
    text = text_of(tmp_path / "b.pdf")
    assert "科目余额表" in text and "30.00" in text and "37.00" not in text and "借贷平衡" in text
    print_ledger(ws, LEDGERS["books"], LedgerChoice(as_of="2024-12-31"), tmp_path / "n.pdf")
    assert "37.00" in text_of(tmp_path / "n.pdf")
    assert save_ledger(ws, LEDGERS["books"], LedgerChoice(), tmp_path / "b.xlsx") == 3
    with pytest.raises(NothingToPrint):
        print_ledger(ws, LEDGERS["books"], LedgerChoice(as_of="2023-12-31"), tmp_path / "o.pdf")


def test_days_that_have_not_come_are_refused_in_words(ws: Workspace, tmp_path: Path) -> None:
    asset(ws, "样例铺面", original_value_fen=1)
    ahead = f"{datetime.now() + timedelta(days=3):%Y-%m-%d}"
    for ask in (
        lambda: total_ledger(ws, "category", ahead),
        lambda: total_ledger(ws, "category", None, known_at=ahead),
        lambda: print_ledger(ws, LEDGERS["level"], LedgerChoice(known_at=ahead), tmp_path / "x.pdf"),
        lambda: print_assets(ws, tmp_path / "x.pdf", RegisterPrint(as_of=ahead)),
        lambda: print_assets(ws, tmp_path / "x.pdf", RegisterPrint(known_at=ahead)),
        lambda: print_standard_list(ws, LISTS["keepers"], ListChoice(known_at=ahead), tmp_path / "x.pdf"),
    ):
        with pytest.raises(UsageError, match="还没到"):
            ask()
    with pytest.raises(UsageError, match="不是时间"):
        total_ledger(ws, "category", known_at="去年")
    assert not (tmp_path / "x.pdf").exists()


def test_the_commands(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", TOWN, "--level", "town", "--user", "镇样例")
    made = xiangce("add", place, "asset", "name=样例水渠", "original_value_fen=333300", f"division_code={VILLAGE}").out
    before = moment()
    xiangce("set", place, "asset", made.split()[0], "original_value_fen=444400")
    total = xiangce("ledger", place, "--known-at", before, "--json").json
    assert total["known_at"] == before and total["rows"][-1]["original_fen"] == 333300
    assert xiangce("ledger", place, "--json").json["rows"][-1]["original_fen"] == 444400
    said = xiangce("ledger", place, "--known-at", before).out
    assert f"按 {before} 已知的内容" in said and "0.3333" in said
    assert xiangce("values", place, "--known-at", before, "--json").json[0]["original_fen"] == 333300
    one = xiangce("values", place, "--asset", made.split()[0], "--known-at", before, "--json").json
    assert one["original_fen"] == 333300
    assert xiangce("arrears", place, "--known-at", before, "--json").json["contracts"] == 0
    owner = xiangce("add", place, "party", "name=样例村经济联合社", "kind=collective").out.split()[0]
    xiangce("shares", "change", place, made.split()[0], f"{owner}=1", "--from", "2024-01-01", "--doc", "确权表")
    assert "样例村经济联合社" in xiangce("rights", place, made.split()[0]).out
    assert "没有登记权利" in xiangce("rights", place, made.split()[0], "--known-at", before).out
    xiangce("print", "ledger", place, "-o", tmp_path / "t.pdf", "--known-at", before, "--money-unit", "yuan")
    assert "3,333.00" in text_of(tmp_path / "t.pdf")
    said = xiangce("print", "ledger", place, "division", "-o", tmp_path / "t.xlsx").out
    assert "按区划 1 处" in said and (tmp_path / "t.xlsx").exists()
    assert "没有台账 colour" in xiangce("print", "ledger", place, "colour", "-o", tmp_path / "u.pdf", code=2).err
    assert "还没到" in xiangce("ledger", place, "--as-of", "2999-01-01", code=2).err
    assert "还没到" in xiangce("ledger", place, "--known-at", "2999-01-01", code=2).err
    assert "没有记录" in xiangce("print", "ledger", place, "-o", tmp_path / "u.pdf", "--as-of", "1999-01-01",
                                 "--division", "440799", code=3).err  # fmt: skip
