"""Reads a township's workbook as it is: values, hidden parts, merges, comments and formulas, uninterpreted.

.xlsx/.xlsm: values through calamine, the rest by `sheet_xml`; .xls: values and merged cells; .csv/.txt/.tsv: text
cells in GBK, GB 18030, UTF-8 or UTF-16. Every other or broken, encrypted or oversized file is refused with a sentence
(InputRefused, FileDamaged) and no effect.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_calamine

from desktop.common.bulk import collector_paused
from desktop.common.errors import FileDamaged, InputRefused, XiangceError
from desktop.common.text import decode, map_private
from desktop.exchange.workbook.sheet_xml import (
    LIMITS,
    Limits,
    Range,
    SheetFacts,
    check_archive,
    column_letters,
    column_number,
    sheet_facts,
)

__all__ = ["Progress", "SheetGrid", "Workbook", "column_letters", "column_number", "read_workbook"]

Progress = Callable[[int, int], None]
"""Called with (done, total); may raise `Cancelled` to stop at a safe point."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOTHING = "没有导入任何内容，"
_CSV_BYTES = 512 << 20


@dataclass(slots=True)
class SheetGrid:
    """One sheet as read. `rows` starts at A1; an empty cell is "", a number a float, a date a `datetime` value.

    Row and column arguments are 1-based. `typed` is False for text files, where every cell is text by nature.
    """

    name: str
    rows: list[list[Any]]
    state: str = "visible"
    merged: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_cols: set[int] = field(default_factory=set)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    typed: bool = True

    @property
    def n_rows(self) -> int:
        return len(self.rows)

    @property
    def n_cols(self) -> int:
        return max(map(len, self.rows), default=0)

    def value(self, row: int, col: int) -> Any:
        """The value at a 1-based place, "" outside the sheet or when empty."""
        if 1 <= row <= len(self.rows):
            cells = self.rows[row - 1]
            if 1 <= col <= len(cells):
                return cells[col - 1]
        return ""

    def column(self, col: int, rows: Iterable[int]) -> list[Any]:
        """The values of one column at the given 1-based rows."""
        at = col - 1
        cells = self.rows
        return [r[at] if at < len(r := cells[row - 1]) else "" for row in rows]

    def merge_at(self, row: int, col: int) -> Range | None:
        """The merged range that covers the cell, if any (a linear search)."""
        for r in self.merged:
            if r[0] <= row <= r[2] and r[1] <= col <= r[3]:
                return r
        return None


@dataclass(slots=True)
class Workbook:
    """A file as read: its sheets in order, its name and SHA-256 (hex)."""

    sheets: list[SheetGrid]
    file_name: str
    sha256: str
    encoding: str = ""
    """Of a text file."""

    def sheet(self, name: str) -> SheetGrid:
        """The sheet of that name; KeyError when there is none."""
        for grid in self.sheets:
            if grid.name == name:
                return grid
        raise KeyError(name)


@collector_paused()
def read_workbook(path: Path | str, *, progress: Progress | None = None, limits: Limits = LIMITS) -> Workbook:
    """Read the file. Progress runs over bytes and rows; raises InputRefused, FileDamaged or Cancelled."""
    path = Path(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
            digest = hashlib.file_digest(io.BytesIO(head), "sha256") if size <= len(head) else None
            if digest is None:
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise InputRefused(
            f"无法打开文件“{path.name}”。", hint=_NOTHING + "请检查文件是否存在、是否正被占用。"
        ) from error
    suffix = path.suffix.lower()
    if not size:
        raise FileDamaged("文件是空的。", hint=_NOTHING + "请重新取得该文件。")
    if suffix == ".et":
        raise InputRefused(
            "这是 WPS 表格专用格式（.et），乡册不读取。", hint=_NOTHING + "请在 WPS 中另存为 xlsx 后再导入。"
        )
    if suffix in (".csv", ".txt", ".tsv"):
        if head[:4] == b"PK\x03\x04" or head[:8] == _OLE:
            raise InputRefused(
                "文件扩展名是文本，内容却是工作簿。", hint=_NOTHING + "请把扩展名改回 xlsx 或 xls 后再导入。"
            )
        return _read_csv(path, size, digest.hexdigest(), progress)
    if suffix not in (".xlsx", ".xlsm", ".xls"):
        raise InputRefused(
            f"不支持的文件格式（{suffix or '无扩展名'}）。",
            hint=_NOTHING + "可以导入 xlsx、xls、csv；其他格式请先另存为 xlsx。",
        )
    if head[:4] == b"PK\x03\x04":
        return _read_xlsx(path, digest.hexdigest(), progress, limits)
    if head[:8] == _OLE:
        return _read_ole(path, digest.hexdigest(), progress, limits)
    if head.lstrip()[:1] == b"<":
        raise InputRefused(
            "文件扩展名是工作簿，内容却是网页或 XML。",
            hint=_NOTHING + "请用 Excel 或 WPS 打开后另存为 xlsx。",
        )
    raise FileDamaged(
        "文件内容不是 Excel 工作簿，可能已损坏。", hint=_NOTHING + "请用 Excel 或 WPS 打开检查并另存为 xlsx。"
    )


def _read_xlsx(path: Path, digest: str, progress: Progress | None, limits: Limits) -> Workbook:
    try:
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, limits)
            if not any(n.lower().endswith("workbook.xml") for n in archive.namelist()):
                raise FileDamaged(
                    "压缩包里没有工作簿内容，这不是 xlsx 文件。", hint=_NOTHING + "请另存为 xlsx 后重试。"
                )
            facts = sheet_facts(archive, limits, progress)
    except zipfile.BadZipFile as error:
        raise FileDamaged(
            "工作簿已损坏或不完整，无法读取。",
            hint=_NOTHING + "请用 Excel 或 WPS 打开检查并另存为 xlsx 后重试。",
        ) from error
    sheets = _values(path, progress, facts, limits)
    return Workbook(sheets, path.name, digest)


