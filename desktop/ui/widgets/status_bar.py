"""The status bar: saved state, unsent changes, last backup; at the right user, machine, offline."""

from __future__ import annotations

from PySide6.QtCore import QTime
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.labels import Icon, Label, Panel, StatusWord, rule


class StatusBar(Panel):
    """`StatusBar(parent=None)`: `show_saved(time)`, `show_saving()`, `show_unsaved(reason)`, `show_unsent(n)`,
    `show_backup(text)`, `show_user(text)`, `show_machine(text)`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("status", parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(10)
        self._saved = StatusWord("", "", "neutral")
        self._unsent = Label()
        self._backup = Label()
        self._machine = Label()
        self._separators: list[tuple[QWidget, QWidget]] = []
        row.addWidget(self._saved)
        for widget in (self._unsent, self._backup):
            self._add(row, widget)
        row.addStretch(1)
        self._user_icon, self._machine_icon = Icon("user", "text_2", 14), Icon("device", "text_2", 14)
        pair = QHBoxLayout()
        pair.setSpacing(4)
        pair.addWidget(self._user_icon)
        self._user = Label()
        pair.addWidget(self._user)
        row.addLayout(pair)
        bar = self._separator()
        row.addWidget(bar)
        pair = QHBoxLayout()
        pair.setSpacing(4)
        pair.addWidget(self._machine_icon)
        pair.addWidget(self._machine)
        row.addLayout(pair)
        row.addWidget(self._separator())
        row.addWidget(Label(self.tr("离线")))
        self._machine_bar = bar
        self._saved.hide()
        self.show_user("")
        self.show_machine("")
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(theme().px("status_bar_h"))

    def _separator(self) -> QWidget:
        bar = rule("v")
        bar.setFixedHeight(12)
        return bar

    def _add(self, row: QHBoxLayout, widget: QWidget) -> None:
        bar = self._separator()
        row.addWidget(bar)
        row.addWidget(widget)
        bar.hide()
        widget.hide()
        self._separators.append((widget, bar))

    def _show(self, label: Label, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))
        for widget, bar in self._separators:
            if widget is label:
                bar.setVisible(bool(text))

    def show_saved(self, when: QTime | None = None) -> None:
        """Everything is on the disk, since `when` (now)."""
        moment = (when or QTime.currentTime()).toString("HH:mm:ss")
        self._saved.show_status(self.tr("已保存 {time}").format(time=moment), "ok", "success")
        self._saved.show()

    def show_saving(self) -> None:
        """A write is under way."""
        self._saved.show_status(self.tr("保存中"), "half", "neutral")
        self._saved.show()

    def show_unsaved(self, reason: str) -> None:
        """The last write did not reach the disk."""
        self._saved.show_status(self.tr("未保存：{reason}").format(reason=reason), "alert", "danger")
        self._saved.show()

    def show_typing(self, what: str) -> None:
        """Something typed is not on the disk yet."""
        self._saved.show_status(self.tr("未保存：{what}").format(what=what), "edit", "warning")
        self._saved.show()

    def saved_text(self) -> str:
        """What is said about saving."""
        return self._saved.text()

    def show_unsent(self, count: int) -> None:
        """Changes not yet reported to the county."""
        self._show(self._unsent, self.tr("{n} 条变更未报送").format(n=f"{count:,}") if count else "")

    def show_backup(self, text: str, tone: str = "") -> None:
        """When and where the last backup was made, e.g. 昨天 18:04（U 盘）."""
        self._show(self._backup, self.tr("上次备份：{when}").format(when=text) if text else "")
        self._backup.set_tone(tone)

    def show_user(self, text: str) -> None:
        """Name and role of who is signed in."""
        self._user.setText(text)
        self._user_icon.setVisible(bool(text))
        self._machine_bar.setVisible(bool(text))

    def show_machine(self, text: str) -> None:
        """Name of this device."""
        self._machine.setText(text)
        self._machine_icon.setVisible(bool(text))
