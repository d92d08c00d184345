"""Schools that became others, on the register's real files: ``python -m tests.trial.conversions``.

Runs in a process of its own, as it needs memory that would be counted as the commands'. Takes a
database without schools and the folder; prints a line for each check.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from cop_site import clock, create_app
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.bookings.conversion_queries import Conversion, list_conversions
from cop_site.bookings.conversion_services import move_to_successor
from cop_site.bookings.models import Booking, BookingSchool
from cop_site.db import db
from cop_site.events.models import Event
from cop_site.reports import (
    cluster_file,
    engagement_file,
    register_file,
    survey_file,
    toolkit_file,
)
from cop_site.reports.basis import Ask, Moment, load_basis
from cop_site.reports.cluster_report import load_clusters
from cop_site.reports.engagement_report import Report, load_report
from cop_site.reports.fact_models import Link
from cop_site.reports.lineage_queries import get_lineage
from cop_site.reports.listed_queries import list_links
from cop_site.reports.readings import read
from cop_site.reports.register_report import load_registers
from cop_site.reports.survey_report import read_surveys
from cop_site.reports.timeline_queries import load_timeline
from cop_site.reports.toolkit_report import ToolkitReport, read_reach
from cop_site.schools import import_services, links_services
from cop_site.schools.links_file import LinksFile, read_links
from cop_site.schools.links_services import LinksPlan, PlannedLink, plan_links
from cop_site.schools.models import School, SchoolLinkKind
from cop_site.schools.scope_queries import resolve_scope
from cop_site.schools.term_models import Period
from cop_site.transaction import transaction
from cop_site.web.tables import Cell, csv_text
from tests.factories.acting import acting
from tests.factories.people import make_service_user
from tests.factories.reports import hold_network
from tests.factories.toolkit import make_download, make_resource
from tests.trial.borough import (
    TERMS,
    Borough,
    at_one,
    book_ahead,
    fill_autumn,
    make_borough,
    scope_of,
    stand_at,
)

FIRST_FILE, LATER = date(2023, 11, 16), date(2025, 7, 14)
SPRING = 1
BEFORE_ANY, AFTER_MOST = date(2024, 1, 16), date(2024, 3, 12)
Figures = dict[str, str]


def try_conversions(data: Path) -> Iterator[tuple[str, bool]]:
    """What was tried, and whether it was so."""
    names = ("gias_bury_20231116.csv", "gias_bury_20250711.csv", "gias_bury_links_20250422.csv")
    first, later, linked = (data / name for name in names)
    links = read_links(linked)
    stand_at(FIRST_FILE)
    _import(first)
    open_then = _list_open(FIRST_FILE)
    with transaction():
        borough = make_borough()
        fill_autumn(borough, _changing(links, *TERMS[0][1:]))
        admin = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
    stand_at(TERMS[0][2])
    then = figures_of_2023(borough)
    yield (
        f"2023: {len(then)} tables of figures from {len(borough.schools)} schools",
        all(table.count("\n") > 1 for table in then.values()),
    )
    stand_at(LATER)
    _import(later)
    yield _compare("July 2025", figures_of_2023(borough), then)
    yield _compare_lists("July 2025", open_then)
    plan = plan_links(links)
    conversions = _new_conversions(plan)
    yield (
        f"links, dry run: {len(plan.new)} links, {len(conversions)} conversions since",
        (len(plan.new) > len(conversions) > 0 and not plan.refused),
    )
    for line in conversions:
        print(f"          {line}")
    with transaction():
        links_services.apply_links(links, by=admin.user_id)
    yield "links again: nothing changes", not plan_links(links).changes_anything
    yield _compare("the links", figures_of_2023(borough), then)
    yield _compare_lists("the links", open_then)
    yield _check_none_twice(plan)
    with transaction():
        wanted = fill_spring(borough)
    yield from check_counted_once(borough, wanted)
    spring = _engagement(_report(borough, SPRING))
    yield from move_all(borough, admin)
    yield _compare("the moves", figures_of_2023(borough), then)
    yield _compare_lists("the moves", open_then)
    yield from check_counted_once(borough, wanted)
    again = _engagement(_report(borough, SPRING))
    yield "figures of spring 2024 after the moves rebuild unchanged", again == spring
    yield from check_history(borough)


def _compare(when: str, now: Figures, then: Figures) -> tuple[str, bool]:
    others = [key for key in then if now[key] != then[key]]
    said = f": {'; '.join(others)} are others" if others else " rebuild unchanged"
    return f"figures of 2023 after {when}{said}", not others


def _list_open(day: date) -> list[int]:
    """The schools of the list of everybody, as it would be frozen for that day."""
    return [one.school.id for one in resolve_scope({}, day)]


def _compare_lists(when: str, then: list[int]) -> tuple[str, bool]:
    now = _list_open(FIRST_FILE)
    what = f"the list at {FIRST_FILE} after {when}: {len(now)} schools of {len(then)}"
    return what, set(now) == set(then) and len(now) == len(then) > 0


def _check_none_twice(plan: LinksPlan) -> tuple[str, bool]:
    """The register gives no closing day of these. On the day each became another, and the day
    before, the list has one of the two."""
    good = count = 0
    for one in filter(_is_since, plan.new):
        old, new = (db.session.get_one(School, id_) for id_ in (one.school_id, one.successor_id))
        if old.closed_on is not None:
            continue
        assert one.linked_on and new.opened_on
        day, both = max(one.linked_on, new.opened_on), {old.id, new.id}
        before, after = set(_list_open(day - clock.ONE_DAY)), set(_list_open(day))
        count += 1
        good += both & before == {old.id} and both & after == {new.id}
    return f"{good} of {count} closed with no day given are followed in a day", good == count > 0


def _import(file: Path) -> None:
    register = import_services.read_file(file, "351")
    with transaction():
        import_services.apply_import(register, by=None)


def _changing(links: LinksFile, first: date, last: date) -> set[int]:
    """The schools that became others in these days, by the file's own date."""
    urns = [row.urn for row in links.rows if row.linked_on and first <= row.linked_on <= last]
    return set(db.session.scalars(sa.select(School.id).where(School.urn.in_(urns))))


