"""Commands about forms: check a workbook, add it to a register, fill it, take answers out; evaluate, replay traces.

The engine and its compiler are imported when a command needs them: other commands start sooner.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    opened,
    progress_line,
    say,
    say_json,
    say_table,
)
from desktop.common.errors import InputRefused, UsageError

form_app = typer.Typer(help="调查表。", add_completion=False, rich_markup_mode=None)
Cases = Annotated[Path, typer.Option("--cases", metavar="FILE.jsonl", help="每行一例")]


def eval_(cases: Cases) -> None:
    """计算表达式：每行一例，输出值或错误。"""
    from desktop.survey.xpath.cases import run_eval_cases

    with _opened(cases, "expression") as source:
        run_eval_cases(source, sys.stdout)


@form_app.command("check")
def check(
    source: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="XLSForm 工作簿")], as_json: AsJson = False
) -> None:
    """检查调查表：一次列出全部问题。"""
    if not source.is_file():
        raise UsageError(f"没有文件 {source.name}。")
    from desktop.app.visits.forms import check_workbook

    checked = check_workbook(source.read_bytes(), source.stem)
    found = checked.findings
    errors = [f for f in found if f.severity == "error"]
    if as_json:
        say_json([f.as_dict() for f in found])
    else:
        for finding in found:
            say(f"{'错误' if finding.severity == 'error' else '提醒'}\t{finding.line()}")
        say(f"共 {len(errors)} 处错误，{len(found) - len(errors)} 处提醒。" if found else "没有发现问题。")
        if checked.summary:
            say(checked.summary)
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

    with _opened(cases, "form", "form_xml") as source:
        run_trace_cases(source, sys.stdout, forms)


@form_app.command("list")
def list_(place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """列出可填的调查表。"""
    from desktop.app.visits import forms

    with opened(place, passphrase_file, user) as ws:
        found = forms.list_forms(ws)
    if as_json:
        say_json([{**asdict(info), "subject_table": info.subject_table} for info in found])
        return
    rows = [
        {**asdict(info), "origin": {"shipped": "随程序", "county": "县里加入"}[info.origin],
         "subject": {"household": "住户", "asset": "资产", "village": "村", None: ""}[info.subject]}
        for info in found
    ]  # fmt: skip
    say_table(rows, {"form_id": "编号", "title": "名称", "version": "版本", "origin": "来源", "subject": "对象"})


@form_app.command("add")
def add(
    place: Place,
    source: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="XLSForm 工作簿")],
    files: Annotated[list[Path] | None, typer.Option("--file", help="表要用的图片或清单文件，可写多次")] = None,
    note: Annotated[str, typer.Option("--note", help="说明")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把调查表加入登记册：先检查，随下发的数据包到各台电脑。"""
    from desktop.app.visits import forms

    for path in (source, *(files or ())):
        if not path.is_file():
            raise UsageError(f"没有文件 {path.name}。")
    with opened(place, passphrase_file, user, write=True) as ws:
        added = forms.add_form(ws, source.read_bytes(), {p.name: p.read_bytes() for p in files or ()}, note)
    for finding in added.findings:
        say(f"提醒\t{finding.line()}")
    what = "已加入" if added.fresh else "这一版已在登记册里，未重复加入"
    say(f"{what}：{added.info.title}（{added.info.form_id}，版本 {added.info.version or '未写'}）。")


