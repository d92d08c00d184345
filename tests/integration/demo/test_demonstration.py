"""The demonstration borough: what it promises, on any day of the year."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.attendance.models import Register
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.demo.services import build_demonstration
from cop_site.errors import DomainError
from cop_site.events.models import Event, EventKind, EventState, Session
from cop_site.reports.basis import Ask
from cop_site.reports.engagement_report import load_report
from cop_site.reports.overview_report import load_overview
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.models import Authority, School
from tests.integration.demo.conftest import DAYS
from tests.support.client import GatedClient

pytestmark = pytest.mark.thorough


def _build() -> None:
    build_demonstration(clock.today(), "not a hash")
    db.session.commit()


def _count(query: sa.Select[Any]) -> int:
    return db.session.scalar(query) or 0


def _open_registers() -> list[EventKind]:
    """The kinds of ended events whose register is open."""
    query = sa.select(Event.kind).join(Event.options).join(Session).join(Register)
    ended = query.where(Register.closed_at.is_(None), Event.ends_at < clock.now())
    return list(db.session.scalars(ended))


def _count_bookable() -> int:
    published = Event.state == EventState.PUBLISHED
    ahead = Event.starts_at > clock.now()
    return _count(sa.select(sa.func.count(Event.id)).where(ahead, published))


def _waiting_by_event() -> list[int]:
    waiting = sa.select(sa.func.count()).where(Booking.state == BookingState.WAITING)
    return list(db.session.scalars(waiting.group_by(Booking.event_id)))


def _check_figures() -> None:
    """What the lead reads on the overview, and whether it hangs together."""
    overview = load_overview(Ask(), with_surveys=True)
    assert overview.surveys and overview.cops and overview.delivery and overview.reach
    told = {one.definition.id: one for one in overview.surveys.figures}
    shown = {id_: (one.headline, one.rate and one.rate.of) for id_, one in told.items()}
    assert shown == {
        "T1": ("42%", "25 of 60"),
        "T2": ("42%", "25 of 60"),
        "C1": ("63%", "26 of 41"),
        "C2": ("66%", "27 of 41"),
        "C3": ("100%", "41 of 41"),
    }
    assert ": 33%, 20 of 60. Up 8 percentage points" in told["T1"].trend
    assert ": 38%, 23 of 60. Up 3 percentage points" in told["T2"].trend
    assert (overview.cops.rate.n, len(overview.cops.clusters)) == (89, 6)
    assert overview.cops.rate.k > 60
    assert overview.registers and not overview.registers.late
    assert 70 <= (overview.delivery.whole.percent or 0) <= 100
    assert len(overview.delivery.unplanned) == 1
    assert 45 <= overview.reach.rate.k <= 70


class TestBuildDemonstration:
    @pytest.mark.sqlite_only
    def test_on_any_day_keeps_its_promises(self, borough: Flask) -> None:
        report = load_report()
        assert report.figures is not None
        assert report.before is not None
        assert (report.figures.rate.of, report.figures.rate.percent) == ("81 of 89", 91)
        assert report.before.rate.of == "77 of 89"
        assert len(report.figures.not_yet) == 8
        assert not report.figures.is_provisional
        _check_figures()
        assert _open_registers() == [EventKind.COP_MEETING]
        assert _count_bookable() >= 7
        assert sorted(_waiting_by_event()) == [2, 4]

    @pytest.mark.parametrize("built", [DAYS[2]], indirect=True, ids=["in term"])
    def test_has_the_schools_and_clusters_it_says(self, borough: Flask) -> None:
        schools = list(db.session.scalars(sa.select(School)))
        free = [school for school in schools if school.type_name == "Free schools"]
        others = Counter(school.phase for school in schools if school not in free)
        assert len(free) == 2
        assert others == {"Nursery": 1, "Primary": 70, "Secondary": 14, "Not applicable": 2}
        assert len({school.name for school in schools}) == 89
        kinds = Counter(db.session.scalars(sa.select(Cluster.kind_key)))
        assert kinds == {"community_of_practice": 6, "inclusion_partnership": 2}
        twice = (
            sa.select(ClusterMembership.school_id)
            .where(~ClusterMembership.exclusive)
            .group_by(ClusterMembership.school_id)
            .having(sa.func.count() == 2)
        )
        assert list(db.session.scalars(twice)), "the partnerships overlap"

    @pytest.mark.sqlite_only
    def test_has_the_eight_accounts_with_a_password(self, borough: Flask) -> None:
        emails = db.session.scalars(sa.select(User.email).where(User.password_hash.is_not(None)))
        keys = {email.split("@")[0] for email in emails}
        assert keys == {"senco", "senco2", "staff", "ep", "asep", "lead", "partner", "admin"}

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("built", [DAYS[2]], indirect=True, ids=["in term"])
    def test_same_seed_and_day_give_the_same_borough(
        self, borough: Flask, committed_app: Flask
    ) -> None:
        def fingerprint() -> list[object]:
            rows = db.session.execute(
                sa.select(Event.title, Event.starts_at, Event.calendar_uid).order_by(Event.id)
            )
            schools = sa.select(School.name, School.pupils, School.easting).order_by(School.id)
            return [*map(tuple, rows), *map(tuple, db.session.execute(schools))]

        with borough.app_context():
            first = fingerprint()
        with committed_app.app_context():
            _build()
            assert fingerprint() == first
            db.session.remove()

    @pytest.mark.sqlite_only
    def test_over_a_site_is_refused(self, app: Flask) -> None:
        db.session.add(Authority(id=1, name="Real", service_name="Real service"))
        db.session.commit()
        with pytest.raises(DomainError, match="already holds a site"):
            _build()
        assert _count(sa.select(sa.func.count(School.id))) == 0

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("built", [DAYS[2]], indirect=True, ids=["in term"])
    def test_every_account_with_a_password_finds_its_home(self, borough: Flask) -> None:
        known = sa.select(User).where(User.password_hash.is_not(None))
        for user in list(db.session.scalars(known)):
            client = borough.test_client()
            assert isinstance(client, GatedClient)
            client.sign_in(user)
            for path in ("/", "/events", "/bookings", "/clusters", "/schools"):
                assert client.get(path).status_code == 200, f"{user.email} at {path}"
