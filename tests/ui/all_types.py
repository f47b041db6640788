"""A form with every question type and appearance the runner knows, for its tests and for looking at."""

from __future__ import annotations

from functools import cache

from desktop.survey.xform.model import Form
from desktop.survey.xlsform.compile import compile_workbook
from tests.survey.test_xlsform import workbook

_HEAD = ["type", "name", "label::中文 (zh)", "label::English (en)", "hint::中文 (zh)", "required", "relevant",
         "constraint", "constraint_message::中文 (zh)", "appearance", "parameters", "choice_filter", "readonly",
         "guidance_hint::中文 (zh)", "calculation", "constraint_message::English (en)"]  # fmt: skip
_MANY = [f"第{n}号选项" for n in range(1, 41)]


def _row(kind: str, name: str, label: str = "", **more: str) -> list[str]:
    english = f"{name} (en)" if label else ""
    given = {"type": kind, "name": name, "label::中文 (zh)": label, "label::English (en)": english}
    full = {"hint": "hint::中文 (zh)", "message": "constraint_message::中文 (zh)", "guidance": _HEAD[13]}
    for key, value in more.items():
        given[full.get(key, key)] = value
        if key == "message":
            given[_HEAD[15]] = "Wrong."
    return [given.get(key, "") for key in _HEAD]


def _group(kind: str, name: str, label: str, rows: list[list[str]], **more: str) -> list[list[str]]:
    return [_row(f"begin {kind}", name, label, **more), *rows, _row(f"end {kind}", "")]


SURVEY: list[list[str]] = [
    _HEAD,
    *_group("group", "typed", "打字的题", [
        _row("note", "hello", "**先问好**，再说明来意：\n- 了解情况\n- 不收费"),
        _row("text", "short", "一行文字", hint="随便写", guidance="写不下就写在备注里。"),
        _row("text", "long", "几行文字", appearance="multiline"),
        _row("text", "phone", "电话", appearance="numbers", constraint="regex(., '^[0-9]{11}$')",
             message="电话要写 11 位数字。"),
        _row("integer", "whole", "整数", required="yes", constraint=". < 100", message="要小于 100。"),
        _row("decimal", "part", "小数"),
        _row("decimal", "money", "收入（元）", appearance="money"),
        _row("note", "money_note", "超过 10 万元，请核对。", relevant="${money} > 100000", appearance="warning"),
        _row("text", "certificate", "证件号码", appearance="id-number"),
        _row("text", "village", "行政村", appearance="division"),
        _row("range", "mood", "打几分", parameters="start=0 end=10 step=2"),
        _row("barcode", "code", "条码"),
        _row("calculate", "twice", calculation="${whole} * 2"),
        _row("text", "shown", "两倍", readonly="yes", calculation="${twice}"),
        _row("acknowledge", "agreed", "已说明来意"),
    ], appearance="field-list"),
    *_group("group", "chosen", "选的题", [
        _row("select_one short", "one", "单选"),
        _row("select_one short", "quick", "快选", appearance="quick"),
        _row("select_one short", "flat", "横排", appearance="horizontal"),
        _row("select_one scale", "likert", "满意吗", appearance="likert"),
        _row("select_one short", "columned", "两列", appearance="columns-2"),
        _row("select_one many", "minimal", "长单子", appearance="minimal"),
        _row("select_multiple short", "several", "多选", message="“都没有”不能与别的同选。",
             constraint="not(selected(., 'none') and count-selected(.) > 1)"),
        _row("select_multiple many", "lots", "从长单子里多选"),
        _row("select_one inner", "filtered", "跟着单选走", choice_filter="group = ${one}", appearance="minimal"),
        _row("rank scale", "ranked", "排序"),
    ], appearance="field-list"),
    *_group("group", "grid", "各项满意吗", [
        _row("select_one scale", "road", "道路"),
        _row("select_one scale", "water", "饮水"),
        _row("select_one scale", "power", "用电"),
    ], appearance="table-list"),
    *_group("group", "when", "时间和地点", [
        _row("date", "day", "哪一天"),
        _row("date", "month", "哪一月", appearance="month-year"),
        _row("date", "year", "哪一年", appearance="year"),
        _row("time", "hour", "几点"),
        _row("dateTime", "moment", "何时"),
        _row("geopoint", "point", "坐标"),
        _row("geotrace", "trace", "路线"),
        _row("geoshape", "shape", "地块"),
    ], appearance="field-list"),
    *_group("group", "files", "照片和文件", [
        _row("image", "photo", "照片", parameters="max-pixels=800"),
        _row("image", "signed", "签名", appearance="signature"),
        _row("image", "sketch", "草图", appearance="annotate"),
        _row("audio", "sound", "录音"),
        _row("file", "paper", "文件"),
    ], appearance="field-list"),
    *_group("repeat", "plot", "地块 ${plot_name}", [
        _row("text", "plot_name", "地块名"),
        *_group("repeat", "crop", "作物 ${crop_name}", [_row("text", "crop_name", "种什么")]),
    ]),
    _row("text", "last", "还有什么要说"),
]  # fmt: skip
CHOICES: list[list[str]] = [
    ["list_name", "name", "label::中文 (zh)", "label::English (en)", "group"],
    *[["short", name, label, name, ""] for name, label in (("a", "甲"), ("b", "乙"), ("none", "都没有"))],
    *[["scale", str(n), label, str(n), ""] for n, label in enumerate(("很满意", "满意", "一般", "不满意"), 1)],
    *[["many", f"m{n}", label, label, ""] for n, label in enumerate(_MANY, 1)],
    ["inner", "a1", "甲之一", "a1", "a"], ["inner", "a2", "甲之二", "a2", "a"], ["inner", "b1", "乙之一", "b1", "b"],
]  # fmt: skip


@cache
def all_types() -> Form:
    """The form, compiled once."""
    settings = [["form_title", "form_id", "version", "default_language"], ["各种题", "all_types", "1", "中文 (zh)"]]
    return compile_workbook(workbook(SURVEY, CHOICES, settings=settings)).form()
