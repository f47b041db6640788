"""Commands on the question one stands at: 待补, missing reasons, remark, as last time, photo, helper, rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.outline import Page
from desktop.ui.dialogs.message import MessageDialog
from desktop.ui.pages.page import Shell
from desktop.ui.runner.filling import REASONS, Filling
from desktop.ui.runner.note_boxes import AddBox
from desktop.ui.runner.page_box import PageBox
from desktop.ui.runner.prompts import PickDialog, RemarkDialog
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.runner.question_page import QuestionPage
from desktop.ui.runner.words import plain

Removing = Callable[[FormNode], bool]
"""May take over the removal of a row (it asks where a person went); True when it did."""


class QuestionCommands(QWidget):
    """The part of the runner that acts on the present question; `Runner` adds places, keys and the frame."""

    def __init__(self, filling: Filling, shell: Shell, removing: Removing | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.filling, self.shell, self._removing = filling, shell, removing
        self.outline = filling.outline
        self.question_page = QuestionPage(filling)
        self.dialog: QWidget | None = None
        """The small dialog standing open, for tests and for one at a time."""

    def box(self) -> PageBox | None:
        """The box the person stands at."""
        raise NotImplementedError

    def show_page(self, page: Page | None, place: str = "", *, step: int = 1, anew: bool = False) -> None:
        """Show a page and stand at a question of it."""
        raise NotImplementedError

    def undo(self) -> None:
        """Take back the last command."""
        raise NotImplementedError

    def skip(self) -> None:
        """F6: 待补, and on."""
        box = self.box()
        if isinstance(box, QuestionBox) and not box.node.readonly:
            path = box.node.path()
            if self.filling.session.reasons.get(path) == "to_collect":
                self.filling.set_reason(box.node, "")
                return
            self.filling.set_reason(box.node, "to_collect")
            self.question_page.step(1)

    def missing(self) -> None:
        """F7: why there is no answer."""
        box = self.box()
        if not isinstance(box, QuestionBox) or box.node.readonly:
            return
        node = box.node
        now = self.filling.session.reasons.get(node.path(), "")
        choices = [(code, self.tr(word)) for code, word in REASONS if code != "to_collect"]
        if now:
            choices.append(("", self.tr("取消，照常填")))
        about = self.tr("已填的答案会清掉。") if node.text else ""
        dialog = PickDialog(self.tr("这一题为什么没有答案"), about, choices, now, self.window())
        dialog.taken.connect(lambda code: self._missing_taken(node, code))
        self._open(dialog)

    def _missing_taken(self, node: FormNode, code: str) -> None:
        self.filling.set_reason(node, code)
        box = self.box()
        if code and box is not None and box.node is node:
            self.question_page.step(1)

    def remark(self) -> None:
        """Shift+F2."""
        box = self.box()
        if box is None or isinstance(box, AddBox):
            return
        node = box.node
        label = plain(self.filling.session.view(node).label or "")
        text = self.filling.session.remarks.get(node.path(), "")
        dialog = RemarkDialog(self.tr("本题备注"), label, text, self.window())
        dialog.taken.connect(lambda words: self.filling.set_remark(node, words))
        self._open(dialog)

    def _ask_own_reason(self, node: FormNode) -> None:
        text = self.filling.session.reasons.get(node.path(), "")
        label = plain(self.filling.session.view(node).label or "")
        dialog = RemarkDialog(self.tr("什么原因"), label, text, self.window())
        dialog.taken.connect(lambda words: self.filling.set_reason(node, words))
        self._open(dialog)

    def as_last_time(self) -> None:
        """F9: the answer of the visit before, and on."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.as_last_time():
            self.question_page.step(1)

    def photo(self) -> None:
        """F10: at this question, else at the first one of the page that takes a photo."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.editor.take_photo():
            return
        for other in self.question_page.stopping():
            if isinstance(other, QuestionBox) and other.editor.wants_photo():
                self.question_page.stand(other)
                other.editor.take_photo()
                return
        self.shell.toast(self.tr("这一页没有要拍照的题"))

    def explain(self) -> None:
        """F1: everything said about this question, also where the help column has no room."""
        box = self.box()
        if box is None or isinstance(box, AddBox):
            return
        view = self.filling.session.view(box.node)
        words = [plain(text) for text in (view.hint, view.guidance) if text and text.strip()]
        before = self.filling.previous_text(box.node)
        if before and isinstance(box, QuestionBox):
            words.append(self.tr("上次：{words}　{when}").format(
                words=box.editor.words_of(before), when=self.filling.previous_word
            ))  # fmt: skip
        remark = self.filling.session.remarks.get(box.node.path(), "")
        if remark:
            words.append(self.tr("备注：{text}").format(text=remark))
        dialog = MessageDialog(
            plain(view.label or ""), "\n\n".join(words) or self.tr("这一题没有另外的说明。"),
            [("ok", self.tr("知道了"), "primary")], icon="help", tone="accent", parent=self.window(),
        )  # fmt: skip
        self._open(dialog)

    def helper(self) -> None:
        """F3: what helps with this field."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.editor.help_word():
            box.editor.helper()

    def add_row(self, path: str) -> None:
        """Another row of a repeat, and there."""
        node = self.filling.add_row(path)
        if node is not None:
            page = self.outline.page_of(node)
            if page is not None:
                first = next((n for n in page.questions() if _is_below(n, node)), None)
                self.show_page(page, first.path() if first is not None else "")

    def remove_row(self, node: FormNode) -> None:
        """Take a row away; a member of the register is asked after first, answers are asked about."""
        if self._removing is not None and self._removing(node):
            return
        asked = self.filling.session.form.questions
        filled = len([below for below in node.subtree() if below.text and below.definition.path in asked])
        if not filled:
            self._remove_now(node)
            return
        name = plain(self.outline.heading(node))
        dialog = MessageDialog(
            self.tr("删掉“{name}”").format(name=name),
            self.tr("这一条已经填了 {n} 题，删掉以后可用 Ctrl+Z 找回，结束调查以后就不能了。").format(n=filled),
            [("stay", self.tr("先不删"), "plain"), ("go", self.tr("删掉这一条"), "danger")],
            parent=self.window(),
        )
        dialog.finished.connect(lambda _r: self._remove_now(node) if dialog.chosen == "go" else None)
        self._open(dialog)

    def _remove_now(self, node: FormNode) -> None:
        if self.filling.remove_row(node):
            self.shell.toast(self.tr("已删掉一条"), self.undo)

    def remove_here(self) -> None:
        """Ctrl+−: the row the person stands in."""
        box = self.box()
        node = box.node if box is not None else None
        while node is not None and node.definition.repeat is None:
            node = node.parent
        if node is not None:
            self.remove_row(node)

    def _open(self, dialog: QWidget) -> None:
        self.dialog = dialog
        dialog.finished.connect(lambda _r: self._dialog_over(dialog))  # type: ignore[attr-defined]
        dialog.open()  # type: ignore[attr-defined]

    def _dialog_over(self, dialog: QWidget) -> None:
        if self.dialog is dialog:
            self.dialog = None
        box = self.box()
        if box is not None:
            box.take_focus()
        dialog.deleteLater()


def _is_below(node: FormNode, top: FormNode) -> bool:
    current: FormNode | None = node
    while current is not None:
        if current is top:
            return True
        current = current.parent
    return False
