"""What the command line must not let happen: undoing without the right, numbers shown, tracebacks, lost codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop.app.cli import arranged
from desktop.app.workspace import open_workspace
from tests.app.conftest import PASSPHRASE, SAMPLES, Said

LEDGER = SAMPLES / "资产台账样表.xlsx"
ID_NO = "360299197906190012"


@pytest.fixture
def register(xiangce: Callable[..., Said], tmp_path: Path) -> Path:
    """A town's register in a folder whose name has blanks and Chinese characters, with a surveyor beside the admin."""
    place = tmp_path / "工作 目录" / "镇.xcr"
    xiangce("new", place, "--unit", "样例镇人民政府", "--division", "440705104", "--user", "管样")
    (tmp_path / "surveyor.txt").write_text("另一句够长的口令 2027\n", encoding="utf-8")
    xiangce(
        "user", "add", place, "调样", "--role", "surveyor", "--new-passphrase-file", tmp_path / "surveyor.txt",
    )  # fmt: skip
    return place


def as_surveyor(tmp_path: Path) -> tuple[str, ...]:
    return ("--user", "调样", "--passphrase-file", str(tmp_path / "surveyor.txt"))


def plain_exports(place: Path) -> list[tuple[Any, ...]]:
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws, ws.register.reading() as sql:
        return sql.rows("SELECT who,what,purpose,rows,with_id FROM plain_export ORDER BY at_ms")


def add_person(xiangce: Callable[..., Said], place: Path) -> str:
    household = xiangce("add", place, "household", "head_name=朱试华", "division_code=440705104201").out.strip()
    return xiangce(
        "add", place, "person", f"household_id={household}", "name=朱试华", "relation=户主", "cert_type=id_card_18",
        f"id_no={ID_NO}", "phone=10012345678",
    ).out.strip()  # fmt: skip


def test_an_import_is_undone_only_by_whoever_may_import(
    xiangce: Callable[..., Said], register: Path, tmp_path: Path
) -> None:
    xiangce("import", "assets", register, LEDGER, "--yes", code=1)
    digest = xiangce("digest", register).out
    unit = next(u["unit"] for u in xiangce("units", register, "--json").json if "导入" in u["reason"])
    refused = xiangce("undo", register, unit, "--yes", *as_surveyor(tmp_path), code=3)
    assert "不能导入表格" in refused.err
    assert xiangce("digest", register).out == digest
    assert "资产" in xiangce("undo", register, unit).out
    undoing = xiangce("units", register, "--json").json[0]["unit"]
    assert xiangce("show", register, "asset", "--json").json == []
    assert "已经撤回过" in xiangce("undo", register, unit, "--yes", code=2).err
    xiangce("undo", register, undoing, *as_surveyor(tmp_path), code=3)  # nor brought back by him
    xiangce("undo", register, undoing)
    assert xiangce("digest", register).out == digest


def test_a_surveyor_takes_back_his_own_kind_of_change(
    xiangce: Callable[..., Said], register: Path, tmp_path: Path
) -> None:
    person = add_person(xiangce, register)
    xiangce("set", register, "person", person, "phone=10099999999", *as_surveyor(tmp_path))
    unit = xiangce("units", register, "--json").json[0]["unit"]
    xiangce("undo", register, unit, *as_surveyor(tmp_path))
    assert xiangce("show", register, "person", person, "--with-id", "--json").json[0]["phone"] == "10012345678"


def test_the_last_administrator_stays(xiangce: Callable[..., Said], register: Path, tmp_path: Path) -> None:
    assert "最后一个" in xiangce("user", "stop", register, "管样", code=2).err
    assert "最后一个" in xiangce("user", "role", register, "管样", "--role", "surveyor", code=2).err
    xiangce("user", "role", register, "调样", "--role", "county-admin")
    xiangce("user", "stop", register, "管样")
    (tmp_path / "again.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")
    new = ("--new-passphrase-file", tmp_path / "again.txt")
    xiangce("user", "resume", register, "管样", *new, *as_surveyor(tmp_path))
    xiangce("user", "list", register, "--user", "管样")


