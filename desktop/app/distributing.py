"""Income distribution for window and command line: take receipts, set uses, draw and split recipients, see the plan.

Every change is saved at once through the journal and can be taken back; nothing here moves the case (that is
`procedures.take_step`). Sums are those of `distribution_plan`, to the 分.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from desktop.app.editing import OpenRecord, new_record, open_record, save_record
from desktop.app.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import MoneyError, format_yuan, parse_money
from desktop.insight.interest_conflicts import recipient_hints
from desktop.insight.recipients import Recipient, category_word, clean_criteria, facts_of, find_recipients
from desktop.registry.codelists import code_for, word
from desktop.registry.distribution import listed
from desktop.registry.distribution_checks import problems_of, receipts_left
from desktop.registry.distribution_plan import PlanBalance, PlanProblem, balance_of, forbidden_use, in_order, use_code
from desktop.registry.distribution_steps import OPEN
from desktop.registry.labels import table_label
from desktop.registry.posting import carried_over_balance
from desktop.registry.splitting import amounts_by_class, parse_weight, split_exactly
from desktop.store.database import Sql
from desktop.store.unit_of_work import Committed

TABLE = "distribution"
METHODS = {"people": "按人口", "equal": "按户", "weight": "按系数", "class": "按类", "amount": "逐户填"}
"""How a use is split over its recipients; `people` is `weight` with the household's size as weight."""


_INTEREST_WORDS = {
    "same_person": "本人是村镇干部，请核实", "same_name": "与村镇干部同名，请核实",
    "same_household": "与村镇干部同户，请核实", "kin_name": "与村镇干部的家人同名，请核实",
}  # fmt: skip


@dataclass(frozen=True)
class ReceiptChoice:
    """A receipt that can be distributed: what of it is left, 分."""

    id: str
    on_date: str
    asset: str
    kind: str
    payer: str
    amount_fen: int
    left_fen: int
    taken_fen: int = 0

    @property
    def title(self) -> str:
        """The asset, else the payer or the kind."""
        return self.asset or self.payer or self.kind


@dataclass(frozen=True)
class PlanLine:
    """One recipient's line as a screen or paper shows it."""

    at: int
    use: str
    recipient: Recipient
    weight: str
    amount_fen: int
    basis: str
    account_tail: str
    problems: tuple[PlanProblem, ...]


@dataclass(frozen=True)
class PlanView:
    """A plan with its sums, lines and what is not right."""

    id: str
    row: Mapping[str, Any]
    village: str
    state: str
    balance: PlanBalance
    receipts: tuple[ReceiptChoice, ...]
    lines: tuple[PlanLine, ...]
    problems: tuple[PlanProblem, ...]
    criteria: Mapping[str, Any]

    @property
    def editable(self) -> bool:
        """Whether amounts and recipients may still be changed."""
        return self.state in OPEN

    def lines_of(self, use: str) -> tuple[PlanLine, ...]:
        """The lines of one use."""
        return tuple(line for line in self.lines if line.use == use)

    @property
    def errors(self) -> tuple[PlanProblem, ...]:
        """What bars the plan."""
        return tuple(p for p in self.problems if p.severity == "error")


# --- reading --------------------------------------------------------------------------------------------------------


def plan_view(ws: Workspace, plan: str) -> PlanView:
    """The plan as a screen shows it; UsageError when there is none."""
    record = open_record(ws, TABLE, plan)
    row = record.values
    lines = listed(row, "lines")
    with ws.register.reading() as sql:
        problems = problems_of(sql, plan, row)
        problems += _conflict_hints(sql, lines)
        people = facts_of(sql, lines)
        tails = _account_tails(sql, lines)
        receipts = _receipt_rows(sql, {r: int(fen or 0) for r, fen in listed(row, "receipts")}, plan)
        village = _place(sql, row.get("division_code"))
    by_line: dict[int, list[PlanProblem]] = {}
    for problem in problems:
        if problem.line is not None:
            by_line.setdefault(problem.line, []).append(problem)
    shown = tuple(
        PlanLine(at, line[0] or "", people[line[2]], line[4] or "", int(line[5] or 0), line[6] or "",
                 tails.get(line[2], ""), tuple(by_line.get(at, ())))
        for at, line in enumerate(lines)
    )  # fmt: skip
    return PlanView(
        plan, row, village, str(row.get("state") or "draft"), balance_of(row), tuple(receipts), shown, tuple(problems),
        _criteria(row),
    )  # fmt: skip


