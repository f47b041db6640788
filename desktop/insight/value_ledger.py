"""The county's total ledger 总台账 and the detail ledgers 明细台账 of towns and villages, tying out to the 分 (§2.10).

Every line is the sum of the lines below it, and every cut through the same assets has the same total: by category,
by level of the owner, by source of funds, by division, by status; as of any day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

from desktop.common.formula import Formula
from desktop.insight.asset_values import VALUE_TABLES, added_funds, bases, basis_of, on_books, written_off
from desktop.registry.asset_status import STATUS_TABLES, codes_on
from desktop.registry.asset_value import DECREASE, INCREASE, Basis, values_on
from desktop.registry.codelists import whole, word
from desktop.store.database import Sql
from desktop.store.register import Register, shown_state

Cut = Literal["category", "level", "source", "division", "status"]
CUTS: tuple[Cut, ...] = ("category", "level", "source", "division", "status")
LEDGER_TABLES = (*VALUE_TABLES, *STATUS_TABLES, "right", "party", "division")
"""What a ledger is computed from: ask these of the past to have a ledger as it was known."""
FORMULAS = (
    Formula(
        "总台账里算哪些资产", "到这一天已经购建、还没有核销的资产。购建时间没有填的，算已经购建，并在下面写明有几项。",
        "汕尾市文件二（七）：完善资产管理台账和制度体系",
    ),
    Formula(
        "总台账的合计",
        "每一行是下面各行之和；按类别、按层级、按来源、按区划、按状态五种排法，合计是同一个数。原值没有填的资产只计项数。",
        "程序自定：合计与各行相符",
    ),
    Formula(
        "按发生日期、按记录日期",
        "按发生日期：那一天的情况，用现在知道的内容来算。按记录日期：本册到那一天为止记下了什么，后来的更正不算。",
        "程序自定",
    ),
)
"""How the total ledger is said to a person who asks."""
NO_SOURCE, CHANGED = "", "~changes"
_PARENTS = {"fiscal": "财政资金", "assist": "协作帮扶", "social": "社会资金", "self": "自筹", "internal": "内部转投"}


@dataclass(slots=True)
class LedgerLine:
    """One line: its key and words, how many assets, and their values in 分."""

    key: str
    name: str
    count: int = 0
    unknown: int = 0
    """Assets among them whose original value is not filled in; they add nothing."""
    original_fen: int = 0
    depreciation_fen: int = 0
    impairment_fen: int = 0
    net_fen: int = 0
    children: list[LedgerLine] = field(default_factory=list)

    def sums(self) -> tuple[int, ...]:
        """Everything that adds up."""
        return (self.count, self.unknown, self.original_fen, self.depreciation_fen, self.impairment_fen, self.net_fen)

    def take(self, other: LedgerLine) -> None:
        """Add another line's sums."""
        self.count += other.count
        self.unknown += other.unknown
        self.original_fen += other.original_fen
        self.depreciation_fen += other.depreciation_fen
        self.impairment_fen += other.impairment_fen
        self.net_fen += other.net_fen


