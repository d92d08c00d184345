"""Taking in a file of links between schools."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools.links_file import LinksFile, read_links
from cop_site.schools.links_services import apply_links, plan_links
from cop_site.schools.models import School, SchoolImport, SchoolLink, SchoolLinkKind
from cop_site.transaction import transaction
from tests.factories.schools import make_school
from tests.support.race import race

pytestmark = pytest.mark.usefixtures("app")
HEADER = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"


def links_of(folder: Path, *lines: str) -> LinksFile:
    path = folder / "links.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return read_links(path)


@pytest.fixture
def pair(app: Flask) -> tuple[School, School]:
    return make_school("Old", urn=810001), make_school("New", urn=810002)


def stored() -> list[tuple[int, int, SchoolLinkKind, date | None]]:
    rows = db.session.scalars(sa.select(SchoolLink).order_by(SchoolLink.id))
    return [(row.school_id, row.successor_id, row.kind, row.linked_on) for row in rows]


class TestPlanLinks:
    def test_counts_what_is_new_known_and_of_elsewhere(
        self, tmp_path: Path, pair: tuple[School, School]
    ) -> None:
        old, new = pair
        found = links_of(
            tmp_path,
            "810001,810002,New,Successor,01-09-2025",
            "810001,899999,Far,Successor,",
            "81x,810002,New,Successor,",
        )
        plan = plan_links(found)
        assert plan.counts == {
            "new": 1,
            "changed": 0,
            "unchanged": 0,
            "refused": 1,
            "elsewhere": 1,
        }
        assert plan.new[0].school == f"Old, {old.town}, URN 810001"
        assert (plan.new[0].school_id, plan.new[0].successor_id) == (old.id, new.id)
        assert stored() == []


class TestApplyLinks:
    def test_writes_once_with_history_and_who(
        self, tmp_path: Path, pair: tuple[School, School]
    ) -> None:
        old, new = pair
        lines = ("810001,810002,New,Successor,01-09-2025", "810002,810001,Old,Predecessor,")
        for by in (7, 8):
            apply_links(links_of(tmp_path, *lines), by=by)
        assert stored() == [(old.id, new.id, SchoolLinkKind.SUCCESSOR, date(2025, 9, 1))]
        (change,) = audit.list_changes("school", old.id)
        assert (change.verb, change.by_user_id) == ("linked", 7)
        (done,) = db.session.scalars(sa.select(SchoolImport))
        assert (done.kind, done.by_user_id, done.counts["new"]) == ("links", 7, 1)

    def test_another_date_is_noted_and_a_blank_one_is_no_news(
        self, tmp_path: Path, pair: tuple[School, School]
    ) -> None:
        old, _new = pair
        for day in ("01-09-2025", "02-09-2025", ""):
            apply_links(links_of(tmp_path, f"810001,810002,New,Successor,{day}"), by=None)
        assert stored()[0][3] == date(2025, 9, 2)
        was = audit.list_changes("school", old.id)[1].was
        assert was == {"linked_on": "2025-09-01"}
        assert len(audit.list_changes("school", old.id)) == 2

    def test_refused_lines_stop_it_unless_left_out(
        self, tmp_path: Path, pair: tuple[School, School]
    ) -> None:
        found = links_of(tmp_path, "810001,810002,New,Successor,", "x,810002,New,Successor,")
        with pytest.raises(DomainError, match=r"links.csv, line 3"):
            apply_links(found, by=None)
        assert stored() == []
        apply_links(found, by=None, skip_refused=True)
        assert len(stored()) == 1


class TestRace:
    def test_two_at_once_write_it_once(self, tmp_path: Path, committed_app: Flask) -> None:
        make_school("Old", urn=810001), make_school("New", urn=810002)
        db.session.commit()
        found = links_of(tmp_path, "810001,810002,New,Successor,")

        def take_in() -> int:
            with transaction():
                return len(apply_links(found, by=None).new)

        assert sorted(race(committed_app, [take_in] * 4)) == [0, 0, 0, 1]
        assert len(stored()) == 1
