"""Killed in the middle of anything, a register opens again with everything acknowledged and nothing in halves."""

from __future__ import annotations

import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desktop.common.errors import WrongPassphrase
from desktop.store import backup, key_folder, opening, register_folder
from desktop.store.attachments import Attachments
from desktop.store.database import Sql
from desktop.store.drafts import Drafts
from desktop.store.journal import OP_COLUMNS, operation
from desktop.store.operations import Operation
from desktop.store.provenance import Unit
from desktop.store.register import Register
from tests.fault import killed, scenarios
from tests.fault.failing_disk import ROOT

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")

ROUNDS = 5
Everything = tuple[list[Operation], list[Unit], dict[bytes, bytes]]


def kill_while(scenario: str, folder: Path, first: int, seconds: float, *, at_least: int = 0) -> list[int]:
    """Start a scenario, kill it so long after it was ready and had acknowledged `at_least` things; what it did."""
    said, errors = folder / "said.txt", folder / "errors.txt"
    command = [sys.executable, "-m", "tests.fault.killed", scenario, str(folder), str(first)]
    with said.open("wb") as out, errors.open("wb") as err:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=ROOT)
    give_up = time.monotonic() + 120
    while said.read_bytes().count(b"\n") < 1 + at_least:
        assert child.poll() is None and time.monotonic() < give_up, errors.read_text()
        time.sleep(0.005)
    time.sleep(seconds)
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL, errors.read_text()
    lines = said.read_text().splitlines(keepends=True)
    assert lines[0] == "ready\n"
    return [int(line) for line in lines[1:] if line.endswith("\n")]


def delays(seed: int, longest: float) -> list[float]:
    draw = random.Random(seed)
    return [draw.random() * longest for _ in range(ROUNDS)]


def check_sound(register: Register) -> None:
    """Tables are what the journal says, and stay so when built anew."""
    assert register.check_tables() == []
    before = register.digest()
    register.rebuild()
    assert register.digest() == before


def test_while_saving(tmp_path: Path) -> None:
    scenarios.create(tmp_path).close()
    acknowledged: set[int] = set()
    for turn, seconds in enumerate(delays(1, 0.4)):
        acknowledged.update(kill_while("saving", tmp_path, turn * 1000, seconds, at_least=1))
        with scenarios.reopen(tmp_path) as register:
            assert register.facts["clean"] is False
            assert register.check_tables() == []
            with register.reading() as sql:
                phones = {int(p[3:]) for (p,) in sql.rows("SELECT phone FROM household")}
                parties = [n for (n,) in sql.rows("SELECT name FROM party")]
        assert phones.issuperset(acknowledged)
        assert len(phones - acknowledged) <= turn + 1  # at most the one that was being said
        for number in phones:
            assert sum(name.startswith(f"第{number}次") for name in parties) == scenarios.PARTIES
        assert len(parties) == len(phones) * scenarios.PARTIES
        with scenarios.reopen(tmp_path) as register:
            assert register.facts["clean"] is True
    with scenarios.reopen(tmp_path) as register:
        check_sound(register)
    assert acknowledged


def test_while_importing(tmp_path: Path) -> None:
    scenarios.create(tmp_path).close()
    acknowledged: set[int] = set()
    for turn, seconds in enumerate(delays(2, 0.5)):
        acknowledged.update(kill_while("importing", tmp_path, turn * 1000, seconds))
        with scenarios.reopen(tmp_path) as register, register.reading() as sql:
            counts = _batches(sql)
        assert set(counts) >= acknowledged and set(counts.values()) <= {killed.IMPORTED}
    with scenarios.reopen(tmp_path) as register:
        assert register.check_tables() == []


def _batches(sql: Sql) -> dict[int, int]:
    counts: dict[int, int] = {}
    for (name,) in sql.rows("SELECT name FROM party"):
        number = int(name[1 : name.index("批")])
        counts[number] = counts.get(number, 0) + 1
    return counts


def everything(register: Register) -> Everything:
    """All that a register would send."""
    with register.reading() as sql:
        ops = [operation(row) for row in sql.rows(f"SELECT {OP_COLUMNS} FROM op ORDER BY seq")]
        units = sql.rows("SELECT unit_id,device,who,reason,at_ms,source FROM unit")
        replicas = sql.rows("SELECT replica_id,device FROM replica")
    return (
        ops,
        [Unit(bytes(u[0]), bytes(u[1]), *u[2:]) for u in units],
        {bytes(replica): bytes(device) for replica, device in replicas},
    )


