"""Notices: drawn from their case, nothing personal on the board, both ends counted, settled before the next step."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app.cases.notice_printing import preview_notice, print_notice_file
from desktop.app.cases.notices import (
    handle_objection,
    make_notice,
    make_result_announcement,
    notice_doubts,
    objections_of,
    receive_objection,
    refresh_notice,
    without_doubt,
)
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.keeping.self_check import check_register
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.record_words import value_words
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.notice import notice_bars
from desktop.registry.notice_privacy import HEALTH_RULE, ID_RULE, PERSON_PHONE_RULE, PHONE_RULE
from desktop.registry.notice_table import NoticeColumn, NoticeTable, tables_from_json
from desktop.reports.preview import Preview
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    TOWN_COMPANY,
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    mark_checked,
    register_place,
    town_register,
)
from tests.app.conftest import PASSPHRASE, Said

PLACES = [["样例村公示栏"], ["三组祠堂旁"]]
OFFICE = {"places": PLACES, "contact_phone": "0750-6410000", "contact_address": "镇政府二楼"}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        yield made


@pytest.fixture
def registration(ws: Workspace) -> str:
    collective = add_party(ws, COLLECTIVE)
    company = add_party(ws, TOWN_COMPANY, "enterprise", "state_town")
    cold_store = add_asset(ws, "保鲜冷库", 98_600_000)
    workshop = add_asset(ws, "帮扶车间", 26_800_000)
    add_right(ws, cold_store, "ownership", [(collective, 493, 643), (company, 150, 643)])
    add_right(ws, workshop, "ownership", [(collective, 1, 1)])
    return new_record(
        ws, "registration",
        {"title": "2024 年确权", "division_code": VILLAGE, "basis": "双水府〔2024〕3 号",
         "assets": [[cold_store], [workshop]]},
    )  # fmt: skip


def test_a_notice_is_drawn_from_its_case_and_goes_its_way(ws: Workspace, registration: str, tmp_path: Path) -> None:
    mark_checked(ws, registration)
    notice = make_notice(ws, "registration", registration, start="2024-03-01", values=OFFICE)
    row = ws.register.row("notice", notice)
    assert row is not None
    assert (row["kind"], row["start_date"], row["end_date"]) == ("asset_register", "2024-03-01", "2024-03-07")
    assert "双水府〔2024〕3 号" in row["body"] and "1,254,000.00 元" in row["body"]
    (table,) = tables_from_json(row["body_columns"])
    assert [c.title for c in table.columns][-2:] == ["所有权人", "收益权人"]
    assert table.rows[0][4] == f"{COLLECTIVE} 493/643、{TOWN_COMPANY} 150/643" and table.total(3) == 125_400_000

    with ws.register.reading() as sql:
        assert notice_bars(sql, "registration", registration, "asset_register", "2024-03-05") == ["公示还没有张贴"]
    with pytest.raises(InputRefused, match="早于张贴日期"):
        take_step(ws, "notice", notice, "post")
    take_step(ws, "notice", notice, "post", on="2024-03-01")
    with ws.register.reading() as sql:
        assert notice_bars(sql, "registration", registration, "asset_register", "2024-03-07") == [
            "公示到 2024-03-07 期满"
        ]
    with pytest.raises(InputRefused, match="标题不能再改"):
        save_record(ws, open_record(ws, "notice", notice), {"title": "改了"})
    with pytest.raises(InputRefused, match="标题不能再改"):
        take_step(ws, "notice", notice, "end", {"result": "无异议", "title": "改了"}, on="2024-03-08")
    with pytest.raises(InputRefused, match="2024-03-08 起才能登记结果"):
        take_step(ws, "notice", notice, "end", {"result": "无异议"}, on="2024-03-07")

    objection = receive_objection(ws, notice, "面积写大了", on="2024-03-03", who="区拟样")
    said = {s.name: s.bars for s in steps_of(ws, "notice", notice, on="2024-03-08")}
    assert said["end"] == ("还有 1 条异议没有处理", "缺张贴照或期满照")
    with pytest.raises(InputRefused, match="不能移除.*登记处理结果"):
        remove_record(ws, open_record(ws, "objection", objection))
    with pytest.raises(InputRefused, match="早于收到日期"):
        handle_objection(ws, objection, "实地量过，面积无误", on="2024-03-02", upheld=False)
    handle_objection(ws, objection, "实地量过，面积无误", on="2024-03-05", upheld=False)
    assert [(o.what, o.handling, o.upheld) for o in objections_of(ws, notice)] == [
        ("面积写大了", "实地量过，面积无误", False)
    ]
    with pytest.raises(InputRefused, match="还没有登记"):
        make_result_announcement(ws, notice)
    add_photo(ws, tmp_path, "notice", notice, "photo_posted")
    take_step(ws, "notice", notice, "end", {"result": "按公示内容办理。"}, on="2024-03-08")
    with ws.register.reading() as sql:
        assert notice_bars(sql, "registration", registration, "asset_register", "2024-03-08") == []
    done = ws.register.row("notice", notice)
    assert done is not None and done["state"] == "ended" and done["result_date"] == "2024-03-08"

    announced = ws.register.row("notice", make_result_announcement(ws, notice))
    assert announced is not None and "收到异议 1 条，均已处理，其中成立 0 条" in announced["body"]
    assert announced["title"].endswith("公示结果公告") and announced["end_date"] is None
    assert [p["place"] for p in announced["places"]] == ["样例村公示栏", "三组祠堂旁"]


def test_too_few_days_and_missing_parts_bar_posting(ws: Workspace, registration: str) -> None:
    mark_checked(ws, registration)
    notice = make_notice(ws, "registration", registration, start="2024-03-01", days=6)
    (post, cancel) = steps_of(ws, "notice", notice, on="2024-03-01")
    assert post.needs == ("places",) and cancel.reason_needed
    assert post.bars == ("没有写向谁提异议（联系电话或地址）", "公示期 6 天，不能少于 7 天")
    with ws.write("县里定 10 天", table="setting") as scope:
        from desktop.registry.configuration import setting_id

        scope.insert("setting", {"key": "notice.min_days", "value": '{"asset_register":10}'},
                     setting_id("notice.min_days"))  # fmt: skip
    longer = make_notice(ws, "registration", registration, start="2024-03-01")
    row = ws.register.row("notice", longer)
    assert row is not None and row["end_date"] == "2024-03-10"
    with pytest.raises(UsageError, match="没有这件事项"):
        make_notice(ws, "registration", "0" * 32)
    with pytest.raises(InputRefused, match="只能按步骤"):
        new_record(ws, "notice", {"title": "直接写", "state": "running"})


def test_the_privacy_check_reads_every_word_and_never_repeats_it(
    ws: Workspace, registration: str, tmp_path: Path
) -> None:
    new_record(ws, "household", {"head_name": "林模华", "phone": "10055501234", "division_code": VILLAGE})
    table = NoticeTable(
        "名单",
        (NoticeColumn("户主"), NoticeColumn("返贫风险"), NoticeColumn("说明"), NoticeColumn("金额（元）", "yuan")),
        (("陈样生", "", "4407 9919 6001 0112 33", 171_901), ("李炎仿", "", "账 6222020000001234567", 85_950)),
    )
    body = "按人口均分 135,420.37 元，文号虚村会〔2026〕9 号。\n林模华户因尿毒症，优先发放。\n残疾人联合会已审。"
    notice = make_notice(
        ws, "registration", registration, start="2024-03-01", tables=(table,),
        values={**OFFICE, "body": body, "contact_phone": "10055501234", "contact": "林例，13800138000"},
    )  # fmt: skip
    doubts = notice_doubts(ws, notice)
    assert {(d.where, d.rule) for d in doubts} == {
        ("正文第 2 段", HEALTH_RULE), ("联系人", PHONE_RULE), ("联系电话", PERSON_PHONE_RULE),
        ("名单的列“返贫风险”", "名单里不能有这一列"), ("名单第 1 行“说明”", ID_RULE),
        ("名单第 2 行“说明”", "银行账号不上墙"),
    }  # fmt: skip
    (illness,) = (d for d in doubts if d.rule == HEALTH_RULE)
    assert illness.word == "因尿毒症" and body.splitlines()[1][illness.start : illness.end] == "因尿毒症"
    with pytest.raises(InputRefused) as refused:
        take_step(ws, "notice", notice, "post", on="2024-03-01")
    with pytest.raises(InputRefused) as unprinted:
        print_notice_file(ws, notice, tmp_path / "公示.pdf")
    for error in (refused, unprinted):
        assert "正文第 2 段：健康状况不上墙" in str(error.value)
        assert not any(word in str(error.value) for word in ("尿毒症", "4407", "1380", "6222"))
    assert not (tmp_path / "公示.pdf").exists()
    assert len(preview_notice(ws, notice)[1]) == len(doubts)

    while found := [d for d in notice_doubts(ws, notice) if d.field in ("body", "table", "contact")]:
        without_doubt(ws, notice, found[0])
    save_record(ws, open_record(ws, "notice", notice), {"contact_phone": "0750-6410000"})
    assert notice_doubts(ws, notice) == []
    row = ws.register.row("notice", notice)
    assert row is not None and "林模华户，优先发放" in row["body"] and row["contact"] == "林例，"
    assert [c.title for c in tables_from_json(row["body_columns"])[0].columns] == ["户主", "说明", "金额（元）"]


def test_a_county_adds_words_and_allows_names(ws: Workspace, registration: str) -> None:
    from desktop.app.county.configuring import import_configuration

    import_configuration(ws, {"format": "xiangce-config-1", "settings": {}, "code_items": [
        {"list_name": "notice_word", "code": "x1", "name": "五保", "parent": "health"},
        {"list_name": "notice_word", "code": "h14", "name": "残疾", "valid_to": "2024-01-01"},
    ]})  # fmt: skip
    values = {**OFFICE, "body": "五保户先发；残疾人之家项目。"}
    notice = make_notice(ws, "registration", registration, start="2024-03-01", values=values)
    assert [d.word for d in notice_doubts(ws, notice)] == ["五保"]


def test_the_page_is_an_official_page_with_all_rows(ws: Workspace, registration: str, tmp_path: Path) -> None:
    rows = tuple((str(n), f"拟样{n}号户", "三组", n % 6 + 1, 85_950 + n) for n in range(1, 121))
    table = NoticeTable(
        "到户名单",
        (NoticeColumn("序"), NoticeColumn("户主"), NoticeColumn("组"), NoticeColumn("人", "count"),
         NoticeColumn("金额（元）", "yuan")),
        rows,
    )  # fmt: skip
    notice = make_notice(
        ws, "registration", registration, start="2024-02-25", tables=(table,),
        values={**OFFICE, "title": "关于样例村 2024 年第 2 次帮扶项目资产收益分配的公示"},
    )  # fmt: skip
    target = tmp_path / "公示.pdf"
    pages = print_notice_file(ws, notice, target)
    with Preview(target) as printed:
        assert printed.page_count == pages > 1 and printed.page_size(0) == pytest.approx((595.28, 841.89), abs=0.1)
        text = "".join(printed.text(i) for i in range(pages)).replace("\n", "")
    for _, name, *_ in rows:
        assert text.count(str(name)) == 1
    assert "公示期：7 天（2024 年 2 月 25 日至 3 月 2 日）" in text and "103,212.60" in text
    assert text.count("金额（元）") >= pages and "双水镇人民政府" in text and f"— {pages} —" in text


def test_tables_are_drawn_again_while_it_is_a_draft(ws: Workspace, registration: str) -> None:
    mark_checked(ws, registration)
    notice = make_notice(ws, "registration", registration, start="2024-03-01", values=OFFICE)
    asset = json.loads(json.dumps(ws.register.row("registration", registration)))["assets"][0]["asset_id"]
    save_record(ws, open_record(ws, "asset", asset), {"name": "冷库二期"})
    assert refresh_notice(ws, notice).operations == 1
    row = ws.register.row("notice", notice)
    assert row is not None and "冷库二期" in str(row["body_columns"])
    take_step(ws, "notice", notice, "post", on="2024-03-01")
    save_record(ws, open_record(ws, "asset", asset), {"name": "冷库三期"})
    with pytest.raises(InputRefused, match="不能再改"):
        refresh_notice(ws, notice)


def test_the_commands_draft_check_print_and_settle(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = register_place(tmp_path)
    xiangce("add", place, "household", "head_name=林样", "phone=10055501234", f"division_code={VILLAGE}")
    asset = xiangce("add", place, "asset", "name=冷库", "category=operating", f"division_code={VILLAGE}").out.strip()
    case = xiangce(
        "add", place, "registration", "title=确权", f"division_code={VILLAGE}", f'assets=[["{asset}"]]'
    ).out.strip()
    notice = xiangce(
        "notice", "draft", place, "registration", case, "--start", "2024-03-01", "contact_phone=10055501234",
        'places=[["村口"]]',
    ).out.strip()  # fmt: skip
    said = xiangce("notice", place, "check", notice, code=1)
    assert "联系电话：这是册中个人的电话" in said.out and "5550" not in said.out
    pdf = tmp_path / "公示.pdf"
    assert "不能上墙" in xiangce("print", place, "notice", notice, "-o", pdf, code=3).err and not pdf.exists()
    xiangce("set", place, "notice", notice, "contact_phone=0750-6410000")
    xiangce("notice", "check", place, notice)
    assert "1 页" in xiangce("print", place, "notice", notice, "-o", pdf).out
    said = xiangce("step", place, "notice", notice, "post", "--on", "2024-03-01", code=3)
    assert "要公示的事项还在“申请”，到“核实”才能张贴" in said.err
    with open_workspace(place, passphrase=PASSPHRASE) as ws:
        mark_checked(ws, case)
    xiangce("step", place, "notice", notice, "post", "--on", "2024-03-01")
    objection = xiangce("notice", "object", place, notice, "位置写错", "--on", "2024-03-02").out.strip()
    xiangce("notice", "settle", place, objection, "已更正", "--upheld", "--on", "2024-03-03")
    photo = tmp_path / "栏.jpg"
    photo.write_bytes(b"\xff\xd8 board")
    xiangce("attach", place, "notice", notice, photo, "--kind", "photo_posted")
    xiangce("step", place, "notice", notice, "end", "result=异议已更正", "--on", "2024-03-09")
    result = xiangce("notice", "result", place, notice).out.strip()
    assert "成立 1 条" in xiangce("show", place, "notice", result, "--json").json[0]["body"]


def test_places_typed_as_words_are_lines_and_tables_read_as_words(ws: Workspace, registration: str) -> None:
    made = make_notice(ws, "registration", registration)
    save_record(ws, open_record(ws, "notice", made), {"places": "村务公开栏、村委会门口"})
    row = ws.register.row("notice", made)
    assert row is not None and [line["place"] for line in row["places"]] == ["村务公开栏", "村委会门口"]
    assert '"' not in value_words("notice", "body_columns", row["body_columns"])
    with pytest.raises(InputRefused, match="应写成列表"):
        new_record(ws, "asset", {"name": "样例商铺", "division_code": VILLAGE, "fund_parts": "县级 100 元"})


def test_a_result_is_not_taken_back_from_under_the_case_that_rests_on_it(
    ws: Workspace, registration: str, tmp_path: Path
) -> None:
    heir = add_party(ws, "样例村经济合作社", "collective")
    for line in (ws.register.row("registration", registration) or {})["assets"]:
        add_right(ws, line["asset_id"], "income", [(heir, 1, 1)])
    checked = {"applicant": "双水村", "checked_by": "区拟样", "checked_date": "2024-02-28"}
    take_step(ws, "registration", registration, "check", checked, on="2024-02-28")
    notice = make_notice(ws, "registration", registration, start="2024-03-01", values=OFFICE)
    take_step(ws, "notice", notice, "post", on="2024-03-01")
    add_photo(ws, tmp_path, "notice", notice, "photo_posted")
    ended = take_step(ws, "notice", notice, "end", {"result": "无异议"}, on="2024-03-08")
    went_on = take_step(ws, "registration", registration, "notice", on="2024-03-09")
    with pytest.raises(InputRefused, match="往下办了"):
        take_back_unit(ws, ended.unit_id)
    take_back_unit(ws, went_on.unit_id)
    take_back_unit(ws, ended.unit_id)
    row = ws.register.row("notice", notice)
    assert row is not None and row["state"] == "running"


def test_an_objection_is_settled_with_words_whatever_way_it_is_written(
    ws: Workspace, xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    case = mark_checked(ws, new_record(ws, "registration", {"title": "确权", "division_code": VILLAGE}))
    notice = make_notice(ws, "registration", case, start="2024-03-01",
                         values={"places": [["村口"]], "contact_address": "镇政府"})  # fmt: skip
    said = {"notice_id": notice, "what": "漏了一项", "received_date": "2024-03-02"}
    with pytest.raises(InputRefused, match="公示还没有张贴"):
        new_record(ws, "objection", said)
    take_step(ws, "notice", notice, "post", on="2024-03-01")
    with pytest.raises(InputRefused, match="没有写处理情况、异议成立"):
        new_record(ws, "objection", {**said, "handled_date": "2024-03-03"})
    objection, other = new_record(ws, "objection", said), receive_objection(ws, notice, "又一条", on="2024-03-04")
    for values, words in (
        ({"handled_date": "2024-03-05"}, "没有写处理情况、异议成立.*登记处理"),
        ({"handled_date": "2024-03-05", "handling": "已核", "upheld": None}, "没有写异议成立"),
        ({"handled_date": "2024-03-01", "handling": "已核", "upheld": 0}, "处理日期早于收到日期 2024-03-02"),
        ({"handled_date": "2099-03-05", "handling": "已核", "upheld": 0}, "处理日期在今天之后"),
        ({"notice_id": None}, "公示不能再改"),
    ):
        with pytest.raises(InputRefused, match=words):
            save_record(ws, open_record(ws, "objection", objection), values)
    ws.close()
    place = tmp_path / "册.xcr"
    err = xiangce("set", place, "objection", objection, "handled_date=2024-03-05", code=3).err
    assert "没有写处理情况、异议成立。没有保存。" in err and "notice settle" in err
    many = ("objection", "handled_date=2024-03-05", "--where", "what=*")
    assert "不能批量改" in xiangce("set", place, *many, code=2).err
    xiangce("table", place, "objection", "-o", tmp_path / "异议.xlsx", "--editable", "--purpose", "核对")
    sheet = openpyxl.load_workbook(tmp_path / "异议.xlsx").worksheets[0]
    assert not {"处理日期", "处理情况", "异议成立"} & {c.value for row in sheet.iter_rows() for c in row}
    xiangce("set", place, "objection", objection, "handled_date=2024-03-05", "handling=已核", "upheld=0")
    xiangce("notice", "settle", place, other, "属实，改正", "--upheld", "--on", "2024-03-06")
    with open_workspace(place, passphrase=PASSPHRASE) as again:
        add_photo(again, tmp_path, "notice", notice, "photo_posted")
        take_step(again, "notice", notice, "end", {"result": "改正一处"}, on="2024-03-08")
        with pytest.raises(InputRefused, match="公示结果已经登记，处理日期不能再改；先撤回"):
            save_record(again, open_record(again, "objection", other), {"handled_date": None})
        with again.write("越过", right="admin") as scope:
            scope.change("objection", other, {"handling": None})
        assert [p.message for p in check_register(again) if p.rule == "objection_handling"] == [
            "异议记为已处理，没有写处理情况，请补填"
        ]
