"""What an undoing is asked: it takes away no fact on which others rest, and edits nothing that is fixed by now.

A unit of work is taken back by whoever might have made it, as long as nothing came after it: its records go when
nothing names them (`removal_rules`), a step goes before the steps that led to it, and a draft that was edited before it
was approved stays as it was approved. The undoing is tried in its own transaction and asked there, so that what the
unit itself wrote bars nothing; a refusal leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from desktop.common.errors import InputRefused
from desktop.registry.case_papers import papers_held, refuse_without_papers
from desktop.registry.labels import label, table_label
from desktop.registry.notice import RESTS_ON_NOTICE, Objection
from desktop.registry.procedures import PROCEDURES
from desktop.registry.removal_rules import LIVE, RULES, left_behind
from desktop.registry.step import StepTaken
from desktop.store.database import Sql, quoted
from desktop.store.operations import FIELD, INSERT, RETRACT
from desktop.store.register import WriteScope
from desktop.store.unit_of_work import shown_row

Rows = dict[str, set[str]]


class UndoRules:
    """The guard of one undoing (`Register.undo`)."""

    def __init__(self, unit_id: str) -> None:
        self._unit = bytes.fromhex(unit_id)

    def __call__(self, scope: WriteScope, op_ids: Sequence[bytes]) -> Callable[[], None]:
        """Asked before: the order of steps; what it gives is asked after: what is gone and what is changed."""
        sql = scope.sql
        source = str(sql.scalar("SELECT source FROM unit WHERE unit_id=?", (self._unit,)) or "")
        rows = _touched(scope, op_ids)
        own = _own_steps(sql, rows)
        _refuse_passed(sql, rows, own)
        _refuse_notice_relied_on(sql, source, rows, own)
        standing = {table: _living(sql, table, ids) for table, ids in rows.items() if table in RULES}
        # a decision of a conflict may be reopened: it then stands open for everybody to see
        carrying = _carrying(sql, rows.get("notice", ()))
        papers = {case: papers_held(sql, case) for case in _holders(sql, rows.get("attachment", ()))}
        cases = {} if source == "resolve" else _cases(scope, rows)

        def after() -> None:
            gone = set(carrying) - _living(sql, "notice", carrying)
            if any(_took(sql, *carrying[notice]) for notice in gone):
                raise InputRefused("公示的事项已经凭这份公示往下办了，没有撤回。", hint="先撤回那件事后面的步骤。")
            for table, ids in standing.items():
                _refuse_gone(sql, table, sorted(ids - _living(sql, table, ids)))
            for case, before_ in papers.items():
                refuse_without_papers(sql, case, before_)
            if not cases:
                return
            by_step, known = {case for case, _ in own.values()}, _known_here(sql, op_ids)
            for (table, row), now in _cases(scope, rows).items():
                before = cases.get((table, row))
                if before is not None and row not in by_step and _known_to_a_step(sql, known, row):
                    _refuse_fixed(table, before, now)

        return after


def _touched(scope: WriteScope, op_ids: Sequence[bytes]) -> Rows:
    """The records that operations speak of, and those of what they took back themselves: it would come again."""
    by_id = scope.work.journal.schema.by_id
    rows: Rows = {}
    ids: Iterable[bytes] = op_ids
    known: set[bytes] = set()
    while ids := set(ids) - known:
        known |= ids
        again: set[bytes] = set()
        for op, kind, table, row in scope.sql.in_chunks("SELECT op_id,kind,tbl,row_id FROM op WHERE op_id IN (*)", ids):
            if table in by_id:
                rows.setdefault(by_id[table].name, set()).add(bytes(row).hex())
            if kind == RETRACT:
                again.add(bytes(op))
        ids = {bytes(t) for (t,) in scope.sql.in_chunks('SELECT target FROM void_edge WHERE "by" IN (*)', again)}
    return rows


def _own_steps(sql: Sql, rows: Rows) -> dict[str, tuple[str, str]]:
    """The steps that would be taken back: id → (case, step)."""
    steps = sql.in_chunks(
        f"SELECT id,case_id,step FROM step_taken WHERE {LIVE} AND id IN (*)", sorted(rows.get("step_taken", ()))
    )
    return {str(i): (str(case), str(step)) for i, case, step in steps}


def _refuse_passed(sql: Sql, rows: Rows, own: dict[str, tuple[str, str]]) -> None:
    """A step is not taken back from under the steps that came after it, of its case or of cases it made: those go
    first, or 冲销."""
    if not own:
        return
    first = {row: min(own) for table, ids in rows.items() if table in PROCEDURES for row in ids}
    for case in {case for case, _ in own.values()}:
        first[case] = min(step for step, (of, _) in own.items() if of == case)
    for step, case, table, name in sql.in_chunks(
        f"SELECT id,case_id,case_table,step FROM step_taken WHERE {LIVE} AND case_id IN (*)", sorted(first)
    ):
        if step not in own and step > first[case]:
            procedure = PROCEDURES.get(str(table))
            later = procedure.step(name) if procedure is not None else None
            word = f"“{later.word}”" if later is not None else ""
            way = "；公示之后要改的，用冲销" if table in ("distribution", "payment") else ""
            raise InputRefused(f"这一步之后已经办了别的步骤{word}，没有撤回。", hint=f"先撤回后面的步骤{way}。")


def _refuse_notice_relied_on(sql: Sql, source: str, rows: Rows, own: dict[str, tuple[str, str]]) -> None:
    """The hanging or the result of a notice is not taken back from under the step of its case that rests on it."""
    if source not in ("step:notice:post", "step:notice:end"):
        return
    later = (
        "SELECT s.id FROM notice n JOIN step_taken s ON s.case_id=n.subject_id WHERE s.removed=0 "
        "AND s.canonical_id IS NULL AND n.id IN (*)"
    )
    first = min(own, default="")
    if any(step > first for (step,) in sql.in_chunks(later, sorted(rows.get("notice", ())))):
        raise InputRefused("公示的事项已经凭这份公示往下办了，没有撤回。", hint="先撤回那件事后面的步骤。")
    objected = f"SELECT id FROM objection WHERE {LIVE} AND notice_id IN (*)"
    if source.endswith("post") and any(True for _ in sql.in_chunks(objected, sorted(rows.get("notice", ())))):
        raise InputRefused("公示期间已经收到异议，没有撤回。", hint="不该再挂的用“撤下”，写明原因。")


def _carrying(sql: Sql, notices: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Notices that hung for a case → (case, the step of it that rests on them)."""
    rows = sql.in_chunks(
        f"SELECT id,subject_id,subject_table,kind FROM notice WHERE {LIVE} AND state IN ('running','ended') "
        "AND id IN (*)", sorted(notices),
    )  # fmt: skip
    return {
        str(row): (str(case), RESTS_ON_NOTICE[table, kind])
        for row, case, table, kind in rows if (table, kind) in RESTS_ON_NOTICE
    }  # fmt: skip


