"""A stored value as a person reads it: codes as words, money in 元, references by the name of what they point at.

Every place that prints or shows a record asks here: `show`, histories, conflicts, tables, panes. What a reference is
called is known to `record_names`; without it a reference says nothing rather than an identifier.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from desktop.common.money import format_yuan
from desktop.insight.recipients import criteria_words
from desktop.registry.codelists import LIST_OF_COLUMN, word
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.registry.labels import YES_NO, label, table_label
from desktop.registry.policies import POLICIES
from desktop.registry.procedures import PROCEDURES
from desktop.registry.references import TABLE_BESIDE, target_of
from desktop.registry.rent_schedule import rule_words
from desktop.registry.rows import SEARCH_ONLY
from desktop.registry.tables import SCHEMA
from desktop.registry.value_words import words

PLAIN_WORDS = {"yes": "是", "no": "否"}
"""Stored words that belong to no code list."""
REASON_WORDS = {"unknown": "不知道", "refused": "不愿答", "not_applicable": "不适用", "to_collect": "待补"}
"""Why an answer is missing."""
NOTHING = "未填"

_FLAGS = frozenset(
    [("inspection", "keeper_ok"), ("inspection", "sign_ok"), ("objection", "upheld"), ("right", "withdrawn"),
     ("status_change", "withdrawn"),
     ("party", "kind_confirmed"), ("survey_form", "retired")]
)  # fmt: skip
"""Further columns with 1 or 0 for 是 or 否, which forms do not ask."""
_SILENT = frozenset(
    [*SEARCH_ONLY, "canonical_id", *TABLE_BESIDE.values(), "sha256", "mime", "digest", "content", "files", "form_id",
     "form_digest", "instance_id"]
) - {"recipient_kind"}  # fmt: skip
"""Columns that say nothing to a reader, or are said with another: the table beside an id, digests, contents."""
_ANY_TABLE = dict.fromkeys(TABLE_BESIDE.values(), "asset")
_MOMENTS = ("started_at", "ended_at", "taken_at")


class Names(Protocol):
    """What records are called (`record_names.RecordNames`)."""

    def reference(self, table: str, row_id: str) -> str:
        """The record's name with what tells it from others of that name."""

    def place(self, code: str) -> str:
        """A division by its code: its name with the code."""


def says_nothing(table: str, column: str, row: Mapping[str, Any]) -> bool:
    """Whether a column of this row is left out where people read: technical, or said by another column."""
    if column in _SILENT:
        return True
    if column == "division_code":
        return any(row.get(c) for c in ("division_id", *(("household_id", "asset_id") if table == "visit" else ())))
    return column == "recipient_id" and bool(row.get("name"))


def value_words(
    table: str, cell: str, value: Any, names: Names | None = None, row: Mapping[str, Any] | None = None
) -> str:
    """A value of a column or cell in words; 未填 for nothing.

    `row` is the record it stands in, as far as it is known: some columns say what others mean (a case and its steps).
    Without `names` references are "" and village codes stay codes.
    """
    if value is None:
        return NOTHING
    if isinstance(value, str) and _says_itself(table, cell):
        return value
    columns, child = _shape(table, cell)
    if isinstance(value, dict):
        return _joined(table, value, names, row) or NOTHING
    if isinstance(value, list | tuple):
        if child:
            said = [_line(child, _as_row(columns, part), names) for part in value]
        elif columns:
            return _joined(table, _as_row(columns, value), names, row) or NOTHING
        else:
            said = [value_words(table, cell, part, names, row) for part in value]
        return "；".join(part for part in said if part) or NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    target = target_of(table, cell, row)
    if target:
        if names is None:
            return ""
        return "、".join(names.reference(target, part) for part in str(value).split(",") if part)
    if cell == "division_code" and names is not None:
        return names.place(str(value))
    said_so = _SAID.get((table, cell)) or _SAID.get(("", cell))
    if said_so is not None:
        return said_so(str(value)) or NOTHING
    if table == "step_taken" and cell in ("step", "from_state", "to_state"):
        return _step_word(str((row or {}).get("case_table") or ""), cell, str(value))
    if cell in TABLE_BESIDE.values() and (table, cell) not in WORDS_OF_COLUMN:
        return table_label(str(value))
    if cell == "recipient_id":  # a use stands for itself where nobody is named
        return word("income_use", str(value))
    if cell.endswith("_fen") and isinstance(value, int):
        return f"{format_yuan(value)} 元"
    if ((table, cell) in YES_NO or (table, cell) in _FLAGS or cell == "in_conflict") and value in (0, 1):
        return "是" if value else "否"
    return words(table, cell, value)


def _joined(table: str, value: Mapping[str, Any], names: Names | None, row: Mapping[str, Any] | None) -> str:
    """A cell of several columns in one text."""
    whole = {**(row or {}), **value}
    parts = [
        value_words(table, column, part, names, whole)
        for column, part in value.items()
        if part is not None and not says_nothing(table, column, value)
    ]
    return " ".join(part for part in parts if part)


def _line(child: str, part: Mapping[str, Any], names: Names | None) -> str:
    """One line of a list cell."""
    if child == "right_share":
        whole = part.get("numerator") == part.get("denominator")
        share = "" if whole else f" {part.get('numerator')}/{part.get('denominator')}"
        return value_words(child, "party_id", part.get("party_id"), names) + share
    side = ""
    if child == "voucher_line" and part.get("amount_fen"):  # debits are positive, credits negative
        side = "借 " if part["amount_fen"] > 0 else "贷 "
        part = {**part, "amount_fen": abs(part["amount_fen"])}
    return side + " ".join(
        said
        for column, value in part.items()
        if value is not None
        and not says_nothing(child, column, part)
        and (said := value_words(child, column, value, names, part))
    )


