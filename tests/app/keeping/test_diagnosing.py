"""The diagnosis holds versions and counts, and nothing of anybody; what is saved is what was shown, and is logged."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.app.demo.register import PASSPHRASE
from desktop.app.keeping.diagnosing import cleaned, diagnosis, save_diagnosis
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import UsageError
from desktop.common.version import product_version
from desktop.registry.tables import MODELS
from tests.app.conftest import Said


def personal_values(ws: Workspace) -> set[str]:
    """Every text of every record that could name somebody or some place: words with Chinese, long numbers."""
    found: set[str] = set()
    with ws.register.reading() as sql:
        for model in MODELS:
            for row in sql.rows(f'SELECT * FROM "{model.__tablename__}"'):
                for value in row:
                    if isinstance(value, str) and (re.search(r"[一-鿿]{2}", value) or re.fullmatch(r"\d{6,}X?", value)):
                        found.add(value)
    return found | {ws.user, ws.unit_name, ws.division_code}


def test_no_value_of_a_register_is_in_it(demo: Workspace, tmp_path: Path) -> None:
    crash = demo.register.facts["folder"].crash_log
    crash.with_name("crash.previous.log").write_text(
        "2026-11-01T08:00:00+00:00 Python 3.11.7 linux\n"
        "builtins.KeyError: '李样华 360299199001010011'\n"
        "  home/李样华/表.py:12 open_sheet\n"
        "  desktop/app/exchange/importing.py:40 plan\n"
        "随便什么话 仿溪镇\n"
        "zhangsan.xlsx: not a workbook\n"
        "desktop.common.errors.InputRefused: 没有住户张仿\n",
        encoding="utf-8",
    )
    text = diagnosis(demo)
    values = personal_values(demo)
    assert len(values) > 150
    assert [value for value in values if value in text] == []
    for part in Path(demo.place).resolve().parts:
        assert len(part) < 4 or part not in text, part
    assert "李样华" not in text and "张仿" not in text and "仿溪" not in text and "表.py" not in text
    assert "builtins.KeyError\n  别处.py:12 open_sheet\n  desktop/app/exchange/importing.py:40 plan" in text
    assert "另有 2 行认不出的内容" in text and "zhangsan" not in text


def test_it_tells_versions_and_counts(demo: Workspace) -> None:
    text = diagnosis(demo, screen="1366×768")
    with demo.register.reading() as sql:
        households = sql.scalar("SELECT COUNT(*) FROM household WHERE removed=0")
        operations = sql.scalar("SELECT COUNT(*) FROM op")
    assert f"乡册　{product_version()}" in text and "屏幕　1366×768" in text
    assert f"住户　{households:,}，0" in text and f"变更记录　{operations:,} 条" in text
    assert "格式　1." in text and "加密库　4." in text


def test_a_native_crash_keeps_its_places_alone() -> None:
    lines, left_out = cleaned(
        "Fatal Python error: Segmentation fault: /home/li/x\n\n"
        "Current thread 0x00007f (most recent call first):\n"
        '  File "/home/li/xiangce/desktop/ui/main_window.py", line 12 in show\n'
        '  File "C:\\Users\\li\\Lib\\site-packages\\PySide6\\x.py", line 3 in <module>\n'
    )
    assert lines == [
        "Fatal Python error: Segmentation fault",
        "  desktop/ui/main_window.py:12 show",
        "  site-packages/PySide6/x.py:3 <module>",
    ]
    assert left_out == 1


def test_the_command_shows_saves_and_logs(
    xiangce: Callable[..., Said], demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    place, target = tmp_path / "册", tmp_path / "诊断.txt"
    shutil.copytree(demo_folder, place)
    monkeypatch.setenv("XIANGCE_PASSPHRASE", PASSPHRASE)
    shown = xiangce("diagnose", place)
    assert "【登记册】" in shown.out and not target.exists()
    said = xiangce("diagnose", place, "-o", target)
    text = target.read_text(encoding="utf-8")
    assert said.out.startswith(text.rstrip("\n"))
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        with ws.register.reading() as sql:
            assert sql.rows("SELECT who,what FROM plain_export") == [(ws.user, "诊断")]
        with pytest.raises(UsageError, match="没有覆盖"):
            save_diagnosis(ws, target, text)
    assert xiangce("diagnose", place, "-o", target, code=2).err
