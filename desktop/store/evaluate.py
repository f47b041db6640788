"""The state as a pure function of the set of operations: heads, conflicts, tombstones, sameness, void retractions.

Nothing here touches a database or a clock. The journal calls these functions on the rows a change touched; `rebuild`,
`known-at` and the property tests call them on everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from desktop.store.operations import (
    FIELD,
    REMOVE,
    ROW_KINDS,
    Operation,
    Value,
    pack,
    split_ids,
    unpack,
)
from desktop.store.schema import TOMBSTONE


@dataclass
class Head:
    """One head of a cell: the operation and what it says about the cell."""

    op: Operation
    value: Value
    packed: bytes


@dataclass
class RowState:
    """What the operations of one row (or of a class of rows that are the same) amount to."""

    exists: bool = False
    """Some live operation inserted the row."""
    heads: dict[int, list[Head]] = field(default_factory=dict)
    """Per cell the heads in op_id order; cells nobody stated are absent."""
    tombs: list[Head] = field(default_factory=list)
    """Heads of the tombstone: removals and restorations."""
    removed: bool = False
    conflicts: tuple[int, ...] = ()
    """Cells a person must decide, TOMBSTONE among them when a removal met an edit."""

    def shown(self, cell: int) -> Value:
        """The value on screen: of the head with the greatest op_id."""
        heads = self.heads.get(cell)
        return heads[-1].value if heads else None

    def shown_cells(self) -> dict[int, Value]:
        """All shown values."""
        return {cell: heads[-1].value for cell, heads in self.heads.items()}

    def head_ids(self, cell: int) -> tuple[bytes, ...]:
        """Operation ids of a cell's heads."""
        source = self.tombs if cell == TOMBSTONE else self.heads.get(cell, [])
        return tuple(h.op.op_id for h in source)

    def all_head_ids(self) -> set[bytes]:
        """Operation ids of all heads of all cells, the inserts among them."""
        return {h.op.op_id for heads in self.heads.values() for h in heads} | self.inserts

    inserts: set[bytes] = field(default_factory=set)


def evaluate_row(operations: Iterable[Operation]) -> RowState:
    """State of one row (or class) from its live operations: admitted, not void, of any order.

    Heads of a cell are the operations stating it that no other live operation names in `pred`.
    """
    state = RowState()
    fields: dict[int, list[Operation]] = {}
    inserts: list[Operation] = []
    tombs: list[Operation] = []
    superseded: dict[int, set[bytes]] = defaultdict(set)
    for op in operations:
        if op.kind in ROW_KINDS:
            inserts.append(op)
        elif op.kind == FIELD:
            fields.setdefault(op.cell, []).append(op)
            superseded[op.cell].update(split_ids(op.pred))
        elif op.kind == REMOVE:
            tombs.append(op)
            superseded[TOMBSTONE].update(split_ids(op.pred))
    state.exists = bool(inserts)
    state.inserts = {op.op_id for op in inserts}
    if len(inserts) == 1 and not fields and not tombs:  # the common case: a row nobody touched since
        op = inserts[0]
        state.heads = {c: [Head(op, v, b"")] for c, v in unpack(op.value).items()}
        return state
    heads: dict[int, list[Head]] = {}
    for op in inserts:
        for cell, value in unpack(op.value).items():
            if op.op_id not in superseded.get(cell, ()):
                heads.setdefault(cell, []).append(Head(op, value, pack(value)))
    for cell, ops in fields.items():
        gone = superseded[cell]
        for op in ops:
            if op.op_id not in gone:
                heads.setdefault(cell, []).append(Head(op, unpack(op.value), op.value))
    conflicts = []
    for cell, found in heads.items():
        if len(found) > 1:
            found.sort(key=lambda h: h.op.op_id)
            if len({h.packed for h in found}) > 1:
                conflicts.append(cell)
    state.heads = heads
    gone = superseded.get(TOMBSTONE, set())
    state.tombs = sorted(
        (Head(op, unpack(op.value), op.value) for op in tombs if op.op_id not in gone),
        key=lambda h: h.op.op_id,
    )
    if state.tombs:
        removals = [h for h in state.tombs if h.value[0]]
        if removals and len(removals) == len(state.tombs):
            seen = {s for h in removals for s in split_ids(h.value[1])}
            state.removed = state.all_head_ids() <= seen
            if not state.removed:
                conflicts.append(TOMBSTONE)
        elif removals:
            conflicts.append(TOMBSTONE)
    state.conflicts = tuple(sorted(conflicts))
    return state


def removal_value(removed: bool, seen: Iterable[bytes]) -> bytes:
    """Value of a removal (or restoration): the flag and the heads that were seen."""
    return pack([int(removed), b"".join(sorted(seen))])


def void_retracts(targets_by_retract: Mapping[bytes, Iterable[bytes]]) -> set[bytes]:
    """Which retract operations are themselves void (or caught in a circle, which makes them ineffective).

    `targets_by_retract` maps every admitted retract to the operations it names. An operation is void while a non-void
    retract names it; for retracts this is decided from the outermost inwards, whatever the order of arrival.
    """
    retracts = set(targets_by_retract)
    by: dict[bytes, set[bytes]] = {r: set() for r in retracts}
    for r, targets in targets_by_retract.items():
        for t in targets:
            if t in retracts:
                by[t].add(r)
    live: set[bytes] = set()
    void: set[bytes] = set()
    open_ = set(retracts)
    while True:
        found_live = {r for r in open_ if by[r] <= void}
        open_ -= found_live
        live |= found_live
        found_void = {r for r in open_ if by[r] & live}
        open_ -= found_void
        void |= found_void
        if not found_live and not found_void:
            return void | open_


def same_classes(statements: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Row → representative (the smallest id) for all rows in a class of more than one, from live same_as pairs."""
    parent: dict[bytes, bytes] = {}

    def find(x: bytes) -> bytes:
        while parent.setdefault(x, x) != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in statements:
        ra, rb = find(a), find(b)
        if ra != rb:
            low, high = (ra, rb) if ra < rb else (rb, ra)
            parent[high] = low
    return {x: find(x) for x in parent}
