"""Small spreadsheet formulas worked out again: SUM, references, + − × ÷ within one sheet. Others stay unknown (None).

A value stored beside a formula may be old; where we can, we recalculate and never trust it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache
from typing import Any

from desktop.exchange.workbook.reader import SheetGrid, column_number

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|(\$?[A-Z]{1,3}\$?\d+)(?::(\$?[A-Z]{1,3}\$?\d+))?|(SUM)(?=\()|([-+*/(),]))", re.IGNORECASE
)
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)", re.IGNORECASE)
_DEPTH = 40

Cells = tuple[int, int, int, int]


class _Unknown(Exception):
    """The formula uses something this evaluator does not know."""


def cell_of(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as `$L$6`."""
    match = _CELL.fullmatch(reference)
    if match is None:
        raise _Unknown
    return int(match[2]), column_number(match[1].upper())


def summed(formula: str) -> list[Cells] | None:
    """The ranges of a formula that only adds cells (`=SUM(L6:L7,L9)`, `=L6+L7`), None for any other."""
    if simple := _sum_range(formula):
        r1, c1, r2, c2 = simple
        return [(min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2))]
    text = formula.removeprefix("=").replace(" ", "")
    match = re.fullmatch(r"SUM\((.*)\)", text, re.IGNORECASE)
    parts = match[1].split(",") if match and "(" not in match[1] else text.split("+")
    ranges: list[Cells] = []
    for part in parts:
        first, _, last = part.partition(":")
        try:
            r1, c1 = cell_of(first)
            r2, c2 = cell_of(last) if last else (r1, c1)
        except _Unknown:
            return None
        ranges.append((min(r1, r2), min(c1, c2), max(r1, r2), max(c1, c2)))
    return ranges or None


_SUM_RANGE = re.compile(r"=SUM\(([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)\)")
_FLOATS, _FLOATS_AND_BLANKS = frozenset((float,)), frozenset((float, str))


@lru_cache(maxsize=1024)
def _sum_range(formula: str) -> Cells | None:
    """First row, first column, last row, last column of `=SUM(L6:L17)` as written; None for any other formula."""
    match = _SUM_RANGE.fullmatch(formula)
    return (int(match[2]), column_number(match[1]), int(match[4]), column_number(match[3])) if match else None


_TWO_CELLS = re.compile(r"=([A-Z]{1,3})(\d+)([-+])([A-Z]{1,3})(\d+)")


