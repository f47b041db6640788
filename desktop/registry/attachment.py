"""Attachments 附件: which file belongs to which record; the bytes lie encrypted by digest in the register's folder."""

from __future__ import annotations

from typing import ClassVar

from desktop.registry.rows import RegisterRow, cell


class Attachment(RegisterRow, table=True):
    """A photo, contract or certificate of a record."""

    __tablename__ = "attachment"
    register_id: ClassVar[int] = 7
    parent_columns: ClassVar[tuple[str, ...]] = ("record_id",)

    record_table: str | None = cell(1, name="record")
    record_id: str | None = cell(1, max_length=32, index=True)
    sha256: str | None = cell(2, name="content", max_length=64)
    size: int | None = cell(2)
    mime: str | None = cell(2)
    name: str | None = cell(3)
    kind: str | None = cell(4)
    """Code of `attachment_kind.csv`: photos of several kinds, contract, certificate, minutes …, other."""
    taken_at: str | None = cell(5)
    """When the camera says, ISO local time without zone."""
    note: str | None = cell(6)
