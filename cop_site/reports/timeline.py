"""What happened with a school, in words, newest first. No database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from cop_site.reports.fact_models import Link
from cop_site.schools.term_models import year_of


@dataclass(frozen=True)
class Happening:
    """One line of a timeline. ``school_id`` is the school that it was written down for then."""

    day: date
    what: str
    school_id: int
    note: str = ""


@dataclass(frozen=True)
class Came:
    """One person of a school at a session, as its register says of them."""

    session_id: int
    school_id: int
    person_id: int
    day: date
    title: str
    attended: bool
    apologised: bool


class SchoolYear(NamedTuple):
    name: str
    happenings: tuple[Happening, ...]


def tell_sessions(came: Iterable[Came]) -> list[Happening]:
    """A line for each session and school: how many came, apologised and missed it, never who."""
    best: dict[tuple[int, int], dict[int, Came]] = {}
    for one in came:
        people = best.setdefault((one.session_id, one.school_id), {})
        known = people.get(one.person_id)
        # Two marks are one person where a walk-in turned out to be somebody who was booked.
        if known is None or (one.attended, one.apologised) > (known.attended, known.apologised):
            people[one.person_id] = one
    return [_tell_session(list(people.values())) for people in best.values()]


def _tell_session(people: list[Came]) -> Happening:
    attended = sum(one.attended for one in people)
    apologised = sum(one.apologised and not one.attended for one in people)
    missed = len(people) - attended - apologised
    parts = (
        (attended, "came"),
        (apologised, "sent apologies"),
        (missed, "missed it"),
    )
    note = ", ".join(f"{count_people(count)} {verb}" for count, verb in parts if count)
    first = people[0]
    return Happening(first.day, first.title, first.school_id, note)


def count_people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def tell_links(links: Iterable[Link], names: dict[int, str]) -> list[Happening]:
    """The days on which a school became another. One without any known day is no line."""
    return [
        Happening(
            link.changed_on,
            f"{names[link.school_id]} became {names[link.successor_id]}",
            link.successor_id,
        )
        for link in links
        if link.changed_on
    ]


def newest_first(happenings: Iterable[Happening]) -> list[Happening]:
    return sorted(happenings, key=lambda one: (-one.day.toordinal(), one.what, one.school_id))


def cut_to_days(
    found: Sequence[Happening], size: int, *, has_more: bool = False
) -> tuple[list[Happening], date | None]:
    """About ``size`` of them, in whole days, and the day before which there is more, if any.

    ``has_more``: before the last of them there is more that was not read.
    """
    if len(found) <= size:
        return list(found), found[-1].day if has_more else None
    last = found[size].day
    kept = [one for one in found if one.day > last] or [one for one in found if one.day == last]
    return kept, kept[-1].day if has_more or len(kept) < len(found) else None


def by_school_year(happenings: Iterable[Happening]) -> list[SchoolYear]:
    """``happenings`` newest first, under the school years that they fall in."""
    years = groupby(happenings, key=lambda one: name_school_year(one.day))
    return [SchoolYear(name, tuple(rows)) for name, rows in years]


def name_school_year(day: date) -> str:
    first = year_of(day)
    return f"{first} to {first + 1}"
