"""Finds the header of a sheet and which column is which: one to four rows, merged or not, words as data.

The words stand in `resources/workbook/<kind>_columns.json`: per field a `title` and `names`, patterns `group>leaf`
whose parts are compared with the compacted header text (`*` stands for anything). A mapping can be saved, changed
by hand and used again (`--mapping`).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from desktop.common.errors import InputRefused
from desktop.common.resources import resource_path
from desktop.common.text import compact, narrow
from desktop.exchange.workbook.reader import SheetGrid, column_letters, column_number
from desktop.registry import codelists

_SEARCHED_ROWS = 40
"""A header lies within the first rows of a sheet."""
_UNIT = re.compile(r"[（(\[【]?单位[:：]?[^）)\]】]*?(万元|亿元|元)")
_HEADER_UNIT = re.compile(r"[（(\[【][^）)\]】]*?(万元|元)[^）)\]】]*[）)\]】]|[/／:：](万元|元)$")
_BRACKET = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")
_SUBTOTAL = re.compile(r"(小\s*计|本页合计|村计|组计)[:：]?$")
_TOTAL = re.compile(r"(合\s*计|总\s*计|共\s*计|累\s*计|总\s*合\s*计)[:：]?$")
_NOTE = re.compile(
    r"^(说明|备注|注|注意|填表说明|填报说明|填报人|填表人|制表人?|制表单位|审核人?|负责人|单位负责人|分管领导|主要领导|经办人|"
    r"签字|盖章|联系电话|联系人|填报单位|填报日期|附件|以下空白|附注|★|\*)([:：（(1-9一二三、.．]|$)"
)


class MappingRefused(InputRefused):
    """A mapping file is not one, or names fields or columns that do not exist."""


@dataclass(frozen=True, slots=True)
class FieldWords:
    """One field of a kind: its Chinese label and the header patterns that mean it."""

    name: str
    label: str
    patterns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class KindWords:
    """The header words of a kind of workbook."""

    kind: str
    fields: dict[str, FieldWords]
    required: tuple[str, ...]
    least: int
    """At least so many fields must be recognised."""


def words(kind: str) -> KindWords:
    """The words of a kind (`assets`, `roster` …): the shipped ones, and fund sources that the county added."""
    return _words(codelists.edition(), kind)


@lru_cache(maxsize=8)
def _words(_edition: int, kind: str) -> KindWords:
    data = json.loads(resource_path("workbook", f"{kind}_columns.json").read_text(encoding="utf-8"))
    fields = {
        name: FieldWords(name, entry["title"], tuple(tuple(map(header_text, n.split(">"))) for n in entry["names"]))
        for name, entry in data["fields"].items()
    }
    if "fund_central" in fields:
        shipped = {item.code for item in codelists.shipped("fund_source")}
        for item in codelists.whole("fund_source"):
            if item.code not in shipped:
                own = FieldWords(f"fund_{item.code}", item.name, ((header_text(item.name),),))
                fields[own.name] = own
    required = tuple(name for name, entry in data["fields"].items() if entry.get("required"))
    return KindWords(kind, fields, required, int(data.get("least", 3)))


@dataclass(slots=True)
class SheetMapping:
    """How one sheet is read. Rows and columns are 1-based; `unit` is `wan`, `yuan` or unknown (empty)."""

    sheet: str
    kind: str
    header_rows: list[int]
    first_row: int
    columns: dict[str, int]
    headers: dict[int, str]
    """Every column's header text, the rows joined by `/`."""
    unit: str = ""
    unit_cell: tuple[int, int] | None = None
    header_units: dict[str, str] = field(default_factory=dict)

    def letter(self, name: str) -> str | None:
        """The column letters of a field, None when the sheet has no such column."""
        col = self.columns.get(name)
        return column_letters(col) if col else None

    def unmapped(self) -> dict[int, str]:
        """Columns with a header that no field took."""
        taken = set(self.columns.values())
        return {c: t for c, t in self.headers.items() if c not in taken and t}

    def signature(self) -> str:
        """The same for every sheet with the same headers: under it a mapping is remembered."""
        text = "\n".join(f"{c}:{t}" for c, t in sorted(self.headers.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def header_text(value: Any) -> str:
    """A header cell as compared: blanks out, full-width letters and brackets narrowed."""
    return compact(narrow(value)) if isinstance(value, str) else ""


def recognise(grid: SheetGrid, kind: str) -> SheetMapping | None:
    """The mapping of a sheet, or None when it has no header of this kind."""
    known = words(kind)
    texts = {r: _row_texts(grid, r) for r in range(1, min(grid.n_rows, _SEARCHED_ROWS) + 4)}
    covers = _merge_index(grid, max(texts, default=0))
    best: tuple[int, int, int, dict[str, int], dict[int, list[str]]] | None = None
    for top in range(1, min(grid.n_rows, _SEARCHED_ROWS) + 1):
        if sum(1 for t in texts[top] if t) < 2:
            continue
        for depth in range(1, 5):
            if top + depth - 1 > grid.n_rows:
                break
            paths = _paths(texts, covers, top, depth)
            columns = _assign(paths, known)
            if any(f not in columns for f in known.required) or len(columns) < known.least:
                continue
            if best is None or (len(columns), -depth) > (best[0], -best[2]):
                best = (len(columns), top, depth, columns, paths)
    if best is None:
        return None
    _, top, depth, columns, paths = best
    while top > 1 and depth < 4 and _is_group_row(texts[top - 1]):
        top, depth = top - 1, depth + 1
        paths = _paths(texts, covers, top, depth)
    mapping = SheetMapping(
        sheet=grid.name,
        kind=kind,
        header_rows=list(range(top, top + depth)),
        first_row=top + depth,
        columns=columns,
        headers={c: "/".join(p) for c, p in paths.items()},
    )
    _units(grid, mapping)
    return mapping


def _is_group_row(texts: list[str]) -> bool:
    """Whether the row above a header only groups its columns (住房, 收入 …), and is no title, unit or date line."""
    filled = [t for t in texts if t]
    return len(filled) >= 3 and not any("：" in t or ":" in t or len(t) > 16 for t in filled)


def _row_texts(grid: SheetGrid, row: int) -> list[str]:
    return [header_text(v) for v in grid.rows[row - 1]] if row <= grid.n_rows else []


def _merge_index(grid: SheetGrid, last_row: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Each cell of a merged range in the first rows → the range's first cell."""
    index: dict[tuple[int, int], tuple[int, int]] = {}
    for r1, c1, r2, c2 in grid.merged:
        if r1 <= last_row and (r2 - r1 + 1) * (c2 - c1 + 1) < 20000:
            for r in range(r1, min(r2, last_row) + 1):
                for c in range(c1, c2 + 1):
                    index[(r, c)] = (r1, c1)
    return index


def _paths(
    texts: dict[int, list[str]], covers: dict[tuple[int, int], tuple[int, int]], top: int, depth: int
) -> dict[int, list[str]]:
    """Per column the header texts from top to leaf; a group's text runs on over the empty cells to its right."""
    width = max(len(texts[r]) for r in range(top, top + depth))
    paths: dict[int, list[str]] = {c: [] for c in range(1, width + 1)}
    for row in range(top, top + depth):
        cells, group = texts[row], ""
        for col in range(1, width + 1):
            text = cells[col - 1] if col <= len(cells) else ""
            first = covers.get((row, col))
            if first is not None:
                line = texts[first[0]] if first[0] >= top else []
                text = line[first[1] - 1] if first[1] <= len(line) else ""
                group = ""
            elif text:
                group = text if row < top + depth - 1 else ""
            elif group and _below(texts, col, row, top + depth - 1):
                text = group
            path = paths[col]
            if text and (not path or path[-1] != text):
                path.append(text)
    return {c: p for c, p in paths.items() if p}


def _below(texts: dict[int, list[str]], col: int, row: int, last: int) -> bool:
    return any(col <= len(texts[r]) and texts[r][col - 1] for r in range(row + 1, last + 1))


def _assign(paths: dict[int, list[str]], known: KindWords) -> dict[str, int]:
    offers: list[tuple[float, int, str]] = []
    for col, path in paths.items():
        scores: dict[str, float] = {}
        for name, groups, score in _candidates(known.kind, path[-1]):
            if not groups or _under(path, groups):
                scores[name] = max(scores.get(name, 0.0), score)
        offers += [(-score, col, name) for name, score in scores.items()]
    offers.sort()
    columns: dict[str, int] = {}
    taken: set[int] = set()
    for _, col, name in offers:
        if name not in columns and col not in taken:
            columns[name] = col
            taken.add(col)
    return columns


@cache
def _variants(text: str) -> tuple[str, ...]:
    bare = _BRACKET.sub("", text)
    return (text, bare) if bare and bare != text else (text,)


def _candidates(kind: str, leaf: str) -> tuple[tuple[str, tuple[str, ...], float], ...]:
    """The fields a leaf text may mean, the groups each wants above it, and the score.

    More parts, an exact leaf and fewer wildcards score higher.
    """
    return _candidates_of(codelists.edition(), kind, leaf)


@lru_cache(maxsize=4096)
def _candidates_of(edition: int, kind: str, leaf: str) -> tuple[tuple[str, tuple[str, ...], float], ...]:
    if len(leaf) > 60:
        return ()
    exact, wild = _patterns(edition, kind)
    found = [offer for text in _variants(leaf) for offer in exact.get(text, ())]
    found += [offer for test, offer in wild if any(test.fullmatch(t) for t in _variants(leaf))]
    return tuple(found)


Offer = tuple[str, tuple[str, ...], float]


@lru_cache(maxsize=8)
def _patterns(edition: int, kind: str) -> tuple[dict[str, list[Offer]], list[tuple[re.Pattern[str], Offer]]]:
    """The kind's leaf patterns: plain ones by their text, those with `*` as expressions."""
    exact: dict[str, list[Offer]] = {}
    wild: list[tuple[re.Pattern[str], Offer]] = []
    for name, entry in _words(edition, kind).fields.items():
        for *groups, pattern in entry.patterns:
            more = 0.6 * len(groups)
            if "*" in pattern:
                test = re.compile(".*".join(map(re.escape, pattern.split("*"))))
                wild.append((test, (name, tuple(groups), 0.4 + 0.04 * min(len(pattern), 10) + more)))
            else:
                exact.setdefault(pattern, []).append((name, tuple(groups), 1.0 + more))
    return exact, wild


def _under(path: list[str], groups: tuple[str, ...]) -> bool:
    at = 0
    for group in groups:
        while at < len(path) - 1 and not any(fnmatchcase(t, group) for t in _variants(path[at])):
            at += 1
        if at >= len(path) - 1:
            return False
        at += 1
    return True


def _units(grid: SheetGrid, mapping: SheetMapping) -> None:
    """The sheet's unit line (单位：万元) above the header and the units inside header cells."""
    for row in range(1, mapping.header_rows[0]):
        for col, value in enumerate(grid.rows[row - 1], 1):
            match = _UNIT.search(header_text(value)) if isinstance(value, str) else None
            if match:
                mapping.unit = "wan" if match[1] == "万元" else "yuan"
                mapping.unit_cell = (row, col)
    for name, col in mapping.columns.items():
        found = _HEADER_UNIT.findall(mapping.headers.get(col, ""))
        if found:
            mapping.header_units[name] = "wan" if "万元" in found[-1] else "yuan"


@dataclass(slots=True)
class RowKinds:
    """The rows below the header, sorted out (1-based)."""

    data: list[int] = field(default_factory=list)
    subtotal: list[int] = field(default_factory=list)
    total: list[int] = field(default_factory=list)
    header_again: list[int] = field(default_factory=list)
    note: list[int] = field(default_factory=list)


def classify_rows(grid: SheetGrid, mapping: SheetMapping) -> RowKinds:
    """Tell records from subtotals 小计, totals 合计, repeated headers, notes and signatures; empty rows fall out."""
    kinds = RowKinds()
    leaves = {c - 1: p.rpartition("/")[2] for c, p in mapping.headers.items()}
    titles = set(leaves.values())
    keys = [mapping.columns[f] - 1 for f in words(mapping.kind).required if f in mapping.columns]
    mapped = [c - 1 for c in mapping.columns.values()]
    lead = range(max(4, max(keys, default=0) + 1))
    for row, cells in enumerate(grid.rows[mapping.first_row - 1 :], mapping.first_row):
        first, width = "", len(cells)
        for c in lead:
            if c < width and cells[c] != "":
                first = cells[c]
                break
        if first.__class__ is str and first:
            text = compact(first)
            if _SUBTOTAL.search(text) and len(text) < 20:
                kinds.subtotal.append(row)
                continue
            if _TOTAL.search(text) and len(text) < 20:
                kinds.total.append(row)
                continue
            if _NOTE.match(text) and sum(1 for c in mapped if c < width and cells[c] != "") <= 4:
                kinds.note.append(row)
                continue
            if header_text(first) in titles:
                same = sum(1 for c, t in leaves.items() if c < width and t and header_text(cells[c]) == t)
                if same >= 3 and same * 2 >= sum(1 for v in cells if v != ""):
                    kinds.header_again.append(row)
                    continue
        elif first == "" and not any(cells):
            continue
        if (
            any(c < width and cells[c] != "" for c in keys)
            or sum(1 for c in mapped if c < width and cells[c] != "") >= 3
        ):
            kinds.data.append(row)
        elif any(v != "" for v in cells):
            kinds.note.append(row)
    return kinds


def mapping_json(mappings: list[SheetMapping]) -> dict[str, Any]:
    """Mappings as the JSON of `--mapping`: field names to column letters, for reading and changing by hand."""
    return {
        "kind": mappings[0].kind if mappings else "",
        "sheets": [
            {
                "sheet": m.sheet,
                "header_rows": m.header_rows,
                "unit": m.unit,
                "columns": {name: column_letters(c) for name, c in m.columns.items()},
            }
            for m in mappings
        ],
    }


def read_mapping(path: Path | str, kind: str) -> dict[str, dict[str, Any]]:
    """A saved mapping by sheet name; MappingRefused when the file is none of this kind."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        sheets = {str(s["sheet"]): dict(s) for s in data["sheets"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MappingRefused("列对应文件无法读取或格式不对。", hint="没有导入任何内容，请检查文件。") from error
    if data.get("kind") != kind:
        raise MappingRefused("列对应文件不是这一类表的。", hint="没有导入任何内容，请选择对应的文件。")
    return sheets


def apply_mapping(grid: SheetGrid, kind: str, saved: dict[str, Any]) -> SheetMapping:
    """The saved mapping on this sheet: columns as saved, header texts and units as the sheet has them."""
    known = words(kind)
    rows = [int(r) for r in saved.get("header_rows", [])]
    columns = {str(k): column_number(str(v)) for k, v in dict(saved.get("columns", {})).items()}
    unknown = [name for name in columns if name not in known.fields]
    if unknown or not rows or any(not 1 <= c <= grid.n_cols for c in columns.values()) or max(rows) > grid.n_rows:
        raise MappingRefused(f"列对应文件与工作表“{grid.name}”不符。", hint="没有导入任何内容，请重新核对列对应关系。")
    texts = {r: _row_texts(grid, r) for r in range(1, max(rows) + 1)}
    paths = _paths(texts, _merge_index(grid, max(rows)), min(rows), len(rows))
    mapping = SheetMapping(
        sheet=grid.name,
        kind=kind,
        header_rows=rows,
        first_row=max(rows) + 1,
        columns=columns,
        headers={c: "/".join(p) for c, p in paths.items()},
    )
    _units(grid, mapping)
    mapping.unit = saved.get("unit") or mapping.unit
    return mapping
