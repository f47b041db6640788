"""Where everything of a register lies: the names inside its folder, and whether it is a register at all."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from desktop.common.errors import InputRefused, UsageError


@dataclass(frozen=True)
class RegisterFolder:
    """The paths of one register folder."""

    path: Path

    @property
    def database(self) -> Path:
        """Encrypted tables and journal."""
        return self.path / "register.db"

    @property
    def drafts(self) -> Path:
        """Encrypted unfinished answers and edits."""
        return self.path / "drafts.db"

    @property
    def key_file(self) -> Path:
        """Users, roles and key slots."""
        return self.path / "register.json"

    @property
    def key_file_copy(self) -> Path:
        """Second copy of the key file: without one of them nobody can open the register."""
        return self.path / "register.copy.json"

    @property
    def tries(self) -> Path:
        """Count of wrong passphrases in a row."""
        return self.path / "tries.json"

    @property
    def lock(self) -> Path:
        """Held by the one writing process."""
        return self.path / "register.lock"

    @property
    def clean_end(self) -> Path:
        """There while no session writes and the last one ended properly."""
        return self.path / "clean_end"

    @property
    def crash_log(self) -> Path:
        """What went wrong in a session that ended badly, without personal data."""
        return self.path / "crash.log"

    @property
    def attachments(self) -> Path:
        """Encrypted files by digest."""
        return self.path / "attachments"

    @property
    def inbox(self) -> Path:
        """Packages received, by digest."""
        return self.path / "inbox"

    @property
    def backups(self) -> Path:
        """Encrypted backups kept on this machine."""
        return self.path / "backups"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders inside."""
        return (self.attachments, self.inbox, self.backups)


def make(path: Path) -> RegisterFolder:
    """Make an empty register folder for its owner alone; UsageError when something lies there already."""
    folder = RegisterFolder(path.absolute())
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise UsageError("这个位置已有文件，不能在此新建册；原有文件未动，请另选一个空文件夹。")
    path.mkdir(parents=True, exist_ok=True)
    if sys.platform != "win32":
        with suppress(OSError):  # sticks know no modes
            path.chmod(0o700)
    for inner in folder.folders:
        inner.mkdir(exist_ok=True)
    return folder


def find(path: Path) -> RegisterFolder:
    """The register in this folder; InputRefused when there is none."""
    folder = RegisterFolder(path.absolute())
    if not path.is_dir():
        raise InputRefused("没有找到这个册的文件夹；请核对位置，U 盘或网络盘是否已接好。")
    if not (folder.key_file.exists() or folder.key_file_copy.exists()):
        raise InputRefused("这个文件夹里没有册（缺少 register.json）；请核对位置。")
    for inner in folder.folders:
        with suppress(OSError):  # a register on a read-only medium can still be read
            inner.mkdir(exist_ok=True)
    return folder
