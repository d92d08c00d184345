"""Schools, clusters, terms and people of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from cop_site import clock
from cop_site.accounts.models import (
    Assignment,
    PartnerRole,
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.db import db
from cop_site.demo import calendar, names
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.models import Authority, School, SchoolStatus, Term

PASSWORD = "demonstration"  # noqa: S105 - public on purpose; production refuses this data
NO_SENCO = 2
LA_CODE = "999"


@dataclass
class Borough:
    """What the programme of events is built on. ``sencos`` maps a school's id to its SENCO."""

    schools: list[School]
    clusters: list[Cluster]
    partnerships: list[Cluster]
    members: dict[int, list[School]]
    sencos: dict[int, Person]
    since: date
    people: dict[str, Person] = field(default_factory=dict)
    supporters: dict[int, list[Person]] = field(default_factory=dict)


def build(today: date, chance: Random, password_hash: str) -> Borough:
    """Write the borough. Its memberships and roles began a term before the first one told."""
    since = calendar.school_terms(today)[0][1]
    db.session.add(
        Authority(
            id=1,
            name=names.BOROUGH,
            service_name=names.SERVICE,
            contact_email="inclusion@demo.example",
            data_protection_email="data-protection@demo.example",
            complaints="Write to our data protection officer and say what went wrong.",
            is_demonstration=True,
        )
    )
    for name, first, last in calendar.school_terms(today):
        break_from, break_to = calendar.half_term(first, last)
        db.session.add(
            Term(
                name=name,
                starts_on=first,
                ends_on=last,
                half_term_starts_on=break_from,
                half_term_ends_on=break_to,
            )
        )
    schools = _schools(chance)
    clusters = _clusters(names.CLUSTERS, "community_of_practice", " cluster")
    partnerships = _clusters(names.PARTNERSHIPS, "inclusion_partnership", "")
    members = _memberships(schools, clusters, partnerships, since)
    borough = Borough(schools, clusters, partnerships, members, {}, since)
    _school_people(borough)
    _service_people(borough)
    _accounts(borough, password_hash)
    db.session.flush()
    return borough


def _schools(chance: Random) -> list[School]:
    sorts = [(names.NURSERY, "Nursery", "Local authority nursery school", (2, 4))]
    sorts += [(name, "Primary", "Community school", (4, 11)) for name in names.primaries()]
    sorts += [(name, "Secondary", "Academy converter", (11, 16)) for name in names.SECONDARY]
    special = "Community special school"
    sorts += [(name, "Not applicable", special, (4, 19)) for name in names.SPECIAL]
    sorts += [
        (names.FREE[0], "Primary", "Free schools", (4, 11)),
        (names.FREE[1], "Secondary", "Free schools", (11, 16)),
    ]
    schools = [
        School(
            urn=900_001 + number,
            la_code=LA_CODE,
            la_name=names.BOROUGH,
            name=name,
            type_code="",
            type_name=type_name,
            phase=phase,
            status=SchoolStatus.OPEN,
            opened_on=date(2004, 9, 1),
            low_age=ages[0],
            high_age=ages[1],
            town=names.TOWNS[number % len(names.TOWNS)],
            easting=_near(370_000 + 4_000 * (number % len(names.TOWNS)), chance),
            northing=_near(400_000 + 7_000 * (number % 2), chance),
            pupils=chance.randrange(600, 1200)
            if phase == "Secondary"
            else chance.randrange(90, 460),
        )
        for number, (name, phase, type_name, ages) in enumerate(sorts)
    ]
    db.session.add_all(schools)
    db.session.flush()
    return schools


def _near(centre: int, chance: Random) -> int:
    """A grid reference within 2.5 km of a town's centre."""
    return centre + chance.randrange(-2_500, 2_500)


def _clusters(given: tuple[str, ...], kind: str, suffix: str) -> list[Cluster]:
    exclusive = db.session.get_one(ClusterKind, kind).exclusive
    clusters = [
        Cluster(
            name=name + suffix,
            slug=(name + suffix).lower().replace(" ", "-"),
            kind_key=kind,
            exclusive=exclusive,
        )
        for name in given
    ]
    db.session.add_all(clusters)
    db.session.flush()
    return clusters


def _memberships(
    schools: list[School], clusters: list[Cluster], partnerships: list[Cluster], since: date
) -> dict[int, list[School]]:
    """Every school in one CoP, and most secondaries in a partnership as well, four in both."""
    members: dict[int, list[School]] = {}
    for number, school in enumerate(schools):
        members.setdefault(clusters[number % len(clusters)].id, []).append(school)
    secondaries = [school for school in schools if school.phase == "Secondary"]
    members[partnerships[0].id] = secondaries[:9]
    members[partnerships[1].id] = secondaries[5:14]
    exclusive = {cluster.id for cluster in clusters}
    for cluster_id, group in members.items():
        for school in group:
            db.session.add(
                ClusterMembership(
                    cluster_id=cluster_id,
                    school_id=school.id,
                    exclusive=cluster_id in exclusive,
                    starts_on=since,
                )
            )
    return members


