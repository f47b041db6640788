"""Which operations of scoped devices count: scope as a function of the set of operations.

A device's certificate names divisions. An operation of such a device is in scope if its row was ever placed in those
divisions by an admitted operation; the insert that creates a row speaks for its own place. Rows without a place (an
enterprise, a division) belong to nobody and are open; settings and code lists are the county's alone. The county's
`admit` and `refuse` operations decide single cases; of several the greatest op_id counts.

A row that a device without limits inserted is made: an insert of the same id by a limited device creates nothing and
does not speak for its place, whichever came first, or a laptop could claim any row of the county by naming its id. It
waits like any other word about a row that lies elsewhere. Of two limited devices that insert one id each speaks for
its own place: neither has more right than the other, who came first is no fact of the set, and the clock must not
choose. Both inserts count, and what differs between them (the place above all) is a conflict a person sees.

A certificate's role is no part of this. One laptop is passed between people, an operation names its author and not his
role, and what a person may edit is checked where he works (`app/rights.py`); the certificate's role says whether a
device speaks for the county (`exchange.devices.is_county`). Scope by role would let one certificate's word decide over
every user of a machine, and what they wrote rightly would wait.

The order of arrival must not matter, so this goes in layers, each a function of the one before: decisions (which only
retractions of unlimited devices can make void), then admission (which only grows, places with it), then which
retractions of limited devices act (on rows in their scope, on what the device said itself, never on decisions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from desktop.store.database import Sql
from desktop.store.evaluate import void_targets
from desktop.store.operations import ADMIT, FIELD, REFUSE, RETRACT, ROW_KINDS, Operation, split_ids, unpack
from desktop.store.schema import Schema, TableSpec

OPEN = "*"
"""Place of a row that lies in no division: every scope covers it."""
EVERYWHERE = "*"
"""Scope of devices whose operations the county has judged already: every place lies inside, only a refusal counts."""
PENDING, ADMITTED, REFUSED = 0, 1, 2
DECISIONS = (ADMIT, REFUSE)



class Limit(NamedTuple):
    """What a limited device's certificates name."""

    device: bytes
    codes: tuple[str, ...]


Limits = Mapping[bytes, Limit]
"""Replica id → limit, for the replicas of limited devices."""
Statement = tuple[list[str], list[bytes]]
"""Division codes and parent rows an operation states for its row; neither: the row lies nowhere."""


class Flip(NamedTuple):
    """An operation that came to count or ceased to."""

    op_id: bytes
    kind: int
    table: int
    row: bytes


class _Op(NamedTuple):
    op_id: bytes
    kind: int
    table: int
    row: bytes
    cell: int
    value: bytes
    standing: int


_COLUMNS = "op_id,kind,tbl,row_id,cell,value,admitted"


def _op(row: tuple[bytes, int, int, bytes, int, bytes, int]) -> _Op:
    op_id, kind, table, row_id, cell, value, standing = row
    return _Op(bytes(op_id), kind, table, bytes(row_id), cell, bytes(value), standing)


def limits_of(sql: Sql, own: bytes) -> Limits:
    """The replicas of limited devices; a register never limits its own device, nor one that is certified everywhere."""
    return {
        bytes(replica): Limit(bytes(device), tuple(c for c in codes.split(",") if c))
        for replica, device, codes in sql.rows(
            "SELECT r.replica_id,r.device,s.codes FROM replica r JOIN device_scope s ON s.device=r.device"
        )
        if bytes(device) != own and OPEN not in codes.split(",")
    }


def settle_admission(
    sql: Sql, schema: Schema, limits: Limits, *, decisions: bool = False, full: bool = False
) -> tuple[list[Flip], set[bytes]]:
    """Admit what is in scope now; returns what came to count or ceased to, and targets whose retractions changed.

    `decisions` says that an admit or refuse came or went; `full` computes every standing from the start.
    """
    if not limits and not full:
        return [], set()
    decided = _decisions(sql, limits)
    before: dict[bytes, _Op] = {}
    edges_before: set[tuple[bytes, bytes]] = set()
    again: list[_Op] = []
    if decisions and not full:
        again = [op for op in _decided_once(sql, limits) if decided.get(op.op_id) != ADMIT]
        full = any(statement_of(schema.by_id.get(op.table), op.kind, op.cell, op.value) is not None for op in again)
    if full:
        admitted = map(_op, sql.stream(f"SELECT {_COLUMNS} FROM op WHERE admitted={ADMITTED}"))
        again = [op for op in admitted if op.op_id[8:] in limits]
    if again or full:
        before = {op.op_id: op for op in again}
        sql.run_in_chunks(f"UPDATE op SET admitted={PENDING} WHERE op_id IN (*)", list(before))
        edges_before = _reset_edges(sql, limits)
    taken, places = _grow(sql, schema, limits, decided)
    edges = _settle_edges(sql, schema, places, limits, decided)
    flips = [Flip(*op[:4]) for op_id, op in taken.items() if op_id not in before]
    flips += [Flip(*op[:4]) for op_id, op in before.items() if op_id not in taken]
    return flips, {target for target, _ in edges ^ edges_before}


