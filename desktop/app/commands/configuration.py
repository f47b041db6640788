"""Commands for configuration: the county's rules (list, show, get, set, unset), its code lists, import and export."""

from __future__ import annotations

import json
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    opened,
    say,
    say_json,
    say_table,
    write_text,
)
from desktop.app.county import code_items, configuring, county_rules
from desktop.app.papers.plain_exports import log_plain_export
from desktop.common.errors import InputRefused, UsageError
from desktop.registry import codelists
from desktop.registry.policies import POLICIES

config_app = typer.Typer(help="县里的规定和代码表。", add_completion=False, rich_markup_mode=None)
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


@config_app.command("unset")
def unset(place: Place, key: Key, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """恢复默认：去掉县里设定的值。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        if key not in POLICIES and key not in configuring.settings(ws):
            raise UsageError(f"没有设置 {key}。")
        configuring.set_setting(ws, key, None)
    say("已恢复默认。" if key in POLICIES else "已去掉。")


@config_app.command("county")
def county(place: Place, key: Key, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """改用县里的：去掉本机登记到县里之前自己定的值。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        count = county_rules.use_the_countys(ws, key)
        now = county_rules.rule(ws, key).line.now
    say(f"{'已改用县里的' if count else '本机没有自己定过'}，现在：{now}。")


@config_app.command("list")
def list_(place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """列出县里的规定：现在是多少，谁在什么时候定的。"""
    with opened(place, passphrase_file, user) as ws:
        lines, version = county_rules.rules(ws), county_rules.version(ws)
    if as_json:
        say_json({"version": asdict(version), "rules": [asdict(line) for line in lines]})
        return
    say(f"{county_rules.version_sentence(version)}。")
    rows = []
    for r in lines:
        own = "本机定的" if r.set_here else "县里定的" if r.own else "默认"
        rows.append({**asdict(r), "own": own, "set": f"{r.set_by} {r.set_at}".strip()})
    heads = {"group": "类别", "key": "名称", "title": "规定", "now": "现在", "own": "来自", "set": "谁定的"}
    say_table(rows, heads)


@config_app.command("show")
def show(place: Place, key: Key, as_json: AsJson = False, passphrase_file: PassphraseFile = None,
         user: UserName = None) -> None:  # fmt: skip
    """一项规定的含义、依据、默认、现在的值和改过几次。"""
    with opened(place, passphrase_file, user) as ws:
        found = county_rules.rule(ws, key)
    if as_json:
        say_json({
            "key": key, "title": found.form.title, "group": found.form.group, "meaning": found.meaning,
            "source": found.form.source, "default": found.default, "value": found.value, "own": found.line.own,
            "history": [asdict(change) for change in found.history],
        })  # fmt: skip
        return
    say(f"{found.form.group}：{found.form.title}（{key}）")
    say(f"{found.meaning}。")
    say(f"现在：{found.line.now}{'' if found.line.own else '（默认）'}")
    say(f"默认：{found.default_word}；依据：{found.form.source}")
    for change in found.history:
        back = "，已撤回" if change.taken_back else ""
        say(f"{change.when} {change.who}：{change.before} → {change.after}{back}")


ListName = Annotated[str, typer.Argument(metavar="LIST", help="代码表，如 income_use 或 收益用途")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="项目的代码")]
From = Annotated[str, typer.Option("--from", help="从哪天起可用")]
Until = Annotated[str, typer.Option("--until", help="从哪天起停用")]
After = Annotated[str, typer.Option("--after", help="排在哪一项之后；^ 排在最前；不写排在最后（其他之前）")]


@config_app.command("items")
def items(
    place: Place, name: Annotated[str | None, typer.Argument(metavar="[LIST]")] = None, as_json: AsJson = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """列出代码表，或一张代码表的各项和用在哪里。"""
    with opened(place, passphrase_file, user) as ws:
        if name is None:
            found: list[Any] = list(code_items.lists(ws))
            heads = {"name": "代码表", "word": "名称", "in_use": "可用", "added": "县里加的", "ended": "已停用"}
        else:
            found = list(code_items.items_of(ws, code_items.list_named(name)))
            heads = {"code": "代码", "name": "名称", "state": "状态", "valid_from": "启用", "valid_to": "停用",
                     "used": "用到", "where": "用在"}  # fmt: skip
    rows = [asdict(line) for line in found]
    if as_json:
        say_json(rows)
    else:
        say_table(rows, heads)


@config_app.command("item-add")
def item_add(
    place: Place, list_name: ListName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="名称，如 村内道路养护")],
    code: Annotated[str, typer.Option("--code", help="代码；不写由程序编")] = "",
    like: Annotated[str, typer.Option("--like", help="和现有哪一项一样办理（附件种类、资金来源等要写）")] = "",
    valid_from: From = "", valid_to: Until = "", after: After = "",
    note: Annotated[str, typer.Option("--note", help="备注，如文号")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """给代码表加一项；随县里的数据包下发到各镇。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        made, _unit = code_items.add_item(
            ws, code_items.list_named(list_name), name, code=code, valid_from=valid_from, valid_to=valid_to, like=like,
            after=after, note=note,
        )  # fmt: skip
    say(f"已加：{name}（{made}）。")


@config_app.command("item-set")
def item_set(
    place: Place, list_name: ListName, code: Code,
    name: Annotated[str | None, typer.Option("--name", help="改名称")] = None,
    valid_from: Annotated[str | None, typer.Option("--from", help="改启用日期")] = None,
    valid_to: Annotated[str | None, typer.Option("--until", help="改停用日期；写空的去掉，再用起来")] = None,
    after: Annotated[str | None, typer.Option("--after", help="改位置：排在哪个代码之后")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """改代码表里的一项：名称、日期、位置。"""
    given = {"name": name, "valid_from": valid_from, "valid_to": valid_to, "stands_after": after}
    values = {key: value for key, value in given.items() if value is not None}
    if not values:
        raise UsageError("没有写要改什么。")
    with opened(place, passphrase_file, user, write=True) as ws:
        code_items.change_item(ws, code_items.list_named(list_name), code, **values)
    say("已保存。")


@config_app.command("item-end")
def item_end(
    place: Place, list_name: ListName, code: Code,
    on: Annotated[str, typer.Option("--on", help="从哪天起停用，不写是今天")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """停用代码表里的一项：不再能选，旧记录照样显示。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        chosen = code_items.list_named(list_name)
        code_items.end_item(ws, chosen, code, on)
        name = codelists.word(chosen, code)
    say(f"已停用：{name}。旧记录照样显示它。")


@config_app.command("export")
def export(
    place: Place, output: Annotated[Path, typer.Option("-o", "--output", metavar="F.json")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """导出设置和代码项（其中有镇村干部名单，记入导出记录）。"""
    with opened(place, passphrase_file, user) as ws:
        ws.require("plain-export")
        data = configuring.export_configuration(ws)
        write_text(output, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        columns = [*data["settings"], "code_items"]
        count = len(data["settings"]) + len(data["code_items"])
        log_plain_export(ws, "configuration", "规定和代码表", columns, count, file=output)
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
