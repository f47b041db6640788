"""Notices a damaged write-ahead log before SQLite silently leaves out everything behind the damage.

After a crash SQLite replays the log up to the first frame whose checksum is wrong. Behind a torn last write that is
right: it was never acknowledged. But when several whole commits follow the bad frame, acknowledged work was damaged on
the disk: the log is kept aside and the user is told. Format: sqlite.org/fileformat2.html, section 4.
"""

from __future__ import annotations

import shutil
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_HEADER, _FRAME = struct.Struct(">IIIIIIII"), struct.Struct(">IIIIII")
_MAGIC = 0x377F0682
"""The lowest bit tells the byte order of the checksums."""
LARGEST = 64 << 20
"""Bytes looked through (about 3 s); longer logs arise only while an import runs, which is one commit."""
_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class LogState:
    """What a log holds: commits that will be replayed, and commits behind the first damaged frame."""

    readable: int
    behind_damage: int

    @property
    def lost_acknowledged(self) -> bool:
        """Whether acknowledged work is certainly among what is left out.

        One commit behind the damage may be the one that was being written when the power went: nobody was told that it
        was saved. Each commit is synced before the next begins, so of two at least one was acknowledged.
        """
        return self.behind_damage > 1


def examine(log: Path) -> LogState | None:
    """Look through a log file; None when there is none, it is empty, or too long to look through."""
    try:
        if not _HEADER.size < log.stat().st_size <= LARGEST:
            return None
        raw = log.read_bytes()
    except FileNotFoundError:
        return None
    magic, _, page_size, _, salt_1, salt_2, sum_1, sum_2 = _HEADER.unpack_from(raw)
    order = ">" if magic & 1 else "<"
    sums = _checksum(raw[:24], order, 0, 0)
    if magic & ~1 != _MAGIC or sums != (sum_1, sum_2) or not 512 <= page_size <= 65536:
        return LogState(0, _commits_anywhere(raw, page_size))
    sound = True
    readable = behind = 0
    size = _FRAME.size + page_size
    for at in range(_HEADER.size, len(raw) - size + 1, size):
        _, database_pages, frame_1, frame_2, sum_1, sum_2 = _FRAME.unpack_from(raw, at)
        if (frame_1, frame_2) != (salt_1, salt_2):
            if sound:
                # the rest is of an earlier round of the log, unless its salts were hit: then more of ours follow
                sound = False
            continue
        if sound:
            sums = _checksum(raw[at : at + 8], order, *sums)
            sums = _checksum(raw[at + _FRAME.size : at + size], order, *sums)
            sound = sums == (sum_1, sum_2)
        if database_pages:
            if sound:
                readable += 1
            else:
                behind += 1
    return LogState(readable, behind)


def keep_if_damaged(database: Path) -> str:
    """Copy a damaged log aside and return what to tell the user (Chinese); "" when nothing was lost.

    Called before a database is opened again after an unclean end: opening overwrites the log.
    """
    log = database.with_name(database.name + "-wal")
    state = examine(log)
    if state is None or not state.lost_acknowledged:
        return ""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = database.with_name(f"{database.stem}.damaged-{stamp}.wal")
    shutil.copyfile(log, aside)
    return (
        f"上次没有正常关闭，且磁盘上的日志有损坏：关闭前最后 {state.behind_damage} 次保存未能取回，更早的内容都在；"
        f"损坏的日志保留为 {aside.name}，请核对最近的改动，并检查磁盘。"
    )


def _checksum(data: bytes, order: str, sum_1: int, sum_2: int) -> tuple[int, int]:
    numbers = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, two in zip(numbers[::2], numbers[1::2], strict=True):
        sum_1 = (sum_1 + one + sum_2) & _MASK
        sum_2 = (sum_2 + two + sum_1) & _MASK
    return sum_1, sum_2


def _commits_anywhere(raw: bytes, page_size: int) -> int:
    """Commits of the log's latest round when its header is damaged: frames with the salts of the first frame."""
    size = _FRAME.size + (page_size if page_size in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536) else 4096)
    found = 0
    salts = raw[_HEADER.size + 8 : _HEADER.size + 16]
    for at in range(_HEADER.size, len(raw) - size + 1, size):
        if raw[at + 8 : at + 16] == salts and raw[at + 4 : at + 8] != bytes(4):
            found += 1
    return found
