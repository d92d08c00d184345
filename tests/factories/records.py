"""Certificates, made as rows."""

from __future__ import annotations

from typing import Any

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.events.models import Event
from cop_site.records.models import Certificate, make_number


def make_certificate(event: Event, person: Person, **values: Any) -> Certificate:
    """One that rests on nothing: it stands whatever registers say."""
    row = Certificate(
        **{
            "number": make_number(),
            "event_id": event.id,
            "person_id": person.id,
            "holder": person.name,
            "service": "Larkshire Inclusion Service",
            "authority": "Larkshire",
            "title": "An event",
            "kind": "CPD session",
            "level": "",
            "dates": "3 November 2026",
            "hours": "2 hours",
            "how": "In person",
            "schools": "Elm Primary",
            "came": {"dates": []},
            "issued_at": clock.now(),
            **values,
        }
    )
    db.session.add(row)
    db.session.flush()
    return row
