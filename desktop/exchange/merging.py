"""Merges a package: every check first, then one transaction; what cannot be merged has no effect and is kept."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop.common.atomic_file import replacing
from desktop.common.errors import InputRefused, StorageFailed
from desktop.exchange import devices
from desktop.exchange.package import container, statement
from desktop.exchange.package.certificates import (
    CERTIFICATE,
    REVOCATIONS,
    Certificate,
    read_certificate,
    read_revocations,
)
from desktop.exchange.package.container import Opened, Verified
from desktop.exchange.package.refusals import AlreadyMerged, Reason, Refused
from desktop.exchange.packaging import SCHEMA_VERSION, STATEMENTS
from desktop.registry.invariants import invariant_problems
from desktop.store.admission import EVERYWHERE
from desktop.store.database import Sql, now_ms
from desktop.store.operations import Operation
from desktop.store.register import Register, keep_scopes
from desktop.store.register_folder import RegisterFolder

Progress = Callable[[int, int], None]
LARGEST_REFUSED_KEPT = 256 << 20
"""Bytes: a refused file beyond this is no package worth keeping (somebody chose a film)."""


@dataclass(frozen=True)
class MergeReport:
    """What a merge did. `notes` are sentences a person should read (a copied laptop, a missing package)."""

    digest: str
    sender: str
    operations: int
    fresh: int
    already: bool
    conflicts: int
    cases: int
    outside_scope: int
    kinds: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Peeked:
    """What can be seen of a package before merging it; names and scope only when this register can open it."""

    package_id: str
    made_at: str
    sender: str
    recipients: tuple[str, ...]
    counts: Mapping[str, int]
    scope: tuple[str, ...] = ()
    full: bool | None = None
    already: bool = False
    problem: str = ""


def peek_package(path: Path, register: Register | None = None) -> Peeked:
    """Look at a package without merging. Raises PackageRefused when it is no package at all."""
    header = container.peek(path)
    names: dict[bytes, str] = {}
    scope: tuple[str, ...] = ()
    full: bool | None = None
    already, problem = False, ""
    if register is not None:
        with register.reading() as sql:
            names = {c.device: c.device_name or c.unit_name for c in devices.certificates_of(sql)}
            try:
                opened = _open(register, sql, path)
                scope, full = opened.manifest.scope, opened.manifest.full
            except AlreadyMerged:
                already = True
            except Refused as error:
                problem = str(error)

    def name(device: bytes) -> str:
        return names.get(device, device.hex()[:16])

    return Peeked(
        header.package_id.hex(), header.made_at.astimezone().isoformat(timespec="seconds"), name(header.sender),
        tuple(name(r) for r in header.recipients), header.counts, scope, full, already, problem,
    )  # fmt: skip


def merge_package(
    register: Register,
    path: Path,
    progress: Progress | None = None,
    *,
    before_change: Callable[[], object] | None = None,
) -> MergeReport:
    """Merge one package, all or nothing. `before_change` is called once every check has passed (a backup).

    Raises PackageRefused with a sentence of its own for every way a package can be wrong; the file is then kept in
    the inbox and nothing was applied. A package merged before is no error: `already` is set. A good package lies in
    the inbox before it is applied, so that a stick may be pulled and a full disk stops the merge before it begins.
    """
    try:
        with register.reading() as sql:
            opened = _open(register, sql, path)
            operations = list(opened.operations())
            units, replicas = opened.units(), opened.replicas()
            _check_meaning(sql, opened.verified, operations, {u.unit_id for u in units}, replicas)
            certificates, revocations = _statements(opened)
            notes = _notes(sql, opened)
    except AlreadyMerged:
        return _already(register, path)
    except Refused:
        with suppress(StorageFailed):  # the reason for the refusal matters more than the copy
            _keep_in_inbox(register, path)
        raise
    if before_change:
        before_change()
    _keep_in_inbox(register, path, opened.verified.digest)
    _keep_attachments(register, opened)
    sender = opened.verified.certificate
    if progress:
        progress(0, len(operations))

    def before(sql: Sql) -> None:
        devices.keep_statements(sql, [*certificates, *revocations])
        keep_scopes(sql, _scopes(register, sql, sender, replicas))

    def after(sql: Sql, fresh: list[Operation]) -> None:
        _remember(register, sql, opened, len(operations), len(fresh), path.name)

    fresh = register.receive(operations, units, replicas, package=opened.verified.digest, before=before, after=after)
    if progress:
        progress(len(operations), len(operations))
    kinds = sorted({register.schema.by_id[op.table].name for op in fresh if op.table in register.schema.by_id})
    return _report(register, opened.verified, len(operations), len(fresh), tuple(kinds), notes)


def _open(register: Register, sql: Sql, path: Path) -> Opened:
    trust = devices.trust_of(sql)

    def known(package_id: bytes) -> bytes | None:
        digest = sql.scalar("SELECT digest FROM package_log WHERE direction='in' AND package_id=?", (package_id,))
        return bytes(digest) if digest is not None else None

    def accepted(device: bytes) -> set[bytes]:
        return {
            bytes(d) for (d,) in sql.rows("SELECT digest FROM package_log WHERE direction='in' AND peer=?", (device,))
        }

    verified = container.verify(path, trust, known=known, accepted=accepted)
    return container.read(verified, devices.own_keys(sql), schema=SCHEMA_VERSION)


def _check_meaning(
    sql: Sql, verified: Verified, operations: Iterable[Operation], units: set[bytes], replicas: Mapping[bytes, bytes]
) -> None:
    """Every operation has its unit and its device, and nobody claims another device's replica."""
    for op in operations:
        if op.unit not in units or op.op_id[8:] not in replicas:
            raise Refused(Reason.OPERATIONS_DAMAGED)
    for replica, device in sql.in_chunks("SELECT replica_id,device FROM replica WHERE replica_id IN (*)", replicas):
        if replicas[bytes(replica)] != bytes(device):
            raise Refused(Reason.FOREIGN_OPERATIONS)
    if not verified.certificate.relay and any(d != verified.header.sender for d in replicas.values()):
        raise Refused(Reason.FOREIGN_OPERATIONS)


