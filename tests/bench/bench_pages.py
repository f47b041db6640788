"""How long every page of the window takes on a large register, and how long the window stands still meanwhile.

    python -m tests.bench.bench_pages [--register DIR] [--passphrase P] [--assets 30000] [--years 10] [--households 0]
                                      [--repeats 3] [--only WORD] [--papers] [--stalls 50] [--json FILE]

Opens the real window (offscreen) on a register that is opened anew each time, goes to every page, to every tab of a
detail, sorts each list by each of its columns, types a search letter by letter, tries each filter and scrolls; with
`--papers` also makes every paper of the print centre. Prints a table of medians in ms: `rows` until the first rows are
painted, `all` until nothing is under way any more, `stall` the longest time the event loop did not turn (a timer of
5 ms), `cpu` the CPU time of all threads, which says more than the clock where other programs have the cores. With
`--stalls N` it says where the window stood during stalls longer than N ms. Peak memory stands at the end.

Without a register one is made as in `bench_values` with the cases of `county_cases`, or with `--households` as the
demo's. Goals: rows under 300 ms, stalls under 50 ms.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import re
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QElapsedTimer, QSettings, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from desktop.app.demo import register as demo
from desktop.app.home import status_line
from desktop.app.reading_ahead import read_ahead
from desktop.app.workspace import open_workspace
from desktop.insight.lists import villages
from desktop.ui.main_window import MainWindow
from desktop.ui.models.record_table import Query
from desktop.ui.navigation import Address
from desktop.ui.page_list import Surroundings, page_specs
from desktop.ui.pages.list_page import ListPage
from desktop.ui.theme import theme
from desktop.ui.workers import Gates, Priority
from tests.bench import bench_values
from tests.bench.county_cases import fill_cases

QUIET_S = 0.13
"""Nothing is under way when nothing was for so long: a list waits 60 ms before it shows the chosen record."""
BEAT_MS = 5
TYPED = {
    "household": ("陈仿", "cfh", "10012", "蓢头"), "asset": ("资产12", "ylzc", "YL-0012", "双水"),
    "contract": ("HT-12", "样例"), "project": ("项目12", "XM-012"),
}  # fmt: skip
"""What is typed where; elsewhere 样例."""
TABS = ("asset", "household", "contract", "disposal", "inspection", "notice", "distribution", "project", "decision")


Rows = Callable[[Callable[[], None]], Callable[[], object]]
"""Connects what is called at the first rows; gives what disconnects it."""


class Heart:
    """Beats on the UI thread; knows the longest time without a beat, and may say where the thread was meanwhile."""

    def __init__(self, say_above_ms: int) -> None:
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer.start()
        self.longest = 0.0
        self.stood: Counter[str] = Counter()
        self._ui = threading.get_ident()
        self._over = False
        if say_above_ms:
            threading.Thread(target=self._watch, args=(say_above_ms,), daemon=True).start()

    def beat(self) -> None:
        self.longest = max(self.longest, self._clock.nsecsElapsed() / 1e6 - BEAT_MS)
        self._clock.restart()

    def again(self) -> None:
        self._clock.restart()
        self.longest = 0.0

    def _watch(self, above: int) -> None:
        """Note where the threads stand. Only as text: a frame held here would end its painters on this thread."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
            while not self._over:
                time.sleep(0.01)
                if self._clock.elapsed() <= above:
                    continue
                out.seek(0)
                out.truncate()
                faulthandler.dump_traceback(out, all_threads=True)
                out.seek(0)
                for thread in out.read().split("\n\n"):
                    calls = re.findall(r'File ".*/desktop/(\S+)\.py", line (\d+) in (\S+)', thread)
                    if not calls or calls[0][2] in ("_loop", "_watch"):
                        continue
                    ui = f"0x{self._ui:016x}" in thread
                    where = " < ".join(f"{Path(file).name}.{name}:{line}" for file, line, name in calls[:6])
                    self.stood[f"{'ui' if ui else 'worker'} {where}"] += 1


