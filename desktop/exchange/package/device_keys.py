"""A device's keys from one 32-byte seed: Ed25519 to sign, X25519 (age) to decrypt; and fingerprints to
read aloud.

The seed lies in the encrypted register only. The device's name in the journal and in certificates is its
Ed25519 public key. The age identity is derived with keyed BLAKE2b, so that the two uses never share a key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import nacl.signing
import pyrage

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_DIGITS, _GROUP = 30, 5


@dataclass(frozen=True)
class DeviceKeys:
    """What one device can sign and open with."""

    device: bytes
    """Ed25519 public key: the device's name everywhere."""
    recipient: str
    """age recipient (`age1…`): whom others encrypt to."""
    seed: bytes = field(repr=False)
    identity: pyrage.x25519.Identity = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> DeviceKeys:
        """The keys of a seed, always the same."""
        device = bytes(nacl.signing.SigningKey(seed).verify_key)
        secret = hashlib.blake2b(key=seed, digest_size=32, person=b"xiangce age key").digest()
        identity = pyrage.x25519.Identity.from_str(_bech32("age-secret-key-", secret).upper())
        return cls(device, str(identity.to_public()), seed, identity)

    @classmethod
    def generate(cls) -> DeviceKeys:
        """Keys of a fresh random seed."""
        return cls.from_seed(bytes(nacl.signing.SigningKey.generate()))

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature of 64 bytes."""
        return nacl.signing.SigningKey(self.seed).sign(message).signature


def fingerprint(key: bytes) -> str:
    """30 digits (about 99 bits) in six groups, to compare a key over the telephone."""
    number = int.from_bytes(hashlib.blake2b(key, digest_size=32, person=b"xiangce finger").digest(), "big")
    digits = f"{number % 10**_DIGITS:0{_DIGITS}}"
    return " ".join(digits[at : at + _GROUP] for at in range(0, _DIGITS, _GROUP))


def is_recipient(text: str) -> bool:
    """Whether the text is an age X25519 recipient."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def _bech32(prefix: str, data: bytes) -> str:
    """Bech32 (BIP 173) as age writes its identities."""
    values: list[int] = []
    bits = held = 0
    for byte in data:
        held = held << 8 | byte
        bits += 8
        while bits >= 5:
            bits -= 5
            values.append(held >> bits & 31)
        held &= (1 << bits) - 1
    if bits:
        values.append(held << 5 - bits & 31)
    expanded = [ord(ch) >> 5 for ch in prefix] + [0] + [ord(ch) & 31 for ch in prefix]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(_BECH32[v] for v in values)


def _polymod(values: list[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> i & 1:
                total ^= generator
    return total
