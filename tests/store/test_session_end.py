"""An unclean end is noticed, and its log tells where it happened without telling about whom."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from desktop.common.errors import StorageFailed
from desktop.store import crash_log, register_folder, session_end


def test_only_a_missing_end_is_unclean(tmp_path: Path) -> None:
    folder = register_folder.make(tmp_path / "册")
    assert session_end.begin(folder)
    folder.database.touch()
    session_end.end(folder)
    assert session_end.begin(folder)
    assert not session_end.begin(folder)  # the one before never ended
    session_end.end(folder)
    assert session_end.begin(folder)


def fail(name: str) -> None:
    try:
        raise KeyError(name)
    except KeyError as error:
        raise StorageFailed("磁盘已满。") from error


def test_the_log_names_places_not_persons(tmp_path: Path) -> None:
    path = tmp_path / "crash.log"
    assert crash_log.take(path) is None
    try:
        fail("样例人")
    except StorageFailed as error:
        crash_log.record(path, error)
    text = crash_log.take(path)
    assert text is not None
    assert "KeyError" in text and "磁盘已满。" in text and "test_session_end.py" in text and " fail" in text
    assert "样例人" not in text and str(Path(__file__).parents[2]) not in text
    assert crash_log.take(path) is None and (tmp_path / "crash.previous.log").exists()


def run(code: str, path: Path) -> None:
    start = "import sys, threading, os\nfrom pathlib import Path\nfrom desktop.store import crash_log\n"
    start += "undo = crash_log.install(Path(sys.argv[1]))\n"
    subprocess.run([sys.executable, "-c", start + code, str(path)], check=False, capture_output=True)


def test_errors_of_any_thread_and_native_crashes_are_logged(tmp_path: Path) -> None:
    path = tmp_path / "crash.log"
    run("raise ValueError('样例人')", path)
    assert "ValueError" in (crash_log.take(path) or "")
    run("t = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()", path)
    assert "ZeroDivisionError" in (crash_log.take(path) or "")
    run("os.kill(os.getpid(), 11)", path)
    assert "Segmentation fault" in (crash_log.take(path) or "")
    run("undo()", path)
    assert not path.exists()


def test_a_log_that_cannot_be_written_is_no_second_crash(tmp_path: Path) -> None:
    crash_log.record(tmp_path / "none" / "crash.log", ValueError())
    assert os.listdir(tmp_path) == []  # noqa: PTH208
