"""Configuration that the county sends down: settings and code-list items, journalled like every record."""

from __future__ import annotations

from typing import ClassVar

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell


class Setting(RegisterRow, table=True):
    """One configured value (limit, threshold, name of the unit), JSON in `value`."""

    __tablename__ = "setting"
    register_id: ClassVar[int] = 8
    county_only: ClassVar[bool] = True

    key: str | None = cell(1, index=True)
    value: str | None = cell(2)


class CodeItem(RegisterRow, table=True):
    """An item a county added to, renamed in or retired from a shipped code list; retired, never deleted."""

    __tablename__ = "code_item"
    register_id: ClassVar[int] = 9
    county_only: ClassVar[bool] = True

    list_name: str | None = cell(1, name="code", index=True)
    code: str | None = cell(1)
    name: str | None = cell(2)
    parent: str | None = cell(3)
    valid_from: str | None = cell(4, max_length=10)
    valid_to: str | None = cell(5, max_length=10)
    note: str | None = cell(6)
    stands_after: str | None = cell(7)
    """Its place in the list: the code it stands after (`codelists.FIRST`: before all others)."""


def setting_id(key: str) -> str:
    """The identifier of a setting, the same on every laptop."""
    return named_id("setting", key)


def code_item_id(list_name: str, code: str) -> str:
    """The identifier of a code-list item, the same on every laptop."""
    return named_id("code_item", list_name, code)
