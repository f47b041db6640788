"""The lists that prove a year's figures: standard lists of the year, with a column for everything that is counted.

A figure is the sum of a column here. What is counted stands in the column as 1, so that the sum of the page says how
many; amounts are 分.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from desktop.app.annual.annual_book import PackPlace, PlaceBook, YearBook, closed_by, overdue_on
from desktop.app.papers.list_rows import NO_VILLAGE, Names
from desktop.app.papers.standard_lists import LISTS, column_kind, column_title
from desktop.insight.annual_rows import AssetYear, ContractYear
from desktop.insight.assessment_lists import AssessmentLine
from desktop.insight.asset_income import INCOME_KINDS
from desktop.insight.industry_share import FundPart, percent
from desktop.registry.assessment import DECIDED
from desktop.registry.codelists import word
from desktop.reports.distribution_tables import YearRow
from desktop.reports.table_model import Align, Column, Kind, Table, TableRow, Words

NO_CATEGORY = "（未填大类）"
Said = Callable[[Any, Names], str | None]


@dataclass(frozen=True)
class WordColumn:
    """A column of words."""

    title: str
    of: Said
    weight: float = 1.0
    least: float = 4.0


@dataclass(frozen=True)
class SumColumn:
    """A column that is summed: 分, or 1 for what is counted. `of` gets the row and the book."""

    key: str
    title: str
    of: Callable[[Any, YearBook], int | None]
    kind: Kind = Kind.COUNT
    least: float = 3.5


@dataclass(frozen=True)
class PackList:
    """One list of the pack: its rows in a book, how they are grouped, its columns."""

    key: str
    title: str
    counted: str
    rows: Callable[[YearBook], Sequence[Any]]
    group: Said
    words: tuple[WordColumn, ...]
    sums: Callable[[YearBook], tuple[SumColumn, ...]]
    note: str = ""

    def total(self, book: YearBook, key: str, where: Callable[[Any], bool] | None = None) -> int:
        """The sum of a column over the rows that `where` holds for; unknown amounts add nothing."""
        column = next((c for c in self.sums(book) if c.key == key), None)
        if column is None:
            return 0
        return sum(column.of(row, book) or 0 for row in self.rows(book) if where is None or where(row))

    def count(self, book: YearBook, where: Callable[[Any], bool] | None = None) -> int:
        """How many rows."""
        return sum(1 for row in self.rows(book) if where is None or where(row))


def _one(test: Callable[[Any, YearBook], bool]) -> Callable[[Any, YearBook], int | None]:
    return lambda row, book: 1 if test(row, book) else None


def _fixed(*columns: SumColumn) -> Callable[[YearBook], tuple[SumColumn, ...]]:
    return lambda _book: columns


def _village(row: Any, names: Names) -> str:
    place = row.place if not isinstance(row, dict) else row["place"]
    return names.places.get(place) or NO_VILLAGE


def _standard(name: str, *, without: Sequence[str] = ()) -> tuple[WordColumn, ...]:
    """The columns of a standard list that are words."""
    wanted = LISTS[name]

    def said(column: str) -> Said:
        return lambda row, names: names.said(wanted.table, column, row)

    return tuple(
        WordColumn(column_title(wanted, c), said(c.name), c.weight, c.least)
        for c in wanted.columns
        if column_kind(wanted.table, c) is Kind.TEXT and c.name not in without
    )


def _case(
    key: str, title: str, counted: str, rows: Callable[[YearBook], Sequence[Any]], sums: tuple[SumColumn, ...],
    *, standard: str = "", without: Sequence[str] = (), note: str = "",
) -> PackList:  # fmt: skip
    return PackList(
        key, title, counted, rows, _village, _standard(standard or key, without=without), _fixed(*sums), note
    )


def _fen(column: str) -> Callable[[Any, YearBook], int | None]:
    return lambda row, _book: row[column]


def _fen_of(name: str) -> Callable[[Any, YearBook], int | None]:
    return lambda row, _book: getattr(row, name)


def _said(get: Callable[[Any], str]) -> Said:
    return lambda row, _names: get(row) or None


def _yuan(key: str, title: str, of: Callable[[Any, YearBook], int | None]) -> SumColumn:
    return SumColumn(key, title, of, Kind.YUAN, 7)


def _uses(book: YearBook) -> tuple[SumColumn, ...]:
    def use(code: str) -> Callable[[YearRow, YearBook], int]:
        return lambda row, _book: row.uses.get(code, 0)

    return (
        _yuan("received", "收益", lambda r, _b: r.received_fen),
        _yuan("carried", "上期结余", lambda r, _b: r.carried_over_fen),
        *(_yuan(f"use:{code}", name, use(code)) for code, name in book.uses.items()),
        _yuan("given", "分配合计", lambda r, _b: sum(r.uses.values())),
        _yuan("kept", "结余", lambda r, _b: r.kept_fen),
    )


def _is_due(row: Any, book: YearBook) -> bool:
    """On a plan's list for the year: also when the day it is due is still ahead."""
    return bool(row["plan_id"]) and str(row["due_date"] or "")[:4] == str(book.year)


