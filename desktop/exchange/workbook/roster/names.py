"""Names and remarks of a roster: rare and broken characters, separators, blanks, nicknames, and what a remark tells.

Names keep their characters (DOMAIN §3.4): blanks inside are taken out of Chinese names, the separator of minority names
is "·" U+00B7, old private-use characters become the ones meant; a "?" means that a character is lost and must be asked.
"""

from __future__ import annotations

import re

from desktop.common.text import BLANKS, clean, compact, is_placeholder, map_private, private_characters
from desktop.exchange.workbook.roster.model import Log, Roster
from desktop.exchange.workbook.roster.words import Remark, key, read_remark

_SEPARATORS = re.compile(r"[•．‧・∙●⋅･.]")
_ORDINARY = re.compile("(?!.*某)[\u3400-\u9fff\U00020000-\U000323af]{2,20}")
_LOST = re.compile(r"[?？\ufffd□■◇◆○〓*＊]|某")
_BREAKS = re.compile(r"[\r\n\v\f\u2028\u2029]")
_BLANK = re.compile(f"[{BLANKS}]")


def check_names(roster: Roster, log: Log) -> None:
    """Reads the name column: `text["name"]` becomes the name to store."""
    raws, texts = roster.raw["name"], roster.text["name"]
    ordinary = _ORDINARY.fullmatch
    for i, raw in enumerate(raws):
        if raw.__class__ is str and ordinary(raw):
            continue
        if raw is None or raw == "" or is_placeholder(clean(str(raw))):
            log.add(i, "name", "name_missing", "error", "没有填姓名，须补采")
            texts[i] = ""
            continue
        if not isinstance(raw, str):
            log.add(i, "name", "name_not_text", "error", "姓名不是文字，须重新登记")
            texts[i] = key(raw)
            continue
        texts[i] = _read_name(roster, log, i, raw)


def _read_name(roster: Roster, log: Log, i: int, raw: str) -> str:
    name = raw
    if private_characters(name):
        message = "姓名里有无法辨认的自造字，须对照证件重新录入"
        log.add(i, "name", "name_private_character_unknown", "error", message)
        roster.person_missing[i]["name"] = "to_collect"
        return clean(name)
    mapped = map_private(name)
    if mapped != name:
        message = f"姓名里的老编码字已换成“{''.join(c for c, d in zip(mapped, name, strict=False) if c != d)}”"
        log.add(i, "name", "name_private_use_character", "info", message, compact(mapped))
        name = mapped
    if _LOST.search(name):
        message = "姓名里有问号、方框等，原字已丢失，须对照证件重新登记"
        log.add(i, "name", "name_question_mark", "error", message)
        roster.person_missing[i]["name"] = "to_collect"
        return compact(name)
    short = compact(name)
    if short != name:
        if _BREAKS.search(name):
            log.add(i, "name", "line_break_in_text", "info", "姓名里的换行已去掉", short)
        elif _BLANK.search(name.strip(" \t\u3000\u00a0")) and clean(name) != short:
            log.add(i, "name", "name_with_blank", "info", "姓名中间的空格已去掉", short)
        else:
            log.add(i, "name", "spaces_around_text", "info", "姓名前后的空格已去掉", short)
        name = short
    fixed = _SEPARATORS.sub("·", name)
    if fixed != name and not re.search(r"\d", name):
        log.add(i, "name", "name_separator", "info", "姓名间隔号已统一为“·”", fixed)
        name = fixed
    bracket = re.search(r"[（(【\[](.*?)[）)】\]]", name)
    if bracket:
        bare = name.replace(bracket[0], "")
        if read_remark(bracket[1]):
            roster.person_notes[i].append(bracket[1])
        else:
            message = f"姓名后带有“{bracket[0]}”，登记姓名应与证件一致，请确认"
            log.add(i, "name", "name_with_nickname", "warning", message, bare)
            roster.person_notes[i].append(f"又名{bracket[1]}")
        name = bare
    if re.search(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]", name):
        log.add(i, "name", "name_with_digits", "warning", "姓名里有数字或字母，请对照证件确认")
    return name


