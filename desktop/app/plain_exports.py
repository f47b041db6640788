"""Remembers every plain file that leaves a register: who, what, why, which columns, how many rows; never content."""

from __future__ import annotations

from desktop.app.workspace import Workspace
from desktop.common.ids import new_id
from desktop.store.database import now_ms


def log_plain_export(
    ws: Workspace, what: str, purpose: str, columns: list[str], rows: int, *, with_id: bool = False
) -> None:
    """Remember that a plain file left: who, what, why, columns and count, never content."""
    if ws.register.writer is None:
        return
    with ws.register.bookkeeping() as sql:
        sql.run(
            "INSERT INTO plain_export (id,at_ms,who,what,purpose,columns,rows,with_id) VALUES (?,?,?,?,?,?,?,?)",
            (bytes.fromhex(new_id()), now_ms(), ws.user, what, purpose, ",".join(columns), rows, int(with_id)),
        )
