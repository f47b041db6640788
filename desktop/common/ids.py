"""Identifiers: UUIDv7 for records, UUIDv5 for rows that two laptops must make alike, all as 32 lowercase hex digits."""

from __future__ import annotations

import uuid

import uuid_utils

NAMESPACE = uuid.UUID("6f1a2c58-0b7e-5d3c-9a41-7c3e5f2d8b60")
"""Root of all name-based identifiers of the product; never changes."""


def new_id() -> str:
    """A fresh UUIDv7 (RFC 9562), time-ordered."""
    return str(uuid_utils.uuid7().hex)


def new_ids(count: int) -> list[str]:
    """That many fresh UUIDv7, in growing order."""
    uuid7 = uuid_utils.uuid7
    return [uuid7().hex for _ in range(count)]


def named_id(kind: str, *parts: str) -> str:
    """The same identifier for the same parts on every machine (UUIDv5), e.g. a division of a code system and date."""
    return uuid.uuid5(NAMESPACE, "\x1f".join((kind, *parts))).hex


def is_id(text: str) -> bool:
    """Whether the text has the form of an identifier (32 hex digits, hyphens allowed)."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def parse_id(text: str) -> str:
    """Normalise a typed identifier; ValueError when it is none."""
    return uuid.UUID(text).hex
