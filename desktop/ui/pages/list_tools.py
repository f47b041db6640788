"""What every list offers besides its rows: 我的视图, columns, 存为 Excel (Ctrl+E), 批量修改, a table out and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog

from desktop.app.list_views import LONGEST_NAME, ListView, delete_view, list_views, save_view
from desktop.app.papers.table_files import Saved, save_list
from desktop.app.records.bulk_editing import BULK_FIELDS
from desktop.app.records.table_editing import KEYS as EDITABLE
from desktop.app.records.table_editing import EditPlan, plan_edits, write_editable
from desktop.app.records.undoing import take_back_unit
from desktop.exchange.workbook.table_workbook import TableColumn
from desktop.ui.dialogs.bulk_dialog import BulkDialog
from desktop.ui.dialogs.columns_dialog import ColumnsDialog
from desktop.ui.dialogs.name_dialog import NameDialog
from desktop.ui.dialogs.returned_table_dialog import ReturnedTableDialog
from desktop.ui.dialogs.save_table_dialog import SaveTableDialog
from desktop.ui.models.record_table import Column, cell_text
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.menu_button import MenuButton
from desktop.ui.workers import Work

if TYPE_CHECKING:
    from desktop.ui.pages.list_page import ListPage

CHUNK = 500
"""Rows fetched at a time while a workbook is written."""


class ListTools(QObject):
    """`ListTools(page)`: the buttons `views` and `more` for the page's title row, and what they do."""

    def __init__(self, page: ListPage) -> None:
        super().__init__(page)
        self.page, self.ws, self.shell = page, page.ws, page.shell
        self.current = ""
        self._narrow = False
        self._folded: dict[Button, QAction] = {}
        self.views = MenuButton(self.tr("我的视图"), icon="filter", tip=self.tr("保存的筛选、排序和列"))
        self.views.about_to_show = self._fill_views
        self.more = MenuButton(tip=self.tr("更多"))
        self.more.add(self.tr("选列"), self.choose_columns, "settings")
        if self.ws.may("plain-export"):
            self.more.add(self.tr("存为 Excel"), self.save_table, "save", "Ctrl+E")
        self.bulk_button: Button | None = None
        self.bulk_dialog: BulkDialog | None = None
        self.name_dialog: NameDialog | None = None
        self.columns_dialog: ColumnsDialog | None = None
        self.save_dialog: SaveTableDialog | None = None
        self.returned_dialog: ReturnedTableDialog | None = None

    def fold(self, narrow: bool) -> None:
        """On a very narrow window (200 % on a township's laptop) one primary button stays; the others go into ⋯."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self.show_name(self.current)
        for button in self.page.title.buttons():
            if button in (self.views, self.more, self.page.new_button):
                continue
            if narrow and not button.isHidden():
                action = self.more.add(button.text() or button.toolTip(), button.click, "", button.key())
                if button.key():
                    action.setShortcut(QKeySequence(button.key()))
                    self.page.addAction(action)
                self._folded[button] = action
                button.hide()
            elif not narrow and button in self._folded:
                action = self._folded.pop(button)
                self.page.removeAction(action)
                self.more.drop(action)
                button.show()

    def connect_page(self) -> None:
        """The page has its list and filters now."""
        page = self.page
        page.list.table.columns_asked.connect(self.choose_columns)
        page.filters.changed.connect(lambda: self.show_name(""))
        if self.ws.may("plain-export"):
            page.bind("Ctrl+E", self.save_table, self.tr("存为 Excel"))
        if page.detail.table in BULK_FIELDS and page.may_edit():
            self.more.add(self.tr("批量修改"), self.edit_many, "edit")
            self.bulk_button = page.list.add_tick_action(Button(self.tr("批量修改"), "primary", "edit", small=True))
            self.bulk_button.clicked.connect(self.edit_many)
        if self.ws.may("plain-export"):
            save = page.list.add_tick_action(Button(self.tr("存为 Excel"), icon="save", small=True))
            save.clicked.connect(self.save_table)
        if page.detail.table in EDITABLE and page.may_edit() and self.ws.may("plain-export"):
            self.more.add_rule()
            self.more.add(self.tr("导出可改的表"), self.ask_editable, "share")
            self.more.add(self.tr("带回改好的表"), self.ask_returned, "import")

    # -- views -------------------------------------------------------------------------------------------------

    def _fill_views(self) -> None:
        views = list_views(self.ws, self.page.page_name)  # a few rows of the drafts database: at once
        self.views.clear()
        for view in views:
            self.views.add(view.name, partial(self.apply, view), "ok" if view.name == self.current else "")
        if views:
            self.views.add_rule()
        self.views.add(self.tr("把现在的样子存为视图"), self.ask_name, "plus")
        if self.current:
            self.views.add(self.tr("删掉“{name}”").format(name=self.current), self.delete, "minus")

    def view_now(self, name: str) -> ListView:
        """Filters, order and columns as they are."""
        page = self.page
        query = page.model.query
        columns = tuple(page.list.table.columns_shown())
        return ListView(name, page.filters.values(), query.sort, query.descending, columns)

    def apply(self, view: ListView) -> None:
        """Show the list as the view has it."""
        page = self.page
        page.filters.set_values({**page.filters.defaults(), **view.filters})
        page.list.table.show_columns(view.columns)
        page.model.query = replace(page.model.query, sort=page.known_sort(view.sort), descending=view.descending)
        page.ask()
        self.show_name(view.name)

    def ask_name(self) -> None:
        """Keep the present filters, order and columns under a name."""
        known = {view.name for view in list_views(self.ws, self.page.page_name)}

        def check(name: str) -> tuple[str, bool]:
            if len(name) > LONGEST_NAME:
                return self.tr("最多 {n} 个字").format(n=LONGEST_NAME), False
            return (self.tr("已有同名的视图，会换成现在的样子") if name in known else ""), bool(name)

        self.name_dialog = NameDialog(
            self.tr("存为视图"),
            self.tr("记下现在的筛选、排序和列。只有您在这本册里看得到，加密存放。"),
            self.current,
            self.tr("存下"),
            check,
            self.page,
        )
        dialog = self.name_dialog
        dialog.accepted.connect(lambda: self.keep(dialog.name()))
        dialog.open()

    def keep(self, name: str) -> None:
        """Save the view."""
        ws, page, view = self.ws, self.page.page_name, self.view_now(name)
        self.shell.gates.write(
            lambda _w: save_view(ws, page, view), lambda _r: self._kept(name), owner=self, title=self.tr("存视图")
        )

    def _kept(self, name: str) -> None:
        self.show_name(name)
        self.shell.toast(self.tr("已存为视图“{name}”").format(name=name))

    def delete(self) -> None:
        """Drop the current view; undo keeps it again."""
        ws, page, name, gates, title = self.ws, self.page.page_name, self.current, self.shell.gates, self.tr("存视图")

        def done(view: ListView | None) -> None:
            self.show_name("")
            if view is not None:
                self.shell.toast(
                    self.tr("已删掉视图“{name}”").format(name=name),
                    lambda: gates.write(lambda _w: save_view(ws, page, view), title=title),
                )

        gates.write(lambda _w: delete_view(ws, page, name), done, owner=self, title=self.tr("删视图"))

    def show_name(self, name: str) -> None:
        """Which view is shown now; "" after any change of the filters."""
        self.current = name
        words = self.tr("视图：{name}").format(name=name) if name else self.tr("我的视图")
        self.views.setText("" if self._narrow else words)
        self.views.setAccessibleName(words)

    # -- columns -----------------------------------------------------------------------------------------------

    def choose_columns(self) -> None:
        """Which columns, in which order; also by a right click on the header."""
        table, columns = self.page.list.table, self.page.model.columns
        shown = [key for key, _width in table.columns_shown()]
        self.columns_dialog = ColumnsDialog(columns, shown, self.page)
        dialog = self.columns_dialog

        def take() -> None:
            widths = {column.key: column.width for column in columns} | dict(table.columns_shown())
            table.show_columns([(key, widths[key]) for key in dialog.chosen()])

        dialog.accepted.connect(take)
        dialog.open()

    # -- many at once ------------------------------------------------------------------------------------------

    def edit_many(self) -> None:
        """One value for the ticked rows (for the selected ones when none is ticked), with a preview."""
        page = self.page
        ids = page.model.ticked() if page.model.has_ticks() else page.list.table.selected_ids()
        if not ids:
            self.shell.toast(self.tr("先用空格勾选要改的行"))
            return
        table, unit = page.detail.table, page.words().unit
        sections = page.detail.sections(table)
        self.bulk_dialog = BulkDialog(self.shell, self.ws, table, sections, ids, page.villages, unit, page)
        self.bulk_dialog.written.connect(self._edited)
        self.bulk_dialog.open()

    def _edited(self, unit_id: str, count: int) -> None:
        ws, gates, title = self.ws, self.shell.gates, self.tr("撤回批量修改")
        table = self.page.detail.table
        self.page.model.clear_ticks()
        self.shell.toast(
            self.tr("已改 {n:,} {unit}").format(n=count, unit=self.page.words().unit),
            lambda: gates.write(lambda _w: take_back_unit(ws, unit_id), kinds=(table,), title=title),
        )

    # -- Excel -------------------------------------------------------------------------------------------------

    def columns_now(self) -> list[Column]:
        """The columns shown, from left to right."""
        by_key = {column.key: column for column in self.page.model.columns}
        return [by_key[key] for key, _width in self.page.list.table.columns_shown()]

    def save_table(self) -> None:
        """Ctrl+E: what the list shows, or the ticked rows, as a workbook; first what for."""
        model = self.page.model
        if not model.rowCount():
            self.shell.toast(self.tr("列表是空的，没有可存的"))
            return
        people = any(column.kind == "masked" for column in self.columns_now())
        name = self.page.words().title
        ticked = len(model.ticked()) if model.has_ticks() else 0
        self.save_dialog = SaveTableDialog(name, model.rowCount(), ticked, len(self.columns_now()), people, self.page)
        dialog = self.save_dialog
        dialog.accepted.connect(lambda: dialog.ask_place(self.write_table))
        dialog.open()

    def write_table(self, target: Path, *, ticked: bool, with_id: bool, purpose: str) -> None:
        """Write the workbook on the writing thread, with progress; it can be stopped."""
        page, ws = self.page, self.ws
        ids = page.model.ticked() if ticked else list(page.model.ids())
        columns, everything, source = self.columns_now(), page.model.columns, page.model.source
        places = [everything.index(column) for column in columns]
        about = page.filters.words(), self._order_words()

        def rows() -> Iterator[Sequence[Any]]:
            for start in range(0, len(ids), CHUNK):
                for cells in source.rows(ids[start : start + CHUNK]):
                    if cells is not None:
                        yield [_cell(column, cells[at], with_id) for column, at in zip(columns, places, strict=True)]

        def write(work: Work) -> Saved:
            return save_list(
                ws, page.words().title, target, [_table_column(c) for c in columns], [c.key for c in columns], rows(),
                len(ids), about=[("筛选", about[0] or "全部"), ("排序", about[1] or "默认")], with_id=with_id,
                purpose=purpose, progress=work.progress,
            )  # fmt: skip

        task = self.shell.gates.write(
            write,
            lambda saved: self.shell.toast(
                self.tr("已存 {n:,} 行到 {name}").format(n=saved.rows, name=saved.path.name)
            ),
            owner=self,
            title=self.tr("存为 Excel"),
        )
        self.shell.show_task(task)

    # -- a table out and back ------------------------------------------------------------------------------------

    def ask_editable(self) -> None:
        """What the list shows (or the ticked rows) as a workbook to be edited and brought back."""
        model = self.page.model
        if not model.rowCount():
            self.shell.toast(self.tr("列表是空的，没有可存的"))
            return
        proposed = f"{self.page.words().title}（可改）.xlsx"
        name, _kind = QFileDialog.getSaveFileName(self.page, self.tr("导出可改的表"), proposed, "Excel (*.xlsx)")
        if name:
            self.write_editable(Path(name if name.lower().endswith(".xlsx") else f"{name}.xlsx"))

    def write_editable(self, target: Path) -> None:
        """Write it, with what was seen of each row; logged as a plain file, numbers of people left out."""
        ws, table, model = self.ws, self.page.detail.table, self.page.model
        ids = model.ticked() if model.has_ticks() else list(model.ids())
        task = self.shell.gates.write(
            lambda _work: write_editable(ws, table, target, ids=ids, purpose=self.tr("批量修改")),
            lambda count: self.shell.toast(
                self.tr("已存 {n:,} 行到 {name}，改好后用“带回改好的表”").format(n=count, name=target.name)
            ),
            owner=self,
            title=self.tr("导出可改的表"),
        )
        self.shell.show_task(task)

    def ask_returned(self) -> None:
        """Choose the workbook that was edited."""
        name, _kind = QFileDialog.getOpenFileName(self.page, self.tr("带回改好的表"), "", "Excel (*.xlsx)")
        if name:
            self.read_returned(Path(name))

    def read_returned(self, source: Path) -> None:
        """Find the differences, then show them; nothing is written before they are confirmed."""
        ws = self.ws
        task = self.shell.gates.read(
            lambda _work: plan_edits(ws, source),
            self._returned,
            owner=self,
            title=self.tr("比对改好的表"),
            fail=lambda error: self.shell.show_error(error, self.tr("带回改好的表")),
        )
        self.shell.show_task(task)

    def _returned(self, plan: EditPlan) -> None:
        if not plan.rows and not plan.notes:
            self.shell.toast(self.tr("这张表没有改动，册没有改变"))
            return
        self.returned_dialog = ReturnedTableDialog(self.shell, self.ws, plan, self.page)
        self.returned_dialog.written.connect(partial(self._brought_back, plan.table))
        self.returned_dialog.open()

    def _brought_back(self, table: str, unit_id: str, count: int) -> None:
        ws, gates, title = self.ws, self.shell.gates, self.tr("撤回改好的表")
        self.shell.toast(
            self.tr("已写入 {n:,} 处").format(n=count),
            lambda: gates.write(lambda _w: take_back_unit(ws, unit_id), kinds=(table,), title=title),
        )

    def _order_words(self) -> str:
        query = self.page.model.query
        column = next((c for c in self.page.model.columns if query.sort and c.sort_key == query.sort), None)
        if column is None:
            return ""
        return f"{column.title}{self.tr('，从大到小') if query.descending else self.tr('，从小到大')}"


def _table_column(column: Column) -> TableColumn:
    kind = column.kind if column.kind in ("number", "money", "wan") else "text"
    return TableColumn(column.title or " ", kind, max(8.0, column.width / 7))


def _cell(column: Column, value: Any, with_id: bool) -> Any:
    """A cell as it goes into the workbook: figures exact, chips by their word, numbers of people masked."""
    if value is None or column.kind in ("number", "money", "wan"):
        return value
    if column.kind == "masked" and with_id:
        return str(value)
    return cell_text(column, value)
