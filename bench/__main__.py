"""``make bench``, or ``python -m bench`` with options: measure the site beside a bare page.

Slow pages never fail it; somebody over the places, somebody lost or a fault does.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench.databases import NAMES, find_reason_not, start
from bench.servers import THREADS, WORKERS
from bench.trial import Amounts, try_database

FULL = Amounts(requests=300, looks=40, volleys=20)
QUICK = Amounts(requests=60, looks=10, volleys=3)


def read_options(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer requests, rougher figures")
    parser.add_argument("--database", choices=NAMES, help="only this one; otherwise both")
    parser.add_argument("--volleys", type=int, help=f"how many (otherwise {FULL.volleys})")
    return parser.parse_args(given)


def choose_amounts(options: argparse.Namespace) -> Amounts:
    chosen = QUICK if options.quick else FULL
    volleys = chosen.volleys if options.volleys is None else max(0, options.volleys)
    return Amounts(chosen.requests, chosen.looks, volleys)


def main() -> int:
    # Servers and folders must go with it however it is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    options = read_options()
    amounts = choose_amounts(options)
    print(
        f"gunicorn gthread, {WORKERS} workers of {THREADS} threads, on {os.cpu_count()} processors"
        f" that this measure shares; Python {platform.python_version()}"
    )
    problems: list[str] = []
    began = time.monotonic()
    for name in [options.database] if options.database else NAMES:
        reason = find_reason_not(name)
        if reason:
            print(f"\n{name} could not be measured: {reason}")
            continue
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            start(name, Path(folder)) as database,
        ):
            found = try_database(database, Path(folder), amounts)
        problems += [f"{database.name}, {problem}" for problem in found]
    print(f"\n{time.monotonic() - began:.0f} s in all")
    for problem in problems:
        print(f"WRONG: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