@dataclass(frozen=True)
class Ledger:
    """A ledger of a day: its lines as a tree and their total."""

    by: Cut
    as_of: str
    division: str
    lines: tuple[LedgerLine, ...]
    total: LedgerLine
    not_dated: int = 0
    """Assets without 购建时间 in it; they count as built."""


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One asset on the books with everything the cuts ask of it."""

    asset: str
    category: str
    subcategory: str
    division: str
    level: str
    values: LedgerLine
    """A line of this one asset."""
    sources: Mapping[str, int]
    """Source → 分 of the original value; what no source stands for is under `NO_SOURCE` or `CHANGED`."""
    dated: bool
    status: str = ""
    """Its status on the day."""


def book(
    sql: Sql, as_of: str, division: str = "", category: str = "", cuts: Sequence[Cut] = CUTS
) -> list[BookEntry]:
    """Every asset on the books on a day, within a division (code prefix) and a category, for these cuts.

    What no cut asks is not read: without `level` owners are not looked up, and so with `source` and `status`.
    """
    gone = written_off(sql, as_of)
    levels = _levels(sql, as_of) if "level" in cuts else {}
    by_source = "source" in cuts
    funds, added = (_funds(sql), added_funds(sql, as_of)) if by_source else ({}, {})
    places = {
        row[0]: row[1:]
        for row in sql.stream(
            "SELECT id,category,subcategory,division_code,status FROM asset WHERE removed=0 AND canonical_id IS NULL"
        )
    }
    entries = []
    then = codes_on(sql, as_of) if "status" in cuts else {}
    for asset, basis in bases(sql):
        kind, sub, place, status = places.get(asset, (None, None, None, None))
        if asset in gone or not on_books(basis, as_of):
            continue
        if not (place or "").startswith(division) or (category and kind != category):
            continue
        values = values_on(basis, as_of)
        line = LedgerLine(
            asset, "", 1, int(values.original is None), values.original or 0, values.depreciation or 0,
            values.impairment or 0, values.net or 0,
        )  # fmt: skip
        sources = _sources(basis, as_of, funds.get(asset, {}), added.get(asset, {})) if by_source else {}
        entries.append(
            BookEntry(
                asset, kind or "", sub or "", place or "", levels.get(asset, "undetermined"), line, sources,
                bool(basis.built), (then.get(asset, status) or "") if "status" in cuts else "",
            )
        )  # fmt: skip
    return entries


class AssetBook:
    """The assets of a register with their values: computed once for a state of it, a day and its cuts.

    A county's 30,000 assets with ten years of changes take a second; the overview and each cut of the ledger ask.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: tuple[Any, ...] = ()
        self._cuts: frozenset[Cut] = frozenset()
        self._entries: list[BookEntry] = []

    @classmethod
    def of(cls, register: Register) -> AssetBook:
        """The book of an open register, the same for whoever asks."""
        return register.facts.setdefault("asset_book", cls())  # type: ignore[no-any-return]

    def entries(
        self, sql: Sql, as_of: str, division: str = "", category: str = "", cuts: Sequence[Cut] = CUTS
    ) -> list[BookEntry]:
        """As `book`."""
        of = (as_of, shown_state(sql))
        with self._lock:
            if of != self._of or not self._cuts.issuperset(cuts):
                known = self._cuts if of == self._of else frozenset[Cut]()
                wanted = known.union(cuts)
                self._entries, self._of, self._cuts = book(sql, as_of, cuts=tuple(wanted)), of, wanted
            everything = self._entries
        if not division and not category:
            return everything
        return [e for e in everything if e.division.startswith(division) and category in ("", e.category)]


def ledger(sql: Sql, by: Cut, as_of: str, division: str = "", category: str = "") -> Ledger:
    """One cut of the ledger as of a day (ISO). ValueError for a cut that does not exist."""
    return cut(sql, book(sql, as_of, division, category, (by,)), by, as_of, division)


def cut(sql: Sql, entries: Iterable[BookEntry], by: Cut, as_of: str, division: str = "") -> Ledger:
    """A cut of entries that were read once; the total is the sum of its lines by construction and by test."""
    entries = list(entries)
    if by == "category":
        lines = _tree(entries, lambda e: (e.category, e.subcategory), _category_name)
        lines = _in_order(lines, [i.code for i in whole("asset_category")])
    elif by == "level":
        lines = _tree(entries, lambda e: (e.level,), lambda key: word("ownership_level", key[-1]))
        lines = _in_order(lines, [i.code for i in whole("ownership_level")])
    elif by == "division":
        names = _division_names(sql)
        lines = _tree(entries, lambda e: _levels_of_code(e.division, division), lambda key: _place_name(key, names))
        lines.sort(key=lambda line: (not line.key, line.key))
    elif by == "status":
        lines = _tree(entries, lambda e: (e.status,), lambda key: word("asset_status", key[-1]) or "（未填状态）")
        lines = _in_order(lines, [i.code for i in whole("asset_status")])
    elif by == "source":
        lines = _by_source(entries)
    else:
        raise ValueError(f"{by} is no cut of the ledger")
    total = LedgerLine("", "合计")
    for line in lines:
        total.take(line)
    if by == "source":  # an asset has several sources: only money adds up, assets are counted once
        total = LedgerLine("", "合计")
        for entry in entries:
            total.take(entry.values)
    return Ledger(by, as_of, division, tuple(lines), total, sum(not e.dated for e in entries))


