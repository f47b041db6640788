"""A real PostgreSQL server from Debian's binaries, in a temporary folder, reached by a Unix socket alone.

It gives up durability (fsync off) for speed, and sorts text by ICU's Chinese rules, as a county's server may:
code that needs byte order has to ask for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import psycopg


class ServerMissing(Exception):
    """No PostgreSQL server program is installed here."""


@dataclass
class PostgresServer:
    """A running server; `with server:` stops it and removes its folder at the end."""

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls) -> PostgresServer:
        """Make a cluster and start a server on it; ServerMissing when there are no programs for that."""
        programs = _programs()
        account = _account()
        # not below pytest's folders: the server's account may not pass through those of root
        folder = Path(tempfile.mkdtemp(prefix="xiangce-pg-", dir="/tmp"))
        try:
            if account:
                shutil.chown(folder, account["user"], account["group"])
            data = folder / "data"
            _make_cluster(programs, data, account)
            settings = {
                "listen_addresses": "",
                "unix_socket_directories": str(folder),
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "max_connections": "50",
            }
            options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
            # a test run that is killed takes its server with it
            until_we_die = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
            with (folder / "server.log").open("wb") as log:
                process = subprocess.Popen(
                    [*until_we_die, programs / "postgres", "-D", data, *options],
                    cwd=folder,
                    stdout=log,
                    stderr=log,
                    **account,
                )
            server = cls(folder, process)
            server._wait_until_ready()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return server

    def url(self, database: str) -> str:
        """SQLAlchemy URL of one of its databases (driver psycopg)."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder), safe='/')}"

    def create_database(self, name: str) -> None:
        self._execute(f'CREATE DATABASE "{name}"')

    def drop_database(self, name: str) -> None:
        """Drop it, ending whatever connections are still open."""
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def __enter__(self) -> PostgresServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGINT)  # fast shutdown: does not wait for connections left open
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _execute(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + 30
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is None and time.monotonic() < give_up:
                    time.sleep(0.05)
                    continue
                self.process.kill()
                log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {log}") from None


def _programs() -> Path:
    """The folder with the newest initdb and postgres."""
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").is_file()]
    if debian:
        return max(debian, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise ServerMissing("no PostgreSQL server here: install Debian's package postgresql to run this test")


def _make_cluster(programs: Path, data: Path, account: dict[str, Any]) -> None:
    command = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    major = int(programs.parent.name) if programs.parent.name.isdigit() else 0
    if major >= 15:  # the first with ICU as a database's default
        command += ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh"]
    else:
        command += ["--no-locale"]
    made = subprocess.run(
        command, cwd=data.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **account
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stdout.decode('utf-8', 'replace')}")


def _account() -> dict[str, Any]:
    """The account for the server as arguments of subprocess; PostgreSQL refuses to run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise ServerMissing("PostgreSQL does not run as root and there is no other account to run it as")
