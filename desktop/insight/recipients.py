"""Who a distribution goes to: households or persons of the register that meet conditions, as of today.

Conditions are plain data kept with the plan (`criteria`), so that the list can be explained and drawn again: places,
types, categories, linked assets, age, sex, health. Only who is alive and still belongs to the household is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from desktop.common.errors import InputRefused
from desktop.registry.codelists import code_for, word
from desktop.registry.distribution_checks import departed
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
ANY = "*"
"""As a condition's value: any value at all (监测对象 of whatever kind)."""
HOUSEHOLD_CODES = {
    "household_type": "household_type", "monitored_type": "monitored_type", "category": "low_income_category",
}  # fmt: skip
PERSON_CODES = {
    "sex": "gbt2261_1_sex", "labor_skill": "labor_skill", "health": "health_status_survey",
    "student_status": "student_status",
}  # fmt: skip
PLAIN = ("village", "group", "asset")
AGES = ("age_from", "age_to")
CONDITION_WORDS = {
    "village": "村", "group": "组", "household_type": "户类型", "monitored_type": "监测对象", "category": "低收入类别",
    "asset": "挂钩资产", "age_from": "年龄不小于", "age_to": "年龄不大于", "sex": "性别", "labor_skill": "劳动技能",
    "health": "健康状况", "student_status": "在校生状况",
}  # fmt: skip


@dataclass(frozen=True)
class Recipient:
    """One household or person as drawn: who, where, how many living members, why."""

    kind: str
    id: str
    name: str
    village: str
    group: str
    people: int
    basis: str


Criteria = Mapping[str, Sequence[str]]


def clean_criteria(typed: Mapping[str, Any]) -> dict[str, list[str]]:
    """Conditions as they are stored: words become codes, values lists. InputRefused names what is unknown."""
    out: dict[str, list[str]] = {}
    for name, value in typed.items():
        values = [str(v).strip() for v in (value if isinstance(value, list | tuple) else str(value).split(","))]
        values = [v for v in values if v]
        if not values:
            continue
        list_name = HOUSEHOLD_CODES.get(name) or PERSON_CODES.get(name)
        if list_name:
            codes = [v if v == ANY else code_for(list_name, v) for v in values]
            if None in codes:
                wrong = "、".join(v for v, c in zip(values, codes, strict=True) if c is None)
                raise InputRefused(f"{CONDITION_WORDS[name]}：“{wrong}”不在代码表中；名单没有改变。")
            out[name] = [str(c) for c in codes]
        elif name in AGES:
            if not values[0].isdigit():
                raise InputRefused(f"{CONDITION_WORDS[name]}：“{values[0]}”不是周岁；名单没有改变。")
            out[name] = values[:1]
        elif name in PLAIN:
            out[name] = values
        else:
            known = "、".join(f"{w}（{c}）" for c, w in CONDITION_WORDS.items())
            raise InputRefused(f"没有“{name}”这个条件；名单没有改变。", hint=f"可用的条件：{known}。")
    return out


def criteria_words(criteria: Criteria, villages: Mapping[str, str] | None = None) -> str:
    """The conditions in one line, for the screen and the paper."""
    parts = []
    for name, values in criteria.items():
        list_name = HOUSEHOLD_CODES.get(name) or PERSON_CODES.get(name)
        if list_name:
            said = "、".join("各类" if v == ANY else word(list_name, v) for v in values)
        elif name == "village":
            said = "、".join(villages.get(v, v) for v in values) if villages else f"{len(values)} 个"
        elif name == "asset":
            said = f"{len(values)} 项"
        else:
            said = "、".join(values)
        parts.append(f"{CONDITION_WORDS[name]} {said}")
    return "；".join(parts) or "全部在册"