def _grow(
    sql: Sql, schema: Schema, limits: Limits, decided: Mapping[bytes, int]
) -> tuple[dict[bytes, _Op], Places]:
    """Admit pending operations until nothing more is in scope; those admitted, and the places known then."""
    pending = [_op(row) for row in sql.rows(f"SELECT {_COLUMNS} FROM op WHERE admitted<>{ADMITTED}")]
    targets = _waiting_targets(sql)
    taken, places = _judge(schema, limits, decided, pending, lambda rows: Places(sql, schema, rows, limits), targets)
    sql.run_in_chunks(f"UPDATE op SET admitted={ADMITTED} WHERE op_id IN (*)", taken)
    left = [op for op in pending if op.op_id not in taken]
    for standing in (PENDING, REFUSED):
        changed = [
            op.op_id
            for op in left
            if op.standing != standing and (decided.get(op.op_id) == REFUSE) is (standing == REFUSED)
        ]
        sql.run_in_chunks(f"UPDATE op SET admitted={standing} WHERE op_id IN (*)", changed)
    return taken, places


def _judge(
    schema: Schema,
    limits: Limits,
    decided: Mapping[bytes, int],
    pending: Iterable[_Op],
    places_of: Callable[[set[bytes]], Places],
    more_rows: set[bytes],
) -> tuple[dict[bytes, _Op], Places]:
    """Which pending operations are in scope, and all places known with them (of `more_rows`, too)."""
    waiting = [op for op in pending if decided.get(op.op_id) != REFUSE]
    stated_by = {op.op_id: statement_of(schema.by_id.get(op.table), op.kind, op.cell, op.value) for op in waiting}
    rows = {op.row for op in waiting if op.table} | more_rows
    places = places_of(rows | {parent for stated in stated_by.values() if stated for parent in stated[1]})
    taken: dict[bytes, _Op] = {}
    while True:
        places.grow()
        still = []
        for op in waiting:
            limit = limits.get(op.op_id[8:])
            stated = stated_by[op.op_id]
            creates = op.kind in ROW_KINDS and stated is not None and op.row not in places.made
            own = places.of_statement(stated) if creates and stated is not None else set()
            if (
                limit is None
                or decided.get(op.op_id) == ADMIT
                or _in_scope(schema, limit.codes, op.kind, op.table, places.known[op.row] | own)
            ):
                taken[op.op_id] = op
                if stated is not None:
                    places.statements[op.row].append(stated)
            else:
                still.append(op)
        if len(still) == len(waiting):
            return taken, places
        waiting = still


def claims_ended(sql: Sql, limits: Limits, operations: Iterable[Operation]) -> bool:
    """Whether one of these operations makes a row whose insert by a limited device counts already."""
    if not limits:
        return False
    made: dict[int, set[bytes]] = defaultdict(set)
    for op in operations:
        if op.kind in ROW_KINDS and op.op_id[8:] not in limits:
            made[op.table].add(op.row)
    wanted = ",".join(map(str, ROW_KINDS))
    return any(
        bytes(op_id)[8:] in limits
        for table, rows in made.items()
        for (op_id,) in sql.in_chunks(
            f"SELECT op_id FROM op WHERE tbl=? AND row_id IN (*) AND kind IN ({wanted}) AND admitted={ADMITTED}",
            rows,
            (table,),
        )
    )


