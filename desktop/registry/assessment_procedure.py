"""How an assessment goes: 自评 → 镇评 → 县评 → 归档 (seeds 000 §六(二十八), 004 §四(十三)).

Nobody reviews his own words: 自评人, 镇评人 and 县评人 are different people. What was found goes the way of every other
problem (`finding_procedure`), and the assessment is closed when all of it is put right.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.registry.codelists import word
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Procedure, Step, people_in
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"


def score_of(text: object) -> Decimal | None:
    """Points written down; None when there are none or it is no number."""
    try:
        found = Decimal(str(text).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _subject(sql: Sql, facts: CaseFacts) -> list[str]:
    """The place and year are known, the year has begun, and it is assessed once."""
    row = facts.row
    code, year, kind = row.get("division_code"), row.get("year"), row.get("kind") or "annual"
    bars = [f"没有填{w}" for c, w in (("division_code", "所在村镇"), ("year", "评估年度")) if not row.get(c)]
    if bars:
        return bars
    if int(str(year)) > int(facts.today[:4]):
        bars.append(f"{year} 年还没有到")
    if kind == "five_year":
        first = row.get("first_year")
        if not first or int(first) >= int(str(year)):
            bars.append("总结的起始年度要早于评估年度")
    other = sql.scalar(
        f"SELECT 1 FROM assessment WHERE {LIVE} AND division_code=? AND year=? AND COALESCE(kind,'annual')=? "
        "AND COALESCE(state,'draft')<>'cancelled' AND id<>? LIMIT 1",
        (code, year, kind, facts.id),
    )
    return [*bars, "这里同一年度已有一份评估，两份要先作废一份"] if other else bars


def _points(column: str) -> Any:
    def guard(sql: Sql, facts: CaseFacts) -> list[str]:
        typed = facts.row.get(column)
        if typed in (None, ""):
            return []
        full, points = Decimal(str(policy(sql, "assessment.full_score"))), score_of(typed)
        if points is None or not 0 <= points <= full:
            return [f"分数应在 0 到 {full:f} 之间"]
        return []

    return guard


def _somebody_else(column: str, *others: str) -> Any:
    def guard(sql: Sql, facts: CaseFacts) -> list[str]:
        words = {"self_by": "自评人", "review_by": "镇评人", "decided_by": "县评人"}
        names = people_in(facts.row.get(column))
        return [f"{words[column]}不能是{words[o]}" for o in others if names & people_in(facts.row.get(o))]

    return guard


def _grade_fits(sql: Sql, facts: CaseFacts) -> list[str]:
    """The grade is the one that the county's bands give the score (policy `assessment.bands`, none when empty)."""
    points, grade = score_of(facts.row.get("score")), facts.row.get("grade")
    bands = policy(sql, "assessment.bands")
    if points is None or not grade or not bands:
        return []
    reached = [(Decimal(str(least)), code) for code, least in bands.items() if points >= Decimal(str(least))]
    due = max(reached)[1] if reached else None
    if due is None or due == grade:
        return []
    return [f"{points:f} 分按县里定的办法是“{word('assessment_grade', due)}”"]


def _all_put_right(sql: Sql, facts: CaseFacts) -> list[str]:
    left = int(sql.scalar(
        f"SELECT COUNT(*) FROM finding WHERE assessment_id=? AND {LIVE} AND COALESCE(state,'found') "
        "NOT IN ('closed','void')",
        (facts.id,),
    ) or 0)  # fmt: skip
    return [f"评估发现的问题还有 {left} 个没有销号"] if left else []


_SELF = ("self_text", "self_score", "self_by")
_REVIEW = ("review_text", "review_score", "review_by")
_DECISION = ("grade", "score", "decided_by")

ASSESSMENT = Procedure(
    table="assessment",
    initial="draft",
    states={
        "draft": "自评", "reviewing": "待镇评", "reviewed": "待县评", "decided": "已评定", "closed": "已归档",
        "cancelled": "已作废",
    },
    track=("draft", "reviewing", "reviewed", "decided", "closed"),
    steps=(
        Step("submit", "交自评", ("draft",), "reviewing", needs=_SELF, guards=(_subject, _points("self_score"))),
        Step(
            "review", "镇评", ("reviewing",), "reviewed", needs=_REVIEW, right="review",
            guards=(_points("review_score"), _somebody_else("review_by", "self_by")),
        ),
        Step(
            "decide", "县评", ("reviewed",), "decided", needs=_DECISION, offers=("decision_text", "decision_doc"),
            right="admin",
            guards=(
                _subject, _points("score"), _somebody_else("decided_by", "self_by", "review_by"), _grade_fits,
            ),
        ),
        Step("close", "归档", ("decided",), "closed", right="review", guards=(_all_put_right,)),
        Step("send_back", "退回自评", ("reviewing", "reviewed"), "draft", right="review", reason_needed=True),
        Step("cancel", "作废", ("draft", "reviewing", "reviewed"), "cancelled", right="review", reason_needed=True),
    ),
    frozen_after={
        **dict.fromkeys(("division_id", "division_code", "kind", "year", "first_year", *_SELF), ("draft",)),
        **dict.fromkeys(_REVIEW, ("reviewing",)),
        **dict.fromkeys((*_DECISION, "decision_text", "decision_doc"), ("reviewed",)),
    },
)  # fmt: skip
