"""The total ledger ties out: with the published figures of a county, and with whatever stands in a register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.money.money_books import ledger_rows, total_ledger
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.ids import new_id
from desktop.common.money import format_wan, largest_remainder
from desktop.insight.value_ledger import CUTS, Ledger, differences
from tests.app.money.books import VILLAGE, register_at

WAN = 1_000_000
DUODAO = {
    ("household", "household"): (89, 18_392_229_00),
    ("public", "state_county"): (19, 32_144_000_00),
    ("public", "state_town"): (28, 13_275_000_00),
    ("public", "collective_village"): (455, 215_036_340_00),
    ("operating", "collective_village"): (33, 29_778_578_00),
}
"""荆门掇刀区, DOMAIN §2.10 [S3]: 624 assets, 30,862.6147 万元. The parts by owner were published with 2 decimals."""


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def fill(ws: Workspace, parts: dict[tuple[str, str], tuple[int, int]]) -> None:
    """Assets by category and owner's level, whose original values add to the given sums."""
    assets, rights, parties = [], [], {}
    number = 0
    for (category, level), (count, total) in parts.items():
        holder = parties.setdefault(level, {"id": new_id(), "kind": "other", "name": level, "ownership_level": level})
        for fen in largest_remainder(total, {i: 1 + i % 7 for i in range(count)}).values():
            number += 1
            made = new_id()
            assets.append({
                "id": made, "asset_no": f"DD-{number:04d}", "name": f"样例资产{number}", "category": category,
                "subcategory": {"household": "fixed", "public": "road", "operating": "workshop"}[category],
                "built_date": "2018-06-01", "division_code": f"4407051042{number % 5:02d}", "original_value_fen": fen,
                "fund_parts": [["central", fen // 2], ["county", fen - fen // 2]],
            })  # fmt: skip
            rights.append({"asset_id": made, "kind": "ownership", "valid_from": "2018-07-01",
                           "shares": [[holder["id"], 1, 1]]})  # fmt: skip
    with ws.write("建册", table="asset") as scope:
        scope.insert_many("party", parties.values())
        scope.insert_many("asset", assets)
        scope.insert_many("right", rights)


def money(found: Ledger) -> dict[str, tuple[int, str]]:
    """Line → (count, 万元)."""
    return {line.key: (line.count, format_wan(line.original_fen)) for line in found.lines}


def test_the_published_figures_of_duodao_tie_out(ws: Workspace) -> None:
    fill(ws, DUODAO)
    ledgers = {by: total_ledger(ws, by, "2020-12-31") for by in CUTS}
    for found in ledgers.values():
        assert (found.total.count, format_wan(found.total.original_fen)) == (624, "30,862.6147")
        assert differences(found) == []
    assert money(ledgers["category"]) == {
        "operating": (33, "2,977.8578"), "public": (502, "26,045.534"), "household": (89, "1,839.2229"),
    }  # fmt: skip
    levels = money(ledgers["level"])
    assert {key: count for key, (count, _) in levels.items()} == {
        "state_county": 19, "state_town": 28, "collective_village": 488, "household": 89,
    }  # fmt: skip
    rounded = {line.key: round(line.original_fen / WAN, 2) for line in ledgers["level"].lines}
    assert rounded == {
        "state_county": 3_214.4, "state_town": 1_327.5, "collective_village": 24_481.49, "household": 1_839.22,
    }  # fmt: skip
    assert sum(line.original_fen for line in ledgers["source"].lines) == 308_626_147_00
    towns = ledgers["division"].lines[0]
    assert len(ledger_rows(ledgers["division"])) > 5 and sum(c.count for c in towns.children) == towns.count
    detail = [total_ledger(ws, "category", "2020-12-31", f"4407051042{n:02d}") for n in range(5)]
    assert sum(d.total.original_fen for d in detail) == 308_626_147_00 and sum(d.total.count for d in detail) == 624


def test_a_past_day_knows_only_what_was_then(ws: Workspace) -> None:
    old = new_record(ws, "asset", {
        "name": "旧厂房", "category": "operating", "subcategory": "workshop", "built_date": "2018-03",
        "division_code": VILLAGE, "original_value_fen": 100_000, "fund_parts": [["central", 90_000]],
        "depreciation_method": "straight_line", "useful_life_months": 100, "residual_rate": "0",
    })  # fmt: skip
    new_record(ws, "asset", {"name": "新冷库", "category": "operating", "subcategory": "processing",
                             "built_date": "2022-01-01", "division_code": VILLAGE,
                             "original_value_fen": 70_000})  # fmt: skip
    new_record(ws, "value_change", {"asset_id": old, "on_date": "2021-01-31", "kind": "addition", "amount_fen": 50_000,
                                    "fund_parts": [["province", 40_000]]})  # fmt: skip
    new_record(ws, "value_change", {"asset_id": old, "on_date": "2021-06-30", "kind": "减值", "amount_fen": 1_000})
    new_record(ws, "disposal", {"asset_id": old, "kind": "scrap", "write_off_date": "2023-05-01"})

    early = total_ledger(ws, "category", "2019-12-31").total
    assert early.sums() == (1, 0, 100_000, 21_000, 0, 79_000)
    then = total_ledger(ws, "source", "2021-12-31")
    assert {line.key: line.original_fen for line in then.lines} == {"fiscal": 130_000, "": 10_000, "~changes": 10_000}
    assert [(c.key, c.original_fen) for c in then.lines[0].children] == [("central", 90_000), ("province", 40_000)]
    assert (then.total.original_fen, then.total.impairment_fen) == (150_000, 1_000) and differences(then) == []
    assert total_ledger(ws, "category", "2023-05-01").total.count == 1
    with pytest.raises(UsageError, match="--by"):
        total_ledger(ws, "colour")
    with pytest.raises(UsageError, match="不是日期"):
        total_ledger(ws, "category", "去年")


def test_joint_owners_and_owners_of_a_past_day(ws: Workspace) -> None:
    bridge = {"name": "样例桥", "category": "public", "division_code": VILLAGE, "original_value_fen": 300}
    made = new_record(ws, "asset", bridge)
    town = new_record(ws, "party", {"name": "双水镇人民政府", "kind": "government", "ownership_level": "state_town"})
    village = new_record(
        ws, "party", {"name": "双水村联合社", "kind": "collective", "ownership_level": "collective_village"}
    )
    right = {"asset_id": made, "kind": "ownership"}
    new_record(ws, "right", {**right, "valid_from": "2020-01-01", "valid_to": "2022-01-01", "shares": [[town, 1, 1]]})
    new_record(ws, "right", {**right, "valid_from": "2022-01-01", "shares": [[town, 1, 3], [village, 2, 3]]})
    keys = [total_ledger(ws, "level", day).lines[0].key for day in ("2019-12-31", "2021-12-31", "2022-01-01")]
    assert keys == ["undetermined", "state_town", "joint"]
