"""Attachments from a file, through the register, a package and the county, back to the same bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.app.conftest import Said
from tests.app.test_main_job import enrol


def test_a_photo_travels_from_a_laptop_to_the_county(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    county, town = tmp_path / "county", tmp_path / "a"
    xiangce("new", county, "--unit", "样例县", "--division", "440705", "--level", "county")
    xiangce("new", town, "--unit", "样例镇", "--division", "440705104")
    enrol(xiangce, tmp_path, "a")
    asset = xiangce("add", town, "asset", "name=样例渠", "division_code=440705104201").out.strip()
    photo = tmp_path / "照 片.jpg"
    photo.write_bytes(random.Random(7).randbytes(300_000))
    before = xiangce("digest", town).out
    made = xiangce("attach", town, "asset", asset, photo, "--kind", "photo").out.strip()
    assert photo.read_bytes() not in b"".join(p.read_bytes() for p in town.rglob("*") if p.is_file())

    sent = xiangce("export", town, "-o", tmp_path / "a.xcp", "--to", "county", "--json").json
    assert sent["attachments"] == 1
    xiangce("merge", county, tmp_path / "a.xcp", code=None)
    row = xiangce("show", county, "attachment", made, "--json").json[0]
    assert (row["record_id"], row["name"], row["mime"], row["size"]) == (asset, "照 片.jpg", "image/jpeg", 300_000)
    xiangce("attachment", county, made, "-o", tmp_path / "out.jpg", "--purpose", "核对")
    assert (tmp_path / "out.jpg").read_bytes() == photo.read_bytes()
    xiangce("attachment", county, made, "-o", tmp_path / "out.jpg", code=2)  # nothing is overwritten

    unit = xiangce("units", town, "--json").json[0]["unit"]
    xiangce("undo", town, unit)
    assert xiangce("digest", town).out == before


def test_what_is_no_attachment_is_refused(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    town, empty = tmp_path / "镇", tmp_path / "空.pdf"
    xiangce("new", town, "--unit", "样例镇", "--division", "440705104")
    asset = xiangce("add", town, "asset", "name=样例渠", "division_code=440705104201").out.strip()
    empty.write_bytes(b"")
    assert "空文件" in xiangce("attach", town, "asset", asset, empty, code=3).err
    assert "没有文件" in xiangce("attach", town, "asset", asset, tmp_path / "无.pdf", code=2).err
    assert "没有这条资产" in xiangce("attach", town, "asset", "f" * 32, town / "register.json", code=2).err
    assert "只能放在" in xiangce("attach", town, "division", asset, empty, code=2).err
    assert "xiangce attach" in xiangce("add", town, "attachment", f"record_id={asset}", "name=a.jpg", code=2).err
    photo = tmp_path / "现场.png"
    Image.new("RGB", (2400, 1200), "white").save(photo)
    assert "标识牌照：只放" in xiangce("attach", town, "asset", asset, town / "register.json", "--kind", "photo_plate",
                                  code=3).err  # fmt: skip
    assert xiangce("show", town, "attachment", "--json").json == []
    ids = xiangce("attach", town, "asset", asset, photo, "--kind", "photo_plate", "--watermark", "{time}",
                  "--watermark", "样例村", "--keep-original").out.split()  # fmt: skip
    kept = {row["id"]: row for row in xiangce("show", town, "attachment", "--json").json}
    assert [(kept[i]["kind"], kept[i]["name"]) for i in ids] == [("photo_plate", "现场.jpg"), ("original", "现场.png")]
    xiangce("attachment", town, ids[0], "-o", tmp_path / "出.jpg", "--purpose", "核对")
    with Image.open(tmp_path / "出.jpg") as small:
        assert small.size == (1600, 800) and min(small.convert("L").crop((0, 700, 200, 800)).getextrema()) < 200
