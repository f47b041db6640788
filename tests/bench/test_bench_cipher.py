"""The comparison of encrypted databases runs, and only plain SQLite leaves a clear file."""

from __future__ import annotations

import pytest

from tests.bench import bench_cipher


@pytest.mark.parametrize("name", ["plain", "sqlcipher", "sqlcipher-passphrase"])
def test_a_small_comparison_runs(name: str) -> None:
    found = bench_cipher.measure(name, 300)
    assert found["clear"] == (name == "plain")
    assert found["rows"] == 300 and found["size_mb"] > 0
    assert all(found[key] >= 0 for key in ("bulk_insert_s", "commit_ms_wall", "open_s", "full_scan_s", "point_10k_s"))


def test_the_products_own_settings_are_measured() -> None:
    assert bench_cipher.VARIANTS["sqlcipher"] is bench_cipher.sqlcipher
