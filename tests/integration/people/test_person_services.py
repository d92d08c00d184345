"""What an administrator does for one person, and two of them at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts import second_step_services
from cop_site.accounts.account_models import AddressChange, OutsideIdentity
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import LASTS, Newcomer
from cop_site.accounts.link_services import LinkPurpose, make_link
from cop_site.accounts.models import (
    OneTimeLink,
    Person,
    SchoolRoleKind,
    ServiceRoleKind,
    SignIn,
    User,
)
from cop_site.accounts.second_step_models import SecondStep
from cop_site.accounts.services import start_sign_in
from cop_site.audit import Change
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.people import person_services
from cop_site.people.role_giving import school_role, service_role
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import make_person, make_school_user, make_service_user, make_user
from tests.factories.schools import make_school
from tests.support.race import race

NEW = "new@school.example"


@pytest.fixture
def by(app: Flask) -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))


def make_signed_in() -> User:
    user = make_school_user(make_school("Oak"))
    db.session.commit()
    with transaction():
        start_sign_in(user.id, remember=False, device="test")
        make_link(user.id, LinkPurpose.SIGN_IN, timedelta(minutes=15))
    return user


def count_open(user: User) -> tuple[int, int]:
    """Sign-ins and links of an account that still work."""
    sign_ins = db.session.query(SignIn).filter_by(user_id=user.id, ended_at=None).count()
    links = db.session.query(OneTimeLink).filter_by(user_id=user.id, used_at=None).count()
    return sign_ins, links


class TestCorrectAddress:
    def test_of_who_never_came_in_sends_a_new_invitation_there(self, by: ActingUser) -> None:
        user = make_school_user(make_school("Oak"), been_in=False)
        old = make_link(user.id, LinkPurpose.INVITATION, LASTS)
        db.session.get_one(Person, user.person_id).bounced_at = NOON
        db.session.commit()
        with transaction():
            person_services.correct_address(user.person_id, NEW.upper(), by=by)
        db.session.expire_all()
        person = db.session.get_one(Person, user.person_id)
        assert (person.email, person.bounced_at) == (NEW, None)
        assert db.session.get_one(User, user.id).email == NEW
        (mail,) = db.session.query(OutboxMessage)
        assert (mail.recipient, mail.kind) == (NEW, "accounts/invitation")
        assert mail.context["welcome"] == "SENCO at Oak"
        assert old and count_open(user) == (0, 1)

    def test_of_who_uses_it_ends_everything_and_tells_both_boxes(self, by: ActingUser) -> None:
        user = make_signed_in()
        was = user.email
        db.session.add(
            OutsideIdentity(
                user_id=user.id, issuer="https://id.example", subject="1", linked_at=NOON
            )
        )
        db.session.add(
            AddressChange(user_id=user.id, new_email="x@y.example", asked_at=NOON, expires_at=NOON)
        )
        db.session.commit()
        with transaction():
            person_services.correct_address(user.person_id, NEW, by=by)
        assert count_open(user) == (0, 0)
        mails = db.session.query(OutboxMessage).all()
        assert {mail.recipient for mail in mails} == {was, NEW}
        assert {mail.kind for mail in mails} == {"accounts/address_corrected"}
        assert db.session.query(OutsideIdentity).count() == 0
        assert db.session.query(AddressChange).filter_by(ended_at=None).count() == 0
        change = db.session.query(Change).filter_by(verb="address corrected").one()
        assert (change.was, change.now) == ({"email": was}, {"email": NEW})

    def test_there_and_back_tells_both_each_time(self, by: ActingUser) -> None:
        user = make_signed_in()
        was = user.email
        for address in (NEW, was, NEW):
            with transaction():
                person_services.correct_address(user.person_id, address, by=by)
        assert db.session.query(OutboxMessage).count() == 6

    def test_an_address_of_somebody_else_is_refused(self, by: ActingUser) -> None:
        user, other = make_signed_in(), make_person(email=NEW)
        db.session.commit()
        with pytest.raises(DomainError) as refused, transaction():
            person_services.correct_address(user.person_id, NEW, by=by)
        assert refused.value.field == "email"
        assert count_open(user) == (1, 1) and other.email == NEW

    def test_their_own_is_refused(self, by: ActingUser) -> None:
        with pytest.raises(DomainError, match="Ask another administrator"), transaction():
            person_services.correct_address(by.person_id, NEW, by=by)

    def test_somebody_without_an_account_gets_an_address(self, by: ActingUser) -> None:
        person = make_person(email=None)
        db.session.commit()
        with transaction():
            person_services.correct_address(person.id, NEW, by=by)
        assert db.session.scalar(sa.select(Person.email).where(Person.id == person.id)) == NEW
        assert db.session.query(OutboxMessage).count() == 0


class TestCloseAccount:
    def test_ends_sign_ins_and_links_once(self, by: ActingUser) -> None:
        user = make_signed_in()
        for _ in range(2):
            with transaction():
                person_services.close_account(user.person_id, by=by)
        assert count_open(user) == (0, 0)
        assert db.session.query(Change).filter_by(verb="closed").count() == 1

    def test_opening_again_brings_no_link_back(self, by: ActingUser) -> None:
        user = make_signed_in()
        for do in (person_services.close_account, person_services.reopen_account):
            with transaction():
                do(user.person_id, by=by)
        assert count_open(user) == (0, 0)
        assert db.session.get_one(User, user.id, populate_existing=True).disabled_at is None

    @pytest.mark.parametrize(
        "do",
        [
            person_services.close_account,
            person_services.reopen_account,
            person_services.turn_off_second_step,
        ],
    )
    def test_nobody_does_it_to_themselves(self, by: ActingUser, do: Callable[..., None]) -> None:
        with pytest.raises(DomainError, match="Ask another administrator"), transaction():
            do(by.person_id, by=by)

    def test_who_has_none_is_refused(self, by: ActingUser) -> None:
        person = make_person()
        db.session.commit()
        with pytest.raises(DomainError, match="no account"), transaction():
            person_services.close_account(person.id, by=by)


class TestTurnOffSecondStep:
    def test_ends_the_sign_ins_and_says_who_did(self, by: ActingUser) -> None:
        user = make_signed_in()
        with transaction():
            second_step_services.begin(user.id, key="k" * 32).confirmed_at = clock.now()
            person_services.turn_off_second_step(user.person_id, by=by)
        assert db.session.query(SecondStep).count() == 0
        assert count_open(user)[0] == 0
        change = db.session.query(Change).filter_by(verb="second step off").one()
        assert change.by_user_id == by.user_id


class TestInviteAgain:
    def test_makes_an_account_where_there_is_none(self, by: ActingUser) -> None:
        person = make_person()
        with pytest.raises(DomainError, match="no role now or to come"), transaction():
            person_services.invite_again(person.id, by=by)

    def test_who_has_been_in_is_refused(self, by: ActingUser) -> None:
        user = make_signed_in()
        with pytest.raises(DomainError, match="They have been in"), transaction():
            person_services.invite_again(user.person_id, by=by)
        assert count_open(user) == (1, 1)

    def test_a_closed_account_is_refused(self, by: ActingUser) -> None:
        user = make_school_user(make_school())
        user.disabled_at = NOON
        db.session.commit()
        with pytest.raises(DomainError, match="closed"), transaction():
            person_services.invite_again(user.person_id, by=by)


def run(do: Callable[[], object]) -> Callable[[], str]:
    def runner() -> str:
        with transaction():
            do()
        return "done"

    return runner


class TestTwoAtOnce:
    def test_administrators_who_close_each_other_leave_one(self, committed_app: Flask) -> None:
        users = [make_service_user(ServiceRoleKind.ADMINISTRATOR) for _ in range(2)]
        actors = [acting(user) for user in users]
        db.session.commit()
        one, other = actors
        answers = race(
            committed_app,
            [
                run(lambda: person_services.close_account(other.person_id, by=one)),
                run(lambda: person_services.close_account(one.person_id, by=other)),
            ],
        )
        assert answers.count("done") == 1
        assert any("There must always be an administrator" in str(answer) for answer in answers)
        assert db.session.query(User).filter_by(disabled_at=None).count() == 1

    def test_the_same_person_invited_by_two_is_there_once(self, committed_app: Flask) -> None:
        actors = [acting(make_service_user(ServiceRoleKind.ADMINISTRATOR)) for _ in range(4)]
        db.session.commit()
        newcomer = Newcomer("Nora New", NEW)
        today = clock.today()
        chosen = service_role(ServiceRoleKind.EP)
        answers = race(
            committed_app,
            [
                run(lambda by=by: person_services.invite_to(newcomer, chosen, today, by=by))  # type: ignore[misc]
                for by in actors
            ],
        )
        assert answers.count("done") == 1
        assert all(isinstance(answer, DomainError) for answer in answers if answer != "done")
        assert db.session.query(Person).filter_by(email=NEW).count() == 1
        assert db.session.query(OutboxMessage).count() == 1

    def test_one_of_three_becomes_senco_and_the_others_are_asked(
        self, committed_app: Flask
    ) -> None:
        oak, by = make_school("Oak"), acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        chosen = school_role(SchoolRoleKind.SENCO, oak.id, "Oak")
        db.session.commit()

        def invite(number: int) -> Callable[[], int]:
            def run() -> int:
                newcomer = Newcomer(f"New {number}", f"new{number}@oak.example")
                with transaction():
                    return person_services.invite_to(newcomer, chosen, NOON.date(), by=by).id

            return run

        answers = race(committed_app, [invite(number) for number in range(3)])
        refused = [one for one in answers if isinstance(one, DomainError)]
        assert [one.field for one in refused] == ["shares", "shares"], answers

    def test_one_address_for_two_people_goes_to_one(self, committed_app: Flask) -> None:
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        people = [make_user().person_id for _ in range(3)]
        db.session.commit()
        answers = race(
            committed_app,
            [
                run(lambda key=key: person_services.correct_address(key, NEW, by=by))  # type: ignore[misc]
                for key in people
            ],
        )
        assert answers.count("done") == 1
        assert all(isinstance(answer, DomainError) for answer in answers if answer != "done")
        assert db.session.query(Person).filter_by(email=NEW).count() == 1
