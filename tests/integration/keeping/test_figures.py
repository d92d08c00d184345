"""Ten years on, when housekeeping has ended everything, every figure is what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole
from cop_site.attendance.models import MarkChange
from cop_site.audit import record
from cop_site.cli.housekeeping import keep_house
from cop_site.db import db
from cop_site.events.models import EventKind
from cop_site.reports.basis import Ask, Moment
from cop_site.reports.cluster_report import load_clusters
from cop_site.reports.engagement_report import load_report
from cop_site.reports.overview_report import load_overview
from cop_site.reports.register_report import load_registers
from cop_site.reports.toolkit_report import load_reach
from cop_site.schools import retention_services
from cop_site.surveys.models import SurveyKind
from cop_site.transaction import transaction
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.people import give_school_role, make_person
from tests.factories.reports import add_to_scope, hold_network, make_scope
from tests.factories.schools import (
    join_cluster,
    make_authority,
    make_cluster,
    make_school,
    make_term,
)
from tests.factories.support import make_action, make_entry, make_plan
from tests.factories.surveys import make_response, make_survey
from tests.factories.toolkit import make_download, make_resource

OCTOBER = datetime(2026, 10, 6, 9, tzinfo=clock.LONDON)
FIRST, LAST = date(2026, 9, 1), date(2026, 12, 18)


def build() -> None:
    """A little of all that figures are made of."""
    make_authority()
    term, cluster = make_term("Autumn 2026", FIRST, LAST), make_cluster("North")
    schools = [make_school(f"School {letter}") for letter in "ABCD"]
    scope = make_scope(term, [])
    for school in schools:
        add_to_scope(scope, school, cluster)
        join_cluster(school, cluster)
    _, register = hold_network(OCTOBER, *schools[:2])
    record("register", register.id, "closed", by=5, reason="Words")
    hold_network(OCTOBER, schools[2], kind=EventKind.COP_MEETING, cluster_id=cluster.id)
    missed = make_event(OCTOBER)
    person = make_person("Somebody Absent")
    booking = make_booking(missed, person, schools[3])
    closed = make_register(session_of(missed))
    make_mark(closed, person, schools[3], kind="did_not_attend", booking=booking)
    give_school_role(person, schools[3])
    make_download(make_resource(), schools[0], OCTOBER.date())
    make_plan(cluster, 60, FIRST)
    worker = make_person("Somebody Working")
    entry = make_entry(cluster, *schools, workers=((worker, "ep"),), day=OCTOBER.date())
    make_action(entry, school=schools[0])
    wave = make_survey(SurveyKind.SCHOOL_WAVE, closed=True, series="wave", term_id=term.id)
    form = make_survey(closed=True, event_id=missed.id, session_id=session_of(missed).id)
    for number in range(12):
        make_response(wave, {"toolkit.share": "over_half" if number < 7 else "none"})
        said = {"reaction.confidence": "a_lot_more", "reaction.comment": f"Words {number}"}
        make_response(form, said)
    # Everybody leaves at the end of the term.
    db.session.execute(sa.update(SchoolRole).values(ends_on=LAST))
    db.session.execute(sa.update(MarkChange).values(by_user_id=7))
    db.session.commit()


def read_figures() -> list[Any]:
    db.session.expire_all()
    then = Moment(date(2026, 11, 1), datetime(2026, 11, 1, 12, tzinfo=clock.LONDON))
    return [
        load_overview(Ask(), with_surveys=True),
        load_report(Ask(), then),
        load_clusters(Ask()),
        load_clusters(Ask(), then),
        load_registers(Ask()),
        load_reach(Ask()),
    ]


def test_no_figure_changes_when_all_is_ended(app: Flask, at: Callable[[datetime], None]) -> None:
    build()
    at(datetime(2026, 11, 10, tzinfo=clock.LONDON) + timedelta(days=11 * 365))
    before = read_figures()
    with transaction():
        run_id = retention_services.begin_run().id
    ended = keep_house(run_id)
    assert [key for key, tally in ended.items() if tally.failed] == []
    for key in ("left", "register_history", "changes", "support_texts", "survey_texts"):
        assert ended[key].ended, key
    assert db.session.scalars(sa.select(Person.name).distinct()).all() == ["Removed person"]
    after = read_figures()
    report = after[0].report
    assert report.figures is not None and len(report.figures.engaged) == 2
    for was, now in zip(before, after, strict=True):
        assert now == was, type(now).__name__
