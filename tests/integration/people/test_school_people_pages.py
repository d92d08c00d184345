"""The pages on which a school looks after its people."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import (
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRoleKind,
    Standing,
    User,
)
from cop_site.db import db
from cop_site.people.joining_models import JoinRequest
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    give_school_role,
    make_join_request,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import (
    join_cluster,
    make_authority,
    make_cluster,
    make_school,
    make_term,
)
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

NEW: dict[str, Any] = {"name": "New Teacher", "email": "new@oak.example", "role": "teacher"}
DAY: dict[str, Any] = {"starts_on": ["10", "11", "2026"]}


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class World:
    """A school with its SENCO signed in."""

    def __init__(self, client: GatedClient) -> None:
        make_authority()
        self.school = make_school("Oak")
        self.cluster = make_cluster("Alder")
        join_cluster(self.school, self.cluster)
        self.senco = make_school_user(self.school, name="The Senco")
        self.client = client
        db.session.commit()
        client.sign_in(self.senco)
        self.page = f"/schools/{self.school.id}/people"

    def role(self, user: User) -> SchoolRole:
        query = sa.select(SchoolRole).where(SchoolRole.person_id == user.person_id)
        found = db.session.scalars(query.execution_options(populate_existing=True)).one()
        db.session.commit()
        return found

    def enter(self, user: User) -> None:
        db.session.commit()
        self.client.sign_in(user)

    def asks(self, school: School, *, days: int = 0) -> JoinRequest:
        row = make_join_request(school, asked_at=NOON - timedelta(days=days))
        db.session.commit()
        return row


@pytest.fixture
def world(client: GatedClient) -> World:
    return World(client)


class TestWay:
    def test_senco_finds_the_page_in_one_step(self, world: World) -> None:
        assert ">Our people<" in world.client.get("/").text
        assert world.client.get("/our-people").location == world.page
        assert world.page in world.client.get(f"/schools/{world.school.id}").text

    def test_senco_of_two_schools_chooses(self, world: World) -> None:
        elm = make_school("Elm")
        give_school_role(db.session.get_one(Person, world.senco.person_id), elm)
        db.session.commit()
        page = world.client.get("/our-people").text
        assert f"/schools/{elm.id}/people" in page and world.page in page

    def test_teacher_has_no_such_entry(self, world: World) -> None:
        world.enter(make_school_user(world.school, role=SchoolRoleKind.TEACHER))
        assert "Our people" not in world.client.get("/").text
        assert world.page not in world.client.get(f"/schools/{world.school.id}").text

    def test_other_schools_senco_and_service_staff_are_refused(self, world: World) -> None:
        for user in (
            make_school_user(make_school()),
            make_service_user(ServiceRoleKind.INCLUSION_LEAD),
            make_service_user(ServiceRoleKind.ASEP, world.cluster),
        ):
            world.enter(user)
            assert world.client.get(world.page).status_code == 403

    def test_asep_stands_in_until_somebody_of_the_school_comes_in(self, world: World) -> None:
        world.role(world.senco).ends_on = date(2026, 11, 9)
        world.enter(make_service_user(ServiceRoleKind.ASEP, world.cluster))
        assert world.page in world.client.get(f"/schools/{world.school.id}").text
        assert world.client.get(world.page).status_code == 200
        answer = world.client.send(f"{world.page}/add", **{**NEW, "role": "senco"}, **DAY)
        assert answer.location == world.page
        assert "Not in yet" in words(world.client.get(world.page).text)
        assert world.page in world.client.get(f"/schools/{world.school.id}").text
        invited = db.session.scalars(sa.select(User).where(User.email == NEW["email"])).one()
        invited.first_in_at = NOON
        db.session.commit()
        assert world.client.get(world.page).status_code == 403
        assert world.page not in world.client.get(f"/schools/{world.school.id}").text

    def test_other_clusters_asep_does_not_stand_in(self, world: World) -> None:
        world.role(world.senco).ends_on = date(2026, 11, 9)
        world.enter(make_service_user(ServiceRoleKind.ASEP, make_cluster()))
        assert world.client.get(world.page).status_code == 403


class TestShow:
    def test_says_who_is_here_comes_and_went_and_what_is_doubtful(self, world: World) -> None:
        make_term("Now", date(2026, 11, 2), date(2026, 12, 18))
        give_school_role(make_person("Later"), world.school, starts_on=date(2027, 1, 4))
        give_school_role(make_person("Left"), world.school, ends_on=date(2026, 11, 9))
        gone = make_person("Gone")
        gone.bounced_at = NOON
        give_school_role(gone, world.school, SchoolRoleKind.OFFICE)
        make_school_user(world.school, role=SchoolRoleKind.TEACHER, name="Invited", been_in=False)
        db.session.commit()
        text = words(world.client.get(world.page).text)
        order = ["Here now", "Invited", "To come", "Later", "Here in the last year"]
        assert [text.index(word) for word in order] == sorted(text.index(word) for word in order)
        assert "May have left Email to this address comes back." in text
        assert "Not in yet Invited, but has not come in so far." in text
        assert "Not confirmed this term. Is The Senco still your SENCO?" in text
        assert "Left SENCO, until 9 November 2026" in text

    def test_statements_do_not_grow_with_people(self, world: World) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                make_school_user(world.school, role=SchoolRoleKind.TEACHER)
            world.asks(make_school())
            db.session.expunge_all()
            with count_statements() as sent:
                world.client.get(world.page)
            counts.append(len(sent))
        assert counts == [6, 6]


class TestAdd:
    def test_person_is_on_the_page_and_invited(self, world: World) -> None:
        answer = world.client.send(f"{world.page}/add", **NEW, **DAY)
        assert answer.location == world.page
        text = words(world.client.get(world.page).text)
        assert "New Teacher: Teacher from 10 November 2026. We email them." in text

    def test_known_address_gets_the_same_words_and_keeps_its_name(self, world: World) -> None:
        make_school_user(make_school(), name="Real Name")
        known = db.session.scalars(sa.select(Person).where(Person.name == "Real Name")).one()
        address = known.email
        db.session.commit()
        world.client.send(f"{world.page}/add", **{**NEW, "email": address}, **DAY)
        text = words(world.client.get(world.page).text)
        assert "Real Name: Teacher from 10 November 2026. We email them." in text

    def test_bad_input_comes_back_as_typed(self, world: World) -> None:
        answer = world.client.send(
            f"{world.page}/add", name="", email="no address", role="king", starts_on="x"
        )
        assert answer.status_code == 422
        assert 'value="no address"' in answer.text
        for words_ in ("Enter their name", "in the correct format", "Choose from the list"):
            assert words_ in answer.text

    def test_own_address_is_refused(self, world: World) -> None:
        fields: dict[str, Any] = {**NEW, "email": world.senco.email, "role": "headteacher"}
        answer = world.client.send(f"{world.page}/add", **fields, **DAY)
        assert answer.status_code == 422
        assert "Somebody else must give you a role" in answer.text

    def test_fields_that_the_form_has_not_are_ignored(self, world: World) -> None:
        other = make_school()
        db.session.commit()
        world.client.send(
            f"{world.page}/add",
            **NEW,
            **DAY,
            school_id=str(other.id),
            person_id=str(world.senco.person_id),
            ends_on="2020-01-01",
            service_role="administrator",
        )
        row = db.session.scalars(sa.select(SchoolRole).order_by(SchoolRole.id.desc())).first()
        assert row is not None
        assert (row.school_id, row.ends_on) == (world.school.id, None)
        assert row.person_id != world.senco.person_id


class TestEnd:
    def test_last_one_reads_what_follows_and_may_go(self, world: World) -> None:
        role = world.role(world.senco)
        page = world.client.get(f"{world.page}/{role.id}/end").text
        assert "Nobody else looks after the people of Oak" in page
        fields: dict[str, Any] = {"last_day": ["9", "11", "2026"]}
        answer = world.client.send(f"{world.page}/{role.id}/end", **fields)
        assert answer.location == f"/schools/{world.school.id}"
        # The role has ended, so the sign-in lives on without it.
        assert world.client.get(world.page).status_code == 403

    def test_with_an_office_nothing_is_said(self, world: World) -> None:
        make_school_user(world.school, role=SchoolRoleKind.OFFICE)
        db.session.commit()
        page = world.client.get(f"{world.page}/{world.role(world.senco).id}/end").text
        assert "Nobody else looks after" not in page

    def test_day_before_the_first_is_refused(self, world: World) -> None:
        role = world.role(world.senco)
        fields: dict[str, Any] = {"last_day": ["1", "8", "2020"]}
        answer = world.client.send(f"{world.page}/{role.id}/end", **fields)
        assert answer.status_code == 422
        assert "This began on 1 September 2020" in answer.text

    @pytest.mark.parametrize("what", ["end", "first-day", "hand-over", "invite", "confirm"])
    def test_role_of_another_school_is_not_found(self, world: World, what: str) -> None:
        other = make_school_user(make_school())
        db.session.commit()
        role = world.role(other)
        fields: dict[str, Any] = {"last_day": ["9", "11", "2026"]}
        answer = world.client.send(f"{world.page}/{role.id}/{what}", **fields)
        assert answer.status_code == 404
        assert world.role(other).ends_on is None


class TestHandOver:
    def test_moves_bookings_and_says_what_stayed(self, world: World) -> None:
        elm = make_school("Elm")
        senco = db.session.get_one(Person, world.senco.person_id)
        give_school_role(senco, elm)
        make_booking(make_event(title="One"), senco, world.school)
        make_booking(make_event(title="Both"), senco, world.school, elm)
        db.session.commit()
        role_id = db.session.scalar(
            sa.select(SchoolRole.id).where(SchoolRole.school_id == world.school.id)
        )
        db.session.commit()
        page = world.client.get(f"{world.page}/{role_id}/hand-over").text
        assert "Bookings for events on or after their first day move at once" in words(page)
        answer = world.client.send(
            f"{world.page}/{role_id}/hand-over",
            who="new",
            name="Next Senco",
            email="next@oak.example",
            standing="interim",
            first_day=["12", "11", "2026"],
            moves_bookings="y",
        )
        assert answer.location == world.page
        text = words(world.client.get(world.page).text)
        assert "Next Senco is the SENCO from 12 November 2026." in text
        assert "1 booking was moved." in text
        assert "“Both” on 17 November 2026 stays with The Senco: it is for Elm too." in text
        assert "Interim SENCO, from 12 November 2026" in text

    def test_somebody_new_needs_a_name_and_an_address(self, world: World) -> None:
        role = world.role(world.senco)
        answer = world.client.send(
            f"{world.page}/{role.id}/hand-over", who="new", first_day=["12", "11", "2026"]
        )
        assert answer.status_code == 422
        assert "Enter the name of the next SENCO" in answer.text
        assert "Enter the email address of the next SENCO" in answer.text

    def test_page_opened_before_a_change_is_refused_once_and_shows_it(self, world: World) -> None:
        role = world.role(world.senco)
        role.ends_on = date(2026, 12, 18)
        db.session.commit()
        fields: dict[str, Any] = {
            "who": "new",
            "name": "Next",
            "email": "next@oak.example",
            "seen": "",
        }
        day: dict[str, Any] = {"first_day": ["4", "1", "2027"]}
        answer = world.client.send(f"{world.page}/{role.id}/hand-over", **fields, **day)
        assert answer.status_code == 422
        assert "Somebody has changed this role" in answer.text
        assert 'value="2026-12-18"' in answer.text

    def test_role_that_is_no_senco_is_not_handed_over(self, world: World) -> None:
        teacher = make_school_user(world.school, role=SchoolRoleKind.TEACHER)
        db.session.commit()
        role = world.role(teacher)
        assert world.client.get(f"{world.page}/{role.id}/hand-over").status_code == 404

    def test_once_a_successor_is_named_nothing_is_asked_or_offered(self, world: World) -> None:
        make_term("Now", date(2026, 11, 2), date(2026, 12, 18))
        assert "Hand over to the next SENCO" in world.client.get(world.page).text
        world.role(world.senco).ends_on = date(2026, 12, 18)
        make_school_user(world.school, name="Next", starts_on=date(2027, 1, 4))
        db.session.commit()
        assert not re.search("Hand over to|still your SENCO", world.client.get(world.page).text)


class TestToDo:
    def test_yes_takes_the_question_away(self, world: World) -> None:
        make_term("Now", date(2026, 11, 2), date(2026, 12, 18))
        world.enter(make_school_user(world.school, role=SchoolRoleKind.OFFICE))
        assert "Is The Senco still your SENCO?" in world.client.get("/").text
        role = world.role(world.senco)
        answer = world.client.send(f"{world.page}/{role.id}/confirm", back="/")
        assert answer.location == "/"
        assert "still your SENCO" not in world.client.get("/").text
        assert world.role(world.senco).confirmed_on == clock.today()

    def test_way_back_stays_on_the_site(self, world: World) -> None:
        role = world.role(world.senco)
        answer = world.client.send(f"{world.page}/{role.id}/confirm", back="https://evil.example/")
        assert answer.location == world.page

    def test_request_waits_on_home_until_it_is_answered(self, world: World) -> None:
        row = world.asks(world.school)
        address = f"{world.page}/requests/{row.id}"
        assert address in world.client.get("/").text
        assert "Kind Asker" in world.client.get(world.page).text
        answer = world.client.send(address, role="teaching_assistant", **DAY)
        assert answer.location == world.page
        assert address not in world.client.get("/").text
        again = world.client.send(f"{address}/decline")
        assert again.status_code == 422
        assert "was let in already by The Senco" in again.text

    def test_late_one_is_shown_to_the_asep_without_a_way_to_answer(self, world: World) -> None:
        row = world.asks(world.school, days=15)
        world.enter(make_service_user(ServiceRoleKind.ASEP, world.cluster))
        page = world.client.get("/").text
        assert "Waits over 14 days at a school" in page
        address = f"{world.page}/requests/{row.id}"
        assert address not in page
        assert world.client.get(address).status_code == 403

    def test_request_of_another_school_is_not_found(self, world: World) -> None:
        row = world.asks(make_school())
        assert world.client.get(f"{world.page}/requests/{row.id}").status_code == 404
        assert world.client.send(f"{world.page}/requests/{row.id}/decline").status_code == 404


class TestPanelOfTheSchool:
    def test_doubts_are_for_staff_and_its_own_managers_alone(self, world: World) -> None:
        make_term("Now", date(2026, 11, 2), date(2026, 12, 18))
        world.role(world.senco).standing = Standing.INTERIM
        page = f"/schools/{world.school.id}"
        seen = {}
        for user in (
            world.senco,
            make_service_user(ServiceRoleKind.ASEP, world.cluster),
            make_school_user(world.school, role=SchoolRoleKind.TEACHER),
            make_school_user(make_school()),
        ):
            world.enter(user)
            text = words(world.client.get(page).text)
            assert "The Senco Interim SENCO" in text
            seen[user.id] = "Not confirmed this term" in text
        assert list(seen.values()) == [True, True, False, False]


class TestWithoutSenco:
    def test_is_listed_for_staff_and_on_the_cluster_page_of_its_asep(self, world: World) -> None:
        bare = make_school("Bare")
        join_cluster(bare, world.cluster)
        world.enter(make_service_user(ServiceRoleKind.ASEP, world.cluster))
        assert "/schools/without-senco" in world.client.get("/schools").text
        with count_statements() as sent:
            text = words(world.client.get("/schools/without-senco").text)
        assert "1 school" in text and "Bare" in text and "The Senco" not in text
        assert len(sent) <= 5
        text = words(world.client.get("/clusters/alder").text)
        assert "No SENCO recorded" in text
        world.enter(make_service_user(ServiceRoleKind.EP))
        assert "No SENCO recorded" not in world.client.get("/clusters/alder").text

    def test_school_staff_are_not_led_there(self, world: World) -> None:
        assert "/schools/without-senco" not in world.client.get("/schools").text
        assert world.client.get("/schools/without-senco").status_code == 403
