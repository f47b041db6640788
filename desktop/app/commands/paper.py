"""Commands that print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desktop.app.commands.common import PassphraseFile, Place, UserName, conditions, opened, progress_line, say
from desktop.app.money.money_books import checked_division
from desktop.app.records.records import find_id
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.money import format_wan, format_yuan
from desktop.registry.codelists import code_for

if TYPE_CHECKING:
    from desktop.app.assets.asset_papers import AssetChoice

print_app = typer.Typer(help="打印成 PDF。", add_completion=False, rich_markup_mode=None)


@print_app.command("assets")
def assets(
    place: Place,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F.pdf", help="写出的 PDF")],
    where: Annotated[list[str] | None, typer.Option("--where", help="字段=值")] = None,
    view: Annotated[str, typer.Option("--view", help="在资产台账里保存的视图：它的筛选和排序")] = "",
    text: Annotated[str, typer.Option("--text", help="名称、编号、首字母或村里含的字")] = "",
    sort: Annotated[str, typer.Option("--sort", help="排序：village、name、original_value、status、asset_no …")] = "",
    descending: Annotated[bool, typer.Option("--descending", help="从大到小")] = False,
    category: Annotated[str, typer.Option("--category", help="经营性资产、公益性资产、到户类资产（或代码）")] = "",
    village: Annotated[str, typer.Option("--division", help="区划代码开头")] = "",
    as_of: Annotated[str | None, typer.Option("--as-of", help="某日有效的权利和资产，如 2025-06-30")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    paper: Annotated[str, typer.Option("--paper", help="A4 或 A3（横向）")] = "A4",
    unit: Annotated[str, typer.Option("--money-unit", help="wan（万元）或 yuan（元）")] = "wan",
    title: Annotated[str, typer.Option("--title", help="标题")] = "",
    filled_by: Annotated[str, typer.Option("--filled-by", help="填报人")] = "",
    reviewed_by: Annotated[str, typer.Option("--reviewed-by", help="审核人")] = "",
    responsible: Annotated[str, typer.Option("--responsible", help="单位负责人")] = "",
    date: Annotated[str, typer.Option("--date", help="填报日期，照此打印")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """打印资产台账。"""
    from desktop.app.papers.asset_selection import AssetSelection, saved_selection
    from desktop.app.papers.printing import (  # fonts and canvas are loaded when something prints
        RegisterPrint,
        print_assets,
    )

    if paper not in ("A4", "A3"):
        raise UsageError("--paper 只能是 A4 或 A3。")
    if unit not in ("wan", "yuan"):
        raise UsageError("--money-unit 只能是 wan 或 yuan。")
    code = ""
    if category:
        code = code_for("asset_category", category) or ""
        if not code:
            raise UsageError(f"没有资产大类 {category}。")
    if view and (text or sort or descending):
        raise UsageError("--view 有自己的筛选和排序，不与 --text、--sort、--descending 同用。")
    wanted = RegisterPrint(
        division=checked_division(village), category=code, where=conditions(where or []), as_of=as_of,
        known_at=known_at, paper="A3" if paper == "A3" else "A4", money_unit="yuan" if unit == "yuan" else "wan",
        title=title, filled_by=filled_by, reviewed_by=reviewed_by, responsible=responsible, date=date,
    )  # fmt: skip
    with opened(place, passphrase_file, user) as ws:
        if view:
            wanted = replace(wanted, selection=saved_selection(ws, view))
        elif text or sort:
            wanted = replace(wanted, selection=AssetSelection({"text": text}, sort, descending))
        summary = print_assets(ws, output, wanted, progress_line("打印"))
    total = "—" if summary.total_original_fen is None else format_wan(summary.total_original_fen)
    say(f"已打印 {output}：{summary.rows} 项，{summary.pages} 页，原值合计 {total} 万元。")


AssetIds = Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="资产标识，不写则按条件选")]
Where = Annotated[list[str] | None, typer.Option("--where", help="字段=值")]
Category = Annotated[str, typer.Option("--category", help="资产大类（词或代码）")]
Division = Annotated[str, typer.Option("--division", help="区划代码开头")]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="F.pdf", help="写出的 PDF")]


@print_app.command("asset-card")
def asset_card(
    place: Place, output: Output, ids: AssetIds = None, where: Where = None, category: Category = "",
    division: Division = "",
    as_of: Annotated[str | None, typer.Option("--as-of", help="某日有效的权利，如 2025-06-30")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印资产卡片（含二维码和照片）。"""
    from desktop.app.assets.asset_papers import write_cards
    from desktop.app.records.records import day

    with opened(place, passphrase_file, user) as ws:
        choice = _choice(ws, ids, where, category, division)
        cards, pages = write_cards(ws, output, choice, as_of=day(as_of) if as_of else None)
    say(f"已打印 {output}：{cards} 张卡片，{pages} 页。")


