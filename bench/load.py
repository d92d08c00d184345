"""Ask a server on the loopback, a bounded number of times, and note how long it took."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

LONGEST_ANSWER = 60.0
NO_ANSWER = 0


@dataclass(frozen=True)
class Ask:
    """One request. With ``fields`` it is a POST of a form; ``address`` is who the proxy names."""

    path: str
    cookie: str = ""
    fields: Mapping[str, str] | None = None
    address: str = ""


@dataclass(frozen=True)
class Answer:
    """``status`` 0 is no answer at all."""

    status: int
    seconds: float

    @property
    def is_fault(self) -> bool:
        return self.status == NO_ANSWER or self.status >= 500


@dataclass(frozen=True)
class Load:
    """What came of many requests, and how long all of them took together."""

    answers: list[Answer]
    seconds: float

    @property
    def faults(self) -> int:
        return sum(answer.is_fault for answer in self.answers)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def percentile(self, share: int) -> float:
        """The seconds within which so many in a hundred had their answer."""
        took = sorted(answer.seconds for answer in self.answers)
        return took[max(0, -(-len(took) * share // 100) - 1)]


def send(port: int, ask: Ask) -> Answer:
    """One request on a connection of its own, as a proxy in front sends them."""
    headers = {"Connection": "close"} | ({"Cookie": ask.cookie} if ask.cookie else {})
    if ask.address:
        headers["X-Forwarded-For"] = ask.address
    body = None
    if ask.fields is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(ask.fields)
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_ANSWER)
    try:
        connection.request("GET" if body is None else "POST", ask.path, body, headers)
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, http.client.HTTPException):
        status = NO_ANSWER
    finally:
        connection.close()
    return Answer(status, time.perf_counter() - started)


def run(port: int, asks: Sequence[Ask], threads: int) -> Load:
    """Send the requests, so many at a time."""
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        answers = list(pool.map(lambda ask: send(port, ask), asks))
        return Load(answers, time.perf_counter() - started)


def volley(port: int, asks: Sequence[Ask]) -> Load:
    """Send the requests all at once, each from a thread of its own."""
    start = threading.Barrier(len(asks) + 1)

    def wait_and_send(ask: Ask) -> Answer:
        start.wait()
        return send(port, ask)

    with ThreadPoolExecutor(len(asks)) as pool:
        futures = [pool.submit(wait_and_send, ask) for ask in asks]
        start.wait()
        started = time.perf_counter()
        answers = [future.result() for future in futures]
        return Load(answers, time.perf_counter() - started)
