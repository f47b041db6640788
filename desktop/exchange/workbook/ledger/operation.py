"""Operation of an asset: mode and operator, contract, mode and date, status and income, keeper, notice."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter, defaultdict
from functools import lru_cache
from typing import Any

from desktop.common.dates import DateError, PartialDate, parse_partial_date
from desktop.common.names import looks_like_person
from desktop.common.text import compact, narrow
from desktop.exchange.workbook.ledger.columns import cell_text
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger, Log
from desktop.exchange.workbook.ledger.parties import read_holder
from desktop.exchange.workbook.ledger.words import code_of, data, has_word, name_of, needs_contract

_BETWEEN = re.compile(r"～|~|至|到|—+|–|－|--")
_DASHED = re.compile(r"(.*?\d[月日号]?)-(\d{4}.*|\d{2}年.*)")
_YEARS = re.compile(r"(.+?)[起,，、（(]*(?:共|为期|期限|期)?([一二两三四五六七八九十\d]+)年[)）]?")
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_DOCUMENT = re.compile(r"[^\s,，;；、]*[〔\[（(【]\s*(?:19|20)\d{2}\s*[〕\]）)】]\s*(?:第)?\d+\s*号")
_DATE_IN = re.compile(r"(?:19|20)\d{2}(?:年\d{1,2}(?:月(?:\d{1,2}日)?)?|[-./]\d{1,2}(?:[-./]\d{1,2})?|年)?")


@lru_cache(maxsize=16384)
def read_term(text: str) -> tuple[str, str] | None:
    """合同期限 as first and last day (ISO): 2019.1-2023.12, 2022年7月至2027年6月, 2020年3月起5年; else None."""
    plain = compact(narrow(text)).replace("起至", "至")
    parts = [p for p in _BETWEEN.split(plain) if p] if _BETWEEN.search(plain) else []
    if len(parts) != 2:
        match = _DASHED.fullmatch(plain)
        parts = [match[1], match[2]] if match else []
    if len(parts) != 2 and plain.count("-") == 5:
        half = plain.split("-")
        parts = ["-".join(half[:3]), "-".join(half[3:])]
    try:
        if len(parts) == 2:
            first, last = parse_partial_date(parts[0].rstrip("起止")), parse_partial_date(parts[1].rstrip("起止"))
            if first.precision == "year_end" or first.date > last.last_day():
                return None
            return first.date.isoformat(), last.last_day().isoformat()
        match = _YEARS.fullmatch(plain)
        if match:
            first = parse_partial_date(match[1].rstrip("起开始"))
            years = int(match[2]) if match[2].isdigit() else _NUMERALS.get(match[2], 0)
            if years:
                return first.date.isoformat(), _after_years(first, years).isoformat()
    except DateError:
        return None
    return None


def _after_years(first: PartialDate, years: int) -> dt.date:
    year = first.date.year + years
    day = min(first.date.day, calendar.monthrange(year, first.date.month)[1])
    return dt.date(year, first.date.month, day) - dt.timedelta(days=1)


def read_modes(sheet: AssetSheet, ledger: Ledger) -> None:
    """Operation mode codes; 自营 beside an outside operator is asked, with the mode others have in such a case."""
    texts = sheet.values.get("operation_mode")
    if texts is None:
        return
    log = ledger.log
    codes = [code_of("mode", t) if t else None for t in texts]
    operators, places = sheet.column("operator"), sheet.column("place")
    usual: defaultdict[bool, Counter[str]] = defaultdict(Counter)
    for code, operator in zip(codes, operators, strict=True):
        if code and operator and code not in ("self", "idle"):
            usual[looks_like_person(operator)][code] += 1
    for at, (text, code, operator) in enumerate(zip(texts, codes, operators, strict=True)):
        if text and code is None:
            log.add(sheet, at, "operation_mode", "operation_mode_unknown", "warning", "运营方式不在代码表里，请选择。")
        if code != "self" or not operator:
            continue
        holder = read_holder(ledger, operator, places[at])
        if holder.village is not None or operator == sheet.column("ownership")[at]:
            continue
        peers = usual[looks_like_person(operator)].most_common(1)
        proposed = peers[0][0] if peers else None
        log.add(
            sheet, at, "operation_mode", "mode_conflicts_with_operator", "warning",
            "写的是自营，却填了外部经营主体，请核实运营方式。",
            proposed=name_of("operation_mode", proposed) if proposed else None,
            patch={"operation_mode": proposed} if proposed else None,
        )  # fmt: skip
    sheet.values["operation_mode"] = codes


def check_contracts(sheet: AssetSheet, ledger: Ledger) -> None:
    """R-AS-04: a contract where the mode needs one, with dates, and not expired while the status is still 正常."""
    terms = sheet.values.get("contract_term")
    if terms is None:
        return
    count = len(sheet.rows)
    log, today = ledger.log, ledger.reference.isoformat()
    starts: list[Any] = [None] * count
    ends: list[Any] = [None] * count
    sheet.values["contract_start"], sheet.values["contract_end"] = starts, ends
    modes, statuses = sheet.column("operation_mode"), sheet.column("status")
    operators, needed = sheet.column("operator"), needs_contract()
    col = sheet.mapping.columns["contract_term"]
    for at, text in enumerate(terms):
        if text is None:
            if (modes[at] in needed or (modes[at] == "self" and _outside(log, sheet, at) and operators[at])) and (
                statuses[at] not in ("disposed", "disposing")
            ):
                log.add(
                    sheet, at, "contract_term", "contract_missing", "error",
                    "这种运营方式应有合同，却没有填合同期限，请补填。", patch={},
                )  # fmt: skip
            continue
        found = read_term(text)
        if found is None:
            log.add(
                sheet, at, "contract_term", "contract_period_without_dates", "warning",
                "合同期限没有起止日期，请按合同补填。", patch={},
            )  # fmt: skip
            continue
        starts[at], ends[at] = found
        if found[1] < today and statuses[at] == "normal":
            comment = sheet.grid.comments.get((sheet.rows[at], col))
            log.add(
                sheet, at, "contract_term", "contract_expired_status_normal", "warning",
                f"合同已于 {found[1]} 到期，资产状态仍是正常，请核实是否续签。"
                + (f"单元格批注：{compact(comment)}" if comment else ""),
                patch={},
            )  # fmt: skip


def _outside(log: Log, sheet: AssetSheet, at: int) -> bool:
    return any(e.finding.code == "mode_conflicts_with_operator" for e in log.about(sheet, at, "operation_mode"))


def check_status(sheet: AssetSheet, log: Log) -> None:
    """R-AS-05 and R-AS-07: idle with income, normal without income, disposed without a record."""
    count = len(sheet.rows)
    statuses, categories = sheet.column("status"), sheet.column("category")
    expected, actual = sheet.column("expected_income_fen"), sheet.column("actual_income_fen")
    records, notes, reasons = sheet.column("disposal_record"), sheet.column("note"), sheet.column("status_reason")
    for at in range(count):
        status = statuses[at]
        if status == "normal":
            earning = expected[at] and categories[at] == "operating" and sheet.has("actual_income")
            if earning and actual[at] is None and not log.about(sheet, at, "actual_income"):
                log.add(
                    sheet, at, "actual_income", "actual_income_missing", "warning",
                    "正常经营并有预期收益，实际收益却没有填，请核实。", patch={},
                )  # fmt: skip
        elif status in ("idle", "damaged", "lost"):
            if actual[at]:
                log.add(
                    sheet, at, "status", "idle_with_income", "warning", "资产闲置或损毁，却填有实际收益，请核实。",
                    proposed=name_of("asset_status", status), patch={},
                )  # fmt: skip
        elif status == "disposed" and not records[at]:
            said = " ".join(filter(None, (notes[at], reasons[at])))
            if not has_word("disposal_words", said):
                log.add(
                    sheet, at, "status", "disposed_without_record", "error",
                    "已处置（报废）的资产没有审批、评估和收入去向，请补充处置记录。",
                    proposed=name_of("asset_status", "disposed"), patch={"status": "disposed"},
                )  # fmt: skip


def check_keepers(sheet: AssetSheet, log: Log) -> None:
    """A keeper who left office is asked about."""
    keepers = sheet.values.get("keeper")
    if keepers is None:
        return
    left = tuple(data()["left_office"])
    for at, text in enumerate(keepers):
        if text and len(text) > 4 and any(w in text for w in left):
            log.add(
                sheet, at, "keeper", "keeper_left_office", "warning", "管护责任人已离岗，请确认现任责任人。", patch={}
            )


def read_notices(sheet: AssetSheet, log: Log) -> None:
    """是否公示: ticks and words as `yes`/`no`; not noticed, or without a period, is told."""
    texts = sheet.values.get("noticed")
    if texts is None:
        return
    yes, no = frozenset(data()["notice_yes"]), frozenset(data()["notice_no"])
    read: list[Any] = []
    blank: list[tuple[int, Any]] = []
    for at, text in enumerate(texts):
        if text in yes:
            read.append("yes")
        elif text in no:
            read.append("no")
            log.add(sheet, at, "noticed", "notice_missing", "warning", "尚未公示，请按规定公示。", patch={})
        elif text is None:
            read.append(None)
            if sheet.raw["noticed"][at] == "":
                blank.append((at, None))
        else:
            read.append(text)
            if len(_DATE_IN.findall(text)) == 1 and "公示" in text:
                date = _partial(_DATE_IN.findall(text)[0])
                log.add(
                    sheet, at, "noticed", "notice_without_period", "info", "只写了公示时间，缺起止日期。",
                    proposed=f"是（{date.iso()}，起止日缺）" if date else None, patch={"noticed": text},
                )  # fmt: skip
    log.many(sheet, "noticed", "notice_missing", "warning", "没有填是否公示，请核实。", blank)
    sheet.values["noticed"] = read


def _partial(text: str) -> PartialDate | None:
    try:
        return parse_partial_date(text)
    except DateError:
        return None


def read_confirmations(sheet: AssetSheet) -> None:
    """确权登记时间、文号 into document number and date, whichever the cell holds."""
    raw = sheet.raw.get("confirmation")
    if raw is None:
        return
    known: dict[Any, tuple[str | None, str | None, str | None]] = {}
    documents: list[Any] = []
    dates: list[Any] = []
    precisions: list[Any] = []
    for value in raw:
        if value not in known:
            known[value] = _confirmation(value)
        document, date, precision = known[value]
        documents.append(document)
        dates.append(date)
        precisions.append(precision)
    sheet.values["confirm_doc_no"] = documents
    sheet.values["confirm_date"], sheet.values["confirm_precision"] = dates, precisions


def _confirmation(value: Any) -> tuple[str | None, str | None, str | None]:
    if value == "":
        return None, None, None
    date = None if isinstance(value, str) else _partial(value)
    if date is not None:
        return None, date.iso(), date.precision
    text = cell_text(value)
    document = _DOCUMENT.search(compact(text))
    rest = _DOCUMENT.sub("", compact(text)) if document else text
    found = _DATE_IN.search(compact(narrow(rest)))
    near = _partial(found[0]) if found else None
    number = compact(document[0]) if document else (None if near else text)
    return number, near.iso() if near else None, near.precision if near else None
