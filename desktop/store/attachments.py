"""Photos, contracts and certificates lie encrypted under the SHA-256 of their content: written whole,
checked when read.

`attachments/ab/<sha256>`: the same picture is kept once; a file is never changed, only collected when
nothing names it.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from desktop.common.atomic_file import PARTIAL_SUFFIX, replacing
from desktop.common.errors import FileDamaged, InputRefused
from desktop.store.sealed_stream import PIECE, OpeningReader, SealingWriter
from desktop.store.storage_failure import storage_errors

MAGIC = b"XCATT\x00\x00\x01"
_CONTEXT = b"xiangce attachment 1"
_DAMAGED = "一个附件文件已损坏；其他资料不受影响，请从备份或原件重新取得该附件。"


class AttachmentMissing(InputRefused):
    """No file under this digest; `digest` names it."""

    def __init__(self, digest: str) -> None:
        super().__init__("附件文件不在这台电脑上；登记信息不受影响，请合并含该附件的包或从备份取回。")
        self.digest = digest


class Attachments:
    """The encrypted files of one register."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self._key = key

    def path(self, digest: str) -> Path:
        """Where the encrypted file of this digest lies. ValueError when it is no SHA-256 in lowercase hex."""
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise ValueError("not a SHA-256 digest")
        return self.folder / digest[:2] / digest

    def __contains__(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def put(self, data: bytes) -> str:
        """Keep a file's bytes and return their SHA-256; durable when it returns. Raises StorageFailed."""
        return self.put_stream(io.BytesIO(data))

    def put_stream(self, source: BinaryIO) -> str:
        """Keep a seekable file without holding it in memory; return its SHA-256."""
        start = source.tell()
        digest = _digest(source)
        with storage_errors():
            target = self.path(digest)
            if self.is_sound(digest):
                return digest
            target.parent.mkdir(parents=True, exist_ok=True)
            source.seek(start)
            with replacing(target) as raw:
                raw.write(MAGIC)
                with SealingWriter(raw, self._key, _CONTEXT) as sealed:
                    for piece in _pieces(source):
                        sealed.write(piece)
        return digest

    def read(self, digest: str) -> bytes:
        """The whole content, checked. Raises AttachmentMissing or FileDamaged."""
        out = io.BytesIO()
        self.copy_to(digest, out)
        return out.getvalue()

    def copy_to(self, digest: str, target: BinaryIO) -> int:
        """Write the content to `target` piece by piece and return its size.

        Raises AttachmentMissing, or FileDamaged at the latest after the last piece: what was written then
        is void.
        """
        seen = hashlib.sha256()
        size = 0
        try:
            raw = self.path(digest).open("rb")
        except FileNotFoundError:
            raise AttachmentMissing(digest) from None
        with raw:
            if raw.read(len(MAGIC)) != MAGIC:
                raise FileDamaged(_DAMAGED)
            reader = OpeningReader(raw, self._key, _CONTEXT, damaged=_DAMAGED)
            while piece := reader.read(PIECE):
                seen.update(piece)
                size += len(piece)
                target.write(piece)
        if seen.hexdigest() != digest:
            raise FileDamaged(_DAMAGED)
        return size

    def is_sound(self, digest: str) -> bool:
        """Whether the file is there and its content has this digest."""
        try:
            self.copy_to(digest, _Nowhere())
        except (FileDamaged, AttachmentMissing):
            return False
        return True

    def digests(self) -> Iterator[str]:
        """The digests of all files kept, in order."""
        for folder in sorted(p for p in self.folder.glob("??") if p.is_dir()):
            for file in sorted(folder.iterdir()):
                if len(file.name) == 64 and file.name.startswith(folder.name):
                    yield file.name

    def damaged(self, progress: Callable[[int], None] | None = None) -> list[str]:
        """Digests of files that cannot be read back; reads everything."""
        found = []
        for count, digest in enumerate(self.digests(), 1):
            if not self.is_sound(digest):
                found.append(digest)
            if progress:
                progress(count)
        return found

    def collect(self, named: Set[str], *, unused_for: float = 3600.0) -> list[str]:
        """Delete files whose digest is not in `named`; return their digests.

        `named` is what operations, drafts and kept backups name. A file younger than `unused_for` seconds
        stays: its operation may be about to be written. Leftovers of broken writes go too.
        """
        removed = []
        before = time.time() - unused_for
        with storage_errors():
            for digest in [d for d in self.digests() if d not in named]:
                path = self.path(digest)
                if path.stat().st_mtime <= before:
                    path.unlink()
                    removed.append(digest)
            for leftover in self.folder.glob(f"??/.*{PARTIAL_SUFFIX}"):
                if leftover.stat().st_mtime <= before:
                    leftover.unlink()
            for folder in self.folder.glob("??"):
                with suppress(OSError):
                    folder.rmdir()  # only when empty
        return removed


class _Nowhere(io.BytesIO):
    """Takes bytes and keeps none."""

    def write(self, data: object) -> int:
        return 0


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _digest(source: BinaryIO) -> str:
    seen = hashlib.sha256()
    for piece in _pieces(source):
        seen.update(piece)
    return seen.hexdigest()
