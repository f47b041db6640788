"""Turns checked households into records with the columns of the household and person tables.

Nothing uncertain is stored: a value that must be asked is left empty with the reason `to_collect`, its wording in the
note.
"""

from __future__ import annotations

import json
from typing import Any

from desktop.common.text import clean, is_placeholder
from desktop.exchange.workbook.roster.model import HouseholdDraft, Roster
from desktop.exchange.workbook.roster.words import read_remark

_PERSON_WORDS = {
    "relation": "relation", "nation": "nation", "political": "political", "education": "education",
    "student_status": "student_status", "health": "health", "labor_skill": "labor_skill",
}  # fmt: skip
_TEXT_COLUMNS = {"school": "school", "dropout_reason": "dropout_reason"}


def household_values(roster: Roster, household: HouseholdDraft, file_name: str) -> dict[str, Any]:
    """The household's column values with its `members`; the head is the member with `is_head` true."""
    members = roster.living_members(household)
    first = members[0] if members else household.members[0]
    values: dict[str, Any] = {
        "national_household_no": None, "village_name": None, "town_name": None, "division_code": None,
        "group_name": None,
        "household_type": None, "monitored_type": None, "category": None, "stated_size": None, "phone": None,
        "house_grade": None, "water_safe": None, "risk_type": None, "helper_name": None, "net_income_fen": None,
        "per_capita_income_fen": None, "address": None,
    }  # fmt: skip
    values.update({k: v for k, v in household.values.items() if v is not None and v != ""})
    at = household.source.get("address")
    if at is not None:
        values["address"] = clean(str(roster.raw["address"][at])) or None
    if household.head is not None:
        values["head_name"] = roster.name(household.head)
    values["missing_reasons"] = _reasons(household.missing, values)
    values["note"] = "；".join(household.notes) or None
    values["source_file"] = file_name
    values["source_sheet"] = roster.sheet_of(first).name
    values["source_row"] = roster.row_at[first]
    values["members"] = [person_values(roster, i, file_name, household.head == i) for i in members]
    return values


def person_values(roster: Roster, i: int, file_name: str, is_head: bool) -> dict[str, Any]:
    """One member's column values; `is_head` marks the head and is no column."""
    values: dict[str, Any] = {
        "name": roster.name(i) or None,
        "cert_type": roster.cert_type[i] if not roster.id_problem[i] else None,
        "id_no": roster.id18[i] if not roster.id_problem[i] else None,
        "sex": roster.sex[i],
        "birth_date": None,
        "birth_precision": None,
        "disability_no": roster.disability_no[i],
        "stated_age": roster.stated_age[i],
        "is_head": is_head,
    }
    born = roster.birth_text[i]
    if born:
        values["birth_date"], values["birth_precision"] = born
    for column, name in _PERSON_WORDS.items():
        values[column] = roster.value(name, i)
    values["relation"] = "head" if is_head else roster.relation[i]
    for column, name in _TEXT_COLUMNS.items():
        values[column] = roster.text[name][i] or None
    dropout = dict(roster.word("student_status", i).extra).get("dropout")
    if dropout and not values["dropout_reason"]:
        values["dropout_reason"] = dropout
    kinds = [v for k, v in roster.word("health", i).extra if k == "illness_kind"]
    written = roster.text["illness_kind"][i]
    values["illness_kind"] = "、".join(kinds) or (written if written and not is_placeholder(written) else None)
    work = roster.word("work", i)
    if work.value:
        values["work_state"] = "务工" if work.value == "working" else "未务工"
        values["work_place"] = dict(work.extra).get("place")
    values.update(roster.social[i])
    notes = list(roster.person_notes[i])
    note = roster.text["note"][i]
    if note and not is_placeholder(note):
        notes.insert(0, note)
        values["change_kind"] = next((r.change for r in read_remark(note) if r.change), None)
    for name in ("education", "student_status", "health", "labor_skill", "nation"):
        if roster.codes[name][i] is not None:
            continue
        reading = roster.word(name, i)
        if reading.level in ("warning", "error") and roster.has(i, name):
            roster.person_missing[i].setdefault(name, "to_collect")
            if roster.text[name][i]:
                notes.append(f"{_TITLES[name]}原写“{roster.text[name][i]}”")
    values["missing_reasons"] = _reasons(roster.person_missing[i], values)
    values["note"] = "；".join(notes) or None
    values["source_file"] = file_name
    values["source_sheet"] = roster.sheet_of(i).name
    values["source_row"] = roster.row_at[i]
    return values


_TITLES = {
    "education": "文化程度",
    "student_status": "在校生状况",
    "health": "健康状况",
    "labor_skill": "劳动能力",
    "nation": "民族",
}


def _reasons(missing: dict[str, str], values: dict[str, Any]) -> str | None:
    """`missing_reasons` as canonical JSON: only for columns that are empty (a broken name keeps its reason)."""
    kept = {k: v for k, v in missing.items() if values.get(k) in (None, "") or k == "name"}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if kept else None
