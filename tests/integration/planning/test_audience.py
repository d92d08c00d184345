"""Whom an event is for, who leads it, what it is about, and whom the list suggests it to."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.bookings import list_queries
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.events import queries as event_queries
from cop_site.events import tag_queries
from cop_site.events.models import Event, Facilitator, Involvement
from cop_site.planning import audience_services, copy_services
from cop_site.planning.audience_services import Plan
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_event
from tests.factories.people import LONG_AGO, give_school_role, make_person, make_service_user
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.support.client import GatedClient
from tests.support.statements import count_statements

EMPTY = Plan(frozenset(), (), frozenset(), None, "")
SPEAKERS = (("Robin Example", "Speech and language therapist"), ("Sam Example", ""))
TAGS = frozenset({"phase_primary", "role_senco", "topic_semh", "level_leading"})


def _stamp(event: Event) -> str:
    now = audience_services.read_plan(event)
    choices = tag_queries.list_tag_values(now.tags)
    return stamp_of(audience_services.plan_values(now, choices))


def _tag(event: Event, *keys: str) -> Event:
    audience_services.save_tags(event.id, frozenset(keys))
    db.session.commit()
    return event


class TestSavePlan:
    def test_saves_all_of_it_keeps_history_and_the_order_of_speakers(self, people: People) -> None:
        event, leads = make_event(created_by_user_id=people.ep.id), make_person("Leads It")
        plan = Plan(
            frozenset({leads.id}), SPEAKERS, TAGS, Involvement.CO_DESIGNED, "SENCOs of two clusters"
        )
        audience_services.save_plan(event.id, plan, seen=_stamp(event), by=acting(people.ep))
        db.session.commit()
        made = event_queries.get_event(event.id, sa.true())
        assert audience_services.read_plan(made) == plan
        said = [(line.label, line.text) for line in tag_queries.describe(made)]
        assert said == [
            ("Speakers", "Robin Example, Speech and language therapist; Sam Example"),
            ("For phases", "Primary"),
            ("For", "SENCOs"),
            ("About", "Social, emotional and mental health"),
            ("Level", "Leading others"),
            ("Co-designed with", "SENCOs of two clusters"),
        ]
        (change,) = list_changes("event", event.id)
        assert change.now["changed"] == ["speakers", "involved"]
        assert change.now["tags"] == sorted(TAGS)

    def test_takes_away_what_is_left_out(self, people: People) -> None:
        event, by = _tag(make_event(created_by_user_id=people.ep.id), *TAGS), acting(people.ep)
        db.session.add(Facilitator(event_id=event.id, person_id=make_person().id))
        audience_services.save_speakers(event.id, SPEAKERS)
        db.session.commit()
        audience_services.save_plan(event.id, EMPTY, seen=_stamp(event), by=by)
        assert audience_services.read_plan(event) == EMPTY

    def test_second_editor_is_refused(self, people: People) -> None:
        event, by = make_event(), acting(people.ep)
        seen = _stamp(event)
        first = Plan(frozenset(), SPEAKERS, frozenset(), None, "")
        audience_services.save_plan(event.id, first, seen=seen, by=by)
        with pytest.raises(StaleEditError):
            audience_services.save_plan(event.id, EMPTY, seen=seen, by=by)

    def test_nobody_lets_themselves_in_to_run_it(self, people: People) -> None:
        runs = make_person()
        event = make_event(created_by_user_id=make_service_user(ServiceRoleKind.EP).id)
        db.session.add(Facilitator(event_id=event.id, person_id=runs.id))
        db.session.commit()
        seen, asep = _stamp(event), make_service_user(ServiceRoleKind.ASEP)
        for chosen in ({runs.id, asep.person_id}, {asep.person_id}, set()):
            plan = Plan(frozenset(chosen), (), frozenset(), None, "")
            with pytest.raises(DomainError, match="who runs"):
                audience_services.save_plan(event.id, plan, seen=seen, by=acting(asep))
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        audience_services.save_plan(event.id, plan, seen=seen, by=acting(lead))
        assert audience_services.read_plan(event).facilitators == frozenset()

    def test_a_copy_has_the_same(self, people: People) -> None:
        event = _tag(make_event(), *TAGS)
        audience_services.save_speakers(event.id, SPEAKERS)
        copy = copy_services.copy_event(event.id, clock.today(), "k", by=acting(people.ep))
        plan = audience_services.read_plan(copy)
        assert (plan.tags, plan.speakers) == (TAGS, SPEAKERS)


class TestSuggested:
    @pytest.mark.parametrize(
        ("tags", "is_suggested"),
        [
            ((), False),
            (("topic_semh",), False),
            (("role_senco",), True),
            (("role_teacher", "role_senco"), True),
            (("role_teacher",), False),
            (("role_senco", "phase_primary", "topic_semh"), True),
            (("role_senco", "phase_secondary"), False),
            (("new_in_role",), False),
        ],
    )
    def test_is_what_fits_a_senco_of_a_primary_school(
        self, people: People, tags: tuple[str, ...], is_suggested: bool
    ) -> None:
        people.school.phase = "Primary"
        event = _tag(make_event(), *tags)
        (row,) = list_queries.list_rows([event.id], people.senco.person_id)
        assert row.is_suggested is is_suggested

    def test_new_is_whoever_began_within_a_year(self, people: People) -> None:
        new = make_person()
        give_school_role(new, make_school(), starts_on=clock.today())
        event = _tag(make_event(), "new_in_role")
        (row,) = list_queries.list_rows([event.id], new.id)
        assert row.is_suggested

    def test_of_a_cluster_is_for_its_schools(self, people: People) -> None:
        cluster = make_cluster()
        event = _tag(make_event(cluster_id=cluster.id), "role_senco")
        person_id = people.senco.person_id
        assert not list_queries.list_rows([event.id], person_id)[0].is_suggested
        join_cluster(people.school, cluster)
        db.session.commit()
        assert list_queries.list_rows([event.id], person_id)[0].is_suggested

    def test_ends_with_the_role(self, people: People) -> None:
        left = make_person()
        give_school_role(left, make_school(), starts_on=LONG_AGO, ends_on=LONG_AGO)
        event = _tag(make_event(), "role_senco")
        (row,) = list_queries.list_rows([event.id], left.id)
        assert not row.is_suggested


@pytest.mark.sqlite_only
class TestPage:
    def _fields(self, event: Event, **more: Any) -> dict[str, Any]:
        return {"seen": _stamp(event), **more}

    def test_saves_and_shows_it_in_as_few_statements(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(created_by_user_id=people.ep.id)
        client.sign_in(people.ep)
        typed = self._fields(
            event,
            name_2="Robin Example",
            what_2="Therapist",
            role=["role_senco"],
            facilitators=[str(people.ep.person_id)],
            involvement="consulted",
            involved="Parents and carers",
        )
        form = client.get(f"/events/{event.id}/plan").text
        for label in ("Who runs it", "Phases", "Topics", "Speaker 2"):
            assert label in form
        answer = client.send(f"/events/{event.id}/plan", **typed)
        assert answer.status_code == 303
        client.sign_in(people.senco)
        with count_statements() as sent:
            page = client.get(answer.location).text
        assert len(sent) == 6
        for said in ("Robin Example, Therapist", "SENCOs", "Consulted", "Parents and carers"):
            assert said in page
        with count_statements() as sent:
            assert "Suggested for you" in client.get("/events").text
        assert len(sent) == 6
        client.send(f"/events/{event.id}/booking")
        assert "Suggested for you" not in client.get("/events").text

    def test_gives_and_takes_away_who_runs_it(self, people: People, client: GatedClient) -> None:
        event, runs = make_event(created_by_user_id=people.ep.id), make_person()
        db.session.add(Facilitator(event_id=event.id, person_id=runs.id))
        db.session.commit()
        client.sign_in(people.ep)
        fields = self._fields(event, facilitators=[str(people.ep.person_id)])
        assert client.send(f"/events/{event.id}/plan", **fields).status_code == 303
        made = event_queries.get_event(event.id, sa.true())
        assert [one.person_id for one in made.facilitators] == [people.ep.person_id]

    def test_others_read_who_runs_it_and_change_the_rest(
        self, people: People, client: GatedClient
    ) -> None:
        event, runs = make_event(), make_person("Runs It")
        db.session.add(Facilitator(event_id=event.id, person_id=runs.id))
        db.session.commit()
        client.sign_in(people.ep)
        page = client.get(f"/events/{event.id}/plan").text
        assert "Runs It" in page and 'name="facilitators"' not in page
        fields = self._fields(event, facilitators=[str(people.ep.person_id)], name_1="Speaks")
        assert client.send(f"/events/{event.id}/plan", **fields).status_code == 303
        plan = audience_services.read_plan(event_queries.get_event(event.id, sa.true()))
        assert (plan.facilitators, plan.speakers) == (frozenset({runs.id}), (("Speaks", ""),))
        assert client.get(f"/events/{event.id}/needs").status_code == 403

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"what_1": "Therapist"}, "Enter the name of speaker 1"),
            ({"name_1": "https://x.example", "what_1": "Therapist"}, "Enter a name, without"),
            ({"involvement": "consulted"}, "Enter who had a part in planning it"),
            ({"involvement": "loved"}, "Choose from the list"),
            ({"role": ["role_king"]}, "Choose from the list"),
            ({"facilitators": ["999999"]}, "Choose from the list"),
            ({"what_1": "x" * 121, "name_1": "Robin"}, "Use 120 characters or fewer"),
        ],
    )
    def test_bad_input_is_said_and_all_is_kept(
        self, people: People, client: GatedClient, typed: dict[str, Any], sentence: str
    ) -> None:
        event = make_event(created_by_user_id=people.ep.id)
        client.sign_in(people.ep)
        fields = self._fields(event, name_3="Robin Example", **typed)
        answer = client.send(f"/events/{event.id}/plan", **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Robin Example" in answer.text

    def test_second_editor_sees_both(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.ep)
        seen = self._fields(event)
        client.send(f"/events/{event.id}/plan", name_1="First Speaker", role=["role_senco"], **seen)
        answer = client.send(f"/events/{event.id}/plan", name_1="Second Speaker", **seen)
        assert answer.status_code == 422
        for said in ("First Speaker", "Second Speaker", "SENCOs</dd>"):
            assert said in answer.text
