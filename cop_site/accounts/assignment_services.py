"""Assigning EPs, AsEPs and others to clusters. Dated, with a history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import queries, role_services, told_services
from cop_site.accounts.acting_models import NEEDED_ROLES, SERVICE_STAFF, ActingUser
from cop_site.accounts.models import Assignment, AssignmentKind, Person, ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.cluster_queries import lasts_until

FOR_PARTNERS = "named_partner"
COVER = "cover"
COVERED = ("ep", "asep")
LONGEST_COVER = timedelta(days=366)


def assign_person(
    cluster_id: int, person_id: int, kind_key: str, starts_on: date, *, by: ActingUser
) -> Assignment:
    """Give a person a part in a cluster from a day on.

    An EP must hold the service role EP that day, an AsEP the role AsEP. Raises DomainError
    where they do not, where the person has that part in the cluster on one of those days, or
    where somebody but the lead gives it to themselves.
    """
    _lock_cluster(cluster_id)
    kind = db.session.get(AssignmentKind, kind_key)
    if kind is None:
        raise DomainError("Choose what they are to the cluster.", field="kind")
    person = role_services.lock_person(person_id)
    row = Assignment(
        cluster_id=cluster_id, person_id=person.id, kind_key=kind_key, starts_on=starts_on
    )
    return _begin(row, person.name, kind.name, by)


def cover_assignment(
    cluster_id: int,
    assignment_id: int,
    person_id: int,
    starts_on: date,
    ends_on: date,
    *,
    by: ActingUser,
) -> tuple[str, str]:
    """Let somebody stand in for a cluster's EP or AsEP, from ``starts_on`` through ``ends_on``.

    Returns who covers and who is covered, by name. They must be an EP or AsEP that day, and have
    what rights a cover has on those days only. Raises DomainError where the days run backwards,
    lie outside what is covered, the person covers in the cluster on one of them already, or
    somebody but the lead names themselves.
    """
    _lock_cluster(cluster_id)
    covered = _get_assignment(cluster_id, assignment_id)
    _check_cover(covered, starts_on, ends_on)
    person = role_services.lock_person(person_id)
    if person.id == covered.person_id:
        raise DomainError("Nobody covers for themselves.", field="person")
    row = Assignment(
        cluster_id=cluster_id,
        person_id=person.id,
        kind_key=COVER,
        covers_id=covered.id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    _begin(row, person.name, "Cover", by)
    absent = db.session.get_one(Person, covered.person_id)
    _tell_both(row, person, absent, by)
    return person.name, absent.name


def _tell_both(row: Assignment, person: Person, absent: Person, by: ActingUser) -> None:
    """The one who covers, with what they may do, and the one who is covered."""
    cluster = db.session.get_one(Cluster, row.cluster_id)
    context = {
        "cluster": cluster.name,
        "first_day": clock.say_day(row.starts_on),
        "last_day": clock.say_day(row.ends_on or row.starts_on),
        "by": by.name,
        "path": f"/clusters/{cluster.slug}",
    }
    about = ("cluster_people", cluster.id)
    held = queries.rights_of(person.id, row.starts_on)["service_roles"]
    may = {"other": absent.name, "countersigns": ServiceRoleKind.EP in held}
    told_services.tell(person.id, "accounts/cover_given", about, context | may)
    told_services.tell(
        absent.id, "accounts/cover_arranged", about, context | {"other": person.name}
    )


def _check_cover(covered: Assignment, starts_on: date, ends_on: date) -> None:
    if covered.kind_key not in COVERED:
        raise DomainError("Only an EP or an AsEP is covered.")
    if ends_on < starts_on:
        raise DomainError("The last day must not be before the first", field="ends_on")
    if ends_on < clock.today():
        raise DomainError("The last day must be today or later", field="ends_on")
    if ends_on - starts_on > LONGEST_COVER:
        raise DomainError("Cover for a year at most. Then say it again.", field="ends_on")
    if starts_on < covered.starts_on:
        raise DomainError(
            f"Who is covered began on {clock.say_day(covered.starts_on)}. "
            "Enter that date or a later one.",
            field="starts_on",
        )
    if covered.ends_on is not None and ends_on > covered.ends_on:
        raise DomainError(
            f"Who is covered stops on {clock.say_day(covered.ends_on)}. "
            "Enter that date or an earlier one.",
            field="ends_on",
        )


def _begin(row: Assignment, name: str, kind: str, by: ActingUser) -> Assignment:
    """Check what every part in a cluster needs, then write it."""
    if row.person_id == by.person_id and not by.is_lead:
        raise DomainError(
            "Nobody gives themselves a part in a cluster. Ask an inclusion lead.", field="person"
        )
    _check_days(row, name, kind, field="person")
    db.session.add(row)
    db.session.flush()
    audit.record("cluster_people", row.cluster_id, "started", by=by.user_id, now=_as_json(row))
    return row


def _check_days(row: Assignment, name: str, kind: str, *, field: str) -> None:
    """Raises DomainError where they may not be it on the first day, or are it twice on one."""
    if not _may_be(row.kind_key, queries.rights_of(row.person_id, row.starts_on)):
        raise DomainError(
            f"{name} does not hold a role that allows this on {clock.say_day(row.starts_on)}: "
            f"{kind}.",
            field=field,
        )
    standing = _find_overlap(row)
    if standing is not None:
        raise DomainError(
            f"{name} has this part in the cluster "
            f"from {clock.say_day(standing.starts_on)} already.",
            field=field,
        )


def correct_first_day(
    cluster_id: int, assignment_id: int, first_day: date, *, by: ActingUser, reason: str
) -> bool:
    """Put right from which day a part in a cluster holds; False where it is that day already.

    Raises DomainError where that is after its last day, before what it covers or after a cover
    of it, or where they may not be it then.
    """
    _lock_cluster(cluster_id)
    row = _get_assignment(cluster_id, assignment_id)
    if row.starts_on == first_day:
        return False
    _check_first_day(row, first_day)
    person = role_services.lock_person(row.person_id)
    kind = db.session.get_one(AssignmentKind, row.kind_key)
    was, row.starts_on = _as_json(row), first_day
    _check_days(row, person.name, kind.name, field="first_day")
    db.session.flush()
    audit.record(
        "cluster_people",
        cluster_id,
        "first day corrected",
        by=by.user_id,
        was=was,
        now=_as_json(row),
        reason=reason,
    )
    return True


def _check_first_day(row: Assignment, first_day: date) -> None:
    if row.ends_on is not None and first_day > row.ends_on:
        raise DomainError(
            f"The last day is {clock.say_day(row.ends_on)}. Enter that date or an earlier one.",
            field="first_day",
        )
    covered = db.session.get(Assignment, row.covers_id) if row.covers_id else None
    if covered is not None and first_day < covered.starts_on:
        raise DomainError(
            f"Who is covered began on {clock.say_day(covered.starts_on)}. "
            "Enter that date or a later one.",
            field="first_day",
        )
    if row.covers_id and row.ends_on is not None and row.ends_on - first_day > LONGEST_COVER:
        raise DomainError("Cover for a year at most. Then say it again.", field="first_day")
    first_cover = db.session.scalar(
        sa.select(sa.func.min(Assignment.starts_on)).where(Assignment.covers_id == row.id)
    )
    if first_cover is not None and first_day > first_cover:
        raise DomainError(
            f"Cover for them began on {clock.say_day(first_cover)}. "
            "Enter that date or an earlier one.",
            field="first_day",
        )


def end_assignment(
    cluster_id: int, assignment_id: int, last_day: date, *, by: ActingUser
) -> tuple[Assignment | None, list[str]]:
    """End a person's part in a cluster: ``last_day`` is the last day it holds.

    One that has not begun and would hold no day is taken away: None. Whoever covers for it stops
    with it, and their names are returned. Raises DomainError where it ended already, began after
    ``last_day``, or is a cover that would last longer.
    """
    _lock_cluster(cluster_id)
    row = _get_assignment(cluster_id, assignment_id)
    if row.ends_on is not None and row.ends_on < clock.today():
        raise DomainError(f"This ended on {clock.say_day(row.ends_on)}.")
    if last_day < row.starts_on <= clock.today():
        raise DomainError(
            f"This began on {clock.say_day(row.starts_on)}. Enter that date or a later one.",
            field="last_day",
        )
    if row.ends_on == last_day:
        return row, []
    if row.covers_id is not None:
        return _stop_cover(row, last_day, by), []
    covers = _list_covers_after(row.id, last_day)
    for cover, _name in covers:
        _stop_cover(cover, last_day, by)
    return _stop(row, last_day, by), [name for _cover, name in covers]


def _list_covers_after(assignment_id: int, last_day: date) -> list[tuple[Assignment, str]]:
    """Who would still cover after a day, with their name. What is over stays as it was."""
    after = max(last_day + timedelta(days=1), clock.today())
    rows = db.session.execute(
        sa.select(Assignment, Person.name)
        .join(Person, Person.id == Assignment.person_id)
        .where(Assignment.covers_id == assignment_id, lasts_until(Assignment, after))
        .order_by(Assignment.starts_on, Assignment.id)
        .with_for_update(of=Assignment)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]


def _stop_cover(cover: Assignment, last_day: date, by: ActingUser) -> Assignment | None:
    """As ``_stop``; who covers and who is covered read so, if others did it."""
    if cover.ends_on is not None and last_day > cover.ends_on:
        raise DomainError(
            f"This cover ends on {clock.say_day(cover.ends_on)}. Set another for the days after.",
            field="last_day",
        )
    stays = _stop(cover, last_day, by)
    covered = db.session.get_one(Assignment, cover.covers_id)
    stand_in, absent = (db.session.get_one(Person, one.person_id) for one in (cover, covered))
    context = {
        "cluster": db.session.get_one(Cluster, cover.cluster_id).name,
        "last_day": clock.say_day(stays.ends_on or last_day) if stays else "",
        "by": by.name,
    }
    about = ("cluster_people", cover.cluster_id)
    for person, other in ((stand_in, absent), (absent, stand_in)):
        if person.id != by.person_id:
            told = {"other": other.name, "covers": person is stand_in}
            told_services.tell(person.id, "accounts/cover_ended", about, context | told)
    return stays


def _stop(row: Assignment, last_day: date, by: ActingUser) -> Assignment | None:
    """What has begun keeps its first day at least; what has not may be taken away."""
    was, cluster_id = _as_json(row), row.cluster_id
    if row.starts_on > max(last_day, clock.today()):
        db.session.delete(row)
        db.session.flush()
        # Under the cluster: SQLite gives a deleted row's id to the next one.
        audit.record("cluster_people", cluster_id, "withdrawn", by=by.user_id, was=was)
        return None
    row.ends_on = max(last_day, row.starts_on)
    db.session.flush()
    audit.record("cluster_people", cluster_id, "ended", by=by.user_id, was=was, now=_as_json(row))
    return row


def _lock_cluster(cluster_id: int) -> None:
    """One change at a time to who supports a cluster."""
    found = db.session.scalar(
        sa.select(Cluster.id).where(Cluster.id == cluster_id).with_for_update(key_share=True)
    )
    if found is None:
        raise NotFoundError("There is no such cluster.")


def _get_assignment(cluster_id: int, assignment_id: int) -> Assignment:
    row = db.session.scalar(
        sa.select(Assignment)
        .where(Assignment.id == assignment_id, Assignment.cluster_id == cluster_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError("There is no such assignment.")
    return row


def _may_be(kind_key: str, rights: dict[str, Any]) -> bool:
    if kind_key == FOR_PARTNERS:
        return bool(rights["partner_services"])
    if kind_key in NEEDED_ROLES:
        return not NEEDED_ROLES[kind_key].isdisjoint(rights["service_roles"])
    return bool(rights["partner_services"] or rights["service_roles"] & SERVICE_STAFF)


def _find_overlap(new: Assignment) -> Assignment | None:
    """The same part of the same person on one of the days of a new one."""
    return db.session.scalar(
        sa.select(Assignment)
        .where(
            Assignment.cluster_id == new.cluster_id,
            Assignment.person_id == new.person_id,
            Assignment.kind_key == new.kind_key,
            sa.true() if new.id is None else Assignment.id != new.id,
            lasts_until(Assignment, new.starts_on),
            Assignment.starts_on <= (new.ends_on or date.max),
        )
        .order_by(Assignment.starts_on)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _as_json(row: Assignment) -> dict[str, Any]:
    return {
        "cluster_id": row.cluster_id,
        "person_id": row.person_id,
        "kind": row.kind_key,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
        **({"covers_id": row.covers_id} if row.covers_id else {}),
    }
