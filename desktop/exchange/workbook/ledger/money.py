"""Amounts of a ledger as exact 分: the sheet's unit, rows typed in the other one, texts, sums that must tie out."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from desktop.common.money import FEN, MoneyError, float_fen, parse_money, text_unit
from desktop.common.text import clean, is_placeholder, narrow
from desktop.exchange.workbook.findings import Severity
from desktop.exchange.workbook.ledger.columns import cell_text
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger, Log
from desktop.exchange.workbook.ledger.words import fund_fields
from desktop.exchange.workbook.reader import column_letters

INCOME_COLUMNS = ("expected_income", "actual_income")


def fund_columns() -> tuple[str, ...]:
    """The columns of fund sources, the county's at the end."""
    return tuple(f"fund_{code}" for code in fund_fields())


def value_columns() -> tuple[str, ...]:
    """Amounts that stand in one unit within a row."""
    return ("original_value", *fund_columns(), "depreciation", "net_value")


def money_columns() -> tuple[str, ...]:
    """All columns of amounts."""
    return (*value_columns(), *INCOME_COLUMNS)


_OUTLIER = 300
"""R-AS-02: a whole number of 1,000 and more, so many times the column's median, was typed in 元 in a 万元 column."""
_MOST = 1e12
"""No amount of a township is as large, in whatever unit."""
_UNIT_WORDS = {"wan": "万元", "yuan": "元"}


def shown(fen: int | None, unit: str) -> int | float | None:
    """分 as the number a person would type in the unit."""
    if fen is None:
        return None
    whole, rest = divmod(fen, FEN[unit])
    return fen / FEN[unit] if rest else whole


def _positive(sheet: AssetSheet, name: str) -> list[float]:
    return [v for v in sheet.raw.get(name, ()) if v.__class__ is float and 0 < v < _MOST]


def settle_units(ledger: Ledger) -> None:
    """The unit of each sheet from its unit line, its headers and, when these disagree, the size of its amounts."""
    log = ledger.log
    sure: list[float] = []
    doubtful: list[AssetSheet] = []
    for sheet in ledger.sheets:
        line, header = sheet.mapping.unit, sheet.mapping.header_units.get("original_value", "")
        sheet.unit = line or header
        if (line and header and line != header) or not sheet.unit:
            doubtful.append(sheet)
        else:
            sure += [v * FEN[sheet.unit] for v in _positive(sheet, "original_value")]
    typical = median(sure) if sure else None
    for sheet in doubtful:
        own = _positive(sheet, "original_value")
        middle = median(own) if own else 0.0
        line, header = sheet.mapping.unit, sheet.mapping.header_units.get("original_value", "")
        if typical and middle:
            sheet.unit = min(("wan", "yuan"), key=lambda u: max(middle * FEN[u] / typical, typical / middle / FEN[u]))
        else:
            sheet.unit = "yuan" if middle >= 1000 else "wan"
        if (line or header) and sheet.unit not in (line, header):
            sheet.unit = line or header
    common = Counter({u: sum(len(s.rows) for s in ledger.sheets if s.unit == u) for u in FEN}).most_common(1)[0][0]
    for sheet in ledger.sheets:
        row, col = sheet.mapping.unit_cell or (
            sheet.mapping.header_rows[0],
            sheet.mapping.columns.get("original_value", 1),
        )
        raw = sheet.grid.value(row, col)
        header = sheet.mapping.header_units.get("original_value", "")
        word = _UNIT_WORDS[sheet.unit]
        if sheet.unit != common:
            log.place(
                sheet.grid, row, column_letters(col), "sheet_unit_differs", "warning",
                f"本表金额单位是{word}，其他表是{_UNIT_WORDS[common]}；已按{word}读取，请确认。", raw, word,
            )  # fmt: skip
        elif sheet in doubtful and sheet.mapping.unit and header:
            log.place(
                sheet.grid, row, column_letters(col), "sheet_unit_conflict", "warning",
                f"表头与单位行写的单位不同；按金额大小应是{word}，请确认。", raw, word,
            )  # fmt: skip


def _per_unit(sheet: AssetSheet, name: str) -> int:
    """分 per unit of a column: its own header's unit, unless all headers were overruled by the sheet's."""
    header = sheet.mapping.header_units.get(name)
    overruled = sheet.mapping.header_units.get("original_value", sheet.unit) != sheet.unit
    return FEN[header if header and not overruled and sheet.mapping.unit != header else sheet.unit]


