"""Configuration that the county sends down: settings and additions to code lists, journalled like every record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, NotAllowed, UsageError
from desktop.exchange.enrolment import is_enrolled
from desktop.registry import codelists
from desktop.registry.configuration import code_item_id, setting_id
from desktop.registry.county_items import LISTS
from desktop.registry.policy_forms import refuse_wrong_value, title_of
from desktop.store.unit_of_work import Committed

FORMAT = "xiangce-config-1"
ITEM_COLUMNS = ("list_name", "code", "name", "parent", "valid_from", "valid_to", "stands_after", "note")


def why_not(ws: Workspace) -> str:
    """Why this user on this machine cannot set the county's rules and lists, in a sentence; "" when he can.

    On a machine that belongs to a county's programme and is not the county's, the county sends them down: what is
    set here would be refused at the county and overwritten by its next package.
    """
    if ws.level != "county" and is_enrolled(ws.register):
        return "规定和代码表由县里设定，随县里的数据包下发；这台电脑上只能看。"
    if not ws.may("admin"):
        role = ROLE_WORDS.get(ws.role, ws.role)  # type: ignore[call-overload]
        return f"当前用户的岗位是{role}，只能看；规定和代码表由县级管理员设定。"
    return ""


def require_county(ws: Workspace) -> None:
    """NotAllowed with the reason unless this user may set the county's rules and lists on this machine."""
    reason = why_not(ws)
    if reason:
        raise NotAllowed(f"{reason}内容没有改变。")


def settings(ws: Workspace) -> dict[str, Any]:
    """All settings by key."""
    with ws.register.reading() as sql:
        rows = sql.rows("SELECT key,value FROM setting WHERE removed=0 AND canonical_id IS NULL ORDER BY key")
    return {key: json.loads(value) for key, value in rows if value is not None}


def set_setting(ws: Workspace, key: str, value: Any) -> Committed:
    """Change one setting; None takes it away. The unit of work, which undo takes back.

    NotAllowed for other roles than the county's and where the county sends settings down; InputRefused for a declared
    setting with a value that cannot be one.
    """
    require_county(ws)
    refuse_wrong_value(key, value)
    what = title_of(key)
    with ws.register.write(f"恢复默认：{what}" if value is None else f"修改规定：{what}", source="config") as scope:
        row = setting_id(key)
        stored = None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
        if not scope.ensure("setting", row, {"key": key, "value": stored}):
            scope.change("setting", row, {"value": stored})
    assert scope.result is not None
    return scope.result


def export_configuration(ws: Workspace) -> dict[str, Any]:
    """Settings and the county's code items as plain data; among them the names of officials (`interest.officials`)."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            f"SELECT {','.join(ITEM_COLUMNS)} FROM code_item "
            "WHERE removed=0 AND canonical_id IS NULL ORDER BY list_name,code"
        )
    items = [{c: v for c, v in zip(ITEM_COLUMNS, r, strict=True) if v is not None} for r in rows]
    return {"format": FORMAT, "settings": settings(ws), "code_items": items}


def import_configuration(ws: Workspace, data: Any) -> int:
    """Take settings and code items in one unit of work; how many there were.

    Raises InputRefused when the data has another shape, names an unknown list or one that a county does not extend;
    nothing is written then.
    """
    require_county(ws)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise InputRefused("这不是配置文件，没有写入任何内容。")
    found, items = data.get("settings", {}), data.get("code_items", [])
    if not isinstance(found, dict) or not all(
        isinstance(i, dict) and i.get("list_name") and i.get("code") for i in items
    ):
        raise InputRefused("配置文件的内容不完整，没有写入任何内容。")
    for item in items:
        _refuse_item(item)
    for key, value in found.items():
        refuse_wrong_value(key, value)
    with ws.register.write("导入配置", source="config") as scope:
        for key, value in found.items():
            stored = json.dumps(value, ensure_ascii=False, sort_keys=True)
            if not scope.ensure("setting", setting_id(key), {"key": key, "value": stored}):
                scope.change("setting", setting_id(key), {"value": stored})
        for item in items:
            row = code_item_id(str(item["list_name"]), str(item["code"]))
            if not scope.ensure("code_item", row, item):
                scope.change("code_item", row, {k: v for k, v in item.items() if k not in ("list_name", "code")})
    return len(found) + len(items)


def _refuse_item(item: Mapping[str, Any]) -> None:
    """InputRefused for a code item that the register's own commands would not write either."""
    name, code = str(item["list_name"]), str(item["code"])
    try:
        codelists.shipped(name)
    except UsageError as error:
        raise InputRefused(f"配置文件里的代码表 {name} 不存在，没有写入任何内容。") from error
    spec = LISTS.get(name)
    if spec is None or not spec.extendable:
        raise InputRefused(f"配置文件里有{spec.name if spec else name}的代码项，县里不增减，没有写入任何内容。")
    if not re.fullmatch(r"[\w.-]{1,40}", code):
        raise InputRefused(f"配置文件里的代码“{code}”只能有字母、数字和下划线，没有写入任何内容。")
    unknown = set(item) - set(ITEM_COLUMNS)
    if unknown:
        raise InputRefused(f"配置文件里的代码项有不认识的内容 {'、'.join(sorted(unknown))}，没有写入任何内容。")
