"""Somebody covers for a cluster's EP: from when to when, with which rights, said where."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.assignment_queries import list_own_clusters, list_supporters
from cop_site.accounts.assignment_services import (
    assign_person,
    cover_assignment,
    end_assignment,
)
from cop_site.accounts.models import Assignment, Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.cluster_models import Cluster
from cop_site.support import policies as support
from cop_site.support.people_queries import clusters_to_log
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import (
    assign,
    give_service_role,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient

pytestmark = pytest.mark.usefixtures("app")
ADMINISTRATOR = ServiceRoleKind.ADMINISTRATOR
FIRST, LAST = date(2026, 11, 16), date(2026, 12, 12)


@pytest.fixture
def cluster() -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def ep(cluster: Cluster) -> Assignment:
    return _assigned(make_service_user(ServiceRoleKind.EP, cluster), cluster, "The EP")


@pytest.fixture
def sam() -> User:
    user = make_service_user(ServiceRoleKind.EP)
    db.session.get_one(Person, user.person_id).name = "Sam"
    return user


@pytest.fixture
def lead() -> User:
    return make_service_user(ServiceRoleKind.INCLUSION_LEAD)


def _assigned(user: User, cluster: Cluster, name: str) -> Assignment:
    db.session.get_one(Person, user.person_id).name = name
    return db.session.query(Assignment).filter_by(person_id=user.person_id).one()


def _cover(row: Assignment, who: User, by: User, first: date = FIRST, last: date = LAST) -> None:
    cover_assignment(row.cluster_id, row.id, who.person_id, first, last, by=acting(by))


class TestCoverAssignment:
    @pytest.mark.parametrize(
        ("day", "holds"),
        [(date(2026, 11, 15), False), (FIRST, True), (LAST, True), (date(2026, 12, 13), False)],
        ids=str,
    )
    def test_its_rights_begin_and_end_with_its_days(
        self,
        ep: Assignment,
        sam: User,
        lead: User,
        at: Callable[[datetime], None],
        day: date,
        holds: bool,
    ) -> None:
        _cover(ep, sam, lead)
        at(datetime(day.year, day.month, day.day, 12, tzinfo=clock.LONDON))
        user = acting(sam)
        assert support.oversees(user, ep.cluster_id) is holds
        assert (ep.cluster_id in clusters_to_log(user, day)) is holds
        assert any(held.takes_registers for held in user.assignments) is holds

    def test_an_assistant_who_covers_logs_but_does_not_countersign(
        self, ep: Assignment, lead: User
    ) -> None:
        asep = make_service_user(ServiceRoleKind.ASEP)
        _cover(ep, asep, lead, clock.today())
        user = acting(asep)
        assert ep.cluster_id in clusters_to_log(user, clock.today())
        assert not support.oversees(user, ep.cluster_id)

    @pytest.mark.parametrize(
        ("first", "last", "words"),
        [
            (LAST, FIRST, "must not be before the first"),
            (date(2026, 11, 1), date(2026, 11, 9), "today or later"),
            (FIRST, date(2028, 1, 1), "a year at most"),
            (date(2020, 8, 31), date(2026, 11, 10), "a year at most"),
            (FIRST, date(2026, 12, 19), "stops on 18 December 2026"),
        ],
        ids=["backwards", "over", "too long", "long ago", "past the end"],
    )
    def test_days_that_cannot_be_are_refused(
        self, ep: Assignment, sam: User, lead: User, first: date, last: date, words: str
    ) -> None:
        ep.ends_on = date(2026, 12, 18)
        with pytest.raises(DomainError, match=words):
            _cover(ep, sam, lead, first, last)

    def test_nobody_covers_twice_on_one_day_but_may_again_after(
        self, ep: Assignment, sam: User, lead: User
    ) -> None:
        _cover(ep, sam, lead)
        with pytest.raises(DomainError, match="already"):
            _cover(ep, sam, lead, LAST, date(2026, 12, 18))
        _cover(ep, sam, lead, date(2026, 12, 13), date(2026, 12, 18))
        _cover(ep, sam, lead, clock.today(), date(2026, 11, 15))
        assert db.session.query(Assignment).filter_by(covers_id=ep.id).count() == 3

    def test_only_an_ep_or_asep_covers_and_nobody_for_themselves(
        self, cluster: Cluster, ep: Assignment, lead: User
    ) -> None:
        own = db.session.query(User).filter_by(person_id=ep.person_id).one()
        with pytest.raises(DomainError, match="themselves"):
            _cover(ep, own, lead)
        with pytest.raises(DomainError, match="does not hold a role"):
            _cover(ep, lead, lead)
        manager = assign(make_person(), cluster, "manager")
        with pytest.raises(DomainError, match="Only an EP"):
            _cover(manager, own, lead)

    def test_an_administrator_who_is_an_ep_covers_for_nobody(
        self, ep: Assignment, sam: User
    ) -> None:
        give_service_role(db.session.get_one(Person, sam.person_id), ADMINISTRATOR)
        with pytest.raises(DomainError, match="Nobody gives themselves a part in a cluster"):
            _cover(ep, sam, sam)
        assert acting(sam).supported_clusters == {}


class TestMail:
    def _texts(self) -> dict[str, tuple[str, str]]:
        rows = db.session.scalars(sa.select(OutboxMessage))
        made = {row.recipient: compose(row) for row in rows}
        return {
            to: (str(one["Subject"]), " ".join(one.get_content().split()))
            for to, one in made.items()
        }

    @pytest.mark.parametrize("role", [ServiceRoleKind.EP, ServiceRoleKind.ASEP], ids=str)
    def test_both_read_who_where_and_when_and_who_covers_what_they_may(
        self, ep: Assignment, lead: User, role: ServiceRoleKind
    ) -> None:
        who = make_service_user(role)
        own = db.session.query(User).filter_by(person_id=ep.person_id).one()
        _cover(ep, who, lead)
        db.session.flush()
        with pytest.raises(DomainError):
            _cover(ep, who, lead)
        texts = self._texts()
        assert set(texts) == {who.email, own.email}, "each once, however often it is sent"
        subject, text = texts[who.email]
        assert subject == "You cover for The EP in Alder from 16 November 2026"
        assert "from 16 November 2026 to 12 December 2026" in text
        assert ("countersign" in text) is (role is ServiceRoleKind.EP)
        subject, text = texts[own.email]
        name = db.session.get_one(Person, who.person_id).name
        assert subject == f"{name} covers for you in Alder from 16 November 2026"
        assert "to 12 December 2026" in text

    @pytest.mark.parametrize(
        ("last", "subject", "words"),
        [
            (date(2026, 11, 20), "ends on 20 November 2026", "20 November 2026 is the last day"),
            (date(2026, 11, 10), "will not begin", "It had not begun."),
        ],
        ids=["shortened", "not begun"],
    )
    @pytest.mark.parametrize("covered_ends", [True, False], ids=["with what it covers", "alone"])
    def test_both_read_once_that_it_ends_early(
        self,
        ep: Assignment,
        sam: User,
        lead: User,
        covered_ends: bool,
        last: date,
        subject: str,
        words: str,
    ) -> None:
        own = db.session.query(User).filter_by(person_id=ep.person_id).one()
        _cover(ep, sam, lead)
        cover = db.session.query(Assignment).filter_by(covers_id=ep.id).one()
        db.session.query(OutboxMessage).delete()
        row = ep if covered_ends else cover
        cluster_id, row_id = row.cluster_id, row.id
        for _ in range(2):
            with suppress(NotFoundError):
                end_assignment(cluster_id, row_id, last, by=acting(lead))
            db.session.flush()
        assert db.session.query(OutboxMessage).count() == 2
        texts = self._texts()
        assert texts[sam.email][0] == f"Your cover for The EP in Alder {subject}"
        assert texts[own.email][0] == f"Sam’s cover for you in Alder {subject}"
        assert all(words in text for _subject, text in texts.values())

    def test_nobody_reads_of_an_end_that_they_set_themselves(
        self, cluster: Cluster, ep: Assignment, sam: User, lead: User
    ) -> None:
        _cover(ep, sam, lead)
        db.session.query(OutboxMessage).delete()
        give_service_role(db.session.get_one(Person, sam.person_id), ServiceRoleKind.INCLUSION_LEAD)
        end_assignment(cluster.id, ep.id, FIRST, by=acting(sam))
        db.session.flush()
        assert sam.email not in self._texts() and len(self._texts()) == 1

    def test_a_cover_is_made_no_longer_by_ending_it(
        self, ep: Assignment, sam: User, lead: User
    ) -> None:
        _cover(ep, sam, lead)
        cover = db.session.query(Assignment).filter_by(covers_id=ep.id).one()
        with pytest.raises(DomainError, match="ends on 12 December 2026"):
            end_assignment(cover.cluster_id, cover.id, date(2026, 12, 18), by=acting(lead))


class TestEndingWhatIsCovered:
    def _end(self, row: Assignment, last: date, lead: User) -> list[str]:
        _row, covers = end_assignment(row.cluster_id, row.id, last, by=acting(lead))
        return covers

    @pytest.mark.parametrize(
        ("last", "until", "verb"),
        [
            (date(2026, 11, 30), date(2026, 11, 30), "ended"),
            (date(2026, 11, 10), None, "withdrawn"),
            (LAST, LAST, None),
        ],
        ids=["shortened", "not begun", "to its end"],
    )
    def test_the_cover_ends_with_it_at_the_latest_and_the_record_says_so(
        self,
        ep: Assignment,
        sam: User,
        lead: User,
        last: date,
        until: date | None,
        verb: str | None,
    ) -> None:
        _cover(ep, sam, lead)
        assert self._end(ep, last, lead) == (["Sam"] if verb else [])
        cover = db.session.query(Assignment).filter_by(kind_key="cover").one_or_none()
        assert (cover and cover.ends_on) == until
        changes = audit.list_changes("cluster_people", ep.cluster_id)
        of_cover = [one.verb for one in changes if "covers_id" in (one.was or {})]
        assert of_cover == ([verb] if verb else [])

    def test_a_cover_that_runs_gives_no_rights_after_and_one_that_is_over_stays(
        self, ep: Assignment, sam: User, lead: User, at: Callable[[datetime], None]
    ) -> None:
        over = assign(make_person(), db.session.get_one(Cluster, ep.cluster_id), "cover")
        over.covers_id, over.ends_on = ep.id, date(2026, 11, 8)
        _cover(ep, sam, lead, date(2026, 11, 9))
        assert self._end(ep, date(2026, 11, 2), lead) == ["Sam"]
        assert not support.oversees(acting(sam), ep.cluster_id)
        assert over.ends_on == date(2026, 11, 8)

    def test_what_is_taken_away_before_it_begins_takes_its_cover_along(
        self, cluster: Cluster, sam: User, lead: User
    ) -> None:
        later = assign_person(cluster.id, sam.person_id, "ep", date(2027, 1, 1), by=acting(lead))
        other = make_service_user(ServiceRoleKind.EP)
        _cover(later, other, lead, date(2027, 1, 4), date(2027, 1, 8))
        self._end(later, date(2026, 12, 1), lead)
        assert db.session.query(Assignment).count() == 0

    def test_what_fails_ends_neither(self, ep: Assignment, sam: User, lead: User) -> None:
        _cover(ep, sam, lead)
        db.session.commit()
        with pytest.raises(ZeroDivisionError), transaction():
            self._end(ep, clock.today(), lead)
            raise ZeroDivisionError
        assert [row.ends_on for row in db.session.query(Assignment).order_by(Assignment.id)] == [
            None,
            LAST,
        ]


class TestSaidBeside:
    def test_stands_beside_whom_it_covers_on_its_days_only(
        self, ep: Assignment, sam: User, lead: User
    ) -> None:
        _cover(ep, sam, lead)
        (before,) = list_supporters([ep.cluster_id])
        (during,) = list_supporters([ep.cluster_id], FIRST)
        assert before.covers == ()
        assert [(one.name, one.until) for one in during.covers] == [("Sam", LAST)]

    def test_a_school_sees_who_covers_and_their_address(
        self, cluster: Cluster, ep: Assignment, sam: User, lead: User, client: GatedClient
    ) -> None:
        school = make_school()
        join_cluster(school, cluster)
        _cover(ep, sam, lead, clock.today())
        (own,) = list_own_clusters([school.id])
        assert [one.name for one in own.people[0].covers] == ["Sam"]
        client.sign_in(make_school_user(school))
        for page in ("/", f"/schools/{school.id}", f"/clusters/{cluster.slug}"):
            text = client.get(page).text
            assert "Sam covers until 12 December 2026" in text, page
            assert f"mailto:{own.people[0].covers[0].email}" in text, page


@pytest.mark.sqlite_only
class TestCover:
    @pytest.mark.parametrize(
        "role", [ServiceRoleKind.INCLUSION_LEAD, ServiceRoleKind.ADMINISTRATOR]
    )
    def test_arranged_from_the_clusters_page(
        self, ep: Assignment, sam: User, client: GatedClient, role: ServiceRoleKind
    ) -> None:
        client.sign_in(make_service_user(role))
        address = f"/clusters/alder/people/{ep.id}/cover"
        assert f'href="{address}"' in client.get("/clusters/alder").text
        form = client.get(address).text
        assert "Sam, Educational psychologist" in form and "The EP, Educ" not in form
        sent: dict[str, Any] = {"person": sam.person_id, "starts_on": ["10", "11", "2026"]}
        assert client.send(address, **sent).status_code == 422
        sent["ends_on"] = ["12", "12", "2026"]
        assert client.send(address, **sent).location == "/clusters/alder"
        assert "Sam covers for The EP until 12 December 2026." in client.get("/clusters/alder").text

    def test_who_covers_reads_for_whom_and_until_when(
        self, ep: Assignment, sam: User, lead: User, client: GatedClient
    ) -> None:
        own = make_cluster("Birch")
        assign(db.session.get_one(Person, sam.person_id), own, "ep")
        _cover(ep, sam, lead, clock.today())
        db.session.commit()
        client.sign_in(sam)
        said = "You cover for The EP until 12 December 2026"
        for page, times in (("/", 1), ("/clusters/alder", 1), ("/clusters/birch", 0)):
            assert client.get(page).text.count(said) == times, page

    def test_an_administrator_is_told_why_they_cannot_cover_themselves(
        self, ep: Assignment, sam: User, client: GatedClient
    ) -> None:
        give_service_role(db.session.get_one(Person, sam.person_id), ADMINISTRATOR)
        client.sign_in(sam)
        sent: dict[str, Any] = {"starts_on": ["10", "11", "2026"], "ends_on": ["12", "12", "2026"]}
        answer = client.send(f"/clusters/alder/people/{ep.id}/cover", person=sam.person_id, **sent)
        assert answer.status_code == 422
        assert "Nobody gives themselves a part in a cluster. Ask an inclusion lead." in answer.text

    def test_ending_the_covered_part_says_that_the_cover_ends(
        self, ep: Assignment, sam: User, lead: User, client: GatedClient
    ) -> None:
        _cover(ep, sam, lead)
        db.session.commit()
        client.sign_in(lead)
        address = f"/clusters/alder/people/{ep.id}/end"
        assert "Whoever covers for The EP stops then too." in client.get(address).text
        answer = client.send(address, last_day=["30", "11", "2026"])
        text = client.get(answer.location).text
        assert "The last day is 30 November 2026. The cover by Sam ends with it." in text
