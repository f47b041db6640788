"""Remembers every plain file that leaves a register: who, what, why, which columns, how many rows; never content."""

from __future__ import annotations

from pathlib import Path

from desktop.app.workspace import Workspace
from desktop.common.errors import RegisterLocked, StorageFailed
from desktop.common.ids import new_id
from desktop.store.database import now_ms


def log_plain_export(
    ws: Workspace,
    what: str,
    purpose: str,
    columns: list[str],
    rows: int,
    *,
    with_id: bool = False,
    file: Path | None = None,
) -> None:
    """Remember that a plain file left: who, what, why, columns and count, never content.

    Also for a register that is open for reading only while a window writes it. When it cannot be remembered, `file` is
    taken away again and RegisterLocked or StorageFailed is raised: nothing leaves that is not in the log.
    """
    try:
        with ws.register.noting() as sql:
            sql.run(
                "INSERT INTO plain_export (id,at_ms,who,what,purpose,columns,rows,with_id) VALUES (?,?,?,?,?,?,?,?)",
                (bytes.fromhex(new_id()), now_ms(), ws.user, what, purpose, ",".join(columns), rows, int(with_id)),
            )
    except (RegisterLocked, StorageFailed) as error:
        if file is not None:
            file.unlink(missing_ok=True)
        if isinstance(error, RegisterLocked):
            raise RegisterLocked(
                "册正在写入（例如导入或合并），这次导出记不进导出记录，所以没有留下文件；", hint="请稍候再试。"
            ) from error
        raise
