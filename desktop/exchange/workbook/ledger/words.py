"""The words of asset ledgers as codes: category, subcategory, status, operation mode, notice (data in resources)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from desktop.common.resources import resource_path
from desktop.common.text import compact, narrow
from desktop.registry import codelists

_NOTE = re.compile(r"[（(\[【].*?[）)\]】]")

CATEGORY_WORDS = {"operating": "经营性资产", "public": "公益性资产", "household": "到户类资产"}
FUND_FIELDS = (
    "central", "province", "city", "county", "town", "bond", "agri_integration", "lottery", "east_west", "counterpart",
    "fixed_point", "social", "industry_dept", "self", "loan", "reinvest", "land_quota",
)  # fmt: skip
"""Codes of `fund_source.csv` in the order in which an asset's fund parts are kept; a column is `fund_` + code."""


def fund_fields() -> tuple[str, ...]:
    """These, and the sources that the county added."""
    shipped = {item.code for item in codelists.shipped("fund_source")}
    return (*FUND_FIELDS, *(i.code for i in codelists.whole("fund_source") if i.code not in shipped))


@cache
def data() -> dict[str, Any]:
    """The shipped word lists."""
    loaded: dict[str, Any] = json.loads(resource_path("workbook", "assets_words.json").read_text(encoding="utf-8"))
    return loaded


def code_rows(name: str) -> list[Mapping[str, str]]:
    """The rows of a code list, with what the county added; ended items, too, for ledgers of earlier years."""
    return [{**item.more, "id": item.code, "name_zh": item.name} for item in codelists.whole(name)]


def _table(list_name: str, words: dict[str, list[str]]) -> dict[str, str]:
    table: dict[str, str] = {}
    for row in code_rows(list_name):
        bare = _NOTE.sub("", row["name_zh"])
        for form in (row["name_zh"], bare, *re.split(r"[/／、]", bare)):
            table.setdefault(compact(form), row["id"])
    for code, forms in words.items():
        for form in forms:
            table.setdefault(compact(form), code)
    return table


@lru_cache(maxsize=2)
def _tables(_edition: int) -> dict[str, dict[str, str]]:
    known = data()
    return {
        "subcategory": _table("asset_subcategory", known["subcategory"]),
        "status": _table("asset_status", known["status"]),
        "mode": _table("operation_mode", known["mode"]),
        "category": _table("asset_category", known["category"]),
    }


def subcategory_category() -> Mapping[str, str]:
    """Subcategory code → category code."""
    return _subcategory_category(codelists.edition())


@lru_cache(maxsize=2)
def _subcategory_category(_edition: int) -> dict[str, str]:
    return {row["id"]: row.get("category", "") for row in code_rows("asset_subcategory")}


def needs_contract() -> frozenset[str]:
    """Operation modes that need a contract."""
    return _needs_contract(codelists.edition())


@lru_cache(maxsize=2)
def _needs_contract(_edition: int) -> frozenset[str]:
    return frozenset(row["id"] for row in code_rows("operation_mode") if row.get("needs_contract") == "1")


def code_of(table: str, text: str) -> str | None:
    """The code a written word means in `subcategory`, `status`, `mode` or `category`; None when it is not known.

    A remark in brackets (损坏（已报修）) and an added 资产 or 设施 do not hinder.
    """
    return _code_of(codelists.edition(), table, text)


@lru_cache(maxsize=4096)
def _code_of(edition: int, table: str, text: str) -> str | None:
    known = _tables(edition)[table]
    plain = compact(narrow(text)) if not text.isascii() else compact(text)
    for form in (compact(text), plain, _NOTE.sub("", plain)):
        if form in known:
            return known[form]
        for tail in ("设施", "资产", "类", "状态"):
            if form.endswith(tail) and form.removesuffix(tail) in known:
                return known[form.removesuffix(tail)]
            if form + tail in known:
                return known[form + tail]
    return None


def name_of(list_name: str, code: str) -> str:
    """The list's own Chinese name of a code."""
    return codelists.word(list_name, code)


def is_listed(list_name: str, text: str) -> bool:
    """Whether the text is exactly a name of the list."""
    return any(text == row["name_zh"] or text == _NOTE.sub("", row["name_zh"]) for row in code_rows(list_name))


def category_in(text: str) -> str | None:
    """The category a title or sheet name speaks of."""
    for code, word in (("operating", "经营性"), ("public", "公益性"), ("household", "到户")):
        if word in text:
            return code
    return None


def has_word(list_name: str, text: str) -> bool:
    """Whether the text contains one of the words of this list."""
    return any(w in text for w in data()[list_name])
