"""What a values-only reader does not see in an .xlsx: hidden rows and columns, merges, comments, formulas.

The sheet parts are scanned as bytes in blocks, not parsed cell by cell, so a sheet of 100,000 × 40 costs under
a second and a bounded amount of memory. Everything is limited (`Limits`): a file that unpacks to more is refused.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree import ElementTree

from desktop.common.errors import FileDamaged, InputRefused

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, all 1-based and included."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"

_BLOCK = 1 << 20
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_TAG = re.compile(rb"<(?:\w+:)?(\w+)")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_CELL_REFERENCE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_FORMULA = re.compile(rb"[<:]f\b([^>]*?)(?:/>|>([^<]*)</)")
_PLAIN_FORMULA = re.compile(rb'<c r="([A-Z]{1,3})([0-9]+)"[^<>]*><f>([^<]*)</f>')
_PREFIXED = re.compile(rb'xmlns:\w+="http://[\w./]*/spreadsheetml/(?:2006/)?main"')
_FAR_COLUMN = re.compile(rb'r="([A-Z]{3}|[B-Z][A-Z])[0-9]')
"""Columns from BA on; nearer ones cannot make a sheet too large."""
_REFERENCE = re.compile(r"(\$?)([A-Z]{1,3})(\$?)([0-9]+)(?![0-9(A-Za-z_.])")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most; a file beyond is refused with its own sentence."""

    unpacked_bytes: int = 3 << 30
    ratio: int = 400
    """Unpacked to packed size; only looked at above 64 MB unpacked."""
    parts: int = 20_000
    cells: int = 60_000_000
    """Cells of one sheet's used rectangle: a reader allocates it whole."""


LIMITS = Limits()


@dataclass(slots=True)
class SheetFacts:
    """The facts of one sheet beside its values; rows and columns are 1-based."""

    state: str = "visible"
    merged: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_cols: set[int] = field(default_factory=set)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)


def column_number(letters: str) -> int:
    """`A` → 1, `AA` → 27."""
    number = 0
    for c in letters:
        number = number * 26 + ord(c) - 64
    return number


