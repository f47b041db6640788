"""A contract goes on when its asset changes hands: the new owner succeeds as lessor, each has the rents of his days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from desktop.app.assets.ownership import ShareOf, change_shares
from desktop.app.cases.procedures import take_step
from desktop.app.distribution.distributing import new_plan, take_receipts
from desktop.app.distribution.distribution_view import plan_view, undistributed
from desktop.app.keeping.self_check import check_register
from desktop.app.money.contracts import contract_detail, new_contract, renewal_values
from desktop.app.money.ledger_papers import LEDGERS, LedgerChoice, ledger_pdf
from desktop.app.money.lessors import change_lessor, receivables_by_lessor, take_back_lessor
from desktop.app.money.money_books import contracts
from desktop.app.money.refunds import refund_receipt
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.asset_money_checks import asset_money_problems
from desktop.insight.lessor_book import owners_of_receipts
from desktop.registry.rent_schedule import RentRule
from tests.app.cases.assets_for_cases import COLLECTIVE, TOWN_COMPANY, add_party, add_photo
from tests.app.cases.test_disposal_exchange import approved, machines
from tests.app.conftest import Said
from tests.app.money.books import VILLAGE, register_at
from tests.app.money.test_contracts import leased

DAY = "2025-07-01"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def shop_of(ws: Workspace, lease: str) -> str:
    with ws.register.reading() as sql:
        return str(sql.scalar("SELECT asset_id FROM contract_asset WHERE contract_id=?", (lease,)))


def owned_by(ws: Workspace, asset: str, parties: dict[str, Fraction], start: str = DAY) -> str:
    """Ownership passes on; the unit of work."""
    detail = asset_detail(ws, asset)
    assert detail is not None
    (old,) = [r for r in detail.rights if r.kind == "ownership" and not r.valid_to]
    shares = [ShareOf(party, "", share) for party, share in parties.items()]
    return change_shares(ws, asset, "ownership", shares, start=start, source_doc="划转批复", old=old).unit_id


def lessors(ws: Workspace, lease: str, day: str = "2026-01-15") -> list[tuple[str, str]]:
    detail = contract_detail(ws, lease, day)
    assert detail is not None
    return [(since, name) for since, name, _paper in detail.line.lessors]


def test_the_new_owner_succeeds_and_each_has_his_own_rents(ws: Workspace, tmp_path: Path) -> None:
    lease = leased(ws)
    first = "双水村股份经济联合社双租〔2024〕1号"
    town = add_party(ws, "双水镇资产公司", "enterprise", "state_town")
    unit = owned_by(ws, shop_of(ws, lease), {town: Fraction(1)})
    assert lessors(ws, lease) == [("", first), (DAY, "双水镇资产公司")]
    row = ws.register.row("contract", lease)
    assert row is not None and row["lessors"] == [{"from_date": DAY, "party_id": town, "source_doc": "划转批复"}]
    # 12,000 元 fell due on 10 January 2024, 2025 and 2026: the last is the new owner's
    paid = new_record(ws, "receipt", {"contract_id": lease, "kind": "rent", "on_date": "2025-08-01",
                                      "amount_fen": 1_500_000})  # fmt: skip
    late = new_record(ws, "receipt", {"contract_id": lease, "kind": "rent", "on_date": "2026-02-01",
                                      "amount_fen": 1_000_000})  # fmt: skip
    fine = new_record(ws, "receipt", {"contract_id": lease, "kind": "penalty", "on_date": "2025-08-01",
                                      "amount_fen": 5_000})  # fmt: skip
    found = {x.name: x for x in receivables_by_lessor(ws, as_of="2026-03-01")}
    assert (found[first].due_fen, found[first].received_fen, found[first].arrears_fen) == (2_400_000, 2_400_000, 0)
    new = found["双水镇资产公司"]
    assert (new.due_fen, new.received_fen, new.arrears_fen) == (1_200_000, 100_000, 1_100_000)
    for day in ("2024-01-09", "2024-06-01", "2025-06-30", "2025-08-02", "2026-03-01"):
        lines, whole = receivables_by_lessor(ws, as_of=day), contracts(ws, as_of=day)
        assert sum(x.due_fen for x in lines) == sum(c.due_fen for c in whole)
        assert sum(x.received_fen for x in lines) == sum(c.received_fen for c in whole)
        assert sum(x.arrears_fen for x in lines) == sum(c.arrears_fen for c in whole)
        assert [sum(a) for a in zip(*(x.ages for x in lines), strict=True)] == (
            [sum(a) for a in zip(*(c.ages for c in whole), strict=True)] if lines else []
        )
    # rent of the old lessor's days that came in late is his; a penalty is whoever's it was on its day
    with ws.register.reading() as sql:
        whose = owners_of_receipts(sql, [paid, late, fine])
    names = {town: "new", str(row["lessor_party_id"]): "old"}
    assert {r: {names[p]: fen for p, fen in w.items()} for r, w in whose.items()} == {
        paid: {"old": 1_500_000}, late: {"old": 900_000, "new": 100_000}, fine: {"new": 5_000},
    }  # fmt: skip
    # contract, lists of a day, paper, renewal
    assert contracts(ws, as_of="2025-06-30")[0].lessor == first
    assert contracts(ws, as_of=DAY)[0].lessor == "双水镇资产公司"
    at = [c.name for c in LISTS["contracts"].columns].index("lessor_party_id")
    (then,) = list_rows(ws, LISTS["contracts"], ListChoice(as_of="2025-06-30"), "2026-11-28")
    (now,) = list_rows(ws, LISTS["contracts"], ListChoice(), "2026-11-28")
    assert (then.cells[at], now.cells[at]) == (first, "双水镇资产公司")
    data, rows, _pages = ledger_pdf(ws, LEDGERS["lessors"], LedgerChoice(as_of="2026-03-01"), unit="yuan")
    assert rows == 2 and data.startswith(b"%PDF")
    values, _rule = renewal_values(ws, lease, "2028-12-31")
    assert values["lessor_party_id"] == town
    with ws.register.reading() as sql:
        assert "lessor_not_owner" not in {p.rule for p in asset_money_problems(sql, "2026-03-01")}
    # distribution: the plan says that the income is of two parties
    plan = new_plan(ws, year=2026, division_code=VILLAGE)
    choices = {c.id: c for c in undistributed(ws, VILLAGE)}
    assert [name for name, _fen in choices[late].owners] == [first, "双水镇资产公司"]
    take_receipts(ws, plan, {paid: None, late: None})
    told = [p.message for p in plan_view(ws, plan).problems if p.code == "receipt_owners"]
    assert told and "24,000.00 元" in told[0] and "1,000.00 元" in told[0]
    take_back_unit(ws, unit)
    assert lessors(ws, lease) == [("", first)]


def test_what_goes_back_leaves_the_last_days_first(ws: Workspace) -> None:
    lease = leased(ws)
    town = add_party(ws, "双水镇资产公司", "enterprise", "state_town")
    owned_by(ws, shop_of(ws, lease), {town: Fraction(1)})
    paid = new_record(ws, "receipt", {"contract_id": lease, "kind": "rent", "on_date": "2025-02-01",
                                      "amount_fen": 3_000_000})  # fmt: skip
    refund_receipt(ws, paid, 200_000, "多收", on="2025-03-01")
    with ws.register.reading() as sql:
        whose = owners_of_receipts(sql, [paid])[paid]
    assert sum(whose.values()) == 2_800_000 and whose[town] == 400_000


def test_a_free_transfer_and_a_swap_change_the_lessor(ws: Workspace, tmp_path: Path) -> None:
    with ws.write("公示不在这里试", right="admin") as scope:
        scope.insert("setting", {"key": "disposal.without_notice", "value": '["swap","donate"]'})
    asset = machines(ws)
    with ws.register.reading() as sql:
        lessor = str(sql.scalar("SELECT id FROM party WHERE name=?", (COLLECTIVE,)))
    firm = add_party(ws, "仿例制衣公司", "enterprise", "enterprise")
    lease = new_contract(ws, {
        "contract_no": "租-1", "mode": "lease", "lessor_party_id": lessor, "operator_party_id": firm,
        "assets": [[asset]], "signed_date": "2023-12-20", "term_start": "2024-01-01", "term_end": "2026-12-31",
    }, RentRule("year", "2024-01-10", amount_fen=1_200_000))  # fmt: skip
    take_step(ws, "contract", lease, "activate", on="2024-01-01")
    county = add_party(ws, "样例县国有资产公司", "enterprise", "state_county")
    case = approved(ws, tmp_path, asset, "donate")
    add_photo(ws, tmp_path, "disposal", case, "signed", "移交清单.pdf")
    step = take_step(ws, "disposal", case, "hand_on", {"receiver_party_id": county}, on="2024-11-30")
    assert lessors(ws, lease) == [("", COLLECTIVE), ("2024-11-30", "样例县国有资产公司")]
    rules = {p.rule for p in check_register(ws)}
    assert not rules & {"lessor_not_owner", "lessor_without_right", "contract_beyond_right"}
    take_back_unit(ws, step.unit_id)
    assert lessors(ws, lease) == [("", COLLECTIVE)]


def test_joint_owners_and_several_assets_are_left_to_people_and_check_names_them(ws: Workspace) -> None:
    lease = leased(ws)
    shop = shop_of(ws, lease)
    town, county = (add_party(ws, n, "enterprise", "state_town") for n in ("双水镇资产公司", "样例县资产公司"))
    owned_by(ws, shop, {town: Fraction(1, 2), county: Fraction(1, 2)})
    assert len(lessors(ws, lease)) == 1
    with ws.register.reading() as sql:
        told = {p.rule: p.message for p in asset_money_problems(sql, "2026-01-15")}
        before = {p.rule for p in asset_money_problems(sql, "2025-06-01")}
    assert "还没有换，请登记接任的" in told["lessor_not_owner"] and "lessor_not_owner" not in before
    for since, doc, party, words in (
        (DAY, " ", town, "没有写依据"), ("2999-01-01", "协议", town, "还没到"), ("2024-01-01", "协议", town, "开始日"),
        (DAY, "协议", "", "没有一个单位拥有"), (DAY, "协议", "0" * 32, "不在册中"),
    ):  # fmt: skip
        with pytest.raises(InputRefused, match=words):
            change_lessor(ws, lease, since, doc, party)
    with pytest.raises(UsageError):
        change_lessor(ws, "0" * 32, DAY, "协议", town)
    with pytest.raises(InputRefused, match="不能再改|步骤"):
        save_record(ws, open_record(ws, "contract", lease), {"lessors": [[DAY, town, "协议"]]})
    change_lessor(ws, lease, DAY, "共有人协议", county)
    assert lessors(ws, lease)[1] == (DAY, "样例县资产公司")
    with pytest.raises(InputRefused, match="已经是它"):
        change_lessor(ws, lease, DAY, "共有人协议", county)
    change_lessor(ws, lease, DAY, "共有人协议二", town)  # on the same day: the other is taken the place of
    assert lessors(ws, lease)[1:] == [(DAY, "双水镇资产公司")]
    with ws.register.reading() as sql:
        assert "lessor_not_owner" not in {p.rule for p in asset_money_problems(sql, "2026-01-15")}
    with pytest.raises(InputRefused, match="没有换过"):
        take_back_lessor(ws, lease, "2025-07-02", "记错")
    take_back_lessor(ws, lease, DAY, "记错")
    assert len(lessors(ws, lease)) == 1
    change_lessor(ws, lease, "2025-01-01", "早了半年", town)
    with ws.register.reading() as sql:
        told = {p.rule: p.message for p in asset_money_problems(sql, "2026-01-15")}
    assert "核对日期" in told["lessor_not_owner"]


def test_a_greater_share_signs_and_a_lessor_who_still_owns_stays(ws: Workspace) -> None:
    lease = leased(ws)
    shop = shop_of(ws, lease)
    town, county = (add_party(ws, n, "enterprise", "state_town") for n in ("双水镇资产公司", "样例县资产公司"))
    old = str((ws.register.row("contract", lease) or {})["lessor_party_id"])
    owned_by(ws, shop, {old: Fraction(1, 3), town: Fraction(2, 3)}, "2025-01-01")
    assert len(lessors(ws, lease)) == 1
    owned_by(ws, shop, {county: Fraction(1, 3), town: Fraction(2, 3)}, DAY)
    assert lessors(ws, lease)[1:] == [(DAY, "双水镇资产公司")]


def test_the_commands(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    with register_at(tmp_path) as made:
        lease = leased(made)
        town = add_party(made, TOWN_COMPANY, "enterprise", "state_town")
        owned_by(made, shop_of(made, lease), {town: Fraction(1)})
    place = tmp_path / "册.xcr"
    said = xiangce("contract", place, "lessor", lease).out
    assert said.startswith("签订时 起\t双水村") and f"{DAY} 起\t{TOWN_COMPANY}\t划转批复" in said
    xiangce("contract", place, "lessor", lease, "--from", DAY, "--take-back", "记错")
    assert TOWN_COMPANY not in xiangce("contract", place, "lessor", lease).out
    assert "lessor_not_owner" in {p["rule"] for p in xiangce("check", place, "--json", code=None).json}
    xiangce("contract", place, "lessor", lease, "--from", DAY, code=3)
    assert TOWN_COMPANY in xiangce("contract", place, "lessor", lease, "--from", DAY, "--doc", "划转批复").out
    rows = xiangce("arrears", place, "--by-lessor", "--as-of", "2026-03-01", "--json").json
    assert {r["name"]: r["arrears_fen"] for r in rows}[TOWN_COMPANY] == 1_200_000
    assert TOWN_COMPANY in xiangce("arrears", place, "--by-lessor", "--as-of", "2026-03-01").out
    target = tmp_path / "汇总.pdf"
    xiangce("print", place, "ledger", "lessors", "-o", target, "--as-of", "2026-03-01")
    assert target.read_bytes().startswith(b"%PDF")
