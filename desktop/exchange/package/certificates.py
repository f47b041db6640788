"""Enrolment: a laptop asks, the county answers with a certificate; revocations end trust at a named package.

A programme is a root key that the county keeps. Certificates and revocation lists are statements of that
key; a request is a statement of the laptop's own key. Both sides compare fingerprints aloud before they
approve or accept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import new_id
from desktop.exchange.package import statement
from desktop.exchange.package.device_keys import DeviceKeys, fingerprint, is_recipient
from desktop.exchange.package.refusals import Reason, Refused
from desktop.exchange.package.statement import Statement
from desktop.store.keys import ROLES

REQUEST, CERTIFICATE, REVOCATIONS = "request", "certificate", "revocations"
_LONGEST_TEXT = 200


@dataclass(frozen=True)
class Request:
    """A laptop asks to be enrolled."""

    device: bytes
    recipient: str
    unit_name: str
    device_name: str
    division_code: str
    made_at: str
    nonce: str

    @property
    def fingerprint(self) -> str:
        """To read aloud and compare with the laptop's screen."""
        return fingerprint(self.device)


@dataclass(frozen=True)
class Certificate:
    """What the programme lets a device do: where (`divisions`, prefixes of 12-digit codes), as what, how
    long.

    `relay` lets it bring other devices' operations (a town between village and county). Dates are inclusive.
    """

    programme: bytes
    serial: str
    device: bytes
    recipient: str
    unit_name: str
    device_name: str
    divisions: tuple[str, ...]
    role: str
    relay: bool
    valid_from: str
    valid_until: str
    request_nonce: str = ""
    statement: Statement | None = field(default=None, compare=False, repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the device."""
        return fingerprint(self.device)

    @property
    def programme_fingerprint(self) -> str:
        """Of the programme: to compare before accepting a certificate."""
        return fingerprint(self.programme)

    def is_valid_on(self, day: date) -> bool:
        """Whether the day lies within the validity."""
        return date.fromisoformat(self.valid_from) <= day <= date.fromisoformat(self.valid_until)


@dataclass(frozen=True)
class Revocation:
    """A device whose packages end with `last_accepted` (SHA-256 of the file; empty: none was ever accepted)."""

    device: bytes
    last_accepted: bytes
    at: str
    reason: str


@dataclass(frozen=True)
class RevocationList:
    """All revocations of a programme; a higher `version` replaces a lower one, never the other way."""

    programme: bytes
    version: int
    revocations: tuple[Revocation, ...] = ()
    statement: Statement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Enrolment:
    """The content of a `.xccert`: the device's certificate, those of the devices it exchanges with, revocations."""

    certificate: Certificate
    others: tuple[Certificate, ...]
    revocations: RevocationList


def make_request(keys: DeviceKeys, *, unit_name: str, device_name: str, division_code: str) -> bytes:
    """The bytes of a `.xcreq`. Keep `read_request(…).nonce` until the certificate comes back."""
    request = Request(
        keys.device, keys.recipient, unit_name, device_name, division_code,
        datetime.now(UTC).isoformat(timespec="seconds"), new_id(),
    )  # fmt: skip
    return statement.to_bytes([statement.sign(keys, REQUEST, asdict(request))])


def read_request(raw: bytes) -> Request:
    """A request whose signature was checked against the key it names. Raises InputRefused or FileDamaged."""
    said = statement.from_bytes(raw)
    if len(said) != 1 or said[0].kind != REQUEST:
        raise InputRefused("这不是入册申请文件（.xcreq）；没有作任何改动，请核对文件。")
    request: Request = _read(Request, said[0])
    if request.device != said[0].key or not is_recipient(request.recipient):
        raise statement.damaged()
    return request


def certify(
    root: DeviceKeys,
    request: Request,
    *,
    divisions: Iterable[str],
    role: str,
    valid_from: date,
    valid_until: date,
    relay: bool = False,
) -> Certificate:
    """The programme's certificate for a request. UsageError for an unknown role, a code that is none, no validity."""
    codes = tuple(sorted({code.strip() for code in divisions}))
    if not codes or not all(code.isdigit() and 2 <= len(code) <= 12 for code in codes):
        raise UsageError("区划代码应为 2 至 12 位数字，至少一个。")
    if role not in ROLES:
        raise UsageError(f"角色只能是 {'、'.join(ROLES)}。")
    if valid_until < valid_from:
        raise UsageError("证书的终止日期早于起始日期。")
    certificate = Certificate(
        programme=root.device, serial=new_id(), device=request.device, recipient=request.recipient,
        unit_name=request.unit_name, device_name=request.device_name, divisions=codes, role=role, relay=relay,
        valid_from=valid_from.isoformat(), valid_until=valid_until.isoformat(), request_nonce=request.nonce,
    )  # fmt: skip
    return replace(certificate, statement=statement.sign(root, CERTIFICATE, _plain(certificate)))


def make_enrolment(certificate: Certificate, others: Iterable[Certificate], revocations: RevocationList) -> bytes:
    """The bytes of a `.xccert`, made of statements that the programme signed before."""
    signed = [certificate.statement, *(c.statement for c in others), revocations.statement]
    return statement.to_bytes([s for s in signed if s is not None])


def read_enrolment(raw: bytes, device: bytes, *, programme: bytes | None = None) -> Enrolment:
    """A certificate file for this device; compare `certificate.programme_fingerprint` aloud before
    trusting it.

    `programme` is the one the register belongs to already, if any. Raises InputRefused or FileDamaged.
    """
    said = statement.from_bytes(raw)
    certificates = [read_certificate(s) for s in said if s.kind == CERTIFICATE]
    lists = [read_revocations(s) for s in said if s.kind == REVOCATIONS]
    if not certificates:
        raise InputRefused("这不是入册证书文件（.xccert）；没有作任何改动，请核对文件。")
    roots = {c.programme for c in certificates} | {r.programme for r in lists}
    if len(roots) != 1:
        raise statement.damaged()
    own = certificates[0]
    if own.device != device:
        raise InputRefused("这份证书不是发给本机的；没有作任何改动，请核对文件，或用本机的申请重新办理。")
    if programme is not None and own.programme != programme:
        raise InputRefused("这份证书属于另一个项目，本册已加入别的项目；没有作任何改动，请与县级管理员核对。")
    newest = max(lists, key=lambda r: r.version, default=RevocationList(own.programme, 0))
    return Enrolment(own, tuple(certificates[1:]), newest)


def read_certificate(said: Statement) -> Certificate:
    """A certificate from a statement that must be signed by the programme it names. Raises InputRefused."""
    if said.kind != CERTIFICATE or not said.is_signed():
        raise statement.damaged()
    certificate: Certificate = replace(_read(Certificate, said), statement=said)
    try:
        date.fromisoformat(certificate.valid_from)
        date.fromisoformat(certificate.valid_until)
    except ValueError as error:
        raise statement.damaged() from error
    _signed_by_root(certificate.programme, said)
    if not is_recipient(certificate.recipient) or len(certificate.device) != 32:
        raise statement.damaged()
    return certificate


def sign_revocations(root: DeviceKeys, version: int, revocations: Iterable[Revocation]) -> RevocationList:
    """A new list of the programme; `version` must be higher than the last one's."""
    made = RevocationList(root.device, version, tuple(revocations))
    content = {"programme": made.programme, "version": version, "revocations": [asdict(r) for r in made.revocations]}
    return replace(made, statement=statement.sign(root, REVOCATIONS, content))


def read_revocations(said: Statement) -> RevocationList:
    """A revocation list from a statement that must be signed by the programme it names. Raises InputRefused."""
    if said.kind != REVOCATIONS or not said.is_signed():
        raise statement.damaged()
    content = said.content()
    try:
        entries = tuple(
            Revocation(bytes(r["device"]), bytes(r["last_accepted"]), str(r["at"]), str(r["reason"]))
            for r in content["revocations"]
        )
        made = RevocationList(bytes(content["programme"]), int(content["version"]), entries, said)
    except (KeyError, TypeError, ValueError) as error:
        raise statement.damaged() from error
    _signed_by_root(made.programme, said)
    return made


@dataclass(frozen=True)
class Trust:
    """Whom this register believes: one programme, certificates by device, the newest revocation list.

    A register that has not enrolled has no programme and believes nobody.
    """

    programme: bytes | None
    certificates: Mapping[bytes, Certificate] = field(default_factory=dict)
    revocations: RevocationList | None = None

    @classmethod
    def of(
        cls, programme: bytes | None, certificates: Iterable[Certificate], revocations: RevocationList | None = None
    ) -> Trust:
        """Trust in those certificates of the programme; of two for one device the later one counts."""
        known: dict[bytes, Certificate] = {}
        for certificate in sorted(certificates, key=lambda c: (c.valid_until, c.serial)):
            if certificate.programme == programme:
                known[certificate.device] = certificate
        return cls(programme, known, None).with_revocations(revocations)

    def with_revocations(self, other: RevocationList | None) -> Trust:
        """The same trust with the newer of two revocation lists: an old package never lowers it."""
        if other is None or other.programme != self.programme:
            return self
        if self.revocations is not None and self.revocations.version >= other.version:
            return self
        return replace(self, revocations=other)

    def revocation_of(self, device: bytes) -> Revocation | None:
        """The revocation of a device, if any."""
        listed = self.revocations.revocations if self.revocations else ()
        return next((r for r in listed if r.device == device), None)

    def sender(self, programme: bytes, device: bytes, *days: date) -> Certificate:
        """The certificate under which a package may come, valid on one of the days. Raises Refused with the reason.

        The days are the one the sender wrote and signed (a package made in time may arrive late) and the one of
        arrival (a laptop whose clock is years off must not be shut out). Whoever must be stopped at once is revoked.
        """
        if self.programme is None:
            raise Refused(Reason.NOT_ENROLLED)
        if programme != self.programme:
            raise Refused(Reason.OTHER_PROGRAMME)
        certificate = self.certificates.get(device)
        if certificate is None:
            raise Refused(Reason.UNKNOWN_SENDER)
        if not any(certificate.is_valid_on(day) for day in days):
            raise Refused(Reason.EXPIRED)
        return certificate

    def check_not_revoked(self, device: bytes, package: bytes, accepted: Collection[bytes]) -> None:
        """Refused when the device was revoked and this package (SHA-256 of the file) is not one accepted
        before.

        `accepted` are the digests of that device's packages that were merged here before the revocation.
        """
        revocation = self.revocation_of(device)
        if revocation is not None and package != revocation.last_accepted and package not in accepted:
            raise Refused(Reason.REVOKED)


def check_devices(sender: Certificate, devices: Iterable[bytes]) -> None:
    """Refused when a package brings operations of other devices without the right to relay."""
    if not sender.relay and any(device != sender.device for device in devices):
        raise Refused(Reason.FOREIGN_OPERATIONS)


def _plain(certificate: Certificate) -> dict[str, Any]:
    content = asdict(replace(certificate, statement=None))
    del content["statement"]
    return {**content, "divisions": list(certificate.divisions)}


def _read(shape: type[Any], said: Statement) -> Any:
    """Fill a dataclass of texts, bytes, booleans and lists of texts; unknown keys are a newer program's and ignored."""
    content = said.content()
    values: dict[str, Any] = {}
    for name, kind in shape.__annotations__.items():
        if name == "statement":
            continue
        value = content.get(name)
        if kind == "tuple[str, ...]":
            fits = isinstance(value, list) and all(isinstance(v, str) and len(v) <= 12 for v in value)
            value = tuple(value) if fits and isinstance(value, list) else None
        elif kind == "bytes":
            fits = isinstance(value, bytes) and len(value) == 32
        elif kind == "bool":
            fits = isinstance(value, bool)
        else:
            fits = isinstance(value, str) and len(value) <= _LONGEST_TEXT
        if not fits:
            raise statement.damaged()
        values[name] = value
    return shape(**values)


def _signed_by_root(programme: bytes, said: Statement) -> None:
    if said.key != programme:
        raise InputRefused("登记文件不是由项目的根密钥签发；没有作任何改动，请向县级管理员重新索取。")
