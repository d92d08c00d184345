"""Reads of people, sign-ins and rights."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import role_queries
from cop_site.accounts.acting_models import NEEDED_ROLES, ActingUser, HeldAssignment, HeldSchoolRole
from cop_site.accounts.models import (
    Assignment,
    AssignmentKind,
    PartnerRole,
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    SignIn,
    SignInGuess,
    Standing,
    User,
)
from cop_site.accounts.second_step_models import SecondStep
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.cluster_queries import DAY, holds_on
from cop_site.schools.models import School
from cop_site.schools.queries import find_authority

# Minutes that service staff, who see every school, may leave the site alone.
STAFF_IDLE = 60


def hash_token(token: str) -> str:
    """How a token is kept: long and random already, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_acting_user(token: str) -> ActingUser | None:
    """Who a cookie's token stands for, with today's rights; None once the sign-in has ended.

    Whoever has a role in the service by now has its hour, whatever they had when they signed in.
    """
    now = clock.now()
    found = db.session.execute(
        _sign_in_in_force(), {"token_hash": hash_token(token), "now": now}
    ).one_or_none()
    if found is None:
        return None
    if found.last_seen_at + timedelta(minutes=found.idle_minutes) <= now:
        return None
    rights = rights_of(found.person_id, clock.today())
    if rights["service_roles"] and found.last_seen_at + timedelta(minutes=STAFF_IDLE) <= now:
        return None
    return ActingUser(
        found.user_id,
        found.person_id,
        found.name,
        found.email,
        sign_in_id=found.id,
        token=token,
        seen_at=found.last_seen_at,
        has_second_step=found.confirmed_at is not None,
        chosen_school_id=found.school_id,
        **rights,
    )


def list_acting(person_ids: Collection[int] | sa.SelectBase) -> list[ActingUser]:
    """Those of the people whose account is open, with today's rights, by name.

    So that a policy decides whom mail is for as it decides on a request.
    """
    rows = db.session.execute(
        sa.select(User.id, User.person_id, Person.name, User.email)
        .join(Person, Person.id == User.person_id)
        .where(Person.id.in_(person_ids), Person.erased_at.is_(None), User.disabled_at.is_(None))
        .order_by(Person.name, User.email)
    )
    today = clock.today()
    return [ActingUser(*row, **rights_of(row.person_id, today)) for row in rows.all()]


@cache
def _sign_in_in_force() -> sa.Executable:
    return (
        sa.select(
            SignIn.id,
            SignIn.user_id,
            SignIn.last_seen_at,
            SignIn.idle_minutes,
            SignIn.school_id,
            User.email,
            User.person_id,
            Person.name,
            SecondStep.confirmed_at,
        )
        .join(User, User.id == SignIn.user_id)
        .join(Person, Person.id == User.person_id)
        .outerjoin(SecondStep, SecondStep.user_id == User.id)
        .where(
            SignIn.token_hash == sa.bindparam("token_hash"),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > sa.bindparam("now"),
            User.disabled_at.is_(None),
        )
    )


def rights_of(person_id: int, day: date) -> dict[str, Any]:
    """Every role and assignment a person holds on ``day``, in one statement.

    An EP's or AsEP's part in a cluster counts only while they hold the service role for it.
    """
    rows = db.session.execute(_rights(), {"person_id": person_id, "day": day}).all()
    of = {source: [row for row in rows if row.source == source] for source in SOURCES}
    service_roles = frozenset(ServiceRoleKind(row.key) for row in of["service"])
    return {
        "school_roles": tuple(
            HeldSchoolRole(
                row.thing_id,
                row.thing_name,
                SchoolRoleKind(row.key),
                row.starts_on,
                Standing(row.standing),
                row.ends_on,
            )
            for row in of["school"]
        ),
        "service_roles": service_roles,
        "partner_services": tuple(row.thing_name for row in of["partner"]),
        "assignments": tuple(
            HeldAssignment(row.thing_id, row.thing_name, row.slug, row.key, row.takes_registers)
            for row in of["cluster"]
            if row.key not in NEEDED_ROLES or service_roles & NEEDED_ROLES[row.key]
        ),
    }


SOURCES = ("school", "service", "partner", "cluster")


# Every request of everybody asks for these. Building a statement takes longer than the database
# needs to answer it, so it is built once and filled in.
PERSON: Any = sa.bindparam("person_id", type_=sa.Integer())


@cache
def _rights() -> sa.Executable:
    arms = (_school_roles(), _service_roles(), _partner_roles(), _assignments())
    return sa.union_all(*arms).order_by("source", "starts_on", "row_id")


