"""The benchmark of books and splits runs at a small size, and what it measures is right."""

from __future__ import annotations

from pathlib import Path

from tests.bench import bench_books


def test_a_small_book_is_proved(tmp_path: Path) -> None:
    found = bench_books.bench_books(tmp_path, assets=60, years=3)
    assert found["vouchers"] == 180 and found["prove_cpu_s"] < 5


def test_splits_are_exact_and_quick() -> None:
    found = bench_books.bench_splits(2_000, 13_310)
    assert found["exact"] and found["split_s"] < 0.1


def test_a_plan_of_some_households_goes_the_whole_way(tmp_path: Path) -> None:
    found = bench_books.bench_plan(tmp_path, 40)
    assert found["households"] == 40 and found["pay_all_cpu_s"] < 10
