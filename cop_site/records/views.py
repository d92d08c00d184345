"""One's own CPD record, as a page, a table and a file to print, and certificates from it."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError, NotFoundError
from cop_site.records import certificate_queries, queries, services
from cop_site.records.cpd_models import Line, Record, say_year
from cop_site.records.models import Certificate
from cop_site.schools.queries import find_authority
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.exports import export_csv
from cop_site.web.forms import ButtonForm
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.pdf import draw_pdf, send_pdf

bp = Blueprint("records", __name__)
HEADER = (
    *("School year", "Event", "Kind", "Level", "First date", "Dates", "Hours"),
    *("Hours attended in part", "How", "School"),
)


def _load() -> tuple[Record, int | None]:
    """All of one's record, and the school year asked for, if there is something in it."""
    record = queries.load_record(current_user.person_id)
    asked = request.args.get("year", "")
    return record, next((year for year in record.years if str(year) == asked), None)


@bp.get("/cpd-record")
@signed_in
def index() -> ResponseReturnValue:
    record, year = _load()
    shown = record.of_year(year)
    first = (page_number() - 1) * PAGE_SIZE
    certificates = certificate_queries.list_current(current_user.person_id)
    counted = {line.event_id for line in record.lines}
    return render(
        "records/list.html",
        record=record,
        shown=shown,
        year=year,
        say_year=say_year,
        page=Page(list(shown.lines[first : first + PAGE_SIZE]), page_number(), len(shown.lines)),
        certificates=certificates,
        apart=[row for event_id, row in certificates.items() if event_id not in counted],
    )


@bp.get("/cpd-record.csv")
@signed_in
def export() -> ResponseReturnValue:
    record, year = _load()
    return export_csv(_file_name(year, "csv"), HEADER, map(_cells, record.of_year(year).lines))


def _cells(line: Line) -> tuple[Any, ...]:
    whole, part = (f"{minutes / 60:.2f}" for minutes in (line.hours.whole, line.hours.part))
    return (
        *(say_year(line.year), line.title, line.kind.label, line.level, line.came[0].day),
        *(line.dates, whole, part, line.how, line.schools),
    )


@bp.get("/cpd-record.pdf")
@signed_in
def print_record() -> ResponseReturnValue:
    record, year = _load()
    shown = record.of_year(year)
    drawn = draw_pdf("records/print.html", shown=shown, year=year, say_year=say_year)
    return send_pdf(_file_name(year, "pdf"), drawn)


def _file_name(year: int | None, ending: str) -> str:
    of_year = f" {year}-{year + 1}" if year else ""
    return f"CPD record{of_year} {clock.today()}.{ending}"


@bp.get("/cpd-record/<id:event_id>")
@signed_in
def show(event_id: int) -> ResponseReturnValue:
    return _event_page(event_id, ButtonForm())


@bp.post("/cpd-record/<id:event_id>")
@signed_in
def issue(event_id: int) -> ResponseReturnValue:
    form = ButtonForm()
    if form.is_valid_post():
        try:
            with transaction():
                services.issue_certificate(event_id, current_user.person_id, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Your certificate is ready.")
            return redirect(url_for("records.show", event_id=event_id), 303)
    return _event_page(event_id, form)


def _event_page(event_id: int, form: ButtonForm) -> ResponseReturnValue:
    """What the record says of one event, and its certificates: 404 for what one never attended."""
    person_id = current_user.person_id
    line = queries.find_line(person_id, event_id)
    made = certificate_queries.list_of_event(person_id, event_id)
    if line is None and not made:
        raise NotFoundError("Your record has no such event.")
    current = next((one for one in made if one.replaced_at is None), None)
    wanted = services.print_line(line, current_user.name, find_authority()) if line else {}
    return render(
        "records/show.html",
        line=line,
        current=current,
        is_withdrawn=current is not None and not certificate_queries.stands(current),
        differs=bool(current and wanted and services.differs(current, wanted)),
        new=services.list_new(current, wanted) if current and wanted else [],
        earlier=[one for one in made if one is not current],
        form=form,
        status=422 if form.is_submitted() else 200,
    )


@bp.get("/cpd-record/certificates/<id:certificate_id>.pdf")
@signed_in
def certificate_file(certificate_id: int) -> ResponseReturnValue:
    return send_certificate(certificate_queries.get_own(certificate_id, current_user.person_id))


def send_certificate(certificate: Certificate) -> Response:
    """The certificate as a file, drawn from what was printed and nothing else."""
    path = url_for("certificates.show", number=certificate.shown_number)
    address = f"{current_app.config['SITE_ADDRESS']}{path}"
    square = segno.make(address, error="m").svg_data_uri(border=2, omitsize=True)
    drawn = draw_pdf(
        "records/certificate.html", certificate=certificate, address=address, square=square
    )
    return send_pdf(f"Certificate {certificate.shown_number}.pdf", drawn)
