"""Who may call what: events and bookings."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.events.models import Event
from tests.factories.events import option_of, session_of
from tests.integration.access.matrix import (
    EVERYONE,
    FACILITATOR,
    MANAGER,
    OTHER_SENCO,
    PARTNER,
    SCHOOL_STAFF,
    SENCO,
    SERVICE,
    SIGNED_IN,
    Row,
    World,
    may,
)

# Who makes events: the service all, a manager those of their own group.
MAKERS = (*SERVICE, MANAGER)
# Partners draft; everybody here who is of neither the service nor a school is one.
DRAFTERS = (*MAKERS, FACILITATOR, PARTNER)


def _own(world: World) -> None:
    draft = db.session.get_one(Event, world.draft.id)
    draft.created_by_user_id = world.users[PARTNER].id
    db.session.commit()


def _network(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id}


def _cluster(world: World) -> dict[str, Any]:
    return {"event_id": world.cluster_event.id}


def _draft(world: World) -> dict[str, Any]:
    return {"event_id": world.draft.id}


def _cluster_draft(world: World) -> dict[str, Any]:
    return {"event_id": world.cluster_draft.id}


def _network_date(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id, "session_id": session_of(world.network).id}


def _network_option(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id, "option_id": option_of(world.network).id}


def _cpd(_world: World) -> dict[str, Any]:
    return {"kind": "cpd"}


def _booked(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id, "booking_id": world.booking.id}


def _sencos_booking(world: World) -> dict[str, Any]:
    return {"booking_id": world.booking.id}


def _held(world: World) -> dict[str, Any]:
    return {"event_id": world.held.option.event_id}


def _unknown(_world: World) -> dict[str, Any]:
    return {"token": "unknown"}


# Nobody books a draft; who may not know of it is told that there is none.
_BOOK_A_DRAFT = may(otherwise=404) | may(among=SERVICE)

ROWS = (
    Row("events.index", may(*SIGNED_IN)),
    Row("events.show", may(*SIGNED_IN), url=_network),
    Row("events.show", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.show", may(*MAKERS, otherwise=404), url=_cluster_draft),
    Row("events.calendar_file", may(*SIGNED_IN), url=_network),
    Row("events.calendar_file", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.dates", may(*SERVICE), url=_network),
    Row("events.dates", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.dates", may(*MAKERS, otherwise=404), url=_cluster_draft),
    *(
        row
        for page in ("new_date", "new_option")
        for row in (
            Row(f"events.{page}", may(*SERVICE), url=_network),
            Row(f"events.{page}", may(*MAKERS, status=422), method="POST", url=_cluster),
        )
    ),
    *(
        row
        for page in ("edit_date", "remove_date")
        for row in (
            Row(f"events.{page}", may(*SERVICE), url=_network_date),
            Row(f"events.{page}", may(*SERVICE, status=422), method="POST", url=_network_date),
        )
    ),
    Row("events.edit_option", may(*SERVICE), url=_network_option),
    Row("events.edit_option", may(*SERVICE, status=422), method="POST", url=_network_option),
    Row("events.new", may(*DRAFTERS)),
    Row("events.new", may(*DRAFTERS, status=422), method="POST"),
    # What a partner drafted is theirs until it is published, which they may not do.
    *(
        Row(f"events.{page}", may(*SERVICE, PARTNER, otherwise=404), url=_draft, prepare=_own)
        for page in ("show", "edit", "plan", "preview", "dates", "cancel")
    ),
    *(
        Row(
            f"events.{verb}",
            may(*SERVICE, status=303, otherwise=404) | {PARTNER: status},
            method="POST",
            url=_draft,
            prepare=_own,
        )
        for verb, status in (("send", 303), ("publish", 403), ("keep_draft", 403))
    ),
    Row(
        "events.publish_at",
        may(*SERVICE, otherwise=404) | {PARTNER: 403},
        url=_draft,
        prepare=_own,
    ),
    Row("events.edit", may(*SERVICE), url=_network),
    Row("events.edit", may(*MAKERS), url=_cluster),
    Row("events.edit", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.edit", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.edit", may(*MAKERS, status=422), method="POST", url=_cluster),
    Row("events.rules", may(*SERVICE), url=_network),
    Row("events.rules", may(*MAKERS), url=_cluster),
    Row("events.rules", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.rules", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.rules", may(*MAKERS, status=422), method="POST", url=_cluster),
    Row("events.publish", may(*SERVICE, status=303, otherwise=404), method="POST", url=_draft),
    Row("events.publish", may(*SERVICE, status=303), method="POST", url=_network),
    Row(
        "events.publish", may(*MAKERS, status=303, otherwise=404), method="POST", url=_cluster_draft
    ),
    Row("events.cancel", may(*SERVICE), url=_network),
    Row("events.cancel", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.cancel", may(*MAKERS, status=422), method="POST", url=_cluster),
    Row("events.plan", may(*SERVICE), url=_network),
    Row("events.plan", may(*MAKERS), url=_cluster),
    Row("events.plan", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.templates", may(*SERVICE)),
    Row("events.edit_template", may(*SERVICE), url=_cpd),
    Row("events.edit_template", may(*SERVICE, status=422), method="POST", url=_cpd),
    Row("events.preview", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.preview", may(*SERVICE, status=303), url=_network),
    Row("events.publish_at", may(*MAKERS, otherwise=404), url=_cluster_draft),
    Row(
        "events.publish_at",
        may(*SERVICE, status=422, otherwise=404),
        method="POST",
        url=_draft,
    ),
    Row("events.keep_draft", may(*SERVICE, status=303, otherwise=404), method="POST", url=_draft),
    Row("events.copy", may(*SERVICE), url=_network),
    Row("events.copy", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.copy", may(*MAKERS, status=422), method="POST", url=_cluster),
    Row("events.series", may(*SERVICE), url=_network),
    Row("events.book", may(*SCHOOL_STAFF), url=_network),
    Row("events.book", may(*SCHOOL_STAFF, status=303), method="POST", url=_network),
    Row("events.book", _BOOK_A_DRAFT, url=_draft),
    Row("events.book", _BOOK_A_DRAFT, method="POST", url=_draft),
    # Only one's own: without one there is nothing to cancel, and one is taken back to the event.
    Row("events.cancel_booking", may(SENCO, otherwise=303), url=_network),
    Row("events.cancel_booking", may(*SIGNED_IN, status=303), method="POST", url=_network),
    Row("events.take_place", may(SENCO, status=303, otherwise=422), method="POST", url=_network),
    Row("events.change_way", may(*SIGNED_IN, status=303), url=_network),
    Row("events.change_way", may(*SIGNED_IN, status=303), method="POST", url=_network),
    Row("events.book_colleagues", may(SENCO, OTHER_SENCO), url=_network),
    Row("events.book_colleagues", may(SENCO, OTHER_SENCO, status=422), method="POST", url=_network),
    Row("events.guests", may(*SERVICE), url=_network),
    Row("events.guests", may(*MAKERS), url=_cluster),
    Row("events.move_up", may(*SERVICE), url=_booked),
    Row("events.move_up", may(*SERVICE, status=422), method="POST", url=_booked),
    Row("events.substitute", may(SENCO), url=_sencos_booking),
    Row("events.cancel_for_colleague", may(SENCO), url=_sencos_booking),
    Row("events.substitute", may(SENCO, status=422), method="POST", url=_sencos_booking),
    Row("events.cancel_for_colleague", may(SENCO, status=303), method="POST", url=_sencos_booking),
    # A good one: tests/integration/attendance/test_apologies.py.
    *(
        Row("events.apologise", may(*EVERYONE, status=404), method=method, url=_unknown)
        for method in ("GET", "POST")
    ),
    Row("events.apologised", may(*EVERYONE, status=404), url=_unknown),
    Row("events.own_needs", may(SENCO, otherwise=303), url=_network),
    Row("events.own_needs", may(*SIGNED_IN, status=303), method="POST", url=_network),
    Row("events.forget_needs", may(*SIGNED_IN, status=303), method="POST"),
    # Only who runs it, or made it: being of the service is not enough.
    Row("events.needs", may(), url=_network),
    Row("events.needs", may(FACILITATOR), url=_held),
    Row("events.needs", may(otherwise=404) | may(among=SERVICE, otherwise=403), url=_draft),
    Row("events.bookings", may(*SIGNED_IN)),
    Row("development_mail.index", may(*EVERYONE)),
    Row(
        "development_mail.show",
        may(*EVERYONE, status=404),
        url=lambda world: {"name": "none"},
    ),
)
