"""A meeting's list beside a register: who each line is, and what would be marked. Has no table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cop_site.accounts.models import SchoolRoleKind
from cop_site.attendance.meeting_list_reading import ListLine
from cop_site.attendance.models import NOT_RECORDED, ONLINE
from cop_site.attendance.name_keys import are_alike, list_names_in, name_key, name_words
from cop_site.attendance.sheet_models import Section, SheetRow
from cop_site.errors import DomainError

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
    SHARED = "shared"
    SEVERAL = "several"
    NOBODY = "nobody"
    KNOWN = "known"
    SERVICE = "service"
    RUNS = "runs"
    CHOSEN = "chosen"

    @property
    def label(self) -> str:
        names = {
            "email": "Same email address",
            "name": "Same name",
            "shared": "An email address that others on the list have too",
            "several": "May be somebody here",
            "nobody": "Nobody with a place",
            "known": "Known by this email address, without a place",
            "service": "Of the service, left out",
            "runs": "Runs the event, left out",
            "chosen": "As you chose",
        }
        return names[self.value]


@dataclass(frozen=True)
class Offer:
    """A role at a school, held on the day of the session: what somebody would be added for."""

    role_id: int
    school_id: int
    school: str
    role: SchoolRoleKind


@dataclass(frozen=True)
class Known:
    """Whom the site knows by the very address of a line, and who is not on the register."""

    person_id: int
    name: str
    offers: tuple[Offer, ...]
    of_service: bool
    runs: bool

    @property
    def how(self) -> How:
        if self.of_service:
            return How.SERVICE
        return How.RUNS if self.runs else How.KNOWN

    @property
    def proposed(self) -> int | None:
        """The only role there is; nothing for those who lead it or are of several schools."""
        is_plain = self.how is How.KNOWN and len(self.offers) == 1
        return self.offers[0].role_id if is_plain else None


@dataclass(frozen=True)
class Match:
    """One line, and who it is. ``choices`` are whom it may be where that is not certain.

    ``known`` may be added at the door, for the role ``role_id`` where that is chosen.
    """

    line: ListLine
    how: How
    row: SheetRow | None = None
    choices: tuple[SheetRow, ...] = ()
    mark: str = LEAVE
    note: str = ""
    known: Known | None = None
    role_id: int | None = None

    @property
    def person_id(self) -> int | None:
        if self.row:
            return self.row.person_id
        return self.known.person_id if self.known else None

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
    """A line as it came back from the page: who it was said to be, and what to mark.

    ``role_id`` for somebody to be added, and ``offer`` once that was looked up.
    """

    line: ListLine
    person_id: int | None
    was: str
    mark: str
    role_id: int | None = None
    offer: Offer | None = None


def list_newcomers(posted: Iterable[PostedLine]) -> dict[int, Offer]:
    """Those to be added, by person, with what for."""
    return {one.person_id: one.offer for one in posted if one.person_id and one.offer}


class Matcher:
    """Finds who a line is, among those on a register: ``emails`` are theirs, by person.

    ``known`` are others, by address.
    """

    def __init__(
        self,
        rows: Collection[SheetRow],
        emails: Mapping[int, Collection[str]],
        known: Mapping[str, Known] | None = None,
    ) -> None:
        self._rows = list(rows)
        self._known = known or {}
        self._by_email = {
            email: row for row in self._rows for email in emails.get(row.person_id, ())
        }
        self._words = [(row, name_words(row.name)) for row in self._rows]

    def find_each(self, lines: Sequence[ListLine]) -> list[Match]:
        """As ``find``. Where several names have one address it is only the owner's."""
        names: dict[str, set[str]] = {}
        for line in lines:
            for email in line.emails:
                names.setdefault(email, set()).add(name_key(line.name))
        return [
            self._find_sharing(line)
            if any(len(names[email]) > 1 for email in line.emails)
            else self.find(line)
            for line in lines
        ]

    def _find_sharing(self, line: ListLine) -> Match:
        """Whoever has the address where the name may be theirs, else who is called so."""
        own = self.find(line)
        owner = own.known or own.row
        if owner is None or are_alike(line.name, owner.name):
            return own
        named = self.find(replace(line, emails=()))
        if named.row:
            return replace(named, line=line)
        more = (own.row,) if own.row and own.row not in named.choices else ()
        return Match(line, How.SHARED, choices=(*named.choices, *more), known=own.known)

    def find(self, line: ListLine) -> Match:
        """By address whoever is on the register; by name only one who has a place."""
        for email in line.emails:
            if email in self._by_email:
                return Match(line, How.EMAIL, self._by_email[email])
        known = next((self._known[one] for one in line.emails if one in self._known), None)
        found = self._find_named(line.name)
        if len(found) == 1 and found[0].section is Section.PLACE and known is None:
            return Match(line, How.NAME, found[0])
        guessed = self._by_email.get(line.guess)
        choices = found or ([guessed] if guessed else self._find_alike(line.name))
        if known and not choices:
            return Match(line, known.how, known=known, role_id=known.proposed)
        how = How.SEVERAL if choices else How.NOBODY
        return Match(line, how, choices=tuple(choices), known=known)

    def resolve(self, posted: PostedLine) -> PostedLine:
        """Who is to be added. Raises DomainError for somebody whom the line does not offer."""
        if posted.role_id is None:
            return posted
        match = self.find(posted.line)
        if match.row:
            # They came onto the register meanwhile, or the form was sent before.
            return replace(posted, person_id=match.row.person_id, was=NOT_RECORDED, role_id=None)
        offers = match.known.offers if match.known else ()
        offer = next((one for one in offers if one.role_id == posted.role_id), None)
        if offer is None:
            raise DomainError(
                f"{posted.line.name} can’t be added any more. Choose who they are again"
            )
        return replace(posted, person_id=match.person_id, was=NOT_RECORDED, offer=offer)

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
    for match in matcher.find_each(lines):
        if match.person_id is None or match.how in (How.SEVERAL, How.SHARED):
            unsure.append(match)
        elif match.person_id in found:
            earlier = found[match.person_id]
            found[match.person_id] = replace(earlier, line=earlier.line.take_in(match.line))
        else:
            found[match.person_id] = match
    held = _held_minutes(lines, session_minutes)
    matches = [_propose(match, held) for match in (*found.values(), *unsure)]
    absent = [row for row in rows if row.section is Section.PLACE and row.person_id not in found]
    preview = Preview(tuple(matches), tuple(absent), offers_everybody=False)
    return replace(preview, offers_everybody=len(preview.unsure) * len(absent) <= MOST_CHOICES)


def replay(
    posted: Sequence[PostedLine],
    matcher: Matcher,
    rows: Collection[SheetRow],
    notes: Mapping[int, str],
) -> Preview:
    """The list as it was sent, with what was chosen in it and what went wrong, by person."""
    of_person = {row.person_id: row for row in rows}
    matches = []
    for one, match in zip(posted, matcher.find_each([one.line for one in posted]), strict=True):
        row = of_person.get(one.person_id or 0)
        how = match.how if match.row is row else How.CHOSEN
        choices = match.choices or ((match.row,) if match.row else ())
        note = notes.get(one.person_id or 0, "")
        known = None if row else match.known
        matches.append(Match(one.line, how, row, choices, one.mark, note, known, one.role_id))
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
