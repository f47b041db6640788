"""Fixtures for tests that speak to the product as a person at a terminal does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.app.cli import main
from desktop.app.demo import PASSPHRASE as DEMO_PASSPHRASE
from desktop.app.demo import make_demo
from desktop.app.workspace import Workspace, open_workspace
from tests.exchange.conftest import make as make

PASSPHRASE = "correct horse battery staple"
SAMPLES = Path(__file__).parents[1] / "exchange" / "workbook" / "samples"


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.out)


@pytest.fixture
def xiangce(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Run a command in this process; the passphrase comes from the environment."""
    monkeypatch.setenv("XIANGCE_PASSPHRASE", PASSPHRASE)

    def run(*arguments: object, code: int | None = 0) -> Said:
        capsys.readouterr()
        got = main([str(a) for a in arguments])
        said = capsys.readouterr()
        answer = Said(got, said.out, said.err)
        assert code is None or got == code, answer
        return answer

    return run


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo register of 24 households, made once; `demo` is a copy to change."""
    place = tmp_path_factory.mktemp("demo") / "册"
    make_demo(place, households=24).close()
    return place


@pytest.fixture
def demo(demo_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the demo register for one test."""
    shutil.copytree(demo_folder, tmp_path / "册")
    with open_workspace(tmp_path / "册", passphrase=DEMO_PASSPHRASE) as opened:
        yield opened
