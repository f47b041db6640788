"""What `check` proves about the assets themselves: owners, contracts, use, duplicates, disposals, places, public words.

Rules R-AS-02 to R-AS-08, R-AS-11 and R-NT-01 of `validation_rule.csv`; sums are proved in `registry.invariants`,
`registry.books` and `asset_money_checks`. A warning asks, an error cannot stand. Words carry no personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from statistics import median

from desktop.common.money import format_yuan
from desktop.insight.interest_conflicts import HOWS, interest_hints
from desktop.registry.asset_status import IN_FORCE
from desktop.registry.codelists import merged, word
from desktop.registry.county_items import county_items
from desktop.registry.disposal_procedure import TRADED, needs_appraisal
from desktop.registry.invariants import Invariant
from desktop.registry.labels import label
from desktop.registry.notice_privacy import FIELDS, doubts_of
from desktop.registry.value_words import words
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
OUTLIER = 1_000
"""R-AS-02: so many times the median of its class, and a whole number of 万元 from 1,000 on: typed in 元 perhaps."""
WAN_FEN = 1_000_000
FEWEST_FOR_MEDIAN = 5
UNUSED = ("idle", "damaged", "lost")
"""States of an asset in which it brings nothing (R-AS-05)."""
EARNED = ("rent", "dividend")
"""Kinds of receipts that are income of an asset."""
LEVELS_OF_KIND = {
    "household": ("household",), "person": ("household",),
    "government": ("state_county", "state_town"), "department": ("state_county", "state_town"),
    "collective": ("collective_town", "collective_village", "collective_group"),
    "village_committee": ("collective_village", "collective_group"),
    "enterprise": ("enterprise", "state_county", "state_town"),
}  # fmt: skip
"""R-AS-03: which level of ownership (`ownership_level.csv`) a kind of holder has; the county's 平台 are enterprises."""


def asset_problems(sql: Sql, day: str | None = None) -> list[Invariant]:
    """Everything, as of a day (today when left out)."""
    on = day or date.today().isoformat()  # noqa: DTZ011
    return [found for piece in PIECES for found in piece(sql, on)]


