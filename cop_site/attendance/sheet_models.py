"""A register as a page shows it: plain data put together from bookings and marks. Has no table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from uuid import uuid4

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.attendance.models import (
    BY_CODE,
    IN_PERSON,
    NOT_RECORDED,
    ONLINE,
    Mark,
    MarkKind,
    MarkSchool,
    Register,
)
from cop_site.bookings.models import Booking, BookingSchool
from cop_site.events.models import Event, EventState, Mode, Option, Session

NOT_PUBLISHED = "This event is a draft. Publish it before you take its register."
CALLED_OFF = "This event was cancelled, so its register can’t be changed."


def new_tap_id() -> str:
    return uuid4().hex


def opens_on(session: Session) -> date:
    """The first day on which people may be marked: the session's own, in London."""
    return clock.london_date(session.starts_at)


def find_bar(event: Event, session: Session) -> str:
    """Why nobody may be marked yet or any more, "" where they may. Says nothing of closing."""
    day = opens_on(session)
    too_early = f"You can mark from {day:%A} {clock.say_day(day)}." if _is_ahead(day) else ""
    return find_event_bar(event) or too_early


def find_event_bar(event: Event) -> str:
    """Why an event has no register to take, "" where it has."""
    if event.state is EventState.DRAFT:
        return NOT_PUBLISHED
    return CALLED_OFF if event.state is EventState.CANCELLED else ""


def _is_ahead(day: date) -> bool:
    return clock.today() < day


def here_kind(mode: Mode) -> str:
    """The kind that one tap gives to somebody who takes part in ``mode``."""
    return ONLINE if mode is Mode.ONLINE else IN_PERSON


@dataclass(frozen=True)
class HeldSession:
    """A session with its event, option and register, if it has one yet."""

    session: Session
    register: Register | None
    closed_by: str

    @property
    def option(self) -> Option:
        return self.session.option

    @property
    def event(self) -> Event:
        return self.session.option.event

    @property
    def facilitator_ids(self) -> frozenset[int]:
        return frozenset(row.person_id for row in self.event.facilitators)

    @property
    def is_closed(self) -> bool:
        return self.register is not None and self.register.is_closed

    @property
    def closed_at(self) -> datetime | None:
        return self.register.closed_at if self.register else None

    @property
    def bar(self) -> str:
        return find_bar(self.event, self.session)

    @property
    def can_mark(self) -> bool:
        return not self.bar and not self.is_closed

    @property
    def has_started(self) -> bool:
        return self.session.starts_at <= clock.now()

    @property
    def can_show_code(self) -> bool:
        """True until it is over: a code may be made days before, to be printed."""
        is_ahead = self.session.ends_at >= clock.now()
        return is_ahead and not self.is_closed and not find_event_bar(self.event)


class Section(StrEnum):
    """Where on the sheet a person stands."""

    PLACE = "place"
    DOOR = "door"
    ELSEWHERE = "elsewhere"
    WAITING = "waiting"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class SheetRow:
    """One person on the register. ``schools`` are pairs of school and role.

    ``school_ids`` are of the same schools, in the same order. ``known_as``: who somebody at the
    door was said to be; ``is_known``: the site knows them by themselves. ``booking_id`` is of the
    booking that puts them there, if one does.
    ``by_code``: they marked themselves. ``door``: id and name they came in by at the door, before
    somebody said that this row is theirs.
    """

    person_id: int
    name: str
    schools: tuple[tuple[str, str], ...]
    section: Section
    state: MarkKind
    here: MarkKind
    kinds: Sequence[MarkKind]
    cancelled_late: bool = False
    is_walk_in: bool = False
    known_as: str = ""
    is_erased: bool = False
    is_known: bool = False
    school_ids: tuple[int, ...] = ()
    booking_id: int | None = None
    by_code: bool = False
    door: tuple[int, str] | None = None
    tap_id: str = field(default_factory=new_tap_id)

    @property
    def tap(self) -> str:
        """What the big button asks for: here, and back again."""
        return NOT_RECORDED if self.state.attended else self.here.key

    @property
    def label(self) -> str:
        if not self.state.attended:
            return "Mark here"
        return "Here" if self.state.key == self.here.key else self.state.name

    @property
    def others(self) -> list[MarkKind]:
        """What the smaller buttons ask for: every kind but the present one and the big one's."""
        return [kind for kind in self.kinds if kind.key not in (self.state.key, self.tap)]

    @property
    def order(self) -> tuple[str, str, int]:
        first = self.schools[0][0] if self.schools else ""
        return (first.casefold(), self.name.casefold(), self.person_id)

    def matches(self, words: str) -> bool:
        """True where each word is somewhere in the name or a school's name."""
        text = " ".join((self.name, *(school for school, _ in self.schools))).casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True)
