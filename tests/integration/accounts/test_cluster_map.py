"""The map of clusters, and the table beside it."""

from __future__ import annotations

import re
from datetime import date

import pytest

from cop_site.db import db
from cop_site.schools import cluster_queries
from cop_site.schools.cluster_services import create_cluster
from tests.factories.people import make_school_user
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def reader(client: GatedClient) -> GatedClient:
    client.sign_in(make_school_user(make_school("Own")))
    return client


class TestShowMap:
    def test_a_wide_borough_is_drawn_taller_and_no_town_leaves_no_comma(
        self, reader: GatedClient
    ) -> None:
        heather = make_cluster("Heather")
        for easting, northing in ((380_000, 405_000), (381_000, 410_000)):
            school = make_school("Elm", town="", easting=easting, northing=northing)
            join_cluster(school, heather)
        db.session.commit()
        text = reader.get("/clusters/map").text
        assert "<title>Elm: Heather</title>" in text and "map--wide" not in text
        join_cluster(make_school(easting=400_000, northing=405_000), heather)
        db.session.commit()
        assert "map--wide" in reader.get("/clusters/map").text

    def test_draws_todays_schools_and_lists_them(self, reader: GatedClient) -> None:
        heather, larch = make_cluster("Heather"), make_cluster("Larch")
        placed = make_school("Elm", easting=380_000, northing=405_000)
        join_cluster(placed, heather)
        join_cluster(make_school("Oak"), larch)
        gone = make_school("Gone", easting=381_000, northing=405_000)
        join_cluster(gone, larch, date(2020, 9, 1), date(2021, 8, 31))
        db.session.commit()
        text = reader.get("/clusters/map").text
        assert text.count("map__school--") == 1 and "Elm, Larkton: Heather" in text
        rows = re.findall(r"<tr.*?</tr>", text, re.S)[1:]
        cells = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
        assert cells == [
            "Elm Larkton Primary 1 Heather 380000, 405000",
            "Oak Larkton Primary 2 Larch not known, so not on the map",
        ]

    def test_another_kind_is_chosen_and_nonsense_is_not(self, reader: GatedClient) -> None:
        join_cluster(make_school("Elm"), make_cluster("Heather"))
        join_cluster(make_school("Oak"), make_cluster("East", "inclusion_partnership"))
        db.session.commit()
        assert "1 East" in reader.get("/clusters/map?kind=inclusion_partnership").text
        assert "1 Heather" in reader.get("/clusters/map?kind=none").text

    def test_a_map_that_is_cut_says_so(
        self, reader: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        join_cluster(make_school("Zelkova"), make_cluster("Rowan"))
        join_cluster(make_school("Ash"), make_cluster("Spruce"))
        db.session.commit()
        assert "Only the first" not in reader.get("/clusters/map").text
        monkeypatch.setattr(cluster_queries, "LONGEST_MAP", 1)
        text = reader.get("/clusters/map").text
        assert "Only the first 1 of 2 schools are shown, by name. Choose a cluster" in text
        assert "Ash" in text and "Zelkova" not in text
        assert "Only the first" not in reader.get("/clusters/map?cluster=rowan").text

    def test_without_clusters_says_so(self, reader: GatedClient) -> None:
        assert "No school is in a cluster yet" in reader.get("/clusters/map").text

    def test_a_cluster_called_map_has_another_address(self, reader: GatedClient) -> None:
        made = create_cluster("Map", "community_of_practice", "", by=None)
        assert made.slug == "map-2"

    def test_costs_the_same_at_3_schools_and_at_30(self, reader: GatedClient) -> None:
        cluster, counts = make_cluster(), []
        for more in (3, 27):
            for _ in range(more):
                join_cluster(make_school(easting=1, northing=1), cluster)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                reader.get("/clusters/map")
            counts.append(len(sent))
        assert counts == [5, 5]
