"""Who may call what: events and bookings."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import (
    ANONYMOUS,
    EVERYONE,
    OTHER_SENCO,
    SENCO,
    SERVICE,
    SIGNED_IN,
    Row,
    World,
    may,
)


def _network(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id}


def _draft(world: World) -> dict[str, Any]:
    return {"event_id": world.draft.id}


ROWS = (
    Row("events.index", may(*SIGNED_IN)),
    Row("events.show", may(*SIGNED_IN), url=_network),
    Row("events.show", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.calendar_file", may(*SIGNED_IN), url=_network),
    Row("events.calendar_file", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.new", may(*SERVICE)),
    Row("events.new", may(*SERVICE, status=422), method="POST"),
    Row("events.edit", may(*SERVICE), url=_network),
    Row("events.edit", may(*SERVICE, otherwise=404), url=_draft),
    Row("events.edit", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.publish", may(*SERVICE, status=303, otherwise=404), method="POST", url=_draft),
    Row("events.publish", may(*SERVICE, status=303), method="POST", url=_network),
    Row("events.cancel", may(*SERVICE), url=_network),
    Row("events.cancel", may(*SERVICE, status=422), method="POST", url=_network),
    Row("events.book", may(SENCO, OTHER_SENCO), url=_network),
    Row("events.book", may(SENCO, OTHER_SENCO, status=303), method="POST", url=_network),
    Row("events.book", may(otherwise=404) | may(*SERVICE, otherwise=404, status=403), url=_draft),
    Row("events.cancel_booking", may(SENCO) | {OTHER_SENCO: 303}, url=_network),
    Row(
        "events.cancel_booking",
        may(SENCO, OTHER_SENCO, status=303),
        method="POST",
        url=_network,
    ),
    Row("events.bookings", may(*SIGNED_IN)),
    Row("development_mail.index", may(*EVERYONE)),
    Row(
        "development_mail.show",
        may(*EVERYONE, status=404) | {ANONYMOUS: 404},
        url=lambda world: {"name": "none"},
    ),
)
