"""What the seeds demand of assets, income, checks and notices: each names the page, command and test that serve it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from desktop.ui.page_list import PAGE_NAMES

ROOT = Path(__file__).parents[2]
MODULES = {"AS", "DI", "CK", "NT"}
NOT_SERVED = 5
"""Core demands that may be answered with a reason instead."""


def rows() -> list[dict[str, str]]:
    with (ROOT / "tests" / "coverage.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_demand_names_what_serves_it() -> None:
    unserved = [r for r in rows() if r["not_served"]]
    assert len(unserved) <= NOT_SERVED
    for row in rows():
        if row["not_served"]:
            assert not row["test"], row["identifier"]
            continue
        assert row["page"] in PAGE_NAMES, row
        assert row["command"], row
        path, _, name = row["test"].partition("::")
        assert name and (ROOT / path).is_file(), row["test"]
        assert f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8"), row["test"]


def test_every_core_demand_has_its_row() -> None:
    """Against the domain's own list, where it lies beside the checkout."""
    source = ROOT.parent / "shared" / "domain" / "codelists" / "seed_coverage.csv"
    if not source.is_file():
        pytest.skip("the domain's list of demands is not beside this checkout")
    with source.open(encoding="utf-8-sig", newline="") as stream:
        asked = {
            (r["file"], r["section"], r["identifier"], r["quote"])
            for r in csv.DictReader(stream)
            if r["priority"] == "core" and r["module"] in MODULES
        }
    assert asked == {(r["file"], r["section"], r["identifier"], r["quote"]) for r in rows()}
