"""Gates: results on the UI thread, one write at a time, replaced and stopped reads, errors, kinds that changed."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.common.errors import Cancelled, InputRefused
from desktop.ui.workers import Gates, Priority, Work


def test_a_read_runs_elsewhere_and_answers_here(qtbot: QtBot, gates: Gates) -> None:
    here = threading.get_ident()
    seen: dict[str, Any] = {}

    def function(work: Work) -> int:
        seen["there"] = threading.get_ident()
        return 42

    def done(result: int) -> None:
        seen["result"], seen["back"] = result, threading.get_ident()

    gates.read(function, done)
    qtbot.waitUntil(lambda: "result" in seen)
    assert seen["result"] == 42
    assert seen["back"] == here != seen["there"]


def test_a_waiting_read_of_the_same_key_is_replaced(qtbot: QtBot) -> None:
    gates = Gates(readers=1)
    started, release = threading.Event(), threading.Event()
    ran: list[str] = []
    done: list[str] = []
    gates.read(lambda work: started.set() or release.wait(30))
    assert started.wait(30)
    for letter in "abc":
        gates.read(lambda work, letter=letter: ran.append(letter) or letter, done.append, key="search")
    release.set()
    qtbot.waitUntil(lambda: bool(done))
    assert ran == ["c"] and done == ["c"]
    assert gates.close()


def test_the_answer_of_a_replaced_read_is_given_to_nobody(qtbot: QtBot, gates: Gates) -> None:
    """It may run longer than the newer one, be about to fail, or lie in the queue already: it is older all the same."""
    release, done, fails = threading.Event(), [], []

    def slow(work: Work) -> str:
        release.wait(20)
        return "old"

    def failing(work: Work) -> str:
        release.wait(20)
        raise OSError("no disk")

    first = gates.read(slow, done.append, key="search")
    qtbot.waitUntil(lambda: not gates._reads._heap)
    second = gates.read(failing, done.append, key="other", fail=fails.append)
    qtbot.waitUntil(lambda: not gates._reads._heap)
    gates.read(lambda _w: "new", done.append, key="other", priority=Priority.LONG)
    gates.read(lambda _w: "newer", done.append, key="search", priority=Priority.LONG)
    qtbot.waitUntil(lambda: sorted(done) == ["new", "newer"])
    with qtbot.waitSignals([first.finished, second.finished], timeout=20_000):
        release.set()
    assert sorted(done) == ["new", "newer"] and fails == []
    with qtbot.waitSignal(gates.read(lambda _w: "again", done.append, key="search").finished, timeout=20_000):
        pass
    assert done[-1] == "again" and not gates._newest


def test_a_write_that_waits_is_done_before_the_gates_are_closed(qtbot: QtBot) -> None:
    gates = Gates()
    release, written = threading.Event(), []
    gates.write(lambda _w: release.wait(20))
    gates.write(lambda _w: written.append("an amount typed just before the window was closed"))
    assert not gates.finish_writes(0.01)
    release.set()
    assert gates.close() and len(written) == 1 and gates.finish_writes(0)


def test_writes_run_one_after_another_and_name_what_changed(qtbot: QtBot, gates: Gates) -> None:
    running: list[int] = []
    most: list[int] = []
    committed: list[frozenset[str]] = []
    gates.committed.connect(committed.append)

    def function(work: Work, number: int) -> int:
        running.append(number)
        most.append(len(running))
        time.sleep(0.01)
        work.changed("household")
        running.remove(number)
        return number

    order: list[int] = []
    for number in range(5):
        gates.write(lambda work, number=number: function(work, number), order.append, kinds=["person"])
    qtbot.waitUntil(lambda: len(committed) == 5)
    assert order == [0, 1, 2, 3, 4] and max(most) == 1
    assert committed[0] == frozenset({"household", "person"})


def test_a_failed_write_changes_nothing_and_is_told(qtbot: QtBot, gates: Gates) -> None:
    told: list[tuple[BaseException, str]] = []
    committed: list[object] = []
    gates.unhandled.connect(lambda error, title: told.append((error, title)))
    gates.committed.connect(committed.append)

    def function(work: Work) -> None:
        work.changed("asset")
        raise InputRefused("金额不是整分。")

    with qtbot.waitSignal(gates.write_ended) as ended:
        gates.write(function, title="保存资产")
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(ended.args[0], InputRefused)
    assert told[0][1] == "保存资产" and isinstance(told[0][0], InputRefused)
    assert committed == []


def test_a_stopped_task_ends_at_its_safe_point(qtbot: QtBot, gates: Gates) -> None:
    started = threading.Event()
    errors: list[BaseException] = []
    unhandled: list[object] = []
    gates.unhandled.connect(lambda *args: unhandled.append(args))

    def function(work: Work) -> None:
        started.set()
        for i in range(10_000):
            work.progress(i, 10_000)
            time.sleep(0.001)

    task = gates.write(function, fail=errors.append)
    assert started.wait(30)
    with qtbot.waitSignal(task.progressed) as progressed:
        pass
    assert progressed.args[1] == 10_000
    with qtbot.waitSignal(task.finished):
        task.stop()
    assert isinstance(errors[0], Cancelled) and unhandled == []


def test_answers_for_a_page_that_is_gone_are_dropped(qtbot: QtBot, gates: Gates) -> None:
    owner = QObject()
    release = threading.Event()
    done: list[object] = []
    task = gates.read(lambda work: release.wait(30), done.append, owner=owner)
    owner.deleteLater()
    qtbot.wait(10)
    with qtbot.waitSignal(task.finished):
        release.set()
    assert done == []


def test_slow_background_questions_leave_a_thread_for_what_is_asked(qtbot: QtBot, gates: Gates) -> None:
    release = threading.Event()
    background: list[object] = []
    asked: list[object] = []
    for _ in range(3):
        gates.read(lambda work: release.wait(30), background.append, priority=Priority.AHEAD)
    gates.read(lambda work: "rows", asked.append, priority=Priority.NOW)
    qtbot.waitUntil(lambda: asked == ["rows"])
    assert background == []
    release.set()
    qtbot.waitUntil(lambda: len(background) == 3)


@pytest.mark.parametrize("count", [200])
def test_many_reads_all_answer(qtbot: QtBot, gates: Gates, count: int) -> None:
    done: list[int] = []
    for i in range(count):
        gates.read(lambda work, i=i: i, done.append)
    qtbot.waitUntil(lambda: len(done) == count)
    assert sorted(done) == list(range(count))
    assert not gates.busy()


def test_a_read_of_minutes_holds_up_no_other_and_ends_with_the_gates(qtbot: QtBot) -> None:
    gates = Gates()
    started, seen, fails = threading.Event(), [], []

    def minutes(work: Work) -> None:
        started.set()
        for i in range(10_000):
            work.progress(i, 10_000)
            time.sleep(0.005)

    gates.read(minutes, fail=fails.append, priority=Priority.LONG)
    assert started.wait(30)
    gates.read(lambda _w: 1, seen.append, priority=Priority.AHEAD)
    gates.read(lambda _w: 2, seen.append)
    qtbot.waitUntil(lambda: sorted(seen) == [1, 2])
    assert gates.busy() and gates.close(30)
    qtbot.waitUntil(lambda: bool(fails))
    assert isinstance(fails[0], Cancelled)
