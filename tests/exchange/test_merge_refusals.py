"""Every wrong package is refused at the register: no change, its own sentence, the file kept in the inbox."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.app.exchange import exchanging
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import PackageRefused
from desktop.exchange import devices
from desktop.exchange.package import container
from desktop.exchange.package.manifest import OPERATIONS, REPLICAS, UNITS, Part
from desktop.exchange.package.operations_codec import encode_operations, encode_replicas, encode_units
from desktop.exchange.package.refusals import Reason, Refused
from desktop.exchange.packaging import STATEMENTS
from desktop.store.operations import FIELD, INSERT, Operation, pack
from tests.fault import scenarios


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refusals")
    scenarios.prepare_merge(folder)
    return folder


@pytest.fixture
def county(prepared: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(prepared / "county", tmp_path / "county")
    shutil.copyfile(prepared / "laptop.xcp", tmp_path / "laptop.xcp")
    with open_workspace(tmp_path / "county", passphrase=scenarios.PASSPHRASE) as opened:
        yield opened


def operations_in(ws: Workspace) -> int:
    with ws.register.reading() as sql:
        return int(sql.scalar("SELECT count(*) FROM op"))


def refused(county: Workspace, path: Path) -> Reason:
    """Merge, expect a refusal, and see that nothing else happened."""
    before = (county.register.digest(), operations_in(county))
    inbox = county.register.facts["folder"].inbox
    content = path.read_bytes()
    with pytest.raises(Refused) as caught:
        exchanging.merge(county, path)
    assert (county.register.digest(), operations_in(county)) == before
    assert county.register.check_tables() == []
    assert path.read_bytes() == content
    assert (inbox / f"{hashlib.sha256(content).hexdigest()}.xcp").read_bytes() == content
    return caught.value.reason


def test_cut_flipped_and_foreign_files(county: Workspace, tmp_path: Path) -> None:
    sound = (tmp_path / "laptop.xcp").read_bytes()
    path = tmp_path / "wrong.xcp"
    draw = random.Random(3)
    for size in (0, 10, 100, len(sound) // 2, len(sound) - 1):
        path.write_bytes(sound[:size])
        assert refused(county, path) in (Reason.EMPTY, Reason.TRUNCATED)
    for at in draw.sample(range(400, len(sound)), 8):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        assert refused(county, path) == Reason.BAD_SIGNATURE
    path.write_bytes(b"PK\3\4 a workbook, say" * 10)
    assert refused(county, path) == Reason.NOT_A_PACKAGE
    report = exchanging.merge(county, tmp_path / "laptop.xcp")
    assert report.fresh > 600 and not report.already
    again = exchanging.merge(county, tmp_path / "laptop.xcp")
    assert again.already and again.fresh == 0


def forged(prepared: Path, target: Path, change: str) -> None:
    """A package of the enrolled laptop, rightly signed, with something wrong inside."""
    folder = target.parent / "copy"
    shutil.copytree(prepared / "laptop", folder, dirs_exist_ok=True)
    with open_workspace(folder, passphrase=scenarios.PASSPHRASE) as laptop, laptop.register.reading() as sql:
        keys, programme = devices.own_keys(sql), devices.programme_of(sql)
        to = devices.county_certificate(sql)
    assert programme is not None and to is not None
    place = prepared_county(prepared, target)
    with open_workspace(place, passphrase=scenarios.PASSPHRASE) as county, county.register.reading() as sql:
        verified = container.verify(prepared / "laptop.xcp", devices.trust_of(sql))
        package = container.read(verified, devices.own_keys(sql), schema=(1, 0))
    ops, units, replicas = list(package.operations()), package.units(), package.replicas()
    manifest = replace(package.manifest, previous=b"", facts={})
    statements = next(raw for _, raw in package.parts(STATEMENTS))
    stolen = b"s" * 32
    if change == "unit of another device":
        units = [replace(units[0], device=stolen), *units[1:]]
    elif change == "replica of another device":
        replicas = dict.fromkeys(replicas, stolen)
    elif change == "no unit":
        ops.append(Operation(b"\1" * 8 + next(iter(replicas)), FIELD, 2, b"r" * 16, 1, pack("x"), b"", b"?" * 16))
    elif change == "no replica":
        ops.append(Operation(b"\1" * 8 + b"unknown!", FIELD, 2, b"r" * 16, 1, pack("x"), b"", units[0].unit_id))
    elif change == "statements":
        statements = statements[:-3]
    elif change == "other content":
        at = next(n for n, op in enumerate(ops) if op.kind == INSERT)
        ops[at] = ops[at]._replace(value=pack({11: "10012345678"}))
    elif change == "newer tables":
        manifest = replace(manifest, schema=(2, 0), lowest_reader=(2, 0))
    parts = [Part.pack(OPERATIONS, raw, count=n) for raw, n in encode_operations(ops)]
    parts += [
        Part.pack(UNITS, encode_units(units), count=len(units)),
        Part.pack(REPLICAS, encode_replicas(replicas), count=len(replicas)),
        Part.pack(STATEMENTS, statements, count=package.manifest.count(STATEMENTS)),
    ]
    container.write(target, device=keys, programme=programme, to=[to], manifest=manifest, parts=parts)


def prepared_county(prepared: Path, target: Path) -> Path:
    folder = target.parent / "reading-county"
    shutil.copytree(prepared / "county", folder, dirs_exist_ok=True)
    return folder


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("unit of another device", Reason.FOREIGN_OPERATIONS),
        ("replica of another device", Reason.FOREIGN_OPERATIONS),
        ("no unit", Reason.OPERATIONS_DAMAGED),
        ("no replica", Reason.OPERATIONS_DAMAGED),
        ("statements", Reason.STATEMENTS_DAMAGED),
        ("newer tables", Reason.NEWER_SCHEMA),
    ],
)
def test_what_an_enrolled_but_hostile_laptop_can_make(
    county: Workspace, prepared: Path, tmp_path: Path, change: str, reason: Reason
) -> None:
    path = tmp_path / "hostile.xcp"
    forged(prepared, path, change)
    assert refused(county, path) == reason


def test_another_package_with_the_same_operations_brings_nothing_new(
    county: Workspace, prepared: Path, tmp_path: Path
) -> None:
    exchanging.merge(county, tmp_path / "laptop.xcp")
    path = tmp_path / "again.xcp"
    forged(prepared, path, "nothing")
    assert exchanging.merge(county, path).fresh == 0


def test_a_known_operation_with_other_content_is_refused(county: Workspace, prepared: Path, tmp_path: Path) -> None:
    exchanging.merge(county, tmp_path / "laptop.xcp")
    before = (county.register.digest(), operations_in(county))
    path = tmp_path / "hostile.xcp"
    forged(prepared, path, "other content")
    with pytest.raises(PackageRefused) as caught:
        exchanging.merge(county, path)
    assert "没有" in str(caught.value)
    assert (county.register.digest(), operations_in(county)) == before and county.register.check_tables() == []


def test_a_revoked_laptop_is_refused_and_its_old_package_is_still_known(
    county: Workspace, prepared: Path, tmp_path: Path
) -> None:
    exchanging.merge(county, tmp_path / "laptop.xcp")
    later = tmp_path / "later.xcp"
    forged(prepared, later, "nothing")
    exchanging.revoke_device(county, "一号机", "遗失")
    assert refused(county, later) == Reason.REVOKED
    assert exchanging.merge(county, tmp_path / "laptop.xcp").already
