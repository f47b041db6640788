"""Excel in: read, recognise, check, decide, preview, and write in one unit of work; nothing before it is confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from desktop.app.keeping.safekeeping import back_up_here
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.exchange.workbook.findings import (
    Decisions,
    Finding,
    as_json,
    decisions_from,
    read_decisions,
    write_findings,
)
from desktop.exchange.workbook.ledger.commit import commit_assets
from desktop.exchange.workbook.ledger.rules import plan_assets
from desktop.exchange.workbook.mapping import SheetMapping, mapping_json, read_mapping, recognise
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import Workbook, read_workbook
from desktop.exchange.workbook.register_places import villages_of
from desktop.exchange.workbook.roster.commit import commit_roster
from desktop.exchange.workbook.roster.followup import masked_json, write_follow_ups
from desktop.exchange.workbook.roster.rules import plan_roster
from desktop.store.register import get_meta, set_meta
from desktop.store.unit_of_work import Committed

Kind = Literal["assets", "roster"]
Progress = Callable[[int, int], None]
KIND_WORDS: dict[str, str] = {"assets": "资产台账", "roster": "住户花名册"}


@dataclass(frozen=True)
class Reading:
    """A workbook that was read, with the headers recognised in its sheets."""

    kind: Kind
    workbook: Workbook
    mappings: tuple[SheetMapping, ...]


def read_for_import(ws: Workspace, path: Path, kind: Kind, progress: Progress | None = None) -> Reading:
    """Read a workbook and recognise its headers; a mapping remembered for such headers is taken.

    Raises InputRefused or FileDamaged (no workbook, encrypted, damaged, too large), Cancelled.
    """
    ws.require("import")
    if not path.is_file():
        raise UsageError(f"没有文件 {path.name}。")
    workbook = read_workbook(path, progress=progress)
    found = [recognise(grid, kind) for grid in workbook.sheets]
    return Reading(kind, workbook, tuple(m for m in found if m is not None))


def plan_import(
    ws: Workspace,
    reading: Reading,
    *,
    sheets: Sequence[str] = (),
    mapping: Mapping[str, dict[str, Any]] | None = None,
    decisions: Decisions | None = None,
    progress: Progress | None = None,
) -> ImportPlan:
    """What the import would write, with every finding; the same file and decisions give the same plan."""
    planner: Callable[..., ImportPlan] = plan_assets if reading.kind == "assets" else plan_roster
    return planner(
        reading.workbook, decisions=decisions, sheets=list(sheets) or None,
        mapping=mapping or remembered_mapping(ws, reading), villages=villages_of(ws.register), progress=progress,
    )  # fmt: skip


def commit_import(ws: Workspace, plan: ImportPlan, progress: Progress | None = None) -> Committed:
    """Write the records that go in, after a backup; can be undone as a whole by its unit."""
    ws.require("import")
    back_up_here(ws, "import")
    if plan.kind == "assets":
        return commit_assets(ws.register, plan, progress=progress)
    return commit_roster(ws.register, plan, progress=progress)


def imported_before(ws: Workspace, plan: ImportPlan) -> str | None:
    """The unit under which this very file was imported already (and not taken back), None when it was not."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT u.unit_id FROM unit u WHERE u.source=? AND EXISTS "
            "(SELECT 1 FROM op o WHERE o.seq>=u.first_seq AND o.unit=u.unit_id AND o.void=0)",
            (f"import:{plan.sha256}",),
        )
    return bytes(rows[0][0]).hex() if rows else None


def built_on_import(ws: Workspace, unit_id: str) -> int:
    """How many later changes rest on an import; said before it is taken back."""
    return len(ws.register.built_on(unit_id))


def take_back(ws: Workspace, unit_id: str) -> Committed:
    """Take a whole import back; what it brought leaves the lists and stays in the history."""
    ws.require("import")
    return take_back_unit(ws, unit_id)


def write_findings_file(ws: Workspace, plan: ImportPlan, target: Path, *, with_id: bool = False) -> None:
    """The findings as JSON (for decisions) or as a workbook to take along; IDs masked unless asked; logged."""
    if target.suffix.lower() == ".xlsx":
        write_follow_ups(plan, target, with_id=with_id)
    else:
        write_findings(plan.findings, target, as_json if with_id else masked_json)
    log_plain_export(ws, "findings", plan.file_name, ["findings"], len(plan.findings), with_id=with_id, file=target)


def remember_mapping(ws: Workspace, reading: Reading) -> None:
    """Keep the confirmed columns for the next sheets with the same headers."""
    saved = {m["sheet"]: m for m in mapping_json(list(reading.mappings))["sheets"]}
    with ws.register.bookkeeping() as sql:
        for mapping in reading.mappings:
            set_meta(sql, _mapping_key(mapping), json.dumps(saved[mapping.sheet], ensure_ascii=False))


def remembered_mapping(ws: Workspace, reading: Reading) -> dict[str, dict[str, Any]] | None:
    """Columns confirmed before for sheets with the same headers, by sheet name; None when there are none."""
    out: dict[str, dict[str, Any]] = {}
    with ws.register.reading() as sql:
        for mapping in reading.mappings:
            raw = get_meta(sql, _mapping_key(mapping))
            if raw:
                out[mapping.sheet] = {**json.loads(raw), "sheet": mapping.sheet}
    return out or None


def _mapping_key(mapping: SheetMapping) -> str:
    return f"map:{mapping.kind}:{mapping.signature()}"


def load_mapping(path: Path, kind: Kind) -> dict[str, dict[str, Any]]:
    """A mapping file of the command line."""
    return read_mapping(path, kind)


def load_decisions(path: Path) -> Decisions:
    """A decisions file of the command line."""
    return read_decisions(path)


def decisions_of(findings: Sequence[Finding]) -> Decisions:
    """The decisions taken on findings in the window."""
    return decisions_from([as_json(f) for f in findings if f.take is not None])
