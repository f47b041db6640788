"""Recipients of a distribution: drawn from the register by conditions, split by a method, added, taken out.

Every change is saved at once through the journal and can be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from desktop.app.distribution.distribution_view import criteria_of, open_plan
from desktop.app.records.editing import OpenRecord, save_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.insight.recipients import Recipient, category_word, clean_criteria, facts_of, find_recipients
from desktop.registry.codelists import word
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.registry.distribution import listed
from desktop.registry.distribution_plan import use_code
from desktop.registry.splitting import amounts_by_class, parse_weight, split_exactly
from desktop.store.database import Sql
from desktop.store.unit_of_work import Committed

METHODS = WORDS_OF_COLUMN["distribution", "method"]
"""How a use is split over its recipients; `people` is `weight` with the household's size as weight."""


def draw(
    ws: Workspace, plan: str, use: str, criteria: Mapping[str, Any], *, method: str = "people",
    amounts: Mapping[str, int] | None = None, on: str | None = None,
) -> tuple[int, Committed]:  # fmt: skip
    """Draw the use's recipients from the register by conditions and split its amount; how many there are.

    Lines of other uses stay. `amounts`: 分 by class for method `class`. Raises InputRefused when nobody meets the
    conditions or the method cannot be used.
    """
    record = open_plan(ws, plan)
    code = _use_of(record, use)
    wanted = clean_criteria(criteria)
    day = on or today()
    with ws.register.reading() as sql:
        level, place = (str(record.values.get(c) or "") for c in ("level", "division_code"))
        found = find_recipients(sql, level or "household", wanted, day, place)
    if not found:
        raise InputRefused("册中没有符合条件的户（人），名单没有改变。")
    fresh = [[code, r.kind, r.id, r.name, _weight(r, method), 0, r.basis] for r in found]
    lines = _split(record, code, fresh, method, amounts)
    kept = criteria_of(record.values)
    kept[code] = {"method": method, "where": wanted, **({"amounts": dict(amounts)} if amounts else {})}
    saved = save_record(ws, record, {
        "lines": _merged(record, code, lines), "criteria": json.dumps(kept, ensure_ascii=False, sort_keys=True),
        "snapshot_date": day, "method": "weight" if method == "people" else method,
    }, f"收益分配：{word('income_use', code)}分到 {len(lines)} 户（人）")  # fmt: skip
    return len(lines), saved


def split_again(
    ws: Workspace, plan: str, use: str, method: str, *, weights: Mapping[str, str] | None = None,
    amounts: Mapping[str, int] | None = None,
) -> Committed:  # fmt: skip
    """Split the use's amount anew over the recipients it has, by another method or with new coefficients."""
    record = open_plan(ws, plan)
    code = _use_of(record, use)
    own = [list(line) for line in listed(record.values, "lines") if line[0] == code]
    if not own:
        raise InputRefused("这个用途还没有领款对象；没有保存。")
    if method == "people":
        with ws.register.reading() as sql:
            facts = facts_of(sql, own)
        for line in own:
            people = facts[str(line[2])].people
            line[4] = str(people) if people else line[4]
    elif method == "weight":
        if set(weights or {}) - {line[2] for line in own}:
            raise InputRefused("有领款对象不在这个用途的名单里；没有保存。")
        for line in own:
            line[4] = (weights or {}).get(line[2]) or line[4] or "1"
    elif method in ("equal", "amount"):
        for line in own:
            line[4] = None if method == "equal" else line[4]
    lines = _split(record, code, own, method, amounts)
    kept = criteria_of(record.values)
    kept[code] = {**kept.get(code, {}), "method": method, **({"amounts": dict(amounts)} if amounts else {})}
    return save_record(ws, record, {
        "lines": _merged(record, code, lines), "criteria": json.dumps(kept, ensure_ascii=False, sort_keys=True),
        "method": "weight" if method == "people" else method,
    }, f"收益分配：{word('income_use', code)}{METHODS.get(method, method)}重分")  # fmt: skip


def set_amounts(ws: Workspace, plan: str, use: str, amounts: Mapping[str, int]) -> Committed:
    """Typed amounts (分) of recipients of a use; the method becomes 逐户填."""
    record = open_plan(ws, plan)
    code = _use_of(record, use)
    known = {line[2] for line in listed(record.values, "lines") if line[0] == code}
    if set(amounts) - known:
        raise InputRefused("有领款对象不在这个用途的名单里；没有保存。")
    if any(fen < 0 for fen in amounts.values()):
        raise InputRefused("金额不能是负数；没有保存。")
    lines = [
        [*line[:5], amounts.get(line[2], line[5]), line[6]] if line[0] == code else line
        for line in listed(record.values, "lines")
    ]
    kept = criteria_of(record.values)
    kept[code] = {**kept.get(code, {}), "method": "amount"}
    return save_record(ws, record, {
        "lines": lines, "criteria": json.dumps(kept, ensure_ascii=False, sort_keys=True), "method": "amount",
    }, f"收益分配：填 {len(amounts)} 户（人）的金额")  # fmt: skip


