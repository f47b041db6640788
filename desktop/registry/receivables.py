"""What is owed under a contract 应收 and what was paid: receipts settle the oldest due first, by one pure function.

Ageing 账龄 counts days after the due day: 1–30, 31–90, 91–180, 181–365, more (issue 4).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from desktop.common.formula import Formula

SETTLING = ("rent", "dividend")
"""Kinds of receipts that settle dues; deposits, penalties and returned principal do not."""
AGE_LIMITS = (30, 90, 180, 365)
AGE_WORDS = ("1–30 天", "31–90 天", "91–180 天", "181–365 天", "365 天以上")
OWING_STATES = ("active", "ended", "terminated")
"""Contracts whose dues are owed; a draft owes nothing yet."""
FORMULAS = (
    Formula(
        "应收和欠款",
        "租金和分红先冲最早到期的一期。到期还没有收齐的是欠款；还没到期的不算欠。退了的，从退款那天起不算收到。"
        "草拟的合同没有应收。",
        "程序自定：先到期的先冲",
    ),
    Formula("欠款账龄", f"从应收日的第二天起数天数，分五段：{'、'.join(AGE_WORDS)}。", "程序自定"),
)
"""How arrears are said to a person who asks."""


class Due(NamedTuple):
    """One due of the schedule, 分."""

    on: str
    amount: int


class Paid(NamedTuple):
    """One receipt as the allocation sees it. A reversal has the negative amount and names what it reverses."""

    id: str
    on: str
    amount: int
    reversal_of: str | None = None
    refund_of: str | None = None
    """A part of that receipt went back."""


class DueState(NamedTuple):
    """A due with what was paid of it; `settled` is the day on which it was paid in full."""

    on: str
    amount: int
    paid: int
    settled: str | None
    overdue_days: int
    """Days after the due day on the day asked for; 0 when settled or not yet due."""

    @property
    def owed(self) -> int:
        """What is missing, 分."""
        return self.amount - self.paid


class Part(NamedTuple):
    """Which part of a receipt went to which due."""

    receipt: str
    due: int
    amount: int


@dataclass(frozen=True, slots=True)
class Account:
    """A contract's dues and receipts on a day; Σ receipts = Σ paid + `advance`."""

    dues: tuple[DueState, ...]
    parts: tuple[Part, ...]
    advance: int
    """预收: received beyond everything in the schedule; negative only when more was paid back than came in."""

    @property
    def received(self) -> int:
        """What came in and counts."""
        return sum(d.paid for d in self.dues) + self.advance

    def due(self, day: str) -> int:
        """What has fallen due up to and including a day."""
        return sum(d.amount for d in self.dues if d.on <= day)

    @property
    def arrears(self) -> int:
        """欠款: unpaid of what was due before the day."""
        return sum(d.owed for d in self.dues if d.overdue_days)

    @property
    def ages(self) -> tuple[int, ...]:
        """The arrears by age, as `AGE_WORDS`."""
        sums = [0] * len(AGE_WORDS)
        for due in self.dues:
            if due.overdue_days:
                sums[age_class(due.overdue_days)] += due.owed
        return tuple(sums)


def age_class(days: int) -> int:
    """Index into `AGE_WORDS` for arrears this many days old (1 or more)."""
    return bisect_left(AGE_LIMITS, days)


def allocate(dues: Iterable[Due], receipts: Iterable[Paid], day: str) -> Account:
    """Settle dues by receipts up to a day: the oldest due first, receipts in the order of their days.

    A receipt and its reversal cancel each other from the reversal's day on. What exceeds all dues is an advance.
    """
    ordered = sorted(dues, key=lambda d: d.on)
    counted = _standing([r for r in receipts if r.on <= day])
    left = [due.amount for due in ordered]
    settled: list[str | None] = [due.on if due.amount <= 0 else None for due in ordered]
    parts: list[Part] = []
    at, advance = 0, 0
    for receipt in counted:
        rest = receipt.amount
        while rest > 0 and at < len(ordered):
            part = min(rest, left[at])
            if part > 0:
                left[at] -= part
                rest -= part
                parts.append(Part(receipt.id, at, part))
            if left[at] <= 0:
                settled[at] = settled[at] or receipt.on
                at += 1
        advance += rest
    states = tuple(
        DueState(due.on, due.amount, due.amount - left[i], settled[i],
                 _days(due.on, day) if left[i] > 0 and due.on < day else 0)
        for i, due in enumerate(ordered)
    )  # fmt: skip
    return Account(states, tuple(parts), advance)


def _standing(receipts: Sequence[Paid]) -> list[Paid]:
    """Receipts that were not reversed, less what of each went back, in order; a reversal or a refund that finds no
    counterpart stands as it is."""
    amounts = {r.id: r.amount for r in receipts}
    gone: set[str] = set()
    for receipt in receipts:
        named = receipt.reversal_of
        if named and named not in gone and amounts.get(named) == -receipt.amount:
            gone |= {receipt.id, named}
    standing = [r for r in receipts if r.id not in gone]
    here = {r.id for r in standing}
    back: dict[str, int] = {}
    for receipt in standing:
        if receipt.refund_of in here:
            back[str(receipt.refund_of)] = back.get(str(receipt.refund_of), 0) + receipt.amount
    kept = [r._replace(amount=r.amount + back.get(r.id, 0)) for r in standing if r.refund_of not in here]
    return sorted(kept, key=lambda r: (r.on, r.id))


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def reminder(term_end: str, day: str, thresholds: Iterable[int]) -> int | None:
    """The reminder a contract has reached: the smallest threshold that its days left do not exceed, 0 when it is over.

    None while it is further away than every threshold (policy `contract.remind_days`).
    """
    left = _days(day, term_end)
    if left < 0:
        return 0
    return min((t for t in thresholds if left <= t), default=None)


def days_left(term_end: str, day: str) -> int:
    """Days from a day to the last day of the term; negative when it is over."""
    return _days(day, term_end)
