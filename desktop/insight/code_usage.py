"""Where the items of a code list are used: in which fields, by how many records."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.registry.codelists import LIST_OF_COLUMN, SEVERAL
from desktop.registry.tables import SCHEMA
from desktop.store.database import Sql, quoted
from desktop.store.schema import child_key

LIVE = "removed=0 AND canonical_id IS NULL"


def columns_of_list(list_name: str) -> list[tuple[str, str]]:
    """The columns whose codes come from a list: (table, column), list cells by their own table."""
    return [place for place, name in LIST_OF_COLUMN.items() if name == list_name]


def uses_of_list(sql: Sql, list_name: str) -> Mapping[str, list[tuple[str, str, int]]]:
    """Where the codes of a list stand: code → (table of the record, column, how many live records)."""
    owner_of = {child: spec for spec in SCHEMA.tables for child in (c.child_table for c in spec.cells) if child}
    found: dict[str, list[tuple[str, str, int]]] = {}
    for table, column in columns_of_list(list_name):
        name = quoted(column)
        if table in SCHEMA.by_name:
            record = table
            rows = sql.rows(
                f"SELECT {name},COUNT(*) FROM {quoted(table)} WHERE {LIVE} AND {name} IS NOT NULL GROUP BY {name}"
            )
        else:
            owner = owner_of[table]
            record = owner.name
            rows = sql.rows(
                f"SELECT c.{name},COUNT(DISTINCT o.id) FROM {quoted(table)} c JOIN {quoted(record)} o "
                f"ON o.id=c.{quoted(child_key(owner))} WHERE o.removed=0 AND o.canonical_id IS NULL "
                f"AND c.{name} IS NOT NULL GROUP BY c.{name}"
            )
        counts: dict[str, int] = {}
        for value, count in rows:
            for code in str(value).split(",") if (table, column) in SEVERAL else [str(value)]:
                counts[code] = counts.get(code, 0) + int(count)
        for code, count in counts.items():
            found.setdefault(code, []).append((record, column, count))
    return found
