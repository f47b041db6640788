"""数据导入 step 2, 对应列: the source's header as it is, below it one row per column with samples and our field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.exchange import import_columns as columns
from desktop.app.exchange.import_columns import MATCHED_WORDS, ColumnView, SheetColumns
from desktop.app.exchange.import_review import safe_text
from desktop.app.exchange.importing import KIND_WORDS
from desktop.ui.dialogs.header_rows_dialog import HeaderRowsDialog
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import ElidedLabel, Label, Panel, StatusWord, rule
from desktop.ui.widgets.painting import Chip, Tone, paint_focus_ring
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.sheet_view import HeaderView

_MARKS: dict[str, tuple[str, Tone]] = {
    "same": ("ok", "success"), "remembered": ("ok", "success"), "synonym": ("ok", "success"),
    "chosen": ("ok", "accent"), "none": ("circle", "neutral"),
}  # fmt: skip
_WIDTHS = (36, 176, 196, 18, 190, 104, 88)


class ColumnRow(QWidget):
    """One column: letter, their header, samples, our field, how it was matched, conversion."""

    entered = Signal(int)
    picked = Signal(int, str)

    def __init__(self, view: ColumnView, fields: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = view.number
        self._on = False
        self.setFixedHeight(theme().px("row"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        scale = max(theme().scale, 1.0)
        self._parts: list[QWidget] = [
            Label(view.letter, "muted"),
            ElidedLabel(_short_path(view.header) or self.tr("（没有列名）"), "bold"),
            ElidedLabel(safe_text("、".join(view.samples)), "second"),
            Label("›", "muted"),
        ]
        self.field = Select([(self.tr("不导入"), ""), *((label, name) for name, label in fields)])
        self.field.blank_word = self.tr("不导入")
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.setFixedHeight(theme().px("control_small"))
        said = self.tr("{letter} 列 {header} 对应")
        self.field.setAccessibleName(said.format(letter=view.letter, header=view.header))
        self.how = StatusWord()
        self.conversion = ElidedLabel("", "muted")
        self._parts += [self.field, self.how, self.conversion]
        self._parts[1].setToolTip(view.header)
        for part, width in zip(self._parts, _WIDTHS, strict=True):
            if part is self._parts[2]:
                row.addWidget(part, 1)
                continue
            part.setFixedWidth(round(width * scale))
            row.addWidget(part)
        self.field.picked.connect(lambda name: self.picked.emit(self.number, str(name)))
        self.field.installEventFilter(self)
        self.show_view(view)

    def show_view(self, view: ColumnView) -> None:
        """Show the column as it stands now."""
        self.view = view
        self.field.set_value(view.field)
        icon, tone = _MARKS[view.matched]
        self.how.show_status(MATCHED_WORDS[view.matched], icon, tone)
        self.conversion.setText(view.conversion)

    def set_current(self, on: bool) -> None:
        """Mark the row."""
        self._on = on
        self.update()

    def eventFilter(self, watched: object, event: object) -> bool:
        if event.type() == event.Type.FocusIn:  # type: ignore[attr-defined]
            self.entered.emit(self.number)
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.field.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        painter.fillRect(self.rect(), c("selection" if self._on else "surface"))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), c("grid"))
        if self._on:
            paint_focus_ring(painter, self.rect())


def _short_path(path: str) -> str:
    """The header path with long group words cut, so that the column's own word stays in sight."""
    *groups, leaf = path.split(" › ")
    return " › ".join([*(g if len(g) <= 6 else f"{g[:5]}…" for g in groups[-1:]), leaf])


