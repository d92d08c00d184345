"""What the file says of somebody, and that it says nothing of whoever shared it with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.account_models import (
    AddressChange,
    ErasureRequest,
    OutsideIdentity,
    UnwantedTopic,
)
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerRole,
    PartnerService,
    Person,
    SchoolRoleKind,
    ServiceRoleKind,
    User,
)
from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.attendance.models import Mark, MarkChange
from cop_site.bookings.need_models import RememberedNeeds
from cop_site.db import db
from cop_site.events.models import Facilitator
from cop_site.follow_up.models import Invited
from cop_site.notifications.services import Recipient, queue_message
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support.models import EntryRevision, EntryStep, StepVerb
from cop_site.surveys.models import SurveyReader
from tests.conftest import NOON
from tests.factories.community import make_notice
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.people import LONG_AGO, assign, give_school_role, give_service_role, make_user
from tests.factories.people import make_person as new_person
from tests.factories.records import make_certificate
from tests.factories.schools import make_authority, make_cluster, make_school
from tests.factories.support import make_action, make_draft, make_entry
from tests.factories.surveys import make_invitation, make_survey
from tests.factories.toolkit import make_download, make_resource
from tests.support.client import GatedClient
from tests.support.held_file import download, rows_of
from tests.support.statements import count_statements

# Each person's words have a mark of their own, so that a leak is seen wherever it is.
OURS, THEIRS = "Quill", "Zebra"
# What each table of the first person's file must have: so many rows, with these words.
HELD: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("person", 1, ("Quill Person", "quill@school.example")),
    ("account", 1, ("quill@school.example", "surveys", ",1,no")),
    ("roles", 3, ("Elm Primary", "Educational psychologist", "Quill partner")),
    ("clusters", 1, ("Alder", "2020-09-01")),
    ("sign-ins", 1, ("2026-11-10 12:00",)),
    ("links", 1, ("sign in",)),
    ("address-changes", 1, ("Quill2@x.example",)),
    ("single-sign-on", 1, ("https://id.example", "Quill")),
    ("mentoring", 1, ("mentored", "4")),
    ("requests-to-join", 1, ("Quill asked", "declined")),
    ("named-as-contact", 1, ("Quill partner", "01632 960000")),
    ("requests-to-be-forgotten", 1, ("somebody else",)),
    ("changes-about-you", 1, ("role given", "somebody else", "Quill reason", "role: ep")),
    ("changes-you-made", 2, ("Quill did", "cluster", "role given")),
    ("messages", 1, ("accounts/quill", "waiting")),
    ("bookings", 2, ("Shared event", "Quill event", "Elm Primary", "SENCO")),
    ("needs", 1, ("Quill ramp", "Quill diet")),
    ("invitations", 1, ("Quill event", "2026-11-10 12:00")),
    ("events-you-ran", 2, ("made it", "ran it")),
    ("registers", 1, ("Shared event", "Elm Primary")),
    ("register-history", 1, ("not_recorded", "in_person")),
    ("registers-you-took", 1, ("Quill taken", ",1,")),
    ("certificates", 1, ("Quill Person", "Quill event", "Elm Primary")),
    ("downloads", 1, ("Quill resource", "Elm Primary")),
    ("resources-you-wrote", 2, ("look after it", "wrote a version")),
    ("support-you-gave", 1, ("Alder", "60")),
    ("support-you-wrote", 2, ("Quill wrote", "Elm Primary: Quill line")),
    ("support-you-decided", 2, ("sent back", "Quill comment")),
    ("actions", 1, ("Quill action", "Alder")),
    ("support-drafts", 1, ("Quill draft",)),
    ("surveys", 1, ("Quill survey", "Elm Primary", "2026-11-10")),
    ("surveys-you-ran", 2, ("started it", "may read its results")),
    ("notices", 1, ("Quill notice", "Alder")),
)


@dataclass
class World:
    """Two people who share a school, a register, an entry and a mentorship."""

    user: User
    other: User
    school: School
    cluster: Cluster
    users: dict[str, User] = field(default_factory=dict)


@pytest.fixture
def world(app: Flask, client: GatedClient) -> World:
    make_authority()
    school, cluster = make_school("Elm Primary"), make_cluster("Alder")
    users = {
        word: make_user(new_person(f"{word} Person", f"{word.lower()}@school.example"))
        for word in (OURS, THEIRS)
    }
    world = World(users[OURS], users[THEIRS], school, cluster, users)
    _share(world)
    for word in (OURS, THEIRS):
        _fill_account(world, word)
        _fill_work(world, word)
        _fill_support(world, word)
    db.session.commit()
    client.sign_in(world.user)
    return world


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id)


def _share(world: World) -> None:
    """One event, register, entry and mentorship with both of them in it."""
    mine, theirs = person_of(world.user), person_of(world.other)
    event = make_event(NOON - timedelta(days=7), title="Shared event")
    register = make_register(session_of(event))
    for person in (mine, theirs):
        booking = make_booking(event, person, world.school)
        make_mark(register, person, world.school, booking=booking)
    make_entry(
        world.cluster,
        world.school,
        workers=((mine, "ep"), (theirs, "asep")),
        agreed=f"{THEIRS} wrote this",
        by_user_id=world.other.id,
    )
    db.session.add(
        Mentorship(mentor_id=theirs.id, mentee_id=mine.id, starts_on=LONG_AGO, meetings=4)
    )
    db.session.flush()


def _fill_account(world: World, word: str) -> None:
    user, now = world.users[word], clock.now()
    other = world.users[THEIRS if word == OURS else OURS]
    person = person_of(user)
    give_school_role(person, world.school, SchoolRoleKind.SENCO)
    give_service_role(person, ServiceRoleKind.EP)
    assign(person, world.cluster, "ep")
    service = PartnerService(name=f"{word} partner")
    db.session.add(service)
    db.session.flush()
    rows: list[Any] = [
        PartnerRole(person_id=person.id, partner_service_id=service.id, starts_on=LONG_AGO),
        TeamContact(
            partner_service_id=service.id,
            school_id=world.school.id,
            person_id=person.id,
            name="",
            phone="01632 960000",
            email="",
            how="",
            starts_on=LONG_AGO,
        ),
        UnwantedTopic(user_id=user.id, topic="surveys"),
        ErasureRequest(user_id=user.id, asked_at=now, ended_at=now, ended_by_user_id=other.id),
        OutsideIdentity(user_id=user.id, issuer="https://id.example", subject=word, linked_at=now),
        AddressChange(
            user_id=user.id, new_email=f"{word}2@x.example", asked_at=now, expires_at=now
        ),
        OneTimeLink(user_id=user.id, purpose="sign_in", token_hash=word, expires_at=now),
        SecondStep(user_id=user.id, secret=f"SECRET{word}", begun_at=now, confirmed_at=now),
        RecoveryCode(user_id=user.id, code_hash=f"SECRET{word}"),
        JoinRequest(
            school_id=world.school.id,
            name=f"{word} asked",
            email=user.email,
            role=SchoolRoleKind.TEACHER,
            state=JoinState.DECLINED,
            expires_at=now,
            asked_at=now,
            decided_by_user_id=other.id,
        ),
    ]
    db.session.add_all(rows)
    audit.record(
        "person",
        person.id,
        "role given",
        by=other.id,
        reason=f"{word} reason",
        now={"role": "ep", "person_id": 88888},
    )
    audit.record("cluster", 5, f"{word} did", by=user.id, now={"name": f"{word} {THEIRS}"})
    queue_message(
        Recipient(user.email, person.name),
        kind=f"accounts/{word.lower()}",
        thing="user",
        thing_id=user.id,
        context={"once": f"SECRET{word}"},
    )
    db.session.flush()


def _fill_work(world: World, word: str) -> None:
    """What they booked, took, downloaded, wrote and were asked."""
    user, now = world.users[word], clock.now()
    person = person_of(user)
    event = make_event(title=f"{word} event", created_by_user_id=user.id)
    make_booking(event, person, world.school)
    db.session.add(Facilitator(event_id=event.id, person_id=person.id))
    db.session.add(Invited(event_id=event.id, person_id=person.id, invited_at=now))
    needs = {"access": f"{word} ramp", "diet": f"{word} diet", "noted_at": now}
    db.session.add(RememberedNeeds(person_id=person.id, **needs))
    taken = make_event(NOON - timedelta(days=9), title=f"{word} taken")
    mark = make_mark(make_register(session_of(taken)), new_person(f"{THEIRS} guest"), world.school)
    db.session.add(
        MarkChange(
            mark_id=mark.id,
            tap_id=f"tap {word}",
            was="online",
            now="in_person",
            by_user_id=user.id,
            at=now,
        )
    )
    make_certificate(event, person, title=event.title)
    resource = make_resource(title=f"{word} resource", owner=person, created_by_user_id=user.id)
    make_download(resource, world.school, clock.today(), person=person)
    make_notice(world.cluster, user, f"{word} notice")
    survey = make_survey(title=f"{word} survey", created_by_user_id=user.id)
    make_invitation(survey, person, [world.school], finished_on=clock.today())
    db.session.add(SurveyReader(survey_id=survey.id, person_id=person.id))
    db.session.flush()


def _fill_support(world: World, word: str) -> None:
    user, now = world.users[word], clock.now()
    entry = make_entry(world.cluster, world.school, by_user_id=user.id)
    db.session.add(
        EntryRevision(
            entry_id=entry.id,
            number=2,
            content={
                "agreed": f"{word} wrote",
                "schools": {str(world.school.id): f"{word} line"},
                "workers": [world.other.person_id],
            },
            by_user_id=user.id,
            at=now,
        )
    )
    db.session.add(
        EntryStep(
            entry_id=entry.id,
            verb=StepVerb.SENT_BACK,
            revision=1,
            by_user_id=user.id,
            at=now,
            comment=f"{word} comment",
        )
    )
    make_action(entry, person=person_of(user), what=f"{word} action", due_on=clock.today())
    make_draft(user.id, agreed=f"{word} draft", person_ids="77777")
    db.session.flush()


class TestFile:
    def test_nothing_of_the_other_person_is_in_it(self, client: GatedClient, world: World) -> None:
        for name, text in download(client).items():
            assert THEIRS.lower() not in text.lower(), f"{name}: {text}"

    def test_no_secret_is_in_it(self, client: GatedClient, world: World) -> None:
        text = "".join(download(client).values())
        assert "SECRET" not in text
        assert "77777" not in text and "88888" not in text, "the numbers of other people"

    def test_each_table_has_what_is_theirs(self, client: GatedClient, world: World) -> None:
        files = download(client)
        assert files.keys() == {f"{table}.csv" for table, *_ in HELD} | {"READ-ME.txt"}
        for table, count, words in HELD:
            text = files[f"{table}.csv"]
            assert len(rows_of(text)) == count, text
            assert [word for word in words if word not in text] == [], text

    def test_of_a_stranger_is_empty_but_for_themselves(
        self, client: GatedClient, world: World
    ) -> None:
        stranger = make_user()
        db.session.commit()
        client.sign_in(stranger)
        files = download(client)
        filled = {name for name, text in files.items() if len(text.splitlines()) > 1}
        assert filled == {"READ-ME.txt", "person.csv", "account.csv", "sign-ins.csv"}

    def test_a_merged_walk_in_is_part_of_it(self, client: GatedClient, world: World) -> None:
        walk_in = new_person("Quill Walk-in", None)
        event = make_event(NOON - timedelta(days=3), title="Walked in")
        make_mark(make_register(session_of(event)), walk_in, world.school, walk_in=True)
        walk_in.merged_into_id = world.user.person_id
        db.session.commit()
        files = download(client)
        assert "Walked in" in files["registers.csv"]
        assert len(rows_of(files["person.csv"])) == 2

    def test_costs_as_many_statements_for_much_as_for_little(
        self, client: GatedClient, world: World
    ) -> None:
        counts = []
        for more in (1, 10):
            for number in range(more):
                event = make_event(NOON - timedelta(days=20 + number), title="More")
                booking = make_booking(event, person_of(world.user), world.school)
                register = make_register(session_of(event))
                make_mark(register, person_of(world.user), world.school, booking=booking)
                make_entry(world.cluster, world.school, by_user_id=world.user.id)
            db.session.commit()
            with count_statements() as sent:
                download(client)
            counts.append(len(sent))
        assert counts[0] == counts[1]


class TestMark:
    def test_is_of_the_world_that_the_tests_think(self, world: World) -> None:
        """Both of them are in the register that they share."""
        assert db.session.query(Mark).count() == 4
