"""The days of a case stand in the order its procedure demands: asked when a step is taken, and of all cases by `check`.

Days may be entered late: what happened in September is written down in November with its own days. But no step happened
before the one that led to it, no notice hung before what it publishes was approved, and two laptops that each were
right alone may make a case whose days are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from desktop.registry.labels import label
from desktop.registry.notice import RESTS_ON_NOTICE, period_bars
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Milestone, Procedure, Step
from desktop.store.database import Sql


@dataclass(frozen=True)
class Taken:
    """A step that was taken, as far as its day goes."""

    step: str
    from_state: str
    to_state: str
    on_date: str


def steps_of_case(sql: Sql, case_id: str) -> list[Taken]:
    """The steps of a case that count, in the order they were written down."""
    rows = sql.rows(
        "SELECT step,from_state,to_state,on_date FROM step_taken WHERE case_id=? AND removed=0 "
        "AND canonical_id IS NULL ORDER BY id",
        (case_id,),
    )
    return [Taken(*(str(value or "") for value in row)) for row in rows]


def milestone(
    procedure: Procedure, row: Mapping[str, Any], taken: Sequence[Taken], at: int, state: str
) -> Milestone | None:
    """What led the case to this state before its `at`-th step, with its day; what binds not is passed over.

    A step that leaves the state as it is (延期) leads nowhere. None when nothing that has a day led there.
    """
    while True:
        at = next((i for i in reversed(range(at)) if _leads_to(taken[i], state)), -1)
        if at < 0:
            break
        step = procedure.step(taken[at].step)
        if step is not None and step.binds:
            day = happened_on(procedure, step, row, taken, at)
            if day:
                return Milestone(f"“{step.word}”的日期", day)
        state = taken[at].from_state
    opened = str(row.get(procedure.opened) or "") if procedure.opened else ""
    return Milestone(label(procedure.table, procedure.opened), opened) if opened else None


def happened_on(procedure: Procedure, step: Step, row: Mapping[str, Any], taken: Sequence[Taken], at: int) -> str:
    """The day of a step that was taken; "" when it cannot be told.

    A column holds the day of the last step that wrote it; of an earlier one only the day of writing it down is left,
    which may be any later day.
    """
    if not step.day:
        return taken[at].on_date
    writing = {s.name for s in procedure.steps if s.day == step.day}
    if any(later.step in writing for later in taken[at + 1 :]):
        return ""
    return str(row.get(step.day) or "") or taken[at].on_date


def _leads_to(taken: Taken, state: str) -> bool:
    return taken.to_state == state != taken.from_state


def dated(sql: Sql, procedure: Procedure, step: Step, facts: CaseFacts) -> CaseFacts:
    """The facts with the day of this step and with what led the case to where it stands."""
    own = str(facts.row.get(step.day) or "") if step.day else ""
    state = str(facts.row.get("state") or procedure.initial)
    taken = steps_of_case(sql, facts.id)
    now = Taken(step.name, state, step.target, facts.on)
    since = milestone(procedure, facts.row, [*taken, now], len(taken), state)
    return replace(facts, day=own or facts.on, since=since)


def day_bars(step: Step, facts: CaseFacts) -> list[str]:
    """Why a step cannot have this day: it has not come yet, or it lies before what led to the step. Names both days."""
    word = label(facts.table, step.day) if step.day and facts.row.get(step.day) else "办理日期"
    bars = ["办理日期在今天之后"] if facts.on > facts.today else []
    if facts.day > facts.today and not bars:
        bars.append(f"{word} {facts.day} 在今天之后")
    if facts.since is not None and facts.day < facts.since.day:
        bars.append(f"{word} {facts.day} 早于{facts.since.words} {facts.since.day}")
    return bars


def approval_of(sql: Sql, procedures: Mapping[str, Procedure], table: str, case_id: str, kind: str) -> Milestone | None:
    """What a notice of this kind about a case publishes: the approval before which it may not hang; None if unknown."""
    procedure = procedures.get(table)
    resting = procedure.step(RESTS_ON_NOTICE.get((table, kind), "")) if procedure is not None else None
    if procedure is None or resting is None:
        return None
    row = _own_days(sql, procedure, case_id).get(case_id)
    taken = steps_of_case(sql, case_id)
    return None if row is None else milestone(procedure, row, taken, len(taken), resting.sources[0])


def not_yet_due(sql: Sql, procedures: Mapping[str, Procedure], table: str, case_id: str, kind: str) -> str:
    """Why a notice of this kind about a case may not hang yet: what it publishes is not approved; "" when it may."""
    procedure = procedures.get(table)
    resting = procedure.step(RESTS_ON_NOTICE.get((table, kind), "")) if procedure is not None else None
    if procedure is None or resting is None:
        return ""
    row = _own_days(sql, procedure, case_id).get(case_id)
    state, before = str((row or {}).get("state") or procedure.initial), resting.sources[0]
    if row is None or state not in procedure.track or before not in procedure.track:
        return ""
    if procedure.track.index(state) >= procedure.track.index(before):
        return ""
    return f"要公示的事项还在“{procedure.states[state]}”，到“{procedure.states[before]}”才能张贴"


Found = tuple[str, str, str, str]
"""(rule, table, case, words)."""


def day_problems(sql: Sql, procedures: Mapping[str, Procedure]) -> Iterator[Found]:
    """Cases whose days are the wrong way round, one line for each; and those whose notice does not carry its step."""
    rows = {table: _own_days(sql, procedure) for table, procedure in procedures.items()}
    resting = {table: (kind, step) for (table, kind), step in RESTS_ON_NOTICE.items()}
    spared = set(policy(sql, "disposal.without_notice"))
    confirmed: dict[str, Milestone] = {}
    for (table, case), group in groupby(
        sql.stream(
            "SELECT case_table,case_id,step,from_state,to_state,on_date FROM step_taken WHERE removed=0 "
            "AND canonical_id IS NULL AND case_table IS NOT NULL AND case_id IS NOT NULL ORDER BY case_table,case_id,id"
        ),
        key=lambda found: (str(found[0]), str(found[1])),
    ):
        procedure, row = procedures.get(table), rows.get(table, {}).get(case)
        if procedure is None or row is None:
            continue
        taken = [Taken(*(str(value or "") for value in found[2:])) for found in group]
        said = _first_wrong(procedure, row, taken)
        if said:
            yield "days_out_of_order", table, case, said
        if table in resting and not (table == "disposal" and row["kind"] in spared):
            kind, name = resting[table]
            said = _notice_wrong(sql, procedure, row, taken, kind, name, case)
            if said:
                yield "notice_of_case", table, case, said
        if table == "distribution":
            since = milestone(procedure, row, taken, len(taken), "paying")
            if since is not None:
                confirmed[case] = since
    for payment, plan, paid in sql.rows(
        "SELECT id,distribution_id,paid_date FROM payment WHERE removed=0 AND canonical_id IS NULL "
        "AND paid_date IS NOT NULL AND state IN ('paid','returned','repaid') ORDER BY id"
    ):
        since = confirmed.get(plan)
        if since is not None and paid < since.day:
            yield (
                "paid_before_confirmed",
                "payment",
                payment,
                f"发放日期 {paid} 早于方案{since.words} {since.day}，请核对",
            )


def _own_days(sql: Sql, procedure: Procedure, case_id: str = "") -> dict[str, dict[str, Any]]:
    """The columns with days of every living case of this kind (or of one), and its state."""
    names = sorted({s.day for s in procedure.steps if s.day} | ({procedure.opened} - {""}))
    names += ["state", *(["kind"] if procedure.table == "disposal" else [])]
    rows = sql.rows(
        f"SELECT {','.join(['id', *names])} FROM {procedure.table} WHERE removed=0 AND canonical_id IS NULL "
        + ("AND id=?" if case_id else "AND state IS NOT NULL"),
        (case_id,) if case_id else (),
    )
    return {str(row[0]): dict(zip(names, row[1:], strict=True)) for row in rows}


def _first_wrong(procedure: Procedure, row: Mapping[str, Any], taken: Sequence[Taken]) -> str:
    for at, found in enumerate(taken):
        step = procedure.step(found.step)
        day = happened_on(procedure, step, row, taken, at) if step is not None else ""
        if step is None or not day:
            continue
        since = milestone(procedure, row, taken, at, found.from_state)
        if since is not None and day < since.day:
            return f"“{step.word}”的日期 {day} 早于{since.words} {since.day}，请核对，记错的撤回重办"
    return ""


def _from_on(procedure: Procedure, state: str) -> set[str]:
    """A state of the track with those beyond it, and ends beside the track that are reached from there alone (已划转);
    not what a step back or away leads to."""
    found = set(procedure.track[procedure.track.index(state) :])
    return found | {s.target for s in procedure.steps if not s.reason_needed and found.issuperset(s.sources)}


def _notice_wrong(
    sql: Sql, procedure: Procedure, row: Mapping[str, Any], taken: Sequence[Taken], kind: str, name: str, case: str
) -> str:
    """What the notice of a case lacks for the step that rests on it, when the case stands at that step or beyond."""
    step = procedure.step(name)
    at = next((i for i in reversed(range(len(taken))) if taken[i].step == name), -1)
    if step is None or at < 0 or row["state"] not in _from_on(procedure, step.target):
        return ""
    day = happened_on(procedure, step, row, taken, at)
    since = milestone(procedure, row, taken, at, taken[at].from_state)
    said = period_bars(sql, procedure.table, case, kind, day, since) if day else []
    return f"已办“{step.word}”，但{'；'.join(said)}，请核对" if said else ""
