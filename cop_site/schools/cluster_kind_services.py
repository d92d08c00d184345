"""Kinds of cluster, as administrators keep them. A kind in use is never deleted, only retired."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_stale
from cop_site.schools.authority_services import lock_authority
from cop_site.schools.cluster_models import ClusterKind
from cop_site.word_keys import free_key

LONGEST_KEY = 36
# A kind has a key and no number. The record of changes names it by what was and is.
THE_KINDS = 1


def add_kind(name: str, *, exclusive: bool, by: int) -> ClusterKind:
    """Whether a school is in one at a time is said once: every membership rests on it.

    Raises DomainError where there is a kind of that name.
    """
    kinds = _lock_kinds()
    _check_name(name, kinds)
    taken = {kind.key for kind in kinds}
    key = free_key(name, taken, longest=LONGEST_KEY, otherwise="kind")
    row = ClusterKind(key=key, name=name, exclusive=exclusive)
    db.session.add(row)
    db.session.flush()
    now = {"kind": name, "one_at_a_time": exclusive}
    audit.record("cluster_kind", THE_KINDS, "added", by=by, now=now)
    return row


def rename_kind(key: str, name: str, *, seen: str, by: int) -> ClusterKind:
    """Raises StaleEditError where it was renamed since ``seen``, DomainError where another has
    the name."""
    kinds = _lock_kinds()
    row = _pick(key, kinds)
    refuse_stale(seen, values_of(row))
    _check_name(name, [kind for kind in kinds if kind is not row])
    if row.name != name:
        was, row.name = {"kind": row.name}, name
        db.session.flush()
        audit.record("cluster_kind", THE_KINDS, "renamed", by=by, was=was, now={"kind": name})
    return row


def retire_kind(key: str, *, by: int) -> ClusterKind:
    """Begin no more clusters of a kind. Twice is harmless."""
    row = _pick(key, _lock_kinds())
    if row.retired_on is None:
        row.retired_on = clock.today()
        db.session.flush()
        audit.record("cluster_kind", THE_KINDS, "retired", by=by, now={"kind": row.name})
    return row


def restore_kind(key: str, *, by: int) -> ClusterKind:
    """Let clusters of a kind be begun again. Twice is harmless."""
    row = _pick(key, _lock_kinds())
    if row.retired_on is not None:
        row.retired_on = None
        db.session.flush()
        audit.record("cluster_kind", THE_KINDS, "in use again", by=by, now={"kind": row.name})
    return row


def values_of(kind: ClusterKind) -> dict[str, str]:
    """A kind as its form shows it."""
    return {"name": kind.name}


def _lock_kinds() -> list[ClusterKind]:
    """Every kind as it is now. One change at a time: the authority's row is locked."""
    lock_authority()
    query = sa.select(ClusterKind).order_by(ClusterKind.key)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _pick(key: str, kinds: list[ClusterKind]) -> ClusterKind:
    row = next((kind for kind in kinds if kind.key == key), None)
    if row is None:
        raise NotFoundError("There is no such kind of cluster.")
    return row


def _check_name(name: str, others: list[ClusterKind]) -> None:
    if any(kind.name.casefold() == name.casefold() for kind in others):
        raise DomainError("There is a kind with that name already.", field="name")
