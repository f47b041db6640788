"""What a cipher suite must do for a package; suite 1 is SHA-512, Ed25519 and age. SM2/SM3/SM4 would be
another number.

The suite byte in the package's clear header chooses it, so that a county bound to the commercial cipher
rules (密评) can be served without another file format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import nacl.signing
import pyrage
from nacl.exceptions import BadSignatureError

from desktop.exchange.package.device_keys import DeviceKeys
from desktop.exchange.package.refusals import Reason, Refused


class Hasher(Protocol):
    """A running hash."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def digest(self) -> bytes:
        """The hash of all bytes taken."""


class Suite(Protocol):
    """Hash, signature and encryption of one suite; streams, since packages may be large."""

    number: int
    signature_size: int

    def hasher(self) -> Hasher:
        """A fresh running hash."""

    def sign(self, device: DeviceKeys, digest: bytes) -> bytes:
        """Signature over a container's digest."""

    def is_signed(self, public_key: bytes, digest: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over this digest."""

    def seal(self, source: Any, target: Any, recipients: Sequence[str]) -> None:
        """Encrypt everything `source` reads into `target`."""

    def open(self, source: Any, target: Any, device: DeviceKeys) -> None:
        """Decrypt everything `source` reads into `target`; Refused when it is not for this device or damaged."""


class _AgeEd25519:
    """Suite 1."""

    number = 1
    signature_size = 64
    _context = b"xiangce package signature 1\0"

    def hasher(self) -> Hasher:
        return hashlib.sha512()

    def sign(self, device: DeviceKeys, digest: bytes) -> bytes:
        return device.sign(self._context + digest)

    def is_signed(self, public_key: bytes, digest: bytes, signature: bytes) -> bool:
        try:
            nacl.signing.VerifyKey(public_key).verify(self._context + digest, signature)
        except (BadSignatureError, ValueError):
            return False
        return True

    def seal(self, source: Any, target: Any, recipients: Sequence[str]) -> None:
        keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
        with _own_errors(source, target) as (reading, writing):
            pyrage.encrypt_io(reading, writing, keys)

    def open(self, source: Any, target: Any, device: DeviceKeys) -> None:
        try:
            with _own_errors(source, target) as (reading, writing):
                pyrage.decrypt_io(reading, writing, [device.identity])
        except pyrage.DecryptError as error:
            missing = "No matching keys" in str(error)
            raise Refused(Reason.NOT_FOR_US if missing else Reason.NOT_DECRYPTED) from error
        except OSError as error:
            if error.errno is not None:
                raise  # the disk, not the cipher
            raise Refused(Reason.NOT_DECRYPTED) from error


class _Stream:
    """A stream that remembers what went wrong in it: age would report it as an error of its own."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        return bytes(self._watched(self._inner.read, size))

    def write(self, data: bytes) -> int:
        return int(self._watched(self._inner.write, data))

    def flush(self) -> None:
        self._watched(self._inner.flush)

    def _watched(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            return call(*args)
        except BaseException as error:
            self.error = self.error or error  # dropping its buffer, age may write once more
            raise


@contextmanager
def _own_errors(source: Any, target: Any) -> Iterator[tuple[_Stream, _Stream]]:
    """Streams for age whose own errors (disk full, cancelled, refused) come out as they are."""
    reading, writing = _Stream(source), _Stream(target)
    try:
        yield reading, writing
    except Exception as error:
        own = reading.error or writing.error
        if own is None or own is error:
            raise
        raise own from None


STANDARD: Suite = _AgeEd25519()
_SUITES = {STANDARD.number: STANDARD}


def by_number(number: int) -> Suite:
    """The suite a package names; Refused when this program does not have it."""
    try:
        return _SUITES[number]
    except KeyError:
        raise Refused(Reason.UNKNOWN_SUITE) from None
