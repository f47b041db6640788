"""What `check` proves about village profiles 村情: parts within wholes, rates, what is empty, land of the families.

Rule R-VL-01 of `validation_rule.csv`, a warning: a person asks the village. Only the last profile of a village is asked
what it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from desktop.insight.person_checks import LIVE
from desktop.registry.invariants import Invariant
from desktop.registry.labels import label
from desktop.store.database import Sql

_WITHIN = (
    ("dibao_households", "households"), ("tekun_households", "households"), ("unsafe_house_households", "households"),
    ("unsafe_water_households", "households"), ("tourism_households", "households"), ("dibao_people", "population"),
    ("tekun_people", "population"), ("disabled_people", "population"), ("migrant_workers", "population"),
    ("party_members", "population"), ("medical_insured", "population"), ("pension_insured", "population"),
    ("power_natural_villages", "natural_villages"),
)  # fmt: skip
"""R-VL-01: the part is not more than the whole."""
_RATES = ("tap_water_rate", "garbage_coverage", "sanitary_toilet_rate", "linkage_coverage")


def parts_and_rates(sql: Sql, _on: str) -> Iterator[Invariant]:
    """No part above its whole, no rate outside 0 to 100."""
    columns = sorted({c for pair in _WITHIN for c in pair} | set(_RATES))
    for row, *values in sql.rows(f"SELECT id,{','.join(columns)} FROM village_profile WHERE {LIVE} ORDER BY id"):
        found = dict(zip(columns, values, strict=True))
        for part, whole in _WITHIN:
            if found[part] is not None and found[whole] is not None and found[part] > found[whole]:
                words = (
                    f"{label('village_profile', part)} {found[part]} 多于"
                    f"{label('village_profile', whole)} {found[whole]}，请核对"
                )
                yield Invariant("village_part", "village_profile", row, words, "warning")
        for rate in _RATES:
            if found[rate] is not None and not 0 <= _number(found[rate]) <= 100:
                words = f"{label('village_profile', rate)} {found[rate]} 不在 0 到 100 之间"
                yield Invariant("village_rate", "village_profile", row, words, "warning")


INDICATORS = (
    "households", "natural_villages", "population", "dibao_households", "dibao_people", "tekun_households",
    "tekun_people", "disabled_people", "migrant_workers", "party_members", "cultivated_mu", "per_capita_income_fen",
    "medical_insured", "pension_insured", "hard_road", "unsafe_water_households", "unsafe_house_households",
)  # fmt: skip
"""Indicators every village has; the others depend on where it lies."""
_LAND = {
    "cultivated_mu": "land_arable_mu", "forest_mu": "land_forest_mu", "returned_forest_mu": "land_returned_forest_mu",
    "orchard_mu": "land_orchard_mu", "pasture_mu": "land_pasture_mu", "water_mu": "land_water_mu",
}  # fmt: skip
"""Land of the village → the same land of its families."""
_NAMED = 3


def gaps(sql: Sql, _on: str) -> Iterator[Invariant]:
    """What a village's last profile leaves empty without a reason; a village without a hardened road."""
    last: dict[str, str] = {}
    columns = ("id", "division_code", "missing_reasons", *INDICATORS)
    rows = [
        dict(zip(columns, row, strict=True))
        for row in sql.rows(
            f"SELECT {','.join(columns)} FROM village_profile WHERE {LIVE} AND division_code IS NOT NULL "
            "ORDER BY division_code,period,id"
        )
    ]
    for row in rows:
        last[row["division_code"]] = row["id"]
    for row in rows:
        if last[row["division_code"]] != row["id"]:
            continue
        reasons = _reasons(row["missing_reasons"])
        empty = [label("village_profile", c) for c in INDICATORS if row[c] is None and c not in reasons]
        if empty:
            more = f"等 {len(empty)} 项" if len(empty) > _NAMED else ""
            words = f"没有填{'、'.join(name.removesuffix('（元）') for name in empty[:_NAMED])}{more}，请补填"
            yield Invariant("village_empty", "village_profile", row["id"], words, "warning")
        if row["hard_road"] == 0:
            yield Invariant("village_road", "village_profile", row["id"], "到乡镇没有通硬化路，请核实", "warning")


def land(sql: Sql, _on: str) -> Iterator[Invariant]:
    """The land of a village is not less than that of its families together."""
    profiles = sql.rows(
        f"SELECT id,division_code,{','.join(_LAND)} FROM village_profile WHERE {LIVE} AND division_code IS NOT NULL "
        "ORDER BY division_code,period,id"
    )
    if not profiles:
        return
    codes = {row[1] for row in profiles}
    sums: dict[str, list[Decimal]] = {}
    for code, *owned in sql.stream(f"SELECT division_code,{','.join(_LAND.values())} FROM household WHERE {LIVE}"):
        if code in codes:
            total = sums.setdefault(code, [Decimal(0)] * len(owned))
            for at, text in enumerate(owned):
                if text:
                    total[at] += _area(text)
    last = {row[1]: row for row in profiles}
    for row, code, *stated in last.values():
        for at, (column, text) in enumerate(zip(_LAND, stated, strict=True)):
            summed = sums.get(code, [Decimal(0)] * len(_LAND))[at]
            if text and _area(text) < summed:
                name = label("village_profile", column)
                words = f"{name} {text} 亩，少于各户相加的 {summed.normalize():f} 亩，请核对"
                yield Invariant("village_land", "village_profile", row, words, "warning")


def _area(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _reasons(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


PIECES = (parts_and_rates, gaps, land)
