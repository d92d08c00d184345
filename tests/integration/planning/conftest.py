"""Who events are tried with."""

from __future__ import annotations

import pytest

from tests.factories.event_people import People, make_people


@pytest.fixture
def people(app: object) -> People:
    return make_people()
