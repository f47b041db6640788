"""The composition root: an open register with everything the window and the command line ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from desktop.app import rights
from desktop.app.rights import Right
from desktop.registry.asset_status import follow_status
from desktop.registry.county_items import follow
from desktop.registry.divisions import fill_divisions
from desktop.registry.tables import METADATA, SCHEMA
from desktop.store import opening
from desktop.store.key_slot import STANDARD, KdfProfile
from desktop.store.keys import Level, Role
from desktop.store.register import Register, WriteScope

RIGHT_OF_TABLE: dict[str, Right] = {
    "household": "edit-people", "person": "edit-people", "asset": "edit-assets", "right": "edit-assets",
    "party": "edit-assets", "attachment": "edit-people", "division": "admin", "setting": "admin", "code_item": "admin",
    **dict.fromkeys(
        ("visit", "income_record", "safeguard_check", "lead", "measure", "village_profile"), "edit-people",
    ),
    "survey_form": "admin",
    **dict.fromkeys(
        ("project", "value_change", "contract", "receipt", "decision", "registration", "handover", "asset_income",
         "voucher", "distribution", "payment", "disposal", "inspection_plan", "inspection", "finding",
         "maintenance_round", "complaint", "notice", "objection", "step_taken", "linkage", "assessment",
         "status_change"),
        "edit-assets",
    ),
}  # fmt: skip


@dataclass
class Workspace:
    """An open register and who holds it."""

    register: Register
    place: str

    def __post_init__(self) -> None:
        follow(self.register)  # the county's own items are among the choices and words from now on

    @property
    def unit_name(self) -> str:
        """Name of the unit 填报单位."""
        return str(self.register.facts["unit_name"])

    @property
    def level(self) -> str:
        """`county`, `town` or `village`."""
        return str(self.register.facts["level"])

    @property
    def division_code(self) -> str:
        """Code of the division the register is for."""
        return str(self.register.facts["division_code"])

    @property
    def user(self) -> str:
        """Name of the user who opened it."""
        return self.register.user

    @property
    def role(self) -> str:
        """Role of the user."""
        return self.register.role

    def may(self, right: Right) -> bool:
        """Whether the user may do this (pages leave out what he may not)."""
        return rights.may(self.role, right)

    def require(self, right: Right) -> None:
        """NotAllowed unless the user may do this."""
        rights.require(self.role, right)

    @contextmanager
    def write(
        self, reason: str, *, table: str | None = None, right: Right | None = None, source: str = ""
    ) -> Iterator[WriteScope]:
        """A unit of work, after the role was checked for the table (or the right)."""
        needed = right or (RIGHT_OF_TABLE.get(table, "admin") if table else None)
        if needed:
            self.require(needed)
        with self.register.write(reason, source=source) as scope:
            yield scope
            if "asset" in scope.kinds:  # whatever changed a status, since when is said with it
                follow_status(scope, date.today().isoformat())  # noqa: DTZ011  (where the program runs)

    def close(self) -> None:
        """Close the register."""
        self.register.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create_workspace(
    place: str | Path,
    *,
    unit_name: str,
    level: Level,
    division_code: str,
    user: str,
    passphrase: str,
    role: Role = "county-admin",
    divisions: Path | None = None,
    profile: KdfProfile = STANDARD,
) -> tuple[Workspace, str]:
    """A new register with the divisions of its place; also the recovery code to print once.

    Raises UsageError (something lies there, no such division), StorageFailed.
    """
    from desktop.registry.divisions import read_divisions

    read_divisions(divisions, division_code)  # an unknown place is refused before anything is made
    register, code = opening.create(
        place, schema=SCHEMA, tables=METADATA, unit_name=unit_name, level=level, division_code=division_code,
        user=user, passphrase=passphrase, role=role, profile=profile,
    )  # fmt: skip
    with register.write("建立区划") as scope:
        fill_divisions(scope, division_code, divisions)
    return Workspace(register, str(place)), str(code)


def open_workspace(
    place: str | Path,
    *,
    passphrase: str | None = None,
    recovery: str | None = None,
    user: str | None = None,
    writable: bool = True,
) -> Workspace:
    """Open a register; raises as `opening.open_register`."""
    register = opening.open_register(
        place, schema=SCHEMA, tables=METADATA, passphrase=passphrase, recovery=recovery, user=user, writable=writable
    )
    return Workspace(register, str(place))
