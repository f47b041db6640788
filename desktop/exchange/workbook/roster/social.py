"""Marriage, insurance, contracts with doctors, public posts and months of work, where a roster has such columns.

R-MD-01, R-LB-05 and R-IN-03 of `validation_rule.csv`. Words for yes and no become 1 and 0; anything else is asked.
"""

from __future__ import annotations

from functools import lru_cache

from desktop.common.text import is_placeholder, narrow
from desktop.exchange.workbook.roster.model import Log, Roster
from desktop.exchange.workbook.roster.words import code_by_name

_YES = frozenset(
    ("是", "有", "已", "√", "✓", "✔", "1", "Y", "y", "参加", "已参加", "参保", "已参保", "签约", "已签约", "对")
)
_NO = frozenset(("否", "无", "没有", "未", "×", "✗", "✘", "0", "N", "n", "未参加", "没参加", "未参保", "未签约", "不"))
_FLAGS = {
    "medical_resident": "居民医保",
    "medical_worker": "职工医保",
    "serious_illness_ins": "大病保险",
    "doctor_contract": "家庭医生签约",
    "pension_resident": "居民养老保险",
    "pension_worker": "职工养老保险",
}
POST_FROM, POST_BEFORE = 16, 70
"""Ages at which a public post may be held (R-LB-05)."""


@lru_cache(4096)
def read_flag(text: str) -> int | None:
    """1 for yes, 0 for no, None when it cannot be told or is empty."""
    short = narrow(text)
    return 1 if short in _YES else (0 if short in _NO else None)


def check_social(roster: Roster, log: Log) -> None:
    """Fills `social` for every member row; most rosters have none of these columns."""
    roster.social = [{} for _ in range(len(roster))]
    columns = {name for sheet in roster.sheets for name in sheet.columns}
    wanted = columns & {*_FLAGS, "marital", "public_post", "work_months"}
    if not wanted:
        return
    for i in range(len(roster)):
        if i in roster.dropped:
            continue
        for name in sorted(wanted & _FLAGS.keys()):
            _flag(roster, log, i, name)
        _medical(roster, log, i)
        _marital(roster, log, i)
        _post(roster, log, i)
        _months(roster, log, i)


def _flag(roster: Roster, log: Log, i: int, name: str) -> None:
    text = roster.text[name][i]
    if not text:
        return
    value = read_flag(text)
    if value is not None:
        roster.social[i][name] = value
    elif not is_placeholder(text):
        log.add(i, name, "flag_not_yes_or_no", "warning", f"{_FLAGS[name]}写“{text}”，应填是或否")
        roster.person_missing[i][name] = "to_collect"


def _medical(roster: Roster, log: Log, i: int) -> None:
    """居民医保 and 职工医保: exactly one of the two."""
    if not (roster.has(i, "medical_resident") and roster.has(i, "medical_worker")):
        return
    resident, worker = (roster.social[i].get(n) for n in ("medical_resident", "medical_worker"))
    if resident == worker == 1:
        message = "居民医保和职工医保都填“是”，只能参加一种"
        log.add(i, "medical_worker", "medical_insurance_both", "error", message)
    elif resident == worker == 0:
        message = "居民医保和职工医保都填“否”，须核实是否参保"
        log.add(i, "medical_resident", "medical_insurance_none", "error", message)


def _marital(roster: Roster, log: Log, i: int) -> None:
    text = roster.text["marital"][i]
    if not text or is_placeholder(text):
        return
    codes = code_by_name("gbt2261_2_marital", "code")
    code = codes.get(text) or codes.get(
        {"结婚": "已婚", "单身": "未婚", "离异": "离婚", "丧妻": "丧偶", "丧夫": "丧偶"}.get(text, "")
    )
    if code is None:
        log.add(i, "marital", "marital_not_in_list", "warning", f"婚姻状况“{text}”不在代码表里")
        roster.person_missing[i]["marital"] = "to_collect"
    else:
        roster.social[i]["marital"] = code


def _post(roster: Roster, log: Log, i: int) -> None:
    text = roster.text["public_post"][i]
    if not text or is_placeholder(text) or read_flag(text) == 0:
        return
    roster.social[i]["public_post"] = text
    age = roster.age[i]
    if age is not None and not POST_FROM <= age < POST_BEFORE:
        message = f"{age} 岁任公益性岗位（{POST_FROM}–{POST_BEFORE - 1} 岁方可），请确认"
        log.add(i, "public_post", "public_post_differs_from_age", "warning", message)


def _months(roster: Roster, log: Log, i: int) -> None:
    text = narrow(roster.text["work_months"][i]).removesuffix("个月").removesuffix("月")
    if not text or is_placeholder(text):
        return
    if text.isdigit() and int(text) <= 12:
        roster.social[i]["work_months"] = int(text)
    else:
        log.add(i, "work_months", "work_months_invalid", "warning", "务工月数应是 0 到 12 的数")
        roster.person_missing[i]["work_months"] = "to_collect"
