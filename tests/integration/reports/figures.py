"""Opening the pages of figures and reading their files."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime

from werkzeug.test import TestResponse

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.events.models import EventKind
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Scope, Term
from cop_site.surveys.models import SurveyKind
from tests.factories.events import make_event, session_of
from tests.factories.reports import hold_network
from tests.factories.surveys import make_response, make_survey
from tests.support.client import GatedClient

PAGE = "/reports/engagement"


OCTOBER = datetime(2026, 10, 6, 9, tzinfo=clock.LONDON)


FIRST = date(2026, 9, 1)


UNCUT = "All schools: answers are not cut by cluster"


@dataclass
class Borough:
    """North has 12 schools of which 9 came to its meeting, South 14 of which 7 came."""

    term: Term
    scope: Scope
    north: Cluster
    south: Cluster
    schools: list[School]
    lead: User
    ep: User

    @property
    def in_north(self) -> list[School]:
        return self.schools[:12]


def meet(cluster: Cluster, *schools: School, closed: bool = True) -> None:
    kind = EventKind.COP_MEETING
    hold_network(OCTOBER, *schools, kind=kind, cluster_id=cluster.id, closed=closed)


def add_wave(term: Term, over_half: int, embedded: int, schools: int = 60) -> None:
    wave = make_survey(
        SurveyKind.SCHOOL_WAVE,
        closed=True,
        series="wave",
        term_id=term.id,
        title=f"School survey, {term.name}",
    )
    for number in range(schools):
        share = "over_half" if number < over_half else ("none", "up_to_half")[number % 2]
        rung = "embedded" if number < embedded else ("aware", "tried")[number % 2]
        make_response(wave, {"toolkit.share": share, "toolkit.rung": rung})


def add_form(title: str, answered: int = 41) -> int:
    event = make_event(OCTOBER, title=title)
    held = session_of(event)
    form = make_survey(closed=True, title=title, event_id=event.id, session_id=held.id)
    for number in range(answered):
        make_response(
            form,
            {
                "reaction.confidence": "a_lot_more" if number < 26 else "the_same",
                "reaction.clarity": "agree" if number < 27 else "neither",
                "reaction.inclusion": "strongly_agree" if number % 2 else "agree",
            },
        )
    return form.id


def open_page(client: GatedClient, user: User, address: str) -> TestResponse:
    client.sign_in(user)
    page = client.get(f"{PAGE}{address}")
    assert page.status_code == 200
    return page


def read_file(client: GatedClient, user: User, address: str) -> list[dict[str, str]]:
    answer = open_page(client, user, address)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
