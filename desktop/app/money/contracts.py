"""Contracts for window and command line: made by hand or from the ledger, scheduled by a rule, renewed, shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from desktop.app.records.editing import complete_place, new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.asset_income import IncomeYear, income_years
from desktop.insight.contract_book import ContractLine, account_of, contract_lines
from desktop.insight.interest_conflicts import HOWS, InterestHint, interest_hints, party_hint
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.contract_procedure import sum_difference
from desktop.registry.lessor import lessor_on, lessors_of_row
from desktop.registry.receivables import Account
from desktop.registry.rent_schedule import RentRule, rent_dues, rule_from
from desktop.store.database import Sql
from desktop.store.register import WriteScope

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class SchedulePreview:
    """A schedule before it is kept: its dues, their sum, and how it differs from a fixed contract sum, 分."""

    dues: tuple[tuple[str, int], ...]
    total_fen: int
    difference_fen: int


def preview_schedule(
    rule: RentRule, term_start: str, term_end: str, mode: str | None = None, amount_fen: int | None = None
) -> SchedulePreview:
    """What a rule makes of a term. Raises InputRefused as `rent_dues`."""
    dues = tuple(rent_dues(rule, term_start, term_end))
    lines = [{"amount_fen": fen} for _, fen in dues]
    return SchedulePreview(dues, sum(fen for _, fen in dues), sum_difference(mode, amount_fen, lines))


def new_contract(ws: Workspace, values: Mapping[str, Any], rule: RentRule | None = None, reason: str = "") -> str:
    """Add a draft contract; with a rule its schedule is made, and its sum filled in when none was given.

    The place follows from the first asset when it is left out. Raises as `editing.new_record`.
    """
    return new_record(ws, "contract", _with_schedule(ws, values, rule), reason)


def _with_schedule(ws: Workspace, values: Mapping[str, Any], rule: RentRule | None) -> dict[str, Any]:
    out = dict(values)
    if rule is not None:
        if not out.get("term_start") or not out.get("term_end"):
            raise InputRefused("没有填合同期限，不能生成应收计划；没有保存。")
        out.update(schedule_values(rule, str(out["term_start"]), str(out["term_end"])))
        if out.get("amount_fen") in (None, "") and out.get("mode") in ("lease", "contract"):
            out["amount_fen"] = sum(line[1] for line in out["rent_dues"])
    first = _first_asset(out.get("assets"))
    if first and not out.get("division_code"):
        with ws.register.reading() as sql:
            out["division_code"] = sql.scalar("SELECT division_code FROM asset WHERE id=?", (first,))
    return out


def schedule_values(rule: RentRule, term_start: str, term_end: str) -> dict[str, Any]:
    """`rent_rule` and `rent_dues` as a contract stores them."""
    dues = rent_dues(rule, term_start, term_end)
    return {"rent_rule": rule.to_json(), "rent_dues": [[on, fen, None] for on, fen in dues]}


def make_schedule(ws: Workspace, contract_id: str, rule: RentRule) -> SchedulePreview:
    """Replace a draft's schedule by what a rule makes. Raises InputRefused when the contract is in force already."""
    record = open_record(ws, "contract", contract_id)
    start, end = record.values.get("term_start"), record.values.get("term_end")
    if not start or not end:
        raise InputRefused("合同没有填期限，没有生成计划。")
    save_record(ws, record, schedule_values(rule, str(start), str(end)), "生成应收计划")
    return preview_schedule(rule, str(start), str(end), record.values.get("mode"), record.values.get("amount_fen"))


def _first_asset(lines: Any) -> str | None:
    for line in lines or ():
        found = line.get("asset_id") if isinstance(line, Mapping) else line[0]
        if found:
            return str(found)
    return None


# --- from the ledger --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LedgerContract:
    """What an asset's ledger columns say of its contract, as values of a draft, with what is missing in words."""

    values: Mapping[str, Any]
    rule: RentRule | None
    missing: tuple[str, ...]


def ledger_contract(ws: Workspace, asset_id: str) -> LedgerContract | None:
    """The draft that an asset's ledger columns offer; None when they say nothing or a contract is there already.

    The lessor is the owner, the operator the holder of the right of use who is not the owner, the rent the yearly
    income the ledger expects, due on the first day of each year of the term.
    """
    with ws.register.reading() as sql:
        return _ledger_contract(sql, asset_id)


