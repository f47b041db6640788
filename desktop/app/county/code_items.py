"""Code lists for window and command line: every item with where it is used; a county adds, changes and ends items."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from desktop.app.county.configuring import require_county
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import new_id
from desktop.insight.code_usage import uses_of_list
from desktop.registry import codelists
from desktop.registry.checks import clean_values
from desktop.registry.codelists import FIRST, CodeItem
from desktop.registry.configuration import code_item_id
from desktop.registry.county_items import LISTS, ListSpec, county_items, follow
from desktop.registry.labels import label, table_label
from desktop.registry.tables import SCHEMA
from desktop.store.unit_of_work import Committed

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_WORD = 40
"""Characters of an item's word: longer ones fit no column of a list or a paper."""


@dataclass(frozen=True)
class ItemLine:
    """One item as a list shows it. `used` is how many records hold it, `where` in which fields, in words."""

    code: str
    name: str
    valid_from: str
    valid_to: str
    county: bool
    state: str
    """在用, 未到日子 or 已停用."""
    used: int
    where: str
    added: bool
    """Whether the county added it; else it is shipped, and perhaps renamed or ended by the county."""
    like: str = ""
    after: str = ""


@dataclass(frozen=True)
class ListLine:
    """One code list: how many items may be chosen today, how many the county added, how many are ended."""

    name: str
    word: str
    extendable: bool
    in_use: int
    added: int
    ended: int


def lists(ws: Workspace) -> list[ListLine]:
    """The code lists by their Chinese names, those a county adds to first."""
    day = codelists.today()
    out = []
    follow(ws.register)  # a register on a server: another clerk may have added one meanwhile
    with ws.register.reading() as sql:
        own = county_items(sql)
    for name, spec in LISTS.items():
        shipped = {item.code for item in codelists.shipped(name)}
        items = codelists.merged(name, own.get(name, ()))
        out.append(ListLine(
            name, spec.name, spec.extendable, sum(i.in_use(day) for i in items),
            sum(i.code not in shipped for i in items), sum(i.ended(day) for i in items),
        ))  # fmt: skip
    return out


def list_named(text: str) -> str:
    """The name of a list by its name or Chinese name; UsageError when there is none."""
    found = next((name for name, spec in LISTS.items() if text in (name, spec.name)), None)
    if found is None:
        known = "、".join(spec.name for spec in LISTS.values())
        raise UsageError(f"没有代码表“{text}”。可以看的有：{known}。")
    return found


def items_of(ws: Workspace, list_name: str) -> list[ItemLine]:
    """All items of a list in its order with where they are used; UsageError when there is no such list."""
    day = codelists.today()
    with ws.register.reading() as sql:
        own = county_items(sql).get(list_name, ())
        uses = uses_of_list(sql, list_name)
    shipped = {item.code for item in codelists.shipped(list_name)}
    county = {item.code: item for item in own}
    return [_line(item, county.get(item.code), item.code not in shipped, day, uses.get(item.code, []))
            for item in codelists.merged(list_name, own)]  # fmt: skip


def _line(
    item: CodeItem, own: CodeItem | None, added: bool, day: str, uses: list[tuple[str, str, int]]
) -> ItemLine:
    state = "已停用" if item.ended(day) else "在用" if item.in_use(day) else "未到日子"
    where = "；".join(f"{table_label(table)}的{label(table, column)} {n:,} 条" for table, column, n in uses)
    like = own.more.get("parent", "") if own is not None else ""
    return ItemLine(
        item.code, item.name, item.valid_from or "", item.valid_to or "", item.county, state,
        sum(n for _t, _c, n in uses), where, added, like, item.after,
    )  # fmt: skip


def _known(ws: Workspace, list_name: str) -> dict[str, CodeItem]:
    """The items of a list by code, in use or not, as this register has them."""
    with ws.register.reading() as sql:
        own = county_items(sql).get(list_name, ())
    return {item.code: item for item in codelists.merged(list_name, own)}


def free_code(ws: Workspace, list_name: str) -> str:
    """A code that no item of the list has, here or on another machine, for a person who does not care for codes."""
    known = _known(ws, list_name)
    while (code := f"own_{new_id()[-8:]}") in known:
        pass
    return code


