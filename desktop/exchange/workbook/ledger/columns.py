"""Whole columns of a ledger into values: texts, numbers, dates, codes, villages. Safe readings are told as `info`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from desktop.common.dates import DateError, PartialDate, parse_partial_date
from desktop.common.text import clean, compact, is_placeholder, narrow
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger, Log
from desktop.exchange.workbook.ledger.words import CATEGORY_WORDS, code_of, is_listed, name_of, subcategory_category

TEXT_FIELDS = (
    "asset_no", "name", "project_name", "fund_doc_no", "spec", "unit", "address", "contract_no", "contract_term",
    "keeper", "status_reason", "confirmation", "cert_no", "noticed", "ledger_system", "competent_dept",
    "operation_mode", "operator", "status", "subcategory", "category", "village", "town", "ownership", "owner_level",
    "operation", "income", "supervision", "disposal", "note", "uscc", "disposal_record", "longitude", "latitude",
    "quantity", "linked_households", "jobs",
)  # fmt: skip


def cell_text(value: Any) -> str:
    """A cell as one line of text: 19.0 → 19, dates in ISO form."""
    if value.__class__ is str:
        return clean(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)


def read_texts(sheet: AssetSheet, log: Log) -> None:
    """Trim every text column into `values`; report blanks, line breaks and placeholders."""
    for name in TEXT_FIELDS:
        raw = sheet.raw.get(name)
        if raw is None:
            continue
        known: dict[Any, str | None] = {}
        odd: dict[Any, str] = {}
        for value in set(raw):
            if value.__class__ is not str:
                known[value] = cell_text(value)
            elif value and value.isprintable() and value[0] != " " and value[-1] != " ":
                known[value] = value
                if len(value) < 4 and is_placeholder(value):
                    known[value], odd[value] = None, "nothing"
            else:
                text = clean(value)
                known[value] = text or None
                if is_placeholder(text):
                    known[value], odd[value] = None, "nothing"
                elif text:
                    broken = any(c in value.strip() for c in "\r\n\v\f\u2028\u2029")
                    odd[value] = "break" if broken else "space"
        sheet.values[name] = list(map(known.__getitem__, raw))
        if not odd:
            continue
        found = [(at, known[value], odd[value]) for at, value in enumerate(raw) if value in odd]
        spaces, breaks, nothing = (
            [(at, text) for at, text, kind in found if kind == wanted] for wanted in ("space", "break", "nothing")
        )
        if name == "noticed":
            nothing = [(at, v) for at, v in nothing if raw[at] not in ("无", "没有")]
        log.many(sheet, name, "spaces_around_text", "info", "首尾有空白，已去掉。", spaces)
        log.many(sheet, name, "line_break_in_text", "info", "单元格内有换行，已连成一行。", breaks)
        log.many(sheet, name, "placeholder_for_empty", "info", "用符号表示没有内容，按空白处理。", nothing)


def read_built(sheet: AssetSheet, ledger: Ledger) -> None:
    """购建时间 into date and precision; spelling is `info`, what must be guessed is asked."""
    raw = sheet.raw.get("built")
    dates: list[Any] = [None] * len(sheet.rows)
    precisions: list[Any] = [None] * len(sheet.rows)
    sheet.values["built_date"], sheet.values["built_precision"] = dates, precisions
    if raw is None:
        return
    log, today = ledger.log, ledger.reference
    variants: list[tuple[int, Any]] = []
    placeholders: list[tuple[int, Any]] = []
    known: dict[Any, PartialDate | DateError | None] = {}
    for value in set(raw):
        try:
            known[value] = parse_partial_date(value) if value != "" else None
        except DateError as error:
            known[value] = error
    for at, value in enumerate(raw):
        date = known[value]
        if date is None:
            continue
        if isinstance(date, DateError):
            if value.__class__ is str and is_placeholder(clean(value)):
                placeholders.append((at, None))
            else:
                _date_problem(sheet, ledger, at, date, dates, precisions)
            continue
        if date.date > today and date.precision != "year_end" and date.date.replace(day=1) > today:
            log.add(
                sheet, at, "built", "date_in_future", "warning",
                f"购建时间晚于填报日期（{today.isoformat()}），请核实。",
                patch={"built_date": None, "built_precision": None},
            )  # fmt: skip
            _keep_in_note(sheet, at, "购建时间", value)
            continue
        dates[at], precisions[at] = date.iso(), date.precision
        if value.__class__ is not dt.date and value.__class__ is not dt.datetime:
            variants.append((at, dates[at]))
    log.many(sheet, "built", "date_format_variant", "info", "日期写法不一，已按实际精度统一。", variants)
    log.many(sheet, "built", "placeholder_for_empty", "info", "用符号表示没有内容，按空白处理。", placeholders)


_DATE_WORDS = {
    "invalid": ("date_invalid", "日期不存在，请查凭证后重填。"),
    "serial": ("date_serial_number", "这是 Excel 的日期序号，请确认换算是否正确。"),
    "approximate": ("date_approximate", "日期是约数，请核实；可先按所写年月登记。"),
    "ambiguous": ("date_ambiguous_number", "数字单元格丢了末尾的零：可能是 1 月，也可能是 10 月，请核实。"),
    "lunar": ("date_lunar", "农历日期不能直接登记，请换算成公历。"),
    "not_date": ("date_not_readable", "看不懂这个日期，请重填。"),
    "blank": ("date_not_readable", "看不懂这个日期，请重填。"),
}


def _date_problem(
    sheet: AssetSheet, ledger: Ledger, at: int, error: DateError, dates: list[Any], precisions: list[Any]
) -> None:
    code, message = _DATE_WORDS[error.reason]
    near: PartialDate | None = error.proposal
    patch = {"built_date": near.iso() if near else None, "built_precision": near.precision if near else None}
    ledger.log.add(
        sheet, at, "built", code, "warning", message, proposed=near.iso() if near else None, patch=patch,
        kept={"built_date": None, "built_precision": None},
    )  # fmt: skip
    if near and error.reason != "ambiguous":
        dates[at], precisions[at] = near.iso(), near.precision
    else:
        _keep_in_note(sheet, at, "购建时间", sheet.raw["built"][at])


def _keep_in_note(sheet: AssetSheet, at: int, label: str, value: Any) -> None:
    """What cannot be stored in its field stays readable in the note."""
    note = sheet.column("note")
    note[at] = "；".join(filter(None, (note[at], f"{label}原填“{cell_text(value)}”")))


def read_numbers(sheet: AssetSheet, log: Log) -> None:
    """Year, counts and quantity: integers and exact decimals as text."""
    years = sheet.raw.get("project_year")
    if years is not None:
        known = {value: _year(value) for value in set(years)}
        sheet.values["project_year"] = list(map(known.__getitem__, years))
        unread = {
            value
            for value, year in known.items()
            if year is None and value != "" and not (value.__class__ is str and is_placeholder(clean(value)))
        }
        bad = [(at, None) for at, value in enumerate(years) if value in unread] if unread else []
        log.many(sheet, "project_year", "year_not_readable", "warning", "项目年度看不懂，请核实。", bad)
    for name in ("linked_households", "jobs"):
        texts = sheet.values.get(name)
        if texts is not None:
            counts = {t: _count(t) for t in set(texts)}
            sheet.values[name] = list(map(counts.__getitem__, texts))
            odd = {t for t, count in counts.items() if t is not None and count is None}
            wrong = [(at, None) for at, t in enumerate(texts) if t in odd] if odd else []
            log.many(sheet, name, "number_not_readable", "warning", "人数或户数看不懂，请核实。", wrong)
    texts = sheet.values.get("quantity")
    if texts is not None:
        units = sheet.column("unit")
        digits = {t for t in set(texts) if t is None or t.isdigit()}
        for at, text in enumerate(texts):
            if text in digits:
                continue
            match = re.fullmatch(r"(\d+(?:\.\d+)?)([^\d.]{0,4})", compact(narrow(text)).replace(",", ""))
            if match is None:
                log.add(sheet, at, "quantity", "number_not_readable", "warning", "数量看不懂，请核实。", raw=text)
                texts[at] = None
            elif match[2]:
                texts[at], units[at] = match[1], units[at] or match[2]
            else:
                texts[at] = match[1]


def _year(value: Any) -> int | None:
    match = re.search(r"(?:19|20)\d{2}", narrow(cell_text(value)))
    return int(match[0]) if match else None


def _count(text: str | None) -> int | None:
    match = re.fullmatch(r"(\d+)(?:\.0+)?(?:户|人|个)?", compact(narrow(text))) if text else None
    return int(match[1]) if match else None


def read_categories(sheet: AssetSheet, log: Log) -> None:
    """Category and subcategory codes; a subcategory of another category than the sheet's is an error."""
    count = len(sheet.rows)
    typed = sheet.values.get("subcategory") or [None] * count
    written = sheet.values.get("category") or [None] * count
    belongs = subcategory_category()
    categories: list[Any] = []
    codes: list[Any] = []
    for at in range(count):
        code = code_of("subcategory", typed[at]) if typed[at] else None
        own = code_of("category", written[at]) if written[at] else None
        if typed[at] and code is None:
            log.add(
                sheet, at, "subcategory", "subcategory_not_in_list", "warning", "资产小类不在代码表里，请选择。",
                patch={"subcategory": None},
            )  # fmt: skip
        filed = own or sheet.category
        implied = belongs.get(code or "")
        if filed and implied and filed != implied:
            word = CATEGORY_WORDS[implied]
            log.add(
                sheet, at, "name", "category_mismatch", "error",
                f"按资产小类“{typed[at]}”应属{word}，却填在{CATEGORY_WORDS[filed]}表里，请确认归类。",
                proposed=word, patch={"category": implied},
            )  # fmt: skip
        if not filed and not implied:
            log.add(
                sheet, at, "subcategory" if sheet.has("subcategory") else "name", "category_missing", "warning",
                "看不出资产大类，请补填。",
            )  # fmt: skip
        categories.append(filed or implied)
        codes.append(code)
    sheet.values["category"], sheet.values["subcategory"] = categories, codes


