"""A school's timeline: what is on it, in which words, and who sees it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, Standing, User
from cop_site.db import db
from cop_site.reports import policies
from cop_site.reports.lineage_queries import get_lineage
from cop_site.reports.timeline_queries import Timeline, load_timeline
from cop_site.schools.models import School, SchoolLinkKind, SchoolStatus
from cop_site.support.models import EntryState
from cop_site.surveys.models import SurveyKind
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import (
    assign,
    give_school_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.reports import link_schools, make_staff
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.factories.support import make_entry
from tests.factories.surveys import make_invitation, make_survey
from tests.factories.toolkit import make_download, make_resource
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.usefixtures("app")
TODAY = clock.london_date(NOON)
OCTOBER = datetime(2026, 10, 6, 13, tzinfo=clock.LONDON)
CONVERTED = date(2026, 9, 1)


@pytest.fixture
def school(app: Flask) -> School:
    return make_school("Elm")


def load(school: School, before: date | None = None, size: int = 40) -> Timeline:
    return load_timeline(get_lineage(school.id), size=size, before=before)


def told(school: School, before: date | None = None) -> list[tuple[str, str]]:
    found = load(school, before).happenings
    return [(one.day.isoformat(), f"{one.what}: {one.note}".rstrip(": ")) for one in found]


def whats(school: School) -> list[str]:
    return [one.what for one in load(school).happenings]


def hold(school: School, *kinds: str, closed: bool = True, title: str = "Network") -> None:
    """A session in October with a member of staff for each kind of mark."""
    register = make_register(session_of(make_event(OCTOBER, title=title)), closed=closed)
    for kind in kinds:
        make_mark(register, make_staff(school, role=SchoolRoleKind.TEACHER), school, kind=kind)


class TestSessions:
    def test_says_how_many_came_apologised_and_missed_it(self, school: School) -> None:
        hold(school, "in_person", "online", "apologies", "did_not_attend", "not_recorded")
        assert told(school) == [
            ("2026-10-06", "Network: 2 people came, 1 person sent apologies, 1 person missed it")
        ]

    def test_open_registers_unrecorded_marks_and_other_schools_say_nothing(
        self, school: School
    ) -> None:
        hold(school, "in_person", closed=False)
        hold(school, "not_recorded")
        hold(make_school(), "in_person")
        assert told(school) == []

    def test_who_had_no_role_there_that_day_counts_no_more_than_in_figures(
        self, school: School
    ) -> None:
        register = make_register(session_of(make_event(OCTOBER)))
        left = make_person()
        give_school_role(left, school, SchoolRoleKind.TEACHER, ends_on=date(2026, 10, 5))
        make_mark(register, left, school)
        assert told(school) == []

    def test_a_walk_in_merged_into_somebody_booked_is_one_person(self, school: School) -> None:
        register = make_register(session_of(make_event(OCTOBER, title="Network")))
        booked, walk_in = make_staff(school, role=SchoolRoleKind.TEACHER), make_person()
        make_mark(register, booked, school, kind="did_not_attend")
        make_mark(register, walk_in, school, walk_in=True)
        walk_in.merged_into_id = booked.id
        db.session.flush()
        assert told(school) == [("2026-10-06", "Network: 1 person came")]


class TestOthers:
    def test_support_as_the_school_may_read_it(self, school: School) -> None:
        cluster = make_cluster()
        make_entry(cluster, school, day=date(2026, 10, 7), agreed="A secret")
        make_entry(cluster, school, state=EntryState.WAITING)
        make_entry(cluster, make_school())
        assert told(school) == [("2026-10-07", "School visit: support agreed")]

    def test_downloads_of_a_day_are_one_line(self, school: School) -> None:
        first, second = make_resource(), make_resource()
        for resource in (first, second, first):
            make_download(resource, school, date(2026, 10, 8))
        make_download(first, school, date(2026, 10, 9))
        assert told(school) == [
            ("2026-10-09", "1 resource downloaded from the Toolkit"),
            ("2026-10-08", "2 resources downloaded from the Toolkit"),
        ]

    def test_a_school_survey_that_was_answered_and_nothing_of_personal_ones(
        self, school: School
    ) -> None:
        wave = make_survey(SurveyKind.SCHOOL_WAVE, title="Autumn survey")
        for finished_on in (date(2026, 10, 9), None):
            make_invitation(
                wave, make_person(), [school], for_school_id=school.id, finished_on=finished_on
            )
        own = make_survey(SurveyKind.END_OF_SESSION)
        make_invitation(own, make_person(), [school], finished_on=date(2026, 10, 10))
        assert told(school) == [("2026-10-09", "Autumn survey: answered")]

    def test_clusters_up_to_today(self, school: School) -> None:
        north, south = make_cluster("North"), make_cluster("South")
        join_cluster(school, north, date(2025, 9, 1), date(2026, 8, 31))
        join_cluster(school, south, CONVERTED)
        join_cluster(
            school, make_cluster("Ahead", "inclusion_partnership"), TODAY + timedelta(days=1)
        )
        assert whats(school) == ["Joined South", "Last day in North", "Joined North"]

    def test_a_new_senco_once(self, school: School) -> None:
        first, second = make_person(), make_person()
        give_school_role(first, school, starts_on=date(2025, 9, 1), ends_on=date(2026, 1, 31))
        give_school_role(first, school, starts_on=date(2026, 2, 1), ends_on=date(2026, 8, 31))
        acting_now = give_school_role(second, school, starts_on=CONVERTED)
        acting_now.standing = Standing.ACTING
        give_school_role(make_person(), school, SchoolRoleKind.TEACHER)
        give_school_role(make_person(), school, starts_on=TODAY + timedelta(days=1))
        db.session.flush()
        assert told(school) == [
            ("2026-09-01", "New acting SENCO"),
            ("2025-09-01", "New SENCO"),
        ]


class TestLineage:
    def test_a_converted_school_has_what_the_old_one_did(self) -> None:
        old = make_school("Elm", urn=100, status=SchoolStatus.CLOSED)
        new = make_school("Elm Academy", urn=200, opened_on=CONVERTED)
        link_schools(old, new, linked_on=CONVERTED)
        north, senco = make_cluster("North"), make_person()
        join_cluster(old, north, date(2025, 9, 1), date(2026, 8, 31))
        join_cluster(new, north, CONVERTED)
        give_school_role(senco, old, starts_on=date(2025, 9, 1), ends_on=date(2026, 8, 31))
        give_school_role(senco, new, starts_on=CONVERTED)
        hold(old, "in_person")
        lineage = get_lineage(new.id)
        assert lineage.earlier == ["Elm (URN 100)"]
        found = [(one.what, one.school_id) for one in load(new).happenings]
        assert found == [
            ("Network", old.id),
            ("Elm (URN 100) became Elm Academy (URN 200)", new.id),
            ("Joined North", old.id),
            ("New SENCO", old.id),
        ]
        assert "Elm Academy" not in " ".join(whats(old))

    def test_amalgamations_chains_and_circles_come_to_an_end(self) -> None:
        a, b, c, d = (make_school(name, status=SchoolStatus.CLOSED) for name in "ABCD")
        for before, after in ((a, c), (b, c), (c, d), (d, a)):
            link_schools(before, after)
        link_schools(make_school("E"), d, kind=SchoolLinkKind.OTHER)
        assert get_lineage(d.id).ids == sorted(one.id for one in (a, b, c, d))

    def test_what_happens_with_a_school_that_goes_on_after_a_split_is_its_own(self) -> None:
        goes_on, split_off = make_school(), make_school()
        link_schools(goes_on, split_off, linked_on=CONVERTED)
        hold(goes_on, "in_person")
        assert told(split_off) == []


def pages(school: School, size: int) -> list[Timeline]:
    """Every page from the newest on."""
    found = [load(school, size=size)]
    while found[-1].before:
        found.append(load(school, found[-1].before, size))
    return found


class TestLoadTimeline:
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_pages_together_tell_what_the_whole_does(self, size: int) -> None:
        old, new = make_school("Elm", status=SchoolStatus.CLOSED), make_school("Elm Academy")
        link_schools(old, new, linked_on=CONVERTED)
        north, today = make_cluster("North"), make_cluster("East")
        join_cluster(old, north, date(2025, 9, 1), date(2026, 8, 31))
        join_cluster(new, north, CONVERTED, date(2026, 9, 30))
        join_cluster(new, today, date(2026, 10, 1), TODAY)
        register = make_register(session_of(make_event(OCTOBER)))
        # Nobody who counts: the newest rows that are read tell nothing.
        make_mark(register, make_person(), new)
        for number in range(3):
            make_download(make_resource(), old, date(2026, 3, 1) + timedelta(days=number))
        for _ in range(4):
            make_entry(north, new, day=date(2026, 10, 7))
        # Read for both, told once.
        make_entry(north, old, new, day=date(2026, 3, 2))
        hold(old, "in_person", title="Network")
        whole = load(new, size=500)
        assert whole.before is None
        assert "Last day in North" in [one.what for one in whole.happenings]
        assert [one.day for one in whole.happenings if one.what == "Joined North"] == [
            date(2025, 9, 1)
        ]
        found = pages(new, size)
        assert [one for page in found for one in page.happenings] == whole.happenings
        assert all(page.happenings for page in found)

    def test_shows_whole_days_and_what_came_earlier_on_the_next_page(self, school: School) -> None:
        resource = make_resource()
        days = [TODAY - timedelta(days=number) for number in range(7)]
        for day in days:
            make_download(resource, school, day)
        first = load(school, size=3)
        rest = load(school, first.before, size=10)
        assert [one.day for one in first.happenings + rest.happenings] == days
        assert rest.before is None

    def test_costs_as_many_statements_for_3_and_for_30(self, school: School) -> None:
        cluster, counts = make_cluster(), []
        for count in (3, 27):
            for number in range(count):
                hold(school, "in_person")
                make_entry(cluster, school)
                make_download(make_resource(), school, TODAY - timedelta(days=number))
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                load_timeline(get_lineage(school.id), size=40)
            counts.append(len(sent))
        assert counts == [4, 4]


class TestWhoSees:
    @pytest.mark.parametrize("role", SchoolRoleKind, ids=lambda role: role.value)
    def test_of_a_school_those_who_read_what_was_agreed(
        self, school: School, role: SchoolRoleKind
    ) -> None:
        reads = {SchoolRoleKind.SENCO, SchoolRoleKind.DEPUTY_SENCO, SchoolRoleKind.HEADTEACHER}
        user = acting(make_school_user(school, role=role))
        assert policies.can_see_timeline(user, school.id, ()) == (role in reads)
        assert not policies.can_see_timeline(user, make_school().id, ())

    @pytest.mark.parametrize("role", ServiceRoleKind, ids=lambda role: role.value)
    def test_of_the_service_without_a_cluster_the_lead_alone(
        self, school: School, role: ServiceRoleKind
    ) -> None:
        user = acting(make_service_user(role))
        is_lead = role is ServiceRoleKind.INCLUSION_LEAD
        assert policies.can_see_timeline(user, school.id, {1, 2}) == is_lead

    @pytest.mark.parametrize(
        ("starts", "ends", "sees"),
        [(-3, None, True), (0, 0, True), (1, None, False), (-3, -1, False)],
        ids=["now", "today alone", "tomorrow", "yesterday"],
    )
    def test_an_ep_who_covers_sees_it_on_those_days(
        self, school: School, starts: int, ends: int | None, sees: bool
    ) -> None:
        cluster = make_cluster()
        join_cluster(school, cluster)
        user = make_service_user(ServiceRoleKind.EP)
        row = assign(
            db.session.get_one(Person, user.person_id),
            cluster,
            "cover",
            TODAY + timedelta(days=starts),
        )
        row.ends_on = None if ends is None else TODAY + timedelta(days=ends)
        db.session.flush()
        clusters = get_lineage(school.id).cluster_ids
        assert policies.can_see_timeline(acting(user), school.id, clusters) == sees

    def test_the_ep_of_the_cluster_it_left_no_longer_does(self, school: School) -> None:
        cluster = make_cluster()
        join_cluster(school, cluster, ends_on=TODAY - timedelta(days=1))
        user = acting(make_service_user(ServiceRoleKind.EP, cluster))
        lineage = get_lineage(school.id)
        assert not policies.can_see_timeline(user, school.id, lineage.cluster_ids)


@pytest.mark.sqlite_only
class TestPages:
    def test_the_page_groups_by_school_year_and_leads_to_earlier(
        self, client: GatedClient, school: School
    ) -> None:
        for number in range(45):
            make_download(make_resource(), school, TODAY - timedelta(days=10 * number))
        db.session.commit()
        client.sign_in(make_school_user(school))
        text = client.get(f"/schools/{school.id}/timeline").text
        assert "School year 2026 to 2027" in text and "School year 2025 to 2026" in text
        assert f"/schools/{school.id}/timeline?before=" in text
        earlier = client.get(f"/schools/{school.id}/timeline?before=2020-01-01").text
        assert "Nothing earlier" in earlier and "Show the newest" in earlier
        assert "Nothing yet" not in client.get(f"/schools/{school.id}/timeline?before=x").text

    def test_an_empty_one_is_supportive(self, client: GatedClient, school: School) -> None:
        db.session.commit()
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        assert "Nothing yet, and that is fine" in client.get(f"/schools/{school.id}/timeline").text

    def test_the_schools_page_shows_the_latest_to_those_who_may_alone(
        self, client: GatedClient, school: School
    ) -> None:
        hold(school, "in_person", title="Autumn network")
        users: dict[User, bool] = {
            make_school_user(school): True,
            make_service_user(ServiceRoleKind.INCLUSION_LEAD): True,
            make_service_user(ServiceRoleKind.ADMINISTRATOR): False,
            make_service_user(ServiceRoleKind.EP, make_cluster()): False,
            make_school_user(make_school()): False,
        }
        for user, sees in users.items():
            client.sign_in(user)
            text = client.get(f"/schools/{school.id}").text
            assert ("Autumn network" in text) == ("What happened lately" in text) == sees
