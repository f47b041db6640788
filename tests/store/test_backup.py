"""A backup restores the register as it was, or says why not; old backups thin out by a fixed rule."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop.common.errors import Cancelled, FileDamaged, InputRefused, StorageFailed, UsageError, WrongPassphrase
from desktop.store import backup, key_folder, keys, register_folder
from desktop.store.attachments import Attachments
from desktop.store.backup_plan import KeptBackup, superfluous
from desktop.store.cipher_database import open_engine
from desktop.store.drafts import Drafts
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.keys import Unlocked
from desktop.store.register_folder import RegisterFolder

PASS = "长口令-one two"


def digest_of(engine: Engine) -> str:
    with engine.connect() as c:
        rows = c.exec_driver_sql("SELECT a, b FROM t ORDER BY a").fetchall()
    return hashlib.sha256(repr([tuple(r) for r in rows]).encode()).hexdigest()


@pytest.fixture
def made(tmp_path: Path) -> tuple[RegisterFolder, Unlocked]:
    folder = register_folder.make(tmp_path / "册")
    unlocked, _ = keys.create(
        unit_name="样例乡", level="town", division_code="360299100000", user="样例甲", passphrase=PASS,
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    key_folder.save(folder, unlocked.file)
    engine = open_engine(folder.database, unlocked.keys.database, create=True)
    with engine.begin() as c:
        c.exec_driver_sql("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        c.exec_driver_sql("INSERT INTO t VALUES (?, ?)", [(i, "样例" * 20) for i in range(1000)])
    engine.dispose()
    drafts = Drafts(folder.drafts, unlocked.keys.drafts)
    drafts.save("household", "a", "未完成")
    drafts.close()
    attachments = Attachments(folder.attachments, unlocked.keys.attachments)
    attachments.put(b"photo")
    attachments.put(os.urandom(600_000))
    return folder, unlocked


def test_one_file_restores_everything_with_a_new_generation(
    made: tuple[RegisterFolder, Unlocked], tmp_path: Path
) -> None:
    folder, unlocked = made
    target = tmp_path / "stick" / "册.xcbak"
    target.parent.mkdir()
    seen: list[tuple[int, int]] = []
    manifest = backup.make(
        folder, unlocked, target, reason="manual", digest_of=digest_of, progress=lambda *s: seen.append(s)
    )
    assert seen[-1][0] == seen[-1][1] > 600_000
    assert [p.name for p in target.parent.iterdir()] == ["册.xcbak"] and list(folder.backups.iterdir()) == []
    opened = backup.unlock(target, passphrase=PASS)
    assert backup.verify(target, opened.keys, digest_of=digest_of) == manifest
    assert backup.read_manifest(target, opened.keys).digest == manifest.digest

    restored = backup.restore(target, tmp_path / "新册", opened, digest_of=digest_of)
    assert restored.missing_attachments == ()
    assert restored.unlocked.file.generation != unlocked.file.generation
    again = register_folder.find(tmp_path / "新册")
    reopened = key_folder.open_key_file(again, passphrase=PASS)
    engine = open_engine(again.database, reopened.keys.database)
    assert digest_of(engine) == manifest.digest
    engine.dispose()
    draft = Drafts(again.drafts, reopened.keys.drafts).load("household", "a")
    assert draft is not None and draft.payload == "未完成"
    files = Attachments(again.attachments, reopened.keys.attachments)
    assert set(files.digests()) == manifest.attachments.keys() and files.damaged() == []
    assert again.clean_end.exists()


def test_nothing_is_in_the_clear(made: tuple[RegisterFolder, Unlocked], tmp_path: Path) -> None:
    folder, unlocked = made
    target = tmp_path / "f.xcbak"
    backup.make(folder, unlocked, target, reason="manual")
    raw = target.read_bytes()
    body = raw[raw.index(b"}", 200) :]
    for clear in (
        "样例样例".encode(),
        b"CREATE TABLE",
        b"SQLite format",
        b"photo",
        "未完成".encode(),
        b"database_sha256",
    ):
        assert clear not in body


def test_a_backup_is_a_snapshot_while_others_write(made: tuple[RegisterFolder, Unlocked], tmp_path: Path) -> None:
    folder, unlocked = made
    engine = open_engine(folder.database, unlocked.keys.database)
    stop = threading.Event()

    def write() -> None:
        n = 10_000
        while not stop.is_set():
            with engine.begin() as c:  # always two rows at once
                c.exec_driver_sql("INSERT INTO t VALUES (?, 'x')", [(n,), (n + 1,)])
            n += 2

    thread = threading.Thread(target=write)
    thread.start()
    try:
        target = tmp_path / "f.xcbak"
        backup.make(folder, unlocked, target, reason="manual", digest_of=digest_of)
    finally:
        stop.set()
        thread.join()
        engine.dispose()
    restored = backup.restore(target, tmp_path / "新册", backup.unlock(target, passphrase=PASS), digest_of=digest_of)
    copy = open_engine(restored.folder.database, unlocked.keys.database)
    with copy.connect() as c:
        count = c.exec_driver_sql("SELECT count(*) FROM t WHERE a >= 10000").scalar_one()
    copy.dispose()
    assert count % 2 == 0


def test_kept_backups_name_their_attachments_and_find_them_again(
    made: tuple[RegisterFolder, Unlocked], tmp_path: Path
) -> None:
    folder, unlocked = made
    files = Attachments(folder.attachments, unlocked.keys.attachments)
    path = backup.make_kept(folder, unlocked, "close", digest_of=digest_of)
    assert path.stat().st_size < 400_000 and [b.name for b in backup.kept(folder)] == [path.name]
    assert backup.attachments_named(folder, unlocked.keys) == set(files.digests())
    restored = backup.restore(path, tmp_path / "新册", backup.unlock(path, passphrase=PASS))
    assert restored.missing_attachments == ()
    assert set(Attachments(restored.folder.attachments, unlocked.keys.attachments).digests()) == set(files.digests())
    gone = next(files.digests())
    files.path(gone).unlink()
    less = backup.restore(path, tmp_path / "新册二", backup.unlock(path, passphrase=PASS))
    assert less.missing_attachments == (gone,)


def test_kept_backups_are_thinned(made: tuple[RegisterFolder, Unlocked]) -> None:
    folder, unlocked = made
    old = datetime.now(UTC) - timedelta(days=400)
    first = backup.make_kept(folder, unlocked, "close")
    for n in range(20):
        stamp = (old + timedelta(minutes=n)).strftime("%Y%m%dT%H%M%S.%fZ")
        (folder.backups / f"{stamp}-close.xcbak").write_bytes(first.read_bytes())
    (folder.backups / "mine.xcbak").write_bytes(b"a person's file")
    backup.make_kept(folder, unlocked, "import")
    assert len(backup.kept(folder)) == 3  # two of today, the latest of that old day
    backup.make_kept(folder, unlocked, "merge", budget=1)
    assert [b.name.endswith("-merge.xcbak") for b in backup.kept(folder)] == [True]
    assert (folder.backups / "mine.xcbak").exists()
    with pytest.raises(ValueError):
        backup.make_kept(folder, unlocked, "../x")


def test_every_damage_is_refused_and_leaves_no_folder(made: tuple[RegisterFolder, Unlocked], tmp_path: Path) -> None:
    folder, unlocked = made
    sound_path = tmp_path / "f.xcbak"
    backup.make(folder, unlocked, sound_path, reason="manual", digest_of=digest_of)
    sound = sound_path.read_bytes()
    path = tmp_path / "damaged.xcbak"
    head = int.from_bytes(sound[8:12], "big")
    cuts = [0, 5, 10, 12, 200, 12 + head, 12 + head + 10, 12 + head + 30, 300_000, len(sound) // 2, len(sound) - 1]
    flips = [0, 6, 9, 40, 12 + head // 2, 12 + head + 3, 12 + head + 30, 300_000, len(sound) // 2, len(sound) - 1]
    damaged = [sound[:n] for n in cuts] + [sound + b"\0"]
    damaged += [sound[:n] + bytes([sound[n] ^ 4]) + sound[n + 1 :] for n in flips]
    for raw in damaged:
        path.write_bytes(raw)
        with pytest.raises((FileDamaged, InputRefused)) as caught:
            backup.restore(path, tmp_path / "新册", unlocked, digest_of=digest_of)
        assert len(str(caught.value)) > 10
        with pytest.raises((FileDamaged, InputRefused)):
            backup.verify(path, unlocked.keys)
        assert not (tmp_path / "新册").exists()
        assert not list(tmp_path.glob(".xiangce*"))


def test_a_damaged_register_is_not_backed_up_as_sound(made: tuple[RegisterFolder, Unlocked], tmp_path: Path) -> None:
    folder, unlocked = made
    raw = bytearray(folder.database.read_bytes())
    raw[len(raw) // 2] ^= 1
    folder.database.write_bytes(raw)
    with pytest.raises(FileDamaged):
        backup.make(folder, unlocked, tmp_path / "f.xcbak", reason="manual")
    assert not (tmp_path / "f.xcbak").exists() and list(folder.backups.iterdir()) == []


def test_wrong_passphrases_places_and_cancelling(made: tuple[RegisterFolder, Unlocked], tmp_path: Path) -> None:
    folder, unlocked = made
    target = tmp_path / "f.xcbak"

    def cancel(done: int, total: int) -> None:
        if done:
            raise Cancelled("已取消。")

    with pytest.raises(Cancelled):
        backup.make(folder, unlocked, target, reason="manual", progress=cancel)
    assert not target.exists() and list(folder.backups.iterdir()) == []
    backup.make(folder, unlocked, target, reason="manual")
    with pytest.raises(WrongPassphrase):
        backup.unlock(target, passphrase="wrong")
    with pytest.raises(UsageError, match="已有文件"):
        backup.restore(target, folder.path, unlocked)
    with pytest.raises(Cancelled):
        backup.restore(target, tmp_path / "新册", unlocked, progress=cancel)
    assert not (tmp_path / "新册").exists()


def test_a_full_disk_is_told_before_anything_is_written(
    made: tuple[RegisterFolder, Unlocked], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, unlocked = made
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda place: usage)
    with pytest.raises(StorageFailed, match="磁盘已满"):
        backup.make(folder, unlocked, tmp_path / "f.xcbak", reason="manual")
    assert not (tmp_path / "f.xcbak").exists()


NOW = datetime(2026, 3, 15, 18, 0, tzinfo=UTC)


def series(hours: int, count: int) -> list[KeptBackup]:
    return [KeptBackup(f"{n:05}", NOW - timedelta(hours=hours * n), 10) for n in range(count)]


def test_a_year_of_backups_thins_to_days_weeks_and_months() -> None:
    backups = series(6, 4 * 400)
    gone = superfluous(backups, NOW)
    kept = sorted((b for b in backups if b not in gone), key=lambda b: b.made_at, reverse=True)
    ages = [(NOW - b.made_at) for b in kept]
    assert sum(age <= timedelta(days=1) for age in ages) == 5
    assert len({b.made_at.date() for b in kept if NOW - b.made_at < timedelta(days=12)}) == 12
    assert len({b.made_at.isocalendar()[:2] for b in kept}) >= 10
    assert len({(b.made_at.year, b.made_at.month) for b in kept}) == 9
    assert len(kept) <= 5 + 12 + 10 + 9
    assert gone == sorted(gone, key=lambda b: b.made_at)


def test_thinning_again_changes_nothing_and_the_latest_always_stays() -> None:
    backups = series(7, 900)
    kept = [b for b in backups if b not in superfluous(backups, NOW)]
    assert superfluous(kept, NOW) == []
    assert superfluous(backups[:1], NOW, budget=0) == []
    assert len([b for b in backups if b not in superfluous(backups, NOW, budget=35)]) == 3
    old = [KeptBackup("old", NOW - timedelta(days=4000), 10)]
    assert superfluous(old, NOW) == [] and superfluous([], NOW) == []
