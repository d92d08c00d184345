"""Countersigning, sending back, and editing after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.notifications.models import OutboxMessage
from cop_site.support import (
    countersign_services,
    queries,
    services,
)
from cop_site.support.entry_models import TypedAction, count_days_waited
from cop_site.support.models import (
    Entry,
    EntryState,
    EntryStep,
)
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import assign, give_service_role, make_service_user
from tests.integration.support.conftest import World
from tests.integration.support.logged import TODAY, log


def countersign(world: World, entry: Entry, who: str = "ep", edits: int = 1) -> None:
    with transaction():
        countersign_services.countersign_entry(entry.id, edits, "Good", by=world.acting(who))


def send_back(world: World, entry: Entry, who: str = "ep", edits: int = 1) -> None:
    with transaction():
        countersign_services.send_entry_back(entry.id, edits, "By when?", by=world.acting(who))


def edit(world: World, entry: Entry, edits: int = 1, who: str = "asep", **values: Any) -> Entry:
    details = world.details(*values.pop("names", ()), **values)
    with transaction():
        return services.edit_entry(entry.id, edits, details, by=world.acting(who))


class TestCountersign:
    def test_by_the_clusters_ep_opens_it_once(self, world: World) -> None:
        entry = log(world)
        countersign(world, entry)
        countersign(world, entry)
        found = queries.get_entry(entry.id, sa.true())
        assert found.state is EntryState.COUNTERSIGNED
        assert found.countersigned_by_user_id == world.ep.id
        assert [(step.verb.value, step.comment) for step in found.steps] == [
            ("submitted", ""),
            ("countersigned", "Good"),
        ]

    @pytest.mark.parametrize("who", ["asep", "other_ep", "lead", "senco"])
    def test_by_anybody_else_is_refused(self, world: World, who: str) -> None:
        entry = log(world)
        with pytest.raises(DomainError, match="can’t countersign"):
            countersign(world, entry, who)
        assert queries.get_entry(entry.id, sa.true()).state is EntryState.WAITING

    def test_by_an_ep_who_was_there_is_right_as_the_assistant_wrote(self, world: World) -> None:
        entry = log(world, names=("asep", "ep"))
        (row,) = queries.list_to_countersign(
            [world.cluster.id], world.ep.id, world.ep.person_id or 0
        )
        assert row.entry.id == entry.id
        countersign(world, entry)
        assert queries.get_entry(entry.id, sa.true()).state is EntryState.COUNTERSIGNED

    def test_nobody_countersigns_what_they_changed_as_an_assistant(self, world: World) -> None:
        """Two assistants gave it; one only mended it, and has become the cluster's EP since."""
        other = make_service_user(ServiceRoleKind.ASEP, world.cluster)
        db.session.commit()
        both = tuple(id_ for id_ in (world.asep.person_id, other.person_id) if id_)
        entry = log(world, person_ids=both)
        details = world.details(person_ids=both[:1], agreed="Mended")
        with transaction():
            services.edit_entry(entry.id, 1, details, by=acting(other))
        assign(world.person(other), world.cluster, "ep")
        give_service_role(world.person(other), ServiceRoleKind.EP)
        db.session.commit()
        assert queries.list_to_countersign([world.cluster.id], other.id, both[1]) == []
        with pytest.raises(DomainError, match="can’t countersign"), transaction():
            countersign_services.countersign_entry(entry.id, 2, "", by=acting(other))

    def test_nobody_countersigns_their_own(self, world: World) -> None:
        """Logged as an assistant, who has become the cluster's EP since."""
        entry = log(world)
        world.ep, world.asep = world.asep, world.ep
        assign(world.person(world.ep), world.cluster, "ep")
        give_service_role(world.person(world.ep), ServiceRoleKind.EP)
        db.session.commit()
        with pytest.raises(DomainError, match="can’t countersign"):
            countersign(world, entry)

    def test_what_was_edited_since_is_read_again_first(self, world: World) -> None:
        entry = log(world)
        edit(world, entry, agreed="Other words")
        with pytest.raises(StaleEditError):
            countersign(world, entry, edits=1)
        countersign(world, entry, edits=2)

    def test_a_second_decision_says_who_was_first(self, world: World) -> None:
        entry = log(world)
        send_back(world, entry)
        with pytest.raises(DomainError, match="has decided meanwhile: sent back"):
            countersign(world, entry)


