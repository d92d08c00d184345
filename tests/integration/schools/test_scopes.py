"""Scopes: what a rule gives, freezing it, and the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from flask import Flask

from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.models import SchoolStatus, ScopeSchool, Term
from cop_site.schools.scope_queries import (
    ScopeRule,
    get_scope,
    list_scopes,
    resolve_scope,
)
from cop_site.schools.scope_services import freeze_scope
from cop_site.transaction import transaction
from tests.factories.schools import (
    join_cluster,
    make_cluster,
    make_school,
    make_term,
)
from tests.integration.schools.frozen import FIRST_DAY, freeze

EVE = date(2026, 8, 31)


def names(rule: ScopeRule | None = None) -> list[str]:
    return [one.school.name for one in resolve_scope(rule or {}, FIRST_DAY)]


class TestResolveScope:
    @pytest.mark.parametrize(
        ("status", "opened_on", "closed_on", "is_in"),
        [
            (SchoolStatus.OPEN, None, None, True),
            (SchoolStatus.OPEN, FIRST_DAY, None, True),
            (SchoolStatus.OPEN, date(2026, 9, 2), None, False),
            (SchoolStatus.PROPOSED_TO_CLOSE, None, date(2027, 8, 31), True),
            (SchoolStatus.PROPOSED_TO_OPEN, None, None, False),
            (SchoolStatus.PROPOSED_TO_OPEN, FIRST_DAY, None, False),
            (SchoolStatus.CLOSED, None, EVE, False),
            (SchoolStatus.CLOSED, None, FIRST_DAY, False),
            (SchoolStatus.CLOSED, None, date(2026, 9, 2), True),
            (SchoolStatus.CLOSED, None, None, False),
        ],
    )
    def test_holds_schools_open_on_the_day(
        self,
        app: Flask,
        status: SchoolStatus,
        opened_on: date | None,
        closed_on: date | None,
        is_in: bool,
    ) -> None:
        make_school("A", status=status, opened_on=opened_on, closed_on=closed_on)
        assert names() == (["A"] if is_in else [])

    def test_each_part_of_the_rule_narrows(self, app: Flask) -> None:
        cluster = make_cluster()
        for name, phase, type_name in (
            ("A", "Primary", "Community school"),
            ("B", "Primary", "Free schools"),
            ("C", "Secondary", "Community school"),
        ):
            join_cluster(make_school(name, phase=phase, type_name=type_name), cluster)
        make_school("D", phase="Primary", type_name="Community school")
        assert names({"phases": ["Primary"]}) == ["A", "B", "D"]
        assert names({"types": ["Community school"]}) == ["A", "C", "D"]
        assert names({"clusters": [cluster.id]}) == ["A", "B", "C"]
        assert names(
            {"phases": ["Primary"], "types": ["Community school"], "clusters": [cluster.id]}
        ) == ["A"]

    def test_cluster_is_the_one_of_that_date(self, app: Flask) -> None:
        before, after = make_cluster("Before"), make_cluster("After")
        school = make_school("A")
        join_cluster(school, before, ends_on=FIRST_DAY)
        join_cluster(school, after, date(2026, 9, 2))
        assert [one.cluster_name for one in resolve_scope({}, FIRST_DAY)] == ["Before"]
        assert names({"clusters": [after.id]}) == []

    def test_school_in_a_partnership_too_counts_once(self, app: Flask) -> None:
        school, cop = make_school("A"), make_cluster("Alder")
        partnerships = [make_cluster(kind="inclusion_partnership") for _ in range(2)]
        for cluster in (cop, *partnerships):
            join_cluster(school, cluster)
        (one,) = resolve_scope({"clusters": [partnerships[0].id]}, FIRST_DAY)
        assert (one.cluster_id, one.cluster_name) == (cop.id, "Alder")


class TestFreezeScope:
    def test_keeps_schools_as_they_were(self, term: Term) -> None:
        cluster = make_cluster("Alder")
        school = make_school("Old Name", urn=901_000, trust_name="Old Trust")
        join_cluster(school, cluster)
        db.session.commit()
        scope = freeze(term)
        school.name, school.trust_name, school.phase = "New Name", "New Trust", "Secondary"
        cluster.name = "Renamed"
        db.session.commit()
        (row,) = get_scope(scope.id).rows
        assert (row.urn, row.name, row.phase, row.type_name) == (
            901_000,
            "Old Name",
            "Primary",
            "Community school",
        )
        assert (row.trust_name, row.cluster_id, row.cluster_name) == (
            "Old Trust",
            cluster.id,
            "Alder",
        )
        assert (scope.version, scope.reference_on) == (1, FIRST_DAY)

    def test_same_name_again_needs_a_reason(self, term: Term) -> None:
        make_school()
        db.session.commit()
        freeze(term)
        with pytest.raises(DomainError, match="frozen for Autumn 2026 already") as refusal:
            freeze(term, "ALL SCHOOLS", reason="  ")
        assert refusal.value.field == "reason"

    def test_new_version_leaves_the_old_one_alone(self, term: Term) -> None:
        make_school("A")
        db.session.commit()
        first = freeze(term)
        make_school("B")
        db.session.commit()
        second = freeze(term, " all  schools ", reason="B was missing")
        assert (second.name, second.version, second.reason) == ("All schools", 2, "B was missing")
        assert [row.name for row in get_scope(first.id).rows] == ["A"]
        assert [row.name for row in get_scope(second.id).rows] == ["A", "B"]

    def test_schools_left_out_are_named_in_the_rule(self, term: Term) -> None:
        keep, leave = make_school("Keep"), make_school("Leave")
        db.session.commit()
        scope = freeze(term, reason="It is ours no more", school_ids=[keep.id])
        assert [row.name for row in get_scope(scope.id).rows] == ["Keep"]
        assert scope.rule["left_out"] == [leave.id]
        assert [one.school.id for one in resolve_scope(scope.rule, FIRST_DAY)] == [keep.id]  # type: ignore[arg-type]

    @pytest.mark.parametrize("by_rule", [True, False])
    def test_leaving_schools_out_needs_a_reason(self, term: Term, by_rule: bool) -> None:
        keep, leave = make_school("Keep"), make_school("Leave")
        db.session.commit()
        rule: ScopeRule = {"left_out": [leave.id]} if by_rule else {}
        with pytest.raises(DomainError, match="Say why") as refusal, transaction():
            kept = None if by_rule else [keep.id]
            freeze_scope(term.id, "All", rule, by=None, reason=" ", school_ids=kept)
        assert refusal.value.field == "reason"

    def test_term_that_has_not_begun_is_refused(
        self, term: Term, at: Callable[[datetime], None]
    ) -> None:
        make_school()
        db.session.commit()
        at(datetime(2026, 8, 31, 22, 59, tzinfo=UTC))
        with pytest.raises(DomainError, match="first day, 1 September 2026"):
            freeze(term)
        at(datetime(2026, 8, 31, 23, tzinfo=UTC))
        assert freeze(term).version == 1

    def test_school_the_rule_does_not_give_is_refused(self, term: Term) -> None:
        closed = make_school(status=SchoolStatus.CLOSED)
        db.session.commit()
        with pytest.raises(DomainError, match="has changed since you looked"):
            freeze(term, school_ids=[closed.id])

    def test_no_school_is_refused(self, term: Term) -> None:
        with pytest.raises(DomainError, match="at least one school"):
            freeze(term)

    def test_unknown_term_is_not_found(self, app: Flask) -> None:
        with pytest.raises(NotFoundError), transaction():
            freeze_scope(999_999, "All", {}, by=None)

    def test_two_people_freezing_at_once_make_one_first_version(self, committed_app: Flask) -> None:
        term = make_term("Autumn 2026", FIRST_DAY, date(2026, 12, 18))
        make_school()
        db.session.commit()
        start, said = Barrier(2), []

        def run() -> None:
            with committed_app.app_context():
                list_scopes(term.id)
                start.wait()
                try:
                    freeze(term)
                    said.append("frozen")
                except DomainError as error:
                    said.append(error.field or "")

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        db.session.rollback()
        assert sorted(said) == ["frozen", "reason"]
        assert db.session.query(ScopeSchool).count() == 1


class TestListScopes:
    def test_by_name_the_newest_version_first(self, term: Term) -> None:
        make_school()
        db.session.commit()
        freeze(term, "Zebra")
        freeze(term, "Aardvark")
        freeze(term, "Zebra", reason="again")
        freeze(term, "Aardvark", reason="again")
        assert [(one.name, one.version) for one in list_scopes(term.id)] == [
            ("Aardvark", 2),
            ("Aardvark", 1),
            ("Zebra", 2),
            ("Zebra", 1),
        ]

    def test_term_without_one_has_none(self, term: Term) -> None:
        assert list_scopes(term.id) == []