def _ledger_contract(sql: Sql, asset_id: str) -> LedgerContract | None:
    columns = (
        "contract_no", "contract_start", "contract_end", "contract_text", "operation_mode", "expected_income_fen",
        "division_code", "division_id",
    )  # fmt: skip
    row = sql.one(f"SELECT {','.join(columns)} FROM asset WHERE id=? AND {LIVE}", (asset_id,))
    if row is None:
        raise UsageError("没有这项资产，可能已被移除或撤回。")
    asset = dict(zip(columns, row, strict=True))
    if not any(asset[c] for c in columns[:4]):
        return None
    there = sql.scalar(
        "SELECT COUNT(*) FROM contract_asset x JOIN contract c ON c.id=x.contract_id WHERE x.asset_id=? "
        "AND c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'draft')<>'cancelled'",
        (asset_id,),
    )
    if there:
        return None
    held = sql.rows(
        "SELECT r.kind,s.party_id FROM \"right\" r JOIN right_share s ON s.right_id=r.id WHERE r.asset_id=? "
        "AND r.kind IN ('ownership','operation') AND r.removed=0 AND r.canonical_id IS NULL "
        "AND COALESCE(r.withdrawn,0)=0 AND r.valid_to IS NULL ORDER BY r.kind DESC,s.numerator DESC,s.position",
        (asset_id,),
    )
    owners = [party for kind, party in held if kind == "ownership"]
    operator = next((party for kind, party in held if kind == "operation" and party not in owners), None)
    mode = asset["operation_mode"] if asset["operation_mode"] not in ("self", "idle") else None
    values = {
        "contract_no": asset["contract_no"], "mode": mode or "lease", "lessor_party_id": owners[0] if owners else None,
        "operator_party_id": operator, "division_code": asset["division_code"], "division_id": asset["division_id"],
        "term_start": asset["contract_start"], "term_end": asset["contract_end"], "assets": [[asset_id]],
        "note": asset["contract_text"],
    }  # fmt: skip
    rule = None
    if asset["expected_income_fen"] and asset["contract_start"] and asset["contract_end"]:
        rule = RentRule("year", asset["contract_start"], amount_fen=int(asset["expected_income_fen"]))
    words = {
        "contract_no": "合同编号", "lessor_party_id": "出租（发包）方", "operator_party_id": "经营方",
        "term_start": "开始日期", "term_end": "到期日期",
    }  # fmt: skip
    missing = [name for column, name in words.items() if not values[column]]
    if rule is None:
        missing.append("应收计划")
    return LedgerContract({k: v for k, v in values.items() if v}, rule, tuple(missing))


def contract_from_ledger(ws: Workspace, asset_id: str) -> tuple[str, tuple[str, ...]]:
    """Make the draft that the ledger offers: its id and what is still missing. InputRefused when it offers nothing."""
    offered = ledger_contract(ws, asset_id)
    if offered is None:
        raise InputRefused("台账上没有合同信息，或已有合同；没有新建。")
    return new_contract(ws, offered.values, offered.rule, "由台账登记合同"), offered.missing


# --- renewal ----------------------------------------------------------------------------------------------------------


def renewal_values(
    ws: Workspace, contract_id: str, until: str, *, growth_percent: str = "0"
) -> tuple[dict[str, Any], RentRule | None]:
    """The draft that renews a contract to a day: the same parties and assets, from the day after its last.

    The rule starts anew with the rent last reached, grown once by `growth_percent`. Raises InputRefused, UsageError.
    """
    row = ws.register.row("contract", contract_id)
    if row is None or row.get("removed"):
        raise UsageError("没有这份合同，可能已被移除或撤回。")
    last = row.get("ended_date") if row.get("state") == "terminated" else row.get("term_end")
    if not last:
        raise InputRefused("原合同没有到期日，不能续签；没有新建。")
    start = (date.fromisoformat(str(last)) + timedelta(days=1)).isoformat()
    try:
        until = date.fromisoformat(until).isoformat()
    except ValueError:
        raise UsageError(f"“{until}”不是日期，应写作 2025-06-30。") from None
    if until < start:
        raise InputRefused(f"续签的到期日应在 {start} 之后；没有新建。")
    kept = ("mode", "lessor_party_id", "operator_party_id", "division_id", "division_code", "purpose", "assets")
    values = {c: row[c] for c in kept if row.get(c)} | {
        "term_start": start, "term_end": until, "renewal_of": contract_id,
        "lessor_party_id": lessor_on(lessors_of_row(row), start).party,
    }  # fmt: skip
    old = rule_from(str(row["rent_rule"])) if row.get("rent_rule") else None
    dues = row.get("rent_dues")
    if old is None or not isinstance(dues, list) or not dues:
        return values, None
    reached = [d for d in dues if str(d["due_date"] or "") <= str(last)] or dues
    fen = max(int(d["amount_fen"] or 0) for d in reached[-2:])  # a shorter last period does not count
    offset = date.fromisoformat(old.first_due) - date.fromisoformat(str(row.get("term_start") or old.first_due))
    first = (date.fromisoformat(start) + offset).isoformat()
    return values, _grown(RentRule(old.period, first, fen, None, old.growth_percent, old.growth_every), growth_percent)


