"""Numbers of people as they may leave for a screen or a script: masked, whatever record or change they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.common.idnumber import mask_id, mask_text

PERSONAL = frozenset(("id_no", "disability_no", "phone", "bank_account"))
"""Columns whose text is masked unless it is asked for with the right to export plain files."""


def masked_value(column: str, value: Any) -> Any:
    """A value of a column or cell with the personal numbers in it masked; objects and lists are looked through."""
    if isinstance(value, Mapping):
        return {name: masked_value(name, part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked_value(column, part) for part in value]
    if column in PERSONAL and value not in (None, ""):
        return mask_id(str(value))
    return value


def masked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A record with identification numbers, telephones and accounts masked."""
    return {name: masked_value(name, value) for name, value in row.items()}


def masked_text(value: Any) -> Any:
    """Any value with everything masked in its texts that has the form of an ID number or account."""
    if isinstance(value, Mapping):
        return {name: masked_text(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked_text(part) for part in value]
    return mask_text(value) if isinstance(value, str) else value
