"""Commands for configuration: config get, set, import, export."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.app import configuring
from desktop.app.commands.common import PassphraseFile, Place, UserName, opened, say, say_json, write_text
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.policies import POLICIES

config_app = typer.Typer(help="设置和代码表。", add_completion=False, rich_markup_mode=None)
Key = Annotated[str, typer.Argument(metavar="KEY")]


@config_app.command("get")
def get(
    place: Place, key: Annotated[str | None, typer.Argument(metavar="[KEY]")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """查看设置。"""
    with opened(place, passphrase_file, user) as ws:
        found = configuring.settings(ws)
    if key is None:
        say_json(found)
    elif key in found:
        say_json(found[key])
    elif key in POLICIES:
        say_json(POLICIES[key].default)
    else:
        raise UsageError(f"没有设置 {key}。")


@config_app.command("set")
def set_(
    place: Place, key: Key, value: Annotated[str, typer.Argument(metavar="VALUE", help="JSON 或文字")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """修改设置。"""
    parsed: Any
    try:
        parsed = json.loads(value)
    except ValueError:
        if value.lstrip()[:1] in ("{", "[", '"'):
            raise InputRefused(f"“{value}”不是完整的 JSON，没有保存。") from None
        parsed = value
    if isinstance(parsed, float):
        parsed = value
    with opened(place, passphrase_file, user, write=True) as ws:
        configuring.set_setting(ws, key, parsed)
    if key in POLICIES:
        say("已保存。")
        return
    near = get_close_matches(key, POLICIES, 1)
    meant = f"是不是 {near[0]}（{POLICIES[near[0]].meaning}）？" if near else ""
    say(f"已保存。程序没有叫 {key} 的办法，这一项只是记着，不改变任何计算。{meant}")


@config_app.command("export")
def export(
    place: Place, output: Annotated[Path, typer.Option("-o", "--output", metavar="F.json")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """导出设置和代码项。"""
    with opened(place, passphrase_file, user) as ws:
        data = configuring.export_configuration(ws)
    write_text(output, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    say(f"已导出 {output}。")


@config_app.command("import")
def import_(
    place: Place, source: Annotated[Path, typer.Argument(metavar="F.json")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """导入设置和代码项。"""
    try:
        data = json.loads(source.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputRefused("读不到配置文件，或它不是 JSON；没有写入任何内容。") from error
    with opened(place, passphrase_file, user, write=True) as ws:
        say(f"已导入 {configuring.import_configuration(ws, data)} 项。")
