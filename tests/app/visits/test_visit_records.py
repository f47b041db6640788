"""The records that the shipped forms write: income, safeguards, measures, leads, inspections, villages; and merging."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop.app.cases.inspections import due_row, make_due_list, progress_of
from desktop.app.records.editing import new_record
from desktop.app.records.records import list_records
from desktop.app.visits import surveying
from desktop.app.visits.forms import form_picture
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, NotAllowed
from desktop.registry.income import figures_of, income_figures
from desktop.survey.session.session import AnswerRefused
from tests.app.visits.surveys import (
    CLOSING,
    FAMILY,
    FINE,
    LIVING,
    MEMBERS,
    VILLAGE,
    add_family,
    fill,
    make_register,
    path,
    text,
)
from tests.exchange.laptops import Make, enrol, send

LAST_YEAR = str(datetime.now().astimezone().year - 1)
"""What a visit asks about unless it says otherwise."""


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with make_register(tmp_path / "册") as made:
        yield made


def visit(ws: Workspace, household: str, answers: dict[str, Any], form: str = "household_visit") -> surveying.Finished:
    begun = surveying.begin_visit(ws, form, "household", household)
    assert fill(begun, answers) == []
    done = surveying.finish_visit(ws, begun)
    assert done.done, done.violations
    return done


def made_on() -> str:
    return datetime.now().astimezone().date().isoformat()


def only(ws: Workspace, table: str) -> dict[str, Any]:
    (row,) = list_records(ws, table)
    return row


RISK = {
    "has_risk": "1", "risk_type": "illness", "risk_story": "大病住院", "measure_rows": "2",
    "measure": [
        {"measure_group": "health", "measure_code": "med_aid", "measure_amount": "1234.56", "measure_fund": "county",
         "measure_effect": "good"},
        {"measure_group": "employment", "measure_code": "emp_training", "measure_for": "仿二",
         "measure_effect": "some"},
    ],
}  # fmt: skip


# DOMAIN §2.4, worked cases: amounts in 元, persons, net, per head, reference, reference per head
@pytest.mark.parametrize(
    ("amounts", "size", "expected"),
    [
        ((38000, 6500, 800, 4560, 2860, 0, 0), 4, ("47000.00", "11750.00", "47000.00", "11750.00")),
        ((12000, 4000, 0, 3600, 1500, 2000, 9000), 3, ("18100.00", "6033.33", "11100.00", "3700.00")),
        ((0, 1000, 0, 0, 1501, 0, 0), 2, ("-501.00", "-250.50", "-501.00", "-250.50")),
        ((100, 0, 0, 0, 0, 0, 0), 0, ("100.00", None, "100.00", None)),
        ((100, 0, 0, 0, 0, 0, 0), None, ("100.00", None, "100.00", None)),
        ((None, 0, 0, 0, 0, 0, 0), 2, (None, None, None, None)),
        ((100, 0, 0, 0, 0, None, 0), 3, ("100.00", "33.33", None, None)),
    ],
)
def test_income_adds_up(amounts: tuple[int | None, ...], size: int | None, expected: tuple[str | None, ...]) -> None:
    names = ("wage", "business_gross", "property", "transfer", "business_cost", "claim", "compliant_self_pay")
    given = {n: None if a is None else a * 100 for n, a in zip(names, amounts, strict=True)}
    found = income_figures(given, size)
    got = (found.net_income, found.per_capita, found.reference_net, found.reference_per_capita)
    assert got == tuple(None if e is None else int(Decimal(e) * 100) for e in expected)


def test_a_household_visit_writes_its_records(ws: Workspace) -> None:
    household, _ = add_family(ws)
    issue = {"issue_story": "屋顶漏雨", "issue_owner": "村委样", "issue_due": "2099-01-01"}
    done = visit(ws, household, {**FAMILY, **RISK, **issue})
    income = only(ws, "income_record")
    assert (income["household_id"], income["period"], income["size"]) == (household, LAST_YEAR, 4)
    assert income["wage_local_fen"] == 3_800_000 and income["business_plant_fen"] == 650_050
    assert income["wage_migrant_fen"] == 0  # not among the kinds the family has: an answer, not unknown
    assert income["net_income_fen"] == 4_700_025 and income["per_capita_fen"] == 1_175_006
    household_row = ws.register.row("household", household)
    assert household_row is not None and household_row["net_income_fen"] == income["net_income_fen"]
    assert household_row["per_capita_income_fen"] == income["per_capita_fen"]
    assert figures_of(income).reference_net == 4_700_025 - 120_000 == income["reference_net_fen"]
    checked = only(ws, "safeguard_check")
    assert (checked["period"], checked["food_ok"], checked["water_ok"], checked["gaps"]) == (made_on()[:4], 1, 1, 0)
    assert checked["house_grade"] == "B" and checked["checked_date"] == made_on()
    lead = only(ws, "lead")
    assert (lead["household_id"], lead["risk_type"], lead["channel"]) == (household, "illness", "cadre_visit")
    assert (lead["story"], lead["visit_id"], lead["size"], lead["labor"]) == ("大病住院", done.visit_id, 4, 2)
    measures = {row["measure_code"]: row for row in list_records(ws, "measure")}
    assert measures["med_aid"]["amount_fen"] == 123_456 and measures["med_aid"]["fund_source"] == "county"
    assert measures["emp_training"]["for_whom"] == "仿二" and measures["emp_training"]["amount_fen"] is None
    made = ws.register.row("visit", done.visit_id)
    assert made is not None and (made["mode"], made["visitors"], made["signed_by"]) == ("home", "试员", "样大")
    assert (made["issue"], made["issue_owner"], made["issue_due_date"]) == ("屋顶漏雨", "村委样", "2099-01-01")
    assert made["leaflet_given"] == 1 and made["period"] == made_on()[:4]
    assert {w.table for w in done.records} == {
        "visit", "household", "person", "income_record", "safeguard_check", "lead", "measure",
    }  # fmt: skip
    assert ws.register.check_tables() == []


def test_a_second_visit_of_the_year_writes_the_same_records(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit(ws, household, {**FAMILY, **RISK})
    visit(ws, household, {**FAMILY, **RISK, "wage_local": "39000"})
    assert only(ws, "income_record")["wage_local_fen"] == 3_900_000
    assert len(list_records(ws, "measure")) == 2 and len(list_records(ws, "visit")) == 2
    assert ws.register.conflicts() == []


def test_a_missing_answer_keeps_its_reason(ws: Workspace) -> None:
    household, _ = add_family(ws)
    begun = surveying.begin_visit(ws, "household_visit", "household", household)
    fill(begun, {k: v for k, v in FAMILY.items() if k != "wage_local"})
    for name in ("wage_local", "house_grade"):
        begun.session.answer(path(begun, name), "")
        begun.session.set_reason(path(begun, name), "refused")
    done = surveying.finish_visit(ws, begun)
    assert done.done, done.violations
    income = only(ws, "income_record")
    assert income["wage_local_fen"] is None and income["net_income_fen"] is None
    assert json.loads(income["missing_reasons"]) == {"wage_local_fen": "refused"}
    row = ws.register.row("household", household)
    assert row is not None and row["house_grade"] is None  # cleared by a person
    assert json.loads(str(row["missing_reasons"]))["house_grade"] == "refused"
    visit(ws, household, {**FAMILY, "house_grade": "A"})
    row = ws.register.row("household", household)
    assert row is not None and row["house_grade"] == "A" and row["missing_reasons"] is None
    assert only(ws, "income_record")["missing_reasons"] is None


def test_what_a_correction_no_longer_says_is_taken_back(ws: Workspace) -> None:
    household, _ = add_family(ws)
    done = visit(ws, household, {**FAMILY, **RISK})
    again = surveying.correct_visit(ws, done.visit_id, "记错一项措施")
    again.session.answer(path(again, "measure_rows"), "1")
    again.session.answer(path(again, "has_risk"), "0")
    fixed = surveying.finish_visit(ws, again)
    assert fixed.done, fixed.violations
    assert [row["measure_code"] for row in list_records(ws, "measure")] == ["med_aid"]
    assert list_records(ws, "lead") == []
    assert only(ws, "income_record")["net_income_fen"] == 4_700_025
    row = ws.register.row("household", household)
    assert row is not None and row["risk_type"] is None
    # said again, by a further correction or by the next visit of the year, it is there again
    once_more = surveying.correct_visit(ws, done.visit_id, "原来没有错")
    changed = [RISK["measure"][0], {**RISK["measure"][1], "measure_effect": "good"}]
    fill(once_more, {"measure_rows": "2", "measure": changed})
    assert surveying.finish_visit(ws, once_more).done
    assert {row["measure_code"] for row in list_records(ws, "measure")} == {"med_aid", "emp_training"}
    assert ws.register.conflicts() == [] and ws.register.check_tables() == []


def test_a_screening_writes_twelve_months_and_a_verdict(ws: Workspace) -> None:
    household, people = add_family(ws)
    visit(
        ws, household,
        {"visited_at": "2026-06-30", "visitors": "试员", "discovery_channel": "dept_alert", "found_on": "2026-06-20",
         "risk_found": "illness", "affected": people[0], "story": "住院", "labor": "2", "wage": "12000",
         "business_gross": "4000", "property": "0", "transfer": "3600", "business_cost": "1500", "claim": "2000",
         "compliant_self_pay": "9000", "food_ok": "1", "clothes_ok": "1", "education_ok": "1", "medical_ok": "1",
         "house_ok": "1", "water_ok": "0", "gap_story": "水质", "verdict": "propose", "proposed_type": "sudden",
         "verdict_reason": "支出大", "measures_wanted": "health industry", "authorised": "1", "leaflet_given": "1",
         "signed_by": "样大"},
        "risk_screening",
    )  # fmt: skip
    income = only(ws, "income_record")
    assert (income["period"], income["stated_wage_fen"]) == ("202506-202605", 1_200_000)
    assert income["net_income_fen"] == 1_810_000 and income["reference_net_fen"] == 1_110_000
    assert income["per_capita_fen"] == 452_500  # the register counts four
    lead = only(ws, "lead")
    assert (lead["verdict"], lead["proposed_type"], lead["persons"]) == ("propose", "sudden", people[0])
    assert lead["measures_wanted"] == "health,industry" and lead["authorised"] == 1
    checked = only(ws, "safeguard_check")
    assert checked["water_ok"] == 0 and checked["gaps"] == 1 and checked["gap_story"] == "水质"


def test_a_village_is_profiled(ws: Workspace) -> None:
    with ws.register.reading() as sql:
        division = str(sql.scalar("SELECT id FROM division WHERE code=?", (VILLAGE,)))
    begun = surveying.begin_visit(ws, "village_profile", "village", division)
    assert (begun.subject_table, begun.subject_id, text(begun, "village")) == ("division", division, VILLAGE)
    from tests.survey.test_asset_forms import PROFILE

    fill(begun, {k: v for k, v in PROFILE.items() if k != "village"})
    done = surveying.finish_visit(ws, begun)
    assert done.done, done.violations
    profile = only(ws, "village_profile")
    parts = [profile[f"ci_{p}_fen"] for p in ("operating", "contract", "invest", "subsidy", "other")]
    assert profile["collective_income_fen"] == sum(parts) and profile["division_id"] == division
    assert profile["period"] == PROFILE.get("period", LAST_YEAR) and profile["population"] == int(PROFILE["population"])
    assert [p.id for p in surveying.past_visits(ws, "division", division)] == [done.visit_id]


def test_an_asset_check_writes_inspection_and_finding(ws: Workspace) -> None:
    with ws.register.reading() as sql:
        division = sql.scalar("SELECT id FROM division WHERE code=?", (VILLAGE,))
    with ws.write("建资产", table="asset") as scope:
        asset = scope.insert("asset", {"name": "样例渠", "category": "public", "subcategory": "irrigation",
                                       "division_id": division, "division_code": VILLAGE, "status": "normal",
                                       "original_value_fen": 43_172_829, "keeper": "样管"})  # fmt: skip
    plan = new_record(ws, "inspection_plan", {"title": "样例检查", "division_code": VILLAGE, "due_date": "2099-12-31"})
    assert make_due_list(ws, plan) >= 1
    begun = surveying.begin_visit(ws, "public_asset_inspection", "asset", asset)
    assert text(begun, "asset_ok") == "1" and begun.subject_label == "样例渠"
    surveying.keep_media(ws, begun, path(begun, "photo"), b"\xff\xd8photo", "现场.jpg", "image/jpeg")
    assert fill(
        begun,
        {"inspectors": "试员", "works": "partly", "damages": "none", "hazard": "0", "status_reason_now": "渗漏",
         "keeper_stays": "1", "cycle": "month", "last_kept": "2026-01-01", "records": "1", "keep_funds": "none",
         "sign_up": "1", "earlier": "none", "issue_story": "渠底渗漏", "rectify_measure": "修补",
         "rectify_by": "村委样", "rectify_due": "2099-01-01", "witness": "样管"},
    ) == []  # fmt: skip
    done = surveying.finish_visit(ws, begun)
    assert done.done, done.violations
    inspection, finding = only(ws, "inspection"), only(ws, "finding")
    assert inspection["id"] == due_row(ws, plan, asset) and inspection["due_date"] == "2099-12-31", "the plan counts it"
    assert [(v.done, v.found) for v in progress_of(ws, plan, "2099-01-01")] == [(1, 1)]
    assert (inspection["asset_id"], inspection["condition"]) == (asset, "inefficient")
    assert inspection["visit_id"] == done.visit_id and inspection["keeper_ok"] == 1 and inspection["found"] == "yes"
    assert (finding["inspection_id"], finding["kind"], finding["what"]) == (inspection["id"], "damaged", "渠底渗漏")
    assert finding["division_code"] == VILLAGE and finding["due_date"] == "2099-01-01"
    row = ws.register.row("asset", asset)
    assert row is not None and (row["status"], row["status_reason"]) == ("inefficient", "渗漏")
    with ws.register.reading() as sql:
        kinds = sql.column("SELECT kind FROM attachment WHERE record_id=? ORDER BY kind", (done.visit_id,))
    assert kinds == ["photo", "submission", "submission"]


def test_a_new_household_is_registered_at_the_door(ws: Workspace) -> None:
    begun = surveying.begin_visit(ws, "household_visit")
    member = {
        "name": "虚老", "cert_type": "none_other", "sex_asked": "1", "birth_asked": "1944-02-10", "relation": "head",
        "education_now": "illiterate", "health": "healthy", "self_care": "能自理", "labor_now": "lost",
        "work_state": "未务工", "medical": "resident", "pension": "resident", "relief": "none",
    }  # fmt: skip
    fill(
        begun,
        {"visitors": "试员", "village": VILLAGE, "known": "new", "urban_rural": "农村", "household_type": "general",
         "stated_size": "1", "new_members": "1", "member": [member], "house_grade": "B", "toilet_kind": "无厕",
         "power_life": "1", "land_kinds": "none", **LIVING, "income_kinds": "none", "expense_kinds": "none", **FINE,
         **CLOSING},
    )  # fmt: skip
    surveying.keep(ws, begun)
    assert begun.subject_table == "household" and begun.subject_id
    done = surveying.finish_visit(ws, begun)
    assert done.done, done.violations
    household = only(ws, "household")
    assert household["id"] == begun.subject_id and household["head_name"] == "虚老"
    assert household["division_code"] == VILLAGE and household["division_id"]
    person = only(ws, "person")
    assert (person["household_id"], household["head_person_id"]) == (household["id"], person["id"])
    assert only(ws, "income_record")["net_income_fen"] == 0


def test_two_visits_of_one_household_on_two_laptops_merge(make: Make, tmp_path: Path) -> None:
    county = make("county", level="county", division="440705")
    a, b = make("a"), make("b")
    for laptop in (a, b):
        enrol(county, laptop, tmp_path, "440705104")
    household, people = add_family(a)
    send(a, county, tmp_path / "a1.xcp")
    send(county, b, tmp_path / "b1.xcp")
    visit(a, household, FAMILY)
    members = [dict(m) for m in MEMBERS]
    members[0]["work_place"] = "另一县"
    visit(b, household, {**FAMILY, "member": members, "phone": "10011112222"})
    send(a, county, tmp_path / "a2.xcp")
    send(b, county, tmp_path / "b2.xcp")
    assert len(surveying.past_visits(county, "household", household)) == 2
    assert len(list_records(county, "income_record")) == 1 == len(list_records(county, "safeguard_check"))
    disputed = {(c.table, c.row_id, c.cell) for c in county.register.conflicts()}
    assert disputed == {("person", people[0], "work_place")}
    row = county.register.row("household", household)
    assert row is not None and row["phone"] == "10011112222"
    # the answers came along: the county can look them up and correct them
    newest = surveying.past_visits(county, "household", household)[0]
    assert surveying.correct_visit(county, newest.id, "核对").form.form_id == "household_visit"
    assert county.register.check_tables() == []


def county_form(folder: Path, version: str = "2", question: str = "道路怎么样", **more: str) -> bytes:
    """A small form of a county: about a household, with a picture."""
    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    survey.append(["type", "name", "label", "calculation", "save_to", "media::image"])
    survey.append(["select_one_from_file household.csv", "household", "哪一户", None, None, None])
    survey.append(["text", "road", question, None, "road_kind", None])
    survey.append(["image", "shot", "照片", None, None, None])
    for name, label in more.items():
        survey.append(["text", name, label, None, None, "route.png"])
    entities = book.create_sheet("entities")
    entities.append(["list_name", "label", "entity_id", "update_if"])
    entities.append(["household", "'x'", "${household}", "${household} != ''"])
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["县里的表", "county_road", version])
    target = folder / f"road-{version}.xlsx"
    book.save(target)
    return target.read_bytes()


def test_a_countys_form_travels_down_and_changes_under_open_drafts(make: Make, tmp_path: Path) -> None:
    county = make("county", level="county", division="440705")
    laptop = make("a")
    enrol(county, laptop, tmp_path, "440705104")
    household, _ = add_family(laptop)
    with pytest.raises(InputRefused, match="没有字段"):
        surveying.add_form(county, _wrong_form(tmp_path))
    first = surveying.add_form(county, county_form(tmp_path, "2", old="旧题"), {"route.png": b"\x89PNG"})
    assert first.fresh and first.info.subject == "household"
    send(county, laptop, tmp_path / "d1.xcp")
    info = surveying.form_info(laptop, "county_road")
    assert (info.title, info.version, info.origin) == ("县里的表", "2", "county")
    assert form_picture(laptop, info, "jr://images/route.png") == b"\x89PNG"
    begun = surveying.begin_visit(laptop, "county_road", "household", household)
    fill(begun, {"road": "硬化路", "old": "旧答案"})
    surveying.keep(laptop, begun, path(begun, "road"))
    surveying.add_form(county, county_form(tmp_path, "10", question="入户路"))
    send(county, laptop, tmp_path / "d2.xcp")
    assert surveying.form_info(laptop, "county_road").version == "10"  # numbers in order, not letters
    back = surveying.continue_visit(laptop, begun.key)
    assert text(back, "road") == "硬化路" and back.place == path(back, "road")
    assert any("“旧题”" in word and "旧答案" in word for word in back.misfits)
    done = surveying.finish_visit(laptop, back)
    row = laptop.register.row("household", household)
    assert done.done and row is not None and row["road_kind"] == "硬化路"
    surveying.retire_form(county, surveying.form_info(county, "county_road"))
    assert surveying.form_info(county, "county_road").version == "2"
    with pytest.raises(NotAllowed):
        laptop.register.role = "surveyor"
        surveying.add_form(laptop, county_form(tmp_path, "11"))


def _wrong_form(folder: Path) -> bytes:
    county_form(folder)
    book = openpyxl.load_workbook(folder / "road-2.xlsx")
    book["survey"]["E3"].value = "no_such_field"
    book["settings"]["B2"].value = "county_wrong"
    book.save(folder / "wrong.xlsx")
    return (folder / "wrong.xlsx").read_bytes()


def test_an_answer_too_long_and_a_choice_that_is_gone_are_refused_in_words(ws: Workspace) -> None:
    household, _ = add_family(ws)
    begun = surveying.begin_visit(ws, "household_visit", "household", household)
    begun.session.answer(path(begun, "note"), "长" * 100_000)
    surveying.keep(ws, begun, path(begun, "note"))
    with pytest.raises(AnswerRefused, match="100001 个字"):
        begun.session.answer(path(begun, "note"), "长" * 100_001)
    with pytest.raises(AnswerRefused, match="选项里现在没有"):
        begun.session.answer(path(begun, "house_grade"), "E")
    back = surveying.continue_visit(ws, begun.key)
    assert len(text(back, "note")) == 100_000 and text(back, "house_grade") == "B"


def test_a_clock_set_back_is_said_and_nothing_is_lost(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    household, _ = add_family(ws)
    begun = surveying.begin_visit(ws, "household_visit", "household", household)
    fill(begun, {"visitors": "试员"})
    surveying.keep(ws, begun)
    from desktop.store import drafts

    later = drafts.time.time_ns() + 3 * 86_400 * 10**9
    monkeypatch.setattr(drafts.time, "time_ns", lambda: later)
    surveying.keep(ws, begun)
    monkeypatch.undo()
    back = surveying.continue_visit(ws, begun.key)
    assert any("还早" in word for word in back.misfits) and text(back, "visitors") == "试员"


def free_rows_form(folder: Path) -> bytes:
    """A county's form whose members are rows one adds and removes."""
    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in (
        ["type", "name", "label", "calculation", "save_to"],
        ["select_one_from_file household.csv", "household", "哪一户", None, None],
        ["begin repeat", "member", "成员", None, None],
        ["select_one_from_file person.csv", "person", "谁", None, None],
        ["text", "skill", "技能", None, "person#skill"],
        ["end repeat", None, None, None, None],
    ):
        survey.append(row)
    entities = book.create_sheet("entities")
    entities.append(["list_name", "label", "entity_id", "update_if"])
    entities.append(["person", None, "${person}", "${person} != ''"])
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["技能表", "skills", "1"])
    book.save(folder / "skills.xlsx")
    return (folder / "skills.xlsx").read_bytes()


