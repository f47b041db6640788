"""Commands about the register itself: new, user, digest, dump, check, rebuild, undo, units, merges."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    clock,
    note,
    opened,
    passphrase_from,
    say,
    say_json,
    say_table,
    write_text,
)
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records import undoing
from desktop.app.workspace import create_workspace
from desktop.common.errors import UsageError, XiangceError
from desktop.registry.labels import table_label
from desktop.store.keys import LEVELS, ROLES
from desktop.store.postgres_database import is_postgres
from desktop.store.register_folder import find

RESTING_LISTED = 30
"""Later changes that are named one by one before something is taken back."""


def new(
    place: Place,
    unit: Annotated[str, typer.Option("--unit", help="单位名称")],
    division: Annotated[str, typer.Option("--division", help="区划代码，6、9 或 12 位")],
    level: Annotated[str, typer.Option("--level", help="county、town 或 village")] = "town",
    divisions: Annotated[Path | None, typer.Option("--divisions", help="本县区划文件（CSV）")] = None,
    user: Annotated[str, typer.Option("--user", help="第一个用户的姓名")] = "管理员",
    role: Annotated[str, typer.Option("--role", help="第一个用户的角色")] = "county-admin",
    passphrase_file: PassphraseFile = None,
    recovery_file: Annotated[Path | None, typer.Option("--recovery-file", help="把恢复码写入这个文件")] = None,
) -> None:
    """新建一个册。"""
    if level not in LEVELS:
        raise UsageError(f"--level 只能是 {'、'.join(LEVELS)}。")
    if role not in ROLES:
        raise UsageError(f"--role 只能是 {'、'.join(ROLES)}。")
    if not unit.strip():
        raise UsageError("--unit 不能为空，没有建立。")
    if not division.isdecimal() or len(division) not in (6, 9, 12):
        raise UsageError("--division 应是 6 位（县）、9 位（镇）或 12 位（村）区划代码，没有建立。")
    passphrase = passphrase_from(passphrase_file, prompt="设置口令：", confirm=True)
    workspace, code = create_workspace(
        place, unit_name=unit, level=level, division_code=division, user=user, passphrase=passphrase,
        role=role, divisions=divisions,
    )  # fmt: skip
    with workspace:
        say(f"已建立：{unit}（{division}），用户 {user}。")
        if recovery_file is not None:
            try:
                if recovery_file.exists():
                    raise UsageError(f"{recovery_file.name} 已存在，没有覆盖。")
                write_text(recovery_file, code + "\n")
            except XiangceError as error:  # the code is shown once or never: it must not be lost with the file
                note(f"恢复码没有写入文件。{error}")
            else:
                say(f"恢复码已写入 {recovery_file}，请打印后妥善保存并删除该文件。")
                return
        say(f"恢复码（只显示这一次，请抄写或打印后妥善保存）：{code}")


def open_(place: Place) -> None:
    """打开窗口。"""
    if not is_postgres(place):
        find(Path(place))  # a mistyped place is answered here, before a window opens
    from desktop.app.window import open_window

    raise typer.Exit(open_window(place))


def digest(
    place: Place,
    scope: Annotated[str | None, typer.Option("--scope", help="只算这个区划之内的记录")] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """共享内容的校验值：内容相同的登记册，校验值相同。"""
    with opened(place, passphrase_file, user) as ws:
        if scope is not None and not (scope.isdecimal() and 2 <= len(scope) <= 12):
            raise UsageError(f"“{scope}”不是区划代码。")
        say(ws.register.digest(scope))


def dump(
    place: Place,
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """共享内容的规范文本（JSON 行），证件号码不遮盖；会记入导出记录。"""
    with opened(place, passphrase_file, user) as ws:
        ws.require("plain-export")
        with ws.register.noting():  # nothing leaves that cannot be logged
            pass
        lines = 0
        try:
            lines = ws.register.dump(sys.stdout)
        finally:  # also when the reader at the other end of a pipe had enough
            log_plain_export(ws, "dump", purpose, ["all"], lines, with_id=True)


def rebuild(place: Place, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """由变更记录重建所有表；校验值不变。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        before = ws.register.digest()
        ws.register.rebuild()
        after = ws.register.digest()
        if before != after:
            raise RuntimeError("rebuild changed the digest")
        say(f"已重建，校验值 {after}。")


