"""Attachments are kept once, encrypted, whole, and only collected when nothing names them."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.common.errors import FileDamaged, StorageFailed
from desktop.store.attachments import AttachmentMissing, Attachments
from desktop.store.sealed_stream import PIECE, OpeningReader, SealingWriter

KEY = bytes(range(32))


def kept(tmp_path: Path) -> Attachments:
    (tmp_path / "attachments").mkdir(exist_ok=True)
    return Attachments(tmp_path / "attachments", KEY)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5])
def test_bytes_come_back_for_every_size(tmp_path: Path, size: int) -> None:
    store = kept(tmp_path)
    data = os.urandom(size)
    digest = store.put(data)
    assert digest == hashlib.sha256(data).hexdigest() and digest in store
    assert store.read(digest) == data
    assert store.put_stream(io.BytesIO(data)) == digest
    assert list(store.digests()) == [digest]
    assert store.path(digest).parent.name == digest[:2]


def test_files_are_not_in_the_clear(tmp_path: Path) -> None:
    store = kept(tmp_path)
    digest = store.put("样例户的照片".encode() * 100)
    assert "样例".encode() not in store.path(digest).read_bytes()


def test_any_cut_flip_or_addition_is_noticed(tmp_path: Path) -> None:
    store = kept(tmp_path)
    digest = store.put(os.urandom(PIECE + 100))
    path = store.path(digest)
    sound = path.read_bytes()
    changed = [sound[:n] for n in (0, 4, 8, 20, 32, 40, PIECE, PIECE + 49, len(sound) - 1)]
    changed += [sound + b"x", sound[: 8 + 24] + sound[8 + 24 + PIECE + 17 :]]
    for at in (0, 7, 9, 31, 33, PIECE, len(sound) - 1):
        changed.append(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
    for raw in changed:
        path.write_bytes(raw)
        with pytest.raises(FileDamaged, match="附件文件已损坏"):
            store.read(digest)
        assert store.damaged() == [digest]
    path.write_bytes(sound)
    assert store.damaged() == []


def test_a_file_under_another_name_is_noticed_and_a_damaged_one_is_replaced(tmp_path: Path) -> None:
    store = kept(tmp_path)
    one, two = store.put(b"one"), store.put(b"two")
    store.path(two).write_bytes(store.path(one).read_bytes())
    with pytest.raises(FileDamaged):
        store.read(two)
    assert store.put(b"two") == two
    assert store.read(two) == b"two"


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(AttachmentMissing, match="不在这台电脑上"):
        kept(tmp_path).read("0" * 64)
    for wrong in ("../../etc/passwd", "A" * 64, ""):
        with pytest.raises(ValueError):
            kept(tmp_path).path(wrong)


def test_only_unnamed_files_are_collected(tmp_path: Path) -> None:
    store = kept(tmp_path)
    named, old, young = (store.put(data) for data in (b"named", b"old", b"young"))
    for digest in (named, old):
        os.utime(store.path(digest), (1, 1))
    leftover = store.path(named).parent / f".{named}.abc.part"
    leftover.touch()
    os.utime(leftover, (1, 1))
    assert store.collect({named}) == [old]
    assert set(store.digests()) == {named, young}
    assert not leftover.exists()
    assert store.collect(set(), unused_for=0) == sorted([named, young], key=lambda d: (d[:2], d))
    assert list(store.folder.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = kept(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="磁盘已满"):
        store.put(b"data")
    monkeypatch.undo()
    assert list(store.digests()) == [] and not list(store.folder.rglob("*.part"))


@given(st.lists(st.binary(max_size=3 * PIECE // 2), max_size=4), st.integers(1, PIECE))
def test_streams_read_back_in_any_portions(parts: list[bytes], portion: int) -> None:
    raw = io.BytesIO()
    with SealingWriter(raw, KEY, b"here") as writer:
        for part in parts:
            writer.write(part)
    raw.seek(0)
    reader = OpeningReader(raw, KEY, b"here", damaged="坏了")
    got = b""
    while piece := reader.read(max(portion, 1000)):
        got += piece
    assert got == b"".join(parts)
    reader.expect_end()
    raw.seek(0)
    with pytest.raises(FileDamaged, match="坏了"):
        OpeningReader(raw, KEY, b"there", damaged="坏了").read()
