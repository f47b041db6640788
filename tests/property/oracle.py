"""What a set of operations means, written straight from ARCHITECTURE §2: slow, naive, and blind to `desktop.store`.

No line here calls the journal's own evaluation; only the numbers of kinds and cells are shared, and written out again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgpack

INSERT, FIELD, REMOVE, ATTACH, SAME_AS, RETRACT, ADMIT, REFUSE = range(1, 9)
SAMENESS, TOMBSTONE = 65534, 65535

Key = tuple[int, bytes]


def ids(packed: bytes) -> list[bytes]:
    return [packed[i : i + 16] for i in range(0, len(packed), 16)]


@dataclass(frozen=True)
class Placing:
    """How a table says where its rows lie: (cell, position in the cell) of the code and of each parent."""

    code: tuple[int, int | None] | None = None
    parents: tuple[tuple[int, int | None], ...] = ()
    county_only: bool = False

    @property
    def open(self) -> bool:
        return self.code is None and not self.parents and not self.county_only


@dataclass
class Row:
    """A record as it should be: per cell the shown value and all head values, what is undecided, what is removed."""

    members: list[bytes]
    exists: bool = False
    heads: dict[int, dict[bytes, Any]] = field(default_factory=dict)
    tombs: dict[bytes, list[Any]] = field(default_factory=dict)
    removed: bool = False
    conflicts: set[int] = field(default_factory=set)

    def shown(self, cell: int) -> Any:
        heads = self.heads.get(cell)
        return heads[max(heads)] if heads else None


class Oracle:
    """The state of a set of operations, given which devices are limited to which divisions."""

    def __init__(
        self,
        operations: Iterable[Any],
        placing: Mapping[int, Placing],
        scopes: Mapping[bytes, tuple[str, ...]] | None = None,
        device_of: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self.ops = {op.op_id: op for op in operations}
        self.placing = placing
        self.scopes = scopes or {}
        self.device_of = device_of or {}
        self.value = {i: msgpack.unpackb(op.value, raw=False, strict_map_key=False) for i, op in self.ops.items()}
        self.kind = {i: op.kind for i, op in self.ops.items()}

    # --- what counts -------------------------------------------------------------------------------------------

    def device(self, op_id: bytes) -> bytes:
        return self.device_of.get(op_id[8:], b"")

    def limits(self, op_id: bytes) -> tuple[str, ...] | None:
        return self.scopes.get(self.device(op_id))

    def _void_by(self, edges: Mapping[bytes, Iterable[bytes]]) -> set[bytes]:
        """An operation is void while a non-void retract names it. Ids name what was seen, so there are no circles."""
        naming: dict[bytes, list[bytes]] = {}
        for retract, targets in edges.items():
            for target in targets:
                naming.setdefault(target, []).append(retract)

        def void(op_id: bytes) -> bool:
            return any(not void(by) for by in naming.get(op_id, ()))

        return {t for t in naming if void(t)}

    @cached_property
    def decided(self) -> dict[bytes, int]:
        """The county's latest live word on an operation; limited devices have no say in it, nor in undoing it."""
        free = {i: ids(self.value[i]) for i, k in self.kind.items() if k == RETRACT and self.limits(i) is None}
        gone = self._void_by(free)
        out: dict[bytes, tuple[bytes, int]] = {}
        for i, k in self.kind.items():
            if k in (ADMIT, REFUSE) and i not in gone and self.limits(i) is None:
                for target in ids(self.value[i]):
                    if target not in out or out[target][0] < i:
                        out[target] = (i, k)
        return {t: k for t, (_, k) in out.items()}

    def _stated(self, op: Any) -> tuple[set[str], set[bytes]] | None:
        """Codes and parents an operation puts its row to; None when it does not speak of the place."""
        how = self.placing.get(op.table)
        if op.kind not in (INSERT, ATTACH, FIELD):
            return None
        if how is None or how.open or how.county_only:
            return (set(), set()) if how is not None and how.open and op.kind in (INSERT, ATTACH) else None
        value = self.value[op.op_id]
        cells = value if op.kind in (INSERT, ATTACH) else {op.cell: value} if op.kind == FIELD else {}

        def said(where: tuple[int, int | None]) -> Any:
            cell, at = where
            got = cells.get(cell)
            if at is not None:
                got = got[at] if isinstance(got, list) and at < len(got) else None
            return got

        codes = {said(how.code)} if how.code and said(how.code) else set()
        parents = {bytes.fromhex(said(p)) for p in how.parents if said(p)}
        if not codes and not parents and op.kind == FIELD:
            return None
        return codes, parents

    @cached_property
    def admitted(self) -> set[bytes]:
        """In scope: an admitted operation ever placed the row in the certificate's divisions. Grown from nothing."""
        out = {i for i in self.ops if self.limits(i) is None}
        while True:
            places = self._places(out)
            more = set()
            for i in self.ops.keys() - out:
                word = self.decided.get(i)
                if word == REFUSE:
                    continue
                if word == ADMIT or self._in_scope(i, places):
                    more.add(i)
            if not more:
                return out
            out |= more

    def _places(self, admitted: set[bytes]) -> dict[bytes, set[str]]:
        """Where admitted operations ever placed rows, void ones too; "" stands for everywhere."""
        places: dict[bytes, set[str]] = {}
        while True:
            before = sum(map(len, places.values()))
            for i in admitted:
                op = self.ops[i]
                stated = self._stated(op)
                if stated is not None:
                    places.setdefault(op.row, set()).update(self._reached(stated, places))
            if sum(map(len, places.values())) == before:
                return places

    @staticmethod
    def _reached(stated: tuple[set[str], set[bytes]], places: Mapping[bytes, set[str]]) -> set[str]:
        codes, parents = stated
        if not codes and not parents:
            return {""}
        return codes.union(*(places.get(p, set()) for p in parents))

    def _covers(self, limits: tuple[str, ...], lying: set[str]) -> bool:
        return any(place == "" or any(place.startswith(code) for code in limits) for place in lying)

    @cached_property
    def made(self) -> set[bytes]:
        """Rows that devices without limits inserted: nobody else creates them."""
        return {op.row for i, op in self.ops.items() if op.kind in (INSERT, ATTACH) and self.limits(i) is None}

    def _in_scope(self, op_id: bytes, places: Mapping[bytes, set[str]]) -> bool:
        op, limits = self.ops[op_id], self.limits(op_id)
        assert limits is not None
        if op.kind == RETRACT:
            return True  # judged target by target
        if op.kind in (ADMIT, REFUSE):
            return False
        how = self.placing.get(op.table)
        if how is None or how.open:
            return True
        if how.county_only:
            return False
        lying = set(places.get(op.row, ()))
        if op.kind in (INSERT, ATTACH) and op.row not in self.made:
            stated = self._stated(op)
            lying |= self._reached(stated, places) if stated is not None else set()
        return self._covers(limits, lying)

    @cached_property
    def void(self) -> set[bytes]:
        places = self._places(self.admitted)
        edges = {}
        for i, k in self.kind.items():
            if k == RETRACT and i in self.admitted:
                edges[i] = [t for t in ids(self.value[i]) if self._may_retract(i, t, places)]
        return self._void_by(edges)

    def _may_retract(self, by: bytes, target: bytes, places: Mapping[bytes, set[str]]) -> bool:
        limits = self.limits(by)
        if limits is None:
            return True
        if target not in self.ops or self.kind[target] in (ADMIT, REFUSE):
            return False
        if self.device(target) == self.device(by):
            return True
        allowed = self.decided.get(by) == ADMIT
        if self.kind[target] != RETRACT:
            return allowed or self._lies_in(target, limits, places)
        inner = ids(self.value[target])
        if any(t not in self.ops or self.kind[t] in (RETRACT, ADMIT, REFUSE) for t in inner):
            return allowed and self.limits(target) is not None
        return allowed or all(self._lies_in(t, limits, places) for t in inner)

    def _lies_in(self, op_id: bytes, limits: tuple[str, ...], places: Mapping[bytes, set[str]]) -> bool:
        how = self.placing.get(self.ops[op_id].table)
        if how is None or how.open:
            return True
        return not how.county_only and self._covers(limits, places.get(self.ops[op_id].row, set()))

    @cached_property
    def live(self) -> set[bytes]:
        return self.admitted - self.void

    # --- what it amounts to ------------------------------------------------------------------------------------

    @cached_property
    def rows(self) -> dict[Key, Row]:
        live = [self.ops[i] for i in sorted(self.live)]
        classes: dict[Key, set[bytes]] = {}
        apart: list[tuple[int, bytes, bytes]] = []
        for op in live:
            if op.table:
                classes.setdefault((op.table, op.row), {op.row})
            if op.kind == SAME_AS:
                other, same = self.value[op.op_id]
                if same:
                    both = classes.get((op.table, op.row), {op.row}) | classes.get((op.table, other), {other})
                    for member in both:
                        classes[op.table, member] = both
                else:
                    apart.append((op.table, op.row, other))
        out = {}
        for (table, row), members in classes.items():
            if row == min(members):
                found = [op for op in live if op.table == table and op.row in members]
                out[table, row] = self._row(sorted(members), found)
                if any(t == table and {a, b} <= members for t, a, b in apart) and not out[table, row].removed:
                    out[table, row].conflicts.add(SAMENESS)
        return out

    def _row(self, members: list[bytes], ops: list[Any]) -> Row:
        row = Row(members)
        named: dict[int, set[bytes]] = {}
        for op in ops:
            if op.kind in (FIELD, REMOVE):
                named.setdefault(op.cell, set()).update(ids(op.pred))
        every = set()
        for op in ops:
            value = self.value[op.op_id]
            if op.kind in (INSERT, ATTACH):
                row.exists = True
                every.add(op.op_id)
                for cell, part in value.items():
                    if op.op_id not in named.get(cell, ()):
                        row.heads.setdefault(cell, {})[op.op_id] = part
            elif op.kind == FIELD and op.op_id not in named.get(op.cell, ()):
                row.heads.setdefault(op.cell, {})[op.op_id] = value
            elif op.kind == REMOVE and op.op_id not in named.get(TOMBSTONE, ()):
                row.tombs[op.op_id] = value
        for cell, heads in row.heads.items():
            every |= set(heads)
            if len({json.dumps(v) for v in heads.values()}) > 1:
                row.conflicts.add(cell)
        taken_out = [seen for flag, seen in row.tombs.values() if flag]
        if taken_out and len(taken_out) == len(row.tombs):
            row.removed = every <= {i for seen in taken_out for i in ids(seen)}
        if taken_out:
            row.conflicts.add(TOMBSTONE)
        if row.removed:  # whoever took it out had seen every head: nothing is left to decide
            row.conflicts = set()
        return row

    def dump(self) -> list[dict[str, Any]]:
        """The dump as it must be: for each record its members, per cell the shown value and the others, `x`, `o`."""
        out = []
        for (table, representative), row in self.rows.items():
            if not (row.heads or row.exists or row.tombs):
                continue
            cells = {}
            for cell, heads in row.heads.items():
                shown = row.shown(cell)
                others = {json.dumps(v, ensure_ascii=False) for v in heads.values()} - {
                    json.dumps(shown, ensure_ascii=False)
                }
                cells[str(cell)] = [shown, *(json.loads(o) for o in sorted(others))]
            line: dict[str, Any] = {"t": table, "r": representative.hex(), "c": cells}
            if len(row.members) > 1:
                line["m"] = [m.hex() for m in row.members]
            if row.tombs:
                undecided = any(flag for flag, _ in row.tombs.values())
                line["x"] = 1 if row.removed else 2 if undecided else 0
            if not row.exists:
                line["o"] = 1
            out.append(line)
        return sorted(out, key=lambda line: (line["t"], line["r"]))

    def conflicts(self) -> set[tuple[int, str, int]]:
        """(table, representative, cell) of everything a person must decide."""
        return {(t, r.hex(), cell) for (t, r), row in self.rows.items() for cell in row.conflicts}

    def standing(self) -> dict[bytes, tuple[bool, bool]]:
        """Per operation: void, admitted."""
        return {i: (i in self.void, i in self.admitted) for i in self.ops}
