"""Drafts are durable at once, apart from the register, and a damaged file costs as little as possible."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from desktop.store.drafts import Drafts

KEY = bytes(range(32))


def test_a_draft_comes_back_with_what_its_author_saw(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.db", KEY)
    payload = {"name": "样例", "n": [1, None, "x"], 3: b"raw"}
    drafts.save("household", "a", {"first": 1})
    drafts.save("household", "a", payload, seen=b"heads" * 3, attachments=["ab", "cd"], user="u")
    time.sleep(0.002)  # times are whole milliseconds
    drafts.save("visit", "b", 1, attachments=["ef"])
    drafts.close()
    again = Drafts(tmp_path / "drafts.db", KEY)
    draft = again.load("household", "a")
    assert draft is not None and draft.payload == payload
    assert (draft.seen, draft.attachments, draft.user) == (b"heads" * 3, ("ab", "cd"), "u")
    assert [(h.kind, h.id) for h in again.heads()] == [("visit", "b"), ("household", "a")]
    assert [h.id for h in again.heads("visit")] == ["b"]
    assert again.attachments() == {"ab", "cd", "ef"}
    assert again.delete("visit", "b") and not again.delete("visit", "b")
    assert again.load("visit", "b") is None and again.set_aside is None and again.warning == ""
    again.close()


def test_drafts_are_not_in_the_clear(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.db", KEY)
    drafts.save("household", "a", "样例仿拟" * 50)
    for file in tmp_path.iterdir():
        raw = file.read_bytes()
        assert "样例".encode() not in raw and b"household" not in raw
    drafts.close()


def test_threads_may_save_at_once(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.db", KEY)

    def save(n: int) -> None:
        for i in range(10):
            drafts.save("k", f"{n}-{i}", i)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drafts.heads()) == 40
    drafts.close()


def test_a_saved_draft_survives_kill(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from desktop.store.drafts import Drafts
drafts = Drafts(Path(sys.argv[1]), bytes(range(32)))
for i in range(5):
    drafts.save("k", str(i), i)
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "drafts.db")], check=False)
    drafts = Drafts(tmp_path / "drafts.db", KEY)
    assert sorted(h.id for h in drafts.heads()) == list("01234")
    drafts.close()


def filled(path: Path) -> bytes:
    drafts = Drafts(path, KEY)
    for i in range(200):
        drafts.save("household", f"{i:03}", "样例" * 200)
    drafts.close()
    return path.read_bytes()


def test_what_can_be_read_of_a_damaged_file_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "drafts.db"
    raw = bytearray(filled(path))
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    drafts = Drafts(path, KEY)
    assert drafts.set_aside is not None and drafts.set_aside.read_bytes()[-4096:] == raw[-4096:]
    assert 150 < drafts.rescued < 200 and len(drafts.heads()) == drafts.rescued
    assert "草稿文件已损坏" in drafts.warning and drafts.set_aside.name in drafts.warning
    drafts.save("household", "new", 1)
    drafts.close()


@pytest.mark.parametrize("damage", ["garbage", "first page", "half", "another key"])
def test_a_wholly_damaged_file_is_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "drafts.db"
    raw = bytearray(filled(path))
    if damage == "first page":
        raw[100] ^= 1
    elif damage == "garbage":
        raw[:] = os.urandom(9000)
    elif damage == "half":
        del raw[len(raw) // 2 :]
    path.write_bytes(raw)
    drafts = Drafts(path, KEY if damage != "another key" else bytes(32))
    assert drafts.set_aside is not None and drafts.set_aside.stat().st_size == len(raw)
    drafts.save("household", "new", 1)
    assert len(drafts.heads()) == drafts.rescued + 1
    drafts.close()
    again = Drafts(path, KEY if damage != "another key" else bytes(32))
    assert again.set_aside is None
    again.close()
