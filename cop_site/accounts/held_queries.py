"""What accounts hold about a person: themselves, their roles, and how they sign in."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site.accounts.account_models import AddressChange, OutsideIdentity, UnwantedTopic
from cop_site.accounts.models import (
    Assignment,
    AssignmentKind,
    OneTimeLink,
    PartnerRole,
    PartnerService,
    Person,
    SchoolRole,
    ServiceRole,
    SignIn,
    User,
)
from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.audit import Change
from cop_site.db import db
from cop_site.held import Cell, HeldTable, Subject
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School


def find_subject(person_id: int) -> Subject:
    """The human being that a person's row stands for, with every row merged into it.

    Addresses they had before are theirs too, unless somebody else has them now.
    """
    tree = sa.select(Person.id).where(Person.id == person_id).cte("merged", recursive=True)
    more = aliased(Person)
    tree = tree.union_all(sa.select(more.id).join(tree, more.merged_into_id == tree.c.id))
    rows = db.session.execute(
        sa.select(Person.id, Person.email, User.id, User.email)
        .outerjoin(User, User.person_id == Person.id)
        .where(Person.id.in_(sa.select(tree.c.id)))
    ).all()
    now = Subject(
        person_ids=frozenset(row[0] for row in rows),
        user_ids=frozenset(row[2] for row in rows if row[2] is not None),
        addresses=frozenset(address for row in rows for address in (row[1], row[3]) if address),
    )
    return replace(now, addresses=now.addresses | _list_former_addresses(now))


def _list_former_addresses(subject: Subject) -> set[str]:
    """What the history of their record says they had. A person's own rows are few."""
    own = sa.or_(
        sa.and_(Change.thing == "person", Change.thing_id.in_(subject.person_ids)),
        sa.and_(Change.thing == "user", Change.thing_id.in_(subject.user_ids)),
    )
    said = db.session.scalars(sa.select(Change.was).where(own))
    had = {str(was["email"]) for was in said if was.get("email")} - subject.addresses
    return _without_taken(had)


def list_asked_addresses(subject: Subject) -> set[str]:
    """What they asked to have and never confirmed, where nobody has it: mistyped, it may be a
    stranger's, so it is not one of theirs."""
    own = AddressChange.user_id.in_(subject.user_ids)
    asked = set(db.session.scalars(sa.select(AddressChange.new_email).where(own)))
    return _without_taken(asked - subject.addresses)


def _without_taken(addresses: set[str]) -> set[str]:
    taken = sa.union(sa.select(Person.email), sa.select(User.email)).subquery()
    query = sa.select(taken.c.email).where(taken.c.email.in_(addresses))
    return addresses - set(db.session.scalars(query))


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [
        _people(subject),
        _account(subject),
        _roles(subject),
        _assignments(subject),
        _sign_ins(subject),
        _links(subject),
        _address_changes(subject),
        _outside_identities(subject),
    ]


def _people(subject: Subject) -> HeldTable:
    rows = db.session.scalars(
        sa.select(Person).where(Person.id.in_(subject.person_ids)).order_by(Person.id)
    )
    return HeldTable(
        "person",
        "Who you are. There is a second line where two records were found to be you.",
        ("Name", "Email address", "Award for SENCOs", "Would mentor", "Mail came back", "Since"),
        [
            (
                *(row.name, row.email, row.senco_award.label if row.senco_award else ""),
                *(row.would_mentor, row.bounced_at, row.created_at),
            )
            for row in rows
        ],
        ("person.email", "person.merged_into_id"),
    )


ACCOUNT = (
    *("Email address", "Since", "First signed in", "Last here on", "Password set"),
    "Second step since",
    *("Recovery codes left", "Calendar address", "Closed", "Email you do not want"),
)
ACCOUNT_COLUMNS = (
    *("user.person_id", "user.email", "second_step.user_id", "recovery_code.user_id"),
    "unwanted_topic.user_id",
)


def _account(subject: Subject) -> HeldTable:
    codes = sa.select(sa.func.count()).where(
        RecoveryCode.user_id == User.id, RecoveryCode.used_at.is_(None)
    )
    rows = db.session.execute(
        sa.select(User, SecondStep.confirmed_at, codes.scalar_subquery())
        .outerjoin(SecondStep, SecondStep.user_id == User.id)
        .where(User.id.in_(subject.user_ids))
    ).all()
    mine = UnwantedTopic.user_id.in_(subject.user_ids)
    unwanted = ", ".join(sorted(db.session.scalars(sa.select(UnwantedTopic.topic).where(mine))))
    held = [
        (
            *(user.email, user.created_at, user.first_in_at, user.last_in_on),
            user.password_changed_at,
            *(confirmed_at, left, user.feed_hash is not None, user.disabled_at, unwanted),
        )
        for user, confirmed_at, left in rows
    ]
    about = "Your account. Your password and codes are not in it: we keep only what checks them."
    return HeldTable("account", about, ACCOUNT, held, ACCOUNT_COLUMNS)


