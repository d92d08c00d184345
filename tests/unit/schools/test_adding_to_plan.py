"""What a plan of moves is with some more schools in it. No database."""

from __future__ import annotations

import pytest

from cop_site.errors import DomainError
from cop_site.schools.cluster_plan_services import LONGEST_PLAN, add_to_plan
from cop_site.schools.planning_models import PlanSchool

SCHOOLS = {key: PlanSchool(key, f"School {key}", "Larkton", "Primary", 100, 1) for key in (1, 2, 3)}


class TestAddToPlan:
    def test_the_ticked_go_where_was_said_and_the_others_stay_planned(self) -> None:
        planned = {1: 7, 2: 7}
        assert add_to_plan(planned, [2, 3], None, SCHOOLS) == {1: 7, 2: None, 3: None}
        assert planned == {1: 7, 2: 7}

    def test_who_would_stay_or_is_not_there_does_not_move(self) -> None:
        assert add_to_plan({1: 7}, [1, 99], 1, SCHOOLS) == {}

    def test_none_ticked_is_refused(self) -> None:
        with pytest.raises(DomainError, match="Tick at least one") as refusal:
            add_to_plan({1: 7}, [], 7, SCHOOLS)
        assert refusal.value.field == "schools"

    def test_as_many_as_a_plan_may_have_and_not_one_more(self) -> None:
        full = dict.fromkeys(range(1, LONGEST_PLAN), 7)
        add_to_plan(full, [LONGEST_PLAN], 7, SCHOOLS)
        with pytest.raises(DomainError, match="at most 500 schools"):
            add_to_plan(full, [LONGEST_PLAN, LONGEST_PLAN + 1], 7, SCHOOLS)