def _is_done(row: Any, book: YearBook) -> bool:
    return _is_due(row, book) and closed_by(row, book.period.last, "on_date")


def idle(row: AssetYear) -> bool:
    """Whether an asset lies idle or earns too little on the last day."""
    return row.status in ("idle", "inefficient")


_VALUES = (
    _yuan("original", "原值（元）", _fen_of("original_fen")),
    _yuan("depreciation", "累计折旧（元）", _fen_of("depreciation_fen")),
    _yuan("impairment", "减值（元）", _fen_of("impairment_fen")),
    _yuan("net", "净值（元）", _fen_of("net_fen")),
)
_ASSET: tuple[WordColumn, ...] = (
    WordColumn("资产编号", _said(lambda a: a.asset_no), 1.0, 6),
    WordColumn("资产名称", _said(lambda a: a.name), 2.2, 8),
    WordColumn("所在村", _village, 1.0, 5),
    WordColumn("资产小类", _said(lambda a: word("asset_subcategory", a.subcategory)), 1.2, 5),
    WordColumn("年末状态", _said(lambda a: word("asset_status", a.status)), 0.6, 4),
)

def _of(key: str, column: str, title: str, kind: Kind = Kind.COUNT) -> SumColumn:
    """A column of the comparison of places: what a list of each place adds up to ("" counts its rows)."""

    def total(row: PlaceBook, _book: YearBook) -> int:
        wanted = PACK_LISTS[key]
        return wanted.total(row.book, column) if column else wanted.count(row.book)

    return SumColumn(f"{key}.{column}", title, total, kind, 7 if kind is Kind.YUAN else 3)


def _rate(part: tuple[str, str], whole: tuple[str, str]) -> Callable[[PlaceBook], str]:
    """A share of two such sums in per cent; nothing where the whole is nothing."""

    def said(row: PlaceBook) -> str:
        a, b = (PACK_LISTS[k].total(row.book, c) if c else PACK_LISTS[k].count(row.book) for k, c in (part, whole))
        return percent(Fraction(a, b)) if b else ""

    return said


def _own_grade(row: PlaceBook) -> str:
    line = next((a for a in row.book.assessments if a.code == row.code and a.kind == "annual"), None)
    return "" if line is None else " ".join(w for w in (line.score, line.grade) if w) or line.state_word


