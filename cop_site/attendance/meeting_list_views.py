"""Mark those who came to an online meeting from the list it gives: look at it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict

from cop_site.attendance import meeting_list_queries, meeting_list_services, policies, queries
from cop_site.attendance.many_services import Clash, Typed
from cop_site.attendance.meeting_list_forms import LookedOverForm, MeetingListForm
from cop_site.attendance.meeting_list_models import (
    Known,
    Matcher,
    PostedLine,
    Preview,
    build_preview,
    list_newcomers,
    replay,
)
from cop_site.attendance.meeting_list_reading import LARGE, ListLine
from cop_site.attendance.sheet_models import HeldSession, SheetRow, opens_on
from cop_site.attendance.type_up_views import NOT_LISTED
from cop_site.attendance.views import address, bp, load_held, say_meanwhile
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.filters import plural
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.parking import never_parked
from cop_site.web.uploads import takes_file

ONE_MINUTE = 60


def _people(held: HeldSession, lines: Iterable[ListLine]) -> tuple[list[SheetRow], Matcher]:
    """Everybody on the register in its order, and what finds them and others by address."""
    sheet = queries.get_sheet(held)
    rows = sorted(sheet.rows, key=lambda row: (row.name.casefold(), row.person_id))
    emails = meeting_list_queries.list_emails([row.person_id for row in rows])
    known: dict[str, Known] = {}
    # Partners are not told whose an address is.
    if policies.can_merge(current_user):
        named = {email for line in lines for email in line.emails}
        known = meeting_list_queries.list_known(named, held.event.id, opens_on(held.session))
    return rows, Matcher(rows, emails, known)


def _ask(held: HeldSession, form: Form, *, status: int = 200) -> Response:
    return render("attendance/meeting_list.html", held=held, form=form, status=status)


def _show(
    held: HeldSession,
    form: LookedOverForm,
    preview: Preview,
    *,
    said: str = "",
    status: int = 200,
) -> Response:
    return render(
        "attendance/meeting_list_check.html",
        held=held,
        form=form,
        preview=preview,
        said=said,
        status=status,
    )


def refuse_large(session_id: int) -> ResponseReturnValue:
    form = MeetingListForm(formdata=ImmutableMultiDict())
    form.refuse(DomainError(LARGE, field="file"))
    return _ask(load_held(session_id), form, status=422)


@bp.get("/meeting-list")
@signed_in
def meeting_list(session_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    return _ask(held, MeetingListForm()) if held.can_mark else redirect(address(session_id), 303)


# Names of people who are not on the register are in it: they are kept nowhere.
@bp.post("/meeting-list")
@signed_in
@never_parked
@takes_file(refuse_large)
def take_meeting_list(session_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    looked_over = LookedOverForm()
    if looked_over.wants_to_save:
        return _save(held, looked_over)
    form = MeetingListForm()
    try:
        if not form.is_valid_post():
            return _ask(held, form, status=422)
        found = form.read_file()
    except DomainError as error:
        form.refuse(error)
        return _ask(held, form, status=422)
    rows, matcher = _people(held, found.lines)
    lasts = int((held.session.ends_at - held.session.starts_at).total_seconds()) // ONE_MINUTE
    looked_over.note_days(found.days, opens_on(held.session))
    return _show(held, looked_over, build_preview(found.lines, matcher, rows, lasts))


def _save(held: HeldSession, form: LookedOverForm) -> ResponseReturnValue:
    session_id, lines = held.session.id, form.read_lines()
    try:
        if not form.is_valid_post():
            return _again(session_id, form, lines, {}, status=422)
        chosen = _resolve(held, lines)
        with transaction():
            typed = meeting_list_services.mark_from_list(
                session_id, form.list_taps(chosen), list_newcomers(chosen), by=current_user
            )
    except DomainError as error:
        form.refuse(error)
        return _again(session_id, form, lines, {}, status=422)
    said = plural(typed.marked, "person", "people") + " marked from the list."
    said = said[:1].upper() + said[1:]
    if typed.clashes:
        return _what_is_left(session_id, chosen, typed, said)
    held = load_held(session_id)
    if not held.has_started:
        say(said)
        return redirect(address(session_id), 303)
    say(f"{said} Close the register next, or go back to it.")
    return redirect(url_for("attendance.close", session_id=session_id), 303)


def _resolve(held: HeldSession, lines: list[PostedLine]) -> list[PostedLine]:
    _rows, matcher = _people(held, [one.line for one in lines])
    return [matcher.resolve(one) for one in lines]


def _again(
    session_id: int,
    form: LookedOverForm,
    lines: list[PostedLine],
    notes: Mapping[int, str],
    *,
    said: str = "",
    status: int,
) -> Response:
    """The list as it was sent, beside the register as it is by now."""
    held = load_held(session_id)
    rows, matcher = _people(held, [one.line for one in lines])
    preview = replay(lines, matcher, rows, notes)
    return _show(held, form, preview, said=said, status=status)


def _what_is_left(
    session_id: int, lines: list[PostedLine], typed: Typed, said: str
) -> ResponseReturnValue:
    """Only those whom somebody else marked meanwhile, to be looked at once more."""
    notes = {clash.tap.person_id: _say(clash) for clash in typed.clashes}
    left = [one for one in lines if one.person_id in notes]
    form = LookedOverForm(ImmutableMultiDict())
    form.refuse(DomainError("Not everybody could be marked. Look at those who are left"))
    return _again(session_id, form, left, notes, said=said, status=422)


def _say(clash: Clash) -> str:
    if clash.at is None:
        return NOT_LISTED
    return say_meanwhile(clash.kind, clash.by_user_id, clash.by, clash.at)
