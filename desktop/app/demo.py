"""The demo register: an invented township with households, assets, rights and a few conflicts, at any size."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from desktop.app.demo_people import families
from desktop.app.workspace import Workspace
from desktop.common.clock import HybridClock, fresh_replica
from desktop.common.ids import new_id
from desktop.registry.division import division_id
from desktop.registry.right import party_id
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

OPERATING = (
    ("pv", "{v}{n}kW 光伏电站", "座"),
    ("processing", "{v}腐竹加工坊", "间"),
    ("shop", "{v}圩镇商铺 {n} 间", "间"),
    ("base", "{v}育秧大棚 {n} 座", "座"),
    ("equity", "{v}入股仿溪水厂", "股"),
    ("workshop", "{v}帮扶车间", "㎡"),
    ("processing", "{v}保鲜冷库", "座"),
    ("tourism", "{v}民宿 {n} 栋", "栋"),
)
PUBLIC = (
    ("road", "{v}产业路 {n} 号", "米"),
    ("water", "{v}供水加压泵房", "座"),
    ("lighting", "{v}太阳能路灯 {n} 盏", "盏"),
    ("irrigation", "{v}山塘加固", "座"),
    ("sanitation", "{v}农村公厕", "座"),
    ("culture", "{v}文化活动室", "间"),
)
IN_HOUSEHOLD = (("biological", "{v}母牛", "头"), ("fixed", "{v}农用三轮车", "辆"), ("fixed", "{v}鸡舍", "间"))
SOURCES = ("central", "province", "city", "county", "social", "self")

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
    except BaseException:
        register.close()
        raise
    return Workspace(register, str(place))


def fill_demo(register: Register, *, households: int, seed: int, progress: Progress | None = None) -> None:
    """The township's divisions, families, assets with rights, and three conflicts with another machine."""
    rng = random.Random(seed)
    with register.write("建立区划") as scope:
        scope.ensure_many("division", list(_divisions()))
    villages = [(division_id(SYSTEM, AS_OF, _village_code(i)), _village_code(i)) for i in range(len(VILLAGES))]
    names = {_village_code(i): name for i, name in enumerate(VILLAGES)}

    def counted(done: int) -> None:
        if progress:
            progress(min(done, households), households)

    with register.write("导入住户花名册（演示）") as scope:
        people: list[dict[str, Any]] = []

        def household_rows() -> Iterator[dict[str, Any]]:
            for family in families(rng, villages, households):
                people.extend(family.persons)
                yield family.household

        scope.insert_many("household", household_rows(), counted)
        scope.insert_many("person", people)
    with register.write("导入资产台账（演示）") as scope:
        parties, assets, rights = _assets(rng, villages, names, max(12, households // 2))
        scope.ensure_many("party", parties)
        scope.insert_many("asset", assets)
        scope.insert_many("right", rights)
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


def _assets(
    rng: random.Random, villages: list[tuple[str, str]], names: dict[str, str], count: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    town = _party("government", "仿溪镇人民政府", TOWN_CODE, "state_town")
    firm = _party("enterprise", "样例县虚丰果品有限公司", "", "enterprise")
    overseer = _party("department", "仿溪镇农业农村办", TOWN_CODE, None)
    parties = {p["id"]: p for p in (town, firm, overseer)}
    assets, rights = [], []
    serial = {"operating": 0, "public": 0, "household": 0}
    for i in range(count):
        division, code = villages[i % len(villages)]
        category = "public" if i % 7 in (1, 3, 4, 6) else "operating" if i % 7 != 5 else "household"
        kinds = {"operating": OPERATING, "public": PUBLIC, "household": IN_HOUSEHOLD}[category]
        subcategory, pattern, unit = kinds[rng.randrange(len(kinds))]
        serial[category] += 1
        n = rng.choice((2, 3, 5, 12, 30, 60))
        parts = _fund_parts(rng, category)
        total = sum(fen for _, fen in parts)
        year = rng.randint(2016, 2025)
        collective = _party("collective", f"{names[code]}股份经济合作联合社", code, "collective_village")
        parties[collective["id"]] = collective
        leased = category == "operating" and subcategory not in ("equity",) and rng.random() < 0.7
        asset = new_id()
        assets.append(
            {
                "id": asset,
                "asset_no": f"FX-{ {'operating': 'JY', 'public': 'GY', 'household': 'DH'}[category] }-{serial[category]:04d}",
                "name": pattern.format(v=names[code], n=n),
                "project_name": f"{year}年{pattern.format(v=names[code], n=n)}项目",
                "project_year": year,
                "category": category,
                "subcategory": subcategory,
                "quantity": str(n),
                "unit": unit,
                "built_date": f"{year}-{rng.randint(1, 12):02d}-01",
                "built_precision": "month",
                "division_id": division,
                "division_code": code,
                "original_value_fen": total,
                "fund_parts": parts,
                "depreciation_fen": None
                if subcategory in ("equity", "biological")
                else total * min(9, 2026 - year) // 20,
                "competent_dept": "镇农业农村办",
                "operation_mode": "lease" if leased else "self" if category == "operating" else None,
                "contract_start": f"{year + 1}-01-01" if leased else None,
                "contract_end": f"{year + 9}-01-01" if leased else None,
                "expected_income_fen": total // 25 if leased else None,
                "actual_income_fen": total // 26 if leased else None,
                "actual_income_year": 2025 if leased else None,
                "keeper": rng.choice("陈林黄李张") + rng.choice("样例仿拟虚试模") + rng.choice("华明珍玲坤"),
                "status": rng.choice(("normal",) * 12 + ("idle", "inefficient", "damaged")),
                "confirm_doc_no": f"仿府确〔{year + 1}〕{rng.randint(1, 40)}号",
                "noticed": "yes",
                "linked_households": rng.randint(0, 40) if category == "operating" else None,
            }
        )
        held = [[collective["id"], 1, 1]]
        if category == "operating" and rng.random() < 0.12:
            held = [[collective["id"], 493, 643], [town["id"], 150, 643]]
        start = f"{year + 1}-01-01"
        rights.append(_right(asset, "ownership", held, start, assets[-1]["confirm_doc_no"]))
        rights.append(_right(asset, "income", held, start, "村民代表会议"))
        rights.append(
            _right(
                asset,
                "operation",
                [[firm["id"] if leased else collective["id"], 1, 1]],
                start,
                "租赁合同" if leased else None,
            )
        )
        rights.append(_right(asset, "supervision", [[overseer["id"], 1, 1]], start, None))
    return list(parties.values()), assets, rights


def _party(kind: str, name: str, code: str, level: str | None) -> dict[str, Any]:
    division = division_id(SYSTEM, AS_OF, code) if code else None
    return {
        "id": party_id(kind, name, code),
        "kind": kind,
        "name": name,
        "ownership_level": level,
        "division_id": division,
        "division_code": code or None,
    }


def _right(asset: str, kind: str, shares: list[list[Any]], start: str, source: str | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "asset_id": asset,
        "kind": kind,
        "valid_from": start,
        "source_doc": source,
        "shares": shares,
    }


def _fund_parts(rng: random.Random, category: str) -> list[list[Any]]:
    low, high = {"operating": (80_000, 1_300_000), "public": (40_000, 800_000), "household": (1_000, 30_000)}[category]
    whole = rng.randint(low, high) * 100
    if rng.random() < 0.05:
        whole += rng.randint(1, 99)  # real ledgers hold odd 分
    sources = sorted(rng.sample(range(len(SOURCES)), rng.choice((1, 1, 2, 3))))
    parts, left = [], whole
    for at in sources[:-1]:
        part = left * rng.randint(20, 70) // 100
        parts.append([SOURCES[at], part])
        left -= part
    return [*parts, [SOURCES[sources[-1]], left]]


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