class Sheet:
    """Everyone on a register. ``words`` narrows what is listed, never what is counted."""

    rows: tuple[SheetRow, ...]
    words: str = ""

    @cached_property
    def counted(self) -> list[SheetRow]:
        """Those with a place, and whoever else was marked."""
        return [row for row in self.rows if row.section is Section.PLACE or row.state.recorded]

    @property
    def marked(self) -> int:
        return sum(row.state.recorded for row in self.counted)

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def unrecorded(self) -> list[SheetRow]:
        """Those with a place of whom the register says nothing yet."""
        return [row for row in self.counted if not row.state.recorded]

    def listed(self, section: str) -> list[SheetRow]:
        """The rows of a section that match the words, by school and then name."""
        rows = [row for row in self.rows if row.section == section and row.matches(self.words)]
        return sorted(rows, key=lambda row: row.order)

    @property
    def shown_count(self) -> int:
        return sum(row.matches(self.words) for row in self.rows)

    @property
    def finds_nobody(self) -> bool:
        return self.shown_count == 0

    def find_row(self, person_id: int) -> SheetRow | None:
        return next((row for row in self.rows if row.person_id == person_id), None)


def build_sheet(
    bookings: Iterable[Booking],
    marks: Iterable[Mark],
    kinds: Sequence[MarkKind],
    *,
    mode: Mode,
    starts_at: datetime,
    words: str = "",
) -> Sheet:
    """One row a person: their live booking before a cancelled one, with what the mark says.

    Whoever gave their place up after it began had one, and stands among those who have.
    """
    of_kind = {kind.key: kind for kind in kinds}
    mark_of = {mark.person_id: mark for mark in marks}
    rows = {}
    for booking in sorted(bookings, key=lambda row: (row.is_live, row.id)):
        mark = mark_of.get(booking.person_id)
        named = mark.schools if mark else booking.schools
        rows[booking.person_id] = SheetRow(
            person_id=booking.person_id,
            name=booking.person.name,
            schools=_schools(named),
            school_ids=_school_ids(named),
            booking_id=booking.id,
            section=_section(booking, starts_at),
            state=of_kind[mark.kind_key if mark else NOT_RECORDED],
            here=of_kind[here_kind(booking.mode)],
            kinds=kinds,
            cancelled_late=booking.cancelled_late,
            by_code=bool(mark and mark.last_reason == BY_CODE),
            door=mark.door if mark and booking.person.erased_at is None else None,
        )
    for mark in mark_of.values():
        if mark.person_id not in rows:
            rows[mark.person_id] = _row_without_booking(mark, of_kind, kinds, mode)
    return Sheet(tuple(rows.values()), words)


def _row_without_booking(
    mark: Mark, of_kind: dict[str, MarkKind], kinds: Sequence[MarkKind], mode: Mode
) -> SheetRow:
    """Somebody at the door, or with a place at another time of the event."""
    return SheetRow(
        person_id=mark.person_id,
        name=mark.person.name,
        schools=_schools(mark.schools),
        school_ids=_school_ids(mark.schools),
        section=Section.DOOR if mark.is_walk_in or mark.booking_id is None else Section.ELSEWHERE,
        state=of_kind[mark.kind_key],
        here=of_kind[here_kind(mode)],
        kinds=kinds,
        is_walk_in=mark.is_walk_in,
        is_known=mark.person.email is not None,
        by_code=mark.last_reason == BY_CODE,
        known_as=_known_as(mark.person),
        is_erased=mark.person.erased_at is not None,
    )


def _known_as(person: Person) -> str:
    if person.merged_into is None or person.erased_at is not None:
        return ""
    return person.merged_into.name


def _section(booking: Booking, starts_at: datetime) -> Section:
    if booking.held_place_at(starts_at):
        return Section.PLACE
    return Section.WAITING if booking.is_live else Section.CANCELLED


def _schools(rows: Sequence[MarkSchool | BookingSchool]) -> tuple[tuple[str, str], ...]:
    return tuple((row.school.name, row.role.label) for row in _by_name(rows))


def _school_ids(rows: Sequence[MarkSchool | BookingSchool]) -> tuple[int, ...]:
    return tuple(row.school_id for row in _by_name(rows))


def _by_name(rows: Sequence[MarkSchool | BookingSchool]) -> list[MarkSchool | BookingSchool]:
    return sorted(rows, key=lambda row: row.school.name.casefold())
