"""Drafts of a register on a server: copied when it is closed and when asked, said where, and brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.app.keeping.safekeeping import (
    back_up_drafts,
    back_up_here,
    bring_back_drafts,
    drafts_place,
    end_session,
    kept_drafts,
    on_server,
)
from desktop.app.workspace import open_workspace
from desktop.common.errors import FileDamaged, UsageError
from desktop.store.drafts import Drafts
from tests.app.conftest import Said
from tests.app.visits.surveys import PASSPHRASE, make_register
from tests.app.visits.test_server_visits import on_server as register_on


def drafts_of(ws: object) -> Drafts:
    found = ws.register.facts["drafts"]  # type: ignore[attr-defined]
    assert isinstance(found, Drafts)
    return found


def test_unfinished_work_is_copied_on_closing_and_brought_back(postgres_database: str, tmp_path: Path) -> None:
    ws = register_on(postgres_database)
    assert on_server(ws) and back_up_here(ws, "manual") is None and kept_drafts(ws) == []
    drafts_of(ws).save("visit", "甲", {"问": "答"}, user="样员")
    made = end_session(ws)
    assert made is not None and made.parent == drafts_place(ws) / "backups"
    with open_workspace(postgres_database, passphrase=PASSPHRASE) as again:
        assert kept_drafts(again) == [made] and back_up_here(again, "close") == made  # nothing changed: no new copy
        drafts = drafts_of(again)
        drafts.save("visit", "乙", {"问": "新答"}, user="样员")
        asked = tmp_path / "草稿.xcdrafts"
        assert back_up_drafts(again, asked) == 2 and not list(tmp_path.glob("*.partial*"))
        assert b"\xe7\xad\x94" not in asked.read_bytes()  # 答: nothing in clear
        with pytest.raises(UsageError, match="已存在"):
            back_up_drafts(again, asked)
        drafts.delete("visit", "甲")
        drafts.save("visit", "乙", {"问": "更新的答"}, user="样员")
        assert bring_back_drafts(again, asked) == (1, 1)
        one, other = drafts.load("visit", "甲"), drafts.load("visit", "乙")
        assert one is not None and one.payload == {"问": "答"}
        assert other is not None and other.payload == {"问": "更新的答"}  # what is newer here stays


def test_the_commands_say_what_is_kept_and_where(
    postgres_database: str, xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    with register_on(postgres_database) as ws:
        drafts_of(ws).save("visit", "甲", {"问": "答"}, user="样员")
        place = drafts_place(ws)
    asked = tmp_path / "草稿.xcdrafts"
    said = xiangce("backup", postgres_database, "-o", asked).out
    assert "本机没有办完的 1 份草稿" in said and str(place) in said and "要由数据库服务器备份" in said
    with open_workspace(postgres_database, passphrase=PASSPHRASE) as ws:
        drafts_of(ws).delete("visit", "甲")
    assert xiangce("restore", asked, "-o", postgres_database).out == "取回了 1 份草稿。\n"
    assert "1 份本机已有一样新或更新的" in xiangce("restore", asked, "-o", postgres_database).out
    with make_register(tmp_path / "册") as own:
        drafts_of(own).save("visit", "丙", {}, user="样员")
    folder = tmp_path / "册" / "drafts.db"
    with open_workspace(postgres_database, passphrase=PASSPHRASE) as ws:
        with pytest.raises(FileDamaged, match="不是这本册的"):
            bring_back_drafts(ws, folder)
        with pytest.raises(UsageError, match="没有文件"):
            bring_back_drafts(ws, tmp_path / "没有.xcdrafts")
        assert len(drafts_of(ws).heads()) == 1
