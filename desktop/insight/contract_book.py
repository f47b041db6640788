"""All contracts with what is due, received and owed on a day: arrears with ageing, deposits, terms that run out.

One place for every screen, print and command; the allocation itself is `registry.receivables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.common.pinyin import initials
from desktop.insight.lists import place_names
from desktop.registry.codelists import word
from desktop.registry.lessor import lessor_on, lessors_of
from desktop.registry.policies import policy
from desktop.registry.procedures import PROCEDURES
from desktop.registry.receivables import (
    OWING_STATES,
    SETTLING,
    Account,
    Due,
    Paid,
    age_class,
    allocate,
    days_left,
    reminder,
)
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
CONTRACT_TABLES = ("contract", "receipt", "asset", "party", "division", "setting")
"""What the lines of contracts are made of."""


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract in a list, on a day. Money in 分; `left` are days to the last day of the term."""

    id: str
    contract_no: str
    operator: str
    lessor: str
    assets: str
    asset_ids: tuple[str, ...]
    village: str
    division_code: str
    mode: str
    state: str
    state_word: str
    term_start: str | None
    term_end: str | None
    left: int | None
    remind: int | None
    """Which reminder it has reached (policy `contract.remind_days`), 0 = over; only while it is in force."""
    amount_fen: int | None
    scheduled_fen: int
    due_fen: int
    received_fen: int
    arrears_fen: int
    ages: tuple[int, ...]
    oldest_days: int
    deposit_fen: int
    """押金 received and not given back."""
    renewed: bool
    in_conflict: bool
    lessors: tuple[tuple[str, str, str], ...] = ()
    """Everybody who lets it, the first to sign first: since ("" for him), name, paper of the change."""


_COLUMNS = (
    "id", "contract_no", "mode", "lessor_party_id", "operator_party_id", "division_code", "term_start", "term_end",
    "amount_fen", "state", "ended_date", "in_conflict",
)  # fmt: skip


def contract_lines(sql: Sql, day: str, ids: Sequence[str] | None = None) -> list[ContractLine]:
    """Live contracts as of a day: all, or those named; in the order of division and number."""
    statement = f"SELECT {','.join(_COLUMNS)} FROM contract WHERE {LIVE}"
    found = sql.rows(statement) if ids is None else list(sql.in_chunks(f"{statement} AND id IN (*)", ids))
    rows = [dict(zip(_COLUMNS, r, strict=True)) for r in found]
    accounts = accounts_of(sql, day, rows, every=ids is None)
    named = [str(r["id"]) for r in rows]
    assets: dict[str, list[tuple[str, str]]] = {}
    for contract, asset, name, part in sql.in_chunks(
        "SELECT c.contract_id,c.asset_id,a.name,c.part FROM contract_asset c LEFT JOIN asset a ON a.id=c.asset_id "
        "WHERE c.contract_id IN (*) ORDER BY c.contract_id,c.position",
        named,
    ):
        assets.setdefault(contract, []).append((asset or "", (name or "") + (f"（{part}）" if part else "")))
    letting = lessors_of(sql, named if ids is not None else None)
    parties = _names(sql, [*(x.party for r in rows for x in letting[r["id"]]), *(r["operator_party_id"] for r in rows)])
    places = place_names(sql)
    deposits = deposit_balances(sql, day, named if ids is not None else None)
    renewed = set(
        sql.column(f"SELECT renewal_of FROM contract WHERE {LIVE} AND renewal_of IS NOT NULL "
                   "AND COALESCE(state,'draft')<>'cancelled'")
    )  # fmt: skip
    thresholds = [int(t) for t in policy(sql, "contract.remind_days")]
    procedure = PROCEDURES["contract"]
    lines = []
    for row in rows:
        account = accounts[row["id"]]
        held = assets.get(row["id"], [])
        state, end = row["state"] or procedure.initial, row["term_end"]
        lines.append(ContractLine(
            id=row["id"], contract_no=row["contract_no"] or "", operator=parties.get(row["operator_party_id"], ""),
            lessor=parties.get(lessor_on(letting[row["id"]], day).party or "", ""),
            assets="、".join(n for _, n in held if n),
            asset_ids=tuple(a for a, _ in held), village=places.get(row["division_code"], ""),
            division_code=row["division_code"] or "", mode=word("operation_mode", row["mode"]), state=state,
            state_word=procedure.states.get(state, state), term_start=row["term_start"], term_end=end,
            left=days_left(end, day) if end else None,
            remind=reminder(end, day, thresholds) if end and state == "active" else None,
            amount_fen=row["amount_fen"], scheduled_fen=sum(d.amount for d in account.dues),
            due_fen=account.due(day), received_fen=account.received, arrears_fen=account.arrears, ages=account.ages,
            oldest_days=max((d.overdue_days for d in account.dues), default=0),
            deposit_fen=deposits.get(row["id"], 0), renewed=row["id"] in renewed, in_conflict=bool(row["in_conflict"]),
            lessors=tuple((x.since, parties.get(x.party or "", ""), x.source_doc) for x in letting[row["id"]]),
        ))  # fmt: skip
    return sorted(lines, key=lambda line: (line.division_code, line.contract_no, line.id))


