"""Values are stored in one canonical form, and malformed operations of others are recognised."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from desktop.common.errors import UsageError
from desktop.store.operations import (
    ADMIT,
    FIELD,
    INSERT,
    NO_ROW,
    REMOVE,
    RETRACT,
    SAME_AS,
    Operation,
    cells_of,
    check,
    columns_of,
    entered,
    fitting,
    join_ids,
    pack,
    plain,
    split_ids,
    unpack,
)
from desktop.store.schema import SAMENESS, TOMBSTONE
from tests.store.registers import SMALL

HOUSEHOLD = SMALL["household"]
ROW = bytes(range(16))


def op(
    kind: int = FIELD, table: int = 2, row: bytes = ROW, cell: int = 2, value: Any = "x", **more: bytes
) -> Operation:
    packed = value if isinstance(value, bytes) and kind == FIELD else msgpack.packb(value)
    return Operation(b"o" * 16, kind, table, row, cell, packed, **({"pred": b"", "unit": b"u" * 16} | more))


def test_cells_of_a_row_leave_out_what_is_unknown() -> None:
    values = {"division_code": "4407", "phone": "", "quantity": None, "parts": [["a", 1], ("b", None)], "size": 0}
    assert cells_of(HOUSEHOLD, values) == {1: [None, "4407"], 4: [["a", 1], ["b", None]], 5: 0}
    assert columns_of(HOUSEHOLD, {1: [None, "4407"], 5: 0}) == {
        "division_id": None, "division_code": "4407", "phone": None, "quantity": None, "unit": None, "size": 0,
    }  # fmt: skip


def test_list_cells_take_lines_by_column_name_too() -> None:
    assert cells_of(HOUSEHOLD, {"parts": [{"fen": 5, "source": "a"}]}) == {4: [["a", 5]]}
    with pytest.raises(UsageError, match="一行只有 2 项"):
        cells_of(HOUSEHOLD, {"parts": [["a", 1, 2]]})


@pytest.mark.parametrize("values", [{"nope": 1}, {"nope": None}, {"phone": "1", "nope": ""}])
def test_an_unknown_column_is_named(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="nope"):
        cells_of(HOUSEHOLD, values)


@pytest.mark.parametrize(("column", "value"), [("size", "twelve"), ("size", 1 << 70), ("phone", ["x"])])
def test_a_value_of_another_kind_is_refused(column: str, value: Any) -> None:
    with pytest.raises(UsageError, match=column):
        cells_of(HOUSEHOLD, {column: value})


def test_numbers_become_text_where_text_is_kept() -> None:
    assert entered(HOUSEHOLD, "phone", 100) == "100"
    assert entered(HOUSEHOLD, "phone", "a\0b") == "ab"  # PostgreSQL keeps no NUL
    assert entered(HOUSEHOLD, "size", True) == 1


def test_floats_are_never_stored() -> None:
    for refused in (1.5, [1.5], object()):
        with pytest.raises(TypeError):
            plain(refused)
        with pytest.raises(TypeError):
            pack(refused)


def test_packing_is_reversible_and_canonical() -> None:
    value = {1: "甲", 2: [None, 5], 3: None, 4: [["a", -1]], 5: b"\0\1"}
    assert unpack(pack(value)) == value
    assert pack((1, 2)) == pack([1, 2])
    assert split_ids(join_ids([b"b" * 16, b"a" * 16, b"b" * 16])) == [b"a" * 16, b"b" * 16]


def test_what_a_column_cannot_hold_shows_as_nothing() -> None:
    assert [fitting(v, None) for v in ("a", 5, ["a"], None)] == ["a", "5", None, None]
    assert [fitting(v, 99) for v in (99, 100, "5", None)] == [99, None, None, None]


@pytest.mark.parametrize(
    "good",
    [
        op(),
        op(value=None, pred=b"p" * 32),
        op(INSERT, cell=0, value={1: ["a", "b"], 4: [["x", 1]], 999: "newer"}),
        op(REMOVE, cell=TOMBSTONE, value=[1, b"h" * 32]),
        op(SAME_AS, cell=SAMENESS, value=[b"z" * 16, 0]),
        op(RETRACT, table=0, row=NO_ROW, cell=0, value=b"t" * 16),
        op(99, value=1.5),  # a kind of a later version is kept as it is
        op(table=4711),
    ],
)
def test_well_formed_operations_pass(good: Operation) -> None:
    check(good)


@pytest.mark.parametrize(
    "bad",
    [
        op(row=b"short"),
        op(pred=b"x"),
        op(unit=b""),
        op(kind=0),
        op(kind=1 << 15),
        op(table=0),
        op(table=1 << 31),
        op(cell=0),
        op(cell=TOMBSTONE),
        op(value=1.5),
        op(value={"a": 1}),
        op(value=b"\xc1"),
        op(value=b"\xa1\xff"),
        op(value=msgpack.packb("a") + b"x"),
        op(INSERT, cell=0, value=["a"]),
        op(INSERT, cell=0, value={0: "a"}),
        op(INSERT, cell=0, value={1: {2: 3}}),
        op(INSERT, cell=1, value={1: "a"}),
        op(REMOVE, cell=TOMBSTONE, value=[1, b"short"]),
        op(REMOVE, cell=TOMBSTONE, value=[2, b""]),
        op(SAME_AS, cell=SAMENESS, value=[ROW, 1]),
        op(RETRACT, table=2, cell=0, value=b"t" * 16),
        op(ADMIT, table=0, row=NO_ROW, cell=0, value=b"t" * 15),
    ],
)
def test_malformed_operations_are_recognised(bad: Operation) -> None:
    with pytest.raises(ValueError, match=r"."):
        check(bad)
