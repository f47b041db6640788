"""The books' benchmark runs at a small size: every ledger ties out, arrears are there, nothing is out of line."""

from __future__ import annotations

from tests.bench import bench_values


def test_a_small_county_is_measured() -> None:
    found = bench_values.bench(assets=60, years=4, seed=3)
    assert found["assets"] == 60 and found["contracts owing"] > 0
    assert found["problems"] == []
    assert all(figure["cpu_s"] < 2 for figure in found.values() if isinstance(figure, dict))
