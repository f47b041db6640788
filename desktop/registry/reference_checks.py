"""Every record that another names is in the register: two laptops may remove and name it at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.registry.labels import label
from desktop.registry.references import target_of
from desktop.store.database import Sql

MUST_BE_THERE: dict[str, tuple[str, ...]] = {
    "asset": ("household_id", "project_id"),
    "asset_income": ("asset_id",),
    "complaint": ("asset_id", "finding_id"),
    "contract": ("lessor_party_id", "operator_party_id", "decision_id", "renewal_of"),
    "disposal": ("asset_id", "receiver_party_id", "received_asset_id"),
    "distribution": ("project_id",),
    "finding": ("asset_id", "inspection_id", "assessment_id"),
    "handover": ("from_party_id", "to_party_id"),
    "household": ("head_person_id",),
    "income_record": ("household_id",),
    "inspection": ("asset_id", "plan_id", "visit_id"),
    "lead": ("household_id", "visit_id"),
    "linkage": ("asset_id", "project_id", "household_id", "person_id"),
    "maintenance_round": ("asset_id",),
    "measure": ("household_id", "person_id", "project_id"),
    "objection": ("notice_id",),
    "party": ("household_id",),
    "payment": ("distribution_id",),
    "receipt": ("asset_id", "contract_id"),
    "safeguard_check": ("household_id",),
    "status_change": ("asset_id",),
    "value_change": ("asset_id",),
    "visit": ("household_id", "asset_id"),
}
"""Table → columns that name a record which must be there. Members of households and rights: see `invariants`."""
LISTED: tuple[tuple[str, str, str, str, str], ...] = (
    ("contract", "contract_asset", "asset_id", "asset", "合同的资产"),
    ("contract", "contract_lessor", "party_id", "party", "接任的出租（发包）方"),
    ("handover", "handover_asset", "asset_id", "asset", "移交清单中的资产"),
    ("registration", "registration_asset", "asset_id", "asset", "确权清单中的资产"),
    ("right", "right_share", "party_id", "party", "权利人"),
    ("disposal", "disposal_destination", "party_id", "party", "收入去向中的单位"),
)
"""(table, table of its lines, column, table of the record named, what it is)."""
OWNED = {
    ("household_id", table) for table in ("income_record", "safeguard_check", "lead", "measure", "linkage")
} | {("asset_id", table) for table in ("inspection", "maintenance_round", "disposal", "value_change", "asset_income",
                                          "status_change")}  # fmt: skip
"""Records that mean nothing without the one they name."""
WITHDRAWN = {
    "contract": " AND COALESCE(c.state,'draft')<>'cancelled'", "right": " AND COALESCE(c.withdrawn,0)=0",
    "status_change": " AND COALESCE(c.withdrawn,0)=0",
    "distribution": " AND COALESCE(c.state,'draft')<>'dropped'",
    "disposal": " AND COALESCE(c.state,'applied') NOT IN ('stopped','rejected')",
}  # fmt: skip
"""What was called off may name what is gone."""


def reference_problems(sql: Sql) -> Iterator[tuple[str, str, str, str]]:
    """Names of what is not there: (rule, table, record, words)."""
    gone: dict[str, bool] = {}
    for table, column in ((table, column) for table, columns in MUST_BE_THERE.items() for column in columns):
        named = target_of(table, column)
        if named not in gone:
            gone[named] = sql.one(f'SELECT 1 FROM "{named}" WHERE removed<>0 LIMIT 1') is not None
        # whether an id is there at all the index tells; the rows need not be read for the few that were removed
        removed = f'OR c.{column} IN (SELECT id FROM "{named}" WHERE removed<>0)' if gone[named] else ""
        rows = sql.rows(
            f'SELECT c.id FROM "{table}" c WHERE c.removed=0 AND c.canonical_id IS NULL AND c.{column} IS NOT NULL '
            f'AND (NOT EXISTS (SELECT 1 FROM "{named}" p WHERE p.id=c.{column}) {removed}){WITHDRAWN.get(table, "")} '
            "ORDER BY c.id"
        )
        way = "请另行归属或移除" if (column, table) in OWNED else "请改正"
        for (row,) in rows:
            yield "reference", table, row, f"{label(table, column)}不在册中，{way}"
    for table, column in sorted((table, column) for column, table in OWNED):
        other = " AND c.project_id IS NULL" if (table, column) == ("linkage", "asset_id") else ""
        for (row,) in sql.rows(
            f'SELECT c.id FROM "{table}" c WHERE c.removed=0 AND c.canonical_id IS NULL AND c.{column} IS NULL{other} '
            "ORDER BY c.id"
        ):
            whose = "哪一户" if column == "household_id" else "哪一项资产"
            yield "reference", table, row, f"没有写是{whose}的，请补填或移除"
    for table, lines, column, named, what in LISTED:
        for (row,) in sql.rows(
            f'SELECT DISTINCT c.id FROM "{table}" c JOIN {lines} x ON x.{table}_id=c.id LEFT JOIN {named} p '
            f"ON p.id=x.{column} AND p.removed=0 WHERE c.removed=0 AND c.canonical_id IS NULL "
            f"AND x.{column} IS NOT NULL AND p.id IS NULL{WITHDRAWN.get(table, '')} ORDER BY c.id"
        ):
            yield "reference", table, row, f"{what}不在册中，请改正"
