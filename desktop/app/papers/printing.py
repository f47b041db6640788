"""Prints: the asset register from the records, with both dates and the digest on it, logged as a plain file."""

from __future__ import annotations

import io
import itertools
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from desktop.app.papers.asset_selection import AssetSelection, selected_assets, selection_words
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.past_reading import known_ms, known_words, past_day
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.insight.asset_ledger import (
    PAGE,
    AssetLedger,
    LedgerEntry,
    LedgerQuery,
    built_words,
    contract_words,
    value_word,
)
from desktop.registry.codelists import whole, word
from desktop.registry.labels import label
from desktop.registry.value_words import words
from desktop.reports.asset_register import (
    AssetRegisterRow,
    MoneyUnit,
    PaperName,
    PrintSummary,
    RegisterHead,
    print_asset_register,
    write_asset_register,
)
from desktop.store.database import no_garbage_collection

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RegisterPrint:
    """What to print of the asset register and what stands around it."""

    division: str = ""
    category: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    selection: AssetSelection | None = None
    """A list's filter and order, or the records themselves; said on the paper."""
    as_of: str | None = None
    known_at: str | None = None
    paper: PaperName = "A4"
    title: str = ""
    filled_by: str = ""
    reviewed_by: str = ""
    responsible: str = ""
    phone: str = ""
    date: str = ""
    money_unit: MoneyUnit = "wan"


class _Rows:
    """Ledger entries as print rows, read once: the layout goes through them twice and must see the same both times.

    They are held packed, a sixth of what they take as objects.
    """

    def __init__(self, ledger: AssetLedger) -> None:
        self.ledger = ledger
        self._packed: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.ledger)

    def __iter__(self) -> Iterator[AssetRegisterRow]:
        if self._packed is not None:
            for page in self._packed:
                yield from pickle.loads(page)
            return
        packed = []
        entries = iter(self.ledger)
        while rows := [register_row(entry) for entry in itertools.islice(entries, PAGE)]:
            packed.append(pickle.dumps(rows, pickle.HIGHEST_PROTOCOL))
            yield from rows
        self._packed = packed


def register_row(entry: LedgerEntry) -> AssetRegisterRow:
    """One asset as the register prints it, with its values on the day of the register."""
    v, worth = entry.values, entry.worth
    worn = v.get("depreciation_fen")
    if worth is not None and (worth.depreciation or worn is not None):  # never stated and nothing charged: blank
        worn = worth.depreciation
    return AssetRegisterRow(
        asset_no=v.get("asset_no"), name=v.get("name"), village=entry.village, project=v.get("project_name"),
        year=str(v["project_year"]) if v.get("project_year") else None, category=value_word("category", v),
        subcategory=_short(value_word("subcategory", v)), spec=v.get("spec"), quantity=v.get("quantity"),
        unit=v.get("unit"), built_date=built_words(v), address=v.get("address") or entry.village,
        original_value_fen=worth.original if worth else v.get("original_value_fen"), funds=entry.funds,
        depreciation_fen=worn, net_value_fen=worth.net if worth else v.get("net_value_fen"),
        owner=entry.holders.get("ownership"), owner_level=entry.levels or None,
        operator=entry.holders.get("operation"), income_holder=entry.holders.get("income"),
        supervisor=entry.holders.get("supervision"), operation_mode=value_word("operation_mode", v),
        contract_period=contract_words(v), expected_income_fen=v.get("expected_income_fen"),
        actual_income_fen=v.get("actual_income_fen"), keeper=v.get("keeper"), status=value_word("status", v),
        confirm_doc=v.get("confirm_doc_no"), notice=_notice(v.get("noticed")), note=v.get("note"),
    )  # fmt: skip


def print_assets(ws: Workspace, target: Path, wanted: RegisterPrint, progress: Progress | None = None) -> PrintSummary:
    """Print the asset register to a PDF file; the print is logged.

    Raises NothingToPrint, GlyphMissing (with the record named), UsageError, NotAllowed, StorageFailed, Cancelled.
    """
    ws.require("print")
    rows, head = _prepared(ws, wanted)
    with ws.register.storage_errors(), no_garbage_collection():
        summary = print_asset_register(rows, head, target, paper=wanted.paper, progress=progress)
    log_plain_export(ws, "print assets", wanted.title or "资产台账", ["asset register"], summary.rows, file=target)
    return summary


