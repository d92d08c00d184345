"""Booking for colleagues, sending somebody else instead, and what a school has booked."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.bookings import (
    change_way_services,
    claim_queries,
    colleague_queries,
    colleague_services,
    place_queries,
    policies,
    queries,
)
from cop_site.bookings.colleague_queries import Whose
from cop_site.bookings.event_views import load_event, takes_bookings
from cop_site.bookings.forms import PartyForm, SubstituteForm
from cop_site.bookings.models import SUBSTITUTED, Booking, BookingState
from cop_site.bookings.rule_words import say_rules, say_taken, say_why_waiting
from cop_site.bookings.views import bp
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Event, Mode
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.filters import clock_time, long_date, plural
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import note, say

NAMED = "You have said who comes. They are told by email."


def _school() -> int:
    """The school in the address, of those they book for; the first of them where none is."""
    schools = policies.schools_booked_for(current_user)
    authorise(bool(schools))
    asked = request.args.get("school", type=int)
    chosen = [id_ for id_ in current_user.chosen_schools if id_ in schools]
    return asked if asked in schools else (chosen or list(schools))[0]


def _make_form(event: Event, school_id: int) -> PartyForm:
    form = PartyForm(colleague_queries.list_colleagues(school_id, event.id), event.options)
    ahead = [option for option in event.options if option.starts_at > clock.now()]
    places = place_queries.count_places(event) if ahead else {}
    form.say_places(ahead, claim_queries.open_to(places, [school_id]))
    taken = say_taken(event, places, school_id)
    form.rules = say_rules(event) + [taken] * bool(taken)
    return form


@bp.route("/events/<id:event_id>/colleagues", methods=["GET", "POST"])
@signed_in
def book_colleagues(event_id: int) -> ResponseReturnValue:
    event, school_id = load_event(event_id), _school()
    form = _make_form(event, school_id)
    if not form.is_submitted() and not takes_bookings(event):
        return redirect(url_for("events.show", event_id=event_id), 303)
    if form.is_valid_post():
        try:
            with transaction():
                booked = colleague_services.book_party(
                    event_id, form.party(school_id), **form.way, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
            event = load_event(event_id)
        else:
            say(_say_booked(event, school_id, booked))
            return redirect(url_for("bookings.index", _anchor="colleagues"), 303)
    return _page_of_party(event, form, school_id)


def _page_of_party(event: Event, form: PartyForm, school_id: int) -> ResponseReturnValue:
    form.show_people()
    return render(
        "bookings/colleagues.html",
        event=event,
        form=form,
        school_id=school_id,
        schools=policies.schools_booked_for(current_user),
        status=422 if form.is_submitted() else 200,
    )


def _say_booked(event: Event, school_id: int, bookings: list[Booking]) -> str:
    """Who had a booking, made by somebody else, is told apart: the place is not new."""
    made = [one for one in bookings if one.booked_by_user_id == current_user.user_id]
    had = len(bookings) - len(made)
    said = [_say_made(made, _say_why(event, school_id, made))] if made else []
    if had:
        people = plural(had, "person", "people")
        said.append(f"{people} had a booking already, and it names your school.")
    return " ".join(said) or "This was booked already."


def _say_why(event: Event, school_id: int, bookings: list[Booking]) -> list[str]:
    """Each rule that stops one of those who were just booked for the school."""
    if not any(one.state is BookingState.WAITING for one in bookings):
        return []
    places = place_queries.count_places(event)
    whys = {say_why_waiting(event, one, [school_id], places) for one in bookings}
    return sorted(whys - {""})


def _say_made(bookings: list[Booking], why_waiting: list[str]) -> str:
    unnamed = sum(one.is_unnamed for one in bookings)
    waiting = sum(one.state is BookingState.WAITING for one in bookings)
    has_place = len(bookings) - waiting - unnamed
    said = []
    if waiting:
        has = f"{plural(has_place, 'person has', 'people have')} a place, " if has_place else ""
        said.append(f"{has}{plural(waiting, 'person is', 'people are')} on the waiting list.")
        said += why_waiting
    elif has_place:
        said.append(f"Booked for {plural(has_place, 'person', 'people')}.")
    if said:
        said.append("Each is told by email.")
    if unnamed:
        said.append(f"You have {plural(unnamed, 'place')} for people to be confirmed.")
        said.append("Say who comes by two days before.")
    return " ".join(said)


def _load_whose(booking_id: int) -> Whose:
    """One they may change, also where it is over. Of others nobody learns that they exist."""
    whose = colleague_queries.find_whose(booking_id)
    if whose is None or not policies.can_change_booking(
        current_user, whose.booking.person_id, whose.school_ids
    ):
        raise NotFoundError("There is no such booking.")
    return whose


def _lead_back(booking: Booking) -> ResponseReturnValue:
    """A second click, or a page opened before: there is nothing left to do here."""
    if booking.is_live:
        note("The event is over or cancelled, so the booking stays as it is.")
    elif booking.cancel_reason == SUBSTITUTED:
        say(f"{booking.cancel_reason}.")
    else:
        _say_ended(booking)
    return redirect(url_for("bookings.index", _anchor="colleagues"), 303)


def _say_ended(booking: Booking) -> None:
    """Cancelled, or changed to another: then what they have instead, as nothing was given up."""
    was_changed = booking.cancel_reason == change_way_services.REASON
    other = queries.find_own_booking(booking.event_id, booking.person_id)
    if other is None and not was_changed:
        say("The booking is cancelled.")
    elif other is None:
        note("This booking was changed, and cancelled later.")
    else:
        ended = "This booking was changed." if was_changed else "This booking is cancelled."
        note(f"{ended} {_say_standing(other.booking, booking.option_id)}")


def _say_standing(booking: Booking, option_id: int) -> str:
    """What somebody has, and when where that is another time than the option's."""
    is_own = booking.person_id == current_user.person_id
    person = "You" if is_own else booking.person.name
    have, are = ("have", "are") if is_own else ("has", "is")
    standing = {
        BookingState.BOOKED: f"{have} a place",
        BookingState.WAITING: f"{are} on the waiting list",
        BookingState.OFFERED: f"{are} offered a place",
    }[booking.state]
    where = "online" if booking.mode is Mode.ONLINE else "in the room"
    when = ""
    if booking.option_id != option_id:
        starts_at = load_event(booking.event_id).option(booking.option_id).starts_at
        when = f", on {long_date(starts_at)} at {clock_time(starts_at)}"
    return f"{person} {standing} {where}{when}."


