"""Everything the print centre 打印中心 offers: one template a paper, which options it takes, the PDF, the workbook.

The window and its tests go through here; each template calls the service that also serves its command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from desktop.app.annual.annual_pack import Pack, pack_pdf, prepare_pack, write_pack
from desktop.app.annual.assessing import SPAN
from desktop.app.assets.asset_papers import AssetChoice, cards_pdf, labels_pdf
from desktop.app.distribution.distribution_paper import prepare, preview, print_paper
from desktop.app.money.ledger_papers import LEDGERS, LedgerChoice, LedgerPaper, ledger_pdf, save_ledger
from desktop.app.papers.asset_selection import AssetSelection
from desktop.app.papers.list_papers import list_pdf, save_standard_list
from desktop.app.papers.list_rows import ListChoice
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.papers.printing import RegisterPrint, preview_assets
from desktop.app.papers.standard_lists import LISTS, StandardList
from desktop.app.records.records import today
from desktop.app.visits.forms import list_forms
from desktop.app.visits.visit_papers import blank_document
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.money import format_wan
from desktop.reports.document_layout import write_documents
from desktop.reports.label_sheet import SHEETS

Option = Literal[
    "category", "division", "place", "year", "as_of", "known_at", "unit", "paper", "signatures", "title", "sheet",
    "copies", "selection",
]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PrintOptions:
    """What was chosen; a template looks at the options it takes."""

    division: str = ""
    category: str = ""
    as_of: str | None = None
    known_at: str | None = None
    paper: Literal["A4", "A3"] = "A4"
    unit: Literal["wan", "yuan"] = "wan"
    filled_by: str = ""
    reviewed_by: str = ""
    responsible: str = ""
    phone: str = ""
    title: str = ""
    """Another title than the usual one."""
    date: str = ""
    """The day of filing 填报日期 as it is printed; today when left out."""
    sheet: str = "3x8"
    copies: int = 1
    selection: AssetSelection | None = None
    """Which assets: what a list showed, or a saved view."""
    year: int = 0
    """The year of a yearly paper; 0 is last year."""


@dataclass(frozen=True)
class Made:
    """A paper in memory: the PDF, its rows, and what was proved about it in words."""

    pdf: bytes
    rows: int
    words: str


@dataclass(frozen=True)
class PrintTemplate:
    """One paper. `make` lays it out in memory; `workbook` writes the same as a workbook, where it has one."""

    key: str
    group: str
    title: str
    options: frozenset[Option]
    make: Callable[[Workspace, PrintOptions, Progress | None], Made]
    workbook: Callable[[Workspace, PrintOptions, Path], int] | None = None


def print_templates(ws: Workspace) -> list[PrintTemplate]:
    """All papers, in the order of the print centre: registers, cards and labels, lists by subject, blank forms."""
    templates = [
        PrintTemplate("assets", "资产", "帮扶项目资产管理台账",
                      frozenset(("category", "division", "as_of", "known_at", "unit", "paper", "signatures", "title",
                                 "selection")), _register),
        PrintTemplate("asset-card", "资产", "资产卡片",
                      frozenset(("category", "division", "as_of", "selection")), _cards),
        PrintTemplate("labels", "资产", "资产标签", frozenset(("category", "division", "sheet", "selection")), _labels),
    ]  # fmt: skip
    templates.append(
        PrintTemplate("distribution-year", "收益", "年度收益分配汇总表", frozenset(("division", "as_of")),
                      _year_of_uses, _year_workbook)
    )  # fmt: skip
    templates[1:1] = [_ledger_template(wanted) for wanted in LEDGERS.values()]
    templates += [
        PrintTemplate("annual", "评估", "年度评估材料", frozenset(("place", "year", "known_at")), _annual(1),
                      _annual_workbook(1)),
        PrintTemplate("annual-sum", "评估", "五年总结评估材料", frozenset(("place", "year", "known_at")), _annual(SPAN),
                      _annual_workbook(SPAN)),
    ]  # fmt: skip
    templates += [_list_template(wanted) for wanted in LISTS.values()]
    for info in list_forms(ws):
        templates.append(
            PrintTemplate(f"form:{info.form_id}", "空白表", f"{info.title}（空白）", frozenset(("copies",)),
                          _blank(info.form_id))
        )  # fmt: skip
    return templates


def save_print(
    ws: Workspace, template: PrintTemplate, options: PrintOptions, target: Path, progress: Progress | None = None
) -> Made:
    """Write a paper to a PDF file; logged. Raises as its template, StorageFailed."""
    made = template.make(ws, options, progress)
    with ws.register.storage_errors():
        write_atomically(target, made.pdf)
    log_print(ws, template, made.rows, target)
    return made


def log_print(ws: Workspace, template: PrintTemplate, rows: int, file: Path | None = None) -> None:
    """Remember that a paper left: which, how many rows; a file that cannot be remembered is taken away again."""
    log_plain_export(ws, f"print {template.key}", template.title, [template.key], rows, file=file)


def _register(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
    wanted = RegisterPrint(
        division=options.division, category=options.category, as_of=options.as_of, known_at=options.known_at,
        paper=options.paper, money_unit=options.unit, filled_by=options.filled_by, reviewed_by=options.reviewed_by,
        responsible=options.responsible, phone=options.phone, title=options.title, date=options.date,
        selection=options.selection,
    )  # fmt: skip
    pdf, summary = preview_assets(ws, wanted, progress)
    total = format_wan(summary.total_original_fen or 0)
    return Made(pdf, summary.rows, f"{summary.rows:,} 项，合计 {total} 万元，按分相加；没有缺字。")


def _cards(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
    choice = AssetChoice(division=options.division, category=options.category, selection=options.selection)
    pdf, cards, pages = cards_pdf(ws, choice, as_of=options.as_of, progress=progress)
    return Made(pdf, cards, f"{cards:,} 张卡片，{pages:,} 页；没有缺字。")


def _labels(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
    choice = AssetChoice(division=options.division, category=options.category, selection=options.selection)
    pdf, labels, _ = labels_pdf(ws, choice, sheet=options.sheet)
    return Made(pdf, labels, f"{labels:,} 枚标签，{SHEETS[options.sheet].name}；二维码只含资产标识。")


def _year(options: PrintOptions) -> str:
    """The year of the day chosen, else the present one."""
    return (options.as_of or today())[:4]


def _year_of_uses(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
    pdf, summary = preview(prepare(ws, "distribution-year", _year(options), division=options.division))
    return Made(pdf, summary.rows, f"{summary.rows:,} 个方案；收益加上期结余，等于用途与结余之和。")


def _year_workbook(ws: Workspace, options: PrintOptions, target: Path) -> int:
    return print_paper(ws, prepare(ws, "distribution-year", _year(options), division=options.division), target).rows


def _pack(ws: Workspace, options: PrintOptions, years: int) -> Pack:
    last = options.year or int(today()[:4]) - 1
    return prepare_pack(ws, options.division, last - years + 1, last if years > 1 else None, options.known_at)


def _annual(years: int) -> Callable[[Workspace, PrintOptions, Progress | None], Made]:
    """The papers of a year, or of the years up to it."""

    def make(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
        pack = _pack(ws, options, years)
        made = pack_pdf(ws, pack, progress)
        lacking = f"没有评定结果的年度：{pack.missing_words()}。" if pack.missing else ""
        return Made(made.data, made.rows, f"{made.pages:,} 页；指标等于清单合计，分毫不差。{lacking}")

    return make


def _annual_workbook(years: int) -> Callable[[Workspace, PrintOptions, Path], int]:
    def write(ws: Workspace, options: PrintOptions, target: Path) -> int:
        return write_pack(ws, _pack(ws, options, years), target).rows

    return write


def _list_template(wanted: StandardList) -> PrintTemplate:
    def make(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
        pdf, rows, _ = list_pdf(
            ws, wanted, _choice(options), paper=options.paper, filled_by=options.filled_by,
            reviewed_by=options.reviewed_by, responsible=options.responsible, progress=progress,
        )  # fmt: skip
        return Made(pdf, rows, f"{rows:,} {wanted.counted}，小计、合计与各行分毫不差；没有缺字。")

    def workbook(ws: Workspace, options: PrintOptions, target: Path) -> int:
        return save_standard_list(ws, wanted, _choice(options), target)

    options: frozenset[Option] = frozenset(("division", "as_of", "known_at", "paper", "signatures"))
    return PrintTemplate(f"list:{wanted.name}", wanted.subject, wanted.title, options, make, workbook)


def _choice(options: PrintOptions) -> ListChoice:
    return ListChoice(options.division, as_of=options.as_of, known_at=options.known_at)


def _ledger_template(wanted: LedgerPaper) -> PrintTemplate:
    def make(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
        pdf, rows, _ = ledger_pdf(
            ws, wanted, _ledger_choice(options), unit=options.unit, sheet=options.paper, filled_by=options.filled_by,
            reviewed_by=options.reviewed_by, responsible=options.responsible, progress=progress,
        )  # fmt: skip
        return Made(pdf, rows, f"{rows:,} {wanted.counted}，小计、合计与各行分毫不差；没有缺字。")

    def workbook(ws: Workspace, options: PrintOptions, target: Path) -> int:
        return save_ledger(ws, wanted, _ledger_choice(options), target)

    takes: frozenset[Option] = frozenset(("division", "as_of", "known_at", "paper", "signatures"))
    if wanted.cut is not None:
        takes |= {"category", "unit"}
    group, title = ("资产", f"总台账（{wanted.title}）") if wanted.cut else ("经营", wanted.title)
    group = "收益" if wanted.name == "books" else group
    return PrintTemplate(f"ledger:{wanted.name}", group, title, takes, make, workbook)


def _ledger_choice(options: PrintOptions) -> LedgerChoice:
    return LedgerChoice(options.division, options.category, options.as_of, options.known_at)


def _blank(form_id: str) -> Callable[[Workspace, PrintOptions, Progress | None], Made]:
    def make(ws: Workspace, options: PrintOptions, progress: Progress | None) -> Made:
        ws.require("print")
        stream = BytesIO()
        pages = write_documents([blank_document(ws, form_id)] * max(1, options.copies), stream)
        return Made(stream.getvalue(), options.copies, f"{options.copies} 份，共 {pages} 页。")

    return make
