"""Telling people by mail what was done about their roles."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_queries, role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, User
from cop_site.accounts.role_services import Role
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import Recipient, queue_message

# Of one kind to one person: whoever may end a role could fill a box by moving its last day.
MOST_A_DAY = 10


def end_role(row: Role, last_day: date, *, by: ActingUser) -> bool:
    """As ``role_services.end_role``; whoever's role it is reads so, if others did it."""
    line = role_queries.get_line(role_queries.source_of(row), row.person_id, row.id)
    if not role_services.end_role(row, last_day, by=by):
        return False
    context = {
        "role": line.words,
        "by": by.name,
        "last_day": clock.say_day(last_day) if last_day >= line.starts_on else "",
    }
    if line.person_id != by.person_id:
        tell(line.person_id, "accounts/role_ended", ("person", line.person_id), context)
    return True


def tell(person_id: int, kind: str, about: tuple[str, int], context: dict[str, Any]) -> None:
    """Mail whoever has an open account.

    ``about`` is the thing whose history says, last of all, what they are told: so two messages
    about it are told apart.
    """
    found = db.session.execute(
        sa.select(User.email, Person.name)
        .join(Person, Person.id == User.person_id)
        .where(Person.id == person_id, User.disabled_at.is_(None))
    ).one_or_none()
    if found is None or _count_of_today(found.email, kind) >= MOST_A_DAY:
        return
    thing, thing_id = about
    queue_message(
        Recipient(found.email, found.name),
        kind=kind,
        thing=thing,
        thing_id=thing_id,
        version=audit.find_last(thing, thing_id),
        context=context,
    )


def _count_of_today(email: str, kind: str) -> int:
    query = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.recipient == email,
        OutboxMessage.kind == kind,
        OutboxMessage.created_at > clock.now() - timedelta(days=1),
    )
    return db.session.scalar(query) or 0
