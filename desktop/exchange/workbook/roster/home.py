"""A household's own cells: type, house, water, income, risk, helper, phone, each against the others and the members.

R-HH-08, R-IN-01, R-IN-03, R-RK-02, R-SG-01, R-SG-02 of `validation_rule.csv`. Money is fen, by its column's unit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from desktop.common.money import MoneyError, Unit, parse_money, text_unit
from desktop.common.text import clean, is_placeholder
from desktop.exchange.workbook.roster.household_words import (
    canonical_type,
    household_columns,
    read_helper,
    read_house,
    read_household_type,
    read_phone,
    read_risk,
    read_water,
)
from desktop.exchange.workbook.roster.model import HOUSEHOLD_FIELDS, HouseholdDraft, Log, Roster
from desktop.exchange.workbook.roster.words import NOTHING, Level, Reading

_YUAN = 100
_WAN = 1_000_000
_TOLERANCE = _YUAN
"""Per head: 人均 is often rounded to the yuan."""
_IMPLAUSIBLE_PER_HEAD = 200_000 * _YUAN


def check_homes(roster: Roster, log: Log) -> None:
    """All rules of this module; fills each household's `values`."""
    medians = _medians(roster)
    for household in roster.households:
        if not household.members:
            continue
        _check_repeated_cells(roster, log, household)
        _read_type(roster, log, household)
        _read_other_types(roster, log, household)
        _read_house(roster, log, household)
        _read_water(roster, log, household)
        _read_risk(roster, log, household)
        _read_helper(roster, log, household)
        _read_phone(roster, log, household)
        _read_income(roster, log, household, medians)
    _check_shared_phones(roster, log)


_COMPARED: dict[str, Callable[[str], Reading]] = {
    "household_type": read_household_type,
    "monitored_type": read_household_type,
    "category": read_household_type,
    "house_grade": read_house,
    "water": read_water,
    "risk": read_risk,
}


def choose_source(roster: Roster, household: HouseholdDraft, name: str) -> int | None:
    """The member row whose cell speaks for the household: the first filled one, in a repeated layout the commonest."""
    if household.cells_at is not None:
        return household.cells_at
    texts, first = roster.text[name], household.members[0]
    repeated = roster.sheets[household.sheet].repeated
    if not repeated and texts[first]:
        return first
    filled = [i for i in household.members if texts[i]]
    if not filled:
        return first if roster.has(first, name) else None
    if not repeated or len({texts[i] for i in filled}) == 1:
        return filled[0]
    reader = _COMPARED.get(name)

    def meaning(i: int) -> str:
        return (reader(texts[i]).name if reader else None) or texts[i]

    counts = Counter(meaning(i) for i in filled)
    best = max(counts.values())
    winners = [m for m, n in counts.items() if n == best]
    if len(winners) > 1 and reader:
        plain = [i for i in filled if meaning(i) in winners and reader(texts[i]).level == ""]
        if plain:
            return plain[0]
    return next(i for i in filled if meaning(i) == winners[0])


