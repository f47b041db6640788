"""Files of a record: put one beside a record, list them, write one out again by a named person's command."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from desktop.app.plain_exports import log_plain_export
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.labels import table_label

AttachmentKind = Literal["photo", "contract", "certificate", "minutes", "other"]
KINDS: tuple[str, ...] = get_args(AttachmentKind)
KIND_WORDS = {"photo": "照片", "contract": "合同", "certificate": "证书", "minutes": "会议记录", "other": "其他"}
HOLDERS = ("household", "person", "asset", "right")
"""Tables whose records may have files."""
LARGEST = 64 << 20
"""Bytes of one file: scans and photos fit, films do not (they would not travel on a stick either)."""


@dataclass(frozen=True)
class AttachmentLine:
    """A file of a record as a list shows it; `size` in bytes."""

    id: str
    name: str
    kind: str
    mime: str
    size: int
    sha256: str

    @property
    def kind_word(self) -> str:
        """照片, 合同 …"""
        return KIND_WORDS.get(self.kind, self.kind)


def attachments_of(ws: Workspace, row_id: str) -> list[AttachmentLine]:
    """The living files of a record, in the order they were added."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,name,kind,mime,size,sha256 FROM attachment "
            "WHERE record_id=? AND removed=0 AND canonical_id IS NULL ORDER BY id",
            (row_id,),
        )
    return [AttachmentLine(r[0], r[1] or "", r[2] or "", r[3] or "", int(r[4] or 0), r[5] or "") for r in rows]


def count_attachments(ws: Workspace, row_id: str) -> int:
    """How many living files a record has."""
    with ws.register.reading() as sql:
        return int(
            sql.scalar(
                "SELECT COUNT(*) FROM attachment WHERE record_id=? AND removed=0 AND canonical_id IS NULL", (row_id,)
            )
            or 0
        )


def attach_file(ws: Workspace, table: str, row_id: str, source: Path, kind: str = "other", note: str = "") -> str:
    """Keep a file, encrypted, as an attachment of a record; its id.

    Raises UsageError (no such file, record or kind), InputRefused (empty or too large), NotAllowed, StorageFailed.
    """
    if table not in HOLDERS:
        raise UsageError(f"附件只能放在{'、'.join(table_label(t) for t in HOLDERS)}下。")
    if kind not in KINDS:
        raise UsageError(f"附件种类只能是 {'、'.join(KINDS)}。")
    ws.require(RIGHT_OF_TABLE[table])
    if not source.is_file():
        raise UsageError(f"没有文件 {source.name}。")
    if ws.register.row(table, row_id) is None:
        raise UsageError(f"没有这条{table_label(table)}记录，没有保存附件。")
    with ws.register.storage_errors():
        size = source.stat().st_size
        if not 0 < size <= LARGEST:
            raise InputRefused(f"{source.name} 是空文件，或超过 {LARGEST >> 20} MB；没有保存。")
        data = source.read_bytes()
    mime = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
    with ws.write(f"添加附件：{KIND_WORDS[kind]}") as scope:
        return scope.attach(table, row_id, data, name=source.name, mime=mime, kind=kind, note=note or None)


def write_attachment(ws: Workspace, attachment: str, target: Path, purpose: str = "") -> int:
    """Write an attachment's content as a plain file; logged; how many bytes.

    Raises NotAllowed, UsageError (no such attachment, or the target is there), AttachmentMissing, FileDamaged.
    """
    ws.require("plain-export")
    row = ws.register.row("attachment", attachment)
    if row is None or not row.get("sha256") or ws.register.read_attachment is None:
        raise UsageError("没有这个附件，或它没有内容。")
    if target.exists():
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个文件名。")
    data = ws.register.read_attachment(str(row["sha256"]))
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, "attachment", purpose, ["content"], 1)
    return len(data)
