"""Writes a ledger's plan into the register: assets, the parties it names, and their rights; one unit of work."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from desktop.common.bulk import collector_paused
from desktop.common.errors import UsageError
from desktop.exchange.workbook.ledger.records import AssetBatch, AssetRecords
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.register_places import place_divisions
from desktop.registry.right import party_id
from desktop.store.register import Register
from desktop.store.unit_of_work import Committed

Progress = Callable[[int, int], None]
_PARTY_LEVELS = {"collective": "collective_village", "household": "household", "enterprise": "enterprise"}

BATCH = 2000
"""Assets written at a time; between two batches the import can be stopped."""

Entry = tuple[str, str, int, int, str]
"""A holder as planned: name, kind, numerator, denominator, code of its village."""


@dataclass(slots=True)
class _Rights:
    """The rights of one kind on a batch of assets, by the column."""

    count: int
    columns: dict[str, list[Any]]


@collector_paused()
def commit_assets(register: Register, plan: ImportPlan, *, progress: Progress | None = None) -> Committed:
    """All assets that go in, with parties and rights, or none; the unit can be undone as a whole.

    Raises UsageError when no asset goes in, and whatever `progress` raises to cancel (then nothing is written).
    """
    if not isinstance(plan.records, AssetRecords):
        raise UsageError("没有可以导入的资产；请先处理疑点。")
    ready = plan.records.ready_batches(BATCH)
    codes = set(plan.totals["villages"])
    with register.write(f"导入资产台账：{plan.file_name}", source=f"import:{plan.sha256}") as scope:
        divisions = place_divisions(register, scope, codes)
        households = _households_by_head(register)
        parties = _Parties(divisions)
        rights: list[_Rights] = []
        expected = int(plan.totals["assets"])

        def told(done: int) -> None:
            if progress:
                progress(min(done, 2 * expected), 2 * expected)

        made = 0
        for batch in ready:
            columns = batch.columns
            columns["division_id"] = [divisions.get(code or "") for code in batch.villages]
            if "household" in columns["category"]:
                columns["household_id"] = _owning_households(batch, households)
            assets = scope.insert_columns("asset", [columns])
            made += len(assets)
            rights += _rights(batch, assets, parties)
            told(made)
        if not made:
            raise UsageError("没有可以导入的资产；请先处理疑点。")
        scope.ensure_many("party", parties.rows())
        of = max(1, sum(part.count for part in rights))
        scope.insert_columns(
            "right", (part.columns for part in rights), lambda done: told(made + done * expected // of)
        )
    assert scope.result is not None
    return scope.result


def _rights(batch: AssetBatch, assets: list[str], parties: _Parties) -> Iterator[_Rights]:
    """What is held on the assets of a batch, a kind of right at a time."""
    for kind, entries in batch.holders.items():
        columns = {"asset_id": assets, **_interval(kind, batch.columns)}
        columns["shares"] = parties.shares(entries, batch.villages)
        if not all(entries):
            columns = {name: list(itertools.compress(v, entries)) for name, v in columns.items()}
        count = len(columns["asset_id"])
        yield _Rights(count, {**columns, "kind": [kind] * count})


def _interval(kind: str, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """From when to when a right is held as far as the ledger says: the contract for operation by somebody else."""
    if kind == "ownership":
        return {"source_doc": columns["confirm_doc_no"]} if "confirm_doc_no" in columns else {}
    ends = columns.get("contract_end")
    if kind != "operation" or ends is None:
        return {}
    after = {end: _day_after(end) for end in set(ends) if end}
    found = {"valid_to": [after.get(end) for end in ends]}
    for name, source in (("valid_from", "contract_start"), ("source_doc", "contract_no")):
        if source in columns:
            found[name] = [v if end else None for v, end in zip(columns[source], ends, strict=True)]
    return found


def _day_after(day: str) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def _owning_households(batch: AssetBatch, households: dict[tuple[str, str], str]) -> list[str | None]:
    """The household that owns an asset of the category 到户类 alone, found by its village and the head's name."""
    owners = batch.holders.get("ownership") or [None] * batch.count
    return [
        households.get((code or "", entries[0][0]))
        if category == "household" and entries and len(entries) == 1 and entries[0][1] in ("household", "person")
        else None
        for category, code, entries in zip(batch.columns["category"], batch.villages, owners, strict=True)
    ]


def _households_by_head(register: Register) -> dict[tuple[str, str], str]:
    """(Village code, name of the head) → household, where the name is the only one of its village."""
    with register.reading() as sql:
        rows = sql.rows(
            "SELECT h.division_code, p.name, h.id FROM household h JOIN person p ON p.id=h.head_person_id "
            "WHERE h.removed=0 AND h.canonical_id IS NULL AND p.removed=0"
        )
    found: dict[tuple[str, str], str] = {}
    twice: set[tuple[str, str]] = set()
    for code, name, household in rows:
        key = (str(code), str(name))
        if key in found:
            twice.add(key)
        found[key] = str(household)
    return {key: household for key, household in found.items() if key not in twice}


class _Parties:
    """The organisations and persons a ledger names, each once, with the identifiers every laptop gives them."""

    def __init__(self, divisions: dict[str, str]) -> None:
        self._divisions = divisions
        self._ids: dict[tuple[str, str, str], str] = {}
        self._shares: dict[tuple[int, str | None], tuple[list[Entry], list[list[Any]]]] = {}
        """Identity of the entries and village code → the entries (kept, so that the identity stays theirs), shares."""

    @staticmethod
    def _place(kind: str, village: str, code: str) -> str:
        """The division a party belongs to: its village, for offices the town, for enterprises the county."""
        if kind in ("collective", "village_committee", "household", "person", "other"):
            return village or code
        return code[:6] if kind == "enterprise" else code[:9]

    def id_of(self, entry: Entry, code: str) -> str:
        """The party of a holder named in an asset of the village with this code."""
        name, kind, _, _, village = entry
        key = (kind, name, self._place(kind, village, code))
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = party_id(*key)
        return known

    def shares(self, column: list[Any], codes: list[Any]) -> list[Any]:
        """Per asset the shares of its holders as the right keeps them; assets held alike share one list."""
        known = self._shares
        found: list[Any] = []
        for entries, code in zip(column, codes, strict=True):
            if not entries:
                found.append(None)
                continue
            key = (id(entries), code)
            made = known.get(key)
            if made is None:
                made = known[key] = (entries, [[self.id_of(e, code or ""), e[2], e[3]] for e in entries])
            found.append(made[1])
        return found

    def rows(self) -> list[dict[str, Any]]:
        """The party rows of all holders so far, each once."""
        return [
            {
                "id": row,
                "kind": kind,
                "name": name,
                "ownership_level": _PARTY_LEVELS.get(kind) or ("state_town" if kind == "government" else None),
                "division_code": place or None,
                "division_id": self._divisions.get(place),
            }
            for (kind, name, place), row in self._ids.items()
        ]
