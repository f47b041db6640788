"""Vouchers 凭证: double entry in 分. A posted voucher is never changed; a wrong one is reversed by another."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell


class Voucher(RegisterRow, table=True):
    """One transaction whose lines sum to zero: debits are positive, credits negative."""

    __tablename__ = "voucher"
    register_id: ClassVar[int] = 48
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        3: ("lines", "voucher_line", ("account", "amount_fen", "party_id", "note")),
    }

    on_date: str | None = cell(1, max_length=10, index=True)
    summary: str | None = cell(2)
    division_id: str | None = cell(4, name="division", max_length=32)
    division_code: str | None = cell(4, max_length=17)
    source_table: str | None = cell(5, name="source_record")
    source_id: str | None = cell(5, max_length=32, index=True)
    """The receipt, distribution, disposal or payment it books."""
    reversal_of: str | None = cell(6, max_length=32)
    note: str | None = cell(7)


class VoucherLine(SQLModel, table=True):
    """One line of a voucher; written only by the journal from the voucher's `lines` cell."""

    __tablename__ = "voucher_line"

    voucher_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    account: str | None = Field(default=None, max_length=64, index=True)
    """Code of `account.csv`."""
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    party_id: str | None = Field(default=None, max_length=32)
    note: str | None = None
