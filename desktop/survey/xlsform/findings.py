"""Findings in a workbook: where, how bad, what, in Chinese; the shape all findings of the product share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from desktop.survey.xform.model import FormError
from desktop.survey.xlsform.workbook import Cell


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `row` is 1-based, `col` the column's letters, both as in the workbook; 0 and '' when unknown."""

    sheet: str
    row: int
    col: str
    code: str
    severity: str
    message: str
    raw: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    def line(self) -> str:
        """One line to read."""
        place = f"{self.sheet or '工作簿'}"
        if self.row:
            place += f" 第 {self.row} 行"
        if self.col:
            place += f" {self.col} 列"
        return f"{place}：{self.message}"


class Findings:
    """Collects findings; the same place is not blamed twice for the same thing."""

    def __init__(self) -> None:
        self.items: list[Finding] = []

    def error(self, code: str, message: str, cell: Cell | None = None, *, sheet: str = "", row: int = 0) -> None:
        """Something that must be mended before the form can be used."""
        self._add(code, "error", message, cell, sheet, row)

    def warning(self, code: str, message: str, cell: Cell | None = None, *, sheet: str = "", row: int = 0) -> None:
        """Something that works but is probably not meant."""
        self._add(code, "warning", message, cell, sheet, row)

    def _add(self, code: str, severity: str, message: str, cell: Cell | None, sheet: str, row: int) -> None:
        if cell is not None:
            finding = Finding(cell.sheet, cell.row, cell.column, code, severity, message, cell.text[:200])
        else:
            finding = Finding(sheet, row, "", code, severity, message)
        if finding not in self.items:
            self.items.append(finding)

    def has_error_at(self, sheet: str, row: int) -> bool:
        """Whether a row already has an error."""
        return any(
            item.severity == "error" and item.row == row and item.sheet.lower() == sheet.lower() for item in self.items
        )

    @property
    def errors(self) -> list[Finding]:
        """The errors, in the order of the workbook."""
        return [item for item in self.ordered() if item.severity == "error"]

    def ordered(self) -> list[Finding]:
        """All findings by sheet (survey first), row and column."""
        rank = {"survey": 0, "choices": 1, "settings": 2, "entities": 3}
        return sorted(self.items, key=lambda f: (rank.get(f.sheet.lower(), 9), f.sheet, f.row, len(f.col), f.col))


class WorkbookRefused(FormError):
    """The workbook has errors; `findings` holds all of them."""

    def __init__(self, findings: list[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity == "error"]
        shown = "\n".join(finding.line() for finding in errors[:20])
        more = f"\n……另有 {len(errors) - 20} 处" if len(errors) > 20 else ""
        super().__init__(f"表单有 {len(errors)} 处错误，改好以后才能使用：\n{shown}{more}")
        self.findings = findings
