"""Shape of what people type about bookings: their own, and those of their colleagues."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from wtforms import HiddenField

from cop_site.accounts.models import SchoolRoleKind
from cop_site.bookings.colleague_queries import Colleague
from cop_site.bookings.colleague_services import LEADING, NewColleague, Party
from cop_site.bookings.place_queries import Places
from cop_site.errors import DomainError
from cop_site.events.models import Mode, Option
from cop_site.web.filters import long_date, plural, time_range
from cop_site.web.forms import (
    ChoiceField,
    EmailField,
    Form,
    ManyField,
    NameField,
    PickField,
    TextField,
    WholeNumberField,
)
from cop_site.web.pupil_guard import PupilGuard

ROLES = [
    ("", "Choose a role"),
    *((role.value, role.label) for role in SchoolRoleKind if role not in LEADING),
]
# Rows for people whom the site may not know; more are booked by coming again.
ROWS = (1, 2, 3)
ALREADY = ". They have a booking: it will name your school too"
IN_ROWS = tuple(f"{part}_{row}" for row in ROWS for part in ("name", "email", "role"))


class CancelBookingForm(PupilGuard, Form):
    free_text = ("reason",)

    reason = TextField(
        "Why can’t you come? (optional)",
        longest=200,
        description="Whoever runs the event reads this",
    )


class MoveUpForm(PupilGuard, Form):
    free_text = ("reason",)

    reason = TextField(
        "Why do they go first?",
        required="Enter why they go first",
        longest=200,
        description="It is kept with the booking",
    )


def say_option(option: Option) -> str:
    """One way to take part, in a line: its name, dates, and where."""
    first = option.sessions[0]
    when = f"{long_date(first.starts_at)}, {time_range(first.starts_at, first.ends_at)}"
    more = len(option.sessions) - 1
    dates = f"{when}, and {plural(more, 'more date')}" if more else when
    place = "online" if option.mode is Mode.ONLINE else first.venue
    return ", ".join(part for part in (option.label, dates, place) if part)


def say_places(part: Places) -> str:
    """How many places anybody can have now, in one mode of an option."""
    if part.is_held:
        return f"{plural(part.free or 0, 'free place')}, kept for schools new this year"
    if part.left is None:
        return "Places for everyone"
    return f"{plural(part.left, 'place')} left" if part.left else "Full, with a waiting list"


def _say_all(places: list[Places]) -> str:
    """In the room and online apart, where there is both."""
    if len(places) == 1:
        return say_places(places[0])
    return ". ".join(f"{part.mode.label}: {_lower(say_places(part))}" for part in places)


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


class WayChoice:
    """Which of the times, in the room or online. Mixed into a form before ``Form``."""

    # The places there are, where there is nothing to choose.
    only_part: Places | None = None
    asks = ("Choose when you will come", "Choose how you will take part")

    option_id = ChoiceField("When will you come?")
    mode = ChoiceField("How will you take part?")

    def offer(self, options: list[Option]) -> None:
        """What there is to choose from; nothing is asked that has one answer."""
        self.options = options
        self.option_id.choices = [(str(option.id), say_option(option)) for option in options]
        modes = {mode for option in options for mode in option.modes}
        self.mode.choices = [(mode.value, mode.label) for mode in Mode if mode in modes]
        self.asks_mode = any(len(option.modes) > 1 for option in options)

    def say_places(self, options: list[Option], places: dict[int, list[Places]]) -> None:
        """Only what can still be booked is offered, each with the places it has."""
        self.option_id.choices = [
            (str(option.id), f"{say_option(option)}. {_say_all(places[option.id])}")
            for option in options
        ]
        parts = [part for option in options for part in places[option.id]]
        self.only_part = parts[0] if len(parts) == 1 else None
        if len(options) == 1:
            self.mode.choices = [
                (part.mode.value, f"{part.mode.label}. {say_places(part)}") for part in parts
            ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Says all that is missing at once; the service asks for one after the other."""
        is_valid = bool(super().validate(extra_validators))  # type: ignore[misc]
        is_asked = (len(self.option_id.choices) > 1, self.asks_mode_now)
        fields = (self.option_id, self.mode)
        for field, is_needed, sentence in zip(fields, is_asked, self.asks, strict=True):
            if is_needed and not field.data and not field.errors:
                field.errors = [sentence]
                is_valid = False
        return is_valid

    @property
    def asks_mode_now(self) -> bool:
        """Of the time that is chosen, any while none is."""
        chosen = [one for one in self.options if str(one.id) == self.option_id.data]
        return any(len(option.modes) > 1 for option in chosen or self.options)

    @property
    def way(self) -> dict[str, Any]:
        """What the services take; None for the only one there is."""
        return {
            "option_id": int(self.option_id.data) if self.option_id.data else None,
            "mode": Mode(self.mode.data) if self.mode.data else None,
        }


class ChangeWayForm(WayChoice, Form):
    """Another time, or another way."""


