"""Forms on the command line: added, listed, filled from JSON, taken out for ODK, tables and statistics."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop.app.visits import surveying
from desktop.survey.session.submission import seed_from_xml
from desktop.survey.xform.loader import load_form
from tests.app.conftest import Said
from tests.app.visits.surveys import BABY, FAMILY, MEMBERS, PHOTO, add_family, fill, make_register
from tests.survey.form_filling import identity

Run = Callable[..., Said]


@pytest.fixture
def visited(tmp_path: Path) -> tuple[Path, str]:
    """A register with two finished household visits, one with a photo: its folder and the first household."""
    folder = tmp_path / "册"
    with make_register(folder) as ws:
        first, _ = add_family(ws)
        second, _ = add_family(ws, "=虚大")  # a name that a spreadsheet would take for a formula
        for household, answers in ((first, FAMILY), (second, {**FAMILY, "signed_by": "样"})):
            visit = surveying.begin_visit(ws, "household_visit", "household", household)
            assert fill(visit, answers) == []
            if household == first:
                photo = next(n for n in visit.session.root.subtree() if n.definition.name == "house_photo")
                surveying.keep_media(ws, visit, photo.path(), PHOTO, "屋.jpg", "image/jpeg")
            assert surveying.finish_visit(ws, visit).done
    return folder, first


def rows_of(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_form_is_filled_from_json(xiangce: Run, tmp_path: Path) -> None:
    folder = tmp_path / "册"
    with make_register(folder) as ws:
        household, _ = add_family(ws)
    listed = xiangce("form", "list", folder, "--json").json
    assert {f["form_id"] for f in listed} >= {"household_visit", "village_profile"}
    answers: dict[str, Any] = {**FAMILY, "stated_size": 5, "new_members": 1, "member": [*MEMBERS, BABY]}
    (tmp_path / "屋.jpg").write_bytes(PHOTO)
    answers["house_photo"] = {"file": "屋.jpg"}
    answers["phone"] = {"reason": "refused", "value": None, "remark": "不愿意说"}
    answers["confirmed"] = True
    answers["/data/living/house/house_grade"] = "A"
    file = tmp_path / "答案.json"
    file.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
    done = xiangce("form", "fill", folder, "household_visit", file, "--subject", household[:12], "--json").json
    assert done["violations"] == [] and done["unasked"] == []
    row = xiangce("show", folder, "household", household, "--json").json[0]
    assert row["house_grade"] == "A" and row["net_income_fen"] == 4_700_025 and row["phone"] is None
    assert json.loads(row["missing_reasons"]) == {"phone": "refused"}
    assert len(xiangce("show", folder, "person", "--json").json) == 5
    kinds = {a["kind"] for a in xiangce("show", folder, "attachment", "--json").json}
    assert kinds == {"submission", "photo"}

    file.write_text(json.dumps({"visitors": "试员"}), encoding="utf-8")
    before = xiangce("digest", folder).out
    said = xiangce("form", "fill", folder, "household_visit", file, "--subject", household, code=1)
    assert "/data" in said.out and "没有写入" in said.out and xiangce("digest", folder).out == before
    for wrong, words in (({"no_such": "1"}, "没有这些题"), ({"house_grade": "E"}, "选项里现在没有")):
        file.write_text(json.dumps(wrong), encoding="utf-8")
        said = xiangce("form", "fill", folder, "household_visit", file, "--subject", household, code=3)
        assert words in said.err
    file.write_text("{", encoding="utf-8")
    assert "JSON" in xiangce("form", "fill", folder, "household_visit", file, code=3).err
    file.write_text("{}", encoding="utf-8")
    assert "没有调查表" in xiangce("form", "fill", folder, "nothing", file, code=2).err
    assert xiangce("digest", folder).out == before


def test_csv_has_a_table_a_repeat_and_masks_numbers(xiangce: Run, visited: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = visited
    export = ("form", "export", folder, "household_visit", "-o")
    made = xiangce(*export, tmp_path / "out", "--as", "csv", "--split", "--json").json
    assert made["visits"] == 2 and set(made["files"]) == {
        "household_visit.csv", "household_visit-member.csv", "household_visit-measure.csv",
    }  # fmt: skip
    main = rows_of(tmp_path / "out" / "household_visit.csv")
    members = rows_of(tmp_path / "out" / "household_visit-member.csv")
    assert [row["income-income_amounts-wage_local"] for row in main] == ["38000.0", "38000.0"]
    assert main[0]["income-income_kinds_page-income_kinds/wage_local"] == "1"
    assert main[0]["income-income_kinds_page-income_kinds/claim"] == "0"
    assert len(members) == 8 and members[0]["PARENT_KEY"] == main[0]["KEY"]
    assert members[4]["identity-name"] == "'=虚大" and members[0]["KEY"].endswith("/member[1]")
    number = identity("19750312", "1")
    everything = b"".join(p.read_bytes() for p in (tmp_path / "out").iterdir()).decode("utf-8-sig")
    assert number not in everything and "10012345678" not in everything and number[:6] + "********" in everything
    assert "没有覆盖" in xiangce(*export, tmp_path / "out", code=2).err
    assert "说明用途" in xiangce(*export, tmp_path / "b", "--with-id", code=2).err
    xiangce(*export, tmp_path / "b.zip", "--with-id", "--purpose", "核对", "--words")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        whole = "".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    assert number in whole and "本地零工（元）" in whole
    xiangce("form", "export", folder, "household_visit", "-o", tmp_path / "t.xlsx", "--as", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["农户入户调查表", "member", "measure"]
    head = [cell.value for cell in book["member"][1]]
    names = [row[head.index("identity-name")].value for row in book["member"].iter_rows(min_row=2)]
    assert names[4] == "=虚大" and book["member"].cell(6, head.index("identity-name") + 1).data_type == "s"


def test_odk_gets_forms_and_submissions_it_can_read(xiangce: Run, visited: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = visited
    export = ("form", "export", folder, "household_visit", "--as", "odk", "-o")
    xiangce(*export, tmp_path / "odk", "--with-id", "--purpose", "试")
    base = tmp_path / "odk" / "forms" / "农户入户调查表"
    form = load_form((base / "农户入户调查表.xml").read_text(encoding="utf-8"))
    submissions = sorted((base / "instances").iterdir())
    assert len(submissions) == 2 and all(p.name.startswith("uuid") for p in submissions)
    photos = [p for p in submissions if (p / "屋.jpg").exists()]
    assert len(photos) == 1 and (photos[0] / "屋.jpg").read_bytes() == PHOTO
    xml = (photos[0] / "submission.xml").read_text(encoding="utf-8")
    assert '<data' in xml and 'id="household_visit"' in xml and "<house_photo>屋.jpg</house_photo>" in xml
    rows = [child for child in seed_from_xml(form, xml).children if child.definition.name == "member"]
    assert len(rows) == 4
    assert "deprecatedID" not in xml
    xiangce(*export, tmp_path / "m.zip")
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        text = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith("submission.xml"))
    assert identity("19750312", "1") not in text and "10012345678" not in text and "样大" in text


def test_statistics_files_carry_their_words(xiangce: Run, visited: tuple[Path, str], tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    pytest.importorskip("pandas")
    folder, _ = visited
    for shape, read in (("sav", pyreadstat.read_sav), ("dta", pyreadstat.read_dta)):
        xiangce("form", "export", folder, "household_visit", "-o", tmp_path / shape, "--as", shape)
        frame, about = read(str(tmp_path / shape / f"household_visit.{shape}"))
        assert list(frame["wage_local"]) == [38000.0, 38000.0]
        assert about.column_names_to_labels["wage_local"] == "本地零工（元）"
        assert "户类型" in about.column_names_to_labels["household_type"]
        assert "一般农户" in about.variable_value_labels["household_type"].values()
        people, said = read(str(tmp_path / shape / f"household_visit-member.{shape}"))
        assert len(people) == 8 and said.variable_value_labels["sex_asked"][1.0] == "男性"
        assert not any(identity("19750312", "1") in str(v) for v in people.to_numpy().ravel())


def test_a_missing_extra_is_said_before_anything_is_written(
    xiangce: Run, visited: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    said = xiangce("form", "export", visited[0], "household_visit", "-o", tmp_path / "x", "--as", "sav", code=2)
    assert "没有安装" in said.err and "csv" in said.err and not (tmp_path / "x").exists()


def test_a_form_is_added_and_retired(xiangce: Run, tmp_path: Path) -> None:
    from tests.app.visits.test_visit_records import county_form

    folder = tmp_path / "册"
    make_register(folder).close()
    county_form(tmp_path, "2", old="旧题")
    book = tmp_path / "road-2.xlsx"
    (tmp_path / "route.png").write_bytes(b"\x89PNG")
    assert "已加入：县里的表" in xiangce("form", "add", folder, book, "--file", tmp_path / "route.png").out
    assert "未重复加入" in xiangce("form", "add", folder, book).out
    assert "县里加入" in xiangce("form", "list", folder).out
    (tmp_path / "坏.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    assert xiangce("form", "add", folder, tmp_path / "坏.xlsx", code=3).err
    xiangce("form", "retire", folder, "county_road")
    assert "县里的表" not in xiangce("form", "list", folder).out
    assert "不能停用" in xiangce("form", "retire", folder, "household_visit", code=2).err


@pytest.mark.parametrize(("content", "words"), [
    (b"\xff\xfe", "不是 UTF-8"), (b"[1,2", "第 1 行不是一个 JSON 对象"), (b"{}", "第 1 行没有 expression"),
])  # fmt: skip
def test_cases_that_are_none_are_named(
    xiangce: Callable[..., Said], tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "题.jsonl").write_bytes(content)
    assert words in xiangce("eval", "--cases", tmp_path / "题.jsonl", code=3).err


def test_a_trace_may_bring_its_form_along(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    case = {"form_xml": "<h:html/>", "steps": []}
    (tmp_path / "过程.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    (answer,) = xiangce("form", "trace", "--cases", tmp_path / "过程.jsonl", "--forms", tmp_path).out.splitlines()
    assert "error" in json.loads(answer)  # read, replayed, and answered for: it is no form
