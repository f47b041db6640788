"""A township's household roster of our own making: three sheets kept in three ways, clean until `demo_roster_errors`.

Villages of 双水镇; household cells merged, repeated in every row, or under a two-row head. All persons are invented by
`demo_people`. The maker knows every household and person that an import must bring.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.app.demo.assets import Village
from desktop.app.demo.people import REFERENCE, PeopleMaker, school_stage
from desktop.app.demo.places import village
from desktop.app.demo.sheet import Planted, SheetDraft
from desktop.exchange.workbook.reader import column_letters
from desktop.registry import codelists

MERGED, REPEATED, TWO_HEADS = "双水镇花名册", "岭头村", "沙蓢村采集表"
HOUSEHOLDS = {MERGED: (("双水村", 20), ("龙脊村", 18)), REPEATED: (("岭头村", 20),), TWO_HEADS: (("沙蓢村", 18),)}
YOUNGEST = dt.date(2024, 12, 31)
"""Nobody is born later, so that no clock finds a birth date in the future."""
HOUSEHOLD_KEYS = (
    "serial", "village", "group", "household_no", "head", "type", "size", "house", "water", "net", "per_head", "risk",
    "helper", "phone",
)  # fmt: skip
_A = {
    "serial": "序号", "village": "行政村", "group": "村民小组", "household_no": "户编号", "head": "户主姓名",
    "type": "户类型", "size": "家庭人口", "name": "姓名", "sex": "性别", "id": "身份证号码",
    "birth": "出生日期", "age": "年龄", "relation": "与户主关系", "nation": "民族",
    "education": "文化程度", "student": "在校生状况", "health": "健康状况",
    "disability": "残疾证号", "labor": "劳动能力", "work": "务工情况", "house": "住房等级", "water": "饮水安全",
    "net": "家庭年纯收入（元）", "per_head": "人均纯收入（元）", "risk": "致贫返贫风险", "helper": "帮扶责任人",
    "phone": "联系电话", "note": "备注",
}  # fmt: skip
_B = {
    "village": "村名", "group": "组别", "household_no": "户号", "name": "姓名", "relation": "与户主关系",
    "id": "公民身份号码", "sex": "性别", "nation": "民族", "age": "年龄", "education": "学历", "student": "在校情况",
    "health": "健康", "labor": "劳动力类型", "disability": "残疾证", "work": "外出务工", "type": "户属性",
    "size": "户人口", "per_head": "人均收入", "house": "住房", "water": "饮水", "risk": "风险", "helper": "挂户干部",
    "phone": "电话", "note": "备注",
}  # fmt: skip
_C = {
    "serial": "序号", "village": "行政村", "head": "户主", "type": "户类别", "size": "人口数", "name": "姓名",
    "relation": "关系", "sex": "性别", "id": "证件号码", "birth": "出生年月", "age": "周岁", "nation": "民族",
    "education": "文化", "student": "在读", "health": "身体状况", "labor": "劳动力", "disability": "残疾证号",
    "house": "住房", "water": "饮水", "net": "年纯收入", "per_head": "人均", "risk": "风险类型", "helper": "干部姓名",
    "phone": "手机", "note": "备注",
}  # fmt: skip
HEADS = {MERGED: _A, REPEATED: _B, TWO_HEADS: _C}
_GROUPS = (
    ("serial", "户信息"),
    ("name", "家庭成员信息"),
    ("house", "保障与收入"),
    ("risk", "风险"),
    ("helper", "帮扶"),
)
AT = {sheet: {key: col for col, key in enumerate(titles, 1)} for sheet, titles in HEADS.items()}
FIRST_ROW = {MERGED: 4, REPEATED: 3, TWO_HEADS: 5}
MONITORED = {"marginal": "边缘易致贫户", "unstable_lifted": "脱贫不稳定户", "sudden": "突发严重困难户"}


@dataclass
class Member:
    """A person: what is right, and the cells as typed. `id_no` None: the decisions leave it to be collected."""

    name: str
    id_no: str | None
    sex: str
    relation: str
    birth: dt.date
    age: int
    typed: dict[str, Any]
    row: int = 0
    taken: bool = False
    out: bool = False
    """Decided not to come in (deceased, listed twice)."""


@dataclass
class Household:
    """A household with its members; money in 分."""

    place: Village
    sheet: str
    members: list[Member]
    typed: dict[str, Any]
    net_fen: int
    monitored: bool
    taken: bool = False
    """Whether one of its own cells has an error."""
    kin: bool = False
    """Whether its members' relations have one."""
    late: int = 0
    """How many rows too late its merged cells begin."""
    early: int = 0
    """How many rows of the next household its merged cells cover."""

    @property
    def row(self) -> int:
        """The row its own cells stand in."""
        return self.members[0].row + self.late

    @property
    def per_head_fen(self) -> int:
        """人均纯收入 of the persons its row was filled in for (also of one who died since)."""
        return self.net_fen // len([m for m in self.members if m.relation != "other"])