def column_letters(number: int) -> str:
    """1 → `A`, 27 → `AA`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _damaged() -> FileDamaged:
    return FileDamaged(
        "工作簿已损坏或不完整，无法读取。",
        hint="没有导入任何内容，请用 Excel 或 WPS 打开检查并另存为 xlsx 后重试。",
    )


def _too_large() -> InputRefused:
    return InputRefused(
        "工作簿解压后过大或表格范围异常，已拒绝读取。",
        hint="没有导入任何内容，请删除多余的空白行列后另存为 xlsx 再试。",
    )


def check_archive(archive: zipfile.ZipFile, limits: Limits = LIMITS) -> None:
    """Refuse an archive that would unpack to more than the limits allow (InputRefused)."""
    entries = archive.infolist()
    unpacked = sum(e.file_size for e in entries)
    packed = sum(e.compress_size for e in entries)
    if len(entries) > limits.parts or unpacked > limits.unpacked_bytes:
        raise _too_large()
    if unpacked > 64 << 20 and unpacked > packed * limits.ratio:
        raise _too_large()
    if any(e.flag_bits & 1 for e in entries):
        raise InputRefused("工作簿压缩包带有密码，无法读取。", hint="没有导入任何内容，请去掉密码后再导入。")


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    info = archive.getinfo(name)
    if info.file_size > 64 << 20:
        raise _too_large()
    data = archive.read(name)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise _damaged()
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise _damaged() from error


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relations of a part: id → (type's last word, target part)."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    found: dict[str, tuple[str, str]] = {}
    for item in _xml(archive, relations).iter(_REL + "Relationship"):
        target = item.get("Target", "")
        target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[item.get("Id", "")] = (item.get("Type", "").rpartition("/")[2], target)
    return found


def sheet_facts(
    archive: zipfile.ZipFile, limits: Limits = LIMITS, progress: Callable[[int, int], None] | None = None
) -> dict[str, SheetFacts]:
    """The facts of every worksheet by its name, in workbook order.

    Raises FileDamaged for a broken file, InputRefused for one beyond the limits.
    """
    try:
        return _sheet_facts(archive, limits, progress)
    except (KeyError, zipfile.BadZipFile, EOFError, UnicodeDecodeError, ValueError, OSError) as error:
        raise _damaged() from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise _damaged() from error
        raise


def _sheet_facts(
    archive: zipfile.ZipFile, limits: Limits, progress: Callable[[int, int], None] | None
) -> dict[str, SheetFacts]:
    root = next((t for kind, t in _relations(archive, "").values() if kind == "officeDocument"), "xl/workbook.xml")
    relations = _relations(archive, root)
    workbook = _xml(archive, root)
    result: dict[str, SheetFacts] = {}
    sheets = [e for e in workbook.iter() if e.tag in (_MAIN + "sheet", _STRICT + "sheet")]
    total = sum(archive.getinfo(t).file_size for k, t in relations.values() if k == "worksheet")
    done = 0
    for sheet in sheets:
        link = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
        kind, part = relations.get(link, ("", ""))
        if kind != "worksheet":
            continue
        facts = SheetFacts(state="visible" if sheet.get("state", "visible") == "visible" else "hidden")
        last_row, far = 0, 1
        prefixed: bool | None = None
        for block in _blocks(archive, part, limits):
            done += min(len(block), _BLOCK)
            if progress:
                progress(min(done, total), total)
            if prefixed is None:
                prefixed = _PREFIXED.search(block, 0, 8192) is not None
            _scan(block, facts, prefixed)
            last_row, far = _extent(block, last_row, far)
        # the values reader allocates the whole rectangle: refuse a stray cell far away before it does
        if last_row > 1_048_576 or far > 16384 or last_row * far > limits.cells:
            raise _too_large()
        for relation, target in _relations(archive, part).values():
            if relation == "comments" and target in archive.namelist():
                facts.comments = _comments(archive, target)
        _unshare(facts)
        result[sheet.get("name", "")] = facts
    return result


def _blocks(archive: zipfile.ZipFile, part: str, limits: Limits) -> Iterator[bytes]:
    """The part in blocks that never cut a cell: each ends behind the last `</row>` or `</c>` so far."""
    rest, size = b"", 0
    with archive.open(part) as file:
        while chunk := file.read(_BLOCK):
            size += len(chunk)
            if size > limits.unpacked_bytes:
                raise _too_large()
            chunk = rest + chunk
            cut = chunk.rfind(b"row>")
            if cut < 0:
                cut = chunk.rfind(b"</c>")
            if cut < 0:
                if len(chunk) > 64 * _BLOCK:
                    raise _damaged()
                rest = chunk
                continue
            cut = chunk.index(b">", cut) + 1
            rest = chunk[cut:]
            yield chunk[:cut]
    yield rest


def _scan(block: bytes, facts: SheetFacts, prefixed: bool) -> None:
    """Add what the block says; found by searching for marks, since looking at every cell would cost seconds.

    `prefixed`: elements may be written with a namespace prefix (`<x:c>`).
    """
    at = block.find(b"hidden=")
    while at >= 0:
        start = block.rfind(b"<", 0, at)
        end = block.find(b">", at)
        tag = _TAG.match(block, start)
        attributes = dict(_ATTRIBUTE.findall(block[start:end]))
        if attributes.get(b"hidden") in (b"1", b"true"):
            if tag and tag[1] == b"row" and b"r" in attributes:
                facts.hidden_rows.add(int(attributes[b"r"]))
            elif tag and tag[1] == b"col":
                first, last = int(attributes.get(b"min", b"1")), int(attributes.get(b"max", b"1"))
                facts.hidden_cols.update(range(first, min(last, first + 16384) + 1))
        at = block.find(b"hidden=", max(end, at + 1))
    if b"mergeCell" in block:
        for match in _MERGE.finditer(block):
            c1, r1, c2, r2 = (x.decode() for x in match.groups())
            facts.merged.append((int(r1), column_number(c1), int(r2), column_number(c2)))
    _formulas(block, facts)
    if prefixed:
        at = block.find(b":f")
        while at >= 0:
            if block[at + 2 : at + 3] in (b">", b" ", b"/"):
                _formula(block, at, facts)
            at = block.find(b":f", at + 2)


def _formulas(block: bytes, facts: SheetFacts) -> None:
    """The formulas of the block; nearly all are `<c r="…"…><f>…</f>`, which one look takes in."""
    find, before, match, formulas = block.find, block.rfind, _PLAIN_FORMULA.match, facts.formulas
    at = find(b"<f")
    while at >= 0:
        start = before(b"<c ", max(0, at - 600), at)
        found = match(block, start) if start >= 0 else None
        if found is not None and found.start(3) == at + 3:
            letters, row, text = found.groups()
            formulas[int(row), _column_number(letters)] = text.decode() if b"&" not in text else _unescaped(text)
        elif block[at + 2 : at + 3] in (b">", b" ", b"/"):
            _formula(block, at, facts)
        at = find(b"<f", at + 2)


_column_number = lru_cache(maxsize=20_000)(lambda letters: column_number(letters.decode()))


def _unescaped(text: bytes) -> str:
    plain = text.decode()
    for mark, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        plain = plain.replace(mark, char)
    return plain


def _formula(block: bytes, at: int, facts: SheetFacts) -> None:
    """The formula whose element begins near `at`, with the cell it stands in."""
    low = max(0, at - 600)
    start = block.rfind(b"<c ", low, at)
    if start < 0:
        start = block.rfind(b":c ", low, at)
    reference = _CELL_REFERENCE.search(block, start, at) if start >= 0 else None
    match = _FORMULA.match(block, at)
    if reference is None or match is None:
        return
    text = _unescaped(match[2] or b"")
    if match[1]:
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if attributes.get(b"t") == b"shared":
            text = f"\x00{attributes.get(b'si', b'').decode()}\x00{text}"
    facts.formulas[(int(reference[2]), column_number(reference[1].decode()))] = text


def _extent(block: bytes, last_row: int, far: int) -> tuple[int, int]:
    """The last row that holds a value and the farthest column, as seen up to this block."""
    valued = block.rfind(b"<v>")
    behind = max(0, valued)
    valued = max(valued, block.rfind(b"<is>", behind), block.rfind(b":v>", behind))
    if valued >= 0:
        start = block.rfind(b"<row", 0, valued)
        match = _ROW.match(block, start) if start >= 0 else None
        number = dict(_ATTRIBUTE.findall(match[1])).get(b"r") if match else None
        last_row = max(last_row, int(number)) if number else last_row
    if _FAR_COLUMN.search(block):
        far = max([far, *(column_number(m.decode()) for m in set(_FAR_COLUMN.findall(block)))])
    return last_row, far


def _comments(archive: zipfile.ZipFile, part: str) -> dict[tuple[int, int], str]:
    comments: dict[tuple[int, int], str] = {}
    for item in _xml(archive, part).iter():
        if item.tag.rpartition("}")[2] != "comment":
            continue
        match = re.fullmatch(r"([A-Z]+)([0-9]+)", item.get("ref", ""))
        if match:
            text = "".join(t.text or "" for t in item.iter() if t.tag.rpartition("}")[2] == "t")
            comments[(int(match[2]), column_number(match[1]))] = text
    return comments


def _unshare(facts: SheetFacts) -> None:
    """Write shared formulas out for each cell, and put the equals sign before every formula."""
    if "\x00" not in "".join(facts.formulas.values()):
        facts.formulas = {place: "=" + text for place, text in facts.formulas.items()}
        return
    masters: dict[str, tuple[int, int, str]] = {}
    for (row, col), text in facts.formulas.items():
        if text.startswith("\x00"):
            _, number, body = text.split("\x00", 2)
            if body:
                masters[number] = (row, col, body)
    for (row, col), text in facts.formulas.items():
        if text.startswith("\x00"):
            _, number, body = text.split("\x00", 2)
            if not body and number in masters:
                from_row, from_col, master = masters[number]
                body = shift(master, row - from_row, col - from_col)
            text = body
        facts.formulas[(row, col)] = "=" + text


def shift(formula: str, rows: int, cols: int) -> str:
    """The formula as Excel would copy it so many rows down and columns right; `$` parts stay."""

    def moved(match: re.Match[str]) -> str:
        fixed_col, letters, fixed_row, number = match.groups()
        if not fixed_col:
            letters = column_letters(max(1, column_number(letters) + cols))
        row = int(number) if fixed_row else max(1, int(number) + rows)
        return f"{fixed_col}{letters}{fixed_row}{row}"

    return _REFERENCE.sub(moved, formula)
