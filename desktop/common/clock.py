"""Hybrid logical clock: operation ids that grow with the wall clock, never repeat and never run backwards.

An id is 16 bytes: 48-bit milliseconds since 1970 UTC, 16-bit counter, 64-bit replica id; as bytes they are in order.

The clock only breaks ties of display. A package from a clock years ahead is accepted and does not pull this one along.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

OP_ID_BYTES = 16
REPLICA_BYTES = 8


def wall_clock_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def fresh_replica() -> bytes:
    """A replica id for one opening of a register: copies and restored backups never share one."""
    return os.urandom(REPLICA_BYTES)


class HybridClock:
    """Issues operation ids for one opening of a register.

    `last_ms` is the greatest millisecond this register issued before (kept in the register), so that a clock set back
    still issues growing ids.
    """

    def __init__(self, replica: bytes, last_ms: int = 0, now: Callable[[], int] = wall_clock_ms) -> None:
        if len(replica) != REPLICA_BYTES:
            raise ValueError("a replica id has 8 bytes")
        self.replica = replica
        self._ms = last_ms
        self._count = 0xFFFF if last_ms else -1
        self._now = now

    @property
    def last_ms(self) -> int:
        """The greatest millisecond issued so far."""
        return self._ms

    def tick(self) -> bytes:
        """The next operation id."""
        now = self._now()
        if now > self._ms:
            self._ms, self._count = now, 0
        elif self._count < 0xFFFF:
            self._count += 1
        else:
            self._ms, self._count = self._ms + 1, 0
        return self._ms.to_bytes(6, "big") + self._count.to_bytes(2, "big") + self.replica

    def ticks(self, count: int) -> list[bytes]:
        """The next so many operation ids, consecutive: the same counter, one look at the wall clock."""
        now = self._now()
        first = now << 16 if now > self._ms else (self._ms << 16 | self._count) + 1
        if count:
            self._ms, self._count = divmod(first + count - 1, 1 << 16)
        replica = self.replica
        return [(first + i).to_bytes(8, "big") + replica for i in range(count)]


def op_time(op_id: bytes) -> datetime:
    """The wall-clock time written into an operation id, UTC (as that machine's clock had it)."""
    ms = min(int.from_bytes(op_id[:6], "big"), 253402300799000)
    return datetime.fromtimestamp(ms / 1000, UTC)
