"""People, accounts and roles."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import (
    Assignment,
    PartnerRole,
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.db import db
from cop_site.people.join_services import LINK_LASTS
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School

LONG_AGO = date(2020, 9, 1)
_numbers = count(1)


def make_person(name: str = "", email: str | None = "") -> Person:
    number = next(_numbers)
    if email == "":
        email = f"person{number}@school.example"
    person = Person(name=name or f"Person {number}", email=email, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    return person


def make_user(person: Person | None = None, password_hash: str | None = None) -> User:
    person = person or make_person()
    user = User(
        person_id=person.id,
        email=person.email or "",
        password_hash=password_hash,
        created_at=clock.now(),
    )
    db.session.add(user)
    db.session.flush()
    return user


def give_school_role(
    person: Person,
    school: School,
    role: SchoolRoleKind = SchoolRoleKind.SENCO,
    *,
    starts_on: date = LONG_AGO,
    ends_on: date | None = None,
) -> SchoolRole:
    row = SchoolRole(
        person_id=person.id, school_id=school.id, role=role, starts_on=starts_on, ends_on=ends_on
    )
    db.session.add(row)
    db.session.flush()
    return row


def give_service_role(person: Person, role: ServiceRoleKind) -> ServiceRole:
    row = ServiceRole(person_id=person.id, role=role, starts_on=LONG_AGO)
    db.session.add(row)
    db.session.flush()
    return row


def assign(person: Person, cluster: Cluster, kind: str, starts_on: date = LONG_AGO) -> Assignment:
    row = Assignment(person_id=person.id, cluster_id=cluster.id, kind_key=kind, starts_on=starts_on)
    db.session.add(row)
    db.session.flush()
    return row


def make_school_user(
    *schools: School,
    role: SchoolRoleKind = SchoolRoleKind.SENCO,
    name: str = "",
    been_in: bool = True,
    starts_on: date = LONG_AGO,
) -> User:
    """An account with a role at each of the schools; else they are invited, and not in yet."""
    user = make_user(make_person(name))
    user.first_in_at = clock.now() if been_in else None
    person = db.session.get_one(Person, user.person_id)
    for school in schools:
        give_school_role(person, school, role, starts_on=starts_on)
    return user


def make_service_user(role: ServiceRoleKind, cluster: Cluster | None = None) -> User:
    """Service staff who have been in; an EP or AsEP is assigned to a cluster that is given."""
    user = make_user()
    user.first_in_at = clock.now()
    person = db.session.get_one(Person, user.person_id)
    give_service_role(person, role)
    if cluster is not None:
        assign(person, cluster, role.value)
    return user


def make_partner_user() -> User:
    user = make_user()
    service = PartnerService(name=f"Partner {next(_numbers)}")
    db.session.add(service)
    db.session.flush()
    db.session.add(
        PartnerRole(person_id=user.person_id, partner_service_id=service.id, starts_on=LONG_AGO)
    )
    db.session.flush()
    return user


def make_join_request(school: School, **values: Any) -> JoinRequest:
    """One that waits for the school's answer."""
    given = {
        "name": "Kind Asker",
        "email": "asks@oak.example",
        "role": SchoolRoleKind.TEACHER,
        "state": JoinState.WAITING,
        "asked_at": clock.now(),
        "expires_at": clock.now() + LINK_LASTS,
        **values,
    }
    row = JoinRequest(school_id=school.id, **given)
    db.session.add(row)
    db.session.flush()
    return row


def role_of(user: User, school: School, role: SchoolRoleKind = SchoolRoleKind.SENCO) -> SchoolRole:
    found = db.session.scalar(
        sa.select(SchoolRole)
        .where(
            SchoolRole.person_id == user.person_id,
            SchoolRole.school_id == school.id,
            SchoolRole.role == role,
        )
        .execution_options(populate_existing=True)
    )
    assert found is not None
    return found
