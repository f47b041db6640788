"""The sample ledger: the planted findings at their cells, few others; after decisions 120 assets, 6,465.12 万元."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from desktop.exchange.workbook.findings import as_json, decisions_from, read_decisions, write_findings
from desktop.exchange.workbook.ledger.records import AssetRecords
from desktop.exchange.workbook.ledger.rules import plan_assets
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import Workbook, read_workbook

SAMPLES = Path(__file__).parent / "samples"
LEDGER = "资产台账样表.xlsx"
EXPECTED = json.loads((SAMPLES / "EXPECTED_assets.json").read_text(encoding="utf-8"))["workbooks"][LEDGER]
TRUTH = EXPECTED["truth"]
WAN = 1_000_000


@pytest.fixture(scope="module")
def workbook() -> Workbook:
    return read_workbook(SAMPLES / LEDGER)


@pytest.fixture(scope="module")
def plan(workbook: Workbook) -> ImportPlan:
    return plan_assets(workbook)


@pytest.fixture(scope="module")
def decided(workbook: Workbook) -> ImportPlan:
    return plan_assets(workbook, decisions=read_decisions(SAMPLES / "asset_decisions.json"))


def fen(wan: float) -> int:
    return round(wan * WAN)


@pytest.mark.parametrize("planted", EXPECTED["findings"], ids=lambda f: f"{f['id']}-{f['code']}")
def test_every_planted_finding_is_found_at_its_cell(plan: ImportPlan, planted: dict[str, Any]) -> None:
    key = (planted["sheet"], planted["row"], planted["col"], planted["code"])
    found = [as_json(f) for f in plan.findings if f.key == key]
    assert len(found) == 1
    severity = found[0]["severity"]
    assert severity == planted["severity"] or (planted["severity"] == "trap" and severity in ("warning", "info"))
    assert found[0]["raw"] == planted["raw"]
    assert found[0].get("rows") == planted["rows"]


OWN_WORDS = {"duplicate_exact", "duplicate_after_trimming", "duplicate_probable"}
"""Their proposal names the other row, in our words."""
ELSEWHERE = {
    ("approximate_text", 45.26): "both the sources and depreciation plus net value say so",
    ("contract_missing", None): "nobody can know the dates from the file",
    ("date_format_variant", "2018"): "年底 says nothing of a month",
}


@pytest.mark.parametrize(
    "planted", [f for f in EXPECTED["findings"] if f["code"] not in OWN_WORDS], ids=lambda f: f["id"]
)
def test_proposals_are_the_expected_values(plan: ImportPlan, planted: dict[str, Any]) -> None:
    key = (planted["sheet"], planted["row"], planted["col"], planted["code"])
    found = next(as_json(f) for f in plan.findings if f.key == key)
    if (planted["code"], found["proposed"]) not in ELSEWHERE:
        assert found["proposed"] == planted["expected"]


def test_few_findings_beyond_the_planted(plan: ImportPlan) -> None:
    planted = {(f["sheet"], f["row"], f["col"], f["code"]) for f in EXPECTED["findings"]}
    extra = [f for f in plan.findings if f.key not in planted]
    assert Counter((f.code, f.severity) for f in extra) == {("owner_name_variant", "info"): 6}


def test_after_decisions_120_assets_worth_6465_12_wan(decided: ImportPlan) -> None:
    assert decided.totals["assets"] == TRUTH["distinct_assets"] == 120
    assert decided.totals["original_value_fen"] == fen(TRUTH["original_value_wan"]) == 6_465_120_000
    assert sum(r.values["original_value_fen"] for r in decided.ready()) == 6_465_120_000
    for category, truth in TRUTH["by_category"].items():
        found = decided.totals["by_category"][category]
        assert found == {"count": truth["count"], "original_value_fen": fen(truth["original_value_wan"])}
    left = list(decided.left_out())
    assert [(r.sheet, r.row) for r in left] == [("7月补报", row) for row in range(6, 11)]
    assert all("重复" in r.set_aside for r in left)


def test_taking_every_proposal_gives_the_same_sum(workbook: Workbook, plan: ImportPlan) -> None:
    decisions = decisions_from([as_json(f) | {"take": "proposed"} for f in plan.findings])
    taken = plan_assets(workbook, decisions=decisions)
    assert (taken.totals["assets"], taken.totals["original_value_fen"]) == (120, 6_465_120_000)


def test_decided_records_are_whole(decided: ImportPlan) -> None:
    records = list(decided.ready())
    assert len({r.values["asset_no"] for r in records}) == 120
    for record in records:
        values = record.values
        assert sum(amount for _, amount in values["fund_parts"]) == values["original_value_fen"]
        assert 0 <= values.get("depreciation_fen", 0) <= values["original_value_fen"]
        assert len(values["division_code"]) == 12
        assert values["source_sheet"] == record.sheet
        for shares in values["holders"].values():
            assert sum(n / d for _, _, n, d, _ in shares) == 1
    owners = Counter(k for r in records for _, k, *_ in r.values["holders"].get("ownership", ()))
    assert owners == {"collective": 103, "household": 16, "government": 1}


def test_undecided_rows_with_errors_stay_out_and_are_listed(plan: ImportPlan) -> None:
    ready, left = list(plan.ready()), list(plan.left_out())
    assert (len(ready), len(left)) == (99, 26)
    assert all(not r.open_errors for r in ready)
    assert all(r.set_aside for r in left)
    assert plan.totals["set_aside"] == 26
    assert plan.totals["original_value_fen"] == sum(r.values["original_value_fen"] for r in ready)


def test_committee_and_collective_are_not_merged_unless_decided(plan: ImportPlan, decided: ImportPlan) -> None:
    def owner(of: ImportPlan) -> Any:
        return next(r for r in of.records if (r.sheet, r.row) == ("经营性资产", 13)).values["holders"]["ownership"]

    assert owner(plan) == [("梁家村民委员会", "village_committee", 1, 1, "440705104208")]
    assert owner(decided) == [("梁家村经济联合社", "collective", 1, 1, "440705104208")]


def test_the_same_decisions_give_the_same_plan_and_skip_leaves_out(workbook: Workbook, decided: ImportPlan) -> None:
    again = plan_assets(workbook, decisions=read_decisions(SAMPLES / "asset_decisions.json"))
    assert [r.values for r in again.records] == [r.values for r in decided.records]
    entries = json.loads((SAMPLES / "asset_decisions.json").read_text(encoding="utf-8"))
    for entry in entries:
        if entry["code"] == "unit_yuan_in_wan_table":
            entry["take"] = "skip"
        if entry["code"] == "duplicate_exact" and entry["row"] == 6:
            entry.update(take="value", value="keep")
    changed = plan_assets(workbook, decisions=decisions_from(entries))
    assert changed.totals["assets"] == 120 - 4 + 1


def test_findings_travel_as_json(plan: ImportPlan, tmp_path: Path) -> None:
    path = tmp_path / "findings.json"
    write_findings(plan.findings, path)
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert len(entries) == len(plan.findings)
    assert set(entries[0]) >= {"sheet", "row", "col", "code", "severity", "message", "raw", "proposed"}
    assert read_decisions(path) == {}
    order = [(f.sheet, f.row) for f in plan.findings if f.sheet == "经营性资产"]
    assert order == sorted(order, key=lambda k: k[1] or 0)


def test_batches_by_column_hold_what_the_records_say(plan: ImportPlan, decided: ImportPlan) -> None:
    for of in (plan, decided):  # with rows left out, and without
        assert isinstance(of.records, AssetRecords)
        found = []
        for batch in of.records.ready_batches(7):
            for at in range(batch.count):
                values = {name: column[at] for name, column in batch.columns.items() if column[at] is not None}
                held = {right: column[at] for right, column in batch.holders.items() if column[at]}
                found.append({**values, "holders": held} if held else values)
        only_shown = ("village", "ownership_level")
        assert found == [{k: v for k, v in r.values.items() if k not in only_shown} for r in of.ready()]