def undistributed(ws: Workspace, division: str = "", plan: str = "") -> list[ReceiptChoice]:
    """Receipts with something left to distribute in a division (code prefix), and those the plan took."""
    taken: dict[str, int] = {}
    if plan:
        row = open_record(ws, TABLE, plan).values
        division = division or str(row.get("division_code") or "")
        taken = {r: int(fen or 0) for r, fen in listed(row, "receipts")}
    with ws.register.reading() as sql:
        left = receipts_left(sql, division=division, without=plan)
        wanted = {r: taken.get(r, 0) for r, fen in left.items() if fen > 0 or r in taken}
        return _receipt_rows(sql, wanted, plan)


def books_carry(ws: Workspace, division_code: str) -> int:
    """收益结余 in the books of this place, 分."""
    with ws.register.reading() as sql:
        return carried_over_balance(sql, division_code)


def _receipt_rows(sql: Sql, taken: Mapping[str, int], plan: str) -> list[ReceiptChoice]:
    if not taken:
        return []
    left = receipts_left(sql, taken, without=plan)
    rows = {
        r[0]: r
        for r in sql.in_chunks(
            "SELECT r.id,r.on_date,a.name,r.kind,r.payer,r.amount_fen,r.contract_id FROM receipt r LEFT JOIN asset a "
            "ON a.id=r.asset_id WHERE r.id IN (*)",
            list(taken),
        )
    }
    of_contract = dict(
        sql.in_chunks(
            "SELECT c.contract_id,MIN(a.name) FROM contract_asset c JOIN asset a ON a.id=c.asset_id "
            "WHERE c.contract_id IN (*) GROUP BY c.contract_id",
            sorted({r[6] for r in rows.values() if r[6]}),
        )
    )
    found = [
        ReceiptChoice(
            i, r[1] or "", r[2] or of_contract.get(r[6]) or "", word("receipt_kind", r[3] or "other"), r[4] or "",
            int(r[5] or 0), left.get(i, 0), taken[i],
        )
        for i, r in rows.items()
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c.on_date, c.title, c.id))


def _account_tails(sql: Sql, lines: Sequence[Sequence[Any]]) -> dict[str, str]:
    """The last four digits of each recipient's account: enough to compare, no account on the screen."""
    homes = {line[2]: line[2] for line in lines if line[1] == "household"}
    people = [line[2] for line in lines if line[1] == "person"]
    homes |= dict(sql.in_chunks("SELECT id,household_id FROM person WHERE id IN (*)", people))
    accounts = dict(
        sql.in_chunks("SELECT id,bank_account FROM household WHERE id IN (*)", sorted({h for h in homes.values() if h}))
    )
    return {r: str(accounts[h])[-4:] for r, h in homes.items() if accounts.get(h)}


def _place(sql: Sql, code: Any) -> str:
    row = sql.one("SELECT COALESCE(short_name,name) FROM division WHERE code=? AND removed=0", (str(code or ""),))
    return str(row[0]) if row else ""


