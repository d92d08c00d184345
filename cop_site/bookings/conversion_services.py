"""A school became another: what is current goes along, what was stays where it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRole
from cop_site.bookings import conversion_queries
from cop_site.bookings.conversion_queries import Conversion
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools import cluster_services
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.models import School, SchoolStatus

# First and last day; None while no end is set.
Span = tuple[date, date | None]


@dataclass(frozen=True)
class Moved:
    """How much went along. ``stayed`` says in a sentence what did not, and why."""

    people: int
    clusters: int
    bookings: int
    stayed: tuple[str, ...] = ()


def move_to_successor(before_id: int, after_id: int, day: date, *, by: ActingUser) -> Moved:
    """People, clusters and bookings ahead pass from a school to the one it became, from ``day``.

    Marks, downloads and entries stay with the old school, as they were. Sent twice, the second
    finds nothing left. Raises DomainError where the new school is not open on the day.
    """
    _lock_schools(before_id, after_id)
    found = conversion_queries.get_conversion(before_id, after_id)
    _check_open(found.after, day)
    clusters, left = _move_clusters(found, day, by)
    people, refused = _move_people(found, day, by)
    bookings = _move_bookings(found, day, by)
    moved = Moved(people, clusters, bookings, (*left, *refused))
    now = {"successor_id": after_id, "people": people, "clusters": clusters, "bookings": bookings}
    audit.record("school", before_id, "moved to successor", by=by.user_id, now=now)
    return moved


def _check_open(school: School, day: date) -> None:
    if school.opened_on is not None and day < school.opened_on:
        opened = clock.say_day(school.opened_on)
        raise DomainError(f"{school.name} opened on {opened}", field="day")
    if school.status is SchoolStatus.CLOSED or (school.closed_on and school.closed_on <= day):
        raise DomainError(f"{school.name} is closed on that day", field="day")


def _lock_schools(*ids: int) -> None:
    """By id, so that two moves can't wait for each other."""
    query = sa.select(School.id).where(School.id.in_(ids)).order_by(School.id)
    db.session.scalars(query.with_for_update(key_share=True)).all()


def _move_clusters(found: Conversion, day: date, by: ActingUser) -> tuple[int, list[str]]:
    """Out of each of the old one's clusters the day before, and into it on the days it may."""
    moved, left = 0, []
    theirs = conversion_queries.list_memberships(found.after.id, day)
    for row in conversion_queries.list_memberships(found.before.id, day):
        cluster_id, first_day, last_day = row.cluster_id, max(day, row.starts_on), row.ends_on
        same = [own for own in theirs if own.cluster_id == cluster_id]
        others = [own for own in theirs if row.exclusive and own.exclusive and own not in same]
        _take_out(row, first_day, by)
        wanted = find_free_days(first_day, last_day, same)
        free = find_free_days(first_day, last_day, [*same, *others])
        if free != wanted:
            left.append(_say_own(found.after, others, free))
        for starts_on, ends_on in free:
            cluster_services.add_time(found.after.id, cluster_id, starts_on, ends_on, by=by.user_id)
        moved += 1 if free else 0
    return moved, list(dict.fromkeys(left))


def _say_own(school: School, own: list[ClusterMembership], free: list[Span]) -> str:
    said = f"{school.name} is in a community of practice of its own"
    if not free:
        return f"{said} already."
    begins = clock.say_day(own[0].starts_on)
    until = f" to {clock.say_day(own[-1].ends_on)}" if own[-1].ends_on else ""
    return f"{said} from {begins}{until}, and in the old school’s on the other days."


def _take_out(row: ClusterMembership, day: date, by: ActingUser) -> None:
    cluster_services.move_schools(
        [row.school_id],
        source_id=row.cluster_id,
        target_id=None,
        starts_on=day,
        by=by.user_id,
    )


def _move_people(found: Conversion, day: date, by: ActingUser) -> tuple[int, list[str]]:
    moved, refused = 0, []
    there = conversion_queries.list_roles(found.after.id, min(day, clock.today()))
    for row in conversion_queries.list_roles(found.before.id, clock.today()):
        if row.person_id == by.person_id:
            refused.append("Your own role stays: somebody else must move it.")
            continue
        first_day = _first_day(row, day)
        if row.ends_on is not None and row.ends_on < first_day:
            continue
        same = [own for own in there if (own.person_id, own.role) == (row.person_id, row.role)]
        try:
            # Both or neither: who can't begin at the new school goes on at the old one.
            with db.session.begin_nested():
                _move_role(row, found.after.id, first_day, same, by)
        except DomainError as error:
            refused.append(error.sentence)
        else:
            moved += 1
    return moved, refused


def _move_role(
    row: SchoolRole, school_id: int, first_day: date, there: list[SchoolRole], by: ActingUser
) -> None:
    """On the days on which they have not got it there already; what they have stays."""
    for starts_on, ends_on in find_free_days(first_day, row.ends_on, there):
        role_services.give_school_role(
            row.person_id,
            school_id,
            row.role,
            starts_on,
            by=by,
            standing=row.standing,
            ends_on=ends_on,
        )
    role_services.end_role(row, first_day - clock.ONE_DAY, by=by, reason="moved to successor")


def find_free_days(
    first: date, last: date | None, held: Iterable[SchoolRole | ClusterMembership]
) -> list[Span]:
    """The days from ``first`` to ``last`` (None: no end) on which none of these rows holds."""
    free: list[Span] = []
    for row in sorted(held, key=lambda one: one.starts_on):
        if row.ends_on is not None and row.ends_on < first:
            continue
        if last is not None and row.starts_on > last:
            break
        if row.starts_on > first:
            free.append((first, row.starts_on - clock.ONE_DAY))
        if row.ends_on is None:
            return free
        first = row.ends_on + clock.ONE_DAY
    if last is None or first <= last:
        free.append((first, last))
    return free


def _first_day(row: SchoolRole, day: date) -> date:
    """The first day at the new school; what a role was before today is not undone."""
    if row.starts_on < day:
        return day
    return row.starts_on if row.starts_on > clock.today() else clock.today() + clock.ONE_DAY


def _move_bookings(found: Conversion, day: date, by: ActingUser) -> int:
    """The new school's name in the old one's place, for what is ahead from ``day`` on."""
    names = conversion_queries.lock_schools_on_bookings(found.before.id, day)
    there = conversion_queries.list_named_on([row.booking_id for row in names], found.after.id)
    was, now = {"school_id": found.before.id}, {"school_id": found.after.id}
    for row in names:
        if row.booking_id in there:
            db.session.delete(row)
        else:
            row.school_id = found.after.id
    changes: list[audit.Entry] = [(row.booking_id, dict(was), dict(now)) for row in names]
    audit.record_many("booking", "school became another", changes, by=by.user_id)
    db.session.flush()
    return len(names)