def differences(found: Ledger) -> list[str]:
    """Where a ledger does not tie out, in words; always empty unless the program is wrong."""
    said: list[str] = []

    def look(line: LedgerLine) -> None:
        if line.children:
            total = LedgerLine("", "")
            for child in line.children:
                total.take(child)
                look(child)
            counted = found.by != "source"
            if total.sums()[0 if counted else 2 :] != line.sums()[0 if counted else 2 :]:
                said.append(f"{line.name}与其下各行之和不等")

    for line in found.lines:
        look(line)
    if sum(line.original_fen for line in found.lines) != found.total.original_fen:
        said.append("各行原值之和与合计不等")
    if found.by != "source" and tuple(map(sum, zip(*(ln.sums() for ln in found.lines), strict=True))) not in (
        found.total.sums(), (),
    ):  # fmt: skip
        said.append("各行之和与合计不等")
    return said


def _tree(
    entries: Iterable[BookEntry],
    keys: Callable[[BookEntry], tuple[str, ...]],
    name: Callable[[tuple[str, ...]], str],
) -> list[LedgerLine]:
    """Lines nested by the parts of their keys, each with the sums of everything below it."""
    lines: dict[tuple[str, ...], LedgerLine] = {}
    roots: list[LedgerLine] = []
    for entry in entries:
        path: tuple[str, ...] = ()
        above: LedgerLine | None = None
        for part in keys(entry):
            path = (*path, part)
            line = lines.get(path)
            if line is None:
                line = lines[path] = LedgerLine(part, name(path))
                (roots if above is None else above.children).append(line)
            line.take(entry.values)
            above = line
    for line in lines.values():
        line.children.sort(key=lambda child: (not child.key, child.key))
    return roots


def _in_order(lines: list[LedgerLine], order: list[str]) -> list[LedgerLine]:
    places = {code: i for i, code in enumerate(order)}
    return sorted(lines, key=lambda line: (places.get(line.key, len(places)), line.key))


def _category_name(path: tuple[str, ...]) -> str:
    if len(path) == 1:
        return word("asset_category", path[0]) or "（未填大类）"
    return word("asset_subcategory", path[1]) or "（未填小类）"


def _levels_of_code(code: str, division: str) -> tuple[str, ...]:
    """County 6, town 9 and village 12 digits of a code, from the level below the division asked for.

    What lies in a town or county itself stands below it as its own line 本级, beside the villages.
    """
    if not code:
        return ("",)
    parts = tuple(code[:n] for n in (6, 9, 12) if n > len(division) and len(code) >= n) or (code,)
    return (*parts, "") if len(code) < 12 and len(code) > len(division) else parts


def _place_name(path: tuple[str, ...], names: Mapping[str, str]) -> str:
    if not path[-1]:
        return "本级" if len(path) > 1 else "（未填所在村镇）"
    return names.get(path[-1], path[-1])


def _division_names(sql: Sql) -> dict[str, str]:
    return dict(
        sql.rows("SELECT code,COALESCE(short_name,name) FROM division WHERE removed=0 AND canonical_id IS NULL")
    )