@cache
def _says_itself(table: str, cell: str) -> bool:
    """Whether a column's text is what people read: most are, and lists of many records ask for each."""
    return not (
        _shape(table, cell)[0]
        or target_of(table, cell, _ANY_TABLE)
        or cell in ("division_code", "state", "step", "from_state", "to_state", *TABLE_BESIDE, *TABLE_BESIDE.values())
        or any((table, cell) in known for known in (_SAID, LIST_OF_COLUMN, WORDS_OF_COLUMN))
        or ("", cell) in _SAID
    )


@cache
def _shape(table: str, cell: str) -> tuple[tuple[str, ...], str]:
    """The columns of a cell that has several or is a list, with its child table; ((), "") for a plain column."""
    spec = SCHEMA.by_name.get(table)
    known = spec.by_name.get(cell) if spec is not None else None
    if known is None or (known.child_table is None and len(known.columns) < 2):
        return (), ""
    return tuple(known.columns), known.child_table or ""


def _as_row(columns: Sequence[str], part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else dict(zip(columns, part, strict=False))


def _step_word(case_table: str, column: str, code: str) -> str:
    procedure = PROCEDURES.get(case_table)
    if procedure is None:
        return code
    if column == "step":
        step = procedure.step(code)
        return step.word if step is not None else code
    return procedure.states.get(code, code)


def _parsed(text: str, kind: type) -> Any:
    """What a JSON column holds; an empty `kind` when it cannot be read."""
    try:
        found = json.loads(text)
    except ValueError:
        return kind()
    return found if isinstance(found, kind) else kind()


def _captions(text: str) -> str:
    """收益和用途 4 行、分配名单 3 行: the tables of a notice, named; their lines are read on the notice itself."""
    parts = [part for part in _parsed(text, list) if isinstance(part, dict)]
    return "、".join(f"{part.get('caption') or '名单'} {len(part.get('rows') or ())} 行" for part in parts) or "有名单"


def _draws(text: str) -> str:
    """支持易返贫易致贫人群：按人口，监测对象 各类."""
    methods = WORDS_OF_COLUMN["distribution", "method"]
    said = [
        f"{word('income_use', use)}：{methods.get(str(entry.get('method')), '')}，"
        f"{criteria_words(entry.get('where') or {})}"
        for use, entry in _parsed(text, dict).items()
        if isinstance(entry, dict)
    ]
    return "；".join(said)


def _scope(text: str) -> str:
    """资产大类 经营性资产: which assets an inspection is about."""
    said = []
    for column, wanted in _parsed(text, dict).items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if column == "ids":
            said.append(f"选定的 {len(values)} 项资产")
        elif column == "min_value_fen":
            said.append(f"原始价值 {format_yuan(int(values[0]))} 元以上")
        elif column == "division":
            said.append(f"区划代码 {'、'.join(map(str, values))}")
        else:
            said.append(f"{label('asset', column)} {'、'.join(words('asset', column, v) for v in values)}")
    return "；".join(said) or "范围内全部资产"


def _sample(text: str) -> str:
    """从 25 项中抽 5 项，种子“…”: how a sample was drawn."""
    found = _parsed(text, dict)
    if not found.get("chosen"):
        return f"名单已封存，{found.get('population', 0)} 项" if found else ""
    spare = f"，备选 {len(found['reserves'])} 项" if found.get("reserves") else ""
    return f"从 {found.get('population', 0)} 项中抽 {len(found['chosen'])} 项{spare}，种子“{found.get('seed', '')}”"


def _reasons(table: str) -> Callable[[str], str]:
    def said(text: str) -> str:
        """联系电话：待补；2 题不知道: fields by their name, questions of a form by how many they are."""
        counts: dict[str, int] = {}
        out = []
        for name, reason in _parsed(text, dict).items():
            reason_word = REASON_WORDS.get(str(reason), str(reason))
            if label(table, str(name)) != name:
                out.append(f"{label(table, str(name))}：{reason_word}")
            else:
                counts[reason_word] = counts.get(reason_word, 0) + 1
        return "；".join([*out, *(f"{n} 题{reason_word}" for reason_word, n in counts.items())])

    return said


def _moment(text: str) -> str:
    """A time in the day and hour of the clock on the wall."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.astimezone() if moment.tzinfo else moment:%Y-%m-%d %H:%M}"


def _size(text: str) -> str:
    return f"{max(1, round(int(text) / 1024)):,} KB" if text.isdecimal() else text


def _setting(key: str) -> str:
    return POLICIES[key].meaning if key in POLICIES else key


def _setting_value(text: str) -> str:
    """90、60、30: what is set, without the brackets it is stored in."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if isinstance(found, dict):
        return "；".join(f"{name}：{part}" for name, part in found.items())
    if isinstance(found, list):
        return "、".join(map(str, found))
    return ("否", "是")[found] if isinstance(found, bool) else str(found)


_SAID: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("contract", "rent_rule"): rule_words,
    ("notice", "body_columns"): _captions,
    ("distribution", "criteria"): _draws,
    ("inspection_plan", "criteria"): _scope,
    ("inspection_plan", "sample"): _sample,
    ("attachment", "size"): _size,
    ("setting", "key"): _setting,
    ("setting", "value"): _setting_value,
    ("visit", "remarks"): lambda text: "；".join(map(str, _parsed(text, dict).values())),
    **{(name, "missing_reasons"): _reasons(name) for name in SCHEMA.by_name},
    **{("", column): _moment for column in _MOMENTS},
}
"""(table or "" for any, column) → how its text is said."""
