"""Freeze the list of schools that a term's rates are out of, and see what was frozen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError, NotFoundError
from cop_site.schools import policies, queries, scope_queries, scope_services
from cop_site.schools.models import Scope, Term, name_phase
from cop_site.schools.scope_forms import ScopeForm
from cop_site.schools.scope_queries import ResolvedSchool
from cop_site.transaction import transaction
from cop_site.web.access import authorise, own_path, role
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.panels import panels_for
from cop_site.web.routing import read_id

bp = Blueprint("scopes", __name__, url_prefix="/scopes")


@bp.get("/<id:scope_id>")
@role("inclusion_lead", "network_lead", "ep", "asep", "support_officer")
def show(scope_id: int) -> ResponseReturnValue:
    scope = scope_queries.get_scope(scope_id)
    authorise(policies.can_see_scopes(current_user))
    versions = scope_queries.list_scopes(scope.term_id)
    return render(
        "scopes/show.html",
        scope=scope,
        versions=[one for one in versions if one.name == scope.name],
        clusters=dict(scope_queries.list_rule_choices().clusters),
        phases=[name_phase(phase) for phase in scope.rule.get("phases", [])],
        left_out=scope_queries.list_school_names(scope.rule.get("left_out", [])),
        can_freeze=policies.can_freeze_scopes(current_user),
        panels=panels_for("scope", scope),
    )


@bp.route("/new", methods=["GET", "POST"])
@role("inclusion_lead")
def new() -> ResponseReturnValue:
    """First a rule and a name; then the list they give, to look over; then it is frozen."""
    authorise(policies.can_freeze_scopes(current_user))
    terms, corrected = queries.list_terms(), _find_corrected()
    term = _choose_term(terms, corrected)
    form = _open_form(corrected)
    step = request.form.get("step", "rule")
    page = {**_rule_page(form, term, terms), "corrected": corrected}
    if step not in ("look", "freeze"):
        return render("scopes/rule.html", **page)
    resolved = scope_queries.resolve_scope(form.rule, term.starts_on)
    form.offer_schools(resolved)
    if page["too_early"] or not form.is_valid_post() or not _has_schools(form, resolved):
        return render("scopes/rule.html", **page, status=422)
    if step == "look":
        form.left_out.data = _left_out_before(corrected)
        return _look(form, term, resolved)
    try:
        scope = _freeze(form, term, resolved)
    except DomainError as error:
        form.refuse(error)
        term = _choose_term(queries.list_terms(), _find_corrected())
        return _look(form, term, scope_queries.resolve_scope(form.rule, term.starts_on))
    say(f"{scope.name} is frozen.")
    return redirect(_after(scope), 303)


def _find_corrected() -> Scope | None:
    """The newest version of the list that the address says is corrected."""
    scope_id = read_id(request.args.get("of", ""))
    if scope_id is None:
        return None
    scope = scope_queries.get_scope(scope_id)
    newest = scope_queries.find_newest_version(scope.term_id, scope.name)
    return scope_queries.get_scope(newest.id) if newest else None


def _open_form(corrected: Scope | None) -> ScopeForm:
    form = ScopeForm()
    form.offer(scope_queries.list_rule_choices())
    if corrected:
        form.correct(corrected)
    return form


def _left_out_before(corrected: Scope | None) -> list[str]:
    return [str(key) for key in corrected.rule.get("left_out", [])] if corrected else []


def _choose_term(terms: list[Term], corrected: Scope | None) -> Term:
    """The corrected list's, else that in the address, or that of today. ``terms``: newest first."""
    if corrected:
        return corrected.term
    asked = request.args.get("term", "")
    fitting = (one for one in terms if (str(one.id) == asked if asked else _has_begun(one)))
    found = next(fitting, None)
    if found is None:
        raise NotFoundError("There is no such term.")
    return found


def _has_begun(term: Term) -> bool:
    return policies.why_too_early(term.starts_on) is None


def _rule_page(form: ScopeForm, term: Term, terms: list[Term]) -> dict[str, Any]:
    return {
        "form": form,
        "term": term,
        "term_choices": [(one.id, one.name) for one in terms if one is term or _has_begun(one)],
        "too_early": policies.why_too_early(term.starts_on),
        "next_address": own_path(request.args.get("next")),
    }


def _has_schools(form: ScopeForm, resolved: list[ResolvedSchool]) -> bool:
    if not resolved:
        form.refuse(DomainError("No school matches all of these. Choose fewer limits."))
    return bool(resolved)


def _look(form: ScopeForm, term: Term, resolved: list[ResolvedSchool]) -> ResponseReturnValue:
    form.offer_schools(resolved)
    form.seen.data = scope_services.digest(resolved)
    return render(
        "scopes/look.html",
        form=form,
        term=term,
        resolved=resolved,
        standing=scope_queries.find_newest_version(term.id, form.name.data or ""),
        status=422 if form.error_items else 200,
    )


def _freeze(form: ScopeForm, term: Term, resolved: list[ResolvedSchool]) -> Scope:
    left_out = form.left_out_ids
    with transaction():
        return scope_services.freeze_scope(
            term.id,
            str(form.name.data),
            form.rule,
            by=current_user.user_id,
            reason=form.reason.data or "",
            school_ids=[one.school.id for one in resolved if one.school.id not in left_out],
            seen=form.seen.data or "",
        )


def _after(scope: Scope) -> str:
    """Where the person came from, else the scope's own page."""
    return own_path(request.args.get("next")) or url_for("scopes.show", scope_id=scope.id)
