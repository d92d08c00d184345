"""Clusters by request: reading them, creating them, moving schools, home."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_plan_queries import list_plan_makes
from cop_site.schools.cluster_queries import list_clusters, list_map_schools
from cop_site.schools.models import School, SchoolStatus
from tests.factories.people import assign, make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

NEW_YEAR = ["1", "1", "2027"]


@pytest.fixture
def alder(app: Flask) -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def school(alder: Cluster) -> School:
    school = make_school("Lark Lane")
    join_cluster(school, alder)
    return school


@pytest.fixture
def ep(alder: Cluster) -> Person:
    user = make_service_user(ServiceRoleKind.EP, alder)
    person = db.session.get_one(Person, user.person_id)
    person.name, person.email = "The EP", "the.ep@service.example"
    db.session.commit()
    return person


@pytest.fixture
def lead(client: GatedClient, alder: Cluster) -> GatedClient:
    user = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    db.session.commit()
    client.sign_in(user)
    return client


def sign_in(client: GatedClient, user: User) -> GatedClient:
    db.session.commit()
    client.sign_in(user)
    return client


class TestBrowse:
    def test_groups_by_kind_and_names_who_supports(
        self, lead: GatedClient, school: School, ep: Person
    ) -> None:
        make_cluster("East", "inclusion_partnership")
        db.session.commit()
        text = lead.get("/clusters").text
        order = [text.index(words) for words in ("Community of Practice</h2>", "Alder", "1 school")]
        order += [text.index(words) for words in ("The EP", "Inclusion partnership</h2>", "East")]
        assert order == sorted(order)
        assert "No EP or AsEP yet" in text

    def test_says_how_many_schools_there_are_once_that_changes(
        self, lead: GatedClient, school: School, alder: Cluster
    ) -> None:
        larch, september = make_cluster("Larch"), date(2027, 9, 1)
        for cluster, day in ((larch, september), (larch, september), (larch, date(2028, 1, 1))):
            join_cluster(make_school(), cluster, day)
        join_cluster(make_school(), alder, clock.today() + clock.ONE_DAY)
        join_cluster(make_school(), alder, date(2025, 1, 1), clock.today())
        db.session.commit()
        text = lead.get("/clusters").text
        assert "No schools today, 2 from 1 September 2027</p>" in text
        assert "2 schools</p>" in text, "one leaves and one joins"

    def test_a_closed_school_counts_until_the_day_before(
        self, lead: GatedClient, school: School, alder: Cluster
    ) -> None:
        today = clock.today()
        for status, closed_on in (
            (SchoolStatus.CLOSED, today),
            (SchoolStatus.CLOSED, None),
            (SchoolStatus.PROPOSED_TO_CLOSE, date(2027, 8, 31)),
        ):
            join_cluster(make_school(status=status, closed_on=closed_on), alder)
        db.session.commit()
        assert "2 schools today, 1 from 31 August 2027</p>" in lead.get("/clusters").text
        (line,) = list_clusters(today - clock.ONE_DAY)
        assert line.school_count == 3, "it was there the day before it closed"
        names, makes = list_plan_makes(today)
        assert makes[alder.id].schools == 2 and names[alder.id] == "Alder"
        assert len(list_map_schools([alder.id])) == 2

    def test_statements_are_as_many_for_three_clusters_and_thirty(self, lead: GatedClient) -> None:
        person = db.session.get_one(Person, make_service_user(ServiceRoleKind.EP).person_id)
        counts = []
        for more in (3, 27):
            for _ in range(more):
                cluster = make_cluster()
                join_cluster(make_school(), cluster)
                assign(person, cluster, "ep")
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                lead.get("/clusters")
            counts.append(len(sent))
        assert counts == [5, 5]

    def test_without_clusters_says_what_to_do(self, client: GatedClient) -> None:
        make_authority()
        sign_in(client, make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        assert "Create the first one" in client.get("/clusters").text


class TestShow:
    def test_statements_do_not_grow_with_its_schools(
        self, lead: GatedClient, alder: Cluster
    ) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                join_cluster(make_school(), alder)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                lead.get("/clusters/alder")
            counts.append(len(sent))
        assert counts[0] == counts[1]

    def test_names_closed_schools_apart_and_lets_them_be_taken_out(
        self, lead: GatedClient, alder: Cluster
    ) -> None:
        gone = make_school("Gone Lane", status=SchoolStatus.CLOSED, closed_on=date(2026, 8, 31))
        join_cluster(gone, alder)
        db.session.commit()
        text = lead.get("/clusters/alder").text
        assert "No school is in this cluster today." in text
        assert "Closed, and no longer counted: " in text and "Gone Lane</a>" in text
        assert "Move schools or take them out" in text
        assert "Gone Lane" in lead.get("/clusters/alder/schools").text

    def test_lists_todays_schools_and_changes_ahead(
        self, lead: GatedClient, school: School, alder: Cluster
    ) -> None:
        join_cluster(make_school("Was Here"), alder, date(2025, 1, 1), date(2026, 11, 9))
        join_cluster(make_school("Joins Later"), alder, date(2027, 1, 1))
        join_cluster(make_school("Leaves Soon"), alder, date(2025, 1, 1), date(2026, 12, 31))
        db.session.commit()
        text = lead.get("/clusters/alder").text
        assert "2 schools</h2>" in text
        assert "Was Here" not in text
        assert "Joins Later joins on 1 January 2027" in text
        assert "Leaves Soon is here until 31 December 2026" in text

    def test_own_senco_sees_the_address_of_the_ep(
        self, client: GatedClient, school: School, ep: Person
    ) -> None:
        sign_in(client, make_school_user(school))
        assert "the.ep@service.example" in client.get("/clusters/alder").text

    def test_own_senco_sees_no_address_of_a_manager(
        self, client: GatedClient, school: School, ep: Person, alder: Cluster
    ) -> None:
        user = make_service_user(ServiceRoleKind.NETWORK_LEAD)
        manager = db.session.get_one(Person, user.person_id)
        assign(manager, alder, "manager")
        sign_in(client, make_school_user(school))
        text = client.get("/clusters/alder").text
        assert manager.name in text
        assert str(manager.email) not in text

    def test_senco_of_another_cluster_sees_the_name_alone(
        self, client: GatedClient, school: School, ep: Person
    ) -> None:
        sign_in(client, make_school_user(make_school()))
        text = client.get("/clusters/alder").text
        assert "The EP" in text
        assert "the.ep@service.example" not in text

    def test_school_that_left_no_longer_sees_the_address(
        self, client: GatedClient, alder: Cluster, ep: Person
    ) -> None:
        gone = make_school()
        join_cluster(gone, alder, date(2025, 1, 1), date(2026, 11, 9))
        sign_in(client, make_school_user(gone))
        assert "the.ep@service.example" not in client.get("/clusters/alder").text

    def test_only_the_lead_is_offered_changes(
        self, client: GatedClient, school: School, ep: Person
    ) -> None:
        sign_in(client, make_school_user(school))
        assert "/clusters/alder/schools" not in client.get("/clusters/alder").text

    def test_about_is_cleaned(self, lead: GatedClient, alder: Cluster) -> None:
        alder.about = "<script>x</script> **together**"
        db.session.commit()
        text = lead.get("/clusters/alder").text
        assert "<script>x" not in text
        assert "<strong>together</strong>" in text

    def test_unknown_cluster_is_not_found(self, lead: GatedClient) -> None:
        assert lead.get("/clusters/nowhere").status_code == 404


class TestCreate:
    def test_new_cluster_has_a_page(self, lead: GatedClient) -> None:
        answer = lead.send("/clusters/new", name="River", kind="inclusion_partnership", about="")
        assert answer.location == "/clusters/river"
        assert "River is created" in lead.get("/clusters/river").text

    def test_taken_name_is_refused_at_its_field_and_kept(self, lead: GatedClient) -> None:
        answer = lead.send("/clusters/new", name="alder", kind="inclusion_partnership", about="Hm")
        assert answer.status_code == 422
        assert 'href="#name"' in answer.text
        assert 'value="alder"' in answer.text
        assert "Hm" in answer.text

    def test_empty_form_says_what_is_missing(self, lead: GatedClient) -> None:
        answer = lead.send("/clusters/new")
        assert answer.status_code == 422
        assert "Enter a name for the cluster" in answer.text
        assert "Choose what kind of cluster it is" in answer.text

    def test_kind_that_does_not_exist_is_refused(self, lead: GatedClient) -> None:
        assert lead.send("/clusters/new", name="A", kind="league").status_code == 422


class TestMove:
    def test_ticked_school_moves_from_the_date(
        self, lead: GatedClient, school: School, alder: Cluster
    ) -> None:
        beech = make_cluster("Beech")
        db.session.commit()
        answer = lead.send(
            "/clusters/alder/schools", schools=school.id, to=beech.id, starts_on=NEW_YEAR
        )
        assert answer.location == "/clusters/alder"
        text = lead.get("/clusters/alder").text
        assert "1 school moves from 1 January 2027." in text
        assert "is here until 31 December 2026" in text
        assert "joins on 1 January 2027" in lead.get("/clusters/beech").text

    def test_to_no_cluster_takes_it_out(self, lead: GatedClient, school: School) -> None:
        db.session.commit()
        lead.send("/clusters/alder/schools", schools=school.id, to="none", starts_on=NEW_YEAR)
        (row,) = db.session.query(ClusterMembership).populate_existing()
        assert row.ends_on == date(2026, 12, 31)

    def test_school_of_another_cluster_is_refused(self, lead: GatedClient, school: School) -> None:
        other = make_school()
        join_cluster(other, make_cluster("Beech"))
        db.session.commit()
        answer = lead.send(
            "/clusters/alder/schools", schools=other.id, to="none", starts_on=NEW_YEAR
        )
        assert answer.status_code == 422

    def test_partnership_is_no_place_to_move_to(self, lead: GatedClient, school: School) -> None:
        other = make_cluster("East", "inclusion_partnership")
        db.session.commit()
        answer = lead.send(
            "/clusters/alder/schools", schools=school.id, to=other.id, starts_on=NEW_YEAR
        )
        assert answer.status_code == 422
        assert "Choose from the list" in answer.text

    def test_date_too_early_is_said_at_the_date_and_all_is_kept(
        self, lead: GatedClient, alder: Cluster
    ) -> None:
        school = make_school("Wren Way")
        join_cluster(school, alder, date(2026, 9, 1))
        db.session.commit()
        answer = lead.send(
            "/clusters/alder/schools", schools=school.id, to="none", starts_on=["1", "8", "2026"]
        )
        assert answer.status_code == 422
        assert "since 1 September 2026" in answer.text
        assert 'href="#starts_on-day"' in answer.text
        assert "checked" in answer.text

    @pytest.mark.parametrize("day", [["", "", ""], ["31", "2", "2027"], ["1"], ["x", "1", "9999"]])
    def test_bad_date_is_a_sentence(
        self, lead: GatedClient, school: School, day: list[str]
    ) -> None:
        db.session.commit()
        answer = lead.send("/clusters/alder/schools", schools=school.id, to="none", starts_on=day)
        assert answer.status_code == 422


class TestAdd:
    def test_free_school_joins(self, lead: GatedClient, alder: Cluster) -> None:
        free = make_school("Free")
        db.session.commit()
        assert "Free" in lead.get("/clusters/alder/schools/add").text
        lead.send("/clusters/alder/schools/add", schools=free.id, starts_on=["10", "11", "2026"])
        assert "Free" in lead.get("/clusters/alder").text

    def test_school_comes_from_the_cluster_named(
        self, lead: GatedClient, school: School, alder: Cluster
    ) -> None:
        make_cluster("Beech")
        db.session.commit()
        address = "/clusters/beech/schools/add?from=alder"
        assert "Lark Lane" in lead.get(address).text
        lead.send(address, schools=school.id, starts_on=NEW_YEAR)
        assert "is here until 31 December 2026" in lead.get("/clusters/alder").text

    def test_closed_by_then_is_said_and_the_tick_is_kept(
        self, lead: GatedClient, alder: Cluster
    ) -> None:
        closing = make_school("Closing", closed_on=date(2026, 12, 31))
        db.session.commit()
        answer = lead.send("/clusters/alder/schools/add", schools=closing.id, starts_on=NEW_YEAR)
        assert answer.status_code == 422
        assert "Closing closes on 31 December 2026" in answer.text
        assert "checked" in answer.text

    def test_nothing_to_add_says_what_to_do(self, lead: GatedClient, school: School) -> None:
        db.session.commit()
        assert "No school to add here" in lead.get("/clusters/alder/schools/add").text


class TestHome:
    def test_senco_sees_own_cluster_and_whom_to_ask(
        self, client: GatedClient, school: School, ep: Person
    ) -> None:
        make_cluster("Beech")
        sign_in(client, make_school_user(school))
        text = client.get("/").text
        assert "Your cluster</h2>" in text
        assert "/clusters/alder" in text
        assert "The EP" in text
        assert "the.ep@service.example" in text
        assert "Beech" not in text

    def test_school_in_no_cluster_is_told(self, client: GatedClient, alder: Cluster) -> None:
        sign_in(client, make_school_user(make_school()))
        assert "Your school is in no cluster today" in client.get("/").text

    def test_school_is_told_which_cluster_it_joins_and_from_when(
        self, client: GatedClient, alder: Cluster, ep: Person
    ) -> None:
        school = make_school()
        join_cluster(school, alder, clock.today() + clock.ONE_DAY)
        sign_in(client, make_school_user(school))
        text = client.get("/").text
        assert "Your school is in no cluster today" in text
        words = " ".join(re.sub("<[^>]+>", "", text).split())
        assert "From 11 November 2026 your school is in Alder." in words
        assert "the.ep@service.example" not in text
        assert "The EP" not in client.get(f"/schools/{school.id}").text

    def test_ep_sees_the_clusters_they_support(
        self, client: GatedClient, school: School, alder: Cluster
    ) -> None:
        sign_in(client, make_service_user(ServiceRoleKind.EP, alder))
        text = client.get("/").text
        assert "Your clusters</h2>" in text
        assert "1 school" in text

    def test_ep_sees_from_when_more_schools_join(
        self, client: GatedClient, school: School, alder: Cluster
    ) -> None:
        join_cluster(make_school(), alder, date(2027, 1, 1))
        sign_in(client, make_service_user(ServiceRoleKind.EP, alder))
        assert "1 school today, 2 from 1 January 2027" in client.get("/").text

    def test_lead_has_neither_card(self, lead: GatedClient) -> None:
        assert "Your cluster" not in lead.get("/").text
