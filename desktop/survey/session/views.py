"""What a screen may see of a node: read-only, computed when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.survey.session.choices import ChoiceView
from desktop.survey.session.nodes import FormNode

if TYPE_CHECKING:
    from desktop.survey.session.session import Session, Violation


class NodeView:
    """One node of the form as shown."""

    __slots__ = ("node", "session")

    def __init__(self, session: Session, node: FormNode) -> None:
        self.session = session
        self.node = node

    @property
    def path(self) -> str:
        """Its path with positions."""
        return self.node.path()

    @property
    def name(self) -> str:
        """The field's name."""
        return self.node.definition.name

    @property
    def kind(self) -> str:
        """root, group, repeat-instance, note, model-value, or the kind of question."""
        definition = self.node.definition
        if definition.parent is None:
            return "root"
        if definition.repeat is not None:
            return "repeat-instance"
        if definition.children:
            return "group"
        control = self.session.form.questions.get(definition.path)
        if control is None:
            return "model-value"
        if control.kind == "input" and definition.bind.readonly is True:
            return "note"
        return "select" if control.kind == "select1" else control.kind

    @property
    def label(self) -> str | None:
        """The label in the present language."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.label, self.node)

    @property
    def hint(self) -> str | None:
        """The hint in the present language."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.hint, self.node)

    @property
    def guidance(self) -> str | None:
        """The guidance hint (ODK: shown on demand or on paper)."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.hint, self.node, "guidance")

    def media(self, kind: str) -> str | None:
        """The file of a label's `image`, `audio` or `video`."""
        control = self.node.definition.control
        return None if control is None else self.session.texts.shown(control.label, self.node, kind)

    @property
    def appearance(self) -> tuple[str, ...]:
        """The appearance words."""
        control = self.node.definition.control
        return () if control is None else tuple(control.appearance.split())

    @property
    def data_type(self) -> str:
        """The bind's type."""
        return self.node.definition.bind.data_type

    @property
    def value(self) -> str:
        """The answer as stored; kept also while the node is irrelevant."""
        return self.node.text

    @property
    def relevant(self) -> bool:
        """Whether it is asked at all."""
        return self.node.relevant

    @property
    def required(self) -> bool:
        """Whether an answer is wanted."""
        return self.node.required

    @property
    def readonly(self) -> bool:
        """Whether it can only be read."""
        return self.node.readonly

    @property
    def choices(self) -> list[ChoiceView]:
        """What can be chosen now."""
        return self.session.choices(self.node)

    @property
    def violation(self) -> Violation | None:
        """What is wrong with the answer."""
        return self.session.violation(self.node)

    @property
    def children(self) -> list[NodeView]:
        """Views of the nodes below."""
        return [NodeView(self.session, child) for child in self.node.form_children()]
