"""Error and confirm dialogs: what did not happen, what is safe, the ways on; verbs on buttons, the safe one focused."""

from __future__ import annotations

import logging
import traceback
import zlib
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.common.errors import XiangceError
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, Kind
from desktop.ui.widgets.labels import Icon, Label

log = logging.getLogger(__name__)


class MessageDialog(QDialog):
    """`MessageDialog(title, body, buttons, icon="", tone="", code="", detail="", parent=None)`.

    `buttons`: (key, verb, kind) in order; the first is the safe one, focused and chosen by Esc. After `exec()`,
    `chosen` is the key pressed.
    """

    def __init__(
        self,
        title: str,
        body: str,
        buttons: Sequence[tuple[str, str, Kind]],
        *,
        icon: str = "",
        tone: str = "danger",
        code: str = "",
        detail: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w"))
        self.chosen = buttons[0][0]
        self._code = code
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        if icon:
            head.addWidget(Icon(icon, tone))
        head.addWidget(Label(title, "strong"), 1)
        lines.addLayout(head)
        self.body = Label(body, wrap=True)
        self.body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        lines.addWidget(self.body)
        row = QHBoxLayout()
        row.setSpacing(8)
        about = self.tr("编号 {code}，可复制给技术人员，不含个人信息").format(code=code) if code else ""
        row.addWidget(Label(about, "caption"), 1)
        self._detail = QPlainTextEdit(detail)
        self._detail.setReadOnly(True)
        self._detail.setMinimumHeight(160)
        self._detail.hide()
        if detail:
            fold = Button(self.tr("详情"), "quiet", small=True)
            fold.clicked.connect(self._unfold)
            row.addWidget(fold)
        if code:
            copy = Button(self.tr("复制编号"), small=True)
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._code))
            row.addWidget(copy)
        self.buttons: dict[str, Button] = {}
        for key, verb, kind in buttons:
            button = Button(verb, kind, small=True)
            button.clicked.connect(lambda _=False, key=key: self._choose(key))
            self.buttons[key] = button
            row.addWidget(button)
        lines.addSpacing(4)
        lines.addWidget(self._detail)
        lines.addLayout(row)
        self.buttons[buttons[0][0]].setFocus()
        # a layout asks a wrapping label for its height at the narrowest width: long bodies left gaps above and below
        natural = self.body.fontMetrics().boundingRect(QRect(0, 0, 4096, 4096), 0, body).width() + 40
        width = max(self.minimumWidth(), min(natural, 2 * self.minimumWidth()), self.sizeHint().width())
        self.resize(width, lines.totalHeightForWidth(width))

    def _choose(self, key: str) -> None:
        self.chosen = key
        self.accept()

    def _unfold(self) -> None:
        self._detail.setVisible(not self._detail.isVisible())
        self.adjustSize()


def error_code(error: BaseException) -> str:
    """A short code of where an unexpected error came from (class and place), without any data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"XC-{zlib.crc32(f'{type(error).__name__}{place}'.encode()) & 0xFFFF:04X}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("MessageDialog", text)


def error_dialog(
    error: BaseException, doing: str = "", parent: QWidget | None = None, *, diagnosis: bool = False
) -> MessageDialog:
    """The dialog for an error: our own errors in their own words, anything else as a fault of the program.

    `doing` names what did not happen (写入 61 户). The detail holds the places in the program alone, never values.
    With `diagnosis` a fault of the program offers 导出诊断 (`chosen` is then "diagnosis").
    """
    title = _tr("{doing}没有完成").format(doing=doing) if doing else _tr("没有完成")
    if isinstance(error, XiangceError):
        body = error.message + (f"\n{error.hint}" if error.hint else "")
        return MessageDialog(title, body, [("close", _tr("知道了"), "primary")], icon="error", parent=parent)
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)
    ways: list[tuple[str, str, Kind]] = [("close", _tr("接着用"), "primary")]
    if diagnosis:
        ways.append(("diagnosis", _tr("导出诊断"), "plain"))
    log.error("unexpected %s at\n%s", type(error).__name__, places)
    return MessageDialog(
        title if doing else _tr("程序出了问题"),
        _tr("这是程序的毛病，不是操作的问题。已经保存的数据没有受影响。可以接着用；再遇到时把编号告诉技术人员。"),
        ways,
        icon="error",
        code=error_code(error),
        detail=f"{type(error).__name__}\n{places}",
        parent=parent,
    )


def confirm(
    title: str, body: str, go: str, stay: str, *, danger: bool = False, parent: QWidget | None = None
) -> bool:
    """Ask before what Ctrl+Z cannot undo; True when the person chose `go`. The focus is on `stay`."""
    dialog = MessageDialog(
        title, body, [("stay", stay, "plain"), ("go", go, "danger" if danger else "primary")], parent=parent
    )
    dialog.exec()
    return dialog.chosen == "go"
