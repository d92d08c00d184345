"""What was and what is ahead of a cluster, and changing its words."""

from __future__ import annotations

import re
from datetime import date

import pytest

from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from tests.factories.people import assign, make_person, make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
PAGE = "/clusters/alder/history"


@pytest.fixture
def alder(client: GatedClient) -> Cluster:
    make_authority()
    client.sign_in(make_school_user(make_school("Own")))
    return make_cluster("Alder")


def words(text: str) -> str:
    main = text[text.index("<h1") : text.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


class TestHistory:
    def test_tells_what_is_over_and_what_is_ahead_by_its_days(
        self, client: GatedClient, alder: Cluster
    ) -> None:
        join_cluster(make_school("Elm"), alder, date(2024, 9, 1), date(2026, 8, 31))
        join_cluster(make_school("Oak"), alder, date(2025, 9, 1), date(2026, 11, 10))
        join_cluster(make_school("Ash"), alder, date(2027, 1, 1))
        join_cluster(make_school("Yew"), alder)
        row = assign(make_person("The EP"), alder, "ep", date(2025, 1, 1))
        row.ends_on = date(2026, 8, 31)
        db.session.commit()
        assert words(client.get(PAGE).text) == (
            "History of Alder Ahead Until 10 November 2026 Oak since 1 September 2025 "
            "From 1 January 2027 Ash Before today Until 31 August 2026 "
            "Elm since 1 September 2024 The EP, Educational psychologist since 1 January 2025"
        )
        assert f'href="{PAGE}"' in client.get("/clusters/alder").text

    def test_says_so_where_nothing_is_over(self, client: GatedClient, alder: Cluster) -> None:
        db.session.commit()
        assert "Nobody has left this cluster" in client.get(PAGE).text

    def test_costs_the_same_at_3_and_at_30(self, client: GatedClient, alder: Cluster) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                join_cluster(make_school(), alder, date(2024, 9, 1), date(2026, 8, 31))
                assign(make_person(), alder, "manager").ends_on = date(2026, 8, 31)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                client.get(PAGE)
            counts.append(len(sent))
        assert counts == [6, 6]


class TestEdit:
    def test_a_second_editor_sees_both_names_and_the_address_stays(
        self, client: GatedClient, alder: Cluster
    ) -> None:
        make_cluster("Birch")
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        page = "/clusters/alder/edit"
        seen = hidden(client.get(page).text, "seen")
        assert client.send(page, name="Birch", seen=seen).status_code == 422
        assert client.send(page, name="Alder North", seen=seen).location == "/clusters/alder"
        stale = client.send(page, name="Alder South", seen=seen)
        assert stale.status_code == 422 and "Alder North" in stale.text
        assert 'value="Alder South"' in stale.text
        seen = hidden(stale.text, "seen")
        assert client.send(page, name="Alder South", seen=seen).location == "/clusters/alder"
        assert "Alder South" in client.get("/clusters/alder").text
        change = audit.list_changes("cluster", alder.id)[-1]
        assert (change.was, change.now) == ({"name": "Alder North"}, {"name": "Alder South"})
