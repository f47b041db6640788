"""One gate for reads and one for writes: work runs on threads, results arrive on the UI thread, errors become dialogs.

A page never waits: it hands a plain function to `Gates.read` or `Gates.write` and gets a `Task` back. The function gets
a `Work`, through which it reports progress and learns that it was stopped; it runs on a worker thread and must touch no
widget. Reads run on two threads, newest first within a priority, and a read with the `key` of an earlier one replaces
it: one that waits never runs, the answer of one that runs is given to nobody (typing in a search field shows the last
question's answer only, however late an earlier one comes). Reads of minutes (`Priority.LONG`) have a thread of their
own, so that they hold up no list, and are stopped when the register closes. Writes run one after another on one
thread. After a write `committed(kinds)` names the kinds of rows that changed, and open pages refresh.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from desktop.common.errors import Cancelled
from desktop.ui.garbage import UiThreadCollector

log = logging.getLogger(__name__)


class Priority(IntEnum):
    """Which read goes first: rows on the screen, then what was asked for, then what may be needed soon.

    Reads with AHEAD run one at a time: counts, summaries, the next page. LONG reads take minutes and wait for none.
    """

    NOW = 0
    ASKED = 1
    AHEAD = 2
    LONG = 3


class Work:
    """What a running function holds: progress out, stop in, and the kinds of rows it changed."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.kinds: set[str] = set()

    def progress(self, done: int, total: int = 0, detail: str = "") -> None:
        """Report n of m (0 = unknown); raises Cancelled when the person stopped the task. Cheap to call often."""
        self.check()
        self._task.report(done, total, detail)

    def check(self) -> None:
        """Raise Cancelled when the person stopped the task: the safe point to end at."""
        if self._task.is_stopped():
            raise Cancelled("已停下，没有写入任何内容。")

    def changed(self, *kinds: str) -> None:
        """Name kinds of rows (tables) the write changed; told to all pages after it succeeded."""
        self.kinds.update(kinds)


class Task(QObject):
    """Handle of one read or write, living on the UI thread.

    Signals, all on the UI thread: `progressed(done, total, detail)`, `succeeded(result)`, `failed(error)`,
    `finished()` (always last). `stop()` asks it to end at its next safe point.
    """

    progressed = Signal(int, int, str)
    succeeded = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(self, title: str, parent: QObject) -> None:
        super().__init__(parent)
        self.title = title
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._last: tuple[int, int, str] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(80)
        self._timer.timeout.connect(self._tell)
        self._timer.start()

    def stop(self) -> None:
        """Ask the task to end; a task still waiting never starts."""
        self._stopped.set()

    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def report(self, done: int, total: int, detail: str) -> None:
        """Called on the worker thread: keep the latest figures, shown at most every 80 ms."""
        with self._lock:
            self._last = (done, total, detail)

    def _tell(self) -> None:
        with self._lock:
            last, self._last = self._last, None
        if last is not None:
            self.progressed.emit(*last)

    def close(self, result: object, error: BaseException | None) -> None:
        """Called on the UI thread when the function has ended."""
        self._timer.stop()
        self._tell()
        if error is None:
            self.succeeded.emit(result)
        else:
            self.failed.emit(error)
        self.finished.emit()
        self.deleteLater()


Function = Callable[[Work], Any]


@dataclass(order=True)
class _Job:
    rank: tuple[int, int]
    task: Task = field(compare=False)
    function: Function = field(compare=False)
    key: str = field(compare=False, default="")
    done: Callable[[Any], object] | None = field(compare=False, default=None)
    fail: Callable[[BaseException], object] | None = field(compare=False, default=None)
    owner: QObject | None = field(compare=False, default=None)
    writes: bool = field(compare=False, default=False)
    kinds: frozenset[str] = field(compare=False, default=frozenset())
    replaced: bool = field(compare=False, default=False)

    def unwanted(self) -> bool:
        """A read that was stopped although its answer has come."""
        return not self.writes and self.task.is_stopped()


