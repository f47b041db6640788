"""Ctrl+Z and Ctrl+Y in the runner: the last command is taken back or given again, and one stands where it was given."""

from __future__ import annotations

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import AnswerRefused
from desktop.survey.session.undo import Step
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.runner.question_commands import QuestionCommands
from desktop.ui.runner.words import plain


class UndoCommands(QuestionCommands):
    """The part of the runner that takes back; the steps are the filling's (`Filling.log`)."""

    def jump(self, node: FormNode) -> None:
        """To a question anywhere in the form."""
        raise NotImplementedError

    def undo(self) -> None:
        """Ctrl+Z: what is being typed and is no answer, else the last command."""
        box = self.box()
        if isinstance(box, QuestionBox):
            box.commit()
            if box.editor.problem() and box.editor.discard():
                return
        step = self.filling.undo()
        if step is None:
            self.shell.toast(self.tr("没有可以撤销的了"))
            return
        words = self._words(step)
        self._stand_at(step)
        self.shell.toast(self.tr("已撤销：{what}　Ctrl+Y 重做").format(what=words))

    def redo(self) -> None:
        """Ctrl+Y: what was taken back last."""
        box = self.box()
        if isinstance(box, QuestionBox):
            box.commit()  # an answer given since then is not overwritten: it leaves nothing to give again
        step = self.filling.redo()
        if step is None:
            self.shell.toast(self.tr("没有可以重做的"))
            return
        words = self._words(step)
        self._stand_at(step)
        self.shell.toast(self.tr("已重做：{what}　Ctrl+Z 撤销").format(what=words))

    def _stand_at(self, step: Step) -> None:
        """At the question that changed; of a row that came back at its first question."""
        for node in (*step.rows_changed(), step.node, self._node(step.place)):
            if node is None or not node.alive:
                continue
            if node.definition.path not in self.filling.session.form.questions:
                node = next((below for below in node.subtree() if self._is_asked(below)), None)
            if node is not None and self._is_asked(node):
                self.jump(node)
                break
        box = self.box()
        if isinstance(box, QuestionBox):
            box.editor.discard()  # the field shows what is held now, whatever was typed there

    def _node(self, place: str) -> FormNode | None:
        try:
            return self.filling.session.node(place) if place else None
        except AnswerRefused:
            return None

    def _is_asked(self, node: FormNode) -> bool:
        page = self.outline.page_of(node)
        asked = node.definition.path in self.filling.session.form.questions and node.relevant and not node.readonly
        return asked and page is not None and self.outline.is_asked(page) and not self.filling.is_note(node)

    def _words(self, step: Step) -> str:
        """What the step was about: a row by its heading, a question by its label."""
        rows = step.rows_changed()
        if rows and step.node.definition.path not in self.filling.session.form.questions:
            return plain(self.outline.heading(rows[0])) if rows[0].alive else self.tr("加的一条")
        label = plain(self.filling.session.view(step.node).label or "") or self.tr("上一步")
        return label if len(label) <= 18 else f"{label[:17]}…"
