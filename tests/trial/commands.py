"""Running ``flask`` as people do, and looking at what it left in the database."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """A command that ended: what it said and what it took."""

    code: int
    said: str
    complained: str
    seconds: float
    megabytes: float

    @property
    def is_one_sentence(self) -> bool:
        """Refused with one line on standard error, and not by falling over."""
        one_line = self.complained.count("\n") == 1
        return self.code == 1 and one_line and self.complained.startswith("Error: ")


def flask(url: str, *arguments: str) -> Done:
    """Run one command in a process of its own on the database at ``url``."""
    return python(url, "-m", "flask", "--app", "wsgi", *arguments)


def python(url: str, *arguments: str) -> Done:
    command = [sys.executable, *arguments]
    environ = {**os.environ, "DATABASE_URL": url}
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=complained)
        # Unlike wait(), this tells what that one process used.
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said_text, complained_text = _read(said), _read(complained)
    return Done(process.returncode, said_text, complained_text, seconds, usage.ru_maxrss / 1024)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def import_file(url: str, file: Path, *options: str, la_code: str = "351") -> Done:
    return flask(url, "schools", "import", str(file), "--la", la_code, *options)


def count_by_status(url: str) -> dict[str, int]:
    return dict(ask(url, "SELECT status, count(*) FROM school GROUP BY status"))


def list_schools(url: str) -> list[dict[str, Any]]:
    """Every school with everything the register says of it."""
    rows = ask(url, "SELECT * FROM school ORDER BY urn")
    ours = ("id", "imported_at")
    return [{k: v for k, v in row._asdict().items() if k not in ours} for row in rows]


def fingerprint(url: str) -> str:
    """One value for all that an import may write."""
    digest = hashlib.sha256()
    for table in ("school", "change", "school_import"):
        for row in ask(url, f"SELECT * FROM {table} ORDER BY id"):
            digest.update(repr(row).encode())
    return digest.hexdigest()


def ask(url: str, statement: str) -> Iterator[Any]:
    """The rows, a thousand at a time: the memory of this process is counted as its children's."""
    engine = sa.create_engine(url)
    with engine.connect().execution_options(yield_per=1000) as connection:
        yield from connection.execute(sa.text(statement))
    engine.dispose()
