"""Parties, rights and shares (LADM): who holds which right on an asset, by which fraction, from when to when."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell


class Party(RegisterRow, table=True):
    """A holder of rights: government, collective 农村集体经济组织, village committee 村委会, household, enterprise."""

    __tablename__ = "party"
    register_id: ClassVar[int] = 5

    kind: str | None = cell(1)
    """`government`, `department`, `collective`, `village_committee`, `household`, `person`, `enterprise` or `other`."""
    name: str | None = cell(2, index=True)
    ownership_level: str | None = cell(3)
    """Code of `ownership_level.csv`."""
    division_id: str | None = cell(4, name="division", max_length=32)
    division_code: str | None = cell(4, max_length=17)
    household_id: str | None = cell(5, max_length=32)
    uscc: str | None = cell(6, max_length=18)
    """统一社会信用代码."""
    phone: str | None = cell(7)
    note: str | None = cell(8)
    kind_confirmed: int | None = cell(9)
    """1 when somebody was asked and it is really the village committee, not its collective 农村集体经济组织."""
    name_initials: str | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        from desktop.common.pinyin import initials

        return {"name_initials": initials(row.get("name") or "")}


def party_id(kind: str, name: str, division_code: str) -> str:
    """The identifier every laptop gives to the organisation of this kind and name in this division."""
    return named_id("party", kind, division_code, name)


class Right(RegisterRow, table=True):
    """One right on one asset over a half-open interval [valid_from, valid_to), held in shares that add to exactly 1."""

    __tablename__ = "right"
    register_id: ClassVar[int] = 6
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        5: ("shares", "right_share", ("party_id", "numerator", "denominator")),
    }

    asset_id: str | None = cell(1, max_length=32, index=True)
    kind: str | None = cell(2)
    """Code of `rights.csv`: `ownership`, `operation`, `income`, `distribution`, `disposal`, `supervision`."""
    valid_from: str | None = cell(3, name="interval", max_length=10)
    valid_to: str | None = cell(3, max_length=10)
    """First day on which the right is no longer held; None = open."""
    source_doc: str | None = cell(4)
    withdrawn: int | None = cell(6)
    """1 for an entry corrected as wrong; it stays readable."""
    note: str | None = cell(7)


class RightShare(SQLModel, table=True):
    """One holder's fraction of a right; written only by the journal from the right's `shares` cell."""

    __tablename__ = "right_share"

    right_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    party_id: str | None = Field(default=None, max_length=32, index=True)
    numerator: int | None = None
    denominator: int | None = None
