"""Reads the words of a roster: what a township wrote in a cell → the code of the code list, and how sure that is.

Words live in `resources/workbook/roster_words.json` and the code lists, never here. Each reader is a pure function of
one distinct text and is cached, so a column of 100,000 cells costs as many look-ups as it has spellings.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any, Literal

from desktop.common.resources import resource_path
from desktop.common.text import clean, compact, is_placeholder, narrow

Level = Literal["", "info", "warning", "error"]

_BRACKETS = str.maketrans({"（": "(", "）": ")", "【": "(", "】": ")", "[": "(", "]": ")", "［": "(", "］": ")"})
_CELL = 8192
_SPLIT = re.compile(r"[,，、;；/+＋\s]+|和|及(?!以上)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means. `value` is the register's code (None = nothing to store), `name` the list's own wording.

    `level` "" means written as the list has it; "info" a safe normalisation; "warning" needs a person's word before
    `name` is used (then `value` is None); "error" cannot be used.
    """

    value: str | None = None
    name: str | None = None
    level: Level = ""
    code: str = ""
    message: str = ""
    extra: tuple[tuple[str, str], ...] = ()


NOTHING = Reading()


@cache
def words() -> dict[str, Any]:
    """The shipped word lists of a roster."""
    loaded: dict[str, Any] = json.loads(resource_path("workbook", "roster_words.json").read_text(encoding="utf-8"))
    return loaded


