"""Receipts settle the oldest due first; every 分 is somewhere; arrears have their age."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.registry.receivables import AGE_WORDS, Due, Paid, age_class, allocate, reminder

YEARS = [Due("2022-01-01", 1_000), Due("2023-01-01", 1_000), Due("2024-01-01", 1_000)]


def test_the_oldest_due_first() -> None:
    account = allocate(YEARS, [Paid("a", "2022-03-01", 600), Paid("b", "2023-02-01", 900)], "2023-02-15")
    assert [(d.paid, d.settled, d.overdue_days) for d in account.dues] == [
        (1_000, "2023-02-01", 0), (500, None, 45), (0, None, 0),
    ]  # fmt: skip
    assert [(p.receipt, p.due, p.amount) for p in account.parts] == [("a", 0, 600), ("b", 0, 400), ("b", 1, 500)]
    assert account.arrears == 500 and account.ages == (0, 500, 0, 0, 0) and account.advance == 0
    assert account.due("2023-02-15") == 2_000 and account.received == 1_500


def test_a_due_is_owed_from_the_day_after() -> None:
    assert allocate(YEARS, [], "2022-01-01").arrears == 0
    assert allocate(YEARS, [], "2022-01-02").ages == (1_000, 0, 0, 0, 0)
    assert [age_class(d) for d in (1, 30, 31, 90, 91, 180, 181, 365, 366)] == [0, 0, 1, 1, 2, 2, 3, 3, 4]


def test_what_comes_in_advance_settles_dues_that_are_not_yet_due() -> None:
    account = allocate(YEARS, [Paid("a", "2022-01-01", 3_200)], "2022-01-01")
    assert account.advance == 200 and all(d.settled == "2022-01-01" for d in account.dues)
    assert account.received == 3_200


def test_a_reversal_takes_its_receipt_away_from_its_own_day() -> None:
    receipts = [Paid("a", "2022-03-01", 1_000), Paid("b", "2022-06-01", -1_000, "a"), Paid("c", "2022-07-01", 400)]
    assert allocate(YEARS, receipts, "2022-05-31").dues[0].settled == "2022-03-01"
    assert allocate(YEARS, receipts, "2022-06-30").dues[0].paid == 0
    assert allocate(YEARS, receipts, "2022-07-01").dues[0].paid == 400
    twice = [*receipts, Paid("d", "2022-07-02", -1_000, "a")]
    assert allocate(YEARS, twice, "2022-07-02").advance == -1_000


def test_reminders_by_the_days_left() -> None:
    days = [90, 60, 30, 7]
    assert [reminder("2025-12-31", day, days) for day in (
        "2025-10-01", "2025-10-02", "2025-11-01", "2025-12-01", "2025-12-24", "2025-12-31", "2026-01-01",
    )] == [None, 90, 60, 30, 7, 7, 0]  # fmt: skip


SMALL = st.integers(2015, 2030).flatmap(
    lambda y: st.integers(1, 12).map(lambda m: f"{y}-{m:02d}-15")
)


@given(
    st.lists(st.builds(Due, SMALL, st.integers(0, 5_000)), max_size=20),
    st.lists(st.tuples(SMALL, st.integers(1, 9_000)), max_size=20),
    SMALL,
)
def test_every_fen_of_every_receipt_is_accounted_for(
    dues: list[Due], money: list[tuple[str, int]], day: str
) -> None:
    receipts = [Paid(f"{i:03d}", on, fen) for i, (on, fen) in enumerate(money)]
    account = allocate(dues, receipts, day)
    counted = [r for r in receipts if r.on <= day]
    assert sum(d.paid for d in account.dues) + account.advance == sum(r.amount for r in counted)
    for receipt in counted:
        assert sum(p.amount for p in account.parts if p.receipt == receipt.id) <= receipt.amount
    for i, due in enumerate(account.dues):
        assert 0 <= due.paid <= due.amount
        assert due.paid == sum(p.amount for p in account.parts if p.due == i)
        assert (due.settled is not None) == (due.paid == due.amount)
    owed = [d for d in account.dues if d.owed]
    if owed:  # oldest first: nothing after an unsettled due is paid
        later = [d for d in account.dues if d.on > owed[0].on]
        assert account.advance == 0 and not any(d.paid for d in later)
    assert sum(account.ages) == account.arrears and len(account.ages) == len(AGE_WORDS)
