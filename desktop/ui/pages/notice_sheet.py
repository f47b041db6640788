"""公示稿: what a notice says at the left, the page that will hang on the board at the right, doubtful words framed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMarginsF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeySequence, QPageSize, QPainter, QResizeEvent, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from desktop.app.editing import OpenRecord, open_record, save_record
from desktop.app.notice_printing import log_printed_notice, preview_notice, print_notice_file
from desktop.app.notices import DRAWN, days_needed, post_notice, refresh_notice, without_doubt
from desktop.app.records import today
from desktop.app.workspace import Workspace
from desktop.registry.notice_privacy import Doubt
from desktop.registry.notice_procedure import announces_only, days_between, last_day, opens_on
from desktop.reports.preview import PagePicture, Preview
from desktop.ui.pages.page import Shell
from desktop.ui.pages.print_preview import PRINT_DPI, PageView
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.day_strip import DayStrip
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Icon, Label, Panel, StatusWord, rule
from desktop.ui.widgets.page_rows import ActionBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.value_fields import PartialDateField
from desktop.ui.workers import Priority

SHOWN = 3
"""Doubtful words listed at once; the others follow when these are mended."""
LINES = ("title", "basis", "issuer", "contact", "contact_address", "contact_phone", "supervise_phone")


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
        self.doubts: list[Doubt] = []
        self._preview: Preview | None = None
        self._page = 0
        self._fits = False
        self._loading = False
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
        self.view = PageView()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.view)
        row.addWidget(self.area, 1)
        lines.addLayout(row, 1)
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("F8", self.jump), ("Ctrl+S", self.save), ("Ctrl+Return", self.post), ("Ctrl+P", self.send_to_printer),
            ("Esc", self.leave), ("PgUp", lambda: self.turn(-1)), ("PgDown", lambda: self.turn(1)),
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
        self.zoom.picked.connect(lambda _z: self._render())
        self.save_pdf_button.clicked.connect(self.save_pdf)
        self.print_button.clicked.connect(self.send_to_printer)
        return self.title

    def _controls(self) -> QWidget:
        side = Panel("surface")
        side.setFixedWidth(round(642 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(16, 10, 16, 12)
        rows.setSpacing(10)
        rows.addLayout(self._words())
        rows.addWidget(rule("grid"))
        rows.addLayout(self._period())
        self.strip = DayStrip()
        rows.addWidget(self.strip)
        self.after = Label("", "caption")
        rows.addWidget(self.after)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        inner.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        self.controls_area = area
        lines.addWidget(area, 1)
        lines.addWidget(rule())
        check = QVBoxLayout()
        check.setContentsMargins(16, 8, 16, 8)
        check.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(Label(self.tr("隐私检查"), "strong"))
        head.addStretch(1)
        self.verdict = StatusWord()
        head.addWidget(self.verdict)
        check.addLayout(head)
        self.findings = QVBoxLayout()
        self.findings.setSpacing(6)
        check.addLayout(self.findings)
        lines.addLayout(check)
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

    def _words(self) -> QGridLayout:
        self.fields: dict[str, TextField] = {name: TextField() for name in LINES}
        self.places = TextField(placeholder=self.tr("村公示栏、祠堂旁，几处用顿号分开"))
        self.kind = CodeSelect("notice_type")
        self.body = QPlainTextEdit()
        self.body.setTabChangesFocus(True)
        self.body.setToolTip(self.tr("单独一行写【表】，名单就排在那里；以“一、”开头的一行是小标题"))
        self.body.setFixedHeight(round(104 * max(theme().scale, 1.0)))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        wide: tuple[tuple[str, QWidget], ...] = (
            (self.tr("标题"), self.fields["title"]), (self.tr("依据"), self.fields["basis"]),
            (self.tr("正文"), self.body), (self.tr("张贴处"), self.places),
        )  # fmt: skip
        for row, (word, widget) in enumerate(wide):
            grid.addWidget(_caption(word), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, row, 1, 1, 3)
            widget.setAccessibleName(word)
        self.kind.setSizePolicy(self.fields["title"].sizePolicy())
        grid.addWidget(_caption(self.tr("种类")), len(wide), 0)
        grid.addWidget(self.kind, len(wide), 1)
        grid.addWidget(_caption(self.tr("落款")), len(wide), 2)
        grid.addWidget(self.fields["issuer"], len(wide), 3)
        for widget, word in ((self.kind, self.tr("种类")), (self.fields["issuer"], self.tr("落款"))):
            widget.setAccessibleName(word)
        pairs = (
            (("contact_address", self.tr("异议地址")), ("contact", self.tr("联系人"))),
            (("contact_phone", self.tr("办公电话")), ("supervise_phone", self.tr("监督电话"))),
        )
        for row, pair in enumerate(pairs, len(wide) + 1):
            for column, (name, word) in enumerate(pair):
                grid.addWidget(_caption(word), row, column * 2)
                grid.addWidget(self.fields[name], row, column * 2 + 1)
                self.fields[name].setAccessibleName(word)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for field in (*self.fields.values(), self.places):
            field.textEdited.connect(lambda _t: self._edited())
        self.body.textChanged.connect(self._edited)
        self.kind.picked.connect(lambda _k: self._edited())
        return grid

    def _period(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.start = PartialDateField(whole_days=True)
        self.start.setFixedWidth(round(150 * max(theme().scale, 1.0)))
        self.days = TextField()
        self.days.setFixedWidth(56)
        self.days.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.days.setAccessibleName(self.tr("公示天数"))
        self.enough = StatusWord()
        self.period_word = Label(self.tr("公示期"), "strong")
        for widget in (self.period_word, Label(self.tr("从"), "second"), self.start, Label(self.tr("起贴"), "second"),
                       self.days, Label(self.tr("天"), "second")):  # fmt: skip
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.enough)
        self.start.value_changed.connect(self._edited)
        self.days.textEdited.connect(lambda _t: self._edited())
        return row

    # -- opening -----------------------------------------------------------------------------------------------

    def open_notice(self, notice: str) -> None:
        """Open a notice; what was typed in another one is kept first."""
        self.save()
        ws = self.ws
        self.shell.gates.read(
            lambda _w: open_record(ws, "notice", notice), self._opened, owner=self, title=self.tr("打开公示稿")
        )

    def _opened(self, record: OpenRecord) -> None:
        self.record, self._loading = record, True
        values = record.values
        for name, field in self.fields.items():
            field.setText(str(values.get(name) or ""))
            field.setCursorPosition(0)
        self.kind.set_value(values.get("kind") or "")
        self.places.setText("、".join(_place(p) for p in values.get("places") or []))
        self.body.setPlainText(str(values.get("body") or ""))
        self.start.set_value(values.get("start_date"), "day")
        start, end = values.get("start_date"), values.get("end_date")
        self.days.setText(str(days_between(str(start), str(end))) if start and end else "")
        self._loading = False
        draft = self.is_draft()
        self.again_button.setVisible(draft and str(values.get("subject_table")) in DRAWN)
        for field in (*self.fields.values(), self.places, self.days):
            field.setReadOnly(not draft)
        self.body.setReadOnly(not draft)
        self.start.setReadOnly(not draft)
        self.kind.setEnabled(draft)
        states = {"draft": ("还没贴", "neutral", "circle"), "running": ("公示中", "accent", "half"),
                  "ended": ("已结束", "success", "ok"), "cancelled": ("已撤下", "neutral", "minus")}  # fmt: skip
        word, tone, icon = states[str(values.get("state") or "draft")]
        self.state.show_chip(Chip(word, tone, icon))  # type: ignore[arg-type]
        self.leave_button.setText(self.tr("存草稿离开") if draft else self.tr("回到列表"))
        self._page = 0
        self.make()
        self.body.setFocus(Qt.FocusReason.OtherFocusReason)

    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.record is not None and (self.record.values.get("state") or "draft") == "draft"

    # -- words -------------------------------------------------------------------------------------------------

    def typed(self) -> dict[str, Any]:
        """Every field as it stands."""
        found: dict[str, Any] = {name: field.text().strip() or None for name, field in self.fields.items()}
        date, days = self.start.value(), self.days.text().strip()
        start = date.iso() if date is not None and date.precision == "day" else None
        count = int(days) if days.isascii() and days.isdigit() and 0 < int(days) < 1000 else 0
        only = announces_only(str(self.kind.value()))
        return {
            **found, "kind": self.kind.value() or None, "body": self.body.toPlainText().strip() or None,
            "places": [[p.strip()] for p in self.places.text().replace("，", "、").split("、") if p.strip()],
            "start_date": start, "end_date": last_day(start, count) if start and count and not only else None,
        }  # fmt: skip

    def changes(self) -> dict[str, Any]:
        """What differs from what was opened."""
        if self.record is None:
            return {}
        before = self.record.values
        now = self.typed()
        kept = [[_place(p)] for p in before.get("places") or []]
        return {c: v for c, v in now.items() if v != (kept if c == "places" else before.get(c) or None)}

    def _edited(self) -> None:
        if not self._loading and self.record is not None:
            self._wait.start()
            self._tell()

    def save(self) -> None:
        """Ctrl+S: keep what is typed as a draft."""
        changes, record, ws = self.changes(), self.record, self.ws
        if not changes or record is None or not self.is_draft():
            return
        self.shell.gates.write(
            lambda _w: save_record(ws, record, changes, "修改公示稿"),
            lambda _d: self._reopen(record.id),
            owner=self,
            title=self.tr("存公示稿"),
        )

    def _reopen(self, notice: str) -> None:
        if self.record is not None and self.record.id == notice:
            self.record = open_record(self.ws, "notice", notice)

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
        typed = self.typed() if self.is_draft() else {}
        kind = str(typed.get("kind") or record.values.get("kind") or "")
        self.shell.gates.read(
            lambda _w: (*preview_notice(ws, record.id, typed), days_needed(ws, kind)),
            lambda found: self._made(record, *found),
            owner=self, key=f"sheet-{id(self)}", title=self.tr("排版"),
        )  # fmt: skip

    def _made(self, record: OpenRecord, pdf: bytes, doubts: list[Doubt], needed: int) -> None:
        if self.record is None or record.id != self.record.id:
            return
        self._close_preview()
        self._preview = Preview(pdf)
        self._page = min(self._page, self._preview.page_count - 1)
        self.doubts, self._needed = doubts, needed
        self._tell()
        self._show_doubts()
        self._render()

    def _tell(self) -> None:
        """Title, period, what is missing."""
        typed = self.typed()
        self.title.set_title(str(typed.get("title") or self.tr("公示")))
        start, end = typed.get("start_date"), typed.get("end_date")
        only = announces_only(str(typed.get("kind") or ""))
        self.strip.show_period(start, end)
        needed = getattr(self, "_needed", 0)
        self.days.setEnabled(not only)
        if only:
            self.enough.show_status(self.tr("公告只报结果，不收异议"), "info", "accent")
            self.after.setText("")
        elif not start or not end:
            self.enough.show_status(self.tr("起贴日期和天数要写"), "flag", "warning")
            self.after.setText("")
        else:
            days = days_between(start, end)
            short = days < needed
            words = self.tr("少于 {n} 天") if short else self.tr("不少于县定 {n} 天")
            tone = ("error", "danger") if short else ("ok", "success")
            self.enough.show_status(words.format(n=needed), *tone)  # type: ignore[arg-type]
            after = self.tr("首尾两天都算，周末也算。{day} 起才能办下一步；末日那天要拍期满照。")
            self.after.setText(after.format(day=opens_on(end)[5:]))
        bars = self.bars(typed)
        draft = self.is_draft()
        self.post_button.setVisible(draft)
        self.post_button.setEnabled(draft and not bars and not self.doubts)
        self.jump_button.setVisible(bool(self.doubts) and draft)
        self.bar.set_hint((self.tr("改好才能张贴") if self.doubts else bars[0] if bars else "") if draft else "")
        total = self._preview.page_count if self._preview is not None else 0
        self.number.setText(self.tr("第 {n} 页，共 {total} 页").format(n=self._page + 1, total=total) if total else "")
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
            elif days_between(str(typed["start_date"]), str(typed["end_date"])) < getattr(self, "_needed", 0):
                out.append(self.tr("公示期不够天数"))
            if not typed.get("contact_phone") and not typed.get("contact_address"):
                out.append(self.tr("还没有写向谁提异议"))
        return out

    def _show_doubts(self) -> None:
        while self.findings.count():
            widget = self.findings.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if self.doubts:
            self.verdict.show_status(self.tr("{n} 处要改").format(n=len(self.doubts)), "error", "danger")
            for doubt in self.doubts[:SHOWN]:
                self.findings.addWidget(self._doubt_row(doubt))
            if len(self.doubts) > SHOWN:
                self.findings.addWidget(Label(self.tr("另有 {n} 处").format(n=len(self.doubts) - SHOWN), "second"))
            return
        self.verdict.show_status(self.tr("逐字查过，没有要改的"), "ok", "success")
        for words in (
            self.tr("没有证件号码和银行账号，电话只有办公电话"), self.tr("没有写健康状况，名单里没有不该有的列"),
        ):  # fmt: skip
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            row.addWidget(Icon("ok", "success"))
            row.addWidget(ElidedLabel(words), 1)
            self.findings.addWidget(line)

    def _doubt_row(self, doubt: Doubt) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Icon("error", "danger"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(self.tr("{where}“{word}”").format(where=doubt.where, word=doubt.word)))
        words.addWidget(ElidedLabel(self.tr("{rule}。建议去掉这几个字").format(rule=doubt.rule), "caption"))
        row.addLayout(words, 1)
        take = Button(self.tr("采用建议"), small=True)
        own = Button(self.tr("自己改"), small=True)
        take.clicked.connect(lambda: self.take_proposal(doubt))
        own.clicked.connect(lambda: self.go_to(doubt))
        if self.is_draft():
            row.addWidget(take)
            if doubt.field != "table":
                row.addWidget(own)
        return line

    def take_proposal(self, doubt: Doubt) -> None:
        """The doubtful word is left out; what else was typed is kept with it."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None:
            return

        def write(_work: object) -> None:
            if changes:
                save_record(ws, record, changes, "修改公示稿")
            without_doubt(ws, record.id, doubt)

        self.shell.gates.write(write, lambda _d: self._again(record.id), owner=self, title=self.tr("采用建议"))

    def _again(self, notice: str) -> None:
        self.record = None
        self.open_notice(notice)

    def draw_again(self) -> None:
        """The tables anew from the case; the words stay."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None or not self.is_draft():
            return

        def write(_work: object) -> None:
            if changes:
                save_record(ws, record, changes, "修改公示稿")
            refresh_notice(ws, record.id)

        self.shell.gates.write(
            write, lambda _d: self._again(record.id), owner=self, title=self.again_button.text()
        )

    def jump(self) -> None:
        """F8: to the first doubtful word."""
        if self.doubts:
            self.go_to(self.doubts[0])

    def go_to(self, doubt: Doubt) -> None:
        """The field with the doubtful word, the word selected."""
        if doubt.field == "body":
            block = self.body.document().findBlockByNumber(doubt.line)
            cursor = self.body.textCursor()
            cursor.setPosition(block.position() + doubt.start)
            cursor.setPosition(block.position() + doubt.end, cursor.MoveMode.KeepAnchor)
            self.body.setTextCursor(cursor)
            self.body.setFocus(Qt.FocusReason.OtherFocusReason)
            self.controls_area.ensureWidgetVisible(self.body)
        else:
            field = self.fields.get(doubt.field, self.places)
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            if doubt.field in self.fields:
                field.setSelection(doubt.start, doubt.end - doubt.start)
            self.controls_area.ensureWidgetVisible(field)

    # -- pages -------------------------------------------------------------------------------------------------

    def turn(self, by: int) -> None:
        """To another page."""
        if self._preview is not None and 0 <= self._page + by < self._preview.page_count:
            self._page += by
            self._tell()
            self._render()

    def _render(self) -> None:
        preview, page = self._preview, self._page
        if preview is None or not self.isVisible():
            return
        ratio = self.devicePixelRatioF()
        zoom = float(self.zoom.value() or 0.0)
        width, height = preview.page_size(page)
        room = self.area.viewport().size()
        fit = max(0.1, min((room.width() - 40) / width, (room.height() - 40) / height))
        scale = (zoom * 96 / 72 if zoom else fit) * ratio
        self.shell.gates.read(
            lambda _w: preview.render(page, scale) if preview is self._preview else None,
            lambda picture: self.view.show_picture(picture, ratio) if preview is self._preview else None,
            owner=self, key=f"sheet-page-{id(self)}", priority=Priority.NOW, fail=lambda _error: None,
        )  # fmt: skip

    def _close_preview(self) -> None:
        if self._preview is not None:
            self._preview.close()
            self._preview = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._render()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._render()

    # -- out ---------------------------------------------------------------------------------------------------

    def post(self) -> None:
        """Ctrl+Enter: keep what is typed and post it; the first day may lie ahead."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None or not self.post_button.isEnabled():
            return
        start = str(self.typed()["start_date"] or today())

        def write(_work: object) -> object:
            if changes:
                save_record(ws, record, changes, "修改公示稿")
            return post_notice(ws, record.id, min(start, today()))

        self.shell.gates.write(write, self._posted, owner=self, title=self.tr("开始公示"))

    def _posted(self, done: Any) -> None:
        ws, gates, title, unit = self.ws, self.shell.gates, self.tr("撤回张贴"), done.unit_id
        self.shell.toast(
            self.tr("已开始公示，打印后贴出去"), lambda: gates.write(lambda _w: ws.register.undo(unit), title=title)
        )
        if self.record is not None:
            self._again(self.record.id)

    def save_pdf(self) -> None:
        """Ask where, write there; the print is logged."""
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("存为 PDF"), f"{self.typed().get('title') or self.tr('公示')}.pdf", "PDF (*.pdf)"
        )
        if name:
            self.save_to(Path(name if name.lower().endswith(".pdf") else f"{name}.pdf"))

    def save_to(self, target: Path) -> None:
        """Write the notice to a file, with what is typed kept first."""
        record, changes, ws = self.record, self.changes(), self.ws
        if record is None:
            return

        def write(_work: object) -> int:
            if changes and self.is_draft():
                save_record(ws, record, changes, "修改公示稿")
            return print_notice_file(ws, record.id, target)

        self.shell.gates.write(
            write, lambda n: self.shell.toast(self.tr("已存 {name}，{n} 页").format(name=target.name, n=n)),
            owner=self, title=self.tr("存为 PDF"),
        )  # fmt: skip

    def send_to_printer(self) -> None:
        """Ctrl+P: the system's print dialog, then the pages as they are shown."""
        preview = self._preview
        if preview is None or not self.print_button.isEnabled():
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setResolution(PRINT_DPI)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        printer.setPageMargins(QMarginsF(0, 0, 0, 0))
        printer.setFullPage(True)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer, preview)

    def print_on(self, printer: QPrinter, preview: Preview) -> None:
        """Draw the pages on a printer; a notice has few."""
        painter = QPainter()
        if not painter.begin(printer):
            self.shell.toast(self.tr("打印机没有响应，没有打印"))
            return
        for page in range(preview.page_count):
            if page:
                printer.newPage()
            picture: PagePicture = preview.render(page, PRINT_DPI / 72)
            image = QImage(picture.rgba, picture.width, picture.height, QImage.Format.Format_RGBA8888)
            painter.drawImage(QRectF(painter.viewport()), image)
        painter.end()
        ws, title = self.ws, self.title.title()
        self.shell.gates.write(lambda _w: log_printed_notice(ws, title), title=self.tr("记打印"))
        self.shell.toast(self.tr("已送打印机，{n} 页").format(n=preview.page_count))


def _caption(word: str) -> Label:
    caption = Label(word, "second")
    caption.setFixedWidth(round(66 * max(theme().scale, 1.0)))
    caption.setFixedHeight(theme().px("control"))
    caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return caption


def _place(row: Any) -> str:
    return str((row.get("place") if isinstance(row, Mapping) else row[0]) or "")
