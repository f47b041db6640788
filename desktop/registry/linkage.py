"""Linkage 利益联结 of assets and projects with households (seed 000 §三(七), §四(十三)): who, how, since when."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger

from desktop.registry.rows import RegisterRow, cell


class Linkage(RegisterRow, table=True):
    """One household (or one of its members) linked with one asset or project. Money is integer 分 a year."""

    __tablename__ = "linkage"
    register_id: ClassVar[int] = 57
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id",)

    asset_id: str | None = cell(1, max_length=32, index=True)
    project_id: str | None = cell(2, max_length=32, index=True)
    household_id: str | None = cell(3, max_length=32, index=True)
    person_id: str | None = cell(4, max_length=32)
    mode: str | None = cell(5)
    """Code of `linkage_mode.csv`."""
    since_date: str | None = cell(6, name="interval", max_length=10)
    until_date: str | None = cell(6, max_length=10)
    """Last day of the linkage; None = it goes on."""
    jobs: int | None = cell(7)
    """How many of the household's members work there through it."""
    yearly_fen: int | None = cell(8, sa_type=BigInteger)
    note: str | None = cell(9)