@print_app.command("labels")
def labels(
    place: Place, output: Output, ids: AssetIds = None, where: Where = None, category: Category = "",
    division: Division = "",
    sheet: Annotated[str, typer.Option("--sheet", help="标签纸：3x8、2x7、2x5、2x4")] = "3x8",
    start: Annotated[int, typer.Option("--start", min=1, help="第一张纸从第几枚开始")] = 1,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印资产标签，二维码只含资产标识。"""
    from desktop.app.assets.asset_papers import write_label_sheets

    with opened(place, passphrase_file, user) as ws:
        choice = _choice(ws, ids, where, category, division)
        count, pages = write_label_sheets(ws, output, choice, sheet=sheet, start=start)
    say(f"已打印 {output}：{count} 枚标签，{pages} 页。")


@print_app.command("list")
def standard_list(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="[LIST]", help="清单名称，不写则列出全部")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="F.pdf|F.xlsx", help="写出的 PDF 或工作簿")
    ] = None,
    where: Where = None, division: Division = "",
    as_of: Annotated[str | None, typer.Option("--as-of", help="截至某日，如 2025-06-30")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    paper: Annotated[str, typer.Option("--paper", help="A4 或 A3（横向）")] = "A4",
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印清单和台账（合同、移交、处置、整改、公示等），文件名以 .xlsx 结尾则写成工作簿。"""
    from desktop.app.papers.list_papers import print_standard_list, save_standard_list
    from desktop.app.papers.list_rows import ListChoice
    from desktop.app.papers.standard_lists import LISTS, list_named

    if paper not in ("A4", "A3"):
        raise UsageError("--paper 只能是 A4 或 A3。")
    if not name:
        for known in LISTS.values():
            say(f"{known.name}\t{known.title}")
        return
    wanted = list_named(name)
    if output is None:
        raise UsageError("缺少 --output，如 -o 清单.pdf。")
    if output.suffix.lower() not in (".pdf", ".xlsx"):
        raise UsageError(f"清单写成 .pdf 或 .xlsx，不能写成 {output.name}。")
    choice = ListChoice(checked_division(division), conditions(where or []), as_of, known_at)
    with opened(place, passphrase_file, user) as ws:
        if output.suffix.lower() == ".xlsx":
            rows = save_standard_list(ws, wanted, choice, output, purpose=purpose)
            say(f"已写出 {output}：{wanted.title} {rows} {wanted.counted}。")
        else:
            rows, pages = print_standard_list(ws, wanted, choice, output, paper=paper, progress=progress_line("打印"))
            say(f"已打印 {output}：{wanted.title} {rows} {wanted.counted}，{pages} 页。")


@print_app.command("annual")
def annual(
    place: Place,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="F.pdf|F.xlsx", help="写出的 PDF 或工作簿")
    ] = None,
    year: Annotated[str, typer.Option("--year", help="评估年度，如 2025")] = "",
    first: Annotated[str, typer.Option("--from", metavar="YEAR", help="总结从哪一年起")] = "",
    last: Annotated[str, typer.Option("--to", metavar="YEAR", help="总结到哪一年止")] = "",
    division: Annotated[str, typer.Option("--division", help="县、镇或村的区划代码，不写则为本单位")] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="DIR", help="另在此文件夹写出同样的工作簿")] = None,
    each: Annotated[
        Path | None, typer.Option("--each", metavar="DIR", help="下一级每个镇（村）各一份 PDF，写入此文件夹")
    ] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印年度评估材料：封面、目录、指标和上年对照、各清单；用 --from、--to 打印几年的总结。"""
    from desktop.app.annual.annual_pack import prepare_pack, write_pack, write_packs

    if bool(year) == bool(first or last) or bool(first) != bool(last):
        raise UsageError("请写 --year 2025，或写 --from 2021 --to 2025。")
    if output is None and xlsx is None and each is None:
        raise UsageError("缺少 --output，如 -o 年度评估.pdf。")
    if output is not None and output.suffix.lower() not in (".pdf", ".xlsx"):
        raise UsageError(f"评估材料写成 .pdf 或 .xlsx，不能写成 {output.name}。")
    if xlsx is not None and not xlsx.is_dir():
        raise UsageError(f"没有文件夹 {xlsx.name}，没有写出。")
    with opened(place, passphrase_file, user) as ws:
        if each is not None:
            made_each = write_packs(ws, division, year or first, last or None, each, progress_line("打印"), known_at)
            for file in made_each.files:
                say(f"已写出 {file}")
            empty = f"；没有记录的：{'、'.join(made_each.empty)}" if made_each.empty else ""
            say(f"各地共 {len(made_each.files)} 份{empty}。")
            if output is None and xlsx is None:
                return
        pack = prepare_pack(ws, division, year or first, last or None, known_at)
        targets = [output] if output is not None else []
        targets += [xlsx / f"{pack.name}.xlsx"] if xlsx is not None else []
        for target in targets:
            made = write_pack(ws, pack, target, progress_line("打印"))
            pages = f"，{made.pages} 页" if made.pages else ""
            say(f"已写出 {target}：{pack.name}，清单 {made.rows:,} 行{pages}。")
        if pack.missing:
            say(f"没有评定结果的年度：{pack.missing_words()}。")


@print_app.command("ledger")
def ledger(
    place: Place,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F.pdf|F.xlsx", help="写出的 PDF 或工作簿")],
    name: Annotated[
        str,
        typer.Argument(
            metavar="[LEDGER]", help="category、level、source、division、status、arrears、lessors 或 books"
        ),
    ] = "category",
    division: Division = "", category: Category = "",
    as_of: Annotated[str | None, typer.Option("--as-of", help="截至某日，如 2025-06-30")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    paper: Annotated[str, typer.Option("--paper", help="A4 或 A3（横向）")] = "A4",
    unit: Annotated[str, typer.Option("--money-unit", help="wan（万元）或 yuan（元）")] = "wan",
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印总台账、明细台账、欠款账龄表和科目余额表，文件名以 .xlsx 结尾则写成工作簿。"""
    from desktop.app.money.ledger_papers import LedgerChoice, ledger_paper, print_ledger, save_ledger

    if paper not in ("A4", "A3"):
        raise UsageError("--paper 只能是 A4 或 A3。")
    if unit not in ("wan", "yuan"):
        raise UsageError("--money-unit 只能是 wan 或 yuan。")
    if output.suffix.lower() not in (".pdf", ".xlsx"):
        raise UsageError(f"台账写成 .pdf 或 .xlsx，不能写成 {output.name}。")
    code = code_for("asset_category", category) if category else ""
    if code is None:
        raise UsageError(f"没有资产大类 {category}。")
    wanted = ledger_paper(name)
    choice = LedgerChoice(division, code, as_of, known_at)
    with opened(place, passphrase_file, user) as ws:
        if output.suffix.lower() == ".xlsx":
            rows = save_ledger(ws, wanted, choice, output, purpose=purpose)
            say(f"已写出 {output}：{wanted.title} {rows} {wanted.counted}。")
        else:
            rows, pages = print_ledger(
                ws, wanted, choice, output, unit=unit, sheet=paper, progress=progress_line("打印")
            )
            say(f"已打印 {output}：{wanted.title} {rows} {wanted.counted}，{pages} 页。")


