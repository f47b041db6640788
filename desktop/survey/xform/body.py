"""Reads the form's body: questions, groups, repeats, their choices, actions and references."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from desktop.survey.xform import reader, texts
from desktop.survey.xform.model import (
    Action,
    Choice,
    Control,
    Form,
    FormError,
    Formula,
    Itemset,
    Names,
    RepeatInfo,
    Text,
)
from desktop.survey.xpath import paths
from desktop.survey.xpath.compiler import Compiler
from desktop.survey.xpath.parser import parse
from desktop.survey.xpath.syntax import Path, Step

QUESTIONS = frozenset(("input", "select1", "select", "rank", "upload", "trigger", "range", "secret"))
ACTIONS = frozenset(("setvalue", "setgeopoint", "recordaudio", "setlocation"))


def resolve(form: Form, reference: str, here: Names, what: str) -> Names:
    """The path that a `ref` or `nodeset` means, seen from `here`. Raises FormError when it is no plain path."""
    tree = parse(reference)
    if isinstance(tree, Path):
        route = paths.route_of(Compiler(form.scope(here)), tree)
        if route is not None and route.target is not None:
            return route.target
    raise FormError(f"{what}引用的“{reference[:80]}”不是字段的路径。")


class BodyReader:
    """Walks the body once; collects controls in order, and the questions by path."""

    def __init__(self, form: Form, prefixes: dict[str, str]) -> None:
        self.form = form
        self.prefixes = prefixes
        self.order = 0

    def read(self, body: ET.Element | None) -> None:
        """Fill `form.body`."""
        if body is not None:
            self._children(body, None, (self.form.root.path[0],), self.form.body)

    def _children(
        self, element: ET.Element, parent: Control | None, here: Names, into: list[Control], owner: Names | None = None
    ) -> None:
        for inner in reader.elements(element):
            name = reader.local_name(inner)
            if name in QUESTIONS:
                self._question(inner, name, parent, here, into)
            elif name in ("group", "repeat"):
                self._group(inner, name, parent, here, into)
            elif name in ACTIONS:
                self.form.actions.append(read_action(self.form, inner, here, owner))

    def _control(self, element: ET.Element, kind: str, path: Names | None, parent: Control | None) -> Control:
        self.order += 1
        control = Control(kind, path, order=self.order, parent=parent)
        control.appearance = element.get("appearance") or ""
        control.media_type = element.get("mediatype") or ""
        for key, value in element.attrib.items():
            if key not in ("ref", "nodeset", "bind", "appearance", "mediatype"):
                control.attributes[reader.qualified(key, self.prefixes)] = value
        control.label = texts.text_of(reader.child(element, "label"), self.form, path)
        for hint in element:
            if reader.local_name(hint) == "hint":
                control.hint = texts.text_of(hint, self.form, path)
        return control

    def _reference(self, element: ET.Element, here: Names, attribute: str = "ref") -> Names | None:
        bind = element.get("bind")
        if bind is not None:
            for node in self.form.nodes.values():
                if node.bind.attributes.get("id") == bind:
                    return node.path
            raise FormError(f"控件引用了没有定义的绑定“{bind}”。")
        reference = element.get(attribute)
        if not reference:
            return None
        return resolve(self.form, reference, here, "控件")

    def _question(
        self, element: ET.Element, kind: str, parent: Control | None, here: Names, into: list[Control]
    ) -> None:
        path = self._reference(element, here)
        if path is None:
            raise FormError("有一个问题没有写明它的答案存放在哪个字段。")
        control = self._control(element, kind, path, parent)
        into.append(control)
        node = self.form.nodes.get(path)
        if node is None:
            self.form.warnings.append(f"问题引用的字段不存在：/{'/'.join(path)}")
        else:
            if node.control is None or not node.control.is_question:
                node.control = control
            if kind in ("select", "rank"):
                # several answers in one text, whatever the bind says
                node.bind.data_type = "list"
        self.form.questions.setdefault(path, control)
        choices: list[Choice] = []
        for inner in reader.elements(element):
            name = reader.local_name(inner)
            if name == "item":
                value = reader.child(inner, "value")
                label = texts.text_of(reader.child(inner, "label"), self.form, path) or Text()
                choices.append(Choice((value.text or "").strip() if value is not None else "", label))
            elif name == "itemset":
                control.itemset = self._itemset(inner, path)
            elif name in ACTIONS:
                self.form.actions.append(read_action(self.form, inner, path, path))
        control.choices = tuple(choices)

    def _itemset(self, element: ET.Element, path: Names) -> Itemset:
        nodeset = element.get("nodeset") or ""
        value = reader.child(element, "value")
        label = reader.child(element, "label")
        label_reference = (label.get("ref") if label is not None else None) or ""
        is_itext = label_reference.strip().startswith("jr:itext(")
        if is_itext:
            label_reference = label_reference.strip()[len("jr:itext(") : -1]
        value_reference = (value.get("ref") if value is not None else None) or ""
        formula = Formula(nodeset, self.form.scope(path))
        label_formula = None
        if label_reference and not _plain_name(label_reference):
            label_formula = Formula(label_reference, self.form.scope(None))
        return Itemset(formula, value_reference.strip(), label_reference.strip(), is_itext, label_formula)

    def _group(self, element: ET.Element, kind: str, parent: Control | None, here: Names, into: list[Control]) -> None:
        written = "nodeset" if kind == "repeat" and element.get("nodeset") else "ref"
        path = self._reference(element, here, written)
        if kind == "group" and path is not None and self.form.is_repeat(path):
            self._wrapped_repeat(element, path, parent, into)
            return
        control = self._control(element, kind, path, parent)
        into.append(control)
        node = self.form.nodes.get(path) if path is not None else None
        if kind == "repeat":
            # the label of an instance is that of the group around the repeat
            control.label = None
            if path is None or node is None:
                raise FormError("有一个重复组没有写明它重复哪个节点，或者该节点不存在。")
            if node.repeat is None:
                node.repeat = RepeatInfo()
            count = reader.attribute(element, "count")
            if count and count.strip():
                # the count stands outside its own repeat: it sees what the repeat's parent sees
                node.repeat.count = Formula(count, self.form.scope(path))
            node.repeat.fixed = (reader.attribute(element, "noAddRemove") or "").strip() in ("true()", "true")
        if node is not None and (node.control is None or kind == "group"):
            node.control = control
        owner = path if kind == "repeat" else None
        self._children(element, control, path if path is not None else here, control.children, owner)

    def _wrapped_repeat(self, element: ET.Element, path: Names, parent: Control | None, into: list[Control]) -> None:
        """`<group ref="x"><label/><repeat nodeset="x">`: one thing, the group only carries the label."""
        first = len(into)
        self._children(element, parent, path, into)
        for control in into[first:]:
            if control.kind == "repeat" and control.path == path:
                control.label = control.label or texts.text_of(reader.child(element, "label"), self.form, path)
                control.appearance = control.appearance or element.get("appearance") or ""


def _plain_name(reference: str) -> bool:
    return all(char.isalnum() or char in "_-.:" for char in reference.strip())


def _action_target(form: Form, reference: str, here: Names) -> tuple[Names, Formula | None]:
    """The path an action changes, and a formula for the very nodes when predicates choose among them."""
    tree = parse(reference)
    if isinstance(tree, Path) and any(step.predicates for step in tree.steps):
        plain = Path(tree.start, tuple(Step(step.axis, step.test) for step in tree.steps))
        route = paths.route_of(Compiler(form.scope(here)), plain)
        if route is not None and route.target is not None:
            return route.target, Formula(reference, form.scope(here))
    return resolve(form, reference, here, "动作"), None


def read_action(form: Form, element: ET.Element, here: Names, owner: Names | None) -> Action:
    """An action element as a record."""
    reference = element.get("ref") or element.get("target") or ""
    bind = element.get("bind")
    if not reference and bind:
        reference = next((n.pretty for n in form.nodes.values() if n.bind.attributes.get("id") == bind), "")
    if not reference:
        raise FormError(f"动作 {reader.local_name(element)} 没有写明它改变哪个字段。")
    target, where = _action_target(form, reference, here)
    value = element.get("value")
    events = tuple((element.get("event") or "").split())
    kind = reader.local_name(element)
    formula = Formula(value, form.scope(target)) if value and value.strip() else None
    return Action(kind, events, target, formula, element.text or "", where, owner)
