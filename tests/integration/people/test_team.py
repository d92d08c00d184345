"""Team Around the School: whom partner services name, who sees it, and who is first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import PartnerRole, PartnerService, ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.held import Erasure, Subject, Wording
from cop_site.people.held_services import ERASER
from cop_site.people.team_models import TeamContact
from cop_site.people.team_queries import Contact, list_cluster_team, list_school_team
from cop_site.people.team_services import (
    ContactDetails,
    Place,
    change_contact,
    name_contact,
    values_of,
)
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.race import race
from tests.support.statements import count_statements

pytestmark = pytest.mark.usefixtures("app")
TODAY = NOON.date()
KIM = ContactDetails(None, "Kim", "0161 496 0123", "kim@team.example", "Mornings", TODAY)
PHONED = 'href="tel:01614960123"'


@pytest.fixture
def cluster() -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def school(cluster: Cluster) -> School:
    school = make_school("Lark Lane")
    join_cluster(school, cluster)
    return school


@pytest.fixture
def service() -> PartnerService:
    row = PartnerService(name="Virtual School")
    db.session.add(row)
    db.session.flush()
    return row


@pytest.fixture
def lead() -> User:
    return make_service_user(ServiceRoleKind.INCLUSION_LEAD)


def name_for(
    service: PartnerService, place: Place, by: User, details: ContactDetails = KIM
) -> TeamContact:
    return name_contact(service.id, place, details, by=acting(by))


def contacts(school: School) -> list[Contact]:
    return [contact for line in list_school_team(school.id) for contact in line.contacts]


class TestListSchoolTeam:
    def test_a_schools_own_goes_before_its_clusters(
        self, school: School, cluster: Cluster, service: PartnerService, lead: User
    ) -> None:
        partnership = make_cluster("Also in", "inclusion_partnership")
        join_cluster(school, partnership)
        for place, name in (
            (Place(cluster_id=partnership.id), "Of the partnership"),
            (Place(cluster_id=cluster.id), "Of the cluster"),
            (Place(school_id=school.id), "Own"),
        ):
            name_for(service, place, lead, replace(KIM, name=name))
        names = [contact.name for contact in contacts(school)]
        assert names == ["Own", "Of the cluster", "Of the partnership"]

    def test_only_who_is_named_today_and_only_for_todays_clusters(
        self, school: School, cluster: Cluster, service: PartnerService, lead: User
    ) -> None:
        left = make_cluster("Left")
        join_cluster(make_school(), left)
        name_for(service, Place(cluster_id=left.id), lead)
        name_for(
            service, Place(cluster_id=cluster.id), lead, replace(KIM, starts_on=date(2026, 11, 11))
        )
        assert contacts(school) == []
        lines = list_school_team(school.id, and_later=True)
        assert [one.is_ahead for line in lines for one in line.contacts] == [True]
        assert [line.service for line in list_school_team(school.id)] == ["Virtual School"]

    def test_who_has_left_the_service_is_nobodys_contact(
        self, school: School, service: PartnerService, lead: User
    ) -> None:
        person = make_person("Noor", "noor@team.example")
        role = PartnerRole(
            person_id=person.id, partner_service_id=service.id, starts_on=date(2020, 9, 1)
        )
        db.session.add(role)
        db.session.flush()
        there = replace(KIM, person_id=person.id, name="", email="")
        name_for(service, Place(school_id=school.id), lead, there)
        assert [(one.name, one.email) for one in contacts(school)] == [
            ("Noor", "noor@team.example")
        ]
        role.ends_on = date(2026, 11, 9)
        db.session.flush()
        assert contacts(school) == []

    def test_who_is_of_the_service_from_a_later_day_is_the_contact_from_then(
        self, school: School, cluster: Cluster, service: PartnerService, lead: User
    ) -> None:
        person, january = make_person("Noor", "noor@team.example"), date(2027, 1, 4)
        role = PartnerRole(person_id=person.id, partner_service_id=service.id, starts_on=january)
        db.session.add(role)
        db.session.flush()
        there = replace(KIM, person_id=person.id, name="", email="")
        for place in (Place(school_id=school.id), Place(cluster_id=cluster.id)):
            name_for(service, place, lead, there)
        assert contacts(school) == []
        kept = [*list_school_team(school.id, and_later=True), *list_cluster_team(cluster.id)]
        found = [contact for line in kept for contact in line.contacts]
        assert {(one.starts_on, one.is_ahead) for one in found} == {(january, True)}
        role.starts_on = TODAY
        db.session.flush()
        assert {one.name for one in contacts(school)} == {"Noor"}


class TestNameContact:
    def test_whoever_was_named_before_stops_the_day_before(
        self, school: School, service: PartnerService, lead: User
    ) -> None:
        place = Place(school_id=school.id)
        before = name_for(service, place, lead, replace(KIM, starts_on=date(2026, 9, 1)))
        name_for(service, place, lead, replace(KIM, name="Lee"))
        assert before.ends_on == date(2026, 11, 9)
        assert [one.name for one in contacts(school)] == ["Lee"]
        assert audit.list_changes("team_contact", before.id)[-1].verb == "ended"

    def test_the_record_holds_no_name_number_or_address(
        self, school: School, service: PartnerService, lead: User
    ) -> None:
        row = name_for(service, Place(school_id=school.id), lead)
        seen = stamp_of(values_of(row))
        change_contact(row.id, replace(KIM, phone="0161 496 0999"), seen=seen, by=acting(lead))
        changes = audit.list_changes("team_contact", row.id)
        assert changes[-1].now["changed"] == ["phone"]
        told = str([(one.was, one.now) for one in changes])
        assert not any(text in told for text in ("Kim", "0161", "kim@", "Mornings"))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": ""}, "enter a name"),
            ({"phone": "", "email": "", "how": ""}, "how to reach them"),
            ({"ends_on": date(2026, 11, 9)}, "must not be before the first"),
            ({"person_id": 999_999}, "of the service"),
        ],
        ids=["nobody", "no way", "backwards", "a stranger"],
    )
    def test_what_makes_no_contact_is_refused(
        self,
        school: School,
        service: PartnerService,
        lead: User,
        change: dict[str, Any],
        words: str,
    ) -> None:
        with pytest.raises(DomainError, match=words):
            name_for(service, Place(school_id=school.id), lead, replace(KIM, **change))

    def test_one_that_is_to_begin_is_changed_and_not_doubled(
        self, school: School, service: PartnerService, lead: User
    ) -> None:
        place = Place(school_id=school.id)
        name_for(service, place, lead, replace(KIM, starts_on=date(2027, 1, 4)))
        with pytest.raises(DomainError, match="from 4 January 2027"):
            name_for(service, place, lead)

    def test_four_at_once_name_one(self, committed_app: Flask) -> None:
        make_authority()
        school, service = make_school(), PartnerService(name="Virtual School")
        db.session.add(service)
        user = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.flush()
        by, place, service_id = acting(user), Place(school_id=school.id), service.id
        db.session.commit()

        def name() -> bool:
            with transaction():
                name_contact(service_id, place, KIM, by=by)
            return True

        answers = race(committed_app, [name] * 4)
        assert answers.count(True) == 1
        assert db.session.query(TeamContact).count() == 1


class TestChangeContact:
    def test_a_second_editor_is_told(
        self, school: School, service: PartnerService, lead: User
    ) -> None:
        row = name_for(service, Place(school_id=school.id), lead)
        seen = stamp_of(values_of(row))
        change_contact(row.id, replace(KIM, how="Afternoons"), seen=seen, by=acting(lead))
        with pytest.raises(StaleEditError):
            change_contact(row.id, replace(KIM, how="Evenings"), seen=seen, by=acting(lead))

    def test_its_days_may_not_meet_anothers(
        self, school: School, service: PartnerService, lead: User
    ) -> None:
        place = Place(school_id=school.id)
        first = name_for(service, place, lead, replace(KIM, starts_on=date(2026, 9, 1)))
        name_for(service, place, lead)
        with pytest.raises(DomainError, match="one of those days"):
            change_contact(
                first.id,
                replace(KIM, starts_on=date(2026, 9, 1)),
                seen=stamp_of(values_of(first)),
                by=acting(lead),
            )


@pytest.mark.sqlite_only
class TestPages:
    def test_filled_in_for_a_cluster_and_found_by_a_school_in_one_tap(
        self,
        client: GatedClient,
        school: School,
        cluster: Cluster,
        service: PartnerService,
        lead: User,
    ) -> None:
        client.sign_in(lead)
        page = f"/clusters/{cluster.slug}/team"
        assert f'href="{page}"' in client.get(f"/clusters/{cluster.slug}").text
        assert "Nobody is named" in client.get(page).text
        assert "Nobody is named" in client.get(f"/schools/{school.id}").text
        sent: dict[str, Any] = {
            "name": "Kim",
            "phone": "0161 496 0123 ext 4",
            "email": "kim@team.example",
            "starts_on": ["10", "11", "2026"],
        }
        form = f"{page}/{service.id}"
        assert client.send(form, **{**sent, "phone": "ring me"}).status_code == 422
        assert client.send(form, **sent).location == page
        assert PHONED in client.get(page).text
        client.sign_in(make_school_user(school))
        address = f"/schools/{school.id}#team_around"
        assert f'href="{address}"' in client.get("/").text
        text = client.get(f"/schools/{school.id}").text
        assert PHONED in text and "mailto:kim@team.example" in text
        assert "Nobody is named" not in text and f"{form}" not in text

    def test_one_named_ahead_is_found_again_by_who_may_change_it(
        self, client: GatedClient, school: School, service: PartnerService, lead: User
    ) -> None:
        ahead = replace(KIM, phone="+44 (0)161 496 0123", starts_on=date(2027, 1, 1))
        row = name_for(service, Place(school_id=school.id), lead, ahead)
        assert contacts(school) == []
        client.sign_in(lead)
        page = client.get(f"/schools/{school.id}").text
        assert f'href="/team-contacts/{row.id}"' in page
        assert "Virtual School, from " in page
        (line,) = list_school_team(school.id, and_later=True)
        assert line.contacts[0].dialled == "+441614960123"

    def test_changed_on_its_page_and_a_second_editor_sees_both(
        self, client: GatedClient, school: School, service: PartnerService, lead: User
    ) -> None:
        row = name_for(service, Place(school_id=school.id), lead)
        db.session.commit()
        client.sign_in(lead)
        page = f"/team-contacts/{row.id}"
        assert f'href="{page}"' in client.get(f"/schools/{school.id}").text
        sent: dict[str, Any] = {
            "name": "Kim",
            "phone": "0161 496 0999",
            "starts_on": ["10", "11", "2026"],
        }
        seen = hidden(client.get(page).text, "seen")
        assert client.send(page, **sent, seen=seen).status_code == 303
        stale = client.send(page, **{**sent, "phone": "0161 496 0111"}, seen=seen)
        assert stale.status_code == 422 and "0161 496 0999" in stale.text

    def test_another_school_and_a_partner_see_nothing_of_contacts(
        self, client: GatedClient, school: School, service: PartnerService, lead: User
    ) -> None:
        name_for(service, Place(school_id=school.id), lead)
        client.sign_in(make_school_user(make_school()))
        text = client.get(f"/schools/{school.id}").text
        assert "Kim" not in text and "Virtual School" not in text
        assert "Team Around the School" in text

    def test_costs_the_same_at_3_services_and_at_30(
        self, client: GatedClient, school: School, cluster: Cluster, lead: User
    ) -> None:
        client.sign_in(lead)
        counts: dict[str, list[int]] = {}
        for more in (3, 27):
            for number in range(more):
                service = PartnerService(name=f"Service {more} {number}")
                db.session.add(service)
                db.session.flush()
                name_for(service, Place(cluster_id=cluster.id), lead)
                name_for(service, Place(school_id=school.id), lead)
            db.session.commit()
            db.session.expunge_all()
            for page in (f"/clusters/{cluster.slug}/team", f"/schools/{school.id}"):
                with count_statements() as sent:
                    client.get(page)
                counts.setdefault(page, []).append(len(sent))
        listed, shown = counts.values()
        assert listed == [5, 5] and len(set(shown)) == 1


class TestListClusterTeam:
    def test_tells_the_clusters_own_first_then_its_schools(
        self, school: School, cluster: Cluster, service: PartnerService, lead: User
    ) -> None:
        name_for(service, Place(school_id=school.id), lead, replace(KIM, name="Own"))
        name_for(service, Place(cluster_id=cluster.id), lead, replace(KIM, name="All"))
        (line,) = list_cluster_team(cluster.id)
        assert [(one.name, one.place) for one in line.contacts] == [
            ("All", "Alder"),
            ("Own", "Lark Lane"),
        ]


class TestErased:
    def test_who_it_was_and_how_to_reach_them_go_and_the_days_stay(
        self, school: School, cluster: Cluster, service: PartnerService, lead: User
    ) -> None:
        now = name_for(
            service, Place(school_id=school.id), lead, replace(KIM, starts_on=date(2026, 9, 1))
        )
        ahead = replace(KIM, starts_on=date(2027, 1, 4))
        name_for(service, Place(cluster_id=cluster.id), lead, ahead)
        subject = Subject(frozenset(), frozenset(), frozenset({"kim@team.example"}))
        assert ERASER.erase is not None
        ERASER.erase(Erasure(subject, Wording(frozenset({"Kim"}), frozenset()), None))
        db.session.expire_all()
        (row,) = db.session.query(TeamContact).all()
        assert (row.id, row.starts_on, row.ends_on) == (
            now.id,
            date(2026, 9, 1),
            date(2026, 11, 9),
        )
        assert (row.name, row.phone, row.email, row.how) == ("", "", "", "")
        assert contacts(school) == []
