"""Income distribution for window and command line: a plan is begun, takes receipts, sets its uses; another is copied.

Every change is saved at once through the journal and can be taken back; nothing here moves the case (that is
`procedures.take_step`). Sums are those of `distribution_plan`, to the 分.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from desktop.app.distribution.distribution_view import TABLE, books_carry, open_plan, place_name
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.common.money import MoneyError, format_yuan, parse_money
from desktop.registry.codelists import code_for, word
from desktop.registry.distribution import listed
from desktop.registry.distribution_checks import receipts_left
from desktop.registry.distribution_plan import balance_of, forbidden_use, in_order, use_code
from desktop.registry.splitting import parse_weight
from desktop.store.unit_of_work import Committed


def new_plan(
    ws: Workspace, *, year: int, division_code: str, level: str = "household", title: str = "", project_id: str = ""
) -> str:
    """A new draft; its id. Without a title it is named after place, year and number (虚岭村 2026 年第 2 次收益分配)."""
    code = code_for("distribution_level", level)
    if code is None:
        raise InputRefused(f"没有“{level}”这个分配层级，没有新建。", hint="可用的：到村、到项目、到户、到人。")
    if not 2000 <= year <= int(today()[:4]) + 1:
        raise InputRefused(f"分配年度应写四位，如 {today()[:4]}；没有新建。")
    if not title:
        with ws.register.reading() as sql:
            count = int(
                sql.scalar(
                    "SELECT COUNT(*) FROM distribution WHERE year=? AND division_code=? AND removed=0 "
                    "AND reversal_of IS NULL",
                    (year, division_code),
                )
                or 0
            )
            place = place_name(sql, division_code)
        title = f"{place}{year}年第{count + 1}次收益分配"
    return new_record(
        ws, TABLE,
        {"title": title, "year": year, "division_code": division_code, "level": code, "project_id": project_id or None},
        f"拟定收益分配：{title}",
    )  # fmt: skip


def take_receipts(ws: Workspace, plan: str, wanted: Mapping[str, int | None], *, add: bool = False) -> Committed:
    """The receipts the plan takes (分 of each, None for what is left of it); with `add` beside those it has."""
    record = open_plan(ws, plan)
    with ws.register.reading() as sql:
        left = receipts_left(sql, wanted, without=plan)
    unknown = [r for r in wanted if r not in left]
    if unknown:
        raise InputRefused("有收款不在册中，或不能分配（押金、本金等）；没有保存。")
    chosen = {r: int(fen or 0) for r, fen in listed(record.values, "receipts")} if add else {}
    chosen |= {r: left[r] if fen is None else fen for r, fen in wanted.items()}
    over = [r for r in wanted if chosen[r] > left[r] or chosen[r] <= 0]
    if over:
        raise InputRefused(f"有 {len(over)} 笔收款已在别的方案中分配，或没有可分配的余额；没有保存。")
    return save_record(ws, record, {"receipts": [[r, fen] for r, fen in chosen.items()]}, "收益分配：选收益")


def set_uses(
    ws: Workspace, plan: str, uses: Iterable[tuple[str, str | int, str]], *, kept: str | int | None = None
) -> Committed:
    """The uses with their amounts, in the county's order; lines of uses that are gone go with them.

    An amount is 分 (int), 元 as typed, a percentage of what there is (`10%`, whole 分 below), or `rest` (余下) for one
    use. `kept` likewise. Raises InputRefused with the rule's words for a forbidden use.
    """
    record = open_plan(ws, plan)
    balance = balance_of(record.values)
    total = balance.total_fen
    rows: list[list[Any]] = []
    rest_at: int | None = None
    for name, amount, note in uses:
        code = use_code(name)
        if note:
            _refuse_forbidden_note(note)
        if amount in ("rest", "余下"):
            if rest_at is not None:
                raise InputRefused("只能有一项用途写“余下”；没有保存。")
            rest_at = len(rows)
            rows.append([code, 0, note or None])
            continue
        rows.append([code, amount_of(amount, total), note or None])
        if rows[-1][1] < 0:
            raise InputRefused(f"{word('income_use', code)}的金额不能是负数；没有保存。")
    kept_fen = int(record.values.get("kept_fen") or 0)
    if kept is not None:
        kept_fen = 0 if kept in ("rest", "余下") else amount_of(kept, total)
    given = sum(row[1] for row in rows) + kept_fen
    if rest_at is not None:
        rows[rest_at][1] = total - given
    if kept in ("rest", "余下"):
        kept_fen = total - sum(row[1] for row in rows)
    if kept_fen < 0 or any(row[1] < 0 for row in rows):
        raise InputRefused(f"安排的比可分配收益多 {format_yuan(given - total)} 元；没有保存。")
    codes = [row[0] for row in rows]
    if len(set(codes)) != len(codes):
        raise InputRefused("同一用途写了两次，请合并；没有保存。")
    with ws.register.reading() as sql:
        rows = in_order(sql, rows)
    lines = [line for line in listed(record.values, "lines") if line[0] in codes]
    return save_record(
        ws, record, {"uses": rows, "kept_fen": kept_fen or None, "lines": lines}, "收益分配：定用途"
    )  # fmt: skip


def keep_rest(ws: Workspace, plan: str) -> Committed:
    """What is not arranged becomes 结余, carried over to the next distribution."""
    record = open_plan(ws, plan)
    balance = balance_of(record.values)
    if balance.open_fen < 0:
        raise InputRefused(f"安排的比可分配收益多 {format_yuan(-balance.open_fen)} 元，没有结余；没有保存。")
    return save_record(ws, record, {"kept_fen": balance.kept_fen + balance.open_fen or None}, "收益分配：余下留作结余")


def set_carried_over(ws: Workspace, plan: str, fen: int | None = None) -> Committed:
    """上期结余 taken in; None takes what the books hold."""
    record = open_plan(ws, plan)
    if fen is None:
        fen = books_carry(ws, str(record.values.get("division_code") or ""))
    if fen < 0:
        raise InputRefused("上期结余不能是负数；没有保存。")
    return save_record(ws, record, {"carried_over_fen": fen or None}, "收益分配：上期结余")


def amount_of(amount: str | int, total_fen: int) -> int:
    """分 of a typed amount or percentage of the total; InputRefused in words."""
    if isinstance(amount, int):
        return amount
    text = amount.strip()
    if text.endswith(("%", "％")):
        try:
            percent = parse_weight(text[:-1])
        except ValueError:
            raise InputRefused(f"“{amount}”不是比例；没有保存。") from None
        if percent > 100:
            raise InputRefused(f"“{amount}”超过 100%；没有保存。")
        return int(Fraction(total_fen) * percent / 100)
    try:
        return parse_money(text, "yuan")
    except MoneyError:
        raise InputRefused(f"“{amount}”不是金额，应写作 52000.00 或 10%；没有保存。") from None


def copy_as_draft(ws: Workspace, plan: str) -> str:
    """A new draft with the content of another plan (a reversed one, or last year's uses); receipts as far as left."""
    row = open_record(ws, TABLE, plan).values
    fresh = new_plan(
        ws, year=int(row.get("year") or 0), division_code=str(row.get("division_code") or ""),
        level=str(row.get("level") or "household"), project_id=str(row.get("project_id") or ""),
    )  # fmt: skip
    with ws.register.reading() as sql:
        left = receipts_left(sql, [r for r, _ in listed(row, "receipts")], without=fresh)
    receipts = [[r, min(int(fen or 0), left[r])] for r, fen in listed(row, "receipts") if left.get(r, 0) > 0]
    save_record(ws, open_record(ws, TABLE, fresh), {
        "receipts": receipts, "uses": listed(row, "uses"), "lines": listed(row, "lines"),
        **{c: row.get(c) for c in ("carried_over_fen", "kept_fen", "method", "criteria", "snapshot_date")},
    }, "收益分配：照原方案另拟")  # fmt: skip
    return fresh


def _refuse_forbidden_note(note: str) -> None:
    rule = forbidden_use(note)
    if rule:
        raise InputRefused(f"帮扶项目资产收益不能用于{rule}；没有保存。")