def _criteria(row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(str(row.get("criteria") or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _conflict_hints(sql: Sql, lines: Sequence[Sequence[Any]]) -> list[PlanProblem]:
    """Officials and their kin among the recipients, as hints; the rule itself lives with contracts and tenants."""
    hints = recipient_hints(sql, [(line[1] or "", line[2] or "", line[3] or "") for line in lines])
    return [
        PlanProblem("interest", "warning", _INTEREST_WORDS[how], lines[at][0] or "", at) for at, how in hints
    ]


# --- changing -------------------------------------------------------------------------------------------------------


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
            place = _place(sql, division_code)
        title = f"{place}{year}年第{count + 1}次收益分配"
    return new_record(
        ws, TABLE,
        {"title": title, "year": year, "division_code": division_code, "level": code, "project_id": project_id or None},
        f"拟定收益分配：{title}",
    )  # fmt: skip


def take_receipts(ws: Workspace, plan: str, wanted: Mapping[str, int | None], *, add: bool = False) -> Committed:
    """The receipts the plan takes (分 of each, None for what is left of it); with `add` beside those it has."""
    record = _open(ws, plan)
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
    record = _open(ws, plan)
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
    record = _open(ws, plan)
    balance = balance_of(record.values)
    if balance.open_fen < 0:
        raise InputRefused(f"安排的比可分配收益多 {format_yuan(-balance.open_fen)} 元，没有结余；没有保存。")
    return save_record(ws, record, {"kept_fen": balance.kept_fen + balance.open_fen or None}, "收益分配：余下留作结余")


def set_carried_over(ws: Workspace, plan: str, fen: int | None = None) -> Committed:
    """上期结余 taken in; None takes what the books hold."""
    record = _open(ws, plan)
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


def draw(
    ws: Workspace, plan: str, use: str, criteria: Mapping[str, Any], *, method: str = "people",
    amounts: Mapping[str, int] | None = None, on: str | None = None,
) -> tuple[int, Committed]:  # fmt: skip
    """Draw the use's recipients from the register by conditions and split its amount; how many there are.

    Lines of other uses stay. `amounts`: 分 by class for method `class`. Raises InputRefused when nobody meets the
    conditions or the method cannot be used.
    """
    record = _open(ws, plan)
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
    kept = _criteria(record.values)
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
    record = _open(ws, plan)
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
    kept = _criteria(record.values)
    kept[code] = {**kept.get(code, {}), "method": method, **({"amounts": dict(amounts)} if amounts else {})}
    return save_record(ws, record, {
        "lines": _merged(record, code, lines), "criteria": json.dumps(kept, ensure_ascii=False, sort_keys=True),
        "method": "weight" if method == "people" else method,
    }, f"收益分配：{word('income_use', code)}{METHODS.get(method, method)}重分")  # fmt: skip


def set_amounts(ws: Workspace, plan: str, use: str, amounts: Mapping[str, int]) -> Committed:
    """Typed amounts (分) of recipients of a use; the method becomes 逐户填."""
    record = _open(ws, plan)
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
    kept = _criteria(record.values)
    kept[code] = {**kept.get(code, {}), "method": "amount"}
    return save_record(ws, record, {
        "lines": lines, "criteria": json.dumps(kept, ensure_ascii=False, sort_keys=True), "method": "amount",
    }, f"收益分配：填 {len(amounts)} 户（人）的金额")  # fmt: skip


def add_recipients(ws: Workspace, plan: str, use: str, wanted: Sequence[tuple[str, str]]) -> Committed:
    """Add households, persons or parties (kind, id) to a use without an amount yet."""
    record = _open(ws, plan)
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
    record = _open(ws, plan)
    code = _use_of(record, use)
    gone = set(recipients)
    if gone - {line[2] for line in listed(record.values, "lines") if line[0] == code}:
        raise InputRefused("有领款对象不在这个用途的名单里；没有保存。")
    lines = [line for line in listed(record.values, "lines") if line[0] != code or line[2] not in gone]
    return save_record(ws, record, {"lines": lines}, f"收益分配：去掉 {len(gone)} 户（人）")


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


# --- inside ---------------------------------------------------------------------------------------------------------


def _open(ws: Workspace, plan: str) -> OpenRecord:
    record = open_record(ws, TABLE, plan)
    if record.values.get("removed"):
        raise UsageError(f"没有这条{table_label(TABLE)}记录，可能已被移除。")
    return record


def _use_of(record: OpenRecord, use: str) -> str:
    code = use_code(use)
    if code not in {row[0] for row in listed(record.values, "uses")}:
        raise InputRefused(f"方案里还没有“{word('income_use', code)}”这个用途；没有保存。")
    return code


def _refuse_forbidden_note(note: str) -> None:
    rule = forbidden_use(note)
    if rule:
        raise InputRefused(f"帮扶项目资产收益不能用于{rule}；没有保存。")


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


