"""Makes a wheel and a Debian package with everything inside from a clean checkout, and tries both.

    python3 build_installer.py             builds dist/*.whl and dist/*.deb and tries both as a plain user
    python3 build_installer.py --no-check  only builds
    python3 build_installer.py --check-only  only tries what dist/ holds

The Debian package holds a PyInstaller onedir bundle. It runs where glibc is at least the build machine's: on
Debian 12 and later when built on Debian 12. Needs Python 3.11 to 3.13 with venv; on Linux dpkg-deb and strip.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop import bootstrap

ROOT = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "installer"
DIST = ROOT / "dist"

# --- what goes into the bundle ---

BUNDLED_EXTRAS = "postgresql"
"""A county or city with a server opens its register with the same installed program."""

DATA_OF = ["desktop", "pyxform", "pypinyin", "pypdfium2", "pypdfium2_raw", "tzdata", "reportlab"]
"""Packages that read files beside their modules."""

HIDDEN = ["desktop", "psycopg", "psycopg_binary", "pypdfium2", "pypdfium2_raw", "sqlcipher3"]
"""Packages whose modules are imported by name or from C, where the analysis does not see it."""

METADATA_OF = [
    *("xiangce", "PySide6-Essentials", "sqlalchemy", "sqlmodel", "sqlcipher3", "python-calamine", "openpyxl"),
    *("xlsxwriter", "reportlab", "pypdfium2", "pillow", "fonttools", "pyrage", "pynacl", "zstandard", "msgpack"),
    *("argon2-cffi", "pyxform", "pypinyin", "psycopg"),
]
"""Packages whose version the diagnosis tells; a bundle knows it from their metadata alone."""

LEFT_OUT = [
    *("tkinter", "lib2to3", "idlelib", "turtledemo", "test", "ensurepip", "setuptools", "pkg_resources", "pip"),
    *("numpy", "pandas", "IPython", "lxml", "greenlet", "aiosqlite", "pytest", "hypothesis"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtOpenGL", "PySide6.QtDesigner"),
    *("sqlalchemy.dialects.mysql", "sqlalchemy.dialects.oracle", "sqlalchemy.dialects.mssql"),
    *("PIL._avif", "PIL.AvifImagePlugin", "PIL.ImageTk", "PIL._imagingtk", "PIL._imagingcms", "PIL.ImageCms"),
]
"""Modules that a package mentions but this product never reaches."""

DROPPED_FILES = (
    r"Qt6(Quick|Qml|OpenGL|Pdf|VirtualKeyboard|Wayland|WlShell|EglF[sS]|Designer|Help|UiTools)"
    r"|plugins/(qmltooling|egldevice|generic|wayland|xcbgl|networkinformation|tls|vectorimage)"
    r"|platforms/libq(eglfs|linuxfb|minimal|minimalegl|vnc|vkkhrdisplay|wayland)"
    r"|imageformats/libq(pdf|tiff|tga|wbmp|icns|gif)|platformthemes/libqgtk3|libgtk-3|libgdk-3|libavif"
    r"|translations/(?!(qtbase|qt)_zh_CN)|ODK_Validate"
)
"""Files that a program with Chinese text, JPEG photos, SVG icons and its own form engine does not load."""

SPEC = """
import re, subprocess
from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata
dropped = re.compile({dropped!r})
analysis = Analysis(
    [{entry!r}],
    datas=[d for name in {data!r} for d in collect_data_files(name)]
    + [d for name in {metadata!r} for d in copy_metadata(name)],
    hiddenimports=[m for name in {hidden!r} for m in collect_submodules(name)],
    excludes={excluded!r},
)
binaries = [entry for entry in analysis.binaries if not dropped.search(entry[0])]
datas = [entry for entry in analysis.datas if not dropped.search(entry[0])]

def loaded_by(path):
    return re.findall(r"NEEDED +(\\S+)", subprocess.run(["objdump", "-p", path], stdout=-1, text=True).stdout)

