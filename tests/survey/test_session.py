"""A visit: answers, rows, rules, drafts, submission."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from desktop.survey.session import drafts
from desktop.survey.session.entities import entity_writes
from desktop.survey.session.navigation import END, NEW_REPEAT, QUESTION, Navigator
from desktop.survey.session.session import AnswerRefused, Options, Session
from desktop.survey.session.submission import edited_seed, submission_xml
from desktop.survey.xform import tables
from desktop.survey.xform.model import Form, FormError


def add_member(session: Session, name: str, age: int) -> str:
    node = session.add_repeat("/data/member")
    session.answer(f"{node.path()}/name", name)
    session.answer(f"{node.path()}/age", str(age))
    return node.path()


def value(session: Session, path: str) -> str:
    return session.node(path).text


def test_totals_follow_every_row(household: Session) -> None:
    add_member(household, "样甲", 40)
    second = add_member(household, "样乙", 12)
    assert value(household, "/data/adults") == "1"
    household.answer(f"{second}/age", "71")
    assert value(household, "/data/adults") == "2"
    assert value(household, "/data/oldest") == "样乙"
    household.remove_repeat("/data/member[1]")
    assert value(household, "/data/adults") == "1"
    assert household.view("/data/member[1]/age").label == "样乙的年龄"


def test_a_wrong_answer_is_kept_named_and_bars_finalising(household: Session) -> None:
    violation = household.answer("/data/size", "31")
    assert violation is not None and violation.kind == "constraint"
    assert violation.message == "人口数要在 1 到 30 之间。"
    assert value(household, "/data/size") == "31"
    assert [v.path for v in household.finalise()] == ["/data/size"]
    assert household.answer("/data/size", "3") is None
    assert household.finalise() == []


def test_an_irrelevant_answer_is_kept_but_reads_as_empty(household: Session) -> None:
    household.answer("/data/size", "1")
    household.answer("/data/water", "none")
    assert [v.path for v in household.validate()] == ["/data/why"]
    household.answer("/data/why", "山泉")
    household.answer("/data/water", "tap")
    view = household.view("/data/why")
    assert not view.relevant and view.value == "山泉" and household.node("/data/why").atom() == ""
    assert "山泉" not in submission_xml(household)
    household.answer("/data/water", "none")
    assert "山泉" in submission_xml(household)


def test_a_reason_counts_as_an_answer(household: Session) -> None:
    assert [v.kind for v in household.validate()] == ["required"]
    household.set_reason("/data/size", "拒答")
    assert household.validate() == []
    household.set_reason("/data/size", "")
    assert len(household.validate()) == 1


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("/data/note", "x", "只读"),
        ("/data/size", "1" * 100_001, "100001 个字"),
        ("/data/member[9]/name", "x", "没有这个位置"),
        ("/data/nothing", "x", "没有这个位置"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_changes_nothing(
    household: Session, path: str, text: str, words: str
) -> None:
    household.answer("/data/size", "4")
    with pytest.raises(AnswerRefused, match=words):
        household.answer(path, text)
    assert value(household, "/data/size") == "4"


def test_text_that_is_no_number_is_no_answer(household: Session) -> None:
    household.answer("/data/size", "很多")
    assert value(household, "/data/size") == ""


def test_the_draft_comes_back_with_everything(household: Session) -> None:
    add_member(household, "样甲", 40)
    household.answer("/data/water", "none")
    household.answer("/data/why", "山泉 & <井>")
    household.answer("/data/water", "tap")
    household.set_reason("/data/size", "不知道")
    draft = json.loads(json.dumps(drafts.save(household, at="/data/member[1]/age")))
    again, lost = drafts.restore(household.form, draft)
    assert lost == [] and draft["at"] == "/data/member[1]/age"
    assert [(n.path(), n.text, n.relevant) for n in again.root.subtree()] == [
        (n.path(), n.text, n.relevant) for n in household.root.subtree()
    ]
    assert again.reasons == {"/data/size": "不知道"}


def test_a_draft_of_another_form_is_refused(household: Session) -> None:
    draft = drafts.save(household)
    with pytest.raises(FormError, match="另一张表单"):
        drafts.restore(household.form, {**draft, "form_id": "other"})
    with pytest.raises(FormError, match="更新版本"):
        drafts.restore(household.form, {**draft, "format": 99})


def test_a_changed_form_says_what_did_not_fit(household: Session, make_form: Callable[..., Form]) -> None:
    household.answer("/data/size", "4")
    household.answer("/data/water", "tap")
    newer = make_form(
        "<instance><data id='hh' version='2'><water/></data></instance>",
        "<select1 ref='/data/water'><item><label>井</label><value>well</value></item></select1>",
    )
    again, lost = drafts.restore(newer, drafts.save(household))
    assert any("size" in words for words in lost) and any("tap" in words for words in lost)
    assert value(again, "/data/water") == "tap"


def test_a_correction_names_the_instance_it_replaces(household: Session) -> None:
    household.answer("/data/size", "2")
    first = submission_xml(household)
    before = value(household, "/data/orx:meta/orx:instanceID")
    again = Session(household.form, instance=edited_seed(household.form, first), first_load=False)
    assert value(again, "/data/orx:meta/orx:deprecatedID") == before
    assert value(again, "/data/orx:meta/orx:instanceID") not in ("", before)


def test_walking_the_form_asks_only_what_is_relevant(household: Session) -> None:
    walker = Navigator(household)
    events = [(stop.event, stop.path) for stop in walker.stops()]
    assert events == [
        (QUESTION, "/data/size"),
        (NEW_REPEAT, "/data/member"),
        (QUESTION, "/data/water"),
        (QUESTION, "/data/note"),
    ]
    add_member(household, "样甲", 40)
    household.answer("/data/water", "none")
    paths = [stop.path for stop in walker.stops() if stop.event == QUESTION]
    assert paths[1:3] == ["/data/member[1]/name", "/data/member[1]/age"] and "/data/why" in paths
    walker.go_to("/data/why")
    assert walker.next().path == "/data/note"
    assert walker.previous().path == "/data/why"
    walker.go_to("/data/note")
    assert walker.next().event == END


CASCADE = (
    "<instance><data id='c'><county/><town/><n/></data></instance>"
    "<instance id='towns' src='jr://file-csv/towns.csv'/>"
    "<bind nodeset='/data/n' calculate=\"pulldata('towns', 'label', 'name', /data/town)\"/>"
)
CASCADE_BODY = (
    "<input ref='/data/county'/><select ref='/data/town'>"
    "<itemset nodeset=\"instance('towns')/root/item[county = /data/county]\"><value ref='name'/><label ref='label'/>"
    "</itemset></select>"
)
TOWNS = "name,label,county\nt1,样例镇,c1\nt2,仿例镇,c1\nt3,拟例镇,c2\n"


def test_a_filter_hides_answers_and_gives_them_back(make_form: Callable[..., Form]) -> None:
    session = Session(make_form(CASCADE, CASCADE_BODY, {"towns.csv": TOWNS}))
    session.answer("/data/county", "c1")
    assert [c.label for c in session.view("/data/town").choices] == ["样例镇", "仿例镇"]
    session.answer("/data/town", "t2 t1")
    assert value(session, "/data/town") == "t1 t2"
    session.answer("/data/county", "c2")
    assert value(session, "/data/town") == ""
    session.answer("/data/county", "c1")
    assert value(session, "/data/town") == "t1 t2"
    session.answer("/data/town", "t2")
    assert value(session, "/data/n") == "仿例镇"


def test_the_register_lends_its_lists_to_one_filling(make_form: Callable[..., Form]) -> None:
    form = make_form(CASCADE, CASCADE_BODY, {"towns.csv": TOWNS})
    today = tables.from_rows("towns", ("name", "label", "county"), [("t9", "虚例镇", "c1")])
    session = Session(form, Options(lists={"towns": today}))
    session.answer("/data/county", "c1")
    assert [choice.label for choice in session.view("/data/town").choices] == ["虚例镇"]
    with pytest.raises(AnswerRefused, match="没有“t1”"):
        session.answer("/data/town", "t1")
    other = Session(form)
    other.answer("/data/county", "c1")
    assert [choice.value for choice in other.view("/data/town").choices] == ["t1", "t2"]


def test_counted_rows_come_and_go(make_form: Callable[..., Form]) -> None:
    form = make_form(
        "<instance><data id='r'><n>2</n><row><x>先</x><place/></row></data></instance>"
        "<bind nodeset='/data/n' type='int'/>"
        "<bind nodeset='/data/row/place' calculate='position(..)'/>",
        "<input ref='/data/n'/><repeat nodeset='/data/row' jr:count='/data/n'><input ref='/data/row/x'/></repeat>",
    )
    session = Session(form)
    assert [row.named["x"][0].text for row in session.root.instances("row")] == ["先", ""]
    session.answer("/data/n", "4")
    assert [row.named["place"][0].text for row in session.root.instances("row")] == ["1", "2", "3", "4"]
    session.answer("/data/n", "")
    assert len(session.root.instances("row")) == 4
    session.answer("/data/n", "1")
    assert len(session.root.instances("row")) == 1
    with pytest.raises(AnswerRefused, match="条数由表单决定"):
        session.add_repeat("/data/row")


def test_formulas_that_never_settle_are_named(make_form: Callable[..., Form]) -> None:
    form = make_form(
        "<instance><data id='x'><a/><b/></data></instance><bind nodeset='/data/a' calculate='/data/b + 1'/>"
        "<bind nodeset='/data/b' calculate='coalesce(/data/a, 0) + 1'/>"
    )
    from desktop.survey.xform.dependencies import refuse_cycles

    with pytest.raises(FormError, match=r"循环：a（calculate）、b（calculate）"):
        refuse_cycles(form)
    with pytest.raises(FormError, match="一直在变"):
        Session(form)


def test_entities_and_their_targets_are_read(make_form: Callable[..., Form]) -> None:
    form = make_form(
        "<instance><data id='e'><name/><meta><instanceID/>"
        "<entity dataset='household' id='' create='1'><label/></entity></meta></data></instance>"
        "<bind nodeset='/data/name' entities:saveto='head_name'/>"
        "<bind nodeset='/data/meta/entity/@id' type='string'/><setvalue event='odk-instance-first-load' "
        "ref='/data/meta/entity/@id' value='uuid()'/><bind nodeset='/data/meta/entity/label' calculate='/data/name'/>",
        "<input ref='/data/name'/>",
    )
    session = Session(form)
    session.answer("/data/name", "样甲")
    (write,) = entity_writes(session)
    assert (write.dataset, write.action, write.label, write.source) == ("household", "create", "样甲", "/data")
    assert write.values == {"head_name": "样甲"} and write.entity_id
    session.answer("/data/name", "")
    assert entity_writes(session)[0].values == {"head_name": None}
    session.answer("/data/name", "样甲")
    assert form.nodes[("data", "name")].bind.saveto == "head_name"
    xml = submission_xml(session)
    assert 'dataset="household" id="' in xml and 'id=""' not in xml and "<label>样甲</label>" in xml


def test_each_row_writes_its_own_entity(make_form: Callable[..., Form]) -> None:
    form = make_form(
        "<instance><data id='e'><village/><p jr:template=''><name/><meta>"
        "<entity dataset='person' id='' update=''/></meta></p><meta><instanceID/>"
        "<entity dataset='household' id='h1' update='1'/></meta></data></instance>"
        "<bind nodeset='/data/village' entities:saveto='village'/>"
        "<bind nodeset='/data/p/name' entities:saveto='name'/>"
        "<bind nodeset='/data/p/meta/entity/@update' calculate=\"../../../name != ''\"/>"
        "<bind nodeset='/data/p/meta/entity/@id' calculate=\"concat('p', position(../../..))\"/>",
        "<input ref='/data/village'/><repeat nodeset='/data/p'><input ref='/data/p/name'/></repeat>",
    )
    session = Session(form)
    session.answer("/data/village", "样例村")
    for name in ("样甲", ""):
        row = session.add_repeat("/data/p")
        session.answer(f"{row.path()}/name", name)
    assert [(w.dataset, w.entity_id, w.source, w.values) for w in entity_writes(session)] == [
        ("person", "p1", "/data/p[1]", {"name": "样甲"}),
        ("household", "h1", "/data", {"village": "样例村"}),
    ]


def test_a_row_that_came_from_a_list_gets_its_defaults_from_there(make_form: Callable[..., Form]) -> None:
    session = Session(
        make_form(
            "<instance><data id='d'><n/><p jr:template=''><key/><name/></p></data></instance>"
            "<instance id='people' src='jr://file-csv/people.csv'/><bind nodeset='/data/n' type='int'/>"
            "<bind nodeset='/data/p/key' "
            "calculate=\"instance('people')/root/item[position() = position(current()/..)]/name\"/>",
            "<input ref='/data/n'/><repeat nodeset='/data/p' jr:count='/data/n'><input ref='/data/p/name'/>"
            "<setvalue event='odk-new-repeat' ref='/data/p/name' "
            "value=\"pulldata('people', 'label', 'name', ../key)\"/></repeat>",
            {"people.csv": "name,label\np1,样甲\np2,仿乙\n"},
        )
    )
    session.answer("/data/n", "2")
    assert [value(session, f"/data/p[{row}]/name") for row in (1, 2)] == ["样甲", "仿乙"]


def test_a_formula_that_gives_nothing_any_more_empties_its_column(make_form: Callable[..., Form]) -> None:
    session = Session(
        make_form(
            "<instance><data id='e'><in_school/><grade/><note/><meta><instanceID/>"
            "<entity dataset='person' id='p1' update='1'/></meta></data></instance>"
            "<bind nodeset='/data/grade' calculate=\"if(/data/in_school = 1, '小学', '')\" "
            "entities:saveto='student_status'/>"
            "<bind nodeset='/data/note' entities:saveto='note'/>",
            "<input ref='/data/in_school'/><input ref='/data/note'/>",
        )
    )
    session.answer("/data/in_school", "1")
    assert entity_writes(session)[0].values == {"student_status": "小学"}
    session.answer("/data/in_school", "0")
    assert entity_writes(session)[0].values == {"student_status": None}
