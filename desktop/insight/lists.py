"""Lists of records for screen and paper: which records match, in which order, and the few columns a list shows.

A list is an array of ids first (fast, from an index alone) and pages of rows after; both are plain SQL on a reader.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any

from desktop.insight.asset_values import values_of
from desktop.registry.asset_value import DECREASE, INCREASE, Values
from desktop.registry.codelists import word
from desktop.registry.value_words import words
from desktop.store.database import Sql, order_terms
from desktop.store.register import Register, shown_state

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class ListQuery:
    """What a list shows: typed text, a division (code prefix), exact column values, order."""

    text: str = ""
    division: str = ""
    equal: dict[str, str] = field(default_factory=dict)
    only_conflicts: bool = False
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True)
class HouseholdRow:
    """A household in a list. `members` counts the living rows; `types` are words."""

    id: str
    head_name: str
    village: str
    group_name: str
    members: int
    household_type: str
    monitored_type: str
    phone: str
    in_conflict: bool
    per_capita_income_fen: int | None = None
    helper_name: str = ""
    house_grade: str = ""
    head_id_no: str = ""


@dataclass(frozen=True)
class AssetRow:
    """An asset in a list; money in 分, None = unknown."""

    id: str
    asset_no: str
    name: str
    village: str
    category: str
    subcategory: str
    original_value_fen: int | None
    net_value_fen: int | None
    status_code: str
    status: str
    in_conflict: bool
    operation_mode: str = ""
    contract_end: str = ""
    keeper: str = ""
    expected_income_fen: int | None = None
    project_year: int | None = None


@dataclass(frozen=True)
class AssetTotals:
    """Count and original value of a list of assets, 分 of today: with every addition and reduction so far."""

    count: int
    original_value_fen: int


HOUSEHOLD_ORDER = {
    "": "division_code,group_name,head_name,id",
    "head_name": "head_name_initials,head_name,id",
    "village": "division_code,group_name,head_name,id",
    "household_type": "household_type,division_code,id",
    "per_capita_income": "per_capita_income_fen,id",
    "helper_name": "helper_name,division_code,id",
    "house_grade": "house_grade,division_code,id",
}
ASSET_QUESTIONS = {
    "unowned": "NOT EXISTS (SELECT 1 FROM \"right\" r WHERE r.asset_id=asset.id AND r.kind='ownership' AND r.removed=0 "
    "AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 AND r.valid_to IS NULL)",
    "not_normal": "status IN ('idle','inefficient','damaged','lost')",
}
"""Yes-or-no filters of the list of assets: nobody owns it yet (未确权), and what is not in a normal state."""
ASSET_ORDER = {
    "": "category,division_code,name,id",
    "name": "name_initials,name,id",
    "village": "division_code,name,id",
    "original_value": "original_value_fen,id",
    "status": "status,division_code,id",
    "asset_no": "asset_no,id",
    "net_value": "net_value_fen,id",
    "subcategory": "category,subcategory,name,id",
    "operation_mode": "operation_mode,division_code,id",
    "contract_end": "contract_end,id",
    "keeper": "keeper,division_code,id",
    "expected_income": "expected_income_fen,id",
    "project_year": "project_year,id",
}
NOT_INDEXED = frozenset(("operation_mode", "contract_end", "keeper", "expected_income", "project_year"))
"""Orders by columns that the index `asset_list` lacks: going by it to each row takes five times as long as reading them
all (100,000 assets: 1.3 s against 0.25 s of CPU)."""


def villages(sql: Sql, within: str = "") -> list[tuple[str, str]]:
    """(code, short name) of the villages below a division, in code order."""
    rows = sql.rows(
        f"SELECT code FROM division WHERE level='village' AND code LIKE ? AND {LIVE} ORDER BY code", (within + "%",)
    )
    names = place_names(sql)
    return [(code, names[code]) for (code,) in rows]


def place_names(sql: Sql) -> dict[str, str]:
    """Code → short name of every division; villages that share a name are told apart by their town, as 双水镇中心社区.

    A county has several 中心社区: sums by village would run together under one heading.
    """
    rows = sql.rows(f"SELECT code,short_name,name,level FROM division WHERE {LIVE} ORDER BY code")
    names = {str(code): str(short or name) for code, short, name, _ in rows}
    held: dict[str, list[str]] = {}
    for code, _, _, level in rows:
        if level == "village":
            held.setdefault(names[str(code)], []).append(str(code))
    for name, codes in held.items():
        if len(codes) > 1:
            told = {code: f"{names.get(code[:9], '')}{name}" for code in codes}
            for code in codes:
                twice = sum(1 for other in told.values() if other == told[code]) > 1
                names[code] = f"{told[code]}（{code}）" if twice else told[code]
    return names


def household_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Identifiers of the households that match, in order."""
    where, params = _conditions(query, ("household_type", "monitored_type"))
    order = _ordered(HOUSEHOLD_ORDER, query)
    ids = sql.column(f"SELECT id FROM household WHERE {' AND '.join(where)} ORDER BY {order}", params)
    typed = query.text.strip()
    if not typed:
        return ids
    found = _households_named(sql, typed)
    return [i for i in ids if i in found]