class _Lane:
    """A few threads that take jobs from one heap."""

    def __init__(self, name: str, threads: int, deliver: Callable[[_Job, object, BaseException | None], None]) -> None:
        self._heap: list[_Job] = []
        self._condition = threading.Condition()
        self._closing = False
        self._deliver = deliver
        self._running = 0
        self._now: list[Task] = []
        # all but the first thread leave AHEAD to it, so that slow background questions never hold up a list
        self._threads = [
            threading.Thread(target=self._loop, args=(i > 0,), name=f"{name}-{i}", daemon=True) for i in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, job: _Job) -> list[_Job]:
        """Queue a job; returns waiting jobs it replaced (same key)."""
        with self._condition:
            replaced = [j for j in self._heap if job.key and j.key == job.key]
            if replaced:
                self._heap = [j for j in self._heap if j not in replaced]
                heapq.heapify(self._heap)
            heapq.heappush(self._heap, job)
            self._condition.notify_all()
        return replaced

    def busy(self) -> bool:
        with self._condition:
            return bool(self._heap) or self._running > 0

    def wait(self, timeout: float) -> bool:
        """Wait until nothing waits or runs; False when that took longer than `timeout` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._heap and not self._running, timeout)

    def close(self, timeout: float, *, stop: bool = False, drop: bool = True) -> bool:
        """No new jobs; waiting ones are dropped (or done still), running ones asked to `stop`.

        True when all threads ended in time.
        """
        with self._condition:
            self._closing = True
            dropped: list[_Job] = []
            if drop:
                dropped, self._heap = self._heap, []
            ending = [job.task for job in dropped] + (self._now if stop else [])
            self._condition.notify_all()
        for task in ending:
            task.stop()
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)

    def _loop(self, spared: bool) -> None:
        while True:
            with self._condition:
                while not self._closing and (not self._heap or (spared and self._heap[0].rank[0] >= Priority.AHEAD)):
                    self._condition.wait()
                if self._closing and not self._heap:
                    return
                job = heapq.heappop(self._heap)
                self._running += 1
                self._now.append(job.task)
            result: object = None
            error: BaseException | None = None
            work = Work(job.task)
            try:
                work.check()
                result = job.function(work)
            except Exception as caught:  # handed to the UI thread, which shows it
                error = caught
            job.kinds = job.kinds | frozenset(work.kinds)
            with self._condition:
                self._running -= 1
                self._now.remove(job.task)
                self._condition.notify_all()
            self._deliver(job, result, error)
            del job, work, result, error  # an idle thread keeps nothing of the last answer alive


class Gates(QObject):
    """`Gates(parent=None)`: the read gate and the write gate of one open register.

    Signals: `committed(kinds: frozenset[str])` after a write; `write_started()`, `write_ended(error | None)` for the
    status bar; `unhandled(error, title)` for errors nobody else takes (the window shows the dialog).
    """

    committed = Signal(object)
    write_started = Signal()
    write_ended = Signal(object)
    unhandled = Signal(object, str)
    _ended = Signal(object, object, object)
    _changed = Signal(object)

    def __init__(self, parent: QObject | None = None, *, readers: int = 2) -> None:
        super().__init__(parent)
        self._collector = UiThreadCollector(self)
        self._numbers = itertools.count()
        self._pending = 0
        self._newest: dict[str, _Job] = {}
        self._ended.connect(self._close_job, Qt.ConnectionType.QueuedConnection)
        self._changed.connect(self.committed, Qt.ConnectionType.QueuedConnection)
        self._reads = _Lane("read", readers, self._hand_over)
        self._long_reads = _Lane("long-read", 1, self._hand_over)
        self._writes = _Lane("write", 1, self._hand_over)

    # -- asking ------------------------------------------------------------------------------------------------

    def read(
        self,
        function: Function,
        done: Callable[[Any], object] | None = None,
        *,
        owner: QObject | None = None,
        key: str = "",
        title: str = "",
        fail: Callable[[BaseException], object] | None = None,
        priority: Priority = Priority.ASKED,
    ) -> Task:
        """Run `function(work)` on a reading thread; `done(result)` is called on the UI thread.

        `owner`: a widget; when it is gone, nothing is called. `key`: replaces an earlier read of the same key, waiting
        or running: neither its `done` nor its `fail` is called any more. `fail(error)` takes errors; otherwise they
        become a dialog. The `done` of a stopped read is not called.
        """
        task = Task(title, self)
        rank = (int(priority), -next(self._numbers))
        job = _Job(rank, task, function, key, done, fail, owner)
        self._pending += 1
        if key:
            earlier = self._newest.get(key)
            if earlier is not None:  # it may run, or its answer may lie in the queue: both are older than this question
                earlier.replaced = True
                earlier.task.stop()
            self._newest[key] = job
        lane = self._long_reads if priority == Priority.LONG else self._reads
        for replaced in lane.put(job):
            self._pending -= 1
            replaced.task.stop()
            replaced.task.close(None, Cancelled(""))
        return task

    def write(
        self,
        function: Function,
        done: Callable[[Any], object] | None = None,
        *,
        kinds: Iterable[str] = (),
        owner: QObject | None = None,
        title: str = "",
        fail: Callable[[BaseException], object] | None = None,
    ) -> Task:
        """Run `function(work)` on the writing thread, in the order asked; then tell `committed` the changed kinds.

        `kinds` are told together with those the function named through `work.changed`.
        """
        task = Task(title, self)
        job = _Job(
            (0, next(self._numbers)), task, function, "", done, fail, owner, writes=True, kinds=frozenset(kinds)
        )
        self._pending += 1
        self.write_started.emit()
        self._writes.put(job)
        return task

    def busy(self) -> bool:
        """Whether anything waits, runs, or has an answer that was not given yet."""
        return self._pending > 0

    def writing(self) -> bool:
        """Whether a write waits or runs."""
        return self._writes.busy()

    def notify(self, kinds: Iterable[str]) -> None:
        """Tell pages that rows of these kinds changed; for the register's listeners, from any thread."""
        with suppress(RuntimeError):  # the window is already gone
            self._changed.emit(frozenset(kinds))

    def finish_writes(self, timeout: float) -> bool:
        """Wait (the window is going) until every write is done; False when one takes longer than `timeout` seconds."""
        return self._writes.wait(timeout)

    def close(self, timeout: float = 10.0) -> bool:
        """Finish what runs (a long read is stopped) and every write, drop reads that wait. True when all threads ended.

        A write that waits was asked for by a person: an amount typed just before the window was closed is stored.
        """
        ended = [self._long_reads.close(timeout, stop=True), self._reads.close(timeout)]
        ended.append(self._writes.close(timeout, drop=False))
        if all(ended):
            self._collector.close()
        return all(ended)

    # -- answers -----------------------------------------------------------------------------------------------

    def _hand_over(self, job: _Job, result: object, error: BaseException | None) -> None:
        """On the worker thread: queue the answer for the UI thread."""
        try:
            self._ended.emit(job, result, error)
        except RuntimeError:  # the window is already gone
            log.debug("an answer came after the window was closed")

    @Slot(object, object, object)
    def _close_job(self, job: _Job, result: object, error: BaseException | None) -> None:
        self._pending -= 1
        if self._newest.get(job.key) is job:
            del self._newest[job.key]
        if job.writes:
            self.write_ended.emit(error)
        if not job.replaced and (job.owner is None or isValid(job.owner)):
            self._answer(job, result, error)
        if error is None and job.kinds:
            self.committed.emit(job.kinds)
        if isValid(job.task):
            job.task.close(result, error)

    def _answer(self, job: _Job, result: object, error: BaseException | None) -> None:
        if error is None:
            if job.done is not None and not job.unwanted():
                job.done(result)
        elif job.fail is not None:
            job.fail(error)
        elif not isinstance(error, Cancelled):
            self.unhandled.emit(error, job.task.title)
