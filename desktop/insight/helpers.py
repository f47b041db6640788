"""Whom one names as helper or responsible person 帮扶责任人: the register's helpers, officials and helping units.

Offered while one types, so that one person is written one way; what is not in the list is written all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.insight.interest_conflicts import POST_WORDS
from desktop.registry.policies import policy
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class Helper:
    """A name that may be meant: who it is in words, and in how many records of the place it stands."""

    name: str
    what: str
    times: int = 0


def helpers(sql: Sql, village: str = "", household: str = "") -> list[Helper]:
    """The household's own helper first, then those of the place (a code or its beginning) by how often, then officials,
    then the others by name."""
    own = sql.scalar("SELECT helper_name FROM household WHERE id=?", (household,)) if household else None
    found: dict[str, Helper] = {}

    def add(name: object, what: str, times: int = 0) -> None:
        text = str(name or "").strip()
        if text and (text not in found or times > found[text].times):
            found[text] = Helper(text, found[text].what if text in found else what, times)

    add(own, "本户的帮扶责任人", 1 << 30)
    for name, times in sql.rows(
        f"SELECT helper_name,SUM(CASE WHEN division_code LIKE ? THEN 1 ELSE 0 END) FROM household WHERE {LIVE} "
        "AND helper_name IS NOT NULL GROUP BY helper_name",
        (f"{village}%",),
    ):
        add(name, "帮扶责任人", int(times))
    for name, times in sql.rows(
        "SELECT m.provider,SUM(CASE WHEN h.division_code LIKE ? THEN 1 ELSE 0 END) FROM measure m "
        "LEFT JOIN household h ON h.id=m.household_id WHERE m.removed=0 AND m.canonical_id IS NULL "
        "AND m.provider IS NOT NULL GROUP BY m.provider",
        (f"{village}%",),
    ):
        add(name, "帮扶过的单位或个人", int(times))
    for entry in policy(sql, "interest.officials"):
        add(entry.get("name") if isinstance(entry, dict) else entry, "镇村干部")
    posts = " OR ".join(["category LIKE ?", "employer LIKE ?"] * len(POST_WORDS))
    for (name,) in sql.rows(
        f"SELECT name FROM person WHERE {LIVE} AND ({posts}) ORDER BY name",
        [f"%{word}%" for word in POST_WORDS for _ in range(2)],
    ):
        add(name, "镇村干部")
    return sorted(found.values(), key=lambda h: (-h.times, h.what != "镇村干部", h.name))


def members(sql: Sql, household: str) -> list[str]:
    """The names of a household's members, the head first."""
    return [
        str(name)
        for (name,) in sql.rows(
            f"SELECT name FROM person WHERE household_id=? AND {LIVE} AND name IS NOT NULL "
            "ORDER BY CASE WHEN relation='head' THEN 0 ELSE 1 END,id",
            (household,),
        )
    ]
