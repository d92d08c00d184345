"""What an administrator does for one person: roles, name, address, and the account itself."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    assignment_queries,
    assignment_services,
    bounce_services,
    invitation_services,
    queries,
    role_queries,
    role_services,
    second_step_services,
    services,
    told_services,
)
from cop_site.accounts.account_models import AddressChange, OutsideIdentity
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import (
    Person,
    SchoolRoleKind,
    ServiceRoleKind,
    Standing,
    User,
)
from cop_site.accounts.role_services import Role
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.services import Recipient, queue_message
from cop_site.people import school_people_services
from cop_site.people.role_giving import ChosenRole
from cop_site.schools.models import School

NO_ACCOUNT = "They have no account."
OWN = "Ask another administrator to do this for you."


def give_role(person_id: int, chosen: ChosenRole, starts_on: date, *, by: ActingUser) -> None:
    """Whatever sort it is of. The place is locked.

    Raises DomainError as the services of ``role_services`` do.
    """
    if chosen.source == role_queries.SERVICE:
        kind = ServiceRoleKind(chosen.key)
        role_services.give_service_role(person_id, kind, starts_on, by=by)
    elif chosen.source == role_queries.PARTNER:
        role_services.give_partner_role(person_id, chosen.place_id, starts_on, by=by)
    else:
        if chosen.key != SchoolRoleKind.SENCO and chosen.standing is not Standing.SUBSTANTIVE:
            raise DomainError("Only a SENCO can be acting or interim.", field="standing")
        if chosen.key == SchoolRoleKind.SENCO and not chosen.shares:
            school_people_services.refuse_second_senco(person_id, chosen.place_id, starts_on)
        role_services.give_school_role(
            person_id,
            chosen.place_id,
            SchoolRoleKind(chosen.key),
            starts_on,
            standing=chosen.standing,
            by=by,
        )


def _lock_place(chosen: ChosenRole) -> School | None:
    """The school comes first, before any person: two at once would both find no SENCO there."""
    if chosen.source != role_queries.SCHOOL:
        return None
    return school_people_services.lock_school(chosen.place_id)


def add_role(person_id: int, chosen: ChosenRole, starts_on: date, *, by: ActingUser) -> None:
    """As ``give_role``, and tell whoever has an account; an invitation until they have been in."""
    _lock_place(chosen)
    give_role(person_id, chosen, starts_on, by=by)
    user = _find_user(person_id)
    if user is not None and user.disabled_at is None:
        invitation_services.invite(user, clock.say_from(chosen.words, starts_on), by=by)


def invite_to(newcomer: Newcomer, chosen: ChosenRole, starts_on: date, *, by: ActingUser) -> User:
    """Whoever has the address gets the role and a message; somebody new an invitation."""
    school = _lock_place(chosen)
    school_people_services.one_address_at_a_time(newcomer.email)
    if school is not None:
        school_people_services.refuse_namesake(newcomer, school, starts_on)
    user = invitation_services.find_or_add(newcomer)
    give_role(user.person_id, chosen, starts_on, by=by)
    invitation_services.invite(user, clock.say_from(chosen.words, starts_on), by=by)
    return user


def end_role(row: Role, last_day: date, *, by: ActingUser) -> list[str]:
    """As ``told_services.end_role``. What somebody is to a cluster by a service role ends with it.

    Returns those clusters' names. The clusters are locked before the person.
    """
    clusters = []
    for one in assignment_queries.list_resting_on(row, last_day):
        clusters.append(one.cluster.name)
        begun = one.starts_on <= clock.today()
        until = max(last_day, one.starts_on) if begun else last_day
        assignment_services.end_assignment(one.cluster_id, one.id, until, by=by)
    told_services.end_role(row, last_day, by=by)
    return list(dict.fromkeys(clusters))


def rename(person_id: int, name: str, *, by: ActingUser) -> None:
    """Correct how somebody is called. The same name again changes nothing."""
    person = role_services.lock_person(person_id)
    if person.name != name:
        was, person.name = person.name, name
        audit.record(
            "person", person_id, "renamed", by=by.user_id, was={"name": was}, now={"name": name}
        )


def correct_address(person_id: int, email: str, *, by: ActingUser) -> None:
    """Another address for somebody else, on the administrator's word alone.

    Who has been in is signed out everywhere, and both boxes are told; who has not gets a new
    invitation there. Raises DomainError where it is their own, or somebody has the address.
    """
    _refuse_own(person_id, by)
    person, email = role_services.lock_person(person_id), email.lower()
    was = person.email
    if was == email:
        raise DomainError("This is the address they have", field="email")
    if queries.find_person_by_email(email) is not None:
        raise DomainError("Somebody here has this address already", field="email")
    person.email = email
    bounce_services.forget_bounce(person_id)
    audit.record(
        "person",
        person_id,
        "address corrected",
        by=by.user_id,
        was={"email": was},
        now={"email": email},
    )
    user = _find_user(person_id)
    if user is not None:
        _move_account(user, person, email, by=by)


def _move_account(user: User, person: Person, email: str, *, by: ActingUser) -> None:
    was, user.email = user.email, email
    services.use_up_links(user.id)
    _end_address_changes(user.id)
    if user.first_in_at is None:
        welcome = role_queries.say_roles(person.id)
        if welcome and user.disabled_at is None:
            invitation_services.invite(user, welcome, by=by)
        return
    services.end_sign_ins(user.id, why="address corrected")
    # Whoever holds the old address may still be let in under it elsewhere.
    db.session.execute(sa.delete(OutsideIdentity).where(OutsideIdentity.user_id == user.id))
    now = clock.now()
    told = AddressChange(
        user_id=user.id, new_email=email, asked_at=now, expires_at=now, ended_at=now
    )
    db.session.add(told)
    db.session.flush()
    for address in (was, email):
        queue_message(
            Recipient(address, person.name),
            kind="accounts/address_corrected",
            thing="address_change",
            thing_id=told.id,
            context={"by": by.name, "was": was, "email": email},
        )


def _end_address_changes(user_id: int) -> None:
    """A change that they asked for themselves must not come through after this one."""
    db.session.execute(
        sa.update(AddressChange)
        .where(AddressChange.user_id == user_id, AddressChange.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def close_account(person_id: int, *, by: ActingUser) -> None:
    """Nobody signs in with it any more. Twice is harmless.

    Raises DomainError where it is one's own, or the last administrator's.
    """
    _refuse_own(person_id, by)
    role_services.lock_administrators()
    user = _get_user(person_id)
    if user.disabled_at is not None:
        return
    user.disabled_at = clock.now()
    db.session.flush()
    role_services.check_administrator_left()
    services.end_sign_ins(user.id, why="account closed")
    services.use_up_links(user.id)
    audit.record("user", user.id, "closed", by=by.user_id)


def reopen_account(person_id: int, *, by: ActingUser) -> None:
    """As it was; links of before stay worthless. Twice is harmless."""
    _refuse_own(person_id, by)
    user = _get_user(person_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        audit.record("user", user.id, "reopened", by=by.user_id)


def invite_again(person_id: int, *, by: ActingUser) -> None:
    """A new invitation, which makes the earlier ones worthless; an account where there is none.

    Raises DomainError where they have been in, have no address or no role, or it is closed.
    """
    person = role_services.lock_person(person_id)
    if person.email is None:
        raise DomainError("They have no email address. Add one first.")
    user = invitation_services.find_or_add(Newcomer(person.name, person.email))
    if user.first_in_at is not None:
        raise DomainError("They have been in. They can ask for a link at “Sign in”.")
    welcome = role_queries.say_roles(person_id)
    if not welcome:
        raise DomainError("They have no role now or to come. Add one first.")
    invitation_services.invite(user, welcome, by=by)


def note_bounce(person_id: int, *, by: ActingUser) -> None:
    """Mail to their address came back to somebody's own mailbox. Twice is harmless."""
    _refuse_own(person_id, by)
    person = role_services.lock_person(person_id)
    if person.email is None:
        raise DomainError("They have no email address. Add one first.")
    if person.bounced_at is None:
        bounce_services.note_bounce(person.email)
        audit.record("person", person_id, "mail came back", by=by.user_id)


def forget_bounce(person_id: int, *, by: ActingUser) -> None:
    """It was a mistake, or their mailbox works again. Twice is harmless."""
    _refuse_own(person_id, by)
    person = role_services.lock_person(person_id)
    if person.bounced_at is not None:
        bounce_services.forget_bounce(person_id)
        audit.record("person", person_id, "mail arrives again", by=by.user_id)


def turn_off_second_step(person_id: int, *, by: ActingUser) -> None:
    """For a phone and codes that are both gone; every sign-in ends. Never one's own this way."""
    _refuse_own(person_id, by)
    user = _get_user(person_id)
    second_step_services.turn_off(user.id, by=by.user_id, why="Turned off by an administrator")
    services.end_sign_ins(user.id, why="second step reset")


def _refuse_own(person_id: int, by: ActingUser) -> None:
    if person_id == by.person_id:
        raise DomainError(OWN)


def _find_user(person_id: int) -> User | None:
    return db.session.scalar(
        sa.select(User)
        .where(User.person_id == person_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _get_user(person_id: int) -> User:
    """The account, locked with its person."""
    role_services.lock_person(person_id)
    user = _find_user(person_id)
    if user is None:
        raise DomainError(NO_ACCOUNT)
    return user
