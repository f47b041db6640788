"""An open register: units of work in, rows and history out, the same on SQLCipher and on PostgreSQL.

`opening.py` makes and opens registers (keys, lock, upgrades); this class is what everybody else holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from sqlalchemy import Connection, Engine

from desktop.common.clock import HybridClock, fresh_replica
from desktop.common.errors import NotAllowed, RegisterLocked, StorageFailed, UsageError
from desktop.common.ids import new_id
from desktop.store import arrivals, digest_parts, dumping, provenance
from desktop.store import conflicts as conflict_cases
from desktop.store.conflicts import Conflict
from desktop.store.database import Sql, now_ms, transaction
from desktop.store.journal import JUDGED_BY, Journal
from desktop.store.operations import Operation, Value
from desktop.store.past_tables import PastTables, rows_known_at
from desktop.store.provenance import HistoryEntry, Unit
from desktop.store.schema import Schema, TableSpec
from desktop.store.table_check import Difference, Told, differences
from desktop.store.unit_of_work import Committed, Seen, UnitOfWork, seen_of, shown_row

_SEEN_CHUNK = 500
Listener = Callable[[frozenset[str]], None]


@dataclass
class WriteScope:
    """Handed out by `Register.write`: the unit of work, and after the block its result."""

    work: UnitOfWork
    attach_bytes: Callable[[bytes], str]
    result: Committed | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)

    def attach(
        self,
        table: str,
        row_id: str,
        data: bytes,
        *,
        name: str,
        mime: str,
        kind: str = "other",
        **more: Value,
    ) -> str:
        """Attach a file to a record: the bytes are stored encrypted by digest, the fact is journalled; its id."""
        digest = self.attach_bytes(data)
        values = {
            "record_table": table,
            "record_id": row_id,
            "sha256": digest,
            "size": len(data),
            "mime": mime,
            "name": name,
            "kind": kind,
            **more,
        }
        return self.work.attach_row(values)


UndoGuard = Callable[[WriteScope, Sequence[bytes]], Callable[[], None]]
"""Looks at what an undoing would retract, and gives what is asked when it is retracted."""


@dataclass
class Register:
    """One open register. `writer` is None when it was opened for reading only."""

    schema: Schema
    reader: Engine
    writer: Engine | None
    device: bytes
    """Public signing key of this register's device, 32 bytes."""
    user: str = ""
    role: str = "county-admin"
    storage_errors: Callable[[], AbstractContextManager[None]] = nullcontext
    attach_bytes: Callable[[bytes], str] | None = None
    read_attachment: Callable[[str], bytes] | None = None
    side_writer: Callable[[], Engine] | None = None
    """Opens the database for one note of a register that was opened for reading only."""
    on_close: list[Callable[[], None]] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    advisory_lock: int = 0x78_63_65
    now: Callable[[], int] = now_ms
    speaking: Callable[[], AbstractContextManager[None]] = nullcontext
    """Entered whenever this register is asked or written: whose words and choices are meant (`registry.codelists`)."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What opening found out: unit name, level, division, folder, crash notes."""

    def __post_init__(self) -> None:
        self.journal = Journal(self.schema, self.device)
        self._clock: HybridClock | None = None
        self._write_lock = threading.RLock()

    # --- lifetime ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the files; safe to call twice.

        Everything is let go of even when one part fails (a full disk must not keep the lock); the first failure is
        raised afterwards.
        """
        first: Exception | None = None
        while self.on_close:
            try:
                self.on_close.pop()()
            except Exception as error:
                first = first or error
        self.reader.dispose()
        if self.writer is not None:
            self.writer.dispose()
        if first is not None:
            raise first

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading -------------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for SELECTs, with one consistent view while it is held."""
        with self.speaking(), self.storage_errors(), self.reader.connect() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Sql]:
        """The same for raw statements."""
        with self.read() as connection:
            yield Sql(connection)

    def seen(self, table: str, row_id: str) -> Seen:
        """What a person sees of a record now; kept with an edit or draft and handed back on saving."""
        spec = self.table(table)
        with self.reading() as sql:
            return seen_of(table, row_id, self.journal.state(sql, spec.id, bytes.fromhex(row_id)))

    def seen_many(self, table: str, row_ids: Sequence[str]) -> dict[str, Seen]:
        """`seen` for many records, by id; rows nobody knows are left out."""
        spec = self.table(table)
        out: dict[str, Seen] = {}
        with self.reading() as sql:
            for start in range(0, len(row_ids), _SEEN_CHUNK):
                asked = [bytes.fromhex(i) for i in row_ids[start : start + _SEEN_CHUNK]]
                for _, _, members, state in self.journal.states(sql, spec.id, asked):
                    out.update({m.hex(): seen_of(table, m.hex(), state) for m in members})
        return out

    def row(self, table: str, row_id: str) -> dict[str, Value] | None:
        """Shown values of a record by column and list cell, or None."""
        spec = self.table(table)
        with self.reading() as sql:
            state = self.journal.state(sql, spec.id, bytes.fromhex(row_id))
        return {"id": row_id, "removed": int(state.removed), **shown_row(spec, state)} if state.exists else None

    def table(self, name: str) -> TableSpec:
        """The table of this name; UsageError when there is none."""
        with self.speaking():
            spec = self.schema.by_name.get(name)
        if spec is None:
            raise UsageError(f"没有表 {name}；可用的表：{'、'.join(self.schema.by_name)}。")
        return spec

    def history(self, table: str, row_id: str) -> list[HistoryEntry]:
        """Everything ever said about a record, oldest first."""
        with self.reading() as sql:
            return provenance.history(sql, self.journal, self.table(table), bytes.fromhex(row_id))

    def units(self, limit: int = 200) -> list[Unit]:
        """The latest units of work that arrived here, newest first."""
        with self.reading() as sql:
            rows = sql.rows(
                "SELECT unit_id,device,who,reason,at_ms,source FROM unit ORDER BY first_seq DESC LIMIT ?",
                (limit,),
            )
        return [Unit(bytes(r[0]), bytes(r[1]), *r[2:]) for r in rows]

    def conflicts(self) -> list[Conflict]:
        """Open conflicts: cells (or removals) that a person must decide."""
        with self.reading() as sql:
            return conflict_cases.open_conflicts(sql, self.journal)

    def dump(self, out: TextIO) -> int:
        """Canonical JSON lines of the shared state, ordered; equal states give equal bytes. How many lines."""
        lines = 0
        with self.reading() as sql:
            for lines, line in enumerate(dumping.dump_lines(sql, self.journal), 1):  # noqa: B007
                out.write(line)
        return lines

    def digest(self, scope: str | None = None) -> str:
        """Digest (hex) of the dump (`dumping.digest`); with `scope` only of the rows that lie in that division.

        Of the whole only what changed since the last time is read again.
        """
        with self.reading() as sql:
            if scope is not None:
                return dumping.digest(sql, self.journal, scope=scope)
            if not in_step(sql):
                return dumping.digest(sql, self.journal)
            found, taken = dumping.kept_digest(sql, self.journal)
        if taken and (self.writer is not None or self.side_writer is not None):
            with suppress(StorageFailed, RegisterLocked), self.noting() as sql:  # kept for speed: no disk, no harm
                digest_parts.keep(sql, taken)
        return found

    def known_at(self, table: str, at_ms: int) -> list[dict[str, Value]]:
        """The rows of a table as this register knew them at a moment (UTC milliseconds)."""
        spec = self.table(table)
        with self.reading() as sql:
            return rows_known_at(sql, self.journal, spec, at_ms)

    def tables_known_at(self, tables: Iterable[str], at_ms: int) -> PastTables:
        """Some tables as this register knew them at a moment (UTC milliseconds), to be asked like the register itself;
        close them when done."""
        with self.reading() as sql:
            return PastTables(sql, self.journal, tables, at_ms)

    def check_tables(self, told: Told | None = None) -> list[Difference]:
        """Compare the tables with what the journal says; every record that differs.

        `told` hears how far it is, also while the database is at a long statement; what it raises ends the comparison.
        """
        at: tuple[str, int] = ("", 0)

        def heard(table: str, rows: int) -> None:
            nonlocal at
            at = (table, rows)
            if told is not None:
                told(table, rows)

        with self.reading() as sql, sql.heeding(lambda: heard(*at)):
            return differences(sql, self.journal, heard)

    # --- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def write(self, reason: str, *, user: str | None = None, source: str = "") -> Iterator[WriteScope]:
        """One unit of work: everything in the block is committed together, or nothing.

        `reason` is why (shown in 变更记录); `source` says from which import or visit. After the block the scope's
        `result` tells what changed, and listeners hear which kinds of records did.
        """
        with self._transaction() as (sql, clock):
            unit_id = bytes.fromhex(new_id())
            first = self.journal.next_seq(sql)
            work = UnitOfWork(sql, self.journal, clock, unit_id, first)
            scope = WriteScope(work, self.attach_bytes or _no_attachments)
            yield scope
            work.finish()
            if work.written:
                at = self.now()
                sql.run(
                    "INSERT INTO unit (unit_id,device,who,reason,at_ms,source,first_seq) VALUES (?,?,?,?,?,?,?)",
                    (unit_id, self.device, user or self.user, reason, at, source, first),
                )
                self.note_arrival(sql, first, at)
            scope.result = Committed(unit_id.hex(), frozenset(work.kinds), work.written)
        self._tell(scope.result.kinds)

    def receive(
        self,
        operations: Iterable[Operation],
        units: Iterable[Unit],
        replicas: Mapping[bytes, bytes],
        *,
        package: bytes | None = None,
        before: Callable[[Sql], None] | None = None,
        after: Callable[[Sql, list[Operation]], None] | None = None,
    ) -> list[Operation]:
        """Take in another device's operations in one transaction; returns those that were new here.

        `before` and `after` run inside the transaction (device scopes, package bookkeeping).
        """
        with self._transaction() as (sql, _):
            if before:
                before(sql)
            first = self.journal.next_seq(sql)
            _keep_replicas(sql, replicas)
            _keep_units(sql, units, first)
            fresh, tables = self.journal.receive(sql, operations)
            if fresh:
                self.note_arrival(sql, first, self.now(), package)
            if after:
                after(sql, fresh)
        self._tell(frozenset(self.schema.by_id[t].name for t in tables if t in self.schema.by_id))
        return fresh

    @contextmanager
    def bookkeeping(self) -> Iterator[Sql]:
        """One transaction for local bookkeeping (acknowledgements, settings of this machine); no shared table."""
        with self._transaction() as (sql, _):
            yield sql

    @contextmanager
    def noting(self) -> Iterator[Sql]:
        """One short transaction for what this machine notes for itself (what left in clear, the kept digest); no
        shared table.

        A register that was opened for reading has it, too, beside the process that writes: the database lets them
        take turns. Raises RegisterLocked when the turn does not come within half a minute.
        """
        if self.writer is not None or self.side_writer is None:
            with self.bookkeeping() as sql:
                yield sql
            return
        with self.storage_errors():
            engine = self.side_writer()
            try:
                with transaction(engine, lock=self.advisory_lock) as sql:
                    yield sql
            finally:
                engine.dispose()

    def undo(self, unit_id: str, reason: str = "", guard: UndoGuard | None = None) -> Committed:
        """Retract a whole unit of work (an import, a merge of decisions, an edit); UsageError when it is unknown.

        `guard` is asked before, with the operations, and gives what is asked after them in the same transaction: what
        it raises leaves everything as it was.
        """
        with self.reading() as sql:
            row = sql.one("SELECT first_seq,reason FROM unit WHERE unit_id=?", (bytes.fromhex(unit_id),))
            if row is None:
                raise UsageError("没有这次变更，无法撤回。")
            ids = [
                bytes(o)
                for (o,) in sql.rows("SELECT op_id FROM op WHERE seq>=? AND unit=?", (row[0], bytes.fromhex(unit_id)))
            ]
        with self.write(reason or f"撤回：{row[1]}", source=f"undo:{unit_id}") as scope:
            after = guard(scope, ids) if guard is not None else None
            scope.work.retract(ids)
            if after is not None:
                scope.work.finish()
                after()
        assert scope.result is not None
        return scope.result

    def built_on(self, unit_id: str) -> list[Operation]:
        """Operations of later units that supersede operations of this one: listed before it is undone."""
        with self.reading() as sql:
            return conflict_cases.built_on(sql, self.journal, bytes.fromhex(unit_id))

    def undo_arrival(self, first_seq: int, reason: str) -> Committed:
        """Retract everything one merged package brought; UsageError when there is no such arrival."""
        with self.reading() as sql:
            arrival = arrivals.arrival_of(sql, first_seq)
            if arrival is None:
                raise UsageError("没有这次合并，无法撤回。")
            ids = arrivals.arrived_ids(sql, first_seq)
        with self.write(reason, source=f"undo-merge:{arrival.package.hex()}") as scope:
            scope.work.retract(ids)
        assert scope.result is not None
        return scope.result

    def built_on_arrival(self, first_seq: int) -> list[Operation]:
        """Live operations that rest on what a merged package brought: listed before it is undone."""
        with self.reading() as sql:
            return conflict_cases.resting_on(sql, self.journal, arrivals.arrived_operations(sql, first_seq))

    def settle_scope(self, scopes: Mapping[bytes, str]) -> None:
        """Give devices their scopes (division codes joined by commas, or `*`) and let in what now lies inside."""
        with self._transaction() as (sql, _):
            keep_scopes(sql, scopes)
            tables = self.journal.settle(sql)
        self._tell(frozenset(self.schema.by_id[t].name for t in tables if t in self.schema.by_id))

    def rebuild(self) -> None:
        """All tables anew from the journal; the digest does not change."""
        with self._transaction() as (sql, _):
            self.journal.rebuild(sql)
        self._tell(frozenset(self.schema.by_name))

    # --- inside --------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Sql, HybridClock]]:
        if self.writer is None:
            raise NotAllowed("这个册是只读打开的，不能写入；现有内容没有受影响。")
        with (
            self.speaking(),
            self._write_lock,
            self.storage_errors(),
            transaction(self.writer, lock=self.advisory_lock) as sql,
        ):
            known = in_step(sql)
            clock = self._clock_of(sql)
            yield sql, clock
            set_meta(sql, CLOCK, str(clock.last_ms))
            if known:
                set_in_step(sql)

    def _clock_of(self, sql: Sql) -> HybridClock:
        last = int(get_meta(sql, CLOCK) or 0)
        if self._clock is None:
            self._clock = HybridClock(fresh_replica(), last, self.now)
        if sql.one("SELECT 1 FROM replica WHERE replica_id=?", (self._clock.replica,)) is None:
            sql.run("INSERT INTO replica (replica_id,device) VALUES (?,?)", (self._clock.replica, self.device))
        return self._clock

    def note_arrival(self, sql: Sql, first_seq: int, at_ms: int, package: bytes | None = None) -> None:
        """Remember when the operations from `first_seq` on came to be known here."""
        sql.run("INSERT INTO arrival (first_seq,at_ms,package) VALUES (?,?,?)", (first_seq, at_ms, package))

    def _tell(self, kinds: frozenset[str]) -> None:
        if kinds:
            for listener in list(self.listeners):
                listener(kinds)