# system libraries that only a dropped file loaded go too, and then those that only these loaded
while True:
    loaded = {{name for entry in binaries for name in loaded_by(entry[1])}}
    kept = [e for e in binaries if "/" in e[0] or e[0] in loaded or not e[0].startswith("lib") or "python" in e[0]]
    if len(kept) == len(binaries):
        break
    binaries = kept

program = EXE(PYZ(analysis.pure), analysis.scripts, exclude_binaries=True, name="xiangce", strip=True)
COLLECT(program, binaries, datas, strip=True, name="xiangce")
"""

DEPENDENCIES = [
    *("libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "libfontconfig1"),
    *("libglib2.0-0 | libglib2.0-0t64", "libx11-6", "libx11-xcb1", "libxcb1", "libxcb-cursor0", "libxcb-icccm4"),
    *("libxcb-image0", "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0", "libxcb-shape0"),
    *("libxcb-util1", "libxcb-xfixes0", "libxcb-xkb1"),
]
"""Debian packages that Qt's libraries load from the system; besides libc6 of the build machine."""

DESKTOP_ENTRY = """[Desktop Entry]
Type=Application
Name=Xiangce
Name[zh_CN]=乡册
Comment=Offline township survey and register of project assets
Comment[zh_CN]=入户调查与扶贫项目资产登记，全部离线
Exec=xiangce
Icon=xiangce
Terminal=false
Categories=Office;Database;
StartupWMClass=xiangce
"""

ICON_SIZES = (16, 32, 48, 64, 128, 256, 512)
ICON_PROGRAM = """
import json, sys
from PIL import Image, ImageDraw, ImageFont
font_file, tokens, folder, *sizes = sys.argv[1:]
seal = json.load(open(tokens, encoding="utf-8"))["color"]["light"]["seal"]
big = 1024  # drawn once, scaled down with care
mark = Image.new("RGBA", (big, big))
draw = ImageDraw.Draw(mark)
draw.rounded_rectangle((0, 0, big - 1, big - 1), radius=big // 8, fill=seal)
font = ImageFont.truetype(font_file, big * 7 // 10)
draw.text((big / 2, big / 2), "册", font=font, fill="white", anchor="mm")
for size in map(int, sizes):
    mark.resize((size, size), Image.Resampling.LANCZOS).save(f"{folder}/{size}.png")
"""


class BuildFailed(Exception):
    """A step failed; the message names it, and what the step said stands above."""


def say(text: str) -> None:
    print(text, flush=True)


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a build step quietly; BuildFailed with its last words printed when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env=env or bootstrap.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        print("\n".join(done.stdout.decode("utf-8", "replace").splitlines()[-40:]), file=sys.stderr)
        raise BuildFailed(f"这一步没有成功：{' '.join(words[:6])}")


