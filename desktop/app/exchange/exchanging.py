"""Exchange for window and command line: enrol, export, peek, merge, and conflicts shown side by side and decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop.app.assets.status_history import follow_decided
from desktop.app.distribution.settling import settle
from desktop.app.keeping.safekeeping import back_up_here
from desktop.app.records.details import UNKNOWN_DEVICE, change_words, device_names
from desktop.app.records.masking import masked_text
from desktop.app.records.record_names import RecordNames
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused, UsageError
from desktop.exchange import enrolment, merging, packaging
from desktop.exchange.devices import KnownDevice, known_devices, named
from desktop.exchange.merging import MergeReport, Peeked
from desktop.exchange.package.certificates import Certificate, Request
from desktop.exchange.packaging import Exported
from desktop.registry.checks import clean_values
from desktop.registry.invariants import Invariant, invariant_problems
from desktop.registry.labels import label, table_label
from desktop.registry.removal_rules import refuse_removal
from desktop.store.conflicts import Conflict
from desktop.store.operations import KIND_NAMES, ROW_KINDS
from desktop.store.provenance import HistoryEntry, units_by_id
from desktop.store.register import WriteScope
from desktop.store.schema import TOMBSTONE
from desktop.store.unit_of_work import Committed

Progress = Callable[[int, int], None]
COUNT_WORDS = {
    "operations": "变更", "units": "批次", "replicas": "启用次数", "statements": "证书", "attachments": "附件",
}  # fmt: skip
TOLD = 500
"""Records outside scope that are told with names and values; nobody reads on beyond, and each is a look-up."""
LARGEST_SIGNED_FILE = 4 << 20
REMOVAL_OR_SAMENESS = ("removed", "same_as")
"""Names of conflicts that are not about a field."""


@dataclass(frozen=True)
class ChoiceView:
    """One statement in a conflict, in words."""

    value: str
    raw: Any
    who: str
    device: str
    at_ms: int
    reason: str
    shown: bool


@dataclass(frozen=True)
class ConflictView:
    """A conflict as a person decides it: which record, which field, what it was, who says what."""

    case: str
    table: str
    row_id: str
    record_word: str
    title: str
    field: str
    field_word: str
    ancestor: str
    choices: tuple[ChoiceView, ...]


@dataclass(frozen=True)
class Choice:
    """How one conflict is decided: by its statement number `take` (from 1), else by `value`."""

    case: str
    take: int | None = None
    value: Any = None


@dataclass(frozen=True)
class Waiting:
    """An operation outside its device's scope that waits for the county."""

    op_id: str
    table: str
    record_word: str
    row_id: str
    title: str
    what: str
    new: str
    """What it would become, in words; "" for a new record."""
    who: str
    device: str

    @property
    def record(self) -> str:
        """Kind and name of the record: 住户 陈样生."""
        return f"{self.record_word} {self.title}".strip()

    @property
    def change(self) -> str:
        """What would happen to it: 新建, 联系电话 → 100****0001."""
        return f"{self.what} → {self.new}" if self.new else self.what


def write_request(ws: Workspace, target: Path, name: str = "") -> Request:
    """Write this laptop's request file."""
    ws.require("exchange")
    raw, asked = enrolment.request(ws.register, name)
    with ws.register.storage_errors():
        write_atomically(target, raw)
    return asked


def approve_request(
    ws: Workspace, source: Path, target: Path, *, divisions: Sequence[str], role: str, relay: bool = False,
    beyond: bool = False,
) -> Certificate:  # fmt: skip
    """(County) certify a request and write the certificate file."""
    ws.require("admin")
    raw, made = enrolment.approve(
        ws.register, _signed_file(source), divisions=divisions, role=role, relay=relay, beyond=beyond
    )
    with ws.register.storage_errors():
        write_atomically(target, raw)
    return made


def accept_certificate(ws: Workspace, source: Path) -> enrolment.Accepted:
    """Take the county's certificate."""
    ws.require("exchange")
    return enrolment.accept(ws.register, _signed_file(source))


