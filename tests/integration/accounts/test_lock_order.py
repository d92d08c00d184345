"""Person, account, links: one order of locks. On a database that really commits.

Each test brings two to the moment where each would hold what the other asks for next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts import (
    address_queries,
    address_services,
    invitation_services,
    link_services,
    queries,
    services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.link_services import RUN_OUT, LinkPurpose
from cop_site.accounts.models import OneTimeLink, Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import ONCE
from cop_site.people import (
    invite_list_services,
    person_services,
)
from cop_site.people.invite_list_reading import read_list
from cop_site.people.role_giving import service_role
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import give_school_role, make_person, make_service_user, make_user
from tests.factories.schools import make_school
from tests.support.race import race

pytestmark = pytest.mark.thorough

TODAY = NOON.date()
INVITATION = LinkPurpose.INVITATION


def in_transaction(verb: Callable[..., Any], *given: Any, **named: Any) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return verb(*given, **named)

    return run


@pytest.fixture
def meet() -> Callable[[], None]:
    """Wait for the other, but not for ever: whoever waits for a lock never comes."""
    barrier = threading.Barrier(2)

    def wait() -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=0.7)

    return wait


Meet = Callable[[], None]


def make_wait(
    patch: pytest.MonkeyPatch, meet: Meet, module: Any, name: str, *, after: bool = False
) -> None:
    """Let whoever calls this meet the other, before or after it is done."""
    verb = getattr(module, name)

    def wait(*given: Any, **named: Any) -> Any:
        if not after:
            meet()
        answer = verb(*given, **named)
        if after:
            meet()
        return answer

    patch.setattr(module, name, wait)


def sentences(answers: list[Any]) -> list[str]:
    """What was refused. Anything else that went wrong is no answer."""
    strange = [one for one in answers if isinstance(one, Exception)]
    assert all(isinstance(one, DomainError) for one in strange), strange
    return [str(one) for one in strange]


def make_admin() -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


def make_invited() -> tuple[User, str]:
    """Somebody who has not been in, and the token of their invitation."""
    person = make_person("Nora New")
    give_school_role(person, make_school("Oak"), SchoolRoleKind.SENCO)
    user = make_user(person)
    # Made the day before, so that it does not count as one of a few in a while.
    token = link_services.make_link(user.id, INVITATION, invitation_services.LASTS / 2)
    db.session.commit()
    return user, token


def count_open(user_id: int) -> int:
    db.session.expire_all()
    query = sa.select(sa.func.count()).where(
        OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None)
    )
    return db.session.scalar(query) or 0


class TestAddress:
    def test_changed_by_oneself_while_an_administrator_corrects_it(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch, meet: Meet
    ) -> None:
        user, admin = make_user(), make_admin()
        user_id, person_id, own = user.id, user.person_id, acting(user)
        db.session.commit()
        in_transaction(address_services.ask, "own@new.example", by=own)()
        rows = db.session.scalars(sa.select(OutboxMessage))
        tokens = {row.recipient: str(row.context[ONCE]) for row in rows}
        db.session.commit()
        in_transaction(address_services.confirm, tokens[own.email], keep=None)()
        make_wait(monkeypatch, meet, address_queries, "is_taken")
        make_wait(monkeypatch, meet, queries, "find_person_by_email")
        answers = race(
            committed_app,
            [
                in_transaction(address_services.confirm, tokens["own@new.example"], keep=None),
                in_transaction(
                    person_services.correct_address, person_id, "right@new.example", by=admin
                ),
            ],
        )
        refused = sentences(answers)
        assert answers[0] is True or refused == [RUN_OUT]
        db.session.expire_all()
        emails = (
            db.session.get_one(User, user_id).email,
            db.session.get_one(Person, person_id).email,
        )
        assert emails == ("right@new.example", "right@new.example"), "whoever was first"


class TestLinks:
    def test_used_while_a_new_one_is_asked_for(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch, meet: Meet
    ) -> None:
        user, token = make_invited()
        user_id = user.id
        db.session.commit()
        make_wait(monkeypatch, meet, link_services, "_check")
        make_wait(monkeypatch, meet, invitation_services, "_count_recent")
        answers = race(
            committed_app,
            [
                in_transaction(invitation_services.accept, token, "a hash"),
                in_transaction(invitation_services.renew, token),
            ],
        )
        refused = sentences(answers)
        assert refused in ([], [RUN_OUT])
        assert count_open(user_id) == 1, "the new one opens, whether or not the old one did"
        assert (db.session.get_one(User, user_id).password_hash == "a hash") is not bool(refused)

    def test_two_new_ones_by_an_administrator_and_by_oneself(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch, meet: Meet
    ) -> None:
        (user, token), admin = make_invited(), make_admin()
        user_id, person_id = user.id, user.person_id
        db.session.commit()
        make_wait(monkeypatch, meet, services, "use_up_links", after=True)
        make_wait(monkeypatch, meet, invitation_services, "_count_recent")
        answers = race(
            committed_app,
            [
                in_transaction(person_services.invite_again, person_id, by=admin),
                in_transaction(invitation_services.renew, token),
            ],
        )
        assert answers == [None, None]
        assert count_open(user_id) == 1, "of two invitations the later one opens"

    def test_of_who_comes_in_meanwhile_gives_no_password(self, committed_app: Flask) -> None:
        user, token = make_invited()
        user_id = user.id
        db.session.commit()
        is_in = threading.Event()

        def come_in() -> None:
            """By another door."""
            with transaction():
                services.start_sign_in(user_id, remember=False, device="")
                db.session.flush()
                is_in.set()
                time.sleep(0.5)

        def accept() -> None:
            is_in.wait(timeout=10)
            with transaction():
                invitation_services.accept(token, "a hash")

        assert sentences(race(committed_app, [come_in, accept])) == [RUN_OUT]
        db.session.expire_all()
        assert db.session.get_one(User, user_id).password_hash is None


class TestSignIns:
    def test_ended_by_a_new_role_and_by_a_new_password(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch, meet: Meet
    ) -> None:
        user, admin = make_user(), make_admin()
        user_id, person_id = user.id, user.person_id
        services.start_sign_in(user_id, remember=False, device="")
        db.session.commit()
        end_sign_ins = services.end_sign_ins

        def end_and_meet(user_id: int, *, why: str, but: int | None = None) -> None:
            if why == "password changed":
                meet()
            end_sign_ins(user_id, why=why, but=but)
            if why == "role changed":
                meet()

        monkeypatch.setattr(services, "end_sign_ins", end_and_meet)
        chosen = service_role(ServiceRoleKind.EP)
        answers = race(
            committed_app,
            [
                in_transaction(person_services.add_role, person_id, chosen, TODAY, by=admin),
                in_transaction(services.change_password, user_id, "a hash", sign_in_id=0),
            ],
        )
        assert answers == [None, None]


class TestLists:
    def test_with_the_same_new_people_in_opposite_order(self, committed_app: Flask) -> None:
        make_school("Oak")
        admins = [make_admin(), make_admin()]
        db.session.commit()
        lines = [f"{name},{name}@s.example,SENCO,Oak" for name in ("alma", "mona", "zora")]

        def hold_the_middle() -> None:
            """Both lists come to somebody who is being written and may yet be taken back."""
            db.session.add(make_person("Mona", email="mona@s.example"))
            db.session.flush()
            time.sleep(1.5)
            db.session.rollback()

        def send(order: list[str], by: ActingUser) -> Callable[[], int]:
            def run() -> int:
                time.sleep(0.5)
                with transaction():
                    plan = invite_list_services.invite_list(
                        read_list("\n".join(order)), date(2026, 11, 10), by=by
                    )
                return len(plan.good)

            return run

        answers = race(
            committed_app,
            [hold_the_middle, send(lines, admins[0]), send(lines[::-1], admins[1])],
        )
        sentences(answers)
        assert answers.count(3) == 1
        new = sa.select(sa.func.count()).where(Person.email.endswith("@s.example"))
        db.session.expire_all()
        assert db.session.scalar(new) == 3
