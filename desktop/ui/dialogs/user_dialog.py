"""A new user, or a new passphrase for one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.keeping.safekeeping import add_user, change_passphrase
from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace
from desktop.store.keys import ROLES
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import ElidedLabel, Label
from desktop.ui.widgets.passphrase import NewPassphrase
from desktop.ui.widgets.segments import Segments
from desktop.ui.workers import Function


class PassphraseDialog(QDialog):
    """`PassphraseDialog(shell, ws, name, parent=None)`: a new passphrase for a user."""

    def __init__(self, shell: Shell, ws: Workspace, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._person = shell, ws, name
        self.setWindowTitle(self.tr("换口令"))
        self.setMinimumWidth(theme().px("dialog_w"))
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(18, 16, 18, 14)
        self.lines.setSpacing(10)
        self.lines.addWidget(Label(self._title(), "strong"))
        self._before()
        self.passphrase = NewPassphrase()
        self.lines.addWidget(self.passphrase)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        row.addWidget(self.hint, 1)
        self.stay = Button(self.tr("先不改"), key="Esc")
        self.go = Button(self.tr("记下"), "primary", key="Ctrl+Enter")
        row.addWidget(self.stay)
        row.addWidget(self.go)
        self.lines.addLayout(row)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        self.passphrase.changed.connect(self._tell)
        self._tell()
        self.passphrase.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _title(self) -> str:
        return self.tr("给 {name} 换口令").format(name=self._person)

    def _before(self) -> None:
        """What stands above the passphrase."""

    def problem(self) -> str:
        """Why it cannot be recorded."""
        return self.passphrase.problem()

    def _tell(self) -> None:
        problem = self.problem()
        self.hint.setText(problem)
        self.hint.update()
        self.go.setEnabled(not problem)

    def _acting(self) -> Function:
        """What is written, with what is typed now: on the writing thread no field may be asked."""
        ws, person, passphrase = self._ws, self._person, self.passphrase.value()
        return lambda _work: change_passphrase(ws, person, passphrase)

    def record(self) -> None:
        """Ctrl+Enter: the key is wrapped anew, which takes a moment by design."""
        write_once(
            self, self._shell.gates, self._acting(), lambda _d: self.accept(), title=self._title(), fail=self._failed
        )

    def _failed(self, error: BaseException) -> None:
        self._tell()
        self._shell.show_error(error, self._title())


class UserDialog(PassphraseDialog):
    """`UserDialog(shell, ws, parent=None)`: name, role and passphrase of a new user."""

    def __init__(self, shell: Shell, ws: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(shell, ws, "", parent)
        self.setWindowTitle(self.tr("加用户"))
        self.name.textEdited.connect(lambda _t: self._tell())
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _title(self) -> str:
        return self.tr("加用户")

    def _before(self) -> None:
        self.name = TextField(placeholder=self.tr("姓名"))
        self.role = Segments([(role, ROLE_WORDS[role]) for role in ROLES], ROLES[0], stretched=True)
        self.lines.addWidget(self.name)
        self.lines.addWidget(self.role)

    def problem(self) -> str:
        if not self.name.text().strip():
            return self.tr("还没有写姓名")
        return self.passphrase.problem()

    def _acting(self) -> Function:
        ws, name, passphrase = self._ws, self.name.text().strip(), self.passphrase.value()
        role: Any = self.role.value()
        return lambda _work: add_user(ws, name, role, passphrase)
