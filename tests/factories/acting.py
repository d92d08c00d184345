"""Acting users, as a request would have them."""

from __future__ import annotations

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, User
from cop_site.accounts.queries import rights_of
from cop_site.db import db


def acting(user: User) -> ActingUser:
    """The acting user that a request of this account would have today."""
    person = db.session.get_one(Person, user.person_id)
    rights = rights_of(person.id, clock.today())
    return ActingUser(user.id, person.id, person.name, user.email, **rights)
