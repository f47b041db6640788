"""A file is replaced whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from desktop.common.atomic_file import FolderMissing, replacing, sync_folder, write_atomically


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def test_bytes_and_writers_arrive_whole(tmp_path: Path) -> None:
    target = tmp_path / "册.json"
    write_atomically(target, b"one")
    assert target.read_bytes() == b"one"
    write_atomically(str(target), lambda stream: _write_parts(stream, [b"t", b"wo"]))
    assert target.read_bytes() == b"two"
    assert names(tmp_path) == ["册.json"]


def _write_parts(stream: BinaryIO, parts: list[bytes]) -> None:
    for part in parts:
        stream.write(part)


def test_a_failing_writer_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "f"
    target.write_bytes(b"old")

    def fails(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        write_atomically(target, fails)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["f"]


def test_a_failing_writer_leaves_no_new_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "f") as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


def test_a_failing_sync_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "f"
    target.write_bytes(b"old")

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError):
        write_atomically(target, b"new")
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["f"]


def test_the_temporary_file_lies_in_the_target_folder(tmp_path: Path) -> None:
    with replacing(tmp_path / "f") as stream:
        stream.write(b"x")
        (name,) = names(tmp_path)
        assert name.startswith(".f.") and name.endswith(".part")


def test_the_written_file_can_be_read_back_before_it_takes_its_name(tmp_path: Path) -> None:
    with replacing(tmp_path / "f") as stream:
        stream.write(b"header")
        stream.seek(0)
        assert stream.read() == b"header"


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match="none 不存在"):
        write_atomically(tmp_path / "none" / "f", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_modes_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "f"
    write_atomically(target, b"1")
    mask = os.umask(0)
    os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~mask
    target.chmod(0o600)
    write_atomically(target, b"2")
    assert target.stat().st_mode & 0o777 == 0o600


def test_folders_are_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path)