def test_while_merging(tmp_path: Path) -> None:
    other, own = tmp_path / "other", tmp_path / "own"
    other.mkdir()
    own.mkdir()
    with scenarios.create(other) as register:
        for number in range(5):
            scenarios.write_one(register, number)
        with register.write("导入") as w:
            w.insert_many("party", ({"name": f"外{n}"} for n in range(4000)))
        sent = everything(register)
    (own / "others.pickle").write_bytes(pickle.dumps(sent))
    with scenarios.create(own) as register:
        scenarios.write_one(register, 100)
        alone = register.digest()
    found = set()
    for seconds in delays(3, 0.35):
        acknowledged = kill_while("merging", own, 0, seconds)
        with scenarios.reopen(own) as register:
            assert register.check_tables() == []
            digest = register.digest()
        found.add(digest)
        assert digest == alone or len(found - {alone}) == 1
        assert not acknowledged or digest != alone
    with scenarios.reopen(own) as register:
        register.receive(*sent)
        check_sound(register)
        assert found <= {alone, register.digest()}


def test_while_backing_up(tmp_path: Path) -> None:
    with scenarios.create(tmp_path) as register:
        for number in range(5):
            scenarios.write_one(register, number)
        digest = register.digest()
    place = register_folder.find(tmp_path / "册")
    for turn, seconds in enumerate(delays(4, 0.6)):
        acknowledged = kill_while("backing_up", tmp_path, turn * 1000, seconds)
        kept = backup.kept(place)
        assert len(kept) >= len(acknowledged)
        for each in kept:
            path = place.backups / each.name
            backup.verify(path, backup.unlock(path, passphrase=scenarios.PASSPHRASE).keys)
    with scenarios.reopen(tmp_path) as register:
        assert register.digest() == digest
        check_sound(register)


def test_while_restoring(tmp_path: Path) -> None:
    with scenarios.create(tmp_path) as register:
        for number in range(5):
            scenarios.write_one(register, number)
        digest = register.digest()
        backup.make(register.facts["folder"], register.facts["unlocked"], tmp_path / "f.xcbak", reason="manual")
    acknowledged = kill_while("restoring", tmp_path, 0, 0.1, at_least=1)
    restored = {int(p.name): p for p in (tmp_path / "out").iterdir() if not p.name.startswith(".")}
    assert restored.keys() >= set(acknowledged) and acknowledged
    for path in restored.values():
        with opening.open_register(
            path, schema=scenarios.SMALL, tables=scenarios.small_tables(), passphrase=scenarios.PASSPHRASE
        ) as register:
            assert register.digest() == digest and register.check_tables() == []


def test_while_drafting(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    for turn, seconds in enumerate(delays(5, 0.2)):
        acknowledged.update(kill_while("drafting", tmp_path, turn * 1000, seconds, at_least=1))
        drafts = Drafts(tmp_path / "drafts.db", bytes(32))
        assert drafts.set_aside is None
        ids = {int(head.id) for head in drafts.heads()}
        assert ids >= acknowledged
        assert all(drafts.load("visit", str(n)) is not None for n in ids)
        drafts.close()
    assert acknowledged


def test_while_attaching(tmp_path: Path) -> None:
    kept = Attachments(tmp_path / "attachments", bytes(32))
    kept.folder.mkdir()
    acknowledged: set[int] = set()
    for turn, seconds in enumerate(delays(6, 0.2)):
        acknowledged.update(kill_while("attaching", tmp_path, turn * 1000, seconds, at_least=1))
        assert kept.damaged() == []
        found = {int.from_bytes(kept.read(digest)[:4], "big") for digest in kept.digests()}
        assert found >= acknowledged
    kept.collect(set(kept.digests()), unused_for=0)
    assert not list(kept.folder.rglob("*.part"))
    assert acknowledged


def test_while_changing_the_passphrase(tmp_path: Path) -> None:
    scenarios.create(tmp_path).close()
    place = register_folder.find(tmp_path / "册")
    passphrase = scenarios.PASSPHRASE
    for turn, seconds in enumerate(delays(7, 0.1)):
        (tmp_path / "passphrase").write_text(passphrase, encoding="utf-8")
        acknowledged = kill_while("renaming", tmp_path, turn * 1000, seconds)
        last = acknowledged[-1] if acknowledged else turn * 1000 - 1
        candidates = [f"口令{last}" if acknowledged else passphrase, f"口令{last + 1}"]
        for candidate in candidates:
            try:
                key_folder.open_key_file(place, passphrase=candidate)
            except WrongPassphrase:
                continue
            passphrase = candidate
            break
        else:
            pytest.fail("no passphrase opens the register any more")
        key_folder.repair(place)
