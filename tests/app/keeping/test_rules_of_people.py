"""`check` on people, families and monitoring: a fault planted in one family each, found there and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.app.keeping.self_check import OTHER_KIND, Problem, check_register
from desktop.app.workspace import Workspace, open_workspace
from desktop.insight.household_checks import household_problems
from desktop.insight.monitoring_history import ended_courses
from desktop.registry.income import income_record_id
from desktop.registry.invariants import Invariant
from desktop.registry.safeguard import safeguard_check_id
from desktop.store.register import WriteScope
from tests.app.keeping.rules_table import severity_of
from tests.app.visits.surveys import PASSPHRASE, VILLAGE, make_register
from tests.survey.form_filling import identity

TODAY = date.today()
DAY_MS = 86_400_000
YEAR = TODAY.year - 1
LINE = 730_000


def born(years: int, days: int = 100) -> str:
    """The birth date of somebody of that age, some days past the birthday."""
    that_day = TODAY - timedelta(days=days)
    return that_day.replace(year=that_day.year - years, day=min(that_day.day, 28)).isoformat()


@dataclass
class Home:
    """A family in which nothing is wrong: a couple and a child at school; each part may be changed."""

    household: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    spouse: dict[str, Any] = field(default_factory=dict)
    child: dict[str, Any] = field(default_factory=dict)
    more: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Other records of the household: (table, values); income and safeguards by their period."""
    monitored: str = ""
    """Set to this kind a day after the family came in; emptied again after `ends` days."""
    ends: int = 0


@dataclass
class Fault:
    """What is wrong in one family: rule of the catalogue, finding of `check`, at whose record, how it is said."""

    rule: str
    finding: str
    at: str
    said: str
    home: Home


def income(period: int, **amounts: int) -> tuple[str, dict[str, Any]]:
    known = {"wage_local_fen": 3_000_000, "wage_migrant_fen": 0, "wage_post_fen": 0, "stated_business_gross_fen": 0,
             "stated_property_fen": 0, "stated_transfer_fen": 0, "stated_business_cost_fen": 0, "size": 3}  # fmt: skip
    return "income_record", {"period": str(period), **known, **amounts}


def safe(**values: Any) -> tuple[str, dict[str, Any]]:
    known = {"education_ok": 1, "medical_ok": 1, "house_ok": 1, "stated_water_ok": 1, "house_grade": "A"}
    return "safeguard_check", {"period": str(TODAY.year), "checked_date": "2026-01-05", **known, **values}


def given(code: str) -> tuple[str, dict[str, Any]]:
    return "measure", {"measure_code": code, "period": "2026", "start_date": "2026-01-02"}


