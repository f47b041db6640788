"""The asset card 资产卡片: everything about one asset on one or two pages, with its code and photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.reports.document import (
    Block,
    Document,
    Fact,
    Facts,
    Grid,
    GridColumn,
    Line,
    Picture,
    Pictures,
    Signatures,
    Text,
    heading,
    title,
)


@dataclass(frozen=True)
class CardFact:
    """A caption with its words; `wide` takes the whole row."""

    caption: str
    value: str
    wide: bool = False


@dataclass(frozen=True)
class CardRight:
    """A right on the asset in words: which, who with which share, from when to when, on which paper."""

    kind: str
    holder: str
    share: str
    since: str
    until: str
    source: str


@dataclass(frozen=True)
class CardTable:
    """Any further small table of the card: contracts, inspections, value changes; sums in `foot`."""

    heading: str
    columns: tuple[GridColumn, ...]
    rows: Sequence[Sequence[str]]
    foot: Sequence[str] | None = None


@dataclass(frozen=True)
class AssetCard:
    """What a card shows; money is written out by the caller. `code` is the identifier alone."""

    code: str
    asset_no: str
    name: str
    unit_name: str
    date: str
    facts: Sequence[CardFact]
    values: Sequence[CardFact]
    funds: Sequence[tuple[str, str]]
    funds_total: str
    rights: Sequence[CardRight]
    tables: Sequence[CardTable] = ()
    photos: Sequence[Picture] = ()
    as_of: str = ""
    known_at: str = ""
    digest: str = ""
    made_at: datetime | None = None


_RIGHTS = (
    GridColumn("权利", 1.3, "centre"), GridColumn("权利人", 3.4), GridColumn("份额", 1, "centre"),
    GridColumn("自", 1.3, "centre"), GridColumn("至", 1.3, "centre"), GridColumn("依据文件", 2.6),
)  # fmt: skip


def card_document(card: AssetCard) -> Document:
    """The card as a document."""
    blocks: list[Block] = [
        title("帮扶项目资产卡片"),
        Text(card.name, 13, align="centre", after=10, leading=1.3),
        Line(left=f"资产编号：{card.asset_no or '—'}"),
        Line(left=f"填制单位：{card.unit_name}", after=14),
        Facts(_rows(card.facts)),
        heading("价值"),
        Facts(_rows(card.values)),
    ]
    if card.funds:
        blocks += [
            heading("资金来源"),
            Grid((GridColumn("来源", 3), GridColumn("金额（元）", 2, "right")), list(card.funds),
                 foot=("合计", card.funds_total)),
        ]  # fmt: skip
    if card.rights:
        rights = [(r.kind, r.holder, r.share, r.since or "—", r.until or "至今", r.source) for r in card.rights]
        blocks += [heading("权属"), Grid(_RIGHTS, rights)]
    for table in card.tables:
        if table.rows:
            blocks += [heading(table.heading), Grid(table.columns, table.rows, foot=table.foot)]
    if card.photos:
        blocks += [heading("照片"), Pictures(card.photos)]
    blocks += [Signatures(("填卡人", "管护责任人", "审核人"))]
    return Document(
        title=f"资产卡片 {card.asset_no}".strip(), blocks=blocks, code=card.code, code_caption=card.asset_no,
        footmark=f"填卡日期 {card.date}" + (f" · 数据截至 {card.as_of}" if card.as_of else ""), as_of=card.as_of,
        known_at=card.known_at, digest=card.digest, made_at=card.made_at,
    )  # fmt: skip


def _rows(facts: Sequence[CardFact]) -> list[list[Fact]]:
    """Facts two by two; a wide one stands alone, and a last single one takes the row."""
    rows: list[list[Fact]] = []
    pair: list[CardFact] = []
    for fact in facts:
        if fact.wide:
            if pair:
                rows.append([Fact(pair[0].caption, pair[0].value, 2)])
                pair = []
            rows.append([Fact(fact.caption, fact.value, 2)])
            continue
        pair.append(fact)
        if len(pair) == 2:
            rows.append([Fact(f.caption, f.value) for f in pair])
            pair = []
    if pair:
        rows.append([Fact(pair[0].caption, pair[0].value, 2)])
    return rows