def add_item(
    ws: Workspace, list_name: str, name: str, *, code: str = "", valid_from: str = "", valid_to: str = "",
    like: str = "", after: str = "", note: str = "",
) -> tuple[str, Committed]:  # fmt: skip
    """Add an item to a list: its code (given or made) and the unit of work, which undo takes back.

    `like` (code or word) is the present item whose other properties it shares (which files an attachment kind takes,
    whether an operation mode needs a contract); `after` the one it stands after. Raises NotAllowed, UsageError (no such
    list), InputRefused in words; nothing is written then.
    """
    require_county(ws)
    spec = _extendable(list_name)
    code = code.strip() or free_code(ws, list_name)
    if not _CODE.fullmatch(code):
        raise InputRefused(f"代码“{code}”要以小写字母开头，只用小写字母、数字和下划线，最多 40 位；没有保存。")
    known = _known(ws, list_name)
    if code in known:
        raise InputRefused(
            f"{spec.name}里已有代码 {code}（{known[code].name}）；没有保存。", hint="换一个代码，或不填由程序编。"
        )
    if spec.like and not like:
        raise InputRefused(f"要说明新的一项和现有的哪一项一样办理（{spec.like}）；没有保存。")
    values = _values(known, list_name, code, {
        "name": name, "valid_from": valid_from, "valid_to": valid_to, "parent": like, "stands_after": after,
        "note": note,
    })  # fmt: skip
    with ws.register.write(f"{spec.name}加一项：{values['name']}", source="config") as scope:
        row = code_item_id(list_name, code)
        if not scope.ensure("code_item", row, {"list_name": list_name, "code": code, **values}):
            scope.change("code_item", row, values)
    assert scope.result is not None
    return code, scope.result


def change_item(ws: Workspace, list_name: str, code: str, **values: str) -> Committed:
    """Change an item's word (`name`), days (`valid_from`, `valid_to`), place (`stands_after`) or `note`; "" clears.

    Of a shipped item the word and the days may be changed: the record of the county stands over it. Raises as
    `add_item`, and UsageError when the list has no such item.
    """
    require_county(ws)
    spec = _extendable(list_name)
    known = _known(ws, list_name)
    item = known.get(code)
    if item is None:
        raise UsageError(f"{spec.name}里没有代码 {code}。")
    is_shipped = any(i.code == code for i in codelists.shipped(list_name))
    if is_shipped and "stands_after" in values:
        raise InputRefused("随程序来的项目位置不变；没有保存。", hint="只能给县里加的项目排位置。")
    cleaned = _values(known, list_name, code, values)
    with ws.register.write(f"{spec.name}改一项：{cleaned.get('name') or item.name}", source="config") as scope:
        row = code_item_id(list_name, code)
        first = {"list_name": list_name, "code": code, "name": item.name, **cleaned}
        if not scope.ensure("code_item", row, first):
            scope.change("code_item", row, cleaned)
    assert scope.result is not None
    return scope.result


def end_item(ws: Workspace, list_name: str, code: str, on: str = "") -> Committed:
    """End an item from a day on (today): it is offered no more, records that hold it keep it and its word."""
    return change_item(ws, list_name, code, valid_to=on or codelists.today())


def _extendable(list_name: str) -> ListSpec:
    spec = LISTS.get(list_name)
    if spec is None:
        raise UsageError(f"没有代码表 {list_name}。")
    if not spec.extendable:
        raise InputRefused(f"{spec.name}由国家或省里的表式定下，程序按它计算，县里不增减；没有保存。")
    return spec


def _values(known: dict[str, CodeItem], list_name: str, code: str, values: dict[str, str]) -> dict[str, Any]:
    """Typed values as they are stored, after every rule."""
    spec = LISTS[list_name]
    out = clean_values(SCHEMA.by_name["code_item"], values)
    if "name" in out:
        name = out["name"]
        if not name:
            raise InputRefused("要写名称；没有保存。")
        if len(name) > LONGEST_WORD:
            raise InputRefused(f"名称有 {len(name)} 个字，最多 {LONGEST_WORD} 个；没有保存。")
        same = next((i for i in known.values() if i.name == name and i.code != code), None)
        if same is not None:
            raise InputRefused(f"{spec.name}里已有“{name}”；没有保存。", hint="停用过的可以把停用日期去掉，再用起来。")
    item = known.get(code)
    start = out.get("valid_from", item.valid_from if item else None)
    end = out.get("valid_to", item.valid_to if item else None)
    if start and end and start >= end:
        raise InputRefused("停用日期应在启用日期之后；没有保存。")
    for column, what in (("parent", "一样办理的"), ("stands_after", "排在前面的")):
        given = out.get(column)
        named = next((i.code for i in known.values() if i.name == given), None)
        if named is not None and given not in known:
            given = out[column] = named
        if given and given not in known and not (column == "stands_after" and given == FIRST):
            raise InputRefused(f"{spec.name}里没有代码 {given}，不能作为{what}一项；没有保存。")
    return out
