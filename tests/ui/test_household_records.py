"""收支, 保障, 风险与措施, 走访 beside a household: what visits wrote, read back from the window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.app.records.household_records import household_records
from desktop.app.visits import surveying
from desktop.app.workspace import Workspace
from desktop.ui.pages.household_pane import HouseholdPane
from desktop.ui.workers import Gates
from tests.app.visits.surveys import FAMILY, add_family, fill, make_register
from tests.app.visits.test_visit_records import RISK


class QuietShell(QWidget):
    """What a pane asks of the window: gates, and where to go."""

    def __init__(self, gates: Gates) -> None:
        super().__init__()
        self.gates = gates
        self.opened: list[Any] = []

    def open(self, address: Any) -> None:
        self.opened.append(address)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[tuple[Workspace, str]]:
    with make_register(tmp_path / "册") as ws:
        household, _ = add_family(ws)
        visit = surveying.begin_visit(ws, "household_visit", "household", household)
        answers = {k: v for k, v in FAMILY.items() if k != "property_other"}
        issue = {"issue_story": "屋顶漏雨", "issue_owner": "村委样", "issue_due": "2099-01-01"}
        fill(visit, {**answers, **RISK, **issue})
        other = next(n for n in visit.session.root.subtree() if n.definition.name == "property_other")
        visit.session.set_reason(other.path(), "refused")
        assert surveying.finish_visit(ws, visit).done
        yield ws, household


def test_the_records_of_a_household_are_plain_lines(visited: tuple[Workspace, str]) -> None:
    ws, household = visited
    found = household_records(ws, household)
    (income,) = found.income
    assert income.period_word == "2025年" and income.figures.wage == 3_800_000
    assert income.figures.net_income is None  # one part is not known: no sum
    assert ("其他财产性收入", None, "拒答") in income.items
    assert all(fen or why for _, fen, why in income.items)
    (safe,) = found.safeguards
    assert safe.gaps == 0 and dict(safe.facts)["饮水：水质"] == "基本达标" and dict(safe.facts)["住房等级"]
    (lead,) = found.leads
    assert (lead.risks, lead.channel, lead.story) == ("因病", "基层干部排查", "大病住院")
    assert {(m.measure, m.for_whom, m.amount_fen, m.effect) for m in found.measures} == {
        ("医疗救助（含二次救助）", "全家", 123_456, "有效"),
        ("技能培训（粤菜师傅/广东技工/南粤家政等）", "仿二", None, "有些作用"),
    }
    (visit,) = found.visits
    assert (visit.title, visit.mode, visit.issue, visit.issue_open) == ("农户入户调查表", "入户", "屋顶漏雨", True)


def test_the_tabs_show_them(visited: tuple[Workspace, str], gates: Gates, qtbot: QtBot) -> None:
    ws, household = visited
    shell = QuietShell(gates)
    pane = HouseholdPane(shell, ws)  # type: ignore[arg-type]
    qtbot.addWidget(shell)
    qtbot.addWidget(pane)
    pane.resize(760, 640)
    pane.show()
    pane.show_record(household)
    qtbot.waitUntil(lambda: pane.shown is not None)
    texts = {}
    for key in ("income", "safeguards", "risks", "visits"):
        pane.show_tab(key)
        tab = pane.tab(key)
        table = {"income": "periods", "safeguards": "periods", "risks": "leads", "visits": "visits"}[key]
        qtbot.waitUntil(lambda tab=tab, table=table: getattr(tab, table).rows.rowCount() == 1)
        if folder := os.environ.get("XIANGCE_SHOTS"):
            pane.grab().save(f"{folder}/{key}.png")
        texts[key] = tab
    assert ("其他财产性收入", "拒答") in texts["income"].items.facts
    assert ("生产经营性支出", "2,860.25 元") in texts["income"].sums.facts
    assert ("饮水：水质", "基本达标") in texts["safeguards"].facts.facts
    assert ("具体情况", "大病住院") in texts["risks"].story.facts
    assert texts["risks"].measures.rows.rowCount() == 2 and texts["risks"].sum.text() == "合计 1,234.56 元"
    assert ("发现的问题", "屋顶漏雨") in texts["visits"].issue.facts
    texts["visits"].go()
    assert (shell.opened[0].page, shell.opened[0].record) == ("survey", household)