def get_meta(sql: Sql, name: str) -> str | None:
    """A value of this register's local bookkeeping."""
    value = sql.scalar("SELECT value FROM meta WHERE name=?", (name,))
    return None if value is None else str(value)


CLOCK, MARKED = "clock_ms", "marked_clock_ms"
"""Where the clock stood after the last unit of work, and after the last by a program that kept everything derived (the
digest's parts, tables that an older program does not know) in step with it."""


def in_step(sql: Sql) -> bool:
    """Whether no older program wrote here since: one that opens this register again moves the clock alone."""
    return get_meta(sql, CLOCK) == get_meta(sql, MARKED)


def set_in_step(sql: Sql) -> None:
    """Everything derived is as this program would have kept it."""
    clock = get_meta(sql, CLOCK)
    if clock is not None:
        set_meta(sql, MARKED, clock)


def shown_state(sql: Sql) -> tuple[int, str | None]:
    """What tells one state of the shared tables from another: answers kept with it hold as long as it stays the same.

    It changes with every operation that arrives, and when another scope lets others count.
    """
    return int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op")), get_meta(sql, JUDGED_BY)


def set_meta(sql: Sql, name: str, value: str) -> None:
    """Keep a value of this register's local bookkeeping."""
    sql.run(
        "INSERT INTO meta (name,value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value=excluded.value",
        (name, value),
    )


