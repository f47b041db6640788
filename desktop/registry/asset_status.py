"""The status of assets day by day 资产状态: every change has a first day, and holds until the next one begins.

`asset.status` is what holds now, as every list of today asks it; the entries say since when, and what held before. A
unit of work that changes the status of assets is completed by `follow_status`, whoever wrote it. An asset without
entries (imported, or from an older program) has its present status as far back as anybody knows, but for a disposal
that began later; with its first change the journal is asked what it was before. So an import writes none: they would
say what the assets say, and cost a quarter of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desktop.common.errors import InputRefused
from desktop.common.ids import named_id
from desktop.registry.codelists import word
from desktop.store.database import Sql
from desktop.store.operations import FIELD, ROW_KINDS, unpack
from desktop.store.past_states import statements
from desktop.store.register import WriteScope

LIVE = "removed=0 AND canonical_id IS NULL"
IN_FORCE = f"{LIVE} AND COALESCE(withdrawn,0)=0"
STATUS_TABLES = ("asset", "status_change", "disposal", "step_taken")
"""What the status of a day follows from."""
BY_STEPS = ("disposing", "disposed")
"""Statuses that the steps of a disposal write; a person does not correct them."""
FEW = 2_000
"""Assets that changed after a day: up to so many are read one by one, more of them by reading every entry."""
KEPT = {"status": "status", "status_reason": "reason", "status_measure": "measure", "status_due": "due_date"}
"""Columns of the asset that a period has of its own → its fields, and the columns of its entry."""
_ENTRY = "id,asset_id,COALESCE(from_date,''),status,reason,measure,due_date,source_doc,note,COALESCE(withdrawn,0)"


@dataclass(frozen=True, slots=True)
class StatusPeriod:
    """One status of an asset over [start, end); "" for a start nobody knows and for an end still to come.

    `id` is the entry's, "" where there is none yet (an asset that was imported, or is from an older program).
    """

    id: str
    asset: str
    start: str
    status: str | None
    reason: str | None = None
    measure: str | None = None
    due_date: str | None = None
    source_doc: str | None = None
    note: str | None = None
    withdrawn: bool = False
    end: str = ""

    def values(self) -> dict[str, Any]:
        """As the asset's own columns."""
        return {column: getattr(self, name) for column, name in KEPT.items()}


