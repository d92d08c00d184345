"""Between leaving for a provider and coming back: noted in the signed cookie, for 10 minutes.

What the provider sends back counts only in the browser that left, once, for that provider.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from flask import session

from cop_site import clock
from cop_site.accounts.outside_providers import Going

LASTS = timedelta(minutes=10)
# Several windows may be on their way; the cookie must not grow.
MOST = 3


@dataclass(frozen=True)
class Round:
    provider: str
    nonce: str
    verifier: str
    target: str
    until: float


def begin(provider: str, going: Going, target: str) -> None:
    until = (clock.now() + LASTS).timestamp()
    kept = sorted(_kept().items(), key=lambda item: float(item[1]["until"]))[1 - MOST :]
    round_ = Round(provider, going.nonce, going.verifier, target, until)
    session["rounds"] = dict([*kept, (going.state, asdict(round_))])


def take(provider: str, state: str) -> Round | None:
    """The round that this state began, used up. None where there is none or it has run out."""
    rounds = _kept()
    found = rounds.pop(state, None)
    session["rounds"] = rounds
    round_ = Round(**found) if found else None
    if round_ is None or round_.provider != provider or round_.until <= clock.now().timestamp():
        return None
    return round_


def _kept() -> dict[str, dict[str, Any]]:
    return dict(session.get("rounds") or {})
