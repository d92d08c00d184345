"""Somebody who attended, and what they attended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, User
from cop_site.attendance.models import Mark, Register
from cop_site.db import db
from cop_site.events.models import Event
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import make_school_user
from tests.factories.schools import make_authority, make_school

LAST_WEEK = NOON - timedelta(days=7)


@dataclass
class Attended:
    """An event with one register, and the mark on it."""

    event: Event
    register: Register
    mark: Mark


@dataclass
class Sam:
    """A SENCO of Elm Primary."""

    user: User
    person: Person
    school: School

    @property
    def acting(self) -> ActingUser:
        return ActingUser(self.user.id, self.person.id, self.person.name, self.user.email)

    def attends(
        self,
        starts_at: datetime = LAST_WEEK,
        *,
        kind: str = "in_person",
        closed: bool = True,
        person: Person | None = None,
        **values: Any,
    ) -> Attended:
        """``person``: somebody else, at the door."""
        event = make_event(starts_at, **values)
        register = make_register(session_of(event), closed=closed)
        who = person or self.person
        mark = make_mark(register, who, self.school, kind=kind, walk_in=person is not None)
        return Attended(event, register, mark)


def make_sam() -> Sam:
    make_authority()
    school = make_school("Elm Primary")
    user = make_school_user(school, name="Sam Senco")
    return Sam(user, db.session.get_one(Person, user.person_id), school)


@pytest.fixture
def sam(app: Flask) -> Sam:
    sam = make_sam()
    db.session.commit()
    return sam
