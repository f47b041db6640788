"""A register made by an older program gets the tables and columns it lacks, filled from what the journal kept."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from desktop.app.workspace import Workspace, create_workspace, open_workspace
from desktop.registry.tables import METADATA
from desktop.store.database import Sql
from desktop.store.growth import missing_columns
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.register import MARKED, get_meta, in_step, set_meta
from tests.journal_guard import past_the_journal
from tests.store.registers import whole_digest

PASSPHRASE = "correct horse battery staple"


def made(place: Path) -> Workspace:
    ws, _ = create_workspace(
        place, unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    return ws


def test_an_older_register_is_brought_forward_on_opening_even_for_reading(tmp_path: Path) -> None:
    place = tmp_path / "册.xcr"
    with made(place) as ws:
        with ws.write("建", table="asset") as scope:
            asset = scope.insert("asset", {"name": "样例水渠", "division_code": "440705104201", "keep_team": "管水队"})
            posted = {"title": "公示", "places": [["村委会公告栏"]], "division_code": "440705104201"}
            notice = scope.insert("notice", posted)
        before = ws.register.digest()
        assert ws.register.writer is not None
        with past_the_journal(), ws.register.writer.begin() as connection:  # as an older program would have made it
            connection.execute(text("ALTER TABLE asset DROP COLUMN keep_team"))
            connection.execute(text("DROP TABLE notice"))
            connection.execute(text("DROP TABLE notice_place"))
            lacking = missing_columns(connection, METADATA)
        assert lacking["asset"] == ["keep_team"] and "place" in lacking["notice_place"] and len(lacking) == 3

    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        with ws.register.reading() as sql:
            assert sql.scalar("SELECT keep_team FROM asset WHERE id=?", (asset,)) == "管水队"
            assert sql.rows("SELECT place FROM notice_place WHERE notice_id=?", (notice,)) == [("村委会公告栏",)]
            assert missing_columns(sql.connection, METADATA) == {}
        assert ws.register.digest() == before
        assert ws.register.check_tables() == []
    assert list((place / "backups").glob("*upgrade*"))
    with open_workspace(place, passphrase=PASSPHRASE) as ws:
        assert ws.register.digest() == before
    assert len(list((place / "backups").glob("*upgrade*"))) == 1


def test_a_digest_taken_by_a_reader_is_kept_for_the_next(tmp_path: Path) -> None:
    place = tmp_path / "册.xcr"
    made(place).close()

    def stale() -> int:
        with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws, ws.register.reading() as sql:
            return int(sql.scalar("SELECT COUNT(*) FROM digest_part WHERE digest IS NULL"))

    assert stale() > 0
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        found = ws.register.digest()
        assert found == whole_digest(ws.register)
    assert stale() == 0
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        assert ws.register.digest() == found


def test_what_an_older_program_writes_into_a_newer_register_is_noticed(tmp_path: Path) -> None:
    place = tmp_path / "册.xcr"
    with made(place) as ws:
        ws.register.digest()  # its parts are kept from here on

    def older_program_writes(name: str) -> None:
        """One that knows neither the digest's parts nor who marked them."""
        with open_workspace(place, passphrase=PASSPHRASE) as ws:
            with ws.register.bookkeeping() as sql:
                kept = [tuple(row) for row in sql.rows("SELECT tbl,part,mark,digest FROM digest_part")]
                marked = get_meta(sql, MARKED)
            assert marked is not None
            with ws.write("建", table="asset") as scope:
                scope.insert("asset", {"name": name, "division_code": "440705104201"})
            assert ws.register.writer is not None
            with past_the_journal(), ws.register.writer.begin() as connection:
                sql = Sql(connection)
                sql.run("DELETE FROM digest_part")
                sql.many("INSERT INTO digest_part (tbl,part,mark,digest) VALUES (?,?,?,?)", kept)
                sql.run("DELETE FROM asset WHERE name=?", (name,))  # a table it did not know stays behind as well
                set_meta(sql, MARKED, marked)

    older_program_writes("样例水渠")
    with open_workspace(place, passphrase=PASSPHRASE, writable=False) as ws:
        assert ws.register.digest() == whole_digest(ws.register)
    older_program_writes("样例路")
    with open_workspace(place, passphrase=PASSPHRASE) as ws:
        assert ws.register.digest() == whole_digest(ws.register)
        assert ws.register.check_tables() == []
        with ws.register.reading() as sql:
            assert sql.column("SELECT name FROM asset ORDER BY name") == ["样例水渠", "样例路"]
            assert in_step(sql)
