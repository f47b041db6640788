"""Total ledger 总台账, detail ledgers 明细台账, arrears 欠款账龄 and books 科目余额 on paper and as workbooks.

The same lines as `xiangce ledger`, `arrears` and `books`, for any day and as known at any moment; both days and the
register's fingerprint stand at the foot, sums are those of the rows to the 分.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from desktop.app.money.lessors import receivables_by_lessor
from desktop.app.money.money_books import checked_division, contracts, total_ledger
from desktop.app.papers.list_papers import days_of
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.papers.printing import place_name
from desktop.app.papers.table_files import save_list
from desktop.app.past_reading import known_words, past_day, reading_at
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.exchange.workbook.table_workbook import CellKind, TableColumn
from desktop.insight.lists import place_names
from desktop.insight.value_ledger import Cut, Ledger, LedgerLine
from desktop.registry.codelists import word
from desktop.registry.posting import balances
from desktop.registry.receivables import AGE_WORDS
from desktop.reports.plain_list import ListHead, write_list
from desktop.reports.table_model import A3_LANDSCAPE, A4_LANDSCAPE, Cell, Column, Kind, NothingToPrint, TableRow

Progress = Callable[[int, int], None]
_CELLS: dict[Kind, CellKind] = {Kind.YUAN: "money", Kind.WAN: "money", Kind.COUNT: "number"}


@dataclass(frozen=True)
class LedgerChoice:
    """Which part and which past: a division (code prefix), a category, a day, a moment of knowledge."""

    division: str = ""
    category: str = ""
    as_of: str | None = None
    known_at: str | None = None


@dataclass(frozen=True)
class LedgerPaper:
    """One kind of ledger paper: its name on the command line, its title, what a row is called."""

    name: str
    title: str
    heading: str
    counted: str
    cut: Cut | None
    """None: the arrears, and the books of account."""


LEDGERS: dict[str, LedgerPaper] = {
    paper.name: paper
    for paper in (
        LedgerPaper("category", "按类别", "类别", "类", "category"),
        LedgerPaper("level", "按所有权层级", "所有权层级", "级", "level"),
        LedgerPaper("source", "按资金来源", "资金来源", "个来源", "source"),
        LedgerPaper("division", "按区划", "村（镇）", "处", "division"),
        LedgerPaper("status", "按状态", "资产状态", "种状态", "status"),
        LedgerPaper("arrears", "合同欠款账龄表", "合同编号", "份", None),
        LedgerPaper("lessors", "合同应收按出租（发包）方汇总表", "出租（发包）方", "个", None),
        LedgerPaper("books", "科目余额表", "科目", "个科目", None),
    )
}
"""By name, in the order of the print centre."""


def ledger_title(ws: Workspace, paper: LedgerPaper, choice: LedgerChoice) -> str:
    """双水镇扶贫（帮扶）项目资产总台账（按类别）; 明细台账 below the register's own place, with the category."""
    place = place_name(ws)
    if choice.division and choice.division != ws.division_code:
        with ws.register.reading() as sql:
            place = place_names(sql).get(choice.division, place)
    if paper.cut is None:
        return f"{place}{paper.title}"
    layer = "明细台账" if len(choice.division) > len(ws.division_code) else "总台账"
    kind = f"{word('asset_category', choice.category)}，" if choice.category else ""
    return f"{place}扶贫（帮扶）项目资产{layer}（{kind}{paper.title}）"


def ledger_pdf(
    ws: Workspace, paper: LedgerPaper, choice: LedgerChoice, *, unit: str = "wan", sheet: str = "A4",
    filled_by: str = "", reviewed_by: str = "", responsible: str = "", progress: Progress | None = None,
) -> tuple[bytes, int, int]:  # fmt: skip
    """A ledger as a PDF in memory: the bytes, how many rows and pages.

    Raises NothingToPrint, PaperTooNarrow, UsageError (no such day, moment, division), NotAllowed.
    """
    ws.require("print")
    made = _made(ws, paper, choice, Kind.WAN if unit == "wan" and paper.cut else Kind.YUAN)
    now = datetime.now(UTC)
    local = now.astimezone()
    head = ListHead(
        title=ledger_title(ws, paper, choice), unit_name=ws.unit_name,
        date=f"{local.year}年{local.month}月{local.day}日",
        unit="单位：万元" if unit == "wan" and paper.cut else "单位：元", filled_by=filled_by, reviewed_by=reviewed_by,
        responsible=responsible, counted=paper.counted, notes=made.notes, grand_total=True,
        group_sums=any(row.group for row in made.rows), as_of=made.as_of, known_at=known_words(choice.known_at, now),
        digest=ws.register.digest(), made_at=now,
    )  # fmt: skip
    stream = io.BytesIO()
    size = A3_LANDSCAPE if sheet == "A3" else A4_LANDSCAPE
    rows = [TableRow(r.group, r.label, ("", *r.cells)) for r in made.rows]
    printed = write_list([Column("序号", Kind.SERIAL), *made.columns], rows, head, stream, paper=size,
                         progress=progress)  # fmt: skip
    return stream.getvalue(), len(rows), printed.pages