def find_recipients(
    sql: Sql, level: str, criteria: Criteria, on: str, division: str = ""
) -> list[Recipient]:
    """Households (or persons, `level` person) that meet all conditions on a day, by village, group and name.

    Within a condition one value is enough; `division` is the plan's own place (code prefix).
    """
    households = _households(sql, criteria, division)
    members = _members(sql, households)
    by_person = level == "person" or any(name in criteria for name in (*PERSON_CODES, *AGES))
    found: list[Recipient] = []
    for home, facts in households.items():
        living = [m for m in members.get(home, []) if not departed(m["change_kind"])]
        if members.get(home) and not living:
            continue
        people = len(living) or int(facts["stated_size"] or 0)
        fitting = [m for m in living if _fits(m, criteria, on)]
        if by_person and not fitting:
            continue
        if level == "person":
            found += [
                Recipient("person", m["id"], m["name"] or "", facts["village"], facts["group_name"] or "", 1,
                          _basis(facts, m))
                for m in fitting
            ]  # fmt: skip
        else:
            head = next((m for m in living if m["id"] == facts["head_person_id"]), None)
            name = facts["head_name"] or (head or {}).get("name") or ""
            found.append(
                Recipient("household", home, name, facts["village"], facts["group_name"] or "", people, _basis(facts))
            )
    return sorted(found, key=lambda r: (r.village, group_order(r.group)))


def group_order(group: str) -> tuple[int, str]:
    """How groups stand in a list: 一组, 二组 … 十组, 十一组; then those with other names."""
    match = re.fullmatch(r"第?([一二三四五六七八九十]+|\d+)(?:村民)?小?组.*", group)
    if not match:
        return (1000, group)
    text = match[1]
    if text.isdigit():
        return (int(text), group)
    tens, ten, ones = text.rpartition("十")
    value = ("零一二三四五六七八九".find(tens or "一") * 10 if ten else 0) + "零一二三四五六七八九".find(ones or "零")
    return (value, group)


def facts_of(sql: Sql, lines: Iterable[Sequence[Any]]) -> dict[str, Recipient]:
    """Where the recipients of existing lines live and how many they are now, by recipient id."""
    lines = list(lines)
    homes = {line[2] for line in lines if line[1] == "household"}
    people = [line[2] for line in lines if line[1] == "person"]
    home_of = dict(sql.in_chunks("SELECT id,household_id FROM person WHERE id IN (*)", people))
    households = _by_id(sql, sorted(homes | {h for h in home_of.values() if h}))
    members = _members(sql, households)
    out: dict[str, Recipient] = {}
    for line in lines:
        kind, recipient, name, basis = line[1], line[2], line[3] or "", line[6] or ""
        facts = households.get(home_of.get(recipient, recipient) or "")
        living = [m for m in members.get(home_of.get(recipient, recipient) or "", []) if not departed(m["change_kind"])]
        size = 1 if kind == "person" else len(living) or int((facts or {}).get("stated_size") or 0)
        village, group = (facts["village"], facts["group_name"] or "") if facts else ("", "")
        out[recipient] = Recipient(kind, recipient, name, village, group, size, basis)
    return out


_COLUMNS = ("id", "head_name", "head_person_id", "division_code", "group_name", "household_type", "monitored_type",
            "category", "stated_size")  # fmt: skip


def _households(sql: Sql, criteria: Criteria, division: str) -> dict[str, dict[str, Any]]:
    rows = sql.rows(
        f"SELECT {','.join(_COLUMNS)} FROM household WHERE {LIVE} AND COALESCE(division_code,'') LIKE ? "
        "ORDER BY division_code,group_name,head_name,id",
        (division + "%",),
    )
    wanted_villages = tuple(criteria.get("village", ()))
    groups = set(criteria.get("group", ()))
    linked = _linked(sql, criteria["asset"]) if criteria.get("asset") else None
    codes = {name: set(criteria[name]) for name in HOUSEHOLD_CODES if criteria.get(name)}
    names = _village_names(sql)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        facts = dict(zip(_COLUMNS, row, strict=True))
        if wanted_villages and not str(facts["division_code"] or "").startswith(wanted_villages):
            continue
        if groups and (facts["group_name"] or "") not in groups:
            continue
        if linked is not None and facts["id"] not in linked:
            continue
        if all(_one_of(facts[name], wanted) for name, wanted in codes.items()):
            facts["village"] = names.get(facts["division_code"], facts["division_code"] or "")
            found[facts["id"]] = facts
    return found


