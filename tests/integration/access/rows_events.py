"""Who may call what: the list of events, and one of them."""

from __future__ import annotations

from tests.integration.access.event_urls import MAKERS, cluster_draft, draft, network, own_draft
from tests.integration.access.matrix import EVERYONE, PARTNER, SERVICE, SIGNED_IN, Row, may

ROWS = (
    Row("events.index", may(*SIGNED_IN)),
    Row("events.show", may(*SIGNED_IN), url=network),
    Row("events.show", may(*SERVICE, otherwise=404), url=draft),
    Row("events.show", may(*MAKERS, otherwise=404), url=cluster_draft),
    Row("events.calendar_file", may(*SIGNED_IN), url=network),
    Row("events.calendar_file", may(*SERVICE, otherwise=404), url=draft),
    # What a partner drafted is theirs until it is published, which they may not do.
    *(
        Row(f"events.{page}", may(*SERVICE, PARTNER, otherwise=404), url=draft, prepare=own_draft)
        for page in ("show", "preview")
    ),
    Row("events.preview", may(*SERVICE, otherwise=404), url=draft),
    Row("events.preview", may(*SERVICE, status=303), url=network),
    Row("development_mail.index", may(*EVERYONE)),
    Row(
        "development_mail.show",
        may(*EVERYONE, status=404),
        url=lambda world: {"name": "none"},
    ),
)
