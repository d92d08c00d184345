"""Schools in, between and out of clusters."""

from __future__ import annotations

from datetime import date
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from cop_site import audit
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools import cluster_queries
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_services import Moved, create_cluster, move_schools
from cop_site.schools.models import School, SchoolStatus
from cop_site.transaction import transaction
from tests.factories.schools import LONG_AGO, join_cluster, make_cluster, make_school

TODAY = date(2026, 11, 10)
EVE = date(2026, 12, 31)
NEW_YEAR = date(2027, 1, 1)
SPRING = date(2027, 3, 1)
PARTNERSHIP = "inclusion_partnership"


def move(
    *schools: School, source: Cluster | None = None, to: Cluster | None = None, on: date = TODAY
) -> Moved:
    with transaction():
        return move_schools(
            [school.id for school in schools],
            source_id=source.id if source else None,
            target_id=to.id if to else None,
            starts_on=on,
            by=None,
        )


def spans(school: School) -> list[tuple[int, date, date | None]]:
    """Cluster, first and last day of each of a school's memberships, in order."""
    rows = db.session.execute(
        sa.select(
            ClusterMembership.cluster_id, ClusterMembership.starts_on, ClusterMembership.ends_on
        )
        .where(ClusterMembership.school_id == school.id)
        .order_by(ClusterMembership.starts_on)
    )
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.fixture
def alder(app: Flask) -> Cluster:
    return make_cluster("Alder")


@pytest.fixture
def beech(app: Flask) -> Cluster:
    return make_cluster("Beech")


@pytest.fixture
def school(alder: Cluster, beech: Cluster) -> School:
    """In Alder since long ago."""
    school = make_school("Lark Lane")
    join_cluster(school, alder)
    db.session.commit()
    return school