def _check_repeated_cells(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    """In a sheet that repeats the household's cells in every row, the rows of one household must say the same."""
    members = household.members
    if len(members) < 2 or not roster.sheet_of(members[0]).repeated:
        return
    for name in HOUSEHOLD_FIELDS:
        source = household.source.get(name)
        if source is None or name in ("address",):
            continue
        texts = roster.text[name]
        if len({texts[i] for i in members}) == 1:
            continue
        reader = _COMPARED.get(name)
        right = texts[source]
        right_name = (reader(right).name if reader else None) or right
        for i in members:
            if texts[i] == right:
                continue
            own = (reader(texts[i]).name if reader else None) or texts[i]
            rows = [roster.row_at[m] for m in members if texts[m] == right]
            reading = (
                reader(texts[i]) if reader else (read_phone(texts[i]) if name == "phone" and texts[i] else NOTHING)
            )
            if reading.level in ("warning", "error"):
                log.reading(i, name, reading, right_name if name != "phone" else right)
                continue
            log.reading(i, name, reading)
            if reader and own == right_name:
                continue
            said = f"写“{texts[i]}”" if texts[i] and name != "phone" else ("与同户其他行不同" if texts[i] else "空着")
            title = _TITLES.get(name, "此列")
            level: Level = "error" if name == "stated_size" else "warning"
            message = f"{title}{said}，同户其他 {len(rows)} 行是另一个值，须统一"
            proposed = right if name == "phone" else right_name
            log.add(i, name, "household_value_differs", level, message, proposed, rows=rows)


_TITLES = {
    "monitored_type": "监测对象类别",
    "category": "低收入类别",
    "town": "乡镇", "village": "行政村", "group": "村民小组", "household_no": "户编号", "head_name": "户主姓名",
    "household_type": "户类型", "stated_size": "家庭人口", "house_grade": "住房等级", "water": "饮水安全",
    "net_income": "家庭年纯收入", "per_capita_income": "人均纯收入", "risk": "致贫返贫风险", "helper": "帮扶责任人",
    "phone": "联系电话",
}  # fmt: skip


def _cell(roster: Roster, household: HouseholdDraft, name: str) -> tuple[int | None, str]:
    source = household.source.get(name)
    return source, roster.text[name][source] if source is not None else ""


def _read_type(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    source, text = _cell(roster, household, "household_type")
    if source is None:
        return
    reading = read_household_type(text)
    log.reading(source, "household_type", reading)
    household.values.update(household_columns(reading))
    if reading.value is None:
        household.missing["household_type"] = "to_collect"
        if text:
            household.notes.append(f"户类型原写“{text}”")


def _read_other_types(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    """Columns of their own for the kind of monitoring and of low income add to the household's type."""
    for name in ("monitored_type", "category"):
        source, text = _cell(roster, household, name)
        if source is None or not text or is_placeholder(text) or text in ("否", "不是", "非监测对象"):
            continue
        reading = read_household_type(text)
        log.reading(source, name, reading)
        for column, value in household_columns(reading).items():
            if column == "category" and household.values.get("category"):
                both = {*str(household.values["category"]).split(","), *str(value).split(",")}
                household.values["category"] = ",".join(sorted(both))
            else:
                household.values.setdefault(column, value)
        if reading.value is None:
            household.missing[name] = "to_collect"
            household.notes.append(f"{_TITLES[name]}原写“{text}”")


def _read_house(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    source, text = _cell(roster, household, "house_grade")
    if source is None:
        return
    reading = read_house(text)
    log.reading(source, "house_grade", reading)
    household.values["house_grade"] = reading.value
    if reading.value is None:
        household.missing["house_grade"] = "to_collect"
        if text:
            household.notes.append(f"住房等级原写“{text}”")
    elif reading.value in "CD":
        message = f"住房为 {reading.value} 级危房，表中没有住房保障措施，须写明搬迁、改造等措施"
        log.add(source, "house_grade", "house_unsafe_without_measure", "warning", message)


def _read_water(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    source, text = _cell(roster, household, "water")
    if source is None:
        return
    reading = read_water(text)
    log.reading(source, "water", reading)
    if reading.value is None:
        household.missing["water_safe"] = "to_collect"
        return
    household.values["water_safe"] = int(reading.value)
    if reading.value == "0" and reading.level != "warning":
        message = "饮水不安全，表中没有解决措施，须写明"
        log.add(source, "water", "water_unsafe_without_measure", "warning", message)


def _read_risk(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    source, text = _cell(roster, household, "risk")
    if source is None:
        return
    reading = read_risk(text)
    log.reading(source, "risk", reading)
    household.values["risk_type"] = reading.value
    monitored = household.values.get("monitored_type")
    kind = canonical_type(monitored) if monitored else ""
    type_known = (
        "household_type" in household.values or "monitored_type" in household.values or "category" in household.values
    )
    codes = (reading.value or "").split(",")
    if monitored and not text:
        log.add(source, "risk", "risk_missing_for_monitored", "warning", f"{kind}没有填致贫返贫风险")
    elif reading.value and not monitored and type_known and "household_type" in household.source:
        message = "填了致贫返贫风险，户类型却不是监测对象，请确认户类型或删去风险"
        log.add(source, "risk", "risk_without_monitoring", "warning", message)
    members = roster.living_members(household)
    disabled = any("disabled" in (roster.value("health", i) or "") or roster.disability_no[i] for i in members)
    if "disability" in codes and roster.has(source, "health") and not disabled:
        message = "风险为因残，家中却没有残疾人，请确认"
        log.add(source, "risk", "risk_disability_without_disabled", "warning", message)
    if "no_labor" in codes and roster.has(source, "labor_skill"):
        able = [i for i in members if roster.value("labor_skill", i) in ("ordinary", "skilled")]
        if 2 * len(able) > len(members):
            message = f"风险为缺劳动力，家中 {len(members)} 人有 {len(able)} 个普通或技能劳动力，请确认"
            log.add(source, "risk", "risk_no_labor_with_labor", "warning", message)


def _read_helper(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    source, text = _cell(roster, household, "helper")
    if source is None:
        return
    reading = read_helper(text)
    log.reading(source, "helper", reading)
    household.values["helper_name"] = reading.value
    if reading.value is None:
        level = "warning" if household.values.get("monitored_type") else "info"
        log.add(source, "helper", "helper_missing", level, "没有填帮扶责任人")  # type: ignore[arg-type]


def _read_phone(roster: Roster, log: Log, household: HouseholdDraft) -> None:
    source = household.source.get("phone")
    if source is None:
        return
    raw = roster.raw["phone"][source]
    text = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else clean(str(raw))
    reading = read_phone(text)
    log.reading(source, "phone", reading)
    household.values["phone"] = reading.value
    if reading.value is None:
        household.missing["phone"] = "to_collect"


def _check_shared_phones(roster: Roster, log: Log) -> None:
    users: dict[str, list[int]] = defaultdict(list)
    for household in roster.households:
        phone = household.values.get("phone")
        if phone:
            users[str(phone)].append(household.source["phone"])
    for sources in users.values():
        if len(sources) < 2:
            continue
        first = sources[0]
        rows = [roster.row_at[first]]
        if len(sources) > 4:
            message = f"{len(sources)} 户填了同一个电话，像是村干部的号码，须登记各户自己的电话"
            log.add(first, "phone", "phone_duplicate", "warning", message, rows=[roster.row_at[i] for i in sources])
            continue
        for i in sources[1:]:
            where = "" if roster.sheet_at[i] == roster.sheet_at[first] else f"“{roster.sheet_of(first).name}”"
            message = f"与{where}第 {roster.row_at[first]} 行的另一户电话相同，请确认是谁的号码"
            log.add(i, "phone", "phone_duplicate", "warning", message, rows=rows)


def read_income(raw: Any, unit: str) -> tuple[int | None, str, str]:
    """An income cell in fen, with a finding code and message when it is not simply a number."""
    if raw is None or raw == "":
        return None, "income_missing", "没有填"
    per: Unit = "wan" if unit == "wan" else "yuan"
    text = "" if isinstance(raw, int | float) else clean(str(raw))
    if is_placeholder(text):
        return None, "placeholder_for_empty", f"写“{text}”，没有数"
    try:
        if isinstance(raw, int | float):
            return parse_money(raw, per), "", ""
        fen = parse_money(text, per)
    except MoneyError as error:
        if error.reason == "approximate":
            return error.near, "approximate_text", f"“{text}”是约数，须按凭据填写"
        if error.reason == "not_whole_fen":
            return None, "income_not_number", "小数位数过多，不是金额"
        return None, "income_not_number", f"“{text}”不是金额"
    if text_unit(text):
        return fen, "unit_text_in_number", f"“{text}”带有单位，应只填数"
    return fen, "number_as_text", f"“{text}”按数字登记"


def _medians(roster: Roster) -> dict[tuple[int, str], int]:
    """The middle value in fen of each sheet's income columns; a cell far from it was typed in another unit."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for household in roster.households:
        for name in ("net_income", "per_capita_income"):
            source = household.source.get(name)
            if source is not None:
                sheet = roster.sheet_of(source)
                fen, _code, _message = read_income(roster.raw[name][source], sheet.units.get(name, ""))
                if fen is not None:
                    found[household.sheet, name].append(fen)
    return {k: sorted(v)[len(v) // 2] for k, v in found.items()}


def money_text(fen: int) -> str:
    """Fen as the shortest exact number of yuan, for a proposal that goes back into the cell."""
    text = f"{Decimal(fen) / 100:.2f}"
    return text.rstrip("0").rstrip(".")


def _in_unit(fen: int, unit: str) -> str:
    if unit == "wan":
        return f"{Decimal(fen) / _WAN:.6f}".rstrip("0").rstrip(".")
    return money_text(fen)


def _read_income(roster: Roster, log: Log, household: HouseholdDraft, medians: dict[tuple[int, str], int]) -> None:
    """Both income cells by themselves, then against each other and the number of people (R-IN-01, R-IN-03)."""
    amounts: dict[str, int] = {}
    doubtful: dict[str, _Doubt] = {}
    for name, column in (("net_income", "net_income_fen"), ("per_capita_income", "per_capita_income_fen")):
        source = household.source.get(name)
        if source is None:
            continue
        fen, doubt = _read_amount(roster, source, name, medians.get((household.sheet, name), 0))
        if doubt:
            doubtful[name] = doubt
        if fen is not None:
            amounts[name] = fen
            household.values[column] = fen
        elif doubt and doubt.code in ("income_missing", "placeholder_for_empty"):
            household.missing[column] = "to_collect"
    people = len(roster.living_members(household))
    if people:
        _check_per_head(roster, log, household, amounts, doubtful, people)
    for name, doubt in doubtful.items():
        source = household.source[name]
        log.add(source, name, doubt.code, doubt.level, doubt.message, doubt.proposed, options=doubt.options)


@dataclass(slots=True)
class _Doubt:
    """What is wrong with one income cell by itself."""

    code: str
    level: Level
    message: str
    proposed: str | None = None
    options: tuple[str, ...] = ()


def _read_amount(roster: Roster, source: int, name: str, median: int) -> tuple[int | None, _Doubt | None]:
    raw, unit = roster.raw[name][source], roster.sheet_of(source).units.get(name, "")
    fen, code, message = read_income(raw, unit)
    title = _TITLES[name]
    if code in ("income_missing", "placeholder_for_empty"):
        return None, _Doubt(code, "warning", f"{title}{message}，须补采")
    shown = _in_unit(fen, unit) if fen is not None else None
    if code == "unit_text_in_number":
        level: Level = "error" if ("万" in str(raw)) != (unit == "wan") else "warning"
        return fen, _Doubt(code, level, title + message, shown)
    if code in ("approximate_text", "income_not_number"):
        return None, _Doubt(code, "error", title + message, shown)
    if fen is not None and fen < 0:
        return fen, _Doubt("income_negative", "error", f"{title}是负数，须核实")
    if fen is not None and unit != "wan" and 0 < fen < median // 1000:
        message = f"同列多在 {median // _YUAN} 元上下，这一格像是按万元填的"
        return fen, _Doubt("unit_wan_in_yuan_table", "error", message, money_text(fen * 10_000))
    if code and roster.sheet_of(source).grid.typed:  # a text file has nothing but text
        return fen, _Doubt(code, "info", message, shown)
    return fen, None


def _check_per_head(
    roster: Roster,
    log: Log,
    household: HouseholdDraft,
    amounts: dict[str, int],
    doubtful: dict[str, _Doubt],
    people: int,
) -> None:
    """人均 = 纯收入 ÷ 人口, by the counted or the stated number of people; says which of the two cells looks wrong."""
    net, per_head = amounts.get("net_income"), amounts.get("per_capita_income")
    for name, other in (("net_income", per_head), ("per_capita_income", net)):
        doubt = doubtful.get(name)
        if doubt and name not in amounts and doubt.proposed is None and other is not None and other > 0:
            doubt.proposed = money_text(other * people if name == "net_income" else _divide(other, people))
    source = household.source.get("per_capita_income")
    if per_head is None or source is None:
        return
    stated = household.values.get("stated_size") or people
    if net is None or any(abs(per_head * size - net) <= _TOLERANCE * size for size in {stated, people}):
        if per_head > _IMPLAUSIBLE_PER_HEAD:
            log.add(source, "per_capita_income", "income_implausible", "warning", "人均纯收入超过 20 万元，请核实")
        return
    right = _divide(net, people)
    own, its = doubtful.get("per_capita_income"), doubtful.get("net_income")
    if own and own.level == "error":
        own.proposed = own.proposed or (money_text(right) if net > 0 else None)
        return
    if its and its.level in ("warning", "error"):
        by_head = money_text(per_head * people)
        its.level = "error"
        its.message += f"；与人均纯收入乘 {people} 人（{by_head} 元）也不相等，须核实"
        its.options = tuple(dict.fromkeys((*((its.proposed,) if its.proposed else ()), by_head)))
        its.proposed = its.proposed or by_head
        log.add(source, "per_capita_income", "per_capita_differs", "info", "与家庭年纯收入不相等", money_text(right))
        return
    if per_head == net:
        code, message = "per_capita_not_divided", f"人均纯收入等于全家纯收入，没有除以 {people} 人"
    elif right > 0 and per_head > 0 and any(abs(per_head - right * k) <= k * 5 for k in (10, 100, 1000)):
        code, message = "per_capita_decimal_point", "人均纯收入的小数点错位"
    elif right > 0 and abs(per_head * 10_000 - right) <= right // 100:
        code, message = "unit_wan_in_yuan_table", "人均纯收入像是按万元填的"
    else:
        code, message = "per_capita_differs", f"人均纯收入与全家纯收入除以 {people} 人不相等"
    doubtful.pop("per_capita_income", None)
    log.add(source, "per_capita_income", code, "error", message + "，须核实", money_text(right) if net > 0 else None)


def _divide(fen: int, people: int) -> int:
    return int((Decimal(fen) / people).quantize(Decimal(1), ROUND_HALF_UP))
