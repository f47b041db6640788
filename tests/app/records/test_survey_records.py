"""Survey records by hand: added, edited, removed, undone; what a visit wrote only as a correction with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from desktop.app.county.configuring import set_setting
from desktop.app.records.bulk_editing import plan_bulk, write_bulk
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.name_offers import name_offers, shown_values
from desktop.app.records.record_history import record_history
from desktop.app.records.records import list_records
from desktop.app.records.survey_records import origin_words, visit_marks, visit_marks_of
from desktop.app.visits import surveying
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.registry.survey_identity import read_period
from tests.app.conftest import Said
from tests.app.visits.surveys import FAMILY, VILLAGE, add_family, fill, make_register, path
from tests.app.visits.test_visit_records import RISK, only


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with make_register(tmp_path / "册") as made:
        yield made


def visited(ws: Workspace) -> tuple[str, str]:
    """A household that was visited: its id and the visit's."""
    household, _ = add_family(ws)
    visit = surveying.begin_visit(ws, "household_visit", "household", household)
    assert fill(visit, {**FAMILY, **RISK}) == []
    done = surveying.finish_visit(ws, visit)
    assert done.done
    return household, done.visit_id


def test_helpers_are_offered_by_name_and_a_member_stays_the_member(
    ws: Workspace, xiangce: Callable[..., Said]
) -> None:
    household, people = add_family(ws)
    other, _ = add_family(ws, "样五")
    save_record(ws, open_record(ws, "household", other), {"helper_name": "例帮人"})
    save_record(ws, open_record(ws, "household", household), {"helper_name": "拟帮人"})
    set_setting(ws, "interest.officials", ["样官", {"name": "例帮人", "household_id": other}])
    new_record(ws, "measure", {"household_id": other, "period": "2026", "measure_code": "med_aid",
                               "provider": "样例商会"})  # fmt: skip
    names = name_offers(ws, "measure", {"household_id": household})
    assert names["provider"] == ["拟帮人", "例帮人", "样例商会", "样官"]
    assert names["for_whom"] == ["样大", "仿二", "拟三", "样四"]
    assert name_offers(ws, "household", {"id": other, "division_code": VILLAGE})["helper_name"][0] == "例帮人"
    assert name_offers(ws, "person", {}) == {}
    about = {"household_id": household, "period": "2026", "measure_code": "med_aid"}
    row = new_record(ws, "measure", {**about, "for_whom": "仿二"})
    opened = open_record(ws, "measure", row)
    assert shown_values(ws, "measure", opened.values)["for_whom"] == "仿二"
    save_record(ws, opened, {"provider": "谁也不认识的人"})
    kept = ws.register.row("measure", row)
    assert kept is not None and (kept["person_id"], kept["provider"]) == (people[1], "谁也不认识的人")
    place = ws.place
    ws.close()
    said = xiangce("helpers", place, "--household", household).out
    assert said.splitlines()[0] == "拟帮人\t本户的帮扶责任人" and "样官\t镇村干部" in said.splitlines()


def test_records_are_kept_by_hand_and_a_later_visit_meets_them(ws: Workspace) -> None:
    household, people = add_family(ws)
    about = {"household_id": household}
    income = new_record(ws, "income_record", {**about, "period": "2025年", "size": 4, "wage_local_fen": 100_000})
    row = ws.register.row("income_record", income)
    assert row is not None and row["period"] == "2025" and origin_words(ws, "income_record", income) == "手工登记"
    with pytest.raises(InputRefused, match="2025年已经有收入与支出"):
        new_record(ws, "income_record", {**about, "period": "2025"})
    with pytest.raises(InputRefused, match="期间写作"):
        new_record(ws, "income_record", {**about, "period": "去年"})
    with pytest.raises(InputRefused, match="要填期间"):
        new_record(ws, "income_record", about)
    with pytest.raises(InputRefused, match="不在册中"):
        new_record(ws, "lead", {"household_id": "0" * 32, "found_date": "2026-01-02"})
    with pytest.raises(InputRefused, match="不能是负数"):
        new_record(ws, "measure", {**about, "period": "2026", "measure_code": "med_aid", "amount_fen": -1})
    with pytest.raises(InputRefused, match="期间定了就不能改"):
        save_record(ws, open_record(ws, "income_record", income), {"period": "2024"})
    save_record(ws, open_record(ws, "income_record", income), {"wage_local_fen": 200_000})  # by hand: no reason asked
    first = new_record(ws, "measure", {**about, "period": "2026", "measure_code": "med_aid", "for_whom": "仿二"})
    second = new_record(ws, "measure", {**about, "period": "2026", "measure_code": "med_aid", "for_whom": "仿二"})
    assert first != second  # the same help twice is two lines
    row = ws.register.row("measure", first)
    assert row is not None and row["person_id"] == people[1] and row["for_whom"] is None
    # the visit of the year writes into the same record, and what it wrote is the visit's from then on
    visit = surveying.begin_visit(ws, "household_visit", "household", household)
    assert fill(visit, FAMILY) == []
    assert surveying.finish_visit(ws, visit).done
    assert only(ws, "income_record")["id"] == income and only(ws, "income_record")["wage_local_fen"] == 3_800_000
    assert "走访" in origin_words(ws, "income_record", income)
    assert ws.register.check_tables() == [] and ws.register.conflicts() == []


