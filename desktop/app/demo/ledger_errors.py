"""The errors of the demo ledger: each spoils a cell of a clean row and says what an import must find and people decide.

A row gets one error, so that each finding stands for itself. What the decisions make of the asset is kept in its row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from desktop.app.demo.ledger import (
    AT,
    FIRST_ROW,
    FUNDS,
    HOUSEHOLD,
    OPERATING,
    OWNER_OF_VILLAGE,
    PUBLIC,
    SUPPLEMENT,
    VALUES,
    Draft,
    LedgerRow,
    cell_amount,
    head,
)
from desktop.app.demo.places import COUNTY_WORD, TOWN, TYPOS
from desktop.app.demo.sheet import Formula, Planted, SheetDraft
from desktop.exchange.workbook.reader import column_letters

Severity = Literal["error", "warning", "info"]
Take = Literal["proposed", "value", "skip"]
Wanted = Callable[[LedgerRow], bool]

_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
_MISFILED = "村道硬底化"
NO_VILLAGE = "大湾村"
"""A place the town has no village for."""


def pick(draft: Draft, sheet: str, wanted: Wanted = lambda row: True) -> LedgerRow:
    """A row without an error that fits; LookupError when the sheet has none."""
    rows = [r for r in draft.rows[sheet] if not r.taken and wanted(r)]
    if not rows:
        raise LookupError(f"no row of {sheet} fits")
    row = draft.rng.choice(rows)
    row.taken = True
    return row


def mark(
    draft: Draft, row: LedgerRow, key: str, code: str, severity: Severity, take: Take | None = None, value: Any = None,
    note: str = "",
) -> None:  # fmt: skip
    """Remember an error in a row's cell."""
    letters = column_letters(AT[key])
    draft.planted.append(Planted(row.sheet, row.row, letters, code, severity, take, value, note))


def spoil(draft: Draft, sheet: str, key: str, typed: Any, code: str, severity: Severity, take: Take | None = None,
          value: Any = None, *, wanted: Wanted = lambda row: True, note: str = "") -> LedgerRow:  # fmt: skip
    """Type something else into one cell of a fitting row; `typed` and `value` may be functions of the row."""
    row = pick(draft, sheet, wanted)
    decided = value(row) if callable(value) else value
    row.typed[key] = typed(row) if callable(typed) else typed
    mark(draft, row, key, code, severity, take, decided, note)
    return row


def wan(row: LedgerRow, key: str) -> str:
    """An amount as text in 万元."""
    return f"{row.amounts[key] / 1_000_000:.2f}"


def worn(row: LedgerRow) -> bool:
    """Whether a fifth of the value and more is written off."""
    return 5 * row.amounts.get("depreciation", 0) >= row.amounts["original"]


def leased(row: LedgerRow) -> bool:
    """Whether somebody else operates it."""
    return bool(row.typed["mode"] == "租赁")


def sources(row: LedgerRow) -> int:
    """How many funds paid for it."""
    return sum(1 for f in FUNDS if f in row.amounts)