def main(arguments: list[str]) -> int:
    """Build and try the installers; 0 when all that was asked for works."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--check", action=argparse.BooleanOptionalAction, default=True, help="try both installers")
    options.add_argument("--check-only", action="store_true", help="try what dist/ holds, build nothing")
    chosen = options.parse_args(arguments)
    started = time.monotonic()
    try:
        python = bootstrap.fitting_interpreter()
        if python is not None:
            return subprocess.run([python, __file__, *arguments]).returncode
        if not chosen.check_only:
            build_all()
        if chosen.check or chosen.check_only:
            check_all()
    except (BuildFailed, bootstrap.Stop) as failure:
        print(f"安装包没有完成：{failure}", file=sys.stderr, flush=True)
        return 1
    say(f"安装包完成，用时 {time.monotonic() - started:.0f} 秒。")
    return 0


# --- building ---


def build_all() -> None:
    """A wheel and, where dpkg-deb exists, a Debian package in dist/; earlier ones are removed."""
    for old in DIST.glob("xiangce[-_]*"):
        old.unlink()
    DIST.mkdir(exist_ok=True)
    tools = make_venv(BUILD / "venv", bootstrap.project_table()["optional-dependencies"]["installer"])
    say("正在打 wheel……")
    run([tools, "-m", "build", "--wheel", "--outdir", DIST, ROOT], env=reproducible())
    say(f"  {describe(wheel())}")
    if shutil.which("dpkg-deb") is None:
        say("这里没有 dpkg-deb，不打 deb 包。")
        return
    say("正在打独立程序（PyInstaller）……")
    run([tools, "-m", "pip", "install", "--force-reinstall", "--no-deps", wheel()])
    run([tools, "-m", "pip", "install", f"{wheel()}[{BUNDLED_EXTRAS}]"])
    bundle = build_bundle(tools)
    say(f"  {megabytes(bundle)} MB，{sum(1 for path in bundle.rglob('*') if path.is_file())} 个文件")
    say("正在打 deb 包……")
    package = build_deb(tools, bundle)
    say(f"  {describe(package)}")


def make_venv(folder: Path, requirements: Sequence[str | Path], python: str = sys.executable) -> Path:
    """A fresh virtual environment with the requirements; the path of its interpreter."""
    say(f"正在准备打包环境 {folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder}……")
    run([python, "-m", "venv", "--clear", folder])
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run([inside, "-m", "pip", "install", "--disable-pip-version-check", *requirements], cwd=folder)
    return inside


def reproducible() -> dict[str, str]:
    """The environment with the commit's time, so that the same commit gives the same archive."""
    env = bootstrap.environment()
    if "SOURCE_DATE_EPOCH" not in env and shutil.which("git"):
        git = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True)
        if git.returncode == 0 and git.stdout.strip():
            env["SOURCE_DATE_EPOCH"] = git.stdout.strip()
    return env


def version() -> str:
    return str(bootstrap.project_table()["version"])


def wheel() -> Path:
    return the_one("xiangce-*.whl")


def the_one(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern))
    if len(found) != 1:
        raise BuildFailed(f"dist/ 里应当恰有一个 {pattern}，现有 {len(found)} 个，请先运行 build_installer.py 打包。")
    return found[0]


def build_bundle(python: Path) -> Path:
    """The onedir bundle of the installed wheel, not of the checkout: what the wheel lacks shows here."""
    work = BUILD / "bundle"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    entry = work / "xiangce.py"
    shutil.copy(ROOT / "desktop" / "__main__.py", entry)
    text = SPEC.format(
        entry=str(entry),
        dropped=DROPPED_FILES,
        data=DATA_OF,
        metadata=METADATA_OF,
        hidden=HIDDEN,
        excluded=LEFT_OUT,
    )
    (work / "xiangce.spec").write_text(text, encoding="utf-8")
    out: list[str | Path] = ["--noconfirm", "--distpath", work / "dist", "--workpath", work / "work"]
    run([python, "-m", "PyInstaller", *out, work / "xiangce.spec"], cwd=work, env=reproducible())
    return work / "dist" / "xiangce"


def build_deb(python: Path, bundle: Path) -> Path:
    """The Debian package: the bundle in /usr/lib/xiangce, command, menu entry, icons and licence."""
    tree = BUILD / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree / "usr/lib/xiangce", symlinks=True)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/xiangce").symlink_to("../lib/xiangce/xiangce")
    applications = tree / "usr/share/applications"
    applications.mkdir(parents=True)
    (applications / "xiangce.desktop").write_text(DESKTOP_ENTRY, encoding="utf-8")
    for size, picture in draw_icons(python).items():
        folder = tree / f"usr/share/icons/hicolor/{size}x{size}/apps"
        folder.mkdir(parents=True)
        shutil.copy(picture, folder / "xiangce.png")
    documents = tree / "usr/share/doc/xiangce"
    documents.mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", documents / "copyright")
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    write_control(tree)
    architecture = output(["dpkg", "--print-architecture"])
    package = DIST / f"xiangce_{version()}_{architecture}.deb"
    run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, package], env=reproducible())
    return package


