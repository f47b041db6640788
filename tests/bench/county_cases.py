"""Ten years of cases for a register of assets: projects, decisions, inspections, problems, care, disposals, notices,
distributions and conflicts, so that every page of the window has as much to show as a county's has.

Rows are written by the thousand, as an import would; they are for measuring and not for `check`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.clock import HybridClock, fresh_replica
from desktop.common.ids import new_id
from desktop.registry.codelists import shipped
from desktop.registry.procedures import PROCEDURES
from desktop.store.database import now_ms
from desktop.store.operations import FIELD, Operation, join_ids, pack
from desktop.store.provenance import Unit

OTHER_DEVICE = bytes(range(32))
Row = dict[str, Any]


def fill_cases(ws: Workspace, years: int, seed: int, conflicts: int = 300) -> dict[str, int]:
    """Write the cases of a register that has assets; how many rows of each table."""
    made = _Cases(ws, years, random.Random(seed))
    counted: dict[str, int] = {}
    for table, make in made.tables().items():
        rows = make()
        with ws.register.write(f"建立 {table}") as scope:
            scope.insert_many(table, rows)
            scope.insert_many("step_taken", _steps(table, rows))
        counted[table] = len(rows)
    counted["conflict"] = make_conflicts(ws, made.assets[:conflicts])
    return counted


def _steps(table: str, rows: list[Row]) -> list[Row]:
    """A step that led to the state of each case."""
    if table not in PROCEDURES:
        return []
    first = PROCEDURES[table].initial
    return [
        {"case_table": table, "case_id": row["id"], "step": "set", "from_state": first, "to_state": row["state"],
         "on_date": "2020-01-01"}
        for row in rows
        if row.get("state") not in (None, first)
    ]  # fmt: skip


class _Cases:
    """Invented rows by table; later tables name the rows of earlier ones."""

    def __init__(self, ws: Workspace, years: int, rng: random.Random) -> None:
        self.rng = rng
        with ws.register.reading() as sql:
            self.villages = [
                (str(i), str(c))
                for i, c in sql.rows("SELECT id,code FROM division WHERE level='village' AND removed=0 ORDER BY code")
            ]
            self.places = {
                str(a): (str(d), str(c)) for a, d, c in sql.rows("SELECT id,division_id,division_code FROM asset")
            }
            self.parties = [str(p) for p in sql.column("SELECT id FROM party ORDER BY id")]
            self.receipts = [(str(r), int(fen)) for r, fen in sql.rows("SELECT id,amount_fen FROM receipt ORDER BY id")]
            self.first = int(sql.scalar("SELECT MIN(substr(built_date,1,4)) FROM asset") or 2014) + 4
        self.assets = sorted(self.places)
        self.years = range(self.first, self.first + years)
        self.made: dict[str, list[Row]] = {}

    def tables(self) -> dict[str, Callable[[], list[Row]]]:
        """Table → its rows, in the order in which they name each other."""
        makers = (
            self.project, self.decision, self.inspection_plan, self.inspection, self.finding, self.maintenance_round,
            self.complaint, self.disposal, self.registration, self.handover, self.notice, self.objection,
            self.distribution, self.payment, self.linkage, self.assessment,
        )  # fmt: skip

        def kept(make: Callable[[], list[Row]]) -> Callable[[], list[Row]]:
            def run() -> list[Row]:
                self.made[make.__name__] = make()
                return self.made[make.__name__]

            return run

        return {make.__name__: kept(make) for make in makers}

    def _day(self, year: int) -> str:
        return f"{year}-{self.rng.randint(1, 12):02d}-{self.rng.randint(1, 28):02d}"

    def _place(self, asset: str) -> Row:
        division, code = self.places[asset]
        return {"division_id": division, "division_code": code}

    def _village(self, number: int) -> Row:
        division, code = self.villages[number % len(self.villages)]
        return {"division_id": division, "division_code": code}

    def _code(self, code_list: str) -> str:
        return self.rng.choice([item.code for item in shipped(code_list)])

    def _part(self, share: int) -> int:
        return max(1, len(self.assets) // share)

    def project(self) -> list[Row]:
        return [
            {"id": new_id(), "project_no": f"XM-{n:05d}", "name": f"样例项目{n}", "year": self.rng.choice(self.years),
             "kind": self._code("project_kind"), "approved_fen": self.rng.randint(10_000, 90_000_000),
             "state": "accepted", **self._village(n)}
            for n in range(self._part(10))
        ]  # fmt: skip

    def decision(self) -> list[Row]:
        rows = []
        for n in range(self._part(10)):
            day = self._day(self.rng.choice(self.years))
            rows.append({"id": new_id(), "title": f"样例决议{n}", "kind": "distribution", "proposed_date": day,
                         "consulted_date": day, "party_date": day, "resolved_date": day, "should_attend": 60,
                         "attended": 48, "agreed": 45, "resolution_public_date": day, "result_public_date": day,
                         **self._village(n)})  # fmt: skip
        return rows

    def inspection_plan(self) -> list[Row]:
        return [
            {"id": new_id(), "title": f"{year} 年资产检查", "kind": "asset_regular", "start_date": f"{year}-03-01",
             "due_date": f"{year}-11-30"}
            for year in self.years
        ]  # fmt: skip

    def inspection(self) -> list[Row]:
        rows = []
        for n in range(len(self.assets)):
            plan = self.made["inspection_plan"][n % len(self.years)]
            looked_at = {"on_date": self._day(int(plan["title"][:4])), "found": "yes", "condition": "normal"}
            rows.append({"id": new_id(), "asset_id": self.assets[n], "plan_id": plan["id"],
                         "due_date": plan["due_date"], "method": "site", "inspectors": "单样平",
                         **(looked_at if n % 7 else {})})  # fmt: skip
        return rows

    def finding(self) -> list[Row]:
        rows = []
        for n in range(self._part(5)):
            seen = self.made["inspection"][n * 5 % len(self.made["inspection"])]
            state = self.rng.choice(("found", "assigned", "done", "closed", "closed", "closed"))
            day = self._day(self.rng.choice(self.years))
            rows.append({"id": new_id(), "asset_id": seen["asset_id"], "inspection_id": seen["id"],
                         "kind": self._code("finding_kind"), "seriousness": "general", "what": f"样例问题{n}，门窗有损",
                         "found_date": day, "responsible_unit": f"样例单位{n % 40}", "responsible": "仇拟海",
                         "due_date": day, "state": state, "closed_date": day if state == "closed" else None,
                         "rechecked_by": "曾仿来" if state == "closed" else None,
                         **self._place(seen["asset_id"])})  # fmt: skip
        return rows

    def maintenance_round(self) -> list[Row]:
        return [
            {"id": new_id(), "asset_id": self.rng.choice(self.assets), "on_date": self._day(year), "keeper": "谢拟民",
             "work": "清淤、补灯", "cost_fen": self.rng.randint(1_000, 100_000), "fund_source": "county"}
            for year in self.years
            for _ in range(self._part(5))
        ]  # fmt: skip

    def complaint(self) -> list[Row]:
        rows = []
        for n in range(self._part(15)):
            asset = self.rng.choice(self.assets)
            rows.append({"id": new_id(), "asset_id": asset, "received_date": self._day(self.rng.choice(self.years)),
                         "channel": "hotline", "what": f"样例投诉{n}", "state": "open",
                         **self._place(asset)})  # fmt: skip
        return rows

    def disposal(self) -> list[Row]:
        rows = []
        for n in range(self._part(15)):
            state = self.rng.choice(("applied", "appraised", "rejected", "stopped"))
            day = self._day(self.rng.choice(self.years))
            rows.append({"id": new_id(), "asset_id": self.assets[n * 13 % len(self.assets)], "kind": "scrap",
                         "reason": "life_end", "applied_date": day, "appraised_fen": self.rng.randint(1_000, 900_000),
                         "decision_id": self.rng.choice(self.made["decision"])["id"], "state": state})  # fmt: skip
        return rows

    def registration(self) -> list[Row]:
        return [
            {"id": new_id(), "title": f"第 {n} 批确权", "applicant": "样例村", "state": "certified",
             "doc_no": f"样府〔2020〕{n} 号", "doc_date": self._day(self.rng.choice(self.years)),
             "assets": [[a] for a in self.assets[n * 50 : n * 50 + 50]], **self._village(n)}
            for n in range(self._part(100))
        ]  # fmt: skip

    def handover(self) -> list[Row]:
        return [
            {"id": new_id(), "title": f"第 {n} 次移交", "from_party_id": self.rng.choice(self.parties),
             "to_party_id": self.rng.choice(self.parties), "on_date": self._day(self.rng.choice(self.years)),
             "assets": [[a, "normal", None] for a in self.assets[n * 50 : n * 50 + 50]], "state": "signed",
             **self._village(n)}
            for n in range(self._part(100))
        ]  # fmt: skip

    def notice(self) -> list[Row]:
        rows = []
        for n in range(self._part(10)):
            day = self._day(self.rng.choice(self.years))
            over = (date.fromisoformat(day) + timedelta(days=9)).isoformat()
            rows.append({"id": new_id(), "kind": "asset_register", "title": f"样例公示{n}", "start_date": day,
                         "end_date": over, "places": [["村务公开栏"]], "state": "ended" if n % 9 else "running",
                         "subject_table": "registration",
                         "subject_id": self.rng.choice(self.made["registration"])["id"],
                         **self._village(n)})  # fmt: skip
        return rows

    def objection(self) -> list[Row]:
        return [
            {"id": new_id(), "notice_id": row["id"], "received_date": row["end_date"], "what": "有一项面积写大了",
             "handled_date": row["end_date"] if row["state"] == "ended" else None}
            for row in self.made["notice"][::3]
        ]  # fmt: skip

    def distribution(self) -> list[Row]:
        rows, taken = [], 0
        for n in range(min(self._part(12), len(self.receipts))):
            of_it = self.receipts[taken : taken + 5]
            taken += 5
            people = self.rng.sample(self.parties, min(20, len(self.parties)))
            rows.append({
                "id": new_id(), "title": f"样例分配{n}", "year": self.rng.choice(self.years), "level": "household",
                "carried_over_fen": 1_000, "kept_fen": 0, "state": "draft",
                "receipts": [list(part) for part in of_it], "uses": [["household", sum(f for _, f in of_it), None]],
                "lines": [["household", "party", p, "样例户", "1", 100, None] for p in people],
                **self._village(n),
            })  # fmt: skip
        return rows

    def payment(self) -> list[Row]:
        return [
            {"id": new_id(), "distribution_id": row["id"], "recipient_kind": "party", "recipient_id": line[2],
             "amount_fen": line[5], "state": "waiting"}
            for row in self.made["distribution"]
            for line in row["lines"]
        ]  # fmt: skip

    def linkage(self) -> list[Row]:
        return [
            {"id": new_id(), "asset_id": self.rng.choice(self.assets), "mode": "work",
             "since_date": self._day(self.rng.choice(self.years)), "jobs": 1}
            for _ in range(self._part(100))
        ]  # fmt: skip

    def assessment(self) -> list[Row]:
        return [
            {"id": new_id(), "kind": "yearly", "year": year, "state": "closed", "grade": "good", **self._village(n)}
            for year in self.years
            for n in range(len(self.villages))
        ]  # fmt: skip


def make_conflicts(ws: Workspace, assets: list[str]) -> int:
    """Another machine and this one each change the keeper and the state of these assets; how many conflicts stand."""
    register, clock, unit = ws.register, HybridClock(fresh_replica()), bytes.fromhex(new_id())
    spec, told = register.table("asset"), []
    seen = register.seen_many("asset", assets)
    for asset in assets:
        for column, value in (("status", "idle"), ("keeper", "何试秀")):
            cell = spec.by_column[column]
            told.append(Operation(
                clock.tick(), FIELD, spec.id, bytes.fromhex(asset), cell.id, pack(value),
                join_ids(seen[asset].heads.get(cell.id, ())), unit,
            ))  # fmt: skip
    with register.write("现场核实") as scope:
        for asset in assets:
            scope.change("asset", asset, {"status": "inefficient", "keeper": "单样平"})
    if told:
        register.receive(
            told, [Unit(unit, OTHER_DEVICE, "何试秀", "现场核实", now_ms(), "")], {told[0].op_id[8:]: OTHER_DEVICE}
        )
    return len(register.conflicts())