def plant_money(draft: Draft) -> None:
    """Units, amounts typed as text, and sums that do not tie out."""
    for sheet in (OPERATING, PUBLIC, PUBLIC):
        row = pick(draft, sheet, lambda r: r.amounts["original"] >= 15_000_000)
        for key in VALUES:
            row.typed[key] = cell_amount(row.amounts.get(key), "yuan")
        mark(draft, row, "original", "unit_yuan_in_wan_table", "error", "proposed", note="整行按元填写")
    spoil(draft, OPERATING, "original", lambda r: f"约{float(wan(r, 'original')):.1f}万", "approximate_text", "error",
          "value", lambda r: float(wan(r, "original")), note="已查记账凭证")  # fmt: skip
    spoil(draft, PUBLIC, "original", lambda r: wan(r, "original") + "万元", "unit_text_in_number", "error", "proposed")
    spoil(draft, PUBLIC, "original", lambda r: wan(r, "original").translate(_WIDE), "fullwidth_digits", "warning")
    spoil(draft, OPERATING, "original", lambda r: wan(r, "original") + " ", "number_as_text_trailing_space", "warning")
    spoil(draft, PUBLIC, "original", lambda r: "'" + wan(r, "original"), "number_as_text_quote", "warning")
    spoil(draft, PUBLIC, "original", lambda r: float(wan(r, "original")) + 1.5, "sources_do_not_add_up", "error",
          "proposed", wanted=lambda r: sources(r) > 1)  # fmt: skip
    row = pick(draft, OPERATING, lambda r: sources(r) == 1)
    fund = next(f for f in FUNDS if f in row.amounts)
    row.typed[fund] = float(wan(row, fund)) - 0.9
    mark(draft, row, fund, "sources_do_not_add_up", "error", "proposed", note="已查资金下达文件")
    spoil(draft, OPERATING, "depreciation", lambda r: float(wan(r, "depreciation")) * 10, "depreciation_over_original",
          "error", "proposed", wanted=worn)  # fmt: skip
    spoil(draft, PUBLIC, "net", lambda r: -float(wan(r, "net")), "negative_net_value", "error", "proposed", wanted=worn)
    spoil(draft, PUBLIC, "net", lambda r: float(wan(r, "net")) + 2, "net_not_original_minus_depreciation", "error",
          "proposed", wanted=worn)  # fmt: skip
    for stale in (False, False, True):
        row = pick(draft, PUBLIC, worn)
        stored = row.amounts["net"] + (300_000 if stale else 0)
        original, depreciation = (f"{column_letters(AT[k])}{row.row}" for k in ("original", "depreciation"))
        row.typed["net"] = Formula(f"={original}-{depreciation}", stored / 1_000_000)
        if stale:
            mark(draft, row, "net", "stale_cached_value", "warning")


def plant_numbers_and_places(draft: Draft) -> None:
    """Asset numbers, villages, categories."""

    def inside(r: LedgerRow) -> bool:
        return bool(2 < r.typed["serial"] < len(draft.rows[r.sheet]) - 1)

    row = pick(draft, OPERATING, lambda r: r.typed["serial"] > 12 and inside(r))
    row.typed["asset_no"] = draft.rows[OPERATING][row.typed["serial"] - 9].asset_no
    mark(draft, row, "asset_no", "asset_number_duplicate", "error", "value", row.asset_no)
    spoil(draft, PUBLIC, "asset_no", None, "asset_number_missing", "warning", "value", lambda r: r.asset_no,
          wanted=inside)  # fmt: skip
    spoil(draft, PUBLIC, "asset_no", lambda r: r.typed["serial"], "asset_number_format", "warning", "proposed",
          wanted=inside)  # fmt: skip
    for sheet in (OPERATING, PUBLIC, PUBLIC):
        spoil(draft, sheet, "village", lambda r: TYPOS[r.place.name], "village_name_typo", "warning", "proposed",
              wanted=lambda r: r.place.name in TYPOS and r.category == _category(r.sheet))  # fmt: skip
    spoil(draft, PUBLIC, "village", lambda r: f"{COUNTY_WORD}{TOWN.name}{r.place.name}委会", "village_name_with_prefix",
          "info")  # fmt: skip
    spoil(draft, PUBLIC, "village", NO_VILLAGE, "village_not_in_town", "error", "value", lambda r: r.place.name,
          note="大湾是该村的自然村")  # fmt: skip
    row = next(r for r in draft.rows[OPERATING] if r.category == "public")
    mark(draft, row, "name", "category_mismatch", "error", "proposed", note="道路是公益性资产")


def _category(sheet: str) -> str:
    return "operating" if sheet == OPERATING else "public"


def misfile(rng: Any, rows: list[LedgerRow]) -> None:
    """Before the sheets are laid out: one road is filed among the operating assets."""
    row = rng.choice([r for r in rows if r.category == "public" and r.typed["status"] == "正常"])
    year = row.typed["project_year"]
    row.typed["name"] = f"{row.place.name}{_MISFILED}"
    row.typed["project_name"] = f"{year}年{row.typed['name']}项目"
    row.typed["subcategory"], row.typed["unit"] = "道路交通", "米"
    row.filed, row.taken = "operating", True