def revoke_device(ws: Workspace, wanted: str, reason: str = "") -> KnownDevice:
    """(County) end trust in a device, named or by the beginning of its key."""
    ws.require("admin")
    known = {d.device: d for d in known_devices(ws.register) if not d.is_self}
    found = [known[k] for k in named(((d.device, d.name, d.unit_name) for d in known.values()), wanted)]
    if len(found) != 1:
        raise UsageError(f"{'没有' if not found else '不止一台'}登记的设备叫 {wanted}。")
    enrolment.revoke(ws.register, found[0].device, reason)
    return found[0]


def devices_of(ws: Workspace) -> list[KnownDevice]:
    """The machines known here."""
    return known_devices(ws.register)


def export(
    ws: Workspace, target: Path, *, to: Sequence[str] = (), full: bool = False, progress: Progress | None = None
) -> Exported:
    """Write a package."""
    ws.require("exchange")
    return packaging.export_package(ws.register, target, to=to, full=full, progress=progress)


def peek(ws: Workspace | None, source: Path) -> Peeked:
    """Look at a package."""
    _exists(source)
    return merging.peek_package(source, ws.register if ws else None)


def merge(ws: Workspace, source: Path, progress: Progress | None = None) -> MergeReport:
    """Merge a package; before the first one of a session that is to be merged the register is backed up as it was."""
    ws.require("exchange")
    _exists(source)

    def back_up_once() -> None:
        if not ws.register.facts.get("backed_up_for_merge"):
            back_up_here(ws, "merge")
            ws.register.facts["backed_up_for_merge"] = True

    return merging.merge_package(ws.register, source, progress, before_change=back_up_once)


def merge_sentence(result: Mapping[str, Any]) -> str:
    """One line about one package, from `vars(MergeReport)` or a refusal."""
    if not result["merged"]:
        return f"{result['file']}：没有合并。{result['message']}"
    if result["already"]:
        return f"{result['file']}：此包已合并，没有变化。"
    parts = [f"{result['file']}：已合并，来自 {result['sender']}，新变更 {result['fresh']} 条"]
    if result["conflicts"]:
        parts.append(f"冲突 {result['conflicts']} 处")
    if result["cases"]:
        parts.append(f"疑点 {result['cases']} 处")
    if result["outside_scope"]:
        parts.append(f"范围外待定 {result['outside_scope']} 条")
    return "，".join(parts) + "。" + "".join(result["notes"])


def conflict_views(ws: Workspace) -> list[ConflictView]:
    """All open conflicts in words."""
    names, known = device_names(ws), RecordNames(ws)
    return [_view(ws, c, names, known) for c in ws.register.conflicts()]


def cases(ws: Workspace) -> list[Invariant]:
    """Facts over several records that do not hold."""
    with ws.register.reading() as sql:
        return invariant_problems(sql)


def masked_view(view: ConflictView) -> ConflictView:
    """A conflict for a screen or a script: ID numbers and accounts masked, decided by the choice's number."""
    choices = tuple(replace(c, value=masked_text(c.value), raw=masked_text(c.raw)) for c in view.choices)
    return replace(view, ancestor=masked_text(view.ancestor), choices=choices)


def plain_conflict(view: ConflictView) -> dict[str, Any]:
    """A conflict as JSON; choices are numbered from 1."""
    return {
        "kind": "conflict", "case": view.case, "table": view.table, "id": view.row_id, "field": view.field,
        "label": view.field_word, "title": view.title, "ancestor": view.ancestor,
        "choices": [{"take": i, **vars(c)} for i, c in enumerate(view.choices, 1)],
    }  # fmt: skip


def resolve(ws: Workspace, case: str, *, take: int | None = None, value: Any = None, reason: str = "") -> int:
    """Decide a conflict by one of its statements or by a value of one's own; how many conflicts are left.

    Raises UsageError (no such case or choice), InputRefused (the value cannot be stored), NotAllowed.
    """
    resolve_all(ws, [Choice(case, take, value)], reason)
    return len(ws.register.conflicts())