class Driver:
    """Does things in a window as a person would, and measures them."""

    def __init__(self, app: QApplication, heart: Heart, only: str) -> None:
        self.app, self.heart, self.only = app, heart, only
        self.found: dict[str, list[dict[str, float]]] = {}
        self.window: MainWindow | None = None

    def wanted(self, name: str) -> bool:
        return not self.only or self.only in name

    def settle(self, limit: float = 300.0) -> float:
        """Turn the event loop until nothing is under way; when that was."""
        assert self.window is not None
        start = last = time.perf_counter()
        while time.perf_counter() - last < QUIET_S:
            self.app.processEvents()
            if self.window.gates.busy():
                last = time.perf_counter()
                if last - start > limit:
                    raise TimeoutError("the window did not come to rest")
            time.sleep(0.0005)
        return last

    def do(self, name: str, act: Callable[[], object], rows: Rows | None = None) -> None:
        """Measure what an act brings; `rows(note)` connects `note` to the signal that the first rows are there."""
        if not self.wanted(name):
            act()
            self.settle()
            return
        first: list[float] = []
        start = time.perf_counter()

        def painted() -> None:
            first.append(time.perf_counter())

        kept = rows(lambda: QTimer.singleShot(0, lambda: QTimer.singleShot(0, painted))) if rows else None
        self.heart.again()
        cpu = time.process_time()
        act()
        end = self.settle()
        self.heart.beat()
        if kept is not None:
            kept()
        took = {"all": (max(end, start) - start) * 1000, "stall": self.heart.longest,
                "cpu": (time.process_time() - cpu) * 1000}  # fmt: skip
        if first:
            took["rows"] = (first[0] - start) * 1000
        self.found.setdefault(name, []).append(took)


def loaded(page: ListPage) -> Rows:
    """Connects to the first rows of a list page; gives what disconnects."""

    def connect(note: Callable[[], None]) -> Callable[[], object]:
        slot = page.model.loaded.connect(lambda _n: note())
        return lambda: page.model.loaded.disconnect(slot)

    return connect


@contextmanager
def window_on(place: Path, passphrase: str, app: QApplication, driver: Driver) -> Iterator[MainWindow]:
    """The window on a register opened anew, at rest, as the application makes it."""
    with open_workspace(place, passphrase=passphrase) as ws, tempfile.TemporaryDirectory() as folder:
        gates = Gates()
        with ws.register.reading() as sql:
            known = villages(sql)
        kept = QSettings(str(Path(folder, "window.ini")), QSettings.Format.IniFormat)
        heart = driver.heart
        heart.again()
        start = time.perf_counter()
        window = MainWindow(page_specs(Surroundings(ws, known, kept)), gates, place=ws.unit_name, settings=kept)
        driver.window = window
        window.resize(1366, 698)
        window.show()
        window.activateWindow()
        home = driver.settle()
        driver.found.setdefault("window with home", []).append(
            {"all": (home - start) * 1000, "stall": heart.longest}
        )
        gates.read(lambda _w: read_ahead(ws), priority=Priority.AHEAD)
        gates.read(lambda _w: status_line(ws), priority=Priority.AHEAD)
        driver.settle()
        try:
            yield window
        finally:
            driver.settle()
            gates.close()
            window.close()
            window.deleteLater()
            driver.window = None
            app.processEvents()


def walk(driver: Driver, window: MainWindow) -> None:
    """Every page, and what one does on it."""
    for name in window.page_names():
        if name in ("home", "print") or not name.startswith(driver.only.split(":")[0]):
            continue
        page: Any = None

        def go(name: str = name) -> None:
            window.open(Address(name))

        start = time.perf_counter()
        driver.heart.again()
        page = window.page(name)  # the widgets alone, so that the rows' signal can be listened to
        made = (time.perf_counter() - start) * 1000
        driver.found.setdefault(f"{name}: widgets", []).append({"all": made, "stall": made})
        driver.do(f"{name}: open", go, loaded(page) if isinstance(page, ListPage) else None)
        if isinstance(page, ListPage):
            use_list(driver, name, page)
        elif name == "exchange":
            for tab in ("send", "receive", "conflicts", "history", "devices"):
                driver.do(f"{name}: {tab}", lambda page=page, tab=tab: page.show_tab(tab))
            driver.do(f"{name}: again", page.refresh)
        driver.do("home: back to", lambda: window.open(Address("home")))
        driver.do(f"{name}: back to", go)


def use_list(driver: Driver, name: str, page: ListPage) -> None:
    """Tabs of the detail, orders, filters, a search and scrolling."""
    rows = loaded(page)
    if not page.model.rowCount():
        return
    for key in page.detail._slots:
        driver.do(f"{name}: tab {key}", lambda key=key: page.detail.show_tab(key))
    for step in (1, 2, 3):
        driver.do(f"{name}: next record", lambda step=step: page.list.table._set_row(step))
    for number, column in enumerate(page.model.columns):
        if column.sort_key:
            for word in ("up", "down"):
                driver.do(f"{name}: sort {column.key} {word}", lambda n=number: page.list.table._sort_by(n), rows)
    page.model.ask(Query(page.model.query.text, page.model.query.filters))
    driver.settle()
    for key, values in choices(page).items():
        for value in values:
            before = page.filters.defaults()
            driver.do(f"{name}: filter {key}", lambda k=key, v=value, b=before: _filter(page, {**b, k: v}), rows)
        driver.do(f"{name}: filter off", page.filters.clear, rows)
    for text in TYPED.get(name, ("样例",)):
        for end in range(1, len(text) + 1):
            driver.do(f"{name}: search {text[:end]}", lambda t=text[:end]: _search(page, t), rows)
        driver.do(f"{name}: search off", page.filters.clear, rows)
    scroll(driver, name, page)


