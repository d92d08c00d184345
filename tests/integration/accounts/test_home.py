"""Home and the way in, as different people find them."""

from __future__ import annotations

import re
from datetime import date

import pytest

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from tests.factories.events import make_event
from tests.factories.people import (
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


class TestHome:
    def test_of_somebody_with_nothing_to_do_says_what_they_can_see(
        self, client: GatedClient
    ) -> None:
        make_authority()
        user = make_user()
        db.session.commit()
        client.sign_in(user)
        assert "You can see events, clusters and schools." in _words(client.get("/").text)

    def test_of_a_senco_offers_what_is_next_and_not_booked(self, client: GatedClient) -> None:
        make_authority()
        school = make_school()
        senco = make_school_user(school)
        make_event(title="From plan to practice", venue="Larkton Library")
        db.session.commit()
        client.sign_in(senco)
        text = _words(client.get("/").text)
        assert text.index("Your next sessions") < text.index("Next for you")
        assert "Larkton Library From plan to practice You have not booked this yet." in text

    def test_of_a_senco_with_everything_booked_offers_nothing(self, client: GatedClient) -> None:
        make_authority()
        school = make_school()
        senco = make_school_user(school)
        event = make_event(venue="Larkton Library")
        db.session.commit()
        client.sign_in(senco)
        client.send(f"/events/{event.id}/booking")
        page = client.get("/").text
        assert "Next for you" not in page
        assert "Larkton Library" in page

    def test_says_which_school_is_in_which_cluster(self, client: GatedClient) -> None:
        make_authority()
        alder, birch = make_school("Alder Lane Primary"), make_school("Birch Hill Primary")
        heather, rowan = make_cluster("Heather"), make_cluster("Rowan")
        join_cluster(alder, rowan)
        join_cluster(birch, heather)
        make_service_user(ServiceRoleKind.EP, heather)
        both, one = make_school_user(alder, birch), make_school_user(alder)
        db.session.commit()
        client.sign_in(both)
        text = _words(client.get("/").text)
        assert re.search(r"Heather [^:]+: Birch Hill Primary .*Rowan [^:]+: Alder Lane", text)
        client.sign_in(one)
        page = client.get("/").text
        assert ": Alder Lane" not in _words(page[page.index('id="own_clusters"') :])

    def test_leads_to_each_school_of_ones_own(self, client: GatedClient) -> None:
        make_authority()
        alder, birch = make_school("Alder Lane Primary"), make_school("Birch Hill Primary")
        both, lead = (
            make_school_user(alder, birch),
            make_service_user(ServiceRoleKind.INCLUSION_LEAD),
        )
        db.session.commit()
        client.sign_in(both)
        page = client.get("/").text
        for school in (alder, birch):
            assert f'href="/schools/{school.id}">Your school: {school.name}</a>' in page
        client.sign_in(lead)
        assert "Your school" not in client.get("/").text


class TestContact:
    @pytest.mark.parametrize("address", ["", "cops@larkton.example"])
    def test_is_on_the_sign_in_page_where_there_is_one(
        self, client: GatedClient, address: str
    ) -> None:
        make_authority().contact_email = address
        db.session.commit()
        text = _words(client.get("/sign-in").text)
        assert ("Can’t sign in? Email cops@larkton.example." in text) is bool(address)


class TestBeforeTheFirstDay:
    def test_says_what_is_to_come_and_from_when(self, client: GatedClient) -> None:
        user = make_school_user(make_school("Elm"), starts_on=date(2026, 11, 30))
        db.session.commit()
        client.sign_in(user)
        text = client.get("/").text
        assert "You begin soon" in text
        assert "<b>SENCO at Elm</b> from 30 November 2026" in text

    def test_and_nothing_of_it_to_whom_nothing_comes(self, client: GatedClient) -> None:
        client.sign_in(make_user())
        assert "You begin soon" not in client.get("/").text
