"""The check's benchmark runs at a small size: sound families give nothing."""

from __future__ import annotations

from tests.bench import bench_check


def test_a_few_families_are_measured() -> None:
    found = bench_check.bench(households=60, seed=5)
    assert found["persons"] > 120 and found["problems"] == []
    assert all(figure["cpu_s"] < 2 for figure in found.values() if isinstance(figure, dict))
