"""导出诊断: what who mends the program must know of this machine and register, and nothing of anybody.

Versions, sizes, counts per kind of record, and where errors happened. No names, numbers, places, paths, file names or
messages; what a crash log says is let through line by line in known shapes only, everything else is left out.
"""

from __future__ import annotations

import configparser
import os
import platform
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from platformdirs import user_config_path

from desktop.app.county.county_rules import version as county_version
from desktop.app.help_topics import topics
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import UsageError
from desktop.common.resources import ResourceMissing
from desktop.common.version import product_version
from desktop.registry.labels import table_label
from desktop.registry.tables import MODELS
from desktop.store import backup
from desktop.store.crash_log import LARGEST
from desktop.store.database import Sql
from desktop.store.register import get_meta
from desktop.store.register_folder import RegisterFolder
from desktop.store.storage_failure import storage_errors
from desktop.store.upgrades import read_version

LIBRARIES = (
    "PySide6-Essentials", "sqlalchemy", "sqlmodel", "sqlcipher3", "python-calamine", "openpyxl", "xlsxwriter",
    "reportlab", "pypdfium2", "pillow", "fonttools", "pyrage", "pynacl", "zstandard", "msgpack", "argon2-cffi",
    "pyxform", "pypinyin", "PySide6-Addons", "zxing-cpp", "psycopg", "pyreadstat",
)  # fmt: skip
"""What the program stands on; the last four are extras."""
LEVEL_WORDS = {"county": "县（区）", "town": "镇（街道）", "village": "村（社区）"}
_SETTINGS = {
    "mode": ("外观", {"light": "浅色", "dark": "深色", "": "跟随系统"}),
    "density": ("疏密", {}),
    "text": ("字号", {"small": "小", "medium": "中", "large": "大"}),
}
"""Settings of the machine that say nothing of anybody: key → its word, words of its values."""
MOST_CRASH_LINES = 120

_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S* Python ([\d.]+\w*) (\w+)", re.ASCII)
_KIND = re.compile(r"([A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)+)(?::.*)?", re.ASCII)
_OURS = {"desktop", "sqlalchemy", "sqlcipher3", "psycopg", "PySide6", "PIL", "pydantic", "openpyxl", "nacl"}
"""Packages whose exceptions a crash log names; a word of another kind before a dot may be a file's name."""
_FRAME = re.compile(r"\s+(\S.*\.pyx?):(\d+) ([\w<>.]+)", re.ASCII)
_NATIVE = re.compile(r'\s+File "(.*)", line (\d+) in ([\w<>.]+)', re.ASCII)
_FATAL = re.compile(r"(Fatal Python error: [A-Za-z ]+|Windows fatal exception: [a-z ]+)(?:: .*)?", re.ASCII)


def diagnosis(ws: Workspace, screen: str = "") -> str:
    """The whole text. `screen` is what a window says of its screen and style."""
    when = time.strftime("%Y-%m-%d %H:%M")
    lines = ["乡册诊断", "没有姓名、证件号码、电话、地点、文件夹和文件名。", f"时间　{when}", ""]
    lines += _part("程序", {
        "乡册": product_version(), "Python": platform.python_version(), "装法": _installation(), "帮助": _help_files(),
    })  # fmt: skip
    lines += _part("组件", {name: _version_of(name) for name in LIBRARIES})
    lines += _part("系统", {
        "系统": f"{platform.system()} {platform.release()}", "机器": platform.machine(),
        "处理器": f"{os.cpu_count() or 0} 个", "内存": _memory(), "时区": time.strftime("%z"),
        "屏幕": screen or "没有窗口",
    })  # fmt: skip
    lines += _part("本机的设置", machine_settings())
    folder = ws.register.facts.get("folder")
    with ws.register.reading() as sql:
        lines += _part("登记册", _register_facts(ws, sql, folder if isinstance(folder, RegisterFolder) else None))
        lines += _part("各类记录（现有，移除的）", _counts(sql))
    lines += ["【上次出错的地方】", *crash_lines(ws), ""]
    return "\n".join(lines)


def save_diagnosis(ws: Workspace, target: Path, text: str) -> None:
    """Write the text that was shown; remembered as a plain file that left. UsageError when the file exists already;
    StorageFailed in words."""
    if target.exists():
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个文件名。")
    with storage_errors():
        write_atomically(target, text.encode("utf-8"))
    log_plain_export(ws, "诊断", "交维护人员查问题", ["诊断"], len(text.splitlines()), file=target)


def machine_settings() -> dict[str, str]:
    """The window's settings on this machine that name nobody; places of registers stay out."""
    file = user_config_path("xiangce", appauthor=False) / "window.ini"
    read = configparser.ConfigParser(interpolation=None, strict=False)
    with suppress(OSError, configparser.Error, UnicodeError):
        read.read(file, encoding="utf-8")
    found = {}
    for key, (word, values) in _SETTINGS.items():
        value = read.get("General", key, fallback="")
        found[word] = values.get(value, value if re.fullmatch(r"[a-z_]{0,16}", value) else "其他") or "没有改过"
    return found


def crash_lines(ws: Workspace) -> list[str]:
    """The last sessions that ended badly: when, kinds of errors and places in the program's code."""
    folder = ws.register.facts.get("folder")
    if not isinstance(folder, RegisterFolder):
        return ["册在服务器上，本机没有记录。"]
    logs = []
    for path in (folder.crash_log.with_name("crash.previous.log"), folder.crash_log):
        with suppress(OSError):
            logs.append(path.read_bytes()[-LARGEST:].decode("utf-8", "replace"))
    lines, left_out = cleaned("\n".join(logs))
    if not lines:
        return ["没有。"]
    shown = lines[-MOST_CRASH_LINES:]
    notes = [f"（更早的 {len(lines) - len(shown)} 行没有列出）"] if len(shown) < len(lines) else []
    return [*notes, *shown, *([f"（另有 {left_out} 行认不出的内容，没有列出）"] if left_out else [])]


