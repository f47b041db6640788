"""Takes back a unit of work or a whole merge, for those who might have made it; what rests on it is listed first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desktop.app.records.details import UNKNOWN_DEVICE, device_names
from desktop.app.records.record_names import RecordNames
from desktop.app.records.undo_rules import UndoRules
from desktop.app.rights import Right
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.common.errors import NotAllowed, UsageError
from desktop.exchange import devices
from desktop.registry.labels import label, table_label
from desktop.registry.procedures import PROCEDURES
from desktop.store.arrivals import Arrival, arrival_of, arrivals, arrived_units
from desktop.store.operations import FIELD, REMOVE, RETRACT, ROW_KINDS, SAME_AS, Operation
from desktop.store.provenance import units_by_id
from desktop.store.unit_of_work import Committed

RIGHT_OF_SOURCE: dict[str, Right] = {
    "import": "import", "resolve": "resolve", "scope": "admin", "config": "admin", "undo-merge": "resolve",
}  # fmt: skip
"""By the beginning of the unit's source; other units need what their tables need."""
WHAT_RESTS = {REMOVE: "移除或恢复", SAME_AS: "认定是否同一", RETRACT: "撤回"}
TITLED = 500
"""Records that are named among what rests on something; nobody reads on beyond, and each name is a look-up."""


@dataclass(frozen=True)
class Merge:
    """A merged package that brought something: `arrival` names it, `when` is local time.

    `operations` came with it, `standing` of them are not taken back; `units` is how many batches they belong to.
    """

    arrival: int
    package: str
    file_name: str
    device: str
    when: datetime
    operations: int
    standing: int
    units: int

    @property
    def taken_back(self) -> bool:
        """Whether nothing of it counts any more."""
        return not self.standing


@dataclass(frozen=True)
class MergedUnit:
    """A batch of changes that came with a merge; `kinds` are the words for its records."""

    unit_id: str
    who: str
    device: str
    reason: str
    when: datetime
    operations: int
    standing: int
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Resting:
    """A later change that rests on what would be taken back; it stays, without its ground."""

    table: str
    row_id: str
    record_word: str
    title: str
    what: str
    who: str
    when: datetime


def take_back_unit(ws: Workspace, unit_id: str, reason: str = "") -> Committed:
    """Retract a whole unit of work.

    Raises NotAllowed (the role could not have made it), UsageError (unknown, or taken back already), InputRefused
    (something rests on it that stays: `undo_rules`).
    """
    for right in sorted(rights_to_undo(ws, unit_id)):
        ws.require(right)
    with ws.register.reading() as sql:
        left = sql.scalar("SELECT COUNT(*) FROM op WHERE unit=? AND void=0", (bytes.fromhex(unit_id),))
        if not left:
            raise UsageError("这一批变更已经撤回过，没有再改变任何内容。")
    return ws.register.undo(unit_id, reason, UndoRules(unit_id))


def rights_to_undo(ws: Workspace, unit_id: str) -> frozenset[Right]:
    """What a role must be allowed to do to take this unit back; UsageError when there is no such unit."""
    unit = bytes.fromhex(unit_id)
    with ws.register.reading() as sql:
        source = sql.scalar("SELECT source FROM unit WHERE unit_id=?", (unit,))
        tables = [int(t) for (t,) in sql.rows("SELECT DISTINCT tbl FROM op WHERE unit=?", (unit,)) if t is not None]
    if source is None:
        raise UsageError("没有这次变更，无法撤回。")
    kind, _, rest = str(source).partition(":")
    if kind == "undo":  # taking back an undoing brings the first unit's content back
        return rights_to_undo(ws, rest)
    if kind in RIGHT_OF_SOURCE:
        return frozenset((RIGHT_OF_SOURCE[kind],))
    names = (ws.register.schema.by_id[t].name for t in tables if t in ws.register.schema.by_id)
    needed: set[Right] = {RIGHT_OF_TABLE.get(name, "admin") for name in names}
    table, _, name = rest.partition(":")
    procedure = PROCEDURES.get(table) if kind == "step" else None
    step = procedure.step(name) if procedure is not None else None
    return frozenset(needed | ({step.right} if step is not None else set()))  # a review is taken back by a reviewer


