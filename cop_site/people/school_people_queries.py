"""Reads of who holds which role at a school."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from cop_site import clock
from cop_site.accounts.acting_models import NEEDED_ROLES
from cop_site.accounts.models import (
    Assignment,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    Standing,
    User,
    name_role,
)
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.people.new_in_role_queries import is_new_senco
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import holds_on, lasts_until
from cop_site.schools.models import School, Term

MANAGERS = (SchoolRoleKind.SENCO, SchoolRoleKind.OFFICE)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class SchoolPerson:
    """A person with a role at a school today; ``email`` None where they have none.

    ``is_unconfirmed``: a SENCO of whom the school has not said this term that they still are.
    ``looks_after``: they see to the school's people today. ``is_new``: a SENCO new in role.
    """

    school_id: int
    name: str
    email: str | None
    role: SchoolRoleKind
    standing: Standing = Standing.SUBSTANTIVE
    may_have_left: bool = False
    looks_after: bool = False
    is_unconfirmed: bool = False
    is_new: bool = False

    @property
    def role_name(self) -> str:
        return name_role(self.role, self.standing)


def list_school_people(
    school_ids: Collection[int], roles: Collection[SchoolRoleKind] = tuple(SchoolRoleKind)
) -> list[SchoolPerson]:
    """Who holds these roles (any unless told) at these schools today: SENCOs first, then by name.

    A person merged into another is left out: the other's own roles stand.
    """
    today = clock.today()
    rows = db.session.execute(
        sa.select(SchoolRole.school_id, Person.name, Person.email, SchoolRole.role)
        .add_columns(SchoolRole.standing, Person.bounced_at.is_not(None))
        .add_columns(_looks_after(), sa.func.coalesce(is_unconfirmed(today), False))
        .add_columns(is_new_senco(today))
        .join(Person, Person.id == SchoolRole.person_id)
        .outerjoin(User, User.person_id == Person.id)
        .where(
            SchoolRole.school_id.in_(school_ids),
            SchoolRole.role.in_(roles),
            Person.merged_into_id.is_(None),
            holds_on(SchoolRole, today),
        )
        .order_by(Person.name, Person.id)
    )
    order = list(SchoolRoleKind)
    return sorted((SchoolPerson(*row) for row in rows), key=lambda one: order.index(one.role))


def is_reached() -> tuple[sa.ColumnElement[bool], ...]:
    """Of the person and account of the query around it: they have come in, and mail arrives.

    Who was invited and never came in, or whose mail comes back, would leave requests unread.
    """
    return User.first_in_at.is_not(None), User.disabled_at.is_(None), Person.bounced_at.is_(None)


def _looks_after() -> sa.ColumnElement[bool]:
    """As ``has_manager``, of the person, role and account of the query around it."""
    return sa.and_(User.id.is_not(None), SchoolRole.role.in_(MANAGERS), *is_reached())


def _opens() -> sa.ColumnElement[bool]:
    """True where the person, joined with their account, has one that is open."""
    return sa.and_(User.id.is_not(None), User.disabled_at.is_(None))


def term_start(day: date) -> sa.ScalarSelect[date]:
    """The first day of the term that ``day`` counts to."""
    return sa.select(sa.func.max(Term.starts_on)).where(Term.starts_on <= day).scalar_subquery()


def is_unconfirmed(day: date) -> sa.ColumnElement[bool]:
    """A SENCO role older than the term of ``day``, and not confirmed in it. NULL before any.

    Not once it ends and another SENCO is named for afterwards: that says it.
    """
    start, later = term_start(day), aliased(SchoolRole)
    said = sa.or_(SchoolRole.confirmed_on.is_(None), SchoolRole.confirmed_on < start)
    followed = (
        sa.select(later.id)
        .where(
            later.school_id == SchoolRole.school_id,
            later.role == SchoolRoleKind.SENCO,
            later.starts_on > SchoolRole.ends_on,
        )
        .correlate(SchoolRole)
        .exists()
    )
    is_senco = SchoolRole.role == SchoolRoleKind.SENCO
    return sa.and_(is_senco, SchoolRole.starts_on < start, said, ~followed)


class ManagedSchool(NamedTuple):
    """A school, and whether somebody of a cluster of it stands in for its own people."""

    school: School
    stands_in: bool


def find_managed_school(school_id: int, cluster_ids: Collection[int]) -> ManagedSchool:
    """The school; ``cluster_ids`` are those for whose schools the asking person would stand in.

    NotFoundError where there is no such school.
    """
    here = (
        sa.select(ClusterMembership.id)
        .where(
            ClusterMembership.school_id == School.id,
            ClusterMembership.cluster_id.in_(cluster_ids),
            holds_on(ClusterMembership, clock.today()),
        )
        .exists()
    )
    stands_in = sa.and_(here, ~has_manager()).label("stands_in")
    found = db.session.execute(
        sa.select(School, stands_in).where(School.id == school_id)
    ).one_or_none()
    if found is None:
        raise NotFoundError("There is no such school.")
    return ManagedSchool(found[0], bool(found[1]))


def has_manager(school: Any = School.id) -> sa.ColumnElement[bool]:
    """True where a SENCO or the office of a school looks after its people today."""
    return (
        sa.select(SchoolRole.id)
        .join(User, User.person_id == SchoolRole.person_id)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(
            SchoolRole.school_id == school,
            SchoolRole.role.in_(MANAGERS),
            holds_on(SchoolRole, clock.today()),
            *is_reached(),
        )
        .exists()
    )


def has_stand_in(school: Any = School.id) -> sa.ColumnElement[bool]:
    """True where a cluster of the school has an EP, AsEP or cover today with an open account."""
    today = clock.today()
    may_stand_in = [
        sa.and_(Assignment.kind_key == kind, ServiceRole.role.in_(roles))
        for kind, roles in NEEDED_ROLES.items()
    ]
    return (
        sa.select(Assignment.id)
        .join(ClusterMembership, ClusterMembership.cluster_id == Assignment.cluster_id)
        .join(User, User.person_id == Assignment.person_id)
        .join(ServiceRole, ServiceRole.person_id == Assignment.person_id)
        .where(
            ClusterMembership.school_id == school,
            holds_on(ClusterMembership, today),
            holds_on(Assignment, today),
            holds_on(ServiceRole, today),
            sa.or_(*may_stand_in),
            User.disabled_at.is_(None),
        )
        .exists()
    )


@dataclass(frozen=True)
class HeldRole:
    """A role at a school with the person who holds, held or will hold it.

    ``is_in`` is None where they have no open account, False while they have not come in yet.
    """

    id: int
    person_id: int
    name: str
    email: str | None
    role: SchoolRoleKind
    standing: Standing
    starts_on: date
    ends_on: date | None
    may_have_left: bool
    is_unconfirmed: bool
    is_in: bool | None

    @property
    def role_name(self) -> str:
        return name_role(self.role, self.standing)

    @property
    def is_ahead(self) -> bool:
        return self.starts_on > clock.today()


class OwnPeople(NamedTuple):
    """The people of a school: today's, those to come and those of the last year."""

    here: list[HeldRole]
    to_come: list[HeldRole]
    left: list[HeldRole]

    def is_followed(self, role: HeldRole) -> bool:
        """It ends, and a SENCO is named for afterwards."""
        return role.ends_on is not None and any(
            one.role is SchoolRoleKind.SENCO and one.starts_on > role.ends_on
            for one in self.to_come
        )

    def has_other_manager(self, role_id: int) -> bool:
        """Somebody beside this role looks after the people, or will, with no end in sight."""
        return any(
            one.role in MANAGERS and one.is_in and not one.may_have_left and one.ends_on is None
            for one in (*self.here, *self.to_come)
            if one.id != role_id
        )