class TestSendBack:
    def test_tells_the_assistant_once_and_no_word_of_the_entry(self, world: World) -> None:
        entry = log(world)
        send_back(world, entry)
        send_back(world, entry)
        message = db.session.scalars(sa.select(OutboxMessage)).one()
        assert (message.recipient, message.kind) == (world.asep.email, "support/sent_back")
        assert "Trial" not in str(message.context) and "By when" not in str(message.context)
        assert message.context["entry_path"] == f"/support/{entry.id}"

    def test_an_ep_who_was_there_is_neither_told_nor_asked_to_mend_it(self, world: World) -> None:
        send_back(world, log(world, names=("asep", "ep")))
        recipients = db.session.scalars(sa.select(OutboxMessage.recipient)).all()
        assert recipients == [world.asep.email]
        assert queries.list_unfinished(world.ep.id, world.ep.person_id or 0) == []
        assert len(queries.list_unfinished(world.asep.id, world.asep.person_id or 0)) == 1

    def test_twice_with_an_answer_between_tells_twice(self, world: World) -> None:
        entry = log(world)
        send_back(world, entry)
        edit(world, entry, agreed="By Friday")
        send_back(world, entry, edits=2)
        assert len(db.session.scalars(sa.select(OutboxMessage)).all()) == 2


class TestEditEntry:
    def test_after_a_send_back_it_waits_again_as_a_new_version(self, world: World) -> None:
        entry = log(world)
        send_back(world, entry)
        edit(world, entry, agreed="By Friday")
        found = queries.get_entry(entry.id, sa.true())
        assert (found.state, found.revision, found.edits) == (EntryState.WAITING, 2, 2)
        assert queries.get_revision(entry.id, 1).content["agreed"] == "Trial visual timetables"
        assert queries.get_revision(entry.id, 2).content["agreed"] == "By Friday"

    def test_sent_again_unchanged_it_waits_as_the_same_version(self, world: World) -> None:
        entry = log(world)
        send_back(world, entry)
        edit(world, entry)
        found = queries.get_entry(entry.id, sa.true())
        assert (found.state, found.revision, len(found.steps)) == (EntryState.WAITING, 1, 3)

    def test_of_a_countersigned_one_must_be_countersigned_again(self, world: World) -> None:
        entry = log(world)
        countersign(world, entry)
        edit(world, entry, agreed="More")
        found = queries.get_entry(entry.id, sa.true())
        assert found.state is EntryState.WAITING
        assert found.countersigned_at is None
        countersign(world, entry, edits=2)

    def test_saving_a_countersigned_one_unchanged_leaves_it_so(self, world: World) -> None:
        entry = log(world)
        countersign(world, entry)
        assert edit(world, entry).state is EntryState.COUNTERSIGNED

    def test_an_eps_words_changed_by_an_assistant_wait(self, world: World) -> None:
        """The clock starts with the assistant's words, not with what the EP had recorded."""
        entry = log(world, "ep", names=("ep", "asep"))
        long_ago = clock.now() - timedelta(days=60)
        db.session.execute(sa.update(EntryStep).values(at=long_ago))
        db.session.commit()
        edit(world, entry, names=("ep", "asep"), agreed="More")
        found = queries.get_entry(entry.id, sa.true())
        assert found.state is EntryState.WAITING
        assert [step.verb.value for step in found.steps] == ["recorded", "submitted"]
        assert count_days_waited(found.steps, TODAY) == 0
        assert count_days_waited(found.steps, TODAY + timedelta(days=7)) == 5

    def test_an_assistants_words_changed_by_the_ep_who_was_there_are_the_eps(
        self, world: World
    ) -> None:
        entry = log(world, names=("asep", "ep"))
        edit(world, entry, who="ep", names=("asep", "ep"), agreed="Mended")
        found = queries.get_entry(entry.id, sa.true())
        assert found.state is EntryState.RECORDED
        assert [step.verb.value for step in found.steps] == ["submitted", "recorded"]
        assert count_days_waited(found.steps, TODAY + timedelta(days=30)) == 0

    def test_stale_is_refused_and_nothing_overwritten(self, world: World) -> None:
        entry = log(world)
        edit(world, entry, agreed="First")
        with pytest.raises(StaleEditError):
            edit(world, entry, edits=1, agreed="Second")
        assert queries.get_entry(entry.id, sa.true()).agreed == "First"

    def test_schools_are_replaced_and_actions_stay(self, world: World) -> None:
        entry = log(world, actions=(TypedAction("Stay", TODAY, each_school=True),))
        other = world.schools[1]
        edit(world, entry, school_ids=(other.id,), lines={other.id: "Only you"})
        found = queries.get_entry(entry.id, sa.true())
        assert [(row.school_id, row.agreed) for row in found.schools] == [(other.id, "Only you")]
        assert [action.what for action in found.actions] == ["Stay"]

    def test_somebody_elses_is_refused(self, world: World) -> None:
        entry = log(world)
        with pytest.raises(DomainError, match="Only those who gave"), transaction():
            services.edit_entry(entry.id, 1, world.details(), by=world.acting("ep"))
