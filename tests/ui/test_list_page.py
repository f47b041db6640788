"""The list page that all registers share, by a small register of its own: parties, with a tab that can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from desktop.app.records.record_places import place_of
from desktop.app.workspace import Workspace
from desktop.insight.lists import ListQuery, villages
from desktop.registry.labels import label
from desktop.store.database import Sql
from desktop.ui.main_window import MainWindow
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.check import CheckPage
from desktop.ui.pages.facts import FactGrid
from desktop.ui.pages.history import HistoryPage
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.page import PageSpec
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.record_form import FieldSpec, Section
from tests.ui.conftest import all_pages, close_window, shown_window


@dataclass(frozen=True)
class PartyRow:
    """A party in the list."""

    id: str
    name: str
    rights: int


def party_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Ids of the parties whose name holds the text."""
    order = "DESC" if query.descending else "ASC"
    where = "removed=0 AND canonical_id IS NULL AND name LIKE ?"
    return sql.column(f"SELECT id FROM party WHERE {where} ORDER BY name {order}", (f"%{query.text}%",))


def party_rows(sql: Sql, ids: Sequence[str]) -> list[PartyRow]:
    """Rows of a page."""
    rows = sql.in_chunks("SELECT id,name FROM party WHERE id IN (*)", ids)
    return [PartyRow(r[0], r[1] or "", 0) for r in rows]


def party_summary(sql: Sql, _query: ListQuery) -> Summary:
    """How many there are."""
    return Summary(int(sql.scalar("SELECT COUNT(*) FROM party WHERE removed=0 AND canonical_id IS NULL") or 0))


class HeldTab(RecordTab):
    """What a party holds; refuses to load while `broken`."""

    key = "held"
    broken = False
    loads = 0

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.facts = FactGrid()
        self.lines.addWidget(self.facts)

    @classmethod
    def word(cls) -> str:
        return "持有"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        with ws.register.reading() as sql:
            return str(sql.scalar("SELECT COUNT(*) FROM right_share WHERE party_id=?", (record,)))

    def load(self, record: str) -> int:
        type(self).loads += 1
        if self.broken:
            raise OSError("no disk")
        return int(self.count(self.ws, record))

    def show_data(self, detail: Any, data: int) -> None:
        self.facts.show_facts([("持有", f"{data} 项"), ("名称", detail["name"])])


class PartyPane(RecordPane):
    """One party."""

    table = "party"
    edit_right = "edit-assets"

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (HistoryTab, HeldTab)

    def sections(self, table: str) -> Sequence[Section]:
        return (Section("名称", (FieldSpec("name", "text"),)),)

    def load(self, record: str) -> Any:
        return self.ws.register.row("party", record)

    def show_head(self, detail: Any) -> None:
        self.reading.set_head(detail["name"], (), label("party", "name"))


class PartyPage(ListPage):
    """权利人."""

    page_name = "party"
    shows = frozenset({"party"})
    edit_right = "edit-assets"

    def words(self) -> ListWords:
        return ListWords("权利人", "名称", "还没有权利人", "从一项资产的权属里登记", "登记权利人", "个")

    def columns(self) -> Sequence[Column]:
        return (Column("name", "名称", 200, "name", stretch=True), Column("rights", "权利", 60, "number", sort=""))

    def source(self) -> ListSource:
        return ListSource(self.ws, party_ids, party_rows, lambda row: (row.name, row.rights), party_summary)

    def make_detail(self) -> PartyPane:
        return PartyPane(self.shell, self.ws, self.villages)


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, kept: QSettings) -> Iterator[MainWindow]:
    """The window with all its real pages, and the list of this module."""
    with ws.register.reading() as sql:
        known = villages(sql)
    HeldTab.broken, HeldTab.loads = False, 0
    party = PageSpec("party", lambda shell: PartyPage(shell, ws, known))
    made = shown_window(qtbot, ws, kept, [*all_pages(ws, kept), party])
    yield made
    close_window(qtbot, made)


def party_page(qtbot: QtBot, window: MainWindow) -> PartyPage:
    """The page with its rows and its first record."""
    window.open(Address("party"))
    page = window.current_page()
    assert isinstance(page, PartyPage)
    qtbot.waitUntil(lambda: page.detail.shown is not None and not window.gates.busy())
    return page


def test_a_small_register_has_list_detail_search_and_count(qtbot: QtBot, window: MainWindow) -> None:
    page = party_page(qtbot, window)
    total = page.model.rowCount()
    assert total > 3 and page.title.fact() == f"共 {total} 个"
    assert page.detail.reading.title() == page.model.index(0, 0).data()
    name = page.model.index(2, 0).data()
    page.filters.search.setText(name)
    qtbot.waitUntil(lambda: page.model.rowCount() < total and not window.gates.busy())
    assert page.title.fact().startswith(f"共 {total} 个，筛选后 ")


