"""Shipped files are found in the checkout and in the layout that the wheel and the bundle have."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from desktop.common import resources
from desktop.common.resources import ResourceMissing, form_path, resource_path


def test_codelist_in_the_checkout() -> None:
    index = json.loads(resource_path("codelists", "index.json").read_text(encoding="utf-8"))
    shipped = {entry["file"] for entry in index} & {p.name for p in resource_path("codelists").glob("*.csv")}
    assert "asset_status.csv" in shipped


def test_folder_and_form_folder() -> None:
    assert resource_path("icons").is_dir()
    assert form_path("README.md").is_file()


def test_missing_file_is_named() -> None:
    with pytest.raises(ResourceMissing, match="no_such_list.csv"):
        resource_path("codelists", "no_such_list.csv")


@pytest.mark.parametrize("part", ["../pyproject.toml", "/etc/passwd"])
def test_names_stay_inside(part: str) -> None:
    with pytest.raises(ValueError):
        resource_path(part)


def test_layout_of_wheel_and_bundle(tmp_path: Path) -> None:
    """The module copied to a tree without pyproject.toml finds `desktop/_data`; without it, it says so."""
    module_file = tmp_path / "desktop" / "common" / "resources.py"
    module_file.parent.mkdir(parents=True)
    shutil.copy(Path(resources.__file__), module_file)
    spec = importlib.util.spec_from_file_location("installed_resources", module_file)
    assert spec is not None and spec.loader is not None
    installed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installed)

    with pytest.raises(ResourceMissing.__mro__[1], match="重新安装"):
        installed.data_root()

    data = tmp_path / "desktop" / "_data"
    (data / "resources" / "codelists").mkdir(parents=True)
    (data / "resources" / "codelists" / "a.csv").write_text("code\n", encoding="utf-8")
    assert installed.resource_path("codelists", "a.csv") == data / "resources" / "codelists" / "a.csv"
