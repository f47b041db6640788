"""Rows of a register's list, from two plain functions on a reader: which ids match, and the rows of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from desktop.app.list_views import ListView, view_query
from desktop.app.workspace import Workspace
from desktop.insight.lists import ListQuery
from desktop.store.database import Sql
from desktop.ui.models.record_table import Query, Summary


class ListSource:
    """`ListSource(ws, ids, rows, cells, summary)`: a `RecordSource` over functions in `insight`.

    `ids(sql, ListQuery)` gives the ids in order; `rows(sql, ids)` row objects with an `id`, those that are gone left
    out; `cells(row)` the values in the order of the page's columns; `summary(sql, ListQuery)` counts and sums. The
    filters `village` and `conflict` are known to every list; the page's others come in `ListQuery.equal` by their keys
    while they are set (a chip as "1").
    """

    def __init__(
        self,
        ws: Workspace,
        ids: Callable[[Sql, ListQuery], Sequence[str]],
        rows: Callable[[Sql, Sequence[str]], Sequence[Any]],
        cells: Callable[[Any], tuple[Any, ...]],
        summary: Callable[[Sql, ListQuery], Summary],
    ) -> None:
        self._ws, self._ids, self._rows, self._cells, self._summary = ws, ids, rows, cells, summary

    def count_and_ids(self, query: Query) -> Sequence[str]:
        """Ids of the records that match."""
        with self._ws.register.reading() as sql:
            return self._ids(sql, list_query(query))

    def rows(self, ids: Sequence[str]) -> Sequence[tuple[Any, ...] | None]:
        """Cells of a page; None for a record that is gone."""
        with self._ws.register.reading() as sql:
            found = {row.id: row for row in self._rows(sql, ids)}
        return [self._cells(found[record]) if record in found else None for record in ids]

    def summary(self, query: Query) -> Summary:
        """Counts and sums."""
        with self._ws.register.reading() as sql:
            return self._summary(sql, list_query(query))


def list_query(query: Query) -> ListQuery:
    """The page's question as the register's lists understand it; filters that are not set are left out."""
    return view_query(ListView("", {**query.filters, "text": query.text}, query.sort, query.descending))
