"""Plans: several schools moved together from a day ahead, and taken back before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools import cluster_plan_queries, cluster_plan_services
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_plan_queries import (
    PlanFilter,
    list_plan_makes,
    list_plan_schools,
    list_plans_ahead,
)
from cop_site.schools.cluster_plan_services import Route, change_day, save_plan, undo_plan
from cop_site.schools.cluster_services import move_schools
from cop_site.schools.models import School, SchoolStatus
from cop_site.schools.planning_models import Make
from cop_site.transaction import transaction
from tests.factories.schools import LONG_AGO, join_cluster, make_cluster, make_school
from tests.support.race import race
from tests.support.statements import count_statements

pytestmark = pytest.mark.usefixtures("app")
FIRST_DAY, EVE = date(2027, 9, 1), date(2027, 8, 31)


@pytest.fixture
def clusters(app: Flask) -> tuple[Cluster, Cluster]:
    return make_cluster("Heather"), make_cluster("Larch")


def times(school: School) -> list[tuple[int, date, date | None]]:
    rows = db.session.scalars(
        sa.select(ClusterMembership)
        .where(ClusterMembership.school_id == school.id)
        .order_by(ClusterMembership.starts_on, ClusterMembership.id)
        .execution_options(populate_existing=True)
    )
    return [(row.cluster_id, row.starts_on, row.ends_on) for row in rows]


class TestListPlanSchools:
    def test_open_schools_with_their_cluster_on_the_day(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        moved, free = make_school("A"), make_school("B", pupils=90)
        join_cluster(moved, one, ends_on=EVE)
        join_cluster(moved, two, FIRST_DAY)
        join_cluster(free, make_cluster(kind="inclusion_partnership"))
        make_school("C", status=SchoolStatus.CLOSED)
        make_school("D", closed_on=EVE)
        make_school("E", opened_on=FIRST_DAY + timedelta(days=1))
        found = list_plan_schools(FIRST_DAY, PlanFilter()).schools.values()
        assert [(row.name, row.cluster_id, row.pupils) for row in found] == [
            ("A", two.id, None),
            ("B", None, 90),
        ]

    def test_what_is_decided_of_a_school_is_told_whatever_the_day(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        moves, joins, leaves, stays = (make_school(name) for name in "ABCD")
        join_cluster(moves, one, ends_on=EVE)
        join_cluster(moves, two, FIRST_DAY, date(2028, 8, 31))
        join_cluster(moves, one, date(2028, 9, 1))
        join_cluster(joins, two, FIRST_DAY)
        join_cluster(joins, make_cluster(kind="inclusion_partnership"), date(2026, 12, 1))
        join_cluster(leaves, one, ends_on=EVE)
        join_cluster(stays, one)
        told = [
            (moves.id, two.id, FIRST_DAY, EVE),
            (joins.id, two.id, FIRST_DAY, None),
            (leaves.id, None, None, EVE),
            (stays.id, None, None, None),
        ]
        for day in (clock.today(), FIRST_DAY):
            found = list_plan_schools(day, PlanFilter()).schools.values()
            assert [
                (one.school_id, one.joins_id, one.joins_on, one.stays_until) for one in found
            ] == told

    def test_lists_what_is_asked_for_and_has_the_others_too(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        inside, other, free = make_school("A"), make_school("B"), make_school("O'Hara")
        join_cluster(inside, one)
        join_cluster(other, two)
        for chosen, schools in (
            (PlanFilter(one.id), {inside.id}),
            (PlanFilter(0), {free.id}),
            (PlanFilter(search="ohara lark"), {free.id}),
            (PlanFilter(two.id, "nothing"), set()),
        ):
            found = list_plan_schools(FIRST_DAY, chosen, [other.id])
            assert set(found.listed) == schools
            assert set(found.schools) == schools | {other.id}
            assert not found.is_cut

    def test_no_more_than_so_many_by_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cluster_plan_queries, "LONGEST_LIST", 2)
        made = [make_school(name) for name in "AB"]
        assert not list_plan_schools(FIRST_DAY, PlanFilter()).is_cut
        make_school("C")
        found = list_plan_schools(FIRST_DAY, PlanFilter())
        assert (found.is_cut, found.total) == (True, 3)
        assert found.listed == {one.id for one in made}


class TestListPlanMakes:
    def test_counts_every_school_open_on_the_day_empty_clusters_too(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        join_cluster(make_school(pupils=100), one)
        join_cluster(make_school(phase="Secondary"), one)
        join_cluster(make_school(closed_on=EVE), one)
        join_cluster(make_school(pupils=7), two, ends_on=EVE)
        make_cluster(kind="inclusion_partnership")
        names, makes = list_plan_makes(FIRST_DAY)
        assert list(names) == [one.id, two.id, None]
        assert makes[one.id] == Make(2, 100, 1, Counter(Primary=1, Secondary=1))
        assert makes[two.id] == Make()
        assert makes[None] == Make(1, 7, 0, Counter(Primary=1))


class TestSavePlan:
    def test_all_move_on_the_day(self, clusters: tuple[Cluster, Cluster]) -> None:
        one, two = clusters
        across, out, into = make_school("A"), make_school("B"), make_school("C")
        join_cluster(across, one)
        join_cluster(out, two)
        plan, replaced = save_plan(
            {across.id: (one.id, two.id), out.id: (two.id, None), into.id: (None, one.id)},
            FIRST_DAY,
            by=5,
        )
        assert times(across) == [(one.id, LONG_AGO, EVE), (two.id, FIRST_DAY, None)]
        assert times(out) == [(two.id, LONG_AGO, EVE)]
        assert times(into) == [(one.id, FIRST_DAY, None)]
        assert (list_plans_ahead(), replaced) == ([plan], ())

    def test_no_more_than_so_many_whoever_sends_them(
        self, clusters: tuple[Cluster, Cluster], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cluster_plan_services, "LONGEST_PLAN", 1)
        moves = {make_school(name).id: (None, clusters[0].id) for name in "AB"}
        with pytest.raises(DomainError, match="at most 1 schools"):
            save_plan(moves, FIRST_DAY, by=5)

    def test_one_that_can_not_move_stops_all(self, clusters: tuple[Cluster, Cluster]) -> None:
        one, two = clusters
        fine, wrong = make_school("A"), make_school("B")
        join_cluster(fine, one)
        db.session.commit()
        with pytest.raises(DomainError, match="B is not in Heather"), transaction():
            moves = {fine.id: (one.id, two.id), wrong.id: (one.id, two.id)}
            save_plan(moves, FIRST_DAY, by=5)
        assert times(fine) == [(one.id, LONG_AGO, None)]
        assert list_plans_ahead() == []

    @pytest.mark.parametrize("day", [date(2026, 11, 10), date(2026, 11, 9)])
    def test_a_day_that_is_not_ahead_is_refused(
        self, clusters: tuple[Cluster, Cluster], day: date
    ) -> None:
        one, two = clusters
        school = make_school()
        join_cluster(school, one)
        with pytest.raises(DomainError, match="a day ahead"):
            save_plan({school.id: (one.id, two.id)}, day, by=5)

    def test_schools_in_no_cluster_join_from_a_day_that_has_come(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, _two = clusters
        schools, term_began = [make_school(), make_school()], date(2026, 9, 1)
        save_plan({school.id: (None, one.id) for school in schools}, term_began, by=5)
        assert [times(school) for school in schools] == [[(one.id, term_began, None)]] * 2
        assert list_plans_ahead() == []

    def test_a_school_that_was_in_one_since_is_not_counted_twice(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        school = make_school()
        join_cluster(school, one, ends_on=date(2026, 10, 1))
        with pytest.raises(DomainError):
            save_plan({school.id: (None, two.id)}, date(2026, 9, 1), by=5)
        assert len(times(school)) == 1

    def test_20_schools_cost_as_many_statements_as_2_saved_and_taken_back(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        costs = []
        for count in (2, 20):
            stay, come = ([make_school() for _ in range(count)] for _ in range(2))
            for school in stay:
                join_cluster(school, one)
            db.session.commit()
            moves: dict[int, Route] = {school.id: (one.id, two.id) for school in stay}
            moves |= {school.id: (None, two.id) for school in come}
            with count_statements() as sent, transaction():
                plan, _ = save_plan(moves, FIRST_DAY, by=5)
            with count_statements() as sent_back, transaction():
                undo_plan(plan.id, by=6)
            costs.append((len(sent), len(sent_back)))
            changes = [len(audit.list_changes("school_clusters", key)) for key in moves]
            assert changes == [3] * count + [2] * count
        assert costs[0] == costs[1]
        assert costs[1][0] <= 20 and costs[1][1] <= 8

    def test_nothing_planned_is_refused(self) -> None:
        with pytest.raises(DomainError, match="at least one"):
            save_plan({}, FIRST_DAY, by=5)

    def test_two_who_move_the_same_school_do_not_both(self, committed_app: Flask) -> None:
        one, two, three = make_cluster(), make_cluster(), make_cluster()
        school = make_school()
        join_cluster(school, one)
        ids = school.id, one.id
        targets = two.id, three.id
        db.session.commit()

        def save(target_id: int) -> Callable[[], bool]:
            def run() -> bool:
                with transaction():
                    save_plan({ids[0]: (ids[1], target_id)}, FIRST_DAY, by=5)
                return True

            return run

        answers = race(committed_app, [save(target_id) for target_id in targets * 2])
        assert answers.count(True) == 1
        assert all(isinstance(answer, DomainError) for answer in answers if answer is not True)
        assert len(times(school)) == 2


class TestUndoPlan:
    def test_every_school_is_where_it_was(self, clusters: tuple[Cluster, Cluster]) -> None:
        one, two = clusters
        across, out, into = make_school("A"), make_school("B"), make_school("C")
        join_cluster(across, one, ends_on=date(2028, 8, 31))
        join_cluster(out, two)
        before = [times(school) for school in (across, out, into)]
        plan, _ = save_plan(
            {across.id: (one.id, two.id), out.id: (two.id, None), into.id: (None, one.id)},
            FIRST_DAY,
            by=5,
        )
        undo_plan(plan.id, by=6)
        assert [times(school) for school in (across, out, into)] == before
        assert list_plans_ahead() == []
        undo_plan(plan.id, by=6)
        assert [times(school) for school in (across, out, into)] == before

    def test_once_its_day_has_come_it_stays(
        self, clusters: tuple[Cluster, Cluster], at: Callable[[datetime], None]
    ) -> None:
        one, two = clusters
        school = make_school()
        join_cluster(school, one)
        plan, _ = save_plan({school.id: (one.id, two.id)}, FIRST_DAY, by=5)
        at(datetime(2027, 9, 1, 0, 1, tzinfo=clock.LONDON))
        with pytest.raises(DomainError, match="has come"):
            undo_plan(plan.id, by=6)

    def test_a_school_that_moved_again_stops_it(self, clusters: tuple[Cluster, Cluster]) -> None:
        one, two = clusters
        first, second = make_school("A"), make_school("B")
        for school in (first, second):
            join_cluster(school, one)
        plan, _ = save_plan(
            {first.id: (one.id, two.id), second.id: (one.id, two.id)}, FIRST_DAY, by=5
        )
        later = FIRST_DAY + timedelta(days=30)
        move_schools([second.id], source_id=two.id, target_id=one.id, starts_on=later, by=5)
        db.session.commit()
        with pytest.raises(DomainError, match="B was moved again"), transaction():
            undo_plan(plan.id, by=6)
        assert times(first)[-1] == (two.id, FIRST_DAY, None)

    def test_what_it_replaced_is_planned_again(self, clusters: tuple[Cluster, Cluster]) -> None:
        one, two = clusters
        three = make_cluster()
        away, along = make_school("A"), make_school("B")
        for school in (away, along):
            join_cluster(school, one)
        first, _ = save_plan(
            {away.id: (one.id, three.id), along.id: (one.id, two.id)}, FIRST_DAY, by=5
        )
        planned = [times(school) for school in (away, along)]
        earlier = FIRST_DAY - timedelta(days=60)
        second, replaced = save_plan(
            {away.id: (one.id, two.id), along.id: (one.id, two.id)}, earlier, by=5
        )
        assert len(replaced) == 1 and times(away)[-1] == (two.id, earlier, None)
        db.session.commit()
        with pytest.raises(DomainError, match="was moved again"), transaction():
            undo_plan(first.id, by=6)

        undo_plan(second.id, by=6)
        assert [times(school) for school in (away, along)] == planned
        undo_plan(first.id, by=6)
        assert [times(school) for school in (away, along)] == [[(one.id, LONG_AGO, None)]] * 2

    def test_one_of_an_earlier_version_says_so_and_changes_nothing(
        self, clusters: tuple[Cluster, Cluster]
    ) -> None:
        one, two = clusters
        school = make_school()
        join_cluster(school, one)
        plan, _ = save_plan({school.id: (one.id, two.id)}, FIRST_DAY, by=5)
        plan.moves = {str(school.id): {"from": one.id, "to": two.id}}
        db.session.commit()
        moved = times(school)
        with pytest.raises(DomainError, match="by an earlier version"), transaction():
            undo_plan(plan.id, by=6)
        assert times(school) == moved

    def test_an_unknown_one_is_not_found(self) -> None:
        with pytest.raises(NotFoundError):
            undo_plan(99, by=6)

    def test_two_at_once_take_it_back_once(self, committed_app: Flask) -> None:
        one, two, school = make_cluster(), make_cluster(), make_school()
        join_cluster(school, one)
        plan, _ = save_plan({school.id: (one.id, two.id)}, FIRST_DAY, by=5)
        plan_id = plan.id
        db.session.commit()

        def undo() -> bool:
            with transaction():
                undo_plan(plan_id, by=6)
            return True

        assert race(committed_app, [undo] * 3) == [True] * 3
        assert times(school) == [(one.id, LONG_AGO, None)]


class TestChangeDay:
    def test_it_is_saved_anew_from_another_day(self, clusters: tuple[Cluster, Cluster]) -> None:
        one, two = clusters
        across, into = make_school("A"), make_school("B")
        join_cluster(across, one)
        plan, _ = save_plan({across.id: (one.id, two.id), into.id: (None, one.id)}, FIRST_DAY, by=5)
        later = FIRST_DAY + timedelta(days=7)
        changed, _ = change_day(plan.id, later, by=6)
        assert list_plans_ahead() == [changed]
        assert times(across) == [
            (one.id, LONG_AGO, later - clock.ONE_DAY),
            (two.id, later, None),
        ]
        assert times(into) == [(one.id, later, None)]
        db.session.commit()
        with pytest.raises(DomainError, match="a day ahead"), transaction():
            change_day(changed.id, clock.today(), by=6)
        assert list_plans_ahead() == [changed] and times(into) == [(one.id, later, None)]
        with pytest.raises(DomainError, match="was taken back"):
            change_day(plan.id, later, by=6)