def draw_icons(python: Path) -> dict[int, Path]:
    """The mark 册 in white on a seal as the window has it (design tokens, `seal`), by size in pixels."""
    folder = BUILD / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    fonts = sorted((ROOT / "resources" / "fonts").glob("*Serif*Bold*.ttf"))
    if not fonts:
        raise BuildFailed("resources/fonts 里没有宋体粗体，画不出图标，请把检出补全。")
    tokens = ROOT / "resources" / "design" / "tokens.json"
    sizes = [str(size) for size in ICON_SIZES]
    run([python, "-c", ICON_PROGRAM, fonts[0], tokens, folder, *sizes])
    return {size: folder / f"{size}.png" for size in ICON_SIZES}


def write_control(tree: Path) -> None:
    control = tree / "DEBIAN"
    control.mkdir()
    files = sorted(path for path in (tree / "usr").rglob("*") if path.is_file() and not path.is_symlink())
    sums = (f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files)
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")
    glibc = ".".join(os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")[:2])  # type: ignore[union-attr]
    fields = {
        "Package": "xiangce",
        "Version": version(),
        "Architecture": output(["dpkg", "--print-architecture"]),
        "Maintainer": "Xiangce founders <xiangce@localhost>",
        "Installed-Size": str(sum(path.stat().st_size for path in files) // 1024),
        "Depends": ", ".join([f"libc6 (>= {glibc})", *DEPENDENCIES]),
        "Section": "misc",
        "Priority": "optional",
        "Description": "offline township survey, register of project assets, and merge\n"
        " 乡册：离线的入户调查、扶贫项目资产登记、加密数据包上报与县级合并、台账打印。\n"
        " Household survey, register of poverty-alleviation project assets, signed and encrypted\n"
        " package files merged at the county, and printed registers. No network is used.",
    }
    (control / "control").write_text("".join(f"{k}: {v}\n" for k, v in fields.items()), encoding="utf-8")


def output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def megabytes(path: Path) -> str:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and not p.is_symlink()]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f}"


def describe(package: Path) -> str:
    return f"dist/{package.name}，{megabytes(package)} MB"


# --- trying ---


@dataclass(frozen=True)
class Step:
    """One command that an installed product must carry out; `{home}` stands for the user's folder."""

    arguments: tuple[str, ...]
    says: str = ""
    """A regular expression found in what it prints; `{version}` stands for the product's."""
    makes_pdf: str = ""
    """A PDF with at least one page and some text is there afterwards."""
    stays_open: bool = False
    """It is a window: it must still be there after some seconds, then it is closed."""


DEMO_PASSPHRASE = "样例口令 2026"
"""What opens a demo register (desktop.app.demo.register)."""

STEPS = [
    Step(("--version",), says="{version}"),
    Step(("demo", "{home}/演示 登记册", "--no-window", "--households", "20")),
    Step(("print", "{home}/演示 登记册", "assets", "-o", "{home}/台账.pdf"), makes_pdf="{home}/台账.pdf"),
    Step(("digest", "{home}/演示 登记册"), says=r"[0-9a-f]{64}"),
    Step(("diagnose", "{home}/演示 登记册"), says=r"帮助　\d+ 篇(.|\n)*reportlab　\d"),
    Step(("open", "{home}/演示 登记册"), stays_open=True),
]


