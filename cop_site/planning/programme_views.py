"""Pages of the dates of an event, and of the times people choose from."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.bookings import queries as booking_queries
from cop_site.errors import DomainError
from cop_site.events.models import Event
from cop_site.planning import change_words, programme_services, rule_services
from cop_site.planning.programme_forms import (
    NewOptionForm,
    OptionForm,
    SessionForm,
    TakeOffForm,
)
from cop_site.planning.programme_services import option_values, session_values
from cop_site.planning.rule_services import BookingRules
from cop_site.planning.views import bp, count_told, load_event, load_own
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say

TAKEN_OFF = "The date is taken off."


def _back(event_id: int, done: str, was: BookingRules, told: int | None = 0) -> ResponseReturnValue:
    """``was``: the rules before; ``told``: how many are, None where nothing changed."""
    say(change_words.say_changed(done, was, load_event(event_id), told))
    return redirect(url_for("planning.dates", event_id=event_id), 303)


def _page(form: Form, event: Event, title: str, **more: Any) -> ResponseReturnValue:
    status = 422 if form.is_submitted() else 200
    return render(
        "planning/programme_edit.html", form=form, event=event, title=title, status=status, **more
    )


@bp.get("/events/<id:event_id>/dates")
@signed_in
def dates(event_id: int) -> ResponseReturnValue:
    return render("planning/dates.html", event=load_own(event_id))


@bp.route("/events/<id:event_id>/dates/new", methods=["GET", "POST"])
@signed_in
def new_date(event_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    option_id = request.args.get("option", type=int) or event.options[0].id
    option = programme_services.find_option(event, option_id)
    was = rule_services.rules_of(event)
    form = SessionForm(data=programme_services.values_to_start(option))
    if form.is_valid_post():
        try:
            with transaction():
                programme_services.add_session(
                    event_id, option_id, form.date_details, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
            event = load_own(event_id)
        else:
            return _back(event_id, "The date is added.", was)
    told = {"told": count_told(event, option_id), "told_if": "of the new date"}
    return _page(form, event, "Add a date", option=option, **told)


@bp.route("/events/<id:event_id>/dates/<id:session_id>", methods=["GET", "POST"])
@signed_in
def edit_date(event_id: int, session_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    option, session = programme_services.find_session(event, session_id)
    was = rule_services.rules_of(event)
    form = SessionForm(data={"day": clock.london_date(session.starts_at)})
    form.fill(session_values(programme_services.read_session(session)))
    # Of the same form a second time nobody is told again.
    told: int | None = 0

    def change() -> None:
        nonlocal told
        details = form.date_details
        told = programme_services.change_session(
            event_id, session_id, details, seen=form.seen_stamp, by=current_user
        )

    if form.saves(change, lambda: _saved_date(event_id, session_id)):
        return _back(event_id, "The date is changed.", was, told)
    take_off = url_for("planning.remove_date", event_id=event_id, session_id=session_id)
    event, booked = load_own(event_id), count_told(event, option.id)
    return _page(form, event, "Change a date", told=booked, take_off=take_off)


def _saved_date(event_id: int, session_id: int) -> dict[str, Any]:
    _option, session = programme_services.find_session(load_event(event_id), session_id)
    return session_values(programme_services.read_session(session))


@bp.route("/events/<id:event_id>/dates/<id:session_id>/remove", methods=["GET", "POST"])
@signed_in
def remove_date(event_id: int, session_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    was = rule_services.rules_of(event)
    if not programme_services.has_session(event, session_id):
        # A second click, or a page opened before.
        return _back(event_id, TAKEN_OFF, was)
    form = _take_off_form(event, session_id)
    if form.is_valid_post():
        try:
            with transaction():
                told = programme_services.take_off_session(
                    event_id, session_id, **form.answers, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
            event = load_own(event_id)
        else:
            return _back(event_id, TAKEN_OFF, was, told)
    option, session = programme_services.find_session(event, session_id)
    stays = programme_services.say_why_it_stays(event, option, session)
    page: dict[str, Any] = {"form": form, "event": event, "session": session, "stays": stays}
    booked, status = count_told(event, option.id), 422 if form.is_submitted() else 200
    return render("planning/remove_date.html", **page, told=booked, status=status)


def _take_off_form(event: Event, session_id: int) -> TakeOffForm:
    option, _session = programme_services.find_session(event, session_id)
    others = programme_services.list_other_times(event, option)
    times = [(str(other.id), change_words.say_time(other)) for other in others]
    is_booked = booking_queries.was_ever_booked(option.id)
    return TakeOffForm(times if len(option.sessions) == 1 else (), is_booked=is_booked)


@bp.route("/events/<id:event_id>/options/new", methods=["GET", "POST"])
@signed_in
def new_option(event_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    first = programme_services.read_option(event.options[0])
    was = rule_services.rules_of(event)
    there = programme_services.values_to_start(event.options[0])
    form = NewOptionForm(data={**option_values(first), **there, "name": ""})
    if form.is_valid_post():
        try:
            with transaction():
                programme_services.add_option(
                    event_id, form.option_details, form.date_details, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
            event = load_own(event_id)
        else:
            done = "The time is added. People now choose one when they book."
            return _back(event_id, done, was)
    return _page(form, event, "Add another time to choose from")


@bp.route("/events/<id:event_id>/options/<id:option_id>", methods=["GET", "POST"])
@signed_in
def edit_option(event_id: int, option_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    was = rule_services.rules_of(event)
    form = OptionForm()
    form.fill(_saved_option(event, option_id))
    told: int | None = 0

    def change() -> None:
        nonlocal told
        details = form.option_details
        told = programme_services.change_option(
            event_id, option_id, details, seen=form.seen_stamp, by=current_user
        )

    if form.saves(change, lambda: _saved_option(load_event(event_id), option_id)):
        return _back(event_id, "Saved.", was, told)
    booked = count_told(event, option_id)
    return _page(form, load_own(event_id), "Change how people take part", told=booked)


def _saved_option(event: Event, option_id: int) -> dict[str, Any]:
    option = programme_services.find_option(event, option_id)
    return option_values(programme_services.read_option(option))
