"""年度评估材料 of a place: cover, contents, a page of figures beside last year's, and the lists that prove them.

As a PDF or as a workbook with a sheet for each list; years of a summing-up 五年总结 stand side by side. Every sum of
the figures is proved against the lists while they are laid out; a pack that does not tie out is not written.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from desktop.app.annual.annual_book import PACK_TABLES, PackPlace, YearBook, pack_place, places_below, year_books
from desktop.app.annual.annual_figures import Figure, difference, figures_of, shown
from desktop.app.annual.annual_lists import PACK_LISTS, pack_table
from desktop.app.annual.assessing import checked_year
from desktop.app.papers.list_rows import Names
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.past_reading import known_words, reading_at
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import UsageError
from desktop.registry.assessment import years_without
from desktop.reports.document import (
    Block,
    Document,
    Fact,
    Facts,
    Gap,
    Grid,
    GridColumn,
    Signatures,
    Text,
    heading,
    title,
)
from desktop.reports.fonts import Style
from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_model import (
    A4_LANDSCAPE,
    A4_PORTRAIT,
    Align,
    Column,
    Kind,
    NothingToPrint,
    SourceChanged,
    Table,
    TableRow,
    Words,
)
from desktop.reports.table_workbook import write_workbook
from desktop.reports.volume import PrintedPart, VolumePart, write_volume

Progress = Callable[[int, int], None]
MOST_YEARS = 6


@dataclass
class Pack:
    """Everything of a pack before it is laid out."""

    place: PackPlace
    books: list[YearBook]
    """Of one year: the year before and the year; of a summing-up all its years."""
    figures: list[Figure]
    summing_up: bool
    names: Names
    """What references are called, as known at the same moment."""
    missing: dict[int, int]
    """Years without a decided assessment: of the place (or the town it is assessed with), or of so many below it."""
    known_at: str | None = None
    """The moment up to which statements count (ISO; a day means its end); None is now."""

    @property
    def years(self) -> list[int]:
        """The years the pack is about."""
        return [b.year for b in self.books] if self.summing_up else [self.books[-1].year]

    def missing_words(self) -> str:
        """The years without an assessment: 2021 年、2023 年（3 个地区）; "" when there are none."""
        county = self.place.level == "county"
        return "、".join(f"{y} 年（{n} 个地区）" if county or n > 1 else f"{y} 年" for y, n in self.missing.items())

    @property
    def name(self) -> str:
        """What stands on the cover and in the log."""
        years = self.years
        if self.summing_up:
            return f"{self.place.name}{years[0]}—{years[-1]}年帮扶项目资产总结评估材料"
        return f"{self.place.name}{years[0]}年度帮扶项目资产评估材料"


@dataclass(frozen=True)
class MadePack:
    """A pack as a file in memory: pages (0 of a workbook), rows of its lists, which part stands where."""

    data: bytes
    pages: int
    rows: int
    parts: tuple[PrintedPart, ...] = ()


def prepare_pack(
    ws: Workspace, division: str, first: int | str, last: int | str | None = None, known_at: str | None = None
) -> Pack:
    """Read what a pack needs: of one year, or with `last` a summing-up of several.

    As this register knows it, or knew it at a moment. Raises UsageError, NotAllowed.
    """
    ws.require("print")
    place = pack_place(ws, division)
    start = checked_year(first)
    end = start if last is None else checked_year(last)
    if last is not None and not 1 < end - start + 1 <= MOST_YEARS:
        raise UsageError(f"总结要有 2 到 {MOST_YEARS} 年，从 {start} 到 {end} 不行。")
    years = range(start, end + 1)
    with reading_at(ws, PACK_TABLES, known_at) as sql:
        books = year_books(ws, sql, place, list(years) if last is not None else [start - 1, start], known_at)
        missing = years_without(sql, place.code, list(years))
        names = Names(ws, sql if known_at else None)
        if known_at:
            names.read_all(PACK_TABLES)
    return Pack(place, books, figures_of(place, books), last is not None, names, missing, known_at or None)


def pack_pdf(ws: Workspace, pack: Pack, progress: Progress | None = None) -> MadePack:
    """The pack as a PDF in memory. Raises GlyphMissing, SourceChanged (a figure is not its list's sum), Cancelled."""
    tables = _tables(ws, pack)
    _refuse_empty(pack)
    now = datetime.now(UTC)
    digest = ws.register.digest()
    last = pack.books[-1].period.last
    origin = Origin(pack.name, now, last, known_words(pack.known_at, now), digest)
    figures = Document("主要指标", _figure_blocks(pack), paper=A4_LANDSCAPE if pack.summing_up else A4_PORTRAIT)
    parts = [VolumePart("主要指标", figures)]
    for heading_, counted, table in tables:
        rows = len(list(table.rows)) if table is not None else 0
        note = f"{rows:,} {counted}" if rows else "没有记录"
        parts.append(VolumePart(heading_, table, note))
    stream = io.BytesIO()
    printed = write_volume(_cover(ws, pack, now, digest), parts, origin, stream, progress=progress)
    _prove(pack, printed)
    rows = sum(p.table.rows for p in printed if p.table is not None)
    return MadePack(stream.getvalue(), sum(p.pages for p in printed) + 2, rows, tuple(printed))


def pack_workbook(ws: Workspace, pack: Pack) -> MadePack:
    """The same as a workbook in memory: the figures as numbers, then a sheet for each list. Raises NotAllowed."""
    ws.require("plain-export")
    _refuse_empty(pack)
    tables = [(name, table) for name, _, table in _tables(ws, pack) if table is not None]
    sheets = [*_figure_sheets(ws, pack), *tables]
    stream = io.BytesIO()
    write_workbook(sheets, stream)
    return MadePack(stream.getvalue(), 0, sum(len(list(table.rows)) for _, table in tables))


def write_pack(ws: Workspace, pack: Pack, target: Path, progress: Progress | None = None) -> MadePack:
    """Write a pack to a file, a workbook when its name ends in .xlsx; logged. Raises as above, StorageFailed."""
    made = pack_workbook(ws, pack) if target.suffix.lower() == ".xlsx" else pack_pdf(ws, pack, progress)
    with ws.register.storage_errors():
        write_atomically(target, made.data)
    log_plain_export(ws, "print annual", pack.name, pack_columns(pack), made.rows, file=target)
    return made


@dataclass(frozen=True)
class PlacePacks:
    """Packs written for the places below one: their files, and the places that have no record."""

    files: tuple[Path, ...]
    empty: tuple[str, ...]


def write_packs(
    ws: Workspace, division: str, first: int | str, last: int | str | None, folder: Path,
    progress: Progress | None = None, known_at: str | None = None,
) -> PlacePacks:  # fmt: skip
    """One PDF for each town of a county (village of a town) in a folder; each is logged. Raises as `write_pack`.

    A file that is there is replaced. Places without a record in these years get none.
    """
    place = pack_place(ws, division)
    codes = places_below(ws, place)
    if not codes:
        raise UsageError(f"{place.name}下面没有镇村，没有生成文件。")
    if not folder.is_dir():
        raise UsageError(f"没有文件夹 {folder.name}，没有写出。")
    files, empty = [], []
    for at, code in enumerate(codes):
        if progress:
            progress(at, len(codes))
        pack = prepare_pack(ws, code, first, last, known_at)
        target = folder / f"{code} {pack.name}.pdf"
        try:
            write_pack(ws, pack, target)
        except NothingToPrint:
            empty.append(pack.place.name)
        else:
            files.append(target)
    if progress:
        progress(len(codes), len(codes))
    return PlacePacks(tuple(files), tuple(empty))


def pack_columns(pack: Pack) -> list[str]:
    """What a pack shows, for the export log: the keys of its lists."""
    return [f"{key}.{years}" for key, years, _ in _chosen(pack)]


# -- lists ---------------------------------------------------------------------------------------------------------


def _chosen(pack: Pack) -> list[tuple[str, str, YearBook]]:
    """(list, years in words, book): of a year all lists; of a summing-up the assessments of all its years in one list
    and each year's problems, while the others stand in the papers of the years."""
    if not pack.summing_up:
        return [(key, str(pack.books[-1].year), pack.books[-1]) for key in PACK_LISTS]
    together = replace(pack.books[-1], assessments=[a for b in pack.books for a in b.assessments], sums={})
    return [
        ("assessments", f"{pack.years[0]}—{pack.years[-1]}", together),
        *(("findings", str(b.year), b) for b in pack.books),
    ]


def _tables(ws: Workspace, pack: Pack) -> list[tuple[str, str, Table | None]]:
    """(title in the contents, measure word, table or None) of each list."""
    names = pack.names
    head = _words(ws, pack)
    out = []
    for key, years, book in _chosen(pack):
        wanted = PACK_LISTS[key]
        name = f"{years}年{wanted.title}" if pack.summing_up else wanted.title
        out.append((name, wanted.counted, pack_table(wanted, book, names, pack.place, years, head)))
    return out


def _words(ws: Workspace, pack: Pack) -> Words:
    last = pack.books[-1].period.last
    known = f"，含 {known_words(pack.known_at, datetime.now(UTC))} 前的变更" if pack.known_at else ""
    return Words("", left=f"填报单位：{ws.unit_name}", footmark=f"数据截至 {last}{known}")


def _refuse_empty(pack: Pack) -> None:
    """NothingToPrint when the place has no record in any of the years; that it was not assessed is no record."""
    for book in pack.books[0 if pack.summing_up else 1 :]:
        if any(not line.lacks for line in book.assessments):
            return
        if any(wanted.rows(book) for key, wanted in PACK_LISTS.items() if key not in ("assessments", "places")):
            return
    raise NothingToPrint


def _prove(pack: Pack, printed: Sequence[PrintedPart]) -> None:
    """Every column sum of every printed list is what the figures said of it; SourceChanged otherwise."""
    for (key, _, book), part in zip(_chosen(pack), printed[1:], strict=True):
        if part.table is None:
            continue
        wanted = PACK_LISTS[key]
        sums = {c.key: book.sums.get((key, c.key), wanted.total(book, c.key)) for c in wanted.sums(book)}
        if part.table.rows != wanted.count(book) or any((part.table.sums[k] or 0) != v for k, v in sums.items()):
            raise SourceChanged
        if key == "places":  # its columns are the figures of the whole place, parted
            for column, total in sums.items():
                listed, _, summed = column.partition(".")
                whole = PACK_LISTS[listed]
                if total != (whole.total(book, summed) if summed else whole.count(book)):
                    raise SourceChanged


# -- cover and figures ---------------------------------------------------------------------------------------------


def _cover(ws: Workspace, pack: Pack, now: datetime, digest: str) -> Document:
    local = now.astimezone()
    book = pack.books[-1]
    years = f"{pack.years[0]} 年" if not pack.summing_up else f"{pack.years[0]} 年至 {pack.years[-1]} 年"
    until = book.period.last if book.whole else f"{book.period.last}（本年还没有过完）"
    facts = [
        ("编制单位", ws.unit_name), ("评估范围", pack.place.path), ("评估年度", years),
        ("数据截至", until), ("含此时前的变更", known_words(pack.known_at, now)),
        ("编制日期", f"{local.year}年{local.month}月{local.day}日"), ("编制人", ws.user),
    ]  # fmt: skip
    if not pack.summing_up:
        own = next(
            (a for a in book.assessments if a.code == pack.place.code and a.kind == "annual" and not a.lacks), None
        )
        if own is not None:
            said = "，".join(w for w in (own.state_word, own.grade, f"{own.score} 分" if own.score else "") if w)
            facts.append(("年度评估", said))
    return Document(
        pack.name,
        [
            Gap(110), title(pack.place.name, 24),
            title(f"{years.replace(' ', '')}帮扶项目资产{'总结' if pack.summing_up else '年度'}评估材料", 22), Gap(70),
            Facts([[Fact(caption, value)] for caption, value in facts], parts=1, caption_width=96, size=12), Gap(10),
            Text(f"登记册摘要 {digest}", 8, Style.SANS, after=2),
            Text("登记册摘要相同，数字就相同。各年的年度评估材料附有清单，指标是清单的合计。" if pack.summing_up else
                 "登记册摘要相同，数字就相同。指标页的每个数都是后面清单的合计。", 9, before=4),
            Signatures(("编制人", "审核人", "单位负责人"), before=60),
        ],
        paper=A4_PORTRAIT, numbered=False,
    )  # fmt: skip


def _figure_blocks(pack: Pack) -> list[Block]:
    blocks: list[Block] = [title(f"{pack.place.name}主要指标", 16)]
    if pack.missing and pack.summing_up:
        blocks.append(Text(f"没有评定结果的年度：{pack.missing_words()}。", 10, indent=2))
    if not pack.books[-1].whole:
        last = pack.books[-1]
        blocks.append(Text(f"{last.year} 年还没有过完，数字截至 {last.period.last}。", 10, indent=2))
    for section in dict.fromkeys(f.section for f in pack.figures):
        lines = [f for f in pack.figures if f.section == section]
        blocks += [heading(section), _years_grid(pack, lines) if pack.summing_up else _two_years_grid(pack, lines)]
    notes = "增减是本年减去上年；比例的增减是百分点，按没有舍入的比例计算。“—”表示没有或不知道。"
    if pack.summing_up:
        notes = "合计是各年发生数之和；增减是最后一年减去第一年。“—”表示没有或不知道。"
    return [*blocks, Text(notes, 9, before=6)]


def _named(figure: Figure) -> str:
    unit = "元" if figure.kind == "fen" else figure.unit
    return f"{figure.label}（{unit}）" if unit else figure.label


def _two_years_grid(pack: Pack, lines: Sequence[Figure]) -> Grid:
    before, now = pack.books
    columns = [
        GridColumn("指标", 2.4), GridColumn(f"{now.year} 年", 1.5, "right"),
        GridColumn(f"{before.year} 年", 1.5, "right"), GridColumn("增减", 1.5, "right"), GridColumn("见清单", 1.5),
    ]  # fmt: skip
    rows = []
    for figure in lines:
        mine, theirs = figure.of(now), figure.of(before)
        rows.append((
            _named(figure), shown(figure, mine), shown(figure, theirs), difference(figure, mine, theirs),
            PACK_LISTS[figure.key].title,
        ))  # fmt: skip
    return Grid(columns, rows)


def _years_grid(pack: Pack, lines: Sequence[Figure]) -> Grid:
    columns = [GridColumn("指标", 2.0), *(GridColumn(f"{b.year} 年", 1.2, "right") for b in pack.books)]
    columns += [GridColumn("合计", 1.3, "right"), GridColumn("增减", 1.2, "right")]
    rows = []
    for figure in lines:
        values = [figure.of(book) for book in pack.books]
        total = sum(int(v) for v in values if isinstance(v, int)) if figure.flow else None
        change = difference(figure, values[-1], values[0])
        rows.append((_named(figure), *(shown(figure, v) for v in values),
                     shown(figure, total) if figure.flow else "", change))  # fmt: skip
    return Grid(columns, rows, size=8.5)


def _figure_sheets(ws: Workspace, pack: Pack) -> list[tuple[str, Table]]:
    """The figures as numbers: amounts, counts, and what is no number."""
    sheets = []
    for name, kinds, cell in (
        ("主要指标（金额）", ("fen",), Kind.YUAN), ("主要指标（数量）", ("count",), Kind.COUNT),
        ("主要指标（比例和评定）", ("share", "text"), Kind.TEXT),
    ):  # fmt: skip
        lines = [f for f in pack.figures if f.kind in kinds]
        books = pack.books if pack.summing_up else pack.books[::-1]
        columns = [
            Column("类别", weight=1, least=8), Column("指标", weight=2, least=10),
            *(Column(f"{b.year}年", cell, least=8, align=Align.LEFT) for b in books),
            Column("增减", cell, least=8),
            Column("见各年清单" if pack.summing_up else "见清单", weight=1, least=8),
        ]  # fmt: skip
        rows = []
        for at, figure in enumerate(lines, 1):
            values = [figure.of(b) for b in books]
            now, before = (values[-1], values[0]) if pack.summing_up else (values[0], values[1])
            if cell is Kind.TEXT:
                cells: list[str | int | None] = [shown(figure, v) for v in values]
                cells.append(difference(figure, now, before))
            else:
                cells = [None if v is None or isinstance(v, str | Fraction) else int(v) for v in values]
                known = isinstance(now, int) and isinstance(before, int)
                cells.append(int(now) - int(before) if known else None)  # type: ignore[arg-type]
            rows.append(TableRow(None, f"第 {at} 行", (
                figure.section, figure.label.strip() + (f"（{figure.unit}）" if figure.unit else ""), *cells,
                PACK_LISTS[figure.key].title,
            )))  # fmt: skip
        words = Words(
            f"{pack.name}：{name}", left=f"填报单位：{ws.unit_name}", right="单位：元" if cell is Kind.YUAN else "",
            group_sums=False, grand_total=False,
        )  # fmt: skip
        if rows:
            sheets.append((name, Table(words, columns, rows)))
    return sheets
