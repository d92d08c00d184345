"""The databases that are measured, each in a throw-away folder and set as a real one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import cpu_seconds
from tests.support.postgres import TemporaryPostgres, find_reason_missing

NAMES = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Database:
    """``read_cpu`` gives the seconds its own processes have used: none for SQLite."""

    name: str
    url: str
    read_cpu: Callable[[], float]
    has_processes: bool


def find_reason_not(name: str) -> str | None:
    """Why this database cannot be measured here, or None."""
    return find_reason_missing() if name == "postgresql" else None


@contextmanager
def start(name: str, folder: Path) -> Iterator[Database]:
    if name == "sqlite":
        yield Database("SQLite", f"sqlite:///{folder / 'site.sqlite3'}", lambda: 0.0, False)
        return
    with TemporaryPostgres(durable=True) as postgres:
        pid_file = postgres.folder / "data" / "postmaster.pid"
        pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
        url = postgres.new_database("site")
        yield Database("PostgreSQL", url, lambda: cpu_seconds(pid), True)