def _typical(ledger: Ledger, sheet: AssetSheet, name: str) -> float:
    """The median amount of the column (of all sheets when it has few), in the sheet's unit."""
    own = _positive(sheet, name)
    if len(own) >= 5:
        return median(own)
    pooled = [v * FEN[s.unit] / FEN[sheet.unit] for s in ledger.sheets for v in _positive(s, name)]
    return median(pooled) if len(pooled) >= 5 else 0.0


def find_other_units(ledger: Ledger, sheet: AssetSheet) -> None:
    """Rows typed in 元 in a 万元 table (or the other way round), by the column's median (R-AS-02)."""
    other = "yuan" if sheet.unit == "wan" else "wan"
    code = "unit_yuan_in_wan_table" if sheet.unit == "wan" else "unit_wan_in_yuan_table"
    for name in ("original_value", *INCOME_COLUMNS):
        typical = _typical(ledger, sheet, name)
        if not typical or not sheet.has(name):
            continue
        high = max(1000.0, _OUTLIER * typical)
        for at, value in enumerate(sheet.raw[name]):
            if value.__class__ is not float or value >= _MOST:
                continue
            if sheet.unit == "wan":
                if value < high or not value.is_integer():
                    continue
            elif not 0 < value * _OUTLIER <= typical or value >= 10000:
                continue
            fen = round(value * FEN[other])
            whole_row = name == "original_value"
            if whole_row:
                sheet.row_factor[at] = FEN[other]
            ledger.log.add(
                sheet, at, name, code, "error",
                f"疑似按{_UNIT_WORDS[other]}填写（是本列中位数的{_OUTLIER}倍以上），"
                f"{'整行' if whole_row else ''}应换算成{_UNIT_WORDS[sheet.unit]}，请确认。"
                if sheet.unit == "wan"
                else f"疑似按{_UNIT_WORDS[other]}填写，应换算成{_UNIT_WORDS[sheet.unit]}，请确认。",
                proposed=shown(fen, sheet.unit), patch={} if whole_row else {f"{name}_fen": fen},
            )  # fmt: skip


def read_money(sheet: AssetSheet, log: Log) -> None:
    """Every amount column into 分 (`…_fen`), floats by their exact decimal, texts with a finding."""
    in_one_unit = value_columns()
    for name in money_columns():
        raw = sheet.raw.get(name)
        if raw is None:
            continue
        per_unit = _per_unit(sheet, name)
        grouped = name in in_one_unit and bool(sheet.row_factor)
        read: list[int | None] = []
        put = read.append
        texts: list[int] = []
        for at, value in enumerate(raw):
            if value.__class__ is float and -_MOST < value < _MOST:
                factor = per_unit
                if grouped and at in sheet.row_factor:
                    factor = _row_factor(value, per_unit, sheet.row_factor[at])
                fen = round(value * factor)
                if fen / factor == value:
                    put(fen)
                    continue
                try:
                    put(float_fen(value, factor))
                except MoneyError:
                    put(None)
                    log.add(
                        sheet, at, name, "amount_not_whole_fen", "error", "金额不足一分，请核对凭证后重填。",
                        patch={f"{name}_fen": None},
                    )  # fmt: skip
            elif value == "":
                put(None)
            else:
                put(None)
                texts.append(at)
        sheet.values[f"{name}_fen"] = read
        if texts:
            _read_texts(sheet, log, name, per_unit, texts)


def _row_factor(value: float, per_unit: int, other: int) -> int:
    """The factor of a cell in a row typed in the other unit: the other one where the cell's own size allows it."""
    if other < per_unit:
        fits = (value.is_integer() and abs(value) >= 100) or value == 0
    else:
        fits = abs(value) < 10_000
    return other if fits else per_unit


