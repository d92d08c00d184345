"""What a person may do is what they hold today."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site import clock
from cop_site.accounts.models import ServiceRoleKind, Standing
from cop_site.accounts.queries import rights_of
from cop_site.db import db
from tests.conftest import NOON
from tests.factories.people import assign, give_school_role, give_service_role, make_person
from tests.factories.schools import make_cluster, make_school
from tests.support.statements import count_statements

TODAY = clock.london_date(NOON)


class TestRightsOf:
    @pytest.mark.parametrize(("days", "kept"), [(-1, 0), (0, 1)])
    def test_a_part_in_a_cluster_ends_with_the_role_it_needs(
        self, app: object, days: int, kept: int
    ) -> None:
        person = make_person()
        role = give_service_role(person, ServiceRoleKind.ASEP)
        assign(person, make_cluster(), "asep")
        role.ends_on = TODAY + timedelta(days=days)
        db.session.flush()
        assert len(rights_of(person.id, TODAY)["assignments"]) == kept

    def test_a_manager_needs_none(self, app: object) -> None:
        person = make_person()
        assign(person, make_cluster(), "manager")
        (held,) = rights_of(person.id, TODAY)["assignments"]
        assert (held.kind_key, held.takes_registers) == ("manager", False)

    @pytest.mark.parametrize(
        ("standing", "what"), [(Standing.SUBSTANTIVE, "SENCO"), (Standing.ACTING, "Acting SENCO")]
    )
    def test_a_role_at_a_school_says_how_it_is_held(
        self, app: object, standing: Standing, what: str
    ) -> None:
        person = make_person()
        give_school_role(person, make_school()).standing = standing
        db.session.flush()
        with count_statements() as sent:
            (held,) = rights_of(person.id, TODAY)["school_roles"]
        assert (held.standing, held.what) == (standing, what)
        assert len(sent) == 1
