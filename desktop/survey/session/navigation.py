"""Walks a form as it is asked: question by question, into groups and repeat instances, past what is irrelevant.

The walk looks at the form as it stands at each step, so that answers given on the way change what comes next.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session
from desktop.survey.xform.model import Control, NodeDef
from desktop.survey.xpath.context import Context

QUESTION, GROUP, REPEAT, NEW_REPEAT, BEGINNING, END = (
    "QUESTION",
    "GROUP",
    "REPEAT",
    "PROMPT_NEW_REPEAT",
    "BEGINNING_OF_FORM",
    "END_OF_FORM",
)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the walk stands. `node` is the question, group or instance; for NEW_REPEAT the repeat's parent."""

    event: str
    node: FormNode | None = None
    control: Control | None = None
    place: int = 0
    """For REPEAT and NEW_REPEAT: which instance, from 0."""

    @property
    def path(self) -> str:
        """The path of the node; of the repeat for NEW_REPEAT."""
        if self.node is None:
            return ""
        if self.event == NEW_REPEAT:
            assert self.control is not None and self.control.path is not None
            head = self.node.path() if self.node.definition.path else ""
            return f"{head}/{self.control.path[-1]}"
        return self.node.path()


class Navigator:
    """A position in a session's form that steps forwards and backwards."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.form = session.form
        self.stop = Stop(BEGINNING)

    def rewind(self) -> None:
        """Back to the beginning."""
        self.stop = Stop(BEGINNING)

    def next(self) -> Stop:
        """The next question, group, instance or offer of a new instance."""
        stop = self.stop
        while True:
            stop = self._after(stop)
            if stop.event == END or self._is_asked(stop):
                self.stop = stop
                return stop

    def previous(self) -> Stop:
        """The stop before this one, found by walking from the beginning."""
        wanted = self.stop
        walker = Navigator(self.session)
        before = walker.stop
        while True:
            stop = walker.next()
            if stop == wanted or stop.event == END:
                self.stop = before
                return before
            before = stop

    def stops(self) -> list[Stop]:
        """All stops of the form as it stands."""
        walker = Navigator(self.session)
        found: list[Stop] = []
        while (stop := walker.next()).event != END:
            found.append(stop)
        return found

    def go_to(self, path: str) -> Stop:
        """Stand at a question, group or instance by path."""
        node = self.session.node(path)
        control = node.definition.control
        event = QUESTION if control is not None and control.is_question else GROUP
        if node.definition.repeat is not None:
            event = REPEAT
            control = self._repeat_control(node.definition)
        self.stop = Stop(event, node, control, node.position - 1)
        return self.stop

    def _repeat_control(self, definition: NodeDef) -> Control | None:
        stack = list(self.form.body)
        while stack:
            control = stack.pop()
            if control.kind == "repeat" and control.path == definition.path:
                return control
            stack.extend(control.children)
        return None

    def _is_asked(self, stop: Stop) -> bool:
        if stop.node is None:
            return stop.event == GROUP
        if stop.event == NEW_REPEAT:
            return stop.node.relevant and self._new_instance_relevant(stop)
        return stop.node.relevant

    def _new_instance_relevant(self, stop: Stop) -> bool:
        assert stop.control is not None and stop.control.path is not None and stop.node is not None
        return self.would_be_relevant(stop.node, self.form.nodes[stop.control.path])

    def would_be_relevant(self, parent: FormNode, definition: NodeDef) -> bool:
        """Whether a new instance of a repeat would be asked."""
        rule = definition.bind.relevant
        if isinstance(rule, bool):
            return rule
        return rule.truth(Context(self.session.environment, FormNode(definition, parent)))

    def _after(self, stop: Stop) -> Stop:
        if stop.event == BEGINNING:
            return self._enter(self.form.body, 0, self.session.root, None)
        control = stop.control
        if stop.event in (GROUP, REPEAT) and control is not None and control.children:
            base = stop.node if stop.node is not None else self.session.root
            found = self._enter(control.children, 0, base, control)
            if found is not None:
                return found
        return self._leave(stop)

    def _enter(self, controls: list[Control], index: int, base: FormNode, parent: Control | None) -> Stop:
        """The first stop at or after a place among sibling controls, below an enclosing instance."""
        while index < len(controls):
            control = controls[index]
            stop = self._arrive(control, base, 0)
            if stop is not None:
                return stop
            index += 1
        if parent is None:
            return Stop(END)
        return self._leave_control(parent, base)

    def _arrive(self, control: Control, base: FormNode, place: int) -> Stop | None:
        """The stop for a control, None when it has no node here."""
        if control.path is None:
            return Stop(GROUP, base, control)
        if control.kind == "repeat":
            return self._repeat_stop(control, base, place)
        node = self._resolve(control.path, base)
        if node is None:
            return None
        return Stop(QUESTION if control.is_question else GROUP, node, control)

    def _repeat_stop(self, control: Control, base: FormNode, place: int) -> Stop | None:
        assert control.path is not None
        definition = self.form.nodes[control.path]
        parent = self._resolve(control.path[:-1], base)
        if parent is None or definition.repeat is None:
            return None
        likes = parent.instances(definition.name)
        if place < len(likes):
            return Stop(REPEAT, likes[place], control, place)
        if definition.repeat.count is not None:
            if self.session.engine.lazy_counts and parent.relevant:
                wanted = self.session.engine.wanted_count(parent, definition)
                if (
                    wanted is not None
                    and place < wanted
                    and self._new_instance_relevant(Stop(NEW_REPEAT, parent, control))
                ):
                    node = self.session.engine.add_instance(parent, definition)
                    self.session.engine.run()
                    return Stop(REPEAT, node, control, place)
            return None
        if definition.repeat.fixed or place > len(likes):
            return None
        return Stop(NEW_REPEAT, parent, control, place)

    def _resolve(self, path: tuple[str, ...], base: FormNode) -> FormNode | None:
        """The node at a path that shares the repeat instances of `base`."""
        here = base.definition.path
        shared = 0
        while shared < len(here) and shared < len(path) and here[shared] == path[shared]:
            shared += 1
        node: FormNode | None = base
        for _ in range(len(here) - shared):
            node = None if node is None else node.parent
        for name in path[shared:]:
            likes = [] if node is None else node.instances(name)
            node = likes[0] if likes else None
        return node

    def _leave(self, stop: Stop) -> Stop:
        """The stop after this control (and all it holds)."""
        control = stop.control
        assert control is not None
        base = stop.node if stop.node is not None else self.session.root
        if stop.event in (REPEAT, NEW_REPEAT):
            parent = base if stop.event == NEW_REPEAT else (base.parent or self.session.root)
            # an instance removed or added meanwhile: count on from where this one stands now
            place = base.position if stop.event == REPEAT and base.alive else stop.place + (stop.event == NEW_REPEAT)
            following = self._repeat_stop(control, parent, place)
            if following is not None:
                return following
            base = parent
        return self._sibling(control, base)

    def _leave_control(self, control: Control, base: FormNode) -> Stop:
        if control.kind == "repeat":
            node: FormNode | None = base
            while node is not None and node.definition.path != control.path:
                node = node.parent
            if node is not None:
                return self._leave(Stop(REPEAT, node, control, node.position - 1))
        return self._sibling(control, base)

    def _sibling(self, control: Control, base: FormNode) -> Stop:
        parent = control.parent
        siblings = self.form.body if parent is None else parent.children
        return self._enter(siblings, siblings.index(control) + 1, base, parent)
