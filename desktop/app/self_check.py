"""The register's self-check: pages of the file, tables against journal, and every rule over several records.

Each problem names its record as people know it: an asset by name and number, a household by its head and village.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.app.record_names import RecordNames
from desktop.app.workspace import Workspace
from desktop.insight.asset_checks import asset_problems
from desktop.insight.asset_money_checks import asset_money_problems
from desktop.insight.household_checks import household_problems
from desktop.registry.invariants import Invariant, invariant_problems
from desktop.registry.labels import label, table_label
from desktop.store.cipher_database import integrity_problems
from desktop.store.database import quoted
from desktop.store.table_check import Difference

SEVERITIES = {"error": "要改正", "warning": "请核实"}


@dataclass(frozen=True)
class Problem:
    """Something the self-check found: which rule, which record, in words."""

    rule: str
    table: str
    row_id: str
    message: str
    severity: str = "error"
    record: str = ""
    """What people call the record: 资产 保鲜冷库（YL-3），双水村; "" where the problem is of no record."""

    @property
    def sentence(self) -> str:
        """The record and what is wrong with it, in one line."""
        return f"{self.record}：{self.message}" if self.record else self.message


def check_register(ws: Workspace) -> list[Problem]:
    """Everything that must hold: the file's pages, tables against journal, sums, shares, days, unique facts.

    What must be put right first, then what a person should look at; equal rules together.
    """
    problems: list[Problem] = []
    if ws.register.reader.dialect.name == "sqlite":
        problems += [Problem("file", "", "", f"数据库文件：{text}") for text in integrity_problems(ws.register.reader)]
    differences = ws.register.check_tables()
    with ws.register.reading() as sql:
        found = [*invariant_problems(sql), *asset_money_problems(sql), *asset_problems(sql), *household_problems(sql)]
    names = RecordNames(ws)
    records = _records(ws, names, [(d.table, d.row_id) for d in differences] + [(p.table, p.row_id) for p in found])
    problems += [_of_journal(d, records) for d in differences]
    problems += [_of_rule(p, records) for p in found]
    order = list(SEVERITIES)
    return sorted(problems, key=lambda p: order.index(p.severity))


def _of_journal(found: Difference, records: dict[tuple[str, str], str]) -> Problem:
    if not found.table:
        return Problem("journal", "", found.row_id, f"新版程序的记录：{found.what}")
    cell, _, rest = found.what.partition(" ")
    what = f"{label(found.table, cell)}{rest}" if rest else found.what
    return Problem("journal", found.table, found.row_id, what, record=records[found.table, found.row_id])


def _of_rule(found: Invariant, records: dict[tuple[str, str], str]) -> Problem:
    record = records[found.table, found.row_id]
    return Problem(found.rule, found.table, found.row_id, found.message, found.severity, record)


def _records(ws: Workspace, names: RecordNames, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(table, row) → kind, name, and the village that tells it from others of that name."""
    ids: dict[str, list[str]] = {}
    for table, row in dict.fromkeys(wanted):
        if table in ws.register.schema.by_name:
            ids.setdefault(table, []).append(row)
    out = {}
    for table, rows in ids.items():
        # an attachment names records of any kind: read together, not one by one
        names.prepare("attachment", ({"record_table": table, "record_id": row} for row in rows))
        places = _places(ws, table, rows)
        for row in rows:
            name = names.reference(table, row)
            village = names.village(places.get(row))
            where = f"，{village}" if village and village not in name else ""
            out[table, row] = f"{table_label(table)} {name}{where}"
    return out


def _places(ws: Workspace, table: str, rows: Sequence[str]) -> dict[str, str]:
    """Row → code of the village it is of: its own, its household's, or its asset's."""
    columns = ws.register.schema.by_name[table].by_column
    joins = {"household_id": "household", "asset_id": "asset", "distribution_id": "distribution"}
    codes, sources = [], []
    if "division_code" in columns and table != "division":
        codes.append("t.division_code")
    for column, named in joins.items():
        if column in columns:
            codes.append(f"{named}.division_code")
            sources.append(f"LEFT JOIN {named} ON {named}.id=t.{column}")
    if not codes:
        return {}
    code = codes[0] if len(codes) == 1 else f"COALESCE({','.join(codes)})"
    statement = f"SELECT t.id,{code} FROM {quoted(table)} t {' '.join(sources)} WHERE t.id IN (*)"
    with ws.register.reading() as sql:
        return {row: place for row, place in sql.in_chunks(statement, rows) if place}
