"""A form being filled: the one object a screen, the command line and the tests work with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo

from desktop.common.errors import InputRefused
from desktop.survey.session import actions as acts
from desktop.survey.session import answers, choices, views
from desktop.survey.session.engine import Engine
from desktop.survey.session.nodes import FormNode, build, document_node
from desktop.survey.session.texts import Texts
from desktop.survey.xform.body import resolve
from desktop.survey.xform.model import Bind, Control, Form, NodeDef, Seed
from desktop.survey.xpath.context import Context, Environment
from desktop.survey.xpath.moments import Moment
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.tree import Node
from desktop.survey.xpath.values import number_of_text


class AnswerRefused(InputRefused):
    """A command does not fit the form's present state; nothing changed."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A node that does not pass: `kind` is "required" or "constraint"."""

    path: str
    kind: str
    message: str


@dataclass
class Options:
    """What a session takes from its surroundings."""

    zone: tzinfo | None = None
    clock: Callable[[], int] | None = None
    """Milliseconds since 1970; tests and traces set it."""
    properties: dict[str, str] = field(default_factory=dict)
    """deviceid, username, phonenumber, email… for preloads and `property()`."""
    language: str = ""
    lazy_counts: bool = False
    reasons: dict[str, str] = field(default_factory=dict)
    lists: dict[str, Node] = field(default_factory=dict)
    """Lists for this filling alone, in place of the form's of that name: what the register knows today."""
    locate: Callable[[], str] | None = None
    """The device's position as OpenRosa text, where it has a source."""
    seed: int | None = None


