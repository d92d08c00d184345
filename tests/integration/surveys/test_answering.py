"""Answering, by service and by page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.audit import Change
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.surveys.answer_models import Answer, Invitation, Response
from cop_site.surveys.answer_services import finish, save_answers
from cop_site.surveys.closing_services import close_survey
from cop_site.surveys.models import Question, Survey, SurveyKind
from cop_site.surveys.pseudonym_models import Pseudonyms
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.surveys import make_invitation, make_survey, question
from tests.support.client import GatedClient
from tests.support.statements import count_statements

KEY = Pseudonyms("a key for these tests")
TOKEN = "a-token-of-forty-three-letters-or-thereabout"


@pytest.fixture(autouse=True)
def authority(app: Flask) -> None:
    schools.make_authority()


def _said(**answers: str) -> dict[int, tuple[str, str]]:
    """Answers by the last part of the question's key."""
    rows = db.session.scalars(sa.select(Question))
    ids = {row.key.split(".")[1]: row for row in rows if "toolkit." not in row.key[:8]}
    ids |= {"share": question("toolkit.share"), "rung": question("toolkit.rung")}
    return {
        ids[name].id: ("", said) if ids[name].scale_key == "line" else (said, "")
        for name, said in answers.items()
    }


def _asked(kind: SurveyKind = SurveyKind.END_OF_SESSION, **values: Any) -> Invitation:
    """An open survey, and somebody asked by the link TOKEN."""
    person, school = people.make_person(), schools.make_school()
    people.give_school_role(person, school)
    invitation = make_invitation(make_survey(kind, **values), person, [school], token=TOKEN)
    db.session.commit()
    return invitation


def _responses() -> list[Response]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Response).order_by(Response.rank)))


def _answers() -> dict[str, str]:
    query = sa.select(Question.key, Answer.answer_key, Answer.text).join(
        Question, Question.id == Answer.question_id
    )
    return {key.split(".")[1]: said or text for key, said, text in db.session.execute(query)}


class TestSaveAnswers:
    def test_keeps_progress_that_does_not_count(self, app: Flask) -> None:
        invitation = _asked()
        save_answers(invitation.id, _said(clarity="agree", comment="More"), pseudonyms=KEY)
        (response,) = _responses()
        assert not response.is_finished
        assert response.pseudonym == KEY.of_draft(invitation.id)
        assert _answers() == {"clarity": "agree", "comment": "More"}
        assert invitation.finished_on is None

    def test_again_changes_and_blanks(self, app: Flask) -> None:
        invitation = _asked()
        save_answers(invitation.id, _said(clarity="agree", comment="More"), pseudonyms=KEY)
        save_answers(invitation.id, _said(clarity="disagree", comment=""), pseudonyms=KEY)
        assert len(_responses()) == 1
        assert _answers() == {"clarity": "disagree", "comment": ""}

    @pytest.mark.parametrize("values", [{"closed_at": NOON}, {"closes_at": NOON}])
    def test_of_a_closed_survey_is_refused(self, app: Flask, values: dict[str, Any]) -> None:
        invitation = _asked(**values)
        with pytest.raises(DomainError, match="closed"):
            save_answers(invitation.id, _said(clarity="agree"), pseudonyms=KEY)
        assert _responses() == []

    def test_after_finishing_changes_nothing(self, app: Flask) -> None:
        invitation = _asked()
        finish(invitation.id, _said(clarity="agree"), pseudonyms=KEY)
        save_answers(invitation.id, _said(clarity="disagree"), pseudonyms=KEY)
        assert (len(_responses()), _answers()) == (1, {"clarity": "agree"})


