"""The rules of the log: who may log what, the countersigning, and that nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.models import Assignment, ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.support import (
    action_services,
    countersign_services,
    draft_services,
    plan_services,
    queries,
    services,
)
from cop_site.support.entry_models import TypedAction
from cop_site.support.models import (
    Action,
    Entry,
    EntryDraft,
    EntryState,
    StepVerb,
)
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import assign, give_service_role, make_service_user
from tests.factories.schools import join_cluster, make_school
from tests.factories.support import make_action, make_draft, make_plan
from tests.integration.support.conftest import KEY, World
from tests.integration.support.logged import TODAY, log


class TestLogEntry:
    def test_an_assistants_entry_waits(self, world: World) -> None:
        entry = queries.get_entry(log(world).id, sa.true())
        assert entry.state is EntryState.WAITING
        assert [row.school_id for row in entry.schools] == [world.schools[0].id]
        assert [(row.person_id, row.kind_key) for row in entry.workers] == [
            (world.asep.person_id, "asep")
        ]
        assert [step.verb for step in entry.steps] == [StepVerb.SUBMITTED]
        assert queries.get_revision(entry.id, 1).content["agreed"] == "Trial visual timetables"
        assert [change.verb for change in audit.list_changes("entry", entry.id)] == ["logged"]

    @pytest.mark.parametrize(
        ("who", "names"), [("ep", ("ep",)), ("ep", ("asep", "ep")), ("lead", ("asep",))]
    )
    def test_an_eps_own_or_the_leads_needs_nobody(
        self, world: World, who: str, names: tuple[str, ...]
    ) -> None:
        entry = queries.get_entry(log(world, who, names=names).id, sa.true())
        assert entry.state is EntryState.RECORDED
        assert [step.verb for step in entry.steps] == [StepVerb.RECORDED]

    def test_an_assistants_entry_waits_whoever_else_was_there(self, world: World) -> None:
        entry = queries.get_entry(log(world, names=("asep", "ep")).id, sa.true())
        assert entry.state is EntryState.WAITING
        assert [step.verb for step in entry.steps] == [StepVerb.SUBMITTED]

    def test_who_was_its_assistant_that_day_waits_though_they_lead_today(
        self, world: World
    ) -> None:
        give_service_role(world.person(world.asep), ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        assert log(world).state is EntryState.WAITING

    def test_an_ep_today_who_was_the_assistant_that_day_waits(self, world: World) -> None:
        person = world.person(world.asep)
        assign(person, world.cluster, "ep", starts_on=TODAY)
        give_service_role(person, ServiceRoleKind.EP)
        db.session.commit()
        assert log(world, day=TODAY - timedelta(days=1)).state is EntryState.WAITING
        assert log(world, key="another-key-of-a-form").state is EntryState.RECORDED

    @pytest.mark.parametrize(
        ("role", "state"),
        [
            (ServiceRoleKind.EP, EntryState.RECORDED),
            (ServiceRoleKind.ASEP, EntryState.WAITING),
        ],
    )
    def test_a_cover_counts_as_what_they_are(
        self, world: World, role: ServiceRoleKind, state: EntryState
    ) -> None:
        cover = make_service_user(role)
        assign(world.person(cover), world.cluster, "cover")
        db.session.commit()
        details = world.details(person_ids=(cover.person_id,))
        with transaction():
            assert services.log_entry(KEY, details, by=acting(cover)).state is state

    def test_an_action_of_each_school_is_one_for_each(self, world: World) -> None:
        ids = tuple(school.id for school in world.schools)
        due = TODAY + timedelta(days=14)
        actions = (
            TypedAction("Share the card", due, each_school=True),
            TypedAction("Send the slides", due, person_id=world.asep.person_id),
            TypedAction("Name a coach", due, school_id=ids[1]),
        )
        log(world, school_ids=ids, actions=actions)
        rows = db.session.scalars(sa.select(Action).order_by(Action.id)).all()
        assert [(row.what, row.school_id, row.person_id) for row in rows] == [
            *(("Share the card", id_, None) for id_ in ids),
            ("Send the slides", None, world.asep.person_id),
            ("Name a coach", ids[1], None),
        ]
        assert {row.first_due_on for row in rows} == {due}

    def test_what_somebody_promises_one_school_names_it(self, world: World) -> None:
        action = TypedAction("Send it", TODAY, person_id=world.asep.person_id)
        log(world, actions=(action,))
        row = db.session.scalars(sa.select(Action)).one()
        assert (row.school_id, row.person_id) == (world.schools[0].id, world.asep.person_id)

    def test_sending_again_gives_the_first_and_its_draft_is_gone(self, world: World) -> None:
        make_draft(world.asep.id, KEY)
        db.session.commit()
        assert log(world).id == log(world).id
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 1
        assert queries.find_draft(KEY, world.asep.id) is None

    @pytest.mark.parametrize(
        "other",
        [
            {"agreed": "Other words"},
            {"actions": (TypedAction("More", TODAY, each_school=True),)},
        ],
    )
    def test_sending_again_with_other_words_is_said_and_changes_nothing(
        self, world: World, other: dict[str, Any]
    ) -> None:
        first = log(world)
        with pytest.raises(services.AlreadyLoggedError) as caught:
            log(world, **other)
        assert caught.value.entry_id == first.id
        db.session.refresh(first)
        assert first.agreed == "Trial visual timetables"

    def test_a_form_of_somebody_else_is_not_known(self, world: World) -> None:
        log(world)
        with pytest.raises(NotFoundError):
            log(world, "ep")

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"day": TODAY + timedelta(days=1)}, "day"),
            ({"school_ids": ()}, "school_ids"),
            ({"contact_minutes": 0, "preparation_minutes": 0, "travel_minutes": 0}, "contact"),
            ({"person_ids": ()}, "person_ids"),
            ({"day": date(2019, 1, 1)}, "cluster_id"),
        ],
    )
    def test_what_does_not_belong_together_is_refused(
        self, world: World, values: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(DomainError) as caught:
            log(world, **values)
        assert (caught.value.field or "").startswith(field)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0

    def test_another_cluster_is_refused(self, world: World) -> None:
        with pytest.raises(DomainError, match="not with that cluster"):
            log(world, cluster_id=world.other.id)

    def test_a_school_of_another_cluster_is_refused(self, world: World) -> None:
        elsewhere = make_school()
        join_cluster(elsewhere, world.other)
        db.session.commit()
        with pytest.raises(DomainError, match="in the cluster that day"):
            log(world, school_ids=(elsewhere.id,))

    def test_colleagues_alone_are_not_for_an_assistant_to_log(self, world: World) -> None:
        with pytest.raises(DomainError, match="gave yourself"):
            log(world, "asep", names=("ep",))

    def test_an_action_for_an_outsider_is_refused(self, world: World) -> None:
        action = TypedAction("Send it", TODAY, person_id=world.senco.person_id)
        with pytest.raises(DomainError, match="from the list"):
            log(world, actions=(action,))

    def test_a_day_of_an_assignment_that_has_ended_may_still_be_logged(self, world: World) -> None:
        ended = TODAY - timedelta(days=3)
        db.session.execute(
            sa.update(Assignment)
            .where(Assignment.person_id == world.asep.person_id)
            .values(ends_on=ended)
        )
        db.session.commit()
        assert log(world, day=ended).day == ended
        with pytest.raises(DomainError, match="not with that cluster"):
            log(world, key="another-key-of-a-form", day=ended + timedelta(days=1))


class TestVoid:
    def test_keeps_everything_and_drops_its_open_actions(self, world: World) -> None:
        entry = log(world, actions=(TypedAction("Do it", TODAY, each_school=True),))
        with transaction():
            countersign_services.void_entry(entry.id, "Logged twice", by=world.acting("asep"))
        found = queries.get_entry(entry.id, sa.true())
        assert (found.state, found.void_reason) == (EntryState.VOIDED, "Logged twice")
        assert [row.drop_reason for row in found.actions] == ["The entry was withdrawn"]

    def test_by_another_ep_is_refused(self, world: World) -> None:
        entry = log(world)
        with pytest.raises(DomainError), transaction():
            countersign_services.void_entry(entry.id, "No", by=world.acting("other_ep"))


class TestDraft:
    def save(self, world: World, who: str = "asep", **fields: list[str]) -> EntryDraft | None:
        with transaction():
            return draft_services.save_draft(KEY, fields, by=world.acting(who))

    def test_is_kept_as_typed_and_replaced(self, world: World) -> None:
        self.save(world, day=["32", "13", "x"])
        self.save(world, agreed=["Half"])
        assert queries.get_draft(KEY, world.asep.id).fields == {"agreed": ["Half"]}

    def test_is_its_owners_alone(self, world: World) -> None:
        self.save(world, agreed=["Mine"])
        for who in ("ep", "lead"):
            with pytest.raises(NotFoundError):
                queries.get_draft(KEY, getattr(world, who).id)
            with pytest.raises(NotFoundError):
                self.save(world, who, agreed=["Theirs"])
            with transaction():
                draft_services.delete_draft(KEY, by=world.acting(who))
        assert queries.get_draft(KEY, world.asep.id).fields == {"agreed": ["Mine"]}

    def test_a_late_save_does_not_bring_a_sent_one_back(self, world: World) -> None:
        log(world)
        assert self.save(world, agreed=["Late"]) is None
        assert queries.list_drafts(world.asep.id) == []


class TestActions:
    def action(self, world: World, **values: Any) -> Action:
        action = make_action(world.entry(), **{"school": world.schools[0], **values})
        db.session.commit()
        return action

    def test_done_by_the_school_at_once_and_undone(self, world: World) -> None:
        action, senco = self.action(world), world.acting("senco")
        with transaction():
            action_services.mark_done(action.id, by=senco)
        assert action.done_at == clock.now() and action.done_by_user_id == world.senco.id
        with transaction():
            action_services.mark_not_done(action.id, by=senco)
        assert db.session.scalars(sa.select(Action.done_at)).all() == [None]
        verbs = [change.verb for change in audit.list_changes("action", action.id)]
        assert verbs == ["done", "undone"]

    def test_another_schools_or_a_colleagues_is_refused(self, world: World) -> None:
        theirs = self.action(world, school=world.schools[1])
        promised = self.action(world, person=world.person(world.asep))
        for action in (theirs, promised):
            with pytest.raises(DomainError), transaction():
                action_services.mark_done(action.id, by=world.acting("senco"))

    def test_moved_keeps_the_first_day(self, world: World) -> None:
        action = self.action(world)
        first, later = action.due_on, action.due_on + timedelta(days=20)
        with transaction():
            action_services.move_action(action.id, later, by=world.acting("ep"))
        assert (action.due_on, action.first_due_on) == (later, first)

    def test_moved_to_a_day_gone_by_is_refused(self, world: World) -> None:
        action = self.action(world)
        with pytest.raises(DomainError), transaction():
            yesterday = TODAY - timedelta(days=1)
            action_services.move_action(action.id, yesterday, by=world.acting("ep"))

    def test_a_dropped_one_can_not_be_done(self, world: World) -> None:
        action = self.action(world)
        with transaction():
            action_services.drop_action(action.id, "Too late", by=world.acting("ep"))
        with pytest.raises(DomainError), transaction():
            action_services.mark_done(action.id, by=world.acting("senco"))


class TestPlans:
    def test_a_new_one_ends_the_open_one_the_day_before(self, world: World) -> None:
        old = make_plan(world.cluster, 60, date(2026, 1, 1))
        db.session.commit()
        with transaction():
            plan_services.set_plan(
                world.cluster.id, date(2026, 9, 1), None, 90, by=world.acting("lead")
            )
        assert old.ends_on == date(2026, 8, 31)

    @pytest.mark.parametrize("starts_on", [date(2025, 12, 1), date(2026, 1, 1), date(2026, 3, 1)])
    def test_one_that_overlaps_is_refused_in_a_sentence(
        self, world: World, starts_on: date
    ) -> None:
        make_plan(world.cluster, 60, date(2026, 1, 1), date(2026, 6, 30))
        db.session.commit()
        with pytest.raises(DomainError, match="another plan"), transaction():
            plan_services.set_plan(world.cluster.id, starts_on, None, 90, by=world.acting("lead"))

    def test_may_be_ended_not_before_it_starts(self, world: World) -> None:
        plan = make_plan(world.cluster, 60, date(2026, 1, 1))
        db.session.commit()
        with pytest.raises(DomainError), transaction():
            plan_services.end_plan(plan.id, date(2025, 12, 31), by=world.acting("lead"))
        with transaction():
            plan_services.end_plan(plan.id, date(2026, 6, 30), by=world.acting("lead"))
        assert plan.ends_on == date(2026, 6, 30)
