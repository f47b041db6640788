"""Commands between laptops and the county: enrol, export, peek, merge, conflicts, resolve, admit, refuse."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, clock, opened, places, say, say_json
from desktop.app.exchange import exchanging
from desktop.app.records.record_names import RecordNames
from desktop.common.errors import UsageError, XiangceError
from desktop.registry.labels import table_label

enrol_app = typer.Typer(help="设备入册：申请、签发、接受、停用。", add_completion=False, rich_markup_mode=None)
Output = Annotated[Path, typer.Option("-o", "--output", metavar="F", help="写出的文件")]


@enrol_app.command("request")
def enrol_request(
    place: Place, output: Output, name: Annotated[str, typer.Option("--name", help="这台电脑的名称")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """写出本机的入册申请。"""
    with opened(place, passphrase_file, user) as ws:
        asked = exchanging.write_request(ws, output, name)
    say(f"申请已写入 {output}。请与县级核对指纹：{asked.fingerprint}")


@enrol_app.command("approve")
def enrol_approve(
    place: Place,
    source: Annotated[Path, typer.Argument(metavar="F", help="申请文件")],
    scope: Annotated[list[str], typer.Option("--scope", metavar="CODE", help="可管的区划代码，可多次给出")],
    role: Annotated[str, typer.Option("--role", help="角色")],
    output: Output,
    relay: Annotated[bool, typer.Option("--relay", help="可转送其他设备的变更（镇级）")] = False,
    beyond: Annotated[bool, typer.Option("--beyond", help="区划代码可在本县之外（代管外地的村）")] = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """（县级）签发证书。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        made = exchanging.approve_request(ws, source, output, divisions=scope, role=role, relay=relay, beyond=beyond)
        codes = places(ws, made.divisions)
    say(f"证书已写入 {output}：{made.unit_name}（{made.device_name}），区划 {codes}，至 {made.valid_until}。")
    say(f"设备指纹：{made.fingerprint}")
    say(f"项目指纹（请对方接受时核对）：{made.programme_fingerprint}")


