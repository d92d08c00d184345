"""Reads of what happened with a school and those that became it: four statements at any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, Standing
from cop_site.attendance.models import Mark, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.events.models import Event, Option, Session
from cop_site.reports import timeline
from cop_site.reports.attendee_queries import attendee_rows, read_attendee
from cop_site.reports.fact_models import ONE_DAY, CountedSession
from cop_site.reports.lineage_queries import Lineage
from cop_site.reports.session_queries import day_begins, is_published
from cop_site.reports.timeline import Came, Happening, Move
from cop_site.reports.visits import is_eligible
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.support.agreed_queries import list_agreed
from cop_site.surveys.answer_models import Invitation, InvitationSchool
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.toolkit.models import Download

IDS: Any = sa.bindparam("school_ids", expanding=True)
BEFORE: Any = sa.bindparam("before", type_=sa.Date())
SENCO = SchoolRoleKind.SENCO
STANDING = {Standing.SUBSTANTIVE.value: "New SENCO"}


@dataclass(frozen=True)
class Timeline:
    """Newest first. ``before`` is the day before which there is more, None where that is all."""

    happenings: list[Happening]
    before: date | None


def load_timeline(lineage: Lineage, *, size: int, before: date | None = None) -> Timeline:
    """About ``size`` of what happened before a day (up to today unless told), in whole days."""
    until = min(before or clock.today() + ONE_DAY, clock.today() + ONE_DAY)
    linked = timeline.tell_links(lineage.links, lineage.names)
    found = timeline.newest_first(
        [
            *timeline.tell_sessions(_list_came(lineage.ids, until, size + 1)),
            *_list_support(lineage.ids, until, size + 1),
            *_list_others(lineage.ids, until, size + 1),
            *(one for one in linked if one.day < until),
        ]
    )
    return Timeline(*timeline.cut_to_days(found, size))


def _list_came(school_ids: list[int], before: date, size: int) -> list[Came]:
    """Everybody whom a closed register speaks of for these schools, where they count for them."""
    asked = {"school_ids": school_ids, "before": day_begins(before), "size": size}
    rows: dict[int, list[Any]] = {}
    for row in db.session.execute(_marked(), asked):
        rows.setdefault(row.mark_school_id, []).append(row)
    return [came for repeats in rows.values() if (came := _read_came(repeats))]


def _read_came(rows: list[Any]) -> Came | None:
    """One school on one mark; None where the person had no role there that day."""
    first = rows[0]
    session = CountedSession(
        *(first.session_id, first.starts_at, first.ends_at, first.governors_count),
        is_closed=True,
    )
    if not is_eligible(read_attendee(rows), session):
        return None
    return Came(
        *(session.session_id, first.school_id, first.person_id, session.day, first.title),
        attended=first.attended,
        apologised=first.apology,
    )


@cache
def _marked() -> sa.Executable:
    """Marks that say something, of the newest sessions that have one for these schools."""
    newest = sa.select(Session.id).select_from(MarkSchool).join(Mark).join(Register)
    newest = _of_closed(newest).where(
        Session.starts_at < sa.bindparam("before"), is_published(None)
    )
    newest = newest.group_by(Session.id, Session.starts_at).order_by(Session.starts_at.desc())
    rows = _of_closed(attendee_rows()).add_columns(
        *(Session.starts_at, Session.ends_at, Event.governors_count, Event.title),
        *(MarkKind.attended, MarkKind.apology),
    )
    return rows.where(Session.id.in_(newest.limit(sa.bindparam("size"))))


def _of_closed(marks: sa.Select[Any]) -> sa.Select[Any]:
    """Not recorded is neither attended nor absent, so it is nothing to tell."""
    return (
        marks.join(MarkKind, MarkKind.key == Mark.kind_key)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .where(
            MarkSchool.school_id.in_(IDS),
            Register.closed_at.is_not(None),
            Mark.voided_at.is_(None),
            MarkKind.recorded,
        )
    )


def _list_support(school_ids: list[int], before: date, size: int) -> list[Happening]:
    """What was agreed, as the school reads it; an entry for old and new school once."""
    rows, _total = list_agreed(school_ids, page=1, size=size, before=before)
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.school_id)}
    return [
        Happening(row.day, f"{row.kind_name}: support agreed", row.school_id)
        for row in newest.values()
    ]


def _list_others(school_ids: list[int], before: date, size: int) -> list[Happening]:
    """Downloads, school surveys, clusters and SENCOs, in one statement."""
    asked = {"school_ids": school_ids, "before": before, "size": size}
    rows = db.session.execute(_others(), asked).all()
    moves = [
        Move(row.day, row.school_id, row.what, row.kind == "joined")
        for row in rows
        if row.kind in ("joined", "left")
    ]
    told = [
        Happening(row.day, TELL[row.kind](row.what, row.number), row.school_id)
        for row in rows
        if row.kind in TELL
    ]
    return told + timeline.tell_moves(moves)


def _tell_downloads(_what: str, number: int) -> str:
    return f"{number} {'resource' if number == 1 else 'resources'} downloaded from the Toolkit"


TELL: dict[str, Callable[[str, int], str]] = {
    "download": _tell_downloads,
    "survey": lambda title, _number: f"{title}: answered",
    "senco": lambda standing, _number: STANDING.get(standing, f"New {standing} SENCO"),
}


@cache
def _others() -> sa.Executable:
    arms = (_downloads(), _surveys(), _joined(), _left(), _sencos())
    found = sa.union_all(*arms).subquery()
    newest = sa.select(found).where(found.c.day < BEFORE).order_by(found.c.day.desc())
    return newest.limit(sa.bindparam("size"))


def _arm(kind: str, day: Any, school_id: Any, what: Any, number: Any) -> sa.Select[Any]:
    return sa.select(
        sa.literal(kind).label("kind"),
        sa.type_coerce(day, sa.Date()).label("day"),
        school_id.label("school_id"),
        sa.cast(what, sa.Text).label("what"),
        number.label("number"),
    ).where(school_id.in_(IDS))


def _downloads() -> sa.Select[Any]:
    count = sa.func.count(Download.resource_id.distinct())
    arm = _arm("download", Download.day, Download.school_id, sa.literal(""), count)
    return arm.group_by(Download.day, Download.school_id)


def _surveys() -> sa.Select[Any]:
    """School surveys that somebody finished for the school; of what was said, nothing."""
    first = sa.func.min(Invitation.finished_on)
    school_id = InvitationSchool.school_id
    arm = _arm("survey", first, school_id, Survey.title, sa.literal(0))
    # Through the schools asked, which have an index, though in a school survey that is one.
    arm = arm.join(Invitation, Invitation.id == InvitationSchool.invitation_id)
    arm = arm.join(Survey, Survey.id == Invitation.survey_id)
    arm = arm.where(Survey.kind == SurveyKind.SCHOOL_WAVE, Invitation.finished_on.is_not(None))
    return arm.group_by(Survey.id, Survey.title, school_id)


def _joined() -> sa.Select[Any]:
    return _membership("joined", ClusterMembership.starts_on)


def _left() -> sa.Select[Any]:
    return _membership("left", ClusterMembership.ends_on)


def _membership(kind: str, day: Any) -> sa.Select[Any]:
    arm = _arm(kind, day, ClusterMembership.school_id, Cluster.name, sa.literal(0))
    return arm.join(Cluster, Cluster.id == ClusterMembership.cluster_id)


def _sencos() -> sa.Select[Any]:
    """Whoever had not been SENCO here before: no new term of the same, no conversion."""
    earlier = aliased(SchoolRole)
    was = sa.exists().where(
        earlier.person_id == SchoolRole.person_id,
        earlier.school_id.in_(IDS),
        earlier.role == SENCO,
        earlier.starts_on < SchoolRole.starts_on,
    )
    arm = _arm(
        "senco", SchoolRole.starts_on, SchoolRole.school_id, SchoolRole.standing, sa.literal(0)
    )
    arm = arm.join(Person, Person.id == SchoolRole.person_id)
    return arm.where(SchoolRole.role == SENCO, Person.merged_into_id.is_(None), ~was)
