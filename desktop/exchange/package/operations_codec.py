"""Operations as columns: the bytes of a kind stand together, ids as differences, so that zstd finds what
repeats.

A chunk is one msgpack list of columns. Every id of 16 bytes is split: operation ids into clock (difference
to the one before, byte planes) and replica (index into a list), rows and units into a list of the distinct
ones and an index. Values are grouped by table and cell; the order follows from the other columns and takes
no space.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice, pairwise
from typing import Any

import msgpack

from desktop.exchange.package.limits import LARGEST_PART, unpack
from desktop.exchange.package.refusals import Reason, Refused
from desktop.store.operations import ATTACH, INSERT, REFUSE, Operation, pack
from desktop.store.provenance import Unit

CHUNK = 20_000
"""Operations per chunk."""
_CHUNK_BYTES = 16 << 20
_FORMAT = 1
_MASK = (1 << 64) - 1
_LARGEST_VALUE = 8 << 20
_KINDS = frozenset(range(INSERT, REFUSE + 1))


def encode_operations(operations: Iterable[Operation]) -> Iterator[tuple[bytes, int]]:
    """Chunks of operations, in the order given, each with its count."""
    source = iter(operations)
    while batch := list(_batch(source)):
        yield _encode(batch), len(batch)


def _batch(source: Iterator[Operation]) -> Iterator[Operation]:
    size = 0
    for op in islice(source, CHUNK):
        yield op
        size += len(op.value) + len(op.pred)
        if size > _CHUNK_BYTES:
            return


def _encode(ops: Sequence[Operation]) -> bytes:
    replicas = _Distinct()
    rows, units = _Distinct(), _Distinct()
    preds = [op.pred[at : at + 16] for op in ops for at in range(0, len(op.pred), 16)]
    order = _value_order([op.table for op in ops], [op.cell for op in ops])
    columns = [
        _FORMAT,
        len(ops),
        _clock([op.op_id for op in ops]),
        _planes("I", [replicas.index(op.op_id[8:]) for op in ops]),
        bytes(op.kind for op in ops),
        _planes("I", [op.table for op in ops]),
        _planes("I", [op.cell for op in ops]),
        _planes("I", [rows.index(op.row) for op in ops]),
        _planes("I", [units.index(op.unit) for op in ops]),
        _planes("I", [len(op.pred) // 16 for op in ops]),
        _clock(preds),
        _planes("I", [replicas.index(pred[8:]) for pred in preds]),
        _planes("I", [len(ops[at].value) for at in order]),
        b"".join(ops[at].value for at in order),
        replicas.joined(),
        _transposed(rows.joined(), 16),
        units.joined(),
    ]
    return bytes(msgpack.packb(columns))


def decode_operations(raw: bytes, count: int) -> list[Operation]:
    """The operations of a chunk; Refused when anything in it is not as `encode_operations` writes it."""
    columns = unpack(raw, deepest=1)
    try:
        return _decode(columns, count)
    except (ValueError, TypeError, IndexError, OverflowError, msgpack.UnpackException) as error:
        raise Refused(Reason.OPERATIONS_DAMAGED) from error


def _decode(columns: Any, count: int) -> list[Operation]:
    if not isinstance(columns, list) or len(columns) != 17 or columns[0] != _FORMAT:
        raise ValueError("not a chunk of this format")
    if columns[1] != count or not 0 < count <= CHUNK or not all(isinstance(c, bytes) for c in columns[2:]):
        raise ValueError("columns")
    clock, replica, kinds, tables, cells, rows, units, pred_counts = columns[2:10]
    pred_clock, pred_replica, lengths, values, replica_list, row_list, unit_list = columns[10:]
    replicas = _cut(replica_list, 8)
    row_ids = _cut(_gathered(row_list, 16), 16)
    unit_ids = _cut(unit_list, 16)
    ids = _ids(clock, replica, replicas, count)
    table_numbers, cell_numbers = _numbers(tables, count), _numbers(cells, count)
    row_index, unit_index = _numbers(rows, count), _numbers(units, count)
    ends = [0, *accumulate(_numbers(pred_counts, count))]
    if ends[-1] * 8 != len(pred_clock) or len(kinds) != count or not _KINDS.issuperset(kinds):
        raise ValueError("predecessors or kinds")
    preds = _ids(pred_clock, pred_replica, replicas, ends[-1])
    by_place: list[bytes] = [b""] * count
    start = 0
    order = _value_order(table_numbers, cell_numbers)
    for at, length in zip(order, _numbers(lengths, count), strict=True):
        by_place[at] = values[start : start + length]
        start += length
    if start != len(values):
        raise ValueError("values")
    out = []
    for n in range(count):
        pred = preds[ends[n] : ends[n + 1]]
        if any(a >= b for a, b in pairwise(pred)):
            raise ValueError("predecessors are not in order")
        out.append(
            Operation(
                ids[n], kinds[n], table_numbers[n], row_ids[row_index[n]], cell_numbers[n],
                _checked_value(kinds[n], by_place[n]), b"".join(pred), unit_ids[unit_index[n]],
            )
        )  # fmt: skip
    return out


def _checked_value(kind: int, value: bytes) -> bytes:
    """A value's canonical bytes: equal values must have equal bytes, or one operation could have two contents."""
    if len(value) > _LARGEST_VALUE:
        raise Refused(Reason.TOO_DEEP)
    plain = unpack(value)
    if isinstance(plain, dict) != (kind in (INSERT, ATTACH)) or pack(plain) != value:
        raise ValueError("a value is not canonical")
    return value


