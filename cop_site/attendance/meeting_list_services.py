"""Marking those on a meeting's list, once somebody has looked it over."""

from __future__ import annotations

from collections.abc import Sequence

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import queries
from cop_site.attendance.many_services import Typed, mark_many
from cop_site.attendance.services import Tap


def mark_from_list(session_id: int, taps: Sequence[Tap], *, by: ActingUser) -> Typed:
    """As ``mark_many``; the record of changes says how many, and nothing of the list itself.

    Raises DomainError where nobody can be marked at all.
    """
    typed = mark_many(session_id, taps, by=by, reason="from a meeting’s list")
    register = queries.find_register(session_id)
    if register is not None and typed.changed:
        now = {"marked": typed.changed}
        audit.record("register", register.id, "marked from a list", by=by.user_id, now=now)
    return typed
