"""The product's version, the same from a checkout, a wheel or an installed bundle; pyproject.toml alone states it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

_PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


@cache
def product_version() -> str:
    """The version, e.g. "0.1.0". A checkout's own file goes before metadata that an older installation left behind."""
    if _PYPROJECT.is_file():
        project = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]
        if project["name"] == "xiangce":
            return str(project["version"])
    return metadata.version("xiangce")
