"""Reads for those who manage people: the list, narrowed and in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import role_queries
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerRole,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.accounts.role_queries import RoleLine
from cop_site.db import db
from cop_site.people.new_in_role_queries import is_new
from cop_site.schools.cluster_queries import holds_on, lasts_until

MOST_WORDS = 8


@dataclass(frozen=True)
class PeopleFilter:
    """What the list is narrowed to. ``role`` and ``state`` are keys of ROLES and STATES, or ""."""

    search: str = ""
    role: str = ""
    state: str = ""


@dataclass
class PersonLine:
    """Somebody in the list, with the roles they hold today or later."""

    id: int
    name: str
    email: str | None
    bounced_at: datetime | None
    has_account: bool
    first_in_at: datetime | None
    disabled_at: datetime | None
    is_new: bool
    roles: list[RoleLine] = field(default_factory=list)

    @property
    def state(self) -> str:
        """What is to be known of the account, in a word or two; "" where all is well."""
        if self.disabled_at:
            return "Closed"
        if not self.has_account:
            return "No account"
        return "" if self.first_in_at else "Invited, not in yet"


def _holds(row: Any, *more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(row.person_id == Person.id, holds_on(row, clock.today()), *more)


def _has_run_out() -> sa.ColumnElement[bool]:
    """Invited, for a role now or to come, and no invitation of theirs opens any more."""
    live = sa.exists().where(
        OneTimeLink.user_id == User.id,
        OneTimeLink.purpose == LinkPurpose.INVITATION,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > clock.now(),
    )
    roles = (
        sa.exists().where(row.person_id == Person.id, lasts_until(row, clock.today()))
        for row in (SchoolRole, ServiceRole, PartnerRole)
    )
    return sa.and_(_is_invited(), sa.not_(live), sa.or_(*roles))


def _is_invited() -> sa.ColumnElement[bool]:
    return sa.and_(User.id.is_not(None), User.first_in_at.is_(None), User.disabled_at.is_(None))


def _has_no_role() -> sa.ColumnElement[bool]:
    return sa.not_(sa.or_(*(_holds(row) for row in (SchoolRole, ServiceRole, PartnerRole))))


# What the list can be narrowed to: the words of the choice, and the condition. Built when asked,
# as they hold today's date.
Choice = tuple[str, Callable[[], sa.ColumnElement[bool]]]
ROLES: dict[str, Choice] = {
    "school": ("Anybody at a school", lambda: _holds(SchoolRole)),
    "service": ("Anybody in the service", lambda: _holds(ServiceRole)),
    "partner": ("Anybody of a partner service", lambda: _holds(PartnerRole)),
    **{
        kind.value: (kind.label, lambda kind=kind: _holds(SchoolRole, SchoolRole.role == kind))  # type: ignore[misc]
        for kind in SchoolRoleKind
    },
    **{
        kind.value: (kind.label, lambda kind=kind: _holds(ServiceRole, ServiceRole.role == kind))  # type: ignore[misc]
        for kind in ServiceRoleKind
    },
}
STATES: dict[str, Choice] = {
    "invited": ("Invited, not in yet", _is_invited),
    "run_out": ("Invitation has run out", _has_run_out),
    "bounced": ("May have left: mail comes back", lambda: Person.bounced_at.is_not(None)),
    "no_role": ("No role today", _has_no_role),
    "new": ("New in role", lambda: is_new(Person.id, clock.today())),
    "closed": ("Account closed", lambda: User.disabled_at.is_not(None)),
    "no_account": ("No account", lambda: User.id.is_(None)),
}


def count_people(narrowed: PeopleFilter) -> int:
    return db.session.scalar(_count(_conditions(narrowed))) or 0


def _count(conditions: Iterable[sa.ColumnElement[bool]]) -> sa.Select[int]:
    people = sa.select(sa.func.count(Person.id)).outerjoin(User, User.person_id == Person.id)
    return people.where(*conditions)


def list_people(
    narrowed: PeopleFilter, *, number: int = 1, size: int = 20
) -> tuple[list[PersonLine], int]:
    """One page of people by name with their roles, and how many there are on all pages.

    Whoever was merged into another is left out. Two statements.
    """
    conditions = list(_conditions(narrowed))
    total = _count(conditions).scalar_subquery()
    page = _lines(conditions).limit(size).offset((number - 1) * size)
    rows = db.session.execute(page.add_columns(total)).all()
    lines = [PersonLine(*row[:-1]) for row in rows]
    if not lines:
        return [], (db.session.scalar(sa.select(total)) or 0) if number > 1 else 0
    return _with_roles(lines, [line.id for line in lines]), rows[0][-1]


def list_everybody(narrowed: PeopleFilter) -> list[PersonLine]:
    """The whole list, for a file. Two statements, however long it is."""
    conditions = list(_conditions(narrowed))
    lines = [PersonLine(*row) for row in db.session.execute(_lines(conditions))]
    ids = sa.select(Person.id).outerjoin(User, User.person_id == Person.id).where(*conditions)
    return _with_roles(lines, ids)


def _lines(conditions: list[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """In the order of PersonLine's fields."""
    return (
        sa.select(Person.id, Person.name, Person.email, Person.bounced_at)
        .add_columns(User.id.is_not(None), User.first_in_at, User.disabled_at)
        .add_columns(is_new(Person.id, clock.today()))
        .outerjoin(User, User.person_id == Person.id)
        .where(*conditions)
        .order_by(Person.name, Person.id)
    )


def _with_roles(lines: list[PersonLine], ids: role_queries.People) -> list[PersonLine]:
    by_id = {line.id: line for line in lines}
    for role in role_queries.list_roles(ids, clock.today()):
        if role.person_id in by_id:
            by_id[role.person_id].roles.append(role)
    return lines


def _conditions(narrowed: PeopleFilter) -> Iterator[sa.ColumnElement[bool]]:
    yield Person.merged_into_id.is_(None)
    yield Person.erased_at.is_(None)
    for word in narrowed.search.split()[:MOST_WORDS]:
        yield sa.or_(
            *(text.icontains(word, autoescape=True) for text in (Person.name, Person.email))
        )
    if narrowed.role:
        yield ROLES[narrowed.role][1]()
    if narrowed.state:
        yield STATES[narrowed.state][1]()
