"""T1, T2 and C1 to C3 of a term, for their pages, the overview and the file."""

from __future__ import annotations

from dataclasses import dataclass

from cop_site.reports.basis import Basis
from cop_site.reports.survey_figures import (
    OF_FORMS,
    OF_WAVES,
    SurveyFigure,
    choose_form,
    choose_waves,
    find_figures,
    list_forms,
)
from cop_site.surveys.result_models import ClosedSurvey, Result
from cop_site.surveys.result_queries import list_figure_surveys, read_results


@dataclass(frozen=True)
class SurveyReport:
    """``forms``: the sessions of the term whose forms are closed, the last held first."""

    wave: ClosedSurvey | None = None
    form: ClosedSurvey | None = None
    forms: tuple[ClosedSurvey, ...] = ()
    of_wave: tuple[SurveyFigure, ...] = ()
    of_form: tuple[SurveyFigure, ...] = ()

    @property
    def figures(self) -> tuple[SurveyFigure, ...]:
        return (*self.of_wave, *self.of_form)


def read_surveys(basis: Basis, form_id: int | None = None) -> SurveyReport:
    """In four statements, one where no survey is closed. For the inclusion lead only."""
    if basis.term is None:
        return SurveyReport()
    surveys = list_figure_surveys(*basis.days_so_far)
    wave, wave_before = choose_waves(surveys, basis.term.id)
    forms = list_forms(surveys)
    form = choose_form(forms, form_id)
    wanted = [one for one in (wave, wave_before, form) if one]
    results = read_results(wanted, with_lines=False) if wanted else {}

    def told(survey: ClosedSurvey | None) -> Result | None:
        return results.get(survey.id) if survey else None

    return SurveyReport(
        wave,
        form,
        tuple(forms),
        tuple(find_figures(OF_WAVES, told(wave), told(wave_before))),
        tuple(find_figures(OF_FORMS, told(form))),
    )
