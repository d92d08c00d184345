"""Minutes given and planned, as reports read them."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.db import db
from cop_site.support.delivery_models import Delivered
from cop_site.support.delivery_queries import list_delivered, list_plans
from cop_site.support.models import EntryState
from tests.factories.schools import make_cluster, make_school
from tests.factories.support import make_entry, make_plan

pytestmark = pytest.mark.usefixtures("app")


class TestListDelivered:
    def test_each_entry_counts_once_however_many_schools_it_names(self) -> None:
        cluster, other = make_cluster(), make_cluster()
        make_entry(cluster, make_school(), make_school(), make_school())
        make_entry(cluster, state=EntryState.WAITING, contact_minutes=30)
        make_entry(cluster, state=EntryState.SENT_BACK, contact_minutes=5)
        make_entry(other, contact_minutes=20, preparation_minutes=0, travel_minutes=0)
        found = list_delivered(date(2026, 9, 1), date(2026, 12, 31))
        assert found == {
            cluster.id: Delivered(3, 95, 45, 30),
            other.id: Delivered(1, 20, 0, 0),
        }

    def test_voided_entries_and_other_days_are_left_out(self) -> None:
        cluster = make_cluster()
        make_entry(cluster, state=EntryState.VOIDED)
        for day in (date(2026, 8, 31), date(2026, 12, 19)):
            make_entry(cluster, day=day)
        for day in (date(2026, 9, 1), date(2026, 12, 18)):
            make_entry(cluster, day=day, contact_minutes=1)
        found = list_delivered(date(2026, 9, 1), date(2026, 12, 18))
        assert found[cluster.id].contact == 2


class TestListPlans:
    def test_by_cluster_and_day_and_only_those_asked_for(self) -> None:
        cluster, other = make_cluster(), make_cluster()
        later = make_plan(cluster, 90, date(2026, 9, 1))
        earlier = make_plan(cluster, 60, date(2026, 1, 1), date(2026, 8, 31))
        make_plan(other, 30, date(2026, 1, 1))
        assert list_plans([cluster.id]) == [earlier, later]
        assert list_plans([cluster.id], since=date(2026, 9, 1)) == [later]
        assert len(list_plans()) == 3


class TestTheDatabase:
    @pytest.mark.parametrize(
        ("starts_on", "ends_on"),
        [
            (date(2026, 3, 1), None),
            (date(2026, 6, 30), date(2026, 7, 31)),
            (date(2025, 1, 1), date(2026, 1, 1)),
        ],
    )
    def test_refuses_two_plans_of_a_cluster_on_a_day(
        self, app: Flask, starts_on: date, ends_on: date | None
    ) -> None:
        cluster = make_cluster()
        make_plan(cluster, 60, date(2026, 1, 1), date(2026, 6, 30))
        with pytest.raises(sa.exc.IntegrityError, match="ex_support_plan_one"):
            make_plan(cluster, 90, starts_on, ends_on)
        db.session.rollback()

    def test_takes_plans_that_only_touch(self) -> None:
        cluster = make_cluster()
        make_plan(cluster, 60, date(2026, 1, 1), date(2026, 6, 30))
        make_plan(cluster, 90, date(2026, 7, 1))
        assert len(list_plans([cluster.id])) == 2
