"""The main job as the README tells it: from a township's workbooks to the county's printed register."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pypdfium2

from desktop.app.workspace import open_workspace
from tests.app.conftest import PASSPHRASE, SAMPLES, Said

LEDGER, ROSTER = SAMPLES / "资产台账样表.xlsx", SAMPLES / "住户花名册样表.xlsx"
ORIGINAL_VALUE_FEN = 6_465_120_000
"""120 assets worth 6,465.12 万元 after the corrections."""


def pdf_text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def enrol(xiangce: Callable[..., Said], folder: Path, name: str) -> None:
    """Request, certificate, acceptance; the fingerprints shown on both sides are the same."""
    asked = xiangce("enrol", "request", folder / name, "-o", folder / f"{name}.xcreq", "--name", name)
    made = xiangce(
        "enrol", "approve", folder / "county", folder / f"{name}.xcreq", "--scope", "440705104", "--scope", "360202",
        "--beyond", "--role", "town-reviewer", "-o", folder / f"{name}.xccert",
    )  # fmt: skip
    fingerprint = re.search(r"(\d{5} ){5}\d{5}", asked.out)
    assert fingerprint and fingerprint[0] in made.out
    xiangce("enrol", "accept", folder / name, folder / f"{name}.xccert")


def test_from_the_townships_workbooks_to_the_countys_register(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    county, a, b = tmp_path / "county", tmp_path / "a", tmp_path / "b"
    xiangce("new", county, "--unit", "新会区农业农村局", "--division", "440705", "--level", "county", "--user", "县样")
    for laptop in (a, b):
        xiangce("new", laptop, "--unit", "双水镇人民政府", "--division", "440705104", "--user", f"镇例{laptop.name}")
        enrol(xiangce, tmp_path, laptop.name)

    # an undecided ledger is refused as a whole, with every finding on file
    refused = xiangce("import", "assets", a, LEDGER, "--findings", tmp_path / "findings.json", code=1)
    assert "没有写入任何内容" in refused.out
    assert xiangce("show", a, "asset", "--json").json == []
    decided = xiangce(
        "import", "assets", a, LEDGER, "--decisions", SAMPLES / "asset_decisions.json", "--json", code=None
    ).json  # fmt: skip
    assert (decided["imported"], decided["totals"]["original_value_fen"]) == (120, ORIGINAL_VALUE_FEN)
    roster = xiangce(
        "import", "roster", a, ROSTER, "--decisions", SAMPLES / "roster_decisions.json", "--json", code=None
    ).json  # fmt: skip
    assert (roster["totals"]["households"], roster["totals"]["persons"]) == (301, 1002)
    assert len(xiangce("show", a, "person", "--json").json) == 1002

    # on paper, to the 分
    xiangce("print", "assets", a, "-o", tmp_path / "a.pdf", "--date", "2025年6月30日")
    assert "6,465.12" in pdf_text(tmp_path / "a.pdf")

    # up to the county, down to the other laptop
    xiangce("export", a, "-o", tmp_path / "a1.xcp")
    xiangce("merge", county, tmp_path / "a1.xcp", code=None)
    xiangce("export", county, "--to", "b", "-o", tmp_path / "b0.xcp")
    xiangce("merge", b, tmp_path / "b0.xcp", code=None)
    digests = {xiangce("digest", r, "--scope", "440705104").out for r in (county, a, b)}
    assert len(digests) == 1

    # both edit the same household and the same asset
    household = xiangce("show", a, "household", "--json").json[0]["id"]
    asset = xiangce("show", a, "asset", "--where", "category=operating", "--json").json[0]["id"]
    xiangce("set", a, "household", household, "phone=10000000002")
    xiangce("set", b, "household", household, "phone=10000000003", "address=祠堂边")
    xiangce("set", a, "asset", asset, "status=idle")
    xiangce("set", b, "asset", asset, "status=inefficient")
    xiangce("export", a, "-o", tmp_path / "a2.xcp")
    xiangce("export", b, "-o", tmp_path / "b2.xcp")

    other = tmp_path / "county-other-order"
    shutil.copytree(county, other)
    xiangce("merge", county, tmp_path / "a2.xcp", tmp_path / "b2.xcp", code=1)
    xiangce("merge", other, tmp_path / "b2.xcp", tmp_path / "a2.xcp", code=1)
    assert xiangce("digest", county).out == xiangce("digest", other).out

    again = xiangce("merge", county, tmp_path / "a2.xcp", "--json").json
    assert again[0]["already"] and again[0]["fresh"] == 0

    conflicts = [c for c in xiangce("conflicts", county, "--json", code=1).json if c["kind"] == "conflict"]
    assert {(c["table"], c["field"]) for c in conflicts} == {("household", "phone"), ("asset", "status")}
    for conflict in conflicts:
        assert {choice["device"] for choice in conflict["choices"]} == {"a", "b"}
        xiangce("resolve", county, conflict["case"], "--take", 2)
    kept = xiangce("show", county, "household", household, "--json", "--with-id").json[0]
    assert kept["address"] == "祠堂边"

    # the decision goes back down, and everybody has the same register again
    for laptop in (a, b):
        xiangce("export", county, "--to", laptop.name, "-o", tmp_path / f"down-{laptop.name}.xcp")
        xiangce("merge", laptop, tmp_path / f"down-{laptop.name}.xcp", code=None)
    digests = {xiangce("digest", r, "--scope", "440705104").out for r in (county, a, b)}
    assert len(digests) == 1
    before = xiangce("digest", county).out
    xiangce("rebuild", county)
    assert xiangce("digest", county).out == before

    xiangce("print", "assets", county, "-o", tmp_path / "county.pdf", "--paper", "A3")
    assert "6,465.12" in pdf_text(tmp_path / "county.pdf")


def test_a_wrong_passphrase_and_a_damaged_package_are_answered_in_words(
    xiangce: Callable[..., Said], tmp_path: Path, monkeypatch: object
) -> None:
    register = tmp_path / "r"
    xiangce("new", register, "--unit", "双水镇", "--division", "440705104")
    (tmp_path / "wrong").write_text("not the passphrase\n", encoding="utf-8")
    said = xiangce("digest", register, "--passphrase-file", tmp_path / "wrong", code=4)
    assert "口令不正确" in said.err
    before = xiangce("digest", register).out
    (tmp_path / "bad.xcp").write_bytes(b"no package at all, but long enough to look at")
    said = xiangce("merge", register, tmp_path / "bad.xcp", code=3)
    assert "不是乡册的数据包" in said.out
    assert xiangce("digest", register).out == before
    assert "没有命令" in xiangce("nonsense", code=2).err
    assert "缺少" in xiangce("show", code=2).err


def test_what_was_known_and_what_held(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    """Valid time and knowledge are two kinds of past."""
    register = tmp_path / "r"
    xiangce("new", register, "--unit", "双水镇", "--division", "440705104")
    asset = xiangce("add", register, "asset", "name=光伏", "division_code=440705104201").out.strip()
    party = xiangce("add", register, "party", "kind=collective", "name=双水村经济联合社").out.strip()
    shares = f'shares=[["{party}",1,1]]'
    xiangce("add", register, "right", f"asset_id={asset}", "kind=ownership", "valid_from=2021-01-01",
            "valid_to=2024-06-01", shares)  # fmt: skip
    xiangce("add", register, "right", f"asset_id={asset}", "kind=ownership", "valid_from=2024-06-01", shares)
    assert len(xiangce("show", register, "right", "--as-of", "2024-05-31", "--json").json) == 1
    held = xiangce("show", register, "right", "--as-of", "2024-06-01", "--json").json
    assert [r["valid_from"] for r in held] == ["2024-06-01"]
    assert xiangce("show", register, "asset", "--known-at", "2020-01-01", "--json").json == []
    thirds = f'shares=[["{party}",24999,25000]]'
    refused = xiangce("add", register, "right", f"asset_id={asset}", "kind=income", thirds, code=3)
    assert "1/25000" in refused.err


def test_arguments_as_people_write_them(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    """The kind may stand behind the register, and one option may take several values."""
    register = tmp_path / "r"
    xiangce("new", register, "--unit", "双水镇", "--division", "440705104")
    nothing = xiangce("print", register, "assets", "-o", tmp_path / "a.pdf", code=3)
    assert "没有记录" in nothing.err and not (tmp_path / "a.pdf").exists()
    xiangce("config", register, "set", "监测线", '{"2025": 869900}')
    assert xiangce("config", register, "get", "监测线").json == {"2025": 869900}
    xiangce("enrol", "request", register, "-o", tmp_path / "r.xcreq")
    county = tmp_path / "county"
    xiangce("new", county, "--unit", "新会区", "--division", "440705", "--level", "county")
    xiangce("enrol", "approve", county, tmp_path / "r.xcreq", "--scope", "440705104", "440705105", "--role", "surveyor",
            "-o", tmp_path / "r.xccert")  # fmt: skip
    devices = xiangce("enrol", "list", county, "--json").json
    assert [d["divisions"] for d in devices if not d["is_self"]] == [["440705104", "440705105"]]
    xiangce("add", register, "household", "head_name==HYPERLINK(1)", "division_code=440705104201", "phone=10000000001")
    xiangce("table", register, "household", "-o", tmp_path / "h.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "h.xlsx").active
    cells = [c for row in sheet.iter_rows(min_row=2) for c in row if c.value is not None]
    assert any(c.value == "=HYPERLINK(1)" and c.data_type == "s" for c in cells)
    assert not any(c.value == "10000000001" for c in cells)


def test_a_setting_that_would_change_nothing_is_told(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    register = tmp_path / "r"
    xiangce("new", register, "--unit", "新会区", "--division", "440705", "--level", "county")
    assert "不是完整的 JSON" in xiangce("config", register, "set", "任意键", "{bad", code=3).err
    shape = xiangce("config", register, "set", "contract.remind_days", "三十", code=3).err
    assert "应是列表" in shape and "没有保存" in shape and "[90, 60, 30, 7]" in shape
    mistyped = xiangce("config", register, "set", "contract.remind_day", "[30]").out
    assert "没有叫 contract.remind_day 的办法" in mistyped and "是不是 contract.remind_days" in mistyped
    assert xiangce("config", register, "get", "contract.remind_days").json == [90, 60, 30, 7]
    assert xiangce("config", register, "set", "contract.remind_days", "[45]").out == "已保存。\n"
    assert xiangce("config", register, "get", "contract.remind_days").json == [45]
    wrong = tmp_path / "c.json"
    wrong.write_text('{"format": "xiangce-config-1", "settings": {"notice.min_days": 7}}', encoding="utf-8")
    assert "应是对照表" in xiangce("config", register, "import", wrong, code=3).err


def test_no_id_number_leaves_unasked(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    """Findings and conflicts are masked unless somebody with the right asks, and what was asked is logged."""
    register = tmp_path / "r"
    xiangce("new", register, "--unit", "双水镇", "--division", "440705104", "--user", "样例")
    whole = re.compile(r"(?<!\d)(?:360299|440799)(?:19|20)\d{9}[\dX](?!\d)")
    said = xiangce("import", "roster", register, ROSTER, "--yes", "--findings", tmp_path / "f.json", "--json", code=1)
    assert not whole.search(said.out) and not whole.search((tmp_path / "f.json").read_text(encoding="utf-8"))
    xiangce("import", "roster", register, ROSTER, "--dry-run", "--with-id", "--findings", tmp_path / "g.json", code=1)
    assert whole.search((tmp_path / "g.json").read_text(encoding="utf-8"))
    assert not whole.search(xiangce("show", register, "person", "--json").out)
    assert whole.search(xiangce("show", register, "person", "--json", "--with-id").out)
    with open_workspace(register, passphrase=PASSPHRASE) as ws, ws.register.reading() as sql:
        logged = sql.rows("SELECT who,what,with_id FROM plain_export ORDER BY at_ms")
    assert [tuple(r) for r in logged] == [("样例", "findings", 0), ("样例", "findings", 1), ("样例", "show person", 1)]
