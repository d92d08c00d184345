"""Pages of surveys: results as they may be shown, the lead's list, waves, readers, panels."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.surveys.models import Survey, SurveyKind, SurveyReader
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.events import make_booking, make_event
from tests.factories.surveys import answer_all, make_invitation, make_response, make_survey
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
CHANGE = "reaction.confidence"


@pytest.fixture
def lead(app: Flask, client: GatedClient) -> User:
    schools.make_authority()
    user = people.make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    db.session.commit()
    client.sign_in(user)
    return user


def _form_of_41() -> Survey:
    survey = make_survey(closed=True, title="Autumn network")
    said = {"a_little_less": 2, "the_same": 13, "a_little_more": 17, "a_lot_more": 9}
    answer_all(survey, CHANGE, said)
    db.session.commit()
    return survey


def _two_waves() -> list[Survey]:
    """Waves of two terms that not everybody answered, the later one last."""
    terms = [
        schools.make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 17)),
        schools.make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18)),
    ]
    return [
        make_survey(
            SurveyKind.SCHOOL_WAVE, closed=True, series="wave", term_id=term.id, asked_count=30
        )
        for term in terms
    ]


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[1]).split())


def _rows(client: GatedClient, survey: Survey) -> list[dict[str, str]]:
    answer = client.get(f"/surveys/{survey.id}.csv")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


class TestResults:
    def test_say_figure_rate_wording_and_distribution(
        self, client: GatedClient, lead: User
    ) -> None:
        text = _text(client.get(f"/surveys/{_form_of_41().id}").text)
        assert "41 of 41 people answered, 100%." in text
        assert "63%, 26 of 41 said “a little more confident or a lot more confident”" in text
        assert "Much less confident, a little less confident or about the same 15 37%" in text
        assert "Question reaction.confidence, version 1" in text

    def test_never_hold_a_small_count(self, client: GatedClient, lead: User) -> None:
        page = client.get(f"/surveys/{_form_of_41().id}").text
        assert not re.search(r">\s*[1-4]\s*</td>", page)

    def test_of_four_show_nothing_but_that(self, client: GatedClient, lead: User) -> None:
        survey = make_survey(closed=True, asked_count=13)
        answer_all(survey, CHANGE, {"a_lot_more": 4})
        db.session.commit()
        page = client.get(f"/surveys/{survey.id}").text
        assert "Fewer than 5 of 17 people answered" in _text(page)
        assert "<svg class=" not in page.split("<main")[1]
        assert ".csv" not in page
        assert {row["answered"] for row in _rows(client, survey)} == {"fewer than 5"}
        assert not any(row["count"] for row in _rows(client, survey))

    def test_say_indicative_under_forty_in_a_hundred(self, client: GatedClient, lead: User) -> None:
        survey = make_survey(closed=True, asked_count=40)
        answer_all(survey, CHANGE, {"a_lot_more": 10})
        db.session.commit()
        assert "Indicative" in _text(client.get(f"/surveys/{survey.id}").text)

    def test_show_the_change_since_before(self, client: GatedClient, lead: User) -> None:
        event = make_event(NOON - timedelta(days=30))
        before = make_survey(SurveyKind.BEFORE, closed=True, series="e", event_id=event.id)
        after = make_survey(SurveyKind.AFTER, closed=True, series="e", event_id=event.id)
        key = "confidence.coaching"
        for number in range(20):
            make_response(before, {key: "slightly"}, pseudonym=f"p{number}")
            said = "very" if number < 12 else "slightly"
            make_response(after, {key: said}, pseudonym=f"p{number}")
        db.session.commit()
        text = _text(client.get(f"/surveys/{after.id}").text)
        assert "20 answered both times, of 20 with an answer to compare now" in text
        assert "1 Up 12 60%" in text
        rows = [row for row in _rows(client, after) if row["what"] == "matched change"]
        assert [(row["answer"], row["count"]) for row in rows if row["question"] == key] == [
            ("Up", "12"),
            ("The same or down", "8"),
        ]

    def test_say_no_number_that_tells_who_did_not_know(
        self, client: GatedClient, lead: User
    ) -> None:
        waves = _two_waves()
        for number in range(25):
            make_response(waves[0], {"toolkit.share": "none"}, pseudonym=f"s{number}")
            said = "over_half" if number >= 12 else "none" if number >= 2 else "dont_know"
            make_response(waves[1], {"toolkit.share": said}, pseudonym=f"s{number}")
        for number in range(6):
            for wave in waves:
                make_response(wave, {"toolkit.share": "none"}, pseudonym=f"{wave.id}-{number}")
        db.session.commit()
        text = _text(client.get(f"/surveys/{waves[1].id}").text)
        assert "23 answered both times." in text
        assert "to compare now" not in text

    def test_leave_the_change_out_where_the_earlier_one_is_not_theirs_to_read(
        self, app: Flask, client: GatedClient
    ) -> None:
        schools.make_authority()
        reader = people.make_service_user(ServiceRoleKind.EP)
        waves = _two_waves()
        for number in range(25):
            for wave in waves:
                make_response(wave, {"toolkit.share": "none"}, pseudonym=f"s{number}")
        db.session.add(SurveyReader(survey_id=waves[1].id, person_id=reader.person_id))
        db.session.commit()
        client.sign_in(reader)
        path = f"/surveys/{waves[1].id}"
        assert "Since “" not in client.get(path).text
        assert "matched change" not in {row["what"] for row in _rows(client, waves[1])}
        db.session.add(SurveyReader(survey_id=waves[0].id, person_id=reader.person_id))
        db.session.commit()
        assert "Since “" in client.get(path).text
        assert "matched change" in {row["what"] for row in _rows(client, waves[1])}

    def test_take_as_many_statements_for_a_long_survey(
        self, client: GatedClient, lead: User
    ) -> None:
        short, long = _form_of_41(), make_survey(SurveyKind.SCHOOL_WAVE, closed=True)
        answer_all(long, "toolkit.share", {"over_half": 20, "none": 10})
        db.session.commit()
        counts = []
        for survey in (short, long):
            db.session.expunge_all()
            with count_statements() as sent:
                client.get(f"/surveys/{survey.id}")
            counts.append(len(sent))
        assert counts[0] <= 8
        assert counts[1] <= counts[0] + 1

    def test_the_file_holds_what_the_page_shows(self, client: GatedClient, lead: User) -> None:
        rows = [row for row in _rows(client, _form_of_41()) if row["question"] == CHANGE]
        assert [(row["what"], row["count"], row["of"], row["percent"]) for row in rows] == [
            ("answer", "15", "41", "37"),
            ("answer", "17", "41", "41"),
            ("answer", "9", "41", "22"),
            ("figure", "26", "41", "63"),
        ]

    def test_the_file_runs_no_formula(self, client: GatedClient, lead: User) -> None:
        survey = make_survey(closed=True, title="=1+1")
        for _ in range(10):
            make_response(survey, {"reaction.comment": "=cmd()"})
        db.session.commit()
        rows = _rows(client, survey)
        assert {row["survey"] for row in rows} == {"'=1+1"}
        assert {row["answer"] for row in rows if row["what"] == "line"} == {"'=cmd()"}


class TestIndex:
    def test_shows_the_lead_how_many_answered_but_no_answers(
        self, client: GatedClient, lead: User
    ) -> None:
        few, more = make_survey(title="Few so far"), make_survey(title="More so far")
        for survey, finished in ((few, 4), (more, 6)):
            for number in range(8):
                day = NOON.date() if number < finished else None
                make_invitation(survey, people.make_person(), finished_on=day)
        db.session.commit()
        text = _text(client.get("/surveys").text)
        assert "Fewer than 5 of 8 have answered" in text
        assert "6 of 8 have answered" in text
        assert client.get(f"/surveys/{more.id}").status_code == 404

    def test_counts_the_schools_of_a_wave_once_each(self, client: GatedClient, lead: User) -> None:
        survey = make_survey(SurveyKind.SCHOOL_WAVE)
        for number in range(7):
            school = schools.make_school()
            for _ in range(2):
                day = NOON.date() if number < 6 else None
                make_invitation(
                    survey, people.make_person(), for_school_id=school.id, finished_on=day
                )
        db.session.commit()
        assert "6 of 7 have answered" in _text(client.get("/surveys").text)

    def test_takes_the_same_statements_for_three_and_thirty(
        self, client: GatedClient, lead: User
    ) -> None:
        counts = []
        for more in (3, 27):
            for _ in range(more):
                make_survey(closed=True)
                make_invitation(make_survey(), people.make_person())
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                client.get("/surveys")
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 6

    def test_shows_a_named_reader_only_what_they_may_read(
        self, app: Flask, client: GatedClient
    ) -> None:
        schools.make_authority()
        reader = people.make_service_user(ServiceRoleKind.EP)
        theirs = make_survey(closed=True, title="Named for")
        make_survey(closed=True, title="Not named for")
        db.session.add(SurveyReader(survey_id=theirs.id, person_id=reader.person_id))
        db.session.commit()
        client.sign_in(reader)
        text = _text(client.get("/surveys").text)
        assert "Named for" in text and "Not named for" not in text
        assert "Start a school survey" not in text

    def test_a_reader_who_only_administers_now_reads_no_more(
        self, app: Flask, client: GatedClient
    ) -> None:
        schools.make_authority()
        admin = people.make_service_user(ServiceRoleKind.ADMINISTRATOR)
        survey = make_survey(closed=True, title="Named for")
        db.session.add(SurveyReader(survey_id=survey.id, person_id=admin.person_id))
        db.session.commit()
        client.sign_in(admin)
        assert "Named for" not in client.get("/surveys").text
        assert client.get(f"/surveys/{survey.id}").status_code == 404
        assert client.get(f"/surveys/{survey.id}.csv").status_code == 404


class TestNewWave:
    def test_asks_every_school(self, client: GatedClient, lead: User) -> None:
        term = schools.make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18))
        people.give_school_role(people.make_person(), schools.make_school())
        db.session.commit()
        fields: dict[str, Any] = {"term_id": term.id, "closes_on": ["1", "12", "2026"]}
        assert client.send("/surveys/new-wave", **fields).location == "/surveys"
        again = client.send("/surveys/new-wave", **fields)
        assert again.status_code == 422
        assert "There is a school survey for that term already" in again.text
        assert "School survey, Autumn 2026" in client.get("/surveys").text

    @pytest.mark.parametrize("day", [["", "", ""], ["31", "2", "2026"], ["1", "1", "2026"]])
    def test_with_a_wrong_day_says_so(
        self, client: GatedClient, lead: User, day: list[str]
    ) -> None:
        term = schools.make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18))
        db.session.commit()
        answer = client.send("/surveys/new-wave", term_id=term.id, closes_on=day)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text


class TestReaders:
    def test_names_and_takes_back_with_history(self, client: GatedClient, lead: User) -> None:
        survey, ep = make_survey(), people.make_service_user(ServiceRoleKind.EP)
        db.session.commit()
        path = f"/surveys/{survey.id}/readers"
        client.send(path, readers=str(ep.person_id))
        assert list(db.session.scalars(sa.select(SurveyReader.person_id))) == [ep.person_id]
        client.send(path)
        db.session.expire_all()
        assert db.session.query(SurveyReader).count() == 0
        assert [change.verb for change in list_changes("survey", survey.id)] == [
            *("readers named", "readers named")
        ]

    @pytest.mark.parametrize("role", [ServiceRoleKind.ADMINISTRATOR, None])
    def test_an_administrator_or_a_schools_person_cannot_be_named(
        self, client: GatedClient, lead: User, role: ServiceRoleKind | None
    ) -> None:
        survey = make_survey()
        other = (
            people.make_service_user(role)
            if role
            else people.make_school_user(schools.make_school())
        )
        db.session.commit()
        answer = client.send(f"/surveys/{survey.id}/readers", readers=str(other.person_id))
        assert answer.status_code == 422
        assert db.session.query(SurveyReader).count() == 0


class TestConfidence:
    def test_staff_start_it_from_the_events_page(self, client: GatedClient, lead: User) -> None:
        event, person, school = make_event(), people.make_person(), schools.make_school()
        people.give_school_role(person, school)
        make_booking(event, person, school)
        db.session.commit()
        path = f"/events/{event.id}/confidence-survey"
        assert path in client.get(f"/events/{event.id}").text
        assert "8 questions" in client.get(path).text
        assert client.send(path).location == path
        assert "People with a place are asked now" in _text(client.get(path).text)

    def test_started_twice_says_so(self, client: GatedClient, lead: User) -> None:
        event = make_event()
        db.session.commit()
        path = f"/events/{event.id}/confidence-survey"
        client.send(path)
        again = client.send(path)
        assert again.status_code == 422
        assert "asked about this event already" in again.text
        assert db.session.query(Survey).count() == 1

    def test_of_an_event_that_started_offers_nothing(self, client: GatedClient, lead: User) -> None:
        event = make_event(NOON - timedelta(minutes=1))
        db.session.commit()
        page = client.get(f"/events/{event.id}/confidence-survey").text
        assert "it has started" in page
        assert "<form" not in page.split("<main")[1]

    def test_schools_do_not_see_it(self, app: Flask, client: GatedClient) -> None:
        schools.make_authority()
        user = people.make_school_user(schools.make_school())
        event = make_event()
        db.session.commit()
        client.sign_in(user)
        assert "Confidence, before and after" not in client.get(f"/events/{event.id}").text
