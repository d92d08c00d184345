"""What is told of closed surveys, and that nothing is told of others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import EventKind
from cop_site.surveys import result_queries
from cop_site.surveys.models import Question, Survey, SurveyKind, SurveyQuestion
from cop_site.surveys.suppression import Figure
from tests.conftest import NOON
from tests.factories.events import make_event, session_of
from tests.factories.schools import make_cluster, make_term
from tests.factories.surveys import answer_all, make_response, make_survey, question
from tests.support.statements import count_statements

CHANGE = "reaction.confidence"
SHARE = "toolkit.share"


class TestLoadResult:
    def test_of_a_closed_survey_gives_figure_distribution_and_wording(self, app: Flask) -> None:
        survey = make_survey(closed=True)
        said = {"much_less": 1, "a_little_less": 2, "the_same": 12, "a_little_more": 18}
        answer_all(survey, CHANGE, said | {"a_lot_more": 8, "not_applicable": 2, "": 3})
        result = result_queries.load_result(survey.id)
        asked = result.find(CHANGE)
        assert asked is not None
        assert asked.wording.startswith("After this session")
        assert (asked.version, asked.figure, asked.spread.left_out) == (1, Figure(41, 26), 5)
        assert [(asked.label_of(cell), cell.count) for cell in asked.spread.cells] == [
            ("Much less confident, a little less confident or about the same", 15),
            ("A little more confident", 18),
            ("A lot more confident", 8),
        ]
        assert asked.figure_label == "A little more confident or a lot more confident"
        assert (result.survey.answered, result.survey.asked) == (46, 46)

    def test_asks_in_the_order_of_the_form(self, app: Flask) -> None:
        result = result_queries.load_result(make_survey(closed=True).id)
        assert [one.key.split(".")[1] for one in result.questions] == [
            *("confidence", "clarity", "inclusion", "comment")
        ]

    def test_of_four_responses_tells_nothing(self, app: Flask) -> None:
        survey = make_survey(closed=True)
        answer_all(survey, CHANGE, {"a_lot_more": 4})
        result = result_queries.load_result(survey.id)
        assert result.survey.answered is None
        assert [one.spread.n for one in result.questions] == [None] * 4
        assert [one.lines for one in result.questions] == [None] * 4

    @pytest.mark.parametrize("of_one_cluster", [True, False])
    def test_hides_that_all_of_one_cluster_agree(self, app: Flask, of_one_cluster: bool) -> None:
        cluster_id = make_cluster().id if of_one_cluster else None
        event = make_event(NOON - timedelta(days=20), cluster_id=cluster_id)
        survey = make_survey(closed=True, event_id=event.id, session_id=session_of(event).id)
        answer_all(survey, CHANGE, {"a_lot_more": 12})
        asked = result_queries.load_result(survey.id).find(CHANGE)
        assert asked is not None and asked.figure is not None
        assert asked.figure.of == ("8 or more of 12" if of_one_cluster else "12 of 12")
        assert bool(asked.spread.cells) is not of_one_cluster

    def test_lists_lines_from_ten_responses_on(self, app: Flask) -> None:
        few, enough = make_survey(closed=True), make_survey(closed=True)
        for number in range(9):
            make_response(few, {"reaction.comment": f"Line {number}"})
        for number in range(10):
            make_response(enough, {"reaction.comment": f"Line {number}"} if number < 3 else {})
        hidden = result_queries.load_result(few.id).find("reaction.comment")
        shown = result_queries.load_result(enough.id).find("reaction.comment")
        assert hidden is not None and hidden.lines is None
        assert shown is not None and sorted(shown.lines or ()) == ["Line 0", "Line 1", "Line 2"]

    def test_leaves_unfinished_responses_out(self, app: Flask) -> None:
        survey = make_survey(closed=True)
        answer_all(survey, CHANGE, {"a_lot_more": 10, "the_same": 10})
        make_response(survey, {CHANGE: "the_same"}, finished=False)
        asked = result_queries.load_result(survey.id).find(CHANGE)
        assert asked is not None and asked.figure == Figure(20, 10)

    @pytest.mark.parametrize("missing", ["closed_at", "shuffled_at"])
    def test_of_a_survey_that_is_open_or_not_shuffled_is_refused(
        self, app: Flask, missing: str
    ) -> None:
        survey = make_survey(SurveyKind.BEFORE, closed=True, **{missing: None})
        with pytest.raises(NotFoundError):
            result_queries.load_result(survey.id)
        assert result_queries.list_closed_surveys(survey.kind) == []

    def test_without_dont_know_takes_them_out_of_n(self, app: Flask) -> None:
        survey = make_survey(SurveyKind.SCHOOL_WAVE, closed=True)
        said = {"none": 6, "up_to_a_quarter": 12, "up_to_half": 11, "over_half": 25}
        answer_all(survey, SHARE, said | {"dont_know": 6})
        asked = result_queries.load_result(survey.id).find(SHARE)
        assert asked is not None
        assert asked.figure == Figure(60, 25)
        assert asked.without({"dont_know"}) == Figure(54, 25)

    def test_without_dont_know_is_hidden_where_few_did_not_know(self, app: Flask) -> None:
        survey = make_survey(SurveyKind.SCHOOL_WAVE, closed=True)
        answer_all(survey, SHARE, {"up_to_half": 15, "over_half": 25, "dont_know": 2})
        asked = result_queries.load_result(survey.id).find(SHARE)
        assert asked is not None
        assert asked.figure == Figure(42, 25)
        assert asked.without({"dont_know"}) is None

    def test_of_many_surveys_takes_as_many_statements(self, app: Flask) -> None:
        surveys = [make_survey(closed=True) for _ in range(8)]
        for survey in surveys:
            answer_all(survey, CHANGE, {"a_lot_more": 12})
        db.session.commit()
        with count_statements() as one:
            result_queries.load_results([surveys[0].id])
        with count_statements() as many:
            found = result_queries.load_results([survey.id for survey in surveys])
        assert len(one) == len(many) == 5
        assert len(found) == 8


class TestListClosedSurveys:
    def test_places_a_session_in_the_period_of_its_day(self, app: Flask) -> None:
        late = make_event(NOON.replace(hour=23, minute=30) - timedelta(days=20))
        survey = make_survey(closed=True, event_id=late.id, session_id=session_of(late).id)
        kind, day = SurveyKind.END_OF_SESSION, clock.london_date(late.starts_at)
        after = day + timedelta(days=1)
        found = result_queries.list_closed_surveys(kind, day, day)
        assert [(one.id, one.held_on) for one in found] == [(survey.id, day)]
        assert found[0].event_kind == EventKind.SENCO_NETWORK
        assert result_queries.list_closed_surveys(kind, after, None) == []
        assert result_queries.list_closed_surveys(kind, None, day - timedelta(days=1)) == []

    def test_places_a_wave_in_its_term(self, app: Flask) -> None:
        term = make_term("Autumn 2026", date(2026, 9, 1), date(2026, 12, 18))
        survey = make_survey(SurveyKind.SCHOOL_WAVE, closed=True, term_id=term.id)
        found = result_queries.list_closed_surveys(
            SurveyKind.SCHOOL_WAVE, date(2026, 9, 1), date(2027, 1, 4)
        )
        assert [(one.id, one.term_id, one.held_on) for one in found] == [
            (survey.id, term.id, date(2026, 9, 1))
        ]

    def test_says_indicative_under_forty_in_a_hundred(self, app: Flask) -> None:
        low = make_survey(closed=True, asked_count=51, answered_count=20)
        enough = make_survey(closed=True, asked_count=50, answered_count=20)
        found = {one.id: one for one in result_queries.list_closed_surveys(low.kind)}
        assert found[low.id].is_indicative
        assert not found[enough.id].is_indicative


def _two_waves(**values: Any) -> list[Survey]:
    kind = SurveyKind.SCHOOL_WAVE
    return [make_survey(kind, closed=True, series="wave", **values) for _ in range(2)]


class TestFindMatchedChange:
    def test_counts_up_same_and_down_among_pairs(self, app: Flask) -> None:
        before = make_survey(SurveyKind.BEFORE, closed=True, series="event-1")
        after = make_survey(SurveyKind.AFTER, closed=True, series="event-1")
        key = "confidence.coaching"
        moves = [("slightly", "very")] * 9 + [("fairly", "fairly")] * 6 + [("very", "fairly")] * 5
        for number, (was, now) in enumerate(moves):
            make_response(before, {key: was}, pseudonym=f"p{number}")
            make_response(after, {key: now}, pseudonym=f"p{number}")
        make_response(before, {key: "very"}, pseudonym="left")
        make_response(after, {key: "very"}, pseudonym="skipped")
        make_response(after, {}, pseudonym="blank")
        change = result_queries.find_matched_change(before.id, after.id, key)
        assert change is not None
        counts = [change.count(name) for name in ("up", "same", "down")]
        assert (change.pairs, counts, change.net) == (20, [9, 6, 5], 4)
        assert (change.valid_after, change.skipped_before) == (21, 1)

    def test_dont_know_is_not_valid(self, app: Flask) -> None:
        waves = _two_waves(asked_count=30)
        for number in range(12):
            make_response(waves[0], {SHARE: "none"}, pseudonym=f"s{number}")
            said = "over_half" if number else "dont_know"
            make_response(waves[1], {SHARE: said}, pseudonym=f"s{number}")
        for number in range(6):
            for wave in waves:
                make_response(wave, {SHARE: "none"}, pseudonym=f"{wave.id}-{number}")
        change = result_queries.find_matched_change(waves[0].id, waves[1].id, SHARE)
        assert change is not None
        assert (change.pairs, change.count("up"), change.net) == (11, 11, 11)
        assert (change.valid_after, change.skipped_before) == (None, None)

    def test_tells_valid_answers_where_dont_know_stands_alone(self, app: Flask) -> None:
        waves = _two_waves(asked_count=30)
        for number in range(25):
            make_response(waves[0], {SHARE: "none"}, pseudonym=f"s{number}")
            said = "over_half" if number >= 12 else "up_to_half" if number >= 6 else "dont_know"
            make_response(waves[1], {SHARE: said}, pseudonym=f"s{number}")
        make_response(waves[1], {SHARE: "up_to_half"}, pseudonym="new")
        change = result_queries.find_matched_change(waves[0].id, waves[1].id, SHARE)
        assert change is not None
        assert (change.pairs, change.valid_after, change.skipped_before) == (19, 20, 1)

    def test_where_everybody_asked_answered_pairs_would_tell_who_did_not_know(
        self, app: Flask
    ) -> None:
        waves = _two_waves()
        for number in range(12):
            make_response(waves[0], {SHARE: "none"}, pseudonym=f"s{number}")
            said = "over_half" if number else "dont_know"
            make_response(waves[1], {SHARE: said}, pseudonym=f"s{number}")
        change = result_queries.find_matched_change(waves[0].id, waves[1].id, SHARE)
        assert change is not None
        assert (change.pairs, change.spread.cells, change.net) == (None, (), None)

    def test_of_four_pairs_tells_nothing(self, app: Flask) -> None:
        waves = [make_survey(SurveyKind.SCHOOL_WAVE, closed=True, series="wave") for _ in range(2)]
        for number in range(4):
            for wave in waves:
                make_response(wave, {SHARE: "none"}, pseudonym=f"s{number}")
        for number in range(20):
            make_response(waves[1], {SHARE: "none"}, pseudonym=f"new{number}")
        change = result_queries.find_matched_change(waves[0].id, waves[1].id, SHARE)
        assert change is not None
        assert (change.pairs, change.valid_after, change.skipped_before) == (None, None, None)
        assert change.count("same") is None

    def test_across_series_or_a_changed_wording_is_none(self, app: Flask) -> None:
        one = make_survey(SurveyKind.SCHOOL_WAVE, closed=True, series="wave")
        other = make_survey(SurveyKind.SCHOOL_WAVE, closed=True, series="elsewhere")
        reworded = make_survey(SurveyKind.SCHOOL_WAVE, closed=True, series="wave")
        asked = question(SHARE)
        again = Question(key=SHARE, version=2, wording="New", scale_key=asked.scale_key)
        db.session.add(again)
        db.session.flush()
        db.session.query(SurveyQuestion).filter_by(
            survey_id=reworded.id, question_id=asked.id
        ).update({"question_id": again.id})
        assert result_queries.find_matched_change(one.id, other.id, SHARE) is None
        assert result_queries.find_matched_change(one.id, reworded.id, SHARE) is None
        assert result_queries.find_matched_change(one.id, one.id, SHARE) is None
