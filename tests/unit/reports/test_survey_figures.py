"""T1, T2 and C1 to C3 from what the surveys' rule lets through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from cop_site.reports.survey_figures import (
    OF_FORMS,
    OF_WAVES,
    SurveyFigure,
    choose_form,
    choose_waves,
    find_figures,
    list_forms,
)
from cop_site.surveys.models import SurveyKind
from cop_site.surveys.result_models import ClosedSurvey, QuestionResult, Result, ScaleLabel, tally

SHARES = ("none", "up_to_a_quarter", "up_to_half", "over_half", "dont_know")
RUNGS = ("aware", "tried", "some_staff", "most_staff", "embedded")
AGREE = ("strongly_disagree", "disagree", "neither", "agree", "strongly_agree", "not_applicable")
SCALES = {"toolkit.share": SHARES, "toolkit.rung": RUNGS, "reaction.inclusion": AGREE}


def survey(
    number: int = 1, kind: SurveyKind = SurveyKind.SCHOOL_WAVE, **values: Any
) -> ClosedSurvey:
    return ClosedSurvey(
        **{
            "id": number,
            "kind": kind,
            "title": f"Survey {number}",
            "series": "one",
            "held_on": date(2026, 9, number),
            "closed_on": date(2026, 10, number),
            "asked": 89,
            "answered": 60,
            **values,
        }
    )


def question(key: str, counts: Mapping[str, int], *, version: int = 1) -> QuestionResult:
    scale = [ScaleLabel(one, one.replace("_", " "), None) for one in SCALES[key]]
    spread = tally(key, scale, counts, sum(counts.values()))
    return QuestionResult(key, version, "Wording?", {one.key: one.label for one in scale}, spread)


def result(of: ClosedSurvey, *questions: QuestionResult) -> Result:
    return Result(of, questions)


def share(over_half: int, dont_know: int, others: int, *, version: int = 1) -> QuestionResult:
    counts = {"over_half": over_half, "dont_know": dont_know, "up_to_half": others}
    return question("toolkit.share", counts, version=version)


def figure(
    now: QuestionResult, before: QuestionResult | None = None, **values: Any
) -> SurveyFigure:
    earlier = result(survey(1, title="Summer wave"), before) if before else None
    return find_figures(OF_WAVES, result(survey(2, **values), now), earlier)[0]


class TestSurveyFigure:
    def test_33_then_42_is_8_points_and_says_why_not_9(self) -> None:
        one = figure(share(25, 5, 30), share(20, 10, 30))
        assert one.definition.id == "T1"
        assert one.headline == "42%"
        assert one.trend == (
            "Summer wave: 33%, 20 of 60. Up 8 percentage points, worked out before rounding."
        )

    def test_38_then_42_is_3_points(self) -> None:
        now = question("toolkit.rung", {"embedded": 25, "tried": 35})
        before = question("toolkit.rung", {"embedded": 23, "tried": 37})
        one = figure(now, before)
        assert (one.definition.id, one.headline) == ("T2", "42%")
        assert one.trend == (
            "Summer wave: 38%, 23 of 60. Up 3 percentage points, worked out before rounding."
        )

    def test_without_dont_know_beside_it(self) -> None:
        without = figure(share(25, 9, 26)).without_dont_know
        assert without
        assert without.of == "25 of 51"
        assert figure(share(25, 3, 32)).without_dont_know is None  # 3 people could be told apart
        assert figure(question("toolkit.rung", {"embedded": 30})).without_dont_know is None

    def test_changed_wording_is_not_compared(self) -> None:
        one = figure(share(25, 5, 30, version=2), share(20, 10, 30))
        assert one.trend == "No comparison: the question was worded otherwise before."

    def test_nothing_before_gives_no_trend(self) -> None:
        assert figure(share(25, 5, 30)).trend == ""

    def test_hidden_before_gives_no_trend(self) -> None:
        assert figure(share(25, 5, 30), share(2, 0, 5)).trend == ""

    @pytest.mark.parametrize(
        ("counts", "headline", "why"),
        [
            ((2, 0, 2), "Not shown", "Fewer than 5 answers, so nothing is shown"),
            ((3, 0, 4), "Not shown", "7 answers: too few to show what they were"),
            ((6, 0, 6), "6 of 12", ""),
            ((2, 0, 10), "Fewer than 5 of 12", "An exact figure would tell"),
            ((9, 0, 3), "8 or more of 12", "An exact figure would tell"),
            ((10, 0, 10), "50%", ""),
        ],
    )
    def test_small_numbers_keep_to_the_rule(
        self, counts: tuple[int, int, int], headline: str, why: str
    ) -> None:
        one = figure(share(*counts))
        assert one.headline == headline
        assert one.why_hidden.startswith(why)
        assert bool(one.why_hidden) is bool(why)

    def test_says_the_response_rate(self) -> None:
        assert figure(share(25, 5, 30)).response == "60 of 89 schools answered, 67%"
        few = figure(share(2, 0, 1), answered=None, asked=12)
        assert few.response == "Fewer than 5 of 12 schools answered"
        form = survey(1, SurveyKind.END_OF_SESSION, asked=19, answered=12)
        asked = result(form, question("reaction.inclusion", {"agree": 12}))
        assert find_figures(OF_FORMS, asked)[0].response == "12 of 19 people answered"

    def test_says_from_how_many_schools_a_forms_answers_came(self) -> None:
        form = survey(1, SurveyKind.END_OF_SESSION, asked=60, answered=41, schools=38)
        asked = result(form, question("reaction.inclusion", {"agree": 41}))
        said = find_figures(OF_FORMS, asked)[0].response
        assert said == "41 of 60 people answered, 68%, from 38 schools"


class TestFindFigures:
    def test_leaves_out_questions_that_were_not_asked(self) -> None:
        assert find_figures(OF_FORMS, result(survey(), share(25, 5, 30))) == []
        assert find_figures(OF_WAVES, None) == []


class TestChooseWaves:
    def test_this_terms_wave_and_the_latest_before_it(self) -> None:
        waves = [survey(number, term_id=number) for number in (1, 2, 4, 5)]
        now, before = choose_waves(waves, 4)
        assert now
        assert before
        assert (now.id, before.id) == (4, 2)

    def test_term_without_a_wave_has_none(self) -> None:
        assert choose_waves([survey(1, term_id=1)], 2) == (None, None)

    def test_forms_are_no_waves(self) -> None:
        assert choose_waves([survey(1, SurveyKind.END_OF_SESSION, term_id=1)], 1) == (None, None)


def form(number: int, answered: int | None) -> ClosedSurvey:
    return survey(number, SurveyKind.END_OF_SESSION, answered=answered)


class TestChooseForm:
    def test_latest_closed_that_20_or_more_answered(self) -> None:
        forms = list_forms([form(1, 41), form(2, 20), form(3, 19), form(4, None), survey(5)])
        assert [one.id for one in forms] == [4, 3, 2, 1]
        chosen = choose_form(forms, None)
        assert chosen
        assert chosen.id == 2

    def test_the_one_asked_for(self) -> None:
        chosen = choose_form([form(1, 41), form(3, 4)], 3)
        assert chosen
        assert chosen.id == 3

    def test_one_that_is_not_there_gives_the_usual(self) -> None:
        chosen = choose_form([form(1, 41)], 99)
        assert chosen
        assert chosen.id == 1

    def test_where_all_are_small_the_last_held(self) -> None:
        chosen = choose_form(list_forms([form(1, 8), form(2, 7)]), None)
        assert chosen
        assert chosen.id == 2
        assert choose_form([], None) is None
