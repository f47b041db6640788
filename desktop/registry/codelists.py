"""Code lists 代码表: shipped as dated data in resources, extended or retired by the county, shown by their words.

The county's own items are records of a register (`county_items.py`); each register that is open tells them here, and
which one is meant is the one that is being asked (`speaking_of`), so that every list that is offered, every word that
is shown and every code that is checked speaks of the items of its register.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from itertools import count

from desktop.common.errors import UsageError
from desktop.common.resources import resource_path

LIST_OF_COLUMN: dict[tuple[str, str], str] = {
    ("household", "household_type"): "household_type",
    ("household", "monitored_type"): "monitored_type",
    ("household", "category"): "low_income_category",
    ("household", "house_grade"): "house_safety_grade",
    ("household", "risk_type"): "risk_type",
    ("person", "cert_type"): "certificate_type",
    ("person", "sex"): "gbt2261_1_sex",
    ("person", "relation"): "relation_to_head",
    ("person", "nation"): "gbt3304_ethnic",
    ("person", "political"): "political_status_survey",
    ("person", "marital"): "gbt2261_2_marital",
    ("person", "education"): "education_survey",
    ("person", "student_status"): "student_status",
    ("person", "health"): "health_status_survey",
    ("person", "labor_skill"): "labor_skill",
    ("asset", "category"): "asset_category",
    ("asset", "subcategory"): "asset_subcategory",
    ("asset", "operation_mode"): "operation_mode",
    ("asset", "status"): "asset_status",
    ("status_change", "status"): "asset_status",
    ("asset_fund_part", "source"): "fund_source",
    ("right", "kind"): "rights",
    ("party", "ownership_level"): "ownership_level",
    ("asset", "industry_model"): "industry_model",
    ("asset", "linkage_mode"): "linkage_mode",
    ("asset", "depreciation_method"): "depreciation_method",
    ("asset", "fund_mode"): "fund_mode",
    ("project", "kind"): "project_kind",
    ("project", "state"): "project_state",
    ("project", "fund_mode"): "fund_mode",
    ("project_fund_part", "source"): "fund_source",
    ("value_change", "kind"): "value_change_kind",
    ("value_change_fund_part", "source"): "fund_source",
    ("linkage", "mode"): "linkage_mode",
    ("contract", "mode"): "operation_mode",
    ("receipt", "kind"): "receipt_kind",
    ("decision", "kind"): "decision_kind",
    ("voucher_line", "account"): "account",
    ("distribution", "level"): "distribution_level",
    ("distribution_use", "use"): "income_use",
    ("distribution_line", "use"): "income_use",
    ("payment", "state"): "payment_state",
    ("disposal", "kind"): "disposal_type",
    ("disposal", "reason"): "disposal_reason",
    ("disposal_destination", "use"): "income_use",
    ("disposal", "status_before"): "asset_status",
    ("inspection_plan", "kind"): "inspection_type",
    ("inspection", "condition"): "asset_status",
    ("finding", "kind"): "finding_kind",
    ("assessment", "kind"): "assessment_kind",
    ("assessment", "grade"): "assessment_grade",
    ("notice", "kind"): "notice_type",
    ("attachment", "kind"): "attachment_kind",
    ("safeguard_check", "house_grade"): "house_safety_grade",
    ("lead", "channel"): "discovery_channel",
    ("lead", "risk_type"): "risk_type",
    ("lead", "proposed_type"): "monitored_type",
    ("measure", "measure_code"): "assistance_measure",
    ("measure", "fund_source"): "fund_source",
    ("measure", "risk_type"): "risk_type",
    ("measure", "effect"): "measure_effect",
    ("lead", "verdict"): "lead_verdict",
    ("lead", "measures_wanted"): "measure_group",
    ("visit", "mode"): "visit_mode",
    ("visit", "signature_kind"): "signature_kind",
    ("visit", "wanted"): "measure_group",
    ("safeguard_check", "house_otherwise"): "house_otherwise",
    ("safeguard_check", "water_quantity"): "water_grade",
    ("safeguard_check", "water_quality"): "water_grade",
    ("safeguard_check", "water_convenience"): "water_grade",
    ("safeguard_check", "water_reliability"): "water_grade",
}
"""Which list a column's codes come from."""

SEVERAL = {("household", "category"), ("household", "risk_type"), ("person", "health"), ("lead", "risk_type"),
           ("lead", "measures_wanted"), ("visit", "wanted")}  # fmt: skip
"""Columns that hold several codes, joined by a comma."""


FIRST = "^"
"""As the place of an added item: before all others."""


@dataclass(frozen=True)
class CodeItem:
    """One item: its code, its word, and the other columns of the list.

    `valid_from` is the first day it may be chosen, `valid_to` the first day it may not (ISO, None = open). `county`:
    the county added, renamed or ended it. `after`: the code it stands after (`FIRST`, or "" = before a closing 其他).
    """

    code: str
    name: str
    more: Mapping[str, str]
    valid_from: str | None = None
    valid_to: str | None = None
    county: bool = False
    after: str = ""

    def in_use(self, on: str) -> bool:
        """Whether it may be chosen on a day."""
        return (not self.valid_from or self.valid_from <= on) and not self.ended(on)

    def ended(self, on: str) -> bool:
        """Whether it may not be chosen any more on a day; records that hold it keep it."""
        return bool(self.valid_to) and str(self.valid_to) <= on


