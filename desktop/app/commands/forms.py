"""Commands about forms that need no register: check a workbook, evaluate expressions, replay traces.

The engine and its compiler are imported when a command needs them: other commands start sooner.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from desktop.app.commands.common import AsJson, say, say_json
from desktop.common.errors import UsageError

form_app = typer.Typer(help="调查表。", add_completion=False, rich_markup_mode=None)
Cases = Annotated[Path, typer.Option("--cases", metavar="FILE.jsonl", help="每行一例")]


def eval_(cases: Cases) -> None:
    """计算表达式：每行一例，输出值或错误。"""
    from desktop.survey.xpath.cases import run_eval_cases

    with _opened(cases) as source:
        run_eval_cases(source, sys.stdout)


@form_app.command("check")
def check(
    source: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="XLSForm 工作簿")], as_json: AsJson = False
) -> None:
    """检查调查表：一次列出全部问题。"""
    if not source.is_file():
        raise UsageError(f"没有文件 {source.name}。")
    from desktop.survey.xlsform.compile import check_form

    found = check_form(source.read_bytes(), source.stem)
    errors = [f for f in found if f.severity == "error"]
    if as_json:
        say_json([f.as_dict() for f in found])
    else:
        for finding in found:
            say(f"{'错误' if finding.severity == 'error' else '提醒'}\t{finding.line()}")
        say(f"共 {len(errors)} 处错误，{len(found) - len(errors)} 处提醒。" if found else "没有发现问题。")
    if errors:
        raise typer.Exit(3)
    if found:
        raise typer.Exit(1)


@form_app.command("trace")
def trace(cases: Cases, forms: Annotated[Path, typer.Option("--forms", metavar="DIR", help="表单所在文件夹")]) -> None:
    """重放填表过程：每行一例，输出每步的变化。"""
    if not forms.is_dir():
        raise UsageError(f"没有文件夹 {forms.name}。")
    from desktop.survey.traces import run_trace_cases

    with _opened(cases) as source:
        run_trace_cases(source, sys.stdout, forms)


def _opened(path: Path) -> IO[str]:
    if not path.is_file():
        raise UsageError(f"没有文件 {path.name}。")
    return path.open(encoding="utf-8")
