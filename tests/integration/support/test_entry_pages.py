"""The form of an entry: what it opens with, what comes back, drafts, and sending once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.events.models import EventKind, EventState
from cop_site.support import queries
from cop_site.support.models import Action, EntryState
from tests.factories.events import make_event
from tests.factories.people import assign
from tests.factories.schools import join_cluster, make_school
from tests.factories.support import make_entry
from tests.integration.support.conftest import World
from tests.integration.support.entries import entries, value_of
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
MIDNIGHT = datetime(2026, 11, 10, tzinfo=clock.LONDON)
RISKY = "Jayden, Year 4, has a new plan"


def is_ticked(page: str, name: str, value: str) -> bool:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"[^>]*>', page)
    assert found, (name, value)
    return "checked" in found[0]


class TestOpening:
    def test_today_the_cluster_its_schools_and_oneself_are_filled_in(
        self, asep: GatedClient, world: World
    ) -> None:
        page = asep.get("/support/new").text
        assert value_of(page, "cluster_id") == str(world.cluster.id)
        assert [value_of(page, "day")] == ["10"]
        assert all(school.name in page for school in world.schools)
        assert "Dovecote Brook" not in page
        assert is_ticked(page, "person_ids", str(world.asep.person_id))
        assert not is_ticked(page, "person_ids", str(world.ep.person_id))
        assert re.fullmatch(r"[\w-]{32}", value_of(page, "key"))

    def test_preparation_travel_and_kind_are_as_last_time(
        self, asep: GatedClient, world: World
    ) -> None:
        world.entry(preparation_minutes=35, travel_minutes=5, kind_key="call")
        page = asep.get("/support/new").text
        assert value_of(page, "preparation_minutes") == "35"
        assert value_of(page, "travel_minutes") == "5"
        assert value_of(page, "contact_minutes") == ""
        assert '<option value="call" selected>' in page

    @pytest.mark.parametrize(("days", "is_guessed"), [(0, True), (1, False)])
    def test_the_theme_is_as_earlier_today_and_never_older(
        self, asep: GatedClient, world: World, days: int, is_guessed: bool
    ) -> None:
        world.entry(day=clock.today() - timedelta(days=days), theme_key="attendance")
        page = asep.get("/support/new").text
        assert ('<option value="attendance" selected>' in page) == is_guessed

    def test_a_cluster_that_is_asked_for_is_guessed_from_its_own(
        self, asep: GatedClient, world: World
    ) -> None:
        assign(world.person(world.asep), world.other, "asep")
        world.entry(kind_key="call", travel_minutes=5)
        make_entry(world.other, by_user_id=world.asep.id, kind_key="visit", travel_minutes=45)
        db.session.commit()
        page = asep.get(f"/support/new?cluster={world.cluster.id}").text
        assert value_of(page, "travel_minutes") == "5"
        assert '<option value="call" selected>' in page

    @pytest.mark.parametrize(
        ("values", "is_ticked_for"),
        [
            ({}, True),
            ({"kind": EventKind.CPD}, False),
            ({"state": EventState.CANCELLED}, False),
            ({"starts_at": MIDNIGHT + timedelta(days=1)}, False),
            ({"starts_at": MIDNIGHT - timedelta(minutes=1)}, False),
        ],
    )
    def test_all_schools_are_ticked_on_the_day_the_cluster_meets(
        self, asep: GatedClient, world: World, values: dict[str, Any], is_ticked_for: bool
    ) -> None:
        make_event(
            **{
                "starts_at": MIDNIGHT,
                "kind": EventKind.COP_MEETING,
                "cluster_id": world.cluster.id,
                **values,
            }
        )
        make_event(clock.now(), kind=EventKind.COP_MEETING, cluster_id=world.other.id)
        db.session.commit()
        page = asep.get("/support/new").text
        assert is_ticked(page, "whole_cluster", "y") == is_ticked_for

    def test_many_schools_are_folded_until_one_is_ticked(
        self, asep: GatedClient, world: World
    ) -> None:
        assert '<details class="choose" open>' in asep.get("/support/new").text
        for number in range(4):
            join_cluster(make_school(f"Elm Bank {number}"), world.cluster)
        db.session.commit()
        page = asep.get("/support/new").text
        assert '<details class="choose">' in page and "Choose schools (7)" in page
        answer = asep.send("/support/new", **world.typed(contact_minutes="x"))
        assert '<details class="choose" open>' in answer.text
        answer = asep.send("/support/new", **world.typed(school_ids=[]))
        assert '<details class="choose" open>' in answer.text

    def test_of_several_clusters_one_is_chosen(self, asep: GatedClient, world: World) -> None:
        assign(world.person(world.asep), world.other, "asep")
        db.session.commit()
        page = asep.get(f"/support/new?cluster={world.other.id}").text
        assert f'<option value="{world.other.id}" selected>' in page
        assert "Dovecote Brook" in page and "Alder Lane" not in page

    def test_another_like_this_copies_all_but_words_actions_and_day(
        self, asep: GatedClient, world: World
    ) -> None:
        entry = world.entry(
            schools=world.schools[1:], day=clock.today() - timedelta(days=5), theme_key="semh"
        )
        page = asep.get(f"/support/new?like={entry.id}").text
        ticked = [is_ticked(page, "school_ids", str(school.id)) for school in world.schools]
        assert ticked == [False, True, True]
        assert value_of(page, "contact_minutes") == "60"
        assert '<option value="semh" selected>' in page
        assert entry.agreed not in page
        assert value_of(page, "day") == "10"

    def test_like_an_entry_of_another_cluster_is_not_found(
        self, client: GatedClient, world: World
    ) -> None:
        client.sign_in(world.other_ep)
        assert client.get(f"/support/new?like={world.entry().id}").status_code == 404


class TestSending:
    def test_logs_it_and_shows_it(self, asep: GatedClient, world: World) -> None:
        first, second, _third = world.schools
        answer = asep.send(
            "/support/new",
            **world.typed(
                school_ids=[str(first.id), str(second.id)],
                **{
                    f"line_{second.id}": "The hall is free on Fridays",
                    "action_1_what": "Share the card",
                    "action_1_who": "schools",
                    "action_1_due": "2026-11-24",
                    "action_2_what": "Send the slides",
                    "action_2_who": f"person:{world.asep.person_id}",
                    "action_2_due": "27/11/2026",
                },
            ),
        )
        (entry,) = entries()
        assert (answer.status_code, answer.location) == (303, f"/support/{entry.id}")
        page = asep.get(answer.location).text
        for text in ("Trial visual timetables", "The hall is free", "Share the card", "Alder Lane"):
            assert text in page
        dues = [action.due_on.isoformat() for action in db.session.scalars(sa.select(Action))]
        assert dues == ["2026-11-24", "2026-11-24", "2026-11-27"]

    def test_all_schools_names_each_of_that_day(self, asep: GatedClient, world: World) -> None:
        asep.send("/support/new", **world.typed(school_ids=[], whole_cluster="y"))
        entry = queries.get_entry(entries()[0].id, sa.true())
        assert entry.whole_cluster and len(entry.schools) == 3

    def test_twice_is_once_and_both_come_to_the_entry(
        self, asep: GatedClient, world: World
    ) -> None:
        places = [asep.send("/support/new", **world.typed()).location for _ in range(2)]
        assert places[0] == places[1] and len(entries()) == 1

    def test_twice_with_other_words_shows_both_texts(self, asep: GatedClient, world: World) -> None:
        asep.send("/support/new", **world.typed())
        answer = asep.send("/support/new", **world.typed(agreed="What I meant"))
        assert answer.status_code == 422
        assert "What is saved already" in answer.text
        assert "Trial visual timetables" in answer.text and "What I meant" in answer.text
        # Saving the merged text is then an edit of the one entry.
        entry = entries()[0]
        assert f'action="/support/{entry.id}/edit"' in answer.text
        fields = world.typed(agreed="Both", edits=value_of(answer.text, "edits"))
        assert asep.send(f"/support/{entry.id}/edit", **fields).status_code == 303
        assert [one.agreed for one in entries()] == ["Both"]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"day": ["11", "11", "2026"]}, "not in the future"),
            ({"day": ["", "", ""]}, "Enter the date of the support"),
            ({"day": ["1", "1", "0000"]}, "Enter a year from 2000 to 2100"),
            ({"day": ["31", "12", "9999"]}, "Enter a year from 2000 to 2100"),
            ({"school_ids": []}, "Choose at least one school"),
            ({"school_ids": ["999999", "x", "-1"]}, "Choose from the list"),
            ({"person_ids": []}, "Choose who was there"),
            ({"theme_key": ""}, "Choose what it was about"),
            ({"theme_key": "nonsense"}, "Choose from the list"),
            ({"contact_minutes": ""}, "Enter the minutes of contact"),
            ({"contact_minutes": "9" * 40}, "enter a whole number from 0 to 1,440"),
            ({"contact_minutes": "-5"}, "enter a whole number"),
            ({"agreed": "  "}, "Say what was agreed"),
            ({"agreed": "x" * 4001}, "Use 4,000 characters or fewer"),
            ({"key": "short"}, "This form came incomplete"),
            (
                {"action_1_what": "Do", "action_1_who": "schools", "action_1_due": ""},
                "Enter by when",
            ),
            (
                {"action_1_what": "Do", "action_1_who": "schools", "action_1_due": "soon"},
                "Enter a real date",
            ),
            (
                {"action_1_what": "Do", "action_1_who": "schools", "action_1_due": "32/1/2026"},
                "Enter a real date",
            ),
            (
                {"action_1_what": "Do", "action_1_who": "schools", "action_1_due": "2026-11-09"},
                "not before the support",
            ),
            (
                {
                    "action_1_what": "Do",
                    "action_1_who": "person:99999",
                    "action_1_due": "2026-12-09",
                },
                "Choose from the list",
            ),
        ],
    )
    def test_what_is_wrong_comes_back_said_with_everything_kept(
        self, asep: GatedClient, world: World, changes: dict[str, Any], said: str
    ) -> None:
        answer = asep.send("/support/new", **{**world.typed(travel_minutes="77"), **changes})
        assert answer.status_code == 422
        assert said in answer.text
        assert value_of(answer.text, "travel_minutes") == "77"
        assert entries() == []

    def test_what_is_no_date_is_shown_as_it_was_typed(
        self, asep: GatedClient, world: World
    ) -> None:
        # A date picker shows nothing of it, and a checker of HTML minds.
        typed = {"action_1_what": "Do", "action_1_who": "schools", "action_1_due": "soon"}
        answer = asep.send("/support/new", **world.typed(**typed))
        field = re.search(r'<input[^>]* name="action_1_due"[^>]*>', answer.text)
        assert field is not None
        assert 'type="text"' in field[0] and 'value="soon"' in field[0]

    def test_a_line_for_a_school_that_is_not_ticked_is_said(
        self, asep: GatedClient, world: World
    ) -> None:
        fields = world.typed(**{f"line_{world.schools[2].id}": "Only you"})
        answer = asep.send("/support/new", **fields)
        assert answer.status_code == 422
        assert "Tick this school, or empty its own line" in answer.text

    def test_a_nul_is_refused(self, asep: GatedClient, world: World) -> None:
        assert asep.send("/support/new", **world.typed(agreed="a\0b")).status_code == 400

    def test_repeated_and_missing_fields_are_no_fault(
        self, asep: GatedClient, world: World
    ) -> None:
        many: dict[str, Any] = {
            name: [value, value] for name, value in world.typed().items() if name != "day"
        }
        assert asep.send("/support/new", **many).status_code in (303, 422)
        assert asep.send("/support/new", day=["1"]).status_code == 422

    def test_fields_that_the_form_does_not_show_are_ignored(
        self, asep: GatedClient, world: World
    ) -> None:
        sneaky = {"state": "recorded", "created_by_user_id": "1", "revision": "9"}
        asep.send("/support/new", **world.typed(**sneaky))
        (entry,) = entries()
        assert (entry.state, entry.created_by_user_id, entry.revision) == (
            EntryState.WAITING,
            world.asep.id,
            1,
        )


class TestPupilGuard:
    @pytest.mark.parametrize("where", ["agreed", "line", "action_1_what"])
    def test_warns_wherever_it_is_typed_and_lets_pass_when_told(
        self, asep: GatedClient, world: World, where: str
    ) -> None:
        where = f"line_{world.schools[0].id}" if where == "line" else where
        more = {"action_1_who": "schools", "action_1_due": "2026-11-24"}
        fields = world.typed(**{**more, where: RISKY})
        answer = asep.send("/support/new", **fields)
        assert answer.status_code == 422
        assert "looks like a pupil" in answer.text
        assert entries() == []
        digest = value_of(answer.text, "pupil_digest")
        again = asep.send("/support/new", **fields, names_no_pupil="y", pupil_digest=digest)
        assert again.status_code == 303 and len(entries()) == 1
