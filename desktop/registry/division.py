"""Administrative divisions 行政区划, always with their code system and date (the code trap: one code, two towns)."""

from __future__ import annotations

from typing import Any, ClassVar

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell


class Division(RegisterRow, table=True):
    """A province … village or group. The same code, system and date give the same row on every laptop."""

    __tablename__ = "division"
    register_id: ClassVar[int] = 1

    code: str | None = cell(1, max_length=17, index=True)
    code_system: str | None = cell(2, max_length=16)
    """`gbt2260`, `nbs`, `mca` or `local`."""
    as_of: str | None = cell(3, max_length=10)
    """Date of the code list, ISO."""
    name: str | None = cell(4)
    short_name: str | None = cell(5)
    level: str | None = cell(6, max_length=16)
    """`province`, `city`, `county`, `town`, `village` or `group`."""
    kind: str | None = cell(7)
    parent_id: str | None = cell(8, max_length=32)
    alias: str | None = cell(9)
    """Former names, separated by 、."""
    urban_rural_code: str | None = cell(10, max_length=3)
    town_type: str | None = cell(11)
    village_tag: str | None = cell(12)
    name_initials: str | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        from desktop.common.pinyin import initials

        return {"name_initials": initials(row.get("short_name") or row.get("name") or "")}


def division_id(code_system: str, as_of: str, code: str) -> str:
    """The identifier every laptop gives to this division of this code list."""
    return named_id("division", code_system, as_of, code)
