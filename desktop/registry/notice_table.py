"""The tables printed in a notice: columns and rows as they hang on the board, kept with the notice word for word.

They are kept as JSON in the notice's `body_columns`, so that what was posted can be printed again identically after
the records behind it have changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from desktop.common.money import format_wan, format_yuan, wan_decimals

ColumnKind = Literal["text", "count", "yuan", "wan"]
Cell = str | int | None


@dataclass(frozen=True)
class NoticeColumn:
    """One printed column; `yuan` and `wan` hold integer 分, `count` whole numbers."""

    title: str
    kind: ColumnKind = "text"


@dataclass(frozen=True)
class NoticeTable:
    """One table of a notice with its caption; `summed` prints a last line with the sums of its numbers."""

    caption: str
    columns: tuple[NoticeColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summed: bool = True

    def total(self, column: int) -> int | None:
        """The sum of a column of numbers; None when nothing is known in it."""
        values = [row[column] for row in self.rows if isinstance(row[column], int)]
        return sum(v for v in values if isinstance(v, int)) if values else None

    def sums(self) -> tuple[Cell, ...]:
        """The last line: the sums under their columns, other cells blank."""
        return tuple(self.total(i) if c.kind != "text" else None for i, c in enumerate(self.columns))

    def words(self) -> list[list[str]]:
        """Every cell as printed; in a 万元 column all values have the decimals its most exact one needs."""
        out = [["" for _ in self.columns] for _ in range(len(self.rows) + 1)]
        for at, column in enumerate(self.columns):
            cells = [row[at] for row in self.rows] + [self.sums()[at] if self.summed else None]
            decimals = max(2, wan_decimals([c for c in cells if isinstance(c, int)])) if column.kind == "wan" else 2
            for line, cell in enumerate(cells):
                out[line][at] = _written(column.kind, cell, decimals, line == len(self.rows))
        return out if self.summed else out[:-1]


def _written(kind: ColumnKind, cell: Cell, decimals: int, sums: bool) -> str:
    if cell is None or cell == "":
        return "" if sums or kind == "text" else "—"
    if isinstance(cell, int) and kind == "yuan":
        return format_yuan(cell)
    if isinstance(cell, int) and kind == "wan":
        return format_wan(cell, decimals)
    return str(cell)


def tables_to_json(tables: Sequence[NoticeTable]) -> str:
    """As kept in the notice."""
    plain = [
        {
            "caption": t.caption, "columns": [[c.title, c.kind] for c in t.columns],
            "rows": [list(r) for r in t.rows], "summed": t.summed,
        }
        for t in tables
    ]  # fmt: skip
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def tables_from_json(text: object) -> tuple[NoticeTable, ...]:
    """The inverse of `tables_to_json`; nothing for an empty text. ValueError when it is no such table."""
    if not text:
        return ()
    try:
        plain: list[dict[str, Any]] = json.loads(str(text))
        tables = tuple(
            NoticeTable(
                str(t["caption"]), tuple(NoticeColumn(str(title), _kind(kind)) for title, kind in t["columns"]),
                tuple(tuple(row) for row in t["rows"]), bool(t.get("summed", True)),
            )
            for t in plain
        )  # fmt: skip
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("not the tables of a notice") from error
    for table in tables:
        for row in table.rows:
            if len(row) != len(table.columns) or not all(isinstance(c, str | int | None) for c in row):
                raise ValueError("a row does not fit its columns")
    return tables


def _kind(kind: object) -> ColumnKind:
    if kind not in ("text", "count", "yuan", "wan"):
        raise ValueError("no such kind of column")
    return kind
