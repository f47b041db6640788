"""The shared state in canonical form: dump and digest."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from desktop.store.database import Sql, quoted
from desktop.store.digest_parts import Part, part_of, parts, rows_between
from desktop.store.journal import Journal
from desktop.store.materialise import ClassState

MANY_PARTS = 50
"""From so many changed parts of a table on (and a quarter of them) the table is read from end to end."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_lines(sql: Sql, journal: Journal, *, scope: str | None = None) -> Iterator[str]:
    """One JSON line a record (or class of records that are the same), by table and id: table number, id, members, and
    per cell number the distinct values of its heads, the shown one first; `x` is 1 for removed, 2 for a removal in
    conflict.

    Numbers, not names, so that an older laptop writes the same bytes for what it does not know.
    """
    return map(_line, _told(sql, journal, journal.all_states(sql), scope))


def digest(sql: Sql, journal: Journal, *, scope: str | None = None) -> str:
    """Digest (hex) of the dump, computed from every record: SHA-256 of the SHA-256 of the dump's parts one after the
    other. A part are the lines of one table whose ids agree in their first five bytes.
    """
    return _together(part for _, _, part in _part_digests(_told(sql, journal, journal.all_states(sql), scope)))


def kept_digest(sql: Sql, journal: Journal) -> tuple[str, list[Part]]:
    """The same digest of the whole dump, reading again only the parts that changed; and these parts, to be kept."""
    every = parts(sql)
    told: dict[tuple[int, bytes], bytes] = {}
    for table, found in itertools.groupby(every, key=lambda part: part.table):
        here = list(found)
        stale = [p.part for p in here if p.digest is None]
        at_once = len(stale) > MANY_PARTS and len(stale) * 4 > len(here)
        for between in [None] if at_once else map(rows_between, stale):
            states = _told(sql, journal, journal.all_states(sql, table, between))
            told.update(((t, p), d) for t, p, d in _part_digests(states))
    taken = [p._replace(digest=told.get((p.table, p.part), b"")) for p in every if p.digest is None]
    now = {(p.table, p.part): p.digest for p in every} | {(p.table, p.part): p.digest for p in taken}
    return _together(now.values()), taken


def _told(
    sql: Sql, journal: Journal, states: Iterable[ClassState], scope: str | None = None
) -> Iterator[ClassState]:
    """The states that the dump has a line for."""
    inside = _rows_in_scope(sql, journal, scope) if scope is not None else None
    for item in states:
        table, _, members, state = item
        if not state.exists and not state.tombs and not state.values:
            continue
        if inside is None or any(m.hex() in inside.get(table, ()) for m in members):
            yield item


def _part_digests(states: Iterable[ClassState]) -> Iterator[tuple[int, bytes, bytes]]:
    """(table, part, SHA-256 of the part's lines) of states in the order of the dump."""
    for (table, part), found in itertools.groupby(states, key=lambda item: (item[0], part_of(item[1]))):
        total = hashlib.sha256()
        for item in found:
            total.update(_line(item).encode("utf-8"))
        yield table, part, total.digest()


def _together(digests: Iterable[bytes | None]) -> str:
    return hashlib.sha256(b"".join(d for d in digests if d)).hexdigest()


def _line(item: ClassState) -> str:
    table, representative, members, state = item
    # by far most cells have one head: its value needs no comparing
    cells: dict[str, list[Any]] = {str(cell): [state.values[cell]] for cell in sorted(state.values)}
    for cell, heads in state.contested.items():
        values = {json.dumps(h.value, ensure_ascii=False, sort_keys=True): h.value for h in heads}
        shown = json.dumps(heads[-1].value, ensure_ascii=False, sort_keys=True)
        cells[str(cell)] = [values[shown], *(values[k] for k in sorted(values) if k != shown)]
    line: dict[str, Any] = {"t": table, "r": representative.hex(), "c": cells}
    if len(members) > 1:
        line["m"] = [m.hex() for m in members]
    if state.tombs:
        line["x"] = 1 if state.removed else 2 if any(h.value[0] for h in state.tombs) else 0
    if not state.exists:
        line["o"] = 1
    return _encode(line) + "\n"


def _rows_in_scope(sql: Sql, journal: Journal, scope: str) -> dict[int, set[str]]:
    """Rows that lie in a division, by table number: placed there themselves or through their parent."""
    inside: dict[int, set[str]] = {}
    every: set[str] = set()
    rounds = (
        [s for s in journal.schema.tables if s.place_column],
        [s for s in journal.schema.tables if s.parent_columns and not s.place_column],
    )
    for spec in rounds[0]:
        assert spec.place_column is not None
        rows = sql.rows(f"SELECT id FROM {quoted(spec.name)} WHERE {quoted(spec.place_column)} LIKE ?", (scope + "%",))
        inside[spec.id] = {r for (r,) in rows}
        every |= inside[spec.id]
    for spec in rounds[1]:
        parents = ",".join(quoted(c) for c in spec.parent_columns)
        inside[spec.id] = {
            row[0] for row in sql.stream(f"SELECT id,{parents} FROM {quoted(spec.name)}") if every.intersection(row[1:])
        }
        every |= inside[spec.id]
    return inside
