"""Findings about a workbook's cells, their JSON shape, and the decisions people take on them (ARCHITECTURE §8).

A finding names sheet, 1-based row and column letters. `error` keeps its row out of the import until decided;
`warning` is asked; `info` tells of a safe reading. A decision is the finding with `take`: `proposed`, `value` (with
`value`) or `skip`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused

Severity = Literal["error", "warning", "info"]
Take = Literal["proposed", "value", "skip"]

SPREAD = 400
"""More `info` findings of one code in one column than this become one finding with its rows."""


class DecisionRefused(InputRefused):
    """A decisions file is not one, or names a value that cannot be stored."""


@dataclass(slots=True)
class Finding:
    """One thing to know or decide about a cell; `rows` when it is a pattern over several rows of the column.

    `field` is the register column (or rule's name for it) that a decided value belongs to; it stays out of the JSON.
    """

    sheet: str
    row: int | None
    col: str | None
    code: str
    severity: Severity
    message: str
    raw: Any = None
    proposed: Any = None
    rows: list[int] | None = None
    options: list[Any] = field(default_factory=list)
    field: str = ""
    take: Take | None = None
    value: Any = None

    @property
    def key(self) -> tuple[str, int | None, str | None, str]:
        """What a decision is matched by."""
        return (self.sheet, self.row, self.col, self.code)

    @property
    def open(self) -> bool:
        """An error nobody has decided, or decided to leave: its row stays out."""
        return self.severity == "error" and self.take in (None, "skip")


def plain(value: Any) -> Any:
    """A cell value as JSON: whole floats as integers, dates in ISO form, empty text as null."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    return None if value == "" else value


def as_json(finding: Finding) -> dict[str, Any]:
    """The finding in the shape of the command line's `--findings`."""
    shown: dict[str, Any] = {
        "sheet": finding.sheet,
        "row": finding.row,
        "col": finding.col,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "raw": plain(finding.raw),
        "proposed": plain(finding.proposed),
    }
    if finding.rows is not None:
        shown["rows"] = finding.rows
    if finding.options:
        shown["options"] = [plain(o) for o in finding.options]
    if finding.take is not None:
        shown["take"] = finding.take
        if finding.take == "value":
            shown["value"] = plain(finding.value)
    return shown


def write_findings(
    findings: Iterable[Finding], path: Path | str, shown: Callable[[Finding], dict[str, Any]] = as_json
) -> None:
    """The findings as a JSON list, one object a line, UTF-8; `shown` may mask what stands in the cells."""
    lines = ",\n".join(json.dumps(shown(f), ensure_ascii=False) for f in findings)
    write_atomically(path, f"[\n{lines}\n]\n".encode())


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided on the finding of this sheet, row, column and code."""

    sheet: str
    row: int | None
    col: str | None
    code: str
    take: Take
    value: Any = None


Decisions = dict[tuple[str, int | None, str | None, str], Decision]


def read_decisions(path: Path | str) -> Decisions:
    """The decisions file: the findings' JSON with `take` added; entries without `take` are still open.

    Raises DecisionRefused when the file is no such list.
    """
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DecisionRefused(
            "处理意见文件无法读取或不是 JSON。", hint="没有导入任何内容，请检查文件后重试。"
        ) from error
    return decisions_from(entries)


def decisions_from(entries: Any) -> Decisions:
    """Decisions from parsed JSON; DecisionRefused when it has another shape."""
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise DecisionRefused("处理意见文件应是一个列表。", hint="没有导入任何内容，请用“问题清单”文件修改后重试。")
    decisions: Decisions = {}
    for entry in entries:
        take = entry.get("take")
        if take is None:
            continue
        if take not in ("proposed", "value", "skip") or (take == "value" and "value" not in entry):
            raise DecisionRefused(
                f"处理意见“{take}”不认识：只能是 proposed、value（并给出 value）或 skip。",
                hint="没有导入任何内容。",
            )
        decision = Decision(
            str(entry.get("sheet", "")),
            entry.get("row"),
            entry.get("col"),
            str(entry.get("code", "")),
            take,
            entry.get("value"),
        )
        decisions[(decision.sheet, decision.row, decision.col, decision.code)] = decision
    return decisions


def decide(findings: Iterable[Finding], decisions: Decisions) -> int:
    """Write the decisions onto the findings they name; the number of decisions that named one."""
    used = 0
    for finding in findings:
        decision = decisions.get(finding.key)
        if decision is not None:
            finding.take, finding.value = decision.take, decision.value
            used += 1
    return used


def condense(findings: list[Finding], describe: Callable[[str, int], str] | None = None) -> list[Finding]:
    """Bury nobody: an `info` code that fills a column becomes one finding with its rows (others stay as they are)."""
    groups: dict[tuple[str, str | None, str], list[Finding]] = {}
    for finding in findings:
        if finding.severity == "info" and finding.row is not None and finding.rows is None:
            groups.setdefault((finding.sheet, finding.col, finding.code), []).append(finding)
    large = {key: group for key, group in groups.items() if len(group) > SPREAD}
    if not large:
        return findings
    result: list[Finding] = []
    done: set[tuple[str, str | None, str]] = set()
    for finding in findings:
        key = (finding.sheet, finding.col, finding.code)
        if key not in large or finding.severity != "info" or finding.row is None or finding.rows is not None:
            result.append(finding)
        elif key not in done:
            done.add(key)
            group = large[key]
            message = describe(finding.code, len(group)) if describe else f"{finding.message}（共 {len(group)} 行）"
            rows = [f.row for f in group if f.row is not None]
            result.append(
                Finding(finding.sheet, finding.row, finding.col, finding.code, "info", message, finding.raw, None, rows)
            )
    return result


def order(findings: list[Finding], sheets: list[str]) -> list[Finding]:
    """By sheet as in the workbook, then row, then column: the order in which a person goes through the paper."""
    place = {name: n for n, name in enumerate(sheets)}
    findings.sort(key=lambda f: (place.get(f.sheet, len(place)), f.row or 0, len(f.col or ""), f.col or "", f.code))
    return findings