def test_taking_a_member_out_of_free_rows_keeps_the_person(ws: Workspace, tmp_path: Path) -> None:
    """A county's form with rows one adds and removes: who is taken out went somewhere, and stays a person."""
    household, people = add_family(ws)
    surveying.add_form(ws, free_rows_form(tmp_path))
    begun = surveying.begin_visit(ws, "skills", "household", household)
    session = begun.session
    for at, person in enumerate(people[:2], 1):
        if len(session.root.instances("member")) < at:
            session.add_repeat("/data/member")
        session.answer(f"/data/member[{at}]/person", person)
        session.answer(f"/data/member[{at}]/skill", f"技能{at}")
    surveying.keep(ws, begun)
    with pytest.raises(InputRefused, match="去向"):
        surveying.take_member_out(ws, begun, "/data/member[2]", "", "")
    surveying.take_member_out(ws, begun, "/data/member[2]", "迁出", "2026-05-01")
    surveying.keep(ws, begun)
    back = surveying.continue_visit(ws, begun.key)
    assert len(back.session.root.instances("member")) == 1
    done = surveying.finish_visit(ws, back)
    assert done.done, done.violations
    first, second = (ws.register.row("person", p) for p in people[:2])
    assert first is not None and first["skill"] == "技能1" and first["change_kind"] is None
    assert second is not None and second["skill"] is None and not second["removed"]
    assert (second["change_kind"], second["change_date"]) == ("迁出", "2026-05-01")
