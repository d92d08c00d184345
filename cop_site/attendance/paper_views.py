"""The sign-in sheet to print, and typing it up."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue

from cop_site.attendance import paper_queries, queries
from cop_site.attendance.sheet_models import opens_on
from cop_site.attendance.views import address, bp, load_held
from cop_site.errors import DomainError
from cop_site.events.models import EventState
from cop_site.web.access import signed_in
from cop_site.web.exports import note_taken
from cop_site.web.pdf import draw_pdf, send_pdf

# Drawing takes about a second for 50 people, and whoever asks waits for it.
MOST_PEOPLE = 500
TOO_MANY = f"More than {MOST_PEOPLE} people have a place. That is too many for a sheet to sign."


@bp.get("/sign-in-sheet.pdf")
@signed_in
def sign_in_sheet(session_id: int) -> ResponseReturnValue:
    """Also before the day, and beside a closed register: only what is off is not printed."""
    held = load_held(session_id)
    if held.event.state is not EventState.PUBLISHED:
        return redirect(address(session_id), 303)
    paper = paper_queries.get_paper(held, queries.get_sheet(held))
    if paper.people > MOST_PEOPLE:
        raise DomainError(TOO_MANY)
    filename = f"sign-in-sheet-{opens_on(held.session).isoformat()}.pdf"
    drawn = draw_pdf("attendance/sign_in_sheet.html", held=held, paper=paper)
    note_taken(filename, paper.people)
    return send_pdf(filename, drawn)
