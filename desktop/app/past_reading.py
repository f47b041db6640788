"""A reader of the register as it is, or as this register knew it at a moment: one question is asked of either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from desktop.app.records.records import day, moment_ms, today
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.store.database import Sql


@contextmanager
def reading_at(ws: Workspace, tables: Iterable[str], known_at: str | None) -> Iterator[Sql]:
    """A reader of today's register, or of these tables as known at a moment (ISO; a day means its end).

    Raises UsageError for what is no moment, or lies ahead.
    """
    if not known_at:
        with ws.register.reading() as sql:
            yield sql
        return
    past = ws.register.tables_known_at(tables, known_ms(known_at))
    try:
        with past.reading() as sql:
            yield sql
    finally:
        past.close()


def known_ms(text: str) -> int:
    """A moment of knowledge as UTC milliseconds; UsageError when it is none, or nobody can know it yet."""
    found = moment_ms(text.strip())
    if text.strip()[:10] > today():
        raise UsageError(f"{text.strip()} 还没到，记录只看得到现在为止的。")
    return found


def known_words(known_at: str | None, now: datetime) -> str:
    """The moment up to which changes are in a paper, as it is printed: 2025-06-30 24:00, 2026-11-28 09:05."""
    local = now.astimezone()
    text = (known_at or "").strip()
    if not text or known_ms(text) >= int(now.timestamp() * 1000):
        return f"{local:%Y-%m-%d %H:%M}"
    if len(text) == 10:
        return f"{text} 24:00"
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"


def past_day(text: str | None) -> str | None:
    """A day of a paper or ledger (ISO); UsageError when it is none, or in the future: nothing has happened then."""
    if not text:
        return None
    found = day(text)
    if found > today():
        raise UsageError(f"{found} 还没到，台账和清单只到今天。")
    return found
