"""Operation ids grow with the clock, never repeat and never run backwards."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from desktop.common.clock import HybridClock, fresh_replica, op_time

REPLICA = b"replica1"


def test_an_id_says_when_and_who() -> None:
    op_id = HybridClock(REPLICA, now=lambda: 1_760_000_000_123).tick()
    assert len(op_id) == 16
    assert op_id[8:] == REPLICA
    assert op_time(op_id) == datetime(2025, 10, 9, 8, 53, 20, 123000, tzinfo=UTC)


def test_ids_grow_while_the_wall_clock_stands() -> None:
    clock = HybridClock(REPLICA, now=lambda: 1000)
    ids = [clock.tick() for _ in range(70_000)]  # more than the counter holds
    assert ids == sorted(set(ids))
    assert clock.last_ms == 1001


def test_a_clock_set_back_still_issues_growing_ids() -> None:
    times = iter([5000, 4000, 10, 6000])
    clock = HybridClock(REPLICA, now=lambda: next(times))
    ids = [clock.tick() for _ in range(4)]
    assert ids == sorted(set(ids))


def test_the_next_opening_goes_on_after_the_last_millisecond() -> None:
    first = HybridClock(REPLICA, now=lambda: 9000)
    last = first.tick()
    again = HybridClock(b"replica0", first.last_ms, now=lambda: 1)
    assert again.tick() > last


def test_each_opening_has_a_replica_of_its_own() -> None:
    assert fresh_replica() != fresh_replica()
    with pytest.raises(ValueError, match="8 bytes"):
        HybridClock(b"short")


def test_a_time_beyond_every_calendar_is_shown_as_its_end() -> None:
    assert op_time(b"\xff" * 16).year == 9999
