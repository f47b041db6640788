"""Tables of an income distribution on paper: the plan, the sign-off sheet 签领表, the result, the year by use.

Amounts are integer 分 printed in 元. No identification number, account or telephone stands on any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from desktop.common.money import format_capitals
from desktop.reports.table_model import Align, Cell, Column, Heading, Headings, Kind, Table, TableRow, Words

_LINE = "＿" * 6
SIGNED_ROW = 27.0
"""Height of a row in which somebody signs, points."""


@dataclass(frozen=True)
class PaperHead:
    """The words around each of the tables. `place` is the village, `unit_name` who fills it in."""

    place: str
    year: int | None
    plan_title: str
    unit_name: str
    date: str
    footmark: str = ""
    criteria: str = ""

    @property
    def of_year(self) -> str:
        """虚岭村2026年度."""
        return f"{self.place}{self.year}年度" if self.year else self.place

    def words(self, title: str, *, counted: str, notes: str = "", signatures: Sequence[str] = ()) -> Words:
        """As the layout wants them."""
        return Words(
            title=title, left=f"填报单位（盖章）：{self.unit_name}", centre=f"填报日期：{self.date}", right="单位：元",
            signatures=tuple(signatures), notes=notes, footmark=self.footmark, counted=counted,
        )  # fmt: skip


@dataclass(frozen=True)
class SourceRow:
    """Income that is distributed; 分."""

    name: str
    what: str
    amount_fen: int


@dataclass(frozen=True)
class UseRow:
    """A use with how many it goes to and what of it is paid; 分."""

    name: str
    note: str
    count: int
    amount_fen: int
    paid_fen: int = 0


@dataclass(frozen=True)
class LineRow:
    """One recipient: where, who, how many people, by what, how much; 分."""

    use: str
    village: str
    group: str
    name: str
    people: int | None
    weight: str
    basis: str
    amount_fen: int
    payee: str = ""
    state: str = ""
    paid_date: str = ""
    note: str = ""


_AMOUNT = Column("金额（元）", Kind.YUAN, least=9, summed=True, key="fen")
_GROUP = Column("组", least=4, align=Align.CENTRE, blank="")
_NAME = Column("户主（姓名）", weight=1, least=6)
_FILLERS = (f"填报人：{_LINE}", f"审核人：{_LINE}", f"单位负责人（签字）：{_LINE}")


def plan_tables(
    head: PaperHead, sources: Sequence[SourceRow], uses: Sequence[UseRow], kept_fen: int, lines: Sequence[LineRow]
) -> list[tuple[str, Table]]:
    """The plan: income and uses with 结余 on one sheet, and who gets what, use by use."""
    headings: Headings = (
        Column("序号", Kind.SERIAL), Column("项目", weight=2, least=12), Column("说明", weight=2, least=10, blank=""),
        Column("户（人）数", Kind.COUNT, least=6, blank=""), _AMOUNT,
    )  # fmt: skip
    rows = [TableRow("收益来源", s.name, (0, s.name, s.what or None, None, s.amount_fen)) for s in sources]
    rows += [TableRow("用途安排", u.name, (0, u.name, u.note or None, u.count or None, u.amount_fen)) for u in uses]
    rows.append(TableRow("用途安排", "结余", (0, "结余，转下次", None, None, kept_fen)))
    words = head.words(
        f"{head.of_year}帮扶项目资产收益分配方案", counted="项", signatures=_FILLERS,
        notes="说明：收益来源小计等于用途安排小计；除不尽的分按最大余数法给到户（人）。",
    )  # fmt: skip
    tables = [("收益和用途", Table(replace(words, grand_total=False), headings, rows))]
    if lines:
        tables.append(("分配明细", _line_table(head, lines)))
    return tables


def _line_table(head: PaperHead, lines: Sequence[LineRow]) -> Table:
    weighted = any(row.weight for row in lines)
    headings: Headings = (
        Column("序号", Kind.SERIAL), Column("村", weight=1, least=5), _GROUP, _NAME,
        Column("人口", Kind.COUNT, least=3, summed=True, key="people", blank=""),
        *((Column("系数", least=4, align=Align.CENTRE, blank=""),) if weighted else ()),
        Column("依据", weight=1, least=6, blank=""),
        _AMOUNT, Column("备注", weight=1, least=5, blank=""),
    )  # fmt: skip
    rows = [
        TableRow(row.use, f"{row.use} 第 {n} 行", (
            0, row.village or None, row.group or None, row.name, row.people,
            *((row.weight or None,) if weighted else ()), row.basis or None, row.amount_fen, row.note or None,
        ))
        for n, row in enumerate(lines, 1)
    ]  # fmt: skip
    total = sum(row.amount_fen for row in lines)
    conditions = f"名单条件：{head.criteria}。" if head.criteria else ""
    notes = f"说明：合计人民币（大写）{format_capitals(total)}。{conditions}"
    words = head.words(
        f"{head.of_year}帮扶项目资产收益分配明细表", counted="户（人）", signatures=_FILLERS, notes=notes
    )
    return Table(words, headings, rows)


def sign_off_table(head: PaperHead, lines: Sequence[LineRow]) -> Table:
    """签领表: one row a recipient with room to sign, the sum of each page, the whole in capitals at the end."""
    headings: Headings = (
        Column("序号", Kind.SERIAL), _GROUP, _NAME, Column("人口", Kind.COUNT, least=3, blank=""),
        Column("依据", weight=0.6, least=5, blank=""), _AMOUNT,
        Column("领款人签名（手印）", weight=2, least=9, blank=""), Column("领款日期", weight=0.6, least=6, blank=""),
        Column("备注", weight=0.6, least=4, blank=""),
    )  # fmt: skip
    rows = [
        TableRow(None, f"第 {n} 行", (
            0, row.group or None, row.name, row.people, row.basis or None, row.amount_fen, None, row.paid_date or None,
            f"由{row.payee}代领" if row.payee else row.note or None,
        ))
        for n, row in enumerate(lines, 1)
    ]  # fmt: skip
    total = sum(row.amount_fen for row in lines)
    signatures = (f"发放人：{_LINE}", f"监督人：{_LINE}", f"负责人（签字）：{_LINE}")
    words = head.words(
        f"{head.of_year}帮扶项目资产收益分配签领表", counted="户（人）", signatures=signatures,
        notes=f"说明：{head.plan_title}。合计人民币（大写）{format_capitals(total)}。",
    )  # fmt: skip
    return Table(replace(words, page_sums=True, least_row=SIGNED_ROW), headings, rows)


def result_tables(
    head: PaperHead, uses: Sequence[UseRow], kept_fen: int, lines: Sequence[LineRow]
) -> list[tuple[str, Table]]:
    """The result announcement 结果公告: each use planned, paid and not yet paid, 结余; then who got what and when."""
    headings: Headings = (
        Column("序号", Kind.SERIAL), Column("用途", weight=2, least=12),
        Column("户（人）数", Kind.COUNT, least=6, blank=""),
        Column("分配金额（元）", Kind.YUAN, least=9, summed=True, key="fen"),
        Column("已发放（元）", Kind.YUAN, least=9, summed=True, key="paid"),
        Column("未发放（元）", Kind.YUAN, least=9, summed=True, key="unpaid"),
    )  # fmt: skip
    rows = [
        TableRow(None, u.name, (0, u.name, u.count or None, u.amount_fen, u.paid_fen, u.amount_fen - u.paid_fen))
        for u in uses
    ]
    rows.append(TableRow(None, "结余", (0, "结余，转下次", None, kept_fen, None, None)))
    words = head.words(
        f"关于{head.of_year}帮扶项目资产收益分配结果的公告", counted="项",
        notes=f"说明：{head.plan_title}。对结果有疑问的，可向填报单位询问。",
    )  # fmt: skip
    tables = [("分配结果", Table(words, headings, rows))]
    if lines:
        detail: Headings = (
            Column("序号", Kind.SERIAL), Column("用途", weight=1.5, least=8),
            _GROUP, _NAME, Column("人口", Kind.COUNT, least=3, blank=""), _AMOUNT,
            Column("发放", weight=0.5, least=4, align=Align.CENTRE, blank=""),
            Column("发放日期", weight=0.5, least=6, align=Align.CENTRE, blank=""),
        )  # fmt: skip
        named = [
            TableRow(None, f"第 {n} 行", (
                0, row.use, row.group or None, row.name, row.people, row.amount_fen, row.state or None,
                row.paid_date or None,
            ))
            for n, row in enumerate(lines, 1)
        ]  # fmt: skip
        listed = head.words(f"{head.of_year}帮扶项目资产收益分配发放名单", counted="户（人）")
        tables.append(("发放名单", Table(listed, detail, named)))
    return tables


@dataclass(frozen=True)
class YearRow:
    """One distribution in the year's summary; 分 by use code."""

    village: str
    title: str
    received_fen: int
    carried_over_fen: int
    uses: Mapping[str, int]
    kept_fen: int
    state: str
    code: str = ""
    """The division it is for."""


