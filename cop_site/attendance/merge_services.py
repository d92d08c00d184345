"""Saying who somebody at the door was, and taking that back."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.attendance import merge_queries
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Session

NOBODY = "Nobody of that name was added to this register."
ALONE = "They are known to the site by themselves, so they can’t be somebody else."


def merge_walk_in(session_id: int, person_id: int, into_id: int, *, by: ActingUser) -> None:
    """Say that somebody at the door is a person of their school; figures count them as one.

    A pointer, so that it can be taken back: the row and its mark stay as they were, and a closed
    register stays closed. Sent twice it is one. Raises NotFoundError where they are not on the
    register, DomainError for anybody who is not of that school on the day, or who has a row there.
    """
    person = _lock(person_id, into_id)[person_id]
    mark = merge_queries.find_walk_in(session_id, person_id)
    if mark is None:
        raise NotFoundError(NOBODY)
    if person.merged_into_id == into_id:
        return
    if not merge_queries.stands_alone(person_id):
        raise DomainError(ALONE)
    session = db.session.get_one(Session, session_id)
    candidates = {one.person_id: one for one in merge_queries.list_candidates(session, mark)}
    if into_id not in candidates:
        raise DomainError("Choose somebody from the list", field="into")
    if candidates[into_id].is_listed:
        raise DomainError(
            f"{candidates[into_id].name} has a row on this register. Mark them there, and remove"
            f" {person.name}",
            field="into",
        )
    was = person.merged_into_id
    person.merged_into_id = into_id
    audit.record(
        "person", person_id, "merged", by=by.user_id, was={"into": was}, now={"into": into_id}
    )
    db.session.flush()


def undo_merge(session_id: int, person_id: int, *, by: ActingUser) -> None:
    """They stand for themselves again. Twice is harmless."""
    person = _lock(person_id)[person_id]
    if merge_queries.find_walk_in(session_id, person_id) is None:
        raise NotFoundError(NOBODY)
    if person.merged_into_id is None:
        return
    was = person.merged_into_id
    person.merged_into_id = None
    audit.record("person", person_id, "merge undone", by=by.user_id, was={"into": was})
    db.session.flush()


def _lock(*ids: int) -> dict[int, Person]:
    """These people, one change at a time, in the order everybody takes."""
    people = db.session.scalars(
        sa.select(Person)
        .where(Person.id.in_(ids))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = {person.id: person for person in people}
    if len(found) != len(set(ids)):
        raise NotFoundError(NOBODY)
    return found
