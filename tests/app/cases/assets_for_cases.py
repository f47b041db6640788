"""A small register with assets, holders and papers, for the tests of notices, disposals, inspections and rights."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from desktop.app.records.attaching import attach_file
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace, create_workspace
from desktop.registry.right import party_id
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE

VILLAGE = "440705104201"
COLLECTIVE, TOWN_COMPANY = "样例村股份经济合作联合社", "双水镇虚拟农业发展公司"


def town_register(folder: Path) -> Workspace:
    """An empty register of a town, opened by 镇样例 as county administrator."""
    ws, _ = create_workspace(
        folder / "册.xcr", unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    return ws


def register_place(folder: Path) -> Path:
    """The folder of such a register, closed, for commands."""
    town_register(folder).close()
    return folder / "册.xcr"


def add_asset(ws: Workspace, name: str, value: int = 26_800_000, *, number: str = "", **more: object) -> str:
    """An operating asset of the village."""
    return new_record(
        ws, "asset",
        {"name": name, "asset_no": number or None, "category": "operating", "original_value_fen": value,
         "division_code": VILLAGE, "status": "normal", **more},
    )  # fmt: skip


def add_party(ws: Workspace, name: str, kind: str = "collective", level: str = "collective_village") -> str:
    """A holder of rights."""
    made = party_id(kind, name, VILLAGE)
    with ws.write("权利人", right="edit-assets") as scope:
        scope.ensure("party", made, {
            "kind": kind, "name": name, "ownership_level": level, "division_code": VILLAGE,
        })  # fmt: skip
    return made


def add_right(
    ws: Workspace, asset: str, kind: str, shares: list[tuple[str, int, int]], start: str = "2021-12-20", **more: object
) -> str:
    """A right held in shares from a day on."""
    return new_record(
        ws, "right",
        {"asset_id": asset, "kind": kind, "valid_from": start, "source_doc": "确权移交表第 4 条",
         "shares": [list(s) for s in shares], **more},
    )  # fmt: skip


def add_photo(ws: Workspace, folder: Path, table: str, row: str, kind: str, name: str = "") -> str:
    """A file as proof: a small grey picture, or bytes where no picture is asked for."""
    file = folder / (name or f"{kind}.jpg")
    if file.suffix == ".jpg":
        Image.new("RGB", (64, 48), "grey").save(file)
    else:
        file.write_bytes(b"%PDF-1.4 a paper")
    return attach_file(ws, table, row, file, kind)


def mark_checked(ws: Workspace, case: str) -> str:
    """A registration as it stands when its notice may hang, its 核实 left out; its id."""
    with ws.write("核实", right="edit-assets") as scope:
        scope.change("registration", case, {"state": "checked"})
    return case