def _by_id(sql: Sql, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    names = _village_names(sql)
    found = {}
    for row in sql.in_chunks(f"SELECT {','.join(_COLUMNS)} FROM household WHERE id IN (*)", ids):
        facts = dict(zip(_COLUMNS, row, strict=True))
        facts["village"] = names.get(facts["division_code"], facts["division_code"] or "")
        found[facts["id"]] = facts
    return found


def _village_names(sql: Sql) -> dict[str, str]:
    return dict(sql.rows(f"SELECT code,COALESCE(short_name,name) FROM division WHERE {LIVE}"))


def _one_of(value: str | None, wanted: set[str]) -> bool:
    """Whether a column (maybe of several codes) holds one of the wanted codes."""
    if not value:
        return False
    return ANY in wanted or bool(wanted & set(value.split(",")))


_MEMBER = ("id", "household_id", "name", "sex", "birth_date", "change_kind", "labor_skill", "health", "student_status",
           "category")  # fmt: skip


def _members(sql: Sql, households: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sql.in_chunks(
        f"SELECT {','.join(_MEMBER)} FROM person WHERE {LIVE} AND household_id IN (*) ORDER BY id", list(households)
    ):
        facts = dict(zip(_MEMBER, row, strict=True))
        found.setdefault(facts["household_id"], []).append(facts)
    return found


def _fits(member: Mapping[str, Any], criteria: Criteria, on: str) -> bool:
    for name in PERSON_CODES:
        if criteria.get(name) and not _one_of(member[name], set(criteria[name])):
            return False
    if criteria.get("age_from") or criteria.get("age_to"):
        age = age_on(member["birth_date"], on)
        if age is None:
            return False
        if criteria.get("age_from") and age < int(criteria["age_from"][0]):
            return False
        if criteria.get("age_to") and age > int(criteria["age_to"][0]):
            return False
    return True


def age_on(birth: str | None, on: str) -> int | None:
    """Whole years on a day; a birth known to the month or year counts from its first day. None when unknown."""
    if not birth:
        return None
    try:
        born = date.fromisoformat(birth + "-01-01"[len(birth) - 4 :] if len(birth) < 10 else birth)
        day = date.fromisoformat(on)
    except ValueError:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _basis(facts: Mapping[str, Any], member: Mapping[str, Any] | None = None) -> str:
    """Why somebody is on the list, in the word a list would print; health never stands there."""
    if facts["monitored_type"]:
        return "监测对象"
    categories = (member or {}).get("category") or facts["category"]
    if categories:
        return category_word(str(categories))
    return word("household_type", facts["household_type"]) or "农户"


def category_word(codes: str) -> str:
    """The first category in the short word of a list: 低保对象, 特困人员."""
    name = word("low_income_category", codes.split(",")[0])
    head, _, inside = name.removesuffix("）").partition("（")
    return inside if inside.endswith("对象") else head


def _linked(sql: Sql, assets: Sequence[str]) -> set[str]:
    """Households that hold these assets or a right on them."""
    found = {
        home
        for (home,) in sql.in_chunks(
            f"SELECT household_id FROM asset WHERE {LIVE} AND household_id IS NOT NULL AND id IN (*)", assets
        )
    }
    found |= {
        home
        for (home,) in sql.in_chunks(
            'SELECT p.household_id FROM "right" r JOIN right_share s ON s.right_id=r.id JOIN party p '
            "ON p.id=s.party_id WHERE r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 "
            "AND p.household_id IS NOT NULL AND r.asset_id IN (*)",
            assets,
        )
    }
    return found