def _grown(rule: RentRule, percent: str) -> RentRule:
    """The rule with its first amount grown once, half up to the 分."""
    checked = rule_from({**vars(rule), "growth_percent": percent, "growth_every": 1})
    _, second = rent_dues(RentRule("year", "2000-01-01", amount_fen=rule.amount_fen,
                                   growth_percent=checked.growth_percent), "2000-01-01", "2001-12-31")  # fmt: skip
    return RentRule(rule.period, rule.first_due, second[1], None, rule.growth_percent, rule.growth_every)


def renew(
    ws: Workspace, contract_id: str, until: str, *, contract_no: str = "", growth_percent: str = "0"
) -> str:
    """Make the draft of a renewal; its id. It comes into force by its own step."""
    values, rule = renewal_values(ws, contract_id, until, growth_percent=growth_percent)
    with ws.register.reading() as sql:
        if sql.scalar(f"SELECT COUNT(*) FROM contract WHERE renewal_of=? AND {LIVE} "
                      "AND COALESCE(state,'draft')<>'cancelled'", (contract_id,)):  # fmt: skip
            raise InputRefused("这份合同已经有续签的合同；没有新建。")
    if contract_no:
        values["contract_no"] = contract_no
    return new_contract(ws, values, rule, "续签合同")


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReceiptLine:
    """A receipt under a contract or an asset, newest first; 分."""

    id: str
    on: str
    kind: str
    amount_fen: int
    payer: str
    voucher_no: str
    income_year: int | None
    note: str
    reversal_of: str | None
    reversed: bool
    contract_no: str
    refund_of: str | None = None
    refunded_fen: int = 0
    """What of it went back."""
    refundable: bool = False
    """Whether its kind can be refunded at all; how much, `refunds` says."""


@dataclass(frozen=True)
class ContractDetail:
    """A contract in full, as of a day."""

    line: ContractLine
    values: Mapping[str, Any]
    account: Account
    receipts: tuple[ReceiptLine, ...]
    assets: tuple[tuple[str, str, str], ...]
    """(asset, name, part)."""
    renewal_of_no: str
    renewed_by: tuple[tuple[str, str], ...]
    """(contract, number)."""
    decision: str
    hint: str
    """A hint at a conflict of interest, in words; "" for none."""


def contract_detail(ws: Workspace, contract_id: str, day: str) -> ContractDetail | None:
    """Everything the window shows of a contract; None when it is not (or no longer) there."""
    values = ws.register.row("contract", contract_id)
    with ws.register.reading() as sql:
        lines = contract_lines(sql, day, [contract_id])
        account = account_of(sql, contract_id, day)
        if values is None or not lines or account is None:
            return None
        assets = tuple(
            (asset or "", name or "", part or "")
            for asset, name, part in sql.rows(
                "SELECT c.asset_id,a.name,c.part FROM contract_asset c LEFT JOIN asset a ON a.id=c.asset_id "
                "WHERE c.contract_id=? ORDER BY c.position",
                (contract_id,),
            )
        )
        before = sql.scalar("SELECT contract_no FROM contract WHERE id=?", (values.get("renewal_of"),))
        after = sql.rows(f"SELECT id,contract_no FROM contract WHERE renewal_of=? AND {LIVE}", (contract_id,))
        decision = sql.scalar("SELECT title FROM decision WHERE id=?", (values.get("decision_id"),))
        hint = _interest(sql, values.get("operator_party_id"))
        return ContractDetail(
            lines[0], values, account, receipt_lines(sql, contract_id=contract_id), assets, before or "",
            tuple((i, no or "") for i, no in after), decision or "",
            hint,
        )  # fmt: skip


