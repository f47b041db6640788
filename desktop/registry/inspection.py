"""Inspection 检查, findings and rectification 整改, care 管护 of public assets, complaints (DOMAIN §2.13)."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger

from desktop.registry.rows import RegisterRow, cell


class InspectionPlan(RegisterRow, table=True):
    """A plan or stocktake: which assets, by whom, until when; a sample keeps the seed it was drawn with."""

    __tablename__ = "inspection_plan"
    register_id: ClassVar[int] = 52
    place_column: ClassVar[str | None] = "division_code"

    title: str | None = cell(1)
    kind: str | None = cell(2)
    """Code of `inspection_type.csv`."""
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    start_date: str | None = cell(4, name="period", max_length=10)
    due_date: str | None = cell(4, max_length=10)
    criteria: str | None = cell(5)
    """Which assets, as JSON conditions on the register."""
    sample: str | None = cell(6)
    """How it was drawn, as JSON: rate or number, strata, seed text, fingerprint of the list."""
    inspectors: str | None = cell(7)
    note: str | None = cell(8)


class Inspection(RegisterRow, table=True):
    """One asset looked at on one day: condition, use, keeper, what stands there against what stands in the register."""

    __tablename__ = "inspection"
    register_id: ClassVar[int] = 53
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)

    asset_id: str | None = cell(1, max_length=32, index=True)
    plan_id: str | None = cell(2, max_length=32, index=True)
    due_date: str | None = cell(3, max_length=10)
    on_date: str | None = cell(4, max_length=10)
    inspectors: str | None = cell(5)
    method: str | None = cell(6)
    """`site`, `document`, `phone`, `scan`."""
    found: str | None = cell(7)
    """`yes`, `no`, `partly`: whether the asset is there (盘点)."""
    condition: str | None = cell(8)
    """Code of `asset_status.csv` as found."""
    use_state: str | None = cell(9)
    quantity_found: str | None = cell(10)
    keeper_ok: int | None = cell(11)
    sign_ok: int | None = cell(12)
    """Whether the sign plate 标识牌 stands there."""
    result: str | None = cell(13)
    visit_id: str | None = cell(14, max_length=32)
    note: str | None = cell(15)


class Finding(RegisterRow, table=True):
    """A problem found and how it is put right: responsible person, deadline, proof, re-check, 销号."""

    __tablename__ = "finding"
    register_id: ClassVar[int] = 54
    place_column: ClassVar[str | None] = "division_code"

    asset_id: str | None = cell(1, max_length=32, index=True)
    inspection_id: str | None = cell(2, max_length=32, index=True)
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    kind: str | None = cell(4)
    """Code of `finding_kind.csv`: idle, damaged, lost, income_owed, no_contract, no_keeper, ledger …"""
    seriousness: str | None = cell(5)
    """`minor`, `general`, `serious`."""
    what: str | None = cell(6)
    found_date: str | None = cell(7, max_length=10)
    found_by: str | None = cell(8)
    responsible_unit: str | None = cell(9, name="responsible")
    responsible: str | None = cell(9)
    measure: str | None = cell(10)
    due_date: str | None = cell(11, max_length=10)
    first_due_date: str | None = cell(12, max_length=10)
    """The first deadline stays when it is put off (延期)."""
    put_off_reason: str | None = cell(13)
    done_date: str | None = cell(14, name="done", max_length=10)
    done_text: str | None = cell(14)
    rechecked_by: str | None = cell(15, name="recheck")
    rechecked_date: str | None = cell(15, max_length=10)
    recheck_result: str | None = cell(15)
    closed_date: str | None = cell(16, max_length=10)
    state: str | None = cell(17)
    note: str | None = cell(18)
    assessment_id: str | None = cell(19, max_length=32, index=True)
    """The assessment that found it, when one did."""


class MaintenanceRound(RegisterRow, table=True):
    """One round of care 管护记录 of a public asset: when, who, what was done, what it cost (分)."""

    __tablename__ = "maintenance_round"
    register_id: ClassVar[int] = 55
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)

    asset_id: str | None = cell(1, max_length=32, index=True)
    due_date: str | None = cell(2, max_length=10)
    on_date: str | None = cell(3, max_length=10)
    keeper: str | None = cell(4)
    work: str | None = cell(5)
    cost_fen: int | None = cell(6, sa_type=BigInteger)
    fund_source: str | None = cell(7)
    note: str | None = cell(8)


class Complaint(RegisterRow, table=True):
    """A complaint or hint 投诉举报 about an asset and what came of it; the caller's name is optional."""

    __tablename__ = "complaint"
    register_id: ClassVar[int] = 56
    place_column: ClassVar[str | None] = "division_code"

    asset_id: str | None = cell(1, max_length=32, index=True)
    division_id: str | None = cell(2, name="division", max_length=32)
    division_code: str | None = cell(2, max_length=17)
    received_date: str | None = cell(3, max_length=10)
    channel: str | None = cell(4)
    caller: str | None = cell(5, name="caller")
    phone: str | None = cell(5)
    what: str | None = cell(6)
    finding_id: str | None = cell(7, max_length=32)
    answer: str | None = cell(8)
    answered_date: str | None = cell(9, max_length=10)
    state: str | None = cell(10)
    note: str | None = cell(11)
