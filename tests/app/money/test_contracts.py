"""Contracts from draft to end on a real register: schedules, decisions, receipts with vouchers, arrears, renewals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.keeping.self_check import check_register
from desktop.app.money.contracts import (
    contract_detail,
    contract_from_ledger,
    ledger_contract,
    make_schedule,
    new_contract,
    renew,
)
from desktop.app.money.money_books import contracts, counts_by_view
from desktop.app.money.receipts import preview_allocation, reverse_receipt
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.insight.asset_income import income_years
from desktop.registry.contract_procedure import parts_meet
from desktop.registry.rent_schedule import RentRule
from tests.app.conftest import Said
from tests.app.money.books import VILLAGE, asset, party, register_at


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def leased(ws: Workspace, no: str = "双租〔2024〕1号", *, activate: bool = True, **more: object) -> str:
    """A shop let for three years at 12,000 元 a year, due on 10 January."""
    owner = party(ws, f"双水村股份经济联合社{no}", "collective", ownership_level="collective_village")
    firm = party(ws, f"样例县虚丰商贸有限公司{no}")
    shop = asset(ws, f"圩镇商铺{no}", owner=owner, original_value_fen=30_000_000)
    made = new_contract(
        ws,
        {"contract_no": no, "mode": "lease", "lessor_party_id": owner, "operator_party_id": firm, "assets": [[shop]],
         "signed_date": "2023-12-20", "term_start": "2024-01-01", "term_end": "2026-12-31", **more},
        RentRule("year", "2024-01-10", amount_fen=1_200_000),
    )  # fmt: skip
    if activate:
        take_step(ws, "contract", made, "activate", on="2024-01-01")
    return made


def problems(ws: Workspace) -> dict[str, str]:
    """What check finds: rule → words (the last). That a lease has run out by the day of the test is nothing to find."""
    return {p.rule: p.message for p in check_register(ws) if p.rule != "contract_expired"}


def test_a_lease_with_its_rents_receipts_and_arrears(ws: Workspace) -> None:
    made = leased(ws)
    row = ws.register.row("contract", made)
    assert row is not None and row["amount_fen"] == 3_600_000 and row["division_code"] == VILLAGE
    shop = row["assets"][0]["asset_id"]  # type: ignore[index, call-overload]
    book = ws.register.row("asset", str(shop))
    assert book is not None and (book["contract_no"], book["contract_end"], book["operation_mode"]) == (
        "双租〔2024〕1号", "2026-12-31", "lease",
    )  # fmt: skip
    new_record(ws, "asset_income", {"asset_id": shop, "year": 2024, "expected_fen": 1_200_000})
    shown = preview_allocation(ws, made, "rent", 1_500_000, "2024-03-01")
    assert shown.parts == (("2024-01-10", 1_200_000, True), ("2025-01-10", 300_000, False)) and shown.advance_fen == 0
    paid = new_record(ws, "receipt", {"contract_id": made, "on_date": "2024-03-01", "amount_fen": 1_500_000,
                                      "kind": "rent", "voucher_no": "记-12"})  # fmt: skip
    kept = ws.register.row("receipt", paid)
    assert kept is not None
    assert (kept["asset_id"], kept["income_year"], kept["division_code"]) == (shop, 2024, VILLAGE)
    assert str(kept["payer"]).startswith("样例县虚丰商贸")

    detail = contract_detail(ws, made, "2025-03-01")
    assert detail is not None and detail.account.arrears == 900_000 and detail.line.oldest_days == 50
    assert detail.account.ages == (0, 900_000, 0, 0, 0) and detail.receipts[0].voucher_no == "记-12"
    (owing,) = contracts(ws, view="owing", as_of="2025-03-01")
    assert owing.id == made and owing.arrears_fen == 900_000
    assert counts_by_view(contracts(ws, as_of="2026-11-15"))["expiring"] == 1
    assert contracts(ws, view="expiring", as_of="2026-11-15")[0].remind == 60
    assert contracts(ws, view="over", as_of="2027-01-01")[0].left == -1
    assert contracts(ws, text="sygs") == contracts(ws, text="没有的") == []
    assert len(contracts(ws, text="虚丰")) == 1 and len(contracts(ws, division="440705105")) == 0
    with ws.register.reading() as sql:
        assert [(y.year, y.expected_fen) for y in income_years(sql, str(shop))][:2] == [
            (2026, 1_200_000), (2025, 1_200_000),
        ]  # fmt: skip  (nothing was stated: what falls due)
        (year,) = income_years(sql, str(shop), until="2024-12-31")
        assert (year.expected_fen, year.received_fen, year.short_fen) == (1_200_000, 1_500_000, -300_000)
        lines = sql.rows("SELECT account,amount_fen FROM voucher_line ORDER BY position")
    assert lines == [("bank", 1_500_000), ("operating_income", -1_500_000)]
    assert problems(ws) == {}

    with pytest.raises(InputRefused, match="不能再改|已记账|已经记账"):
        save_record(ws, open_record(ws, "receipt", paid), {"amount_fen": 1})
    with pytest.raises(InputRefused, match="冲销|不能移除|不能再改"):
        remove_record(ws, open_record(ws, "receipt", paid))
    save_record(ws, open_record(ws, "receipt", paid), {"voucher_no": "记-13"})
    with pytest.raises(InputRefused, match="没有写冲销原因"):
        reverse_receipt(ws, paid, " ", "2024-04-01")
    back = reverse_receipt(ws, paid, "金额记错", "2024-04-01")
    with pytest.raises(InputRefused, match="已经冲销过"):
        reverse_receipt(ws, paid, "再来", "2024-04-01")
    with pytest.raises(InputRefused, match="本身就是冲销"):
        reverse_receipt(ws, back, "再来", "2024-04-01")
    after = contract_detail(ws, made, "2025-03-01")
    assert after is not None and after.account.arrears == 2_400_000
    assert [(r.reversed, bool(r.reversal_of)) for r in after.receipts] == [(False, True), (True, False)]
    assert problems(ws) == {}


def test_what_a_receipt_needs(ws: Workspace) -> None:
    with pytest.raises(InputRefused, match="没有选款项；没有填收款日期；收款金额应大于零.*没有选合同或资产"):
        new_record(ws, "receipt", {"amount_fen": 0})
    made = leased(ws, term_end="2025-12-31")
    other = asset(ws, "别的铺面")
    with pytest.raises(InputRefused, match="不在这份合同里"):
        new_record(ws, "receipt", {"contract_id": made, "asset_id": other, "on_date": "2024-03-01", "amount_fen": 1,
                                   "kind": "rent"})  # fmt: skip
    deposit = {"contract_id": made, "on_date": "2024-01-05", "amount_fen": 200_000}
    new_record(ws, "receipt", {**deposit, "kind": "deposit"})
    with pytest.raises(InputRefused, match=r"押金现存 2,000.00 元"):
        new_record(ws, "receipt", {**deposit, "kind": "deposit_return", "amount_fen": 200_001})
    take_step(ws, "contract", made, "end", on="2025-12-31")
    assert "押金 2,000.00 元还没有退还" in problems(ws)["deposit_open"]
    new_record(ws, "receipt", {**deposit, "kind": "deposit_return", "on_date": "2026-01-04"})
    with ws.register.reading() as sql:
        from desktop.insight.asset_money_checks import asset_money_problems

        assert [p.rule for p in asset_money_problems(sql, "2026-01-05")] == []


def test_a_receipt_is_dated_between_then_and_today(ws: Workspace) -> None:
    made = leased(ws)
    for day, words in (("2099-01-01", "在今天之后"), ("1026-01-20", "请核对年份")):
        with pytest.raises(InputRefused, match=words):
            new_record(ws, "receipt", {"contract_id": made, "kind": "rent", "amount_fen": 100, "on_date": day})
    paid = new_record(ws, "receipt", {"contract_id": made, "kind": "rent", "amount_fen": 100, "on_date": "2024-02-01"})
    with pytest.raises(InputRefused, match="在今天之后"):
        reverse_receipt(ws, paid, "记错", "2099-01-01")


def test_what_bars_a_contract_from_coming_into_force(ws: Workspace) -> None:
    made = leased(ws, activate=False)
    record = open_record(ws, "contract", made)
    save_record(ws, record, {"amount_fen": 3_600_001, "signed_date": "2025-06-01", "rent_dues": []})
    (step, _) = steps_of(ws, "contract", made)
    assert step.bars == ("没有应收计划", "没有引用四议两公开决策记录")
    make_schedule(ws, made, RentRule("half_year", "2024-01-01", total_fen=3_600_000))
    with pytest.raises(InputRefused, match=r"应收计划合计与合同金额差 0.01 元；没有引用"):
        take_step(ws, "contract", made, "activate")
    decision = new_record(ws, "decision", {
        "title": "出租圩镇商铺", "kind": "lease", "proposed_date": "2025-04-01", "consulted_date": "2025-04-10",
        "party_date": "2025-04-05", "resolved_date": "2025-04-20", "should_attend": 30, "attended": 19, "agreed": 9,
        "resolution_public_date": "2025-04-21",
    })  # fmt: skip
    save_record(ws, open_record(ws, "contract", made), {"amount_fen": 3_600_000})
    with pytest.raises(InputRefused) as refused:
        take_step(ws, "contract", made, "activate", {"decision_id": decision})
    for words in ("党员大会审议（2025-04-05）早于两委商议", "不足应到 30 人的 2/3", "没有超过实到 19 人的 1/2"):
        assert words in str(refused.value)
    assert "decision_order" in problems(ws)
    save_record(ws, open_record(ws, "decision", decision), {"party_date": "2025-04-15", "attended": 20, "agreed": 11})
    take_step(ws, "contract", made, "activate", {"decision_id": decision})
    with pytest.raises(InputRefused, match="应收计划不能再改"):
        make_schedule(ws, made, RentRule("year", "2024-01-01", total_fen=1))
    with pytest.raises(InputRefused, match="提前结束请用"):
        take_step(ws, "contract", made, "end", on="2026-12-30")
    take_step(ws, "contract", made, "back", note="补签附件")
    save_record(ws, open_record(ws, "contract", made), {"purpose": "农资门市"})


def test_an_early_end_stops_the_dues(ws: Workspace) -> None:
    made = leased(ws)
    with pytest.raises(InputRefused, match="没有填终止日期、终止原因"):
        take_step(ws, "contract", made, "terminate")
    ended = take_step(
        ws, "contract", made, "terminate", {"ended_date": "2024-12-31", "end_reason": "承租方停业"}, on="2024-12-31"
    )
    detail = contract_detail(ws, made, "2026-01-01")
    assert detail is not None and detail.account.arrears == 1_200_000 and len(detail.account.dues) == 1
    take_back_unit(ws, ended.unit_id)
    again = contract_detail(ws, made, "2025-01-11")
    assert again is not None and again.line.state == "active" and again.account.arrears == 2_400_000


def test_renewals_go_on_where_the_old_term_ended(ws: Workspace) -> None:
    made = leased(ws)
    new = renew(ws, made, "2029-12-31", contract_no="双租〔2026〕9号", growth_percent="10")
    row = ws.register.row("contract", new)
    assert row is not None and (row["term_start"], row["renewal_of"]) == ("2027-01-01", made)
    assert [(d["due_date"], d["amount_fen"]) for d in row["rent_dues"]] == [  # type: ignore[union-attr]
        ("2027-01-10", 1_320_000), ("2028-01-10", 1_320_000), ("2029-01-10", 1_320_000),
    ]  # fmt: skip
    with pytest.raises(InputRefused, match="已经有续签的合同"):
        renew(ws, made, "2030-12-31")
    assert contracts(ws, view="expiring", as_of="2026-12-01") == []
    save_record(ws, open_record(ws, "contract", new), {"term_start": "2027-01-11", "signed_date": "2025-01-02"})
    take_step(ws, "contract", new, "activate")
    assert problems(ws)["renewal_gap"] == "续签与原合同之间空了 10 天"


def test_the_ledger_offers_a_contract(ws: Workspace) -> None:
    owner = party(ws, "双水村联合社", "collective")
    firm = party(ws, "样例县虚兴公司")
    shop = asset(ws, "铺面", owner=owner, contract_no="旧-7", contract_start="2022-01-01", contract_end="2024-12-31",
                 operation_mode="lease", expected_income_fen=600_000)  # fmt: skip
    new_record(ws, "right", {"asset_id": shop, "kind": "operation", "valid_from": "2022-01-01",
                             "shares": [[firm, 1, 1]]})  # fmt: skip
    made, missing = contract_from_ledger(ws, shop)
    row = ws.register.row("contract", made)
    assert row is not None and missing == ()
    assert (row["lessor_party_id"], row["operator_party_id"], row["amount_fen"]) == (owner, firm, 1_800_000)
    assert ledger_contract(ws, shop) is None
    with pytest.raises(InputRefused, match="已有合同"):
        contract_from_ledger(ws, shop)
    bare = asset(ws, "没有合同信息的铺面")
    assert ledger_contract(ws, bare) is None
    written = asset(ws, "只有文字", contract_text="长期")
    assert "经营方" in contract_from_ledger(ws, written)[1]


def test_check_names_contracts_that_do_not_fit(ws: Workspace) -> None:
    made = leased(ws)
    row = ws.register.row("contract", made)
    assert row is not None
    shop = str(row["assets"][0]["asset_id"])  # type: ignore[index, call-overload]
    stranger = party(ws, "不是所有权人的公司")
    second = new_contract(
        ws,
        {"contract_no": "重-1", "mode": "lease", "lessor_party_id": stranger, "signed_date": "2024-01-01",
         "operator_party_id": row["operator_party_id"], "assets": [[shop]], "term_start": "2026-06-01",
         "term_end": "2027-05-31"},
        RentRule("year", "2026-06-01", amount_fen=100),
    )  # fmt: skip
    with pytest.raises(InputRefused, match="不能生效：圩镇商铺.*已在合同 .* 里（2024-01-01 至 2026-12-31），期限重叠"):
        take_step(ws, "contract", second, "activate")
    save_record(ws, open_record(ws, "asset", shop), {"operation_mode": "self"})
    with ws.write("绕过检查", right="edit-assets") as scope:
        scope.change("contract", second, {"amount_fen": 101, "state": "active"})
        scope.insert("receipt", {"contract_id": second, "on_date": "2026-06-01", "kind": "rent", "amount_fen": 150})
        scope.insert("party", {"name": "错号公司", "kind": "enterprise", "uscc": "91440705MA0000000X"})
        scope.insert("value_change", {"asset_id": shop, "on_date": "2025-01-01", "kind": "impairment_reversal",
                                      "amount_fen": 5})  # fmt: skip
    found = problems(ws)
    assert {
        "contracts_overlap", "lessor_without_right", "contract_mode", "schedule_sum", "receipts_over_schedule",
        "receipt_voucher", "uscc", "value_out_of_bounds",
    } <= set(found)  # fmt: skip
    assert "转回的减值多于" in found["value_out_of_bounds"]
    with pytest.raises(InputRefused, match="18 位"):
        party(ws, "错号公司", uscc="91440705MA0000000X")
    parts = [[shop, "3 号铺"]]
    with ws.write("写明部分", right="edit-assets") as scope:
        scope.change("contract", second, {"assets": parts})
    (asked,) = [p for p in check_register(ws) if p.rule == "contracts_overlap"]
    assert asked.severity == "warning" and "除……外" in asked.message, "the whole and a part of it"
    with ws.write("写明部分", right="edit-assets") as scope:
        scope.change("contract", made, {"assets": [[shop, "除 3 号铺外"]]})
    assert "contracts_overlap" not in problems(ws)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (None, None, True), ("", "3 号铺面", True), ("3 号铺面", "3号铺面", True), ("3 号铺面", "4 号铺面", False),
        ("除 3 号铺面外", "3号铺面", False), ("除了 3 号铺面、4 号铺面以外", "4 号铺面", False),
        ("除 3 号铺面外", "4 号铺面", True), ("除 3 号铺面外", "", True), ("除和平路铺面外", "和平路铺面", False),
        ("除 3 号铺面外", "除 4 号铺面外", True),
    ],
)  # fmt: skip
def test_which_parts_of_an_asset_meet(one: str | None, other: str | None, *, meet: bool) -> None:
    assert parts_meet(one, other) is meet and parts_meet(other, one) is meet


def test_the_whole_and_a_part_are_not_let_at_one_time(ws: Workspace) -> None:
    made = leased(ws)
    row = ws.register.row("contract", made) or {}
    shop = str(row["assets"][0]["asset_id"])  # type: ignore[index, call-overload]
    again = {c: row[c] for c in ("mode", "lessor_party_id", "operator_party_id", "signed_date", "term_start")}
    rents = RentRule("year", "2025-01-01", amount_fen=100)
    part = new_contract(ws, {**again, "contract_no": "部-1", "term_end": "2025-12-31", "assets": [[shop, "3 号铺面"]]},
                        rents)  # fmt: skip
    with pytest.raises(InputRefused, match="圩镇商铺.*整项已在合同 双租.*期限重叠；不含那一部分的.*“除……外”"):
        take_step(ws, "contract", part, "activate")
    take_step(ws, "contract", made, "back", note="3 号铺面另租")
    save_record(ws, open_record(ws, "contract", made), {"assets": [[shop, "除 3 号铺面外"]]})
    take_step(ws, "contract", part, "activate")
    take_step(ws, "contract", made, "activate")
    assert "contracts_overlap" not in problems(ws)
    whole = new_contract(ws, {**again, "contract_no": "整-1", "term_end": "2025-12-31", "assets": [[shop]]}, rents)
    with pytest.raises(InputRefused, match="已在合同 双租.*期限重叠"):
        take_step(ws, "contract", whole, "activate")


def test_idle_assets_projects_linkages_and_rules_are_checked(ws: Workspace) -> None:
    project = new_record(ws, "project", {"name": "商铺项目", "state": "accepted",
                                         "fund_parts": [["central", 500], ["county", 100]]})  # fmt: skip
    shop = asset(ws, "铺面", project_id=project, original_value_fen=500, fund_parts=[["central", 450], ["self", 50]],
                 status="idle", linked_households=3, jobs=2)  # fmt: skip
    new_record(ws, "linkage", {"asset_id": shop, "household_id": "0" * 32, "mode": "job", "jobs": 1})
    equity = asset(ws, "入股", subcategory="equity", depreciation_method="straight_line", useful_life_months=120)
    asset(ws, "无年限", depreciation_method="straight_line")
    found = problems(ws)
    assert found["idle_without_plan"] == "资产闲置，没有写原因、盘活措施、期限"
    assert found["project_funds"] == (
        "中央财政：资产比项目少 0.50 元；县（区）级财政：资产比项目少 1.00 元；"
        "自筹（村集体、农户）：资产比项目多 0.50 元"
    )
    assert found["linkage_count"] == "台账写带动 3 户，联结名单有 1 户；台账写就业 2 人，联结名单有 1 人"
    assert found["depreciation_of_never"].startswith("股权") and found["depreciation_rule"].endswith("使用年限")
    save_record(ws, open_record(ws, "asset", shop), {
        "status_reason": "位置偏", "status_measure": "改作电商点", "status_due": "2026-12-31", "linked_households": 1,
        "jobs": 1,
    })  # fmt: skip
    save_record(ws, open_record(ws, "asset", equity), {"depreciation_method": "none"})
    assert not {"idle_without_plan", "linkage_count", "depreciation_of_never"} & set(problems(ws))


def test_the_commands_do_it_all(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    with register_at(tmp_path) as ws:  # with a cheap key, as every command derives it anew
        place = ws.place
    owner = xiangce("add", place, "party", "name=双水村联合社", "kind=collective").out.strip()
    firm = xiangce("add", place, "party", "name=样例商贸", "kind=enterprise").out.strip()
    shop = xiangce(
        "add", place, "asset", "name=铺面", "asset_no=SP-1", "category=operating", "subcategory=shop",
        "built_date=2020-01-15", "original_value_fen=100000", "depreciation_method=straight_line",
        "useful_life_months=10", "residual_rate=0.05", "contract_no=旧-7", "contract_start=2024-01-01",
        "contract_end=2025-12-31", "operation_mode=lease", "division_code=440705104201",
    ).out.strip()  # fmt: skip
    said = xiangce("values", place, "--as-of", "2020-03-31")
    assert "950.00" not in said.out and "810.00" in said.out and "共 1 项" in said.out
    one = xiangce("values", place, "--asset", shop, "--as-of", "2021-01-01", "--json").json
    assert (one["net_fen"], one["years"][0]["charged_fen"]) == (5_000, 95_000)
    rows = xiangce("ledger", place, "--by", "division", "--as-of", "2020-03-31", "--json").json["rows"]
    assert (rows[-1]["name"], rows[-1]["count"], rows[-1]["depreciation_fen"]) == ("合计", 1, 19_000)
    assert "--by" in xiangce("ledger", place, "--by", "colour", code=2).err

    made = xiangce("contract", place, "from-ledger", shop)
    assert "出租（发包）方" in made.err
    contract = made.out.strip()
    assert xiangce("contract", place, "from-ledger", shop, code=3).err
    half = ("--period", "half_year", "--amount-fen", "50000")
    said = xiangce("contract", place, "schedule", contract, *half, "--preview")
    assert "共 4 期，合计 2,000.00 元" in said.out
    assert xiangce("contract", place, "schedule", contract, code=3).err
    xiangce("contract", place, "schedule", contract, *half, "--growth", "10", "--every", "2")
    xiangce("set", place, "contract", contract, f"lessor_party_id={owner}", f"operator_party_id={firm}",
            "signed_date=2023-12-01")  # fmt: skip
    xiangce("step", place, "contract", contract, "activate", "--on", "2024-01-01")
    paid = xiangce("contract", place, "receive", contract, "amount_fen=60000", "on_date=2024-07-02")
    assert "抵 2024-01-01 应收 500.00 元，付清" in paid.err and "抵 2024-07-01 应收 100.00 元" in paid.err
    owed = xiangce("arrears", place, "--as-of", "2025-10-05", "--json").json
    assert owed["arrears_fen"] == 40_000 + 55_000 * 2 and owed["ages"]["365 天以上"] == 40_000
    assert owed["expiring"][0]["remind"] == 90
    assert "365 天以上" in xiangce("arrears", place, "--as-of", "2025-10-05").out
    xiangce("contract", place, "reverse", paid.out.strip(), "--reason", "记错", "--on", "2024-07-03")
    new = xiangce("contract", place, "renew", contract, "--until", "2027-12-31", "--no", "新-1").out.strip()
    assert xiangce("show", place, "contract", new, "--json").json[0]["term_start"] == "2026-01-01"
    early = xiangce("contract", place, "receive", new, "amount_fen=60000", "on_date=2025-12-30", "--preview").err
    assert "合同还没有生效" in early
    assert xiangce("contract", place, "renew", contract, "--until", "明年", code=2).err
    assert xiangce("add", place, "receipt", "amount_fen=5", code=3).err
    assert xiangce("contract", place, "hints").out == "共 0 处提示。\n"
    found = xiangce("check", place, "--json", code=None).json
    # no owner was entered, and the other contract's term is over
    assert {p["rule"] for p in found} <= {"lessor_without_right", "owner_missing", "contract_expired"}


def test_commands_name_what_was_typed_wrong(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    with register_at(tmp_path) as ws:
        made = leased(ws)
        place = ws.place
    for line, words in (
        (("contract", "receive", place, made, "on_date=2024-02-01", "amount_fen=一千"), "“一千”不是以分为单位的整数"),
        (("contract", "receive", place, made, "on_date=2024-02-01"), "没有填收款金额"),
        (("contract", "schedule", place, made, "--total-fen", "abc"), "--total-fen 的值不能识别"),
        (("ledger", place, "--category", "胡乱"), "--category 只能是 operating"),
        (("values", place, "--division", "虚岭村"), "不是区划代码"),
    ):
        said = xiangce(*line, code=None)
        assert said.code in (2, 3) and words in said.err, (line, said)
    said = xiangce("show", place, "contract", made)
    assert "按年 12,000.00 元" in said.out and "amount_fen" not in said.out


def test_a_renewal_after_an_early_end_goes_on_with_the_rent_that_was_reached(ws: Workspace) -> None:
    made = leased(ws, activate=False)
    make_schedule(ws, made, RentRule("year", "2024-01-10", amount_fen=1_000_000, growth_percent="10"))
    save_record(ws, open_record(ws, "contract", made), {"amount_fen": 3_310_000})
    take_step(ws, "contract", made, "activate", on="2024-01-01")
    ended = {"ended_date": "2025-06-30", "end_reason": "承租方停业"}
    take_step(ws, "contract", made, "terminate", ended, on="2025-06-30")
    row = ws.register.row("contract", renew(ws, made, "2026-12-31"))
    assert row is not None and row["term_start"] == "2025-07-01"
    assert row["rent_dues"][0]["amount_fen"] == 1_100_000, "not the rent of years that never came"  # type: ignore[index,call-overload]
