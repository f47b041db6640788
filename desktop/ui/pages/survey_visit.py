"""One visit on the screen: the runner over the service, then what was written, to be taken back or corrected."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import date, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.records.undoing import take_back_unit
from desktop.app.visits.finishing import Finished, finish_visit, take_member_out
from desktop.app.visits.forms import files_of
from desktop.app.visits.past_visits import PreviousAnswers
from desktop.app.visits.visit import Visit, keep, keep_media, media
from desktop.app.workspace import Workspace
from desktop.common.errors import XiangceError
from desktop.registry.labels import table_label
from desktop.store.unit_of_work import Committed
from desktop.survey.session.entities import row_identity
from desktop.survey.session.nodes import FormNode
from desktop.ui.dialogs.message import MessageDialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.options import ChoiceButton, cap_of
from desktop.ui.runner.runner import Runner
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Card, Icon, Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import PartialDateField

WHERE_TO = ("死亡", "婚出", "迁出", "服刑", "失联", "其他减少")
"""Where a member of the household may have gone (DOMAIN §2.3, change_kind)."""
ACTIONS = {
    "create": Chip("新建", "success", "plus"), "update": Chip("改动", "accent", "edit"),
    "same": Chip("没有变化", "neutral", "ok"), "remove": Chip("撤下", "warning", "minus"),
}  # fmt: skip
KINDS = ("household", "person", "visit", "income_record", "safeguard_check", "lead", "measure", "asset", "inspection",
         "finding", "village_profile", "division", "attachment")  # fmt: skip


class VisitFiles:
    """Files of a visit: kept encrypted in the register's folder, named by the answer; and the pictures of its form."""

    def __init__(self, ws: Workspace, visit: Visit) -> None:
        self._ws, self._visit = ws, visit
        self._of_form: dict[str, bytes] | None = None

    def put(self, path: str, name: str, data: bytes) -> str:
        """Keep a file as a question's answer."""
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return keep_media(self._ws, self._visit, path, data, name, mime)

    def get(self, name: str) -> bytes | None:
        """A kept file's content, or that of a picture of the form; None when neither is on this machine."""
        try:
            return media(self._ws, self._visit, name)
        except XiangceError:
            if self._of_form is None:
                self._of_form = files_of(self._ws, self._visit.form)
            return self._of_form.get(name)


