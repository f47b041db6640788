"""Registers of several machines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.workspace import Workspace, create_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.exchange.laptops import PASSPHRASE, TOWN, Make


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes registers: `make("a")` a town's laptop, `make("county", level="county", division="440705")`."""
    made: list[Workspace] = []

    def build(name: str, *, level: str = "town", division: str = TOWN) -> Workspace:
        ws, _ = create_workspace(
            tmp_path / name, unit_name=name, level=level, division_code=division, user=f"{name}样",
            passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
        )  # fmt: skip
        made.append(ws)
        return ws

    yield build
    for ws in made:
        ws.close()
