"""What the command line can do for assets the window can too: ledgers of the past, money without a contract, shares by
contribution, disposal by swap and transfer; on a real register, driven as a person would."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pypdfium2
from pytestqt.qtbot import QtBot

from desktop.app.cases.disposals import begin_disposal
from desktop.app.cases.inspections import draw_sample
from desktop.app.keeping.self_check import check_register
from desktop.app.money.money_books import total_ledger
from desktop.app.records.attaching import attach_file
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record
from desktop.app.records.records import list_records
from desktop.app.workspace import Workspace
from desktop.common.money import format_wan
from desktop.ui.case_fields import section
from desktop.ui.main_window import MainWindow
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.print_preview import PrintPage
from desktop.ui.pages.total_ledger import TotalLedgerPage
from desktop.ui.widgets.labels import ElidedLabel
from desktop.ui.widgets.record_form import RecordForm
from tests.ui.conftest import settled


def said_by(window: MainWindow) -> str:
    """What the last error dialog says; it is closed."""
    words = window.message.body.text() + window.message.windowTitle()
    window.message.reject()
    return words


def text_of(pdf: bytes) -> str:
    return "".join("".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(pdf))


def test_the_total_ledger_of_a_past_day_opens_its_lists_and_its_paper(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    page = go("ledger")
    assert isinstance(page, TotalLedgerPage) and page.shown is not None
    assert page.shown.total.sums() == total_ledger(ws, "category").total.sums()
    page.as_of.set_value("2022-06-30")
    page.by.set_value("division")
    page.refresh()
    settled(qtbot, window)
    then = total_ledger(ws, "division", "2022-06-30")
    assert page.shown.as_of == "2022-06-30" and page.shown.total.sums() == then.total.sums()
    assert format_wan(then.total.original_fen) in page.title.fact()
    last = page.table.rows.rowCount() - 1
    assert page.table.rows.index(last, 0).data() == "合计"
    village = next(r for r in range(last) if page.table.rows.index(r, 0).data().startswith("　　"))
    key = page.table.rows.id_at(village)
    page.known_at.set_value("2020-01-01")  # typed on while the figures asked for before are still to come
    page._show(then, "2021-01-01")
    assert "2021-01-01" in page.title.fact() and "2020-01-01" not in page.title.fact()
    page.known_at.set_value(None)
    page.known_at.field.setText("2024-13-31")
    page.known_at.field.editingFinished.emit()
    assert page.note.isVisible() and page.note.text().startswith("按记录日期：没有这个日期")
    assert not page.table.isVisible() and not page.title.fact() and not page.print_button.isEnabled()
    page.known_at.set_value(None)
    assert "没有这个日期" not in page.note.text() and page.table.isVisible() and page.print_button.isEnabled()
    before = page.shown
    for typed in ("2", "20", "2022-1", "2022"):  # no day yet, and not today either
        page.as_of.field.setText(typed)
        page.as_of.field.textEdited.emit(typed)
        settled(qtbot, window)
        assert page.shown is before and page.table.isVisible()
    page.as_of.field.editingFinished.emit()
    assert "要写到日" in page.note.text() and not page.table.isVisible()
    page.as_of.set_value("2022-06-30")
    page.print_ledger()
    settled(qtbot, window)
    paper = window.current_page()
    assert isinstance(paper, PrintPage) and paper.template.key == "ledger:division"
    qtbot.waitUntil(lambda: paper.pages() > 0)
    settled(qtbot, window)
    text = text_of(paper._pdf or b"")
    assert "数据截至2022-06-30含" in text and f"数据指纹{ws.register.digest()[:16]}" in text
    assert format_wan(then.total.original_fen) in text
    page = go("ledger", part="by=level&known_at=2010-01-01")
    assert page.shown is not None and page.shown.total.count == 0 and page.empty.isVisible()
    page = go("ledger", part="by=level&as_of=2999-01-01")
    assert "还没到" in page.empty.text()
    page = go("ledger", part="by=division")
    page.open_line(key)
    settled(qtbot, window)
    assert isinstance(window.current_page(), AssetPage)
    code = key.rsplit("/", 1)[1]
    assert window.current_page().model.rowCount() == next(
        c.count for t in total_ledger(ws, "division").lines[0].children for c in t.children if c.key == code
    )


def test_the_print_centre_takes_both_days(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    page = go("print", part="assets?as_of=2022-06-30&known_at=2010-01-01")
    qtbot.waitUntil(page.failed.isVisible)
    assert "没有记录" in page.failed.text()
    page = go("print", part="list:receipts?as_of=2999-01-01")
    qtbot.waitUntil(lambda: "还没到" in page.failed.text())


def test_money_without_a_contract_is_booked_and_reversed_at_the_asset(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        under = str(sql.scalar("SELECT asset_id FROM contract_asset LIMIT 1"))
        free = str(sql.scalar(
            "SELECT id FROM asset WHERE category='operating' AND id NOT IN (SELECT asset_id FROM contract_asset)"
        ))  # fmt: skip
    was_wrong = check_register(ws)
    page = go("asset", free, "income")
    tab = page.detail.tab("income")
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.shown.id == free)
    settled(qtbot, window)
    before = tab.receipts.rows.rowCount()
    tab.add_receipt()
    form, dialog = tab.dialog.form, tab.dialog
    assert not dialog.go.isEnabled() and "押金" not in "".join(
        form.editors["kind"].widget.itemText(i) for i in range(form.editors["kind"].widget.count())
    )
    form.load({**form.values(), "kind": "dividend", "amount_fen": -100})
    form.changed.emit()
    dialog.record()
    settled(qtbot, window)
    assert dialog.isVisible()  # refused in words, and what was typed is still there
    assert "大于零" in said_by(window)
    assert form.values()["amount_fen"] == -100
    form.load({**form.values(), "amount_fen": 123_456, "payer": "仿例食品公司"})
    dialog.record()
    qtbot.waitUntil(lambda: tab.receipts.rows.rowCount() == before + 1)
    settled(qtbot, window)
    (row,) = list_records(ws, "receipt", where={"asset_id": free, "kind": "dividend", "amount_fen": "123456"})
    assert row["contract_id"] is None and row["division_code"] and row["payer"] == "仿例食品公司"
    assert list_records(ws, "voucher", where={"source_id": row["id"]})
    tab.receipts.go_to(row["id"])
    assert tab.reverse_button.isEnabled()
    tab.reverse()
    tab.dialog.field.setPlainText("记到了别的资产上")
    tab.dialog.accept()
    qtbot.waitUntil(lambda: tab.receipts.rows.rowCount() == before + 2)
    settled(qtbot, window)
    tab.receipts.go_to(row["id"])
    assert not tab.reverse_button.isEnabled()
    assert check_register(ws) == was_wrong

    page = go("contract")  # the page of contracts asks for the asset first, and names the contract that runs on it
    page.add_asset_receipt()
    page.picker.chosen.emit(under, "样例铺面")
    page.picker.reject()
    qtbot.waitUntil(lambda: "租金请登记在合同下" in page.dialog.remark.text())
    page.dialog.reject()


def test_shares_by_contribution_are_proposed_asked_and_confirmed(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        asset, = sql.one(
            "SELECT a.id FROM asset a JOIN asset_fund_part f ON f.asset_id=a.id JOIN \"right\" r ON r.asset_id=a.id "
            "WHERE r.kind='ownership' AND r.valid_to IS NULL AND f.source='self' AND a.removed=0 LIMIT 1"
        )  # fmt: skip
    committee = new_record(ws, "party", {"name": "样例村民委员会", "kind": "village_committee"})
    page = go("asset", asset, "rights")
    tab = page.detail.tab("rights")
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.shown.id == asset)
    tab.change_shares()
    settled(qtbot, window)
    shares = tab.dialog
    shares.editor.contribution_button.click()
    qtbot.waitUntil(lambda: shares.proposal is not None)
    proposal = shares.proposal
    open_lines = [o for o in proposal.owners if not o.currentText().strip()]
    assert open_lines and not proposal.go.isEnabled() and "还没有写归谁" in proposal.hint.text()
    for owner in open_lines:
        owner.set_value(committee)
    assert proposal.ask.isVisible() and "还是农村集体经济组织" in proposal.ask.text()
    wanted = proposal.shares()
    assert sum(s.share for s in wanted) == 1
    proposal.take()
    rows = shares.editor.rows()
    assert [(r.party, r.share) for r in rows] == [(s.party, s.share) for s in wanted] and not shares.editor.problem()
    shares.source.setText("出资协议 1 号")
    shares.source.textEdited.emit("出资协议 1 号")
    shares.record()
    settled(qtbot, window)
    held = [h.fraction for r in page.detail.shown.rights if r.kind == "ownership" and not r.valid_to for h in r.holders]
    assert sum(map(Fraction, held)) == 1 and len(held) == len(wanted)


def test_a_swap_and_a_free_transfer_are_done_in_the_window(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any], tmp_path: Path
) -> None:
    with ws.register.reading() as sql:
        given, handed = sql.column(
            "SELECT id FROM asset WHERE removed=0 AND id NOT IN (SELECT asset_id FROM disposal) AND id NOT IN "
            "(SELECT asset_id FROM contract_asset) AND id IN (SELECT asset_id FROM \"right\" WHERE kind='ownership' "
            "AND valid_to IS NULL AND valid_from<'2026-05-01') LIMIT 2"
        )
    was_wrong = check_register(ws)
    swap, free = (_noticed(ws, tmp_path, a, kind) for a, kind in ((given, "swap"), (handed, "donate")))
    receiver = new_record(ws, "party", {"name": "样例县国有资产公司", "kind": "enterprise",
                                        "ownership_level": "state_county"})  # fmt: skip
    page = go("disposal", swap, "steps")
    pane, tab = page.detail, page.detail.tab("steps")
    qtbot.waitUntil(lambda: pane.shown is not None and pane.shown.id == swap and "trade" in tab.buttons)
    assert tab.receive_button.isVisible()
    tab.receive_button.click()
    qtbot.waitUntil(lambda: hasattr(pane, "receiving") and pane.receiving.isVisible())
    form = pane.receiving.form
    assert form.values()["original_value_fen"] == 18_240_000
    form.load({**form.values(), "name": "换入冷库", "built_date": "2025-05-01"})
    form.changed.emit()
    pane.receiving.record()
    qtbot.waitUntil(lambda: bool(pane.shown.values.get("received_asset_id")))
    settled(qtbot, window)
    _take(qtbot, window, pane, "trade", {"buyer": "仿例公司", "proceeds_fen": 0, "proceeds_date": "2026-06-03"})
    _take(qtbot, window, pane, "settle", {}, "2026-06-04")
    _take(qtbot, window, pane, "write_off", {"write_off_date": "2026-06-05", "voucher_no": "记 6-1"}, "2026-06-05")
    received = str((ws.register.row("disposal", swap) or {})["received_asset_id"])
    assert rights_on(ws, given, "2026-06-05") == {} and rights_on(ws, received, "2026-06-05") == {
        k: v for k, v in rights_on(ws, given, "2026-06-04").items() if k in ("ownership", "income")
    }  # fmt: skip

    page = go("disposal", free, "steps")
    pane, tab = page.detail, page.detail.tab("steps")
    qtbot.waitUntil(lambda: pane.shown is not None and pane.shown.id == free and "hand_on" in tab.buttons)
    assert "trade" not in tab.buttons and not tab.swap_row.isVisible()
    _take(qtbot, window, pane, "hand_on", {"receiver_party_id": receiver}, "2026-06-05")
    assert rights_on(ws, handed, "2026-06-05")["ownership"] == [(receiver, "1")]
    assert (ws.register.row("disposal", free) or {})["state"] == "handed_on"
    assert (ws.register.row("asset", handed) or {})["status"] == "normal"
    assert [p for p in check_register(ws) if p not in was_wrong] == []


def _noticed(ws: Workspace, folder: Path, asset: str, kind: str) -> str:
    """A disposal whose notice is over, with the signed list."""
    case = begin_disposal(ws, asset, {"kind": kind, "reason": "market", "applied_date": "2026-05-02"})
    place = str((ws.register.row("asset", asset) or {})["division_code"])
    decision = new_record(ws, "decision", {
        "title": "处置", "kind": "disposal", "division_code": place, "proposed_date": "2026-05-03",
        "consulted_date": "2026-05-04", "party_date": "2026-05-05", "resolved_date": "2026-05-06",
        "resolution_public_date": "2026-05-07", "result_public_date": "2026-05-20", "should_attend": 32,
        "attended": 28, "agreed": 27,
    })  # fmt: skip
    with ws.write("到公示", right="admin") as scope:
        scope.change("disposal", case, {
            "decision_id": decision,
            "state": "noticed", "appraised_fen": 18_240_000, "appraised_date": "2026-05-05", "appraiser": "例诚评估所",
            "approval_doc_no": "仿处〔2026〕4 号", "approval_level": "county", "status_before": "normal",
        })  # fmt: skip
        scope.change("asset", asset, {"status": "disposing"})
    paper = folder / "移交清单.pdf"
    paper.write_bytes(b"%PDF-1.4 a paper")
    attach_file(ws, "disposal", case, paper, "signed")
    return case


def _take(
    qtbot: QtBot, window: MainWindow, pane: Any, name: str, values: dict[str, Any], on: str = "2026-06-03"
) -> None:
    before = pane.shown.state
    pane.take(name)
    qtbot.waitUntil(lambda: pane.dialog is not None and pane.dialog.isVisible())
    pane.dialog.form.load({**pane.dialog.form.values(), **values})
    pane.dialog.on.set_value(on)
    pane.dialog.form.changed.emit()
    assert pane.dialog.go.isEnabled(), pane.dialog.hint.text()
    pane.dialog.record()
    qtbot.waitUntil(lambda: not pane.dialog.isVisible() and (pane.shown is None or pane.shown.state != before))
    settled(qtbot, window)


def rights_on(ws: Workspace, asset: str, day: str) -> dict[str, list[tuple[str, str]]]:
    """Right → (holder, fraction) on a day."""
    detail = asset_detail(ws, asset, as_of=day)
    assert detail is not None
    return {r.kind: [(h.party_id, h.fraction) for h in r.holders] for r in detail.rights}


def test_expected_income_holders_and_values_of_the_past_are_had_at_the_asset(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        asset = str(sql.scalar("SELECT asset_id FROM asset_fund_part WHERE asset_id IN (SELECT asset_id FROM \"right\" "
                               "WHERE kind='ownership' AND valid_to IS NULL) LIMIT 1"))  # fmt: skip
    page = go("asset", asset, "running")
    tab = page.detail.tab("running")
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.shown.id == asset)
    for year, fen, said in ((1900, 5, "年度"), (2024, -5, "不能小于 0"), (2024, 5, "")):
        tab.dialog = None
        tab.expect("2024")
        qtbot.waitUntil(lambda: tab.dialog is not None)
        tab.dialog.form.load({"year": year, "expected_fen": fen, "note": None})
        tab.dialog.record()
        settled(qtbot, window)
        if said:
            assert said in said_by(window) and tab.dialog.isVisible()
            tab.dialog.reject()
    (line,) = list_records(ws, "asset_income", where={"asset_id": asset, "year": "2024"})
    assert line["expected_fen"] == 5 and not tab.dialog.isVisible()

    page = go("asset", asset, "rights")
    tab = page.detail.tab("rights")
    tab._fill_parties()
    name = tab.parties.entries()[0]
    tab.parties.choose(name)
    qtbot.waitUntil(lambda: tab.asking is not None and tab.asking.isVisible())
    form = tab.asking.form
    form.load({**form.values(), "uscc": "91440705MA0000000A"})
    tab.asking.record()
    settled(qtbot, window)
    assert "校验" in said_by(window) or tab.asking.isVisible()  # a wrong check digit is refused, nothing is lost
    form.load({**form.values(), "uscc": None, "phone": "10012345678"})
    tab.asking.record()
    settled(qtbot, window)
    assert list_records(ws, "party", where={"name": name, "phone": "10012345678"})

    page = go("asset", asset, "money")
    tab = page.detail.tab("money")
    qtbot.waitUntil(lambda: "净值" in tab.net.text())
    tab.known.set_value("2010-01-01")
    tab.known.value_changed.emit()
    qtbot.waitUntil(lambda: "那时还没有记下" in tab.net.text())
    settled(qtbot, window)


def test_an_official_as_lessee_is_named_beside_the_contract(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    contract = list_records(ws, "contract", where={"state": "active"})[0]
    with ws.write("样例", right="admin") as scope:
        party = scope.insert("party", {"name": "样大明", "kind": "person"})
        scope.change("contract", contract["id"], {"operator_party_id": party})
        scope.insert("setting", {"key": "interest.officials", "value": '["样大明"]'})
    page = go("contract", contract["id"], part="terms")
    tab = page.detail.tab("terms")
    qtbot.waitUntil(lambda: tab.hint.isVisible())
    assert "样大明" in tab.hint.text() and "请核实" in tab.hint.text()


def test_a_plan_is_sealed_and_drawn_as_the_command_draws_it(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    plan = new_record(ws, "inspection_plan", {"title": "抽查", "due_date": "2026-12-31"})
    page = go("inspection")
    qtbot.waitUntil(lambda: page.plan.findData(plan) >= 0)
    page.plan.set_value(plan)
    page.show_sample()
    dialog = page.sample
    qtbot.waitUntil(lambda: dialog.state is not None)
    assert "先封存名单" in dialog.problem() and not dialog.go.isEnabled()
    dialog.seal_button.click()
    qtbot.waitUntil(lambda: bool(dialog.state.sealed))
    for size, said in (("", "抽多少写项数"), ("一半", "抽多少写项数"), ("1/5", "")):
        dialog.seed.setText("2026-02-416253")
        dialog.number.setText(size)
        assert said in dialog.problem()
    dialog.number.setText("9999")
    dialog._tell()
    dialog.draw()
    settled(qtbot, window)
    assert "抽不出 9999 项" in said_by(window)
    dialog.number.setText("1/5")
    dialog.reserves.setText("1")
    dialog._tell()
    dialog.draw()
    qtbot.waitUntil(lambda: bool(dialog.state.chosen))
    again = draw_sample(ws, plan, seed="2026-02-416253", rate=Fraction(1, 5), reserves=1)
    assert tuple(a.id for a in dialog.state.chosen) == again.chosen
    assert dialog.table.rows.rowCount() == len(again.chosen) + 1 and not dialog.go.isEnabled()
    dialog.due_button.click()
    settled(qtbot, window)
    assert {r["asset_id"] for r in list_records(ws, "inspection", where={"plan_id": plan})} == set(again.chosen)


def test_a_label_and_a_titled_register_are_printed_from_the_window(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any], tmp_path: Path
) -> None:
    asset = list_records(ws, "asset")[0]
    page = go("asset", asset["id"])
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.shown.id == asset["id"])
    assert "打印标签" in page.detail.more.entries()
    page.detail.label_to(tmp_path / "标签.pdf")
    qtbot.waitUntil(lambda: (tmp_path / "标签.pdf").exists())
    settled(qtbot, window)
    text = text_of((tmp_path / "标签.pdf").read_bytes())
    assert "".join(asset["name"].split()) in text
    page = go("print", part="assets?as_of=")
    page.words["title"].setText("样例镇资产登记簿")
    page.words["date"].setText("2025年12月31日")
    page.make()
    qtbot.waitUntil(lambda: page.pages() > 0 and not window.gates.busy())
    text = text_of(page._pdf)
    assert "样例镇资产登记簿" in text and "填报日期：2025年12月31日" in text


def test_a_line_that_is_cut_keeps_its_margins(qtbot: QtBot) -> None:
    label = ElidedLabel("没有这个日期" * 20)
    qtbot.addWidget(label)
    label.setContentsMargins(16, 6, 16, 6)
    label.resize(200, 32)
    image = label.grab().toImage()
    ground = image.pixel(0, 0)
    inked = [x for x in range(200) if any(image.pixel(x, y) != ground for y in range(32))]
    assert inked and min(inked) >= 15 and max(inked) <= 185


def test_a_holder_of_the_town_lies_at_a_place_with_a_name(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    form = RecordForm("party", [section("party", ("name", "division_code"))], [("360299101201", "虚岭村")])
    qtbot.addWidget(form)
    form.load({"name": "仿溪镇人民政府", "division_code": "360299101"})
    assert form.editors["division_code"].box.currentText() == "仿溪镇" and form.changes() == {}
