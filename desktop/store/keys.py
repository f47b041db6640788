"""Who may open a register and with what: `register.json` with users, roles and key slots, noticed when
altered.

One random 256-bit key opens everything; each user's passphrase and the printed recovery code wrap that key
in a slot. Users, roles and names are sealed with a key derived from it: an edited file opens nothing. All
changes give a new `KeyFile`, which `key_folder.save` writes. The file lies in the clear (it must be read
before unlocking) and so holds no more than the unit's name and the users' names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

import nacl.utils

from desktop.common.errors import FileDamaged, InputRefused, UsageError, WrongPassphrase
from desktop.common.ids import is_id, new_id
from desktop.store.key_slot import (
    KEY_SIZE,
    STANDARD,
    KdfProfile,
    KeySlot,
    make_slot,
    open_slot,
    passphrase_secret,
)
from desktop.store.recovery_code import RecoveryCode

FORMAT = 1
Role = Literal["surveyor", "asset-manager", "town-reviewer", "county-admin"]
Level = Literal["county", "town", "village"]
ROLES: tuple[Role, ...] = get_args(Role)
LEVELS: tuple[Level, ...] = get_args(Level)
SHORTEST_PASSPHRASE = 8
WRONG_PASSPHRASE = "口令不正确，册没有打开，数据未受影响；请核对大小写和输入法后再试。"
_DAMAGED = "册的钥匙文件 register.json 已损坏或被截断；"
_ALTERED = "册的钥匙文件 register.json 被改动过（用户、角色或单位名称与封印不符），没有打开；"
_HINT = "册内数据未受影响，请从最近的备份取回该文件。"


@dataclass(frozen=True)
class Keys:
    """The keys of one register, each for one use; derived from the master key, never written to disk."""

    master: bytes
    database: bytes
    drafts: bytes
    attachments: bytes
    backups: bytes
    seal: bytes

    def __repr__(self) -> str:
        return "Keys(…)"


@dataclass(frozen=True)
class User:
    """A person who may open the register. A stopped user (`active` false) keeps the name but has no slot."""

    id: str
    name: str
    role: Role
    active: bool = True


@dataclass(frozen=True)
class KeyFile:
    """The content of `register.json`.

    `generation` changes when a backup is restored; `revision` grows with every change, so that the
    register can notice that an older file was put back (it keeps the highest revision seen inside the
    encrypted database).
    """

    register_id: str
    generation: str
    unit_name: str
    level: Level
    division_code: str
    created_at: str
    revision: int
    users: tuple[User, ...]
    slots: tuple[KeySlot, ...]
    seal: bytes = b""

    def user(self, name: str) -> User | None:
        """The user of this name, stopped or not."""
        wanted = _name_key(name)
        return next((u for u in self.users if _name_key(u.name) == wanted), None)

    @property
    def active_users(self) -> tuple[User, ...]:
        """Users who may open the register, in the order they were added."""
        return tuple(u for u in self.users if u.active)

    def to_bytes(self) -> bytes:
        """The file's bytes: readable JSON with the seal and a checksum."""
        body = {**self._sealed_part(), "seal": self.seal.hex()}
        body["checksum"] = hashlib.sha256(_canonical(body)).hexdigest()
        return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8")

    @classmethod
    def from_bytes(cls, raw: bytes) -> KeyFile:
        """Read the file's bytes.

        Raises FileDamaged when truncated or altered, InputRefused when a newer program wrote it.
        """
        try:
            body = json.loads(raw)
            if not isinstance(body, dict):
                raise ValueError("not an object")
            checksum = str(body.pop("checksum"))
            if not hmac.compare_digest(checksum, hashlib.sha256(_canonical(body)).hexdigest()):
                raise ValueError("checksum")
        except (ValueError, KeyError, RecursionError, UnicodeError) as error:
            raise FileDamaged(_DAMAGED, hint=_HINT) from error
        if body.get("format") != FORMAT:
            raise InputRefused(
                "这个册由更新版本的程序建立或升级，本机版本不能打开；",
                hint="册未作任何改动，请升级程序后再打开。",
            )
        return _parse(body)

    def _sealed_part(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "register_id": self.register_id,
            "generation": self.generation,
            "unit_name": self.unit_name,
            "level": self.level,
            "division_code": self.division_code,
            "created_at": self.created_at,
            "revision": self.revision,
            "users": [{"id": u.id, "name": u.name, "role": u.role, "active": u.active} for u in self.users],
            "slots": [slot.to_json() for slot in self.slots],
        }

    def sealed(self, keys: Keys) -> KeyFile:
        """The same content with its seal computed anew."""
        return replace(self, seal=self._seal(keys))

    def is_sealed_by(self, keys: Keys) -> bool:
        """Whether the seal fits the content."""
        return hmac.compare_digest(self.seal, self._seal(keys))

    def _seal(self, keys: Keys) -> bytes:
        return hashlib.blake2b(_canonical(self._sealed_part()), key=keys.seal, digest_size=32).digest()


