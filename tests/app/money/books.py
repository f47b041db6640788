"""Registers with assets, contracts and money for the tests of the books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace, create_workspace
from desktop.registry.tables import SCHEMA  # noqa: F401  (the tables are known before a register is made)
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE

TOWN = "440705104"
VILLAGE = "440705104201"


def register_at(folder: Path, level: str = "town") -> Workspace:
    """An empty register of 双水镇."""
    ws, _ = create_workspace(
        folder / "册.xcr", unit_name="双水镇人民政府", level=level, division_code=TOWN, user="镇样例",  # type: ignore[arg-type]
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    return ws


def party(ws: Workspace, name: str, kind: str = "enterprise", **more: Any) -> str:
    """A party."""
    return new_record(ws, "party", {"name": name, "kind": kind, **more})


def asset(ws: Workspace, name: str, **more: Any) -> str:
    """An operating asset in 双水村, owned by whoever `owner` names."""
    owner = more.pop("owner", None)
    values = {"name": name, "category": "operating", "subcategory": "shop", "division_code": VILLAGE, **more}
    made = new_record(ws, "asset", values)
    if owner:
        right = {"asset_id": made, "kind": "ownership", "valid_from": "2020-01-01", "shares": [[owner, 1, 1]]}
        new_record(ws, "right", right)
    return made