def _took(sql: Sql, case: str, step: str) -> bool:
    return bool(sql.scalar(f"SELECT 1 FROM step_taken WHERE {LIVE} AND case_id=? AND step=? LIMIT 1", (case, step)))


def _living(sql: Sql, table: str, ids: Iterable[str]) -> set[str]:
    rows = sql.in_chunks(f"SELECT id FROM {quoted(table)} WHERE removed=0 AND id IN (*)", sorted(ids))
    return {str(row) for (row,) in rows}


def _refuse_gone(sql: Sql, table: str, gone: Sequence[str]) -> None:
    """Records that the undoing took out of the register, and what it left without them."""
    left = left_behind(sql, table, gone)
    if table == "objection":
        handled = sql.in_chunks(
            f"SELECT DISTINCT row_id FROM op WHERE tbl={Objection.register_id} AND kind={FIELD} AND void=0 "
            "AND row_id IN (*)", [bytes.fromhex(row) for row in gone],
        )  # fmt: skip
        if any(True for _ in handled):
            raise InputRefused("这条异议后来已登记处理，没有撤回。", hint="先撤回处理。")
    for ground in left.values():
        several = f"（这样的有 {len(left)} 条）" if len(left) > 1 else ""
        said = f"撤回会移除{table_label(table)}，而它{ground.why}{several}，没有撤回，没有改变。"
        raise InputRefused(said, hint=f"{ground.way}。")


def _holders(sql: Sql, attachments: Iterable[str]) -> set[str]:
    """The records that these files belong to."""
    found = sql.in_chunks("SELECT record_id FROM attachment WHERE removed=0 AND id IN (*)", sorted(attachments))
    return {str(record) for (record,) in found}


def _cases(scope: WriteScope, rows: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    """The touched cases as they are shown."""
    found = {}
    for table, ids in rows.items():
        if table not in PROCEDURES:
            continue
        spec = scope.work.journal.schema.by_name[table]
        wanted = [bytes.fromhex(i) for i in ids]
        for _, row, _, state in scope.work.journal.states(scope.sql, spec.id, wanted):
            if state.exists and not state.removed:
                found[table, row.hex()] = shown_row(spec, state)
    return found


def _known_here(sql: Sql, op_ids: Sequence[bytes]) -> tuple[bytes, int]:
    """Since when operations are known: the first of them, and the first arrival."""
    said = [(bytes(op), int(n)) for op, n in sql.in_chunks("SELECT op_id,seq FROM op WHERE op_id IN (*)", op_ids)]
    return min(op for op, _ in said), min(n for _, n in said)


def _known_to_a_step(sql: Sql, known: tuple[bytes, int], case: str) -> bool:
    """Whether a step of the case was taken after these operations were known here: it rests on them.

    What was said after the step, or came with a merge after it, was never seen by it: taking that back mends the case.
    """
    first, arrived = known
    steps = sql.column(f"SELECT id FROM step_taken WHERE {LIVE} AND case_id=?", (case,))
    taken = sql.in_chunks(
        f"SELECT op_id,seq FROM op WHERE tbl={StepTaken.register_id} AND void=0 AND kind={INSERT} AND row_id IN (*)",
        [bytes.fromhex(step) for step in steps],
    )
    return any(bytes(op) > first and int(n) > arrived for op, n in taken)


def _refuse_fixed(table: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    """What a case has passed on (its plan was approved, its notice hangs) stays as it was then."""
    procedure = PROCEDURES[table]
    state = str(now.get("state") or procedure.initial)
    if state != str(before.get("state") or procedure.initial):
        return
    shut = [c for c in procedure.frozen_after if procedure.frozen(c, state) and before.get(c) != now.get(c)]
    if shut:
        names = "、".join(label(table, c) for c in shut)
        raise InputRefused(
            f"{table_label(table)}现在是“{procedure.states.get(state, state)}”，{names}不能再改；没有撤回，没有改变。",
            hint="先撤回后面的步骤、退回或冲销。",
        )
