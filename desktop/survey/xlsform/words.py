"""What pyxform says, in Chinese, with the row and column it means."""

from __future__ import annotations

import re

_PLACE = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"On the '([^']+)' sheet,?\s*")
_COLUMN = re.compile(r"the '([^']+)' value is invalid\.?\s*", re.IGNORECASE)

_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), words)
    for pattern, words in (
        (r"duplicate column header: (.+)", r"列标题“\1”出现了两次。"),
        (
            r"headers that are different names for the same column were found: (.+?)\. rename",
            r"这些列标题是同一列的不同写法，只能留一个：\1。",
        ),
        (r"missing calculation", r"calculate 这一行没有写公式。"),
        (r"question or group with no name", r"这个问题或分组没有写名称。"),
        (r"this section has not been included", r"include 题型引用的另一个表单不在这里；请把它的内容直接写进来。"),
        (r"there has been a problem trying to replace (\$\{[^}]+\})", r"引用的字段 \1 不存在。"),
        (r"choices should have a label", r"选项没有写文字（label）。"),
        (r"max-pixels", r"可在 parameters 列写 max-pixels=1600，照片小、报送快。"),
        (r"valid machine-readable codes: (.+?)\.? learn", r"语言没有写代码：\1；建议写成“中文 (zh)”这样。"),
        (r"valid machine-readable codes", r"语言没有写代码；建议写成“中文 (zh)”这样。"),
        (
            r"language '([^']+)' is missing the (\w+) (?:columns )?(.+?)(?: columns?)?\.?\Z",
            r"语言“\1”在 \2 工作表里缺这些列：\3。",
        ),
        (r"(\w+) is no longer supported on most devices", r"题型 \1 在如今的设备上已取不到值。"),
        (r"(repeat|group) has no label", r"这个分组没有写文字（label）。"),
        (
            r"when looking for a sheet named '([^']+)', the following sheets with similar names were found: ([^.]+)\.",
            r"有工作表名称与“\1”相近：\2，是不是写错了？",
        ),
        (r"row without name, text, or label is being skipped", r"这一行没有名称也没有文字，已略过。"),
        (r"or_other and translations", r"or_other 与多语言同用时，“其他”一项不会翻译。"),
        (r"sheets with similar names were found: (.+)", r"有名称相近的工作表：\1，是不是写错了？"),
        (
            r"column headers must not be empty and must not contain spaces|headers? .*(spaces|empty)",
            r"列标题不能为空，也不能有空格。",
        ),
        (
            r"names must begin with a letter or underscore",
            r"名称要以字母或下划线开头，只能用字母、数字、连字符、下划线和点。",
        ),
        (r"(unmatched|no matching).*end", r"有 end 没有对应的 begin。"),
        (r"(unmatched|no matching).*begin", r"有 begin 没有对应的 end。"),
        (r"more than one|duplicate|must be unique|same name", r"名称重复。"),
        (
            r"list[_ ]name not in|choices? sheet.*(required|missing)|choices? list.*not found|does not exist",
            r"找不到所用的选项列表。",
        ),
        (r"unknown question type:? '?([^'.]+)", r"没有“\1”这种题型。"),
        (r"entities|entity|save_to", r"实体（entities、save_to）的写法有误。"),
        (r"parameter", r"parameters 列的写法有误。"),
    )
)


def translate(message: str) -> tuple[str, int, str, str]:
    """(sheet, row, column header, Chinese words) of a pyxform message; row 0 when it names none."""
    text = str(message).strip()
    row = 0
    if (place := _PLACE.search(text)) is not None:
        row = int(place[1])
    sheet_match = _SHEET.search(text)
    sheet = sheet_match[1] if sheet_match is not None else ("survey" if row else "")
    column = _COLUMN.search(text)
    plain = _PLACE.sub("", text)
    for pattern, words in _PHRASES:
        found = pattern.search(plain)
        if found is not None:
            said = found.expand(words)
            if said.startswith(("名称重复", "找不到", "实体", "parameters")):
                said += f"（编译器原话：{_short(plain)}）"
            return sheet, row, column[1] if column is not None else "", said
    return sheet, row, column[1] if column is not None else "", f"表单编译器不接受：{_short(plain)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"
