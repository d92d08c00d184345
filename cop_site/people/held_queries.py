"""What this domain holds about a person: mentoring, and what they asked for before they were in."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.models import PartnerService
from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.people.joining_models import JoinRequest
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.team_models import TeamContact
from cop_site.schools.models import School


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [_mentoring(subject), _join_requests(subject), _team_contacts(subject)]


def _mentoring(subject: Subject) -> HeldTable:
    own = subject.person_ids
    rows = db.session.scalars(
        sa.select(Mentorship)
        .where(sa.or_(Mentorship.mentor_id.in_(own), Mentorship.mentee_id.in_(own)))
        .order_by(Mentorship.starts_on, Mentorship.id)
    )
    return HeldTable(
        "mentoring",
        "Mentoring that you gave or had. The other person is not named.",
        ("You were", "First day", "Last day", "Meetings"),
        [
            (
                "the mentor" if row.mentor_id in own else "mentored",
                *(row.starts_on, row.ends_on, row.meetings),
            )
            for row in rows
        ],
        ("mentorship.mentor_id", "mentorship.mentee_id"),
    )


def _join_requests(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(JoinRequest, School.name)
        .join(School, School.id == JoinRequest.school_id)
        .where(sa.func.lower(JoinRequest.email).in_(subject.addresses))
        .order_by(JoinRequest.id)
    )
    return HeldTable(
        "requests-to-join",
        "When somebody with your address asked to join.",
        ("School", "Name", "Address", "Role", "Asked", "State", "Decided", "Why"),
        [
            (
                *(school, row.name, row.email, row.role.label, row.asked_at),
                *(row.state.value, row.decided_at, row.reason),
            )
            for row, school in rows
        ],
        ("join_request.email",),
    )


def _team_contacts(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(TeamContact, PartnerService.name)
        .join(PartnerService, PartnerService.id == TeamContact.partner_service_id)
        .where(
            sa.or_(
                TeamContact.person_id.in_(subject.person_ids),
                sa.func.lower(TeamContact.email).in_(subject.addresses),
            )
        )
        .order_by(TeamContact.starts_on, TeamContact.id)
    )
    return HeldTable(
        "named-as-contact",
        "Where you are named to schools as the contact of a partner service.",
        ("Service", "Name", "Phone", "Address", "How to reach you", "First day", "Last day"),
        [
            (service, row.name, row.phone, row.email, row.how, row.starts_on, row.ends_on)
            for row, service in rows
        ],
        ("team_contact.person_id", "team_contact.email"),
    )
