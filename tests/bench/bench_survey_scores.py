"""Agreement of the form engine with the recorded answers of other engines, file by file; what differs with `--list N`.

Run by hand: `python tests/bench/bench_survey_scores.py [--list N]`. Reads the conformance data beside the project.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from desktop.survey.xpath.cases import run_eval_cases  # noqa: E402
from tests.survey import conformance, test_traces  # noqa: E402


def expressions() -> tuple[int, int, list[str]]:
    """XPath cases: agreeing, total, what differs."""
    cases = [case for case in conformance.lines("xpath_cases") if "nondeterministic" not in case["tags"]]
    target = io.StringIO()
    run_eval_cases((json.dumps(case) for case in cases), target)
    agreeing = 0
    differing: list[str] = []
    for case, line in zip(cases, target.getvalue().splitlines(), strict=True):
        answer = json.loads(line)
        if conformance.eval_agrees(case, answer):
            agreeing += 1
        else:
            wanted = case["expected"]["value"]
            differing.append(f"{case['expression'][:80]}  expected {wanted!s:.60}  got {answer!s:.90}")
    return agreeing, len(cases), differing


def traces(name: str, folder: Path) -> tuple[int, int, list[str]]:
    """Traces of one file: agreeing steps, total, what differs."""
    if name == "scenario_traces":
        cases = test_traces.scenario_cases()
    else:
        cases = [case for case in conformance.lines(name) if case.get("unstable") is not True]
    agreeing = total = 0
    differing: list[str] = []
    for case, answer in zip(cases, test_traces.replay(cases, folder), strict=True):
        total += len(case["steps"])
        title = case.get("form") or case["test"][-70:]
        for number, (expected, given) in enumerate(zip(case["steps"], answer.get("steps", []), strict=False)):
            same = (
                test_traces.javarosa_agrees(case, expected, given)
                if "form" in case
                else test_traces.scenario_agrees(expected, given)
            )
            agreeing += same
            if not same:
                differing.append(f"{title} #{number} {expected['op']} {expected.get('ref', '')}")
    return agreeing, total, differing


def main() -> None:
    """Print one line for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", type=int, default=0)
    wanted: int = parser.parse_args().list
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(conformance.archive("xforms.tar.xz")) as archive:
            archive.extractall(folder, filter="data")
        forms = Path(folder) / "xforms"
        runs: dict[str, Any] = {
            "xpath_cases": expressions,
            "javarosa_traces": lambda: traces("javarosa_traces", forms),
            "scenario_traces": lambda: traces("scenario_traces", forms),
        }
        for name, run in runs.items():
            start = time.process_time()
            agreeing, total, differing = run()
            spent = time.process_time() - start
            print(f"{name}: {agreeing}/{total} = {agreeing / total:.2%}, {spent:.1f} s CPU")
            for line in differing[:wanted]:
                print("   ", line)


if __name__ == "__main__":
    main()
