"""数据交换 · 设备: this machine's request and certificate, the county's approval and revocation, all machines known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.exchange.exchanging import (
    accept_certificate,
    approve_request,
    devices_of,
    revoke_device,
    write_request,
)
from desktop.app.exchange.package_files import (
    Standing,
    certificate_in,
    division_words,
    divisions_below,
    request_in,
    standing_of,
)
from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace
from desktop.common.errors import XiangceError
from desktop.exchange.devices import KnownDevice
from desktop.exchange.enrolment import Accepted
from desktop.exchange.package.certificates import Certificate, Request
from desktop.exchange.package.device_keys import fingerprint
from desktop.ui.dialogs.approve_dialog import ApproveDialog
from desktop.ui.dialogs.message import MessageDialog
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Card, Label, Note, StatusWord, rule
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.workers import Work

REQUEST_FILTER, CERTIFICATE_FILTER = "入册申请 (*.xcreq)", "入册证书 (*.xccert)"


class DevicesPane(QWidget):
    """`DevicesPane(shell, ws)`: `refresh()`; buttons only for what the role and the register's level may do.

    `enrolled()` after a certificate was accepted or signed.
    """

    enrolled = Signal()

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__()
        self._shell, self._ws = shell, ws
        self._devices: dict[str, KnownDevice] = {}
        self.county = ws.level == "county" and ws.may("admin")
        self.dialog: QDialog | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 12, 16, 12)
        lines.setSpacing(12)
        lines.addWidget(self._own_card())
        self.note = Note("success", "")
        self.note.hide()
        lines.addWidget(self.note)
        lines.addWidget(self._list_card(), 1)
        self.setFocusProxy(self.table)

    def _own_card(self) -> Card:
        card = Card(margins=(14, 10, 14, 12))
        card.body.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Label(self.tr("本机"), "strong"))
        self.state = StatusWord()
        row.addWidget(self.state)
        row.addStretch(1)
        self.request_button = Button(self.tr("出申请"), icon="file")
        self.accept_button = Button(self.tr("接受证书"), "primary", "key")
        self.request_button.clicked.connect(self.ask_request)
        self.accept_button.clicked.connect(self.ask_certificate)
        row.addWidget(self.request_button)
        row.addWidget(self.accept_button)
        card.body.addLayout(row)
        for button in (self.request_button, self.accept_button):
            button.setVisible(self._ws.level != "county")  # after it has its parent, else it is a window of its own
        prints = QHBoxLayout()
        prints.setSpacing(32)
        self.own_print = self._fingerprint(prints, self.tr("设备指纹（出申请时念给县级听）"))
        self.root_print = self._fingerprint(prints, self.tr("项目指纹（接受证书时与县级核对）"))
        prints.addStretch(1)
        card.body.addLayout(prints)
        self.scope = Label("", "caption")
        card.body.addWidget(self.scope)
        return card

    def _fingerprint(self, row: QHBoxLayout, caption: str) -> Label:
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(Label(caption, "caption"))
        shown = Label("", "section")
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        lines.addWidget(shown)
        row.addLayout(lines)
        return shown

    def _list_card(self) -> Card:
        card = Card()
        row = QHBoxLayout()
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(8)
        row.addWidget(Label(self.tr("知道的设备"), "strong"))
        row.addWidget(Label(self.tr("有县级证书的才能交换数据"), "caption"), 1)
        self.approve_button = Button(self.tr("签发证书"), "primary", "key", small=True)
        self.revoke_button = Button(self.tr("停用这台"), "danger", small=True)
        self.approve_button.clicked.connect(self.ask_approve)
        self.revoke_button.clicked.connect(self.ask_revoke)
        for button in (self.revoke_button, self.approve_button):
            row.addWidget(button)
        card.body.addLayout(row)
        for button in (self.revoke_button, self.approve_button):
            button.setVisible(self.county)
        card.body.addWidget(rule())
        self.table = SmallTable(
            [
                Column("name", self.tr("设备"), 150, "name"),
                Column("unit", self.tr("单位"), 190, stretch=True),
                Column("scope", self.tr("区划"), 150),
                Column("role", self.tr("岗位"), 100, "quiet"),
                Column("print", self.tr("指纹"), 290, "quiet"),
                Column("until", self.tr("有效至"), 96, "date"),
                Column("state", self.tr("状态"), 96, "status"),
            ],
            fill=True,
        )
        self.table.current_changed.connect(lambda _id: self._tell())
        card.body.addWidget(self.table, 1)
        return card

    # -- what is shown -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fetch again."""
        ws = self._ws

        def function(_work: Work) -> tuple[Standing, list[KnownDevice], dict[str, str]]:
            found = devices_of(ws)
            codes = {code for d in found for code in d.divisions}
            return standing_of(ws), found, division_words(ws, codes)

        self._shell.gates.read(
            function, lambda got: self._show(*got), owner=self, key=f"devices-{id(self)}", title=self.tr("取设备")
        )

    def _show(self, standing: Standing, devices: Sequence[KnownDevice], names: dict[str, str]) -> None:
        self.own_print.setText(standing.device_fingerprint)
        self.root_print.setText(standing.programme_fingerprint or "—")
        if standing.enrolled:
            self.state.show_status(self.tr("已加入项目"), "ok", "success")
        elif standing.is_county:
            self.state.show_status(self.tr("签发第一份证书时建立项目"), "info", "accent")
        else:
            self.state.show_status(self.tr("等证书"), "half", "warning")
        scope = "、".join(names.get(code, code) for code in standing.divisions)
        self.scope.setText(self.tr("本机可管：{scope}").format(scope=scope) if scope else "")
        self.scope.setVisible(bool(scope))
        self._devices = {d.device.hex(): d for d in devices}
        self.table.set_rows([(key, self._cells(d, names)) for key, d in self._devices.items()])
        self._tell()

    def _cells(self, d: KnownDevice, names: dict[str, str]) -> tuple[Any, ...]:
        name = self.tr("{name}（本机）").format(name=d.name) if d.is_self and d.name != self.tr("本机") else d.name
        if d.revoked:
            chip = Chip(self.tr("已停用"), "danger", "error")
        elif d.valid_until:
            chip = Chip(self.tr("在用"), "success", "ok")
        else:
            chip = Chip(self.tr("等证书"), "warning", "half")
        role = ROLE_WORDS.get(d.role, "")  # type: ignore[call-overload]
        scope = "、".join(names.get(code, code) for code in d.divisions)
        return (name, d.unit_name, scope, role, fingerprint(d.device), d.valid_until, chip)

    def _tell(self) -> None:
        chosen = self._devices.get(self.table.current_id())
        self.revoke_button.setEnabled(chosen is not None and not chosen.is_self and not chosen.revoked)

    # -- this machine ------------------------------------------------------------------------------------------

    def ask_request(self) -> None:
        """出申请: ask where."""
        name, _kind = QFileDialog.getSaveFileName(
            self, self.tr("申请存到"), f"{self._ws.unit_name}.xcreq", REQUEST_FILTER
        )
        if name:
            self.write_request(Path(name if name.lower().endswith(".xcreq") else f"{name}.xcreq"))

    def write_request(self, target: Path) -> None:
        """Write this machine's request; its fingerprint is read aloud to the county."""
        ws = self._ws

        def done(asked: Request) -> None:
            self.note.show_words(
                self.tr("申请已存 {name}，送县级签发").format(name=target.name),
                self.tr("请在电话里念设备指纹：{print}").format(print=asked.fingerprint),
                kind="success",
            )
            self.note.show()

        self._write(lambda _w: write_request(ws, target), done, self.tr("出申请"))

    def ask_certificate(self) -> None:
        """接受证书: ask which file."""
        name, _kind = QFileDialog.getOpenFileName(self, self.tr("选证书"), "", CERTIFICATE_FILTER)
        if name:
            self.look_at_certificate(Path(name))

    def look_at_certificate(self, source: Path) -> None:
        """Show whose programme it is, to be compared before it is accepted."""
        ws = self._ws
        self._read(
            lambda _w: certificate_in(ws, source), lambda found: self._confirm_certificate(source, found),
            self.tr("看证书"),
        )  # fmt: skip

    def _confirm_certificate(self, source: Path, found: Certificate) -> None:
        dialog = MessageDialog(
            self.tr("接受证书"),
            self.tr("项目指纹 {print}\n\n请在电话里和县级一组一组对上。可管区划 {codes}，有效至 {until}。"
                    "接受以后，本机已录入的内容全部保留。").format(
                print=found.programme_fingerprint, codes="、".join(found.divisions), until=found.valid_until
            ),
            [("stay", self.tr("先不接受"), "plain"), ("go", self.tr("指纹对上了，接受"), "primary")],
            parent=self,
        )  # fmt: skip
        self.dialog = dialog

        def chosen() -> None:
            if dialog.chosen == "go":
                self.accept_certificate(source)

        dialog.accepted.connect(chosen)
        dialog.open()

    def accept_certificate(self, source: Path) -> None:
        """Join the programme."""
        ws = self._ws

        def done(accepted: Accepted) -> None:
            said = ""
            if accepted.outside:
                said = self.tr("有 {n} 条此前录入的记录不在可管区划内：本机保留，县级合并时单列待定。").format(
                    n=accepted.outside
                )
            self.note.show_words(
                self.tr("已加入项目，可以报送和收包了"), said, kind="warning" if accepted.outside else "success"
            )
            self.note.show()
            self.refresh()
            self.enrolled.emit()

        self._write(lambda _w: accept_certificate(ws, source), done, self.tr("接受证书"))

    # -- the county --------------------------------------------------------------------------------------------

    def ask_approve(self) -> None:
        """签发证书: ask which request."""
        name, _kind = QFileDialog.getOpenFileName(self, self.tr("选申请"), "", REQUEST_FILTER)
        if name:
            self.look_at_request(Path(name))

    def look_at_request(self, source: Path) -> None:
        """Show the request with its fingerprint, and ask where and as what."""
        ws = self._ws
        self._read(
            lambda _w: (request_in(source), divisions_below(ws)), lambda got: self._show_request(source, *got),
            self.tr("看申请"),
        )  # fmt: skip

    def _show_request(self, source: Path, asked: Request, divisions: Sequence[tuple[str, str]]) -> None:
        dialog = ApproveDialog(asked, divisions, self)
        self.dialog = dialog
        dialog.accepted.connect(lambda: self._ask_certificate_place(source, asked, dialog))
        dialog.open()

    def _ask_certificate_place(self, source: Path, asked: Request, dialog: ApproveDialog) -> None:
        proposed = str(source.with_name(f"{asked.unit_name}.xccert"))
        name, _kind = QFileDialog.getSaveFileName(self, self.tr("证书存到"), proposed, CERTIFICATE_FILTER)
        if name:
            target = Path(name if name.lower().endswith(".xccert") else f"{name}.xccert")
            self.approve(source, target, dialog.codes(), dialog.role(), dialog.relay())

    def approve(self, source: Path, target: Path, codes: Sequence[str], role: str, relay: bool) -> None:
        """Sign and write the certificate."""
        ws = self._ws

        def done(made: Certificate) -> None:
            self.note.show_words(
                self.tr("证书已存 {name}：{unit}（{device}），有效至 {until}").format(
                    name=target.name, unit=made.unit_name, device=made.device_name, until=made.valid_until
                ),
                self.tr("请对方接受时核对项目指纹：{print}").format(print=made.programme_fingerprint),
                kind="success",
            )
            self.note.show()
            self.refresh()
            self.enrolled.emit()

        self._write(
            lambda _w: approve_request(ws, source, target, divisions=codes, role=role, relay=relay), done,
            self.tr("签发证书"),
        )  # fmt: skip

    def ask_revoke(self) -> None:
        """停用: asks for a reason first."""
        chosen = self._devices.get(self.table.current_id())
        if chosen is None:
            return
        dialog = ReasonDialog(
            self.tr("停用 {name}").format(name=chosen.name),
            self.tr("它此后做的数据包一律不收；已经收下的内容不变。停用名单随下发包传给各设备，不能再启用。"),
            self.tr("停用"),
            self.tr("先不停用"),
            self,
        )
        self.dialog = dialog
        dialog.accepted.connect(lambda: self.revoke(chosen, dialog.reason()))
        dialog.open()

    def revoke(self, device: KnownDevice, reason: str) -> None:
        """End trust in a device."""
        ws = self._ws

        def done(_found: KnownDevice) -> None:
            self._shell.toast(self.tr("已停用 {name}").format(name=device.name))
            self.refresh()

        self._write(lambda _w: revoke_device(ws, device.device.hex(), reason), done, self.tr("停用设备"))

    # -- both gates --------------------------------------------------------------------------------------------

    def _read(self, function: Callable[[Work], Any], done: Callable[[Any], Any], title: str) -> None:
        key = f"file-{id(self)}"  # chosen twice, one dialog asks
        self._shell.gates.read(function, done, owner=self, key=key, title=title, fail=lambda e: self._failed(e, title))

    def _write(self, function: Callable[[Work], Any], done: Callable[[Any], Any], title: str) -> None:
        self._shell.gates.write(function, done, owner=self, title=title, fail=lambda e: self._failed(e, title))

    def _failed(self, error: BaseException, title: str) -> None:
        if isinstance(error, XiangceError):
            self.note.show_words(error.message, error.hint, kind="danger")
            self.note.show()
        else:
            self._shell.show_error(error, title)