def print_ledger(
    ws: Workspace, paper: LedgerPaper, choice: LedgerChoice, target: Path, *, unit: str = "wan", sheet: str = "A4",
    progress: Progress | None = None,
) -> tuple[int, int]:  # fmt: skip
    """Write a ledger as a PDF file; rows and pages. Logged. Raises as `ledger_pdf`, StorageFailed."""
    data, rows, pages = ledger_pdf(ws, paper, choice, unit=unit, sheet=sheet, progress=progress)
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, f"print ledger {paper.name}", ledger_title(ws, paper, choice), [paper.name], rows, file=target)
    return rows, pages


def save_ledger(
    ws: Workspace, paper: LedgerPaper, choice: LedgerChoice, target: Path, *, purpose: str = ""
) -> int:
    """Write a ledger as a workbook in 元; how many rows. Logged. Raises NothingToPrint, NotAllowed, StorageFailed."""
    made = _made(ws, paper, choice, Kind.YUAN)
    columns = [TableColumn("归入"), *(
        TableColumn(c.title + ("（元）" if c.kind is Kind.YUAN else ""), _CELLS.get(c.kind, "text"))
        for c in made.columns
    )]  # fmt: skip
    about = days_of(ws, made.as_of, choice.known_at, datetime.now(UTC))
    if made.notes:
        about.append(("说明", made.notes))
    rows = ((r.group or "", *r.cells) for r in made.rows)
    keys = ["group", *(c.key or c.title for c in made.columns)]
    return save_list(ws, ledger_title(ws, paper, choice), target, columns, keys, rows, len(made.rows), about=about,
                     purpose=purpose).rows  # fmt: skip


def ledger_paper(name: str) -> LedgerPaper:
    """A paper by name; UsageError names those there are."""
    found = LEDGERS.get(name)
    if found is None:
        raise UsageError(f"没有台账 {name}；可用的：{'、'.join(f'{p.name}（{p.title}）' for p in LEDGERS.values())}。")
    return found


@dataclass(frozen=True)
class _Made:
    columns: list[Column]
    rows: list[TableRow]
    as_of: str
    notes: str


def _made(ws: Workspace, paper: LedgerPaper, choice: LedgerChoice, money: Kind) -> _Made:
    if paper.cut is None:
        return {"arrears": _arrears, "lessors": _lessors}.get(paper.name, _books)(ws, choice)
    found = total_ledger(ws, paper.cut, choice.as_of, choice.division, choice.category, choice.known_at)
    if not found.total.count:
        raise NothingToPrint
    whole = paper.cut == "source"  # an asset has several sources: there only money adds up
    columns = [
        Column(paper.heading, weight=2, least=8),
        Column("资产项数", Kind.COUNT, least=4, summed=not whole, key="count"),
        Column("原值", Kind.YUAN, summed=True, key="original", least=7),
    ]
    if not whole:
        columns += [
            Column(title, Kind.YUAN, summed=True, key=key, least=7)
            for title, key in (("累计折旧", "depreciation"), ("减值准备", "impairment"), ("净值", "net"))
        ]
    columns = [_in_unit(c, money) for c in columns]
    rows = [TableRow(group, line.name, _cells(line, whole)) for group, line in _leaves(found)]
    return _Made(columns, rows, found.as_of, _notes(found))


def _in_unit(column: Column, money: Kind) -> Column:
    if column.kind is not Kind.YUAN or money is Kind.YUAN:
        return column
    return replace(column, kind=money)


def _leaves(found: Ledger) -> Iterator[tuple[str | None, LedgerLine]]:
    """The lowest lines with the line above them as their group; none when no line has others below it."""
    grouped = any(line.children for line in found.lines)

    def walk(line: LedgerLine, above: str) -> Iterator[tuple[str | None, LedgerLine]]:
        if not line.children:
            yield (above or line.name) if grouped else None, line
        for child in line.children:
            yield from walk(child, above + line.name)

    for line in found.lines:
        yield from walk(line, "")


