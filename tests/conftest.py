"""What every test has: an offscreen Qt, folders of its own instead of the person's, and a real PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from desktop.app import workspace
from desktop.store import keys, opening
from desktop.store.key_slot import FAST_FOR_TESTS, STANDARD
from tests import journal_guard
from tests.postgres_server import PostgresServer, ServerMissing

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def noon() -> None:
    """Test at noon by the local clock, and on one day by every clock, whenever the tests run.

    A day that ends between two lines of a test, or between the import of a module and its tests, would fail them a few
    times a year. TZ that is set already stays: what a rule does at midnight is tried out with it and a faked clock.
    """
    hours = 12 - datetime.now(UTC).hour
    name = f"Etc/GMT{-hours:+d}"  # its signs are the other way round
    if "TZ" not in os.environ and hasattr(time, "tzset") and Path("/usr/share/zoneinfo", name).is_file():
        os.environ["TZ"] = name
        time.tzset()


noon()

# HYPOTHESIS_PROFILE=thorough runs property tests for as long as it takes to believe them. Here every run tries other
# examples; in CI one commit always gets the same ones, so that what fails there fails again for whoever looks.
hypothesis.settings.register_profile(
    "ci", max_examples=60, deadline=None, print_blob=True, derandomize=os.environ.get("CI") == "true"
)
hypothesis.settings.register_profile("thorough", max_examples=2000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


journal_guard.install()


@pytest.fixture(autouse=True)
def tables_are_what_the_journal_says() -> Iterator[None]:
    """Shared tables are written by the journal alone, and hold at the end of each test what a rebuild would give."""
    yield
    journal_guard.compare_written()


@pytest.fixture(scope="session", autouse=True)
def cheap_passphrases() -> Iterator[None]:
    """New slots of registers that tests make by command or by the window cost a thousandth of a real one's Argon2id;
    `tests/store/test_keys.py` holds the real cost. Every second of a command's test went into it."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (keys, opening, workspace):
            for function in vars(module).values():
                defaults = getattr(function, "__kwdefaults__", None) or {}
                if defaults.get("profile") is STANDARD:
                    patch.setitem(defaults, "profile", FAST_FOR_TESTS)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_folders() -> Iterator[Path]:
    """Settings, caches and registers that the product makes by itself land in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="xiangce-home-") as folder, pytest.MonkeyPatch.context() as patch:
        home = Path(folder)
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        runtime = home / "runtime"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))  # Qt warns without one
        patch.setenv("HOME", str(home))
        patch.setenv("LOCALAPPDATA", str(home / "local"))  # the same on Windows
        patch.setenv("APPDATA", str(home / "roaming"))
        yield home


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test session alone; skipped where none is installed, an error in CI."""
    try:
        server = PostgresServer.start()
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """SQLAlchemy URL of the server's maintenance database; tests keep their tables in `postgres_database`."""
    return postgres_server.url("postgres")


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL of a fresh, empty database that is dropped after the test, open connections or not."""
    name = f"test_{secrets.token_hex(6)}"
    postgres_server.create_database(name)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo register of forty households and some twenty assets, made once; `demo` is a copy to change."""
    from desktop.app.demo.register import make_demo  # most tests need none of it

    place = tmp_path_factory.mktemp("demo") / "册"
    make_demo(place, households=40).close()
    return place


@pytest.fixture
def demo(demo_folder: Path, tmp_path: Path) -> Iterator[workspace.Workspace]:
    """A copy of the demo register for one test."""
    from desktop.app.demo.register import PASSPHRASE

    shutil.copytree(demo_folder, tmp_path / "册")
    with workspace.open_workspace(tmp_path / "册", passphrase=PASSPHRASE) as opened:
        yield opened
