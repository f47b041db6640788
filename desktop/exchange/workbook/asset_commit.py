"""Writes a ledger's plan into the register: assets, the parties it names, and their rights; one unit of work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from desktop.common.bulk import collector_paused
from desktop.common.errors import UsageError
from desktop.common.ids import new_id
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.register_places import place_divisions
from desktop.registry.right import party_id
from desktop.store.register import Register
from desktop.store.unit_of_work import Committed

Progress = Callable[[int, int], None]
_NOT_COLUMNS = frozenset(("village", "holders", "ownership_level"))
_PARTY_LEVELS = {"collective": "collective_village", "household": "household", "enterprise": "enterprise"}

Entry = tuple[str, str, int, int, str]
"""A holder as planned: name, kind, numerator, denominator, code of its village."""
Waiting = tuple[str, str, str | None, str | None, str | None, str, list[Entry]]
"""A right to write: asset, kind, from, to, document, code of the asset's village, holders."""


@collector_paused()
def commit_assets(register: Register, plan: ImportPlan, *, progress: Progress | None = None) -> Committed:
    """All assets that go in, with parties and rights, or none; the unit can be undone as a whole.

    Raises UsageError when no asset goes in, and whatever `progress` raises to cancel (then nothing is written).
    """
    codes = set(plan.totals["villages"])
    with register.write(f"导入资产台账：{plan.file_name}", source=f"import:{plan.sha256}") as scope:
        divisions = place_divisions(register, scope, codes)
        households = _households_by_head(register)
        parties = _Parties(divisions)
        waiting: list[Waiting] = []
        expected = int(plan.totals.get("assets", len(plan.records)))

        def assets() -> Iterator[dict[str, Any]]:
            for record in plan.ready():
                values = record.values
                row = values.copy()
                for name in _NOT_COLUMNS:
                    row.pop(name, None)
                asset = row["id"] = new_id()
                code = values.get("division_code") or ""
                row["division_id"] = divisions.get(code)
                for kind, entries in (values.get("holders") or {}).items():
                    waiting.append((asset, kind, *_interval(kind, values), code, entries))
                if values.get("category") == "household" and (owner := _only_person(values)):
                    row["household_id"] = households.get((code, owner))
                yield row

        def told(done: int) -> None:
            if progress:
                progress(min(done, 2 * expected), 2 * expected)

        made = len(scope.insert_many("asset", assets(), told))
        if not made:
            raise UsageError("没有可以导入的资产；请先处理疑点。")
        scope.ensure_many("party", parties.rows(waiting))
        shown = {"base": made, "of": max(1, len(waiting))}
        scope.insert_many(
            "right",
            (
                {
                    "asset_id": asset,
                    "kind": kind,
                    "valid_from": begins,
                    "valid_to": ends,
                    "source_doc": document,
                    "shares": [[parties.id_of(e, code), e[2], e[3]] for e in entries],
                }
                for asset, kind, begins, ends, document, code, entries in waiting
            ),
            lambda done: told(shown["base"] + done * expected // shown["of"]),
        )
    assert scope.result is not None
    return scope.result


def _interval(kind: str, values: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """From when to when a right is held as far as the ledger says: the contract for operation by somebody else."""
    if kind == "ownership":
        return None, None, values.get("confirm_doc_no")
    if kind == "operation" and values.get("contract_end"):
        end = dt.date.fromisoformat(values["contract_end"]) + dt.timedelta(days=1)
        return values.get("contract_start"), end.isoformat(), values.get("contract_no")
    return None, None, None


def _only_person(values: dict[str, Any]) -> str | None:
    owners: list[Entry] = (values.get("holders") or {}).get("ownership") or []
    return owners[0][0] if len(owners) == 1 and owners[0][1] in ("household", "person") else None


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

    def rows(self, waiting: list[Waiting]) -> list[dict[str, Any]]:
        """The party rows of all holders, each once."""
        for *_, code, entries in waiting:
            for entry in entries:
                self.id_of(entry, code)
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
