"""Days of the demonstration on which its schools are open."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from cop_site.demo.calendar import DAY, half_term, school_terms
from cop_site.schools.school_days import is_open_day


class DemoTerm(NamedTuple):
    """A term as the demonstration has it."""

    starts_on: date
    ends_on: date
    half_term_starts_on: date
    half_term_ends_on: date


def school_day(day: date) -> date:
    """``day``, or the next one on which schools are open: no other day is taken unasked."""
    terms = [DemoTerm(one, last, *half_term(one, last)) for _name, one, last in school_terms(day)]
    while not is_open_day(terms, day):
        day += DAY
    return day
