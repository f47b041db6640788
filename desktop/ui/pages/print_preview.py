"""打印中心: every paper with its options at the left and the very page that will be printed at the right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from PySide6.QtCore import QMarginsF, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QResizeEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.annual.assessing import places_of
from desktop.app.papers.asset_selection import AssetSelection, saved_selections, selection_words
from desktop.app.papers.print_center import Made, PrintOptions, PrintTemplate, log_print, print_templates, save_print
from desktop.app.workspace import Workspace
from desktop.common.errors import Cancelled, XiangceError
from desktop.registry import codelists
from desktop.reports.label_sheet import SHEETS
from desktop.reports.preview import PagePicture, Preview
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Page, Shell
from desktop.ui.pages.page_view import PRINT_DPI, PageView
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label, Note, Panel, rule
from desktop.ui.widgets.page_rows import TitleRow
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.value_fields import PartialDateField
from desktop.ui.workers import Priority, Work

SIGNED = ("filled_by", "reviewed_by", "responsible", "phone")
"""What is typed for the signature line."""
A4_LONG = 850
"""Points; the long side of A4 is 842, of A3 1191."""


def _iso(field: PartialDateField) -> str | None:
    """The whole day in a field, ISO."""
    date = field.value()
    return date.iso() if date is not None and date.precision == "day" else None


LISTED = "listed"
"""The choice of what a list showed."""


def _selection(text: str) -> AssetSelection | None:
    """What a list's address says was listed; None when nothing was left out and nothing ordered."""
    asked = json.loads(text)
    filters, ids = dict(asked["filters"]), tuple(asked["ids"])
    if not filters and not ids and not asked["sort"]:
        return None
    return AssetSelection(filters, str(asked["sort"]), bool(asked["descending"]), ids)


