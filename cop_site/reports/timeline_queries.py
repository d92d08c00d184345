"""Reads of what happened with a school and those that became it: four statements at any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, Standing
from cop_site.attendance.models import Mark, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.events.models import Event, Option, Session
from cop_site.reports import timeline
from cop_site.reports.attendee_queries import attendee_rows, read_attendee
from cop_site.reports.fact_models import CountedSession
from cop_site.reports.lineage_queries import Lineage
from cop_site.reports.session_queries import day_begins, is_published
from cop_site.reports.timeline import Came, Happening
from cop_site.reports.visits import is_eligible
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.support.agreed_queries import list_agreed
from cop_site.surveys.answer_models import Invitation, InvitationSchool
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.toolkit.models import Download

IDS: Any = sa.bindparam("school_ids", expanding=True)
ZERO: Any = sa.literal(0)
NO_DAY: Any = sa.cast(sa.null(), sa.Date())
BEFORE: Any = sa.bindparam("before", type_=sa.Date())
SENCO = SchoolRoleKind.SENCO
STANDING = {Standing.SUBSTANTIVE.value: "New SENCO"}


@dataclass(frozen=True)
class Timeline:
    """Newest first. ``before`` is the day before which there is more, None where that is all."""

    happenings: list[Happening]
    before: date | None


class Part(NamedTuple):
    """What one read gave. From the day ``gap`` back it may have left some out; None for nowhere."""

    happenings: list[Happening]
    gap: date | None


def load_timeline(lineage: Lineage, *, size: int, before: date | None = None) -> Timeline:
    """About ``size`` of what happened before a day (up to today unless told), in whole days."""
    until = min(before or clock.today() + clock.ONE_DAY, clock.today() + clock.ONE_DAY)
    linked = timeline.tell_links(lineage.links, lineage.names)
    parts = (
        _list_sessions(lineage.ids, until, size + 1),
        _list_support(lineage.ids, until, size + 1),
        _list_others(lineage.ids, until, size + 1),
        Part([one for one in linked if one.day < until], None),
    )
    gap = max((part.gap for part in parts if part.gap), default=None)
    found = timeline.newest_first(chain.from_iterable(part.happenings for part in parts))
    whole = [one for one in found if gap is None or one.day > gap]
    if gap and not whole:
        # More on one day than was read, or rows of which nothing is told.
        return load_timeline(lineage, size=2 * size, before=before)
    return Timeline(*timeline.cut_to_days(whole, size, has_more=gap is not None))


def _gap(rows: Sequence[Any], size: int, day_of: Callable[[Any], date]) -> date | None:
    """``rows`` newest first, as they were read: what is told of them may be fewer."""
    return day_of(rows[-1]) if len(rows) >= size else None


def _list_sessions(school_ids: list[int], before: date, size: int) -> Part:
    """What closed registers say of these schools, of whoever counts for them."""
    asked = {"school_ids": school_ids, "before": day_begins(before), "size": size}
    rows: dict[int, list[Any]] = {}
    starts: dict[int, datetime] = {}
    for row in db.session.execute(_marked(), asked):
        rows.setdefault(row.mark_school_id, []).append(row)
        starts[row.session_id] = row.starts_at
    came = [came for repeats in rows.values() if (came := _read_came(repeats))]
    newest = sorted(starts.values(), reverse=True)
    return Part(timeline.tell_sessions(came), _gap(newest, size, clock.london_date))


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


def _list_support(school_ids: list[int], before: date, size: int) -> Part:
    """What was agreed, as the school reads it; an entry for old and new school once."""
    rows, _total = list_agreed(school_ids, page=1, size=size, before=before)
    newest = {row.id: row for row in sorted(rows, key=lambda row: row.school_id)}
    told = [
        Happening(row.day, f"{row.kind_name}: support agreed", row.school_id)
        for row in newest.values()
    ]
    return Part(told, _gap(rows, size, DAY_OF))


def _list_others(school_ids: list[int], before: date, size: int) -> Part:
    """Downloads, school surveys, clusters and SENCOs, whole days of them, in one statement."""
    asked = {"school_ids": school_ids, "before": before, "size": size}
    rows = db.session.execute(_others(), asked).all()
    told = [
        Happening(row.day, TELL[row.kind](row.what, row.number), row.school_id)
        for row in rows
        # Becoming another school inside one cluster is no move.
        if row.beside is None or abs(row.day - row.beside) > clock.ONE_DAY
    ]
    is_cut = bool(rows) and rows[0].total > len(rows)
    return Part(told, rows[-1].day - clock.ONE_DAY if is_cut else None)


def _tell_downloads(_what: str, number: int) -> str:
    return f"{number} {'resource' if number == 1 else 'resources'} downloaded from the Toolkit"


DAY_OF = attrgetter("day")
TELL: dict[str, Callable[[str, int], str]] = {
    "download": _tell_downloads,
    "survey": lambda title, _number: f"{title}: answered",
    "senco": lambda standing, _number: STANDING.get(standing, f"New {standing} SENCO"),
    "joined": lambda cluster, _number: f"Joined {cluster}",
    "left": lambda cluster, _number: f"Last day in {cluster}",
}


@cache
def _others() -> sa.Executable:
    arms = (_downloads(), _surveys(), _joined(), _left(), _sencos())
    found = sa.union_all(*arms).subquery()
    newest_first = found.c.day.desc()
    ranked = sa.select(
        found,
        sa.func.rank().over(order_by=newest_first).label("place"),
        sa.func.count().over().label("total"),
    )
    placed = ranked.where(found.c.day < BEFORE).subquery()
    # Rows of one day share a place, so days are whole.
    newest = sa.select(placed).where(placed.c.place <= sa.bindparam("size"))
    return newest.order_by(placed.c.day.desc())


def _arm(
    kind: str, day: Any, school_id: Any, what: Any, number: Any = ZERO, beside: Any = NO_DAY
) -> sa.Select[Any]:
    return sa.select(
        sa.literal(kind).label("kind"),
        sa.type_coerce(day, sa.Date()).label("day"),
        school_id.label("school_id"),
        sa.cast(what, sa.Text).label("what"),
        number.label("number"),
        sa.type_coerce(beside, sa.Date()).label("beside"),
    ).where(school_id.in_(IDS))


def _downloads() -> sa.Select[Any]:
    count = sa.func.count(Download.resource_id.distinct())
    arm = _arm("download", Download.day, Download.school_id, sa.literal(""), count)
    return arm.group_by(Download.day, Download.school_id)


def _surveys() -> sa.Select[Any]:
    """School surveys that somebody finished for the school; of what was said, nothing."""
    first = sa.func.min(Invitation.finished_on)
    school_id = InvitationSchool.school_id
    arm = _arm("survey", first, school_id, Survey.title)
    # Through the schools asked, which have an index, though in a school survey that is one.
    arm = arm.join(Invitation, Invitation.id == InvitationSchool.invitation_id)
    arm = arm.join(Survey, Survey.id == Invitation.survey_id)
    arm = arm.where(Survey.kind == SurveyKind.SCHOOL_WAVE, Invitation.finished_on.is_not(None))
    return arm.group_by(Survey.id, Survey.title, school_id)


def _joined() -> sa.Select[Any]:
    """``beside``: the last day that one of these schools was in the cluster before."""
    other = aliased(ClusterMembership)
    day = ClusterMembership.starts_on
    last = _beside(other, sa.func.max(other.ends_on), other.ends_on < day)
    return _membership("joined", day, last)


def _left() -> sa.Select[Any]:
    """``beside``: the first day that one of these schools is in the cluster after."""
    other = aliased(ClusterMembership)
    day = ClusterMembership.ends_on
    first = _beside(other, sa.func.min(other.starts_on), other.starts_on > day)
    return _membership("left", day, first)


def _beside(other: Any, day: Any, condition: Any) -> Any:
    query = sa.select(day).where(other.cluster_id == ClusterMembership.cluster_id, condition)
    return query.where(other.school_id.in_(IDS)).correlate(ClusterMembership).scalar_subquery()


def _membership(kind: str, day: Any, beside: Any) -> sa.Select[Any]:
    arm = _arm(kind, day, ClusterMembership.school_id, Cluster.name, beside=beside)
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
    arm = _arm("senco", SchoolRole.starts_on, SchoolRole.school_id, SchoolRole.standing)
    arm = arm.join(Person, Person.id == SchoolRole.person_id)
    return arm.where(SchoolRole.role == SENCO, Person.merged_into_id.is_(None), ~was)
