"""Procedures 办理流程: which steps a case may take from where, what bars them, and what a step does besides.

A case is a row with a `state` column (a distribution, disposal, finding, notice …). Its procedure is data: states with
their words in the order a track shows them, and steps. Guards say in words what is still missing; effects change other
rows in the same unit of work. A step is written as a `step_taken` row, so that the way a case went can be shown and a
wrong step taken back by undoing its unit. Days may be entered late, but stand in the order of the steps (`case_days`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from desktop.store.database import Sql
from desktop.store.register import WriteScope

StepRight = Literal["edit-assets", "edit-people", "review", "admin"]


def people_in(text: object) -> set[str]:
    """The people a field names, one or several (样甲、样乙), without the blanks between the characters of a name."""
    return {name for name in re.split("[、，,；;/]", re.sub(r"\s", "", str(text or ""))) if name}


@dataclass(frozen=True)
class Milestone:
    """A day on which a case came somewhere, with the words for it: “核实”的日期, 申请日期."""

    words: str
    day: str
    """ISO."""


@dataclass(frozen=True)
class CaseFacts:
    """What guards and effects see: the case's row (with list cells), what is typed with the step, and the day."""

    table: str
    id: str
    row: Mapping[str, Any]
    on: str
    """The day of the step, ISO."""
    today: str
    by: str = ""
    """Who takes the step."""
    note: str = ""
    """The words typed with the step (a reason)."""
    typed: Mapping[str, Any] = field(default_factory=dict)
    """The columns typed with the step alone; `row` holds them too."""
    day: str = ""
    """The day on which what the step records happened: its own column (`Step.day`), else the day of the step."""
    since: Milestone | None = None
    """What led the case to where it stands: nothing that follows happened before it. None when nothing did."""


Guard = Callable[[Sql, CaseFacts], list[str]]
"""What still bars the step, each a short clause without personal data (还差 …); empty when nothing does."""
Effect = Callable[[WriteScope, CaseFacts], None]


@dataclass(frozen=True)
class Step:
    """One step: a verb on a button, from which states to which, with what must be filled in."""

    name: str
    word: str
    sources: tuple[str, ...]
    target: str
    needs: tuple[str, ...] = ()
    """Columns or list cells of the case that must be filled, before or with this step."""
    offers: tuple[str, ...] = ()
    """Further columns that may be filled with this step."""
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    right: StepRight = "edit-assets"
    reason_needed: bool = False
    """A step back or away (退回, 终止) says why."""
    day: str = ""
    """The column with the day on which what the step records happened (发放日期), where it has one of its own: the day
    of the step itself may then be the day of writing it down."""
    binds: bool = True
    """Whether what follows happens after it. A step that puts on paper what may be under way (下达整改) binds not."""
    applies: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether this case can take the step at all (划转办结 is for free transfers); None: every case can."""

    def open_to(self, row: Mapping[str, Any]) -> bool:
        """Whether a case with these values can take it at all."""
        return self.applies is None or self.applies(row)


@dataclass(frozen=True)
class Procedure:
    """All steps of one kind of case."""

    table: str
    initial: str
    states: Mapping[str, str]
    """Code → word, in the order of the track; states off the track (退回, 终止) last."""
    steps: tuple[Step, ...]
    opened: str = ""
    """The column with the day the case began (申请日期, 发现日期): no step is earlier."""
    track: tuple[str, ...] = ()
    """States shown as the track; all of `states` when empty."""
    frozen_after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column or list cell → the states in which it may still be edited; others are changed by steps alone."""
    asked_when: Mapping[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    """Column that a step offers → whether it is asked of a case with these values; others always are."""

    def asks(self, column: str, row: Mapping[str, Any]) -> bool:
        """Whether a step asks this case for a column."""
        asked = self.asked_when.get(column)
        return asked is None or asked(row)

    def step(self, name: str) -> Step | None:
        """The step of this name."""
        return next((s for s in self.steps if s.name == name), None)

    def from_state(self, state: str | None) -> list[Step]:
        """The steps that begin in a state."""
        return [s for s in self.steps if (state or self.initial) in s.sources]

    def frozen(self, column: str, state: str | None) -> bool:
        """Whether a column may no longer be edited in this state (no longer a draft, for example)."""
        open_states = self.frozen_after.get(column)
        return open_states is not None and (state or self.initial) not in open_states
