"""Projects 项目 (the project library 项目库): where assets come from; one project makes many assets (DOMAIN §2.10)."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell


class Project(RegisterRow, table=True):
    """One project of the library, from being listed to being handed over. Money is integer 分."""

    __tablename__ = "project"
    register_id: ClassVar[int] = 40
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        13: ("fund_parts", "project_fund_part", ("source", "amount_fen")),
    }

    project_no: str | None = cell(1, index=True)
    name: str | None = cell(2)
    year: int | None = cell(3)
    fund_doc_no: str | None = cell(4)
    """批次文号: the paper that granted the money."""
    kind: str | None = cell(5)
    """Code of `project_kind.csv`: industry, infrastructure, employment …"""
    competent_dept: str | None = cell(6)
    division_id: str | None = cell(7, name="division", max_length=32)
    division_code: str | None = cell(7, max_length=17, index=True)
    fund_mode: str | None = cell(8)
    """Code of `fund_mode.csv`: 先建后补, 以奖代补, 直接投资 … (demand `fund.mode`)."""
    approved_fen: int | None = cell(9, sa_type=BigInteger)
    start_date: str | None = cell(10, max_length=10)
    completed_date: str | None = cell(11, max_length=10)
    accepted_date: str | None = cell(12, max_length=10)
    state: str | None = cell(14)
    """Code of `project_state.csv`."""
    linked_households: int | None = cell(15)
    follow_up: str | None = cell(16)
    """后续跟踪 (demand `project.follow_up`)."""
    note: str | None = cell(17)
    name_initials: str | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        from desktop.common.pinyin import initials

        return {"name_initials": initials(row.get("name") or "")}


class ProjectFundPart(SQLModel, table=True):
    """One source of a project's money; written only by the journal."""

    __tablename__ = "project_fund_part"

    project_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    source: str | None = Field(default=None, max_length=32)
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
