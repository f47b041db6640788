"""The installer's self-check finds a program that fails, a window that closes, and a PDF with nothing in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

import build_installer
from build_installer import BuildFailed, Step, fault_of_pdf, go_through, try_step
from desktop.app.demo import register as demo
from desktop.common.version import product_version

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shell scripts stand for the program")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home below pytest's folders, which only their owner may enter: the steps run as ourselves here."""
    monkeypatch.setattr(build_installer, "plain_account", dict)
    return tmp_path


def program(folder: Path, script: str) -> Path:
    path = folder / "xiangce"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def attempt(home: Path, step: Step, script: str) -> None:
    try_step(step, program(home, script), home, Path(sys.executable))


def test_version_must_be_this_one(home: Path) -> None:
    step = Step(("--version",), says="^xiangce {version}$")
    attempt(home, step, f"echo xiangce {product_version()}")
    with pytest.raises(BuildFailed, match="没有说出"):
        attempt(home, step, "echo xiangce 0.0.9")


def test_failing_command_and_traceback(home: Path) -> None:
    with pytest.raises(BuildFailed, match="退出码 3"):
        attempt(home, Step(("demo",)), "exit 3")
    with pytest.raises(BuildFailed, match="有错误输出"):
        attempt(home, Step(("demo",)), "echo 'Traceback (most recent call last):'")


def test_window_that_closes_by_itself(home: Path) -> None:
    with pytest.raises(BuildFailed, match="窗口没有停留"):
        attempt(home, Step(("open",), stays_open=True), "exit 0")


def test_pdf_must_have_text(home: Path) -> None:
    path = home / "台账.pdf"
    assert "没有生成" in fault_of_pdf(path, Path(sys.executable))
    canvas = Canvas(str(path))
    canvas.showPage()
    canvas.save()
    assert "首页 0 字" in fault_of_pdf(path, Path(sys.executable))
    canvas = Canvas(str(path))
    canvas.drawString(50, 800, "a register has far more than fifty characters on its first page")
    canvas.save()
    assert fault_of_pdf(path, Path(sys.executable)) == ""


def test_steps_run_in_order_with_a_home_and_offscreen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_installer, "STEPS", [Step(("one",)), Step(("two", "{home}/x"))])
    script = 'echo "$1 $2 $QT_QPA_PLATFORM $HOME" >> "$HOME/log"'
    go_through("wheel", program(home, script), home / "as-wheel", Path(sys.executable))
    inside = home / "as-wheel" / "家 目录"
    lines = (inside / "log").read_text(encoding="utf-8").splitlines()
    assert lines == [f"one  offscreen {inside}", f"two {inside}/x offscreen {inside}"]


def test_passphrase_is_the_demo_registers() -> None:
    assert build_installer.DEMO_PASSPHRASE == demo.PASSPHRASE


@pytest.mark.skipif(not Path("/usr/bin/dpkg-deb").exists(), reason="needs dpkg-deb")
def test_control_file_is_accepted_by_dpkg(tmp_path: Path) -> None:
    tree = tmp_path / "deb"
    (tree / "usr/lib/xiangce").mkdir(parents=True)
    (tree / "usr/lib/xiangce/xiangce").write_text("x" * 4096)
    build_installer.write_control(tree)
    package = tmp_path / "x.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", tree, package], check=True, capture_output=True)
    shown = build_installer.output(["dpkg-deb", "--field", str(package), "Version", "Depends", "Installed-Size"])
    assert f"Version: {product_version()}" in shown
    assert "libxcb-cursor0" in shown and "libc6 (>= 2." in shown and "Installed-Size: 4" in shown
