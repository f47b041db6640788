"""Recorded fillings of two engines replayed: at least 99 of 100 steps must agree."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from desktop.survey.traces import run_trace_cases
from tests.survey import conformance

ASKED = ("op", "ref", "value", "s", "arg", "args", "range", "from", "lang", "attr", "stored")
TOLD = ("answer_of", "attribute_of", "count_repeats")


def question(case: dict[str, Any]) -> str:
    """A case without its answers."""
    steps = []
    for step in case["steps"]:
        asked = {key: step[key] for key in ASKED if key in step}
        if step["op"] in TOLD:
            asked.pop("value", None)
        if step["op"] in ("next", "prev"):
            asked.pop("ref", None)
        steps.append(asked)
    return json.dumps({**case, "steps": steps})


def replay(cases: list[dict[str, Any]], forms: Path) -> list[dict[str, Any]]:
    target = io.StringIO()
    run_trace_cases((question(case) for case in cases), target, forms)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def same_text(text: Any) -> Any:
    return re.sub(r"uuid:[0-9a-f-]{36}", "uuid", text) if isinstance(text, str) else text


def javarosa_agrees(case: dict[str, Any], expected: dict[str, Any], given: dict[str, Any]) -> bool:
    volatile = set(case.get("volatile") or [])
    changes, ours = expected["changes"], given.get("changes", {})
    for path in set(changes) | set(ours):
        if path not in volatile and changes.get(path) != ours.get(path):
            return False
    keys = ("result", "choices", "n_choices")
    return set(expected["removed"]) == set(given.get("removed", [])) and all(
        expected.get(key) == given.get(key) for key in keys
    )


def scenario_agrees(expected: dict[str, Any], given: dict[str, Any]) -> bool:
    if "throws" in expected or "throws" in given:
        return "throws" in expected and "throws" in given
    if "changes" in expected:
        return states(expected["changes"]) == states(given["changes"]) and sorted(
            expected.get("removed", [])
        ) == sorted(given.get("removed", []))
    keys = ("value", "values", "event", "ref", "outcome", "failed_ref", "xml")
    return all(same_text(expected.get(key)) == same_text(given.get(key)) for key in keys)


def states(changes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    keys = ("v", "rel", "req", "ro", "opts", "viol", "n", "label", "msg")
    found = {path: {k: same_text(v) for k, v in state.items() if k in keys} for path, state in changes.items()}
    return {path: state for path, state in found.items() if state}


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    with tarfile.open(conformance.archive("xforms.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "xforms"


def test_javarosa_traces(forms: Path) -> None:
    cases = [case for case in conformance.lines("javarosa_traces") if case.get("unstable") is not True]
    agreeing = total = 0
    for case, answer in zip(cases, replay(cases, forms), strict=True):
        for expected, given in zip(case["steps"], answer.get("steps", []), strict=False):
            agreeing += javarosa_agrees(case, expected, given)
        total += len(case["steps"])
        assert answer["final_validate"] == case["final_validate"], case["form"]
    assert agreeing / total >= 0.99, f"{agreeing}/{total}"


def scenario_cases() -> list[dict[str, Any]]:
    """The recorded scenarios but those of forms that call random(): their answers differ from run to run."""
    return [case for case in conformance.lines("scenario_traces") if "random()" not in case["form_xml"]]


def test_scenario_traces(tmp_path: Path) -> None:
    cases = scenario_cases()
    agreeing = total = 0
    for case, answer in zip(cases, replay(cases, tmp_path), strict=True):
        for expected, given in zip(case["steps"], answer.get("steps", []), strict=False):
            agreeing += scenario_agrees(expected, given)
        total += len(case["steps"])
    assert agreeing / total >= 0.99, f"{agreeing}/{total}"
