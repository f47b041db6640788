"""The list of contents inside a package's body, checked part by part before anything is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from desktop.exchange.package import limits
from desktop.exchange.package.refusals import Reason, Refused

OPERATIONS, UNITS, REPLICAS = "operations", "units", "replicas"
"""Kinds of parts; others (`statements`, `codelist`, `form`, `snapshot`, …) are named by whoever packs and reads."""


@dataclass(frozen=True)
class Part:
    """One part of a body as it is stored: a zstd frame, with its hash, its size when decompressed, and its count."""

    kind: str
    name: str
    count: int
    raw_size: int
    stored_size: int
    sha256: bytes
    stored: bytes = field(repr=False, default=b"")

    @classmethod
    def pack(cls, kind: str, raw: bytes, *, name: str = "", count: int = 0) -> Part:
        """Compress a part's content."""
        stored = limits.compress(raw)
        return cls(kind, name, count, len(raw), len(stored), hashlib.sha256(stored).digest(), stored)

    def content(self) -> bytes:
        """The decompressed content, exactly as large as the manifest says. Raises Refused."""
        return limits.decompress(self.stored, self.raw_size)


@dataclass(frozen=True)
class AttachmentEntry:
    """A file inside the body: SHA-256 of its content and its size."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a body holds and who can read it.

    `schema` is the version of the sender's tables, `lowest_reader` the oldest version that may merge this.
    `scope` are the division codes whose rows may be inside (empty: everything). `previous` is the SHA-256
    of the package before this one of the same device key, empty for the first: a missing package can be
    named, two with one predecessor mean a copied laptop. `first_seq` and `last_seq` are arrival numbers of
    the sender's register in `generation`. `facts` are further plain values (acknowledgements,
    configuration version) of whoever packs and reads them.
    """

    schema: tuple[int, int]
    lowest_reader: tuple[int, int]
    scope: tuple[str, ...] = ()
    previous: bytes = b""
    generation: str = ""
    first_seq: int = 0
    last_seq: int = 0
    full: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    attachments: tuple[AttachmentEntry, ...] = ()

    def count(self, kind: str) -> int:
        """Entries of one kind over all parts."""
        return sum(part.count for part in self.parts if part.kind == kind)

    def counts(self) -> dict[str, int]:
        """Entries by kind, and attachments, as the clear header names them."""
        found = {kind: self.count(kind) for kind in sorted({part.kind for part in self.parts})}
        return {**found, "attachments": len(self.attachments)}

    def to_bytes(self) -> bytes:
        """The manifest as it stands at the start of the body."""
        return bytes(
            msgpack.packb(
                {
                    "schema": list(self.schema),
                    "lowest_reader": list(self.lowest_reader),
                    "scope": list(self.scope),
                    "previous": self.previous,
                    "generation": self.generation,
                    "first_seq": self.first_seq,
                    "last_seq": self.last_seq,
                    "full": self.full,
                    "facts": self.facts,
                    "parts": [[p.kind, p.name, p.count, p.raw_size, p.stored_size, p.sha256] for p in self.parts],
                    "attachments": [[bytes.fromhex(a.sha256), a.size] for a in self.attachments],
                }
            )
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Manifest:
        """Read and check against every limit. Raises Refused."""
        content = limits.unpack(raw, deepest=8)
        try:
            manifest = cls(
                schema=_version(content["schema"]),
                lowest_reader=_version(content["lowest_reader"]),
                scope=tuple(_text(code, 12) for code in content["scope"]),
                previous=_binary(content["previous"], (0, 32)),
                generation=_text(content["generation"], 32),
                first_seq=_number(content["first_seq"], 1 << 62),
                last_seq=_number(content["last_seq"], 1 << 62),
                full=content["full"] is True,
                facts=_mapping(content["facts"]),
                parts=tuple(_part(entry) for entry in content["parts"]),
                attachments=tuple(
                    AttachmentEntry(_binary(sha256, (32,)).hex(), _number(size, limits.LARGEST_ATTACHMENT))
                    for sha256, size in content["attachments"]
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(Reason.BODY_DAMAGED) from error
        manifest._check_limits()
        return manifest

    def _check_limits(self) -> None:
        if len(self.parts) > limits.MOST_PARTS or len(self.attachments) > limits.MOST_ATTACHMENTS:
            raise Refused(Reason.TOO_MANY)
        if len({a.sha256 for a in self.attachments}) != len(self.attachments):
            raise Refused(Reason.BODY_DAMAGED)
        stored = sum(part.stored_size for part in self.parts)
        content = sum(part.raw_size for part in self.parts)
        if stored > limits.LARGEST_STORED or content > limits.LARGEST_CONTENT:
            raise Refused(Reason.BOMB)
        if any(part.raw_size > limits.LARGEST_PART for part in self.parts):
            raise Refused(Reason.BOMB)


def _part(entry: Sequence[Any]) -> Part:
    kind, name, count, raw_size, stored_size, sha256 = entry
    return Part(
        _text(kind, 40), _text(name, 200), _number(count, 1 << 40), _number(raw_size, 1 << 62),
        _number(stored_size, 1 << 62), _binary(sha256, (32,)),
    )  # fmt: skip


def _version(value: Any) -> tuple[int, int]:
    major, minor = value
    return _number(major, 1 << 15), _number(minor, 1 << 16)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("text")
    return value


def _binary(value: Any, sizes: Sequence[int]) -> bytes:
    if not isinstance(value, bytes) or len(value) not in sizes:
        raise ValueError("bytes")
    return value


def _number(value: Any, largest: int) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise ValueError("number")
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError("mapping")
    return value
