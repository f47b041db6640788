"""A register on a write-protected medium (a locked stick, a share one may only read) is read, and says so otherwise."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.records.editing import new_record
from desktop.app.workspace import create_workspace, open_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, Said
from tests.app.conftest import xiangce as xiangce
from tests.store.registers import whole_digest

VILLAGE = "440705104201"


def mount(folder: Path, *how: str) -> None:
    done = subprocess.run(["mount", "-t", "tmpfs", *how, "none", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("only who may mount can write-protect a medium")


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """An empty medium of its own, still writable."""
    folder = tmp_path / "U 盘"
    folder.mkdir()
    mount(folder, "-o", "size=20m")
    yield folder
    subprocess.run(["umount", str(folder)], capture_output=True, check=True)


def protect(stick: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(stick)], capture_output=True, check=True)


def test_a_register_on_a_write_protected_medium_is_read(
    xiangce: Callable[..., Said], stick: Path, tmp_path: Path
) -> None:
    place = stick / "册"
    ws, _ = create_workspace(
        place, unit_name="样例镇", level="town", division_code="440705104", user="管样", passphrase=PASSPHRASE,
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        asset = new_record(ws, "asset", {"name": "样例光伏", "division_code": VILLAGE, "asset_no": "SX-1"})
        digest = ws.register.digest()
    protect(stick)
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        assert ws.register.digest() == digest == whole_digest(ws.register)
    assert asset in xiangce("show", place, "asset").out
    for command in (
        ("set", place, "asset", asset, "name=别的"),
        ("backup", place, "-o", tmp_path / "备份.xcbak"),
        ("print", place, "assets", "-o", tmp_path / "台账.pdf"),  # what leaves has to be logged in the register
    ):
        assert "不可写" in xiangce(*command, code=3).err
    assert not (tmp_path / "台账.pdf").exists()


def test_a_register_that_was_not_closed_there_says_what_to_do(
    xiangce: Callable[..., Said], stick: Path, tmp_path: Path
) -> None:
    ws, _ = create_workspace(
        tmp_path / "册", unit_name="样例镇", level="town", division_code="440705104", user="管样",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        asset = new_record(ws, "asset", {"name": "样例光伏", "division_code": VILLAGE})
        shutil.copytree(tmp_path / "册", stick / "册")  # as it lies there while it is open: the log is not empty
    protect(stick)
    assert "请把整个文件夹复制到硬盘上再打开" in xiangce("show", stick / "册", "asset", code=3).err
    shutil.copytree(stick / "册", tmp_path / "再开")
    assert asset in xiangce("show", tmp_path / "再开", "asset").out
