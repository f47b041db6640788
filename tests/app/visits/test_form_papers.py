"""Forms on paper: every question is on the blank one, every answer on the filled one, nothing that was not asked."""

from __future__ import annotations

import re
from io import BytesIO

import pypdfium2
import pytest

from desktop.app.visits.form_papers import blank_form, filled_form, plain
from desktop.common.resources import form_path
from desktop.reports.document import Document
from desktop.reports.document_layout import write_documents
from desktop.reports.table_model import NothingToPrint
from desktop.survey.session.session import Options, Session
from desktop.survey.xform.loader import load_form
from desktop.survey.xform.model import Control
from tests.survey import households as people
from tests.survey.conftest import HOUSEHOLD, HOUSEHOLD_BODY, xform
from tests.survey.form_filling import Filling, shipped_form


@pytest.fixture
def household() -> Session:
    """A filling of the small household form of the session tests."""
    return Session(load_form(xform(HOUSEHOLD, HOUSEHOLD_BODY)), Options(seed=1))


def text_of(document: Document) -> str:
    stream = BytesIO()
    write_documents([document], stream)
    pages = pypdfium2.PdfDocument(stream.getvalue())
    return "".join("".join(p.get_textpage().get_text_range().split()) for p in pages)


@pytest.mark.parametrize("name", sorted(p.stem for p in form_path("household_visit.xlsx").parent.glob("*.xlsx")))
def test_a_blank_form_has_every_question_with_its_number(name: str) -> None:
    form = shipped_form(name)
    text = text_of(blank_form(form, unit_name="样例镇人民政府"))
    session = Session(form)
    asked = 0
    for path, control in form.questions.items():
        definition = form.nodes[path]
        label = plain(session.texts.with_gaps(control.label, session.root, "＿＿")[0])
        if not label or (control.kind == "input" and definition.bind.readonly is True):
            continue
        asked += 1
        assert "".join(label.split())[:12] in text, label
    assert asked > 15 and "样例镇人民政府" in text


def test_a_filled_form_says_every_answer_in_words_and_nothing_unasked() -> None:
    filling = Filling("household_visit", **people.LISTS)
    assert filling.fill(people.FIVE) == []
    session = filling.session

    def said(control: Control, text: str) -> str:
        return "（已遮盖）" if "id-number" in control.appearance else text

    document = filled_form(
        session, [("住户", "样大"), ("走访日期", "2026-11-22")], unit_name="样例镇人民政府",
        words=said,
    )  # fmt: skip
    text = text_of(document)
    for node in session.root.subtree():
        control = session.form.questions.get(node.definition.path)
        if control is None or not node.relevant or not node.text or node.definition.bind.readonly is True:
            continue
        if control.kind == "input" and "id-number" not in control.appearance and control.label is not None:
            assert "".join(node.text.split()) in text, node.path()
    assert "（已遮盖）" in text and not re.search("440799(19|20)", text) and "长期慢性病" in text
    assert "死亡日期" not in text


def test_a_missing_answer_is_printed_with_its_reason(household: Session) -> None:
    household.answer("/data/size", "2")
    household.answer("/data/water", "")
    household.set_reason("/data/water", "refused")
    text = text_of(filled_form(household))
    assert "（不愿答）" in text and "原因" not in text  # why there is no water was not asked
    household.answer("/data/water", "none")
    household.remarks["/data/why"] = "井已废"
    text = text_of(filled_form(household))
    assert "没有" in text and "井已废" in text


def test_rows_of_a_repeat_stand_side_by_side(household: Session) -> None:
    for n in range(1, 7):
        household.add_repeat("/data/member")
        household.answer(f"/data/member[{n}]/name", f"样{n}")
        household.answer(f"/data/member[{n}]/age", str(20 + n))
    text = text_of(filled_form(household))
    assert all(f"样{n}" in text and str(20 + n) in text for n in range(1, 7))


def test_nothing_filled_prints_nothing() -> None:
    empty = Session(shipped_form("village_profile"))
    for node in empty.root.subtree():
        node.relevant = False
    with pytest.raises(NothingToPrint):
        filled_form(empty)

