"""Fills a shipped form as a visitor would: in the form's order, only what is asked, everything given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from desktop.common.idnumber import check_digit
from desktop.common.resources import form_path
from desktop.survey.session.entities import EntityWrite, entity_writes
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Options, Session, Violation
from desktop.survey.xform import tables
from desktop.survey.xform.model import Form
from desktop.survey.xlsform.compile import compile_workbook

TODAY = datetime(2026, 6, 30, 2, tzinfo=UTC)
VILLAGE = "440799101201"
Answers = Mapping[str, Any]
"""Answers by question name; for a repeat its name with one mapping a row."""


@cache
def shipped_form(name: str) -> Form:
    """A workbook of `forms/`, compiled once."""
    return compile_workbook(form_path(f"{name}.xlsx").read_bytes(), name="data").form()


def listed(name: str, rows: Sequence[Mapping[str, str]]) -> Any:
    """A list that the register lends: columns are all that any row names."""
    fields = tuple(dict.fromkeys(key for row in rows for key in row)) or ("name", "label")
    return tables.from_rows(name, fields, [tuple(row.get(field, "") for field in fields) for row in rows])


class Filling:
    """A session of a shipped form, its nodes found by name."""

    def __init__(self, form: str, **lists: Sequence[Mapping[str, str]]) -> None:
        self.options = Options(
            clock=lambda: int(TODAY.timestamp() * 1000),
            zone=UTC,
            seed=1,
            lists={name: listed(name, rows) for name, rows in lists.items()},
        )
        self.session = Session(shipped_form(form), self.options)

    def node(self, name: str, row: int | None = None) -> FormNode:
        """The node of this name, in row `row` (from 1) of its repeat; a dotted name walks through inner nodes."""
        found = [node for node in self.session.root.subtree() if node.definition.name == name]
        at = (row or 1) - 1
        assert at < len(found), f"{name} has {len(found)} nodes"
        assert row is not None or len(found) == 1, f"{name} stands in {len(found)} rows"
        return found[at]

    def text(self, name: str, row: int | None = None) -> str:
        """What formulas see of a node: nothing while it is not asked."""
        node = self.node(name, row)
        return node.text if node.relevant else ""

    def shown(self, name: str, row: int | None = None) -> bool:
        """Whether a question or note is on the screen now."""
        return self.node(name, row).relevant

    def answer(self, name: str, value: str, row: int | None = None) -> Violation | None:
        """Give one answer."""
        return self.session.answer(self.node(name, row), value)

    def refused(self, name: str, value: str, row: int | None = None) -> str:
        """The message that an answer calls forth, '' when it is accepted; the answer is taken back."""
        node = self.node(name, row)
        before = node.text
        violation = self.session.answer(node, value)
        self.session.answer(node, before)
        return "" if violation is None else violation.message

    def choices(self, name: str, row: int | None = None) -> list[str]:
        """The values offered."""
        return [choice.value for choice in self.session.choices(self.node(name, row))]

    def notes(self) -> set[str]:
        """The names of all notes on the screen."""
        views = (self.session.view(node) for node in self.session.root.subtree() if node.relevant)
        return {view.name for view in views if view.kind == "note"}

    def fill(self, answers: Answers, *, sound: bool = True) -> list[str]:
        """Answer what is asked, in the form's order; what was never asked is returned.

        `sound`: every answer must pass when it is given.
        """
        given = dict(_flat(answers))
        while given:
            asked = next(((n, key) for n, key in self._asked() if key in given), None)
            if asked is None:
                break
            node, key = asked
            violation = self.session.answer(node, given.pop(key))
            assert violation is None or not sound, (key, violation)
        return sorted(given)

    def record(self, dataset: str) -> EntityWrite:
        """The one record of a kind that is written now."""
        (write,) = [write for write in entity_writes(self.session) if write.dataset == dataset]
        return write

    def open_points(self) -> list[str]:
        """The questions that still bar finalising, by key."""
        keys = {node.path(): key for node, key in self._asked()}
        return [keys[violation.path] for violation in self.session.validate()]

    def _asked(self) -> list[tuple[FormNode, str]]:
        found = []
        for node in self.session.root.subtree():
            if node.relevant and not node.readonly and node.definition.path in self.session.form.questions:
                found.append((node, _key(node)))
        return found


def _key(node: FormNode) -> str:
    current: FormNode | None = node.parent
    while current is not None and current.parent is not None:
        if current.definition.repeat is not None:
            likes = current.parent.instances(current.definition.name)
            return f"{current.definition.name}[{likes.index(current) + 1}].{node.definition.name}"
        current = current.parent
    return node.definition.name


def _flat(answers: Answers) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in answers.items():
        if isinstance(value, str):
            found.append((name, value))
            continue
        for at, row in enumerate(value, 1):
            found.extend((f"{name}[{at}].{inner}", text) for inner, text in row.items())
    return found


def identity(birth: str, sex: str, serial: int = 1) -> str:
    """An invented identity number of an unassigned county: `birth` as 19900101, `sex` 1 or 2."""
    first = f"440799{birth}{serial:02d}{1 if sex == '1' else 2}"
    return first + check_digit(first)
