"""The inclusion lead."""

from __future__ import annotations

import pytest
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from tests.factories import people, schools
from tests.factories.acting import acting


@pytest.fixture
def lead(app: Flask) -> ActingUser:
    schools.make_authority()
    return acting(people.make_service_user(ServiceRoleKind.INCLUSION_LEAD))
