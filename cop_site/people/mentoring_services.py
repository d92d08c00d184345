"""Pairing new SENCOs with mentors, by hand. What the two talk about is kept nowhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_constraint
from cop_site.notifications.services import Recipient, queue_message
from cop_site.people import (
    mentoring_queries,
    new_in_role_queries,
)
from cop_site.people.mentoring_models import Mentorship
from cop_site.schools.cluster_queries import lasts_until

# What a pair's history and messages are about: the mentee's mentoring.
THING = "mentoring"
HAS_ONE = "They have a mentor already."


def pair(
    cluster_id: int, mentee_id: int, mentor_id: int, starts_on: date, *, by: ActingUser
) -> Mentorship:
    """A new SENCO of the cluster gets a mentor from a day on; both are told the other's address.

    Raises DomainError where the mentee is not new or has a mentor then, or the mentor is not one
    of those who could be, or one of them has no address to be told.
    """
    both = {id_: role_services.lock_person(id_) for id_ in sorted({mentee_id, mentor_id})}
    new = [one for one in new_in_role_queries.list_new_sencos([cluster_id]) if one.is_new]
    found = next((one for one in new if one.person_id == mentee_id), None)
    if found is None:
        raise NotFoundError("They are no new SENCO of this cluster.")
    if starts_on < found.starts_on:
        raise DomainError(
            f"They are a SENCO from {clock.say_day(found.starts_on)}. Enter that date or a later"
            " one",
            field="starts_on",
        )
    _refuse_second(mentee_id, starts_on)
    could_be = {one.person_id for one in mentoring_queries.list_mentors(mentee_id)}
    if mentor_id not in could_be:
        raise DomainError("Choose a mentor from the list", field="mentor")
    row = Mentorship(mentor_id=mentor_id, mentee_id=mentee_id, starts_on=starts_on, meetings=0)
    db.session.add(row)
    db.session.flush()
    _record(row, "paired", by, now={"starts_on": starts_on.isoformat()})
    _tell(row, both[mentee_id], both[mentor_id], by)
    return row


def _refuse_second(mentee_id: int, starts_on: date) -> None:
    standing = sa.select(Mentorship.id).where(
        Mentorship.mentee_id == mentee_id, lasts_until(Mentorship, starts_on)
    )
    if db.session.scalar(standing.limit(1)) is not None:
        raise DomainError(HAS_ONE)


def _tell(row: Mentorship, mentee: Person, mentor: Person, by: ActingUser) -> None:
    """To each the other's address at work: that is what pairing them is for."""
    if mentee.email is None or mentor.email is None:
        without = mentee if mentee.email is None else mentor
        raise DomainError(f"{without.name} has no email address here. Add one first.")
    # Told apart by their history, which only grows: SQLite gives a deleted row's id to the next.
    version = audit.find_last(THING, row.mentee_id)
    told = ((mentee, mentor, "mentor_named"), (mentor, mentee, "mentee_named"))
    for to, other, kind in told:
        queue_message(
            Recipient(str(to.email), to.name),
            kind=f"people/{kind}",
            thing=THING,
            thing_id=row.mentee_id,
            version=version,
            context={
                "other": other.name,
                "email": other.email,
                "by": by.name,
                "from_day": clock.say_day(row.starts_on) if row.starts_on > clock.today() else "",
            },
        )


def count_meeting(pair_id: int, change: int, *, seen: int, by: ActingUser) -> bool:
    """One meeting more, or with ``change`` -1 the last one taken back.

    ``seen`` is the count that the person saw: a second click, or the other of the two saying the
    same, changes nothing, and the answer is False.
    """
    row = _lock(pair_id)
    if row.meetings != seen or row.meetings + change < 0 or row.starts_on > clock.today():
        return False
    row.meetings += change
    verb = "met" if change > 0 else "meeting taken back"
    _record(row, verb, by, was={"meetings": seen}, now={"meetings": row.meetings})
    return True


def end(pair_id: int, last_day: date, *, by: ActingUser) -> None:
    """``last_day`` is the last day the pair holds; one that has not begun by then is taken away.

    Raises DomainError where it began later than that, and had begun.
    """
    row = _lock(pair_id)
    if last_day < row.starts_on and row.starts_on <= clock.today():
        raise DomainError(
            f"They began on {clock.say_day(row.starts_on)}. Enter that date or a later one",
            field="last_day",
        )
    if last_day < row.starts_on:
        _record(row, "withdrawn", by, was={"starts_on": row.starts_on.isoformat()})
        db.session.delete(row)
    else:
        row.ends_on = last_day
        _record(row, "ended", by, now={"ends_on": last_day.isoformat()})
    db.session.flush()


def _lock(pair_id: int) -> Mentorship:
    row = db.session.scalar(
        sa.select(Mentorship)
        .where(Mentorship.id == pair_id, lasts_until(Mentorship, clock.today()))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError("There is no such pair.")
    return row


def _record(
    row: Mentorship,
    verb: str,
    by: ActingUser,
    *,
    was: dict[str, Any] | None = None,
    now: dict[str, Any] | None = None,
) -> None:
    """Under the mentee, as a row that is taken away leaves its id to another."""
    told = {"mentor_id": row.mentor_id, **(now or {})}
    audit.record(THING, row.mentee_id, verb, by=by.user_id, was=was, now=told)


refuse_constraint("uq_mentorship_open", "mentorship.mentee_id", sentence=HAS_ONE)