def environment_of(home: Path) -> dict[str, str]:
    """A user's environment after logging in on a machine without a screen."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XIANGCE_PASSPHRASE": DEMO_PASSPHRASE,
    }


def check_all() -> None:
    """Install the wheel and unpack the Debian package elsewhere, and go through the steps with each."""
    with tempfile.TemporaryDirectory(prefix="xiangce-check-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        python = make_venv(folder / "wheel", [wheel()], python=interpreter_for_anyone())
        go_through("wheel", python.parent / "xiangce", folder / "as-wheel", python)
        if shutil.which("dpkg-deb") is None:
            return
        package = the_one("xiangce_*.deb")
        run(["dpkg-deb", "--extract", package, folder / "root"])
        go_through("deb", folder / "root/usr/bin/xiangce", folder / "as-deb", python)


def plain_account() -> dict[str, Any]:
    """The account to try as, in subprocess's words: nobody when root builds, else the one that builds."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def interpreter_for_anyone() -> str:
    """A fitting interpreter that the plain account can start too; one below root's home it cannot."""
    probe = "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
    for candidate in (sys.executable, "/usr/bin/python3", *(f"/usr/bin/python3.{minor}" for minor in (11, 12, 13))):
        try:
            done = subprocess.run([candidate, "-c", probe], cwd="/", stderr=subprocess.DEVNULL, **plain_account())
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    raise BuildFailed("没有普通用户也能启动的 Python，无法试用 wheel；请安装 python3.11 和 python3.11-venv。")


def go_through(what: str, program: Path, folder: Path, python: Path) -> None:
    """Carry out the steps one after the other as a plain user with a home of its own."""
    account = plain_account()
    home = folder / "家 目录"
    (home / "run").mkdir(mode=0o700, parents=True)
    for path in (home, home / "run"):
        os.chown(path, account.get("user", -1), account.get("group", -1))
    say(f"正在以普通用户试用 {what}……")
    for step in STEPS:
        started = time.monotonic()
        try_step(step, program, home, python)
        shown = " ".join(argument.replace("{home}/", "") for argument in step.arguments)
        say(f"  xiangce {shown}：正常（{time.monotonic() - started:.1f} 秒）")


def try_step(step: Step, program: Path, home: Path, python: Path) -> None:
    """Carry out one step; BuildFailed tells what it did instead."""
    process = subprocess.Popen(
        [str(program), *(argument.replace("{home}", str(home)) for argument in step.arguments)],
        cwd=home,
        env=environment_of(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **plain_account(),
    )
    try:
        said = process.communicate(timeout=8 if step.stays_open else 180)[0].decode("utf-8", "replace")
        ended = True
    except subprocess.TimeoutExpired:
        process.terminate()
        said = process.communicate(timeout=30)[0].decode("utf-8", "replace")
        ended = False
    wrong = ""
    if ended and step.stays_open:
        wrong = f"窗口没有停留，退出码 {process.returncode}"
    elif not ended and not step.stays_open:
        wrong = "三分钟没有做完"
    elif ended and process.returncode != 0:
        wrong = f"退出码 {process.returncode}"
    elif re.search(r"Traceback|[Cc]ould not load", said):
        wrong = "有错误输出"
    elif not re.search(step.says.replace("{version}", re.escape(version())), said):
        wrong = f"没有说出 {step.says}"
    elif step.makes_pdf:
        wrong = fault_of_pdf(Path(step.makes_pdf.replace("{home}", str(home))), python)
    if wrong:
        print(said, file=sys.stderr)
        raise BuildFailed(f"试用时 xiangce {' '.join(step.arguments)} 不对：{wrong}")


def fault_of_pdf(path: Path, python: Path) -> str:
    """What is wrong with a printed PDF, or nothing: it must have pages, and text on the first."""
    if not path.is_file():
        return f"没有生成 {path.name}"
    program = (
        "import sys, json, pypdfium2; d = pypdfium2.PdfDocument(sys.argv[1]);"
        " print(json.dumps([len(d), d[0].get_textpage().get_text_bounded()]))"
    )
    pages, text = json.loads(output([str(python), "-c", program, str(path)]))
    return "" if pages >= 1 and len(text) > 50 else f"{path.name} 只有 {pages} 页、首页 {len(text)} 字"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