def standing_before(sql: Sql, schema: Schema, limits: Limits, seq: int) -> tuple[set[bytes], set[bytes]]:
    """Operations of limited devices that did not count, and all that were void, when `seq` was still to come.

    Judged by today's certificates.
    """
    about = [
        _op(row) for row in sql.rows(f"SELECT {_COLUMNS} FROM op WHERE tbl=0 AND seq<?", (seq,)) if row[1] <= REFUSE
    ]
    named = {op.op_id: split_ids(unpack(op.value)) for op in about}
    retracts = [op for op in about if op.kind == RETRACT]
    free = {op.op_id: named[op.op_id] for op in retracts if op.op_id[8:] not in limits}
    gone = void_targets(free)
    decided: dict[bytes, int] = {}
    for op in sorted(about):
        if op.kind in DECISIONS and op.op_id[8:] not in limits and op.op_id not in gone:
            decided.update(dict.fromkeys(named[op.op_id], op.kind))
    if not limits:
        return set(), gone
    limited = [
        op for op in map(_op, sql.stream(f"SELECT {_COLUMNS} FROM op WHERE seq<?", (seq,))) if op.op_id[8:] in limits
    ]
    targets = {t for op in retracts if op.op_id[8:] in limits for t in named[op.op_id]}
    targets |= {t for inner in targets for t in named.get(inner, ())}
    about_rows = {
        bytes(o): _Op(bytes(o), kind, table, bytes(row), 0, bytes(value), ADMITTED)
        for o, kind, table, row, value in sql.in_chunks(
            "SELECT op_id,kind,tbl,row_id,value FROM op WHERE seq<? AND op_id IN (*)", targets, (seq,)
        )
    }
    taken, places = _judge(
        schema,
        limits,
        decided,
        limited,
        lambda rows: Places(sql, schema, rows, limits, lambda op_id, at: at < seq and op_id[8:] not in limits),
        {op.row for op in about_rows.values()},
    )
    acting = dict(free)
    for op in retracts:
        limit = limits.get(op.op_id[8:])
        if limit is not None and op.op_id in taken:
            allowed = decided.get(op.op_id) == ADMIT
            acting[op.op_id] = [
                t
                for t in named[op.op_id]
                if t in about_rows and _may_retract(sql, schema, places, limits, limit, about_rows[t], allowed)
            ]
    return {op.op_id for op in limited if op.op_id not in taken}, void_targets(acting)


def _decisions(sql: Sql, limits: Limits) -> dict[bytes, int]:
    """Operation → ADMIT or REFUSE, by the latest live decision of a device that is not limited itself."""
    found: dict[bytes, tuple[bytes, int]] = {}
    for target, by, kind in sql.rows(
        f'SELECT e.target,e."by",e.kind FROM void_edge e JOIN op o ON o.op_id=e."by" '
        f"WHERE e.kind<>{RETRACT} AND o.void=0"
    ):
        if bytes(by)[8:] in limits:
            continue
        known = found.get(bytes(target))
        if known is None or known[0] < bytes(by):
            found[bytes(target)] = (bytes(by), kind)
    return {target: kind for target, (_, kind) in found.items()}


def _decided_once(sql: Sql, limits: Limits) -> list[_Op]:
    """Admitted operations of limited devices that a decision names or named."""
    rows = sql.rows(
        f"SELECT {_COLUMNS} FROM op WHERE admitted={ADMITTED} "
        f"AND op_id IN (SELECT target FROM void_edge WHERE kind<>{RETRACT})"
    )
    return [op for op in map(_op, rows) if op.op_id[8:] in limits]


def _in_scope(schema: Schema, codes: tuple[str, ...], kind: int, table: int, lying: set[str]) -> bool:
    if kind in DECISIONS:
        return False
    if kind == RETRACT:
        return True  # what it may void is decided for each operation it names
    spec = schema.by_id.get(table)
    if spec is None:
        return True  # a table of a newer version: nothing is shown of it here
    if spec.county_only:
        return False
    return _lies_nowhere(spec) or covers(codes, lying)


def _lies_nowhere(spec: TableSpec) -> bool:
    return spec.place_column is None and not spec.parent_columns


def covers(codes: Iterable[str], places: Iterable[str]) -> bool:
    """Whether a scope (division code prefixes) covers one of the places."""
    prefixes = tuple(codes)
    return EVERYWHERE in prefixes or any(place == OPEN or place.startswith(prefixes) for place in places)


def statement_of(spec: TableSpec | None, kind: int, cell: int, value: bytes) -> Statement | None:
    """What an operation of any kind says about the place of its row; None when it says nothing."""
    if spec is None or (kind not in ROW_KINDS and kind != FIELD):
        return None
    return place_statement(spec, kind, cell, value)


def place_statement(spec: TableSpec, kind: int, cell: int, value: bytes) -> Statement | None:
    """(division codes, parent rows) that an insert or field operation states; None when it says nothing of the place.

    An insert without a place says that the row lies nowhere; an edit that clears the place does not.
    """
    columns = ([spec.place_column] if spec.place_column else []) + list(spec.parent_columns)
    if not columns:
        return ([], []) if kind in ROW_KINDS and not spec.county_only else None
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
            parents += _row_id(said)
    return None if kind == FIELD and not codes and not parents else (codes, parents)


def _row_id(said: object) -> list[bytes]:
    try:
        row = bytes.fromhex(str(said))
    except ValueError:
        return []
    return [row] if len(row) == 16 else []


