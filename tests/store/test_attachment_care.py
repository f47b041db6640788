"""Files go when nothing names them, and only then; closing backs up what is new."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from desktop.app.keeping import safekeeping
from desktop.app.workspace import Workspace, create_workspace, open_workspace
from desktop.store import attachment_care, backup
from desktop.store.attachments import Attachments
from desktop.store.drafts import Drafts
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.fault.scenarios import PASSPHRASE


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    divisions = tmp_path / "divisions.csv"
    divisions.write_text(
        "code12,name,county_code,county,town_code9,town,kind\n"
        "360299100201,样例村,360299,样例县,360299100,样例乡,village\n",
        encoding="utf-8",
    )
    return create_workspace(
        tmp_path / "册", unit_name="样例乡", level="town", division_code="360299100", user="样例甲",
        passphrase=PASSPHRASE, divisions=divisions, profile=FAST_FOR_TESTS,
    )[0]  # fmt: skip


def collected(ws: Workspace) -> list[str]:
    facts = ws.register.facts
    with ws.register.reading() as sql:
        return attachment_care.collect(
            sql, ws.register.schema, facts["folder"], facts["unlocked"].keys, facts["attachments"], facts["drafts"]
        )


def old(kept: Attachments, data: bytes) -> str:
    digest = kept.put(data)
    os.utime(kept.path(digest), (1, 1))
    return digest


def test_operations_drafts_and_kept_backups_hold_their_files(ws: Workspace) -> None:
    kept: Attachments = ws.register.facts["attachments"]
    drafts: Drafts = ws.register.facts["drafts"]
    digests = [old(kept, data) for data in (b"attached", b"undone", b"in a draft", b"in a backup", b"unnamed")]
    with ws.register.write("拍照") as w:
        row = w.insert("household", {"phone": "10000000001"})
        w.attach("household", row, b"attached", name="a.jpg", mime="image/jpeg", kind="photo")
    with ws.register.write("拍照") as w:
        w.attach("household", row, b"undone", name="b.jpg", mime="image/jpeg", kind="photo")
    assert w.result is not None
    ws.register.undo(w.result.unit_id)
    drafts.save("visit", "1", {}, attachments=[digests[2]])
    # at the moment of the backup only these files were there
    kept.path(digests[4]).rename(ws.register.facts["folder"].path / "aside")
    backup.make_kept(ws.register.facts["folder"], ws.register.facts["unlocked"], "close")
    (ws.register.facts["folder"].path / "aside").rename(kept.path(digests[4]))
    assert collected(ws) == [digests[4]]
    for path in ws.register.facts["folder"].backups.iterdir():
        path.unlink()
    assert collected(ws) == [digests[3]]
    drafts.delete("visit", "1")
    assert collected(ws) == [digests[2]]
    assert set(kept.digests()) == {digests[0], digests[1]}
    ws.close()


def test_closing_backs_up_once_what_is_new(ws: Workspace, tmp_path: Path) -> None:
    folder = ws.register.facts["folder"]
    digest = ws.register.digest()
    made = safekeeping.end_session(ws)
    assert made is not None and made.exists()
    again = open_workspace(tmp_path / "册", passphrase=PASSPHRASE)
    assert again.register.facts["clean"] is True and again.register.facts["warnings"] == ()
    assert safekeeping.end_session(again) is None  # nothing was written
    third = open_workspace(tmp_path / "册", passphrase=PASSPHRASE)
    with third.register.write("改") as w:
        w.insert("household", {"phone": "10000000002"})
    safekeeping.end_session(third)
    assert len(backup.kept(folder)) == 2
    safekeeping.restore_backup(made, tmp_path / "恢复", passphrase=PASSPHRASE)
    with open_workspace(tmp_path / "恢复", passphrase=PASSPHRASE) as restored:
        assert restored.register.digest() == digest


def test_a_failing_backup_still_closes_the_register(ws: Workspace, tmp_path: Path) -> None:
    folder = ws.register.facts["folder"]
    folder.backups.rmdir()
    folder.backups.write_bytes(b"in the way")
    with pytest.raises(Exception, match="册|磁盘"):
        safekeeping.end_session(ws)
    folder.backups.unlink()
    open_workspace(tmp_path / "册", passphrase=PASSPHRASE).close()
