"""Small rosters made in memory: a clean one in three layouts, and ways to spoil a cell."""

from __future__ import annotations

import datetime as dt
from typing import Any

from desktop.common.idnumber import check_digit
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import SheetGrid, Workbook, column_letters
from desktop.exchange.workbook.roster.rules import plan_roster

TODAY = dt.date(2026, 1, 15)
REFERENCE = dt.date(2025, 6, 30)
HEADINGS = [
    *("序号", "乡镇", "行政村", "村民小组", "户编号", "户主姓名", "户类型", "家庭人口", "姓名", "性别", "身份证号码"),
    *(
        "出生日期",
        "年龄",
        "与户主关系",
        "民族",
        "文化程度",
        "在校生状况",
        "健康状况",
        "残疾证号",
        "劳动能力",
        "务工情况",
    ),
    *(
        "住房等级",
        "饮水安全",
        "家庭年纯收入（元）",
        "人均纯收入（元）",
        "致贫返贫风险",
        "帮扶责任人",
        "联系电话",
        "备注",
    ),
]
HOUSEHOLD = set(HEADINGS[:8]) | set(HEADINGS[21:28])
FIRST = 3
"""The first member row of a made sheet."""


def id_number(birth: str, sex: str, sequence: int = 1) -> str:
    """A valid number on the unassigned county code 360299."""
    body = f"360299{birth.replace('-', '')}{sequence * 2 + (1 if sex == '男' else 0):03d}"
    return body + check_digit(body)


def age(birth: str) -> float:
    day = dt.date.fromisoformat(birth)
    return float(REFERENCE.year - day.year - ((REFERENCE.month, REFERENCE.day) < (day.month, day.day)))


def person(name: str, sex: str, birth: str, relation: str, **more: Any) -> dict[str, Any]:
    years = age(birth)
    row: dict[str, Any] = {
        "姓名": name,
        "性别": sex,
        "身份证号码": id_number(birth, sex),
        "出生日期": birth,
        "年龄": years,
    }
    row |= {"与户主关系": relation, "民族": "汉族", "文化程度": "初中", "健康状况": "健康", "劳动能力": "普通劳动力"}
    if years < 16:
        row |= {"文化程度": "", "在校生状况": "小学" if years >= 6 else "学龄前儿童", "劳动能力": "无劳动力"}
    return row | more


HOUSEHOLDS: list[list[dict[str, Any]]] = [
    [
        person("陈样一", "男", "1970-05-06", "户主"),
        person("李样二", "女", "1972-03-04", "配偶"),
        person("陈样三", "男", "2000-01-02", "之子"),
        person("陈样四", "女", "2012-09-10", "之女", 在校生状况="七年级"),
    ],
    [person("王拟一", "女", "1965-02-03", "户主"), person("赵拟二", "男", "1963-04-05", "配偶")],
    [person("周仿一", "男", "1948-07-08", "户主", 劳动能力="无劳动力")],
    [
        person("吴虚一", "男", "1990-10-11", "户主"),
        person("郑虚二", "女", "1992-12-13", "配偶"),
        person("吴虚三", "男", "2015-03-14", "之子"),
        person("孙虚四", "女", "1966-05-16", "之母"),
    ],
]
VILLAGES = ["江联村", "江联村", "余家村", "余家村"]


def rows(repeated: bool = False) -> list[dict[str, Any]]:
    """The clean roster, one dict a member row."""
    made: list[dict[str, Any]] = []
    for number, (members, village) in enumerate(zip(HOUSEHOLDS, VILLAGES, strict=True), 1):
        size = len(members)
        cells: dict[str, Any] = {"序号": float(number), "乡镇": "丽阳镇", "行政村": village, "村民小组": f"{number}组"}
        cells |= {"户编号": f"36029900000{number}", "户主姓名": members[0]["姓名"], "户类型": "脱贫户"}
        cells |= {"家庭人口": float(size), "住房等级": "A级", "饮水安全": "安全", "帮扶责任人": "钱样五"}
        cells |= {"家庭年纯收入（元）": 12000.0 * size + 600, "人均纯收入（元）": 12000 + 600 / size}
        cells["联系电话"] = f"1000000000{number}"
        for at, member in enumerate(members):
            made.append({**(cells if repeated or at == 0 else {}), **member})
    return made


def grid(
    table: list[dict[str, Any]],
    *,
    headings: list[str] | None = None,
    title: str = "丽阳镇花名册 填报日期：2025年6月30日",
    name: str = "花名册",
    **facts: Any,
) -> SheetGrid:
    """A sheet with a title row, a header row and the table from row 3 on."""
    headings = headings or HEADINGS
    cells: list[list[Any]] = [[title], list(headings)]
    cells += [[row.get(h, "") for h in headings] for row in table]
    return SheetGrid(name, cells, **facts)


def plan_of(*grids: SheetGrid, **options: Any) -> ImportPlan:
    return plan_roster(Workbook(list(grids), "样册.xlsx", "0" * 64), today=TODAY, **options)


def letter(heading: str) -> str:
    return column_letters(HEADINGS.index(heading) + 1)


def asked(plan: ImportPlan) -> set[tuple[str | None, int | None, str, str]]:
    """Column, row, code and severity of everything that is not just told."""
    return {(f.col, f.row, f.code, f.severity) for f in plan.findings if f.severity != "info"}
