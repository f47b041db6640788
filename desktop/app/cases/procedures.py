"""Steps of a case for window and command line: what may come next, what bars it, taking one, and the way it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from desktop.app.records.editing import complete_place
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.asset_status import follow_status
from desktop.registry.case_days import dated, day_bars
from desktop.registry.checks import clean_values
from desktop.registry.labels import label, record_word, table_label
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.registry.procedures import PROCEDURES
from desktop.registry.value_words import words
from desktop.store.database import Sql
from desktop.store.register import WriteScope
from desktop.store.unit_of_work import Committed, Seen


@dataclass(frozen=True)
class StepView:
    """One step as a screen shows it: allowed when nothing bars it; `needs` are the fields still to be filled."""

    name: str
    word: str
    target: str
    target_word: str
    bars: tuple[str, ...]
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    reason_needed: bool

    @property
    def allowed(self) -> bool:
        """Whether it can be taken once its fields are filled."""
        return not self.bars


@dataclass(frozen=True)
class TrackState:
    """One state of the track: done (with its day), current, or still to come."""

    state: str
    word: str
    status: str
    """`done`, `current` or `future`."""
    on_date: str
    by: str


@dataclass(frozen=True)
class StepLine:
    """One step that was taken."""

    step: str
    word: str
    to_word: str
    on_date: str
    by: str
    source_doc: str
    note: str


def procedure_of(table: str) -> Procedure:
    """The procedure of a table's cases; UsageError when they have none."""
    found = PROCEDURES.get(table)
    if found is None:
        raise UsageError(f"{table_label(table)}没有办理流程。")
    return found


def steps_of(ws: Workspace, table: str, row_id: str, on: str | None = None) -> list[StepView]:
    """The steps that begin in the case's state, each with what bars it; UsageError when there is no such case."""
    procedure = procedure_of(table)
    facts = _facts(ws, table, row_id, {}, on)
    steps = procedure.from_state(facts.row.get("state"))
    return [_view(ws, procedure, step, facts) for step in steps if step.open_to(facts.row)]


def _view(ws: Workspace, procedure: Procedure, step: Step, facts: CaseFacts) -> StepView:
    return StepView(
        step.name, step.word, step.target, procedure.states[step.target], tuple(_bars(ws, procedure, step, facts)),
        tuple(n for n in step.needs if not _filled(facts.row.get(n))),
        tuple(n for n in step.offers if procedure.asks(n, facts.row)), step.reason_needed,
    )  # fmt: skip


def take_step(
    ws: Workspace,
    table: str,
    row_id: str,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    on: str | None = None,
    source_doc: str = "",
    note: str = "",
    seen: Seen | None = None,
) -> Committed:
    """Take a step: the typed fields, the new state, its effects and the step itself in one unit of work.

    `on` is the day it happened (ISO, today when left out). Raises UsageError (no such case, or the step does not begin
    here), InputRefused (something bars it or is missing, named), NotAllowed, StorageFailed; then nothing was saved.
    """
    procedure = procedure_of(table)
    step = procedure.step(name)
    if step is None:
        known = "、".join(f"{s.word}（{s.name}）" for s in procedure.steps)
        raise UsageError(f"{table_label(table)}没有步骤 {name}；可用的步骤：{known}。")
    ws.require(step.right)
    cleaned = clean_values(ws.register.table(table), dict(values or {}))
    complete_place(ws, table, cleaned)
    facts = _facts(ws, table, row_id, cleaned, on, note.strip())
    state = facts.row.get("state") or procedure.initial
    if state not in step.sources:
        raise InputRefused(
            f"现在是“{procedure.states.get(state, state)}”，不能{step.word}；内容没有改变。",
            hint="可用的步骤见 xiangce steps。",
        )
    if not step.open_to(facts.row):
        kind = words(table, "kind", facts.row.get("kind")) or "没有写方式的"
        raise InputRefused(f"“{kind}”的{table_label(table)}不走“{step.word}”这一步；内容没有改变。")
    shut = [n for n in cleaned if n not in (*step.needs, *step.offers) and procedure.frozen(n, state)]
    if shut:
        names = "、".join(label(table, n) for n in shut)
        raise InputRefused(f"现在是“{procedure.states.get(state, state)}”，{names}不能再改；内容没有改变。")
    bars = _bars(ws, procedure, step, facts)
    missing = [label(table, n) for n in step.needs if not _filled(facts.row.get(n))]
    if missing:
        bars.append(f"没有填{'、'.join(missing)}")
    if step.reason_needed and not note.strip():
        bars.append("没有写原因")
    if bars:
        raise InputRefused(f"不能{step.word}：{'；'.join(bars)}。内容没有改变。")
    reason = f"{table_label(table)}：{step.word}" + (f"（{note.strip()}）" if note.strip() else "")
    with ws.write(reason, right=step.right, source=f"step:{table}:{step.name}") as scope:
        scope.change(table, row_id, {**cleaned, "state": step.target}, seen)
        for effect in step.effects:
            effect(scope, facts)
        _follow_status(scope, facts, reason)
        scope.insert("step_taken", {
            "case_table": table, "case_id": row_id, "step": step.name, "from_state": state, "to_state": step.target,
            "on_date": facts.on, "taken_by": ws.user, "source_doc": source_doc or None, "note": note.strip() or None,
        })  # fmt: skip
    assert scope.result is not None
    return scope.result


def _follow_status(scope: WriteScope, facts: CaseFacts, reason: str) -> None:
    """A status that a step has changed holds from the day of what the step records."""
    if "asset" in scope.kinds:
        follow_status(scope, facts.day or facts.on, source_doc=reason, over=True)