PACK_LISTS: dict[str, PackList] = {
    found.key: found
    for found in (
        PackList(
            "places", "各地主要指标对照表", "个地区", lambda b: b.below, lambda _r, _n: None,
            (
                WordColumn("地区", _said(lambda r: r.name), 1.2, 5),
                WordColumn("年度评估", _said(_own_grade), 0.8, 5),
                WordColumn("确权率", _said(_rate(("assets", "owned"), ("assets", ""))), 0.1, 4),
                WordColumn("产业占比", _said(_rate(("funds", "industry"), ("funds", "total"))), 0.1, 4),
            ),
            _fixed(
                _of("assets", "", "资产"), _of("assets", "original", "原值（元）", Kind.YUAN),
                _of("contracts", "due", "合同应收（元）", Kind.YUAN),
                _of("contracts", "received", "合同收到（元）", Kind.YUAN),
                _of("contracts", "arrears", "年末欠款（元）", Kind.YUAN),
                _of("distributions", "given", "分配合计（元）", Kind.YUAN), _of("inspections", "due", "应查"),
                _of("inspections", "done", "已查"), _of("findings", "found", "发现问题"),
                _of("findings", "closed", "销号"), _of("findings", "open", "未销号"),
                _of("findings", "overdue", "逾期"),
            ),
            "各列合计等于主要指标里的数",
        ),
        PackList(
            "assets", "年末资产清单", "项", lambda b: b.assets,
            lambda a, _n: word("asset_category", a.category) or NO_CATEGORY, _ASSET,
            _fixed(SumColumn("owned", "已确权", _one(lambda a, _b: a.owned)), *_VALUES),
            "年末在账的资产；已确权指年末有所有权人；状态按打印时的记录",
        ),
        PackList(
            "idle", "闲置低效资产清单", "项", lambda b: [a for a in b.assets if idle(a)],
            lambda a, _n: word("asset_category", a.category) or NO_CATEGORY, _ASSET,
            _fixed(_VALUES[0], _VALUES[3]), "年末在账、打印时状态为闲置或低效的资产",
        ),
        PackList(
            "contracts", "合同应收实收清单", "份", lambda b: b.contracts, _village,
            (
                WordColumn("合同编号", _said(lambda c: c.contract_no), 1.0, 6),
                WordColumn("合同资产", _said(lambda c: c.assets), 2.4, 8),
                WordColumn("经营方", _said(lambda c: c.operator), 1.8, 6),
                WordColumn("运营方式", _said(lambda c: word("operation_mode", c.mode)), 0.6, 4),
                WordColumn("开始日期", _said(lambda c: c.term_start), 0.4, 6),
                WordColumn("到期日期", _said(lambda c: c.term_end), 0.4, 6),
            ),
            _fixed(
                SumColumn("in_force", "年末履行中", _one(lambda c, _b: c.in_force)),
                _yuan("due", "本年应收（元）", _fen_of("due_fen")),
                _yuan("received", "本年收到（元）", _fen_of("received_fen")),
                _yuan("arrears", "年末欠款（元）", _fen_of("arrears_fen")),
            ),
            "收到的是租金、分红；收到的款先抵最早到期的应收",
        ),
        _case(
            "receipts", "收款明细表", "笔", lambda b: b.receipts,
            (
                _yuan("income", "资产收益（元）", lambda r, _b: r["amount_fen"] if r["kind"] in INCOME_KINDS else None),
                _yuan("other", "其他款项（元）", lambda r, _b: None if r["kind"] in INCOME_KINDS else r["amount_fen"]),
                _yuan("amount", "收款金额（元）", _fen("amount_fen")),
            ),
            note="资产收益是租金、分红、违约金等；押金、本金和处置收入是其他款项；冲销为负",
        ),
        PackList(
            "distributions", "收益分配汇总表", "个", lambda b: b.plans, lambda r, _n: r.village or NO_VILLAGE,
            (
                WordColumn("方案", _said(lambda r: r.title), 2.2, 10),
                WordColumn("办理", _said(lambda r: r.state), 0.4, 4),
            ),
            _uses, "已确认的方案；收益加上期结余，等于分配合计与结余之和",
        ),
        _case(
            "inspections", "检查记录表", "次", lambda b: b.inspections,
            (
                SumColumn("due", "应查", _one(_is_due)),
                SumColumn("done", "按计划已查", _one(_is_done)),
                SumColumn("beside", "另行检查", _one(lambda r, b: not _is_due(r, b) and b.period.has(r["on_date"]))),
            ),
        ),
        _case(
            "findings", "问题整改台账", "个", lambda b: b.findings,
            (
                SumColumn("found", "本年发现", _one(lambda r, b: b.period.has(r["found_date"]))),
                SumColumn("closed", "本年销号", _one(lambda r, b: b.period.has(r["closed_date"]))),
                SumColumn("open", "年末未销号", _one(lambda r, b: not closed_by(r, b.period.last))),
                SumColumn("overdue", "其中逾期", _one(lambda r, b: overdue_on(r, b.period.last))),
                SumColumn("assessed", "评估发现", _one(lambda r, b: bool(r["assessment_id"])
                                                      and b.period.has(r["found_date"]))),
            ),
            without=("rechecked_by",), note="状态是年末的",
        ),
        _case(
            "complaints", "投诉举报办理台账", "件", lambda b: b.complaints,
            (
                SumColumn("received", "本年收到", _one(lambda r, b: b.period.has(r["received_date"]))),
                SumColumn("answered", "本年答复", _one(lambda r, b: b.period.has(r["answered_date"]))),
                SumColumn("open", "年末未办结", _one(
                    lambda r, b: not closed_by(r, b.period.last, "answered_date") and r["state"] != "dropped")),
            ),
        ),
        _case("care", "公益性资产管护记录表", "次", lambda b: b.care, (_yuan("cost", "支出（元）", _fen("cost_fen")),)),
        _case(
            "disposals", "资产处置台账", "件", lambda b: b.disposals,
            (
                SumColumn("applied", "本年申请", _one(lambda r, b: b.period.has(r["applied_date"]))),
                SumColumn("written_off", "本年核销", _one(lambda r, b: b.period.has(r["write_off_date"]))),
                _yuan("proceeds", "本年处置收入（元）",
                      lambda r, b: r["proceeds_fen"] if b.period.has(r["proceeds_date"]) else None),
            ),
            without=("appraiser",),
        ),
        _case("notices", "公示公告台账", "件", lambda b: b.notices,
              (SumColumn("objections", "异议", lambda r, _b: r["objections"] or None),)),
        _case("handovers", "资产移交清单", "次", lambda b: b.handovers,
              (SumColumn("assets", "移交资产", lambda r, _b: len(r["assets"])),)),
        _case("registrations", "确权登记清单", "件", lambda b: b.registrations,
              (SumColumn("assets", "确权资产", lambda r, _b: len(r["assets"])),)),
        _case("decisions", "四议两公开决策记录", "次", lambda b: b.decisions, ()),
        PackList(
            "funds", "帮扶资金清单", "项", lambda b: b.parts, _village,
            (
                WordColumn("项目（资产）", _said(lambda p: p.name), 2.6, 10),
                WordColumn("类型", _said(lambda p: p.kind), 1.0, 6),
            ),
            _fixed(
                _yuan("total", "帮扶（衔接）资金（元）", lambda p, _b: p.fen),
                _yuan("industry", "其中产业资金（元）", lambda p, _b: p.fen if p.industry else None),
            ),
            "帮扶（衔接）资金和产业项目的范围按县里定的办法",
        ),
        PackList(
            "assessments", "年度评估情况表", "个", lambda b: b.assessments, lambda _a, _n: None,
            (
                WordColumn("年度", _said(lambda a: str(a.year)), 0.3, 4),
                WordColumn("地区", _said(lambda a: a.place), 1.4, 6),
                WordColumn("种类", _said(lambda a: word("assessment_kind", a.kind)), 1.0, 6),
                WordColumn("办理", _said(lambda a: a.state_word), 0.8, 5),
                WordColumn("自评分", _said(lambda a: a.self_score), 0.5, 4),
                WordColumn("镇评分", _said(lambda a: a.review_score), 0.5, 4),
                WordColumn("县评分", _said(lambda a: a.score), 0.5, 4),
                WordColumn("等次", _said(lambda a: a.grade), 0.5, 4),
            ),
            _fixed(
                SumColumn("done", "已评定", _one(lambda a, _b: _decided(a))),
                SumColumn("lacks", "没有开始", _one(lambda a, _b: a.lacks)),
                SumColumn("findings", "发现问题", lambda a, _b: a.findings or None),
                SumColumn("open", "未销号", lambda a, _b: a.open_findings or None),
            ),
            "办理情况按打印时的记录",
        ),
    )
}  # fmt: skip
"""By key, in the order of the pack."""


