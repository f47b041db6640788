"""Preloads and actions: what a form fills in by itself when opened, when a row is added, when an answer changes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from desktop.survey.session import answers
from desktop.survey.session.engine import Engine
from desktop.survey.session.nodes import FormNode
from desktop.survey.xform.model import Action, Form, Names
from desktop.survey.xpath.context import Context
from desktop.survey.xpath.parser import ExpressionError
from desktop.survey.xpath.values import Atom

FIRST_LOAD = ("odk-instance-first-load", "xforms-ready")
LOAD = ("odk-instance-load",)
NEW_REPEAT = ("odk-new-repeat", "jr-insert")
VALUE_CHANGED = "xforms-value-changed"
FINALISE = ("xforms-revalidate",)
CASCADE_LIMIT = 50


class Actions:
    """The actions of one form, found by event and by the control they stand in."""

    def __init__(self, form: Form, engine: Engine) -> None:
        self.form = form
        self.engine = engine
        self.by_owner: dict[Names, list[Action]] = {}
        for action in form.actions:
            if action.owner is not None and VALUE_CHANGED in action.events:
                self.by_owner.setdefault(action.owner, []).append(action)
        self.new_repeat = [a for a in form.actions if set(a.events) & set(NEW_REPEAT)]
        self.depth = 0
        self.locate: Callable[[], str] | None = None
        """The device's position as OpenRosa text, for `setgeopoint`; None where there is no source."""

    def fire(self, events: Iterable[str]) -> None:
        """Carry out the actions of form-wide events, for every instance their control has."""
        wanted = set(events)
        for action in self.form.actions:
            if wanted & set(action.events):
                for target in self._targets(action, self._below(self.engine.document, action.target)):
                    self._carry_out(action, target)

    def computes_defaults(self, node: FormNode) -> bool:
        """Whether a new instance gets defaults by formula."""
        here = node.definition.path
        return any(a.formula is not None and a.target[: len(here)] == here for a in self.new_repeat)

    def fire_new_instance(self, node: FormNode) -> None:
        """Carry out `odk-new-repeat` actions that stand in the repeat of a new instance."""
        for action in self.new_repeat:
            # only what the action means inside this very instance
            here = node.definition.path
            if (action.owner or action.target)[: len(here)] != here:
                continue
            if action.target[: len(node.definition.path)] == node.definition.path:
                below = self._below(node, action.target[len(node.definition.path) :])
                for target in self._targets(action, below):
                    self._carry_out(action, target)
            else:
                for target in self._targets(action, self.related(action.target, node)):
                    self._carry_out(action, target)

    def fire_value_changed(self, node: FormNode) -> None:
        """Carry out the actions of the question a node belongs to, after its answer changed."""
        actions = self.by_owner.get(node.definition.path)
        if not actions or self.depth > CASCADE_LIMIT:
            return
        self.depth += 1
        try:
            for action in actions:
                for target in self._targets(action, self.related(action.target, node), node):
                    self._carry_out(action, target)
        finally:
            self.depth -= 1

    def _targets(self, action: Action, nodes: list[FormNode], at: FormNode | None = None) -> list[FormNode]:
        """The nodes an action changes: those found by path, or those its predicates choose anywhere in the form."""
        if action.where is None:
            return nodes
        place = action.where.scope.path or ()
        here = [at] if at is not None and at.definition.path == place else self._below(self.engine.document, place)
        if not here:
            return []
        found = action.where.nodes(Context(self.engine.environment, here[0]))
        return [node for node in found if isinstance(node, FormNode)]

    def _below(self, top: FormNode, names: Names) -> list[FormNode]:
        nodes = [top]
        for name in names:
            nodes = [child for node in nodes for child in node.named.get(name, ())]
        return nodes

    def related(self, target: Names, node: FormNode) -> list[FormNode]:
        """The nodes at a path inside the repeat instances that also hold `node`."""
        shared = 0
        here = node.definition.path
        while shared < len(target) and shared < len(here) and target[shared] == here[shared]:
            shared += 1
        top: FormNode = node
        for _ in range(len(here) - shared):
            assert top.parent is not None
            top = top.parent
        return self._below(top, target[shared:])

    def _carry_out(self, action: Action, target: FormNode) -> None:
        engine = self.engine
        value: Atom = action.literal
        if action.kind == "setgeopoint":
            value = "" if self.locate is None else self.locate()
        elif action.kind != "setvalue":
            return
        if action.formula is not None:
            try:
                value = action.formula.scalar(Context(engine.environment, target))
            except ExpressionError as error:
                engine.problems[target.path()] = error.message
                return
        data_type, zone = target.definition.bind.data_type, engine.environment.zone
        text, typed = answers.store(value, data_type, zone)
        if action.kind == "setvalue":
            text, typed = answers.read(text, data_type, zone)
        if engine.set_value(target, text, typed):
            engine.run()
            self.fire_value_changed(target)


def preload(engine: Engine, top: FormNode, properties: dict[str, str], *, only_empty_uid: bool = False) -> None:
    """Fill `jr:preload` nodes of a subtree: dates, times, identifiers, device and user.

    `only_empty_uid`: an instance opened again gets only the identifier it lacks.
    """
    for node in top.subtree():
        bind = node.definition.bind
        if not bind.preload or (only_empty_uid and (bind.preload != "uid" or node.text)):
            continue
        value = _preloaded(engine, bind.preload, bind.preload_params, properties)
        if value is not None:
            text, typed = answers.store(value, bind.data_type, engine.environment.zone)
            node.text, node.typed = text, typed
            engine.changed[node] = None


def _preloaded(engine: Engine, kind: str, params: str, properties: dict[str, str]) -> Atom | None:
    now = engine.environment.now()
    if kind == "date":
        return now.start_of_day() if params in ("today", "") else None
    if kind == "timestamp":
        return now if params == "start" else None
    if kind == "uid":
        return f"uuid:{uuid.uuid4()}"
    if kind == "property":
        return properties.get(params) or None
    return None


def postload(engine: Engine, top: FormNode) -> None:
    """Fill what is known only at the end: `timestamp`/`end`."""
    for node in top.subtree():
        bind = node.definition.bind
        if bind.preload == "timestamp" and bind.preload_params == "end":
            text, typed = answers.store(engine.environment.now(), bind.data_type, engine.environment.zone)
            engine.set_value(node, text, typed)
