"""The county's own rules 县里定的办法: limits, deadlines and switches, as settings with a documented default.

A setting of the same key (`xiangce config REGISTER set KEY VALUE`) replaces the default and travels down in packages.
Every default says where it comes from; what is local or unverified in DOMAIN says so too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.store.database import Sql


@dataclass(frozen=True)
class Policy:
    """One configurable rule: its default, what it means in Chinese, and the source of the default."""

    default: Any
    meaning: str
    source: str


POLICIES: dict[str, Policy] = {
    "contract.remind_days": Policy([90, 60, 30, 7], "合同到期前多少天提醒", "issue 4; DOMAIN §2.10 (90 days)"),
    "notice.min_days": Policy({}, "各类公示的最少天数，未列的按代码表", "notice_type.csv"),
    "notice.photo_needed": Policy(True, "公示登记结果前要有张贴照或期满照", "DOMAIN §2.16 (photo_proof)"),
}


def policy(sql: Sql, key: str) -> Any:
    """The county's value for this key, or the default. KeyError for a key that no module declared."""
    declared = POLICIES[key]
    value = sql.scalar("SELECT value FROM setting WHERE key=? AND removed=0 AND canonical_id IS NULL", (key,))
    return declared.default if value is None else json.loads(str(value))


def all_policies(sql: Sql) -> Mapping[str, Any]:
    """Every declared policy with the value in force."""
    return {key: policy(sql, key) for key in POLICIES}
