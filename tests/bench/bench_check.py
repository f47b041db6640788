"""How long `xiangce check` takes over the families of a county and what visits left at them.

    python -m tests.bench.bench_check [--households 200000] [--seed 5]

Makes a register on SQLCipher with that many households and their members, each with a visit, an income record and a
safeguard check, every second with a measure. Prints one JSON object: seconds, wall and CPU, and what was found.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from desktop.app.demo.people import families
from desktop.app.workspace import Workspace, create_workspace
from desktop.insight.asset_checks import asset_problems
from desktop.insight.household_checks import household_problems
from desktop.registry.income import income_record_id
from desktop.registry.invariants import invariant_problems
from desktop.registry.safeguard import safeguard_check_id
from desktop.store.key_slot import FAST_FOR_TESTS

DAY = "2026-07-02"


def make_register(place: Path, households: int, seed: int) -> Workspace:
    """A county's register with its families and one round of visits."""
    rng = random.Random(seed)
    ws, _ = create_workspace(
        place, unit_name="样例县", level="county", division_code="440705", user="县样例", passphrase="a b c d e f g h",
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws.register.reading() as sql:
        villages = [
            (str(i), str(code))
            for i, code in sql.rows("SELECT id,code FROM division WHERE level='village' AND removed=0 ORDER BY code")
        ]
    people: list[dict[str, Any]] = []
    homes: list[tuple[str, str, int]] = []

    def household_rows() -> Iterator[dict[str, Any]]:
        for family in families(rng, villages, households):
            people.extend(family.persons)
            homes.append((family.household["id"], family.household["division_code"], len(family.persons)))
            yield family.household

    with ws.register.write("建户") as scope:
        scope.insert_many("household", household_rows())
        scope.insert_many("person", people)
    with ws.register.write("走访") as scope:
        scope.insert_many("visit", (
            {"title": "走访", "household_id": home, "division_code": code, "visited_at": DAY} for home, code, _ in homes
        ))  # fmt: skip
        scope.insert_many("income_record", (
            {"id": income_record_id(home, "2025"), "household_id": home, "period": "2025", "size": size,
             "wage_migrant_fen": 1_000_000, "wage_local_fen": 0, "business_plant_fen": 5_000, "op_plant_fen": 100}
            for home, _, size in homes
        ))  # fmt: skip
        scope.insert_many("safeguard_check", (
            {"id": safeguard_check_id(home, "2026"), "household_id": home, "period": "2026", "checked_date": DAY,
             "house_ok": 1, "house_grade": "B"} for home, _, _ in homes
        ))  # fmt: skip
        scope.insert_many("measure", (
            {"household_id": home, "measure_code": "med_aid", "period": "2026", "start_date": "2026-01-02",
             "amount_fen": 100} for home, _, _ in homes[::2]
        ))  # fmt: skip
    return ws


def bench(households: int, seed: int) -> dict[str, Any]:
    """Make, measure, throw away."""
    found: dict[str, Any] = {}
    problems: list[Any] = []

    def timed(name: str, ask: Callable[[], Any]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        problems.extend(ask())
        found[name] = {"wall_s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}

    with tempfile.TemporaryDirectory() as folder, make_register(Path(folder) / "册", households, seed) as ws:
        with ws.register.reading() as sql:
            found["persons"] = int(sql.scalar("SELECT COUNT(*) FROM person"))
            timed("families and visits", lambda: household_problems(sql, DAY))
            timed("references, heads, numbers", lambda: invariant_problems(sql))
            timed("places", lambda: asset_problems(sql, DAY))
        timed("every row against the journal", ws.register.check_tables)
    found["problems"] = sorted({getattr(p, "rule", "journal") for p in problems})
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    json.dump(bench(arguments.households, arguments.seed), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
