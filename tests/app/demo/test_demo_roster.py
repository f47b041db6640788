"""The demo roster: every planted error is found at its cell, nothing else is asked, the decisions bring everybody."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from desktop.app.demo.people import ID_PREFIXES, MARKS
from desktop.app.demo.roster import REPEATED, Household, lay_out, make_households, write_sheets
from desktop.app.demo.roster_book import DemoRoster, make_roster
from desktop.app.demo.sheet import write_book, write_decisions
from desktop.exchange.workbook.findings import read_decisions
from desktop.exchange.workbook.plan import ImportPlan, PlannedRecord
from desktop.exchange.workbook.reader import read_workbook
from desktop.exchange.workbook.roster.rules import plan_roster

TODAY = dt.date(2025, 2, 1)
"""Earlier than the roster's own day: it must read the same on a machine with any clock."""
SEEDS = (2026, 1, 77)


class Made:
    """A roster of a seed, written and read again."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.truth: DemoRoster = make_roster(seed)
        write_book(folder / "r.xlsx", self.truth.sheets)
        write_decisions(folder / "r.json", self.truth.planted)
        workbook = read_workbook(folder / "r.xlsx")
        self.plan: ImportPlan = plan_roster(workbook, today=TODAY)
        self.decided: ImportPlan = plan_roster(workbook, decisions=read_decisions(folder / "r.json"), today=TODAY)


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(request.param, tmp_path_factory.mktemp("roster"))


def test_every_planted_error_is_found_at_its_cell(made: Made) -> None:
    found = {f.key: f.severity for f in made.plan.findings}
    assert {p.key: found.get(p.key) for p in made.truth.planted} == {p.key: p.severity for p in made.truth.planted}
    assert len({p.code for p in made.truth.planted}) >= 55


def test_nothing_else_is_asked(made: Made) -> None:
    planted = {p.key for p in made.truth.planted}
    assert [f.key for f in made.plan.findings if f.severity != "info" and f.key not in planted] == []


def test_undecided_households_with_errors_stay_out_whole(made: Made) -> None:
    errors = {
        (p.sheet, p.row) for p in made.truth.planted if p.severity == "error" and p.code != "subtotal_count_differs"
    }
    out = {(r.sheet, r.row) for r in made.plan.left_out() if "source_row" in r.values}
    expected = {
        (h.sheet, h.members[0].row)
        for h in made.truth.households
        if any((h.sheet, m.row) in errors and not _listed_twice(h, m.row) for m in h.members)
    }
    assert out == expected
    assert made.plan.totals["households"] == len(made.truth.households) - len(expected)


def _listed_twice(household: Household, row: int) -> bool:
    """A person's second row is set aside by itself; the household goes in without it."""
    return household.sheet == REPEATED and any(m.row == row and m.out for m in household.members)


def test_the_decisions_bring_every_household_and_person(made: Made) -> None:
    households = made.truth.households
    persons = [m for h in households for m in h.members if not m.out]
    assert made.decided.totals["households"] == len(households) == 76
    assert made.decided.totals["persons"] == len(persons)
    own = {h.place.name for h in households}
    by_village = {
        v: {
            "households": sum(1 for h in households if h.place.name == v),
            "persons": sum(1 for h in households if h.place.name == v for m in h.members if not m.out),
        }
        for v in own
    }
    assert made.decided.totals["by_village"] == by_village
    assert [r for r in made.decided.left_out() if "source_row" in r.values] == []


def test_each_household_comes_in_as_the_maker_knows_it(made: Made) -> None:
    by_place = {(h.sheet, h.members[0].row): h for h in made.truth.households}
    records = list(made.decided.ready())
    assert {(r.sheet, r.row) for r in records} == set(by_place)
    for record in records:
        _same(record, by_place[record.sheet, record.row])
    numbers = [m["id_no"] for r in records for m in r.values["members"] if m["id_no"]]
    assert len(numbers) == len(set(numbers))


def _same(record: PlannedRecord, household: Household) -> None:
    values = record.values
    assert [(m["name"], m["id_no"], m["sex"], m["relation"], m["birth_date"]) for m in values["members"]] == [
        (m.name, m.id_no, m.sex, m.relation, m.birth.isoformat()) for m in household.members if not m.out
    ]
    assert values["division_code"] == household.place.code
    assert values["per_capita_income_fen"] == household.per_head_fen
    if household.sheet != REPEATED:
        assert values["net_income_fen"] == household.net_fen


def test_everybody_is_invented(made: Made) -> None:
    for household in made.truth.households:
        for member in household.members:
            assert set(member.name) & set(MARKS)
            assert member.id_no is None or member.id_no.startswith(ID_PREFIXES)
            assert str(household.typed["phone"]).startswith("100")


def test_a_clean_roster_raises_nothing_but_its_pattern(tmp_path: Path) -> None:
    rng = random.Random(5)
    draft = lay_out(rng, make_households(rng))
    write_book(tmp_path / "clean.xlsx", write_sheets(draft))
    plan = plan_roster(read_workbook(tmp_path / "clean.xlsx"), today=TODAY)
    assert {f.code for f in plan.findings} == {"age_nominal_in_village", "empty_row", "repeated_header_row"}
    assert all(not r.set_aside for r in plan.records)
