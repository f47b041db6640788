"""Hints at conflicts of interest 利益关系提示: an official or somebody of his household as lessee or recipient.

Seed 001 预防“贪蝇”“微腐败”, rule R-AS-11. A hint never bars anything: names are shared, and kin may well be entitled.
Officials are the county's list (policy `interest.officials`) and persons of the register whose 人群类别 says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.registry.policies import policy
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
POST_WORDS = ("村干部", "村支书", "村主任", "村委", "支委", "镇干部", "驻村")
"""Words in a person's 人群类别 or 用工企业 that say he holds a post."""
HOWS = {"same_person": "本人", "same_name": "同名", "same_household": "同户", "kin_name": "与其家庭成员同名"}


@dataclass(frozen=True, slots=True)
class InterestHint:
    """Somebody who takes an advantage is, or lives with, an official. Names are personal data: screen only."""

    role: str
    """`lessee` or `recipient`."""
    table: str
    row_id: str
    name: str
    official: str
    how: str
    """Key of `HOWS`."""


@dataclass(frozen=True)
class _Officials:
    names: frozenset[str]
    persons: dict[str, str]
    """Person → official's name, for officials found among the persons."""
    households: dict[str, str]
    """Household → the official who lives in it."""
    kin: dict[str, str]
    """Name of a household member → the official."""


def interest_hints(sql: Sql) -> list[InterestHint]:
    """All hints: contracts in force or drafted, and the lines of distributions."""
    if all(sql.one(f"SELECT 1 FROM {table} LIMIT 1") is None for table in ("contract", "distribution_line")):
        return []  # nobody to compare the officials with, who are looked for among all people
    officials = _officials(sql)
    if not officials.names:
        return []
    hints: list[InterestHint] = []
    for contract, kind, name, household in sql.rows(
        "SELECT c.id,p.kind,p.name,p.household_id FROM contract c JOIN party p ON p.id=c.operator_party_id "
        "WHERE c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'draft') IN ('draft','active') ORDER BY c.id"
    ):
        if kind in ("household", "person"):
            found = _how(officials, name, household, None)
            if found:
                hints.append(InterestHint("lessee", "contract", contract, name or "", *found))
    for plan, kind, recipient, name in sql.rows(
        "SELECT l.distribution_id,l.recipient_kind,l.recipient_id,l.name FROM distribution_line l "
        "JOIN distribution d ON d.id=l.distribution_id WHERE d.removed=0 AND d.canonical_id IS NULL "
        "ORDER BY l.distribution_id,l.position"
    ):
        household = recipient if kind == "household" else None
        person = recipient if kind == "person" else None
        found = _how(officials, name, household, person) if kind in ("household", "person") else None
        if found:
            hints.append(InterestHint("recipient", "distribution", plan, name or "", *found))
    return hints


def recipient_hints(sql: Sql, recipients: Sequence[tuple[str, str, str]]) -> list[tuple[int, str]]:
    """Which recipients (kind, id, name) of a plan call for a look: their index and the key of `HOWS`; no names."""
    officials = _officials(sql)
    if not officials.names:
        return []
    found = []
    for at, (kind, recipient, name) in enumerate(recipients):
        if kind not in ("household", "person"):
            continue
        household, person = (recipient, None) if kind == "household" else (None, recipient)
        hint = _how(officials, name, household, person)
        if hint:
            found.append((at, hint[1]))
    return found


def party_hint(sql: Sql, party_id: str) -> InterestHint | None:
    """The hint for one party as lessee, before a contract is made with him; None when there is none."""
    row = sql.one("SELECT kind,name,household_id FROM party WHERE id=?", (party_id,))
    if row is None or row[0] not in ("household", "person"):
        return None
    found = _how(_officials(sql), row[1], row[2], None)
    return InterestHint("lessee", "party", party_id, row[1] or "", *found) if found else None


def _how(o: _Officials, name: str | None, household: str | None, person: str | None) -> tuple[str, str] | None:
    """(official, how) for a name, a household or a person; the surest way first."""
    if person and person in o.persons:
        return o.persons[person], "same_person"
    if household and household in o.households:
        return o.households[household], "same_household"
    if name and name in o.names:
        return name, "same_name"
    if name and name in o.kin:
        return o.kin[name], "kin_name"
    return None


def _officials(sql: Sql) -> _Officials:
    names: set[str] = set()
    households: dict[str, str] = {}
    for entry in policy(sql, "interest.officials"):
        name = str(entry.get("name") or "") if isinstance(entry, dict) else str(entry)
        if name:
            names.add(name)
            if isinstance(entry, dict) and entry.get("household_id"):
                households[str(entry["household_id"])] = name
    posts = " OR ".join(["category LIKE ?", "employer LIKE ?"] * len(POST_WORDS))
    words = [f"%{w}%" for w in POST_WORDS for _ in range(2)]
    persons: dict[str, str] = {}
    for person, name, household in sql.rows(
        f"SELECT id,name,household_id FROM person WHERE {LIVE} AND ({posts})", words
    ):
        if name:
            names.add(name)
            persons[person] = name
            if household:
                households.setdefault(household, name)
    for person, name, household in sql.in_chunks(
        f"SELECT id,name,household_id FROM person WHERE {LIVE} AND name IN (*)", sorted(names)
    ):
        persons.setdefault(person, name)
        if household:
            households.setdefault(household, name)
    kin = {
        name: households[household]
        for name, household in sql.in_chunks(
            f"SELECT name,household_id FROM person WHERE {LIVE} AND household_id IN (*)", sorted(households)
        )
        if name and name not in names
    }
    return _Officials(frozenset(names), persons, households, kin)