def _statements(opened: Opened) -> tuple[list[statement.Statement], list[statement.Statement]]:
    """Certificates and revocation lists in the package, those signed by its programme."""
    certificates, revocations = [], []
    for _, raw in opened.parts(STATEMENTS):
        try:
            for said in statement.from_bytes(raw):
                if said.key != opened.header.programme:
                    continue
                if said.kind == CERTIFICATE:
                    read_certificate(said)
                    certificates.append(said)
                elif said.kind == REVOCATIONS:
                    read_revocations(said)
                    revocations.append(said)
        except InputRefused as error:
            raise Refused(Reason.STATEMENTS_DAMAGED) from error
    return certificates, revocations


def _scopes(register: Register, sql: Sql, sender: Certificate, replicas: Mapping[bytes, bytes]) -> dict[bytes, str]:
    """The scopes under which the package's devices are read: the county has judged already, others are judged here."""
    known = devices.certificates_of(sql)
    scopes: dict[bytes, str] = {register.device: EVERYWHERE}
    if devices.is_county(sender):
        for device in set(replicas.values()) - {sender.device}:
            scopes[device] = EVERYWHERE
        return scopes
    for device in set(replicas.values()):
        held = next((c for c in known if c.device == device), None)
        if held is not None and devices.is_county(held):
            continue
        scopes[device] = devices.scope_codes(known, device) or ",".join(sender.divisions)
    if register.facts["level"] == "county":
        scopes.pop(register.device, None)
    return scopes


