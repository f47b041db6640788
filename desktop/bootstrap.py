"""Two commands set everything up: `run` opens the product, `test` runs the whole test suite.

    python3 desktop/bootstrap.py run [--no-window] [DIR]     (Windows: py -3.11 desktop\\bootstrap.py run)
    python3 desktop/bootstrap.py test [pytest arguments]

Standard library only, and it parses on Python 3.7, so that an unfit interpreter is told which one to
install. It finds Python 3.11 to 3.13, makes `.venv`, installs what pyproject.toml demands (again only when
that changed), and on Debian installs the missing system libraries with apt-get (as root, or with sudo).
The package itself is not installed: a path file in `.venv` names the checkout relatively, because path files
are read in the machine's own encoding and a checkout may lie below a folder with a Chinese name.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

OLDEST, NEWEST = (3, 11), (3, 13)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "xiangce-prepared.json"
LOG = VENV / "xiangce-prepare.log"
WINDOWS = os.name == "nt"

QT_LIBRARIES = ["libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0"]
"""Debian packages with what QtGui loads even offscreen."""
WINDOW_LIBRARIES = [
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xkb1",
    "libxcb-util1",
    "libxkbcommon-x11-0",
]
"""Debian packages with what Qt's xcb plugin loads besides, for a window on a screen."""
TEST_PACKAGES = ["postgresql", "poppler-utils", "gcc", "libc6-dev"]
"""A real database server, a second reader of PDFs, a compiler for the fault injector."""

# settings of the person's own pip that would lead the packages past .venv; its index and proxy stay in force
_PIP_DETOURS = {
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_DRY_RUN",
    "PIP_NO_DEPS",
    "PIP_EDITABLE",
    "PIP_REQUIREMENT",
    "PIP_PYTHON",
    "PIP_REPORT",
    "PIP_QUIET",
    "PIP_VERBOSE",
    "PIP_IGNORE_INSTALLED",
    "PIP_PROGRESS_BAR",
}


