"""Changes of address, asked for and answered by several at once. On a database that commits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts import address_services
from cop_site.accounts.account_models import AddressChange
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import ONCE
from cop_site.transaction import transaction
from tests.factories.people import make_person, make_user
from tests.support.race import race

pytestmark = pytest.mark.thorough

NEW = "married@school.example"


@pytest.fixture
def user(committed_app: Flask) -> User:
    user = make_user()
    db.session.commit()
    return user


def in_transaction(verb: Callable[..., Any], *given: Any, **named: Any) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return verb(*given, **named)

    return run


def acting(user: User) -> ActingUser:
    return ActingUser(user.id, user.person_id, "Somebody", user.email)


def ask(user: User, email: str = NEW) -> tuple[str, str]:
    """The tokens of both boxes."""
    was, by = user.email, acting(user)
    db.session.commit()
    in_transaction(address_services.ask, email, by=by)()
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(2))
    tokens = {row.recipient: str(row.context[ONCE]) for row in rows}
    db.session.commit()
    return tokens[was], tokens[email]


def refusals(answers: list[Any]) -> int:
    strange = [one for one in answers if isinstance(one, Exception)]
    assert all(isinstance(one, DomainError) for one in strange), strange
    return len(strange)


def email_of(user_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(User, user_id).email


confirm = partial(in_transaction, address_services.confirm, keep=None)


class TestAtOnce:
    def test_both_boxes_change_it_once(self, committed_app: Flask, user: User) -> None:
        user_id = user.id
        old, new = ask(user)
        answers = race(committed_app, [confirm(old), confirm(new)])
        assert sorted(answers) == [False, True]
        assert email_of(user_id) == NEW
        told = sa.select(sa.func.count()).where(OutboxMessage.kind == "accounts/address_changed")
        assert db.session.scalar(told) == 2

    def test_one_box_clicked_often_counts_once(self, committed_app: Flask, user: User) -> None:
        user_id = user.id
        old, new = ask(user)
        answers = race(committed_app, [confirm(old)] * 4 + [confirm(new)] * 4)
        assert refusals(answers) == 6
        assert email_of(user_id) == NEW

    def test_stopped_or_changed_and_never_both(self, committed_app: Flask, user: User) -> None:
        user_id, was = user.id, user.email
        old, new = ask(user)
        confirm(new)()
        stop = in_transaction(address_services.stop, old)
        answers = race(committed_app, [confirm(old), stop])
        assert refusals(answers) == 1
        assert email_of(user_id) == (NEW if answers[0] is True else was)

    def test_asking_often_leaves_one_change(self, committed_app: Flask, user: User) -> None:
        by = acting(user)
        db.session.commit()
        asks = [
            in_transaction(address_services.ask, f"new{number}@school.example", by=by)
            for number in range(4)
        ]
        assert refusals(race(committed_app, asks)) == 1
        left = sa.select(sa.func.count()).where(AddressChange.ended_at.is_(None))
        assert db.session.scalar(left) == 1

    def test_two_people_who_want_the_same_address(self, committed_app: Flask, user: User) -> None:
        other = make_user(make_person())
        db.session.commit()
        ids = (user.id, other.id)
        tokens = [ask(user), ask(other)]
        for old, _new in tokens:
            confirm(old)()
        answers = race(committed_app, [confirm(new) for _old, new in tokens])
        assert refusals(answers) == 1
        assert [email_of(each) for each in ids].count(NEW) == 1
        assert db.session.query(Person).filter_by(email=NEW).count() == 1
