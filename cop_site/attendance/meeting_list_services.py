"""Marking those on a meeting's list, once somebody has looked it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import many_queries, queries
from cop_site.attendance.many_services import Typed, mark_many
from cop_site.attendance.marking_services import new_mark, open_for_change
from cop_site.attendance.meeting_list_models import Offer
from cop_site.attendance.services import Tap
from cop_site.db import db


def mark_from_list(
    session_id: int, taps: Sequence[Tap], newcomers: Mapping[int, Offer], *, by: ActingUser
) -> Typed:
    """As ``mark_many``; the record of changes says how many, and nothing of the list itself.

    ``newcomers``, by person, are first added at the door. Raises DomainError where nobody can be
    marked at all.
    """
    _add_newcomers(session_id, [tap for tap in taps if tap.person_id in newcomers], newcomers, by)
    typed = mark_many(session_id, taps, by=by, reason="from a meeting’s list")
    register = queries.find_register(session_id)
    if register is not None and typed.changed:
        now = {"marked": typed.changed}
        audit.record("register", register.id, "marked from a list", by=by.user_id, now=now)
    return typed


def _add_newcomers(
    session_id: int, taps: Sequence[Tap], newcomers: Mapping[int, Offer], by: ActingUser
) -> None:
    """An unmarked row at the door for each who has none. A tap that was used adds nobody again."""
    session, register = open_for_change(session_id, by)
    ids = [tap.person_id for tap in taps]
    listed = {
        *many_queries.lock_marks(register.id, ids),
        *many_queries.list_bookings_to_mark(session.option_id, ids),
    }
    used = many_queries.list_used([tap.tap_id for tap in taps])
    for tap in taps:
        if tap.person_id not in listed and tap.tap_id not in used:
            offer = newcomers[tap.person_id]
            new_mark(register, tap.person_id, [(offer.school_id, offer.role)], is_walk_in=True)
    db.session.flush()
