"""How long people who have left are kept.

Here, because only this room sees every sign of life.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import services
from cop_site.accounts.models import (
    Assignment,
    PartnerRole,
    Person,
    SchoolRole,
    ServiceRole,
    User,
)
from cop_site.attendance.models import Mark
from cop_site.bookings.models import LIVE, Booking
from cop_site.db import db
from cop_site.events.models import Event, Facilitator
from cop_site.keeping import Ends, Kept
from cop_site.people.erasure_services import erase_person, lock_subject
from cop_site.schools.authority_services import lock_authority
from cop_site.support.models import Entry, EntryWorker
from cop_site.toolkit.models import Download

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
    shown = sa.union(*_list_signs(before)).subquery()
    here = sa.select(shown.c.person_id.label("id")).cte("here", recursive=True)
    return here.union(
        sa.select(Person.merged_into_id)
        .join(here, here.c.id == Person.id)
        .where(Person.merged_into_id.is_not(None))
    )


def _list_signs(before: datetime) -> list[sa.Select[Any]]:
    """Whose each sign of life is, a query for each kind of sign."""
    day = clock.london_date(before)
    ahead = sa.and_(Booking.state.in_(LIVE), Event.ends_at >= before)
    return [
        *(
            sa.select(row.person_id).where(sa.or_(row.ends_on.is_(None), row.ends_on >= day))
            for row in DATED
        ),
        sa.select(Booking.person_id)
        .join(Event, Event.id == Booking.event_id)
        .where(sa.or_(Booking.created_at >= before, ahead)),
        sa.select(Mark.person_id).where(Mark.marked_at >= before),
        sa.select(Facilitator.person_id)
        .join(Event, Event.id == Facilitator.event_id)
        .where(Event.ends_at >= before),
        sa.select(EntryWorker.person_id)
        .join(Entry, Entry.id == EntryWorker.entry_id)
        .where(Entry.day >= day),
        sa.select(Download.person_id).where(Download.day >= day),
        sa.select(User.person_id).where(User.last_in_on >= day),
    ]


def _is_still_gone(person_id: int, before: datetime) -> bool:
    """Asked again with all that is theirs locked: who comes back now is seen, or waits."""
    lock_authority()
    found, people = lock_subject(person_id)
    for user_id in sorted(found.user_ids):
        services.lock_user(user_id)
    if any(one.id == person_id and (one.erased_at or one.merged_into_id) for one in people):
        return False
    signs = (
        sign.where(sign.selected_columns.person_id.in_(found.person_ids))
        for sign in _list_signs(before)
    )
    return db.session.scalar(sa.union_all(*signs).limit(1)) is None


def _erase(ids: Sequence[Any]) -> None:
    for person_id in ids:
        erase_person(person_id, by=None, reason=REASON)


KEPT = (
    Kept(
        key="left",
        what="People: name, email address, roles, bookings, attendance, downloads and account",
        why="To run the Communities of Practice, and to show what came of them",
        since="after their last role, event, download, support given or day on this site",
        ends=Ends.ANONYMISED,
        lasts=timedelta(days=3 * 365),
        bounds=(365, 6 * 365),
        due=_left,
        is_still_due=_is_still_gone,
        end=_erase,
        tables=(
            *("person", "user", "school_role", "service_role", "partner_role", "assignment"),
            *("second_step", "recovery_code", "unwanted_topic", "outside_identity", "mentorship"),
            *("booking", "facilitator", "mark", "download", "resource", "entry_worker", "action"),
            *("invitation", "survey_reader", "remembered_needs"),
        ),
    ),
)
