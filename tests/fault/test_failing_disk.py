"""Input/output errors, short writes and full disks: a sentence for the user, and nothing acknowledged is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desktop.common.errors import FileDamaged
from desktop.store import backup, key_folder, register_folder
from desktop.store.attachments import Attachments
from desktop.store.drafts import Drafts
from tests.fault import failing_disk, scenarios
from tests.fault.failing_disk import EIO, ENOSPC, FILLS_UP, ONCE, READS, RENAMES, SYNCS, WRITES, Fault, Outcome, run
from tests.fault.test_kill import kill_while

pytestmark = pytest.mark.skipif(not failing_disk.available(), reason="needs Linux and gcc")

WAL, DATABASE = "/register.db-wal", "/register.db$"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return failing_disk.compiled(tmp_path_factory.mktemp("failing-disk"))


_counted: dict[tuple[str, str, int], int] = {}


def spread(
    library: Path, scenario: str, folder: Path, path: str, calls: int, error: int, mode: int = 0, count: int = 4
) -> Outcome:
    """Run a scenario under faults at call numbers spread over all the calls it makes when nothing fails."""
    key = (scenario, path, calls)
    if key not in _counted:
        (folder / "count").mkdir()
        _counted[key] = run(library, scenario, folder / "count", [Fault(path, calls, -1)]).facts["seen"][0]
    seen = _counted[key]
    assert seen > 0
    numbers = sorted({round(at * (seen - 1) / (count - 1) * 0.9) for at in range(count)})
    (folder / "run").mkdir()
    return run(library, scenario, folder / "run", [Fault(path, calls, after, error, mode) for after in numbers])


def check_told(outcome: Outcome, words: str, on: str) -> None:
    """Every failure was told with the right words, work goes on afterwards, and the fault hit the meant file."""
    facts = outcome.facts
    assert all(facts["fired"]) and len(outcome.injected) >= sum(facts["fired"])
    assert all(on in line for line in outcome.injected)
    assert facts["failed"], "no failure was noticed"
    for _, sentence in facts["errors"]:
        assert words in sentence and "之前保存的内容都在" in sentence
    assert facts["acknowledged"][-1] == facts["last"], "the disk is sound again, but work does not go on"


def check_register(folder: Path, facts: dict[str, Any]) -> None:
    """Everything acknowledged is there, units of work are whole, tables are what the journal says."""
    with scenarios.reopen(folder) as register:
        assert register.check_tables() == []
        before = register.digest()
        register.rebuild()
        assert register.digest() == before
        with register.reading() as sql:
            phones = {int(p[3:]) for (p,) in sql.rows("SELECT phone FROM household")}
            names = [n for (n,) in sql.rows("SELECT name FROM party")]
        assert phones.issuperset(facts["acknowledged"])
        assert phones.issubset({*facts["acknowledged"], *facts["failed"]})
        for number in {*facts["acknowledged"], *facts["failed"]}:
            whole = sum(name.startswith(f"第{number}次") for name in names)
            assert whole == (scenarios.PARTIES if number in phones else 0)
        scenarios.write_one(register, 1000)


@pytest.mark.parametrize("ending", ["register_closed", "register_killed"])
@pytest.mark.parametrize(
    ("calls", "error", "mode", "words"),
    [
        (WRITES, EIO, 0, "读写磁盘出错"),
        (WRITES, ENOSPC, 0, "磁盘已满"),
        (WRITES, ENOSPC, FILLS_UP, "磁盘已满"),
        (SYNCS, EIO, 0, "读写磁盘出错"),
        (WRITES, EIO, ONCE, "读写磁盘出错"),
    ],
)
def test_the_log_of_the_database_fails(
    library: Path, tmp_path: Path, ending: str, calls: int, error: int, mode: int, words: str
) -> None:
    outcome = spread(library, ending, tmp_path, WAL, calls, error, mode)
    check_told(outcome, words, WAL)
    check_register(tmp_path / "run", outcome.facts)


@pytest.mark.parametrize(("calls", "error"), [(WRITES, EIO), (WRITES, ENOSPC), (SYNCS, EIO)])
def test_the_database_file_fails_when_the_log_is_moved_into_it(
    library: Path, tmp_path: Path, calls: int, error: int
) -> None:
    outcome = run(library, "register_closed", tmp_path, [Fault(DATABASE, calls, 0, error)])
    assert any(line.endswith("/register.db") for line in outcome.injected)
    assert outcome.facts["close_errors"] == []  # the log is still there: nothing is lost, nothing to say
    assert outcome.facts["failed"] == []
    check_register(tmp_path, outcome.facts)


def test_two_faults_one_after_the_other(library: Path, tmp_path: Path) -> None:
    faults = [Fault(WAL, WRITES, 5, ENOSPC), Fault(WAL, SYNCS, 1, EIO), Fault("/册/", WRITES | SYNCS, 3, EIO)]
    outcome = run(library, "register_killed", tmp_path, faults)
    assert all(outcome.facts["fired"]) and outcome.facts["acknowledged"][-1] == outcome.facts["last"]
    check_register(tmp_path, outcome.facts)


def test_reading_fails_and_works_again(library: Path, tmp_path: Path) -> None:
    outcome = run(library, "register_read", tmp_path, [Fault(DATABASE, READS, 0, EIO)])
    assert outcome.facts["fired"][0] > 0 and all("register.db" in line for line in outcome.injected)
    assert len(outcome.facts["failed"]) == 3 and outcome.facts["acknowledged"] == [3]
    assert all("读写磁盘出错" in sentence for _, sentence in outcome.facts["errors"])


@pytest.mark.parametrize(("calls", "error"), [(WRITES, ENOSPC), (SYNCS, EIO), (RENAMES, EIO), (READS, EIO)])
def test_opening_and_closing(library: Path, tmp_path: Path, calls: int, error: int) -> None:
    outcome = spread(library, "opening_again", tmp_path, "/册/", calls, error)
    assert outcome.facts["fired"][0] > 0 and outcome.facts["acknowledged"][-1] == outcome.facts["last"]
    for _, sentence in outcome.facts["errors"]:
        assert "磁盘已满" in sentence or "读写磁盘出错" in sentence
    check_register(tmp_path / "run", {"acknowledged": [1000], "failed": []})


@pytest.mark.parametrize(
    ("calls", "error", "mode", "words"),
    [(WRITES, ENOSPC, FILLS_UP, "磁盘已满"), (WRITES, EIO, 0, "读写磁盘出错"), (SYNCS, EIO, 0, "读写磁盘出错")],
)
def test_drafts(library: Path, tmp_path: Path, calls: int, error: int, mode: int, words: str) -> None:
    folder = tmp_path / "run"
    outcome = spread(library, "drafts", tmp_path, "/drafts.db", calls, error, mode)
    check_told(outcome, words, "/drafts.db")
    drafts = Drafts(folder / "drafts.db", bytes(32))
    assert drafts.set_aside is None
    assert {int(head.id) for head in drafts.heads()}.issuperset(outcome.facts["acknowledged"])
    drafts.close()


def test_unread_drafts_are_not_taken_for_damaged(library: Path, tmp_path: Path) -> None:
    outcome = spread(library, "drafts_read", tmp_path, "/drafts.db", READS, EIO)
    check_told(outcome, "读写磁盘出错", "/drafts.db")
    assert not list((tmp_path / "run").glob("drafts.damaged*"))


@pytest.mark.parametrize(
    ("calls", "error", "mode", "words"),
    [
        (WRITES, ENOSPC, FILLS_UP, "磁盘已满"), (WRITES, EIO, 0, "读写磁盘出错"), (SYNCS, EIO, 0, "读写磁盘出错"),
        (RENAMES, EIO, 0, "读写磁盘出错"),
    ],
)  # fmt: skip
def test_attachments(library: Path, tmp_path: Path, calls: int, error: int, mode: int, words: str) -> None:
    folder = tmp_path / "run"
    outcome = spread(library, "attachments", tmp_path, "/attachments/", calls, error, mode)
    check_told(outcome, words, "/attachments/")
    kept = Attachments(folder / "attachments", bytes(32))
    assert kept.damaged() == []
    contents = {kept.read(digest)[0] for digest in kept.digests()}
    assert contents.issuperset(outcome.facts["acknowledged"])
    assert not list(kept.folder.rglob("*.part"))


@pytest.mark.parametrize(("calls", "error"), [(WRITES, ENOSPC), (SYNCS, EIO), (RENAMES, EIO)])
def test_the_key_file_is_never_lost(library: Path, tmp_path: Path, calls: int, error: int) -> None:
    folder = tmp_path / "run"
    outcome = spread(library, "key_file", tmp_path, "/册/", calls, error)
    check_told(outcome, "磁盘已满" if error == ENOSPC else "读写磁盘出错", "/册/")
    place = register_folder.find(folder / "册")
    key_folder.open_key_file(place, passphrase=f"口令{outcome.facts['last']}")
    key_folder.repair(place)
    assert place.key_file.read_bytes() == place.key_file_copy.read_bytes()


@pytest.mark.parametrize(
    ("calls", "error", "words"),
    [(WRITES, ENOSPC, "磁盘已满"), (SYNCS, EIO, "读写磁盘出错"), (RENAMES, EIO, "读写磁盘出错")],
)
def test_a_backup_is_whole_or_not_there(library: Path, tmp_path: Path, calls: int, error: int, words: str) -> None:
    folder = tmp_path / "run"
    outcome = spread(library, "backups", tmp_path, "/backups/", calls, error, count=3)
    check_told(outcome, words, "/backups/")
    place = register_folder.find(folder / "册")
    assert {b.name for b in backup.kept(place)}.issuperset(outcome.facts["made"])
    for kept in backup.kept(place):
        path = place.backups / kept.name
        backup.verify(path, backup.unlock(path, passphrase=scenarios.PASSPHRASE).keys)
    assert outcome.facts["left"] == []
    check_register(folder, {"acknowledged": range(5), "failed": []})


@pytest.mark.parametrize(("calls", "error"), [(WRITES, ENOSPC), (SYNCS, EIO), (RENAMES, EIO)])
def test_a_package_is_whole_or_not_there(library: Path, tmp_path: Path, calls: int, error: int) -> None:
    outcome = spread(library, "package", tmp_path, "/stick/", calls, error, count=3)
    check_told(outcome, "磁盘已满" if error == ENOSPC else "读写磁盘出错", "/stick/")
    assert outcome.facts["left"] == ["包.xcp"]


def test_a_log_damaged_by_the_disk_is_told_and_kept(tmp_path: Path) -> None:
    (tmp_path / "register").mkdir()
    scenarios.create(tmp_path / "register").close()
    kill_while("saving", tmp_path / "register", 0, 0.0, at_least=4)
    database = tmp_path / "register" / "册" / "register.db"
    log = database.with_name("register.db-wal")
    raw = bytearray(log.read_bytes())
    raw[len(raw) // 3] ^= 1
    log.write_bytes(raw)
    with scenarios.reopen(tmp_path / "register") as register:
        assert "日志有损坏" in register.facts["log_warning"]
        assert register.check_tables() == []
    (aside,) = database.parent.glob("register.damaged-*.wal")
    assert aside.read_bytes() == raw
    with scenarios.reopen(tmp_path / "register") as register:
        assert register.facts["log_warning"] == ""


def test_a_damaged_register_says_so_and_writes_nothing(tmp_path: Path) -> None:
    register = scenarios.create(tmp_path)
    for number in range(5):
        scenarios.write_one(register, number)
    register.close()
    database = tmp_path / "册" / "register.db"
    sound = database.read_bytes()
    for damaged in (b"", sound[:3000], sound[: len(sound) // 2], sound[:100] + b"\xff" + sound[101:], b"x" * 8192):
        database.write_bytes(damaged)
        with pytest.raises(FileDamaged) as caught, scenarios.reopen(tmp_path) as broken:
            scenarios.write_one(broken, 9)
            broken.check_tables()
        assert "备份" in str(caught.value)
    database.write_bytes(sound)
    (tmp_path / "册" / "register.db-wal").unlink(missing_ok=True)
    check_register(tmp_path, {"acknowledged": range(5), "failed": []})
