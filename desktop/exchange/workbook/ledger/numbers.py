"""Asset numbers: the ledger's own pattern is learnt, deviations, gaps and repetitions are asked about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from desktop.common.text import compact, narrow
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger


@dataclass(frozen=True, slots=True)
class Pattern:
    """Prefix and width of a ledger's numbers, e.g. `SSJY-` and 3."""

    prefix: str
    width: int

    def number(self, value: int) -> str:
        return f"{self.prefix}{value:0{self.width}d}"

    def value(self, text: str) -> int | None:
        """The running number of a text of this pattern."""
        tail = text.removeprefix(self.prefix)
        return int(tail) if tail != text and tail.isdigit() and len(tail) == self.width else None


def _shape(text: str) -> tuple[str, int]:
    """What stands before the digits at the end, and how many digits there are."""
    head = text.rstrip("0123456789")
    return head, len(text) - len(head)


def learn(texts: list[str | None]) -> list[Pattern]:
    """The patterns that at least a tenth (and three) of the numbers follow, the commonest first."""
    found = Counter(_shape(text) for text in texts if text)
    usual = {shape: n for shape, n in found.items() if shape[0] and shape[1]}
    total = sum(usual.values())
    ranked = sorted(usual.items(), key=lambda item: -item[1])[:20]
    return [Pattern(*shape) for shape, n in ranked if n >= 3 and n * 10 >= total]


def check_numbers(ledger: Ledger) -> None:
    """Missing numbers, numbers off the pattern, and one number for two assets."""
    taken: dict[str, list[tuple[AssetSheet, int]]] = {}
    learnt: dict[int, tuple[list[Pattern], set[str]]] = {}
    for sheet in ledger.sheets:
        texts = sheet.values.get("asset_no")
        if texts is None:
            continue
        patterns, present = learn(texts), {t for t in texts if t}
        learnt[id(sheet)] = (patterns, present)
        shapes = {(p.prefix, p.width) for p in patterns}
        for at, text in enumerate(texts):
            if at in sheet.set_aside:
                continue
            if text is None:
                proposed = _gap(texts, at, patterns, present)
                ledger.log.add(
                    sheet, at, "asset_no", "asset_number_missing", "warning", "资产编号没有填，请补填。",
                    proposed=proposed,
                    patch={"asset_no": proposed},
                )  # fmt: skip
                continue
            if patterns and _shape(text) not in shapes:
                fitting = _fit(text, patterns, present)
                ledger.log.add(
                    sheet, at, "asset_no", "asset_number_format", "warning", "资产编号与本表其他编号写法不同，请确认。",
                    proposed=fitting, patch={"asset_no": fitting} if fitting else None,
                )  # fmt: skip
                if fitting:
                    text = fitting
            taken.setdefault(text, []).append((sheet, at))
    for number, places in taken.items():
        if len(places) > 1:
            _repeated(ledger, number, places, learnt)


def _fit(text: str, patterns: list[Pattern], present: set[str]) -> str | None:
    match = re.fullmatch(r"([^\d]*)0*(\d+)", compact(narrow(text)))
    if match is None:
        return None
    letters = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff]", "", match[1]).casefold()
    for pattern in patterns:
        own = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff]", "", pattern.prefix).casefold()
        if letters in ("", own) and len(match[2]) <= pattern.width:
            fitting = pattern.number(int(match[2]))
            if fitting not in present:
                return fitting
    return None


def _gap(texts: list[str | None], at: int, patterns: list[Pattern], present: set[str]) -> str | None:
    """The number that is left out between the neighbours."""
    before = next((t for t in reversed(texts[max(0, at - 5) : at]) if t), None)
    after = next((t for t in texts[at + 1 : at + 6] if t), None)
    for pattern in patterns:
        low = pattern.value(before) if before else None
        high = pattern.value(after) if after else None
        if low is not None and (high is None or high > low + 1):
            candidate = pattern.number(low + 1)
            if candidate not in present:
                return candidate
        if low is None and high is not None and high > 1 and pattern.number(high - 1) not in present:
            return pattern.number(high - 1)
    return None


def _repeated(
    ledger: Ledger,
    number: str,
    places: list[tuple[AssetSheet, int]],
    learnt: dict[int, tuple[list[Pattern], set[str]]],
) -> None:
    """The place that fits the running order keeps the number; the others are asked."""

    def in_order(place: tuple[AssetSheet, int]) -> bool:
        sheet, at = place
        texts = sheet.values["asset_no"]
        for pattern in learnt[id(sheet)][0]:
            own = pattern.value(number)
            near = [pattern.value(t) for t in texts[max(0, at - 1) : at] + texts[at + 1 : at + 2] if t]
            if own is not None and any(v is not None and abs(v - own) == 1 for v in near):
                return True
        return False

    keeper = next((p for p in places if in_order(p)), places[0])
    for place in places:
        if place is keeper:
            continue
        sheet, at = place
        texts = sheet.values["asset_no"]
        proposed = _gap(texts, at, *learnt[id(sheet)])
        where = (
            f"第 {keeper[0].rows[keeper[1]]} 行"
            if keeper[0] is sheet
            else f"“{keeper[0].name}”第 {keeper[0].rows[keeper[1]]} 行"
        )
        ledger.log.add(
            sheet, at, "asset_no", "asset_number_duplicate", "error", f"资产编号与{where}相同，请核对。",
            proposed=proposed,
            patch={"asset_no": proposed},
        )  # fmt: skip