def encode_units(units: Iterable[Unit]) -> bytes:
    """Units of work: who, when, why, from what."""
    return bytes(msgpack.packb([[u.unit_id, u.device, u.who, u.reason, u.at_ms, u.source] for u in units]))


def decode_units(raw: bytes) -> list[Unit]:
    """What `encode_units` wrote; Refused when it is not of that form."""
    found = []
    for entry in _entries(raw):
        if not (isinstance(entry, list) and len(entry) == 6):
            raise Refused(Reason.OPERATIONS_DAMAGED)
        unit_id, device, who, reason, at_ms, source = entry
        texts = all(isinstance(t, str) and len(t) < 10_000 for t in (who, reason, source))
        ids = isinstance(unit_id, bytes) and isinstance(device, bytes) and (len(unit_id), len(device)) == (16, 32)
        if not (texts and ids and type(at_ms) is int and 0 <= at_ms < 1 << 48):
            raise Refused(Reason.OPERATIONS_DAMAGED)
        found.append(Unit(unit_id, device, who, reason, at_ms, source))
    return found


def encode_replicas(replicas: Mapping[bytes, bytes]) -> bytes:
    """Which device issued a replica id."""
    return bytes(msgpack.packb([[replica, device] for replica, device in sorted(replicas.items())]))


def decode_replicas(raw: bytes) -> dict[bytes, bytes]:
    """What `encode_replicas` wrote; Refused when it is not of that form or names a replica twice."""
    found: dict[bytes, bytes] = {}
    for entry in _entries(raw):
        if not (
            isinstance(entry, list)
            and len(entry) == 2
            and all(isinstance(part, bytes) for part in entry)
            and (len(entry[0]), len(entry[1])) == (8, 32)
            and entry[0] not in found
        ):
            raise Refused(Reason.OPERATIONS_DAMAGED)
        found[entry[0]] = entry[1]
    return found


def _entries(raw: bytes) -> list[Any]:
    if len(raw) > LARGEST_PART:
        raise Refused(Reason.BOMB)
    entries = unpack(raw, deepest=2)
    if not isinstance(entries, list):
        raise Refused(Reason.OPERATIONS_DAMAGED)
    return entries


class _Distinct:
    """Numbers distinct byte strings in the order they first appear."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def index(self, value: bytes) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def joined(self) -> bytes:
        return b"".join(self._numbers)


def _value_order(tables: Sequence[int], cells: Sequence[int]) -> list[int]:
    keys = [table << 32 | cell for table, cell in zip(tables, cells, strict=True)]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _clock(ids: Sequence[bytes]) -> bytes:
    """The clock halves of ids as differences modulo 2⁶⁴, in byte planes."""
    differences = array("Q")
    before = 0
    for each in ids:
        now = int.from_bytes(each[:8], "big")
        differences.append((now - before) & _MASK)
        before = now
    return _transposed(_little(differences), 8)


def _ids(clock: bytes, replica: bytes, replicas: Sequence[bytes], count: int) -> list[bytes]:
    if len(clock) != 8 * count:
        raise ValueError("clock")
    differences = array("Q", _gathered(clock, 8))
    _swap_if_big(differences)
    now = 0
    out = []
    for difference, which in zip(differences, _numbers(replica, count), strict=True):
        now = (now + difference) & _MASK
        out.append(now.to_bytes(8, "big") + replicas[which])
    return out


def _planes(kind: str, numbers: Iterable[int]) -> bytes:
    values = array(kind, numbers)
    return _transposed(_little(values), values.itemsize)


def _numbers(planes: bytes, count: int) -> array[int]:
    if len(planes) != 4 * count:
        raise ValueError("column length")
    values = array("I", _gathered(planes, 4))
    _swap_if_big(values)
    return values


def _little(values: array[int]) -> bytes:
    copy = values[:]
    _swap_if_big(copy)
    return copy.tobytes()


def _swap_if_big(values: array[int]) -> None:
    if sys.byteorder == "big":
        values.byteswap()


def _transposed(data: bytes, width: int) -> bytes:
    return b"".join(data[at::width] for at in range(width))


def _gathered(planes: bytes, width: int) -> bytes:
    if len(planes) % width:
        raise ValueError("planes")
    out = bytearray(len(planes))
    size = len(planes) // width
    for at in range(width):
        out[at::width] = planes[at * size : (at + 1) * size]
    return bytes(out)


def _cut(joined: bytes, width: int) -> list[bytes]:
    if len(joined) % width:
        raise ValueError("list")
    return [joined[at : at + width] for at in range(0, len(joined), width)]
