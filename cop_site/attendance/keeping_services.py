"""How long people who have left are kept, and who changed a register.

Here, because this is the lowest room that sees roles, bookings and registers alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import (
    Assignment,
    PartnerRole,
    Person,
    SchoolRole,
    ServiceRole,
    SignIn,
    User,
)
from cop_site.attendance.models import Mark, MarkChange
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.booking_models import Booking
from cop_site.events.models import Event, Facilitator
from cop_site.keeping import Ends, Kept
from cop_site.people.erasure_services import erase_person

DATED = (SchoolRole, ServiceRole, PartnerRole, Assignment)
REASON = "Left so long ago that their time is over"


def _left(before: datetime) -> sa.Select[Any]:
    """People, each once however many records were merged into theirs."""
    here = _list_here(before)
    return sa.select(Person.id).where(
        Person.erased_at.is_(None),
        Person.merged_into_id.is_(None),
        Person.created_at < before,
        Person.id.not_in(sa.select(here.c.id)),
    )


def _list_here(before: datetime) -> sa.CTE:
    """Everybody with a sign of life since then, and whom their records were merged into."""
    day = clock.london_date(before)
    signs = [
        *(
            sa.select(row.person_id).where(sa.or_(row.ends_on.is_(None), row.ends_on >= day))
            for row in DATED
        ),
        sa.select(Booking.person_id).where(Booking.created_at >= before),
        sa.select(Mark.person_id).where(Mark.marked_at >= before),
        sa.select(Facilitator.person_id)
        .join(Event, Event.id == Facilitator.event_id)
        .where(Event.ends_at >= before),
        sa.select(User.person_id)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.last_seen_at >= before),
    ]
    shown = sa.union(*signs).subquery()
    here = sa.select(shown.c.person_id.label("id")).cte("here", recursive=True)
    return here.union(
        sa.select(Person.merged_into_id)
        .join(here, here.c.id == Person.id)
        .where(Person.merged_into_id.is_not(None))
    )


def _erase(ids: Sequence[Any]) -> None:
    for person_id in ids:
        # Whoever came back, or was erased, while we looked is left as they are.
        with suppress(DomainError):
            erase_person(person_id, by=None, reason=REASON)


def _changes(before: datetime) -> sa.Select[Any]:
    said = sa.or_(MarkChange.by_user_id.is_not(None), MarkChange.reason != "")
    return sa.select(MarkChange.id).where(MarkChange.at < before, said)


def _anonymise(ids: Sequence[Any]) -> None:
    """What a register said when stays: figures as they were on a day are read from it."""
    anonymous = {"by_user_id": None, "reason": ""}
    db.session.execute(sa.update(MarkChange).where(MarkChange.id.in_(ids)).values(anonymous))


KEPT = (
    Kept(
        key="left",
        what="People: name, email address, roles, bookings, attendance, downloads and account",
        why="To run the Communities of Practice, and to show what came of them",
        since="after their last role, booking, session or sign-in",
        ends=Ends.ANONYMISED,
        lasts=timedelta(days=3 * 365),
        bounds=(365, 6 * 365),
        due=_left,
        end=_erase,
        at_once=1,
        locks=False,
        tables=(
            *("person", "user", "school_role", "service_role", "partner_role", "assignment"),
            *("second_step", "recovery_code", "unwanted_topic", "outside_identity", "mentorship"),
            *("booking", "facilitator", "mark", "download", "resource", "entry_worker", "action"),
            *("invitation", "survey_reader"),
        ),
    ),
    Kept(
        key="register_history",
        what="Who changed which mark on a register, and why",
        why="To mend mistakes, and to show how a figure came about",
        since="after the change",
        ends=Ends.ANONYMISED,
        lasts=timedelta(days=6 * 365),
        bounds=(3 * 365, 10 * 365),
        due=_changes,
        end=_anonymise,
        tables=("mark_change",),
    ),
)
