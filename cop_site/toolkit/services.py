"""Writing, publishing, superseding and withdrawing resources."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.toolkit import queries
from cop_site.toolkit.models import (
    Accessibility,
    Facet,
    FacetValue,
    Resource,
    ResourceFile,
    ResourceVersion,
    VersionFacet,
    VersionState,
)

LONGEST_SLUG = 60
# Addresses under /toolkit that are no resource.
RESERVED = frozenset({"new", "downloads", "files"})
# In words, of a draft that may be deleted.
TEXTS = ("title", "summary", "guidance", "accessibility_note", "change_note")
CHANGED = "Somebody else changed this draft while you were looking at it."


@dataclass(frozen=True)
class ResourceDetails:
    """Everything an editor writes of a draft. ``facets`` are keys, of every facet together.

    Owner and review date are the resource's own and no version's. A first draft, which nobody
    has yet, sets them; for a later one they are None: ``look_after`` sets what is live.
    """

    title: str
    summary: str
    guidance: str
    facets: frozenset[str]
    owner_id: int | None
    review_on: date | None
    accessibility: Accessibility | None
    accessibility_note: str = ""
    change_note: str = ""


@dataclass(frozen=True)
class Care:
    """Who keeps a resource fresh, by when, and what replaces it."""

    owner_id: int
    review_on: date
    replaced_by_id: int | None = None

    @property
    def stamp(self) -> str:
        """What a form was opened on, so that a second editor is told."""
        return f"{self.owner_id} {self.review_on.isoformat()} {self.replaced_by_id or ''}"


def care_of(resource: Resource) -> Care:
    return Care(resource.owner_id, resource.review_on, resource.replaced_by_id)


def details_of(
    resource: Resource, version: ResourceVersion, facets: Collection[FacetValue]
) -> ResourceDetails:
    """What a version says now, and its resource where it is the first."""
    is_first = version.number == 1
    return ResourceDetails(
        title=version.title,
        summary=version.summary,
        guidance=version.guidance,
        facets=frozenset(value.key for value in facets),
        owner_id=resource.owner_id if is_first else None,
        review_on=resource.review_on if is_first else None,
        accessibility=version.accessibility,
        accessibility_note=version.accessibility_note,
        change_note=version.change_note,
    )


def create_resource(details: ResourceDetails, *, by: ActingUser) -> Resource:
    """A resource with its first draft. DomainError for a review date that has passed."""
    _check(details.review_on)
    resource = Resource(
        slug=free_slug(details.title),
        owner_id=details.owner_id,
        review_on=details.review_on,
        created_by_user_id=by.user_id,
        created_at=clock.now(),
    )
    db.session.add(resource)
    db.session.flush()
    draft = _new_draft(resource, 1, by)
    _fill(resource, draft, details)
    now = {name: value for name, value in _plain(details).items() if name not in TEXTS}
    audit.record("resource", resource.id, "created", by=by.user_id, now=now)
    return resource


def _new_draft(resource: Resource, number: int, by: ActingUser) -> ResourceVersion:
    return ResourceVersion(
        resource_id=resource.id,
        number=number,
        state=VersionState.DRAFT,
        created_by_user_id=by.user_id,
        created_at=clock.now(),
    )


def _check(review_on: date | None) -> None:
    if review_on and review_on < clock.today():
        raise DomainError("The review date must be today or later", field="review_on")


def free_slug(title: str) -> str:
    """An address from the title that no resource has; a number is added where one does."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or "resource"
    taken = queries.list_slugs_like(slug) | RESERVED
    number = 2
    chosen = slug
    while chosen in taken:
        chosen, number = f"{slug}-{number}", number + 1
    return chosen


def _fill(resource: Resource, draft: ResourceVersion, details: ResourceDetails) -> None:
    if draft.number == 1:
        resource.owner_id = details.owner_id or resource.owner_id
        resource.review_on = details.review_on or resource.review_on
    for name in ("title", "summary", "guidance", "accessibility", "accessibility_note"):
        setattr(draft, name, getattr(details, name))
    draft.change_note = details.change_note
    db.session.add(draft)
    db.session.flush()
    db.session.execute(sa.delete(VersionFacet).where(VersionFacet.version_id == draft.id))
    for key in sorted(details.facets):
        db.session.add(VersionFacet(version_id=draft.id, facet_key=key))
    db.session.flush()


def edit_draft(
    resource_id: int, seen_edits: int, details: ResourceDetails, *, by: ActingUser
) -> Resource:
    """Save the draft. Raises StaleEditError where somebody saved it since ``seen_edits``."""
    locked = queries.lock_resource(resource_id)
    draft = locked.get_draft()
    if draft.edits != seen_edits:
        raise StaleEditError(CHANGED)
    if draft.number > 1:
        details = replace(details, owner_id=None, review_on=None)
    had = [value for values in queries.list_facets(draft.id).values() for value in values]
    was = details_of(locked.resource, draft, had)
    if details.review_on != was.review_on:
        _check(details.review_on)
    _fill(locked.resource, draft, details)
    draft.edits += 1
    before, after = audit.tell_changed(_plain(was), _plain(details), TEXTS)
    audit.record("resource", resource_id, "changed", by=by.user_id, was=before, now=after)
    db.session.flush()
    return locked.resource


