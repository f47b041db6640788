"""公示稿: what a notice says at the left, the page that will hang on the board at the right, doubtful words framed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMarginsF, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QPageSize, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.app.cases.notice_printing import log_printed_notice, preview_notice, print_notice_file
from desktop.app.cases.notices import DRAWN, days_needed, post_notice, refresh_notice, without_doubt
from desktop.app.records.editing import OpenRecord, open_record, save_record
from desktop.app.records.records import today
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry.notice_privacy import Doubt
from desktop.registry.notice_procedure import announces_only, days_between
from desktop.ui.dialogs.write_once import is_writing, write_once
from desktop.ui.pages.notice_check import PrivacyCheck
from desktop.ui.pages.notice_pages import NoticePages
from desktop.ui.pages.notice_words import NoticeWords, place_of
from desktop.ui.pages.page import Shell
from desktop.ui.pages.page_view import PRINT_DPI
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import Label, Panel, rule
from desktop.ui.widgets.page_rows import ActionBar, TitleRow
from desktop.ui.widgets.painting import Chip


class NoticeSheet(QWidget):
    """`NoticeSheet(shell, ws, parent)`: `open_notice(id)`; `left()` goes back; typed words are kept on leaving.

    F8 jumps to the first doubtful word, Ctrl+S keeps the draft, Ctrl+Enter posts it, Ctrl+P
    prints. Printing and posting stay off until the privacy check finds nothing.
    """

    left = Signal()

    def __init__(self, shell: Shell, ws: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell, self.ws = shell, ws
        self.record: OpenRecord | None = None
        self._asked = ""
        self._kept: dict[str, OpenRecord] = {}
        """Notices as they are after our own last write: what the next write, asked meanwhile, builds on."""
        self.doubts: list[Doubt] = []
        self._needed = 0
        self.pages = NoticePages(shell)
        self.pages.turned.connect(self._tell)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(400)
        self._wait.timeout.connect(self.make)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._title_row())
        lines.addWidget(rule())
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._controls(), 1)
        row.addWidget(rule("v"))
        row.addWidget(self.pages, 1)
        lines.addLayout(row, 1)
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("F8", self.jump), ("Ctrl+S", self.save), ("Ctrl+Return", self.post), ("Ctrl+P", self.send_to_printer),
            ("Esc", self.leave), ("PgUp", lambda: self.pages.turn(-1)), ("PgDown", lambda: self.pages.turn(1)),
        )  # fmt: skip
        for key, act in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    # -- parts -------------------------------------------------------------------------------------------------

    def _title_row(self) -> TitleRow:
        self.title = TitleRow("")
        self.title.set_back(self.tr("公示公告"), self.leave)
        self.state = ChipLabel(Chip(""))
        self.number = Label("", "second")
        self.zoom = Select([(self.tr("整页"), 0.0), ("100%", 1.0), ("150%", 1.5)])
        self.save_pdf_button = Button(self.tr("存为 PDF"), icon="file")
        self.print_button = Button(self.tr("打印"), icon="print", key="Ctrl+P", bind=False)
        for widget in (self.state, self.number, self.zoom, self.save_pdf_button, self.print_button):
            self.title.add_widget(widget)
        self.zoom.picked.connect(lambda zoom: self.pages.set_zoom(float(zoom or 0.0)))
        self.save_pdf_button.clicked.connect(self.save_pdf)
        self.print_button.clicked.connect(self.send_to_printer)
        return self.title

    def _controls(self) -> QWidget:
        side = Panel("surface")
        side.setFixedWidth(round(642 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.words = NoticeWords()
        self.words.edited.connect(self._edited)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.words)
        self.words.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        self.controls_area = area
        lines.addWidget(area, 1)
        lines.addWidget(rule())
        self.check = PrivacyCheck()
        self.check.take_asked.connect(self.take_proposal)
        self.check.own_asked.connect(self.go_to)
        lines.addWidget(self.check)
        self.bar = ActionBar()
        self.leave_button = Button(self.tr("存草稿离开"), "quiet", key="Esc", bind=False)
        self.jump_button = Button(self.tr("跳到这一处"), key="F8", bind=False)
        self.post_button = Button(self.tr("开始公示"), "primary", key="Ctrl+Enter", bind=False)
        self.again_button = Button(self.tr("重新生成名单"), "quiet")
        self.again_button.setToolTip(self.tr("按事项现在的记录重做名单，正文不动"))
        self.again_button.clicked.connect(self.draw_again)
        self.bar.add_left(self.leave_button)
        self.bar.add_left(self.again_button)
        self.bar.add_right(self.jump_button)
        self.bar.add_right(self.post_button)
        self.leave_button.clicked.connect(self.leave)
        self.jump_button.clicked.connect(self.jump)
        self.post_button.clicked.connect(self.post)
        lines.addWidget(self.bar)
        return side

    # -- opening -----------------------------------------------------------------------------------------------

    def open_notice(self, notice: str) -> None:
        """Open a notice; what was typed in another one is kept first."""
        self.save()
        if self.record is not None and self.record.id != notice:
            self.record, self.doubts = None, []
            self.pages.clear()
            self._tell()
        self._fetch(notice)

    def _fetch(self, notice: str) -> None:
        """Its words as they are kept now; until they have come nothing is typed into those that stand there."""
        ws, self._asked = self.ws, notice
        self.controls_area.setEnabled(False)
        self.shell.gates.read(
            lambda _w: open_record(ws, "notice", notice), self._opened, owner=self, key=f"notice-{id(self)}",
            title=self.tr("打开公示稿"),
        )  # fmt: skip

    def _opened(self, record: OpenRecord) -> None:
        if record.id != self._asked:
            return
        self._kept.pop(record.id, None)
        self.controls_area.setEnabled(True)
        self.record = record
        values, draft = record.values, self.is_draft()
        self.words.load(values, draft)
        self.again_button.setVisible(draft and str(values.get("subject_table")) in DRAWN)
        states = {"draft": ("还没贴", "neutral", "circle"), "running": ("公示中", "accent", "half"),
                  "ended": ("已结束", "success", "ok"), "cancelled": ("已撤下", "neutral", "minus")}  # fmt: skip
        word, tone, icon = states[str(values.get("state") or "draft")]
        self.state.show_chip(Chip(word, tone, icon))  # type: ignore[arg-type]
        self.leave_button.setText(self.tr("存草稿离开") if draft else self.tr("回到列表"))
        self.pages.page = 0
        self.make()
        self.words.body.setFocus(Qt.FocusReason.OtherFocusReason)

    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.record is not None and (self.record.values.get("state") or "draft") == "draft"

    # -- words -------------------------------------------------------------------------------------------------

    def changes(self) -> dict[str, Any]:
        """What differs from what was opened."""
        if self.record is None:
            return {}
        before = self.record.values
        now = self.words.typed()
        kept = [[place_of(p)] for p in before.get("places") or []]
        return {c: v for c, v in now.items() if v != (kept if c == "places" else before.get(c) or None)}

    def _edited(self) -> None:
        if self.record is not None:
            self._wait.start()
            self._tell()

    def save(self) -> None:
        """Ctrl+S: keep what is typed as a draft."""
        changes, record = self.changes(), self.record
        if not changes or record is None or not self.is_draft() or is_writing(self.controls_area):
            return
        self.shell.gates.write(
            lambda _w: self._keep(record, changes),
            lambda _d: self._reopen(record.id),
            owner=self,
            title=self.tr("存公示稿"),
        )

    def _keep(self, record: OpenRecord, changes: Mapping[str, Any]) -> None:
        """On the writing thread: keep what is typed, over what an earlier write of ours has kept meanwhile."""
        if changes:
            save_record(self.ws, self._kept.get(record.id, record), changes, "修改公示稿")
            self._kept[record.id] = open_record(self.ws, "notice", record.id)

    def _reopen(self, notice: str) -> None:
        if self.record is not None and self.record.id == notice:
            self.record = self._kept.get(notice, self.record)

    def leave(self) -> None:
        """Back to the list; what is typed is kept."""
        self.save()
        self.left.emit()

    # -- page and check ----------------------------------------------------------------------------------------

    def make(self) -> None:
        """Lay the page out anew with what is typed, and check every word."""
        record, ws = self.record, self.ws
        if record is None:
            return
        typed = self.words.typed() if self.is_draft() else {}
        kind = str(typed.get("kind") or record.values.get("kind") or "")
        self.shell.gates.read(
            lambda _w: (*preview_notice(ws, record.id, typed), days_needed(ws, kind)),
            lambda found: self._made(record, *found),
            owner=self, key=f"sheet-{id(self)}", title=self.tr("排版"),
        )  # fmt: skip

    def _made(self, record: OpenRecord, pdf: bytes, doubts: list[Doubt], needed: int) -> None:
        if self.record is None or record.id != self.record.id:
            return
        self.doubts, self._needed = doubts, needed
        self.pages.show_pdf(pdf)
        self._tell()
        self.check.show_doubts(doubts, self.is_draft())

    def _tell(self) -> None:
        """Title, period, what is missing."""
        typed = self.words.typed()
        self.title.set_title(str(typed.get("title") or self.tr("公示")))
        self.words.show_period(typed, self._needed)
        bars = self.bars(typed)
        draft = self.is_draft()
        self.post_button.setVisible(draft)
        self.post_button.setEnabled(draft and not bars and not self.doubts)
        self.jump_button.setVisible(bool(self.doubts) and draft)
        self.bar.set_hint((self.tr("改好才能张贴") if self.doubts else bars[0] if bars else "") if draft else "")
        total = self.pages.count
        number = self.tr("第 {n} 页，共 {total} 页").format(n=self.pages.page + 1, total=total)
        self.number.setText(number if total else "")
        for button in (self.print_button, self.save_pdf_button):
            button.setEnabled(bool(total) and not self.doubts and self.ws.may("print"))
        self.print_button.setText(self.tr("打印 {n} 页").format(n=total) if total else self.tr("打印"))

    def bars(self, typed: Mapping[str, Any]) -> list[str]:
        """What still has to be written before it can be posted."""
        out = []
        if not typed.get("title"):
            out.append(self.tr("还没有写标题"))
        if not typed.get("body"):
            out.append(self.tr("还没有写正文"))
        if not typed.get("places"):
            out.append(self.tr("还没有写张贴处"))
        if not announces_only(str(typed.get("kind") or "")):
            if not typed.get("end_date"):
                out.append(self.tr("还没有写公示期"))
            elif days_between(str(typed["start_date"]), str(typed["end_date"])) < self._needed:
                out.append(self.tr("公示期不够天数"))
            if not typed.get("contact_phone") and not typed.get("contact_address"):
                out.append(self.tr("还没有写向谁提异议"))
        return out

    def take_proposal(self, doubt: Doubt) -> None:
        """The doubtful word is left out; what else was typed is kept with it."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None:
            return

        def write(_work: object) -> None:
            self._keep(record, changes)
            without_doubt(ws, record.id, doubt)

        self._write(write, record.id, lambda _d: None, self.tr("采用建议"))

    def _write(
        self, write: Callable[[object], Any], notice: str, done: Callable[[Any], object], title: str
    ) -> None:  # fmt: skip
        """One write after which the notice is opened anew; meanwhile nothing is typed, for it would go with the words
        that stand there, and nothing is asked a second time."""

        def written(result: Any) -> None:
            done(result)
            if self._asked == notice:
                self.record = None
                self._fetch(notice)

        write_once(self.controls_area, self.shell.gates, write, written, title=title)

    def draw_again(self) -> None:
        """The tables anew from the case; the words stay."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None or not self.is_draft():
            return

        def write(_work: object) -> None:
            self._keep(record, changes)
            refresh_notice(ws, record.id)

        self._write(write, record.id, lambda _d: None, self.again_button.text())

    def jump(self) -> None:
        """F8: to the first doubtful word."""
        if self.doubts:
            self.go_to(self.doubts[0])

    def go_to(self, doubt: Doubt) -> None:
        """The field with the doubtful word, the word selected."""
        self.controls_area.ensureWidgetVisible(self.words.stand_at(doubt))

    # -- out ---------------------------------------------------------------------------------------------------

    def post(self) -> None:
        """Ctrl+Enter: keep what is typed and post it; the first day may lie ahead."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None or not self.post_button.isEnabled():
            return
        start = str(self.words.typed()["start_date"] or today())

        def write(_work: object) -> object:
            self._keep(record, changes)
            return post_notice(ws, record.id, min(start, today()))

        self._write(write, record.id, self._posted, self.tr("开始公示"))

    def _posted(self, done: Any) -> None:
        ws, gates, title, unit = self.ws, self.shell.gates, self.tr("撤回张贴"), done.unit_id
        self.shell.toast(
            self.tr("已开始公示，打印后贴出去"), lambda: gates.write(lambda _w: take_back_unit(ws, unit), title=title)
        )

    def save_pdf(self) -> None:
        """Ask where, write there; the print is logged."""
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("存为 PDF"), f"{self.words.typed().get('title') or self.tr('公示')}.pdf", "PDF (*.pdf)"
        )
        if name:
            self.save_to(Path(name if name.lower().endswith(".pdf") else f"{name}.pdf"))

    def save_to(self, target: Path) -> None:
        """Write the notice to a file, with what is typed kept first."""
        record, changes, ws = self.record, self.changes() if self.is_draft() else {}, self.ws
        if record is None:
            return

        def write(_work: object) -> int:
            self._keep(record, changes)
            return print_notice_file(ws, record.id, target)

        def saved(pages: int) -> None:
            self._reopen(record.id)
            self.shell.toast(self.tr("已存 {name}，{n} 页").format(name=target.name, n=pages))

        self.shell.gates.write(write, saved, owner=self, title=self.tr("存为 PDF"))

    def send_to_printer(self) -> None:
        """Ctrl+P: the system's print dialog, then the pages as they are shown."""
        if not self.pages.count or not self.print_button.isEnabled():
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setResolution(PRINT_DPI)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        printer.setPageMargins(QMarginsF(0, 0, 0, 0))
        printer.setFullPage(True)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Draw the pages on a printer and remember that they left."""
        if not self.pages.print_on(printer):
            self.shell.toast(self.tr("打印机没有响应，没有打印"))
            return
        ws, title = self.ws, self.title.title()
        self.shell.gates.write(lambda _w: log_printed_notice(ws, title), title=self.tr("记打印"))
        self.shell.toast(self.tr("已送打印机，{n} 页").format(n=self.pages.count))
