"""Checks every formula and every `${…}` of a survey sheet: written right, known fields, known functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desktop.survey.xlsform.checks import Question, Survey
from desktop.survey.xlsform.findings import Findings
from desktop.survey.xlsform.workbook import Cell, base_header
from desktop.survey.xpath import syntax
from desktop.survey.xpath.functions import call_problem
from desktop.survey.xpath.parser import ExpressionError, parse

FORMULAS = ("relevant", "constraint", "calculation", "choice_filter", "required", "read_only", "repeat_count")
TEXTS = ("label", "hint", "guidance_hint", "constraint_message", "required_message")
_REFERENCE = re.compile(r"\$\{\s*(?:last-saved#)?\s*([^}]*?)\s*\}")
_BROKEN = re.compile(r"\$\{[^}]*\Z|\$\([^)]*\)|\$[A-Za-z_]\w*")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_CURLY = re.compile(r"[‘’“”，（）；＝＞＜]")
_WORDS = frozenset(("yes", "no", "true", "false"))
_NAMESPACES = {"jr": "http://openrosa.org/javarosa"}


def check_expressions(survey: Survey, findings: Findings) -> None:
    """Every formula, label, hint and message of every row."""
    for question in survey.questions:
        for header, cell in question.row.cells.items():
            base = base_header(header)
            if base in FORMULAS:
                if cell.text.lower() not in _WORDS:
                    _check_formula(cell, survey, findings)
            elif base in TEXTS or base == "trigger":
                _check_references(cell, survey, findings)
            elif base == "default" and "${" in cell.text:
                _check_formula(cell, survey, findings)
        _check_self(question, findings)


def references(text: str) -> Iterator[str]:
    """The names a text refers to."""
    for match in _REFERENCE.finditer(text):
        yield match[1]


def _check_references(cell: Cell, survey: Survey, findings: Findings) -> None:
    for name in references(cell.text):
        _check_name(name, cell, survey, findings)
    if (broken := re.search(r"\$\{[^}]*\Z", cell.text)) is not None:
        findings.error("reference_broken", f"“{broken[0][:30]}”缺右花括号“}}”。", cell)


def _check_name(name: str, cell: Cell, survey: Survey, findings: Findings) -> None:
    known = survey.by_name.get(name)
    if known is None:
        near = _nearest(name, survey)
        hint = f"，是不是“{near}”？" if near else "。"
        findings.error("reference_unknown", f"引用的字段 ${{{name}}} 不存在{hint}", cell)
    elif len(known) > 1:
        rows = "、".join(str(question.row.number) for question in known)
        findings.error(
            "reference_ambiguous", f"引用的字段 ${{{name}}} 有不止一个（第 {rows} 行），分不清是哪一个。", cell
        )


def _nearest(name: str, survey: Survey) -> str:
    from rapidfuzz import process

    found = process.extractOne(name, list(survey.by_name), score_cutoff=80)
    return str(found[0]) if found else ""


def _check_formula(cell: Cell, survey: Survey, findings: Findings) -> None:
    _check_references(cell, survey, findings)
    plain = _REFERENCE.sub(" _field ", cell.text)
    if (broken := _BROKEN.search(plain)) is not None:
        findings.error("reference_broken", f"“{broken[0][:30]}”写法不对：引用字段要写成 ${{字段名}}。", cell)
        return
    if (curly := _CURLY.search(_STRING.sub("", plain))) is not None:
        findings.error("formula_quotes", f"公式里的“{curly[0]}”是中文标点，请改成英文的（如 '、\"、,、(、)）。", cell)
        return
    try:
        tree = parse(plain)
    except ExpressionError as error:
        findings.error("formula_syntax", f"公式写错：{error.message.replace(' _field ', '${…}')}", cell)
        return
    for expression in syntax.walk(tree):
        if isinstance(expression, syntax.Call):
            problem = call_problem(expression, _NAMESPACES)
            if problem is not None:
                findings.error("function_wrong", problem, cell)


def _check_self(question: Question, findings: Findings) -> None:
    for header in ("relevant", "calculation", "choice_filter"):
        cell = question.row.cells.get(header)
        if cell is not None and question.name in references(cell.text) and "once(" not in cell.text:
            word = {"relevant": "显示条件", "calculation": "公式", "choice_filter": "选项筛选"}[header]
            findings.error("reference_self", f"“{question.name}”的{word}引用了它自己，成了循环。", cell)