def plant_rights(draft: Draft) -> None:
    """Owners and beneficiaries: missing, undecided, joint without shares, in other words."""

    def collective(row: LedgerRow) -> str:
        return OWNER_OF_VILLAGE.format(row.place.name)

    row = spoil(draft, OPERATING, "owner", None, "owner_missing", "error", "proposed", wanted=leased)
    spoil(draft, PUBLIC, "owner", "待定", "owner_undetermined", "error", "value", collective, note="村民代表会议已确认")
    row = spoil(draft, OPERATING, "owner", "镇政府、村经联社共有", "owner_joint_without_share", "error", "value",
                lambda r: f"双水镇人民政府40%、{collective(r)}60%", wanted=leased, note="见出资协议")  # fmt: skip
    row.owners = [("government:双水镇人民政府", 2, 5), (f"collective:{collective(row)}", 3, 5)]
    spoil(draft, OPERATING, "income", None, "income_right_missing", "error", "proposed", wanted=leased)
    for form in ("{}民委员会", "{}委会", "{}"):
        row = pick(draft, PUBLIC, lambda r: r.category == "public")
        written = form.format(row.place.name)
        for key in ("owner", "user", "income"):
            row.typed[key] = written
        mark(draft, row, "owner", "owner_name_variant", "info", "proposed", note="产权证写的是经济联合社")


def plant_operation(draft: Draft) -> None:
    """Contracts, status, keepers, notices."""
    term = "2024-01-01至2033-12-31"
    spoil(draft, OPERATING, "term", None, "contract_missing", "error", "value", term, wanted=leased, note="见合同原件")
    spoil(draft, OPERATING, "term", "十年", "contract_period_without_dates", "warning", "value", term, wanted=leased)
    row = spoil(draft, OPERATING, "term", "2019.1-2024.12", "contract_expired_status_normal", "warning", wanted=leased)
    draft.sheets[OPERATING].comments[row.row, AT["term"]] = "合同已到期，正在续签（2026.3 李例记）"
    spoil(draft, OPERATING, "actual", None, "actual_income_missing", "warning", wanted=leased)
    spoil(draft, OPERATING, "status", "闲置", "idle_with_income", "warning", wanted=leased)
    spoil(draft, OPERATING, "mode", "自营", "mode_conflicts_with_operator", "warning", "proposed", wanted=leased)
    spoil(draft, PUBLIC, "status", None, "status_missing", "warning")
    spoil(draft, PUBLIC, "status", "损坏（已报修）", "status_not_in_list", "info")
    spoil(draft, PUBLIC, "status", "已报废", "disposed_without_record", "error", "proposed", note="处置材料另补")
    spoil(draft, PUBLIC, "keeper", "陈样华（已调离）", "keeper_left_office", "warning")
    spoil(draft, PUBLIC, "noticed", "否", "notice_missing", "warning")
    spoil(draft, PUBLIC, "noticed", "2024.12公示", "notice_without_period", "info")


def plant_dates_and_texts(draft: Draft) -> None:
    """Dates that are none, blanks, breaks, characters of old systems, hidden parts, merged cells."""
    for sheet, typed, code, built in (
        (PUBLIC, "约2019年", "date_approximate", "2019"), (PUBLIC, "2018.13", "date_invalid", None),
        (PUBLIC, (dt.date(2019, 1, 1) - dt.date(1899, 12, 30)).days, "date_serial_number", "2019-01-01"),
        (OPERATING, "2027年6月", "date_in_future", None),
    ):  # fmt: skip
        row = spoil(draft, sheet, "built", typed, code, "warning")
        row.built = built
    spoil(draft, PUBLIC, "name", lambda r: f"{r.place.name}\n{r.typed['name'].removeprefix(r.place.name)}",
          "line_break_in_text", "info")  # fmt: skip
    spoil(draft, OPERATING, "village", lambda r: f"\u3000{r.typed['village']} ", "spaces_around_text", "info",
          wanted=lambda r: r.category == "operating")  # fmt: skip
    spoil(draft, HOUSEHOLD, "note", "/", "placeholder_for_empty", "info")
    row = pick(draft, PUBLIC)
    row.typed["keeper"] = "李样\ue863"  # 䶮 as old GBK systems wrote it
    draft.sheets[PUBLIC].hidden_rows.add(row.row)
    draft.planted.append(Planted(PUBLIC, row.row, "A", "hidden_row", "warning", note="隐藏行仍应登记"))
    confirmation = AT["confirmation"]
    draft.sheets[OPERATING].hidden_columns.add(confirmation)
    draft.planted.append(Planted(OPERATING, 3, column_letters(confirmation), "hidden_column", "info"))
    own = draft.rows[PUBLIC]
    runs = [own[i : i + 3] for i in range(len(own) - 2) if len({r.place for r in own[i : i + 3]}) == 1
            and not any(r.taken for r in own[i : i + 3])]  # fmt: skip
    runs = runs or [own[i : i + 2] for i in range(len(own) - 1) if own[i].place == own[i + 1].place
                    and not own[i].taken and not own[i + 1].taken]  # fmt: skip
    block = draft.rng.choice(runs)
    for row in block:
        row.taken = True
    for row in block[1:]:
        row.typed["village"] = None
    draft.sheets[PUBLIC].merge(block[0].row, AT["village"], block[-1].row, AT["village"])
    mark(draft, block[0], "village", "merged_body_cells", "info")