@dataclass(frozen=True)
class Unlocked:
    """An opened key file: the keys, and who opened it. `recovered` tells that the recovery code was used."""

    file: KeyFile
    user: User
    keys: Keys = field(repr=False)
    recovered: bool = False


def derive_keys(master: bytes, register_id: str) -> Keys:
    """Sub-keys by keyed BLAKE2b with the use as personalisation and the register as salt (RFC 7693)."""

    def sub_key(use: bytes) -> bytes:
        return hashlib.blake2b(
            key=master, digest_size=KEY_SIZE, person=use.ljust(16, b"\0"), salt=bytes.fromhex(register_id)
        ).digest()

    uses = (b"database", b"drafts", b"attachments", b"backups", b"key file seal")
    return Keys(master, *(sub_key(use) for use in uses))


def create(
    *,
    unit_name: str,
    level: Level,
    division_code: str,
    user: str,
    passphrase: str,
    role: Role = "county-admin",
    profile: KdfProfile = STANDARD,
) -> tuple[Unlocked, RecoveryCode]:
    """A new key file with one user, and the recovery code that is printed once and stored nowhere."""
    if level not in LEVELS:
        raise UsageError(f"级别只能是 {'、'.join(LEVELS)}。")
    register_id = new_id()
    keys = derive_keys(nacl.utils.random(KEY_SIZE), register_id)
    empty = KeyFile(
        register_id=register_id,
        generation=new_id(),
        unit_name=unit_name.strip(),
        level=level,
        division_code=division_code.strip(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        revision=0,
        users=(),
        slots=(),
    )
    founder = _new_user(empty, user, role)
    unlocked = Unlocked(empty, founder, keys)
    file = _with_passphrase(replace(empty, users=(founder,)), keys, founder, passphrase, profile)
    return renew_recovery_code(replace(unlocked, file=_changed(file, keys)), profile=profile)


def unlock(file: KeyFile, *, passphrase: str, user: str | None = None) -> Unlocked:
    """Open the key file with a user's passphrase; without a name, whose passphrase it is is found out.

    Raises WrongPassphrase (always the same sentence) or FileDamaged when the content was altered.
    """
    secret = passphrase_secret(passphrase)
    wanted = None if user is None else _name_key(user)
    for person in file.active_users:
        if wanted is not None and _name_key(person.name) != wanted:
            continue
        for slot in file.slots:
            if slot.kind == "passphrase" and slot.user_id == person.id:
                master = open_slot(slot, file.register_id, secret)
                if master is not None:
                    return Unlocked(file, person, _checked_keys(file, master))
    raise WrongPassphrase(WRONG_PASSPHRASE)


def unlock_with_recovery_code(file: KeyFile, code: str, *, user: str | None = None) -> Unlocked:
    """Open the key file with the printed code, as `user` or else as the first active user.

    Raises RecoveryCodeMistyped naming the wrong group, WrongPassphrase when the code is another register's.
    """
    secret = RecoveryCode.parse(code).secret
    for slot in file.slots:
        if slot.kind != "recovery":
            continue
        master = open_slot(slot, file.register_id, secret)
        if master is not None:
            keys = _checked_keys(file, master)
            person = file.user(user) if user is not None else next(iter(file.active_users), None)
            if person is None or not person.active:
                raise UsageError("恢复码正确，但没有这个在用的用户名；请改用在用的用户名。")
            return Unlocked(file, person, keys, recovered=True)
    raise WrongPassphrase("恢复码书写无误，但不是这个册现在的恢复码；册没有打开，数据未受影响。")


def add_user(unlocked: Unlocked, name: str, role: Role, passphrase: str, *, profile: KdfProfile = STANDARD) -> Unlocked:
    """Add a user with a passphrase of his own. UsageError when the name is taken or empty."""
    person = _new_user(unlocked.file, name, role)
    file = replace(unlocked.file, users=(*unlocked.file.users, person))
    return _apply(unlocked, _with_passphrase(file, unlocked.keys, person, passphrase, profile))


def change_passphrase(unlocked: Unlocked, name: str, passphrase: str, *, profile: KdfProfile = STANDARD) -> Unlocked:
    """Give an active user a new passphrase; the old one opens nothing any more."""
    person = _active(unlocked.file, name)
    return _apply(unlocked, _with_passphrase(unlocked.file, unlocked.keys, person, passphrase, profile))


def stop_user(unlocked: Unlocked, name: str) -> Unlocked:
    """Take a user's slot away; the name stays for history. The last active user cannot be stopped."""
    person = _active(unlocked.file, name)
    if len(unlocked.file.active_users) == 1:
        raise UsageError("这是最后一个在用的用户，不能停用；请先添加另一个用户。")
    slots = tuple(s for s in unlocked.file.slots if s.user_id != person.id)
    return _apply(unlocked, replace(_with_user(unlocked.file, replace(person, active=False)), slots=slots))


def resume_user(unlocked: Unlocked, name: str, passphrase: str, *, profile: KdfProfile = STANDARD) -> Unlocked:
    """Let a stopped user in again, with a new passphrase."""
    person = unlocked.file.user(name)
    if person is None or person.active:
        raise UsageError("没有这个已停用的用户。")
    again = replace(person, active=True)
    file = _with_user(unlocked.file, again)
    return _apply(unlocked, _with_passphrase(file, unlocked.keys, again, passphrase, profile))


def change_role(unlocked: Unlocked, name: str, role: Role) -> Unlocked:
    """Give an active user another role. UsageError for an unknown role."""
    person = _active(unlocked.file, name)
    return _apply(unlocked, _with_user(unlocked.file, replace(person, role=_role(role))))


def renew_recovery_code(unlocked: Unlocked, *, profile: KdfProfile = STANDARD) -> tuple[Unlocked, RecoveryCode]:
    """A new recovery code; the one printed before opens nothing any more."""
    code = RecoveryCode.generate()
    file = unlocked.file
    slot = make_slot(new_id(), "recovery", "", file.register_id, unlocked.keys.master, code.secret, profile)
    kept = tuple(s for s in file.slots if s.kind != "recovery")
    return _apply(unlocked, replace(file, slots=(*kept, slot))), code


def new_generation(unlocked: Unlocked) -> Unlocked:
    """The same register after a restore: other generation, so that acknowledgements start anew."""
    return _apply(unlocked, replace(unlocked.file, generation=new_id()))


def rename_unit(unlocked: Unlocked, unit_name: str) -> Unlocked:
    """Correct the unit's name."""
    return _apply(unlocked, replace(unlocked.file, unit_name=unit_name.strip()))


def check_passphrase(passphrase: str) -> None:
    """UsageError when a new passphrase is too easy to guess; asked by wizard and command line."""
    plain = unicodedata.normalize("NFKC", passphrase)
    if len(plain) < SHORTEST_PASSPHRASE:
        raise UsageError(f"口令至少要 {SHORTEST_PASSPHRASE} 个字符。")
    if len(set(plain)) < 3 or plain in "0123456789876543210" or plain.lower() in ("password", "qwertyuiop"):
        raise UsageError("这个口令太容易猜到，请换一个。")


def _apply(unlocked: Unlocked, file: KeyFile) -> Unlocked:
    changed = _changed(file, unlocked.keys)
    person = next((u for u in changed.users if u.id == unlocked.user.id), unlocked.user)
    return replace(unlocked, file=changed, user=person)


def _changed(file: KeyFile, keys: Keys) -> KeyFile:
    return replace(file, revision=file.revision + 1).sealed(keys)


def _checked_keys(file: KeyFile, master: bytes) -> Keys:
    keys = derive_keys(master, file.register_id)
    if not file.is_sealed_by(keys):
        raise FileDamaged(_ALTERED, hint=_HINT)
    return keys


def _new_user(file: KeyFile, name: str, role: Role) -> User:
    shown = unicodedata.normalize("NFC", name).strip()
    if not shown:
        raise UsageError("用户名不能为空。")
    if file.user(shown) is not None:
        raise UsageError("这个用户名已经有了；停用过的用户请重新启用，或换一个名字。")
    return User(new_id(), shown, _role(role))


def _role(role: str) -> Role:
    if role not in ROLES:
        raise UsageError(f"角色只能是 {'、'.join(ROLES)}。")
    return role


def _active(file: KeyFile, name: str) -> User:
    person = file.user(name)
    if person is None or not person.active:
        raise UsageError("没有这个在用的用户。")
    return person


def _with_user(file: KeyFile, person: User) -> KeyFile:
    return replace(file, users=tuple(person if u.id == person.id else u for u in file.users))


def _with_passphrase(file: KeyFile, keys: Keys, person: User, passphrase: str, profile: KdfProfile) -> KeyFile:
    if not passphrase.strip():
        raise UsageError("口令不能为空。")
    secret = passphrase_secret(passphrase)
    slot = make_slot(new_id(), "passphrase", person.id, file.register_id, keys.master, secret, profile)
    kept = tuple(s for s in file.slots if s.user_id != person.id or s.kind != "passphrase")
    return replace(file, slots=(*kept, slot))


def _name_key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _parse(body: Mapping[str, Any]) -> KeyFile:
    try:
        users = tuple(
            User(str(u["id"]), str(u["name"]), cast(Role, u["role"]), u["active"] is True) for u in body["users"]
        )
        file = KeyFile(
            register_id=str(body["register_id"]),
            generation=str(body["generation"]),
            unit_name=str(body["unit_name"]),
            level=cast(Level, body["level"]),
            division_code=str(body["division_code"]),
            created_at=str(body["created_at"]),
            revision=int(body["revision"]),
            users=users,
            slots=tuple(KeySlot.from_json(s) for s in body["slots"]),
            seal=bytes.fromhex(body["seal"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FileDamaged(_DAMAGED, hint=_HINT) from error
    ids = [file.register_id, file.generation, *(u.id for u in users)]
    fits = all(is_id(i) and len(i) == 32 for i in ids) and file.level in LEVELS
    if not fits or any(u.role not in ROLES for u in users):
        raise FileDamaged(_DAMAGED, hint=_HINT)
    return file