class HouseholdList:
    """The households of a register in the order last asked for, and those last found: most questions change little.

    Reading 200,000 ids in order takes 0.1 to 0.5 s and looking a text up in all members 0.3 s; as one types, orders and
    goes back, the order is that of the question before, or its reverse, and the next letter only narrows what the
    letters before it found.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: tuple[Any, ...] = ()
        self._orders: OrderedDict[tuple[Any, ...], list[str]] = OrderedDict()
        self._typed, self._found = "", set[str]()

    @classmethod
    def of(cls, register: Register) -> HouseholdList:
        """The list of an open register, the same for whoever asks."""
        return register.facts.setdefault("household_list", cls())  # type: ignore[no-any-return]

    def ids(self, sql: Sql, query: ListQuery) -> list[str]:
        """As `household_ids`."""
        state, typed = shown_state(sql), query.text.strip()
        with self._lock:
            if state != self._state:
                self._orders.clear()
                self._state, self._typed = state, ""
            ordered = self._ordered(sql, query)
            if not typed:
                return ordered
            if typed != self._typed:
                narrows = bool(self._typed) and typed.startswith(self._typed) and _asked(typed) == _asked(self._typed)
                among = self._found if narrows and len(self._found) <= FEW else None
                self._typed, self._found = typed, _households_named(sql, typed, among)
            found = self._found
        return [i for i in ordered if i in found]

    def _ordered(self, sql: Sql, query: ListQuery) -> list[str]:
        what = (query.division, tuple(sorted(query.equal.items())), query.only_conflicts, query.sort)
        known = self._orders.get((*what, query.descending))
        if known is None:
            turned = self._orders.get((*what, not query.descending))
            known = household_ids(sql, replace(query, text="")) if turned is None else turned[::-1]
            self._orders[(*what, query.descending)] = known
            while len(self._orders) > KEPT_ORDERS:
                self._orders.popitem(last=False)
        self._orders.move_to_end((*what, query.descending))
        return known


KEPT_ORDERS = 3
"""Each holds 200,000 ids, most of them the same strings."""
FEW = 4000
"""So many households at most are looked through one by one instead of everybody."""


def household_rows(sql: Sql, ids: Sequence[str]) -> list[HouseholdRow]:
    """The rows of a page, in the order of the ids; ids that are gone are left out."""
    sizes = {
        household: int(n)
        for household, n in sql.in_chunks(
            f"SELECT household_id,COUNT(id) FROM person WHERE {LIVE} AND household_id IN (*) GROUP BY household_id", ids
        )
    }
    heads = {
        household: number or ""
        for household, number in sql.in_chunks(
            f"SELECT household_id,id_no FROM person WHERE {LIVE} AND relation='head' AND household_id IN (*)", ids
        )
    }
    found = {}
    for r in sql.in_chunks(
        "SELECT h.id,h.head_name,COALESCE(d.short_name,d.name,h.division_code),h.group_name,h.household_type,"
        "h.monitored_type,h.phone,h.in_conflict,h.per_capita_income_fen,h.helper_name,h.house_grade "
        "FROM household h LEFT JOIN division d ON d.id=h.division_id "
        "WHERE h.id IN (*)",
        ids,
    ):
        found[r[0]] = HouseholdRow(
            id=r[0], head_name=r[1] or "", village=r[2] or "", group_name=r[3] or "", members=sizes.get(r[0], 0),
            household_type=word("household_type", r[4]), monitored_type=word("monitored_type", r[5]),
            phone=r[6] or "", in_conflict=bool(r[7]), per_capita_income_fen=r[8], helper_name=r[9] or "",
            house_grade=word("house_safety_grade", r[10]), head_id_no=heads.get(r[0], ""),
        )  # fmt: skip
    return [found[i] for i in ids if i in found]


def asset_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Identifiers of the assets that match, in order."""
    where, params = _asset_conditions(sql, query)
    order = _ordered(ASSET_ORDER, query)
    if query.sort in NOT_INDEXED and where[0] == LIVE:
        where[0] = "removed+0=0 AND canonical_id IS NULL"  # no condition of an index: one pass over the table
    return sql.column(f"SELECT id FROM asset WHERE {' AND '.join(where)} ORDER BY {order}", params)


