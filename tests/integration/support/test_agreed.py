"""What a school reads while the words of a signed entry are being changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.support import (
    action_queries,
    agreed_queries,
    countersign_services,
    policies,
    queries,
    services,
)
from cop_site.support.keeping_services import GONE
from cop_site.support.models import Entry, EntryState
from cop_site.transaction import transaction
from tests.integration.support.conftest import KEY, World
from tests.support.client import GatedClient
from tests.support.keeping import end_due

TODAY = date(2026, 11, 10)


def log(world: World, who: str = "asep", **values: Any) -> int:
    with transaction():
        details = world.details(who, **values)
        return services.log_entry(KEY, details, by=world.acting(who)).id


def edit(world: World, entry_id: int, edits: int, **values: Any) -> None:
    with transaction():
        by: ActingUser = world.acting("asep")
        details = world.details(*values.pop("names", ()), **values)
        services.edit_entry(entry_id, edits, details, by=by)


def countersign(world: World, entry_id: int, edits: int) -> None:
    with transaction():
        countersign_services.countersign_entry(entry_id, edits, "", by=world.acting("ep"))


def read(world: World, place: int = 0) -> list[tuple[str, str]]:
    """The text and the own line that a school reads, of its list and of each entry's page."""
    school_id = world.schools[place].id
    rows, total = agreed_queries.list_agreed([school_id], page=1, size=20)
    assert total == len(rows)
    for row in rows:
        assert agreed_queries.get_agreed(row.id, [school_id]) == [row]
    found = db.session.scalars(sa.select(Entry.id).where(policies.open_to_schools([school_id])))
    assert set(found) == {row.id for row in rows}
    return [(row.agreed, row.line) for row in rows]


