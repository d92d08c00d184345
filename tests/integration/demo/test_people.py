"""The demonstration's people: pages about them are not empty, on any day of the year."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site.accounts.models import Person, SchoolRole, Standing
from cop_site.db import db
from cop_site.people import mentoring_queries
from cop_site.people.new_in_role_queries import list_new_sencos
from cop_site.people.queries import PeopleFilter, list_people
from cop_site.schools.cluster_models import Cluster

pytestmark = [pytest.mark.sqlite_only, pytest.mark.thorough]


def test_some_are_new_invited_or_may_have_left_and_one_pair_meets(borough: Flask) -> None:
    counts = {
        state: list_people(PeopleFilter(state=state))[1] for state in ("new", "invited", "bounced")
    }
    assert counts == {"new": 5, "invited": 5, "bounced": 1}
    clusters = db.session.query(Cluster).order_by(Cluster.id).limit(2)
    new = [list_new_sencos([cluster.id]) for cluster in clusters]
    assert [len({one.person_id for one in rows}) for rows in new] == [3, 2]
    assert sum(one.mentor is not None for rows in new for one in rows) == 1
    mentor = db.session.query(Person).filter_by(email="senco2@demo.example").one()
    assert [pair.meetings for pair in mentoring_queries.list_own_pairs(mentor.id)] == [2]
    assert len(mentoring_queries.list_mentors(0)) == 4
    assert db.session.query(SchoolRole).filter_by(standing=Standing.ACTING).count() == 1