def keep_scopes(sql: Sql, scopes: Mapping[bytes, str]) -> None:
    """Widen the scopes of devices: division codes once given stay (certificates are a growing set)."""
    for device, codes in scopes.items():
        known = sql.scalar("SELECT codes FROM device_scope WHERE device=?", (device,))
        merged = ",".join(sorted({*codes.split(","), *(str(known or "").split(","))} - {""}))
        sql.run(
            "INSERT INTO device_scope (device,codes) VALUES (?,?) "
            "ON CONFLICT (device) DO UPDATE SET codes=excluded.codes",
            (device, merged),
        )


def _keep_units(sql: Sql, units: Iterable[Unit], first_seq: int) -> None:
    sql.many(
        "INSERT INTO unit (unit_id,device,who,reason,at_ms,source,first_seq) VALUES (?,?,?,?,?,?,?) "
        "ON CONFLICT (unit_id) DO NOTHING",
        [(u.unit_id, u.device, u.who, u.reason, u.at_ms, u.source, first_seq) for u in units],
    )


def _keep_replicas(sql: Sql, replicas: Mapping[bytes, bytes]) -> None:
    sql.many(
        "INSERT INTO replica (replica_id,device) VALUES (?,?) ON CONFLICT (replica_id) DO NOTHING",
        list(replicas.items()),
    )


def _no_attachments(data: bytes) -> str:
    raise NotAllowed("这个册没有附件存放处，附件没有保存。")
