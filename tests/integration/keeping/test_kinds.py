"""Each kind of thing: what is due is ended, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import Person
from cop_site.accounts.services import start_sign_in
from cop_site.audit import Change
from cop_site.bookings.models import BookingState
from cop_site.db import Base, db
from cop_site.keeping import Kept
from cop_site.transaction import transaction
from cop_site.wiring import KEPT
from tests.conftest import NOON
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.kept import MAKERS
from tests.factories.people import give_school_role, make_person, make_user
from tests.factories.schools import make_cluster, make_school
from tests.factories.support import make_entry
from tests.factories.toolkit import make_download, make_resource
from tests.support.keeping import end_due, kind
from tests.support.whose import list_columns_about_somebody

LONG_BEFORE = NOON - timedelta(days=4 * 365)
# Tables that name somebody, and that no kind ends: why.
STAYS = {
    "authority": "the service's addresses, nobody's own",
    "cluster_plan": "who saved it is an account, which is anonymous once they are gone",
    "entry": "who wrote it is an account, which is anonymous once they are gone",
    "event": "who made it is an account, which is anonymous once they are gone",
    "inviting": "who invited is an account, which is anonymous once they are gone",
    "material": "who added it is an account, which is anonymous once they are gone",
    "material_sending": "who sent them is an account, which is anonymous once they are gone",
    "register": "who closed it is an account, which is anonymous once they are gone",
    "resource_file": "who added it is an account, which is anonymous once they are gone",
    "resource_version": "who wrote it is an account, which is anonymous once they are gone",
    "school_import": "who took it in is an account, which is anonymous once they are gone",
    "scope": "who froze it is an account, which is anonymous once they are gone",
    "support_plan": "who planned it is an account, which is anonymous once they are gone",
    "survey": "who started it is an account, which is anonymous once they are gone",
}


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.key)
def test_what_is_due_is_ended_once_and_nothing_else(app: Flask, kept: Kept) -> None:
    margin = min(timedelta(days=1), kept.lasts / 2)
    is_old_whole = MAKERS[kept.key](NOON - kept.lasts - margin)
    is_young_whole = MAKERS[kept.key](NOON - kept.lasts + margin)
    db.session.commit()
    assert (is_old_whole(), is_young_whole()) == (True, True)
    assert kept.count_due(kept.lasts) == 1
    assert end_due(kept.key) == 1
    assert (is_old_whole(), is_young_whole()) == (False, True)
    assert end_due(kept.key) == 0


class TestTheList:
    def test_every_table_that_names_somebody_is_ended_or_excused(self) -> None:
        naming = {column.split(".")[0] for column in list_columns_about_somebody()}
        ended = {table for kept in KEPT for table in kept.tables}
        assert naming - ended - set(STAYS) == set(), "named, and never ended"
        assert ended & set(STAYS) == set(), "ended and excused"
        assert (ended | set(STAYS)) - set(Base.metadata.tables) == set(), "no such table"

    def test_keys_are_told_apart_and_times_are_within_their_bounds(self) -> None:
        assert len({kept.key for kept in KEPT}) == len(KEPT) == len(MAKERS)
        for kept in KEPT:
            least, most = kept.bounds or (0, 10_000)
            assert least <= kept.lasts.days <= most, kept.key

    def test_nobody_may_do_away_with_the_record_of_changes(self, app: Flask) -> None:
        least, _ = kind("changes").bounds or (0, 0)
        assert least >= 3 * 365


class TestSignsOfLife:
    """Whoever had a role long ago, but was seen since, is not gone."""

    def _gone(self) -> Person:
        person = make_person()
        person.created_at = LONG_BEFORE
        give_school_role(person, make_school(), ends_on=LONG_BEFORE.date())
        return person

    def _is_due(self, person: Person) -> bool:
        db.session.commit()
        left = kind("left")
        return person.id in db.session.scalars(left.due(NOON - left.lasts)).all()

    def test_a_role_that_lasts_or_is_to_come(self, app: Flask) -> None:
        staying, coming = self._gone(), self._gone()
        give_school_role(staying, make_school())
        give_school_role(coming, make_school(), starts_on=NOON.date() + timedelta(days=9))
        assert not self._is_due(staying) and not self._is_due(coming)
        assert self._is_due(self._gone())

    def test_a_booking_a_session_or_a_sign_in(self, app: Flask) -> None:
        booked, came, seen = self._gone(), self._gone(), self._gone()
        event = make_event()
        make_booking(event, booked)
        make_mark(make_register(session_of(event)), came, walk_in=True)
        make_user(seen).last_in_on = NOON.date()
        for person in (booked, came, seen):
            assert not self._is_due(person)

    def test_a_sign_in_whose_row_is_deleted_long_since(
        self, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        person = self._gone()
        user = make_user(person)
        db.session.commit()
        at(NOON - timedelta(days=120))
        with transaction():
            start_sign_in(user.id, remember=False, device="")
        at(NOON)
        assert end_due("sign_ins") == 1
        assert not self._is_due(person)

    def test_a_booking_of_long_ago_for_an_event_ahead(self, app: Flask) -> None:
        booked, cancelled = self._gone(), self._gone()
        event = make_event(NOON + timedelta(days=30))
        cancelled_booking = make_booking(event, cancelled)
        for booking in (make_booking(event, booked), cancelled_booking):
            booking.created_at = LONG_BEFORE
        cancelled_booking.state = BookingState.CANCELLED
        assert not self._is_due(booked) and self._is_due(cancelled)

    def test_a_download_or_support_given(self, app: Flask) -> None:
        took, gave = self._gone(), self._gone()
        make_download(make_resource(), make_school(), NOON.date(), person=took)
        make_entry(make_cluster(), make_school(), workers=((gave, "ep"),), day=NOON.date())
        assert not self._is_due(took) and not self._is_due(gave)

    def test_of_a_record_that_was_merged_into_theirs(self, app: Flask) -> None:
        person, once, twice = self._gone(), self._gone(), self._gone()
        once.merged_into_id, twice.merged_into_id = person.id, once.id
        assert self._is_due(person)
        make_booking(make_event(), twice)
        assert not self._is_due(person)
        assert not self._is_due(once) and not self._is_due(twice)

    def test_somebody_new_without_a_role_yet(self, app: Flask) -> None:
        assert not self._is_due(make_person())


class TestBounces:
    def test_are_known_as_long_as_somebody_has_a_role(self, app: Flask) -> None:
        stays, left = make_person(), make_person()
        stays.bounced_at = left.bounced_at = LONG_BEFORE
        give_school_role(stays, make_school())
        give_school_role(left, make_school(), ends_on=NOON.date() - timedelta(days=1))
        db.session.commit()
        assert end_due("bounces") == 1
        known = sa.select(Person.id).where(Person.bounced_at.is_not(None))
        assert db.session.scalars(known).all() == [stays.id]


class TestChanges:
    def test_of_a_register_stay_without_who_because_figures_rest_on_them(self, app: Flask) -> None:
        old = NOON - timedelta(days=7 * 365)
        row = Change(at=old, by_user_id=5, thing="register", thing_id=1, verb="closed", reason="W")
        row.was, row.now = {}, {}
        db.session.add(row)
        db.session.commit()
        assert end_due("changes") == 1
        db.session.expire_all()
        assert (row.verb, row.at, row.by_user_id, row.reason) == ("closed", old, None, "")
