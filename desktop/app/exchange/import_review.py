"""Findings as a person goes through them: whose cell, what the three ways on would do, and decisions with undo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.app.exchange.import_columns import shown
from desktop.app.exchange.importing import Kind
from desktop.common.idnumber import mask_text
from desktop.common.money import format_wan
from desktop.exchange.workbook.findings import Decision, Decisions, Finding, Take
from desktop.exchange.workbook.mapping import SheetMapping, words
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import SheetGrid, Workbook, column_number

Key = tuple[str, int | None, str | None, str]
_KEEP, _SKIP = "keep", "skip"
_CLAUSE = re.compile(r"[，；：（。]")
_DUPLICATE = "duplicate_"


@dataclass(frozen=True)
class Way:
    """One way on for a finding: what taking it does, in words; not `enabled` ways say why they are not there."""

    take: Take
    text: str
    enabled: bool = True


@dataclass(frozen=True)
class Outcome:
    """What goes in and what stays out, with the sum (资产, 分)."""

    kind: str
    records: int
    persons: int
    left_out: int
    sum_fen: int | None

    @property
    def words(self) -> str:
        """E.g. 61 户 238 人; 120 项，原值 6,465.12 万元."""
        if self.kind == "roster":
            return f"{self.records:,} 户 {self.persons:,} 人"
        value = f"，原值 {format_wan(self.sum_fen)} 万元" if self.sum_fen is not None else ""
        return f"{self.records:,} 项{value}"

    @property
    def left_words(self) -> str:
        """E.g. 5 户."""
        return f"{self.left_out:,} {'户' if self.kind == 'roster' else '项'}"


@dataclass(frozen=True)
class PreviewLine:
    """One line of the preview: a group, how many records (and persons), and their sum in 分."""

    group: str
    records: int
    persons: int | None
    sum_fen: int | None


@dataclass(frozen=True)
class LeftOut:
    """A record that stays out: where it stands, whose it is, and why."""

    place: str
    name: str
    why: str


@dataclass
class Review:
    """Decisions taken so far, each step of which can be taken back."""

    decisions: Decisions = field(default_factory=dict)
    _before: list[dict[Key, Decision | None]] = field(default_factory=list)

    def decide(self, findings: Iterable[Finding], take: Take, value: Any = None) -> int:
        """One step: the same decision on all of them; how many."""
        step: dict[Key, Decision | None] = {}
        for f in findings:
            step[f.key] = self.decisions.get(f.key)
            self.decisions[f.key] = Decision(f.sheet, f.row, f.col, f.code, take, value)
        if step:
            self._before.append(step)
        return len(step)

    def clear(self, finding: Finding) -> None:
        """Open a finding again."""
        if finding.key in self.decisions:
            self._before.append({finding.key: self.decisions.pop(finding.key)})

    def undo(self) -> list[Key]:
        """Take the last step back; the findings it concerned."""
        if not self._before:
            return []
        step = self._before.pop()
        for key, old in step.items():
            if old is None:
                self.decisions.pop(key, None)
            else:
                self.decisions[key] = old
        return list(step)

    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._before)

    def copy(self) -> Decisions:
        """The decisions as they stand, for a worker."""
        return dict(self.decisions)

    def settle(self, plan: ImportPlan, asked: Mapping[Key, Decision]) -> None:
        """After planning with `asked`: decisions the rules did not accept are open again (their message says why)."""
        for finding in plan.findings:
            decision = asked.get(finding.key)
            if decision is not None and finding.take is None and self.decisions.get(finding.key) == decision:
                del self.decisions[finding.key]

    def refused(self, good: Decisions) -> None:
        """A value could not be read: go back to the last decisions that gave a plan."""
        self.decisions = dict(good)
        self._before.clear()


def open_findings(findings: Sequence[Finding], decisions: Mapping[Key, Decision]) -> list[Finding]:
    """Errors nobody has decided yet, in order."""
    return [f for f in findings if f.severity == "error" and f.key not in decisions]


def problem_of(finding: Finding) -> str:
    """The problem in a few words: the message up to its first pause."""
    return _CLAUSE.split(finding.message, maxsplit=1)[0]


def place_of(finding: Finding) -> str:
    """K6, or K 列 for a pattern over rows."""
    if finding.rows and len(finding.rows) > 1 and finding.row in finding.rows:
        return f"{finding.col or ''} 列 {len(finding.rows)} 行"
    return f"{finding.col or ''}{finding.row or ''}"


def field_word(finding: Finding, mapping: SheetMapping | None, kind: str) -> str:
    """What the sheet calls the column, else what we call it."""
    if mapping is not None and finding.col:
        header = mapping.headers.get(column_number(finding.col), "")
        if header:
            return header.rpartition("/")[2]
    entry = words(kind).fields.get(finding.field)
    return entry.label if entry else ""


def object_of(finding: Finding, workbook: Workbook, mapping: SheetMapping | None) -> str:
    """Whose cell it is: the person's or the asset's name in that row; "" for cells of no record."""
    if mapping is None or finding.row is None or finding.row < mapping.first_row:
        return ""
    if finding.rows and len(finding.rows) > 1 and finding.row in finding.rows:
        return ""
    grid = workbook.sheet(finding.sheet)
    for name in ("name", "head_name"):
        col = mapping.columns.get(name)
        text = shown(_merged_value(grid, finding.row, col)) if col else ""
        if text:
            return text
    return ""


def value_text(value: Any, *, masked: bool = True) -> str:
    """A raw or proposed value on the screen; numbers of people masked."""
    text = shown(value)
    return mask_text(text) if masked else text


def safe_text(text: str) -> str:
    """A sentence with every number of a person masked."""
    return mask_text(text)


def ways_of(kind: Kind, finding: Finding, *, masked: bool = True) -> tuple[Way, Way, Way]:
    """What can be done about a finding: take the proposal, fill in a value, leave it."""
    return (
        _first_way(kind, finding, masked),
        Way("value", "自己填", bool(finding.field)),
        Way("skip", _skip_words(kind, finding)),
    )


def _first_way(kind: Kind, finding: Finding, masked: bool) -> Way:
    if finding.code.startswith(_DUPLICATE) and kind == "assets":
        return Way("proposed", "是重复，这一行不登记")
    if finding.proposed is not None:
        return Way("proposed", f"采用建议：{value_text(finding.proposed, masked=masked)}")
    if _SKIP in finding.options:
        return Way("proposed", "没有建议，自己填或不写入", enabled=False)
    if not finding.field:
        return Way("proposed", "知道了，照此做")
    if finding.severity == "error":
        return Way("proposed", "先写入，这一项留空待补" if kind == "roster" else "先写入，这一项待补")
    return Way("proposed", "已核对，照原样写入")


def _skip_words(kind: Kind, finding: Finding) -> str:
    if not finding.field:
        return "先放着"
    if kind == "roster":
        return "这一行不写入" if _SKIP in finding.options else "这一户先不写入"
    return "这一项先不写入" if finding.severity == "error" else "照原值写入"


def options_of(kind: Kind, finding: Finding) -> list[tuple[str, Any]]:
    """Values offered beside the proposal: (word, value)."""
    offered: list[tuple[str, Any]] = [(shown(o), o) for o in finding.options if o not in (_KEEP, _SKIP)]
    if _KEEP in finding.options:
        offered.append(("两处都是真的，照样写入", _KEEP))
    if kind == "assets" and finding.code.startswith(_DUPLICATE):
        offered.append(("不是重复，照样登记", _KEEP))
    return offered


def decided_words(kind: Kind, finding: Finding, decision: Decision) -> str:
    """What was decided, in a few words."""
    if decision.take == "proposed":
        if finding.proposed is None:
            return _first_way(kind, finding, True).text.split("，")[-1]
        return "不登记" if finding.code.startswith(_DUPLICATE) and kind == "assets" else "采用建议"
    if decision.take == "skip":
        return _skip_words(kind, finding)
    said = next((word for word, value in options_of(kind, finding) if value == decision.value), None)
    return said.split("，")[-1] if said and decision.value == _KEEP else f"改为 {value_text(decision.value)}"


def alike(findings: Sequence[Finding], finding: Finding, decisions: Mapping[Key, Decision]) -> list[Finding]:
    """Findings of the same problem that are open and have a proposal: what 全部采用 takes."""
    return [
        f for f in findings
        if f.code == finding.code and f.severity == finding.severity and f.proposed is not None
        and f.key not in decisions
    ]  # fmt: skip


def outcome_of(plan: ImportPlan) -> Outcome:
    """Counts of a plan."""
    totals = plan.totals
    if plan.kind == "roster":
        return Outcome("roster", totals["households"], totals["persons"], totals["households_left_out"], None)
    return Outcome("assets", totals["assets"], 0, totals["set_aside"], totals["original_value_fen"])


def preview_lines(plan: ImportPlan, category_words: Mapping[str, str]) -> list[PreviewLine]:
    """What goes in: assets by category, households by village; groups without any are left out."""
    if plan.kind == "roster":
        return [
            PreviewLine(village or "（未写村）", found["households"], found["persons"], None)
            for village, found in plan.totals["by_village"].items()
        ]
    return [
        PreviewLine(category_words.get(code, code), found["count"], None, found["original_value_fen"])
        for code, found in plan.totals["by_category"].items()
        if found["count"]
    ]


def left_out(plan: ImportPlan, most: int = 500) -> list[LeftOut]:
    """The first records that stay out, with their reasons."""
    out = []
    for record in plan.left_out():
        members = record.values.get("members") or [{}]
        name = record.values.get("head_name") or record.values.get("name") or members[0].get("name") or ""
        out.append(LeftOut(f"{record.sheet} 第 {record.row} 行", str(name), record.set_aside))
        if len(out) == most:
            break
    return out


def _merged_value(grid: SheetGrid, row: int, col: int) -> Any:
    value = grid.value(row, col)
    if value == "":
        covering = grid.merge_at(row, col)
        if covering is not None:
            return grid.value(covering[0], covering[1])
    return value