def test_what_a_visit_wrote_is_corrected_with_a_reason_and_stands_in_its_course(ws: Workspace) -> None:
    household, visit_id = visited(ws)
    income = str(only(ws, "income_record")["id"])
    marks = visit_marks(ws, "income_record", income)
    assert marks["wage_local_fen"].visit_id == visit_id and "note" not in marks
    save_record(ws, open_record(ws, "income_record", income), {"note": "村里核过"})  # nothing of the visit's
    before = ws.register.row("income_record", income)
    with pytest.raises(InputRefused, match="走访填的，改它要写明原因"):
        save_record(ws, open_record(ws, "income_record", income), {"wage_local_fen": 3_900_000})
    plan = plan_bulk(ws, "income_record", [income], {"size": "5"})
    with pytest.raises(InputRefused, match="改它要写明原因"):
        write_bulk(ws, plan)
    with pytest.raises(InputRefused, match="改它要写明原因"):
        remove_record(ws, open_record(ws, "income_record", income))
    assert ws.register.row("income_record", income) == before
    done = save_record(ws, open_record(ws, "income_record", income), {"wage_local_fen": 3_900_000}, "工资单上是 39000")
    assert only(ws, "income_record")["net_income_fen"] == 4_800_025
    row = ws.register.row("household", household)
    assert row is not None and row["net_income_fen"] == 4_800_025  # it says the same income as the record
    assert visit_marks(ws, "income_record", income)["wage_local_fen"].corrected
    course = surveying.visit_audit(ws, visit_id)
    assert any(a.reason == "更正走访：工资单上是 39000" and a.after == "39,000.00 元" for a in course)
    told = record_history(ws, "household", household).changes
    (change,) = [c for c in told if c.unit_id == done.unit_id and c.table == "income_record"]
    assert (change.source, change.table) == ("更正走访", "income_record") and change.about
    ws.register.undo(done.unit_id)
    assert only(ws, "income_record")["wage_local_fen"] == 3_800_000
    row = ws.register.row("household", household)
    assert row is not None and row["net_income_fen"] == 4_700_025
    assert not visit_marks(ws, "income_record", income)["wage_local_fen"].corrected
    # a correction at the door still knows what it wrote
    again = surveying.correct_visit(ws, visit_id, "看错")
    again.session.answer(path(again, "wage_local"), "40000")
    assert surveying.finish_visit(ws, again).done
    assert only(ws, "income_record")["wage_local_fen"] == 4_000_000 and ws.register.conflicts() == []


def test_a_removed_record_is_written_anew_under_the_same_identity(ws: Workspace) -> None:
    household, _visit = visited(ws)
    checked = str(only(ws, "safeguard_check")["id"])
    period = str(only(ws, "safeguard_check")["period"])
    remove_record(ws, open_record(ws, "safeguard_check", checked), "填到别人家了")
    assert list_records(ws, "safeguard_check") == []
    made = new_record(ws, "safeguard_check", {"household_id": household, "period": period, "food_ok": 1})
    assert made == checked
    row = only(ws, "safeguard_check")
    assert (row["food_ok"], row["clothes_ok"], row["house_grade"]) == (1, None, None)  # nothing of the old one stays
    assert ws.register.check_tables() == []