OWN = identity(born(45).replace("-", ""), "1", 77)
GROWN = {"education": "junior", "student_status": None, "labor_skill": "ordinary"}
WRONG_DIGIT = OWN[:17] + ("1" if OWN[17] != "1" else "2")
FAULTS = [
    Fault("R-ID-01", "id_number_length", "head", "证件号码有 17 位，应为 18 位", Home(head={"id_no": OWN[:17]})),
    Fault("R-ID-01", "id_number_length", "head", "有不该有的字", Home(head={"id_no": OWN[:5] + "O" + OWN[6:]})),
    Fault("R-ID-02", "id_number_check_digit", "head", "证件号码校验不符", Home(head={"id_no": WRONG_DIGIT})),
    Fault("R-ID-03", "id_number_birth", "child", "还没有到",
          Home(child={"id_no": identity(f"{TODAY.year + 2}0101", "1", 5), "birth_date": None,
                      "student_status": "学龄前儿童"})),
    Fault("R-ID-03", "id_number_birth", "head", "不是有效日期",
          Home(head={"id_no": "44079919800231001X", "birth_date": None})),
    Fault("R-ID-05", "id_number_lost_digits", "head", "不能推算", Home(head={"id_no": OWN[:14] + "1000"})),
    Fault("R-ID-06", "sex_differs", "spouse", "性别写的是女，证件号码第 17 位是男",
          Home(spouse={"id_no": identity(born(43).replace("-", ""), "1", 78)})),
    Fault("R-ID-07", "birth_differs", "head", "与证件号码里的不同", Home(head={"birth_date": born(44), "id_no": OWN})),
    Fault("R-ID-09", "disability_number", "head", "前 18 位与身份证号不同",
          Home(head={"health": "disabled", "disability_no": WRONG_DIGIT + "23"})),
    Fault("R-ID-09", "disability_number", "head", "加类别（1 到 7）、等级（1 到 4）",
          Home(head={"health": "disabled", "disability_no": "=85"})),
    Fault("R-ID-10", "id_number_missing", "child", "没有证件号码，也没有写明", Home(child={"id_no": None})),
    Fault("R-ID-10", "id_number_missing", "child", "是虚拟号",
          Home(child={"id_no": "999999" + identity(born(10).replace("-", ""), "1")[6:]})),
    Fault("R-HH-05", "relation_sex", "child", "与户主关系是之女，性别却是男", Home(child={"relation": "daughter"})),
    Fault("R-HH-06", "generation_age", "child", "与户主关系是之子，与户主只差 15 岁",
          Home(child={"birth_date": born(30), "id_no": identity(born(30).replace("-", ""), "1", 9), **GROWN})),
    Fault("R-HH-06", "generation_age", "child", "与户主年龄颠倒",
          Home(child={"relation": "father", "birth_date": born(40), **GROWN,
                      "id_no": identity(born(40).replace("-", ""), "1", 9)})),
    Fault("R-HH-08", "phone_form", "household", "不是 11 位手机号", Home({"phone": "0662-8812345"})),
    Fault("R-HH-08", "phone_form", "spouse", "不是 11 位手机号", Home(spouse={"phone": "1001234"})),
    Fault("R-HH-08", "phone_shared", "household", "与另一户相同", Home({"phone": "10088888888"})),
    Fault("R-HH-08", "phone_shared", "household", "与另一户相同", Home({"phone": "10088888888"})),
    Fault("R-ED-01", "education_twice", "child", "同时填了", Home(child={"education": "primary"})),
    Fault("R-ED-01", "education_missing", "spouse", "都没有填", Home(spouse={"education": None})),
    Fault("R-ED-02", "student_age", "child", "10 岁，在校生状况是普通高中一年级",
          Home(child={"student_status": "普通高中一年级"})),
    Fault("R-ED-03", "out_of_school", "child", "10 岁，义务教育阶段，没有在校，也没有写原因",
          Home(child={"student_status": None})),
    Fault("R-ED-04", "dropout_health", "child", "未上学原因是因病，健康状况却是健康",
          Home(child={"student_status": None, "dropout_reason": "因病"})),
    Fault("R-LB-01", "labor_of_minor", "child", "在校生的劳动技能应是无劳动力，写的是普通劳动力",
          Home(child={"labor_skill": "ordinary"})),
    Fault("R-LB-02", "healthy_unable", "head", "45 岁、健康、不在校，劳动技能却是丧失劳动力",
          Home(head={"labor_skill": "lost"})),
    Fault("R-LB-03", "working_unable", "head", "劳动技能是无劳动力，务工状态却是省外务工",
          Home(head={"labor_skill": "none", "work_state": "省外务工", "health": "chronic"})),
    Fault("R-LB-04", "labor_of_disabled", "head", "一、二级肢体残疾，劳动技能却是普通劳动力",
          Home(head={"health": "disabled", "disability_no": "=42"})),
    Fault("R-LB-05", "post_age", "head", "72 岁任公益性岗位",
          Home(head={"birth_date": born(72), "id_no": identity(born(72).replace("-", ""), "1", 9),
                     "public_post": "保洁员"})),
    Fault("R-LB-05", "posts_many", "head", "任 3 个公益性岗位", Home(head={"public_post": "保洁员、护林员、护路员"})),
    Fault("R-HL-01", "disability_without_number", "head", "没有残疾证号", Home(head={"health": "chronic,disabled"})),
    Fault("R-HL-01", "disability_without_number", "head", "有残疾证号，健康状况是健康",
          Home(head={"disability_no": "=23"})),
    Fault("R-MD-01", "medical_insurance", "head", "都是“是”", Home(head={"medical_worker": 1})),
    Fault("R-MD-01", "medical_insurance", "head", "都是“否”",
          Home(head={"medical_worker": 0, "medical_resident": 0})),
    Fault("R-IN-03", "income_bounds", "income_record", "工资性收入 299.99 元，不在 300.00 到 300,000.00 元之间",
          Home(more=[income(YEAR, wage_local_fen=29_999, stated_transfer_fen=9_000_000)])),
    Fault("R-IN-03", "income_bounds", "head", "务工月收入 30,000.01 元",
          Home(head={"work_income_month_fen": 3_000_001})),
    Fault("R-IN-05", "income_below_line", "household",
          f"{YEAR}年人均纯收入 7,000.00 元，低于监测范围 7,300.00 元",
          Home(more=[income(YEAR, wage_local_fen=2_100_000)])),
    Fault("R-IN-05", "income_below_line", "household", "人均纯收入 6,000.00 元，低于监测范围",
          Home({"income_period": str(YEAR), "per_capita_income_fen": 600_000, "net_income_fen": 1_800_000})),
    Fault("R-RK-02", "risk_without_ground", "household", "3 人中有 2 人有劳动力",
          Home({"monitored_type": "marginal", "risk_type": "no_labor"},
               more=[given("emp_training"), given("sec_temp")])),
    Fault("R-RK-03", "removed_below_line", "household", "人均纯收入 7,000.00 元却低于监测范围 7,300.00 元",
          Home(more=[income(YEAR, wage_local_fen=2_100_000), safe()], monitored="marginal", ends=70)),
    Fault("R-RK-04", "removed_without_safeguards", "household", "没有填基本医疗、饮水安全，请补填",
          Home(more=[safe(medical_ok=None, stated_water_ok=None)], monitored="marginal", ends=70)),
    Fault("R-RK-04", "removed_without_safeguards", "household", "没有登记过", Home(monitored="marginal", ends=70)),
    Fault("R-RK-05", "removed_without_labour", "household", "整户没有劳动力",
          Home({"all_no_labor": 1}, more=[safe()], monitored="marginal", ends=70)),
    Fault("R-RK-06", "removed_too_soon", "household", "之后 1 个月内不得帮扶消除",
          Home(more=[safe()], monitored="sudden", ends=2)),
    Fault("R-SG-01", "house_without_measure", "household", "住房等级是D级，没有住房安全的帮扶措施",
          Home({"house_grade": "D"})),
    Fault("R-SG-01", "house_without_measure", "household", "住房等级是C级",
          Home({"house_grade": "A"}, more=[safe(house_grade="C", house_ok=0), given("med_aid")])),
    Fault("R-SG-02", "water_without_measure", "household", "饮水安全没有解决", Home({"water_safe": 0})),
    Fault("§2.4", "income_drop", "household", "比2024年少了 40%" if YEAR == 2025 else "少了 40%",
          Home(more=[income(YEAR - 1, wage_local_fen=5_000_000), income(YEAR)])),
    Fault("§2.4", "rigid_spending", "household", "合规自付支出 15,000.00 元，年收入 30,000.00 元",
          Home(more=[income(YEAR, stated_compliant_self_pay_fen=1_500_000)])),
    Fault("§2.3", "head_departed", "household", "户主已登记死亡，请指定新的户主",
          Home({"stated_size": 2}, head={"change_kind": "死亡", "change_date": "2026-02-01"})),
    Fault("§2.3", "change_without_day", "child", "登记了迁出，没有写日期",
          Home({"stated_size": 2}, child={"change_kind": "迁出"})),
    Fault("§2.3", "change_before_birth", "child", "早于出生日期",
          Home({"stated_size": 2}, child={"change_kind": "死亡", "change_date": "2001-01-01"})),
    Fault("§2.3", "day_ahead", "child", "变动日期 2099-01-01 还没有到",
          Home({"stated_size": 2}, child={"change_kind": "迁出", "change_date": "2099-01-01"})),
    Fault("§2.8", "measure_after_departure", "measure", "晚于受益的人迁出的日期 2025-06-01",
          Home({"stated_size": 2}, child={"change_kind": "迁出", "change_date": "2025-06-01"},
               more=[("measure", {"measure_code": "edu_aid", "period": str(TODAY.year),
                                  "start_date": f"{TODAY.year}-01-02", "person_id": "child"})])),
]  # fmt: skip
SOUND = [
    Home(),
    Home(head={"health": "disabled", "disability_no": "=23", "labor_skill": "weak_or_half"}),
    Home(child={"id_no": None, "cert_type": "none_newborn", "birth_date": born(1), "student_status": "学龄前儿童"}),
    Home(child={"student_status": None, "dropout_reason": "休学"}),
    Home(more=[safe(house_grade="D", house_otherwise="rent"), safe(period="2024", house_grade="C", house_ok=0,
                                                                   checked_date="2024-05-01")]),
    Home({"house_grade": "D", "water_safe": 0}, more=[given("house_renov"), given("water")]),
    Home({"monitored_type": "marginal"}, more=[income(YEAR, wage_local_fen=2_100_000)]),
    Home({"note": "外迁，自然消除"}, more=[safe()], monitored="marginal", ends=2),
    Home(monitored="marginal", ends=0),
]  # fmt: skip
"""Families near the edge of a rule, and nothing is wrong with them."""


