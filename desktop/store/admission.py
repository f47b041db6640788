"""Which operations of scoped devices count: scope as a function of the set of operations.

A device's certificate names divisions. An operation of such a device is in scope if its row was ever placed in those
divisions by an admitted operation; the insert that creates a row speaks for its own place. Rows without a place (an
enterprise, a division) belong to nobody and are open; settings and code lists are the county's alone. The county's
`admit` and `refuse` operations decide single cases; of several the greatest op_id counts. Everything here only grows
with more operations (but for admit/refuse, which start the computation anew), so the order of arrival does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from desktop.store.database import Sql
from desktop.store.operations import ADMIT, FIELD, REFUSE, RETRACT, ROW_KINDS, unpack
from desktop.store.schema import Schema, TableSpec

OPEN = "*"
"""Place of a row that lies in no division: every scope covers it."""
PENDING, ADMITTED, REFUSED = 0, 1, 2

RowKey = tuple[int, bytes]
Statement = tuple[list[str], list[bytes]]
"""Division codes and parent rows an operation states for its row; neither: the row lies nowhere."""


def settle_admission(sql: Sql, schema: Schema, *, recompute: bool) -> set[RowKey]:
    """Admit what is in scope now; returns the rows whose operations changed their standing.

    With `recompute` the standing of every operation of a scoped device is computed from the start (after an admit,
    a refuse, or the retraction of one).
    """
    scopes = {
        bytes(d): tuple(c for c in codes.split(",") if c)
        for d, codes in sql.rows("SELECT device,codes FROM device_scope")
    }
    if not scopes:
        return set()
    device_of = {bytes(r): bytes(d) for r, d in sql.rows("SELECT replica_id,device FROM replica")}
    before: dict[bytes, int] = {}
    if recompute:
        for op_id, admitted in sql.rows("SELECT op_id,admitted FROM op"):
            if device_of.get(bytes(op_id)[8:]) in scopes:
                before[bytes(op_id)] = admitted
        sql.run_in_chunks(f"UPDATE op SET admitted={PENDING} WHERE op_id IN (*)", before)
        _reset_edges(sql, device_of, scopes)
    decided = _decisions(sql, device_of, scopes)
    pending = [
        (bytes(o), kind, table, bytes(row), cell, bytes(value))
        for o, kind, table, row, cell, value in sql.rows(
            "SELECT op_id,kind,tbl,row_id,cell,value FROM op WHERE admitted <> 1"
        )
    ]
    stated_by = {p[0]: statement_of(schema.by_id.get(p[2]), p[1], p[4], p[5]) for p in pending}
    rows = {row for _, _, table, row, _, _ in pending if table} | _pending_targets(sql)
    rows |= {parent for stated in stated_by.values() if stated for parent in stated[1]}
    places = Places(sql, schema, rows)
    taken: dict[bytes, RowKey] = {}
    refused = {o for o, *_ in pending if decided.get(o) == REFUSE}
    waiting = [p for p in pending if p[0] not in refused]
    while True:
        places.grow()
        still = []
        for item in waiting:
            op_id, kind, table, row, _, _ = item
            codes = scopes.get(device_of.get(op_id[8:], b""))
            stated = stated_by[op_id]
            own = places.of_statement(stated) if kind in ROW_KINDS and stated is not None else set()
            if (
                decided.get(op_id) == ADMIT
                or codes is None
                or _in_scope(schema, codes, kind, table, places.known[row] | own)
            ):
                taken[op_id] = (table, row)
                if stated is not None:
                    places.statements[row].append(stated)
            else:
                still.append(item)
        if len(still) == len(waiting):
            break
        waiting = still
    sql.run_in_chunks(f"UPDATE op SET admitted={ADMITTED} WHERE op_id IN (*)", taken)
    if recompute:
        sql.run_in_chunks(f"UPDATE op SET admitted={REFUSED} WHERE op_id IN (*)", refused)
    _settle_edges(sql, places, scopes, device_of)
    if not recompute:
        return {key for key in taken.values() if key[0]}
    changed = {o for o, was in before.items() if (o in taken) != (was == ADMITTED)}
    return {(t, bytes(r)) for t, r in sql.in_chunks("SELECT tbl,row_id FROM op WHERE op_id IN (*)", changed) if t}


def _decisions(sql: Sql, device_of: dict[bytes, bytes], scopes: dict[bytes, tuple[str, ...]]) -> dict[bytes, int]:
    """Operation → ADMIT or REFUSE, by the latest live decision of a device that is not limited itself."""
    found: dict[bytes, tuple[bytes, int]] = {}
    for target, by, kind in sql.rows(
        f'SELECT e.target,e."by",e.kind FROM void_edge e JOIN op o ON o.op_id=e."by" '
        f"WHERE e.kind<>{RETRACT} AND o.void=0"
    ):
        if device_of.get(bytes(by)[8:]) in scopes:
            continue
        known = found.get(bytes(target))
        if known is None or known[0] < bytes(by):
            found[bytes(target)] = (bytes(by), kind)
    return {target: kind for target, (_, kind) in found.items()}


def _in_scope(schema: Schema, codes: tuple[str, ...], kind: int, table: int, lying: set[str]) -> bool:
    if kind in (ADMIT, REFUSE):
        return False
    if kind == RETRACT:
        return True  # what it may void is decided for each operation it names
    spec = schema.by_id.get(table)
    if spec is None:
        return True  # a table of a newer version: nothing is shown of it here
    if spec.county_only:
        return False
    if spec.place_column is None and not spec.parent_columns:
        return True
    return covers(codes, lying)


def covers(codes: Iterable[str], places: Iterable[str]) -> bool:
    """Whether a scope (division code prefixes) covers one of the places."""
    prefixes = tuple(codes)
    return any(place == OPEN or place.startswith(prefixes) for place in places)


def statement_of(spec: TableSpec | None, kind: int, cell: int, value: bytes) -> Statement | None:
    if spec is None or (kind not in ROW_KINDS and kind != FIELD):
        return None
    return place_statement(spec, kind, cell, value)


def place_statement(spec: TableSpec, kind: int, cell: int, value: bytes) -> Statement | None:
    """(division codes, parent rows) that an insert or field operation states; None when it states neither cell."""
    columns = ([spec.place_column] if spec.place_column else []) + list(spec.parent_columns)
    if not columns:
        return None
    cells = {spec.by_column[c].id for c in columns}
    if kind == FIELD:
        if cell not in cells:
            return None
        values = {cell: unpack(value)}
    else:
        values = {c: v for c, v in unpack(value).items() if c in cells}
    codes: list[str] = []
    parents: list[bytes] = []
    for column in columns:
        holder = spec.by_column[column]
        said = values.get(holder.id)
        if isinstance(said, list):
            at = holder.columns.index(column)
            said = said[at] if at < len(said) else None
        if not said:
            continue
        if column == spec.place_column:
            codes.append(str(said))
        else:
            parents.append(bytes.fromhex(str(said)))
    return codes, parents


class Places:
    """Every place where admitted operations ever put rows (void ones too: a place once stated stays known)."""

    def __init__(self, sql: Sql, schema: Schema, rows: set[bytes]) -> None:
        self.statements: dict[bytes, list[Statement]] = defaultdict(list)
        self.known: dict[bytes, set[str]] = defaultdict(set)
        wanted, seen = set(rows), set[bytes]()
        while wanted:
            seen |= wanted
            found: set[bytes] = set()
            for spec in schema.tables:
                if spec.place_column is None and not spec.parent_columns:
                    continue
                for row, kind, cell, value in sql.in_chunks(
                    "SELECT row_id,kind,cell,value FROM op WHERE tbl=? AND row_id IN (*) AND admitted=1",
                    wanted,
                    (spec.id,),
                ):
                    stated = statement_of(spec, kind, cell, bytes(value))
                    if stated is not None:
                        self.statements[bytes(row)].append(stated)
                        found.update(stated[1])
            wanted = found - seen

    def of_statement(self, stated: Statement) -> set[str]:
        """The places a statement amounts to now; nothing while its parent's place is not known."""
        codes, parents = stated
        if not codes and not parents:
            return {OPEN}
        return set(codes).union(*(self.known[p] for p in parents))

    def grow(self) -> None:
        """Carry places from parents to children until nothing changes."""
        grown = True
        while grown:
            grown = False
            for row, stated_list in list(self.statements.items()):
                for stated in stated_list:
                    now = self.of_statement(stated)
                    if not now <= self.known[row]:
                        self.known[row] |= now
                        grown = True


