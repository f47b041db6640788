"""The machines a register knows and whom it believes: programme, certificates, revocations, acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.exchange.package.certificates import (
    CERTIFICATE,
    REVOCATIONS,
    Certificate,
    RevocationList,
    Trust,
    read_certificate,
    read_revocations,
)
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.exchange.package.statement import Statement
from desktop.store.database import Sql
from desktop.store.register import Register, get_meta

COUNTY_ROLE = "county-admin"


@dataclass(frozen=True)
class KnownDevice:
    """A machine by its public signing key, with what its certificate says; `is_self` marks this one."""

    device: bytes
    name: str
    unit_name: str
    divisions: tuple[str, ...]
    role: str
    relay: bool
    valid_until: str
    revoked: bool
    is_self: bool
    last_received_ms: int | None


@dataclass(frozen=True)
class Peer:
    """What a peer has of us (`acked_seq`), under which scope, and what we have of him."""

    acked_seq: int = 0
    scope: str = ""
    their_generation: str = ""
    their_seq: int = 0


def own_keys(sql: Sql) -> DeviceKeys:
    """This machine's keys, from the encrypted register."""
    return DeviceKeys.from_seed(bytes.fromhex(get_meta(sql, "device_seed") or ""))


def root_keys(sql: Sql) -> DeviceKeys | None:
    """The programme's root keys; only the county that founded it has them."""
    seed = get_meta(sql, "programme_seed")
    return DeviceKeys.from_seed(bytes.fromhex(seed)) if seed else None


def programme_of(sql: Sql) -> bytes | None:
    """The programme this register belongs to (its root public key), None before enrolment."""
    key = get_meta(sql, "programme")
    return bytes.fromhex(key) if key else None


def certificates_of(sql: Sql) -> list[Certificate]:
    """All certificates kept here, every signature checked again."""
    return [read_certificate(s) for s in _statements(sql, CERTIFICATE)]


def trust_of(sql: Sql) -> Trust:
    """Whom this register believes."""
    trust = Trust.of(programme_of(sql), certificates_of(sql))
    for said in _statements(sql, REVOCATIONS):
        trust = trust.with_revocations(read_revocations(said))
    return trust


def revocations_of(sql: Sql) -> RevocationList | None:
    """The newest revocation list."""
    return trust_of(sql).revocations


def keep_statements(sql: Sql, statements: Iterable[Statement]) -> None:
    """Keep certificates and revocation lists that were checked."""
    sql.many(
        "INSERT INTO trusted_statement (signature,kind,key,body) VALUES (?,?,?,?) ON CONFLICT (signature) DO NOTHING",
        [(s.signature, s.kind, s.key, s.body) for s in statements],
    )


def is_county(certificate: Certificate) -> bool:
    """Whether the device speaks for the county: its selection is believed, its decisions count."""
    return certificate.role == COUNTY_ROLE and certificate.relay


def county_certificate(sql: Sql) -> Certificate | None:
    """The county's certificate as known here."""
    return next((c for c in trust_of(sql).certificates.values() if is_county(c)), None)


def named(found: Iterable[tuple[bytes, str, str]], wanted: str) -> list[bytes]:
    """Devices (key, device name, unit name) that a person means by `wanted`: by name, else by unit, else by the
    beginning of the key (at least 6 digits)."""
    known = list(found)
    by_name = [key for key, name, _ in known if name == wanted]
    by_unit = [key for key, _, unit in known if unit == wanted]
    by_key = [key for key, _, _ in known if len(wanted) >= 6 and key.hex().startswith(wanted.lower())]
    return by_name or by_unit or by_key


def scope_codes(certificates: Iterable[Certificate], device: bytes) -> str:
    """Division codes of all certificates ever given to a device, joined by commas."""
    return ",".join(sorted({code for c in certificates if c.device == device for code in c.divisions}))


def peer_of(sql: Sql, device: bytes) -> Peer:
    """The exchange's standing with a peer."""
    row = sql.one("SELECT acked_seq,scope,their_generation,their_seq FROM peer WHERE device=?", (device,))
    return Peer(int(row[0]), str(row[1]), str(row[2]), int(row[3])) if row else Peer()


def keep_peer(sql: Sql, device: bytes, peer: Peer) -> None:
    """Store the exchange's standing with a peer."""
    sql.run(
        "INSERT INTO peer (device,acked_seq,scope,their_generation,their_seq) VALUES (?,?,?,?,?) "
        "ON CONFLICT (device) DO UPDATE SET acked_seq=excluded.acked_seq,scope=excluded.scope,"
        "their_generation=excluded.their_generation,their_seq=excluded.their_seq",
        (device, peer.acked_seq, peer.scope, peer.their_generation, peer.their_seq),
    )


def known_devices(register: Register) -> list[KnownDevice]:
    """All machines this register has a certificate of, and itself."""
    with register.reading() as sql:
        trust = trust_of(sql)
        received = {
            bytes(d): int(at)
            for d, at in sql.rows("SELECT peer,MAX(at_ms) FROM package_log WHERE direction='in' GROUP BY peer")
        }
    out = [
        KnownDevice(
            c.device, c.device_name or c.unit_name, c.unit_name, c.divisions, c.role, c.relay, c.valid_until,
            trust.revocation_of(c.device) is not None, c.device == register.device, received.get(c.device),
        )
        for c in trust.certificates.values()
    ]  # fmt: skip
    if not any(d.is_self for d in out):
        unit = str(register.facts.get("unit_name", ""))
        out.append(KnownDevice(register.device, "本机", unit, (), "", False, "", False, True, None))
    return sorted(out, key=lambda d: (not d.is_self, d.unit_name, d.name))


def _statements(sql: Sql, kind: str) -> list[Statement]:
    rows = sql.rows("SELECT kind,body,key,signature FROM trusted_statement WHERE kind=?", (kind,))
    return [Statement(str(r[0]), bytes(r[1]), bytes(r[2]), bytes(r[3])) for r in rows]
