"""What the record of changes speaks of, in words, and where each thing is to be found."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from cop_site.accounts.models import PartnerService, Person, User
from cop_site.events.models import Event
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Scope, Term
from cop_site.toolkit.models import Resource


class Thing(NamedTuple):
    """``name`` is the column that names one, None where it has no name of its own."""

    label: str
    name: Any = None


THINGS = {
    "action": Thing("Action"),
    "authority": Thing("Authority"),
    "booking": Thing("Booking"),
    "cluster": Thing("Cluster", Cluster.name),
    "cluster_plan": Thing("Plan of clusters"),
    "cluster_people": Thing("Who supports a cluster", Cluster.name),
    "entry": Thing("Support entry"),
    "event": Thing("Event", Event.title),
    "join_request": Thing("Request to join"),
    "mark": Thing("Mark on a register"),
    "mentoring": Thing("Mentoring"),
    "notice": Thing("Notice"),
    "partner_service": Thing("Partner service", PartnerService.name),
    "people": Thing("List of people"),
    "person": Thing("Person", Person.name),
    "register": Thing("Register"),
    "resource": Thing("Toolkit resource", Resource.slug),
    "school": Thing("School", School.name),
    "school_clusters": Thing("Clusters of a school", School.name),
    "scope": Thing("List of schools", Scope.name),
    "support_plan": Thing("Planned time"),
    "survey": Thing("Survey"),
    "term": Thing("Term", Term.name),
    "user": Thing("Account", Person.name),
}
# By being administrator nobody reads what is written in these: only that they changed.
CONFIDENTIAL = ("action", "entry", "notice", "survey")


def name_query(thing: str, ids: set[int]) -> sa.Select[Any] | None:
    """Thing, id and name of some, for one arm of a union; None where they have no names."""
    column = THINGS[thing].name if thing in THINGS else None
    if column is None:
        return None
    query = sa.select(sa.literal(thing), _key(thing, column), sa.cast(column, sa.Text))
    if thing == "user":
        query = query.join(User, User.person_id == Person.id)
    return query.where(_key(thing, column).in_(ids))


def _key(thing: str, column: Any) -> Any:
    return User.id if thing == "user" else column.class_.id
