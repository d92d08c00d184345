"""Who may call what: bookings."""

from __future__ import annotations

from typing import Any

from tests.integration.access.event_urls import MAKERS, cluster, draft, network
from tests.integration.access.matrix import (
    EVERYONE,
    FACILITATOR,
    OTHER_SENCO,
    SCHOOL_STAFF,
    SENCO,
    SERVICE,
    SIGNED_IN,
    Row,
    World,
    may,
)


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
    Row("bookings.book", may(*SCHOOL_STAFF), url=network),
    Row("bookings.book", may(*SCHOOL_STAFF, status=303), method="POST", url=network),
    Row("bookings.book", _BOOK_A_DRAFT, url=draft),
    Row("bookings.book", _BOOK_A_DRAFT, method="POST", url=draft),
    # Only one's own: without one there is nothing to cancel, and one is taken back to the event.
    Row("bookings.cancel", may(SENCO, otherwise=303), url=network),
    Row("bookings.cancel", may(*SIGNED_IN, status=303), method="POST", url=network),
    Row("bookings.take_place", may(SENCO, status=303, otherwise=422), method="POST", url=network),
    Row("bookings.change_way", may(*SIGNED_IN, status=303), url=network),
    Row("bookings.change_way", may(*SIGNED_IN, status=303), method="POST", url=network),
    Row("bookings.book_colleagues", may(SENCO, OTHER_SENCO), url=network),
    Row(
        "bookings.book_colleagues", may(SENCO, OTHER_SENCO, status=422), method="POST", url=network
    ),
    Row("bookings.who_booked", may(*SERVICE), url=network),
    Row("bookings.who_booked", may(*MAKERS), url=cluster),
    Row("bookings.move_up", may(*SERVICE), url=_booked),
    Row("bookings.move_up", may(*SERVICE, status=422), method="POST", url=_booked),
    Row("bookings.substitute", may(SENCO, otherwise=404), url=_sencos_booking),
    Row("bookings.cancel_for_colleague", may(SENCO, otherwise=404), url=_sencos_booking),
    # One's own is taken on the event's page.
    Row("bookings.take_for_colleague", may(SENCO, status=303, otherwise=404), url=_sencos_booking),
    Row(
        "bookings.take_for_colleague",
        may(SENCO, status=303, otherwise=404),
        method="POST",
        url=_sencos_booking,
    ),
    Row(
        "bookings.substitute",
        may(SENCO, status=422, otherwise=404),
        method="POST",
        url=_sencos_booking,
    ),
    Row(
        "bookings.cancel_for_colleague",
        may(SENCO, status=303, otherwise=404),
        method="POST",
        url=_sencos_booking,
    ),
    # A good one: tests/integration/attendance/test_apologies.py.
    *(
        Row("bookings.apologise", may(*EVERYONE, status=404), method=method, url=_unknown)
        for method in ("GET", "POST")
    ),
    Row("bookings.apologised", may(*EVERYONE, status=404), url=_unknown),
    Row("bookings.own_needs", may(SENCO, otherwise=303), url=network),
    Row("bookings.own_needs", may(*SIGNED_IN, status=303), method="POST", url=network),
    Row("bookings.forget_needs", may(*SIGNED_IN, status=303), method="POST"),
    # Only who runs it, or made it: being of the service is not enough.
    Row("bookings.needs", may(), url=network),
    Row("bookings.needs", may(FACILITATOR), url=_held),
    Row("bookings.needs", may(otherwise=404) | may(among=SERVICE, otherwise=403), url=draft),
    Row("bookings.index", may(*SIGNED_IN)),
)