class VisitPane(QStackedWidget):
    """`VisitPane(shell, ws, visit, villages)`: `begin()`; `left()` back to the list, `correct_asked(visit id)`."""

    left = Signal()
    correct_asked = Signal(str)

    def __init__(
        self, shell: Shell, ws: Workspace, visit: Visit, villages: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._shell, self._ws, self.visit = shell, ws, visit
        self.finished: Finished | None = None
        self.dialog: QDialog | None = None
        self._busy = False
        previous = visit.previous
        self.filling = Filling(
            visit.session, lambda place: keep(ws, visit, place), previous=previous,
            previous_word=self._previous_word(previous), villages=villages, media=VisitFiles(ws, visit),
            watermark=self._watermark,
            beside=(visit.gone,), audit=visit.audit, correcting=bool(visit.correction_of),
        )  # fmt: skip
        self.runner = Runner(self.filling, shell, self._title(), self._fact(), removing=self._ask_where)
        self.runner.left.connect(self.left)
        self.runner.finish_asked.connect(self._finish)
        self.filling.saved.connect(lambda _when: self._show_subject())
        self.addWidget(self.runner)
        self.result: FinishedView | None = None

    def begin(self) -> None:
        """Show the question of the draft, and what of an old draft did not fit."""
        self.runner.begin(self.visit.place)
        if self.visit.misfits:
            dialog = MessageDialog(
                self.tr("草稿带过来了，有几处请看一下"),
                "\n".join(self.visit.misfits),
                [("ok", self.tr("知道了，继续"), "primary")],
                icon="alert",
                tone="warning",
                parent=self.window(),
            )
            dialog.finished.connect(lambda _r: self.take_focus())
            self.dialog = dialog
            dialog.open()

    def take_focus(self) -> None:
        """Where work goes on."""
        box = self.runner.box()
        if self.currentWidget() is self.result and self.result is not None:
            self.result.done.setFocus()
        elif box is not None:
            box.take_focus()

    def keep(self) -> bool:
        """Keep everything before the page is left; False when that failed (it is said)."""
        if self.finished is not None:
            return True
        if self._busy:
            return False
        box = self.runner.box()
        commit = getattr(box, "commit", None)
        if commit is not None:
            commit()
        if self.filling.keep_now():
            return True
        self.runner.say_unsaved()
        return False

    # -- words -------------------------------------------------------------------------------------------------

    def _title(self) -> str:
        label = self.visit.subject_label or self.visit.form.title
        return self.tr("更正：{name}").format(name=label) if self.visit.correction_of else label

    def _fact(self) -> str:
        form = self.visit.form.title
        return self.tr("{form}　原因：{why}").format(form=form, why=self.visit.correction_reason) if (
            self.visit.correction_of
        ) else form  # fmt: skip

    def _show_subject(self) -> None:
        self.runner.head.title.setText(self._title())
        self.filling.previous_word = self._previous_word(self.visit.previous)

    def _previous_word(self, previous: object) -> str:
        if not isinstance(previous, PreviousAnswers):
            return ""
        about = previous.source()
        if about is None:
            return ""
        return self.tr("{day}　{who}").format(day=about.visited_at, who=about.visitors or about.who)

    def _watermark(self) -> list[str]:
        now = datetime.now()  # noqa: DTZ005 the watermark shows the local clock
        place = self.visit.subject_label or self.visit.form.title
        return [f"{now:%Y-%m-%d %H:%M:%S}", f"{place}", f"{self._ws.unit_name} {self._ws.user}"]

    # -- a row goes --------------------------------------------------------------------------------------------

    def _ask_where(self, node: FormNode) -> bool:
        """A member of the register is not deleted: ask where the person went. False for any other row."""
        person = row_identity(self.visit.session, node).replace("-", "")
        if ("person", person) not in self.visit.lending.pinned:
            return False
        dialog = WhereDialog(plain(self.filling.outline.heading(node)), self.window())
        dialog.taken.connect(lambda kind, day: self._take_out(node, kind, day))
        self.dialog = dialog
        dialog.open()
        return True

    def _take_out(self, node: FormNode, kind: str, day: str) -> None:
        try:
            take_member_out(self._ws, self.visit, node.path(), kind, day)
        except XiangceError as error:
            self._shell.toast(error.message)
            return
        self.filling.took(node.parent or node)

    # -- finishing ---------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        if self._busy:
            return
        self._busy = True
        self.runner.setEnabled(False)
        ws, visit = self._ws, self.visit
        task = self._shell.gates.write(
            lambda _w: finish_visit(ws, visit), self._finished, kinds=KINDS, owner=self, title=self.tr("结束调查"),
            fail=self._not_finished,
        )  # fmt: skip
        self._shell.show_task(task, self.tr("写入登记册"))

    def _not_finished(self, error: BaseException) -> None:
        self._busy = False
        self.runner.setEnabled(True)
        self._shell.show_error(error, self.tr("结束调查"))

    def _finished(self, result: Finished) -> None:
        self._busy = False
        self.runner.setEnabled(True)
        if not result.done:
            self.filling.session.engine.changed.clear()
            self.runner.show_review()
            return
        self.finished = result
        self.result = FinishedView(self._title(), self.visit.form.title, result)
        self.result.done.clicked.connect(self.left)
        self.result.undo.clicked.connect(self._take_back)
        self.result.correct.clicked.connect(lambda: self.correct_asked.emit(result.visit_id))
        self.result.undo.setVisible(bool(result.unit_id))
        self.addWidget(self.result)
        self.setCurrentWidget(self.result)
        self.take_focus()

    def _take_back(self) -> None:
        """撤回: everything this visit wrote, at once; its answers stay in the journal."""
        assert self.finished is not None
        ws, unit = self._ws, self.finished.unit_id
        write_once(
            self, self._shell.gates, lambda _w: take_back_unit(ws, unit, "撤回走访"), self._taken_back,
            kinds=tuple(KINDS), title=self.tr("撤回走访"),
        )  # fmt: skip

    def _taken_back(self, done: Committed) -> None:
        ws, shell = self._ws, self._shell

        def again() -> None:
            shell.gates.write(lambda _w: take_back_unit(ws, done.unit_id, "恢复走访"), kinds=KINDS)

        shell.toast(self.tr("已撤回这次走访写入的内容"), again)
        self.left.emit()


class FinishedView(QWidget):
    """What a finished visit wrote."""

    def __init__(self, title: str, form: str, result: Finished, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon("ok", "success", 20))
        head.addWidget(Label(self.tr("{name} 已结束").format(name=title), "title"))
        head.addWidget(Label(form, "muted"))
        head.addStretch(1)
        outer.addLayout(head)
        written = [r for r in result.records if r.action != "same"]
        outer.addWidget(
            Label(self.tr("写入 {n} 条记录，这次走访是它们的来源。").format(n=len(written)), "second", wrap=True)
        )
        self.left_out = Label("", "second", wrap=True)
        self.left_out.setText(self._left_out(result))
        self.left_out.setVisible(bool(result.left_out))
        outer.addWidget(self.left_out)
        card = Card()
        self.table = SmallTable(
            [
                Column("table", self.tr("记录"), 130, "name"),
                Column("label", self.tr("谁、什么"), 240, stretch=True),
                Column("action", self.tr("怎么了"), 110, "status"),
            ],
            fill=True,
        )
        self.table.set_rows(
            [(f"{r.table}:{r.id}", (table_label(r.table), r.label, ACTIONS[r.action])) for r in result.records]
        )
        card.body.addWidget(self.table)
        outer.addWidget(card, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.undo = Button(self.tr("撤回这次走访"), icon="undo")
        self.correct = Button(self.tr("更正，写原因"), icon="edit")
        self.done = Button(self.tr("回到清单"), "primary", key="Enter")
        row.addWidget(self.undo)
        row.addWidget(self.correct)
        row.addStretch(1)
        row.addWidget(self.done)
        outer.addLayout(row)

    def _left_out(self, result: Finished) -> str:
        """The answers a condition hid, the first few by name."""
        said = self.tr("；").join(self.tr("{q}：{a}").format(q=x.label, a=x.answer) for x in result.left_out[:3])
        more = self.tr("等") if len(result.left_out) > 3 else ""
        return self.tr("不再适用的 {n} 个答案没有写入：{which}{more}。答卷里还留着，更正时条件改回来就恢复。").format(
            n=len(result.left_out), which=said, more=more
        )  # fmt: skip


class WhereDialog(QDialog):
    """`WhereDialog(name, parent)`: where a member went and when; `taken(kind, ISO day)`. The person stays."""

    taken = Signal(str, str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("去了哪里"))
        self.setMinimumWidth(theme().px("dialog_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(self.tr("{name} 去了哪里").format(name=name), "strong"))
        lines.addWidget(Label(self.tr("登记册里的人不删除，只记去向；以后可以改回来。"), "second", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(6)
        self.kind = ""
        self.buttons: list[ChoiceButton] = []
        for place, word in enumerate(WHERE_TO):
            button = ChoiceButton(word, cap_of(place))
            button.clicked.connect(lambda _=False, place=place: self._choose(place))
            row.addWidget(button)
            self.buttons.append(button)
        lines.addLayout(row)
        when = QHBoxLayout()
        when.addWidget(Label(self.tr("哪一天")))
        self.day = PartialDateField(whole_days=True)
        self.day.set_value(date.today().isoformat())  # noqa: DTZ011 the person's calendar
        when.addWidget(self.day)
        when.addStretch(1)
        lines.addLayout(when)
        foot = QHBoxLayout()
        foot.addStretch(1)
        stay = Button(self.tr("先不动"), key="Esc", small=True)
        self.go = Button(self.tr("记下去向"), "primary", key="Enter", small=True)
        stay.clicked.connect(self.reject)
        self.go.clicked.connect(self._take)
        foot.addWidget(stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.day.value_changed.connect(self._fit)
        self.buttons[0].setFocus()
        self._fit()

    def _choose(self, place: int) -> None:
        self.kind = WHERE_TO[place]
        for button, word in zip(self.buttons, WHERE_TO, strict=True):
            button.set_on(word == self.kind)
        self._fit()
        self.day.setFocus()

    def _fit(self) -> None:
        value = self.day.value()
        self.go.setEnabled(bool(self.kind) and value is not None and value.precision == "day")

    def _take(self) -> None:
        value = self.day.value()
        if self.kind and value is not None and value.precision == "day":
            self.taken.emit(self.kind, value.date.isoformat())
            self.accept()

    def keyPressEvent(self, event: object) -> None:
        text = event.text()  # type: ignore[attr-defined]
        if len(text) == 1 and text in "123456":
            self._choose(int(text) - 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self._take()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

