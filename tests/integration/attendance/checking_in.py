"""Somebody with an account and a place, a code in use, and checking in by it."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRoleKind, User
from cop_site.attendance import check_in_services
from cop_site.attendance.check_in_models import CheckIn
from cop_site.db import db
from cop_site.events.models import Mode
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.events import make_booking
from tests.factories.people import make_school_user
from tests.integration.attendance.conftest import Meeting

CODE = "K7M3XT"


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id)


def make_guest(meeting: Meeting, name: str = "Gwen Guest", mode: Mode = Mode.IN_PERSON) -> User:
    """A teacher of Alder with an account and a place."""
    user = make_school_user(meeting.alder, role=SchoolRoleKind.TEACHER, name=name)
    teacher = SchoolRoleKind.TEACHER
    make_booking(meeting.event, person_of(user), meeting.alder, role=teacher, mode=mode)
    db.session.commit()
    return user


def make_code(meeting: Meeting, code: str = CODE) -> CheckIn:
    made_at = meeting.session.starts_at
    row = CheckIn(
        session_id=meeting.session.id, code=code, made_at=made_at, made_by_user_id=meeting.asep.id
    )
    db.session.add(row)
    db.session.commit()
    return row


def check_in(meeting: Meeting, user: User, code: str = CODE) -> bool:
    with transaction():
        return check_in_services.check_in(meeting.session.id, code, by=acting(user))


def codes() -> list[CheckIn]:
    return list(db.session.scalars(sa.select(CheckIn).order_by(CheckIn.id)))
