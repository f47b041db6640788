"""What an import will write, before it writes: records with register column values, findings, and what stays out.

Same file and same decisions give the same plan. Nothing here touches a register.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.exchange.workbook.findings import Finding


@dataclass(slots=True)
class PlannedRecord:
    """One record to be: `values` by register column name (assets: also `fund_parts`, `holders`; rosters: `members`).

    `set_aside` says why it stays out of the import; empty when it goes in. `open_errors` are its undecided errors.
    """

    sheet: str
    row: int
    values: dict[str, Any]
    open_errors: list[Finding] = field(default_factory=list)
    set_aside: str = ""


@dataclass(slots=True)
class ImportPlan:
    """A read workbook with its findings and the records it would bring."""

    kind: str
    file_name: str
    sha256: str
    records: Sequence[PlannedRecord]
    findings: list[Finding]
    totals: dict[str, Any] = field(default_factory=dict)
    """Sums to show and to test, over the records that go in; money in 分."""

    def ready(self) -> Iterator[PlannedRecord]:
        """The records that go in."""
        return (r for r in self.records if not r.set_aside)

    def left_out(self) -> Iterator[PlannedRecord]:
        """The records set aside, to be listed."""
        return (r for r in self.records if r.set_aside)

    def counts(self) -> dict[str, int]:
        """Number of findings by severity."""
        found = {"error": 0, "warning": 0, "info": 0}
        for finding in self.findings:
            found[finding.severity] += 1
        return found
