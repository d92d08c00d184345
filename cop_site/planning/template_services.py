"""Changing the usual text of a kind of event."""

from __future__ import annotations

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import refuse_stale
from cop_site.events.models import EventKind
from cop_site.planning import template_queries
from cop_site.planning.models import EventTemplate

TEXTS = ("title", "description")


def texts_of(template: EventTemplate | None) -> dict[str, str]:
    """What is written, as the form has it."""
    return {name: getattr(template, name) if template else "" for name in TEXTS}


def write_template(kind: EventKind, texts: dict[str, str], *, seen: str, by: ActingUser) -> None:
    """Write the usual text of a kind. Raises StaleEditError where somebody did since ``seen``."""
    template = template_queries.find_template(kind, lock=True)
    was = texts_of(template)
    refuse_stale(seen, was)
    if template is None:
        template = EventTemplate(kind=kind)
        db.session.add(template)
    for name in TEXTS:
        setattr(template, name, texts[name])
    db.session.flush()
    _was, told = audit.tell_changed(was, texts, TEXTS)
    if told:
        told["kind"] = kind.value
        audit.record("event_template", template.id, "changed", by=by.user_id, now=told)