def _read_ole(path: Path, digest: str, progress: Progress | None, limits: Limits) -> Workbook:
    """An old .xls, or an encrypted .xlsx, which comes in the same container."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _locked()
    return Workbook(_values(path, progress, {}, limits), path.name, digest)


def _locked() -> InputRefused:
    return InputRefused("工作簿设有打开密码，无法读取。", hint=_NOTHING + "请在 Excel 或 WPS 中去掉密码后再导入。")


def _values(path: Path, progress: Progress | None, facts: dict[str, SheetFacts], limits: Limits) -> list[SheetGrid]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError as error:
        raise _locked() from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise _unreadable() from error
    sheets: list[SheetGrid] = []
    seen: dict[str, str] = {}
    keep = seen.setdefault
    try:
        visible = {m.name: m for m in book.sheets_metadata}
        for name in book.sheet_names:
            meta = visible.get(name)
            if meta is not None and meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(name)
            rows: list[list[Any]] = []
            total = sheet.total_height + 1
            lead = sheet.start[1] if sheet.start else 0
            if total * (sheet.total_width + 1) > limits.cells:
                raise InputRefused("表格范围异常，已拒绝读取。", hint=_NOTHING + "请删除多余的空白行列后再试。")
            for row in sheet.iter_rows():
                cells = [keep(v, v) if v.__class__ is str else v for v in row]
                if not facts:  # .xls keeps whole numbers apart; a number is a float here
                    cells = [float(v) if v.__class__ is int else v for v in cells]
                rows.append([""] * lead + cells if lead else cells)
                if progress and not len(rows) % 5000:
                    progress(len(rows), total)
            grid = SheetGrid(name, rows)
            if name in facts:
                fact = facts[name]
                grid.state, grid.merged, grid.comments = fact.state, fact.merged, fact.comments
                grid.hidden_rows, grid.hidden_cols, grid.formulas = (
                    fact.hidden_rows,
                    fact.hidden_cols,
                    fact.formulas,
                )
            else:
                hidden = meta is not None and meta.visible != python_calamine.SheetVisibleEnum.Visible
                grid.state = "hidden" if hidden else "visible"
                ranges = sheet.merged_cell_ranges or []
                grid.merged = [(a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in ranges]
            sheets.append(grid)
            del sheet
    except (KeyboardInterrupt, SystemExit, XiangceError):
        raise
    except BaseException as error:
        raise _unreadable() from error
    finally:
        book.close()
    if not sheets:
        raise FileDamaged("工作簿里没有工作表。", hint=_NOTHING + "请检查文件。")
    return sheets


def _unreadable() -> FileDamaged:
    return FileDamaged(
        "工作簿已损坏或格式特殊，无法读取。",
        hint=_NOTHING + "请用 Excel 或 WPS 打开检查并另存为 xlsx 后重试。",
    )


def _read_csv(path: Path, size: int, digest: str, progress: Progress | None) -> Workbook:
    if size > _CSV_BYTES:
        raise InputRefused("文本文件过大（超过 512 MB）。", hint=_NOTHING + "请拆分后再导入。")
    text, encoding = decode(path.read_bytes())
    text = map_private(text)
    delimiter = _delimiter(text[:65536])
    rows: list[list[Any]] = []
    seen: dict[str, str] = {}
    keep = seen.setdefault
    total = max(1, text.count("\n"))
    try:
        csv.field_size_limit(1 << 20)
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=False):
            rows.append([keep(v, v) for v in map(_unwrap, row)])
            if progress and not len(rows) % 5000:
                progress(len(rows), total)
    except csv.Error as error:
        raise FileDamaged(
            "CSV 内容不完整或引号不配对，无法读取。", hint=_NOTHING + "请用 Excel 或 WPS 打开后另存为 xlsx。"
        ) from error
    return Workbook([SheetGrid(path.stem, rows, typed=False)], path.name, digest, encoding)


_WRAPPED = re.compile(r'="(.*)"')


def _unwrap(cell: str) -> str:
    """`="360…"`, the way exporters keep digits as text, is just the text."""
    if cell.startswith('="') and (match := _WRAPPED.fullmatch(cell)):
        return match[1]
    return cell


def _delimiter(sample: str) -> str:
    """The separator that splits most lines into the same number of columns; a comma when there is none."""
    lines = [line for line in sample.splitlines()[:60] if line.strip()]
    best, score = ",", 0.0
    for mark in (",", "\t", ";", "|", "，"):
        counts = [line.count(mark) for line in lines]
        if not counts or not max(counts):
            continue
        common = max(set(counts) - {0}, key=counts.count)
        agreeing = counts.count(common) / len(counts)
        if agreeing * min(common, 40) > score:
            best, score = mark, agreeing * min(common, 40)
    return best
