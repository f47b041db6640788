"""A distribution's sums and limits: distributable = received + carried over − kept, every use and line to the 分.

Rules of the plan itself, without asking who the recipients are (`distribution_checks` does). The county's order of
uses, limits of each use and local caps are policies; the forbidden uses are the list `income_use_forbidden.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from desktop.common.errors import InputRefused
from desktop.common.formula import Formula
from desktop.common.money import format_yuan
from desktop.registry import codelists
from desktop.registry.codelists import word
from desktop.registry.distribution import listed
from desktop.registry.policies import policy
from desktop.store.database import Sql

DISTRIBUTED_KINDS = ("rent", "dividend", "penalty", "other", "disposal")
"""Kinds of receipts that can be distributed; deposits and principal belong to others."""

FORMULAS = (
    Formula(
        "可分配收益", "选入方案的收款＋上期结余－这次留下的结余。押金和收回的本金不能分。",
        "新会区文件二（五）：完善收益分配制度；公示时要写明结余",
    ),
    Formula("未安排", "可分配收益－各用途金额之和。等于 0.00 才能往下办。", "程序自定：方案要平"),
    Formula(
        "结余", "这次留着不分的，转到下一个方案，作为那里的上期结余。公示和明细表上都印出来。", "新会区文件二（五）",
    ),
)
"""How the sums of a plan are said to a person who asks."""


@dataclass(frozen=True)
class UseLine:
    """One use with its amount and what its recipients' lines add to; 分."""

    use: str
    amount_fen: int
    note: str
    lines: int
    lined_fen: int

    @property
    def word(self) -> str:
        """The use as it is shown."""
        return word("income_use", self.use)

    @property
    def open_fen(self) -> int:
        """What is not yet given to recipients; 0 for a use without recipients."""
        return self.amount_fen - self.lined_fen if self.lines else 0


@dataclass(frozen=True)
class PlanBalance:
    """The equation of a plan, 分: received + carried over = arranged + open + kept."""

    received_fen: int
    carried_over_fen: int
    kept_fen: int
    uses: tuple[UseLine, ...]

    @property
    def total_fen(self) -> int:
        """Everything there is to arrange or keep."""
        return self.received_fen + self.carried_over_fen

    @property
    def distributable_fen(self) -> int:
        """可分配收益: received + carried over − kept."""
        return self.total_fen - self.kept_fen

    @property
    def arranged_fen(self) -> int:
        """What the uses take."""
        return sum(u.amount_fen for u in self.uses)

    @property
    def open_fen(self) -> int:
        """Not arranged yet (negative: arranged too much)."""
        return self.distributable_fen - self.arranged_fen

    @property
    def unlined_fen(self) -> int:
        """Arranged to a use that has recipients, but not yet given to any of them."""
        return sum(u.open_fen for u in self.uses)

    @property
    def balanced(self) -> bool:
        """Whether nothing is open, to the 分."""
        return not self.open_fen and all(not u.open_fen for u in self.uses)


def balance_of(row: Mapping[str, Any]) -> PlanBalance:
    """The sums of a plan's row (with its list cells)."""
    lined: dict[str, list[int]] = {}
    for line in listed(row, "lines"):
        lined.setdefault(line[0], []).append(line[5] or 0)
    uses = tuple(
        UseLine(use, fen or 0, note or "", len(lined.get(use, ())), sum(lined.get(use, ())))
        for use, fen, note in listed(row, "uses")
    )
    received = sum(fen or 0 for _, fen in listed(row, "receipts"))
    return PlanBalance(received, int(row.get("carried_over_fen") or 0), int(row.get("kept_fen") or 0), uses)


@dataclass(frozen=True)
class PlanProblem:
    """Something that bars a plan (error) or that a person should look at (warning).

    `use` and `line` (index in the lines) say where; `message` carries no name.
    """

    code: str
    severity: str
    message: str
    use: str = ""
    line: int | None = None