@cache
def code_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a shipped code list."""
    with resource_path("codelists", f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def code_by_name(name: str, column: str = "id") -> dict[str, str]:
    """Chinese name → code of a code list; lists without a code column map the name to itself."""
    return {row["name_zh"]: row.get(column) or row["name_zh"] for row in code_rows(name)}


def key(raw: Any) -> str:
    """A cell as the text that words are looked up by: one line, no blanks, half-width brackets and signs."""
    if raw.__class__ is str and raw.isalnum():
        return str(raw)
    if raw is None or raw == "":
        return ""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    return compact(clean(str(raw))).translate(_BRACKETS)


def blank(text: str) -> bool:
    """Whether a looked-up text says nothing."""
    return not text or is_placeholder(text)


def _known(text: str, name: str, value: str, code: str) -> Reading:
    if text == name:
        return Reading(value, name)
    return Reading(value, name, "info", code, f"“{text}”按“{name}”登记")


@lru_cache(_CELL)
def read_relation(text: str) -> Reading:
    """与户主关系: the 28 words of `relation_to_head.csv`, their aliases; two-way words such as 父子 must be asked."""
    if blank(text):
        return Reading(level="error", code="relation_missing", message="没有填与户主关系")
    codes = code_by_name("relation_to_head")
    aliases = _relation_aliases()
    tries = [text, narrow(text), re.sub(r"\(.*?\)", "", text), text.removeprefix("户主"), text.removeprefix("之")]
    tries += [text.replace("户主之", "之"), text.removeprefix("户主的")]
    for word in tries:
        if word in codes:
            return _known(text, word, codes[word], "relation_alias")
        kind, name = aliases.get(word, ("", ""))
        if kind == "alias":
            return _known(text, name, codes[name], "relation_alias")
        if kind:
            return Reading(None, None, "warning", "relation_ambiguous", f"“{text}”看不出此人是户主的什么人，须确认")
    for name in sorted(codes, key=len, reverse=True):
        if name.startswith("之") and len(name) > 2 and name[1:] in text:
            return _known(text, name, codes[name], "relation_alias")
    message = f"“{text}”不在关系代码表里，须改为表内的关系；确无合适的填“其他”"
    return Reading(None, "其他", "error", "relation_not_in_list", message)


@cache
def _relation_aliases() -> dict[str, tuple[str, str]]:
    return {compact(row["text"]): (row["kind"], row["maps_to"]) for row in code_rows("relation_aliases")}


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """What a relation implies: "M", "F", "opposite_of_head" or "any"; generations above (+) or below (-) the head."""

    name: str
    sex: str
    generation: int | None


@cache
def relations() -> dict[str, RelationFacts]:
    """Relation code → facts, from `relation_to_head.csv`."""
    return {
        row["id"]: RelationFacts(
            row["name_zh"], row["expected_sex"], int(row["generation"]) if row["generation"] else None
        )
        for row in code_rows("relation_to_head")
    }


@cache
def _sex_words() -> dict[str, str]:
    return {word: code for code, many in words()["sex"].items() for word in many}


@lru_cache(_CELL)
def read_sex(text: str) -> Reading:
    """性别: 1 or 2 of GB/T 2261.1."""
    if blank(text):
        return Reading(level="info", code="sex_missing", message="没有填性别")
    code = _sex_words().get(narrow(text).upper()) or _sex_words().get(text)
    if code is None:
        return Reading(level="error", code="sex_not_in_list", message=f"性别“{text}”无法识别，应填男或女")
    return _known(text, "男" if code == "1" else "女", code, "sex_code_variant")


@lru_cache(_CELL)
def read_nation(text: str) -> Reading:
    """民族: two digits of GB/T 3304, written with or without 族 or as the code."""
    if blank(text):
        return Reading(level="warning", code="nation_missing", message="没有填民族")
    names = code_by_name("gbt3304_ethnic", "code")
    codes = {code: name for name, code in names.items()}
    aliases: dict[str, str] = words()["nation"]["alias"]
    short = narrow(text)
    if short.isdigit() and short.zfill(2) in codes:
        name = codes[short.zfill(2)]
        return Reading(names[name], name, "info", "nation_variant", f"民族代码“{text}”按“{name}”登记")
    for word in (text, aliases.get(text, ""), text + "族"):
        if word in names:
            return _known(text, word, names[word], "nation_variant")
    return Reading(level="warning", code="nation_not_in_list", message=f"民族“{text}”不在 56 个民族名称表里")


@lru_cache(_CELL)
def read_education(text: str) -> Reading:
    """文化程度: the six survey values; a grade at school (小学2年级) counts as its stage and is marked as such."""
    if blank(text):
        return NOTHING
    return _listed(
        text, "education_survey", words()["education"], "education_alias", "education_not_in_list", "文化程度"
    )


@lru_cache(_CELL)
def read_student(text: str) -> Reading:
    """在校生状况: the 25 survey values; words for 不在校 mean no value."""
    table = words()["student_status"]
    if blank(text):
        return NOTHING
    if text in table["not_student"]:
        return Reading(None, None, "info", "student_status_none", f"“{text}”按不在校登记")
    if any(word in text for word in table["out_of_school"]):
        return Reading(None, None, "info", "student_out_of_school", f"“{text}”按不在校登记", (("dropout", text),))
    return _listed(text, "student_status", table, "student_status_alias", "student_status_not_in_list", "在校生状况")


def _listed(text: str, codelist: str, table: dict[str, Any], alias: str, unknown: str, title: str) -> Reading:
    codes = code_by_name(codelist)
    short = narrow(text)
    for word in (text, short, *(short.removesuffix(s) for s in table.get("suffixes", ()))):
        name = word if word in codes else table["alias"].get(word)
        if name:
            return _known(text, name, codes[name], alias)
    for pattern, name in table["patterns"]:
        if re.fullmatch(pattern, short):
            return replace(_known(text, name, codes[name], alias), extra=(("grade", text),))
    return Reading(level="warning", code=unknown, message=f"{title}“{text}”不在代码表里，须改为表内的值")


@lru_cache(_CELL)
def read_labor(text: str) -> Reading:
    """劳动技能: the five survey values."""
    if blank(text) and text != "无":
        return Reading(level="warning", code="labor_missing", message="没有填劳动能力")
    codes = code_by_name("labor_skill")
    table = words()["labor_skill"]
    short = narrow(text)
    name = short if short in codes else table["alias"].get(short)
    if name:
        return _known(text, name, codes[name], "labor_alias")
    if short in table["ask"]:
        name = table["ask"][short]
        return Reading(None, name, "warning", "labor_not_in_list", f"“{text}”分不清是普通还是技能劳动力，须确认")
    return Reading(level="warning", code="labor_not_in_list", message=f"劳动能力“{text}”不在代码表里，须改为表内的值")


@lru_cache(_CELL)
def read_health(text: str) -> Reading:
    """健康状况: codes joined by a comma; illnesses, a disability's category and grade go to `extra`."""
    if blank(text):
        return Reading(level="warning", code="health_missing", message="没有填健康状况")
    table = words()["health"]
    codes: list[str] = []
    extra: list[tuple[str, str]] = []
    unknown: list[str] = []
    ask = ""
    for part in filter(None, _SPLIT.split(re.sub(r"\((.*?)\)", r"(\1)", text))):
        word = re.sub(r"\(.*?\)", "", part)
        inner = re.findall(r"\((.*?)\)", part)
        code = table["alias"].get(word) or _illness(word, table, extra)
        if code is None and word in table["ask"]:
            ask, code = word, table["ask"][word]
        if code is None:
            unknown.append(part)
            continue
        for note in inner:
            _illness(note, table, extra)
        codes.append(code)
    names = {row["id"]: row["name_zh"] for row in code_rows("health_status_survey")}
    order = [c for c in names if c in codes]
    value = ",".join(sorted(order))
    name = "、".join(names[c] for c in order)
    if unknown or not codes:
        return Reading(level="warning", code="health_not_in_list", message=f"健康状况“{text}”不在代码表里，须确认")
    if "healthy" in order and len(order) > 1:
        return Reading(
            None, None, "error", "health_healthy_with_illness", f"“{text}”既填健康又填患病或残疾，只能留一种"
        )
    if ask:
        return Reading(None, name, "warning", "health_not_in_list", f"“{text}”说不清是否患病，须确认是否“{name}”")
    details = tuple(dict.fromkeys(extra))
    written = [part for part in _SPLIT.split(text) if part]
    if [names[c] for c in order] == written:
        return Reading(value, name, extra=details)
    code = "health_alias" if len(order) == 1 else "health_multiple_values"
    return Reading(value, name, "info", code, f"“{text}”按“{name}”登记", details)


