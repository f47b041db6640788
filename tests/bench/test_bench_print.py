"""The benchmark of the print command runs, small."""

from __future__ import annotations

import json

import pytest

from tests.bench.bench_print import main


def test_the_print_benchmark_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--assets", "40", "--years", "2", "--repeat", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["first"]["cpu_s"] > 0 and found["after_an_edit"]["rows_per_cpu_s"] > 0
