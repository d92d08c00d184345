"""What an administrator of a new authority finds at home."""

from __future__ import annotations

from datetime import date

from flask import Flask

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.reports.first_steps import list_first_steps
from tests.factories.events import make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.reports import make_scope
from tests.factories.schools import (
    join_cluster,
    make_authority,
    make_cluster,
    make_school,
    make_term,
)
from tests.support.client import GatedClient
from tests.support.statements import count_statements


def _done() -> list[bool]:
    with count_statements() as sent:
        done = [step.is_done for step in list_first_steps()]
    assert len(sent) == 1
    return done


class TestFirstSteps:
    def test_begin_with_the_register_and_what_is_the_leads_is_said(
        self, app: Flask, client: GatedClient
    ) -> None:
        make_authority()
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        db.session.commit()
        page = client.get("/").text
        assert 'href="/schools/register">Take in the register' in page
        assert 'href="/events/new"' not in page and "(for the inclusion lead)" in page

    def test_are_ticked_one_by_one_and_gone_when_all_are_done(
        self, app: Flask, client: GatedClient
    ) -> None:
        authority = make_authority()
        assert _done() == [False] * 8
        school, cluster = make_school(), make_cluster()
        terms = [
            make_term(f"Term {month}", date(2026, month, 1), date(2026, month, 20))
            for month in (2, 5, 9)
        ]
        authority.data_protection_email = "data@larkshire.example"
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        assert _done() == [True] * 4 + [False] * 4
        make_school_user(school)
        join_cluster(school, cluster)
        make_scope(terms[-1], [school])
        db.session.commit()
        assert _done() == [True] * 7 + [False]
        client.sign_in(lead)
        assert 'href="/events/new">Publish the first event' in client.get("/").text
        make_event()
        db.session.commit()
        assert _done() == []
        assert "To bring the site to life" not in client.get("/").text
