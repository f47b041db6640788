"""One record in full, as the detail panes, cards and history pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from desktop.app.past_reading import reading_at
from desktop.app.records.masking import masked_value
from desktop.app.records.record_names import RecordNames
from desktop.app.workspace import Workspace
from desktop.insight.asset_values import values_of
from desktop.registry.asset_status import StatusPeriod, periods_of, statuses_on
from desktop.registry.asset_status import on_day as asset_on
from desktop.registry.asset_value import Values
from desktop.registry.codelists import word
from desktop.registry.labels import label
from desktop.registry.value_words import words
from desktop.store.database import Sql
from desktop.store.provenance import HistoryEntry

WHAT_WITHOUT_FIELD = {"retract": "撤回", "admit": "允许范围外变更", "refuse": "不计入范围外变更"}
"""Kinds of changes that are about no field of the record."""
UNKNOWN_DEVICE = "未登记的电脑"
LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class MemberLine:
    """A member of a household; words, not codes. `id_no` is complete: whoever shows it masks it."""

    id: str
    name: str
    relation: str
    sex: str
    birth_date: str
    id_no: str
    health: str
    labor_skill: str
    education: str
    in_conflict: bool


@dataclass(frozen=True)
class HouseholdDetail:
    """A household with its members. `words` are the values as shown, by column."""

    id: str
    head_name: str
    village: str
    values: Mapping[str, Any]
    words: Mapping[str, str]
    members: tuple[MemberLine, ...]
    in_conflict: bool


@dataclass(frozen=True)
class Holder:
    """One holder of a right with the exact share; `percent` is a caption only (约 33.33%)."""

    party_id: str
    name: str
    level: str
    numerator: int
    denominator: int

    @property
    def fraction(self) -> str:
        """The share as it is stored: 493/643, or 1."""
        return "1" if self.numerator == self.denominator else f"{self.numerator}/{self.denominator}"

    @property
    def percent(self) -> str:
        """About how many percent, for a caption; never calculated with: 25%, 约 33.33%."""
        share = Fraction(self.numerator, self.denominator) * 10_000
        whole, part = divmod(int(share + Fraction(1, 2)), 100)
        if share.denominator != 1:
            return f"约 {whole}.{part:02d}%"
        return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%" if part else f"{whole}%"


@dataclass(frozen=True)
class RightLine:
    """One right on an asset over an interval."""

    id: str
    kind: str
    kind_word: str
    holders: tuple[Holder, ...]
    valid_from: str
    valid_to: str
    source_doc: str
    withdrawn: bool
    note: str


@dataclass(frozen=True)
class AssetDetail:
    """An asset with its fund parts (source word, 分) and rights."""

    id: str
    name: str
    village: str
    values: Mapping[str, Any]
    words: Mapping[str, str]
    fund_parts: tuple[tuple[str, int], ...]
    rights: tuple[RightLine, ...]
    in_conflict: bool
    worth: Values | None = None
    """What it is worth on the day asked for (today without one)."""
    periods: tuple[StatusPeriod, ...] = ()
    """Its status from the beginning until today; what was withdrawn stands at the end."""


@dataclass(frozen=True)
class HistoryLine:
    """One change in words: 什么时候、谁、在哪台机器、什么、从什么改成什么、为什么."""

    when: datetime
    who: str
    device: str
    what: str
    old: str
    new: str
    reason: str
    unit_id: str
    void: bool


def household_detail(ws: Workspace, row_id: str) -> HouseholdDetail | None:
    """The household with its living members, head first; None when it is not there."""
    values = ws.register.row("household", row_id)
    if values is None:
        return None
    with ws.register.reading() as sql:
        members = _members(sql, row_id)
        village = _village(sql, values.get("division_id"), values.get("division_code"))
        conflict = _in_conflict(sql, "household", row_id)
    shown = {c: words("household", c, v) for c, v in values.items() if c != "id"}
    return HouseholdDetail(row_id, values.get("head_name") or "", village, values, shown, members, conflict)


def asset_detail(ws: Workspace, row_id: str, *, as_of: str | None = None) -> AssetDetail | None:
    """The asset with its rights (of one day with `as_of`, ISO); None when it is not there."""
    values = ws.register.row("asset", row_id)
    if values is None:
        return None
    with ws.register.reading() as sql:
        village = _village(sql, values.get("division_id"), values.get("division_code"))
        rights = rights_of(sql, row_id, as_of=as_of)
        net, conflict = sql.one("SELECT net_value_fen,in_conflict FROM asset WHERE id=?", (row_id,))
        day = as_of or date.today().isoformat()  # noqa: DTZ011
        worth = values_of(sql, day, [row_id]).get(row_id)
        periods = periods_of(sql, row_id, withdrawn=True)
        if as_of:
            values = asset_on({**values, "id": row_id}, statuses_on(sql, as_of, [row_id]))
    values = {**values, "net_value_fen": worth.net if worth else net}
    shown = {c: words("asset", c, v) for c, v in values.items() if c not in ("id", "fund_parts")}
    parts = tuple((word("fund_source", p["source"]), int(p["amount_fen"] or 0)) for p in values["fund_parts"])
    return AssetDetail(row_id, values.get("name") or "", village, values, shown, parts, rights, bool(conflict), worth,
                       tuple(periods))  # fmt: skip


def rights_known(ws: Workspace, asset_id: str, known_at: str | None = None, as_of: str | None = None) -> tuple[
    RightLine, ...
]:
    """`rights_of` today's register, or of what this register knew at a moment. UsageError for a moment to come."""
    with reading_at(ws, ("right", "party"), known_at) as sql:
        return rights_of(sql, asset_id, as_of=as_of)