def undo(
    place: Place,
    unit: Annotated[str | None, typer.Argument(metavar="UNIT", help="变更批次的标识")] = None,
    merge: Annotated[
        int | None, typer.Option("--merge", min=1, max=10**9, metavar="N", help="撤回整次合并，编号见 merges")
    ] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
    yes: Annotated[bool, typer.Option("--yes", help="有后续修改也撤回")] = False,
) -> None:
    """撤回一次变更（导入、合并中的决定、修改），或用 --merge 撤回整次合并。"""
    if (unit is None) == (merge is None):
        raise UsageError("请给出变更批次，或用 --merge 给出合并的编号。")
    with opened(place, passphrase_file, user, write=True) as ws:
        if merge is not None:
            undoing.merge_of(ws, merge)
            later = undoing.resting_on_merge(ws, merge)
        else:
            unit_id = _unit(ws.register.units(10000), unit or "")
            later = undoing.resting_on_unit(ws, unit_id)
        if later and not yes:
            say(f"有 {len(later)} 处后来的修改建立在这次{'合并' if merge else '变更'}之上：")
            for r in later[:RESTING_LISTED]:
                say(f"    {r.record_word}\t{r.title}\t{r.what}\t{r.who}\t{r.when:%Y-%m-%d %H:%M}")
            if len(later) > RESTING_LISTED:
                say(f"    ……另有 {len(later) - RESTING_LISTED} 处")
            say("仍要撤回请加 --yes。没有改变任何内容。")
            raise typer.Exit(1)
        result = undoing.take_back_unit(ws, unit_id) if merge is None else undoing.take_back_merge(ws, merge)
        kinds = "、".join(table_label(k) for k in sorted(result.kinds)) or "0 项"
        say(f"已撤回，涉及 {kinds}；撤回本身的批次是 {result.unit_id}。")


def merges(
    place: Place,
    number: Annotated[int | None, typer.Argument(metavar="N", min=1, max=10**9, help="只看这次合并带来的批次")] = None,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="最多列出多少次")] = 50,
) -> None:
    """列出合并过的数据包；给出编号时列出那次带来的变更批次。"""
    with opened(place, passphrase_file, user) as ws:
        if number is not None:
            undoing.merge_of(ws, number)
            rows = [
                {**vars(u), "when": u.when.isoformat(timespec="minutes"), "kinds": "、".join(u.kinds)}
                for u in undoing.units_of_merge(ws, number)
            ]
            columns = {
                "unit_id": "批次", "when": "时间", "who": "经办", "device": "设备", "reason": "事由", "kinds": "涉及",
                "operations": "变更", "standing": "仍计入",
            }  # fmt: skip
        else:
            rows = [{**vars(m), "when": m.when.isoformat(timespec="minutes")} for m in undoing.merges(ws, limit)]
            columns = {
                "arrival": "编号", "when": "时间", "device": "来自", "file_name": "文件", "units": "批次",
                "operations": "变更", "standing": "仍计入",
            }  # fmt: skip
    if as_json:
        say_json(rows)
    elif not rows:
        say("还没有合并过带来新内容的数据包。")
    else:
        say_table([{**row, "when": clock(str(row["when"]))} for row in rows], columns)


def units(
    place: Place, passphrase_file: PassphraseFile = None, user: UserName = None, as_json: AsJson = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="最多列出多少批")] = 50,
) -> None:  # fmt: skip
    """列出最近的变更批次。"""
    with opened(place, passphrase_file, user) as ws:
        rows = [
            {
                "unit": u.unit_id.hex(), "who": u.who, "reason": u.reason, "source": u.source,
                "at": datetime.fromtimestamp(u.at_ms / 1000).astimezone().isoformat(timespec="seconds"),
            }
            for u in ws.register.units(limit)
        ]  # fmt: skip
    if as_json:
        say_json(rows)
    else:
        shown = [{**row, "at": clock(row["at"])} for row in rows]
        say_table(shown, {"unit": "批次", "at": "时间", "who": "经办", "reason": "事由"})


def _unit(known: list, text: str) -> str:  # type: ignore[type-arg]
    found = [u.unit_id.hex() for u in known if u.unit_id.hex().startswith(text.lower())]
    if len(found) != 1:
        raise UsageError(f"{'没有' if not found else '不止一个'}以 {text} 开头的变更批次。")
    return str(found[0])
