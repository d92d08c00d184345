"""People who left are forgotten one by one, each asked about again."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.accounts.role_services import lock_person
from cop_site.audit import Change
from cop_site.cli.housekeeping import Tally, end_all
from cop_site.db import db
from cop_site.people.erasure_services import erase_person
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.people import LONG_AGO, give_school_role, make_person, make_user
from tests.factories.schools import make_authority, make_school
from tests.support.keeping import end_due, kind
from tests.support.race import race
from tests.support.statements import count_statements

LONG_BEFORE = NOON - timedelta(days=4 * 365)
TIMES = 3


def make_gone(name: str = "Somebody Gone") -> Person:
    person = make_person(name)
    person.created_at = LONG_BEFORE
    db.session.flush()
    return person


def list_left() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Person.name).where(Person.erased_at.is_(None))))


class TestLeft:
    def test_is_forgotten_with_the_account_and_noted(self, app: Flask) -> None:
        person = make_gone()
        user = make_user(person)
        db.session.commit()
        assert end_due("left") == 1
        db.session.expire_all()
        assert db.session.get_one(Person, person.id).name != "Somebody Gone"
        assert db.session.get_one(User, user.id).disabled_at is not None
        change = db.session.scalars(sa.select(Change).where(Change.verb == "erased")).one()
        assert (change.thing_id, change.by_user_id) == (person.id, None)

    def test_whoever_came_back_since_the_question_stays(self, app: Flask) -> None:
        kept, person = kind("left"), make_gone()
        db.session.commit()
        assert kept.list_due(kept.lasts) == [person.id]
        give_school_role(person, make_school())
        db.session.commit()
        with transaction():
            assert not kept.end_one(person.id, kept.lasts)
        assert list_left() == ["Somebody Gone"]

    def test_whose_merged_record_came_back_since_stays(self, app: Flask) -> None:
        kept, person, other = kind("left"), make_gone(), make_gone()
        other.merged_into_id = person.id
        give_school_role(other, make_school())
        db.session.commit()
        with transaction():
            assert not kept.end_one(person.id, kept.lasts)

    def test_one_who_fails_is_noted_and_the_others_go(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        people = [make_gone(f"Somebody {word}") for word in ("First", "Second", "Third")]
        make_authority()
        db.session.commit()
        second_id = people[1].id

        def fail_for_one(person_id: int, **_more: object) -> None:
            erase_person(person_id, by=None, reason="")
            if person_id == second_id:
                raise AttributeError("Somebody's words")

        monkeypatch.setattr("cop_site.reports.keeping_services.erase_person", fail_for_one)
        assert end_all(kind("left"), {}) == Tally(ended=2, failed=1)
        # Nothing of an erasure that failed half-way stays.
        assert list_left() == ["Somebody Second"]
        assert "left: AttributeError" in caplog.text and "words" not in caplog.text
        monkeypatch.undo()
        assert end_due("left") == 1

    def test_asks_the_long_question_once_for_all(self, app: Flask) -> None:
        for _ in range(3):
            make_gone()
        db.session.commit()
        with count_statements() as sent:
            assert end_due("left") == 3
        assert len([one for one in sent if one.startswith("WITH RECURSIVE here")]) == 2

    def test_comes_back_or_is_forgotten_and_never_both(self, committed_app: Flask) -> None:
        make_authority()
        school, kept = make_school(), kind("left")
        for _ in range(TIMES):
            person = make_gone()
            db.session.commit()
            back = partial(_come_back, person.id, school.id)
            _, tally = race(committed_app, [back, partial(end_all, kept, {})])
            db.session.rollback()
            db.session.expire_all()
            role = db.session.scalar(sa.select(SchoolRole.id).filter_by(person_id=person.id))
            assert tally == Tally(ended=int(role is None)), "who came back was forgotten"
            assert (db.session.get_one(Person, person.id).erased_at is None) == (role is not None)


def _come_back(person_id: int, school_id: int) -> None:
    """As every role is given: with the person locked."""
    with transaction():
        lock_person(person_id)
        time.sleep(0.2)
        role = {"role": SchoolRoleKind.TEACHER, "starts_on": LONG_AGO}
        db.session.add(SchoolRole(person_id=person_id, school_id=school_id, **role))
