"""Reminding whoever takes a register that it is still open."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import queries as accounts
from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import policies, reminder_queries
from cop_site.attendance.reminder_queries import KIND, LeftOpen
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.events.models import Session
from cop_site.notifications import queries as outbox
from cop_site.notifications.services import Recipient, queue_message
from cop_site.schools import school_days

WORKING_DAYS = 2
FROM_HOUR = 8
# Older ones stand on home: a site that starts anew does not write of last year's.
LONGEST_AGO = timedelta(days=30)


def list_due() -> list[LeftOpen]:
    """Registers still open two working days after their session, or after somebody opened them
    again; from 8 in the morning."""
    now, today = clock.now(), clock.today()
    if clock.london(now).hour < FROM_HOUR or not school_days.is_working_day(today):
        return []
    found = reminder_queries.list_left_open(now - LONGEST_AGO, now)
    return [one for one in found if _due_on(one) <= today]


def _due_on(left: LeftOpen) -> date:
    return school_days.add_working_days(clock.london_date(left.since), WORKING_DAYS)


def remind(left: LeftOpen) -> int:
    """Write to its owners, once for each time it was left open. Returns how many.

    One at a time, so that no two workers write.
    """
    db.session.execute(sa.select(Session.id).where(Session.id == left.session_id).with_for_update())
    if outbox.list_recipients("session", left.session_id, KIND, left.reopened):
        return 0
    owners = _list_owners(left.event_id)
    for owner in owners:
        queue_message(
            Recipient(owner.email, owner.name),
            kind=KIND,
            thing="session",
            thing_id=left.session_id,
            version=left.reopened,
            context={
                "title": left.title,
                "starts_at": left.starts_at.isoformat(),
                "ends_at": left.ends_at.isoformat(),
                "register_path": f"/sessions/{left.session_id}/register",
            },
        )
    return len(owners)


def _list_owners(event_id: int) -> list[ActingUser]:
    """Whoever runs it and its cluster's EP and AsEP, of those who may take its register today.

    Where there is nobody, the support officers and the inclusion lead.
    """
    event = event_queries.get_event(event_id, sa.true())
    runs = [row.person_id for row in event.facilitators]
    asked = accounts.list_acting(runs)
    asked += [
        one
        for one in accounts.list_acting(reminder_queries.takers_of(event.cluster_id))
        if one.person_id not in runs
    ]
    owners = [one for one in asked if policies.can_take_register(one, event, runs)]
    return owners or accounts.list_acting(reminder_queries.takers_of_any(policies.TAKES_ANY))
