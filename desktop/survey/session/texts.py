"""Texts as shown: labels, hints and messages with their outputs filled in, in the present language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.survey.session.nodes import FormNode
from desktop.survey.xform.model import Formula, Output, Text
from desktop.survey.xform.texts import element_text, itext_forms
from desktop.survey.xpath.context import Context
from desktop.survey.xpath.parser import ExpressionError

if TYPE_CHECKING:
    from desktop.survey.session.session import Session


class Texts:
    """Resolves the texts of a session; entries of itext are read once for each node path."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._entries: dict[tuple[str, str, tuple[str, ...] | None], dict[str, Text]] = {}

    def shown(self, text: Text | None, node: FormNode, form: str = "") -> str | None:
        """The text for a node in the session's language, None when there is none of that form."""
        if text is None:
            return None
        if text.itext is not None:
            name = self._name(text.itext, node)
            return self.entry(name, node, form)
        return self.filled(text, node) if not form else None

    def _name(self, formula: Formula, node: FormNode) -> str:
        try:
            return formula.text(Context(self.session.environment, node))
        except ExpressionError:
            return ""

    def entry(self, name: str, node: FormNode, form: str = "") -> str | None:
        """An itext entry by id."""
        forms = self._forms(name, node.definition.path or None)
        if form:
            text = forms.get(form)
        else:
            text = forms.get("") or forms.get("long") or forms.get("short")
        return None if text is None else self.filled(text, node)

    def _forms(self, name: str, path: tuple[str, ...] | None) -> dict[str, Text]:
        language = self.session.language
        key = (language, name, path)
        found = self._entries.get(key)
        if found is None:
            form = self.session.form
            elements = itext_forms(form, language, name) or {}
            found = {kind: element_text(element, form.scope(path)) for kind, element in elements.items()}
            self._entries[key] = found
        return found

    def filled(self, text: Text, node: FormNode) -> str:
        """The parts in a row, outputs evaluated."""
        if len(text.parts) == 1 and isinstance(text.parts[0], str):
            return text.parts[0]
        return "".join(part if isinstance(part, str) else self._output(part, node) for part in text.parts)

    def is_fixed(self, text: Text | None, node: FormNode) -> bool:
        """Whether a text says the same whatever is answered."""
        if text is None:
            return True
        if text.itext is None:
            return all(isinstance(part, str) for part in text.parts)
        if not text.itext.source.startswith(("'", '"')):
            return False
        forms = self._forms(self._name(text.itext, node), node.definition.path or None)
        return all(isinstance(part, str) for entry in forms.values() for part in entry.parts)

    def literal(self, text: Text | None, node: FormNode) -> str:
        """The text without its outputs and the marks left around them: 成员 1：样大 → 成员."""
        parts = self._parts(text, node)
        return "".join(part for part in parts if isinstance(part, str)).strip(" ：:，,.。、-—()（）")

    def with_gaps(self, text: Text | None, node: FormNode, gap: str) -> tuple[str, bool]:
        """The text as a blank form prints it, `gap` in place of each output, and whether it has any."""
        parts = self._parts(text, node)
        return "".join(p if isinstance(p, str) else gap for p in parts), any(not isinstance(p, str) for p in parts)

    def _parts(self, text: Text | None, node: FormNode) -> tuple[str | Output, ...]:
        if text is None:
            return ()
        if text.itext is None:
            return text.parts
        forms = self._forms(self._name(text.itext, node), node.definition.path or None)
        found = forms.get("") or forms.get("long") or forms.get("short")
        return () if found is None else found.parts

    def _output(self, output: Output, node: FormNode) -> str:
        try:
            return output.formula.text(Context(self.session.environment, node))
        except ExpressionError as error:
            self.session.engine.problems[node.path()] = error.message
            return ""
