"""Nobody's box is filled by inviting, and what is waited for goes first."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts import invitation_services
from cop_site.accounts.invitation_services import MOST_INVITED_A_DAY, MOST_TO_ONE_A_DAY, invite
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.audit import Change
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import Recipient, claim_due, queue_message
from tests.factories.acting import acting
from tests.factories.people import make_school_user, make_service_user, make_user
from tests.factories.schools import make_school

pytestmark = pytest.mark.usefixtures("app")


class TestInvite:
    def test_one_address_gets_only_so_many_a_day(self, app: Flask) -> None:
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        user, other = make_user(), make_user()
        for _ in range(MOST_TO_ONE_A_DAY):
            invite(user, "Teacher at Elm", by=by)
        with pytest.raises(DomainError, match="several messages today"):
            invite(user, "Teacher at Elm", by=by)
        invite(other, "Teacher at Elm", by=by)
        told = sa.update(OutboxMessage).values(created_at=clock.now() - timedelta(hours=25))
        db.session.execute(told)
        invite(user, "Teacher at Elm", by=by)

    def test_a_school_invites_only_so_many_a_day_and_an_administrator_more(
        self, app: Flask
    ) -> None:
        office = acting(make_school_user(make_school(), role=SchoolRoleKind.OFFICE))
        admin = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        for _ in range(MOST_INVITED_A_DAY):
            invite(make_user(), "Teacher at Elm", by=office)
        with pytest.raises(DomainError, match="as many people as you can today"):
            invite(make_user(), "Teacher at Elm", by=office)
        for _ in range(MOST_INVITED_A_DAY + 1):
            invite(make_user(), "Teacher at Elm", by=admin)
        db.session.execute(sa.update(Change).values(at=clock.now() - timedelta(hours=25)))
        invitation_services.check_daily(office, MOST_INVITED_A_DAY)
        with pytest.raises(DomainError):
            invitation_services.check_daily(office, MOST_INVITED_A_DAY + 1)


class TestClaimDue:
    def test_a_link_that_somebody_waits_for_goes_before_a_flood(self, app: Flask) -> None:
        for number, kind in enumerate(("accounts/invitation",) * 3 + ("accounts/sign_in_link",)):
            to = Recipient(f"p{number}@school.example", "P")
            queue_message(to, kind=kind, thing="one_time_link", thing_id=number, context={})
        db.session.flush()
        (first,) = claim_due(limit=1)
        assert db.session.get_one(OutboxMessage, first).kind == "accounts/sign_in_link"
