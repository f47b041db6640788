"""The county's rules 县里的规定 for window and command line: the value now, the default, who set it and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.app.county.configuring import why_not
from desktop.app.records.details import device_names
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.exchange.enrolment import is_enrolled
from desktop.registry.configuration import CodeItem, Setting, setting_id
from desktop.registry.policies import POLICIES
from desktop.registry.policy_forms import FORMS, GROUPS, PolicyForm, meaning_of
from desktop.store.database import Sql
from desktop.store.provenance import HistoryEntry


@dataclass(frozen=True)
class RuleLine:
    """One rule as the list shows it; `own`: the county set it. `set_at` is local time, "" when nobody did."""

    key: str
    group: str
    title: str
    now: str
    own: bool
    set_by: str
    set_at: str
    in_conflict: bool = False
    set_here: bool = False
    """Set on this machine before it belonged to the county's programme: what the county sends does not change it."""


@dataclass(frozen=True)
class RuleChange:
    """One change of a rule: when (local), by whom, on which machine, from what to what, in words."""

    when: str
    who: str
    device: str
    before: str
    after: str
    taken_back: bool


@dataclass(frozen=True)
class RuleDetail:
    """A rule in full; `value` is what holds now as stored, `default` what holds when the county sets nothing."""

    line: RuleLine
    form: PolicyForm
    meaning: str
    value: Any
    default: Any
    default_word: str
    history: tuple[RuleChange, ...]


@dataclass(frozen=True)
class CountyVersion:
    """Which state of the county's rules and lists this machine holds: the last change, and when it came here.

    Times are local, "" when there is none; `rules` and `items` are how many the county set and added or ended.
    """

    changed_at: str
    changed_by: str
    received_at: str
    package: str
    rules: int
    items: int
    why_not: str
    """Why it cannot be changed here, in a sentence; "" when it can."""


def rules(ws: Workspace) -> list[RuleLine]:
    """All rules, by group."""
    with ws.register.reading() as sql:
        stored = _stored(sql)
        by = _last_changes(sql, ws.register.device)
    belongs = _belongs(ws)
    lines = [_line(key, stored.get(key), by, belongs) for key in FORMS]
    return sorted(lines, key=lambda line: GROUPS.index(line.group))


def rule(ws: Workspace, key: str) -> RuleDetail:
    """One rule with its history, the latest change first; UsageError for a rule that does not exist."""
    if key not in FORMS:
        raise UsageError(f"没有规定 {key}。")
    with ws.register.reading() as sql:
        stored = _stored(sql).get(key)
        by = _last_changes(sql, ws.register.device)
    form, default = FORMS[key], POLICIES[key].default
    names = device_names(ws)
    changes: list[RuleChange] = []
    before = form.shape.show(default)
    for entry in ws.register.history("setting", setting_id(key)):
        found = _value_in(entry)
        if found is _NOTHING:
            continue
        after = _shown(key, found)
        changes.append(RuleChange(
            _local(entry.at_ms), entry.who, names.get(entry.device, ""), before, after, entry.void
        ))  # fmt: skip
        before = before if entry.void else after
    value = default if stored is None else json.loads(stored[0])
    return RuleDetail(
        _line(key, stored, by, _belongs(ws)), form, meaning_of(key), value, default, form.shape.show(default),
        tuple(changes[::-1]),
    )  # fmt: skip


def use_the_countys(ws: Workspace, key: str) -> int:
    """Take back what this machine set before it belonged to the county's programme; how many changes.

    What the county sent holds then, else the default. NotAllowed for other roles than an administrator's.
    """
    ws.require("admin")
    if not _belongs(ws):
        raise UsageError("这台电脑没有登记到县里，规定由自己设定；没有改变。")
    with ws.register.reading() as sql:
        own = [
            bytes(op)
            for (op,) in sql.rows(
                "SELECT o.op_id FROM op o JOIN unit u ON u.unit_id=o.unit WHERE o.tbl=? AND o.row_id=? AND o.void=0 "
                "AND u.device=?",
                (Setting.register_id, bytes.fromhex(setting_id(key)), ws.register.device),
            )
        ]
    if own:  # of this rule alone: the import that brought it may have brought others
        with ws.register.write("改用县里的规定", source="config") as scope:
            scope.retract(own)
    return len(own)


def _belongs(ws: Workspace) -> bool:
    return ws.level != "county" and is_enrolled(ws.register)


