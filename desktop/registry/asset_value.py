"""What changes an asset's value 价值变动: additions, impairment, shrinkage (DOMAIN §2.10, seed 001 §二(七))."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger

from desktop.registry.rows import RegisterRow, cell


class ValueChange(RegisterRow, table=True):
    """One dated change of an asset's original value or of its impairment, in 分, with its paper."""

    __tablename__ = "value_change"
    register_id: ClassVar[int] = 41
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)

    asset_id: str | None = cell(1, max_length=32, index=True)
    on_date: str | None = cell(2, max_length=10)
    kind: str | None = cell(3)
    """Code of `value_change_kind.csv`: addition, reduction, impairment, impairment_reversal, partial_disposal."""
    amount_fen: int | None = cell(4, sa_type=BigInteger)
    """Always positive; the kind says in which direction it works."""
    reason: str | None = cell(5)
    source_doc: str | None = cell(6)
    note: str | None = cell(7)


class AssetIncome(RegisterRow, table=True):
    """What one asset is expected to bring in one year (分); what it brought is the sum of its receipts."""

    __tablename__ = "asset_income"
    register_id: ClassVar[int] = 47
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)

    asset_id: str | None = cell(1, max_length=32, index=True)
    year: int | None = cell(2)
    expected_fen: int | None = cell(3, sa_type=BigInteger)
    note: str | None = cell(4)
