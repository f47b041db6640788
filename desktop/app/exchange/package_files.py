"""The exchange page's own questions: what a package would hold, past packages, what a signed file says, cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from desktop.app.exchange.exchanging import cases
from desktop.app.records.record_names import RecordNames
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.exchange import devices, packaging
from desktop.exchange.package import certificates
from desktop.exchange.package.certificates import Certificate, Request
from desktop.exchange.package.device_keys import fingerprint
from desktop.exchange.packaging import PackageContent
from desktop.registry.labels import table_label
from desktop.store.database import quoted

LARGEST_SIGNED_FILE = 4 << 20


@dataclass(frozen=True)
class Standing:
    """Whether this register belongs to a programme, and the fingerprints to read aloud."""

    enrolled: bool
    is_county: bool
    device_fingerprint: str
    programme_fingerprint: str
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class PackageLine:
    """One package sent or received here; `when` is local time."""

    direction: Literal["in", "out"]
    peer: str
    when: datetime
    operations: int
    fresh: int
    file_name: str


@dataclass(frozen=True)
class CaseView:
    """A fact over several records that does not hold, and where to mend it."""

    table: str
    row_id: str
    record_word: str
    title: str
    message: str
    open_table: str
    open_id: str


def standing_of(ws: Workspace) -> Standing:
    """How this register stands in its programme."""
    with ws.register.reading() as sql:
        programme = devices.programme_of(sql)
        own = devices.trust_of(sql).certificates.get(ws.register.device)
    return Standing(
        programme is not None, ws.level == "county", fingerprint(ws.register.device),
        fingerprint(programme) if programme else "", own.divisions if own is not None else (),
    )  # fmt: skip


def content_of(ws: Workspace, *, to: Sequence[str] = (), full: bool = False) -> PackageContent:
    """What a package for these recipients would hold now."""
    ws.require("exchange")
    return packaging.package_content(ws.register, to=to, full=full)


def packages_of(ws: Workspace, direction: Literal["in", "out"], limit: int = 50) -> list[PackageLine]:
    """The latest packages sent or received, newest first."""
    with ws.register.reading() as sql:
        names = {c.device: c.device_name or c.unit_name for c in devices.certificates_of(sql)}
        rows = sql.rows(
            "SELECT peer,at_ms,operations,fresh,file_name FROM package_log WHERE direction=? "
            "ORDER BY at_ms DESC LIMIT ?",
            (direction, limit),
        )
    return [
        PackageLine(
            direction, names.get(bytes(peer), bytes(peer).hex()[:8]),
            datetime.fromtimestamp(int(at) / 1000).astimezone(), int(count or 0), int(fresh or 0), str(name or ""),
        )
        for peer, at, count, fresh, name in rows
    ]  # fmt: skip


def request_in(source: Path) -> Request:
    """What a request file asks for, its signature checked; raises InputRefused, FileDamaged, UsageError."""
    return certificates.read_request(_signed(source))


def certificate_in(ws: Workspace, source: Path) -> Certificate:
    """The certificate a file brings for this machine, not yet accepted; raises InputRefused, FileDamaged."""
    with ws.register.reading() as sql:
        programme = devices.programme_of(sql)
    return certificates.read_enrolment(_signed(source), ws.register.device, programme=programme).certificate


def division_words(ws: Workspace, codes: Iterable[str]) -> dict[str, str]:
    """Names of divisions by code; a code not known here has no name."""
    wanted = list(codes)
    with ws.register.reading() as sql:
        return {
            str(code): str(name)
            for code, name in sql.in_chunks(
                "SELECT code,COALESCE(short_name,name) FROM division WHERE removed=0 AND code IN (*)", wanted
            )
        }


def divisions_below(ws: Workspace) -> list[tuple[str, str]]:
    """Code and name of the register's own division and all below it, in the order of codes."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT code,COALESCE(short_name,name) FROM division WHERE removed=0 AND canonical_id IS NULL "
            "AND code LIKE ? ORDER BY code",
            (f"{ws.division_code}%",),
        )
    return [(str(code), str(name)) for code, name in rows]


def case_views(ws: Workspace) -> list[CaseView]:
    """Facts over several records that do not hold, with the record's name and the page that shows it."""
    found, names = cases(ws), RecordNames(ws)
    names.learn((case.table, case.row_id) for case in found)
    owners = {table: _owners(ws, table, [c.row_id for c in found if c.table == table]) for table in _SHOWN_AT}
    out = []
    for case in found:
        table, record = case.table, case.row_id
        if table in _SHOWN_AT:
            table, record = _SHOWN_AT[table][0], owners[table].get(record, "")
        title = names.title(case.table, case.row_id)
        out.append(CaseView(case.table, case.row_id, table_label(case.table), title, case.message, table, record))
    return out


_SHOWN_AT = {"person": ("household", "household_id"), "right": ("asset", "asset_id")}
"""Records without a page of their own → the kind that has one, and the column that names it."""


def _owners(ws: Workspace, table: str, ids: Sequence[str]) -> dict[str, str]:
    """Record → the record on whose page it is shown."""
    with ws.register.reading() as sql:
        rows = sql.in_chunks(f"SELECT id,{_SHOWN_AT[table][1]} FROM {quoted(table)} WHERE id IN (*)", ids)
        return {str(row_id): str(owner or "") for row_id, owner in rows}


def _signed(source: Path) -> bytes:
    if not source.is_file():
        raise UsageError(f"没有文件 {source.name}。")
    with source.open("rb") as stream:
        return stream.read(LARGEST_SIGNED_FILE + 1)
