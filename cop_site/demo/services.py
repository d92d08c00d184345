"""Building the demonstration borough."""

from __future__ import annotations

from datetime import date
from random import Random

import sqlalchemy as sa

from cop_site.accounts.models import User
from cop_site.db import db
from cop_site.demo import (
    ahead,
    calendar,
    materials,
    notices,
    people,
    programme,
    support,
    surveys,
    team,
    toolkit,
)
from cop_site.demo import borough as places
from cop_site.errors import DomainError
from cop_site.schools import queries, scope_services
from cop_site.schools.models import Term

SEED = 351_2026
SCOPE = "Every school in Larkshire"


def build_demonstration(today: date, password_hash: str) -> None:
    """Write the whole borough in the caller's transaction; the database must be empty.

    The same seed on the same day gives the same borough.
    """
    if queries.find_authority() is not None:
        raise DomainError("This database already holds a site; the demonstration needs its own.")
    chance = Random(SEED)
    borough = places.build(today, chance, password_hash)
    lead = _lead(borough)
    for number, term in enumerate(calendar.told_terms(today)):
        programme.hold_term(borough, term, number, chance)
        row = db.session.scalars(sa.select(Term).where(Term.name == term.name)).one()
        scope = scope_services.freeze_scope(row.id, SCOPE, {}, by=lead.id)
        scope.frozen_at = calendar.moment(term.starts_on, "09:00")
    programme.hold_open_meeting(borough, today, chance)
    ahead.announce(borough, today, chance)
    notices.post_notices(borough, today)
    support.add_support(borough, calendar.told_terms(today), today)
    # Chances of its own, so that what is added here moves nothing that was there.
    toolkit.add_toolkit(borough, calendar.told_terms(today), Random(SEED + 11))
    materials.add_materials()
    surveys.add_surveys(borough, calendar.told_terms(today), today, Random(SEED + 3))
    people.add_people(borough, today, Random(SEED + 21))
    team.add_team(borough, today)
    db.session.flush()


def _lead(borough: places.Borough) -> User:
    """The inclusion lead's account, who froze the scopes."""
    person = borough.people["lead"]
    return db.session.scalars(sa.select(User).where(User.person_id == person.id)).one()
