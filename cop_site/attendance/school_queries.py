"""Schools to choose from when somebody turns up."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, time

import sqlalchemy as sa

from cop_site import clock
from cop_site.attendance.models import Mark, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.events.models import Session
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, SchoolStatus

MOST_SHOWN = 12
MOST_OFFERED = 300
FEWEST_LETTERS = 2
_URN = re.compile(r"(?<![0-9])([0-9]{6})(?![0-9])")
_NO_WORDS = re.compile(r"[,()]|\bURN\b")
_OPEN = School.status.in_([status for status in SchoolStatus if status.is_open])


def list_likely_schools(cluster_id: int | None, words: str) -> list[School]:
    """Open schools whose name, town or URN hold each word; at most 12.

    With fewer than two letters the schools of the event's cluster today, if it has one.
    """
    if len(words.strip()) >= FEWEST_LETTERS:
        return _list_matching(words)
    return _list_in_cluster(cluster_id) if cluster_id is not None else []


def _list_matching(words: str) -> list[School]:
    text = (
        School.name + " " + School.town + " " + sa.func.coalesce(sa.cast(School.urn, sa.Text), "")
    )
    found = [text.icontains(word, autoescape=True) for word in words.split()[:6]]
    query = sa.select(School).where(_OPEN, *found).order_by(School.name, School.id)
    return list(db.session.scalars(query.limit(MOST_SHOWN)))


def _list_called(text: str) -> list[School]:
    """Open schools whose whole name or label the text is. The database lowers both sides alike."""
    code = sa.func.coalesce("URN " + sa.cast(School.urn, sa.Text), School.local_code)
    town = sa.case((School.town == "", ""), else_=", " + School.town)
    whole = [sa.func.lower(School.name), sa.func.lower(School.name + town + ", " + code)]
    query = sa.select(School).where(_OPEN, sa.func.lower(text).in_(whole))
    return list(db.session.scalars(query.order_by(School.name, School.id).limit(MOST_SHOWN)))


def _list_in_cluster(cluster_id: int) -> list[School]:
    query = (
        sa.select(School)
        .join(ClusterMembership, ClusterMembership.school_id == School.id)
        .where(
            ClusterMembership.cluster_id == cluster_id,
            holds_on(ClusterMembership, clock.today()),
            _OPEN,
        )
        .order_by(School.name, School.id)
    )
    return list(db.session.scalars(query))


def list_that_came(school_ids: Collection[int], since: date) -> set[int]:
    """Of these schools those of ``schools_that_came``. One statement."""
    query = schools_that_came(since).where(MarkSchool.school_id.in_(school_ids))
    return set(db.session.scalars(query))


def schools_that_came(since: date) -> sa.Select[int]:
    """The ids of schools named on a mark that says attended, on a closed register.

    Of sessions that began on or after a day in London.
    """
    return (
        sa.select(MarkSchool.school_id)
        .join(Mark, Mark.id == MarkSchool.mark_id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .join(Register, Register.id == Mark.register_id)
        .join(Session, Session.id == Register.session_id)
        .where(
            Mark.voided_at.is_(None),
            MarkKind.attended,
            Register.closed_at.is_not(None),
            Session.starts_at >= clock.from_london(since, time()),
        )
        .distinct()
    )


def list_named(text: str) -> list[School]:
    """The open schools that a line of text may mean, as typed or as a list had it; at most 12.

    Only those where it gives a URN or a whole name, however many others have its words.
    """
    urn = _URN.search(text)
    if urn:
        query = sa.select(School).where(School.urn == int(urn[1]), _OPEN)
        return list(db.session.scalars(query))
    if len(text) < FEWEST_LETTERS:
        return []
    return _list_called(text) or _list_matching(_NO_WORDS.sub(" ", text))


def list_to_offer(cluster_id: int | None) -> list[School]:
    """Open schools for a list beside a box: those of a cluster, or the first 300 by name."""
    if cluster_id is not None:
        return _list_in_cluster(cluster_id)
    query = sa.select(School).where(_OPEN).order_by(School.name, School.id)
    return list(db.session.scalars(query.limit(MOST_OFFERED)))


def find_open_school(school_id: int) -> School | None:
    return db.session.scalar(sa.select(School).where(School.id == school_id, _OPEN))
