"""解锁: what is safe, who opens, the passphrase; wrong ones are counted and waited for, nothing is ever wiped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.demo import register as demo
from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import WrongPassphrase, XiangceError
from desktop.common.version import product_version
from desktop.store import backup, key_folder, register_folder
from desktop.store.keys import KeyFile
from desktop.ui.icons import paint_icon, paint_mark
from desktop.ui.pages.home import when_words
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import PassphraseField, TextField
from desktop.ui.widgets.labels import Icon, Label, Link, Note, Panel, StatusWord, rule
from desktop.ui.widgets.painting import paint_box
from desktop.ui.workers import Gates


class Mark(QWidget):
    """The seal 册 at a size."""

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_mark(QPainter(self), QRectF(self.rect()))


class UserCard(QAbstractButton):
    """One person who may open the register."""

    def __init__(self, name: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.role = name, role
        self.setCheckable(True)
        self.setText(name)
        self.setAccessibleName(f"{name}，{role}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        body, caption = QFontMetrics(theme().font()).height(), QFontMetrics(theme().font("caption")).height()
        return QSize(320, body + caption + 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        on = self.isChecked()
        line = c("accent") if on or self.hasFocus() else c("border")
        fill = c("accent_soft") if on else c("hover") if self.underMouse() else c("surface")
        width = 2 if on or self.hasFocus() else 1
        paint_box(painter, QRectF(self.rect()), fill, line, width, theme().radius("control"))
        middle = self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c("accent") if on else c("neutral_soft"))
        disc = QRectF(12, middle - 15, 30, 30)
        painter.drawEllipse(disc)
        painter.setFont(theme().font(bold=True))
        painter.setPen(c("on_accent") if on else c("text_2"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, self.name[:1])
        painter.setFont(theme().font(bold=on))
        painter.setPen(c("text"))
        body = QFontMetrics(theme().font()).height()
        top = 6.0
        painter.drawText(QRectF(54, top, self.width() - 90, body), Qt.AlignmentFlag.AlignVCenter, self.name)
        painter.setFont(theme().font("caption"))
        painter.setPen(c("text_2") if on else c("text_3"))
        painter.drawText(QRectF(54, top + body, self.width() - 90, body), Qt.AlignmentFlag.AlignVCenter, self.role)
        if on:
            paint_icon(painter, QRectF(self.width() - 29, middle - 8, 16, 16), "check", c("accent"))


class UnlockPage(QWidget):
    """`UnlockPage(gates, place, parent=None)`: `opened(Workspace)` when a register was opened.

    `other_asked` and `quit_asked` follow the links. ↑↓ choose the person, Enter opens; 用恢复卡 takes the nine groups.
    """

    opened = Signal(object)
    other_asked = Signal()
    quit_asked = Signal()

    def __init__(self, gates: Gates, place: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gates, self._place = gates, place
        self.field = PassphraseField()
        self._tries = 0
        self._recovering = False
        self._opening = False
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._file = read_key_file(place)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left())
        row.addWidget(rule("v"))
        row.addStretch(1)
        row.addWidget(self._right())
        row.addStretch(1)
        self._wait = QTimer(self)
        self._wait.setInterval(1000)
        self._wait.timeout.connect(self._tick)
        self._seconds = 0
        if self._users:
            self._users[0].setChecked(True)

    # -- parts -------------------------------------------------------------------------------------------------

    def _left(self) -> Panel:
        panel = Panel("nav")
        panel.setFixedWidth(round(420 * min(max(theme().scale, 1.0), 1.1)))
        lines = QVBoxLayout(panel)
        lines.setContentsMargins(48, 48, 48, 22)
        lines.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(Mark(52))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(self.tr("乡册"), "figure"))
        unit = self._file.unit_name if self._file is not None else self._place
        words.addWidget(Label(unit, "second", wrap=True))
        head.addLayout(words, 1)
        lines.addLayout(head)
        lines.addSpacing(24)
        lines.addWidget(Label(self.tr("锁住时，这些都在"), "strong"))
        for icon, role, what, detail in self._safe_facts():
            lines.addLayout(_fact(icon, role, what, detail))
        lines.addStretch(1)
        lines.addWidget(Label(self.tr("版本 {v} · 离线").format(v=product_version()), "caption"))
        return panel

    def _safe_facts(self) -> list[tuple[str, str, str, str]]:
        facts = [("lock", "text_3", self.tr("数据已加密，画面已遮住"), self.tr("电脑丢了，没有口令也打不开"))]
        try:
            kept = backup.kept(register_folder.find(Path(self._place)))
        except (XiangceError, OSError):
            kept = []
        if kept:
            newest = max(k.made_at for k in kept).astimezone()
            words = self.tr("上次备份 {when}").format(when=when_words(self, newest))
            facts.insert(0, ("ok", "success", words, self.tr("本机留着 {n} 份").format(n=len(kept))))
        else:
            facts.insert(0, ("alert", "warning", self.tr("还没有备份"), self.tr("解锁后在“设置 › 备份”里做")))
        return facts

    def _right(self) -> QWidget:
        box = QWidget()
        box.setFixedWidth(round(440 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(box)
        lines.setContentsMargins(0, 40, 0, 24)
        lines.setSpacing(6)
        lines.addWidget(Label(self.tr("解锁"), "hero"))
        lines.addWidget(Label(self.tr("选名字，输口令，回车"), "second"))
        lines.addSpacing(10)
        self._group = QButtonGroup(self)
        self._users: list[UserCard] = []
        people = self._file.active_users if self._file is not None else ()
        for person in people[:6]:
            card = UserCard(person.name, ROLE_WORDS[person.role])
            self._group.addButton(card)
            self._users.append(card)
            card.clicked.connect(lambda: self.field.setFocus(Qt.FocusReason.OtherFocusReason))
            lines.addWidget(card)
        lines.addSpacing(10)
        self.caption = Label(self.tr("口令"), "second")
        lines.addWidget(self.caption)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.field.setAccessibleName(self.tr("口令"))
        self.codes = TextField(placeholder=self.tr("恢复卡上的 9 组，空格或短横都行"))
        self.codes.hide()
        self.button = Button(self.tr("解锁"), "primary", key="Enter")
        for widget in (self.field, self.codes):
            row.addWidget(widget, 1)
        row.addWidget(self.button)
        lines.addLayout(row)
        self.caps = StatusWord(self.tr("大写锁定开着"), "alert", "warning")
        self.caps.hide()
        lines.addWidget(self.caps)
        if is_demo(self._file):
            self.hint = Label(self.tr("演示册，口令：{p}").format(p=demo.PASSPHRASE), "second")
            self.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lines.addWidget(self.hint)
        self.note = Note("danger", "")
        self.note.hide()
        lines.addWidget(self.note)
        lines.addSpacing(10)
        lines.addWidget(rule())
        lines.addSpacing(6)
        links = QHBoxLayout()
        links.setSpacing(12)
        self.recover = Button(self.tr("用恢复卡"), icon="key")
        self.recover.clicked.connect(self.toggle_recovery)
        self.other = Link(self.tr("打开别的登记册"))
        self.other.clicked.connect(self.other_asked)
        self.leave = Link(self.tr("退出乡册"))
        self.leave.clicked.connect(self.quit_asked)
        links.addWidget(self.recover)
        links.addWidget(self.other)
        links.addStretch(1)
        links.addWidget(self.leave)
        lines.addLayout(links)
        last = self.tr("口令忘了，用恢复卡上的 9 组字开锁，再到设置里换口令。没有后台可以重置。")
        lines.addWidget(Label(last, "caption", wrap=True))
        lines.addStretch(1)
        self.field.returnPressed.connect(self.unlock)
        self.codes.returnPressed.connect(self.unlock)
        self.field.caps_lock.connect(self.caps.setVisible)
        self.button.clicked.connect(self.unlock)
        return box

    # -- acting ------------------------------------------------------------------------------------------------

    def user(self) -> str:
        """Name of the person chosen, "" when the register names none."""
        checked = self._group.checkedButton()
        return checked.name if isinstance(checked, UserCard) else ""

    def toggle_recovery(self) -> None:
        """Between passphrase and recovery card."""
        self._recovering = not self._recovering
        self.field.setVisible(not self._recovering)
        self.codes.setVisible(self._recovering)
        self.caption.setText(self.tr("恢复卡") if self._recovering else self.tr("口令"))
        self.recover.setText(self.tr("用口令") if self._recovering else self.tr("用恢复卡"))
        self.note.hide()
        (self.codes if self._recovering else self.field).setFocus(Qt.FocusReason.OtherFocusReason)

    def unlock(self) -> None:
        """Enter: the key is derived on a worker (it takes about a second by design)."""
        typed = self.codes.text() if self._recovering else self.field.text()
        if self._opening or self._seconds or not typed:
            return
        self._opening = True
        self.button.setEnabled(False)
        self.button.setText(self.tr("正在解锁"))
        place, user = self._place, self.user() or None
        recovering = self._recovering

        def function(_work: object) -> Workspace:
            if recovering:
                return open_workspace(place, recovery=typed, user=user)
            return open_workspace(place, passphrase=typed, user=user)

        self._gates.write(function, self.opened.emit, owner=self, title=self.tr("解锁"), fail=self._refused)

    def _refused(self, error: BaseException) -> None:
        self._opening = False
        self.button.setEnabled(True)
        self.button.setText(self.tr("解锁"))
        message = error.message if isinstance(error, XiangceError) else self.tr("程序出了问题，数据没有受影响。")
        hint = error.hint if isinstance(error, XiangceError) else ""
        if isinstance(error, WrongPassphrase):
            seconds = int(getattr(error, "seconds", 0))
            self._tries += 0 if seconds else 1
            if seconds:
                self._seconds = seconds
                self.button.setEnabled(False)
                self._wait.start()
            elif not self._recovering:
                message = self.tr("口令不对，已试 {n} 次").format(n=self._tries)
                hint = self.tr("核对大小写和输入法。再错要等，之后每次加倍；不会清除数据。")
        self.note.show_words(message, hint, kind="danger")
        self.note.show()
        field = self.codes if self._recovering else self.field
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def _tick(self) -> None:
        self._seconds -= 1
        if self._seconds > 0:
            self.button.setText(self.tr("等 {n} 秒").format(n=self._seconds))
            return
        self._wait.stop()
        self._seconds = 0
        self.button.setText(self.tr("解锁"))
        self.button.setEnabled(True)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self._users:
            names: Sequence[str] = [card.name for card in self._users]
            here = names.index(self.user()) if self.user() in names else 0
            self._users[min(max(here + step, 0), len(names) - 1)].setChecked(True)
        else:
            super().keyPressEvent(event)


def read_key_file(place: str) -> KeyFile | None:
    """Names that may be known before unlocking: the unit and its users; None for a server or a damaged folder."""
    if place.startswith("postgresql"):
        return None
    try:
        return key_folder.load(register_folder.find(Path(place)))
    except (XiangceError, OSError):
        return None


def is_demo(file: KeyFile | None) -> bool:
    """Whether this is the invented register, whose passphrase may be shown."""
    return file is not None and file.unit_name == demo.UNIT and file.division_code == demo.TOWN_CODE


def _fact(icon: str, role: str, what: str, detail: str) -> QVBoxLayout:
    lines = QVBoxLayout()
    lines.setSpacing(8)
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addWidget(Icon(icon, role), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(1)
    words.addWidget(Label(what, wrap=True))
    words.addWidget(Label(detail, "caption", wrap=True))
    row.addLayout(words, 1)
    lines.addLayout(row)
    lines.addWidget(rule("grid"))
    return lines
