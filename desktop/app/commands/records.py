"""Commands about single records: add, set, remove, show, history."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    conditions,
    note,
    opened,
    pairs,
    say,
    say_json,
)
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records import records
from desktop.app.records.bulk_editing import plan_bulk, write_bulk
from desktop.app.records.details import entry_words, history_lines
from desktop.app.records.editing import new_record, open_record, remove_record, restore_record, save_record
from desktop.app.records.masking import masked, masked_value
from desktop.app.records.name_offers import known_helpers
from desktop.app.records.record_history import compare
from desktop.app.records.record_names import RecordNames
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.registry.labels import record_word

Table = Annotated[str, typer.Argument(metavar="TABLE", help="表：household、person、asset、right、party …")]
RowId = Annotated[str, typer.Argument(metavar="ID", help="记录标识（可只写开头 8 位以上）")]
Values = Annotated[list[str], typer.Argument(metavar="FIELD=VALUE", help="字段=值")]
Why = Annotated[str, typer.Option("--reason", help="事由，写入变更记录")]


def add(
    place: Place,
    table: Table,
    values: Values,
    reason: Why = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """新增一条记录，输出它的标识。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(new_record(ws, table, pairs(values), reason))


def helpers(
    place: Place,
    village: Annotated[str, typer.Option("--division", help="区划代码开头：先列这里的")] = "",
    household: Annotated[str, typer.Option("--household", help="住户标识：先列这一户的帮扶责任人")] = "",
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """列出册里的帮扶责任人、镇村干部和帮扶单位，填帮扶责任人时照着写。"""
    with opened(place, passphrase_file, user) as ws:
        home = records.find_id(ws, "household", household) if household else ""
        found = known_helpers(ws, village, home)
    if as_json:
        say_json([{"name": h.name, "what": h.what} for h in found])
        return
    for helper in found:
        say(f"{helper.name}\t{helper.what}")
    if not found:
        say("册里没有帮扶责任人和镇村干部。")


def set_(
    place: Place,
    table: Table,
    row_id: Annotated[str, typer.Argument(metavar="[ID]", help="记录标识（可只写开头 8 位以上）；用 --where 时不写")],
    values: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="字段=值")] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="批量改：字段=值，值末尾的 * 匹配开头；可写多次")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出改前改后，不写入")] = False,
    reason: Why = "",
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """修改一条记录；用 --where 时修改所有符合的记录，作为一批，可整批撤回。"""
    if where is None:
        if dry_run:
            raise UsageError("--dry-run 要与 --where 一起用。")
        with opened(place, passphrase_file, user, write=True) as ws:
            record = open_record(ws, table, records.find_id(ws, table, row_id))
            result = save_record(ws, record, pairs(values or []), reason)
            say(f"已保存 {result.operations} 处修改。" if result.operations else "内容没有变化，没有写入。")
        return
    with opened(place, passphrase_file, user, write=not dry_run) as ws:
        ids = [str(row["id"]) for row in records.list_records(ws, table, where=conditions(where))]
        plan = plan_bulk(ws, table, ids, pairs([row_id, *(values or [])]))
        unit, count = ("", plan.changing) if dry_run or not plan.changing else write_bulk(ws, plan, reason)
    if as_json:
        say_json({"unit": unit, "changing": count, "rows": [asdict(line) for line in plan.lines]})
        return
    for line in plan.lines:
        say(f"{line.title}\t{line.place}\t{line.before}\t→ {line.after}\t{line.why and '不变：' + line.why}".rstrip())
    stay = len(plan.lines) - count
    said = f"{plan.field}：将改 {count} 条" if dry_run else f"{plan.field}：已改 {count} 条"
    say(f"{said}，{stay} 条不变。" + (f"可用 xiangce undo 撤回，批次 {unit}。" if unit else ""))


def remove(
    place: Place, table: Table, row_id: RowId, reason: Why = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """把一条记录移出册（可恢复）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        result = remove_record(ws, open_record(ws, table, records.find_id(ws, table, row_id)), reason)
        say(f"已移除，可用 xiangce undo 撤回，批次 {result.unit_id}。")


def restore_row(
    place: Place, table: Table, row_id: RowId, reason: Why = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """恢复一条已移除的记录。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        restore_record(ws, table, records.find_id(ws, table, row_id), reason)
        say("已恢复。")


def show(
    place: Place,
    table: Table,
    row_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    where: Annotated[list[str] | None, typer.Option("--where", help="字段=值；值末尾的 * 匹配开头")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="某日有效的内容，如 2025-06-30")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    removed: Annotated[bool, typer.Option("--removed", help="也列出已移除和已并入他行的记录")] = False,
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖（需导出权限）")] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """列出记录。"""
    with opened(place, passphrase_file, user) as ws:
        rows = records.list_records(
            ws, table, row_id=row_id, where=conditions(where or []), as_of=as_of, known_at=known_at, removed=removed
        )
        if with_id:
            ws.require("plain-export")
            log_plain_export(ws, f"show {table}", "", sorted(rows[0]) if rows else [], len(rows), with_id=True)
        else:
            rows = [masked(row) for row in rows]
        names = RecordNames(ws)
        names.prepare(table, rows)
        if as_json:
            say_json([{**row, "words": names.facts(table, row)} for row in rows])
            return
        for row in rows:
            say(row["id"])
            for name, words in names.lines(table, row):
                say(f"  {name}\t{words}")
    say(f"共 {len(rows)} 条。")


def history(
    place: Place,
    table: Table,
    row_id: RowId,
    day: Annotated[str | None, typer.Option("--day", help="某一天的样子和今天对照，连同成员、权利")] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="与 --day 一起：按本册当时收到的内容，不按发生日期")
    ] = False,
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖（需导出权限）")] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """一条记录的全部变更，或某一天的样子。"""
    with opened(place, passphrase_file, user) as ws:
        full = records.find_id(ws, table, row_id)
        if day is not None:
            _say_day(ws, table, full, records.day(day), recorded=recorded, as_json=as_json)
            return
        entries = ws.register.history(table, full)
        if not entries:
            raise UsageError(f"没有这条{record_word(table)}。")
        if with_id:
            ws.require("plain-export")
        if as_json:
            plain = [vars(e) for e in entries]
            if not with_id:
                plain = [{**e, **{k: masked_value(e["cell"], e[k]) for k in ("value", "previous")}} for e in plain]
            words = entry_words(ws, table, full, entries, masked=not with_id)
            say_json([{**entry, **said} for entry, said in zip(plain, words, strict=True)])
            return
        for line in history_lines(ws, table, full, masked=not with_id):
            mark = "（已撤回）" if line.void else ""
            change = f"：{line.old} → {line.new}" if line.new else ""
            say(f"{line.when:%Y-%m-%d %H:%M}\t{line.who}\t{line.device}\t{line.what}{change}{mark}\t{line.reason}")


def _say_day(ws: Workspace, table: str, row_id: str, day: str, *, recorded: bool, as_json: bool) -> None:
    """Then and now, one fact a line; what differs is marked."""
    try:
        found = compare(ws, table, row_id, day, "recorded" if recorded else "happened")
    except ValueError:
        raise UsageError(f"“{day}”不是日期，应写作 2025-06-30。") from None
    if as_json:
        say_json(asdict(found))
        return
    if not found.existed:
        note(f"{day} 还没有这条记录。")
    for fact in found.facts:
        name = f"{fact.about} {fact.name}".strip()
        say(f"{name}\t{fact.then}\t{fact.now}\t{'不同' if fact.differs else ''}".rstrip())
    say(f"{day} 与今天有 {found.differences} 处不同。")