class TestFinish:
    def test_counts_the_whole_under_the_persons_pseudonym(self, app: Flask) -> None:
        invitation = _asked()
        save_answers(invitation.id, _said(clarity="agree"), pseudonyms=KEY)
        finish(invitation.id, _said(inclusion="agree"), pseudonyms=KEY)
        (response,) = _responses()
        assert response.is_finished
        series = db.session.scalars(sa.select(Survey.series)).one()
        assert response.pseudonym == KEY.of_person(series, invitation.person_id)
        assert _answers() == {"clarity": "agree", "inclusion": "agree"}
        assert invitation.finished_on == NOON.date()

    def test_blank_is_finished_too(self, app: Flask) -> None:
        finish(_asked().id, {}, pseudonyms=KEY)
        assert [(response.is_finished, _answers()) for response in _responses()] == [(True, {})]

    def test_twice_is_once(self, app: Flask) -> None:
        invitation = _asked()
        finish(invitation.id, _said(clarity="agree"), pseudonyms=KEY)
        finish(invitation.id, _said(clarity="disagree"), pseudonyms=KEY)
        assert (len(_responses()), _answers()) == (1, {"clarity": "agree"})

    def test_writes_no_history_and_no_message(self, app: Flask) -> None:
        invitation = _asked()
        finish(invitation.id, _said(clarity="agree"), pseudonyms=KEY)
        db.session.flush()
        assert db.session.query(Change).count() == 0
        assert db.session.query(OutboxMessage).count() == 0


class TestFinishForASchool:
    def _wave(self) -> tuple[Survey, Any]:
        return make_survey(SurveyKind.SCHOOL_WAVE, series="wave"), schools.make_school()

    def _ask(self, survey: Survey, school: Any, role: SchoolRoleKind) -> Invitation:
        return make_invitation(
            survey, people.make_person(), [school], role=role, for_school_id=school.id
        )

    def test_the_newest_of_two_sencos_counts(self, app: Flask) -> None:
        survey, school = self._wave()
        first, second = (self._ask(survey, school, SchoolRoleKind.SENCO) for _ in range(2))
        finish(first.id, _said(share="none"), pseudonyms=KEY)
        finish(second.id, _said(share="over_half"), pseudonyms=KEY)
        (response,) = _responses()
        assert (response.revision, response.pseudonym) == (2, KEY.of_school("wave", school.id))
        assert _answers() == {"share": "over_half"}
        assert first.finished_on == second.finished_on == NOON.date()

    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            ({"share": "none"}, {}, {"share": "none"}),
            ({}, {"share": "none"}, {"share": "none"}),
            ({"share": "none"}, {"rung": "tried"}, {"share": "none", "rung": "tried"}),
            ({"share": "none"}, {"share": ""}, {"share": "none"}),
            ({"share": ""}, {"share": "none"}, {"share": "none"}),
            (
                {"share": "none", "rung": "tried"},
                {"share": "over_half"},
                {"share": "over_half", "rung": "tried"},
            ),
            ({"share": "none"}, {"share": "dont_know"}, {"share": "dont_know"}),
            (
                {"confidence": "the_same"},
                {"confidence": "not_applicable"},
                {"confidence": "the_same"},
            ),
            (
                {"confidence": ""},
                {"confidence": "not_applicable"},
                {"confidence": "not_applicable"},
            ),
            ({"comment": "First"}, {"comment": ""}, {"comment": "First"}),
            ({"comment": "First"}, {"comment": "Second"}, {"comment": "Second"}),
        ],
    )
    @pytest.mark.parametrize("roles", ["two sencos", "deputy, then senco", "senco, then deputy"])
    def test_the_latest_valid_answer_to_each_question_counts(
        self,
        app: Flask,
        roles: str,
        first: dict[str, str],
        second: dict[str, str],
        expected: dict[str, str],
    ) -> None:
        survey, school = self._wave()
        senco, deputy = SchoolRoleKind.SENCO, SchoolRoleKind.DEPUTY_SENCO
        held = {
            "two sencos": (senco, senco),
            "deputy, then senco": (deputy, senco),
            # A deputy's is behind the SENCO's, whenever it came: so it takes the first's place.
            "senco, then deputy": (deputy, senco),
        }[roles]
        forms = list(zip(held, (first, second), strict=True))
        for role, said in forms if roles != "senco, then deputy" else forms[::-1]:
            finish(self._ask(survey, school, role).id, _said(**said), pseudonyms=KEY)
        survey.closes_at = NOON
        db.session.commit()
        close_survey(survey.id)
        assert len(_responses()) == 1
        assert {name: said for name, said in _answers().items() if said} == expected

    def test_a_blank_form_replaces_nothing(self, app: Flask) -> None:
        survey, school = self._wave()
        first, second = (self._ask(survey, school, SchoolRoleKind.SENCO) for _ in range(2))
        finish(first.id, _said(share="none"), pseudonyms=KEY)
        finish(second.id, {}, pseudonyms=KEY)
        assert [(response.is_finished, _answers()) for response in _responses()] == [
            (True, {"share": "none"})
        ]
        assert second.finished_on == NOON.date()

    def test_a_deputys_stands_behind_the_sencos(self, app: Flask) -> None:
        survey, school = self._wave()
        senco = self._ask(survey, school, SchoolRoleKind.SENCO)
        deputy = self._ask(survey, school, SchoolRoleKind.DEPUTY_SENCO)
        finish(senco.id, _said(share="none"), pseudonyms=KEY)
        finish(deputy.id, _said(share="over_half"), pseudonyms=KEY)
        assert [response.rank for response in _responses()] == [0, 1]

    def test_nobody_finds_a_colleagues_progress(self, app: Flask) -> None:
        survey, school = self._wave()
        first, second = (self._ask(survey, school, SchoolRoleKind.SENCO) for _ in range(2))
        save_answers(first.id, _said(share="none"), pseudonyms=KEY)
        save_answers(second.id, _said(rung="aware"), pseudonyms=KEY)
        assert len({response.pseudonym for response in _responses()}) == 2


