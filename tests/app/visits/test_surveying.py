"""Visits on a real register: lent, kept after every answer, gone on with, finished, merged, corrected."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.visits import surveying
from desktop.app.visits.surveying import Visit
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import UsageError
from tests.app.visits.surveys import (
    BABY,
    FAMILY,
    MEMBERS,
    PASSPHRASE,
    PHOTO,
    VILLAGE,
    add_family,
    fill,
    make_register,
    path,
    text,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with make_register(tmp_path / "册") as made:
        yield made


def begin(ws: Workspace, household: str) -> Visit:
    return surveying.begin_visit(ws, "household_visit", "household", household)


def finish(ws: Workspace, visit: Visit) -> surveying.Finished:
    done = surveying.finish_visit(ws, visit)
    assert done.done, done.violations
    return done


def test_the_shipped_forms_are_listed(ws: Workspace) -> None:
    forms = {info.form_id: info for info in surveying.list_forms(ws)}
    assert forms["household_visit"].title == "农户入户调查表" and forms["household_visit"].subject == "household"
    assert forms["asset_check"].subject == "asset" and forms["village_profile"].subject == "village"
    assert forms["household_visit"].languages == ("中文 (zh)", "English (en)")
    assert {info.origin for info in forms.values()} == {"shipped"}


def test_a_visit_is_filled_in_from_the_register(ws: Workspace) -> None:
    household, people = add_family(ws)
    visit = begin(ws, household)
    assert (visit.subject_table, visit.subject_id) == ("household", household)
    assert visit.subject_label == "样大 一组 4 人"
    assert text(visit, "village") == VILLAGE and text(visit, "household") == household
    assert text(visit, "phone") == "10012345678" and text(visit, "land_arable") == "2.5"
    assert [text(visit, "name", row) for row in range(1, 5)] == ["样大", "仿二", "拟三", "样四"]
    assert [text(visit, "person_id", row) for row in range(1, 5)] == people
    assert visit.session.touched == set() and dict(visit.previous) == {}
    # another household of the village can still be chosen
    other, _ = add_family(ws, "虚大")
    assert {c.value for c in visit.session.view(path(visit, "household")).choices} >= {household}
    assert other not in {p[1] for p in visit.lending.pinned}


def test_a_finished_visit_writes_what_was_answered_and_nothing_else(ws: Workspace) -> None:
    household, people = add_family(ws)
    visit = begin(ws, household)
    assert fill(visit, {**FAMILY, "stated_size": "5", "new_members": "1", "member": [*MEMBERS, BABY]}) == []
    done = finish(ws, visit)
    row = ws.register.row("household", household)
    assert row is not None and row["net_income_fen"] == 4700025 and row["stated_size"] == 5
    assert row["per_capita_income_fen"] == 940005 and row["income_period"] == "2025"
    head = ws.register.row("person", people[0])
    assert head is not None and head["work_income_month_fen"] == 320050 and head["work_place"] == "样例县"
    made = [w for w in done.records if w.table == "person" and w.action == "create"]
    assert [w.label for w in made] == ["模五"]
    baby = ws.register.row("person", made[0].id)
    assert baby is not None and baby["name"] == "模五" and baby["household_id"] == household
    assert baby["birth_date"] == "2026-05-20" and baby["cert_type"] == "none_newborn" and baby["id_no"] is None
    # what nobody touched and what was merely prefilled wrote no operation
    cells = [(e.cell, e.kind) for e in ws.register.history("person", people[1]) if e.unit_id == done.unit_id]
    assert {c for c, _ in cells} <= {
        "skill", "work_state", "work_willing", "tekun_state", "medical_worker", "pension_worker",
    }  # fmt: skip
    visit_row = ws.register.row("visit", done.visit_id)
    assert visit_row is not None and visit_row["household_id"] == household
    assert (visit_row["form_id"], visit_row["division_code"]) == ("household_visit", VILLAGE)
    assert ws.register.units(1)[0].source == f"visit:{done.visit_id}"
    assert surveying.list_drafts(ws) == []
    assert [v.id for v in surveying.past_visits(ws, "household", household)] == [done.visit_id]
    assert ws.register.check_tables() == []


def test_what_is_open_bars_finishing_and_nothing_is_written(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = begin(ws, household)
    before = ws.register.digest()
    done = surveying.finish_visit(ws, visit)
    assert not done.done and {v.kind for v in done.violations} == {"required"}
    assert ws.register.digest() == before and [d.key for d in surveying.list_drafts(ws)] == [visit.key]


KILLED = """
import os, signal, sys
from pathlib import Path
from desktop.app.visits import surveying
from tests.app.visits.surveys import *
ws = make_register(Path(sys.argv[1]))
household, people = add_family(ws)
visit = surveying.begin_visit(ws, "household_visit", "household", household)
fill(visit, {"visitors": "试员", "member": [{"work_state": "县内务工"}]})
visit.session.set_reason(path(visit, "phone"), "refused")
visit.session.remarks[path(visit, "phone")] = "不愿意说"
surveying.keep_media(ws, visit, path(visit, "house_photo"), PHOTO, "屋.jpg", "image/jpeg")
surveying.keep(ws, visit, path(visit, "work_place"))
print(*people, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_draft_comes_back_after_a_dead_battery_at_the_same_question(tmp_path: Path) -> None:
    folder = tmp_path / "册"
    ended = subprocess.run([sys.executable, "-c", KILLED, folder], capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    people = ended.stdout.split()
    raw = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert "县内务工".encode() not in raw and PHOTO not in raw
    with open_workspace(folder, passphrase=PASSPHRASE) as again:
        info = surveying.list_drafts(again)[0]
        assert info.subject_label == "样大 一组 4 人" and info.title == "农户入户调查表"
        back = surveying.continue_visit(again, info.key)
        assert back.place == path(back, "work_place") and back.misfits == []
        assert text(back, "work_state", 1) == "县内务工"
        assert [text(back, "person_id", row) for row in range(1, 5)] == people
        assert back.session.reasons == {path(back, "phone"): "refused"}
        assert back.session.remarks == {path(back, "phone"): "不愿意说"}
        assert surveying.media(again, back, text(back, "house_photo")) == PHOTO
        surveying.drop_visit(again, info.key)
        with pytest.raises(UsageError, match="没有这份草稿"):
            surveying.continue_visit(again, info.key)


def test_a_change_merged_while_the_draft_is_open_becomes_a_conflict(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = begin(ws, household)
    fill(visit, FAMILY | {"phone": "10087654321"})
    surveying.keep(ws, visit)
    with ws.write("县里改", table="household") as scope:
        scope.change("household", household, {"phone": "10055555555", "note": "县里的备注"})
    back = surveying.continue_visit(ws, visit.key)
    assert any("联系电话" in word for word in back.misfits)
    assert text(back, "phone") == "10087654321"
    done = finish(ws, back)
    conflicts = ws.register.conflicts()
    assert [(c.table, c.row_id) for c in conflicts] == [("household", household)]
    row = ws.register.row("household", household)
    assert row is not None and row["note"] == "县里的备注"  # an answer that was not touched disputes nothing
    assert done.done


def test_a_household_removed_meanwhile_loses_nothing(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = begin(ws, household)
    fill(visit, FAMILY)
    surveying.keep(ws, visit)
    with ws.write("移除", table="household") as scope:
        scope.remove("household", household)
    back = surveying.continue_visit(ws, visit.key)
    assert any("已从登记册移除" in word for word in back.misfits)
    finish(ws, back)
    assert [(c.table, c.row_id) for c in ws.register.conflicts()] == [("household", household)]
    gone, _ = add_family(ws, "虚大")
    with ws.write("移除", table="household") as scope:
        scope.remove("household", gone)
    with pytest.raises(UsageError, match="可能已移除"):
        begin(ws, gone)


def test_the_next_visit_sees_the_answers_of_the_last(ws: Workspace) -> None:
    household, people = add_family(ws)
    first = begin(ws, household)
    fill(first, FAMILY)
    finish(ws, first)
    with ws.write("改", table="person") as scope:  # the order of the members changes
        scope.change("person", people[3], {"relation": "head"})
        scope.change("person", people[0], {"relation": "father"})
    second = begin(ws, household)
    assert next(text(second, "person_id", row) for row in range(1, 5)) == people[3]
    son, head = 1, [text(second, "person_id", row) for row in range(1, 5)].index(people[0]) + 1
    assert second.previous[path(second, "wage_local")] == "38000.0"
    assert second.previous[path(second, "work_place", head)] == "样例县"
    assert path(second, "work_place", son) not in second.previous
    assert second.previous[path(second, "student_now", son)] == "普通高中二年级"


def test_a_finished_visit_is_corrected_with_a_reason(ws: Workspace) -> None:
    household, people = add_family(ws)
    visit = begin(ws, household)
    fill(visit, {**FAMILY, "stated_size": "5", "new_members": "1", "member": [*MEMBERS, BABY]})
    done = finish(ws, visit)
    with ws.write("别人改", table="person") as scope:
        scope.change("person", people[0], {"employer": "样例厂"})
    with pytest.raises(UsageError, match="为什么"):
        surveying.correct_visit(ws, done.visit_id, " ")
    again = surveying.correct_visit(ws, done.visit_id, "金额看错")
    assert again.correction_of == done.visit_id and len(again.session.root.instances("member")) == 5
    again.session.answer(path(again, "wage_local"), "39000")
    again.session.answer(path(again, "name", 5), "模伍")
    surveying.keep(ws, again)
    again = surveying.continue_visit(ws, again.key)
    fixed = finish(ws, again)
    assert fixed.visit_id == done.visit_id
    assert {(w.table, w.action) for w in fixed.records} >= {("household", "update"), ("person", "update")}
    row = ws.register.row("household", household)
    assert row is not None and row["net_income_fen"] == 4800025
    baby = next(w.id for w in done.records if w.action == "create" and w.table == "person")
    changed = ws.register.row("person", baby)
    assert changed is not None and changed["name"] == "模伍"
    head = ws.register.row("person", people[0])
    assert head is not None and head["employer"] == "样例厂"  # what others did since stays
    assert ws.register.conflicts() == []
    audit = surveying.visit_audit(ws, done.visit_id)
    lines = [(a.field, a.before, a.after) for a in audit if a.reason == "更正走访：金额看错" and a.table == "household"]
    assert ("家庭年纯收入（元）", "47,000.25 元", "48,000.25 元") in lines
    assert any(a.table == "answer" and a.after == "39000.0" and "本地零工" in a.field for a in audit)
    past = surveying.past_visits(ws, "household", household)
    assert [(p.id, p.corrections) for p in past] == [(done.visit_id, 1)]


def test_keeping_is_quick(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = begin(ws, household)
    fill(visit, FAMILY)
    surveying.keep(ws, visit)
    times = []
    for number in range(20):
        visit.session.answer(path(visit, "wage_local"), str(38000 + number))
        start = time.thread_time()  # its own work, whatever else the machine does
        surveying.keep(ws, visit, path(visit, "wage_local"))
        times.append(time.thread_time() - start)
    assert sorted(times)[10] < 0.02  # far above what was measured, for a busy machine


def test_a_finished_visit_whose_draft_was_left_behind_is_not_written_twice(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = begin(ws, household)
    fill(visit, FAMILY)
    surveying.keep(ws, visit)
    drafts = ws.register.facts["drafts"]
    left = drafts.load("visit", visit.key)
    finish(ws, visit)
    drafts.save("visit", visit.key, left.payload, user="样员")  # the machine stopped between commit and tidying up
    before = ws.register.digest()
    with pytest.raises(UsageError, match="已经提交"):
        surveying.continue_visit(ws, visit.key)
    assert surveying.list_drafts(ws) == [] and ws.register.digest() == before


def test_a_household_met_in_a_list_is_seen_when_it_is_chosen(ws: Workspace) -> None:
    """The list showed it, another change came, then it was chosen: what the change said was not seen."""
    household, _ = add_family(ws)
    visit = surveying.begin_visit(ws, "household_visit")
    visit.session.answer(path(visit, "village"), VILLAGE)
    (offered,) = visit.session.view(path(visit, "household")).choices
    assert (offered.value, offered.label) == (household, "样大 一组 4 人")
    with ws.write("改", table="household") as scope:
        scope.change("household", household, {"group_name": "九组"})
    visit.session.answer(path(visit, "household"), household)
    visit.session.answer(path(visit, "household_ok"), "1")
    assert text(visit, "group_name") == "一组"
    fill(visit, {**FAMILY, "group_name": "二组"})
    finish(ws, visit)
    assert [c.cell for c in ws.register.conflicts()] == ["group_name"]


def test_many_touched_answers_come_back(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.app.visits.visit.TOUCHED_APART", 10)
    household, _ = add_family(ws)
    visit = begin(ws, household)
    fill(visit, FAMILY)
    surveying.keep(ws, visit)
    touched = set(visit.session.touched)
    assert len(touched) > 10 and visit.touched_kept
    visit.session.answer(path(visit, "note"), "备注")
    surveying.keep(ws, visit)
    assert surveying.continue_visit(ws, visit.key).session.touched == touched | {path(visit, "note")}


def test_nobody_is_offered_before_a_village_or_household_is_chosen(ws: Workspace) -> None:
    with ws.write("没有村的户", table="household") as scope:
        stray = scope.insert("household", {"head_name": "样无村"})
        scope.insert("person", {"name": "样无户"})
    add_family(ws)
    visit = surveying.begin_visit(ws, "household_visit")
    assert visit.session.view(path(visit, "household")).choices == [] and text(visit, "reg_persons") == "0"
    visit.session.answer(path(visit, "village"), VILLAGE)
    assert stray not in {c.value for c in visit.session.view(path(visit, "household")).choices}
