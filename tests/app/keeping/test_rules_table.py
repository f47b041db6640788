"""`tests/rules.csv` is true: every rule of the catalogue stands in it, and what is said to be served was seen to be."""

from __future__ import annotations

import re
from pathlib import Path

from desktop.app.keeping.self_check import OTHER_KIND, Problem
from tests.app.keeping.rules_table import catalogue, table
from tests.app.keeping.test_rules_of_people import FAULTS
from tests.app.keeping.test_self_check import BREAKS

ROOT = Path(__file__).parents[3]
PLANTED = {(b[0], b[1]) for b in BREAKS} | {(f.rule, f.finding) for f in FAULTS}
"""(rule, finding) of every fault that the tests plant: each of them asserts that it is found, with its severity."""


def test_every_rule_of_the_catalogue_is_in_the_table() -> None:
    assert list(table()) == list(catalogue())
    for rule in table().values():
        assert rule.served in ("check", "no")
        assert rule.findings if rule.served == "check" else rule.why and not rule.findings


def test_every_rule_that_is_served_is_seen_to_be() -> None:
    for rule in table().values():
        if rule.tests:
            for name in rule.tests:
                path, _, function = name.partition("::")
                text = (ROOT / path).read_text(encoding="utf-8")
                body = re.search(rf"^def {function}\(.*?(?=^\S)", text + "\nend", re.M | re.S)
                assert body, f"{rule.id}: no test {name}"
                assert all(finding in body[0] for finding in rule.findings), f"{rule.id}: {name} names no finding"
        else:
            missing = [finding for finding in rule.findings if (rule.id, finding) not in PLANTED]
            assert not missing, f"{rule.id}: no planted fault for {missing}"


def test_every_planted_finding_of_a_rule_stands_in_the_table() -> None:
    for rule, finding in PLANTED:
        if rule.startswith("R-"):
            assert finding in table()[rule].findings, (rule, finding)
            assert Problem(finding, "household", "", "").kind != OTHER_KIND