class BookingForm(WayChoice, Form):
    """Whom a booking is for. A person with one school is never asked which.

    Nothing is ticked first but the one school they chose to act for: each that is named counts.
    """

    school_ids = ManyField("Which schools are you coming for?", coerce=str)

    def __init__(self, schools: dict[int, str], options: list[Option], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.school_ids.choices = [(str(id_), name) for id_, name in schools.items()]
        self.only_school = next(iter(schools)) if len(schools) == 1 else None
        self.offer(options)

    @property
    def chosen_schools(self) -> list[int]:
        if self.only_school is not None:
            return [self.only_school]
        return [int(value) for value in self.school_ids.data or ()]


def _say_missing(name: Any, email: Any, _role: Any) -> tuple[str, str, str]:
    """What to do about each field of a row that is empty, by what stands in the others."""
    who = name.data or email.data or "this person"
    return (
        f"Enter the name of {who}",
        f"Enter the work email address of {who}",
        f"Choose the role of {who}",
    )


class _Newcomers:
    """Rows for people whom the site may not know. Mixed into a form before ``Form``."""

    name_1, name_2, name_3 = (NameField("Name") for _ in ROWS)
    email_1, email_2, email_3 = (EmailField("Work email address") for _ in ROWS)
    role_1, role_2, role_3 = (PickField("Role at the school", choices=ROLES) for _ in ROWS)

    def rows(self) -> Iterator[tuple[Any, Any, Any]]:
        """The three fields of each row."""
        for row in ROWS:
            yield tuple(self[f"{part}_{row}"] for part in ("name", "email", "role"))  # type: ignore[index]

    def validate(self, extra_validators: Any = None) -> bool:
        """A row that is begun is filled in."""
        is_valid = bool(super().validate(extra_validators))  # type: ignore[misc]
        for row in self.rows():
            if any(field.data for field in row):
                for field, sentence in zip(row, _say_missing(*row), strict=True):
                    if not field.data:
                        field.errors = [*field.errors, sentence]
                        is_valid = False
        return is_valid

    @property
    def newcomers_typed(self) -> bool:
        """True where a row has something in it, or something wrong."""
        return any(field.data or field.errors for row in self.rows() for field in row)

    @property
    def newcomers(self) -> list[NewColleague]:
        return [
            NewColleague(name.data, email.data.lower(), SchoolRoleKind(role.data), row)
            for row, (name, email, role) in enumerate(self.rows(), start=1)
            if name.data
        ]


class PartyForm(_Newcomers, WayChoice, Form):
    """Who comes for a school: its people, people by name and address, or still to be named."""

    page_order = ("person_ids", *IN_ROWS, "unnamed", "option_id", "mode")
    asks = ("Choose when they will come", "Choose how they will take part")
    # What holds of booking for the school, a sentence a rule.
    rules: Sequence[str] = ()

    person_ids = ManyField("Who will come?", coerce=str)
    unnamed = WholeNumberField(
        "Places for people to be confirmed",
        description="Say who comes by two days before, or the places go to others",
        most=10,
    )
    key = HiddenField(default=lambda: secrets.token_hex(8))

    def __init__(self, people: list[Colleague], options: list[Option], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._people = people
        # Also who is booked by now: the same form sent twice is taken twice.
        self.person_ids.choices = [(str(one.person_id), one.name) for one in people]
        self.offer(options)
        self.option_id.label.text, self.mode.label.text = "When?", "How will they take part?"

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        has_unnamed = any(self.unnamed.raw_data or ())
        if not (self.person_ids.data or self.newcomers_typed or has_unnamed):
            self.person_ids.errors = ["Choose at least one person"]
            return False
        return is_valid

    def refuse(self, error: DomainError) -> None:
        """Nothing was kept, so that sending it again is no second click."""
        super().refuse(error)
        self.key.data = secrets.token_hex(8)

    def show_people(self) -> None:
        """Before it is shown: who is booked for the school is no choice any more."""
        self.person_ids.choices = [
            (
                str(one.person_id),
                f"{one.name}, {one.role.label}{ALREADY if one.has_booking else ''}",
            )
            for one in self._people
            if not one.is_named
        ]

    def party(self, school_id: int) -> Party:
        """What was typed, as the service takes it. Only after the form is valid."""
        return Party(
            school_id,
            [int(value) for value in self.person_ids.data or ()],
            self.newcomers,
            self.unnamed.data or 0,
            self.key.data or "",
        )


class SubstituteForm(_Newcomers, Form):
    """Who comes instead: somebody of the school, or one person by name and address.

    ``adds``: only who books for the school may name somebody who is not on the list.
    """

    page_order = ("person_id", *IN_ROWS)

    person_id = ChoiceField("Who comes instead?")

    def __init__(
        self, people: list[Colleague], *, adds: bool, is_instead: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.adds = adds
        instead = " instead" if is_instead else ""
        self.person_id.label.text = f"Who comes{instead}?"
        self.missing = f"Choose who comes{instead}"
        self.person_id.choices = [
            (str(one.person_id), f"{one.name}, {one.role.label}")
            for one in people
            if not one.has_booking
        ]
        if adds:
            self.person_id.choices.append(("new", "Somebody else"))

    def rows(self) -> Iterator[tuple[Any, Any, Any]]:
        """The one row there is, and only where it is asked for."""
        if self.person_id.data == "new":
            yield self.name_1, self.email_1, self.role_1

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        if not self.person_id.data:
            self.person_id.errors = [self.missing]
            return False
        if self.person_id.data == "new" and not self.name_1.data and not self.name_1.errors:
            self.name_1.errors = ["Enter their name"]
            return False
        return is_valid

    @property
    def chosen(self) -> int | NewColleague:
        """What ``substitute`` takes. Only after the form is valid."""
        return self.newcomers[0] if self.person_id.data == "new" else int(self.person_id.data)