def _new_conversions(plan: LinksPlan) -> list[str]:
    since = [one for one in plan.new if _is_since(one)]
    return [f"{one.school} -> {one.successor}, {one.linked_on}" for one in since]


def _is_since(link: PlannedLink) -> bool:
    is_next = link.kind is SchoolLinkKind.SUCCESSOR
    return is_next and link.linked_on is not None and link.linked_on.year > 2022


# Figures


def figures_of_2023(borough: Borough) -> Figures:
    """Every table of figures of autumn 2023, as at its last day, worked out afresh."""
    db.session.expunge_all()
    ask, moment = Ask(term_id=borough.terms[0].id), Moment(TERMS[0][2])
    clusters, registers = load_clusters(ask, moment), load_registers(ask, moment)
    basis = load_basis(ask, moment)
    readings = read(basis)
    reach = ToolkitReport(basis, readings.cluster_names, read_reach(basis, readings))
    assert clusters and registers and reach.reach
    return {
        "M1, M4": _engagement(load_report(ask, moment)),
        "M5, S1": _plain(cluster_file.HEADER, cluster_file.file_rows(clusters)),
        "M7, M9": _plain(register_file.HEADER, register_file.file_rows(registers)),
        "T5": _plain(toolkit_file.HEADER, toolkit_file.file_rows(reach, reach.reach)),
        "T1, T2, C1 to C3": _plain(
            survey_file.HEADER, survey_file.file_rows(basis, read_surveys(basis))
        ),
    }


