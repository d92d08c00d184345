"""Saying who somebody at the door was, and taking that back."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.attendance import merge_queries, queries
from cop_site.attendance.marking_services import (
    change_mark,
    find_mark,
    follow_bookings,
    get_kind,
    open_for_change,
    restore_mark,
    start_mark,
    void_mark,
)
from cop_site.attendance.merge_queries import Candidate
from cop_site.attendance.models import NOT_RECORDED, SAME_PERSON, MarkSchool
from cop_site.attendance.sheet_models import new_tap_id
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Session

NOBODY = "Nobody of that name was added to this register."
NOT_SAME = "not the same person after all"
ERASED = "They asked to be forgotten, so this stays as it was."
ALONE = "They are known to the site by themselves, so they can’t be somebody else."


def merge_walk_in(session_id: int, person_id: int, into_id: int, *, by: ActingUser) -> int:
    """Say that somebody at the door is a person of their school; figures count them as one.

    A pointer, so that it can be taken back: the row and its mark stay as they were, and a closed
    register stays closed. Whoever has an unmarked row there gets the mark on it instead, while the
    register is open. Sent twice it is one. Gives back whose row stands.

    Raises NotFoundError where they are not on the register, DomainError for anybody who is not of
    that school on the day, or whose own row is marked.
    """
    person = _lock(person_id, into_id)[person_id]
    mark = merge_queries.find_walk_in(session_id, person_id)
    if mark is None:
        if merge_queries.find_moved_to(session_id, person_id) == into_id:
            return into_id
        raise NotFoundError(NOBODY)
    if person.merged_into_id == into_id:
        return person_id
    if not merge_queries.stands_alone(person_id):
        raise DomainError(ALONE)
    session = db.session.get_one(Session, session_id)
    candidates = {one.person_id: one for one in merge_queries.list_candidates(session, mark)}
    if into_id not in candidates:
        raise DomainError("Choose somebody from the list", field="into")
    if candidates[into_id].is_listed:
        _move_mark(session_id, person, candidates[into_id], by)
        return into_id
    _point(person, into_id, by)
    return person_id


def _point(person: Person, into_id: int, by: ActingUser) -> None:
    was, now = {"into": person.merged_into_id}, {"into": into_id}
    person.merged_into_id = into_id
    audit.record("person", person.id, "merged", by=by.user_id, was=was, now=now)
    db.session.flush()


def _move_mark(session_id: int, person: Person, chosen: Candidate, by: ActingUser) -> None:
    """Their own row says what the one at the door said, for its school too, and that one goes.

    The pointer stays with the name at the door, so that it is held, and erased, with theirs.
    """
    session, register = open_for_change(session_id, by)
    at_door = find_mark(register.id, person.id)
    if at_door is None:
        raise NotFoundError(NOBODY)
    own = find_mark(register.id, chosen.person_id) or start_mark(
        session, register, chosen.person_id
    )
    if merge_queries.is_marked(own.id):
        raise DomainError(
            f"{chosen.name} is marked in a row of their own. Change that mark if it is wrong, and"
            f" remove {person.name}",
            field="into",
        )
    named = {school_id for _name, school_id, _role in queries.list_as_added(own.id)}
    for _name, school_id, role in queries.list_as_added(at_door.id):
        if school_id not in named:
            db.session.add(MarkSchool(mark_id=own.id, school_id=school_id, role=role))
    if own.kind_key != at_door.kind_key:
        change_mark(own, get_kind(at_door.kind_key), new_tap_id(), by=by, reason=SAME_PERSON)
    void_mark(at_door, SAME_PERSON, by=by)
    _point(person, chosen.person_id, by)


def undo_merge(session_id: int, person_id: int, *, by: ActingUser) -> None:
    """They stand for themselves again. Twice is harmless; who was erased stays as they were.

    A mark that moved to a row of their own goes back to the door, while the register is open.
    """
    person = _lock(person_id)[person_id]
    into_id = merge_queries.find_moved_to(session_id, person_id)
    if into_id is None and merge_queries.find_walk_in(session_id, person_id) is None:
        raise NotFoundError(NOBODY)
    if person.merged_into_id is None:
        return
    if person.erased_at is not None:
        raise DomainError(ERASED)
    if into_id is not None:
        _move_back(session_id, person_id, into_id, by)
    was = {"into": person.merged_into_id}
    person.merged_into_id = None
    audit.record("person", person_id, "merge undone", by=by.user_id, was=was)
    db.session.flush()


def _move_back(session_id: int, person_id: int, into_id: int, by: ActingUser) -> None:
    """The mark at the door stands again; their own row says nothing, or what was said since."""
    session, register = open_for_change(session_id, by)
    at_door = queries.find_walk_in(register.id, person_id)
    own = find_mark(register.id, into_id)
    if at_door is None or own is None:
        raise NotFoundError(NOBODY)
    restore_mark(at_door, by=by)
    if merge_queries.find_last_reason(own.id) == SAME_PERSON:
        change_mark(own, get_kind(NOT_RECORDED), new_tap_id(), by=by, reason=NOT_SAME)
    db.session.flush()
    booking = queries.find_booking_to_mark(session.option_id, into_id)
    follow_bookings(register, [booking] if booking else [], by=by.user_id)


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
