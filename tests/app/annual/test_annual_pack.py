"""年度评估材料: figures are the sums of the lists to the 分, read back from the PDF; years side by side; refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from desktop.app.annual.annual_book import pack_place, year_books
from desktop.app.annual.annual_figures import Figure, difference, figures_of, shown
from desktop.app.annual.annual_lists import PACK_LISTS
from desktop.app.annual.annual_pack import pack_pdf, prepare_pack, write_pack
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.insight.value_ledger import ledger
from desktop.reports.table_model import Kind, NothingToPrint, SourceChanged
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, Said
from tests.app.money.books import TOWN, VILLAGE, register_at

OTHER = "440705104202"
BESIDE = {("assets", "depreciation"), ("assets", "impairment"), ("idle", "net"), ("receipts", "amount")}
"""Columns that a list has beside those that are figures."""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with register_at(tmp_path_factory.mktemp("册")) as made:
        fill(made)
        yield made


def fill(ws: Workspace) -> None:
    """Two years of a town: 2024 and 2025."""
    with ws.write("样例", right="edit-assets") as scope:
        owner = scope.insert("party", {"name": "样例村经济合作社"})
        household = scope.insert("household", {"head_name": "样大仿", "division_code": VILLAGE})
        scope.insert("person", {"household_id": household, "name": "样大仿", "id_no": "360299197001011234"})
        assets = [
            scope.insert("asset", {
                "asset_no": f"SX-{n}", "name": f"样例资产{n}", "category": category, "status": status,
                "built_date": built, "original_value_fen": 3333_33 + n, "depreciation_fen": 1000_01,
                "division_code": VILLAGE if n % 2 else OTHER,
            })
            for n, (category, status, built) in enumerate((
                ("operating", "idle", "2020-01-01"), ("operating", "normal", "2024-06-01"),
                ("public", "normal", "2025-06-01"), ("household", "inefficient", "2021"),
                ("public", "normal", "2026-01-05"),
            ))
        ]  # fmt: skip
        scope.insert("right", {"asset_id": assets[0], "kind": "ownership", "valid_from": "2025-03-01",
                               "shares": [[owner, 1, 1]]})  # fmt: skip
        place = {"division_code": VILLAGE}
        contract = scope.insert("contract", {
            **place, "contract_no": "HT-1", "assets": [[assets[1]]], "state": "active", "operator_party_id": owner,
            "term_start": "2024-01-01", "term_end": "2026-12-31",
            "rent_dues": [["2024-06-30", 1000_00, None], ["2025-06-30", 1000_01, None], ["2026-06-30", 5, None]],
        })  # fmt: skip
        for day, fen, kind, more in (
            ("2024-07-01", 1000_00, "rent", {"contract_id": contract}), ("2025-07-01", 400_33, "rent",
             {"contract_id": contract}), ("2025-08-01", 7, "other", {}), ("2025-08-02", 500_00, "deposit",
             {"contract_id": contract}), ("2026-01-02", 600_00, "rent", {"contract_id": contract}),
        ):  # fmt: skip
            scope.insert("receipt", {**place, "asset_id": assets[1], "on_date": day, "amount_fen": fen, "kind": kind,
                                     **more})  # fmt: skip
        plan = scope.insert("distribution", {**place, "title": "分配", "year": 2025, "kept_fen": 33,
                                             "carried_over_fen": 3, "state": "confirmed",
                                             "receipts": [[None, 400_33]], "uses": [["public_post", 400_03, None]]})
        assert plan
        check = scope.insert("inspection_plan", {**place, "title": "年度检查"})
        for n, (due, on) in enumerate((("2025-06-30", "2025-05-01"), ("2025-06-30", None), ("2025-12-01",
                                                                                            "2026-01-10"))):
            scope.insert("inspection", {"asset_id": assets[n], "plan_id": check, "due_date": due, "on_date": on})
        scope.insert("inspection", {"asset_id": assets[0], "on_date": "2025-09-09"})
        old = scope.insert("finding", {**place, "what": "闲置", "found_date": "2024-05-01", "due_date": "2024-09-01",
                                       "closed_date": "2025-02-01", "state": "closed"})  # fmt: skip
        late = scope.insert("finding", {**place, "what": "欠租", "found_date": "2025-07-02", "due_date": "2025-09-01",
                                        "closed_date": "2026-03-01", "state": "closed"})  # fmt: skip
        for case, days in ((old, ("2024-05-02", "2025-01-30", "2025-02-01")),
                           (late, ("2025-07-03", "2026-02-01", "2026-03-01"))):
            for (step, before, after), day in zip((("assign", "found", "assigned"), ("report", "assigned", "done"),
                                                   ("close", "done", "closed")), days, strict=True):
                scope.insert("step_taken", {"case_table": "finding", "case_id": case, "step": step, "on_date": day,
                                            "from_state": before, "to_state": after})  # fmt: skip
        scope.insert("complaint", {**place, "what": "路灯不亮", "received_date": "2025-02-01", "phone": "10012345678",
                                   "answered_date": "2026-02-01", "answer": "已修"})  # fmt: skip
        scope.insert("maintenance_round", {"asset_id": assets[2], "on_date": "2025-10-01", "cost_fen": 1001})
        scope.insert("disposal", {"asset_id": assets[3], "kind": "transfer", "applied_date": "2025-11-01",
                                  "proceeds_fen": 88, "proceeds_date": "2026-01-01", "write_off_date": "2026-01-09",
                                  "state": "written_off"})  # fmt: skip
        notice = scope.insert("notice", {**place, "title": "公示", "kind": "distribution", "state": "ended",
                                         "start_date": "2025-11-01", "end_date": "2025-11-07"})  # fmt: skip
        scope.insert("objection", {"notice_id": notice, "what": "有疑问"})
        scope.insert("handover", {**place, "title": "移交", "assets": [[a, None, None] for a in assets[:2]],
                                  "on_date": "2025-04-01", "state": "done"})  # fmt: skip
        scope.insert("registration", {**place, "title": "确权", "assets": [[assets[0]]], "doc_date": "2025-03-01",
                                      "state": "certified"})  # fmt: skip
        scope.insert("decision", {**place, "title": "出租", "resolved_date": "2025-01-01"})
        for year, kind, fen in ((2024, "industry", 60), (2024, "water", 40), (2025, "industry", 1), (2025, "water", 2)):
            scope.insert("project", {**place, "name": "样例项目", "year": year, "kind": kind,
                                     "fund_parts": [["central", fen]]})  # fmt: skip


def text_of(data: bytes | Path) -> list[str]:
    """Each page's text without blanks."""
    return ["".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(data)]