def plant_sums(draft: Draft) -> None:
    """After the rows are written: subtotals that leave a row out, are typed over, or keep an old value."""
    public, letter = draft.sheets[PUBLIC], column_letters(AT["original"])
    lost = {r.row for r in draft.rows[PUBLIC] if r.typed["village"] == NO_VILLAGE}
    blocks = draft.rng.sample([b for b in draft.subtotals[PUBLIC] if len(b[1]) > 2 and not lost & set(b[1])], 3)
    (short, rows), (hard, _), (stale, _) = blocks
    public.sum_rows(short, AT["original"], rows[:-1])
    draft.planted.append(Planted(PUBLIC, short, letter, "subtotal_range_too_short", "error"))
    public.put(hard, AT["original"], float(public.number(hard, AT["original"])) + 0.5)
    draft.planted.append(Planted(PUBLIC, hard, letter, "subtotal_hard_coded_wrong", "error"))
    kept = public.cells[stale, AT["original"]]
    public.put(stale, AT["original"], replace(kept, stored=float(public.number(stale, AT["original"])) + 3.6))
    draft.planted.append(Planted(PUBLIC, stale, letter, "stale_cached_value", "warning"))


def add_supplement(draft: Draft, new: list[LedgerRow]) -> None:
    """A later sheet in 元: some assets that are new, and three that were reported before."""
    sheet = draft.sheets[SUPPLEMENT] = SheetDraft(SUPPLEMENT)
    head(sheet, "双水镇帮扶项目资产管理台账（补报）", "元")
    draft.planted.append(Planted(SUPPLEMENT, 2, column_letters(24), "sheet_unit_differs", "warning"))
    numbers = len(draft.rows[PUBLIC])
    rows: list[LedgerRow] = []
    for row in new:
        numbers += 1
        row.filed = row.category
        row.asset_no = row.typed["asset_no"] = f"SX-GY-{numbers:03d}"
        rows.append(row)
    taken: list[tuple[LedgerRow, str, str]] = []
    for name, code in (
        (OPERATING, "duplicate_exact"),
        (PUBLIC, "duplicate_after_trimming"),
        (PUBLIC, "duplicate_probable"),
    ):
        first = pick(draft, name, lambda r: r.category == _category(r.sheet))
        again = replace(first, typed=dict(first.typed))
        own = first.place.name
        if code == "duplicate_after_trimming":
            again.typed["name"] = f"{own[:-1]} {own[-1]}{first.typed['name'].removeprefix(own)} "
        elif code == "duplicate_probable":
            again.typed["name"] = f"{own}新建{first.typed['name'].removeprefix(own)}"
        taken.append((again, code, f"与“{first.sheet}”第 {first.row} 行是同一资产"))
    for number, row in enumerate([*rows, *(t[0] for t in taken)]):
        row.sheet, row.row = SUPPLEMENT, FIRST_ROW + number
        row.typed["serial"] = number + 1
        for key in (*VALUES, "expected", "actual"):
            row.typed[key] = cell_amount(row.amounts.get(key), "yuan")
    for row, code, why in taken:
        mark(draft, row, "name", code, "warning" if code == "duplicate_probable" else "error", "proposed", note=why)
    draft.rows[SUPPLEMENT] = [*rows, *(t[0] for t in taken)]
    draft.totals[SUPPLEMENT] = FIRST_ROW + len(draft.rows[SUPPLEMENT])
