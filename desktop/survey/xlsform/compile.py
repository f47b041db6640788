"""Compiles an XLSForm workbook to an XForm: all mistakes at once, in Chinese; the result is cached by content."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyxform
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from desktop.common.errors import XiangceError
from desktop.survey.xform.dependencies import KIND_NAMES, Rule
from desktop.survey.xform.loader import load_form
from desktop.survey.xform.model import Form
from desktop.survey.xlsform import words
from desktop.survey.xlsform.checks import Survey, check_workbook
from desktop.survey.xlsform.expressions import check_expressions
from desktop.survey.xlsform.findings import Finding, Findings, WorkbookRefused
from desktop.survey.xlsform.workbook import Cell, Sheet, file_kind, read_workbook

log = logging.getLogger(__name__)

CACHE_VERSION = 1
REGISTER_LISTS = frozenset(("household", "person", "asset", "division"))
"""Lists that the register lends to a filling (`Options.lists`); a form needs no attachment for them."""

_COLUMNS = ("relevant", "read_only", "required", "calculation", "choice_filter", "repeat_count")
_RULE_COLUMNS = dict(zip(KIND_NAMES, _COLUMNS, strict=True))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled workbook: the XForm, the workbook's digest, and what is worth saying (warnings)."""

    xform: str
    digest: str
    findings: tuple[Finding, ...]

    def form(self, attachments: Mapping[str, str] | None = None, xform: str | None = None) -> Form:
        """The form, ready for sessions; from another `xform`, when it was completed since."""
        return load_form(self.xform if xform is None else xform, attachments)


def compile_workbook(data: bytes, *, name: str = "data", cache: Path | None = None) -> Compiled:
    """Check and compile a workbook.

    Raises WorkbookRefused with every error found, FileDamaged when it is no workbook. `cache` is a folder for compiled
    forms; pyxform needs a second for a large form, the cache a few milliseconds.
    """
    digest = hashlib.sha256(data).hexdigest()
    held = _cached(cache, digest)
    if held is not None:
        return held
    findings, xform = examine(data, name)
    if findings.errors or xform is None:
        raise WorkbookRefused(findings.ordered())
    compiled = Compiled(xform, digest, tuple(findings.ordered()))
    _keep(cache, compiled)
    return compiled


def check_form(data: bytes, name: str = "data") -> list[Finding]:
    """All findings of a workbook, errors and warnings, for `xiangce form check`; never raises for a wrong form."""
    try:
        return examine(data, name)[0].ordered()
    except XiangceError as error:
        return [Finding("", 0, "", "unreadable", "error", str(error))]


def examine(data: bytes, name: str) -> tuple[Findings, str | None]:
    """Findings of all checks, and the XForm when pyxform could make one."""
    findings = Findings()
    sheets = read_workbook(data)
    survey = check_workbook(sheets, findings)
    check_expressions(survey, findings)
    xform = _run_pyxform(data, name, sheets, findings)
    if xform is not None:
        _check_loaded(xform, survey, sheets, findings)
    return findings, xform


def _run_pyxform(data: bytes, name: str, sheets: dict[str, Sheet], findings: Findings) -> str | None:
    said: list[str] = []
    try:
        result = convert(io.BytesIO(data), warnings=said, form_name=name, file_type=file_kind(data))
    except PyXFormError as error:
        _add_words(str(error), "error", sheets, findings)
        return None
    except Exception as error:
        # pyxform lets some errors of its own parts through for unusual workbooks; the form is refused, not the program
        log.warning("pyxform failed: %s", type(error).__name__)
        if not findings.errors:
            findings.error("compiler", f"表单编译器处理不了这个工作簿（{type(error).__name__}）。")
        return None
    for warning in said:
        for line in warning.splitlines() if warning.startswith("Language '") else [warning]:
            _add_words(line, "warning", sheets, findings)
    xform: str = result.xform
    return xform


def _add_words(message: str, severity: str, sheets: dict[str, Sheet], findings: Findings) -> None:
    sheet, row, column, said = words.translate(message)
    known = sheets.get(sheet.lower())
    if severity == "error":
        # our own checks said the same with the column; pyxform's words are for what they did not see
        if (row and findings.has_error_at(sheet, row)) or (not row and findings.errors):
            return
        findings.error("compiler", said, _cell(known, row, column), sheet=sheet, row=row)
    elif not (row and any(f.row == row and f.sheet.lower() == sheet.lower() for f in findings.items)):
        findings.warning("compiler", said, _cell(known, row, column), sheet=sheet, row=row)


def _cell(sheet: Sheet | None, row: int, column: str) -> Cell | None:
    if sheet is None or not row:
        return None
    for candidate in sheet.rows:
        if candidate.number == row:
            return candidate.cells.get(column) or candidate.cells.get("name") or candidate.cells.get("type")
    return None


def _check_loaded(xform: str, survey: Survey, sheets: dict[str, Sheet], findings: Findings) -> None:
    """What only shows once the form stands: circles of formulas, paths that lead nowhere."""
    try:
        form = load_form(xform)
    except XiangceError as error:
        if not findings.errors:
            findings.error("form", str(error), sheet="survey")
        return
    for warning in form.warnings:
        findings.warning("form", warning, sheet="survey")
    for cycle in form.plan.cycles:
        if len(cycle) == 1 and any(
            f.code == "reference_self" and f.row == _row(cycle[0], survey) for f in findings.items
        ):
            continue
        names = " → ".join(dict.fromkeys(rule.target.name for rule in cycle))
        for rule in cycle:
            cell = _rule_cell(rule, survey)
            findings.error("cycle", f"公式互相引用，成了循环：{names}。", cell, sheet="survey")
    for name, file_name in form.missing_instances.items():
        if name in REGISTER_LISTS and file_name == f"{name}.csv":
            continue
        findings.warning("attachment", f"清单“{name}”要用附件 {file_name}，请一并带上。")


def _row(rule: Rule, survey: Survey) -> int:
    cell = _rule_cell(rule, survey)
    return cell.row if cell is not None else 0


def _rule_cell(rule: Rule, survey: Survey) -> Cell | None:
    column = _RULE_COLUMNS[KIND_NAMES[rule.kind]]
    for question in survey.by_name.get(rule.target.name, []):
        if question.path == rule.target.path[1:]:
            return question.row.cells.get(column) or question.row.cells.get("name")
    return None


def _cache_file(cache: Path, digest: str) -> Path:
    version = getattr(pyxform, "__version__", "0")
    return cache / f"{digest[:40]}-{version}-{CACHE_VERSION}.json"


def _cached(cache: Path | None, digest: str) -> Compiled | None:
    if cache is None:
        return None
    try:
        held = json.loads(_cache_file(cache, digest).read_text(encoding="utf-8"))
        if held["digest"] != digest:
            return None
        return Compiled(held["xform"], digest, tuple(Finding(**finding) for finding in held["findings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(cache: Path | None, compiled: Compiled) -> None:
    if cache is None:
        return
    held = {
        "digest": compiled.digest,
        "xform": compiled.xform,
        "findings": [finding.as_dict() for finding in compiled.findings],
    }
    target = _cache_file(cache, compiled.digest)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        part.write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
        part.replace(target)
    except OSError:
        log.warning("compiled form could not be cached")
