"""Inspection for window and command line: plans, samples, due lists, an asset checked, problems, care, complaints.

A plan's list is fixed when it is made (`make_due_list`): one inspection row for each asset, the same on every laptop.
A problem then goes its way by steps (`take_step(ws, "finding", …)`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from desktop.app.cases.procedures import take_step
from desktop.app.records.editing import complete_place, new_record, open_record, save_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import named_id
from desktop.insight.case_lists import FindingRow, finding_ids, finding_rows
from desktop.insight.drawing_lots import Drawn, draw, fingerprint, lot, sample_size
from desktop.insight.inspection_lists import (
    CareLine,
    DueAsset,
    UnitOverdue,
    VillageProgress,
    assets_in_scope,
    care_lines,
    due_assets,
    overdue_by_unit,
    plan_progress,
    proposed_findings,
    read_criteria,
)
from desktop.insight.lists import AssetRow, ListQuery, asset_ids, asset_rows, place_names
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.registry.procedures import PROCEDURES
from desktop.store.unit_of_work import Committed

FOUND = WORDS_OF_COLUMN["inspection", "found"]
"""Whether the asset is there, as an inspection keeps it."""
STRATA = {"village": 1, "category": 2}
"""By what a list may be divided: the column of `assets_in_scope`."""


def scope_of(ws: Workspace, plan: str) -> list[tuple[str, str, str]]:
    """The assets a plan is about now, as (id, division code, category). UsageError for conditions it cannot read."""
    row = _plan(ws, plan)
    with ws.register.reading() as sql:
        return assets_in_scope(sql, read_criteria(row.get("criteria")), row.get("division_code"))


def seal_list(ws: Workspace, plan: str) -> dict[str, Any]:
    """Seal the list a sample will be drawn from: its fingerprint and count, before a seed is said."""
    ids = [a[0] for a in scope_of(ws, plan)]
    if not ids:
        raise InputRefused("范围内没有资产，没有封存。")
    sealed = {"fingerprint": fingerprint(ids), "population": len(ids), "algorithm": "sha256(seed LF id)"}
    if _sample(ws, plan).get("chosen"):
        raise InputRefused("这个计划已经抽取过，名单不能再封存。")
    save_record(ws, open_record(ws, "inspection_plan", plan), {"sample": _json(sealed)}, "封存抽样名单")
    return sealed


def draw_sample(
    ws: Workspace, plan: str, *, seed: str, count: int | None = None, rate: Fraction | None = None,
    strata: str = "", reserves: int = 0,
) -> Drawn:  # fmt: skip
    """Draw a plan's sample from its sealed list (sealed now when it was not) and keep seed, fingerprint and lots.

    A sample once drawn stays: drawing again with the same seed gives the same. Raises InputRefused (list changed,
    another sample there, nothing in scope), UsageError (no seed, both or neither of count and rate).
    """
    if strata and strata not in STRATA:
        raise UsageError(f"分层只能按 {'、'.join(STRATA)}。")
    assets = scope_of(ws, plan)
    lists: dict[str, list[str]] = {}
    for asset in assets:
        lists.setdefault(asset[STRATA[strata]] if strata else "", []).append(asset[0])
    before = _sample(ws, plan)
    size = sample_size(len(assets), count=count, rate=rate)
    drawn = draw(lists, seed, size, reserves=reserves, sealed=before.get("fingerprint"))
    if before.get("chosen"):
        if tuple(before["chosen"]) == drawn.chosen:
            return drawn
        raise InputRefused("这个计划已经抽取过，结果不能改。", hint="要另抽的，另建一个计划。")
    kept = {
        "fingerprint": drawn.fingerprint, "population": drawn.population, "algorithm": "sha256(seed LF id)",
        "seed": seed, "size": size, "rate": str(rate) if rate is not None else None, "strata": strata,
        "chosen": list(drawn.chosen), "reserves": list(drawn.reserves),
    }  # fmt: skip
    save_record(ws, open_record(ws, "inspection_plan", plan), {"sample": _json(kept)}, "抽取检查样本")
    return drawn


@dataclass(frozen=True)
class DrawnAsset:
    """An asset of a sample with the lot that drew it (hex): anybody can compute it from seed and identifier."""

    id: str
    name: str
    village: str
    lot: str


@dataclass(frozen=True)
class SampleState:
    """How far the sample of a plan is: the list as it is now and as it was sealed, and what was drawn."""

    title: str
    population: int
    fingerprint: str
    """Of the list as it is now."""
    sealed: str
    """Of the list as it was sealed; "" before."""
    seed: str
    strata: str
    chosen: tuple[DrawnAsset, ...]
    reserves: tuple[DrawnAsset, ...]


def sample_state(ws: Workspace, plan: str) -> SampleState:
    """The sample of a plan, for the window. UsageError when there is no such plan."""
    row, kept = _plan(ws, plan), _sample(ws, plan)
    ids = [asset[0] for asset in scope_of(ws, plan)]
    seed = str(kept.get("seed") or "")
    drawn = [*kept.get("chosen", ()), *kept.get("reserves", ())]
    with ws.register.reading() as sql:
        places = place_names(sql)
        named = {
            i: (name or "", places.get(code or "", ""))
            for i, name, code in sql.in_chunks("SELECT id,name,division_code FROM asset WHERE id IN (*)", drawn)
        }
    lines = [DrawnAsset(i, *named.get(i, ("（不在册）", "")), lot(seed, i)) for i in drawn]
    many = len(kept.get("chosen", ()))
    return SampleState(
        str(row.get("title") or ""), len(ids), fingerprint(ids), str(kept.get("fingerprint") or ""), seed,
        str(kept.get("strata") or ""), tuple(lines[:many]), tuple(lines[many:]),
    )  # fmt: skip


def make_due_list(ws: Workspace, plan: str) -> int:
    """One inspection row for each asset of the plan (of its sample, when one was drawn); how many are new.

    Rows of a list that was made before the sample was drawn go, unless somebody looked at the asset already.
    Raises InputRefused when nothing is in scope, NotAllowed, StorageFailed.
    """
    row = _plan(ws, plan)
    chosen = _sample(ws, plan).get("chosen")
    ids = list(chosen) if chosen else [a[0] for a in scope_of(ws, plan)]
    if not ids:
        raise InputRefused("范围内没有资产，没有列出应查清单。")
    rows = [
        {"id": named_id("inspection", plan, asset), "asset_id": asset, "plan_id": plan, "due_date": row.get("due_date")}
        for asset in ids
    ]
    with ws.write("列出应查清单", table="inspection") as scope:
        for row_id, asset in scope.sql.rows(
            "SELECT id,asset_id FROM inspection "
            "WHERE plan_id=? AND on_date IS NULL AND removed=0 AND canonical_id IS NULL",
            (plan,),
        ):
            if chosen and asset not in chosen:
                scope.remove("inspection", row_id)
        return int(scope.ensure_many("inspection", rows))


@dataclass(frozen=True)
class Checked:
    """What was written for an inspection: the inspection, the problems, and the unit of work that undo takes back."""

    inspection: str
    findings: tuple[str, ...]
    unit_id: str


def record_inspection(
    ws: Workspace,
    values: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]] = (),
    *,
    inspection: str | None = None,
) -> Checked:
    """Write down one asset looked at, and the problems found there, in one unit of work.

    `inspection` is the row of a plan's list; without it a new one is made for `values["asset_id"]`. Problems get the
    asset, its place, day and inspectors. The asset itself is not changed: what differs is proposed as a problem.
    Raises InputRefused (no day, an earlier result, a value that cannot be stored), UsageError, NotAllowed.
    """
    cleaned = clean_values(ws.register.table("inspection"), dict(values))
    existing = ws.register.row("inspection", inspection) if inspection else None
    if inspection and existing is None:
        raise UsageError("没有这条检查，可能已被移除或撤回。")
    if existing is not None and existing.get("on_date") and cleaned.get("on_date") != existing["on_date"]:
        raise InputRefused(f"这项资产 {existing['on_date']} 已查过，没有保存。", hint="另查一次的，另登记一条检查。")
    asset_id = str((existing or cleaned).get("asset_id") or "")
    asset = ws.register.row("asset", asset_id) if asset_id else None
    if asset is None:
        raise UsageError("没有写明检查的是哪项资产，没有保存。")
    if not cleaned.get("on_date"):
        raise InputRefused("没有填检查日期，没有保存。")
    if str(cleaned["on_date"]) > today():
        raise InputRefused("检查日期在今天之后，没有保存。")
    if cleaned.get("found") not in (None, *FOUND):
        raise InputRefused(f"实物在否只能填 {'、'.join(f'{c}（{w}）' for c, w in FOUND.items())}；没有保存。")
    ready = [_finding_values(ws, asset_id, asset, cleaned, f) for f in findings]
    with ws.write(f"登记检查（{len(ready)} 个问题）" if ready else "登记检查", table="inspection") as scope:
        if inspection:
            scope.change("inspection", inspection, {k: v for k, v in cleaned.items() if k != "asset_id"})
        else:
            inspection = scope.insert("inspection", {**cleaned, "asset_id": asset_id})
        made = tuple(scope.insert("finding", {**f, "inspection_id": inspection}) for f in ready)
    assert scope.result is not None
    return Checked(str(inspection), made, scope.result.unit_id)


def findings_proposed(ws: Workspace, asset: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the answers of an inspection say is wrong: (kind, words); nothing is written."""
    row = ws.register.row("asset", asset)
    return [] if row is None else proposed_findings(row, values)