def interest_words(ws: Workspace, party_id: str) -> str:
    """The hint at a conflict of interest for a party as operator, in words; "" for none."""
    with ws.register.reading() as sql:
        return _interest(sql, party_id)


def _interest(sql: Sql, party_id: Any) -> str:
    hint = party_hint(sql, str(party_id)) if party_id else None
    return f"经营方与镇村干部{hint.official}{HOWS[hint.how]}，请核实是否回避" if hint else ""


def receipt_lines(sql: Sql, *, contract_id: str | None = None, asset_id: str | None = None) -> tuple[ReceiptLine, ...]:
    """Receipts of a contract or an asset, newest first."""
    column, value = ("contract_id", contract_id) if contract_id else ("asset_id", asset_id)
    rows = sql.rows(
        "SELECT r.id,r.on_date,r.kind,r.amount_fen,r.payer,r.voucher_no,r.income_year,r.note,r.reversal_of,"
        f"c.contract_no,r.refund_of FROM receipt r LEFT JOIN contract c ON c.id=r.contract_id WHERE r.{column}=? "
        "AND r.removed=0 AND r.canonical_id IS NULL ORDER BY r.on_date DESC,r.id DESC",
        (value,),
    )
    reversed_ids = {r[8] for r in rows if r[8]}
    back: dict[str, int] = {}
    for r in rows:
        if r[10]:
            back[r[10]] = back.get(r[10], 0) - int(r[3] or 0)
    return tuple(
        ReceiptLine(i, on or "", word("receipt_kind", kind), int(fen or 0), payer or "", no or "", year, note or "",
                    reverses, i in reversed_ids, contract or "", refunds, back.get(i, 0),
                    kind not in ("deposit", "deposit_return") and int(fen or 0) > 0)
        for i, on, kind, fen, payer, no, year, note, reverses, contract, refunds in rows
    )  # fmt: skip


# --- for the dialog ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ContractChoices:
    """What a contract may name: parties and operating assets, as (id, words)."""

    parties: tuple[tuple[str, str], ...]
    assets: tuple[tuple[str, str], ...]


def contract_choices(ws: Workspace) -> ContractChoices:
    """All parties by name, and all assets but those of households, by name and number."""
    with ws.register.reading() as sql:
        parties = sql.rows(f"SELECT id,name FROM party WHERE {LIVE} AND name IS NOT NULL ORDER BY name,id")
        assets = sql.rows(
            f"SELECT id,name,asset_no FROM asset WHERE {LIVE} AND COALESCE(category,'')<>'household' "
            "AND name IS NOT NULL ORDER BY CASE WHEN category='operating' THEN 0 ELSE 1 END,name,id LIMIT 5000"
        )
    return ContractChoices(
        tuple((i, name) for i, name in parties),
        tuple((i, f"{name}（{no}）" if no else name) for i, name, no in assets),
    )  # fmt: skip


def new_contract_with_parties(
    ws: Workspace, values: Mapping[str, Any], parties: Mapping[str, tuple[str | None, str]], rule: RentRule | None
) -> str:
    """A draft whose parties are chosen (id, "") or named anew (None, name): those are made with it, as enterprises.

    One unit of work. Raises as `editing.new_record`.
    """
    cleaned = clean_values(ws.register.table("contract"), _with_schedule(ws, values, rule))
    complete_place(ws, "contract", cleaned)
    with ws.write("登记合同", table="contract") as scope:
        made = scope.insert("contract", {**cleaned, **_party_ids(scope, parties)})
    return str(made)