def add_person(name: str, email: str) -> Person:
    person = Person(name=name, email=email, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    return person


def _school_people(borough: Borough) -> None:
    """A SENCO for every school but two, one of them for two schools, and some colleagues."""
    shared: Person | None = None
    without = {school.id for school in borough.schools[-NO_SENCO:]}
    for number, school in enumerate(borough.schools):
        if school.id in without:
            continue
        if number == 4 and shared is not None:
            person = shared
        else:
            person = add_person(f"SENCO, {school.name}", f"senco.{number + 1}@demo.example")
        if number == 3:
            shared = person
        borough.sencos[school.id] = person
        # Every seventh school has yet to say that its SENCO is still the SENCO.
        _hold(borough, person, school, SchoolRoleKind.SENCO, is_confirmed=number % 7 != 1)
        if number % 4 == 1:
            head = add_person(f"Headteacher, {school.name}", f"head.{number + 1}@demo.example")
            _hold(borough, head, school, SchoolRoleKind.HEADTEACHER)
    own, both = borough.schools[1], borough.schools[3]
    assistant = add_person(f"Teaching assistant, {own.name}", "ta@demo.example")
    _hold(borough, assistant, own, SchoolRoleKind.TEACHING_ASSISTANT)
    borough.people |= {
        "senco": borough.sencos[own.id],
        "senco2": borough.sencos[both.id],
        "staff": assistant,
    }


def _hold(
    borough: Borough,
    person: Person,
    school: School,
    role: SchoolRoleKind,
    *,
    is_confirmed: bool = False,
) -> None:
    db.session.add(
        SchoolRole(
            person_id=person.id,
            school_id=school.id,
            role=role,
            starts_on=borough.since,
            confirmed_on=clock.today() if is_confirmed else None,
        )
    )


def _service_people(borough: Borough) -> None:
    """Three EPs with two clusters each, and an AsEP for every cluster."""
    for number in range(3):
        own = borough.clusters[number * 2 : number * 2 + 2]
        areas = " and ".join(names.CLUSTERS[number * 2 : number * 2 + 2])
        ep = _staff(borough, f"EP for {areas}", ServiceRoleKind.EP)
        borough.people.setdefault("ep", ep)
        for cluster in own:
            _assign(borough, ep, cluster, "ep")
    for area, cluster in zip(names.CLUSTERS, borough.clusters, strict=True):
        asep = _staff(borough, f"AsEP for {area}", ServiceRoleKind.ASEP)
        borough.people.setdefault("asep", asep)
        _assign(borough, asep, cluster, "asep")
    borough.people["lead"] = _staff(borough, "Inclusion lead", ServiceRoleKind.INCLUSION_LEAD)
    borough.people["admin"] = _staff(borough, "Administrator", ServiceRoleKind.ADMINISTRATOR)
    for name in names.PARTNER_SERVICES:
        service = PartnerService(name=name)
        db.session.add(service)
        db.session.flush()
        person = add_person(f"Officer, {name}", f"{name.lower().replace(' ', '.')}@demo.example")
        borough.people.setdefault("partner", person)
        db.session.add(
            PartnerRole(person_id=person.id, partner_service_id=service.id, starts_on=borough.since)
        )


def _staff(borough: Borough, name: str, role: ServiceRoleKind) -> Person:
    email = name.lower().replace(",", "").replace(" ", ".")
    person = add_person(name, f"{email}@demo.example")
    db.session.add(ServiceRole(person_id=person.id, role=role, starts_on=borough.since))
    return person


def _assign(borough: Borough, person: Person, cluster: Cluster, kind: str) -> None:
    borough.supporters.setdefault(cluster.id, []).append(person)
    db.session.add(
        Assignment(
            person_id=person.id, cluster_id=cluster.id, kind_key=kind, starts_on=borough.since
        )
    )


def _accounts(borough: Borough, password_hash: str) -> None:
    """The eight sign-ins. Each person's address becomes that of their account."""
    for key, person in borough.people.items():
        person.email = f"{key}@demo.example"
        db.session.add(
            User(
                person_id=person.id,
                email=person.email,
                password_hash=password_hash,
                password_changed_at=clock.now(),
                created_at=clock.now(),
                first_in_at=clock.now(),
            )
        )