def _decided(line: AssessmentLine) -> bool:
    """A summing-up is listed, but counts for no year."""
    return line.kind == "annual" and line.state in DECIDED


def pack_table(
    wanted: PackList, book: YearBook, names: Names, place: PackPlace, years: str, head: Words
) -> Table | None:
    """A list of a book as a table, `head` with the words around all of them; None when it has no rows."""
    rows = list(wanted.rows(book))
    if not rows:
        return None
    sums = wanted.sums(book)
    columns = [
        Column("序号", Kind.SERIAL),
        *(Column(_bare(c.title), weight=c.weight, least=c.least, align=Align.LEFT) for c in wanted.words),
        *(
            Column(_bare(c.title), c.kind, least=c.least, summed=True, key=c.key,
                   blank="—" if c.kind is Kind.YUAN else "")
            for c in sums
        ),
    ]  # fmt: skip
    places = [(wanted.group(row, names), row) for row in rows]
    order = {group: at for at, group in enumerate(dict.fromkeys(_in_place_order(places)))}
    places.sort(key=lambda item: order[item[0]])
    printed = [
        TableRow(
            group, f"第 {at} 行",
            ("", *(c.of(row, names) for c in wanted.words), *(c.of(row, book) for c in sums)),
        )
        for at, (group, row) in enumerate(places, 1)
    ]  # fmt: skip
    money = any(c.kind is Kind.YUAN for c in sums)
    words = Words(
        title=f"{place.name}{years}年{wanted.title}", left=head.left, centre=head.centre,
        right="单位：元" if money else "", notes=f"说明：{wanted.note}。" if wanted.note else "",
        footmark=head.footmark, counted=wanted.counted, group_sums=bool(sums),
    )  # fmt: skip
    return Table(words, columns, printed)


def _bare(title: str) -> str:
    return title.replace("（元）", "")


def _in_place_order(rows: Sequence[tuple[str | None, Any]]) -> list[str | None]:
    """Groups by the code of their place, so that villages stand as in every other list; others as they come."""

    def code(row: Any) -> str:
        if isinstance(row, dict):
            return str(row["place"])
        return row.place if isinstance(row, ContractYear | FundPart) else ""

    return [group for group, _ in sorted(rows, key=lambda item: code(item[1]))]
