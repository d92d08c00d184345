"""Reads of what erasing a person would find, and what stands against it."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Assignment, Person, ServiceRole
from cop_site.audit import Change
from cop_site.db import db
from cop_site.held import Subject, Wording
from cop_site.people.joining_models import JoinRequest

OWN = "Another administrator must do this for you."
IN_SERVICE = "They still have a role in the service. End it first."
IN_CLUSTER = "They still have a part in a cluster. End it first."


def find_bar(subject: Subject, by: ActingUser | None) -> str:
    """Why this person can't be erased now, in a sentence; "" where they can.

    What ends today is no bar: otherwise one who leaves had to be remembered for a day.
    """
    if by is not None and by.person_id in subject.person_ids:
        return OWN
    for kind, sentence in ((ServiceRole, IN_SERVICE), (Assignment, IN_CLUSTER)):
        lasts = sa.or_(kind.ends_on.is_(None), kind.ends_on > clock.today())
        own = sa.select(kind.id).where(kind.person_id.in_(subject.person_ids), lasts)
        if db.session.scalar(own.limit(1)) is not None:
            return sentence
    return ""


def list_names(subject: Subject) -> frozenset[str]:
    """Every name they had here: now, before it was corrected, and when they asked to join."""
    now = sa.select(Person.name).where(Person.id.in_(subject.person_ids))
    asked = sa.select(JoinRequest.name).where(
        sa.func.lower(JoinRequest.email).in_(subject.addresses)
    )
    names = set(db.session.scalars(sa.union(now, asked)))
    own = sa.and_(Change.thing == "person", Change.thing_id.in_(subject.person_ids))
    for was in db.session.scalars(sa.select(Change.was).where(own)):
        names.add(str(was.get("name") or ""))
    return frozenset(filter(None, (" ".join(name.split()) for name in names)))


def find_unclear(names: frozenset[str], subject: Subject) -> frozenset[str]:
    """Those that may mean somebody else in a text: a single word, or in another person's name."""
    clear = {name for name in names if " " in name}
    for name in sorted(clear):
        wording = Wording(frozenset({name}), frozenset())
        part = next(iter(wording.parts))
        others = db.session.scalars(
            sa.select(Person.name).where(
                Person.id.not_in(subject.person_ids),
                Person.erased_at.is_(None),
                Person.name.icontains(part, autoescape=True),
            )
        )
        if any(wording.clean(other) != other for other in others):
            clear.remove(name)
    return names - clear
