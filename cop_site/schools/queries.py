"""Reads of the authority, schools and terms."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.models import Authority, School, Term


def find_authority() -> Authority | None:
    """The authority this site serves, None before set-up."""
    return db.session.scalar(_authority())


@cache
def _authority() -> sa.Select[Authority]:
    """Built once: every page says whose it is."""
    return sa.select(Authority)


def list_unset() -> list[str]:
    """What a production site should say of itself and does not yet, in words.

    Raises RuntimeError on demonstration data: its passwords are public.
    """
    try:
        authority = find_authority()
    except SQLAlchemyError:
        # No tables yet, or the database is away: there is nothing to ask.
        db.session.rollback()
        return []
    finally:
        db.session.remove()
        # Asked once, at the start: no connection is kept open for it, or for a site that refuses.
        db.engine.dispose()
    if authority is None:
        return []
    if authority.is_demonstration:
        raise RuntimeError("this database holds the demonstration borough; use one of your own")
    said = {
        "an address for data protection": authority.data_protection_email,
        "how to complain about how data is used": authority.complaints,
    }
    return [what for what, text in said.items() if not text]


def get_school(school_id: int) -> School:
    """The school, or NotFoundError."""
    school = db.session.get(School, school_id)
    if school is None:
        raise NotFoundError("There is no such school.")
    return school


def get_setting(school_id: int) -> School:
    """A school that was entered by hand, or NotFoundError."""
    school = get_school(school_id)
    if school.urn is not None:
        raise NotFoundError("There is no such setting.")
    return school


def list_terms() -> list[Term]:
    """Every term, newest first."""
    return list(db.session.scalars(sa.select(Term).order_by(Term.starts_on.desc())))