def resolve_all(ws: Workspace, choices: Sequence[Choice], reason: str = "") -> Committed:
    """Decide several conflicts (those of one record) in one unit of work, which can be undone as a whole.

    Raises as `resolve`; then none of them was decided.
    """
    ws.require("resolve")
    known = ws.register.conflicts()
    found = [(choice, _open_case(known, choice)) for choice in choices]
    words = "、".join(dict.fromkeys(label(c.table, c.cell) for _, c in found))
    with ws.register.write(reason or f"处理冲突：{words}", source="resolve") as scope:
        for choice, conflict in found:
            said = _decide(ws, scope, conflict, choice)
            if conflict.cell == "state":
                settle(ws, scope, conflict.table, conflict.row_id, said)
        if any(conflict.table == "asset" for _, conflict in found):
            follow_decided(scope)
    assert scope.result is not None
    return scope.result


def take_back_decision(ws: Workspace, unit_id: str) -> Committed:
    """Undo a decision: the conflicts stand open again as they were."""
    ws.require("resolve")
    return take_back_unit(ws, unit_id)


def _open_case(known: Sequence[Conflict], choice: Choice) -> Conflict:
    found = [c for c in known if c.case.startswith(choice.case)]
    if len(found) != 1:
        raise UsageError(f"{'没有' if not found else '不止一个'}编号为 {choice.case} 的冲突；可能已经处理过。")
    conflict = found[0]
    if choice.take is not None and not 1 <= choice.take <= len(conflict.choices):
        raise UsageError(f"这个冲突只有 {len(conflict.choices)} 项可选。")
    return conflict


def _decide(ws: Workspace, scope: WriteScope, conflict: Conflict, choice: Choice) -> Any:
    """Write the decision; what it says now."""
    take = choice.take
    if conflict.table not in ws.register.schema.by_name or (take is None and not _knows(ws, conflict)):
        raise UsageError("这处冲突出在本机程序还不认识的内容上，内容都已保留；请升级本机程序后处理。")
    if conflict.cell_id == TOMBSTONE:
        said = conflict.choices[take - 1].raw if take is not None else None
        removed = said if take is not None else str(choice.value) in ("移除", "removed", "1", "true")
        if removed:
            refuse_removal(scope.sql, conflict.table, [conflict.row_id])
        (scope.remove if removed else scope.restore)(conflict.table, conflict.row_id)
        return removed
    value = conflict.choices[take - 1].raw if take is not None else _own_value(ws, conflict, choice.value)
    scope.resolve(conflict.table, conflict.row_id, conflict.cell_id, value)
    return value


def outside_scope(ws: Workspace) -> list[Waiting]:
    """Operations that wait because they lie outside their device's divisions."""
    names, known = device_names(ws), RecordNames(ws)
    with ws.register.reading() as sql:
        rows = sql.rows("SELECT op_id,kind,tbl,row_id,cell,unit FROM op WHERE admitted <> 1 "
                        "ORDER BY +tbl,row_id,op_id")  # + : by the few that wait, not along all operations
        units = units_by_id(sql, {bytes(r[5]) for r in rows})
    said: dict[tuple[str, str], dict[str, HistoryEntry]] = {}
    out = []
    for op_id, kind, table, row, cell, unit in rows:
        spec = ws.register.schema.by_id.get(table)
        name, row_id = spec.name if spec else str(table), bytes(row).hex()
        word = table_label(name) if spec else "新版程序的记录" if table else "对变更的决定"
        what = KIND_NAMES.get(kind, "")
        if kind in ROW_KINDS:
            what = "新建"
        elif spec and cell in spec.by_id:
            what = label(name, spec.by_id[cell].name)
        if spec and (name, row_id) not in said and len(said) < TOLD:
            said[name, row_id] = {e.op_id: e for e in ws.register.history(name, row_id)}
        entries = said.get((name, row_id), {})
        by = units.get(bytes(unit))
        device = names.get(by.device.hex(), UNKNOWN_DEVICE) if by else ""
        entry = entries.get(bytes(op_id).hex())
        change = change_words(known, name, entry, None, masked=True)["new"] if entry is not None else ""
        title = _waiting_title(known, name, row_id, entries) if spec else ""
        out.append(
            Waiting(bytes(op_id).hex(), name, word, row_id, title, what, change, by.who if by else "", device)
        )
    return out