class Stop(Exception):
    """Setting up cannot go on; the message is one sentence that says why and what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def main(arguments: List[str]) -> int:
    """Carry out the command; exit code 2 for wrong usage, 1 when setting up fails, else the command's."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without Chinese shows ? instead of failing
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command not in ("run", "test"):
        say("用法：bootstrap.py run [--no-window] [目录]   准备环境，第一次运行时建立演示登记册，打开窗口")
        say("      bootstrap.py test [pytest 参数]         准备环境，运行全部测试")
        return 0 if command in ("-h", "--help") else 2
    try:
        python = fitting_interpreter()
        if python is not None:
            return _delegate([python, str(Path(__file__).resolve()), *arguments], dict(os.environ))
        return _run(rest) if command == "run" else _test(rest)
    except Stop as stop:
        print(f"未能完成：{stop}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("已中断，重新运行同一命令即可继续。", file=sys.stderr, flush=True)
        return 130


def _run(arguments: List[str]) -> int:
    screenless = not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    windowless = "--no-window" in arguments
    if sys.platform.startswith("linux") and screenless and not windowless:
        raise Stop("这里没有图形桌面，打不开窗口；请在桌面环境中运行，或加上 --no-window 只建立演示登记册。")
    install_system_packages(QT_LIBRARIES + WINDOW_LIBRARIES + _packages_of_venv())
    prepare_venv([])
    say("正在准备演示登记册……" if windowless else "正在打开乡册……")
    # -P: a folder named desktop where the person stands is not ours
    return _delegate([str(venv_python()), "-P", "-m", "desktop", "demo", *arguments], environment())


def _test(arguments: List[str]) -> int:
    install_system_packages(QT_LIBRARIES + TEST_PACKAGES + _packages_of_venv())
    prepare_venv(["test", "check"])
    say("正在运行测试……")
    os.chdir(str(ROOT))
    offscreen = {**environment(), "QT_QPA_PLATFORM": "offscreen"}
    return _delegate([str(venv_python()), "-m", "pytest", *arguments], offscreen)


# --- the interpreter ---


def fitting_interpreter() -> Optional[str]:
    """None when this interpreter fits, else the path of one that does; Stop names what to install."""
    if OLDEST <= sys.version_info[:2] <= NEWEST and sys.maxsize > 2**32:
        return None
    versions = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    commands = [["py", "-" + version] for version in versions] if WINDOWS else []
    commands += [["python" + version] for version in versions] + [["python3"], ["python"]]
    for command in commands:
        found = _interpreter_behind(command)
        if found:
            return found
    current = ".".join(str(part) for part in sys.version_info[:3])
    if sys.maxsize <= 2**32:
        current += "（32 位）"
    advice = "从 python.org 安装 64 位的 Python 3.11" if WINDOWS else "安装 python3.11 和 python3.11-venv"
    raise Stop(f"乡册需要 64 位的 Python 3.11、3.12 或 3.13，这里是 {current}；请{advice}，再运行同一命令。")


def _interpreter_behind(command: List[str]) -> Optional[str]:
    """The executable that the command starts, if it fits; a shim or a store alias may start nothing."""
    if shutil.which(command[0]) is None:
        return None
    probe = "import sys; print(*sys.version_info[:2], int(sys.maxsize > 2**32)); print(sys.executable)"
    try:
        output = subprocess.check_output([*command, "-c", probe], stderr=subprocess.DEVNULL, timeout=30)
        numbers, executable = output.decode(sys.getfilesystemencoding()).splitlines()[:2]
        major, minor, wide = (int(number) for number in numbers.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return executable if wide and OLDEST <= (major, minor) <= NEWEST else None


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


# --- system packages ---


def missing_system_packages(wanted: List[str]) -> List[str]:
    """Those of the wanted Debian packages that no installed one is or provides; none on other systems."""
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        return []
    query = ["dpkg-query", "-W", "-f=${db:Status-Abbrev}\t${Package}\t${Provides}\n"]
    listing = subprocess.run(query, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace")
    present = set()
    for line in listing.splitlines():
        status, package, provides = line.split("\t")
        if status.startswith("ii"):
            present.add(package)
            # a library renamed for 64-bit time provides its old name, as libglib2.0-0t64 does
            present.update(entry.split()[0] for entry in provides.split(",") if entry.strip())
    return [package for package in wanted if package not in present]


def _packages_of_venv() -> List[str]:
    """Debian keeps the pip that a new environment begins with in a package of its own."""
    if venv_python().exists() or importlib.util.find_spec("ensurepip") is not None:
        return []
    return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"]


def install_system_packages(wanted: List[str]) -> None:
    """Install what is missing with apt-get, as root or through sudo; Stop gives the command to type."""
    missing = missing_system_packages(wanted)
    if not missing:
        return
    names = " ".join(missing)
    prefix = _administrator(names)
    if prefix is None:
        raise Stop(f"缺少系统软件包，请让管理员执行 apt-get install {names}，再运行同一命令。")
    say(f"正在安装系统软件包：{names}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    _said_by([*apt, "update"])  # lists may be absent or old; whether that matters, the installation shows
    failed, output = _said_by([*apt, "--no-install-recommends", "install", *missing])
    if failed:
        print(_tail(output), file=sys.stderr)
        raise Stop("系统软件包没有装上（原因见上）；请检查网络和软件源，再运行同一命令。")


def _administrator(names: str) -> Optional[List[str]]:
    """What goes before a command to run it as root; None when this person cannot."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    if not _said_by(["sudo", "-n", "true"])[0]:
        return ["sudo", "-n"]
    if sys.stdin is not None and sys.stdin.isatty():
        say(f"要安装系统软件包（{names}），需要管理员权限，下面由 sudo 询问您的密码。")
        return ["sudo"] if subprocess.run(["sudo", "-v"]).returncode == 0 else None
    return None


def _said_by(command: List[str]) -> "tuple[bool, str]":
    """Run a command that asks nothing; whether it failed, and all it said."""
    result = subprocess.run(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return result.returncode != 0, result.stdout.decode("utf-8", "replace")


# --- the virtual environment ---


def prepare_venv(extras: List[str]) -> None:
    """Make `.venv` hold the dependencies and the given extras; does nothing when it already does."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    ready = _stamp()
    # a moved checkout or an interpreter that went away leaves an environment whose programs point nowhere
    if VENV.exists() and (not venv_python().exists() or ready.get("root", str(ROOT)) != str(ROOT)):
        say("原有的运行环境已失效，将重新建立。")
        shutil.rmtree(str(VENV), ignore_errors=True)
        ready = {}
    held = set(ready.get("extras", []))
    if ready.get("pyproject") == digest and held >= set(extras):
        return
    if not venv_python().exists():
        _make_venv()
    wanted = sorted(held | set(extras))
    requirements = _requirements(wanted)
    STAMP.unlink(missing_ok=True)
    say(f"正在安装 {len(requirements)} 个组件及其依赖（第一次约需一至三分钟）……")
    _pip_install(requirements)
    _name_the_checkout()
    STAMP.write_text(json.dumps({"pyproject": digest, "extras": wanted, "root": str(ROOT)}), encoding="utf-8")
    say("运行环境已就绪。")


def _stamp() -> Dict[str, Any]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _make_venv() -> None:
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    say(f"正在建立运行环境 .venv（Python {version}）……")
    failed, output = _said_by([sys.executable, "-m", "venv", str(VENV)])
    if failed:
        print(_tail(output), file=sys.stderr)
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise Stop(f"运行环境没有建成（原因见上）；请确认 {ROOT} 可以写入、磁盘余有 2 GB，再运行同一命令。")


def project_table() -> Dict[str, Any]:
    """The table [project] of pyproject.toml."""
    import tomllib  # here, because an older interpreter must come as far as naming a newer one

    table: Dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def _requirements(extras: List[str]) -> List[str]:
    project = project_table()
    wanted: List[str] = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    return list(dict.fromkeys(wanted))


def _pip_install(requirements: List[str]) -> None:
    """Install into `.venv`, naming what is downloaded and keeping the rest in a log; Stop when it fails."""
    options = ["--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--progress-bar=off"]
    with LOG.open("w", encoding="utf-8") as log:
        pip = subprocess.Popen(
            [str(venv_python()), "-m", "pip", "install", *options, *requirements],
            cwd=str(VENV),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert pip.stdout is not None
        for raw in pip.stdout:
            line = raw.decode("utf-8", "replace")
            log.write(line)
            words = line.split()
            if words[:1] == ["Downloading"]:
                say("  下载 " + " ".join([words[1].rsplit("/", 1)[-1], *words[2:]]))
        failed = pip.wait() != 0
    if failed:
        print(_tail(LOG.read_text(encoding="utf-8")), file=sys.stderr)
        raise Stop(f"组件没有装全（原因见上，全文在 {LOG}）；请检查网络，再运行同一命令。")


def _name_the_checkout() -> None:
    """Let programs in `.venv` import `desktop` from this checkout, and give it the command `xiangce`."""
    if WINDOWS:
        (VENV / "Lib/site-packages/xiangce-checkout.pth").write_text("../../..\n", encoding="ascii")
        starter = '@"%~dp0python.exe" -P -m desktop %*\n'
        (VENV / "Scripts/xiangce.cmd").write_text(starter, encoding="ascii")
        return
    for packages in (VENV / "lib").glob("python3.*/site-packages"):
        (packages / "xiangce-checkout.pth").write_text("../../../..\n", encoding="ascii")
    program = VENV / "bin/xiangce"
    starter = '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -P -m desktop "$@"\n'
    program.write_text(starter, encoding="ascii")
    program.chmod(0o755)


def environment() -> Dict[str, str]:
    """The person's environment without what would lead Python or pip past `.venv`."""
    astray = _PIP_DETOURS | {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in astray}
    kept["PIP_USER"] = "0"  # also against a pip.conf that says user = true
    return kept


def _delegate(command: List[str], env: Dict[str, str]) -> int:
    """Become the command; on Windows, where exec would let the console go on without it, wait for it."""
    if not WINDOWS:
        os.execve(command[0], command, env)
    return subprocess.run(command, env=env).returncode


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