@cache
def shipped(list_name: str) -> tuple[CodeItem, ...]:
    """The items of a shipped list in its order; UsageError when there is no such list.

    The code is the `id` (or `code`) column; lists without one (student_status) use the word itself.
    """
    path = resource_path("codelists") / f"{list_name}.csv"
    if not path.is_file():
        raise UsageError(f"没有代码表 {list_name}。")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        items = []
        for row in csv.DictReader(stream):
            name = row.get("name_zh") or row.get("name") or ""
            code = row.get("id") or row.get("code") or row.get("grade") or name
            items.append(CodeItem(code, name, row))
    return tuple(items)


_learned: dict[int, tuple[int, Mapping[str, Sequence[CodeItem]]]] = {}
"""The county's items of each register that is open, by the register's number, with their edition; those of the one
opened or changed last stand at the end."""
_editions = count(1)
_spoken_of: ContextVar[int] = ContextVar("register_spoken_of", default=0)
_blocks: ContextVar[tuple[int, ...]] = ContextVar("registers_being_asked", default=())


def learn(register: int, lists: Mapping[str, Sequence[CodeItem]]) -> None:
    """A register was opened or its code items changed: these are the county's now."""
    global _learned
    if register not in _learned or _learned[register][1] != lists:
        others = {r: known for r, known in _learned.items() if r != register}
        _learned = {**others, register: (next(_editions) if lists else 0, lists)}


def forget(register: int) -> None:
    """A register was closed."""
    global _learned
    _learned = {r: known for r, known in _learned.items() if r != register}


@contextmanager
def speaking_of(register: int) -> Iterator[None]:
    """This thread asks or writes this register: its items are meant, here and until another register is asked.

    Hundreds of callers name a list and no register; each of them works for one it has just asked. So the register asked
    last is the one that is spoken of, and after a block inside another one's block that other again.
    """
    before = _blocks.get()
    _blocks.set((*before, register))
    _spoken_of.set(register)
    try:
        yield
    finally:
        _blocks.set(before)
        if before:
            _spoken_of.set(before[-1])


def _items_of(edition: int) -> Mapping[str, Sequence[CodeItem]]:
    return next((lists for number, lists in _learned.values() if number == edition), {})


def edition() -> int:
    """A number that differs whenever the lists do: for what others make of them and keep. 0: only shipped items.

    It is of the register that is spoken of; where none was asked yet, of the one opened last.
    """
    learned, register = _learned, _spoken_of.get()
    return (learned[register] if register in learned else next(reversed(learned.values()), (0, {})))[0]


def merged(list_name: str, added: Sequence[CodeItem]) -> list[CodeItem]:
    """The shipped list with the county's items in it: renamed and ended ones in their places, new ones in theirs.

    A new item takes the columns it does not bring itself from the item it is like (`more["parent"]`), else from 其他.
    """
    out = list(shipped(list_name))
    known = {item.code: item for item in out}
    for item in added:
        if item.code in known:  # a code may stand under several parents
            out = [
                replace(item, name=item.name or old.name, more=old.more) if old.code == item.code else old
                for old in out
            ]
            continue
        like = known.get(item.more.get("parent", "")) or known.get("other")
        own = like.more if like else {**item.more, "category": item.more.get("parent", "")}
        new = replace(item, more={**own, "id": item.code, "name_zh": item.name, "like": item.more.get("parent", "")})
        known[item.code] = new
        out.insert(_place(out, item.after), new)
    return out


def _place(items: Sequence[CodeItem], after: str) -> int:
    if after == FIRST:
        return 0
    at = next((n for n, item in enumerate(items) if item.code == after), None)
    if after and at is not None:
        return at + 1
    return len(items) - (1 if items and items[-1].code == "other" else 0)


def whole(list_name: str) -> list[CodeItem]:
    """All items in their order with those not yet or no longer in use; UsageError when there is no such list."""
    return list(_whole(edition(), list_name))


@lru_cache(maxsize=256)
def _whole(edition: int, list_name: str) -> tuple[CodeItem, ...]:
    return tuple(merged(list_name, _items_of(edition).get(list_name, ())))


def today() -> str:
    """The day it is here (ISO)."""
    return datetime.now().astimezone().date().isoformat()


def items(list_name: str, on: str | None = None) -> list[CodeItem]:
    """The items that may be chosen on a day (ISO; today): shipped ones and the county's, without the ended ones."""
    day = on or today()
    return [item for item in whole(list_name) if item.in_use(day)]


def find(list_name: str, code: str | None) -> CodeItem | None:
    """The item of a code, in use or not; None when the list has none."""
    return next((item for item in whole(list_name) if item.code == code), None) if code else None


def word(list_name: str, code: str | None) -> str:
    """The word for a code, also of an ended item; the code itself when the list does not know it; "" for None."""
    if not code:
        return ""
    return _words(edition(), list_name).get(code, code)


@lru_cache(maxsize=256)
def _words(edition: int, list_name: str) -> dict[str, str]:
    """The words of all codes, those of items no longer in use, too."""
    words = {item.code: item.name for item in shipped(list_name)}
    words.update({item.code: item.name for item in _items_of(edition).get(list_name, ()) if item.name})
    return words


def code_for(list_name: str, text: str) -> str | None:
    """The code of a typed word or code; None when the list has neither.

    An ended item is known, too (a record may speak of the time when it was in use); of two items with one word the
    one in use is meant.
    """
    known = whole(list_name)
    if any(item.code == text for item in known):
        return text
    day = today()
    same = sorted((item for item in known if item.name == text), key=lambda item: not item.in_use(day))
    return same[0].code if same else None