class PrintPage(Page):
    """`PrintPage(shell, ws, villages)`: templates, options, preview; 存为 PDF (Ctrl+S), 打印 (Ctrl+P), PgUp, PgDn.

    An address's part names the template (`assets`, `asset-card`, `list:contracts` …), with what was looked at:
    `ledger:category?as_of=2025-06-30&known_at=2025-07-31&category=operating&division=…`, `annual?year=2025`.
    """

    shows = frozenset({"asset", "right", "party", "contract", "receipt", "disposal", "finding", "notice", "project",
                       "value_change", "assessment"})  # fmt: skip

    def __init__(self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]]) -> None:
        super().__init__(shell)
        self._ws = ws
        self._pdf: bytes | None = None
        self._preview: Preview | None = None
        self._made_paper: Made | None = None
        self._templates = print_templates(ws)
        self.template = self._templates[0]
        self._page = 0
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(350)
        self._wait.timeout.connect(self.make)
        self.lines.addWidget(self._title_row())
        self.lines.addWidget(rule())
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._options(villages))
        row.addWidget(rule("v"))
        self.view = PageView()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.view)
        row.addWidget(self.area, 1)
        self.failed = EmptyState("print", self.tr("这个范围没有记录"), self.tr("换一个范围"))
        self.failed.hide()
        row.addWidget(self.failed, 1)
        self.lines.addLayout(row, 1)
        self.bind("PgUp", lambda: self.turn(-1), self.tr("上一页"))
        self.bind("PgDown", lambda: self.turn(1), self.tr("下一页"))
        self.bind("Ctrl+S", self.save_pdf)
        self.bind("Ctrl+P", self.send_to_printer, self.tr("打印"))
        self._show_options()
        self._tell()

    # -- parts -------------------------------------------------------------------------------------------------

    def _title_row(self) -> TitleRow:
        title = TitleRow(self.tr("打印预览"))
        self.title_row = title
        title.set_fact(self.template.title)
        self.back = Button(icon="left", tip=self.tr("上一页（PgUp）"))
        self.number = TextField()
        self.number.setReadOnly(True)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number.setFixedWidth(100)
        self.number.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.forth = Button(icon="right", tip=self.tr("下一页（PgDn）"))
        self.zoom = Select([(self.tr("整页"), 0.0), ("100%", 1.0), ("150%", 1.5)])
        self.save_button = Button(self.tr("存为 PDF"), icon="file", key="Ctrl+S", bind=False)
        self.workbook_button = Button(self.tr("存为 Excel"), icon="file")
        self.print_button = Button(self.tr("打印"), "primary", "print", "Ctrl+P", bind=False)
        for widget in (
            self.back, self.number, self.forth, self.zoom, self.save_button, self.workbook_button, self.print_button,
        ):  # fmt: skip
            title.add_widget(widget)
        self.workbook_button.clicked.connect(self.ask_workbook)
        self.back.clicked.connect(lambda: self.turn(-1))
        self.forth.clicked.connect(lambda: self.turn(1))
        self.zoom.picked.connect(lambda _z: self._render())
        self.save_button.clicked.connect(self.save_pdf)
        self.print_button.clicked.connect(self.send_to_printer)
        return title

    def _options(self, villages: Sequence[tuple[str, str]]) -> QScrollArea:
        panel = Panel("surface")
        lines = QVBoxLayout(panel)
        lines.setContentsMargins(14, 10, 14, 14)
        lines.setSpacing(8)
        kinds = [(item.name, item.code) for item in codelists.items("asset_category")]
        self.category = Select([(self.tr("全部资产"), ""), *kinds])
        self.village = Select([(self.tr("全部村"), ""), *((name, code) for code, name in villages)])
        self.unit = Segments([("wan", self.tr("万元")), ("yuan", self.tr("元"))], "wan", stretched=True)
        self.paper = Segments([("A4", self.tr("A4 横")), ("A3", self.tr("A3 横"))], "A4", stretched=True)
        self.as_of = PartialDateField(whole_days=True)
        self.as_of.field.setPlaceholderText(self.tr("今天，或写一个日期"))
        self.known_at = PartialDateField(whole_days=True)
        self.known_at.field.setPlaceholderText(self.tr("到现在，或写一个日期"))
        self.words = {
            "filled_by": TextField(self._ws.user),
            "reviewed_by": TextField(),
            "responsible": TextField(),
            "phone": TextField(),
            "title": TextField(),
            "date": TextField(),
        }
        captions = {
            "filled_by": self.tr("填报人"),
            "reviewed_by": self.tr("审核人"),
            "responsible": self.tr("单位负责人"),
            "phone": self.tr("联系电话"),
            "title": self.tr("标题，不写用通常的"),
            "date": self.tr("填报日期，不写用今天"),
        }
        self.chosen = Select(self._template_items())
        self.place = Select([(name, code) for name, code in places_of(self._ws)])
        self._listed: AssetSelection | None = None
        """What a list showed when it sent one here."""
        self._views: dict[str, AssetSelection] = {}
        self.selection = Select([(self.tr("不筛选"), "")])
        this = date.today().year  # noqa: DTZ011  (the calendar on the wall)
        self.year = Select([(self.tr("{year} 年").format(year=y), y) for y in range(this, this - 12, -1)], "")
        self.year.set_value(this - 1)
        self.sheet = Select([(sheet.name, key) for key, sheet in SHEETS.items()])
        self.copies = Select([(self.tr("{n} 份").format(n=n), n) for n in (1, 2, 5, 10, 20, 50)])
        groups: list[tuple[str, list[tuple[str, QWidget]]]] = [
            (self.tr("表样"), [("", self.chosen)]),
            (self.tr("范围"), [("category", self.category), ("division", self.village), ("place", self.place)]),
            (self.tr("筛选"), [("selection", self.selection)]),
            (self.tr("年度"), [("year", self.year)]),
            (self.tr("按发生日期"), [("as_of", self.as_of)]),
            (self.tr("按记录日期"), [("known_at", self.known_at)]),
            (self.tr("数字"), [("unit", self.unit)]),
            (self.tr("纸张"), [("paper", self.paper)]),
            (self.tr("标签纸"), [("sheet", self.sheet)]),
            (self.tr("份数"), [("copies", self.copies)]),
            (self.tr("标题和填报日期"), [("title", self.words[key]) for key in ("title", "date")]),
            (self.tr("签名栏"), [("signatures", self.words[key]) for key in SIGNED]),
        ]
        self._groups: list[tuple[QWidget, list[tuple[str, QWidget]]]] = []
        for title, widgets in groups:
            group = QWidget()
            inside = QVBoxLayout(group)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(8)
            inside.addWidget(Label(title, "strong"))
            for _option, widget in widgets:
                if isinstance(widget, Select):
                    # as wide as the panel, whatever its longest choice
                    widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                    widget.setAccessibleName(title)
                inside.addWidget(widget)
            inside.addWidget(rule("grid"))
            lines.addWidget(group)
            self._groups.append((group, widgets))
        for key, field in self.words.items():
            field.setPlaceholderText(captions[key])
            field.setAccessibleName(captions[key])
            field.textEdited.connect(lambda _t: self._wait.start())
        self.note = Note("success", "")
        self.note.hide()
        lines.addSpacing(4)
        lines.addWidget(self.note)
        lines.addStretch(1)
        for select in (self.category, self.village, self.place, self.selection, self.year, self.sheet, self.copies):
            select.picked.connect(lambda _v: self.make())
        self.chosen.picked.connect(lambda key: self.choose(str(key)))
        for segments in (self.unit, self.paper):
            segments.changed.connect(lambda _k: self.make())
        for days in (self.as_of, self.known_at):
            days.value_changed.connect(lambda: self._wait.start())
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(panel)
        area.setFixedWidth(round(262 * max(theme().scale, 1.0)))
        return area

    # -- making ------------------------------------------------------------------------------------------------

    def _template_items(self) -> list[tuple[str, str]]:
        return [(f"{t.group} · {t.title}", t.key) for t in self._templates]

    def choose(self, key: str) -> None:
        """Another paper, by its key; an unknown one changes nothing."""
        found = next((t for t in self._templates if t.key == key), None)
        if found is None:
            return
        self._show_template(found)
        self._page = 0
        self.make()

    def _show_template(self, template: PrintTemplate) -> None:
        self.template = template
        self.chosen.set_value(template.key)
        self.title_row.set_fact(template.title)
        self._show_options()

    def _show_options(self) -> None:
        """Only the options that the paper takes."""
        for group, widgets in self._groups:
            for option, widget in widgets:
                widget.setVisible(not option or option in self.template.options)
            group.setVisible(any(not option or option in self.template.options for option, _ in widgets))
        self.workbook_button.setVisible(self.template.workbook is not None)

    def wanted(self) -> PrintOptions:
        """What is asked for now."""
        words = {key: field.text().strip() for key, field in self.words.items()}
        takes = self.template.options
        return PrintOptions(
            division=self.village.value() if "division" in takes else self.place.value() if "place" in takes else "",
            year=int(self.year.value()) if "year" in takes else 0,
            category=self.category.value() if "category" in takes else "",
            paper=self.paper.value(),  # type: ignore[arg-type]
            unit=self.unit.value(),  # type: ignore[arg-type]
            as_of=_iso(self.as_of) if "as_of" in takes else None,
            known_at=_iso(self.known_at) if "known_at" in takes else None,
            selection=self._chosen_selection() if "selection" in takes else None,
            sheet=self.sheet.value(),
            copies=int(self.copies.value()),
            **words,
        )

    def _chosen_selection(self) -> AssetSelection | None:
        chosen = str(self.selection.value() or "")
        return self._listed if chosen == LISTED else self._views.get(chosen.removeprefix("view:"))

    def _offer_selections(self, chosen: str = "") -> None:
        """Nothing, what the list showed, and the saved views of the list of assets."""
        self._views = saved_selections(self._ws)
        items = [(self.tr("不筛选"), "")]
        if self._listed is not None:
            words = selection_words(self._ws, self._listed) or self.tr("全部资产")
            items.append((self.tr("清单里的：{words}").format(words=words), LISTED))
        items += [(self.tr("视图：{name}").format(name=name), f"view:{name}") for name in self._views]
        kept = chosen or str(self.selection.value() or "")
        self.selection.set_items(items, kept if any(key == kept for _word, key in items) else "")

    def entered(self) -> None:
        self._offer_selections()
        if self._pdf is None:
            self.make()
        self.category.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_address(self, address: Address) -> None:
        if address.record:
            self.village.set_value(address.record)
            self.place.set_value(address.record)
        key, _, days = address.part.partition("?")
        if days:  # what was looked at is what is printed: a day that is not given is today
            given = dict(parse_qsl(days, keep_blank_values=True))
            self.as_of.set_value(given.get("as_of"))
            self.known_at.set_value(given.get("known_at"))
            self.category.set_value(given.get("category", ""))
            self.village.set_value(given.get("division", ""))
            if "selection" in given:
                self._listed = _selection(given["selection"])
                self._offer_selections(LISTED)
            if given.get("year", "").isdecimal():
                self.year.set_value(int(given["year"]))
        if key and key != self.template.key:
            self.choose(key)
        elif days:
            self.make()

    def refresh(self) -> None:
        self.make()

    def make(self) -> None:
        """Lay the register out anew, in memory."""
        self._wait.stop()
        ws, wanted, template = self._ws, self.wanted(), self.template

        def function(work: Work) -> tuple[PrintTemplate, Made]:
            return template, template.make(ws, wanted, lambda done, total: work.progress(done, total))

        task = self.shell.gates.read(
            function, self._made, owner=self, key=f"print-{id(self)}", title=self.tr("排版"), fail=self._not_made
        )
        self.shell.show_task(task)

    def _made(self, done: tuple[PrintTemplate, Made]) -> None:
        template, made = done
        if template is not self.template:
            return
        self._pdf, self._made_paper = made.pdf, made
        self._close_preview()
        self._preview = Preview(self._pdf)
        self._page = min(self._page, self._preview.page_count - 1)
        self.failed.hide()
        self.area.show()
        self.note.show_words(made.words, kind="success")
        self.note.show()
        self._tell()
        self._render()

    def _not_made(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            return
        self._pdf = None
        self._close_preview()
        self.view.show_picture(None, 1.0)
        self._tell()
        if not isinstance(error, XiangceError):
            self.shell.show_error(error, self.tr("排版"))
            return
        self.area.hide()
        self.failed.show_words(error.message, error.hint)
        self.failed.show()
        self.note.hide()

    def _close_preview(self) -> None:
        if self._preview is not None:
            self._preview.close()
            self._preview = None

    def pages(self) -> int:
        """How many pages the print has; 0 while there is none."""
        return self._preview.page_count if self._preview is not None else 0

    def turn(self, by: int) -> None:
        """To another page."""
        if 0 <= self._page + by < self.pages():
            self._page += by
            self._tell()
            self._render()

    def _tell(self) -> None:
        total = self.pages()
        self.number.setText(self.tr("{n} / {total} 页").format(n=self._page + 1, total=total) if total else "—")
        self.back.setEnabled(self._page > 0)
        self.forth.setEnabled(self._page + 1 < total)
        self.save_button.setEnabled(bool(total))
        self.workbook_button.setEnabled(bool(total))
        self.print_button.setEnabled(bool(total))
        self.print_button.setText(self.tr("打印 {n} 页").format(n=total) if total else self.tr("打印"))

    def _scale(self, page: int) -> float:
        """Pixels per point of the chosen zoom."""
        assert self._preview is not None
        zoom = float(self.zoom.value() or 0.0)
        if zoom:
            return zoom * 96 / 72
        width, height = self._preview.page_size(page)
        room = self.area.viewport().size()
        return float(max(0.1, min((room.width() - 32) / width, (room.height() - 32) / height)))

    def _render(self) -> None:
        preview, page = self._preview, self._page
        if preview is None or not self.isVisible():
            return
        ratio = self.devicePixelRatioF()
        scale = self._scale(page) * ratio
        self.shell.gates.read(
            lambda _w: preview.render(page, scale) if preview is self._preview else None,
            lambda picture: self.view.show_picture(picture, ratio) if preview is self._preview else None,
            owner=self,
            key=f"page-{id(self)}",
            priority=Priority.NOW,
            fail=lambda _error: None,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._render()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self._render()

    # -- out ---------------------------------------------------------------------------------------------------

    def save_pdf(self) -> None:
        """Ctrl+S: ask where, write there; the print is logged."""
        if not self.pages():
            return
        proposed = f"{self.template.title}.pdf"
        name, _kind = QFileDialog.getSaveFileName(self, self.tr("存为 PDF"), proposed, "PDF (*.pdf)")
        if name:
            self.save_to(Path(name if name.lower().endswith(".pdf") else f"{name}.pdf"))

    def save_to(self, target: Path) -> None:
        """Write the print to a file."""
        ws, wanted, template, pages = self._ws, self.wanted(), self.template, self.pages()
        task = self.shell.gates.write(
            lambda work: save_print(ws, template, wanted, target, lambda done, total: work.progress(done, total)),
            lambda _made: self.shell.toast(self.tr("已存 {name}，{n} 页").format(name=target.name, n=pages)),
            owner=self,
            title=self.tr("存为 PDF"),
        )
        self.shell.show_task(task)

    def ask_workbook(self) -> None:
        """Ask where, write the list as a workbook there."""
        if self.template.workbook is None:
            return
        name, _kind = QFileDialog.getSaveFileName(
            self, self.tr("存为 Excel"), f"{self.template.title}.xlsx", "Excel (*.xlsx)"
        )
        if name:
            self.save_workbook(Path(name if name.lower().endswith(".xlsx") else f"{name}.xlsx"))

    def save_workbook(self, target: Path) -> None:
        """Write the list as a workbook; logged."""
        ws, wanted, write = self._ws, self.wanted(), self.template.workbook
        assert write is not None
        task = self.shell.gates.write(
            lambda _work: write(ws, wanted, target),
            lambda rows: self.shell.toast(self.tr("已存 {name}，{n} 行").format(name=target.name, n=rows)),
            owner=self,
            title=self.tr("存为 Excel"),
        )
        self.shell.show_task(task)

    def send_to_printer(self) -> None:
        """Ctrl+P: the system's print dialog, then the pages as they are shown."""
        if self._preview is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setResolution(PRINT_DPI)
        wide, high = self._preview.page_size(0)
        size = QPageSize.PageSizeId.A3 if max(wide, high) > A4_LONG else QPageSize.PageSizeId.A4
        printer.setPageSize(QPageSize(size))
        turned = QPageLayout.Orientation.Landscape if wide > high else QPageLayout.Orientation.Portrait
        printer.setPageOrientation(turned)
        printer.setPageMargins(QMarginsF(0, 0, 0, 0))
        printer.setFullPage(True)
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Draw all pages on a printer, a worker rendering them one by one."""
        ws = self._ws
        assert self._pdf is not None and self._made_paper is not None
        painter = QPainter()
        if not painter.begin(printer):
            self.shell.toast(self.tr("打印机没有响应，没有打印"))
            return
        preview = Preview(self._pdf)  # its own: the one on the screen is closed when something is written meanwhile
        rows, total, template = self._made_paper.rows, preview.page_count, self.template

        def draw(picture: PagePicture, page: int) -> None:
            if page:
                printer.newPage()
            image = QImage(picture.rgba, picture.width, picture.height, QImage.Format.Format_RGBA8888)
            painter.drawImage(QRectF(painter.viewport()), image)
            if page + 1 < total:
                ask(page + 1)
                return
            painter.end()
            preview.close()
            self.shell.gates.write(
                lambda _w: log_print(ws, template, rows),
                title=self.tr("记打印"),
            )
            self.shell.toast(self.tr("已送打印机，{n} 页").format(n=total))

        def broken(error: BaseException) -> None:
            painter.end()
            preview.close()
            self.shell.show_error(error, self.tr("打印"))

        def ask(page: int) -> None:
            self.shell.gates.read(
                lambda _w: preview.render(page, PRINT_DPI / 72),
                lambda picture: draw(picture, page),
                title=self.tr("打印"),
                fail=broken,
            )

        ask(0)

    def state(self) -> dict[str, Any]:
        kept = {key: field.text() for key, field in self.words.items()}
        return {"paper": self.paper.value(), "unit": self.unit.value(), "words": kept, "template": self.template.key}

    def restore(self, state: dict[str, Any]) -> None:
        self.paper.set_value(str(state.get("paper", "A4")))
        self.unit.set_value(str(state.get("unit", "wan")))
        self._show_template(next((t for t in self._templates if t.key == state.get("template")), self.template))
        words = state.get("words")
        if isinstance(words, dict):
            for key, field in self.words.items():
                field.setText(str(words.get(key, field.text())))
