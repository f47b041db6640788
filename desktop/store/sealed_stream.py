"""Encrypts a stream piece by piece so that any cut, swap, flip or addition is noticed: XChaCha20-Poly1305
secretstream.

Pieces have a fixed size and the last one is marked (libsodium's crypto_secretstream), so a shortened file
never passes for a whole one. `context` binds the stream to its place: it must be equal when sealing and
opening.
"""

from __future__ import annotations

from types import TracebackType
from typing import BinaryIO

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from desktop.common.errors import FileDamaged

PIECE = 256 * 1024
"""Clear bytes per piece."""

_OVERHEAD = sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_FINAL = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class SealingWriter:
    """Writes encrypted pieces to `raw`; without `finish` the stream counts as cut off."""

    def __init__(self, raw: BinaryIO, key: bytes, context: bytes) -> None:
        self._raw = raw
        self._context = context
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        self._pending = bytearray()
        raw.write(sodium.crypto_secretstream_xchacha20poly1305_init_push(self._state, key))

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take clear bytes; pieces are written as they fill."""
        self._pending += data
        # one piece is kept back: only `finish` knows which is the last
        while len(self._pending) > PIECE:
            self._push(bytes(self._pending[:PIECE]), 0)
            del self._pending[:PIECE]

    def finish(self) -> None:
        """Write the last piece with its mark."""
        self._push(bytes(self._pending), _FINAL)
        self._pending.clear()

    def _push(self, piece: bytes, tag: int) -> None:
        self._raw.write(sodium.crypto_secretstream_xchacha20poly1305_push(self._state, piece, self._context, tag))

    def __enter__(self) -> SealingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()


class OpeningReader:
    """Reads what SealingWriter wrote; raises FileDamaged with the given sentence and never gives false bytes."""

    def __init__(self, raw: BinaryIO, key: bytes, context: bytes, *, damaged: str) -> None:
        self._raw = raw
        self._context = context
        self._damaged = damaged
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        self._clear = memoryview(b"")
        self._ended = False
        header = raw.read(_HEADER)
        if len(header) != _HEADER:
            raise FileDamaged(damaged)
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)

    def read(self, size: int = -1) -> bytes:
        """Up to `size` clear bytes (all when negative); b"" only at the marked end."""
        parts: list[bytes] = []
        wanted = size
        while wanted and (self._clear or self._next_piece()):
            part = self._clear if wanted < 0 else self._clear[:wanted]
            parts.append(bytes(part))
            self._clear = self._clear[len(part) :]
            if wanted > 0:
                wanted -= len(part)
        return b"".join(parts)

    def read_exactly(self, size: int) -> bytes:
        """Exactly `size` clear bytes; FileDamaged when the stream ends before."""
        data = self.read(size)
        if len(data) != size:
            raise FileDamaged(self._damaged)
        return data

    def expect_end(self) -> None:
        """FileDamaged unless everything was read and nothing follows."""
        if self.read(1):
            raise FileDamaged(self._damaged)

    def _next_piece(self) -> bool:
        while not self._clear:
            if self._ended:
                return False
            sealed = self._raw.read(PIECE + _OVERHEAD)
            try:
                clear, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(self._state, sealed, self._context)
            except (CryptoError, ValueError) as error:
                raise FileDamaged(self._damaged) from error
            self._ended = tag == _FINAL
            if self._ended and self._raw.read(1):
                raise FileDamaged(self._damaged)
            self._clear = memoryview(clear)
        return True
