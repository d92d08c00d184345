"""T1, T2 and C1 to C3, from what the surveys' rule lets through. No database, and no answer.

A figure is of one question of one survey: a school wave, or one session's form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cop_site.reports.definitions import (
    CLEARER_SUPPORT,
    EMBEDDED,
    HELPS_INCLUSION,
    MAJORITY_USE,
    MORE_CONFIDENT,
    Definition,
)
from cop_site.reports.numbers import SMALLEST_N, Rate
from cop_site.surveys.models import SurveyKind
from cop_site.surveys.result_models import DONT_KNOW, ClosedSurvey, QuestionResult, Result

# The question of the bank that each figure rests on.
OF_WAVES = ((MAJORITY_USE, "toolkit.share"), (EMBEDDED, "toolkit.rung"))
OF_FORMS = (
    (MORE_CONFIDENT, "reaction.confidence"),
    (CLEARER_SUPPORT, "reaction.clarity"),
    (HELPS_INCLUSION, "reaction.inclusion"),
)


class Shown(Protocol):
    """What the surveys' rule lets through of k of n."""

    @property
    def k(self) -> int | None: ...
    @property
    def n(self) -> int: ...


@dataclass(frozen=True)
class SurveyFigure:
    """A figure of one question, with the survey before it where one can be compared with."""

    definition: Definition
    survey: ClosedSurvey
    question: QuestionResult
    before: QuestionResult | None = None
    survey_before: ClosedSurvey | None = None

    @property
    def rate(self) -> Rate | None:
        """None where the number behind it may not be shown."""
        return _rate(self.question.figure)

    @property
    def rate_before(self) -> Rate | None:
        return _rate(self.before.figure) if self.before else None

    @property
    def headline(self) -> str:
        if self.rate:
            return self.rate.headline
        figure = self.question.figure
        return (figure.of if figure else "").capitalize() or "Not shown"

    @property
    def without_dont_know(self) -> Rate | None:
        """T1 again, out of those who know; None where there is no such answer, or it would tell."""
        if DONT_KNOW not in self.question.labels:
            return None
        return _rate(self.question.without({DONT_KNOW}))

    @property
    def why_hidden(self) -> str:
        """Why there is no exact figure, "" where there is one."""
        if self.rate:
            return ""
        n = self.question.spread.n
        if n is None:
            return "Fewer than 5 answers, so nothing is shown"
        if self.question.spread.showing == "number":
            return f"{n} answers: too few to show what they were"
        return "An exact figure would tell what a few of them answered"

    @property
    def is_same_wording(self) -> bool:
        """False where the wording changed since, which starts a new series."""
        return self.before is None or self.before.version == self.question.version

    @property
    def trend(self) -> str:
        """The figure before it and the change in points, "" where there is nothing to compare."""
        if self.before is None or self.survey_before is None:
            return ""
        if not self.is_same_wording:
            return "No comparison: the question was worded otherwise before."
        if self.rate is None or self.rate_before is None:
            return ""
        change = self.rate.change_since(self.rate_before)
        told = f"{self.survey_before.title}: {self.rate_before.headline}"
        told += f", {self.rate_before.of}." if self.rate_before.has_percent else "."
        return f"{told} {change}." if change else told

    @property
    def response(self) -> str:
        """Like "60 of 89 schools answered, 67%"."""
        asked, answered = self.survey.asked, self.survey.answered
        units = "schools" if self.survey.unit == "school" else "people"
        if answered is None or not asked:
            return f"Fewer than 5 of {asked} {units} answered"
        rate = Rate(min(answered, asked), asked)
        share = f", {rate.percent}%" if rate.has_percent else ""
        of_schools = ""
        if self.survey.unit != "school" and self.survey.schools:
            count = self.survey.schools
            of_schools = f", from {count} {'school' if count == 1 else 'schools'}"
        return f"{rate.of} {units} answered{share}{of_schools}"


def find_figures(
    definitions: Iterable[tuple[Definition, str]],
    result: Result | None,
    before: Result | None = None,
) -> list[SurveyFigure]:
    """The figures of one survey, those whose question it did not ask left out."""
    if result is None:
        return []
    return [
        SurveyFigure(
            definition,
            result.survey,
            question,
            before.find(key) if before else None,
            before.survey if before else None,
        )
        for definition, key in definitions
        if (question := result.find(key))
    ]


def choose_waves(
    surveys: Iterable[ClosedSurvey], term_id: int | None
) -> tuple[ClosedSurvey | None, ClosedSurvey | None]:
    """The term's school wave and the one before it, of whatever term."""
    waves = [one for one in surveys if one.kind is SurveyKind.SCHOOL_WAVE]
    now = next((one for one in waves if one.term_id == term_id), None)
    earlier = [one for one in waves if now and one.held_on < now.held_on]
    return now, max(earlier, key=lambda one: (one.held_on, one.id), default=None)


def list_forms(surveys: Iterable[ClosedSurvey]) -> list[ClosedSurvey]:
    """The sessions' forms, the last held first."""
    forms = [one for one in surveys if one.kind is SurveyKind.END_OF_SESSION]
    return sorted(forms, key=lambda one: (one.held_on, one.closed_on, one.id), reverse=True)


def choose_form(forms: Iterable[ClosedSurvey], survey_id: int | None) -> ClosedSurvey | None:
    """The form asked for, else the latest closed that 20 or more people answered, else the last."""
    told = list(forms)
    asked = [one for one in told if one.id == survey_id]
    large = [one for one in told if (one.answered or 0) >= SMALLEST_N]
    latest = max(large, key=lambda one: (one.closed_on, one.held_on, one.id), default=None)
    return next(iter(asked), latest or next(iter(told), None))


def _rate(figure: Shown | None) -> Rate | None:
    return Rate(figure.k, figure.n) if figure and figure.k is not None else None
