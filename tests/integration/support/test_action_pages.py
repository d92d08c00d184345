"""Pages of actions and plans, and what other pages show of support."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.support.models import Action, EntryState, SupportPlan
from tests.factories.schools import make_cluster
from tests.factories.support import make_action, make_entry, make_plan
from tests.integration.support.conftest import World
from tests.integration.support.places import AGREED, PLANS, count
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


class TestActions:
    def action(self, world: World, **values: Any) -> Action:
        action = make_action(world.entry(), **{"school": world.schools[0], **values})
        db.session.commit()
        return action

    def done_at(self, action: Action) -> datetime | None:
        db.session.refresh(action)
        return action.done_at

    def test_marked_done_in_place_and_undone(self, client: GatedClient, world: World) -> None:
        action = self.action(world)
        client.sign_in(world.senco)
        path = f"/support/actions/{action.id}/done"
        row = client.send(path, htmx=True, back="/").text
        assert f'id="action-{action.id}"' in row and "Undo" in row
        assert self.done_at(action) is not None
        assert "Mark done" in client.send(path, htmx=True, undo="1", back="/").text
        assert self.done_at(action) is None

    @pytest.mark.parametrize(
        ("back", "place"),
        [
            ("/", "/"),
            ("/clusters/heather", "/clusters/heather"),
            ("https://evil.example/", AGREED),
            ("//evil.example", AGREED),
            ("javascript:alert(1)", AGREED),
        ],
    )
    def test_leads_back_to_where_one_was_never_off_the_site(
        self, client: GatedClient, world: World, back: str, place: str
    ) -> None:
        action = self.action(world)
        client.sign_in(world.senco)
        answer = client.send(f"/support/actions/{action.id}/done", back=back)
        assert answer.location == f"{place}#action-{action.id}"

    def test_without_scripts_the_next_page_says_it_and_it_can_be_taken_back(
        self, client: GatedClient, world: World
    ) -> None:
        action = self.action(world, what="Share the card")
        client.sign_in(world.senco)
        answer = client.send(f"/support/actions/{action.id}/done", back=AGREED)
        page = client.get(answer.location).text
        assert page.count("Done: Share the card") == 1 and "Undo" in page
        # Long done it is off the list.
        action.done_at = clock.now() - timedelta(days=2)
        db.session.commit()
        assert "Share the card" not in client.get(AGREED).text

    def test_of_another_school_is_not_found(self, client: GatedClient, world: World) -> None:
        action = self.action(world, school=world.schools[1])
        client.sign_in(world.senco)
        assert client.send(f"/support/actions/{action.id}/done").status_code == 404
        assert self.done_at(action) is None

    def test_moved_says_the_first_date(self, client: GatedClient, world: World) -> None:
        action = self.action(world, due_on=date(2026, 11, 20))
        client.sign_in(world.ep)
        path = f"/support/actions/{action.id}/move"
        assert client.send(path, due_on="").status_code == 422
        assert client.send(path, due_on="2026-11-01").status_code == 422
        assert client.send(path, due_on="2026-12-01").status_code == 303
        page = client.get(f"/support/{action.entry_id}").text
        assert "by 1 December 2026, first 20 November 2026" in page


class TestOpenActions:
    def test_a_list_that_is_cut_says_so_and_leads_to_all(
        self, client: GatedClient, world: World
    ) -> None:
        entry, school = world.entry(EntryState.RECORDED), world.schools[0]
        for number in range(30):
            make_action(entry, school=school, what=f"Do {number}")
        db.session.commit()
        places = ("/", AGREED, f"/clusters/{world.cluster.slug}", f"/schools/{school.id}")
        client.sign_in(world.senco)
        for path in places:
            assert "See all open actions" not in client.get(path).text, path
        person = world.person(world.asep)
        for number in range(31):
            make_action(entry, school=school, person=person, what=f"Promised {number}")
        db.session.commit()
        for path in places:
            page = client.get(path).text
            assert "30 of 61 shown" in page and page.count('id="action-') == 30, path
            address = html.unescape(re.findall(r'href="(/support/actions[^"]*)"', page)[0])
            assert "1 to 20 of 61" in client.get(address).text, path
        client.sign_in(world.asep)
        page = client.get("/").text
        assert "30 of 31 shown" in page and 'href="/support/actions?mine=1"' in page
        assert "1 to 20 of 31" in client.get("/support/actions?mine=1").text

    def test_has_every_page_and_marks_in_place(self, client: GatedClient, world: World) -> None:
        entry = world.entry()
        for number in range(21):
            due = clock.today() + timedelta(days=number)
            make_action(entry, school=world.schools[0], due_on=due, what=f"Number {number}.")
        db.session.commit()
        client.sign_in(world.asep)
        path = f"/support/actions?cluster={world.cluster.id}&page=2"
        page = client.get(path).text
        assert "Number 20." in page and "Number 19." not in page and "21 to 21 of 21" in page
        (action_id,) = re.findall(r'id="action-(\d+)"', page)
        back = html.unescape(re.findall(r'name="back" value="([^"]+)"', page)[0])
        answer = client.send(f"/support/actions/{action_id}/done", back=back)
        assert answer.location == f"{path}#action-{action_id}"
        page = client.get(path).text
        assert "Nothing is open here" in page and 'id="action-' not in page

    def test_shows_only_what_somebody_may_see(self, client: GatedClient, world: World) -> None:
        entry = world.entry(schools=world.schools)
        make_action(entry, school=world.schools[0], what="Ours")
        make_action(entry, school=world.schools[1], what="Theirs")
        elsewhere = make_entry(world.other)
        make_action(elsewhere, person=world.person(world.asep), what="Promised elsewhere")
        make_action(elsewhere, person=world.person(world.other_ep), what="Elsewhere")
        db.session.commit()
        seen = {
            "senco": {"Ours"},
            "ep": {"Ours", "Theirs"},
            "asep": {"Ours", "Theirs", "Promised elsewhere"},
            "other_ep": {"Promised elsewhere", "Elsewhere"},
            "lead": {"Ours", "Theirs", "Promised elsewhere", "Elsewhere"},
        }
        for name, whats in seen.items():
            client.sign_in(getattr(world, name))
            page = client.get("/support/actions").text
            assert set(re.findall(r"<b>([^<]+)</b>\s*<span class=\"quiet", page)) == whats, name
        client.sign_in(world.lead)
        for query in ("school=x", f"school={world.schools[1].id}", "cluster=999999"):
            assert client.get(f"/support/actions?{query}").status_code == 200
        assert "Theirs" in client.get(f"/support/actions?school={world.schools[1].id}").text
        assert "Ours" not in client.get(f"/support/actions?school={world.schools[1].id}").text

    def test_costs_the_same_for_three_rows_and_thirty(
        self, client: GatedClient, world: World
    ) -> None:
        client.sign_in(world.asep)
        entry, costs = world.entry(), []
        for many in (3, 27):
            for _ in range(many):
                make_action(entry, school=world.schools[0])
            db.session.commit()
            costs.append(count(client, "/support/actions"))
        assert costs[0] == costs[1] <= 4


class TestPlans:
    def test_says_each_clusters_share_or_that_it_is_unplanned(
        self, client: GatedClient, world: World
    ) -> None:
        # Eleven school weeks have begun since 2 September; there is no half term in this world.
        make_plan(world.cluster, 100, date(2026, 9, 1))
        world.entry(contact_minutes=858, preparation_minutes=0, travel_minutes=0)
        make_entry(world.other)
        db.session.commit()
        client.sign_in(world.lead)
        page = client.get(PLANS).text
        assert "<b>78%</b>" in page and "18 hours 20 minutes, 11 of 11 weeks" in page
        assert "<b>Unplanned</b>" in page
        client.sign_in(world.ep)
        page = client.get(PLANS).text
        assert "Heather" in page and "Rowan" not in page and "Set a plan" not in page

    def test_the_lead_sets_one(self, client: GatedClient, world: World) -> None:
        client.sign_in(world.lead)
        fields: dict[str, Any] = {"cluster_id": world.cluster.id, "starts_on": ["1", "9", "2026"]}
        for minutes, status in (("", 422), ("99999", 422), ("-1", 422), ("330", 303)):
            answer = client.send(f"{PLANS}/new", **fields, minutes_a_week=minutes)
            assert answer.status_code == status
        plan = db.session.scalars(sa.select(SupportPlan)).one()
        assert (plan.minutes_a_week, plan.ends_on) == (330, None)
        answer = client.send(f"{PLANS}/new", **fields, minutes_a_week="60")
        assert answer.status_code == 422 and "There is another plan" in answer.text

    def test_costs_the_same_for_many_clusters(self, client: GatedClient, world: World) -> None:
        client.sign_in(world.lead)
        make_plan(world.cluster, 60, date(2026, 9, 1))
        db.session.commit()
        before = count(client, PLANS)
        for _ in range(10):
            make_plan(make_cluster(), 60, date(2026, 9, 1))
        db.session.commit()
        assert count(client, PLANS) == before <= 7


class TestOtherPages:
    def test_a_clusters_open_actions_are_its_staffs_and_each_schools_own(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry()
        make_action(entry, school=world.schools[0], what="Ours")
        make_action(entry, school=world.schools[1], what="Theirs")
        db.session.commit()
        path = f"/clusters/{world.cluster.slug}"
        seen = {}
        for name in ("ep", "lead", "senco", "other_ep"):
            client.sign_in(getattr(world, name))
            page = client.get(path).text
            seen[name] = ("Ours" in page, "Theirs" in page)
        assert seen == {
            "ep": (True, True),
            "lead": (True, True),
            "senco": (True, False),
            "other_ep": (False, False),
        }

    def test_a_schools_page_says_the_last_contact_to_those_who_may_know(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry(day=date(2026, 11, 3))
        make_action(entry, school=world.schools[0], what="Share the card")
        world.entry(EntryState.VOIDED, day=date(2026, 11, 9))
        path = f"/schools/{world.schools[0].id}"
        for name, sees_contact, sees_action in (
            ("ep", True, True),
            ("lead", True, True),
            # Not countersigned yet: a school knows only of its action.
            ("senco", False, True),
            ("other_ep", False, False),
        ):
            client.sign_in(getattr(world, name))
            page = client.get(path).text
            assert ("Tuesday 3 November 2026" in page) == sees_contact, name
            assert ("Share the card" in page) == sees_action, name

    @pytest.mark.parametrize("who", ["lead", "senco"])
    def test_a_schools_page_costs_the_same_with_1_action_and_with_10(
        self, client: GatedClient, world: World, who: str
    ) -> None:
        path = f"/schools/{world.schools[0].id}"
        client.sign_in(getattr(world, who))
        costs = []
        for more in (1, 9):
            for _ in range(more):
                make_action(world.entry(), school=world.schools[0])
            db.session.commit()
            costs.append(count(client, path))
        assert costs[0] == costs[1]
