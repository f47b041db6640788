"""The two commands' set-up: done once, again only when something changed, and one sentence when it cannot be done."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from desktop import bootstrap

SOURCE = Path(bootstrap.__file__)
PYPROJECT = """
[project]
name = "xiangce"
version = "9.9"
dependencies = ["demopart @ {part}"]
[project.optional-dependencies]
test = []
check = []
"""
PROGRAM = """
import sys, demopart
print("delegated", demopart.ANSWER, sys.argv[1:], sys.prefix)
"""


def test_parses_on_old_interpreters_and_imports_only_the_standard_library() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 7))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported <= sys.stdlib_module_names


def test_range_of_interpreters_is_pyprojects() -> None:
    (low, high) = bootstrap.OLDEST, bootstrap.NEWEST
    wanted = f">={low[0]}.{low[1]},<{high[0]}.{high[1] + 1}"
    assert bootstrap.project_table()["requires-python"] == wanted


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs Debian's package database")
def test_missing_system_packages() -> None:
    assert bootstrap.missing_system_packages(["dpkg", "no-such-package-here"]) == ["no-such-package-here"]
    # awk is a virtual package that an installed one provides
    assert bootstrap.missing_system_packages(["awk"]) == []


def test_no_fitting_interpreter_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 98))
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 98))
    with pytest.raises(bootstrap.Stop, match="3.11") as stop:
        bootstrap.fitting_interpreter()
    assert "\n" not in str(stop.value)


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the interpreter")
def test_a_shim_that_starts_nothing_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, real = tmp_path / "python3.11", tmp_path / "python3.12"
    fake.write_text("#!/bin/sh\nexit 127\n")
    real.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for program in (fake, real):
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap._interpreter_behind(["python3.11"]) is None
    found = bootstrap._interpreter_behind(["python3.12"])
    assert found and Path(found).exists()
    assert bootstrap._interpreter_behind(["python3.13"]) is None


def test_pip_settings_that_lead_past_the_environment_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "file:///mirror")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    env = bootstrap.environment()
    assert "PIP_TARGET" not in env and "PYTHONPATH" not in env
    assert env["PIP_USER"] == "0"
    assert env["PIP_INDEX_URL"] == "file:///mirror"


# --- the whole way, in a small checkout of its own whose only dependency is a local wheel ---


def make_wheel(folder: Path) -> Path:
    path = folder / "demopart-1.0-py3-none-any.whl"
    info = "demopart-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("demopart.py", "ANSWER = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demopart\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"demopart.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


def make_checkout(folder: Path) -> Path:
    (folder / "desktop").mkdir(parents=True)
    shutil.copy(SOURCE, folder / "desktop" / "bootstrap.py")
    (folder / "desktop" / "__init__.py").touch()
    (folder / "desktop" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    part = make_wheel(folder.parent).as_uri()  # outside, so that the checkout can be moved
    (folder / "pyproject.toml").write_text(PYPROJECT.format(part=part), encoding="utf-8")
    return folder


def start(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as a person with an awkward environment would: no dpkg, no home, pip told to go elsewhere."""
    env = {
        "PATH": str(checkout / "nothing here"),
        "PIP_USER": "1",
        "PIP_TARGET": str(checkout / "elsewhere"),
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_INDEX": "1",
        "PYTHONPATH": str(checkout / "elsewhere"),
        "PYTHONUTF8": "1",
    }
    if os.name == "nt":
        env["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return subprocess.run(
        [sys.executable, checkout / "desktop" / "bootstrap.py", *arguments],
        cwd=checkout.parent,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_set_up_once_then_only_when_needed(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "路径 有空格" / "乡册")
    first = start(checkout, "run", "--no-window", "演示 册")
    assert first.returncode == 0, first.stderr
    assert "正在建立运行环境" in first.stdout and "正在安装" in first.stdout
    assert f"delegated 42 ['demo', '--no-window', '演示 册'] {checkout / '.venv'}" in first.stdout
    assert not (checkout / "elsewhere").exists()

    began = time.monotonic()
    second = start(checkout, "run", "--no-window")
    assert time.monotonic() - began < 20
    assert second.returncode == 0 and "正在安装" not in second.stdout and "delegated 42" in second.stdout

    pyproject = checkout / "pyproject.toml"
    pyproject.write_text(pyproject.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    third = start(checkout, "run", "--no-window")
    assert "正在安装" in third.stdout and "正在建立运行环境" not in third.stdout

    moved = checkout.rename(checkout.parent / "搬走了")
    again = start(moved, "run", "--no-window")
    assert again.returncode == 0 and "将重新建立" in again.stdout
    assert json.loads((moved / ".venv" / "xiangce-prepared.json").read_text(encoding="utf-8"))["root"] == str(moved)


def test_failed_installation_is_one_sentence_and_is_tried_again(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "册")
    broken = (checkout / "pyproject.toml").read_text(encoding="utf-8").replace("demopart-1.0", "absent-1.0")
    (checkout / "pyproject.toml").write_text(broken, encoding="utf-8")
    failed = start(checkout, "run", "--no-window")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("未能完成：组件没有装全")
    assert "Traceback" not in failed.stderr
    assert not (checkout / ".venv" / "xiangce-prepared.json").exists()


def test_wrong_usage(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "册")
    assert start(checkout).returncode == 2
    assert "用法" in start(checkout, "fly").stdout
    assert not (checkout / ".venv").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a screen is always there elsewhere")
def test_window_without_a_screen_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "册")
    refused = start(checkout, "run")
    assert refused.returncode == 1 and "--no-window" in refused.stderr
    assert not (checkout / ".venv").exists()
