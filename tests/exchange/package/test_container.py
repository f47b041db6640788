"""A package arrives whole, from whom it says, for whom it says; everything else is refused with its own sentence."""

from __future__ import annotations

import hashlib
import io
import os
import random
import struct
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.common.errors import Cancelled, PackageRefused
from desktop.exchange.package import certificates, container, limits, suite
from desktop.exchange.package.certificates import Revocation, Trust
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.exchange.package.manifest import OPERATIONS, Manifest, Part
from desktop.exchange.package.operations_codec import encode_operations
from desktop.exchange.package.refusals import _SENTENCES, AlreadyMerged, Reason, Refused
from tests.exchange.package import parties
from tests.exchange.package.parties import SCHEMA, Programme, opened, programme, some_operations, written


@pytest.fixture(scope="module")
def p() -> Programme:
    return programme()


def refused(path: Path, p: Programme, **options: Any) -> Reason:
    """The reason for which the whole way from file to operations fails."""
    with pytest.raises(Refused) as caught:
        package = opened(path, p, **options)
        list(package.operations())
        package.units()
        package.replicas()
    assert isinstance(caught.value, PackageRefused) and "没有合并任何内容" in str(caught.value)
    return caught.value.reason


def test_a_package_arrives_as_it_was_sent(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "包.xcp"
    ops, units, replicas = some_operations(p.laptop.keys.device, 2000)
    photos = [os.urandom(300_000), b"", b"x" * 70_000]
    facts = {"acknowledged": {"seq": 7, "digest": b"d"}}
    manifest = Manifest(
        schema=SCHEMA, lowest_reader=(1, 0), scope=("360299100",), previous=b"p" * 32, generation="g", first_seq=1,
        last_seq=2000, full=True, facts=facts,
    )  # fmt: skip
    seen: list[tuple[int, int]] = []
    done = written(
        path, p, parts=[*parties.operation_parts(ops, units, replicas), Part.pack("form", b"workbook", name="f.xlsx")],
        manifest=manifest, attachments=[parties.attachment(photo) for photo in photos],
        progress=lambda *step: seen.append(step),
    )  # fmt: skip
    assert seen[-1][0] == seen[-1][1] > 370_000
    assert [f.name for f in tmp_path.iterdir()] == ["包.xcp"]
    assert done.digest == hashlib.sha256(path.read_bytes()).digest() and done.size == path.stat().st_size
    header = container.peek(path)
    assert header == done.header and header.counts["operations"] == 2000 and header.counts["attachments"] == 3
    got = opened(path, p)
    assert got.verified.certificate == p.laptop.certificate and got.verified.digest == done.digest
    assert list(got.operations()) == ops and got.units() == units and got.replicas() == replicas
    assert [(part.name, raw) for part, raw in got.parts("form")] == [("f.xlsx", b"workbook")]
    assert replace(got.manifest, parts=(), attachments=()) == manifest
    kept: dict[str, bytes] = {}
    got.attachments(kept.__setitem__)
    assert sorted(kept.values()) == sorted(photos)
    wanted = parties.attachment(photos[0]).sha256
    kept.clear()
    got.attachments(kept.__setitem__, wanted={wanted})
    assert kept == {wanted: photos[0]}


@settings(max_examples=15)
@given(
    parts=st.lists(st.tuples(st.text("abc", min_size=1, max_size=5), st.binary(max_size=3000)), max_size=5),
    files=st.lists(st.binary(max_size=100_000), max_size=3, unique=True),
    facts=st.dictionaries(st.text(max_size=5), st.none() | st.integers(0, 99) | st.text(max_size=5), max_size=3),
)
def test_any_content_comes_back(
    parts: list[tuple[str, bytes]], files: list[bytes], facts: dict[str, Any], p: Programme,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("any") / "a.xcp"
    packed = [Part.pack(kind, raw, name=str(n), count=1) for n, (kind, raw) in enumerate(parts)]
    manifest = Manifest(schema=SCHEMA, lowest_reader=SCHEMA, facts=facts)
    written(path, p, parts=packed, manifest=manifest, attachments=[parties.attachment(f) for f in files])
    got = opened(path, p)
    for kind in {kind for kind, _ in parts}:
        assert [raw for _, raw in got.parts(kind)] == [raw for k, raw in parts if k == kind]
    kept: dict[str, bytes] = {}
    got.attachments(kept.__setitem__)
    assert list(kept.values()) == files and got.manifest.facts == facts


def test_nothing_of_the_content_is_in_the_clear(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    written(path, p, attachments=[parties.attachment("样例照片".encode() * 10)])
    raw = path.read_bytes()
    for clear in ("样例", "360299", "operations\x00", "修改"):
        assert clear.encode() not in raw


def test_only_the_named_recipients_can_open_it(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    written(path, p, to=[p.county.certificate, p.other.certificate])
    assert len(list(opened(path, p, reader=p.other).operations())) == 50
    assert refused(path, p, reader=p.laptop) == Reason.NOT_FOR_US
    lying = replace(p.laptop.certificate, recipient=p.other.certificate.recipient)
    written(path, p, sender=p.other, to=[lying])
    assert refused(path, p, reader=p.laptop) == Reason.NOT_FOR_US


def test_every_cut_is_refused(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    written(path, p, attachments=[parties.attachment(os.urandom(200_000))])
    raw = path.read_bytes()
    head = struct.unpack(">I", raw[10:14])[0]
    body = 22 + head
    places = {0, 1, 7, 8, 9, 10, 14, 15, 16, 21, 22, 23, body // 2, body - 1, body, body + 1, body + 200}
    places |= {len(raw) // 2, len(raw) - 65, len(raw) - 64, len(raw) - 63, len(raw) - 1}
    reasons = set()
    for size in sorted(places):
        path.write_bytes(raw[:size])
        reasons.add(refused(path, p))
    assert reasons == {Reason.EMPTY, Reason.TRUNCATED}
    path.write_bytes(raw + b"\0")
    assert refused(path, p) == Reason.TRAILING


def test_every_flipped_bit_is_refused(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    written(path, p)
    raw = path.read_bytes()
    seed = random.Random(7)
    places = sorted({*range(0, 400), *seed.sample(range(len(raw)), 400), *range(len(raw) - 70, len(raw))})
    reasons: dict[Reason, int] = {}
    for at in places:
        damaged = bytearray(raw)
        damaged[at] ^= 1 << seed.randrange(8)
        path.write_bytes(damaged)
        reason = refused(path, p)
        reasons[reason] = reasons.get(reason, 0) + 1
    assert reasons[Reason.BAD_SIGNATURE] > 400
    assert {Reason.NOT_A_PACKAGE, Reason.OTHER_PROGRAMME, Reason.UNKNOWN_SENDER}.issubset(reasons)


def test_a_file_mangled_as_text_and_a_foreign_file_are_told_apart(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    written(path, p)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"\r\n", b"\n"))
    assert refused(path, p) == Reason.TEXT_MANGLED
    path.write_bytes(raw.decode("utf-8", "replace").encode())
    assert refused(path, p) == Reason.TEXT_MANGLED
    path.write_bytes(b"PK\x03\x04" + raw)
    assert refused(path, p) == Reason.NOT_A_PACKAGE
    path.write_bytes(raw[:8] + b"\x02" + raw[9:])
    assert refused(path, p) == Reason.NEWER_FORMAT
    path.write_bytes(raw[:9] + b"\x02" + raw[10:])
    assert refused(path, p) == Reason.UNKNOWN_SUITE
    path.write_bytes(raw[:10] + b"\xff" + raw[11:])
    assert refused(path, p) == Reason.HEADER_DAMAGED


def signed(p: Programme, header: dict[str, Any], body: bytes, keys: DeviceKeys) -> bytes:
    """A container whose outside is right, whatever is inside: what an enrolled but hostile laptop can make."""
    head = msgpack.packb(header)
    raw = struct.pack(">8sBBIQ", container.MAGIC, 1, 1, len(head), len(body)) + head + body
    return raw + suite.STANDARD.sign(keys, hashlib.sha512(raw).digest())


def hostile(p: Programme, path: Path, clear: bytes, **changes: Any) -> None:
    sealed = io.BytesIO()
    suite.STANDARD.seal(io.BytesIO(clear), sealed, [p.county.keys.recipient])
    header = {
        "id": os.urandom(16), "programme": p.root.device, "sender": p.laptop.keys.device,
        "recipients": [p.county.keys.device], "made_at_ms": 1_700_000_000_000,
        "counts": {"operations": 1, "attachments": 0}, **changes,
    }  # fmt: skip
    path.write_bytes(signed(p, header, sealed.getvalue(), p.laptop.keys))


def body(manifest: bytes, *rest: bytes) -> bytes:
    return len(manifest).to_bytes(4, "big") + manifest + b"".join(rest)


def one_part(stored: bytes, raw_size: int, *, kind: str = OPERATIONS, count: int = 1, sha256: bytes = b"") -> bytes:
    part = Part(kind, "", count, raw_size, len(stored), sha256 or hashlib.sha256(stored).digest(), stored)
    return Manifest(schema=SCHEMA, lowest_reader=(1, 0), parts=(part,)).to_bytes()


def test_a_forged_signature_a_stranger_and_another_programme_are_refused(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    stranger = parties.enrolled(p.root, "虚乡")
    written(path, p, sender=stranger)
    assert refused(path, p) == Reason.UNKNOWN_SENDER
    foreign = programme()
    written(path, foreign, sender=p.laptop, to=[p.county.certificate])
    assert refused(path, p) == Reason.OTHER_PROGRAMME
    assert refused(path, p, trust=Trust.of(None, [])) == Reason.NOT_ENROLLED
    written(path, p)
    raw = path.read_bytes()
    forged = suite.STANDARD.sign(stranger.keys, hashlib.sha512(raw[:-64]).digest())
    path.write_bytes(raw[:-64] + forged)
    assert refused(path, p) == Reason.BAD_SIGNATURE
    path.write_bytes(raw[:-64] + bytes(64))
    assert refused(path, p) == Reason.BAD_SIGNATURE


def test_a_certificate_must_be_valid_when_the_package_was_made_or_arrives(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    past = parties.enrolled(p.root, "样例乡", valid_until=date(2021, 12, 31))
    trust = Trust.of(p.root.device, [past.certificate])
    for year, fits in ((2019, False), (2020, True), (2021, True), (2022, False)):
        written(path, p, sender=past, made_at=datetime(year, 6, 1, tzinfo=UTC))
        if fits:
            opened(path, p, trust=trust)
        else:
            assert refused(path, p, trust=trust) == Reason.EXPIRED
    for year in (1999, 2150):  # a clock that is years off
        written(path, p, made_at=datetime(year, 6, 1, tzinfo=UTC))
        opened(path, p)


def test_a_revoked_device_is_believed_up_to_its_last_accepted_package(p: Programme, tmp_path: Path) -> None:
    first, second = tmp_path / "1.xcp", tmp_path / "2.xcp"
    one, two = written(first, p), written(second, p)
    device = p.laptop.keys.device
    lists = certificates.sign_revocations(p.root, 3, [Revocation(device, one.digest, "2026-01-01", "遗失")])
    trust = p.trust.with_revocations(lists)
    opened(first, p, trust=trust)
    assert refused(second, p, trust=trust) == Reason.REVOKED
    container.verify(second, trust, accepted=lambda key: {two.digest} if key == device else set())
    older = certificates.sign_revocations(p.root, 2, [])
    assert refused(second, p, trust=trust.with_revocations(older)) == Reason.REVOKED
    foreign = certificates.sign_revocations(DeviceKeys.generate(), 9, [])
    assert refused(second, p, trust=trust.with_revocations(foreign)) == Reason.REVOKED


def test_a_package_merged_before_says_so_and_another_of_its_id_is_refused(p: Programme, tmp_path: Path) -> None:
    path, other = tmp_path / "1.xcp", tmp_path / "2.xcp"
    done = written(path, p)
    merged = {done.header.package_id: done.digest}
    with pytest.raises(AlreadyMerged, match="此包已合并") as caught:
        container.verify(path, p.trust, known=merged.get)
    assert caught.value.exit_code == 0
    written(other, p, package_id=done.header.package_id)
    with pytest.raises(Refused) as refusal:
        container.verify(other, p.trust, known=merged.get)
    assert refusal.value.reason == Reason.SAME_ID_OTHER_CONTENT


def test_bombs_are_refused_before_they_take_memory(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    zeros = zstandard.ZstdCompressor(level=19).compress(bytes(100 << 20))
    undeclared = zstandard.ZstdCompressor(level=19, write_content_size=False).compress(bytes(100 << 20))
    small = zstandard.ZstdCompressor().compress(b"x" * 1000)
    cases = [
        (zeros, 100 << 20), (zeros, 1000), (undeclared, 1000), (small, 999), (small, 1001),
        (small + zeros, 1000), (small + b"tail", 1000), (small[:-5], 1000), (b"no frame", 8), (b"", 0),
    ]  # fmt: skip
    tracemalloc.start()
    for stored, size in cases:
        hostile(p, path, body(one_part(stored, size), stored))
        assert refused(path, p) in (Reason.BOMB, Reason.BODY_DAMAGED, Reason.OPERATIONS_DAMAGED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_list_that_promises_too_much_is_refused(
    p: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xcp"
    hostile(p, path, body(one_part(b"", limits.LARGEST_PART + 1)))
    assert refused(path, p) == Reason.BOMB
    monkeypatch.setattr(limits, "LARGEST_STORED", 10)
    hostile(p, path, body(one_part(bytes(11), 1), bytes(11)))
    assert refused(path, p) == Reason.BOMB
    monkeypatch.setattr(limits, "MOST_ATTACHMENTS", 3)
    attachments = tuple(container.AttachmentEntry(f"{n:064x}", 0) for n in range(4))
    hostile(p, path, body(Manifest(schema=SCHEMA, lowest_reader=(1, 0), attachments=attachments).to_bytes()))
    assert refused(path, p) == Reason.TOO_MANY
    hostile(p, path, (limits.LARGEST_MANIFEST + 1).to_bytes(4, "big"))
    assert refused(path, p) == Reason.TOO_MANY
    monkeypatch.setattr(limits, "LARGEST_PACKAGE", 100)
    assert refused(path, p) == Reason.TOO_LARGE


def test_nesting_is_bounded_everywhere(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    deep = b"\x91" * 100_000 + b"\xc0"
    hostile(p, path, body(deep))
    assert refused(path, p) == Reason.TOO_DEEP
    hostile(p, path, body(b"\x91" * 30 + b"\xc0"))
    assert refused(path, p) == Reason.TOO_DEEP
    stored = limits.compress(deep)
    hostile(p, path, body(one_part(stored, len(deep)), stored))
    assert refused(path, p) == Reason.TOO_DEEP
    ops, _, _ = some_operations(p.laptop.keys.device, 1)
    raw, count = next(iter(encode_operations([ops[0]._replace(kind=2, value=b"\x91" * 20 + b"\xc0")])))
    stored = limits.compress(raw)
    hostile(p, path, body(one_part(stored, len(raw), count=count), stored))
    assert refused(path, p) == Reason.TOO_DEEP
    for claim in (b"\xdd\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc7\xff\x01" + bytes(255), b"\xc1"):
        hostile(p, path, body(claim))
        assert refused(path, p) == Reason.BODY_DAMAGED
        stored = limits.compress(claim)
        hostile(p, path, body(one_part(stored, len(claim)), stored))
        assert refused(path, p) == Reason.BODY_DAMAGED


def test_wrong_hashes_counts_and_lengths_inside_are_refused(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    ops, _, _ = some_operations(p.laptop.keys.device, 1)
    raw, _ = next(iter(encode_operations(ops)))
    stored = limits.compress(raw)
    good = one_part(stored, len(raw))
    hostile(p, path, body(good, stored))
    assert len(list(opened(path, p).operations())) == 1
    hostile(p, path, body(one_part(stored, len(raw), sha256=b"h" * 32), stored))
    assert refused(path, p) == Reason.HASH_MISMATCH
    hostile(p, path, body(good, stored), counts={"operations": 2, "attachments": 0})
    assert refused(path, p) == Reason.COUNT_MISMATCH
    hostile(p, path, body(one_part(stored, len(raw), count=2), stored), counts={"operations": 2, "attachments": 0})
    assert refused(path, p) == Reason.OPERATIONS_DAMAGED
    for clear in (body(good, stored[:-1]), body(good, stored, b"more"), body(good), b"", b"\0\0", body(b"")):
        hostile(p, path, clear)
        assert refused(path, p) == Reason.BODY_DAMAGED
    entry = container.AttachmentEntry("0" * 64, 3)
    hostile(p, path, body(Manifest(schema=SCHEMA, lowest_reader=(1, 0), attachments=(entry,)).to_bytes(), b"abc"))
    assert refused(path, p) == Reason.HASH_MISMATCH
    hostile(p, path, body(Manifest(schema=(2, 0), lowest_reader=(2, 0)).to_bytes()))
    assert refused(path, p) == Reason.NEWER_SCHEMA


def test_a_body_that_is_no_age_file_is_refused(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    header = {
        "id": bytes(16), "programme": p.root.device, "sender": p.laptop.keys.device,
        "recipients": [p.county.keys.device], "made_at_ms": 1_700_000_000_000, "counts": {},
    }  # fmt: skip
    for content in (b"", b"age", b"age-encryption.org/v1\n-> X25519 x\n", os.urandom(500)):
        path.write_bytes(signed(p, header, content, p.laptop.keys))
        assert refused(path, p) == Reason.NOT_DECRYPTED
    for wrong in (
        {"id": b"short"}, {"programme": 1}, {"recipients": None}, {"recipients": ["x"]}, {"made_at_ms": -1},
        {"made_at_ms": 1 << 47}, {"counts": []}, {"counts": {"operations": "1"}}, {"sender": None},
    ):  # fmt: skip
        path.write_bytes(signed(p, {**header, **wrong}, b"", p.laptop.keys))
        assert refused(path, p) == Reason.HEADER_DAMAGED


def test_others_operations_come_only_from_a_relay(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    parts = parties.operation_parts(*some_operations(p.other.keys.device))
    written(path, p, parts=parts)
    assert refused(path, p) == Reason.FOREIGN_OPERATIONS
    written(path, p, sender=p.county, to=[p.laptop.certificate], parts=parts)
    assert opened(path, p, reader=p.laptop).units()[0].device == p.other.keys.device


def test_a_file_exchanged_after_verification_is_noticed(p: Programme, tmp_path: Path) -> None:
    path = tmp_path / "a.xcp"
    written(path, p)
    verified = container.verify(path, p.trust)
    written(path, p, sender=p.other)
    with pytest.raises(Refused) as caught:
        container.read(verified, p.county.keys, schema=SCHEMA)
    assert caught.value.reason == Reason.BAD_SIGNATURE


def test_a_stopped_writing_leaves_no_file(p: Programme, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled("已取消。")

    with pytest.raises(Cancelled):
        written(tmp_path / "a.xcp", p, progress=stop)
    liar = replace(parties.attachment(b"abc"), read=lambda: b"abd")
    with pytest.raises(ValueError, match="digest"):
        written(tmp_path / "a.xcp", p, attachments=[liar])
    with pytest.raises(ValueError, match="recipients"):
        written(tmp_path / "a.xcp", p, to=[])
    assert list(tmp_path.iterdir()) == []


def test_every_reason_has_its_own_sentence() -> None:
    assert set(_SENTENCES) == set(Reason)
    assert len({str(Refused(reason)) for reason in Reason}) == len(Reason)
    assert all(str(Refused(reason)).endswith("。") for reason in Reason)
