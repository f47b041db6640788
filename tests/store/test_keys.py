"""Passphrases, roles and the recovery code open a register's keys, and only they do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.common.errors import FileDamaged, InputRefused, UsageError, WrongPassphrase
from desktop.store import key_folder, keys, register_folder
from desktop.store.key_slot import FAST_FOR_TESTS, STANDARD, KdfProfile, make_slot, open_slot
from desktop.store.keys import KeyFile, Unlocked
from desktop.store.recovery_code import RecoveryCode

FAST = FAST_FOR_TESTS
PASS = "长口令-one two"


def made() -> tuple[Unlocked, RecoveryCode]:
    return keys.create(
        unit_name="样例乡",
        level="town",
        division_code="360299100000",
        user="样例甲",
        passphrase=PASS,
        profile=FAST,
    )


def reopened(unlocked: Unlocked) -> KeyFile:
    return KeyFile.from_bytes(unlocked.file.to_bytes())


def forged(file: KeyFile, change: Any) -> KeyFile:
    """What someone with an editor and the source code can make: content changed, checksum right."""
    body = json.loads(file.to_bytes())
    change(body)
    del body["checksum"]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    body["checksum"] = hashlib.sha256(canonical).hexdigest()
    return KeyFile.from_bytes(json.dumps(body).encode())


def test_passphrase_and_recovery_code_give_the_same_keys() -> None:
    unlocked, code = made()
    file = reopened(unlocked)
    assert file == unlocked.file
    assert keys.unlock(file, passphrase=PASS).keys == unlocked.keys
    recovered = keys.unlock_with_recovery_code(file, str(code).lower())
    assert recovered.keys == unlocked.keys and recovered.recovered
    assert recovered.user.name == "样例甲" and recovered.user.role == "county-admin"
    uses = unlocked.keys
    assert len({uses.master, uses.database, uses.drafts, uses.attachments, uses.backups, uses.seal}) == 6


def test_the_standard_profile_opens_too() -> None:
    slot = make_slot("1", "passphrase", "2", "3", bytes(32), b"secret", STANDARD)
    assert open_slot(slot, "3", b"secret") == bytes(32)
    assert open_slot(slot, "3", b"Secret") is None
    assert open_slot(slot, "4", b"secret") is None
    assert open_slot(replace(slot, user_id="5"), "3", b"secret") is None
    assert KdfProfile(memory_kib=65536, passes=3, lanes=4) == STANDARD


def test_a_wrong_passphrase_always_gives_the_same_sentence() -> None:
    file = made()[0].file
    sentences = set()
    for attempt in ({"passphrase": "x"}, {"passphrase": PASS, "user": "无此人"}, {"passphrase": ""}):
        with pytest.raises(WrongPassphrase) as caught:
            keys.unlock(file, **attempt)
        sentences.add(str(caught.value))
    assert sentences == {keys.WRONG_PASSPHRASE}


def test_full_width_typing_opens_as_half_width() -> None:
    file = made()[0].file
    assert keys.unlock(file, passphrase="长口令－ｏｎｅ　ｔｗｏ".replace("　", " ")).user.name == "样例甲"


def test_users_are_added_stopped_resumed_and_re_roled() -> None:
    founder, _ = made()
    two = keys.add_user(founder, "拟乙", "surveyor", "second pass", profile=FAST)
    file = reopened(two)
    assert keys.unlock(file, passphrase="second pass").user.role == "surveyor"
    assert keys.unlock(file, passphrase="second pass", user="拟乙").keys == founder.keys
    with pytest.raises(WrongPassphrase):
        keys.unlock(file, passphrase="second pass", user="样例甲")
    with pytest.raises(UsageError, match="已经有了"):
        keys.add_user(two, " 拟乙 ", "surveyor", "p", profile=FAST)
    reviewer = keys.change_role(two, "拟乙", "town-reviewer")
    assert keys.unlock(reviewer.file, passphrase="second pass").user.role == "town-reviewer"
    stopped = keys.stop_user(reviewer, "拟乙")
    with pytest.raises(WrongPassphrase):
        keys.unlock(reopened(stopped), passphrase="second pass")
    with pytest.raises(UsageError, match="最后一个"):
        keys.stop_user(stopped, "样例甲")
    again = keys.resume_user(stopped, "拟乙", "third pass", profile=FAST)
    assert keys.unlock(again.file, passphrase="third pass").user.id == two.file.users[1].id
    assert [u.file.revision for u in (founder, two, reviewer, stopped, again)] == [2, 3, 4, 5, 6]


def test_a_changed_passphrase_closes_the_old_one() -> None:
    founder, _ = made()
    changed = keys.change_passphrase(founder, "样例甲", "a new one", profile=FAST)
    assert keys.unlock(changed.file, passphrase="a new one").keys == founder.keys
    with pytest.raises(WrongPassphrase):
        keys.unlock(changed.file, passphrase=PASS)


def test_a_new_recovery_code_closes_the_old_one() -> None:
    founder, code = made()
    changed, fresh = keys.renew_recovery_code(founder, profile=FAST)
    assert keys.unlock_with_recovery_code(changed.file, str(fresh)).keys == founder.keys
    with pytest.raises(WrongPassphrase, match="不是这个册"):
        keys.unlock_with_recovery_code(changed.file, str(code))


@pytest.mark.parametrize("role", ["boss", ""])
def test_unknown_roles_are_refused(role: Any) -> None:
    with pytest.raises(UsageError, match="角色"):
        keys.add_user(made()[0], "虚丙", role, "pass", profile=FAST)


def test_an_edited_role_name_or_unit_is_noticed_by_passphrase_and_recovery_code() -> None:
    founder, code = made()
    two = keys.add_user(founder, "拟乙", "surveyor", "second pass", profile=FAST).file

    def promote(body: Any) -> None:
        body["users"][1]["role"] = "county-admin"

    def rename(body: Any) -> None:
        body["users"][0]["name"] = "模丁"

    def move(body: Any) -> None:
        body["unit_name"] = "别乡"

    for change in (promote, rename, move):
        edited = forged(two, change)
        with pytest.raises(FileDamaged, match="被改动过"):
            keys.unlock(edited, passphrase="second pass")
        with pytest.raises(FileDamaged, match="被改动过"):
            keys.unlock_with_recovery_code(edited, str(code))


def test_a_stopped_users_slot_put_back_opens_nothing() -> None:
    founder, _ = made()
    two = keys.add_user(founder, "拟乙", "surveyor", "second pass", profile=FAST)
    slot = next(s for s in two.file.slots if s.user_id == two.file.users[1].id)
    stopped = keys.stop_user(two, "拟乙").file

    def put_back(body: Any) -> None:
        body["slots"].append(slot.to_json())
        body["users"][1]["active"] = True

    with pytest.raises(FileDamaged):
        keys.unlock(forged(stopped, put_back), passphrase="second pass")


def test_hostile_parameters_are_refused_before_they_cost_memory() -> None:
    file = made()[0].file
    for name, value in (("memory_kib", 1 << 40), ("passes", 10**9), ("lanes", 0), ("salt", "00")):

        def change(body: Any, name: str = name, value: Any = value) -> None:
            body["slots"][0]["kdf"][name] = value

        with pytest.raises(FileDamaged):
            forged(file, change)


def test_truncated_and_flipped_files_are_named_damaged() -> None:
    raw = made()[0].file.to_bytes()
    for size in (0, 1, len(raw) // 2, len(raw) - 1):
        with pytest.raises(FileDamaged):
            KeyFile.from_bytes(raw[:size])
    flips = 0
    for at in range(0, len(raw), 7):
        flipped = bytearray(raw)
        flipped[at] ^= 1
        try:
            same = KeyFile.from_bytes(bytes(flipped))
        except FileDamaged:
            flips += 1
        else:
            assert same == KeyFile.from_bytes(raw)  # white space only
    assert flips > len(raw) // 7 * 0.8


def test_a_newer_format_is_refused_with_words() -> None:
    with pytest.raises(InputRefused, match="更新版本"):
        forged(made()[0].file, lambda body: body.update(format=2))


def test_a_restored_register_has_another_generation() -> None:
    founder, _ = made()
    restored = keys.new_generation(founder)
    assert restored.file.generation != founder.file.generation
    assert keys.unlock(reopened(restored), passphrase=PASS).file.register_id == founder.file.register_id


def test_weak_passphrases_are_named() -> None:
    for weak in ("short", "aaaaaaaaaaaa", "12345678", "password"):
        with pytest.raises(UsageError):
            keys.check_passphrase(weak)
    keys.check_passphrase("乡里的一句长口令")
    with pytest.raises(UsageError, match="不能为空"):
        keys.change_passphrase(made()[0], "样例甲", " ", profile=FAST)


def test_nothing_secret_shows_in_a_repr() -> None:
    unlocked, _ = made()
    assert unlocked.keys.master.hex() not in repr(unlocked) and "\\x" not in repr(unlocked.keys)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def test_wrong_tries_make_the_next_wait_and_success_ends_it(tmp_path: Path) -> None:
    folder = register_folder.make(tmp_path / "册")
    key_folder.save(folder, made()[0].file)
    clock = Clock()
    for _ in range(4):
        with pytest.raises(WrongPassphrase) as caught:
            key_folder.open_key_file(folder, passphrase="wrong", now=clock)
        assert not isinstance(caught.value, key_folder.TooManyTries)
    with pytest.raises(key_folder.TooManyTries, match="请等 2 秒") as waiting:
        key_folder.open_key_file(folder, passphrase=PASS, now=clock)  # the right one waits too
    clock.seconds += waiting.value.seconds
    assert key_folder.open_key_file(folder, passphrase=PASS, now=clock).user.name == "样例甲"
    assert not folder.tries.exists()


def test_waits_grow_to_five_minutes_and_no_clock_makes_them_longer(tmp_path: Path) -> None:
    assert [key_folder.wait_after(n) for n in (0, 3, 4, 5, 10, 1000)] == [0, 0, 2, 4, 128, 300]
    folder = register_folder.make(tmp_path / "册")
    key_folder.save(folder, made()[0].file)
    clock = Clock()
    folder.tries.write_text(json.dumps({"failures": 30, "until": clock.seconds + 10**9}))
    with pytest.raises(key_folder.TooManyTries) as caught:
        key_folder.open_key_file(folder, passphrase=PASS, now=clock)
    assert caught.value.seconds == 300
    folder.tries.write_bytes(b"\xff broken")
    assert key_folder.open_key_file(folder, passphrase=PASS, now=clock).user.name == "样例甲"


def test_a_typing_error_in_the_recovery_code_is_not_counted(tmp_path: Path) -> None:
    folder = register_folder.make(tmp_path / "册")
    unlocked, code = made()
    key_folder.save(folder, unlocked.file)
    with pytest.raises(WrongPassphrase):
        key_folder.open_key_file(folder, recovery=str(code)[:-2])
    assert not folder.tries.exists()
    assert key_folder.open_key_file(folder, recovery=str(code)).recovered


def test_the_second_copy_serves_when_the_first_is_damaged(tmp_path: Path) -> None:
    folder = register_folder.make(tmp_path / "册")
    unlocked, _ = made()
    key_folder.save(folder, unlocked.file)
    assert not key_folder.repair(folder)
    for damaged in (b"", unlocked.file.to_bytes()[:100], b"{}"):
        folder.key_file.write_bytes(damaged)
        assert key_folder.open_key_file(folder, passphrase=PASS).keys == unlocked.keys
        assert key_folder.repair(folder)
        assert (folder.path / "register.damaged.json").read_bytes() == damaged
        assert folder.key_file.read_bytes() == unlocked.file.to_bytes()
    folder.key_file_copy.unlink()
    assert key_folder.repair(folder)
    assert folder.key_file_copy.read_bytes() == unlocked.file.to_bytes()
    folder.key_file.write_bytes(b"x")
    folder.key_file_copy.write_bytes(b"y")
    with pytest.raises(FileDamaged, match="register.json"):
        key_folder.open_key_file(folder, passphrase=PASS)


def test_a_register_is_made_only_in_an_empty_place(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(UsageError, match="已有文件"):
        register_folder.make(tmp_path)
    with pytest.raises(UsageError, match="已有文件"):
        register_folder.make(tmp_path / "f")
    with pytest.raises(InputRefused, match="没有找到"):
        register_folder.find(tmp_path / "none")
    with pytest.raises(InputRefused, match=r"register\.json"):
        register_folder.find(tmp_path)
    folder = register_folder.make(tmp_path / "深" / "册")
    key_folder.save(folder, made()[0].file)
    assert register_folder.find(tmp_path / "深" / "册") == folder


def test_a_unit_is_renamed_under_the_seal() -> None:
    founder, _ = made()
    renamed = keys.rename_unit(founder, " 仿拟乡 ")
    assert renamed.file.unit_name == "仿拟乡" and keys.unlock(reopened(renamed), passphrase=PASS).keys == founder.keys
