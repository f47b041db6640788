"""How long a list of households takes to open and to search, on SQLCipher, through the services the window asks.

    python -m tests.bench.bench_lists [--register DIR] [--households 200000] [--repeats 5]

Without a register a demo register of that size is made in a temporary folder first (a few minutes for 200,000).
Prints one JSON object: medians in milliseconds, wall and CPU. Goal: open under 300 ms (issue: the main job, 8).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from desktop.app.demo import PASSPHRASE, make_demo
from desktop.app.workspace import open_workspace
from desktop.insight.lists import ListQuery, asset_ids, asset_totals, household_ids, household_rows
from desktop.store.database import Sql

PAGE = 100


def questions() -> dict[str, Callable[[Sql], object]]:
    """What a person does, by name."""

    def opened(sql: Sql) -> object:
        return household_rows(sql, household_ids(sql, ListQuery())[:PAGE])

    def searched(text: str) -> Callable[[Sql], object]:
        return lambda sql: household_rows(sql, household_ids(sql, ListQuery(text=text))[:PAGE])

    return {
        "open": opened,
        "open one village": lambda sql: household_ids(sql, ListQuery(division="360299101203")),
        "sort by head": lambda sql: household_ids(sql, ListQuery(sort="head_name")),
        "search name": searched("陈仿"),
        "search initials": searched("cfh"),
        "search ID tail": searched("10012"),
        "search village": searched("蓢头"),
        "open assets": lambda sql: (asset_ids(sql, ListQuery()), asset_totals(sql, ListQuery())),
    }


def measure(place: Path, repeats: int) -> dict[str, dict[str, float]]:
    """Medians of each question on an open register."""
    out = {}
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        for name, ask in questions().items():
            wall, cpu = [], []
            for _ in range(repeats):
                w, c = time.perf_counter(), time.process_time()
                with ws.register.reading() as sql:
                    ask(sql)
                wall.append(time.perf_counter() - w)
                cpu.append(time.process_time() - c)
            out[name] = {"wall_ms": _ms(wall), "cpu_ms": _ms(cpu), "first_wall_ms": round(wall[0] * 1000, 1)}
    return out


def _ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def main() -> None:
    """Make or open the register and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--register", type=Path)
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = arguments.register
        if place is None:
            place = Path(folder) / "demo"
            make_demo(place, households=arguments.households).close()
        figures = measure(place, arguments.repeats)
    json.dump({"households": arguments.households, "figures": figures}, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
