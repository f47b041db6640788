"""What steps fixed is checked: edits that met a step from elsewhere, certificates, approvals, books, papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.app.cases.procedures import take_step
from desktop.app.keeping.self_check import OTHER_KIND, Problem, check_register
from desktop.app.records.attaching import remove_attachment
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from tests.app.cases.assets_for_cases import VILLAGE, add_asset, add_party, add_photo, add_right, town_register
from tests.exchange.conftest import make  # noqa: F401
from tests.exchange.laptops import Make, enrol, send


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with town_register(tmp_path_factory.mktemp("册")) as made:
        yield made


def case(scope: Any, table: str, state: str, **values: object) -> str:
    row = scope.insert(table, {"state": state, **values})
    scope.insert("step_taken", {"case_table": table, "case_id": row, "step": "x", "to_state": state})
    return str(row)


def asset(scope: Any, name: str = "冷库", **more: object) -> str:
    return str(scope.insert("asset", {"name": name, "division_code": VILLAGE, "status": "normal", **more}))


def certified(scope: Any, *kinds: str) -> str:
    held = asset(scope, cert_no="C-1", confirm_doc_no="文")
    for kind in kinds or ("ownership", "income"):
        owner = scope.insert("party", {"name": f"社{kind}"})
        scope.insert("right", {"asset_id": held, "kind": kind, "valid_from": "2020-01-01", "shares": [[owner, 1, 1]]})
    case(scope, "registration", "certified", assets=[[held]], cert_no="C-1", doc_no="文")
    return held


def twice(scope: Any) -> None:
    case(scope, "registration", "certified", assets=[[certified(scope)]], cert_no="C-1", doc_no="文")


def disposing(scope: Any, *, status: str = "disposing", cases: int = 1, **more: object) -> None:
    held = asset(scope, status=status)
    for _ in range(cases):
        case(scope, "disposal", "approved", asset_id=held, status_before="normal", **more)


def under(scope: Any, table: str, state: str, column: str = "") -> None:
    problem = "" if not column else scope.insert("finding", {"what": "坏", "found_date": "2024-01-01"})
    made = case(scope, table, state, **({column: problem} if column else {}))
    if not column:
        scope.insert("finding", {"what": "坏", "found_date": "2024-01-01", "assessment_id": made})


def alone(scope: Any) -> None:
    posted = scope.insert("voucher", {"on_date": "2024-01-01", "source_table": "receipt", "source_id": "0" * 32,
                                      "lines": [["bank", 5, None, None], ["rent", -5, None, None]]})  # fmt: skip
    scope.insert("voucher", {"on_date": "2024-01-02", "reversal_of": posted,
                             "lines": [["bank", -5, None, None], ["rent", 5, None, None]]})  # fmt: skip


def leased(scope: Any, ledger: str = "租-1", number: str = "租-1", **receipt: object) -> None:
    shop = asset(scope, contract_no=ledger, contract_end="2025-12-31")
    made = case(scope, "contract", "active", contract_no=number, assets=[[shop]], term_start="2024-01-01",
                term_end="2025-12-31")  # fmt: skip
    if receipt:
        scope.insert("receipt", {"contract_id": made, "kind": "rent", "amount_fen": 5, "on_date": "2024-03-01",
                                 "asset_id": shop, **receipt})  # fmt: skip


def waiting(scope: Any) -> None:
    home = scope.insert("household", {"head_name": "样", "division_code": VILLAGE, "bank_account": "6200000000001111"})
    case(scope, "payment", "waiting", recipient_kind="household", recipient_id=home, bank_account="6200000000002222")


def notice_without_photo(scope: Any) -> None:
    made = case(scope, "notice", "ended")
    scope.remove("attachment", scope.insert("attachment", {"record_table": "notice", "record_id": made,
                                                           "kind": "photo_posted", "sha256": "0" * 64}))  # fmt: skip


BROKEN: list[tuple[str, Callable[[Any], object], str]] = [
    ("registered_twice", twice, "已在另一件确权里发过证"),
    ("certificate_differs", lambda s: s.change("asset", certified(s), {"cert_no": "假"}), "不一致"),
    ("certificate_twice", lambda s: (asset(s, cert_no="同"), asset(s, cert_no="同")), "不止一次"),
    ("certified_without_right", lambda s: certified(s, "ownership"), "册中却没有收益权"),
    ("disposals_at_once", lambda s: disposing(s, cases=2), "另一件处置在办"),
    ("disposing_status", lambda s: disposing(s, status="normal"), "状态却不是“处置中”"),
    ("disposing_status", lambda s: asset(s, status="disposing"), "没有在办的处置"),
    ("approval_level", lambda s: disposing(s, approval_level="town", appraised_fen=90_000_000_00),
     "镇级批准的，现在价值 90,000,000.00 元，按规定要由县级审批"),
    ("open_under_closed", lambda s: under(s, "assessment", "closed"), "没有全部销号"),
    ("open_under_closed", lambda s: under(s, "complaint", "answered", "finding_id"), "转办的问题却没有销号"),
    ("voucher_reversal_alone", alone, "单独冲销了收款"),
    ("carried_over_negative",
     lambda s: s.insert("voucher", {"on_date": "2024-01-01", "division_code": VILLAGE, "lines": [
         ["bank", -5_00, None, None], ["carried_over", 5_00, None, None]]}), "结余是负数（-5.00 元）"),
    ("receipt_asset", lambda s: leased(s, asset_id=asset(s, "别的")), "不在这份合同里"),
    ("receipt_year", lambda s: leased(s, income_year=2010), "记作 2010 年的收益，合同却是 2024 年到 2025 年的"),
    ("contract_number_twice", lambda s: [leased(s, number="重", ledger="重") for _ in range(2)], "不止一次"),
    ("ledger_contract", lambda s: leased(s, ledger="假-9"), "台账的合同编号与履行中的合同不一致"),
    ("payment_account", waiting, "待发的账号（尾号 2222）不是这户登记的（尾号 1111）"),
    ("paper_removed", notice_without_photo, "张贴照或期满照已移除"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "breaks", "said"), BROKEN, ids=[f"{n}-{b[0]}" for n, b in enumerate(BROKEN)])
def test_each_is_named(ws: Workspace, rule: str, breaks: Callable[[Any], object], said: str) -> None:
    with ws.write("弄坏", right="admin") as scope:
        breaks(scope)
    assert scope.result is not None
    try:
        found = [p for p in check_register(ws) if p.rule == rule]
        assert [p for p in found if said in p.message], [p.sentence for p in found]
        assert all(p.kind != OTHER_KIND and p.record for p in found)
    finally:
        ws.register.undo(scope.result.unit_id)


def test_a_sound_register_gives_nothing(ws: Workspace) -> None:
    with ws.write("好的", right="admin") as scope:
        certified(scope)
        disposing(scope)
        leased(scope, income_year=2025)
    assert scope.result is not None
    rules = {rule for rule, _, _ in BROKEN} | {"changed_after_step"}
    assert not [p.sentence for p in check_register(ws) if p.rule in rules]
    ws.register.undo(scope.result.unit_id)


def named(ws: Workspace) -> list[Problem]:
    return [p for p in check_register(ws) if p.rule == "changed_after_step"]


def test_a_draft_edited_while_another_approved_it(make: Make, tmp_path: Path) -> None:  # noqa: F811
    """Two laptops, no conflict of cells: the merge takes both, and `check` names what the step never saw."""
    county, a, b = make("county", level="county", division="440705"), make("a"), make("b")
    for laptop in (a, b):
        enrol(county, laptop, tmp_path, "440705104")
    first, second, third = add_asset(a, "冷库"), add_party(a, "甲"), add_party(a, "乙", "enterprise", "enterprise")
    row = {"title": "移交", "division_code": VILLAGE, "assets": [[first]], "from_party_id": second,
           "to_party_id": third, "signed_from": "样甲", "signed_to": "样乙", "signed_witness": "样丙"}  # fmt: skip
    handover = new_record(a, "handover", row)
    add_photo(a, tmp_path, "handover", handover, "signed", "清单.pdf")
    send(a, county, tmp_path / "1.xcp")
    send(county, b, tmp_path / "2.xcp")
    edited = save_record(b, open_record(b, "handover", handover), {"signed_to": "别人"})
    take_step(a, "handover", handover, "sign", on="2024-05-01")
    assert named(a) == [] and named(b) == []
    for at, laptop in enumerate((a, b)):
        send(laptop, county, tmp_path / f"m{at}.xcp")
    assert not county.register.conflicts()
    row = county.register.row("handover", handover) or {}
    assert (row["state"], row["signed_to"]) == ("signed", "别人")
    (found,) = named(county)
    assert found.message == "已到“三方签字”，接收人却在这之后改过，请核对；不该改的撤回那次修改"
    take_back_unit(county, edited.unit_id)
    assert named(county) == [] and (county.register.row("handover", handover) or {})["signed_to"] == "样乙"


def test_a_paper_stays_while_a_step_rests_on_it(ws: Workspace, tmp_path: Path) -> None:
    held, giver = add_asset(ws, "冷库"), add_party(ws, "给")
    taker = add_party(ws, "接", "enterprise", "enterprise")
    add_right(ws, held, "ownership", [(giver, 1, 1)])
    row = {"title": "移交", "assets": [[held]], "from_party_id": giver, "to_party_id": taker, "signed_from": "样甲",
           "signed_to": "样乙", "signed_witness": "样丙"}  # fmt: skip
    handover = new_record(ws, "handover", row)
    paper = add_photo(ws, tmp_path, "handover", handover, "signed", "清单.pdf")
    attached = ws.register.units(1)[0].unit_id.hex()
    take_step(ws, "handover", handover, "sign", on="2024-05-01")
    for act in (
        lambda: remove_attachment(ws, paper),
        lambda: remove_record(ws, open_record(ws, "attachment", paper)),
        lambda: take_back_unit(ws, attached),
    ):
        with pytest.raises(InputRefused, match="三方签字的移交清单是已办步骤的依据，不能移除.*先补上新的一份"):
            act()
    with pytest.raises(InputRefused, match="附件归在哪条记录下"):
        save_record(ws, open_record(ws, "attachment", paper), {"kind": "other"})
    add_photo(ws, tmp_path, "handover", handover, "signed", "新清单.pdf")
    remove_attachment(ws, paper)
    assert not [p for p in check_register(ws) if p.rule == "paper_removed"]
