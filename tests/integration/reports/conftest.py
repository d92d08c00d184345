"""Terms, schools and a frozen list of them; and a small borough with figures."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.schools.models import School, Scope
from tests.factories.people import make_service_user
from tests.factories.reports import (
    add_to_scope,
    hold_network,
    make_scope,
)
from tests.factories.schools import join_cluster, make_cluster, make_school, make_term
from tests.integration.reports.figures import (
    FIRST,
    OCTOBER,
    Borough,
    meet,
)
from tests.integration.reports.october import Terms


@pytest.fixture
def terms(app: object) -> Terms:
    return Terms(
        make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21)),
        make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18)),
        make_term("Spring 2027", date(2027, 1, 4), date(2027, 3, 26)),
    )


@pytest.fixture
def schools(terms: Terms) -> list[School]:
    return [make_school(f"School {letter}") for letter in "ABCD"]


@pytest.fixture
def scope(terms: Terms, schools: list[School]) -> Scope:
    return make_scope(terms.autumn, schools)


@pytest.fixture
def borough(app: object) -> Borough:
    north, south = make_cluster("North"), make_cluster("South")
    term = make_term("Autumn 2026", FIRST, date(2026, 12, 18))
    schools = [make_school(f"School {number:02}") for number in range(1, 27)]
    scope = make_scope(term, [])
    for school in schools:
        cluster = north if school in schools[:12] else south
        add_to_scope(scope, school, cluster)
        join_cluster(school, cluster)
    meet(north, *schools[:9])
    meet(south, *schools[12:19])
    hold_network(OCTOBER, *schools[:20])
    lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    ep = make_service_user(ServiceRoleKind.EP, north)
    db.session.commit()
    return Borough(term, scope, north, south, schools, lead, ep)
