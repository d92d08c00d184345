"""Mail that came back to somebody's own mailbox is noted on the person's page, and taken back."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people import person_services
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import make_person, make_service_user
from tests.factories.schools import make_authority
from tests.support.client import GatedClient


@pytest.fixture
def page(client: GatedClient) -> GatedClient:
    make_authority()
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(user)
    return client


def read_bounce(person_id: int) -> datetime | None:
    return db.session.scalar(sa.select(Person.bounced_at).where(Person.id == person_id))


class TestNoting:
    def test_marks_them_as_perhaps_gone_and_back(self, page: GatedClient) -> None:
        person_id = make_person("Nora", "nora@oak.example").id
        db.session.commit()
        path = f"/people/{person_id}"
        assert f"{path}/account/bounced" in page.get(path).text
        assert "nora@oak.example" in page.get(f"{path}/account/bounced").text
        assert read_bounce(person_id) is None
        for _ in range(2):
            assert page.send(f"{path}/account/bounced").location == path
        assert read_bounce(person_id) == NOON
        shown = page.get(path).text
        assert "May have left" in shown and f"{path}/account/bounced" not in shown
        assert shown.count("Mail to the address came back") == 1
        for _ in range(2):
            assert page.send(f"{path}/account/mail-arrives").location == path
        assert read_bounce(person_id) is None
        shown = page.get(path).text
        assert "May have left" not in shown
        assert shown.count("Mail to the address arrives again") == 1

    def test_without_an_address_there_is_nothing_to_note(self, page: GatedClient) -> None:
        person = make_person()
        person.email, person_id = None, person.id
        db.session.commit()
        assert "account/bounced" not in page.get(f"/people/{person_id}").text
        answer = page.send(f"/people/{person_id}/account/bounced")
        assert answer.status_code == 422 and "They have no email address" in answer.text

    def test_of_oneself_another_administrator_does_it(self, app: Flask) -> None:
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        for do in (person_services.note_bounce, person_services.forget_bounce):
            with pytest.raises(DomainError, match="Ask another administrator"):
                do(by.person_id, by=by)
