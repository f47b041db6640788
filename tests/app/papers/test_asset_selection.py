"""What a list shows is what is printed: filter, order, saved views, ticked records; the paper says by what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest

from desktop.app.assets.asset_papers import AssetChoice, chosen_assets
from desktop.app.list_views import ListView, save_view
from desktop.app.papers.asset_selection import AssetSelection, saved_selections, selected_assets, selection_words
from desktop.app.papers.print_center import PrintOptions, print_templates
from desktop.app.papers.printing import RegisterPrint, preview_assets
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from tests.app.cases.assets_for_cases import add_asset, town_register
from tests.app.conftest import Said

OTHER = "440705104202"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """Four assets in two villages; the dearest is in the second."""
    with town_register(tmp_path) as made:
        rows = (
            ("样例冷库", "", "normal"), ("样例晒场", "", "idle"), ("样例商铺", OTHER, "idle"),
            ("样例车间", OTHER, "normal"),
        )  # fmt: skip
        for n, (name, place, status) in enumerate(rows):
            more = {"division_code": place} if place else {}
            add_asset(made, name, 10_000_000 * (n + 1) + n, number=f"YL-{n}", status=status,
                      **({"status_reason": "空置", "status_measure": "招租", "status_due": "2027-01-01"}
                         if status == "idle" else {}), **more)  # fmt: skip
        yield made


def text_of(data: bytes | Path) -> str:
    return "".join("".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(data))


def test_the_register_of_a_filter_says_so_and_adds_up(ws: Workspace) -> None:
    idle = AssetSelection({"status": "idle", "village": OTHER})
    pdf, summary = preview_assets(ws, RegisterPrint(selection=idle))
    text = text_of(pdf)
    assert summary.rows == 1 and summary.total_original_fen == 30_000_002
    assert "样例商铺" in text and "样例车间" not in text and "样例晒场" not in text
    assert f"只列符合筛选的资产：资产状态闲置，{selection_words(ws, AssetSelection({'village': OTHER}))}。" in text
    plain, _ = preview_assets(ws, RegisterPrint())
    assert "只列符合筛选" not in text_of(plain)


def test_an_order_of_the_list_is_that_of_the_paper(ws: Workspace) -> None:
    dearest = AssetSelection({}, "original_value", True)
    text = text_of(preview_assets(ws, RegisterPrint(selection=dearest))[0])
    names = ["样例车间", "样例商铺", "样例晒场", "样例冷库"]
    assert [text.index(name) for name in names] == sorted(text.index(name) for name in names)
    assert "按原值从大到小排列" in text and "小计" not in text, "villages are not together: no sums of villages"
    village = text_of(preview_assets(ws, RegisterPrint(selection=AssetSelection({"text": "样例"})))[0])
    assert "小计" in village and "“样例”" in village
    with pytest.raises(UsageError, match="不能按 colour 排序"):
        selected_assets(ws, AssetSelection(sort="colour"))


def test_ticked_assets_and_saved_views_go_to_every_paper_of_assets(ws: Workspace) -> None:
    some = selected_assets(ws, AssetSelection({"not_normal": True}))
    assert len(some) == 2
    ticked = AssetSelection(ids=some[:1])
    assert selection_words(ws, ticked) == "在清单里选出的 1 项"
    assert chosen_assets(ws, AssetChoice(selection=ticked)) == list(some[:1])
    save_view(ws, "asset", ListView("闲着的", {"not_normal": True, "text": ""}, "name"))
    view = saved_selections(ws)["闲着的"]
    assert selection_words(ws, view) == "非正常，按名称从小到大排列"
    templates = {t.key: t for t in print_templates(ws)}
    for key, n in (("assets", 2), ("asset-card", 2), ("labels", 2)):
        assert templates[key].make(ws, PrintOptions(selection=view), None).rows == n


def test_the_command_takes_views_words_and_conditions(
    ws: Workspace, xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    save_view(ws, "asset", ListView("第二村", {"village": OTHER}, "original_value", True))
    place = ws.place
    ws.close()
    out = tmp_path / "台账.pdf"
    assert "2 项" in xiangce("print", place, "assets", "-o", out, "--view", "第二村").out
    assert "按原值从大到小排列" in text_of(out)
    assert "1 项" in xiangce("print", place, "assets", "-o", out, "--text", "冷库", "--sort", "name").out
    assert "“冷库”，按名称从小到大排列" in text_of(out)
    assert "2 项" in xiangce("print", place, "assets", "-o", out, "--where", "status=idle").out
    assert "只列符合筛选的资产：资产状态闲置。" in text_of(out)
    said = xiangce("print", place, "assets", "-o", out, "--view", "没有的", code=2)
    assert "没有叫“没有的”的视图" in said.err and "第二村" in said.err
    assert "不与 --text" in xiangce("print", place, "assets", "-o", out, "--view", "第二村", "--text", "x", code=2).err