def entries_of(sql: Sql, assets: Sequence[str]) -> dict[str, list[StatusPeriod]]:
    """Asset → its entries in force in their order, each ending where the next begins."""
    return _grouped(sql.in_chunks(f"SELECT {_ENTRY} FROM status_change WHERE {IN_FORCE} AND asset_id IN (*)", assets))


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[str, list[StatusPeriod]]:
    found: dict[str, list[StatusPeriod]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(StatusPeriod(*row[:9]))
    return {asset: _in_order(periods) for asset, periods in found.items()}


def _in_order(periods: list[StatusPeriod]) -> list[StatusPeriod]:
    if len(periods) == 1 and not periods[0].end:
        return periods
    periods.sort(key=lambda p: (p.start, p.id))
    ends = [p.start for p in periods[1:]]
    return [p if p.end == end else replace(p, end=end) for p, end in zip(periods, [*ends, ""], strict=True)]


def periods_of(sql: Sql, asset: str, *, withdrawn: bool = False) -> list[StatusPeriod]:
    """The status of one asset from the beginning until now, also without any entry; on request what was withdrawn."""
    row = sql.one("SELECT status,status_reason,status_measure,status_due FROM asset WHERE id=?", (asset,))
    if row is None:
        return []
    periods = entries_of(sql, [asset]).get(asset) or []
    if not any(p.start for p in periods):
        points = _from_disposals(sql, [asset]).get(asset)
        entry = periods[-1].id if periods else ""
        if points or not periods:
            periods = _in_order([*(points or ()), StatusPeriod(entry, asset, points[-1].end if points else "", *row)])
    if periods[-1].id:
        now = dict(zip(KEPT.values(), row, strict=True))
        if periods[-1].status == now["status"]:  # its cause and plan may have been worked on since
            periods[-1] = replace(periods[-1], **now)
    if withdrawn:
        gone = sql.rows(f"SELECT {_ENTRY} FROM status_change WHERE {LIVE} AND withdrawn=1 AND asset_id=?", (asset,))
        periods += [replace(StatusPeriod(*r[:9]), withdrawn=True) for r in gone]
    return periods


def codes_on(sql: Sql, day: str) -> dict[str, str | None]:
    """Assets that had another period on a day (ISO) than the present one, with its status; the others are as now.

    For all assets of a county at once: 30,000 of them with 120,000 entries take half a second.
    """
    entry = f"FROM status_change WHERE {IN_FORCE} AND asset_id IS NOT NULL"
    asked = f"SELECT asset_id,COALESCE(from_date,''),id,status {entry}"
    changed = sql.column(f"SELECT DISTINCT asset_id {entry} AND from_date>?", (day,))
    rows = sql.stream(asked) if len(changed) > FEW else sql.in_chunks(f"{asked} AND asset_id IN (*)", changed)
    last: dict[str, tuple[str, str]] = {}
    held: dict[str, tuple[str, str, str | None]] = {}
    first: dict[str, tuple[str, str, str | None]] = {}
    for asset, start, row, status in rows:
        one = (start, row, status)
        if asset not in last:
            last[asset], first[asset] = one[:2], one
        elif last[asset] < one[:2]:
            last[asset] = one[:2]
        elif one[:2] < first[asset][:2]:
            first[asset] = one
        if start <= day and (asset not in held or held[asset][:2] < one[:2]):
            held[asset] = one
    found = {}
    for asset, newest in last.items():
        then = held.get(asset, first[asset])
        if then[:2] != newest:
            found[asset] = then[2]
    for asset, points in _from_disposals(sql).items():
        for p in points:
            if p.start <= day < p.end:
                found[asset] = p.status
    return found


def statuses_on(sql: Sql, day: str, ids: Sequence[str]) -> dict[str, StatusPeriod]:
    """Of these assets, those that had another period on a day (ISO) than the present one, with all of that period."""
    found = {}
    for asset, periods in entries_of(sql, ids).items():
        then = next((p for p in reversed(periods) if p.start <= day), periods[0])
        if then is not periods[-1]:
            found[asset] = then
    for asset, points in _from_disposals(sql, ids).items():
        held = next((p for p in points if p.start <= day < p.end), None)
        if held is not None:
            found[asset] = held
    return found


def on_day(row: dict[str, Any], then: Mapping[str, StatusPeriod]) -> dict[str, Any]:
    """An asset's columns with the status of the day `then` is of."""
    period = then.get(row["id"])
    return row if period is None else {**row, **{c: v for c, v in period.values().items() if c in row}}


def _from_disposals(sql: Sql, ids: Sequence[str] | None = None) -> dict[str, list[StatusPeriod]]:
    """What disposals say of assets without dated entries: the status before them until they began, then 处置中."""
    asked = (
        f"SELECT d.id,d.asset_id,d.status_before,d.write_off_date,a.status_reason,a.status_measure,a.status_due,"
        f"(SELECT MIN(on_date) FROM step_taken WHERE case_table='disposal' AND case_id=d.id AND {LIVE}) "
        "FROM disposal d JOIN asset a ON a.id=d.asset_id WHERE d.removed=0 AND d.canonical_id IS NULL "
        "AND d.status_before IS NOT NULL AND COALESCE(d.state,'') NOT IN ('stopped','rejected') "
        "AND NOT EXISTS (SELECT 1 FROM status_change e WHERE e.asset_id=d.asset_id AND e.from_date IS NOT NULL "
        "AND e.removed=0 AND e.canonical_id IS NULL AND COALESCE(e.withdrawn,0)=0)"
    )
    rows = sql.rows(asked) if ids is None else sql.in_chunks(f"{asked} AND d.asset_id IN (*)", ids)
    found: dict[str, list[StatusPeriod]] = {}
    for _case, asset, before, gone, reason, measure, due, begun in sorted(rows):
        points = []
        if begun:
            points.append(StatusPeriod("", asset, "", before, reason, measure, due, end=begun))
        if gone and gone > (begun or ""):
            points.append(StatusPeriod("", asset, begun or "", "disposing", reason, measure, due, end=gone))
        if points:
            found[asset] = points
    return found


# --- writing ------------------------------------------------------------------------------------------------------


def follow_status(
    scope: WriteScope, since: str, *, source_doc: str | None = None, over: bool = False, decided: bool = False,
    also: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write entries for the assets whose status this unit of work has changed, and for those it has made.

    `since` is the first day of the new status (ISO). Entries that begin on that day are withdrawn; later ones refuse
    it, unless `over` says that a step of a procedure goes over them. `decided`: a conflict was decided; entries of the
    statement that was not taken are withdrawn. `also`: assets whose entries are behind their status.
    Asking twice changes nothing. Raises InputRefused; then the unit must not be committed.
    """
    changed, made = scope.changed_here("asset", tuple(KEPT))
    assets = [a for a in dict.fromkeys((*changed, *also)) if "status" in changed.get(a, ()) or a in also]
    rows = [{"asset_id": a, "id": _first_id(a), **_columns(now)} for a, now in _now(scope.sql, made).items()
            if now.status]  # fmt: skip
    if rows:
        scope.ensure_many("status_change", rows)
    assets = [a for a in assets if a not in set(made)]
    if not assets:
        return
    known = entries_of(scope.sql, assets)
    present = _now(scope.sql, assets)
    bare = [a for a in assets if a not in known and a in present]
    told = _journalled(scope, bare) if bare else {}
    new: list[dict[str, Any]] = []
    for asset in assets:
        now = present.get(asset)
        if now is None:
            continue
        past = {KEPT[c]: v for c, v in changed.get(asset, {}).items()}
        before = replace(now, **past)
        entries = known.get(asset) or []
        if not entries and asset not in also:
            if before.status == now.status:
                continue
            entries = _seeds(asset, told.get(asset, []), before)
            scope.ensure_many("status_change", [{"asset_id": asset, "id": p.id, **_columns(p)} for p in entries])
        if entries and entries[-1].status == now.status:
            continue
        entries = _make_way(scope, entries, now, since, over=over, decided=decided)
        if entries and entries[-1].status == now.status:
            continue
        if entries and entries[-1].id and entries[-1].status == before.status:
            _close(scope, entries[-1], before)
        now = _without_old_cause(scope, now, past)
        new.append({"asset_id": asset, **_columns(replace(now, start=since, source_doc=source_doc))})
    scope.insert_many("status_change", new)


def _now(sql: Sql, assets: Sequence[str]) -> dict[str, StatusPeriod]:
    return {
        r[0]: StatusPeriod("", r[0], "", *r[1:])
        for r in sql.in_chunks(
            "SELECT id,status,status_reason,status_measure,status_due FROM asset WHERE id IN (*)", assets
        )
    }


def _columns(period: StatusPeriod) -> dict[str, Any]:
    return {
        "status": period.status, "from_date": period.start or None, "reason": period.reason,
        "measure": period.measure, "due_date": period.due_date, "source_doc": period.source_doc, "note": period.note,
    }  # fmt: skip


def _first_id(asset: str) -> str:
    """Every laptop gives the first entry of an asset this identifier: two first changes make one beginning."""
    return named_id("status_change", asset, "")


def _journalled(scope: WriteScope, assets: Sequence[str]) -> dict[str, list[tuple[str, str | None]]]:
    """Asset → (day, status) as the journal has them before this unit: the first value, then every change."""
    spec = scope.journal.schema.by_name["asset"]
    cell = spec.by_column["status"].id
    found: dict[str, list[tuple[str, str | None]]] = {}
    for said in statements(scope.sql, scope.journal, spec.id, [bytes.fromhex(a) for a in assets]):
        op = said.operation
        if not said.live or op.unit == scope.unit_id:
            continue
        points = found.setdefault(op.row.hex(), [])
        if op.kind in ROW_KINDS:
            points.append(("", unpack(op.value).get(cell)))
        elif op.kind == FIELD and op.cell == cell:
            points.append((datetime.fromtimestamp(said.said_ms / 1000).date().isoformat(), unpack(op.value)))  # noqa: DTZ006
    return found


def _seeds(asset: str, told: Sequence[tuple[str, str | None]], before: StatusPeriod) -> list[StatusPeriod]:
    """The entries an asset has had before its first one, by what the journal says; else the one that is known."""
    days: dict[str, str | None] = {}
    for day, status in sorted(told, key=lambda p: p[0]):
        days[day] = status
    points = [(d, s) for i, (d, s) in enumerate(days.items()) if not i or s != list(days.values())[i - 1]]
    if not points or points[0][0] or points[-1][1] != before.status:
        points = [("", before.status)]
    periods = [
        StatusPeriod(named_id("status_change", asset, day), asset, day, status,
                     note="按变更记录" if day else None)
        for day, status in points
    ]  # fmt: skip
    last = periods[-1]
    periods[-1] = replace(last, reason=before.reason, measure=before.measure, due_date=before.due_date)
    return _in_order(periods)


def _make_way(
    scope: WriteScope, entries: list[StatusPeriod], now: StatusPeriod, since: str, *, over: bool, decided: bool
) -> list[StatusPeriod]:
    """The entries that stay, after those that the new one takes the place of were withdrawn."""
    last = entries[-1] if entries else None
    if decided:
        taken = [i for i, p in enumerate(entries) if p.status == now.status]
        gone = list(entries[taken[-1] + 1 :]) if taken else []
        gone += [p for p in entries[: taken[-1]] if p.start == entries[taken[-1]].start] if taken else []
        why = "处理冲突时没有采用"
    else:
        gone = [p for p in entries if p.start and p.start >= since]
        why = f"{since} 起改为{word('asset_status', now.status) or '未填'}"
        if last is not None and last.start > since and not over:
            raise InputRefused(
                f"{last.start} 起已登记为{word('asset_status', last.status) or '未填'}，{since} 在它之前；没有保存。",
                hint="真的变了，写它之后的日期；原来那一段记错了，在状态经过里更正。",
            )
    for period in gone:
        scope.change("status_change", period.id, {"withdrawn": 1, "note": why})
    return [p for p in entries if p not in gone] if gone else entries


def _close(scope: WriteScope, entry: StatusPeriod, before: StatusPeriod) -> None:
    """What was done about the status that ends now is kept with it."""
    values = {"reason": before.reason, "measure": before.measure, "due_date": before.due_date}
    if (entry.reason, entry.measure, entry.due_date) != tuple(values.values()):
        scope.change("status_change", entry.id, values)


def _without_old_cause(scope: WriteScope, now: StatusPeriod, past: Mapping[str, Any]) -> StatusPeriod:
    """A normal asset keeps no cause, plan and deadline of the status it had; they stay with the entry of that time."""
    if now.status != "normal":
        return now
    old = {c: None for c, name in KEPT.items() if name != "status" and name not in past and getattr(now, name)}
    if not old:
        return now
    scope.change("asset", now.asset, old)
    reason, measure, due = (getattr(now, name) if name in past else None for name in ("reason", "measure", "due"))
    return replace(now, reason=reason, measure=measure, due_date=due)
