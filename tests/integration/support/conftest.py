"""A cluster with three schools, its EP and AsEP, another EP, the lead and a SENCO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support.entry_models import EntryDetails
from cop_site.support.models import Entry, EntryState
from tests.factories.acting import acting
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import (
    join_cluster,
    make_authority,
    make_cluster,
    make_school,
    make_term,
)
from tests.factories.support import make_entry
from tests.support.client import GatedClient

KEY = "a-key-of-this-form-0001"


@dataclass
class World:
    cluster: Cluster
    other: Cluster
    schools: list[School]
    ep: User
    asep: User
    other_ep: User
    lead: User
    senco: User

    def person(self, user: User) -> Person:
        return db.session.get_one(Person, user.person_id)

    def acting(self, name: str) -> ActingUser:
        return acting(getattr(self, name))

    def details(self, *names: str, **values: Any) -> EntryDetails:
        """What the AsEP gave to the first school today, unless told."""
        people = [getattr(self, name).person_id for name in names or ("asep",)]
        return EntryDetails(
            **{
                "cluster_id": self.cluster.id,
                "day": clock.today(),
                "kind_key": "visit",
                "theme_key": "semh",
                "whole_cluster": False,
                "school_ids": (self.schools[0].id,),
                "person_ids": tuple(people),
                "contact_minutes": 60,
                "preparation_minutes": 15,
                "travel_minutes": 20,
                "agreed": "Trial visual timetables",
                **values,
            }
        )

    def entry(self, state: EntryState = EntryState.WAITING, **values: Any) -> Entry:
        """An entry of the AsEP's that names the first school."""
        entry = make_entry(
            self.cluster,
            *values.pop("schools", self.schools[:1]),
            workers=((self.person(self.asep), "asep"),),
            by_user_id=self.asep.id,
            state=state,
            **values,
        )
        db.session.commit()
        return entry

    def typed(self, **values: Any) -> dict[str, Any]:
        """The form as a browser sends it."""
        today = clock.today()
        return {
            "key": KEY,
            "day": [str(today.day), str(today.month), str(today.year)],
            "cluster_id": str(self.cluster.id),
            "school_ids": [str(self.schools[0].id)],
            "person_ids": [str(self.asep.person_id)],
            "kind_key": "visit",
            "theme_key": "semh",
            "contact_minutes": "60",
            "preparation_minutes": "15",
            "travel_minutes": "20",
            "agreed": "Trial visual timetables",
            **values,
        }


def make_world() -> World:
    make_authority()
    cluster, other = make_cluster("Heather"), make_cluster("Rowan")
    schools = [make_school(name) for name in ("Alder Lane", "Bracken Hill", "Clover Field")]
    for school in schools:
        join_cluster(school, cluster)
    join_cluster(make_school("Dovecote Brook"), other)
    make_term("Autumn 2026", date(2026, 9, 2), date(2026, 12, 18))
    world = World(
        cluster=cluster,
        other=other,
        schools=schools,
        ep=make_service_user(ServiceRoleKind.EP, cluster),
        asep=make_service_user(ServiceRoleKind.ASEP, cluster),
        other_ep=make_service_user(ServiceRoleKind.EP, other),
        lead=make_service_user(ServiceRoleKind.INCLUSION_LEAD),
        senco=make_school_user(schools[0]),
    )
    db.session.commit()
    return world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


@pytest.fixture
def asep(client: GatedClient, world: World) -> GatedClient:
    client.sign_in(world.asep)
    return client
