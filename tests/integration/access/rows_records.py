"""Who may call what: one's own record, certificates, and where anybody checks one."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.events.models import Event, Option, Session
from tests.factories.events import make_mark, make_register
from tests.factories.records import make_certificate
from tests.integration.access.matrix import (
    CLUSTER_STAFF,
    EVERYONE,
    FACILITATOR,
    LEAD,
    SENCO,
    SERVICE,
    SIGNED_IN,
    SUPPORT,
    Row,
    World,
    may,
)

MAY = (*CLUSTER_STAFF, FACILITATOR, SUPPORT, LEAD)


def _held_event(world: World) -> Event:
    found = db.session.query(Event).join(Option).join(Session).filter(Session.id == world.held.id)
    return found.one()


def _came(world: World) -> None:
    """The SENCO of this school was there, and the register is closed."""
    register = make_register(db.session.get_one(Session, world.held.id))
    senco = db.session.get_one(Person, world.users[SENCO].person_id)
    make_mark(register, senco, world.school)
    world.more["event"] = _held_event(world).id
    world.more["person"] = senco.id
    db.session.commit()


def _has_certificate(world: World) -> None:
    _came(world)
    senco = db.session.get_one(Person, world.more["person"])
    world.more["certificate"] = make_certificate(_held_event(world), senco)
    db.session.commit()


def _event(world: World) -> dict[str, Any]:
    return {"event_id": world.more["event"]}


def _certificate(world: World) -> dict[str, Any]:
    return {"certificate_id": world.more["certificate"].id}


def _number(world: World) -> dict[str, Any]:
    return {"number": world.more["certificate"].shown_number}


def _person(world: World) -> dict[str, Any]:
    return {"event_id": world.more["event"], "person_id": world.more["person"]}


def _draft(world: World) -> dict[str, Any]:
    return {"event_id": world.draft.id}


ROWS = (
    Row("records.index", may(*SIGNED_IN)),
    Row("records.export", may(*SIGNED_IN)),
    Row("records.print_record", may(*SIGNED_IN)),
    # What somebody else attended is not there, whoever asks.
    Row("records.show", may(SENCO, otherwise=404), url=_event, prepare=_came),
    Row(
        "records.issue",
        may(SENCO, status=303, otherwise=404),
        method="POST",
        url=_event,
        prepare=_came,
    ),
    Row(
        "records.certificate_file",
        may(SENCO, otherwise=404),
        url=_certificate,
        prepare=_has_certificate,
    ),
    Row("event_certificates.index", may(*MAY), url=_event, prepare=_came),
    Row(
        "event_certificates.index",
        may(otherwise=404) | may(SUPPORT, LEAD, among=SERVICE),
        url=_draft,
    ),
    Row(
        "event_certificates.issue",
        may(*MAY, status=303),
        method="POST",
        url=_person,
        prepare=_came,
    ),
    Row("event_certificates.send", may(*MAY), url=_person, prepare=_has_certificate),
    Row("certificates.check", may(*EVERYONE)),
    Row(
        "certificates.check",
        may(*EVERYONE, status=303),
        method="POST",
        fields=lambda _world: {"number": "BCDF 2345 GHJK 6789"},
    ),
    Row("certificates.show", may(*EVERYONE), url=_number, prepare=_has_certificate),
)
