"""What the first page says: how much there is, what waits for a person, and whether the data are safe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.insight.case_lists import waiting_cases
from desktop.insight.contract_book import ContractReminders, contract_reminders
from desktop.insight.lists import place_names
from desktop.store.database import Sql
from desktop.store.register import get_meta, set_meta, shown_state
from desktop.store.register_folder import RegisterFolder

LIVE = "removed=0 AND canonical_id IS NULL"
REMINDERS = "contract_reminders"
COUNTS = "village_counts"
"""Where the counts are kept: in the open register, and at its end in its local bookkeeping."""

PERSONS_BY_VILLAGE = (
    "SELECT COALESCE(h.division_code,''),COUNT(*) FROM person p JOIN household h ON h.id=p.household_id "
    "WHERE p.removed=0 AND p.canonical_id IS NULL AND h.removed=0 GROUP BY 1",
    f"SELECT COALESCE(h.division_code,''),SUM(p.n) FROM (SELECT household_id,COUNT(*) AS n FROM person WHERE {LIVE} "
    "GROUP BY household_id) p CROSS JOIN household h ON h.id=p.household_id AND h.removed=0 GROUP BY 1",
)
"""On SQLite members are counted in the order of their index first: to look up the household of each takes twice as
long."""


@dataclass(frozen=True)
class VillageCount:
    """Records of one village; money in 分."""

    code: str
    name: str
    households: int
    persons: int
    assets: int
    original_value_fen: int


Kept = tuple[str, tuple[VillageCount, ...]]
"""The state the counts belong to (last arrival, scopes), and the counts; code "" for what lies in no village."""


@dataclass(frozen=True)
class HomeSummary:
    """Figures of the first page. Times are local; None = never."""

    households: int
    persons: int
    assets: int
    original_value_fen: int
    conflicts: int
    outside_scope: int
    unsent_operations: int
    last_backup: datetime | None
    last_merge: datetime | None
    villages: tuple[VillageCount, ...]
    crash_note: str
    contracts: ContractReminders


@dataclass(frozen=True)
class StatusLine:
    """What waits and how safe the data are: asked after every change, so it reads a few rows only."""

    conflicts: int
    outside_scope: int
    unsent_operations: int
    last_backup: datetime | None
    last_merge: datetime | None
    waiting: Mapping[str, int]
    """How many cases wait for a person today, by the page that shows them."""


def status_line(ws: Workspace) -> StatusLine:
    """What waits now."""
    with ws.register.reading() as sql:
        return _status(ws, sql)


def home_summary(ws: Workspace) -> HomeSummary:
    """Count what is there and what waits."""
    with ws.register.reading() as sql:
        villages, elsewhere = _counted(ws, sql)
        status = _status(ws, sql)
        reminders = _reminders(ws, sql)
    everything = (*villages, elsewhere)
    return HomeSummary(
        households=sum(v.households for v in everything), persons=sum(v.persons for v in everything),
        assets=sum(v.assets for v in everything), original_value_fen=sum(v.original_value_fen for v in everything),
        conflicts=status.conflicts, outside_scope=status.outside_scope, unsent_operations=status.unsent_operations,
        last_backup=status.last_backup, last_merge=status.last_merge, villages=villages,
        crash_note=str(ws.register.facts.get("crash_note", "")), contracts=reminders,
    )  # fmt: skip


def _reminders(ws: Workspace, sql: Sql) -> ContractReminders:
    """What contracts ask for today; looked for anew only when something was said since, or on another day."""
    day = date.today().isoformat()  # noqa: DTZ011
    state = (day, shown_state(sql))
    kept = ws.register.facts.get(REMINDERS)
    if kept is None or kept[0] != state:
        kept = ws.register.facts[REMINDERS] = (state, contract_reminders(sql, day))
    found: ContractReminders = kept[1]
    return found


def keep_counts(ws: Workspace) -> None:
    """Keep the counts of this session for the next opening, so that its first page need not count 700,000 persons."""
    kept: Kept | None = ws.register.facts.get(COUNTS)
    if kept is None or ws.register.writer is None:
        return
    with ws.register.reading() as sql:
        before = json.loads(get_meta(sql, COUNTS) or "{}").get("state")
    if before != kept[0]:
        plain = {"state": kept[0], "villages": [list(vars(v).values()) for v in kept[1]]}
        with ws.register.bookkeeping() as sql:
            set_meta(sql, COUNTS, json.dumps(plain, ensure_ascii=False))


def _status(ws: Workspace, sql: Sql) -> StatusLine:
    last_seq = int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op"))
    merged = sql.scalar("SELECT MAX(at_ms) FROM arrival WHERE package IS NOT NULL")
    return StatusLine(
        conflicts=int(sql.scalar("SELECT COUNT(*) FROM conflict")),
        outside_scope=int(sql.scalar("SELECT COUNT(*) FROM op WHERE admitted <> 1")),
        # arrival numbers have no gaps: counting the rows would read half a register
        unsent_operations=max(0, last_seq - int(get_meta(sql, "sent_seq") or 0)),
        last_backup=last_backup(ws), last_merge=_local(merged), waiting=waiting_cases(sql, today()),
    )  # fmt: skip


def _counted(ws: Workspace, sql: Sql) -> tuple[tuple[VillageCount, ...], VillageCount]:
    """Counts by village, and what lies in none; counted anew only when something was said since."""
    last_seq, judged_by = shown_state(sql)
    state = f"{last_seq} {judged_by or ''}"
    kept: Kept | None = ws.register.facts.get(COUNTS)
    if kept is None:
        stored = json.loads(get_meta(sql, COUNTS) or "{}")
        kept = (str(stored.get("state")), tuple(VillageCount(*row) for row in stored.get("villages", ())))
    if kept[0] != state:
        kept = (state, _count(sql))
    ws.register.facts[COUNTS] = kept
    elsewhere = next((v for v in kept[1] if not v.code), VillageCount("", "", 0, 0, 0, 0))
    return tuple(v for v in kept[1] if v.code), elsewhere


def _count(sql: Sql) -> tuple[VillageCount, ...]:
    households = dict(sql.rows(
        f"SELECT COALESCE(division_code,''),COUNT(*) FROM household WHERE {LIVE} GROUP BY 1"))  # fmt: skip
    persons = dict(sql.rows(PERSONS_BY_VILLAGE[sql.dialect == "sqlite"]))
    assets = {code: (int(n), int(fen)) for code, n, fen in sql.rows(
        "SELECT COALESCE(division_code,''),COUNT(*),COALESCE(SUM(original_value_fen),0) FROM asset "
        f"WHERE {LIVE} GROUP BY 1")}  # fmt: skip
    names = place_names(sql)
    return tuple(
        VillageCount(c, str(names.get(c, c)), int(households.get(c, 0)), int(persons.get(c, 0)), *assets.get(c, (0, 0)))
        for c in sorted({*households, *persons, *assets})
    )


def last_backup(ws: Workspace) -> datetime | None:
    """When the newest backup in the register's folder was made, local time."""
    folder = ws.register.facts.get("folder")
    if not isinstance(folder, RegisterFolder):
        return None
    times = [p.stat().st_mtime for p in folder.backups.glob("*.xcbak")]
    return datetime.fromtimestamp(max(times)).astimezone() if times else None


def _local(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000).astimezone()