def _finding_values(
    ws: Workspace, asset_id: str, asset: Mapping[str, Any], inspection: Mapping[str, Any], finding: Mapping[str, Any]
) -> dict[str, Any]:
    values = {
        "asset_id": asset_id, "division_id": asset.get("division_id"), "division_code": asset.get("division_code"),
        "found_date": inspection.get("on_date"), "found_by": inspection.get("inspectors"), **finding,
    }  # fmt: skip
    cleaned = clean_values(ws.register.table("finding"), values)
    complete_place(ws, "finding", cleaned)
    if not cleaned.get("what"):
        raise InputRefused("问题没有写内容，没有保存。")
    cleaned.pop("state", None)
    return cleaned


def asset_of_code(ws: Workspace, code: str) -> str:
    """The asset a scanned code stands for: its identifier (the QR code of a label), or its number; "" when none."""
    text = code.strip()
    found = re.search(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text.lower().replace("-", ""))
    with ws.register.reading() as sql:
        for column, wanted in (("id", found[0] if found else ""), ("asset_no", text)):
            rows = sql.rows(
                f"SELECT COALESCE(canonical_id,id) FROM asset WHERE {column}=? AND removed=0 LIMIT 2", (wanted,)
            )
            if wanted and len(rows) == 1:
                return str(rows[0][0])
    return ""


