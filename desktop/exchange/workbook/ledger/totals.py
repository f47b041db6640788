"""What stands around the records: subtotals, totals, stored values, the summary sheet, hidden and leftover parts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from desktop.common.money import FEN
from desktop.common.text import clean, compact
from desktop.exchange.workbook.findings import SPREAD, plain
from desktop.exchange.workbook.formula import Recalculation, as_number, summed
from desktop.exchange.workbook.ledger.columns import cell_text
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger, Log
from desktop.exchange.workbook.ledger.money import money_columns, shown
from desktop.exchange.workbook.ledger.words import category_in, has_word
from desktop.exchange.workbook.mapping import header_text
from desktop.exchange.workbook.reader import SheetGrid, column_letters

_EPSILON = Decimal("0.000001")
_CHECKED_FORMULAS = 200_000


def fill_merged(sheet: AssetSheet, log: Log) -> None:
    """A value in a merged range of the body belongs to every row of it."""
    first, last = (sheet.rows[0], sheet.rows[-1]) if sheet.rows else (0, 0)
    index = {row: at for at, row in enumerate(sheet.rows)}
    fields = {col: name for name, col in sheet.mapping.columns.items()}
    found: dict[str, list[tuple[int, list[int], Any]]] = {}
    for r1, c1, r2, c2 in sheet.grid.merged:
        if r2 == r1 or r1 < first or r1 > last:
            continue
        value = sheet.grid.value(r1, c1)
        for col in range(c1, c2 + 1):
            name = fields.get(col)
            if name is None or value == "" or r1 not in index:
                continue
            rows = [row for row in range(r1, r2 + 1) if row in index]
            for row in rows:
                if sheet.raw[name][index[row]] == "":
                    sheet.raw[name][index[row]] = value
            if len(rows) > 1:
                found.setdefault(name, []).append((r1, rows, value))
    message = "合并单元格，内容适用于其中每一行。"
    for name, ranges in found.items():
        letter = sheet.mapping.letter(name) or "A"
        if len(ranges) > SPREAD:
            rows = [row for _, own, _ in ranges for row in own]
            log.place(
                sheet.grid, ranges[0][0], letter, "merged_body_cells", "info", f"{message}（共 {len(ranges)} 处）",
                ranges[0][2], None, rows,
            )  # fmt: skip
            continue
        for row, rows, value in ranges:
            text = cell_text(value)
            log.place(sheet.grid, row, letter, "merged_body_cells", "info", message, value, text, rows)


def refresh_formulas(sheet: AssetSheet, log: Log) -> None:
    """Record cells that are formulas: an old stored value is replaced by the recalculated one and told."""
    index = {row: at for at, row in enumerate(sheet.rows)}
    fields = {col: name for name, col in sheet.mapping.columns.items()}
    cells = [(r, c) for r, c in sheet.grid.formulas if r in index and c in fields][:_CHECKED_FORMULAS]
    if not cells:
        return
    again = sheet.again = Recalculation(sheet.grid)
    stale: dict[str, list[tuple[int, Any]]] = {}
    columns: dict[int, list[int]] = {}
    for row, col in cells:
        columns.setdefault(col, []).append(row)
    right = {col: again.plainly_right_rows(col, rows) for col, rows in columns.items()}
    for row, col in cells:
        if row in right[col] or again.plainly_right(row, col):
            continue
        value = again.value(row, col)
        stored = as_number(sheet.grid.value(row, col))
        if value is None or (stored is not None and abs(stored - value) <= _EPSILON):
            continue
        name, at = fields[col], index[row]
        sheet.raw[name][at] = float(value)
        stale.setdefault(name, []).append((at, plain(float(value))))
    for name, found in stale.items():
        if len(found) > SPREAD:
            log.many(sheet, name, "stale_cached_value", "info", "公式里存的是旧值，已重新计算。", found)
            continue
        for at, value in found:
            log.add(
                sheet, at, name, "stale_cached_value", "warning", "公式里存的是旧值，已重新计算，请确认。",
                proposed=value, raw=sheet.grid.value(sheet.rows[at], sheet.mapping.columns[name]),
            )  # fmt: skip


def check_totals(sheet: AssetSheet, log: Log) -> None:
    """Subtotals and totals: ranges that leave a row out, typed-over sums, stored values that are old."""
    grid = sheet.grid
    columns = [(name, sheet.mapping.columns[name]) for name in money_columns() if name in sheet.mapping.columns]
    again, locally = sheet.again or Recalculation(grid), Recalculation(grid, trust=True)
    index = {row: at for at, row in enumerate(sheet.rows)}
    data = set(sheet.rows)
    blocks = _blocks(sheet)
    for row in (*sheet.kinds.subtotal, *sheet.kinds.total):
        is_total = row in sheet.kinds.total
        short: list[tuple[str, int, str, str]] = []
        for name, col in columns:
            formula, value = grid.formulas.get((row, col)), grid.value(row, col)
            if formula is None:
                if value != "" and as_number(value) is not None:
                    _check_typed(sheet, log, row, name, col, blocks, index, is_total)
                continue
            ranges = summed(formula)
            if ranges is not None and not is_total:
                fixed = _short_range(sheet, row, col, ranges, blocks[row], data)
                if fixed:
                    short.append((name, col, formula, fixed))
                    continue
            elif ranges is not None:
                missing = _left_out(sheet, row, col, ranges, blocks, data)
                if missing:
                    log.place(
                        grid, row, column_letters(col), "total_leaves_out_rows", "error",
                        f"合计公式漏掉了第 {'、'.join(map(str, missing[:10]))} 行。", formula, None,
                    )  # fmt: skip
                    continue
            if again.plainly_right(row, col):
                continue
            stored = as_number(value)
            right, near = again.value(row, col), locally.value(row, col)
            if stored is None or right is None or near is None:
                continue
            if any(abs(stored - x) <= _EPSILON for x in (right, near)):
                continue
            rows_of = (as_number(grid.value(r, col)) for r in sheet.rows if r < row) if is_total else ()
            if not is_total or abs(stored - sum(filter(None, rows_of), Decimal(0))) > _EPSILON:
                log.place(
                    grid, row, column_letters(col), "stale_cached_value", "warning",
                    "公式里存的是旧值，已重新计算，不采用旧值。", value, plain(float(near)),
                )  # fmt: skip
        for _, col, formula, fixed in short[:1] if len(short) == len(columns) else short:
            log.place(
                grid, row, column_letters(col), "subtotal_range_too_short", "error",
                "小计公式没有包括本村的全部行。", formula, fixed,
            )  # fmt: skip


def _blocks(sheet: AssetSheet) -> dict[int, tuple[list[int], list[int]]]:
    """Per subtotal row: the rows of the village right above it, and all rows since the last subtotal."""
    index = {row: at for at, row in enumerate(sheet.rows)}
    places = sheet.column("place")
    texts = sheet.column("village")
    ends = sorted((*sheet.kinds.subtotal, *sheet.kinds.total))
    blocks: dict[int, tuple[list[int], list[int]]] = {}
    start = sheet.mapping.first_row
    for end in ends:
        since = [row for row in range(start, end) if row in index]
        start = end + 1
        own: list[int] = []
        for row in reversed(since):
            at = index[row]
            key = places[at].code if places[at] else texts[at]
            if own:
                last = index[own[-1]]
                last_key = places[last].code if places[last] else texts[last]
                if key != last_key:
                    break
            own.append(row)
        blocks[end] = (own[::-1], since)
    return blocks


def _short_range(
    sheet: AssetSheet,
    row: int,
    col: int,
    ranges: list[tuple[int, int, int, int]],
    block: tuple[list[int], list[int]],
    data: set[int],
) -> str | None:
    """The formula with the rows it leaves out, None when it leaves none out."""
    if any(c1 != col or c2 != col for _, c1, _, c2 in ranges):
        return None
    own, since = block
    if len(ranges) == 1 and ranges[0][2] == row - 1 and since and ranges[0][0] <= (own or since)[0]:
        return None
    covered = {r for r1, _, r2, _ in ranges for r in range(r1, min(r2, r1 + 200_000) + 1)}
    low = min(covered)
    wanted = {r for r in since if r >= low} | (set(own) if covered & set(own) else set())
    if not wanted - covered:
        return None
    first, last = min(wanted | (covered & data)), max(wanted | (covered & data))
    letters = column_letters(col)
    return f"=SUM({letters}{first}:{letters}{last})"


def _left_out(
    sheet: AssetSheet,
    row: int,
    col: int,
    ranges: list[tuple[int, int, int, int]],
    blocks: dict[int, tuple[list[int], list[int]]],
    data: set[int],
) -> list[int]:
    """Data rows above a total that neither it nor a subtotal it adds covers."""
    if any(c1 != col or c2 != col for _, c1, _, c2 in ranges):
        return []
    named = {r for r1, _, r2, _ in ranges for r in range(r1, min(r2, r1 + 200_000) + 1)}
    covered = named & data
    for sub in sheet.kinds.subtotal:
        if sub in named:
            own = summed(sheet.grid.formulas.get((sub, col), ""))
            covered |= set(blocks[sub][0])
            for r1, _, r2, _ in own or ():
                covered |= {r for r in range(r1, min(r2, r1 + 200_000) + 1) if r in data}
    return sorted(r for r in data if r < row and r not in covered)


def _check_typed(
    sheet: AssetSheet,
    log: Log,
    row: int,
    name: str,
    col: int,
    blocks: dict[int, tuple[list[int], list[int]]],
    index: dict[int, int],
    is_total: bool,
) -> None:
    """A sum typed over the formula: right when it equals the rows as typed or as corrected."""
    stored = as_number(sheet.grid.value(row, col))
    fens = sheet.column(f"{name}_fen")
    own, since = ([r for r in sheet.rows if r < row],) * 2 if is_total else blocks[row]
    groups = [own] if own == since else [own, since]
    for other in sheet.mapping.columns.values():
        ranges = summed(sheet.grid.formulas.get((row, other), ""))
        if ranges and all(c1 == c2 == other for _, c1, _, c2 in ranges) and not is_total:
            rows = {r for r1, _, r2, _ in ranges for r in range(r1, min(r2, r1 + 200_000) + 1)}
            groups.insert(0, [r for r in since if r in rows])
            break
    rights: list[Decimal] = []
    for rows_of in groups:
        if not rows_of:
            continue
        rights.append(sum((Decimal(fens[index[r]] or 0) for r in rows_of), Decimal(0)) / FEN[sheet.unit])
        typed = (as_number(sheet.grid.value(r, col)) or Decimal(0) for r in rows_of)
        rights.append(sum(typed, Decimal(0)))
    if stored is None or not rights or any(abs(stored - right) <= _EPSILON for right in rights):
        return
    code = "total_hard_coded_wrong" if is_total else "subtotal_hard_coded_wrong"
    log.place(
        sheet.grid, row, column_letters(col), code, "error",
        f"{'合计' if is_total else '小计'}是手工填写的数，与各行之和不等。", sheet.grid.value(row, col),
        plain(float(rights[0])),
    )  # fmt: skip


def tell_hidden(sheet: AssetSheet, log: Log) -> None:
    """Hidden rows and columns with data are read all the same, and said."""
    names = sheet.raw.get("name") or [""] * len(sheet.rows)
    hidden = [(at, row) for at, row in enumerate(sheet.rows) if row in sheet.grid.hidden_rows]
    message = "隐藏的行也有记录，已一并读取，请确认是否仍应登记。"
    if len(hidden) > 20:
        log.place(
            sheet.grid, hidden[0][1], "A", "hidden_row", "warning", f"{message}（共 {len(hidden)} 行）",
            names[hidden[0][0]], None, [row for _, row in hidden],
        )  # fmt: skip
    else:
        for at, row in hidden:
            log.place(sheet.grid, row, "A", "hidden_row", "warning", message, names[at], clean(str(names[at])))
    fields = {col: name for name, col in sheet.mapping.columns.items()}
    for col in sorted(sheet.grid.hidden_cols):
        name = fields.get(col)
        if name and any(v != "" for v in sheet.raw[name]):
            top = sheet.mapping.header_rows[0]
            text = sheet.mapping.headers.get(col, "").rpartition("/")[2]
            raw = sheet.grid.value(top, col)
            log.place(
                sheet.grid, top, column_letters(col), "hidden_column", "info", "隐藏的列里有数据，已一并读取。",
                raw if raw != "" else text, "读取",
            )  # fmt: skip


def tell_leftover(grid: SheetGrid, log: Log) -> None:
    """A sheet that is not imported: hidden, or marked as old."""
    row, col, value = next(
        ((r, c, v) for r, cells in enumerate(grid.rows, 1) for c, v in enumerate(cells, 1) if v != ""), (1, 1, "")
    )
    if value == "":
        return
    if grid.state == "hidden":
        log.place(
            grid,
            row,
            column_letters(col),
            "leftover_hidden_sheet",
            "warning",
            "隐藏的工作表，不导入；如需导入请指定该表。",
            value,
        )
    else:
        log.place(grid, row, column_letters(col), "sheet_not_read", "info", "不是资产台账，没有读取。", value)


def is_leftover(grid: SheetGrid) -> bool:
    """Whether a sheet is hidden or says that it must not be used."""
    if grid.state == "hidden":
        return True
    heads = [compact(v) for cells in grid.rows[:3] for v in cells[:3] if isinstance(v, str)]
    return any(has_word("leftover", t) for t in (grid.name, *heads))


def check_summary(grid: SheetGrid, ledger: Ledger) -> bool:
    """Compare a summary sheet with the ledger by filed category; False when the sheet is no summary."""
    header = _summary_header(grid)
    if header is None:
        return False
    row0, count_col, amount_col = header
    unit = "wan"
    for cells in grid.rows[:row0]:
        for value in cells:
            text = header_text(value)
            if "单位" in text or "元" in text:
                unit = "yuan" if "元" in text and "万元" not in text else unit
    counts, sums = ledger_by_category(ledger)
    for row in range(row0 + 1, grid.n_rows + 1):
        text = next((v for v in grid.rows[row - 1] if isinstance(v, str) and v), "")
        category = category_in(compact(text))
        if category is None:
            continue
        stated = as_number(grid.value(row, count_col)) if count_col else None
        if stated is not None and stated != counts.get(category, 0):
            ledger.log.place(
                grid, row, column_letters(count_col), "summary_count_differs", "error", "汇总表的数量与台账不符。",
                grid.value(row, count_col), counts.get(category, 0),
            )  # fmt: skip
        stated = as_number(grid.value(row, amount_col)) if amount_col else None
        if stated is not None and abs(stated * FEN[unit] - sums.get(category, 0)) > _EPSILON:
            ledger.log.place(
                grid, row, column_letters(amount_col), "summary_amount_differs", "error",
                "汇总表的金额与更正后的台账不符。", grid.value(row, amount_col), shown(sums.get(category, 0), unit),
            )  # fmt: skip
    return True


def _summary_header(grid: SheetGrid) -> tuple[int, int, int] | None:
    for row, cells in enumerate(grid.rows[:12], 1):
        texts = [header_text(v) for v in cells]
        kind = any("类别" in t or "资产类型" in t or t == "分类" for t in texts)
        count = next((c for c, t in enumerate(texts, 1) if "数量" in t or "个数" in t or "宗数" in t), 0)
        amount = next((c for c, t in enumerate(texts, 1) if "原值" in t or "金额" in t or "价值" in t), 0)
        if kind and (count or amount) and sum(1 for t in texts if t) <= 16:
            body = grid.rows[row : row + 12]
            if any(isinstance(v, str) and category_in(v) for line in body for v in line[:3]):
                return row, count, amount
    return None


def ledger_by_category(ledger: Ledger) -> tuple[dict[str, int], dict[str, int]]:
    """Distinct assets and their original value in 分 by filed category, with every proposed amount taken."""
    counts: dict[str, int] = {}
    sums: dict[str, int] = {}
    proposed = {
        (id(e.sheet), e.at): e.proposed["original_value_fen"]
        for e in ledger.log.effects
        if e.proposed and e.proposed.get("original_value_fen") is not None
    }
    for sheet in ledger.sheets:
        categories, fens = sheet.column("category"), sheet.column("original_value_fen")
        for at, category in enumerate(categories):
            if at in sheet.set_aside or category is None:
                continue
            counts[category] = counts.get(category, 0) + 1
            sums[category] = sums.get(category, 0) + (proposed.get((id(sheet), at), fens[at]) or 0)
    return counts, sums
