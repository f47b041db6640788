"""Commands for inspections: sample of a plan, due list, progress, an asset checked with its problems, care, overdue."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from desktop.app.cases import inspections
from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, pairs, say, say_json
from desktop.app.money.money_books import checked_division
from desktop.app.records import records
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.registry.codelists import code_for, items, word

Line = TypeVar("Line")
inspect_app = typer.Typer(help="检查盘点、问题整改、管护。", add_completion=False, rich_markup_mode=None)
Today = Annotated[str | None, typer.Option("--on", help="以哪天为准，默认今天")]
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="检查计划的标识")]


def sample(
    place: Place,
    plan: Annotated[str, typer.Option("--plan", metavar="ID", help="检查计划的标识")],
    seed: Annotated[str, typer.Option("--seed", help="种子文字，当众说定")] = "",
    count: Annotated[int | None, typer.Option("--count", help="抽多少项")] = None,
    rate: Annotated[str | None, typer.Option("--rate", help="抽多大比例，如 1/5 或 0.2")] = None,
    strata: Annotated[str, typer.Option("--strata", help="分层：village 或 category")] = "",
    reserves: Annotated[int, typer.Option("--reserves", min=0, help="备选几项")] = 0,
    seal: Annotated[bool, typer.Option("--seal", help="只封存名单，不抽取")] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """封存检查计划的名单，或按种子抽取；同一名单同一种子在任何机器上结果相同。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        full = records.find_id(ws, "inspection_plan", plan)
        if seal:
            sealed = inspections.seal_list(ws, full)
            say(f"已封存 {sealed['population']} 项，指纹 {sealed['fingerprint']}。")
            return
        share = None
        if rate is not None:
            try:
                share = Fraction(rate)
            except (ValueError, ZeroDivisionError):
                raise UsageError(f"“{rate}”不是比例，应写作 1/5 或 0.2。") from None
        drawn = inspections.draw_sample(
            ws, full, seed=seed, count=count, rate=share, strata=strata, reserves=reserves
        )
        with ws.register.reading() as sql:
            names = {i: n or "" for i, n in sql.in_chunks("SELECT id,name FROM asset WHERE id IN (*)", drawn.chosen)}
    if as_json:
        say_json(vars(drawn))
        return
    for number, row in enumerate(drawn.chosen, 1):
        say(f"{number}\t{row}\t{names.get(row, '')}")
    say(f"名单 {drawn.population} 项，抽取 {len(drawn.chosen)} 项，指纹 {drawn.fingerprint}。")


