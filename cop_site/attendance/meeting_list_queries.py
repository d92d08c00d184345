"""Reads for a meeting's list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRole, ServiceRole, User
from cop_site.attendance.meeting_list_models import Known, Offer
from cop_site.db import db
from cop_site.events.models import Facilitator
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School
from cop_site.schools.open_queries import open_on


def list_emails(person_ids: Collection[int]) -> dict[int, set[str]]:
    """Every address that the site knows of these people, in small letters. One statement."""
    own = sa.select(Person.id, Person.email).where(
        Person.id.in_(person_ids), Person.email.is_not(None)
    )
    sign_in = sa.select(User.person_id, User.email).where(User.person_id.in_(person_ids))
    into = sa.orm.aliased(Person)
    merged = (
        sa.select(Person.id, into.email)
        .join(into, into.id == Person.merged_into_id)
        .where(Person.id.in_(person_ids), into.email.is_not(None))
    )
    merged_sign_in = (
        sa.select(Person.id, User.email)
        .join(User, User.person_id == Person.merged_into_id)
        .where(Person.id.in_(person_ids))
    )
    found: dict[int, set[str]] = {}
    every: sa.CompoundSelect[int, str] = sa.union_all(own, sign_in, merged, merged_sign_in)
    for person_id, email in db.session.execute(every):
        found.setdefault(person_id, set()).add(email.lower())
    return found


def list_known(emails: Collection[str], event_id: int, day: date) -> dict[str, Known]:
    """By address who works at a school open on the day, is of the service or runs the event.

    An address of two people is nobody's. One statement.
    """
    found: dict[str, dict[int, Known]] = {}
    for row in db.session.execute(_find_known(emails, event_id, day)):
        people = found.setdefault(row.email.lower(), {})
        known = people.get(row.id) or Known(row.id, row.name, (), row.serves, row.runs)
        if row.role_id is not None:
            offer = Offer(row.role_id, row.school_id, row.school, row.role)
            known = replace(known, offers=(*known.offers, offer))
        people[row.id] = known
    only = {email: next(iter(ids.values())) for email, ids in found.items() if len(ids) == 1}
    return {email: one for email, one in only.items() if one.offers or one.of_service or one.runs}


def _find_known(emails: Collection[str], event_id: int, day: date) -> sa.Select[Any]:
    own = sa.select(Person.id, Person.email).where(Person.email.in_(emails))
    sign_in = sa.select(User.person_id, User.email).where(User.email.in_(emails))
    of = sa.union(own, sign_in).subquery()
    serves = sa.exists().where(ServiceRole.person_id == Person.id, holds_on(ServiceRole, day))
    runs = sa.exists().where(Facilitator.person_id == Person.id, Facilitator.event_id == event_id)
    open_ones = sa.select(School.id).where(open_on(day)).correlate(None)
    holds = sa.and_(holds_on(SchoolRole, day), SchoolRole.school_id.in_(open_ones))
    return (
        sa.select(Person.id, Person.name, of.c.email, serves.label("serves"), runs.label("runs"))
        .add_columns(SchoolRole.id.label("role_id"), SchoolRole.role)
        .add_columns(School.id.label("school_id"), School.name.label("school"))
        .select_from(Person)
        .join(of, of.c.id == Person.id)
        .outerjoin(SchoolRole, sa.and_(SchoolRole.person_id == Person.id, holds))
        .outerjoin(School, School.id == SchoolRole.school_id)
        .where(Person.merged_into_id.is_(None), Person.erased_at.is_(None))
        .order_by(Person.id, School.name, SchoolRole.id)
    )
