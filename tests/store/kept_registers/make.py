"""Makes the registers that are kept for upgrade tests: run once by each released program, its output stays as it is.

    python tests/store/kept_registers/make.py tests/store/kept_registers/NAME    (writes NAME.zip)

It packs a county's and a village laptop's register and a package that the county has not merged, with households,
assets, rights, an attachment, a removal, something undone and a conflict in them, all invented, and in `expected.json`
what a later program must find. Written against services that do not change: what a register means is in its journal.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from desktop.app.exchange import exchanging
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.records import list_records
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.version import product_version
from desktop.store.key_slot import FAST_FOR_TESTS

PASSPHRASE = "a kept register 2026"
VILLAGE = "440705104201"
TABLES = ("household", "person", "asset", "party", "right", "attachment", "setting")
DIVISIONS = f"""code12,name,county_code,county,town_code9,town,kind
{VILLAGE},样例村民委员会,440705,样例区,440705104,样例镇,village
"""


def main(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill_folder(Path(folder))
        shutil.make_archive(str(archive), "zip", folder)


def fill_folder(target: Path) -> None:
    divisions = target / "divisions.csv"
    divisions.write_text(DIVISIONS, encoding="utf-8")
    county = make(target / "county", "county", "440705", divisions)
    laptop = make(target / "laptop", "village", VILLAGE, divisions)
    exchanging.write_request(laptop, target / "r", "村样")
    exchanging.approve_request(county, target / "r", target / "c", divisions=[VILLAGE], role="town-reviewer")
    exchanging.accept_certificate(laptop, target / "c")
    fill(laptop)
    send(laptop, county, target / "1.xcp")
    send(county, laptop, target / "2.xcp")
    household = list_records(laptop, "household", where={"head_name": "王样"})[0]["id"]
    for ws, phone in ((laptop, "10000000001"), (county, "10000000002")):
        save_record(ws, open_record(ws, "household", household), {"phone": phone})
    send(laptop, county, target / "3.xcp")
    new_record(laptop, "household", {"head_name": "赵拟", "division_code": VILLAGE})
    save_record(laptop, open_record(laptop, "household", household), {"group_name": "三组"})
    exchanging.export(laptop, target / "unmerged.xcp")
    expected = {"program": product_version(), "passphrase": PASSPHRASE}
    expected |= {name: facts(ws) for name, ws in (("county", county), ("laptop", laptop))}
    (target / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1), encoding="utf-8")
    for ws in (county, laptop):
        ws.close()
        for part in ("backups", "inbox"):
            for old in (target / ws.unit_name / part).iterdir():
                old.unlink()
    for name in ("r", "c", "1.xcp", "2.xcp", "3.xcp", "divisions.csv"):
        (target / name).unlink()


def make(place: Path, level: str, division: str, divisions: Path) -> Workspace:
    ws, _ = create_workspace(
        place, unit_name=place.name, level=level, division_code=division, user=f"{place.name}样", passphrase=PASSPHRASE,
        divisions=divisions, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    return ws


def fill(ws: Workspace) -> None:
    """Some of everything."""
    household = new_record(ws, "household", {"head_name": "王样", "division_code": VILLAGE})
    person = {"household_id": household, "name": "王样", "relation": "head", "cert_type": "id_card_18"}
    new_record(ws, "person", {**person, "id_no": "360299197906190012", "birth_date": "1979-06-19"})
    gone = new_record(ws, "person", {"household_id": household, "name": "王仿"})
    other = new_record(ws, "household", {"head_name": "李例", "division_code": VILLAGE})
    with ws.write("移除", table="person") as scope:
        scope.remove("person", gone)
    with ws.write("误改", table="household") as scope:
        scope.change("household", other, {"phone": "10099999999"})
    ws.register.undo(scope.result.unit_id)
    values = {"name": "样例光伏", "division_code": VILLAGE, "original_value_fen": 100_000_001}
    asset = new_record(ws, "asset", {**values, "fund_parts": [["central", 60_000_000], ["county", 40_000_001]]})
    party = new_record(ws, "party", {"name": "样例村股份经济合作联合社", "kind": "collective"})
    new_record(ws, "right", {"asset_id": asset, "kind": "ownership", "shares": [[party, 1, 1]]})
    with ws.write("附上照片", table="asset") as scope:
        picture = b"\xff\xd8 not really a picture" * 20
        scope.attach("asset", asset, picture, name="一.jpg", mime="image/jpeg", kind="photo")


def send(source: Workspace, target: Workspace, path: Path) -> None:
    exchanging.export(source, path, to=["county" if target.level == "county" else "村样"])
    exchanging.merge(target, path)


def facts(ws: Workspace) -> dict[str, object]:
    """What any later program must find; `digest` is the SHA-256 of the dump."""
    dump = StringIO()
    ws.register.dump(dump)
    return {
        "digest": hashlib.sha256(dump.getvalue().encode()).hexdigest(),
        "rows": {table: len(list_records(ws, table)) for table in TABLES},
        "conflicts": len(ws.register.conflicts()),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
