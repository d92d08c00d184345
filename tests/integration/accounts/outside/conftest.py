"""A provider that is set up, and somebody whom it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from cop_site.accounts.models import User
from cop_site.db import db
from tests.factories.people import make_user
from tests.integration.accounts.outside.ways import knows, settings
from tests.support.oidc_provider import OutsideProvider, run_provider


@pytest.fixture(scope="session")
def provider() -> Iterator[OutsideProvider]:
    with run_provider() as running:
        yield running


@pytest.fixture
def configure(app: Flask) -> Iterator[Callable[..., None]]:
    def set_providers(**providers: dict[str, Any]) -> None:
        app.config["OIDC_PROVIDERS"] = providers
        app.extensions.pop("outside_providers", None)

    yield set_providers
    set_providers()


@pytest.fixture(autouse=True)
def entra(configure: Callable[..., None], provider: OutsideProvider) -> None:
    configure(entra=settings(provider.address))


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user()
    db.session.commit()
    return user


@pytest.fixture
def subject(user: User, provider: OutsideProvider) -> str:
    """The account of ``user`` at the provider, which has checked the address."""
    return knows(provider, user)