def resting_on_unit(ws: Workspace, unit_id: str) -> list[Resting]:
    """Later changes that rest on a unit of work, latest first."""
    return _resting(ws, ws.register.built_on(unit_id))


# --- whole merges -----------------------------------------------------------------------------------------------


def merges(ws: Workspace, limit: int = 50) -> list[Merge]:
    """The packages merged here that brought something, newest first."""
    names = device_names(ws)
    with ws.register.reading() as sql:
        return [_merge(a, names) for a in arrivals(sql, limit)]


def merge_of(ws: Workspace, arrival: int) -> Merge:
    """One merge by its number; UsageError when there is none."""
    with ws.register.reading() as sql:
        found = arrival_of(sql, arrival)
    if found is None:
        raise UsageError(f"没有编号为 {arrival} 的合并。")
    return _merge(found, device_names(ws))


def units_of_merge(ws: Workspace, arrival: int) -> list[MergedUnit]:
    """The batches of changes that arrived with a merge, the latest first."""
    names = device_names(ws)
    by_id = ws.register.schema.by_id
    with ws.register.reading() as sql:
        found = arrived_units(sql, arrival)
    return [
        MergedUnit(
            part.unit.unit_id.hex(), part.unit.who, _device(names, part.unit.device), part.unit.reason,
            _local(part.unit.at_ms), part.operations, part.standing,
            tuple(dict.fromkeys(table_label(by_id[t].name) for t in part.tables if t in by_id)),
        )
        for part in found
    ]  # fmt: skip


def resting_on_merge(ws: Workspace, arrival: int) -> list[Resting]:
    """Later changes that rest on what a merge brought, latest first."""
    return _resting(ws, ws.register.built_on_arrival(arrival))


def take_back_merge(ws: Workspace, arrival: int, reason: str = "") -> Committed:
    """Retract everything that one merged package brought, in one unit of work that can itself be taken back.

    What was retracted travels with the next package like any other change. Raises NotAllowed (the role decides no
    conflicts; the package came down from the county, whose decisions are the county's to take back), UsageError
    (unknown, or taken back already).
    """
    ws.require("resolve")
    with ws.register.reading() as sql:
        found = arrival_of(sql, arrival)
        county = devices.county_certificate(sql)
    if found is None:
        raise UsageError(f"没有编号为 {arrival} 的合并。")
    if county is not None and found.sender == county.device and ws.level != "county":
        raise NotAllowed("这个数据包是县级下发的，应由县级撤回；内容没有改变。", hint="本机可以修改其中的记录。")
    if not found.standing:
        raise UsageError("这次合并已经撤回过，没有再改变任何内容。")
    name = _device(device_names(ws), found.sender)
    return ws.register.undo_arrival(arrival, reason or f"撤回合并：{name} {_local(found.at_ms):%Y-%m-%d %H:%M}")


def _merge(found: Arrival, names: dict[str, str]) -> Merge:
    return Merge(
        found.first_seq, found.package.hex(), found.file_name, _device(names, found.sender), _local(found.at_ms),
        found.operations, found.standing, found.units,
    )  # fmt: skip


def _device(names: dict[str, str], key: bytes) -> str:
    return names.get(key.hex(), UNKNOWN_DEVICE) if key else "不明"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()


def _resting(ws: Workspace, later: Iterable[Operation]) -> list[Resting]:
    operations = sorted(later, reverse=True)
    with ws.register.reading() as sql:
        units = units_by_id(sql, {op.unit for op in operations})
    known = RecordNames(ws)
    titles: dict[tuple[str, str], str] = {}
    out = []
    for op in operations:
        spec = ws.register.schema.by_id.get(op.table)
        name = spec.name if spec else ""
        what = "新建" if op.kind in ROW_KINDS else WHAT_RESTS.get(op.kind, "县级决定")
        if op.kind == FIELD:
            what = label(name, spec.by_id[op.cell].name) if spec and op.cell in spec.by_id else "其他内容"
        unit = units.get(op.unit)
        row_id = op.row.hex() if spec else ""
        if spec and (name, row_id) not in titles and len(titles) < TITLED:
            titles[name, row_id] = known.title(name, row_id)
        out.append(
            Resting(
                name, row_id, table_label(name) if spec else "", titles.get((name, row_id), ""), what,
                unit.who if unit else "", _local(unit.at_ms if unit else 0),
            )
        )  # fmt: skip
    return out
