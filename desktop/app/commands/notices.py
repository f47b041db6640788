"""Commands for notices: draft one from a case, write down objections, announce the result; steps move it."""

from __future__ import annotations

from typing import Annotated

import typer

from desktop.app.cases.notices import (
    handle_objection,
    make_notice,
    make_result_announcement,
    notice_doubts,
    receive_objection,
    refresh_notice,
)
from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, pairs, say, say_json
from desktop.app.commands.records import RowId
from desktop.app.records import records

notice_app = typer.Typer(help="公示公告：拟稿、检查、异议、结果。", add_completion=False, rich_markup_mode=None)
On = Annotated[str | None, typer.Option("--on", help="日期，默认今天")]


@notice_app.command("draft")
def draft(
    place: Place,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="registration、distribution、disposal、division（年度）")
    ],
    row_id: RowId,
    values: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="要改的字段=值")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="公示类型，默认按事项")] = None,
    start: Annotated[str | None, typer.Option("--start", help="首日，默认今天")] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, help="天数，首尾都算，默认最少天数")] = None,
    year: Annotated[int | None, typer.Option("--year", help="年度运营公告的年度")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """按事项拟一份公示，输出它的标识。"""
    from desktop.registry.codelists import code_for

    with opened(place, passphrase_file, user, write=True) as ws:
        full = records.find_id(ws, table, row_id)
        code = code_for("notice_type", kind) or kind if kind else None
        say(make_notice(ws, table, full, code, start=start, days=days, year=year, values=pairs(values or [])))


@notice_app.command("check")
def check(
    place: Place, row_id: RowId, as_json: AsJson = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """隐私检查：哪些内容不能上墙；有的话退出码为 1。"""
    with opened(place, passphrase_file, user) as ws:
        doubts = notice_doubts(ws, records.find_id(ws, "notice", row_id))
    if as_json:
        say_json([{k: v for k, v in vars(d).items() if k != "word"} for d in doubts])
    else:
        for doubt in doubts:
            say(doubt.sentence)
        say(f"{len(doubts)} 处要改。" if doubts else "没有不能上墙的内容。")
    if doubts:
        raise typer.Exit(1)


@notice_app.command("refresh")
def refresh(place: Place, row_id: RowId, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """按事项重新生成草稿的名单，正文不动。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        done = refresh_notice(ws, records.find_id(ws, "notice", row_id))
    say("名单已重新生成。" if done.operations else "名单没有变化，没有写入。")


@notice_app.command("object")
def object_(
    place: Place, row_id: RowId,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="异议内容")],
    on: On = None,
    who: Annotated[str, typer.Option("--who", help="反映人，可不写")] = "",
    phone: Annotated[str, typer.Option("--phone", help="电话，可不写")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """登记一条异议，输出它的标识。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        full = records.find_id(ws, "notice", row_id)
        say(receive_objection(ws, full, what, on=records.day(on or records.today()), who=who, phone=phone))


@notice_app.command("settle")
def settle(
    place: Place,
    objection: Annotated[str, typer.Argument(metavar="OBJECTION", help="异议的标识")],
    handling: Annotated[str, typer.Argument(metavar="HANDLING", help="处理情况")],
    upheld: Annotated[bool, typer.Option("--upheld/--not-upheld", help="异议是否成立")] = False,
    on: On = None, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """登记一条异议的处理。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        full = records.find_id(ws, "objection", objection)
        handle_objection(ws, full, handling, on=records.day(on or records.today()), upheld=upheld)
    say("已登记处理情况。")


@notice_app.command("result")
def result(place: Place, row_id: RowId, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """公示结束后，拟一份结果公告，输出它的标识。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(make_result_announcement(ws, records.find_id(ws, "notice", row_id)))
