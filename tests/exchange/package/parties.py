"""A county, two laptops and packages between them, as the tests of the package format need them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from desktop.exchange.package import certificates, container
from desktop.exchange.package.certificates import Certificate, Trust
from desktop.exchange.package.container import AttachmentSource, Opened, Written
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.exchange.package.manifest import OPERATIONS, REPLICAS, UNITS, Manifest, Part
from desktop.exchange.package.operations_codec import encode_operations, encode_replicas, encode_units
from desktop.store.operations import FIELD, INSERT, Operation, join_ids, pack
from desktop.store.provenance import Unit

FROM, UNTIL = date(2020, 1, 1), date(2090, 12, 31)
SCHEMA = (1, 2)


@dataclass(frozen=True)
class Party:
    """A device with its certificate."""

    keys: DeviceKeys
    certificate: Certificate


@dataclass(frozen=True)
class Programme:
    """A county and two laptops that know each other."""

    root: DeviceKeys
    county: Party
    laptop: Party
    other: Party
    trust: Trust


def enrolled(root: DeviceKeys, unit: str, **options: Any) -> Party:
    keys = DeviceKeys.generate()
    raw = certificates.make_request(keys, unit_name=unit, device_name="一号机", division_code="360299100000")
    settings = {
        "divisions": ["360299100"], "role": "surveyor", "valid_from": FROM, "valid_until": UNTIL, **options,
    }  # fmt: skip
    return Party(keys, certificates.certify(root, certificates.read_request(raw), **settings))


def programme() -> Programme:
    root = DeviceKeys.generate()
    county = enrolled(root, "样例县", divisions=["360299"], role="county-admin", relay=True)
    laptop, other = enrolled(root, "样例乡"), enrolled(root, "仿拟乡")
    trust = Trust.of(root.device, [county.certificate, laptop.certificate, other.certificate])
    return Programme(root, county, laptop, other, trust)


def some_operations(device: bytes, count: int = 50) -> tuple[list[Operation], list[Unit], dict[bytes, bytes]]:
    replica, unit = b"replica1", b"u" * 16
    ops = []
    for n in range(count):
        clock = (1_700_000_000_000 + n).to_bytes(6, "big") + (0).to_bytes(2, "big")
        row = n.to_bytes(16, "big")
        if n % 3 == 0:
            ops.append(Operation(clock + replica, INSERT, 1, row, 0, pack({1: "样例", 2: n, 3: [[1, 2]]}), b"", unit))
        else:
            pred = join_ids([ops[-1].op_id])
            ops.append(Operation(clock + replica, FIELD, 1, row, n % 5 + 1, pack(f"值{n}"), pred, unit))
    units = [Unit(unit, device, "样例甲", "修改", 1_700_000_000_000, "")]
    return ops, units, {replica: device}


def operation_parts(ops: list[Operation], units: list[Unit], replicas: dict[bytes, bytes]) -> list[Part]:
    parts = [Part.pack(OPERATIONS, raw, count=count) for raw, count in encode_operations(ops)]
    parts.append(Part.pack(UNITS, encode_units(units), count=len(units)))
    parts.append(Part.pack(REPLICAS, encode_replicas(replicas), count=len(replicas)))
    return parts


def written(path: Path, p: Programme, *, sender: Party | None = None, **options: Any) -> Written:
    sender = sender or p.laptop
    parts = options.pop("parts", None)
    if parts is None:
        parts = operation_parts(*some_operations(sender.keys.device))
    settings: dict[str, Any] = {
        "device": sender.keys, "programme": p.root.device, "to": [p.county.certificate],
        "manifest": Manifest(schema=SCHEMA, lowest_reader=(1, 0), scope=("360299100",)), "parts": parts, **options,
    }  # fmt: skip
    return container.write(path, **settings)


def opened(path: Path, p: Programme, *, reader: Party | None = None, trust: Trust | None = None) -> Opened:
    verified = container.verify(path, trust or p.trust)
    return container.read(verified, (reader or p.county).keys, schema=SCHEMA)


def attachment(content: bytes) -> AttachmentSource:
    return AttachmentSource(hashlib.sha256(content).hexdigest(), len(content), lambda: content)
