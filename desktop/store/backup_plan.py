"""Which backups to keep: all of the last day, then one a day, a week and a month, within a size budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

DAILY, WEEKLY, MONTHLY = 12, 10, 9
KEEP_ALL_FOR = timedelta(days=1)


class KeptBackup(NamedTuple):
    """A backup file on this machine. `made_at` is aware of its zone; `size` in bytes."""

    name: str
    made_at: datetime
    size: int


def superfluous(backups: Iterable[KeptBackup], now: datetime, *, budget: int | None = None) -> list[KeptBackup]:
    """The backups to delete, oldest first.

    Kept are: everything of the last 24 hours (a backup before an import must not fall to the one on
    closing), the latest of each of the last 12 days, 10 weeks (ISO 8601) and 9 months that have one,
    counted in the zone of `now`. If the kept ones take more than `budget` bytes the oldest go first; the
    latest one always stays.
    """
    latest_first = sorted(backups, key=lambda b: (b.made_at, b.name), reverse=True)
    keep = {b for b in latest_first if now - b.made_at <= KEEP_ALL_FOR}
    keep.update(latest_first[:1])
    periods: tuple[tuple[Callable[[datetime], object], int], ...] = (
        (lambda day: day.date(), DAILY),
        (lambda day: day.isocalendar()[:2], WEEKLY),
        (lambda day: (day.year, day.month), MONTHLY),
    )
    for period, count in periods:
        latest: dict[object, KeptBackup] = {}
        for backup in latest_first:
            latest.setdefault(period(backup.made_at.astimezone(now.tzinfo)), backup)
        keep.update(list(latest.values())[:count])
    if budget is not None:
        used = 0
        for place, backup in enumerate(b for b in latest_first if b in keep):
            used += backup.size
            if place and used > budget:
                keep.discard(backup)
    return [b for b in reversed(latest_first) if b not in keep]
