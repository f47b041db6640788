"""Taking back and giving again: every state comes back whole, with what formulas, filters and counted rows did."""

from __future__ import annotations

import random

import pytest

from desktop.survey.session import drafts
from desktop.survey.session.audit import AuditLog
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import AnswerRefused, Session
from desktop.survey.session.undo import UndoLog, changes_of
from desktop.survey.xform.model import Form
from desktop.survey.xlsform.compile import compile_workbook
from tests.survey.form_filling import shipped_form
from tests.survey.test_xlsform import workbook

HEAD = ["type", "name", "label", "relevant", "calculation", "choice_filter", "repeat_count", "trigger", "parameters"]


def row(kind: str, name: str = "", label: str = "", **more: str) -> list[str]:
    given = {"type": kind, "name": name, "label": label, **more}
    return [given.get(key, "") for key in HEAD]


@pytest.fixture(scope="module")
def form() -> Form:
    """Answers that move much: a filter, a counted repeat, a hidden part, a trigger, rows one adds."""
    survey = [
        HEAD,
        row("select_one town", "town", "镇"),
        row("select_one village", "village", "村", choice_filter="town = ${town}"),
        row("integer", "size", "几口人"),
        row("begin repeat", "member", "成员", repeat_count="${size}"),
        row("text", "name", "姓名"),
        row("integer", "age", "年龄"),
        row("end repeat"),
        row("calculate", "sum", calculation="sum(${age})"),
        row("select_one yes_no", "works", "有人务工"),
        row("begin group", "job", "务工", relevant="${works} = 'yes'"),
        row("text", "where", "在哪里"),
        row("text", "noted", "原话", calculation="${where}", trigger="${where}"),
        row("end group"),
        row("begin repeat", "plot", "地块"),
        row("text", "plot_name", "地块名"),
        row("begin repeat", "crop", "作物"),
        row("text", "crop_name", "种什么"),
        row("end repeat"),
        row("end repeat"),
        row("audit", "audit", parameters="track-changes=true"),
    ]
    choices = [
        ["list_name", "name", "label", "town"],
        ["town", "a", "甲镇", ""], ["town", "b", "乙镇", ""],
        ["village", "a1", "甲一村", "a"], ["village", "a2", "甲二村", "a"], ["village", "b1", "乙一村", "b"],
        ["yes_no", "yes", "有", ""], ["yes_no", "no", "没有", ""],
    ]  # fmt: skip
    settings = [["form_title", "form_id", "version"], ["动", "moving", "1"]]
    return compile_workbook(workbook(survey, choices, settings=settings), name="data").form()


def state(session: Session) -> tuple[object, ...]:
    """All that a draft keeps, and the state of every node as a screen sees it."""
    kept = drafts.save(session)
    nodes = [
        (n.path(), n.text, repr(n.typed), n.chosen, n.relevant, n.readonly, n.required) for n in session.root.subtree()
    ]
    return kept["answers"], kept["touched"], dict(kept["reasons"]), dict(kept["remarks"]), nodes


def random_command(session: Session, dice: random.Random) -> FormNode:
    """One command such as a person gives; what it was given to."""
    asked = [
        n for n in session.root.subtree()
        if n.relevant and not n.readonly and not n.definition.children and n.definition.path in session.form.questions
    ]  # fmt: skip
    node = dice.choice(asked)
    what = dice.random()
    repeats = [
        (p, c) for p in session.root.subtree() for c in p.definition.children
        if c.repeat is not None and c.repeat.count is None and not c.repeat.fixed
    ]  # fmt: skip
    if what < 0.12 and repeats:
        parent, child = dice.choice(repeats)
        session.add_repeat(f"{parent.path()}/{child.name}")
        return parent
    rows = [r for p, c in repeats for r in p.instances(c.name)]
    if what < 0.24 and rows:
        gone = dice.choice(rows)
        session.remove_repeat(gone)
        assert gone.parent is not None
        return gone.parent
    if what < 0.32:
        session.set_reason(node.path(), dice.choice(("unknown", "refused", "")))
        return node
    if what < 0.38:
        session.remarks[node.path()] = dice.choice(("问过", "不在家"))
        return node
    offered = [choice.value for choice in session.choices(node)]
    kind = node.definition.bind.data_type
    text = dice.choice([*offered, ""]) if offered else dice.choice(
        ["", "3", "1", "4"] if kind in ("int", "integer", "decimal") else ["样", "试", "2026-01-02", ""]
    )  # fmt: skip
    try:
        session.answer(node, text)
    except AnswerRefused:
        assert node.definition.path in session.form.questions
    return node


