"""Saying whom an event is for, who leads it, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, refuse_stale
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events import tag_queries
from cop_site.events.models import Event, EventSpeaker, EventState, Facilitator, Involvement
from cop_site.events.tag_models import EventTag, TagFacet
from cop_site.planning import change_services

MOST_SPEAKERS = 8
# Of these the history says that they changed, not how they read.
TEXTS = ("speakers", "involved")


@dataclass(frozen=True)
class Plan:
    """Whom an event is for and who leads it. ``speakers``: names and what they are, in order."""

    facilitators: frozenset[int]
    speakers: tuple[tuple[str, str], ...]
    tags: frozenset[str]
    involvement: Involvement | None
    involved: str


def read_plan(event: Event) -> Plan:
    """The plan as it is now, in three statements."""
    return Plan(
        frozenset(id_ for id_, _name in tag_queries.list_facilitators(event.id)),
        tuple(tag_queries.list_speakers(event.id)),
        tag_queries.list_tags(event.id),
        event.involvement,
        event.involved,
    )


def plan_values(plan: Plan, choices: tag_queries.Choices) -> dict[str, Any]:
    """The plan as its form has it: a stamp of this says whether it changed meanwhile."""
    values: dict[str, Any] = {
        "facilitators": sorted(str(id_) for id_ in plan.facilitators),
        "involvement": plan.involvement.value if plan.involvement else "",
        "involved": plan.involved,
    }
    blank = [("", "")] * (MOST_SPEAKERS - len(plan.speakers))
    for number, (name, what) in enumerate([*plan.speakers, *blank], start=1):
        values |= {f"name_{number}": name, f"what_{number}": what}
    for facet in TagFacet:
        values[facet.value] = [key for key, _name in choices[facet] if key in plan.tags]
    return values


def save_plan(event_id: int, plan: Plan, *, seen: str, by: ActingUser) -> None:
    """Raises StaleEditError where somebody saved another since ``seen``.

    DomainError where they change who runs it and may not.
    """
    event = event_queries.lock_event(event_id)
    change_services.check_editor(event, by)
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled, so it can’t be changed.")
    was = read_plan(event)
    refuse_stale(seen, plan_values(was, tag_queries.list_tag_values(was.tags)))
    if plan.facilitators != was.facilitators:
        if not event_policies.can_say_who_runs(by, event, was.facilitators):
            raise DomainError("You can’t change who runs this event.", field="facilitators")
        save_facilitators(event_id, plan.facilitators, was.facilitators)
    save_tags(event_id, plan.tags, was.tags)
    if plan.speakers != was.speakers:
        save_speakers(event_id, plan.speakers)
    event.involvement, event.involved = plan.involvement, plan.involved
    before, after = audit.tell_changed(_plain(was), _plain(plan), TEXTS)
    if after:
        change_services.count_edit(event)
        audit.record("event", event_id, "planned", by=by.user_id, was=before, now=after)
    db.session.flush()


def save_facilitators(
    event_id: int, now: frozenset[int], was: frozenset[int] = frozenset()
) -> None:
    """Let these run an event, and take its registers, in place of those who did."""
    gone = Facilitator.person_id.in_(was - now)
    db.session.execute(sa.delete(Facilitator).where(Facilitator.event_id == event_id, gone))
    new = [Facilitator(event_id=event_id, person_id=id_) for id_ in sorted(now - was)]
    db.session.add_all(new)


def save_tags(event_id: int, now: frozenset[str], was: frozenset[str] = frozenset()) -> None:
    """Give an event these tags in place of those it had."""
    gone = EventTag.tag_key.in_(was - now)
    db.session.execute(sa.delete(EventTag).where(EventTag.event_id == event_id, gone))
    db.session.add_all([EventTag(event_id=event_id, tag_key=key) for key in sorted(now - was)])


def save_speakers(event_id: int, speakers: tuple[tuple[str, str], ...]) -> None:
    """Name those who speak, in this order, in place of all before."""
    db.session.execute(sa.delete(EventSpeaker).where(EventSpeaker.event_id == event_id))
    db.session.add_all(
        EventSpeaker(event_id=event_id, position=position, name=name, what=what)
        for position, (name, what) in enumerate(speakers)
    )


def _plain(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values."""
    return {
        "facilitators": sorted(plan.facilitators),
        "speakers": [list(pair) for pair in plan.speakers],
        "tags": sorted(plan.tags),
        "involvement": plan.involvement and plan.involvement.value,
        "involved": plan.involved,
    }
