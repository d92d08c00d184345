"""Asking to be forgotten. An administrator then sees to it: people/erasure_services.py."""

from __future__ import annotations

from cop_site import audit, clock
from cop_site.accounts import erasure_queries, services
from cop_site.accounts.account_models import ErasureRequest
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.notifications.services import Recipient, queue_message


def ask(*, by: ActingUser) -> ErasureRequest:
    """Ask to be forgotten. Asking again while one is open gives that one."""
    _one_at_a_time(by)
    found = erasure_queries.lock_open(by.user_id)
    if found is not None:
        return found
    request = ErasureRequest(user_id=by.user_id, asked_at=clock.now())
    db.session.add(request)
    db.session.flush()
    audit.record("user", by.user_id, "asked to be forgotten", by=by.user_id)
    return request


def take_back(*, by: ActingUser) -> bool:
    """Take one's open request back. False where there is none (any more)."""
    _one_at_a_time(by)
    found = erasure_queries.lock_open(by.user_id)
    if found is None:
        return False
    found.ended_at = clock.now()
    found.ended_by_user_id = by.user_id
    audit.record("user", by.user_id, "took back being forgotten", by=by.user_id)
    db.session.flush()
    return True


def say_no(user_id: int, reason: str, *, by: ActingUser) -> None:
    """Answer a request without erasing, and tell the person why.

    Raises DomainError for one's own, and where it ended meanwhile.
    """
    if user_id == by.user_id:
        raise DomainError("Another administrator must see to your own request.")
    asked = erasure_queries.find_asking(user_id)
    found = erasure_queries.lock_open(user_id) if asked else None
    if found is None or asked is None:
        raise DomainError("This request was ended meanwhile.")
    found.ended_at = clock.now()
    found.ended_by_user_id = by.user_id
    audit.record("user", user_id, "was not forgotten", by=by.user_id, reason=reason)
    queue_message(
        Recipient(asked.email, asked.name),
        kind="accounts/erasure_declined",
        thing="erasure_request",
        thing_id=found.id,
        context={"reason": reason},
    )


def _one_at_a_time(by: ActingUser) -> None:
    """Two clicks at once: the second waits here and then finds what the first did."""
    if services.lock_user(by.user_id).disabled_at is not None:
        raise NotFoundError("This account is closed.")