def cleaned(log: str) -> tuple[list[str], int]:
    """A crash log's lines in known shapes without messages and paths, and how many were left out."""
    lines, left_out = [], 0
    for line in log.splitlines():
        if not line.strip():
            continue
        if match := _STAMP.fullmatch(line):
            lines.append(f"{match[1]} UTC Python {match[2]} {match[3]}")
        elif match := _FRAME.fullmatch(line) or _NATIVE.fullmatch(line):
            lines.append(f"  {_place(match[1])}:{match[2]} {match[3]}")
        elif match := _FATAL.fullmatch(line) or _kind(line):
            lines.append(match[1])
        else:
            left_out += 1
    return lines, left_out


def _kind(line: str) -> re.Match[str] | None:
    """A line that names an exception by its module, not a text that looks like it."""
    match = _KIND.fullmatch(line)
    known = match is not None and match[1].split(".")[0] in _OURS | sys.stdlib_module_names
    return match if known else None


def _place(path: str) -> str:
    """A place in code from the program's or a library's folder on; of others nothing, since a path may hold a name."""
    parts = re.split(r"[\\/]", path)
    for known in ("desktop", "site-packages", "python3.11", "python3.12", "python3.13", "Lib"):
        if known in parts:
            rest = parts[parts.index(known) :]
            return "/".join(rest) if all(re.fullmatch(r"[\w.-]+", p, re.ASCII) for p in rest) else "别处.py"
    return "别处.py"


def _part(title: str, facts: Mapping[str, str]) -> list[str]:
    return [f"【{title}】", *(f"{word}　{value}" for word, value in facts.items() if value), ""]


def _installation() -> str:
    if getattr(sys, "frozen", False):
        return "安装包"
    return "检出" if (Path(__file__).resolve().parents[3] / "pyproject.toml").is_file() else "Python 环境"


def _help_files() -> str:
    """How many topics are shipped: whether the installation has its files."""
    try:
        return f"{len(topics())} 篇"
    except ResourceMissing:
        return "没有找到"


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "没有装，或没有写版本"


def _memory() -> str:
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return _size(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return "没有查"


def _size(count: int) -> str:
    """Bytes for a person."""
    for limit, unit in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")):
        if count >= limit:
            return f"{count / limit:.1f} {unit}"
    return f"{count} B"


def _register_facts(ws: Workspace, sql: Sql, folder: RegisterFolder | None) -> dict[str, str]:
    facts = {
        "格式": str(read_version(sql.connection)), "存放": "本机的文件夹" if folder else "服务器",
        "级别": LEVEL_WORDS.get(ws.level, ""), "使用人的角色": ROLE_WORDS[ws.role],  # type: ignore[index]
        "变更记录": f"{_count(sql, 'op'):,} 条", "操作": f"{_count(sql, 'unit'):,} 次",
        "报送到": f"第 {int(get_meta(sql, 'sent_seq') or 0):,} 条",
        "未定的冲突": f"{_count(sql, 'conflict'):,} 处", "收发的包": f"{_count(sql, 'package_log'):,} 个",
        "明文导出": f"{_count(sql, 'plain_export'):,} 次",
    }  # fmt: skip
    county = county_version(ws)
    facts["县里的设定"] = f"{county.rules} 项规定，{county.items} 个代码项"
    if sql.dialect != "postgresql":
        facts["加密库"] = str(sql.scalar("PRAGMA cipher_version") or "")
        facts["页"] = f"{int(sql.scalar('PRAGMA page_count') or 0):,} 页，每页 {sql.scalar('PRAGMA page_size')} 字节"
    if folder is not None:
        facts["数据库"] = _size(_bytes(folder.database))
        facts["草稿"] = _size(_bytes(folder.drafts))
        count, size = _folder_size(folder.attachments)
        facts["附件"] = f"{count:,} 个，{_size(size)}"
        facts["收到的包"] = f"{_folder_size(folder.inbox)[0]:,} 个"
        kept = backup.kept(folder)
        age = (datetime.now(UTC) - kept[-1].made_at).days if kept else 0
        facts["册内备份"] = f"{len(kept)} 份，最近一份 {age} 天前" if kept else "还没有"
        with suppress(OSError):
            disk = os.statvfs(folder.path) if hasattr(os, "statvfs") else None
            facts["磁盘还剩"] = _size(disk.f_bavail * disk.f_frsize) if disk else "没有查"
    return facts


def _counts(sql: Sql) -> dict[str, str]:
    counts = {}
    for model in MODELS:
        name = model.__tablename__
        row = sql.one(f'SELECT COUNT(*),COALESCE(SUM(CASE WHEN removed=0 THEN 1 ELSE 0 END),0) FROM "{name}"')
        total, live = (int(row[0]), int(row[1])) if row else (0, 0)
        counts[table_label(str(name))] = f"{live:,}，{total - live:,}"
    return counts


def _count(sql: Sql, table: str) -> int:
    return int(sql.scalar(f'SELECT COUNT(*) FROM "{table}"') or 0)


def _bytes(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _folder_size(folder: Path) -> tuple[int, int]:
    """How many files lie in a folder and below, and their bytes."""
    with suppress(OSError):
        sizes = [_bytes(p) for p in folder.rglob("*") if p.is_file()]
        return len(sizes), sum(sizes)
    return 0, 0
