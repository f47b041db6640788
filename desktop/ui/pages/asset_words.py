"""How an asset's state, dates and rights read on the screen: shared by the list, the detail and its tabs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.assets.ownership import day_before
from desktop.app.records.details import AssetDetail, RightLine
from desktop.common.dates import PartialDate
from desktop.registry.labels import label
from desktop.ui.widgets.painting import Chip

STATUS_CHIPS = {
    "normal": ("success", "ok"),
    "inefficient": ("warning", "alert"),
    "idle": ("danger", "error"),
    "damaged": ("danger", "error"),
    "lost": ("danger", "error"),
    "disposing": ("accent", "half"),
    "disposed": ("neutral", "lock"),
    "building": ("neutral", "circle"),
}


def status_chip(code: str, word: str) -> Chip | None:
    """The state of an asset as icon, word and colour (DESIGN §2.4)."""
    if not code:
        return None
    tone, icon = STATUS_CHIPS.get(code, ("neutral", "circle"))
    return Chip(word, tone, icon)  # type: ignore[arg-type]


def current_right(detail: AssetDetail, kind: str) -> RightLine | None:
    """The right of this kind in force today; else the latest one."""
    today = dt.date.today().isoformat()  # noqa: DTZ011
    lines = [right for right in detail.rights if right.kind == kind and not right.withdrawn]
    held = [r for r in lines if (r.valid_from or "") <= today and (not r.valid_to or today < r.valid_to)]
    found = held or lines
    return found[-1] if found else None


def interval_words(owner: QWidget, right: RightLine) -> str:
    """From when to when, the last day included: 2021-12-20 至 2026-11-30, or 2021-12-20 起，长期."""
    if right.valid_from and right.valid_to:
        return owner.tr("{a} 至 {b}").format(a=right.valid_from, b=day_before(right.valid_to))
    if right.valid_to:
        return owner.tr("至 {b}").format(b=day_before(right.valid_to))
    return owner.tr("{a} 起，长期").format(a=right.valid_from) if right.valid_from else owner.tr("长期")


def built_words(owner: QWidget, values: Mapping[str, Any]) -> str:
    iso, precision = values.get("built_date"), values.get("built_precision")
    if not iso:
        return ""
    parts = [int(part) for part in str(iso).split("-")]
    date = PartialDate(dt.date(*(parts + [1, 1])[:3]), precision or "day")
    if date.precision in ("year", "year_end"):
        return owner.tr("{y} 年{end}建成").format(y=date.date.year, end="底" if date.precision == "year_end" else "")
    return owner.tr("{y} 年 {m} 月建成").format(y=date.date.year, m=date.date.month)


def contract_chip(owner: QWidget, values: Mapping[str, Any]) -> Chip | None:
    """合同剩 n 天 within 90 days, 合同已到期 after."""
    end = values.get("contract_end")
    if not end or len(str(end)) != 10:
        return None
    left = (dt.date.fromisoformat(str(end)) - dt.date.today()).days  # noqa: DTZ011
    if left < 0:
        return Chip(owner.tr("合同已到期"), "danger", "clock")
    return Chip(owner.tr("合同剩 {n} 天").format(n=left), "warning", "clock") if left <= 90 else None


def filled_facts(detail: AssetDetail, columns: Sequence[str]) -> list[tuple[str, str]]:
    """The named fields that are filled in."""
    found = []
    for column in columns:
        words = detail.words.get(column)
        if words:
            shown = {"yes": "已公示", "no": "未公示"}.get(words, words) if column == "noticed" else words
            found.append((label("asset", column), shown))
    return found
