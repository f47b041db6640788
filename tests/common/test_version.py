"""The version comes from pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

from desktop.common.version import product_version


def test_checkout_version_is_pyprojects() -> None:
    pyproject = Path(__file__).resolve().parents[2] / "pyproject.toml"
    assert product_version() == tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["version"]
