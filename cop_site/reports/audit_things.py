"""What the record of changes speaks of, in words, and what each thing is called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import Assignment, PartnerService, Person, User
from cop_site.attendance.models import Mark, Register
from cop_site.bookings.models import Booking
from cop_site.community.models import Notice
from cop_site.events.models import Event, Option, Session
from cop_site.events.tag_models import EventTagValue
from cop_site.people.joining_models import JoinRequest
from cop_site.people.team_models import TeamContact
from cop_site.planning.models import EventTemplate
from cop_site.records.models import Certificate
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import Authority, School, Scope, Term
from cop_site.support.models import Action, Entry, SupportPlan
from cop_site.surveys.models import Survey
from cop_site.toolkit.models import FacetValue, Resource, ResourceVersion

THINGS: Mapping[str, str] = {
    "action": "Action",
    "authority": "Authority",
    "booking": "Booking",
    "certificate": "Certificate",
    "cluster": "Cluster",
    "cluster_kind": "Kinds of cluster",
    "cluster_plan": "Plan of clusters",
    "cluster_people": "Who supports a cluster",
    "entry": "Support entry",
    "event": "Event",
    "event_tag_value": "Tags of events",
    "event_template": "Usual text of an event",
    "export": "Files taken by",
    "join_request": "Request to join",
    "mark": "Mark on a register",
    "mentoring": "Mentoring",
    "notice": "Notice",
    "partner_service": "Partner service",
    "people": "List of people taken by",
    "person": "Person",
    "register": "Register",
    "resource": "Toolkit resource",
    "retention_rule": "How long something is kept",
    "school": "School",
    "school_clusters": "Clusters of a school",
    "scope": "List of schools",
    "support_plan": "Planned time",
    "survey": "Survey",
    "team_contact": "Contact of a partner service",
    "term": "Term",
    "user": "Account",
}
# Verbs that say too little by themselves.
VERBS: Mapping[str, str] = {
    "by its days": "Opened or closed on its day",
    "looked after": "Owner or review date changed",
    "set": "Time planned",
    "undone": "Not done after all",
}
# Values that are the id of a thing, or a list of them.
IDS: Mapping[str, str] = {
    "cluster_id": "cluster",
    "copied_from_id": "event",
    "covers_id": "assignment",
    "event_id": "event",
    "facets": "facet_value",
    "facilitators": "person",
    "from": "cluster",
    "from_person_id": "person",
    "mentor_id": "person",
    "partner_service_id": "partner_service",
    "person_id": "person",
    "school_id": "school",
    "successor_id": "school",
    "tags": "event_tag",
    "to": "cluster",
    "to_person_id": "person",
}

# Of these the id is a key, a text.
KEYED = frozenset({"event_tag", "facet_value"})


def _named(column: Any, *joins: Any, key: Any = None) -> Callable[[], sa.Select[Any]]:
    """The id of ``key``, or of the table that ``column`` is of, with the name there."""

    def query() -> sa.Select[Any]:
        id_ = column.class_.id if key is None else key
        found = sa.select(id_.label("id"), sa.cast(column, sa.Text)).select_from(id_.class_)
        for joined, condition in joins:
            found = found.join(joined, condition)
        return found

    return query


def _titles() -> sa.Select[Any]:
    """The newest title: a resource itself has none."""
    versions = (ResourceVersion, ResourceVersion.resource_id == Resource.id)
    last = sa.select(sa.func.max(ResourceVersion.number))
    last = last.where(ResourceVersion.resource_id == Resource.id).correlate(Resource)
    query = _named(ResourceVersion.title, versions, key=Resource.id)()
    return query.where(ResourceVersion.number == last.scalar_subquery())


_ACCOUNT = _named(Person.name, (Person, Person.id == User.person_id), key=User.id)
_EVENT = (
    (Session, Session.id == Register.session_id),
    (Option, Option.id == Session.option_id),
    (Event, Event.id == Option.event_id),
)


def _of_cluster(row: Any) -> Callable[[], sa.Select[Any]]:
    return _named(Cluster.name, (Cluster, Cluster.id == row.cluster_id), key=row.id)


NAMES: Mapping[str, Callable[[], sa.Select[Any]]] = {
    "action": _of_cluster(Action),
    "assignment": _named(
        Person.name, (Person, Person.id == Assignment.person_id), key=Assignment.id
    ),
    "authority": _named(Authority.name),
    "booking": _named(Event.title, (Event, Event.id == Booking.event_id), key=Booking.id),
    "certificate": _named(
        Event.title, (Event, Event.id == Certificate.event_id), key=Certificate.id
    ),
    "cluster": _named(Cluster.name),
    "cluster_people": _named(Cluster.name),
    "entry": _of_cluster(Entry),
    "event": _named(Event.title),
    "event_tag": _named(EventTagValue.name, key=EventTagValue.key),
    "event_template": _named(EventTemplate.title),
    "export": _ACCOUNT,
    "facet_value": _named(FacetValue.name, key=FacetValue.key),
    "join_request": _named(
        School.name, (School, School.id == JoinRequest.school_id), key=JoinRequest.id
    ),
    "mark": _named(Event.title, (Register, Register.id == Mark.register_id), *_EVENT, key=Mark.id),
    "mentoring": _named(Person.name),
    "notice": _of_cluster(Notice),
    "partner_service": _named(PartnerService.name),
    "people": _ACCOUNT,
    "person": _named(Person.name),
    "register": _named(Event.title, *_EVENT, key=Register.id),
    "resource": _titles,
    "school": _named(School.name),
    "school_clusters": _named(School.name),
    "scope": _named(Scope.name),
    "support_plan": _of_cluster(SupportPlan),
    "survey": _named(Survey.title),
    "team_contact": _named(
        PartnerService.name,
        (PartnerService, PartnerService.id == TeamContact.partner_service_id),
        key=TeamContact.id,
    ),
    "term": _named(Term.name),
    "user": _ACCOUNT,
}


def name_query(thing: str, ids: Collection[int | str]) -> sa.Select[Any] | None:
    """Thing, id as text and name of some, for one arm of a union; None where they have none."""
    if thing not in NAMES:
        return None
    named = NAMES[thing]().subquery()
    id_, name = named.c
    return sa.select(sa.literal(thing), sa.cast(id_, sa.Text), name).where(id_.in_(ids))
