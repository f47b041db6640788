"""What all editors of answers have in common, and those one types into: text, numbers, money, ID, barcode, range."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.common.text import narrow
from desktop.registry import codelists
from desktop.survey.session.answers import TEXT_LIMIT
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.views import NodeView
from desktop.ui.runner.filling import Filling
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import IdField

SETTLE_MS = 700
"""A pause in typing after which the text so far is kept, so that a dead battery costs no more than a word."""


class AnswerEditor(QWidget):
    """Base of all editors: shows a node's answer and hands new ones to the filling.

    Signals: `said(words, tone)` what is wrong or doubtful before the rules are asked; `stepped()` when choosing means
    going on. `wants_digits`: whether digit keys belong to the field.
    """

    said = Signal(str, str)
    stepped = Signal(bool)
    """Go on: True also to the next page (appearance `quick`)."""
    wants_digits = True
    opens_list = False
    """Whether a list opens below it."""
    several_lines = False
    """Whether Enter makes a line, so that Ctrl+Enter goes on."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filling, self.node = filling, node
        self.view: NodeView = filling.session.view(node)

    def give(self, text: str) -> None:
        """Hand an answer to the session."""
        self.filling.answer(self.node, text)

    def commit(self) -> None:
        """Hand over what was typed and not yet given."""

    def refresh(self) -> None:
        """Show the node as it is now."""

    def discard(self) -> bool:
        """Show the answer as it is held, whatever is typed; whether anything typed went."""
        self.refresh()
        return False

    def problem(self) -> str:
        """What was typed and cannot be an answer, in words; '' when all is well."""
        return ""

    def target(self) -> QWidget:
        """The widget that takes the focus."""
        return self

    def choose(self, number: int) -> bool:
        """A key cap (1–9, then letters from 10) was pressed; whether it meant anything here."""
        return False

    def arrow(self, step: int) -> bool:
        """↑ or ↓; whether it meant anything here."""
        return False

    def help_word(self) -> str:
        """What F3 does here, '' when it does nothing."""
        return ""

    def helper(self) -> None:
        """F3."""

    def take_photo(self) -> bool:
        """F10; whether it meant anything here."""
        return False

    def wants_photo(self) -> bool:
        """Whether F10 is for it, from anywhere on the page."""
        return False

    def words_of(self, text: str) -> str:
        """An answer in words, for the line 上次."""
        return text


