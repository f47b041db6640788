"""Status changes 状态变动 of assets (DOMAIN §2.10): which status from which day on, why, by which paper."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Index

from desktop.registry.rows import RegisterRow, cell


class StatusChange(RegisterRow, table=True):
    """An asset has a status from a day until the next entry begins; the rules stand in `asset_status`.

    An entry has no end of its own: two laptops that each write one make neither a gap nor an overlap, but for two
    entries that begin on one day.
    """

    __tablename__ = "status_change"
    register_id: ClassVar[int] = 90
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)

    __table_args__ = (
        Index("status_change_days", "asset_id", "from_date", "id", "status", "withdrawn", "removed", "canonical_id"),
    )
    """The status of every asset on a day is answered from it alone."""

    asset_id: str | None = cell(1, max_length=32)
    status: str | None = cell(2)
    """Code of `asset_status.csv`; None = not filled in."""
    from_date: str | None = cell(3, max_length=10)
    """First day of it; None = as far back as anybody knows."""
    reason: str | None = cell(4)
    """Why the asset is idle, inefficient, damaged or lost."""
    measure: str | None = cell(5)
    """盘活（整改）措施."""
    due_date: str | None = cell(6, max_length=10)
    """Deadline of that measure."""
    source_doc: str | None = cell(7)
    withdrawn: int | None = cell(8)
    """1 for an entry corrected as wrong; it stays readable."""
    note: str | None = cell(9)
