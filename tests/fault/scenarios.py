"""What the product does while its disk fails: each scenario works, is hit by faults, works again, and tells all of it.

Run as a program by `failing_disk.run`; prints one JSON line: what was acknowledged, what failed with which sentence.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text

from desktop.common.errors import XiangceError
from desktop.exchange.package import container
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.store import backup, key_folder, keys, opening, register_folder
from desktop.store.attachments import Attachments
from desktop.store.drafts import Drafts
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.keys import Unlocked
from desktop.store.register import Register
from desktop.store.register_folder import RegisterFolder
from desktop.store.schema import CellSpec, Schema, TableSpec
from tests.exchange.package import parties
from tests.fault.failing_disk import Disk, Fault

PASSPHRASE = "长口令-一二三四"
PARTIES = 12
"""Rows that are written together with one household, in one unit of work."""
ROUNDS = 5


SMALL = Schema(
    (
        TableSpec(1, "party", (CellSpec(1, "name", ("name",)),)),
        TableSpec(
            2,
            "household",
            (CellSpec(1, "phone", ("phone",)), CellSpec(2, "parts", ("source", "note"), "household_part")),
        ),
    )
)


def small_tables() -> MetaData:
    """The typed tables of the small schema: one plain, one with a list cell."""
    metadata = MetaData()
    for name, column in (("party", "name"), ("household", "phone")):
        Table(
            name, metadata, Column("id", Text, primary_key=True), Column("canonical_id", Text),
            Column("removed", Integer, nullable=False), Column("in_conflict", Integer, nullable=False),
            Column(column, Text),
        )  # fmt: skip
    keys_ = [Column("household_id", Text, primary_key=True), Column("position", Integer, primary_key=True)]
    Table("household_part", metadata, *keys_, Column("source", Text), Column("note", Text))
    return metadata


def create(folder: Path) -> Register:
    """A register of the small schema."""
    return opening.create(
        folder / "册", schema=SMALL, tables=small_tables(), unit_name="样例乡", level="town",
        division_code="360299100000", user="样例甲", passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )[0]  # fmt: skip


def reopen(folder: Path) -> Register:
    """The same register, later."""
    return opening.open_register(folder / "册", schema=SMALL, tables=small_tables(), passphrase=PASSPHRASE)


def write_one(register: Register, number: int) -> None:
    """A unit of work: one household and several parties, to be found together or not at all."""
    with register.write(f"第 {number} 次") as w:
        w.insert("household", {"phone": f"100{number:08}", "parts": [["中央", f"第{number}笔"]]})
        w.insert_many("party", [{"name": f"第{number}次第{n}方" + "长" * 300} for n in range(PARTIES)])


class Record:
    """What was acknowledged and what failed, in order."""

    def __init__(self, disk: Disk, faults: list[Fault]) -> None:
        self.disk = disk
        self.faults = faults
        self.acknowledged: list[int] = []
        self.failed: list[int] = []
        self.errors: list[tuple[str, str]] = []
        self.seen: list[int] = []
        self.fired: list[int] = []
        self.last = 0

    def under_faults(self, work: Callable[[int], object], rounds: int = ROUNDS) -> None:
        """Do the work again and again while each fault in turn is in force, and once more afterwards."""
        number = 0
        self.seen, self.fired = [], []
        for fault in self.faults:
            self.disk.arm(fault)
            for _ in range(rounds):
                self._try(number, work)
                number += 1
            self.seen.append(self.disk.seen)
            self.fired.append(self.disk.fired)
            self.disk.disarm()
        self._try(number, work)
        self.last = number

    def _try(self, number: int, work: Callable[[int], object]) -> None:
        try:
            work(number)
        except XiangceError as error:
            self.failed.append(number)
            self.errors.append((type(error).__name__, str(error)))
        else:
            self.acknowledged.append(number)

    def facts(self, **more: Any) -> dict[str, Any]:
        """For the parent process."""
        return {
            "acknowledged": self.acknowledged, "failed": self.failed, "errors": self.errors, "seen": self.seen,
            "fired": self.fired, "last": self.last, **more,
        }  # fmt: skip


def register_closed(folder: Path, record: Record) -> dict[str, Any]:
    """Units of work, then a proper end while the last fault is in force again."""
    register = create(folder)
    record.under_faults(lambda number: write_one(register, number))
    record.disk.arm(record.faults[-1])
    errors = []
    try:
        register.close()
    except XiangceError as error:
        errors.append(str(error))
    record.disk.disarm()
    return record.facts(close_errors=errors)


def register_killed(folder: Path, record: Record) -> dict[str, Any]:
    """Units of work, then an end without closing anything."""
    register = create(folder)
    record.under_faults(lambda number: write_one(register, number))
    return record.facts()


def register_read(folder: Path, record: Record) -> dict[str, Any]:
    """Reading while reads fail."""
    create(folder).close()
    register = reopen(folder)
    for number in range(20):
        write_one(register, number)
    register.close()
    register = reopen(folder)

    def read(number: int) -> None:
        register.reader.dispose()  # pages must come from the disk
        with register.reading() as sql:
            assert sql.scalar("SELECT count(*) FROM household") == 20

    record.under_faults(read, rounds=3)
    register.close()
    return record.facts()


def opening_again(folder: Path, record: Record) -> dict[str, Any]:
    """A register opened for writing and closed, again and again."""
    with create(folder) as register:
        write_one(register, 1000)

    def open_and_close(number: int) -> None:
        with reopen(folder) as register:
            register.digest()

    record.under_faults(open_and_close, rounds=2)
    return record.facts()


def drafts(folder: Path, record: Record) -> dict[str, Any]:
    """Answers saved one by one."""
    kept = Drafts(folder / "drafts.db", bytes(32))
    record.under_faults(lambda number: kept.save("visit", str(number), "答" * 3000))
    return record.facts()


def drafts_read(folder: Path, record: Record) -> dict[str, Any]:
    """Drafts opened again and again while the disk cannot be read."""
    kept = Drafts(folder / "drafts.db", bytes(32))
    kept.save("visit", "1000", "答" * 3000)
    kept.close()

    def open_again(number: int) -> None:
        again = Drafts(folder / "drafts.db", bytes(32))
        assert again.set_aside is None and again.load("visit", "1000") is not None
        again.close()

    record.under_faults(open_again, rounds=2)
    return record.facts()


def attachments(folder: Path, record: Record) -> dict[str, Any]:
    """Photos stored one by one."""
    kept = Attachments(folder / "attachments", bytes(32))
    kept.folder.mkdir()
    record.under_faults(lambda number: kept.put(bytes([number]) * 600_000))
    return record.facts()


def key_file(folder: Path, record: Record) -> dict[str, Any]:
    """Passphrases changed one after the other."""
    place, unlocked = _small_register(folder)

    def change(number: int) -> None:
        changed = keys.change_passphrase(unlocked, "样例甲", f"口令{number}", profile=FAST_FOR_TESTS)
        with opening.storage_errors():
            key_folder.save(place, changed.file)

    record.under_faults(change)
    return record.facts()


def backups(folder: Path, record: Record) -> dict[str, Any]:
    """Backups made one after the other."""
    register = create(folder)
    for number in range(5):
        write_one(register, number)
    place, unlocked = register.facts["folder"], register.facts["unlocked"]
    digest = register.digest()
    made: dict[int, str] = {}

    def make(number: int) -> None:
        made[number] = backup.make_kept(place, unlocked, "close").name

    record.under_faults(make, rounds=2)
    left = [p.name for p in place.backups.iterdir() if p.suffix != ".xcbak"]
    return record.facts(made=list(made.values()), digest=digest, left=left)


def package(folder: Path, record: Record) -> dict[str, Any]:
    """Packages written to a stick under one name."""
    programme = parties.programme()
    target = folder / "stick" / "包.xcp"
    target.parent.mkdir()

    def write(number: int) -> None:
        before = target.read_bytes() if target.exists() else None
        try:
            parties.written(target, programme, attachments=[parties.attachment(os.urandom(300_000))])
        except XiangceError:
            assert (target.read_bytes() if target.exists() else None) == before
            raise
        container.verify(target, programme.trust)

    record.under_faults(write, rounds=2)
    assert isinstance(programme.root, DeviceKeys)
    return record.facts(left=[p.name for p in target.parent.iterdir()])


def merge(folder: Path, record: Record) -> dict[str, Any]:
    """A laptop's package merged at the county."""
    # the record classes take a second to load: only here
    from desktop.app.exchange import exchanging
    from desktop.app.workspace import open_workspace

    county = open_workspace(folder / "county", passphrase=PASSPHRASE)

    def merge_it(number: int) -> None:
        exchanging.merge(county, folder / "laptop.xcp")

    record.under_faults(merge_it, rounds=1)
    told = record.facts(digest=county.register.digest())
    county.close()
    return told


