"""Which columns point at other records, and at which table: asked wherever a reference is shown by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TARGET_OF_COLUMN: Mapping[str, str] = {
    "division_id": "division", "parent_id": "division", "household_id": "household", "person_id": "person",
    "head_person_id": "person", "persons": "person", "asset_id": "asset", "project_id": "project",
    "party_id": "party", "lessor_party_id": "party", "operator_party_id": "party", "from_party_id": "party",
    "to_party_id": "party", "contract_id": "contract", "renewal_of": "contract", "receipt_id": "receipt",
    "decision_id": "decision", "distribution_id": "distribution", "repays_id": "payment", "visit_id": "visit",
    "plan_id": "inspection_plan", "inspection_id": "inspection", "finding_id": "finding", "notice_id": "notice",
    "assessment_id": "assessment", "receiver_party_id": "party", "received_asset_id": "asset",
}  # fmt: skip
"""Columns that always point at one table; `persons` holds several ids, joined by a comma."""

TABLE_BESIDE: Mapping[str, str] = {
    "record_id": "record_table", "case_id": "case_table", "subject_id": "subject_table", "source_id": "source_table",
    "recipient_id": "recipient_kind",
}  # fmt: skip
"""Columns that point at the table another column of the row names; a recipient may also be a use of the money."""

_TO_ITSELF = ("reversal_of", "refund_of", "same_as", "different")
REFERENCES = frozenset((*TARGET_OF_COLUMN, *TABLE_BESIDE, *_TO_ITSELF))
"""Every column that may point at another record."""


def target_of(table: str, column: str, row: Mapping[str, Any] | None = None) -> str:
    """The table a column's value points at, "" when it is no reference or the row does not say at which."""
    if column in _TO_ITSELF:
        return table
    if column in TABLE_BESIDE:
        beside = str((row or {}).get(TABLE_BESIDE[column]) or "")
        return "" if beside == "use" else beside
    return TARGET_OF_COLUMN.get(column, "")
