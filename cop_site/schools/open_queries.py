"""Which schools are open on a day: the one rule that lists, plans, clusters and roles go by.

The register closes some schools without saying when. Such a school is taken to have closed on the
day of its dated link to the school it became, or on the day that one opened, where that is later.
One without such a link is taken to have closed on the day this site learned of it. Where neither
is known, it is closed on every day.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.audit import Change
from cop_site.db import db
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus

OPEN = [status.value for status in SchoolStatus if status.is_open]


def open_on(day: date) -> sa.ColumnElement[bool]:
    """Opened by ``day``, or nobody knows when, and not closed on or before it.

    A school that is only proposed is open on no day that has come. On one ahead it is, if it is
    to open by then.
    """
    is_known = School.status != SchoolStatus.PROPOSED_TO_OPEN
    has_opened = sa.or_(School.opened_on <= day, sa.and_(School.opened_on.is_(None), is_known))
    if day <= clock.today():
        has_opened = sa.and_(has_opened, is_known)
    return sa.and_(has_opened, not_closed_on(day))


def is_closed_on(school: School, day: date) -> bool:
    """The same of one school, opened or not. A statement only where the register gives no day."""
    if school.closed_on is not None:
        return school.closed_on <= day
    if school.status is not SchoolStatus.CLOSED or day >= clock.today():
        return school.status is SchoolStatus.CLOSED
    query = sa.select(School.id).where(School.id == school.id, not_closed_on(day))
    return db.session.scalar(query) is None


def not_closed_on(day: date) -> sa.ColumnElement[bool]:
    """The same whether it has opened or not, of the schools of a statement."""
    stands = School.status != SchoolStatus.CLOSED
    if day < clock.today():
        taken = sa.func.coalesce(_became_another_after(day), _was_open_after(day), sa.false())
        stands = sa.or_(stands, taken)
    return sa.or_(School.closed_on > day, sa.and_(School.closed_on.is_(None), stands))


def _became_another_after(day: date) -> Any:
    """Null where no link is dated. The register dates some long before the new school opened."""
    after = aliased(School)
    became_on = sa.case(
        (after.opened_on > SchoolLink.linked_on, after.opened_on), else_=SchoolLink.linked_on
    )
    return (
        sa.select(sa.func.max(became_on) > day)
        .select_from(SchoolLink)
        .join(after, after.id == SchoolLink.successor_id)
        .where(SchoolLink.school_id == School.id, SchoolLink.linked_on.is_not(None))
        .where(SchoolLink.kind == SchoolLinkKind.SUCCESSOR)
        .correlate(School)
        .scalar_subquery()
    )


def _was_open_after(day: date) -> Any:
    """Null where the record of changes does not say that it closed."""
    return (
        sa.select(sa.func.max(Change.at) >= clock.from_london(day + clock.ONE_DAY, time()))
        .where(Change.thing == "school", Change.thing_id == School.id)
        .where(Change.was["status"].as_string().in_(OPEN))
        .where(Change.now["status"].as_string() == SchoolStatus.CLOSED.value)
        .correlate(School)
        .scalar_subquery()
    )
