"""Freezing a scope: the list of schools that a term's rates are out of."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.models import Scope, ScopeSchool, Term
from cop_site.schools.policies import why_too_early
from cop_site.schools.scope_queries import (
    ResolvedSchool,
    ScopeRule,
    find_newest_version,
    resolve_scope,
)

CHANGED = "The list has changed since you looked. Check it again."


def freeze_scope(
    term_id: int,
    name: str,
    rule: ScopeRule,
    *,
    by: int | None,
    reason: str = "",
    school_ids: Collection[int] | None = None,
    seen: str | None = None,
) -> Scope:
    """Keep the schools that ``rule`` gives on the term's first day, as they are now.

    ``school_ids`` are those of them to keep, all unless told. The same name again for the term
    makes the next version; what is frozen is never edited. A next version needs a reason, and
    so does leaving schools out. Raises DomainError where that is missing, no school is left, an
    id is not one the rule gives, the list's digest is not ``seen``, or the term has not begun.
    """
    term = _lock_term(term_id)
    if too_early := why_too_early(term.starts_on):
        raise DomainError(too_early)
    name, reason = " ".join(name.split()), reason.strip()
    standing = find_newest_version(term_id, name)
    if standing is not None and not reason:
        raise DomainError(
            f"{standing.name} is frozen for {term.name} already. Say why it needs a new version.",
            field="reason",
        )
    kept, unwanted = _choose(resolve_scope(rule, term.starts_on), school_ids, seen)
    left_out = sorted({*rule.get("left_out", ()), *unwanted})
    if left_out and not reason:
        raise DomainError("Say why you leave schools out.", field="reason")
    scope = Scope(
        term_id=term_id,
        name=standing.name if standing else name,
        version=standing.version + 1 if standing else 1,
        rule={**rule, "left_out": left_out},
        reference_on=term.starts_on,
        frozen_at=clock.now(),
        frozen_by_user_id=by,
        reason=reason,
        rows=[_keep(one) for one in kept],
    )
    db.session.add(scope)
    db.session.flush()
    what = {"name": scope.name, "version": scope.version, "schools": len(kept)}
    audit.record("scope", scope.id, "frozen", by=by, now=what, reason=reason)
    return scope


def digest(resolved: list[ResolvedSchool]) -> str:
    """A short mark that changes when the list does."""
    ids = ",".join(str(one.school.id) for one in resolved)
    return hashlib.sha256(ids.encode()).hexdigest()[:16]


def _lock_term(term_id: int) -> Term:
    """One freezing at a time for a term, so that versions follow each other."""
    term = db.session.scalar(
        sa.select(Term)
        .where(Term.id == term_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if term is None:
        raise NotFoundError("There is no such term.")
    return term


def _choose(
    resolved: list[ResolvedSchool], school_ids: Collection[int] | None, seen: str | None
) -> tuple[list[ResolvedSchool], list[int]]:
    """The schools to keep, and the ids of those left out."""
    given = {one.school.id for one in resolved}
    wanted = given if school_ids is None else set(school_ids)
    if not wanted <= given or seen not in (None, digest(resolved)):
        raise DomainError(CHANGED)
    if not wanted:
        raise DomainError("Keep at least one school.", field="left_out")
    return [one for one in resolved if one.school.id in wanted], sorted(given - wanted)


def _keep(resolved: ResolvedSchool) -> ScopeSchool:
    school = resolved.school
    return ScopeSchool(
        school_id=school.id,
        urn=school.urn,
        name=school.name,
        phase=school.phase,
        type_name=school.type_name,
        trust_name=school.trust_name,
        cluster_id=resolved.cluster_id,
        cluster_name=resolved.cluster_name,
    )
