"""Commands about forms that need no register: check a workbook, evaluate expressions, replay traces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from desktop.common.errors import UsageError
from desktop.survey.traces import run_trace_cases
from desktop.survey.xpath.cases import run_eval_cases

form_app = typer.Typer(help="调查表。", add_completion=False, rich_markup_mode=None)
Cases = Annotated[Path, typer.Option("--cases", metavar="FILE.jsonl", help="每行一例")]


def eval_(cases: Cases) -> None:
    """计算表达式：每行一例，输出值或错误。"""
    with _opened(cases) as source:
        run_eval_cases(source, sys.stdout)


@form_app.command("trace")
def trace(cases: Cases, forms: Annotated[Path, typer.Option("--forms", metavar="DIR", help="表单所在文件夹")]) -> None:
    """重放填表过程：每行一例，输出每步的变化。"""
    if not forms.is_dir():
        raise UsageError(f"没有文件夹 {forms.name}。")
    with _opened(cases) as source:
        run_trace_cases(source, sys.stdout, forms)


def _opened(path: Path) -> IO[str]:
    if not path.is_file():
        raise UsageError(f"没有文件 {path.name}。")
    return path.open(encoding="utf-8")
