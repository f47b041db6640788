"""Papers of single assets: cards with photos and code, labels for the plates; made from the records, logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from desktop.app.papers.asset_selection import AssetSelection, selected_assets
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records.attaching import attachments_of
from desktop.app.records.details import AssetDetail, asset_detail
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan
from desktop.insight.asset_ledger import AssetLedger, LedgerQuery, built_words, contract_words
from desktop.insight.value_ledger import sources_on
from desktop.registry.codelists import word
from desktop.registry.labels import label
from desktop.reports.asset_card import AssetCard, CardFact, CardRight, card_document
from desktop.reports.document import Document, Picture
from desktop.reports.document_layout import write_documents
from desktop.reports.label_sheet import SHEETS, Label, LabelSheet, write_labels
from desktop.reports.table_model import NothingToPrint

PICTURE_TYPES = ("image/jpeg", "image/png")
MOST_PHOTOS = 6
Progress = Callable[[int, int], None]

_FACTS = (
    "category", "subcategory", "project_name", "project_year", "fund_doc_no", "spec", "built_date", "address",
    "competent_dept", "operation_mode", "keeper", "supervisor", "status", "confirm_doc_no", "cert_no", "ledger_system",
    "linkage_mode", "admin_unit", "admin_person",
)  # fmt: skip
_WIDE = {"address", "status_reason", "note"}


@dataclass(frozen=True)
class AssetChoice:
    """Which assets: given ones, or those of a division, a category and exact column values."""

    ids: Sequence[str] = ()
    division: str = ""
    category: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    selection: AssetSelection | None = None
    """A list's filter and order, or ticked records."""


def chosen_assets(ws: Workspace, choice: AssetChoice) -> list[str]:
    """Their ids in print order (village, number). UsageError for an unknown field."""
    if choice.ids:
        return list(choice.ids)
    spec = ws.register.table("asset")
    for column in choice.where:
        if column not in spec.by_column:
            raise UsageError(f"资产没有字段 {column}。")
    chosen = choice.selection
    query = LedgerQuery(
        choice.division, choice.category, dict(choice.where), only=selected_assets(ws, chosen) if chosen else None,
        in_their_order=bool(chosen and not chosen.by_village),
    )  # fmt: skip
    return list(AssetLedger(ws.register, query).ids)


def card_of(ws: Workspace, asset_id: str, *, as_of: str | None = None, photos: bool = True) -> Document:
    """One asset's card; with `as_of` (ISO) the rights of that day. UsageError when there is no such asset."""
    detail = asset_detail(ws, asset_id, as_of=as_of)
    if detail is None:
        raise UsageError("没有这项资产，可能已被撤回；请刷新列表。")
    now = datetime.now(UTC)
    local = now.astimezone()
    with ws.register.reading() as sql:
        sources = sources_on(sql, as_of or f"{local:%Y-%m-%d}", asset_id) or detail.fund_parts
    return card_document(
        AssetCard(
            code=asset_id, asset_no=str(detail.values.get("asset_no") or ""), name=detail.name,
            unit_name=ws.unit_name, date=f"{local:%Y-%m-%d}", facts=_facts(detail), values=_values(detail),
            funds=[(source, format_yuan(fen)) for source, fen in sources],
            funds_total=format_yuan(sum(fen for _, fen in sources)), rights=_rights(detail),
            photos=_photos(ws, detail) if photos else (), as_of=as_of or f"{local:%Y-%m-%d}",
            known_at=f"{local:%Y-%m-%d %H:%M}", made_at=now,
        )
    )  # fmt: skip


def write_cards(ws: Workspace, target: Path, choice: AssetChoice, *, as_of: str | None = None) -> tuple[int, int]:
    """Print cards into one PDF file; how many cards and pages. Logged.

    Raises NothingToPrint, GlyphMissing, NotAllowed, UsageError, StorageFailed.
    """
    data, cards, pages = cards_pdf(ws, choice, as_of=as_of)
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, "print asset-card", "资产卡片", ["asset card"], cards, file=target)
    return cards, pages


def cards_pdf(
    ws: Workspace, choice: AssetChoice, *, as_of: str | None = None, progress: Progress | None = None
) -> tuple[bytes, int, int]:
    """The same in memory: the PDF, how many cards, how many pages; `progress` may stop it."""
    ws.require("print")
    ids = chosen_assets(ws, choice)
    if not ids:
        raise NothingToPrint
    stream = BytesIO()

    def cards() -> Iterator[Document]:
        for done, asset in enumerate(ids):
            if progress is not None:
                progress(done, len(ids))
            yield card_of(ws, asset, as_of=as_of)

    pages = write_documents(cards(), stream)
    return stream.getvalue(), len(ids), pages


