"""Registers that nobody closed: whoever takes them is written to, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Assignment, ServiceRole, ServiceRoleKind
from cop_site.accounts.queries import list_acting
from cop_site.attendance.services import close_register, reopen_register
from cop_site.cli.registers import remind_of_registers
from cop_site.db import db
from cop_site.events.models import Event, EventState, Facilitator
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from tests.conftest import NOON
from tests.factories.events import make_booking, make_event, make_register, session_of
from tests.factories.people import make_partner_user, make_person, make_service_user
from tests.factories.schools import make_authority, make_cluster, make_school

At = Callable[[datetime], None]
# NOON is a Tuesday, so that two working days before lie on a Friday.
FRIDAY = NOON - timedelta(days=4)


@pytest.fixture
def held(app: Flask) -> Event:
    """A cluster's meeting on Friday with somebody booked, its EP and its AsEP."""
    make_authority()
    cluster = make_cluster()
    make_service_user(ServiceRoleKind.EP, cluster)
    make_service_user(ServiceRoleKind.ASEP, cluster)
    make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    event = make_event(FRIDAY, cluster_id=cluster.id, title="Problem-solving circle")
    make_booking(event, make_person(), make_school())
    db.session.commit()
    return event


def count_told() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) or 0


def by_lead() -> ActingUser:
    is_lead = ServiceRole.role == ServiceRoleKind.INCLUSION_LEAD
    lead = db.session.scalars(sa.select(ServiceRole.person_id).where(is_lead)).one()
    return list_acting([lead])[0]


def test_its_clusters_people_are_told_once(held: Event) -> None:
    assert [remind_of_registers(), remind_of_registers()] == [2, 0]
    message = db.session.scalars(sa.select(OutboxMessage)).first()
    assert message is not None
    mail = compose(message)
    assert mail["Subject"] == "The register of Problem-solving circle is still open"
    body = mail.get_body()
    assert body is not None
    assert "on Friday 6 November 2026 is not closed" in body.get_content()
    assert f"/sessions/{session_of(held).id}/register" in body.get_content()


def test_so_is_whoever_runs_it(held: Event) -> None:
    partner = make_partner_user()
    db.session.add(Facilitator(event_id=held.id, person_id=partner.person_id))
    db.session.commit()
    assert remind_of_registers() == 3
    addresses = db.session.scalars(sa.select(OutboxMessage.recipient)).all()
    assert partner.email in addresses


def test_of_a_network_that_nobody_runs_the_lead_is_told(held: Event) -> None:
    held.cluster_id = None
    db.session.commit()
    assert remind_of_registers() == 1


@pytest.mark.parametrize(
    "moment",
    [
        NOON - timedelta(days=1),
        NOON - timedelta(days=3),
        NOON.replace(hour=7, minute=59),
        NOON + timedelta(days=60),
    ],
    ids=["a working day after", "at the weekend", "before 8", "months later"],
)
def test_not_now(held: Event, at: At, moment: datetime) -> None:
    at(moment)
    assert remind_of_registers() == 0


def test_a_closed_one_is_no_matter(held: Event) -> None:
    make_register(session_of(held), closed=True)
    db.session.commit()
    assert remind_of_registers() == 0


def test_an_open_one_is(held: Event) -> None:
    make_register(session_of(held), closed=False)
    db.session.commit()
    assert remind_of_registers() == 2


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CANCELLED])
def test_neither_is_what_was_not_on(held: Event, state: EventState) -> None:
    held.state = state
    db.session.commit()
    assert remind_of_registers() == 0


def test_nor_what_nobody_booked(held: Event) -> None:
    db.session.execute(sa.text("UPDATE booking SET state = 'cancelled'"))
    db.session.commit()
    assert remind_of_registers() == 0
    assert count_told() == 0


class TestReopened:
    """A register opened again is one left open, from then on."""

    @pytest.fixture
    def closed(self, held: Event) -> int:
        close_register(session_of(held).id, mark_rest=True, by=by_lead())
        db.session.commit()
        return session_of(held).id

    @staticmethod
    def _reopen(session_id: int) -> None:
        reopen_register(session_id, reason="Somebody was missed", by=by_lead())
        db.session.commit()

    def test_two_working_days_later_once_each_time(self, held: Event, at: At) -> None:
        assert remind_of_registers() == 2
        session_id = session_of(held).id
        told = []
        for days in (1, 8):
            at(NOON + timedelta(days=days))
            close_register(session_id, mark_rest=True, by=by_lead())
            self._reopen(session_id)
            for later in (1, 2, 3, 6):
                at(NOON + timedelta(days=days + later))
                told.append(remind_of_registers())
        assert told == [0, 2, 0, 0, 0, 2, 0, 0]

    def test_never_reminded_before(self, closed: int, at: At) -> None:
        self._reopen(closed)
        assert remind_of_registers() == 0
        at(NOON + timedelta(days=2))
        assert [remind_of_registers(), remind_of_registers()] == [2, 0]

    def test_long_after_the_session(self, closed: int, at: At) -> None:
        at(NOON + timedelta(days=59))
        self._reopen(closed)
        at(NOON + timedelta(days=63))
        assert remind_of_registers() == 2

    def test_not_once_it_is_closed_again(self, closed: int, at: At) -> None:
        self._reopen(closed)
        at(NOON + timedelta(days=2))
        close_register(closed, mark_rest=True, by=by_lead())
        db.session.commit()
        assert remind_of_registers() == 0


class TestWhoseRoleEnded:
    """What they once ran is others' now."""

    @staticmethod
    def _end(table: type[ServiceRole], person_id: int) -> None:
        ended = sa.update(table).where(table.person_id == person_id)
        db.session.execute(ended.values(ends_on=clock.today() - timedelta(days=30)))
        db.session.commit()

    def test_the_lead_is_told_of_what_they_ran_alone(self, held: Event) -> None:
        held.cluster_id = None
        ran = make_service_user(ServiceRoleKind.EP)
        db.session.add(Facilitator(event_id=held.id, person_id=ran.person_id))
        self._end(ServiceRole, ran.person_id)
        assert remind_of_registers() == 1
        assert db.session.scalar(sa.select(OutboxMessage.recipient)) != ran.email

    def test_a_part_in_the_cluster_is_none_without_the_role(self, held: Event) -> None:
        first = db.session.scalars(sa.select(Assignment.person_id).order_by(Assignment.id)).first()
        assert first is not None
        self._end(ServiceRole, first)
        assert remind_of_registers() == 1