def add_recipients(ws: Workspace, plan: str, use: str, wanted: Sequence[tuple[str, str]]) -> Committed:
    """Add households, persons or parties (kind, id) to a use without an amount yet."""
    record = open_plan(ws, plan)
    code = _use_of(record, use)
    lines = listed(record.values, "lines")
    there = {line[2] for line in lines if line[0] == code}
    with ws.register.reading() as sql:
        fresh = [
            [code, kind, recipient, _name_of(sql, kind, recipient), None, 0, _basis_of(sql, kind, recipient)]
            for kind, recipient in wanted
            if recipient not in there
        ]
        facts = facts_of(sql, fresh)
    for line in fresh:
        people = facts[str(line[2])].people
        line[4] = str(people) if people else None
    return save_record(ws, record, {"lines": [*lines, *fresh]}, f"收益分配：加 {len(fresh)} 户（人）")


def drop_recipients(ws: Workspace, plan: str, use: str, recipients: Iterable[str]) -> Committed:
    """Take recipients out of a use; what they had becomes open."""
    record = open_plan(ws, plan)
    code = _use_of(record, use)
    gone = set(recipients)
    if gone - {line[2] for line in listed(record.values, "lines") if line[0] == code}:
        raise InputRefused("有领款对象不在这个用途的名单里；没有保存。")
    lines = [line for line in listed(record.values, "lines") if line[0] != code or line[2] not in gone]
    return save_record(ws, record, {"lines": lines}, f"收益分配：去掉 {len(gone)} 户（人）")


def _use_of(record: OpenRecord, use: str) -> str:
    code = use_code(use)
    if code not in {row[0] for row in listed(record.values, "uses")}:
        raise InputRefused(f"方案里还没有“{word('income_use', code)}”这个用途；没有保存。")
    return code


def _weight(recipient: Recipient, method: str) -> str | None:
    if method == "people":
        return str(recipient.people) if recipient.people else None
    return "1" if method == "weight" else None


def _split(
    record: OpenRecord, use: str, lines: list[list[Any]], method: str, amounts: Mapping[str, int] | None
) -> list[list[Any]]:
    """The lines with amounts by the method; those of `amount` keep what they have."""
    total = next(int(fen or 0) for code, fen, _ in listed(record.values, "uses") if code == use)
    if method == "amount":
        return lines
    if method == "class":
        parts = amounts_by_class([line[6] or "" for line in lines], amounts or {})
    elif method == "equal":
        parts = split_exactly(total, [1] * len(lines))
    elif method in ("people", "weight"):
        try:
            weights = [parse_weight(line[4] or "") for line in lines]
        except ValueError:
            lacking = sum(1 for line in lines if not line[4])
            said = "没有登记人口" if method == "people" else "没有系数，或系数不是正数"
            raise InputRefused(f"有 {lacking or 1} 户（人）{said}，不能{METHODS[method]}分；没有保存。") from None
        parts = split_exactly(total, weights)
    else:
        raise InputRefused(f"没有“{method}”这个分法；没有保存。", hint="可用的：" + "、".join(METHODS.values()) + "。")
    return [[*line[:5], part, line[6]] for line, part in zip(lines, parts, strict=True)]


def _merged(record: OpenRecord, use: str, lines: list[list[Any]]) -> list[list[Any]]:
    """The plan's lines with those of one use replaced, uses in the plan's order."""
    order = {row[0]: at for at, row in enumerate(listed(record.values, "uses"))}
    others = [line for line in listed(record.values, "lines") if line[0] != use]
    return sorted([*others, *lines], key=lambda line: order.get(line[0], len(order)))


def _name_of(sql: Sql, kind: str, recipient: str) -> str:
    column = "head_name" if kind == "household" else "name"
    table = kind if kind in ("household", "person", "party") else ""
    row = sql.one(f"SELECT {column} FROM {table} WHERE id=? AND removed=0", (recipient,)) if table else None
    if row is None:
        raise InputRefused("领款对象不在册中；没有保存。")
    return str(row[0] or "")


def _basis_of(sql: Sql, kind: str, recipient: str) -> str | None:
    if kind == "party":
        return None
    home = recipient
    if kind == "person":
        home = str(sql.scalar("SELECT household_id FROM person WHERE id=?", (recipient,)) or "")
    row = sql.one("SELECT monitored_type,category,household_type FROM household WHERE id=?", (home,))
    if row is None:
        return None
    if row[0]:
        return "监测对象"
    if row[1]:
        return category_word(str(row[1]))
    return word("household_type", row[2]) or None
