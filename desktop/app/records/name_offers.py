"""Names offered while one types them: helpers and officials, and the members of a household for its measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.app.workspace import Workspace
from desktop.insight.helpers import Helper, helpers, members

HELPER_COLUMNS = {"household": ("helper_name",), "measure": ("provider",)}
"""Columns that name a helper or a responsible person."""


def name_offers(ws: Workspace, table: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Column → names to offer in the form of this record, the likeliest first; {} where nobody is named."""
    columns = HELPER_COLUMNS.get(table, ())
    if not columns:
        return {}
    household = str((values.get("id") if table == "household" else values.get("household_id")) or "")
    with ws.register.reading() as sql:
        code = str(values.get("division_code") or "") or sql.scalar(
            "SELECT division_code FROM household WHERE id=?", (household,)
        )
        found = [helper.name for helper in helpers(sql, str(code or ""), household)]
        out = dict.fromkeys(columns, found)
        if table == "measure" and household:
            out["for_whom"] = members(sql, household)
    return out


def known_helpers(ws: Workspace, village: str = "", household: str = "") -> list[Helper]:
    """`helpers` of a register."""
    with ws.register.reading() as sql:
        return helpers(sql, village, household)


def shown_values(ws: Workspace, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A record's values as its form shows them: a member a measure refers to by his name."""
    person = values.get("person_id")
    if table != "measure" or not person:
        return dict(values)
    with ws.register.reading() as sql:
        name = sql.scalar("SELECT name FROM person WHERE id=?", (person,))
    return {**values, "for_whom": name or values.get("for_whom")}
