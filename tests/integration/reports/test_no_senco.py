"""A school with no SENCO recorded is said to have none. No figure changes with it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from cop_site import clock
from cop_site.db import db
from tests.factories.people import give_school_role, make_person
from tests.integration.reports.figures import PAGE, Borough, open_page
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
LABEL = "No SENCO recorded"


@pytest.mark.parametrize("address", ["", "/clusters/{}"])
def test_label_goes_with_a_senco_of_today_and_the_figure_stays(
    client: GatedClient, borough: Borough, address: str
) -> None:
    address = address.format(borough.south.id)
    school, yesterday = borough.schools[-1], clock.today() - timedelta(days=1)
    give_school_role(make_person(), school, ends_on=yesterday)
    before = open_page(client, borough.lead, address).text
    give_school_role(make_person(), school)
    db.session.commit()
    after = client.get(f"{PAGE}{address}").text
    assert before.count(LABEL) == after.count(LABEL) + 1
    figures = re.compile(r"\d+ of \d+|\d+%")
    assert figures.findall(before) == figures.findall(after) != []
    name = f">{school.name}</a>"
    assert LABEL in before.split(name)[1][:200]
    assert LABEL not in after.split(name)[1][:80]
