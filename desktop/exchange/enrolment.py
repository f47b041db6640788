"""A laptop joins a programme: request, certificate, acceptance, revocation; rows made before are kept."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from desktop.common.errors import UsageError
from desktop.exchange import devices
from desktop.exchange.package import certificates
from desktop.exchange.package.certificates import Certificate, Request, Revocation, RevocationList
from desktop.exchange.package.device_keys import DeviceKeys
from desktop.store.admission import EVERYWHERE
from desktop.store.database import Sql
from desktop.store.register import Register, get_meta, keep_scopes, set_meta

VALID_YEARS = 3


@dataclass(frozen=True)
class Accepted:
    """What came of accepting a certificate: the certificate, and how many own records lie outside its divisions."""

    certificate: Certificate
    outside: int


def request(register: Register, device_name: str = "") -> tuple[bytes, Request]:
    """The bytes of this laptop's request file, and the request (whose fingerprint is read aloud)."""
    with register.reading() as sql:
        keys = devices.own_keys(sql)
    raw = certificates.make_request(
        keys, unit_name=str(register.facts["unit_name"]), device_name=device_name or platform.node(),
        division_code=str(register.facts["division_code"]),
    )  # fmt: skip
    return raw, certificates.read_request(raw)


def found_programme(register: Register) -> Certificate:
    """Make this county register the root of a programme (once); the county's own certificate."""
    with register.bookkeeping() as sql:
        root = devices.root_keys(sql)
        if root is None:
            if devices.programme_of(sql) is not None:
                raise UsageError("本册已加入别的项目，不能自己签发证书；请由县级册办理。")
            root = DeviceKeys.generate()
            set_meta(sql, "programme_seed", root.seed.hex())
            set_meta(sql, "programme", root.device.hex())
        return _county_certificate(register, sql, root)


def approve(
    register: Register,
    raw: bytes,
    *,
    divisions: Sequence[str],
    role: str,
    relay: bool = False,
    beyond: bool = False,
    years: int = VALID_YEARS,
) -> tuple[bytes, Certificate]:
    """Certify a request: the bytes of the certificate file and the certificate.

    `beyond` says that codes outside the county's own division are meant (it looks after a neighbour's village).

    Raises UsageError (not a county, a code that is none or lies outside, wrong role), InputRefused or FileDamaged
    (the request).
    """
    if register.facts["level"] != "county":
        raise UsageError("只有县级册可以签发证书。")
    asked = certificates.read_request(raw)
    if not beyond:
        _refuse_foreign(str(register.facts["division_code"]), divisions)
    county = found_programme(register)
    today = datetime.now(UTC).date()
    with register.bookkeeping() as sql:
        root = devices.root_keys(sql)
        assert root is not None
        certificate = certificates.certify(
            root, asked, divisions=divisions, role=role, relay=relay, valid_from=_months(today, -1),
            valid_until=_months(today, 12 * years),
        )  # fmt: skip
        assert certificate.statement is not None
        devices.keep_statements(sql, [certificate.statement])
        known = devices.certificates_of(sql)
        revoked = devices.revocations_of(sql) or RevocationList(root.device, 0)
        scope = devices.scope_codes(known, asked.device)
        others = [county, *(c for c in known if c.relay and c.device not in (county.device, asked.device))]
    register.settle_scope({asked.device: scope})
    return certificates.make_enrolment(certificate, others, revoked), certificate


def _refuse_foreign(own: str, divisions: Sequence[str]) -> None:
    """UsageError when a code lies outside the register's own division: nobody hands out what is not his."""
    within = own
    while len(within) > 2 and within.endswith("00"):  # 440700 is the city 4407
        within = within[:-2]
    foreign = [code for code in divisions if not code.strip().startswith(within)]
    if foreign:
        raise UsageError(
            f"区划 {'、'.join(foreign)} 不在本册的区划 {own} 之内，没有签发。",
            hint="请核对代码；确需代管外地区划的，用命令行签发并加 --beyond。",
        )


def accept(register: Register, raw: bytes) -> Accepted:
    """Take a certificate for this laptop; everything entered before stays, rows outside the divisions are counted."""
    with register.bookkeeping() as sql:
        enrolment = certificates.read_enrolment(raw, register.device, programme=devices.programme_of(sql))
        own = enrolment.certificate
        set_meta(sql, "programme", own.programme.hex())
        every = [own, *enrolment.others]
        devices.keep_statements(sql, [c.statement for c in every if c.statement is not None])
        if enrolment.revocations.statement is not None:
            devices.keep_statements(sql, [enrolment.revocations.statement])
        keep_scopes(sql, {register.device: EVERYWHERE})
        outside = _outside(register, sql, own.divisions)
    return Accepted(own, outside)


def revoke(register: Register, device: bytes, reason: str = "") -> RevocationList:
    """End trust in a device: the last package accepted of it is named, later ones are refused everywhere."""
    with register.bookkeeping() as sql:
        root = devices.root_keys(sql)
        if root is None:
            raise UsageError("本册不是项目的县级册，不能停用设备。")
        last = sql.scalar(
            "SELECT digest FROM package_log WHERE direction='in' AND peer=? ORDER BY at_ms DESC LIMIT 1", (device,)
        )
        known = devices.revocations_of(sql) or RevocationList(root.device, 0)
        if any(r.device == device for r in known.revocations):
            raise UsageError("这台设备已经停用。")
        entry = Revocation(
            device, bytes(last) if last else b"", datetime.now(UTC).isoformat(timespec="seconds"), reason
        )
        made = certificates.sign_revocations(root, known.version + 1, [*known.revocations, entry])
        assert made.statement is not None
        devices.keep_statements(sql, [made.statement])
    return made


def _county_certificate(register: Register, sql: Sql, root: DeviceKeys) -> Certificate:
    own = devices.trust_of(sql).certificates.get(register.device)
    if own is not None:
        return own
    keys = devices.own_keys(sql)
    asked = certificates.read_request(
        certificates.make_request(
            keys, unit_name=str(register.facts["unit_name"]), device_name="县级册",
            division_code=str(register.facts["division_code"]),
        )
    )  # fmt: skip
    today = datetime.now(UTC).date()
    made = certificates.certify(
        root, asked, divisions=[str(register.facts["division_code"])], role=devices.COUNTY_ROLE, relay=True,
        valid_from=_months(today, -1), valid_until=_months(today, 240),
    )  # fmt: skip
    assert made.statement is not None
    devices.keep_statements(sql, [made.statement])
    return made


def _months(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def _outside(register: Register, sql: Sql, divisions: Sequence[str]) -> int:
    """Own records that lie in none of the divisions."""
    count = 0
    for spec in register.schema.tables:
        if spec.place_column is None:
            continue
        rows = sql.rows(
            f'SELECT {spec.place_column},COUNT(*) FROM "{spec.name}" WHERE removed=0 AND {spec.place_column} '
            f"IS NOT NULL GROUP BY {spec.place_column}"
        )
        count += sum(int(n) for code, n in rows if not str(code).startswith(tuple(divisions)))
    return count


def is_enrolled(register: Register) -> bool:
    """Whether the register belongs to a programme."""
    with register.reading() as sql:
        return get_meta(sql, "programme") is not None
