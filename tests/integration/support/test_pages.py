"""The list and its file, an entry's page, what a school reads, actions, plans and panels."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.db import db
from cop_site.support.models import EntryState
from tests.factories.people import make_school_user
from tests.factories.schools import make_term
from tests.factories.support import make_action, make_draft, make_entry
from tests.integration.support.conftest import World
from tests.integration.support.places import AGREED, LIST, count
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


class TestList:
    def test_shows_own_clusters_with_the_totals_of_all_of_them(
        self, client: GatedClient, world: World
    ) -> None:
        for _ in range(25):
            world.entry(EntryState.COUNTERSIGNED)
        make_entry(world.other, agreed="Elsewhere")
        world.entry(EntryState.VOIDED)
        client.sign_in(world.ep)
        page = client.get(LIST).text
        assert "25 entries, 35 hours 25 minutes" in page
        assert "25 hours of contact, 6 hours 15 minutes of preparation" in page
        assert page.count('<li class="card">') == 20
        # A page's own rows are five; the totals are of all.
        assert "25 entries, 35 hours 25 minutes" in client.get(f"{LIST}?page=2").text
        assert client.get(f"{LIST}?page=2").text.count('<li class="card">') == 5
        client.sign_in(world.lead)
        assert "26 entries" in client.get(LIST).text

    def test_is_narrowed_by_cluster_school_term_and_state(
        self, client: GatedClient, world: World
    ) -> None:
        make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 20))
        world.entry()
        world.entry(schools=world.schools[1:2], contact_minutes=7)
        world.entry(day=date(2026, 8, 20), contact_minutes=9)
        client.sign_in(world.lead)
        assert "2 entries" in client.get(LIST).text
        assert "3 entries" in client.get(f"{LIST}?term=all").text
        terms = re.findall(r'<option value="(\d+)"[^>]*>Summer 2026', client.get(LIST).text)
        # The holiday belongs to the term before it.
        assert "1 entry, 34 minutes" in client.get(f"{LIST}?term={terms[0]}").text
        school = world.schools[1].id
        assert "1 entry, 32 minutes" in client.get(f"{LIST}?school={school}").text
        assert "No entries here" in client.get(f"{LIST}?state=sent_back").text
        assert "2 entries" in client.get(f"{LIST}?cluster={world.cluster.id}").text

    @pytest.mark.parametrize(
        "nonsense", ["cluster=9999999999", "school=x", "term=-1", "state=%00x", "page=99999999"]
    )
    def test_nonsense_in_the_address_is_left_out(
        self, client: GatedClient, world: World, nonsense: str
    ) -> None:
        world.entry()
        client.sign_in(world.lead)
        assert client.get(f"{LIST}?{nonsense}").status_code in (200, 400)

    def test_another_clusters_id_shows_nothing_of_it(
        self, client: GatedClient, world: World
    ) -> None:
        world.entry(agreed="Ours alone", theme_key="attendance")
        client.sign_in(world.other_ep)
        for query in (f"cluster={world.cluster.id}", f"school={world.schools[0].id}"):
            page = client.get(f"{LIST}?{query}&term=all").text
            assert "No entries here" in page and "Alder Lane" not in page
            rows = client.get(f"/support/entries.csv?{query}&term=all").text.splitlines()
            assert len(rows) == 1

    def test_costs_the_same_for_three_rows_and_thirty(
        self, client: GatedClient, world: World
    ) -> None:
        client.sign_in(world.lead)
        costs: list[int] = []
        for _ in range(2):
            for _ in range(3 if not costs else 27):
                make_action(world.entry(schools=world.schools), school=world.schools[0])
                make_draft(world.lead.id)
            db.session.commit()
            costs.append(count(client, LIST))
        assert costs[0] == costs[1] <= 6

    def test_past_the_last_page_the_totals_are_still_said(
        self, client: GatedClient, world: World
    ) -> None:
        world.entry()
        client.sign_in(world.lead)
        page = client.get(f"{LIST}?page=9").text
        assert "1 entry, 1 hour 25 minutes" in page and '<li class="card">' not in page

    def test_the_file_has_every_row_and_nothing_that_runs(
        self, client: GatedClient, world: World
    ) -> None:
        for _ in range(21):
            world.entry()
        world.entry(agreed="=1+1", schools=world.schools[:2])
        client.sign_in(world.asep)
        answer = client.get("/support/entries.csv")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) == 23
        assert rows[1][:3] == ["2026-11-10", "Heather", "Alder Lane; Bracken Hill"]
        assert rows[1][-1] == "'=1+1"
        assert "support-log-autumn-2026.csv" in answer.headers["Content-Disposition"]


class TestShow:
    def test_ep_countersigns_with_a_comment(self, client: GatedClient, world: World) -> None:
        entry = world.entry()
        client.sign_in(world.ep)
        assert "Comment for your colleague" in client.get(f"/support/{entry.id}").text
        fields: dict[str, Any] = {"edits": "1", "comment": "Clear and short"}
        answer = client.send(f"/support/{entry.id}/countersign", **fields)
        assert answer.status_code == 303
        page = client.get(f"/support/{entry.id}").text
        assert "Clear and short" in page and "Countersigned" in page

    def test_changed_since_is_said_and_the_comment_kept(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry(edits=2)
        client.sign_in(world.ep)
        fields: dict[str, Any] = {"edits": "1", "comment": "Clear"}
        answer = client.send(f"/support/{entry.id}/countersign", **fields)
        assert answer.status_code == 422
        assert (
            "was changed since you opened it" in answer.text and "Clear</textarea>" in answer.text
        )

    def test_sending_back_needs_words(self, client: GatedClient, world: World) -> None:
        entry = world.entry()
        client.sign_in(world.ep)
        path = f"/support/{entry.id}/send-back"
        assert client.send(path, edits="1", comment=" ").status_code == 422
        assert client.send(path, edits="1", comment="Jayden, Year 4?").status_code == 422
        assert client.send(path, edits="1", comment="By when?").status_code == 303
        client.sign_in(world.asep)
        page = client.get(f"/support/{entry.id}").text
        assert "By when?" in page and "Sent back" in page

    def test_withdrawing_takes_it_from_everybodys_lists(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry(EntryState.COUNTERSIGNED)
        make_action(entry, school=world.schools[0])
        db.session.commit()
        client.sign_in(world.asep)
        assert client.send(f"/support/{entry.id}/withdraw", reason="Twice").status_code == 303
        assert "No entries here" in client.get(LIST).text
        assert "Withdrawn: Twice" in client.get(f"/support/{entry.id}").text
        client.sign_in(world.senco)
        assert client.get(f"/support/{entry.id}").status_code == 404
        assert entry.agreed not in client.get(AGREED).text
        assert "Open actions" not in client.get(AGREED).text


class TestWhatASchoolReads:
    def lines(self, world: World) -> dict[int, str]:
        first, second, _third = world.schools
        return {first.id: "Your hall is free", second.id: "Their budget is short"}

    def test_shared_text_and_own_line_never_anothers(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry(
            EntryState.COUNTERSIGNED, schools=world.schools, lines=self.lines(world)
        )
        make_action(entry, school=world.schools[1], what="Their own business")
        db.session.commit()
        client.sign_in(world.senco)
        for path in (AGREED, f"/support/{entry.id}"):
            page = client.get(path).text
            assert entry.agreed in page and "Your hall is free" in page
            assert "shared with 2 other schools" in page and "1 hour of contact" in page
            for hidden in ("Their budget", "Their own", "Bracken Hill", "Clover Field"):
                assert hidden not in page
            # What it took to prepare and travel is no school's business.
            assert "preparation" not in page

    @pytest.mark.parametrize("state", [EntryState.WAITING, EntryState.SENT_BACK, EntryState.VOIDED])
    def test_text_waits_for_the_ep_but_its_action_is_there_at_once(
        self, client: GatedClient, world: World, state: EntryState
    ) -> None:
        entry = world.entry(state)
        make_action(entry, school=world.schools[0], what="Share the card")
        db.session.commit()
        client.sign_in(world.senco)
        page = client.get(AGREED).text
        assert entry.agreed not in page
        assert "Share the card" in page
        assert client.get(f"/support/{entry.id}").status_code == 404

    @pytest.mark.parametrize(
        ("role", "status"),
        [
            (SchoolRoleKind.SENCO, 200),
            (SchoolRoleKind.DEPUTY_SENCO, 200),
            (SchoolRoleKind.HEADTEACHER, 200),
            (SchoolRoleKind.TEACHER, 403),
            (SchoolRoleKind.OFFICE, 403),
            (SchoolRoleKind.GOVERNOR, 403),
        ],
    )
    def test_is_for_senco_deputy_and_head(
        self, client: GatedClient, world: World, role: SchoolRoleKind, status: int
    ) -> None:
        entry = world.entry(EntryState.RECORDED)
        user = make_school_user(world.schools[0], role=role)
        db.session.commit()
        client.sign_in(user)
        assert client.get(AGREED).status_code == status
        assert client.get(f"/support/{entry.id}").status_code == (200 if status == 200 else 404)
        assert ("Agreed with us" in client.get("/").text) == (status == 200)

    def test_a_senco_of_two_schools_reads_each_ones_line(
        self, client: GatedClient, world: World
    ) -> None:
        world.entry(EntryState.RECORDED, schools=world.schools, lines=self.lines(world))
        both = make_school_user(*world.schools[:2])
        db.session.commit()
        client.sign_in(both)
        page = client.get(AGREED).text
        assert "Your hall is free" in page and "Their budget is short" in page

    def test_costs_the_same_for_three_rows_and_thirty(
        self, client: GatedClient, world: World
    ) -> None:
        client.sign_in(world.senco)
        costs: list[int] = []
        for _ in range(2):
            for _ in range(3 if not costs else 27):
                entry = world.entry(EntryState.COUNTERSIGNED, schools=world.schools)
                make_action(entry, school=world.schools[0])
            db.session.commit()
            costs.append(count(client, AGREED))
        assert costs[0] == costs[1] <= 6


class TestHome:
    def test_an_ep_sees_what_waits_oldest_first_with_the_days_left(
        self, client: GatedClient, world: World
    ) -> None:
        for days in (1, 20, 5):
            at = clock.now() - timedelta(days=days)
            world.entry(day=clock.london_date(at), submitted_at=at)
        client.sign_in(world.ep)
        page = client.get("/").text
        section = page.split('id="to-countersign"')[1].split("</ul>")[0]
        # Tuesday 10 November back to Wednesday 21 October is 14 working days.
        assert re.findall(r"(\d+ working days? (?:left|late))", section) == [
            "4 working days late",
            "7 working days left",
            "9 working days left",
        ]
        for other in (world.other_ep, world.lead, world.asep):
            client.sign_in(other)
            assert "Entry to countersign" not in client.get("/").text

    def test_an_assistant_sees_what_came_back_and_their_drafts(
        self, client: GatedClient, world: World
    ) -> None:
        world.entry(EntryState.SENT_BACK)
        make_draft(world.asep.id)
        make_draft(world.ep.id)
        db.session.commit()
        client.sign_in(world.asep)
        section = client.get("/").text.split('id="unfinished"')[1].split("</ul>")[0]
        assert section.count("<li") == 2 and "Your entry for Heather" in section

    def test_people_see_their_own_actions_when_due_soon(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry(EntryState.RECORDED)
        for days, what in ((13, "Soon"), (15, "Later"), (-3, "Late")):
            due = clock.today() + timedelta(days=days)
            make_action(entry, person=world.person(world.asep), due_on=due, what=what)
        db.session.commit()
        client.sign_in(world.asep)
        page = client.get("/").text
        assert "Soon" in page and "Late" in page and "Later" not in page
        assert "Overdue" in page

    def test_a_senco_sees_the_schools_open_ones_to_mark(
        self, client: GatedClient, world: World
    ) -> None:
        entry = world.entry()
        make_action(entry, school=world.schools[0], what="Share the card")
        make_action(entry, school=world.schools[1], what="Not ours")
        make_action(entry, school=world.schools[0], what="Gone", done_at=clock.now())
        db.session.commit()
        client.sign_in(world.senco)
        page = client.get("/").text
        assert "Share the card" in page and "Mark done" in page
        assert "Not ours" not in page and "Gone" not in page

    def test_nothing_to_do_adds_nothing(self, client: GatedClient, world: World) -> None:
        for user in (world.ep, world.asep, world.lead, world.senco):
            client.sign_in(user)
            page = client.get("/").text
            for title in ("countersign", "unfinished", "Your actions", "Agreed actions"):
                assert title not in page