class LineEditor(AnswerEditor):
    """An answer typed into one line; kept on leaving, on Enter and after a pause."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.field = self.make_field()
        self.field.setAccessibleName(self.view.label or self.view.name)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(10)
        self.row.addWidget(self.field)
        self.row.addStretch(1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLE_MS)
        self._pause.timeout.connect(self.commit)
        self.field.textEdited.connect(lambda _t: self._pause.start())
        self.field.editingFinished.connect(self.commit)
        self.setFocusProxy(self.field)
        self.refresh()

    def make_field(self) -> TextField:
        """The field."""
        field = TextField()
        field.setMaxLength(TEXT_LIMIT + 1)
        field.setFixedWidth(440)
        return field

    def target(self) -> QWidget:
        return self.field

    def read(self) -> str | None:
        """The text as an answer; None while it cannot be one (then nothing is given)."""
        return self.field.text().strip()

    def shown(self, text: str) -> str:
        """An answer as it stands in the field."""
        return text

    def commit(self) -> None:
        self._pause.stop()
        if self.field.isReadOnly():
            return
        text = self.read()
        if text is not None and text != self.node.text:
            self.give(text)

    def put(self, text: str) -> None:
        """Show an answer in the field."""
        self.field.setText(self.shown(text))

    def discard(self) -> bool:
        self._pause.stop()
        before = self.field.text()
        if not self.field.isReadOnly():
            self.put(self.node.text)
        self.problem()  # says that nothing is wrong any more
        return self.field.text() != before

    def refresh(self) -> None:
        if self.field.isReadOnly() != self.node.readonly:
            self.field.setReadOnly(self.node.readonly)
        if self._pause.isActive() and self.field.hasFocus():
            return  # someone is typing: the field is ahead of the session
        wanted = self.shown(self.node.text)
        if self.field.text() != wanted and self.read() != self.node.text:
            self.field.setText(wanted)


class TextEditor(LineEditor):
    """Text of one line."""

    def make_field(self) -> TextField:
        field = super().make_field()
        if "numbers" in self.view.appearance:
            field.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
            field.setFixedWidth(260)
        return field

    def read(self) -> str | None:
        text = self.field.text()
        return narrow(text).strip() if "numbers" in self.view.appearance else text.strip()


class SecretEditor(TextEditor):
    """Text that is not shown."""

    def make_field(self) -> TextField:
        field = super().make_field()
        field.setEchoMode(TextField.EchoMode.Password)
        return field


class IdEditor(LineEditor):
    """A certificate number: grouped, counted and checked while typed; masked at rest."""

    field: IdField

    def make_field(self) -> TextField:
        field = IdField()
        field.setFixedWidth(300)
        field.message_changed.connect(self.said)
        return field

    def read(self) -> str | None:
        return self.field.value() or ""

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        self.field.set_citizen(self._is_citizen())
        if self._pause.isActive() and self.field.hasFocus():
            return
        if self.node.text != (self.field.value() or ""):
            self.field.set_value(self.node.text)

    def put(self, text: str) -> None:
        self.field.set_value(text)

    def problem(self) -> str:
        return self.field.problem()

    def _is_citizen(self) -> bool:
        """By the certificate type asked in the same group before it; without one it is an identity card."""
        kinds = {item.code for item in codelists.items("certificate_type")}
        parent = self.node.parent
        for sibling in parent.form_children() if parent is not None else ():
            if sibling is self.node:
                break
            if sibling.text in kinds:
                return sibling.text.startswith("id_card")
        return True

    def words_of(self, text: str) -> str:
        from desktop.common.idnumber import mask_id

        return mask_id(text)


class MultilineEditor(AnswerEditor):
    """Text of several lines; Enter makes a line (in an empty field it goes on), Ctrl+Enter goes on."""

    several_lines = True

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        self.field = QPlainTextEdit()
        self.field.setTabChangesFocus(True)
        self.field.setAccessibleName(self.view.label or self.view.name)
        self.field.setFixedHeight(theme().px("control") * 2 + 24)
        self.field.setMaximumWidth(640)
        lines.addWidget(self.field)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLE_MS)
        self._pause.timeout.connect(self.commit)
        self.field.textChanged.connect(self._pause.start)
        self.field.installEventFilter(self)
        self.setFocusProxy(self.field)
        self.refresh()

    def target(self) -> QWidget:
        return self.field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            self.commit()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            go = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            empty = not self.field.toPlainText()  # an empty first line is never meant: Enter goes on
            if go and (empty or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier):
                event.ignore()  # the runner's
                return True
        return super().eventFilter(watched, event)

    def commit(self) -> None:
        self._pause.stop()
        text = self.field.toPlainText().strip()
        if not self.field.isReadOnly() and text != self.node.text:
            self.give(text)

    def discard(self) -> bool:
        self._pause.stop()
        self.refresh()
        return False

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        if self._pause.isActive() and self.field.hasFocus():
            return
        if self.field.toPlainText().strip() != self.node.text:
            self.field.setPlainText(self.node.text)
            self._pause.stop()


class BarcodeEditor(TextEditor):
    """A barcode: a scanner types it and ends with Enter; from an image where a decoder is installed (F3)."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.field.setPlaceholderText(self.tr("用扫码枪扫，或手输"))
        from desktop.ui.runner import barcodes

        self._decoder = barcodes.available()
        if not self._decoder:
            self.row.insertWidget(1, Label(self.tr("本机没有从图片识别条码的组件"), "caption"))

    def help_word(self) -> str:
        return self.tr("从图片识别") if self._decoder else ""

    def helper(self) -> None:
        if not self._decoder:
            return
        from desktop.ui.runner import barcodes
        from desktop.ui.runner.media_editors import choose_file

        def take(path: str) -> None:
            found = barcodes.decode(path)
            if found:
                self.field.setText(found)
                self.commit()
            else:
                self.said.emit(self.tr("图片里没有认出条码，换一张或手输"), "warning")

        choose_file(self, self.tr("选条码图片"), self.tr("图片 (*.png *.jpg *.jpeg *.bmp)"), take)


class AcknowledgeEditor(AnswerEditor):
    """One thing to confirm: 1 or Space ticks it."""

    wants_digits = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        from desktop.ui.runner.options import ChoiceButton

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.button = ChoiceButton(self.tr("已核对"), "1", multiple=True)
        self.button.setAccessibleName(self.view.label or self.view.name)
        self.button.clicked.connect(lambda: self.choose(1))
        row.addWidget(self.button)
        row.addStretch(1)
        self.setFocusProxy(self.button)
        self.refresh()

    def target(self) -> QWidget:
        return self.button

    def choose(self, number: int) -> bool:
        if number != 1 or self.node.readonly:
            return False
        self.give("" if self.node.text else "OK")
        return True

    def refresh(self) -> None:
        self.button.set_on(bool(self.node.text))
        self.button.setEnabled(not self.node.readonly)

    def words_of(self, text: str) -> str:
        return self.tr("已核对") if text else ""


class ShownEditor(AnswerEditor):
    """A value that can only be read."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.field = TextField()
        self.field.setReadOnly(True)
        self.field.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.field.setFixedWidth(320)
        row.addWidget(self.field)
        row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        self.field.setText(self.node.text or self.tr("未填"))
