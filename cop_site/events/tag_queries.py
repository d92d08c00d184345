"""Reads of whom an event is for, what it is about, and who speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRole, User
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event, EventSpeaker, Facilitator
from cop_site.events.tag_models import ABOUT, AUDIENCE, EventTag, EventTagValue, TagFacet
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on
from cop_site.schools.models import School

Choices = dict[TagFacet, list[tuple[str, str]]]


def list_tag_values(chosen: frozenset[str] = frozenset()) -> Choices:
    """Key and name of what is offered, by facet; of retired ones those that are ``chosen``."""
    offered = sa.or_(~EventTagValue.is_retired, EventTagValue.key.in_(chosen))
    found: Choices = {facet: [] for facet in TagFacet}
    for value in db.session.scalars(
        sa.select(EventTagValue).where(offered).order_by(EventTagValue.position)
    ):
        found[value.facet].append((value.key, value.name))
    return found


def list_counted_tags() -> dict[TagFacet, list[tuple[EventTagValue, int]]]:
    """What an event can be about, by facet, with how many events say so; retired ones last."""
    tagged = sa.select(EventTag.tag_key, sa.func.count().label("events")).group_by(EventTag.tag_key)
    counted = tagged.subquery()
    rows = db.session.execute(
        sa.select(EventTagValue, sa.func.coalesce(counted.c.events, 0))
        .outerjoin(counted, counted.c.tag_key == EventTagValue.key)
        .where(EventTagValue.facet.in_(ABOUT))
        .order_by(EventTagValue.is_retired, EventTagValue.position)
    )
    found: dict[TagFacet, list[tuple[EventTagValue, int]]] = {facet: [] for facet in ABOUT}
    for value, events in rows:
        found[value.facet].append((value, events))
    return found


def get_tag_value(key: str) -> EventTagValue:
    """What an event can be about; NotFoundError for anything else, an audience too."""
    value = db.session.get(EventTagValue, key)
    if value is None or value.facet not in ABOUT:
        raise NotFoundError("There is no such tag.")
    return value


def list_tags(event_id: int) -> frozenset[str]:
    """The keys of an event's tags."""
    query = sa.select(EventTag.tag_key).where(EventTag.event_id == event_id)
    return frozenset(db.session.scalars(query))


def list_speakers(event_id: int) -> list[tuple[str, str]]:
    """Name and what they are, in their order."""
    query = sa.select(EventSpeaker.name, EventSpeaker.what)
    rows = db.session.execute(
        query.where(EventSpeaker.event_id == event_id).order_by(EventSpeaker.position)
    )
    return [(name, what) for name, what in rows]


def list_facilitators(event_id: int) -> list[tuple[int, str]]:
    """Id and name of who runs it, by name."""
    query = sa.select(Person.id, Person.name).join(Facilitator, Facilitator.person_id == Person.id)
    rows = db.session.execute(
        query.where(Facilitator.event_id == event_id).order_by(Person.name, Person.id)
    )
    return [(id_, name) for id_, name in rows]


@dataclass(frozen=True)
class Line:
    """What the page says of an event, with what it is called there."""

    label: str
    text: str


def describe(event: Event) -> list[Line]:
    """Speakers, audience and tags for the page. Needs what ``get_event`` loads."""
    speakers = "; ".join(_in_order(event.speaker_lines))
    tags: dict[str, list[str]] = {}
    for text in _in_order(event.tag_lines):
        facet, name = text.split(":", 1)
        tags.setdefault(facet, []).append(name)
    lines = [Line("Speakers", speakers)] if speakers else []
    lines += [Line(facet.label, ", ".join(tags[facet])) for facet in TagFacet if facet in tags]
    if event.involvement:
        lines.append(Line(event.involvement.label, event.involved))
    return lines


def _line(position: Any, *parts: Any) -> Any:
    """A number and what follows it, as one line among others of its event."""
    text = sa.cast(position, sa.Text).concat(":")
    for part in parts:
        text = text.concat(part)
    return sa.func.aggregate_strings(text, "\n")


def tag_lines() -> sa.ScalarSelect[str]:
    """Position, facet and name of each tag of the event around."""
    value = EventTagValue
    line = _line(value.position, sa.cast(value.facet, sa.Text), ":", value.name)
    lines = sa.select(line).join(EventTag, EventTag.tag_key == value.key)
    return lines.where(EventTag.event_id == Event.id).correlate(Event).scalar_subquery()


def speaker_lines() -> sa.ScalarSelect[str]:
    """Position, name and what they are, of each who speaks at the event around."""
    speaker = EventSpeaker
    what = sa.case((speaker.what != "", sa.literal(", ").concat(speaker.what)), else_="")
    lines = sa.select(_line(speaker.position, speaker.name, what))
    return lines.where(speaker.event_id == Event.id).correlate(Event).scalar_subquery()


def sent_by() -> sa.ScalarSelect[str]:
    """The name of whoever sent the event around to be looked over; None where nobody did."""
    name = sa.select(Person.name).join(User, User.person_id == Person.id)
    made = name.where(User.id == Event.created_by_user_id, Event.sent_at.is_not(None))
    return made.correlate(Event).scalar_subquery()


def _in_order(lines: str | None) -> list[str]:
    """The lines of ``tag_lines`` or ``speaker_lines`` by the number each begins with."""
    pairs = [line.split(":", 1) for line in lines.split("\n")] if lines else []
    return [text for _number, text in sorted(pairs, key=lambda pair: int(pair[0]))]


# What ``fits`` asks with, beside the person's id and the day.
SINCE: Any = sa.bindparam("since", type_=sa.Date())


def fits(event: type[Event] = Event) -> sa.ScalarSelect[Any]:
    """Whether a person fits each part of the audience of the event around; None without one.

    An event of a cluster is for its schools alone. Asked with the person, the day and SINCE.
    """
    facet, matched = EventTagValue.facet, sa.func.count(EventTagValue.facet.distinct())
    is_theirs = sa.or_(
        sa.and_(facet == TagFacet.ROLE, _holds(_is_in(SchoolRole.role))),
        sa.and_(facet == TagFacet.PHASE, _holds(_is_in(School.phase))),
        sa.and_(facet == TagFacet.NEW, _holds(SchoolRole.starts_on > SINCE)),
    )
    return (
        sa.select(matched.filter(is_theirs) == matched)
        .join(EventTag, EventTag.tag_key == EventTagValue.key)
        .where(
            EventTag.event_id == event.id,
            facet.in_(AUDIENCE),
            sa.or_(event.cluster_id.is_(None), _holds(_is_of_cluster(event))),
        )
        .having(matched > 0)
        .correlate(event)
        .scalar_subquery()
    )


def _holds(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """True where the person holds a role today, at a school, of which this is true."""
    return sa.exists().where(
        SchoolRole.person_id == sa.bindparam("person_id"),
        School.id == SchoolRole.school_id,
        holds_on(SchoolRole, DAY),
        condition,
    )


def _is_of_cluster(event: type[Event]) -> sa.ColumnElement[bool]:
    """True for a school that is in the cluster of the event around."""
    return sa.exists().where(
        ClusterMembership.cluster_id == event.cluster_id,
        ClusterMembership.school_id == School.id,
        holds_on(ClusterMembership, DAY),
    )


def _is_in(column: Any) -> sa.ColumnElement[bool]:
    barred = sa.literal("%|").concat(sa.cast(column, sa.Text)).concat("|%")
    return EventTagValue.matches.like(barred)
