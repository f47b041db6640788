"""The comparison of merging and bulk import with raw statements runs, on the product's own encrypted files."""

from __future__ import annotations

from pathlib import Path

from tests.bench import bench_merge
from tests.journal_guard import past_the_journal


def test_a_small_merge_is_measured_and_gives_the_same_state(tmp_path: Path) -> None:
    with past_the_journal():  # the raw statements it is compared with
        found = bench_merge.bench_merge(tmp_path, rows=930, changes=100, seed=1, repeats=1)
    assert found["operations"] > 100
    assert found["merge_cpu_s"] > 0 and found["raw_cpu_s"] > 0


def test_a_small_bulk_import_is_measured(tmp_path: Path) -> None:
    with past_the_journal():
        found = bench_merge.bench_bulk(tmp_path, rows=300, seed=1)
    assert (found["bulk_rows"], found["columns"]) == (300, 41)
