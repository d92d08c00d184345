"""Reads of what erasing a person would find, and what stands against it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import (
    Assignment,
    AssignmentKind,
    PartnerService,
    Person,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
)
from cop_site.audit import Change
from cop_site.db import db
from cop_site.held import Subject, has_name, list_pieces
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.sweep_queries import has_pieces
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_models import Cluster, ClusterKind
from cop_site.schools.models import School, Term

OWN = "Another administrator must do this for you."
IN_SERVICE = "They still have a role in the service. End it first."
IN_CLUSTER = "They still have a part in a cluster. The inclusion lead ends it first."
# What a text may mean by the same words.
NAMES_OF_THINGS = (
    *(School.name, Cluster.name, PartnerService.name, Term.name),
    *(AssignmentKind.name, ClusterKind.name),
)
ROLES = (*SchoolRoleKind, *ServiceRoleKind)
MOST_FORMER = 20
# Small words inside names; any other makes it more like a piece of a sentence.
PARTICLES = frozenset(
    {
        *("al", "ap", "bin", "da", "de", "del", "della", "der", "di", "du"),
        *("ibn", "la", "le", "ten", "ter", "van", "von", "y"),
    }
)
COMMON = {word for role in ROLES for word in role.label.lower().split()} | {"school", "term"}


def find_bar(subject: Subject, by: ActingUser | None) -> str:
    """Why this person can't be erased now, in a sentence; "" where they can.

    What ends today is no bar: otherwise one who leaves had to be remembered for a day.
    """
    if by is not None and by.person_id in subject.person_ids:
        return OWN
    for kind, sentence in ((ServiceRole, IN_SERVICE), (Assignment, IN_CLUSTER)):
        own = sa.select(kind.id).where(kind.person_id.in_(subject.person_ids), _lasts(kind))
        if db.session.scalar(own.limit(1)) is not None:
            return sentence
    return ""


def find_cluster_slug(subject: Subject) -> str | None:
    """A cluster in which they still have a part."""
    query = sa.select(Cluster.slug).join(Assignment, Assignment.cluster_id == Cluster.id)
    own = Assignment.person_id.in_(subject.person_ids), _lasts(Assignment)
    return db.session.scalar(query.where(*own).order_by(Cluster.name).limit(1))


def _lasts(row: Any) -> sa.ColumnElement[bool]:
    return sa.or_(row.ends_on.is_(None), row.ends_on > clock.today())


@dataclass(frozen=True)
class Names:
    """What somebody was called here. ``unclear`` may mean somebody or something else in a text.

    ``now`` are the clear ones that they have today. Others are of before: anybody may call
    themselves what they like for a day, so those are taken out of texts only if somebody says so.
    """

    clear: frozenset[str]
    unclear: frozenset[str]
    now: frozenset[str]

    def choose(self, chosen: Collection[str] | None) -> Names:
        """Only the ``chosen`` are clear; None: those of today."""
        clear = self.now if chosen is None else self.clear & set(chosen)
        return Names(clear, self.unclear | (self.clear - clear), self.now)


def list_names(subject: Subject) -> Names:
    """Every name they had here: now, before it was corrected, and when they asked to join.

    What was typed into a request that a school approved is unclear, as nobody here has looked
    whether it is a name. What was typed into any other may be a stranger's, and is not read.
    """
    now = _tidy(db.session.scalars(sa.select(Person.name).where(Person.id.in_(subject.person_ids))))
    names = now | _tidy(_list_former_names(subject))
    asked = sa.select(JoinRequest.name).where(
        sa.func.lower(JoinRequest.email).in_(subject.addresses),
        JoinRequest.state == JoinState.APPROVED,
    )
    like = {name for name in names if _is_like_a_name(name)}
    others = _list_others(like, subject)
    clear = frozenset(name for name in like if not any(has_name(one, name) for one in others))
    return Names(clear, (names | _tidy(db.session.scalars(asked))) - clear, clear & now)


def _list_former_names(subject: Subject) -> list[str]:
    """Those of the last few changes of their name, whoever made them."""
    name = Change.was["name"].as_string()
    own = sa.and_(
        Change.thing == "person",
        Change.thing_id.in_(subject.person_ids),
        name.is_not(None),
    )
    return list(
        db.session.scalars(sa.select(name).where(own).order_by(Change.id.desc()).limit(MOST_FORMER))
    )


def _tidy(names: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, (" ".join(name.split()) for name in names)))


def _is_like_a_name(name: str) -> bool:
    """Two words at least, written like a name, none of them a role's."""
    words = name.split()
    if len(words) < 2 or not COMMON.isdisjoint(name.lower().split()):
        return False
    return name.islower() or not any(word.islower() and word not in PARTICLES for word in words)


def _list_others(names: Collection[str], subject: Subject) -> list[str]:
    """Names of anybody and anything else that may have one of these in them."""
    others = sa.and_(Person.id.not_in(subject.person_ids), Person.erased_at.is_(None))
    of_people = sa.select(Person.name).where(others, _may_be(Person.name, names))
    of_things = (sa.select(thing).where(_may_be(thing, names)) for thing in NAMES_OF_THINGS)
    return list(db.session.scalars(sa.union(of_people, *of_things)))


def _may_be(column: Any, names: Iterable[str]) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(has_pieces(column, list_pieces(name)) for name in names))


def list_contacts_named(names: frozenset[str]) -> list[int]:
    """Contacts of partner services that are called so, and are nobody's here."""
    known = {name.casefold() for name in names}
    rows = db.session.execute(
        sa.select(TeamContact.id, TeamContact.name).where(
            TeamContact.person_id.is_(None),
            _may_be(TeamContact.name, names),
        )
    )
    return [id_ for id_, name in rows if " ".join(name.split()).casefold() in known]
