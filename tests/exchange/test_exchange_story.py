"""Laptops, a town that relays, a county: what travels, what waits, what is refused, what comes back after a restore."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.app.exchange import exchanging
from desktop.app.keeping import safekeeping
from desktop.app.records.editing import new_record
from desktop.app.records.records import list_records
from desktop.app.workspace import open_workspace
from desktop.common.errors import PackageRefused
from tests.exchange.laptops import OTHER_TOWN, PASSPHRASE, TOWN, Make, change, enrol, household, send


def test_laptops_that_enrol_late_bring_every_village_once(make: Make, tmp_path: Path) -> None:
    county, a, b = make("county", level="county", division="440705"), make("a"), make("b")
    for ws in (a, b):
        household(ws, f"{TOWN}201", f"{ws.unit_name}样")
    for ws in (a, b):
        assert enrol(county, ws, tmp_path, TOWN) == 0
        report = send(ws, county, tmp_path / f"{ws.unit_name}.xcp")
        assert (report.conflicts, report.outside_scope) == (0, 0)
    villages = [r["code"] for r in list_records(county, "division", where={"level": "village"})]
    assert len(villages) == len(set(villages)) > 200
    assert len(list_records(county, "household")) == 2


def test_a_photo_travels_once_and_is_read_at_the_county(make: Make, tmp_path: Path) -> None:
    county, a = make("county", level="county", division="440705"), make("a")
    enrol(county, a, tmp_path, TOWN)
    asset = new_record(a, "asset", {"name": "光伏", "division_code": f"{TOWN}201"})
    picture = b"\xff\xd8 not really a picture" * 1000
    with a.write("附上照片", table="asset") as scope:
        scope.attach("asset", asset, picture, name="一.jpg", mime="image/jpeg", kind="photo")
    exported = exchanging.export(a, tmp_path / "1.xcp")
    assert exported.attachments == 1
    exchanging.merge(county, tmp_path / "1.xcp")
    (found,) = list_records(county, "attachment")
    assert county.register.read_attachment is not None
    assert county.register.read_attachment(found["sha256"]) == picture
    send(county, a, tmp_path / "ack.xcp")
    assert exchanging.export(a, tmp_path / "2.xcp").attachments == 0


def test_what_lies_outside_waits_for_the_county_whatever_the_order(make: Make, tmp_path: Path) -> None:
    county, a = make("county", level="county", division="440705"), make("a", division="440705")
    inside = household(a, f"{TOWN}201")
    foreign = household(a, f"{OTHER_TOWN}204", "李例")
    person = new_record(a, "person", {"household_id": foreign, "name": "李例"})
    assert enrol(county, a, tmp_path, TOWN) == 1
    report = send(a, county, tmp_path / "1.xcp")
    assert report.outside_scope == 2
    assert [h["id"] for h in list_records(county, "household")] == [inside]
    waiting = exchanging.outside_scope(county)
    assert {w.row_id for w in waiting} == {foreign, person}
    assert {(w.record, w.change) for w in waiting} == {("住户 李例", "新建"), ("家庭成员 李例", "新建")}
    before = county.register.digest()
    assert exchanging.decide_scope(county, ["all"], admit=True) == 2
    assert {h["id"] for h in list_records(county, "household")} == {inside, foreign}
    assert [p["id"] for p in list_records(county, "person")] == [person]
    county.register.undo(county.register.units(1)[0].unit_id.hex())
    assert county.register.digest() == before
    assert exchanging.decide_scope(county, ["all"], admit=False) == 2
    assert county.register.digest() == before
    assert county.register.check_tables() == []
    # a wider certificate lets in what a narrower one kept out
    exchanging.approve_request(
        county, tmp_path / "a.xcreq", tmp_path / "wide.xccert", divisions=[OTHER_TOWN], role="town-reviewer"
    )
    household(a, f"{OTHER_TOWN}206", "赵拟")
    exchanging.accept_certificate(a, tmp_path / "wide.xccert")
    send(a, county, tmp_path / "2.xcp")
    assert len(list_records(county, "household")) == 2


def test_a_village_reaches_the_county_through_its_town(make: Make, tmp_path: Path) -> None:
    county = make("county", level="county", division="440705")
    town, village = make("town"), make("village", level="village", division=f"{TOWN}201")
    enrol(county, village, tmp_path, f"{TOWN}201")
    enrol(county, town, tmp_path, TOWN, relay=True)
    send(county, town, tmp_path / "names.xcp")  # the town comes to know the village's certificate
    send(county, village, tmp_path / "names2.xcp")
    row = household(village, f"{TOWN}201")
    exchanging.export(village, tmp_path / "v.xcp", to=["town"])
    exchanging.merge(town, tmp_path / "v.xcp")
    assert [h["id"] for h in list_records(town, "household")] == [row]
    send(town, county, tmp_path / "t.xcp")
    assert [h["id"] for h in list_records(county, "household")] == [row]
    assert county.register.history("household", row)[0].who == "village样"
    codes = {w.register.digest(f"{TOWN}201") for w in (village, town, county)}
    assert len(codes) == 1

    # without the right to relay the same content is refused as a whole
    plain = make("plain")
    enrol(county, plain, tmp_path, TOWN)
    send(county, plain, tmp_path / "p0.xcp")
    household(plain, f"{TOWN}202", "孙虚")
    before = county.register.digest()
    exchanging.export(plain, tmp_path / "p.xcp")
    exchanging.merge(county, tmp_path / "p.xcp")
    assert len(list_records(county, "household")) == 2
    assert county.register.digest() != before


def test_a_restored_laptop_gets_its_own_changes_back(make: Make, tmp_path: Path) -> None:
    county, a = make("county", level="county", division="440705"), make("a")
    enrol(county, a, tmp_path, TOWN)
    first = household(a, f"{TOWN}201")
    safekeeping.back_up(a, tmp_path / "a.xcbak")
    second = household(a, f"{TOWN}202", "李例")
    send(a, county, tmp_path / "1.xcp")
    send(county, a, tmp_path / "2.xcp")
    safekeeping.restore_backup(tmp_path / "a.xcbak", tmp_path / "again", passphrase=PASSPHRASE)
    with open_workspace(tmp_path / "again", passphrase=PASSPHRASE) as again:
        third = household(again, f"{TOWN}203", "赵拟")
        report = send(again, county, tmp_path / "3.xcp")
        assert report.fresh and any("恢复" in n or "副本" in n for n in report.notes)
        exchanging.export(county, tmp_path / "4.xcp", to=["a"])
        exchanging.merge(again, tmp_path / "4.xcp")
        assert {h["id"] for h in list_records(again, "household")} == {first, second, third}
        assert again.register.digest(TOWN) == county.register.digest(TOWN)


def test_a_revoked_laptop_is_refused_but_what_it_sent_stays(make: Make, tmp_path: Path) -> None:
    county, a, b = make("county", level="county", division="440705"), make("a"), make("b")
    for ws in (a, b):
        enrol(county, ws, tmp_path, TOWN)
    row = household(a, f"{TOWN}201")
    send(a, county, tmp_path / "1.xcp")
    exchanging.revoke_device(county, "a", "丢失")
    change(a, "household", row, phone="10000000001")
    exchanging.export(a, tmp_path / "2.xcp")
    before = county.register.digest()
    with pytest.raises(PackageRefused, match="停用"):
        exchanging.merge(county, tmp_path / "2.xcp")
    assert county.register.digest() == before
    assert exchanging.merge(county, tmp_path / "1.xcp").already
    send(county, b, tmp_path / "3.xcp")
    assert [h["id"] for h in list_records(b, "household")] == [row]
    (device,) = [d for d in exchanging.devices_of(b) if d.name == "a"]
    assert device.revoked


def test_a_household_that_moves_into_a_town_brings_its_past(make: Make, tmp_path: Path) -> None:
    county = make("county", level="county", division="440705")
    a, b = make("a"), make("b", division=OTHER_TOWN)
    enrol(county, a, tmp_path, TOWN)
    enrol(county, b, tmp_path, OTHER_TOWN)
    row = household(a, f"{TOWN}201")
    person = new_record(a, "person", {"household_id": row, "name": "王样"})
    send(a, county, tmp_path / "1.xcp")
    send(county, b, tmp_path / "2.xcp")
    send(b, county, tmp_path / "ack.xcp")
    assert list_records(b, "household") == []
    change(county, "household", row, division_code=f"{OTHER_TOWN}204")
    send(county, b, tmp_path / "3.xcp")
    assert [h["id"] for h in list_records(b, "household")] == [row]
    assert [p["id"] for p in list_records(b, "person")] == [person]
    change(b, "person", person, name="王样例")
    assert send(b, county, tmp_path / "4.xcp").outside_scope == 0
    assert list_records(county, "person")[0]["name"] == "王样例"
