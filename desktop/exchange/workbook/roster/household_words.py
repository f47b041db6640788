"""Reads the words of a household's cells: type and category, house grade, water, risk, phone, helper, size.

Companion of `roster_words` (same `Reading`, same word file); every function is a cached function of one distinct text.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from desktop.common.text import narrow
from desktop.exchange.workbook.roster.words import NOTHING, Reading, blank, code_by_name, words

_CELL = 8192
_PARTS = re.compile(r"[,，、;；/+＋&]+|兼|且|和")
_MOBILE = re.compile(r"1\d{10}")


@lru_cache(_CELL)
def read_household_type(text: str) -> Reading:
    """户类型: a kind of household, of monitoring or of low income; `extra` holds (column, code) pairs to store."""
    if blank(text):
        return Reading(level="warning", code="household_type_missing", message="没有填户类型")
    table = words()["household_type"]
    alias: dict[str, list[str]] = table["alias"]
    parts = [p for p in _PARTS.split(text) if p] if text not in alias else [text]
    pairs: list[tuple[str, str]] = []
    for part in parts:
        if part in table["ask"]:
            return _ask_type(text, part, table["ask"][part])
        pair = alias.get(part) or alias.get(part + "户") or alias.get(re.sub(r"\(.*?\)", "", part))
        if pair is None:
            return Reading(
                level="warning",
                code="household_type_not_in_list",
                message=f"户类型“{text}”不在代码表里，须改为表内的类型",
            )
        pairs.append((pair[0], pair[1]))
    codes = {code for _column, code in pairs}
    if len(pairs) == 1:
        name = canonical_type(pairs[0][1])
        extra = tuple(pairs)
        if text == name:
            return Reading(pairs[0][1], name, extra=extra)
        return Reading(pairs[0][1], name, "info", "household_type_alias", f"“{text}”按“{name}”登记", extra)
    if any(set(two) <= codes for two in table["exclusive"]):
        return Reading(
            None,
            None,
            "warning",
            "household_type_conflict",
            f"“{text}”写了两种不能同时成立的户类型，须确认是哪一种",
        )
    return Reading(
        ",".join(sorted(codes)),
        "、".join(canonical_type(c) for _k, c in pairs),
        "warning",
        "household_type_multiple",
        f"“{text}”一格写了多种户类型，将分别登记，请核对",
        tuple(pairs),
    )


def _ask_type(text: str, part: str, proposed: str | None) -> Reading:
    if proposed:
        message = f"“{text}”是旧称，须确认现在是否“{proposed}”"
    else:
        message = f"“{part}”说不清是哪一类，须写明（脱贫不稳定户、边缘易致贫户、突发严重困难户等）"
    return Reading(None, proposed, "warning", "household_type_ambiguous", message)


@cache
def _type_names() -> dict[str, str]:
    table = words()["household_type"]
    return {table["alias"][name][1]: name for name in table["canonical"]}


def canonical_type(code: str) -> str:
    """The usual word for a household type, monitoring type or category code."""
    named = _type_names().get(code)
    if named:
        return named
    for name, (_column, other) in words()["household_type"]["alias"].items():
        if other == code:
            return str(name)
    return code


@lru_cache(_CELL)
def read_house(text: str) -> Reading:
    """住房等级: A B C D N X; words such as 安全 or 危房 do not tell the grade and are asked."""
    if not text or text in ("/", "—", "-"):
        return Reading(level="info", code="house_grade_missing", message="没有填住房等级")
    table = words()["house"]
    short = narrow(text).upper()
    names = code_by_name("house_safety_grade", "code")
    by_code = {code: name for name, code in names.items()}
    for code in "ABCDNX":
        if text in table[code] or short in table[code]:
            return (
                Reading(code, by_code[code])
                if text == by_code[code]
                else Reading(code, by_code[code], "info", "house_grade_variant", f"“{text}”按“{by_code[code]}”登记")
            )
    if short in table["safe_words"]:
        message = f"“{text}”没有写明是 A 级还是 B 级，须按鉴定结果填写"
        return Reading(None, None, "warning", "house_grade_ambiguous", message)
    if short in table["unsafe_words"]:
        message = f"“{text}”没有写明是 C 级还是 D 级，也没有住房保障措施，须按鉴定结果填写"
        return Reading(None, None, "warning", "house_grade_ambiguous", message, (("unsafe", "1"),))
    grade = re.match(r"([ABCD])级?", short)
    if grade:
        message = f"“{text}”的等级带有说明：须按现状重新填写等级，改造情况另记措施"
        return Reading(None, None, "warning", "house_grade_with_remark", message, (("remark", text),))
    return Reading(
        level="warning", code="house_grade_not_in_list", message=f"住房等级“{text}”不在代码表里，须改为 A–D 级"
    )


@lru_cache(_CELL)
def read_water(text: str) -> Reading:
    """饮水安全: value "1" or "0"."""
    if not text or text in ("/", "—", "-"):
        return Reading(level="info", code="water_missing", message="没有填饮水安全")
    table = words()["water"]
    short = narrow(text)
    if short in table["1"]:
        if text == "安全":
            return Reading("1", "安全")
        return Reading("1", "安全", "info", "water_variant", f"“{text}”按“安全”登记")
    if short in table["0"]:
        if text == "不安全":
            return Reading("0", "不安全")
        return Reading("0", "不安全", "info", "water_variant", f"“{text}”按“不安全”登记")
    if any(word in text for word in table["short"]):
        message = f"饮水“{text}”：供水保证率不达标，按“不安全”登记，须核实并写明措施"
        return Reading("0", "不安全", "warning", "water_status_variant", message)
    return Reading(level="warning", code="water_not_in_list", message=f"饮水“{text}”看不出是否安全，须改为安全或不安全")


@lru_cache(_CELL)
def read_risk(text: str) -> Reading:
    """致贫返贫风险: codes of `risk_type.csv`, several joined by a comma."""
    if blank(text):
        return NOTHING
    table: dict[str, str] = words()["risk"]["alias"]
    names = {code: name for name, code in code_by_name("risk_type").items()}
    codes: list[str] = []
    for part in filter(None, _PARTS.split(text)):
        word = re.sub(r"\(.*?\)", "", part)
        code = table.get(word) or code_by_name("risk_type").get(word)
        if code is None:
            return Reading(
                level="warning", code="risk_not_in_list", message=f"风险“{text}”不在代码表里，须改为表内的风险"
            )
        codes.append(code)
    value = ",".join(sorted(set(codes)))
    name = "、".join(names[c].split("（")[0] for c in codes)
    if name == text or len(codes) > 1:
        return Reading(value, name)
    return Reading(value, name, "info", "risk_alias", f"“{text}”按“{name}”登记")


@lru_cache(_CELL)
def read_phone(text: str) -> Reading:
    """联系电话: one mobile number of 11 digits; blanks and signs are taken out."""
    if blank(text):
        if not text:
            return Reading(level="info", code="phone_missing", message="没有填联系电话")
        return Reading(level="warning", code="phone_missing", message=f"联系电话写“{text}”，须补采")
    short = narrow(text).removeprefix("'")
    if _MOBILE.fullmatch(short):
        return Reading(short, short)
    many = [p for p in re.split(r"[/、,;；，|或]+", short) if len(re.sub(r"\D", "", p)) >= 7]
    if len(many) > 1:
        first = re.sub(r"\D", "", many[0])
        message = "一格写了几个电话，登记时只留一个主用号码，须确认"
        return Reading(None, first if _MOBILE.fullmatch(first) else None, "warning", "phone_multiple", message)
    digits = re.sub(r"\D", "", short)
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        digits = digits[2:]
    if _MOBILE.fullmatch(digits) and re.fullmatch(r"[\d\s()+\-.']+", short):
        return Reading(digits, digits, "info", "phone_format", "电话里的空格、符号已去掉")
    if re.fullmatch(r"\(?0\d{2,3}\)?-?\d{7,8}(-\d+)?", short):
        return Reading(
            short, None, "warning", "phone_not_mobile", "写的是固定电话，不是 11 位手机号，请确认能否联系到户"
        )
    if re.fullmatch(r"[\d\-]+", short):
        return Reading(None, None, "warning", "phone_length", f"电话有 {len(digits)} 位，手机号应为 11 位，须重新登记")
    return Reading(None, None, "warning", "phone_not_number", "联系电话里有文字，须重新登记")


@lru_cache(_CELL)
def read_helper(text: str) -> Reading:
    """帮扶责任人: a name; a remark that the person left is asked."""
    if blank(text):
        return NOTHING
    if re.search(words()["helper_left"], text):
        name = re.sub(r"[(（].*?[)）]", "", text)
        return Reading(name, None, "warning", "helper_left_office", "帮扶责任人旁注已调离，须更换责任人")
    return Reading(text, text)


@lru_cache(_CELL)
def read_count(text: str) -> int | None:
    """A number of people: `5`, `5人`, `５`, `五`; None when it is not one."""
    short = narrow(text).removesuffix("人").removesuffix("口")
    if re.fullmatch(r"\d{1,3}(\.0+)?", short):
        return int(float(short))
    return "一二三四五六七八九十".find(short) + 1 or None if len(short) == 1 else None


def household_columns(reading: Reading) -> dict[str, Any]:
    """The register columns a household type stands for; a monitoring type fixes where it comes from (DOMAIN §2.7)."""
    values: dict[str, Any] = {}
    categories: list[str] = []
    for column, code in reading.extra:
        if column == "category":
            categories.append(code)
        elif column in ("household_type", "monitored_type"):
            values[column] = code
    if categories:
        values["category"] = ",".join(sorted(set(categories)))
    origin = {"unstable_lifted": "lifted", "marginal": "general"}.get(values.get("monitored_type", ""))
    if origin:
        values.setdefault("household_type", origin)
    return values
