"""A village with households, assets and receipts to distribute, and the steps of a distribution taken as people do."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop.app.cases.procedures import take_step
from desktop.app.distribution import distributing, distribution_recipients
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace, create_workspace, open_workspace
from desktop.registry.right import party_id
from desktop.store.key_slot import FAST_FOR_TESTS

PASSPHRASE = "correct horse battery staple"
VILLAGE = "440705104201"
ON = "2026-03-10"
DAYS = {"submit": "2026-02-26", "report": "2026-02-27", "approve": "2026-03-02"}
"""What comes before the notice of 3 to 9 March; every other step is taken on `ON`."""


@dataclass
class Case:
    """A register, its households by head's name, its receipts, and a plan."""

    ws: Workspace
    homes: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)
    plan: str = ""

    def row(self) -> dict[str, Any]:
        """The plan's row."""
        found = self.ws.register.row("distribution", self.plan)
        assert found is not None
        return found

    def as_user(self, name: str) -> None:
        """Another person sits down at the machine."""
        self.ws.register.user = name


def village(folder: Path, sizes: tuple[int, ...] = (4, 2, 5, 3), name: str = "册") -> Case:
    """A village of households of these sizes: all monitored but the second, which is 低保.

    Made once for each sizes and copied: making a register costs seven times what opening one does.
    """
    if sizes not in _PREPARED:
        first = folder / "prepared" / name
        ws, _ = create_workspace(
            first, unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
            passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
        )  # fmt: skip
        with ws:
            made = Case(ws)
            fill(made, sizes)
        kept = Path(tempfile.mkdtemp(prefix="xiangce-village-"))
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        shutil.copytree(first, kept / "册")
        _PREPARED[sizes] = (kept / "册", made.homes, made.heads)
    place, homes, heads = _PREPARED[sizes]
    shutil.copytree(place, folder / name)
    return Case(open_workspace(folder / name, passphrase=PASSPHRASE), dict(homes), dict(heads))


_PREPARED: dict[tuple[int, ...], tuple[Path, dict[str, str], dict[str, str]]] = {}


def fill(case: Case, sizes: tuple[int, ...]) -> None:
    """The households of `village`."""
    with case.ws.write("建户", right="edit-people") as scope:
        for n, size in enumerate(sizes):
            head = "陈林黄李张何梁区"[n % 8] + "样" + "一二三四五六七八九十"[n // 8 % 10] + f"{n:02d}"
            home = scope.insert("household", {
                "head_name": head, "division_code": VILLAGE, "group_name": f"{'一二三'[n % 3]}组",
                "household_type": "general", "monitored_type": None if n == 1 else "marginal",
                "category": "dibao" if n == 1 else None, "bank_name": "样例农商行",
                "bank_account": f"62000000000{n:05d}",
            })  # fmt: skip
            members = [
                scope.insert("person", {
                    "household_id": home, "name": head if at == 0 else f"{head[0]}虚{at}",
                    "relation": "head" if at == 0 else "child", "birth_date": f"{1960 + 12 * at}-05-01",
                })
                for at in range(size)
            ]
            scope.change("household", home, {"head_person_id": members[0]})
            case.homes[head], case.heads[head] = home, members[0]


def receive(case: Case, *amounts: int, kind: str = "rent") -> list[str]:
    """An asset for each amount (分) and the money it brought."""
    for n, fen in enumerate(amounts):
        asset = new_record(
            case.ws, "asset", {"name": f"样例商铺 {n + 1} 号", "division_code": VILLAGE, "category": "operating"}
        )
        with case.ws.write("权属", right="edit-assets") as scope:
            owner = party_id("collective", "样例经济合作社", VILLAGE)
            scope.ensure("party", owner, {
                "kind": "collective", "name": "样例经济合作社", "ownership_level": "collective_village",
            })  # fmt: skip
            scope.insert("right", {"asset_id": asset, "kind": "ownership", "valid_from": "2020-01-01",
                                   "shares": [[owner, 1, 1]]})  # fmt: skip
        case.receipts.append(new_record(case.ws, "receipt", {
            "asset_id": asset, "on_date": "2026-02-01", "amount_fen": fen, "kind": kind, "division_code": VILLAGE,
            "income_year": 2026,
        }))  # fmt: skip
    return case.receipts


def begin(case: Case, level: str = "household", **options: Any) -> str:
    """A draft that takes all receipts."""
    case.plan = distributing.new_plan(case.ws, year=2026, division_code=VILLAGE, level=level, **options)
    distributing.take_receipts(case.ws, case.plan, dict.fromkeys(case.receipts))
    return case.plan


def decide(case: Case) -> str:
    """A decision that went through 四议两公开."""
    return new_record(case.ws, "decision", {
        "title": "收益分配", "kind": "distribution", "division_code": VILLAGE, "proposed_date": "2026-02-23",
        "consulted_date": "2026-02-24", "party_date": "2026-02-25", "resolved_date": "2026-02-26", "should_attend": 30,
        "attended": 27, "agreed": 25, "resolution_public_date": "2026-02-27",
    })  # fmt: skip


def hang_notice(case: Case, end: str = "2026-03-09", state: str = "ended") -> str:
    """The notice of the plan, hung out and done."""
    with case.ws.write("公示", right="edit-assets") as scope:
        notice = scope.insert("notice", {
            "kind": "income_plan", "title": "收益分配公示", "subject_table": "distribution", "subject_id": case.plan,
            "division_code": VILLAGE, "start_date": "2026-03-03", "end_date": end, "state": state,
        })  # fmt: skip
        scope.insert("step_taken", {"case_table": "notice", "case_id": notice, "step": "end", "to_state": state})
    return str(notice)


def step(case: Case, name: str, **values: Any) -> None:
    """Take a step of the plan, on its usual day or on `on`."""
    note, on = values.pop("note", ""), values.pop("on", DAYS.get(name, ON))
    take_step(case.ws, "distribution", case.plan, name, values, on=on, note=note)


def to_paying(case: Case) -> None:
    """From a balanced draft to payments: two people, decision, notice."""
    case.as_user("村样例")
    step(case, "submit")
    step(case, "report", decision_id=decide(case))
    case.as_user("镇样例")
    step(case, "approve")
    hang_notice(case)
    step(case, "confirm")
    step(case, "start_paying")


def balanced(case: Case) -> str:
    """A draft of two uses and 结余: 520 元 over the households by people, 10 % upkeep, the rest kept."""
    begin(case)
    distributing.set_uses(
        case.ws, case.plan, [("risk_people", "520.00", ""), ("maintenance", "10%", "电站清洗")], kept="rest"
    )
    distribution_recipients.draw(case.ws, case.plan, "risk_people", {}, method="people")
    return case.plan
