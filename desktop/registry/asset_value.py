"""What an asset is worth on any day 资产价值: value changes, depreciation, impairment and net value, exact to the 分.

The one place of the computation (DOMAIN §2.10; seed 001 §二(七) 避免资产缩水消蚀). Integer 分 and whole months; a
charge is the difference of two rounded running totals, so that charges always add up to what is to be charged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.common.formula import Formula
from desktop.registry.rows import RegisterRow, cell


class ValueChange(RegisterRow, table=True):
    """One dated change of an asset's original value or of its impairment, in 分, with its paper."""

    __tablename__ = "value_change"
    register_id: ClassVar[int] = 41
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        8: ("fund_parts", "value_change_fund_part", ("source", "amount_fen")),
    }

    asset_id: str | None = cell(1, max_length=32, index=True)
    on_date: str | None = cell(2, max_length=10)
    kind: str | None = cell(3)
    """Code of `value_change_kind.csv`: addition, reduction, impairment, impairment_reversal, revaluation up or down."""
    amount_fen: int | None = cell(4, sa_type=BigInteger)
    """Always positive; the kind says in which direction it works."""
    reason: str | None = cell(5)
    source_doc: str | None = cell(6)
    note: str | None = cell(7)
    depreciation_fen: int | None = cell(9, sa_type=BigInteger)
    """转出的累计折旧 of what was taken away; None = in proportion to the original value."""
    remaining_months: int | None = cell(10)
    """尚可使用月数 after the change, when it was estimated anew."""


class ValueChangeFundPart(SQLModel, table=True):
    """One source of an addition's money; written only by the journal."""

    __tablename__ = "value_change_fund_part"

    value_change_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    source: str | None = Field(default=None, max_length=32)
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)


class AssetIncome(RegisterRow, table=True):
    """What one asset is expected to bring in one year (分); what it brought is the sum of its receipts."""

    __tablename__ = "asset_income"
    register_id: ClassVar[int] = 47
    parent_columns: ClassVar[tuple[str, ...]] = ("asset_id",)

    asset_id: str | None = cell(1, max_length=32, index=True)
    year: int | None = cell(2)
    expected_fen: int | None = cell(3, sa_type=BigInteger)
    note: str | None = cell(4)


INCREASE = ("addition", "revaluation_up")
DECREASE = ("reduction", "revaluation_down")
"""Kinds that change the original value 账面原值; the other two change the impairment."""

FORMULAS = (
    Formula(
        "账面原值",
        "原始价值，加上到这一天为止的追加和评估增值，减去减少和评估减值。原始价值没有填的，价值是未填，不算 0。",
        "汕尾市文件二（七）：避免扶贫资产缩水消蚀",
    ),
    Formula(
        "累计折旧（平均年限法）",
        "可提折旧＝账面原值－残值－减值准备，按使用月数平均。购建的下一个月起提，每月的一份到当月最后一天才算。"
        "当中有追加或减少的，从它的下一个月起按新的数重新平均。提到残值为止。",
        "通行做法；方法、月数、残值率以资产自己填的为先，其次是县里的规定",
    ),
    Formula(
        "累计折旧（工作量法）", "可提折旧×已完成的工作量÷总工作量。工作量登记到哪一天，就提到哪一天。", "通行做法",
    ),
    Formula(
        "按台账带入的累计折旧",
        "填了“期初日期”的，那一天就是台账上写的数；之前从购建起平均摊开，之后照办法接着提。"
        "没有折旧办法的资产，台账上写多少就是多少。",
        "程序自定：台账上的数不改",
    ),
    Formula("减值准备", "到这一天为止的减值，减去转回。", "汕尾市文件二（七）"),
    Formula("净值", "账面原值－累计折旧－减值准备，分毫不差。", "汕尾市文件二（七）"),
)
"""How the values of an asset are said to a person who asks."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A way of depreciating 折旧办法: `straight_line` over months, `units` of work, or `none`."""

    method: str
    months: int = 0
    residual: Fraction = Fraction(0)
    total_units: Fraction = Fraction(0)
    origin: str = "asset"
    """Who says so: the `asset` itself, the `county`'s rule for its kind, or `never` (its kind is not depreciated)."""


