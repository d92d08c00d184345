"""Who may call what: mentoring. Whoever looks after the cluster, and the two themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from cop_site.accounts.models import Person, SchoolRole
from cop_site.db import db
from cop_site.people.mentoring_models import Mentorship
from tests.conftest import NOON
from tests.factories.people import make_school_user
from tests.factories.schools import make_school
from tests.integration.access.matrix import (
    CLUSTER_STAFF,
    LEAD,
    OTHER_EP,
    SENCO,
    Row,
    World,
    may,
)

DAY = ["10", "11", "2026"]
PAIRING = (*CLUSTER_STAFF, LEAD)


def _new(world: World) -> None:
    """The first school's SENCO is new, and somebody would mentor them."""
    person_id = world.users[SENCO].person_id
    role = db.session.query(SchoolRole).filter_by(person_id=person_id).one()
    role.starts_on = date(2026, 9, 1)
    mentor = make_school_user(make_school())
    world.more["mentor"] = mentor.person_id
    db.session.commit()


def _willing(world: World) -> None:
    _new(world)
    db.session.get_one(Person, world.more["mentor"]).would_mentor = True
    db.session.commit()


def _paired(world: World) -> None:
    _new(world)
    row = Mentorship(
        mentor_id=world.more["mentor"],
        mentee_id=world.users[SENCO].person_id,
        starts_on=NOON.date(),
    )
    db.session.add(row)
    db.session.commit()
    world.more["pair"] = row.id


def _mentee(world: World) -> dict[str, Any]:
    return {"slug": world.cluster.slug, "person_id": world.users[SENCO].person_id}


def _pair(world: World) -> dict[str, Any]:
    return {"pair_id": world.more["pair"]}


def _choice(world: World) -> dict[str, Any]:
    return {"mentor": world.more["mentor"], "starts_on": DAY}


ROWS = (
    Row("mentoring.pair", may(*PAIRING), url=_mentee, prepare=_new),
    Row(
        "mentoring.pair",
        may(*PAIRING, status=303),
        method="POST",
        url=_mentee,
        fields=_choice,
        prepare=_willing,
    ),
    Row(
        "mentoring.count_meeting",
        may(*PAIRING, SENCO, status=303, otherwise=404),
        method="POST",
        url=_pair,
        fields=lambda _world: {"seen": "0", "change": "met"},
        prepare=_paired,
    ),
    Row("mentoring.end", may(*PAIRING) | {OTHER_EP: 404}, url=_pair, prepare=_paired),
    Row(
        "mentoring.end",
        may(*PAIRING, status=303) | {OTHER_EP: 404},
        method="POST",
        url=_pair,
        fields=lambda _world: {"last_day": DAY},
        prepare=_paired,
    ),
)
