"""Visits on a register that several clerks keep on a PostgreSQL server: drafts here, records there."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from desktop.app.records.records import list_records
from desktop.app.visits import surveying
from desktop.app.workspace import Workspace, create_workspace, open_workspace
from desktop.common.errors import UsageError, XiangceError
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.server_drafts import drafts_folder
from tests.app.conftest import Said
from tests.app.visits.surveys import FAMILY, PASSPHRASE, PHOTO, add_family, fill, path
from tests.app.visits.test_visit_records import RISK
from tests.postgres_server import PostgresServer


def on_server(url: str) -> Workspace:
    ws, _ = create_workspace(
        url, unit_name="样例镇", level="town", division_code="440705104", user="样员", passphrase=PASSPHRASE,
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    return ws


def test_a_visit_is_filled_continued_finished_and_corrected(postgres_database: str) -> None:
    with on_server(postgres_database) as ws:
        household, _ = add_family(ws)
        visit = surveying.begin_visit(ws, "household_visit", "household", household)
        key = visit.key
        fill(visit, {k: v for k, v in FAMILY.items() if k != "signed_by"})
        surveying.keep(ws, visit, path(visit, "wage_local"))
        photo = next(n for n in visit.session.root.subtree() if n.definition.name == "house_photo")
        surveying.keep_media(ws, visit, photo.path(), PHOTO, "屋.jpg", "image/jpeg")
        folder = drafts_folder(str(ws.register.facts["register_id"]))
        # the power fails: nothing is closed; another program of the same person reads what is on the disk
        with open_workspace(postgres_database, passphrase=PASSPHRASE) as later:
            assert [d.key for d in surveying.list_drafts(later)] == [key]
            again = surveying.continue_visit(later, key)
            assert again.place == path(again, "wage_local") and not again.misfits
            fill(
                again,
                {
                    "signed_by": "样大",
                    **{k: v for k, v in RISK.items() if not isinstance(v, list)},
                    "measure": RISK["measure"],
                },
            )
            done = surveying.finish_visit(later, again)
            assert done.done, done.violations
            assert surveying.list_drafts(later) == []
        row = ws.register.row("household", household)
        assert row is not None and row["net_income_fen"] == 4_700_025
        assert {a["kind"] for a in list_records(ws, "attachment")} == {"submission", "photo"}
        assert [p.id for p in surveying.past_visits(ws, "household", household)] == [done.visit_id]
        fixed = surveying.correct_visit(ws, done.visit_id, "金额看错")
        fixed.session.answer(path(fixed, "wage_local"), "39000")
        assert surveying.finish_visit(ws, fixed).visit_id == done.visit_id
        assert any(a.reason == "更正走访：金额看错" for a in surveying.visit_audit(ws, done.visit_id))
        assert ws.register.check_tables() == [] and ws.register.conflicts() == []
        next_year = surveying.begin_visit(ws, "household_visit", "household", household)
        assert next_year.previous[path(next_year, "wage_local")] == "39000.0"
        surveying.drop_visit(ws, next_year.key)
        content = b"".join(file.read_bytes() for file in folder.iterdir())
        assert "样大".encode() not in content and not content.startswith(b"SQLite format 3")
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_clerks_visit_one_household_and_nothing_is_lost(postgres_database: str) -> None:
    with on_server(postgres_database) as first, open_workspace(postgres_database, passphrase=PASSPHRASE) as second:
        household, _ = add_family(first)
        one = surveying.begin_visit(first, "household_visit", "household", household)
        two = surveying.begin_visit(second, "household_visit", "household", household)
        fill(one, {**FAMILY, "phone": "10011112222"})
        fill(two, {**FAMILY, "phone": "10011113333"})
        surveying.keep(first, one)
        surveying.keep(second, two)
        assert {d.key for d in surveying.list_drafts(first)} == {one.key, two.key}
        assert surveying.finish_visit(first, one).done
        assert surveying.finish_visit(second, two).done
        assert len(list_records(first, "visit")) == 2
        # both saw the register before the other wrote: both are heard
        assert any(c.table == "household" for c in second.register.conflicts())
        assert first.register.check_tables() == []


def test_answers_are_kept_while_the_server_is_away(postgres_server: PostgresServer, postgres_database: str) -> None:
    name = str(make_url(postgres_database).database)
    ws = on_server(postgres_database)
    household, _ = add_family(ws)
    visit = surveying.begin_visit(ws, "household_visit", "household", household)
    fill(visit, FAMILY)
    postgres_server.drop_database(name)
    surveying.keep(ws, visit)
    with pytest.raises(XiangceError) as refused:
        surveying.finish_visit(ws, visit)
    assert refused.value.message
    drafts = ws.register.facts["drafts"]
    kept = drafts.load("visit-answers", visit.key)  # type: ignore[attr-defined]
    assert kept is not None and "38000.0" in kept.payload["draft"]["answers"]
    ws.close()
    postgres_server.create_database(name)  # the fixture drops it


def test_where_drafts_cannot_lie_the_register_opens_and_says_so(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    with on_server(postgres_database) as ws:
        (warning,) = ws.register.facts["warnings"]  # type: ignore[misc]
        assert "草稿" in warning
        with pytest.raises(UsageError, match="存草稿的地方"):
            surveying.list_drafts(ws)
        assert list_records(ws, "division")  # everything else works


def test_a_form_is_filled_from_the_command_line(
    xiangce: Callable[..., Said], tmp_path: Path, postgres_database: str
) -> None:
    with on_server(postgres_database) as ws:
        household, _ = add_family(ws)
    answers = tmp_path / "答案.json"
    answers.write_text(json.dumps(FAMILY, ensure_ascii=False), encoding="utf-8")
    said = xiangce("form", "fill", postgres_database, "household_visit", answers, "--subject", household)
    assert "已提交走访" in said.out
    row = xiangce("show", postgres_database, "household", household, "--json").json[0]
    assert row["net_income_fen"] == 4_700_025
    xiangce("form", "export", postgres_database, "household_visit", "--as", "odk", "-o", tmp_path / "出.zip")