def _roles(subject: Subject) -> HeldTable:
    return HeldTable(
        "roles",
        "Your roles at schools, in the service and with partners.",
        ("Role", "Where", "How held", "First day", "Last day", "Last confirmed"),
        [*_school_roles(subject), *_other_roles(subject)],
        ("school_role.person_id", "service_role.person_id", "partner_role.person_id"),
    )


def _school_roles(subject: Subject) -> list[tuple[Cell, ...]]:
    rows = db.session.execute(
        sa.select(SchoolRole, School.name)
        .join(School, School.id == SchoolRole.school_id)
        .where(SchoolRole.person_id.in_(subject.person_ids))
        .order_by(SchoolRole.starts_on, SchoolRole.id)
    )
    return [
        (
            *(row.role.label, school, row.standing.label),
            *(row.starts_on, row.ends_on, row.confirmed_on),
        )
        for row, school in rows
    ]


def _other_roles(subject: Subject) -> list[tuple[Cell, ...]]:
    own = subject.person_ids
    service = db.session.scalars(
        sa.select(ServiceRole).where(ServiceRole.person_id.in_(own)).order_by(ServiceRole.id)
    )
    partners = db.session.execute(
        sa.select(PartnerRole, PartnerService.name)
        .join(PartnerService, PartnerService.id == PartnerRole.partner_service_id)
        .where(PartnerRole.person_id.in_(own))
        .order_by(PartnerRole.id)
    )
    return [
        *((row.role.label, "The service", "", row.starts_on, row.ends_on, None) for row in service),
        *(("Partner", name, "", row.starts_on, row.ends_on, None) for row, name in partners),
    ]


def _assignments(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(Cluster.name, AssignmentKind.name, Assignment.starts_on, Assignment.ends_on)
        .join(Cluster, Cluster.id == Assignment.cluster_id)
        .join(AssignmentKind, AssignmentKind.key == Assignment.kind_key)
        .where(Assignment.person_id.in_(subject.person_ids))
        .order_by(Assignment.starts_on, Assignment.id)
    )
    return HeldTable(
        "clusters",
        "Your part in clusters.",
        ("Cluster", "As", "First day", "Last day"),
        [tuple(row) for row in rows],
        ("assignment.person_id",),
    )


def _sign_ins(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(SignIn, School.name)
        .outerjoin(School, School.id == SignIn.school_id)
        .where(SignIn.user_id.in_(subject.user_ids))
        .order_by(SignIn.id)
    )
    return HeldTable(
        "sign-ins",
        "When and on what you signed in.",
        ("Device", "As it names itself", "Signed in", "Last used", "Ended", "Why", "For"),
        [
            (
                *(row.device_name, row.device, row.started_at, row.last_seen_at),
                *(row.ended_at, row.ended_why, school),
            )
            for row, school in rows
        ],
        ("sign_in.user_id",),
    )


def _links(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(OneTimeLink.purpose, OneTimeLink.expires_at, OneTimeLink.used_at)
        .where(OneTimeLink.user_id.in_(subject.user_ids))
        .order_by(OneTimeLink.id)
    )
    return HeldTable(
        "links",
        "Links that were mailed to you to sign in, set a password or come in first.",
        ("For", "Runs out", "Used"),
        [(purpose.replace("_", " "), *rest) for purpose, *rest in rows],
        ("one_time_link.user_id",),
    )


def _address_changes(subject: Subject) -> HeldTable:
    rows = db.session.scalars(
        sa.select(AddressChange)
        .where(AddressChange.user_id.in_(subject.user_ids))
        .order_by(AddressChange.id)
    )
    return HeldTable(
        "address-changes",
        "Other email addresses that you asked to use.",
        ("Address", "Asked", "Confirmed at the old", "Confirmed at the new", "Ended"),
        [
            (row.new_email, row.asked_at, row.old_confirmed_at, row.new_confirmed_at, row.ended_at)
            for row in rows
        ],
        ("address_change.user_id", "address_change.new_email"),
    )


def _outside_identities(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(OutsideIdentity.issuer, OutsideIdentity.subject, OutsideIdentity.linked_at)
        .where(OutsideIdentity.user_id.in_(subject.user_ids))
        .order_by(OutsideIdentity.id)
    )
    return HeldTable(
        "single-sign-on",
        "Accounts elsewhere that you sign in with.",
        ("Where", "What they call you", "Since"),
        [tuple(row) for row in rows],
        ("outside_identity.user_id",),
    )