def _cells(line: LedgerLine, whole: bool) -> tuple[Cell, ...]:
    if whole:
        return line.name, line.count, line.original_fen
    return line.name, line.count, line.original_fen, line.depreciation_fen, line.impairment_fen, line.net_fen


def _notes(found: Ledger) -> str:
    said = [f"在账 {found.total.count:,} 项"]
    if found.by == "source":
        said.append("一项资产有几个来源的，在各来源都计一项")
    if found.total.unknown:
        said.append(f"其中 {found.total.unknown:,} 项没有原值，未计入金额")
    if found.not_dated:
        said.append(f"其中 {found.not_dated:,} 项没有购建时间，按已建成计入")
    return "；".join(said) + "。"


def _arrears(ws: Workspace, choice: LedgerChoice) -> _Made:
    as_of = past_day(choice.as_of) or f"{datetime.now().astimezone():%Y-%m-%d}"
    lines = contracts(ws, view="owing", division=choice.division, as_of=as_of, known_at=choice.known_at)
    if not lines:
        raise NothingToPrint
    columns = [
        Column("合同编号", least=6), Column("经营方", weight=1.6, least=6), Column("资产", weight=2, least=8),
        Column("到期应收", Kind.YUAN, summed=True, key="due"), Column("已收", Kind.YUAN, summed=True, key="received"),
        Column("欠款", Kind.YUAN, summed=True, key="arrears"),
        *(Column(age, Kind.YUAN, summed=True, key=f"age{i}", least=5) for i, age in enumerate(AGE_WORDS)),
        Column("最早欠（天）", Kind.COUNT, least=4),
    ]  # fmt: skip
    lines.sort(key=lambda line: (line.division_code, -line.arrears_fen, line.id))
    rows = [
        TableRow(
            line.village or "（未填村）", line.contract_no,
            (line.contract_no, line.operator, line.assets, line.due_fen, line.received_fen, line.arrears_fen,
             *line.ages, line.oldest_days),
        )
        for line in lines
    ]  # fmt: skip
    return _Made(columns, rows, as_of, "已收超过到期应收的部分为预收，不抵他份合同的欠款。")


def _lessors(ws: Workspace, choice: LedgerChoice) -> _Made:
    """What contracts owe every lessor; where one has succeeded another, each has the dues of his own days."""
    as_of = past_day(choice.as_of) or f"{datetime.now().astimezone():%Y-%m-%d}"
    found = receivables_by_lessor(ws, choice.division, as_of, choice.known_at)
    if not found:
        raise NothingToPrint
    columns = [
        Column("出租（发包）方", weight=2, least=8), Column("合同（份）", Kind.COUNT, least=4),
        Column("到期应收", Kind.YUAN, summed=True, key="due"), Column("已收", Kind.YUAN, summed=True, key="received"),
        Column("欠款", Kind.YUAN, summed=True, key="arrears"),
        *(Column(age, Kind.YUAN, summed=True, key=f"age{i}", least=5) for i, age in enumerate(AGE_WORDS)),
    ]  # fmt: skip
    rows = [
        TableRow(None, x.name, (x.name, len(x.contracts), x.due_fen, x.received_fen, x.arrears_fen, *x.ages))
        for x in found
    ]
    return _Made(columns, rows, as_of, "换过出租（发包）方的合同，换以前到期的归原来的，从那天起到期的归接任的。")


def _books(ws: Workspace, choice: LedgerChoice) -> _Made:
    """Turnover and balance of every account, from the vouchers up to the day; debits and credits are equal."""
    as_of = past_day(choice.as_of) or f"{datetime.now().astimezone():%Y-%m-%d}"
    with reading_at(ws, ("voucher",), choice.known_at) as sql:
        found = balances(sql, checked_division(choice.division), as_of)
    if not found:
        raise NothingToPrint
    columns = [
        Column("科目", weight=2, least=8), Column("借方发生额", Kind.YUAN, summed=True, key="debit", least=7),
        Column("贷方发生额", Kind.YUAN, summed=True, key="credit", least=7),
        Column("借方余额", Kind.YUAN, summed=True, key="debit_balance", least=7),
        Column("贷方余额", Kind.YUAN, summed=True, key="credit_balance", least=7),
    ]  # fmt: skip
    rows = [
        TableRow(None, b.name, (b.name, b.debit_fen, b.credit_fen, max(b.balance_fen, 0), max(-b.balance_fen, 0)))
        for b in found
    ]
    rest = sum(b.balance_fen for b in found)
    notes = "由凭证算出；" + ("借贷平衡。" if not rest else f"借贷不平，相差 {format_yuan(abs(rest))} 元，请运行自检。")
    return _Made(columns, rows, as_of, notes)