class TestMoveSchools:
    def test_old_membership_ends_the_day_before_the_new_begins(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        assert move(school, source=alder, to=beech, on=NEW_YEAR) == Moved(1)
        assert spans(school) == [(alder.id, LONG_AGO, EVE), (beech.id, NEW_YEAR, None)]

    def test_both_clusters_say_how_many_they_have_from_then_on(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        join_cluster(make_school(), alder, date(2026, 9, 1), SPRING)
        db.session.commit()
        move(school, source=alder, to=beech, on=NEW_YEAR)
        lines = {
            line.cluster.name: (line.school_count, line.changes_on, line.count_then)
            for line in cluster_queries.list_clusters()
        }
        assert lines == {"Alder": (2, NEW_YEAR, 1), "Beech": (0, NEW_YEAR, 1)}

    def test_leaves_a_history_of_both_rows(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        move(school, source=alder, to=beech, on=NEW_YEAR)
        ended, started = audit.list_changes("school_clusters", school.id)
        assert (ended.verb, ended.was["ends_on"], ended.now["ends_on"]) == (
            "ended",
            None,
            EVE.isoformat(),
        )
        assert (started.verb, started.now["cluster_id"]) == ("started", beech.id)

    def test_school_in_no_cluster_joins_one(self, alder: Cluster) -> None:
        school = make_school()
        db.session.commit()
        move(school, to=alder)
        assert spans(school) == [(alder.id, TODAY, None)]

    def test_school_taken_out_is_in_no_cluster(self, school: School, alder: Cluster) -> None:
        move(school, source=alder, on=NEW_YEAR)
        assert spans(school) == [(alder.id, LONG_AGO, EVE)]

    def test_moved_again_on_the_day_it_began_replaces_that_move(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        move(school, source=alder, to=beech)
        move(school, source=beech, to=alder)
        assert [cluster_id for cluster_id, *_ in spans(school)] == [alder.id, alder.id]
        assert spans(school)[1] == (alder.id, TODAY, None)
        changes = audit.list_changes("school_clusters", school.id)
        assert [change.verb for change in changes] == ["ended", "started", "replaced", "started"]
        assert changes[2].was["cluster_id"] == beech.id

    def test_taken_out_on_the_day_it_was_to_join_never_joins(self, alder: Cluster) -> None:
        school = make_school()
        join_cluster(school, alder, NEW_YEAR)
        db.session.commit()
        move(school, source=alder, on=NEW_YEAR)
        assert spans(school) == []

    def test_planned_move_is_replaced_and_said(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        cedar = make_cluster("Cedar")
        db.session.commit()
        move(school, source=alder, to=beech, on=SPRING)
        moved = move(school, source=alder, to=cedar, on=NEW_YEAR)
        assert spans(school) == [(alder.id, LONG_AGO, EVE), (cedar.id, NEW_YEAR, None)]
        assert moved.replaced == (
            "Lark Lane was to join Beech on 1 March 2027. That no longer happens.",
        )

    def test_planned_move_is_brought_forward(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        move(school, source=alder, to=beech, on=SPRING)
        assert move(school, source=alder, to=beech, on=NEW_YEAR).replaced == ()
        assert spans(school) == [(alder.id, LONG_AGO, EVE), (beech.id, NEW_YEAR, None)]

    def test_planned_move_is_called_off_by_joining_the_old_cluster_again(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        move(school, source=alder, to=beech, on=NEW_YEAR)
        assert len(move(school, to=alder, on=TODAY).replaced) == 1
        assert spans(school) == [(alder.id, LONG_AGO, None)]

    def test_date_before_it_joined_is_refused(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        join_cluster(other := make_school("Wren Way"), beech, date(2026, 9, 1))
        db.session.commit()
        with pytest.raises(DomainError, match="Wren Way has been in Beech since 1 September 2026"):
            move(other, source=beech, to=alder, on=date(2026, 8, 31))
        assert spans(other) == [(beech.id, date(2026, 9, 1), None)]

    def test_one_refused_school_moves_none(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        other = make_school("Wren Way")
        db.session.commit()
        with pytest.raises(DomainError, match="Wren Way is not in Alder on 10 November 2026"):
            move(school, other, source=alder, to=beech)
        assert spans(school) == [(alder.id, LONG_AGO, None)]

    def test_joining_from_nowhere_while_in_another_cluster_is_refused(
        self, school: School, beech: Cluster
    ) -> None:
        with pytest.raises(DomainError, match="Lark Lane is in Alder on 10 November 2026"):
            move(school, to=beech)

    def test_joining_the_cluster_it_is_in_is_refused(self, school: School, alder: Cluster) -> None:
        with pytest.raises(DomainError, match="already in Alder"):
            move(school, to=alder)

    def test_partnership_leaves_the_cop_as_it_is(self, school: School, alder: Cluster) -> None:
        partnership = make_cluster("East", PARTNERSHIP)
        db.session.commit()
        move(school, to=partnership)
        assert (alder.id, LONG_AGO, None) in spans(school)
        assert (partnership.id, TODAY, None) in spans(school)

    def test_moving_between_kinds_is_refused_with_every_name(
        self, school: School, alder: Cluster
    ) -> None:
        partnership, other = make_cluster("East", PARTNERSHIP), make_school("Wren Way")
        join_cluster(other, alder)
        db.session.commit()
        with pytest.raises(DomainError) as refused:
            move(school, other, source=alder, to=partnership)
        assert len(refused.value.sentences) == 2
        for name, said in zip(("Lark Lane", "Wren Way"), refused.value.sentences, strict=True):
            assert said.startswith(f"{name} can’t move from Alder") and "to East" in said

    def test_moving_to_the_same_cluster_is_refused(self, school: School, alder: Cluster) -> None:
        with pytest.raises(DomainError, match="different cluster"):
            move(school, source=alder, to=alder)

    @pytest.mark.parametrize("closed_on", [TODAY, None])
    def test_closed_school_may_not_join(self, alder: Cluster, closed_on: date | None) -> None:
        school = make_school(status=SchoolStatus.CLOSED, closed_on=closed_on)
        db.session.commit()
        with pytest.raises(DomainError, match="close"):
            move(school, to=alder)

    def test_unknown_school_is_refused(self, alder: Cluster, beech: Cluster) -> None:
        with pytest.raises(DomainError, match="from the list"), transaction():
            move_schools([999_999], source_id=None, target_id=alder.id, starts_on=TODAY, by=None)

    def test_no_school_is_refused(self, alder: Cluster, beech: Cluster) -> None:
        with pytest.raises(DomainError, match="at least one"):
            move(source=alder, to=beech)


class TestOneCopADay:
    """The database's own refusal, whatever the program does."""

    @pytest.mark.parametrize("starts_on", [LONG_AGO, TODAY, date(2040, 1, 1)])
    def test_overlap_is_refused_future_days_included(
        self, school: School, beech: Cluster, starts_on: date
    ) -> None:
        with pytest.raises(IntegrityError, match="ex_cluster_membership_one_cop"):
            join_cluster(school, beech, starts_on)
        db.session.rollback()

    def test_extending_a_row_into_another_is_refused(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        move(school, source=alder, to=beech, on=NEW_YEAR)
        first = db.session.query(ClusterMembership).filter_by(cluster_id=alder.id).one()
        first.ends_on = None
        with pytest.raises(IntegrityError, match="ex_cluster_membership_one_cop"):
            db.session.flush()
        db.session.rollback()

    def test_refusal_inside_a_transaction_is_a_sentence(
        self, school: School, beech: Cluster
    ) -> None:
        with pytest.raises(DomainError, match="already in another cluster"), transaction():
            join_cluster(school, beech, NEW_YEAR)


class TestCreateCluster:
    def test_name_becomes_the_address(self, app: Flask) -> None:
        with transaction():
            cluster = create_cluster("  St Anne’s   & North ", "community_of_practice", "", by=None)
        assert (cluster.name, cluster.slug) == ("St Anne’s & North", "st-annes-north")

    @pytest.mark.parametrize(("name", "slug"), [("New", "new-2"), ("東", "cluster")])
    def test_address_is_always_usable(self, app: Flask, name: str, slug: str) -> None:
        with transaction():
            assert create_cluster(name, PARTNERSHIP, "", by=None).slug == slug

    def test_names_alike_get_addresses_of_their_own(self, alder: Cluster) -> None:
        db.session.commit()
        with transaction():
            assert create_cluster("Alder!", PARTNERSHIP, "", by=None).slug == "alder-2"

    def test_same_name_in_other_letters_is_refused(self, alder: Cluster) -> None:
        db.session.commit()
        with pytest.raises(DomainError, match="that name already"), transaction():
            create_cluster("ALDER", PARTNERSHIP, "", by=None)

    def test_unknown_kind_is_refused(self, app: Flask) -> None:
        with pytest.raises(DomainError, match="what kind"), transaction():
            create_cluster("Alder", "league", "", by=None)


class TestListSchoolsToAdd:
    def test_without_a_source_lists_open_schools_in_no_cop(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        free = make_school("Free")
        make_school("Gone", status=SchoolStatus.CLOSED)
        target = cluster_queries.get_cluster(beech.slug)
        assert cluster_queries.list_schools_to_add(target, None) == [free]

    def test_with_a_source_lists_its_schools(
        self, school: School, alder: Cluster, beech: Cluster
    ) -> None:
        make_school("Free")
        target = cluster_queries.get_cluster(beech.slug)
        assert cluster_queries.list_schools_to_add(target, alder) == [school]
        assert cluster_queries.list_schools_to_add(target, alder, "wren") == []


class TestRace:
    def test_two_people_moving_one_school_make_one_move(self, committed_app: Flask) -> None:
        """Both saw it in Alder. One move stands whole, the other is told, and nothing is lost."""
        alder, *targets = make_cluster("Alder"), make_cluster("Beech"), make_cluster("Cedar")
        school = make_school()
        join_cluster(school, alder)
        db.session.commit()
        start, said = Barrier(2), []

        def run(target_id: int) -> None:
            with committed_app.app_context():
                cluster_queries.list_memberships(alder.id)
                start.wait()
                try:
                    with transaction():
                        move_schools(
                            [school.id],
                            source_id=alder.id,
                            target_id=target_id,
                            starts_on=TODAY,
                            by=None,
                        )
                    said.append("moved")
                except DomainError as error:
                    said.append(error.sentence)

        threads = [Thread(target=run, args=(target.id,)) for target in targets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(said) == [f"{school.name} is not in Alder on 10 November 2026.", "moved"]
        db.session.rollback()
        (first, second) = spans(school)
        assert first == (alder.id, LONG_AGO, date(2026, 11, 9))
        assert second[0] in {target.id for target in targets}
        assert second[1:] == (TODAY, None)

    def test_two_people_adding_one_school_put_it_in_one_cluster(self, committed_app: Flask) -> None:
        targets = [make_cluster("Alder"), make_cluster("Beech")]
        school = make_school()
        db.session.commit()
        start, said = Barrier(2), []

        def run(target_id: int) -> None:
            with committed_app.app_context():
                start.wait()
                try:
                    with transaction():
                        move_schools(
                            [school.id],
                            source_id=None,
                            target_id=target_id,
                            starts_on=NEW_YEAR,
                            by=None,
                        )
                    said.append("added")
                except DomainError as error:
                    said.append(error.field or "")

        threads = [Thread(target=run, args=(target.id,)) for target in targets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(said) == ["added", "schools"]
        db.session.rollback()
        assert len(spans(school)) == 1
