"""Reads of one person, for those who manage people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.models import OneTimeLink, PartnerService, Person, User
from cop_site.accounts.second_step_models import SecondStep
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.people.new_in_role_queries import is_new
from cop_site.people.person_history import Names
from cop_site.schools.models import School

LONGEST_HISTORY = 100
# How an invitation's link is marked, and for how long it lasts.
INVITATION, INVITATION_LASTS = "invitation", timedelta(days=14)


@dataclass(frozen=True)
class PersonDetails:
    """A person and the state of their account; ``user_id`` None where they have none.

    ``invited_at`` is of the last invitation. ``second_step_at`` is None while it is off.
    """

    id: int
    name: str
    email: str | None
    bounced_at: datetime | None
    user_id: int | None
    first_in_at: datetime | None
    disabled_at: datetime | None
    second_step_at: datetime | None
    invitation_until: datetime | None
    is_new: bool
    erased_at: datetime | None

    @property
    def invited_at(self) -> datetime | None:
        return self.invitation_until - INVITATION_LASTS if self.invitation_until else None

    @property
    def waits_to_come_in(self) -> bool:
        """No account yet, or one that nobody used: an invitation is what they need."""
        return self.first_in_at is None and self.disabled_at is None


def get_details(person_id: int) -> PersonDetails:
    """NotFoundError where there is nobody, or they were merged into another."""
    until: Any = (
        sa.select(sa.func.max(OneTimeLink.expires_at))
        .where(OneTimeLink.user_id == User.id, OneTimeLink.purpose == INVITATION)
        .scalar_subquery()
    )
    row = db.session.execute(
        sa.select(Person.id, Person.name, Person.email, Person.bounced_at)
        .add_columns(User.id, User.first_in_at, User.disabled_at, SecondStep.confirmed_at)
        .add_columns(until, is_new(Person.id, clock.today()), Person.erased_at)
        .outerjoin(User, User.person_id == Person.id)
        .outerjoin(SecondStep, SecondStep.user_id == User.id)
        .where(Person.id == person_id, Person.merged_into_id.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFoundError("There is no such person.")
    return PersonDetails(*row)


def list_history(person_id: int, user_id: int | None) -> list[audit.Change]:
    """What happened to a person and their account, newest first; the last hundred."""
    own = audit.Change.thing.in_(("person", "mentoring"))
    of_person = sa.and_(own, audit.Change.thing_id == person_id)
    of_user = sa.and_(audit.Change.thing == "user", audit.Change.thing_id == user_id)
    query = sa.select(audit.Change).where(sa.or_(of_person, of_user))
    return list(db.session.scalars(query.order_by(audit.Change.id.desc()).limit(LONGEST_HISTORY)))


def name_all(changes: Iterable[audit.Change]) -> Names:
    """The names of whoever and whatever a history speaks of, in at most four statements."""
    told = [{**change.was, **change.now} for change in changes]

    def wanted(key: str) -> set[int]:
        return {one[key] for one in told if isinstance(one.get(key), int)}

    by = {change.by_user_id for change in changes if change.by_user_id is not None}
    people = wanted("mentor_id") | wanted("mentee_id")
    of_users = sa.select(User.id, Person.name).join(Person, Person.id == User.person_id)
    return Names(
        users=_pairs(of_users.where(User.id.in_(by)), by),
        people=_pairs(sa.select(Person.id, Person.name).where(Person.id.in_(people)), people),
        schools=_named(School, wanted("school_id")),
        partners=_named(PartnerService, wanted("partner_service_id")),
    )


def _named(table: Any, ids: set[int]) -> dict[int, str]:
    return _pairs(sa.select(table.id, table.name).where(table.id.in_(ids)), ids)


def _pairs(query: Any, ids: set[int]) -> dict[int, str]:
    return {key: name for key, name in db.session.execute(query)} if ids else {}