def preview_assets(
    ws: Workspace, wanted: RegisterPrint, progress: Progress | None = None
) -> tuple[bytes, PrintSummary]:
    """The same as PDF bytes that stay in memory."""
    ws.require("print")
    rows, head = _prepared(ws, wanted)
    stream = io.BytesIO()
    summary = write_asset_register(rows, head, stream, paper=wanted.paper, progress=progress)
    return stream.getvalue(), summary


def _prepared(ws: Workspace, wanted: RegisterPrint) -> tuple[_Rows, RegisterHead]:
    as_of = past_day(wanted.as_of)
    spec = ws.register.table("asset")
    for column in wanted.where:
        if column not in spec.by_column:
            raise UsageError(f"资产没有字段 {column}。")
    chosen = wanted.selection
    query = LedgerQuery(
        wanted.division, wanted.category, dict(wanted.where), as_of,
        known_ms(wanted.known_at) if wanted.known_at else None,
        only=selected_assets(ws, chosen) if chosen else None, in_their_order=bool(chosen and not chosen.by_village),
    )  # fmt: skip
    rows = _Rows(AssetLedger(ws.register, query))
    now = datetime.now(UTC)
    local = now.astimezone()
    head = RegisterHead(
        title=wanted.title or default_title(ws, wanted.category), unit_name=ws.unit_name,
        date=wanted.date or f"{local.year}年{local.month}月{local.day}日", filled_by=wanted.filled_by,
        reviewed_by=wanted.reviewed_by, responsible=wanted.responsible, phone=wanted.phone,
        as_of=as_of or f"{local:%Y-%m-%d}", known_at=known_words(wanted.known_at, now),
        digest=ws.register.digest(), county_word=_county_word(ws), money_unit=wanted.money_unit, made_at=now,
        fund_sources={item.code: item.more.get("parent", "") for item in whole("fund_source")},
        notes=f"{_chosen_words(ws, wanted)}{source_gap_words(rows)}",
        group_sums=chosen is None or chosen.by_village,
    )  # fmt: skip
    return rows, head


def _chosen_words(ws: Workspace, wanted: RegisterPrint) -> str:
    """By what the assets were chosen: a register of some of them says so."""
    said = [
        f"{label('asset', column).removesuffix('（元）')} {words('asset', column, value) or '未填'}"
        for column, value in wanted.where.items()
    ]
    if wanted.selection is not None:
        said.append(selection_words(ws, wanted.selection))
    text = "，".join(part for part in said if part)
    return f"只列符合筛选的资产：{text}。" if text else ""


def source_gap_words(rows: Iterable[AssetRegisterRow]) -> str:
    """Why the columns of sources do not add up to the original value, where some of it has no source; else empty."""
    short = more = 0
    for row in rows:
        gap = 0 if row.original_value_fen is None else row.original_value_fen - sum(row.funds.values())
        short, more = short + max(gap, 0), more + max(-gap, 0)
    said = []
    if short:
        said.append(f"原始价值中有 {format_yuan(short)} 元没有列资金来源，各来源之和少这些")
    if more:
        said.append(f"有资产列出的来源比原始价值多，共 {format_yuan(more)} 元")
    return "；".join(said) + "。" if said else ""


def default_title(ws: Workspace, category: str = "") -> str:
    """双水镇扶贫（帮扶）项目资产管理台账（经营性资产）."""
    place = place_name(ws)
    kind = f"（{word('asset_category', category)}）" if category else ""
    return f"{place}扶贫（帮扶）项目资产管理台账{kind}"


def place_name(ws: Workspace) -> str:
    """The place a register is for, as a title begins: 双水镇."""
    with ws.register.reading() as sql:
        row = sql.one("SELECT name FROM division WHERE code=? AND removed=0", (ws.division_code,))
    return str(row[0]) if row else re.sub("(人民政府|农业农村局)$", "", ws.unit_name)


def _county_word(ws: Workspace) -> str:
    with ws.register.reading() as sql:
        row = sql.one("SELECT name FROM division WHERE code=? AND removed=0", (ws.division_code[:6],))
    return "区" if row and str(row[0]).endswith("区") else "县"


def _short(text: str | None) -> str | None:
    """综合服务设施（党群服务中心等） → 综合服务设施: the register's narrow column."""
    return re.sub(r"（.*）$", "", text) if text else text


def _notice(value: object) -> str | None:
    return {"yes": "是", "no": "否"}.get(str(value), str(value)) if value else None
