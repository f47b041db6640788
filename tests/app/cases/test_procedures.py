"""Cases move by steps: what bars a step is named, a step is one unit of work, and undoing it takes it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.cases.procedures import steps_of, steps_taken, take_step, track_of
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import InputRefused, NotAllowed, UsageError
from desktop.registry.invariants import invariant_problems
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.registry.procedures import PROCEDURES
from desktop.registry.tables import MODELS
from desktop.store.database import Sql
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, Said


def _needs_place(sql: Sql, facts: CaseFacts) -> list[str]:
    return [] if facts.row.get("places") else ["没有写张贴地点"]


TRIAL = Procedure(
    table="complaint",
    initial="open",
    states={"open": "待办", "answered": "已答复", "closed": "办结", "dropped": "不予受理"},
    track=("open", "answered", "closed"),
    steps=(
        Step("answer", "答复", ("open",), "answered", needs=("answer", "answered_date")),
        Step("close", "办结", ("answered",), "closed", right="review"),
        Step("drop", "不予受理", ("open", "answered"), "dropped", reason_needed=True),
    ),
    frozen_after={"what": ("open",)},
)


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setitem(PROCEDURES, "complaint", TRIAL)
    ws, _ = create_workspace(
        tmp_path / "册.xcr", unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        yield ws


@pytest.fixture
def complaint(register: Workspace) -> str:
    return new_record(register, "complaint", {"what": "路灯不亮", "division_code": "440705104201"})


def test_a_step_names_what_is_missing_and_then_moves_the_case(register: Workspace, complaint: str) -> None:
    steps = {s.name: s for s in steps_of(register, "complaint", complaint)}
    assert steps["answer"].needs == ("answer", "answered_date") and steps["answer"].allowed
    with pytest.raises(InputRefused, match="没有填答复、答复日期"):
        take_step(register, "complaint", complaint, "answer")
    with pytest.raises(InputRefused, match="现在是“待办”，不能办结"):
        take_step(register, "complaint", complaint, "close")
    with pytest.raises(InputRefused, match="没有写原因"):
        take_step(register, "complaint", complaint, "drop")
    with pytest.raises(UsageError, match="没有步骤"):
        take_step(register, "complaint", complaint, "fly")
    assert steps_taken(register, "complaint", complaint) == []

    done = take_step(
        register, "complaint", complaint, "answer", {"answer": "已修好", "answered_date": "2026-03-05"},
        on="2026-03-05", source_doc="答复单 1 号",
    )  # fmt: skip
    (line,) = steps_taken(register, "complaint", complaint)
    assert (line.word, line.to_word, line.on_date, line.by) == ("答复", "已答复", "2026-03-05", "镇样例")
    assert [(t.word, t.status, t.on_date) for t in track_of(register, "complaint", complaint)] == [
        ("待办", "done", ""), ("已答复", "current", "2026-03-05"), ("办结", "future", ""),
    ]  # fmt: skip

    take_back_unit(register, done.unit_id)
    row = register.register.row("complaint", complaint)
    assert row is not None and row["state"] is None and row["answer"] is None
    assert steps_taken(register, "complaint", complaint) == []


def test_a_state_is_not_edited_and_what_was_decided_stays(register: Workspace, complaint: str) -> None:
    with pytest.raises(InputRefused, match="只能按步骤改变"):
        save_record(register, open_record(register, "complaint", complaint), {"state": "closed"})
    save_record(register, open_record(register, "complaint", complaint), {"what": "路灯坏了"})
    take_step(register, "complaint", complaint, "answer", {"answer": "已修好", "answered_date": "2026-03-05"})
    with pytest.raises(InputRefused, match="反映内容不能再改"):
        save_record(register, open_record(register, "complaint", complaint), {"what": "没有这回事"})


def test_a_state_that_no_step_led_to_is_found(register: Workspace, complaint: str) -> None:
    with register.write("直接改状态", right="edit-assets") as scope:
        scope.change("complaint", complaint, {"state": "answered"})
    with register.register.reading() as sql:
        assert [p.rule for p in invariant_problems(sql) if p.row_id == complaint] == ["state_without_step"]
    with register.write("写了不认识的状态", right="edit-assets") as scope:
        scope.change("complaint", complaint, {"state": "lost"})
    with register.register.reading() as sql:
        assert [p.rule for p in invariant_problems(sql) if p.row_id == complaint] == ["unknown_state"]


def test_who_may_not_review_does_not_close(register: Workspace, complaint: str) -> None:
    take_step(register, "complaint", complaint, "answer", {"answer": "已修好", "answered_date": "2026-03-05"})
    register.register.role = "asset-manager"
    with pytest.raises(NotAllowed):
        take_step(register, "complaint", complaint, "close")


def test_guards_speak_before_and_when_the_step_is_taken(
    register: Workspace, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = Procedure(
        "complaint", "open", TRIAL.states, (Step("go", "转办", ("open",), "answered", guards=(_needs_place,)),)
    )
    monkeypatch.setitem(PROCEDURES, "complaint", guarded)
    (shown,) = steps_of(register, "complaint", complaint)
    assert not shown.allowed and shown.bars == ("没有写张贴地点",)
    with pytest.raises(InputRefused, match="没有写张贴地点"):
        take_step(register, "complaint", complaint, "go")


def test_the_commands_tell_and_take_steps(
    xiangce: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROCEDURES, "complaint", TRIAL)
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    case = xiangce("add", place, "complaint", "what=路灯不亮", "division_code=440705104201").out.strip()
    assert "答复" in xiangce("steps", place, "complaint", case).out
    assert "没有填" in xiangce("step", place, "complaint", case, "answer", code=3).err
    xiangce(
        "step", place, "complaint", case, "answer", "answer=已修好", "answered_date=2026-03-05", "--on", "2026-03-05"
    )
    said = xiangce("steps", place, "complaint", case, "--json").json
    assert said["state"] == "answered" and [s["name"] for s in said["steps"]] == ["close", "drop"]
    assert xiangce("steps", place, "asset", case, code=2).err


def test_every_procedure_is_whole() -> None:
    tables = {str(m.__tablename__): m for m in MODELS}
    for table, procedure in PROCEDURES.items():
        model = tables[table]
        known = set(model.__table__.columns.keys()) | {name for name, _, _ in model.lists.values()}  # type: ignore[attr-defined]
        assert "state" in known and procedure.initial in procedure.states
        names = [s.name for s in procedure.steps]
        assert len(names) == len(set(names))
        for step in procedure.steps:
            assert {*step.sources, step.target} <= set(procedure.states), (table, step.name)
            assert {*step.needs, *step.offers} <= known, (table, step.name)
        assert set(procedure.track) <= set(procedure.states)
        assert set(procedure.frozen_after) <= known


def test_no_step_of_any_case_is_dated_ahead(register: Workspace, complaint: str) -> None:
    typed = {"answer": "已修好", "answered_date": "2026-03-01"}
    with pytest.raises(InputRefused, match="办理日期在今天之后"):
        take_step(register, "complaint", complaint, "answer", typed, on="2099-01-01")
    assert not steps_taken(register, "complaint", complaint)
