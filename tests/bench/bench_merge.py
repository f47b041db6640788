"""Merging changed rows into a large register, and filling one, against plain statements on the same encrypted file.

    python -m tests.bench.bench_merge --rows 930000 --changes 10000
    python -m tests.bench.bench_merge --bulk 100000

Rows are invented: 200 households to 700 persons and 30 assets. Of the changed rows 80 % are edits of one to three
fields, 15 % new, 5 % removed. The peer does the same to the same typed tables with raw INSERT and UPDATE in one
transaction, on a copy of the same file, in the same run: no journal, no conflicts, nothing to undo.
CPU seconds are compared; wall times on a shared machine vary twofold.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import SQLModel

from desktop.common.ids import new_id
from desktop.registry.tables import SCHEMA
from desktop.store import cipher_database
from desktop.store.database import Sql
from desktop.store.journal import OP_COLUMNS, operation
from desktop.store.journal_tables import JOURNAL
from desktop.store.operations import Operation
from desktop.store.provenance import Unit
from desktop.store.register import Register

KEY = b"bench-key-of-thirty-two-bytes-00"
PARTS = {"household": 200, "person": 700, "asset": 30}
GIVEN = "样例仿拟虚试模"
SURNAMES = "赵钱孙李周吴郑王冯陈"


@dataclass
class Timed:
    """Seconds of one step."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Timed]:
    """CPU and wall seconds of the block."""
    out, wall, cpu = Timed(), time.perf_counter(), time.process_time()
    yield out
    out.wall, out.cpu = time.perf_counter() - wall, time.process_time() - cpu