class ColumnsStep(QWidget):
    """`ColumnsStep(parent=None)`: `show_sheets(sheets)`; `changed()` after every choice; `next_open()` for F8."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheets: list[SheetColumns] = []
        self.rows: list[ColumnRow] = []
        self._at = 0
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(self._head_row())
        self.header = HeaderView()
        self.header_area = QScrollArea()
        self.header_area.setWidget(self.header)
        self.header_area.setContentsMargins(0, 0, 0, 0)
        self.header_area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inset = QVBoxLayout()
        inset.setContentsMargins(16, 0, 16, 8)
        inset.addWidget(self.header_area)
        lines.addLayout(inset)
        lines.addWidget(rule())
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._table(), 1)
        self.aside = self._aside()
        body.addWidget(rule("v"))
        body.addWidget(self.aside)
        lines.addLayout(body, 1)
        self.header.picked.connect(self.go_to)

    # -- parts -------------------------------------------------------------------------------------------------

    def _head_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 6)
        row.setSpacing(10)
        self.sheet = Select([], self.tr("工作表"))
        self.sheet.picked.connect(lambda name: self.show_sheet(str(name)))
        self.take = CheckBox(self.tr("导入这张表"))
        self.take.toggled.connect(self._take)
        self.fact = ElidedLabel("", "caption")
        self.header_button = Button(self.tr("改表头行"), small=True)
        self.header_button.clicked.connect(self.ask_header)
        row.addWidget(self.sheet)
        row.addWidget(self.take)
        row.addWidget(self.fact, 1)
        row.addWidget(self.header_button)
        return row

    def _table(self) -> QWidget:
        panel = Panel("surface")
        lines = QVBoxLayout(panel)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = Panel("sums")
        head.setFixedHeight(theme().px("table_header"))
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 0, 18, 0)
        row.setSpacing(8)
        words = (
            self.tr("列"), self.tr("他们的"), self.tr("样值"), "", self.tr("我们的"), self.tr("怎么对上的"),
            self.tr("换算"),
        )  # fmt: skip
        for i, (word, width) in enumerate(zip(words, _WIDTHS, strict=True)):
            label = Label(word, "second")
            if i == 2:
                row.addWidget(label, 1)
                continue
            label.setFixedWidth(round(width * max(theme().scale, 1.0)))
            row.addWidget(label)
        lines.addWidget(head)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        lines.addWidget(self.area, 1)
        tell = Button(self.tr("指定表头行"), "primary")
        tell.clicked.connect(self.ask_header)
        self.unknown = EmptyState("search", self.tr("没有认出表头"), "", [tell])
        self.unknown.hide()
        lines.addWidget(self.unknown, 1)
        return panel

    def _aside(self) -> QWidget:
        panel = Panel("surface")
        panel.setFixedWidth(round(272 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(panel)
        lines.setContentsMargins(14, 10, 14, 12)
        lines.setSpacing(6)
        row = QHBoxLayout()
        self.column_title = ElidedLabel("", "question")
        self.column_chip = ChipLabel(Chip(""))
        row.addWidget(self.column_title, 1)
        row.addWidget(self.column_chip)
        lines.addLayout(row)
        self.column_said = Label("", "second", wrap=True)
        self.samples = Label("", "second", wrap=True)
        lines.addWidget(self.column_said)
        lines.addWidget(Label(self.tr("表里这样写"), "strong"))
        lines.addWidget(self.samples)
        lines.addStretch(1)
        lines.addWidget(rule("grid"))
        self.unit_title = Label(self.tr("这张表的金额单位"), "strong")
        self.unit = Segments([("wan", self.tr("万元")), ("yuan", self.tr("元"))], stretched=True, small=True)
        self.unit.changed.connect(self._unit)
        lines.addWidget(self.unit_title)
        lines.addWidget(self.unit)
        lines.addSpacing(4)
        self.remember = CheckBox(self.tr("记住这些表的对应"), True)
        lines.addWidget(self.remember)
        lines.addWidget(Label(self.tr("下次表头一样就直接用"), "caption"))
        return panel

    # -- what is shown -----------------------------------------------------------------------------------------

    def show_sheets(self, sheets: list[SheetColumns]) -> None:
        """Show a workbook's sheets, the first one that is imported in front."""
        self.sheets = sheets
        self._fill_sheets()
        first = next((s.name for s in sheets if s.taken), sheets[0].name if sheets else "")
        self.show_sheet(first)

    def _fill_sheets(self) -> None:
        items = [(s.name if s.taken else self.tr("{name}（不导入）").format(name=s.name), s.name) for s in self.sheets]
        self.sheet.set_items(items, self.current().name if self.sheets else None)

    def current(self) -> SheetColumns:
        """The sheet shown."""
        return self.sheets[self._at]

    def show_sheet(self, name: str) -> None:
        """Show one sheet."""
        self._at = next((i for i, s in enumerate(self.sheets) if s.name == name), 0)
        self.sheet.set_value(name)
        sheet = self.current()
        self.take.blockSignals(True)
        self.take.setChecked(sheet.taken)
        self.take.setEnabled(sheet.mapping is not None)
        self.take.blockSignals(False)
        self._show_header()
        self._show_rows()
        self.unit.set_value(sheet.mapping.unit if sheet.mapping else "")

    def _show_header(self) -> None:
        sheet = self.current()
        grid, mapping = sheet.grid, sheet.mapping
        shown = [*mapping.header_rows, mapping.first_row] if mapping else list(range(1, min(grid.n_rows, 4) + 1))
        rows = [(r, grid.rows[r - 1]) for r in shown if 1 <= r <= grid.n_rows]
        header = mapping.header_rows if mapping else []
        low = [m for m in grid.merged if m[0] <= max(shown, default=0)]
        self.header.show_header(rows, header, low, lambda value: safe_text(columns.shown(value)))
        self.header.set_current(0)
        bar = self.header_area.horizontalScrollBar().sizeHint().height()
        self.header_area.setFixedHeight(self.header.sizeHint().height() + bar)
        if mapping:
            first, last = header[0], header[-1]
            rows_said = self.tr("第 {a} 行").format(a=first)
            if last > first:
                rows_said = self.tr("第 {a} 至 {b} 行").format(a=first, b=last)
            merged = sum(1 for m in low if m[0] in header)
            said = self.tr("原表表头在{rows}").format(rows=rows_said)
            if merged:
                said += self.tr("，合并的 {n} 处已拆开").format(n=merged)
            said += self.tr("；下面约 {n:,} 行").format(n=max(0, grid.n_rows - last))
        else:
            said = self.tr("没有认出表头")
        if grid.state != "visible":
            said += self.tr("；这张表是隐藏的")
        self.fact.setText(said)

    def _show_rows(self) -> None:
        sheet = self.current()
        known = sheet.mapping is not None
        self.area.setVisible(known)
        self.aside.setVisible(known)  # it tells of a column, and there is none
        self.header_button.setVisible(known)
        self.unknown.setVisible(not known)
        read_as = self.tr("文件是按“{kind}”读的：是另一种表，就回上一步改选；是这种表，就指定表头行")
        self.unknown.show_words(self.tr("没有认出表头"), read_as.format(kind=KIND_WORDS[sheet.kind]))
        inner = QWidget()
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        fields = columns.fields_of(sheet.kind)
        self.rows = []
        for view in columns.column_views(sheet):
            row = ColumnRow(view, fields)
            row.entered.connect(self._entered)
            row.picked.connect(self._picked)
            lines.addWidget(row)
            self.rows.append(row)
        lines.addStretch(1)
        self.area.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        self._show_column(self.rows[0].view if self.rows else None)

    def _show_column(self, view: ColumnView | None) -> None:
        for row in self.rows:
            row.set_current(view is not None and row.number == view.number)
        self.header.set_current(view.number if view else 0)
        if view is None:
            self.column_title.setText("")
            self.column_said.setText("")
            self.samples.setText("")
            self.column_chip.hide()
            return
        box = self.header.column_box(view.number).toRect()
        self.header_area.ensureVisible(box.center().x(), 0, box.width() // 2 + 40, 0)
        self.column_title.setText(f"{view.letter} {view.header}")
        icon, tone = _MARKS[view.matched]
        self.column_chip.show_chip(Chip(MATCHED_WORDS[view.matched], tone, icon))
        self.column_chip.show()
        label = dict(columns.fields_of(self.current().kind)).get(view.field, "")
        said = self.tr("读成“{label}”").format(label=label) if label else self.tr("这一列不导入，别的列照常")
        if view.conversion:
            said += f"；{view.conversion}"
        self.column_said.setText(said)
        self.samples.setText(safe_text("\n".join(view.samples)) or self.tr("（空）"))

    # -- acts --------------------------------------------------------------------------------------------------

    def go_to(self, column: int) -> None:
        """Put the focus on a column's field."""
        for row in self.rows:
            if row.number == column:
                self.area.ensureWidgetVisible(row, 0, 20)
                row.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def next_open(self) -> None:
        """F8: the next column without a field, round the end."""
        here = next((i for i, row in enumerate(self.rows) if row.field.hasFocus()), -1)
        order = [*self.rows[here + 1 :], *self.rows[: here + 1]]
        found = next((row for row in order if not row.view.field), None)
        if found is not None:
            self.go_to(found.number)

    def ask_header(self) -> None:
        """改表头行."""
        sheet = self.current()
        rows = sheet.mapping.header_rows if sheet.mapping else [1]
        dialog = HeaderRowsDialog(sheet.name, rows[0], rows[-1], sheet.grid.n_rows, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.set_header(*dialog.rows())

    def set_header(self, first: int, last: int) -> None:
        """These rows are the header."""
        sheet = self.current()
        columns.choose_header(sheet, first, last)
        self._fill_sheets()
        self.show_sheet(sheet.name)
        self.changed.emit()

    def _entered(self, column: int) -> None:
        self._show_column(next((row.view for row in self.rows if row.number == column), None))

    def _picked(self, column: int, name: str) -> None:
        sheet = self.current()
        columns.choose_field(sheet, column, name)
        views = {view.number: view for view in columns.column_views(sheet)}
        for row in self.rows:
            row.show_view(views[row.number])
        self._show_column(views[column])
        self.changed.emit()

    def _take(self, on: bool) -> None:
        self.current().taken = on
        self._fill_sheets()
        self.changed.emit()

    def _unit(self, unit: str) -> None:
        sheet = self.current()
        if sheet.mapping is None:
            return
        columns.choose_unit(sheet, unit)
        views = {view.number: view for view in columns.column_views(sheet)}
        for row in self.rows:
            row.show_view(views[row.number])
        self.changed.emit()

    def problem(self) -> str:
        """Why one cannot go on; "" when one can."""
        taken = [s for s in self.sheets if s.taken]
        if not taken:
            return self.tr("没有一张表要导入：勾上“导入这张表”，或指定表头行")
        for sheet in taken:
            if missing := sheet.missing():
                return self.tr("工作表“{sheet}”还没有对上：{fields}").format(
                    sheet=sheet.name, fields="、".join(missing)
                )
        return ""

    def summary(self) -> str:
        """How many columns are matched."""
        taken = [s for s in self.sheets if s.taken and s.mapping is not None]
        matched = sum(len(s.mapping.columns) for s in taken if s.mapping)
        without = [v.letter for s in taken if s is self.current() for v in columns.column_views(s) if not v.field]
        said = self.tr("{t} 张表，{n} 列对上").format(t=len(taken), n=matched)
        if without:
            shown = "、".join(without[:4]) + ("…" if len(without) > 4 else "")
            said += self.tr("；本表 {cols} 列没对上，也能往下走").format(cols=shown)
        return said