class TestUnsignedWords:
    def test_are_read_by_nobody_before_the_first_signature(self, world: World) -> None:
        entry_id = log(world)
        assert read(world) == []
        edit(world, entry_id, 1, agreed="Other words")
        assert read(world) == []
        countersign(world, entry_id, 2)
        assert read(world) == [("Other words", "")]

    def test_of_long_ago_leave_the_entry_on_the_list_without_its_words(self, world: World) -> None:
        entry_id = log(world, lines={world.schools[0].id: "Own"}, actions=())
        countersign(world, entry_id, 1)
        edit(world, entry_id, 1, agreed="Unsigned")
        assert read(world) == [("Trial visual timetables", "Own")]
        db.session.execute(sa.update(Entry).values(day=TODAY - timedelta(days=7 * 365)))
        db.session.commit()
        assert end_due("support_texts") == 1
        db.session.expire_all()
        assert read(world) == [(GONE, "")]

    def test_leave_what_was_signed_until_they_are_signed(self, world: World) -> None:
        first, second, _third = [school.id for school in world.schools]
        entry_id = log(world, school_ids=(first, second), lines={first: "Own", second: "Not ours"})
        countersign(world, entry_id, 1)
        assert read(world) == [("Trial visual timetables", "Own")]
        changed: dict[str, Any] = {
            "agreed": "Unsigned",
            "kind_key": "call",
            "theme_key": "attendance",
            "day": TODAY - timedelta(days=1),
            "contact_minutes": 5,
            "school_ids": tuple(school.id for school in world.schools),
            "lines": {first: "Unsigned"},
            "names": ("asep", "ep"),
        }
        edit(world, entry_id, 1, **changed)
        (row,) = agreed_queries.get_agreed(entry_id, [first])
        assert (row.agreed, row.line, row.minutes) == ("Trial visual timetables", "Own", 60)
        assert (row.day, row.school_count) == (TODAY, 2)
        assert (row.kind_name, row.theme_name) == (
            "School visit",
            "Social, emotional and mental health",
        )
        assert row.workers == world.person(world.asep).name
        assert read(world, 1) == [("Trial visual timetables", "Not ours")]
        countersign(world, entry_id, 2)
        assert read(world) == [("Unsigned", "Unsigned")]
        (row,) = agreed_queries.get_agreed(entry_id, [first])
        assert (row.minutes, row.school_count, row.day) == (5, 3, TODAY - timedelta(days=1))

    def test_stand_among_others_by_the_day_that_was_signed(self, world: World) -> None:
        first, eve = log(world), TODAY - timedelta(days=2)
        second = world.entry(EntryState.RECORDED, day=eve).id
        countersign(world, first, 1)
        edit(world, first, 1, day=TODAY - timedelta(days=9))
        ids = [world.schools[0].id]
        rows, _total = agreed_queries.list_agreed(ids, page=1, size=20)
        assert [row.id for row in rows] == [first, second]
        rows, total = agreed_queries.list_agreed(ids, page=1, size=20, before=TODAY)
        assert ([row.id for row in rows], total) == ([second], 1)

    def test_stay_hidden_while_sent_back_and_after_a_second_change(self, world: World) -> None:
        entry_id = log(world)
        countersign(world, entry_id, 1)
        edit(world, entry_id, 1, agreed="Unsigned")
        with transaction():
            countersign_services.send_entry_back(entry_id, 2, "How?", by=world.acting("ep"))
        assert read(world) == [("Trial visual timetables", "")]
        edit(world, entry_id, 2, agreed="Unsigned again")
        assert read(world) == [("Trial visual timetables", "")]

    def test_of_an_assistant_leave_what_the_ep_recorded(self, world: World) -> None:
        entry_id = log(world, "ep", person_ids=(world.ep.person_id, world.asep.person_id))
        assert read(world) == [("Trial visual timetables", "")]
        edit(world, entry_id, 1, agreed="Unsigned", names=("asep", "ep"))
        assert read(world) == [("Trial visual timetables", "")]

    def test_give_no_school_that_they_add_a_word_and_take_none_away(self, world: World) -> None:
        entry_id = log(world)
        countersign(world, entry_id, 1)
        edit(world, entry_id, 1, school_ids=(world.schools[1].id,))
        assert read(world, 0) == [("Trial visual timetables", "")]
        assert read(world, 1) == []
        with pytest.raises(NotFoundError):
            agreed_queries.get_agreed(entry_id, [world.schools[1].id])
        countersign(world, entry_id, 2)
        assert read(world, 0) == []
        assert read(world, 1) == [("Trial visual timetables", "")]

    def test_withdrawn_leave_nothing(self, world: World) -> None:
        entry_id = log(world)
        countersign(world, entry_id, 1)
        edit(world, entry_id, 1, agreed="Unsigned")
        with transaction():
            countersign_services.void_entry(entry_id, "Twice", by=world.acting("asep"))
        assert read(world) == []

    def test_of_a_senco_of_two_schools_each_has_its_own_line(self, world: World) -> None:
        first, second, _third = [school.id for school in world.schools]
        entry_id = log(world, school_ids=(first, second), lines={first: "One", second: "Two"})
        countersign(world, entry_id, 1)
        edit(world, entry_id, 1, agreed="Unsigned", school_ids=(first,))
        rows, total = agreed_queries.list_agreed([first, second], page=1, size=20)
        assert [(row.school_id, row.line) for row in rows] == [(first, "One"), (second, "Two")]
        assert total == 2
        log_of = action_queries.find_school_log(first, policies.open_to_schools([first]), sa.true())
        assert log_of.last_contact_on == TODAY


@pytest.mark.sqlite_only
class TestPages:
    def test_the_school_reads_on_and_the_service_is_told_so(
        self, client: GatedClient, world: World
    ) -> None:
        entry_id = log(world)
        countersign(world, entry_id, 1)
        edit(world, entry_id, 1, agreed="Unsigned")
        client.sign_in(world.senco)
        for path in ("/support/agreed", f"/support/{entry_id}"):
            page = client.get(path).text
            assert "Trial visual timetables" in page and "Unsigned" not in page
        client.sign_in(world.asep)
        page = client.get(f"/support/{entry_id}").text
        assert "Unsigned" in page and "The schools read the version signed before" in page
        assert queries.get_entry(entry_id, sa.true()).agreed == "Unsigned"