def prepare_merge(folder: Path) -> None:
    """In `folder`: a county's register and a package that an enrolled laptop made for it."""
    from desktop.app.exchange import exchanging
    from desktop.app.workspace import create_workspace

    code = "360299100000"
    divisions = folder / "divisions.csv"
    divisions.write_text(
        "code12,name,county_code,county,town_code9,town,kind\n"
        "360299100201,样例村,360299,样例县,360299100,样例乡,village\n",
        encoding="utf-8",
    )
    county, laptop = (
        create_workspace(
            folder / name, unit_name=name, level=level, division_code=code[:digits], user="样例甲",
            passphrase=PASSPHRASE, divisions=divisions, profile=FAST_FOR_TESTS,
        )[0]
        for name, level, digits in (("county", "county", 6), ("laptop", "town", 9))
    )  # fmt: skip
    exchanging.write_request(laptop, folder / "r.xcreq", "一号机")
    exchanging.approve_request(
        county, folder / "r.xcreq", folder / "c.xccert", divisions=["360299100"], role="surveyor"
    )
    exchanging.accept_certificate(laptop, folder / "c.xccert")
    with laptop.write("导入") as w:
        rows = [{"phone": f"100{n:08}", "division_code": "360299100201"} for n in range(600)]
        for row_id in w.insert_many("household", rows)[:2]:
            w.attach("household", row_id, row_id.encode() * 5000, name="照片.jpg", mime="image/jpeg", kind="photo")
    exchanging.export(laptop, folder / "laptop.xcp")
    laptop.close()
    county.close()


def _small_register(folder: Path) -> tuple[RegisterFolder, Unlocked]:
    place = register_folder.make(folder / "册")
    unlocked, _ = keys.create(
        unit_name="样例乡", level="town", division_code="360299100000", user="样例甲", passphrase=PASSPHRASE,
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    key_folder.save(place, unlocked.file)
    return place, unlocked


if __name__ == "__main__":
    _, chosen, where, plan = sys.argv
    place = Path(where)
    hit = Record(Disk(place / "injected.log"), [Fault(*fault) for fault in json.loads(plan)])
    told = globals()[chosen](place, hit)
    print(json.dumps(told, ensure_ascii=False), flush=True)
    os._exit(0)  # nothing is closed on the way out
