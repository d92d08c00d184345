"""The school somebody with several acts for: what it fills in, and that it gives no right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, ServiceRoleKind, SignIn, User
from cop_site.bookings.models import BookingSchool
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.toolkit import file_services
from cop_site.toolkit.models import Download
from tests.conftest import NOON
from tests.factories.community import make_notice
from tests.factories.events import make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.factories.support import make_action, make_entry
from tests.factories.toolkit import file_of, make_resource
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


@dataclass
class World:
    elm: School
    oak: School
    user: User


@pytest.fixture
def world(app: Flask, client: GatedClient) -> World:
    """A SENCO of two schools in a cluster each, signed in."""
    make_authority()
    elm, oak = make_school("Elm Primary"), make_school("Oak Primary")
    user = make_school_user(elm, oak)
    for school, name in ((elm, "Alder"), (oak, "Birch")):
        cluster = make_cluster(name)
        join_cluster(school, cluster)
    db.session.commit()
    client.sign_in(user)
    return World(elm, oak, user)


def choose(client: GatedClient, school: object, **fields: Any) -> str:
    answer = client.send("/account/school", school=str(school), **fields)
    assert answer.status_code == 303
    return str(answer.location)


def kept() -> int | None:
    return db.session.scalar(sa.select(SignIn.school_id).order_by(SignIn.id.desc()).limit(1))


def switch_of(client: GatedClient, page: str = "/") -> str:
    """What the top of the page says, "" where there is no choice."""
    html = client.get(page).text
    parts = html.split('<span class="site-as__for">')
    return parts[1].split("<", 1)[0] if len(parts) > 1 else ""


class TestChooseSchool:
    def test_shows_on_every_page_and_is_kept_for_this_device(
        self, client: GatedClient, world: World
    ) -> None:
        other = client.application.test_client()
        assert isinstance(other, GatedClient)
        other.sign_in(world.user)
        assert switch_of(client) == "For all my schools"
        choose(client, world.oak.id)
        assert switch_of(client) == switch_of(client, "/events") == "For Oak Primary"
        assert switch_of(other) == "For all my schools"

    def test_goes_back_to_the_page_and_never_off_the_site(
        self, client: GatedClient, world: World
    ) -> None:
        assert choose(client, world.oak.id, next="/events?when=past") == "/events?when=past"
        assert choose(client, world.oak.id, next="//evil.example/") == "/"
        assert 'name="next" value="/events?when=past"' in client.get("/events?when=past").text

    def test_all_of_them_can_be_chosen_again(self, client: GatedClient, world: World) -> None:
        choose(client, world.oak.id)
        choose(client, "all")
        assert kept() is None

    @pytest.mark.parametrize("given", ["", "0", "x", "99999999999999999999", "-1", "1 OR 1"])
    def test_nonsense_changes_nothing(self, client: GatedClient, world: World, given: str) -> None:
        choose(client, world.oak.id)
        choose(client, given)
        assert kept() == world.oak.id

    def test_a_school_that_is_not_theirs_changes_nothing(
        self, client: GatedClient, world: World
    ) -> None:
        stranger = make_school("Ash Primary")
        db.session.commit()
        choose(client, world.oak.id)
        choose(client, stranger.id)
        assert kept() == world.oak.id
        assert "Ash Primary" not in client.get("/").text

    def test_a_school_that_is_theirs_no_longer_counts_no_more(
        self, client: GatedClient, world: World, at: Callable[[datetime], None]
    ) -> None:
        third = make_school("Yew Primary")
        person = db.session.get_one(Person, world.user.person_id)
        db.session.add(
            SchoolRole(
                person_id=person.id, school_id=third.id, role="senco", starts_on=clock.today()
            )
        )
        db.session.commit()
        choose(client, world.oak.id)
        db.session.execute(
            sa.update(SchoolRole)
            .where(SchoolRole.school_id == world.oak.id)
            .values(ends_on=clock.today())
        )
        db.session.commit()
        at(NOON + timedelta(hours=13))
        assert kept() == world.oak.id
        client.sign_in(world.user)
        db.session.execute(sa.update(SignIn).values(school_id=world.oak.id))
        db.session.commit()
        assert switch_of(client) == "For all my schools"
        choose(client, world.oak.id)
        assert switch_of(client) == "For all my schools"

    def test_is_not_offered_to_somebody_with_one_school(
        self, client: GatedClient, world: World
    ) -> None:
        user = make_school_user(world.elm)
        db.session.commit()
        client.sign_in(user)
        assert switch_of(client) == ""
        assert "Elm Primary" in client.get("/events").text

    def test_costs_the_page_no_statement(self, client: GatedClient, world: World) -> None:
        counts = []
        for given in ("all", str(world.oak.id)):
            choose(client, given)
            with count_statements() as sent:
                client.get("/account/password")
            counts.append(len(sent))
        assert counts[0] == counts[1]

    def test_somebody_signed_out_meanwhile_signs_in_and_nothing_is_chosen(
        self, client: GatedClient, world: World
    ) -> None:
        client.send("/sign-out")
        answer = client.send("/account/school", school=str(world.oak.id))
        assert answer.location == "/sign-in?next=/"
        client.sign_in(world.user)
        assert kept() is None

    def test_needs_a_token(self, client: GatedClient, world: World) -> None:
        answer = client.post("/account/school", data={"school": str(world.oak.id)})
        assert answer.status_code == 400
        assert kept() is None


def ticked(html: str, school: School) -> bool:
    """Whether a school's box, or its line in a list, is chosen already."""
    parts = html.split(f'value="{school.id}"')
    return any(
        "checked" in part.split(">", 1)[0] or "selected" in part.split(">", 1)[0]
        for part in parts[1:]
    )