def _illness(word: str, table: dict[str, Any], extra: list[tuple[str, str]]) -> str | None:
    """The health code a described illness or disability belongs to; notes the details."""
    kind = next((c for w, c in table["disability"].items() if w in word and ("残" in word or "级" in word)), None)
    grade = re.search(r"([一二三四1-4])级", word)
    if kind or ("残" in word and grade):
        if kind:
            extra.append(("disability_category", kind))
        if grade:
            extra.append(
                ("disability_grade", str("一二三四".find(grade[1]) + 1) if grade[1] in "一二三四" else grade[1])
            )
        return "disabled"
    for code in ("serious", "chronic"):
        if any(w in word for w in table[code]):
            if word not in table["alias"]:
                extra.append(("illness_kind", word))
            return code
    return None


@lru_cache(_CELL)
def read_work(text: str) -> Reading:
    """务工情况: value "working" or "none"; where to in `extra`."""
    if not text or text in "/-—":
        return NOTHING
    table = words()["work"]
    if text in table["none"]:
        return Reading("none", "未务工")
    if any(word in text for word in table["working"]):
        place = re.sub(r"(外出)?(务工|打工|就业|经商|上班|零工)", "", text)
        return Reading("working", text, extra=(("place", place),) if place else ())
    return Reading("working" if len(text) >= 2 else None, text, extra=(("place", text),))


@lru_cache(_CELL)
def read_political(text: str) -> Reading:
    """政治面貌: four survey values."""
    if blank(text):
        return NOTHING
    codes = code_by_name("political_status_survey")
    name = text if text in codes else words()["political"]["alias"].get(text)
    if name is None:
        return Reading(level="warning", code="political_not_in_list", message=f"政治面貌“{text}”不在代码表里")
    return _known(text, name, codes[name], "political_alias")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a remark says about the person it stands beside."""

    code: str
    message: str
    change: str
    newborn: bool


@lru_cache(_CELL)
def read_remark(text: str) -> tuple[Remark, ...]:
    """The sayings found in a free remark (已故, 迁出, 服刑, 重复 …); none for an ordinary one."""
    return tuple(
        Remark(r["code"], r["message"], r["change"], bool(r.get("newborn")))
        for r in words()["remarks"]
        if text and re.search(r["pattern"], text)
    )