class Change(NamedTuple):
    """One change as the computation sees it; a tuple, since a county has hundreds of thousands."""

    on: str
    kind: str
    amount: int
    depreciation: int | None = None
    remaining_months: int | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything an asset's value follows from. `original` is the 原始价值 at its beginning; dates are ISO."""

    original: int | None
    built: str | None = None
    stated: int | None = None
    """Accumulated depreciation as stated; true on the `opening` day, or without one at all times."""
    opening: str | None = None
    rule: Rule | None = None
    changes: Sequence[Change] = ()
    """In the order of their days."""
    work: Sequence[tuple[str, Fraction]] = ()
    """Units of work done up to a day, for the method `units`, in order."""


@dataclass(frozen=True, slots=True)
class Values:
    """An asset's value on a day, in 分; all None when its original value is unknown."""

    original: int | None
    depreciation: int | None
    impairment: int | None
    net: int | None


UNKNOWN = Values(None, None, None, None)


def values_on(basis: Basis, day: str) -> Values:
    """The value on a day (ISO): original value with all changes so far, what is depreciated and impaired, the net.

    Straight line: each month's charge counts from the month's last day, the first one in the month after `built`; a
    change works on the charges of the months after its own; nothing is charged below the residual value. On the
    opening day the stated accumulated depreciation holds exactly; before it, it is spread evenly from `built` on.
    """
    if basis.original is None:
        return UNKNOWN
    past = [c for c in basis.changes if c.on <= day] if basis.changes else []
    gross, impaired = _sums(basis.original, past)
    worn = _worn(basis, past, day)
    return Values(gross, worn, impaired, gross - worn - impaired)


def _sums(original: int, changes: Iterable[Change]) -> tuple[int, int]:
    """Original value and impairment after changes."""
    gross, impaired = original, 0
    for change in changes:
        if change.kind in INCREASE:
            gross += change.amount
        elif change.kind in DECREASE:
            gross -= change.amount
        elif change.kind == "impairment":
            impaired += change.amount
        elif change.kind == "impairment_reversal":
            impaired -= change.amount
    return gross, impaired


def _worn(basis: Basis, past: Sequence[Change], day: str) -> int:
    """Accumulated depreciation 累计折旧 on a day."""
    stated, opening = basis.stated or 0, basis.opening
    charging = basis.rule is not None and basis.rule.method != "none"
    if opening and day < opening:
        whole = charged_months(basis.built, opening)
        return _rounded(stated * min(charged_months(basis.built, day), whole), whole) if whole else 0
    assert basis.original is not None
    before = [c for c in past if opening and c.on <= opening]
    later = past[len(before) :]
    gross, impaired = _sums(basis.original, before)
    book = _Book(gross, 0 if charging and not opening else stated, impaired)
    if not charging:
        for change in later:
            book.take(change)
    elif basis.rule is not None and basis.rule.method == "units":
        _by_units(book, basis, later, day)
    elif basis.built:
        _by_months(book, basis, later, day)
    return book.worn


@dataclass(slots=True)
class _Book:
    """The running state: original value, accumulated depreciation, impairment."""

    gross: int
    worn: int
    impaired: int

    def take(self, change: Change) -> None:
        """Let one change work; what is taken away takes its depreciation along."""
        before = self.gross
        self.gross, more = _sums(self.gross, (change,))
        self.impaired += more
        if change.kind in DECREASE:
            out = change.depreciation
            if out is None:
                out = _rounded(self.worn * change.amount, before) if before > 0 else 0
            self.worn -= min(out, self.worn)
        elif change.kind in INCREASE and change.depreciation:
            self.worn += change.depreciation

    def left(self, residual: Fraction) -> int:
        """What may still be charged until the residual value 残值 is reached."""
        return self.left_of(residual.numerator, residual.denominator)

    def left_of(self, part: int, whole: int) -> int:
        """The same with the residual value as two integers, for those who ask again and again."""
        left = self.gross - (2 * self.gross * part + whole) // (2 * whole) - self.impaired - self.worn
        return left if left > 0 else 0


