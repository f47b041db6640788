"""A form as a screen shows it: sections, pages, progress, open points; rebuilt where rows come and go."""

from __future__ import annotations

from desktop.survey.session.choices import exclusive_values
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import open_points
from desktop.survey.session.outline import ADD, Outline, Page
from desktop.survey.session.session import Session
from desktop.survey.xlsform.compile import compile_workbook
from tests.survey import households as people
from tests.survey.form_filling import Filling
from tests.survey.test_xlsform import workbook


def pages(outline: Outline) -> list[Page]:
    """The way through the form with Enter."""
    found: list[Page] = []
    page = outline.step(None, 1)
    while page is not None:
        found.append(page)
        page = outline.step(page, 1)
    return found


def titles(outline: Outline) -> list[str]:
    """The sections on the screen."""
    return [outline.title(section) for section in outline.sections if outline.is_shown(section)]


def test_the_household_form_opens_section_by_section() -> None:
    filling = Filling("household_visit", **people.LISTS)
    outline = Outline(filling.session)
    assert titles(outline) == ["走访", "哪一户"]
    filling.fill(people.FIVE)
    outline.take_changes(filling.session.engine.changed)
    assert titles(outline)[2:5] == ["户的基本情况", "成员", "成员核对"]
    members = outline.sections[3]
    rows = [outline.heading(node).strip() for node, _page in outline.chapters(members)]
    assert rows[3:] == ["成员 4：样四", "成员 5：模五"]
    way = pages(outline)
    assert way == pages(outline) and len(way) == 42
    back = [way[-1]]
    while (before := outline.step(back[-1], -1)) is not None:
        back.append(before)
    assert back[::-1] == way
    progress = outline.progress(outline.sections[0])
    assert (progress.answered, progress.asked, progress.state) == (3, 3, "done")
    assert all(outline.page_of(node) is page for page in way for node in page.questions())


def test_rows_that_go_take_their_pages_along() -> None:
    filling = Filling("household_visit", **people.LISTS)
    filling.fill(people.FIVE)
    outline = Outline(filling.session)
    members = outline.sections[3]
    assert len(outline.chapters(members)) == 5
    filling.answer("new_members", "0")
    outline.take_changes(filling.session.engine.changed)
    assert len(outline.chapters(members)) == 4 and outline.progress(members).asked < 100


def test_open_points_say_what_bars_and_what_does_not() -> None:
    filling = Filling("household_visit", **people.LISTS)
    filling.fill(people.FIVE)
    session = filling.session
    said = open_points(session)
    assert [(p.kind, p.node.name) for p in said] == [("warning", "dibao_note")]
    session.set_reason(said[0].node.path(), "低保金还没有到账")
    node = filling.node("work_income_month", 1)
    session.answer(node, "50")
    warning = filling.node("work_income_note", 1)
    points = open_points(session)
    assert [(p.kind, p.node, p.bars) for p in points] == [("warning", warning, False)]
    session.set_reason(warning.path(), "核对过，数字没错")
    assert open_points(session) == []
    session.answer("/data/closing/signed_by", "")
    assert [(p.kind, p.bars) for p in open_points(session)] == [("required", True)]
    session.set_reason("/data/closing/signed_by", "to_collect")
    assert [(p.kind, p.bars) for p in open_points(session)] == [("to_collect", False)]
    outline = Outline(session)
    assert outline.progress(outline.sections[-1]).state == "flag"
    session.answer(filling.node("health", 1), "healthy chronic")
    assert [p.kind for p in open_points(session)] == ["wrong", "to_collect"]
    assert exclusive_values(filling.node("health", 1)) == {"healthy"}


def test_questions_that_stand_alone_and_rows_one_adds() -> None:
    book = workbook(
        survey=[
            ["type", "name", "label"],
            ["text", "a", "甲"],
            ["begin repeat", "row", "行 ${n}"],
            ["text", "n", "名"],
            ["begin repeat", "inner", "里 "],
            ["integer", "k", "数"],
            ["end repeat", "", ""],
            ["end repeat", "", ""],
            ["note", "say", "话"],
        ],
    )
    session = Session(compile_workbook(book).form())
    outline = Outline(session)
    assert titles(outline) == ["开头", "行", "其他问题"]
    kinds = ["question", "question", "question", ADD, ADD, "question"]
    assert [part.kind for page in pages(outline) for part in page.parts] == kinds
    row = session.add_repeat("/data/row")
    session.remove_repeat("/data/row[1]")
    kinds = ["question", "question", ADD, ADD, "question"]
    assert [part.kind for page in pages(outline) for part in page.parts] == kinds
    session.add_repeat(f"{row.path()}/inner")
    way = pages(outline)
    assert [n.name for n in _asked(way)] == ["a", "n", "k", "say"] and list(outline.numbers.values()) == [1, 2, 3]


def _asked(way: list[Page]) -> list[FormNode]:
    return [node for page in way for node in page.questions()]
