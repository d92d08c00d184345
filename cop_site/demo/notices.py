"""Notices of the demonstration's clusters."""

from __future__ import annotations

from datetime import date, timedelta

from cop_site.accounts.models import Person
from cop_site.community.models import Notice
from cop_site.db import db
from cop_site.demo import calendar
from cop_site.demo.borough import Borough
from cop_site.schools.cluster_models import Cluster

NOTICES = (
    (
        "Bring one plan to our next meeting",
        "Choose a plan you are not sure about, with every name taken out. "
        "We look at one in each group of four.",
        3,
    ),
    (
        "Who wants to host next term?",
        "We need a room for 20 and a little parking. **Tell your AsEP** if your school can.",
        10,
    ),
)


def post_notices(borough: Borough, today: date) -> None:
    """Two notices in every cluster, by its AsEP and its EP."""
    for cluster in borough.clusters:
        ep, asep = borough.supporters[cluster.id][:2]
        for (title, text, days_ago), person in zip(NOTICES, (asep, ep), strict=True):
            _post(cluster, person, title, text, today - timedelta(days=days_ago))
    db.session.flush()


def _post(cluster: Cluster, person: Person, title: str, text: str, day: date) -> None:
    db.session.add(
        Notice(
            cluster_id=cluster.id,
            person_id=person.id,
            title=title,
            text=text,
            shown_until=day + timedelta(days=90),
            posted_at=calendar.moment(day, "08:40"),
        )
    )
