"""A school with a SENCO, another SENCO, and an EP: who events are tried with."""

from __future__ import annotations

from dataclasses import dataclass

from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.models import School
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school


@dataclass
class People:
    school: School
    senco: User
    other: User
    ep: User


def make_people() -> People:
    make_authority()
    school = make_school("Alder Lane Primary")
    people = People(
        school=school,
        senco=make_school_user(school),
        other=make_school_user(make_school("Brackenfield Primary")),
        ep=make_service_user(ServiceRoleKind.EP),
    )
    db.session.commit()
    return people
