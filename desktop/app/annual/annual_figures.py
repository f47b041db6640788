"""The figures of a year's assessment pack: each is a sum over a list of the pack, beside the year before.

Years of a summing-up stand beside each other the same way. Kinds: `fen` (分), `count`, `share` (an exact fraction),
`text`. A figure of the last day (资产、欠款) is a stock; one of what happened in the year adds up over years.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from desktop.app.annual.annual_book import PackPlace, YearBook
from desktop.app.annual.annual_lists import PACK_LISTS
from desktop.common.money import format_yuan
from desktop.insight.industry_share import percent
from desktop.registry.codelists import shipped

Value = int | Fraction | str | None
FigureKind = Literal["fen", "count", "share", "text"]
UNIT = {"fen": "元", "count": "", "share": "", "text": ""}


@dataclass(frozen=True)
class Figure:
    """One line of the figures page: its section, words, unit, and how it is had from a book; `key` names its list."""

    section: str
    label: str
    kind: FigureKind
    key: str
    of: Callable[[YearBook], Value]
    unit: str = ""
    flow: bool = False
    """Whether it happened in the year and adds up over years."""


def figures_of(place: PackPlace, books: Sequence[YearBook]) -> list[Figure]:
    """The figures of these books; categories and uses that occur in none of them are left out."""
    return [*_assets(books), *_money(), *_distribution(books), *_checks(), *_cases(), *_funds(), *_grades(place)]


def _sum(key: str, column: str) -> Callable[[YearBook], Value]:
    return lambda book: _known(book, (key, column), lambda: PACK_LISTS[key].total(book, column))


def _rows(key: str) -> Callable[[YearBook], Value]:
    return lambda book: PACK_LISTS[key].count(book)


def _known(book: YearBook, what: object, work: Callable[[], int]) -> int:
    if what not in book.sums:
        book.sums[what] = work()
    return int(book.sums[what])


def _share(key: str, part: str, whole: str) -> Callable[[YearBook], Value]:
    def of(book: YearBook) -> Value:
        total = PACK_LISTS[key].count(book) if not whole else _sum(key, whole)(book)
        return Fraction(int(str(_sum(key, part)(book))), int(str(total))) if total else None

    return of


def _assets(books: Sequence[YearBook]) -> list[Figure]:
    section, key = "资产（年末）", "assets"
    occurring = {a.category for book in books for a in book.assets}
    kinds = [(i.code, i.name) for i in shipped("asset_category") if i.code in occurring]
    kinds += [("", "未填大类")] if "" in occurring else []

    def of_kind(code: str, column: str) -> Callable[[YearBook], Value]:
        def work(book: YearBook) -> Value:
            wanted = PACK_LISTS[key]
            if not column:
                return wanted.count(book, lambda a: a.category == code)
            return wanted.total(book, column, lambda a: a.category == code)

        return work

    out = [Figure(section, "资产项数", "count", key, _rows(key), "项")]
    out += [Figure(section, f"　{name}", "count", key, of_kind(code, ""), "项") for code, name in kinds]
    for label, column in (("资产原值", "original"), ("资产净值", "net")):
        out.append(Figure(section, label, "fen", key, _sum(key, column)))
        out += [Figure(section, f"　{name}", "fen", key, of_kind(code, column)) for code, name in kinds]
    out += [
        Figure(section, "没有填原值的资产", "count", key,
               lambda b: PACK_LISTS[key].count(b, lambda a: a.original_fen is None), "项"),
        Figure(section, "已确权资产", "count", key, _sum(key, "owned"), "项"),
        Figure(section, "确权率", "share", key, _share(key, "owned", "")),
    ]  # fmt: skip
    return [
        *out,
        Figure(section, "闲置低效资产", "count", "idle", _rows("idle"), "项"),
        Figure(section, "　原值", "fen", "idle", _sum("idle", "original")),
    ]


def _money() -> list[Figure]:
    section = "经营和收款"
    return [
        Figure(section, "年末履行中的合同", "count", "contracts", _sum("contracts", "in_force"), "份"),
        Figure(section, "合同应收（本年到期）", "fen", "contracts", _sum("contracts", "due"), flow=True),
        Figure(section, "合同收到（租金、分红）", "fen", "contracts", _sum("contracts", "received"), flow=True),
        Figure(section, "年末欠款", "fen", "contracts", _sum("contracts", "arrears")),
        Figure(section, "资产收益合计", "fen", "receipts", _sum("receipts", "income"), flow=True),
        Figure(section, "押金、本金等其他收款", "fen", "receipts", _sum("receipts", "other"), flow=True),
    ]


def _distribution(books: Sequence[YearBook]) -> list[Figure]:
    section, key = "收益分配", "distributions"
    uses: dict[str, str] = {}
    for book in books:
        uses |= book.uses
    return [
        Figure(section, "分配方案", "count", key, _rows(key), "个", flow=True),
        Figure(section, "参加分配的收益", "fen", key, _sum(key, "received"), flow=True),
        Figure(section, "上期结余", "fen", key, _sum(key, "carried"), flow=True),
        Figure(section, "分配合计", "fen", key, _sum(key, "given"), flow=True),
        *(Figure(section, f"　{name}", "fen", key, _sum(key, f"use:{c}"), flow=True) for c, name in uses.items()),
        Figure(section, "结余", "fen", key, _sum(key, "kept"), flow=True),
    ]


def _checks() -> list[Figure]:
    section = "检查、整改、管护"
    return [
        Figure(section, "应查资产（按计划）", "count", "inspections", _sum("inspections", "due"), "项次", flow=True),
        Figure(section, "按计划已查", "count", "inspections", _sum("inspections", "done"), "项次", flow=True),
        Figure(section, "检查完成率", "share", "inspections", _share("inspections", "done", "due")),
        Figure(section, "不在本年计划的检查", "count", "inspections", _sum("inspections", "beside"), "项次", flow=True),
        Figure(section, "发现问题", "count", "findings", _sum("findings", "found"), "个", flow=True),
        Figure(section, "　其中年度评估发现", "count", "findings", _sum("findings", "assessed"), "个", flow=True),
        Figure(section, "销号", "count", "findings", _sum("findings", "closed"), "个", flow=True),
        Figure(section, "年末未销号", "count", "findings", _sum("findings", "open"), "个"),
        Figure(section, "　其中逾期", "count", "findings", _sum("findings", "overdue"), "个"),
        Figure(section, "收到投诉", "count", "complaints", _sum("complaints", "received"), "件", flow=True),
        Figure(section, "答复投诉", "count", "complaints", _sum("complaints", "answered"), "件", flow=True),
        Figure(section, "年末未办结投诉", "count", "complaints", _sum("complaints", "open"), "件"),
        Figure(section, "公益性资产管护", "count", "care", _rows("care"), "次", flow=True),
        Figure(section, "管护支出", "fen", "care", _sum("care", "cost"), flow=True),
    ]


def _cases() -> list[Figure]:
    section = "处置、公示、移交、确权、决策"
    return [
        Figure(section, "申请处置", "count", "disposals", _sum("disposals", "applied"), "件", flow=True),
        Figure(section, "核销资产", "count", "disposals", _sum("disposals", "written_off"), "件", flow=True),
        Figure(section, "处置收入", "fen", "disposals", _sum("disposals", "proceeds"), flow=True),
        Figure(section, "张贴公示公告", "count", "notices", _rows("notices"), "件", flow=True),
        Figure(section, "公示收到异议", "count", "notices", _sum("notices", "objections"), "条", flow=True),
        Figure(section, "办结移交", "count", "handovers", _rows("handovers"), "次", flow=True),
        Figure(section, "　移交资产", "count", "handovers", _sum("handovers", "assets"), "项次", flow=True),
        Figure(section, "批准确权登记", "count", "registrations", _rows("registrations"), "件", flow=True),
        Figure(section, "四议两公开决策", "count", "decisions", _rows("decisions"), "次", flow=True),
    ]


def _funds() -> list[Figure]:
    section = "项目资金"
    return [
        Figure(section, "帮扶（衔接）资金", "fen", "funds", _sum("funds", "total"), flow=True),
        Figure(section, "　其中产业资金", "fen", "funds", _sum("funds", "industry"), flow=True),
        Figure(section, "产业资金占比", "share", "funds", _share("funds", "industry", "total")),
    ]


def _grades(place: PackPlace) -> list[Figure]:
    section, key = "年度评估", "assessments"

    def own(column: str) -> Callable[[YearBook], Value]:
        def of(book: YearBook) -> Value:
            line = next((a for a in book.assessments if a.code == place.code and a.kind == "annual"), None)
            if line is None or line.lacks:
                return "没有评估" if column == "state_word" else None
            return getattr(line, column) or None

        return of

    out = [
        Figure(section, "办理情况", "text", key, own("state_word")),
        Figure(section, "自评分", "text", key, own("self_score")),
        Figure(section, "镇评分", "text", key, own("review_score")),
        Figure(section, "县评分", "text", key, own("score")),
        Figure(section, "等次", "text", key, own("grade")),
    ]
    below = [
        Figure(section, "已评定的地区", "count", key, _sum(key, "done"), "个"),
        Figure(section, "没有开始评估的地区", "count", key, _sum(key, "lacks"), "个"),
    ]
    return below if place.level == "county" else out


def shown(figure: Figure, value: Value) -> str:
    """A figure as it stands on paper; — for what is not known."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    if figure.kind == "share":
        return percent(Fraction(value))
    return format_yuan(int(value)) if figure.kind == "fen" else f"{int(value):,}"


def difference(figure: Figure, now: Value, before: Value) -> str:
    """This year's figure less the year before's, with its sign; of shares in 百分点. — where either is not known."""
    if figure.kind == "text" or now is None or before is None or isinstance(now, str) or isinstance(before, str):
        return "" if figure.kind == "text" else "—"
    change = now - before
    if figure.kind == "share":
        return f"{percent(Fraction(change), signed=True)} 百分点"
    sign = "+" if change > 0 else ""
    return sign + (format_yuan(int(change)) if figure.kind == "fen" else f"{int(change):,}")
