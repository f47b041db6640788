"""Small signed files (`.xcreq`, `.xccert`): statements of one key, readable only when whole and truly signed.

    magic (8) | msgpack list of statements, each [kind, body, key, signature]

The signature covers kind and body, so that a statement of one kind never passes for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
import nacl.signing
from nacl.exceptions import BadSignatureError

from desktop.common.errors import FileDamaged, InputRefused, PackageRefused
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.exchange.package.limits import unpack

MAGIC = b"\x89XCS\r\n\x1a\x01"
LARGEST_FILE = 4 << 20
_MOST = 10_000
_CONTEXT = b"xiangce statement 1\0"


@dataclass(frozen=True)
class Statement:
    """Something a key said. `body` is msgpack; the signature was checked when it was read."""

    kind: str
    body: bytes
    key: bytes
    signature: bytes

    def content(self) -> dict[str, Any]:
        """The body as a mapping. Raises FileDamaged."""
        try:
            value = unpack(self.body, deepest=4)
        except PackageRefused as error:
            raise damaged() from error
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise damaged()
        return value

    def is_signed(self) -> bool:
        """Whether the key signed this kind and body."""
        try:
            nacl.signing.VerifyKey(self.key).verify(_message(self.kind, self.body), self.signature)
        except (BadSignatureError, ValueError):
            return False
        return True


def sign(keys: DeviceKeys, kind: str, content: dict[str, Any]) -> Statement:
    """Say something with a key."""
    body = bytes(msgpack.packb(content))
    return Statement(kind, body, keys.device, keys.sign(_message(kind, body)))


def to_bytes(statements: Sequence[Statement]) -> bytes:
    """The file's bytes."""
    return MAGIC + bytes(msgpack.packb([[s.kind, s.body, s.key, s.signature] for s in statements]))


def from_bytes(raw: bytes) -> list[Statement]:
    """The statements of a file, every signature checked. Raises InputRefused or FileDamaged."""
    if not raw.startswith(MAGIC[:4]):
        raise InputRefused("这不是乡册的登记文件（申请或证书）；没有作任何改动，请核对文件。")
    if not raw.startswith(MAGIC):
        raise InputRefused("登记文件由更新版本的程序制作，或被当作文本改写过；没有作任何改动，请升级程序或重新传送。")
    if len(raw) > LARGEST_FILE:
        raise damaged()
    try:
        entries = unpack(raw[len(MAGIC) :], deepest=3)
    except PackageRefused as error:
        raise damaged() from error
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST:
        raise damaged()
    found = []
    for entry in entries:
        if not (isinstance(entry, list) and len(entry) == 4 and isinstance(entry[0], str)):
            raise damaged()
        if not all(isinstance(part, bytes) for part in entry[1:]):
            raise damaged()
        statement = Statement(*entry)
        if not statement.is_signed():
            raise InputRefused("登记文件的签名不符，内容被改动过或已损坏；没有作任何改动，请重新取得该文件。")
        found.append(statement)
    return found


def damaged() -> FileDamaged:
    """The file is no list of statements."""
    return FileDamaged("登记文件已损坏或不完整；没有作任何改动，请重新取得该文件。")


def _message(kind: str, body: bytes) -> bytes:
    return _CONTEXT + kind.encode("utf-8") + b"\0" + body
