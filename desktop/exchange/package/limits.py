"""Hostile contents cost nothing: sizes are read before memory is taken, counted while streaming, nesting
is bounded.

Measured on ordinary libraries: a 9 KB zstd frame gives 300 MiB although a smaller limit was asked for, a
truncated one reads back silently shortened; so the frame's own size is read first, output is counted, and
both must agree.
"""

from __future__ import annotations

from typing import Any

import msgpack
import zstandard

from desktop.exchange.package.refusals import Reason, Refused

LARGEST_PACKAGE = 16 << 30
LARGEST_HEADER = 1 << 20
LARGEST_MANIFEST = 32 << 20
LARGEST_PART = 64 << 20
"""Bytes of one part when decompressed."""
LARGEST_STORED = 1 << 30
"""Compressed bytes of all parts together (they are held in memory)."""
LARGEST_CONTENT = 8 << 30
"""Bytes of all parts when decompressed."""
LARGEST_ATTACHMENT = 256 << 20
MOST_PARTS = 50_000
MOST_ATTACHMENTS = 500_000
MOST_RECIPIENTS = 5_000
DEEPEST = 12
"""Levels of lists and maps in any value; the deepest of ours is 4."""

_WINDOW = 1 << 23
"""zstd window of level ≤ 19; a larger one would take more memory than the content."""
_LEVEL = 10
_PIECE = 1 << 17


def compress(raw: bytes) -> bytes:
    """One zstd frame that names its size and carries a checksum. ValueError beyond LARGEST_PART."""
    if len(raw) > LARGEST_PART:
        raise ValueError("a part is too large")
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True).compress(raw)


def declared_size(stored: bytes) -> int:
    """What the frame says it holds; Refused when it does not say, or is no zstd frame."""
    try:
        facts = zstandard.get_frame_parameters(stored)
    except zstandard.ZstdError as error:
        raise Refused(Reason.BODY_DAMAGED) from error
    if facts.content_size == zstandard.CONTENTSIZE_UNKNOWN or (
        facts.window_size > _WINDOW and facts.content_size > _WINDOW
    ):
        raise Refused(Reason.BOMB)
    return int(facts.content_size)


def decompress(stored: bytes, size: int) -> bytes:
    """The content of one frame that must hold exactly `size` bytes and nothing after it."""
    if size > LARGEST_PART or declared_size(stored) != size:
        raise Refused(Reason.BOMB)
    out = bytearray()
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(stored, read_across_frames=True)
        while piece := reader.read(_PIECE):
            out += piece
            if len(out) > size:
                raise Refused(Reason.BOMB)
    except zstandard.ZstdError as error:
        raise Refused(Reason.BODY_DAMAGED) from error
    if len(out) != size:
        raise Refused(Reason.BOMB)
    return bytes(out)


def unpack(data: bytes, *, deepest: int = DEEPEST) -> Any:
    """A msgpack value with bounded nesting; Refused when it is damaged, too deep or of extension types."""
    try:
        value = msgpack.unpackb(data, raw=False, strict_map_key=False, max_ext_len=0)
    except msgpack.StackError as error:
        raise Refused(Reason.TOO_DEEP) from error
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        raise Refused(Reason.BODY_DAMAGED) from error
    check_depth(value, deepest)
    return value


def check_depth(value: Any, deepest: int = DEEPEST) -> None:
    """Refused when lists and maps are nested deeper than `deepest`."""
    level = [value]
    for _ in range(deepest + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return
    raise Refused(Reason.TOO_DEEP)
