"""New rows by the column give byte for byte what one row at a time gives, in the journal and in the tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.common.clock import HybridClock
from desktop.common.errors import UsageError
from desktop.store.new_rows import stored_rows
from desktop.store.operations import cells_of, pack_row, unpack
from tests.store.conftest import MakeRegister
from tests.store.registers import SMALL, child_rows, consistent, everything, merge, table_rows

HOUSEHOLD = SMALL["household"]
TEXT = st.none() | st.sampled_from(["", "甲", "x\0y", "100", "长" * 40]) | st.integers(-5, 5) | st.booleans()
NUMBER = st.none() | st.integers(-(1 << 40), 1 << 40) | st.just("")
LINE = st.tuples(TEXT, NUMBER) | st.lists(TEXT, max_size=1) | st.fixed_dictionaries({"fen": NUMBER, "source": TEXT})
ROW = st.fixed_dictionaries(
    {},
    optional={
        "division_id": TEXT, "division_code": TEXT, "phone": TEXT, "quantity": TEXT, "unit": TEXT, "size": NUMBER,
        "parts": st.none() | st.lists(LINE, max_size=3),
    },
)  # fmt: skip


def columns_of_rows(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(n for row in rows for n in row)}


@given(st.lists(ROW, min_size=1, max_size=6))
def test_packed_rows_are_what_single_rows_are(rows: list[dict[str, Any]]) -> None:
    packed = stored_rows(HOUSEHOLD, columns_of_rows(rows), len(rows)).packed()
    assert [unpack(p) for p in packed] == [unpack(pack_row(cells_of(HOUSEHOLD, row))) for row in rows]
    in_order = [dict(sorted(cells_of(HOUSEHOLD, row).items())) for row in rows]
    assert packed == [pack_row(cells) for cells in in_order]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=45))
def test_rows_in_bulk_look_as_rows_one_by_one(shared_registers: Any, rows: list[dict[str, Any]]) -> None:
    bulk, single = shared_registers
    with bulk.write("成批") as w:
        ids = w.insert_many("household", rows)
    with single.write("逐条") as w:
        for row_id, row in zip(ids, rows, strict=True):
            w.insert("household", row, row_id)
    assert [unpack(op.value) for op in everything(bulk)] == [unpack(op.value) for op in everything(single)]
    assert table_rows(bulk, "household") == table_rows(single, "household")
    assert child_rows(bulk, "household_part") == child_rows(single, "household_part")
    assert bulk.digest() == single.digest()
    assert bulk.check_tables() == []


@pytest.fixture
def shared_registers(new_register: MakeRegister) -> Any:
    return new_register("A"), new_register("B")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"phone": ["1"], "gibt_es_nicht": [None]}, "gibt_es_nicht"),
        ({"size": ["drei"]}, "整数"),
        ({"size": [1 << 63]}, "整数"),
        ({"phone": [["1"]]}, "文字"),
        ({"parts": [[["a", 1, 2]]]}, "只有 2 项"),
    ],
)
def test_what_does_not_fit_is_named(columns: dict[str, list[Any]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        stored_rows(HOUSEHOLD, columns, 1)


def test_floats_are_never_stored_in_bulk() -> None:
    for column in ("phone", "size"):
        with pytest.raises(TypeError):
            stored_rows(HOUSEHOLD, {column: [1.0]}, 1)


def test_bulk_rows_are_edited_undone_and_merged_like_any(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B")
    with consistent(a, b):
        with a.write("导入") as w:
            shared = [["甲", 3]]
            ids = w.insert_columns(
                "household", [{"phone": [str(n) for n in range(300)], "size": [7] * 300, "parts": [shared] * 300}]
            )
        assert w.result is not None
        unit = w.result.unit_id
        merge(a, b)
        with b.write("改") as w:
            w.change("household", ids[5], {"phone": "别的", "parts": []})
        with a.write("改") as w:
            w.change("household", ids[5], {"phone": "另外"})
            w.remove("household", ids[6])
        merge(b, a)
        merge(a, b)
        assert [c.cell for c in a.conflicts()] == ["phone"]
        assert a.digest() == b.digest()
        assert [row_id for row_id, *_ in child_rows(a, "household_part")] == sorted(set(ids) - {ids[5]})
        before = a.digest()
        undone = a.undo(unit)
        merge(a, b)
        assert a.digest() == b.digest()
        assert table_rows(b, "household") == {}
        a.undo(undone.unit_id)
        assert a.digest() == before


def test_consecutive_ids_are_those_of_single_ticks() -> None:
    for last in (0, 9):
        one, many = HybridClock(b"r" * 8, last, lambda: 7), HybridClock(b"r" * 8, last, lambda: 7)
        single = [one.tick() for _ in range(70_000)]
        assert many.ticks(30_000) + many.ticks(0) + many.ticks(40_000) == single
        assert (many.last_ms, many.tick()) == (one.last_ms, one.tick())
