"""What an editor types, and what is known of the versions after."""

from __future__ import annotations

from typing import Any

from cop_site import audit
from cop_site.db import db
from cop_site.toolkit.models import (
    Resource,
    ResourceVersion,
)
from tests.integration.toolkit.conftest import People


def form(people: People, **values: Any) -> dict[str, Any]:
    form = {
        "title": "Calm corners",
        "summary": "A corner to be calm in",
        "guidance": "### Start\n\nWith **one** corner",
        "area": ["semh", "attendance"],
        "stage": ["plan"],
        "tier": "targeted",
        "phase": ["primary"],
        "accessibility": "partly",
        "accessibility_note": "The PDF has no headings",
        "owner": str(people.editor.person_id),
        "review_on": ["1", "9", "2027"],
        "edits": "1",
        **values,
    }
    return {name: value for name, value in form.items() if value is not None}


def states(resource: Resource) -> list[tuple[int, str]]:
    db.session.expire_all()
    rows = db.session.query(ResourceVersion).filter_by(resource_id=resource.id)
    return [(row.number, row.state.value) for row in rows.order_by(ResourceVersion.number)]


def verbs(resource: Resource) -> list[str]:
    return [change.verb for change in audit.list_changes("resource", resource.id)]
