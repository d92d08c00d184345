"""What M1 says once somebody at the door is known to be a person of the school."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.merge_services import merge_walk_in, undo_merge
from cop_site.attendance.models import Mark
from cop_site.attendance.services import close_register
from cop_site.db import db
from cop_site.reports.engagement_report import load_report
from cop_site.schools.models import School, Scope
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_mark
from tests.factories.people import give_school_role, make_person, make_service_user
from tests.factories.reports import hold_network, make_staff
from tests.integration.reports.october import OCTOBER, engaged


class TestSomebodyAtTheDoor:
    def test_counts_as_who_they_were_until_it_is_taken_back(
        self, schools: list[School], scope: Scope
    ) -> None:
        _, register = hold_network(OCTOBER)
        at_the_door = make_person("Nora New", email=None)
        make_mark(register, at_the_door, schools[0], walk_in=True)
        by = acting(make_service_user(ServiceRoleKind.SUPPORT_OFFICER))
        known = make_staff(schools[0])
        governor = make_person()
        give_school_role(governor, schools[0], SchoolRoleKind.GOVERNOR)
        assert engaged(load_report()) == ["School A"]
        merge_walk_in(register.session_id, at_the_door.id, known.id, by=by)
        assert engaged(load_report()) == ["School A"]
        merge_walk_in(register.session_id, at_the_door.id, governor.id, by=by)
        assert engaged(load_report()) == []
        undo_merge(register.session_id, at_the_door.id, by=by)
        assert engaged(load_report()) == ["School A"]

    def test_with_a_row_of_their_own_counts_once_by_that(
        self, schools: list[School], scope: Scope
    ) -> None:
        event, register = hold_network(OCTOBER, closed=False)
        at_the_door = make_person("Nora New", email=None)
        make_mark(register, at_the_door, schools[0], walk_in=True)
        booked = make_staff(schools[0])
        make_booking(event, booked, schools[0])
        by = acting(make_service_user(ServiceRoleKind.SUPPORT_OFFICER))
        merge_walk_in(register.session_id, at_the_door.id, booked.id, by=by)
        close_register(register.session_id, mark_rest=True, by=by)
        assert engaged(load_report()) == ["School A"]
        query = sa.select(Mark.person_id, Mark.kind_key).where(Mark.voided_at.is_(None))
        assert db.session.execute(query).all() == [(booked.id, "in_person")]