@dataclass
class Draft:
    """The roster while it is made."""

    rng: random.Random
    households: dict[str, list[Household]]
    sheets: dict[str, SheetDraft]
    planted: list[Planted] = field(default_factory=list)
    subtotals: list[tuple[int, str, int, int]] = field(default_factory=list)
    """Row, village, households and persons of the merged sheet."""
    bottom: dict[str, int] = field(default_factory=dict)
    """The first free row below the households."""
    head_again: int = 0
    """Where the repeated sheet has its head a second time."""


def completed_years(birth: dt.date) -> int:
    """Age in full years on the roster's day."""
    return REFERENCE.year - birth.year - ((REFERENCE.month, REFERENCE.day) < (birth.month, birth.day))


def make_households(rng: random.Random) -> dict[str, list[Household]]:
    """Invented households by sheet; no name stands twice."""
    maker, names, number = PeopleMaker(rng), set[str](), 0
    found: dict[str, list[Household]] = {}
    for sheet, places in HOUSEHOLDS.items():
        found[sheet] = []
        for name, count in places:
            place, made = village(name), 0
            while made < count:
                number += 1
                family = maker.family((place.id, place.code), number)
                own = [p["name"] for p in family.persons]
                young = max(p["birth_date"] for p in family.persons) > YOUNGEST.isoformat()
                if young or len(set(own)) < len(own) or names & set(own):
                    continue
                names.update(own)
                made += 1
                found[sheet].append(_household(rng, family.household, family.persons, place, sheet))
    return found


def _household(
    rng: random.Random, row: dict[str, Any], persons: list[dict[str, Any]], place: Village, sheet: str
) -> Household:
    monitored = row["monitored_type"]
    kind = {"general": "一般农户", "lifted": "脱贫户", "lifted_policy": "脱贫享受政策户"}[row["household_type"]]
    typed = {
        "village": place.name, "group": row["group_name"], "household_no": row["national_household_no"],
        "head": row["head_name"], "type": MONITORED.get(monitored or "", kind), "size": len(persons),
        "house": f"{row['house_grade']}级", "water": "安全", "net": row["net_income_fen"] // 100,
        "per_head": row["per_capita_income_fen"] // 100,
        "risk": rng.choice(("因病", "因学", "因务工就业不稳")) if monitored else None,
        "helper": row["helper_name"], "phone": row["phone"],
    }  # fmt: skip
    members = [_member(rng, p, sheet) for p in persons]
    return Household(place, sheet, members, typed, row["net_income_fen"], bool(monitored))


def _member(rng: random.Random, person: dict[str, Any], sheet: str) -> Member:
    birth = dt.date.fromisoformat(person["birth_date"])
    age = completed_years(birth)
    student = 6 <= age <= 17
    labor = person["labor_skill"]
    if age < 16 or student or age > 74:
        labor = "none"
    elif labor == "none" or (labor == "weak_or_half") != (age >= 60):
        labor = "weak_or_half" if age >= 60 else "ordinary"
    education = None if age <= 17 else (person["education"] or "junior")
    disabled = person["health"] == "disabled"
    typed = {
        "name": person["name"], "sex": "男" if person["sex"] == "1" else "女", "id": person["id_no"],
        "birth": birth.isoformat(), "age": age, "relation": codelists.word("relation_to_head", person["relation"]),
        "nation": "汉族", "education": codelists.word("education_survey", education) or None,
        "student": school_stage(age) if age <= 17 else None,
        "health": codelists.word("health_status_survey", person["health"]),
        "disability": f"{person['id_no']}{rng.choice('1246')}{rng.choice('34')}" if disabled else None,
        "labor": codelists.word("labor_skill", labor),
        "work": person["work_state"] if labor in ("ordinary", "skilled") else None,
    }  # fmt: skip
    if sheet == TWO_HEADS:  # the whole village counts 虚岁
        typed["age"] = REFERENCE.year - birth.year + 1
    return Member(person["name"], person["id_no"], person["sex"], person["relation"], birth, age, typed)


