"""Fixtures for tests that speak to the product as a person at a terminal does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.app.cli import main
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
