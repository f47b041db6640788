"""Rules for one record's values as a person types them: what cannot be stored is refused in words, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Integer

from desktop.common.errors import InputRefused, UsageError
from desktop.common.text import narrow
from desktop.common.uscc import is_uscc, normalise_uscc
from desktop.registry.codelists import LIST_OF_COLUMN, SEVERAL, code_for
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.registry.labels import label, table_label
from desktop.registry.posting import balance_problem
from desktop.registry.tables import MODELS
from desktop.store.operations import unknown_columns
from desktop.store.schema import TableSpec

INTEGERS: dict[str, set[str]] = {
    str(model.__tablename__): {
        c.name for c in model.metadata.tables[str(model.__tablename__)].columns if isinstance(c.type, Integer)
    }
    for model in MODELS
}
DATES = {"contract_start", "contract_end", "valid_from", "valid_to", "term_start", "term_end", "status_due",
         "visited_at"}  # fmt: skip
"""Columns that hold a whole day, besides all whose name ends in `_date`."""
LENGTH_OF_VILLAGE = 12
"""Digits of a village's division code (GB/T 10114)."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
PARTIAL_DATES = {"birth_date": "birth_precision", "built_date": "built_precision", "confirm_date": "confirm_precision"}
"""Dates that may be known to the month or year only, with the column that says so (2021-11 is `month`)."""
_PRECISION_OF_LENGTH = {10: ("day",), 7: ("month",), 4: ("year", "year_end")}


REQUIRED: dict[str, tuple[str, ...]] = {
    "household": ("division_code",),
    "person": ("household_id", "name"),
    "asset": ("name", "division_code"),
    "right": ("asset_id", "kind"),
    "party": ("name",),
    "project": ("name",),
    "value_change": ("asset_id", "on_date", "kind", "amount_fen"),
    "asset_income": ("asset_id", "year", "expected_fen"),
    "linkage": ("household_id",),
    "decision": ("title",),
    "inspection_plan": ("title",),
    "assessment": ("division_code", "year"),
    "disposal": ("asset_id",),
    "registration": ("title",),
    "handover": ("title",),
    "income_record": ("household_id", "period"),
    "safeguard_check": ("household_id", "period"),
    "lead": ("household_id", "found_date"),
    "measure": ("household_id", "measure_code", "period"),
}
"""Without these a record stands in no list, belongs to nobody, or has no name: nobody could find it again. What a
workbook lacks is a finding of the import instead, and what two laptops make of one another's rows a case."""
PARENTS = {
    ("person", "household_id"): "household",
    **{(table, "asset_id"): "asset" for table in ("right", "value_change", "asset_income")},
    **{(table, "household_id"): "household" for table in ("income_record", "safeguard_check", "lead", "measure")},
}  # fmt: skip
"""Columns that name the record a record belongs to, which must be there."""


def refuse_incomplete(table: str, values: Mapping[str, Any], *, new: bool) -> None:
    """InputRefused when cleaned values leave a record without what it needs; of a change only what it speaks of."""
    missing = [c for c in REQUIRED.get(table, ()) if values.get(c) is None and (new or c in values)]
    if missing:
        words = "、".join(label(table, c) for c in missing)
        raise InputRefused(f"{table_label(table)}要填{words}。没有保存。" if new else f"{words}不能清空。没有保存。")
    code = values.get("division_code")
    if table == "household" and code and len(str(code)) < LENGTH_OF_VILLAGE:
        raise InputRefused(f"住户要归到村（社区），{code} 不是村级区划。没有保存。")


NOT_NEGATIVE = {
    "asset": ("original_value_fen", "depreciation_fen", "expected_income_fen", "keep_fund_fen"),
    "contract": ("amount_fen", "deposit_fen"),
    "disposal": ("appraised_fen", "proceeds_fen", "paid_fen"),
    "project": ("approved_fen",),
    "value_change": ("amount_fen", "depreciation_fen"),
    "asset_income": ("expected_fen",),
}
"""Sums that no record can hold below zero; receipts (reversals) and incomes may be negative. What takes value away has
kinds of its own."""
YEARS = {"asset_income": "year", "receipt": "income_year"}
"""Columns with the year of a sum: a slip of the keyboard (26, 20226) would put it out of every list."""
NOT_AHEAD = {"value_change": ("on_date",)}
"""Days of what has happened: none of them lies ahead."""


