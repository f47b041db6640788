"""How long a list of households takes to open and to search, on SQLCipher, through the services the window asks.

    python -m tests.bench.bench_lists [--register DIR] [--households 200000] [--repeats 5]

Without a register a demo register of that size is made in a temporary folder first (a few minutes for 200,000).
Prints one JSON object: medians in milliseconds, wall and CPU. Goal: open under 300 ms (issue: the main job, 8). The
first opening is measured apart, each time on a register opened anew: with and without the window's reading ahead.
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

from desktop.app.demo.register import PASSPHRASE, make_demo
from desktop.app.home import home_summary, status_line
from desktop.app.reading_ahead import read_ahead
from desktop.app.workspace import Workspace, open_workspace
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


def measure_first(place: Path, repeats: int) -> dict[str, dict[str, float]]:
    """Medians of what comes first after a register was opened, each on an opening of its own."""
    times: dict[str, list[tuple[float, float]]] = {}

    def timed(name: str, ask: Callable[[], object]) -> None:
        w, c = time.perf_counter(), time.process_time()
        ask()
        times.setdefault(name, []).append((time.perf_counter() - w, time.process_time() - c))

    for ahead in (False, True) * repeats:
        with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:

            def first(ws: Workspace = ws) -> object:
                with ws.register.reading() as sql:
                    return questions()["open"](sql)

            if ahead:
                timed("read ahead", lambda ws=ws: read_ahead(ws))  # type: ignore[misc]
            timed("first open, read ahead" if ahead else "first open", first)
            if not ahead:
                timed("home", lambda ws=ws: home_summary(ws))  # type: ignore[misc]
                timed("home again", lambda ws=ws: home_summary(ws))  # type: ignore[misc]
                timed("status line", lambda ws=ws: status_line(ws))  # type: ignore[misc]
    return {
        name: {"wall_ms": _ms([w for w, _ in found]), "cpu_ms": _ms([c for _, c in found])}
        for name, found in times.items()
    }


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
        figures = measure(place, arguments.repeats) | measure_first(place, arguments.repeats)
    json.dump({"households": arguments.households, "figures": figures}, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
