"""Writes a package for the county or for a device: what he has not acknowledged, sealed for him alone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from desktop.common.errors import UsageError, XiangceError
from desktop.exchange import devices, selection
from desktop.exchange.package import container, statement
from desktop.exchange.package.certificates import Certificate
from desktop.exchange.package.container import AttachmentSource, Written
from desktop.exchange.package.manifest import OPERATIONS, REPLICAS, UNITS, Manifest, Part
from desktop.exchange.package.operations_codec import encode_operations, encode_replicas, encode_units
from desktop.exchange.selection import Selection
from desktop.store.database import Sql, now_ms
from desktop.store.register import Register, get_meta, set_meta

SCHEMA_VERSION = (1, 0)
"""Version of the tables whose operations are packed; a reader of the same major understands them."""
STATEMENTS = "statements"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Exported:
    """A package that was written: for whom, how many operations and files, and the file's digest."""

    path: Path
    digest: str
    recipient: str
    operations: int
    attachments: int
    size: int
    full: bool


@dataclass(frozen=True)
class PackageContent:
    """What a package would carry now: for whom, which divisions (none = all of his own), operations by table."""

    recipient: str
    scope: tuple[str, ...]
    full: bool
    operations: int
    by_table: tuple[tuple[str, int], ...]


def package_content(register: Register, *, to: Sequence[str] = (), full: bool = False) -> PackageContent:
    """What `export_package` would write now; raises UsageError as it does."""
    with register.reading() as sql:
        if devices.programme_of(sql) is None:
            raise UsageError("本册还没有加入项目，不能导出数据包；请先办理设备登记。")
        recipients = _recipients(register, sql, to)
        own = devices.trust_of(sql).certificates.get(register.device)
        chosen, manifest = _content(register, sql, recipients, own, full=full)
    counts = Counter(op.table for op in chosen.operations)
    known = register.schema.by_id
    by_table = tuple((known[t].name, n) for t, n in counts.most_common() if t in known)
    return PackageContent(
        "、".join(c.unit_name for c in recipients), manifest.scope, manifest.full, len(chosen.operations), by_table
    )


def export_package(
    register: Register, target: Path, *, to: Sequence[str] = (), full: bool = False, progress: Progress | None = None
) -> Exported:
    """Write a package for the recipient: `county`, or a device by name or by the beginning of its key.

    Without `to`, a laptop writes for the county. Several devices get one package only when their divisions are the
    same. Raises UsageError (not enrolled, unknown device), StorageFailed, Cancelled; then no file is left.
    """
    if target.exists():
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个文件名。")
    with register.reading() as sql:
        programme = devices.programme_of(sql)
        if programme is None:
            raise UsageError("本册还没有加入项目，不能导出数据包；请先用 enrol 办理登记。")
        recipients = _recipients(register, sql, to)
        own = devices.trust_of(sql).certificates.get(register.device)
        chosen, manifest = _content(register, sql, recipients, own, full=full)
        keys = devices.own_keys(sql)
        parts = [Part.pack(OPERATIONS, raw, count=n) for raw, n in encode_operations(chosen.operations)]
        parts.append(Part.pack(UNITS, encode_units(chosen.units), count=len(chosen.units)))
        parts.append(Part.pack(REPLICAS, encode_replicas(chosen.replicas), count=len(chosen.replicas)))
        said = _statements(sql, register)
        parts.append(Part.pack(STATEMENTS, statement.to_bytes(said), count=len(said)))
        files = _attachments(register, chosen)
    written = container.write(
        target, device=keys, programme=programme, to=recipients, manifest=manifest, parts=parts, attachments=files,
        progress=progress,
    )  # fmt: skip
    _remember(register, written, recipients, manifest, len(chosen.operations), target.name)
    return Exported(
        target, written.digest.hex(), "、".join(c.unit_name for c in recipients), len(chosen.operations), len(files),
        written.size, manifest.full,
    )  # fmt: skip


