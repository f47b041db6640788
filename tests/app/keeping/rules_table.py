"""`tests/rules.csv`: every rule of the catalogue, where it is served, by which findings, or why it is not."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desktop.common.resources import resource_path

TABLE = Path(__file__).parents[2] / "rules.csv"


@dataclass(frozen=True)
class Served:
    """A rule of `validation_rule.csv`: where it is asked, and by which findings of `check`."""

    id: str
    served: str
    """`check`, `import` (it is about the cells of a workbook), or `no`."""
    findings: tuple[str, ...]
    tests: tuple[str, ...]
    why: str


@cache
def table() -> dict[str, Served]:
    """The rules by their number."""
    with TABLE.open(encoding="utf-8") as file:
        return {
            r["id"]: Served(r["id"], r["served"], tuple(r["findings"].split()), tuple(r["tests"].split()), r["why"])
            for r in csv.DictReader(file)
        }


@cache
def catalogue() -> dict[str, str]:
    """Rule → severity, as DOMAIN has it."""
    with resource_path("codelists", "validation_rule.csv").open(encoding="utf-8-sig") as file:
        return {r["id"]: r["severity"] for r in csv.DictReader(file)}


def severity_of(rule: str, finding: str) -> str:
    """The severity a finding of this rule must have; what is no rule of the catalogue has its own."""
    if rule in catalogue():
        return catalogue()[rule]
    return "warning" if finding in _WARNINGS else "error"


_WARNINGS = (
    "lead_words", "leads_open", "monitored_origin", "measure_person", "measure_twice", "visit_times", "linkage_twice",
    "income_differs", "head_departed", "change_without_day", "measure_after_departure",
)  # fmt: skip