def _by_months(book: _Book, basis: Basis, changes: Sequence[Change], day: str) -> None:
    """Straight line 平均年限法: segments between the months that have a change."""
    rule, built = basis.rule, month_index(basis.built or "")
    assert rule is not None
    part, whole = rule.residual.numerator, rule.residual.denominator
    now = built + charged_months(basis.built, day)
    start = built + charged_months(basis.built, basis.opening) if basis.opening else built
    end = built + rule.months
    if basis.opening:
        for change in basis.changes:
            if change.on <= basis.opening and change.remaining_months is not None:
                end = month_index(change.on) + change.remaining_months
    base, left = book.worn, book.left_of(part, whole)

    def reached(month: int) -> int:
        """Accumulated depreciation at the end of a month within the present segment."""
        length = end - start
        if length <= 0:
            return base
        past = month - start
        past = 0 if past < 0 else length if past > length else past
        return base + (2 * left * past + length) // (2 * length)

    at, count = 0, len(changes)
    months = [month_index(change.on) for change in changes]
    while at < count:
        month = months[at]
        if month > start:
            book.worn = reached(month - 1)
            due = reached(month) - book.worn
        else:  # in the month of the beginning, or before: nothing is charged for it any more
            due = 0
        while at < count and months[at] == month:
            change = changes[at]
            book.take(change)
            if change.remaining_months is not None:
                end = max(month, start) + change.remaining_months
            at += 1
        if now < month:  # the month is not over on the day asked for
            return
        if due:
            book.worn += min(due, book.left_of(part, whole))
        if month > start:
            start = month
        base, left = book.worn, book.left_of(part, whole)
    book.worn = reached(now)


def _by_units(book: _Book, basis: Basis, changes: Sequence[Change], day: str) -> None:
    """Units of work 工作量法: what is left to charge by the units done of those that are left."""
    rule, opening = basis.rule, basis.opening or ""
    assert rule is not None
    done = sum((u for on, u in basis.work if on <= opening), Fraction(0)) if opening else Fraction(0)
    total = max(rule.total_units - done, Fraction(0))
    base, left, used = book.worn, book.left(rule.residual), Fraction(0)
    events: list[tuple[str, int, Any]] = [(c.on, 0, c) for c in changes]
    events += [(on, 1, units) for on, units in basis.work if opening < on <= day]
    for _, kind, event in sorted(events, key=lambda e: e[:2]):
        if kind == 1:
            used += event
            part = min(used, total) / total if total else Fraction(0)
            book.worn = base + _rounded(left * part.numerator, part.denominator)
        else:
            book.take(event)
            total, used = max(total - used, Fraction(0)), Fraction(0)
            base, left = book.worn, book.left(rule.residual)


def month_index(day: str) -> int:
    """Months since the year 0, of an ISO day."""
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def charged_months(built: str | None, day: str | None) -> int:
    """How many months' charges stand on a day: the month after `built` is the first, each counts from its last day."""
    if not built or not day or day < built:
        return 0
    months = month_index(day) - month_index(built)
    return max(0, months if is_month_end(day) else months - 1)


def is_month_end(day: str) -> bool:
    """Whether an ISO day is the last of its month."""
    year, month, last = int(day[:4]), int(day[5:7]), int(day[8:10])
    if month == 2:
        return last == (29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28)
    return last == (30 if month in (4, 6, 9, 11) else 31)


def _rounded(numerator: int, denominator: int) -> int:
    """Half up to whole 分."""
    return (2 * numerator + denominator) // (2 * denominator)


def rule_of(row: Mapping[str, Any], never: Iterable[str], rules: Mapping[str, Mapping[str, Any]]) -> Rule | None:
    """The rule that holds for an asset's row; None when nobody gave one and the stated depreciation stands.

    `never` are kinds (subcategories or categories) that are not depreciated whatever stands at the asset, `rules` the
    county's own for kinds (policies `depreciation.never` and `depreciation.rules`).
    """
    kinds = (row.get("subcategory"), row.get("category"))
    if any(kind in never for kind in kinds if kind):
        return Rule("none", origin="never")
    if row.get("depreciation_method"):
        return _rule(
            str(row["depreciation_method"]), row.get("useful_life_months"), row.get("residual_rate"),
            row.get("total_units"), "asset",
        )  # fmt: skip
    for kind in kinds:
        if kind and kind in rules:
            given = rules[kind]
            return _rule(str(given.get("method")), given.get("months"), given.get("residual"), None, "county")
    return None


def _rule(method: str, months: Any, residual: Any, units: Any, origin: str) -> Rule | None:
    """A rule from stored values; None when what the method needs is missing or unreadable."""
    rate, total = exact(residual, Fraction(0)), exact(units, None)
    if method == "none":
        return Rule("none", origin=origin)
    if rate is None or not 0 <= rate < 1:
        return None
    if method == "straight_line" and months and int(months) > 0:
        return Rule(method, int(months), rate, origin=origin)
    if method == "units" and total is not None and total > 0:
        return Rule(method, residual=rate, total_units=total, origin=origin)
    return None


def exact(text: Any, default: Fraction | None) -> Fraction | None:
    """A decimal text as an exact fraction; None for what is no finite number."""
    if text is None or text == "":
        return default
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() else None