def _read_texts(sheet: AssetSheet, log: Log, name: str, per_unit: int, rows: list[int]) -> None:
    raw, read = sheet.raw[name], sheet.values[f"{name}_fen"]
    unit = "wan" if per_unit == FEN["wan"] else "yuan"
    plain: list[tuple[int, Any]] = []
    for at in rows:
        value = raw[at]
        text = value if value.__class__ is str else cell_text(value)
        if not clean(text):
            continue
        if is_placeholder(clean(text)):
            log.add(sheet, at, name, "placeholder_for_empty", "info", "用符号表示没有内容，按空白处理。")
            continue
        try:
            fen = parse_money(text, unit) if value.__class__ is str else None  # type: ignore[arg-type]
        except MoneyError as error:
            if error.reason == "approximate":
                code, message = "approximate_text", "金额是约数，须查凭证填写准确数。"
            elif error.reason == "not_whole_fen":
                code, message = "amount_not_whole_fen", "金额不足一分，请核对凭证后重填。"
            else:
                code, message = "amount_not_number", "金额不是数字，请核对凭证后重填。"
            log.add(sheet, at, name, code, "error", message, patch={f"{name}_fen": None})
            continue
        if fen is None:
            log.add(
                sheet, at, name, "amount_not_number", "error", "金额单元格里是日期或其他内容，请核对后重填。",
                patch={f"{name}_fen": None},
            )  # fmt: skip
            continue
        read[at] = fen
        found = _text_code(text)
        if found is None:
            plain.append((at, shown(fen, unit)))
            continue
        code, severity, message = found
        log.add(
            sheet, at, name, code, severity, message, proposed=shown(fen, unit), patch={f"{name}_fen": fen},
            kept={f"{name}_fen": None},
        )  # fmt: skip
    if sheet.grid.typed:
        log.many(sheet, name, "number_as_text", "info", "数字存成了文本，已按数字读取。", plain)


def _text_code(text: str) -> tuple[str, Severity, str] | None:
    if text_unit(text):
        return "unit_text_in_number", "error", "金额里写了单位，请确认换算。"
    if text.lstrip()[:1] in ("'", "‘", "’", "`"):
        return "number_as_text_quote", "warning", "数字前有撇号，已按数字读取，请确认。"
    if clean(text) != text:
        return "number_as_text_trailing_space", "warning", "数字带有空白，是文本，已按数字读取，请确认。"
    if narrow(text) != text:
        return "fullwidth_digits", "warning", "全角数字，已按数字读取，请确认。"
    return None


def check_sums(sheet: AssetSheet, log: Log) -> None:
    """R-AS-01: total = Σ sources, net = original − depreciation, depreciation ≤ original; missing totals."""
    count = len(sheet.rows)
    originals = sheet.column("original_value_fen")
    worn, net = sheet.column("depreciation_fen"), sheet.column("net_value_fen")
    parts = [(name, sheet.values[f"{name}_fen"]) for name in fund_columns() if f"{name}_fen" in sheet.values]
    has_parts = bool(parts)
    part_columns = [column for _, column in parts]
    sums: list[int | None] = [None] * count
    if has_parts:
        sums = [
            sum(v for v in row if v is not None) if any(v is not None for v in row) else None
            for row in zip(*part_columns, strict=True)
        ]
    no_sources: list[int] = []
    for at, (original, total, s, t) in enumerate(zip(originals, sums, worn, net, strict=True)):
        if original is not None and total == original and t is not None and original - (s or 0) == t and (s or 0) >= 0:
            continue
        if original is None:
            _missing_original(sheet, log, at, total, s, t)
            continue
        if has_parts and total is None:
            no_sources.append(at)
        elif total is not None and total != original:
            if t is not None and (s or 0) + t == total and t >= 0:
                log.add(
                    sheet, at, "original_value", "sources_do_not_add_up", "error",
                    "合计与各资金来源之和不等；来源之和与折旧加净值相符，合计可能填错。",
                    proposed=shown(total, sheet.unit), patch={"original_value_fen": total},
                )  # fmt: skip
                continue
            _check_parts(sheet, log, at, original, total, parts)
        _check_net(sheet, log, at, original, s, t)
    for at in no_sources:
        log.add(sheet, at, "original_value", "fund_sources_missing", "warning", "没有填资金来源，请补填。")


def _missing_original(sheet: AssetSheet, log: Log, at: int, total: int | None, s: int | None, t: int | None) -> None:
    rest = None if t is None else (s or 0) + t
    witnesses = {x for x in (total, rest) if x is not None}
    near = next(iter(witnesses)) if len(witnesses) == 1 else None
    for effect in log.about(sheet, at, "original_value"):
        finding = effect.finding
        if finding.code == "approximate_text" and near and total is not None and rest is not None:
            try:
                parse_money(cell_text(finding.raw), sheet.unit)  # type: ignore[arg-type]
            except MoneyError as error:
                if error.near and abs(error.near - near) * 20 <= near:
                    finding.proposed = shown(near, sheet.unit)
                    finding.message += "来源之和与折旧加净值都是所列建议数，仍须以凭证为准。"
                    effect.proposed = {"original_value_fen": near}
        return
    if sheet.has("original_value"):
        log.add(
            sheet, at, "original_value", "original_value_missing", "error", "资产原值没有填，请查凭证补填。",
            proposed=shown(near, sheet.unit), patch={"original_value_fen": near},
        )  # fmt: skip


