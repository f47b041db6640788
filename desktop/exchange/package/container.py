"""The `.xcp` container: clear header, encrypted body, one signature over everything before it.

    magic (8) | format (1) | suite (1) | header length (4) | body length (8) | header (msgpack) | body |
    signature

The body is an age file: manifest length (4) | manifest | parts in the manifest's order | attachments in
its order. It is written and read as a stream; no clear byte ever lies on a disk. `read` checks in the
order size, magic, sender, signature, decryption, hashes, limits, version: whatever fails first is what is
said, and nothing was applied.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgpack

from desktop.common.atomic_file import replacing
from desktop.exchange.package import limits, suite
from desktop.exchange.package.certificates import Certificate, Trust, check_devices
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.exchange.package.manifest import OPERATIONS, REPLICAS, UNITS, AttachmentEntry, Manifest, Part
from desktop.exchange.package.operations_codec import decode_operations, decode_replicas, decode_units
from desktop.exchange.package.refusals import AlreadyMerged, Reason, Refused
from desktop.store.operations import Operation
from desktop.store.provenance import Unit
from desktop.store.storage_failure import storage_errors

MAGIC = b"\x89XCP\r\n\x1a\n"
FORMAT = 1
_PREFIX = struct.Struct(">8sBBIQ")
_PIECE = 1 << 18

_Entries = TypeVar("_Entries", list[Unit], dict[bytes, bytes])
Progress = Callable[[int, int], None]
"""Bytes done, bytes in all; raising Cancelled from it stops."""


@dataclass(frozen=True)
class Header:
    """What everybody can read of a package: no names, no places, only keys and counts."""

    package_id: bytes
    programme: bytes
    sender: bytes
    recipients: tuple[bytes, ...]
    made_at_ms: int
    counts: dict[str, int]

    @property
    def made_at(self) -> datetime:
        """When the sender says it was made."""
        return datetime.fromtimestamp(self.made_at_ms / 1000, UTC)


@dataclass(frozen=True)
class AttachmentSource:
    """A file to pack: its SHA-256 and size, and how to get its content."""

    sha256: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Written:
    """A package that was written: SHA-256 of the file (the next package's `previous`) and its size."""

    digest: bytes
    size: int
    header: Header


@dataclass(frozen=True)
class Verified:
    """A package whose clear part and signature were found good."""

    path: Path
    header: Header
    digest: bytes
    """SHA-256 of the whole file."""
    certificate: Certificate


@dataclass(frozen=True)
class Opened:
    """A package that passed every check of its container; parts are decompressed and decoded when asked for."""

    verified: Verified
    manifest: Manifest
    _device: DeviceKeys

    @property
    def header(self) -> Header:
        """The clear header."""
        return self.verified.header

    def parts(self, kind: str) -> Iterator[tuple[Part, bytes]]:
        """Parts of a kind with their content. Raises Refused."""
        for part in self.manifest.parts:
            if part.kind == kind:
                yield part, part.content()

    def operations(self) -> Iterator[Operation]:
        """All operations, in the order packed. Raises Refused on the first chunk that is not as it should be."""
        for part, raw in self.parts(OPERATIONS):
            yield from decode_operations(raw, part.count)

    def units(self) -> list[Unit]:
        """Units of work of the operations; Refused when they are another device's and the sender may not relay."""
        units = [unit for part, raw in self.parts(UNITS) for unit in _counted(decode_units(raw), part)]
        check_devices(self.verified.certificate, (unit.device for unit in units))
        return units

    def replicas(self) -> dict[bytes, bytes]:
        """Devices of replica ids; Refused as for units."""
        found: dict[bytes, bytes] = {}
        for part, raw in self.parts(REPLICAS):
            found.update(_counted(decode_replicas(raw), part))
        check_devices(self.verified.certificate, found.values())
        return found

    def attachments(self, keep: Callable[[str, bytes], object], *, wanted: Collection[str] | None = None) -> None:
        """Give each attachment (digest, content) to `keep`, one by one, checked; the file is decrypted once more."""

        def sink(entry: AttachmentEntry, content: bytes) -> None:
            if wanted is None or entry.sha256 in wanted:
                keep(entry.sha256, content)

        with storage_errors():
            _read_body(self.verified, self._device, sink)


def write(
    target: Path,
    *,
    device: DeviceKeys,
    programme: bytes,
    to: Sequence[Certificate],
    manifest: Manifest,
    parts: Iterable[Part],
    attachments: Sequence[AttachmentSource] = (),
    package_id: bytes | None = None,
    made_at: datetime | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write a package, whole or not at all; `manifest` is completed with the parts and attachments.

    Raises StorageFailed, ValueError when there is no recipient or a limit is passed.
    """
    if not 0 < len(to) <= limits.MOST_RECIPIENTS:
        raise ValueError("a package needs recipients")
    packed = tuple(parts)
    entries = tuple(AttachmentEntry(a.sha256, a.size) for a in attachments)
    complete = replace(manifest, parts=packed, attachments=entries)
    body_manifest = complete.to_bytes()
    Manifest.from_bytes(body_manifest)  # what we could not read back is never written
    chosen = suite.STANDARD
    header = Header(
        package_id=package_id or os.urandom(16),
        programme=programme,
        sender=device.device,
        recipients=tuple(sorted(c.device for c in to)),
        made_at_ms=int((made_at or datetime.now(UTC)).timestamp() * 1000),
        counts=complete.counts(),
    )
    head = _header_bytes(header)
    total = sum(p.stored_size for p in packed) + sum(a.size for a in entries)
    with storage_errors(), replacing(target) as stream:
        stream.write(_PREFIX.pack(MAGIC, FORMAT, chosen.number, len(head), 0) + head)
        source = _Source(_clear_body(body_manifest, packed, attachments, progress, total))
        chosen.seal(source, stream, [c.recipient for c in to])
        body = stream.tell() - _PREFIX.size - len(head)
        stream.seek(0)
        stream.write(_PREFIX.pack(MAGIC, FORMAT, chosen.number, len(head), body))
        stream.seek(0)
        signed, whole = chosen.hasher(), hashlib.sha256()
        while piece := stream.read(_PIECE):
            signed.update(piece)
            whole.update(piece)
        signature = chosen.sign(device, signed.digest())
        whole.update(signature)
        stream.write(signature)
        size = stream.tell()
    return Written(whole.digest(), size, header)


def peek(path: Path) -> Header:
    """The clear header of a whole-looking package, nothing believed yet. Raises Refused."""
    with storage_errors(), path.open("rb") as stream:
        return _read_head(stream)[0]


def verify(
    path: Path, trust: Trust, *, known: Callable[[bytes], bytes | None] = lambda package_id: None,
    accepted: Callable[[bytes], Collection[bytes]] = lambda device: (),
) -> Verified:  # fmt: skip
    """Check everything that needs no secret: size, magic, header, sender, revocation, signature, and
    whether it is new.

    `known` gives the file digest under which a package id was merged before, `accepted` the digests of all
    packages of a device merged before. Raises Refused, or AlreadyMerged when this very file was merged
    before.
    """
    with storage_errors(), path.open("rb") as stream:
        header, chosen, head_size, body_size = _read_head(stream)
        today = datetime.now(UTC).date()
        certificate = trust.sender(header.programme, header.sender, header.made_at.date(), today)
        stream.seek(0)
        signed, whole = chosen.hasher(), hashlib.sha256()
        left = head_size + body_size
        while left:
            piece = stream.read(min(left, _PIECE))
            if not piece:
                raise Refused(Reason.TRUNCATED)
            signed.update(piece)
            whole.update(piece)
            left -= len(piece)
        signature = stream.read(chosen.signature_size)
        whole.update(signature)
    if not chosen.is_signed(header.sender, signed.digest(), signature):
        raise Refused(Reason.BAD_SIGNATURE)
    digest = whole.digest()
    before = known(header.package_id)
    if before == digest:
        raise AlreadyMerged(header.package_id)
    if before is not None:
        raise Refused(Reason.SAME_ID_OTHER_CONTENT)
    trust.check_not_revoked(header.sender, digest, accepted(header.sender))
    return Verified(path, header, digest, certificate)


def read(verified: Verified, device: DeviceKeys, *, schema: tuple[int, int]) -> Opened:
    """Decrypt a verified package and check hashes, limits and version; `schema` is this register's own
    version.

    Attachments are checked and dropped: `Opened.attachments` reads them again once everything else is
    known to be good. Raises Refused.
    """
    if device.device not in verified.header.recipients:
        raise Refused(Reason.NOT_FOR_US)
    with storage_errors():
        manifest = _read_body(verified, device, lambda entry, content: None)
    for part in manifest.parts:
        if limits.declared_size(part.stored) != part.raw_size:
            raise Refused(Reason.BOMB)
    if manifest.lowest_reader > schema:
        raise Refused(Reason.NEWER_SCHEMA)
    if manifest.counts() != verified.header.counts:
        raise Refused(Reason.COUNT_MISMATCH)
    return Opened(verified, manifest, device)


def _header_bytes(header: Header) -> bytes:
    return bytes(
        msgpack.packb(
            {
                "id": header.package_id,
                "programme": header.programme,
                "sender": header.sender,
                "recipients": list(header.recipients),
                "made_at_ms": header.made_at_ms,
                "counts": header.counts,
            }
        )
    )


def _read_head(stream: BinaryIO) -> tuple[Header, suite.Suite, int, int]:
    """Header, suite, bytes before the body, bytes of the body; sizes agree with the file's."""
    size = os.fstat(stream.fileno()).st_size
    prefix = stream.read(_PREFIX.size)
    if size < 16:
        raise Refused(Reason.EMPTY)
    if size > limits.LARGEST_PACKAGE:
        raise Refused(Reason.TOO_LARGE)
    if not prefix.startswith(MAGIC):
        mangled = prefix.startswith((MAGIC[:4], b"XCP", b"\xef\xbf\xbdXCP"))
        raise Refused(Reason.TEXT_MANGLED if mangled else Reason.NOT_A_PACKAGE)
    if prefix[8] > FORMAT:
        raise Refused(Reason.NEWER_FORMAT)
    chosen = suite.by_number(prefix[9])
    if len(prefix) < _PREFIX.size:
        raise Refused(Reason.TRUNCATED)
    _, _, _, head, body = _PREFIX.unpack(prefix)
    if head > limits.LARGEST_HEADER or body > limits.LARGEST_PACKAGE:
        raise Refused(Reason.HEADER_DAMAGED)
    expected = _PREFIX.size + head + body + chosen.signature_size
    if size < expected:
        raise Refused(Reason.TRUNCATED)
    if size > expected:
        raise Refused(Reason.TRAILING)
    return _header(stream.read(head)), chosen, _PREFIX.size + head, body


def _header(raw: bytes) -> Header:
    try:
        content = limits.unpack(raw, deepest=2)
        package_id, made_at_ms, counts = content["id"], content["made_at_ms"], content["counts"]
        keys = [content["programme"], content["sender"], *content["recipients"]]
        fits = (
            all(isinstance(key, bytes) and len(key) == 32 for key in keys)
            and isinstance(package_id, bytes)
            and len(package_id) == 16
            and type(made_at_ms) is int
            and 0 <= made_at_ms < 1 << 47
            and all(isinstance(kind, str) and type(count) is int for kind, count in counts.items())
        )
        if not fits or len(keys) > limits.MOST_RECIPIENTS + 2:
            raise ValueError("header")
        header = Header(package_id, keys[0], keys[1], tuple(keys[2:]), made_at_ms, counts)
        header.made_at.isoformat()  # a time beyond year 9999 is none
    except (Refused, KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise Refused(Reason.HEADER_DAMAGED) from error
    return header


def _clear_body(
    manifest: bytes,
    parts: Sequence[Part],
    attachments: Sequence[AttachmentSource],
    progress: Progress | None,
    total: int,
) -> Iterator[bytes]:
    yield len(manifest).to_bytes(4, "big") + manifest
    done = 0
    for part in parts:
        yield part.stored
        done += part.stored_size
        if progress:
            progress(done, total)
    for attachment in attachments:
        content = attachment.read()
        if len(content) != attachment.size or hashlib.sha256(content).hexdigest() != attachment.sha256:
            raise ValueError("an attachment is not what its digest says")
        yield content
        done += attachment.size
        if progress:
            progress(done, total)


class _Source:
    """Reads what a generator yields, as age wants it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        taken = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(taken) :]
        return bytes(taken)


class _Window:
    """Reads only the body of an open package file, and hashes what it reads."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size
        self.seen = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        self.seen.update(piece)
        return piece


class _Sink:
    """Takes decrypted bytes as they come and feeds them to a reader that says how many it needs next."""

    def __init__(self, reader: Generator[int, bytes, None]) -> None:
        self._reader = reader
        self._held = bytearray()
        self._needed: int | None = None
        self._advance(None)

    def write(self, data: bytes) -> int:
        self._held += data
        while self._needed is not None and len(self._held) >= self._needed:
            piece = bytes(self._held[: self._needed])
            del self._held[: self._needed]
            self._advance(piece)
        if self._needed is None and self._held:
            raise Refused(Reason.BODY_DAMAGED)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Refused when the body ended before everything listed had come."""
        if self._needed is not None:
            raise Refused(Reason.BODY_DAMAGED)

    def _advance(self, piece: bytes | None) -> None:
        try:
            self._needed = next(self._reader) if piece is None else self._reader.send(piece)
        except StopIteration:
            self._needed = None


def _read_body(verified: Verified, device: DeviceKeys, keep: Callable[[AttachmentEntry, bytes], None]) -> Manifest:
    found: list[Manifest] = []

    def reader() -> Generator[int, bytes, None]:
        size = int.from_bytes((yield 4), "big")
        if size > limits.LARGEST_MANIFEST:
            raise Refused(Reason.TOO_MANY)
        manifest = Manifest.from_bytes((yield size))
        parts = []
        for part in manifest.parts:
            stored = yield part.stored_size
            if hashlib.sha256(stored).digest() != part.sha256:
                raise Refused(Reason.HASH_MISMATCH)
            parts.append(replace(part, stored=stored))
        for entry in manifest.attachments:
            content = yield entry.size
            if hashlib.sha256(content).hexdigest() != entry.sha256:
                raise Refused(Reason.HASH_MISMATCH)
            keep(entry, content)
        found.append(replace(manifest, parts=tuple(parts)))

    sink = _Sink(reader())
    with verified.path.open("rb") as stream:
        _, chosen, head_size, body_size = _read_head(stream)
        stream.seek(0)
        window = _Window(stream, body_size)
        window.seen.update(stream.read(head_size))
        chosen.open(window, sink, device)
        sink.close()
        window.seen.update(stream.read())
    if window.seen.digest() != verified.digest:  # another file was put in its place since it was verified
        raise Refused(Reason.BAD_SIGNATURE)
    return found[0]


def _counted(entries: _Entries, part: Part) -> _Entries:
    if len(entries) != part.count:
        raise Refused(Reason.COUNT_MISMATCH)
    return entries
