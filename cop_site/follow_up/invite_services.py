"""Inviting people of a list to an event by mail."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings.message_services import describe
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState
from cop_site.follow_up import invite_queries, policies
from cop_site.follow_up.invite_models import Candidate, Chosen
from cop_site.follow_up.models import Invited, Inviting
from cop_site.notifications.services import Recipient, queue_messages


def invite_people(
    event_id: int,
    chosen: Chosen,
    person_ids: Collection[int],
    note: str,
    key: str,
    *,
    whom: str,
    by: ActingUser,
) -> Inviting:
    """Mail an invitation to these people of a list, and keep that it was sent.

    Nobody is invited to an event twice, and whoever is no longer of the list, has booked or wants
    no invitations is left out. ``key`` is the form's: sent twice it is one. ``whom`` says which
    list, for the record. Raises DomainError where nobody is left, or the event can't be booked.
    """
    event_queries.lock_event(event_id)
    before = invite_queries.find_inviting(key)
    if before is not None and before.event_id == event_id:
        return before
    event = event_queries.get_event(event_id, sa.true())
    check_can_invite(event)
    sources, clusters = policies.followed_up_by(by), policies.clusters_to_invite(by)
    found = invite_queries.list_candidates(event, chosen, sources, clusters).people
    people = [one for one in found if one.person_id in set(person_ids)]
    if not people:
        raise DomainError("Choose somebody to invite", field="person_ids")
    _queue(event, people, note, by)
    inviting = Inviting(
        event_id=event_id,
        key=key,
        whom=whom,
        people=len(people),
        sent_by_user_id=by.user_id,
        sent_at=clock.now(),
    )
    db.session.add(inviting)
    db.session.add_all(
        Invited(event_id=event_id, person_id=one.person_id, invited_at=inviting.sent_at)
        for one in people
    )
    told = {"people": len(people), "of": whom}
    audit.record("event", event_id, "people invited", by=by.user_id, now=told)
    db.session.flush()
    return inviting


def find_bar(event: Event) -> str:
    """Why nobody can be invited to it, "" where they can."""
    if event.state is EventState.DRAFT:
        return "Publish this event first. Then people can be invited."
    if event.state is EventState.CANCELLED:
        return "This event is cancelled, so nobody can be invited."
    if event.starts_at <= clock.now():
        return "This event has started, so nobody can be invited."
    return "Booking has closed, so nobody can be invited." if event.has_closed else ""


def check_can_invite(event: Event) -> None:
    if bar := find_bar(event):
        raise DomainError(bar)


def _queue(event: Event, people: list[Candidate], note: str, by: ActingUser) -> None:
    option = event.first_option
    context: dict[str, Any] = describe(event, option.sessions, option.mode, with_link=False)
    context |= {
        "by": by.name,
        "note": note,
        "has_choice": len(event.options) > 1,
        "opens_at": event.booking_opens_at.isoformat()
        if event.booking_opens_at and event.opens_later
        else "",
    }
    known = invite_queries.list_with_account([one.person_id for one in people])
    messages = [
        (
            Recipient(one.email, one.name),
            event.id,
            context | {"has_account": one.person_id in known},
        )
        for one in people
    ]
    queue_messages(messages, kind=invite_queries.KIND, thing="event")