def _owners(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-AS-03: somebody owns every asset that is in use, and every right of ownership or income has a holder."""
    for (asset,) in sql.rows(
        "SELECT a.id FROM asset a WHERE a.removed=0 AND a.canonical_id IS NULL AND COALESCE(a.status,'normal') NOT IN "
        "('disposed','building') AND NOT EXISTS (SELECT 1 FROM \"right\" r WHERE r.asset_id=a.id "
        "AND r.kind='ownership' AND r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 "
        "AND COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR ?<r.valid_to)) "
        # what comes in by a swap is held from the day on which what is given is written off
        "AND NOT EXISTS (SELECT 1 FROM disposal d WHERE d.received_asset_id=a.id AND d.removed=0 "
        "AND d.canonical_id IS NULL AND COALESCE(d.state,'applied') NOT IN ('written_off','stopped','rejected')) "
        "ORDER BY a.id",
        (on, on),
    ):
        yield Invariant("owner_missing", "asset", asset, "没有写明所有权人，请补登权属")
    for (right,) in sql.rows(
        'SELECT r.id FROM "right" r LEFT JOIN right_share s ON s.right_id=r.id WHERE r.removed=0 '
        "AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 AND r.kind IN ('ownership','income') "
        "AND s.party_id IS NULL ORDER BY r.id"
    ):
        yield Invariant("right_without_holder", "right", right, "没有写权利人，请补填")


def _statuses(sql: Sql, on: str) -> Iterator[Invariant]:
    """The entries of an asset say since when it has its status: no two begin on one day, the last is what holds now."""
    entry = f"FROM status_change WHERE {IN_FORCE} AND asset_id IS NOT NULL"
    for asset, start, n in sql.rows(
        f"SELECT asset_id,COALESCE(from_date,''),COUNT(*) {entry} GROUP BY asset_id,COALESCE(from_date,'') "
        "HAVING COUNT(*)>1 ORDER BY 1,2"
    ):
        said = f"{start} 起" if start else "最早"
        yield Invariant("status_overlap", "asset", asset, f"{said}登记了 {n} 种状态，请更正或撤掉记错的")
    for row, start in sql.rows(f"SELECT id,from_date {entry} AND from_date>? ORDER BY id", (on,)):
        yield Invariant("status_ahead", "status_change", row, f"状态从 {start} 起，这一天还没到，请更正")
    last = (
        "SELECT e.asset_id,e.status,COALESCE(e.from_date,'') AS start,ROW_NUMBER() OVER (PARTITION BY e.asset_id "
        "ORDER BY COALESCE(e.from_date,'') DESC,e.id DESC) AS place "
        f"FROM (SELECT id,asset_id,status,from_date {entry}) e"
    )
    for asset, now, said, start in sql.rows(
        f"SELECT a.id,a.status,l.status,l.start FROM ({last}) l JOIN asset a ON a.id=l.asset_id WHERE l.place=1 "
        "AND a.removed=0 AND a.canonical_id IS NULL AND COALESCE(a.status,'')<>COALESCE(l.status,'') ORDER BY a.id"
    ):
        words = [word("asset_status", code) or "未填" for code in (now, said)]
        since = f"{start} 起" if start else "一直"
        told = f"现在的状态是{words[0]}，状态经过里{since}是{words[1]}，请改成一致"
        yield Invariant("status_differs", "asset", asset, told)


def _natures(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-03: the level of ownership fits what kind of holder it is."""
    for party, kind, level in sql.rows(
        f"SELECT id,kind,ownership_level FROM party WHERE {LIVE} AND kind IS NOT NULL AND ownership_level IS NOT NULL "
        "AND id IN (SELECT s.party_id FROM right_share s JOIN \"right\" r ON r.id=s.right_id WHERE r.removed=0 "
        "AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 AND r.kind='ownership') ORDER BY id"
    ):
        fitting = LEVELS_OF_KIND.get(kind)
        if fitting and level not in (*fitting, "joint", "undetermined"):
            who = words("party", "kind", kind)
            said = f"权属性质写的是“{word('ownership_level', level)}”，权利人却是{who}，请改正一处"
            yield Invariant("owner_nature", "party", party, said)


def _units(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-02: an original value that looks as if 元 had been typed where 万元 was asked."""
    classes: dict[str, list[tuple[int, str]]] = {}
    for asset, category, fen in sql.rows(
        f"SELECT id,COALESCE(category,''),original_value_fen FROM asset WHERE {LIVE} AND original_value_fen>0 "
        "ORDER BY id"
    ):
        classes.setdefault(category, []).append((int(fen), asset))
    for found in classes.values():
        if len(found) < FEWEST_FOR_MEDIAN:
            continue
        usual = median(fen for fen, _ in found)
        for fen, asset in found:
            if fen >= OUTLIER * usual and fen >= 1_000 * WAN_FEN and not fen % WAN_FEN:
                said = (
                    f"原始价值 {format_yuan(fen)} 元，是同类资产中位数的 {OUTLIER} 倍以上，"
                    "请核对是不是把元填成了万元"
                )
                yield Invariant("value_unit", "asset", asset, said, "warning")


def _contracts(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-AS-04: what is let, contracted, invested or entrusted has a contract, and it has not run out while 正常."""
    modes = merged("operation_mode", county_items(sql).get("operation_mode", ()))
    needing = sorted(i.code for i in modes if i.more.get("needs_contract") == "1")
    marks = ",".join("?" * len(needing))
    for asset, mode, status, no, own_end, text, contracts, open_ended, last in sql.rows(
        "SELECT a.id,a.operation_mode,COALESCE(a.status,'normal'),a.contract_no,a.contract_end,"
        "COALESCE(a.contract_text,a.contract_start),COUNT(c.id),"
        "SUM(CASE WHEN c.state='active' AND c.term_end IS NULL THEN 1 ELSE 0 END),"
        "MAX(CASE WHEN c.state='terminated' THEN COALESCE(c.ended_date,c.term_end) ELSE c.term_end END) "
        "FROM asset a LEFT JOIN contract_asset x ON x.asset_id=a.id LEFT JOIN contract c ON c.id=x.contract_id "
        "AND c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'draft') IN ('active','ended','terminated') "
        f"WHERE a.removed=0 AND a.canonical_id IS NULL AND a.operation_mode IN ({marks}) "
        "AND COALESCE(a.status,'normal') NOT IN ('disposed','disposing','building') "
        "GROUP BY a.id,a.operation_mode,a.status,a.contract_no,a.contract_end,a.contract_text,a.contract_start "
        "ORDER BY a.id",
        needing,
    ):
        how = word("operation_mode", mode)
        if not contracts and not no and not own_end and not text:
            yield Invariant("contract_missing", "asset", asset, f"运营方式是{how}，没有登记合同", "warning")
            continue
        end = max(filter(None, (own_end, last)), default="")
        if status == "normal" and end and end < on and not open_ended:
            said = f"运营方式是{how}，合同 {end} 已到期，资产状态仍是正常，请核实是否续签"
            yield Invariant("contract_expired", "asset", asset, said, "warning")


def _use(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-AS-05: what is idle or damaged brings nothing this year; what is used and should bring something once did."""
    year = int(on[:4])
    kinds, unused = ",".join(f"'{k}'" for k in EARNED), ",".join(f"'{s}'" for s in UNUSED)
    received = {
        asset: int(fen)
        for asset, fen in sql.rows(
            f"SELECT r.asset_id,SUM(r.amount_fen) FROM receipt r WHERE r.removed=0 AND r.canonical_id IS NULL "
            f"AND r.kind IN ({kinds}) AND r.income_year=? AND r.on_date LIKE ? AND r.asset_id IS NOT NULL "
            "GROUP BY r.asset_id",
            (year, f"{year}-%"),
        )
    }
    for asset, status, stated, stated_year in sql.rows(
        f"SELECT id,status,actual_income_fen,actual_income_year FROM asset WHERE {LIVE} AND status IN ({unused}) "
        "ORDER BY id"
    ):
        fen = received.get(asset, 0) or (int(stated or 0) if stated_year in (None, year) else 0)
        if fen > 0:
            said = f"状态是{word('asset_status', status)}，今年却有收益 {format_yuan(fen)} 元，请核实状态"
            yield Invariant("idle_with_income", "asset", asset, said, "warning")
    for (asset,) in sql.rows(
        "SELECT a.id FROM asset a WHERE a.removed=0 AND a.canonical_id IS NULL AND a.status='normal' "
        "AND a.category='operating' AND COALESCE(a.actual_income_fen,0)<=0 AND a.id IN (SELECT asset_id FROM "
        f"asset_income WHERE {LIVE} AND year<? AND expected_fen>0) AND NOT EXISTS (SELECT 1 FROM receipt r WHERE "
        "r.asset_id=a.id AND r.removed=0 AND r.canonical_id IS NULL AND r.amount_fen>0) ORDER BY a.id",
        (year,),
    ):
        said = "状态是正常，往年有预期收益，却从没有登记过收益，请核实"
        yield Invariant("normal_without_income", "asset", asset, said, "warning")


def _duplicates(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-06: the same village, name (blanks aside), amount and year; two numbers given by hand tell them apart."""
    seen: dict[tuple[str, str, int, str], str] = {}
    for asset, number, name, village, fen, project_year, built in sql.stream(
        f"SELECT id,COALESCE(asset_no,''),name,division_code,original_value_fen,project_year,built_date FROM asset "
        f"WHERE {LIVE} AND name IS NOT NULL AND division_code IS NOT NULL AND original_value_fen>0 ORDER BY id"
    ):
        year = str(project_year or str(built or "")[:4])
        key = (str(village), "".join(str(name).split()), int(fen), year)
        if key not in seen:
            seen[key] = number
        elif not (number and seen[key] and number != seen[key]):
            said = "与另一项资产同村、同名、同年、同金额，请核实是否重复登记"
            yield Invariant("asset_twice", "asset", asset, said, "warning")


def _disposed(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-07: disposed of without a record (with rights still open it is `disposed_with_rights`)."""
    for (asset,) in sql.rows(
        f"SELECT id FROM asset WHERE {LIVE} AND status='disposed' AND id NOT IN (SELECT asset_id FROM disposal WHERE "
        f"{LIVE} AND state='written_off' AND asset_id IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM \"right\" r "
        "WHERE r.asset_id=asset.id AND r.valid_to IS NULL AND COALESCE(r.withdrawn,0)=0 AND r.removed=0 "
        "AND r.canonical_id IS NULL) ORDER BY id"
    ):
        said = "状态是已处置，没有审批、评估和收入去向的处置记录，请补办处置"
        yield Invariant("disposed_without_record", "asset", asset, said)


def _disposals(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-07: what was written off has its approval, the appraisal its type needs, and a price where it was sold."""
    columns = ("approval_level", "approval_doc_no", "appraised_fen", "proceeds_fen", "write_off_date", "decision_id")
    for row, kind, *values in sql.rows(
        f"SELECT id,kind,{','.join(columns)} FROM disposal WHERE {LIVE} AND state='written_off' ORDER BY id"
    ):
        needed = [c for c in columns if c not in ("appraised_fen", "proceeds_fen")]
        needed += ["appraised_fen"] if needs_appraisal(kind) else []
        needed += ["proceeds_fen"] if kind in TRADED else []
        given = dict(zip(columns, values, strict=True))
        missing = [label("disposal", c).removesuffix("（元）") for c in needed if given[c] in (None, "")]
        if missing:
            yield Invariant("disposal_incomplete", "disposal", row, f"已核销，没有填{'、'.join(missing)}")


def _places(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-08: the place is a division of the register."""
    for table in ("asset", "household"):
        for row, code in sql.rows(
            f"SELECT t.id,t.division_code FROM {table} t LEFT JOIN division d ON d.code=t.division_code "
            "AND d.removed=0 WHERE t.removed=0 AND t.canonical_id IS NULL AND d.id IS NULL ORDER BY t.id"
        ):
            said = f"区划代码 {code} 不在本册的区划表中，请核对村名" if code else "没有填所在的村，请补填"
            yield Invariant("place_unknown", table, row, said, "warning")


def _interests(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-AS-11: an official or his kin as lessee, or among the recipients of a plan that is not over."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for hint in interest_hints(sql):
        counted = counts.setdefault((hint.table, hint.row_id), {})
        counted[hint.how] = counted.get(hint.how, 0) + 1
    over = {
        i for i, state in sql.in_chunks(
            "SELECT id,COALESCE(state,'draft') FROM distribution WHERE id IN (*)",
            [row for table, row in counts if table == "distribution"],
        ) if state in ("closed", "dropped", "reversed", "reversal")
    }  # fmt: skip
    for (table, row), counted in counts.items():
        if row in over:
            continue
        hows = "、".join(HOWS[how] for how in counted)
        number = sum(counted.values())
        who = "承租（承包）方" if table == "contract" else f"领款对象中有 {number} 个"
        yield Invariant("interest", table, row, f"{who}与村镇干部{hows}，请核实有没有利益冲突", "warning")


def _public_words(sql: Sql, _on: str) -> Iterator[Invariant]:
    """R-NT-01: what hangs on a board carries no number of a person, no account and nothing of health."""
    columns = (*FIELDS, "body_columns")
    for notice, *values in sql.rows(
        f"SELECT id,{','.join(columns)} FROM notice WHERE {LIVE} AND state='running' ORDER BY id"
    ):
        hung = sql.column("SELECT place FROM notice_place WHERE notice_id=? ORDER BY position", (notice,))
        places = [[place] for place in hung]
        doubts = doubts_of(sql, {**dict(zip(columns, values, strict=True)), "places": places})
        if doubts:
            more = f"等 {len(doubts)} 处" if len(doubts) > 1 else ""
            yield Invariant("notice_privacy", "notice", notice, f"正在公示，{doubts[0].sentence}{more}，请撤下改正")


PIECES: tuple[Callable[[Sql, str], Iterable[Invariant]], ...] = (
    _owners, _statuses, _natures, _units, _contracts, _use, _duplicates, _disposed, _disposals, _places, _interests,
    _public_words,
)  # fmt: skip
"""The rules in pieces: each is asked of the register by itself, as of a day."""