def _legends(html: str) -> list[str]:
    found = re.findall(r"<legend[^>]*>(.*?)</legend>", html, re.S)
    return [re.sub(r"<[^>]*>|\s+", " ", legend).strip() for legend in found]


def _values(**answers: str) -> dict[str, Any]:
    """What a browser sends."""
    return {f"q{id_}": key or text for id_, (key, text) in _said(**answers).items()}


@pytest.mark.sqlite_only
class TestByLink:
    def test_asks_in_words_and_says_who_reads_what(self, client: GatedClient) -> None:
        _asked()
        page = client.get(f"/s/{TOKEN}").text
        assert len(_legends(page)) == 3
        assert _legends(page)[1] == "It is clearer to me where to get support"
        assert "confidential" in page and "name nobody" in page
        assert "Questions 1 to 4 of 4" in page

    def test_needs_no_sign_in_from_first_to_last(self, client: GatedClient) -> None:
        invitation = _asked()
        answer = client.send(f"/s/{TOKEN}?page=1", **_values(clarity="agree", comment="Thanks"))
        assert (answer.status_code, answer.location) == (303, f"/s/{TOKEN}")
        assert "You have answered. Thank you" in client.get(f"/s/{TOKEN}").text
        assert len(_responses()) == 1
        assert _answers() == {"clarity": "agree", "comment": "Thanks"}
        assert invitation.finished_on == NOON.date()

    def test_afterwards_never_shows_what_was_said(self, client: GatedClient) -> None:
        _asked()
        client.send(f"/s/{TOKEN}", **_values(comment="Nobody else reads this"))
        for path in (f"/s/{TOKEN}", f"/s/{TOKEN}?page=1"):
            page = client.get(path).text
            assert "Nobody else reads this" not in page and "<form" not in page.split("<main")[1]

    def test_long_ones_come_page_by_page_and_keep_progress(self, client: GatedClient) -> None:
        _asked(SurveyKind.SCHOOL_WAVE)
        first = client.get(f"/s/{TOKEN}").text
        assert "Questions 1 to 4 of 11" in first
        answer = client.send(f"/s/{TOKEN}?page=1", **_values(share="over_half"))
        assert answer.location == f"/s/{TOKEN}?page=2"
        again = client.get(f"/s/{TOKEN}").text
        assert "Questions 5 to 8 of 11" in again
        back = client.get(f"/s/{TOKEN}?page=1").text
        assert re.search(r'value="over_half"\s+checked', back)
        client.send(f"/s/{TOKEN}?page=2")
        assert client.send(f"/s/{TOKEN}?page=3").location == f"/s/{TOKEN}"
        assert [response.is_finished for response in _responses()] == [True]

    def test_reading_changes_nothing(self, client: GatedClient) -> None:
        _asked()
        with count_statements() as sent:
            client.get(f"/s/{TOKEN}")
        assert not [one for one in sent if not one.startswith("SELECT")]
        assert _responses() == []

    def test_takes_few_statements(self, client: GatedClient) -> None:
        _asked(SurveyKind.SCHOOL_WAVE)
        with count_statements() as sent:
            client.get(f"/s/{TOKEN}")
        assert len(sent) == 4

    @pytest.mark.parametrize("text", ["Sam Brown in Year 4", "UPN A123456789012"])
    def test_warns_of_a_pupil_before_saving(self, client: GatedClient, text: str) -> None:
        _asked()
        answer = client.send(f"/s/{TOKEN}", **_values(clarity="agree", comment=text))
        assert answer.status_code == 422
        assert "This names no pupil" in answer.text and text in answer.text
        assert re.search(r'value="agree"\s+checked', answer.text)
        assert _responses() == []

    def test_refuses_an_answer_that_is_none(self, client: GatedClient) -> None:
        _asked()
        answer = client.send(f"/s/{TOKEN}", **_values(clarity="everything"))
        assert answer.status_code == 422
        assert _responses() == []

    def test_ignores_other_fields(self, client: GatedClient) -> None:
        _asked()
        other = f"q{question('toolkit.share').id}"
        fields: dict[str, Any] = {other: "over_half", "is_finished": "0", "rank": "9"}
        client.send(f"/s/{TOKEN}", **fields)
        assert _answers() == {}
        assert [response.rank for response in _responses()] == [0]

    def test_closed_says_so(self, client: GatedClient, at: Callable[[datetime], None]) -> None:
        _asked()
        at(NOON + timedelta(days=20))
        for answer in (client.get(f"/s/{TOKEN}"), client.send(f"/s/{TOKEN}")):
            assert answer.status_code == 410
            assert "This survey has closed" in answer.text
        assert _responses() == []

    @pytest.mark.parametrize("token", ["unknown", "x" * 64, "%20", "..%2F"])
    def test_unknown_says_what_to_do(self, client: GatedClient, token: str) -> None:
        answer = client.get(f"/s/{token}")
        assert answer.status_code == 404
        if token == "unknown":
            assert "This link does not work" in answer.text

    @pytest.mark.parametrize("page", ["0", "99", "-1", "x", "9" * 30, "²", "00019"])
    def test_with_a_strange_page_shows_the_first(self, client: GatedClient, page: str) -> None:
        _asked(SurveyKind.SCHOOL_WAVE)
        assert "Questions 1 to 4 of 11" in client.get(f"/s/{TOKEN}?page={page}").text


