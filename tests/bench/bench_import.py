"""Importing a large ledger against reading it with python-calamine and inserting its rows with plain SQLite.

    python -m tests.bench.bench_import [--rows 100000] [--repeat 1] [--keep FILE.xlsx] [--seed 7]

The workbook has 40 columns, a three-row merged header, villages in merged cells, comments, hidden rows, subtotals and a
formula in every row. Each side runs in a process of its own and prints one JSON line: CPU and wall seconds, peak
memory. Ours reads, checks and writes into a new encrypted register (assets, parties and rights); the peer only reads
and inserts. The goal is a ratio of at most 2.

Two more sides say what the difference is made of. `peer_rights` is the peer that also inserts the four rights of each
asset, as ours does: the same 500,000 records, still unencrypted, without index, journal or check. `floor` takes a
finished register and does no more than put its rows into empty tables of the same shape with executemany: what
SQLCipher alone needs for them, journal included. `ratio_cpu_same_rows` holds ours against a peer that reads with
python-calamine and inserts those same rows.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HEADER = [
    ("序号", ""), ("资产编号", ""), ("资产名称", ""), ("项目名称", ""), ("项目年度", ""), ("资产小类", ""),
    ("规格型号", ""), ("数量", ""), ("计量单位", ""), ("购建时间", ""), ("坐落地点", ""),
    ("资产原始价值及资金来源（万元）", "合计"), ("", "中央"), ("", "省级"), ("", "市级"), ("", "区级"),
    ("", "社会帮扶"), ("", "自筹及其他"), ("累计折旧（万元）", ""), ("净值（万元）", ""), ("权属", "所有权人"),
    ("", "使用权人"), ("", "收益权人"), ("", "监督单位"), ("运营", "方式"), ("", "经营主体"), ("", "合同期限"),
    ("收益（万元）", "年预期收益"), ("", "2024年实际收益"), ("管护责任人", ""), ("资产状态", ""),
    ("确权登记时间、文号", ""), ("是否公示", ""), ("行业主管部门", ""), ("合同编号", ""), ("带动户数", ""),
    ("就业人数", ""), ("状态原因", ""), ("证书编号", ""), ("备注", ""),
]  # fmt: skip
COLUMNS = len(HEADER)
KINDS = ["生产加工设施", "光伏电站", "商铺", "农林牧渔业产业基地", "帮扶车间"]
BLOCK = 25
"""Rows per village block; each ends with a subtotal."""


def write_workbook(path: Path, rows: int, seed: int) -> None:
    """A ledger of so many assets, right for the most part."""
    import xlsxwriter

    from desktop.common.divisions import shipped_villages

    draw = random.Random(seed)
    villages = [v.name for v in shipped_villages().within("440705104").entries]
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("经营性资产")
    sheet.write(0, 0, "双水镇扶贫（帮扶）项目资产管理台账（经营性资产）")
    sheet.write(1, 0, "填报单位（盖章）：双水镇人民政府")
    sheet.write(1, 12, "填报日期：2025年6月30日")
    sheet.write(1, 24, "单位：万元")
    _write_header(sheet)
    line, number = 4, 0
    while number < rows:
        village, first = draw.choice(villages), line
        size = min(BLOCK, rows - number)
        sums: dict[int, int] = {}
        for _ in range(size):
            number += 1
            _write_asset(sheet, draw, line, number, village, first == line, sums)
            line += 1
        if size > 1:
            sheet.merge_range(first, 10, line - 1, 10, village)
        sheet.write(line, 0, "小计")
        for col in (11, 12, 13, 14, 18, 19, 27, 28):
            letter = chr(65 + col) if col < 26 else f"A{chr(65 + col - 26)}"
            sheet.write_formula(line, col, f"=SUM({letter}{first + 1}:{letter}{line})", None, sums[col] / 100)
        line += 1
    book.close()


def _write_header(sheet: Any) -> None:
    col = 0
    while col < COLUMNS:
        top, below = HEADER[col]
        last = col
        while below and last + 1 < COLUMNS and not HEADER[last + 1][0]:
            last += 1
        if not below:
            sheet.merge_range(2, col, 3, col, top)
        elif last > col:
            sheet.merge_range(2, col, 2, last, top)
            for at in range(col, last + 1):
                sheet.write(3, at, HEADER[at][1])
        else:
            sheet.write(2, col, top)
            sheet.write(3, col, below)
        col = last + 1


def _write_asset(
    sheet: Any, draw: random.Random, line: int, number: int, village: str, with_village: bool, sums: dict[int, int]
) -> None:
    """One asset; `sums` collects the block's money columns in hundredths."""
    year, month = draw.randrange(2015, 2025), draw.randrange(1, 13)
    value = draw.randrange(1000, 20000)
    central = value * draw.randrange(3, 8) // 10
    province = (value - central) // 2
    worn = value * draw.randrange(0, 60) // 100
    owner = f"{village}经济联合社" if draw.random() < 0.8 else f"{village}村民委员会"
    cells: list[Any] = [
        number, f"BM-{number:06}", f"{village}{draw.choice(KINDS)}{number}号", f"{year}年{village}产业项目", year,
        draw.choice(KINDS), None, draw.randrange(1, 500), "㎡", f"{year}-{month:02}-15",
        village if with_village else None,
        value / 100, central / 100, province / 100, (value - central - province) / 100, None, None, None, worn / 100,
        None, owner, "江门市虚拟农业有限公司", owner, "镇农业农村办", "租赁", "江门市虚拟农业有限公司",
        f"{year + 1}年1月至{year + 15}年12月", value / 2000, value / 2100, "陈样华", "正常", "镇府办〔2022〕8号", "是",
        "区农业农村局", f"HT{number}", draw.randrange(0, 40), draw.randrange(0, 9), None, None, f"样例{number % 900}",
    ]  # fmt: skip
    for col in (11, 12, 13, 14, 18):
        sums[col] = sums.get(col, 0) + round((cells[col] or 0) * 100)
    cells[27], cells[28] = round(cells[27], 2), round(cells[28], 2)
    sums[19] = sums.get(19, 0) + value - worn
    for col in (27, 28):
        sums[col] = sums.get(col, 0) + round(cells[col] * 100)
    for col, cell in enumerate(cells):
        if cell is not None:
            sheet.write(line, col, cell)
    sheet.write_formula(line, 19, f"=L{line + 1}-S{line + 1}", None, (value - worn) / 100)
    if number % 50 == 0:
        sheet.write_comment(line, 26, "已续签")
    if number % 100 == 0:
        sheet.set_row(line, None, None, {"hidden": True})


