"""What tests of several machines share: making registers, enrolling, sending, and small edits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop.app.exchange import exchanging
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace

PASSPHRASE = "correct horse battery staple"
TOWN, OTHER_TOWN = "440705104", "440705105"
Make = Callable[..., Workspace]


def enrol(county: Workspace, ws: Workspace, folder: Path, *scope: str, relay: bool = False) -> int:
    """Enrol a laptop; how many of its records lie outside."""
    name = ws.unit_name
    exchanging.write_request(ws, folder / f"{name}.xcreq", name)
    exchanging.approve_request(
        county, folder / f"{name}.xcreq", folder / f"{name}.xccert", divisions=scope, role="town-reviewer", relay=relay
    )
    return exchanging.accept_certificate(ws, folder / f"{name}.xccert").outside


def send(source: Workspace, target: Workspace, path: Path, **options: object) -> exchanging.MergeReport:
    """Export for the target and merge there."""
    to = ["county"] if target.level == "county" else [target.unit_name]
    exchanging.export(source, path, to=to, **options)  # type: ignore[arg-type]
    return exchanging.merge(target, path)


def household(ws: Workspace, village: str, head: str = "王样") -> str:
    return new_record(ws, "household", {"head_name": head, "division_code": village})


def change(ws: Workspace, table: str, row: str, **values: object) -> None:
    save_record(ws, open_record(ws, table, row), values)
