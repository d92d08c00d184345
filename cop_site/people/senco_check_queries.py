"""Reads for the question of each term: is this still your SENCO? And which schools have none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, Standing, name_role
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.people.school_people_queries import has_manager, is_unconfirmed, term_start
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_queries import holds_on, lasts_until
from cop_site.schools.models import School, SchoolStatus, Term

# So long from a term's first day a school is asked; later it is only shown as not confirmed.
ASKED_FOR = timedelta(weeks=6)
MESSAGE = "people/senco_check"
OPEN = (SchoolStatus.OPEN, SchoolStatus.PROPOSED_TO_CLOSE)


@dataclass(frozen=True)
class ToConfirm:
    """A SENCO of whom the school has not said this term that they still are."""

    role_id: int
    school_id: int
    school_name: str
    person_id: int
    name: str
    standing: Standing
    starts_on: date

    @property
    def role_name(self) -> str:
        return name_role(SchoolRoleKind.SENCO, self.standing)


def list_to_confirm(school_ids: Collection[int]) -> list[ToConfirm]:
    """Of these schools, in the first weeks of a term; none later. One statement."""
    rows = db.session.execute(
        sa.select(SchoolRole.id, School.id, School.name, Person.id, Person.name)
        .add_columns(SchoolRole.standing, SchoolRole.starts_on)
        .join(School, School.id == SchoolRole.school_id)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(SchoolRole.school_id.in_(school_ids), *_due())
        .order_by(School.name, School.id, Person.name, SchoolRole.id)
    )
    return [ToConfirm(*row) for row in rows]


def _due() -> tuple[sa.ColumnElement[bool], ...]:
    today = clock.today()
    return (
        holds_on(SchoolRole, today),
        is_unconfirmed(today),
        term_start(today) > today - ASKED_FOR,
        SchoolRole.person_id.in_(
            sa.select(Person.id).where(Person.merged_into_id.is_(None), Person.erased_at.is_(None))
        ),
        SchoolRole.school_id.in_(sa.select(School.id).where(School.status.in_(OPEN))),
    )


def find_term_id(day: date) -> int | None:
    """The term that ``day`` counts to."""
    query = sa.select(Term.id).where(Term.starts_on <= day)
    return db.session.scalar(query.order_by(Term.starts_on.desc()).limit(1))


def list_schools_to_ask(term_id: int) -> list[int]:
    """Schools with a SENCO to confirm and somebody to mail, that had no email of it this term."""
    query = sa.select(School.id).where(_is_to_ask(term_id), has_manager(School.id))
    return list(db.session.scalars(query.order_by(School.id)))


def is_due(school_id: int, term_id: int) -> bool:
    """This one school has a SENCO to confirm, and had no email about it this term."""
    query = sa.select(School.id).where(School.id == school_id, _is_to_ask(term_id))
    return db.session.scalar(query) is not None


def _is_to_ask(term_id: int) -> sa.ColumnElement[bool]:
    """Of the school of the query around it."""
    to_confirm = sa.select(SchoolRole.id).where(SchoolRole.school_id == School.id, *_due())
    asked = sa.select(OutboxMessage.id).where(
        OutboxMessage.thing == "school",
        OutboxMessage.thing_id == School.id,
        OutboxMessage.kind == MESSAGE,
        OutboxMessage.version == term_id,
    )
    return sa.and_(to_confirm.correlate(School).exists(), ~asked.correlate(School).exists())


@dataclass(frozen=True)
class WithoutSenco:
    """An open school with no SENCO recorded today; ``next_on`` is when one begins, if known."""

    id: int
    name: str
    town: str
    cluster_name: str | None
    next_on: date | None


def list_without_senco(
    cluster_id: int | None = None, *, number: int = 1, size: int = 20
) -> tuple[list[WithoutSenco], int]:
    """One page of them by name, and how many there are; of one cluster where it is given."""
    where = _without_senco(cluster_id)
    total = sa.select(sa.func.count(School.id)).where(*where).scalar_subquery()
    rows = db.session.execute(
        sa.select(School.id, School.name, School.town, _cluster_name(), _next_on(), total)
        .where(*where)
        .order_by(School.name, School.id)
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    if rows:
        return [WithoutSenco(*row[:5]) for row in rows], rows[0][5]
    return [], (db.session.scalar(sa.select(total)) or 0) if number > 1 else 0


def has_senco(day: Any) -> sa.ColumnElement[bool]:
    """True for a school of the query around it that has a SENCO recorded on ``day``."""
    return (
        sa.select(SchoolRole.id)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(
            SchoolRole.school_id == School.id,
            SchoolRole.role == SchoolRoleKind.SENCO,
            Person.merged_into_id.is_(None),
            holds_on(SchoolRole, day),
        )
        .exists()
    )


def _without_senco(cluster_id: int | None) -> list[sa.ColumnElement[bool]]:
    found = [School.status.in_(OPEN), ~has_senco(clock.today())]
    if cluster_id is not None:
        members = sa.select(ClusterMembership.school_id).where(
            ClusterMembership.cluster_id == cluster_id,
            holds_on(ClusterMembership, clock.today()),
        )
        found.append(School.id.in_(members))
    return found


def _cluster_name() -> sa.ScalarSelect[Any]:
    """A school's own cluster today, of the kind it has one of."""
    return (
        sa.select(sa.func.min(Cluster.name))
        .join(ClusterMembership, ClusterMembership.cluster_id == Cluster.id)
        .where(
            ClusterMembership.school_id == School.id,
            ClusterMembership.exclusive,
            holds_on(ClusterMembership, clock.today()),
        )
        .scalar_subquery()
    )


def _next_on() -> sa.ScalarSelect[Any]:
    today = clock.today()
    return (
        sa.select(sa.func.min(SchoolRole.starts_on))
        .where(
            SchoolRole.school_id == School.id,
            SchoolRole.role == SchoolRoleKind.SENCO,
            SchoolRole.starts_on > today,
            lasts_until(SchoolRole, today),
        )
        .scalar_subquery()
    )
