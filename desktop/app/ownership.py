"""Shares of a right on an asset: 变更 (it changed) ends the old interval and begins a new one, 更正 mends a wrong one.

Both need a source document; both are one unit of work, so that they can be withdrawn whole. Intervals are half-open:
`valid_to` is the first day on which the right is no longer held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from desktop.app.details import RightLine
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.right import party_id
from desktop.store.register import WriteScope
from desktop.store.unit_of_work import Committed, Seen


@dataclass(frozen=True)
class PartyOption:
    """A holder known to the register, for choosing."""

    id: str
    name: str
    level: str


@dataclass(frozen=True)
class ShareOf:
    """One holder's share as typed: a known party, or a new one by name."""

    party: str
    name: str
    share: Fraction


_KINDS = (
    ("村民委员会", "village_committee", None),
    ("村委会", "village_committee", None),
    ("经济联合总社", "collective", "collective_town"),
    ("经济联合社", "collective", "collective_village"),
    ("经联社", "collective", "collective_village"),
    ("股份合作", "collective", "collective_village"),
    ("股份经济合作", "collective", "collective_village"),
    ("经济合作社", "collective", "collective_group"),
    ("人民政府", "government", "state_town"),
    ("镇政府", "government", "state_town"),
    ("局", "department", "state_county"),
    ("公司", "enterprise", "enterprise"),
    ("合作社", "enterprise", "enterprise"),
    ("厂", "enterprise", "enterprise"),
)
"""What an organisation's name says of its kind and ownership level (DOMAIN §2.10); the first that fits."""


def party_options(ws: Workspace) -> list[PartyOption]:
    """Organisations and persons that can hold a right, by name."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,name,ownership_level FROM party WHERE removed=0 AND canonical_id IS NULL ORDER BY name,id"
        )
    return [PartyOption(r[0], r[1] or "", word("ownership_level", r[2])) for r in rows if r[1]]


def seen_right(ws: Workspace, right: str) -> Seen:
    """What is seen of a right when its shares are opened for editing."""
    return ws.register.seen("right", right)


def day_before(iso: str) -> str:
    """The last day of an interval that ends on `iso` (its first day without the right)."""
    return (date.fromisoformat(iso) - timedelta(days=1)).isoformat()


def change_shares(
    ws: Workspace,
    asset: str,
    kind: str,
    shares: Sequence[ShareOf],
    *,
    start: str,
    source_doc: str,
    old: RightLine | None = None,
    seen: Seen | None = None,
) -> Committed:
    """事情变了: from `start` (ISO) the right is held in these shares; the old interval ends the day before.

    Raises InputRefused (shares, dates, no source document), NotAllowed, StorageFailed; then nothing was saved.
    """
    _need_source(source_doc)
    if old is not None and old.valid_from and start <= old.valid_from:
        raise InputRefused(f"新的份额应从 {old.valid_from} 之后的一天起；没有保存。", hint="原来记错了的，用更正。")
    with ws.write(f"变更{word('rights', kind)}份额", table="right") as scope:
        values = _values(ws, scope, asset, kind, shares, start, source_doc)
        if old is not None:
            scope.change("right", old.id, {"valid_to": start}, seen)
        scope.insert("right", values)
    assert scope.result is not None
    return scope.result


def correct_shares(
    ws: Workspace,
    asset: str,
    right: RightLine,
    shares: Sequence[ShareOf],
    *,
    source_doc: str,
    seen: Seen | None = None,
) -> Committed:
    """原来记错了: the whole interval is rewritten; the old value stays in 变更记录. Raises as `change_shares`."""
    _need_source(source_doc)
    with ws.write(f"更正{right.kind_word}份额", table="right") as scope:
        values = _values(ws, scope, asset, right.kind, shares, right.valid_from, source_doc)
        scope.change("right", right.id, {"shares": values["shares"], "source_doc": values["source_doc"]}, seen)
    assert scope.result is not None
    return scope.result


def _need_source(source_doc: str) -> None:
    if not source_doc.strip():
        raise InputRefused("没有依据文件，份额不能记。没有保存。")


def _values(
    ws: Workspace, scope: WriteScope, asset: str, kind: str, shares: Sequence[ShareOf], start: str, source_doc: str
) -> dict[str, object]:
    division = ws.register.row("asset", asset)
    if division is None:
        raise UsageError("没有这项资产，可能已被撤回；请刷新列表。")
    code = str(division.get("division_code") or "")
    place = division.get("division_id")
    held = [[s.party or _new_party(scope, s.name, code, place), s.share.numerator, s.share.denominator] for s in shares]
    values = {"asset_id": asset, "kind": kind, "valid_from": start or None, "source_doc": source_doc, "shares": held}
    return clean_values(ws.register.table("right"), values)


def _new_party(scope: WriteScope, name: str, code: str, division: object) -> str:
    name = name.strip()
    if not name:
        raise InputRefused("有一行没有写权利人。没有保存。")
    kind, level = next(((k, lv) for words, k, lv in _KINDS if words in name), ("other", None))
    made = party_id(kind, name, code)
    scope.ensure(
        "party",
        made,
        {"kind": kind, "name": name, "ownership_level": level, "division_id": division, "division_code": code or None},
    )
    return made
