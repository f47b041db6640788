"""How long the books of a county take: ledgers as of a past day, all values, arrears, and proving everything.

    python -m tests.bench.bench_values [--assets 30000] [--years 10] [--seed 7]

Makes a register on SQLCipher with that many assets, each with its fund parts and owner, value changes and income over
the years, a tenth of them let with yearly rents that were received. Prints one JSON object: seconds, wall and CPU.
Goals (issue 4): a total ledger as of a past date under 5 s (as known at a past moment too: 10 s), everything re-proved
under 10 s.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop.app.annual.annual_figures import shown
from desktop.app.annual.annual_pack import prepare_pack
from desktop.app.money.money_books import contracts, total_ledger, value_lines
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.ids import new_id
from desktop.insight.asset_checks import asset_problems
from desktop.insight.asset_money_checks import asset_money_problems
from desktop.insight.household_checks import household_problems
from desktop.insight.value_ledger import CUTS, differences
from desktop.registry.invariants import invariant_problems
from desktop.registry.posting import receipt_lines
from desktop.store.key_slot import FAST_FOR_TESTS

KINDS = (("operating", "workshop"), ("public", "road"), ("public", "water"), ("household", "fixed"))
FIRST_YEAR = 2014
PASSPHRASE = "a b c d e f g h"


def make_register(place: Path, assets: int, years: int, seed: int) -> Workspace:
    """A county's register with its history."""
    rng = random.Random(seed)
    ws, _ = create_workspace(
        place, unit_name="样例县", level="county", division_code="440705", user="县样例", passphrase=PASSPHRASE,
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws.register.reading() as sql:
        villages = sql.rows("SELECT id,code FROM division WHERE level='village' AND removed=0 ORDER BY code")
    rows: dict[str, list[dict[str, Any]]] = {
        t: [] for t in ("party", "asset", "right", "value_change", "asset_income", "contract", "receipt", "voucher",
                        "step_taken")
    }  # fmt: skip
    levels = ("state_county", "state_town", "collective_village", "household")
    for i in range(200):
        rows["party"].append({"id": new_id(), "kind": "other", "name": f"样例权利人{i}",
                              "ownership_level": levels[i % 4]})  # fmt: skip
    for number in range(assets):
        _one_asset(rng, rows, number, villages[number % len(villages)], years)
    for table, found in rows.items():
        with ws.register.write(f"建立 {table}") as scope:
            scope.insert_many(table, found)
    return ws


def _one_asset(rng: random.Random, rows: dict[str, list[dict[str, Any]]], n: int, village: Any, years: int) -> None:
    made, (category, sub) = new_id(), KINDS[n % 4]
    value = rng.randint(10_000, 50_000_000)
    rows["asset"].append({
        "id": made, "asset_no": f"YL-{n:06d}", "name": f"样例资产{n}", "category": category, "subcategory": sub,
        "built_date": f"{FIRST_YEAR - rng.randint(0, 4)}-{rng.randint(1, 12):02d}-15", "division_id": village[0],
        "division_code": village[1], "original_value_fen": value,
        "fund_parts": [["central", value // 3], ["county", value // 3], ["self", value - 2 * (value // 3)]],
        "depreciation_method": "straight_line", "useful_life_months": rng.choice((120, 180, 240)),
        "residual_rate": "0.05", "status": "normal",
    })  # fmt: skip
    owner = rows["party"][n % 200]["id"]
    rows["right"].append({"asset_id": made, "kind": "ownership", "valid_from": f"{FIRST_YEAR}-01-01",
                          "shares": [[owner, 1, 1]]})  # fmt: skip
    for year in range(FIRST_YEAR, FIRST_YEAR + years):
        if rng.random() < 0.3:
            kind = rng.choice(("addition", "addition", "impairment"))
            part = value // (500 if kind == "impairment" else 50)
            rows["value_change"].append({"asset_id": made, "on_date": f"{year}-{rng.randint(1, 12):02d}-10",
                                         "kind": kind, "amount_fen": max(1, part)})  # fmt: skip
    if n % 10:
        return
    contract, rent = new_id(), value // 20 + 1
    days = [f"{FIRST_YEAR + k}-01-01" for k in range(years)]
    rows["contract"].append({
        "id": contract, "contract_no": f"HT-{n}", "mode": "lease", "lessor_party_id": owner,
        "operator_party_id": rows["party"][(n + 1) % 200]["id"], "division_id": village[0],
        "division_code": village[1], "term_start": days[0], "term_end": f"{FIRST_YEAR + years - 1}-12-31",
        "amount_fen": rent * years, "assets": [[made]], "rent_dues": [[d, rent, None] for d in days],
        "state": "active",
    })  # fmt: skip
    rows["step_taken"].append({"case_table": "contract", "case_id": contract, "step": "activate",
                               "from_state": "draft", "to_state": "active", "on_date": days[0]})  # fmt: skip
    for day in days[: rng.randint(years // 2, years)]:
        paid = {"id": new_id(), "contract_id": contract, "asset_id": made, "on_date": day, "amount_fen": rent,
                "kind": "rent", "income_year": int(day[:4]), "division_code": village[1]}  # fmt: skip
        rows["receipt"].append(paid)
        rows["voucher"].append({"on_date": day, "source_table": "receipt", "source_id": paid["id"],
                                "division_code": village[1], "lines": receipt_lines(paid)})  # fmt: skip
        rows["asset_income"].append({"asset_id": made, "year": int(day[:4]), "expected_fen": rent})


def measure(ws: Workspace, as_of: str) -> dict[str, Any]:
    """Seconds of each question, with what it answered."""
    found: dict[str, Any] = {}

    def timed(name: str, ask: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        answer = ask()
        found[name] = {"wall_s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}
        return answer

    totals = set()
    for by in CUTS:
        ledger = timed(f"ledger by {by}", lambda by=by: total_ledger(ws, by, as_of))
        assert differences(ledger) == []
        totals.add((ledger.total.count, ledger.total.original_fen))
    assert len(totals) == 1
    now = datetime.now().astimezone().isoformat()
    known = timed("ledger by category, as known now", lambda: total_ledger(ws, "category", as_of, known_at=now))
    assert (known.total.count, known.total.original_fen) in totals
    with ws.register.reading() as sql:
        half = sql.scalar("SELECT at_ms FROM arrival ORDER BY first_seq DESC LIMIT 1 OFFSET 5")
    before = datetime.fromtimestamp(int(half) / 1000).astimezone().isoformat()
    timed("the same, as known half-way", lambda: total_ledger(ws, "category", as_of, known_at=before))
    found["assets"], found["original_fen"] = totals.pop()
    timed("values of every asset", lambda: value_lines(ws, as_of))
    owing = timed("arrears", lambda: contracts(ws, view="owing", as_of="2024-06-30"))
    found["contracts owing"] = len(owing)
    year = int(as_of[:4])
    pack = timed("figures of a yearly assessment", lambda: prepare_pack(ws, "", year))
    timed("figures written out", lambda: [shown(f, f.of(b)) for f in pack.figures for b in pack.books])
    with ws.register.reading() as sql:
        problems = timed("prove money and contracts", lambda: asset_money_problems(sql, "2024-06-30"))
        problems += timed("prove the assets", lambda: asset_problems(sql, "2024-06-30"))
        problems += timed("prove the families", lambda: household_problems(sql, "2024-06-30"))
        problems += timed("prove the rest", lambda: invariant_problems(sql))
    found["problems"] = sorted({p.rule for p in problems})
    return found


def bench(assets: int, years: int, seed: int) -> dict[str, Any]:
    """Make, measure, throw away."""
    with tempfile.TemporaryDirectory() as folder, make_register(Path(folder) / "册", assets, years, seed) as ws:
        return measure(ws, f"{FIRST_YEAR + years // 2}-06-30")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assets", type=int, default=30_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    json.dump(bench(arguments.assets, arguments.years, arguments.seed), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
