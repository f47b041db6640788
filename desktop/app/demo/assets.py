"""Invented assets of the demo township with their parties, fund parts and rights."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from desktop.common.ids import new_id
from desktop.registry.right import party_id

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
FIRMS = ("样例县虚丰果品有限公司", "样例县仿禾农业专业合作社", "样例县拟泉食品有限公司", "样例县试光新能源有限公司",
         "样例县模工农机服务队")  # fmt: skip
PREFIX = {"operating": "JY", "public": "GY", "household": "DH"}
RANGES = {"operating": (800, 13_000), "public": (400, 8_000), "household": (10, 300)}
"""Original values by category, in hundreds of 元."""
REFERENCE_YEAR = 2026
LIFE_YEARS = 20


class Village(NamedTuple):
    """A division of the demo: row id, code, name."""

    id: str
    code: str
    name: str


class Lease(NamedTuple):
    """An asset that is let: its row, who lets it, to whom."""

    asset: dict[str, Any]
    owner: str
    firm: str


class AssetMaker:
    """Collects the rows of assets, parties and rights; `owners` are households by village code (id, head's name)."""

    def __init__(self, rng: random.Random, town: Village, owners: Mapping[str, tuple[str, str]]) -> None:
        self.rng = rng
        self.owners = owners
        self.assets: list[dict[str, Any]] = []
        self.rights: list[dict[str, Any]] = []
        self.parties: dict[str, dict[str, Any]] = {}
        self.serial = dict.fromkeys(PREFIX, 0)
        self.town = self._party("government", f"{town.name}人民政府", town, "state_town")
        self.firms = [self._party("enterprise", name, None, "enterprise") for name in FIRMS]
        self.leases: list[Lease] = []
        self.overseer = self._party("department", f"{town.name}农业农村办", town, None)

    def add(self, number: int, village: Village) -> None:
        """One more asset in the village."""
        rng = self.rng
        category = "public" if number % 7 in (1, 3, 4, 6) else "operating" if number % 7 != 5 else "household"
        kinds = {"operating": OPERATING, "public": PUBLIC, "household": IN_HOUSEHOLD}[category]
        subcategory, pattern, unit = kinds[rng.randrange(len(kinds))]
        count = rng.choice((2, 3, 5, 12, 30, 60))
        name = pattern.format(v=village.name, n=count)
        year = rng.randint(2016, 2025)
        parts = self._fund_parts(category)
        total = sum(fen for _, fen in parts)
        leased = category == "operating" and subcategory != "equity" and rng.random() < 0.7
        owner, household = self._owner(category, village)
        firm = self.firms[number % len(self.firms)]
        self.serial[category] += 1
        worn = None if subcategory in ("equity", "biological") else total * (REFERENCE_YEAR - year) // LIFE_YEARS
        asset = {
            "id": new_id(),
            "asset_no": f"FX-{PREFIX[category]}-{self.serial[category]:04d}",
            "name": name,
            "project_name": f"{year}年{name}项目",
            "project_year": year,
            "category": category,
            "subcategory": subcategory,
            "quantity": str(count),
            "unit": unit,
            "built_date": f"{year}-{rng.randint(1, 12):02d}-01",
            "built_precision": "month",
            "division_id": village.id,
            "division_code": village.code,
            "original_value_fen": total,
            "fund_parts": parts,
            "depreciation_fen": None if worn is None else worn // 10_000 * 10_000,
            "competent_dept": "镇农业农村办",
            "household_id": household,
            "operation_mode": "lease" if leased else "self" if category == "operating" else None,
            "contract_start": f"{year + 1}-01-01" if leased else None,
            "contract_end": f"{year + 8}-12-31" if leased else None,
            "expected_income_fen": total // 250_000 * 10_000 if leased else None,
            "actual_income_fen": total // 260_000 * 10_000 if leased else None,
            "actual_income_year": REFERENCE_YEAR - 1 if leased else None,
            "keeper": rng.choice("陈林黄李张") + rng.choice("样例仿拟虚试模") + rng.choice("华明珍玲坤"),
            "status": rng.choice(("normal",) * 12 + ("idle", "inefficient", "damaged")),
            "confirm_doc_no": f"仿府确〔{year + 1}〕{rng.randint(1, 40)}号",
            "noticed": "yes",
            "linked_households": rng.randint(0, 40) if category == "operating" else None,
        }
        self.assets.append(asset)
        held = [[owner, 1, 1]]
        if category == "operating" and rng.random() < 0.12:
            held = [[owner, 493, 643], [self.town, 150, 643]]
        start = f"{year + 1}-01-01"
        self._right(asset["id"], "ownership", held, start, asset["confirm_doc_no"])
        self._right(asset["id"], "income", held, start, "村民代表会议")
        self._right(
            asset["id"], "operation", [[firm if leased else owner, 1, 1]], start, "租赁合同" if leased else None
        )
        if leased:
            self.leases.append(Lease(asset, owner, firm))
        self._right(asset["id"], "supervision", [[self.overseer, 1, 1]], start, None)

    def _owner(self, category: str, village: Village) -> tuple[str, str | None]:
        if category == "household" and village.code in self.owners:
            household, head = self.owners[village.code]
            return self._party("household", head, village, "household", household), household
        return self._party("collective", f"{village.name}股份经济合作联合社", village, "collective_village"), None

    def _party(
        self, kind: str, name: str, place: Village | None, level: str | None, household: str | None = None
    ) -> str:
        made = party_id(kind, household or name, place.code if place else "")
        self.parties[made] = {
            "id": made,
            "kind": kind,
            "name": name,
            "ownership_level": level,
            "household_id": household,
            "division_id": place.id if place else None,
            "division_code": place.code if place else None,
        }
        return made

    def _right(self, asset: str, kind: str, shares: list[list[Any]], start: str, source: str | None) -> None:
        row = {
            "id": new_id(),
            "asset_id": asset,
            "kind": kind,
            "valid_from": start,
            "source_doc": source,
            "shares": shares,
        }
        self.rights.append(row)

    def _fund_parts(self, category: str) -> list[list[Any]]:
        """One to three sources in whole hundreds of 元 that add to the original value."""
        rng = self.rng
        left = rng.randint(*RANGES[category])
        sources = sorted(rng.sample(range(len(SOURCES)), rng.choice((1, 1, 2, 3))))
        parts = []
        for at in sources[:-1]:
            part = left * rng.randint(20, 70) // 100
            parts.append([SOURCES[at], part * 10_000])
            left -= part
        return [*parts, [SOURCES[sources[-1]], left * 10_000]]
