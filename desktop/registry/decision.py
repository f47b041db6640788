"""Decision records 四议两公开 (DOMAIN §2.10, seed 004 §三(八)): how the village decided, cited by what follows."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from desktop.registry.codelists import word
from desktop.registry.labels import label
from desktop.registry.policies import policy
from desktop.registry.rows import RegisterRow, cell
from desktop.store.database import Sql

STEPS = ("proposed_date", "consulted_date", "party_date", "resolved_date")
"""四议 in their order."""
PUBLICATIONS = ("resolution_public_date", "result_public_date")
"""两公开 in their order."""


class Decision(RegisterRow, table=True):
    """A village's decision on leasing, distributing, disposing …: four deliberations and two publications."""

    __tablename__ = "decision"
    register_id: ClassVar[int] = 44
    place_column: ClassVar[str | None] = "division_code"

    title: str | None = cell(1)
    kind: str | None = cell(2)
    """Code of `decision_kind.csv`: lease, distribution, disposal, registration, other."""
    division_id: str | None = cell(3, name="division", max_length=32)
    division_code: str | None = cell(3, max_length=17)
    proposed_date: str | None = cell(4, max_length=10)
    """村党组织提议."""
    consulted_date: str | None = cell(5, max_length=10)
    """村“两委”会议商议."""
    party_date: str | None = cell(6, max_length=10)
    """党员大会审议."""
    resolved_date: str | None = cell(7, max_length=10)
    """村民会议或村民代表会议（集体经济组织成员（代表）会议）决议."""
    should_attend: int | None = cell(8, name="attendance")
    attended: int | None = cell(8)
    agreed: int | None = cell(9)
    resolution_public_date: str | None = cell(10, max_length=10)
    """决议公开."""
    result_public_date: str | None = cell(11, max_length=10)
    """实施结果公开."""
    chair: str | None = cell(12)
    recorder: str | None = cell(13)
    result: str | None = cell(14)
    note: str | None = cell(15)


def decision_problems(row: Mapping[str, Any], attend: str, agree: str, *, published: bool = False) -> list[str]:
    """What is wrong with a decision as it stands: the order of its days, its quorum, its majority; short clauses.

    `attend` and `agree` are the least shares (policies `decision.attend_share`, `decision.agree_share`): `2/3`, or
    `>1/2` for more than half. With `published` the result must have been made public too. Missing days are in
    `decision_gaps`.
    """
    said: list[str] = []
    held = [(name, str(row[name])) for name in (*STEPS, *PUBLICATIONS) if row.get(name)]
    for (first, one), (second, other) in pairwise(held):
        if other < one:
            said.append(f"{label('decision', second)}（{other}）早于{label('decision', first)}（{one}）")
    should, attended, agreed = (row.get(n) for n in ("should_attend", "attended", "agreed"))
    if should is not None and attended is not None:
        if attended > should:
            said.append("实到人数多于应到人数")
        elif not reaches(attended, should, attend):
            said.append(f"实到 {attended} 人，不足应到 {should} 人的 {share_word(attend)}")
    if attended is not None and agreed is not None:
        if agreed > attended:
            said.append("同意人数多于实到人数")
        elif not reaches(agreed, attended, agree):
            least = f"没有超过实到 {attended} 人的" if agree.startswith(">") else f"不足实到 {attended} 人的"
            said.append(f"同意 {agreed} 人，{least} {share_word(agree)}")
    return said + (decision_gaps(row, published=True) if published else [])


def decision_gaps(row: Mapping[str, Any], *, published: bool = False) -> list[str]:
    """What a decision still lacks before others may rest on it."""
    needed = [*STEPS, PUBLICATIONS[0], *(PUBLICATIONS[1:] if published else ())]
    missing = [label("decision", n) for n in needed if not row.get(n)]
    missing += [label("decision", n) for n in ("should_attend", "attended", "agreed") if row.get(n) is None]
    return [f"决策记录没有填{'、'.join(missing)}"] if missing else []


def reaches(part: int, whole: int, share: str) -> bool:
    """Whether part/whole is at least the share (`2/3`), or above it when it is written `>1/2`."""
    least = Fraction(share.lstrip(">≥ "))
    got = Fraction(part, whole) if whole else Fraction(0)
    return got > least if share.startswith(">") else got >= least


def share_word(share: str) -> str:
    """The fraction itself: 1/2 of `>1/2`."""
    return share.lstrip(">≥ ")


def cited_decision_bars(
    sql: Sql, decision_id: str | None, kind: str = "", on: str = "", act: str = "办理日期"
) -> list[str]:
    """Why something cannot rest on this decision (None = none cited): what a step's guard says, and `check` later.

    With `kind` (code of `decision_kind.csv`) it must be about that, or about nothing in particular. With `on`, the day
    of the act that rests on it (`act` is the word for that day), the village resolved by then.
    """
    if not decision_id:
        return ["没有引用四议两公开决策记录"]
    columns = (*STEPS, *PUBLICATIONS, "should_attend", "attended", "agreed", "kind")
    row = sql.one(
        f"SELECT {','.join(columns)} FROM decision WHERE id=? AND removed=0 AND canonical_id IS NULL", (decision_id,)
    )
    if row is None:
        return ["引用的决策记录不在册中"]
    values = dict(zip(columns, row, strict=True))
    wrong = decision_problems(values, policy(sql, "decision.attend_share"), policy(sql, "decision.agree_share"))
    if kind and values["kind"] not in (None, kind, "other"):
        wrong.append(f"引用的决策记录不是{word('decision_kind', kind)}事项")
    resolved = values["resolved_date"]
    if on and resolved and on < str(resolved):
        wrong.append(f"{act} {on} 早于{label('decision', 'resolved_date')}（{resolved}）")
    return decision_gaps(values) + wrong
