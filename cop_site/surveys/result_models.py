"""Results of closed surveys, as plain data: nothing here holds what may not be shown.

Has no table. Reports, pages and files are made of these and never of answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cop_site.surveys.models import SurveyKind
from cop_site.surveys.suppression import (
    FEWEST_SPREAD,
    SMALLEST_CELL,
    Cell,
    Counts,
    Figure,
    Spread,
    share,
    show_spread,
)

# What a question's figure counts, said once: what is shown of the question rests on it.
FIGURES: Mapping[str, frozenset[str]] = {
    "toolkit.share": frozenset({"over_half"}),
    "toolkit.rung": frozenset({"embedded"}),
    "reaction.confidence": frozenset({"a_little_more", "a_lot_more"}),
    "reaction.clarity": frozenset({"agree", "strongly_agree"}),
    "reaction.inclusion": frozenset({"agree", "strongly_agree"}),
}
NOT_APPLICABLE = "not_applicable"
DONT_KNOW = "dont_know"
INDICATIVE_UNDER = 40
DIRECTIONS = ("up", "same", "down")
DIRECTION_LABELS = {"up": "Up", "same": "The same", "down": "Down"}


@dataclass(frozen=True)
class ClosedSurvey:
    """A survey whose results may be read. ``held_on`` is the day it is about.

    That is the session's day, the event's first day, or the first day of a wave's term.
    ``asked`` and ``answered`` count schools in a wave, else people; ``answered`` is None under 5,
    and so is ``schools``, those that the people who answered were asked for.
    """

    id: int
    kind: SurveyKind
    title: str
    series: str
    held_on: date
    closed_on: date
    asked: int
    answered: int | None
    schools: int | None = None
    term_id: int | None = None
    event_id: int | None = None
    event_kind: str | None = None
    cluster_id: int | None = None

    @property
    def is_cut(self) -> bool:
        """True where it was about an event for one cluster: a cut by cluster in effect."""
        return self.cluster_id is not None

    @property
    def is_indicative(self) -> bool:
        """True where under 40% of those asked answered, or too few to say how many."""
        return self.answered is None or 100 * self.answered < INDICATIVE_UNDER * self.asked

    @property
    def percent_answered(self) -> int | None:
        """The response rate; None where under 20 were asked or under 5 answered."""
        return share(self.answered, self.asked)

    @property
    def unit(self) -> str:
        return "school" if self.kind is SurveyKind.SCHOOL_WAVE else "person"

    @property
    def units(self) -> str:
        return "schools" if self.unit == "school" else "people"


@dataclass(frozen=True)
class ScaleLabel:
    """An answer of a scale; ``value`` None never compares."""

    key: str
    label: str
    value: int | None


@dataclass(frozen=True)
class QuestionResult:
    """A question as it was worded, and what may be shown of its answers.

    ``lines`` are texts people wrote, in random order; None where the question asks for none or
    under 10 people answered the survey.
    """

    key: str
    version: int
    wording: str
    labels: Mapping[str, str]
    spread: Spread
    lines: tuple[str, ...] | None = None

    @property
    def is_line(self) -> bool:
        return not self.labels

    @property
    def figure(self) -> Figure | None:
        """k of n for the answers that the question's figure counts (see FIGURES)."""
        return self.spread.figure

    @property
    def figure_label(self) -> str:
        """The answers that the figure counts, like "Agree or strongly agree"."""
        counted = FIGURES.get(self.key, frozenset())
        return self.label_of([key for key in self.labels if key in counted])

    def label_of(self, keys: Cell | Sequence[str]) -> str:
        """Like "Fairly confident", or "Disagree or neither agree nor disagree" for two."""
        chosen = keys.keys if isinstance(keys, Cell) else keys
        names = [self.labels[key] for key in chosen]
        names[1:] = [_lower_first(name) for name in names[1:]]
        return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def without(self, keys: Collection[str]) -> Figure | None:
        """The figure with some answers left out of n (T1 "without don't know").

        None where that would tell what is hidden, or leaves under 10.
        """
        out = self.spread.count(keys)
        if out is None or self.figure is None or self.figure.k is None:
            return None
        n = self.figure.n - out
        return Figure(n, self.figure.k) if n >= FEWEST_SPREAD else None


@dataclass(frozen=True)
class Result:
    """Everything that may be shown of a closed survey."""

    survey: ClosedSurvey
    questions: tuple[QuestionResult, ...]

    def find(self, key: str) -> QuestionResult | None:
        return next((question for question in self.questions if question.key == key), None)


