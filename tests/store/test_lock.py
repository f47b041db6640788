"""One writer at a time; a crash frees the register; the second opener learns whose it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.store import lock

HOLD = """
import sys, time
from pathlib import Path
from desktop.store import lock
held = lock.acquire(Path(sys.argv[1]), user="拟乙", contact="pipe-7")
print("held", flush=True)
{then}
time.sleep(60)
"""


def start(path: Path, then: str = "") -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(then=then), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


def test_the_second_opener_is_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "register.lock"
    child = start(path)
    try:
        with pytest.raises(lock.RegisterHeld) as caught:
            lock.acquire(path)
        owner = caught.value.owner
        assert owner is not None and owner.user == "拟乙" and owner.pid == child.pid and owner.contact == "pipe-7"
        assert "拟乙" in str(caught.value) and str(child.pid) in str(caught.value)
        assert lock.holder(path) == owner
    finally:
        child.kill()
        child.wait()
    lock.acquire(path).release()


def test_kill_frees_the_lock_at_once(tmp_path: Path) -> None:
    path = tmp_path / "register.lock"
    for _ in range(3):
        child = start(path)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert lock.holder(path) is None  # the text of the dead owner is still there
        assert path.read_bytes() != b""
        with lock.acquire(path, user="样例甲") as held:
            assert lock.holder(path) == held.owner
        assert lock.holder(path) is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_keep_the_lock_after_its_parent_died(tmp_path: Path) -> None:
    path = tmp_path / "register.lock"
    pids = tmp_path / "pid"
    then = f"""
import os
pid = os.fork()
if pid:
    open({str(pids)!r}, "w").write(str(pid))
"""
    child = start(path, then)
    for _ in range(200):
        if pids.exists() and pids.read_text():
            break
        import time

        time.sleep(0.01)
    grandchild = int(pids.read_text())
    child.kill()
    child.wait()
    try:
        lock.acquire(path).release()
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_the_same_process_cannot_take_it_twice(tmp_path: Path) -> None:
    path = tmp_path / "register.lock"
    held = lock.acquire(path, user="样例甲")
    with pytest.raises(lock.RegisterHeld, match="样例甲"):
        lock.acquire(path)
    held.release()
    held.release()
    lock.acquire(path).release()


def test_damaged_text_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "register.lock"
    path.write_bytes(b"\xff\x00{")
    assert lock.holder(path) is None
    lock.acquire(path).release()
    assert lock.holder(tmp_path / "none") is None
