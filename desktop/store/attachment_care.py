"""Deletes attachment files that nothing names any more: no operation (void ones too), no draft, no kept backup."""

from __future__ import annotations

from desktop.store import backup
from desktop.store.attachments import Attachments
from desktop.store.database import Sql
from desktop.store.drafts import Drafts
from desktop.store.keys import Keys
from desktop.store.operations import FIELD, ROW_KINDS, unpack
from desktop.store.register_folder import RegisterFolder
from desktop.store.schema import Schema


def named_by_operations(sql: Sql, schema: Schema) -> set[str]:
    """Digests that any operation of the journal names, whether it counts now or not: history shows them all."""
    spec = schema.by_name.get("attachment")
    if spec is None:
        return set()
    cell = spec.by_column["sha256"]
    at = cell.columns.index("sha256")
    named = set()
    for kind, cell_id, value in sql.rows("SELECT kind,cell,value FROM op WHERE tbl=?", (spec.id,)):
        if kind in ROW_KINDS:
            content = unpack(bytes(value)).get(cell.id)
        elif kind == FIELD and cell_id == cell.id:
            content = unpack(bytes(value))
        else:
            continue
        digest = content[at] if isinstance(content, list) and len(content) > at else content
        if isinstance(digest, str):
            named.add(digest)
    return named


def collect(
    sql: Sql, schema: Schema, folder: RegisterFolder, keys: Keys, attachments: Attachments, drafts: Drafts
) -> list[str]:
    """Delete the files that nothing names and return their digests; called by the one who holds the write lock."""
    if not any(attachments.digests()):
        return []
    named = named_by_operations(sql, schema) | drafts.attachments() | backup.attachments_named(folder, keys)
    return attachments.collect(named)
