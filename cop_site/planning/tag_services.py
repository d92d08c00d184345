"""What events can be said to be about. A tag in use is never deleted, only retired.

Phases, roles and who is new are no part of it: they mean what the register and people's roles say.
"""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_stale
from cop_site.events.tag_models import ABOUT, EventTagValue, TagFacet
from cop_site.schools.authority_services import lock_authority
from cop_site.word_keys import free_key

LONGEST_KEY = 50
# A tag has a key and no number. The record of changes names it by what was and is.
THE_TAGS = 1


def add_tag(facet: TagFacet, name: str, *, by: int) -> EventTagValue:
    """A new one, after those there are. Raises DomainError where the facet has one of that name."""
    tags = _lock_tags()
    _check_name(name, [tag for tag in tags if tag.facet is facet])
    key = free_key(
        f"{facet.value} {name}",
        {tag.key for tag in tags},
        longest=LONGEST_KEY,
        otherwise=facet.value,
    )
    position = max((tag.position for tag in tags), default=-1) + 1
    row = EventTagValue(key=key, facet=facet, name=name, position=position)
    db.session.add(row)
    _record(row, "added", by=by)
    return row


def rename_tag(key: str, name: str, *, seen: str, by: int) -> EventTagValue:
    """It reads so on every event that has it, past ones too.

    Raises StaleEditError where it was renamed since ``seen``, DomainError where another of its
    facet has the name.
    """
    tags = _lock_tags()
    row = _pick(key, tags)
    refuse_stale(seen, values_of(row))
    _check_name(name, [tag for tag in tags if tag.facet is row.facet and tag is not row])
    if row.name != name:
        was, row.name = {"tag": row.name}, name
        _record(row, "renamed", by=by, was=was)
    return row


def retire_tag(key: str, *, by: int) -> EventTagValue:
    """Offer it for no more events. Twice is harmless."""
    row = _pick(key, _lock_tags())
    if not row.is_retired:
        row.is_retired = True
        _record(row, "retired", by=by)
    return row


def restore_tag(key: str, *, by: int) -> EventTagValue:
    """Offer it again. Twice is harmless."""
    row = _pick(key, _lock_tags())
    if row.is_retired:
        row.is_retired = False
        _record(row, "in use again", by=by)
    return row


def move_tag_up(key: str, *, by: int) -> EventTagValue:
    """Let it stand before the one that is before it now; the first stays first."""
    tags = _lock_tags()
    row = _pick(key, tags)
    before = [
        tag
        for tag in tags
        if tag.facet is row.facet and not tag.is_retired and tag.position < row.position
    ]
    if before:
        other = before[-1]
        row.position, other.position = other.position, row.position
        _record(row, "moved up", by=by)
    return row


def values_of(tag: EventTagValue) -> dict[str, str]:
    """A tag as its form shows it."""
    return {"name": tag.name}


def _lock_tags() -> list[EventTagValue]:
    """Every tag as it is now, in order. One change at a time: the authority's row is locked."""
    lock_authority()
    query = sa.select(EventTagValue).order_by(EventTagValue.position)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _pick(key: str, tags: list[EventTagValue]) -> EventTagValue:
    row = next((tag for tag in tags if tag.key == key and tag.facet in ABOUT), None)
    if row is None:
        raise NotFoundError("There is no such tag.")
    return row


def _check_name(name: str, others: list[EventTagValue]) -> None:
    if any(tag.name.casefold() == name.casefold() for tag in others):
        raise DomainError("There is one with that name already.", field="name")


def _record(row: EventTagValue, verb: str, *, by: int, was: dict[str, str] | None = None) -> None:
    db.session.flush()
    now = {"tag": row.name, "facet": row.facet.value}
    audit.record("event_tag_value", THE_TAGS, verb, by=by, was=was, now=now)
