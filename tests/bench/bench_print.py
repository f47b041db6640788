"""How long the whole command `print assets` takes, from its start to the file: opening, reading, the digest, the paper.

    python -m tests.bench.bench_print [--assets 30000] [--years 10] [--seed 7] [--repeat 3]

The register is made as in `bench_values`. Every run is a process of its own. `first` has to take the digest of every
record (as after an import of everything), `again` finds it kept, `after_an_edit` takes that of what was edited. Prints
one JSON object: CPU seconds and peak resident MB of the command, medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from desktop.app.records.records import list_records
from desktop.app.workspace import open_workspace
from desktop.store.digest_parts import mark_everything
from tests.bench.bench_values import PASSPHRASE, make_register

_RUN = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}))
"""


def run_print(place: Path, target: Path) -> dict[str, float]:
    """One `print assets` in a process of its own."""
    command = [sys.executable, "-m", "desktop", "print", str(place), "assets", "-o", str(target)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *command], check=True, capture_output=True, text=True,
        env={**os.environ, "XIANGCE_PASSPHRASE": PASSPHRASE},
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def forget_digest(place: Path) -> None:
    """As if nothing of the digest had been kept."""
    with open_workspace(place, passphrase=PASSPHRASE) as ws, ws.register._transaction() as (sql, _):
        mark_everything(sql)


def edit_one(place: Path, number: int) -> None:
    """Change one asset."""
    with open_workspace(place, passphrase=PASSPHRASE) as ws:
        asset = list_records(ws, "asset")[0]["id"]
        with ws.write("改", table="asset") as scope:
            scope.change("asset", asset, {"note": f"第 {number} 次"})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=30_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(argv)
    runs: dict[str, list[dict[str, float]]] = {"first": [], "again": [], "after_an_edit": []}
    with tempfile.TemporaryDirectory() as folder:
        place, target = Path(folder, "r"), Path(folder, "r.pdf")
        make_register(place, options.assets, options.years, options.seed).close()
        for number in range(options.repeat):
            forget_digest(place)
            runs["first"].append(run_print(place, target))
            runs["again"].append(run_print(place, target))
            edit_one(place, number)
            runs["after_an_edit"].append(run_print(place, target))
    result: dict[str, Any] = {"assets": options.assets, "years": options.years, "seed": options.seed}
    for name, found in runs.items():
        cpu = statistics.median(run["cpu"] for run in found)
        result[name] = {
            "cpu_s": round(cpu, 2), "rows_per_cpu_s": round(options.assets / cpu),
            "peak_mb": round(statistics.median(run["peak_mb"] for run in found)),
        }  # fmt: skip
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
