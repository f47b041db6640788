"""Heads, conflicts, tombstones, sameness and voids, from operations alone."""

from __future__ import annotations

import itertools
from typing import Any

from desktop.store.evaluate import evaluate_row, removal_value, same_classes, void_retracts
from desktop.store.operations import FIELD, INSERT, REMOVE, SAME_AS, Operation, join_ids, pack
from desktop.store.schema import SAMENESS, TOMBSTONE

ROW, OTHER = b"r" * 16, b"s" * 16


def oid(n: int) -> bytes:
    return n.to_bytes(16, "big")


def insert(n: int, cells: dict[int, Any], row: bytes = ROW) -> Operation:
    return Operation(oid(n), INSERT, 2, row, 0, pack(cells), b"", b"u" * 16)


def edit(n: int, value: Any, *pred: int, cell: int = 1, row: bytes = ROW) -> Operation:
    return Operation(oid(n), FIELD, 2, row, cell, pack(value), join_ids(map(oid, pred)), b"u" * 16)


def removal(n: int, seen: tuple[int, ...], *pred: int, removed: bool = True) -> Operation:
    return Operation(
        oid(n), REMOVE, 2, ROW, TOMBSTONE, removal_value(removed, map(oid, seen)), join_ids(map(oid, pred)), b"u" * 16
    )


def same(n: int, a: bytes, b: bytes, yes: int = 1) -> Operation:
    low, high = sorted((a, b))
    return Operation(oid(n), SAME_AS, 2, low, SAMENESS, pack([high, yes]), b"", b"u" * 16)


def test_the_greatest_head_is_shown_and_two_values_are_a_conflict() -> None:
    state = evaluate_row([edit(3, "b", 1), insert(1, {1: "a", 2: "x"}), edit(2, "c", 1)])
    assert state.exists
    assert state.head_ids(1) == (oid(2), oid(3))
    assert (state.shown(1), state.shown(2)) == ("b", "x")
    assert state.conflicts == (1,)


def test_two_heads_that_agree_are_no_conflict() -> None:
    state = evaluate_row([insert(1, {1: "a"}), edit(2, "b", 1), edit(3, "b", 1)])
    assert state.conflicts == ()
    assert len(state.heads[1]) == 2


def test_equal_values_packed_differently_agree() -> None:
    loose = edit(3, None, 1)._replace(value=b"\xcd\x00\x05")  # 5 as two bytes
    state = evaluate_row([insert(1, {1: 4}), edit(2, 5, 1), loose])
    assert state.conflicts == ()


def test_the_state_does_not_depend_on_the_order() -> None:
    ops = [insert(1, {1: "a"}), edit(2, "b", 1), edit(3, "c", 1), edit(4, "d", 2, 3), removal(5, (1, 4))]
    states = [evaluate_row(order) for order in itertools.permutations(ops)]
    assert {(s.shown(1), s.removed, s.conflicts, s.head_ids(1)) for s in states} == {("d", True, (), (oid(4),))}


def test_an_edit_before_its_row_waits_for_it() -> None:
    assert not evaluate_row([edit(2, "b", 1)]).exists
    assert evaluate_row([edit(2, "b", 1)]).shown(1) == "b"


def test_a_removal_that_saw_everything_removes_and_nothing_is_left_to_decide() -> None:
    ops = [insert(1, {1: "a"}), edit(2, "b", 1), edit(3, "c", 1), removal(4, (1, 2, 3))]
    state = evaluate_row(ops)
    assert state.removed
    assert state.conflicts == ()
    assert evaluate_row(ops[:3]).conflicts == (1,)


def test_a_removal_that_missed_an_edit_is_a_conflict() -> None:
    state = evaluate_row([insert(1, {1: "a"}), edit(2, "b", 1), removal(3, (1,))])
    assert not state.removed
    assert state.conflicts == (TOMBSTONE,)


def test_a_removal_that_missed_a_second_creator_is_a_conflict() -> None:
    state = evaluate_row([insert(1, {1: "a"}), insert(2, {1: "a"}), removal(3, (1,))])
    assert state.conflicts == (TOMBSTONE,)


def test_removal_against_restoration_is_a_conflict() -> None:
    ops = [insert(1, {1: "a"}), removal(2, (1,)), removal(3, (1,), 2, removed=False), removal(4, (1,), 2)]
    assert evaluate_row(ops[:3]).conflicts == ()
    assert not evaluate_row(ops[:3]).removed
    assert evaluate_row(ops).conflicts == (TOMBSTONE,)


def test_heads_of_a_class_are_the_union_over_its_members() -> None:
    ops = [insert(1, {1: "a"}), insert(2, {1: "b"}, OTHER), same(3, ROW, OTHER)]
    state = evaluate_row(ops, [ROW, OTHER])
    assert state.conflicts == (1,)
    decided = evaluate_row([*ops, edit(4, "c", 1, 2, row=OTHER)], [ROW, OTHER])
    assert (decided.shown(1), decided.conflicts) == ("c", ())


def test_found_different_against_the_same_is_a_case() -> None:
    ops = [insert(1, {}), insert(2, {}, OTHER), same(3, ROW, OTHER), same(4, ROW, OTHER, 0)]
    assert evaluate_row(ops, [ROW, OTHER]).conflicts == (SAMENESS,)
    assert evaluate_row(ops[:3], [ROW, OTHER]).conflicts == ()


def test_classes_are_closures_and_the_smallest_id_stands_for_all() -> None:
    a, b, c, d, e = (bytes([n]) * 16 for n in range(5))
    assert same_classes([(c, d), (b, c), (a, e)]) == {b: b, c: b, d: b, a: a, e: a}
    for order in itertools.permutations([(c, d), (b, c), (d, b), (a, e)]):
        assert same_classes(order) == {b: b, c: b, d: b, a: a, e: a}


def test_undo_of_an_undo() -> None:
    x, undo, redo, again = b"x", b"1", b"2", b"3"
    assert void_retracts({undo: [x]}) == set()
    assert void_retracts({undo: [x], redo: [undo]}) == {undo}
    assert void_retracts({undo: [x], redo: [undo], again: [redo]}) == {redo}
    assert void_retracts({undo: [x], b"4": [x], redo: [undo]}) == {undo}


def test_retractions_in_a_circle_have_no_effect() -> None:
    assert void_retracts({b"1": [b"2"], b"2": [b"1"], b"3": [b"x"]}) == {b"1", b"2"}
    assert void_retracts({b"1": [b"1"]}) == {b"1"}