def _filter(page: ListPage, values: dict[str, object]) -> None:
    page.filters.set_values(values)
    page.filters.changed.emit()


def _search(page: ListPage, text: str) -> None:
    page.filters.search.setText(text)
    page.filters.search.flush()


def choices(page: ListPage) -> dict[str, Sequence[object]]:
    """What each filter of a list may be set to: at most three values, each other than the default."""
    bar, found = page.filters, {}  # type: Any, dict[str, Sequence[object]]
    for key, select in bar._selects.items():
        values = [select.itemData(i) for i in range(select.count())]
        found[key] = [v for v in values if v not in (bar.defaults()[key], None)][:3]
    for key, segments in bar._segments.items():
        found[key] = [b.segment.key for b in segments._buttons if b.segment.key != bar.defaults()[key]][:6]
    found.update({key: [True] for key in bar._chips})
    return found


def scroll(driver: Driver, name: str, page: ListPage) -> None:
    """By page, and by leaps over the whole list."""
    bar = page.list.table.verticalScrollBar()

    def run(places: Sequence[int]) -> None:
        for place in places:
            bar.setValue(place)
            for _ in range(3):
                driver.app.processEvents()
                time.sleep(0.003)

    step, end = bar.pageStep(), bar.maximum()
    driver.do(f"{name}: scroll by pages", lambda: run(range(0, min(end, step * 100), step)))
    driver.do(f"{name}: scroll by leaps", lambda: run([end * i // 60 for i in range(61)]))
    driver.do(f"{name}: to the last row", lambda: page.list.table._set_row(page.model.rowCount() - 1))
    bar.setValue(0)


def papers(driver: Driver, window: MainWindow) -> None:
    """Every paper of the print centre, laid out and shown."""
    page: Any = window.page("print")
    driver.do("print: open", lambda: window.open(Address("print")))
    for template in page._templates:
        if driver.wanted(f"print: {template.key}"):
            driver.do(f"print: {template.key}", lambda key=template.key: page.choose(key))


def run(place: Path, passphrase: str, repeats: int, only: str, say_above: int, with_papers: bool) -> dict[str, Any]:
    """Measure on a register; medians by what was done, and the peak of memory."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme().configure(mode="light", density="standard", text_size="medium")
    app.setFont(QFont(app.font()))
    heart = Heart(say_above)
    driver = Driver(app, heart, only)
    for number in range(repeats):
        with window_on(place, passphrase, app, driver) as window:
            walk(driver, window)
            if with_papers and number == 0:
                papers(driver, window)
    heart._over = True
    found = {
        name: {key: round(statistics.median(t[key] for t in times if key in t), 1) for key in times[0]}
        for name, times in driver.found.items()
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"figures": found, "peak_mb": round(peak), "stood": heart.stood.most_common(40)}


def main(argv: list[str] | None = None) -> int:
    """Make or open the register and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--register", type=Path)
    parser.add_argument("--passphrase", default=bench_values.PASSPHRASE)
    parser.add_argument("--assets", type=int, default=30_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--households", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--papers", action="store_true")
    parser.add_argument("--stalls", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        place = given.register
        if place is None:
            place = Path(folder, "r")
            if given.households:
                demo.make_demo(place, households=given.households, passphrase=given.passphrase).close()
            else:
                with bench_values.make_register(place, given.assets, given.years, 7) as ws:
                    fill_cases(ws, given.years, 7)
        result = run(place, given.passphrase, given.repeats, given.only, given.stalls, given.papers)
    print(f"{'':44}{'rows':>9}{'all':>9}{'stall':>9}{'cpu':>9}")
    for name, took in result["figures"].items():
        if not given.only or given.only in name:
            cells = "".join(f"{took[k]:>9.0f}" if k in took else f"{'':>9}" for k in ("rows", "all", "stall", "cpu"))
            print(f"{name:44}{cells}")
    print(f"peak {result['peak_mb']} MB")
    for where, times in result["stood"]:
        print(f"{times * 10:>6} ms {where}")
    if given.json:
        given.json.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
