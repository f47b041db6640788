"""An older key file put back is noticed, so that a stopped user stays out."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.app.keeping import safekeeping
from desktop.app.workspace import Workspace
from desktop.common.errors import FileDamaged
from desktop.store import opening
from tests.fault import scenarios


def test_an_older_key_file_is_refused(tmp_path: Path) -> None:
    register = scenarios.create(tmp_path)
    place = register.facts["folder"]
    with Workspace(register, str(place.path)) as ws:
        safekeeping.add_user(ws, "拟乙", "surveyor", "另一句很长的口令")
        older = place.key_file.read_bytes()
        safekeeping.stop_user(ws, "拟乙")
        newer = place.key_file.read_bytes()
    for path in (place.key_file, place.key_file_copy):
        path.write_bytes(older)
    for writable in (True, False):
        for passphrase in ("另一句很长的口令", scenarios.PASSPHRASE):
            with pytest.raises(FileDamaged, match="换成了旧的一份"):
                opening.open_register(
                    place.path, schema=scenarios.SMALL, tables=scenarios.small_tables(), passphrase=passphrase,
                    writable=writable,
                )  # fmt: skip
    place.key_file.write_bytes(newer)
    scenarios.reopen(tmp_path).close()
    assert place.key_file_copy.read_bytes() == newer
