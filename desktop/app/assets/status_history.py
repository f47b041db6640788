"""The status of an asset day by day 状态经过: shown, changed from a day on, filled in for the past, corrected.

What was entered wrongly stays readable as withdrawn. What a disposal writes follows its steps and is changed there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from desktop.app.records.records import day, today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.asset_status import BY_STEPS, KEPT, StatusPeriod, entries_of, follow_status, periods_of
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.edit_rules import refuse_edit
from desktop.store.register import WriteScope
from desktop.store.unit_of_work import Committed, Seen

CAUSE = ("status_reason", "status_measure", "status_due")
"""Columns of the asset that go with its status."""


def status_periods(ws: Workspace, asset: str, *, withdrawn: bool = False) -> list[StatusPeriod]:
    """The periods of an asset from the beginning; on request also what was withdrawn, at the end."""
    with ws.register.reading() as sql:
        return periods_of(sql, asset, withdrawn=withdrawn)


def first_day(text: str | None) -> str:
    """The first day of a status as typed, today when left out; InputRefused for one that lies ahead."""
    since = day(text) if text and text.strip() else today()
    if since > today():
        raise InputRefused(f"{since} 还没到，状态从今天或以前的一天起。没有保存。")
    return since


def change_status(
    ws: Workspace, asset: str, status: str, *, since: str | None = None, reason: str | None = None,
    measure: str | None = None, due: str | None = None, source_doc: str = "", seen: Seen | None = None,
) -> Committed:  # fmt: skip
    """事情变了: from `since` on (ISO, today when left out) the asset has another status.

    Raises InputRefused (not after the last change, ahead, or written by the steps of a disposal), UsageError,
    NotAllowed, StorageFailed; then nothing was saved.
    """
    begins = first_day(since)
    values = _cleaned(ws, status, reason, measure, due)
    row = _asset(ws, asset)
    with ws.register.reading() as sql:
        refuse_edit(sql, "asset", {**row, "id": asset}, values, today())
    with ws.write(f"资产状态：{begins} 起{word('asset_status', values['status'])}", table="asset") as scope:
        entries = entries_of(scope.sql, [asset]).get(asset)
        if row.get("status") == values["status"] == (entries[-1].status if entries else values["status"]):
            raise InputRefused(f"现在已经是{word('asset_status', values['status'])}，没有保存。",
                               hint="从哪天起写错了的，用更正。")  # fmt: skip
        scope.change("asset", asset, values, seen)
        follow_status(scope, begins, source_doc=source_doc.strip() or None, also=(asset,) if entries else ())
    assert scope.result is not None
    return scope.result


def add_past_status(
    ws: Workspace, asset: str, status: str, *, since: str, reason: str | None = None, measure: str | None = None,
    due: str | None = None, source_doc: str = "",
) -> Committed:  # fmt: skip
    """补记: what held in the past from a day on until the next entry; the present status stays as it is.

    Raises as `change_status`; InputRefused too when an entry begins on that day, or none comes after it.
    """
    begins = first_day(since)
    values = _cleaned(ws, status, reason, measure, due)
    _asset(ws, asset)
    with ws.write(f"补记资产状态：{begins} 起{word('asset_status', values['status'])}", table="asset") as scope:
        entries = entries_of(scope.sql, [asset]).get(asset, [])
        _refuse_taken(entries, begins)
        if not entries or begins > entries[-1].start:
            raise InputRefused("这一天之后没有登记别的状态，没有保存。", hint="现在的状态变了，用改状态。")
        held = next((p for p in reversed(entries) if p.start <= begins), None)
        if held is not None and held.status in BY_STEPS:
            raise InputRefused(f"{begins} 正在办理处置，状态由处置的步骤写入；没有保存。")
        scope.insert("status_change", {
            "asset_id": asset, **_entry(values), "from_date": begins, "source_doc": source_doc.strip() or None,
        })  # fmt: skip
    assert scope.result is not None
    return scope.result


def correct_status(
    ws: Workspace, entry: str, *, source_doc: str, status: str | None = None, since: str | None = None,
    reason: str | None = None, measure: str | None = None, due: str | None = None, seen: Seen | None = None,
) -> Committed:  # fmt: skip
    """原来记错了: the entry is written anew and the wrong one stays as withdrawn; what is left out stays as it was.

    Raises InputRefused (no source document, withdrawn already, days out of order, written by a disposal), UsageError.
    """
    if not source_doc.strip():
        raise InputRefused("没有写依据，状态不能更正。没有保存。")
    row = _correctable(ws, entry)
    typed = {"status": status, "status_reason": reason, "status_measure": measure, "status_due": due}
    cleaned = clean_values(ws.register.table("asset"), {c: v for c, v in typed.items() if v is not None})
    if cleaned.get("status") in BY_STEPS:
        raise InputRefused(_by_steps(cleaned["status"]))
    begins = first_day(since) if since else str(row["from_date"] or "")
    asset = str(row["asset_id"])
    with ws.write("更正资产状态", table="asset") as scope:
        entries = entries_of(scope.sql, [asset]).get(asset, [])
        at = next((i for i, p in enumerate(entries) if p.id == entry), None)
        if at is None:
            raise UsageError("这一条已不在册中，请刷新。")
        old = entries[at]
        if not old.start and begins:
            raise InputRefused("最早的一条没有开始日期，不能写；没有保存。", hint="那天以后变了的，用补记或改状态。")
        before, after = entries[at - 1] if at else None, entries[at + 1] if at + 1 < len(entries) else None
        if before is not None and begins <= before.start:
            raise InputRefused(f"前一条 {before.start} 起，开始日期要在它之后；没有保存。")
        if after is not None and begins >= after.start:
            raise InputRefused(f"后一条 {after.start} 起，开始日期要在它之前；没有保存。")
        if after is None:  # the cause and plan of the present status may have been worked on since
            old = replace(old, **{KEPT[c]: v for c, v in _asset(ws, asset).items() if c in CAUSE})
        new = replace(old, start=begins, **{KEPT[c]: v for c, v in cleaned.items()})
        said = (old.start, *old.values().values())
        if said == (new.start, *new.values().values()):
            raise InputRefused("更正后和原来一样，没有保存。")
        scope.change("status_change", entry, {"withdrawn": 1, "note": f"已更正，依据{source_doc.strip()}"}, seen)
        scope.insert("status_change", {
            "asset_id": asset, **_entry(new.values()), "from_date": begins or None, "source_doc": source_doc.strip(),
        })  # fmt: skip
        if after is None:
            scope.change("asset", asset, new.values())
    assert scope.result is not None
    return scope.result


def withdraw_status(ws: Workspace, entry: str, why: str, *, seen: Seen | None = None) -> Committed:
    """没有这回事: an entry is withdrawn, and what held before goes on. Raises as `correct_status`."""
    if not why.strip():
        raise InputRefused("没有写原因，没有撤掉。")
    row = _correctable(ws, entry)
    asset = str(row["asset_id"])
    with ws.write(f"撤掉记错的资产状态：{why.strip()}", table="asset") as scope:
        entries = entries_of(scope.sql, [asset]).get(asset, [])
        rest = [p for p in entries if p.id != entry]
        if not rest:
            raise InputRefused("这是唯一的一条，不能撤掉；没有改变。", hint="状态记错了，用更正。")
        if not row["from_date"]:
            raise InputRefused("最早的一条不能撤掉；没有改变。", hint="状态记错了，用更正。")
        scope.change("status_change", entry, {"withdrawn": 1, "note": why.strip()}, seen)
        if entries[-1].id == entry:
            scope.change("asset", asset, rest[-1].values())
    assert scope.result is not None
    return scope.result


def find_entry(ws: Workspace, asset: str, on: str | None) -> StatusPeriod:
    """The entry in force on a day (ISO), the present one without; UsageError when there is none."""
    with ws.register.reading() as sql:
        entries = entries_of(sql, [asset]).get(asset, [])
    held = [p for p in entries if not on or p.start <= on]
    if not held:
        raise UsageError(f"{on or '现在'}没有登记这项资产的状态。")
    return held[-1]


def _asset(ws: Workspace, asset: str) -> dict[str, Any]:
    row = ws.register.row("asset", asset)
    if row is None:
        raise UsageError("没有这项资产，可能已被撤回；请刷新列表。")
    if row.get("status") == "disposed":
        raise InputRefused("这项资产已处置，状态不再改；没有保存。")
    return dict(row)


def _cleaned(
    ws: Workspace, status: str, reason: str | None, measure: str | None, due: str | None
) -> dict[str, Any]:
    typed = {"status": status, "status_reason": reason, "status_measure": measure, "status_due": due}
    values = clean_values(ws.register.table("asset"), {c: v for c, v in typed.items() if v is not None})
    if not values.get("status"):
        raise InputRefused("没有写改成什么状态，没有保存。")
    if values["status"] in BY_STEPS:
        raise InputRefused(_by_steps(values["status"]))
    return values


def _by_steps(status: str) -> str:
    return f"“{word('asset_status', status)}”由处置的步骤写入，没有保存。"


def _entry(values: dict[str, Any]) -> dict[str, Any]:
    return {KEPT[c]: v for c, v in values.items()}


def _correctable(ws: Workspace, entry: str) -> dict[str, Any]:
    row = ws.register.row("status_change", entry)
    if row is None:
        raise UsageError("没有这一条，可能已被撤回；请刷新。")
    if row["withdrawn"]:
        raise InputRefused("这一条已更正过，没有保存。", hint="请更正现在有效的那一条。")
    if row["status"] in BY_STEPS:
        raise InputRefused(_by_steps(str(row["status"])), hint="办错的一步，在处置里撤回。")
    return dict(row)


def _refuse_taken(entries: list[StatusPeriod], begins: str) -> None:
    same = next((p for p in entries if p.start == begins), None)
    if same is not None:
        said = word("asset_status", same.status) or "未填"
        raise InputRefused(f"{begins} 起已登记为{said}，没有保存。", hint="记错了的，用更正。")


def follow_decided(scope: WriteScope) -> None:
    """After conflicts were decided: the entries follow the status that was taken."""
    follow_status(scope, today(), decided=True)


def status_words(period: StatusPeriod) -> str:
    """2025-03-01 起到 2025-09-01 前 闲置; 2025-09-01 前 正常 when its start is unknown; 一直 正常 without any day."""
    said = word("asset_status", period.status) or "状态未填"
    if period.withdrawn:
        return f"{f'{period.start} 起' if period.start else '起初'} {said}（已更正）"
    if not period.start:
        return f"{f'{period.end} 前' if period.end else '一直'} {said}"
    return f"{period.start} 起{f'到 {period.end} 前' if period.end else '至今'} {said}"

