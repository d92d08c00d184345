"""The site as gunicorn serves it: made once, its workers forked (ADR 31)."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from pathlib import Path

import pytest

import config
from bench.processes import children_of
from bench.servers import WORKERS, Server, environment, serve
from cop_site.db import db
from tests.conftest import Databases, make_app

SECRETS = {
    "COP_ENV": "production",
    "SECRET_KEY": "a secret of our own, long enough",
    "SURVEY_KEY": "another of our own, long enough too",
}
# A machine that is busy takes its time; one that never does fails.
LONGEST_WAIT = 30.0


def test_nothing_is_open_that_a_fork_would_share(databases: Databases) -> None:
    url = databases.new()
    settings = config.load({**SECRETS, "ALLOWED_HOSTS": "cop.example", "DATABASE_URL": url})
    app = make_app(settings["SQLALCHEMY_DATABASE_URI"], **settings)
    with app.app_context():
        assert db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.thorough
def test_a_worker_that_dies_is_replaced_and_every_worker_answers(
    databases: Databases, tmp_path: Path
) -> None:
    settings = environment(databases.new(), tmp_path, "a secret of our own, long enough")
    with serve("wsgi:app", settings, tmp_path / "site.log", "/health/ready") as site:
        killed = _wait_for_workers(site, gone=0)[0]
        os.kill(killed, signal.SIGKILL)
        _wait_for_workers(site, gone=killed)
        # Each has connections of its own: neither reads what the other was answered.
        assert [_ask(site) for _ in range(40)] == [200] * 40


def _wait_for_workers(site: Server, *, gone: int) -> list[int]:
    """All of them, once there are as many as there should be without the one that is gone."""
    give_up_at = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < give_up_at:
        now = children_of(site.pid)
        if gone not in now and len(now) == WORKERS:
            return now
        time.sleep(0.05)
    raise AssertionError(f"there are {len(now)} workers, not {WORKERS}")


def _ask(site: Server) -> int:
    address = f"http://127.0.0.1:{site.port}/health/ready"
    with urllib.request.urlopen(address, timeout=LONGEST_WAIT) as answer:
        return int(answer.status)