@dataclass
class Planted:
    """The register with all families, and where each fault must be found."""

    ws: Workspace
    rows: list[dict[str, str]]
    sound: list[dict[str, str]]
    problems: list[Problem]


def plant(scope: WriteScope, home: Home, n: int) -> dict[str, str]:
    """Write one family; the ids of its records by what they are."""
    members: dict[str, Mapping[str, Any]] = {
        "head": {"name": f"样户{n}", "relation": "head", "sex": "1", "birth_date": born(45), **GROWN, **home.head},
        "spouse": {"name": "仿二", "relation": "spouse", "sex": "2", "birth_date": born(43), **GROWN, **home.spouse},
        "child": {"name": "拟三", "relation": "son", "sex": "1", "birth_date": born(10), "student_status": "小学",
                  "labor_skill": "none", **home.child},
    }  # fmt: skip
    rows = {"household": scope.insert("household", {
        "division_code": VILLAGE, "head_name": f"样户{n}", "household_type": "general", "stated_size": 3,
        "phone": f"100{n:08d}", **home.household,
    })}  # fmt: skip
    for who, values in members.items():
        known = {"household_id": rows["household"], "cert_type": "id_card_18", "health": "healthy",
                 "medical_resident": 1, **values}  # fmt: skip
        if "id_no" not in values:
            birth = str(values["birth_date"]).replace("-", "")
            known["id_no"] = identity(birth, str(values["sex"]), n % 90 + 3)
        if str(known.get("disability_no") or "").startswith("="):
            known["disability_no"] = f"{known['id_no']}{str(known['disability_no'])[1:]}"
        rows[who] = scope.insert("person", known)
    for table, values in home.more:
        named = {"person_id": rows[str(values["person_id"])]} if "person_id" in values else {}
        record = {"household_id": rows["household"], **values, **named}
        if table in ("income_record", "safeguard_check"):
            make = income_record_id if table == "income_record" else safeguard_check_id
            row = make(rows["household"], str(values["period"]))
            scope.ensure(table, row, record)
        else:
            row = scope.insert(table, record)
        rows.setdefault(table, row)
    return rows


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    place = tmp_path_factory.mktemp("册") / "册"
    make_register(place).close()
    with open_workspace(place, passphrase=PASSPHRASE) as ws:
        passed = 0
        now = ws.register.now
        ws.register.now = lambda: now() + passed * DAY_MS
        with ws.write("县里定的", right="admin") as scope:
            scope.insert("setting", {"key": "monitoring.lines", "value": f'{{"{YEAR}": {LINE}}}'})
        homes = [fault.home for fault in FAULTS] + SOUND
        with ws.write("建户", right="admin") as scope:
            rows = [plant(scope, home, n) for n, home in enumerate(homes)]
        changes: dict[int, list[tuple[str, str | None]]] = {}
        for home, ids in zip(homes, rows, strict=True):
            if home.monitored:
                changes.setdefault(1, []).append((ids["household"], home.monitored))
                if home.ends:
                    changes.setdefault(home.ends, []).append((ids["household"], None))
        for passed in sorted(changes):  # the months pass
            with ws.write("监测", right="admin") as scope:
                for row, kind in changes[passed]:
                    scope.change("household", row, {"monitored_type": kind})
        yield Planted(ws, rows[: len(FAULTS)], rows[len(FAULTS) :], check_register(ws))


