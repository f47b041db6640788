"""Commands that take workbooks in: import assets, import roster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    note,
    opened,
    progress_line,
    say,
    say_json,
)
from desktop.common.errors import UsageError
from desktop.common.idnumber import mask_text
from desktop.common.money import format_wan

if TYPE_CHECKING:
    from desktop.app.exchange.importing import Kind
    from desktop.app.workspace import Workspace
    from desktop.exchange.workbook.plan import ImportPlan

import_app = typer.Typer(help="导入 Excel 或 CSV。", add_completion=False, rich_markup_mode=None)
SHOWN = 40
"""Undecided errors and records shown on screen; the findings file has all."""
SEVERITY_WORDS = {"error": "错误", "warning": "提醒", "info": "已规范"}

Source = Annotated[Path, typer.Argument(metavar="FILE", help="xlsx、xls 或 csv")]
Sheets = Annotated[list[str] | None, typer.Option("--sheet", help="只读这些工作表")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help="列对应文件（JSON）")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")]
Yes = Annotated[bool, typer.Option("--yes", help="导入没有未决错误的行，其余列出")]
DecisionsFile = Annotated[Path | None, typer.Option("--decisions", help="处理意见（疑点清单加上 take）")]
FindingsFile = Annotated[Path | None, typer.Option("--findings", help="把疑点写成 JSON 或 XLSX")]
Again = Annotated[bool, typer.Option("--again", help="同一文件已导入过也再导入")]
WithId = Annotated[bool, typer.Option("--with-id", help="补采单上的证件号码不遮盖")]


@import_app.command("assets")
def assets(
    place: Place, source: Source, sheet: Sheets = None, mapping: MappingFile = None, dry_run: DryRun = False,
    yes: Yes = False, decisions: DecisionsFile = None, findings: FindingsFile = None, again: Again = False,
    with_id: WithId = False, as_json_: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """导入资产台账。"""
    _import("assets", place, source, sheet, mapping, dry_run, yes, decisions, findings, again, with_id, as_json_,
            passphrase_file, user)  # fmt: skip


@import_app.command("roster")
def roster(
    place: Place, source: Source, sheet: Sheets = None, mapping: MappingFile = None, dry_run: DryRun = False,
    yes: Yes = False, decisions: DecisionsFile = None, findings: FindingsFile = None, again: Again = False,
    with_id: WithId = False, as_json_: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """导入住户花名册。"""
    _import("roster", place, source, sheet, mapping, dry_run, yes, decisions, findings, again, with_id, as_json_,
            passphrase_file, user)  # fmt: skip


def _import(
    kind: Kind, place: str, source: Path, sheets: list[str] | None, mapping: Path | None, dry_run: bool, yes: bool,
    decisions: Path | None, findings: Path | None, again: bool, with_id: bool, json_out: bool,
    passphrase_file: Path | None, user: str | None,
) -> None:  # fmt: skip
    from desktop.app.exchange import importing  # the readers are loaded when a workbook is, not at every start

    with opened(place, passphrase_file, user, write=not dry_run) as ws:
        reading = importing.read_for_import(ws, source, kind, progress_line("读取"))
        plan = importing.plan_import(
            ws, reading, sheets=sheets or (), mapping=importing.load_mapping(mapping, kind) if mapping else None,
            decisions=importing.load_decisions(decisions) if decisions else None, progress=progress_line("检查"),
        )  # fmt: skip
        if findings is not None:
            if with_id:
                ws.require("plain-export")
            importing.write_findings_file(ws, plan, findings, with_id=with_id)
        left = [r for r in plan.records if r.set_aside]
        undecided = [r for r in left if r.open_errors]
        unit = ""
        if not dry_run:
            if undecided and not yes:
                complain = note if json_out else say  # with --json the answer stays one document
                _report(plan, json_out, len(left), unit, with_id)
                complain(f"有 {len(undecided)} 条记录还有未决的错误，没有写入任何内容。")
                complain("请用 --findings 写出疑点、补上处理意见后用 --decisions 再导入；")
                complain("或加 --yes 先导入没有错误的记录。")
                raise typer.Exit(1)
            unit = _write(ws, plan, again)
            if mapping is not None:
                importing.remember_mapping(ws, reading)
    _report(plan, json_out, len(left), unit, with_id)
    if undecided:
        raise typer.Exit(1)


def _write(ws: Workspace, plan: ImportPlan, again: bool) -> str:
    from desktop.app.exchange import importing

    before = importing.imported_before(ws, plan)
    if before is not None and not again:
        raise UsageError(f"这个文件已经导入过（批次 {before[:12]}），没有再次写入；确需重复导入请加 --again。")
    return importing.commit_import(ws, plan, progress_line("写入")).unit_id


def _report(plan: ImportPlan, json_out: bool, left_out: int, unit: str, with_id: bool) -> None:
    from desktop.app.exchange.importing import KIND_WORDS
    from desktop.exchange.workbook.findings import as_json
    from desktop.exchange.workbook.roster.followup import masked_json

    ready = sum(1 for _ in plan.ready())
    if json_out:
        say_json(
            {
                "kind": plan.kind, "file": plan.file_name, "unit": unit, "imported": ready if unit else 0,
                "ready": ready, "left_out": left_out, "totals": plan.totals,
                "findings": [as_json(f) if with_id else masked_json(f) for f in plan.findings],
            }
        )  # fmt: skip
        return
    counts = plan.counts()
    say(
        f"{KIND_WORDS.get(plan.kind, '')} {plan.file_name}："
        + "，".join(f"{w} {counts[k]}" for k, w in SEVERITY_WORDS.items())
    )
    errors = [f for f in plan.findings if f.open]
    for finding in errors[:SHOWN]:
        say(f"  {finding.sheet} {finding.col or ''}{finding.row or ''}\t{mask_text(finding.message)}")
    if len(errors) > SHOWN:
        say(f"  ……共 {len(errors)} 处未决的错误，全部疑点请用 --findings 写出。")
    for record in [r for r in plan.records if r.set_aside][:SHOWN]:
        say(f"  未导入：{record.sheet} 第 {record.row} 行，{record.set_aside}")
    say("  " + _totals(plan.kind, plan.totals, ready))
    if unit:
        say(f"  已写入，批次 {unit}，可用 xiangce undo 撤回。")


def _totals(kind: str, totals: dict[str, Any], ready: int) -> str:
    if kind == "roster":
        return f"可导入 {totals['households']} 户、{totals['persons']} 人。"
    fen = totals.get("original_value_fen")
    return f"可导入 {ready} 项资产" + (f"，原值 {format_wan(int(fen))} 万元。" if fen is not None else "。")


@import_app.command("table")
def table(
    place: Place,
    source: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="改好的表（由 table --editable 导出）")],
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="写入列出的改动；不能写入的格子留下")] = False,
    reason: Annotated[str, typer.Option("--reason", help="事由，写入变更记录")] = "",
    as_json_: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """带回改好的表：先列出每一处不同，加 --yes 才写入。"""
    from desktop.app.records.table_editing import apply_edits, plan_edits

    with opened(place, passphrase_file, user, write=not dry_run) as ws:
        plan = plan_edits(ws, source)
        unit = apply_edits(ws, plan, reason).unit_id if yes and not dry_run and plan.changes else ""
    if as_json_:
        edits = [{"id": r.id, "name": r.name, **vars(e)} for r in plan.rows for e in r.edits]
        say_json({"table": plan.table, "changes": plan.changes, "unit": unit, "notes": plan.notes, "edits": edits})
    else:
        for row in plan.rows:
            say(f"第 {row.row} 行 {row.name}")
            for edit in row.edits:
                said = f"  {edit.col}{edit.row}\t{edit.title}：{edit.old} → {edit.new}"
                met = "；导出以后册中已改过，写入后要由人决定" if edit.met else ""
                say(said + (f"（不能写入：{edit.problem}）" if edit.problem else met))
        for said in plan.notes:
            say(f"{said}。")
        unwritten = "，没有写入" + ("" if dry_run else "；加 --yes 写入")
        ending = f"，批次 {unit}，可用 xiangce undo 撤回" if unit else unwritten
        say(f"共 {plan.changes} 处改动" + (ending if plan.changes else "。"))
    if plan.problems or plan.notes or (plan.changes and not unit):
        raise typer.Exit(1)
