"""The books of a county: every balance proved anew from its vouchers, and splits of many amounts over many households.

`python -m tests.bench.bench_books --assets 30000 --years 10 --splits 100000`. The register is an encrypted one of the
product's own making; receipts and vouchers are written by its bulk path, as an import would write them. CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from desktop.app.distribution import distributing, distribution_recipients, distribution_view, paying
from desktop.app.workspace import Workspace
from desktop.common.ids import new_id
from desktop.registry.books import book_problems
from desktop.registry.posting import balances, receipt_lines, voucher_id
from desktop.registry.splitting import split_exactly
from tests.app.distribution.distribution_cases import VILLAGE, Case, to_paying, village

AT_ONCE = 2_000
"""Assets a unit of work: the rows of all would not fit into a township laptop's memory."""
KINDS = ("rent", "dividend", "penalty", "other", "deposit")


def bench_books(folder: Path, assets: int, years: int, seed: int = 5) -> dict[str, Any]:
    """Time to prove and to sum the books of so many receipts with their vouchers."""
    case = village(folder, (2,))
    rng = random.Random(seed)
    total = 0
    with case.ws as ws:
        start = time.perf_counter()
        for first in range(0, assets, AT_ONCE):
            receipts, vouchers = [], []
            for at in range(first, min(first + AT_ONCE, assets)):
                asset = new_id()
                for year in range(2026 - years, 2026):
                    row = {
                        "id": new_id(), "asset_id": asset, "on_date": f"{year}-{1 + at % 12:02d}-15",
                        "amount_fen": rng.randint(1, 5_000_000), "kind": KINDS[at % 5], "income_year": year,
                        "division_code": f"440705104{201 + at % 17}",
                    }  # fmt: skip
                    total += row["amount_fen"]
                    receipts.append(row)
                    vouchers.append({
                        "id": voucher_id("receipt", str(row["id"])), "on_date": row["on_date"], "summary": "收到租金",
                        "lines": receipt_lines(row), "division_code": row["division_code"],
                        "source_table": "receipt", "source_id": row["id"],
                    })  # fmt: skip
            with ws.write("历年收款", right="edit-assets") as scope:
                scope.insert_many("receipt", receipts)
                scope.insert_many("voucher", vouchers)
        filled = time.perf_counter() - start
        with ws.register.reading() as sql:
            problems, proved = _clock(lambda: list(book_problems(sql)))
            found, summed = _clock(
                lambda: {b.account: b.balance_fen for b in balances(sql, until="2025-12-31")}
            )
    assert not problems, problems[:3]
    assert found["bank"] == total and not sum(found.values())
    return {"assets": assets, "years": years, "vouchers": assets * years, "fill_s": round(filled, 1),
            "prove_cpu_s": proved, "balances_cpu_s": summed}  # fmt: skip


def bench_splits(cases: int, households: int, seed: int = 7) -> dict[str, Any]:
    """Random splits checked to the 分, and the time one split over so many households takes."""
    rng = random.Random(seed)
    start = time.perf_counter()
    for _ in range(cases):
        weights = [
            rng.randint(1, 10**6) if rng.random() < 0.5 else Fraction(rng.randint(1, 999), rng.randint(1, 99))
            for _ in range(rng.randint(1, 12))
        ]
        total = rng.randint(-(10**12), 10**12)
        parts = split_exactly(total, weights)
        assert sum(parts) == total
        whole = sum(weights)
        assert all(abs(total * Fraction(w) / whole - p) < 1 for w, p in zip(weights, parts, strict=True))
    checked = time.perf_counter() - start
    people = [rng.randint(1, 9) for _ in range(households)]
    best = min(_timed(people) for _ in range(5))
    return {"cases": cases, "exact": True, "checked_s": round(checked, 1), "households": households,
            "split_s": round(best, 4)}  # fmt: skip


def _timed(weights: list[int]) -> float:
    start = time.process_time()  # of this process: other work on the machine is not the split's
    assert sum(split_exactly(431_728_292, weights)) == 431_728_292
    return time.process_time() - start


def bench_plan(folder: Path, households: int) -> dict[str, Any]:
    """A whole plan over so many households: drawing, showing, steps, paying all of them in one unit of work."""
    case = _many_households(folder, households)
    found: dict[str, Any] = {"households": households}
    with case.ws as ws:
        _, found["draw_cpu_s"] = _clock(
            lambda: distribution_recipients.draw(ws, case.plan, "risk_people", {}, method="people")
        )
        _, found["view_cpu_s"] = _clock(lambda: distribution_view.plan_view(ws, case.plan))
        _, found["steps_to_paying_cpu_s"] = _clock(lambda: to_paying(case))
        ids = [p.id for p in paying.payments_of(ws, case.plan)]
        _, found["pay_all_cpu_s"] = _clock(lambda: paying.pay_batch(ws, ids, on="2026-03-10"))
        with ws.register.reading() as sql:
            assert not list(book_problems(sql))
    return found


def _many_households(folder: Path, households: int) -> Case:
    from desktop.app.records.editing import new_record

    case = village(folder, (1,), "多户")
    ws: Workspace = case.ws
    rng = random.Random(3)
    with ws.write("建户", right="edit-people") as scope:
        homes = [
            {"id": new_id(), "head_name": f"样户{n:05d}", "division_code": VILLAGE, "group_name": f"{1 + n % 20}组",
             "stated_size": rng.randint(1, 8), "household_type": "lifted"}
            for n in range(households - 1)
        ]  # fmt: skip
        scope.insert_many("household", homes)
    case.receipts.append(new_record(ws, "receipt", {
        "asset_id": new_record(ws, "asset", {"name": "样例电站", "division_code": VILLAGE, "category": "operating"}),
        "on_date": "2026-02-01", "amount_fen": 431_728_292, "kind": "rent", "division_code": VILLAGE,
    }))  # fmt: skip
    case.plan = distributing.new_plan(ws, year=2026, division_code=VILLAGE)
    distributing.take_receipts(ws, case.plan, {case.receipts[0]: None})
    distributing.set_uses(ws, case.plan, [("risk_people", "rest", "")])
    return case


def _clock(function: Any) -> tuple[Any, float]:
    """The result and the CPU seconds it took: the machines that measure are shared."""
    start = time.process_time()
    result = function()
    return result, round(time.process_time() - start, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=30_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--splits", type=int, default=100_000)
    parser.add_argument("--households", type=int, default=13_310)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {
            "splits": bench_splits(asked.splits, asked.households),
            "plan": bench_plan(Path(folder), asked.households),
            "books": bench_books(Path(folder), asked.assets, asked.years),
        }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
