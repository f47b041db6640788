"""A file is replaced whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.

A pulled USB stick, a full disk or a killed process leaves the old file (or none) there, never half a file.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from desktop.common.errors import StorageFailed

PARTIAL_SUFFIX = ".part"
"""Ending of temporary files; a leftover after a crash may be deleted without asking."""

Writer = Callable[[BinaryIO], None]


class FolderMissing(StorageFailed):
    """The folder a file is to be written into is not there (mistyped, or the stick was pulled)."""

    def __init__(self, target: Path) -> None:
        super().__init__(
            f"文件夹 {target.parent} 不存在，没有写出 {target.name}；", hint="请核对路径，或先新建这个文件夹。"
        )


class NotAFileName(StorageFailed):
    """A file cannot have this name: a folder has it, or the system takes no name as long."""


def write_atomically(path: str | os.PathLike[str], content: bytes | bytearray | memoryview | Writer) -> None:
    """Put `content` (bytes, or a function that writes to an open file) under `path`, whole or not at all.

    Any exception, from the disk or from the writer, leaves what was there and removes the temporary file.
    """
    with replacing(path) as stream:
        if callable(content):
            content(stream)
        else:
            stream.write(content)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """An open, seekable file to write and read that takes the name `path` when the block ends well.

    Raises FolderMissing, NotAFileName, OSError.
    """
    target = Path(path)
    _refuse_no_file_name(target)
    prefix = f".{target.name[:80]}."
    try:
        descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=PARTIAL_SUFFIX, dir=target.parent)
    except (FileNotFoundError, NotADirectoryError):
        raise FolderMissing(target) from None
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield cast(BinaryIO, stream)
            stream.flush()
            os.fsync(stream.fileno())
        _keep_mode(target, partial)
        partial.replace(target)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    sync_folder(target.parent)


def _refuse_no_file_name(target: Path) -> None:
    try:
        is_folder = target.is_dir()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return  # opening it will say
        raise NotAFileName("文件名太长，没有写出；", hint="请换个短一些的文件名。") from None
    if is_folder:
        raise NotAFileName(f"{target.name or target} 是文件夹，没有写出；", hint="请在后面写上文件名。")


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Make renames and removals in `folder` durable; Windows does this itself and cannot open folders."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network and stick file systems cannot
            raise
    finally:
        os.close(descriptor)


def _keep_mode(target: Path, partial: Path) -> None:
    """mkstemp makes files for their owner alone: keep the replaced file's mode, else what the umask gives."""
    if sys.platform == "win32":
        return
    try:
        mode = target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    with suppress(OSError):  # FAT sticks know no modes
        partial.chmod(mode)
