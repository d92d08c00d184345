"""Somebody who left traces everywhere on the site, for the tests of forgetting them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cop_site import audit, clock
from cop_site.accounts import (
    address_services,
    feed_services,
    link_services,
    own_services,
    services,
)
from cop_site.accounts.account_models import ErasureRequest, OutsideIdentity, UnwantedTopic
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import (
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    SencoAward,
    User,
)
from cop_site.accounts.own_services import OwnDetails
from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.bookings.services import book_place
from cop_site.db import db
from cop_site.events.models import Event, EventKind
from cop_site.notifications.models import MessageState, OutboxMessage
from cop_site.notifications.services import Recipient, queue_message
from cop_site.people import handover_services, invite_list_services
from cop_site.people.handover_services import Handover
from cop_site.people.invite_list_reading import read_list
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.team_models import TeamContact
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support.models import EntryRevision, EntryStep, StepVerb
from cop_site.surveys.models import SurveyReader
from cop_site.transaction import transaction
from cop_site.web.parking import ParkedForm
from tests.factories.acting import acting
from tests.factories.community import make_notice
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.people import (
    LONG_AGO,
    give_school_role,
    make_partner_user,
    make_person,
    make_school_user,
    make_user,
)
from tests.factories.schools import make_school
from tests.factories.support import make_action, make_draft, make_entry
from tests.factories.surveys import make_invitation, make_response, make_survey
from tests.factories.toolkit import make_download, make_resource, version_of

# The word is in every name and address they had, and in nothing else.
WORD = "quillfeather"
NAME, EMAIL = "Zoë Quillfeather", "quillfeather@school.example"
IN_A_TEXT = f"As Zoë  Quillfeather said. ZOË QUILLFEATHER! Write to {EMAIL}."


@dataclass
class Life:
    """``full`` is an event with one place, which they have and ``colleague`` waits for."""

    user: User
    colleague: User
    admin: User
    school: School
    cluster: Cluster
    full: Event

    @property
    def person(self) -> Person:
        return db.session.get_one(Person, self.user.person_id)


def live(school: School, cluster: Cluster, admin: User) -> Life:
    """All of it, committed. They have ``school`` and hand it over to a colleague next month."""
    user = make_user(make_person("Zoë Quillfeather Before", EMAIL), password_hash="$argon2id$x")
    user.first_in_at = clock.now()
    colleague = make_school_user(school, name="Person Two")
    life = Life(user, colleague, admin, school, cluster, make_event(capacity=1))
    give_school_role(life.person, school)
    db.session.commit()
    _use_account(life)
    _come(life)
    _ask_and_be_asked(life)
    db.session.commit()
    _be_written_about(life)
    _write(life)
    _be_mailed(life)
    db.session.commit()
    _hand_over(life)
    return life


def _use_account(life: Life) -> None:
    by, now = acting(life.user), clock.now()
    with transaction():
        own_services.change_details(OwnDetails(NAME, SencoAward.NPQ, True), by=by)
        address_services.ask(f"{WORD}-new@school.example", by=by)
        feed_services.make_address(by=by)
        services.start_sign_in(life.user.id, remember=True, device=f"{WORD} phone")
        services.count_guess(EMAIL, device="", address="192.0.2.1")
        link_services.make_link(life.user.id, LinkPurpose.SIGN_IN, timedelta(hours=1))
    rows: list[Any] = [
        UnwantedTopic(user_id=life.user.id, topic="notices"),
        OutsideIdentity(
            user_id=life.user.id, issuer="https://id.example", subject=WORD, linked_at=now
        ),
        SecondStep(user_id=life.user.id, secret=WORD, begun_at=now, confirmed_at=now),
        RecoveryCode(user_id=life.user.id, code_hash=WORD),
        ErasureRequest(user_id=life.user.id, asked_at=now),
        ParkedForm(
            key=WORD, user_id=life.user.id, path="/", fields={"name": [WORD]}, parked_at=now
        ),
    ]
    db.session.add_all(rows)
    db.session.commit()


def _come(life: Life) -> None:
    """To what is past, booked and as a walk-in under a second row; and to what is ahead."""
    day = clock.now() - timedelta(days=20)
    past = make_event(day, kind=EventKind.SENCO_NETWORK, published_at=day - timedelta(days=9))
    register = make_register(session_of(past))
    booking = make_booking(past, life.person, life.school)
    make_mark(register, life.person, life.school, booking=booking)
    walk_in = make_person(NAME, None)
    met = make_event(day, kind=EventKind.COP_MEETING, cluster_id=life.cluster.id)
    make_mark(make_register(session_of(met)), walk_in, life.school, walk_in=True)
    walk_in.merged_into_id = life.person.id
    db.session.commit()
    for user in (life.user, life.colleague):
        with transaction():
            book_place(life.full.id, mode=None, school_ids=[life.school.id], by=acting(user))


def _ask_and_be_asked(life: Life) -> None:
    person, now = life.person, clock.now()
    for state in (JoinState.APPROVED, JoinState.WAITING):
        asked = JoinRequest(
            school_id=make_school().id,
            name="Zoe Quillfeather",
            email=EMAIL,
            role=SchoolRoleKind.TEACHER,
            state=state,
            expires_at=now,
            asked_at=now,
            reason=IN_A_TEXT,
        )
        db.session.add(asked)
    survey = make_survey(title=f"After {NAME} spoke")
    make_invitation(survey, person, [life.school])
    make_response(survey, {"reaction.comment": IN_A_TEXT})
    db.session.add(SurveyReader(survey_id=survey.id, person_id=person.id))
    mentee = make_school_user(make_school())
    db.session.add(
        Mentorship(mentor_id=person.id, mentee_id=mentee.person_id, starts_on=LONG_AGO, meetings=2)
    )
    make_partner_user()
    db.session.add(
        TeamContact(
            partner_service_id=db.session.query(PartnerService.id).limit(1).scalar(),
            school_id=life.school.id,
            name=NAME,
            phone="01632 960000",
            email=EMAIL,
            how=IN_A_TEXT,
            starts_on=LONG_AGO,
        )
    )
    db.session.commit()
    elsewhere = make_school().id
    db.session.commit()
    with transaction():
        invite_list_services.invite_list(
            read_list(f"{NAME},{EMAIL},teacher"),
            clock.today(),
            by=acting(life.admin),
            school_id=elsewhere,
        )


def _be_written_about(life: Life) -> None:
    """In every sort of text that others write."""
    by = life.colleague.id
    entry = make_entry(
        life.cluster,
        life.school,
        by_user_id=by,
        workers=((life.person, "ep"),),
        agreed=IN_A_TEXT,
        void_reason=IN_A_TEXT,
        lines={life.school.id: IN_A_TEXT},
    )
    content = {"agreed": IN_A_TEXT, "schools": {str(life.school.id): IN_A_TEXT}}
    at = {"entry_id": entry.id, "by_user_id": by, "at": clock.now()}
    db.session.add_all(
        [
            EntryRevision(number=2, content=content, **at),
            EntryStep(verb=StepVerb.SENT_BACK, revision=1, comment=IN_A_TEXT, **at),
        ]
    )
    make_action(entry, person=life.person, what=IN_A_TEXT, due_on=clock.today())
    make_draft(by, agreed=IN_A_TEXT)
    make_notice(life.cluster, life.colleague, IN_A_TEXT)
    make_event(title=f"A talk by {NAME}", description=IN_A_TEXT, cancel_reason=IN_A_TEXT)
    version = version_of(make_resource(title=f"From {NAME}"))
    version.guidance = version.summary = version.change_note = IN_A_TEXT
    life.cluster.about = IN_A_TEXT
    said = {"title": f"Small rooms with {NAME}", "options": [{"room": [f"{NAME} opens"]}]}
    audit.record("event", life.full.id, "created", by=by, was=said, now={**said, "led by": NAME})
    audit.record("entry", entry.id, "voided", by=by, reason=IN_A_TEXT)
    db.session.flush()


def _write(life: Life) -> None:
    make_notice(life.cluster, life.user, f"Yours, {NAME}")
    make_draft(life.user.id, agreed=f"I, {NAME}")
    resource = make_resource(owner=life.person, created_by_user_id=life.user.id)
    make_download(resource, life.school, clock.today(), person=life.person)
    db.session.flush()


def _be_mailed(life: Life) -> None:
    """What waits, what came back, and what others were told."""
    told = {"other": NAME, "address": EMAIL}
    for number, address in enumerate((EMAIL, life.colleague.email)):
        queue_message(
            Recipient(address, NAME), kind="x/y", thing="test", thing_id=number, context=told
        )
    db.session.flush()
    for row in db.session.query(OutboxMessage).filter_by(thing="test"):
        row.state, row.last_error = MessageState.REFUSED, f"550 no such box: {EMAIL}"


def _hand_over(life: Life) -> None:
    own = {"person_id": life.user.person_id, "school_id": life.school.id}
    role = db.session.query(SchoolRole).filter_by(**own, role=SchoolRoleKind.SENCO).one()
    with transaction():
        handover_services.hand_over(
            life.school.id,
            role.id,
            Handover(life.colleague.person_id, date(2026, 12, 1)),
            by=acting(life.admin),
        )