def change_draft(
    ws: Workspace,
    contract_id: str,
    values: Mapping[str, Any],
    parties: Mapping[str, tuple[str | None, str]],
    rule: RentRule | None,
) -> str:
    """A draft as the dialog left it, its schedule made anew by the rule. InputRefused once it is in force."""
    row = ws.register.row("contract", contract_id) or {}
    if (row.get("state") or "draft") != "draft":
        raise InputRefused("合同已经生效，不能再改；没有保存。", hint="需要改的，先退回修改。")
    changed = _with_schedule(ws, values, rule)
    if rule is None:
        changed |= {"rent_rule": None, "rent_dues": []}
    cleaned = clean_values(ws.register.table("contract"), changed)
    complete_place(ws, "contract", cleaned)
    with ws.write("修改合同", table="contract") as scope:
        scope.change("contract", contract_id, {**cleaned, **_party_ids(scope, parties)})
    return contract_id


def _party_ids(scope: WriteScope, parties: Mapping[str, tuple[str | None, str]]) -> dict[str, str | None]:
    """Column → party; those named anew are made, one for each name."""
    made: dict[str, str] = {}
    out: dict[str, str | None] = {}
    for column, (known, name) in parties.items():
        if not known and name and name not in made:
            made[name] = scope.insert("party", {"kind": "enterprise", "name": name})
        out[column] = known or made.get(name)
    return out


# --- of one asset -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkLine:
    """A household linked with an asset or project; what it brings a year in 分."""

    id: str
    head: str
    village: str
    mode: str
    since: str
    until: str
    jobs: int
    yearly_fen: int | None


@dataclass(frozen=True)
class AssetOperation:
    """How an asset is run: its contracts, its income by year, the households linked with it, what the ledger offers."""

    contracts: tuple[ContractLine, ...]
    income: tuple[IncomeYear, ...]
    links: tuple[LinkLine, ...]
    linked_households: int
    linked_jobs: int
    offer: LedgerContract | None


def asset_operation(ws: Workspace, asset_id: str, day: str) -> AssetOperation:
    """Everything 经营 shows of an asset, as of a day."""
    with ws.register.reading() as sql:
        ids = sql.column("SELECT DISTINCT contract_id FROM contract_asset WHERE asset_id=?", (asset_id,))
        lines = contract_lines(sql, day, ids)
        links = link_lines(sql, "asset_id", asset_id)
        live = [link for link in links if link.since <= day and (not link.until or day <= link.until)]
        return AssetOperation(
            tuple(sorted(lines, key=lambda line: line.term_start or "", reverse=True)),
            tuple(income_years(sql, asset_id, until=day)), links, len({(x.head, x.village) for x in live}),
            sum(x.jobs for x in live), _ledger_contract(sql, asset_id),
        )  # fmt: skip


def link_lines(sql: Sql, column: str, subject: str) -> tuple[LinkLine, ...]:
    """Households linked with an asset (`asset_id`) or a project (`project_id`), by village and name."""
    assert column in ("asset_id", "project_id")
    rows = sql.rows(
        "SELECT l.id,h.head_name,COALESCE(d.short_name,d.name),l.mode,l.since_date,l.until_date,l.jobs,l.yearly_fen "
        "FROM linkage l LEFT JOIN household h ON h.id=l.household_id LEFT JOIN division d ON d.id=h.division_id "
        f"WHERE l.{column}=? AND l.removed=0 AND l.canonical_id IS NULL ORDER BY h.division_code,h.head_name,l.id",
        (subject,),
    )
    return tuple(
        LinkLine(i, head or "", village or "", word("linkage_mode", mode), start or "", end or "", int(jobs or 0), fen)
        for i, head, village, mode, start, end, jobs, fen in rows
    )


def household_choices(ws: Workspace, division_code: str = "") -> list[tuple[str, str]]:
    """(words, id) of the households of a village (of all when it is empty), by name; at most 3,000."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT h.id,h.head_name,COALESCE(d.short_name,d.name),h.group_name FROM household h LEFT JOIN division d "
            "ON d.id=h.division_id WHERE h.removed=0 AND h.canonical_id IS NULL "
            "AND COALESCE(h.division_code,'') LIKE ? "
            "ORDER BY h.head_name,h.id LIMIT 3000",
            (division_code + "%",),
        )
    return [(" ".join(w for w in (head, village, group) if w), i) for i, head, village, group in rows if head]


def contract_hints(ws: Workspace, contract: str) -> list[InterestHint]:
    """Hints that whoever runs a contract is, or lives with, an official of the county's list; nothing is barred."""
    with ws.register.reading() as sql:
        return [h for h in interest_hints(sql) if h.table == "contract" and h.row_id == contract]
