"""What figures say of somebody who came to two times of one event."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.follow_up.turnout_models import count_all
from cop_site.follow_up.turnout_queries import list_turnout
from cop_site.records import queries as records
from cop_site.records.cpd_models import Hours
from cop_site.reports.engagement_report import load_report
from cop_site.reports.register_report import load_registers
from cop_site.schools.models import School, Scope
from tests.factories.events import make_booking, make_mark, make_register, make_time
from tests.factories.reports import hold_network, make_staff
from tests.integration.reports.october import OCTOBER, engaged


@pytest.fixture
def event_id(schools: list[School], scope: Scope) -> int:
    """Booked for the morning, and marked in the morning and, by its code, in the afternoon."""
    event, morning = hold_network(OCTOBER)
    teacher = make_staff(schools[0])
    booking = make_booking(event, teacher, schools[0])
    booking.place_given_at = OCTOBER - timedelta(days=7)
    afternoon = make_register(make_time(event, OCTOBER + timedelta(hours=4)))
    for register in (morning, afternoon):
        make_mark(register, teacher, schools[0], booking=booking)
    db.session.commit()
    return event.id


def test_the_school_counts_once(event_id: int) -> None:
    report = load_report()
    assert engaged(report) == ["School A"]


def test_the_booking_counts_once_and_was_kept(event_id: int) -> None:
    report = load_registers()
    assert report is not None
    kept = report.bookings.whole
    assert (kept.absent, kept.recorded, kept.not_recorded) == (0, 1, 0)


def test_the_person_came_once_and_for_one_time_of_it(event_id: int) -> None:
    event = event_queries.get_event(event_id, sa.true())
    rows = list_turnout(event)
    total = count_all(rows)
    assert (total.places, total.came, total.missed, total.schools) == (1, 1, 0, 1)
    (line,) = records.load_record(rows[0].person_id).lines
    assert line.hours == Hours(120, 0)