def asset_totals(sql: Sql, query: ListQuery) -> AssetTotals:
    """Count and sum of the assets that match; unknown values add nothing."""
    where, params = _asset_conditions(sql, query)
    matching = f"FROM asset WHERE {' AND '.join(where)}"
    row = sql.one(f"SELECT COUNT(*),COALESCE(SUM(original_value_fen),0) {matching}", params)
    changed = sql.scalar(
        f"SELECT COALESCE(SUM(CASE WHEN kind IN {INCREASE} THEN amount_fen WHEN kind IN {DECREASE} "
        f"THEN -amount_fen ELSE 0 END),0) FROM value_change WHERE {LIVE} AND on_date<=? "
        f"AND asset_id IN (SELECT id {matching} AND original_value_fen IS NOT NULL)",
        (date.today().isoformat(), *params),  # noqa: DTZ011
    )
    return AssetTotals(int(row[0]), int(row[1]) + int(changed))


def _today(worth: Mapping[str, Values], asset: str, which: str, stated: int | None) -> int | None:
    """A value of today; the stated one where nothing can be computed."""
    found = getattr(worth[asset], which) if asset in worth else None
    return stated if found is None else int(found)


def asset_rows(sql: Sql, ids: Sequence[str]) -> list[AssetRow]:
    """The rows of a page, in the order of the ids; original and net value are today's, as on every paper of today."""
    found = {}
    worth = values_of(sql, date.today().isoformat(), ids)  # noqa: DTZ011
    for r in sql.in_chunks(
        "SELECT a.id,a.asset_no,a.name,COALESCE(d.short_name,d.name,a.division_code),a.category,a.subcategory,"
        "a.original_value_fen,a.net_value_fen,a.status,a.in_conflict,a.operation_mode,a.contract_end,a.keeper,"
        "a.expected_income_fen,a.project_year "
        "FROM asset a LEFT JOIN division d ON d.id=a.division_id WHERE a.id IN (*)",
        ids,
    ):
        found[r[0]] = AssetRow(
            id=r[0], asset_no=r[1] or "", name=r[2] or "", village=r[3] or "",
            category=word("asset_category", r[4]), subcategory=words("asset", "subcategory", r[5]),
            original_value_fen=_today(worth, r[0], "original", r[6]),
            net_value_fen=_today(worth, r[0], "net", r[7]), status_code=r[8] or "",
            status=word("asset_status", r[8]), in_conflict=bool(r[9]), operation_mode=word("operation_mode", r[10]),
            contract_end=r[11] or "", keeper=r[12] or "", expected_income_fen=r[13], project_year=r[14],
        )  # fmt: skip
    return [found[i] for i in ids if i in found]


def count_by(sql: Sql, table: str, column: str, division: str = "") -> dict[str, int]:
    """How many live records have each value of a column (filter chips)."""
    allowed = {
        ("asset", "category"),
        ("asset", "status"),
        ("household", "household_type"),
        ("household", "monitored_type"),
    }
    if (table, column) not in allowed:
        raise ValueError(f"{table}.{column} is not counted")
    rows = sql.rows(
        f"SELECT {column},COUNT(*) FROM {table} WHERE {LIVE} AND COALESCE(division_code,'') LIKE ? GROUP BY {column}",
        (division + "%",),
    )
    return {value or "": int(n) for value, n in rows}


