"""The form of an entry: what it opens with, what comes back, drafts, and sending once."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.accounts.services import end_sign_ins
from cop_site.db import db
from cop_site.events.models import EventKind, EventState
from cop_site.support import queries
from cop_site.support.models import Action, Entry, EntryDraft, EntryState
from tests.factories.events import make_event
from tests.factories.people import assign
from tests.factories.schools import join_cluster, make_school
from tests.factories.support import make_draft, make_entry
from tests.integration.support.conftest import KEY, World
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
MIDNIGHT = datetime(2026, 11, 10, tzinfo=clock.LONDON)
RISKY = "Jayden, Year 4, has a new plan"


def entries() -> list[Entry]:
    query = sa.select(Entry).order_by(Entry.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, name
    value = re.search(r'value="([^"]*)"', found[0])
    return html.unescape(value[1]) if value else ""


def is_ticked(page: str, name: str, value: str) -> bool:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"[^>]*>', page)
    assert found, (name, value)
    return "checked" in found[0]


@pytest.fixture
def asep(client: GatedClient, world: World) -> GatedClient:
    client.sign_in(world.asep)
    return client


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
            ({"contact_minutes": "9" * 40}, "Enter a whole number from 0 to 1,440"),
            ({"contact_minutes": "-5"}, "Enter a whole number"),
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


class TestDrafts:
    def test_saves_itself_and_says_when(self, asep: GatedClient, world: World) -> None:
        answer = asep.send(
            f"/support/drafts/{KEY}", htmx=True, **world.typed(day=["99", "", "x"], agreed="Half")
        )
        assert "Saved as a draft at midday" in answer.text
        draft = queries.get_draft(KEY, world.asep.id)
        assert draft.fields["day"] == ["99", "", "x"]
        assert "csrf_token" not in draft.fields and "key" not in draft.fields

    def test_says_when_the_schools_on_show_are_of_another_day(
        self, asep: GatedClient, world: World
    ) -> None:
        typed, path = world.typed(), f"/support/drafts/{KEY}"
        shown = f"{world.cluster.id}:2026-11-10"
        assert "HX-Trigger" not in asep.send(path, htmx=True, **typed, shown=shown).headers
        moved = {**typed, "day": ["9", "11", "2026"]}
        answer = asep.send(path, htmx=True, **moved, shown=shown)
        assert answer.headers["HX-Trigger"] == "schools-changed"
        region = asep.fragment(f"{path}?part=schools").text
        assert 'id="entry_schools"' in region
        assert f'value="{world.cluster.id}:2026-11-09"' in region
        assert 'id="entry_actions"' in asep.fragment(f"{path}?part=actions").text

    def test_going_on_brings_back_everything_right_or_wrong(
        self, asep: GatedClient, world: World
    ) -> None:
        line = f"line_{world.schools[1].id}"
        typed = world.typed(day=["99", "", "x"], contact_minutes="many", agreed="Half & half")
        typed |= {line: "Own", "action_2_what": "Do <it>", "action_2_due": "2026-12-24"}
        asep.send(f"/support/drafts/{KEY}", do="draft", **typed)
        assert "The draft is saved" in asep.get("/support").text
        page = asep.get(f"/support/drafts/{KEY}").text
        assert value_of(page, "day") == "99"
        assert value_of(page, "contact_minutes") == "many"
        assert value_of(page, "action_2_what") == "Do <it>"
        assert value_of(page, "action_2_due") == "2026-12-24"
        assert "Half &amp; half</textarea>" in page and "Own</textarea>" in page
        assert value_of(page, "key") == KEY
        assert "Error: " not in page

    def test_more_rows_without_scripts(self, asep: GatedClient, world: World) -> None:
        fields = world.typed(rows="3", action_1_what="Kept")
        answer = asep.send(f"/support/drafts/{KEY}", do="more", **fields)
        assert answer.location == f"/support/drafts/{KEY}#more"
        page = asep.get(f"/support/drafts/{KEY}").text
        assert value_of(page, "action_4_what") == "" and value_of(page, "action_1_what") == "Kept"
        for nonsense in ("9" * 30, "x", "-1", "٣"):
            fields["rows"] = nonsense
            assert asep.send(f"/support/drafts/{KEY}", do="more", **fields).status_code == 303
            assert "action_13_what" not in asep.get(f"/support/drafts/{KEY}").text

    def test_sending_it_leaves_none_and_its_address_shows_the_entry(
        self, asep: GatedClient, world: World
    ) -> None:
        asep.send(f"/support/drafts/{KEY}", **world.typed())
        asep.send("/support/new", **world.typed())
        assert db.session.scalars(sa.select(EntryDraft)).all() == []
        answer = asep.get(f"/support/drafts/{KEY}")
        assert answer.location == f"/support/{entries()[0].id}"
        # A save that was under way when it was sent.
        asep.send(f"/support/drafts/{KEY}", htmx=True, **world.typed())
        assert db.session.scalars(sa.select(EntryDraft)).all() == []

    def test_nobody_else_finds_it(self, client: GatedClient, world: World) -> None:
        make_draft(world.asep.id, KEY, agreed="Mine alone")
        db.session.commit()
        for user in (world.ep, world.lead):
            client.sign_in(user)
            assert client.get(f"/support/drafts/{KEY}").status_code == 404
            assert client.send(f"/support/drafts/{KEY}", agreed="x").status_code == 404
            assert client.send(f"/support/drafts/{KEY}/delete").status_code == 404
            assert "Mine alone" not in client.get("/support").text
        assert queries.get_draft(KEY, world.asep.id).fields == {"agreed": ["Mine alone"]}

    @pytest.mark.parametrize("key", ["short", "x" * 65, "a-key-with-a-dot.and-more", "ключ" * 5])
    def test_a_key_of_another_shape_is_not_found(self, asep: GatedClient, key: str) -> None:
        assert asep.get(f"/support/drafts/{key}").status_code == 404
        assert asep.send(f"/support/drafts/{key}").status_code == 404

    def test_may_be_thrown_away(self, asep: GatedClient, world: World) -> None:
        asep.send(f"/support/drafts/{KEY}", **world.typed())
        assert asep.send(f"/support/drafts/{KEY}/delete").status_code == 303
        assert asep.get(f"/support/drafts/{KEY}").status_code == 404


class TestSignInThatEnded:
    def end(self, client: GatedClient, user: User) -> None:
        end_sign_ins(user.id, why="test")
        db.session.commit()

    def back(self, client: GatedClient, user: User) -> None:
        with client.session_transaction() as cookie:
            parked = cookie.get("parked")
        client.sign_in(user)
        with client.session_transaction() as cookie:
            cookie["parked"] = parked

    @pytest.mark.parametrize("path", ["/support/new", f"/support/drafts/{KEY}"])
    def test_what_was_sent_comes_back_filled_in(
        self, asep: GatedClient, world: World, path: str
    ) -> None:
        self.end(asep, world.asep)
        line = f"line_{world.schools[0].id}"
        fields = world.typed(agreed="Typed long", **{line: "Own", "action_1_what": "Do"})
        assert asep.send(path, **fields).location == f"/sign-in?next={path}"
        self.back(asep, world.asep)
        page = asep.get(path).text
        assert "Typed long</textarea>" in page and "Own</textarea>" in page
        assert value_of(page, "action_1_what") == "Do"
        assert value_of(page, "key") == KEY
        assert entries() == []

    def test_a_save_by_itself_is_answered_without_leaving(
        self, asep: GatedClient, world: World
    ) -> None:
        self.end(asep, world.asep)
        answer = asep.send(f"/support/drafts/{KEY}", htmx=True, **world.typed())
        assert answer.status_code == 401


class TestEditing:
    def test_shows_it_as_it_is_and_saves(self, asep: GatedClient, world: World) -> None:
        entry = world.entry(lines={world.schools[0].id: "Own line"})
        page = asep.get(f"/support/{entry.id}/edit").text
        assert f"{entry.agreed}</textarea>" in page and "Own line</textarea>" in page
        fields = world.typed(agreed="New words", edits=value_of(page, "edits"))
        assert asep.send(f"/support/{entry.id}/edit", **fields).status_code == 303
        assert queries.get_entry(entry.id, sa.true()).agreed == "New words"

    def test_a_stale_one_gives_both_texts(self, asep: GatedClient, world: World) -> None:
        entry = world.entry()
        path = f"/support/{entry.id}/edit"
        asep.send(path, **world.typed(agreed="Theirs", edits="1"))
        answer = asep.send(path, **world.typed(agreed="Mine", edits="1"))
        assert answer.status_code == 422
        assert "Theirs" in answer.text and "Mine</textarea>" in answer.text
        assert value_of(answer.text, "edits") == "2"

    def test_more_rows_save_nothing(self, asep: GatedClient, world: World) -> None:
        entry = world.entry()
        fields = world.typed(agreed="Not yet", edits="1", rows="3", do="more")
        answer = asep.send(f"/support/{entry.id}/edit", **fields)
        assert answer.status_code == 200
        assert "Not yet</textarea>" in answer.text
        assert value_of(answer.text, "action_4_what") == ""
        assert queries.get_entry(entry.id, sa.true()).edits == 1

    def test_a_withdrawn_one_can_not_be_edited(self, asep: GatedClient, world: World) -> None:
        entry = world.entry(EntryState.VOIDED)
        assert asep.get(f"/support/{entry.id}/edit").status_code == 403