def _pending_targets(sql: Sql) -> set[bytes]:
    rows = sql.rows("SELECT o.row_id FROM void_edge e JOIN op o ON o.op_id=e.target WHERE e.admitted=0")
    return {bytes(r) for (r,) in rows}


def _reset_edges(sql: Sql, device_of: dict[bytes, bytes], scopes: dict[bytes, tuple[str, ...]]) -> None:
    makers = [bytes(b) for (b,) in sql.rows('SELECT DISTINCT "by" FROM void_edge')]
    limited = [b for b in makers if device_of.get(b[8:]) in scopes]
    sql.run_in_chunks('UPDATE void_edge SET admitted=0 WHERE "by" IN (*)', limited)


def _settle_edges(
    sql: Sql, places: Places, scopes: dict[bytes, tuple[str, ...]], device_of: dict[bytes, bytes]
) -> None:
    """A scoped device's retract acts on an operation only where that operation's row lies in its scope."""
    for target, by, row in sql.rows(
        f'SELECT e.target,e."by",o.row_id FROM void_edge e JOIN op o ON o.op_id=e.target '
        f"WHERE e.admitted=0 AND e.kind={RETRACT}"
    ):
        codes = scopes.get(device_of.get(bytes(by)[8:], b""))
        if codes is None or covers(codes, places.known[bytes(row)]):
            sql.run('UPDATE void_edge SET admitted=1 WHERE target=? AND "by"=?', (target, by))
