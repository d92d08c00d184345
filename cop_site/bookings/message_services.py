"""What people are told about their bookings. Each message is a row in the outbox."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from cop_site import clock
from cop_site.bookings import answer_queries, place_queries, place_rules, queries, signals
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.rule_words import say_why_waiting
from cop_site.events.models import Event, Mode, Option, Session
from cop_site.notifications.services import Recipient, queue_message

LONGEST_NAME = 60
# Who apologised for a date of several, by the date.
Away = Mapping[int, frozenset[int]]


def describe(
    event: Event, sessions: list[Session], mode: Mode, *, with_link: bool
) -> dict[str, Any]:
    """The texts of a message about an event, as they are true now; moments as ISO text.

    The join link only for people with a place online, and from the day before.
    """
    gives_link = with_link and mode is Mode.ONLINE
    return {
        "title": event.title,
        "event_path": f"/events/{event.id}",
        "mode": mode.value,
        "dates": [
            {
                "starts_at": session.starts_at.isoformat(),
                "ends_at": session.ends_at.isoformat(),
                "venue": session.venue,
                "address": session.address,
                "access_notes": session.access_notes,
                "join_link": session.join_link if gives_link and session.shows_link else "",
                "link_comes": gives_link and not session.shows_link,
            }
            for session in sessions
        ],
    }


def sequence_for(event: Event, booking: Booking | None) -> int:
    """What a person's calendar is told next. It only grows, or Outlook takes no notice.

    ``booking`` is the person's newest one. A later booking has a higher id, its cancellation
    comes one after it, and whoever has cancelled and looks again stands between that and the
    next; the event's own changes count on top.
    """
    if booking is None:
        return event.sequence
    return event.sequence + 3 * booking.id + (0 if booking.is_live else 1)


def find_away(option: Option) -> Away:
    """Who can't come to which date. Of a single one nobody: they gave their place up."""
    dates = option.sessions if len(option.sessions) > 1 else ()
    return {one.id: signals.who_apologised(one.id) for one in dates}


def list_own_dates(option: Option, person_id: int, away: Away | None = None) -> list[Session]:
    """The dates that stand in somebody's calendar: not those they apologised for."""
    away = find_away(option) if away is None else away
    return [one for one in option.sessions if person_id not in away.get(one.id, ())]