class Recalculation:
    """Works out a sheet's formulas from its typed values, remembering what it has worked out."""

    def __init__(self, grid: SheetGrid, *, trust: bool = False) -> None:
        """`trust`: take the stored values of the formulas a formula refers to, and work out only the asked one."""
        self._grid = grid
        self._trust = trust
        self._known: dict[tuple[int, int], Decimal | None] = {}
        self._doubtful: dict[int, set[int]] = {}
        """Column → rows of its formulas whose stored value was not yet found right."""
        for row, col in grid.formulas:
            self._doubtful.setdefault(col, set()).add(row)

    def plainly_right(self, row: int, col: int) -> bool:
        """Whether the stored value is a simple formula's over typed numbers (a quick look; False says nothing)."""
        found = self._plainly_right(row, col)
        if found:
            self._doubtful[col].discard(row)
        return found

    def plainly_right_rows(self, col: int, rows: Sequence[int]) -> set[int]:
        """Those of a column's formula cells that plainly are right, where all add or subtract cells of their own row
        as the first does (the usual net value); few or none of other columns.
        """
        grid, formulas = self._grid, self._grid.formulas
        match = _TWO_CELLS.fullmatch(formulas[rows[0], col])
        if match is None or not match[2] == match[5] == str(rows[0]):
            return set()
        head, sign, second = f"={match[1]}", match[3], match[4]
        a, b, own = column_number(match[1]) - 1, column_number(second) - 1, col - 1
        doubtful = self._doubtful.get(a + 1, set()) | self._doubtful.get(b + 1, set())
        middle, factor = sign + second, -1.0 if sign == "-" else 1.0
        found: set[int] = set()
        for row in rows:
            if formulas[row, col] == f"{head}{row}{middle}{row}" and row not in doubtful:
                cells = grid.rows[row - 1]
                try:
                    stored = cells[own]
                    if stored.__class__ is float and abs(cells[a] + factor * cells[b] - stored) < 1e-7:
                        found.add(row)
                except (TypeError, IndexError):
                    continue
        self._doubtful[col] -= found
        return found

    def _plainly_right(self, row: int, col: int) -> bool:
        grid = self._grid
        formula, stored = grid.formulas.get((row, col), ""), grid.value(row, col)
        if stored.__class__ is not float:
            return False
        rows, doubtful = grid.rows, self._doubtful
        try:
            if match := _TWO_CELLS.fullmatch(formula):
                first, r1, sign, second, r2 = match.groups()
                one, two = (int(r1), column_number(first)), (int(r2), column_number(second))
                if one[0] in doubtful.get(one[1], ()) or two[0] in doubtful.get(two[1], ()):
                    return False
                a, b = rows[one[0] - 1][one[1] - 1], rows[two[0] - 1][two[1] - 1]
                return bool(abs((a - b if sign == "-" else a + b) - stored) < 1e-7)
            if ranges := _sum_range(formula):
                r1, at, r2, last = ranges
                if at != last or r1 < 1 or r2 > len(rows):
                    return False
                waiting = doubtful.get(at)
                if waiting and not waiting.isdisjoint(range(r1, r2 + 1)):
                    return False
                values = [cells[at - 1] for cells in rows[r1 - 1 : r2]]
                kinds = set(map(type, values))
                if kinds != _FLOATS:
                    if not kinds <= _FLOATS_AND_BLANKS or any(v.__class__ is str and v != "" for v in values):
                        return False
                    values = [v for v in values if v != ""]
                return bool(abs(sum(values) - stored) < 1e-7)
        except (TypeError, IndexError):
            return False
        return False

    def value(self, row: int, col: int, depth: int = 0) -> Decimal | None:
        """The cell's number: worked out for a formula, as typed otherwise; None when it is no number or unknown."""
        place = (row, col)
        formula = self._grid.formulas.get(place)
        if formula is None or (self._trust and depth):
            return as_number(self._grid.value(row, col))
        if place not in self._known:
            self._known[place] = None
            if depth < _DEPTH:
                try:
                    self._known[place] = self._evaluate(formula, depth)
                except (_Unknown, InvalidOperation, DivisionByZero, IndexError):
                    self._known[place] = None
        return self._known[place]

    def _evaluate(self, formula: str, depth: int) -> Decimal:
        tokens = self._tokens(formula.removeprefix("="))
        value, end = self._sum(tokens, 0, depth)
        if end != len(tokens):
            raise _Unknown
        return value

    @staticmethod
    def _tokens(text: str) -> list[tuple[str, str, str]]:
        tokens: list[tuple[str, str, str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise _Unknown
            number, first, last, name, sign = match.groups()
            if number:
                tokens.append(("number", number, ""))
            elif first:
                tokens.append(("cells", first, last or ""))
            elif name:
                tokens.append(("SUM", "", ""))
            else:
                tokens.append((sign, "", ""))
            at = match.end()
        return tokens

    def _sum(self, tokens: list[tuple[str, str, str]], at: int, depth: int) -> tuple[Decimal, int]:
        value, at = self._product(tokens, at, depth)
        while at < len(tokens) and tokens[at][0] in "+-":
            sign = tokens[at][0]
            right, at = self._product(tokens, at + 1, depth)
            value = value + right if sign == "+" else value - right
        return value, at

    def _product(self, tokens: list[tuple[str, str, str]], at: int, depth: int) -> tuple[Decimal, int]:
        value, at = self._factor(tokens, at, depth)
        while at < len(tokens) and tokens[at][0] in "*/":
            sign = tokens[at][0]
            right, at = self._factor(tokens, at + 1, depth)
            value = value * right if sign == "*" else value / right
        return value, at

    def _factor(self, tokens: list[tuple[str, str, str]], at: int, depth: int) -> tuple[Decimal, int]:
        kind, text, last = tokens[at]
        if kind == "-":
            value, at = self._factor(tokens, at + 1, depth)
            return -value, at
        if kind == "number":
            return Decimal(text), at + 1
        if kind == "(":
            value, at = self._sum(tokens, at + 1, depth)
            if tokens[at][0] != ")":
                raise _Unknown
            return value, at + 1
        if kind == "cells" and not last:
            row, col = cell_of(text)
            found = self.value(row, col, depth + 1)
            if found is None and self._grid.value(row, col) != "":
                raise _Unknown
            return found or Decimal(0), at + 1
        if kind == "SUM":
            return self._arguments(tokens, at + 2, depth)
        raise _Unknown

    def _arguments(self, tokens: list[tuple[str, str, str]], at: int, depth: int) -> tuple[Decimal, int]:
        """SUM's arguments; as in a spreadsheet, texts inside ranges count nothing."""
        total = Decimal(0)
        while True:
            kind, first, last = tokens[at]
            if kind == "cells":
                r1, c1 = cell_of(first)
                r2, c2 = cell_of(last) if last else (r1, c1)
                if (r2 - r1 + 1) * (c2 - c1 + 1) > 200_000:
                    raise _Unknown
                for row in range(min(r1, r2), max(r1, r2) + 1):
                    for col in range(min(c1, c2), max(c1, c2) + 1):
                        total += self.value(row, col, depth + 1) or 0
                at += 1
            else:
                value, at = self._sum(tokens, at, depth)
                total += value
            if tokens[at][0] == ")":
                return total, at + 1
            if tokens[at][0] != ",":
                raise _Unknown
            at += 1


def as_number(value: Any) -> Decimal | None:
    """A typed number as the decimal it was typed as; None for texts, dates and empty cells."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
