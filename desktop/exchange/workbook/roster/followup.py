"""The list to take along (补采单): what must be asked again, one sheet per village, as a workbook.

ID numbers are masked unless asked for; every text is written as text, so that no cell becomes a formula.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from desktop.common.atomic_file import write_atomically
from desktop.common.idnumber import mask_id, mask_number, mask_text
from desktop.common.text import compact, narrow
from desktop.exchange.workbook.findings import Finding, as_json, plain
from desktop.exchange.workbook.plan import ImportPlan

_SECRET_FIELDS = ("id_no", "disability_no")
_SEVERITY = {"error": "错误", "warning": "提醒", "info": "已规范"}
_WHOLE = "全表"
_COLUMNS = {
    "序号": 5,
    "户主": 11,
    "姓名": 11,
    "位置": 15,
    "级别": 6,
    "问题": 46,
    "原值": 20,
    "建议": 20,
    "补采结果": 22,
}
"""Column titles and widths in characters; an asset list has 资产 in place of 姓名."""
_KINDS = {"roster": "花名册", "assets": "资产台账"}


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One line of the list: whose cell, where, what is wrong, and what is proposed. Texts are masked already."""

    village: str
    head: str
    person: str
    place: str
    severity: str
    question: str
    raw: str
    proposed: str


def masked_json(finding: Finding) -> dict[str, Any]:
    """A finding's JSON with every ID number in it masked; decisions are matched by place and code, not by content."""
    entry = as_json(finding)
    for key in ("raw", "proposed", "message", "options", "value"):
        if key in entry:
            entry[key] = _masked_value(entry[key])
    return entry


def _masked_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked_value(part) for part in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e14:
        return mask_text(str(int(value)))
    return mask_text(value) if isinstance(value, str) else value


def follow_ups(
    plan: ImportPlan, *, severities: Collection[str] = ("error", "warning"), with_id: bool = False
) -> Iterator[FollowUp]:
    """The undecided findings of a plan as lines, in the order of the workbook."""
    owners = _owners(plan)
    for finding in plan.findings:
        if finding.severity not in severities or finding.take is not None:
            continue
        village, head, person = owners.get((finding.sheet, finding.row or 0), (_WHOLE, "", ""))
        rows = finding.rows or []
        pattern = finding.row is not None and finding.row in rows and len(rows) > 1
        place = f"{finding.sheet} {finding.col or ''}{finding.row or ''}"
        yield FollowUp(
            village=village,
            head=head,
            person=f"{len(rows)} 行" if pattern else person,
            place=place,
            severity=finding.severity,
            question=finding.message if with_id else mask_text(finding.message),
            raw=_shown(finding.raw, finding, with_id),
            proposed=_shown(finding.proposed, finding, with_id),
        )


def _shown(value: Any, finding: Finding, with_id: bool) -> str:
    value = plain(value)
    if value is None:
        return ""
    text = str(value)
    if with_id:
        return text
    if finding.field in _SECRET_FIELDS and len(re.sub(r"\D", "", narrow(text))) >= 8:
        return mask_number(text) if len(compact(text)) >= 14 else mask_id(text)
    return mask_text(text)


def _owners(plan: ImportPlan) -> dict[tuple[str, int], tuple[str, str, str]]:
    """Sheet and row → village, head of household, person or asset."""
    found: dict[tuple[str, int], tuple[str, str, str]] = {}
    for record in plan.records:
        village = str(record.values.get("village_name") or _WHOLE)
        head = str(record.values.get("head_name") or "")
        members = record.values.get("members")
        if members is None:
            found[record.sheet, record.row] = (village, head, str(record.values.get("name") or ""))
            continue
        for member in members:
            place = (str(member["source_sheet"]), int(member["source_row"]))
            found.setdefault(place, (village, head, str(member["name"] or "")))
    return found


def write_follow_ups(
    plan: ImportPlan,
    path: Path | str,
    *,
    severities: Collection[str] = ("error", "warning"),
    with_id: bool = False,
) -> int:
    """Write the list as .xlsx, one sheet per village, ready to print; the number of lines. OSError when it cannot."""
    lines: dict[str, list[FollowUp]] = defaultdict(list)
    for line in follow_ups(plan, severities=severities, with_id=with_id):
        lines[line.village].append(line)
    write_atomically(Path(path), lambda file: _write(file, plan, lines))
    return sum(map(len, lines.values()))


def _write(file: Any, plan: ImportPlan, lines: dict[str, list[FollowUp]]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(file, options)
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    header = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "bg_color": "#E8ECF0"})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    names: set[str] = set()
    for village in sorted(lines, key=lambda v: (v == _WHOLE, v)) or [_WHOLE]:
        sheet = book.add_worksheet(_sheet_name(village, names))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 2)
        sheet.set_footer("&L核实人：          核实日期：&R第 &P 页 共 &N 页")
        last = len(_COLUMNS) - 1
        sheet.merge_range(0, 0, 0, last, "", title)
        kind = _KINDS.get(plan.kind, "")
        sheet.write_string(0, 0, f"{village}{kind}补采单" if village != _WHOLE else f"{kind}补采单（全表）", title)
        sheet.set_row(0, 28)
        said = f"来源：{plan.file_name}    共 {len(lines[village])} 项" if village in lines else "没有需要补采的内容"
        sheet.write_string(1, 0, said)
        for column, (name, width) in enumerate(_COLUMNS.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, "资产" if name == "姓名" and plan.kind == "assets" else name, header)
        for number, line in enumerate(lines.get(village, ()), 1):
            row = number + 2
            sheet.write_number(row, 0, number, cell)
            texts = (
                line.head,
                line.person,
                line.place,
                _SEVERITY[line.severity],
                line.question,
                line.raw,
                line.proposed,
                "",
            )
            for column, text in enumerate(texts, 1):
                sheet.write_string(row, column, text, cell)
        sheet.freeze_panes(3, 0)
    book.close()


def _sheet_name(village: str, taken: set[str]) -> str:
    base = re.sub(r"[\[\]:*?/\\']", "", village)[:28] or _WHOLE
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name)
    return name