def _plain(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Without the names of schools: M5 has them as the register writes them now, by whose id
    they stay the same schools."""
    named = header.index("school") if "school" in header else len(header)
    kept = [[*row[:named], *row[named + 1 :]] for row in rows]
    return csv_text([*header[:named], *header[named + 1 :]], kept)


def _report(borough: Borough, term: int) -> Report:
    return load_report(Ask(term_id=borough.terms[term].id), Moment(TERMS[term][2]))


def _engagement(report: Report) -> str:
    assert report.term and report.scope and report.figures
    rows = engagement_file.file_rows(report.term, report.scope, report, report.figures)
    return _plain(engagement_file.HEADER, rows)


# Counted once


def fill_spring(borough: Borough) -> set[int]:
    """Everybody comes. Half of those that change come before and after, half only after, each
    under the name it had on the day. The schools of spring's list."""
    first, changed = _as_on(borough, TERMS[SPRING][1]), _became(AFTER_MOST)
    scope_of(borough, SPRING, first)
    late = set(list(changed)[::2])
    hold_network(at_one(BEFORE_ANY), *(one for one in first if one.id not in late))
    came = [db.session.get_one(School, changed.get(one.id, one.id)) for one in first]
    hold_network(at_one(AFTER_MOST), *came)
    resource = make_resource()
    for school in (*first, *came):
        make_download(resource, school, AFTER_MOST)
    return {one.id for one in first}


def _as_on(borough: Borough, day: date) -> list[School]:
    """The schools of 2023 as what they had become by a day."""
    links = list_links([Period(TERMS[0][1], day)])
    became = {
        one.school_id: one.successor_id
        for one in links
        if one.changed_on and TERMS[0][1] < one.changed_on <= day
    }
    ids = [became.get(one.id, one.id) for one in borough.schools]
    return [db.session.get_one(School, id_) for id_ in dict.fromkeys(ids)]


def _links() -> list[Link]:
    first, last = TERMS[SPRING][1], TERMS[SPRING + 1][1] - timedelta(days=1)
    period = Period(first, last)
    return [one for one in list_links([period]) if one.changed_on and period.holds(one.changed_on)]


def _became(until: date) -> Mapping[int, int]:
    """The schools of spring that were others by a day, with what they became."""
    return {
        one.school_id: one.successor_id
        for one in _links()
        if one.changed_on and one.changed_on <= until
    }


def check_counted_once(borough: Borough, wanted: set[int]) -> Iterator[tuple[str, bool]]:
    db.session.expunge_all()
    figures = _report(borough, SPRING).figures
    assert figures
    listed = [one.school.school_id for one in figures.schools]
    once = len(listed) == len(set(listed)) and set(listed) == wanted
    said = f"{figures.rate.k} of {figures.rate.n}, {len(_became(AFTER_MOST))} changed by then"
    yield f"M1, spring 2024: {said}, each once", once and figures.rate.k == len(wanted)
    yield "M1: none of them is outside the list", not figures.outside and not figures.not_yet
    ask, moment = Ask(term_id=borough.terms[SPRING].id), Moment(TERMS[SPRING][2])
    basis = load_basis(ask, moment)
    reach = read_reach(basis, read(basis))
    assert reach
    ids = [one.school.school_id for one in reach.schools]
    yield (
        f"T5: {reach.rate.k} of {reach.rate.n}, each once",
        (reach.rate.k == reach.rate.n == len(wanted) == len(set(ids))),
    )


# Moved along


def move_all(borough: Borough, admin: ActingUser) -> Iterator[tuple[str, bool]]:
    found = list_conversions()
    old = {one.before.id: db.session.get_one(School, one.before.id) for one in found}
    with transaction():
        booked = book_ahead(borough, [one for one in old.values() if one.id in borough.people])
    found = list_conversions()
    moved = [_move(one, admin) for one in found]
    people, clusters, bookings = (sum(numbers) for numbers in zip(*moved, strict=True))
    what = f"{len(found)} moved: {people} people, {clusters} clusters, {bookings} bookings"
    yield what, bookings == booked > 0 and people > 0 and clusters > 0
    # A role that is ended today still holds today.
    stand_at(LATER + timedelta(days=1))
    yield "the day after nothing stands at the old ones", not list_conversions()
    ahead = sa.select(Booking.id).join(Event, Event.id == Booking.event_id)
    named = sa.select(sa.func.count()).where(
        BookingSchool.school_id.in_(old),
        BookingSchool.booking_id.in_(ahead.where(Event.starts_at > clock.now())),
    )
    yield "no booking ahead names an old one", db.session.scalar(named) == 0


def _move(found: Conversion, admin: ActingUser) -> tuple[int, int, int]:
    with transaction():
        moved = move_to_successor(found.before.id, found.after.id, found.day, by=admin)
    return moved.people, moved.clusters, moved.bookings


def check_history(borough: Borough) -> Iterator[tuple[str, bool]]:
    good = 0
    changed = _became(AFTER_MOST)
    for old_id, new_id in changed.items():
        new = load_timeline(get_lineage(new_id), size=500).happenings
        old = load_timeline(get_lineage(old_id), size=500).happenings
        # Its clusters are told otherwise: becoming another school in one cluster is no move.
        sessions = {one for one in old if one.note}
        good += bool(sessions) and sessions <= set(new)
    yield (
        f"history of {good} of {len(changed)} converted schools reads through",
        (good == len(changed) > 0),
    )


def main() -> int:
    url, data = sys.argv[1:]
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "TESTING": True})
    failed = 0
    with app.app_context():
        for what, good in try_conversions(Path(data)):
            failed += not good
            print(f"{'ok    ' if good else 'FAILED'}  {what}", flush=True)
        db.session.remove()
        db.engine.dispose()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
