"""Where anybody checks a certificate that they were shown: what is printed on it, and no more."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cop_site.records import services
from cop_site.records.forms import NumberForm
from cop_site.records.models import read_number, show_number
from cop_site.records.services import TooManyNumbersError
from cop_site.transaction import transaction
from cop_site.web.access import public
from cop_site.web.errors import error_page
from cop_site.web.htmx import render

bp = Blueprint("certificates", __name__)
UNKNOWN = "There is no certificate with this number. Check each letter, and enter it again"


@bp.after_request
def keep_from_search(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@bp.route("/certificates", methods=["GET", "POST"])
@public
def check() -> ResponseReturnValue:
    form = NumberForm()
    if form.is_valid_post():
        number = read_number(form.number.data or "") or ""
        return redirect(url_for("certificates.show", number=show_number(number)), 303)
    return render("records/check.html", form=form, status=422 if form.is_submitted() else 200)


@bp.get("/certificates/<number>")
@public
def show(number: str) -> ResponseReturnValue:
    try:
        with transaction():
            checked = services.check_number(read_number(number), request.remote_addr or "")
    except TooManyNumbersError as error:
        return error_page(429, error.sentence)
    if checked is None:
        form = NumberForm(data={"number": number[:40]})
        form.number.errors = [UNKNOWN]
        return render("records/check.html", form=form, status=404)
    return render("records/certificate_page.html", checked=checked)
