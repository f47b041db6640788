"""Rent schedules 租金计划 made from a rule: which amount is due on which day, adding up exactly (DOMAIN §2.10).

A period's due day is counted from the first one by whole months, clamped to the month's end (31 January → 28
February → 31 March). With a total the parts are its split by largest remainder; with an amount a period each part is
rounded half up to the 分.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from desktop.common.errors import InputRefused
from desktop.common.formula import Formula
from desktop.common.money import format_yuan, largest_remainder
from desktop.registry.asset_value import exact

PERIODS: dict[str, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "once": 0}
"""Months of a period; `once` = the whole term in one due."""
PERIOD_WORDS: dict[str, str] = {
    "month": "按月", "quarter": "按季", "half_year": "每半年", "year": "按年", "once": "一次付清",
}  # fmt: skip
MOST_DUES = 1200
LAST_YEAR = 9000
"""Later ones are slips, and the calendar ends in 9999."""
FORMULAS = (
    Formula(
        "租金计划", "应收日从第一期起按整月往后数，遇到没有的日子取月底（1 月 31 日的下一期是 2 月 28 日）。"
        "写了总额的，各期加起来等于总额；写了每期金额的，每期四舍五入到分。",
        "程序自定",
    ),
)
"""How a schedule is said to a person who asks."""


@dataclass(frozen=True)
class RentRule:
    """How a schedule is made. Exactly one of `amount_fen` (of the first period) and `total_fen` is given."""

    period: str
    first_due: str
    """ISO day of the first due."""
    amount_fen: int | None = None
    total_fen: int | None = None
    growth_percent: str = "0"
    """递增 in percent, exact decimal text."""
    growth_every: int = 1
    """After how many periods the rent grows, each time."""

    def to_json(self) -> str:
        """As the contract's `rent_rule` stores it."""
        given = {k: v for k, v in vars(self).items() if v is not None}
        return json.dumps(given, ensure_ascii=False, sort_keys=True)


def rule_words(stored: str) -> str:
    """按年 24,300.00 元，每 3 期递增 5%: a stored rule as people read it; the text itself when it is none."""
    if not stored:
        return ""
    try:
        rule = rule_from(stored)
    except InputRefused:
        return stored
    fen = rule.amount_fen if rule.amount_fen is not None else rule.total_fen or 0
    said = f"{PERIOD_WORDS[rule.period]} {format_yuan(fen)} 元"
    if rule.amount_fen is None:
        said = f"{PERIOD_WORDS[rule.period]}，总额 {format_yuan(fen)} 元分摊"
    if exact(rule.growth_percent, Fraction(0)):
        said += f"，每 {rule.growth_every} 期递增 {rule.growth_percent}%"
    return said


def rule_from(data: str | Mapping[str, Any]) -> RentRule:
    """A rule from its stored JSON or from typed values. Raises InputRefused naming what is missing or wrong."""
    try:
        given = dict(json.loads(data)) if isinstance(data, str) else dict(data)
    except (ValueError, TypeError):
        raise InputRefused("租金规则读不出来，没有生成计划。") from None
    period = {word: code for code, word in PERIOD_WORDS.items()}.get(str(given.get("period")), given.get("period"))
    amount, total = _fen(given.get("amount_fen")), _fen(given.get("total_fen"))
    growth, every = str(given.get("growth_percent") or "0"), given.get("growth_every")
    problems = []
    if period not in PERIODS:
        problems.append(f"付款周期应是{'、'.join(PERIOD_WORDS.values())}之一")
    try:
        first = date.fromisoformat(str(given.get("first_due"))).isoformat()
    except ValueError:
        first = ""
        problems.append("首次应付日期应写作 2025-06-30")
    if (amount is None) == (total is None):
        problems.append("每期租金和总额应填一项，且只填一项")
    elif (amount if amount is not None else total or 0) < 0:
        problems.append("租金不能是负数")
    rate = exact(growth, Fraction(0))
    if rate is None or not -100 < rate <= 1000:
        problems.append("递增比例应是百分数，例如 5")
    try:
        every = 1 if every in (None, "") else int(every)
    except (TypeError, ValueError):
        every = 0
    if every < 1:
        problems.append("递增间隔应是 1 期以上")
    if problems:
        raise InputRefused("；".join(problems) + "。没有生成计划。")
    return RentRule(str(period), first, amount, total, growth, every)


def _fen(value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise InputRefused(f"“{value}”不是以分为单位的整数，没有生成计划。") from None


def rent_dues(rule: RentRule, term_start: str, term_end: str) -> list[tuple[str, int]]:
    """(due day, 分) for every period of a term whose last day is `term_end`; their sum is `total_fen` when given.

    A last period shorter than the others weighs its part: by months when they are whole, else by days. Raises
    InputRefused when the term is turned round, would have more than 1,200 dues, or is due more than a year before it
    begins or after it ended (a mistyped year: rent paid ahead or behind is never so far off).
    """
    start, end = _day(term_start), _day(term_end) + timedelta(days=1)
    if start >= end:
        raise InputRefused("合同到期日早于开始日，没有生成计划。")
    first = _day(rule.first_due)
    if (start - first).days > 366 or (first - end).days > 366:
        raise InputRefused(
            f"首次应付日期 {rule.first_due} 离合同期限（{term_start} 至 {term_end}）超过一年，没有生成计划。"
        )
    weights = _weights(PERIODS[rule.period], start, end)
    growth = 1 + (exact(rule.growth_percent, Fraction(0)) or Fraction(0)) / 100
    grown = [weight * growth ** (k // rule.growth_every) for k, weight in enumerate(weights)]
    if rule.total_fen is not None:
        parts = list(largest_remainder(rule.total_fen, dict(enumerate(grown))).values())
    else:
        amount = rule.amount_fen or 0
        parts = [_half_up(amount * weight) for weight in grown]
    step = PERIODS[rule.period]
    return [(add_months(first, step * k).isoformat(), part) for k, part in enumerate(parts)]


def _weights(step: int, start: date, end: date) -> list[Fraction]:
    """One for every whole period of [start, end), less for a shorter last one."""
    if step == 0:
        return [Fraction(1)]
    weights: list[Fraction] = []
    while True:
        begins, ends = add_months(start, step * len(weights)), add_months(start, step * (len(weights) + 1))
        if begins >= end:
            return weights
        if len(weights) >= MOST_DUES:
            raise InputRefused(f"合同期太长，应收计划超过 {MOST_DUES} 期，没有生成。")
        if ends <= end:
            weights.append(Fraction(1))
            continue
        for months in range(1, step):
            if add_months(start, step * len(weights) + months) == end:
                weights.append(Fraction(months, step))
                break
        else:
            weights.append(Fraction((end - begins).days, (ends - begins).days))


def add_months(day: date, months: int) -> date:
    """The same day of the month some months later, clamped to that month's end."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except (TypeError, ValueError):
        raise InputRefused(f"“{text or '空'}”不是日期，应写作 2025-06-30；没有生成计划。") from None
    if found.year > LAST_YEAR:
        raise InputRefused(f"{text} 太远了，没有生成计划。", hint="请核对年份。")
    return found


def _half_up(amount: Fraction) -> int:
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