def _waiting_title(names: RecordNames, table: str, row_id: str, entries: Mapping[str, HistoryEntry]) -> str:
    """What a record is called that may not be in the tables yet: by what its author wrote."""
    if names.there(table, row_id):
        return names.title(table, row_id)
    made = next((e.value for e in entries.values() if e.kind in ("insert", "attach")), None) or {}
    return next((str(made[c]) for c in ("head_name", "name", "title", "contract_no") if made.get(c)), "")


def decide_scope(ws: Workspace, operations: Sequence[str], *, admit: bool) -> int:
    """(County) let operations outside scope count, or keep them out; how many were decided."""
    ws.require("admin")
    waiting = [w.op_id for w in outside_scope(ws)]
    wanted = (
        waiting
        if list(operations) == ["all"]
        else [o for o in waiting if any(o.startswith(p.lower()) for p in operations)]
    )
    if not wanted:
        raise UsageError("没有这样的待定变更。")
    ids = [bytes.fromhex(o) for o in wanted]
    with ws.register.write("允许范围外变更" if admit else "不计入范围外变更", source="scope") as scope:
        (scope.admit if admit else scope.refuse)(ids)
    return len(ids)


def _view(ws: Workspace, conflict: Conflict, names: Mapping[str, str], known: RecordNames) -> ConflictView:
    understood = _knows(ws, conflict)
    row = ws.register.row(conflict.table, conflict.row_id) if understood else None

    def said(value: Any) -> str:
        return known.said(conflict.table, conflict.cell, value, row) if understood else "新版程序的内容"

    choices = tuple(
        ChoiceView(
            said(c.value), c.raw, c.who, names.get(c.device, UNKNOWN_DEVICE), c.at_ms, c.reason, c.shown,
        )
        for c in conflict.choices
    )  # fmt: skip
    record = table_label(conflict.table) if conflict.table in ws.register.schema.by_name else "新版程序的记录"
    return ConflictView(
        conflict.case, conflict.table, conflict.row_id, record,
        known.title(conflict.table, conflict.row_id), conflict.cell,
        label(conflict.table, conflict.cell) if understood else "新版程序的内容", said(conflict.ancestor), choices,
    )  # fmt: skip


def _knows(ws: Workspace, conflict: Conflict) -> bool:
    """Whether this program knows the field; a newer laptop may have brought one it does not."""
    spec = ws.register.schema.by_name.get(conflict.table)
    return spec is not None and (conflict.cell in REMOVAL_OR_SAMENESS or conflict.cell_id in spec.by_id)


def _own_value(ws: Workspace, conflict: Conflict, value: Any) -> Any:
    spec = ws.register.table(conflict.table)
    cell = spec.by_id[conflict.cell_id]
    if cell.child_table is not None:
        return clean_values(spec, {cell.name: value})[cell.name]
    if len(cell.columns) == 1:
        return clean_values(spec, {cell.columns[0]: value})[cell.columns[0]]
    if not isinstance(value, dict):
        raise InputRefused(
            f"{label(conflict.table, cell.name)} 由几个字段组成，请用 JSON 对象给出：{'、'.join(cell.columns)}。"
        )
    cleaned = clean_values(spec, value)
    return [cleaned.get(c) for c in cell.columns]


def _signed_file(source: Path) -> bytes:
    _exists(source)
    with source.open("rb") as stream:
        return stream.read(LARGEST_SIGNED_FILE + 1)


def _exists(source: Path) -> None:
    if not source.is_file():
        raise UsageError(f"没有文件 {source.name}。")
