"""Writes a messy asset ledger and a messy roster to practise on, with the decisions a person would take on them.

All content is invented and depends on the seed alone: the same seed gives the same files, byte for byte.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from desktop.app.demo.ledger_book import make_ledger
from desktop.app.demo.roster import heads_by_village
from desktop.app.demo.roster_book import make_roster
from desktop.app.demo.sheet import Planted, write_book, write_decisions
from desktop.common.errors import UsageError

LEDGER, ROSTER = "资产台账.xlsx", "住户花名册.xlsx"
LEDGER_DECISIONS, ROSTER_DECISIONS = "资产台账.处理意见.json", "住户花名册.处理意见.json"


def in_order(sheet: str, planted: Sequence[Planted]) -> list[Planted]:
    """What was planted in a sheet, from top to bottom as a person goes through it."""
    return sorted((p for p in planted if p.sheet == sheet), key=lambda p: (p.row, len(p.col), p.col))


def write_workbooks(folder: Path, *, seed: int) -> list[Path]:
    """The ledger, the roster and their decisions in the folder, which is made.

    With its decisions each workbook comes in whole: `import assets|roster … --decisions …` leaves no open error.
    Raises UsageError when other files of these names lie there: they may be a township's own.
    """
    roster = make_roster(seed)
    ledger = make_ledger(seed, heads_by_village(roster.households))
    names = (LEDGER, LEDGER_DECISIONS, ROSTER, ROSTER_DECISIONS)
    with tempfile.TemporaryDirectory() as made:
        for book, decisions, sheets, planted in (
            (LEDGER, LEDGER_DECISIONS, ledger.sheets, ledger.planted),
            (ROSTER, ROSTER_DECISIONS, roster.sheets, roster.planted),
        ):
            write_book(Path(made, book), sheets)
            write_decisions(Path(made, decisions), [p for sheet in sheets for p in in_order(sheet.name, planted)])
        written = {name: Path(made, name).read_bytes() for name in names}
    for name, data in written.items():
        if (folder / name).exists() and (folder / name).read_bytes() != data:
            raise UsageError(f"文件夹里已有另一份 {name}，没有覆盖，也没有写出任何文件。请换一个文件夹。")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in written.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in names]