def rights_of(sql: Sql, asset_id: str, *, as_of: str | None = None) -> tuple[RightLine, ...]:
    """The rights on an asset in the order of the rights list; with `as_of` those in force on that day."""
    holders: dict[str, list[Holder]] = {}
    for right, party, numerator, denominator, name, level in sql.rows(
        "SELECT s.right_id,s.party_id,s.numerator,s.denominator,p.name,p.ownership_level FROM right_share s "
        'JOIN "right" r ON r.id=s.right_id LEFT JOIN party p ON p.id=s.party_id '
        "WHERE r.asset_id=? ORDER BY s.right_id,s.position",
        (asset_id,),
    ):
        holders.setdefault(right, []).append(
            Holder(party or "", name or "", word("ownership_level", level), int(numerator or 0), int(denominator or 1))
        )
    order = ("ownership", "operation", "income", "distribution", "disposal", "supervision")
    lines = [
        RightLine(
            r[0], r[1] or "", word("rights", r[1]), tuple(holders.get(r[0], ())), r[2] or "", r[3] or "", r[4] or "",
            bool(r[5]), r[6] or "",
        )
        for r in sql.rows(
            f'SELECT id,kind,valid_from,valid_to,source_doc,withdrawn,note FROM "right" WHERE asset_id=? AND {LIVE}',
            (asset_id,),
        )
        if as_of is None or (not r[5] and (r[2] or "") <= as_of and (not r[3] or as_of < r[3]))
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda x: (order.index(x.kind) if x.kind in order else 9, x.valid_from, x.id)))


def history_lines(ws: Workspace, table: str, row_id: str, *, masked: bool = False) -> list[HistoryLine]:
    """Every change of a record in words, newest first; complete numbers of people unless `masked`."""
    known, row = RecordNames(ws), ws.register.row(table, row_id)
    names = device_names(ws)
    lines = []
    for entry in ws.register.history(table, row_id):
        lines.append(
            HistoryLine(
                when=datetime.fromtimestamp(entry.at_ms / 1000).astimezone(), who=entry.who,
                device=names.get(entry.device, UNKNOWN_DEVICE), what=what_changed(table, entry),
                **change_words(known, table, entry, row, masked=masked),
                reason=entry.reason, unit_id=entry.unit_id, void=entry.void,
            )
        )  # fmt: skip
    return lines[::-1]


def device_names(ws: Workspace) -> dict[str, str]:
    """Names of the machines known here, by device key (hex); this one is 本机."""
    from desktop.exchange.devices import known_devices

    names = {d.device.hex(): d.name for d in known_devices(ws.register)}
    names.setdefault(ws.register.device.hex(), "本机")
    return names


def entry_words(
    ws: Workspace, table: str, row_id: str, entries: Sequence[HistoryEntry], *, masked: bool
) -> list[dict[str, str]]:
    """The words beside each entry of a history for programs: `what`, `value_word`, `previous_word`, `device_name`."""
    known, row, devices = RecordNames(ws), ws.register.row(table, row_id), device_names(ws)
    out = []
    for entry in entries:
        words = change_words(known, table, entry, row, masked=masked)
        out.append(
            {"what": what_changed(table, entry), "value_word": words["new"], "previous_word": words["old"],
             "device_name": devices.get(entry.device, UNKNOWN_DEVICE)}
        )  # fmt: skip
    return out


def what_changed(table: str, entry: HistoryEntry) -> str:
    """What a change was about: 新建, 移除, the field's name …"""
    if entry.kind in ("insert", "attach"):
        return "新建"
    if entry.kind == "remove":
        return "移除" if entry.value else "恢复"
    if entry.cell:
        return label(table, entry.cell)
    return WHAT_WITHOUT_FIELD.get(entry.kind, "其他变更")


def change_words(
    names: RecordNames, table: str, entry: HistoryEntry, row: Mapping[str, Any] | None, *, masked: bool
) -> dict[str, str]:
    """`old` and `new` of a change in words; both "" when it is about no field."""
    if entry.kind not in ("field", "same_as") or not entry.cell:
        return {"old": "", "new": ""}

    old, new = (masked_value(entry.cell, v) if masked else v for v in (entry.previous, entry.value))
    return {
        "old": names.said(table, entry.cell, old, row) if entry.kind == "field" else "",
        "new": names.said(table, entry.cell, new, row),
    }


def _members(sql: Sql, household: str) -> tuple[MemberLine, ...]:
    rows = sql.rows(
        "SELECT id,name,relation,sex,birth_date,id_no,health,labor_skill,education,in_conflict FROM person "
        f"WHERE household_id=? AND {LIVE} ORDER BY CASE WHEN relation='head' THEN 0 ELSE 1 END,id",
        (household,),
    )
    return tuple(
        MemberLine(
            r[0], r[1] or "", word("relation_to_head", r[2]), word("gbt2261_1_sex", r[3]), r[4] or "", r[5] or "",
            words("person", "health", r[6]), words("person", "labor_skill", r[7]), words("person", "education", r[8]),
            bool(r[9]),
        )
        for r in rows
    )  # fmt: skip


def _village(sql: Sql, division_id: str | None, code: str | None) -> str:
    row = sql.one("SELECT COALESCE(short_name,name) FROM division WHERE id=?", (division_id or "",))
    return str(row[0]) if row and row[0] else code or ""


def _in_conflict(sql: Sql, table: str, row_id: str) -> bool:
    return bool(sql.scalar(f'SELECT in_conflict FROM "{table}" WHERE id=?', (row_id,)))
