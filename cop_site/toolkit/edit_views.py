"""Pages on which editors write, publish, replace and withdraw resources."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError, NotFoundError, StaleEditError
from cop_site.toolkit import policies, queries, services
from cop_site.toolkit.forms import (
    DiscardForm,
    LookAfterForm,
    ResourceForm,
    UploadForm,
    WithdrawForm,
    form_values,
)
from cop_site.toolkit.models import Resource, ResourceVersion, VersionState
from cop_site.toolkit.views import bp, describe_version, find_version, load_resource
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.routing import read_id
from cop_site.web.uploads import largest_upload


def load_draft(slug: str) -> tuple[Resource, ResourceVersion]:
    """The resource and its draft, 404 where it has none."""
    authorise(policies.can_edit(current_user))
    resource = load_resource(slug)
    draft = find_version(resource, VersionState.DRAFT)
    if draft is None:
        raise NotFoundError("There is no draft.")
    return resource, draft


def to_page(slug: str) -> ResponseReturnValue:
    return redirect(url_for("toolkit.show", slug=slug), 303)


def to_draft(slug: str) -> ResponseReturnValue:
    return redirect(url_for("toolkit.draft", slug=slug), 303)


def draft_page(slug: str, form: UploadForm, status: int = 200) -> ResponseReturnValue:
    """The draft as it will look, with its files and what is still missing."""
    resource, version = load_draft(slug)
    shown = describe_version(version)
    facets = [value for values in shown["facets"].values() for value in values]
    return render(
        "toolkit/draft.html",
        resource=resource,
        **shown,
        form=form,
        missing=services.list_missing(resource, version, facets, shown["files"]),
        published=find_version(resource, VersionState.PUBLISHED),
        status=status,
    )


@bp.get("/<slug>/draft")
@role(*policies.EDITORS)
def draft(slug: str) -> ResponseReturnValue:
    return draft_page(slug, UploadForm(largest_upload()))


@bp.route("/new", methods=["GET", "POST"])
@role(*policies.EDITORS)
def new() -> ResponseReturnValue:
    authorise(policies.can_edit(current_user))
    usual = {"owner": str(current_user.person_id), "review_on": queries.next_year()}
    form = ResourceForm(
        queries.list_facet_values(), queries.list_owners(clock.today()), is_first=True, data=usual
    )
    if form.is_valid_post():
        try:
            with transaction():
                resource = services.create_resource(form.details, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The draft is saved. Add its files, look it over, then publish it.")
            return to_draft(resource.slug)
    status = 422 if form.is_submitted() else 200
    return render("toolkit/edit.html", form=form, resource=None, status=status)


@bp.route("/<slug>/draft/edit", methods=["GET", "POST"])
@role(*policies.EDITORS)
def edit_draft(slug: str) -> ResponseReturnValue:
    resource, version = load_draft(slug)
    form = _draft_form(resource, version)
    more: dict[str, Any] = {"edits": version.edits}
    if form.is_valid_post():
        try:
            with transaction():
                services.edit_draft(resource.id, form.seen_edits, form.details, by=current_user)
        except StaleEditError as error:
            form.refuse(error)
            more = _both_texts(form, slug)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The draft is saved.")
            return to_draft(slug)
    elif form.is_submitted():
        more["edits"] = form.seen_edits
    status = 422 if form.is_submitted() else 200
    return render("toolkit/edit.html", form=form, resource=resource, status=status, **more)


def _draft_form(resource: Resource, version: ResourceVersion) -> ResourceForm:
    choices = queries.list_facet_values(version.id)
    owners = queries.list_owners(clock.today())
    if resource.owner_id not in dict(owners):
        owners = [(resource.owner_id, resource.owner.name), *owners]
    facets = [value for values in queries.list_facets(version.id).values() for value in values]
    values = form_values(services.details_of(resource, version, facets), choices)
    return ResourceForm(choices, owners, is_first=version.number == 1, data=values)


def _both_texts(form: ResourceForm, slug: str) -> dict[str, Any]:
    """What was saved meanwhile beside what was typed; saving once more is then deliberate."""
    resource, version = load_draft(slug)
    facets = [value for values in queries.list_facets(version.id).values() for value in values]
    saved = services.details_of(resource, version, facets)
    return {"theirs": form.list_differences(saved), "edits": version.edits}


@bp.post("/<slug>/draft/publish")
@role(*policies.EDITORS)
def publish(slug: str) -> ResponseReturnValue:
    authorise(policies.can_edit(current_user))
    resource = load_resource(slug)
    seen = read_id(request.form.get("edits")) or 0
    try:
        with transaction():
            services.publish_draft(resource.id, seen, by=current_user)
    except DomainError as error:
        return _not_published(slug, error)
    say("Published. Schools find it in the toolkit.")
    return to_page(slug)


def _not_published(slug: str, error: DomainError) -> ResponseReturnValue:
    """The draft with the reason, or the published page where the draft is gone."""
    if find_version(load_resource(slug), VersionState.DRAFT) is None:
        say(error.sentence)
        return to_page(slug)
    form = UploadForm(largest_upload())
    form.refuse(error)
    return draft_page(slug, form, 422)


@bp.post("/<slug>/version")
@role(*policies.EDITORS)
def start_version(slug: str) -> ResponseReturnValue:
    authorise(policies.can_edit(current_user))
    with transaction():
        services.start_version(load_resource(slug).id, by=current_user)
    say("This is a copy to work on. Schools keep the published version until you publish this.")
    return to_draft(slug)


@bp.route("/<slug>/draft/delete", methods=["GET", "POST"])
@role(*policies.EDITORS)
def discard(slug: str) -> ResponseReturnValue:
    authorise(policies.can_edit(current_user))
    resource = load_resource(slug)
    version = find_version(resource, VersionState.DRAFT)
    if version is None:
        return to_page(slug)
    form, status = DiscardForm(), 200
    if form.is_valid_post():
        try:
            with transaction():
                is_gone = services.discard_draft(resource.id, form.seen_edits, by=current_user)
        except StaleEditError as error:
            form.refuse(error)
            resource, version = load_draft(slug)
            status = 422
        else:
            say("The draft is deleted.")
            return redirect(url_for("toolkit.browse"), 303) if is_gone else to_page(slug)
    return render(
        "toolkit/discard.html", form=form, resource=resource, version=version, status=status
    )


@bp.route("/<slug>/withdraw", methods=["GET", "POST"])
@role(*policies.EDITORS)
def withdraw(slug: str) -> ResponseReturnValue:
    authorise(policies.can_edit(current_user))
    resource = load_resource(slug)
    version = find_version(resource, VersionState.PUBLISHED)
    if version is None:
        return to_page(slug)
    form = WithdrawForm()
    if form.is_valid_post():
        with transaction():
            services.withdraw_resource(resource.id, str(form.reason.data), by=current_user)
        say("Withdrawn. Schools no longer find it; its downloads still count.")
        return to_page(slug)
    status = 422 if form.is_submitted() else 200
    return render(
        "toolkit/withdraw.html", form=form, resource=resource, version=version, status=status
    )


@bp.route("/<slug>/look-after", methods=["GET", "POST"])
@role(*policies.EDITORS)
def look_after(slug: str) -> ResponseReturnValue:
    authorise(policies.can_edit(current_user))
    resource = load_resource(slug)
    form = _look_after_form(resource)
    more: dict[str, Any] = {}
    if form.is_valid_post():
        try:
            with transaction():
                services.look_after(resource.id, form.seen.data or "", form.care, by=current_user)
        except StaleEditError as error:
            form.refuse(error)
            saved = services.care_of(load_resource(slug))
            form.seen.data, more["theirs"] = saved.stamp, form.list_differences(saved)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Saved.")
            return to_page(slug)
    more |= {"slug": slug, "title": resource.versions[-1].title}
    status = 422 if form.is_submitted() else 200
    return render("toolkit/look_after.html", form=form, status=status, **more)


def _look_after_form(resource: Resource) -> LookAfterForm:
    owners = queries.list_owners(clock.today())
    if resource.owner_id not in dict(owners):
        owners = [(resource.owner_id, resource.owner.name), *owners]
    values = {
        "owner": str(resource.owner_id),
        "review_on": max(resource.review_on, queries.next_year()),
        "replaced_by": str(resource.replaced_by_id or ""),
        "seen": services.care_of(resource).stamp,
    }
    return LookAfterForm(owners, queries.list_replacements(resource.id), data=values)