def _check_parts(
    sheet: AssetSheet, log: Log, at: int, original: int, total: int, parts: list[tuple[str, list[int | None]]]
) -> None:
    filled = [(name, column[at] or 0) for name, column in parts if column[at] is not None]
    factor = sheet.row_factor.get(at, FEN[sheet.unit])
    smallest = factor // 100 if factor == FEN["wan"] else 100
    if abs(total - original) <= smallest and len(filled) > 1:
        log.add(
            sheet, at, "original_value", "sources_rounding_difference", "warning",
            "合计与各资金来源之和差一个末位数，像是四舍五入造成的，请核对。", proposed=None,
        )  # fmt: skip
        return
    name, part = _odd_part(filled, original, total)
    right = original - (total - part)
    log.add(
        sheet, at, name, "sources_do_not_add_up", "error",
        f"合计与各资金来源之和不等（相差 {shown(total - original, sheet.unit)} {_UNIT_WORDS[sheet.unit]}），请查凭证。",
        proposed=shown(right, sheet.unit) if right >= 0 else None,
        patch={f"{name}_fen": right if right >= 0 else None},
    )  # fmt: skip


def _odd_part(filled: list[tuple[str, int]], original: int, total: int) -> tuple[str, int]:
    """The part most likely wrong: the one whose correction leaves all parts at round percentages of the total."""

    def roundness(share: float) -> float:
        return abs(share * 20 - round(share * 20))

    best, score = filled[0], float("inf")
    for name, part in filled:
        right = original - (total - part)
        if right < 0 or not original:
            continue
        others = [roundness(p / original) for n, p in filled if n != name]
        value = max([roundness(right / original), *others])
        if value < score - 1e-3:
            best, score = (name, part), value
    return best


def _check_net(sheet: AssetSheet, log: Log, at: int, original: int, s: int | None, t: int | None) -> None:
    unit = sheet.unit
    if s is not None and s < 0:
        log.add(
            sheet, at, "depreciation", "depreciation_negative", "error", "累计折旧是负数，请核对。",
            patch={"depreciation_fen": None},
        )  # fmt: skip
        return
    if s is not None and s > original:
        right = original - t if t is not None and 0 <= t <= original else None
        log.add(
            sheet, at, "depreciation", "depreciation_over_original", "error", "累计折旧大于资产原值，请核对。",
            proposed=shown(right, unit), patch={"depreciation_fen": right},
        )  # fmt: skip
        return
    if t is None:
        return
    if s is None:
        if t != original:
            _worn_missing(sheet, log, at, original - t)
        return
    if t < 0:
        log.add(
            sheet, at, "net_value", "negative_net_value", "error", "净值是负数，请核对。",
            proposed=shown(original - s, unit), patch={},
        )  # fmt: skip
    elif original - s != t:
        log.add(
            sheet, at, "net_value", "net_not_original_minus_depreciation", "error", "净值不等于原值减折旧，请核对。",
            proposed=shown(original - s, unit), patch={},
        )  # fmt: skip


def _worn_missing(sheet: AssetSheet, log: Log, at: int, implied: int) -> None:
    """No depreciation but another net value: what it implies is offered, never taken."""
    if implied < 0 or not sheet.has("depreciation"):
        log.add(
            sheet, at, "net_value", "net_not_original_minus_depreciation", "error", "净值不等于原值减折旧，请核对。",
            proposed=None, patch={},
        )  # fmt: skip
        return
    note = sheet.column("note")
    note[at] = "；".join(filter(None, (note[at], f"净值原填{cell_text(sheet.raw['net_value'][at])}")))
    for effect in log.about(sheet, at, "depreciation"):
        effect.finding.options = [shown(implied, sheet.unit)]
        effect.finding.message += "按原值减净值应为所列选项，请核实。"
        return
    log.add(
        sheet, at, "depreciation", "depreciation_missing", "warning", "净值小于原值，累计折旧却没有填，请核实。",
        proposed=shown(implied, sheet.unit), patch={"depreciation_fen": implied},
    )  # fmt: skip
