"""Fills a register with the divisions of its place from the shipped list, or from a county's own file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desktop.common.divisions import short_name
from desktop.common.errors import InputRefused, UsageError
from desktop.common.resources import resource_path
from desktop.registry.division import division_id
from desktop.store.register import WriteScope

SHIPPED_SYSTEM, SHIPPED_AS_OF = "nbs", "2023-06-30"
"""The shipped villages are the statistical bureau's codes of mid-2023 (DOMAIN §4.1)."""


@dataclass(frozen=True)
class Place:
    """One division as a file gives it."""

    code: str
    name: str
    level: str
    kind: str
    parent_code: str | None


def read_divisions(path: Path | None, within: str) -> list[Place]:
    """County, towns and villages whose codes begin with `within` (6, 9 or 12 digits), with those above them.

    The file has the columns of `divisions_village.csv` (code12, name, county_code, county, town_code9, town, kind).
    Raises InputRefused for another shape, UsageError when no division lies there.
    """
    source = path or resource_path("codelists", "divisions_village.csv")
    places: dict[str, Place] = {}
    try:
        with source.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                code = row["code12"]
                if not code.startswith(within):
                    continue
                county, town = row["county_code"], row["town_code9"]
                places.setdefault(county, Place(county, row["county"], "county", "", None))
                places.setdefault(town, Place(town, row["town"], "town", "", county))
                places[code] = Place(code, row["name"], "village", row["kind"], town)
    except (KeyError, UnicodeError, csv.Error) as error:
        raise InputRefused(
            "区划文件的列与要求不符，没有建立任何区划；",
            hint="第一行应有 code12,name,county_code,county,town_code9,town,kind，编码为 UTF-8。",
        ) from error
    if not places:
        raise UsageError(f"区划表里没有 {within} 开头的区划，请核对代码，或用 --divisions 给出本县的区划文件。")
    return [places[code] for code in sorted(places)]


def division_rows(
    places: Iterable[Place], code_system: str = SHIPPED_SYSTEM, as_of: str = SHIPPED_AS_OF
) -> list[dict[str, str | None]]:
    """The places as division rows with the identifiers that every laptop gives them."""
    return [
        {
            "id": division_id(code_system, as_of, p.code),
            "code": p.code,
            "code_system": code_system,
            "as_of": as_of,
            "name": p.name,
            "short_name": short_name(p.name),
            "level": p.level,
            "kind": p.kind or None,
            "parent_id": division_id(code_system, as_of, p.parent_code) if p.parent_code else None,
        }
        for p in places
    ]


def fill_divisions(
    work: WriteScope, within: str, path: Path | None = None, *,
    code_system: str = SHIPPED_SYSTEM, as_of: str = SHIPPED_AS_OF,
) -> int:  # fmt: skip
    """Make the division rows of a place that are not here yet; returns how many were new."""
    rows = division_rows(read_divisions(path, within), code_system, as_of)
    return int(work.ensure_many("division", rows))