@form_app.command("retire")
def retire(
    place: Place,
    form: Annotated[str, typer.Argument(metavar="FORM", help="调查表编号")],
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """停用县里加入的这一版调查表；已填的走访不受影响。"""
    from desktop.app.visits import forms

    with opened(place, passphrase_file, user, write=True) as ws:
        info = forms.form_info(ws, form)
        forms.retire_form(ws, info)
    say(f"已停用：{info.title}（版本 {info.version}）。")


@form_app.command("fill")
def fill(
    place: Place,
    form: Annotated[str, typer.Argument(metavar="FORM", help="调查表编号")],
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.json", help="答案：按题名或路径，成员等写成列表")],
    subject: Annotated[str | None, typer.Option("--subject", help="给哪一户（资产、村）填：记录标识")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="只存草稿，不提交")] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """填一次调查表并提交；没填完的逐条列出，不写入（退出码 1）。"""
    from desktop.app.records.records import find_id
    from desktop.app.visits import surveying
    from desktop.app.visits.filling import fill_answers

    if not answers.is_file():
        raise UsageError(f"没有文件 {answers.name}。")
    try:
        given = json.loads(answers.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeError):
        raise InputRefused(f"{answers.name} 不是完整的 JSON，没有提交。") from None
    if not isinstance(given, dict):
        raise InputRefused(f"{answers.name} 里应是一个对象：题名对答案。没有提交。")
    with opened(place, passphrase_file, user, write=True) as ws:
        info = surveying.form_info(ws, form)
        table = info.subject_table
        if subject is not None and table is None:
            raise UsageError(f"《{info.title}》没有对象，不用 --subject。")
        row = find_id(ws, table, subject) if subject is not None and table is not None else None
        visit = surveying.begin_visit(ws, form, table if row else None, row)
        kept = False
        try:
            filled = fill_answers(ws, visit, given, answers.parent)
            if draft:
                surveying.keep(ws, visit)
                kept = True
                done = surveying.Finished(left_out=surveying.left_out(visit.session))
            else:
                done = surveying.finish_visit(ws, visit)
        finally:
            if not kept:
                surveying.drop_visit(ws, visit.key)
        labels = {v.path: (visit.session.view(v.path).label or v.path.rpartition("/")[2]).strip()
                  for v in done.violations}  # fmt: skip
    if as_json:
        say_json(
            {"visit": done.visit_id, "unit": done.unit_id, "draft": visit.key if kept else "",
             "records": [asdict(r) for r in done.records], "unasked": filled.unasked,
             "not_relevant": [asdict(out) for out in done.left_out],
             "violations": [{**asdict(v), "label": labels[v.path]} for v in done.violations]}
        )  # fmt: skip
    else:
        for violation in done.violations:
            say(f"{labels[violation.path]}\t{violation.message}\t{violation.path}")
        for key in filled.unasked:
            say(f"没有问到\t{key}")
        for out in done.left_out:
            why = f"\t因为答了“{out.because}”" if out.because else ""
            say(f"不再适用，不写入\t{out.label}\t{out.answer}{why}")
        if kept:
            say(f"已存草稿 {visit.key}。")
        elif done.done:
            say(f"已提交走访 {done.visit_id}：写了 {sum(r.action != 'same' for r in done.records)} 条记录。")
        else:
            say(f"还有 {len(done.violations)} 处没有填好，没有写入。")
    if not (done.done or kept) or filled.unasked:
        raise typer.Exit(1)


@form_app.command("export")
def export(
    place: Place,
    form: Annotated[str, typer.Argument(metavar="FORM", help="调查表编号")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR|F.zip|F.xlsx", help="写到哪里")],
    shape: Annotated[str, typer.Option("--as", help="odk、csv、xlsx、sav、dta")] = "csv",
    split: Annotated[bool, typer.Option("--split", help="多选题一个选项一列")] = False,
    words: Annotated[bool, typer.Option("--words", help="写题目和选项的文字，不写代码")] = False,
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖")] = False,
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把答卷导出给别的软件：ODK、CSV、Excel、SPSS、Stata；会记入导出记录。"""
    from desktop.app.visits.form_export import export_form

    with opened(place, passphrase_file, user, write=True) as ws:
        made = export_form(
            ws, form, output, shape, with_id=with_id, purpose=purpose, split=split, words=words,
            progress=progress_line("答卷"),
        )  # fmt: skip
    if as_json:
        say_json(asdict(made))
    else:
        say(f"已写出 {output}：{made.visits} 份答卷，{len(made.files)} 个文件。")
        if made.without_answers:
            say(f"另有 {made.without_answers} 次走访的答卷不在这台电脑上，没有写出。")
    if made.without_answers:
        raise typer.Exit(1)


def _opened(path: Path, *either: str) -> IO[str]:
    """A file of cases, a JSON object a line with one of these keys; InputRefused naming the first that is none."""
    if not path.is_file():
        raise UsageError(f"没有文件 {path.name}。")
    at = 0
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        for at, line in enumerate(lines, 1):
            if line.strip() and not set(either) & set(dict(json.loads(line))):
                raise InputRefused(f"{path.name} 第 {at} 行没有 {either[0]}，没有计算。")
    except UnicodeError:
        raise InputRefused(f"{path.name} 不是 UTF-8 文本，没有计算。") from None
    except (ValueError, TypeError):
        raise InputRefused(f"{path.name} 第 {at} 行不是一个 JSON 对象，没有计算。") from None
    return path.open(encoding="utf-8")
