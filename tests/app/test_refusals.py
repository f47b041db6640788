"""What is refused in words, and what works while a window holds the register: nothing incomplete, nothing unlogged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.app.cli import app
from desktop.app.commands.help_words import command_of
from desktop.app.exchange import exchanging
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import InputRefused
from desktop.store import opening
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, SAMPLES, Said

VILLAGE = "440705104201"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Workspace]:
    """A town's register, open for writing as a window holds it, with a household and an asset."""
    ws, _ = create_workspace(
        tmp_path / "镇.xcr", unit_name="样例镇", level="town", division_code="440705104", user="管样",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws.register.write("建") as w:
        w.insert("asset", {"name": "样例光伏", "division_code": VILLAGE, "asset_no": "SX-1"})
        w.insert("household", {"head_name": "王样", "division_code": VILLAGE, "phone": "10000000001"})
    with ws:
        yield ws


def exports(ws: Workspace) -> list[tuple[Any, ...]]:
    with ws.register.reading() as sql:
        return [tuple(r) for r in sql.rows("SELECT what,rows,with_id FROM plain_export ORDER BY at_ms")]


def test_a_record_without_what_it_needs_is_refused(xiangce: Callable[..., Said], town: Workspace) -> None:
    household = new_record(town, "household", {"division_code": VILLAGE, "head_name": "李例"})
    digest = town.register.digest()
    for table, values, words in (
        ("person", {"name": "李例"}, "家庭成员要填所属住户"),
        ("person", {"household_id": household}, "要填姓名"),
        ("person", {"name": "李例", "household_id": "0" * 32}, "所属住户不在册中"),
        ("person", {"name": "李例", "household_id": "某户"}, "所属住户不在册中"),
        ("household", {"head_name": "李例"}, "要填行政村代码"),
        ("household", {"head_name": "李例", "division_code": "440705104"}, "归到村"),
        ("asset", {"name": "光伏"}, "要填坐落村代码"),
        ("asset", {"name": "光伏", "division_code": VILLAGE, "original_value_fen": "-100"}, "原始价值.*不能是负数"),
        ("asset", {"division_code": VILLAGE}, "要填资产名称"),
        ("right", {"kind": "ownership"}, "要填资产"),
        ("party", {"kind": "enterprise"}, "要填"),
    ):
        with pytest.raises(InputRefused, match=words):
            new_record(town, table, values)
    with pytest.raises(InputRefused, match="不能清空"):
        save_record(town, open_record(town, "household", household), {"division_code": ""})
    assert town.register.digest() == digest
    person = new_record(town, "person", {"household_id": household, "name": "李例"})
    remove_record(town, open_record(town, "household", household))
    with pytest.raises(InputRefused, match="不在册中"):
        new_record(town, "person", {"household_id": household, "name": "李例"})
    place = town.place
    town.close()
    assert "没有保存" in xiangce("add", place, "person", "name=李例", code=3).err
    assert "没有保存" in xiangce("set", place, "person", person, "household_id=", code=3).err


def test_a_county_certifies_within_its_own_division(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    for name, division, level in (("县", "440705", "county"), ("镇", "440705104", "town")):
        create_workspace(
            tmp_path / name, unit_name=name, level=level, division_code=division, user="样", passphrase=PASSPHRASE,
            profile=FAST_FOR_TESTS,
        )[0].close()  # fmt: skip
    request, certificate = tmp_path / "r", tmp_path / "c"
    xiangce("enrol", "request", tmp_path / "镇", "-o", request)
    approve = ("enrol", "approve", tmp_path / "县", request, "--role", "surveyor", "-o", certificate)
    assert "不在本册的区划" in xiangce(*approve, "--scope", "440705104", "440783", code=2).err
    assert not certificate.exists()
    xiangce(*approve, "--scope", "440705104", "440783", "--beyond")
    assert certificate.exists()


def test_files_leave_while_a_window_holds_the_register_and_are_logged(
    xiangce: Callable[..., Said], town: Workspace, tmp_path: Path
) -> None:
    place = town.place
    xiangce("print", place, "assets", "-o", tmp_path / "台账.pdf")
    xiangce("table", place, "household", "-o", tmp_path / "住户.xlsx", "--with-id", "--purpose", "核对")
    xiangce("show", place, "household", "--with-id")
    xiangce("dump", place)
    ledger = SAMPLES / "资产台账样表.xlsx"
    xiangce("import", "assets", place, ledger, "--dry-run", "--findings", tmp_path / "疑点.json", code=1)
    assert [(what, with_id) for what, _, with_id in exports(town)] == [
        ("print assets", 0), ("table household", 1), ("show household", 1), ("dump", 1), ("findings", 0),
    ]  # fmt: skip
    assert "打开写入" in xiangce("set", place, "household", "0" * 32, "phone=1", code=4).err  # writing waits


def test_nothing_leaves_that_cannot_be_logged(
    xiangce: Callable[..., Said], town: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "TURN_SECONDS", 0.1)
    with town.register.bookkeeping():  # a long merge, say
        said = xiangce("print", town.place, "assets", "-o", tmp_path / "台账.pdf", code=4)
    assert "没有留下文件" in said.err
    assert not (tmp_path / "台账.pdf").exists() and exports(town) == []


def test_a_missing_folder_is_named(xiangce: Callable[..., Said], town: Workspace, tmp_path: Path) -> None:
    place = town.place
    town.close()
    nowhere = tmp_path / "没有的文件夹"
    for command in (
        ("print", place, "assets", "-o", nowhere / "a.pdf"),
        ("table", place, "asset", "-o", nowhere / "a.xlsx"),
        ("backup", place, "-o", nowhere / "a.xcbak"),
        ("enrol", "request", place, "-o", nowhere / "a.xcreq"),
        ("config", place, "export", "-o", nowhere / "a.json"),
        ("form", "export", place, "household_visit", "-o", nowhere / "答卷"),
    ):
        said = xiangce(*command, code=3).err
        assert f"文件夹 {nowhere} 不存在" in said and "磁盘" not in said, said
    assert not nowhere.exists()
    assert "contracts\t经营合同清单" in xiangce("print", "list", place).out
    assert "写成 .pdf 或 .xlsx" in xiangce("print", "list", place, "contracts", "-o", tmp_path / "a.docx", code=2).err


def test_a_refused_package_makes_no_backup(town: Workspace, tmp_path: Path) -> None:
    (tmp_path / "坏.xcp").write_bytes(b"nothing of the kind" * 50)
    kept = sorted(town.register.facts["folder"].backups.iterdir())
    with pytest.raises(Exception, match="数据包"):
        exchanging.merge(town, tmp_path / "坏.xcp")
    assert sorted(town.register.facts["folder"].backups.iterdir()) == kept


def every_help(command: Any, path: tuple[str, ...] = ("xiangce",)) -> Iterator[str]:
    context = command.make_context(path[-1], ["x"] if not hasattr(command, "commands") else [], resilient_parsing=True)
    yield command.get_help(context)
    for name, below in getattr(command, "commands", {}).items():
        yield from every_help(below, (*path, name))


def test_help_speaks_chinese() -> None:
    texts = list(every_help(command_of(app)))
    assert len(texts) > 40
    for text in texts:
        assert text.startswith("用法：")
        assert not re.search(r"Usage|Options|OPTIONS|Arguments|Commands|Show|required|\[default|<str>", text), text


def test_a_command_without_its_part_is_told(xiangce: Callable[..., Said]) -> None:
    assert "缺少命令" in xiangce("enrol", code=2).err


def test_slips_in_the_money_of_an_asset_are_refused_in_words(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    place_of = "division_code=440705104201"
    asset = xiangce("add", place, "asset", "name=样例水渠", "original_value_fen=100", place_of).out.split()[0]
    change = ("add", place, "value_change", "kind=addition")
    for given, said in (
        ((f"asset_id={asset}", "on_date=2025-01-01", "amount_fen=-5"), "不能是负数"),
        ((f"asset_id={asset}", "on_date=2999-01-01", "amount_fen=5"), "在今天之后"),
        ((f"asset_id={'0' * 32}", "on_date=2025-01-01", "amount_fen=5"), "不在册中"),
    ):
        assert said in xiangce(*change, *given, code=3).err
    income = ("add", place, "asset_income", f"asset_id={asset}")
    assert "不是年度" in xiangce(*income, "year=26", "expected_fen=5", code=3).err
    assert "不能是负数" in xiangce(*income, "year=2025", "expected_fen=-5", code=3).err
    receipt = ("add", place, "receipt", f"asset_id={asset}", "on_date=2025-01-01", "amount_fen=5")
    assert "押金要登记在合同下" in xiangce(*receipt, "kind=deposit", code=3).err
    assert "不是年度" in xiangce(*receipt, "kind=other", "income_year=20255", code=3).err
    assert xiangce("show", place, "value_change", "--json").json == []