def take_step_many(
    ws: Workspace,
    table: str,
    row_ids: Sequence[str],
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    on: str | None = None,
    source_doc: str = "",
    note: str = "",
    each: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Committed:
    """Take one step of many cases in one unit of work: all of them, or none.

    `values` are typed for all, `each` for single cases. Raises as `take_step`; the sentence says how many are barred.
    """
    procedure = procedure_of(table)
    step = procedure.step(name)
    if step is None:
        raise UsageError(f"{table_label(table)}没有步骤 {name}。")
    ws.require(step.right)
    if not row_ids:
        raise UsageError("没有选中任何一条；内容没有改变。")
    spec = ws.register.table(table)
    common = clean_values(spec, dict(values or {}))
    typed = {row: {**common, **clean_values(spec, dict((each or {}).get(row, {})))} for row in row_ids}
    facts = {row: _facts(ws, table, row, typed[row], on) for row in row_ids}
    barred: dict[str, int] = {}
    with ws.register.reading() as sql:
        for row in row_ids:
            state = facts[row].row.get("state") or procedure.initial
            bars = [f"现在是“{procedure.states.get(state, state)}”"] if state not in step.sources else []
            bars += _bars_of(sql, procedure, step, facts[row]) if not bars else []
            bars += [f"没有填{label(table, n)}" for n in step.needs if not _filled(facts[row].row.get(n))]
            bars += ["没有写原因"] if step.reason_needed and not note.strip() else []
            for bar in bars:
                barred[bar] = barred.get(bar, 0) + 1
    if barred:
        said = "；".join(f"{bar}（{n} 条）" for bar, n in barred.items())
        raise InputRefused(f"不能{step.word}：{said}。内容没有改变。")
    reason = f"{table_label(table)}：{step.word} {len(row_ids)} 条" + (f"（{note.strip()}）" if note.strip() else "")
    with ws.write(reason, right=step.right, source=f"step:{table}:{step.name}") as scope:
        for done, row in enumerate(row_ids, 1):
            state = facts[row].row.get("state") or procedure.initial
            scope.change(table, row, {**typed[row], "state": step.target})
            for effect in step.effects:
                effect(scope, facts[row])
            _follow_status(scope, facts[row], reason)
            scope.insert("step_taken", {
                "case_table": table, "case_id": row, "step": step.name, "from_state": state, "to_state": step.target,
                "on_date": facts[row].on, "taken_by": ws.user, "source_doc": source_doc or None,
                "note": note.strip() or None,
            })  # fmt: skip
            if progress and not done % 200:
                progress(done, len(row_ids))
    assert scope.result is not None
    return scope.result


def steps_taken(ws: Workspace, table: str, row_id: str) -> list[StepLine]:
    """The way a case went, oldest step first."""
    procedure = procedure_of(table)
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT step,to_state,on_date,taken_by,source_doc,note FROM step_taken WHERE case_id=? AND removed=0 "
            "AND canonical_id IS NULL ORDER BY on_date,id",
            (row_id,),
        )
    lines = []
    for name, to, on, by, doc, note in rows:
        step = procedure.step(name)
        lines.append(
            StepLine(name, step.word if step else name, procedure.states.get(to, to), on or "", by or "", doc or "",
                     note or "")
        )  # fmt: skip
    return lines


def track_of(ws: Workspace, table: str, row_id: str) -> list[TrackState]:
    """The states of the case in order, as a step bar shows them; a state off the track stands at the end."""
    procedure = procedure_of(table)
    row = ws.register.row(table, row_id)
    if row is None:
        raise UsageError(f"没有这条{record_word(table)}，可能已被撤回；请刷新列表。")
    state = str(row.get("state") or procedure.initial)
    track = list(procedure.track or procedure.states)
    if state not in track:
        track.append(state)
    with ws.register.reading() as sql:
        reached = {
            to: (on or "", by or "")
            for to, on, by in sql.rows(
                "SELECT to_state,on_date,taken_by FROM step_taken WHERE case_id=? AND removed=0 "
                "AND canonical_id IS NULL ORDER BY on_date,id",
                (row_id,),
            )
        }
    current = track.index(state)
    out = []
    for place, name in enumerate(track):
        status = "done" if place < current else "current" if place == current else "future"
        on, by = reached.get(name, ("", "")) if place <= current else ("", "")
        out.append(TrackState(name, procedure.states.get(name, name), status, on, by))
    return out


def _facts(
    ws: Workspace, table: str, row_id: str, typed: Mapping[str, Any], on: str | None, note: str = ""
) -> CaseFacts:
    row = ws.register.row(table, row_id)
    if row is None or row.get("removed"):
        raise UsageError(f"没有这条{record_word(table)}，可能已被移除或撤回。")
    today = datetime.now().astimezone().date().isoformat()
    return CaseFacts(table, row_id, {**row, **typed}, _day(on) if on else today, today, ws.user, note, typed)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(f"“{text}”不是日期，应写作 2025-06-30。") from None


def _bars(ws: Workspace, procedure: Procedure, step: Step, facts: CaseFacts) -> list[str]:
    with ws.register.reading() as sql:
        return _bars_of(sql, procedure, step, facts)


def _bars_of(sql: Sql, procedure: Procedure, step: Step, facts: CaseFacts) -> list[str]:
    """What bars a step of any case: its days first (not ahead, not before what led to it), then its own guards."""
    known = dated(sql, procedure, step, facts)
    return [*day_bars(step, known), *(bar for guard in step.guards for bar in guard(sql, known))]


def _filled(value: Any) -> bool:
    return value is not None and value != "" and value != []
