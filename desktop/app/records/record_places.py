"""Where a record is seen and mended: on its own page, or on that of the household, asset or case it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from desktop.app.workspace import Workspace
from desktop.registry.references import target_of
from desktop.store.database import Sql, quoted
from desktop.store.schema import TableSpec

OWN_PAGE = frozenset(
    ("household", "asset", "contract", "project", "decision", "distribution", "disposal", "notice", "finding")
)
"""Kinds of records that have a list and a detail of their own."""
_BELONGS_BY: Mapping[str, tuple[str, ...]] = {
    "person": ("household_id",), "income_record": ("household_id",), "safeguard_check": ("household_id",),
    "lead": ("household_id",), "measure": ("household_id",), "visit": ("household_id", "asset_id"),
    "right": ("asset_id",), "status_change": ("asset_id",), "value_change": ("asset_id",),
    "asset_income": ("asset_id",),
    "inspection": ("asset_id",), "maintenance_round": ("asset_id",), "complaint": ("asset_id", "finding_id"),
    "linkage": ("asset_id", "household_id", "project_id"), "receipt": ("contract_id", "asset_id"),
    "payment": ("distribution_id",), "voucher": ("source_id",), "objection": ("notice_id",),
    "step_taken": ("case_id",), "attachment": ("record_id",),
}  # fmt: skip
"""Table → its columns that say what it belongs to, the nearest first."""
_THROUGH: Mapping[str, tuple[str, ...]] = {
    "party": (
        "SELECT r.asset_id FROM right_share s JOIN \"right\" r ON r.id=s.right_id WHERE s.party_id=? AND r.removed=0 "
        "AND r.canonical_id IS NULL ORDER BY r.asset_id LIMIT 1",
        "SELECT x.asset_id FROM contract c JOIN contract_asset x ON x.contract_id=c.id WHERE ? IN "
        "(c.lessor_party_id,c.operator_party_id) AND c.removed=0 ORDER BY x.asset_id LIMIT 1",
    ),
    "registration": ("SELECT asset_id FROM registration_asset WHERE registration_id=? ORDER BY position LIMIT 1",),
    "handover": ("SELECT asset_id FROM handover_asset WHERE handover_id=? ORDER BY position LIMIT 1",),
}
"""Table → how to find an asset on whose page the record is seen."""
_TAB: Mapping[tuple[str, str], str] = {
    ("household", "person"): "overview", ("household", "income_record"): "income",
    ("household", "safeguard_check"): "safeguards", ("household", "lead"): "risks", ("household", "measure"): "risks",
    ("household", "visit"): "visits", ("asset", "right"): "rights", ("asset", "party"): "rights",
    ("asset", "registration"): "rights", ("asset", "handover"): "rights", ("asset", "value_change"): "money",
    ("asset", "asset_income"): "income", ("asset", "receipt"): "income", ("asset", "inspection"): "inspection",
    ("asset", "maintenance_round"): "inspection", ("asset", "complaint"): "inspection", ("asset", "linkage"): "running",
    ("asset", "status_change"): "running",
    ("contract", "receipt"): "receipts", ("notice", "objection"): "objections",
}  # fmt: skip
"""(kind that has the page, kind of the record) → the tab that shows it."""


class RecordPlace(NamedTuple):
    """A record with a page of its own, and the tab that shows what was asked for ("" for the first)."""

    table: str
    row_id: str
    tab: str = ""


def place_of(ws: Workspace, table: str, row_id: str) -> RecordPlace | None:
    """Where a record is seen; None when neither it nor anything it belongs to is on a page (removed, a setting)."""
    with ws.register.reading() as sql:
        return _place(sql, ws.register.schema.by_name, table, row_id)


def _place(sql: Sql, tables: Mapping[str, TableSpec], table: str, row_id: str) -> RecordPlace | None:
    asked, seen = table, set[tuple[str, str]]()
    while table in tables and (table, row_id) not in seen:
        seen.add((table, row_id))
        row = _row(sql, tables[table], row_id)
        if row is None:
            return None
        if table in OWN_PAGE:
            if row["removed"] or row["canonical_id"]:
                return None
            tab = "attachments" if asked == "attachment" else _TAB.get((table, asked), "")
            return RecordPlace(table, row_id, tab)
        table, row_id = _owner(sql, table, row)
    return None


def _owner(sql: Sql, table: str, row: Mapping[str, object]) -> tuple[str, str]:
    """What a record belongs to; ("", "") when it belongs to nothing that can be shown."""
    for statement in _THROUGH.get(table, ()):
        found = sql.scalar(statement, (row["id"],))
        if found:
            return "asset", str(found)
    for column in _BELONGS_BY.get(table, ()):
        target = target_of(table, column, row)
        if target and row.get(column):
            return target, str(row[column])
    return "", ""


def _row(sql: Sql, spec: TableSpec, row_id: str) -> dict[str, object] | None:
    columns = ["id", "removed", "canonical_id", *spec.by_column]
    names = ",".join(quoted(c) for c in columns)
    for row in sql.rows(f"SELECT {names} FROM {quoted(spec.name)} WHERE id=?", (row_id,)):
        return dict(zip(columns, row, strict=True))
    return None
