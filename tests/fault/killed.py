"""Work that is killed in the middle: each scenario says `ready`, then what it acknowledged, a number a line.

Run as a program by `test_kill.py`, which ends it with SIGKILL at a random moment.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from desktop.store import backup, key_folder, keys, register_folder
from desktop.store.attachments import Attachments
from desktop.store.drafts import Drafts
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.fault.scenarios import PASSPHRASE, reopen, write_one

IMPORTED = 4000


def say(what: object) -> None:
    """To the parent, at once."""
    print(what, flush=True)


def saving(folder: Path, first: int) -> None:
    """One unit of work after the other."""
    register = reopen(folder)
    say("ready")
    for number in count(first):
        write_one(register, number)
        say(number)


def importing(folder: Path, first: int) -> None:
    """Thousands of rows in one unit of work."""
    register = reopen(folder)
    say("ready")
    for number in count(first):
        with register.write("导入", source=f"import:{number}") as w:
            w.insert_many("party", ({"name": f"第{number}批第{n}方"} for n in range(IMPORTED)))
        say(number)


def merging(folder: Path, first: int) -> None:
    """Another register's operations taken in."""
    operations, units, replicas = pickle.loads((folder / "others.pickle").read_bytes())  # our own file
    register = reopen(folder)
    say("ready")
    register.receive(operations, units, replicas)
    say(first)
    sys.stdin.read()


def merging_package(folder: Path, first: int) -> None:
    """A package file merged as window and command line do it."""
    from desktop.app.exchange import exchanging
    from desktop.app.workspace import open_workspace

    county = open_workspace(folder / "county", passphrase=PASSPHRASE)
    say("ready")
    exchanging.merge(county, folder / "laptop.xcp")
    say(first)
    sys.stdin.read()


def backing_up(folder: Path, first: int) -> None:
    """One backup after the other."""
    register = reopen(folder)
    say("ready")
    for number in count(first):
        backup.make_kept(register.facts["folder"], register.facts["unlocked"], "close")
        say(number)


def restoring(folder: Path, first: int) -> None:
    """One restored register after the other."""
    source = folder / "f.xcbak"
    unlocked = backup.unlock(source, passphrase=PASSPHRASE)
    say("ready")
    for number in count(first):
        backup.restore(source, folder / "out" / str(number), unlocked)
        say(number)


def drafting(folder: Path, first: int) -> None:
    """One answer after the other."""
    drafts = Drafts(folder / "drafts.db", bytes(32))
    say("ready")
    for number in count(first):
        drafts.save("visit", str(number), "答" * 2000)
        say(number)


def attaching(folder: Path, first: int) -> None:
    """One photo after the other."""
    kept = Attachments(folder / "attachments", bytes(32))
    say("ready")
    for number in count(first):
        kept.put(number.to_bytes(4, "big") * 200_000)
        say(number)


def renaming(folder: Path, first: int) -> None:
    """One passphrase after the other."""
    place = register_folder.find(folder / "册")
    unlocked = keys.unlock(key_folder.load(place), passphrase=(folder / "passphrase").read_text(encoding="utf-8"))
    say("ready")
    for number in count(first):
        changed = keys.change_passphrase(unlocked, "样例甲", f"口令{number}", profile=FAST_FOR_TESTS)
        key_folder.save(place, changed.file)
        say(number)


SCENARIOS: dict[str, Callable[[Path, int], None]] = {
    scenario.__name__: scenario
    for scenario in (saving, importing, merging, merging_package, backing_up, restoring, drafting, attaching, renaming)
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
