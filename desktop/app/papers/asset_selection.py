"""Which assets a paper is of: a list's filter and order, a saved view, or records that were ticked; said in words.

What is listed is what is printed, and the paper says by what it was chosen: a part of the register is never taken for
the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desktop.app.list_views import ListView, list_views, view_query
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.insight.lists import ASSET_ORDER, asset_ids, place_names
from desktop.registry.labels import label
from desktop.registry.value_words import words

PAGE = "asset"
BY_VILLAGE = ("", "village")
"""Orders in which the register is printed village by village, with their sums; others are printed as they stand."""
_QUESTIONS = {"not_normal": "非正常", "unowned": "未确权", "conflict": "有冲突"}
_SORTS = {
    "name": "名称", "original_value": "原值", "status": "状态", "asset_no": "编号", "net_value": "净值",
    "subcategory": "类别", "operation_mode": "经营方式", "contract_end": "合同到期", "keeper": "管护人",
    "expected_income": "年预期收益", "project_year": "项目年度",
}  # fmt: skip


@dataclass(frozen=True)
class AssetSelection:
    """Filters by key as the list of assets has them (`text` is what is typed), its order; or the records themselves."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    ids: tuple[str, ...] = ()
    name: str = ""
    """Of a saved view."""

    @property
    def by_village(self) -> bool:
        """Whether it is printed village by village, with sums."""
        return self.sort in BY_VILLAGE


def saved_selections(ws: Workspace) -> dict[str, AssetSelection]:
    """The user's saved views of the list of assets, by name."""
    return {view.name: AssetSelection(view.filters, view.sort, view.descending, name=view.name)
            for view in list_views(ws, PAGE)}  # fmt: skip


def saved_selection(ws: Workspace, name: str) -> AssetSelection:
    """A saved view; UsageError when there is none of that name."""
    found = saved_selections(ws)
    if name not in found:
        known = f"已有的：{'、'.join(found)}。" if found else "还没有保存过视图。"
        raise UsageError(f"没有叫“{name}”的视图。", hint=known)
    return found[name]


def selected_assets(ws: Workspace, selection: AssetSelection) -> tuple[str, ...]:
    """The assets in their order. UsageError for an order that the list does not have."""
    if selection.ids:
        return selection.ids
    if selection.sort not in ASSET_ORDER:
        raise UsageError(f"资产不能按 {selection.sort} 排序，可用的：{'、'.join(k for k in ASSET_ORDER if k)}。")
    query = view_query(ListView("", dict(selection.filters), selection.sort, selection.descending))
    with ws.register.reading() as sql:
        return tuple(asset_ids(sql, query))


def selection_words(ws: Workspace, selection: AssetSelection) -> str:
    """By what the assets were chosen, as it is printed: “冷库”，双水村，状态 闲置，按原值从大到小."""
    said = []
    if selection.ids:
        said.append(f"在清单里选出的 {len(selection.ids):,} 项")
    for key, value in selection.filters.items():
        if not value or selection.ids:
            continue
        if key == "text":
            said.append(f"“{value}”")
        elif key == "village":
            with ws.register.reading() as sql:
                said.append(place_names(sql).get(str(value), str(value)))
        elif key in _QUESTIONS:
            said.append(_QUESTIONS[key])
        elif key == "category":
            said.append(words("asset", key, value))
        else:
            said.append(f"{label('asset', key).removesuffix('（元）')} {words('asset', key, value)}")
    if not selection.by_village:
        way = "从大到小" if selection.descending else "从小到大"
        said.append(f"按{_SORTS.get(selection.sort, selection.sort)}{way}排列")
    return "，".join(said)