def peer(path: Path, folder: Path) -> dict[str, float]:
    """Read with python-calamine, insert every row into a plain SQLite table of 40 columns."""
    import python_calamine

    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)
    read = time.process_time()
    connection = sqlite3.connect(folder / "peer.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE ledger ({','.join(f'c{n}' for n in range(COLUMNS))})")
    with connection:
        connection.executemany(f"INSERT INTO ledger VALUES ({','.join('?' * COLUMNS)})", map(_storable, rows))
    return {"read": read, "rows": len(rows)}


def peer_rights(path: Path, folder: Path) -> dict[str, float]:
    """The peer, and the four rights of every asset in a second plain table."""
    import python_calamine

    from desktop.common.ids import new_id

    facts = peer(path, folder)
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    assets = [row for row in rows if row[0].__class__ is float]
    rights = [
        (new_id(), row[1], kind, row[col], 1, 1, row[26])
        for row in assets
        for kind, col in (("ownership", 20), ("operation", 21), ("income", 22), ("supervision", 23))
    ]
    connection = sqlite3.connect(folder / "peer.db")
    connection.execute('CREATE TABLE "right" (id,asset_no,kind,holder,numerator,denominator,term)')
    start = time.process_time()
    with connection:
        connection.executemany('INSERT INTO "right" VALUES (?,?,?,?,?,?,?)', rights)
    return {**facts, "rights": len(rights), "rights_inserted": time.process_time() - start}


def floor(path: Path, folder: Path) -> dict[str, float]:
    """Import, then only put the rows that are there into tables of the same shape: what the engine needs for them."""
    from desktop.store import cipher_database

    made, _ = _new_register(folder)
    _import(made, path)
    tables = ("op", "asset", "asset_fund_part", "party", "right", "right_share")
    with made.register.reading() as sql:
        shape = [
            str(s)
            for (s,) in sql.rows(
                f"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ({','.join('?' * len(tables))})",
                tables,
            )
        ]
        rows = {t: [tuple(r) for r in sql.rows(f'SELECT * FROM "{t}"')] for t in tables}
    made.close()
    connection = cipher_database.connect(folder / "floor.db", b"k" * 32, create=True)
    for statement in shape:
        connection.execute(statement)
    start = time.process_time()
    connection.execute("BEGIN IMMEDIATE")
    for table, found in rows.items():
        for first in range(0, len(found), 2000):
            part = found[first : first + 2000]
            connection.executemany(f'INSERT INTO "{table}" VALUES ({",".join("?" * len(part[0]))})', part)
    connection.execute("COMMIT")
    return {"inserting": time.process_time() - start, "rows": sum(map(len, rows.values()))}