def clean_values(spec: TableSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values as they are stored: words become codes, numbers integers, "" None.

    Raises UsageError for an unknown field, InputRefused naming each field that cannot be stored.
    """
    unknown = unknown_columns(spec, values)
    if unknown:
        lists = [c.name for c in spec.cells if c.child_table]
        known = "、".join(f"{c}（{label(spec.name, c)}）" for c in (*spec.value_columns, *lists))
        raise UsageError(f"{table_label(spec.name)}没有字段 {'、'.join(unknown)}。", hint=f"可用的：{known}。")
    problems: list[str] = []
    out: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            out[name] = None
            continue
        try:
            if isinstance(value, str) and any(c.name == name and c.child_table for c in spec.cells):
                value = _split_lines(spec, name, value)
            out[name] = _lines(spec, name, value) if isinstance(value, list) else _clean(spec.name, name, value)
        except ValueError as error:
            problems.append(f"{label(spec.name, name)}：{error}")
    for name, precision in PARTIAL_DATES.items():
        if out.get(name) and name in spec.by_column:
            fitting = _PRECISION_OF_LENGTH[len(out[name])]
            out[precision] = out[precision] if out.get(precision) in fitting else fitting[0]
        elif name in out:
            out[precision] = None
    if spec.name == "right" and out.get("shares"):
        problem = share_problem(out["shares"])
        if problem and out.get("kind", "ownership") in ("ownership", "income"):
            problems.append(problem)
    if spec.name == "voucher" and "lines" in out:
        problem = balance_problem(out["lines"] or [])
        if problem:
            problems.append(problem)
    for first, last in (("term_start", "term_end"), ("start_date", "end_date"), ("start_date", "due_date")):
        if {first, last} <= set(spec.by_column) and out.get(first) and out.get(last) and out[first] > out[last]:
            problems.append(f"{label(spec.name, last)}早于{label(spec.name, first)}")
    if spec.name == "party" and out.get("uscc"):
        out["uscc"] = normalise_uscc(str(out["uscc"]))
        if not is_uscc(out["uscc"]):
            problems.append("统一社会信用代码应为 18 位，且末位校验要相符（GB 32100），请对照证照")
    start, end = out.get("valid_from"), out.get("valid_to")
    if start and end and start >= end:
        problems.append("结束日期应在开始日期之后")
    if problems:
        raise InputRefused("；".join(problems) + "。没有保存。")
    return out


def _clean(table: str, name: str, value: Any) -> Any:
    if name in INTEGERS.get(table, ()):
        number = _integer(value, "整数，这里以分为单位（1 元写作 100）" if name.endswith("_fen") else "整数")
        if number < 0 and name in NOT_NEGATIVE.get(table, ()):
            raise ValueError("不能是负数")
        if YEARS.get(table) == name and not 1950 <= number <= 2100:
            raise ValueError(f"“{number}”不是年度，应写四位，如 2025")
        return number
    text = str(value)
    if name in PARTIAL_DATES:
        return _partial_date(text)
    if name in DATES or name.endswith("_date"):
        return _iso_date(text)
    if name == "bank_account":
        return _account(text)
    if (table, name) == ("party", "kind"):
        return _own_code(WORDS_OF_COLUMN[table, name], text)
    list_name = LIST_OF_COLUMN.get((table, name))
    if list_name is None:
        return text
    if (table, name) in SEVERAL:
        parts = [p for p in re.split(r"[,，、;；]", text) if p]
        return ",".join(sorted(_code(list_name, p.strip()) for p in parts))
    return _code(list_name, text)


def _own_code(known: Mapping[str, str], text: str) -> str:
    """A code of the product's own, given as code or word: a kind nobody knows is asked about by no rule."""
    code = text if text in known else {word: code for code, word in known.items()}.get(text)
    if code is None:
        raise ValueError(f"“{text}”不在可选的之中：{'、'.join(known.values())}")
    return code


def _account(text: str) -> str:
    """A bank account: digits alone, however they were grouped; money sent to half an account comes back."""
    digits = re.sub(r"[\s-]", "", narrow(text))
    if not re.fullmatch(r"[0-9]{6,32}", digits):
        raise ValueError("账号只能写数字，6 至 32 位，可以分组写")
    return digits


def _split_lines(spec: TableSpec, name: str, text: str) -> list[Any]:
    """A list cell typed as words: 村务公开栏、村委会门口. Lines of several columns cannot be guessed from words."""
    columns = next((cell.columns for cell in spec.cells if cell.name == name), ())
    if len(columns) != 1:
        raise ValueError(f"一行有 {len(columns)} 栏，应写成列表，如 [[…], […]]")
    return [[part.strip()] for part in re.split(r"[、,，;；\n]", text) if part.strip()]


def _lines(spec: TableSpec, name: str, value: list[Any]) -> list[list[Any]]:
    """The lines of a list cell in column order; they may come as lists or as mappings by column."""
    columns = next((cell.columns for cell in spec.cells if cell.name == name), ())
    out = []
    for line in value:
        if isinstance(line, Mapping):
            strange = [key for key in line if key not in columns]
            if strange:
                raise ValueError(f"一行里没有 {'、'.join(map(str, strange))}")
            line = [line.get(c) for c in columns]
        elif not isinstance(line, list | tuple):
            raise ValueError("每一行应是一组值")
        out.append([_plain_part(part) for part in line])
    return out


def _plain_part(part: Any) -> Any:
    if isinstance(part, float):
        raise ValueError("不能用小数，金额以分为单位")
    return part


def _integer(value: Any, what: str) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    try:
        return int(str(value))
    except ValueError:
        raise ValueError(f"“{value}”不是{what}") from None


def _iso_date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError(f"“{text}”不是日期，应写作 2025-06-30")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"没有 {text} 这一天") from None
    return text


def _partial_date(text: str) -> str:
    """A date known to the day, month or year: 2021-11-05, 2021-11, 2021."""
    full = text + "-01-01"[len(text) - 4 :] if re.fullmatch(r"\d{4}(-\d{2})?", text) else text
    try:
        _iso_date(full)
    except ValueError:
        raise ValueError(f"“{text}”不是日期，应写作 2025-06-30、2025-06 或 2025") from None
    return text


def _code(list_name: str, text: str) -> str:
    code = code_for(list_name, text)
    if code is None:
        raise ValueError(f"“{text}”不在代码表中")
    return code


def share_problem(shares: list[list[Any]]) -> str | None:
    """Why these shares cannot stand (party, numerator, denominator), or None when they add to exactly 1."""
    total = Fraction(0)
    for _, numerator, denominator in shares:
        if not isinstance(numerator, int) or not isinstance(denominator, int) or denominator <= 0 or numerator <= 0:
            return "份额应是两个正整数之比"
        total += Fraction(numerator, denominator)
    if total == 1:
        return None
    rest = 1 - total
    return f"份额合计为 {total}，{'还差' if rest > 0 else '多出'} {abs(rest)}，应恰好为 1"