def plan_problems(sql: Sql, row: Mapping[str, Any]) -> list[PlanProblem]:
    """What about sums, uses and limits is not right; the balance first."""
    plan = balance_of(row)
    found: list[PlanProblem] = []

    def error(code: str, message: str, use: str = "") -> None:
        found.append(PlanProblem(code, "error", message, use))

    if not plan.total_fen:
        error("no_income", "还没有选收益")
    if plan.open_fen > 0:
        error("open", f"还有 {format_yuan(plan.open_fen)} 元没有安排用途，也没有留作结余")
    elif plan.open_fen < 0:
        error("over", f"安排的用途和结余比可分配收益多 {format_yuan(-plan.open_fen)} 元")
    if plan.kept_fen < 0 or plan.carried_over_fen < 0:
        error("negative", "结余不能是负数")
    if not plan.uses and plan.total_fen and plan.kept_fen != plan.total_fen:
        error("no_use", "还没有定用途")
    lined_uses = {line[0] for line in listed(row, "lines")}
    for stray in sorted(lined_uses - {u.use for u in plan.uses}):
        error("line_without_use", f"{word('income_use', stray)}有分配明细，用途表里却没有这一项", stray)
    seen: set[str] = set()
    for use in plan.uses:
        if use.use in seen:
            error("use_twice", f"{use.word}列了两次，请合并", use.use)
        seen.add(use.use)
        if use.amount_fen <= 0:
            error("use_amount", f"{use.word}没有金额", use.use)
        if use.open_fen > 0:
            error("unlined", f"{use.word}还差 {format_yuan(use.open_fen)} 元没有分到户（人）", use.use)
        elif use.open_fen < 0:
            error("overlined", f"{use.word}分到户（人）的多出 {format_yuan(-use.open_fen)} 元", use.use)
        forbidden = forbidden_use(use.note) or forbidden_use(use.use)
        if forbidden:
            error("forbidden", f"帮扶项目资产收益不能用于{forbidden}", use.use)
        found += _limit_problems(sql, plan, use)
    if row.get("level") in ("household", "person") and plan.uses and not any(u.lines for u in plan.uses):
        error("nobody", "分配层级是到户（人），还没有一户（人）")
    used = {u.use for u in plan.uses}
    for use_code, limit in policy(sql, "distribution.use_limits").items():
        if use_code not in used and _number(limit.get("min_percent")) and plan.distributable_fen > 0:
            least = f"县里规定{word('income_use', use_code)}不低于 {limit['min_percent']}%"
            error("use_missing", f"{least}，方案里没有这一项")
    return found


def _limit_problems(sql: Sql, plan: PlanBalance, use: UseLine) -> list[PlanProblem]:
    limit = policy(sql, "distribution.use_limits").get(use.use)
    if not limit:
        return []
    out = []
    base = max(plan.distributable_fen, 0)
    for key, above in (("max_percent", True), ("min_percent", False)):
        percent = _number(limit.get(key))
        if percent is None:
            continue
        bound = percent * base / 100
        if (use.amount_fen > bound) if above else (use.amount_fen < bound):
            what = "不高于" if above else "不低于"
            fen = int(bound) if above else -int(-bound // 1)
            out.append(PlanProblem(
                "use_limit", "error",
                f"县里规定{use.word}{what}可分配收益的 {limit[key]}%（{format_yuan(fen)} 元），现在是 "
                f"{format_yuan(use.amount_fen)} 元", use.use,
            ))  # fmt: skip
    for key, above in (("max_fen", True), ("min_fen", False)):
        fen_limit = limit.get(key)
        if isinstance(fen_limit, int) and ((use.amount_fen > fen_limit) if above else (use.amount_fen < fen_limit)):
            out.append(PlanProblem(
                "use_limit", "error",
                f"县里规定{use.word}{'不高于' if above else '不低于'} {format_yuan(fen_limit)} 元", use.use,
            ))  # fmt: skip
    return out


def _number(value: Any) -> Fraction | None:
    """A percentage of the policy, as text or integer."""
    return None if value is None or value == "" else Fraction(str(value))


def use_order(sql: Sql) -> list[str]:
    """Uses in the county's order of priority, the list's order where the county set none; ended ones, too, for plans
    of the years in which they were in use."""
    known = [item.code for item in codelists.whole("income_use")]
    first = [code for code in policy(sql, "distribution.use_order") if code in known]
    return first + [code for code in known if code not in first]


def in_order(sql: Sql, uses: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Use rows in the county's order."""
    order = {code: at for at, code in enumerate(use_order(sql))}
    return sorted((list(u) for u in uses), key=lambda u: order.get(u[0], len(order)))


@lru_cache(maxsize=2)
def _forbidden_words(_edition: int) -> tuple[tuple[str, str], ...]:
    """What in a free text betrays a forbidden use: (word, the rule it belongs to); the county adds to them."""
    found: list[tuple[str, str]] = []
    for item in codelists.items("income_use_forbidden"):
        if item.name.startswith("违反"):
            found.append((item.name, item.name))
            continue
        for part in re.split(r"[及和、，]|建设项目", item.name):
            part = part.strip().removeprefix("修建").removeprefix("村委会")
            if len(part) >= 4:
                found.append((part, item.name))
    return tuple(sorted(set(found), key=lambda pair: -len(pair[0])))


def forbidden_use(text: str | None) -> str | None:
    """The rule of `income_use_forbidden.csv` that a use or its description breaks, in the rule's own words."""
    if not text:
        return None
    for item in codelists.items("income_use_forbidden"):
        if text in (item.code, item.name):
            return item.name
    return next((rule for keyword, rule in _forbidden_words(codelists.edition()) if keyword in text), None)


def use_code(text: str) -> str:
    """The code of a typed use; InputRefused with the rule's words for a forbidden one, and for an unknown one."""
    rule = forbidden_use(text)
    if rule:
        raise InputRefused(f"帮扶项目资产收益不能用于{rule}；没有保存。", hint="可用的用途见代码表“收益用途”。")
    code = codelists.code_for("income_use", text)
    if code is None:
        known = "、".join(item.name for item in codelists.items("income_use"))
        raise InputRefused(f"没有“{text}”这个用途；没有保存。", hint=f"可用的用途：{known}。")
    return code