class Session:
    """One filling of a form. Paths are written with positions of repeat instances: `/data/member[2]/age`."""

    def __init__(
        self, form: Form, options: Options | None = None, instance: Seed | None = None, *, first_load: bool = True
    ) -> None:
        self.options = options or Options()
        zone = self.options.zone or _local_zone()
        self.form = form
        self.language = self.options.language or form.default_language
        self.document = document_node()
        self.environment = Environment(
            zone=zone,
            forms=True,
            root=self.document,
            instances={**form.instances, **self.options.lists},
            properties=self.options.properties,
            version=form.version,
            random=random.Random(self.options.seed),
            indexes={} if self.options.lists else form.indexes,
        )
        if self.options.clock is not None:
            self.environment.clock = self.options.clock
        self.environment.itext = self._itext
        self.environment.choice_name = self._choice_name
        self.engine = Engine(form, self.environment, self.document)
        self.engine.lazy_counts = self.options.lazy_counts
        self.texts = Texts(self)
        self.actions = acts.Actions(form, self.engine)
        self.actions.locate = self.options.locate
        self.engine.on_new_instance = self._new_instance
        self.reasons: dict[str, str] = dict(self.options.reasons)
        """Why an answer is missing, by path: counts as an answer where one is required."""
        self.remarks: dict[str, str] = {}
        self.touched: set[str] = set()
        """Paths a person answered or cleared in this filling."""
        root = build(instance or form.seed, self.document, zone)
        self.document.add(root)
        self.root = root
        self.engine.offered = self._offered
        if instance is None and not self.options.lazy_counts:
            self.engine.drop_counted(root)
            self._fill_fixed(root)
        self._start(first_load)

    def _start(self, first_load: bool) -> None:
        if first_load:
            acts.preload(self.engine, self.root, self.options.properties)
            self.actions.fire((*acts.FIRST_LOAD, *acts.LOAD))
        else:
            acts.preload(self.engine, self.root, self.options.properties, only_empty_uid=True)
            self.actions.fire(acts.LOAD)
        self.engine.queue_all(self.root)
        self.engine.run()
        self.engine.changed.clear()
        self.engine.added.clear()

    def _offered(self, node: FormNode) -> list[str]:
        control = self.form.questions.get(node.definition.path)
        return [] if control is None else choices.choice_values(self, control, node)

    def _fill_fixed(self, root: FormNode) -> None:
        """A repeat that nobody may add to has at least one instance."""
        for node in list(root.subtree()):
            for definition in node.definition.children:
                repeat = definition.repeat
                if repeat is not None and repeat.fixed and repeat.count is None and not node.instances(definition.name):
                    assert repeat.template is not None
                    node.add(self.engine.make(repeat.template, node))

    def _new_instance(self, node: FormNode) -> None:
        acts.preload(self.engine, node, self.options.properties)
        if self.actions.computes_defaults(node):
            # a default may read what its own row computes: whose row it is (JavaRosa)
            self.engine.calculate(node)
        self.actions.fire_new_instance(node)

    # -- finding nodes -------------------------------------------------------------------------------------------

    def node(self, path: str) -> FormNode:
        """The node at a path; a position left out means the first instance. Raises AnswerRefused."""
        found: FormNode | None = self.document
        for part in path.strip("/").split("/"):
            name, _, rest = part.partition("[")
            place = int(rest.rstrip("]")) if rest else 1
            likes = [] if found is None else found.instances(name)
            found = likes[place - 1] if 0 < place <= len(likes) else None
        if found is None or found is self.document:
            raise AnswerRefused(f"表单里现在没有这个位置：{path}")
        return found

    def view(self, node: FormNode | str) -> views.NodeView:
        """The read-only view of a node."""
        return views.NodeView(self, self.node(node) if isinstance(node, str) else node)

    def choices(self, node: FormNode) -> list[choices.ChoiceView]:
        """What a select question offers now."""
        control = self.form.questions.get(node.definition.path)
        return [] if control is None else choices.choices_of(self, control, node)

    # -- commands ------------------------------------------------------------------------------------------------

    def answer(self, path: str | FormNode, value: str) -> Violation | None:
        """Give an answer as text ('' clears it). It is stored even when it violates a rule; the violation is
        returned and stands against finalising.

        Raises AnswerRefused for a read-only node, a node that holds no answer, or text beyond the limit.
        """
        node = self.node(path) if isinstance(path, str) else path
        if node.children or node.definition.children:
            raise AnswerRefused(f"{node.path()} 是一组，不能直接填写。")
        if len(value) > answers.TEXT_LIMIT:
            raise AnswerRefused(
                f"这个答案有 {len(value)} 个字，超过 {answers.TEXT_LIMIT} 个，没有存入；原来的答案未变。"
            )
        if node.readonly:
            raise AnswerRefused(f"{node.path()} 是只读的，没有改动。")
        text, typed = answers.read(value, node.definition.bind.data_type, self.environment.zone)
        control = self.form.questions.get(node.definition.path)
        if control is not None and text:
            if control.kind == "trigger":
                text = typed = "OK" if text.lower() in ("ok", "1", "true") else ""
            elif control.kind == "range":
                text, typed = _in_range(control, text, typed)
            elif control.kind in ("select1", "select"):
                self._check_offered(control, node, text)
                if control.kind == "select1":
                    text = value
                elif " " in text:
                    text = typed = self._in_order(control, node, text)
            elif control.kind == "rank":
                self._check_rank(control, node, text)
        self.touched.add(node.path())
        self.write(node, text, typed)
        return self.violation(node)

    def _in_order(self, control: Control, node: FormNode, text: str) -> str:
        """Several answers in the order the choices stand in."""
        place = {value: index for index, value in enumerate(choices.choice_values(self, control, node))}
        return " ".join(sorted(dict.fromkeys(text.split()), key=lambda value: place.get(value, len(place))))

    def _check_offered(self, control: Control, node: FormNode, text: str) -> None:
        offered = choices.choice_values(self, control, node)
        given = [text] if control.kind == "select1" else text.split()
        missing = [value for value in given if value not in offered]
        if missing:
            raise AnswerRefused(f"选项里现在没有“{'、'.join(missing)}”，没有存入；原来的答案未变。")

    def _check_rank(self, control: Control, node: FormNode, text: str) -> None:
        offered = choices.choice_values(self, control, node)
        if sorted(offered) != sorted(text.split()):
            raise AnswerRefused("排序题要排完全部选项，一个也不能少；原来的顺序未变。")

    def write(self, node: FormNode, text: str, typed: answers.Atom, *, again: bool = False) -> None:
        """Store a value, compute what depends on it, carry out the actions of its question.

        `again` computes what depends on it also when the value is the same (JavaRosa).
        """
        changed = self.engine.set_value(node, text, typed)
        if again and not changed:
            self.engine.touch(node)
            self.engine.run()
        if changed:
            self.engine.run()
            self.actions.fire_value_changed(node)
            self.engine.run()

    def add_repeat(self, path: str, place: int | None = None) -> FormNode:
        """Add an instance to a repeat given by its path (of the group, or any instance); `place` counts from 1."""
        parent, definition = self.repeat_at(path)
        repeat = definition.repeat
        assert repeat is not None
        if repeat.count is not None or repeat.fixed:
            raise AnswerRefused(f"{path} 的条数由表单决定，不能自行增加。")
        node = self.engine.add_instance(parent, definition, None if place is None else place - 1)
        self.engine.run()
        return node

    def remove_repeat(self, path: str | FormNode) -> None:
        """Remove one repeat instance."""
        node = self.node(path) if isinstance(path, str) else path
        repeat = node.definition.repeat
        if repeat is None:
            raise AnswerRefused(f"{node.path()} 不是重复组的一条，不能删除。")
        if repeat.count is not None or repeat.fixed:
            raise AnswerRefused(f"{node.path()} 的条数由表单决定，不能自行删除。")
        touched = dict.fromkeys(self.touched, "")
        beside = (self.reasons, self.remarks, touched)
        moved = [_taken_out(table, node) for table in beside]
        self.engine.remove_instance(node)
        self.engine.run()
        for table, entries in zip(beside, moved, strict=True):
            table.update({owner.path(): said for owner, said in entries if owner.alive})
        self.touched.clear()
        self.touched.update(touched)

    def repeat_at(self, path: str) -> tuple[FormNode, NodeDef]:
        """The parent node and definition of a repeat by path, whether or not it has instances."""
        head, _, last = path.rstrip("/").rpartition("/")
        parent = self.node(head) if head else self.document
        name = last.partition("[")[0]
        for child in parent.definition.children:
            if child.name == name and child.repeat is not None:
                return parent, child
        raise AnswerRefused(f"表单里没有这个重复组：{path}")

    def set_language(self, language: str) -> None:
        """Show texts in another language of the form."""
        if language not in self.form.languages:
            raise AnswerRefused(f"表单没有语言“{language}”。")
        self.language = language

    def set_reason(self, path: str, reason: str) -> None:
        """Say why an answer is missing (不知道、拒答…); '' takes it back."""
        node = self.node(path)
        if reason:
            self.reasons[node.path()] = reason
        else:
            self.reasons.pop(node.path(), None)

    # -- checks --------------------------------------------------------------------------------------------------

    def violation(self, node: FormNode) -> Violation | None:
        """What is wrong with a node's answer now, None when nothing."""
        if not node.relevant or node.definition.children:
            return None
        bind = node.definition.bind
        if node.text == "":
            if node.required and node.path() not in self.reasons:
                message = self.texts.shown(bind.required_message, node) or "必须填写。"
                return Violation(node.path(), "required", message)
            return None
        if bind.constraint is not None and not self._holds(bind, node):
            message = self.texts.shown(bind.constraint_message, node) or "答案不符合要求。"
            return Violation(node.path(), "constraint", message)
        return None

    def _holds(self, bind: Bind, node: FormNode) -> bool:
        assert bind.constraint is not None
        try:
            return bind.constraint.truth(Context(self.environment, node))
        except ExpressionError as error:
            self.engine.problems[node.path()] = error.message
            return True

    def validate(self) -> list[Violation]:
        """Everything that bars finalising, in the order of the form."""
        found: list[Violation] = []
        for node in self.root.subtree():
            if node.relevant and not node.definition.children and self._is_asked(node):
                violation = self.violation(node)
                if violation is not None:
                    found.append(violation)
        return found

    def _is_asked(self, node: FormNode) -> bool:
        return node.definition.path in self.form.questions

    def finalise(self) -> list[Violation]:
        """Close the filling: end times and final actions; returns what still bars it (then nothing was closed)."""
        found = self.validate()
        if not found:
            acts.postload(self.engine, self.root)
            self.actions.fire(acts.FINALISE)
            self.engine.run()
        return found

    # -- functions that expressions call -------------------------------------------------------------------------

    def _itext(self, name: str, context: Context) -> str:
        node = context.current
        text = self.texts.entry(name, node if isinstance(node, FormNode) else self.root)
        return f"[itext:{name}]" if text is None else text

    def _choice_name(self, value: str, path: str, context: Context) -> str:
        current = context.current
        here = current if isinstance(current, FormNode) else self.root
        names = resolve(self.form, path, here.definition.path, "jr:choice-name()")
        control = self.form.questions.get(names)
        if control is None:
            return value
        node = self._nearest(names, here)
        for choice in choices.choices_of(self, control, node):
            if choice.value == value:
                return choice.label
        return ""

    def _nearest(self, names: tuple[str, ...], node: FormNode) -> FormNode:
        related = self.actions.related(names, node)
        return related[0] if related else node

    def now(self) -> Moment:
        """The session's present instant."""
        return self.environment.now()


def _taken_out(table: dict[str, str], row: FormNode) -> list[tuple[FormNode, str]]:
    """What is said beside the answers of this row and those behind it, taken out: its paths count positions."""
    parent = row.parent
    likes = [] if parent is None else parent.instances(row.definition.name)
    behind = likes[likes.index(row) :] if row in likes else []
    paths = ((below, below.path()) for like in behind for below in like.subtree())
    return [(below, table.pop(path)) for below, path in paths if path in table]


def _in_range(control: Control, text: str, typed: answers.Atom) -> tuple[str, answers.Atom]:
    """A range's answer, empty when it lies outside or between the steps."""
    if not isinstance(typed, float):
        return text, typed
    start, end, step = (number_of_text(control.attributes.get(name, "")) for name in ("start", "end", "step"))
    if start != start or end != end:
        return text, typed
    if typed < min(start, end) or typed > max(start, end):
        return "", ""
    steps = (typed - start) / step if step == step and step else 0.0
    return (text, typed) if abs(steps - round(steps)) < 1e-9 else ("", "")


def _local_zone() -> tzinfo:
    from datetime import datetime

    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    return zone


__all__ = ["AnswerRefused", "Options", "Session", "Violation"]