def file_name(title: str) -> str:
    """A calendar file named after the event, in letters that every system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", ""))[:LONGEST_NAME].strip("-")
    return f"{slug or 'event'}.ics"


def calendar_of(
    event: Event,
    sessions: list[Session],
    mode: Mode,
    *,
    method: str,
    with_link: bool,
    sequence: int,
) -> dict[str, Any]:
    """What a calendar file is made of. The join link as in ``describe``."""
    gives_link = with_link and mode is not Mode.IN_PERSON
    return {
        "method": method,
        "title": event.title,
        "event_path": f"/events/{event.id}",
        "file_name": file_name(event.title),
        "sequence": sequence,
        "stamped_at": clock.now().isoformat(),
        "dates": [
            {
                "uid": f"{event.calendar_uid}-{session.id}",
                "starts_at": session.starts_at.isoformat(),
                "ends_at": session.ends_at.isoformat(),
                "place": session.place if mode is not Mode.ONLINE else "Online",
                "join_link": session.join_link if gives_link and session.shows_link else "",
            }
            for session in sessions
        ],
    }


def tell_booked(
    booking: Booking, event: Event, *, to: Recipient, by: str = "", was: Booking | None = None
) -> None:
    """Booked, or on the waiting list: to whose booking it is. ``by``: who did it for them.

    ``was``: the place they gave up for it.

    Somebody without an account reads whom to tell, as they can change nothing here.
    """
    answers = answer_queries.find_answerer(booking) if by else None
    more: dict[str, Any] = {"booked_by": by, "answers": answers.name if answers else ""}
    if was is not None:
        parts = {"time": was.option_id != booking.option_id, "way": was.mode != booking.mode}
        more["changed"] = [part for part, is_other in parts.items() if is_other]
    if booking.state is BookingState.WAITING:
        more["why"] = _say_why_waiting(booking, event)
        tell(booking, event, to, "events/waiting_list", more=more)
    else:
        tell(booking, event, to, "events/booking_confirmed", "PUBLISH", more=more)


def _say_why_waiting(booking: Booking, event: Event) -> str:
    """The rule that stops them, "" where there is no place. Asks only where there are rules."""
    option = event.option(booking.option_id)
    if not place_rules.has_rules(event, option):
        return ""
    queues = place_queries.find_queues(event)
    claim = queues[option.id, booking.mode].waiting.get(booking.id)
    places = place_queries.read_queues(event, queues)
    return say_why_waiting(event, booking, claim.school_ids if claim else (), places)


def tell_offered(booking: Booking, event: Event, more: dict[str, Any] | None = None) -> None:
    """A place is kept for them until the offer runs out. Needs the person loaded."""
    to, whose = who_answers(booking)
    if booking.offer_expires_at is not None and to is not None:
        until = {"until": booking.offer_expires_at.isoformat()}
        tell(booking, event, to, "events/place_offered", more=until | whose | (more or {}))


def tell_offer_ended(booking: Booking, event: Event) -> None:
    """Nobody took it in time. Who could not sign in is told too, and through whom it was."""
    to, whose = who_answers(booking)
    if to is not None:
        tell(booking, event, to, "events/offer_ended", more=whose)
        if whose:
            tell_person(booking, event, "events/offer_ended", more={"asked": to.name})


def who_answers(booking: Booking) -> tuple[Recipient | None, dict[str, Any]]:
    """Whom to write to about a place to be taken, and what their message then says of whose it is.

    Nobody takes a place without signing in, so for who can't, it is who books for their school.
    Needs the person; None where there is no address.
    """
    answerer = answer_queries.find_answerer(booking)
    if answerer is not None:
        path = f"/bookings/{booking.id}/take"
        return answerer, {"whose": booking.person.name, "answer_path": path}
    if booking.person.email:
        return Recipient(booking.person.email, booking.person.name), {}
    return None, {}


def tell_person(
    booking: Booking,
    event: Event,
    kind: str,
    method: str = "",
    *,
    more: dict[str, Any] | None = None,
    version: int | None = None,
) -> None:
    """Write to whose booking it is. Needs the person; nobody without an address is written to."""
    if booking.person.email:
        to = Recipient(booking.person.email, booking.person.name)
        tell(booking, event, to, kind, method, more=more, version=version)


def tell_everyone(
    event: Event,
    kind: str,
    method: str,
    more: dict[str, Any],
    *,
    option_id: int | None = None,
    modes: Collection[Mode] = tuple(Mode),
    of: list[Session] | None = None,
) -> int:
    """Everyone with a live booking who has an address: the event changed or was cancelled.

    ``option_id``: only those who chose it; ``modes``: only those who come so; ``of``: the dates it
    is about, if not all of theirs. Gives how many.
    """
    aways = {one.id: find_away(one) for one in event.options} if method == "PUBLISH" else {}
    told = [
        booking
        for booking in queries.list_live_bookings(event.id)
        if option_id in (None, booking.option_id) and booking.mode in modes and booking.person.email
    ]
    for booking in told:
        own = method if booking.state is BookingState.BOOKED else ""
        to = Recipient(booking.person.email or "", booking.person.name)
        away = aways.get(booking.option_id)
        tell(booking, event, to, kind, own, more=more, away=away, of=of)
    return len(told)


def tell_apology(booking: Booking, event: Event, session: Session) -> None:
    """One date of several leaves their calendar, and they keep their place at the others.

    It counts as a change of the event, so that what follows is newer. Needs the person.
    """
    event.sequence += 1
    if not booking.person.email:
        return
    to = Recipient(booking.person.email, booking.person.name)
    context = describe(event, [session], booking.mode, with_link=False)
    context["calendar"] = calendar_of(
        event,
        [session],
        booking.mode,
        method="CANCEL",
        with_link=False,
        sequence=sequence_for(event, booking),
    )
    queue_message(
        to,
        kind="events/apology_noted",
        thing="booking",
        thing_id=booking.id,
        context=context,
        version=event.sequence,
    )


def tell(
    booking: Booking,
    event: Event,
    to: Recipient,
    kind: str,
    method: str = "",
    *,
    more: dict[str, Any] | None = None,
    version: int | None = None,
    away: Away | None = None,
    of: list[Session] | None = None,
) -> None:
    """``event`` has its options and dates loaded; of them, those of the booking are told.

    ``away``: of the booking's option, where it is known; ``of``: only these dates of it.
    """
    has_place = booking.state is BookingState.BOOKED
    option = event.option(booking.option_id)
    sessions = of or option.sessions
    context = describe(event, sessions, booking.mode, with_link=has_place) | (more or {})
    if method == "PUBLISH":
        sessions = list_own_dates(option, booking.person_id, away)
    if method and sessions:
        context["calendar"] = calendar_of(
            event,
            sessions,
            booking.mode,
            method=method,
            with_link=has_place,
            sequence=sequence_for(event, booking),
        )
    version = event.sequence if version is None else version
    queue_message(
        to, kind=kind, thing="booking", thing_id=booking.id, context=context, version=version
    )
