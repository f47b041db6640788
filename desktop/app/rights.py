"""What each role may do; checked here, never in widgets."""

from __future__ import annotations

from typing import Literal

from desktop.common.errors import NotAllowed
from desktop.store.keys import Role

Right = Literal[
    "edit-people", "edit-assets", "import", "print", "plain-export", "exchange", "resolve", "review", "admin"
]

_EVERYTHING: frozenset[Right] = frozenset(
    ("edit-people", "edit-assets", "import", "print", "plain-export", "exchange", "resolve", "review", "admin")
)
RIGHTS: dict[Role, frozenset[Right]] = {
    "surveyor": frozenset(("edit-people", "print", "exchange")),
    "asset-manager": frozenset(
        ("edit-people", "edit-assets", "import", "print", "plain-export", "exchange", "resolve")
    ),
    "town-reviewer": frozenset(
        ("edit-people", "edit-assets", "import", "print", "plain-export", "exchange", "resolve", "review")
    ),
    "county-admin": _EVERYTHING,
}
ROLE_WORDS: dict[Role, str] = {
    "surveyor": "调查员", "asset-manager": "资产管理员", "town-reviewer": "镇级审核", "county-admin": "县级管理员",
}  # fmt: skip
RIGHT_WORDS: dict[Right, str] = {
    "edit-people": "修改住户", "edit-assets": "修改资产", "import": "导入表格", "print": "打印",
    "plain-export": "导出明文", "exchange": "数据交换", "resolve": "处理冲突", "review": "审核",
    "admin": "管理用户和设备",
}  # fmt: skip


def may(role: str, right: Right) -> bool:
    """Whether a role has a right."""
    return right in RIGHTS.get(role, frozenset())  # type: ignore[call-overload]


def require(role: str, right: Right) -> None:
    """NotAllowed unless the role has the right."""
    if not may(role, right):
        word = ROLE_WORDS.get(role, role)  # type: ignore[call-overload]
        raise NotAllowed(
            f"当前用户的角色是{word}，不能{RIGHT_WORDS[right]}；内容没有改变。",
            hint="如确需办理，请由有权限的用户登录。",
        )