@inspect_app.command("list")
def list_(place: Place, plan: Plan, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """按计划（抽过样的按样本）列出应查清单。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        made = inspections.make_due_list(ws, records.find_id(ws, "inspection_plan", plan))
        waiting = len(inspections.waiting_assets(ws, records.find_id(ws, "inspection_plan", plan), records.today()))
    say(f"新列出 {made} 项；应查清单上还有 {waiting} 项没有查。")


def _of_plan(
    place: str, plan: str, on: str | None, ask: Callable[[Workspace, str, str], list[Line]],
    passphrase_file: Path | None, user: str | None,
) -> list[Line]:  # fmt: skip
    """What is asked about a plan as of a day (today)."""
    with opened(place, passphrase_file, user) as ws:
        day = records.day(on) if on else records.today()
        return ask(ws, records.find_id(ws, "inspection_plan", plan), day)


@inspect_app.command("progress")
def progress(
    place: Place, plan: Plan, on: Today = None, as_json: AsJson = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """各村已查、应查、问题、销号、逾期。"""
    lines = _of_plan(place, plan, on, inspections.progress_of, passphrase_file, user)
    if as_json:
        say_json([vars(line) for line in lines])
        return
    say("村\t已查/应查\t问题\t已销号\t逾期")
    for line in lines:
        say(f"{line.village}\t{line.done}/{line.due}\t{line.found}\t{line.closed}\t{line.overdue}")


@inspect_app.command("due")
def due(
    place: Place, plan: Plan, on: Today = None, as_json: AsJson = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """计划中还没有查的资产。"""
    lines = _of_plan(place, plan, on, inspections.waiting_assets, passphrase_file, user)
    if as_json:
        say_json([vars(line) for line in lines])
        return
    for line in lines:
        late = "\t已逾期" if line.late else ""
        say(f"{line.inspection}\t{line.asset_no}\t{line.name}\t{line.village}\t{line.due_date}{late}")
    say(f"共 {len(lines)} 项没有查。")


@inspect_app.command("record")
def record(
    place: Place,
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="资产的标识（二维码里的就是它）或编号")],
    values: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="字段=值")] = None,
    plan: Annotated[str | None, typer.Option("--plan", help="属于哪个检查计划")] = None,
    finding: Annotated[list[str] | None, typer.Option("--finding", help="问题，类型:内容，可写几个")] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """登记一项资产的检查结果和发现的问题，输出检查和问题的标识。"""
    found = []
    kinds = "、".join(item.name for item in items("finding_kind"))
    for text in finding or []:
        kind, colon, what = text.partition(":")
        code = code_for("finding_kind", kind)
        if not colon or not what or code is None:
            raise UsageError(f"“{text}”的写法应为 类型:内容，类型：{kinds}。")
        found.append({"kind": code, "what": what})
    with opened(place, passphrase_file, user, write=True) as ws:
        full = inspections.asset_of_code(ws, asset) or records.find_id(ws, "asset", asset)
        row = None
        if plan:
            row = inspections.due_row(ws, records.find_id(ws, "inspection_plan", plan), full) or None
            if row is None:
                raise UsageError("这项资产不在计划的应查清单里，没有保存。")
        typed = pairs(values or [])
        done = inspections.record_inspection(ws, {**typed, "asset_id": full}, found, inspection=row)
        proposed = inspections.findings_proposed(ws, full, ws.register.row("inspection", done.inspection) or {})
    say(done.inspection)
    for made in done.findings:
        say(made)
    if proposed and not found:
        for kind, what in proposed:
            say(f"可能的问题：{word('finding_kind', kind)}，{what}")


@inspect_app.command("care")
def care(
    place: Place, on: Today = None,
    division: Annotated[str, typer.Option("--division", help="区划代码开头")] = "",
    only_due: Annotated[bool, typer.Option("--due", help="只列到期的")] = False,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """公益性资产的管护：管护人、上次、下次应管护的日期、今年支出和经费。"""
    with opened(place, passphrase_file, user) as ws:
        lines = inspections.care_of(ws, records.day(on) if on else records.today(), checked_division(division),
                                     only_due=only_due)  # fmt: skip
    if as_json:
        say_json([vars(line) for line in lines])
        return
    for line in lines:
        budget = "未定" if line.budget_fen is None else format_yuan(line.budget_fen)
        late = "\t已逾期" if line.late else ""
        say(f"{line.asset_no}\t{line.name}\t{line.village}\t{line.keeper}\t{line.last or '没有管护过'}\t{line.next_due}"
            f"\t{format_yuan(line.cost_fen)}/{budget}{late}")  # fmt: skip
    say(f"共 {len(lines)} 项，逾期 {sum(1 for line in lines if line.late)} 项。")


@inspect_app.command("overdue")
def overdue(
    place: Place, on: Today = None,
    division: Annotated[str, typer.Option("--division", help="区划代码开头")] = "",
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """各责任单位没有销号的和逾期的问题。"""
    with opened(place, passphrase_file, user) as ws:
        lines = inspections.overdue_units(ws, records.day(on) if on else records.today(), checked_division(division))
    if as_json:
        say_json([vars(line) for line in lines])
        return
    say("责任单位\t未销号\t逾期\t最长逾期天数")
    for line in lines:
        say(f"{line.unit}\t{line.open}\t{line.overdue}\t{line.longest_days}")


