"""Steps taken in a procedure 办理经过: each is written once and never changed; undoing withdraws it."""

from __future__ import annotations

from typing import ClassVar

from desktop.registry.rows import RegisterRow, cell


class StepTaken(RegisterRow, table=True):
    """One step of a case: from which state to which, on which day, by whom, on which paper."""

    __tablename__ = "step_taken"
    register_id: ClassVar[int] = 60
    parent_columns: ClassVar[tuple[str, ...]] = ("case_id",)

    case_table: str | None = cell(1, name="case")
    case_id: str | None = cell(1, max_length=32, index=True)
    step: str | None = cell(2)
    from_state: str | None = cell(3, name="states")
    to_state: str | None = cell(3)
    on_date: str | None = cell(4, max_length=10)
    taken_by: str | None = cell(5)
    source_doc: str | None = cell(6)
    note: str | None = cell(7)