@print_app.command("case")
def case(
    place: Place, output: Output,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="certificate、handover、disposal、rectification")],
    case_id: Annotated[str, typer.Argument(metavar="ID", help="登记、移交、处置或问题的标识")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印一件事的文书：权属证书、移交清单、处置审批表、整改通知书。"""
    from desktop.app.cases.case_documents import MAKERS, print_case

    if kind not in MAKERS:
        raise UsageError(f"没有文书 {kind}；可用的：{'、'.join(f'{k}（{v[2]}）' for k, v in MAKERS.items())}。")
    with opened(place, passphrase_file, user) as ws:
        pages = print_case(ws, kind, find_id(ws, MAKERS[kind][0], case_id), output)
    say(f"已打印 {output}：{MAKERS[kind][2]}，{pages} 页。")


@print_app.command("household")
def household(
    place: Place, output: Output,
    household_id: Annotated[str, typer.Argument(metavar="ID", help="住户标识")],
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖（需导出权限）")] = False,
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印一户一档：成员、收支、保障、风险、措施、走访。"""
    from desktop.app.papers.household_paper import print_household

    with opened(place, passphrase_file, user) as ws:
        pages = print_household(
            ws, find_id(ws, "household", household_id), output, with_id=with_id, purpose=purpose
        )
    say(f"已打印 {output}：一户一档，{pages} 页。")


@print_app.command("visit-form")
def visit_form(
    place: Place, output: Output,
    form: Annotated[str, typer.Argument(metavar="[FORM]", help="调查表（编号或名称），打印空白表")] = "",
    visit: Annotated[str, typer.Option("--visit", help="走访标识，打印填好的表")] = "",
    copies: Annotated[int, typer.Option("--copies", min=1, max=200, help="空白表份数")] = 1,
    language: Annotated[str, typer.Option("--language", help="表单语言")] = "",
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖（需导出权限）")] = False,
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """打印调查表：空白的用来手填，填好的用来签字存档。"""
    from desktop.app.visits.visit_papers import print_blank_form, print_visit

    if bool(form) == bool(visit):
        raise UsageError("请写调查表（打印空白表），或用 --visit 给出走访（打印填好的表）。")
    with opened(place, passphrase_file, user) as ws:
        if visit:
            pages = print_visit(ws, find_id(ws, "visit", visit), output, with_id=with_id, purpose=purpose)
        else:
            pages = print_blank_form(ws, form, output, copies=copies, language=language)
    say(f"已打印 {output}：{pages} 页。")


def _choice(
    ws: Workspace, ids: list[str] | None, where: list[str] | None, category: str, division: str
) -> AssetChoice:
    from desktop.app.assets.asset_papers import AssetChoice

    code = code_for("asset_category", category) if category else ""
    if code is None:
        raise UsageError(f"没有资产大类 {category}。")
    found = [find_id(ws, "asset", i) for i in ids or []]
    return AssetChoice(found, checked_division(division), code, conditions(where or []))


@print_app.command("notice")
def notice(
    place: Place,
    row_id: Annotated[str, typer.Argument(metavar="ID", help="公示的标识（可只写开头 8 位以上）")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F.pdf", help="写出的 PDF")],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """打印一份公示或公告（A4 公文页）；有不能上墙的内容时不打印。"""
    from desktop.app.cases.notice_printing import print_notice_file

    with opened(place, passphrase_file, user) as ws:
        pages = print_notice_file(ws, find_id(ws, "notice", row_id), output)
    say(f"已打印 {output}：{pages} 页。")


def _distribution_paper(kind: str, place: str, subject: str, output: Path, division: str = "", *, as_year: bool = False,
                        file: Path | None, user: str | None) -> None:  # fmt: skip
    from desktop.app.distribution.distribution_paper import PAPER_WORDS, prepare, print_paper

    with opened(place, file, user, write=True) as ws:
        full = subject if as_year else find_id(ws, "distribution", subject)
        done = print_paper(ws, prepare(ws, kind, full, division=checked_division(division)), output)
    pages = f"，{done.pages} 页" if done.pages else ""
    said = f"，合计 {format_yuan(done.total_fen)} 元" if done.total_fen else ""
    say(f"已写出 {output}：{PAPER_WORDS[kind]} {done.rows} 行{pages}{said}。")


PlanId = Annotated[str, typer.Argument(metavar="ID", help="分配方案的标识（可只写开头 8 位以上）")]
PdfOrXlsx = Annotated[Path, typer.Option("-o", "--output", metavar="F.pdf", help="写出的 PDF，或 .xlsx 工作簿")]


@print_app.command("distribution")
def distribution(
    place: Place, row_id: PlanId, output: PdfOrXlsx, passphrase_file: PassphraseFile = None, user: UserName = None
) -> None:
    """收益分配方案和明细表。"""
    _distribution_paper("distribution", place, row_id, output, file=passphrase_file, user=user)


@print_app.command("sign-off")
def sign_off(
    place: Place, row_id: PlanId, output: PdfOrXlsx, passphrase_file: PassphraseFile = None, user: UserName = None
) -> None:
    """签领表：有签名栏和每页合计。"""
    _distribution_paper("sign-off", place, row_id, output, file=passphrase_file, user=user)


@print_app.command("distribution-result")
def distribution_result(
    place: Place, row_id: PlanId, output: PdfOrXlsx, passphrase_file: PassphraseFile = None, user: UserName = None
) -> None:
    """分配结果公告和发放名单。"""
    _distribution_paper("distribution-result", place, row_id, output, file=passphrase_file, user=user)


@print_app.command("distribution-year")
def distribution_year(
    place: Place, year: Annotated[str, typer.Argument(metavar="YEAR", help="年度")], output: PdfOrXlsx,
    division: Division = "", passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """年度收益分配汇总表，按用途。"""
    _distribution_paper("distribution-year", place, year, output, division, as_year=True, file=passphrase_file,
                        user=user)  # fmt: skip
