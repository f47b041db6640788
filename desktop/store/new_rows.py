"""New rows by the column: checked, packed and written thousands at a time, with the results `cells_of` gives one row.

A bulk import makes half a million rows; what is done once for a column costs a tenth of what is done for each value.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack

from desktop.store.operations import Value, entered, entered_list, refuse_unknown
from desktop.store.schema import CellSpec, TableSpec, child_key

_NOTHING = frozenset((type(None),))
_TEXT = frozenset((str, type(None)))
_NUMBERS = frozenset((int, type(None)))
_LINES = frozenset((list, tuple))


@dataclass(slots=True)
class NewRows:
    """So many rows of one table as they are stored, column by column; a column without any value is left out."""

    spec: TableSpec
    count: int
    columns: dict[str, Sequence[Value]]
    lists: dict[int, Sequence[Value]]
    """List cell → per row its lines (lists or tuples in column order), or None."""

    def packed(self) -> list[bytes]:
        """Per row the canonical bytes of its cells: what `pack_row` makes of them, in the order of their numbers."""
        packer = msgpack.Packer(use_bin_type=True, autoreset=True)
        pack: Callable[[Value], bytes] = packer.pack
        pieces: list[list[bytes]] = []
        for cell in self.spec.cells:
            found = self._pieces(cell, pack)
            if found is not None:
                pieces.append(found)
        partial = [column for column in pieces if b"" in column]
        sure = len(pieces) - len(partial)
        if not partial:
            heads = itertools.repeat(packer.pack_map_header(sure), self.count)
            return list(map(b"".join, zip(heads, *pieces, strict=False)))
        counted = [sum(map(bool, row)) for row in zip(*partial, strict=True)]
        head = {n: packer.pack_map_header(sure + n) for n in set(counted)}
        return list(map(b"".join, zip([head[n] for n in counted], *pieces, strict=True)))

    def _pieces(self, cell: CellSpec, pack: Callable[[Value], bytes]) -> list[bytes] | None:
        """Per row the cell's number and value, packed; empty where it has none; None when no row has one."""
        number = pack(cell.id)
        if cell.child_table is not None:
            lines = self.lists.get(cell.id)
            if lines is None:
                return None
            by_identity = {id(v): v for v in lines}
            if len(by_identity) * 2 > self.count:
                return [number + pack(v) if v else b"" for v in lines]
            # rows often share one list object (the holders of many rights): packed once
            shared = {key: number + pack(v) if v else b"" for key, v in by_identity.items()}
            return [shared[id(v)] for v in lines]
        known: dict[Value, bytes]
        if len(cell.columns) == 1:
            values = self.columns.get(cell.columns[0])
            if values is None:
                return None
            distinct = set(values)
            if len(distinct) * 2 > self.count:  # names, numbers, ids: a table of them would save nothing
                return [b"" if v is None else number + pack(v) for v in values]
            known = {v: number + pack(v) for v in distinct}
        else:
            given = [self.columns.get(c) for c in cell.columns]
            if not any(given):
                return None
            empty = [None] * self.count
            values = list(zip(*(v if v is not None else empty for v in given), strict=True))
            known = {v: number + pack(v) for v in set(values)}
            known[(None,) * len(given)] = b""
        known[None] = b""
        return [known[v] for v in values]

    def derived(self) -> dict[str, list[Value]]:
        """The columns computed from these rows."""
        spec = self.spec
        if spec.derive is None:
            return {}
        derive = spec.derive
        seen = _Row(self.columns)
        rows = []
        for at in range(self.count):
            seen.at = at
            rows.append(derive(seen))
        return {c: [row.get(c) for row in rows] for c in spec.derived_columns}

    def children(self, cell: CellSpec, row_ids: Sequence[str]) -> tuple[int, dict[str, Sequence[Value]]]:
        """The lines of a list cell: how many, and the columns of the child table."""
        found = self.lists.get(cell.id)
        if found is None:
            return 0, {}
        counts = [len(lines) if lines else 0 for lines in found]
        owners: Sequence[str] = row_ids
        positions: Sequence[int] = [0] * self.count
        if counts != [1] * self.count:
            owners = list(itertools.chain.from_iterable(map(itertools.repeat, row_ids, counts)))
            positions = list(itertools.chain.from_iterable(map(range, counts)))
        flat: list[Sequence[Value]] = list(itertools.chain.from_iterable(filter(None, found)))
        width = len(cell.columns)
        if min(map(len, flat)) < width:
            flat = [[*line, *[None] * (width - len(line))] for line in flat]
        values = dict(zip(cell.columns, zip(*flat, strict=True), strict=False))
        return len(flat), {child_key(self.spec): owners, "position": positions, **values}


