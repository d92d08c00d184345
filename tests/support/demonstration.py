"""The real site with the demonstration borough, in processes of its own."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path

from flask import Flask

import config
from cop_site import create_app
from cop_site.demo.borough import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
LONGEST_START = 90.0
MOMENT = "%Y-%m-%d %H:%M:%S.%f"
LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:[0-9]+)")

__all__ = ["PASSWORD", "Site", "build_borough", "serve"]


@dataclass(frozen=True)
class Site:
    """A running site: where it answers, what it stands on and where it writes what goes wrong."""

    address: str
    database: Path
    log: Path
    worker: Flask

    def restore(self, borough: Path) -> None:
        """Make everything as it was in ``borough``, under the feet of the running site."""
        with (
            closing(sqlite3.connect(borough)) as source,
            closing(sqlite3.connect(self.database, timeout=20)) as target,
        ):
            source.backup(target)

    def send_mail(self) -> list[str]:
        """Let the worker deliver what is due. Returns the texts of what went out now."""
        folder = self.database.parent / "mail"
        before = set(folder.glob("*.eml"))
        done = self.worker.test_cli_runner().invoke(args=["worker", "--once"])
        assert done.exit_code == 0, done.output
        return [_read_text(path) for path in sorted(set(folder.glob("*.eml")) - before)]

    def remind(self, title: str) -> list[str]:
        """Bring an event to tomorrow and send what is due. Returns the texts that went out."""
        self._move(title, timedelta(hours=22))
        return self.send_mail()

    def hold_now(self, title: str) -> int:
        """Let an event have begun a minute ago. Returns the id of its session."""
        return self._move(title, timedelta(minutes=-1))

    def _move(self, title: str, begins_in: timedelta) -> int:
        """Let an event begin so long from now, for an hour."""
        begins = datetime.now(UTC) + begins_in
        ends = begins + timedelta(hours=1)
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            moved = connection.execute(
                "UPDATE session SET starts_at = ?, ends_at = ? WHERE option_id IN (SELECT option.id"
                " FROM option JOIN event ON event.id = option.event_id WHERE event.title = ?)"
                " RETURNING id",
                (begins.strftime(MOMENT), ends.strftime(MOMENT), title),
            ).fetchall()
            assert moved, title
        return int(moved[0][0])

    def end_sign_ins(self, email: str) -> None:
        """End every sign-in of a person, as an administrator or a new password would."""
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            ended = connection.execute(
                "UPDATE sign_in SET ended_at = started_at, ended_why = 'test'"
                " WHERE ended_at IS NULL AND user_id = (SELECT id FROM user WHERE email = ?)",
                (email,),
            )
            assert ended.rowcount, f"{email} was not signed in"


def _read_text(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=default_policy)
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _environment(database: Path, files: Path) -> dict[str, str]:
    """Ours without settings of the site, which a developer's shell may hold."""
    own = ("COP_ENV", "SITE_ADDRESS", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "HTMX_FROM")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    mail = {"MAIL_TRANSPORT": "files", "MAIL_FOLDER": str(database.parent / "mail")}
    own_places = {"DATABASE_URL": f"sqlite:///{database}", "STORAGE_URL": str(files)}
    return {**kept, **mail, **own_places}


def build_borough(folder: Path) -> Path:
    """A fresh borough of today, made by the command that people use."""
    database = folder / "borough.sqlite3"
    command = [str(PROGRAMS / "flask"), "demo", "ensure"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=_environment(database, folder / "files"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    # All of it into the one file, so that copying that file copies everything.
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database


@contextmanager
def serve(borough: Path, folder: Path) -> Iterator[Site]:
    """The site on a copy of the borough, at a port the system chose, until the block ends."""
    database = folder / "site.sqlite3"
    shutil.copy(borough, database)
    log = folder / "site.log"
    command = [str(PROGRAMS / "gunicorn"), "--workers", "1", "--bind", "127.0.0.1:0", "wsgi:app"]
    with log.open("wb") as output:
        # Files are kept by content, so the copies of a borough may share them.
        files = borough.parent / "files"
        environment = _environment(database, files)
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    # Starting Python anew for each delivery would take longer than the delivery.
    worker = create_app(config.load(environment))
    try:
        yield Site(_wait_until_ready(process, log), database, log, worker)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    give_up_at = time.monotonic() + LONGEST_START
    while time.monotonic() < give_up_at and process.poll() is None:
        said = LISTENING.search(log.read_text(encoding="utf-8"))
        if said and _is_ready(said[1]):
            return said[1]
        time.sleep(0.05)
    raise RuntimeError(f"The site did not start:\n{log.read_text(encoding='utf-8')}")


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
