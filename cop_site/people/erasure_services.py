"""Forgetting a person for good: nothing says any more who they were, and no figure changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts import (
    erasure_queries,
    held_queries,
    role_services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.held import Erasure, Subject, Wording
from cop_site.notifications.services import LAST, Recipient, queue_message
from cop_site.people import (
    erasure_plan_queries,
    signals,
    sweep_services,
)
from cop_site.people.joining_models import JoinRequest
from cop_site.schools.authority_services import lock_authority

CHANGED = "Somebody changed this person meanwhile. Look at them again before you go on."


def erase_person(
    person_id: int,
    *,
    by: ActingUser | None,
    reason: str,
    take_out: Collection[str] | None = None,
) -> None:
    """Forget a person, with all that was merged into them and their account. Never undone.

    What others wrote of them is left to steps that are noted here: take each in a transaction of
    its own (``sweep_services.take_step``); housekeeping takes those that nobody did. Erasures
    queue up behind the authority's row, as two of people who know each other could wait in a ring.

    ``take_out`` are the names that go from what others wrote: None, what they are called now.
    ``by`` None is the site itself. ``reason`` is kept, so it must name nobody. Raises DomainError
    where they can't be erased: oneself, who still has work in the service, who was erased before.
    """
    lock_authority()
    subject = _lock(person_id)
    bar = erasure_plan_queries.find_bar(subject, by)
    if bar:
        raise DomainError(bar)
    names = erasure_plan_queries.list_names(subject).choose(take_out)
    asking = erasure_queries.list_asking(subject.user_ids)
    addresses = subject.addresses | held_queries.list_asked_addresses(subject)
    wording = Wording(names.clear, addresses)
    erasure = Erasure(subject, wording, by.user_id if by else None)
    for eraser in signals.list_erasers():
        if eraser.erase is not None:
            eraser.erase(erasure)
    audit.record("person", person_id, "erased", by=erasure.by_user_id, reason=reason)
    sweep_services.plan_steps(person_id, wording, names.unclear)
    for address in asking:
        _tell(person_id, address)
    # What is in memory is not what is in the database any more.
    db.session.flush()
    db.session.expire_all()


def lock_subject(person_id: int) -> tuple[Subject, Sequence[Person]]:
    """All that is theirs, locked in the order of the house: what they asked, then the person."""
    found = held_queries.find_subject(person_id)
    db.session.execute(
        sa.select(JoinRequest.id)
        .where(sa.func.lower(JoinRequest.email).in_(found.addresses))
        .order_by(JoinRequest.id)
        .with_for_update()
    )
    people = db.session.scalars(
        sa.select(Person)
        .where(Person.id.in_(found.person_ids))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found, people.all()


def _lock(person_id: int) -> Subject:
    found, people = lock_subject(person_id)
    person = next((one for one in people if one.id == person_id), None)
    if person is None or person.merged_into_id is not None:
        raise NotFoundError("There is no such person.")
    if person.erased_at is not None:
        raise DomainError(role_services.ERASED)
    if held_queries.find_subject(person_id) != found:
        raise DomainError(CHANGED)
    return found


def _tell(person_id: int, address: str) -> None:
    """Who asked hears that it is done. The row forgets the address once the mail is out."""
    queue_message(
        Recipient(address, ""),
        kind="people/erased",
        thing="person",
        thing_id=person_id,
        context={LAST: True},
    )