@pytest.mark.parametrize("n", range(len(FAULTS)), ids=[f"{f.finding}-{f.rule}" for f in FAULTS])
def test_a_planted_fault_is_found_at_its_record(planted: Planted, n: int) -> None:
    fault, rows = FAULTS[n], planted.rows[n]
    here = [p for p in planted.problems if p.row_id in rows.values()]
    found = [p for p in here if p.rule == fault.finding and p.row_id == rows[fault.at]]
    assert [p for p in found if fault.said in p.message], [p.sentence for p in here]
    assert {p.rule for p in here} <= {fault.finding, *_ALONG.get(fault.finding, ())}, [p.sentence for p in here]
    for problem in found:
        assert problem.severity == ("alert" if fault.rule == "§2.4" else severity_of(fault.rule, fault.finding))
        assert problem.record and "双水村" in problem.sentence and problem.kind != OTHER_KIND
        assert not any(ch.isdigit() for ch in problem.record.replace(f"样户{n}", "").replace(str(YEAR), "")
                       .replace(str(TODAY.year), "")), problem.record  # fmt: skip


_ALONG = {
    # what follows from a fault: a number that is wrong is wrong in its date too
    "id_number_birth": ("id_number_check_digit",), "removed_below_line": ("income_below_line",),
    "income_below_line": ("stated_per_head",), "id_number_missing": ("id_number_check_digit",),
    "change_before_birth": (), "working_unable": (),
}  # fmt: skip


