"""A meeting's list beside a register: who each line is, and what would be marked. Has no table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cop_site.attendance.meeting_list_reading import ListLine
from cop_site.attendance.models import ONLINE
from cop_site.attendance.name_keys import list_names_in, name_words
from cop_site.attendance.sheet_models import Section, SheetRow

PART = "part"
LEAVE = ""
# "Clearly less than half" leaves room for who was there for half and joined late.
CLEARLY_LESS = 0.45
# A line may be anybody who has a place: so many choices in all a phone can still load.
MOST_CHOICES = 8_000


class How(StrEnum):
    """By what a line was matched."""

    EMAIL = "email"
    NAME = "name"
    SEVERAL = "several"
    NOBODY = "nobody"
    CHOSEN = "chosen"

    @property
    def label(self) -> str:
        names = {
            "email": "Same email address",
            "name": "Same name",
            "several": "May be somebody here",
            "nobody": "Nobody with a place",
            "chosen": "As you chose",
        }
        return names[self.value]


@dataclass(frozen=True)
class Match:
    """One line, and who it is. ``choices`` are whom it may be where that is not certain."""

    line: ListLine
    how: How
    row: SheetRow | None = None
    choices: tuple[SheetRow, ...] = ()
    mark: str = LEAVE
    note: str = ""

    @property
    def is_marked(self) -> bool:
        return self.row is not None and self.row.state.recorded


@dataclass(frozen=True)
class Preview:
    """The whole list. ``absent``: who has a place and is not on it; nothing is marked of them."""

    matches: tuple[Match, ...]
    absent: tuple[SheetRow, ...]
    offers_everybody: bool

    @property
    def sure(self) -> list[tuple[int, Match]]:
        return [one for one in enumerate(self.matches) if one[1].row]

    @property
    def unsure(self) -> list[tuple[int, Match]]:
        return [one for one in enumerate(self.matches) if not one[1].row]


@dataclass(frozen=True)
class PostedLine:
    """A line as it came back from the page: who it was said to be, and what to mark."""

    line: ListLine
    person_id: int | None
    was: str
    mark: str


class Matcher:
    """Finds who a line is, among those on a register: ``emails`` are theirs, by person."""

    def __init__(self, rows: Collection[SheetRow], emails: Mapping[int, Collection[str]]) -> None:
        self._rows = list(rows)
        self._by_email = {
            email: row for row in self._rows for email in emails.get(row.person_id, ())
        }
        self._words = [(row, name_words(row.name)) for row in self._rows]

    def find(self, line: ListLine) -> Match:
        """By address whoever is on the register; by name only one who has a place."""
        for email in line.emails:
            if email in self._by_email:
                return Match(line, How.EMAIL, self._by_email[email])
        found = self._find_named(line.name)
        if len(found) == 1 and found[0].section is Section.PLACE:
            return Match(line, How.NAME, found[0])
        guessed = self._by_email.get(line.guess)
        choices = found or ([guessed] if guessed else self._find_alike(line.name))
        return Match(line, How.SEVERAL if choices else How.NOBODY, choices=tuple(choices))

    def _find_named(self, shown: str) -> list[SheetRow]:
        """Whose whole name it is, else whose whole name is in it or the other way round."""
        # An address is no name: anybody can call themselves by somebody else's.
        names = [name_words(one) for one in list_names_in(shown) if "@" not in one]
        for words in names:
            if same := [row for row, own in self._words if own == words]:
                return same
        return [
            row
            for row, own in self._words
            if any(len(own & words) > 1 and (own < words or words < own) for words in names)
        ]

    def _find_alike(self, shown: str) -> list[SheetRow]:
        """Who shares the only name that is shown: a first name, the owner of a phone."""
        names = [name_words(one) for one in list_names_in(shown)]
        only = {next(iter(words)) for words in names if len(words) == 1}
        return [row for row, own in self._words if own & only] if only else []


def build_preview(
    lines: Sequence[ListLine], matcher: Matcher, rows: Collection[SheetRow], session_minutes: int
) -> Preview:
    """Everybody on the list, with what would be marked of those who are certain."""
    found: dict[int, Match] = {}
    unsure = []
    for line in lines:
        match = matcher.find(line)
        if match.row is None:
            unsure.append(match)
        elif match.row.person_id in found:
            earlier = found[match.row.person_id]
            found[match.row.person_id] = replace(earlier, line=earlier.line.join(line))
        else:
            found[match.row.person_id] = match
    held = _held_minutes(lines, session_minutes)
    matches = [_propose(match, held) for match in (*found.values(), *unsure)]
    absent = [row for row in rows if row.section is Section.PLACE and row.person_id not in found]
    offers = len(unsure) * len(absent) <= MOST_CHOICES
    return Preview(tuple(matches), tuple(absent), offers)


def replay(
    posted: Sequence[PostedLine],
    matcher: Matcher,
    rows: Collection[SheetRow],
    notes: Mapping[int, str],
) -> Preview:
    """The list as it was sent, with what was chosen in it and what went wrong, by person."""
    of_person = {row.person_id: row for row in rows}
    matches = []
    for one in posted:
        match = matcher.find(one.line)
        row = of_person.get(one.person_id or 0)
        how = match.how if match.row is row else How.CHOSEN
        choices = match.choices or ((match.row,) if match.row else ())
        note = notes.get(one.person_id or 0, "")
        matches.append(Match(one.line, how, row, choices, one.mark, note))
    named = {match.row.person_id for match in matches if match.row}
    absent = [row for row in rows if row.section is Section.PLACE and row.person_id not in named]
    offers = len(matches) * len(absent) <= MOST_CHOICES
    return Preview(tuple(matches), tuple(absent), offers)


def _held_minutes(lines: Sequence[ListLine], session_minutes: int) -> int:
    """How long there was anything to attend: the meeting may have ended early."""
    longest = max((line.minutes or 0 for line in lines), default=0)
    return min(session_minutes, longest)


def _propose(match: Match, held: int) -> Match:
    minutes = match.line.minutes
    is_part = minutes is not None and minutes < held * CLEARLY_LESS
    if match.is_marked:
        return match
    return replace(match, mark=PART if is_part else ONLINE)
