"""Frozen scopes and attended sessions, made as rows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.attendance.models import Mark, MarkChange, MarkSchool, Register
from cop_site.db import db
from cop_site.events.models import Event, EventKind
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, Scope, ScopeSchool, Term
from tests.factories.events import make_event, make_register, session_of
from tests.factories.people import LONG_AGO, give_school_role, make_person


def make_scope(
    term: Term, schools: list[School], *, cluster: Cluster | None = None, **values: Any
) -> Scope:
    """A scope frozen at midnight on the term's first day; every school in one cluster or none."""
    scope = Scope(
        **{
            "term_id": term.id,
            "name": "Network schools",
            "version": 1,
            "rule": {},
            "reference_on": term.starts_on,
            "frozen_at": clock.from_london(term.starts_on, time.min),
            **values,
        }
    )
    db.session.add(scope)
    db.session.flush()
    for school in schools:
        add_to_scope(scope, school, cluster)
    db.session.flush()
    return scope


def add_to_scope(scope: Scope, school: School, cluster: Cluster | None = None) -> ScopeSchool:
    row = ScopeSchool(
        scope_id=scope.id,
        school_id=school.id,
        urn=school.urn,
        name=school.name,
        phase=school.phase,
        type_name=school.type_name,
        trust_name=school.trust_name,
        cluster_id=cluster.id if cluster else None,
        cluster_name=cluster.name if cluster else "",
    )
    db.session.add(row)
    return row


def hold_network(
    starts_at: datetime, *schools: School, closed: bool = True, **values: Any
) -> tuple[Event, Register]:
    """A SENCO network event that was held, with a SENCO of each school marked in person."""
    values.setdefault("published_at", starts_at - timedelta(days=14))
    event = make_event(starts_at, **{"kind": EventKind.SENCO_NETWORK, **values})
    register = make_register(session_of(event), closed=closed)
    _mark_a_senco_of_each(register, schools)
    return event, register


def _mark_a_senco_of_each(register: Register, schools: tuple[School, ...]) -> None:
    """As make_staff and make_mark for each school, a hundred of them in a few statements."""
    role = SchoolRoleKind.SENCO
    people = [Person(name="A SENCO", created_at=clock.now()) for _ in schools]
    db.session.add_all(people)
    db.session.flush()
    at = {"register_id": register.id, "kind_key": "in_person", "marked_at": register.opened_at}
    marks = [Mark(person_id=person.id, **at) for person in people]
    db.session.add_all(marks)
    db.session.flush()
    for person, mark, school in zip(people, marks, schools, strict=True):
        held = SchoolRole(person_id=person.id, school_id=school.id, role=role, starts_on=LONG_AGO)
        change = MarkChange(
            mark_id=mark.id,
            tap_id=f"held-{mark.id}",
            was="not_recorded",
            now="in_person",
            at=register.opened_at,
        )
        named = MarkSchool(mark_id=mark.id, school_id=school.id, role=role)
        db.session.add_all([held, change, named])
    db.session.flush()


def make_staff(*schools: School, role: SchoolRoleKind = SchoolRoleKind.SENCO) -> Person:
    """A person with a role at each school, without an account."""
    person = make_person()
    for school in schools:
        give_school_role(person, school, role)
    return person


def link_schools(before: School, after: School, **values: Any) -> SchoolLink:
    """``before`` became ``after``."""
    kind = SchoolLinkKind.SUCCESSOR
    link = SchoolLink(**{"school_id": before.id, "successor_id": after.id, "kind": kind, **values})
    db.session.add(link)
    db.session.flush()
    return link