def test_a_register_on_a_server_says_the_same(ws: Workspace, postgres_database: str) -> None:
    served, _ = create_workspace(
        postgres_database, unit_name="双水镇人民政府", level="town", division_code=TOWN, user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with served:
        fill(served)
        assert values(served, 2025) == values(ws, 2025)
        made = pack_pdf(served, prepare_pack(served, "", 2025))
        assert made.pages == pack_pdf(ws, prepare_pack(ws, "", 2025)).pages
        assert len(share_records(served)) == len(share_records(ws)) > 2


def share_records(ws: Workspace) -> list[object]:
    return list(list_rows(ws, LISTS["industry-share"], ListChoice(), "2026-11-28"))


def values(ws: Workspace, year: int) -> dict[str, str]:
    place = pack_place(ws)
    with ws.register.reading() as sql:
        books = year_books(ws, sql, place, [year - 1, year])
    return {f"{f.section}/{f.label.strip()}": shown(f, f.of(books[1])) for f in figures_of(place, books)}


def test_figures_are_what_stood_at_the_years_end(ws: Workspace) -> None:
    found = values(ws, 2025)
    wanted = {
        "资产（年末）/资产项数": "4", "资产（年末）/资产原值": format_yuan(4 * 3333_33 + 6),
        "资产（年末）/资产净值": format_yuan(4 * (3333_33 - 1000_01) + 6), "资产（年末）/已确权资产": "1",
        "资产（年末）/确权率": "25.00%", "资产（年末）/闲置低效资产": "2",
        "经营和收款/年末履行中的合同": "1", "经营和收款/合同应收（本年到期）": "1,000.01",
        "经营和收款/合同收到（租金、分红）": "400.33", "经营和收款/年末欠款": "599.68",
        "经营和收款/资产收益合计": "400.40", "经营和收款/押金、本金等其他收款": "500.00",
        "收益分配/参加分配的收益": "400.33", "收益分配/分配合计": "400.03", "收益分配/结余": "0.33",
        "检查、整改、管护/应查资产（按计划）": "3", "检查、整改、管护/按计划已查": "1",
        "检查、整改、管护/检查完成率": "33.33%", "检查、整改、管护/不在本年计划的检查": "1",
        "检查、整改、管护/发现问题": "1",
        "检查、整改、管护/销号": "1", "检查、整改、管护/年末未销号": "1", "检查、整改、管护/其中逾期": "1",
        "检查、整改、管护/收到投诉": "1", "检查、整改、管护/答复投诉": "0", "检查、整改、管护/年末未办结投诉": "1",
        "检查、整改、管护/公益性资产管护": "1", "检查、整改、管护/管护支出": "10.01",
        "处置、公示、移交、确权、决策/申请处置": "1", "处置、公示、移交、确权、决策/核销资产": "0",
        "处置、公示、移交、确权、决策/处置收入": "0.00", "处置、公示、移交、确权、决策/公示收到异议": "1",
        "处置、公示、移交、确权、决策/移交资产": "2", "处置、公示、移交、确权、决策/批准确权登记": "1",
        "处置、公示、移交、确权、决策/四议两公开决策": "1", "项目资金/帮扶（衔接）资金": "0.03",
        "项目资金/产业资金占比": "33.33%", "年度评估/办理情况": "没有评估",
    }  # fmt: skip
    assert {k: found[k] for k in wanted} == wanted
    assert values(ws, 2026)["检查、整改、管护/销号"] == "1" and values(ws, 2024)["检查、整改、管护/其中逾期"] == "1"
    with ws.register.reading() as sql:  # the total ledger says the same
        total = ledger(sql, "category", "2025-12-31", TOWN).total
    assert found["资产（年末）/资产原值"] == format_yuan(total.original_fen)
    assert found["资产（年末）/资产净值"] == format_yuan(total.net_fen)


def test_the_difference_is_exact_and_unknown_stays_unknown() -> None:
    share = Figure("", "", "share", "assets", lambda b: None)
    fen = Figure("", "", "fen", "assets", lambda b: None)
    assert difference(fen, 100, 250) == "-1.50" and difference(fen, 250, 100) == "+1.50"
    assert difference(fen, None, 1) == "—" and shown(share, None) == "—"


def test_sums_of_the_figures_page_are_the_sums_of_the_lists(ws: Workspace, tmp_path: Path) -> None:
    pack = prepare_pack(ws, "", 2025)
    made = write_pack(ws, pack, tmp_path / "评估.pdf")
    pages = text_of(tmp_path / "评估.pdf")
    assert len(pages) == made.pages and pages[0].startswith("双水镇2025年帮扶项目资产年度评估材料")
    assert ws.register.digest() in pages[0] and "2025-12-31" in pages[0]
    figures = "".join(pages[made.parts[0].page - 1 : made.parts[0].page - 1 + made.parts[0].pages])
    for part, (key, wanted) in zip(made.parts[1:], PACK_LISTS.items(), strict=True):
        if not part.page:
            assert f"{wanted.title}没有记录" in pages[1], key
            continue
        assert re.search(rf"{wanted.title}\d+{wanted.counted}…+{part.page}(\D|$)", pages[1]), (key, pages[1])
        listed = "".join(pages[part.page - 1 : part.page - 1 + part.pages])
        assert f"双水镇2025年{wanted.title}" in listed
        total = listed.split(f"合计（{part.table.rows}{wanted.counted}）")[-1] if part.table and wanted.sums(
            pack.books[1]) else ""
        for column in wanted.sums(pack.books[1]):
            fen = wanted.total(pack.books[1], column.key)
            if column.kind is Kind.YUAN and fen:
                assert format_yuan(fen) in total, (key, column.key)
                if (key, column.key) not in BESIDE:
                    assert format_yuan(fen) in figures, (key, column.key)
    assert {p.title for p in made.parts if p.page} >= {"年末资产清单", "合同应收实收清单", "问题整改台账", "收款明细表"}
    assert all(f"第{n}页，共{len(pages)}页" in page for n, page in enumerate(pages[1:], 2))
    text = "".join(pages)
    assert "360299197001011234" not in text and "10012345678" not in text
    with ws.register.reading() as sql:
        assert sql.scalar("SELECT rows FROM plain_export WHERE what='print annual' ORDER BY at_ms DESC") == made.rows


def test_a_pack_that_does_not_tie_out_is_not_written(ws: Workspace, tmp_path: Path) -> None:
    pack = prepare_pack(ws, "", 2025)
    pack_pdf(ws, pack)

    pack.books[1].receipts[0]["amount_fen"] += 1  # as if somebody had changed it between figures and lists
    with pytest.raises(SourceChanged):
        write_pack(ws, pack, tmp_path / "不平.pdf")
    assert not (tmp_path / "不平.pdf").exists()


def test_the_workbook_has_a_sheet_for_each_list_with_the_same_sums(ws: Workspace, tmp_path: Path) -> None:
    pack = prepare_pack(ws, "", 2025)
    write_pack(ws, pack, tmp_path / "评估.xlsx")
    book = openpyxl.load_workbook(tmp_path / "评估.xlsx")
    listed = [w.title for w in PACK_LISTS.values() if w.rows(pack.books[1])]
    assert book.sheetnames == ["主要指标（金额）", "主要指标（数量）", "主要指标（比例和评定）", *listed]
    sheet = book["主要指标（金额）"]
    rows = {str(r[1].value): [c.value for c in r[2:5]] for r in sheet.iter_rows(min_row=3)}
    assert [round(v * 100) for v in rows["资产原值"]] == [4 * 3333_33 + 6, 3 * 3333_33 + 4, 3333_35]
    (last,) = [r for r in book["年末资产清单"].iter_rows(values_only=True) if str(r[0]).startswith("合计")]
    assert round(last[-4] * 100) == 4 * 3333_33 + 6 and last[6] == 1


def test_places_below_stand_side_by_side_and_add_up(ws: Workspace) -> None:
    book = prepare_pack(ws, "", 2025).books[1]
    assert [p.name for p in book.below] == ["双水村", "木江村"]
    wanted = PACK_LISTS["places"]
    assert wanted.total(book, "assets.original") == PACK_LISTS["assets"].total(book, "original")
    assert [PACK_LISTS["contracts"].total(p.book, "arrears") for p in book.below] == [599_68, 0]
    assert prepare_pack(ws, VILLAGE, 2025).books[1].below == []


def test_a_village_has_its_own(ws: Workspace, tmp_path: Path) -> None:
    town, mine, other = (prepare_pack(ws, code, 2025).books[1] for code in ("", VILLAGE, OTHER))
    assert prepare_pack(ws, VILLAGE, 2025).place.path.endswith("双水镇" + prepare_pack(ws, VILLAGE, 2025).place.name)
    for key, wanted in PACK_LISTS.items():
        if key not in ("assessments", "places"):
            assert wanted.count(mine) + wanted.count(other) == wanted.count(town), key
    with pytest.raises(NothingToPrint):
        pack_pdf(ws, prepare_pack(ws, "440705104203", 2025))


def test_five_years_side_by_side_name_the_years_without_an_assessment(ws: Workspace, tmp_path: Path) -> None:
    pack = prepare_pack(ws, "", 2021, 2025)
    made = write_pack(ws, pack, tmp_path / "总结.pdf")
    pages = text_of(tmp_path / "总结.pdf")
    assert "双水镇2021年至2025年帮扶项目资产总结评估材料" in pages[0] and "440705104" not in pages[0].split("登记册")[0]
    assert "没有评定结果的年度：2021年、2022年、2023年、2024年、2025年。" in pages[2]
    assert "指标2021年2022年2023年2024年2025年合计增减" in pages[2]
    figures = "".join(pages[2 : 2 + made.parts[0].pages])
    assert "合同应收（本年到期）（元）0.000.000.001,000.001,000.012,000.01+1,000.01" in figures
    assert "2024年问题整改台账" in "".join(pages) and "2025年问题整改台账" in "".join(pages)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2031",), "没有 2031 年"), (("去年",), "不是年度"), (("2025", "2025"), "2 到"), (("2014", "2025"), "2 到"),
        (("2025", "2021"), "2 到"),
    ],
)  # fmt: skip
def test_years_that_are_none_are_refused(ws: Workspace, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        prepare_pack(ws, "", *arguments)


def test_the_command(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", TOWN, "--level", "town", "--user", "镇样例")
    empty = xiangce("print", place, "annual", "--year", "2025", "-o", tmp_path / "空.pdf", code=3)
    assert "没有记录" in empty.err and not (tmp_path / "空.pdf").exists()
    xiangce("add", place, "asset", "name=样例水渠", "original_value_fen=333333", "built_date=2020-01-01",
            f"division_code={VILLAGE}")  # fmt: skip
    said = xiangce("print", place, "annual", "--year", "2025", "-o", tmp_path / "a.pdf", "--xlsx", tmp_path).out
    assert "清单 3 行，" in said and "没有评定结果的年度：2025 年" in said
    assert "3,333.33" in "".join(text_of(tmp_path / "a.pdf"))
    assert (tmp_path / "双水镇2025年度帮扶项目资产评估材料.xlsx").is_file()
    five = xiangce("print", place, "annual", "--from", "2021", "--to", "2025", "-o", tmp_path / "b.pdf").out
    assert "总结评估材料" in five
    for wrong in (("--year", "2025", "--from", "2021"), (), ("--from", "2021")):
        refused = xiangce("print", place, "annual", *wrong, "-o", tmp_path / "c.pdf", code=2)
        assert "--from 2021 --to 2025" in refused.err
    said = xiangce("print", place, "annual", "--year", "2025", "--each", tmp_path).out
    assert f"{VILLAGE} 双水村2025年度帮扶项目资产评估材料.pdf" in said and "各地共 1 份；没有记录的：" in said
    assert "双水村2025年帮扶项目资产年度评估材料" in text_of(next(tmp_path.glob(f"{VILLAGE} *.pdf")))[0]
    below = ("--year", "2025", "--division", VILLAGE, "--each", tmp_path)
    assert "下面没有镇村" in xiangce("print", place, "annual", *below, code=2).err
    unknown = ("--year", "2025", "--division", "999999", "-o", tmp_path / "c.pdf")
    assert "没有区划 999999" in xiangce("print", place, "annual", *unknown, code=2).err
    assert ".docx" in xiangce("print", place, "annual", "--year", "2025", "-o", tmp_path / "c.docx", code=2).err
    assert "没有文件夹" in xiangce("print", place, "annual", "--year", "2025", "--xlsx", tmp_path / "无", code=2).err


def test_a_years_papers_as_this_register_knew_them(
    ws: Workspace, xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    """Known today they are the same as without a moment; known before anything was written down there are none."""
    today_, day_before = date.today().isoformat(), (date.today() - timedelta(days=1)).isoformat()
    now, then = prepare_pack(ws, "", 2025), prepare_pack(ws, "", 2025, known_at=today_)
    assert [f.of(then.books[-1]) for f in then.figures] == [f.of(now.books[-1]) for f in now.figures]
    assert then.known_at == today_ and then.missing == now.missing
    said = "".join(text_of(pack_pdf(ws, then).data))
    assert "含此时前的变更" in said and "样例资产1" in said
    with pytest.raises(NothingToPrint):
        pack_pdf(ws, prepare_pack(ws, "", 2025, known_at=day_before))
    with pytest.raises(UsageError, match="还没到"):
        prepare_pack(ws, "", 2025, known_at="2999-01-01")
    place = ws.place
    with ws.write("改名", right="edit-assets") as scope:
        asset = next(i for i, name in names_of(ws) if name == "样例资产1")
        scope.change("asset", asset, {"name": "样例新名"})
    out = tmp_path / "评估.pdf"
    written = xiangce("print", place, "annual", "--year", 2025, "--known-at", today_, "-o", out)
    assert "已写出" in written.out and "样例新名" in "".join(text_of(out))
    assert xiangce("print", place, "annual", "--year", 2025, "--known-at", day_before, "-o", out, code=None).code == 3


def names_of(ws: Workspace) -> list[tuple[str, str]]:
    """Assets by id."""
    with ws.register.reading() as sql:
        return [(str(i), str(n)) for i, n in sql.rows("SELECT id,name FROM asset")]
