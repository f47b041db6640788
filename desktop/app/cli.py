"""The command line `xiangce`: every capability of the product as a command, with the same services as the window.

Exit codes: 0 done, 1 findings or conflicts left, 2 wrong usage, 3 input refused, 4 locked or wrong passphrase.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer

from desktop.app.commands import arguments as command_line
from desktop.app.commands import (
    assessing,
    attachments,
    configuration,
    demo,
    diagnosing,
    distribution,
    exchange,
    forms,
    inspections,
    money,
    notices,
    paper,
    records,
    register,
    rights,
    safekeeping,
    shares,
    statuses,
    steps,
    tables,
    workbooks,
)
from desktop.app.commands.file_words import UNREADABLE_WORD, file_sentence, unreadable_word
from desktop.app.commands.help_words import command_of
from desktop.common.errors import XiangceError
from desktop.common.version import product_version
from desktop.store.crash_log import describe

_CommandLineProblem: Any = typer.BadParameter.__mro__[2]
"""Base of every complaint about the command line, wherever this version of typer keeps it."""
_INTERRUPTED = 130
"""What the library makes of Ctrl+C (128 + SIGINT)."""

app = typer.Typer(name="xiangce", help="乡册：离线的入户调查、项目资产登记与合并。", no_args_is_help=False,
                  add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)  # fmt: skip

app.command("demo")(demo.demo)
app.command("new")(register.new)
app.command("open")(register.open_)
app.command("digest")(register.digest)
app.command("dump")(register.dump)
app.command("rebuild")(register.rebuild)
app.command("undo")(register.undo)
app.command("units")(register.units)
app.command("merges")(register.merges)
app.command("add")(records.add)
app.command("set")(records.set_)
app.command("helpers")(records.helpers)
app.command("remove")(records.remove)
app.command("restore-row")(records.restore_row)
app.command("show")(records.show)
app.command("history")(records.history)
app.command("attach")(attachments.attach)
app.command("attachment")(attachments.write_out)
app.command("steps")(steps.steps)
app.command("step")(steps.step)
app.command("values")(money.values)
app.command("ledger")(money.ledger)
app.command("arrears")(money.arrears)
app.add_typer(money.contract_app, name="contract")
app.add_typer(exchange.enrol_app, name="enrol")
app.command("export")(exchange.export)
app.command("peek")(exchange.peek)
app.command("merge")(exchange.merge)
app.command("conflicts")(exchange.conflicts)
app.command("resolve")(exchange.resolve)
app.command("outside")(exchange.outside)
app.command("admit")(exchange.admit)
app.command("refuse")(exchange.refuse)
app.add_typer(configuration.config_app, name="config")
app.command("table")(tables.table)
app.add_typer(forms.form_app, name="form")
app.command("eval")(forms.eval_)
app.add_typer(workbooks.import_app, name="import")
app.add_typer(distribution.distribution_app, name="distribution")
app.command("books")(distribution.books)
app.add_typer(paper.print_app, name="print")
app.add_typer(notices.notice_app, name="notice")
app.add_typer(inspections.inspect_app, name="inspect")
app.command("sample")(inspections.sample)
app.command("assessments")(assessing.list_assessments)
app.command("rights")(rights.rights)
app.add_typer(shares.shares_app, name="shares")
app.add_typer(statuses.status_app, name="status")
app.command("backup")(safekeeping.backup)
app.command("restore")(safekeeping.restore)
app.command("check")(safekeeping.check)
app.command("diagnose")(diagnosing.diagnose)
app.add_typer(safekeeping.users_app, name="user")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context, show_version: bool = typer.Option(False, "--version", help="版本", is_eager=True)
) -> None:
    """不带命令时打开窗口。"""
    if show_version:
        typer.echo(product_version())
        raise typer.Exit()
    if context.invoked_subcommand is None:
        from desktop.app.window import open_window

        raise typer.Exit(open_window(None))


@cache
def _built() -> Any:
    """The parser of all commands; making it takes a fifth of a second, once in a process."""
    return command_of(app)


def arranged(words: Sequence[str]) -> list[str]:
    """The command line as the parser reads it: `print REGISTER assets` becomes `print assets REGISTER`."""
    kinds = {
        group.name or "": {command.name or "" for command in group.typer_instance.registered_commands}
        for group in app.registered_groups
        if group.typer_instance is not None
    }
    return command_line.arranged(words, kinds)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; every foreseeable failure is one Chinese sentence on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    words = sys.argv[1:] if arguments is None else arguments
    if any(unreadable_word(word) for word in words):
        typer.echo(UNREADABLE_WORD, err=True)
        return 2
    try:
        result: Any = _built()(args=arranged(words), prog_name="xiangce", standalone_mode=False)
        return _stopped() if result == _INTERRUPTED else result if isinstance(result, int) else 0
    except XiangceError as error:
        typer.echo(str(error), err=True)
        return error.exit_code
    except typer.Exit as stop:
        return _stopped() if stop.exit_code == _INTERRUPTED else stop.exit_code
    except _CommandLineProblem as error:
        typer.echo(_usage_sentence(error), err=True)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return _stopped()
    except BrokenPipeError:
        return 0
    except RecursionError:
        typer.echo("文件或值里的括号套得太深，不能读取，没有写入任何内容；请核对是不是拿错了文件。", err=True)
        return 3
    except OSError as error:  # a file named on the command line that no service has a sentence of its own for
        typer.echo(file_sentence(error), err=True)
        return 3
    except Exception as error:  # a defect of ours: words for the person, places without values for who mends it
        typer.echo("程序内部出错，这次操作没有完成；之前保存的内容都在。", err=True)
        typer.echo("请把下面的出错位置（不含数据）报告维护人员：", err=True)
        typer.echo(describe(error), err=True)
        return 3


def _stopped() -> int:
    """What Ctrl+C is answered with: a unit of work is whole or absent, also when it is broken off."""
    typer.echo("已停止。没有做完的没有写入，之前做完的都在。", err=True)
    return 1


def _usage_sentence(error: Any) -> str:
    """The command-line library's complaint in Chinese."""
    context = getattr(error, "ctx", None)
    hint = f"用 {context.command_path if context else 'xiangce'} --help 查看用法。"
    kind = type(error).__name__
    parameter = getattr(error, "param", None)
    options = [o for o in getattr(parameter, "opts", ()) if o.startswith("--")]
    name = options[0] if options else getattr(parameter, "metavar", None) or getattr(parameter, "name", None) or "参数"
    if str(error) == "Missing command.":
        return f"缺少命令，用 {error.ctx.command_path} --help 查看有哪些。"
    if kind == "NoSuchOption":
        return f"没有选项 {error.option_name}。{hint}"
    if kind == "MissingParameter":
        return f"缺少 {name}。{hint}"
    least, most = (getattr(parameter, bound, None) for bound in ("min", "max"))
    if kind == "BadParameter" and least is not None:
        return f"{name} 应是 {least} {'以上' if most is None else f'到 {most} '}的整数。{hint}"
    if kind == "BadParameter":
        return f"{name} 的值不能识别。{hint}"
    quoted = re.search(r"No such command '([^']*)'", str(error))
    return f"没有命令 {quoted[1]}。{hint}" if quoted else f"命令写法有误。{hint}"


if __name__ == "__main__":
    sys.exit(main())
