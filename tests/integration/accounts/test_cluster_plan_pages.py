"""The lead plans who is in which cluster."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.schools import cluster_plan_queries, cluster_plan_services
from cop_site.schools.cluster_models import Cluster, ClusterKind
from cop_site.schools.models import School
from tests.factories.people import make_service_user
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
PAGE = "/clusters/plan"
DAY = ["1", "9", "2027"]


@pytest.fixture
def lead(client: GatedClient) -> GatedClient:
    client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
    return client


@pytest.fixture
def world(lead: GatedClient) -> tuple[School, School, Cluster, Cluster]:
    one, two = make_cluster("Heather"), make_cluster("Larch")
    elm, oak = make_school("Elm", pupils=200), make_school("Oak", pupils=300)
    join_cluster(elm, one)
    join_cluster(oak, one)
    db.session.commit()
    return elm, oak, one, two


def planned(text: str) -> list[str]:
    return re.findall(r'name="planned" value="([^"]*)"', text)


def row(text: str, name: str) -> str:
    """The words of a cluster's line in the table."""
    found = re.search(rf"<tr[^>]*>\s*<th[^>]*>{name}</th>(.*?)</tr>", text, re.S)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


class TestPlan:
    def test_ticked_put_in_looked_at_and_saved(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, oak, _one, two = world
        answer = lead.send(PAGE, step="add", schools=[str(elm.id), str(oak.id)], to=str(two.id))
        moves = planned(answer.text)
        assert sorted(moves) == sorted([f"{elm.id}:{two.id}", f"{oak.id}:{two.id}"])
        answer = lead.send(PAGE, step=f"drop-{oak.id}", planned=moves)
        assert planned(answer.text) == [f"{elm.id}:{two.id}"]
        assert row(answer.text, "Heather") == (
            "2 schools 500 pupils Primary 2 1 school 300 pupils Primary 1"
        )
        assert row(answer.text, "Larch").startswith("No schools 1 school 200 pupils")
        answer = lead.send(PAGE, step="save", planned=planned(answer.text), starts_on=DAY)
        assert answer.location == PAGE
        text = lead.get(PAGE).text
        assert "Saved: 1 school from 1 September 2027." in text and "still ahead" in text
        words = " ".join(re.sub("<[^>]+>", " ", text).split())
        assert "Moves to Larch on 1 September 2027" in words
        assert "Elm" in lead.get(f"/clusters/{two.slug}").text

    def test_says_who_was_put_in_and_who_is_there_already(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, oak, one, two = world
        ash = make_school("Ash")
        join_cluster(ash, two)
        db.session.commit()
        assert 'formaction="/clusters/plan#in-plan"' in lead.get(PAGE).text
        ticked = [str(elm.id), str(oak.id), str(ash.id)]
        text = lead.send(PAGE, step="add", schools=ticked, to=str(two.id)).text
        said = text.split('id="in-plan"')[1].split("Save the plan")[0]
        assert "2 schools put in the plan. Nothing is saved yet." in said
        assert "Already in Larch, so not in the plan: Ash." in said
        text = lead.send(PAGE, step="add", schools=[str(elm.id)], to=str(one.id)).text
        said = text.split('id="in-plan"')[1]
        assert "Already in Heather, so not in the plan: Elm." in said
        assert "put in the plan" not in said and "Save the plan" not in said
        free = make_school("Free")
        db.session.commit()
        text = lead.send(PAGE, step="add", schools=[str(free.id)], to="none").text
        assert "Already in no cluster, so not in the plan: Free." in text

    def test_taken_back_with_one_button(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, _oak, _one, two = world
        lead.send(PAGE, step="save", planned=[f"{elm.id}:{two.id}"], starts_on=DAY)
        beside, below = (
            re.search(r'action="(/clusters/plan/\d+/undo)"', part)
            for part in lead.get(PAGE).text.split("</h1>")
        )
        assert beside and below and beside[1] == below[1]
        assert lead.send(beside[1]).location == PAGE
        text = lead.get(PAGE).text
        assert "Taken back" in text and "still ahead" not in text

    def test_its_date_is_changed_on_a_page_of_its_own(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, _oak, _one, two = world
        lead.send(PAGE, step="save", planned=[f"{elm.id}:{two.id}"], starts_on=DAY)
        link = re.search(r'href="(/clusters/plan/\d+/day)"', lead.get(PAGE).text)
        assert link is not None
        answer = lead.send(link[1], starts_on=["1", "9", "2020"])
        assert answer.status_code == 422 and 'value="2020"' in answer.text
        assert "1 school from 1 September 2027" in answer.text
        assert lead.send(link[1], starts_on=["1", "1", "2028"]).location == PAGE
        text = lead.get(PAGE).text
        assert "Saved: 1 school now moves on 1 January 2028, not 1 September 2027." in text
        assert "Moves to Larch on 1 January 2028" in text
        assert "1 January 2028: 1 school from Heather to Larch" in " ".join(text.split())
        assert text.count("/undo") == 1, "in the list alone: it takes the whole plan back"
        assert lead.send(link[1], starts_on=["1", "1", "2028"]).status_code == 404

    def test_between_kinds_each_school_has_its_line_and_the_plan_stays(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, oak, _one, _two = world
        db.session.add(ClusterKind(key="hub", name="Hub", exclusive=True))
        db.session.flush()
        hub = make_cluster("East", "hub")
        db.session.commit()
        moves = [f"{elm.id}:{hub.id}", f"{oak.id}:{hub.id}"]
        answer = lead.send(PAGE, step="save", planned=moves, starts_on=DAY)
        assert answer.status_code == 422 and planned(answer.text) == moves
        said = re.findall(r"(Elm|Oak) can’t move from Heather .* to East", answer.text)
        assert said == ["Elm", "Oak"] and 'value="2027"' in answer.text

    def test_one_of_an_earlier_version_has_no_way_back(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, _oak, one, two = world
        plan, _ = cluster_plan_services.save_plan(
            {elm.id: (one.id, two.id)}, date(2027, 9, 1), by=1
        )
        plan.moves = {str(elm.id): {"from": one.id, "to": two.id}}
        db.session.commit()
        text = lead.get(PAGE).text
        assert "still ahead" in text and "by hand" in text and "Take it back" not in text

    def test_what_has_begun_has_no_way_back(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        free, two = make_school("Free"), world[3]
        db.session.commit()
        day = ["10", "11", "2026"]
        lead.send(PAGE, step="save", planned=[f"{free.id}:{two.id}"], starts_on=day)
        text = lead.get(PAGE).text
        assert "Saved: 1 school from 10 November 2026." in text and "Take it back" not in text

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"step": "add", "to": "none"}, "Tick at least one school"),
            ({"step": "add", "schools": "ELM"}, "Choose where they go"),
            ({"step": "add", "schools": "x", "to": "none"}, "Choose from the list"),
            ({"step": "add", "schools": "ELM", "to": "999"}, "Choose from the list"),
            ({"step": "save", "planned": "ELM:none"}, "Enter the date"),
            ({"step": "save", "starts_on": DAY}, "Plan at least one move"),
            (
                {"step": "save", "planned": "ELM:none", "starts_on": ["1", "9", "2020"]},
                "Enter a day ahead",
            ),
        ],
    )
    def test_what_is_wrong_is_said_and_the_plan_stays(
        self,
        lead: GatedClient,
        world: tuple[School, School, Cluster, Cluster],
        sent: dict[str, Any],
        words: str,
    ) -> None:
        key = str(world[0].id)
        sent = {
            name: value.replace("ELM", key) if isinstance(value, str) else value
            for name, value in sent.items()
        }
        answer = lead.send(PAGE, **sent)
        assert answer.status_code == 422 and words in answer.text
        assert planned(answer.text) == ([sent["planned"]] if "planned" in sent else [])

    @pytest.mark.parametrize("value", ["", "x", "1", "1:", "999:none", ":", "1:999", "0:none"])
    def test_nonsense_among_what_was_planned_is_left_out(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster], value: str
    ) -> None:
        answer = lead.send(PAGE, step="", planned=[value])
        assert answer.status_code == 200 and planned(answer.text) == []

    @pytest.mark.parametrize("step", ["drop-", "drop-x", "drop--1", "none"])
    def test_an_unknown_step_changes_nothing(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster], step: str
    ) -> None:
        answer = lead.send(PAGE, step=step, planned=[f"{world[0].id}:none"])
        assert answer.status_code == 200 and len(planned(answer.text)) == 1

    def test_what_is_ticked_stays_when_others_are_listed(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, oak, _one, two = world
        free = make_school("Free")
        db.session.commit()
        moves = [f"{oak.id}:{two.id}"]
        ticked = {"planned": moves, "schools": [str(elm.id)]}
        sent: dict[str, Any] = {"step": "list", "within": "none", **ticked}
        text = lead.send(PAGE, **sent).text
        assert planned(text) == moves
        boxes = dict(re.findall(r'name="schools" value="(\d+)"( checked)?', text))
        assert boxes == {str(elm.id): " checked", str(free.id): ""}
        text = lead.send(PAGE, **{**sent, "search": "nowhere", "schools": []}).text
        assert "No school is found" in text and planned(text) == moves

    def test_all_that_are_listed_are_ticked_beside_what_was(
        self, lead: GatedClient, world: tuple[School, School, Cluster, Cluster]
    ) -> None:
        elm, oak, _one, two = world
        ash, yew = (make_school(name, phase="Secondary") for name in ("Ash", "Yew"))
        db.session.commit()
        sent: dict[str, Any] = {"phase": "Secondary", "to": str(two.id), "schools": [str(elm.id)]}
        text = lead.send(PAGE, step="tick", planned=[f"{oak.id}:none"], **sent).text
        boxes = dict(re.findall(r'name="schools" value="(\d+)"( checked)?', text))
        assert boxes == {str(one.id): " checked" for one in (elm, ash, yew)}
        assert planned(text) == [f"{oak.id}:none"]
        assert re.search(rf'<option value="{two.id}"\s+selected', text)

    def test_a_list_or_a_plan_that_is_too_long_says_so(
        self,
        lead: GatedClient,
        world: tuple[School, School, Cluster, Cluster],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        elm, oak, _one, two = world
        assert "Only the first" not in lead.get(PAGE).text
        monkeypatch.setattr(cluster_plan_queries, "LONGEST_LIST", 1)
        monkeypatch.setattr(cluster_plan_services, "LONGEST_PLAN", 1)
        assert "Only the first 1 of 2 schools are listed" in lead.get(PAGE).text
        moves = [f"{elm.id}:{two.id}", f"{oak.id}:{two.id}"]
        answer = lead.send(PAGE, step="save", planned=moves, starts_on=DAY)
        assert answer.status_code == 422 and "A plan has at most 1 schools" in answer.text
        assert planned(answer.text) == moves

    def test_without_clusters_says_what_to_do(self, lead: GatedClient) -> None:
        assert "There are no clusters yet" in lead.get(PAGE).text

    def test_costs_the_same_at_3_schools_and_at_30(self, lead: GatedClient) -> None:
        cluster, counts = make_cluster(), []
        for more in (3, 27):
            for _ in range(more):
                join_cluster(make_school(), cluster)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                lead.get(PAGE)
            counts.append(len(sent))
        assert counts == [6, 6]
