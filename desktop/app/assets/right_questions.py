"""村委会 or 农村集体经济组织: asked wherever a village committee holds ownership or income, never silently merged.

A person answers for the committee as a whole: it is really the committee (then it is not asked again), or its
collective took over from a day on, by a paper; every right then changes hands in one unit of work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.lessor import follow_owners
from desktop.registry.right import party_id
from desktop.store.unit_of_work import Committed


@dataclass(frozen=True)
class CommitteeQuestion:
    """A village committee that holds rights, and the collectives of its place that may be meant."""

    party: str
    name: str
    division_code: str
    assets: int
    collectives: tuple[tuple[str, str], ...]
    """Parties (id, name) of kind `collective` in the same place."""


def committee_questions(ws: Workspace, asset: str | None = None) -> list[CommitteeQuestion]:
    """Committees that hold ownership or income and were not confirmed; of one asset or of the whole register."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT p.id,p.name,p.division_code,COUNT(DISTINCT r.asset_id) FROM party p "
            'JOIN right_share s ON s.party_id=p.id JOIN "right" r ON r.id=s.right_id '
            "WHERE p.kind='village_committee' AND COALESCE(p.kind_confirmed,0)=0 AND p.removed=0 "
            "AND r.kind IN ('ownership','income') AND r.valid_to IS NULL AND r.removed=0 AND r.canonical_id IS NULL "
            f"AND COALESCE(r.withdrawn,0)=0 {'AND r.asset_id=? ' if asset else ''}GROUP BY p.id,p.name,"
            "p.division_code ORDER BY p.name,p.id",
            (asset,) if asset else (),
        )
        return [
            CommitteeQuestion(
                party, name or "", code or "", count,
                tuple(
                    (i, n)
                    for i, n in sql.rows(
                        "SELECT id,name FROM party WHERE kind='collective' AND division_code=? AND removed=0 "
                        "AND canonical_id IS NULL ORDER BY name",
                        (code or "-",),
                    )
                ),
            )
            for party, name, code, count in rows
        ]


def confirm_committee(ws: Workspace, party: str, source_doc: str) -> Committed:
    """It is really the village committee, by this paper. InputRefused without one."""
    if not source_doc.strip():
        raise InputRefused("没有依据文件，没有保存。")
    with ws.write(f"核对权利人：确是村委会（{source_doc.strip()}）", table="party") as scope:
        scope.change("party", party, {"kind_confirmed": 1})
    assert scope.result is not None
    return scope.result


def hand_to_collective(
    ws: Workspace, party: str, *, collective: str = "", name: str = "", start: str, source_doc: str
) -> Committed:
    """Every open right of the committee goes to its collective from `start` (ISO), in one unit of work.

    The collective is a known party, or a new one by `name`. The old intervals end the day before; nothing is merged,
    both parties stay. Raises InputRefused (no paper, a right that begins later, nothing held), UsageError.
    """
    if not source_doc.strip():
        raise InputRefused("没有依据文件，权利不能改到集体经济组织名下。没有保存。")
    committee = ws.register.row("party", party)
    if committee is None:
        raise UsageError("没有这个权利人，可能已被移除。")
    with ws.register.reading() as sql:
        held = sql.rows(
            "SELECT DISTINCT r.id,r.asset_id,r.kind,r.valid_from FROM \"right\" r "
            "JOIN right_share s ON s.right_id=r.id WHERE s.party_id=? AND r.valid_to IS NULL AND r.removed=0 "
            "AND r.canonical_id IS NULL "
            "AND COALESCE(r.withdrawn,0)=0 ORDER BY r.id",
            (party,),
        )
        shares = {
            right: sql.rows(
                "SELECT party_id,numerator,denominator FROM right_share WHERE right_id=? ORDER BY position", (right,)
            )
            for right, *_ in held
        }
    if not held:
        raise InputRefused("这个村委会名下没有现行的权利，没有保存。")
    later = [begin for _, _, _, begin in held if begin and begin >= start]
    if later:
        raise InputRefused(f"有权利 {max(later)} 才开始，改到集体名下的日期要在它之后；没有保存。",
                           hint="一开始就记错了的，逐项用更正。")  # fmt: skip
    with ws.write("村委会名下的权利改到农村集体经济组织", table="right") as scope:
        receiver = collective or _new_collective(scope, name, committee)
        for right, asset, kind, _ in held:
            scope.change("right", right, {"valid_to": start})
            scope.insert("right", {
                "asset_id": asset, "kind": kind, "valid_from": start, "source_doc": source_doc.strip(),
                "shares": _replaced(shares[right], party, receiver),
            })  # fmt: skip
        follow_owners(scope, sorted({a for _, a, kind, _ in held if kind == "ownership"}), start, source_doc.strip())
    assert scope.result is not None
    return scope.result


def _new_collective(scope: Any, name: str, committee: Mapping[str, Any]) -> str:
    name = name.strip()
    if not name:
        raise InputRefused("没有写集体经济组织的名称，没有保存。")
    code = str(committee.get("division_code") or "")
    made = party_id("collective", name, code)
    scope.ensure("party", made, {
        "kind": "collective", "name": name, "ownership_level": "collective_village",
        "division_id": committee.get("division_id"), "division_code": code or None,
    })  # fmt: skip
    return made


def _replaced(shares: list[Any], old: str, new: str) -> list[list[Any]]:
    """The shares with one holder replaced; two shares of the same holder become one."""
    held: dict[str, Fraction] = {}
    for party, numerator, denominator in shares:
        holder = new if party == old else party
        held[holder] = held.get(holder, Fraction(0)) + Fraction(numerator, denominator)
    return [[p, share.numerator, share.denominator] for p, share in held.items()]


@dataclass(frozen=True)
class KeeperLine:
    """Since when somebody keeps an asset, as it was recorded, and why."""

    since: str
    keeper: str
    reason: str
    by: str


def keeper_history(ws: Workspace, asset: str) -> list[KeeperLine]:
    """Who kept an asset, newest first: from the changes of the asset, with the day each was recorded."""
    out = []
    for entry in ws.register.history("asset", asset):
        if entry.void:
            continue
        value: Any = entry.value.get("keeper") if isinstance(entry.value, dict) else entry.value
        if (entry.kind == "insert" or entry.cell == "keeper") and value:
            day = datetime.fromtimestamp(entry.at_ms / 1000).astimezone().date().isoformat()
            out.append(KeeperLine(day, str(value), entry.reason, entry.who))
    return out[::-1]
