"""Takes back the last command on a filling, and gives it again: answers, rows, reasons, and all that followed of them.

After each command the whole instance is compared with what it was before, so a step also holds what formulas, actions,
filters and counted repeats did in consequence. Rows keep their nodes: one that comes back is the very one that went.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.survey.session.answers import Atom
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session

DEPTH = 500
"""Steps that can be taken back; older ones are forgotten."""

Held = tuple[str, Atom, str | None]
"""What a node holds: text, typed value, what was chosen while a filter hides part of it."""
Rows = dict[tuple[FormNode, str], tuple[FormNode, ...]]
"""The instances of each repeat, by parent and name."""


@dataclass
class Step:
    """One command with everything it changed; `before` and `after` stand beside each other."""

    node: FormNode
    """What the command was given to: a question, a row, or the parent of a row that went."""
    place: str
    """Path of the question the person stood at."""
    typed: bool = False
    """Text that is typed piece by piece: what follows at the same question belongs to the same step."""
    open: bool = True
    """Whether the person still stands there."""
    values: dict[FormNode, tuple[Held, Held]] = field(default_factory=dict)
    rows: dict[tuple[FormNode, str], tuple[tuple[FormNode, ...], tuple[FormNode, ...]]] = field(default_factory=dict)
    touched: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    beside: list[tuple[dict[Any, Any], dict[Any, Any]]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether it changed nothing a person could take back."""
        return (
            all(before == after for before, after in self.values.values())
            and all(before == after for before, after in self.rows.values())
            and all(before == after for before, after in self.beside)
        )

    def rows_changed(self) -> list[FormNode]:
        """The rows that came or went."""
        found: list[FormNode] = []
        for before, after in self.rows.values():
            found += [row for row in (*before, *after) if (row in before) != (row in after)]
        return found


@dataclass
class _State:
    values: dict[FormNode, Held]
    rows: Rows
    touched: frozenset[str]
    beside: list[dict[Any, Any]]


class UndoLog:
    """`UndoLog(session, beside)`: `took(node, place)` after each command; `undo()` and `redo()` give the step.

    `beside` are further tables that belong to the filling (which members left); reasons and remarks always do.
    """

    def __init__(self, session: Session, beside: Sequence[MutableMapping[Any, Any]] = ()) -> None:
        self.session = session
        self._beside: list[MutableMapping[Any, Any]] = [session.reasons, session.remarks, *beside]
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._state = self._capture()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to give again."""
        return bool(self._undone)

    def took(self, node: FormNode, place: str = "", *, typed: bool = False) -> None:
        """A command was carried out: remember what it changed."""
        now = self._capture()
        step = self._difference(node, place, self._state, now)
        step.typed = typed
        self._state = now
        if step.is_empty:
            return
        self._undone.clear()
        last = self._done[-1] if self._done else None
        if last is not None and typed and last.typed and last.open and last.node is node:
            _merge(last, step)
            if last.is_empty:
                self._done.pop()
            return
        self._done.append(step)
        del self._done[:-DEPTH]

    def settle(self) -> None:
        """Something changed that is no step of its own (an answer was confirmed as it was)."""
        self._state.touched = frozenset(self.session.touched)

    def close_step(self) -> None:
        """The person went on to another question: what is typed later is another step."""
        if self._done:
            self._done[-1].open = False

    def undo(self) -> Step | None:
        """Take the last step back; None when there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        step.open = False
        self._apply(step, 0)
        self._undone.append(step)
        return step

    def redo(self) -> Step | None:
        """Give the step again that was taken back last; None when there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._apply(step, 1)
        self._done.append(step)
        return step

    # -- inside ------------------------------------------------------------------------------------------------

    def _capture(self) -> _State:
        values: dict[FormNode, Held] = {}
        rows: Rows = {}
        for node in self.session.root.subtree():
            definition = node.definition
            if definition.children:
                for child in definition.children:
                    if child.repeat is not None:
                        rows[node, child.name] = tuple(node.instances(child.name))
            else:
                values[node] = (node.text, node.typed, node.chosen)
        return _State(
            values, rows, frozenset(self.session.touched), [dict(table) for table in self._beside]
        )

    def _difference(self, node: FormNode, place: str, before: _State, after: _State) -> Step:
        step = Step(node, place, touched=(before.touched, after.touched))
        known = before.values
        for leaf, held in after.values.items():
            was = known.get(leaf)
            # a typed value that is no number never equals itself: the text says whether an answer changed
            if was is not None and (was[0] != held[0] or was[2] != held[2]):
                step.values[leaf] = (was, held)
        for key, now in after.rows.items():
            then = before.rows.get(key)
            if then is not None and then != now:
                step.rows[key] = (then, now)
        step.beside = list(zip(before.beside, after.beside, strict=True))
        return step

    def _apply(self, step: Step, side: int) -> None:
        engine = self.session.engine
        for (parent, name), both in step.rows.items():
            wanted = both[side]
            for row in [row for row in parent.instances(name) if row not in wanted]:
                engine.remove_instance(row)
            for place, row in enumerate(wanted):
                likes = parent.instances(name)
                if place >= len(likes) or likes[place] is not row:
                    engine.bring_back(row, place)
        for node, held in step.values.items():
            text, typed, chosen = held[side]
            engine.set_value(node, text, typed)
            node.chosen = chosen
        engine.run()
        self.session.touched.clear()
        self.session.touched.update(step.touched[side])
        for table, kept in zip(self._beside, step.beside, strict=True):
            table.clear()
            table.update(kept[side])
        self._state = self._capture()


def _merge(last: Step, step: Step) -> None:
    for node, (before, after) in step.values.items():
        last.values[node] = (last.values[node][0] if node in last.values else before, after)
    for key, (then, now) in step.rows.items():
        last.rows[key] = (last.rows[key][0] if key in last.rows else then, now)
    last.touched = (last.touched[0], step.touched[1])
    last.beside = [(old[0], new[1]) for old, new in zip(last.beside, step.beside, strict=True)]


def changes_of(session: Session, step: Step, *, undone: bool) -> Iterable[tuple[str, str, str]]:
    """(path, old text, new text) of the questions a step changed, as they stand after it was taken back or given."""
    asked = session.form.questions
    for node, (before, after) in step.values.items():
        if node.alive and node.definition.path in asked and node.definition.bind.calculate is None:
            yield (node.path(), after[0], before[0]) if undone else (node.path(), before[0], after[0])


__all__ = ["DEPTH", "Step", "UndoLog", "changes_of"]