def check_head_names(roster: Roster, log: Log) -> None:
    """The head-name cells: only what is invisible or plainly a broken character; who it is, `roster_kinship` judges."""
    for household in roster.households:
        source = household.source.get("head_name")
        if source is None:
            continue
        raw = roster.raw["head_name"][source]
        text = compact(map_private(str(raw))) if raw else ""
        if text and text != raw and isinstance(raw, str):
            log.add(source, "head_name", "spaces_around_text", "info", "户主姓名里的空格、旧编码字已规范", text)
        household.values["head_name"] = _SEPARATORS.sub("·", re.sub(r"[（(].*?[）)]", "", text)) or None


_SPACED = (
    "relation", "sex", "nation", "education", "student_status", "health", "labor_skill", "political", "town", "village",
    "group", "household_no", "household_type", "house_grade", "water", "risk", "helper",
)  # fmt: skip


def check_spaces(roster: Roster, log: Log) -> None:
    """Blanks and line breaks in cells of words that are otherwise written as the list has them."""
    for name in _SPACED:
        raws, texts, readings = roster.raw[name], roster.text[name], roster.read.get(name)
        if not any(v.__class__ is str and _BLANK.search(v) for v in set(raws)):
            continue
        for i, raw in enumerate(raws):
            if raw.__class__ is not str or len(raw) == len(texts[i]) or not texts[i] or i in roster.dropped:
                continue
            if readings and readings[i].level:
                continue
            if _BREAKS.search(raw):
                log.add(i, name, "line_break_in_text", "info", "格内的换行已去掉", texts[i])
            else:
                code = "relation_alias" if name == "relation" else "spaces_around_text"
                log.add(i, name, code, "info", "多余的空格已去掉", texts[i])


_MAY_BE_EMPTY = (
    "education", "student_status", "disability_no", "work", "risk", "school", "dropout_reason", "illness_kind", "group",
    "political", "address", "note",
)  # fmt: skip


def check_placeholders(roster: Roster, log: Log) -> None:
    """Cells that only say that there is nothing (`/`, `—`, 无) where nothing may stand."""
    for name in _MAY_BE_EMPTY:
        texts = roster.text[name]
        marks = {t for t in set(texts) if t and is_placeholder(t)}
        if not marks:
            continue
        for i, text in enumerate(texts):
            if text in marks and i not in roster.dropped:
                log.add(i, name, "placeholder_for_empty", "info", f"“{text}”按空着登记")


def check_remarks(roster: Roster, log: Log) -> None:
    """Remarks (and brackets behind names) that say a member is dead, gone, imprisoned, listed twice …"""
    for i in range(len(roster)):
        if i in roster.dropped:
            continue
        remarks: list[Remark] = []
        for text in (roster.text["note"][i], *roster.person_notes[i]):
            if text and not text.startswith("又名"):
                remarks.extend(read_remark(text))
        for remark in remarks:
            if not remark.code:
                continue
            if remark.code == "note_says_duplicate" and roster.has(i, "note") is False:
                continue
            log.add(i, ("note", "name"), remark.code, "warning", remark.message, options=["skip"])


def check_comments(roster: Roster, log: Log) -> None:
    """Comments on data cells often hold the truth (DOMAIN §3.1): each is shown to a person."""
    index = {(roster.sheet_at[i], roster.row_at[i]): i for i in range(len(roster))}
    for number, sheet in enumerate(roster.sheets):
        for (row, column), text in sorted(sheet.grid.comments.items()):
            i = index.get((number, row))
            if i is None:
                continue
            said = clean(text)
            value = clean(str(sheet.grid.value(row, column)))
            if not said or said == value:
                continue
            message = f"批注写“{said[:80]}”，请核对这一格"
            raw = sheet.grid.value(row, column)
            log.put(sheet, row, column, "comment_on_cell", "warning", message, raw, i=i)
        hidden = sorted(r for r in sheet.member_rows if r in sheet.grid.hidden_rows)
        if hidden:
            column = sheet.columns.get("name", 1)
            message = f"{len(hidden)} 行是隐藏的，照样导入"
            log.put(sheet, hidden[0], column, "hidden_row", "info", message, None, rows=hidden)
        for column in sorted(set(sheet.columns.values()) & sheet.grid.hidden_cols):
            row = max(sheet.header_rows, default=1)
            log.put(sheet, row, column, "hidden_column", "info", "隐藏的列照样读取", sheet.grid.value(row, column))
