"""Start threads together, each in an application context of its own, and keep what they gave."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any

from flask import Flask

from cop_site.db import db


def race(app: Flask, runners: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each runner returned, or the exception it raised, in order."""
    start = threading.Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                start.wait(timeout=30)
                return runner()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(runners)) as pool:
        futures = [pool.submit(Context().run, run, runner) for runner in runners]
        return [future.result(timeout=60) for future in futures]
