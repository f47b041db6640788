"""Spreads an asset's fund parts over the columns of a printed register, so that the columns add up to the parts.

The ledgers in use have columns for 中央, 省, 市, 县 within 财政资金, then 社会帮扶 and 自筹及其他. Every source of
`fund_source.csv` falls into one of them by its `parent`; other fiscal money (镇级、债券、统筹整合 …) has a column of
its own, which is left out of a print when it is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from desktop.registry import codelists

FUND_COLUMNS = ("central", "province", "city", "county", "other_fiscal", "social", "own")
"""Keys of the columns from left to right."""

_BY_PARENT = {"fiscal": "other_fiscal", "assist": "social", "social": "social"}


@cache
def shipped_sources() -> Mapping[str, str]:
    """The shipped fund sources with their parents."""
    return {item.code: item.more["parent"] for item in codelists.shipped("fund_source")}


class FundColumns:
    """Sums parts by column. `sources` maps a source to its parent (a county may have added some)."""

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        parents = shipped_sources() if sources is None else sources
        self._place = {
            source: FUND_COLUMNS.index(source if source in FUND_COLUMNS[:4] else _BY_PARENT.get(parent, "own"))
            for source, parent in parents.items()
        }
        self._rest = FUND_COLUMNS.index("own")

    def spread(self, funds: Mapping[str, int], original_fen: int | None) -> list[int | None]:
        """分 for each column; a column without a part is 0 when the parts make up the original value, else None."""
        cells: list[int | None] = [None] * len(FUND_COLUMNS)
        whole = 0
        for source, fen in funds.items():
            place = self._place.get(source, self._rest)
            cells[place] = (cells[place] or 0) + fen
            whole += fen
        if whole == original_fen:
            return [cell or 0 for cell in cells]
        return cells
