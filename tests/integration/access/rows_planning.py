"""Who may call what: making, changing and publishing events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories.events import option_of, session_of
from tests.integration.access.event_urls import (
    DRAFTERS,
    MAKERS,
    cluster,
    cluster_draft,
    draft,
    network,
    own_draft,
)
from tests.integration.access.matrix import ADMIN, LEAD, PARTNER, SERVICE, Row, World, may


def _network_date(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id, "session_id": session_of(world.network).id}


def _network_option(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id, "option_id": option_of(world.network).id}


def _cpd(_world: World) -> dict[str, Any]:
    return {"kind": "cpd"}


def _tag(_world: World) -> dict[str, Any]:
    return {"key": "topic_attendance"}


def _tag_change(verb: str) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"key": "topic_attendance", "verb": verb}


TAGS = (
    Row("planning.tags", may(LEAD, ADMIN)),
    Row("planning.tags", may(LEAD, ADMIN, status=422), method="POST"),
    Row("planning.edit_tag", may(LEAD, ADMIN), url=_tag),
    Row("planning.edit_tag", may(LEAD, ADMIN, status=422), method="POST", url=_tag),
    *(
        Row(
            "planning.change_tag",
            may(LEAD, ADMIN, status=303),
            method="POST",
            url=_tag_change(verb),
        )
        for verb in ("retire", "restore", "up")
    ),
)
ROWS = (
    *TAGS,
    Row("planning.dates", may(*SERVICE), url=network),
    Row("planning.dates", may(*SERVICE, otherwise=404), url=draft),
    Row("planning.dates", may(*MAKERS, otherwise=404), url=cluster_draft),
    *(
        row
        for page in ("new_date", "new_option")
        for row in (
            Row(f"planning.{page}", may(*SERVICE), url=network),
            Row(f"planning.{page}", may(*MAKERS, status=422), method="POST", url=cluster),
        )
    ),
    *(
        row
        for page in ("edit_date", "remove_date")
        for row in (
            Row(f"planning.{page}", may(*SERVICE), url=_network_date),
            Row(f"planning.{page}", may(*SERVICE, status=422), method="POST", url=_network_date),
        )
    ),
    Row("planning.edit_option", may(*SERVICE), url=_network_option),
    Row("planning.edit_option", may(*SERVICE, status=422), method="POST", url=_network_option),
    Row("planning.new", may(*DRAFTERS)),
    Row("planning.new", may(*DRAFTERS, status=422), method="POST"),
    # What a partner drafted is theirs until it is published, which they may not do.
    *(
        Row(f"planning.{page}", may(*SERVICE, PARTNER, otherwise=404), url=draft, prepare=own_draft)
        for page in ("edit", "plan", "dates", "cancel")
    ),
    *(
        Row(
            f"planning.{verb}",
            may(*SERVICE, status=staff, otherwise=404) | {PARTNER: theirs},
            method="POST",
            url=draft,
            prepare=own_draft,
        )
        # Nobody publishes without the version that they looked over.
        for verb, staff, theirs in (
            ("send", 303, 303),
            ("publish", 422, 403),
            ("keep_draft", 303, 403),
        )
    ),
    *(
        Row(
            f"planning.{page}",
            may(*SERVICE, otherwise=404) | {PARTNER: 403},
            url=draft,
            prepare=own_draft,
        )
        for page in ("publish_at", "send_back")
    ),
    Row("planning.send_back", may(*MAKERS, otherwise=404), url=cluster_draft),
    Row(
        "planning.send_back",
        may(*SERVICE, status=422, otherwise=404),
        method="POST",
        url=draft,
    ),
    Row("planning.edit", may(*SERVICE), url=network),
    Row("planning.edit", may(*MAKERS), url=cluster),
    Row("planning.edit", may(*SERVICE, otherwise=404), url=draft),
    Row("planning.edit", may(*SERVICE, status=422), method="POST", url=network),
    Row("planning.edit", may(*MAKERS, status=422), method="POST", url=cluster),
    Row("planning.rules", may(*SERVICE), url=network),
    Row("planning.rules", may(*MAKERS), url=cluster),
    Row("planning.rules", may(*SERVICE, otherwise=404), url=draft),
    Row("planning.rules", may(*SERVICE, status=422), method="POST", url=network),
    Row("planning.rules", may(*MAKERS, status=422), method="POST", url=cluster),
    Row("planning.publish", may(*SERVICE, status=422, otherwise=404), method="POST", url=draft),
    Row("planning.publish", may(*SERVICE, status=303), method="POST", url=network),
    Row(
        "planning.publish",
        may(*MAKERS, status=422, otherwise=404),
        method="POST",
        url=cluster_draft,
    ),
    Row("planning.cancel", may(*SERVICE), url=network),
    Row("planning.cancel", may(*SERVICE, status=422), method="POST", url=network),
    Row("planning.cancel", may(*MAKERS, status=422), method="POST", url=cluster),
    Row("planning.plan", may(*SERVICE), url=network),
    Row("planning.plan", may(*MAKERS), url=cluster),
    Row("planning.plan", may(*SERVICE, status=303), method="POST", url=network),
    Row("planning.templates", may(*SERVICE)),
    Row("planning.edit_template", may(*SERVICE), url=_cpd),
    Row("planning.edit_template", may(*SERVICE, status=303), method="POST", url=_cpd),
    Row("planning.publish_at", may(*MAKERS, otherwise=404), url=cluster_draft),
    Row(
        "planning.publish_at",
        may(*SERVICE, status=422, otherwise=404),
        method="POST",
        url=draft,
    ),
    Row("planning.keep_draft", may(*SERVICE, status=303, otherwise=404), method="POST", url=draft),
    Row("planning.copy", may(*SERVICE), url=network),
    Row("planning.copy", may(*SERVICE, status=422), method="POST", url=network),
    Row("planning.copy", may(*MAKERS, status=422), method="POST", url=cluster),
    Row("planning.series", may(*SERVICE), url=network),
)
