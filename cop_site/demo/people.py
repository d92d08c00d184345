"""People of the demonstration: new and acting SENCOs, mentors, and some who have not been in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.invitation_services import LASTS
from cop_site.accounts.link_services import LinkPurpose, new_link
from cop_site.accounts.models import (
    OneTimeLink,
    Person,
    SchoolRole,
    SchoolRoleKind,
    Standing,
    User,
)
from cop_site.db import db
from cop_site.demo.borough import Borough, add_person
from cop_site.people.mentoring_models import Mentorship
from cop_site.schools.models import School

# SENCOs were there long before the first told term, so that only some are new in role.
EXPERIENCE = timedelta(days=3 * 365)
WILLING = 4
MEETINGS = 2


def add_people(borough: Borough, today: date, chance: Random) -> None:
    """Only adds people and dates before the told terms: no figure of a term may move."""
    db.session.execute(
        sa.update(SchoolRole)
        .where(SchoolRole.role == SchoolRoleKind.SENCO, SchoolRole.starts_on == borough.since)
        .values(starts_on=borough.since - EXPERIENCE)
    )
    mentors = _ask_mentors(borough, chance)
    new = _add_new_sencos(borough, today, chance)
    db.session.flush()
    # In the cluster of the AsEP and to the SENCO whose accounts the demonstration has.
    db.session.add(
        Mentorship(
            mentor_id=mentors[0].id,
            mentee_id=new[0].id,
            starts_on=today - timedelta(days=40),
            meetings=MEETINGS,
        )
    )
    _invite_heads(today, chance)


def _ask_mentors(borough: Borough, chance: Random) -> list[Person]:
    """Some SENCOs with accounts of their own who would mentor, the demonstration's first."""
    first = borough.people["senco2"]
    own = {person.id for person in borough.people.values()}
    others = {one.id: one for one in borough.sencos.values() if one.id not in own}
    chosen = [first, *chance.sample(list(others.values()), WILLING - 1)]
    for person in chosen:
        person.would_mentor = True
    for person in chosen[1:]:
        _account(person, been_in=True)
    return chosen


def _add_new_sencos(borough: Borough, today: date, chance: Random) -> list[Person]:
    """Colleagues who share the post: three in the AsEP's cluster, two elsewhere, one acting."""
    own, other = (borough.members[cluster.id] for cluster in borough.clusters[:2])
    places = [
        *chance.sample(_with_senco(borough, own), 3),
        *chance.sample(_with_senco(borough, other), 2),
    ]
    people = []
    for number, school in enumerate(places):
        standing = Standing.ACTING if number == 1 else Standing.SUBSTANTIVE
        title = "Acting SENCO" if number == 1 else "New SENCO"
        person = add_person(f"{title}, {school.name}", f"new.senco.{number + 1}@demo.example")
        db.session.add(
            SchoolRole(
                person_id=person.id,
                school_id=school.id,
                role=SchoolRoleKind.SENCO,
                standing=standing,
                starts_on=today - timedelta(days=chance.randrange(45, 250)),
            )
        )
        _account(person, been_in=number != 2)
        people.append(person)
    return people


def _with_senco(borough: Borough, schools: list[School]) -> list[School]:
    """Schools with a SENCO who has no account in the demonstration: its own schools stay small."""
    own = {person.id for person in borough.people.values()}
    return [
        school
        for school in schools
        if school.id in borough.sencos and borough.sencos[school.id].id not in own
    ]


def _invite_heads(today: date, chance: Random) -> None:
    """Headteachers who have not been in; from one of them mail comes back."""
    heads = db.session.scalars(
        sa.select(Person)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(SchoolRole.role == SchoolRoleKind.HEADTEACHER)
        .order_by(Person.id)
    ).all()
    chosen = chance.sample(list(heads), 4)
    for person in chosen:
        _account(person, been_in=False)
    chosen[0].bounced_at = _days_ago(2)


def _account(person: Person, *, been_in: bool) -> None:
    """Nobody knows a password to it. An invitation's link was mailed to nobody here."""
    at = _days_ago(30 if been_in else 5)
    user = User(
        person_id=person.id,
        email=str(person.email),
        created_at=at,
        first_in_at=at if been_in else None,
    )
    db.session.add(user)
    db.session.flush()
    if not been_in:
        values, _token = new_link(user.id, LinkPurpose.INVITATION, LASTS - timedelta(days=5))
        db.session.add(OneTimeLink(**values))


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)