def accounts_of(
    sql: Sql, day: str, rows: Iterable[dict[str, Any]], *, every: bool = False
) -> dict[str, Account]:
    """Contract → its account on a day. A draft owes nothing; after its end a terminated contract falls due no more.

    `every`: the rows are all contracts there are, so that dues and receipts are read from end to end.
    """
    rows = list(rows)
    ids = [str(r["id"]) for r in rows]
    dues: dict[str, list[Due]] = {}
    schedule = "SELECT contract_id,due_date,amount_fen FROM contract_due WHERE "
    due_rows = (
        sql.rows(f"{schedule}contract_id IS NOT NULL") if every else sql.in_chunks(f"{schedule}contract_id IN (*)", ids)
    )
    for contract, on, fen in due_rows:
        if on and fen is not None:
            dues.setdefault(contract, []).append(Due(on, int(fen)))
    paid: dict[str, list[Paid]] = {}
    came_in = (
        f"SELECT contract_id,id,on_date,amount_fen,reversal_of,refund_of FROM receipt WHERE {LIVE} "
        f"AND on_date IS NOT NULL AND amount_fen IS NOT NULL AND kind IN ({','.join('?' * len(SETTLING))}) AND "
    )
    receipt_rows = (
        sql.rows(f"{came_in}contract_id IS NOT NULL", SETTLING) if every
        else sql.in_chunks(f"{came_in}contract_id IN (*)", ids, SETTLING)
    )  # fmt: skip
    for contract, receipt, on, fen, reverses, refunds in receipt_rows:
        paid.setdefault(contract, []).append(Paid(receipt, on, int(fen), reverses, refunds))
    out = {}
    for row in rows:
        owed = dues.get(row["id"], [])
        if (row.get("state") or "draft") not in OWING_STATES:
            owed = []
        elif row.get("state") == "terminated" and row.get("ended_date"):
            owed = [d for d in owed if d.on <= row["ended_date"]]
        out[row["id"]] = allocate(owed, paid.get(row["id"], []), day)
    return out


def account_of(sql: Sql, contract_id: str, day: str) -> Account | None:
    """One contract's account on a day; None when there is no such contract."""
    row = sql.one(f"SELECT id,state,ended_date FROM contract WHERE id=? AND {LIVE}", (contract_id,))
    if row is None:
        return None
    return accounts_of(sql, day, [dict(zip(("id", "state", "ended_date"), row, strict=True))])[contract_id]


def deposit_balances(sql: Sql, day: str, ids: Sequence[str] | None = None) -> dict[str, int]:
    """Contract → deposits received less those given back, up to a day: of all contracts, or of those named."""
    balances: dict[str, int] = {}
    statement = (
        f"SELECT contract_id,kind,amount_fen FROM receipt WHERE {LIVE} AND kind IN ('deposit','deposit_return') "
        "AND on_date<=? AND amount_fen IS NOT NULL AND contract_id IS NOT NULL"
    )
    named = f"{statement} AND contract_id IN (*)"
    for contract, kind, fen in sql.rows(statement, (day,)) if ids is None else sql.in_chunks(named, ids, (day,)):
        balances[contract] = balances.get(contract, 0) + (int(fen) if kind == "deposit" else -int(fen))
    return balances


