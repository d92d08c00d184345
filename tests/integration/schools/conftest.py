"""A term."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from cop_site.db import db
from cop_site.schools.models import Term
from tests.factories.schools import (
    make_authority,
    make_term,
)
from tests.integration.schools.frozen import FIRST_DAY


@pytest.fixture
def term(app: Flask) -> Term:
    make_authority()
    term = make_term("Autumn 2026", FIRST_DAY, date(2026, 12, 18))
    db.session.commit()
    return term
