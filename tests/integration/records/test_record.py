"""One's own CPD record: what is in it, and what is not."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from cop_site.events.tag_models import EventTag
from cop_site.records import queries
from cop_site.records.cpd_models import Hours
from tests.conftest import NOON
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import make_person, make_school_user, make_user
from tests.factories.schools import make_school
from tests.integration.records.conftest import LAST_WEEK, Sam
from tests.support.client import GatedClient
from tests.support.pdf import read_pdf, tags_of, text_of
from tests.support.statements import count_statements

PAGE = "/cpd-record"


def titles(sam: Sam) -> list[str]:
    return [line.title for line in queries.load_record(sam.person.id).lines]


class TestLoadRecord:
    def test_has_a_line_for_each_event_newest_first(self, sam: Sam) -> None:
        sam.attends(LAST_WEEK - timedelta(days=30), title="Older", kind="online")
        sam.attends(title="Newer", kind="part")
        record = queries.load_record(sam.person.id)
        told = [(one.title, one.how, str(one.hours), one.schools) for one in record.lines]
        assert told == [
            ("Newer", "In part", "part of 2 hours", "Elm Primary"),
            ("Older", "Online", "2 hours", "Elm Primary"),
        ]
        assert record.hours == Hours(120, 120)

    def test_leaves_out_what_says_nothing_of_them(self, sam: Sam) -> None:
        for kind in ("apologies", "did_not_attend", "not_recorded"):
            sam.attends(kind=kind)
        sam.attends().mark.voided_at = NOON
        sam.attends(person=make_person())
        sam.attends(state=EventState.CANCELLED)
        assert titles(sam) == []

    def test_open_register_is_listed_apart(self, sam: Sam) -> None:
        sam.attends(title="Still open", closed=False)
        record = queries.load_record(sam.person.id)
        assert ([one.title for one in record.waiting], record.lines) == (["Still open"], ())

    def test_somebody_at_the_door_who_was_them_is_them(self, sam: Sam) -> None:
        walk_in = make_person("S. Senco", None)
        sam.attends(title="Walked in", person=walk_in)
        assert titles(sam) == []
        walk_in.merged_into_id = sam.person.id
        db.session.flush()
        assert titles(sam) == ["Walked in"]

    def test_levels_stand_in_their_own_order(self, sam: Sam) -> None:
        event = sam.attends().event
        for key in ("level_leading", "level_starting", "role_senco"):
            db.session.add(EventTag(event_id=event.id, tag_key=key))
        db.session.flush()
        (line,) = queries.load_record(sam.person.id).lines
        assert line.level == "Starting out and Leading others"

    def test_an_option_that_repeats_another_counts_once_and_a_second_date_does_not(
        self, sam: Sam
    ) -> None:
        """The first date in the morning option, then both in the afternoon one."""
        event = make_event(LAST_WEEK)
        afternoon = Option(event_id=event.id, position=1, mode=_mode(event))
        db.session.add(afternoon)
        db.session.flush()
        dates = [session_of(event)]
        for days, hours in ((0, 4), (1, 4)):
            starts = LAST_WEEK + timedelta(days=days, hours=hours)
            ends = starts + timedelta(hours=1)
            dates.append(Session(option_id=afternoon.id, starts_at=starts, ends_at=ends))
        db.session.add_all(dates)
        db.session.flush()
        for one in dates:
            make_mark(make_register(one), sam.person, sam.school)
        (line,) = queries.load_record(sam.person.id).lines
        assert line.hours == Hours(180, 0)
        assert [one.session_id for one in line.came] == [dates[0].id, dates[2].id]

    def test_costs_one_statement_however_much_there_is(self, sam: Sam) -> None:
        for days in range(30):
            sam.attends(LAST_WEEK - timedelta(days=days))
        db.session.commit()
        with count_statements() as sent:
            assert len(queries.load_record(sam.person.id).lines) == 30
        assert len(sent) == 1


def _mode(event: Event) -> Mode:
    return db.session.query(Option).filter(Option.event_id == event.id).one().mode


@pytest.mark.sqlite_only
class TestPage:
    def test_says_what_when_how_long_and_at_what_level(self, client: GatedClient, sam: Sam) -> None:
        event = sam.attends(title="Reading together").event
        event.kind = EventKind.CPD
        db.session.add(EventTag(event_id=event.id, tag_key="level_building"))
        db.session.commit()
        client.sign_in(sam.user)
        page = client.get(PAGE).text
        for told in ("Reading together", "3 November 2026", "2 hours", "In person", "Elm Primary"):
            assert told in page
        assert "CPD session" in page and "Building on it" in page

    def test_without_anything_says_what_to_do(self, client: GatedClient, sam: Sam) -> None:
        client.sign_in(sam.user)
        assert "Nothing here yet" in client.get(PAGE).text

    def test_open_register_is_said(self, client: GatedClient, sam: Sam) -> None:
        sam.attends(title="Still open", closed=False)
        db.session.commit()
        client.sign_in(sam.user)
        page = client.get(PAGE).text
        assert "Not counted yet" in page and "Still open" in page and "Get certificate" not in page

    def test_narrows_to_a_school_year(self, client: GatedClient, sam: Sam) -> None:
        sam.attends(title="This year")
        sam.attends(LAST_WEEK - timedelta(days=365), title="Last year")
        db.session.commit()
        client.sign_in(sam.user)
        page = client.get(f"{PAGE}?year=2025").text
        assert "Last year" in page and "This year" not in page
        for nonsense in ("1999", "x", "-1", "²"):
            assert "This year" in client.get(f"{PAGE}?year={nonsense}").text

    def test_is_paged_and_costs_the_same_for_much_as_for_little(
        self, client: GatedClient, sam: Sam
    ) -> None:
        client.sign_in(sam.user)
        counts = []
        for more in (3, 27):
            for days in range(more):
                sam.attends(LAST_WEEK - timedelta(days=days))
            db.session.commit()
            db.session.remove()
            with count_statements() as sent:
                page = client.get(PAGE).text
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 6
        assert "Page 1 of 2" in page and "30 events: 60 hours" in page
        assert "Page 2 of 2" in client.get(f"{PAGE}?page=2").text

    def test_of_whoever_left_their_school_stays(self, client: GatedClient, sam: Sam) -> None:
        gone = make_user(make_person("Gone Teacher"))
        register = sam.attends(title="While there").register
        make_mark(register, db.session.get_one(Person, gone.person_id), sam.school)
        db.session.commit()
        client.sign_in(gone)
        assert "While there" in client.get(PAGE).text
        assert PAGE in client.get("/account").text

    def test_hostile_title_is_only_text(self, client: GatedClient, sam: Sam) -> None:
        sam.attends(title="<script>alert(1)</script>{{ 7 * 7 }}")
        db.session.commit()
        client.sign_in(sam.user)
        page = client.get(PAGE).text
        assert "<script>alert" not in page and "{{ 7 * 7 }}" in page


@pytest.mark.sqlite_only
class TestFiles:
    def test_csv_has_what_the_page_has(self, client: GatedClient, sam: Sam) -> None:
        sam.attends(title="=cmd()", kind="part")
        sam.attends(LAST_WEEK - timedelta(days=365), title="Last year")
        db.session.commit()
        client.sign_in(sam.user)
        text = client.get(f"{PAGE}.csv").data.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["Event"] for row in rows] == ["'=cmd()", "Last year"]
        assert (rows[0]["Hours"], rows[0]["Hours attended in part"]) == ("0.00", "2.00")
        assert (rows[1]["School year"], rows[1]["First date"]) == ("2025 to 2026", "2025-11-03")
        text = client.get(f"{PAGE}.csv?year=2025").data.decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(text)))) == 1

    def test_pdf_is_tagged_and_has_the_same(self, client: GatedClient, sam: Sam) -> None:
        sam.attends(title="Reading together")
        db.session.commit()
        client.sign_in(sam.user)
        answer = client.get(f"{PAGE}.pdf")
        assert answer.mimetype == "application/pdf"
        reader = read_pdf(answer.data)
        assert {"/H1", "/H2", "/Table", "/TH"} <= set(tags_of(reader))
        text = " ".join(text_of(reader).split())
        for told in ("Sam Senco", "Reading together", "3 November 2026", "2 hours", "Elm Primary"):
            assert told in text

    def test_are_only_of_oneself(self, client: GatedClient, sam: Sam) -> None:
        sam.attends(title="Reading together")
        other = make_school_user(make_school())
        db.session.commit()
        client.sign_in(other)
        assert "Reading together" not in client.get(PAGE).text
        assert "Reading together" not in client.get(f"{PAGE}.csv").text
        assert "Reading together" not in text_of(read_pdf(client.get(f"{PAGE}.pdf").data))