@dataclass(frozen=True)
class MatchedChange:
    """How answers moved between two surveys of a series, matched by pseudonym.

    ``pairs`` and ``skipped_before`` (answered after, not before) are None under 5 pairs.
    ``valid_after`` counts valid answers of the later survey: pairs of those is the match rate.
    Both of these are None too where they would tell how many said "don't know".
    """

    wording: str
    spread: Spread
    pairs: int | None
    valid_after: int | None
    skipped_before: int | None

    def count(self, direction: str) -> int | None:
        """How many went "up", stayed the "same" or went "down"; None where hidden."""
        return self.spread.count({direction})

    def label_of(self, cell: Cell) -> str:
        """Like "Up", or "The same or down" where few went down."""
        names = [label_direction(key) for key in cell.keys]
        return " or ".join([names[0], *map(_lower_first, names[1:])])

    @property
    def net(self) -> int | None:
        up, down = self.count("up"), self.count("down")
        return None if up is None or down is None else up - down


def tally(
    key: str,
    scale: Sequence[ScaleLabel],
    counts: Mapping[str, int],
    responses: int,
    *,
    is_cut: bool = False,
) -> Spread:
    """What may be shown of the answers to a question, given how many gave each.

    "Doesn't apply" and blank are left out of n and counted; "don't know" is an answer. ``is_cut``
    where only one cluster was asked.
    """
    return show_spread(
        _ordered(key, scale, counts),
        figure=FIGURES.get(key, frozenset()),
        left_out=responses - sum(count for _key, count in _ordered(key, scale, counts)),
        is_cut=is_cut,
    )


def _ordered(key: str, scale: Sequence[ScaleLabel], counts: Mapping[str, int]) -> Counts:
    """Valid answers with those that the figure counts last, "don't know" before them."""
    counted = FIGURES.get(key, frozenset())
    valid = [answer.key for answer in scale if answer.key != NOT_APPLICABLE]
    order = sorted(valid, key=lambda answer: (answer in counted, valid.index(answer)))
    return [(answer, counts.get(answer, 0)) for answer in order]


def compare(
    key: str,
    wording: str,
    scale: Sequence[ScaleLabel],
    before: Mapping[str, str],
    after: Mapping[str, str],
    asked: int,
    *,
    is_cut: bool = False,
) -> MatchedChange:
    """How the answers of pseudonyms moved; what has no value ("don't know") never compares.

    ``asked`` is the larger number asked of the two. Nothing is told that says how many did not
    know where the surveys themselves don't (see _tells_too_much).
    """
    values = {answer.key: answer.value for answer in scale if answer.value is not None}
    was, now = (
        {name: values[said] for name, said in answers.items() if said in values}
        for answers in (before, after)
    )
    moved = {name: 0 for name in DIRECTIONS}
    for pseudonym in was.keys() & now.keys():
        change = now[pseudonym] - was[pseudonym]
        moved["same" if change == 0 else "up" if change > 0 else "down"] += 1
    sides = [_without_value(key, scale, answers, is_cut) for answers in (before, after)]
    if _tells_too_much(sum(moved.values()), sides, asked):
        return MatchedChange(wording, Spread(None), None, None, None)
    spread = show_spread(list(moved.items()), figure={"up"}, is_cut=is_cut)
    valid = len(now) if sides[1][1] is not None and spread.n is not None else None
    skipped = None if valid is None else len(now.keys() - was.keys())
    return MatchedChange(wording, spread, spread.n, valid, skipped)


def _without_value(
    key: str, scale: Sequence[ScaleLabel], answers: Mapping[str, str], is_cut: bool
) -> tuple[int, int | None]:
    """How many answers a survey shows, and how many of them have no value: None where hidden."""
    counts = Counter(answers.values())
    n = len(answers) - counts[NOT_APPLICABLE]
    without = {one.key for one in scale if one.value is None and one.key != NOT_APPLICABLE}
    return n, tally(key, scale, counts, n, is_cut=is_cut).count(without) if without else 0


def _tells_too_much(pairs: int, sides: Sequence[tuple[int, int | None]], asked: int) -> bool:
    """Whether the number of pairs would tell of 1 to 4 people that they did not know.

    At least ``fewest`` and at most ``most`` answered both times, and who of them is no pair did
    not know once. Where that number is hidden it is at most what is left of a survey beside the
    pairs, so that must be 5 or more.
    """
    sizes = [n for n, _without in sides]
    fewest, most = max(sum(sizes) - asked, 0), min(sizes)
    if any(without is None for _n, without in sides):
        left = min(n - pairs for n, without in sides if without is None)
        return left < SMALLEST_CELL or fewest > pairs
    return fewest == most and 0 < most - pairs < SMALLEST_CELL


def label_direction(key: str) -> str:
    return DIRECTION_LABELS[key]


def _lower_first(name: str) -> str:
    return name if name.startswith(("I ", "We ")) else name[:1].lower() + name[1:]
