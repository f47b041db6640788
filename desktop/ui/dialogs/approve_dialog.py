"""The county signs a machine's certificate: whose request, its fingerprint to compare aloud, where and as what."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.rights import ROLE_WORDS
from desktop.exchange.package.certificates import Request
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label, Note, rule


class ApproveDialog(QDialog):
    """`ApproveDialog(request, divisions, parent=None)`: `codes()`, `role()`, `relay()` once accepted.

    `divisions`: (code, name) of the county and all below it.
    """

    def __init__(self, request: Request, divisions: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = dict(divisions)
        title = self.tr("签发证书：{unit}").format(unit=request.unit_name)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w") + 60)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "strong"))
        lines.addWidget(Label(self.tr("设备 {name}").format(name=request.device_name), "second"))
        lines.addWidget(Label(self.tr("请对方在电话里念设备指纹，一组一组对上再签"), "caption"))
        self.fingerprint = Label(request.fingerprint, "figure")
        self.fingerprint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        lines.addWidget(self.fingerprint)
        lines.addWidget(rule("grid"))
        lines.addWidget(Label(self.tr("可管的区划代码"), "strong"))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.scope = TextField(request.division_code)
        self.scope.setAccessibleName(self.tr("可管的区划代码"))
        self.scope.textChanged.connect(lambda _t: self._tell())
        self.add = Select([(f"{name} {code}", code) for code, name in divisions], placeholder=self.tr("加一个区划"))
        self.add.setCurrentIndex(-1)
        self.add.picked.connect(self._add)
        row.addWidget(self.scope, 1)
        row.addWidget(self.add)
        lines.addLayout(row)
        self.said = Label("", "caption", wrap=True)
        lines.addWidget(self.said)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.roles = Select([(word, role) for role, word in ROLE_WORDS.items()], self.tr("岗位"))
        self.roles.set_value("town-reviewer")
        self.relays = CheckBox(self.tr("可转送别的设备的变更（镇级汇总机）"))
        row.addWidget(self.roles)
        row.addWidget(self.relays)
        row.addStretch(1)
        lines.addLayout(row)
        lines.addWidget(Note("info", self.tr("签发后把证书文件交给对方，对方接受以后就能交换数据。")))
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay_button = Button(self.tr("先不签"), key="Esc", small=True)
        self.go_button = Button(self.tr("指纹对上了，签发"), "primary", key="Ctrl+Enter", small=True)
        self.stay_button.clicked.connect(self.reject)
        self.go_button.clicked.connect(self.accept)
        foot.addWidget(self.stay_button)
        foot.addWidget(self.go_button)
        lines.addLayout(foot)
        self._tell()
        self.scope.setFocus(Qt.FocusReason.OtherFocusReason)

    def codes(self) -> list[str]:
        """The divisions typed."""
        text = self.scope.text()
        for mark in "，,；; ":
            text = text.replace(mark, "、")
        return [code for code in text.split("、") if code]

    def role(self) -> str:
        """The role chosen."""
        return str(self.roles.value())

    def relay(self) -> bool:
        """Whether it may bring others' changes."""
        return self.relays.isChecked()

    def _add(self, code: object) -> None:
        if str(code) not in self.codes():
            self.scope.setText("、".join([*self.codes(), str(code)]))
        self.add.setCurrentIndex(-1)

    def _tell(self) -> None:
        codes = self.codes()
        unknown = [code for code in codes if code not in self._names]
        words = "、".join(self._names[code] for code in codes if code in self._names)
        said = self.tr("就是：{names}").format(names=words) if words else ""
        if unknown:
            said = self.tr("不在本县区划里：{codes}").format(codes="、".join(unknown))
        self.said.setText(said or self.tr("至少写一个区划代码"))
        self.said.set_tone("danger" if unknown or not codes else "")
        self.go_button.setEnabled(bool(codes) and not unknown)
