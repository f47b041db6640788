"""Contracts 合同 on assets and what is received under them 收款 (DOMAIN §2.10, §2.11). Money is integer 分."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell


class Contract(RegisterRow, table=True):
    """A lease, contracting, equity, entrusting or cooperation contract over one or more assets."""

    __tablename__ = "contract"
    register_id: ClassVar[int] = 42
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        2: ("assets", "contract_asset", ("asset_id", "part")),
        12: ("rent_dues", "contract_due", ("due_date", "amount_fen", "note")),
        21: ("lessors", "contract_lessor", ("from_date", "party_id", "source_doc")),
    }

    contract_no: str | None = cell(1, index=True)
    mode: str | None = cell(3)
    """Code of `operation_mode.csv`."""
    lessor_party_id: str | None = cell(4, max_length=32)
    """出租（发包、投资）方 who signed; who has succeeded him stands in `lessors` (see `lessor.py`)."""
    operator_party_id: str | None = cell(5, max_length=32, index=True)
    """承租（承包、被投资）方."""
    division_id: str | None = cell(6, name="division", max_length=32)
    division_code: str | None = cell(6, max_length=17, index=True)
    signed_date: str | None = cell(7, max_length=10)
    term_start: str | None = cell(8, name="term", max_length=10)
    term_end: str | None = cell(8, max_length=10)
    """Last day of the term."""
    amount_fen: int | None = cell(9, sa_type=BigInteger)
    """合同总额; principal for equity and entrusting."""
    deposit_fen: int | None = cell(10, sa_type=BigInteger)
    """押金."""
    rent_rule: str | None = cell(11)
    """How the schedule was made, as JSON: amount a period, period, first due day, growth."""
    renewal_of: str | None = cell(13, max_length=32)
    decision_id: str | None = cell(14, max_length=32)
    """The 四议两公开 record that carries it."""
    state: str | None = cell(15)
    """`draft`, `active`, `ended`, `terminated`, `cancelled`: see `contract_procedure.py`."""
    ended_date: str | None = cell(16, max_length=10)
    end_reason: str | None = cell(17)
    purpose: str | None = cell(18)
    note: str | None = cell(19)


class ContractAsset(SQLModel, table=True):
    """An asset under a contract; written only by the journal from the contract's `assets` cell."""

    __tablename__ = "contract_asset"

    contract_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    asset_id: str | None = Field(default=None, max_length=32, index=True)
    part: str | None = None
    """Which part of the asset is let (3 号铺面), when it is not the whole: contracts on parts may run side by side."""


class ContractDue(SQLModel, table=True):
    """One due of the rent schedule 租金计划; written only by the journal from the contract's `rent_dues` cell."""

    __tablename__ = "contract_due"

    contract_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    due_date: str | None = Field(default=None, max_length=10)
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    note: str | None = None


class ContractLessor(SQLModel, table=True):
    """Who succeeds the lessor from a day on; written only by the journal from the contract's `lessors` cell."""

    __tablename__ = "contract_lessor"

    contract_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    from_date: str | None = Field(default=None, max_length=10)
    party_id: str | None = Field(default=None, max_length=32)
    source_doc: str | None = None


class Receipt(RegisterRow, table=True):
    """Money that came in 收款 for an asset, under a contract or without one; never edited after it was distributed."""

    __tablename__ = "receipt"
    register_id: ClassVar[int] = 43
    place_column: ClassVar[str | None] = "division_code"

    contract_id: str | None = cell(1, max_length=32, index=True)
    asset_id: str | None = cell(2, max_length=32, index=True)
    on_date: str | None = cell(3, max_length=10)
    amount_fen: int | None = cell(4, sa_type=BigInteger)
    kind: str | None = cell(5)
    """Code of `receipt_kind.csv`: rent, dividend, deposit, deposit_return, penalty, principal, other."""
    income_year: int | None = cell(6)
    """The year the income belongs to."""
    voucher_no: str | None = cell(7)
    payer: str | None = cell(8)
    division_id: str | None = cell(9, name="division", max_length=32)
    division_code: str | None = cell(9, max_length=17)
    reversal_of: str | None = cell(10, max_length=32)
    """A wrong entry is never overwritten: another one with the negative amount reverses it."""
    note: str | None = cell(11)
    refund_of: str | None = cell(20, max_length=32)
    """退款: a part of that receipt goes back, with the negative amount; its own reversal names both."""
