"""The state as a pure function of the set of operations: heads, conflicts, tombstones, sameness, void retractions.

Nothing here touches a database or a clock. The journal calls these functions on the rows a change touched; `rebuild`,
`known-at` and the property tests call them on everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from desktop.store.operations import (
    FIELD,
    REMOVE,
    ROW_KINDS,
    SAME_AS,
    Operation,
    Value,
    pack,
    split_ids,
    unpack,
)
from desktop.store.schema import SAMENESS, TOMBSTONE


class Head(NamedTuple):
    """One head of a cell: the operation and what it says about the cell."""

    op: Operation
    value: Value


class RowState:
    """What the operations of one row (or of a class of rows that are the same) amount to."""

    __slots__ = ("_heads", "_origin", "conflicts", "contested", "exists", "inserts", "removed", "tombs", "values")

    def __init__(self) -> None:
        self.exists = False
        """Some live operation inserted the row."""
        self.values: dict[int, Value] = {}
        """Per cell the value on screen: of the head with the greatest op_id. Cells nobody stated are absent."""
        self.contested: dict[int, list[Head]] = {}
        """Cells with several heads, in op_id order; they may agree."""
        self.tombs: list[Head] = []
        """Heads of the tombstone: removals and restorations."""
        self.removed = False
        self.conflicts: tuple[int, ...] = ()
        """Cells a person must decide; TOMBSTONE among them when a removal met an edit, SAMENESS when rows of a class
        were also found to be different. A removed row has none: whoever removed it saw all its heads."""
        self.inserts: set[bytes] = set()
        self._origin: dict[int, Operation] = {}
        self._heads: dict[int, list[Head]] | None = None

    @property
    def heads(self) -> dict[int, list[Head]]:
        """Per cell the heads in op_id order; cells nobody stated are absent."""
        if self._heads is None:
            contested, origin = self.contested, self._origin
            self._heads = {c: contested.get(c) or [Head(origin[c], v)] for c, v in self.values.items()}
        return self._heads

    def shown(self, cell: int) -> Value:
        """The value on screen."""
        return self.values.get(cell)

    def shown_cells(self) -> dict[int, Value]:
        """All shown values."""
        return self.values

    def head_ids(self, cell: int) -> tuple[bytes, ...]:
        """Operation ids of a cell's heads."""
        source = self.tombs if cell == TOMBSTONE else self.heads.get(cell, [])
        return tuple(h.op.op_id for h in source)

    def all_head_ids(self) -> set[bytes]:
        """Operation ids of all heads of all cells, the inserts among them."""
        found = {op.op_id for op in self._origin.values()} | self.inserts
        return found.union(h.op.op_id for heads in self.contested.values() for h in heads)


def evaluate_row(operations: Iterable[Operation], members: Sequence[bytes] = ()) -> RowState:
    """State of one row (or of the class with these members) from its live operations: admitted, not void, in any order.

    Heads of a cell are the operations stating it that no other live operation of the row or class names in `pred`.
    """
    state = RowState()
    fields: dict[int, list[Operation]] = {}
    inserts: list[Operation] = []
    tombs: list[Operation] = []
    superseded: dict[int, set[bytes]] = {}
    apart = False
    for op in operations:
        kind = op.kind
        if kind in ROW_KINDS:
            inserts.append(op)
        elif kind == FIELD:
            fields.setdefault(op.cell, []).append(op)
            if op.pred:
                superseded.setdefault(op.cell, set()).update(split_ids(op.pred))
        elif kind == REMOVE:
            tombs.append(op)
            if op.pred:
                superseded.setdefault(TOMBSTONE, set()).update(split_ids(op.pred))
        elif kind == SAME_AS and len(members) > 1:
            other, same = unpack(op.value)
            apart = apart or (not same and other in members and op.row in members)
    state.exists = bool(inserts)
    state.inserts = {op.op_id for op in inserts}
    conflicts = [SAMENESS] if apart else []
    stated = [(op, unpack(op.value)) for op in inserts]
    if len(stated) == 1:
        op, state.values = stated[0]
        state._origin = dict.fromkeys(state.values, op)
        open_cells: Iterable[int] = fields
    else:
        open_cells = fields.keys() | {cell for _, values in stated for cell in values}
    for cell in open_cells:
        gone = superseded.get(cell, _NOBODY)
        found = [Head(op, values[cell]) for op, values in stated if cell in values and op.op_id not in gone]
        found += [Head(op, unpack(op.value)) for op in fields.get(cell, ()) if op.op_id not in gone]
        if not found:  # operations that name each other: nobody writes such, but nothing else may break
            state.values.pop(cell, None)
            state._origin.pop(cell, None)
            continue
        if len(found) > 1:
            found.sort(key=_op_id)
            state.contested[cell] = found
            if len({pack(h.value) for h in found}) > 1:
                conflicts.append(cell)
        state._origin[cell], state.values[cell] = found[-1]
    if tombs:
        gone = superseded.get(TOMBSTONE, _NOBODY)
        state.tombs = sorted((Head(op, unpack(op.value)) for op in tombs if op.op_id not in gone), key=_op_id)
        removals = [h for h in state.tombs if h.value[0]]
        if removals and len(removals) == len(state.tombs):
            seen = {s for h in removals for s in split_ids(h.value[1])}
            state.removed = state.all_head_ids() <= seen
        if removals:
            conflicts.append(TOMBSTONE)
    state.conflicts = () if state.removed else tuple(sorted(conflicts))
    return state


_NOBODY: frozenset[bytes] = frozenset()


def _op_id(head: Head) -> bytes:
    return head.op.op_id


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


def void_targets(targets_by_retract: Mapping[bytes, Iterable[bytes]]) -> set[bytes]:
    """All operations that are void under these admitted retracts."""
    ineffective = void_retracts(targets_by_retract)
    return {t for r, targets in targets_by_retract.items() if r not in ineffective for t in targets}


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