def year_table(head: PaperHead, rows: Sequence[YearRow], use_words: Mapping[str, str]) -> Table:
    """The year's distributions by use, villages with 小计; only uses that occur have a column."""
    money = [Column(use_words[code], Kind.YUAN, least=6, summed=True, key=code) for code in use_words]
    headings: Headings = (
        Column("序号", Kind.SERIAL), Column("方案", weight=2, least=10),
        Heading("可分配", (
            Column("收益", Kind.YUAN, least=6, summed=True, key="received"),
            Column("上期结余", Kind.YUAN, least=6, summed=True, key="carried", hidden_when_empty=True),
        )),
        *((Heading("用途", tuple(money)),) if money else ()),
        Column("结余", Kind.YUAN, least=6, summed=True, key="kept"),
        Column("办理", least=4, align=Align.CENTRE),
    )  # fmt: skip
    printed = [
        TableRow(row.village or "（未填村）", row.title, _year_cells(row, list(use_words))) for row in rows
    ]
    words = head.words(
        f"{head.of_year}帮扶项目资产收益分配汇总表", counted="次", signatures=_FILLERS,
        notes="说明：收益加上期结余，等于各用途与结余之和。只列已确认的方案。",
    )  # fmt: skip
    return Table(words, headings, printed)


def _year_cells(row: YearRow, codes: Sequence[str]) -> tuple[Cell, ...]:
    return (
        0, row.title, row.received_fen, row.carried_over_fen, *(row.uses.get(code, 0) for code in codes), row.kept_fen,
        row.state,
    )  # fmt: skip