def test_a_tab_loads_when_it_is_shown_and_its_count_stands_before(qtbot: QtBot, window: MainWindow) -> None:
    page = party_page(qtbot, window)
    assert HeldTab.loads == 0  # nobody looked at it
    count = {key: text for key, _word, text in page.detail.reading.tabs._tabs}["held"]
    assert count.isdigit()
    window.open(Address("party", page.model.id_at(1), part="held"))
    qtbot.waitUntil(lambda: HeldTab.loads == 1 and page.record == page.model.id_at(1) and not window.gates.busy())
    tab = page.detail.tab("held")
    assert tab.facts.facts[1] == ("名称", page.model.index(1, 0).data())
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: tab.facts.facts[1] == ("名称", page.model.index(2, 0).data()))


def test_a_tab_that_fails_says_so_and_tries_again(qtbot: QtBot, window: MainWindow) -> None:
    page = party_page(qtbot, window)
    HeldTab.broken = True
    page.detail.show_tab("held")
    slot = page.detail._slots["held"]
    qtbot.waitUntil(slot.note.isVisible)
    assert slot.note.text().startswith("没取到，数据还在")
    HeldTab.broken = False
    slot.note.link_clicked.emit()
    qtbot.waitUntil(lambda: not slot.note.isVisible() and bool(page.detail.tab("held").facts.facts))


def test_a_new_record_stands_in_the_list(qtbot: QtBot, window: MainWindow) -> None:
    page = party_page(qtbot, window)
    before = page.model.rowCount()
    qtbot.keyClick(page.list.table, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    form = page.detail.form()
    qtbot.waitUntil(lambda: page.detail.currentWidget() is form and form.form.editors["name"].widget.hasFocus())
    editor = form.form.editors["name"]
    editor.widget.setText("虚拟村经济联合社")  # type: ignore[attr-defined]
    editor.changed.emit()
    form.save()
    qtbot.waitUntil(lambda: page.model.rowCount() == before + 1 and page.detail.shown is not None)
    qtbot.waitUntil(lambda: page.detail.reading.title() == "虚拟村经济联合社")


def test_a_link_to_a_record_the_filter_hides_clears_the_filter(qtbot: QtBot, window: MainWindow) -> None:
    page = party_page(qtbot, window)
    asked = list(page.model.ids())[2]
    for words in (page.model.index(0, 0).data(), "没有这个名称"):  # a list of others, and an empty one
        page.filters.search.setText(words)
        page.filters.search.flush()
        qtbot.waitUntil(lambda: asked not in list(page.model.ids()) and not window.gates.busy())
        window.open(Address("party", asked))
        qtbot.waitUntil(lambda: page.record == asked and not window.gates.busy())
        assert page.filters.values() == page.filters.defaults()


def test_a_link_is_followed_before_anything_else_of_the_page_chooses(qtbot: QtBot, window: MainWindow) -> None:
    """检查整改 chooses its newest plan when no link asked for a problem: with the list, the link must be seen too."""
    page = party_page(qtbot, window)
    asked, shown = list(page.model.ids())[-1], []
    page.model.loaded.connect(lambda _n: shown.append(page.record))
    page.ask()
    window.open(Address("party", asked))
    page.record = ""  # as on a page that has shown nothing yet
    page._asked_for = asked
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [asked]


def test_every_kind_of_record_the_demo_has_is_opened_where_it_is_seen(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    """What 自查 opens: its own page, or the page it belongs to at the tab that shows it; else its changes."""
    newest: dict[str, str] = {}
    with ws.register.reading() as sql:
        for table in ws.register.schema.by_name:
            statement = f'SELECT id FROM "{table}" WHERE removed=0 AND canonical_id IS NULL ORDER BY id DESC LIMIT 1'
            for (row,) in sql.rows(statement):
                newest[table] = str(row)
    assert len(newest) >= 15
    window.open(Address("check"))
    check = window.page("check")
    assert isinstance(check, CheckPage)
    for table, row in newest.items():
        place = place_of(ws, table, row)
        check.open_place(table, row, place)
        page = window.current_page()
        if place is None:
            assert isinstance(page, HistoryPage) and (page.table, page.record) == (table, row)
            qtbot.waitUntil(lambda: not window.gates.busy())
            continue
        assert isinstance(page, ListPage), table
        qtbot.waitUntil(lambda p=page, w=place: p.record == w.row_id and not window.gates.busy())  # type: ignore[misc]
        assert place.tab in ("", page.detail.reading.tabs.value()), table
    assert window.message is None
