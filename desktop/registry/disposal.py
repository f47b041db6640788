"""Disposal 处置 of assets (DOMAIN §2.12): application, appraisal, approvals, notice, proceeds and where they went."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell

DISPOSAL_DONE = ("written_off", "handed_on", "rejected", "stopped")
"""States in which a disposal has ended."""
IN_HAND = f"c.status_before IS NOT NULL AND COALESCE(c.state,'applied') NOT IN {DISPOSAL_DONE}"
"""Of disposals `c`: those whose steps hold the status of their asset."""


class Disposal(RegisterRow, table=True):
    """One disposal of one asset; it closes rights, it never deletes the asset. Money is integer 分."""

    __tablename__ = "disposal"
    register_id: ClassVar[int] = 51
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        14: ("deductions", "disposal_deduction", ("kind", "amount_fen", "note")),
        15: ("destinations", "disposal_destination", ("party_id", "use", "amount_fen", "note")),
    }

    asset_id: str | None = cell(1, max_length=32, index=True)
    kind: str | None = cell(2)
    """Code of `disposal_type.csv`."""
    reason: str | None = cell(3)
    """Code of `disposal_reason.csv`."""
    reason_text: str | None = cell(4)
    applicant: str | None = cell(5)
    applied_date: str | None = cell(6, max_length=10)
    decision_id: str | None = cell(7, max_length=32)
    appraiser: str | None = cell(8, name="appraisal")
    appraised_fen: int | None = cell(8, sa_type=BigInteger)
    appraised_date: str | None = cell(8, max_length=10)
    approval_level: str | None = cell(9)
    """`village`, `town` or `county`, by the county's limits on the value."""
    approval_doc_no: str | None = cell(10)
    trade_platform: str | None = cell(11)
    buyer: str | None = cell(12)
    proceeds_fen: int | None = cell(13, name="proceeds", sa_type=BigInteger)
    proceeds_date: str | None = cell(13, max_length=10)
    voucher_no: str | None = cell(16)
    write_off_date: str | None = cell(17, max_length=10)
    state: str | None = cell(18)
    note: str | None = cell(19)
    status_before: str | None = cell(20)
    """The asset's status when the disposal began: it comes back when the disposal is stopped or the asset handed on."""
    receiver_party_id: str | None = cell(30, max_length=32)
    """Who the asset went to: the other side of a swap, the new holder of a free transfer."""
    received_asset_id: str | None = cell(31, max_length=32)
    """The asset that came in by a swap 换入资产."""
    paid_fen: int | None = cell(32, sa_type=BigInteger)
    """What was paid in addition in a swap 补付差价; a difference received stands in `proceeds_fen`."""


class DisposalDeduction(SQLModel, table=True):
    """A tax or cost taken off the proceeds; written only by the journal."""

    __tablename__ = "disposal_deduction"

    disposal_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    kind: str | None = None
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = None


class DisposalDestination(SQLModel, table=True):
    """Where a part of the proceeds went; written only by the journal."""

    __tablename__ = "disposal_destination"

    disposal_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    party_id: str | None = Field(default=None, max_length=32)
    use: str | None = Field(default=None, max_length=64)
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = None