def lay_out(rng: random.Random, households: dict[str, list[Household]]) -> Draft:
    """Give every household and member its rows."""
    draft = Draft(rng, households, {name: SheetDraft(name) for name in households})
    for sheet, own in households.items():
        at = FIRST_ROW[sheet]
        since = (0, 0)
        for number, household in enumerate(own):
            household.typed["serial"] = number + 1
            if sheet == REPEATED and number == len(own) - 3:
                draft.head_again = at + 1  # after an empty row
                at += 2
            for member in household.members:
                member.row = at
                at += 1
            since = (since[0] + 1, since[1] + len(household.members))
            last = number == len(own) - 1 or own[number + 1].place != household.place
            if sheet == MERGED and last:
                draft.subtotals.append((at, household.place.name, *since))
                since = (0, 0)
                at += 1
        draft.bottom[sheet] = at
    return draft


def cell(sheet: str, row: int, key: str) -> tuple[str, int, str]:
    """Sheet, row and column letters of a cell."""
    return sheet, row, column_letters(AT[sheet][key])


def write_sheets(draft: Draft) -> list[SheetDraft]:
    """All cells as typed."""
    for name, sheet in draft.sheets.items():
        _write_head(sheet)
        for household in draft.households[name]:
            _write_household(sheet, household)
        sheet.widths.update({AT[name]["id"]: 22, AT[name]["name"]: 12, AT[name]["phone"]: 14, AT[name]["note"]: 18})
    merged, repeated, last = draft.sheets[MERGED], draft.sheets[REPEATED], draft.sheets[TWO_HEADS]
    for row, place, households, persons in draft.subtotals:
        merged.put(row, 1, f"{place}小计：{households}户{persons}人")
        merged.merge(row, 1, row, len(_A))
    repeated.line(draft.head_again, _B.values(), "head")
    last.put(draft.bottom[TWO_HEADS], 1, "填表人：          审核人：          单位负责人：", "plain")
    return list(draft.sheets.values())


def _write_head(sheet: SheetDraft) -> None:
    titles = HEADS[sheet.name]
    if sheet.name == REPEATED:
        sheet.put(1, 1, "双水镇岭头村人员信息表（2026年6月30日）", "title")
        sheet.line(2, titles.values(), "head")
    else:
        sheet.put(1, 1, "双水镇农村低收入人口信息采集表", "title")
        said = "填报单位（盖章）：双水镇人民政府        审核人：余例明        填报日期：2026年6月30日"
        sheet.put(2, 1, said, "plain")
        sheet.line(FIRST_ROW[sheet.name] - 1, titles.values(), "head")
    sheet.merge(1, 1, 1, len(titles))
    if sheet.name == TWO_HEADS:
        starts = [(AT[TWO_HEADS][key], text) for key, text in _GROUPS]
        ends = [col - 1 for col, _ in starts[1:]] + [len(titles) - 1]
        for (col, text), end in zip(starts, ends, strict=True):
            sheet.put(3, col, text, "head")
            sheet.merge(3, col, 3, end)
        sheet.put(3, len(titles), "备注", "head")


def _write_household(sheet: SheetDraft, household: Household) -> None:
    columns = AT[sheet.name]
    for member in household.members:
        values = {**household.typed, **member.typed} if sheet.name == REPEATED else member.typed
        for key, value in values.items():
            if key in columns:
                sheet.put(member.row, columns[key], value)
    if sheet.name == REPEATED:
        return
    first, last = household.row, household.members[-1].row + household.early
    for key in HOUSEHOLD_KEYS:
        if key in columns:
            sheet.put(first, columns[key], household.typed.get(key))
            sheet.merge(first, columns[key], last, columns[key])


def heads_by_village(households: Sequence[Household]) -> dict[str, list[str]]:
    """Names of household heads by village code: the owners of assets 到户 in the ledger."""
    found: dict[str, list[str]] = {}
    for household in households:
        found.setdefault(household.place.code, []).append(household.members[0].name)
    return found