@enrol_app.command("accept")
def enrol_accept(
    place: Place, source: Annotated[Path, typer.Argument(metavar="F2", help="证书文件")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """接受县级签发的证书；此前录入的内容全部保留。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        accepted = exchanging.accept_certificate(ws, source)
        scope = places(ws, accepted.certificate.divisions)
    own = accepted.certificate
    say(f"已加入项目，区划范围 {scope}。项目指纹：{own.programme_fingerprint}")
    if accepted.outside:
        say(f"有 {accepted.outside} 条此前录入的记录不在该范围之内：本机保留，县级合并时会单列待定。")
        raise typer.Exit(1)


@enrol_app.command("revoke")
def enrol_revoke(
    place: Place, device: Annotated[str, typer.Argument(metavar="DEVICE", help="设备名称或密钥开头")],
    reason: Annotated[str, typer.Option("--reason", help="事由")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """（县级）停用一台设备。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        found = exchanging.revoke_device(ws, device, reason)
    say(f"已停用 {found.name}；它此后制作的数据包不再合并。停用名单随下发包传给各设备。")


@enrol_app.command("list")
def enrol_list(
    place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None
) -> None:
    """列出已知设备。"""
    with opened(place, passphrase_file, user) as ws:
        found = exchanging.devices_of(ws)
        divisions = [places(ws, d.divisions) for d in found]
    if as_json:
        say_json([{**vars(d), "device": d.device.hex()} for d in found])
        return
    for d, where in zip(found, divisions, strict=True):
        state = "已停用" if d.revoked else "本机" if d.is_self else "在用"
        say(f"{d.device.hex()[:16]}\t{d.name}\t{d.unit_name}\t{where}\t{state}")


def export(
    place: Place,
    output: Output,
    to: Annotated[list[str] | None, typer.Option("--to", metavar="DEVICE", help="收件设备，或 county")] = None,
    full: Annotated[bool, typer.Option("--full", help="全部内容，不只是对方缺少的")] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """导出加密签名的数据包。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        made = exchanging.export(ws, output, to=to or [], full=full)
    if as_json:
        say_json({**vars(made), "path": str(made.path)})
    else:
        say(f"已导出 {made.path}：{made.operations} 条变更，{made.attachments} 个附件，发给 {made.recipient}。")
        say(f"校验值 {made.digest}")


def peek(
    source: Annotated[Path, typer.Argument(metavar="F.xcp", help="数据包")],
    place: Annotated[str | None, typer.Option("--register", help="用这个册的钥匙查看范围")] = None,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """查看数据包，不合并。"""
    if place is None:
        seen = exchanging.peek(None, source)
        scope = places(None, seen.scope)
    else:
        with opened(place, passphrase_file, user) as ws:
            seen = exchanging.peek(ws, source)
            scope = places(ws, seen.scope)
    if as_json:
        say_json(vars(seen))
        return
    say(f"编号 {seen.package_id}\n制作 {clock(seen.made_at)}\n发送 {seen.sender}\n接收 {'、'.join(seen.recipients)}")
    say(f"内容 {'，'.join(f'{exchanging.COUNT_WORDS.get(k, k)} {n}' for k, n in seen.counts.items())}")
    if seen.scope:
        say(f"区划范围 {scope}")
    if seen.already:
        say("此包已合并。")
    if seen.problem:
        say(seen.problem)


def merge(
    place: Place,
    sources: Annotated[list[Path], typer.Argument(metavar="F.xcp…", help="数据包")],
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """合并数据包；每个包全部合并或完全不变。"""
    results: list[dict[str, Any]] = []
    worst = 0
    with opened(place, passphrase_file, user, write=True) as ws:
        for source in sources:
            try:
                report = exchanging.merge(ws, source)
            except XiangceError as error:
                results.append({"file": source.name, "merged": False, "message": str(error)})
                worst = max(worst, error.exit_code)
                continue
            results.append({"file": source.name, "merged": True, **vars(report)})
            if not report.already and (report.conflicts or report.cases or report.outside_scope):
                worst = max(worst, 1)
        conflicts = len(ws.register.conflicts())
    if as_json:
        say_json(results)
    else:
        for result in results:
            say(exchanging.merge_sentence(result))
        if conflicts:
            say(f"现有 {conflicts} 处冲突待处理，用 xiangce conflicts 查看。")
    if worst:
        raise typer.Exit(worst)


def conflicts(
    place: Place,
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖（需导出权限）")] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """列出待处理的冲突和合并后的疑点。"""
    with opened(place, passphrase_file, user) as ws:
        if with_id:
            ws.require("plain-export")
        views = [v if with_id else exchanging.masked_view(v) for v in exchanging.conflict_views(ws)]
        cases = exchanging.cases(ws)
        names = RecordNames(ws)
        titles = [names.title(case.table, case.row_id) for case in cases]
    if as_json:
        said = [{"kind": "case", **vars(c), "title": title} for c, title in zip(cases, titles, strict=True)]
        say_json([exchanging.plain_conflict(v) for v in views] + said)
    else:
        for view in views:
            say(f"{view.case}\t{view.record_word}\t{view.title}\t{view.field_word}\t原为 {view.ancestor}")
            for number, c in enumerate(view.choices, 1):
                when = datetime.fromtimestamp(c.at_ms / 1000).astimezone()
                say(f"    {number}. {c.value}\t{c.who}\t{c.device}\t{when:%Y-%m-%d %H:%M}\t{c.reason}")
        for case, title in zip(cases, titles, strict=True):
            say(f"疑点\t{table_label(case.table)}\t{title}\t{case.message}")
        if not views and not cases:
            say("没有冲突。")
    if views or cases:
        raise typer.Exit(1)


def resolve(
    place: Place,
    case: Annotated[str, typer.Argument(metavar="CASE", help="冲突编号")],
    take: Annotated[int | None, typer.Option("--take", help="采用第几项")] = None,
    value: Annotated[str | None, typer.Option("--value", help="改为这个值")] = None,
    reason: Annotated[str, typer.Option("--reason", help="事由")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """处理一处冲突。"""
    if (take is None) == (value is None):
        raise UsageError("请用 --take 或 --value 给出一种处理。")
    parsed: Any = value
    if value is not None and value.startswith(("[", "{")):
        try:
            parsed = json.loads(value)
        except ValueError:
            raise UsageError("--value 不是完整的 JSON。") from None
    with opened(place, passphrase_file, user, write=True) as ws:
        left = exchanging.resolve(ws, case, take=take, value=parsed, reason=reason)
    say(f"已处理，还有 {left} 处冲突。" if left else "已处理，没有冲突了。")


def outside(
    place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None
) -> None:
    """列出因不在设备区划范围而待定的变更。"""
    with opened(place, passphrase_file, user) as ws:
        waiting = exchanging.outside_scope(ws)
    if as_json:
        say_json([vars(w) for w in waiting])
    else:
        for w in waiting:
            say(f"{w.op_id}\t{w.record_word}\t{w.title}\t{w.change}\t{w.who}\t{w.device}")
        say(f"共 {len(waiting)} 条。")
    if waiting:
        raise typer.Exit(1)


def admit(
    place: Place, operations: Annotated[list[str], typer.Argument(metavar="OP…", help="变更编号，或 all")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """（县级）允许范围外的变更计入。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(f"已允许 {exchanging.decide_scope(ws, operations, admit=True)} 条。")


def refuse(
    place: Place, operations: Annotated[list[str], typer.Argument(metavar="OP…", help="变更编号，或 all")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """（县级）不计入范围外的变更；内容仍保留备查。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(f"已不计入 {exchanging.decide_scope(ws, operations, admit=False)} 条。")