def test_families_near_the_edge_are_left_alone(planted: Planted) -> None:
    ids = {row for rows in planted.sound for row in rows.values()}
    assert [p.sentence for p in planted.problems if p.row_id in ids] == []


def test_help_is_asked_for_after_the_months_the_county_set(planted: Planted) -> None:
    """R-RK-07: not on the day of identification, but half a year later; not once there is developmental help."""
    def asked(day: date) -> dict[str, Invariant]:
        with planted.ws.register.reading() as sql:
            return {p.row_id: p for p in household_problems(sql, day.isoformat()) if p.rule == "developmental_missing"}

    kept = planted.sound[-1]["household"]
    assert not asked(TODAY)
    later = asked(TODAY + timedelta(days=200))
    assert later[kept].severity == severity_of("R-RK-07", "developmental_missing") == "warning"
    assert "已满 6 个月，没有开发式帮扶" in later[kept].message
    trained = next(r["household"] for f, r in zip(FAULTS, planted.rows, strict=True) if f.rule == "R-RK-02")
    assert trained not in later
    with planted.ws.write("县里定的", right="admin") as scope:
        setting = scope.insert("setting", {"key": "monitoring.developmental_months", "value": "24"})
    try:
        assert kept not in asked(TODAY + timedelta(days=200))
    finally:
        with planted.ws.write("县里定的", right="admin") as scope:
            scope.remove("setting", setting)


def test_a_slip_that_is_mended_on_the_same_day_is_no_removal(planted: Planted) -> None:
    home = planted.sound[0]["household"]
    for kind in ("sudden", None):
        with planted.ws.write("误填", right="admin") as scope:
            scope.change("household", home, {"monitored_type": kind})
    with planted.ws.register.reading() as sql:
        assert home not in ended_courses(sql)


def test_without_a_line_nothing_is_compared_with_it(tmp_path: Path) -> None:
    with make_register(tmp_path / "册") as ws:
        with ws.write("建户", right="admin") as scope:
            plant(scope, Home({"house_grade": "D"}, more=[income(YEAR, wage_local_fen=100_000)]), 1)
        # no line, and no help kept in this register at all: neither is asked about
        assert check_register(ws) == []
