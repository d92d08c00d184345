"""What erasing a person refuses, and what it leaves. That nothing is left: test_erasure_traces."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.people.erasure_services import erase_person
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school


def erase(person_id: int, by: User | None = None) -> None:
    with transaction():
        erase_person(person_id, by=acting(by) if by else None, reason="asked")


@pytest.fixture
def admin(app: Flask) -> User:
    make_authority()
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    return admin


class TestErasePerson:
    def test_leaves_a_row_without_a_name_and_a_closed_account(self, admin: User) -> None:
        user = make_school_user(make_school(), name="Quill Person")
        db.session.commit()
        erase(user.person_id, admin)
        person = db.session.get_one(Person, user.person_id)
        assert (person.name, person.email, person.erased_at is not None) == (
            *("Removed person", None, True),
        )
