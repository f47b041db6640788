"""What `check` proves about families: head, spouses, generations, size, telephones, income as stated.

Rules R-HH-03, -04, -06 to -08 and R-IN-01 of `validation_rule.csv` (R-HH-01 and -02 in `registry.invariants`, -05 in
`person_checks`). Words carry no personal data.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from desktop.common.money import format_yuan
from desktop.insight.person_checks import BORN, LIVE, STAYING, age_on, settings
from desktop.registry.codelists import shipped, word
from desktop.registry.income import per_head
from desktop.registry.invariants import Invariant
from desktop.store.database import Sql

PER_HEAD_TOLERANCE_FEN = 100
"""Per head as written in a roster is often rounded to the yuan; as strict as the import of rosters."""
IN_LAW_YEARS = 6
"""So much nearer in age a wife or husband of a child may be."""
_APART = ("uncle", "nephew", "niece")
"""Kin of another generation who may be of any age."""


def families(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-HH-03, -04, -06, -07, R-IN-01 of each household with its members, in one pass over them."""
    spouses = "SUM(CASE WHEN p.relation='spouse' THEN 1 ELSE 0 END)"
    men, women = (
        f"SUM(CASE WHEN p.relation IN ('head','spouse') AND p.sex='{sex}' THEN 1 ELSE 0 END)" for sex in (1, 2)
    )
    off = "ABS(h.per_capita_income_fen*{0}-h.net_income_fen)>={0}*?"
    years = int(settings(sql, "people.ages")["generation_years"])
    unlikely: list[str] = []
    for home, stated, net, each, counted, wives, one, other, apart in sql.rows(
        f"SELECT h.id,h.stated_size,h.net_income_fen,h.per_capita_income_fen,COUNT(p.id),{spouses},{men},{women},"
        f"{_apart(years)} "
        f"FROM household h LEFT JOIN person p ON p.household_id=h.id AND {STAYING} "
        "WHERE h.removed=0 AND h.canonical_id IS NULL "
        "GROUP BY h.id,h.stated_size,h.net_income_fen,h.per_capita_income_fen "
        f"HAVING {spouses}>1 OR ({spouses}=1 AND ({men}=2 OR {women}=2)) OR (COUNT(p.id)>0 AND "
        f"COUNT(p.id)<>h.stated_size) OR (COALESCE(h.stated_size,0)>0 AND {off.format('h.stated_size')}) "
        f"OR (COALESCE(h.stated_size,0)=0 AND COUNT(p.id)>0 AND {off.format('COUNT(p.id)')}) OR {_apart(years)} "
        "ORDER BY h.id",
        (PER_HEAD_TOLERANCE_FEN, PER_HEAD_TOLERANCE_FEN),
    ):
        if wives > 1:
            yield Invariant("several_spouses", "household", home, f"有 {wives} 个配偶，请核对与户主关系")
        elif wives == 1 and 2 in (one, other):
            yield Invariant("spouse_sex", "household", home, "户主与配偶性别相同，请核对")
        # without any member row the roster is still to come
        if counted and stated is not None and counted != stated:
            words = f"家庭人口数写的是 {stated} 人，在册成员有 {counted} 人，请核对"
            yield Invariant("household_size", "household", home, words)
        if net is not None and each is not None:
            yield from _per_head(home, int(net), int(each), (stated, counted))
        if apart:
            unlikely.append(home)
    yield from _generations(sql, unlikely, years, on)


def _apart(years: int) -> str:
    """Whether by the years of birth alone some child, parent or grandchild may be too near to the head in age."""
    born = "CAST(SUBSTR(p.birth_date,1,4) AS INTEGER)"
    head = f"MAX(CASE WHEN p.relation='head' THEN {born} END)"
    bounds = []
    for sign, extreme, compared in ((-1, "MIN", "<="), (1, "MAX", ">=")):
        cases = " ".join(
            f"WHEN p.relation IN ({','.join(repr(r) for r in kin)}) THEN {born}{'-' if sign < 0 else '+'}{needed}"
            for needed, kin in sorted(_needed(years, sign).items())
        )
        bounds.append(f"COALESCE({extreme}(CASE {cases} END){compared}{head},FALSE)")
    return f"({' OR '.join(bounds)})"


