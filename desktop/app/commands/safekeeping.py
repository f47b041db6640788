"""Commands that keep a register safe: backup, restore, check, users."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, passphrase_from, say, say_json
from desktop.app.keeping import safekeeping
from desktop.app.keeping.self_check import SEVERITIES, check_register
from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import open_workspace
from desktop.common.errors import UsageError
from desktop.store.keys import ROLES
from desktop.store.postgres_database import is_postgres

users_app = typer.Typer(help="用户、角色和口令。", add_completion=False, rich_markup_mode=None)


def backup(
    place: Place,
    output: Annotated[Path, typer.Option("-o", "--output", help="备份文件（.xcbak）")],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把整个册（含附件）备份成一个加密文件，并回读检查；服务器上的册只备份本机的草稿。"""
    with opened(place, passphrase_file, user) as ws:
        if safekeeping.on_server(ws):
            count = safekeeping.back_up_drafts(ws, output)
            say(f"已把本机没有办完的 {count} 份草稿和设置备份到 {output}；原件在 {safekeeping.drafts_place(ws)}。")
            say("册里的记录和附件在服务器上，不在这份备份里，要由数据库服务器备份（如 pg_dump）。")
            return
        digest = safekeeping.back_up(ws, output)
    say(f"已备份到 {output}，校验值 {digest}。")


def restore(
    source: Annotated[Path, typer.Argument(metavar="F", help="备份文件")],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="REGISTER", help="恢复到的新文件夹；草稿备份写服务器上的册")
    ],
    recovery: Annotated[str | None, typer.Option("--recovery", help="用恢复码打开")] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把备份恢复到一个新文件夹；把服务器册的草稿备份取回本机。"""
    if is_postgres(output):
        with opened(output, passphrase_file, user) as ws:
            taken, left = safekeeping.bring_back_drafts(ws, source)
        newer = f"；{left} 份本机已有一样新或更新的，没有动" if left else ""
        say(f"取回了 {taken} 份草稿{newer}。")
        return
    passphrase = None if recovery else passphrase_from(passphrase_file)
    missing = safekeeping.restore_backup(source, Path(output), passphrase=passphrase, recovery=recovery, user=user)
    say(f"已恢复到 {output}。")
    if missing:
        say(f"有 {len(missing)} 个附件不在备份旁边，请从原册或其他备份取回。")
        raise typer.Exit(1)


def check(place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """检查文件、变更记录、合计、份额、日期先后和唯一性；说明是哪条记录、要怎么办。"""
    with opened(place, passphrase_file, user) as ws:
        problems = check_register(ws)
    if as_json:
        say_json([vars(p) for p in problems])
    else:
        for severity, word in SEVERITIES.items():
            some = [p for p in problems if p.severity == severity]
            if some:
                say(f"{word}（{len(some)} 处）")
            for problem in some:
                say(f"  {problem.sentence}")
        say("没有发现问题。" if not problems else f"共 {len(problems)} 处问题。")
    if problems:
        raise typer.Exit(1)


@users_app.command("list")
def list_users(
    place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None
) -> None:
    """列出用户。"""
    with opened(place, passphrase_file, user) as ws:
        rows = [{"name": u.name, "role": u.role, "active": u.active} for u in safekeeping.users(ws)]
    if as_json:
        say_json(rows)
        return
    for u in rows:
        say(f"{u['name']}\t{ROLE_WORDS.get(u['role'], u['role'])}\t{'在用' if u['active'] else '已停用'}")  # type: ignore[call-overload]


@users_app.command("add")
def add_user(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option("--role", help="、".join(ROLES))],
    new_passphrase_file: Annotated[Path, typer.Option("--new-passphrase-file", help="新用户的口令文件")],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """添加用户。"""
    if role not in ROLES:
        raise UsageError(f"--role 只能是 {'、'.join(ROLES)}。")
    with opened(place, passphrase_file, user, write=True) as ws:
        safekeeping.add_user(ws, name, role, passphrase_from(new_passphrase_file))
    say(f"已添加用户 {name}。")


@users_app.command("stop")
def stop(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """停用用户。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        safekeeping.stop_user(ws, name)
    say(f"已停用 {name}；历史记录中的姓名保留。")


@users_app.command("passphrase")
def passphrase(
    place: Place,
    new_passphrase_file: Annotated[Path, typer.Option("--new-passphrase-file", help="新口令文件")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    recovery: Annotated[str | None, typer.Option("--recovery", help="忘记口令时用恢复码打开")] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """更换口令；忘记了口令可用恢复码。"""
    ws = (
        open_workspace(place, recovery=recovery, user=user or name)
        if recovery
        else opened(place, passphrase_file, user, write=True)
    )
    with ws:
        safekeeping.change_passphrase(ws, name or ws.user, passphrase_from(new_passphrase_file))
    say("口令已更换，原口令不能再用。")


@users_app.command("resume")
def resume(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    new_passphrase_file: Annotated[Path, typer.Option("--new-passphrase-file", help="新口令文件")],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """重新启用停用过的用户，并给他新的口令。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        safekeeping.resume_user(ws, name, passphrase_from(new_passphrase_file))
    say(f"已重新启用 {name}。")


@users_app.command("role")
def role_(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option("--role", help="、".join(ROLES))],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """改变用户的角色。"""
    if role not in ROLES:
        raise UsageError(f"--role 只能是 {'、'.join(ROLES)}。")
    with opened(place, passphrase_file, user, write=True) as ws:
        safekeeping.change_role(ws, name, role)
    say(f"{name} 的角色已改为{ROLE_WORDS[role]}。")


@users_app.command("recovery-code")
def recovery_code(place: Place, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """换新的恢复码（旧的作废）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(f"新的恢复码（只显示这一次）：{safekeeping.new_recovery_code(ws)}")
