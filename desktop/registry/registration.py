"""Registration of rights 确权登记 and handover 移交 of assets (DOMAIN §2.10): procedures that end in a paper."""

from __future__ import annotations

from typing import ClassVar

from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell


class Registration(RegisterRow, table=True):
    """How the rights on assets are established: application, check, notice, approval, certificate."""

    __tablename__ = "registration"
    register_id: ClassVar[int] = 45
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        2: ("assets", "registration_asset", ("asset_id",)),
    }

    title: str | None = cell(1)
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    applicant: str | None = cell(4)
    basis: str | None = cell(5)
    """依据文件."""
    checked_date: str | None = cell(6, max_length=10)
    checked_by: str | None = cell(7)
    doc_no: str | None = cell(8)
    """确权文号."""
    doc_date: str | None = cell(9, max_length=10)
    cert_no: str | None = cell(10)
    decision_id: str | None = cell(11, max_length=32)
    state: str | None = cell(12)
    note: str | None = cell(13)


class RegistrationAsset(SQLModel, table=True):
    """An asset under a registration; written only by the journal."""

    __tablename__ = "registration_asset"

    registration_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    asset_id: str | None = Field(default=None, max_length=32, index=True)


class Handover(RegisterRow, table=True):
    """Assets handed over from one party to another with a list and three signatures 移交人、接收人、监交人."""

    __tablename__ = "handover"
    register_id: ClassVar[int] = 46
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        2: ("assets", "handover_asset", ("asset_id", "condition", "note")),
    }

    title: str | None = cell(1)
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    from_party_id: str | None = cell(4, max_length=32)
    to_party_id: str | None = cell(5, max_length=32)
    keeper: str | None = cell(6)
    on_date: str | None = cell(7, max_length=10)
    signed_from: str | None = cell(8)
    signed_to: str | None = cell(9)
    signed_witness: str | None = cell(10)
    source_doc: str | None = cell(11)
    state: str | None = cell(12)
    note: str | None = cell(13)


class HandoverAsset(SQLModel, table=True):
    """An asset on a handover list; written only by the journal."""

    __tablename__ = "handover_asset"

    handover_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    asset_id: str | None = Field(default=None, max_length=32, index=True)
    condition: str | None = None
    note: str | None = None
