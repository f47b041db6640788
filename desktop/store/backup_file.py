"""The format of `.xcbak`: key file in the clear head, everything else sealed, so that one file and a
passphrase suffice.

    magic (8) | head length (4, big endian) | head: register.json | sealed stream:
        manifest length (4) | manifest (msgpack) | database | drafts | attachments in the manifest's order

The sealed stream's context is the SHA-256 of magic and head, so that no other head fits it. Database,
drafts and attachments are encrypted by themselves too: nothing is ever in the clear, not even while
restoring.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from desktop.common.errors import FileDamaged, InputRefused
from desktop.store.key_folder import LARGEST_FILE
from desktop.store.keys import KeyFile, Keys
from desktop.store.sealed_stream import PIECE, OpeningReader, SealingWriter
from desktop.store.storage_failure import storage_errors

MAGIC = b"XCBAK\x00\x00\x01"
_MAGIC_STEM = MAGIC[:5]
_LARGEST_MANIFEST = 256 << 20
DAMAGED = "备份文件已损坏或不完整，没有从中恢复任何内容；原有的册未受影响，请改用另一份备份。"

Progress = Callable[[int, int], None]
"""Bytes done, bytes in all; raising Cancelled from it stops."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `digest` is the register's digest at that moment, empty when it was not asked."""

    register_id: str
    generation: str
    made_at: str
    reason: str
    program: str
    digest: str
    database_size: int
    database_sha256: str
    drafts_size: int
    drafts_sha256: str
    attachments: dict[str, int]
    """Digest → size of the encrypted file, of every attachment the register had."""
    holds_attachments: bool
    """Whether the files are inside; a backup in the register's own folder only names them."""

    @property
    def content_size(self) -> int:
        """Bytes that follow the manifest."""
        inside = sum(self.attachments.values()) if self.holds_attachments else 0
        return self.database_size + self.drafts_size + inside


def write(
    stream: BinaryIO,
    key_file: KeyFile,
    keys: Keys,
    manifest: Manifest,
    database: Path,
    drafts: Path | None,
    attachment_path: Callable[[str], Path],
    progress: Progress | None = None,
) -> None:
    """Write a whole backup to an open file."""
    head = key_file.to_bytes()
    stream.write(MAGIC + len(head).to_bytes(4, "big") + head)
    packed = msgpack.packb(asdict(manifest))
    total = manifest.content_size
    done = 0
    with SealingWriter(stream, keys.backups, _context(head)) as sealed:
        sealed.write(len(packed).to_bytes(4, "big") + packed)
        sources: list[tuple[Path, int]] = [(database, manifest.database_size)]
        if drafts is not None:
            sources.append((drafts, manifest.drafts_size))
        if manifest.holds_attachments:
            sources += [(attachment_path(digest), size) for digest, size in manifest.attachments.items()]
        for path, size in sources:
            with path.open("rb") as source:
                left = size
                while left:
                    piece = source.read(min(left, PIECE))
                    if not piece:
                        raise FileDamaged("一个文件在备份时变短了，备份没有完成；请重试。")
                    sealed.write(piece)
                    left -= len(piece)
                    done += len(piece)
                    if progress:
                        progress(done, total)


def read_key_file(path: Path) -> KeyFile:
    """Users and key slots of a backup, to unlock it with. Raises FileDamaged or InputRefused."""
    with storage_errors(), path.open("rb") as stream:
        return KeyFile.from_bytes(_read_head(stream))


class BackupReader:
    """A backup opened for reading; every byte is checked before it is given out."""

    def __init__(self, stream: BinaryIO, keys: Keys) -> None:
        self._stream = stream
        head = _read_head(stream)
        self.key_file = KeyFile.from_bytes(head)
        self._reader = OpeningReader(stream, keys.backups, _context(head), damaged=DAMAGED)
        size = int.from_bytes(self._reader.read_exactly(4), "big")
        if size > _LARGEST_MANIFEST:
            raise FileDamaged(DAMAGED)
        self.manifest = _manifest(self._reader.read_exactly(size))

    def extract(
        self,
        database: Path,
        drafts: Path,
        attachment_path: Callable[[str], Path] | None,
        progress: Progress | None = None,
    ) -> None:
        """Write the encrypted parts to new files; FileDamaged leaves them unfit for use.

        Without `attachment_path` the attachments inside are read and checked, but not written.
        """
        total = self.manifest.content_size
        done = 0

        def copy(path: Path | None, size: int) -> str:
            nonlocal done
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            seen = hashlib.sha256()
            left = size
            with path.open("xb") if path is not None else nullcontext() as target:
                while left:
                    piece = self._reader.read_exactly(min(left, PIECE))
                    seen.update(piece)
                    if target is not None:
                        target.write(piece)
                    left -= len(piece)
                    done += len(piece)
                    if progress:
                        progress(done, total)
            return seen.hexdigest()

        m = self.manifest
        if copy(database, m.database_size) != m.database_sha256:
            raise FileDamaged(DAMAGED)
        if m.drafts_size and copy(drafts, m.drafts_size) != m.drafts_sha256:
            raise FileDamaged(DAMAGED)
        if m.holds_attachments:
            for digest, size in m.attachments.items():
                copy(attachment_path(digest) if attachment_path else None, size)
        self._reader.expect_end()


def _read_head(stream: BinaryIO) -> bytes:
    start = stream.read(len(MAGIC) + 4)
    if not start.startswith(_MAGIC_STEM):
        raise InputRefused("这不是乡册的备份文件；没有恢复任何内容，请核对文件。")
    if not start.startswith(MAGIC):
        raise InputRefused(
            "这份备份由更新版本的程序制作，或文件开头已损坏；没有恢复任何内容，请升级程序或改用另一份备份。"
        )
    size = int.from_bytes(start[len(MAGIC) :], "big")
    if size > LARGEST_FILE:
        raise FileDamaged(DAMAGED)
    head = stream.read(size)
    if len(start) != len(MAGIC) + 4 or len(head) != size:
        raise FileDamaged(DAMAGED)
    return head


def _context(head: bytes) -> bytes:
    return hashlib.sha256(MAGIC + head).digest()


def _manifest(packed: bytes) -> Manifest:
    try:
        raw: Mapping[str, Any] = msgpack.unpackb(packed, strict_map_key=False)
        manifest = Manifest(**raw)
        sizes = [manifest.database_size, manifest.drafts_size, *manifest.attachments.values()]
        digests = all(len(d) == 64 and not set(d) - set("0123456789abcdef") for d in manifest.attachments)
        if not digests or not all(type(size) is int and size >= 0 for size in sizes):
            raise ValueError("sizes or digests")
    except (ValueError, TypeError, AttributeError, msgpack.UnpackException) as error:
        raise FileDamaged(DAMAGED) from error
    return manifest


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    seen = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            seen.update(piece)
    return seen.hexdigest()
