"""`check`: a sound register gives nothing; each rule, broken on purpose below the guards, is named at its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.app.distribution import paying
from desktop.app.keeping.self_check import OTHER_KIND, Problem, changed_since, check_register, last_check, run_check
from desktop.app.records.record_places import RecordPlace, place_of
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry.income import income_record_id
from desktop.store.register import WriteScope
from tests.app.cases.assets_for_cases import COLLECTIVE, add_asset, add_party, add_right, town_register
from tests.app.conftest import Said
from tests.app.distribution.distribution_cases import (
    Case,
    balanced,
    decide,
    hang_notice,
    receive,
    step,
    to_paying,
    village,
)
from tests.app.keeping.rules_table import severity_of
from tests.app.visits.surveys import add_family
from tests.survey.form_filling import identity

DIVISION = "440705104201"


class Halted(Exception):
    """A person stopped it."""


@dataclass
class Sound:
    """A register in which everything holds: assets with owners, a family, and one of each record a visit leaves."""

    ws: Workspace
    owner: str
    assets: list[str]
    rights: list[str]
    home: str
    members: list[str]
    rows: dict[str, str]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    with town_register(tmp_path_factory.mktemp("册")) as ws:
        owner = add_party(ws, COLLECTIVE)
        assets = [add_asset(ws, f"样例商铺 {n} 号", 20_000_000 + n, number=f"YL-{n}") for n in range(6)]
        rights = [add_right(ws, asset, "ownership", [(owner, 1, 1)]) for asset in assets]
        home, members = add_family(ws)
        with ws.write("走访所留", table="visit") as scope:
            rows = {
                "visit": scope.insert("visit", {
                    "title": "样例走访", "household_id": home, "division_code": DIVISION, "visited_at": "2026-03-02",
                    "started_at": "2026-03-02T01:00:00Z", "ended_at": "2026-03-02T01:30:00Z",
                }),
                "safeguard_check": scope.insert("safeguard_check", {
                    "household_id": home, "period": "2026", "checked_date": "2026-03-02", "house_ok": 1,
                    "house_grade": "B",
                }),
                "lead": scope.insert("lead", {
                    "household_id": home, "event_date": "2026-02-01", "found_date": "2026-02-03",
                    "risk_type": "illness", "persons": members[0],
                }),
                "measure": scope.insert("measure", {
                    "household_id": home, "person_id": members[0], "measure_code": "med_aid", "period": "2026",
                    "start_date": "2026-02-10", "end_date": "2026-02-20", "amount_fen": 50_000,
                }),
                "linkage": scope.insert("linkage", {
                    "household_id": home, "asset_id": assets[0], "mode": "job", "since_date": "2025-01-01",
                    "until_date": "2025-12-31",
                }),
                "village_profile": scope.insert("village_profile", {
                    "division_code": DIVISION, "period": "2025", "households": 300, "population": 1_000,
                    "dibao_households": 12, "tap_water_rate": "98.5", "hard_road": 1, "cultivated_mu": "1200.5",
                    "per_capita_income_fen": 2_000_000, **dict.fromkeys((
                        "natural_villages", "dibao_people", "tekun_households", "tekun_people", "disabled_people",
                        "migrant_workers", "party_members", "medical_insured", "pension_insured",
                        "unsafe_water_households", "unsafe_house_households",
                    ), 8),
                }),
            }
            rows["income_record"] = income_record_id(home, "2025")
            scope.ensure("income_record", rows["income_record"], {
                "household_id": home, "period": "2025", "size": 4, "wage_migrant_fen": 3_000_000, "wage_local_fen": 0,
                "wage_post_fen": 0, "stated_wage_fen": 3_000_000, "business_plant_fen": 100_000, "op_plant_fen": 20_000,
            })  # fmt: skip
        yield Sound(ws, owner, assets, rights, home, members, rows)


def test_a_sound_register_gives_nothing(sound: Sound) -> None:
    assert [p.sentence for p in check_register(sound.ws)] == []


def test_a_check_says_what_it_looks_at_and_can_be_stopped_anywhere(sound: Sound) -> None:
    told: list[tuple[int, int, str]] = []
    result = run_check(sound.ws, lambda *how: told.append(how))
    steps = [done for done, _total, _what in told]
    assert steps == sorted(steps) and steps[0] == 0 and steps[-1] < told[-1][1]
    assert len({total for _done, total, _what in told} - {0}) == 1  # 0 while the records are counted
    words = list(dict.fromkeys(what for _done, _total, what in told))
    assert words[:2] == ["数据库文件", "变更记录"] and "变更记录：住户" in words and not [w for w in words if not w]
    assert last_check(sound.ws) is result and result.words == "没有发现问题"
    assert result.operations >= result.records > 20
    for stop_at in (0, 5, len(told) - 1):
        def stop(done: int, _total: int, _what: str, at: int = stop_at) -> None:
            if done >= told[at][0]:
                raise Halted

        with pytest.raises(Halted):
            run_check(sound.ws, stop)
        assert last_check(sound.ws) is result
    assert not changed_since(sound.ws, result)
    with sound.ws.write("改", right="edit-assets") as scope:
        scope.change("asset", sound.assets[5], {"name": "样例商铺六号"})
    assert changed_since(sound.ws, result)


def test_a_record_without_a_page_is_seen_where_it_belongs(sound: Sound) -> None:
    ws, rows = sound.ws, sound.rows
    assert place_of(ws, "household", sound.home) == RecordPlace("household", sound.home)
    assert place_of(ws, "person", sound.members[1]) == RecordPlace("household", sound.home, "overview")
    for table, tab in (("income_record", "income"), ("safeguard_check", "safeguards"), ("lead", "risks"),
                       ("measure", "risks"), ("visit", "visits")):  # fmt: skip
        assert place_of(ws, table, rows[table]) == RecordPlace("household", sound.home, tab)
    assert place_of(ws, "linkage", rows["linkage"]) == RecordPlace("asset", sound.assets[0], "running")
    assert place_of(ws, "right", sound.rights[2]) == RecordPlace("asset", sound.assets[2], "rights")
    held = place_of(ws, "party", sound.owner)
    assert held is not None and (held.table, held.tab) == ("asset", "rights") and held.row_id in sound.assets
    with ws.write("两样", right="admin") as scope:
        notice = scope.insert("notice", {"title": "样例", "subject_table": "asset", "subject_id": sound.assets[0]})
        step_ = scope.insert("step_taken", {"case_table": "notice", "case_id": notice, "step": "post"})
        gone = scope.insert("household", {"head_name": "拟去", "division_code": DIVISION})
        scope.remove("household", gone)
    assert place_of(ws, "step_taken", step_) == RecordPlace("notice", notice)
    assert place_of(ws, "household", gone) is None and place_of(ws, "village_profile", rows["village_profile"]) is None
    assert place_of(ws, "asset", "0" * 32) is None and place_of(ws, "不识", "0" * 32) is None
    assert scope.result is not None
    take_back_unit(ws, scope.result.unit_id)


def broken(s: Sound, breaks: Callable[[WriteScope, Sound], object]) -> list[Problem]:
    """What `check` says after a change below the guards, which is then taken back."""
    with s.ws.write("弄坏", right="admin") as scope:
        breaks(scope, s)
    assert scope.result is not None
    try:
        return check_register(s.ws)
    finally:
        take_back_unit(s.ws, scope.result.unit_id)


def change(table: str, at: Callable[[Sound], str], **values: object) -> Callable[[WriteScope, Sound], object]:
    return lambda scope, s: scope.change(table, at(s), values)


def insert(table: str, **values: object) -> Callable[[WriteScope, Sound], object]:
    return lambda scope, s: scope.insert(
        table, {k: v(s) if callable(v) else v for k, v in values.items()}
    )


def asset(n: int = 0) -> Callable[[Sound], str]:
    return lambda s: s.assets[n]


def row(table: str) -> Callable[[Sound], str]:
    return lambda s: s.rows[table]


def home(s: Sound) -> str:
    return s.home


def member(n: int) -> Callable[[Sound], str]:
    return lambda s: s.members[n]


def sold(scope: WriteScope, s: Sound) -> None:
    scope.change("asset", s.assets[1], {"status": "disposed"})
    scope.change("right", s.rights[1], {"valid_to": "2026-01-01"})


def written_off(scope: WriteScope, s: Sound) -> None:
    sold(scope, s)
    scope.insert("disposal", {"asset_id": s.assets[1], "kind": "transfer", "state": "written_off",
                              "approval_level": "town", "write_off_date": "2026-01-01"})  # fmt: skip


def official(scope: WriteScope, s: Sound) -> None:
    scope.insert("setting", {"key": "interest.officials", "value": '["样官"]'})
    firm = scope.insert("party", {"kind": "person", "name": "样官"})
    scope.insert("contract", {"contract_no": "利-1", "operator_party_id": firm, "assets": [[s.assets[0]]]})


def hung(scope: WriteScope, s: Sound, **values: object) -> str:
    notice = scope.insert("notice", {
        "kind": "asset_year", "title": "样例公告", "start_date": "2026-03-01", "state": "running", "body": "正文",
        **values,
    })  # fmt: skip
    scope.insert("step_taken", {"case_table": "notice", "case_id": notice, "step": "post", "from_state": "draft",
                                "to_state": "running", "on_date": "2026-03-01"})  # fmt: skip
    return notice


def privacy(scope: WriteScope, s: Sound) -> None:
    hung(scope, s, body=f"户主身份证号 {identity('19750312', '1')}")


def short(scope: WriteScope, s: Sound) -> None:
    hung(scope, s, kind="asset_register", end_date="2026-03-03")


def moved(scope: WriteScope, s: Sound) -> None:
    other = scope.insert("household", {"head_name": "仿家", "division_code": DIVISION})
    scope.change("person", s.members[0], {"household_id": other})


PROFILE = row("village_profile")
INCOME = row("income_record")
BREAKS: list[tuple[str, str, Callable[[WriteScope, Sound], object], str]] = [
    # catalogue rule or section, rule of `check`, what breaks it, how it is said
    ("R-AS-01", "fund_parts_sum", change("asset", asset(), fund_parts=[["central", 1]]),
     "资产 样例商铺 0 号（YL-0），双水村：各资金来源之和不等于原始价值"),
    ("R-AS-01", "depreciation_over_original", change("asset", asset(), depreciation_fen=90_000_000), "累计折旧大于"),
    ("R-AS-02", "value_unit", change("asset", asset(2), original_value_fen=50_000_000_000),
     "资产 样例商铺 2 号（YL-2），双水村：原始价值 500,000,000.00 元，是同类资产中位数的 1000 倍以上"),
    ("R-AS-03", "owner_missing", change("right", lambda s: s.rights[0], withdrawn=1),
     "资产 样例商铺 0 号（YL-0），双水村：没有写明所有权人"),
    ("R-AS-03", "right_without_holder", change("right", lambda s: s.rights[0], shares=[]), "没有写权利人"),
    ("R-AS-03", "owner_nature", change("party", lambda s: s.owner, ownership_level="household"),
     f"{COLLECTIVE}，双水村：权属性质写的是“农户”，权利人却是农村集体经济组织"),
    ("R-AS-04", "contract_missing", change("asset", asset(), operation_mode="lease"), "运营方式是租赁，没有登记合同"),
    ("R-AS-04", "contract_missing",
     lambda scope, s: (scope.insert("code_item", {"list_name": "operation_mode", "code": "own_1", "name": "样例托管",
                                                  "parent": "lease"}),
                       scope.change("asset", s.assets[0], {"operation_mode": "own_1"})),
     "运营方式是样例托管，没有登记合同"),
    ("R-AS-04", "contract_expired",
     change("asset", asset(), operation_mode="entrust", contract_no="旧", contract_end="2021-12-31"),
     "运营方式是委托经营，合同 2021-12-31 已到期，资产状态仍是正常"),
    ("R-AS-05", "idle_with_income",
     change("asset", asset(), status="idle", status_reason="空置", status_measure="招租", status_due="2027-01-01",
            actual_income_fen=5_000), "状态是闲置，今年却有收益 50.00 元"),
    ("R-AS-05", "normal_without_income", insert("asset_income", asset_id=asset(), year=2024, expected_fen=100),
     "往年有预期收益，却从没有登记过收益"),
    ("R-AS-06", "asset_twice",
     change("asset", asset(1), name="样例商铺0号", asset_no=None, original_value_fen=20_000_000),
     "同村、同名、同年、同金额"),
    ("R-AS-07", "disposed_without_record", sold, "没有审批、评估和收入去向的处置记录"),
    ("R-AS-07", "disposed_with_rights", change("asset", asset(), status="disposed"), "权利也没有终止"),
    ("R-AS-07", "disposal_incomplete", written_off,
     "处置 样例商铺 1 号 转让，双水村：已核销，没有填批复文号、决策记录、评估价值、处置收入"),
    ("R-AS-08", "place_unknown", change("asset", asset(), division_code="440705104999"),
     "区划代码 440705104999 不在本册的区划表中"),
    ("R-AS-08", "place_unknown", change("household", home, division_code=None), "没有填所在的村"),
    ("R-AS-11", "interest", official, "合同 利-1：承租（承包）方与村镇干部同名"),
    ("R-NT-01", "notice_privacy", privacy, "公示公告 样例公告：正在公示，正文第 1 段：证件号码不上墙，请撤下改正"),
    ("§2.16", "notice_period", short, "公示期 3 天，少于 7 天"),
    ("R-HH-01", "one_head", change("person", member(0), relation="son"), "住户 样大（双水村）：没有户主"),
    ("R-HH-02", "one_head", change("person", member(1), relation="head"), "住户 样大（双水村）：有 2 个户主"),
    ("R-HH-03", "several_spouses", change("person", member(2), relation="spouse"), "有 2 个配偶"),
    ("R-HH-04", "spouse_sex", change("person", member(1), sex="1", id_no=identity("19770815", "1")),
     "户主与配偶性别相同"),
    ("R-HH-07", "household_size", change("household", home, stated_size=5), "写的是 5 人，在册成员有 4 人"),
    ("R-ID-04", "id_number_twice", change("person", member(1), id_no=identity("19750312", "1")), "证件号码在册中出现"),
    ("R-IN-01", "stated_per_head", change("household", home, net_income_fen=400_000, per_capita_income_fen=120_000),
     "人均纯收入写的是 1,200.00 元，家庭年纯收入 4,000.00 元除以人口应为 1,000.00 元"),
    ("R-IN-01", "income_class_sum", change("income_record", INCOME, wage_local_fen=5_000),
     "工资性收入写的是 30,000.00 元，各项之和是 30,050.00 元"),
    ("R-IN-01", "income_size", change("income_record", INCOME, size=0), "计算人均的人口是 0 人"),
    ("R-IN-01", "income_negative", change("income_record", INCOME, op_plant_fen=-1), "是负数"),
    ("R-IN-02", "income_ground", change("income_record", INCOME, op_plant_fen=None), "没有生产经营性支出"),
    ("R-IN-04", "income_ground",
     lambda scope, s: (scope.change("household", s.home, {"land_returned_forest_mu": "0"}),
                       scope.change("income_record", s.rows["income_record"], {"transfer_eco_fen": 100})),
     "样大 2025 年收入，双水村：有生态补偿金，退耕还林面积是 0"),
    ("R-RK-01", "risk_without_measure", change("household", home, monitored_type="marginal", risk_type="housing"),
     "风险“因安全住房”没有对应的帮扶措施"),
    ("R-RK-02", "risk_without_ground", change("household", home, monitored_type="marginal", risk_type="disability"),
     "风险是因残，家中没有登记残疾成员"),
    ("R-RK-08", "lead_words", change("lead", row("lead"), risk_type="other"), "风险“其他”没有写明是什么"),
    ("§2.7", "lead_words", change("lead", row("lead"), verdict="propose"), "没有写哪一类"),
    ("§2.7", "leads_open", insert("lead", household_id=home, found_date="2026-02-09", risk_type="study"),
     "有 2 条线索都没有核实结论"),
    ("§2.7", "lead_persons", change("lead", row("lead"), persons="0" * 32), "家庭成员有的不在册中"),
    ("§2.7", "monitored_origin", change("household", home, monitored_type="unstable_lifted"),
     "监测类别是脱贫不稳定户，户类型却是一般农户"),
    ("§2.7", "days_of_record", change("lead", row("lead"), event_date="2026-02-05"),
     "发现日期 2026-02-03 早于事情发生的日期 2026-02-05"),
    ("§2.8", "days_of_record", change("measure", row("measure"), end_date="2026-01-31"),
     "结束日期 2026-01-31 早于开始日期 2026-02-10"),
    ("§2.8", "measure_person", moved, "不是这一户的成员"),
    ("§2.8", "measure_amount", change("measure", row("measure"), amount_fen=-5), "金额是负数"),
    ("§2.8", "measure_twice",
     insert("measure", household_id=home, person_id=member(0), measure_code="med_aid", start_date="2026-02-15"),
     "同一人同一时期的同一项措施"),
    ("§2.9", "day_ahead", change("visit", row("visit"), visited_at="2099-01-01"), "走访日期 2099-01-01 还没有到"),
    ("§2.9", "visit_times", change("visit", row("visit"), ended_at="2026-03-02T00:30:00Z"), "结束时间早于开始时间"),
    ("§2.9", "visit_of_nobody", insert("visit", title="谁", visited_at="2026-03-02"), "没有写走访的是哪一户"),
    ("§2.9", "reference", insert("visit", title="谁", household_id="0" * 32), "住户不在册中"),
    ("§2.4", "reference", change("income_record", INCOME, household_id=None), "没有写是哪一户的"),
    ("§2.10", "reference", change("right", lambda s: s.rights[0], shares=[["0" * 32, 1, 1]]), "权利人不在册中"),
    ("§2.6", "house_grade", change("safeguard_check", row("safeguard_check"), house_grade="D"), "却记为住房安全"),
    ("000 §四", "linkage_with_nothing", change("linkage", row("linkage"), asset_id=None), "没有写与哪项资产"),
    ("000 §四", "linkage_twice",
     insert("linkage", household_id=home, asset_id=asset(), mode="job", since_date="2025-06-01",
            until_date="2025-07-01"), "同一种联结登记了两次"),
    ("R-VL-01", "village_part", change("village_profile", PROFILE, dibao_households=301),
     "双水村 2025 年村情：低保户数 301 多于总户数 300"),
    ("R-VL-01", "village_rate", change("village_profile", PROFILE, tap_water_rate="120"), "不在 0 到 100 之间"),
    ("R-VL-01", "village_empty", change("village_profile", PROFILE, population=None), "没有填总人口，请补填"),
    ("R-VL-01", "village_road", change("village_profile", PROFILE, hard_road=0), "没有通硬化路"),
    ("R-VL-01", "village_land", change("village_profile", PROFILE, cultivated_mu="2.4"),
     "2.4 亩，少于各户相加的 2.5 亩"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "rule", "breaks", "said"), BREAKS, ids=[f"{b[1]}-{b[0]}" for b in BREAKS])
def test_each_rule_is_named_when_it_is_broken(
    sound: Sound, _: str, rule: str, breaks: Callable[[WriteScope, Sound], object], said: str
) -> None:
    found = [p for p in broken(sound, breaks) if p.rule == rule]
    assert [p.sentence for p in found if said in p.sentence], [p.sentence for p in found]
    for problem in found:
        assert problem.severity == severity_of(_, problem.rule)
        assert problem.row_id not in problem.sentence and problem.table not in problem.sentence
        assert problem.record and problem.severity in ("error", "warning")
        assert problem.kind != OTHER_KIND


def test_help_of_the_countys_own_kind_answers_a_risk(sound: Sound) -> None:
    def helped(scope: WriteScope, s: Sound) -> None:
        scope.insert("code_item", {"list_name": "assistance_measure", "code": "own_2", "name": "样例修缮",
                                   "parent": "house_renov"})  # fmt: skip
        scope.insert("measure", {"household_id": s.home, "measure_code": "own_2", "period": "2026"})
        scope.change("household", s.home, {"monitored_type": "marginal", "risk_type": "housing"})

    assert "risk_without_measure" not in {p.rule for p in broken(sound, helped)}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = village(tmp_path)
    with made.ws:
        receive(made, 100_000)
        balanced(made)
        yield made


def said_of(ws: Workspace) -> dict[str, str]:
    # of the people of that village no numbers are known
    return {p.rule: p.sentence for p in check_register(ws) if p.rule != "id_number_missing"}


def test_a_plan_that_two_laptops_broke_is_named(case: Case) -> None:
    """R-AS-09, R-AS-10 and the decision it rests on: what was whole when the plan was reported no longer is."""
    case.as_user("村样例")
    step(case, "submit")
    decision = decide(case)
    step(case, "report", decision_id=decision)
    case.as_user("镇样例")
    step(case, "approve")
    hang_notice(case)
    assert said_of(case.ws) == {}
    dead, removed = next(iter(case.heads.values())), list(case.homes.values())[2]
    with case.ws.write("另一台机器", right="admin") as scope:
        scope.change("person", dead, {"change_kind": "死亡", "change_date": "2026-02-01"})
        scope.change("decision", decision, {"agreed": 10})
        scope.change("distribution", case.plan, {"kept_fen": 1})
        scope.remove("household", removed)
    found = said_of(case.ws)
    title = f"收益分配 {case.row()['title']}"
    assert found["decision_of_case"] == f"{title}：同意 10 人，没有超过实到 27 人的 1/2"
    assert found["plan_balance"] == f"{title}：分配方案不平：收益、用途、明细和结余对不上"
    texts = [p.sentence for p in check_register(case.ws) if p.rule == "recipients"]
    assert any("户主已登记死亡" in t for t in texts) and any("领款对象不在册中" in t for t in texts)


def test_what_is_paid_is_what_the_family_tells(case: Case) -> None:
    """R-IN-06: the dividend told at the door against the list of payments."""
    to_paying(case)
    paying.pay_batch(case.ws, [p.id for p in paying.payments_of(case.ws, case.plan)], on="2026-03-11")
    home = next(iter(case.homes.values()))
    paid = next(p.amount_fen for p in paying.payments_of(case.ws, case.plan) if p.recipient_id == home)
    record = income_record_id(home, "2026")
    with case.ws.write("走访", right="edit-people") as scope:
        scope.ensure("income_record", record, {
            "household_id": home, "period": "2026", "size": 4, "property_asset_dividend_fen": paid,
        })  # fmt: skip
    assert "dividend_differs" not in said_of(case.ws)
    with case.ws.write("走访", right="edit-people") as scope:
        scope.change("income_record", record, {"property_asset_dividend_fen": paid + 1})
    assert f"分配名单发了 {paid / 100:.2f} 元" in said_of(case.ws)["dividend_differs"]


def test_the_command_says_what_to_put_right_and_what_to_look_at(
    xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    with town_register(tmp_path) as ws:
        add_asset(ws, "保鲜冷库", number="YL-3", operation_mode="lease")
        place = ws.place
    said = xiangce("check", place, code=1).out
    assert said.splitlines() == [
        "要改正（1 处）", "  资产 保鲜冷库（YL-3），双水村：没有写明所有权人，请补登权属",
        "请核实（1 处）", "  资产 保鲜冷库（YL-3），双水村：运营方式是租赁，没有登记合同", "共 2 处问题。",
    ]  # fmt: skip
    first = xiangce("check", place, "--json", code=1).json[0]
    assert (first["rule"], first["table"], first["severity"]) == ("owner_missing", "asset", "error")
    assert first["record"] == "资产 保鲜冷库（YL-3），双水村" and len(first["row_id"]) == 32
