"""The part 不再适用 of the review page: answers kept but left out, each with the way to the question that hid it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.survey.session.hidden_answers import HiddenAnswer, answer_words
from desktop.survey.session.nodes import FormNode
from desktop.ui.runner.filling import REASONS, Filling
from desktop.ui.runner.words import plain


class HiddenWords(QObject):
    """`HiddenWords(filling)`: how the review page says an answer that is not asked for any more."""

    def __init__(self, filling: Filling, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.filling = filling

    def title(self, many: int) -> str:
        """The heading of the part."""
        return self.tr("不再适用（{n}）").format(n=many)

    def what_becomes(self) -> str:
        """What becomes of these answers when the visit is finished."""
        if self.filling.correcting:
            return self.tr("更正后不再算数，上次由它们写入登记册的内容会撤下；条件改回来就恢复")
        return self.tr("结束时不写入登记册，登记册原有的不变；条件改回来就恢复")

    def line(self, hidden: HiddenAnswer) -> tuple[str, str]:
        """(question with the answer, why it is not asked)."""
        said = self._answer(hidden.node, hidden.text) or dict(REASONS).get(hidden.reason, hidden.reason)
        question = self.tr("{label}：{answer}").format(label=self._label(hidden.node), answer=said)
        because = hidden.because
        if because is None:
            return question, self.tr("由别的资料决定")
        answer = self._answer(because, because.text) or self.tr("没有填")
        words = self.tr("因为“{label}”答的是“{answer}”").format(label=self._label(because), answer=answer)
        return question, words

    def _label(self, node: FormNode) -> str:
        return plain(self.filling.session.view(node).label or node.definition.name)

    def _answer(self, node: FormNode, text: str) -> str:
        known = dict(self.filling.villages)
        return known.get(text) or plain(answer_words(self.filling.session, node, text))
