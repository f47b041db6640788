"""The command that lists assessments: how far each place has come in a year, and which places lack one."""

from __future__ import annotations

from typing import Annotated

import typer

from desktop.app.annual.assessing import assessments, checked_year
from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, say, say_json


def list_assessments(
    place: Place,
    year: Annotated[str, typer.Option("--year", help="评估年度，如 2025")],
    last: Annotated[str, typer.Option("--to", metavar="YEAR", help="到哪一年止，不写则只列一年")] = "",
    division: Annotated[str, typer.Option("--division", help="区划代码开头")] = "",
    lacking: Annotated[bool, typer.Option("--lacking", help="只列没有开始评估的；有则退出码为 1")] = False,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """年度评估：各地办到哪一步、分数和等次、问题，哪里还没有开始。"""
    with opened(place, passphrase_file, user) as ws:
        lines = assessments(ws, checked_year(year), checked_year(last) if last else None, division)
    if lacking:
        lines = [line for line in lines if line.lacks]
    if as_json:
        say_json([{f: getattr(line, f) for f in line.__slots__} for line in lines])
    else:
        say("地区\t年度\t办理\t自评\t镇评\t县评\t等次\t问题\t未销号\t标识")
        for line in lines:
            kind = "（五年总结）" if line.kind != "annual" else ""
            say(f"{line.place}\t{line.year}{kind}\t{line.state_word}\t{line.self_score}\t{line.review_score}\t"
                f"{line.score}\t{line.grade}\t{line.findings}\t{line.open_findings}\t{line.id}")  # fmt: skip
    if lacking and lines:
        raise typer.Exit(1)
