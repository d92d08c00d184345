"""Answering: by personal link without signing in, or from one's own list on the site."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.surveys import answer_queries, answer_services
from cop_site.surveys.answer_models import Invitation
from cop_site.surveys.forms import AnswerForm, build_answer_form
from cop_site.surveys.models import Question
from cop_site.surveys.pseudonym_models import Pseudonyms
from cop_site.surveys.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import public, signed_in
from cop_site.web.htmx import render
from cop_site.web.parking import never_parked

ON_A_PAGE = 4
Pages = list[list[Question]]


@bp.route("/s/<string(maxlength=64):token>", methods=["GET", "POST"])
@public
def by_link(token: str) -> ResponseReturnValue:
    invitation = answer_queries.find_by_token(token)
    if invitation is None:
        return render("surveys/unknown.html", status=404)
    return _answer(invitation, url_for("surveys.by_link", token=token))


@bp.route("/surveys/asked/<id:invitation_id>", methods=["GET", "POST"])
@signed_in
@never_parked
def asked(invitation_id: int) -> ResponseReturnValue:
    invitation = answer_queries.get_own(invitation_id, current_user.person_id)
    return _answer(invitation, url_for("surveys.asked", invitation_id=invitation_id))


def _answer(invitation: Invitation, address: str) -> ResponseReturnValue:
    if invitation.finished_on is not None:
        return render("surveys/thanks.html", invitation=invitation)
    if not answer_services.is_open(invitation.survey):
        return render("surveys/closed.html", invitation=invitation, status=410)
    pseudonyms = _pseudonyms()
    draft = pseudonyms.of_draft(invitation.id)
    saved = answer_queries.list_answers(invitation.survey_id, draft)
    pages = _in_pages(answer_queries.list_questions(invitation.survey_id))
    number = _page_number(pages, saved)
    form = build_answer_form(pages[number - 1], saved)
    if form.is_valid_post():
        try:
            _save(invitation.id, form, number == len(pages))
        except DomainError:
            return render("surveys/closed.html", invitation=invitation, status=410)
        following = address if number == len(pages) else f"{address}?page={number + 1}"
        return redirect(following, 303)
    return _page(invitation, address, form, pages, number)


def _pseudonyms() -> Pseudonyms:
    return Pseudonyms(current_app.config["SURVEY_KEY"])


def _in_pages(questions: list[Question]) -> Pages:
    return [questions[first : first + ON_A_PAGE] for first in range(0, len(questions), ON_A_PAGE)]


def _page_number(pages: Pages, saved: dict[int, str]) -> int:
    """The page in the address; without one, the first that nothing was said on yet."""
    given = request.args.get("page", "")
    if given.isascii() and given.isdigit() and len(given) < 5 and 1 <= int(given) <= len(pages):
        return int(given)
    untouched = (
        number
        for number, page in enumerate(pages, 1)
        if not any(question.id in saved for question in page)
    )
    return next(untouched, len(pages))


def _save(invitation_id: int, form: AnswerForm, is_last: bool) -> None:
    keep = answer_services.finish if is_last else answer_services.save_answers
    with transaction():
        keep(invitation_id, form.said, pseudonyms=_pseudonyms())


def _page(
    invitation: Invitation, address: str, form: AnswerForm, pages: Pages, number: int
) -> ResponseReturnValue:
    before = sum(len(page) for page in pages[: number - 1])
    context: dict[str, Any] = {
        "first": before + 1,
        "last": before + len(pages[number - 1]),
        "total": sum(len(page) for page in pages),
        "back": f"{address}?page={number - 1}" if number > 1 else "",
        "action": f"{address}?page={number}",
        "is_last": number == len(pages),
    }
    status = 422 if form.is_submitted() else 200
    return render("surveys/answer.html", invitation=invitation, form=form, status=status, **context)
