"""How the records of income distribution and its books read in histories, conflicts and tables: no codes, no ids."""

from __future__ import annotations

import json
from typing import Any

from desktop.app.distribution_recipients import METHODS
from desktop.common.ids import is_id
from desktop.insight.recipients import criteria_words
from desktop.registry.codelists import word

TABLES = ("distribution", "payment", "voucher")
RECIPIENT_KINDS = {"household": "户", "person": "人", "party": "单位", "use": "用途"}
_LISTS = {"use": "income_use", "account": "account"}


def money_words(table: str, cell: str, value: Any) -> str | None:
    """The words of a value of these tables; "" when it says nothing to a reader, None when others know better."""
    if table not in TABLES or not isinstance(value, str):
        return None
    if is_id(value):
        return ""
    if cell in _LISTS:
        return word(_LISTS[cell], value)
    if cell == "recipient_kind":
        return RECIPIENT_KINDS.get(value, value)
    if cell == "recipient_id":  # a use stands for itself where nobody is named
        return word("income_use", value)
    if cell == "source_table":
        return ""
    if (table, cell) == ("distribution", "method"):
        return METHODS.get(value, value)
    if (table, cell) == ("distribution", "criteria"):
        return _criteria(value)
    return None


def _criteria(text: str) -> str:
    """支持易返贫易致贫人群：按人口，监测对象 各类."""
    try:
        kept = json.loads(text)
    except ValueError:
        return text
    if not isinstance(kept, dict):
        return text
    said = []
    for use, entry in kept.items():
        if isinstance(entry, dict):
            how = METHODS.get(str(entry.get("method")), "")
            said.append(f"{word('income_use', use)}：{how}，{criteria_words(entry.get('where') or {})}")
    return "；".join(said)
