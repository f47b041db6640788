"""Asset rows and heads for the print tests, and what a printed page says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from desktop.reports.asset_register import (
    AssetRegisterRow,
    PaperName,
    PrintSummary,
    RegisterHead,
    write_asset_register,
)
from desktop.reports.preview import Preview

MOMENT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def asset(number: int, village: str, fen: int | None, **changes: object) -> AssetRegisterRow:
    """An asset of one line on A4, paid half by the province and half by the county."""
    half = (fen or 0) // 2
    values: dict[str, object] = {
        "asset_no": f"FX-{number:03d}",
        "name": f"仓库{number}",
        "village": village,
        "address": "一组",
        "built_date": "2021-11",
        "original_value_fen": fen,
        "funds": {} if fen is None else {"province": half, "county": fen - half},
        "depreciation_fen": None,
        "net_value_fen": fen,
        "owner": "村经联社",
        "operation_mode": "自营",
        "expected_income_fen": 0,
        "actual_income_fen": None,
        "status": "正常",
    }
    return AssetRegisterRow(**{**values, **changes})  # type: ignore[arg-type]


def assets(counts: Iterable[tuple[str, int]], fen: int = 1_000_000) -> list[AssetRegisterRow]:
    """So many assets for each village."""
    rows: list[AssetRegisterRow] = []
    for village, count in counts:
        rows += [asset(len(rows) + n + 1, village, fen) for n in range(count)]
    return rows


def head(**changes: object) -> RegisterHead:
    """A head with a fixed time stamp."""
    values: dict[str, object] = {
        "title": "仿溪镇帮扶项目资产管理台账",
        "unit_name": "仿溪镇人民政府",
        "date": "2026 年 11 月 24 日",
        "made_at": MOMENT,
    }
    return RegisterHead(**{**values, **changes})  # type: ignore[arg-type]


def printed(
    rows: Iterable[AssetRegisterRow], register_head: RegisterHead | None = None, paper: PaperName = "A4"
) -> tuple[PrintSummary, list[str]]:
    """Print in memory and read every page back."""
    stream = BytesIO()
    summary = write_asset_register(rows, register_head or head(), stream, paper=paper)
    return summary, page_texts(stream.getvalue())


def page_texts(source: bytes | Path) -> list[str]:
    """The text of every page."""
    with Preview(source) as preview:
        return [preview.text(index) for index in range(preview.page_count)]
