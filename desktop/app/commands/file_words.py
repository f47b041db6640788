"""What a command says of files that cannot be read or written, and of words that no file or record can hold."""

from __future__ import annotations

import errno
from pathlib import Path

from desktop.store.storage_failure import disk_full

UNREADABLE_WORD = "命令里有不能识别的字（不是 UTF-8，或有空字符），没有执行；请改文件名，或核对终端的编码。"
_SAFE = "这次操作没有完成，之前保存的内容都在；"
_SENTENCES = {
    errno.ENOENT: ("没有找到{}。", "请核对文件名和位置。"),
    errno.ENOTDIR: ("{}的位置不是文件夹。", "请核对位置。"),
    errno.EISDIR: ("{}是文件夹，不是文件。", "请写上文件名。"),
    errno.EEXIST: ("{}已存在。", "请换个名称。"),
    errno.ENAMETOOLONG: ("文件名太长。", "请换个短一些的文件名。"),
    errno.EACCES: ("没有权限读写{}。", "请核对文件夹权限，或换个位置。"),
    errno.EPERM: ("没有权限读写{}。", "请核对文件夹权限，或换个位置。"),
    errno.EROFS: ("{}所在的位置不可写。", "请检查写保护开关，或换个位置。"),
}


def file_sentence(error: OSError) -> str:
    """What happened, what is safe and what to do, for an error of the system with a file."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return str(disk_full())
    named = error.filename2 or error.filename  # of a renaming the name that was asked for
    name = Path(named).name if isinstance(named, str) else ""
    what, hint = _SENTENCES.get(error.errno or 0, ("读写{}出错。", "请检查磁盘、U 盘或网络连接后重试。"))
    return what.format(f" {name} " if name else "文件") + _SAFE + hint


def unreadable_word(word: str) -> bool:
    """Whether a word of the command line holds bytes that are no text, or a zero byte: neither a register nor a
    package can keep it."""
    return "\x00" in word or any("\ud800" <= character <= "\udfff" for character in word)
