"""The status of an asset on any day: changed, filled in, corrected, withdrawn; ledgers, lists and figures tie out."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from desktop.app.assets.status_history import (
    add_past_status,
    change_status,
    correct_status,
    find_entry,
    status_periods,
    withdraw_status,
)
from desktop.app.cases.procedures import take_step
from desktop.app.exchange.exchanging import resolve
from desktop.app.keeping.self_check import check_register
from desktop.app.money.money_books import total_ledger
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.records.bulk_editing import plan_bulk, write_bulk
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.record_history import compare, record_history
from desktop.app.records.records import list_records
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.asset_ledger import AssetLedger, LedgerQuery
from desktop.insight.value_ledger import differences
from desktop.registry.asset_status import codes_on, statuses_on
from tests.app.conftest import Said
from tests.app.money.books import asset, party, register_at

TODAY = date.today().isoformat()
STATUSES = ("normal", "idle", "inefficient", "damaged", "lost")


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def told(ws: Workspace, record: str, *, withdrawn: bool = False) -> list[tuple[str, str | None]]:
    return [(p.start, p.status) for p in status_periods(ws, record, withdrawn=withdrawn)]


def problems(ws: Workspace) -> set[str]:
    return {p.rule for p in check_register(ws) if p.rule.startswith("status_") or p.rule == "journal"}


def test_a_change_holds_from_its_day_and_the_time_before_keeps_its_cause(ws: Workspace) -> None:
    shop = asset(ws, "样例铺面", status="idle", status_reason="没有承租人", status_due="2024-06-30")
    change_status(ws, shop, "normal", since="2024-05-01", source_doc="租赁合同 1 号")
    row = ws.register.row("asset", shop)
    assert row is not None and (row["status"], row["status_reason"], row["status_due"]) == ("normal", None, None)
    before = next(r for r in list_records(ws, "asset", as_of="2024-04-30") if r["id"] == shop)
    assert (before["status"], before["status_reason"], before["status_due"]) == ("idle", "没有承租人", "2024-06-30")
    assert list_records(ws, "asset", as_of="2024-05-01")[0]["status"] == "normal"
    assert told(ws, shop) == [("", "idle"), ("2024-05-01", "normal")]
    # what is done about an idle asset while it is idle is kept with that time
    change_status(ws, shop, "idle", since="2024-08-01", reason="退租")
    save_record(ws, open_record(ws, "asset", shop), {"status_measure": "招租", "status_due": "2024-12-31"})
    change_status(ws, shop, "inefficient", since="2025-01-01", reason="租金低")
    idle = status_periods(ws, shop)[-2]
    assert (idle.reason, idle.measure, idle.due_date, idle.end) == ("退租", "招租", "2024-12-31", "2025-01-01")
    assert problems(ws) == set()


def test_days_out_of_order_ahead_or_doubled_are_refused(ws: Workspace) -> None:
    shop = asset(ws, "样例铺面", status="normal")
    change_status(ws, shop, "idle", since="2024-05-01")
    for since, words in (("2024-04-01", "2024-05-01 起已登记为闲置"), ("2999-01-01", "还没到")):
        with pytest.raises(InputRefused, match=words):
            change_status(ws, shop, "normal", since=since)
    with pytest.raises(InputRefused, match="已经是闲置"):
        change_status(ws, shop, "idle", since="2024-06-01")
    with pytest.raises(InputRefused, match="由处置的步骤"):
        change_status(ws, shop, "disposed", since="2024-06-01")
    with pytest.raises(InputRefused, match="状态变动不在这里改"):
        new_record(ws, "status_change", {"asset_id": shop, "status": "normal", "from_date": "2024-06-01"})
    assert told(ws, shop) == [("", "normal"), ("2024-05-01", "idle")]
    change_status(ws, shop, "damaged", since="2024-05-01")  # on the same day: the first is withdrawn, not lost
    assert told(ws, shop, withdrawn=True) == [("", "normal"), ("2024-05-01", "damaged"), ("2024-05-01", "idle")]
    assert problems(ws) == set()


def test_the_past_is_filled_in_corrected_and_withdrawn(ws: Workspace) -> None:
    shop = asset(ws, "样例铺面", status="normal")
    change_status(ws, shop, "idle", since="2025-01-01", reason="退租")
    add_past_status(ws, shop, "damaged", since="2023-03-01", reason="台风")
    add_past_status(ws, shop, "normal", since="2023-06-01")
    assert told(ws, shop) == [("", "normal"), ("2023-03-01", "damaged"), ("2023-06-01", "normal"),
                              ("2025-01-01", "idle")]  # fmt: skip
    with pytest.raises(InputRefused, match="2023-03-01 起已登记为损毁"):
        add_past_status(ws, shop, "lost", since="2023-03-01")
    with pytest.raises(InputRefused, match="没有登记别的状态"):
        add_past_status(ws, shop, "lost", since="2025-02-01")
    wrong = find_entry(ws, shop, "2023-04-01")
    with pytest.raises(InputRefused, match="没有写依据"):
        correct_status(ws, wrong.id, source_doc=" ", since="2023-03-15")
    with pytest.raises(InputRefused, match="后一条 2023-06-01"):
        correct_status(ws, wrong.id, source_doc="说明", since="2023-07-01")
    correct_status(ws, wrong.id, source_doc="更正说明 1 号", status="inefficient", since="2023-03-15")
    assert told(ws, shop)[1] == ("2023-03-15", "inefficient")
    assert find_entry(ws, shop, "2023-04-01").reason == "台风"
    with pytest.raises(InputRefused, match="已更正过"):
        correct_status(ws, wrong.id, source_doc="说明", since="2023-03-16")
    # the last entry is what holds now
    last = find_entry(ws, shop, None)
    correct_status(ws, last.id, source_doc="更正说明 2 号", status="inefficient")
    row = ws.register.row("asset", shop)
    assert row is not None and row["status"] == "inefficient" and row["status_reason"] == "退租"
    withdraw_status(ws, find_entry(ws, shop, None).id, "没有退租")
    row = ws.register.row("asset", shop)
    assert row is not None and row["status"] == "normal" and row["status_reason"] is None
    with pytest.raises(InputRefused, match="最早的一条不能撤掉"):
        withdraw_status(ws, find_entry(ws, shop, "2020-01-01").id, "记错")
    assert len([p for p in status_periods(ws, shop, withdrawn=True) if p.withdrawn]) == 3
    assert problems(ws) == set()


def test_the_form_the_bulk_edit_and_undo_write_the_day(ws: Workspace) -> None:
    shop, barn = asset(ws, "样例铺面", status="normal"), asset(ws, "样例冷库", status="normal")
    said = {"status": "闲置", "status_since": "2024-03-01", "status_reason": "退租", "status_doc": "会议纪要 3 号"}
    save_record(ws, open_record(ws, "asset", shop), said)
    period = status_periods(ws, shop)[-1]
    assert (period.start, period.status, period.reason) == ("2024-03-01", "idle", "退租")
    assert period.source_doc == "会议纪要 3 号"
    save_record(ws, open_record(ws, "asset", barn), {"status": "idle"})
    assert told(ws, barn) == [("", "normal"), (TODAY, "idle")]
    plan = plan_bulk(ws, "asset", [shop, barn], {"status": "inefficient"})
    with pytest.raises(InputRefused, match="已登记为闲置"):
        write_bulk(ws, plan, "盘点", since="2024-06-01")  # the second changed today
    assert told(ws, shop)[-1] == ("2024-03-01", "idle")
    unit, count = write_bulk(ws, plan_bulk(ws, "asset", [shop], {"status": "inefficient"}), "盘点", since="2024-06-01")
    assert count == 1 and told(ws, shop)[-1] == ("2024-06-01", "inefficient")
    ws.register.undo(unit)
    assert told(ws, shop) == [("", "normal"), ("2024-03-01", "idle")]
    assert problems(ws) == set()


def test_an_asset_of_an_older_program_is_asked_of_the_journal(ws: Workspace) -> None:
    times = iter([datetime(2024, 1, 5).timestamp(), datetime(2024, 3, 2).timestamp(), datetime(2024, 9, 1).timestamp()])
    clock, made = ws.register.now, []
    for values in ({"name": "样例铺面", "status": "normal", "division_code": "440705104201"}, {"status": "idle"}):
        at = int(next(times) * 1000)
        ws.register.now = lambda at=at: at  # type: ignore[misc]
        with ws.register.write("旧版程序") as scope:  # which wrote no entries
            made.append(scope.insert("asset", values) if not made else scope.change("asset", made[0], values))
    ws.register.now = clock
    shop = str(made[0])
    assert told(ws, shop) == [("", "idle")]
    assert list_records(ws, "asset", as_of="2023-01-01")[0]["status"] == "idle"  # the present one
    assert problems(ws) == set()
    for day, status in (("2024-02-01", "正常"), ("2024-06-01", "闲置")):  # the slider asks the journal
        facts = {f.name: f.then for f in compare(ws, "asset", shop, day, "happened").facts}
        assert facts["资产状态"] == status
    change_status(ws, shop, "normal", since="2025-01-01")
    assert told(ws, shop) == [("", "normal"), ("2024-03-02", "idle"), ("2025-01-01", "normal")]
    assert problems(ws) == set()


def test_a_disposal_writes_its_days_and_what_was_before_comes_back(ws: Workspace) -> None:
    owner = party(ws, "双水村联合社", "collective")
    shop = asset(ws, "样例铺面", owner=owner, status="idle", status_reason="退租", asset_no="YL-1",
                 original_value_fen=900_000)  # fmt: skip
    case = new_record(ws, "disposal", {"asset_id": shop, "kind": "donate", "reason": "market", "applicant": "双水村",
                                       "applied_date": "2025-01-02"})  # fmt: skip
    held = new_record(ws, "decision", {
        "title": "处置样例铺面", "kind": "disposal", "division_code": "440705104201", "proposed_date": "2025-02-01",
        "consulted_date": "2025-02-03", "party_date": "2025-02-10", "resolved_date": "2025-02-20",
        "resolution_public_date": "2025-02-21", "should_attend": 32, "attended": 28, "agreed": 27,
    })  # fmt: skip
    take_step(ws, "disposal", case, "meet", {"decision_id": held}, on="2025-03-01")
    assert told(ws, shop) == [("", "idle"), ("2025-03-01", "disposing")]
    assert "登记会议" in (status_periods(ws, shop)[-1].source_doc or "")
    with pytest.raises(InputRefused, match="正在处置"):
        change_status(ws, shop, "normal", since="2025-03-15")
    with pytest.raises(InputRefused, match="由处置的步骤"):
        withdraw_status(ws, find_entry(ws, shop, None).id, "记错")
    take_step(ws, "disposal", case, "stop", on="2025-04-01", note="不办了")
    assert told(ws, shop) == [("", "idle"), ("2025-03-01", "disposing"), ("2025-04-01", "idle")]
    idle = [r.id for r in list_rows(ws, LISTS["idle"], ListChoice(as_of="2025-03-15"), TODAY)]
    assert idle == [] and [r.id for r in list_rows(ws, LISTS["idle"], ListChoice(as_of="2025-02-15"), TODAY)] == [shop]
    assert problems(ws) == set()


def test_ledgers_lists_and_figures_of_a_day_tie_out(ws: Workspace, tmp_path: Path) -> None:
    draw = random.Random(7)
    days = [(date(2023, 1, 1) + timedelta(days=7 * n)).isoformat() for n in range(120)]
    expected: dict[str, list[tuple[str, str]]] = {}
    for n in range(24):
        first = draw.choice(STATUSES)
        shop = asset(ws, f"样例铺面{n}", asset_no=f"YL-{n}", status=first, original_value_fen=100_000 + n,
                     built_date="2020-01-01")  # fmt: skip
        line = [("", first)]
        for day in sorted(draw.sample(days, draw.randint(0, 4))):
            status = draw.choice([s for s in STATUSES if s != line[-1][1]])
            change_status(ws, shop, status, since=day)
            line.append((day, status))
        expected[shop] = line
    for day in [days[0], *draw.sample(days, 5), TODAY]:
        held = {a: [s for d, s in line if d <= day][-1] for a, line in expected.items()}
        cut = total_ledger(ws, "status", day)
        assert {line.key: line.count for line in cut.lines} == Counter(held.values())
        assert not differences(cut) and cut.total.sums() == total_ledger(ws, "category", day).total.sums()
        idle = list_rows(ws, LISTS["idle"], ListChoice(as_of=day), TODAY)
        assert {r.id for r in idle} == {a for a, s in held.items() if s in ("idle", "inefficient")}
        values = LISTS["idle"].columns
        at = next(i for i, c in enumerate(values) if c.name == "original_value_fen")
        wanted = {"idle", "inefficient"}
        assert sum(int(r.cells[at] or 0) for r in idle) == sum(x.original_fen for x in cut.lines if x.key in wanted)
        for status in STATUSES:
            ids = {e.values["id"] for e in AssetLedger(ws.register, LedgerQuery(as_of=day, equal={"status": status}))}
            assert ids == {a for a, s in held.items() if s == status}
            shown = list_records(ws, "asset", where={"status": status}, as_of=day)
            assert {r["id"] for r in shown} == ids
        entries = {e.values["id"]: e.values["status"] for e in AssetLedger(ws.register, LedgerQuery(as_of=day))}
        assert entries == held


def test_as_known_at_a_moment_before_the_change_was_entered(ws: Workspace) -> None:
    shop = asset(ws, "样例铺面", status="normal", built_date="2020-01-01")
    time.sleep(0.003)
    before = datetime.now().astimezone().isoformat()
    time.sleep(0.003)
    change_status(ws, shop, "idle", since="2024-01-01")
    assert total_ledger(ws, "status", "2024-06-01").lines[0].key == "idle"
    assert total_ledger(ws, "status", "2024-06-01", known_at=before).lines[0].key == "normal"
    assert list_records(ws, "asset", as_of="2024-06-01", known_at=before)[0]["status"] == "normal"
    assert list_records(ws, "asset", as_of="2023-06-01")[0]["status"] == "normal"
    choice = ListChoice(as_of="2024-06-01", known_at=before)
    assert list_rows(ws, LISTS["idle"], choice, TODAY) == []
    # the page with the slider: by the day things happened, and its days
    assert "2024-01-01" in record_history(ws, "asset", shop).days["happened"]
    with ws.register.reading() as sql:
        assert statuses_on(sql, "2023-06-01", [shop])[shop].status == "normal" == codes_on(sql, "2023-06-01")[shop]
        assert not statuses_on(sql, "2024-06-01", [shop]) and not codes_on(sql, "2024-06-01")
    then = {f.name: (f.then, f.now) for f in compare(ws, "asset", shop, TODAY, "happened").facts}
    assert then["资产状态"] == ("闲置", "闲置")
    then = {f.name: (f.then, f.now) for f in compare(ws, "asset", shop, "2023-06-01", "happened").facts}
    assert then["资产状态"] == ("正常", "闲置")  # entered later, but known for that day
    detail = asset_detail(ws, shop, as_of="2023-06-01")
    assert detail is not None and detail.words["status"] == "正常" and len(detail.periods) == 2


def test_two_laptops_and_a_decided_conflict(ws: Workspace) -> None:
    shop = asset(ws, "样例铺面", status="normal")
    seen = open_record(ws, "asset", shop)
    save_record(ws, seen, {"status": "idle", "status_since": "2024-03-01"})
    # what another laptop wrote meanwhile, on another day and on the same one
    with ws.register.write("另一台电脑") as scope:
        scope.change("asset", shop, {"status": "damaged"}, seen.seen)
        other = scope.insert("status_change", {"asset_id": shop, "status": "damaged", "from_date": "2024-05-01"})
    (conflict,) = [c for c in ws.register.conflicts() if c.table == "asset"]
    take = next(n for n, c in enumerate(conflict.choices, 1) if c.raw == "idle")
    resolve(ws, conflict.case, take=take)
    assert told(ws, shop) == [("", "normal"), ("2024-03-01", "idle")]
    row = ws.register.row("status_change", other)
    assert row is not None and row["withdrawn"] == 1 and "冲突" in str(row["note"])
    assert problems(ws) == set()
    with ws.register.write("另一台电脑") as scope:
        scope.insert("status_change", {"asset_id": shop, "status": "lost", "from_date": "2024-03-01"})
    assert "status_overlap" in problems(ws)
    with ws.register.write("旧版程序") as scope:
        scope.change("asset", shop, {"status": "inefficient"})
        scope.insert("status_change", {"asset_id": shop, "status": "lost", "from_date": "2999-01-01"})
    assert {"status_differs", "status_ahead"} <= problems(ws)


def test_the_commands(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    with register_at(tmp_path) as made:
        asset(made, "样例铺面", asset_no="YL-1", status="normal", built_date="2020-01-01", original_value_fen=500_000)
    place = tmp_path / "册.xcr"
    said = xiangce("status", "change", place, "YL-1", "闲置", "--since", "2024-03-01", "--reason", "退租").out
    assert "2024-03-01 起改为闲置" in said and "批次" in said
    xiangce("status", "add", place, "YL-1", "损毁", "--since", "2022-03-01", "--doc", "灾损报告")
    xiangce("status", "add", place, "YL-1", "正常", "--since", "2022-05-01")
    assert "2022-03-01 前 正常" in xiangce("status", "show", place, "YL-1").out
    assert "2024-03-01 起至今 闲置（原因：退租）" in xiangce("status", "show", place, "YL-1").out
    (then,) = xiangce("status", "show", place, "YL-1", "--as-of", "2022-04-01", "--json").json
    assert then["status"] == "damaged" and then["until"] == "2022-05-01" and then["source_doc"] == "灾损报告"
    assert "还没到" in xiangce("status", "change", place, "YL-1", "正常", "--since", "2999-01-01", code=3).err
    assert "没有状态" in xiangce("status", "change", place, "YL-1", "蓝色", code=2).err
    xiangce("status", "correct", place, "YL-1", "--on", "2022-04-01", "--since", "2022-02-01", "--doc", "更正说明")
    xiangce("status", "withdraw", place, "YL-1", "--why", "没有退租")
    everything = xiangce("status", "show", place, "YL-1", "--all").out
    assert everything.count("已更正）") == 2 and "2022-02-01 起到 2022-05-01 前 损毁" in everything
    shown = xiangce("show", place, "asset", "--as-of", "2022-04-01", "--where", "status=damaged", "--json").json
    assert len(shown) == 1
    ledger = xiangce("ledger", place, "--by", "status", "--as-of", "2022-04-01").out
    assert "损毁\t1" in ledger
    target = tmp_path / "台账.pdf"
    xiangce("print", place, "assets", "-o", target, "--as-of", "2022-04-01", "--where", "status=damaged")
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(target))
    assert "损毁" in text and "样例铺面" in text
    xiangce("print", place, "assets", "-o", target, "--as-of", "2023-04-01", "--where", "status=damaged", code=3)
    xiangce("set", place, "asset", shown[0]["id"], "status=inefficient", "status_since=2024-06-01")
    assert "2024-06-01 起至今 低效" in xiangce("status", "show", place, "YL-1").out


def test_an_entry_of_no_asset_is_told(ws: Workspace) -> None:
    with pytest.raises(UsageError):
        change_status(ws, "0" * 32, "idle")
    with ws.register.write("合并") as scope:
        scope.insert("status_change", {"asset_id": "0" * 32, "status": "idle"})
    assert [p.rule for p in check_register(ws) if p.table == "status_change"] == ["reference"]
