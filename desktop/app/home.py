"""What the first page says: how much there is, what waits for a person, and whether the data are safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desktop.app.workspace import Workspace
from desktop.store.register import get_meta
from desktop.store.register_folder import RegisterFolder

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class VillageCount:
    """Records of one village; money in 分."""

    code: str
    name: str
    households: int
    persons: int
    assets: int
    original_value_fen: int


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


def home_summary(ws: Workspace) -> HomeSummary:
    """Count what is there and what waits."""
    with ws.register.reading() as sql:
        households = dict(sql.rows(
            f"SELECT COALESCE(division_code,''),COUNT(*) FROM household WHERE {LIVE} GROUP BY 1"))  # fmt: skip
        persons = dict(sql.rows(
            "SELECT COALESCE(h.division_code,''),COUNT(*) FROM person p JOIN household h ON h.id=p.household_id "
            "WHERE p.removed=0 AND p.canonical_id IS NULL AND h.removed=0 GROUP BY 1"))  # fmt: skip
        assets = {code: (int(n), int(fen)) for code, n, fen in sql.rows(
            "SELECT COALESCE(division_code,''),COUNT(*),COALESCE(SUM(original_value_fen),0) FROM asset "
            f"WHERE {LIVE} GROUP BY 1")}  # fmt: skip
        names = dict(sql.rows(f"SELECT code,COALESCE(short_name,name) FROM division WHERE {LIVE}"))
        conflicts = int(sql.scalar("SELECT COUNT(*) FROM conflict"))
        outside = int(sql.scalar("SELECT COUNT(*) FROM op WHERE admitted <> 1"))
        last_seq = int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op"))
        sent = int(get_meta(sql, "sent_seq") or 0)
        mine = sql.scalar("SELECT COUNT(*) FROM op WHERE seq>?", (sent,)) if last_seq > sent else 0
        merged = sql.scalar("SELECT MAX(at_ms) FROM arrival WHERE package IS NOT NULL")
    codes = sorted(c for c in {*households, *persons, *assets} if c)
    villages = tuple(
        VillageCount(c, str(names.get(c, c)), int(households.get(c, 0)), int(persons.get(c, 0)), *assets.get(c, (0, 0)))
        for c in codes
    )
    return HomeSummary(
        households=sum(households.values()), persons=sum(persons.values()), assets=sum(n for n, _ in assets.values()),
        original_value_fen=sum(fen for _, fen in assets.values()), conflicts=conflicts, outside_scope=outside,
        unsent_operations=int(mine or 0), last_backup=last_backup(ws), last_merge=_local(merged), villages=villages,
        crash_note=str(ws.register.facts.get("crash_note", "")),
    )  # fmt: skip


def last_backup(ws: Workspace) -> datetime | None:
    """When the newest backup in the register's folder was made, local time."""
    folder = ws.register.facts.get("folder")
    if not isinstance(folder, RegisterFolder):
        return None
    times = [p.stat().st_mtime for p in folder.backups.glob("*.xcbak")]
    return datetime.fromtimestamp(max(times)).astimezone() if times else None


def _local(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000).astimezone()