def _names(sql: Sql, ids: Iterable[str | None]) -> dict[str, str]:
    return dict(sql.in_chunks("SELECT id,name FROM party WHERE id IN (*)", {i for i in ids if i}))


VIEWS: dict[str, str] = {
    "": "全部", "owing": "有欠款", "expiring": "即将到期", "over": "到期未办结", "active": "履行中", "draft": "草拟",
    "ended": "已结束",
}  # fmt: skip
"""The ways a list of contracts is looked at."""


def in_view(line: ContractLine, view: str) -> bool:
    """Whether a contract belongs to a view (key of `VIEWS`)."""
    if view == "owing":
        return line.arrears_fen > 0
    if view == "expiring":
        return bool(line.remind) and not line.renewed
    if view == "over":
        return line.remind == 0
    if view == "ended":
        return line.state in ("ended", "terminated", "cancelled")
    return not view or line.state == view


def matches(line: ContractLine, text: str, division: str = "") -> bool:
    """Whether typed text (number, party, asset, initials) and a division fit a contract."""
    if not line.division_code.startswith(division):
        return False
    typed = text.strip()
    if not typed:
        return True
    words = (line.contract_no, line.operator, line.lessor, line.assets, line.village)
    if any(typed.lower() in word.lower() for word in words):
        return True
    return typed.isascii() and any(initials(word).startswith(typed.lower()) for word in words if word)


@dataclass(frozen=True, slots=True)
class ArrearsTotal:
    """Sums of what is owed: in all and by age."""

    contracts: int
    arrears_fen: int
    ages: tuple[int, ...]


def arrears_total(lines: Iterable[ContractLine]) -> ArrearsTotal:
    """What a list of contracts owes; the ages add up to the arrears."""
    owing = [line for line in lines if line.arrears_fen]
    ages = [sum(column) for column in zip(*(line.ages for line in owing), strict=True)] or [0] * (age_class(366) + 1)
    return ArrearsTotal(len(owing), sum(line.arrears_fen for line in owing), tuple(ages))


@dataclass(frozen=True, slots=True)
class ContractReminders:
    """What contracts ask for on a day, for the first page."""

    owing: int = 0
    owed_fen: int = 0
    """How many are in arrears, and by how much (分)."""
    expiring: int = 0
    soonest: int | None = None
    """How many a reminder has reached that are not renewed, and days until the first of them ends."""
    over: int = 0
    """How many are over and were not closed."""


def contract_reminders(sql: Sql, day: str) -> ContractReminders:
    """Arrears and terms of all contracts on a day, without the words a list needs."""
    columns = ("id", "state", "ended_date", "term_end")
    rows = [
        dict(zip(columns, r, strict=True))
        for r in sql.rows(
            f"SELECT {','.join(columns)} FROM contract WHERE {LIVE} AND state IN ('active','ended','terminated')"
        )
    ]
    if not rows:
        return ContractReminders()
    owed = [a.arrears for a in accounts_of(sql, day, rows).values() if a.arrears]
    thresholds = [int(t) for t in policy(sql, "contract.remind_days")]
    renewed = set(
        sql.column(f"SELECT renewal_of FROM contract WHERE {LIVE} AND renewal_of IS NOT NULL "
                   "AND COALESCE(state,'draft')<>'cancelled'")
    )  # fmt: skip
    soon: list[int] = []
    over = 0
    for row in rows:
        if row["state"] != "active" or not row["term_end"]:
            continue
        reached = reminder(row["term_end"], day, thresholds)
        over += reached == 0
        if reached and row["id"] not in renewed:
            soon.append(days_left(row["term_end"], day))
    return ContractReminders(len(owed), sum(owed), len(soon), min(soon, default=None), over)
