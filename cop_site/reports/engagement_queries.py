"""Reads behind M1 and M4. What they mean is worked out in engagement.py."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site.accounts.models import PartnerRole, Person, SchoolRole, ServiceRole, User
from cop_site.attendance.models import Mark, MarkChange, MarkKind, MarkSchool, Register
from cop_site.audit import Change
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Option, Session
from cop_site.reports.engagement import (
    Attendee,
    Held,
    Link,
    ListedSchool,
    NetworkSession,
    Period,
)
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, Scope, ScopeSchool, Term

CLOSED, REOPENED = "closed", "reopened"


@dataclass(frozen=True)
class FrozenScope:
    id: int
    name: str
    version: int
    reference_on: date
    frozen_at: datetime
    frozen_by: str
    left_out_count: int = 0

    @property
    def label(self) -> str:
        return self.name if self.version == 1 else f"{self.name}, version {self.version}"


@dataclass(frozen=True)
class TermWithScopes:
    """A term, its last day of school, its period for figures, and its frozen scopes.

    The list named first comes first, each list's newest version before its older ones.
    """

    id: int
    name: str
    ends_on: date
    period: Period
    scopes: tuple[FrozenScope, ...]


def list_terms_with_scopes() -> list[TermWithScopes]:
    """Every term, newest first, in one statement."""
    rows = db.session.execute(
        sa.select(Term, Scope, Person.name)
        .outerjoin(Scope, Scope.term_id == Term.id)
        .outerjoin(User, User.id == Scope.frozen_by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .order_by(Term.starts_on.desc(), Scope.id)
    ).all()
    scopes: dict[Term, list[FrozenScope]] = {}
    for term, scope, frozen_by in rows:
        found = scopes.setdefault(term, [])
        if scope is not None:
            found.append(_frozen(scope, frozen_by or ""))
    terms, following = [], None
    for term, found in scopes.items():
        period = Period(term.starts_on, following and following - timedelta(days=1))
        terms.append(TermWithScopes(term.id, term.name, term.ends_on, period, _in_order(found)))
        following = term.starts_on
    return terms


def _in_order(scopes: list[FrozenScope]) -> tuple[FrozenScope, ...]:
    names = list(dict.fromkeys(scope.name for scope in scopes))
    return tuple(sorted(scopes, key=lambda one: (names.index(one.name), -one.version)))


def _frozen(scope: Scope, frozen_by: str) -> FrozenScope:
    return FrozenScope(
        *(scope.id, scope.name, scope.version, scope.reference_on, scope.frozen_at, frozen_by),
        left_out_count=len(scope.rule.get("left_out", ())),
    )


def list_network_sessions(known_at: datetime | None = None) -> list[NetworkSession]:
    """Sessions of every published SENCO network event, as known now or at a moment.

    ``known_at`` looks at when the event was published and cancelled and at the history of its
    register. An event's kind and times are today's: their history is not kept apart.
    """
    rows = db.session.execute(
        sa.select(
            Session.id,
            Session.starts_at,
            Session.ends_at,
            Event.governors_count,
            _register_is_closed(known_at).label("is_closed"),
        )
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .outerjoin(Register, Register.session_id == Session.id)
        .where(Event.kind == EventKind.SENCO_NETWORK, _is_published(known_at))
        .order_by(Session.starts_at, Session.id)
    )
    return [NetworkSession(*row[:4], is_closed=bool(row.is_closed)) for row in rows]


def _is_published(known_at: datetime | None) -> sa.ColumnElement[bool]:
    if known_at is None:
        return Event.state == EventState.PUBLISHED
    return sa.and_(
        Event.published_at <= known_at,
        sa.or_(Event.cancelled_at.is_(None), Event.cancelled_at > known_at),
    )


def _register_is_closed(known_at: datetime | None) -> sa.ColumnElement[bool]:
    """Now: the row says. Then: the last time it was closed or reopened, where that was kept."""
    if known_at is None:
        return Register.closed_at.is_not(None)
    history = sa.select(Change.verb).where(
        Change.thing == "register",
        Change.thing_id == Register.id,
        Change.verb.in_((CLOSED, REOPENED)),
    )
    last = history.where(Change.at <= known_at).order_by(Change.id.desc()).limit(1)
    return sa.case(
        (history.exists(), sa.func.coalesce(last.scalar_subquery(), "") == CLOSED),
        else_=sa.func.coalesce(Register.closed_at <= known_at, sa.false()),
    )


def list_listed_schools(scope_ids: Collection[int]) -> dict[int, tuple[ListedSchool, ...]]:
    """The schools of each scope as frozen, with the day each closed as the register has it now."""
    rows = db.session.execute(
        sa.select(ScopeSchool, School.closed_on)
        .join(School, School.id == ScopeSchool.school_id)
        .where(ScopeSchool.scope_id.in_(scope_ids))
    )
    found: dict[int, list[ListedSchool]] = {scope_id: [] for scope_id in scope_ids}
    for row, closed_on in rows:
        found[row.scope_id].append(
            ListedSchool(
                school_id=row.school_id,
                name=row.name,
                urn=row.urn,
                phase=row.phase,
                type_name=row.type_name,
                trust_name=row.trust_name,
                cluster_id=row.cluster_id,
                cluster_name=row.cluster_name,
                closed_on=closed_on,
            )
        )
    return {scope_id: tuple(schools) for scope_id, schools in found.items()}


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
    query = (
        _attendee_rows()
        .where(Register.session_id.in_(session_ids), *_said_attended(known_at))
        .order_by(MarkSchool.id)
    )
    if school_ids is not None:
        query = query.where(MarkSchool.school_id.in_(school_ids))
    rows: dict[int, list[Any]] = {}
    for row in db.session.execute(query):
        rows.setdefault(row.mark_school_id, []).append(row)
    return [_attendee(repeats) for repeats in rows.values()]


def _attendee_rows() -> sa.Select[Any]:
    """A row for each school on a mark and each dated role that may make it count."""
    known_as = _merged_people()
    person_id = sa.func.coalesce(known_as.c.into_id, Mark.person_id)
    at_the_door = sa.and_(Mark.is_walk_in, known_as.c.into_id.is_(None))
    return (
        sa.select(
            *(MarkSchool.id.label("mark_school_id"), MarkSchool.school_id, MarkSchool.role),
            *(Register.session_id, Mark.is_walk_in, School.name, School.urn),
            *(known_as.c.into_id, SchoolRole.role.label("held_role")),
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


def _merged_people() -> sa.Subquery:
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


def _attendee(rows: list[Any]) -> Attendee:
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


def list_links(periods: Collection[Period]) -> list[Link]:
    """Conversions and amalgamations that may fall in one of the periods."""
    before, after = aliased(School), aliased(School)
    first = min(period.starts_on for period in periods) - timedelta(days=1)
    days = (SchoolLink.linked_on, after.opened_on, before.closed_on)
    rows = db.session.execute(
        sa.select(SchoolLink.school_id, SchoolLink.successor_id, *days)
        .join(before, before.id == SchoolLink.school_id)
        .join(after, after.id == SchoolLink.successor_id)
        .where(SchoolLink.kind != SchoolLinkKind.OTHER, sa.or_(*(day >= first for day in days)))
        .order_by(SchoolLink.id)
    )
    return [Link(*row) for row in rows]
