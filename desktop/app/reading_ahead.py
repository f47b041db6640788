"""Reads ahead what the first list and the first search need, so that they are as fast as the second."""

from __future__ import annotations

from contextlib import ExitStack

from desktop.app.workspace import Workspace
from desktop.insight.contract_lists import ContractBook, today
from desktop.insight.value_ledger import AssetBook

CONNECTIONS = 2
"""Readers of a register that are kept open; each decrypts pages for itself."""
INDEXES = (
    ("household", "household_list"),
    ("asset", "asset_list"),
    ("household", "household_number"),
    ("person", "person_search"),
)
"""First what lists open from, then what is searched."""
LIVE = "removed=0 AND canonical_id IS NULL"


def read_ahead(ws: Workspace) -> None:
    """Bring the indexes behind the lists into every reader's cache, and what is computed (arrears of contracts, values
    of assets) into memory; costs nothing once they are there.

    Counting walks every page of an index and hands no row to Python. A server has a cache of its own.
    """
    if ws.register.reader.dialect.name != "sqlite":
        return
    with ExitStack() as held:
        readers = [held.enter_context(ws.register.reading()) for _ in range(CONNECTIONS)]
        for sql in readers:
            for table, index in INDEXES:
                sql.scalar(f"SELECT COUNT(*) FROM {table} INDEXED BY {index} WHERE {LIVE}")
        ContractBook.of(ws.register).lines(readers[0])
        AssetBook.of(ws.register).entries(readers[0], today(), cuts=("category",))
