"""Finds everything wrong with a workbook's sheets, row by row; pyxform alone stops at the first mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pyxform import aliases
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from desktop.survey.xlsform.findings import Findings
from desktop.survey.xlsform.workbook import Cell, Row, Sheet, base_header

_BEGIN = re.compile(r"(?:begin)[_ ]+(group|repeat|loop|lgroup|looped group)(?:\s+over\s+.*)?\Z", re.IGNORECASE)
_END = re.compile(r"(?:end)[_ ]+(group|repeat|loop|lgroup|looped group)\Z", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?\Z")
_SELECT_WORDS = sorted(aliases.select, key=len, reverse=True)
_FILE_LIST = re.compile(r"\.(csv|xml|geojson)\Z", re.IGNORECASE)
_METADATA = frozenset(("start", "end", "today", "deviceid", "username", "phonenumber", "audit", "simserial", "email"))
_KNOWN_TYPES = {re.sub(r"[\s_]+", " ", name).lower() for name in QUESTION_TYPE_DICT} | {
    re.sub(r"[\s_]+", " ", name).lower() for name in aliases._type_alias_map
}
_HAS_LIST = "select"


@dataclass(slots=True)
class Question:
    """A named row of the survey sheet."""

    name: str
    kind: str
    row: Row
    path: tuple[str, ...]
    repeats: tuple[str, ...]
    list_name: str = ""


@dataclass(slots=True)
class Survey:
    """What the survey sheet declares."""

    questions: list[Question] = field(default_factory=list)
    by_name: dict[str, list[Question]] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    kind: str
    row: Row
    name: str
    names: dict[str, int]


def check_workbook(sheets: dict[str, Sheet], findings: Findings) -> Survey:
    """All checks that need no expressions; returns what the survey declares."""
    survey_sheet = sheets.get("survey")
    if survey_sheet is None and len(sheets) == 1:
        # a workbook of one sheet needs no name for it (pyxform)
        survey_sheet = next(iter(sheets.values()))
        sheets["survey"] = survey_sheet
    if survey_sheet is None:
        similar = [sheet.name for name, sheet in sheets.items() if "survey" in name or "surv" in name]
        hint = f"；“{similar[0]}”是不是写错了名称？" if similar else "。"
        findings.error("sheet_missing", f"工作簿里没有名为 survey 的工作表{hint}")
        return Survey()
    for sheet in (sheets[name] for name in ("survey", "choices", "settings", "entities") if name in sheets):
        if sheet.unread_from:
            words = "这一行上面有 60 多个空行，从这里起没有读；请删去空行。"
            findings.warning("rows_unread", words, sheet=sheet.name, row=sheet.unread_from)
        for cell in sheet.repeated:
            findings.error("header_repeated", f"列标题“{cell.text}”出现了两次（或与另一列同义），请删去一列。", cell)
    for header in ("type", "name"):
        if header not in survey_sheet.headers:
            findings.error("header_missing", f"survey 工作表缺“{header}”列。", sheet=survey_sheet.name, row=1)
    lists = _check_choices(sheets.get("choices"), _duplicates_allowed(sheets.get("settings")), findings)
    if "type" not in survey_sheet.headers:
        return Survey()
    return _check_survey(survey_sheet, lists, "choices" in sheets, findings)


def _duplicates_allowed(settings: Sheet | None) -> bool:
    if settings is None or not settings.rows:
        return False
    return settings.rows[0].text("allow_choice_duplicates").lower() in ("yes", "true", "true()")


def _check_choices(sheet: Sheet | None, duplicates: bool, findings: Findings) -> dict[str, dict[str, Cell]]:
    lists: dict[str, dict[str, Cell]] = {}
    if sheet is None:
        return lists
    name_header = "name" if "name" in sheet.headers else "value"
    if sheet.rows and "list_name" not in sheet.headers:
        findings.error("header_missing", "choices 工作表缺“list_name”列。", sheet=sheet.name, row=1)
        return lists
    labels = [header for header in sheet.headers if base_header(header) == "label"]
    for row in sheet.rows:
        list_cell, name_cell = row.cells.get("list_name"), row.cells.get(name_header)
        if list_cell is None:
            if name_cell is not None:
                findings.warning("choice_without_list", "这个选项没有写 list_name，不会被用到。", name_cell)
            continue
        if name_cell is None:
            findings.error("choice_without_name", f"选项列表“{list_cell.text}”里有一个选项没有写 name。", list_cell)
            continue
        known = lists.setdefault(list_cell.text, {})
        if name_cell.text in known and not duplicates:
            first = known[name_cell.text]
            findings.error(
                "choice_duplicate",
                f"选项列表“{list_cell.text}”里的“{name_cell.text}”与第 {first.row} 行重复。",
                name_cell,
            )
        known.setdefault(name_cell.text, name_cell)
        if labels and not any(row.text(header) for header in labels):
            findings.warning("choice_without_label", f"选项“{name_cell.text}”没有写文字（label）。", name_cell)
    return lists


def _check_survey(sheet: Sheet, lists: dict[str, dict[str, Cell]], has_choices: bool, findings: Findings) -> Survey:
    survey = Survey()
    opened: list[_Open] = [_Open("survey", Row(0, {}), "", {})]
    for row in sheet.rows:
        kind_cell = row.cells.get("type")
        if row.text("disabled").lower() in ("yes", "true", "true()"):
            continue
        if kind_cell is None:
            if row.text("name") or any(base_header(header) == "label" and row.text(header) for header in row.cells):
                cell = row.cells.get("name") or next(iter(row.cells.values()))
                findings.error("type_missing", "这一行没有写题型（type）。", cell)
            continue
        kind = re.sub(r"\s+", " ", kind_cell.text)
        if kind.startswith("#"):
            continue
        if (end := _END.match(kind)) is not None:
            _close(opened, end[1].lower(), kind_cell, findings)
            continue
        if (begin := _BEGIN.match(kind)) is not None:
            word = begin[1].lower()
            _declare(survey, opened, row, f"begin {word}", findings)
            opened.append(_Open(word, row, row.text("name"), {}))
            continue
        list_name = _check_type(kind, kind_cell, row, lists, has_choices, findings)
        _declare(survey, opened, row, kind.lower(), findings, list_name)
    for block in opened[1:]:
        cell = block.row.cells["type"]
        findings.error("block_open", f"“{cell.text}”没有对应的 end（名称：{block.name or '未写'}）。", cell)
    return survey


def _close(opened: list[_Open], word: str, cell: Cell, findings: Findings) -> None:
    if len(opened) == 1:
        findings.error("block_end", f"“{cell.text}”没有对应的 begin。", cell)
        return
    block = opened[-1]
    if (block.kind in ("group",)) != (word in ("group",)):
        findings.error(
            "block_mismatch",
            f"“{cell.text}”与第 {block.row.number} 行的“{block.row.text('type')}”不配对。",
            cell,
        )
    opened.pop()


def _check_type(
    kind: str, cell: Cell, row: Row, lists: dict[str, dict[str, Cell]], has_choices: bool, findings: Findings
) -> str:
    """Check a question's type; the choice list it uses, '' for none."""
    lowered = kind.lower()
    for word in _SELECT_WORDS:
        if lowered == word or lowered.startswith(word + " "):
            rest = kind[len(word) :].strip()
            rest = re.sub(r"\s+(or[_ ]other|or specify other)\Z", "", rest, flags=re.IGNORECASE)
            if not rest:
                if lowered not in _KNOWN_TYPES or word.startswith("select_"):
                    findings.error("list_missing", f"“{kind}”后面要写选项列表的名称。", cell)
                return ""
            if _FILE_LIST.search(rest) or rest.startswith("${") or "external" in word:
                return ""
            if rest not in lists:
                where = "choices 工作表里没有" if has_choices else "没有 choices 工作表，找不到"
                findings.error("list_unknown", f"{where}名为“{rest}”的选项列表。", cell)
            elif "multiple" in word or "all that apply" in word or word == "rank":
                for choice in lists[rest].values():
                    if re.search(r"\s", choice.text):
                        findings.error("choice_blank", f"多选题的选项名“{choice.text}”里不能有空格。", choice)
            return rest
    if lowered == "include" or lowered.startswith("include "):
        findings.error("type_unknown", "不支持 include：请把另一张表单的内容直接写进来。", cell)
    elif lowered.startswith("osm "):
        return ""
    elif re.sub(r"[\s_]+", " ", lowered) not in _KNOWN_TYPES:
        findings.error("type_unknown", f"没有“{kind}”这种题型。", cell)
    elif lowered in ("calculate", "add calculate prompt") and not row.text("calculation") and not row.text("default"):
        findings.error("calculation_missing", "calculate 这一行没有写公式（calculation）。", cell)
    return ""


def _declare(survey: Survey, opened: list[_Open], row: Row, kind: str, findings: Findings, list_name: str = "") -> None:
    name_cell = row.cells.get("name")
    if name_cell is None:
        if kind not in _METADATA and kind != "note":
            what = "分组" if kind.startswith("begin") else "问题"
            findings.error("name_missing", f"这个{what}没有写名称（name）。", row.cells["type"])
        return
    name = name_cell.text
    if _NAME.match(name) is None:
        findings.error(
            "name_invalid",
            f"名称“{name}”不合规矩：要以字母或下划线开头，只能用字母、数字、连字符、下划线和点。",
            name_cell,
        )
    names = opened[-1].names
    lowered = name.lower()
    if lowered in names:
        findings.error("name_duplicate", f"名称“{name}”与同组第 {names[lowered]} 行重复。", name_cell)
    names.setdefault(lowered, row.number)
    path = tuple(block.name for block in opened[1:]) + (name,)
    repeats = tuple(block.name for block in opened[1:] if block.kind != "group")
    question = Question(name, kind, row, path, repeats, list_name)
    survey.questions.append(question)
    survey.by_name.setdefault(name, []).append(question)
