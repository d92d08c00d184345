"""What the main pages cost, beside the bare page."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask

from bench.load import Ask, Load, run
from bench.servers import THREADS, Server
from tests.support.statements import count_statements

ROUNDS = 3


@dataclass
class Case:
    """One kind of request. ``warm_up`` is asked first and not counted; ``sample`` is one more."""

    name: str
    server: Server
    asks: Sequence[Ask]
    warm_up: Sequence[Ask]
    sample: Ask
    expected: int = 200
    target: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    database_cpu: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: int = 0
    statements: int | None = None

    @property
    def cpu_ms(self) -> float:
        """Processor time of the workers for one request."""
        return self.cpu * 1000 / len(self.times)

    @property
    def database_ms(self) -> float:
        """Processor time of the database's own processes for one request."""
        return self.database_cpu * 1000 / len(self.times)

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of a hundred answers came."""
        return percentile(self.times, percent) * 1000


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def measure(cases: Sequence[Case], read_database_cpu: Callable[[], float]) -> None:
    """Warm up, then measure in rounds, so that a busy moment of the machine falls on all."""
    for case in cases:
        run(case.server.port, case.warm_up, THREADS)
    for number in range(ROUNDS):
        for case in cases:
            _add(case, case.asks[number::ROUNDS], read_database_cpu)


def _add(case: Case, asks: Sequence[Ask], read_database_cpu: Callable[[], float]) -> None:
    before, database_before = case.server.cpu_seconds(), read_database_cpu()
    load: Load = run(case.server.port, asks, THREADS)
    case.cpu += case.server.cpu_seconds() - before
    case.database_cpu += read_database_cpu() - database_before
    case.seconds += load.seconds
    case.times += [answer.seconds for answer in load.answers]
    case.wrong += sum(answer.status != case.expected for answer in load.answers)


def count_sql(app: Flask, case: Case) -> None:
    """How many statements one such request sends, asked of the application itself."""
    ask = case.sample
    client = app.test_client(use_cookies=False)
    with count_statements() as sent:
        if ask.fields is None:
            client.get(ask.path, headers={"Cookie": ask.cookie})
        else:
            client.post(ask.path, data=ask.fields, headers={"Cookie": ask.cookie})
    case.statements = len(sent)