def find_assets(ws: Workspace, text: str, limit: int = 12) -> list[AssetRow]:
    """Assets for a scanned code, a number, a name or initials; a code that stands for one asset gives only that."""
    known = asset_of_code(ws, text) if len(text.strip()) > 3 else ""
    with ws.register.reading() as sql:
        return asset_rows(sql, [known] if known else asset_ids(sql, ListQuery(text=text.strip()))[:limit])


def due_row(ws: Workspace, plan: str, asset: str) -> str:
    """The row of an asset on a plan's list, "" when it is not on it."""
    with ws.register.reading() as sql:
        row = sql.scalar("SELECT id FROM inspection WHERE plan_id=? AND asset_id=? AND removed=0", (plan, asset))
    return str(row or "")


@dataclass(frozen=True)
class InspectionLine:
    """One look at an asset: when, by whom, what was found, and its problems."""

    id: str
    on_date: str
    due_date: str
    plan: str
    inspectors: str
    found: str
    condition: str
    result: str
    findings: int


def inspections_of(ws: Workspace, asset: str) -> list[InspectionLine]:
    """The inspections of an asset, newest first; those still due first of all."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT i.id,i.on_date,i.due_date,p.title,i.inspectors,i.found,i.condition,i.result,"
            "(SELECT COUNT(*) FROM finding f WHERE f.inspection_id=i.id AND f.removed=0 AND f.canonical_id IS NULL) "
            "FROM inspection i LEFT JOIN inspection_plan p ON p.id=i.plan_id WHERE i.asset_id=? AND i.removed=0 "
            "AND i.canonical_id IS NULL ORDER BY COALESCE(i.on_date,'9999') DESC,i.id DESC",
            (asset,),
        )
    return [
        InspectionLine(r[0], r[1] or "", r[2] or "", r[3] or "", r[4] or "", FOUND.get(r[5] or "", ""),
                       word("asset_status", r[6]), r[7] or "", int(r[8] or 0))
        for r in rows
    ]  # fmt: skip


def findings_of(ws: Workspace, asset: str) -> list[FindingRow]:
    """The problems of an asset, the earliest deadline first."""
    with ws.register.reading() as sql:
        ids = finding_ids(sql, ListQuery(equal={"asset": asset}), today())
        return finding_rows(sql, ids, today())


def care_of_asset(ws: Workspace, asset: str, on: str) -> CareLine | None:
    """When the next round of care of an asset is due, and its cost; None when it has no cycle."""
    with ws.register.reading() as sql:
        found = care_lines(sql, on, asset=asset)
    return found[0] if found else None


@dataclass(frozen=True)
class ComplaintLine:
    """A complaint about an asset and what came of it."""

    id: str
    received: str
    what: str
    state: str
    state_word: str
    answer: str


def complaints_of(ws: Workspace, asset: str) -> list[ComplaintLine]:
    """The complaints about an asset, newest first."""
    states = PROCEDURES["complaint"].states
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,received_date,what,state,answer FROM complaint WHERE asset_id=? AND removed=0 "
            "AND canonical_id IS NULL ORDER BY received_date DESC,id DESC",
            (asset,),
        )
    return [
        ComplaintLine(r[0], r[1] or "", r[2] or "", r[3] or "open", states.get(r[3] or "open", ""), r[4] or "")
        for r in rows
    ]


@dataclass(frozen=True)
class RoundLine:
    """One round of care; cost in 分."""

    id: str
    on_date: str
    keeper: str
    work: str
    cost_fen: int | None
    fund_source: str


def rounds_of(ws: Workspace, asset: str) -> list[RoundLine]:
    """The rounds of care of an asset, newest first."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,on_date,keeper,work,cost_fen,fund_source FROM maintenance_round WHERE asset_id=? AND removed=0 "
            "AND canonical_id IS NULL ORDER BY on_date DESC,id DESC",
            (asset,),
        )
    return [RoundLine(r[0], r[1] or "", r[2] or "", r[3] or "", r[4], r[5] or "") for r in rows]


