"""An entry that is kept, left and taken up again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import User
from cop_site.accounts.services import end_sign_ins
from cop_site.db import db
from cop_site.support import queries
from cop_site.support.models import EntryDraft, EntryState
from tests.factories.support import make_draft
from tests.integration.support.conftest import KEY, World
from tests.integration.support.entries import entries, value_of
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


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