def list_missing(
    resource: Resource,
    draft: ResourceVersion,
    facets: Collection[FacetValue],
    files: Collection[ResourceFile],
) -> list[str]:
    """What a draft still needs before it can be published, each as a sentence.

    A resource may be guidance alone: advice on a page is easier to read for everybody than the
    same advice in a file. Only one with neither is nothing.
    """
    needs = (
        (draft.accessibility is None, "Say how accessible it is"),
        (not any(one.facet is Facet.AREA for one in facets), "Choose at least one area of need"),
        (not files and not draft.guidance.strip(), "Add a file, or write the guidance"),
        (draft.number > 1 and not draft.change_note.strip(), "Say what changed in this version"),
        (resource.review_on < clock.today(), "Set a review date that is today or later"),
    )
    return [sentence for is_missing, sentence in needs if is_missing]


def publish_draft(resource_id: int, seen_edits: int, *, by: ActingUser) -> Resource:
    """Publish the draft; the version published until now is superseded in the same transaction.

    Raises StaleEditError where the draft is not the one that was looked at, DomainError where
    there is none or something is missing.
    """
    locked = queries.lock_resource(resource_id)
    draft = locked.get_draft()
    if draft.edits != seen_edits:
        raise StaleEditError(f"{CHANGED} Look it over again, then publish it.")
    facets = [value for values in queries.list_facets(draft.id).values() for value in values]
    missing = list_missing(locked.resource, draft, facets, queries.list_files(draft.id))
    if missing:
        raise DomainError(f"It can’t be published yet. {missing[0]}.")
    now = clock.now()
    if before := locked.find(VersionState.PUBLISHED):
        before.state, before.ended_at = VersionState.SUPERSEDED, now
        # The database allows one published version, so the old one goes first.
        db.session.flush()
    draft.state, draft.published_at = VersionState.PUBLISHED, now
    draft.edits += 1
    audit.record("resource", resource_id, "published", by=by.user_id, now={"version": draft.number})
    db.session.flush()
    return locked.resource


def start_version(resource_id: int, *, by: ActingUser) -> ResourceVersion:
    """A draft copied from the newest version: words, facets, and files by their content.

    Where there is a draft already it is given, so asking twice is harmless.
    """
    locked = queries.lock_resource(resource_id)
    if draft := locked.find(VersionState.DRAFT):
        return draft
    newest = locked.versions[-1]
    draft = _new_draft(locked.resource, newest.number + 1, by)
    facets = [one for values in queries.list_facets(newest.id).values() for one in values]
    copied = asdict(details_of(locked.resource, newest, facets)) | {"change_note": ""}
    _fill(locked.resource, draft, ResourceDetails(**copied))
    for file in queries.list_files(newest.id):
        db.session.add(
            ResourceFile(
                version_id=draft.id,
                position=file.position,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
                sha256=file.sha256,
                added_by_user_id=file.added_by_user_id,
                added_at=file.added_at,
            )
        )
    audit.record("resource", resource_id, "drafted", by=by.user_id, now={"version": draft.number})
    db.session.flush()
    return draft


def discard_draft(resource_id: int, seen_edits: int, *, by: ActingUser) -> bool:
    """Delete the draft, and a resource that has nothing else. False where there is no draft.

    True where the resource itself is gone. Its bytes go with the next sweep, unless shared.
    Raises StaleEditError where somebody saved the draft since ``seen_edits``.
    """
    locked = queries.lock_resource(resource_id)
    draft = locked.find(VersionState.DRAFT)
    if draft is None:
        return False
    if draft.edits != seen_edits:
        raise StaleEditError(f"{CHANGED} Look it over again before you delete it.")
    audit.record("resource", resource_id, "discarded", by=by.user_id, was={"version": draft.number})
    for model in (VersionFacet, ResourceFile):
        db.session.execute(sa.delete(model).where(model.version_id == draft.id))
    db.session.execute(sa.delete(ResourceVersion).where(ResourceVersion.id == draft.id))
    is_alone = len(locked.versions) == 1
    if is_alone:
        db.session.execute(sa.delete(Resource).where(Resource.id == resource_id))
    return is_alone


def withdraw_resource(resource_id: int, reason: str, *, by: ActingUser) -> Resource:
    """Take the published version away from schools. Twice is harmless; figures keep theirs."""
    locked = queries.lock_resource(resource_id)
    if published := locked.find(VersionState.PUBLISHED):
        published.state, published.ended_at = VersionState.WITHDRAWN, clock.now()
        was = {"version": published.number}
        audit.record("resource", resource_id, "withdrawn", by=by.user_id, was=was, reason=reason)
        db.session.flush()
    return locked.resource


def look_after(resource_id: int, seen: str, care: Care, *, by: ActingUser) -> Resource:
    """Set who keeps a resource fresh, by when, and what replaces it. Needs no new version.

    ``seen`` is the stamp of what was there when the form was opened: StaleEditError where
    somebody changed it since.
    """
    _check(care.review_on)
    locked = queries.lock_resource(resource_id)
    resource = locked.resource
    was = care_of(resource)
    if was.stamp != seen:
        raise StaleEditError("Somebody else changed this while you were looking at it.")
    for name, value in asdict(care).items():
        setattr(resource, name, value)
    draft = locked.find(VersionState.DRAFT)
    if draft and draft.number == 1:
        # A first draft's form shows these as well, so one that is open is now out of date.
        draft.edits += 1
    plain = [asdict(one) | {"review_on": one.review_on.isoformat()} for one in (was, care)]
    audit.record("resource", resource_id, "looked after", by=by.user_id, was=plain[0], now=plain[1])
    db.session.flush()
    return resource


def _plain(details: ResourceDetails) -> dict[str, Any]:
    """The details as JSON values."""
    return asdict(details) | {
        "facets": sorted(details.facets),
        "review_on": details.review_on and details.review_on.isoformat(),
        "accessibility": details.accessibility and details.accessibility.value,
    }