def _conditions(query: ListQuery, columns: Sequence[str]) -> tuple[list[str], list[Any]]:
    where, params = [LIVE], []
    if query.division:
        where.append("division_code LIKE ?")
        params.append(query.division + "%")
    if query.only_conflicts:
        where.append("in_conflict=1")
    for column, value in query.equal.items():
        if column not in columns:
            raise ValueError(f"{column} is not a filter of this list")
        where.append(f"COALESCE({column},'')=?")
        params.append(value)
    return where, params


def _asset_conditions(sql: Sql, query: ListQuery) -> tuple[list[str], list[Any]]:
    plain = {key: value for key, value in query.equal.items() if key not in ASSET_QUESTIONS}
    where, params = _conditions(replace(query, equal=plain), ("category", "status", "subcategory"))
    where += [ASSET_QUESTIONS[key] for key in query.equal if key in ASSET_QUESTIONS]
    typed = query.text.strip()
    if typed:
        like = f"%{typed}%"
        codes = _division_codes(sql, typed)
        either = ["name LIKE ?", "name_initials LIKE ?", "asset_no LIKE ?"]
        params += [like, typed.lower() + "%", like]
        either += ["division_code=?"] * len(codes)
        params += codes
        where.append("(" + " OR ".join(either) + ")")
    return where, params


def _asked(typed: str) -> str:
    """What a typed text is looked for in: numbers, initials, or names and villages."""
    if typed.isascii() and any(c.isdigit() for c in typed):
        return "number"
    return "initials" if typed.isascii() else "name"


def _households_named(sql: Sql, typed: str, among: Collection[str] | None = None) -> set[str]:
    """Households by head's or member's name, initials, ID number, telephone, household number (any part), village.

    Each question is answered from one index alone; joined by OR they would read every row. `among`: only these
    households may have it in a name or number.
    """

    def looked_up(statement: str, key: str, params: Sequence[str]) -> list[str]:
        if among is None:
            return sql.column(statement, params)
        return [i for (i,) in sql.in_chunks(f"{statement} AND {key} IN (*)", among, tuple(params))]

    live = f"SELECT id FROM household WHERE {LIVE}"
    members = f"SELECT household_id FROM person WHERE {LIVE}"
    kind = _asked(typed)
    if kind == "number":
        like = f"%{typed.upper()}%"
        found = set(looked_up(f"{live} AND (phone LIKE ? OR national_household_no LIKE ?)", "id", (like, like)))
        return found | set(looked_up(f"{members} AND id_no LIKE ?", "household_id", (like,)))
    if kind == "initials":
        start = typed.lower() + "%"
        found = set(looked_up(f"{live} AND head_name_initials LIKE ?", "id", (start,)))
        return found | set(looked_up(f"{members} AND name_initials LIKE ?", "household_id", (start,)))
    like = f"%{typed}%"
    found = set(looked_up(f"{live} AND head_name LIKE ?", "id", (like,)))
    found |= set(looked_up(f"{members} AND name LIKE ?", "household_id", (like,)))
    for code in _division_codes(sql, typed):
        found |= set(sql.column(f"{live} AND division_code=?", (code,)))
    return found


def _division_codes(sql: Sql, typed: str) -> list[str]:
    """Villages whose name holds the text, or whose initials begin with it; at most 40."""
    rows = sql.rows(
        f"SELECT code FROM division WHERE level='village' AND {LIVE} AND (short_name LIKE ? OR name_initials LIKE ?) "
        "LIMIT 40",
        (f"%{typed}%", typed.lower() + "%"),
    )
    return [code for (code,) in rows]


def _ordered(orders: dict[str, str], query: ListQuery) -> str:
    order = orders.get(query.sort)
    if order is None:
        raise ValueError(f"{query.sort} is not a column that sorts")
    if not query.descending:
        return order
    return ",".join(f"{part} DESC" for part in order_terms(order))
