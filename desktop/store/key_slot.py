"""A key slot keeps the register's key under one secret: Argon2id of the secret opens XChaCha20-Poly1305
around the key.

Parameters are stored with each slot, so that they can grow with the machines. Limits on them keep an
altered file from taking all memory. Argon2id after RFC 9106; the second recommended option (64 MiB, 3
passes, 4 lanes) is the standard.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import nacl.bindings as sodium
import nacl.utils
from argon2.low_level import Type, hash_secret_raw
from nacl.exceptions import CryptoError

from desktop.common.errors import FileDamaged

KEY_SIZE = 32
_SALT_SIZE = 16
_NONCE_SIZE = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES


@dataclass(frozen=True)
class KdfProfile:
    """How costly it is to try one passphrase."""

    memory_kib: int
    passes: int
    lanes: int


STANDARD = KdfProfile(memory_kib=64 * 1024, passes=3, lanes=4)
FAST_FOR_TESTS = KdfProfile(memory_kib=32, passes=1, lanes=1)
"""Gives no protection; only ever passed explicitly by tests."""

_LARGEST = KdfProfile(memory_kib=1024 * 1024, passes=32, lanes=16)


@dataclass(frozen=True)
class KeySlot:
    """The register's key under one secret. `kind` is `passphrase` (of the user `user_id`) or `recovery`."""

    id: str
    kind: str
    user_id: str
    profile: KdfProfile
    salt: bytes
    nonce: bytes
    wrapped: bytes

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        kdf = {"name": "argon2id", **asdict(self.profile), "salt": self.salt.hex()}
        return {
            "id": self.id,
            "kind": self.kind,
            "user": self.user_id,
            "kdf": kdf,
            "cipher": "xchacha20-poly1305",
            "nonce": self.nonce.hex(),
            "wrapped": self.wrapped.hex(),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> KeySlot:
        """Read a slot; FileDamaged when a part is missing, of the wrong size or beyond the limits."""
        try:
            kdf = raw["kdf"]
            profile = KdfProfile(int(kdf["memory_kib"]), int(kdf["passes"]), int(kdf["lanes"]))
            slot = cls(
                id=str(raw["id"]),
                kind=str(raw["kind"]),
                user_id=str(raw["user"]),
                profile=profile,
                salt=bytes.fromhex(kdf["salt"]),
                nonce=bytes.fromhex(raw["nonce"]),
                wrapped=bytes.fromhex(raw["wrapped"]),
            )
            known = kdf["name"] == "argon2id" and raw["cipher"] == "xchacha20-poly1305"
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileDamaged("册的钥匙文件内容不完整。") from error
        within = (
            8 * profile.lanes <= profile.memory_kib <= _LARGEST.memory_kib
            and 1 <= profile.passes <= _LARGEST.passes
            and 1 <= profile.lanes <= _LARGEST.lanes
        )
        sizes = (len(slot.salt), len(slot.nonce), len(slot.wrapped))
        if not (known and within and sizes == (_SALT_SIZE, _NONCE_SIZE, KEY_SIZE + 16)):
            raise FileDamaged("册的钥匙文件含有不能识别的参数。")
        return slot


def make_slot(
    slot_id: str, kind: str, user_id: str, register_id: str, key: bytes, secret: bytes, profile: KdfProfile
) -> KeySlot:
    """Put `key` under `secret`; the slot's names and parameters are authenticated with it."""
    salt = nacl.utils.random(_SALT_SIZE)
    nonce = nacl.utils.random(_NONCE_SIZE)
    bare = KeySlot(slot_id, kind, user_id, profile, salt, nonce, b"")
    wrapped = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        key, _context(bare, register_id), nonce, _derive(secret, salt, profile)
    )
    return KeySlot(slot_id, kind, user_id, profile, salt, nonce, wrapped)


def open_slot(slot: KeySlot, register_id: str, secret: bytes) -> bytes | None:
    """The register's key, or None when the secret does not open this slot."""
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            slot.wrapped, _context(slot, register_id), slot.nonce, _derive(secret, slot.salt, slot.profile)
        )
    except CryptoError:
        return None


def passphrase_secret(passphrase: str) -> bytes:
    """A passphrase as bytes: full-width and composed forms typed through an input method count as equal."""
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8")


def _context(slot: KeySlot, register_id: str) -> bytes:
    named = {**slot.to_json(), "register": register_id}
    del named["nonce"], named["wrapped"]
    return json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _derive(secret: bytes, salt: bytes, profile: KdfProfile) -> bytes:
    return hash_secret_raw(
        secret,
        salt,
        time_cost=profile.passes,
        memory_cost=profile.memory_kib,
        parallelism=profile.lanes,
        hash_len=KEY_SIZE,
        type=Type.ID,
    )
