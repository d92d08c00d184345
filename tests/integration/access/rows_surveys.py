"""Who may call what: surveys. Results are hidden from all but the lead and named readers."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.surveys.models import SurveyReader
from tests.factories.surveys import make_invitation, make_survey
from tests.integration.access.matrix import (
    EVERYONE,
    LEAD,
    NETWORK_LEAD,
    SENCO,
    SERVICE,
    SIGNED_IN,
    Row,
    World,
    may,
)

TOKEN = "a-token-for-the-matrix"


def _closed(world: World) -> None:
    """A closed survey, with the network lead among its readers."""
    survey = make_survey(closed=True)
    reader = world.users[NETWORK_LEAD].person_id
    db.session.add(SurveyReader(survey_id=survey.id, person_id=reader))
    world.more["survey"] = survey.id
    db.session.commit()


def _open(world: World) -> None:
    """An open survey that the first school's SENCO is asked."""
    survey = make_survey()
    senco = db.session.get_one(Person, world.users[SENCO].person_id)
    invitation = make_invitation(survey, senco, [world.school], token=TOKEN)
    world.more |= {"survey": survey.id, "invitation": invitation.id}
    db.session.commit()


def _survey(world: World) -> dict[str, Any]:
    return {"survey_id": world.more["survey"]}


def _invitation(world: World) -> dict[str, Any]:
    return {"invitation_id": world.more["invitation"]}


def _link(world: World) -> dict[str, Any]:
    return {"token": TOKEN}


def _network(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id}


def _wave(world: World) -> dict[str, Any]:
    return {"term_id": world.term.id, "closes_on": ["27", "11", "2026"]}


def _reader(world: World) -> dict[str, Any]:
    return {"readers": str(world.users[NETWORK_LEAD].person_id)}


# An open survey has no results for anybody, nor may anybody know that there will be some.
_READERS = may(LEAD, NETWORK_LEAD, otherwise=404)
ROWS = (
    Row("surveys.index", may(*SIGNED_IN)),
    Row("surveys.results", _READERS, url=_survey, prepare=_closed),
    Row("surveys.results", may(otherwise=404), url=_survey, prepare=_open),
    Row("surveys.results_file", _READERS, url=_survey, prepare=_closed),
    Row("surveys.results_file", may(otherwise=404), url=_survey, prepare=_open),
    Row("surveys.new_wave", may(LEAD)),
    Row("surveys.new_wave", may(LEAD, status=303), method="POST", fields=_wave),
    Row("surveys.readers", may(LEAD), url=_survey, prepare=_open),
    Row(
        "surveys.readers",
        may(LEAD, status=303),
        method="POST",
        url=_survey,
        fields=_reader,
        prepare=_open,
    ),
    Row("surveys.confidence", may(*SERVICE), url=_network),
    Row("surveys.confidence", may(*SERVICE, status=303), method="POST", url=_network),
    Row("surveys.by_link", may(*EVERYONE), url=_link, prepare=_open),
    Row("surveys.by_link", may(*EVERYONE, status=303), method="POST", url=_link, prepare=_open),
    Row("surveys.asked", may(SENCO, otherwise=404), url=_invitation, prepare=_open),
    Row(
        "surveys.asked",
        may(SENCO, otherwise=404, status=303),
        method="POST",
        url=_invitation,
        prepare=_open,
    ),
)