def _storable(row: list[Any]) -> list[Any]:
    return [v if v.__class__ in (str, float, int) else str(v) for v in row]


def ours(path: Path, folder: Path) -> dict[str, float]:
    """Read, map, check and write into a new encrypted register, as the command does with --yes."""
    made, _ = _new_register(folder)
    setup = time.process_time()
    facts = _import(made, path)
    made.close()
    return {**facts, "setup": setup}


def _new_register(folder: Path) -> Any:
    from desktop.app.workspace import create_workspace

    return create_workspace(
        folder / "册",
        unit_name="测",
        level="county",
        division_code="440705",
        user="样例",
        passphrase="bench bench bench",
    )


def _import(made: Any, path: Path) -> dict[str, float]:
    from desktop.exchange.workbook.ledger.commit import commit_assets
    from desktop.exchange.workbook.ledger.rules import plan_assets
    from desktop.exchange.workbook.reader import read_workbook
    from desktop.exchange.workbook.register_places import villages_of

    marks = {"start": time.process_time()}
    book = read_workbook(path, progress=_told)
    marks["read"] = time.process_time()
    plan = plan_assets(book, villages=villages_of(made.register), progress=_told)
    marks["plan"] = time.process_time()
    del book
    commit_assets(made.register, plan, progress=_told)
    marks["write"] = time.process_time()
    return {
        "reading": marks["read"] - marks["start"],
        "checking": marks["plan"] - marks["read"],
        "writing": marks["write"] - marks["plan"],
        "assets": plan.totals["assets"],
        "set_aside": plan.totals["set_aside"],
        "findings": len(plan.findings),
    }


def _told(done: int, total: int) -> None:
    """Progress is part of what is measured."""


SIDES = {"ours": ours, "peer": peer, "peer_rights": peer_rights, "floor": floor}


def measure(side: str, path: Path) -> dict[str, Any]:
    """One side in this process."""
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = time.process_time(), time.perf_counter()
        facts = SIDES[side](path, Path(folder))
        return {
            "side": side,
            "cpu": round(time.process_time() - cpu, 2),
            "wall": round(time.perf_counter() - wall, 2),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            **{k: round(v, 2) for k, v in facts.items()},
        }


def compare(path: Path, repeat: int, more: Sequence[str] = ()) -> dict[str, Any]:
    """The sides in turn, each in a new process; the best CPU time of each counts."""
    best: dict[str, dict[str, Any]] = {}
    for _ in range(repeat):
        for side in ("peer", "ours", *more):
            run = subprocess.run(
                [sys.executable, "-m", "tests.bench.bench_import", "--side", side, "--keep", str(path)],
                check=True,
                capture_output=True,
                text=True,
            )
            result = json.loads(run.stdout.splitlines()[-1])
            if side not in best or result["cpu"] < best[side]["cpu"]:
                best[side] = result
    took = best["ours"]["cpu"] - best["ours"]["setup"]
    found = {**best, "ratio_cpu": round(took / best["peer"]["cpu"], 2)}
    if more:
        same = best["peer"]["cpu"] + best["peer_rights"]["rights_inserted"]
        found["ratio_cpu_same_records"] = round(took / same, 2)
        least = best["peer"]["read"] + best["floor"]["inserting"]
        found["ratio_cpu_reading_and_floor"] = round(least / best["peer"]["cpu"], 2)
        found["ratio_cpu_same_rows"] = round(took / least, 2)
    return found


def main() -> None:
    """Write the workbook if it is not there, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--side", choices=tuple(SIDES))
    parser.add_argument("--all", action="store_true", help="also the two sides that explain the difference")
    chosen = parser.parse_args()
    if chosen.side:
        print(json.dumps(measure(chosen.side, chosen.keep)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.keep or Path(folder) / "ledger.xlsx"
        if not path.exists():
            write_workbook(path, chosen.rows, chosen.seed)
        more = ("peer_rights", "floor") if chosen.all else ()
        print(json.dumps(compare(path, chosen.repeat, more), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
