"""Amounts from a village's own list, matched with the recipients of a plan: by ID number, else by name and group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.app.distribution.distribution_recipients import set_amounts
from desktop.app.distribution.distribution_view import PlanView, plan_view
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.common.names import normalise_name
from desktop.exchange.workbook.amount_list import AmountRow, read_amount_list, read_pasted
from desktop.exchange.workbook.findings import Finding
from desktop.registry.codelists import word
from desktop.registry.distribution_plan import use_code
from desktop.store.unit_of_work import Committed


@dataclass(frozen=True)
class MatchedAmounts:
    """What a list gives: 分 by recipient, and what is doubtful; `unnamed` recipients are not in the list."""

    use: str
    amounts: Mapping[str, int]
    findings: tuple[Finding, ...]
    unnamed: int

    @property
    def total_fen(self) -> int:
        """The sum of what was matched."""
        return sum(self.amounts.values())


def match_file(ws: Workspace, plan: str, use: str, source: Path) -> MatchedAmounts:
    """Read a workbook of amounts for a use's recipients; nothing is written."""
    return _match(ws, plan, use, *read_amount_list(source))


def match_pasted(ws: Workspace, plan: str, use: str, text: str) -> MatchedAmounts:
    """The same from pasted cells."""
    return _match(ws, plan, use, *read_pasted(text))


def take_amounts(ws: Workspace, plan: str, found: MatchedAmounts, *, despite_findings: bool = False) -> Committed:
    """Write matched amounts; InputRefused while rows are open, unless they are to be left out knowingly."""
    open_rows = sum(1 for f in found.findings if f.severity == "error")
    if open_rows and not despite_findings:
        raise InputRefused(f"还有 {open_rows} 处要处理，没有写入任何内容。")
    if not found.amounts:
        raise InputRefused("没有一行能对上名单，没有写入任何内容。")
    return set_amounts(ws, plan, found.use, found.amounts)


def matched_names(a: str, b: str) -> bool:
    """Whether two written names are the same name."""
    return bool(a) and normalise_name(a)[0] == normalise_name(b)[0]


def _match(
    ws: Workspace, plan: str, use: str, rows: Sequence[AmountRow], findings: Sequence[Finding]
) -> MatchedAmounts:
    view = plan_view(ws, plan)
    code = use_code(use)
    lines = view.lines_of(code)
    if not lines:
        raise InputRefused(f"“{word('income_use', code)}”还没有领款对象，先选名单；没有读入。")
    by_id = _by_id_number(ws, view, code)
    by_name: dict[str, list[str]] = {}
    groups = {line.recipient.id: line.recipient.group for line in lines}
    for line in lines:
        by_name.setdefault(normalise_name(line.recipient.name)[0], []).append(line.recipient.id)
    amounts: dict[str, int] = {}
    out = list(findings)

    def say(row: AmountRow, code: str, message: str) -> None:
        out.append(Finding(row.sheet, row.row, row.col, code, "error", message))

    for row in rows:
        recipient = by_id.get(row.id_no) if row.id_no else None
        if recipient is None:
            named = by_name.get(normalise_name(row.name)[0], [])
            if len(named) > 1 and row.group:
                named = [r for r in named if groups[r] == row.group] or named
            if len(named) > 1:
                say(row, "amount_name_twice", f"名单里有 {len(named)} 个同名的，须写证件号码或组")
                continue
            recipient = named[0] if named else None
        if recipient is None:
            say(row, "amount_not_in_plan", "不在这个用途的名单里")
        elif recipient in amounts:
            say(row, "amount_row_twice", "同一户（人）在表里出现两次")
        else:
            amounts[recipient] = row.amount_fen
    return MatchedAmounts(code, amounts, tuple(out), len(lines) - len(amounts))


def _by_id_number(ws: Workspace, view: PlanView, use: str) -> dict[str, str]:
    """ID number → recipient: a person's own, or any member's of a household."""
    recipients = {line.recipient.id: line.recipient.kind for line in view.lines_of(use)}
    homes = [i for i, kind in recipients.items() if kind == "household"]
    people = [i for i, kind in recipients.items() if kind == "person"]
    with ws.register.reading() as sql:
        found = {
            str(number).upper(): home
            for number, home in sql.in_chunks(
                "SELECT id_no,household_id FROM person WHERE removed=0 AND canonical_id IS NULL "
                "AND id_no IS NOT NULL AND household_id IN (*)",
                homes,
            )
        }
        own = "SELECT id_no,id FROM person WHERE id_no IS NOT NULL AND id IN (*)"
        found |= {str(number).upper(): person for number, person in sql.in_chunks(own, people)}
    return found