class TestWhatItChanges:
    def test_its_school_is_ticked_first_when_booking_and_any_can_be_named(
        self, client: GatedClient, world: World
    ) -> None:
        event = make_event()
        db.session.commit()
        page = client.get(f"/events/{event.id}").text
        assert not ticked(page, world.elm) and not ticked(page, world.oak)
        choose(client, world.oak.id)
        page = client.get(f"/events/{event.id}").text
        assert ticked(page, world.oak) and not ticked(page, world.elm)
        client.send(f"/events/{event.id}/booking", school_ids=str(world.elm.id))
        assert db.session.scalars(sa.select(BookingSchool.school_id)).all() == [world.elm.id]

    def test_a_booking_that_names_no_school_is_not_made_for_it(
        self, client: GatedClient, world: World
    ) -> None:
        """Each school that is named counts: nobody's box is ticked behind their back."""
        event = make_event()
        db.session.commit()
        choose(client, world.oak.id)
        assert client.send(f"/events/{event.id}/booking").status_code == 422
        assert not db.session.scalars(sa.select(BookingSchool.school_id)).all()

    def test_a_download_counts_for_it_unless_another_is_chosen(
        self, client: GatedClient, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        named: list[list[int]] = []
        monkeypatch.setattr(
            file_services, "record_download", lambda _id, ids, by: named.append(list(ids))
        )
        monkeypatch.setattr("cop_site.toolkit.views.store", _no_store)
        resource = make_resource()
        file_id = file_of(resource).id
        db.session.commit()
        choose(client, world.oak.id)
        assert ticked(client.get(f"/toolkit/{resource.slug}").text, world.oak)
        client.send(f"/toolkit/files/{file_id}").close()
        client.send(f"/toolkit/files/{file_id}", school="").close()
        client.send(f"/toolkit/files/{file_id}", school=str(world.elm.id)).close()
        assert named == [[world.oak.id], [], [world.elm.id]]
        assert not db.session.scalars(sa.select(Download.id)).all()

    def test_what_was_agreed_is_of_it_alone_and_the_rest_one_choice_away(
        self, client: GatedClient, world: World
    ) -> None:
        _agree(world)
        choose(client, world.oak.id)
        text = client.get("/support/agreed").text
        assert "Words for Oak" in text and "Words for Elm" not in text
        assert "Only Oak Primary is shown." in text
        choose(client, "all")
        text = client.get("/support/agreed").text
        assert "Words for Oak" in text and "Words for Elm" in text

    def test_takes_no_right_away(self, client: GatedClient, world: World) -> None:
        elm_entry, _oak = _agree(world)
        choose(client, world.oak.id)
        assert "Words for Elm" in client.get(f"/support/{elm_entry}").text
        assert client.get("/clusters/alder").status_code == 200

    def test_home_shows_its_clusters_notices_and_actions(
        self, client: GatedClient, world: World
    ) -> None:
        _agree(world)
        choose(client, world.oak.id)
        text = client.get("/").text
        assert "/clusters/birch" in text and "/clusters/alder" not in text
        assert "Notice of Birch" in text and "Notice of Alder" not in text
        assert "Do Birch" in text and "Do Alder" not in text


class _NoStore:
    def open(self, _sha256: str) -> BytesIO:
        return BytesIO(b"12345678")


def _no_store() -> _NoStore:
    return _NoStore()


def _agree(world: World) -> tuple[int, int]:
    """An entry, a notice and an action of each school. Ids of the entries."""
    ep = make_service_user(ServiceRoleKind.EP)
    ids = []
    for school, name in ((world.elm, "Alder"), (world.oak, "Birch")):
        cluster = db.session.scalars(sa.select(Cluster).where(Cluster.name == name)).one()
        entry = make_entry(cluster, school, agreed=f"Words for {school.name.split()[0]}")
        make_action(entry, school=school, what=f"Do {name}")
        make_notice(cluster, ep, f"Notice of {name}")
        ids.append(entry.id)
    db.session.commit()
    return ids[0], ids[1]
