"""Puts the demo ledger together: rows, their errors, the summary with wrong figures, the old sheet left behind."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from desktop.app.demo import ledger_errors as errors
from desktop.app.demo.ledger import (
    HOUSEHOLD,
    OPERATING,
    PUBLIC,
    SHEET_OF,
    DemoLedger,
    Draft,
    LedgerRow,
    cell_amount,
    lay_out,
    make_rows,
    write_rows,
)
from desktop.app.demo.sheet import Planted, SheetDraft

SUMMARY, OLD = "汇总表", "2023年"
LATE = 3
"""New assets of the supplement."""


def make_ledger(seed: int, heads: Mapping[str, Sequence[str]]) -> DemoLedger:
    """The ledger of a seed; `heads` are names of household heads by village code, who own the assets 到户."""
    rng = random.Random(seed)
    rows = make_rows(rng, heads)
    late = rng.sample([r for r in rows if r.category == "public"], LATE)
    rest = [r for r in rows if not any(r is other for other in late)]
    errors.misfile(rng, rest)
    draft = lay_out(rng, rest)
    errors.plant_money(draft)
    errors.plant_numbers_and_places(draft)
    errors.plant_rights(draft)
    errors.plant_operation(draft)
    errors.plant_dates_and_texts(draft)
    errors.add_supplement(draft, late)
    for name in draft.rows:
        write_rows(draft, name)
    errors.plant_sums(draft)
    sheets = [_summary(draft, rows), *draft.sheets.values(), _old_sheet(draft)]
    return DemoLedger(sheets, draft.planted, rows)


def _summary(draft: Draft, rows: Sequence[LedgerRow]) -> SheetDraft:
    """The sheet for the county: one count and one amount were not kept up to date."""
    sheet = SheetDraft(SUMMARY, widths={1: 18, 2: 12, 3: 18})
    sheet.put(1, 1, "双水镇帮扶项目资产汇总表", "title")
    sheet.merge(1, 1, 1, 3)
    sheet.put(2, 1, "填报单位（盖章）：双水镇人民政府", "plain")
    sheet.put(2, 3, "单位：个、万元", "plain")
    sheet.line(3, ("资产类别", "资产数量", "资产原值"), "head")
    for at, (category, word) in enumerate(SHEET_OF.items(), 4):
        own = [r for r in rows if r.filed == category]
        count, fen = len(own), sum(r.amounts["original"] for r in own)
        if word == OPERATING:
            fen += 12_300_000
            draft.planted.append(Planted(SUMMARY, at, "C", "summary_amount_differs", "error"))
        if word == PUBLIC:
            count += 2
            draft.planted.append(Planted(SUMMARY, at, "B", "summary_count_differs", "error"))
        sheet.line(at, (word, count, cell_amount(fen)))
    sheet.put(7, 1, "合计")
    sheet.sum_rows(7, 2, (4, 5, 6))
    sheet.sum_rows(7, 3, (4, 5, 6))
    return sheet


def _old_sheet(draft: Draft) -> SheetDraft:
    sheet = SheetDraft(OLD, hidden=True)
    sheet.put(1, 1, "（旧）2023年台账，勿用", "plain")
    sheet.put(2, 1, draft.rows[HOUSEHOLD][0].asset_no, "plain")
    draft.planted.append(Planted(OLD, 1, "A", "leftover_hidden_sheet", "warning"))
    return sheet
