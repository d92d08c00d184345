"""Results as rows of a file: exactly what the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cop_site.surveys.result_models import MatchedChange, QuestionResult, Result
from cop_site.surveys.suppression import FEWEST_COUNTED, share
from cop_site.web.tables import Cell

HEADER = (
    *("survey", "closed on", "asked", "answered", "question", "version", "wording"),
    *("what", "answer", "count", "of", "percent", "left out"),
)
FEW = f"fewer than {FEWEST_COUNTED}"
HIDDEN = "not shown"


def file_name(result: Result) -> str:
    return f"{result.survey.title}, results, {result.survey.closed_on.isoformat()}.csv"


def file_rows(result: Result, changes: Mapping[str, MatchedChange]) -> Iterator[list[Cell]]:
    """A row for each number, line of text or thing that is not shown."""
    survey = result.survey
    answered = FEW if survey.answered is None else survey.answered
    for question in result.questions:
        start: list[Cell] = [survey.title, survey.closed_on, survey.asked, answered]
        start += [question.key, question.version, question.wording]
        yield from (start + row for row in _question(question))
        if question.key in changes:
            yield from (start + row for row in _change(changes[question.key]))


def _question(question: QuestionResult) -> Iterator[list[Cell]]:
    spread = question.spread
    if question.is_line:
        for line in question.lines or ():
            yield ["line", line, None, None, None, None]
        if question.lines is None:
            yield ["line", HIDDEN, None, None, None, None]
        return
    n: Cell = FEW if spread.n is None else spread.n
    for cell in spread.cells:
        percent = share(cell.count, spread.n)
        yield ["answer", question.label_of(cell), cell.count, n, percent, spread.left_out]
    if not spread.cells:
        yield ["answer", HIDDEN, None, n, None, spread.left_out]
    if question.figure is not None:
        exact = question.figure.k
        said: Cell = question.figure.of if exact is None else exact
        yield ["figure", question.figure_label, said, n, question.figure.percent, spread.left_out]


def _change(change: MatchedChange) -> Iterator[list[Cell]]:
    n: Cell = HIDDEN if change.pairs is None else change.pairs
    for cell in change.spread.cells:
        percent = share(cell.count, change.pairs)
        yield ["matched change", change.label_of(cell), cell.count, n, percent, None]
    if not change.spread.cells:
        yield ["matched change", HIDDEN, None, n, None, None]
