"""The demonstration's toolkit: sound files, downloads that could have been, and its reach."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import SchoolRole
from cop_site.db import db
from cop_site.demo.calendar import told_terms
from cop_site.toolkit import list_queries, reach_queries
from cop_site.toolkit.file_checks import check_file
from cop_site.toolkit.list_queries import ResourceFilter
from cop_site.toolkit.models import Download, ResourceFile, ResourceVersion, VersionState
from cop_site.web.uploads import largest_upload, store

# What is built is the same on both databases, and building it takes long.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.thorough]


class TestAddToolkit:
    def test_downloads_are_of_the_told_terms_by_people_who_were_there(self, borough: Flask) -> None:
        terms = told_terms(clock.today())
        reached = [
            len(reach_queries.list_schools_with_downloads(term.starts_on, term.ends_on))
            for term in terms
        ]
        assert reached == [41, 50, 58]
        rows = db.session.execute(
            sa.select(Download, ResourceVersion.published_at, SchoolRole.starts_on)
            .join(ResourceVersion, ResourceVersion.id == Download.version_id)
            .join(
                SchoolRole,
                sa.and_(
                    SchoolRole.person_id == Download.person_id,
                    SchoolRole.school_id == Download.school_id,
                ),
            )
        ).all()
        everything = db.session.scalar(sa.select(sa.func.count(Download.id)))
        assert len(rows) == everything, "each by somebody with a role there, so never by staff"
        for download, published_at, since in rows:
            assert since <= download.day < clock.today()
            assert published_at is not None
            assert published_at <= download.at
            assert clock.london_date(download.at) == download.day

    def test_files_are_what_an_upload_takes_and_every_facet_has_some(self, borough: Flask) -> None:
        files = list(db.session.scalars(sa.select(ResourceFile)))
        assert len(files) > 25
        for file in files:
            with store().open(file.sha256) as content:
                checked = check_file(content, file.name, largest=largest_upload())
            assert (checked.name, checked.media_type, checked.size) == (
                file.name,
                file.media_type,
                file.size,
            )
        overview = list_queries.count_facets(ResourceFilter())
        assert overview.states == {"published": 24, "drafts": 1, "review": 1, "withdrawn": 0}
        assert all(one.total for rows in overview.facets.values() for one in rows)
        superseded = sa.select(sa.func.count()).where(
            ResourceVersion.state == VersionState.SUPERSEDED
        )
        assert db.session.scalar(superseded) == 1
        term = told_terms(clock.today())[-1]
        areas = reach_queries.list_area_uptake(term.starts_on, term.ends_on)
        schools = {area.schools for area in areas}
        assert len(schools) > 3
        assert min(schools) > 0
        assert max(schools) < 58
