"""The project's own promises: layers checked for every package, reasons beside dependencies, one licence."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_has_its_layer() -> None:
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {name.strip() for layer in layers for name in layer.split("|")}
    packages = {f"desktop.{path.parent.name}" for path in (ROOT / "desktop").glob("*/__init__.py")}
    assert named == packages


def test_top_level_is_the_fixed_one() -> None:
    allowed = {"pyproject.toml", "desktop", "resources", "forms", "tests", "build_installer.py", "README.md"}
    allowed |= {"LICENSE", "build", "dist"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - {"__pycache__"} <= allowed


def test_no_statement_stands_in_the_window() -> None:
    """import-linter sees who imports the database; a page that is handed a reader could still write SQL."""
    statement = re.compile(r"""["'](SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b""")
    pages = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "desktop" / "ui").rglob("*.py")}
    assert [name for name, text in pages.items() if statement.search(text)] == []


def test_every_dependency_is_bounded_and_says_why() -> None:
    """Each requirement stands below a comment, and has a lower and, but for data, an upper bound."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    first = lines.index("dependencies = [") + 1
    block = lines[first : lines.index("]", first)]
    assert block[0].strip().startswith("#")
    for requirement in PYPROJECT["project"]["dependencies"]:
        assert ">=" in requirement
        assert "<" in requirement or requirement.startswith("tzdata")


def test_licence_is_apache() -> None:
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "TERMS AND CONDITIONS" in text