def test_a_forgotten_passphrase_is_replaced_with_the_recovery_code(
    xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    place, card, new = tmp_path / "村.xcr", tmp_path / "恢复码.txt", tmp_path / "new.txt"
    xiangce("new", place, "--unit", "样例村", "--division", "440705104201", "--recovery-file", card)
    new.write_text("换成了另外一句话\n", encoding="utf-8")
    code = card.read_text(encoding="utf-8").strip()
    xiangce("user", "passphrase", place, "--recovery", code[:-1] + "?", "--new-passphrase-file", new, code=4)
    xiangce("user", "passphrase", place, "--recovery", code, "--new-passphrase-file", new)
    xiangce("digest", place, code=4)
    xiangce("digest", place, "--passphrase-file", new)


def test_the_recovery_code_is_not_lost_with_its_file(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    missing = tmp_path / "没有" / "恢复码.txt"
    made = ("--unit", "样例村", "--division", "440705104201", "--recovery-file")
    said = xiangce("new", tmp_path / "一.xcr", *made, missing)
    assert "恢复码没有写入文件" in said.err and "恢复码（只显示这一次" in said.out
    kept = tmp_path / "旧恢复码.txt"
    kept.write_text("旧", encoding="utf-8")
    said = xiangce("new", tmp_path / "二.xcr", *made, kept)
    assert kept.read_text(encoding="utf-8") == "旧" and "恢复码（只显示这一次" in said.out


def test_numbers_of_people_are_masked_in_a_history_too(
    xiangce: Callable[..., Said], register: Path, tmp_path: Path
) -> None:
    person = add_person(xiangce, register)
    xiangce("set", register, "person", person, "id_no=360299197906190039", "phone=10099999999")
    for arguments in ((), ("--json",)):
        said = xiangce("history", register, "person", person, *arguments).out
        assert "360299********0012" in said and "360299********0039" in said
        assert not any(n in said for n in (ID_NO, "360299197906190039", "10012345678", "10099999999"))
        assert ID_NO in xiangce("history", register, "person", person, *arguments, "--with-id").out
    xiangce("history", register, "person", person, "--with-id", *as_surveyor(tmp_path), code=3)
    assert "没有这条" in xiangce("history", register, "person", "f" * 32, code=2).err


def test_tables_and_lists_show_no_columns_that_only_serve_searching(
    xiangce: Callable[..., Said], register: Path, tmp_path: Path
) -> None:
    person = add_person(xiangce, register)
    said = xiangce("show", register, "person", person).out
    assert "朱试华" in said and not re.search("[a-z]+_[a-z]+", said)
    for table in ("person", "household"):
        xiangce("table", register, table, "-o", tmp_path / f"{table}.xlsx", "--purpose", "核对")
        sheet = openpyxl.load_workbook(tmp_path / f"{table}.xlsx").active
        headings = [str(cell.value) for cell in next(sheet.iter_rows(max_row=1))]
        assert headings and not any(re.search("[a-z]", h) for h in headings), headings


def test_a_dump_is_remembered_with_its_purpose(
    xiangce: Callable[..., Said], register: Path, tmp_path: Path
) -> None:
    lines = xiangce("dump", register, "--purpose", "核对").out.splitlines()
    assert plain_exports(register) == [("管样", "dump", "核对", len(lines), 1)]
    xiangce("dump", register, *as_surveyor(tmp_path), code=3)


def test_json_is_one_document_also_when_nothing_was_written(xiangce: Callable[..., Said], register: Path) -> None:
    said = xiangce("import", "assets", register, LEDGER, "--json", code=1)
    assert said.json["unit"] == "" and said.json["imported"] == 0
    assert "没有写入任何内容" in said.err


def test_dates_known_to_the_month_can_be_entered_and_nonsense_is_named(
    xiangce: Callable[..., Said], register: Path
) -> None:
    made = ("name=样例渠", "division_code=440705104201", "built_date=2016-12")
    asset = xiangce("add", register, "asset", *made).out.strip()

    def built() -> tuple[Any, Any]:
        row = xiangce("show", register, "asset", asset, "--json").json[0]
        return row["built_date"], row["built_precision"]

    assert built() == ("2016-12", "month")
    for typed, precision in (("2017", "year"), ("2017-03-05", "day"), ("2018-01", "month")):
        xiangce("set", register, "asset", asset, f"built_date={typed}")
        assert built() == (typed, precision)
    xiangce("set", register, "asset", asset, "built_date=2019", "built_precision=year_end")
    assert built() == ("2019", "year_end")
    xiangce("set", register, "asset", asset, "built_date=")
    assert built() == (None, None)
    for wrong in ("2016-13", "2016-2-1", "去年"):
        assert "不是日期" in xiangce("set", register, "asset", asset, f"built_date={wrong}", code=3).err
    assert "分" in xiangce("set", register, "asset", asset, "original_value_fen=12.5", code=3).err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "{r}", "asset", "--as-of", "昨天"), 2, "不是日期"),
        (("digest", "{r}", "--scope", "zzz"), 2, "不是区划代码"),
        (("print", "{r}", "village", "-o", "a.pdf"), 2, "没有命令 village"),
        (("open", "{t}/没有.xcr"), 3, "没有找到这个册"),
        (("config", "{r}", "export", "-o", "{t}/没有/a.json"), 3, "没有 不存在，没有写出 a.json"),
        (("new", "{t}/新.xcr", "--unit", " ", "--division", "440705"), 2, "--unit 不能为空"),
        (("new", "{t}/新.xcr", "--unit", "样", "--division", "4407"), 2, "--division 应是"),
    ],
)
def test_wrong_input_is_answered_in_words(
    xiangce: Callable[..., Said], register: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = xiangce(*(a.format(r=register, t=tmp_path) for a in arguments), code=code)
    assert words in said.err and "Traceback" not in said.err


def test_no_screen_is_said_and_does_not_end_in_an_abort(
    xiangce: Callable[..., Said], register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "没有图形桌面" in xiangce("open", register, code=3).err


def test_a_defect_of_ours_names_places_and_no_values(
    xiangce: Callable[..., Said], register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ValueError(f"朱试华 {ID_NO}")

    monkeypatch.setattr("desktop.store.register.Register.digest", broken)
    said = xiangce("digest", register, code=3)
    assert "程序内部出错" in said.err and "builtins.ValueError" in said.err
    assert ID_NO not in said.err and "朱试华" not in said.err


def test_kinds_of_print_stand_before_or_behind_the_register() -> None:
    assert arranged(["print", "册", "assets", "-o", "a"]) == ["print", "assets", "册", "-o", "a"]
    assert arranged(["print", "assets", "册", "-o", "a"]) == ["print", "assets", "册", "-o", "a"]
    assert arranged(["print", "assets", "-o", "a", "册"]) == ["print", "assets", "-o", "a", "册"]
