"""Villages for an import: those of the register first, then the shipped ones; missing divisions are made on import."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.common.divisions import Village, Villages, shipped_villages, short_name
from desktop.registry.divisions import SHIPPED_AS_OF, SHIPPED_SYSTEM, Place, division_rows
from desktop.store.register import Register, WriteScope

LIVE = "removed=0 AND canonical_id IS NULL"


def villages_of(register: Register) -> Villages:
    """The register's villages, and shipped ones whose codes it does not have."""
    own: list[Village] = []
    with register.reading() as sql:
        names = dict(sql.rows(f"SELECT code,name FROM division WHERE level IN ('town','county') AND {LIVE}"))
        for code, short, name in sql.rows(
            f"SELECT code,short_name,name FROM division WHERE level='village' AND {LIVE} ORDER BY code"
        ):
            town = str(code)[:9]
            own.append(
                Village(
                    str(code), short or short_name(str(name)), str(name), str(names.get(town, "")), town,
                    str(names.get(str(code)[:6], "")),
                )
            )  # fmt: skip
    have = {v.code for v in own}
    here = str(register.facts.get("division_code", ""))
    shipped = [v for v in shipped_villages().entries if v.code not in have]
    if own and not any(v.code.startswith(here) for v in shipped_villages().entries):
        return Villages(own)  # a county with a list of its own is not mixed with the shipped one
    return Villages(own + shipped)


def place_divisions(register: Register, scope: WriteScope, codes: Iterable[str | None]) -> dict[str, str]:
    """Division code → row id for the codes of an import; villages only the shipped list knows are made."""
    wanted = {c for c in codes if c}
    with register.reading() as sql:
        known = {
            str(code): str(row)
            for code, row in sql.in_chunks(
                f"SELECT code,id FROM division WHERE {LIVE} AND code IN (*) ORDER BY as_of", wanted
            )
        }
    places: dict[str, Place] = {}
    for village in shipped_villages().entries:
        if village.code in wanted - known.keys():
            county, town = village.code[:6], village.town_code
            places.setdefault(county, Place(county, village.county, "county", "", None))
            places.setdefault(town, Place(town, village.town, "town", "", county))
            places[village.code] = Place(village.code, village.official, "village", "", town)
    rows = division_rows((places[c] for c in sorted(places)), SHIPPED_SYSTEM, SHIPPED_AS_OF)
    scope.ensure_many("division", rows)
    return known | {str(r["code"]): str(r["id"]) for r in rows}
