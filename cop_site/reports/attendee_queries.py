"""Reads of who was there, with what eligibility rests on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site.accounts.models import PartnerRole, Person, SchoolRole, ServiceRole
from cop_site.attendance.models import Mark, MarkChange, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.reports.fact_models import Attendee, Held
from cop_site.schools.models import School


def list_attendees(
    session_ids: Collection[int],
    *,
    school_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
) -> list[Attendee]:
    """Schools named on marks that say attended in these sessions, with what eligibility rests on.

    One statement. ``known_at`` gives the marks as their history has them at that moment; roles
    and merges are today's.
    """
    query = _attended_now() if known_at is None else _attended_as_known_at(known_at)
    if school_ids is not None:
        query = query.where(MarkSchool.school_id.in_(school_ids))
    rows: dict[int, list[Any]] = {}
    for row in db.session.execute(query, {"session_ids": list(session_ids)}):
        rows.setdefault(row.mark_school_id, []).append(row)
    return [read_attendee(repeats) for repeats in rows.values()]


@cache
def _attended_now() -> sa.Select[Any]:
    return _attended_as_known_at(None)


def _attended_as_known_at(known_at: datetime | None) -> sa.Select[Any]:
    of_sessions = Register.session_id.in_(sa.bindparam("session_ids", expanding=True))
    said = attendee_rows().where(of_sessions, *_said_attended(known_at))
    return said.order_by(MarkSchool.id)


@cache
def attendee_rows() -> sa.Select[Any]:
    """A row for each school on a mark and each dated role that may make it count."""
    known_as = merged_people()
    person_id = sa.func.coalesce(known_as.c.into_id, Mark.person_id)
    at_the_door = sa.and_(Mark.is_walk_in, known_as.c.into_id.is_(None))
    return (
        sa.select(
            *(MarkSchool.id.label("mark_school_id"), MarkSchool.school_id, MarkSchool.role),
            *(Register.session_id, Mark.is_walk_in, School.name, School.urn),
            *(known_as.c.into_id, person_id.label("person_id")),
            SchoolRole.role.label("held_role"),
            *(SchoolRole.starts_on.label("held_from"), SchoolRole.ends_on.label("held_to")),
            *(ServiceRole.starts_on.label("staff_from"), ServiceRole.ends_on.label("staff_to")),
            *(PartnerRole.starts_on.label("guest_from"), PartnerRole.ends_on.label("guest_to")),
        )
        .select_from(MarkSchool)
        .join(Mark, Mark.id == MarkSchool.mark_id)
        .join(Register, Register.id == Mark.register_id)
        .join(School, School.id == MarkSchool.school_id)
        .outerjoin(known_as, known_as.c.person_id == Mark.person_id)
        .outerjoin(SchoolRole, _role_there(SchoolRole, person_id))
        .outerjoin(ServiceRole, sa.and_(ServiceRole.person_id == Mark.person_id, at_the_door))
        .outerjoin(PartnerRole, sa.and_(PartnerRole.person_id == Mark.person_id, at_the_door))
    )


def _role_there(role: type[SchoolRole], person_id: Any) -> sa.ColumnElement[bool]:
    return sa.and_(role.person_id == person_id, role.school_id == MarkSchool.school_id)


@cache
def merged_people() -> sa.Subquery:
    """Each merged person with the one at the end of the chain of merges."""
    step = (
        sa.select(Person.id.label("person_id"), Person.merged_into_id.label("into_id"))
        .where(Person.merged_into_id.is_not(None))
        .cte("merge_step", recursive=True)
    )
    further, last = aliased(Person), aliased(Person)
    # UNION drops repeats, so that even a circle of merges comes to an end.
    step = step.union(
        sa.select(step.c.person_id, further.merged_into_id)
        .join(further, further.id == step.c.into_id)
        .where(further.merged_into_id.is_not(None))
    )
    return (
        sa.select(step.c.person_id, step.c.into_id)
        .join(last, last.id == step.c.into_id)
        .where(last.merged_into_id.is_(None))
        .subquery("known_as")
    )


def _said_attended(known_at: datetime | None) -> tuple[sa.ColumnElement[bool], ...]:
    kind: Any = Mark.kind_key
    not_voided: sa.ColumnElement[bool] = Mark.voided_at.is_(None)
    if known_at is not None:
        kind = (
            sa.select(MarkChange.now)
            .where(MarkChange.mark_id == Mark.id, MarkChange.at <= known_at)
            .order_by(MarkChange.at.desc(), MarkChange.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        not_voided = sa.or_(not_voided, Mark.voided_at > known_at)
    return kind.in_(sa.select(MarkKind.key).where(MarkKind.attended)), not_voided


def read_attendee(rows: list[Any]) -> Attendee:
    """One school on one mark, from the rows that its roles repeat it on."""
    first = rows[0]
    held = {(r.held_role, r.held_from, r.held_to) for r in rows if r.held_from is not None}
    staff = {(r.staff_from, r.staff_to) for r in rows if r.staff_from is not None}
    guest = {(r.guest_from, r.guest_to) for r in rows if r.guest_from is not None}
    return Attendee(
        session_id=first.session_id,
        school_id=first.school_id,
        school_name=first.name,
        role=first.role,
        urn=first.urn,
        is_walk_in=first.is_walk_in,
        is_merged=first.into_id is not None,
        held=tuple(Held(*one) for one in held),
        serves=tuple(staff | guest),
    )