def write_label_sheets(
    ws: Workspace, target: Path, choice: AssetChoice, *, sheet: str = "3x8", start: int = 1
) -> tuple[int, int]:
    """Print labels into a PDF file; how many labels and pages. Logged. Raises as `write_cards`."""
    data, count, pages = labels_pdf(ws, choice, sheet=sheet, start=start)
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, "print labels", "资产标签", ["name", "asset_no", "village", "owner"], count, file=target)
    return count, pages


def labels_pdf(ws: Workspace, choice: AssetChoice, *, sheet: str = "3x8", start: int = 1) -> tuple[bytes, int, int]:
    """The same in memory: the PDF, how many labels, how many pages."""
    ws.require("print")
    ids = chosen_assets(ws, choice)
    stream = BytesIO()
    pages = write_labels(_labels(ws, ids), sheet_named(sheet), stream, start=start, unit_name=ws.unit_name)
    return stream.getvalue(), len(ids), pages


def sheet_named(name: str) -> LabelSheet:
    """A label sheet by name; UsageError names those there are."""
    if name not in SHEETS:
        known = "、".join(f"{key}（{sheet.name}）" for key, sheet in SHEETS.items())
        raise UsageError(f"没有标签纸 {name}；可用的：{known}。")
    return SHEETS[name]


def _labels(ws: Workspace, ids: Sequence[str]) -> Iterator[Label]:
    ledger = AssetLedger(ws.register, LedgerQuery())
    ledger.ids = list(ids)
    for entry in ledger:
        values = entry.values
        yield Label(
            str(values["id"]), str(values.get("asset_no") or ""), str(values.get("name") or ""), entry.village,
            entry.holders.get("ownership", ""), str(values.get("keeper") or ""),
        )  # fmt: skip


def _facts(detail: AssetDetail) -> list[CardFact]:
    values, words = detail.values, detail.words
    facts = [CardFact("坐落村", detail.village)]
    if values.get("quantity"):
        facts.append(CardFact("数量", f"{values['quantity']} {values.get('unit') or ''}".strip()))
    for column in _FACTS:
        shown = built_words(values) if column == "built_date" else words.get(column)
        if shown:
            facts.append(CardFact(label("asset", column), str(shown), column in _WIDE))
    contract = contract_words(values)
    said = "　".join(str(x) for x in (values.get("contract_no"), contract) if x)
    if said:
        facts.append(CardFact("合同", said, True))
    for column in ("status_reason", "note"):
        if words.get(column):
            facts.append(CardFact(label("asset", column), str(words[column]), True))
    return facts


def _values(detail: AssetDetail) -> list[CardFact]:
    """The values of the card's day, as every list and ledger of that day has them: 原值 − 折旧 − 减值 = 净值."""
    values = dict(detail.values)
    worth, impaired = detail.worth, 0
    if worth is not None and worth.original is not None:
        impaired = worth.impairment or 0
        worn = worth.depreciation if worth.depreciation or values.get("depreciation_fen") is not None else None
        values |= {"original_value_fen": worth.original, "depreciation_fen": worn, "net_value_fen": worth.net}
    facts = [
        CardFact(label("asset", c), format_yuan(int(values[c])))
        for c in ("original_value_fen", "depreciation_fen")
        if values.get(c) is not None
    ]
    if impaired:
        facts.append(CardFact("减值准备（元）", format_yuan(impaired)))
    facts += [
        CardFact(label("asset", c), format_yuan(int(values[c])))
        for c in ("net_value_fen", "expected_income_fen", "actual_income_fen", "keep_fund_fen")
        if values.get(c) is not None
    ]
    return facts


def _with_level(name: str, level: str) -> str:
    """A holder with the level of ownership, whose own brackets are not set within brackets."""
    return f"{name}（{level.replace('（', '，').rstrip('）')}）" if level else name


def _rights(detail: AssetDetail) -> list[CardRight]:
    return [
        CardRight(word("rights", right.kind), _with_level(holder.name, holder.level),
                  holder.fraction, right.valid_from, right.valid_to, right.source_doc)
        for right in detail.rights
        if not right.withdrawn
        for holder in right.holders
    ]  # fmt: skip


def _photos(ws: Workspace, detail: AssetDetail) -> list[Picture]:
    read = ws.register.read_attachment
    if read is None:
        return []
    pictures = [a for a in attachments_of(ws, detail.id) if a.mime in PICTURE_TYPES][:MOST_PHOTOS]
    return [Picture(read(a.sha256), a.name) for a in pictures]
