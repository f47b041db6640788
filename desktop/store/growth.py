"""Brings a register's tables to the shape this program knows: new tables, columns and indexes, nothing taken away.

A column that an older program did not make is not an error to SQLite when its name is quoted, it reads as a text; so
the shape is compared on every opening, and what is missing is added before anything is read. What newer laptops had
said about the new columns was kept in the journal, so the tables are built again from it; so they are when an older
program wrote into a register after this one had brought it forward.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.schema import CreateColumn

from desktop.store.database import Sql, quoted, transaction
from desktop.store.digest_parts import mark_everything
from desktop.store.journal import Journal
from desktop.store.register import MARKED, get_meta, in_step, set_in_step
from desktop.store.schema import Schema


def missing_columns(connection: Connection, tables: MetaData) -> dict[str, list[str]]:
    """Table → columns this program knows and the register lacks; a table that is not there at all has none of them."""
    sql = Sql(connection)
    if connection.dialect.name == "postgresql":
        question = "SELECT table_name,column_name FROM information_schema.columns WHERE table_schema=current_schema()"
    else:
        question = "SELECT m.name,p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type='table'"
    here: dict[str, set[str]] = {}
    for table, column in sql.rows(question):
        here.setdefault(str(table), set()).add(str(column))
    lacking = {
        table.name: [c.name for c in table.columns if c.name not in here.get(table.name, set())]
        for table in tables.sorted_tables
    }
    return {name: columns for name, columns in lacking.items() if columns}


def grow(
    engine: Engine, journal_tables: MetaData, tables: MetaData, schema: Schema, device: bytes,
    before: Callable[[], object],
) -> bool:  # fmt: skip
    """Add what is missing, in one transaction; whether tables were built again from the journal.

    `before` is called (a backup) when the register is about to change its shape.
    """
    with engine.connect() as connection:
        lacking = {**missing_columns(connection, journal_tables), **missing_columns(connection, tables)}
    if lacking:
        before()
    with transaction(engine) as sql:
        present = {t for t in lacking if sql.connection.dialect.has_table(sql.connection, t)}
        for metadata in (journal_tables, tables):
            for table in metadata.sorted_tables:
                for name in lacking.get(table.name, ()) if table.name in present else ():
                    column = CreateColumn(table.columns[name]).compile(dialect=sql.connection.dialect)
                    sql.run(f"ALTER TABLE {quoted(table.name)} ADD COLUMN {column}")
            metadata.create_all(sql.connection)
            for table in metadata.sorted_tables:
                for index in table.indexes:
                    index.create(sql.connection, checkfirst=True)
        written_since = get_meta(sql, MARKED) is not None and not in_step(sql)
        rebuilt = written_since or (bool(lacking) and _anything_said(sql, schema, set(lacking)))
        if rebuilt:
            Journal(schema, device).rebuild(sql)
        elif not in_step(sql):
            mark_everything(sql)
        set_in_step(sql)
    return rebuilt


def _anything_said(sql: Sql, schema: Schema, lacking: set[str]) -> bool:
    """Whether the journal holds anything about the tables that were added or widened."""
    owners = {child: spec for spec in schema.tables for cell in spec.cells if (child := cell.child_table)}
    for name in lacking:
        spec = schema.by_name.get(name) or owners.get(name)
        if spec is not None and sql.one("SELECT 1 FROM op WHERE tbl=? LIMIT 1", (spec.id,)):
            return True
    return False