def _arm(source: str, row: Any, key: Any, thing: Any = None, **more: Any) -> sa.Select[Any]:
    """One arm of the union: the same columns whatever the kind of right."""
    return sa.select(
        sa.literal(source).label("source"),
        sa.cast(key, sa.Text).label("key"),
        (thing.id if thing else sa.cast(sa.null(), sa.Integer)).label("thing_id"),
        (thing.name if thing else sa.literal("")).label("thing_name"),
        sa.cast(more.get("slug", sa.literal("")), sa.Text).label("slug"),
        more.get("takes_registers", sa.false()).label("takes_registers"),
        sa.cast(more.get("standing", sa.literal("")), sa.Text).label("standing"),
        row.starts_on.label("starts_on"),
        row.ends_on.label("ends_on"),
        row.id.label("row_id"),
    ).where(row.person_id == PERSON, holds_on(row, DAY))


def _school_roles() -> sa.Select[Any]:
    arm = _arm("school", SchoolRole, SchoolRole.role, School, standing=SchoolRole.standing)
    return arm.join(School, School.id == SchoolRole.school_id)


def _service_roles() -> sa.Select[Any]:
    return _arm("service", ServiceRole, ServiceRole.role)


def _partner_roles() -> sa.Select[Any]:
    arm = _arm("partner", PartnerRole, sa.literal("partner"), PartnerService)
    return arm.join(PartnerService, PartnerService.id == PartnerRole.partner_service_id)


def _assignments() -> sa.Select[Any]:
    arm = _arm(
        "cluster",
        Assignment,
        Assignment.kind_key,
        Cluster,
        slug=Cluster.slug,
        takes_registers=AssignmentKind.takes_registers,
    )
    return arm.join(Cluster, Cluster.id == Assignment.cluster_id).join(
        AssignmentKind, AssignmentKind.key == Assignment.kind_key
    )


def find_user_by_email(email: str) -> User | None:
    """The account with this address, disabled ones left out."""
    return db.session.scalar(
        sa.select(User).where(User.email == email.lower(), User.disabled_at.is_(None))
    )


def find_person_by_email(email: str) -> Person | None:
    """Who has this address, merged people left out; None where nobody has."""
    return db.session.scalar(
        sa.select(Person).where(Person.email == email.lower(), Person.merged_into_id.is_(None))
    )


def list_sign_ins(user_id: int) -> list[SignIn]:
    """The sign-ins of an account that still open the site, the newest used first."""
    now = clock.now()
    is_staff = sa.exists().where(
        ServiceRole.person_id == User.person_id, holds_on(ServiceRole, clock.today())
    )
    rows = db.session.execute(
        sa.select(SignIn, is_staff)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
    )
    return [row for row, staff in rows if row.last_seen_at + _idle_time(row, staff) > now]


def _idle_time(row: SignIn, is_staff: bool) -> timedelta:
    minutes = min(row.idle_minutes, STAFF_IDLE) if is_staff else row.idle_minutes
    return timedelta(minutes=minutes)


def get_sign_in(sign_in_id: int) -> SignIn:
    """The sign-in, or NotFoundError."""
    row = db.session.get(SignIn, sign_in_id)
    if row is None:
        raise NotFoundError("There is no such sign-in.")
    return row


def get_user(user_id: int) -> User:
    """The account, or NotFoundError."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError("There is no such account.")
    return user


def find_user_id(person_id: int) -> int | None:
    """The id of the person's account, None where they have none."""
    return db.session.scalar(sa.select(User.id).where(User.person_id == person_id))


def find_user_name(user_id: int | None) -> str | None:
    """The name of the person an account belongs to; None for no account, as of a command."""
    return db.session.scalar(
        sa.select(Person.name).join(User, User.person_id == Person.id).where(User.id == user_id)
    )


def list_names_around(user_id: int) -> list[str]:
    """What a stranger would try first as this person's password: names, addresses, schools.

    Schools and partners to come as well: who is invited sets a password before their first day.
    """
    user = get_user(user_id)
    person = db.session.get_one(Person, user.person_id)
    roles = role_queries.list_roles([user.person_id], clock.today())
    authority = find_authority()
    return [
        person.name,
        user.email,
        *(line.place for line in roles),
        *((authority.name, authority.service_name) if authority else ()),
    ]


def get_person(person_id: int) -> Person:
    """The person a row stands for, merges followed; NotFoundError where there is none."""
    person = db.session.get(Person, person_id)
    while person is not None and person.merged_into_id is not None:
        person = db.session.get(Person, person.merged_into_id)
    if person is None:
        raise NotFoundError("There is no such person.")
    return person


def count_guesses(since: datetime, *, account: str, device: str) -> int:
    """Tries at one account from one known device ("" for unknown ones) since a moment."""
    return _count(SignInGuess.account == account, SignInGuess.device == device, since=since)


def count_guesses_from(since: datetime, *, address: str) -> int:
    """Tries from one network address since a moment, whatever the account."""
    return _count(SignInGuess.address == address, since=since)


def _count(*conditions: sa.ColumnElement[bool], since: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(SignInGuess)
    return db.session.scalar(query.where(SignInGuess.at > since, *conditions)) or 0