def version(ws: Workspace) -> CountyVersion:
    """Which state of the county's rules and lists stands here."""
    tables = (Setting.register_id, CodeItem.register_id)
    with ws.register.reading() as sql:
        last = sql.one(
            "SELECT MAX(o.seq),u.at_ms,u.who,u.device FROM op o JOIN unit u ON u.unit_id=o.unit "
            "WHERE o.tbl IN (?,?) AND o.void=0 GROUP BY u.unit_id,u.at_ms,u.who,u.device ORDER BY u.at_ms DESC LIMIT 1",
            tables,
        )
        arrived = None
        if last is not None and bytes(last[3]) != ws.register.device:
            arrived = sql.one(
                "SELECT a.at_ms,p.file_name FROM arrival a "
                "LEFT JOIN package_log p ON p.digest=a.package AND p.direction='in' "
                "WHERE a.first_seq<=? ORDER BY a.first_seq DESC LIMIT 1",
                (last[0],),
            )
        live = "removed=0 AND canonical_id IS NULL"
        count = int(sql.scalar(f"SELECT COUNT(*) FROM setting WHERE {live} AND value IS NOT NULL") or 0)
        items = int(sql.scalar(f"SELECT COUNT(*) FROM code_item WHERE {live}") or 0)
    return CountyVersion(
        _local(last[1]) if last else "", str(last[2]) if last else "", _local(arrived[0]) if arrived else "",
        str(arrived[1] or "") if arrived else "", count, items, why_not(ws),
    )  # fmt: skip


def version_sentence(found: CountyVersion) -> str:
    """The state of the county's rules in one line."""
    if not found.changed_at:
        return "县里还没有设定，都用默认"
    parts = f"{found.rules} 项规定、{found.items} 个代码项"
    came = f"，{found.received_at} 随包收到" if found.received_at else ""
    return f"县配置 {found.changed_at} 版（{found.changed_by}），{parts}{came}"


_NOTHING = object()


def _stored(sql: Sql) -> dict[str, tuple[str, bool]]:
    return {
        key: (str(value), bool(conflict))
        for key, value, conflict in sql.rows(
            "SELECT key,value,in_conflict FROM setting WHERE removed=0 AND canonical_id IS NULL AND value IS NOT NULL"
        )
    }


def _last_changes(sql: Sql, here: bytes) -> dict[str, tuple[str, str, bool]]:
    """Rule → (who, when, whether this machine has a change that stands) of its latest change that stands."""
    ids = {setting_id(key): key for key in FORMS}
    found: dict[str, tuple[str, str, bool]] = {}
    for row, who, at, device in sql.rows(
        "SELECT o.row_id,u.who,u.at_ms,u.device FROM op o JOIN unit u ON u.unit_id=o.unit WHERE o.tbl=? AND o.void=0 "
        "ORDER BY u.at_ms",
        (Setting.register_id,),
    ):
        key = ids.get(bytes(row).hex())
        if key is not None:
            own = bytes(device) == here or (key in found and found[key][2])
            found[key] = (str(who), _local(at), own)
    return found


def _line(
    key: str, stored: tuple[str, bool] | None, by: dict[str, tuple[str, str, bool]], belongs: bool
) -> RuleLine:
    form = FORMS[key]
    value = POLICIES[key].default if stored is None else json.loads(stored[0])
    who, when, here = by.get(key, ("", "", False))
    now = form.shape.show(value) if stored is None else _shown(key, value)
    return RuleLine(
        key, form.group, form.title, now, stored is not None, who, when, bool(stored and stored[1]),
        belongs and here,
    )


def _shown(key: str, value: Any) -> str:
    """A value in words; one that an older program or another hand wrote wrongly is shown as it is."""
    if value is None:
        return "恢复默认"
    shape = FORMS[key].shape
    try:
        shape.check(value)
    except ValueError:
        return json.dumps(value, ensure_ascii=False)
    return shape.show(value)


def _value_in(entry: HistoryEntry) -> Any:
    """The value an operation wrote; `_NOTHING` when it says nothing of it."""
    if entry.cell == "value":
        found = entry.value
    else:
        found = entry.value.get("value", _NOTHING) if entry.cell == "" and isinstance(entry.value, dict) else _NOTHING
    if found is _NOTHING:
        return _NOTHING
    return None if found is None else json.loads(str(found))


def _local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
