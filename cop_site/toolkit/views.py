"""Pages of the toolkit that everyone has: finding a resource, reading it, taking its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.toolkit import file_services, list_queries, policies, queries
from cop_site.toolkit.file_checks import name_kind
from cop_site.toolkit.list_queries import PUBLISHED, SHOWN, Overview, ResourceFilter
from cop_site.toolkit.models import Facet, Resource, ResourceFile, ResourceVersion, VersionState
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.routing import read_id
from cop_site.web.tables import attachment
from cop_site.web.uploads import CHUNK, store

bp = Blueprint("toolkit", __name__, url_prefix="/toolkit")
LONGEST_SEARCH = 100
MOST_VALUES = 20
_KEY = re.compile(r"[a-z0-9_]{1,60}")
OLDER = "That file is from an older version. The newest is here."
GONE = "That file has been withdrawn."


def load_resource(slug: str) -> Resource:
    """The resource, 404 where the person may not know of it."""
    return queries.get_resource(slug, policies.visible_to(current_user))


def find_version(resource: Resource, *states: VersionState) -> ResourceVersion | None:
    """The newest version in one of the states."""
    return next((one for one in reversed(resource.versions) if one.state in states), None)


def _read_filter() -> ResourceFilter:
    args = request.args
    asked = {facet: args.getlist(facet.value)[:MOST_VALUES] for facet in Facet}
    chosen = {
        facet: tuple(dict.fromkeys(key for key in keys if _KEY.fullmatch(key)))
        for facet, keys in asked.items()
    }
    shown = args.get("show", "") if policies.can_edit(current_user) else PUBLISHED
    return ResourceFilter(
        words=args.get("q", "").strip()[:LONGEST_SEARCH],
        chosen=chosen,
        shown=shown if shown in SHOWN else PUBLISHED,
    )


def _count(narrowed: ResourceFilter) -> tuple[ResourceFilter, Overview]:
    """The counts; what is not on offer is left out, so that the boxes tell the truth."""
    overview = list_queries.count_facets(narrowed)
    offered = {facet: {one.key for one in rows} for facet, rows in overview.facets.items()}
    known = {
        facet: tuple(key for key in keys if key in offered[facet])
        for facet, keys in narrowed.chosen.items()
    }
    if known == narrowed.chosen:
        return narrowed, overview
    narrowed = ResourceFilter(narrowed.words, known, narrowed.shown)
    return narrowed, list_queries.count_facets(narrowed)


def _list_chosen(narrowed: ResourceFilter, overview: Overview) -> list[tuple[str, str]]:
    """What the list is narrowed to, each with the address of the list without it."""
    kept = [(facet.value, key) for facet, keys in narrowed.chosen.items() for key in keys]
    names = {one.key: one.name for rows in overview.facets.values() for one in rows}
    always = [("q", narrowed.words)] if narrowed.words else []
    if narrowed.shown != PUBLISHED:
        always.append(("show", narrowed.shown))
    return [
        (
            names[key],
            f"{request.path}?{urlencode([*always, *(one for one in kept if one[1] != key)])}",
        )
        for _facet, key in kept
    ]


@bp.get("")
@signed_in
def browse() -> ResponseReturnValue:
    narrowed, overview = _count(_read_filter())
    number = page_number()
    rows = list_queries.list_resources(narrowed, page=number, size=PAGE_SIZE)
    return render(
        "toolkit/browse.html",
        fragment="toolkit/partials/resource_list.html",
        page=Page(rows, number, overview.found),
        narrowed=narrowed,
        overview=overview,
        chosen=_list_chosen(narrowed, overview),
        shown=SHOWN,
        facets=list(Facet),
        can_edit=policies.can_edit(current_user),
    )


def describe_version(version: ResourceVersion) -> dict[str, Any]:
    """A version's files and facets, as the pages show them."""
    return {
        "version": version,
        "files": queries.list_files(version.id),
        "facets": queries.list_facets(version.id),
        "name_kind": name_kind,
    }


@bp.get("/<slug>")
@signed_in
def show(slug: str) -> ResponseReturnValue:
    resource = load_resource(slug)
    version = find_version(resource, VersionState.PUBLISHED, VersionState.WITHDRAWN)
    if version is None:
        return redirect(url_for("toolkit.draft", slug=slug), 303)
    newer = resource.replaced_by
    return render(
        "toolkit/show.html",
        resource=resource,
        **describe_version(version),
        can_edit=policies.can_edit(current_user),
        is_overdue=version.state is VersionState.PUBLISHED and resource.review_on < clock.today(),
        counts=policies.counts(current_user),
        draft=find_version(resource, VersionState.DRAFT),
        newer=newer,
        newer_title=queries.find_title(newer.id) if newer else None,
    )


@bp.route("/files/<id:file_id>", methods=["GET", "POST"])
@signed_in
def download(file_id: int) -> ResponseReturnValue:
    """Give a file, and count that. Asking with GET counts nothing: its page has the button."""
    file = queries.get_file(file_id, policies.visible_to(current_user))
    state = file.version.state
    is_old = state is not VersionState.PUBLISHED and not policies.can_edit(current_user)
    if request.method == "GET" or is_old:
        if is_old:
            say(GONE if state is VersionState.WITHDRAWN else OLDER)
        return redirect(url_for("toolkit.show", slug=file.version.resource.slug), 303)
    # Opened first: what cannot be had is not counted.
    content = store().open(file.sha256)
    try:
        _count_download(file)
    except BaseException:
        content.close()
        raise
    return _send(file, content)


def _count_download(file: ResourceFile) -> None:
    if file.version.state is VersionState.PUBLISHED:
        # The page asks whoever has several schools; where it did not, the one they act for.
        given = request.form.get("school")
        school_id = read_id(given)
        chosen = [school_id] if school_id else []
        if given is None:
            chosen = list(current_user.chosen_schools)
        with transaction():
            file_services.record_download(file.id, chosen, by=current_user)


def _send(file: ResourceFile, content: BinaryIO) -> Response:
    """The bytes to save, never to show."""

    def read() -> Iterator[bytes]:
        with content:
            while chunk := content.read(CHUNK):
                yield chunk

    response = Response(read(), content_type=file.media_type)
    response.headers["Content-Disposition"] = attachment(file.name)
    response.headers["Content-Length"] = str(file.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.call_on_close(content.close)
    return response
