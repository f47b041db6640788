"""A merge that is hit by a failing disk or killed leaves the county as it was or as it will be, never in between."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from desktop.app.exchange import exchanging
from desktop.app.workspace import open_workspace
from tests.fault import failing_disk, scenarios
from tests.fault.failing_disk import EIO, ENOSPC, FILLS_UP, SYNCS, WRITES, Fault, run
from tests.fault.test_kill import delays, kill_while

needs_preload = pytest.mark.skipif(not failing_disk.available(), reason="needs Linux and gcc")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merge")
    scenarios.prepare_merge(folder)
    return folder


@pytest.fixture(scope="module")
def digests(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The county's digest before and after a merge that nothing disturbs."""
    folder = copied(prepared, tmp_path_factory.mktemp("undisturbed") / "a")
    with open_workspace(folder / "county", passphrase=scenarios.PASSPHRASE) as county:
        before = county.register.digest()
        report = exchanging.merge(county, folder / "laptop.xcp")
        assert report.fresh > 600 and not report.notes
        return before, county.register.digest()


def copied(prepared: Path, folder: Path) -> Path:
    shutil.copytree(prepared / "county", folder / "county")
    shutil.copyfile(prepared / "laptop.xcp", folder / "laptop.xcp")
    return folder


def check_merged(folder: Path, after: str) -> None:
    """Merging once more, undisturbed, gives what it should, and everything holds together."""
    with open_workspace(folder / "county", passphrase=scenarios.PASSPHRASE) as county:
        assert county.register.check_tables() == []
        exchanging.merge(county, folder / "laptop.xcp")
        assert county.register.digest() == after
        assert county.register.check_tables() == []
        assert county.register.facts["attachments"].damaged() == []
        assert len(list(county.register.facts["attachments"].digests())) == 2
        inbox = county.register.facts["folder"].inbox
        (kept,) = [p for p in inbox.iterdir() if not p.name.startswith(".")]
        assert kept.read_bytes() == (folder / "laptop.xcp").read_bytes()


@needs_preload
@pytest.mark.parametrize(
    ("path", "calls", "error", "mode"),
    [
        ("/register.db-wal", WRITES, EIO, 0),
        ("/register.db-wal", WRITES, ENOSPC, FILLS_UP),
        ("/register.db-wal", SYNCS, EIO, 0),
        ("/inbox/", WRITES, ENOSPC, 0),
        ("/attachments/", SYNCS, EIO, 0),
        ("/backups/", WRITES, ENOSPC, 0),
    ],
)
def test_on_a_failing_disk(
    prepared: Path, digests: tuple[str, str], tmp_path: Path, path: str, calls: int, error: int, mode: int
) -> None:
    library = failing_disk.compiled(tmp_path)
    folder = copied(prepared, tmp_path / "run")
    outcome = run(library, "merge", folder, [Fault(path, calls, 0, error, mode), Fault(path, calls, 10, error, mode)])
    facts = outcome.facts
    assert facts["fired"][0] > 0 and all(path in line for line in outcome.injected)
    assert 0 in facts["failed"]
    words = "磁盘已满" if error == ENOSPC else "读写磁盘出错"
    assert all(words in sentence for _, sentence in facts["errors"])
    assert facts["acknowledged"][-1] == facts["last"] and facts["digest"] == digests[1]
    check_merged(folder, digests[1])


def test_killed_at_any_moment(prepared: Path, digests: tuple[str, str], tmp_path: Path) -> None:
    for turn, seconds in enumerate(delays(8, 1.2)[:3]):
        folder = copied(prepared, tmp_path / str(turn))
        acknowledged = kill_while("merging_package", folder, 0, seconds)
        with open_workspace(folder / "county", passphrase=scenarios.PASSPHRASE) as county:
            assert county.register.facts["clean"] is False
            assert county.register.digest() in (digests[1:] if acknowledged else digests)
        check_merged(folder, digests[1])
