"""Speed of the runner on the large household form: pages, answers until they are painted, a household of 30.

Run by hand: `QT_QPA_PLATFORM=offscreen python tests/bench/bench_runner.py`. The form is that of `bench_survey.py`. CPU
time from the command to the end of painting, drafts included (serialised, not written to a disk). Prints JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


class QuietShell:
    """A window around the runner that says nothing."""

    gates: Any = None

    def open(self, address: object) -> None:
        """Nowhere to go."""

    def toast(self, text: str, undo: object = None) -> None:
        """Nothing is said."""

    def show_task(self, task: object, title: str = "") -> None:
        """No tasks."""

    def show_error(self, error: BaseException, doing: str = "") -> None:
        """Errors end the measurement."""
        raise error

    def fit_navigation(self) -> None:
        """There is no navigation."""

    def place_changed(self, address: object) -> None:
        """No back stack."""


def measure(xml: str, *, pages: int = 120, roster: int = 30) -> dict[str, Any]:
    """Answers on the first `pages` pages in both views, then a household of `roster`."""
    from PySide6.QtWidgets import QApplication

    from desktop.survey.session import drafts
    from desktop.survey.session.session import Session
    from desktop.survey.xform.loader import load_form
    from desktop.ui.runner.filling import Filling
    from desktop.ui.runner.runner import Runner
    from desktop.ui.theme import theme
    from tests.bench.bench_survey import pick

    app = QApplication.instance() or QApplication([])
    theme().configure(mode="light")
    session = Session(load_form(xml))

    def keep(place: str) -> dt.datetime:
        drafts.save(session, place)
        return dt.datetime.now(dt.UTC)

    filling = Filling(session, keep)
    runner = Runner(filling, QuietShell(), "样例户")
    runner.resize(1318, 672)
    runner.show()
    app.processEvents()

    def timed(action: Any) -> float:
        begin = time.process_time_ns()
        action()
        app.processEvents()
        return (time.process_time_ns() - begin) / 1e6

    shown = [timed(runner.begin)]
    answers: list[float] = []
    sections: list[float] = []
    rest: list[float] = []
    """The boxes of a section beyond the first screen; in the window they are made a few at a time in between."""
    for _ in range(pages):
        box = runner.box()
        if box is not None:
            node = box.node
            value = pick(session.view(node), 0)
            if value is not None and node.definition.name != "hh_size":
                answers.append(timed(lambda node=node, value=value: filling.answer(node, value)))
        shown.append(timed(lambda: runner.question_page.step(1)))
        if runner.reviewing:
            break
    household = timed(lambda: filling.answer(session.node("/data/hh_size"), str(roster)))
    runner.jump(session.node(f"/data/member[{roster}]/m_name"))
    roster_answers = [
        timed(lambda n=n: filling.answer(session.node(f"/data/member[{n}]/m_age"), "40")) for n in range(1, roster + 1)
    ]
    runner.head.view_switch.set_value("section")
    for number in range(8):
        sections.append(timed(lambda number=number: runner.jump(session.node(f"/data/g{number}/s{number}_q0"))))
        rest.append(timed(runner.question_page.build_all))
        for node in [box.node for box in runner.question_page.stopping()][:12]:
            value = pick(session.view(node), 1)
            if value is not None:
                answers.append(timed(lambda node=node, value=value: filling.answer(node, value)))
    review = timed(runner.show_review)
    runner.close()
    answers.sort()
    return {
        "answers": len(answers),
        "answer_median_ms": round(median(answers), 1),
        "answer_p95_ms": round(answers[int(len(answers) * 0.95)], 1),
        "answer_max_ms": round(answers[-1], 1),
        "page_median_ms": round(median(shown), 1),
        "page_max_ms": round(max(shown), 1),
        "section_median_ms": round(median(sections), 1),
        "section_rest_median_ms": round(median(rest), 1),
        "household_ms": round(household, 1),
        "roster_answer_median_ms": round(median(roster_answers), 1),
        "review_ms": round(review, 1),
    }


def main() -> None:
    """Measure three times; the median of each figure."""
    from tests.bench.bench_survey import large_form

    xml = large_form()
    runs = [measure(xml) for _ in range(3)]
    print(json.dumps({key: median(run[key] for run in runs) for key in runs[0]}, indent=1))


if __name__ == "__main__":
    main()
