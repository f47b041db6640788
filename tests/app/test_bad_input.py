"""Bad input at the command line: a sentence in Chinese that says what to do, the right exit code, nothing changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.cli import main
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import InputRefused
from desktop.registry.rent_schedule import rent_dues, rule_from
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, Said

VILLAGE = "440705104201"
LONG = "很长" * 200


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Workspace, str]]:
    """A town's register and an asset in it."""
    ws, _ = create_workspace(
        tmp_path / "册", unit_name="样例镇", level="town", division_code="440705104", user="管样",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        yield ws, new_record(ws, "asset", {"name": "[样例]光伏", "division_code": VILLAGE, "asset_no": "SX-1"})


def test_files_that_cannot_be_read_or_written_are_named(
    xiangce: Callable[..., Said], town: tuple[Workspace, str], tmp_path: Path
) -> None:
    ws, asset = town
    place, digest = ws.place, ws.register.digest()
    ws.close()
    (tmp_path / "深.jsonl").write_text("[" * 100_000, encoding="utf-8")
    (tmp_path / "占着").write_text("x", encoding="utf-8")
    new = ("new", tmp_path / "新册", "--unit", "样例镇", "--division", "440705104")
    for command, words in (
        ((*new, "--divisions", tmp_path / "没有.csv"), "没有找到 没有.csv 。"),
        ((*new, "--divisions", tmp_path), "是文件夹，不是文件"),
        (("demo", tmp_path / LONG, "--no-window"), "文件名太长"),
        (("demo", "--workbooks", tmp_path / "占着", "--no-window"), "占着 已存在"),
        (("demo", "--workbooks", tmp_path / "占着" / "样表", "--no-window"), "不是文件夹"),
        (("attach", place, "asset", asset, tmp_path / LONG), "文件名太长"),
        (("backup", place, "-o", tmp_path / LONG), "文件名太长"),
        (("config", place, "export", "-o", tmp_path), "是文件夹，没有写出；请在后面写上文件名"),
        (("print", place, "assets", "-o", tmp_path), "是文件夹，没有写出"),
        (("config", place, "export", "-o", tmp_path / LONG), "文件名太长，没有写出"),
        (("eval", "--cases", tmp_path / "深.jsonl"), "括号套得太深"),
    ):
        said = xiangce(*command, code=3)
        assert words in said.err and "出错位置" not in said.err and said.out.count("已") == 0, said
    assert xiangce("digest", place).out.strip() == digest and not (tmp_path / "新册").exists()


def test_words_that_no_record_can_hold_are_refused(
    xiangce: Callable[..., Said], town: tuple[Workspace, str]
) -> None:
    ws, asset = town
    place = ws.place
    ws.close()
    for word in ("name=\udcff", "name=光\x00伏"):
        assert "不能识别的字" in xiangce("set", place, "asset", asset, word, code=2).err
    listed = xiangce("show", place, "asset", "--where", "name=[样例]光伏", "--json").json  # a condition is no JSON
    assert [row["id"] for row in listed] == [asset]
    assert "字段=值" in xiangce("show", place, "asset", "--where", "name", code=2).err


def test_days_and_numbers_beyond_all_bounds_are_refused(
    xiangce: Callable[..., Said], town: tuple[Workspace, str]
) -> None:
    ws, asset = town
    place = ws.place
    ws.close()
    for command in (
        ("show", place, "asset", "--known-at", "0001-01-01"),
        ("ledger", place, "--known-at", "0001-01-01"),
        ("history", place, "asset", asset, "--day", "0001-01-01"),
        ("units", place, "--limit", 10**30),
        ("merges", place, 10**30),
        ("undo", place, "--merge", 10**30),
        ("demo", place, "--households", 10**30, "--no-window"),
        ("assessments", place, "--year", "2025", "--division", "不存在"),
        ("assessments", place, "--year", "2025", "--division", "4" * 60_000),
        ("inspect", "care", place, "--division", "不存在"),
        ("inspect", "overdue", place, "--division", "4" * 60_000),
        ("print", "assets", place, "--division", "4" * 60_000, "-o", "台账.pdf"),
        ("print", "distribution-year", place, 10**30, "-o", "年.pdf"),
        ("notice", "draft", place, "asset", asset, "--kind", "asset_register", "--days", 10**30),
        ("notice", "draft", place, "asset", asset, "--kind", "asset_register", "--start", "9999-12-31"),
    ):
        said = xiangce(*command, code=2).err
        assert re.search("[\u4e00-\u9fff]", said) and "出错位置" not in said, said
    assert "应是 1 到 1000000 的整数" in xiangce("units", place, "--limit", 0, code=2).err
    rule = rule_from({"period": "year", "first_due": "2026-01-01", "amount_fen": 100})
    with pytest.raises(InputRefused, match="太远"):
        rent_dues(rule, "2026-01-01", "9999-12-31")


def test_stopping_a_command_says_that_nothing_was_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", stopped)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.delenv("XIANGCE_PASSPHRASE", raising=False)
    assert main(["digest", "没有的册"]) == 1 and "没有做完的没有写入" in capsys.readouterr().err