def complaint_to_finding(ws: Workspace, complaint: str, values: Mapping[str, Any] | None = None) -> str:
    """Turn a complaint into a problem to be put right, and mark it as passed on; the finding's id."""
    row = ws.register.row("complaint", complaint)
    if row is None or row.get("removed"):
        raise UsageError("没有这条投诉，可能已被移除或撤回。")
    if (row.get("state") or "open") != "open":
        raise InputRefused("这条投诉已经转办或办结，没有再转。")
    finding = {
        "asset_id": row.get("asset_id"), "division_id": row.get("division_id"),
        "division_code": row.get("division_code"), "what": row.get("what"), "found_date": row.get("received_date"),
        "kind": "other", "found_by": "群众反映", **(values or {}),
    }  # fmt: skip
    if not finding["division_code"] and finding["asset_id"]:
        asset = ws.register.row("asset", str(finding["asset_id"])) or {}
        finding |= {c: asset.get(c) for c in ("division_id", "division_code")}
    made = new_record(ws, "finding", finding, "投诉转为问题整改")
    take_step(ws, "complaint", complaint, "pass", {"finding_id": made})
    return made


def record_round(ws: Workspace, asset: str, values: Mapping[str, Any]) -> str:
    """Write down one round of care of an asset; its id. InputRefused without a day or with one in the future."""
    row = ws.register.row("asset", asset)
    if row is None:
        raise UsageError("没有这项资产，没有保存。")
    cleaned = clean_values(ws.register.table("maintenance_round"), dict(values))
    if not cleaned.get("on_date"):
        raise InputRefused("没有填管护日期，没有保存。")
    if str(cleaned["on_date"]) > today():
        raise InputRefused("管护日期在今天之后，没有保存。")
    if cleaned.get("cost_fen") is not None and int(cleaned["cost_fen"]) < 0:
        raise InputRefused("支出不能小于 0，没有保存。")
    return new_record(
        ws, "maintenance_round", {"keeper": row.get("keeper"), **cleaned, "asset_id": asset}, "登记管护"
    )


def put_off(ws: Workspace, finding: str, due: str, reason: str) -> Committed:
    """延期: a later deadline with its reason; the first date stays."""
    return take_step(ws, "finding", finding, "put_off", {"due_date": due}, note=reason)


def progress_of(ws: Workspace, plan: str, on: str) -> list[VillageProgress]:
    """A plan's progress by village."""
    with ws.register.reading() as sql:
        return plan_progress(sql, plan, on)


def waiting_assets(ws: Workspace, plan: str, on: str) -> list[DueAsset]:
    """Assets of a plan that were not looked at yet."""
    with ws.register.reading() as sql:
        return due_assets(sql, plan, on)


def overdue_units(ws: Workspace, on: str, division: str = "") -> list[UnitOverdue]:
    """Open and overdue problems by responsible unit."""
    with ws.register.reading() as sql:
        return overdue_by_unit(sql, on, division)


def care_of(ws: Workspace, on: str, division: str = "", *, only_due: bool = False) -> list[CareLine]:
    """Care of public assets: due rounds and cost against the budget."""
    with ws.register.reading() as sql:
        return care_lines(sql, on, division, only_due=only_due)


def _plan(ws: Workspace, plan: str) -> dict[str, Any]:
    row = ws.register.row("inspection_plan", plan)
    if row is None or row.get("removed"):
        raise UsageError("没有这个检查计划，可能已被移除或撤回。")
    return row


def _sample(ws: Workspace, plan: str) -> dict[str, Any]:
    text = _plan(ws, plan).get("sample")
    try:
        found = json.loads(str(text)) if text else {}
    except ValueError:
        raise UsageError("计划的抽样办法读不出来，请重新填写。") from None
    return found if isinstance(found, dict) else {}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
