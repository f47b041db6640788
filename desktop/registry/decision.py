"""Decision records 四议两公开 (DOMAIN §2.10, seed 004 §三(八)): how the village decided, cited by what follows."""

from __future__ import annotations

from typing import ClassVar

from desktop.registry.rows import RegisterRow, cell


class Decision(RegisterRow, table=True):
    """A village's decision on leasing, distributing, disposing …: four deliberations and two publications."""

    __tablename__ = "decision"
    register_id: ClassVar[int] = 44
    place_column: ClassVar[str | None] = "division_code"

    title: str | None = cell(1)
    kind: str | None = cell(2)
    """Code of `decision_kind.csv`: lease, distribution, disposal, registration, other."""
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    proposed_date: str | None = cell(4, max_length=10)
    """村党组织提议."""
    consulted_date: str | None = cell(5, max_length=10)
    """村“两委”会议商议."""
    party_date: str | None = cell(6, max_length=10)
    """党员大会审议."""
    resolved_date: str | None = cell(7, max_length=10)
    """村民会议或村民代表会议（集体经济组织成员（代表）会议）决议."""
    should_attend: int | None = cell(8, name="attendance")
    attended: int | None = cell(8)
    agreed: int | None = cell(9)
    resolution_public_date: str | None = cell(10, max_length=10)
    """决议公开."""
    result_public_date: str | None = cell(11, max_length=10)
    """实施结果公开."""
    chair: str | None = cell(12)
    recorder: str | None = cell(13)
    result: str | None = cell(14)
    note: str | None = cell(15)
