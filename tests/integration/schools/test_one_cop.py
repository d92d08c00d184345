"""A school is in at most one live CoP: the database refuses every way past that rule."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from cop_site.db import db
from cop_site.errors import find_refusal
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.models import School
from tests.factories.schools import join_cluster, make_cluster, make_school

pytestmark = pytest.mark.usefixtures("app")
COP, PARTNERSHIP = "community_of_practice", "inclusion_partnership"
AHEAD = date(2028, 9, 1)


@pytest.fixture
def school() -> School:
    """In a CoP and in a partnership."""
    school = make_school()
    join_cluster(school, make_cluster())
    join_cluster(school, make_cluster("Northern", PARTNERSHIP))
    return school


def refuse(statement: sa.Executable) -> str:
    with pytest.raises(IntegrityError) as refused, db.session.begin_nested():
        db.session.execute(statement)
    return str(refused.value)


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("starts_on", [date(2026, 9, 1), AHEAD])
def test_a_second_one_whatever_its_row_says(
    school: School, exclusive: bool, starts_on: date
) -> None:
    second = make_cluster()
    values = {"cluster_id": second.id, "school_id": school.id, "starts_on": starts_on}
    refuse(sa.insert(ClusterMembership).values(**values, exclusive=exclusive))


def test_a_membership_that_is_said_to_be_of_another_sort(school: School) -> None:
    of_school = sa.update(ClusterMembership).where(ClusterMembership.school_id == school.id)
    refuse(of_school.where(ClusterMembership.exclusive).values(exclusive=False))
    refuse(of_school.where(~ClusterMembership.exclusive).values(exclusive=True))


@pytest.mark.parametrize("values", [{}, {"exclusive": True}])
def test_a_cluster_that_becomes_one(school: School, values: dict[str, bool]) -> None:
    partnership = sa.update(Cluster).where(Cluster.kind_key == PARTNERSHIP)
    refuse(partnership.values(kind_key=COP, **values))


@pytest.mark.parametrize("values", [{}, {"exclusive": False}])
def test_a_cop_that_becomes_something_else(school: School, values: dict[str, bool]) -> None:
    refuse(sa.update(Cluster).where(Cluster.kind_key == COP).values(kind_key=PARTNERSHIP, **values))


@pytest.mark.parametrize(("kind", "exclusive"), [(COP, False), (PARTNERSHIP, True)])
def test_a_kind_that_is_said_to_be_of_another_sort(
    school: School, kind: str, exclusive: bool
) -> None:
    refuse(sa.update(ClusterKind).where(ClusterKind.key == kind).values(exclusive=exclusive))


def test_a_cluster_of_another_kind_of_the_same_sort_is_let_be(school: School) -> None:
    db.session.add(ClusterKind(key="hub", name="Hub", exclusive=True))
    db.session.flush()
    db.session.execute(sa.update(Cluster).where(Cluster.kind_key == COP).values(kind_key="hub"))
    refuse(
        sa.insert(ClusterMembership).values(
            cluster_id=make_cluster().id, school_id=school.id, starts_on=AHEAD, exclusive=True
        )
    )


@pytest.mark.parametrize(
    "name", ["fk_cluster_kind_key_exclusive", "fk_cluster_membership_cluster_id_exclusive"]
)
def test_the_refusal_is_a_sentence(name: str) -> None:
    assert "only one cluster" in str(find_refusal(name))
    assert any(
        name == found["name"]
        for table in ("cluster", "cluster_membership")
        for found in sa.inspect(db.engine).get_foreign_keys(table)
    )
