"""Enrolment by two small files: what is asked, what is granted, and what is refused with words."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgpack
import pyrage
import pytest

from desktop.common.errors import FileDamaged, InputRefused, UsageError, XiangceError
from desktop.exchange.package import certificates, statement
from desktop.exchange.package.certificates import Enrolment, Revocation, RevocationList, Trust
from desktop.exchange.package.device_keys import DeviceKeys, fingerprint
from tests.exchange.package.parties import FROM, UNTIL, enrolled


def request_of(keys: DeviceKeys) -> bytes:
    return certificates.make_request(keys, unit_name="样例乡", device_name="一号机", division_code="360299100000")


def test_keys_follow_from_the_seed() -> None:
    keys = DeviceKeys.generate()
    again = DeviceKeys.from_seed(keys.seed)
    assert again == keys and keys.seed.hex() not in repr(keys)
    sealed = pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(keys.recipient)])
    assert pyrage.decrypt(sealed, [again.identity]) == b"x"
    known = DeviceKeys.from_seed(bytes(range(32)))
    assert known.device.hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert known.recipient == DeviceKeys.from_seed(bytes(range(32))).recipient != keys.recipient


def test_fingerprints_are_read_aloud_in_groups() -> None:
    words = fingerprint(bytes(32)).split()
    assert len(words) == 6 and all(len(w) == 5 and w.isdigit() for w in words)
    assert fingerprint(bytes(32)) != fingerprint(b"\1" + bytes(31))


def test_request_certificate_acceptance() -> None:
    root, keys = DeviceKeys.generate(), DeviceKeys.generate()
    county = enrolled(root, "样例县", role="county-admin", relay=True)
    request = certificates.read_request(request_of(keys))
    assert request.device == keys.device and request.unit_name == "样例乡" and len(request.fingerprint) == 35
    granted = certificates.certify(
        root, request, divisions=["360299100", "360299101", "360299100"], role="asset-manager", valid_from=FROM,
        valid_until=UNTIL,
    )  # fmt: skip
    lists = certificates.sign_revocations(root, 4, [Revocation(b"r" * 32, b"", "2026-01-01", "遗失")])
    raw = certificates.make_enrolment(granted, [county.certificate], lists)
    enrolment = certificates.read_enrolment(raw, keys.device)
    assert enrolment == Enrolment(granted, (county.certificate,), lists)
    assert enrolment.certificate.divisions == ("360299100", "360299101") and not enrolment.certificate.relay
    assert enrolment.certificate.request_nonce == request.nonce
    assert enrolment.certificate.programme_fingerprint == fingerprint(root.device)
    stored = certificates.read_certificate(statement.from_bytes(raw)[0])
    trust = Trust.of(root.device, [stored, county.certificate], lists)
    assert trust.sender(root.device, keys.device, date(2026, 1, 1)) == granted
    assert trust.revocation_of(b"r" * 32) is not None and trust.revocation_of(keys.device) is None


def test_a_file_for_someone_else_is_refused_with_words() -> None:
    root, keys = DeviceKeys.generate(), DeviceKeys.generate()
    party = enrolled(root, "样例乡")
    raw = certificates.make_enrolment(party.certificate, [], RevocationList(root.device, 0))
    with pytest.raises(InputRefused, match="不是发给本机"):
        certificates.read_enrolment(raw, keys.device)
    with pytest.raises(InputRefused, match="属于另一个项目"):
        certificates.read_enrolment(raw, party.keys.device, programme=keys.device)
    with pytest.raises(InputRefused, match="不是入册证书文件"):
        certificates.read_enrolment(request_of(keys), keys.device)
    with pytest.raises(InputRefused, match="不是入册申请文件"):
        certificates.read_request(raw)
    with pytest.raises(InputRefused, match="不是乡册的登记文件"):
        certificates.read_request(b"PK\x03\x04")


def test_every_cut_and_flip_of_a_small_file_is_refused() -> None:
    root = DeviceKeys.generate()
    party = enrolled(root, "样例乡")
    raw = certificates.make_enrolment(party.certificate, [], RevocationList(root.device, 0))
    for size in range(len(raw)):
        with pytest.raises((InputRefused, FileDamaged)):
            certificates.read_enrolment(raw[:size], party.keys.device)
    for at in range(len(raw)):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << at % 8
        with pytest.raises(XiangceError) as caught:
            certificates.read_enrolment(bytes(damaged), party.keys.device)
        assert "没有作任何改动" in str(caught.value)


def test_a_certificate_signed_by_anyone_but_the_root_is_refused() -> None:
    root, mallory = DeviceKeys.generate(), DeviceKeys.generate()
    party = enrolled(root, "样例乡")
    assert party.certificate.statement is not None
    content = party.certificate.statement.content()
    forged = statement.to_bytes([statement.sign(mallory, certificates.CERTIFICATE, content)])
    with pytest.raises(InputRefused, match="根密钥"):
        certificates.read_enrolment(forged, party.keys.device)
    lists = certificates.sign_revocations(root, 1, [])
    assert lists.statement is not None
    stolen = statement.sign(mallory, certificates.REVOCATIONS, lists.statement.content())
    with pytest.raises(InputRefused, match="根密钥"):
        certificates.read_revocations(stolen)
    said = party.certificate.statement
    assert said.is_signed()
    assert not statement.Statement(certificates.REQUEST, said.body, said.key, said.signature).is_signed()


def test_a_request_must_be_signed_by_the_key_it_names() -> None:
    keys, mallory = DeviceKeys.generate(), DeviceKeys.generate()
    content = statement.from_bytes(request_of(keys))[0].content()
    with pytest.raises(FileDamaged):
        certificates.read_request(statement.to_bytes([statement.sign(mallory, certificates.REQUEST, content)]))
    for name, wrong in (("recipient", "age1x"), ("unit_name", "长" * 300), ("device", b"x"), ("nonce", None)):
        changed: dict[str, Any] = {**content, name: wrong}
        with pytest.raises(FileDamaged):
            certificates.read_request(statement.to_bytes([statement.sign(keys, certificates.REQUEST, changed)]))


def test_wrong_grants_are_usage_errors() -> None:
    root = DeviceKeys.generate()
    for options in (
        {"divisions": []}, {"divisions": ["甲"]}, {"divisions": ["1"]}, {"role": "boss"},
        {"valid_until": date(2000, 1, 1)},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            enrolled(root, "样例乡", **options)


def test_of_two_certificates_the_later_one_counts_and_foreign_ones_do_not() -> None:
    root, foreign = DeviceKeys.generate(), DeviceKeys.generate()
    keys = DeviceKeys.generate()
    request = certificates.read_request(request_of(keys))
    short, long = (
        certificates.certify(root, request, divisions=["36"], role="surveyor", valid_from=FROM, valid_until=until)
        for until in (date(2026, 1, 1), date(2030, 1, 1))
    )
    strange = certificates.certify(
        foreign, request, divisions=["36"], role="surveyor", valid_from=FROM, valid_until=date(2090, 1, 1)
    )
    assert Trust.of(root.device, [long, short, strange]).certificates == {keys.device: long}


def test_a_large_or_strange_statement_file_is_refused() -> None:
    for raw in (
        statement.MAGIC, statement.MAGIC + msgpack.packb([]), statement.MAGIC + msgpack.packb([1]),
        statement.MAGIC + msgpack.packb([["request", b"", b""]]), statement.MAGIC + b"\x91" * 10_000 + b"\xc0",
        statement.MAGIC + msgpack.packb([["request", "x", b"", b""]]), statement.MAGIC + bytes(5 << 20),
    ):  # fmt: skip
        with pytest.raises(FileDamaged):
            statement.from_bytes(raw)
    with pytest.raises(InputRefused, match="更新版本"):
        statement.from_bytes(statement.MAGIC[:7] + b"\x02")
