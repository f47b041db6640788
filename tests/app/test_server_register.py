"""A county's register on PostgreSQL does what a register in a folder does, and both give the same digests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from desktop.store.postgres_database import open_engine
from tests.app.conftest import SAMPLES, Said


def test_a_county_on_a_server_merges_decides_and_prints(
    xiangce: Callable[..., Said], tmp_path: Path, postgres_database: str
) -> None:
    county, laptop, other = postgres_database, tmp_path / "a", tmp_path / "b"
    xiangce("new", county, "--unit", "新会区农业农村局", "--division", "440705", "--level", "county", "--user", "县样")
    assert "已经有册" in xiangce("new", county, "--unit", "又一个", "--division", "440705", code=2).err
    for folder in (laptop, other):
        xiangce("new", folder, "--unit", "双水镇人民政府", "--division", "440705104", "--user", f"镇例{folder.name}")
        asked, given = tmp_path / f"{folder.name}.xcreq", tmp_path / f"{folder.name}.xccert"
        xiangce("enrol", "request", folder, "-o", asked, "--name", folder.name)
        xiangce("enrol", "approve", county, asked, "--scope", "440705104", "--role", "town-reviewer", "-o", given)
        xiangce("enrol", "accept", folder, given)
    xiangce("import", "assets", laptop, SAMPLES / "资产台账样表.xlsx", "--yes", code=1)
    xiangce("export", laptop, "-o", tmp_path / "a1.xcp")
    xiangce("merge", county, tmp_path / "a1.xcp", code=None)
    xiangce("export", county, "--to", "b", "-o", tmp_path / "b0.xcp")
    xiangce("merge", other, tmp_path / "b0.xcp", code=None)
    assert len({xiangce("digest", r, "--scope", "440705104").out for r in (county, laptop, other)}) == 1

    asset = xiangce("show", laptop, "asset", "--json").json[0]["id"]
    xiangce("set", laptop, "asset", asset, "status=idle")
    xiangce("set", other, "asset", asset, "status=inefficient")
    for folder in (laptop, other):
        xiangce("export", folder, "-o", tmp_path / f"{folder.name}2.xcp")
        xiangce("merge", county, tmp_path / f"{folder.name}2.xcp", code=None)
    (conflict,) = [c for c in xiangce("conflicts", county, "--json", code=1).json if c["kind"] == "conflict"]
    xiangce("resolve", county, conflict["case"], "--take", 1)
    # the first entry and one of each side, of which one is withdrawn
    assert len(xiangce("status", "show", county, asset, "--all", "--json").json) == 3
    xiangce("export", county, "--to", "a", "-o", tmp_path / "a3.xcp")
    xiangce("merge", laptop, tmp_path / "a3.xcp", code=None)
    assert xiangce("show", laptop, "asset", asset, "--json").json[0]["status"] == "idle"
    before = xiangce("digest", county).out
    xiangce("rebuild", county)
    assert xiangce("digest", county).out == before
    xiangce("print", county, "assets", "-o", tmp_path / "county.pdf", "--division", "440705104")
    assert (tmp_path / "county.pdf").stat().st_size > 10_000
    diagnosed = xiangce("diagnose", county).out
    assert "存放　服务器" in diagnosed and "册在服务器上" in diagnosed
    assert not [word for word in ("新会", "双水", "县样", "postgresql://", "440705") if word in diagnosed]
    found = xiangce("check", county, "--json", code=1).json
    # the ledger's probable duplicate, which is only asked, idle assets of which no ledger says what is planned, terms
    # that ran out
    assert {p["rule"] for p in found} == {"asset_number_twice", "idle_without_plan", "contract_expired"}


def test_the_countys_rules_on_a_server_and_after_an_older_program(
    xiangce: Callable[..., Said], postgres_database: str
) -> None:
    county = postgres_database
    xiangce("new", county, "--unit", "新会区农业农村局", "--division", "440705", "--level", "county", "--user", "县样")
    xiangce("config", county, "set", "finding.max_put_off", "1")
    xiangce("config", county, "item-add", "income_use", "村内道路养护", "--code", "road", "--after", "maintenance")
    assert "县样：2 次 → 1 次" in xiangce("config", county, "show", "finding.max_put_off").out
    assert "1 项规定、1 个代码项" in xiangce("config", county, "list").out
    engine = open_engine(county)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE code_item DROP COLUMN stands_after"))
    engine.dispose()
    items = xiangce("config", county, "items", "income_use", "--json").json  # opened for reading only
    assert [i["code"] for i in items][:3] == ["risk_people", "maintenance", "road"], "the place is in the journal"
