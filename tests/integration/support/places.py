"""Where the pages of support are, and counting what they show."""

from __future__ import annotations

from tests.support.client import GatedClient
from tests.support.statements import count_statements

LIST, AGREED, PLANS = "/support", "/support/agreed", "/support/plans"


def count(client: GatedClient, path: str) -> int:
    client.get(path)
    with count_statements() as sent:
        assert client.get(path).status_code == 200
    return len(sent)
