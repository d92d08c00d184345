"""T1, T2 and C1 to C3 as a table to download: a row for each group of answers that may be shown.

The same groups as on the page, so that the file tells nothing that the page hides.
"""

from __future__ import annotations

from collections.abc import Iterator

from cop_site.reports.basis import Basis
from cop_site.reports.survey_figures import SurveyFigure
from cop_site.reports.survey_report import SurveyReport
from cop_site.web.tables import Cell

HEADER = (
    *("metric", "term", "as_at", "survey", "about", "closed_on", "asked", "answered", "wording"),
    *("valid_answers", "left_out", "figure", "covers", "answers", "count"),
)
# Said in every row, so that a file asked for beside a cluster's figures is not taken for its own.
COVERS = "All schools: answers are not cut by cluster"


def file_rows(basis: Basis, surveys: SurveyReport) -> Iterator[list[Cell]]:
    """Each figure's groups; where none may be shown, one row that says how many answered."""
    for figure in surveys.figures:
        start = _start(basis, figure)
        for cell in figure.question.spread.cells:
            yield [*start, figure.question.label_of(cell), cell.count]
        if not figure.question.spread.cells:
            yield [*start, None, None]


def _start(basis: Basis, figure: SurveyFigure) -> list[Cell]:
    survey, spread = figure.survey, figure.question.spread
    return [
        figure.definition.id,
        basis.term.name if basis.term else "",
        basis.as_at,
        survey.title,
        survey.held_on,
        survey.closed_on,
        survey.asked,
        survey.answered,
        figure.question.wording,
        spread.n,
        spread.left_out,
        figure.question.figure.of if figure.question.figure else None,
        COVERS,
    ]
