"""The comparison of imports runs at a small size: everything generated comes in, hidden parts and formulas included."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.exchange.workbook.reader import read_workbook
from tests.bench import bench_import

ROWS = 300


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("b") / "台账.xlsx"
    bench_import.write_workbook(path, ROWS, 7)
    return path


def test_the_workbook_has_what_slows_readers_down(ledger: Path) -> None:
    grid = read_workbook(ledger).sheets[0]
    assert grid.n_cols == bench_import.COLUMNS == 40
    assert len(grid.formulas) > ROWS and len(grid.merged) > 10
    assert len(grid.hidden_rows) == 3 and len(grid.comments) == 6


def test_both_sides_take_all_rows(ledger: Path) -> None:
    peer, ours = bench_import.measure("peer", ledger), bench_import.measure("ours", ledger)
    assert peer["rows"] > ROWS
    assert (ours["assets"], ours["set_aside"]) == (ROWS, 0)
    assert ours["findings"] < 2 * ROWS


def test_the_sides_that_explain_the_difference_hold_the_same_records(ledger: Path) -> None:
    assert bench_import.measure("peer_rights", ledger)["rights"] == 4 * ROWS
    assert bench_import.measure("floor", ledger)["rows"] > (1 + 4 + 1 + 3 + 4 + 4) * ROWS  # operations, rows, lines
