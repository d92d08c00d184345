"""Keys of words that are data: short, plain, and each only once."""

from __future__ import annotations

import re
from collections.abc import Collection


def free_key(name: str, taken: Collection[str], *, longest: int, otherwise: str) -> str:
    """What ``name`` reads like in plain letters, with a number where that is taken.

    ``otherwise`` is for names without a plain letter. ``longest`` is without the number.
    """
    key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:longest] or otherwise
    numbers = (f"{key}_{number}" for number in range(2, len(taken) + 3))
    return next(free for free in (key, *numbers) if free not in taken)