@pytest.mark.parametrize("seed", range(6))
def test_every_state_comes_back_backwards_and_forwards(form: Form, seed: int) -> None:
    dice = random.Random(seed)
    session = Session(form)
    left: dict[str, str] = {}
    log = UndoLog(session, (left,))
    states = [(state(session), dict(left))]
    for number in range(60):
        node = random_command(session, dice)
        if number % 9 == 0:
            left[f"person-{number}"] = "迁出"
        log.took(node)
        log.close_step()
        now = (state(session), dict(left))
        if now[0][:2] != states[-1][0][:2] or now[0][2:4] != states[-1][0][2:4] or now[1] != states[-1][1]:
            if log.can_undo and now[0][0] == states[-1][0][0] and now[0][2:4] == states[-1][0][2:4] and (
                now[1] == states[-1][1]
            ):
                states[-1] = now  # an answer confirmed as it was is no step
            else:
                states.append(now)
    assert len(states) > 35
    for expected in reversed(states[:-1]):
        step = log.undo()
        assert step is not None
        assert state(session)[0] == expected[0][0] and state(session)[2:] == expected[0][2:] and left == expected[1]
    assert log.undo() is None
    for expected in states[1:]:
        assert log.redo() is not None
        assert state(session)[0] == expected[0][0] and state(session)[2:] == expected[0][2:] and left == expected[1]
    assert log.redo() is None


def test_a_household_visit_is_as_it_was_after_taking_everything_back() -> None:
    dice = random.Random(3)
    session = Session(shipped_form("household_visit"))
    log = UndoLog(session)
    begun = state(session)
    for _ in range(40):
        log.took(random_command(session, dice))
        log.close_step()
    assert state(session) != begun
    while log.undo() is not None:
        pass
    assert state(session) == begun


def test_rows_that_a_count_took_come_back_with_their_answers(form: Form) -> None:
    session = Session(form)
    log = UndoLog(session)

    def give(path: str, text: str) -> None:
        node = session.node(path)
        session.answer(node, text)
        log.took(node)

    give("/data/size", "3")
    for place, (name, age) in enumerate((("赵样", "30"), ("钱例", "28"), ("孙试", "4")), 1):
        give(f"/data/member[{place}]/name", name)
        give(f"/data/member[{place}]/age", age)
    kept = session.node("/data/member[3]")
    log.close_step()
    give("/data/size", "1")
    assert len(session.root.instances("member")) == 1 and session.node("/data/sum").text == "30"
    step = log.undo()
    assert step is not None and step.node is session.node("/data/size")
    assert session.node("/data/member[3]") is kept and kept.alive
    assert session.node("/data/member[3]/name").text == "孙试" and session.node("/data/sum").text == "62"
    session.answer("/data/member[3]/age", "5")
    assert session.node("/data/sum").text == "63"  # the formulas still see the row that came back


def test_typing_at_one_question_is_one_step_and_leaving_it_ends_the_step(form: Form) -> None:
    session = Session(form)
    log = UndoLog(session)
    node = session.root.first_named("works")
    where = session.node("/data/job/where")
    session.answer("/data/works", "yes")
    log.took(session.node("/data/works"))
    for text in ("县", "县城", "县城北"):
        session.answer(where, text)
        log.took(where, typed=True)
    assert session.node("/data/job/noted").text == "县城北"
    log.close_step()
    session.answer(where, "省城")
    log.took(where, typed=True)
    assert log.undo() is not None and where.text == "县城北"
    assert log.undo() is not None and where.text == "" and session.node("/data/job/noted").text == ""
    assert "/data/job/where" not in session.touched
    assert log.redo() is not None and where.text == "县城北"
    session.answer(where, "")
    log.took(where)
    assert not log.can_redo  # what was answered since stands
    assert node is not None


def test_what_stands_beside_the_answers_moves_up_with_its_row(form: Form) -> None:
    session = Session(form)
    for number in (1, 2, 3):
        session.add_repeat("/data/plot")
        session.answer(f"/data/plot[{number}]/plot_name", f"地{number}")
    session.answer("/data/plot[3]/plot_name", "")
    session.set_reason("/data/plot[3]/plot_name", "unknown")
    session.remarks["/data/plot[2]/plot_name"] = "靠河"
    session.remove_repeat("/data/plot[2]")
    assert session.reasons == {"/data/plot[2]/plot_name": "unknown"} and not session.remarks
    assert session.touched == {"/data/plot[1]/plot_name", "/data/plot[2]/plot_name"}


def test_the_log_of_events_keeps_what_was_taken_back(form: Form) -> None:
    session = Session(form)
    audit = AuditLog.of(session, "试员")
    assert audit is not None
    log = UndoLog(session)
    audit.at("/data/size")
    session.answer("/data/size", "2")
    log.took(session.node("/data/size"))
    audit.leave()
    step = log.undo()
    assert step is not None
    for path, old, new in changes_of(session, step, undone=True):
        audit.note_change("undo", path, old, new)
    lines = [line.split(",") for line in audit.csv().splitlines()]
    events = [(line[0], line[1], *line[4:6]) for line in lines if line[0] in ("question", "undo")]
    assert events == [("question", "/data/size", "", "2"), ("undo", "/data/size", "2", "")]
