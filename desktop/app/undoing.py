"""Takes back a unit of work, for those who might have made it: an import needs the right to import, and so on."""

from __future__ import annotations

from desktop.app.rights import Right
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.common.errors import UsageError
from desktop.store.unit_of_work import Committed

RIGHT_OF_SOURCE: dict[str, Right] = {"import": "import", "resolve": "resolve", "scope": "admin", "config": "admin"}
"""By the beginning of the unit's source; other units need what their tables need."""


def take_back_unit(ws: Workspace, unit_id: str, reason: str = "") -> Committed:
    """Retract a whole unit of work.

    Raises NotAllowed (the role could not have made it), UsageError (unknown, or taken back already).
    """
    for right in sorted(rights_to_undo(ws, unit_id)):
        ws.require(right)
    with ws.register.reading() as sql:
        left = sql.scalar("SELECT COUNT(*) FROM op WHERE unit=? AND void=0", (bytes.fromhex(unit_id),))
    if not left:
        raise UsageError("这一批变更已经撤回过，没有再改变任何内容。")
    return ws.register.undo(unit_id, reason)


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
    return frozenset(RIGHT_OF_TABLE.get(name, "admin") for name in names)
