"""Answers that take as long whether or not somebody is known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

# Writing a link takes longer than finding that there is nobody to write it for.
LEAST_SECONDS = 0.1


@contextmanager
def as_long_as_any() -> Iterator[None]:
    """What is inside takes at least LEAST_SECONDS, unless it is refused."""
    began = time.perf_counter()
    yield
    time.sleep(max(0.0, LEAST_SECONDS - (time.perf_counter() - began)))