def list_own_people(school_id: int) -> OwnPeople:
    """Everybody who is, will be or was at a school in the last year, in one statement."""
    today = clock.today()
    rows = db.session.execute(
        _held(today).where(SchoolRole.school_id == school_id, lasts_until(SchoolRole, today - YEAR))
    )
    order = list(SchoolRoleKind)
    held = sorted((HeldRole(*row) for row in rows), key=lambda one: order.index(one.role))
    begun = [one for one in held if one.starts_on <= today]
    return OwnPeople(
        here=[one for one in begun if one.ends_on is None or one.ends_on >= today],
        to_come=sorted((one for one in held if one.starts_on > today), key=_beginning),
        left=sorted(
            (one for one in begun if one.ends_on is not None and one.ends_on < today),
            key=lambda one: one.ends_on or today,
            reverse=True,
        ),
    )


def _beginning(one: HeldRole) -> date:
    return one.starts_on


def _held(day: date) -> sa.Select[Any]:
    """In the order of HeldRole's fields."""
    has_been_in = sa.case((_opens(), User.first_in_at.is_not(None)))
    return (
        sa.select(SchoolRole.id, Person.id, Person.name, Person.email)
        .add_columns(SchoolRole.role, SchoolRole.standing)
        .add_columns(SchoolRole.starts_on, SchoolRole.ends_on, Person.bounced_at.is_not(None))
        .add_columns(sa.func.coalesce(is_unconfirmed(day), False), has_been_in)
        .join(Person, Person.id == SchoolRole.person_id)
        .outerjoin(User, User.person_id == Person.id)
        .where(Person.merged_into_id.is_(None))
        .order_by(Person.name, Person.id, SchoolRole.starts_on)
    )


def get_own_role(school_id: int, role_id: int) -> SchoolRole:
    """A role at this very school, ended or not, its person and school loaded.

    NotFoundError where there is none.
    """
    found = db.session.scalar(
        sa.select(SchoolRole)
        .where(SchoolRole.id == role_id, SchoolRole.school_id == school_id)
        .options(joinedload(SchoolRole.person), joinedload(SchoolRole.school))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFoundError("There is no such role.")
    return found
