"""One function finds every shipped file, whether the product runs from a checkout, a wheel or an installed bundle.

Where the files are:

- checkout: `resources/` and `forms/` beside `pyproject.toml`;
- wheel: the build copies both folders to `desktop/_data/` (pyproject.toml, force-include);
- PyInstaller bundle: they lie at `desktop/_data/` below the bundle's root too, since it is made from the wheel.

Shipped files are read-only: whatever a county changes lives in its register, never here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from desktop.common.errors import XiangceError

_PACKAGE = Path(__file__).resolve().parents[1]


class ResourceMissing(XiangceError):
    """A shipped file is not where it must be: a broken installation, or a bug of ours."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"程序自带的文件不存在（{path}），安装不完整。",
            hint="登记册数据不受影响，请重新安装乡册。",
        )


@cache
def data_root() -> Path:
    """The folder that holds `resources/` and `forms/`; ResourceMissing when the installation lost them."""
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "resources").is_dir():
        return checkout
    packaged = _PACKAGE / "_data"
    if (packaged / "resources").is_dir():
        return packaged
    raise ResourceMissing(packaged)


def resource_path(*parts: str) -> Path:
    """The path of a shipped file or folder, e.g. `resource_path("codelists", "asset_status.csv")`.

    Raises ResourceMissing when it does not exist, ValueError when the name leads out of the folder.
    """
    return _existing(data_root() / "resources", parts)


def form_path(name: str) -> Path:
    """The path of a shipped XLSForm workbook, e.g. `form_path("household_visit.xlsx")`; raises like `resource_path`."""
    return _existing(data_root() / "forms", (name,))


def _existing(folder: Path, parts: tuple[str, ...]) -> Path:
    if any(Path(part).is_absolute() or ".." in Path(part).parts for part in parts):
        raise ValueError(f"a shipped file lies inside its folder: {parts!r}")
    path = folder.joinpath(*parts)
    if not path.exists():
        raise ResourceMissing(path)
    return path
