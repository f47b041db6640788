"""Shares of a right on an asset: 变更 (it changed) ends the old interval and begins a new one, 更正 mends a wrong one.

Both need a source document; both are one unit of work, so that they can be withdrawn whole. Intervals are half-open:
`valid_to` is the first day on which the right is no longer held. From the first day of ownership or income until the
asset is disposed of, exactly one interval covers every day, and its shares add to exactly 1. What was recorded wrongly
stays readable as withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from desktop.app.records.details import RightLine
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.lessor import follow_owners
from desktop.registry.right import party_id
from desktop.registry.right_intervals import IN_FORCE, WHOLE, refuse_overlap
from desktop.registry.value_words import words
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

    The new interval ends where `old` ended. Without `old` it is the first registration of this right.
    Raises InputRefused (shares, dates, overlap, no source document), NotAllowed, StorageFailed; then nothing was saved.
    """
    _need_source(source_doc)
    if old is not None and old.valid_from and start <= old.valid_from:
        raise InputRefused(f"新的份额应从 {old.valid_from} 之后的一天起；没有保存。", hint="原来记错了的，用更正。")
    if old is not None and old.valid_to and start >= old.valid_to:
        raise InputRefused(f"这一段到 {day_before(old.valid_to)} 为止，变更要在这之前；没有保存。")
    end = old.valid_to or None if old is not None else None
    with ws.write(f"变更{word('rights', kind)}份额", table="right") as scope:
        refuse_overlap(scope.sql, asset, kind, start, end, besides=old.id if old is not None else "")
        values = _values(ws, scope, asset, kind, shares, start, source_doc)
        if old is not None:
            scope.change("right", old.id, {"valid_to": start}, seen)
        scope.insert("right", {**values, "valid_to": end})
        if old is not None and kind == "ownership":
            follow_owners(scope, [asset], start, source_doc.strip())
    assert scope.result is not None
    return scope.result


def correct_shares(
    ws: Workspace,
    asset: str,
    right: RightLine,
    shares: Sequence[ShareOf],
    *,
    source_doc: str,
    start: str | None = None,
    seen: Seen | None = None,
) -> Committed:
    """原来记错了: the interval is recorded anew and the wrong entry stays as withdrawn; with `start`, from that day.

    The interval before then ends on that day too, so that no day is left without a holder. Distributions made from it
    stay as they are: `affected_distributions` lists them. Raises as `change_shares`.
    """
    _need_source(source_doc)
    begin = right.valid_from if start is None else start
    if right.withdrawn:
        raise InputRefused("这一条已更正过，没有保存。", hint="请更正现在有效的那一条。")
    if right.valid_to and begin >= right.valid_to:
        raise InputRefused(f"这一段到 {day_before(right.valid_to)} 为止，开始日期要在这之前；没有保存。")
    with ws.write(f"更正{right.kind_word}份额", table="right") as scope:
        before = scope.sql.one(
            f'SELECT id,valid_from FROM "right" WHERE asset_id=? AND kind=? AND valid_to=? AND {IN_FORCE} LIMIT 1',
            (asset, right.kind, right.valid_from or "-"),
        )
        if begin != right.valid_from and before is not None:
            if begin <= (before[1] or ""):
                raise InputRefused(f"前一段 {before[1]} 才开始，开始日期要在它之后；没有保存。")
            scope.change("right", before[0], {"valid_to": begin})
        elif begin != right.valid_from:
            refuse_overlap(scope.sql, asset, right.kind, begin, right.valid_to or None, besides=right.id)
        values = _values(ws, scope, asset, right.kind, shares, begin, source_doc)
        scope.change("right", right.id, {"withdrawn": 1, "note": f"已更正，依据{source_doc.strip()}"}, seen)
        scope.insert("right", {**values, "valid_to": right.valid_to or None})
    assert scope.result is not None
    return scope.result


def end_right(ws: Workspace, right: RightLine, *, on: str, source_doc: str, seen: Seen | None = None) -> Committed:
    """A right ends: `on` (ISO) is the first day on which it is no longer held.

    Ownership and income are never left without a holder: they go on to others (变更) or end with the disposal of the
    asset. Raises as `change_shares`.
    """
    _need_source(source_doc)
    if right.kind in WHOLE:
        raise InputRefused(
            f"{right.kind_word}不能空着，没有保存。",
            hint="换了权利人的用变更；资产没有了的，办理处置，核销时一并终止。",
        )
    if right.withdrawn or right.valid_to:
        raise InputRefused("这项权利已终止或已更正，没有保存。")
    if right.valid_from and on <= right.valid_from:
        raise InputRefused(f"终止日期要在 {right.valid_from} 之后；没有保存。", hint="原来记错了的，用更正。")
    with ws.write(f"终止{right.kind_word}", table="right") as scope:
        scope.change("right", right.id, {"valid_to": on, "note": f"终止依据：{source_doc.strip()}"}, seen)
    assert scope.result is not None
    return scope.result


@dataclass(frozen=True)
class AffectedDistribution:
    """A distribution made from income of an asset while a right was in force."""

    id: str
    title: str
    year: int | None
    state: str


def affected_distributions(ws: Workspace, asset: str, right: RightLine) -> list[AffectedDistribution]:
    """Distributions whose income fell into the interval of a right of ownership or income; a correction keeps them."""
    if right.kind not in WHOLE:
        return []
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT DISTINCT d.id,d.title,d.year,d.state FROM distribution d JOIN distribution_receipt x "
            "ON x.distribution_id=d.id JOIN receipt r ON r.id=x.receipt_id "
            "LEFT JOIN contract_asset c ON c.contract_id=r.contract_id WHERE (r.asset_id=? OR c.asset_id=?) "
            "AND r.on_date>=? AND r.on_date<? AND d.removed=0 AND d.canonical_id IS NULL ORDER BY d.year,d.id",
            (asset, asset, right.valid_from, right.valid_to or "9999-12-31"),
        )
    return [AffectedDistribution(r[0], r[1] or "", r[2], words("distribution", "state", r[3])) for r in rows]


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
