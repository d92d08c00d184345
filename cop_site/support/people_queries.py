"""Reads of what the form of an entry offers: clusters, schools, people, kinds, last values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.assignment_queries import counts_on
from cop_site.accounts.models import (
    Assignment,
    AssignmentKind,
    Person,
    ServiceRole,
    ServiceRoleKind,
)
from cop_site.accounts.queries import rights_of
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Option, Session
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import holds_on, list_clusters
from cop_site.schools.models import School
from cop_site.support.entry_models import LOG_KINDS, ClusterWorker
from cop_site.support.models import Entry, EntryState, SupportKind, SupportTheme


def clusters_to_log(user: ActingUser, day: date) -> dict[int, str]:
    """Clusters somebody may log support for on ``day``, by name. The lead may for every one."""
    if user.is_lead:
        return {line.cluster.id: line.cluster.name for line in list_clusters(day)}
    if day == clock.today():
        return user.supported_clusters
    held = rights_of(user.person_id, day)["assignments"]
    return {row.cluster_id: row.cluster_name for row in held if row.kind_key in LOG_KINDS}


def list_schools_on(cluster_id: int, day: date) -> list[School]:
    """The schools that are in a cluster on ``day``, by name."""
    query = (
        sa.select(School)
        .join(ClusterMembership, ClusterMembership.school_id == School.id)
        .where(ClusterMembership.cluster_id == cluster_id, holds_on(ClusterMembership, day))
        .order_by(School.name, School.id)
    )
    return list(db.session.scalars(query).unique())


def list_workers(cluster_id: int, day: date) -> list[ClusterWorker]:
    """The EPs, AsEPs and covers of a cluster on ``day``, EPs first, each once."""
    is_ep = sa.exists().where(
        ServiceRole.person_id == Assignment.person_id,
        ServiceRole.role == ServiceRoleKind.EP,
        holds_on(ServiceRole, day),
    )
    rows = db.session.execute(
        sa.select(Person.id, Person.name, Assignment.kind_key, is_ep)
        .join(Assignment, Assignment.person_id == Person.id)
        .join(AssignmentKind, AssignmentKind.key == Assignment.kind_key)
        .where(
            Assignment.cluster_id == cluster_id,
            Assignment.kind_key.in_(LOG_KINDS),
            counts_on(day),
        )
        .order_by(AssignmentKind.position, Person.name, Person.id)
    )
    found: dict[int, ClusterWorker] = {}
    for row in rows:
        found.setdefault(row[0], ClusterWorker(row[0], row[1], row[2], bool(row[3])))
    return list(found.values())


@dataclass(frozen=True)
class Taxonomy:
    """The kinds and themes in use, as pairs of key and name."""

    kinds: list[tuple[str, str]]
    themes: list[tuple[str, str]]


@cache
def _taxonomy() -> sa.Executable:
    def arm(source: str, of: Any) -> sa.Select[Any]:
        return sa.select(
            sa.literal(source).label("source"), of.key, of.name, of.position, of.is_retired
        )

    arms = sa.union_all(arm("kind", SupportKind), arm("theme", SupportTheme))
    return arms.order_by("source", "position", "key")


def list_taxonomy(*kept: str) -> Taxonomy:
    """Kinds and themes in their order; retired ones only where ``kept`` names them."""
    rows = [row for row in db.session.execute(_taxonomy()) if not row.is_retired or row.key in kept]
    pairs: dict[str, list[tuple[str, str]]] = {"kind": [], "theme": []}
    for row in rows:
        pairs[row.source].append((row.key, row.name))
    return Taxonomy(pairs["kind"], pairs["theme"])


def find_last_entry(user_id: int, cluster_id: int | None = None) -> Entry | None:
    """What the next entry is guessed from: the one somebody logged last, one for the cluster
    before any other."""
    query = sa.select(Entry).where(
        Entry.created_by_user_id == user_id, Entry.state != EntryState.VOIDED
    )
    is_other = sa.case((Entry.cluster_id == cluster_id, 0), else_=1)
    newest = (Entry.first_submitted_at.desc(), Entry.id.desc())
    return db.session.scalar(query.order_by(is_other, *newest).limit(1))


def met_on(cluster_id: int, day: date) -> bool:
    """True where a CoP meeting of the cluster was to be held on ``day``."""
    begins, ends = (clock.from_london(one, time.min) for one in (day, day + timedelta(days=1)))
    meeting = (
        sa.select(Session.id)
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .where(
            Event.cluster_id == cluster_id,
            Event.kind == EventKind.COP_MEETING,
            Event.state == EventState.PUBLISHED,
            Session.starts_at >= begins,
            Session.starts_at < ends,
        )
    )
    return bool(db.session.scalar(sa.select(meeting.exists())))