def _recipients(register: Register, sql: Sql, to: Sequence[str]) -> list[Certificate]:
    trust = devices.trust_of(sql)
    others = [c for c in trust.certificates.values() if c.device != register.device]
    if not to or list(to) == ["county"]:
        county = devices.county_certificate(sql)
        if county is None or county.device == register.device:
            names = "、".join(sorted(c.device_name for c in others)) or "（还没有登记的设备）"
            raise UsageError(f"请用 --to 指明发给哪台设备：{names}。")
        return [county]
    chosen = []
    for wanted in to:
        if wanted == "county":
            found = [c for c in others if devices.is_county(c)]
        else:
            keys = devices.named(((c.device, c.device_name, c.unit_name) for c in others), wanted)
            found = [c for c in others if c.device in keys]
        if len(found) != 1:
            raise UsageError(f"{'没有' if not found else '不止一台'}登记的设备叫 {wanted}。")
        if trust.revocation_of(found[0].device) is not None:
            raise UsageError(f"设备 {wanted} 已停用，不能再发给它。")
        chosen.append(found[0])
    if len({c.divisions for c in chosen}) > 1:
        raise UsageError("这几台设备的区划范围不同，请分别导出。")
    return chosen


def _content(
    register: Register, sql: Sql, recipients: Sequence[Certificate], own: Certificate | None, *, full: bool
) -> tuple[Selection, Manifest]:
    relay = own is not None and own.relay
    upward = devices.is_county(recipients[0]) or not relay  # who may not relay hands on nothing but his own
    known = devices.certificates_of(sql)
    scope = "" if upward else devices.scope_codes(known, recipients[0].device)
    standing = [devices.peer_of(sql, c.device) for c in recipients]
    grown = not upward and any(p.scope != scope for p in standing)
    after = 0 if full or grown else min(p.acked_seq for p in standing)
    if upward:
        chosen = selection.select_up(sql, register.device, after, relay=relay)
    else:
        chosen = selection.select_down(sql, register.schema, scope.split(","), after)
    generation = str(register.facts["generation"])
    previous = sql.scalar(
        "SELECT digest FROM package_log WHERE direction='out' AND peer=? ORDER BY at_ms DESC LIMIT 1",
        (recipients[0].device,),
    )
    acks = {c.device.hex(): [p.their_generation, p.their_seq] for c, p in zip(recipients, standing, strict=True)}
    manifest = Manifest(
        schema=SCHEMA_VERSION, lowest_reader=(SCHEMA_VERSION[0], 0), scope=() if upward else tuple(scope.split(",")),
        previous=bytes(previous) if previous else b"", generation=generation, first_seq=after, last_seq=chosen.up_to,
        full=after == 0, facts={"acks": acks},
    )  # fmt: skip
    return chosen, manifest


def _statements(sql: Sql, register: Register) -> list[statement.Statement]:
    """Certificates and the newest revocation list, so that everybody comes to know the programme's devices."""
    trust = devices.trust_of(sql)
    said = [c.statement for c in trust.certificates.values() if c.statement is not None]
    if trust.revocations is not None and trust.revocations.statement is not None:
        said.append(trust.revocations.statement)
    return said


def _attachments(register: Register, chosen: Selection) -> list[AttachmentSource]:
    """The files that attachments in this package name, as far as they are at hand."""
    out = []
    for digest in sorted(selection.attachment_digests(chosen.operations, register.schema)):
        content = read_attachment(register, digest)
        if content is not None:
            out.append(AttachmentSource(digest, len(content), partial(_read_again, register, digest)))
    return out


def read_attachment(register: Register, digest: str) -> bytes | None:
    """The bytes of an attachment, None when they are not here or damaged."""
    if register.read_attachment is None:
        return None
    try:
        content = register.read_attachment(digest)
    except XiangceError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def _read_again(register: Register, digest: str) -> bytes:
    content = read_attachment(register, digest)
    assert content is not None
    return content


def _remember(
    register: Register, written: Written, recipients: Sequence[Certificate], manifest: Manifest, count: int, name: str
) -> None:
    with register.bookkeeping() as sql:
        for recipient in recipients:
            sql.run(
                "INSERT INTO package_log (digest,direction,package_id,peer,previous,generation,first_seq,last_seq,"
                "made_at_ms,at_ms,operations,fresh,file_name) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) "
                "ON CONFLICT DO NOTHING",
                (
                    written.digest, "out", written.header.package_id, recipient.device, manifest.previous,
                    manifest.generation, manifest.first_seq, manifest.last_seq, written.header.made_at_ms, now_ms(),
                    count, 0, name,
                ),
            )  # fmt: skip
        if int(get_meta(sql, "sent_seq") or 0) < manifest.last_seq:
            set_meta(sql, "sent_seq", str(manifest.last_seq))
