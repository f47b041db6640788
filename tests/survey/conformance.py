"""Where the recorded conformance data lies, and how answers are compared with it; absent data skips with the reason."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "conformance"


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The cases of one file."""
    with lzma.open(_file(f"{name}.jsonl.xz"), "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _file(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"conformance data is not here: {path.name} (expected beside the project in shared/conformance)")
    return path


def archive(name: str) -> Path:
    """An archive of forms."""
    return _file(name)


def close(first: Any, second: Any) -> bool:
    """Equal, numbers within a millionth."""
    numbers = (int, float)
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, numbers) and isinstance(second, numbers):
        return abs(first - second) <= 1e-6 * max(1, abs(first), abs(second))
    return bool(first == second)


def eval_agrees(case: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether an answer is the recorded one; where engines differ, JavaRosa's counts too."""
    expected = case["expected"]
    if expected["type"] == "error":
        return "error" in answer
    if "error" in answer:
        return False
    if answer["type"] == expected["type"] and close(answer["value"], expected["value"]):
        return True
    if "engines-differ" not in case["tags"]:
        return False
    theirs = case["javarosa"]
    if theirs["type"] == "date" and case["resultType"] == "number":
        return bool(answer["type"] == "number")
    value = theirs.get("string", theirs["value"]) if case["resultType"] == "string" else theirs["value"]
    return close(answer["value"], value)
