"""The demo register: an invented township with households, assets, rights and a few conflicts, at any size."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from desktop.app.demo.assets import AssetMaker, Village
from desktop.app.demo.cases import fill_cases
from desktop.app.demo.contracts import fill_contracts
from desktop.app.demo.distribution import fill_distributions
from desktop.app.demo.papers import fill_papers
from desktop.app.demo.people import families
from desktop.app.workspace import Workspace
from desktop.common.clock import HybridClock, fresh_replica
from desktop.common.ids import new_id
from desktop.registry.division import division_id
from desktop.registry.tables import METADATA, SCHEMA
from desktop.store import opening
from desktop.store.database import now_ms
from desktop.store.operations import FIELD, Operation, join_ids, pack
from desktop.store.provenance import Unit
from desktop.store.register import Register

PASSPHRASE = "样例口令 2026"
"""The demo register's passphrase; the window shows it, since nothing in the demo is real."""
USER = "区虚远"
UNIT = "样例县仿溪镇人民政府"
TOWN_CODE = "360299101"
SYSTEM, AS_OF = "local", "2026-01-01"
OTHER_DEVICE = bytes(range(32))
VILLAGES = (
    "虚岭村",
    "拟塘村",
    "试田村",
    "模山村",
    "样坪村",
    "例冲村",
    "仿河村",
    "蓢头村",
    "虚塘村",
    "拟江村",
    "试岗村",
    "模洲村",
)

Progress = Callable[[int, int], None]


def make_demo(
    place: str | Path,
    *,
    households: int = 400,
    seed: int = 2026,
    passphrase: str = PASSPHRASE,
    progress: Progress | None = None,
) -> Workspace:
    """A new demo register at the place, open for writing. Raises UsageError when something lies there."""
    register, _ = opening.create(
        place,
        schema=SCHEMA,
        tables=METADATA,
        unit_name=UNIT,
        level="town",
        division_code=TOWN_CODE,
        user=USER,
        passphrase=passphrase,
    )
    try:
        fill_demo(register, households=households, seed=seed, progress=progress)
        fill_distributions(Workspace(register, str(place)))
        fill_papers(Workspace(register, str(place)))
    except BaseException:
        register.close()
        raise
    return Workspace(register, str(place))


def fill_demo(register: Register, *, households: int, seed: int, progress: Progress | None = None) -> None:
    """The township's divisions, families, assets with rights, and three conflicts with another machine."""
    rng = random.Random(seed)
    with register.write("建立区划") as scope:
        scope.ensure_many("division", list(_divisions()))
    villages = [
        Village(division_id(SYSTEM, AS_OF, _village_code(i)), _village_code(i), name) for i, name in enumerate(VILLAGES)
    ]

    def counted(done: int) -> None:
        if progress:
            progress(min(done, households), households)

    with register.write("导入住户花名册（演示）") as scope:
        people: list[dict[str, Any]] = []
        owners: dict[str, tuple[str, str]] = {}

        def household_rows() -> Iterator[dict[str, Any]]:
            for family in families(rng, [(v.id, v.code) for v in villages], households):
                people.extend(family.persons)
                owners.setdefault(
                    family.household["division_code"], (family.household["id"], family.household["head_name"])
                )
                yield family.household

        scope.insert_many("household", household_rows(), counted)
        scope.insert_many("person", people)
    with register.write("导入资产台账（演示）") as scope:
        maker = AssetMaker(rng, Village(division_id(SYSTEM, AS_OF, TOWN_CODE), TOWN_CODE, "仿溪镇"), owners)
        for number in range(max(12, households // 2)):
            maker.add(number, villages[number % len(villages)])
        scope.ensure_many("party", list(maker.parties.values()))
        scope.insert_many("asset", maker.assets)
        scope.insert_many("right", maker.rights)
    fill_contracts(register, maker.leases)
    fill_cases(register)
    _conflicts(register)


def _village_code(index: int) -> str:
    return f"{TOWN_CODE}{201 + index}"


def _divisions() -> Iterator[dict[str, Any]]:
    rows = [("360299", "样例县", "county", None), (TOWN_CODE, "仿溪镇", "town", "360299")]
    rows += [(_village_code(i), name, "village", TOWN_CODE) for i, name in enumerate(VILLAGES)]
    for code, name, level, parent in rows:
        yield {
            "id": division_id(SYSTEM, AS_OF, code),
            "code": code,
            "code_system": SYSTEM,
            "as_of": AS_OF,
            "name": f"{name}村民委员会" if level == "village" else name,
            "short_name": name,
            "level": level,
            "kind": "村委会" if level == "village" else None,
            "parent_id": division_id(SYSTEM, AS_OF, parent) if parent else None,
        }


def _conflicts(register: Register) -> None:
    """What another machine changed in the meantime on records that were changed here too."""
    with register.reading() as sql:
        households = [r for (r,) in sql.rows("SELECT id FROM household ORDER BY national_household_no LIMIT 2")]
        assets = [r for (r,) in sql.rows("SELECT id FROM asset WHERE category='operating' ORDER BY asset_no LIMIT 1")]
    theirs: list[tuple[str, str, dict[str, Any]]] = [
        ("household", households[0], {"phone": "10000099999"}),
        ("household", households[1], {"house_grade": "C"}),
        ("asset", assets[0], {"status": "idle"}),
    ]
    ours: list[tuple[str, str, dict[str, Any]]] = [
        ("household", households[0], {"phone": "10000088888"}),
        ("household", households[1], {"house_grade": "B"}),
        ("asset", assets[0], {"status": "inefficient"}),
    ]
    foreign = _foreign_changes(register, theirs)
    with register.write("入户核实（演示）") as scope:
        for table, row, values in ours:
            scope.change(table, row, values)
    unit = Unit(foreign[0].unit, OTHER_DEVICE, "何试秀", "入户走访（演示）", now_ms(), "")
    register.receive(foreign, [unit], {foreign[0].op_id[8:]: OTHER_DEVICE})


def _foreign_changes(register: Register, changes: Iterable[tuple[str, str, dict[str, Any]]]) -> list[Operation]:
    clock = HybridClock(fresh_replica())
    unit = bytes.fromhex(new_id())
    out = []
    for table, row, values in changes:
        spec = register.table(table)
        seen = register.seen(table, row)
        for column, value in values.items():
            cell = spec.by_column[column]
            out.append(
                Operation(
                    clock.tick(),
                    FIELD,
                    spec.id,
                    bytes.fromhex(row),
                    cell.id,
                    pack(value),
                    join_ids(seen.heads.get(cell.id, ())),
                    unit,
                )
            )
    return out
