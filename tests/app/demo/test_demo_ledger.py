"""The demo ledger: every planted error is found at its cell, nothing else is asked, the decisions bring all assets."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from desktop.app.demo.ledger import FUNDS, SUPPLEMENT, DemoLedger, LedgerRow, lay_out, make_rows, write_rows
from desktop.app.demo.ledger_book import make_ledger
from desktop.app.demo.places import LEDGER_VILLAGES, village
from desktop.app.demo.sheet import write_book, write_decisions
from desktop.exchange.workbook.findings import read_decisions
from desktop.exchange.workbook.ledger.rules import plan_assets
from desktop.exchange.workbook.plan import ImportPlan, PlannedRecord
from desktop.exchange.workbook.reader import Workbook, read_workbook

HEADS = {village(name).code: [f"陈样{c}" for c in "华明珍玲坤权锋兰"] for name in LEDGER_VILLAGES}
SEEDS = (2026, 1, 77)


class Made:
    """A ledger of a seed, written and read again."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.truth: DemoLedger = make_ledger(seed, HEADS)
        write_book(folder / "l.xlsx", self.truth.sheets)
        write_decisions(folder / "l.json", self.truth.planted)
        self.workbook: Workbook = read_workbook(folder / "l.xlsx")
        self.plan: ImportPlan = plan_assets(self.workbook)
        self.decided: ImportPlan = plan_assets(self.workbook, decisions=read_decisions(folder / "l.json"))


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(request.param, tmp_path_factory.mktemp("ledger"))


def test_every_planted_error_is_found_at_its_cell(made: Made) -> None:
    found = {f.key: f.severity for f in made.plan.findings}
    assert {p.key: found.get(p.key) for p in made.truth.planted} == {p.key: p.severity for p in made.truth.planted}
    assert len({p.code for p in made.truth.planted}) >= 45


def test_nothing_else_is_asked(made: Made) -> None:
    planted = {p.key for p in made.truth.planted}
    assert [f.key for f in made.plan.findings if f.severity != "info" and f.key not in planted] == []


def test_undecided_rows_with_errors_stay_out(made: Made) -> None:
    errors = {(p.sheet, p.row) for p in made.truth.planted if p.severity == "error"}
    out = {(r.sheet, r.row) for r in made.plan.left_out()}
    rows = {(r.sheet, r.row) for r in made.plan.records}
    assert out == errors & rows


def test_the_decisions_bring_every_asset_with_its_exact_value(made: Made) -> None:
    assets = made.truth.assets
    assert made.decided.totals["assets"] == len(assets) == 120
    assert made.decided.totals["original_value_fen"] == sum(a.amounts["original"] for a in assets)
    for category in ("operating", "public", "household"):
        own = [a.amounts["original"] for a in assets if a.category == category]
        assert made.decided.totals["by_category"][category] == {"count": len(own), "original_value_fen": sum(own)}
    assert {(r.sheet, r.row) for r in made.decided.left_out()} == {
        (p.sheet, p.row) for p in made.truth.planted if p.code.startswith("duplicate_")
    }


def known(asset: LedgerRow) -> tuple[object, ...]:
    amounts = asset.amounts
    return (
        asset.asset_no, asset.category, asset.place.code, asset.built, amounts["original"], amounts.get("depreciation"),
        {f: amounts[f] for f in FUNDS if f in amounts}, amounts.get("expected"), sorted(asset.owners),
    )  # fmt: skip


def imported(record: PlannedRecord) -> tuple[object, ...]:
    v = record.values
    owners = sorted((f"{kind}:{name}", n, of) for name, kind, n, of, _ in v["holders"]["ownership"])
    return (
        v["asset_no"], v["category"], v["division_code"], v.get("built_date"), v["original_value_fen"],
        v.get("depreciation_fen"), dict(v["fund_parts"]), v.get("expected_income_fen"), owners,
    )  # fmt: skip


def test_each_asset_comes_in_as_the_maker_knows_it(made: Made) -> None:
    by_place = {(a.sheet, a.row): a for a in made.truth.assets}
    records = list(made.decided.ready())
    assert {(r.sheet, r.row) for r in records} == set(by_place)
    for record in records:
        assert imported(record) == known(by_place[record.sheet, record.row])


def test_a_clean_ledger_raises_nothing_but_date_spellings(tmp_path: Path) -> None:
    rng = random.Random(5)
    draft = lay_out(rng, make_rows(rng, HEADS))
    for name in draft.rows:
        write_rows(draft, name)
    write_book(tmp_path / "clean.xlsx", list(draft.sheets.values()))
    plan = plan_assets(read_workbook(tmp_path / "clean.xlsx"))
    assert {f.code for f in plan.findings} == {"date_format_variant"}


def test_the_supplement_is_read_in_yuan(made: Made) -> None:
    assert made.decided.totals["units"][SUPPLEMENT] == "yuan"
    assert set(made.decided.totals["units"].values()) == {"yuan", "wan"}