class Places:
    """Every place where admitted operations ever put rows (void ones too: a place once stated stays known).

    `keep` (op_id, arrival number) chooses other operations than the admitted ones.
    """

    def __init__(
        self,
        sql: Sql,
        schema: Schema,
        rows: set[bytes],
        limits: Limits,
        keep: Callable[[bytes, int], bool] | None = None,
    ) -> None:
        self.made: set[bytes] = set()
        """Rows that a device without limits inserted."""
        self.statements: dict[bytes, list[Statement]] = defaultdict(list)
        self.known: dict[bytes, set[str]] = defaultdict(set)
        wanted, seen = set(rows), set[bytes]()
        while wanted:
            seen |= wanted
            found: set[bytes] = set()
            for spec in schema.tables:
                if spec.county_only:
                    continue
                for op_id, seq, row, kind, cell, value in sql.in_chunks(
                    "SELECT op_id,seq,row_id,kind,cell,value FROM op WHERE tbl=? AND row_id IN (*)"
                    + ("" if keep else f" AND admitted={ADMITTED}"),
                    wanted,
                    (spec.id,),
                ):
                    if keep and not keep(bytes(op_id), seq):
                        continue
                    if kind in ROW_KINDS and bytes(op_id)[8:] not in limits:
                        self.made.add(bytes(row))
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


def _waiting_targets(sql: Sql) -> set[bytes]:
    """Rows of the operations that waiting retractions of limited devices name, also through another retraction."""
    rows: set[bytes] = set()
    inner: set[bytes] = set()
    for kind, row, value in sql.rows(
        "SELECT o.kind,o.row_id,o.value FROM void_edge e JOIN op o ON o.op_id=e.target WHERE e.admitted=0"
    ):
        if kind == RETRACT:
            inner.update(split_ids(unpack(bytes(value))))
        else:
            rows.add(bytes(row))
    rows.update(bytes(r) for (r,) in sql.in_chunks("SELECT row_id FROM op WHERE op_id IN (*)", inner))
    return rows


def _reset_edges(sql: Sql, limits: Limits) -> set[tuple[bytes, bytes]]:
    """Take all retractions of limited devices back for a new decision; those that acted."""
    acting = {
        (bytes(target), bytes(by))
        for target, by in sql.rows(f'SELECT target,"by" FROM void_edge WHERE admitted=1 AND kind={RETRACT}')
        if bytes(by)[8:] in limits
    }
    sql.run_in_chunks('UPDATE void_edge SET admitted=0 WHERE "by" IN (*)', {by for _, by in acting})
    return acting


def _settle_edges(
    sql: Sql, schema: Schema, places: Places, limits: Limits, decided: Mapping[bytes, int]
) -> set[tuple[bytes, bytes]]:
    """Let waiting retractions act where they may; the (target, retraction) pairs that act now."""
    acting: list[tuple[bytes, bytes]] = []
    for target, by, kind, table, row, value in sql.rows(
        'SELECT e.target,e."by",o.kind,o.tbl,o.row_id,o.value FROM void_edge e '
        'JOIN op o ON o.op_id=e.target JOIN op r ON r.op_id=e."by" '
        f"WHERE e.admitted=0 AND e.kind={RETRACT} AND r.admitted=1"
    ):
        limit = limits.get(bytes(by)[8:])
        about = _Op(bytes(target), kind, table, bytes(row), 0, bytes(value), ADMITTED)
        if limit is None or _may_retract(
            sql, schema, places, limits, limit, about, decided.get(bytes(by)) == ADMIT
        ):
            acting.append((bytes(target), bytes(by)))
    sql.many('UPDATE void_edge SET admitted=1 WHERE target=? AND "by"=?', sorted(acting))
    return set(acting)


def _may_retract(
    sql: Sql, schema: Schema, places: Places, limits: Limits, limit: Limit, target: _Op, allowed: bool
) -> bool:
    """Whether a limited device's retraction acts on an operation; `allowed`: the county admitted the retraction."""
    if target.kind in DECISIONS:
        return False
    said_by = limits.get(target.op_id[8:])
    if said_by is not None and said_by.device == limit.device:
        return True
    if target.kind != RETRACT:
        return allowed or _lies_in(schema, places, limit, target.table, target.row)
    named = split_ids(unpack(target.value))
    found = list(sql.in_chunks("SELECT kind,tbl,row_id FROM op WHERE op_id IN (*)", named))
    if len(found) < len(set(named)) or any(kind in (RETRACT, *DECISIONS) for kind, _, _ in found):
        return allowed and said_by is not None
    return allowed or all(_lies_in(schema, places, limit, table, bytes(row)) for _, table, row in found)


def _lies_in(schema: Schema, places: Places, limit: Limit, table: int, row: bytes) -> bool:
    spec = schema.by_id.get(table)
    if spec is None or (_lies_nowhere(spec) and not spec.county_only):
        return True
    return not spec.county_only and covers(limit.codes, places.known[row])
