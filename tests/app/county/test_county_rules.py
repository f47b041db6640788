"""The county's rules and code lists: set at the county, sent down, offered there; wrong input is refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from desktop.app.county import code_items, county_rules
from desktop.app.county.configuring import import_configuration, set_setting
from desktop.app.distribution.distribution_case import plan_case
from desktop.app.exchange import exchanging
from desktop.app.exchange.import_columns import fields_of
from desktop.app.exchange.importing import commit_import, plan_import, read_for_import
from desktop.app.records import attaching
from desktop.app.records.attaching import attach_file, attachments_of
from desktop.app.records.editing import new_record
from desktop.app.records.record_names import RecordNames
from desktop.app.records.undoing import take_back_unit
from desktop.app.visits.form_code_items import with_county_items
from desktop.app.visits.forms import form_info, load_form_of, xform_of
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import InputRefused, NotAllowed, UsageError
from desktop.registry import codelists
from desktop.registry.checks import clean_values
from desktop.registry.policies import policy
from desktop.registry.tables import SCHEMA
from desktop.survey.session.session import Session
from tests.app.conftest import Said
from tests.app.distribution.distribution_cases import Case, begin, receive, village
from tests.exchange.laptops import PASSPHRASE, TOWN, Make, enrol, send

YESTERDAY = (date.today() - timedelta(days=1)).isoformat()


def now(ws: Workspace, key: str) -> object:
    with ws.register.reading() as sql:
        return policy(sql, key)


def offered(list_name: str) -> list[str]:
    return [item.code for item in codelists.items(list_name)]


def test_a_rule_is_one_unit_of_work_with_its_history(make: Make) -> None:
    ws = make("county", level="county", division="440705")
    before = county_rules.rule(ws, "disposal.limits")
    assert (before.line.own, before.line.set_by) == (False, "")
    assert before.line.now == "村里能批 不批；镇里能批 200,000.00 元"
    assert county_rules.version_sentence(county_rules.version(ws)) == "县里还没有设定，都用默认"
    set_setting(ws, "disposal.limits", {"village": 1_000_000, "town": 30_000_000})
    done = set_setting(ws, "disposal.limits", {"village": 1_000_000, "town": 50_000_000})
    after = county_rules.rule(ws, "disposal.limits")
    assert after.line.own and after.line.set_by == "county样" and after.line.set_at
    assert after.line.now == "村里能批 10,000.00 元；镇里能批 500,000.00 元"
    assert [(c.before, c.after) for c in after.history] == [
        ("村里能批 10,000.00 元；镇里能批 300,000.00 元", after.line.now),
        (before.line.now, "村里能批 10,000.00 元；镇里能批 300,000.00 元"),
    ]
    take_back_unit(ws, done.unit_id)
    assert now(ws, "disposal.limits") == {"village": 1_000_000, "town": 30_000_000}
    assert county_rules.rule(ws, "disposal.limits").history[0].taken_back
    set_setting(ws, "disposal.limits", None)
    restored = county_rules.rule(ws, "disposal.limits")
    assert not restored.line.own and restored.value == restored.default and restored.history[0].after == "恢复默认"
    with pytest.raises(InputRefused, match="镇里能批：应是金额"):
        set_setting(ws, "disposal.limits", {"town": "20万"})
    assert len(county_rules.rule(ws, "disposal.limits").history) == 3


def test_a_laptop_holds_what_the_county_sent_and_changes_none_of_it(make: Make, tmp_path: Path) -> None:
    county, a = make("county", level="county", division="440705"), make("a")
    set_setting(a, "contract.remind_days", [20])  # on its own a town sets its own
    enrol(county, a, tmp_path, TOWN)
    set_setting(county, "contract.remind_days", [45])
    code_items.add_item(county, "income_use", "村内道路养护", code="road", after="maintenance")
    code_items.add_item(county, "attachment_kind", "土地流转合同扫描", code="lease_scan", like="contract")
    exchanging.export(county, tmp_path / "down.xcp", to=["a"])
    exchanging.merge(a, tmp_path / "down.xcp")
    assert offered("income_use")[1:4] == ["maintenance", "road", "consolidate"]
    version = county_rules.version(a)
    assert version.changed_by == "county样" and version.received_at and version.package == "down.xcp"
    assert "随包收到" in county_rules.version_sentence(version) and "由县里设定" in version.why_not
    with pytest.raises(NotAllowed, match="由县里设定，随县里的数据包下发"):
        set_setting(a, "contract.remind_days", [10])
    with pytest.raises(NotAllowed, match="这台电脑上只能看"):
        code_items.add_item(a, "income_use", "又一个用途")
    with pytest.raises(NotAllowed, match="只能看"):
        code_items.end_item(a, "income_use", "road")
    assert {r.key for r in county_rules.rules(a) if r.set_here} == {"contract.remind_days"}
    assert county_rules.use_the_countys(a, "contract.remind_days") == 1
    assert now(a, "contract.remind_days") == [45] and not any(r.set_here for r in county_rules.rules(a))
    assert not exchanging.conflict_views(a)
    with pytest.raises(UsageError, match="没有登记到县里"):
        county_rules.use_the_countys(county, "contract.remind_days")
    asset = new_record(a, "asset", {"name": "光伏", "division_code": f"{TOWN}201"})
    (tmp_path / "流转.pdf").write_bytes(b"%PDF-1.4 sample")
    attach_file(a, "asset", asset, tmp_path / "流转.pdf", "lease_scan")
    assert [line.kind_word for line in attachments_of(a, asset)] == ["土地流转合同扫描"]
    assert attaching.guess_kind(Path("东一村土地流转合同扫描.pdf")) in ("lease_scan", "contract")
    report = send(a, county, tmp_path / "up.xcp")
    assert report.conflicts == 0 and now(county, "contract.remind_days") == [45]
    code_items.end_item(county, "income_use", "road", YESTERDAY)
    exchanging.export(county, tmp_path / "down2.xcp", to=["a"])
    exchanging.merge(a, tmp_path / "down2.xcp")
    assert "road" not in offered("income_use") and codelists.word("income_use", "road") == "村内道路养护"


def test_taking_the_countys_takes_back_one_rule_of_an_import(make: Make, tmp_path: Path) -> None:
    """Rules that came in one import: the others, and its code items, stay."""
    county, a = make("county", level="county", division="440705"), make("a")
    import_configuration(a, {
        "format": "xiangce-config-1", "settings": {"contract.remind_days": [20], "notice.photo_needed": False},
        "code_items": [{"list_name": "income_use", "code": "road", "name": "村内道路养护"}],
    })  # fmt: skip
    enrol(county, a, tmp_path, TOWN)
    set_setting(county, "contract.remind_days", [45])
    exchanging.export(county, tmp_path / "down.xcp", to=["a"])
    exchanging.merge(a, tmp_path / "down.xcp")
    assert county_rules.use_the_countys(a, "contract.remind_days") == 1
    assert now(a, "contract.remind_days") == [45] and now(a, "notice.photo_needed") is False
    assert codelists.word("income_use", "road") == "村内道路养护"
    assert {r.key for r in county_rules.rules(a) if r.set_here} == {"notice.photo_needed"}
    assert county_rules.use_the_countys(a, "contract.remind_days") == 0
    take_back_unit(a, a.register.units(1)[0].unit_id.hex())
    assert now(a, "notice.photo_needed") is False and len(a.register.conflicts()) == 1, "that, too, can be taken back"


def test_a_plan_offers_the_countys_use_and_keeps_an_ended_one(tmp_path: Path) -> None:
    case: Case = village(tmp_path)
    try:
        receive(case, 100_000)
        code, _ = code_items.add_item(case.ws, "income_use", "村内道路养护", after="maintenance")
        plan = begin(case)
        assert (code, "村内道路养护") in plan_case(case.ws, plan).uses
        from desktop.app.distribution import distributing

        distributing.set_uses(case.ws, plan, [("村内道路养护", "rest", "")])
        code_items.end_item(case.ws, "income_use", code, YESTERDAY)
        shown = plan_case(case.ws, plan)
        assert (code, "村内道路养护") in shown.uses, "what the plan holds stays"
        assert [u.word for u in shown.view.balance.uses] == ["村内道路养护"]
        (line,) = [i for i in code_items.items_of(case.ws, "income_use") if i.code == code]
        assert (line.state, line.used, line.added) == ("已停用", 1, True) and "收益分配" in line.where
        other = distributing.new_plan(case.ws, year=2026, division_code=case.ws.division_code + "201")
        assert code not in dict(plan_case(case.ws, other).uses)
        code_items.add_item(case.ws, "income_use_forbidden", "订阅报刊杂志")
        with pytest.raises(InputRefused, match="不能用于订阅报刊杂志"):
            distributing.set_uses(case.ws, other, [("订阅报刊杂志", "1", "")])
    finally:
        case.ws.close()


def test_what_an_item_cannot_be(make: Make) -> None:
    ws = make("county", level="county", division="440705")
    for said, arguments in (
        ("已有“项目运营管护”", ("income_use", "项目运营管护", {})),
        ("已有代码 maintenance", ("income_use", "别的", {"code": "maintenance"})),
        ("以小写字母开头", ("income_use", "别的", {"code": "1 a"})),
        ("要写名称", ("income_use", " ", {})),
        ("结束日期应在", ("income_use", "别的", {"valid_from": "2026-02-01", "valid_to": "2026-01-01"})),
        ("没有 2026-02-30 这一天", ("income_use", "别的", {"valid_from": "2026-02-30"})),
        ("没有代码 nothing", ("income_use", "别的", {"after": "nothing"})),
        ("要说明新的一项和现有的哪一项一样办理", ("attachment_kind", "别的", {})),
        ("县里不增减", ("household_type", "别的", {})),
    ):
        list_name, name, more = arguments
        with pytest.raises(InputRefused, match=said) as refused:
            code_items.add_item(ws, list_name, name, **more)  # type: ignore[arg-type]
        assert "没有保存" in str(refused.value)
    with pytest.raises(UsageError, match="没有代码 nothing"):
        code_items.end_item(ws, "income_use", "nothing")
    with pytest.raises(UsageError, match="没有代码表"):
        code_items.list_named("不存在")
    assert not county_rules.version(ws).items
    code, unit = code_items.add_item(ws, "finding_kind", "设备带病运行", valid_from="2999-01-01")
    assert code not in offered("finding_kind")
    assert clean_values(SCHEMA.by_name["finding"], {"kind": "设备带病运行"}) == {"kind": code}
    take_back_unit(ws, unit.unit_id)
    assert codelists.find("finding_kind", code) is None
    code_items.change_item(ws, "income_use", "maintenance", name="管护费用")
    assert codelists.word("income_use", "maintenance") == "管护费用"
    ws.close()
    assert codelists.word("income_use", "maintenance") == "项目运营管护", "another register has its own words"
    with open_workspace(ws.place, passphrase=PASSPHRASE, writable=False) as again:
        assert codelists.word("income_use", "maintenance") == "管护费用" and again.level == "county"


def test_rules_and_items_on_the_command_line(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    r = tmp_path / "r"
    xiangce("new", r, "--unit", "新会区", "--division", "440705", "--level", "county", "--user", "样例县")
    xiangce("config", r, "set", "contract.decision_limit_fen", "5000000")
    assert "50,000.00 元" in xiangce("config", r, "list").out
    shown = xiangce("config", r, "show", "contract.decision_limit_fen").out
    assert "现在：50,000.00 元" in shown and "默认：10,000.00 元" in shown
    assert "样例县：10,000.00 元 → 50,000.00 元" in shown
    listed = xiangce("config", r, "list", "--json").json
    assert {line["key"]: line["own"] for line in listed["rules"]}["contract.decision_limit_fen"] is True
    assert xiangce("config", r, "unset", "contract.decision_limit_fen").out == "已恢复默认。\n"
    assert xiangce("config", r, "show", "contract.decision_limit_fen", "--json").json["own"] is False
    xiangce("config", r, "unset", "no.such", code=2)
    xiangce("config", r, "show", "no.such", code=2)
    said = xiangce("config", r, "item-add", "收益用途", "村内道路养护", "--code", "road", "--after", "项目运营管护").out
    assert said == "已加：村内道路养护（road）。\n"
    table = xiangce("config", r, "items", "income_use").out.splitlines()
    assert [line.split("\t")[0] for line in table][2:4] == ["maintenance", "road"]
    assert "收益用途\t11\t1\t0" in xiangce("config", r, "items").out
    xiangce("config", r, "item-set", "income_use", "road", "--name", "村内道路和桥梁养护")
    ended = xiangce("config", r, "item-end", "income_use", "road", "--on", YESTERDAY).out
    assert ended.startswith("已停用：村内道路和桥梁")
    states = {i["code"]: i["state"] for i in xiangce("config", r, "items", "income_use", "--json").json}
    assert states["road"] == "已停用" and states["maintenance"] == "在用"
    past = xiangce("add", r, "code_item", "list_name=income_use", "code=gift", "name=送礼", code=3).err
    assert "不在这里改" in past and "config item-add" in past
    xiangce("add", r, "setting", "key=finding.max_put_off", "value=x", code=3)
    assert "没有写要改什么" in xiangce("config", r, "item-set", "income_use", "road", code=2).err
    assert "县里不增减" in xiangce("config", r, "item-add", "户类型", "别的户", code=3).err
    xiangce("config", r, "export", "-o", tmp_path / "c.json")
    with open_workspace(r, passphrase=PASSPHRASE) as ws, ws.register.reading() as sql:
        logged = sql.column("SELECT what FROM plain_export")
    assert logged == ["configuration"], "names of officials may be among it"
    whole = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    for item, said in (
        ({"list_name": "asset_status", "code": "normal", "valid_to": "2020-01-01"}, "县里不增减"),
        ({"list_name": "income_use", "code": "a<b"}, "只能有字母"),
        ({"list_name": "income_use", "code": "ab", "removed": 1}, "不认识的内容"),
    ):
        wrong = tmp_path / "wrong.json"
        wrong.write_text(json.dumps({**whole, "code_items": [item]}), encoding="utf-8")
        assert said in xiangce("config", r, "import", wrong, code=3).err
    other = tmp_path / "other"
    xiangce("new", other, "--unit", "另一个区", "--division", "440705", "--level", "county")
    assert "已导入 1 项" in xiangce("config", other, "import", tmp_path / "c.json").out, "the rule is at its default"
    assert "村内道路和桥梁养护" in xiangce("config", other, "items", "income_use").out


def test_an_import_knows_the_countys_sources_and_words(make: Make, tmp_path: Path) -> None:
    ws = make("county", level="county", division="440705")
    fund, _ = code_items.add_item(ws, "fund_source", "乡贤捐款", like="social")
    kind, _ = code_items.add_item(ws, "asset_subcategory", "冷链车", like="processing")
    assert (f"fund_{fund}", "资金：乡贤捐款") in fields_of("assets")
    with ws.register.reading() as sql:
        place = sql.rows("SELECT name FROM division WHERE level='village' AND code LIKE ? ORDER BY code", (f"{TOWN}%",))
    where = str(place[0][0])
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["序号", "资产名称", "资产类别", "资产小类", "坐落地点", "资产原值（元）", "中央", "乡贤捐款", "所有权人"]
    )
    sheet.append([1, "冷链配送车", "经营性资产", "冷链车", where, 300_000, 200_000, 100_000, "样例村经济联合社"])
    sheet.append([2, "分拣设备", "经营性资产", "生产加工设施", where, 50_000, 50_000, None, "样例村经济联合社"])
    book.save(tmp_path / "台账.xlsx")
    reading = read_for_import(ws, tmp_path / "台账.xlsx", "assets")
    found = reading.mappings[0].columns
    assert f"fund_{fund}" in found
    commit_import(ws, plan_import(ws, reading))
    with ws.register.reading() as sql:
        kinds = sql.rows("SELECT subcategory FROM asset ORDER BY name")
        parts = sql.rows("SELECT source,amount_fen FROM asset_fund_part ORDER BY source,amount_fen")
    assert {k for (k,) in kinds} == {kind, "processing"}
    assert [tuple(p) for p in parts] == [("central", 5_000_000), ("central", 20_000_000), (fund, 10_000_000)]
    ws.close()
    assert f"fund_{fund}" not in dict(fields_of("assets")), "another county's ledger is read with its own words"


def test_a_form_offers_the_countys_items(make: Make) -> None:
    ws = make("county", level="county", division="440705")
    info = form_info(ws, "asset_check")
    plain = load_form_of(ws, info)

    def offered_in(name: str) -> dict[str, str]:
        session = Session(load_form_of(ws, info))
        node = next(n for n in session.root.subtree() if n.definition.name == name)
        return {choice.value: choice.label for choice in session.choices(node)}

    before = offered_in("inspection_type")
    night, _ = code_items.add_item(ws, "inspection_type", "夜间 <突击> 检查", after="random")
    later, _ = code_items.add_item(ws, "inspection_type", "明年的检查", valid_from="2999-01-01")
    cold, _ = code_items.add_item(ws, "asset_subcategory", "冷链车", code="cold_truck", like="processing")
    code_items.end_item(ws, "inspection_type", "audit", YESTERDAY)
    now_offered = offered_in("inspection_type")
    assert list(now_offered)[:2] == ["random", night] and now_offered[night] == "夜间 <突击> 检查"
    assert later not in now_offered and now_offered["audit"] == "审计整改（已停用）", "an old visit keeps its answer"
    assert set(now_offered) - {night} == set(before)
    assert load_form_of(ws, info).languages == plain.languages
    xform = xform_of(ws, info)
    assert night not in xform and cold in with_county_items(xform), "the workbook's own form is as it was"
    care = with_county_items(xform_of(ws, form_info(ws, "public_asset_inspection")))
    assert f"<name>{cold}</name>" not in care, "a form of public assets offers none of its kind"
    ws.close()
    assert with_county_items(xform) == xform


def test_two_registers_open_in_turn_offer_each_its_own(make: Make, tmp_path: Path) -> None:
    """Whichever is asked says what may be chosen, not the one that was opened last."""
    a = make("a")
    code_items.add_item(a, "income_use", "村内道路养护", code="road", after="maintenance")
    code_items.add_item(a, "asset_subcategory", "甲类机具", code="tools", like="processing")
    b = make("b")
    code_items.add_item(b, "income_use", "水利维修", code="road")
    code_items.add_item(b, "finding_kind", "围栏破损", code="fence")

    def uses(ws: Workspace) -> list[str]:
        with ws.register.reading():
            return [item.name for item in codelists.items("income_use") if item.code == "road"]

    for _ in range(2):
        assert uses(a) == ["村内道路养护"] and codelists.word("income_use", "road") == "村内道路养护"
        assert uses(b) == ["水利维修"] and codelists.word("income_use", "road") == "水利维修"
        assert codelists.word("asset_subcategory", "tools") == "tools", "an item of another register is no word here"
    made = new_record(a, "asset", {"name": "犁", "division_code": f"{TOWN}201", "subcategory": "甲类机具"})
    assert (a.register.row("asset", made) or {})["subcategory"] == "tools"
    with pytest.raises(InputRefused, match="“甲类机具”不在代码表中"):
        new_record(b, "asset", {"name": "犁", "division_code": f"{TOWN}201", "subcategory": "甲类机具"})
    finding = new_record(b, "finding", {"what": "破", "kind": "围栏破损"})
    with pytest.raises(InputRefused, match="不在代码表中"):
        new_record(a, "finding", {"what": "破", "kind": "围栏破损"})
    with a.register.reading():
        with b.register.reading():
            assert codelists.word("income_use", "road") == "水利维修"
        assert codelists.word("income_use", "road") == "村内道路养护", "inside the block of a again"
    editions = {ws.place: uses(ws) and codelists.edition() for ws in (a, b)}
    assert len(set(editions.values())) == 2
    assert RecordNames(b).facts("finding", b.register.row("finding", finding) or {})["kind"] == "围栏破损"
    b.close()
    assert uses(a) == ["村内道路养护"]