def values_of(table: str, pick: random.Random, parent: str | None = None) -> dict[str, Any]:
    """Values of one invented row, about as many as a careful surveyor fills in."""
    name = pick.choice(SURNAMES) + pick.choice(GIVEN) + pick.choice(GIVEN)
    village = f"4407051{pick.randrange(20):02d}{pick.randrange(15):03d}"
    if table == "person":
        return {
            "household_id": parent, "name": name, "cert_type": "id_card_18", "sex": pick.choice("12"),
            "id_no": f"440799{pick.randrange(10**11, 10**12)}", "birth_date": f"19{pick.randrange(40, 99)}-05-01",
            "birth_precision": "day", "relation": pick.choice(["head", "spouse", "child"]), "nation": "01",
            "education": "3", "health": "1", "labor_skill": "2", "work_place": f"外地{pick.randrange(999)}",
            "work_months": pick.randrange(12), "work_income_month_fen": pick.randrange(10**6), "medical_resident": 1,
            "pension_resident": 1, "phone": f"100{pick.randrange(10**8):08d}", "note": f"入户核实{pick.randrange(999)}",
        }  # fmt: skip
    if table == "household":
        return {
            "division_code": village, "group_name": f"{pick.randrange(1, 19)}组", "household_type": "general",
            "stated_size": pick.randrange(1, 9), "phone": f"100{pick.randrange(10**8):08d}", "bank_name": "信用社",
            "bank_account": f"6221{pick.randrange(10**12)}", "land_arable_mu": f"{pick.randrange(90)}.5",
            "house_area_m2": str(pick.randrange(40, 200)), "house_structure": "brick", "house_grade": "A",
            "water_safe": 1, "toilet_kind": "flush", "toilet_ok": 1, "road_kind": "cement", "power_life": 1, "tv": 1,
            "fuel": "gas", "net_income_fen": pick.randrange(10**7), "per_capita_income_fen": pick.randrange(10**6),
            "income_period": "2025", "address": f"{village}村{pick.randrange(99)}号", "head_name": name,
            "source_file": "底册.xlsx", "source_sheet": "表1", "source_row": pick.randrange(10**5),
        }  # fmt: skip
    cost = pick.randrange(10**9)
    return {
        "asset_no": f"ZC{pick.randrange(10**9)}", "name": f"产业路{pick.randrange(10**5)}", "project_name": "帮扶项目",
        "project_year": pick.randrange(2014, 2026), "fund_doc_no": "〔2021〕5号", "category": "public",
        "subcategory": "road", "spec": "混凝土", "quantity": str(pick.randrange(99)), "unit": "米",
        "built_date": "2021-11", "built_precision": "month", "division_code": village, "address": f"{village}村头",
        "longitude": "113.1", "latitude": "23.2", "original_value_fen": cost, "depreciation_fen": cost // 10,
        "competent_dept": "农业农村局", "operation_mode": "self", "contract_no": "HT-1", "contract_start": "2022-01-01",
        "contract_end": "2027-01-01", "expected_income_fen": pick.randrange(10**6), "actual_income_fen": 5,
        "actual_income_year": 2025, "keeper": name, "status": "in_use", "status_reason": "正常",
        "confirm_doc_no": "〔2022〕1号", "confirm_date": "2022-03-01", "confirm_precision": "day", "noticed": "yes",
        "ledger_system": "全国系统", "linked_households": pick.randrange(50), "jobs": 3, "note": "与台账一致",
        "source_file": "台账.xlsx", "source_sheet": "表1", "source_row": pick.randrange(10**5),
        "fund_parts": [["central", cost // 2], ["county", cost - cost // 2]],
    }  # fmt: skip


EDITS = {
    "household": ("phone", "address", "house_area_m2", "group_name", "note", "stated_size"),
    "person": ("phone", "work_place", "note", "health", "work_months", "school"),
    "asset": ("keeper", "note", "status_reason", "address", "jobs", "contract_no"),
}


def rows_of(table: str, count: int, seed: int, parents: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Invented rows, the same for the same seed."""
    pick = random.Random(f"{table}-{seed}")
    for _ in range(count):
        yield values_of(table, pick, pick.choice(parents) if parents else None)


def register_on(engine: Engine, device: bytes) -> Register:
    """A register on an engine with its tables made."""
    JOURNAL.create_all(engine)
    SQLModel.metadata.create_all(engine)
    return Register(SCHEMA, engine, engine, device, user="bench")


def fill(register: Register, rows: int, seed: int) -> dict[str, list[str]]:
    """The register to merge into; ids by table."""
    ids: dict[str, list[str]] = {}
    for table, share in PARTS.items():
        made = rows_of(table, rows * share // sum(PARTS.values()), seed, ids.get("household"))
        ids[table] = []
        while part := list(itertools.islice(made, 20_000)):  # imports of a usual size, not one of 700,000 rows
            with register.write(f"导入 {table}") as w:
                ids[table] += w.insert_many(table, part)
    return ids


@dataclass
class Changes:
    """What another laptop did, as plain values; the package and the peer's statements are made of it."""

    edits: list[tuple[str, str, dict[str, Any]]]
    new: list[tuple[str, dict[str, Any]]]
    removed: list[tuple[str, str]]


def changes_of(ids: dict[str, list[str]], count: int, seed: int) -> Changes:
    """80 % edits of one to three fields, 15 % new rows, 5 % removals, spread over the tables as their rows are."""
    pick = random.Random(f"changes-{seed}")
    out = Changes([], [], [])
    total = sum(PARTS.values())
    for table, share in PARTS.items():
        here = count * share // total
        chosen = pick.sample(ids[table], here * 85 // 100)
        for row in chosen[: here * 80 // 100]:
            columns = pick.sample(EDITS[table], pick.randrange(1, 4))
            numbers = ("stated_size", "work_months", "jobs")
            new = {c: pick.randrange(1, 99) if c in numbers else f"新{pick.random()}" for c in columns}
            out.edits.append((table, row, new))
        out.removed += [(table, row) for row in chosen[here * 80 // 100 :]]
        out.new += [
            (table, {"id": new_id(), **values})
            for values in rows_of(table, here * 15 // 100, seed + 1, ids["household"] if table == "person" else None)
        ]
    return out


def write_changes(register: Register, changes: Changes) -> None:
    """The other laptop's own work, in one unit."""
    with register.write("入户") as w:
        for table, row, values in changes.edits:
            w.change(table, row, values)
        for table, values in changes.new:
            w.insert(table, {c: v for c, v in values.items() if c != "id"}, values["id"])
        for table, row in changes.removed:
            w.remove(table, row)


def package_of(register: Register, after: int) -> tuple[list[Operation], list[Unit], dict[bytes, bytes]]:
    """What the other laptop sends."""
    with register.reading() as sql:
        ops = [operation(r) for r in sql.rows(f"SELECT {OP_COLUMNS} FROM op WHERE seq>? ORDER BY seq", (after,))]
        rows = sql.rows("SELECT unit_id,device,who,reason,at_ms,source FROM unit")
        units = [Unit(bytes(r[0]), bytes(r[1]), *r[2:]) for r in rows]
        replicas = {bytes(r): bytes(d) for r, d in sql.rows("SELECT replica_id,device FROM replica")}
    return ops, units, replicas


def raw_changes(engine: Engine, changes: Changes) -> Timed:
    """The peer: the same changes to the same typed tables as raw statements, grouped for executemany."""
    updates: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
    for table, row, values in changes.edits:
        updates.setdefault((table, tuple(values)), []).append((*values.values(), row))
    with timed() as took, engine.begin() as connection:
        sql = Sql(connection)
        for (table, columns), rows in updates.items():
            sql.many(f"UPDATE {table} SET {','.join(f'{c}=?' for c in columns)} WHERE id=?", rows)
        raw_inserts(sql, changes.new)
        for table in PARTS:
            sql.many(f"UPDATE {table} SET removed=1 WHERE id=?", [(r,) for t, r in changes.removed if t == table])
    return took


def raw_inserts(sql: Sql, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Plain executemany into the typed tables."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for table, values in rows:
        grouped.setdefault(table, []).append(values)
    for table, found in grouped.items():
        columns = [c for c in found[0] if c != "fund_parts"]
        names = ",".join(columns)
        marks = ",".join("?" * (len(columns) + 2))
        sql.many(
            f"INSERT INTO {table} ({names},removed,in_conflict) VALUES ({marks})",
            [(*(v[c] for c in columns), 0, 0) for v in found],
        )
        parts = [(v["id"], i, *part) for v in found for i, part in enumerate(v.get("fund_parts", ()))]
        sql.many("INSERT INTO asset_fund_part (asset_id,position,source,amount_fen) VALUES (?,?,?,?)", parts)


def copy_database(source: Path, target: Path) -> Path:
    """A copy that lies in the page cache, with nothing of the log left behind."""
    shutil.copyfile(source, target)
    target.read_bytes()
    return target


def bench_merge(folder: Path, rows: int, changes: int, seed: int, repeats: int) -> dict[str, Any]:
    """Build once, then merge and do it raw on copies; the best of the repeats."""
    base = folder / "base.db"
    engine = cipher_database.open_engine(base, KEY, create=True)
    with timed() as filled:
        ids = fill(register_on(engine, b"C" * 32), rows, seed)
    cipher_database.checkpoint(engine)
    engine.dispose()
    todo = changes_of(ids, changes, seed)
    other_engine = cipher_database.open_engine(copy_database(base, folder / "other.db"), KEY)
    other = Register(SCHEMA, other_engine, other_engine, b"L" * 32, user="bench")
    with other.reading() as sql:
        after = int(sql.scalar("SELECT MAX(seq) FROM op"))
    with timed() as written:
        write_changes(other, todo)
    ops, units, replicas = package_of(other, after)
    digest = other.digest() if rows <= 100_000 else ""
    other_engine.dispose()
    (folder / "other.db").unlink()
    merged: list[Timed] = []
    raw: list[Timed] = []
    for _ in range(repeats):
        for kind in ("raw", "merge"):
            engine = cipher_database.open_engine(copy_database(base, folder / "run.db"), KEY)
            if kind == "raw":
                raw.append(raw_changes(engine, todo))
            else:
                county = Register(SCHEMA, engine, engine, b"C" * 32)
                with timed() as took:
                    assert len(county.receive(ops, units, replicas)) == len(ops)
                merged.append(took)
                assert not digest or county.digest() == digest
            engine.dispose()
            for left in folder.glob("run.db*"):
                left.unlink()
    best, peer = min(merged, key=lambda t: t.cpu), min(raw, key=lambda t: t.cpu)
    return {
        "rows": rows, "changes": changes, "operations": len(ops), "merge_cpu_s": round(best.cpu, 3),
        "merge_wall_s": round(best.wall, 3), "raw_cpu_s": round(peer.cpu, 3), "raw_wall_s": round(peer.wall, 3),
        "times_raw": round(best.cpu / max(peer.cpu, 1e-3), 2), "local_unit_cpu_s": round(written.cpu, 3),
        "fill_rows_per_cpu_s": round(rows / filled.cpu), "database_mb": base.stat().st_size >> 20,
    }  # fmt: skip


def bench_bulk(folder: Path, rows: int, seed: int) -> dict[str, Any]:
    """Import of asset rows (40 filled columns and a list each) against executemany into the same tables."""
    records = list(rows_of("asset", rows, seed))
    engine = cipher_database.open_engine(folder / "bulk.db", KEY, create=True)
    register = register_on(engine, b"C" * 32)
    with timed() as ours, register.write("导入") as w:
        w.insert_many("asset", records)
    engine.dispose()
    engine = cipher_database.open_engine(folder / "plain.db", KEY, create=True)
    register_on(engine, b"C" * 32)
    named = [("asset", {"id": new_id(), **r}) for r in records]
    with timed() as plain, engine.begin() as connection:
        raw_inserts(Sql(connection), named)
    engine.dispose()
    return {
        "bulk_rows": rows, "columns": len(records[0]), "insert_many_cpu_s": round(ours.cpu, 3),
        "insert_many_wall_s": round(ours.wall, 3), "plain_cpu_s": round(plain.cpu, 3),
        "plain_wall_s": round(plain.wall, 3), "times_plain": round(ours.cpu / max(plain.cpu, 1e-3), 2),
    }  # fmt: skip


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--bulk", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the databases are made; a temporary folder otherwise")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="xiangce-bench-", dir=options.folder) as made:
        if options.rows:
            print(json.dumps(bench_merge(Path(made), options.rows, options.changes, options.seed, options.repeats)))
        if options.bulk:
            print(json.dumps(bench_bulk(Path(made), options.bulk, options.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
