"""Income distribution 收益分配 and its payments (DOMAIN §2.11). Money is integer 分; lists stay whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell


class Distribution(RegisterRow, table=True):
    """One plan: what is distributable, to which uses, at which level, to whom."""

    __tablename__ = "distribution"
    register_id: ClassVar[int] = 49
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        8: ("receipts", "distribution_receipt", ("receipt_id", "amount_fen")),
        9: ("uses", "distribution_use", ("use", "amount_fen", "note")),
        10: (
            "lines", "distribution_line",
            ("use", "recipient_kind", "recipient_id", "name", "weight", "amount_fen", "basis"),
        ),
    }  # fmt: skip

    title: str | None = cell(1)
    year: int | None = cell(2)
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    level: str | None = cell(4)
    """Code of `distribution_level.csv`: village, project, household, person."""
    project_id: str | None = cell(5, max_length=32)
    carried_over_fen: int | None = cell(6, sa_type=BigInteger)
    """上期结余 taken in."""
    kept_fen: int | None = cell(7, sa_type=BigInteger)
    """结余 kept for the next time."""
    method: str | None = cell(11)
    """How the household part is split: `equal`, `weight`, `class`, `amount`."""
    criteria: str | None = cell(12)
    """Which households or persons, as JSON conditions on the register."""
    snapshot_date: str | None = cell(13, max_length=10)
    """The day for which the recipients were drawn from the register."""
    decision_id: str | None = cell(14, max_length=32)
    state: str | None = cell(15)
    reversal_of: str | None = cell(16, max_length=32)
    note: str | None = cell(17)


_LISTS = {name: columns for name, _, columns in Distribution.lists.values()}


def listed(row: Mapping[str, Any], name: str) -> list[list[Any]]:
    """A list cell of a plan's row (`receipts`, `uses`, `lines`) as lists in column order, however it was given."""
    columns = _LISTS[name]
    out: list[list[Any]] = []
    for item in row.get(name) or []:
        parts = [item.get(c) for c in columns] if isinstance(item, Mapping) else list(item)
        out.append(parts + [None] * (len(columns) - len(parts)))
    return out


class DistributionReceipt(SQLModel, table=True):
    """Income that a distribution takes in; written only by the journal."""

    __tablename__ = "distribution_receipt"

    distribution_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    receipt_id: str | None = Field(default=None, max_length=32, index=True)
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)


class DistributionUse(SQLModel, table=True):
    """One use 用途 with its amount; written only by the journal."""

    __tablename__ = "distribution_use"

    distribution_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    use: str | None = Field(default=None, max_length=64)
    """Code of `income_use.csv`."""
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = None


class DistributionLine(SQLModel, table=True):
    """One recipient's line, a dated snapshot of who he was; written only by the journal."""

    __tablename__ = "distribution_line"

    distribution_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    use: str | None = Field(default=None, max_length=64)
    recipient_kind: str | None = Field(default=None, max_length=16)
    """`household`, `person` or `party`."""
    recipient_id: str | None = Field(default=None, max_length=32, index=True)
    name: str | None = None
    weight: str | None = None
    """Exact decimal as text."""
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    basis: str | None = None


class Payment(RegisterRow, table=True):
    """One payment 发放 of a distribution's line: 待发, 已发, 退回, 补发."""

    __tablename__ = "payment"
    register_id: ClassVar[int] = 50
    parent_columns: ClassVar[tuple[str, ...]] = ("distribution_id",)

    distribution_id: str | None = cell(1, max_length=32, index=True)
    recipient_kind: str | None = cell(2, name="recipient")
    recipient_id: str | None = cell(2, max_length=32, index=True)
    amount_fen: int | None = cell(3, sa_type=BigInteger)
    state: str | None = cell(4)
    """Code of `payment_state.csv`: waiting, paid, returned, repaid."""
    paid_date: str | None = cell(5, max_length=10)
    bank_name: str | None = cell(6, name="account")
    bank_account: str | None = cell(6)
    payee: str | None = cell(7)
    """Who really receives it, when it is somebody else (改领款人)."""
    return_reason: str | None = cell(8)
    repays_id: str | None = cell(9, max_length=32)
    """The returned payment that this one makes good."""
    note: str | None = cell(10)
