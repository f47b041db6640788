"""The benchmark runs, and a long register takes little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from desktop.common import resources


def run(*arguments: str) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.bench.bench_register_pdf", *arguments]
    folder = Path(resources.__file__).parents[2]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_the_benchmark_compares_the_engines() -> None:
    result = run("--rows", "300", "--repeat", "1")
    assert {"ours", "register", "canvas", "ours_to_canvas"} <= set(result)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    few = run("--engine", "ours", "--rows", "1000", "--path", str(tmp_path / "a.pdf"))
    many = run("--engine", "ours", "--rows", "9000", "--path", str(tmp_path / "b.pdf"))
    assert float(str(many["peak_mb"])) < 150
    assert float(str(many["peak_mb"])) - float(str(few["peak_mb"])) < 40
