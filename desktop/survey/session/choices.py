"""The choices a question offers now: written out, or filtered from a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.survey.session.nodes import FormNode
from desktop.survey.xform.model import Control, Itemset
from desktop.survey.xpath.context import Context
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.tree import Node
from desktop.survey.xpath.values import to_text

if TYPE_CHECKING:
    from desktop.survey.session.session import Session


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One choice: what is stored, what is shown, its image or None, and the list item it comes from."""

    value: str
    label: str
    image: str | None = None
    item: Node | None = None


_ALONE = re.compile(r"not\(selected\(\., '([^']+)'\) and \(?count-selected\(\.\) > 1")


def exclusive_values(node: FormNode) -> frozenset[str]:
    """Choices that stand alone (健康, 都没有), as the constraint says it: `not(selected(., 'x') and
    count-selected(.) > 1)`, ODK's own way of writing it."""
    constraint = node.definition.bind.constraint
    return frozenset() if constraint is None else frozenset(_ALONE.findall(constraint.source))


def choice_values(session: Session, control: Control, node: FormNode) -> list[str]:
    """What can be stored, in the order offered."""
    if control.itemset is None:
        return [choice.value for choice in control.choices]
    return [_cell(item, control.itemset.value) for item in items_of(session, control.itemset, node)]


def items_of(session: Session, itemset: Itemset, node: FormNode) -> list[Node]:
    """The list items that pass the filter."""
    try:
        return itemset.nodes.nodes(Context(session.environment, node))
    except ExpressionError as error:
        session.engine.problems[node.path()] = error.message
        return []


def choices_of(session: Session, control: Control, node: FormNode) -> list[ChoiceView]:
    """The choices with labels in the present language."""
    texts = session.texts
    if control.itemset is None:
        return [
            ChoiceView(choice.value, texts.shown(choice.label, node) or "", texts.shown(choice.label, node, "image"))
            for choice in control.choices
        ]
    itemset = control.itemset
    found: list[ChoiceView] = []
    for item in items_of(session, itemset, node):
        label, image = item_label(session, itemset, item, node)
        found.append(ChoiceView(_cell(item, itemset.value), label, image, item))
    return found


def item_label(session: Session, itemset: Itemset, item: Node, node: FormNode) -> tuple[str, str | None]:
    """Label and image of a list item."""
    if itemset.label_formula is not None:
        context = Context(session.environment, item, node)
        try:
            text = itemset.label_formula.text(context)
        except ExpressionError:
            text = ""
    else:
        text = _cell(item, itemset.label)
    if itemset.label_is_itext:
        return session.texts.entry(text, node) or "", session.texts.entry(text, node, "image")
    return text, None


def _cell(item: Node, name: str) -> str:
    if name in ("", "."):
        return item.string_value()
    target: Node | None = item
    for part in name.split("/"):
        if part == ".":
            continue
        target = None if target is None else target.first_named(part)
    if target is None:
        return ""
    return to_text(target.atom())  # type: ignore[arg-type]