def read_villages(sheet: AssetSheet, ledger: Ledger) -> None:
    """坐落地点 as a village of the division list; typing errors are proposed, unknown villages are errors."""
    count = len(sheet.rows)
    places: list[Any] = [None] * count
    addresses = sheet.column("address")
    sheet.values["place"] = places
    texts = sheet.values.get("village")
    if texts is None:
        return
    raw = sheet.raw["village"]
    names, projects, owners = (sheet.column(n) for n in ("name", "project_name", "ownership"))
    variants: list[tuple[int, Any]] = []
    match_of, log = ledger.villages.match, ledger.log
    exact: dict[str, Any] = {}
    for at, text in enumerate(texts):
        if text is None:
            if raw[at] == "":
                log.add(sheet, at, "village", "village_missing", "warning", "坐落地点没有填，请补填。")
            continue
        if text in exact:
            places[at] = exact[text]
            continue
        found = match_of(text)
        if found.kind not in ("exact", "variant", "detail"):
            found = match_of(text, tuple(t for t in (names[at], projects[at], owners[at]) if t))
        if found.kind == "exact":
            places[at] = exact[text] = found.village
        elif found.kind in ("variant", "detail") and found.village:
            places[at] = found.village
            addresses[at] = addresses[at] or (text if found.kind == "detail" else None)
            variants.append((at, found.village.name))
        elif found.kind == "typo" and found.village:
            places[at] = found.village
            log.add(
                sheet, at, "village", "village_name_typo", "warning",
                f"本镇没有“{text}”，最接近的是“{found.village.name}”，请确认。", proposed=found.village.name,
                patch={"place": found.village}, kept={"place": None, "address": text},
                options=[v.name for v in found.candidates],
            )  # fmt: skip
        else:
            addresses[at] = addresses[at] or text
            log.add(
                sheet, at, "village", "village_not_in_town", "error",
                f"区划表里本镇没有“{text}”，请填写正确的村（居）。",
                patch={"place": None}, options=[v.name for v in found.candidates],
            )  # fmt: skip
    log.many(
        sheet,
        "village",
        "village_name_with_prefix",
        "info",
        "村名前后多写了县镇名或村委会等字样，已对应到本村。",
        variants,
    )


def read_status(sheet: AssetSheet, log: Log) -> None:
    """Asset status codes; written otherwise is `info`, missing or unknown is asked."""
    texts = sheet.values.get("status")
    if texts is None:
        return
    codes: list[Any] = []
    for at, text in enumerate(texts):
        code = code_of("status", text) if text else None
        codes.append(code)
        if text is None:
            log.add(sheet, at, "status", "status_missing", "warning", "资产状态没有填，请核实后补填。")
        elif code is None:
            log.add(
                sheet, at, "status", "status_unknown", "warning", "资产状态不在代码表里，请选择。",
                options=["正常", "低效", "闲置", "损毁", "流失", "处置中", "已处置", "在建/未移交"],
            )  # fmt: skip
            _keep_in_note(sheet, at, "资产状态", text)
        elif not is_listed("asset_status", text) and code != "disposed":
            log.add(
                sheet, at, "status", "status_not_in_list", "info", "资产状态写法不在代码表里，已对应。",
                proposed=name_of("asset_status", code), patch={"status": code},
            )  # fmt: skip
    sheet.values["status"] = codes