@pytest.mark.sqlite_only
class TestAsked:
    def _own(self, client: GatedClient, kind: SurveyKind = SurveyKind.END_OF_SESSION) -> Any:
        school = schools.make_school("Alder Lane")
        user = people.make_school_user(school)
        person = db.session.get_one(Person, user.person_id)
        of_wave: dict[str, Any] = (
            {"for_school_id": school.id} if kind is SurveyKind.SCHOOL_WAVE else {}
        )
        invitation = make_invitation(make_survey(kind), person, [school], **of_wave)
        db.session.commit()
        client.sign_in(user)
        return invitation

    def test_home_and_the_list_lead_to_it(self, client: GatedClient) -> None:
        invitation = self._own(client)
        link = f"/surveys/asked/{invitation.id}"
        assert link in client.get("/").text
        assert link in client.get("/surveys").text
        client.send(link, **_values(clarity="agree"))
        assert link not in client.get("/").text
        assert link not in client.get("/surveys").text

    def test_a_wave_names_the_school(self, client: GatedClient) -> None:
        invitation = self._own(client, SurveyKind.SCHOOL_WAVE)
        page = client.get(f"/surveys/asked/{invitation.id}").text
        assert "Alder Lane" in page and "they are kept under a code" in page

    def test_of_somebody_else_is_not_found(self, client: GatedClient) -> None:
        invitation = _asked()
        self._own(client)
        assert client.get(f"/surveys/asked/{invitation.id}").status_code == 404
        assert client.send(f"/surveys/asked/{invitation.id}").status_code == 404
        assert _responses() == []
