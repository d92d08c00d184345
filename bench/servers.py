"""Applications under gunicorn, set as gunicorn.conf.py sets it."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import children_of, cpu_seconds, memory_mib

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
SERVING = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
WORKERS: int = SERVING["workers"]
THREADS: int = SERVING["threads"]
LONGEST_START = 60.0
LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:([0-9]+)")
# A developer's shell may hold these, and the measure must not depend on it.
OWN_SETTINGS = re.compile(
    "COP_ENV|SITE_ADDRESS|ALLOWED_HOSTS|TRUSTED_PROXIES|HTMX_FROM|SECRET_KEY.*|SMTP_.*|MAIL_.*"
)


@dataclass(frozen=True)
class Server:
    """A running application: its port on the loopback, its first process, where it writes."""

    port: int
    pid: int
    log: Path

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def memory_mib(self) -> float:
        """The memory of its workers together."""
        return sum(memory_mib(worker) for worker in children_of(self.pid))


def environment(database: str, folder: Path, secret: str) -> dict[str, str]:
    """Ours, with the settings of a site on this database."""
    kept = {key: value for key, value in os.environ.items() if not OWN_SETTINGS.fullmatch(key)}
    return {
        **kept,
        "DATABASE_URL": database,
        "SECRET_KEY": secret,
        # As behind its proxy, which names who asks.
        "TRUSTED_PROXIES": "1",
        "MAIL_TRANSPORT": "files",
        "MAIL_FOLDER": str(folder / "mail"),
        "STORAGE_URL": str(folder / "files"),
    }


@contextmanager
def serve(application: str, settings: dict[str, str], log: Path, ready: str) -> Iterator[Server]:
    """An application at a port the system chooses, until the block ends.

    ``ready`` is the path that answers 200 once it can be asked.
    """
    command = [str(PROGRAMS / "gunicorn"), "--bind", "127.0.0.1:0"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, application], cwd=ROOT, env=settings, stdout=output, stderr=output
        )
    try:
        yield Server(_wait_until_ready(process, log, ready), process.pid, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, ready: str) -> int:
    give_up_at = time.monotonic() + LONGEST_START
    while time.monotonic() < give_up_at and process.poll() is None:
        said = LISTENING.search(log.read_text(encoding="utf-8", errors="replace"))
        if said and _is_ready(f"http://127.0.0.1:{said[1]}{ready}"):
            return int(said[1])
        time.sleep(0.05)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text(encoding='utf-8')}")


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