def _notes(sql: Sql, opened: Opened) -> tuple[str, ...]:
    manifest, sender = opened.manifest, opened.header.sender
    notes = []
    standing = devices.peer_of(sql, sender)
    same_generation = standing.their_generation == manifest.generation
    have = standing.their_seq if same_generation else 0
    if manifest.first_seq > have:
        missing = manifest.previous.hex()[:16] or "（未注明）"
        notes.append(f"对方此前还有数据包没有收到（上一个包的校验值 {missing}），本包内容已合并，请向对方补要。")
    if manifest.previous:
        twin = sql.one(
            "SELECT 1 FROM package_log WHERE direction='in' AND peer=? AND previous=? AND digest<>?",
            (sender, manifest.previous, opened.verified.digest),
        )
        if twin is not None:
            notes.append(
                "这台电脑的册看来有两份副本在使用（复制过或从备份恢复过），两边的内容都已合并，请只留一份继续使用。"
            )
    if standing.their_generation and not same_generation:
        notes.append("对方的册从备份恢复过；下次回传时会把它缺少的内容一并带回。")
    return tuple(notes)


def _remember(register: Register, sql: Sql, opened: Opened, count: int, fresh: int, name: str) -> None:
    header, manifest = opened.header, opened.manifest
    sql.run(
        "INSERT INTO package_log (digest,direction,package_id,peer,previous,generation,first_seq,last_seq,made_at_ms,"
        "at_ms,operations,fresh,file_name) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            opened.verified.digest, "in", header.package_id, header.sender, manifest.previous, manifest.generation,
            manifest.first_seq, manifest.last_seq, header.made_at_ms, now_ms(), count, fresh, name,
        ),
    )  # fmt: skip
    standing = devices.peer_of(sql, header.sender)
    if standing.their_generation != manifest.generation:
        # a restored register has forgotten what it acknowledged: begin anew with it
        standing = replace(standing, their_generation=manifest.generation, their_seq=0, acked_seq=0)
    have = (
        max(standing.their_seq, manifest.last_seq) if manifest.first_seq <= standing.their_seq else standing.their_seq
    )
    standing = replace(standing, their_seq=have)
    acks = manifest.facts.get("acks", {})
    said = acks.get(register.device.hex()) if isinstance(acks, dict) else None
    if (
        isinstance(said, list)
        and len(said) == 2
        and said[0] == register.facts["generation"]
        and isinstance(said[1], int)
    ):
        scope = devices.scope_codes(devices.certificates_of(sql), header.sender)
        standing = replace(standing, acked_seq=max(standing.acked_seq, said[1]), scope=scope)
    devices.keep_peer(sql, header.sender, standing)


def _report(
    register: Register, verified: Verified, count: int, fresh: int, kinds: tuple[str, ...], notes: tuple[str, ...]
) -> MergeReport:
    certificate = verified.certificate
    with register.reading() as sql:
        conflicts = int(sql.scalar("SELECT COUNT(*) FROM conflict"))
        outside = int(sql.scalar("SELECT COUNT(*) FROM op WHERE admitted <> 1"))
        cases = len(invariant_problems(sql))
    return MergeReport(
        verified.digest.hex(), certificate.device_name or certificate.unit_name, count, fresh, False, conflicts, cases,
        outside, kinds, notes,
    )  # fmt: skip


def _already(register: Register, path: Path) -> MergeReport:
    header = container.peek(path)
    with register.reading() as sql:
        conflicts = int(sql.scalar("SELECT COUNT(*) FROM conflict"))
        name = next((c.device_name for c in devices.certificates_of(sql) if c.device == header.sender), "")
    return MergeReport("", name, header.counts.get("operations", 0), 0, True, conflicts, 0, 0)


def _keep_attachments(register: Register, opened: Opened) -> None:
    """Files first: by digest, so that storing them twice or without the rows does no harm."""
    if opened.manifest.attachments and register.attach_bytes is not None:
        keep = register.attach_bytes
        opened.attachments(lambda digest, content: keep(content))


def _keep_in_inbox(register: Register, path: Path, digest: bytes | None = None) -> None:
    folder = register.facts.get("folder")
    if not isinstance(folder, RegisterFolder) or register.writer is None:
        return
    with register.storage_errors():
        if digest is None:
            if path.stat().st_size > LARGEST_REFUSED_KEPT:
                return
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
        target = folder.inbox / f"{digest.hex()}.xcp"
        if target.exists() or path.resolve() == target.resolve():
            return
        with path.open("rb") as source, replacing(target) as copy:
            shutil.copyfileobj(source, copy)