def _needed(years: int, sign: int) -> dict[int, list[str]]:
    """Years apart → relations of younger (-1) or older (1) generations that need so many."""
    found: dict[int, list[str]] = {}
    for relation, (generation, in_law) in _generation_of().items():
        if generation * sign > 0 and relation not in _APART:
            found.setdefault(_years_needed(generation, in_law, years), []).append(relation)
    return found


def _years_needed(generation: int, in_law: bool, years: int) -> int:
    return abs(generation) * years - (IN_LAW_YEARS if in_law else 0)


@cache
def _generation_of() -> dict[str, tuple[int, bool]]:
    """Relation → generations above the head, and whether by marriage (`relation_to_head.csv`)."""
    return {
        i.code: (int(i.more.get("generation") or 0), "_in_law" in i.code) for i in shipped("relation_to_head")
    }


def _generations(sql: Sql, homes: list[str], years: int, on: str) -> Iterator[Invariant]:
    """R-HH-06 of families that may break it: at the member's record, by whole birth dates."""
    members: dict[str, list[tuple[str, str, str]]] = {}
    for home, row, relation, born in sql.in_chunks(
        f"SELECT p.household_id,p.id,p.relation,{BORN} FROM person p WHERE {STAYING} AND p.relation IS NOT NULL "
        "AND p.household_id IN (*) ORDER BY p.household_id,p.id",
        homes,
    ):
        members.setdefault(home, []).append((row, relation, born or ""))
    for people in members.values():
        heads = [age_on(born, on) for _, relation, born in people if relation == "head"]
        if len(heads) != 1 or heads[0] is None:
            continue
        for row, relation, born in people:
            generation, in_law = _generation_of().get(relation, (0, False))
            age = age_on(born, on)
            if not generation or relation in _APART or age is None:
                continue
            apart = (age - heads[0]) * (1 if generation > 0 else -1)
            if apart < _years_needed(generation, in_law, years):
                kin = word("relation_to_head", relation)
                said = f"只差 {apart} 岁" if apart >= 0 else "年龄颠倒"
                words = f"与户主关系是{kin}，与户主{said}，请核对关系和出生日期"
                yield Invariant("generation_age", "person", row, words, "warning")


def _per_head(home: str, net: int, each: int, sizes: tuple[int | None, ...]) -> Iterator[Invariant]:
    """Per head as stated is net income over the people, stated or counted."""
    fitting = [per_head(net, int(size)) or 0 for size in sizes if size]
    if fitting and all(abs(each - right) > PER_HEAD_TOLERANCE_FEN for right in fitting):
        words = (
            f"人均纯收入写的是 {format_yuan(each)} 元，家庭年纯收入 {format_yuan(net)} 元除以人口应为 "
            f"{format_yuan(fitting[0])} 元"
        )
        yield Invariant("stated_per_head", "household", home, words)


def stated_income(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-IN-01: net income as stated with the household and as its record of that year adds up."""
    for home, net, counted_net, period in sql.rows(
        "SELECT h.id,h.net_income_fen,r.net_income_fen,r.period FROM household h JOIN income_record r "
        "ON r.household_id=h.id AND r.period=h.income_period AND r.removed=0 AND r.canonical_id IS NULL "
        "WHERE h.removed=0 AND h.canonical_id IS NULL AND h.net_income_fen<>r.net_income_fen ORDER BY h.id"
    ):
        words = (
            f"住户资料里 {period} 年纯收入是 {format_yuan(int(net))} 元，"
            f"收支登记算得 {format_yuan(int(counted_net))} 元"
        )
        yield Invariant("income_differs", "household", home, words, "warning")


def telephones(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-HH-08 of households: 11 digits of a mobile number, and no number in two of them."""
    for (home,) in sql.rows(
        f"SELECT id FROM household WHERE {LIVE} AND phone IS NOT NULL AND (LENGTH(phone)<>11 "
        "OR SUBSTR(phone,1,1)<>'1') ORDER BY id"
    ):
        words = "联系电话不是 11 位手机号，请确认能不能联系到户"
        yield Invariant("phone_form", "household", home, words, "warning")
    for (home,) in sql.rows(
        f"SELECT id FROM household WHERE {LIVE} AND phone IN (SELECT phone FROM household WHERE {LIVE} "
        "AND LENGTH(phone)>=7 GROUP BY phone HAVING COUNT(*)>1) ORDER BY phone,id"
    ):
        words = "联系电话与另一户相同，请核实是谁的"
        yield Invariant("phone_shared", "household", home, words, "warning")


PIECES = (families, stated_income, telephones)