@bp.route("/bookings/<id:booking_id>/substitute", methods=["GET", "POST"])
@signed_in
def substitute(booking_id: int) -> ResponseReturnValue:
    whose = _load_whose(booking_id)
    if not whose.is_ahead:
        return _lead_back(whose.booking)
    authorise(policies.can_pass_on(current_user, whose.school_ids))
    school_id, event_id = min(whose.school_ids, default=0), whose.booking.event_id
    people = colleague_queries.list_colleagues(school_id, event_id)
    was_unnamed, adds = whose.booking.is_unnamed, policies.books_for(current_user, whose.school_ids)
    form = SubstituteForm(people, adds=adds, is_instead=not was_unnamed)

    def change() -> None:
        colleague_services.substitute(booking_id, form.chosen, by=current_user)

    if _changes(form, change):
        say(NAMED if was_unnamed else "Somebody else comes instead. Both are told by email.")
        return redirect(url_for("bookings.index", _anchor="colleagues"), 303)
    return _page("bookings/substitute.html", form, booking_id)


@bp.route("/bookings/<id:booking_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel_for_colleague(booking_id: int) -> ResponseReturnValue:
    whose, form = _load_whose(booking_id), Form()
    if not whose.is_ahead:
        return _lead_back(whose.booking)

    def change() -> None:
        colleague_services.cancel_for_colleague(booking_id, by=current_user)

    if _changes(form, change):
        say("The booking is cancelled.")
        return redirect(url_for("bookings.index", _anchor="colleagues"), 303)
    return _page("bookings/cancel_for_colleague.html", form, booking_id)


@bp.route("/bookings/<id:booking_id>/take", methods=["GET", "POST"])
@signed_in
def take_for_colleague(booking_id: int) -> ResponseReturnValue:
    whose, form = _load_whose(booking_id), Form()
    if not whose.is_ahead:
        return _lead_back(whose.booking)
    if whose.booking.person_id == current_user.person_id:
        return redirect(url_for("events.show", event_id=whose.booking.event_id), 303)

    def change() -> None:
        colleague_services.take_for_colleague(booking_id, by=current_user)

    if whose.booking.state is BookingState.BOOKED or _changes(form, change):
        say(f"{whose.person.name} has a place.")
        return redirect(url_for("bookings.index", _anchor="colleagues"), 303)
    return _page("bookings/take_for_colleague.html", form, booking_id)


def _changes(form: Form, change: Callable[[], None]) -> bool:
    """True once ``change`` is committed; else the form says what is wrong, if it was sent."""
    if not form.is_valid_post():
        return False
    try:
        with transaction():
            change()
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def _page(template: str, form: Form, booking_id: int) -> ResponseReturnValue:
    whose = _load_whose(booking_id)
    if not whose.is_ahead:
        return _lead_back(whose.booking)
    status = 422 if form.is_submitted() else 200
    return render(template, form=form, whose=whose, status=status)
