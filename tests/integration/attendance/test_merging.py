"""Saying who somebody at the door was, and taking it back."""

from __future__ import annotations

import pytest

from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.merge_services import merge_walk_in, undo_merge
from cop_site.attendance.services import remove_walk_in
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Facilitator
from cop_site.people.erasure_services import erase_person
from tests.factories.acting import acting
from tests.factories.events import make_mark, make_register
from tests.factories.people import (
    give_school_role,
    make_partner_user,
    make_person,
    make_service_user,
    make_user,
)
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient


@pytest.fixture
def nora(meeting: Meeting) -> Person:
    """At the door of the meeting, as of Dovecote."""
    person = make_person("Nora New", email=None)
    make_mark(make_register(meeting.session), person, meeting.dovecote, walk_in=True)
    db.session.commit()
    return person


@pytest.fixture
def known(meeting: Meeting) -> Person:
    """A teacher of Dovecote, of the same name."""
    person = make_person("Nora New")
    give_school_role(person, meeting.dovecote, SchoolRoleKind.TEACHER)
    db.session.commit()
    return person


class TestMerge:
    def test_is_a_pointer_on_record(self, meeting: Meeting, nora: Person, known: Person) -> None:
        for _ in range(2):
            merge_walk_in(meeting.session.id, nora.id, known.id, by=meeting.by)
        assert (nora.merged_into_id, nora.name) == (known.id, "Nora New")
        (change,) = list_changes("person", nora.id)
        assert (change.verb, change.now, change.by_user_id) == (
            "merged",
            {"into": known.id},
            meeting.asep.id,
        )

    def test_is_taken_back(self, meeting: Meeting, nora: Person, known: Person) -> None:
        merge_walk_in(meeting.session.id, nora.id, known.id, by=meeting.by)
        for _ in range(2):
            undo_merge(meeting.session.id, nora.id, by=meeting.by)
        assert nora.merged_into_id is None
        verbs = [change.verb for change in list_changes("person", nora.id)]
        assert sorted(verbs) == ["merge undone", "merged"]

    def test_who_was_erased_stays_as_they_were(
        self, client: GatedClient, meeting: Meeting, nora: Person, known: Person
    ) -> None:
        merge_walk_in(meeting.session.id, nora.id, known.id, by=meeting.by)
        admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        erase_person(known.id, by=acting(admin), reason="asked")
        db.session.commit()
        with pytest.raises(DomainError, match="asked to be forgotten"):
            undo_merge(meeting.session.id, nora.id, by=meeting.by)
        assert nora.merged_into_id == known.id
        client.sign_in(meeting.asep)
        html = client.get(meeting.url).text
        assert "Removed person" in html
        for gone in ("This is Removed person", "Not the same person", "Say who this is"):
            assert gone not in html

    def test_somebody_of_another_school_is_refused(self, meeting: Meeting, nora: Person) -> None:
        other = make_person()
        give_school_role(other, meeting.alder, SchoolRoleKind.TEACHER)
        with pytest.raises(DomainError, match="from the list"):
            merge_walk_in(meeting.session.id, nora.id, other.id, by=meeting.by)
        assert nora.merged_into_id is None

    def test_who_has_an_account_is_nobody_else(
        self, meeting: Meeting, nora: Person, known: Person
    ) -> None:
        make_user(nora)
        with pytest.raises(DomainError, match="known to the site"):
            merge_walk_in(meeting.session.id, nora.id, known.id, by=meeting.by)

    def test_only_who_was_added_at_this_door(self, meeting: Meeting, known: Person) -> None:
        with pytest.raises(NotFoundError):
            merge_walk_in(meeting.session.id, meeting.first.id, known.id, by=meeting.by)
        with pytest.raises(NotFoundError):
            undo_merge(meeting.session.id, meeting.first.id, by=meeting.by)

    def test_who_was_removed_is_on_no_register(self, meeting: Meeting, known: Person) -> None:
        person = make_person("Dora Door", email=None)
        register = make_register(meeting.session, closed=False)
        make_mark(register, person, meeting.dovecote, walk_in=True)
        remove_walk_in(meeting.session.id, person.id, by=meeting.by)
        with pytest.raises(NotFoundError):
            merge_walk_in(meeting.session.id, person.id, known.id, by=meeting.by)


@pytest.mark.sqlite_only
class TestPages:
    def test_offers_the_schools_people_namesakes_first(
        self, client: GatedClient, meeting: Meeting, nora: Person, known: Person
    ) -> None:
        give_school_role(make_person("Ada Able"), meeting.dovecote, SchoolRoleKind.SENCO)
        give_school_role(make_person("Bea Away"), meeting.alder, SchoolRoleKind.SENCO)
        db.session.commit()
        client.sign_in(meeting.asep)
        assert "Say who this is" in client.get(meeting.url).text
        html = client.get(f"{meeting.url}/walk-in/{nora.id}/same-person").text
        assert html.index("Nora New, Teacher") < html.index("Ada Able, SENCO")
        assert "Bea Away" not in html

    def test_chosen_and_taken_back(
        self, client: GatedClient, meeting: Meeting, nora: Person, known: Person
    ) -> None:
        client.sign_in(meeting.asep)
        path = f"{meeting.url}/walk-in/{nora.id}/same-person"
        assert "Choose who they are" in client.send(path).text
        answer = client.send(path, into=str(known.id))
        assert answer.status_code == 303
        html = client.get(meeting.url).text
        assert "This is Nora New" in html
        assert "Say who this is" not in html
        answer = client.send(f"{meeting.url}/walk-in/{nora.id}/stand-alone")
        assert answer.status_code == 303
        assert "This is" not in client.get(meeting.url).text

    def test_where_the_site_knows_nobody_it_says_so(
        self, client: GatedClient, meeting: Meeting, nora: Person
    ) -> None:
        client.sign_in(meeting.asep)
        html = client.get(f"{meeting.url}/walk-in/{nora.id}/same-person").text
        assert "The site knows nobody who worked at Dovecote Primary" in html

    def test_a_partner_who_runs_it_is_shown_no_schools_people(
        self, client: GatedClient, meeting: Meeting, nora: Person, known: Person
    ) -> None:
        partner = make_partner_user()
        db.session.add(Facilitator(event_id=meeting.event.id, person_id=partner.person_id))
        db.session.commit()
        client.sign_in(partner)
        assert "Say who this is" not in client.get(meeting.url).text
        assert client.get(f"{meeting.url}/walk-in/{nora.id}/same-person").status_code == 403
        assert client.send(f"{meeting.url}/walk-in/{nora.id}/stand-alone").status_code == 403