class _Row(Mapping[str, Any]):
    """One row at a time of columns, as `derive` reads it."""

    def __init__(self, columns: Mapping[str, Sequence[Value]]) -> None:
        self._columns = columns
        self.at = 0

    def get(self, key: str, default: Any = None) -> Any:
        return self._columns[key][self.at] if key in self._columns else default

    def __getitem__(self, key: str) -> Any:
        return self.get(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def stored_rows(spec: TableSpec, given: Mapping[str, Sequence[Value]], count: int) -> NewRows:
    """Columns (and list cells) of new rows as they are stored; UsageError names an unknown column or an unfit value."""
    refuse_unknown(spec, given)
    columns: dict[str, Sequence[Value]] = {}
    lists: dict[int, Sequence[Value]] = {}
    for name, values in given.items():
        if len(values) != count:
            raise ValueError(f"column {name} has {len(values)} values for {count} rows")
        if name in spec.by_column:
            found = _stored(spec, name, values)
            if found is not None:
                columns[name] = found
        else:
            cell = spec.by_name[name]
            lines = _stored_lists(spec, cell, values)
            if any(lines):
                lists[cell.id] = lines
    return NewRows(spec, count, columns, lists)


def _stored(spec: TableSpec, name: str, values: Sequence[Value]) -> Sequence[Value] | None:
    """A column's values as stored; the very same object when nothing had to be changed; None when all are empty."""
    kinds = set(map(type, values))
    if kinds <= _NOTHING:
        return None
    limit = spec.integers.get(name)
    if limit is None and kinds <= _TEXT:
        if "" in values:
            values = [v or None for v in values]
            kinds.add(type(None))
        if "\0" not in "".join(values if type(None) not in kinds else filter(None, values)):
            return values
    elif limit is not None and kinds <= _NUMBERS:
        numbers = [v for v in values if v is not None] if type(None) in kinds else values
        if -limit <= min(numbers) and max(numbers) <= limit:
            return values
    return [None if v is None or v == "" else entered(spec, name, v) for v in values]


def _stored_lists(spec: TableSpec, cell: CellSpec, values: Sequence[Value]) -> Sequence[Value]:
    """A list cell's values as stored: as they are when every line is whole and fits, else line by line."""
    distinct = list({id(v): v for v in values}.values())
    if _fit(spec, cell, [v for v in distinct if v]):
        return values if all(v or v is None for v in distinct) else [v or None for v in values]
    known = {id(v): entered_list(spec, cell, v) for v in distinct}
    return [known[id(v)] for v in values]


def _fit(spec: TableSpec, cell: CellSpec, lists: Sequence[Value]) -> bool:
    if not set(map(type, lists)) <= _LINES:
        return False
    lines = list(itertools.chain.from_iterable(lists))
    if not set(map(type, lines)) <= _LINES or set(map(len, lines)) != {len(cell.columns)}:
        return not lines
    for name, column in zip(cell.columns, zip(*lines, strict=True), strict=True):
        found = _stored(spec, name, column)
        if found is not column and found is not None:
            return False
    return True