@pytest.mark.parametrize(
    ("table", "text", "stored"),
    [
        ("income_record", "2025", "2025"), ("income_record", "２０２５年", "2025"),
        ("income_record", "2025年6月—2026年5月", "202506-202605"),
        ("income_record", "202506-202605", "202506-202605"),
        ("safeguard_check", "2026年上半年", "2026H1"), ("safeguard_check", "2026h2", "2026H2"),
        ("measure", "2026年度", "2026"), ("income_record", "202605-202506", None),
        ("income_record", "202513-202605", None),
        ("safeguard_check", "2026第三季度", None), ("measure", "0000", None), ("income_record", "", None),
    ],
)  # fmt: skip
def test_periods_are_read_as_people_write_them(table: str, text: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(ValueError, match="写作"):
            read_period(table, text)
    else:
        assert read_period(table, text) == stored


def test_the_command_line_keeps_the_same_rules(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    folder = tmp_path / "册"
    with make_register(folder) as ws:
        household, _ = visited(ws)
        income = str(only(ws, "income_record")["id"])
    said = xiangce("set", folder, "income_record", income, "wage_local_fen=3900000", code=3)
    assert "走访填的，改它要写明原因" in said.err and "--reason" in said.err
    xiangce("set", folder, "income_record", income, "wage_local_fen=3900000", "--reason", "工资单")
    assert "已经有收入与支出" in xiangce(
        "add", folder, "income_record", f"household_id={household}", "period=2025", code=3
    ).err
    made = xiangce("add", folder, "income_record", f"household_id={household}", "period=2024年", "size=4").out.strip()
    assert xiangce("show", folder, "income_record", made, "--json").json[0]["period"] == "2024"
    assert xiangce("remove", folder, "income_record", income, code=3).err
    assert "已移除" in xiangce("remove", folder, "income_record", income, "--reason", "填错户").out


def test_many_records_are_asked_together(ws: Workspace) -> None:
    """What visits wrote is asked of 5,000 records by some statements for each thousand, not by some for each."""
    with ws.write("户", right="edit-people") as scope:
        homes = scope.insert_many("household", [{"head_name": f"样{n}", "division_code": VILLAGE} for n in range(300)])
        visit = scope.insert("visit", {"household_id": homes[0], "title": "走访", "visited_at": "2026-05-18"})
    made: dict[str, list[str]] = {}
    for source, part in ((f"visit:{visit}", homes[:200]), ("", homes[200:])):
        with ws.register.write("核对", source=source) as scope:
            rows = [{"household_id": h, "period": "2026", "house_ok": 1, "house_grade": "B"} for h in part]
            made[source] = scope.insert_many("safeguard_check", rows)
    seen, own = made[f"visit:{visit}"], made[""]
    with ws.register.write("核对", source=f"correction:{visit}") as scope:
        scope.change("safeguard_check", seen[1], {"house_grade": "C"})
    with ws.write("改", right="edit-people") as scope:
        scope.change("safeguard_check", seen[2], {"house_grade": "A"})
    asked: list[str] = []
    count = lambda *args: asked.append(args[2])  # noqa: E731
    event.listen(ws.register.reader, "before_cursor_execute", count)
    few = visit_marks_of(ws, "safeguard_check", seen[:3])
    statements = len(asked)
    many = visit_marks_of(ws, "safeguard_check", [*seen, *own])
    event.remove(ws.register.reader, "before_cursor_execute", count)
    assert len(asked) == 2 * statements and set(many) == set(seen)
    assert few == {row: visit_marks(ws, "safeguard_check", row) for row in seen[:3]}
    assert few[seen[0]]["house_grade"].words == "2026-05-18 走访"
    assert few[seen[1]]["house_grade"].words == "2026-05-18 走访，后来更正过"
    assert "house_grade" not in few[seen[2]] and few[seen[2]]["house_ok"].visit_id == visit
    plan = plan_bulk(ws, "safeguard_check", [*own, *seen], {"house_grade": "D"})
    with pytest.raises(InputRefused, match="2026-05-18 走访.*填的，改它要写明原因"):
        write_bulk(ws, plan)
    assert write_bulk(ws, plan_bulk(ws, "safeguard_check", own, {"house_grade": "D"}))[1] == 100
    assert write_bulk(ws, plan, "鉴定")[1] == 300