def _by_source(entries: Iterable[BookEntry]) -> list[LedgerLine]:
    """Sources grouped as `fund_source.csv` groups them; depreciation is not told apart by source, so money only."""
    parents = {item.code: item.more.get("parent", "") for item in whole("fund_source")}
    groups: dict[str, LedgerLine] = {}
    lines: dict[str, LedgerLine] = {}
    for entry in entries:
        seen: set[str] = set()
        for source, fen in entry.sources.items():
            group = parents.get(source, source)
            above = groups.setdefault(group, LedgerLine(group, _PARENTS.get(group, _source_word(source))))
            if source in parents:
                line = lines.get(source)
                if line is None:
                    line = lines[source] = LedgerLine(source, _source_word(source))
                    above.children.append(line)
                line.count += 1
                line.original_fen += fen
            above.count += group not in seen
            above.original_fen += fen
            seen.add(group)
    order = [*_PARENTS, NO_SOURCE, CHANGED]
    places = {code: i for i, code in enumerate(parents)}
    for above in groups.values():
        above.children.sort(key=lambda line: places.get(line.key, len(places)))
    return sorted(groups.values(), key=lambda g: (order.index(g.key) if g.key in order else len(order), g.key))


def _source_word(source: str) -> str:
    return {NO_SOURCE: "（未列资金来源）", CHANGED: "价值变动（未列来源）"}.get(source) or word("fund_source", source)


def sources_on(sql: Sql, day: str, asset_id: str) -> list[tuple[str, int]]:
    """(source in words, 分) of an asset's original value on a day: they add up to it, what has no source is named.
    Empty when the original value is unknown."""
    basis = basis_of(sql, asset_id)
    if basis is None:
        return []
    funds: dict[str, int] = {}
    for source, fen in sql.rows(
        "SELECT source,amount_fen FROM asset_fund_part WHERE asset_id=? ORDER BY position", (asset_id,)
    ):
        funds[source or NO_SOURCE] = funds.get(source or NO_SOURCE, 0) + int(fen or 0)
    added = added_funds(sql, day, [asset_id]).get(asset_id, {})
    return [(_source_word(source), fen) for source, fen in _sources(basis, day, funds, added).items()]


def _sources(basis: Basis, as_of: str, funds: Mapping[str, int], added: Mapping[str, int]) -> dict[str, int]:
    """The original value of a day by source: what the parts do not explain is named, so that the sum always fits."""
    if basis.original is None:
        return {}
    out = dict(funds)
    rest = basis.original - sum(funds.values())
    if rest:
        out[NO_SOURCE] = out.get(NO_SOURCE, 0) + rest
    moved = 0
    for change in basis.changes:
        if change.on <= as_of:
            moved += change.amount if change.kind in INCREASE else -change.amount if change.kind in DECREASE else 0
    for source, fen in added.items():
        out[source] = out.get(source, 0) + fen
        moved -= fen
    if moved:
        out[CHANGED] = moved
    return out


def _funds(sql: Sql) -> dict[str, dict[str, int]]:
    grouped: dict[str, dict[str, int]] = {}
    for asset, source, fen in sql.stream("SELECT asset_id,source,amount_fen FROM asset_fund_part"):
        parts = grouped.setdefault(asset, {})
        parts[source or NO_SOURCE] = parts.get(source or NO_SOURCE, 0) + int(fen or 0)
    return grouped


def _levels(sql: Sql, as_of: str) -> dict[str, str]:
    """Asset → level of its owner on a day; `joint` when owners of several levels share it."""
    found: dict[str, set[str]] = {}
    for asset, level in sql.stream(
        "SELECT r.asset_id,p.ownership_level FROM \"right\" r JOIN right_share s ON s.right_id=r.id "
        "JOIN party p ON p.id=s.party_id WHERE r.kind='ownership' AND r.removed=0 AND r.canonical_id IS NULL "
        "AND COALESCE(r.withdrawn,0)=0 AND COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR r.valid_to>?)",
        (as_of, as_of),
    ):
        found.setdefault(asset, set()).add(level or "undetermined")
    return {asset: next(iter(levels)) if len(levels) == 1 else "joint" for asset, levels in found.items()}
